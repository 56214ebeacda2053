//! Turns a pack's files into a [`Pack`], or into *all* that is wrong with them at once, each with file, line and hint.
//!
//! Pure: the caller reads the folder, and lays the shared steps that the pack names below `shared/`. So the files are everything that the
//! pack uses, and its digest is over all of it. A broken pack is an answer, never a panic and never a reason for the server to stop.
//! The format is described for people in `protocol/packs/README.md`.

mod builtin;
mod course;
pub mod limits;
mod nearest;
mod overlay;
mod page;
mod plan;
mod shelf;
mod steps;
mod when;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

pub use self::builtin::{Folder, builtin, shared};
pub use self::nearest::nearest;
pub use self::shelf::{lay, lay_builtin, shelves};

use self::course::Outline;
use self::limits::{MAX_FAULTS, MAX_FILE_BYTES, MAX_FILES};
use self::page::{Fields, Page, Said, short};
use self::steps::Shelf;
use self::words::Words;
use protocol::StepId;
use protocol::api::PackFault;
use protocol::pack::{AskedConsent, Pack, PackText, Purpose};

/// The structure's file.
const STRUCTURE: &str = "pack.toml";
/// What people read about the pack; the server does not.
const READ_ME: &str = "README.md";
/// Steps that several packs share stand below it, a folder for each shelf.
const SHARED: &str = "shared/";

/// Checks the files of the folder called `folder`; their names are relative to it, with `/` between parts.
pub fn load(folder: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Pack, Vec<PackFault>> {
    let mut faults = Vec::new();
    let structure = text_of(STRUCTURE, files, &mut faults);
    if !files.contains_key(STRUCTURE) {
        faults.push(whole_file(
            STRUCTURE,
            "The file is missing.",
            "Every pack has one; see the read-me of the packs.",
        ));
    }
    let page = Page::new(STRUCTURE, structure.unwrap_or_default());
    let table = structure.and_then(|_| page.parse());
    let shelves = table
        .as_ref()
        .map(|table| course::shelves(table.get_ref()))
        .unwrap_or_default();
    foreign_files(files, &shelves, &mut faults);
    let shelf = read_shelves(&shelves, files, &mut faults);
    let outline = table
        .as_ref()
        .map(|table| course::read(&page, table.get_ref(), folder, shelf));

    let texts = read_texts(outline.as_ref(), &shelves, files, &mut faults);
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
        let mut pack = outline
            .and_then(|outline| assemble(outline, texts, files))
            .ok_or_else(forgotten)?;
        faults = overlay::apply(&mut pack, files);
        if faults.is_empty() {
            return Ok(pack);
        }
    }
    faults.sort();
    faults.dedup();
    faults.truncate(MAX_FAULTS);
    Err(faults)
}

/// The words by language, then by the shelf they belong to; the pack's own come first, under no shelf.
type Texts = BTreeMap<String, BTreeMap<Option<String>, Words>>;

/// The steps of every shelf that the pack names.
fn read_shelves(shelves: &[String], files: &BTreeMap<String, Vec<u8>>, faults: &mut Vec<PackFault>) -> Shelf {
    let mut shelf = Shelf::default();
    for name in shelves {
        let file = format!("{SHARED}{name}/steps.toml");
        if !files.contains_key(&file) {
            let hint = "Put the shared steps there, or take the name out of `shared`.";
            faults.push(whole_file(&short(&file), "The shared steps are missing.", hint));
        }
        let Some(text) = text_of(&file, files, faults) else {
            continue;
        };
        let page = Page::new(&file, text);
        if let Some(table) = page.parse() {
            let top = Fields::open(&page, table.get_ref(), 0..0, "shared steps", &["step"]);
            shelf.read(&page, &top, Some(name));
        }
        faults.extend(page.into_faults());
    }
    shelf
}

