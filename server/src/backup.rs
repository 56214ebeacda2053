//! `rondo backup` and `rondo restore`: a copy of everything but the keys, taken while the server runs, and a data folder made from it.
//!
//! A backup is a folder: the database (encrypted as it always is), the operator's files and own packs, and `backup.toml`, which says of each file
//! how long it is and what it hashes to. The root key is never in it: whoever has both can read everything, so they are kept apart.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::key_command;
use crate::keys::{ERASED_FILE, ErasedList, KeyFault, RootKey, adopt_erased, merge_erased, rotation};
use crate::root_key::{beside_others, fits};
use crate::start::{DATABASE_FILE, StartFault, own_folder, store_of};
use crate::store::{FatalHook, StoreFault, Whole, copy_database, is_sound};

const MANIFEST: &str = "backup.toml";
/// Touched when a backup was finished, by us or by whoever dumps a PostgreSQL database: how old the newest one is can be asked of the folder.
pub const LAST_BACKUP_FILE: &str = "last-backup";
/// What an operator and facilitators may have put into the data folder beside the database. Keys and certificates are not among it.
const BESIDE: [&str; 3] = ["duty.toml", "numbers.toml", ERASED_FILE];
const PACKS: &str = "packs";
/// The longest manifest that is read: a thousand files' names.
const MAX_MANIFEST_BYTES: u64 = 1024 * 1024;

/// Why there is no backup, or nothing was restored: a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    #[error(
        "this server keeps its data in PostgreSQL: copy the database with pg_dump (and restore it with pg_restore), and keep root.key, root.recovery and root.erased of the data folder apart from that copy"
    )]
    NotHere,
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    #[error("{} holds something already; name a folder that is new or empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} holds a database already; nothing is ever put over one", .0.display())]
    Occupied(PathBuf),
    #[error("{} is not a backup: {why}", folder.display())]
    NoBackup { folder: PathBuf, why: String },
    #[error("the backup's file {0} is not what it was when it was made")]
    Changed(String),
    #[error("the copy of the database is not sound")]
    Unsound,
    #[error("{} cannot be read or written: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Start(#[from] StartFault),
}

/// What `backup.toml` says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// The layout of a backup.
    rondo_backup: u32,
    /// The program that made it.
    version: String,
    /// Milliseconds since 1970.
    taken_at: u64,
    /// By name, with `/` between folders.
    files: BTreeMap<String, Kept>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    bytes: u64,
    sha256: String,
}

const LAYOUT: u32 = 1;

/// What was copied.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    pub files: usize,
    pub bytes: u64,
}

/// What a restored folder holds.
#[derive(Debug, Clone, Copy)]
pub struct Restored {
    pub copied: Copied,
    /// `None` where the root key is not there, so that nothing could be opened yet.
    pub whole: Option<Whole>,
}

/// Copies everything but the keys into a new folder. The server may run.
pub async fn take(config: &Config, into: &Path, clock: &Clock) -> Result<Copied, BackupFault> {
    let Database::Embedded = config.database else {
        return Err(BackupFault::NotHere);
    };
    let database = config.data.join(DATABASE_FILE);
    if !database.is_file() {
        return Err(BackupFault::NoDatabase(config.data.clone()));
    }
    // The list of the erased and the database are of one time.
    let _folder = beside_others(&config.data)?;
    empty_folder(into)?;
    let copy = into.join(DATABASE_FILE);
    private_file(&copy, &[])?;
    copy_database(&database, &copy).await?;
    if !is_sound(&copy).await {
        return Err(BackupFault::Unsound);
    }
    let mut files = BTreeMap::from([(DATABASE_FILE.to_owned(), kept(&copy)?)]);
    for name in beside(&config.data)? {
        let bytes = read(&config.data.join(&name))?;
        private_file(&into.join(&name), &bytes)?;
        files.insert(name.clone(), kept(&into.join(&name))?);
    }
    let copied = Copied {
        files: files.len(),
        bytes: files.values().map(|file| file.bytes).sum(),
    };
    let manifest = Manifest {
        rondo_backup: LAYOUT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: clock.now().0,
        files,
    };
    let text = toml::to_string(&manifest).expect("a manifest is plain data");
    // Last: a backup without it was not finished.
    private_file(&into.join(MANIFEST), text.as_bytes())?;
    sync(into)?;
    private_file(&config.data.join(LAST_BACKUP_FILE), &[])?;
    Ok(copied)
}

