//! A decision in the making: a scratch copy of the state that each event is applied to as it is made, so that what follows sees
//! what came before, and every prefix of the decision is a state that was really passed through.

use protocol::pack::Pack;
use protocol::{ParticipantId, Timestamp};

use crate::effect::Effect;
use crate::event::{Event, What};
use crate::input::Moment;
use crate::limits::MAX_EVENTS_PER_DECISION;
use crate::state::State;
use crate::{Outcome, Place, Room};

pub(crate) struct Draft<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) place: &'a Place,
    pub(crate) state: State,
    pub(crate) at: Timestamp,
    /// The only chance that a rule may use.
    pub(crate) draw: u64,
    by: Option<ParticipantId>,
    events: Vec<Event>,
    effects: Vec<Effect>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(room: &'a Room, moment: Moment) -> Self {
        let at = moment.at.max(room.state.at); // time never runs backwards in a room
        Self {
            pack: &room.pack,
            place: &room.place,
            state: room.state.clone(),
            at,
            draw: moment.draw,
            by: None,
            events: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// From here on events are somebody's doing, or nobody's.
    pub(crate) fn by(&mut self, who: Option<ParticipantId>) {
        self.by = who;
    }

    pub(crate) fn push(&mut self, what: What) {
        let event = Event {
            at: self.at,
            by: self.by,
            what,
        };
        self.state.apply(&event);
        self.events.push(event);
        assert!(
            self.events.len() <= MAX_EVENTS_PER_DECISION,
            "a decision does not come to an end"
        );
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn outcome(self) -> Outcome {
        let next_deadline = self.state.next_deadline(self.pack);
        Outcome {
            events: self.events,
            effects: self.effects,
            next_deadline,
        }
    }
}
