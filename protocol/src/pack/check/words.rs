//! `text/<language>.toml`: every sentence of a pack in one language, and what a sentence must be.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::course::Outline;
use super::limits::{MAX_SENTENCE_CHARS, MAX_STEP_NAME_CHARS, MAX_SUMMARY_CHARS, MAX_THINK_WORDS, MAX_TITLE_CHARS};
use super::nearest::nearest;
use super::page::{Fields, Page, Said, Span, short};
use super::steps::DraftPrompt;
use crate::pack::{PackText, PromptAudience, PromptText, StepText, When};
use crate::{PromptId, StepId};

/// The words of one language as far as they could be read.
#[derive(Debug, Default)]
pub(super) struct Words {
    title: Option<String>,
    summary: Option<String>,
    phases: BTreeMap<String, Entry<String>>,
    steps: BTreeMap<String, Entry<StepText>>,
    prompts: BTreeMap<String, Entry<PromptText>>,
}

/// What is written under one key; nothing where it could not be read.
#[derive(Debug)]
struct Entry<T> {
    at: Span,
    value: Option<T>,
    /// Where the sentences stand that have placeholders, with the sentence.
    filled: Vec<Said<String>>,
}

/// Reads a file of texts, complaining about every sentence that is not fit to be shown.
pub(super) fn read(page: &Page<'_>, table: &DeTable<'_>) -> Words {
    let top = Fields::open(
        page,
        table,
        0..0,
        "the texts",
        &["title", "summary", "phase", "step", "prompt"],
    );
    Words {
        title: plain(&top, "title", MAX_TITLE_CHARS),
        summary: plain(&top, "summary", MAX_SUMMARY_CHARS),
        phases: read_phases(&top),
        steps: entries(&top, "step", read_step),
        prompts: entries(&top, "prompt", read_prompt),
    }
}

fn read_phases(top: &Fields<'_, '_>) -> BTreeMap<String, Entry<String>> {
    let mut phases = BTreeMap::new();
    let Some((table, at)) = top.maybe_table("phase") else {
        return phases;
    };
    let keys: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
    let fields = Fields::open(top.page, table, at, "the phases", &keys);
    for key in table.keys() {
        let entry = Entry {
            at: key.span(),
            value: plain(&fields, key.get_ref(), MAX_TITLE_CHARS),
            filled: Vec::new(),
        };
        phases.insert(key.get_ref().to_string(), entry);
    }
    phases
}

