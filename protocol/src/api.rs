//! The HTTP side: bodies of requests and answers, all JSON under `/api`. Errors are `application/problem+json` (RFC 9457), see [`Problem`].

pub use crate::credentials::*;
pub use crate::drafts::*;
pub use crate::fhir::FhirBundle;
pub use crate::house::*;
pub use crate::members::*;
pub use crate::practice::*;
pub use crate::private_notes::*;
pub use crate::rights::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pack::Setting;
use crate::wire::SittingCount;
use crate::{AccountId, InviteId, ParticipantId, PracticeId, Private, Role, RoomId, Timestamp};

/// `GET /api/state`: what the page needs to choose its first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerState {
    /// The server's version.
    pub version: String,
    /// No facilitator exists yet: show the first-run page.
    pub first_run: bool,
    /// A demo with invented people.
    pub demo: bool,
    /// What the practice's own sign-in service is called, where there is one.
    pub outside: Option<String>,
    /// Who is signed in with this browser's cookie.
    pub me: Option<Me>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Me {
    /// A facilitator's account.
    Facilitator {
        account: AccountId,
        name: String,
        /// What they may do here.
        roles: Vec<AccountRole>,
        /// The operator has confirmed that the recovery key is kept; until then no group can be made.
        recovery_saved: bool,
        groups: Vec<GroupSummary>,
        /// The account has an app with codes.
        second_factor: bool,
        /// From then on the house wants one.
        second_factor_due: Option<Timestamp>,
    },
    /// An account's login that has proved one factor where two are wanted. It opens nothing but the way to the second.
    HalfSignedIn {
        /// There is no second factor yet: it is to be set up on the account's page.
        set_up: bool,
        /// Six digits of an app will do.
        app: bool,
    },
    /// Somebody who came by a personal link.
    Guest { seats: Vec<Seat> },
}

/// A place in a room that this browser's cookie opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    pub room: RoomId,
    pub participant: ParticipantId,
    pub name: Private<String>,
    pub group: Private<String>,
    pub role: Role,
}

/// A group as its facilitators list it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupSummary {
    pub room: RoomId,
    pub title: Private<String>,
    pub pack: String,
    pub pack_title: String,
    pub setting: Setting,
    pub created_at: Timestamp,
    pub members: u32,
}

/// `POST /api/first-run`: makes the first facilitator. Needs the secret of the one-time bootstrap link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstRun {
    pub bootstrap: Private<String>,
    pub name: Private<String>,
    pub email: Private<String>,
    /// At least 15 characters, at most 1024 bytes; any characters.
    pub passphrase: Private<String>,
}

// Also the answer of `POST /api/recovery/new` (a signed-in facilitator, until the key is confirmed): the page that showed the
// first one may have been lost; a new one makes the old one void.
/// The answer: shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryKey {
    /// Eight groups of four characters.
    pub recovery_key: Private<String>,
}

/// `POST /api/recovery/confirm`: the operator has kept the key; the last group proves it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRecovery {
    pub last_group: Private<String>,
}

/// `POST /api/recover`: a new passphrase with the recovery key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// As in [`SignIn`].
    #[serde(default)]
    pub practice: Option<PracticeId>,
    pub email: Private<String>,
    pub recovery_key: Private<String>,
    pub passphrase: Private<String>,
}

/// `POST /api/sign-in`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The practice whose account it is; absent for the one that this server was set up with. One person may work in two, with one address.
    #[serde(default)]
    pub practice: Option<PracticeId>,
    pub email: Private<String>,
    pub passphrase: Private<String>,
}

/// `POST /api/groups`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// 1–80 characters. Readable by the group's people only.
    pub title: Private<String>,
    /// The pack's id.
    pub pack: String,
    /// One of the pack's languages.
    pub language: String,
    /// The first session's day, `YYYY-MM-DD`; sessions are weekly. Absent: no dates are shown.
    pub starts_on: Option<String>,
}

/// `GET /api/groups/{room}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupDetail {
    pub summary: GroupSummary,
    pub invites: Vec<Invite>,
    /// Sittings of which only this is kept, oldest first.
    pub sittings: Vec<Sitting>,
}

/// A sitting of which nothing is kept but a count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sitting {
    pub count: SittingCount,
    /// What was destroyed, line by line, as the server signed it.
    pub record: String,
}

/// A personal link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    pub invite: InviteId,
    pub participant: ParticipantId,
    pub name: Private<String>,
    pub role: Role,
    pub created_at: Timestamp,
    pub revoked: bool,
    /// Browsers that were signed in with this link.
    pub devices: u32,
}

/// `POST /api/groups/{room}/invites`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    /// The name the group sees: 1–40 characters.
    pub name: Private<String>,
    /// A member's or observer's link works until revoked; a facilitator's works once.
    pub role: Role,
}

/// The answer: the link is shown once; only a hash of its secret is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    pub invite: Invite,
    /// The whole address, the secret in its fragment.
    pub url: Private<String>,
}

/// `POST /api/join`: exchange a link's secret for a listed, revocable device login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    pub secret: Private<String>,
}

/// `POST /api/rooms/{room}/ticket`: one use, 30 seconds, bound to person and room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// Offered as the second WebSocket subprotocol.
    pub ticket: Private<String>,
    pub expires_at: Timestamp,
}

/// `GET /api/packs`: every pack the server found, broken ones with all their faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackList {
    pub packs: Vec<PackSummary>,
    pub broken: Vec<BrokenPack>,
}

