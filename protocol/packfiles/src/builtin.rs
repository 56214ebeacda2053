//! The packs that come with Rondo, embedded so that one binary is enough. They pass the same check as any other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::shelf::lay_builtin;

/// A pack's folder and its files, as [`load`](super::load) takes them. They are put together when they are first asked for: a server that
/// starts needs none of them yet.
pub type Folder = (&'static str, LazyLock<BTreeMap<String, Vec<u8>>>);

/// Folders by name, each with the files that it is said to have, and what is done to them.
macro_rules! folders {
    ($under:literal, [$($folder:literal),* $(,)?], $files:tt, $and:expr) => {
        [$(($folder, LazyLock::new(|| $and(files!($under, $folder, $files))))),*]
    };
}

macro_rules! files {
    ($under:literal, $folder:literal, [$($file:literal),*]) => {
        BTreeMap::from([$((
            $file.to_owned(),
            include_bytes!(concat!("../../packs/", $under, $folder, "/", $file)).to_vec(),
        ),)*])
    };
}

/// Shelves of shared steps, each with its files by their names below the shelf's folder.
static SHELVES: [Folder; 4] = folders!(
    "_shared/",
    ["circle", "couple", "group", "one-to-one"],
    ["steps.toml", "text/en.toml", "text/es.toml"],
    std::convert::identity
);

static FOLDERS: [Folder; 15] = folders!(
    "",
    [
        "circle-alumni",
        "circle-open",
        "circle-round",
        "couple-12",
        "couple-16",
        "group-ipt-12",
        "group-ipt-16",
        "group-ipt-20",
        "group-ipt-8",
        "individual-12",
        "individual-16",
        "maintenance-monthly",
        "partner-assisted-8",
        "perinatal-group-8",
        "youth-skills-8",
    ],
    ["README.md", "pack.toml", "text/en.toml", "text/es.toml"],
    with_shared_steps
);

fn with_shared_steps(mut files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    lay_builtin(&mut files);
    files
}

/// Every pack that comes with Rondo, with the shared steps it names.
pub fn builtin() -> &'static [Folder] {
    &FOLDERS
}

/// Every shelf of shared steps that comes with Rondo: its name, and its files by their names below it.
pub fn shared() -> &'static [Folder] {
    &SHELVES
}
