//! The plan of a sitting: the pack's steps, and what the facilitator made of them today. Steps are left out, put in, done again, or given
//! other minutes; each change is an event that carries the whole new plan, so that the record shows what was planned and what was done.
//!
//! Deliberately not here: entering a step (`agenda`), and any judgement about being late.

use protocol::pack::{Pack, Step};
use protocol::wire::{Action, NearEnd, Refusal, RefusalCode, Shorten};
use protocol::{StepId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::{PlanChange, What};
use crate::limits::{MAX_PLAN_STEPS, MAX_STEP_MINUTES, MIN_SPREAD_MINUTES, NEAR_END_SECONDS};
use crate::state::{State, StepCursor};

/// One step of today's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedStep {
    pub step: StepId,
    pub minutes: u32,
    /// Left out today.
    pub left_out: bool,
}

impl State {
    /// Today's plan, in order: the pack's, until somebody changed it.
    pub fn plan(&self, pack: &Pack) -> Vec<PlannedStep> {
        if let Some(changed) = self.session.as_ref().and_then(|session| session.plan.as_ref()) {
            return changed.clone();
        }
        let steps = pack.session(self.session_number()).map_or(&[][..], |plan| &plan.steps);
        let planned = |step: &Step| PlannedStep {
            step: step.id.clone(),
            minutes: step.minutes,
            left_out: false,
        };
        steps.iter().map(planned).collect()
    }

    /// What the pack says of the step at this place of today's plan.
    pub(crate) fn step_plan<'a>(&self, pack: &'a Pack, index: u16) -> Option<&'a Step> {
        let session = self.session.as_ref()?;
        let own = &pack.session(session.number)?.steps;
        match &session.plan {
            None => own.get(usize::from(index)),
            Some(plan) => step_of(pack, session.number, &plan.get(usize::from(index))?.step),
        }
    }

    /// When the sitting will be over if every step that is left takes the minutes it has.
    pub(crate) fn projected_end(&self, pack: &Pack, cursor: &StepCursor) -> Timestamp {
        let left = self.plan(pack).into_iter().skip(usize::from(cursor.index) + 1);
        let minutes: u64 = left
            .filter(|step| !step.left_out)
            .map(|step| u64::from(step.minutes))
            .sum();
        cursor.ends_at.max(self.public_at).plus_seconds(minutes * 60)
    }
}

impl State {
    /// When the session's planned minutes are up.
    pub(crate) fn planned_end(&self, pack: &Pack) -> Option<Timestamp> {
        let session = self.session.as_ref()?;
        let steps = &pack.session(session.number)?.steps;
        let minutes: u64 = steps.iter().map(|step| u64::from(step.minutes)).sum();
        Some(session.started_at.plus_seconds(minutes * 60))
    }

    /// When those who lead are to be told that the end is near; nothing once they were.
    pub(crate) fn end_near_at(&self, pack: &Pack) -> Option<Timestamp> {
        let session = self.session.as_ref().filter(|session| !session.near_end)?;
        let end = self.planned_end(pack)?;
        Some(Timestamp(end.0.saturating_sub(NEAR_END_SECONDS * 1000)).max(session.started_at))
    }
}

/// What could be shortened or left out once the end is near: the current step and what is to come, but never how the session closes.
pub(crate) fn near_end(state: &State, pack: &Pack, language: &str, cursor: &StepCursor) -> Option<NearEnd> {
    let session = state.session.as_ref().filter(|session| session.near_end)?;
    let text = pack.text(language);
    let from = usize::from(cursor.index);
    let ahead = state.plan(pack).into_iter().enumerate().skip(from);
    let shorten = |(index, planned): (usize, PlannedStep)| {
        let step = step_of(pack, session.number, &planned.step)?;
        let how = text.and_then(|text| text.steps.get(&step.id)?.shorten.clone());
        let droppable = step.droppable && index > from;
        let offered = !planned.left_out && !step.protected && (droppable || how.is_some());
        offered.then_some(Shorten {
            index: u16::try_from(index).ok()?,
            droppable,
            how,
        })
    };
    Some(NearEnd {
        steps: ahead.filter_map(shorten).collect(),
    })
}

/// A step by its name: as this session has it, else as any other does.
fn step_of<'a>(pack: &'a Pack, session: u16, id: &StepId) -> Option<&'a Step> {
    let own = pack.session(session).map_or(&[][..], |plan| &plan.steps);
    let all = pack.sessions.iter().flat_map(|plan| &plan.steps);
    own.iter().chain(all).find(|step| step.id == *id)
}

/// A step whose time is kept, whatever runs late.
fn is_protected(pack: &Pack, session: u16, id: &StepId) -> bool {
    step_of(pack, session, id).is_some_and(|step| step.protected)
}

/// The next step that is not left out.
pub(crate) fn next_step(plan: &[PlannedStep], current: u16) -> Option<u16> {
    let ahead = plan.iter().enumerate().skip(usize::from(current) + 1);
    let (index, _) = ahead.into_iter().find(|(_, step)| !step.left_out)?;
    u16::try_from(index).ok()
}