/// The tables under `[step.…]` or `[prompt.…]`.
fn entries<T>(
    top: &Fields<'_, '_>,
    kind: &str,
    read: fn(&Page<'_>, &DeTable<'_>, Span) -> Entry<T>,
) -> BTreeMap<String, Entry<T>> {
    let mut entries = BTreeMap::new();
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

fn read_step(page: &Page<'_>, table: &DeTable<'_>, at: Span) -> Entry<StepText> {
    let keys = ["name", "purpose", "member", "question", "shorten"];
    let fields = Fields::open(page, table, at.clone(), "a step's texts", &keys);
    let name = plain(&fields, "name", MAX_STEP_NAME_CHARS);
    let purpose = plain(&fields, "purpose", MAX_SENTENCE_CHARS);
    let member = plain(&fields, "member", MAX_SENTENCE_CHARS);
    let question = maybe_plain(&fields, "question", MAX_SENTENCE_CHARS);
    let shorten = maybe_plain(&fields, "shorten", MAX_SENTENCE_CHARS);
    let value = (|| {
        Some(StepText {
            name: name?,
            purpose: purpose?,
            member: member?,
            question,
            shorten,
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
        fit(page, &think, "think", MAX_SENTENCE_CHARS);
        let words = think.value.split_whitespace().count();
        if words > MAX_THINK_WORDS {
            let hint = format!("At most {MAX_THINK_WORDS}: it is read in two seconds.");
            page.fault(&think.at, format!("`think` has {words} words."), hint);
        }
        filled.push(Said {
            value: think.value.to_owned(),
            at: think.at,
        });
    }
    // What everybody sees names nobody, so it takes no placeholder at all.
    let say = maybe_plain(&fields, "say", MAX_SENTENCE_CHARS);
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
    fit(fields.page, &said, key, most);
    for placeholder in placeholders(said.value) {
        let fault = format!("`{{{}}}` cannot be filled in here.", short(placeholder));
        fields.page.fault(
            &said.at,
            fault,
            "Only `think` of a prompt can have names and numbers filled in.",
        );
    }
    Some(said.value.to_owned())
}

/// What every sentence must be: there, short enough, calm, and made of signs that can be shown.
fn fit(page: &Page<'_>, said: &Said<&str>, key: &str, most: usize) {
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

/// What stands between braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let after_brace = text.split('{').skip(1);
    after_brace.map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name))
}

impl Words {
    /// What must hold between the texts and the structure.
    pub(super) fn check(&self, page: &Page<'_>, outline: &Outline, line_of: impl Fn(&Span) -> u32) {
        for (phase, line) in outline.phases.iter().filter(|(id, _)| !self.phases.contains_key(*id)) {
            lacking(page, "phase", phase, *line);
        }
        for (id, step) in outline
            .steps
            .iter()
            .filter(|(id, _)| !self.steps.contains_key(id.as_str()))
        {
            lacking(page, "step", id.as_str(), line_of(&step.at));
        }
        let prompts = || outline.steps.values().flat_map(|step| &step.prompts);
        for prompt in prompts() {
            match self.prompts.get(prompt.id.as_str()) {
                Some(entry) => entry.check(page, prompt),
                None => lacking(page, "prompt", prompt.id.as_str(), line_of(&prompt.at)),
            }
        }
        let phases: Vec<&str> = outline.phases.keys().map(String::as_str).collect();
        let steps: Vec<&str> = outline.steps.keys().map(StepId::as_str).collect();
        let prompts: Vec<&str> = prompts().map(|prompt| prompt.id.as_str()).collect();
        strangers(page, "phase", &self.phases, &phases);
        strangers(page, "step", &self.steps, &steps);
        strangers(page, "prompt", &self.prompts, &prompts);
    }

    /// The words, if nothing is missing.
    pub(super) fn finish(self) -> Option<PackText> {
        let phases = self.phases.into_iter().map(|(id, entry)| Some((id, entry.value?)));
        let steps = self
            .steps
            .into_iter()
            .map(|(id, entry)| Some((id.parse().ok()?, entry.value?)));
        let prompts = self
            .prompts
            .into_iter()
            .map(|(id, entry)| Some((id.parse().ok()?, entry.value?)));
        Some(PackText {
            title: self.title?,
            summary: self.summary?,
            phases: phases.collect::<Option<_>>()?,
            steps: steps.collect::<Option<BTreeMap<StepId, _>>>()?,
            prompts: prompts.collect::<Option<BTreeMap<PromptId, _>>>()?,
        })
    }
}

impl Entry<PromptText> {
    fn check(&self, page: &Page<'_>, prompt: &DraftPrompt) {
        let silent = self.value.as_ref().is_some_and(|text| text.say.is_none());
        if silent && prompt.audience == Some(PromptAudience::Everyone) {
            let fault = format!("The prompt `{}` is for everyone, but has no `say`.", prompt.id);
            page.fault(&self.at, fault, "Add the words that everybody sees.");
        }
        let Some(when) = &prompt.when else {
            return;
        };
        let about_people = matches!(when.value, When::NotYetHeard(_) | When::LineDown);
        for said in &self.filled {
            for placeholder in placeholders(&said.value) {
                let (known, hint) = match placeholder {
                    "minutes" => (true, ""),
                    "names" | "count" => (
                        about_people,
                        "Only the conditions `not_yet_heard` and `line_down` tell of people.",
                    ),
                    _ => (false, "Known: `{names}`, `{count}` and `{minutes}`."),
                };
                if !known {
                    let fault = format!("`{{{}}}` cannot be filled in here.", short(placeholder));
                    page.fault(&said.at, fault, hint);
                }
            }
        }
    }
}

fn lacking(page: &Page<'_>, kind: &str, id: &str, line: u32) {
    let hint = format!("Add [{kind}.\"{id}\"]; it stands in pack.toml, line {line}.");
    let hint = if kind == "phase" {
        format!("Add `{id} = \"…\"` under [phase]; it stands in pack.toml, line {line}.")
    } else {
        hint
    };
    page.whole(format!("The {kind} `{id}` has no text."), hint);
}

fn strangers<T>(page: &Page<'_>, kind: &str, entries: &BTreeMap<String, Entry<T>>, known: &[&str]) {
    for (id, entry) in entries.iter().filter(|(id, _)| !known.contains(&id.as_str())) {
        let hint = match nearest(id, known) {
            Some(close) => format!("Did you mean `{close}`?"),
            None => format!("Take it away, or write the {kind} in pack.toml."),
        };
        page.fault(&entry.at, format!("There is no {kind} `{}`.", short(id)), hint);
    }
}
