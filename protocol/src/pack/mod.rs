//! Packs: a treatment protocol as checked data. No expressions, no scripting: a clinician can read it, a schema can check it.
//!
//! A pack's folder holds `pack.toml` (structure) and `text/<language>.toml` (every sentence). The package `packfiles`
//! turns the two into a [`Pack`] or into *all* the faults at once, each with file, line and hint.
//!
//! A room pins a pack when it is made and keeps it, written out, for as long as the course lasts. What a later Rondo adds to these types
//! therefore has a default: a course that began before it goes on.

mod consent;
mod course;
mod prompt;
mod text;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use consent::{AskedConsent, Purpose};
pub use course::{
    ArrivalGate, CircleRole, CircleRules, Course, Crosstalk, Keeps, MeetingPlace, MeetingPlan, MeetingWith, Rhythm,
    SessionPlan,
};
pub use prompt::{Area, Prompt, PromptAudience, PromptKind, When};
pub use text::{MeetingText, Overlay, PackText, PromptText, StepText};

use crate::StepId;

/// Whom a pack is for. It chooses words, panels and who may stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Group therapy.
    Group,
    /// Couple therapy.
    Couple,
    /// Therapy for one person.
    Individual,
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
    /// There is room for the group's own words.
    #[serde(default)]
    pub own_words: bool,
    /// It may be left out when time is short.
    #[serde(default)]
    pub droppable: bool,
    /// Its time is kept, whatever runs late: the closing round.
    #[serde(default)]
    pub protected: bool,
    pub prompts: Vec<Prompt>,
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
    /// The kind of help, as it would stand in a record.
    #[serde(default)]
    pub modality: String,
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
    /// Who may come and when.
    #[serde(default)]
    pub course: Course,
    pub sessions: Vec<SessionPlan>,
    /// Meetings beside the sessions, in the order of the course.
    #[serde(default)]
    pub meetings: Vec<MeetingPlan>,
    /// The room of a couple opens only after two separate private conversations.
    #[serde(default)]
    pub separate_screens: bool,
    /// The keys of the ways of keeping what one partner says alone, one of which is chosen before the room opens.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The keys of what each partner is asked alone in every session, in their order.
    #[serde(default)]
    pub check_in: Vec<String>,
    /// What people are asked at the door; see [`Pack::gate`] for a pack that does not say.
    #[serde(default)]
    pub arrival: Option<ArrivalGate>,
    /// The keys of the agreements, in the order in which they are read.
    #[serde(default)]
    pub agreements: Vec<String>,
    /// What members are asked to agree to one by one, and may take back at any time.
    #[serde(default)]
    pub consents: Vec<AskedConsent>,
    /// What only a circle has.
    #[serde(default)]
    pub circle: Option<CircleRules>,
    /// Overlays by the language they make, such as `es-x-plain`.
    #[serde(default)]
    pub overlays: BTreeMap<String, Overlay>,
    /// The language used where another lacks a text.
    pub default_language: String,
    pub text: BTreeMap<String, PackText>,
}

impl Pack {
    /// The plan of session `number`, from 1.
    pub fn session(&self, number: u16) -> Option<&SessionPlan> {
        self.sessions.get(usize::from(number).checked_sub(1)?)
    }
    /// How many sessions are left in session `number`, that one counted.
    pub fn sessions_left(&self, number: u16) -> u16 {
        (self.session_count() + 1).saturating_sub(number)
    }
    /// Whether only a count is left of a session that is over.
    pub fn keeps_nothing(&self) -> bool {
        self.circle
            .as_ref()
            .is_some_and(|circle| circle.keeps == Keeps::Nothing)
    }
    /// What people are asked at the door. Where people are treated, everything, unless the pack says otherwise; of a circle, nothing unless
    /// it wants to know; and where nothing is kept, nothing.
    pub fn gate(&self) -> ArrivalGate {
        match self.arrival {
            _ if self.keeps_nothing() => ArrivalGate::None,
            Some(gate) => gate,
            None if self.setting == Setting::Circle => ArrivalGate::None,
            None => ArrivalGate::Full,
        }
    }
    /// The text that members are asked to agree to for this purpose; `None` where the pack does not ask.
    pub fn consent(&self, purpose: Purpose) -> Option<&AskedConsent> {
        self.consents.iter().find(|asked| asked.purpose == purpose)
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
