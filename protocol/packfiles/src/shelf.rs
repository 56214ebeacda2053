//! Shared steps: several packs take them from one shelf. Before a pack is checked, what it names is laid below `shared/` among its own
//! files, so that these are everything the pack uses: its digest is over all of it, and an exported pack needs nothing beside it.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::builtin::shared;
use super::limits::{MAX_FILE_BYTES, MAX_LANGUAGES, MAX_SHARED};
use protocol::StepId;

/// The names of the shelves in `shared` that can be names of folders; nothing where `pack.toml` cannot be read. The check says what is wrong.
pub fn shelves(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    named(files, "shared", MAX_SHARED)
        .into_iter()
        .filter(|name| name.parse::<StepId>().is_ok_and(|id| !id.as_str().contains('.')))
        .collect()
}

/// Lays the files of a shelf below `shared/`: its steps, and its texts in the pack's languages. A file that the pack has there itself stays.
pub fn lay(files: &mut BTreeMap<String, Vec<u8>>, shelf: &str, from: &BTreeMap<String, Vec<u8>>) {
    let texts = named(files, "languages", MAX_LANGUAGES).into_iter();
    for name in std::iter::once("steps.toml".to_owned()).chain(texts.map(|language| format!("text/{language}.toml"))) {
        if let Some(bytes) = from.get(&name) {
            files
                .entry(format!("shared/{shelf}/{name}"))
                .or_insert_with(|| bytes.clone());
        }
    }
}

/// Lays what is still missing from the shelves that come with Rondo.
pub fn lay_builtin(files: &mut BTreeMap<String, Vec<u8>>) {
    for name in shelves(files) {
        if let Some((_, from)) = shared().iter().find(|(shelf, _)| *shelf == name) {
            lay(files, &name, from);
        }
    }
}

/// The texts of a list at the top of `pack.toml`.
fn named(files: &BTreeMap<String, Vec<u8>>, key: &str, most: usize) -> Vec<String> {
    let structure = files.get("pack.toml").filter(|bytes| bytes.len() <= MAX_FILE_BYTES);
    let Some(text) = structure.and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
        return Vec::new();
    };
    let (table, _) = DeTable::parse_recoverable(text);
    let list = table.get_ref().get(key).and_then(|value| value.get_ref().as_array());
    let texts = list.into_iter().flat_map(|all| all.iter());
    texts
        .filter_map(|one| Some(one.get_ref().as_str()?.to_owned()))
        .take(most)
        .collect()
}
