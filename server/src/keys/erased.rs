//! Who was erased: ids and nothing else, in one file beside the root key, which no backup of the data replaces.
//!
//! A backup from before an erasure holds the person, keys and all. So the list does not stand in the database that is copied: it is kept with
//! the root key, and every start and every restore does again what it names. Each line carries a tag under the root key, so that nobody
//! without it can have somebody erased by adding a line.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::{ParticipantId, RoomId, Timestamp};

use super::root::{KeyFault, Replace, RootKey, write_secret};
use super::seal::Key;

/// The file's name in the data folder.
pub const ERASED_FILE: &str = "root.erased";
/// The first line: what this file is.
const HEAD: &str = "rondo erased, 1";
/// Bytes of a tag that are written: 128 bits, as everywhere where nobody may guess.
const TAG_BYTES: usize = 16;
/// The longest list that is read: some 100,000 lines.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Somebody who was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Erased {
    pub room: RoomId,
    pub participant: ParticipantId,
    pub at: Timestamp,
}

/// The list of a data folder.
pub struct ErasedList {
    folder: PathBuf,
    key: Key,
    /// One writer at a time: the file is written anew with every line.
    writing: std::sync::Mutex<()>,
}

impl std::fmt::Debug for ErasedList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ErasedList")
    }
}

impl ErasedList {
    /// The list beside this root key; where there is no file nobody was erased.
    pub fn beside(root: &RootKey, folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            key: root.key().derive("rondo.erased.1"),
            writing: std::sync::Mutex::new(()),
        }
    }

    /// Everybody on it. A line that this root key did not write is a fault: something else than this server changed the list.
    pub fn all(&self) -> Result<Vec<Erased>, KeyFault> {
        let path = self.folder.join(ERASED_FILE);
        let Some(text) = read(&path)? else {
            return Ok(Vec::new());
        };
        let broken = || KeyFault::StrangeList {
            file: path.display().to_string(),
        };
        lines(&text)
            .map(|line| self.read_line(line).ok_or_else(broken))
            .collect()
    }

    /// Somebody is erased from here on; on the disk when this returns. Said twice it is one line.
    pub fn add(&self, one: Erased) -> Result<(), KeyFault> {
        let _alone = self.writing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = self.all()?;
        if known
            .iter()
            .any(|known| (known.room, known.participant) == (one.room, one.participant))
        {
            return Ok(());
        }
        let all: Vec<String> = known.iter().chain([&one]).map(|one| self.line(one)).collect();
        write(&self.folder, all.iter().map(String::as_str))
    }

    fn line(&self, one: &Erased) -> String {
        let said = format!("{} {} {}", one.room, one.participant, one.at.0);
        let tag = self.key.tag(said.as_bytes());
        let tag: String = tag[..TAG_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{said} {tag}")
    }

    fn read_line(&self, line: &str) -> Option<Erased> {
        let mut words = line.split(' ');
        let one = Erased {
            room: words.next()?.parse().ok()?,
            participant: words.next()?.parse().ok()?,
            at: Timestamp(words.next()?.parse().ok()?),
        };
        (self.line(&one) == line).then_some(one)
    }
}

/// Writes the list anew under another root key. Lines of either kind are read, so that it can be done again; a line of neither is a fault.
pub(super) fn retag(folder: &Path, under: &RootKey, from: &[&RootKey]) -> Result<(), KeyFault> {
    let path = folder.join(ERASED_FILE);
    let Some(text) = read(&path)? else {
        return Ok(());
    };
    let next = ErasedList::beside(under, folder);
    let readers: Vec<ErasedList> = from.iter().map(|root| ErasedList::beside(root, folder)).collect();
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    for line in lines(&text) {
        let one = std::iter::once(&next)
            .chain(&readers)
            .find_map(|list| list.read_line(line));
        let one = one.ok_or_else(|| KeyFault::StrangeList {
            file: path.display().to_string(),
        })?;
        if seen.insert((one.room, one.participant)) {
            all.push(next.line(&one));
        }
    }
    write(folder, all.iter().map(String::as_str))
}