/// Every text of every language, each judged by the structure, where that can be read, and by the default language.
fn read_texts(
    outline: Option<&Outline>,
    shelves: &[String],
    files: &BTreeMap<String, Vec<u8>>,
    faults: &mut Vec<PackFault>,
) -> Texts {
    let mut texts = Texts::new();
    let mut languages: Vec<&str> = files.keys().filter_map(|name| language_of(name)).collect();
    // The default language is read first: the others are held against it.
    let default = outline
        .and_then(|outline| outline.default_language.as_deref())
        .unwrap_or_default();
    languages.sort_by_key(|language| *language != default);
    for language in languages {
        let own = std::iter::once(None).chain(shelves.iter().map(Some));
        for shelf in own {
            let folder = shelf.map(|name| format!("{SHARED}{name}/")).unwrap_or_default();
            let file = format!("{folder}text/{language}.toml");
            if !files.contains_key(&file) {
                let hint = format!("Translate them, or take `{}` out of `languages`.", short(language));
                faults.push(whole_file(
                    &short(&file),
                    "The texts of the shared steps are missing.",
                    &hint,
                ));
            }
            let Some(text) = text_of(&file, files, faults) else {
                continue;
            };
            let page = Page::new(&file, text);
            if let Some(table) = page.parse() {
                let words = match shelf {
                    None => words::read(&page, table.get_ref()),
                    Some(_) => words::read_shelf(&page, table.get_ref()),
                };
                match (outline, shelf) {
                    (None, _) => {}
                    (Some(outline), None) => words.check(&page, outline),
                    (Some(outline), Some(name)) => words.check_steps(&page, outline, Some(name)),
                }
                let first = texts
                    .get(default)
                    .and_then(|shelves: &BTreeMap<_, Words>| shelves.get(&shelf.cloned()));
                if let Some(first) = first {
                    words.check_against(&page, first, default);
                }
                texts
                    .entry(language.to_owned())
                    .or_default()
                    .insert(shelf.cloned(), words);
            }
            faults.extend(page.into_faults());
        }
    }
    texts
}

/// SHA-256 over the files in the order of their names: each name and each content, both after their length, so that no two
/// packs run together into the same bytes.
pub fn digest(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn asked_consents(listed: &[(String, u32)], texts: &BTreeMap<String, PackText>) -> Vec<AskedConsent> {
    let asked = |purpose: &Purpose| listed.iter().any(|(word, _)| word == purpose.word());
    let all = Purpose::ALL.into_iter().filter(asked);
    all.map(|purpose| AskedConsent::of(purpose, texts)).collect()
}

/// The language whose texts this file holds.
fn language_of(name: &str) -> Option<&str> {
    let language = name.strip_prefix("text/")?.strip_suffix(".toml")?;
    (!language.contains('/')).then_some(language)
}

/// Whether this file belongs to one of the shelves that the pack names.
fn on_a_shelf(name: &str, shelves: &[String]) -> bool {
    let inside = name.strip_prefix(SHARED).and_then(|rest| rest.split_once('/'));
    inside.is_some_and(|(shelf, file)| {
        let named = shelves.iter().any(|known| known == shelf);
        named && (file == "steps.toml" || language_of(file).is_some())
    })
}

fn foreign_files(files: &BTreeMap<String, Vec<u8>>, shelves: &[String], faults: &mut Vec<PackFault>) {
    if files.len() > MAX_FILES {
        let fault = format!("The folder holds {} files.", files.len());
        faults.push(whole_file(".", &fault, &format!("At most {MAX_FILES} are taken.")));
    }
    for (name, bytes) in files.iter().take(MAX_FILES) {
        if name != STRUCTURE
            && name != READ_ME
            && language_of(name).is_none()
            && overlay::name_of(name).is_none()
            && !on_a_shelf(name, shelves)
        {
            let hint = "A pack holds pack.toml, README.md, text/<language>.toml, overlay/<name>.toml, and shared/ with the steps that it names.";
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
}

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

fn assemble(outline: Outline, texts: Texts, files: &BTreeMap<String, Vec<u8>>) -> Option<Pack> {
    let (members_min, members_max) = outline.members?;
    let sessions = outline.sessions.as_ref()?.iter().flat_map(|session| &session.steps);
    let meetings = outline.meetings.iter().flat_map(|meeting| &meeting.steps);
    let used: BTreeSet<&StepId> = sessions.chain(meetings).map(|step| &step.id).collect();
    let texts = texts.into_iter().map(|(language, mut shelves)| {
        let mut own = shelves.remove(&None)?;
        for shelf in shelves.into_values() {
            own.take(shelf, &used, &outline);
        }
        Some((language, own.finish()?))
    });
    let text = texts.collect::<Option<_>>()?;
    Some(Pack {
        id: outline.id?,
        version: outline.version?,
        digest: digest(files),
        setting: outline.setting?,
        modality: outline.modality?,
        unattended: outline.unattended,
        grace_seconds: outline.grace_seconds?,
        members_min,
        members_max,
        sources: outline.sources,
        licence: outline.licence?,
        evidence: outline.evidence?,
        reviewer: outline.reviewer?,
        course: outline.course,
        sessions: outline.sessions?,
        meetings: outline.meetings,
        separate_screens: outline.separate_screens,
        secrets: outline.secrets.into_iter().map(|(key, _)| key).collect(),
        check_in: outline.check_in.into_iter().map(|(key, _)| key).collect(),
        arrival: outline.arrival,
        agreements: outline.agreements.into_iter().map(|(key, _)| key).collect(),
        consents: asked_consents(&outline.consents, &text),
        circle: outline.circle,
        overlays: BTreeMap::new(),
        default_language: outline.default_language?,
        text,
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
