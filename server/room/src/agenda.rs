//! The agenda: course, session, step. A step's time box is shown and never ends the step by itself.

use protocol::wire::{Action, Refusal, RefusalCode};
use protocol::{CircleId, Role};

use crate::draft::Draft;
use crate::event::{EndReason, FloorRules, MoveReason, ResumeReason, What};
use crate::limits::MAX_TURN_SECONDS;
use crate::state::{State, StepCursor};
use crate::{aside, breakout, plan, round, turns};

pub(crate) fn judge(state: &State, pack: &protocol::pack::Pack, action: &Action) -> Result<(), Refusal> {
    let no = |code: RefusalCode| Err(Refusal::new(code));
    if *action == Action::StartSession {
        if state.session.is_some() {
            return no(RefusalCode::SessionRunning);
        }
        let open = pack
            .session(state.session_number())
            .is_some_and(|plan| !plan.steps.is_empty());
        return if open { Ok(()) } else { no(RefusalCode::CourseOver) };
    }
    let (Some(_), Some(cursor)) = (&state.session, current(state)) else {
        return no(RefusalCode::NoSession);
    };
    let today = state.plan(pack);
    match action {
        Action::GoToStep { step } => match plan::place_of(&today, cursor.index, step) {
            None => no(RefusalCode::UnknownStep),
            Some(index) if index == cursor.index => no(RefusalCode::AlreadySo),
            Some(_) => Ok(()),
        },
        Action::LeaveOutStep { .. } | Action::InsertStep { .. } | Action::SpreadTime => {
            plan::judge(state, pack, cursor, action)
        }
        Action::NextStep if plan::next_step(&today, cursor.index).is_none() => no(RefusalCode::LastStep),
        Action::ExtendStep { seconds } if !(1..=MAX_TURN_SECONDS).contains(seconds) => no(RefusalCode::OutOfRange),
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, action: &Action) {
    match action {
        Action::StartSession => start_session(draft),
        Action::NextStep => {
            let today = draft.state.plan(draft.pack);
            if let Some(next) = current(&draft.state).and_then(|cursor| plan::next_step(&today, cursor.index)) {
                enter_step(draft, next);
            }
        }
        Action::GoToStep { step } => {
            let today = draft.state.plan(draft.pack);
            if let Some(index) = current(&draft.state).and_then(|cursor| plan::place_of(&today, cursor.index, step)) {
                enter_step(draft, index);
            }
        }
        Action::ExtendStep { seconds } => {
            draft.push(What::StepExtended {
                circle: CircleId::MAIN,
                seconds: *seconds,
            });
        }
        Action::LeaveOutStep { .. } | Action::InsertStep { .. } | Action::SpreadTime => {
            if let Some(cursor) = current(&draft.state).cloned() {
                plan::carry_out(draft, &cursor, action);
            }
        }
        _ => end_session(draft),
    }
}

fn current(state: &State) -> Option<&StepCursor> {
    state.circles.get(&CircleId::MAIN)?.step.as_ref()
}

fn start_session(draft: &mut Draft<'_>) {
    turns::end_all(draft, EndReason::StepChanged);
    let pack = draft.pack;
    draft.push(What::SessionStarted {
        session: draft.state.session_number(),
        pack: pack.id.clone(),
        version: pack.version.clone(),
        digest: pack.digest.clone(),
        unattended: pack.unattended,
        grace_seconds: pack.grace_seconds,
    });
    enter_step(draft, 0);
}

fn enter_step(draft: &mut Draft<'_>, index: u16) {
    let Some(plan) = draft.state.step_plan(draft.pack, index) else {
        return;
    };
    let circle = CircleId::MAIN;
    breakout::close_all(draft, MoveReason::StepChanged);
    let today = draft.state.plan(draft.pack);
    let minutes = today.get(usize::from(index)).map_or(plan.minutes, |step| step.minutes);
    turns::end_all(draft, EndReason::StepChanged);
    if draft
        .state
        .session
        .as_ref()
        .is_some_and(|session| session.ready.is_some())
    {
        draft.push(What::ReadyClosed {}); // the answer was to go on
    }
    draft.push(What::StepEntered {
        circle,
        index,
        step: plan.id.clone(),
        minutes,
    });
    let rules = FloorRules {
        mode: plan.floor,
        order: plan.order,
        advance: plan.advance,
        ending: plan.ending,
        enforcement: plan.enforcement,
        turn_seconds: plan.turn_seconds,
    };
    draft.push(What::FloorSet { circle, rules });
    round::start_if_due(draft, circle);
}

fn end_session(draft: &mut Draft<'_>) {
    turns::end_all(draft, EndReason::SessionEnded);
    breakout::close_all(draft, MoveReason::SessionEnded);
    let aside: Vec<_> = draft
        .state
        .roster
        .iter()
        .filter(|(_, p)| p.circle != CircleId::MAIN)
        .collect();
    let aside: Vec<_> = aside.into_iter().map(|(who, _)| who).collect();
    for who in aside {
        aside::move_to(draft, who, CircleId::MAIN, MoveReason::SessionEnded);
    }
    if draft.state.pause.is_some() {
        draft.push(What::Resumed {
            why: ResumeReason::SessionEnded,
        });
    }
    // A host is one of the circle; a therapist is not one of the group.
    let circle = draft.pack.setting == protocol::pack::Setting::Circle;
    let attended = draft
        .state
        .roster
        .iter()
        .filter(|(_, p)| p.attended && (p.role == Role::Member || circle && p.role == Role::Facilitator))
        .count();
    draft.push(What::SessionEnded {
        attended: u16::try_from(attended).unwrap_or(u16::MAX),
    });
}
