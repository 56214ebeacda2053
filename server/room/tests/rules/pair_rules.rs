//! Speaker and listener: say back, confirm or say again, swap; equal time can be seen.

use protocol::pack::FloorMode;
use protocol::wire::*;
use protocol::{ParticipantId, RequestId};
use room::event::EndReason;

use crate::common::scene::*;

fn form(speaker: ParticipantId, listener: ParticipantId) -> Action {
    Action::FormPair { speaker, listener }
}
/// Ana speaks and Ben listens.
fn ana_speaks() -> Scene {
    let mut scene = Scene::at_step("pair");
    scene.does(FAY, form(ANA, BEN)).does(FAY, Action::GoOn);
    assert_eq!(scene.holder(), Some(ANA));
    scene
}
/// Ana said it and Ben says it back.
fn ben_says_back() -> Scene {
    let mut scene = ana_speaks();
    scene.wait(20).does(ANA, Action::Release);
    scene
}
fn heard_ms(scene: &Scene, who: ParticipantId) -> u64 {
    let staff = scene.staff();
    let row = staff.participation.iter().find(|row| row.participant == who);
    row.map_or(0, |row| row.floor_ms)
}

#[test]
fn where_there_are_just_two_members_they_are_the_pair() {
    let mut scene = Scene::new();
    scene.comes(FAY).admit(ANA).admit(BEN).does(FAY, Action::StartSession);
    scene.go_to("pair");
    let pair = scene.seen().floor.pair.unwrap();
    assert_eq!((pair.speaker, pair.listener), (ANA, BEN));
    assert_eq!(scene.holder(), None, "the first turn is the facilitator's to give");
}

#[test]
fn among_more_than_two_the_facilitator_names_them() {
    let mut scene = Scene::at_step("pair");
    assert_eq!(scene.seen().floor.pair, None);
    assert_eq!(scene.refusal(FAY, Action::GoOn), RefusalCode::NobodyNext);
    scene.does(FAY, form(CLEO, ANA));
    assert_eq!(scene.line(), [CLEO, ANA]);
    assert_eq!(scene.refusal(FAY, form(ANA, ANA)), RefusalCode::OutOfRange);
    assert_eq!(scene.refusal(FAY, form(CLEO, ANA)), RefusalCode::AlreadySo);
    assert_eq!(scene.refusal(ANA, form(ANA, CLEO)), RefusalCode::NotPermitted);
}

#[test]
fn the_listener_speaks_while_saying_back_and_the_speaker_keeps_the_floor() {
    let scene = ana_speaks();
    assert_eq!(scene.may_speak(BEN), Err(RefusalCode::NotYourTurn));
    let scene = ben_says_back();
    assert_eq!(scene.holder(), Some(ANA));
    assert_eq!((scene.may_speak(ANA), scene.may_speak(BEN)), (Ok(()), Ok(())));
    assert_eq!(scene.may_speak(CLEO), Err(RefusalCode::NotYourTurn));
    assert!(scene.seen().floor.pair.unwrap().saying_back);
}

#[test]
fn the_speakers_clock_stands_while_the_other_says_back() {
    let mut scene = ben_says_back();
    let standing = ClockView::Stopped {
        left_ms: Some(100_000),
        because: StopReason::SayingBack,
    };
    assert_eq!(scene.turn().clock, standing);
    scene.wait(50);
    assert_eq!(scene.turn().clock, standing);
}

#[test]
fn what_is_confirmed_ends_the_turn_and_the_two_swap() {
    let mut scene = ben_says_back();
    scene.does(ANA, Action::Confirm);
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::Confirmed), Some(BEN)));
    assert_eq!(scene.seen().floor.pair.map(|pair| pair.listener), Some(ANA));
}

#[test]
fn what_is_missing_is_said_again_in_the_same_turn() {
    let mut scene = ben_says_back();
    let turn = scene.turn().turn;
    scene.wait(30).does(ANA, Action::SayAgain);
    assert_eq!(scene.may_speak(BEN), Err(RefusalCode::NotYourTurn));
    assert_eq!(scene.turn().turn, turn);
    scene.wait(10).does(ANA, Action::Release).does(ANA, Action::Confirm);
    assert_eq!(heard_ms(&scene, ANA), 30_000, "saying back is nobody's floor time");
}

