//! What guides people through a course: meetings beside the sessions, private cards, what each member works on, and what could be
//! shortened when little time is left. Views only; what they are computed from stands in the pack and in the room.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pack::{Area, MeetingPlace, MeetingWith};
use crate::{ParticipantId, PromptId, StepId, Timestamp};

/// What a questionnaire brought up about somebody, as a facilitator says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasureFlag {
    /// For the first time.
    New,
    /// More than the last time.
    Raised,
    /// As the last time, when it was talked about.
    Unchanged,
}

impl MeasureFlag {
    /// Whether somebody should look at it today.
    pub const fn needs_a_look(self) -> bool {
        matches!(self, Self::New | Self::Raised)
    }
}

/// What those who lead know of a member's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberWork {
    pub participant: ParticipantId,
    /// What they work on; absent until it is settled, and once it has been erased.
    pub area: Option<Area>,
    /// What their questionnaire brought up.
    pub flag: Option<MeasureFlag>,
}

/// A private card: a sentence of the current step for one person alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateCard {
    pub prompt: PromptId,
    pub text: String,
}

/// A meeting beside the sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingView {
    pub name: String,
    /// One sentence for whoever comes.
    pub purpose: String,
    pub place: MeetingPlace,
    pub with: MeetingWith,
    pub minutes: u32,
    /// Its place in the course is now.
    pub due: bool,
}

/// A prompt that was used in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedPrompt {
    pub at: Timestamp,
    pub step: StepId,
    /// As the facilitator read it; what it had filled in is left open.
    pub text: String,
    /// Its words were shown to members.
    pub shown: bool,
}

/// Little time is left until the planned end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NearEnd {
    pub steps: Vec<Shorten>,
}

/// A step that could be shortened or left out. How a session closes is never among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shorten {
    /// Its place in the agenda, from 0.
    pub index: u16,
    /// It may be left out.
    pub droppable: bool,
    /// How it could be shortened.
    pub how: Option<String>,
}
