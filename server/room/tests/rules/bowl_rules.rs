//! The fishbowl: an inner circle speaks, one open seat, the rest listen.

use protocol::ParticipantId;
use protocol::wire::*;
use room::event::EndReason;

use crate::common::scene::*;

fn inner(participants: &[ParticipantId]) -> Action {
    Action::SetInner {
        participants: participants.to_vec(),
    }
}
/// Ana sits inside; Ben and Cleo listen.
fn ana_inside() -> Scene {
    let mut scene = Scene::at_step("bowl");
    scene.does(FAY, inner(&[ANA]));
    scene
}

#[test]
fn the_inner_circle_speaks_and_the_rest_listen() {
    let scene = ana_inside();
    assert_eq!(scene.may_speak(ANA), Ok(()));
    assert_eq!(scene.may_speak(BEN), Err(RefusalCode::NotYourTurn));
    assert_eq!(scene.seen().floor.inner, [ANA]);
    let seat = |who| scene.seen().seats.iter().find(|s| s.participant == who).unwrap().state;
    assert_eq!((seat(ANA), seat(BEN)), (SeatState::Inside, SeatState::Quiet));
}

#[test]
fn before_anybody_is_named_facilitators_alone_speak() {
    let scene = Scene::at_step("bowl");
    assert_eq!(scene.may_speak(FAY), Ok(()));
    assert_eq!(scene.may_speak(ANA), Err(RefusalCode::NotYourTurn));
}

#[test]
fn the_open_seat_is_taken_by_asking_and_given_back() {
    let mut scene = ana_inside();
    scene.asks(BEN).asks(CLEO);
    assert_eq!((scene.holder(), scene.line()), (Some(BEN), vec![CLEO]));
    assert_eq!((scene.may_speak(ANA), scene.may_speak(BEN)), (Ok(()), Ok(())));
    assert_eq!(scene.may_speak(CLEO), Err(RefusalCode::NotYourTurn));
    scene.does(BEN, Action::Release);
    assert_eq!(scene.holder(), Some(CLEO));
}

#[test]
fn whoever_sits_inside_asks_for_no_turn_and_is_given_none() {
    let scene = ana_inside();
    assert_eq!(scene.refusal(ANA, ask()), RefusalCode::AlreadySo);
    assert_eq!(
        scene.refusal(FAY, Action::Call { participant: ANA }),
        RefusalCode::AlreadySo
    );
}

#[test]
fn a_place_in_line_waits_while_one_sits_inside() {
    let mut scene = ana_inside();
    scene.asks(BEN).asks(CLEO).does(FAY, inner(&[ANA, CLEO]));
    scene.does(BEN, Action::Release);
    assert_eq!(scene.holder(), None, "Cleo sits inside and needs no turn");
    scene.does(FAY, inner(&[ANA]));
    assert_eq!(scene.holder(), Some(CLEO), "back outside, the place is still there");
}

#[test]
fn anyone_may_step_back_out_without_a_reason() {
    let mut scene = ana_inside();
    scene.does(ANA, Action::Pass);
    assert_eq!((scene.kinds(), scene.seen().floor.inner), (vec!["inner_left"], vec![]));
}

#[test]
fn whoever_is_asked_inside_from_the_open_seat_needs_no_turn() {
    let mut scene = ana_inside();
    scene.asks(BEN).does(FAY, inner(&[ANA, BEN]));
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::MovedOn), None));
}

#[test]
fn only_a_facilitator_names_the_inner_circle_and_only_from_people_who_can_speak() {
    let mut scene = ana_inside();
    scene.admit(OBI).comes(DAN);
    assert_eq!(scene.refusal(BEN, inner(&[BEN])), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(FAY, inner(&[OBI])), RefusalCode::ObserversListen);
    assert_eq!(scene.refusal(FAY, inner(&[DAN])), RefusalCode::UnknownParticipant);
    assert_eq!(scene.refusal(FAY, inner(&[BEN, BEN])), RefusalCode::OutOfRange);
    assert_eq!(scene.refusal(FAY, inner(&[ANA])), RefusalCode::AlreadySo);
    assert_eq!(
        Scene::at_step("focus").refusal(FAY, inner(&[ANA])),
        RefusalCode::WrongMode
    );
}

#[test]
fn a_seat_inside_survives_a_dropped_line_and_a_restart() {
    let mut scene = ana_inside();
    scene.drops(ANA).comes(ANA).restarts().comes(FAY).comes(ANA);
    assert_eq!(
        (scene.seen().floor.inner.as_slice(), scene.may_speak(ANA)),
        (&[ANA][..], Ok(()))
    );
}

#[test]
fn who_leaves_the_room_leaves_the_inner_circle() {
    let mut scene = ana_inside();
    scene.does(FAY, Action::Remove { participant: ANA });
    assert_eq!(scene.seen().floor.inner, []);
}