/// Where a step of this name stands: ahead if there is one, else behind.
pub(crate) fn place_of(plan: &[PlannedStep], current: u16, id: &StepId) -> Option<u16> {
    let named = || plan.iter().enumerate().filter(|(_, step)| step.step == *id);
    let ahead = named().find(|(index, _)| *index > usize::from(current));
    let (index, _) = ahead.or_else(|| named().next())?;
    u16::try_from(index).ok()
}

pub(crate) fn judge(state: &State, pack: &Pack, cursor: &StepCursor, action: &Action) -> Result<(), Refusal> {
    let plan = state.plan(pack);
    let no = |code: RefusalCode| Err(Refusal::new(code));
    let ahead = |index: u16| plan.get(usize::from(index)).filter(|_| index > cursor.index);
    match action {
        Action::LeaveOutStep { index, left_out } => match ahead(*index) {
            None => no(RefusalCode::UnknownStep),
            Some(step) if step.left_out == *left_out => no(RefusalCode::AlreadySo),
            Some(step) if *left_out && is_protected(pack, state.session_number(), &step.step) => {
                no(RefusalCode::Protected)
            }
            Some(_) => Ok(()),
        },
        Action::InsertStep { step, minutes } => {
            let number = state.session_number();
            let known = step_of(pack, number, step).is_some();
            if plan.len() >= MAX_PLAN_STEPS {
                no(RefusalCode::Full)
            } else if !known {
                no(RefusalCode::UnknownStep)
            } else if !(1..=MAX_STEP_MINUTES).contains(minutes) {
                no(RefusalCode::OutOfRange)
            } else {
                Ok(())
            }
        }
        _ if next_step(&plan, cursor.index).is_none() => no(RefusalCode::LastStep),
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, cursor: &StepCursor, action: &Action) {
    let mut plan = draft.state.plan(draft.pack);
    let (plan, why) = match action {
        Action::LeaveOutStep { index, left_out } => {
            if let Some(step) = plan.get_mut(usize::from(*index)) {
                step.left_out = *left_out;
            }
            (
                plan,
                if *left_out {
                    PlanChange::LeftOut
                } else {
                    PlanChange::BroughtBack
                },
            )
        }
        Action::InsertStep { step, minutes } => {
            let again = plan
                .get(usize::from(cursor.index))
                .is_some_and(|current| current.step == *step);
            let new = PlannedStep {
                step: step.clone(),
                minutes: *minutes,
                left_out: false,
            };
            plan.insert((usize::from(cursor.index) + 1).min(plan.len()), new);
            (
                plan,
                if again {
                    PlanChange::Repeated
                } else {
                    PlanChange::Inserted
                },
            )
        }
        _ => match spread(&draft.state, draft.pack, cursor, draft.at) {
            Some(new) => (new, PlanChange::Spread),
            None => return,
        },
    };
    draft.push(What::PlanChanged { plan, why });
}

/// The time that is left until the planned end, spread over the steps that are left in proportion to their minutes. Whole minutes, at
/// least one each; what rounding leaves over goes to the longest. Nothing when no step is left.
fn spread(state: &State, pack: &Pack, cursor: &StepCursor, now: Timestamp) -> Option<Vec<PlannedStep>> {
    let session = state.session.as_ref()?;
    let own = pack.session(session.number).map_or(&[][..], |plan| &plan.steps);
    let whole: u64 = own.iter().map(|step| u64::from(step.minutes) * 60).sum();
    let end = session.started_at.plus_seconds(whole);
    let from = cursor.ends_at.max(now);
    let left = end.since(from) / 60_000;
    let mut plan = state.plan(pack);
    let ahead: Vec<usize> = (usize::from(cursor.index) + 1..plan.len())
        .filter(|&index| !plan[index].left_out)
        .collect();
    // A protected step keeps what it has, as long as the others can pay for it.
    let (kept, ahead): (Vec<usize>, Vec<usize>) = ahead
        .into_iter()
        .partition(|&index| is_protected(pack, session.number, &plan[index].step));
    let kept: u64 = kept.iter().map(|&index| u64::from(plan[index].minutes)).sum();
    let left = left.saturating_sub(kept);
    let had: u64 = ahead.iter().map(|&index| u64::from(plan[index].minutes)).sum();
    if had == 0 {
        return None;
    }
    let mut given = 0;
    for &index in &ahead {
        let share = (left * u64::from(plan[index].minutes) / had).max(u64::from(MIN_SPREAD_MINUTES));
        plan[index].minutes = u32::try_from(share).unwrap_or(MAX_STEP_MINUTES).min(MAX_STEP_MINUTES);
        given += u64::from(plan[index].minutes);
    }
    let longest = ahead
        .iter()
        .copied()
        .max_by_key(|&index| (plan[index].minutes, usize::MAX - index))?;
    let over = u32::try_from(left.saturating_sub(given)).unwrap_or(0);
    plan[longest].minutes = (plan[longest].minutes + over).min(MAX_STEP_MINUTES);
    Some(plan)
}
