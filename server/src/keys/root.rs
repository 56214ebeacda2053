//! The root key: 32 random bytes, unless the settings say otherwise in one file of the data folder, beside the database and never inside it.
//!
//! A backup of the database without this file is unreadable; so is a database whose file was lost, unless the recovery key was kept.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use zeroize::{Zeroize, Zeroizing};

use super::seal::Key;
use super::source::CommandFault;

/// The file's name in the data folder.
pub const ROOT_KEY_FILE: &str = "root.key";
/// Bytes of the file: the key and nothing else.
pub(super) const ROOT_KEY_BYTES: usize = 32;

/// Why there is no root key to work with. Each sentence says what the operator can do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// Others may read it.
    #[error(
        "{file} can be read by others (mode {mode:o}); run chmod 600 on it, and if others used this machine, replace it"
    )]
    Exposed { file: String, mode: u32 },
    /// Not 32 bytes.
    #[error(
        "{file} is not a root key: it must hold exactly 32 bytes; restore it from its backup or with the recovery key"
    )]
    Malformed { file: String },
    /// A line of the list of the erased that this root key did not write.
    #[error(
        "{file} was not written under this root key; where a rotation was cut off run rondo keys rotate again, else restore the file from its backup"
    )]
    StrangeList { file: String },
    /// The service manager gave no credentials.
    #[error(
        "root_key is credential, but CREDENTIALS_DIRECTORY is not set: start the server as a service with LoadCredential=root.key:…"
    )]
    NoCredentials,
    /// The operator's command gave no key.
    #[error("root_key_command {program:?} gave no root key: {why}")]
    Command { program: String, why: CommandFault },
    /// Not a seed of a signing key.
    #[error(
        "{file} is not a signing key: it must hold exactly 32 bytes; restore it from its backup, or take it away to begin with a new key"
    )]
    NoSeed { file: String },
    /// There is a recovery file but no root key: making a new key would hide the loss.
    #[error(
        "{file} is missing although this folder was set up before; restore it from its backup or with the recovery key"
    )]
    Lost { file: String },
    /// The file could not be read or written.
    #[error("{file}: {source}")]
    Io { file: String, source: io::Error },
}

/// The key above all keys. It has no `Debug` of its bytes and is wiped with its last holder.
#[derive(Clone)]
pub struct RootKey(Arc<Key>);

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey([private])")
    }
}

