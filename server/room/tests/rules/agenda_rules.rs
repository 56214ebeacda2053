//! Sessions and steps, and who is in from one session to the next.

use protocol::pack::FloorMode;
use protocol::wire::*;
use room::Room;
use room::event::EndReason;

use crate::common::place;
use crate::common::scene::*;

fn extend(seconds: u32) -> Action {
    Action::ExtendStep { seconds }
}

#[test]
fn a_session_begins_at_its_first_step_with_that_steps_floor() {
    let scene = Scene::new().session();
    let agenda = scene.seen().agenda;
    assert_eq!((agenda.current, agenda.ends_at), (Some(0), Some(Scene::second(600))));
    assert_eq!(agenda.session_ends_at, Some(Scene::second(4_800)));
    assert_eq!(scene.seen().floor.mode, FloorMode::Open);
    assert_eq!(scene.refusal(FAY, Action::StartSession), RefusalCode::SessionRunning);
}

#[test]
fn a_steps_time_is_shown_and_ends_nothing() {
    let mut scene = Scene::new().session();
    scene.wait(7_200);
    assert_eq!(scene.seen().agenda.current, Some(0));
    scene.does(FAY, extend(300));
    assert_eq!(scene.seen().agenda.ends_at, Some(Scene::second(900)));
    assert_eq!(scene.refusal(FAY, extend(0)), RefusalCode::OutOfRange);
    assert_eq!(scene.refusal(FAY, extend(3_601)), RefusalCode::OutOfRange);
}

