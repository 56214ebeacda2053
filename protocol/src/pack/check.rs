//! Turns a pack's files into a [`Pack`], or into *all* that is wrong with them at once, each with file, line and hint.
//!
//! Pure: the caller reads the folder. A broken pack is an answer, never a panic and never a reason for the server to stop.
//! The format is described for people in `protocol/packs/README.md`.

mod course;
pub mod limits;
mod nearest;
mod page;
mod steps;
mod words;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use self::course::Outline;
use self::limits::{MAX_FAULTS, MAX_FILE_BYTES, MAX_FILES};
use self::page::{Page, Said, short};
use self::words::Words;
use crate::api::PackFault;
use crate::pack::Pack;

/// The structure's file.
const STRUCTURE: &str = "pack.toml";
/// What people read about the pack; the server does not.
const READ_ME: &str = "README.md";

/// Checks the files of the folder called `folder`; their names are relative to it, with `/` between parts.
pub fn load(folder: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Pack, Vec<PackFault>> {
    let mut faults = foreign_files(files);
    let structure = text_of(STRUCTURE, files, &mut faults);
    if !files.contains_key(STRUCTURE) {
        faults.push(whole_file(
            STRUCTURE,
            "The file is missing.",
            "Every pack has one; see the read-me of the packs.",
        ));
    }
    let page = Page::new(STRUCTURE, structure.unwrap_or_default());
    let outline = structure.and_then(|_| {
        let table = page.parse()?;
        Some(course::read(&page, table.get_ref(), folder))
    });

    let mut texts = BTreeMap::new();
    for (name, language) in files.keys().filter_map(|name| Some((name, language_of(name)?))) {
        let Some(text) = text_of(name, files, &mut faults) else {
            continue;
        };
        let words_page = Page::new(name, text);
        if let Some(table) = words_page.parse() {
            let words = words::read(&words_page, table.get_ref());
            if let Some(outline) = &outline {
                words.check(&words_page, outline, |at| page.line(at));
            }
            texts.insert(language.to_owned(), words);
        }
        faults.extend(words_page.into_faults());
    }
    if let Some(outline) = &outline {
        languages_and_files(&page, outline, files, &mut faults);
    }
    faults.extend(page.into_faults());

    if faults.is_empty() {
        // Whatever is missing has its fault; this one is for a check that forgot to say so.
        let forgotten = || {
            vec![whole_file(
                STRUCTURE,
                "The pack is incomplete.",
                "Please report this pack.",
            )]
        };
        return outline
            .and_then(|outline| assemble(outline, texts, files))
            .ok_or_else(forgotten);
    }
    faults.sort();
    faults.dedup();
    faults.truncate(MAX_FAULTS);
    Err(faults)
}

/// SHA-256 over the files in the order of their names: each name and each content, both after their length, so that no two
/// packs run together into the same bytes.
fn digest(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The language whose texts this file holds.
fn language_of(name: &str) -> Option<&str> {
    let language = name.strip_prefix("text/")?.strip_suffix(".toml")?;
    (!language.contains('/')).then_some(language)
}

fn foreign_files(files: &BTreeMap<String, Vec<u8>>) -> Vec<PackFault> {
    let mut faults = Vec::new();
    if files.len() > MAX_FILES {
        let fault = format!("The folder holds {} files.", files.len());
        faults.push(whole_file(".", &fault, &format!("At most {MAX_FILES} are taken.")));
    }
    for (name, bytes) in files.iter().take(MAX_FILES) {
        if name != STRUCTURE && name != READ_ME && language_of(name).is_none() {
            let hint = "A pack holds pack.toml, README.md and text/<language>.toml; move this one elsewhere.";
            faults.push(whole_file(&short(name), "This file does not belong to a pack.", hint));
        }
        if bytes.len() > MAX_FILE_BYTES {
            let fault = format!("The file has {} bytes.", bytes.len());
            faults.push(whole_file(
                &short(name),
                &fault,
                &format!("At most {MAX_FILE_BYTES} are read."),
            ));
        }
    }
    faults
}

/// A file's text; nothing if it is not there, too large (which has been said) or not UTF-8 (which is said here).
fn text_of<'f>(name: &str, files: &'f BTreeMap<String, Vec<u8>>, faults: &mut Vec<PackFault>) -> Option<&'f str> {
    let bytes = files.get(name).filter(|bytes| bytes.len() <= MAX_FILE_BYTES)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let sound = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + sound.iter().filter(|&&byte| byte == b'\n').count();
            faults.push(PackFault {
                file: name.to_owned(),
                line: u32::try_from(line).ok(),
                fault: "This line is not UTF-8.".to_owned(),
                hint: "Save the file as UTF-8.".to_owned(),
            });
            None
        }
    }
}

/// Every listed language has its file, and every file is listed.
fn languages_and_files(
    page: &Page<'_>,
    outline: &Outline,
    files: &BTreeMap<String, Vec<u8>>,
    faults: &mut Vec<PackFault>,
) {
    for Said { value: language, at } in &outline.languages {
        let name = format!("text/{language}.toml");
        if !files.contains_key(&name) {
            let hint = format!("Add {name}, or take `{language}` out of `languages`.");
            page.fault(at, format!("The texts in `{language}` are missing."), hint);
        }
    }
    for (name, language) in files.keys().filter_map(|name| Some((name, language_of(name)?))) {
        if !outline.languages.iter().any(|said| said.value == language) {
            let hint = format!(
                "Add \"{}\" to `languages` in pack.toml, or take the file away.",
                short(language)
            );
            faults.push(whole_file(&short(name), "The pack does not list this language.", &hint));
        }
    }
}

fn assemble(outline: Outline, texts: BTreeMap<String, Words>, files: &BTreeMap<String, Vec<u8>>) -> Option<Pack> {
    let (members_min, members_max) = outline.members?;
    let texts = texts
        .into_iter()
        .map(|(language, words)| Some((language, words.finish()?)));
    Some(Pack {
        id: outline.id?,
        version: outline.version?,
        digest: digest(files),
        setting: outline.setting?,
        unattended: outline.unattended,
        grace_seconds: outline.grace_seconds?,
        members_min,
        members_max,
        sources: outline.sources,
        licence: outline.licence?,
        evidence: outline.evidence?,
        reviewer: outline.reviewer?,
        sessions: outline.sessions?,
        default_language: outline.default_language?,
        text: texts.collect::<Option<_>>()?,
    })
}

fn whole_file(file: &str, fault: &str, hint: &str) -> PackFault {
    PackFault {
        file: file.to_owned(),
        line: None,
        fault: fault.to_owned(),
        hint: hint.to_owned(),
    }
}
