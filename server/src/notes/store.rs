//! What a room's notes ask of the disk: three calls. The store implements them; tests do so in memory, with faults.

use std::future::Future;

use bytes::Bytes;
use protocol::wire::NoteRef;
use protocol::{ParticipantId, RoomId};

/// A note as it is stored. An unknown note is an empty one.
#[derive(Clone, Default)]
pub struct StoredNote {
    /// The folded state.
    pub folded: Option<Vec<u8>>,
    /// Updates after it, in order, with their numbers.
    pub updates: Vec<(u64, Vec<u8>)>,
    /// Whose client ids these are.
    pub authors: Vec<(u64, ParticipantId)>,
}

impl std::fmt::Debug for StoredNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "StoredNote({} updates, {} authors)",
            self.updates.len(),
            self.authors.len()
        )
    }
}

/// Updates of one note, to be made durable together.
#[derive(Debug, Clone)]
pub struct NoteBatch {
    pub room: RoomId,
    /// The room's owner writes under this epoch; a later owner's fences it off.
    pub epoch: u64,
    pub note: NoteRef,
    /// The engine's own encodings, with who wrote them.
    pub updates: Vec<(ParticipantId, Bytes)>,
    /// Client ids that appear for the first time.
    pub new_authors: Vec<(u64, ParticipantId)>,
}

/// The disk does not answer, or its answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotLoad;

/// A write that did not happen, or nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotWrite {
    /// Somebody else owns the room now.
    Fenced,
    /// Certainly nothing was written.
    Unavailable,
    /// It may or may not have been written.
    Unknown,
}

/// Where notes are kept.
pub trait NoteStore: Send + Sync + 'static {
    /// Reads a note.
    fn load(&self, room: RoomId, note: NoteRef) -> impl Future<Output = Result<StoredNote, CannotLoad>> + Send;

    /// Makes updates durable, all or none. Gives the number of the last one.
    fn append(&self, batch: NoteBatch) -> impl Future<Output = Result<u64, CannotWrite>> + Send;

    /// Puts one state in the place of every update up to this number.
    fn fold(
        &self,
        room: RoomId,
        epoch: u64,
        note: NoteRef,
        upto: u64,
        state: Bytes,
    ) -> impl Future<Output = Result<(), CannotWrite>> + Send;
}
