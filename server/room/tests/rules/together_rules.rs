//! Two people at one device: one seat, one turn, one go.

use protocol::ParticipantId;
use protocol::wire::*;
use room::Room;

use crate::common::scene::*;

fn together(participant: ParticipantId, with: ParticipantId) -> Action {
    Action::SitTogether { participant, with }
}
/// Dan, who came once and has no line now, sits at Ana's device.
fn dan_sits_beside_ana(step: &str) -> Scene {
    let mut scene = Scene::at_step(step);
    scene.comes(DAN).drops(DAN).does(FAY, together(DAN, ANA));
    scene
}
fn holders(scene: &Scene) -> Vec<ParticipantId> {
    scene.turn().holders
}
fn here(room: &Room, who: ParticipantId) -> bool {
    room.state().roster.get(who).unwrap().is_here()
}

#[test]
fn they_hold_the_floor_together_and_both_may_speak() {
    let mut scene = dan_sits_beside_ana("focus");
    scene.asks(ANA);
    assert_eq!(holders(&scene), [ANA, DAN]);
    assert_eq!((scene.may_speak(ANA), scene.may_speak(DAN)), (Ok(()), Ok(())));
    assert_eq!(scene.may_speak(BEN), Err(RefusalCode::NotYourTurn));
}

#[test]
fn in_a_round_they_have_one_go() {
    let mut scene = dan_sits_beside_ana("focus");
    scene.go_to("mood-round").does(FAY, Action::GoOn);
    assert_eq!((holders(&scene), scene.line()), (vec![ANA, DAN], vec![BEN, CLEO]));
    scene
        .does(ANA, Action::Release)
        .does(BEN, Action::Release)
        .does(CLEO, Action::Release);
    assert!(!scene.seen().floor.round_running);
}

#[test]
fn they_come_and_go_with_the_one_line_they_have() {
    let mut scene = dan_sits_beside_ana("focus");
    assert!(here(&scene.room, DAN));
    scene.asks(ANA).drops(ANA);
    assert!(!here(&scene.room, DAN));
    assert!(scene.staff().suspended.is_some());
    scene.comes(ANA);
    assert!(here(&scene.room, DAN));
    assert!(scene.staff().suspended.is_none());
    scene.restarts().comes(FAY).comes(ANA);
    assert!(here(&scene.room, DAN));
}

#[test]
fn naming_either_of_them_gives_both_the_floor() {
    let mut scene = dan_sits_beside_ana("work");
    scene.calls(DAN);
    assert_eq!(holders(&scene), [ANA, DAN]);
}

#[test]
fn a_device_of_ones_own_is_a_seat_of_ones_own() {
    let mut scene = dan_sits_beside_ana("focus");
    scene.asks(ANA).comes(DAN);
    assert_eq!(holders(&scene), [ANA], "the turn is Ana's from here on");
    let seat = |who| scene.seen().seats.into_iter().find(|s| s.participant == who).unwrap();
    assert_eq!(seat(DAN).beside, None);
    scene.drops(ANA);
    assert!(here(&scene.room, DAN));
}

#[test]
fn a_facilitator_seats_them_apart_too() {
    let mut scene = dan_sits_beside_ana("focus");
    scene.does(FAY, Action::SitApart { participant: DAN });
    assert!(!here(&scene.room, DAN));
    assert_eq!(
        scene.refusal(FAY, Action::SitApart { participant: DAN }),
        RefusalCode::AlreadySo
    );
}

#[test]
fn they_step_out_together() {
    let mut scene = dan_sits_beside_ana("focus");
    scene.does(ANA, Action::StepOut);
    let circle = |who| scene.room.state().roster.get(who).unwrap().circle;
    assert_eq!(circle(ANA), circle(DAN));
}

#[test]
fn nobody_sits_beside_two_or_beside_themselves_or_with_a_line_of_their_own() {
    let mut scene = dan_sits_beside_ana("focus");
    assert_eq!(scene.refusal(FAY, together(BEN, ANA)), RefusalCode::AlreadySo);
    assert_eq!(scene.refusal(FAY, together(BEN, BEN)), RefusalCode::AlreadySo);
    assert_eq!(scene.refusal(FAY, together(BEN, CLEO)), RefusalCode::HasOwnLine);
    assert_eq!(scene.refusal(FAY, together(FAY, BEN)), RefusalCode::UnknownParticipant);
    assert_eq!(scene.refusal(ANA, together(BEN, CLEO)), RefusalCode::NotPermitted);
    scene.drops(BEN).drops(CLEO);
    assert_eq!(scene.refusal(FAY, together(BEN, CLEO)), RefusalCode::Away);
}

#[test]
fn when_one_of_them_is_taken_out_the_other_stays() {
    let mut scene = dan_sits_beside_ana("focus");
    scene.does(FAY, Action::Remove { participant: DAN }).asks(ANA);
    assert_eq!(holders(&scene), [ANA]);
}
