//! A data folder that somebody works with: many programs may at once, but whoever changes the root key is alone with it.
//!
//! A lock on a file of the folder, which the kernel takes back when a process ends, however it ends. Programs on other machines that share a
//! PostgreSQL database do not see each other's locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The file; it stays empty.
const LOCK_FILE: &str = "rondo.lock";

/// Holds the folder for as long as it lives.
#[derive(Debug)]
pub(crate) struct InUse(#[expect(dead_code, reason = "it is held, not read")] File);

impl InUse {
    /// Beside others. Refused while somebody is alone with the folder.
    pub(crate) fn beside_others(folder: &Path) -> Result<Self, TryLockError> {
        let file = opened(folder)?;
        file.try_lock_shared()?;
        Ok(Self(file))
    }

    /// Alone. Refused while anybody else works with the folder.
    pub(crate) fn alone(folder: &Path) -> Result<Self, TryLockError> {
        let file = opened(folder)?;
        file.try_lock()?;
        Ok(Self(file))
    }
}

fn opened(folder: &Path) -> Result<File, TryLockError> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(folder.join(LOCK_FILE))
        .map_err(TryLockError::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_alone_with_a_folder_is_alone_and_others_are_many() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let many = [
            InUse::beside_others(folder).unwrap(),
            InUse::beside_others(folder).unwrap(),
        ];
        assert!(matches!(InUse::alone(folder), Err(TryLockError::WouldBlock)));
        drop(many);
        let alone = InUse::alone(folder).unwrap();
        assert!(matches!(InUse::beside_others(folder), Err(TryLockError::WouldBlock)));
        drop(alone);
        InUse::beside_others(folder).unwrap();
    }
}