/// The list of a folder into which a backup from before a rotation was restored: lines of older root keys are written anew.
pub fn adopt_erased(folder: &Path, under: &RootKey, older: &[RootKey]) -> Result<(), KeyFault> {
    retag(folder, under, &older.iter().collect::<Vec<_>>())
}

/// Puts the lines of another copy of the list into this folder's: what either knows is known. Whether they are genuine is asked at the start.
pub fn merge_erased(folder: &Path, from: &Path) -> Result<(), KeyFault> {
    let (ours, theirs) = (read(&folder.join(ERASED_FILE))?, read(from)?);
    let ours = ours.unwrap_or_default();
    let theirs = theirs.unwrap_or_default();
    let mut all: Vec<&str> = lines(&ours).collect();
    all.extend(lines(&theirs).filter(|line| lines(&ours).all(|known| known != *line)));
    write(folder, all.into_iter())
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && *line != HEAD)
}

fn write<'a>(folder: &Path, lines: impl Iterator<Item = &'a str>) -> Result<(), KeyFault> {
    let text: String = std::iter::once(HEAD)
        .chain(lines)
        .flat_map(|line| [line, "\n"])
        .collect();
    write_secret(folder, ERASED_FILE, text.as_bytes(), Replace::Old)
}

fn read(path: &Path) -> Result<Option<String>, KeyFault> {
    let io = |source| KeyFault::Io {
        file: path.display().to_string(),
        source,
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
        Ok(about) if about.len() > MAX_BYTES => return Err(io(std::io::ErrorKind::FileTooLarge.into())),
        Ok(_) => {}
    }
    fs::read_to_string(path).map(Some).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(n: u128) -> Erased {
        Erased {
            room: RoomId::from_bits(n),
            participant: ParticipantId::from_bits(n + 1),
            at: Timestamp(5),
        }
    }

    #[test]
    fn of_many_that_are_added_at_once_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::load_or_create(folder.path()).unwrap();
        let list = ErasedList::beside(&root, folder.path());
        std::thread::scope(|all| {
            for n in 1..=8 {
                let list = &list;
                all.spawn(move || list.add(one(n)).unwrap());
            }
        });
        assert_eq!(list.all().unwrap().len(), 8);
    }

    #[test]
    fn what_was_added_is_read_again_once_each_and_by_this_root_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::load_or_create(folder.path()).unwrap();
        let list = ErasedList::beside(&root, folder.path());
        assert_eq!(list.all().unwrap(), []);
        for n in [1, 2, 1] {
            list.add(one(n)).unwrap();
        }
        assert_eq!(list.all().unwrap(), [one(1), one(2)]);
        let other = tempfile::tempdir().unwrap();
        let stranger = RootKey::load_or_create(other.path()).unwrap();
        assert!(ErasedList::beside(&stranger, folder.path()).all().is_err());
    }

    #[test]
    fn a_line_that_somebody_else_wrote_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::load_or_create(folder.path()).unwrap();
        let list = ErasedList::beside(&root, folder.path());
        list.add(one(1)).unwrap();
        let file = folder.path().join(ERASED_FILE);
        let honest = fs::read_to_string(&file).unwrap();
        let (other, same) = (one(3).participant.to_string(), one(1).participant.to_string());
        fs::write(&file, honest.replace(&same, &other)).unwrap();
        assert!(matches!(list.all(), Err(KeyFault::StrangeList { .. })));
        fs::write(&file, format!("{honest}nonsense\n")).unwrap();
        assert!(matches!(list.all(), Err(KeyFault::StrangeList { .. })));
    }

    #[test]
    fn two_copies_of_the_list_together_know_what_either_knew() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = RootKey::load_or_create(here.path()).unwrap();
        let (list, other) = (
            ErasedList::beside(&root, here.path()),
            ErasedList::beside(&root, there.path()),
        );
        list.add(one(1)).unwrap();
        list.add(one(2)).unwrap();
        other.add(one(2)).unwrap();
        other.add(one(3)).unwrap();
        merge_erased(here.path(), &there.path().join(ERASED_FILE)).unwrap();
        assert_eq!(list.all().unwrap(), [one(1), one(2), one(3)]);
        merge_erased(here.path(), &there.path().join("nothing")).unwrap();
        assert_eq!(list.all().unwrap().len(), 3);
    }
}
