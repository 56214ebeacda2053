//! The rest of `pack.toml`: what the pack is, for whom, and how its parts fit together.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::limits::{
    GRACE_SECONDS, MAX_AGREEMENTS, MAX_CHECK_IN, MAX_LANGUAGES, MAX_SECRETS, MAX_SENTENCE_CHARS, MAX_SESSIONS,
    MAX_SHARED, MAX_SOURCES, MEMBERS, PEOPLE,
};
use super::page::{Fields, Page, Said, Span, short};
use super::plan::{self, Plan};
use super::steps::{self, Shelf, Steps};
use protocol::StepId;
use protocol::pack::{
    ArrivalGate, CircleRole, CircleRules, Course, MeetingPlace, MeetingPlan, MeetingWith, Purpose, SessionPlan,
    Setting, Unattended,
};

/// `pack.toml` as far as it could be read.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) id: Option<String>,
    pub(super) version: Option<String>,
    pub(super) setting: Option<Setting>,
    pub(super) modality: Option<String>,
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
    pub(super) course: Course,
    /// Nothing if a part of some session is missing.
    pub(super) sessions: Option<Vec<SessionPlan>>,
    pub(super) meetings: Vec<MeetingPlan>,
    /// Each meeting's key with its line.
    pub(super) meeting_keys: BTreeMap<String, u32>,
    pub(super) separate_screens: bool,
    /// In their order, with their lines.
    pub(super) secrets: Vec<(String, u32)>,
    /// In their order, with their lines.
    pub(super) check_in: Vec<(String, u32)>,
    pub(super) arrival: Option<ArrivalGate>,
    /// In their order, with their lines.
    pub(super) agreements: Vec<(String, u32)>,
    /// In their order, with their lines.
    pub(super) consents: Vec<(String, u32)>,
    pub(super) circle: Option<CircleRules>,
    /// Where `[circle]` stands.
    pub(super) circle_line: u32,
}

const TOP_KEYS: &[&str] = &[
    "id",
    "version",
    "setting",
    "modality",
    "sources",
    "licence",
    "evidence",
    "reviewer",
    "languages",
    "default_language",
    "members",
    "grace_seconds",
    "unattended",
    "shared",
    "course",
    "separate_screens",
    "secrets",
    "check_in",
    "arrival",
    "agreements",
    "consents",
    "circle",
    "meeting",
    "step",
    "phase",
];

/// The shelves of shared steps that a pack names, before anything is judged.
pub(super) fn shelves(table: &DeTable<'_>) -> Vec<String> {
    let named = table.get("shared").and_then(|value| value.get_ref().as_array());
    let names = named.into_iter().flat_map(|all| all.iter());
    names
        .filter_map(|one| Some(one.get_ref().as_str()?.to_owned()))
        .take(MAX_SHARED)
        .collect()
}

/// Reads `pack.toml`. `folder` is the name that the id must repeat; `shelf` holds the shared steps.
pub(super) fn read(page: &Page<'_>, table: &DeTable<'_>, folder: &str, mut shelf: Shelf) -> Outline {
    let top = Fields::open(page, table, 0..0, "a pack", TOP_KEYS);
    for said in top.maybe_strings("shared", MAX_SHARED) {
        if let Some(id) = steps::as_id::<StepId>(page, &said) {
            folder_name(page, id.as_str(), &said.at);
        }
    }
    shelf.read(page, &top, None);
    let steps = shelf.steps;
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
    let (meetings, meeting_keys) = plan::read_meetings(&mut plan, &top);
    let sessions = plan.finish();
    let setting = top.word::<Setting>("setting");
    let members = read_members(&top, setting.as_ref().map(|said| said.value));
    let setting = setting.map(|said| said.value);
    let count = sessions.as_ref().map(Vec::len);
    Outline {
        id: read_id(&top, folder),
        version: read_version(&top),
        setting,
        modality: line_of_text(&top, "modality"),
        unattended: read_unattended(&top, setting),
        grace_seconds: top.number("grace_seconds", &GRACE_SECONDS).map(|said| said.value),
        members,
        sources: read_sources(&top),
        licence: line_of_text(&top, "licence"),
        evidence: line_of_text(&top, "evidence"),
        reviewer: line_of_text(&top, "reviewer"),
        languages: read_languages(&top),
        default_language: read_default_language(&top),
        course: read_course(&top, members, count),
        separate_screens: read_separate_screens(&top, setting, &meetings),
        secrets: read_secrets(&top),
        check_in: read_check_in(&top, setting),
        arrival: read_arrival(&top, setting),
        agreements: read_keys(&top, "agreements", "agreement", MAX_AGREEMENTS),
        consents: read_consents(&top, setting),
        circle: read_circle(&top, setting),
        circle_line: top.maybe_table("circle").map_or(1, |(_, at)| page.line(&at)),
        steps,
        phases,
        sessions,
        meetings,
        meeting_keys,
    }
}

