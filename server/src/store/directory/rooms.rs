//! Rooms and who leads them. A room pins its pack by digest, and the pack's bytes are kept once for all rooms.

use protocol::{AccountId, ParticipantId, PracticeId, Private, RoomId, Timestamp};

use crate::store::{Store, StoreFault};

/// A pack as a room follows it, whatever becomes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedPack {
    pub id: String,
    pub version: String,
    /// In hex, as in [`protocol::pack::Pack`].
    pub digest: String,
}

/// A room to make.
#[derive(Debug, Clone)]
pub struct NewRoom {
    pub room: RoomId,
    pub practice: PracticeId,
    pub title: Private<String>,
    pub pack: PinnedPack,
    /// The checked pack, encoded by the caller; stored once per digest.
    pub pack_bytes: Vec<u8>,
    pub language: String,
    /// `YYYY-MM-DD`; sealed, since a day and a group together may name someone.
    pub starts_on: Option<Private<String>>,
    pub created_by: AccountId,
    /// Who the creator is in the room.
    pub participant: ParticipantId,
    pub at: Timestamp,
}

/// A room as the directory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub room: RoomId,
    pub practice: PracticeId,
    pub title: Private<String>,
    pub pack: PinnedPack,
    pub language: String,
    pub starts_on: Option<Private<String>>,
    pub created_by: AccountId,
    pub created_at: Timestamp,
    /// Members with a link that is not revoked.
    pub members: u32,
}

/// Who leads a room by account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    pub account: AccountId,
    pub participant: ParticipantId,
    pub name: Private<String>,
}

impl Store {
    /// Makes a room, its key, its creator's place and, where new, its pack, in one transaction.
    pub async fn create_room(&self, new: NewRoom) -> Result<(), StoreFault> {
        let _ = new;
        Err(StoreFault::Unavailable)
    }

    /// Reads a room.
    pub async fn room(&self, room: RoomId) -> Result<Option<Room>, StoreFault> {
        let _ = room;
        Err(StoreFault::Unavailable)
    }

    /// The rooms an account leads, oldest first.
    pub async fn rooms_of(&self, account: AccountId) -> Result<Vec<Room>, StoreFault> {
        let _ = account;
        Err(StoreFault::Unavailable)
    }

    /// Who leads a room by account.
    pub async fn staff(&self, room: RoomId) -> Result<Vec<Staff>, StoreFault> {
        let _ = room;
        Err(StoreFault::Unavailable)
    }

    /// A pack's bytes as they were when first pinned.
    pub async fn pack_bytes(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreFault> {
        let _ = digest;
        Err(StoreFault::Unavailable)
    }
}
