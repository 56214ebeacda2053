//! Personal links. The database holds only SHA-256 of a link's secret; a single-use link works once, whoever comes at the same moment.

use protocol::{InviteId, ParticipantId, Private, Role, RoomId, Timestamp};

use super::{LoginId, Place};
use crate::store::{Store, StoreFault};

/// A link to make.
#[derive(Debug, Clone)]
pub struct NewInvite {
    pub invite: InviteId,
    pub room: RoomId,
    pub participant: ParticipantId,
    pub name: Private<String>,
    pub role: Role,
    /// SHA-256 of the link's secret.
    pub secret_hash: [u8; 32],
    pub single_use: bool,
    pub at: Timestamp,
}

/// A link as its facilitators list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    pub invite: InviteId,
    pub room: RoomId,
    pub participant: ParticipantId,
    /// `None` once the person was erased.
    pub name: Option<Private<String>>,
    pub role: Role,
    pub single_use: bool,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// Browsers signed in with it.
    pub devices: u32,
}

/// A link's secret, to be exchanged for a seat of a login.
#[derive(Debug, Clone, Copy)]
pub struct Exchange {
    pub secret_hash: [u8; 32],
    /// The browser's present login, which then gets one seat more, or a new one, which is recorded as a guest's.
    pub login: LoginId,
    pub at: Timestamp,
    /// The end of a new login; a present one keeps its own.
    pub expires_at: Timestamp,
}

/// Why a link opened nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// Unknown, revoked, or used up: never says which.
    #[error("this link opens nothing")]
    Invalid,
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

impl Store {
    /// Makes a link.
    pub async fn create_invite(&self, new: NewInvite) -> Result<(), StoreFault> {
        let _ = new;
        Err(StoreFault::Unavailable)
    }

    /// A room's links, oldest first, revoked ones too.
    pub async fn invites(&self, room: RoomId) -> Result<Vec<Invite>, StoreFault> {
        let _ = room;
        Err(StoreFault::Unavailable)
    }

    /// Reads one link.
    pub async fn invite(&self, invite: InviteId) -> Result<Option<Invite>, StoreFault> {
        let _ = invite;
        Err(StoreFault::Unavailable)
    }

    /// Exchanges a link's secret for a seat, in one transaction.
    pub async fn exchange(&self, exchange: Exchange) -> Result<Place, ExchangeError> {
        let _ = exchange;
        Err(StoreFault::Unavailable.into())
    }

    /// Revokes a link, takes its seats away and ends guest logins that have no other. Gives every login that lost its seat, so that
    /// its sockets can be closed. Doing it twice is no fault.
    pub async fn revoke_invite(&self, invite: InviteId, at: Timestamp) -> Result<Vec<LoginId>, StoreFault> {
        let _ = (invite, at);
        Err(StoreFault::Unavailable)
    }
}
