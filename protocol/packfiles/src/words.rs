//! `text/<language>.toml`: every sentence of a pack in one language, and what a sentence must be.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::course::Outline;
use super::limits::{MAX_SENTENCE_CHARS, MAX_STEP_NAME_CHARS, MAX_SUMMARY_CHARS, MAX_THINK_WORDS, MAX_TITLE_CHARS};
use super::nearest::nearest;
use super::page::{Fields, Page, Said, Span, short};
use super::steps::{DraftPrompt, DraftStep};
use protocol::StepId;
use protocol::pack::{CircleRole, MeetingText, PackText, PromptAudience, PromptText, Purpose, StepText, When};

/// The words of one language as far as they could be read: of the pack itself, or of one shelf of shared steps.
#[derive(Debug, Default)]
pub(super) struct Words {
    title: Option<String>,
    summary: Option<String>,
    content_notes: Option<String>,
    crosstalk: Option<String>,
    disclosure_notice: Option<String>,
    phases: Table<String>,
    meetings: Table<MeetingText>,
    agreements: Table<String>,
    secrets: Table<String>,
    check_in: Table<String>,
    consents: Table<String>,
    roles: Table<String>,
    steps: Table<StepText>,
    prompts: Table<PromptText>,
}

type Table<T> = BTreeMap<String, Entry<T>>;

/// What is written under one key; nothing where it could not be read.
#[derive(Debug)]
struct Entry<T> {
    at: Span,
    value: Option<T>,
    /// Where the sentences stand that have placeholders, with the sentence.
    filled: Vec<Said<String>>,
}

const KEYS: &[&str] = &[
    "title",
    "summary",
    "content_notes",
    "crosstalk",
    "disclosure_notice",
    "phase",
    "meeting",
    "agreement",
    "secret",
    "check_in",
    "consent",
    "role",
    "step",
    "prompt",
];

/// The texts of a step.
pub(super) const STEP_KEYS: &[&str] = &[
    "name",
    "purpose",
    "member",
    "question",
    "shorten",
    "content_notes",
    "choices",
];

/// Reads a pack's file of texts, complaining about every sentence that is not fit to be shown.
pub(super) fn read(page: &Page<'_>, table: &DeTable<'_>) -> Words {
    let top = Fields::open(page, table, 0..0, "the texts", KEYS);
    Words {
        title: plain(&top, "title", MAX_TITLE_CHARS),
        summary: plain(&top, "summary", MAX_SUMMARY_CHARS),
        content_notes: maybe_plain(&top, "content_notes", MAX_SUMMARY_CHARS),
        crosstalk: maybe_plain(&top, "crosstalk", MAX_SENTENCE_CHARS),
        disclosure_notice: maybe_plain(&top, "disclosure_notice", MAX_SUMMARY_CHARS),
        phases: sentences(&top, "phase", MAX_TITLE_CHARS),
        meetings: entries(&top, "meeting", read_meeting),
        agreements: sentences(&top, "agreement", MAX_SENTENCE_CHARS),
        secrets: sentences(&top, "secret", MAX_SENTENCE_CHARS),
        check_in: sentences(&top, "check_in", MAX_SENTENCE_CHARS),
        consents: sentences(&top, "consent", MAX_SUMMARY_CHARS),
        roles: sentences(&top, "role", MAX_SENTENCE_CHARS),
        steps: entries(&top, "step", read_step),
        prompts: entries(&top, "prompt", read_prompt),
    }
}

/// Reads the texts of a shelf of shared steps: steps and prompts, nothing else.
pub(super) fn read_shelf(page: &Page<'_>, table: &DeTable<'_>) -> Words {
    let top = Fields::open(page, table, 0..0, "the texts of shared steps", &["step", "prompt"]);
    Words {
        steps: entries(&top, "step", read_step),
        prompts: entries(&top, "prompt", read_prompt),
        ..Words::default()
    }
}

/// A table of sentences by key.
fn sentences(top: &Fields<'_, '_>, kind: &str, most: usize) -> Table<String> {
    let mut all = Table::new();
    let Some((table, at)) = top.maybe_table(kind) else {
        return all;
    };
    let keys: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
    let fields = Fields::open(top.page, table, at, kind, &keys);
    for key in table.keys() {
        let entry = Entry {
            at: key.span(),
            value: plain(&fields, key.get_ref(), most),
            filled: Vec::new(),
        };
        all.insert(key.get_ref().to_string(), entry);
    }
    all
}

