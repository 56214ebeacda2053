//! The packs that come with Rondo, embedded so that one binary is enough. They pass the same check as any other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::shelf::lay_builtin;

/// A pack's folder and its files, as [`load`](super::load) takes them.
pub type Folder = (&'static str, BTreeMap<String, Vec<u8>>);

/// Folders by name, each with the files that it is said to have.
macro_rules! folders {
    ($under:literal, [$($folder:literal),* $(,)?], $files:tt) => {
        vec![$(($folder, files!($under, $folder, $files))),*]
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
static SHELVES: LazyLock<Vec<Folder>> = LazyLock::new(|| {
    folders!(
        "_shared/",
        ["circle", "couple", "group", "one-to-one"],
        ["steps.toml", "text/en.toml", "text/es.toml"]
    )
});

static FOLDERS: LazyLock<Vec<Folder>> = LazyLock::new(|| {
    let mut folders: Vec<Folder> = folders!(
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
        ["README.md", "pack.toml", "text/en.toml", "text/es.toml"]
    );
    for (_, files) in &mut folders {
        lay_builtin(files);
    }
    folders
});

/// Every pack that comes with Rondo, with the shared steps it names.
pub fn builtin() -> &'static [Folder] {
    &FOLDERS
}

/// Every shelf of shared steps that comes with Rondo: its name, and its files by their names below it.
pub fn shared() -> &'static [Folder] {
    &SHELVES
}
