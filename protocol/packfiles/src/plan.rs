//! The sessions of a course and the meetings beside them: which steps each is made of, and what it changes about them.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::limits::{MAX_MEETINGS, MAX_SESSIONS, MAX_STEPS_PER_SESSION, SESSION_MINUTES, STEP_MINUTES, TURN_SECONDS};
use super::page::{Fields, Page, Said, Span, listed, short};
use super::steps::{self, Change, Steps};
use protocol::StepId;
use protocol::pack::{MeetingPlace, MeetingPlan, SessionPlan, Step, When};

/// The sessions, gathered phase by phase.
pub(super) struct Plan<'p, 'a> {
    page: &'p Page<'a>,
    steps: &'p Steps,
    used: BTreeSet<StepId>,
    sessions: Vec<SessionPlan>,
    complete: bool,
    expected: u32,
}

impl<'p, 'a> Plan<'p, 'a> {
    pub(super) fn new(page: &'p Page<'a>, steps: &'p Steps) -> Self {
        Self {
            page,
            steps,
            used: BTreeSet::new(),
            sessions: Vec::new(),
            complete: true,
            expected: 1,
        }
    }

    /// Reads one `[[phase.session]]`; with `through`, it stands for all sessions up to that one.
    pub(super) fn session(&mut self, phase: &str, table: &DeTable<'a>, at: Span) {
        let page = self.page;
        let keys = ["number", "through", "steps", "change"];
        let fields = Fields::open(page, table, at.clone(), "a session", &keys);
        self.number(&fields);
        let steps = self.steps_of(&fields, "a session");
        minutes_fit(page, &at, &steps, "session");
        for _ in 0..self.alike(&fields) {
            // One more than there may be is enough to say so; a broken numbering could ask for any number.
            if self.sessions.len() <= MAX_SESSIONS {
                self.sessions.push(SessionPlan {
                    number: u16::try_from(self.expected).unwrap_or(u16::MAX),
                    phase: phase.to_owned(),
                    steps: steps.clone(),
                });
            }
            self.expected = self.expected.saturating_add(1);
        }
    }

    /// How many sessions are alike: from `number` through `through`.
    fn alike(&self, fields: &Fields<'_, '_>) -> u32 {
        let most = u32::try_from(MAX_SESSIONS).unwrap_or(u32::MAX);
        let Some(last) = fields.maybe_number("through", &(1..=most)) else {
            return 1;
        };
        if last.value <= self.expected {
            let fault = format!("`through` is {}, but this is session {}.", last.value, self.expected);
            let hint = "Write the number of the last session that is like this one, or take the line away.";
            self.page.fault(&last.at, fault, hint);
            return 1;
        }
        last.value - self.expected + 1
    }

    /// The steps that a session or a meeting names, with what it changes about them.
    fn steps_of(&mut self, fields: &Fields<'_, '_>, what: &str) -> Vec<Step> {
        let page = self.page;
        let named = fields.strings("steps", MAX_STEPS_PER_SESSION).unwrap_or_default();
        let mut changes = read_changes(fields, &named);
        let mut plan: Vec<Step> = Vec::new();
        let mut seen = BTreeSet::new();
        for said in named.iter().take(MAX_STEPS_PER_SESSION) {
            let Some(id) = steps::as_id::<StepId>(page, said) else {
                continue;
            };
            let Some(draft) = self.steps.get(&id) else {
                let known: Vec<&str> = self.steps.keys().map(StepId::as_str).collect();
                let hint = match super::nearest::nearest(id.as_str(), &known) {
                    Some(close) => format!("Did you mean `{close}`?"),
                    None => "Write it under [[step]], or take it away here.".to_owned(),
                };
                page.fault(&said.at, format!("There is no step `{id}`."), hint);
                continue;
            };
            self.used.insert(id.clone());
            if !seen.insert(id.clone()) {
                let hint = format!("Name each step once in {what}; write a second step with a name of its own.");
                page.fault(&said.at, format!("The step `{id}` is named twice here."), hint);
                continue;
            }
            let (change, changed_at) = changes.remove(id.as_str()).unwrap_or_default();
            draft.check(page, Some((&change, &changed_at)));
            match draft.finish(&id, &change) {
                Some(step) => plan.push(step),
                None => self.complete = false,
            }
        }
        plan
    }

