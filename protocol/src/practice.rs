//! A practice: who works in it, as what, and who looks after which room. Part of the HTTP side; see [`crate::api`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ColleagueLinkId, LookInId, ParticipantId, PracticeId, Private, RoomId, Timestamp};

/// What an account may do in its practice. One may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// Accounts and their links. Opens no room.
    Administrator,
    /// Makes rooms and leads them.
    Facilitator,
    /// Reads the rooms they supervise.
    Supervisor,
}

/// What an account is in one room's care team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CareRole {
    /// Leads, and says who belongs to the team.
    Lead,
    /// Leads beside them.
    CoFacilitator,
    /// Prescribes for people of the group: reads, and listens where those who lead let them in.
    Prescriber,
    /// Supervises those who lead: the same.
    Supervisor,
}

impl CareRole {
    /// Every part there is.
    pub const ALL: [Self; 4] = [Self::Lead, Self::CoFacilitator, Self::Prescriber, Self::Supervisor];
}

/// `GET /api/people`: who works in this practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct People {
    pub practice: PracticeId,
    /// Where the operator gave it one.
    pub practice_name: Option<Private<String>>,
    /// The account that asks.
    pub you: AccountId,
    pub people: Vec<Colleague>,
    /// Links that wait to be used; for administrators alone.
    pub links: Vec<ColleagueLink>,
}

/// Somebody who works here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Colleague {
    pub account: AccountId,
    pub name: Private<String>,
    pub roles: Vec<AccountRole>,
    /// For administrators alone.
    pub email: Option<Private<String>>,
    pub since: Timestamp,
}

/// A link that waits for a colleague.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColleagueLink {
    pub link: ColleagueLinkId,
    pub roles: Vec<AccountRole>,
    pub created_at: Timestamp,
    pub ends_at: Timestamp,
}

/// `POST /api/people/invite`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewColleague {
    /// At least one.
    pub roles: Vec<AccountRole>,
}

/// The answer: the link is shown once, and works once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewColleagueLink {
    pub link: ColleagueLink,
    /// The whole address, the secret in its fragment.
    pub url: Private<String>,
}

/// `POST /api/welcome`: a colleague makes their own account with their link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    pub secret: Private<String>,
    pub name: Private<String>,
    pub email: Private<String>,
    /// At least 15 characters, at most 1024 bytes; any characters.
    pub passphrase: Private<String>,
}

/// `POST /api/people/{account}/roles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoles {
    /// At least one. Places in care teams that they do not cover any more end.
    pub roles: Vec<AccountRole>,
}

/// `POST /api/people/{account}/leave`: they do not work here any more. Their logins end at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// Who leads the rooms that nobody else leads. Never who asks, unless they lead beside them already.
    pub hand_over_to: Option<AccountId>,
}

/// `GET /api/groups/{room}/team`, for the team itself; `GET /api/rooms/{room}/team`, for everybody with a seat, without reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CareTeam {
    /// What the account that asks is in it; none for guests, and for who looks in.
    pub you: Option<CareRole>,
    pub team: Vec<TeamMember>,
    /// Who looks in or did, newest first; for those with a seat, who does now.
    pub look_ins: Vec<LookIn>,
}

/// Somebody who looks after a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamMember {
    /// For the team itself.
    pub account: Option<AccountId>,
    pub name: Private<String>,
    pub part: CareRole,
}

/// `POST /api/groups/{room}/team/change`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamChange {
    pub account: AccountId,
    /// Absent: they do not belong to the team any more. Their lines close.
    pub part: Option<CareRole>,
}

/// Somebody outside a room's care team who asks to read it for an hour, with a reason, confirmed by a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookIn {
    pub look_in: LookInId,
    pub room: RoomId,
    /// Who asked.
    pub name: Private<String>,
    /// Not for those with a seat.
    pub reason: Option<Private<String>>,
    pub asked_at: Timestamp,
    pub state: LookInState,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum LookInState {
    /// A second person has to confirm until then.
    Asked { waits_until: Timestamp },
    /// Nobody confirmed in time, or it was taken back.
    Lapsed {},
    /// It is open, or was.
    Confirmed {
        /// The second person.
        by: Private<String>,
        at: Timestamp,
        /// One hour later, or sooner where somebody ended it.
        until: Timestamp,
        over: bool,
    },
}

/// `GET /api/look-ins`: rooms that one could ask about, and what waits. Says of a room who leads it and since when, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookIns {
    /// Rooms of this practice that one does not belong to.
    pub rooms: Vec<OtherRoom>,
    /// One's own, newest first.
    pub own: Vec<LookIn>,
    /// Others' that wait for a second person.
    pub to_confirm: Vec<LookIn>,
}

/// A room that one does not belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherRoom {
    pub room: RoomId,
    pub led_by: Vec<Private<String>>,
    pub created_at: Timestamp,
}

/// `POST /api/look-ins/ask`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLookIn {
    pub room: RoomId,
    /// 1–280 characters. The room's care team reads it, and who confirms.
    pub reason: Private<String>,
}

/// `POST /api/groups/{room}/invites/{invite}/minor`: this member is not of age, or is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkMinor {
    pub minor: bool,
}

/// `POST /api/groups/{room}/invites/{invite}/guardian`: a guardian agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guardian {
    /// Their name: 1–40 characters.
    pub guardian: Private<String>,
}

/// `GET /api/groups/{room}/minors`: members who are not of age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Minors {
    pub minors: Vec<Minor>,
}

/// A member who is not of age. They come in once both have said yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Minor {
    pub participant: ParticipantId,
    pub consent: Option<GuardiansConsent>,
    /// When they said yes themselves.
    pub assented_at: Option<Timestamp>,
}

/// A guardian agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardiansConsent {
    /// `None` once the member was erased.
    pub guardian: Option<Private<String>>,
    pub at: Timestamp,
    pub recorded_by: Private<String>,
}

/// `GET /api/rooms/{room}/assent`: what is missing before somebody comes to the door. Of whoever is of age, nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assent {
    /// A guardian agreed.
    pub consented: bool,
    /// They said yes themselves.
    pub assented: bool,
}
