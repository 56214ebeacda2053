//! Logins: what a cookie opens. A login is an account's or a guest's; a guest's seats say in which rooms.

use protocol::{AccountId, InviteId, ParticipantId, Private, Role, RoomId, Timestamp};

use crate::store::{Store, StoreFault};

/// SHA-256 of the cookie's secret: the database never holds what a browser holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginId(pub [u8; 32]);

impl std::fmt::Debug for LoginId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "LoginId({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// Whose login it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Account(AccountId),
    /// Somebody who came by personal links and has no account.
    Guest,
}

/// A login to record.
#[derive(Debug, Clone, Copy)]
pub struct NewLogin {
    pub login: LoginId,
    pub account: AccountId,
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

/// A login that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    pub login: LoginId,
    pub subject: Subject,
    pub created_at: Timestamp,
    pub last_seen: Timestamp,
    pub expires_at: Timestamp,
}

/// A browser that was signed in with a personal link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub login: LoginId,
    pub created_at: Timestamp,
    pub last_seen: Timestamp,
}

/// A place in a room that a login opens: by its account, or by a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub room: RoomId,
    pub participant: ParticipantId,
    pub role: Role,
    /// `None` once the person was erased.
    pub name: Option<Private<String>>,
    /// The link it came by; `None` for an account's own rooms.
    pub invite: Option<InviteId>,
}

impl Store {
    /// Records an account's login.
    pub async fn start_login(&self, new: NewLogin) -> Result<(), StoreFault> {
        let _ = new;
        Err(StoreFault::Unavailable)
    }

    /// Reads a login that has not expired at `now`.
    pub async fn login(&self, login: LoginId, now: Timestamp) -> Result<Option<Login>, StoreFault> {
        let _ = (login, now);
        Err(StoreFault::Unavailable)
    }

    /// Notes that a login was used, and moves its end.
    pub async fn touch_login(&self, login: LoginId, at: Timestamp, expires_at: Timestamp) -> Result<(), StoreFault> {
        let _ = (login, at, expires_at);
        Err(StoreFault::Unavailable)
    }

    /// Ends a login and its seats. Gives whether there was one.
    pub async fn end_login(&self, login: LoginId) -> Result<bool, StoreFault> {
        let _ = login;
        Err(StoreFault::Unavailable)
    }

    /// Ends every login of an account and gives their ids, so that their sockets can be closed.
    pub async fn end_logins_of(&self, account: AccountId) -> Result<Vec<LoginId>, StoreFault> {
        let _ = account;
        Err(StoreFault::Unavailable)
    }

    /// Forgets logins that expired before `now`. Gives how many.
    pub async fn sweep_logins(&self, now: Timestamp) -> Result<u64, StoreFault> {
        let _ = now;
        Err(StoreFault::Unavailable)
    }

    /// The browsers a link signed in.
    pub async fn devices(&self, invite: InviteId) -> Result<Vec<Device>, StoreFault> {
        let _ = invite;
        Err(StoreFault::Unavailable)
    }

    /// Every room a login opens. An expired login opens none.
    pub async fn places(&self, login: LoginId, now: Timestamp) -> Result<Vec<Place>, StoreFault> {
        let _ = (login, now);
        Err(StoreFault::Unavailable)
    }

    /// Who this login is in this room: the question behind every ticket.
    pub async fn place_in(&self, login: LoginId, room: RoomId, now: Timestamp) -> Result<Option<Place>, StoreFault> {
        let _ = (login, room, now);
        Err(StoreFault::Unavailable)
    }
}