    /// Sessions are numbered from 1 without gaps, so that "session 4" means the same to everybody.
    fn number(&mut self, fields: &Fields<'_, '_>) {
        let Some(number) = fields.number("number", &(1..=u32::from(u16::MAX))) else {
            return;
        };
        if number.value != self.expected {
            let fault = format!("This is session {}, after session {}.", number.value, self.expected - 1);
            let hint = format!("Write {}: sessions are numbered from 1 without gaps.", self.expected);
            self.page.fault(&number.at, fault, hint);
            // Judge the next ones by this one, so that one gap is one fault.
            self.expected = number.value;
        }
    }

    /// Complains about steps that nothing uses and prompts that no session makes due.
    pub(super) fn finish(self) -> Option<Vec<SessionPlan>> {
        let own = self.steps.iter().filter(|(_, step)| step.home.shelf.is_none());
        for (id, step) in own.filter(|(id, _)| !self.used.contains(id)) {
            let hint = "Add it to a session's `steps`, or take it away.";
            self.page
                .fault(&step.at, format!("No session uses the step `{id}`."), hint);
        }
        if self.sessions.len() > MAX_SESSIONS {
            let hint = "A longer course is two packs, one after the other.";
            self.page
                .whole(format!("The course has more than {MAX_SESSIONS} sessions."), hint);
        } else {
            self.never_so_many_left();
        }
        self.complete.then_some(self.sessions)
    }

    /// A prompt for "four left" in a step that only the first session has would never be seen.
    fn never_so_many_left(&self) {
        for (id, step) in self.steps.iter().filter(|(_, step)| step.home.shelf.is_none()) {
            for prompt in &step.prompts {
                let Some((left, at)) = prompt.when.as_ref().and_then(|said| match said.value {
                    When::SessionsLeft(left) => Some((left, &said.at)),
                    _ => None,
                }) else {
                    continue;
                };
                let index = usize::try_from(left)
                    .ok()
                    .and_then(|left| self.sessions.len().checked_sub(left));
                let there = index.and_then(|index| self.sessions.get(index));
                if there.is_none_or(|session| !session.steps.iter().any(|step| step.id == *id)) {
                    let fault = format!(
                        "The prompt `{}` is never due: no session with {left} left has its step.",
                        prompt.id
                    );
                    let hint = "Use the step in that session, or write another number.";
                    self.page.fault(at, fault, hint);
                }
            }
        }
    }
}

fn minutes_fit(page: &Page<'_>, at: &Span, steps: &[Step], what: &str) {
    let minutes: u32 = steps.iter().map(|step| step.minutes).sum();
    if !steps.is_empty() && !SESSION_MINUTES.contains(&minutes) {
        let fault = format!("The steps of this {what} take {minutes} minutes.");
        page.fault(at, fault, format!("At most {} are taken.", SESSION_MINUTES.end()));
    }
}

