//! The safety flow: flagged → acknowledged → private contact → assessed → plan → closed, with an emergency at any time, and what is tried when
//! somebody drops out of reach. The room decides nothing about people: it keeps the order, the times and who did what.

use protocol::wire::{
    Action, Admission, Can, CloseReason, ConcernSource, ContactHow, ReachStep, Refusal, RefusalCode, SafetyStage,
};
use protocol::{CircleId, ParticipantId, Private, Role};

use crate::alarm::Alarm;
use crate::aside::{self, CircleKind};
use crate::draft::Draft;
use crate::event::{MoveReason, What};
use crate::limits::{MAX_CIRCLES, MAX_SAFETY_CHARS};
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns::plain_text;

/// The highest answer to question 9.
const MAX_ANSWER: u16 = 3;

pub(crate) fn judge(state: &State, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let no = |code: RefusalCode| Err(Refusal::new(code));
    match action {
        Action::NotOk => match state.alarms.get(&by) {
            Some(alarm) if alarm.stands() && alarm.all_right_at.is_none() => no(RefusalCode::AlreadySo),
            _ => Ok(()),
        },
        Action::AllRight => match state.alarms.get(&by) {
            Some(alarm) if alarm.stands() && alarm.all_right_at.is_none() => Ok(()),
            _ => no(RefusalCode::AlreadySo),
        },
        Action::TakeBackNotOk => match state.alarms.get(&by) {
            Some(alarm) if alarm.can_be_taken_back() => Ok(()),
            _ => no(RefusalCode::CannotTakeBack),
        },
        Action::RaiseConcern { participant } => {
            flaggable(state, by, *participant)?;
            // A member must not learn from the answer whether somebody is flagged already.
            let stands = |alarm: &Alarm| alarm.taken_back_at.is_none();
            if state.roster.leads(by) && state.alarms.get(participant).is_some_and(stands) {
                return no(RefusalCode::AlreadySo);
            }
            Ok(())
        }
        Action::NoteAnswer {
            participant,
            before,
            now,
        } => {
            flaggable(state, by, *participant)?;
            if *now > MAX_ANSWER || before.is_some_and(|before| before > MAX_ANSWER) {
                return no(RefusalCode::OutOfRange);
            }
            Ok(())
        }
        Action::Emergency { participant } => match state.alarms.get(participant) {
            Some(alarm) if alarm.emergency.is_some() => no(RefusalCode::AlreadySo),
            Some(_) => Ok(()),
            None => flaggable(state, by, *participant),
        },
        Action::Acknowledge { participant } => match state.alarms.get(participant) {
            Some(alarm) if alarm.acknowledged_by.is_none() => Ok(()),
            _ => no(RefusalCode::AlreadySo),
        },
        Action::CloseAlarm { participant, reason } => closes(flagged(state, *participant)?, *reason),
        Action::Contact { participant, how } => contact(state, by, *participant, *how),
        Action::Assess { participant, text } => {
            reached(flagged(state, *participant)?, SafetyStage::InContact)?;
            plain_text(text.expose(), MAX_SAFETY_CHARS)
        }
        Action::MakePlan {
            participant,
            plan,
            contacts,
            next_check,
        } => {
            reached(flagged(state, *participant)?, SafetyStage::Assessed)?;
            let texts = [Some(plan), contacts.as_ref(), Some(next_check)];
            texts
                .into_iter()
                .flatten()
                .try_for_each(|text| plain_text(text.expose(), MAX_SAFETY_CHARS))
        }
        Action::TickReach { participant, step } => tries(flagged(state, *participant)?, *step),
        _ => Ok(()),
    }
}

/// Members and observers who are in; those who lead look after each other by other means.
fn flaggable(state: &State, by: ParticipantId, who: ParticipantId) -> Result<(), Refusal> {
    let person = state.roster.get(who).ok_or(RefusalCode::UnknownParticipant)?;
    if person.admission != Admission::Admitted {
        Err(RefusalCode::UnknownParticipant.into())
    } else if who == by || person.role == Role::Facilitator {
        Err(RefusalCode::NotPermitted.into())
    } else {
        Ok(())
    }
}

fn flagged(state: &State, who: ParticipantId) -> Result<&Alarm, Refusal> {
    state.alarms.get(&who).ok_or(RefusalCode::NotFlagged.into())
}

fn reached(alarm: &Alarm, stage: SafetyStage) -> Result<(), Refusal> {
    match alarm.stage() {
        SafetyStage::Flagged => Err(RefusalCode::NotSeenYet.into()),
        now if now < stage => Err(RefusalCode::NotThatFar.into()),
        _ => Ok(()),
    }
}

