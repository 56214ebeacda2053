//! What comes into a room: inputs, and the moment they come in.

use std::collections::BTreeMap;

use protocol::wire::Action;
use protocol::{ParticipantId, Role, Timestamp};

use crate::sealed::SealedText;

/// The only time and the only chance a rule may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The server's clock. If it steps back, the room's own time stands still until it has caught up.
    pub at: Timestamp,
    /// 64 random bits for a rule that draws lots; the event records the result.
    pub draw: u64,
}

/// One thing that happens to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody asks for something.
    Act { by: ParticipantId, action: Action },
    /// Somebody's line is up. Said again for a second device, it changes nothing.
    Arrived(Arrival),
    /// One of somebody's lines went down; `lines_left` are still up. A participant is a person, not a connection.
    Left {
        participant: ParticipantId,
        lines_left: u16,
    },
    /// Everything about somebody is to be erased, on the word of `by`, where it is somebody of this room. Said again, it is seen to again.
    Erase {
        participant: ParticipantId,
        by: Option<ParticipantId>,
    },
    /// For how long each was heard since this was said last, in milliseconds.
    VoicesHeard { heard: BTreeMap<ParticipantId, u32> },
    /// The next deadline may have come.
    Elapsed,
    /// The room was opened anew after a crash or a restart: every line is down.
    Reopened,
}

/// Who comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub participant: ParticipantId,
    pub role: Role,
    pub name: SealedText,
    /// They were let in outside the room, by a second person: they pass the door, even where nobody leads.
    pub let_in: bool,
}
