//! The words of a pack in one language. Where a text may be absent, it is absent in every language or in none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::course::CircleRole;
use crate::{PromptId, StepId};

/// The words of one step in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepText {
    /// Two words.
    pub name: String,
    /// One sentence for the facilitator.
    pub purpose: String,
    /// One sentence for members.
    pub member: String,
    /// The sentence in the middle of the circle, where the step has one.
    pub question: Option<String>,
    /// How to shorten the step when time is short.
    pub shorten: Option<String>,
    /// What might be hard in this step.
    #[serde(default)]
    pub content_notes: Option<String>,
    /// Other ways for a member to take part.
    #[serde(default)]
    pub choices: Option<String>,
}

/// The words of one prompt in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptText {
    /// For the facilitator, at most 18 words.
    pub think: String,
    /// Words that could be said to members, where there are any.
    pub say: Option<String>,
}

/// The words of one meeting beside the sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingText {
    pub name: String,
    /// One sentence for the facilitator.
    pub purpose: String,
    /// One sentence for whoever comes.
    pub member: String,
}

/// Who put other words in the place of some, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    pub author: String,
    pub reason: String,
}

/// All words of a pack in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackText {
    pub title: String,
    pub summary: String,
    /// What might be hard in this course.
    #[serde(default)]
    pub content_notes: Option<String>,
    pub phases: BTreeMap<String, String>,
    #[serde(default)]
    pub meetings: BTreeMap<String, MeetingText>,
    #[serde(default)]
    pub agreements: BTreeMap<String, String>,
    /// How what one partner says alone is kept.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// What each partner is asked alone in every session.
    #[serde(default)]
    pub check_in: BTreeMap<String, String>,
    /// What members agree to, by the purpose's word.
    #[serde(default)]
    pub consents: BTreeMap<String, String>,
    /// What stands on every record of somebody that leaves the practice.
    #[serde(default)]
    pub disclosure_notice: Option<String>,
    /// What each role of a circle does.
    #[serde(default)]
    pub roles: BTreeMap<CircleRole, String>,
    /// The crosstalk rule of a circle, as it is read out.
    #[serde(default)]
    pub crosstalk: Option<String>,
    pub steps: BTreeMap<StepId, StepText>,
    pub prompts: BTreeMap<PromptId, PromptText>,
}