/// The tables under `[step.…]` or `[prompt.…]`.
fn entries<T>(top: &Fields<'_, '_>, kind: &str, read: fn(&Page<'_>, &DeTable<'_>, Span) -> Entry<T>) -> Table<T> {
    let mut entries = Table::new();
    let Some((table, _)) = top.maybe_table(kind) else {
        return entries;
    };
    for (key, value) in table {
        let name = key.get_ref();
        match value.get_ref().as_table() {
            Some(table) => _ = entries.insert(name.to_string(), read(top.page, table, key.span())),
            None => {
                let hint = format!("Write a table: [{kind}.\"{}\"].", short(name));
                top.page.fault(
                    &value.span(),
                    format!("The texts of `{}` are not a table.", short(name)),
                    hint,
                );
            }
        }
    }
    entries
}

fn read_meeting(page: &Page<'_>, table: &DeTable<'_>, at: Span) -> Entry<MeetingText> {
    let fields = Fields::open(
        page,
        table,
        at.clone(),
        "a meeting's texts",
        &["name", "purpose", "member"],
    );
    let name = plain(&fields, "name", MAX_TITLE_CHARS);
    let purpose = plain(&fields, "purpose", MAX_SENTENCE_CHARS);
    let member = plain(&fields, "member", MAX_SENTENCE_CHARS);
    let value = (|| {
        Some(MeetingText {
            name: name?,
            purpose: purpose?,
            member: member?,
        })
    })();
    Entry {
        at,
        value,
        filled: Vec::new(),
    }
}

fn read_step(page: &Page<'_>, table: &DeTable<'_>, at: Span) -> Entry<StepText> {
    let fields = Fields::open(page, table, at.clone(), "a step's texts", STEP_KEYS);
    let name = plain(&fields, "name", MAX_STEP_NAME_CHARS);
    let purpose = plain(&fields, "purpose", MAX_SENTENCE_CHARS);
    let member = plain(&fields, "member", MAX_SENTENCE_CHARS);
    let question = maybe_plain(&fields, "question", MAX_SENTENCE_CHARS);
    let shorten = maybe_plain(&fields, "shorten", MAX_SENTENCE_CHARS);
    let content_notes = maybe_plain(&fields, "content_notes", MAX_SENTENCE_CHARS);
    let choices = maybe_plain(&fields, "choices", MAX_SENTENCE_CHARS);
    let value = (|| {
        Some(StepText {
            name: name?,
            purpose: purpose?,
            member: member?,
            question,
            shorten,
            content_notes,
            choices,
        })
    })();
    Entry {
        at,
        value,
        filled: Vec::new(),
    }
}

fn read_prompt(page: &Page<'_>, table: &DeTable<'_>, at: Span) -> Entry<PromptText> {
    let fields = Fields::open(page, table, at.clone(), "a prompt's texts", &["think", "say"]);
    let mut filled = Vec::new();
    if let Some(think) = fields.string("think") {
        fit_think(page, &think, MAX_THINK_WORDS);
        filled.push(Said {
            value: think.value.to_owned(),
            at: think.at,
        });
    }
    let say = fields.maybe_string("say").map(|said| {
        fit_say(page, &said);
        said.value.to_owned()
    });
    let think = filled.first().map(|said| said.value.clone());
    Entry {
        at,
        value: think.map(|think| PromptText { think, say }),
        filled,
    }
}

/// A sentence without placeholders that must be there.
fn plain(fields: &Fields<'_, '_>, key: &str, most: usize) -> Option<String> {
    if !fields.has(key) {
        fields.missing(key, "Add it, as a text in quotation marks.");
    }
    maybe_plain(fields, key, most)
}

fn maybe_plain(fields: &Fields<'_, '_>, key: &str, most: usize) -> Option<String> {
    let said = fields.maybe_string(key)?;
    fit_plain(fields.page, &said, key, most);
    Some(said.value.to_owned())
}

