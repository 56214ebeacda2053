//! The packs that come with Rondo, embedded so that one binary is enough. They pass the same check as any other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A pack's folder and its files, as [`check::load`](super::check::load) takes them.
pub type Folder = (&'static str, BTreeMap<String, Vec<u8>>);

macro_rules! files {
    ($folder:literal, [$($file:literal),* $(,)?]) => {
        BTreeMap::from([$((
            $file.to_owned(),
            include_bytes!(concat!("../../packs/", $folder, "/", $file)).to_vec(),
        ),)*])
    };
}

/// Shelves of shared steps, each with its files by their names below the shelf's folder.
static SHELVES: LazyLock<Vec<Folder>> = LazyLock::new(Vec::new);

static FOLDERS: LazyLock<Vec<Folder>> = LazyLock::new(|| {
    vec![(
        "group-ipt-8",
        files!("group-ipt-8", ["README.md", "pack.toml", "text/en.toml"]),
    )]
});

/// Every pack that comes with Rondo, with the shared steps it names.
pub fn builtin() -> &'static [Folder] {
    &FOLDERS
}

/// Every shelf of shared steps that comes with Rondo: its name, and its files by their names below it.
pub fn shared() -> &'static [Folder] {
    &SHELVES
}
