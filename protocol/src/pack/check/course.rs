//! The rest of `pack.toml`: what the pack is, and which steps its sessions are made of.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::limits::{
    GRACE_SECONDS, MAX_LANGUAGES, MAX_SENTENCE_CHARS, MAX_SESSIONS, MAX_SOURCES, MAX_STEPS_PER_SESSION, MEMBERS,
    SESSION_MINUTES, STEP_MINUTES, TURN_SECONDS,
};
use super::page::{Fields, Page, Said, Span, listed, short};
use super::steps::{self, Change, Steps};
use crate::StepId;
use crate::pack::{SessionPlan, Setting, Unattended};

/// `pack.toml` as far as it could be read.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) id: Option<String>,
    pub(super) version: Option<String>,
    pub(super) setting: Option<Setting>,
    pub(super) unattended: Unattended,
    pub(super) grace_seconds: Option<u32>,
    pub(super) members: Option<(u16, u16)>,
    pub(super) sources: Vec<String>,
    pub(super) licence: Option<String>,
    pub(super) evidence: Option<String>,
    pub(super) reviewer: Option<String>,
    pub(super) languages: Vec<Said<String>>,
    pub(super) default_language: Option<String>,
    pub(super) steps: Steps,
    /// Each phase's key with its line.
    pub(super) phases: BTreeMap<String, u32>,
    /// Nothing if a part of some session is missing.
    pub(super) sessions: Option<Vec<SessionPlan>>,
}

const TOP_KEYS: &[&str] = &[
    "id",
    "version",
    "setting",
    "sources",
    "licence",
    "evidence",
    "reviewer",
    "languages",
    "default_language",
    "members",
    "grace_seconds",
    "unattended",
    "step",
    "phase",
];

/// Reads `pack.toml`. `folder` is the name that the id must repeat.
pub(super) fn read(page: &Page<'_>, table: &DeTable<'_>, folder: &str) -> Outline {
    let top = Fields::open(page, table, 0..0, "a pack", TOP_KEYS);
    let steps = steps::read(page, &top);
    let mut phases = BTreeMap::new();
    let mut plan = Plan::new(page, &steps);
    for (table, at) in top.tables("phase", MAX_SESSIONS) {
        let fields = Fields::open(page, table, at, "a phase", &["id", "session"]);
        let id = steps::named::<StepId>(&fields);
        if let Some(id) = &id
            && let Some(first) = phases.insert(id.value.to_string(), page.line(&id.at))
        {
            let hint = format!("Rename one of them; the first stands in line {first}.");
            page.fault(&id.at, format!("The phase `{}` is written twice.", id.value), hint);
        }
        let phase = id.map(|id| id.value.to_string()).unwrap_or_default();
        for (table, at) in fields.tables("session", MAX_SESSIONS) {
            plan.session(&phase, table, at);
        }
    }
    let sessions = plan.finish();
    let setting = top.word("setting").map(|said| said.value);
    Outline {
        id: read_id(&top, folder),
        version: read_version(&top),
        setting,
        unattended: read_unattended(&top, setting),
        grace_seconds: top.number("grace_seconds", &GRACE_SECONDS).map(|said| said.value),
        members: read_members(&top),
        sources: read_sources(&top),
        licence: line_of_text(&top, "licence"),
        evidence: line_of_text(&top, "evidence"),
        reviewer: line_of_text(&top, "reviewer"),
        languages: read_languages(&top),
        default_language: read_default_language(&top),
        steps,
        phases,
        sessions,
    }
}

fn read_id(top: &Fields<'_, '_>, folder: &str) -> Option<String> {
    let id = steps::named::<StepId>(top)?;
    if id.value.as_str() != folder {
        let fault = format!(
            "The pack calls itself `{}`, but its folder is `{}`.",
            id.value,
            short(folder)
        );
        top.page.fault(&id.at, fault, "Give both the same name.");
    }
    Some(id.value.to_string())
}

fn read_version(top: &Fields<'_, '_>) -> Option<String> {
    let said = top.string("version")?;
    let parts: Vec<&str> = said.value.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() != 3 || !parts.iter().all(number) {
        let fault = format!("`{}` is not a version.", short(said.value));
        top.page.fault(&said.at, fault, "Write three numbers, as in \"1.0.0\".");
    }
    Some(said.value.to_owned())
}

fn read_unattended(top: &Fields<'_, '_>, setting: Option<Setting>) -> Unattended {
    let Some(said) = top.maybe_word("unattended") else {
        return Unattended::default();
    };
    if said.value == Unattended::Continue && setting.is_some_and(|setting| setting != Setting::Circle) {
        let fault = "Only a circle may `continue` while nobody leads it.";
        top.page
            .fault(&said.at, fault, "Write \"hold\", or take the line away.");
    }
    said.value
}

fn read_members(top: &Fields<'_, '_>) -> Option<(u16, u16)> {
    let Some((table, at)) = top.maybe_table("members") else {
        if !top.has("members") {
            top.missing("members", "Add it, as in `members = { min = 6, max = 10 }`.");
        }
        return None;
    };
    let fields = Fields::open(top.page, table, at.clone(), "`members`", &["min", "max"]);
    let (min, max) = (fields.number("min", &MEMBERS)?, fields.number("max", &MEMBERS)?);
    if min.value > max.value {
        let fault = format!("`min` is {}, which is more than `max`, {}.", min.value, max.value);
        top.page.fault(&at, fault, "Exchange them.");
    }
    Some((u16::try_from(min.value).ok()?, u16::try_from(max.value).ok()?))
}

