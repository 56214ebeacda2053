//! A room's journal: an append-only row of events under one owner at a time.

use protocol::{CommandId, ParticipantId, PracticeId, RoomId, Timestamp};

use super::{AppendError, Store, StoreFault};

/// An event to write.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The event's tag: readable in the database, so it never carries content.
    pub kind: &'static str,
    pub at: Timestamp,
    /// Who did it. Stands in the database as a pseudonym.
    pub actor: Option<ParticipantId>,
    /// The whole event, encoded; it is encrypted under the room's key. Personal fields are sealed by the caller first.
    pub body: Vec<u8>,
}

/// One decision to make durable.
#[derive(Clone, PartialEq, Eq)]
pub struct Append {
    pub room: RoomId,
    pub practice: PracticeId,
    /// The epoch that [`Store::claim`] gave.
    pub epoch: u64,
    /// The last sequence number the caller knows; the first new event gets the next one.
    pub after_seq: u64,
    pub events: Vec<NewEvent>,
    /// Who asked and the client-made id: unique in the room, in the same transaction.
    pub command: Option<(ParticipantId, CommandId)>,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// On the disk.
    Committed { last_seq: u64 },
    /// This command was accepted before, and this was its answer. Nothing was written.
    Duplicate { seq: u64 },
}

/// An event as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: u64,
    pub kind: String,
    pub at: Timestamp,
    pub body: Body,
}

/// An event's body.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// As it was written.
    Whole(Vec<u8>),
    /// Deleted for good; that the event happened stays on record.
    Erased,
}

/// An accepted command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    pub actor: ParticipantId,
    pub command: CommandId,
    /// The last event of the append it came with: the answer to every retry.
    pub seq: u64,
}

/// A room as its new owner finds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    pub practice: PracticeId,
    /// The new owner's epoch; every older owner is fenced from here on.
    pub epoch: u64,
    /// The next event's sequence number; the first is 1.
    pub next_seq: u64,
    /// The latest snapshot and the sequence number it stands at.
    pub snapshot: Option<(u64, Vec<u8>)>,
    /// Every event after the snapshot, gapless.
    pub tail: Vec<StoredEvent>,
    /// The latest accepted commands, oldest first, at most [`super::RECENT_COMMANDS`].
    pub commands: Vec<Command>,
}

// What people said is never shown in logs: these types show sizes.
macro_rules! shows_sizes {
    ($($type:ident { $($field:ident),* } hides $hidden:ident;)*) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*
                    .field(stringify!($hidden), &"[private]").finish()
            }
        }
    )*};
}
shows_sizes! {
    NewEvent { kind, at, actor } hides body;
    Append { room, practice, epoch, after_seq, events } hides command;
    StoredEvent { seq, kind, at } hides body;
    Opened { practice, epoch, next_seq, tail, commands } hides snapshot;
}
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole([private])",
            Self::Erased => "Erased",
        })
    }
}

impl Store {
    /// Makes the caller the room's owner and reads the room from the primary. Older owners' writes are refused from here on.
    pub async fn claim(&self, room: RoomId) -> Result<Opened, StoreFault> {
        let _ = room;
        Err(StoreFault::Unavailable)
    }

    /// Makes a decision durable. `Ok` means committed with fsync.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let _ = append;
        Err(AppendError::Unavailable)
    }

    /// Events `from..=to`, for an export or an audit.
    pub async fn read_events(&self, room: RoomId, from: u64, to: u64) -> Result<Vec<StoredEvent>, StoreFault> {
        let _ = (room, from, to);
        Err(StoreFault::Unavailable)
    }

    /// Keeps the room's state at `seq`, encrypted, in place of an older one. Refused for a fenced owner.
    pub async fn snapshot(&self, room: RoomId, epoch: u64, seq: u64, state: &[u8]) -> Result<(), AppendError> {
        let _ = (room, epoch, seq, state);
        Err(AppendError::Unavailable)
    }

    /// The answer an accepted command got; `None` if it was never accepted.
    pub async fn command_seq(
        &self,
        room: RoomId,
        actor: ParticipantId,
        command: CommandId,
    ) -> Result<Option<u64>, StoreFault> {
        let _ = (room, actor, command);
        Err(StoreFault::Unavailable)
    }

    /// Deletes the bodies of these events for good; headers and commitments stay. Gives how many there were.
    pub async fn erase_bodies(&self, room: RoomId, seqs: &[u64]) -> Result<u64, StoreFault> {
        let _ = (room, seqs);
        Err(StoreFault::Unavailable)
    }
}
