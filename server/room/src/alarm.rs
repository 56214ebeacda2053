//! Somebody may not be OK: they said so, somebody else is concerned, or an answer says it. Told to those who lead and to nobody else; the
//! person who said it reads at once who was told. While nobody has seen it, it becomes louder and goes down the duty list; on no other screen
//! does anything change. What is done about it stands in [`crate::safety`].

use protocol::wire::{
    AlarmView, AnswerView, CloseReason, ClosedView, ConcernSource, ContactHow, DoneBy, NotOkView, OnCallView,
    ReachStep, SafetyPlanView, SafetyStage, TriedView,
};
use protocol::{ParticipantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::{DutyTurn, Event, What};
use crate::limits::{ALARM_ESCALATES_SECONDS, DUTY_SECONDS, MAX_CLOSED_ALARMS};
use crate::sealed::SealedText;
use crate::state::State;
use crate::{Place, Room};

/// Somebody who is flagged, until it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    pub raised_at: Timestamp,
    pub source: ConcernSource,
    /// They said it themselves. Only then do they read anything of it.
    pub own: bool,
    /// The member who is concerned.
    pub concerned: Option<ParticipantId>,
    /// Who led and was here at that moment.
    pub told: Vec<ParticipantId>,
    /// Who has seen it, and when.
    pub acknowledged_by: Option<ParticipantId>,
    pub acknowledged_at: Option<Timestamp>,
    /// How often it became louder.
    pub escalated: u8,
    /// Whose turn it is on the duty list, once it is not those in the room any more, and since when.
    pub duty: Option<(DutyTurn, Timestamp)>,
    pub contact: Option<ContactHow>,
    pub assessed: Option<SealedText>,
    pub plan: Option<SafetyPlan>,
    pub emergency: Option<(Option<ParticipantId>, Timestamp)>,
    pub unreachable_since: Option<Timestamp>,
    pub tried: Vec<(ReachStep, Option<ParticipantId>, Timestamp)>,
    pub all_right_at: Option<Timestamp>,
    /// They pressed by mistake. It stays until somebody has seen it, and nothing becomes louder meanwhile.
    #[serde(default)]
    pub taken_back_at: Option<Timestamp>,
    /// Previous and present answer to question 9.
    pub answer: Option<(Option<u16>, u16)>,
}

/// What was agreed with somebody. Sealed for them: erasing them erases it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafetyPlan {
    pub plan: SealedText,
    pub contacts: Option<SealedText>,
    pub next_check: SealedText,
}

/// What was closed, at a glance; the journal has the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    pub participant: ParticipantId,
    pub source: ConcernSource,
    pub raised_at: Timestamp,
    pub closed_at: Timestamp,
    pub by: Option<ParticipantId>,
    /// Absent where it was raised anew, and in what an earlier version closed.
    pub reason: Option<CloseReason>,
}

impl Alarm {
    /// How far it has come.
    pub fn stage(&self) -> SafetyStage {
        if self.acknowledged_by.is_none() {
            SafetyStage::Flagged
        } else if self.plan.is_some() {
            SafetyStage::Planned
        } else if self.assessed.is_some() {
            SafetyStage::Assessed
        } else if self.contact.is_some() {
            SafetyStage::InContact
        } else {
            SafetyStage::Acknowledged
        }
    }

    /// They said it themselves and have not taken it back.
    pub(crate) fn stands(&self) -> bool {
        self.own && self.taken_back_at.is_none()
    }

    /// Whether it is early enough to take it back: nobody has seen it, and it has not become louder. So the bound is the first of
    /// [`ALARM_ESCALATES_SECONDS`], and it ends with an event of its own.
    pub(crate) fn can_be_taken_back(&self) -> bool {
        self.stands()
            && self.source == ConcernSource::Button
            && self.acknowledged_by.is_none()
            && self.escalated == 0
            && self.all_right_at.is_none()
    }

    /// Nobody else is concerned, no answer says it, and no emergency was declared.
    pub(crate) fn is_nothing_but_said(&self) -> bool {
        self.concerned.is_none() && self.answer.is_none() && self.emergency.is_none()
    }

    /// When it becomes louder next, while nobody has seen it. An unchanged answer is looked at and never made louder.
    pub(crate) fn escalates_at(&self) -> Option<Timestamp> {
        let settled = self.acknowledged_by.is_some() || self.taken_back_at.is_some();
        if settled || self.source == ConcernSource::AnswerUnchanged {
            return None;
        }
        if let Some(after) = ALARM_ESCALATES_SECONDS.get(usize::from(self.escalated)) {
            return Some(self.raised_at.plus_seconds(*after));
        }
        let (turn, since) = self.duty?;
        (turn.place + 1 < turn.of).then(|| since.plus_seconds(DUTY_SECONDS))
    }

    pub(crate) fn sealed_fields_mut(&mut self) -> impl Iterator<Item = &mut SealedText> {
        let plan = self.plan.iter_mut().flat_map(|plan| {
            [Some(&mut plan.plan), plan.contacts.as_mut(), Some(&mut plan.next_check)]
                .into_iter()
                .flatten()
        });
        self.assessed.iter_mut().chain(plan)
    }
}

