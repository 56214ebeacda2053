//! What a course is made of beside its steps: sessions, meetings beside them, who may come and when, and what only a circle has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Step;

/// One session's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPlan {
    /// 1 …, gapless over the whole course.
    pub number: u16,
    /// The phase's key, whose title stands in the texts.
    pub phase: String,
    pub steps: Vec<Step>,
}

/// How often the sessions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    #[default]
    Weekly,
    Fortnightly,
    Monthly,
    /// As those who meet agree.
    Agreed,
}

/// What people are asked at the door before they are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalGate {
    /// Where they are, how to reach them, and whom to call.
    Full,
    /// The same, but where they are only if they like to say so.
    PlaceOptional,
    /// Nothing.
    None,
}

/// Who may come and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Course {
    pub rhythm: Rhythm,
    /// The same people from the beginning to the end.
    pub closed: bool,
    /// In a closed course: the last session in which a newcomer may still come.
    pub joining_until: Option<u16>,
    /// With fewer members than this a session is not held.
    pub min_present: Option<u16>,
}

/// Where in the course a meeting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingPlace {
    /// Before the first session.
    Before,
    /// After this session and before the next.
    AfterSession(u16),
    /// After the last session.
    After,
}

/// With whom a meeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum MeetingWith {
    /// With each member alone.
    #[default]
    Each,
    /// With the members' partners, or whoever stands by them, together.
    Partners,
    /// With everybody together, beside the numbered sessions.
    Everyone,
}

/// A meeting beside the sessions: before the course, mid-way, after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingPlan {
    /// Its key in the texts.
    pub id: String,
    #[serde(rename = "where")]
    pub place: MeetingPlace,
    pub with: MeetingWith,
    /// What its steps take together.
    pub minutes: u32,
    pub steps: Vec<Step>,
}

/// What somebody does for a circle today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CircleRole {
    /// Opens, reads, closes.
    Host,
    /// Rings the bell when the circle should pause.
    Guardian,
    /// Watches the time.
    Timekeeper,
}

impl CircleRole {
    /// The word by which it is named in a pack.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Guardian => "guardian",
            Self::Timekeeper => "timekeeper",
        }
    }
}

/// What may be said about another's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crosstalk {
    /// Nothing.
    None,
    /// Thanks.
    Thanks,
    /// What the speaker asks for.
    OnInvitation,
    /// Anything kind.
    Open,
}

/// What is left of a circle's meeting once it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    /// As in any room: the journal, the notes, the names. What a pack says that says nothing.
    #[default]
    Everything,
    /// How many people came and how long it took. The keys of all the rest are destroyed.
    Nothing,
}

/// What only a circle has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircleRules {
    /// Roles that are handed on from meeting to meeting.
    pub roles: Vec<CircleRole>,
    pub crosstalk: Crosstalk,
    #[serde(default)]
    pub keeps: Keeps,
}
