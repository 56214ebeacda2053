//! The packs this server has: the ones that come with it and those in the operator's folder. A broken one never stops the
//! server; it is listed with all its faults.

pub(crate) mod exchange;
mod library;
mod preview;
mod sent;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use protocol::api::{BrokenPack, PackFault, PackList, PackSummary};
use protocol::pack::Pack;

pub use library::{Library, NotKept};
pub use preview::steps;
pub use sent::import;

/// Packs one server offers: a list a person can read.
const MAX_PACKS: usize = 200;
/// A pack's file, before its check; the check has a tighter bound of its own and names it.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A pack as its check left it.
type Checked = Result<Arc<Pack>, Vec<PackFault>>;

/// A pack that comes with Rondo. It is checked when it is first asked for, and once in a process however many shelves are filled: that it is
/// whole is a test's concern, and no start waits for it.
#[derive(Debug)]
struct CameAlong {
    folder: &'static packfiles::Folder,
    checked: OnceLock<Checked>,
}

impl CameAlong {
    const fn unread(folder: &'static packfiles::Folder) -> Self {
        let checked = OnceLock::new();
        Self { folder, checked }
    }

    fn checked(&self) -> &Checked {
        let (name, files) = self.folder;
        self.checked.get_or_init(|| packfiles::load(name, files).map(Arc::new))
    }
}

static CAME_ALONG: LazyLock<Vec<CameAlong>> =
    LazyLock::new(|| packfiles::builtin().iter().map(CameAlong::unread).collect());

/// A pack on the shelf.
#[derive(Debug)]
enum Put {
    CameAlong(&'static CameAlong),
    Read(Arc<Pack>),
}

impl Put {
    fn checked(&self) -> Result<&Arc<Pack>, &[PackFault]> {
        match self {
            Self::CameAlong(pack) => pack.checked().as_ref().map_err(Vec::as_slice),
            Self::Read(pack) => Ok(pack),
        }
    }
}

/// Every pack that was found at the start.
#[derive(Debug, Default)]
pub struct Shelf {
    /// By their ids. The folder of a pack has the pack's id for its name; the check sees to it.
    packs: BTreeMap<String, Put>,
    broken: Vec<BrokenPack>,
}

impl Shelf {
    /// The packs that come with Rondo, then those in `folder`, where a pack of the same id replaces the one that came along.
    pub fn fill(folder: Option<&Path>) -> Self {
        Self::fill_from(folder)
    }

    /// The same from several folders, one after the other.
    fn fill_from<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        let mut shelf = Self::default();
        for pack in CAME_ALONG.iter() {
            shelf.packs.insert(pack.folder.0.to_owned(), Put::CameAlong(pack));
        }
        let mut before: Vec<&Path> = Vec::new();
        for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
            shelf.put_overlaid(folder);
            shelf.put_folder(folder, &before);
            before.push(folder);
        }
        for broken in &shelf.broken {
            tracing::warn!(folder = %broken.folder, faults = broken.faults.len(), "a pack cannot be used; its faults are listed on the start page");
        }
        shelf
    }

    /// A whole pack.
    pub fn find(&self, id: &str) -> Option<Arc<Pack>> {
        self.packs.get(id)?.checked().ok().cloned()
    }

    /// What a facilitator chooses from.
    pub fn list(&self) -> PackList {
        let summary = |pack: &Arc<Pack>| {
            let words = pack.text(&pack.default_language);
            PackSummary {
                id: pack.id.clone(),
                version: pack.version.clone(),
                title: words.map_or_else(|| pack.id.clone(), |words| words.title.clone()),
                summary: words.map_or_else(String::new, |words| words.summary.clone()),
                setting: pack.setting,
                sessions: pack.session_count(),
                members_min: pack.members_min,
                members_max: pack.members_max,
                languages: pack.text.keys().cloned().collect(),
                evidence: pack.evidence.clone(),
                reviewer: pack.reviewer.clone(),
            }
        };
        let mut list = PackList {
            packs: Vec::new(),
            broken: self.broken.clone(),
        };
        for (name, put) in &self.packs {
            match put.checked() {
                Ok(pack) => list.packs.push(summary(pack)),
                Err(faults) => list.broken.push(BrokenPack {
                    folder: name.clone(),
                    faults: faults.to_vec(),
                }),
            }
        }
        list
    }

    fn put(&mut self, name: &str, checked: Checked) {
        if self.packs.len() + self.broken.len() >= MAX_PACKS {
            tracing::warn!(folder = %name, "there are too many packs; this one is left out");
            return;
        }
        match checked {
            Ok(pack) => {
                self.packs.insert(pack.id.clone(), Put::Read(pack));
            }
            Err(faults) => self.broken.push(BrokenPack {
                folder: name.to_owned(),
                faults,
            }),
        }
    }

    /// The packs that come with Rondo, where the operator has overlays for them. A broken overlay is listed and leaves the pack as it came.
    fn put_overlaid(&mut self, folder: &Path) {
        for (name, files) in packfiles::builtin() {
            let overlays = folder.join("_overlay").join(name);
            if !overlays.is_dir() {
                continue;
            }
            let mut files = BTreeMap::clone(files);
            let taken = take_overlays(&overlays, &mut files);
            if let Ok(false) = taken {
                continue;
            }
            let files = taken.map(|_| files).map_err(|fault| vec![fault]);
            let checked = files.and_then(|files| packfiles::load(name, &files).map(Arc::new));
            self.put(name, checked);
        }
    }

    fn put_folder(&mut self, folder: &Path, before: &[&Path]) {
        let mut entries: Vec<_> = match std::fs::read_dir(folder) {
            Ok(entries) => {
                // What begins like `_shared` goes with packs, or is on its way to be one, and is none itself.
                let beside = |name: std::ffi::OsString| name.to_string_lossy().starts_with('_');
                let is_pack = |entry: &std::fs::DirEntry| entry.path().is_dir() && !beside(entry.file_name());
                entries.flatten().filter(is_pack).collect()
            }
            Err(why) => {
                tracing::warn!(folder = %folder.display(), %why, "the folder of packs cannot be read");
                return;
            }
        };
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let files = read_among(&entry.path(), before).map_err(|fault| vec![fault]);
            let checked = files.and_then(|files| packfiles::load(&name, &files).map(Arc::new));
            self.put(&name, checked);
        }
    }
}

