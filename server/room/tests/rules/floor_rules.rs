//! A turn: given, timed, held, extended, taken back. The same in every mode.

use protocol::pack::{Ending, FloorMode};
use protocol::wire::*;
use protocol::{CircleId, TurnId};
use room::event::{EndReason, Event, GrantReason, What};

use crate::common::scene::*;

fn set(mode: Option<FloorMode>, ending: Option<Ending>, turn_seconds: Option<u32>) -> Action {
    Action::SetFloor {
        mode,
        order: None,
        advance: None,
        ending,
        turn_seconds,
    }
}
fn firm() -> Action {
    set(None, Some(Ending::Firm), None)
}
fn deadline(scene: &Scene) -> Option<protocol::Timestamp> {
    match scene.turn().clock {
        ClockView::Running { deadline } => deadline,
        ClockView::Stopped { .. } => None,
    }
}
fn left_ms(scene: &Scene) -> Option<u64> {
    match scene.turn().clock {
        ClockView::Stopped { left_ms, .. } => left_ms,
        ClockView::Running { .. } => None,
    }
}

#[test]
fn a_turn_has_an_absolute_deadline_that_a_late_joiner_sees_too() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA);
    assert_eq!(deadline(&scene), Some(Scene::second(120)));
    scene.wait(50).admit(DAN);
    assert_eq!(deadline(&scene), Some(Scene::second(120)));
    assert_eq!(scene.turn().granted_at, Scene::second(0));
}

#[test]
fn a_turn_inherits_what_its_request_was_for() {
    let mut scene = Scene::at_step("focus");
    let kind = RequestKind::Question;
    scene.does(ANA, Action::Ask { kind, note: None });
    assert_eq!(scene.turn().kind, RequestKind::Question);
}

#[test]
fn a_late_timer_of_an_ended_turn_does_not_touch_the_same_persons_next_turn() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA);
    let first = scene.turn().turn;
    scene.wait(100).does(ANA, Action::Release).asks(ANA);
    let second = scene.turn();
    scene.wait(21); // the first turn's deadline
    assert_eq!(scene.turn(), second);
    let (circle, why) = (CircleId::MAIN, EndReason::TimeUp);
    let late = [
        What::TurnOverran { circle, turn: first },
        What::TurnEnded {
            circle,
            turn: first,
            why,
        },
    ];
    let (at, by) = (scene.at(), None);
    scene.room.apply(&late.map(|what| Event { at, by, what }));
    assert_eq!(scene.turn(), second);
}

#[test]
fn the_server_never_ticks_it_sleeps_until_the_deadline() {
    let mut scene = Scene::at_step("focus");
    scene.wait(500).asks(ANA);
    assert_eq!(scene.room.next_deadline(), Some(Scene::second(480 + 120 + 20)));
    let before = scene.journal.len();
    scene.wait(119);
    assert_eq!(scene.journal.len(), before, "nothing is journaled while time passes");
}

#[test]
fn under_a_soft_ending_the_person_finishes() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).asks(BEN).wait(120);
    assert!(scene.turn().overran);
    scene.wait(3_600);
    assert_eq!(scene.holder(), Some(ANA));
    scene.does(ANA, Action::Release);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn under_a_firm_ending_the_floor_is_freed_ten_seconds_after_the_limit() {
    let mut scene = Scene::at_step("focus");
    scene.does(FAY, firm()).asks(ANA).asks(BEN).wait(129);
    assert_eq!(scene.holder(), Some(ANA));
    scene.wait(1);
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::TimeUp), Some(BEN)));
}

#[test]
fn an_ending_made_firm_late_still_leaves_the_whole_grace() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).wait(600).does(FAY, firm());
    assert_eq!(scene.holder(), Some(ANA), "not cut in the middle of a sentence");
    scene.wait(9);
    assert_eq!(scene.holder(), Some(ANA));
    scene.wait(1);
    assert_eq!(scene.holder(), None);
}