/// Nobody has seen it: louder, and from the last of the room's own bounds on the next on the duty list.
pub(crate) fn escalate(draft: &mut Draft<'_>, participant: ParticipantId) {
    let Some(alarm) = draft.state.alarms.get(&participant) else {
        return;
    };
    let of = u16::try_from(draft.place.precautions.duty.len()).unwrap_or(u16::MAX);
    let duty = match alarm.duty {
        Some((turn, _)) => Some(DutyTurn {
            place: turn.place + 1,
            of,
        }),
        None if usize::from(alarm.escalated) + 1 >= ALARM_ESCALATES_SECONDS.len() => Some(DutyTurn { place: 0, of }),
        None => None,
    };
    let duty = duty.filter(|turn| turn.place < of);
    draft.push(What::AlarmEscalated { participant, duty });
}

/// What the events of this file and of [`crate::safety`] mean. All of them are private: the leaders' view has them, `not_ok` of the person's
/// own view has what they said themselves, and no other view may ever differ by one of them.
pub(crate) fn apply(state: &mut State, event: &Event) {
    let at = event.at;
    match &event.what {
        What::NotOkRaised { participant } => {
            raise(state, at, *participant, ConcernSource::Button, true);
        }
        What::ConcernRaised {
            participant, source, ..
        } => {
            // What was taken back is no reason to be quiet when somebody else is concerned.
            if state
                .alarms
                .get(participant)
                .is_none_or(|alarm| alarm.taken_back_at.is_some())
            {
                raise(state, at, *participant, *source, false);
            }
            if let (ConcernSource::Member, Some(alarm)) = (source, state.alarms.get_mut(participant)) {
                alarm.concerned = event.by;
            }
        }
        What::AnswerNoted {
            participant,
            before,
            now,
            flag,
        } => {
            if let Some(source) = flag {
                let quiet =
                    |alarm: &Alarm| alarm.source == ConcernSource::AnswerUnchanged || alarm.taken_back_at.is_some();
                let louder = *source != ConcernSource::AnswerUnchanged;
                match state.alarms.get(participant) {
                    Some(alarm) if !(louder && quiet(alarm)) => {}
                    _ => raise(state, at, *participant, *source, false),
                }
            }
            in_alarm(state, *participant, |alarm| alarm.answer = Some((*before, *now)));
        }
        What::AlarmAcknowledged { participant, by } => in_alarm(state, *participant, |alarm| {
            alarm.acknowledged_by = Some(*by);
            alarm.acknowledged_at = Some(at);
        }),
        What::AlarmEscalated { participant, duty } => in_alarm(state, *participant, |alarm| {
            alarm.escalated = alarm.escalated.saturating_add(1);
            alarm.duty = duty.map(|turn| (turn, at)).or(alarm.duty);
        }),
        What::AllRightSaid { participant } => in_alarm(state, *participant, |alarm| alarm.all_right_at = Some(at)),
        What::NotOkTakenBack { participant } => {
            in_alarm(state, *participant, |alarm| alarm.taken_back_at = Some(at));
        }
        What::ContactMade { participant, how } => in_alarm(state, *participant, |alarm| alarm.contact = Some(*how)),
        What::Assessed { participant, text } => {
            in_alarm(state, *participant, |alarm| alarm.assessed = Some(text.clone()));
        }
        What::PlanMade {
            participant,
            plan,
            contacts,
            next_check,
        } => in_alarm(state, *participant, |alarm| {
            alarm.plan = Some(SafetyPlan {
                plan: plan.clone(),
                contacts: contacts.clone(),
                next_check: next_check.clone(),
            });
        }),
        What::EmergencyDeclared { participant } => {
            in_alarm(state, *participant, |alarm| alarm.emergency = Some((event.by, at)));
        }
        What::ReachTicked { participant, step } => {
            in_alarm(state, *participant, |alarm| alarm.tried.push((*step, event.by, at)));
        }
        What::AlarmClosed { participant, reason } => close(state, at, *participant, event.by, *reason),
        _ => {}
    }
}

/// A line went down or came up: somebody who is flagged is out of reach, or in reach again.
pub(crate) fn reach(state: &mut State, at: Timestamp, who: ParticipantId, up: bool) {
    in_alarm(state, who, |alarm| {
        alarm.unreachable_since = if up { None } else { alarm.unreachable_since.or(Some(at)) };
    });
}

/// After a restart every line is down.
pub(crate) fn everybody_away(state: &mut State, at: Timestamp) {
    let flagged: Vec<ParticipantId> = state.alarms.keys().copied().collect();
    for who in flagged {
        reach(state, at, who, false);
    }
}

fn in_alarm(state: &mut State, who: ParticipantId, change: impl FnOnce(&mut Alarm)) {
    if let Some(alarm) = state.alarms.get_mut(&who) {
        change(alarm);
    }
}