fn read_sources(top: &Fields<'_, '_>) -> Vec<String> {
    let sources = top.strings("sources", MAX_SOURCES).unwrap_or_default();
    for said in &sources {
        sentence(top.page, said, "sources");
    }
    sources.into_iter().map(|said| said.value.to_owned()).collect()
}

fn line_of_text(top: &Fields<'_, '_>, key: &str) -> Option<String> {
    let said = top.string(key)?;
    sentence(top.page, &said, key);
    Some(said.value.to_owned())
}

fn sentence(page: &Page<'_>, said: &Said<&str>, key: &str) {
    if said.value.trim().is_empty() {
        page.fault(&said.at, format!("`{key}` is empty."), "Say it in a line.");
    } else if said.value.chars().count() > MAX_SENTENCE_CHARS {
        let hint = format!("Keep it to {MAX_SENTENCE_CHARS} characters; the read-me has room for more.");
        page.fault(&said.at, format!("`{key}` is too long."), hint);
    }
}

fn read_languages(top: &Fields<'_, '_>) -> Vec<Said<String>> {
    let mut languages: Vec<Said<String>> = Vec::new();
    for said in top.strings("languages", MAX_LANGUAGES).unwrap_or_default() {
        if !is_language(said.value) {
            let fault = format!("`{}` is not a language's code.", short(said.value));
            top.page
                .fault(&said.at, fault, "Use a code such as \"en\", \"es\" or \"pt-BR\".");
        } else if languages.iter().any(|known| known.value == said.value) {
            let fault = format!("The language `{}` is listed twice.", said.value);
            top.page.fault(&said.at, fault, "List it once.");
        } else {
            languages.push(Said {
                value: said.value.to_owned(),
                at: said.at,
            });
        }
    }
    languages
}

fn read_default_language(top: &Fields<'_, '_>) -> Option<String> {
    let said = top.string("default_language")?;
    let languages = top.raw("languages").and_then(|value| value.get_ref().as_array());
    let listed = languages.is_none_or(|all| all.iter().any(|one| one.get_ref().as_str() == Some(said.value)));
    if !listed {
        let fault = format!("The default language `{}` is not among `languages`.", short(said.value));
        top.page
            .fault(&said.at, fault, "List it there, or choose one of those.");
    }
    Some(said.value.to_owned())
}

/// A language tag in the form that packs need (BCP 47, section 2.1: a language, then a script or a region).
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let plain = (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_lowercase());
    let part = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    plain && text.len() <= 16 && parts.all(part)
}

/// The sessions, gathered phase by phase.
struct Plan<'p, 'a> {
    page: &'p Page<'a>,
    steps: &'p Steps,
    used: BTreeSet<StepId>,
    sessions: Vec<SessionPlan>,
    complete: bool,
    expected: u32,
}

impl<'p, 'a> Plan<'p, 'a> {
    fn new(page: &'p Page<'a>, steps: &'p Steps) -> Self {
        Self {
            page,
            steps,
            used: BTreeSet::new(),
            sessions: Vec::new(),
            complete: true,
            expected: 1,
        }
    }

    /// Reads one `[[phase.session]]`.
    fn session(&mut self, phase: &str, table: &DeTable<'a>, at: Span) {
        let page = self.page;
        let fields = Fields::open(page, table, at.clone(), "a session", &["number", "steps", "change"]);
        self.number(&fields);
        let named = fields.strings("steps", MAX_STEPS_PER_SESSION).unwrap_or_default();
        let mut changes = read_changes(&fields, &named);
        let mut plan: Vec<crate::pack::Step> = Vec::new();
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
                let hint = "A session has each step once; write a second step with a name of its own.";
                page.fault(&said.at, format!("The step `{id}` is in this session twice."), hint);
                continue;
            }
            let (change, changed_at) = changes.remove(id.as_str()).unwrap_or_default();
            draft.check(page, Some((&change, &changed_at)));
            match draft.finish(&id, &change) {
                Some(step) => plan.push(step),
                None => self.complete = false,
            }
        }
        let minutes: u32 = plan.iter().map(|step| step.minutes).sum();
        if !plan.is_empty() && !SESSION_MINUTES.contains(&minutes) {
            let fault = format!("The steps of this session take {minutes} minutes.");
            page.fault(&at, fault, format!("At most {} are taken.", SESSION_MINUTES.end()));
        }
        self.sessions.push(SessionPlan {
            number: u16::try_from(self.expected).unwrap_or(u16::MAX),
            phase: phase.to_owned(),
            steps: plan,
        });
        self.expected = self.expected.saturating_add(1);
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

    /// Complains about steps that no session uses.
    fn finish(self) -> Option<Vec<SessionPlan>> {
        for (id, step) in self.steps.iter().filter(|(id, _)| !self.used.contains(id)) {
            let hint = "Add it to a session's `steps`, or take it away.";
            self.page
                .fault(&step.at, format!("No session uses the step `{id}`."), hint);
        }
        if self.sessions.len() > MAX_SESSIONS {
            let fault = format!("The course has {} sessions.", self.sessions.len());
            self.page.whole(fault, format!("At most {MAX_SESSIONS} are taken."));
        }
        self.complete.then_some(self.sessions)
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