/// What a sentence without placeholders must be.
pub(super) fn fit_plain(page: &Page<'_>, said: &Said<&str>, key: &str, most: usize) {
    fit(page, said, key, most);
    for placeholder in placeholders(said.value) {
        let fault = format!("`{{{}}}` cannot be filled in here.", short(placeholder));
        page.fault(
            &said.at,
            fault,
            "Only `think` and `say` of a prompt can have something filled in.",
        );
    }
}

/// What the facilitator's side of a prompt must be.
pub(super) fn fit_think(page: &Page<'_>, think: &Said<&str>, most: usize) {
    fit(page, think, "think", MAX_SENTENCE_CHARS);
    let words = think.value.split_whitespace().count();
    if words > most {
        let hint = format!("At most {most}: it is read in two seconds.");
        page.fault(&think.at, format!("`think` has {words} words."), hint);
    }
}

/// What the members' side of a prompt must be. What everybody sees names nobody; how many meetings are left, everybody may know.
pub(super) fn fit_say(page: &Page<'_>, say: &Said<&str>) {
    fit(page, say, "say", MAX_SENTENCE_CHARS);
    for placeholder in placeholders(say.value).filter(|name| !COURSE_NUMBERS.contains(name)) {
        let fault = format!("`{{{}}}` cannot be filled in here.", short(placeholder));
        page.fault(&say.at, fault, "In `say` only `{left}` and `{meetings}` are known.");
    }
}

/// What every sentence must be: there, short enough, calm, and made of signs that can be shown.
pub(super) fn fit(page: &Page<'_>, said: &Said<&str>, key: &str, most: usize) {
    let characters = said.value.chars().count();
    if said.value.trim().is_empty() {
        page.fault(
            &said.at,
            format!("`{key}` is empty."),
            "Write a sentence, or take the line away.",
        );
    }
    if characters > most {
        page.fault(
            &said.at,
            format!("`{key}` has {characters} characters."),
            format!("At most {most} fit."),
        );
    }
    if said.value.contains(['!', '¡', '！']) {
        let hint = "End it with a full stop: nobody here is shouted at.";
        page.fault(&said.at, format!("`{key}` has an exclamation mark."), hint);
    }
    if said.value.chars().any(char::is_control) {
        let hint = "Write it on one line, without tabs.";
        page.fault(
            &said.at,
            format!("`{key}` has a line break or another sign that cannot be shown."),
            hint,
        );
    }
}

/// Placeholders that only tell where in the course we are.
const COURSE_NUMBERS: &[&str] = &["left", "meetings"];

/// What stands between braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let after_brace = text.split('{').skip(1);
    after_brace.map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name))
}

impl Words {
    /// What must hold between a pack's own texts and its structure.
    pub(super) fn check(&self, page: &Page<'_>, outline: &Outline) {
        let in_structure = |line: &u32| format!("pack.toml, line {line}");
        let keys = |all: &BTreeMap<String, u32>| -> Vec<(String, String)> {
            all.iter().map(|(id, line)| (id.clone(), in_structure(line))).collect()
        };
        let listed = |all: &[(String, u32)]| -> Vec<(String, String)> {
            all.iter().map(|(id, line)| (id.clone(), in_structure(line))).collect()
        };
        let circle_at = in_structure(&outline.circle_line);
        let roles = outline.circle.iter().flat_map(|circle| &circle.roles);
        let roles: Vec<_> = roles.map(|role| (role.word().to_owned(), circle_at.clone())).collect();
        same_keys(page, "phase", &self.phases, &keys(&outline.phases));
        same_keys(page, "meeting", &self.meetings, &keys(&outline.meeting_keys));
        same_keys(page, "agreement", &self.agreements, &listed(&outline.agreements));
        same_keys(page, "secret", &self.secrets, &listed(&outline.secrets));
        same_keys(page, "check_in", &self.check_in, &listed(&outline.check_in));
        same_keys(page, "consent", &self.consents, &listed(&outline.consents));
        same_keys(page, "role", &self.roles, &roles);
        if outline.circle.is_some() && self.crosstalk.is_none() {
            let hint = format!("Add `crosstalk = \"…\"`, the rule as it is read out; [circle] stands in {circle_at}.");
            page.whole("The crosstalk rule has no text.", hint);
        }
        let leaves = outline
            .consents
            .iter()
            .find(|(key, _)| key == Purpose::Disclosure.word());
        if let Some((_, line)) = leaves.filter(|_| self.disclosure_notice.is_none()) {
            let place = in_structure(line);
            let hint = format!(
                "Add `disclosure_notice = \"…\"`, which stands on what leaves; `disclosure` stands in {place}."
            );
            page.whole("The notice on records that leave has no text.", hint);
        } else if leaves.is_none() && self.disclosure_notice.is_some() {
            let hint = "Take `disclosure_notice` away, or list `disclosure` among `consents`.";
            page.whole("The notice stands on nothing.", hint);
        }
        self.check_steps(page, outline, None);
    }

