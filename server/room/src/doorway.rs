//! A few words at the door, both ways: whoever waits can say that they came, and those who may let them in can say that it takes a
//! moment. It is one conversation a person; nobody else in the room, at the door or at its other side learns that there is one.
//!
//! All of it is the waiting person's: what is said *to* them is sealed under their key as well, so that erasing them erases both sides.
//! It stands until they are let in or sent away, or are gone when the session ends; then it is out of sight. Every bound counts one side
//! alone, so that somebody who talks without end takes no word from those who answer.

use std::collections::BTreeMap;

use protocol::wire::{Action, Admission, DoorLine, DoorVoice, Refusal, RefusalCode};
use protocol::{ParticipantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::{DOOR_PACE_SECONDS, MAX_DOOR_CHARS, MAX_DOOR_LINES, MAX_DOOR_PACE};
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns::plain_text;

/// One thing said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub at: Timestamp,
    pub from: DoorVoice,
    pub text: SealedText,
}

/// What is said at the door, by whom it is said to or by.
pub type Doorway = BTreeMap<ParticipantId, Vec<Line>>;

/// Whose conversation it is, which side speaks, and what is said.
fn spoken(by: ParticipantId, action: &Action) -> Option<(ParticipantId, DoorVoice, &str)> {
    match action {
        Action::SayAtDoor { text } => Some((by, DoorVoice::Waiting, text.expose())),
        Action::AnswerAtDoor { participant, text } => Some((*participant, DoorVoice::Leading, text.expose())),
        _ => None,
    }
}

fn of(state: &State, who: ParticipantId, from: DoorVoice) -> impl Iterator<Item = &Line> {
    let said = state.doorway.get(&who).into_iter().flatten();
    said.filter(move |line| line.from == from)
}

pub(crate) fn judge(state: &State, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let Some((who, from, text)) = spoken(by, action) else {
        return Ok(());
    };
    let person = state.roster.get(who).ok_or(RefusalCode::UnknownParticipant)?;
    if person.admission != Admission::Waiting {
        return Err(RefusalCode::NotWaiting.into());
    }
    if !person.present {
        return Err(RefusalCode::Away.into());
    }
    if of(state, who, from).count() >= MAX_DOOR_LINES {
        return Err(RefusalCode::Full.into());
    }
    plain_text(text, MAX_DOOR_CHARS)
}

/// How fast, which needs the clock and is therefore no part of what buttons are asked about.
pub(crate) fn paced(state: &State, at: Timestamp, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let Some((who, from, _)) = spoken(by, action) else {
        return Ok(());
    };
    let lately = |line: &&Line| line.at.plus_seconds(DOOR_PACE_SECONDS) > at;
    if of(state, who, from).filter(lately).count() >= MAX_DOOR_PACE {
        return Err(RefusalCode::TooFast.into());
    }
    Ok(())
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    if let Some((participant, from, text)) = spoken(by, action) {
        draft.push(What::SaidAtDoor {
            participant,
            from,
            text: SealedText::fresh(participant, text.trim()),
        });
    }
}

impl State {
    /// Whoever came in, or was sent away, left the door behind.
    pub(crate) fn leaves_the_door(&mut self, who: ParticipantId) {
        self.doorway.remove(&who);
    }

    /// A session is over: what was said to people who are gone has no use any more.
    pub(crate) fn clear_the_door(&mut self) {
        let roster = &self.roster;
        self.doorway
            .retain(|who, _| roster.get(*who).is_some_and(|person| person.present));
    }
}

/// The conversation, the oldest first, for those who lead and for whoever waits.
pub(crate) fn view(state: &State, who: ParticipantId) -> Vec<DoorLine> {
    let said = state.doorway.get(&who).into_iter().flatten();
    said.map(|line| DoorLine {
        at: line.at,
        from: line.from,
        text: line.text.text(),
    })
    .collect()
}
