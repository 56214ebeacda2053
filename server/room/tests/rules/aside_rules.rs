//! Stepping out and coming back to the same place; being moved there; visiting.

use protocol::wire::*;
use protocol::{CircleId, ParticipantId};
use room::Audience;
use room::event::EndReason;

use crate::common::scene::*;

fn seat(scene: &Scene, who: ParticipantId) -> SeatState {
    let seats = scene.seen().seats;
    seats.iter().find(|s| s.participant == who).unwrap().state
}
fn aside_of(scene: &Scene, who: ParticipantId) -> CircleId {
    scene.room.state().roster.get(who).unwrap().circle
}

#[test]
fn anyone_steps_out_and_comes_back_to_the_same_place_in_the_queue() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).asks(BEN).asks(CLEO).does(BEN, Action::StepOut);
    assert_eq!((seat(&scene, BEN), scene.line()), (SeatState::Aside, vec![BEN, CLEO]));
    scene.does(ANA, Action::Release);
    assert_eq!(scene.holder(), Some(CLEO), "who is aside is not called");
    scene.does(BEN, Action::GoBack);
    assert_eq!(scene.line(), [BEN]);
    scene.does(CLEO, Action::Release);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn a_place_in_a_round_is_kept_and_a_holder_returns_first() {
    let mut scene = Scene::at_step("mood-round");
    scene.does(FAY, Action::GoOn).does(ANA, Action::StepOut);
    assert_eq!(
        (scene.ended(), scene.holder()),
        (Some(EndReason::SteppedOut), Some(BEN))
    );
    scene.does(ANA, Action::GoBack);
    assert!(scene.mine(ANA).returning);
    scene.does(BEN, Action::Release);
    assert_eq!(scene.holder(), Some(ANA));
}

#[test]
fn facilitators_are_told_and_a_side_room_is_quiet_and_ones_own() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).does(BEN, Action::StepOut);
    let circle = aside_of(&scene, BEN);
    let glance = &scene.staff().circles[0];
    assert_eq!(
        (glance.circle, glance.kind, &glance.people[..]),
        (circle, CircleKind::Side, &[BEN][..])
    );
    assert_eq!(scene.room.audience_of(BEN), Audience::Circle(circle));
    let RoomView::Room(side) = scene.room.view(Audience::Circle(circle)) else {
        panic!("a room")
    };
    assert_eq!(side.seats.len(), 1);
    assert_eq!(side.floor.turn, None, "what goes on in the room is not seen from there");
    assert_eq!(side.agenda.current, Some(1), "where the session stands is");
    assert_eq!(scene.may_speak(BEN), Ok(()));
}

#[test]
fn a_facilitator_moves_somebody_aside_stays_with_them_and_brings_them_back() {
    let mut scene = Scene::at_step("opening");
    scene.comes(FINN).does(FAY, Action::SendAside { participant: CLEO });
    let circle = aside_of(&scene, CLEO);
    scene.does(FINN, Action::Visit { circle });
    assert_eq!(scene.room.audience_of(FINN), Audience::Leaders(circle));
    scene.does(FINN, Action::BringBack { participant: CLEO });
    assert_eq!(aside_of(&scene, CLEO), CircleId::MAIN);
    scene.does(FINN, Action::Visit { circle: CircleId::MAIN });
    assert_eq!(scene.staff().circles, [], "an empty circle is gone");
}

#[test]
fn members_move_nobody_and_colleagues_go_by_themselves() {
    let mut scene = Scene::at_step("opening");
    scene.comes(FINN);
    let aside = |participant| Action::SendAside { participant };
    assert_eq!(scene.refusal(ANA, aside(BEN)), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(FAY, aside(FINN)), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(FAY, aside(DAN)), RefusalCode::UnknownParticipant);
    scene.does(FAY, aside(BEN));
    assert_eq!(scene.refusal(FAY, aside(BEN)), RefusalCode::AlreadySo);
    assert_eq!(
        scene.refusal(FAY, Action::Call { participant: BEN }),
        RefusalCode::SteppedOut
    );
    assert_eq!(scene.refusal(ANA, Action::GoBack), RefusalCode::AlreadySo);
    let nowhere = CircleId(99);
    assert_eq!(
        scene.refusal(FAY, Action::Visit { circle: nowhere }),
        RefusalCode::UnknownCircle
    );
}

#[test]
fn one_of_two_who_talk_steps_out_and_the_pair_waits() {
    let mut scene = Scene::new();
    scene.comes(FAY).admit(ANA).admit(BEN).does(FAY, Action::StartSession);
    scene.go_to("pair").does(FAY, Action::GoOn);
    scene.does(ANA, Action::StepOut);
    assert_eq!(scene.holder(), None);
    assert_eq!(scene.seen().floor.pair.map(|pair| pair.speaker), Some(ANA));
    scene.does(ANA, Action::GoBack);
    assert_eq!(scene.holder(), Some(ANA));
}

#[test]
fn being_aside_survives_a_dropped_line_and_a_restart_and_ends_with_the_session() {
    let mut scene = Scene::at_step("opening");
    scene.does(BEN, Action::StepOut).drops(BEN).comes(BEN);
    scene.restarts().comes(FAY).comes(BEN);
    assert_eq!(seat(&scene, BEN), SeatState::Aside);
    scene.does(FAY, Action::EndSession);
    assert_eq!(aside_of(&scene, BEN), CircleId::MAIN);
}

#[test]
fn a_step_that_begins_meanwhile_leaves_people_aside_in_peace() {
    let mut scene = Scene::at_step("opening");
    scene.does(BEN, Action::StepOut).go_to("mood-round");
    assert_eq!(seat(&scene, BEN), SeatState::Aside);
    assert_eq!(scene.line(), [ANA, BEN, CLEO], "the round keeps a place");
}