    /// What must hold between the texts of the pack, or of one shelf, and its steps.
    pub(super) fn check_steps(&self, page: &Page<'_>, outline: &Outline, shelf: Option<&str>) {
        let here = |step: &&DraftStep| step.home.shelf.as_deref() == shelf;
        let steps = outline.steps.iter().filter(|(_, step)| here(step));
        let steps: Vec<_> = steps
            .map(|(id, step)| (id.to_string(), step.home.to_string()))
            .collect();
        let mut prompts = Vec::new();
        for step in outline.steps.values().filter(here) {
            for prompt in &step.prompts {
                prompts.push((
                    prompt.id.to_string(),
                    format!("{}, line {}", step.home.file, prompt.line),
                ));
                if let Some(entry) = self.prompts.get(prompt.id.as_str()) {
                    entry.check(page, prompt);
                }
            }
        }
        same_keys(page, "step", &self.steps, &steps);
        same_keys(page, "prompt", &self.prompts, &prompts);
    }

    /// Which of the texts that may be absent are there, as a person would name them.
    fn optional(&self) -> BTreeSet<String> {
        let mut there = BTreeSet::new();
        let mut note = |is_there: bool, what: String| is_there.then(|| there.insert(what));
        note(self.content_notes.is_some(), "`content_notes` of the pack".to_owned());
        for (id, entry) in &self.steps {
            let Some(step) = &entry.value else { continue };
            for (key, text) in [
                ("question", &step.question),
                ("shorten", &step.shorten),
                ("content_notes", &step.content_notes),
                ("choices", &step.choices),
            ] {
                note(text.is_some(), format!("`{key}` of the step `{}`", short(id)));
            }
        }
        for (id, entry) in &self.prompts {
            let says = entry.value.as_ref().is_some_and(|text| text.say.is_some());
            note(says, format!("`say` of the prompt `{}`", short(id)));
        }
        there
    }

    /// A text that may be absent is absent in every language or in none: nobody gets less for the language they read.
    pub(super) fn check_against(&self, page: &Page<'_>, first: &Self, language: &str) {
        let (here, there) = (self.optional(), first.optional());
        for what in there.difference(&here) {
            page.whole(
                format!("The {what} is missing."),
                format!("It is there in `{language}`."),
            );
        }
        for what in here.difference(&there) {
            let hint = format!("Write it in `{language}` too, or take it away here.");
            page.whole(format!("The {what} is only here."), hint);
        }
    }

    /// Takes over the texts of those shared steps that the pack uses.
    pub(super) fn take(&mut self, shelf: Self, used: &BTreeSet<&StepId>, outline: &Outline) {
        let used = |id: &str| used.iter().any(|step| step.as_str() == id);
        let steps = outline.steps.iter().filter(|(id, _)| used(id.as_str()));
        let prompts: BTreeSet<&str> = steps
            .flat_map(|(_, step)| &step.prompts)
            .map(|prompt| prompt.id.as_str())
            .collect();
        self.steps.extend(shelf.steps.into_iter().filter(|(id, _)| used(id)));
        self.prompts.extend(
            shelf
                .prompts
                .into_iter()
                .filter(|(id, _)| prompts.contains(id.as_str())),
        );
    }

