//! Silence: no one speaks, and nothing hurries anybody out of it.

use protocol::pack::FloorMode;
use protocol::wire::*;
use room::event::EndReason;

use crate::common::scene::*;

fn mode(mode: FloorMode) -> Action {
    Action::SetFloor {
        mode: Some(mode),
        order: None,
        advance: None,
        ending: None,
        turn_seconds: None,
    }
}

#[test]
fn in_silence_no_member_speaks_and_facilitators_may() {
    let scene = Scene::at_step("still");
    assert_eq!(scene.may_speak(ANA), Err(RefusalCode::Silence));
    assert_eq!(scene.may_speak(FAY), Ok(()));
}

#[test]
fn nobody_asks_or_is_called_in_silence() {
    let scene = Scene::at_step("still");
    assert_eq!(scene.refusal(ANA, ask()), RefusalCode::Silence);
    assert_eq!(
        scene.refusal(FAY, Action::Call { participant: ANA }),
        RefusalCode::Silence
    );
    assert_eq!(scene.refusal(FAY, Action::GoOn), RefusalCode::Silence);
}

#[test]
fn whoever_waited_to_speak_still_waits_after_the_silence() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).asks(BEN).does(FAY, mode(FloorMode::Silence));
    assert_eq!(
        scene.ended(),
        Some(EndReason::MovedOn),
        "a running turn ends with the bell"
    );
    assert_eq!((scene.holder(), scene.line()), (None, vec![BEN]));
    scene.does(FAY, mode(FloorMode::Queue));
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn a_facilitator_can_take_the_floor_out_of_silence() {
    let mut scene = Scene::at_step("still");
    scene.does(FAY, Action::TakeFloor);
    assert_eq!(scene.holder(), Some(FAY));
    scene.does(FAY, Action::Release);
    assert_eq!(scene.may_speak(ANA), Err(RefusalCode::Silence));
}

#[test]
fn a_silence_that_was_asked_for_is_no_sign_of_anything() {
    let mut scene = Scene::at_step("still");
    scene.wait(300);
    assert_eq!(scene.staff().prompts, []);
}

#[test]
fn a_pause_and_a_round_are_possible_out_of_silence() {
    let mut scene = Scene::at_step("still");
    scene.does(ANA, Action::Pause).does(ANA, Action::Resume);
    let order = RoundOrder::Seats;
    scene.does(FAY, Action::StartRound { order });
    assert_eq!(scene.holder(), Some(ANA));
}
