//! The notes' log: updates as they came, folded into one state from time to time so that deleted text is gone.

use protocol::wire::NoteRef;
use protocol::{ParticipantId, RoomId};

use super::{AppendError, Store, StoreFault};

/// One Yjs update, in the server's own encoding.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteUpdate {
    pub author: ParticipantId,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for NoteUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NoteUpdate({}, {} bytes)", self.author, self.bytes.len())
    }
}

/// Who wrote under a Yjs client id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteAuthor {
    pub client_id: u64,
    pub participant: ParticipantId,
}

/// Updates to make durable together, behind the room's fence; the journal's sequence does not move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteAppend {
    pub room: RoomId,
    pub epoch: u64,
    pub note: NoteRef,
    pub updates: Vec<NoteUpdate>,
    /// Client ids seen for the first time in these updates.
    pub new_authors: Vec<NoteAuthor>,
}

/// A note as it is stored.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NoteLog {
    /// The folded state.
    pub folded: Option<Vec<u8>>,
    /// Updates after the folded state, in order, with their numbers.
    pub updates: Vec<(u64, Vec<u8>)>,
    pub authors: Vec<NoteAuthor>,
}

impl std::fmt::Debug for NoteLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "NoteLog({} updates, {} authors)",
            self.updates.len(),
            self.authors.len()
        )
    }
}

impl Store {
    /// Reads a note; an unknown note is an empty one.
    pub async fn load_note(&self, room: RoomId, note: NoteRef) -> Result<NoteLog, StoreFault> {
        let _ = (room, note);
        Err(StoreFault::Unavailable)
    }

    /// Makes updates durable. Gives the number of the last one.
    pub async fn append_note(&self, append: NoteAppend) -> Result<u64, AppendError> {
        let _ = append;
        Err(AppendError::Unavailable)
    }

    /// Puts one state in the place of every update up to `upto`, in one transaction. Afterwards [`Store::purge`] waits until the
    /// deleted rows have left the files as well.
    pub async fn fold_note(
        &self,
        room: RoomId,
        epoch: u64,
        note: NoteRef,
        upto: u64,
        state: &[u8],
    ) -> Result<(), AppendError> {
        let _ = (room, epoch, note, upto, state);
        Err(AppendError::Unavailable)
    }
}
