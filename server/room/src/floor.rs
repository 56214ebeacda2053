//! The floor: who has it, who asked for it, who comes next. Free or held, nothing else; it is requests that are pending or denied.
//!
//! One turn object serves every mode. A turn is named by its own id and never by its speaker, so that a timer of an ended turn
//! can not cut a later one. What is deliberately not here: who *may* do what (`policy`), and when (`timers`).

use protocol::pack::{FloorMode, QueueOrder};
use protocol::wire::{RequestKind, RequestStatus, StopReason};
use protocol::{ParticipantId, RequestId, Timestamp, TurnId};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::event::{EndReason, FloorRules, GrantReason};
use crate::pair::Pair;
use crate::queue::Queue;
use crate::round::{Round, Went};
use crate::sealed::SealedText;
use crate::stick::Offer;

/// A turn on the floor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    pub id: TurnId,
    /// One person, or a couple at one device.
    pub holders: Vec<ParticipantId>,
    pub kind: RequestKind,
    pub granted_at: Timestamp,
    pub limit_seconds: Option<u32>,
    pub request: Option<RequestId>,
    pub why: GrantReason,
    pub clock: Clock,
    /// The time is up and the person is finishing.
    pub overran: bool,
    /// The holder asked for more time.
    pub wants_more: bool,
    /// The holder's line is down.
    pub suspended: Option<Suspension>,
    /// To whom the holder offers it.
    pub offer: Offer,
}

/// A turn whose holder's line is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    pub since: Timestamp,
    /// When facilitators are asked.
    pub grace_until: Timestamp,
    /// They have been asked.
    pub asked: bool,
}

/// The floor of one circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    pub rules: FloorRules,
    pub turn: Option<Turn>,
    pub queue: Queue,
    pub round: Option<Round>,
    /// What was written instead of spoken, at most once by each in a round. It outlives its round, or nobody would read what the
    /// last one wrote; the next round or step takes it away.
    pub written: Vec<(ParticipantId, SealedText)>,
    /// Whose turn ended because the line stayed down: they go first when they are back.
    pub returning: Vec<ParticipantId>,
    /// The two who talk.
    pub pair: Option<Pair>,
    /// The inner circle.
    pub inner: Vec<ParticipantId>,
    /// Since when nobody has the floor.
    pub free_since: Timestamp,
}

/// Who would get the floor next, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextUp {
    pub participant: ParticipantId,
    pub kind: RequestKind,
    pub request: Option<RequestId>,
    pub why: GrantReason,
}

impl Floor {
    pub(crate) fn new(at: Timestamp, rules: FloorRules) -> Self {
        Self {
            rules,
            turn: None,
            queue: Queue::default(),
            round: None,
            written: Vec::new(),
            returning: Vec::new(),
            pair: None,
            inner: Vec::new(),
            free_since: at,
        }
    }