impl RootKey {
    /// Reads the folder's root key, or makes one at the first start.
    pub fn load_or_create(folder: &Path) -> Result<Self, KeyFault> {
        match Self::load(folder) {
            Err(KeyFault::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
        let came_before = [
            super::recovery::RECOVERY_FILE,
            super::recovery::NEXT_RECOVERY_FILE,
            super::rotation::NEXT_KEY_FILE,
        ];
        if came_before.iter().any(|name| folder.join(name).exists()) {
            return Err(KeyFault::Lost {
                file: folder.join(ROOT_KEY_FILE).display().to_string(),
            });
        }
        let key = Self(Arc::new(Key::draw()));
        match key.store(folder) {
            // Another start of the same folder was quicker: its key counts.
            Err(KeyFault::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => Self::load(folder),
            Err(fault) => Err(fault),
            Ok(()) => Ok(key),
        }
    }

    /// Reads the folder's root key.
    pub fn load(folder: &Path) -> Result<Self, KeyFault> {
        read_root(&folder.join(ROOT_KEY_FILE))
    }

    /// Writes the key as a new file; refuses to replace one.
    pub(super) fn store(&self, folder: &Path) -> Result<(), KeyFault> {
        self.store_as(folder, ROOT_KEY_FILE)
    }

    pub(super) fn store_as(&self, folder: &Path, name: &str) -> Result<(), KeyFault> {
        write_secret(folder, name, self.key().bytes(), Replace::Never)
    }

    /// A name by which two root keys are told apart, and from which neither can be found.
    pub fn name(&self) -> String {
        let tag = self.key().derive("rondo.root-name.1").tag(b"");
        tag[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn from_key(key: Key) -> Self {
        Self(Arc::new(key))
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0
    }
}

pub(super) fn read_root(path: &Path) -> Result<RootKey, KeyFault> {
    let mut bytes = read_secret(path, ROOT_KEY_BYTES)?;
    let key = <[u8; ROOT_KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| KeyFault::Malformed {
        file: path.display().to_string(),
    });
    bytes.zeroize();
    Ok(RootKey::from_key(Key::from_bytes(key?)))
}

/// Whether an existing file may give way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    Never,
    Old,
}

/// Reads a secret of about `expected` bytes, if nobody else may.
pub(super) fn read_secret(path: &Path, expected: usize) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let file = || path.display().to_string();
    let io = |source| KeyFault::Io { file: file(), source };
    let opened = fs::File::open(path).map_err(io)?;
    let mode = opened.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFault::Exposed { file: file(), mode });
    }
    // One byte more than expected is enough to know that it is too long.
    let mut bytes = Zeroizing::new(Vec::with_capacity(expected + 1));
    opened.take(expected as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// Writes a secret whole or not at all: a crash leaves the old file, the new file, or none.
pub(super) fn write_secret(folder: &Path, name: &str, bytes: &[u8], replace: Replace) -> Result<(), KeyFault> {
    let path = folder.join(name);
    let io = |source| KeyFault::Io {
        file: path.display().to_string(),
        source,
    };
    let mut suffix = [0; 8];
    super::seal::draw(&mut suffix);
    let draft = folder.join(format!("{name}.{:016x}.new", u64::from_be_bytes(suffix)));
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        match replace {
            Replace::Old => fs::rename(&draft, &path),
            // A hard link refuses an existing name, which a rename does not.
            Replace::Never => fs::hard_link(&draft, &path),
        }
    })();
    // After a rename there is nothing to remove; after a failure the draft must not stay.
    let _ = fs::remove_file(&draft);
    written.map_err(io)?;
    sync_folder(folder)
}

/// Names that were given or taken are on the disk when this returns.
pub(super) fn sync_folder(folder: &Path) -> Result<(), KeyFault> {
    let synced = fs::File::open(folder).and_then(|opened| opened.sync_all());
    synced.map_err(|source| KeyFault::Io {
        file: folder.display().to_string(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(key: &RootKey) -> [u8; 32] {
        *key.key().bytes()
    }

    #[test]
    fn the_first_start_makes_a_key_for_its_owner_alone_and_the_next_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let made = RootKey::load_or_create(folder.path()).unwrap();
        let read = RootKey::load_or_create(folder.path()).unwrap();
        assert_eq!(bytes(&made), bytes(&read));
        let mode = fs::metadata(folder.path().join(ROOT_KEY_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no draft is left behind"
        );
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        RootKey::load_or_create(folder.path()).unwrap();
        for mode in [0o640, 0o604, 0o644, 0o620, 0o610] {
            fs::set_permissions(folder.path().join(ROOT_KEY_FILE), fs::Permissions::from_mode(mode)).unwrap();
            let refused = RootKey::load_or_create(folder.path());
            assert!(matches!(refused, Err(KeyFault::Exposed { mode: seen, .. }) if seen == mode));
        }
    }

    #[test]
    fn a_key_of_the_wrong_length_is_refused_and_left_alone() {
        for length in [0, 31, 33, 4096] {
            let folder = tempfile::tempdir().unwrap();
            write_secret(folder.path(), ROOT_KEY_FILE, &vec![7; length], Replace::Never).unwrap();
            let refused = RootKey::load_or_create(folder.path());
            assert!(matches!(refused, Err(KeyFault::Malformed { .. })), "{length}");
            assert_eq!(fs::read(folder.path().join(ROOT_KEY_FILE)).unwrap().len(), length);
        }
    }

    #[test]
    fn of_many_first_starts_at_one_moment_all_get_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| RootKey::load_or_create(folder.path()).unwrap()))
                .collect();
            starts.into_iter().map(|start| bytes(&start.join().unwrap())).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn a_key_does_not_show_in_debug_output() {
        let folder = tempfile::tempdir().unwrap();
        let key = RootKey::load_or_create(folder.path()).unwrap();
        assert_eq!(format!("{key:?}"), "RootKey([private])");
    }
}