/// Nothing is closed that nobody has looked at, and nothing by a reason that has not been earned.
fn closes(alarm: &Alarm, reason: CloseReason) -> Result<(), Refusal> {
    reached(alarm, SafetyStage::Acknowledged)?;
    let quiet =
        alarm.all_right_at.is_some() || alarm.taken_back_at.is_some() || alarm.source == ConcernSource::AnswerUnchanged;
    let service = alarm.tried.iter().any(|(step, ..)| *step == ReachStep::Service);
    match reason {
        CloseReason::Mistake if quiet && alarm.emergency.is_none() => Ok(()),
        CloseReason::HandedOn if service || alarm.emergency.is_some() => Ok(()),
        CloseReason::Mistake | CloseReason::HandedOn => reached(alarm, SafetyStage::InContact),
        CloseReason::LookedAfter => reached(alarm, SafetyStage::Planned),
    }
}

/// Nothing is tried twice, and the emergency contact not before the person's own number.
fn tries(alarm: &Alarm, step: ReachStep) -> Result<(), Refusal> {
    let tried = |step| alarm.tried.iter().any(|(done, ..)| *done == step);
    if alarm.unreachable_since.is_none() {
        Err(RefusalCode::InReach.into())
    } else if tried(step) {
        Err(RefusalCode::AlreadySo.into())
    } else if step == ReachStep::EmergencyContact && !tried(ReachStep::CallBack) {
        Err(RefusalCode::NotThatFar.into())
    } else {
        Ok(())
    }
}

const REASONS: [CloseReason; 3] = [CloseReason::Mistake, CloseReason::LookedAfter, CloseReason::HandedOn];
const STEPS: [ReachStep; 3] = [ReachStep::CallBack, ReachStep::EmergencyContact, ReachStep::Service];

/// The reasons for which it could be closed now.
pub(crate) fn closable(alarm: &Alarm) -> Vec<CloseReason> {
    REASONS
        .into_iter()
        .filter(|reason| closes(alarm, *reason).is_ok())
        .collect()
}

/// What could be tried now.
pub(crate) fn triable(alarm: &Alarm) -> Vec<ReachStep> {
    STEPS.into_iter().filter(|step| tries(alarm, *step).is_ok()).collect()
}

