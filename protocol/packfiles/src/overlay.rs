//! `overlay/<name>.toml`: other words for some of a pack's texts in one language, for a culture or for plain wording. It replaces texts by
//! their keys and never structure. The language with its overlay is then a language of its own, `es-x-plain` (BCP 47, private use), so
//! that a group chooses it as it chooses any other.
//!
//! Overlays are read once the pack itself is sound: only then is it known which texts there are.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::limits::{
    MAX_OVERLAYS, MAX_SENTENCE_CHARS, MAX_STEP_NAME_CHARS, MAX_SUMMARY_CHARS, MAX_THINK_WORDS, MAX_TITLE_CHARS,
};
use super::nearest::nearest;
use super::page::{Fields, Page, Said, listed, short};
use super::{text_of, whole_file, words};
use protocol::api::PackFault;
use protocol::pack::{Overlay, Pack, PackText, When};

/// Overlays stand below it.
const FOLDER: &str = "overlay/";
/// Letters of an overlay's name: a subtag of BCP 47 has at most eight.
const MAX_NAME: usize = 8;

/// The name of the overlay that this file holds.
pub(super) fn name_of(file: &str) -> Option<&str> {
    let name = file.strip_prefix(FOLDER)?.strip_suffix(".toml")?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (!name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(plain)).then_some(name)
}

/// Adds a language for each overlay, or says what is wrong with it.
pub(super) fn apply(pack: &mut Pack, files: &BTreeMap<String, Vec<u8>>) -> Vec<PackFault> {
    let mut faults = Vec::new();
    let overlays: Vec<(&String, &str)> = files.keys().filter_map(|file| Some((file, name_of(file)?))).collect();
    if overlays.len() > MAX_OVERLAYS {
        let fault = format!("The pack has {} overlays.", overlays.len());
        faults.push(whole_file(
            FOLDER,
            &fault,
            &format!("At most {MAX_OVERLAYS} are taken."),
        ));
    }
    let languages: Vec<String> = pack.text.keys().cloned().collect();
    for (file, name) in overlays.into_iter().take(MAX_OVERLAYS) {
        let Some(text) = text_of(file, files, &mut faults) else {
            continue;
        };
        let page = Page::new(file, text);
        if let Some(table) = page.parse() {
            read(&page, table.get_ref(), name, pack, &languages);
        }
        faults.extend(page.into_faults());
    }
    faults
}

