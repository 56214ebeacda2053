//! Today's plan: steps left out, put in, done again; time spread anew. Every deviation is an event.

use protocol::wire::*;
use room::event::{PlanChange, What};

use crate::common::scene::*;

fn leave_out(index: u16) -> Action {
    Action::LeaveOutStep { index, left_out: true }
}
fn insert(step: &str, minutes: u32) -> Action {
    Action::InsertStep {
        step: step.parse().unwrap(),
        minutes,
    }
}
fn names(scene: &Scene) -> Vec<String> {
    let steps = scene.seen().agenda.steps;
    steps.into_iter().map(|step| step.step.to_string()).collect()
}
fn minutes(scene: &Scene) -> Vec<u32> {
    scene.seen().agenda.steps.iter().map(|step| step.minutes).collect()
}
fn why(scene: &Scene) -> Option<PlanChange> {
    scene.last.iter().find_map(|what| match what {
        What::PlanChanged { why, .. } => Some(*why),
        _ => None,
    })
}

#[test]
fn a_step_that_is_left_out_is_gone_over_and_stays_in_sight() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, leave_out(1)).does(FAY, Action::NextStep);
    let agenda = scene.seen().agenda;
    assert_eq!((agenda.current, agenda.steps[1].state), (Some(2), StepState::LeftOut));
}

#[test]
fn what_was_left_out_can_come_back_and_can_still_be_gone_to() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, leave_out(1));
    assert_eq!(scene.refusal(FAY, leave_out(1)), RefusalCode::AlreadySo);
    let (index, left_out) = (1, false);
    scene.does(FAY, Action::LeaveOutStep { index, left_out });
    assert_eq!(why(&scene), Some(PlanChange::BroughtBack));
    scene.does(FAY, leave_out(1)).go_to("focus");
    assert_eq!(scene.seen().agenda.steps[1].state, StepState::Current);
}

#[test]
fn only_what_is_still_to_come_is_left_out() {
    let scene = Scene::at_step("focus");
    for index in [0, 1, 99] {
        assert_eq!(scene.refusal(FAY, leave_out(index)), RefusalCode::UnknownStep);
    }
    assert_eq!(scene.refusal(ANA, leave_out(2)), RefusalCode::NotPermitted);
}

#[test]
fn a_step_is_put_in_after_the_current_one() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, insert("work", 7));
    assert_eq!(why(&scene), Some(PlanChange::Inserted));
    assert_eq!(names(&scene)[..3], ["opening", "work", "focus"]);
    scene.does(FAY, Action::NextStep);
    let agenda = scene.seen().agenda;
    assert_eq!(agenda.ends_at.unwrap().since(agenda.started_at.unwrap()), 7 * 60_000);
    assert_eq!(scene.refusal(FAY, insert("nowhere", 7)), RefusalCode::UnknownStep);
    assert_eq!(scene.refusal(FAY, insert("work", 0)), RefusalCode::OutOfRange);
    assert_eq!(scene.refusal(FAY, insert("work", 181)), RefusalCode::OutOfRange);
}

#[test]
fn the_current_step_is_done_once_more() {
    let mut scene = Scene::at_step("mood-round");
    scene.does(FAY, insert("mood-round", 5));
    assert_eq!(why(&scene), Some(PlanChange::Repeated));
    scene.does(FAY, Action::NextStep);
    let floor = scene.seen().floor;
    assert!(
        floor.round_running && floor.line.len() == 3,
        "a new round with everybody"
    );
}

#[test]
fn a_plan_has_a_bound() {
    let mut scene = Scene::at_step("opening");
    while scene.answer(FAY, insert("work", 1)).is_ok() {
        scene.does(FAY, insert("work", 1));
    }
    assert_eq!(scene.refusal(FAY, insert("work", 1)), RefusalCode::Full);
    assert_eq!(names(&scene).len(), 32);
}

#[test]
fn being_behind_shows_in_the_projected_end_and_nowhere_else() {
    let mut scene = Scene::at_step("opening");
    let planned = scene.seen().agenda.session_ends_at;
    assert_eq!(scene.seen().agenda.projected_end, planned);
    scene.does(FAY, Action::ExtendStep { seconds: 600 });
    let agenda = scene.seen().agenda;
    assert_eq!(agenda.session_ends_at, planned, "what was planned does not move");
    assert_eq!(agenda.projected_end.unwrap().since(planned.unwrap()), 600_000);
    scene.does(FAY, leave_out(1));
    assert_eq!(
        scene.seen().agenda.projected_end,
        planned,
        "ten minutes are saved again"
    );
}

#[test]
fn time_is_spread_over_what_is_left_in_proportion() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, Action::ExtendStep { seconds: 35 * 60 });
    scene.does(FAY, Action::SpreadTime);
    assert_eq!(why(&scene), Some(PlanChange::Spread));
    assert_eq!(
        minutes(&scene)[1..],
        [5; 7],
        "35 of 80 minutes are left for seven steps"
    );
    let agenda = scene.seen().agenda;
    assert_eq!(agenda.projected_end, agenda.session_ends_at);
}

#[test]
fn what_rounding_leaves_over_goes_to_one_step_and_nothing_is_lost() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, Action::ExtendStep { seconds: 30 * 60 });
    scene.does(FAY, Action::SpreadTime);
    assert_eq!(minutes(&scene)[1..].iter().sum::<u32>(), 40);
    assert_eq!(scene.seen().agenda.projected_end, scene.seen().agenda.session_ends_at);
}

#[test]
fn when_the_time_is_gone_every_step_keeps_a_minute() {
    let mut scene = Scene::at_step("opening");
    scene.wait(3 * 3_600).does(FAY, Action::SpreadTime);
    assert_eq!(minutes(&scene)[1..], [1; 7]);
    scene.go_to("still");
    assert_eq!(scene.refusal(FAY, Action::SpreadTime), RefusalCode::LastStep);
}

#[test]
fn a_protected_step_is_never_left_out_and_keeps_its_time() {
    let mut scene = Scene::with(|pack| pack.sessions[0].steps[7].protected = true).session();
    assert_eq!(scene.refusal(FAY, leave_out(7)), RefusalCode::Protected);
    assert!(scene.seen().agenda.steps[7].protected);
    scene.does(FAY, Action::ExtendStep { seconds: 30 * 60 });
    scene.does(FAY, Action::SpreadTime);
    assert_eq!(minutes(&scene)[1..], [5, 5, 5, 5, 5, 5, 10]);
    assert_eq!(scene.seen().agenda.projected_end, scene.seen().agenda.session_ends_at);
}

#[test]
fn a_changed_plan_survives_a_restart_and_ends_with_the_session() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, leave_out(1)).does(FAY, insert("work", 7));
    let before = names(&scene);
    scene.restarts().comes(FAY);
    assert_eq!(names(&scene), before);
    scene.does(FAY, Action::EndSession).does(FAY, Action::StartSession);
    assert_eq!(names(&scene).len(), 8, "the next session follows the pack");
}
