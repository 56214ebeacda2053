//! The agenda: course, session, step. A step's time box is shown and never ends the step by itself.

use protocol::wire::{Action, Refusal, RefusalCode};
use protocol::{CircleId, Role};

use crate::draft::Draft;
use crate::event::{EndReason, FloorRules, ResumeReason, What};
use crate::limits::MAX_TURN_SECONDS;
use crate::state::State;
use crate::{round, turns};

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
    let (Some(session), Some(cursor)) = (&state.session, current(state)) else {
        return no(RefusalCode::NoSession);
    };
    let steps = pack.session(session.number).map_or(&[][..], |plan| &plan.steps);
    match action {
        Action::GoToStep { step } => match steps.iter().position(|plan| plan.id == *step) {
            None => no(RefusalCode::UnknownStep),
            Some(index) if index == usize::from(cursor) => no(RefusalCode::AlreadySo),
            Some(_) => Ok(()),
        },
        Action::NextStep if usize::from(cursor) + 1 >= steps.len() => no(RefusalCode::LastStep),
        Action::ExtendStep { seconds } if !(1..=MAX_TURN_SECONDS).contains(seconds) => no(RefusalCode::OutOfRange),
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, action: &Action) {
    match action {
        Action::StartSession => start_session(draft),
        Action::NextStep => {
            let next = current(&draft.state).map_or(0, |index| index + 1);
            enter_step(draft, next);
        }
        Action::GoToStep { step } => {
            let number = draft.state.session_number();
            let steps = draft.pack.session(number).map_or(&[][..], |plan| &plan.steps);
            if let Some(index) = steps.iter().position(|plan| plan.id == *step) {
                enter_step(draft, u16::try_from(index).unwrap_or(u16::MAX));
            }
        }
        Action::ExtendStep { seconds } => {
            draft.push(What::StepExtended {
                circle: CircleId::MAIN,
                seconds: *seconds,
            });
        }
        _ => end_session(draft),
    }
}

fn current(state: &State) -> Option<u16> {
    state
        .circles
        .get(&CircleId::MAIN)?
        .step
        .as_ref()
        .map(|cursor| cursor.index)
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
    turns::end_all(draft, EndReason::StepChanged);
    draft.push(What::StepEntered {
        circle,
        index,
        step: plan.id.clone(),
        minutes: plan.minutes,
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
    if draft.state.pause.is_some() {
        draft.push(What::Resumed {
            why: ResumeReason::SessionEnded,
        });
    }
    let attended = draft
        .state
        .roster
        .iter()
        .filter(|(_, p)| p.role == Role::Member && p.attended)
        .count();
    draft.push(What::SessionEnded {
        attended: u16::try_from(attended).unwrap_or(u16::MAX),
    });
}