/// `[course]`: who may come and when.
fn read_course(top: &Fields<'_, '_>, members: Option<(u16, u16)>, sessions: Option<usize>) -> Course {
    let Some((table, at)) = top.maybe_table("course") else {
        return Course::default();
    };
    let page = top.page;
    let keys = ["rhythm", "closed", "joining_until", "min_present"];
    let fields = Fields::open(page, table, at, "the course", &keys);
    let closed = fields.flag("closed");
    let joining = fields.maybe_number("joining_until", &(1..=u32::try_from(MAX_SESSIONS).unwrap_or(u32::MAX)));
    let least = fields.maybe_number("min_present", &PEOPLE);
    if let Some(said) = &joining {
        let most = sessions.and_then(|count| u32::try_from(count).ok());
        if !closed {
            let hint = "Add `closed = true`, or take this line away: an open course may be joined at any time.";
            page.fault(&said.at, "`joining_until` is for a closed course.", hint);
        } else if most.is_some_and(|most| said.value > most) {
            let fault = format!("There is no session {}.", said.value);
            page.fault(&said.at, fault, "Name a session of this course.");
        }
    }
    if let (Some(said), Some((_, max))) = (&least, members)
        && said.value > u32::from(max)
    {
        let fault = format!(
            "`min_present` is {}, more than the {max} members there can be.",
            said.value
        );
        page.fault(&said.at, fault, "Write a smaller number.");
    }
    let number = |said: Option<Said<u32>>| said.and_then(|said| u16::try_from(said.value).ok());
    Course {
        rhythm: fields.maybe_word("rhythm").map(|said| said.value).unwrap_or_default(),
        closed,
        joining_until: number(joining),
        min_present: number(least),
    }
}

/// A couple's room that opens after two private conversations needs a place in the course for them.
fn read_separate_screens(top: &Fields<'_, '_>, setting: Option<Setting>, meetings: &[MeetingPlan]) -> bool {
    let separate = top.flag("separate_screens");
    let Some(at) = top
        .raw("separate_screens")
        .map(toml::Spanned::span)
        .filter(|_| separate)
    else {
        return false;
    };
    let private = |meeting: &MeetingPlan| meeting.place == MeetingPlace::Before && meeting.with == MeetingWith::Each;
    if setting.is_some_and(|setting| setting != Setting::Couple) {
        let hint = "Take the line away, or write `setting = \"couple\"`.";
        top.page.fault(&at, "Only a couple has separate screens.", hint);
    } else if !meetings.iter().any(private) {
        let hint = "Add a [[meeting]] with `where = \"before\"` and `with = \"each\"`.";
        top.page
            .fault(&at, "There is no meeting for the separate screens.", hint);
    }
    true
}

/// The ways of keeping what a partner says alone. A locked room opens only once one of them is chosen, and so it needs some.
fn read_secrets(top: &Fields<'_, '_>) -> Vec<(String, u32)> {
    let keys = read_keys(top, "secrets", "way of keeping secrets", MAX_SECRETS);
    if let Some(at) = top.raw("separate_screens").map(toml::Spanned::span)
        && top.flag("separate_screens")
        && keys.is_empty()
    {
        let hint = "Add `secrets = [\"…\"]`, the ways of keeping what one of the two says alone.";
        top.page
            .fault(&at, "Separate screens need a way of keeping secrets.", hint);
    }
    if let Some(at) = top.raw("secrets").map(toml::Spanned::span)
        && !top.flag("separate_screens")
    {
        let hint = "Add `separate_screens = true`, or take this line away.";
        top.page
            .fault(&at, "`secrets` is for a couple with separate screens.", hint);
    }
    keys
}

/// What each partner is asked alone in every session.
fn read_check_in(top: &Fields<'_, '_>, setting: Option<Setting>) -> Vec<(String, u32)> {
    let keys = read_keys(top, "check_in", "question", MAX_CHECK_IN);
    if let Some(at) = top.raw("check_in").map(toml::Spanned::span)
        && setting.is_some_and(|setting| setting != Setting::Couple)
    {
        let hint = "Take the line away, or write `setting = \"couple\"`.";
        top.page.fault(&at, "Only a couple has a private check-in.", hint);
    }
    keys
}

/// What people are asked at the door. A circle may ask, and never insists on a place; of one that keeps nothing there is nothing to ask.
fn read_arrival(top: &Fields<'_, '_>, setting: Option<Setting>) -> Option<ArrivalGate> {
    let said = top.maybe_word::<ArrivalGate>("arrival")?;
    if setting == Some(Setting::Circle) && said.value == ArrivalGate::Full {
        let hint = "Write `arrival = \"place_optional\"`, or take the line away.";
        top.page.fault(&said.at, "A circle insists on nobody's place.", hint);
    }
    Some(said.value)
}

