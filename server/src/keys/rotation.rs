//! A new root key in the place of the old one: what happens to the files, step by step, each of which may be the last before a kill.
//!
//! ```text
//! prepare    root.key.next and root.recovery.next are written; nothing uses them yet
//!            (the database wraps every practice's key under the new key, in one transaction)
//! finish     root.erased is tagged under the new key; the old key stays as root.key.<its name>; root.key.next becomes root.key,
//!            root.recovery.next becomes root.recovery
//! take_back  where the database was not reached: what was prepared goes
//! ```
//! Which of the two is right is asked of the database, because only its transaction decides. Both may be done any number of times.

use std::fs;
use std::io;
use std::path::Path;

use super::erased::retag;
use super::recovery::{NEXT_RECOVERY_FILE, RECOVERY_FILE, RecoveryFault, RecoveryKey, make_recovery_in};
use super::root::{KeyFault, ROOT_KEY_FILE, RootKey, read_root, sync_folder};
use super::seal::Key;

/// The key that is about to be the root key.
pub(super) const NEXT_KEY_FILE: &str = "root.key.next";
/// Hex digits of a root key's name.
const NAME_DIGITS: usize = 16;

/// Draws a new root key and a recovery key for it, and writes both beside those that are in use.
pub fn prepare(folder: &Path) -> Result<(RootKey, RecoveryKey), RecoveryFault> {
    let next = RootKey::from_key(Key::draw());
    next.store_as(folder, NEXT_KEY_FILE)?;
    let paper = make_recovery_in(folder, NEXT_RECOVERY_FILE, &next)?;
    Ok((next, paper))
}

/// The root key of a rotation that a kill cut off.
pub fn pending(folder: &Path) -> Result<Option<RootKey>, KeyFault> {
    match read_root(&folder.join(NEXT_KEY_FILE)) {
        Ok(next) => Ok(Some(next)),
        Err(KeyFault::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The database is under the new key: the files follow.
pub fn finish(folder: &Path, old: &RootKey, new: &RootKey, step: &mut dyn FnMut(&str)) -> Result<(), KeyFault> {
    retag(folder, new, &[old])?;
    step("list_tagged");
    let old_name = format!("{ROOT_KEY_FILE}.{}", old.name());
    absent_or_there(fs::hard_link(folder.join(ROOT_KEY_FILE), folder.join(&old_name)))
        .map_err(io_fault(folder, &old_name))?;
    sync_folder(folder)?;
    step("old_key_kept");
    moved(folder, NEXT_KEY_FILE, ROOT_KEY_FILE)?;
    step("key_moved");
    settle_recovery(folder)
}

/// After the new key took its place only its recovery file may still wait.
pub fn settle_recovery(folder: &Path) -> Result<(), KeyFault> {
    if folder.join(NEXT_RECOVERY_FILE).exists() {
        moved(folder, NEXT_RECOVERY_FILE, RECOVERY_FILE)?;
    }
    Ok(())
}

/// The database is still under the old key: what was prepared goes. The key goes last, since a recovery file without it says that it moved.
pub fn take_back(folder: &Path) -> Result<(), KeyFault> {
    for name in [NEXT_RECOVERY_FILE, NEXT_KEY_FILE] {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done.map_err(io_fault(folder, name))?,
        }
        sync_folder(folder)?;
    }
    Ok(())
}

/// Root keys of before, as rotations left them or an operator put them back: their files' names and the keys.
pub fn older(folder: &Path) -> Result<Vec<(String, RootKey)>, KeyFault> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_fault(folder, ""))? {
        let entry = entry.map_err(io_fault(folder, ""))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let is_one = name
            .strip_prefix(ROOT_KEY_FILE)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|rest| rest.len() == NAME_DIGITS && rest.bytes().all(|sign| sign.is_ascii_hexdigit()));
        if is_one {
            let key = read_root(&entry.path())?;
            found.push((name, key));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn moved(folder: &Path, from: &str, to: &str) -> Result<(), KeyFault> {
    match fs::rename(folder.join(from), folder.join(to)) {
        // Another start of the same folder finished it at the same moment.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        done => done.map_err(io_fault(folder, from))?,
    }
    sync_folder(folder)
}

fn absent_or_there(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done,
    }
}

fn io_fault<'a>(folder: &'a Path, name: &'a str) -> impl FnOnce(io::Error) -> KeyFault + 'a {
    move |source| KeyFault::Io {
        file: folder.join(name).display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Erased, ErasedList, check_recovery, make_recovery};
    use super::*;
    use protocol::{ParticipantId, RoomId, Timestamp};

    fn same(a: &RootKey, b: &RootKey) -> bool {
        a.key().bytes() == b.key().bytes()
    }

    /// Everything that `finish` says it did is left off there and begun anew: as if a kill had come.
    #[test]
    fn a_rotation_cut_off_after_any_of_its_steps_is_finished_by_beginning_again() {
        for cut in ["", "list_tagged", "old_key_kept", "key_moved"] {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path();
            let old = RootKey::load_or_create(folder).unwrap();
            make_recovery(folder, &old).unwrap();
            let one = Erased {
                room: RoomId::from_bits(1),
                participant: ParticipantId::from_bits(2),
                at: Timestamp(3),
            };
            ErasedList::beside(&old, folder).add(one).unwrap();
            let (new, paper) = prepare(folder).unwrap();
            if !cut.is_empty() {
                let killed = std::panic::catch_unwind(|| {
                    finish(folder, &old, &new, &mut |step| assert!(step != cut, "killed here"))
                });
                assert!(killed.is_err(), "the cut {cut} came");
            }
            match pending(folder).unwrap() {
                Some(next) => finish(folder, &old, &next, &mut |_| ()).unwrap(),
                None => settle_recovery(folder).unwrap(),
            }
            assert!(same(&RootKey::load(folder).unwrap(), &new), "{cut}");
            let kept = older(folder).unwrap();
            assert!(kept.len() == 1 && same(&kept[0].1, &old), "{cut}");
            assert_eq!(ErasedList::beside(&new, folder).all().unwrap(), [one], "{cut}");
            check_recovery(folder, &paper.shown()).unwrap();
            assert!(pending(folder).unwrap().is_none());
        }
    }

    #[test]
    fn what_was_only_prepared_goes_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let old = RootKey::load_or_create(folder).unwrap();
        let paper = make_recovery(folder, &old).unwrap();
        prepare(folder).unwrap();
        assert!(pending(folder).unwrap().is_some());
        take_back(folder).unwrap();
        take_back(folder).unwrap();
        assert!(pending(folder).unwrap().is_none() && older(folder).unwrap().is_empty());
        assert!(same(&RootKey::load(folder).unwrap(), &old));
        check_recovery(folder, &paper.shown()).unwrap();
    }

    #[test]
    fn beside_a_key_that_waits_no_new_root_key_is_ever_made() {
        let folder = tempfile::tempdir().unwrap();
        RootKey::load_or_create(folder.path()).unwrap();
        prepare(folder.path()).unwrap();
        fs::remove_file(folder.path().join(NEXT_RECOVERY_FILE)).unwrap();
        fs::remove_file(folder.path().join(ROOT_KEY_FILE)).unwrap();
        assert!(matches!(
            RootKey::load_or_create(folder.path()),
            Err(KeyFault::Lost { .. })
        ));
    }
}