#[test]
fn equal_time_is_counted_for_facilitators() {
    let mut scene = ben_says_back();
    scene.does(ANA, Action::Confirm).wait(20).does(BEN, Action::Release);
    scene.wait(60).does(BEN, Action::Confirm);
    assert_eq!((heard_ms(&scene, ANA), heard_ms(&scene, BEN)), (20_000, 20_000));
}

#[test]
fn only_the_speaker_says_whether_it_fits() {
    let scene = ben_says_back();
    assert_eq!(scene.refusal(BEN, Action::Confirm), RefusalCode::NotYourTurn);
    assert_eq!(scene.refusal(CLEO, Action::Confirm), RefusalCode::NotInPair);
    assert_eq!(scene.refusal(ANA, Action::Release), RefusalCode::SayingBack);
    assert_eq!(ana_speaks().refusal(ANA, Action::Confirm), RefusalCode::NoTurn);
}

#[test]
fn whoever_passes_gives_the_other_the_floor() {
    let mut scene = ana_speaks();
    scene.does(ANA, Action::Pass);
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::Passed), Some(BEN)));
}

#[test]
fn a_facilitator_who_goes_on_swaps_them_and_one_who_takes_the_floor_only_interrupts() {
    let mut scene = ana_speaks();
    scene.does(FAY, Action::GoOn);
    assert_eq!(scene.holder(), Some(BEN));
    scene.does(FAY, Action::TakeFloor).does(FAY, Action::Release);
    assert_eq!(scene.holder(), Some(BEN), "who was interrupted goes on");
}

#[test]
fn a_facilitator_gives_the_floor_to_one_of_the_two_and_to_nobody_else() {
    let mut scene = ana_speaks();
    assert_eq!(
        scene.refusal(FAY, Action::Call { participant: CLEO }),
        RefusalCode::NotInPair
    );
    scene.does(FAY, Action::Call { participant: BEN });
    assert_eq!(scene.seen().floor.pair.map(|pair| pair.speaker), Some(BEN));
}

#[test]
fn two_who_alternate_need_not_ask() {
    let scene = ana_speaks();
    assert_eq!(scene.refusal(BEN, ask()), RefusalCode::WrongMode);
    let request = RequestId(1);
    assert_eq!(
        scene.refusal(FAY, Action::Grant { request }),
        RefusalCode::UnknownRequest
    );
}

#[test]
fn the_two_and_whose_turn_it_is_survive_a_dropped_line_and_a_restart() {
    let mut scene = ben_says_back();
    scene.drops(BEN);
    assert!(scene.seen().floor.pair.unwrap().saying_back);
    scene.comes(BEN).restarts().comes(FAY).comes(ANA).comes(BEN);
    assert!(scene.seen().floor.pair.unwrap().saying_back);
    scene.does(ANA, Action::Confirm);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn when_one_of_the_two_leaves_the_room_the_pair_is_over_and_no_clock_stays_stopped() {
    let mut scene = ben_says_back();
    scene.does(FAY, Action::Remove { participant: BEN });
    // Ana and Cleo are the two members who are left.
    assert_eq!(scene.holder(), Some(ANA));
    assert!(matches!(scene.turn().clock, ClockView::Running { .. }));
}

#[test]
fn another_way_of_sharing_ends_the_pair_and_says_so() {
    let mut scene = ben_says_back();
    assert_eq!(scene.staff().leaving, Some(Leaving::Pair));
    let mode = Some(FloorMode::Queue);
    scene.does(
        FAY,
        Action::SetFloor {
            mode,
            order: None,
            advance: None,
            ending: None,
            turn_seconds: None,
        },
    );
    assert_eq!(scene.kinds(), ["pair_ended", "floor_set"]);
    assert!(matches!(scene.turn().clock, ClockView::Running { .. }));
}