/// What members agree to one by one. A circle holds itself to its agreements instead, and keeps nothing that needs a consent.
fn read_consents(top: &Fields<'_, '_>, setting: Option<Setting>) -> Vec<(String, u32)> {
    let mut consents: Vec<(String, u32)> = Vec::new();
    for said in top.maybe_strings("consents", Purpose::ALL.len()) {
        let Some(purpose) = top.as_word::<Purpose>("consents", &said) else {
            continue;
        };
        let word = purpose.value.word();
        if consents.iter().any(|(known, _)| known == word) {
            let fault = format!("The purpose `{word}` is listed twice.");
            top.page.fault(&said.at, fault, "List it once.");
        } else {
            consents.push((word.to_owned(), top.page.line(&said.at)));
        }
    }
    if let Some(at) = top.raw("consents").map(toml::Spanned::span)
        && setting == Some(Setting::Circle)
    {
        let hint = "Take the line away: a circle ticks its `agreements` in every session.";
        top.page.fault(&at, "A circle has agreements, not consents.", hint);
    }
    consents
}

/// A list of keys, each with its line and each listed once; their words stand in the texts.
fn read_keys(top: &Fields<'_, '_>, list: &str, what: &str, most: usize) -> Vec<(String, u32)> {
    let mut keys: Vec<(String, u32)> = Vec::new();
    for said in top.maybe_strings(list, most) {
        let Some(id) = steps::as_id::<StepId>(top.page, &said) else {
            continue;
        };
        if keys.iter().any(|(known, _)| known == id.as_str()) {
            let fault = format!("The {what} `{id}` is listed twice.");
            top.page.fault(&said.at, fault, "List it once.");
        } else {
            keys.push((id.to_string(), top.page.line(&said.at)));
        }
    }
    keys
}

/// `[circle]`: roles and the crosstalk rule.
fn read_circle(top: &Fields<'_, '_>, setting: Option<Setting>) -> Option<CircleRules> {
    let (table, at) = top.maybe_table("circle")?;
    if setting.is_some_and(|setting| setting != Setting::Circle) {
        let hint = "Take [circle] away, or write `setting = \"circle\"`.";
        top.page.fault(&at, "Only a circle has these rules.", hint);
    }
    let fields = Fields::open(top.page, table, at, "the circle", &["roles", "crosstalk", "keeps"]);
    let mut roles: Vec<CircleRole> = Vec::new();
    for said in fields.strings("roles", 3).unwrap_or_default() {
        let Some(role) = fields.as_word::<CircleRole>("roles", &said) else {
            continue;
        };
        if roles.contains(&role.value) {
            let fault = format!("The role `{}` is listed twice.", role.value.word());
            top.page.fault(&said.at, fault, "List it once.");
        } else {
            roles.push(role.value);
        }
    }
    Some(CircleRules {
        roles,
        crosstalk: fields.word("crosstalk")?.value,
        keeps: fields.maybe_word("keeps").map(|said| said.value).unwrap_or_default(),
    })
}

fn read_id(top: &Fields<'_, '_>, folder: &str) -> Option<String> {
    let id = steps::named::<StepId>(top)?;
    folder_name(top.page, id.value.as_str(), &id.at);
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

/// A name that is a folder's too: with a point it could be hidden, or lead to another folder.
fn folder_name(page: &Page<'_>, name: &str, at: &Span) {
    if name.contains('.') {
        page.fault(at, format!("`{name}` cannot be a folder's name."), "Leave the `.` out.");
    }
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

fn read_members(top: &Fields<'_, '_>, setting: Option<Setting>) -> Option<(u16, u16)> {
    let Some((table, at)) = top.maybe_table("members") else {
        if !top.has("members") {
            top.missing("members", "Add it, as in `members = { min = 6, max = 10 }`.");
        }
        return None;
    };
    let fields = Fields::open(top.page, table, at.clone(), "`members`", &["min", "max"]);
    let (min, max) = (fields.number("min", &MEMBERS)?, fields.number("max", &MEMBERS)?);
    let people = (min.value, max.value);
    let wanted = match setting {
        Some(Setting::Individual) => Some((1, "one person: `members = { min = 1, max = 1 }`")),
        Some(Setting::Couple) => Some((2, "two people: `members = { min = 2, max = 2 }`")),
        Some(Setting::Group | Setting::Circle) | None => None,
    };
    if let Some((_, words)) = wanted.filter(|(number, _)| people != (*number, *number)) {
        top.page.fault(
            &at,
            "`members` does not fit the setting.",
            format!("It is for {words}."),
        );
    } else if people.0 > people.1 {
        let fault = format!("`min` is {}, which is more than `max`, {}.", people.0, people.1);
        top.page.fault(&at, fault, "Exchange them.");
    }
    Some((u16::try_from(people.0).ok()?, u16::try_from(people.1).ok()?))
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
