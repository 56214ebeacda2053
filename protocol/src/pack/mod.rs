//! Packs: a treatment protocol as checked data. No expressions, no scripting: a clinician can read it, a schema can check it.
//!
//! A pack's folder holds `pack.toml` (structure) and `text/<language>.toml` (every sentence). [`check::load`] turns the
//! two into a [`Pack`] or into *all* the faults at once, each with file, line and hint.

mod builtin;
pub mod check;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use builtin::{Folder, builtin};

use crate::{PromptId, StepId};

/// Whom a pack is for. It chooses words, panels and who may stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Group therapy.
    Group,
    /// Couple therapy.
    Couple,
    /// A peer circle; not therapy.
    Circle,
}

/// How the floor is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FloorMode {
    /// Anyone may speak; hands may be raised; a facilitator may still grant an uninterrupted turn.
    Open,
    /// Ask, wait, speak.
    Queue,
    /// Everyone present once, in circle order.
    Round,
    /// The facilitator grants every turn.
    Chair,
    /// The holder offers the floor to a named person, who takes it or privately declines; or lays it in the middle.
    Stick,
    /// Speaker and listener: the listener says back what was heard, the speaker confirms or says it again, then they swap.
    Pair,
    /// An inner circle speaks, one open seat, the rest listen.
    Fishbowl,
    /// No one speaks.
    Silence,
}

impl FloorMode {
    /// Every mode, for tables and random choices.
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Queue,
        Self::Round,
        Self::Chair,
        Self::Stick,
        Self::Pair,
        Self::Fishbowl,
        Self::Silence,
    ];

    /// Whether people may ask for the floor and keep a place in line.
    pub const fn has_queue(self) -> bool {
        matches!(
            self,
            Self::Open | Self::Queue | Self::Chair | Self::Stick | Self::Fishbowl
        )
    }

    /// Whether a turn can have a time limit: where nobody takes turns there is nothing to limit.
    pub const fn has_turns(self) -> bool {
        !matches!(self, Self::Open | Self::Silence)
    }
}

/// The order of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum QueueOrder {
    /// First come, first heard.
    #[default]
    Arrival,
    /// Whoever had least floor time in this session goes first; arrival breaks ties.
    LeastHeard,
    /// The facilitator's own order.
    Hand,
}

/// How the next turn begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Advance {
    /// By itself, as soon as the floor is free.
    #[default]
    Auto,
    /// When a facilitator says so.
    Chair,
}

/// What happens when a turn's time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A gentle cue; the person finishes.
    #[default]
    Soft,
    /// The floor is freed after a stated grace.
    Firm,
}

/// How the microphone follows `may_speak`, where there is media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// The floor only shows whose turn it is.
    #[default]
    Off,
    /// Others are muted at the change and may unmute.
    Soft,
    /// The server does not forward the sound of someone who may not speak.
    Hard,
}

/// What a room does while no facilitator is present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Unattended {
    /// The floor is frozen until one returns.
    #[default]
    Hold,
    /// The circle goes on by itself. Only in circles.
    Continue,
}

/// Whom a prompt speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptAudience {
    /// The facilitator thinks about it; it may carry words for members.
    Facilitator,
    /// Everybody sees it in the middle of the circle as soon as it is due.
    Everyone,
}

/// How urgent a prompt is. During a running turn only time and safety are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum PromptKind {
    /// Somebody may be in danger. Shown first.
    Safety,
    /// Time is short.
    Time,
    /// Anything else.
    #[default]
    Content,
}

/// When a prompt is due: a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// As the step begins.
    Start,
    /// So many minutes into the step.
    After(u32),
    /// So many minutes before the step's time is up.
    BeforeEnd(u32),
    /// As soon as a turn's time is up.
    TurnOverran,
    /// So many minutes into the step, if a present member has not yet had the floor in this session. `{names}` says who.
    NotYetHeard(u32),
    /// When nobody had the floor for so many seconds in this step.
    Silence(u32),
    /// When a holder's line has been down beyond the grace. `{names}` says who.
    LineDown,
}

/// A prompt of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub id: PromptId,
    pub audience: PromptAudience,
    pub kind: PromptKind,
    pub when: When,
}

/// A step: part of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    /// The time box, in minutes.
    pub minutes: u32,
    pub floor: FloorMode,
    pub order: QueueOrder,
    pub advance: Advance,
    pub ending: Ending,
    pub enforcement: Enforcement,
    /// The turn limit, in seconds.
    pub turn_seconds: Option<u32>,
    pub prompts: Vec<Prompt>,
}

/// One session's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPlan {
    /// 1 …, gapless over the whole course.
    pub number: u16,
    /// The phase's key, whose title stands in the texts.
    pub phase: String,
    pub steps: Vec<Step>,
}

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

/// All words of a pack in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackText {
    pub title: String,
    pub summary: String,
    pub phases: BTreeMap<String, String>,
    pub steps: BTreeMap<StepId, StepText>,
    pub prompts: BTreeMap<PromptId, PromptText>,
}

/// A checked pack. A session pins it by id, version and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// `group-ipt-8`.
    pub id: String,
    /// `1.0.0`.
    pub version: String,
    /// SHA-256 over the pack's files in the order of their names (names and bytes, each after its length), in hex.
    pub digest: String,
    pub setting: Setting,
    pub unattended: Unattended,
    /// How long a holder's dropped line is waited for, in seconds.
    pub grace_seconds: u32,
    /// Group size the pack is made for, members only.
    pub members_min: u16,
    pub members_max: u16,
    /// Where its structure comes from.
    pub sources: Vec<String>,
    pub licence: String,
    /// "studied in …", "adapted", "our design".
    pub evidence: String,
    /// Who reviewed it, or "not yet".
    pub reviewer: String,
    pub sessions: Vec<SessionPlan>,
    /// The language used where another lacks a text.
    pub default_language: String,
    pub text: BTreeMap<String, PackText>,
}

impl Pack {
    /// The plan of session `number`, from 1.
    pub fn session(&self, number: u16) -> Option<&SessionPlan> {
        self.sessions.get(usize::from(number).checked_sub(1)?)
    }
    /// How many sessions the course has.
    pub fn session_count(&self) -> u16 {
        u16::try_from(self.sessions.len()).unwrap_or(u16::MAX)
    }
    /// The words in `language`, or in the default language where the pack lacks it.
    pub fn text(&self, language: &str) -> Option<&PackText> {
        self.text
            .get(language)
            .or_else(|| self.text.get(&self.default_language))
    }
}