fn contact(state: &State, by: ParticipantId, who: ParticipantId, how: ContactHow) -> Result<(), Refusal> {
    let alarm = flagged(state, who)?;
    reached(alarm, SafetyStage::Acknowledged)?;
    if alarm.contact == Some(how) {
        return Err(RefusalCode::AlreadySo.into());
    }
    if how == ContactHow::Phone {
        return Ok(());
    }
    let person = state.roster.get(who).ok_or(RefusalCode::UnknownParticipant)?;
    if state.session.is_none() {
        Err(RefusalCode::NoSession.into())
    } else if who == by || person.role == Role::Facilitator {
        Err(RefusalCode::NotPermitted.into())
    } else if person.admission != Admission::Admitted {
        Err(RefusalCode::UnknownParticipant.into())
    } else if !person.present {
        Err(RefusalCode::Away.into())
    } else if state.circles.len() >= MAX_CIRCLES && state.kind_of(person.circle) != Some(CircleKind::Side) {
        Err(RefusalCode::Full.into())
    } else {
        Ok(())
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    let sealed = |who: ParticipantId, text: &Private<String>| SealedText::fresh(who, text.expose().trim());
    match action {
        Action::NotOk => draft.push(What::NotOkRaised { participant: by }),
        Action::AllRight => draft.push(What::AllRightSaid { participant: by }),
        Action::TakeBackNotOk => draft.push(What::NotOkTakenBack { participant: by }),
        Action::RaiseConcern { participant } => concern(draft, by, *participant),
        Action::NoteAnswer {
            participant,
            before,
            now,
        } => draft.push(What::AnswerNoted {
            participant: *participant,
            before: *before,
            now: *now,
            flag: flag_of(*before, *now),
        }),
        Action::Acknowledge { participant } => acknowledge(draft, by, *participant),
        Action::CloseAlarm { participant, reason } => draft.push(What::AlarmClosed {
            participant: *participant,
            reason: Some(*reason),
        }),
        Action::Contact { participant, how } => {
            draft.push(What::ContactMade {
                participant: *participant,
                how: *how,
            });
            if *how == ContactHow::SideRoom {
                together_aside(draft, by, *participant);
            }
        }
        Action::Assess { participant, text } => draft.push(What::Assessed {
            participant: *participant,
            text: sealed(*participant, text),
        }),
        Action::MakePlan {
            participant,
            plan,
            contacts,
            next_check,
        } => draft.push(What::PlanMade {
            participant: *participant,
            plan: sealed(*participant, plan),
            contacts: contacts.as_ref().map(|text| sealed(*participant, text)),
            next_check: sealed(*participant, next_check),
        }),
        Action::Emergency { participant } => emergency(draft, by, *participant),
        Action::TickReach { participant, step } => draft.push(What::ReachTicked {
            participant: *participant,
            step: *step,
        }),
        _ => {}
    }
}

/// New and raised answers are told like any concern; an unchanged one is shown and never made louder; none is none.
fn flag_of(before: Option<u16>, now: u16) -> Option<ConcernSource> {
    match (before.unwrap_or(0), now) {
        (_, 0) => None,
        (0, _) => Some(ConcernSource::AnswerNew),
        (before, now) if now > before => Some(ConcernSource::AnswerRaised),
        _ => Some(ConcernSource::AnswerUnchanged),
    }
}

fn concern(draft: &mut Draft<'_>, by: ParticipantId, participant: ParticipantId) {
    let source = if draft.state.roster.leads(by) {
        ConcernSource::Facilitator
    } else {
        ConcernSource::Member
    };
    draft.push(What::ConcernRaised { participant, source });
}

/// Seen. What was pressed by mistake is closed with that, unless something else was known of the person before.
fn acknowledge(draft: &mut Draft<'_>, by: ParticipantId, participant: ParticipantId) {
    draft.push(What::AlarmAcknowledged { participant, by });
    let nothing_else = |alarm: &Alarm| alarm.taken_back_at.is_some() && alarm.is_nothing_but_said();
    let alarm = draft.state.alarms.get(&participant).filter(|alarm| nothing_else(alarm));
    let replaced = |raised_at| {
        let mut closed = draft.state.closed_alarms.iter();
        closed.any(|old| old.participant == participant && old.reason.is_none() && old.closed_at == raised_at)
    };
    if alarm.is_some_and(|alarm| !replaced(alarm.raised_at)) {
        let reason = Some(CloseReason::Mistake);
        draft.push(What::AlarmClosed { participant, reason });
    }
}

/// One tap: whoever declares it looks after it.
fn emergency(draft: &mut Draft<'_>, by: ParticipantId, participant: ParticipantId) {
    if !draft.state.alarms.contains_key(&participant) {
        concern(draft, by, participant);
    }
    let unseen = |alarm: &Alarm| alarm.acknowledged_by.is_none();
    if draft.state.alarms.get(&participant).is_some_and(unseen) {
        draft.push(What::AlarmAcknowledged { participant, by });
    }
    draft.push(What::EmergencyDeclared { participant });
}

/// Both to a side room; the others see two kept places and nothing else.
fn together_aside(draft: &mut Draft<'_>, by: ParticipantId, participant: ParticipantId) {
    let circle_of = |draft: &Draft<'_>, who| draft.state.roster.get(who).map_or(CircleId::MAIN, |p| p.circle);
    let mut circle = circle_of(draft, participant);
    if draft.state.kind_of(circle) != Some(CircleKind::Side) {
        circle = aside::open(draft, CircleKind::Side);
        aside::move_to(draft, participant, circle, MoveReason::SentAside);
    }
    if circle_of(draft, by) != circle {
        aside::move_to(draft, by, circle, MoveReason::Visited);
    }
}

/// What could be done about somebody, for the buttons: each kind with one action for everybody it may be about.
pub(crate) fn targets(state: &State) -> Vec<(Can, Vec<Action>)> {
    let word = || Private("…".to_owned());
    let all: Vec<ParticipantId> = state.roster.iter().map(|(who, _)| who).collect();
    let flagged = || state.alarms.keys().copied();
    let answer = |&participant: &ParticipantId| Action::NoteAnswer {
        participant,
        before: None,
        now: 0,
    };
    let emergency = |&participant: &ParticipantId| Action::Emergency { participant };
    let close = |participant| REASONS.map(|reason| Action::CloseAlarm { participant, reason });
    let contact =
        |participant| [ContactHow::Phone, ContactHow::SideRoom].map(|how| Action::Contact { participant, how });
    let assess = |participant| Action::Assess {
        participant,
        text: word(),
    };
    let plan = |participant| Action::MakePlan {
        participant,
        plan: word(),
        contacts: None,
        next_check: word(),
    };
    let reach = |participant| STEPS.map(|step| Action::TickReach { participant, step });
    vec![
        (Can::NoteAnswer, all.iter().map(answer).collect()),
        (Can::Emergency, all.iter().map(emergency).collect()),
        (Can::CloseAlarm, flagged().flat_map(close).collect()),
        (Can::Contact, flagged().flat_map(contact).collect()),
        (Can::Assess, flagged().map(assess).collect()),
        (Can::MakePlan, flagged().map(plan).collect()),
        (Can::TickReach, flagged().flat_map(reach).collect()),
    ]
}
