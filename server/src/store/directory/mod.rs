//! The directory: who owns what, and which cookie or link opens which room. Names, addresses and titles are sealed.
//!
//! It finds and records; it decides nothing. The caller hashes passphrases and secrets and gives the time.

mod accounts;
mod factors;
mod invites;
mod logins;
mod rooms;

pub use accounts::{Account, SetUp, SetUpError};
pub use factors::Authenticator;
pub use invites::{Exchange, ExchangeError, Invite, NewInvite};
pub(super) use logins::GUEST_NAME;
pub use logins::{Device, Login, LoginId, NewLogin, Place, Strength, Subject};
pub(super) use rooms::reseal;
pub use rooms::{NewRoom, PinnedPack, Room, Staff};