/// A pack's files, as the check takes them: `pack.toml`, `README.md`, `text/*.toml`, and the shared steps that the pack names: from its own
/// folder, else from `_shared` beside it, else from those that come with Rondo. Anything else is left alone.
pub fn read_pack(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, PackFault> {
    read_among(folder, &[])
}

/// The same, where shared steps may also come from `_shared` in these folders: an own pack can use the operator's.
fn read_among(folder: &Path, others: &[&Path]) -> Result<BTreeMap<String, Vec<u8>>, PackFault> {
    let mut files = BTreeMap::new();
    take(folder, "README.md", &mut files)?;
    take(folder, "pack.toml", &mut files)?;
    take_texts(folder, "text/", &mut files)?;
    for shelf in packfiles::shelves(&files) {
        let own = format!("shared/{shelf}/");
        take(folder, &format!("{own}steps.toml"), &mut files)?;
        take_texts(folder, &format!("{own}text/"), &mut files)?;
    }
    lay_shelves(&mut files, folder.parent().into_iter().chain(others.iter().copied()))?;
    take_texts(folder, "overlay/", &mut files)?;
    if let (Some(beside), Some(name)) = (folder.parent(), folder.file_name()) {
        take_overlays(&beside.join("_overlay").join(name), &mut files)?;
    }
    Ok(files)
}

/// Lays the shared steps that a pack names and does not hold itself: from `_shared` in these folders, the first of them first, else from
/// those that come with Rondo.
fn lay_shelves<'a>(
    files: &mut BTreeMap<String, Vec<u8>>,
    folders: impl IntoIterator<Item = &'a Path>,
) -> Result<(), PackFault> {
    let named = packfiles::shelves(files);
    for folder in folders {
        for shelf in &named {
            let beside = folder.join("_shared").join(shelf);
            let mut from = BTreeMap::new();
            take(&beside, "steps.toml", &mut from)?;
            take_texts(&beside, "text/", &mut from)?;
            packfiles::lay(files, shelf, &from);
        }
    }
    packfiles::lay_builtin(files);
    Ok(())
}

