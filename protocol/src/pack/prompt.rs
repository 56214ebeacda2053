//! Prompts: which sentence is offered to whom, and when. The conditions are a closed set, so that each can be read, checked and tested.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::PromptId;

/// Whom a prompt speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptAudience {
    /// The facilitator thinks about it; it may carry words for members.
    Facilitator,
    /// Everybody sees it in the middle of the circle as soon as it is due.
    Everyone,
    /// A private card: only members whose own problem area it is about see it.
    Member,
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

/// What somebody works on: the four areas of interpersonal therapy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Somebody important has died.
    Grief,
    /// People who matter want different things from each other, openly or in silence.
    Dispute,
    /// Life has changed, and with it what one is to others.
    Transition,
    /// Being alone.
    Isolation,
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
    /// As the step begins, in the session in which so many are left, that one counted.
    SessionsLeft(u32),
    /// As soon as a turn's time is up.
    TurnOverran,
    /// When a turn has run for so many seconds, its pauses not counted.
    TurnRuns(u32),
    /// As soon as everybody who is here had a go in the round, or passed.
    RoundOver,
    /// As soon as so many people wait for the floor.
    QueueLong(u32),
    /// As soon as fewer members than this are here, but at least one.
    FewerThan(u32),
    /// So many minutes into the step, if a present member has not yet had the floor in this session. `{names}` says who.
    NotYetHeard(u32),
    /// When nobody had the floor for so many seconds in this step.
    Silence(u32),
    /// When a holder's line has been down beyond the grace. `{names}` says who.
    LineDown,
    /// For a member who works on this area, in the whole step and for nobody else.
    Area(Area),
    /// As long as the questionnaire of a member who is here needs a look: it is flagged as new or raised.
    MeasureFlagged,
}

impl Area {
    /// All four, in the order in which they are named.
    pub const ALL: [Self; 4] = [Self::Grief, Self::Dispute, Self::Transition, Self::Isolation];

    /// The area's word, as packs write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Grief => "grief",
            Self::Dispute => "dispute",
            Self::Transition => "transition",
            Self::Isolation => "isolation",
        }
    }

    /// The area of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.word() == word)
    }
}

impl When {
    /// The word of every condition, as packs write it. A test holds it against the type itself.
    pub const WORDS: [&'static str; 14] = [
        "start",
        "after",
        "before_end",
        "sessions_left",
        "turn_overran",
        "turn_runs",
        "round_over",
        "queue_long",
        "fewer_than",
        "not_yet_heard",
        "silence",
        "line_down",
        "area",
        "measure_flagged",
    ];

    /// The condition's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::After(_) => "after",
            Self::BeforeEnd(_) => "before_end",
            Self::SessionsLeft(_) => "sessions_left",
            Self::TurnOverran => "turn_overran",
            Self::TurnRuns(_) => "turn_runs",
            Self::RoundOver => "round_over",
            Self::QueueLong(_) => "queue_long",
            Self::FewerThan(_) => "fewer_than",
            Self::NotYetHeard(_) => "not_yet_heard",
            Self::Silence(_) => "silence",
            Self::LineDown => "line_down",
            Self::Area(_) => "area",
            Self::MeasureFlagged => "measure_flagged",
        }
    }

    /// Whether it tells something about people that is no business of the others.
    pub const fn tells_of_people(self) -> bool {
        matches!(
            self,
            Self::TurnRuns(_) | Self::QueueLong(_) | Self::FewerThan(_) | Self::MeasureFlagged
        )
    }
}

/// A prompt of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub id: PromptId,
    pub audience: PromptAudience,
    pub kind: PromptKind,
    pub when: When,
}
