//! The packs that come with Rondo, embedded so that one binary is enough. They pass the same check as any other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A pack's folder and its files, as [`check::load`](super::check::load) takes them.
pub type Folder = (&'static str, BTreeMap<String, Vec<u8>>);

macro_rules! folders {
    ($($folder:literal: [$($file:literal),* $(,)?];)*) => {
        vec![$(($folder, BTreeMap::from([$((
            $file.to_owned(),
            include_bytes!(concat!("../../packs/", $folder, "/", $file)).to_vec(),
        ),)*])),)*]
    };
}

static FOLDERS: LazyLock<Vec<Folder>> = LazyLock::new(|| {
    folders! {
        "group-ipt-8": ["README.md", "pack.toml", "text/en.toml"];
    }
});

/// Every pack that comes with Rondo.
pub fn builtin() -> &'static [Folder] {
    &FOLDERS
}
