//! The packs of a house: those that came along, the operator's, and its own, which facilitators write on the page.
//!
//! Own packs are folders below `packs/` in the data folder. One is written beside its place and moved there whole, and only after it passed
//! the same check as any other; then the shelf is filled anew. Courses that run are not touched: each keeps the bytes it began with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use protocol::StepId;
use protocol::api::{
    DraftAnswer, DraftFate, ExportedPack, PackDraft, PackExport, PackFault, PackFile, PackFiles, PackList,
};
use protocol::pack::Pack;

use super::{Shelf, lay_shelves, preview, read_among, sent};
use crate::config::Config;

/// Packs a house writes by itself: a list a person can read.
const MAX_OWN_PACKS: usize = 100;
/// Characters of one part of a file's name: as long as any name in a pack.
const MAX_NAME_CHARS: usize = 64;
/// `shared/<shelf>/text/<language>.toml` is the deepest there is.
const MAX_NAME_PARTS: usize = 4;

/// A pack's files by their names below its folder.
type Files = BTreeMap<String, Vec<u8>>;

/// Why a draft could not be kept, beside its faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKept {
    /// There are too many packs.
    Full,
    /// The disk did not take it.
    Disk,
}

/// The packs there are, and the place for new ones.
#[derive(Debug)]
pub struct Library {
    operators: Option<PathBuf>,
    own: PathBuf,
    /// Where the key lies with which packs are signed for others.
    data: PathBuf,
    shelf: RwLock<Arc<Shelf>>,
    /// One draft is saved at a time: of two, the second is told that the first was there.
    saving: Mutex<()>,
}

impl Library {
    /// Everything that is there at the start.
    pub fn open(config: &Config) -> Self {
        let own = config.data.join("packs");
        if let Err(why) = bring_back(&own) {
            tracing::error!(%why, "a pack that was being saved could not be brought back");
        }
        let shelf = Shelf::fill_from([config.packs.as_deref(), Some(&own)].into_iter().flatten());
        Self {
            operators: config.packs.clone(),
            own,
            data: config.data.clone(),
            shelf: RwLock::new(Arc::new(shelf)),
            saving: Mutex::new(()),
        }
    }

    fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// See [`Shelf::list`].
    pub fn list(&self) -> PackList {
        self.shelf().list()
    }

    /// See [`Shelf::find`].
    pub fn find(&self, id: &str) -> Option<Arc<Pack>> {
        self.shelf().find(id)
    }

    /// A pack's files. A broken one of our own can be read too: that is how it is mended.
    pub fn files(&self, id: &str) -> Option<PackFiles> {
        let id: Name = id.parse().ok()?;
        let own = self.own.join(id.as_str());
        let operators = self.operators.as_ref().map(|folder| folder.join(id.as_str()));
        let is_own = own.is_dir();
        let folder = Some(own)
            .filter(|_| is_own)
            .or(operators.filter(|folder| folder.is_dir()));
        let files = match folder {
            Some(folder) => read_among(&folder, self.operators.as_deref().as_slice()).ok()?,
            None => {
                let mut came_along = packfiles::builtin().iter();
                let (_, files) = came_along.find(|(name, _)| *name == id.as_str())?;
                Files::clone(files)
            }
        };
        let digest = packfiles::digest(&files);
        // What lies below `shared/` only because it was laid there is shown apart; what the folder itself holds is its own.
        let of_its_own =
            |name: &str| !name.starts_with("shared/") || (is_own && self.own.join(id.as_str()).join(name).is_file());
        let (own, shared) = files.into_iter().partition::<Vec<_>, _>(|(name, _)| of_its_own(name));
        Some(PackFiles {
            id: id.as_str().to_owned(),
            own: is_own,
            digest: Some(digest),
            files: shown(own),
            shared: shown(shared),
        })
    }

