//! The directory: who owns what, and which cookie or link opens which room. Names, addresses and titles are sealed.
//!
//! It finds and records; it decides nothing. The caller hashes passphrases and secrets and gives the time.

mod accounts;
mod care;
mod colleagues;
mod factors;
mod invites;
mod logins;
mod look_ins;
mod minors;
mod passkeys;
mod pins;
mod practices;
mod rooms;
mod ways_in;

pub(crate) use accounts::findable;
pub use accounts::{Account, SetUp, SetUpError};
pub use care::{TeamError, TeamMember};
pub use colleagues::{KeepError, Left};
pub use factors::Authenticator;
pub(super) use invites::take_links_of;
pub use invites::{Exchange, ExchangeError, Invite, NewInvite};
pub(super) use logins::GUEST_NAME;
pub use logins::{Device, Login, LoginId, NewLogin, Place, Strength, Subject};
pub use look_ins::{LookIn, LookInError, NewLookIn};
pub use minors::{GuardiansConsent, Minor};
pub use passkeys::Passkey;
pub use pins::PinTry;
pub(super) use practices::name_place;
pub use practices::{ColleagueError, ColleagueLink, NewColleague, NewColleagueLink, PracticeListed};
pub use rooms::{NewRoom, PinnedPack, Room, Staff};
pub(super) use rooms::{reseal, untitled};
pub use ways_in::{FactorReset, WayIn};