    /// Whether this person holds the floor.
    pub fn is_held_by(&self, who: ParticipantId) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.holders.contains(&who))
    }

    /// Who comes next among those for whom `here` holds: who returns after a dropped line, then the mode's own order.
    pub fn next_up(
        &self,
        here: impl Fn(ParticipantId) -> bool,
        heard: impl Fn(ParticipantId) -> u64,
    ) -> Option<NextUp> {
        let mode = self.rules.mode;
        if mode == FloorMode::Silence {
            return None;
        }
        // Who returns goes first, but not for a second go before everybody here had a first.
        let first_go = |who: ParticipantId| self.round.as_ref().is_none_or(|round| round.went(who).is_none());
        let firsts_wait = self.round.as_ref().is_some_and(|round| {
            let mut order = round.order().iter();
            order.any(|&who| first_go(who) && here(who))
        });
        let talks = |who: ParticipantId| mode != FloorMode::Pair || self.pair.is_some_and(|pair| pair.includes(who));
        let mut returning = self
            .returning
            .iter()
            .filter(|&&who| (first_go(who) || !firsts_wait) && talks(who));
        if let Some(&participant) = returning.find(|&&who| here(who)) {
            let request = self.queue.of(participant).map(|r| r.id);
            return Some(NextUp {
                participant,
                kind: RequestKind::Share,
                request,
                why: GrantReason::Returning,
            });
        }
        match (mode, &self.round) {
            (FloorMode::Round, Some(round)) => round.next(here).map(|participant| NextUp {
                participant,
                kind: RequestKind::Share,
                request: None,
                why: GrantReason::Round,
            }),
            (FloorMode::Round, None) => None,
            (FloorMode::Pair, _) => {
                let pair = self.pair.filter(|pair| here(pair.speaker))?;
                Some(NextUp {
                    participant: pair.speaker,
                    kind: RequestKind::Share,
                    request: None,
                    why: GrantReason::Pair,
                })
            }
            (FloorMode::Silence, _) => None,
            (FloorMode::Open | FloorMode::Queue | FloorMode::Chair | FloorMode::Stick | FloorMode::Fishbowl, _) => {
                let first = self
                    .queue
                    .ordered(self.order(), heard)
                    .into_iter()
                    .find(|r| here(r.participant))?;
                Some(NextUp {
                    participant: first.participant,
                    kind: first.kind,
                    request: Some(first.id),
                    why: GrantReason::Queue,
                })
            }
        }
    }

    /// The queue's order in this mode.
    pub fn order(&self) -> QueueOrder {
        self.rules.order
    }

    pub(crate) fn granted(&mut self, at: Timestamp, turn: Turn, stops: &[StopReason]) {
        for &who in &turn.holders {
            self.returning.retain(|&other| other != who);
        }
        if let Some(request) = turn.request {
            self.queue.leave(request, RequestStatus::Granted);
        }
        if let Some(round) = &mut self.round
            && turn.holders.iter().any(|&who| round.includes(who))
        {
            round.open();
        }
        if let Some(pair) = &mut self.pair {
            pair.granted(&turn.holders);
        }
        let turn = self.turn.insert(turn);
        for &why in stops {
            turn.clock.stop(at, why);
        }
    }

    /// Whether somebody wrote a turn already.
    pub fn wrote(&self, who: ParticipantId) -> bool {
        self.written.iter().any(|(other, _)| *other == who)
    }

    /// Ends the running turn and returns it.
    pub(crate) fn ended(&mut self, at: Timestamp, id: TurnId, why: EndReason) -> Option<Turn> {
        let turn = self.turn.take_if(|turn| turn.id == id)?;
        self.free_since = at;
        if let Some(request) = turn.request {
            let status = match why {
                EndReason::Revoked(_) => RequestStatus::Revoked,
                _ => RequestStatus::Released,
            };
            self.queue.closed(request, status);
        }
        for &who in &turn.holders {
            match why {
                EndReason::Away | EndReason::SteppedOut => self.returning.push(who),
                EndReason::LeftRoom => {}
                _ => self.mark_round(who, went_by(why)),
            }
        }
        if let Some(pair) = &mut self.pair {
            pair.ended(&turn.holders, why);
        }
        Some(turn)
    }

    fn mark_round(&mut self, who: ParticipantId, went: Went) {
        if let Some(round) = &mut self.round {
            round.mark(who, went);
        }
    }

    /// Somebody is out of the circle: no place, no request, no return.
    pub(crate) fn forget(&mut self, at: Timestamp, who: ParticipantId) {
        self.returning.retain(|&other| other != who);
        self.inner.retain(|&other| other != who);
        if self.pair.is_some_and(|pair| pair.includes(who)) {
            self.pair_ended(at);
        }
        if let Some(turn) = self.turn.as_mut().filter(|turn| turn.offer.to == Some(who)) {
            turn.offer.withdrawn();
        }
        if let Some(request) = self.queue.of(who).map(|r| r.id) {
            self.queue.leave(request, RequestStatus::Cancelled);
        }
        if let Some(round) = &mut self.round {
            round.leave(who);
        }
    }
}

fn went_by(why: EndReason) -> Went {
    match why {
        EndReason::Passed => Went::Passed,
        EndReason::ComesBack => Went::Postponed,
        EndReason::Wrote => Went::Wrote,
        EndReason::Released
        | EndReason::HandedOver
        | EndReason::Confirmed
        | EndReason::MovedOn
        | EndReason::Revoked(_)
        | EndReason::Taken
        | EndReason::TimeUp
        | EndReason::Away
        | EndReason::SteppedOut
        | EndReason::StepChanged
        | EndReason::SessionEnded
        | EndReason::LeftRoom => Went::Spoke,
    }
}
