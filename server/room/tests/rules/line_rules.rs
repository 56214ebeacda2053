//! When a line drops, and when the server starts again.

use protocol::pack::FloorMode;
use protocol::wire::*;
use protocol::{ParticipantId, Timestamp};
use room::event::{EndReason, GrantReason, What};

use crate::common::scene::*;

fn clock(scene: &Scene) -> ClockView {
    scene.turn().clock
}
fn stopped(left: u64) -> ClockView {
    ClockView::Stopped {
        left_ms: Some(left * 1000),
        because: StopReason::Away,
    }
}
fn until(at: Timestamp) -> ClockView {
    ClockView::Running { deadline: Some(at) }
}
fn granted(scene: &Scene) -> Option<(ParticipantId, GrantReason)> {
    scene.last.iter().find_map(|what| match what {
        What::TurnGranted { holders, why, .. } => Some((holders[0], *why)),
        _ => None,
    })
}
fn queue() -> Scene {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).asks(BEN);
    scene
}

#[test]
fn closing_one_of_two_devices_changes_nothing() {
    let mut scene = queue();
    let before = scene.journal.len();
    scene.comes(ANA).loses_a_line(ANA, 1);
    assert_eq!(scene.journal.len(), before);
    assert_eq!(clock(&scene), until(Scene::second(120)));
}

#[test]
fn a_holders_dropped_line_suspends_the_turn_and_stops_its_clock() {
    let mut scene = queue();
    scene.wait(50).drops(ANA);
    assert_eq!((scene.holder(), clock(&scene)), (Some(ANA), stopped(70)));
    assert_eq!(scene.may_speak(BEN), Err(RefusalCode::NotYourTurn));
    let suspended = scene.staff().suspended.unwrap();
    assert_eq!((suspended.participant, suspended.grace_until), (ANA, Scene::second(95)));
}

#[test]
fn back_within_the_grace_the_turn_goes_on_with_the_time_that_was_left() {
    let mut scene = queue();
    scene.wait(50).drops(ANA).wait(44).comes(ANA);
    assert_eq!(clock(&scene), until(Scene::second(94 + 70)));
    assert_eq!(scene.staff().suspended, None);
}

#[test]
fn after_the_grace_a_facilitator_who_is_present_is_asked_and_nothing_moves_by_itself() {
    let mut scene = queue();
    scene.drops(ANA).wait(44);
    assert!(!scene.staff().suspended.unwrap().asked);
    scene.wait(1);
    assert_eq!(scene.kinds(), ["grace_ended"]);
    scene.wait(3_600);
    assert!(scene.staff().suspended.unwrap().asked);
    assert_eq!(scene.holder(), Some(ANA));
    scene.comes(ANA);
    assert_eq!(
        clock(&scene),
        until(scene.at().plus_seconds(120)),
        "late, and still welcome"
    );
}

#[test]
fn a_facilitator_may_wait_on_for_as_long_again() {
    let mut scene = queue();
    scene.drops(ANA).wait(60).does(FAY, Action::WaitOn);
    assert!(!scene.staff().suspended.unwrap().asked);
    scene.wait(45);
    assert!(scene.staff().suspended.unwrap().asked);
}

#[test]
fn a_facilitator_may_move_on_and_who_dropped_returns_first() {
    let mut scene = queue();
    scene.asks(CLEO).drops(ANA).wait(45).does(FAY, Action::MoveOn);
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::Away), Some(BEN)));
    scene.comes(ANA);
    assert!(scene.mine(ANA).returning);
    assert_eq!(scene.line(), [ANA, CLEO]);
    scene.does(BEN, Action::Release);
    assert_eq!(granted(&scene), Some((ANA, GrantReason::Returning)));
    assert!(!scene.mine(ANA).returning);
}

#[test]
fn whatever_a_facilitator_does_with_the_floor_meanwhile_who_dropped_returns_first() {
    let request = |scene: &Scene| scene.main().floor.queue.of(BEN).unwrap().id;
    let moves: [fn(&Scene, protocol::RequestId) -> Action; 4] = [
        |_, _| Action::GoOn,
        |_, _| Action::Call { participant: CLEO },
        |_, request| Action::Grant { request },
        |_, _| Action::TakeFloor,
    ];
    for action in moves {
        let mut scene = queue();
        scene.drops(ANA);
        let action = action(&scene, request(&scene));
        scene.does(FAY, action.clone());
        assert_eq!(scene.ended(), Some(EndReason::Away), "{action:?}");
        scene.comes(ANA);
        assert!(scene.mine(ANA).returning, "{action:?}");
    }
}

#[test]
fn a_turn_that_was_taken_back_while_away_is_over() {
    let mut scene = queue();
    let reason = RevokeReason::Time;
    scene.drops(ANA).does(FAY, Action::Revoke { reason }).comes(ANA);
    assert!(!scene.mine(ANA).returning);
}

#[test]
fn who_returns_may_pass() {
    let mut scene = queue();
    scene.drops(ANA).does(FAY, Action::MoveOn).comes(ANA).asks(ANA);
    scene.does(ANA, Action::Pass);
    assert_eq!((scene.mine(ANA).returning, scene.line()), (false, vec![]));
    scene.does(BEN, Action::Release);
    assert_eq!(scene.holder(), None);
}

#[test]
fn only_where_nobody_leads_does_the_floor_move_by_itself() {
    let mut scene = Scene::circle().session();
    scene.go_to("focus").asks(ANA).asks(BEN).drops(FAY).drops(ANA).wait(44);
    assert_eq!(scene.holder(), Some(ANA));
    scene.wait(1);
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::Away), Some(BEN)));
}

