//! `when` of a prompt: one condition of a closed set, and what must hold between it, its audience and its step's floor.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::limits::{PEOPLE, SESSIONS_LEFT, SILENCE_SECONDS, STEP_MINUTES, TURN_SECONDS};
use super::page::{Fields, Page, Said, Span, listed};
use protocol::PromptId;
use protocol::pack::{FloorMode, PromptAudience, When};

const WORDS: &[&str] = &["start", "turn_overran", "round_over", "line_down", "measure_flagged"];
const NUMBERS: &[&str] = &[
    "after",
    "before_end",
    "sessions_left",
    "turn_runs",
    "queue_long",
    "fewer_than",
    "not_yet_heard",
    "silence",
];
const AREA: &str = "area";

/// `when = "start"`, `when = { after = 3 }` or `when = { area = "grief" }`.
pub(super) fn read(fields: &Fields<'_, '_>) -> Option<Said<When>> {
    let Some(value) = fields.raw("when") else {
        fields.missing("when", "Add it: `when = \"start\"` or `when = { after = 3 }`.");
        return None;
    };
    let when = match value.get_ref() {
        DeValue::String(word) => match word.as_ref() {
            "start" => Some(When::Start),
            "turn_overran" => Some(When::TurnOverran),
            "round_over" => Some(When::RoundOver),
            "line_down" => Some(When::LineDown),
            "measure_flagged" => Some(When::MeasureFlagged),
            number if NUMBERS.contains(&number) => {
                let hint = format!("Write it as `when = {{ {number} = 3 }}`.");
                fields
                    .page
                    .fault(&value.span(), format!("`{number}` needs a number."), hint);
                None
            }
            _ => unknown(fields, value),
        },
        DeValue::Table(table) => read_table(fields, table, value),
        _ => unknown(fields, value),
    };
    when.map(|when| Said {
        value: when,
        at: value.span(),
    })
}

fn read_table(fields: &Fields<'_, '_>, table: &DeTable<'_>, value: &Spanned<DeValue<'_>>) -> Option<When> {
    let known = [NUMBERS, &[AREA]].concat();
    let inner = Fields::open(fields.page, table, value.span(), "a condition", &known);
    let mut found: Vec<When> = Vec::new();
    let there: Vec<&str> = known.iter().copied().filter(|key| inner.has(key)).collect();
    for key in &there {
        let number = |range| inner.maybe_number(key, &range).map(|said| said.value);
        found.extend(match *key {
            "after" => number(STEP_MINUTES).map(When::After),
            "before_end" => number(STEP_MINUTES).map(When::BeforeEnd),
            "sessions_left" => number(SESSIONS_LEFT).map(When::SessionsLeft),
            "turn_runs" => number(TURN_SECONDS).map(When::TurnRuns),
            "queue_long" => number(PEOPLE).map(When::QueueLong),
            "fewer_than" => number(PEOPLE).map(When::FewerThan),
            "not_yet_heard" => number(STEP_MINUTES).map(When::NotYetHeard),
            "silence" => number(SILENCE_SECONDS).map(When::Silence),
            _ => inner.maybe_word(AREA).map(|said| When::Area(said.value)),
        });
    }
    if there.len() != 1 && table.keys().all(|key| known.contains(&key.get_ref().as_ref())) {
        let hint = format!("Choose one of {}.", listed(&known));
        fields
            .page
            .fault(&value.span(), format!("`when` names {} conditions.", there.len()), hint);
        return None;
    }
    found.pop()
}

fn unknown(fields: &Fields<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<When> {
    let hint = format!(
        "Allowed: {}; with a number: {}; with a word: `{AREA}`.",
        listed(WORDS),
        listed(NUMBERS)
    );
    fields
        .page
        .fault(&value.span(), "This is not a condition that `when` knows.", hint);
    None
}

/// A card about somebody's own area is for that person alone; what tells of people is not shown to everybody.
pub(super) fn check_audience(page: &Page<'_>, audience: &Said<PromptAudience>, when: When) {
    let for_members = audience.value == PromptAudience::Member;
    if matches!(when, When::Area(_)) && !for_members {
        let hint = "Write `audience = \"member\"`: what somebody works on is nobody else's business.";
        page.fault(
            &audience.at,
            "The condition `area` is about one member, but the prompt is not.",
            hint,
        );
    } else if for_members && !matches!(when, When::Area(_)) {
        let hint = "Write `when = { area = \"…\" }`, or another audience.";
        page.fault(
            &audience.at,
            "A prompt for a member needs to know the member's area.",
            hint,
        );
    } else if when.tells_of_people() && audience.value == PromptAudience::Everyone {
        let hint = "Write `audience = \"facilitator\"`.";
        page.fault(
            &audience.at,
            "This condition tells of people; it is not for everyone.",
            hint,
        );
    }
}

/// Complains when a step with this floor could never bring the condition about.
pub(super) fn check_floor(
    page: &Page<'_>,
    prompt: &PromptId,
    when: &Said<When>,
    floor: FloorMode,
    changed_at: Option<&Span>,
) {
    let (possible, hint) = match when.value {
        When::RoundOver => (floor == FloorMode::Round, "Only a `round` is over once everybody went."),
        When::QueueLong(_) => (floor.has_queue(), "Choose a `floor` where people wait, like `queue`."),
        When::TurnRuns(_) | When::TurnOverran | When::LineDown => {
            (floor != FloorMode::Silence, "In a `silence` nobody has a turn.")
        }
        When::Silence(_) => (
            floor != FloorMode::Silence,
            "Where silence is what was asked for, it is no sign of anything.",
        ),
        _ => (true, ""),
    };
    if !possible {
        let fault = format!("The prompt `{prompt}` is never due with this floor.");
        page.fault(changed_at.unwrap_or(&when.at), fault, hint);
    }
}
