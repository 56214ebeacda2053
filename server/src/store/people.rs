//! Texts sealed for one person: they open until that person's key is destroyed, and never again.

use protocol::{ParticipantId, RoomId};

use super::{Store, StoreFault};

/// One sealed text of a room, to be opened together with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedField<'a> {
    pub participant: ParticipantId,
    /// The field's name as it was sealed.
    pub field: &'a str,
    pub sealed: &'a [u8],
}

impl Store {
    /// Seals a text under a participant's own key. The same text sealed twice differs.
    pub async fn seal_for_person(
        &self,
        room: RoomId,
        participant: ParticipantId,
        field: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreFault> {
        let _ = (room, participant, field, plain);
        Err(StoreFault::Unavailable)
    }

    /// Opens a sealed text; `None` once the person was erased.
    pub async fn open_for_person(
        &self,
        room: RoomId,
        participant: ParticipantId,
        field: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreFault> {
        let _ = (room, participant, field, sealed);
        Err(StoreFault::Unavailable)
    }

    /// Opens many texts of one room with one look at the keys: a whole roster. In the order given; `None` for the erased.
    pub async fn open_for_people(
        &self,
        room: RoomId,
        fields: &[SealedField<'_>],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreFault> {
        let _ = (room, fields);
        Err(StoreFault::Unavailable)
    }

    /// Destroys a participant's key. Everything sealed for them is unreadable when this returns; doing it twice is no fault.
    pub async fn erase_person(&self, room: RoomId, participant: ParticipantId) -> Result<(), StoreFault> {
        let _ = (room, participant);
        Err(StoreFault::Unavailable)
    }

    /// Waits until rows deleted so far are gone from the database's files too (SQLite: zeroed, and the log cut off).
    pub async fn purge(&self) -> Result<(), StoreFault> {
        Err(StoreFault::Unavailable)
    }
}
