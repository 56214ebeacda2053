//! The data folder: who can read it, its key, its room, its backups, what lies prepared in it.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use super::Finding;
use super::limits::{BACKUP_LATE, BACKUP_LOST, LITTLE_ROOM, NO_ROOM};
use crate::config::Config;
use crate::facts::Room;
use crate::keys::{ROOT_KEY_FILE, RootSource};
use crate::packs::Library;
use crate::prepared::Prepared;
use crate::start::DATABASE_FILE;

pub(super) fn private(folder: &Path) -> Finding {
    const ABOUT: &str = "data folder";
    let shown = folder.display();
    let Ok(about) = std::fs::metadata(folder) else {
        return Finding::wrong(
            ABOUT,
            format!("{shown} cannot be read"),
            "Start the server once, or name the right folder with data, and run this as the server's own user.",
        );
    };
    if !about.is_dir() {
        return Finding::wrong(ABOUT, format!("{shown} is a file"), "Name a folder with data.");
    }
    if about.mode() & 0o077 != 0 {
        return Finding::wrong(
            ABOUT,
            format!(
                "others on this machine can look into {shown} (mode {:o})",
                about.mode() & 0o777
            ),
            format!("chmod 700 {shown}"),
        );
    }
    let open = [ROOT_KEY_FILE, DATABASE_FILE].into_iter().find(|name| {
        let file = std::fs::metadata(folder.join(name));
        file.is_ok_and(|file| file.mode() & 0o077 != 0)
    });
    match open {
        Some(name) => Finding::wrong(
            ABOUT,
            format!("others on this machine can read {name}"),
            format!("chmod 600 {}", folder.join(name).display()),
        ),
        None => Finding::well(ABOUT, format!("{shown} is for its owner alone")),
    }
}

pub(super) fn root_key(config: &Config) -> Finding {
    const ABOUT: &str = "root key";
    match config.root_key.read(&config.data) {
        Ok(key) => Finding::well(
            ABOUT,
            format!("it comes from {}, named {}", config.root_key.said(), key.name()),
        ),
        Err(fault) => Finding::wrong(
            ABOUT,
            format!("{fault}"),
            if config.root_key == RootSource::File {
                "A first start makes it. A lost one comes back with `rondo recover` and the recovery key on paper, or from the keys' backup; never with a new one."
            } else {
                "See that what root_key names gives the key to the server's own user, by hand first."
            },
        ),
    }
}

pub(super) fn disk(room: Option<Room>) -> Finding {
    const ABOUT: &str = "disk";
    let Some(room) = room else {
        return Finding::look(
            ABOUT,
            "how much room there is cannot be asked",
            "See whether the data folder is there.",
        );
    };
    let said = format!("{} MiB of {} MiB are free", room.free >> 20, room.all >> 20);
    let todo = "Make room or move the data folder to a larger disk: on a full one people read on, and nothing they do is kept.";
    match room.free {
        ..NO_ROOM => Finding::wrong(ABOUT, said, todo),
        NO_ROOM..LITTLE_ROOM => Finding::look(ABOUT, said, todo),
        _ => Finding::well(ABOUT, said),
    }
}

/// `elsewhere`: the database is PostgreSQL, and whoever dumps it says so by touching the file.
pub(super) fn backup(age: Option<Duration>, elsewhere: bool) -> Finding {
    const ABOUT: &str = "backup";
    let todo = if elsewhere {
        "Dump the database daily with pg_dump and touch `last-backup` in the data folder when it is done (deploy/backup has a timer)."
    } else {
        "Run `rondo backup` daily (deploy/backup has a timer), and try a restore on another machine."
    };
    let Some(age) = age else {
        return Finding::look(ABOUT, "none was finished yet", todo);
    };
    let said = format!("the newest was finished {} hours ago", age.as_secs() / 3600);
    if age > BACKUP_LOST {
        Finding::wrong(ABOUT, said, todo)
    } else if age > BACKUP_LATE {
        Finding::look(ABOUT, said, todo)
    } else {
        Finding::well(ABOUT, said)
    }
}