/// The operator's own overlays of a pack; one that the pack has itself under the same name stays.
fn take_overlays(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<bool, PackFault> {
    let mut from = BTreeMap::new();
    take_texts(folder, "", &mut from)?;
    let any = !from.is_empty();
    for (name, bytes) in from {
        files.entry(format!("overlay/{name}")).or_insert(bytes);
    }
    Ok(any)
}

/// Reads one file, where there is one.
fn take(folder: &Path, name: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), PackFault> {
    let path = folder.join(name);
    if !path.is_file() {
        return Ok(());
    }
    let unreadable = |why: std::io::Error| PackFault {
        file: name.to_owned(),
        line: None,
        fault: format!("The file cannot be read: {why}."),
        hint: "See to it that the server may read it.".to_owned(),
    };
    let size = std::fs::metadata(&path).map_err(unreadable)?.len();
    if size > MAX_FILE_BYTES {
        return Err(PackFault {
            file: name.to_owned(),
            line: None,
            fault: format!("The file has {size} bytes, more than {MAX_FILE_BYTES}."),
            hint: "A pack is text; take out what is not.".to_owned(),
        });
    }
    files.insert(name.to_owned(), std::fs::read(&path).map_err(unreadable)?);
    Ok(())
}

fn take_texts(folder: &Path, under: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), PackFault> {
    let Ok(texts) = std::fs::read_dir(folder.join(under)) else {
        return Ok(());
    };
    for text in texts.flatten() {
        let name = text.file_name().to_string_lossy().into_owned();
        if name.ends_with(".toml") {
            take(folder, &format!("{under}{name}"), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packs_that_come_along_are_whole() {
        let shelf = Shelf::fill(None);
        assert_eq!(shelf.list().broken, vec![]);
        assert!(shelf.find("group-ipt-8").is_some());
    }

    #[test]
    fn a_broken_pack_is_listed_with_its_faults_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let broken = folder.path().join("torn");
        std::fs::create_dir(&broken).unwrap();
        std::fs::write(broken.join("pack.toml"), "id = \"torn\"\nversion = ").unwrap();
        let shelf = Shelf::fill(Some(folder.path()));
        let list = shelf.list();
        assert!(list.packs.iter().any(|pack| pack.id == "group-ipt-8"));
        assert_eq!(list.broken.len(), 1);
        assert!(
            list.broken[0].faults.iter().any(|fault| fault.line == Some(2)),
            "{:?}",
            list.broken
        );
    }

    #[test]
    fn shared_steps_come_from_the_packs_own_folder_before_the_one_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "mine/pack.toml",
            "languages = [\"en\", \"fi\"]\nshared = [\"hall\", \"../up\"]",
        );
        write("mine/shared/hall/text/fi.toml", "own");
        write("_shared/hall/steps.toml", "beside");
        write("_shared/hall/text/fi.toml", "beside");
        write("_shared/hall/text/en.toml", "beside");
        write("_shared/hall/text/sv.toml", "no language of the pack");
        write("_shared/attic/steps.toml", "not named");
        let files = read_pack(&folder.path().join("mine")).unwrap();
        let found: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        assert_eq!(found.len(), 4);
        assert_eq!(
            found[1..],
            [
                ("shared/hall/steps.toml", &b"beside"[..]),
                ("shared/hall/text/en.toml", b"beside"),
                ("shared/hall/text/fi.toml", b"own"),
            ]
        );
    }

    #[test]
    fn an_operators_overlay_gives_a_pack_that_came_along_another_language() {
        let folder = tempfile::tempdir().unwrap();
        let overlays = folder.path().join("_overlay/group-ipt-8");
        std::fs::create_dir_all(&overlays).unwrap();
        let head = "language = \"es\"\nauthor = \"x\"\nreason = \"y\"\n";
        std::fs::write(overlays.join("plain.toml"), head).unwrap();
        let shelf = Shelf::fill(Some(folder.path()));
        assert_eq!(shelf.list().broken, vec![]);
        let pack = shelf.find("group-ipt-8").unwrap();
        assert_eq!(pack.text.keys().collect::<Vec<_>>(), ["en", "es", "es-x-plain"]);
        assert_eq!(shelf.find("group-ipt-12").unwrap().text.len(), 2);

        std::fs::write(overlays.join("plain.toml"), format!("{head}minutes = 5\n")).unwrap();
        let shelf = Shelf::fill(Some(folder.path()));
        assert_eq!(shelf.list().broken.len(), 1);
        assert_eq!(
            shelf.find("group-ipt-8").unwrap().text.len(),
            2,
            "the pack stays as it came"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_leaves_the_packs_that_come_along() {
        let shelf = Shelf::fill(Some(Path::new("no-such-folder-of-packs")));
        assert!(shelf.find("group-ipt-8").is_some());
    }
}
