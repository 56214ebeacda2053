//! Speaker and listener: the speaker keeps the floor while the listener says back what was heard; the speaker confirms, or says it
//! again; then the two swap. The speaker's clock stands still while the other says back, so that equal time can be seen.
//!
//! A swap is no event of its own: it is what the end of the speaker's turn means here, whoever ended it and why.

use protocol::pack::FloorMode;
use protocol::wire::{Action, Admission, Refusal, RefusalCode, StopReason};
use protocol::{CircleId, ParticipantId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::{EndReason, What};
use crate::floor::Floor;
use crate::state::State;
use crate::turns;

/// The two who talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Has the floor, or gets it next.
    pub speaker: ParticipantId,
    pub listener: ParticipantId,
    /// The listener says back what was heard.
    pub saying_back: bool,
    /// The first turn has been given: from here on the two go on by themselves.
    pub opened: bool,
}

impl Pair {
    pub(crate) fn new(speaker: ParticipantId, listener: ParticipantId) -> Self {
        Self {
            speaker,
            listener,
            saying_back: false,
            opened: false,
        }
    }
    /// Whether somebody is one of the two.
    pub fn includes(&self, who: ParticipantId) -> bool {
        self.speaker == who || self.listener == who
    }
    /// A turn begins. Where the listener is given it, the two have changed places.
    pub(crate) fn granted(&mut self, holders: &[ParticipantId]) {
        if holders.contains(&self.listener) {
            self.swap();
        }
        self.opened |= holders.contains(&self.speaker);
    }
    /// A turn ended. Whoever had their say listens next; who was only interrupted goes on.
    pub(crate) fn ended(&mut self, holders: &[ParticipantId], why: EndReason) {
        if !holders.contains(&self.speaker) {
            return;
        }
        self.saying_back = false;
        let had_their_say = !matches!(
            why,
            EndReason::Away
                | EndReason::SteppedOut
                | EndReason::Taken
                | EndReason::LeftRoom
                | EndReason::StepChanged
                | EndReason::SessionEnded
        );
        if had_their_say {
            self.swap();
        }
    }
    fn swap(&mut self) {
        (self.speaker, self.listener) = (self.listener, self.speaker);
    }
}

impl Floor {
    /// Whether this person says back what was heard just now.
    pub fn says_back(&self, who: ParticipantId) -> bool {
        self.pair.is_some_and(|pair| pair.saying_back && pair.listener == who)
    }
    pub(crate) fn say_back(&mut self, at: Timestamp, begins: bool) {
        let Some(pair) = &mut self.pair else { return };
        pair.saying_back = begins;
        if let Some(turn) = &mut self.turn {
            if begins {
                turn.clock.stop(at, StopReason::SayingBack);
            } else {
                turn.clock.go(at, StopReason::SayingBack);
            }
        }
    }
    pub(crate) fn pair_ended(&mut self, at: Timestamp) {
        self.say_back(at, false);
        self.pair = None;
    }
}

pub(crate) fn judge(
    state: &State,
    id: CircleId,
    floor: &Floor,
    by: ParticipantId,
    action: &Action,
) -> Result<(), Refusal> {
    if floor.rules.mode != FloorMode::Pair {
        return Err(RefusalCode::WrongMode.into());
    }
    if let Action::FormPair { speaker, listener } = *action {
        return judge_form(state, id, floor, speaker, listener);
    }
    let pair = floor.pair.ok_or(RefusalCode::NotInPair)?;
    if !pair.includes(by) {
        Err(RefusalCode::NotInPair.into())
    } else if pair.listener == by {
        Err(RefusalCode::NotYourTurn.into())
    } else if !pair.saying_back {
        Err(RefusalCode::NoTurn.into())
    } else {
        turns::unfrozen(state)
    }
}

fn judge_form(
    state: &State,
    id: CircleId,
    floor: &Floor,
    speaker: ParticipantId,
    listener: ParticipantId,
) -> Result<(), Refusal> {
    turns::unfrozen(state)?;
    for who in [speaker, listener] {
        let person = state.roster.get(who).ok_or(RefusalCode::UnknownParticipant)?;
        if person.circle != id || person.admission != Admission::Admitted {
            return Err(RefusalCode::UnknownParticipant.into());
        }
        if state.roster.role_now(who) == Some(Role::Observer) {
            return Err(RefusalCode::ObserversListen.into());
        }
    }
    let same = floor
        .pair
        .is_some_and(|pair| pair.speaker == speaker && pair.listener == listener);
    if speaker == listener {
        Err(RefusalCode::OutOfRange.into())
    } else if same {
        Err(RefusalCode::AlreadySo.into())
    } else {
        Ok(())
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, circle: CircleId, action: &Action) {
    let turn = turns::running(&draft.state, circle).map(|turn| turn.id);
    match *action {
        Action::FormPair { speaker, listener } => {
            turns::make_way(draft, circle, EndReason::MovedOn);
            draft.push(What::PairFormed {
                circle,
                speaker,
                listener,
            });
        }
        Action::Confirm => turns::end_turn(draft, circle, EndReason::Confirmed),
        _ => {
            if let Some(turn) = turn {
                draft.push(What::SayBackEnded { circle, turn });
            }
        }
    }
}

/// Where a circle has just two members, nobody needs to name them.
pub(crate) fn form_if_plain(draft: &mut Draft<'_>, circle: CircleId) {
    let due = draft
        .state
        .circles
        .get(&circle)
        .is_some_and(|c| c.floor.rules.mode == FloorMode::Pair && c.floor.pair.is_none());
    if !due {
        return;
    }
    let members = draft.state.roster.seated(circle).into_iter();
    let members: Vec<ParticipantId> = members
        .filter(|(_, p)| p.role == Role::Member)
        .map(|(id, _)| id)
        .collect();
    if let [speaker, listener] = members[..] {
        draft.push(What::PairFormed {
            circle,
            speaker,
            listener,
        });
    }
}