/// Makes a data folder from a backup, and reads everything in it where the root key is there already.
pub async fn restore(config: &Config, from: &Path, clock: &Clock) -> Result<Restored, BackupFault> {
    let Database::Embedded = config.database else {
        return Err(BackupFault::NotHere);
    };
    let data = &config.data;
    if data.join(DATABASE_FILE).exists() {
        return Err(BackupFault::Occupied(data.clone()));
    }
    let manifest = manifest(from)?;
    // All of it is looked at before any of it is put anywhere.
    for (name, said) in &manifest.files {
        if kept(&from.join(name))? != *said {
            return Err(BackupFault::Changed(name.clone()));
        }
    }
    own_folder(data).map_err(|source| file_fault(data, source))?;
    let (databases, others): (Vec<_>, Vec<_>) = manifest.files.keys().partition(|name| *name == DATABASE_FILE);
    // The database last: a folder without it is restored into again.
    for name in others.into_iter().chain(databases) {
        let target = data.join(name);
        if name == ERASED_FILE {
            // The copy beside the root key may know of people who were erased after this backup was made.
            merge_erased(data, &from.join(name)).map_err(StartFault::from)?;
            continue;
        }
        private_file(&target, &[])?;
        fs::copy(from.join(name), &target).map_err(|source| file_fault(&target, source))?;
        private(&target)?;
        sync(&target)?;
    }
    sync(data)?;
    let copied = Copied {
        files: manifest.files.len(),
        bytes: manifest.files.values().map(|file| file.bytes).sum(),
    };
    let whole = match config.root_key.read(data) {
        Ok(root) => {
            under_the_key_of_now(config, &root, clock).await?;
            let erased = ErasedList::beside(&root, data).all().map_err(StartFault::from)?;
            let store = store_of(config, root, FatalHook::new(|_| ())).await?;
            // The next start does the rest; that nothing under their own key opens does not wait for it.
            for one in erased {
                if store.room(one.room).await?.is_some() {
                    store.destroy_key(one.room, one.participant).await?;
                }
            }
            store.purge().await?;
            let whole = store.whole().await;
            store.close().await;
            Some(whole?)
        }
        Err(KeyFault::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => None,
        Err(fault) => return Err(StartFault::from(fault).into()),
    };
    Ok(Restored { copied, whole })
}

/// A backup from before a rotation of the root key: where the old one stands beside the new one, everything is wrapped anew under the new one.
async fn under_the_key_of_now(config: &Config, root: &RootKey, clock: &Clock) -> Result<(), BackupFault> {
    let older = rotation::older(&config.data).map_err(StartFault::from)?;
    let keys: Vec<RootKey> = older.into_iter().map(|(_, key)| key).collect();
    adopt_erased(&config.data, root, &keys).map_err(StartFault::from)?;
    if fits(config, root).await? {
        return Ok(());
    }
    for old in keys {
        if fits(config, &old).await? {
            key_command::adopt(config, &old, root, clock).await?;
            return Ok(());
        }
    }
    Err(StoreFault::WrongRootKey.into())
}

fn manifest(from: &Path) -> Result<Manifest, BackupFault> {
    let no = |why: String| BackupFault::NoBackup {
        folder: from.to_owned(),
        why,
    };
    let file = fs::File::open(from.join(MANIFEST)).map_err(|fault| no(format!("{MANIFEST}: {fault}")))?;
    let mut text = String::new();
    file.take(MAX_MANIFEST_BYTES)
        .read_to_string(&mut text)
        .map_err(|fault| no(format!("{MANIFEST}: {fault}")))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|fault| no(fault.message().to_owned()))?;
    if manifest.rondo_backup != LAYOUT {
        return Err(no(format!("it was made by a later version ({})", manifest.version)));
    }
    if !manifest.files.contains_key(DATABASE_FILE) {
        return Err(no("it names no database".to_owned()));
    }
    // A name that leaves the folder was not written by us.
    match manifest.files.keys().find(|name| !is_ours(name)) {
        Some(name) => Err(no(format!("it names the file {name:?}"))),
        None => Ok(manifest),
    }
}