pub(super) fn prepared(config: &Config) -> Finding {
    const ABOUT: &str = "numbers and duty list";
    match Prepared::read(&config.data) {
        Err(faults) => Finding::wrong(
            ABOUT,
            faults,
            "Correct the file; with a fault in it the server does not start.",
        ),
        Ok(prepared) => Finding::well(ABOUT, prepared.remarks(config).join(" ")),
    }
}

pub(super) fn packs(config: &Config) -> Vec<Finding> {
    const ABOUT: &str = "packs";
    let list = Library::open(config).list();
    let mut all: Vec<Finding> = list
        .broken
        .iter()
        .map(|broken| {
            let said = format!("{} cannot be used: {} faults", broken.folder, broken.faults.len());
            Finding::look(
                ABOUT,
                said,
                "`rondo pack check` names each fault with its line, and how to mend it.",
            )
        })
        .collect();
    if all.is_empty() {
        all.push(Finding::well(
            ABOUT,
            format!("{} are there, none with a fault", list.packs.len()),
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::Verdict;
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        open_to(folder.path(), 0o700);
        folder
    }

    fn open_to(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_or_a_key_that_others_can_read_is_wrong() {
        let folder = folder();
        assert_eq!(private(folder.path()).verdict, Verdict::Well);
        let key = folder.path().join(ROOT_KEY_FILE);
        std::fs::write(&key, "x").unwrap();
        open_to(&key, 0o640);
        assert_eq!(private(folder.path()).verdict, Verdict::Wrong);
        open_to(&key, 0o600);
        assert_eq!(private(folder.path()).verdict, Verdict::Well);
        open_to(folder.path(), 0o750);
        let found = private(folder.path());
        assert_eq!(found.verdict, Verdict::Wrong);
        assert!(found.todo.unwrap().starts_with("chmod 700"));
        assert_eq!(private(&folder.path().join("none")).verdict, Verdict::Wrong);
    }

    #[test]
    fn a_root_key_that_is_not_there_is_wrong_and_none_is_made() {
        let folder = folder();
        let config = Config::in_folder(folder.path());
        assert_eq!(root_key(&config).verdict, Verdict::Wrong);
        assert!(!folder.path().join(ROOT_KEY_FILE).exists(), "looking makes no key");
        let key = crate::keys::RootKey::load_or_create(folder.path()).unwrap();
        let found = root_key(&config);
        assert!(
            found.verdict == Verdict::Well && found.said.contains(&key.name()),
            "{found:?}"
        );
    }

    #[test]
    fn a_disk_is_watched_before_it_is_full() {
        let judged = |free| disk(Some(Room { free, all: 1 << 40 })).verdict;
        assert_eq!(judged(1 << 35), Verdict::Well);
        assert_eq!(judged(LITTLE_ROOM - 1), Verdict::Look);
        assert_eq!(judged(NO_ROOM - 1), Verdict::Wrong);
        assert_eq!(disk(None).verdict, Verdict::Look);
    }

    #[test]
    fn a_backup_that_is_late_is_looked_at_and_one_that_is_lost_is_wrong() {
        let judged = |days: u64| backup(Some(Duration::from_secs(days * 86_400)), false).verdict;
        assert_eq!(
            [judged(1), judged(3), judged(31)],
            [Verdict::Well, Verdict::Look, Verdict::Wrong]
        );
        let none = backup(None, true);
        assert!(none.verdict == Verdict::Look && none.todo.unwrap().contains("pg_dump"));
    }

    #[test]
    fn a_broken_file_or_pack_is_named() {
        let folder = folder();
        let config = Config::in_folder(folder.path());
        assert_eq!(packs(&config)[0].verdict, Verdict::Well);
        std::fs::create_dir_all(folder.path().join("packs/ours")).unwrap();
        std::fs::write(folder.path().join("packs/ours/pack.toml"), "nothing = [").unwrap();
        let found = packs(&config);
        assert!(
            found[0].verdict == Verdict::Look && found[0].said.contains("ours"),
            "{found:?}"
        );
        std::fs::write(folder.path().join("duty.toml"), "nobody = [").unwrap();
        assert_eq!(prepared(&config).verdict, Verdict::Wrong);
    }
}