fn raise(state: &mut State, at: Timestamp, who: ParticipantId, source: ConcernSource, own: bool) {
    let leads = |other: &ParticipantId| *other != who && state.roster.leads(*other);
    let told = state.roster.iter().map(|(other, _)| other).filter(leads).collect();
    let away = state.roster.get(who).is_some_and(|person| !person.present);
    let was_own = state.alarms.get(&who).is_some_and(Alarm::stands);
    close(state, at, who, None, None); // what was there before stays in sight as raised anew
    let alarm = Alarm {
        raised_at: at,
        source,
        own: own || was_own,
        concerned: None,
        told,
        acknowledged_by: None,
        acknowledged_at: None,
        escalated: 0,
        duty: None,
        contact: None,
        assessed: None,
        plan: None,
        emergency: None,
        unreachable_since: away.then_some(at),
        tried: Vec::new(),
        all_right_at: None,
        taken_back_at: None,
        answer: None,
    };
    state.alarms.insert(who, alarm);
}

fn close(state: &mut State, at: Timestamp, who: ParticipantId, by: Option<ParticipantId>, reason: Option<CloseReason>) {
    let Some(alarm) = state.alarms.remove(&who) else {
        return;
    };
    state.closed_alarms.push(Closed {
        participant: who,
        source: alarm.source,
        raised_at: alarm.raised_at,
        closed_at: at,
        by,
        reason,
    });
    if state.closed_alarms.len() > MAX_CLOSED_ALARMS {
        state.closed_alarms.remove(0);
    }
}

fn on_call(place: &Place, alarm: &Alarm) -> Option<OnCallView> {
    let duty = &place.precautions.duty;
    let (index, since) = match alarm.duty {
        Some((turn, since)) => (usize::from(turn.place), since),
        None => return None,
    };
    let person = duty.get(index).or(duty.last())?;
    Some(OnCallView {
        name: person.name.clone(),
        number: person.number.clone(),
        since,
    })
}

/// What the person reads who said it.
pub(crate) fn mine(room: &Room, who: ParticipantId) -> Option<NotOkView> {
    let alarm = room.state.alarms.get(&who).filter(|alarm| alarm.stands())?;
    let nobody = alarm.told.is_empty() && alarm.acknowledged_by.is_none();
    let first = room.place.precautions.duty.first().filter(|_| nobody);
    Some(NotOkView {
        raised_at: alarm.raised_at,
        told: alarm.told.clone(),
        acknowledged_by: alarm.acknowledged_by,
        all_right: alarm.all_right_at.is_some(),
        on_call: on_call(&room.place, alarm)
            .or_else(|| {
                first.map(|person| OnCallView {
                    name: person.name.clone(),
                    number: person.number.clone(),
                    since: alarm.raised_at,
                })
            })
            .or_else(|| crate::on_call::about(room, who)),
    })
}

/// What those who lead see, the unseen first.
pub(crate) fn staff(room: &Room) -> Vec<AlarmView> {
    let state = &room.state;
    let mut alarms: Vec<AlarmView> = state
        .alarms
        .iter()
        .map(|(&participant, alarm)| AlarmView {
            participant,
            raised_at: alarm.raised_at,
            acknowledged_by: alarm.acknowledged_by,
            escalated: alarm.escalated.into(),
            source: alarm.source,
            concerned: alarm.concerned,
            stage: alarm.stage(),
            acknowledged_at: alarm.acknowledged_at,
            contact: alarm.contact,
            assessed: alarm.assessed.as_ref().and_then(SealedText::text),
            plan: alarm.plan.as_ref().map(|plan| SafetyPlanView {
                plan: plan.plan.text(),
                contacts: plan.contacts.as_ref().and_then(SealedText::text),
                next_check: plan.next_check.text(),
            }),
            emergency: alarm.emergency.map(|(by, at)| DoneBy { by, at }),
            keeps_group: keeps_group(state, participant, alarm),
            unreachable_since: alarm.unreachable_since,
            tried: alarm
                .tried
                .iter()
                .map(|&(step, by, at)| TriedView { step, by, at })
                .collect(),
            all_right_at: alarm.all_right_at,
            taken_back_at: alarm.taken_back_at,
            answer: alarm.answer.map(|(before, now)| AnswerView { before, now }),
            turn: on_call(&room.place, alarm),
            closes: crate::safety::closable(alarm),
            tries: crate::safety::triable(alarm),
            last_known: crate::arrival::last_known(state, participant)
                .filter(|_| alarm.emergency.is_some() || alarm.unreachable_since.is_some()),
        })
        .collect();
    alarms.sort_by_key(|alarm| (alarm.acknowledged_by.is_some(), alarm.raised_at));
    alarms
}

/// While one looks after somebody, another leads on.
fn keeps_group(state: &State, participant: ParticipantId, alarm: &Alarm) -> Option<ParticipantId> {
    let after = alarm.acknowledged_by?;
    let mut leaders = state.roster.iter().map(|(who, _)| who);
    leaders.find(|&who| who != after && who != participant && state.roster.leads(who))
}

pub(crate) fn closed(state: &State) -> Vec<ClosedView> {
    let view = |closed: &Closed| ClosedView {
        participant: closed.participant,
        source: closed.source,
        raised_at: closed.raised_at,
        closed_at: closed.closed_at,
        by: closed.by,
        reason: closed.reason,
    };
    state.closed_alarms.iter().map(view).collect()
}