/// A pack to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackSummary {
    pub id: String,
    pub version: String,
    pub title: String,
    pub summary: String,
    pub setting: Setting,
    pub sessions: u16,
    pub members_min: u16,
    pub members_max: u16,
    pub languages: Vec<String>,
    pub evidence: String,
    pub reviewer: String,
}

/// A pack that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrokenPack {
    /// The folder's name.
    pub folder: String,
    pub faults: Vec<PackFault>,
}

/// One fault of a pack file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackFault {
    /// The file inside the pack's folder.
    pub file: String,
    /// From 1; absent where the fault belongs to the whole file.
    pub line: Option<u32>,
    /// What is wrong.
    pub fault: String,
    /// What to do.
    pub hint: String,
}

/// An error's body, RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// A stable code: the page switches on it.
    pub code: ProblemCode,
    /// One human sentence.
    pub title: String,
    pub status: u16,
}

/// `GET /api/log`: the newest checkpoint of the practice's signed log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogHead {
    /// A C2SP checkpoint in a signed note: name, length, root, signature.
    pub checkpoint: String,
    /// The key to check it with, spelled as for signed notes.
    pub key: String,
    pub at: Timestamp,
}

/// `GET /api/log/consistency/{from}/{to}`: that the log of `to` leaves begins with that of `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogConsistency {
    /// Hashes in base64, as RFC 6962 orders them.
    pub proof: Vec<String>,
}

/// `GET /api/groups/{room}/log/{seq}`: that an event of the room is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogInclusion {
    pub index: u64,
    /// The leaf's hash in base64.
    pub leaf: String,
    pub proof: Vec<String>,
    /// What the proof leads to.
    pub checkpoint: String,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident, $status:literal => $sentence:literal;)*) => {
        /// What can go wrong on the HTTP side. Never renamed, never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode { $($(#[$doc])* $name,)* }
        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name,)*];
            /// The HTTP status.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)* } }
            /// The sentence.
            pub const fn sentence(self) -> &'static str { match self { $(Self::$name => $sentence,)* } }
        }
    };
}

problems! {
    /// The body could not be read.
    Malformed, 400 => "This request could not be read. Nothing was changed.";
    /// A field is outside its limits.
    BadField, 422 => "Something in this form does not fit.";
    /// No or an ended login.
    SignedOut, 401 => "You are signed out. Please sign in again.";
    /// Wrong address or passphrase; never says which.
    WrongCredentials, 401 => "This address and passphrase do not belong together.";
    /// The secret of a link does not open anything.
    LinkInvalid, 403 => "This link does not open a room. It may have been replaced by a new one.";
    /// Wrong origin.
    CrossSite, 403 => "This request came from another site and was refused.";
    /// Not yours.
    NotPermitted, 403 => "This is not open to you.";
    /// Signed in with one factor, and the account has a second.
    SecondFactorAsked, 403 => "Your second factor is asked for first.";
    /// Signed in with one factor, and the house wants two.
    SecondFactorMissing, 403 => "Set up a second factor first. Everything else is open afterwards.";
    /// Something that changes how an account is opened, too long after the last proof.
    ProveAgain, 403 => "Please show once more that it is you. Then this can be changed.";
    /// A code that is none, or was used before; never says which.
    WrongCode, 403 => "This code does not fit, or was used before.";
    /// This device has returned, and its person wants a PIN to be asked.
    PinAsked, 403 => "Your PIN is asked for first.";
    /// Not the PIN, or no more tries here; never says which.
    WrongPin, 403 => "This is not your PIN.";
    /// Nothing here.
    NotFound, 404 => "There is nothing here.";
    /// The first run is over.
    AlreadySetUp, 409 => "This server is set up already.";
    /// Somebody in this group has a name that looks the same.
    NameTaken, 409 => "Somebody here has a name that looks the same. Add something that tells the two apart.";
    /// The recovery key has not been confirmed.
    RecoveryUnsaved, 409 => "Keep the recovery key first. Then groups can be made.";
    /// Nobody would be left to look after the accounts.
    LastAdministrator, 409 => "A practice needs an administrator. First make somebody else one.";
    /// Nobody would be left to lead a room.
    NoLead, 409 => "Some groups are led by this person alone. First say who takes them over.";
    /// Another account of the same practice has it.
    AddressTaken, 409 => "Somebody here has this address already.";
    /// Somebody is not of age, and no guardian's consent is recorded.
    ConsentMissing, 409 => "A parent or guardian has to agree first. Those who lead your group record it.";
    /// Somebody is not of age, and has not said yes themselves.
    AssentMissing, 409 => "You are asked first whether you want to take part.";
    /// The person has not agreed to their record leaving the practice.
    NotAgreed, 409 => "You have not agreed to your record leaving this practice. You can say yes in the room, under what you agree to.";
    /// A limit was reached.
    Full, 409 => "There is no more room for this.";
    /// Another device of the same person was quicker.
    ChangedMeanwhile, 409 => "This was changed on another device meanwhile. Nothing was overwritten.";
    /// A legal hold stands.
    Held, 409 => "A hold stands on this. Nothing was erased.";
    /// Too large.
    TooLarge, 413 => "This request is too large.";
    /// Too many tries.
    TooFast, 429 => "Too many tries. Please wait a minute.";
    /// Storage does not answer.
    Unavailable, 503 => "The server cannot save just now. Please try again in a moment.";
    /// Our own fault.
    Internal, 500 => "Something went wrong on our side. Nothing was lost.";
}

impl Problem {
    /// The problem with its own sentence.
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            title: code.sentence().to_owned(),
            status: code.status(),
        }
    }
}