const KEYS: &[&str] = &[
    "language",
    "author",
    "reason",
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

fn read(page: &Page<'_>, table: &DeTable<'_>, name: &str, pack: &mut Pack, languages: &[String]) {
    let top = Fields::open(page, table, 0..0, "an overlay", KEYS);
    let author = top
        .string("author")
        .inspect(|said| words::fit(page, said, "author", MAX_TITLE_CHARS));
    let reason = top
        .string("reason")
        .inspect(|said| words::fit(page, said, "reason", MAX_SENTENCE_CHARS));
    let Some(language) = top.string("language") else {
        return;
    };
    let Some(base) = pack
        .text
        .get(language.value)
        .filter(|_| languages.iter().any(|one| one == language.value))
    else {
        let known: Vec<&str> = languages.iter().map(String::as_str).collect();
        let fault = format!("The pack has no texts in `{}`.", short(language.value));
        page.fault(&language.at, fault, format!("It has {}.", listed(&known)));
        return;
    };
    let mut text = base.clone();
    replace(&top, &mut text, pack);
    if let (Some(author), Some(reason)) = (author, reason) {
        let tag = format!("{}-x-{name}", language.value);
        let about = Overlay {
            author: author.value.to_owned(),
            reason: reason.value.to_owned(),
        };
        pack.overlays.insert(tag.clone(), about);
        pack.text.insert(tag, text);
    }
}

/// Puts every text of the overlay in the place of the one it replaces.
fn replace(top: &Fields<'_, '_>, text: &mut PackText, pack: &Pack) {
    put(top, "title", MAX_TITLE_CHARS, Some(&mut text.title));
    put(top, "summary", MAX_SUMMARY_CHARS, Some(&mut text.summary));
    put(top, "content_notes", MAX_SUMMARY_CHARS, text.content_notes.as_mut());
    put(top, "crosstalk", MAX_SENTENCE_CHARS, text.crosstalk.as_mut());
    let notice = text.disclosure_notice.as_mut();
    put(top, "disclosure_notice", MAX_SUMMARY_CHARS, notice);
    sentences(top, "phase", MAX_TITLE_CHARS, &mut text.phases);
    sentences(top, "agreement", MAX_SENTENCE_CHARS, &mut text.agreements);
    sentences(top, "secret", MAX_SENTENCE_CHARS, &mut text.secrets);
    sentences(top, "check_in", MAX_SENTENCE_CHARS, &mut text.check_in);
    sentences(top, "consent", MAX_SUMMARY_CHARS, &mut text.consents);
    let roles = text.roles.iter_mut().map(|(role, words)| (role.word(), words));
    each(top, "role", MAX_SENTENCE_CHARS, roles.collect());
    for (fields, meeting) in entries(top, "meeting", &["name", "purpose", "member"], &mut text.meetings) {
        put(&fields, "name", MAX_TITLE_CHARS, Some(&mut meeting.name));
        put(&fields, "purpose", MAX_SENTENCE_CHARS, Some(&mut meeting.purpose));
        put(&fields, "member", MAX_SENTENCE_CHARS, Some(&mut meeting.member));
    }
    for (fields, step) in entries(top, "step", words::STEP_KEYS, &mut text.steps) {
        put(&fields, "name", MAX_STEP_NAME_CHARS, Some(&mut step.name));
        put(&fields, "purpose", MAX_SENTENCE_CHARS, Some(&mut step.purpose));
        put(&fields, "member", MAX_SENTENCE_CHARS, Some(&mut step.member));
        put(&fields, "question", MAX_SENTENCE_CHARS, step.question.as_mut());
        put(&fields, "shorten", MAX_SENTENCE_CHARS, step.shorten.as_mut());
        put(
            &fields,
            "content_notes",
            MAX_SENTENCE_CHARS,
            step.content_notes.as_mut(),
        );
        put(&fields, "choices", MAX_SENTENCE_CHARS, step.choices.as_mut());
    }
    let whens: BTreeMap<String, When> = {
        let sessions = pack.sessions.iter().flat_map(|session| &session.steps);
        let meetings = pack.meetings.iter().flat_map(|meeting| &meeting.steps);
        let prompts = sessions.chain(meetings).flat_map(|step| &step.prompts);
        prompts.map(|prompt| (prompt.id.to_string(), prompt.when)).collect()
    };
    for (id, fields, prompt) in named_entries(top, "prompt", &["think", "say"], &mut text.prompts) {
        if let Some(think) = fields.maybe_string("think") {
            words::fit_think(fields.page, &think, MAX_THINK_WORDS);
            if let Some(&when) = whens.get(&id) {
                words::check_placeholders(fields.page, &think, when);
            }
            think.value.clone_into(&mut prompt.think);
        }
        if let Some(say) = fields.maybe_string("say") {
            words::fit_say(fields.page, &say);
            match prompt.say.as_mut() {
                Some(old) => say.value.clone_into(old),
                None => no_such(fields.page, &say, "say"),
            }
        }
    }
}

fn no_such(page: &Page<'_>, said: &Said<&str>, key: &str) {
    let hint = "An overlay replaces texts that are there; it adds none.";
    page.fault(&said.at, format!("There is no `{key}` here to replace."), hint);
}

/// One text in the place of another.
fn put(fields: &Fields<'_, '_>, key: &str, most: usize, old: Option<&mut String>) {
    let Some(said) = fields.maybe_string(key) else {
        return;
    };
    words::fit_plain(fields.page, &said, key, most);
    match old {
        Some(old) => said.value.clone_into(old),
        None => no_such(fields.page, &said, key),
    }
}

fn sentences(top: &Fields<'_, '_>, kind: &str, most: usize, texts: &mut BTreeMap<String, String>) {
    each(
        top,
        kind,
        most,
        texts.iter_mut().map(|(id, text)| (id.as_str(), text)).collect(),
    );
}

/// The sentences of one table, each under a key that the pack has.
fn each(top: &Fields<'_, '_>, kind: &str, most: usize, mut texts: BTreeMap<&str, &mut String>) {
    let Some((table, at)) = top.maybe_table(kind) else {
        return;
    };
    let known: Vec<&str> = texts.keys().copied().collect();
    let fields = Fields::open(top.page, table, at, kind, &known);
    for (id, text) in &mut texts {
        put(&fields, id, most, Some(text));
    }
}

fn entries<'t, 'p, 'a, K: Ord + ToString, T>(
    top: &Fields<'p, 'a>,
    kind: &str,
    keys: &[&str],
    texts: &'t mut BTreeMap<K, T>,
) -> Vec<(Fields<'p, 'a>, &'t mut T)> {
    let named = named_entries(top, kind, keys, texts).into_iter();
    named.map(|(_, fields, text)| (fields, text)).collect()
}

/// The tables under `[step.…]` and the like, each with the texts of the same key.
fn named_entries<'t, 'p, 'a, K: Ord + ToString, T>(
    top: &Fields<'p, 'a>,
    kind: &str,
    keys: &[&str],
    texts: &'t mut BTreeMap<K, T>,
) -> Vec<(String, Fields<'p, 'a>, &'t mut T)> {
    let Some((table, _)) = top.maybe_table(kind) else {
        return Vec::new();
    };
    let mut open: BTreeMap<String, Fields<'p, 'a>> = BTreeMap::new();
    let known: Vec<String> = texts.keys().map(ToString::to_string).collect();
    for (key, value) in table {
        let id = key.get_ref().to_string();
        match value.get_ref().as_table() {
            None => {
                let fault = format!("The texts of `{}` are not a table.", short(&id));
                top.page.fault(
                    &value.span(),
                    fault,
                    format!("Write a table: [{kind}.\"{}\"].", short(&id)),
                );
            }
            Some(_) if !known.contains(&id) => {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                let hint = match nearest(&id, &names) {
                    Some(close) => format!("Did you mean `{close}`?"),
                    None => "An overlay replaces texts that are there; it adds none.".to_owned(),
                };
                top.page
                    .fault(&key.span(), format!("There is no {kind} `{}`.", short(&id)), hint);
            }
            Some(inner) => {
                let fields = Fields::open(top.page, inner, key.span(), &format!("a {kind}'s texts"), keys);
                open.insert(id, fields);
            }
        }
    }
    let there = texts.iter_mut().map(|(id, text)| (id.to_string(), text));
    there
        .filter_map(|(id, text)| open.remove(&id).map(|fields| (id, fields, text)))
        .collect()
}
