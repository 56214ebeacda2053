//! What a room says about its people, as far as media must know it.

use std::collections::BTreeMap;

use protocol::{CircleId, ParticipantId};

/// One page's connection for voices and pictures: the number of the line that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// What is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Sound,
    Picture,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sound, Self::Picture];
}

/// Whether somebody's sound leaves the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Voice {
    Carried,
    Withheld,
}

/// Somebody who is in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// They hear this circle and nobody else, and are heard there.
    pub circle: CircleId,
    pub voice: Voice,
    /// Their picture leaves the server.
    pub seen: bool,
    /// Served first where there is not room for all: whoever has the floor.
    pub first: bool,
}

impl Presence {
    /// Whether this of them leaves the server at all.
    pub fn leaves(&self, kind: Kind) -> bool {
        match kind {
            Kind::Sound => self.voice == Voice::Carried,
            Kind::Picture => self.seen,
        }
    }
}

/// Everybody who is in the room just now. Whoever is not named here neither hears nor is heard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scene {
    pub people: BTreeMap<ParticipantId, Presence>,
}

impl Scene {
    /// Whether `listener` may be sent this of `speaker`.
    pub fn allows(&self, speaker: ParticipantId, listener: ParticipantId, kind: Kind) -> bool {
        self.are_together(speaker, listener) && self.people.get(&speaker).is_some_and(|from| from.leaves(kind))
    }

    /// Whether they sit in one circle: the first condition of all.
    pub fn are_together(&self, speaker: ParticipantId, listener: ParticipantId) -> bool {
        let (Some(from), Some(to)) = (self.people.get(&speaker), self.people.get(&listener)) else {
            return false;
        };
        speaker != listener && from.circle == to.circle
    }
}