/// The names that [`take`] gives.
fn is_ours(name: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\', '\0']);
    name == DATABASE_FILE
        || BESIDE.contains(&name)
        || name
            .split_once('/')
            .is_some_and(|(folder, rest)| folder == PACKS && rest.split('/').all(plain))
}

/// The files beside the database that a backup holds, by their names below the data folder.
fn beside(data: &Path) -> Result<Vec<String>, BackupFault> {
    let mut names: Vec<String> = BESIDE
        .iter()
        .filter(|name| data.join(name).is_file())
        .map(|name| (*name).to_owned())
        .collect();
    let mut folders = vec![PACKS.to_owned()];
    while let Some(folder) = folders.pop() {
        let path = data.join(&folder);
        if !path.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&path).map_err(|source| file_fault(&path, source))? {
            let entry = entry.map_err(|source| file_fault(&path, source))?;
            let Ok(own) = entry.file_name().into_string() else {
                continue;
            };
            let name = format!("{folder}/{own}");
            let kind = entry.file_type().map_err(|source| file_fault(&path, source))?;
            // Half-written files begin with a dot.
            match (is_ours(&name), kind.is_dir(), kind.is_file()) {
                (true, true, _) => folders.push(name),
                (true, _, true) => names.push(name),
                _ => {}
            }
        }
    }
    names.sort();
    Ok(names)
}

fn kept(path: &Path) -> Result<Kept, BackupFault> {
    let mut file = fs::File::open(path).map_err(|source| file_fault(path, source))?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut piece = vec![0; 1024 * 1024];
    loop {
        let read = file.read(&mut piece).map_err(|source| file_fault(path, source))?;
        if read == 0 {
            break;
        }
        hash.update(&piece[..read]);
        bytes += read as u64;
    }
    let digest: [u8; 32] = hash.finalize().into();
    let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Kept { bytes, sha256 })
}

fn empty_folder(folder: &Path) -> Result<(), BackupFault> {
    own_folder(folder).map_err(|source| file_fault(folder, source))?;
    let mut entries = fs::read_dir(folder).map_err(|source| file_fault(folder, source))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(BackupFault::NotEmpty(folder.to_owned())),
    }
}

/// A file that only its owner can read, with the folders it stands in.
fn private_file(path: &Path, bytes: &[u8]) -> Result<(), BackupFault> {
    if let Some(folder) = path.parent() {
        own_folder(folder).map_err(|source| file_fault(folder, source))?;
    }
    fs::write(path, bytes).map_err(|source| file_fault(path, source))?;
    private(path)?;
    sync(path)
}

fn private(path: &Path) -> Result<(), BackupFault> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|source| file_fault(path, source))?;
    }
    Ok(())
}

fn sync(path: &Path) -> Result<(), BackupFault> {
    let synced = fs::File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|source| file_fault(path, source))
}

fn read(path: &Path) -> Result<Vec<u8>, BackupFault> {
    fs::read(path).map_err(|source| file_fault(path, source))
}

fn file_fault(path: &Path, source: std::io::Error) -> BackupFault {
    BackupFault::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_names_only_files_that_a_backup_holds() {
        for name in [
            "rondo.db",
            "duty.toml",
            "packs/our-group/pack.toml",
            "packs/our-group/text/en.toml",
        ] {
            assert!(is_ours(name), "{name}");
        }
        for name in [
            "root.key",
            "../rondo.db",
            "packs/../root.key",
            "packs/",
            "packs",
            "/etc/passwd",
            "packs/.half",
            "packs/a\\b",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
