//! `[[step]]` and `[[step.prompt]]` of `pack.toml`: each step is written once and named by the sessions that use it.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::limits::{MAX_PROMPTS_PER_STEP, MAX_STEPS, SILENCE_SECONDS, STEP_MINUTES, TURN_SECONDS};
use super::page::{Fields, Page, Said, Span, listed, short};
use crate::pack::{
    Advance, Ending, Enforcement, FloorMode, Prompt, PromptAudience, PromptKind, QueueOrder, Step, When,
};
use crate::{PromptId, StepId};

/// A step as far as it could be read. What could not be read has its fault already and is left out of further checks.
#[derive(Debug)]
pub(super) struct DraftStep {
    pub(super) at: Span,
    pub(super) minutes: Option<Said<u32>>,
    pub(super) floor: Option<Said<FloorMode>>,
    pub(super) turn_seconds: Option<Said<u32>>,
    order: QueueOrder,
    advance: Advance,
    ending: Ending,
    enforcement: Enforcement,
    pub(super) prompts: Vec<DraftPrompt>,
}

/// A prompt as far as it could be read.
#[derive(Debug)]
pub(super) struct DraftPrompt {
    pub(super) id: PromptId,
    pub(super) at: Span,
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
    "prompt",
];
const PROMPT_KEYS: &[&str] = &["id", "audience", "kind", "when"];

/// Reads every step. A step that is written twice keeps its first writing.
pub(super) fn read(page: &Page<'_>, top: &Fields<'_, '_>) -> Steps {
    let mut steps = Steps::new();
    let mut prompt_lines = BTreeMap::new();
    for (table, at) in top.tables("step", MAX_STEPS) {
        let fields = Fields::open(page, table, at, "a step", STEP_KEYS);
        let Some(id) = named::<StepId>(&fields) else {
            continue;
        };
        let step = read_step(&fields, &mut prompt_lines);
        step.check(page, None);
        if let Some(first) = steps.get(&id.value) {
            let hint = format!("Rename one of them; the first stands in line {}.", page.line(&first.at));
            page.fault(&id.at, format!("The step `{}` is written twice.", id.value), hint);
        } else {
            steps.insert(id.value, step);
        }
    }
    steps
}

fn read_step(fields: &Fields<'_, '_>, prompt_lines: &mut BTreeMap<PromptId, u32>) -> DraftStep {
    let prompts = if fields.has("prompt") {
        fields.tables("prompt", MAX_PROMPTS_PER_STEP)
    } else {
        Vec::new()
    };
    DraftStep {
        at: fields.at.clone(),
        minutes: fields.number("minutes", &STEP_MINUTES),
        floor: fields.word("floor"),
        turn_seconds: fields.maybe_number("turn_seconds", &TURN_SECONDS),
        order: value_or_default(fields.maybe_word("order")),
        advance: value_or_default(fields.maybe_word("advance")),
        ending: value_or_default(fields.maybe_word("ending")),
        enforcement: value_or_default(fields.maybe_word("enforcement")),
        prompts: prompts
            .into_iter()
            .filter_map(|(table, at)| read_prompt(fields.page, table, at, prompt_lines))
            .collect(),
    }
}

fn read_prompt(
    page: &Page<'_>,
    table: &DeTable<'_>,
    at: Span,
    lines: &mut BTreeMap<PromptId, u32>,
) -> Option<DraftPrompt> {
    let fields = Fields::open(page, table, at, "a prompt", PROMPT_KEYS);
    let id = named::<PromptId>(&fields);
    let audience = fields.word("audience").map(|said| said.value);
    let kind = value_or_default(fields.maybe_word("kind"));
    let when = read_when(&fields);
    let id = id?;
    let line = page.line(&id.at);
    if let Some(first) = lines.insert(id.value.clone(), line) {
        let hint = format!("Rename one of them; the first stands in line {first}.");
        page.fault(&id.at, format!("The prompt `{}` is written twice.", id.value), hint);
        return None;
    }
    Some(DraftPrompt {
        at: fields.at,
        id: id.value,
        audience,
        kind,
        when,
    })
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

const WHEN_WORDS: &[&str] = &["start", "turn_overran", "line_down"];
const WHEN_NUMBERS: &[&str] = &["after", "before_end", "not_yet_heard", "silence"];

/// `when = "start"` or `when = { after = 3 }`.
fn read_when(fields: &Fields<'_, '_>) -> Option<Said<When>> {
    let Some(value) = fields.raw("when") else {
        fields.missing("when", "Add it: `when = \"start\"` or `when = { after = 3 }`.");
        return None;
    };
    let when = match value.get_ref() {
        DeValue::String(word) => match word.as_ref() {
            "start" => Some(When::Start),
            "turn_overran" => Some(When::TurnOverran),
            "line_down" => Some(When::LineDown),
            number if WHEN_NUMBERS.contains(&number) => {
                let hint = format!("Write it as `when = {{ {number} = 3 }}`.");
                fields
                    .page
                    .fault(&value.span(), format!("`{number}` needs a number."), hint);
                None
            }
            _ => unknown_when(fields, value),
        },
        DeValue::Table(table) => read_counted_when(fields, table, value),
        _ => unknown_when(fields, value),
    };
    when.map(|when| Said {
        value: when,
        at: value.span(),
    })
}

fn read_counted_when(fields: &Fields<'_, '_>, table: &DeTable<'_>, value: &Spanned<DeValue<'_>>) -> Option<When> {
    let inner = Fields::open(fields.page, table, value.span(), "a condition", WHEN_NUMBERS);
    let mut found: Vec<When> = Vec::new();
    let mut there = 0;
    for key in WHEN_NUMBERS.iter().filter(|key| inner.has(key)) {
        there += 1;
        let range = if *key == "silence" {
            SILENCE_SECONDS
        } else {
            STEP_MINUTES
        };
        let number = inner.maybe_number(key, &range).map(|said| said.value);
        found.extend(number.map(|number| match *key {
            "after" => When::After(number),
            "before_end" => When::BeforeEnd(number),
            "not_yet_heard" => When::NotYetHeard(number),
            _ => When::Silence(number),
        }));
    }
    if there != 1 && table.keys().all(|key| WHEN_NUMBERS.contains(&key.get_ref().as_ref())) {
        let hint = format!("Choose one of {}.", listed(WHEN_NUMBERS));
        fields
            .page
            .fault(&value.span(), format!("`when` names {there} conditions."), hint);
        return None;
    }
    found.pop()
}

fn unknown_when(fields: &Fields<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<When> {
    let hint = format!(
        "Allowed: {}; with a number: {}.",
        listed(WHEN_WORDS),
        listed(WHEN_NUMBERS)
    );
    fields
        .page
        .fault(&value.span(), "This is not a condition that `when` knows.", hint);
    None
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
        let touches_minutes = change.is_none_or(|(change, _)| change.minutes.is_some());
        if let (Some(minutes), true) = (minutes, touches_minutes) {
            for prompt in &self.prompts {
                prompt.fits(page, minutes.value, change.map(|(_, at)| at));
            }
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
            When::Start | When::TurnOverran | When::LineDown => false,
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
