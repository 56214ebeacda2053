//! `[[step]]` and `[[step.prompt]]`, of `pack.toml` or of a shelf of shared steps: each step is written once and named by the sessions
//! that use it.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::limits::{MAX_PROMPTS_PER_STEP, MAX_STEPS, STEP_MINUTES, TURN_SECONDS};
use super::page::{Fields, Page, Said, Span, short};
use super::when;
use protocol::pack::{
    Advance, Ending, Enforcement, FloorMode, Prompt, PromptAudience, PromptKind, QueueOrder, Step, When,
};
use protocol::{PromptId, StepId};

/// A step as far as it could be read. What could not be read has its fault already and is left out of further checks.
#[derive(Debug)]
pub(super) struct DraftStep {
    /// Where it stands; the span only means something in its own file.
    pub(super) home: Home,
    pub(super) at: Span,
    pub(super) minutes: Option<Said<u32>>,
    pub(super) floor: Option<Said<FloorMode>>,
    pub(super) turn_seconds: Option<Said<u32>>,
    order: QueueOrder,
    advance: Advance,
    ending: Ending,
    enforcement: Enforcement,
    own_words: bool,
    droppable: bool,
    protected: bool,
    pub(super) prompts: Vec<DraftPrompt>,
}

/// Where something stands, for a fault that is shown elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    /// The shelf of shared steps; nothing for the pack's own.
    pub(super) shelf: Option<String>,
    pub(super) file: String,
    pub(super) line: u32,
}

impl std::fmt::Display for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}", self.file, self.line)
    }
}

/// A prompt as far as it could be read.
#[derive(Debug)]
pub(super) struct DraftPrompt {
    pub(super) id: PromptId,
    pub(super) line: u32,
    pub(super) audience: Option<PromptAudience>,
    kind: PromptKind,
    pub(super) when: Option<Said<When>>,
}

/// What a session changes about a step, or nothing.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) minutes: Option<Said<u32>>,
    pub(super) floor: Option<Said<FloorMode>>,
    pub(super) turn_seconds: Option<Said<u32>>,
}

pub(super) type Steps = BTreeMap<StepId, DraftStep>;

const STEP_KEYS: &[&str] = &[
    "id",
    "minutes",
    "floor",
    "turn_seconds",
    "order",
    "advance",
    "ending",
    "enforcement",
    "own_words",
    "droppable",
    "protected",
    "prompt",
];
const PROMPT_KEYS: &[&str] = &["id", "audience", "kind", "when"];

/// Every step of a pack, its own and the shared ones, and where each name was first used.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) steps: Steps,
    prompts: BTreeMap<PromptId, String>,
}

impl Shelf {
    /// Reads the steps of one file. A step that is written twice keeps its first writing.
    pub(super) fn read(&mut self, page: &Page<'_>, top: &Fields<'_, '_>, shelf: Option<&str>) {
        // A pack may be made of shared steps alone.
        let steps = if top.has("shared") {
            top.maybe_tables("step", MAX_STEPS)
        } else {
            top.tables("step", MAX_STEPS)
        };
        for (table, at) in steps {
            let fields = Fields::open(page, table, at, "a step", STEP_KEYS);
            let Some(id) = named::<StepId>(&fields) else {
                continue;
            };
            let home = Home {
                shelf: shelf.map(str::to_owned),
                file: page.name().to_owned(),
                line: page.line(&fields.at),
            };
            let step = self.read_step(&fields, home);
            step.check(page, None);
            if let Some(first) = self.steps.get(&id.value) {
                let hint = format!("Rename one of them; the first stands in {}.", first.home);
                page.fault(&id.at, format!("The step `{}` is written twice.", id.value), hint);
            } else {
                self.steps.insert(id.value, step);
            }
        }
    }

    fn read_step(&mut self, fields: &Fields<'_, '_>, home: Home) -> DraftStep {
        let prompts = fields.maybe_tables("prompt", MAX_PROMPTS_PER_STEP);
        DraftStep {
            home,
            at: fields.at.clone(),
            minutes: fields.number("minutes", &STEP_MINUTES),
            floor: fields.word("floor"),
            turn_seconds: fields.maybe_number("turn_seconds", &TURN_SECONDS),
            order: value_or_default(fields.maybe_word("order")),
            advance: value_or_default(fields.maybe_word("advance")),
            ending: value_or_default(fields.maybe_word("ending")),
            enforcement: value_or_default(fields.maybe_word("enforcement")),
            own_words: fields.flag("own_words"),
            droppable: fields.flag("droppable"),
            protected: fields.flag("protected"),
            prompts: prompts
                .into_iter()
                .filter_map(|(table, at)| self.read_prompt(fields.page, table, at))
                .collect(),
        }
    }

    fn read_prompt(&mut self, page: &Page<'_>, table: &DeTable<'_>, at: Span) -> Option<DraftPrompt> {
        let fields = Fields::open(page, table, at, "a prompt", PROMPT_KEYS);
        let id = named::<PromptId>(&fields);
        let audience = fields.word("audience");
        let kind = value_or_default(fields.maybe_word("kind"));
        let when = when::read(&fields);
        if let (Some(audience), Some(when)) = (&audience, &when) {
            when::check_audience(page, audience, when.value);
        }
        let id = id?;
        let place = format!("{}, line {}", page.name(), page.line(&id.at));
        if let Some(first) = self.prompts.get(&id.value) {
            let hint = format!("Rename one of them; the first stands in {first}.");
            page.fault(&id.at, format!("The prompt `{}` is written twice.", id.value), hint);
            return None;
        }
        self.prompts.insert(id.value.clone(), place);
        Some(DraftPrompt {
            line: page.line(&fields.at),
            id: id.value,
            audience: audience.map(|said| said.value),
            kind,
            when,
        })
    }
}