    /// A pack as one signed file, by the code of `rondo pack export`; nothing where there is no such pack.
    pub fn export(&self, wanted: &PackExport) -> Option<Result<ExportedPack, NotKept>> {
        let PackFiles { files, shared, .. } = self.files(&wanted.id)?;
        let bytes = |file: PackFile| (file.name, file.text.into_bytes());
        let files: Files = files.into_iter().chain(shared).map(bytes).collect();
        Some(sent::export(&self.data, wanted, &files).map_err(|why| {
            tracing::error!(%why, "the key that signs packs cannot be used");
            NotKept::Disk
        }))
    }

    /// Looks at a draft; keeps nothing.
    pub fn check(&self, draft: &PackDraft) -> DraftAnswer {
        match self.checked(draft) {
            Err(faults) => broken(faults),
            Ok((pack, _)) => DraftAnswer {
                fate: if self.is_taken(&draft.id) {
                    DraftFate::Taken
                } else {
                    DraftFate::Whole
                },
                faults: Vec::new(),
                preview: Some(preview::of(&pack)),
                digest: None,
            },
        }
    }

    /// Keeps a whole draft, if nobody else kept one meanwhile.
    pub fn save(&self, draft: &PackDraft) -> Result<DraftAnswer, NotKept> {
        let _one_at_a_time = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let (pack, files) = match self.checked(draft) {
            Ok(whole) => whole,
            Err(faults) => return Ok(broken(faults)),
        };
        let answer = |fate, digest| DraftAnswer {
            fate,
            faults: Vec::new(),
            preview: Some(preview::of(&pack)),
            digest,
        };
        if self.is_taken(&draft.id) {
            return Ok(answer(DraftFate::Taken, None));
        }
        let place = self.own.join(&draft.id);
        let there = place
            .is_dir()
            .then(|| self.files(&draft.id).and_then(|files| files.digest));
        if there.flatten() != draft.based_on {
            return Ok(answer(DraftFate::Changed, None));
        }
        let others = fs::read_dir(&self.own).map_or(0, Iterator::count);
        if !place.is_dir() && others >= MAX_OWN_PACKS {
            return Err(NotKept::Full);
        }
        put(&self.own, &draft.id, &files).map_err(|why| {
            tracing::error!(%why, "a pack could not be saved");
            NotKept::Disk
        })?;
        let folders = [self.operators.as_deref(), Some(self.own.as_path())];
        let filled = Arc::new(Shelf::fill_from(folders.into_iter().flatten()));
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = filled;
        Ok(answer(DraftFate::Saved, Some(pack.digest.clone())))
    }

    /// Whether a pack that is not our own has this name.
    fn is_taken(&self, id: &str) -> bool {
        let operators = self.operators.as_ref().is_some_and(|folder| folder.join(id).is_dir());
        operators || packfiles::builtin().iter().any(|(name, _)| *name == id)
    }

    /// The pack as its check leaves it, and the files that are its own.
    fn checked(&self, draft: &PackDraft) -> Result<(Pack, Files), Vec<PackFault>> {
        if draft.id.parse::<Name>().is_err() {
            let hint = "Use small letters, digits and `-`, at most 64.";
            return Err(vec![fault("pack.toml", "This cannot be the name of a pack.", hint)]);
        }
        let mut own = Files::new();
        for file in &draft.files {
            if !is_file_name(&file.name) {
                let hint =
                    "A pack holds pack.toml, README.md and text/<language>.toml, and beside them shared/ and overlay/.";
                return Err(vec![fault(".", "A file's name cannot be used.", hint)]);
            }
            if own.insert(file.name.clone(), file.text.clone().into_bytes()).is_some() {
                return Err(vec![fault(
                    &file.name,
                    "The file is there twice.",
                    "Take one of the two away.",
                )]);
            }
        }
        let mut whole = own.clone();
        let folders = [Some(self.own.as_path()), self.operators.as_deref()];
        lay_shelves(&mut whole, folders.into_iter().flatten()).map_err(|fault| vec![fault])?;
        packfiles::load(&draft.id, &whole).map(|pack| (pack, own))
    }
}

/// A pack's id, as a folder may be called.
struct Name(StepId);