#[test]
fn a_server_that_notices_late_still_leaves_the_whole_grace() {
    let mut scene = Scene::at_step("focus");
    scene.does(FAY, firm()).asks(ANA).unseen(300).wait(0);
    assert!(scene.turn().overran);
    scene.wait(9);
    assert_eq!(scene.holder(), Some(ANA));
    scene.wait(1);
    assert_eq!(scene.holder(), None);
}

#[test]
fn a_held_clock_holds_the_grace_of_a_firm_ending_too() {
    let mut scene = Scene::at_step("focus");
    scene
        .does(FAY, firm())
        .asks(ANA)
        .wait(125)
        .does(FAY, Action::HoldClock)
        .wait(600);
    assert_eq!(scene.holder(), Some(ANA));
    scene.does(FAY, Action::ResumeClock).wait(9);
    assert_eq!(scene.holder(), Some(ANA));
    scene.wait(1);
    assert_eq!(scene.holder(), None);
}

#[test]
fn a_turn_that_overran_and_was_paused_goes_on_overrun() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).wait(130).does(FAY, Action::Pause);
    assert_eq!(left_ms(&scene), Some(0));
    scene.wait(60).does(FAY, Action::Resume);
    assert!(scene.turn().overran);
    assert_eq!(deadline(&scene), Some(scene.at()));
}

#[test]
fn a_held_clock_keeps_the_time_that_was_left() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).wait(50).does(FAY, Action::HoldClock);
    assert_eq!(scene.refusal(FAY, Action::HoldClock), RefusalCode::AlreadySo);
    scene.wait(500);
    assert_eq!(left_ms(&scene), Some(70_000));
    scene.does(FAY, Action::ResumeClock);
    assert_eq!(deadline(&scene), Some(Scene::second(550 + 70)));
    assert_eq!(scene.refusal(FAY, Action::ResumeClock), RefusalCode::AlreadySo);
}

#[test]
fn extensions_add_up_and_count_from_now_once_the_time_is_up() {
    let mut scene = Scene::at_step("focus");
    let extend = |seconds| Action::ExtendTurn { seconds };
    scene.asks(ANA).wait(10).does(FAY, extend(30)).does(FAY, extend(60));
    assert_eq!(deadline(&scene), Some(Scene::second(210)));
    assert_eq!(scene.turn().limit_seconds, Some(210));
    scene.wait(290).does(ANA, Action::NeedMoreTime).does(FAY, extend(30));
    assert_eq!(deadline(&scene), Some(Scene::second(330)));
    assert!(!scene.turn().overran);
    scene.wait(30);
    assert!(scene.turn().overran);
}

#[test]
fn an_extension_is_between_a_second_and_an_hour() {
    let mut scene = Scene::at_step("focus");
    let extend = |seconds| Action::ExtendTurn { seconds };
    assert_eq!(scene.refusal(FAY, extend(30)), RefusalCode::NoTurn);
    scene.asks(ANA);
    assert_eq!(scene.refusal(FAY, extend(0)), RefusalCode::OutOfRange);
    assert_eq!(scene.refusal(FAY, extend(3_601)), RefusalCode::OutOfRange);
    for _ in 0..40 {
        scene.does(FAY, extend(3_600));
    }
    assert_eq!(deadline(&scene), Some(Scene::second(40 * 3_600 + 120)));
}

#[test]
fn a_turn_without_a_limit_has_nothing_to_extend() {
    let mut scene = Scene::at_step("focus");
    scene.does(FAY, Action::TakeFloor);
    assert_eq!(deadline(&scene), None);
    assert_eq!(
        scene.refusal(FAY, Action::ExtendTurn { seconds: 30 }),
        RefusalCode::WrongMode
    );
    assert_eq!(scene.refusal(FAY, Action::NeedMoreTime), RefusalCode::WrongMode);
}

#[test]
fn a_facilitator_takes_a_turn_back_with_a_reason() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA);
    let reason = RevokeReason::Safety;
    scene.does(FAY, Action::Revoke { reason });
    assert_eq!(scene.ended(), Some(EndReason::Revoked(reason)));
    assert_eq!(scene.mine(ANA).request.unwrap().status, RequestStatus::Revoked);
}

