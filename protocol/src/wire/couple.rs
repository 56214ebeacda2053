//! What only a couple's room has: the two private screens, and how what one of the two says alone is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ParticipantId, Private, Timestamp};

/// What came of seeing one partner alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreenOutcome {
    /// The two can be seen together.
    Suitable,
    /// They cannot; this person is helped in another way.
    NotSuitable,
    /// It is not settled yet.
    Undecided,
}

/// The lock of a couple's room, as those who lead see it. Nobody else sees any of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockView {
    /// People who were found suitable can be let in.
    pub open: bool,
    /// Everybody who came as a partner.
    pub screens: Vec<ScreenView>,
    /// How many of the two have not been found suitable.
    pub screens_missing: u16,
    /// It is not chosen yet how secrets are kept.
    pub secrets_missing: bool,
    /// The chosen way's key.
    pub secrets: Option<String>,
    /// The ways there are to choose from.
    pub ways: Vec<SecretsWay>,
}

/// One partner's private screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenView {
    pub participant: ParticipantId,
    /// Absent until it is recorded.
    pub outcome: Option<ScreenOutcome>,
    /// In the facilitator's words; absent where nothing was written, and once it has been erased.
    pub words: Option<Private<String>>,
    pub at: Option<Timestamp>,
}

/// One question of the private check-in, as the person it is asked of reads it. The answer is not shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInQuestion {
    /// The question's key.
    pub question: String,
    pub text: String,
    /// It was answered for this session.
    pub answered: bool,
}

/// One answer, as those who lead read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInAnswer {
    pub participant: ParticipantId,
    /// For which session it was answered.
    pub session: u16,
    /// The question's words.
    pub question: String,
    /// Absent once it has been erased.
    pub answer: Option<Private<String>>,
    pub at: Timestamp,
}

/// One way of keeping what a partner says alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretsWay {
    pub key: String,
    pub text: String,
}