/// `[[meeting]]`: meetings beside the sessions, in the order of the course, and each one's key with its line.
pub(super) fn read_meetings(
    plan: &mut Plan<'_, '_>,
    top: &Fields<'_, '_>,
) -> (Vec<MeetingPlan>, BTreeMap<String, u32>) {
    let page = plan.page;
    let mut meetings = Vec::new();
    let mut keys = BTreeMap::new();
    for (table, at) in top.maybe_tables("meeting", MAX_MEETINGS) {
        let known = ["id", "where", "with", "minutes", "steps", "change"];
        let fields = Fields::open(page, table, at.clone(), "a meeting", &known);
        let id = steps::named::<StepId>(&fields);
        if let Some(id) = &id
            && let Some(first) = keys.insert(id.value.to_string(), page.line(&id.at))
        {
            let hint = format!("Rename one of them; the first stands in line {first}.");
            page.fault(&id.at, format!("The meeting `{}` is written twice.", id.value), hint);
        }
        let place = read_place(&fields, plan.sessions.len());
        let with = fields.maybe_word("with").map(|said| said.value).unwrap_or_default();
        let minutes = fields.number("minutes", &SESSION_MINUTES);
        let steps = plan.steps_of(&fields, "a meeting");
        let taken: u32 = steps.iter().map(|step| step.minutes).sum();
        if let Some(minutes) = &minutes
            && !steps.is_empty()
            && plan.complete
            && minutes.value != taken
        {
            let fault = format!("The steps of this meeting take {taken} minutes, not {}.", minutes.value);
            page.fault(&minutes.at, fault, "Write the sum, or give the steps other `minutes`.");
        }
        match (id, place, minutes) {
            (Some(id), Some(place), Some(minutes)) => meetings.push(MeetingPlan {
                id: id.value.to_string(),
                place,
                with,
                minutes: minutes.value,
                steps,
            }),
            _ => plan.complete = false,
        }
    }
    meetings.sort_by_key(|meeting: &MeetingPlan| meeting.place);
    (meetings, keys)
}

/// `where = "before"`, `where = { after = 6 }` or `where = "after"`.
fn read_place(fields: &Fields<'_, '_>, sessions: usize) -> Option<MeetingPlace> {
    let Some(value) = fields.raw("where") else {
        fields.missing(
            "where",
            "Add it: \"before\", \"after\", or { after = 6 } for a session's number.",
        );
        return None;
    };
    match value.get_ref() {
        DeValue::String(word) if word.as_ref() == "before" => Some(MeetingPlace::Before),
        DeValue::String(word) if word.as_ref() == "after" => Some(MeetingPlace::After),
        DeValue::Table(table) => {
            let inner = Fields::open(fields.page, table, value.span(), "`where`", &["after"]);
            let last = u32::try_from(sessions.saturating_sub(1)).unwrap_or(u32::MAX).max(1);
            let number = inner.number("after", &(1..=last))?;
            Some(MeetingPlace::AfterSession(u16::try_from(number.value).ok()?))
        }
        _ => {
            let hint = "Allowed: `before`, `after`, or { after = 6 } for a session's number.";
            fields
                .page
                .fault(&value.span(), "This is not a place in the course.", hint);
            None
        }
    }
}

/// `[phase.session.change.<step>]`: what this session does differently.
fn read_changes(fields: &Fields<'_, '_>, named: &[Said<&str>]) -> BTreeMap<String, (Change, Span)> {
    let mut changes = BTreeMap::new();
    let Some((table, _)) = fields.maybe_table("change") else {
        return changes;
    };
    for (step, value) in table {
        let name = step.get_ref().as_ref();
        if !named.iter().any(|said| said.value == name) {
            let fault = format!(
                "This session changes the step `{}`, which it does not have.",
                short(name)
            );
            let known: Vec<&str> = named.iter().map(|said| said.value).collect();
            fields
                .page
                .fault(&step.span(), fault, format!("It has {}.", listed(&known)));
            continue;
        }
        let Some(table) = value.get_ref().as_table() else {
            let hint = "Write `{ minutes = 20 }`, or a table of its own.";
            fields.page.fault(
                &value.span(),
                format!("The change of `{}` is not a table.", short(name)),
                hint,
            );
            continue;
        };
        let at = step.span();
        let keys = ["minutes", "floor", "turn_seconds"];
        let inner = Fields::open(fields.page, table, at.clone(), "a session's change", &keys);
        let change = Change {
            minutes: inner.maybe_number("minutes", &STEP_MINUTES),
            floor: inner.maybe_word("floor"),
            turn_seconds: inner.maybe_number("turn_seconds", &TURN_SECONDS),
        };
        changes.insert(name.to_owned(), (change, at));
    }
    changes
}