#[test]
fn a_facilitator_takes_the_floor_whatever_came_before() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).does(BEN, Action::Pause).does(FAY, Action::TakeFloor);
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::Taken), Some(FAY)));
    assert_eq!(scene.refusal(FAY, Action::TakeFloor), RefusalCode::AlreadySo);
    assert_eq!(scene.refusal(ANA, Action::TakeFloor), RefusalCode::NotPermitted);
}

#[test]
fn whoever_holds_the_floor_may_give_it_back_or_pass_in_every_mode() {
    for step in ["opening", "focus", "mood-round", "work"] {
        for (action, why) in [
            (Action::Release, EndReason::Released),
            (Action::Pass, EndReason::Passed),
        ] {
            let mut scene = Scene::at_step_called(step, ANA);
            assert_eq!(scene.refusal(BEN, Action::Release), RefusalCode::NotYourTurn);
            scene.does(ANA, action);
            assert_eq!(scene.ended(), Some(why), "{step}");
        }
    }
}

#[test]
fn a_facilitator_changes_how_the_floor_is_given_at_any_moment_and_requests_keep_their_places() {
    let mut scene = Scene::at_step("opening");
    scene.asks(ANA).asks(BEN).calls(CLEO);
    scene.does(FAY, set(Some(FloorMode::Chair), None, Some(90)));
    assert_eq!((scene.holder(), scene.line()), (Some(CLEO), vec![ANA, BEN]));
    scene.does(FAY, Action::GoOn);
    assert_eq!(scene.turn().limit_seconds, Some(90));
    scene
        .does(FAY, set(Some(FloorMode::Queue), None, Some(0)))
        .does(FAY, Action::GoOn);
    assert_eq!((scene.holder(), scene.turn().limit_seconds), (Some(BEN), None));
    let refusal = scene.refusal(FAY, set(Some(FloorMode::Queue), None, None));
    assert_eq!(refusal, RefusalCode::AlreadySo);
    assert_eq!(
        scene.refusal(FAY, set(None, None, Some(3_601))),
        RefusalCode::OutOfRange
    );
}

#[test]
fn a_couple_at_one_device_holds_one_turn() {
    let mut scene = Scene::at_step("focus");
    let (circle, turn) = (CircleId::MAIN, TurnId(1));
    let what = What::TurnGranted {
        circle,
        turn,
        holders: vec![ANA, BEN],
        kind: RequestKind::Share,
        limit_seconds: Some(60),
        request: None,
        why: GrantReason::Called,
    };
    let (at, by) = (scene.at(), None);
    let granted = Event { at, by, what };
    scene.room.apply(std::slice::from_ref(&granted));
    scene.journal.push(granted);
    assert_eq!((scene.may_speak(ANA), scene.may_speak(BEN)), (Ok(()), Ok(())));
    scene.drops(ANA);
    assert!(scene.turn().clock.is_running(), "one of the two is still there");
    scene.drops(BEN);
    assert!(!scene.turn().clock.is_running());
    scene.comes(ANA).does(ANA, Action::Release);
    assert_eq!(
        scene.staff().participation.iter().filter(|row| row.turns == 1).count(),
        2
    );
}

#[test]
fn time_that_steps_back_takes_nothing_from_anybody() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).wait(60);
    scene.does(FAY, Action::HoldClock);
    scene.now -= 50_000;
    scene.does(FAY, Action::ResumeClock);
    assert_eq!(deadline(&scene), Some(Scene::second(120)));
    scene.wait(109);
    assert!(!scene.turn().overran);
    scene.wait(1);
    assert!(scene.turn().overran);
}

trait Runs {
    fn is_running(&self) -> bool;
}
impl Runs for ClockView {
    fn is_running(&self) -> bool {
        matches!(self, ClockView::Running { .. })
    }
}
