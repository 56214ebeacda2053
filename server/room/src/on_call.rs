//! In a circle of peers nobody treats anybody. What a host or a guardian can do when it is too much for the circle is to call the person on
//! call whom the operator named. The room keeps that it was done, by whom and about whom; name and number are the operator's, come with the
//! room's place and are never journaled. Whoever called reads them, and whom it is about if they asked for somebody themselves; on no other
//! screen does anything change. The telephone is outside the room, so whoever called says that it was answered; until then the list is gone
//! down, person by person.

use protocol::pack::{CircleRole, Pack, Setting};
use protocol::wire::{Action, Admission, CalledView, MyOnCall, OnCallView, Refusal, RefusalCode};
use protocol::{ParticipantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::{DutyTurn, Event, What};
use crate::limits::DUTY_SECONDS;
use crate::state::State;
use crate::{Place, Room};

/// Somebody called, and whose turn it is to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub at: Timestamp,
    pub about: Option<ParticipantId>,
    pub turn: DutyTurn,
    pub since: Timestamp,
    pub answered_at: Option<Timestamp>,
}

impl Call {
    /// When it is the next person's turn, while nobody has answered. After the last there is nobody: their number stays in sight.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        let more = self.answered_at.is_none() && self.turn.place + 1 < self.turn.of;
        more.then(|| self.since.plus_seconds(DUTY_SECONDS))
    }
}

/// Who leads, and who is host or guardian today.
fn may_call(state: &State, pack: &Pack, who: ParticipantId) -> Result<(), Refusal> {
    if pack.setting != Setting::Circle {
        return Err(RefusalCode::WrongMode.into());
    }
    let roles = state.session.as_ref().map(|session| &session.agreed.roles);
    let has = |role| roles.is_some_and(|roles| roles.get(&role) == Some(&who));
    if state.roster.leads(who) || has(CircleRole::Host) || has(CircleRole::Guardian) {
        Ok(())
    } else {
        Err(RefusalCode::NotPermitted.into())
    }
}

pub(crate) fn judge(
    state: &State,
    pack: &Pack,
    place: &Place,
    by: ParticipantId,
    action: &Action,
) -> Result<(), Refusal> {
    let call = state.on_call.get(&by);
    let open = call.is_some_and(|call| call.answered_at.is_none());
    match action {
        Action::Escalate { about } => {
            may_call(state, pack, by)?;
            let is_in = |who| {
                let person = state.roster.get(who);
                person.is_some_and(|p| p.admission == Admission::Admitted)
            };
            if place.precautions.duty.is_empty() {
                Err(RefusalCode::NobodyOnCall.into())
            } else if about.is_some_and(|who| !is_in(who)) {
                Err(RefusalCode::UnknownParticipant.into())
            } else if open {
                Err(RefusalCode::AlreadySo.into())
            } else {
                Ok(())
            }
        }
        // Whoever called may say so also after laying the role down.
        _ if open => Ok(()),
        _ => Err(RefusalCode::AlreadySo.into()),
    }
}

fn on_duty(place: &Place) -> u16 {
    u16::try_from(place.precautions.duty.len()).unwrap_or(u16::MAX)
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    let of = on_duty(draft.place);
    draft.push(match action {
        Action::Escalate { about } => What::OnCallCalled {
            participant: by,
            about: *about,
            duty: DutyTurn { place: 0, of },
        },
        _ => What::OnCallAnswered { participant: by },
    });
}

/// Nobody answered: the next on the list. How long the list was is the event's, so that a replay needs no file.
pub(crate) fn next(draft: &mut Draft<'_>, participant: ParticipantId) {
    let Some(call) = draft.state.on_call.get(&participant) else {
        return;
    };
    let duty = DutyTurn {
        place: call.turn.place + 1,
        of: on_duty(draft.place),
    };
    draft.push(What::OnCallNext { participant, duty });
}

pub(crate) fn apply(state: &mut State, event: &Event) {
    let at = event.at;
    match &event.what {
        What::OnCallCalled {
            participant,
            about,
            duty,
        } => {
            let call = Call {
                at,
                about: *about,
                turn: *duty,
                since: at,
                answered_at: None,
            };
            state.on_call.insert(*participant, call);
        }
        What::OnCallNext { participant, duty } => {
            if let Some(call) = state.on_call.get_mut(participant) {
                call.turn = *duty;
                call.since = at;
            }
        }
        What::OnCallAnswered { participant } => {
            if let Some(call) = state.on_call.get_mut(participant) {
                call.answered_at = Some(at);
            }
        }
        _ => {}
    }
}

/// Whose turn it is. A list that became shorter since ends with its last.
fn person(place: &Place, call: &Call) -> Option<OnCallView> {
    let duty = &place.precautions.duty;
    let person = duty.get(usize::from(call.turn.place)).or(duty.last())?;
    Some(OnCallView {
        name: person.name.clone(),
        number: person.number.clone(),
        since: call.since,
    })
}

/// For those who may call, and for whoever did: nobody else has a word of it in their view.
pub(crate) fn mine(room: &Room, who: ParticipantId) -> Option<MyOnCall> {
    let call = room.state.on_call.get(&who);
    if call.is_none() && may_call(&room.state, &room.pack, who).is_err() {
        return None;
    }
    Some(MyOnCall {
        named: !room.place.precautions.duty.is_empty(),
        called: call.map(|call| CalledView {
            at: call.at,
            about: call.about,
            person: person(&room.place, call),
            reached_at: call.answered_at,
            next_at: call.next_at(),
        }),
    })
}

/// Who was called about this person, for their own card: asked only for somebody who said "I am not OK".
pub(crate) fn about(room: &Room, who: ParticipantId) -> Option<OnCallView> {
    let mut calls = room.state.on_call.values().filter(|call| call.about == Some(who));
    person(&room.place, calls.next()?)
}