/// Reads `id`, which must be there and hold a name fit for one.
pub(super) fn named<T: std::str::FromStr>(fields: &Fields<'_, '_>) -> Option<Said<T>> {
    let text = fields.string("id")?;
    let id = as_id(fields.page, &text)?;
    Some(Said { value: id, at: text.at })
}

/// A text as an id, or a fault.
pub(super) fn as_id<T: std::str::FromStr>(page: &Page<'_>, text: &Said<&str>) -> Option<T> {
    let id = text.value.parse().ok();
    if id.is_none() {
        let hint = "Use small letters a-z, digits, `-` and `.`, at most 64 of them.";
        page.fault(
            &text.at,
            format!("`{}` cannot be a name here.", short(text.value)),
            hint,
        );
    }
    id
}

impl DraftStep {
    /// What must hold between the parts of a step, as it is written or as a session changes it. `at` is where a session
    /// changed it: a fault that only the change brings is shown there.
    pub(super) fn check(&self, page: &Page<'_>, change: Option<(&Change, &Span)>) {
        let (floor, turn, minutes) = match change {
            None => (&self.floor, &self.turn_seconds, &self.minutes),
            Some((change, _)) => (
                if change.floor.is_some() {
                    &change.floor
                } else {
                    &self.floor
                },
                if change.turn_seconds.is_some() {
                    &change.turn_seconds
                } else {
                    &self.turn_seconds
                },
                if change.minutes.is_some() {
                    &change.minutes
                } else {
                    &self.minutes
                },
            ),
        };
        let touches_floor = change.is_none_or(|(change, _)| change.floor.is_some() || change.turn_seconds.is_some());
        if let (Some(floor), Some(turn), true) = (floor, turn, touches_floor)
            && !floor.value.has_turns()
        {
            let hint = "Choose a `floor` that has turns, like `queue` or `round`, or take `turn_seconds` away.";
            let at = change.map_or(&turn.at, |(_, at)| at);
            let name = if floor.value == FloorMode::Open {
                "an `open`"
            } else {
                "a `silence`"
            };
            page.fault(
                at,
                format!("`turn_seconds` limits turns, but {name} floor has none."),
                hint,
            );
        }
        let at = change.map(|(_, at)| at);
        let touches_minutes = change.is_none_or(|(change, _)| change.minutes.is_some());
        for prompt in &self.prompts {
            if let (Some(minutes), true) = (minutes, touches_minutes) {
                prompt.fits(page, minutes.value, at);
            }
            if let (Some(floor), Some(when), true) = (floor, &prompt.when, touches_floor) {
                when::check_floor(page, &prompt.id, when, floor.value, at);
            }
        }
        if change.is_none() {
            self.check_leaving_out(page);
        }
    }

    /// What may be left out when time is short is never what keeps people safe or lets them part well.
    fn check_leaving_out(&self, page: &Page<'_>) {
        if self.droppable && self.protected {
            let hint = "Take one of the two lines away.";
            page.fault(&self.at, "The step is both `droppable` and `protected`.", hint);
        }
        if self.droppable && self.prompts.iter().any(|prompt| prompt.kind == PromptKind::Safety) {
            let hint = "Take `droppable` away: with the step its safety prompt would go.";
            page.fault(&self.at, "The step is `droppable`, but has a safety prompt.", hint);
        }
    }

    /// The step with a session's changes; nothing if a part is missing.
    pub(super) fn finish(&self, id: &StepId, change: &Change) -> Option<Step> {
        let turn_seconds = change.turn_seconds.as_ref().or(self.turn_seconds.as_ref());
        Some(Step {
            id: id.clone(),
            minutes: change.minutes.as_ref().or(self.minutes.as_ref())?.value,
            floor: change.floor.as_ref().or(self.floor.as_ref())?.value,
            order: self.order,
            advance: self.advance,
            ending: self.ending,
            enforcement: self.enforcement,
            turn_seconds: turn_seconds.map(|said| said.value),
            own_words: self.own_words,
            droppable: self.droppable,
            protected: self.protected,
            prompts: self.prompts.iter().map(DraftPrompt::finish).collect::<Option<_>>()?,
        })
    }
}

impl DraftPrompt {
    /// Complains when the prompt could never be due in a step of so many minutes.
    fn fits(&self, page: &Page<'_>, minutes: u32, changed_at: Option<&Span>) {
        let Some(when) = &self.when else {
            return;
        };
        let late = match when.value {
            When::After(at) | When::NotYetHeard(at) => at >= minutes,
            When::BeforeEnd(before) => before > minutes,
            When::Silence(seconds) => seconds >= minutes * 60,
            When::TurnRuns(seconds) => seconds >= minutes * 60,
            When::Start
            | When::SessionsLeft(_)
            | When::TurnOverran
            | When::RoundOver
            | When::QueueLong(_)
            | When::FewerThan(_)
            | When::LineDown
            | When::Area(_)
            | When::MeasureFlagged => false,
        };
        if late {
            let fault = format!(
                "The prompt `{}` is due later than the step's {minutes} minutes.",
                self.id
            );
            let hint = "Bring its condition forward, or give the step more minutes.";
            page.fault(changed_at.unwrap_or(&when.at), fault, hint);
        }
    }

    fn finish(&self) -> Option<Prompt> {
        Some(Prompt {
            id: self.id.clone(),
            audience: self.audience?,
            kind: self.kind,
            when: self.when.as_ref()?.value,
        })
    }
}

fn value_or_default<T: Default>(said: Option<Said<T>>) -> T {
    said.map(|said| said.value).unwrap_or_default()
}