#[test]
fn a_new_step_ends_the_turn_and_keeps_the_requests() {
    let mut scene = Scene::at_step("work");
    scene.asks(ANA).asks(BEN).does(FAY, Action::GoOn).go_to("opening");
    assert_eq!((scene.ended(), scene.line()), (Some(EndReason::StepChanged), vec![BEN]));
    scene.does(FAY, Action::NextStep);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn steps_are_taken_in_order_or_by_name() {
    let mut scene = Scene::new().session();
    let go = |step: &str| Action::GoToStep {
        step: step.parse().unwrap(),
    };
    assert_eq!(scene.refusal(FAY, go("nowhere")), RefusalCode::UnknownStep);
    assert_eq!(scene.refusal(FAY, go("opening")), RefusalCode::AlreadySo);
    scene.does(FAY, Action::NextStep).go_to("still");
    assert_eq!(scene.refusal(FAY, Action::NextStep), RefusalCode::LastStep);
    assert_eq!(scene.refusal(ANA, go("opening")), RefusalCode::NotPermitted);
    let states: Vec<_> = scene.seen().agenda.steps.into_iter().map(|s| s.state).collect();
    assert_eq!(states[..2], [StepState::Done; 2]);
    assert_eq!(states[7], StepState::Current);
}

#[test]
fn a_step_that_was_gone_past_is_not_done_until_it_was_held() {
    let states = |scene: &Scene| -> Vec<StepState> { scene.seen().agenda.steps.into_iter().map(|s| s.state).collect() };
    // Given a session at its first step,
    let mut scene = Scene::new().session();
    let steps: Vec<_> = scene
        .seen()
        .agenda
        .steps
        .into_iter()
        .map(|s| s.step.to_string())
        .collect();
    // when those who lead go past two steps,
    scene.go_to(&steps[3]);
    // then these were not held, and stay so when another begins,
    scene.does(FAY, Action::NextStep);
    use StepState::{Current, Done, PassedBy, ToCome};
    assert_eq!(states(&scene)[..6], [Done, PassedBy, PassedBy, Done, Current, ToCome]);
    // and one of them is done once it was held after all.
    scene.go_to(&steps[2]).go_to(&steps[4]).restarts().comes(FAY);
    assert_eq!(states(&scene)[..6], [Done, PassedBy, Done, Done, Current, ToCome]);
}

#[test]
fn ending_a_session_ends_turn_pause_and_requests_and_anyone_may_speak() {
    let mut scene = Scene::at_step("work");
    scene
        .asks(ANA)
        .asks(BEN)
        .does(FAY, Action::GoOn)
        .does(CLEO, Action::Pause);
    scene.does(FAY, Action::EndSession);
    assert_eq!(scene.ended(), Some(EndReason::SessionEnded));
    assert_eq!((scene.seen().stand, scene.line()), (Stand::Lobby, vec![]));
    assert_eq!(scene.may_speak(CLEO), Ok(()));
    for action in [Action::NextStep, extend(60), Action::EndSession] {
        assert_eq!(scene.refusal(FAY, action), RefusalCode::NoSession);
    }
}

#[test]
fn who_stays_after_a_session_is_in_for_the_next_and_who_left_waits_at_the_door() {
    let mut scene = Scene::new().session();
    scene.drops(CLEO).does(FAY, Action::EndSession).drops(BEN);
    assert_eq!(scene.mine(ANA).admission, Admission::Admitted);
    assert_eq!(scene.mine(BEN).admission, Admission::Waiting);
    assert_eq!(scene.mine(CLEO).admission, Admission::Waiting);
    scene.comes(BEN);
    assert_eq!(scene.staff().waiting[0].participant, BEN);
    scene.does(FAY, Action::StartSession).does(FAY, Action::EndSession);
    let attended: Vec<_> = scene.staff().held.iter().map(|h| (h.session, h.attended)).collect();
    assert_eq!(attended, [(1, 3), (2, 1)]);
}

#[test]
fn who_came_late_or_left_early_attended() {
    let mut scene = Scene::new().session();
    scene.drops(ANA).admit(DAN);
    let participant = BEN;
    scene
        .does(FAY, Action::Remove { participant })
        .admit(OBI)
        .does(FAY, Action::EndSession);
    assert_eq!(
        scene.staff().held[0].attended,
        4,
        "Ana, Ben, Cleo and Dan; observers are not counted"
    );
}

#[test]
fn a_restart_between_sessions_leaves_nobody_in_by_itself() {
    let mut scene = Scene::new().session();
    scene.does(FAY, Action::EndSession).restarts();
    assert_eq!(scene.mine(ANA).admission, Admission::Waiting);
    scene.comes(FAY).comes(ANA);
    assert_eq!(scene.staff().waiting.len(), 1);
}

#[test]
fn a_restart_in_a_session_leaves_everybody_in() {
    let mut scene = Scene::new().session();
    scene.restarts().comes(FAY).comes(ANA);
    assert_eq!(scene.mine(ANA).admission, Admission::Admitted);
    assert!(scene.staff().waiting.is_empty());
}

#[test]
fn a_seat_is_kept_from_session_to_session() {
    let mut scene = Scene::new().session();
    scene.does(FAY, Action::EndSession).drops(ANA).admit(DAN).admit(ANA);
    let seats: Vec<_> = scene.seen().seats.into_iter().map(|seat| seat.participant).collect();
    assert_eq!(seats, [FAY, ANA, BEN, CLEO, DAN]);
}

#[test]
fn a_course_is_over_after_its_last_session() {
    let mut scene = Scene::new().session();
    scene.does(FAY, Action::EndSession);
    scene.does(FAY, Action::StartSession).does(FAY, Action::EndSession);
    assert_eq!(scene.refusal(FAY, Action::StartSession), RefusalCode::CourseOver);
    assert_eq!((scene.seen().stand, scene.seen().course.session), (Stand::Closed, 3));
    assert_eq!(
        scene.answer(ANA, Action::Pause),
        Ok(()),
        "and people may still sit together"
    );
}

#[test]
fn what_was_heard_is_counted_anew_in_each_session() {
    let mut scene = Scene::at_step("focus");
    scene
        .asks(ANA)
        .wait(10)
        .does(ANA, Action::Release)
        .does(FAY, Action::EndSession);
    let heard = |scene: &Scene| scene.staff().participation.iter().map(|row| row.floor_ms).sum::<u64>();
    assert_eq!(heard(&scene), 10_000, "it can be read until the next begins");
    scene.does(FAY, Action::StartSession);
    assert_eq!(heard(&scene), 0);
}

#[test]
fn a_session_pins_its_pack_and_survives_one_that_lost_its_steps() {
    let mut scene = Scene::at_step("work");
    let session = scene.room.state().session.clone().unwrap();
    assert_eq!((session.pack.as_str(), session.version.as_str()), ("test", "1.0.0"));
    let shorter = Scene::with(|pack| pack.sessions[0].steps.truncate(1));
    scene.room = Room::open(shorter.room.pack().clone(), place(), None, &scene.journal);
    scene.wait(3_600).asks(ANA).does(FAY, Action::GoOn);
    assert_eq!(scene.refusal(FAY, Action::NextStep), RefusalCode::LastStep);
    assert_eq!(scene.holder(), Some(ANA));
    scene.does(FAY, Action::EndSession);
}
