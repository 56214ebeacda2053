//! "I am not OK": told to facilitators and to nobody else. The person reads at once who was told; a facilitator acknowledges in one tap.
//! While nobody has, it becomes louder for those who lead; on no other screen does anything change.

use protocol::wire::{Action, AlarmView, NotOkView, Refusal, RefusalCode};
use protocol::{ParticipantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::ALARM_ESCALATES_SECONDS;
use crate::state::State;

/// Somebody who said so, until a facilitator closes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    pub raised_at: Timestamp,
    /// Who led and was here at that moment.
    pub told: Vec<ParticipantId>,
    /// Who has seen it.
    pub acknowledged_by: Option<ParticipantId>,
    /// How often it became louder.
    pub escalated: u8,
}

impl Alarm {
    /// When it becomes louder next, while nobody has seen it.
    pub(crate) fn escalates_at(&self) -> Option<Timestamp> {
        let after = ALARM_ESCALATES_SECONDS.get(usize::from(self.escalated))?;
        self.acknowledged_by
            .is_none()
            .then(|| self.raised_at.plus_seconds(*after))
    }
}

pub(crate) fn judge(state: &State, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let no = |code: RefusalCode| Err(Refusal::new(code));
    let of = |who: &ParticipantId| state.alarms.get(who).ok_or(Refusal::new(RefusalCode::AlreadySo));
    match action {
        Action::NotOk if state.alarms.contains_key(&by) => no(RefusalCode::AlreadySo),
        Action::Acknowledge { participant } if of(participant)?.acknowledged_by.is_some() => no(RefusalCode::AlreadySo),
        // Nothing is closed that nobody has looked at.
        Action::CloseAlarm { participant } if of(participant)?.acknowledged_by.is_none() => no(RefusalCode::NotSeenYet),
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    match *action {
        Action::NotOk => draft.push(What::NotOkRaised { participant: by }),
        Action::Acknowledge { participant } => draft.push(What::AlarmAcknowledged { participant, by }),
        Action::CloseAlarm { participant } => draft.push(What::AlarmClosed { participant }),
        _ => {}
    }
}

/// What the person reads.
pub(crate) fn mine(state: &State, who: ParticipantId) -> Option<NotOkView> {
    let alarm = state.alarms.get(&who)?;
    Some(NotOkView {
        raised_at: alarm.raised_at,
        told: alarm.told.clone(),
        acknowledged_by: alarm.acknowledged_by,
    })
}

/// What those who lead see, the unseen first.
pub(crate) fn staff(state: &State) -> Vec<AlarmView> {
    let mut alarms: Vec<AlarmView> = state
        .alarms
        .iter()
        .map(|(&participant, alarm)| AlarmView {
            participant,
            raised_at: alarm.raised_at,
            acknowledged_by: alarm.acknowledged_by,
            escalated: alarm.escalated.into(),
        })
        .collect();
    alarms.sort_by_key(|alarm| (alarm.acknowledged_by.is_some(), alarm.raised_at));
    alarms
}