#[test]
fn a_facilitator_who_was_asked_and_left_leaves_no_circle_waiting() {
    let mut scene = Scene::circle().session();
    scene.go_to("focus").asks(ANA).asks(BEN).drops(ANA).wait(60);
    assert!(scene.staff().suspended.unwrap().asked);
    scene.drops(FAY);
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::Away), Some(BEN)));
}

#[test]
fn in_a_room_that_holds_the_question_waits_for_a_facilitator() {
    let mut scene = queue();
    scene.drops(FAY).drops(ANA).wait(3_600);
    assert_eq!(scene.holder(), Some(ANA));
    scene.comes(FAY);
    assert!(scene.staff().suspended.unwrap().asked);
    scene.does(FAY, Action::MoveOn);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn a_place_in_the_queue_is_kept_for_the_whole_session() {
    let mut scene = queue();
    scene.asks(CLEO).drops(BEN).wait(1_800).does(ANA, Action::Release);
    assert_eq!((scene.holder(), scene.line()), (Some(CLEO), vec![BEN]));
    scene
        .restarts()
        .comes(FAY)
        .comes(BEN)
        .comes(CLEO)
        .does(CLEO, Action::Release);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn a_restart_suspends_the_turn_with_the_time_left_at_the_last_committed_event() {
    let mut scene = queue();
    scene.wait(30).asks(CLEO); // the last thing that was committed
    scene.unseen(1_000).restarts();
    assert_eq!(clock(&scene), stopped(90));
    let suspended = scene.main().floor.turn.as_ref().unwrap().suspended.unwrap();
    assert_eq!(
        (suspended.since, suspended.grace_until),
        (Scene::second(1_030), Scene::second(1_075))
    );
    scene.comes(FAY).wait(44).comes(ANA);
    assert_eq!(clock(&scene), until(Scene::second(1_074 + 90)));
}

#[test]
fn time_that_no_server_saw_cuts_no_turn_even_under_a_firm_ending() {
    let mut scene = Scene::with(|pack| {
        for step in &mut pack.sessions[0].steps {
            step.ending = protocol::pack::Ending::Firm;
        }
    })
    .session();
    scene
        .go_to("focus")
        .asks(ANA)
        .asks(BEN)
        .wait(10)
        .unseen(7_200)
        .restarts();
    assert_eq!(scene.holder(), Some(ANA));
    assert_eq!(
        scene.kinds()[..2],
        ["recovered", "unattended"],
        "before anything falls due"
    );
    assert!(!scene.turn().overran);
}

#[test]
fn a_restart_gives_who_was_away_already_the_whole_grace_again() {
    let mut scene = Scene::circle().session();
    scene.go_to("focus").asks(ANA);
    scene
        .drops(ANA)
        .drops(BEN)
        .drops(CLEO)
        .drops(FAY)
        .unseen(600)
        .restarts();
    scene.wait(44).comes(ANA);
    assert!(matches!(clock(&scene), ClockView::Running { .. }));
}

#[test]
fn several_reasons_stop_a_clock_together_and_the_first_is_shown() {
    let mut scene = queue();
    scene
        .does(FAY, Action::HoldClock)
        .does(FAY, Action::Pause)
        .drops(ANA)
        .drops(FAY);
    let because = |scene: &Scene| match clock(scene) {
        ClockView::Stopped { because, .. } => Some(because),
        ClockView::Running { .. } => None,
    };
    assert_eq!(because(&scene), Some(StopReason::Away));
    scene.comes(ANA);
    assert_eq!(because(&scene), Some(StopReason::Unattended));
    scene.comes(FAY);
    assert_eq!(because(&scene), Some(StopReason::Paused));
    scene.does(FAY, Action::Resume);
    assert_eq!(because(&scene), Some(StopReason::Held));
    scene.does(FAY, Action::ResumeClock);
    assert_eq!(clock(&scene), until(Scene::second(120)));
}

#[test]
fn who_is_taken_out_loses_turn_request_and_return() {
    let remove = |participant| Action::Remove { participant };
    let mut scene = queue();
    scene.does(FAY, remove(ANA));
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::LeftRoom), Some(BEN)));
    scene
        .asks(CLEO)
        .does(FAY, remove(CLEO))
        .drops(BEN)
        .does(FAY, Action::MoveOn);
    scene.does(FAY, remove(BEN));
    assert!(scene.line().is_empty());
    assert_eq!(scene.mine(CLEO).admission, Admission::Removed);
    assert_eq!(scene.refusal(CLEO, ask()), RefusalCode::NotAdmitted);
}

#[test]
fn who_was_sent_out_knocks_again_with_a_new_line_even_before_the_old_one_closed() {
    let mut scene = queue();
    let participant = ANA;
    scene.does(FAY, Action::Remove { participant }).comes(ANA);
    assert_eq!(scene.mine(ANA).admission, Admission::Waiting);
    scene.loses_a_line(ANA, 1).does(FAY, Action::TurnAway { participant });
    assert_eq!(scene.effects, [room::Effect::Dismiss { participant }]);
    scene.drops(ANA).comes(ANA);
    assert_eq!(scene.staff().waiting[0].participant, ANA);
}

#[test]
fn a_dropped_line_in_the_open_only_holds_back_a_granted_turn() {
    let mut scene = Scene::at_step("opening");
    scene.drops(ANA);
    assert_eq!(
        (scene.seen().floor.mode, scene.may_speak(BEN)),
        (FloorMode::Open, Ok(()))
    );
    assert_eq!(scene.may_speak(ANA), Err(RefusalCode::Away));
}