impl Name {
    fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl std::str::FromStr for Name {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let id: StepId = text.parse().map_err(|_| ())?;
        if id.as_str().contains('.') {
            Err(())
        } else {
            Ok(Self(id))
        }
    }
}

/// A name that leads nowhere but below the pack's folder.
fn is_file_name(name: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let part = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && part.len() <= MAX_NAME_CHARS && part.chars().all(sign)
    };
    name.split('/').count() <= MAX_NAME_PARTS && name.split('/').all(part)
}

fn fault(file: &str, fault: &str, hint: &str) -> PackFault {
    PackFault {
        file: file.to_owned(),
        line: None,
        fault: fault.to_owned(),
        hint: hint.to_owned(),
    }
}

fn broken(faults: Vec<PackFault>) -> DraftAnswer {
    DraftAnswer {
        fate: DraftFate::Broken,
        faults,
        preview: None,
        digest: None,
    }
}

pub(super) fn shown(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<PackFile> {
    let file = |(name, bytes): (String, Vec<u8>)| PackFile {
        name,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    };
    files.into_iter().map(file).collect()
}

/// What stood in a pack's place while the new one was moved there. No pack's id begins like this.
const MOVED_AWAY: &str = "_old.";

/// Between two moves a pack has no place. Where a process ended there, the pack that stood before is put back.
fn bring_back(own: &Path) -> std::io::Result<()> {
    let Ok(folder) = fs::read_dir(own) else { return Ok(()) };
    for entry in folder {
        let entry = entry?;
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_prefix(MOVED_AWAY)) else {
            continue;
        };
        if own.join(id).is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::rename(entry.path(), own.join(id))?;
        }
    }
    Ok(())
}

/// Writes a folder beside its place and moves it there, so that a torn write never replaces a whole pack.
fn put(own: &Path, id: &str, files: &Files) -> std::io::Result<()> {
    fs::create_dir_all(own)?;
    bring_back(own)?;
    let (new, old) = (own.join("_new"), own.join(format!("{MOVED_AWAY}{id}")));
    if new.is_dir() {
        fs::remove_dir_all(&new)?;
    }
    for (name, bytes) in files {
        let path = new.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&new))?;
        fs::write(&path, bytes)?;
        fs::File::open(&path)?.sync_all()?;
    }
    let place = own.join(id);
    if place.is_dir() {
        fs::rename(&place, &old)?;
    }
    fs::rename(&new, &place)?;
    if old.is_dir() {
        fs::remove_dir_all(&old)?;
    }
    fs::File::open(own)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_that_was_between_its_two_places_when_the_process_ended_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path();
        put(own, "ours", &Files::from([("pack.toml".to_owned(), b"first".to_vec())])).unwrap();
        // As if the process had ended after the first of the two moves.
        fs::rename(own.join("ours"), own.join("_old.ours")).unwrap();
        bring_back(own).unwrap();
        assert_eq!(fs::read(own.join("ours/pack.toml")).unwrap(), b"first");
        // And after the second: the new one stands, and the old one goes.
        fs::create_dir(own.join("_old.ours")).unwrap();
        bring_back(own).unwrap();
        assert_eq!(fs::read(own.join("ours/pack.toml")).unwrap(), b"first");
        assert_eq!(fs::read_dir(own).unwrap().count(), 1);
    }

    #[test]
    fn a_file_name_never_leads_out_of_the_packs_folder() {
        for fine in ["pack.toml", "text/es.toml", "shared/group/text/en.toml"] {
            assert!(is_file_name(fine), "{fine}");
        }
        for wrong in [
            "",
            "/etc/x",
            "../x",
            "text/../../x",
            "a//b",
            ".x",
            "a/b/c/d/e",
            "a\\b",
            "a b",
            "ä",
        ] {
            assert!(!is_file_name(wrong), "{wrong}");
        }
        assert!("my-pack".parse::<Name>().is_ok());
        for wrong in ["", "..", "a.b", "A", "a/b", "_new"] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
    }
}
