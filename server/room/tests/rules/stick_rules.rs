//! The stick: offer, accept, decline in private, lay in the middle.

use protocol::pack::FloorMode;
use protocol::wire::*;
use protocol::{ParticipantId, Role};
use room::event::{EndReason, GrantReason, What};

use crate::common::scene::*;

fn offer(participant: ParticipantId) -> Action {
    Action::Offer { participant }
}
/// Ana holds the stick.
fn ana_holds() -> Scene {
    let mut scene = Scene::at_step("stick");
    scene.asks(ANA);
    assert_eq!(scene.holder(), Some(ANA));
    scene
}

#[test]
fn whoever_asks_first_picks_the_stick_up_from_the_middle() {
    let mut scene = Scene::at_step("stick");
    assert_eq!(scene.holder(), None);
    scene.asks(BEN).asks(ANA);
    assert_eq!((scene.holder(), scene.line()), (Some(BEN), vec![ANA]));
}

#[test]
fn the_holder_offers_it_to_a_named_person_who_takes_it() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO)).does(CLEO, Action::Accept);
    assert_eq!(
        (scene.holder(), scene.ended()),
        (Some(CLEO), Some(EndReason::HandedOver))
    );
    let why = scene.last.iter().find_map(|what| match what {
        What::TurnGranted { why, .. } => Some(*why),
        _ => None,
    });
    assert_eq!(why, Some(GrantReason::Offered));
}

#[test]
fn an_offer_moves_nothing_until_it_is_taken() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO)).wait(30);
    assert_eq!(scene.holder(), Some(ANA));
    assert_eq!(scene.may_speak(CLEO), Err(RefusalCode::NotYourTurn));
}

#[test]
fn declining_is_seen_by_the_holder_and_facilitators_alone() {
    let mut scene = ana_holds();
    let before = scene.seen();
    scene.does(ANA, offer(CLEO));
    assert_eq!(scene.seen(), before, "the others see no offer");
    assert_eq!(scene.mine(CLEO).offered_by, Some(ANA));
    assert_eq!(scene.mine(ANA).offering_to, Some(CLEO));
    assert_eq!(scene.staff().offer.unwrap().to, Some(CLEO));
    let ben = scene.mine(BEN);
    scene.does(CLEO, Action::Decline);
    assert_eq!(scene.seen(), before, "the others see no answer");
    assert_eq!(scene.mine(BEN), ben);
    assert_eq!(scene.mine(ANA).declined_by, [CLEO]);
    let offer = scene.staff().offer.unwrap();
    assert_eq!((offer.to, offer.declined), (None, vec![CLEO]));
    assert_eq!(scene.holder(), Some(ANA), "the stick stays where it is");
}

#[test]
fn passing_on_an_offer_is_declining_it() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO)).does(CLEO, Action::Pass);
    assert_eq!(scene.kinds(), ["offer_declined"]);
}

#[test]
fn nobody_is_asked_twice_in_one_turn() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO)).does(CLEO, Action::Decline);
    assert_eq!(scene.refusal(ANA, offer(CLEO)), RefusalCode::SaidNo);
    scene.does(ANA, Action::Release).asks(BEN).does(BEN, offer(CLEO));
}

#[test]
fn an_offer_can_be_taken_back_or_made_to_somebody_else() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO)).does(ANA, Action::WithdrawOffer);
    assert_eq!(scene.refusal(CLEO, Action::Accept), RefusalCode::NoOffer);
    scene.does(ANA, offer(CLEO)).does(ANA, offer(BEN));
    assert_eq!(scene.refusal(CLEO, Action::Accept), RefusalCode::NoOffer);
    scene.does(BEN, Action::Accept);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn the_stick_is_laid_in_the_middle_and_waits_there() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO)).does(ANA, Action::Release);
    assert_eq!((scene.holder(), scene.mine(CLEO).offered_by), (None, None));
    scene.wait(300);
    assert_eq!(scene.holder(), None);
}

#[test]
fn only_the_holder_offers_and_only_to_somebody_who_can_speak() {
    let mut scene = ana_holds();
    scene.admit(OBI).comes(DAN).drops(CLEO);
    assert_eq!(scene.refusal(BEN, offer(CLEO)), RefusalCode::NotYourTurn);
    assert_eq!(scene.refusal(ANA, offer(CLEO)), RefusalCode::Away);
    assert_eq!(scene.refusal(ANA, offer(OBI)), RefusalCode::ObserversListen);
    assert_eq!(scene.refusal(ANA, offer(DAN)), RefusalCode::UnknownParticipant);
    assert_eq!(scene.refusal(ANA, offer(ANA)), RefusalCode::AlreadySo);
    assert_eq!(role_of(FAY), Role::Facilitator);
    scene.does(ANA, offer(FAY)).does(FAY, Action::Accept); // the host sits in the circle too
}

#[test]
fn nothing_is_offered_outside_this_mode() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA);
    assert_eq!(scene.refusal(ANA, offer(BEN)), RefusalCode::WrongMode);
}

#[test]
fn an_offer_stands_through_a_dropped_line_and_a_restart() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO)).drops(CLEO).comes(CLEO);
    assert_eq!(scene.mine(CLEO).offered_by, Some(ANA));
    scene.restarts().comes(FAY).comes(CLEO).comes(ANA);
    scene.does(CLEO, Action::Accept);
    assert_eq!(scene.holder(), Some(CLEO));
}

#[test]
fn who_leaves_the_room_is_offered_nothing_any_more() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO));
    scene.does(FAY, Action::Remove { participant: CLEO });
    assert_eq!(scene.mine(ANA).offering_to, None);
}

#[test]
fn another_way_of_sharing_takes_the_offer_back_and_says_so() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO));
    assert_eq!(scene.staff().leaving, Some(Leaving::Offer));
    scene.does(
        FAY,
        Action::SetFloor {
            mode: Some(FloorMode::Queue),
            order: None,
            advance: None,
            ending: None,
            turn_seconds: None,
        },
    );
    assert_eq!(scene.kinds(), ["offer_withdrawn", "floor_set"]);
    assert_eq!(scene.holder(), Some(ANA));
}

#[test]
fn in_a_pause_nothing_is_handed_over() {
    let mut scene = ana_holds();
    scene.does(ANA, offer(CLEO)).does(BEN, Action::Pause);
    assert_eq!(scene.refusal(CLEO, Action::Accept), RefusalCode::Paused);
    assert_eq!(scene.answer(CLEO, Action::Decline), Ok(()), "no is always possible");
}