    /// The words, if nothing is missing.
    pub(super) fn finish(self) -> Option<PackText> {
        Some(PackText {
            title: self.title?,
            summary: self.summary?,
            content_notes: self.content_notes,
            crosstalk: self.crosstalk,
            disclosure_notice: self.disclosure_notice,
            phases: finished(self.phases, |id| Some(id.to_owned()))?,
            meetings: finished(self.meetings, |id| Some(id.to_owned()))?,
            agreements: finished(self.agreements, |id| Some(id.to_owned()))?,
            secrets: finished(self.secrets, |id| Some(id.to_owned()))?,
            check_in: finished(self.check_in, |id| Some(id.to_owned()))?,
            consents: finished(self.consents, |id| Some(id.to_owned()))?,
            roles: finished(self.roles, role)?,
            steps: finished(self.steps, |id| id.parse().ok())?,
            prompts: finished(self.prompts, |id| id.parse().ok())?,
        })
    }
}

fn role(word: &str) -> Option<CircleRole> {
    [CircleRole::Host, CircleRole::Guardian, CircleRole::Timekeeper]
        .into_iter()
        .find(|role| role.word() == word)
}

/// Every entry with its key as it is known outside; nothing if one is missing.
fn finished<K: Ord, T>(table: Table<T>, key: impl Fn(&str) -> Option<K>) -> Option<BTreeMap<K, T>> {
    let entries = table.into_iter();
    entries.map(|(id, entry)| Some((key(&id)?, entry.value?))).collect()
}

impl Entry<PromptText> {
    fn check(&self, page: &Page<'_>, prompt: &DraftPrompt) {
        let silent = self.value.as_ref().is_some_and(|text| text.say.is_none());
        if silent && prompt.audience == Some(PromptAudience::Everyone) {
            let fault = format!("The prompt `{}` is for everyone, but has no `say`.", prompt.id);
            page.fault(&self.at, fault, "Add the words that everybody sees.");
        }
        if silent && prompt.audience == Some(PromptAudience::Member) {
            let fault = format!("The prompt `{}` is a member's card, but has no `say`.", prompt.id);
            page.fault(&self.at, fault, "Add the words that the member sees.");
        }
        let Some(when) = &prompt.when else {
            return;
        };
        for said in &self.filled {
            let said = Said {
                value: said.value.as_str(),
                at: said.at.clone(),
            };
            check_placeholders(page, &said, when.value);
        }
    }
}

/// What can be filled in depends on the condition: only some know people.
pub(super) fn check_placeholders(page: &Page<'_>, said: &Said<&str>, when: When) {
    let about_people = matches!(when, When::NotYetHeard(_) | When::LineDown);
    let counts = about_people || matches!(when, When::QueueLong(_) | When::FewerThan(_));
    for placeholder in placeholders(said.value) {
        let (known, hint) = match placeholder {
            "minutes" | "left" | "meetings" => (true, ""),
            "names" => (
                about_people,
                "Only the conditions `not_yet_heard` and `line_down` name people.",
            ),
            "count" => (
                counts,
                "Only `not_yet_heard`, `line_down`, `queue_long` and `fewer_than` count people.",
            ),
            _ => (
                false,
                "Known: `{names}`, `{count}`, `{minutes}`, `{left}` and `{meetings}`.",
            ),
        };
        if !known {
            let fault = format!("`{{{}}}` cannot be filled in here.", short(placeholder));
            page.fault(&said.at, fault, hint);
        }
    }
}

/// Every key of the structure has its text, and every text its key. `known` says where each key stands.
fn same_keys<T>(page: &Page<'_>, kind: &str, entries: &Table<T>, known: &[(String, String)]) {
    for (id, place) in known.iter().filter(|(id, _)| !entries.contains_key(id)) {
        let one_line = matches!(kind, "phase" | "agreement" | "secret" | "check_in" | "consent" | "role");
        let hint = if one_line {
            format!("Add `{id} = \"…\"` under [{kind}]; it stands in {place}.")
        } else {
            format!("Add [{kind}.\"{id}\"]; it stands in {place}.")
        };
        page.whole(format!("The {kind} `{id}` has no text."), hint);
    }
    let names: Vec<&str> = known.iter().map(|(id, _)| id.as_str()).collect();
    for (id, entry) in entries.iter().filter(|(id, _)| !names.contains(&id.as_str())) {
        let hint = match nearest(id, &names) {
            Some(close) => format!("Did you mean `{close}`?"),
            None => format!("Take it away, or write the {kind} in the structure."),
        };
        page.fault(&entry.at, format!("There is no {kind} `{}`.", short(id)), hint);
    }
}
