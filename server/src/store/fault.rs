//! What can go wrong, in the words a caller can act on. Details are logged here, once; they never reach a person.

use std::sync::Arc;

/// Reading or writing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// The database does not answer, or could not take the write. Nothing was changed, unless the answer itself was lost.
    #[error("the database does not answer")]
    Unavailable,
    /// The root key is not the one these keys were wrapped under.
    #[error(
        "the root key does not belong to this database; restore the right root.key (for a backup from before a rotation: the old one beside it, under its name) or use the recovery key"
    )]
    WrongRootKey,
    /// A stored row cannot be what was written: moved, cut short or changed.
    #[error("a stored row is damaged: {0}")]
    Damaged(&'static str),
    /// There is no such row.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// The person was erased; nothing can be sealed for them any more.
    #[error("this person was erased")]
    Erased,
    /// Larger than its limit in `limits`.
    #[error("larger than its limit")]
    TooLarge,
    /// A later version of this program changed the tables so that this one cannot work with them.
    #[error("the database's tables do not fit this version of the program")]
    Migration,
    /// The file cannot be opened or its mode cannot be set.
    #[error("the database file cannot be opened: {0:?}")]
    File(std::io::ErrorKind),
}

/// An append did not happen, or nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else owns the room now, or it stands at another sequence number than the caller believes: drop the room.
    #[error("the room has another owner")]
    Fenced,
    /// Certainly nothing was committed: refuse the action, go on reading.
    #[error("the store cannot take this just now")]
    Unavailable,
    /// It may or may not have been committed: drop the room and replay.
    #[error("whether this was committed is not known")]
    Unknown,
}

/// Called once, when a write could not be forced to the disk. The program's hook ends the process; a test's hook takes note.
#[derive(Clone)]
pub struct FatalHook(Arc<dyn Fn(&str) + Send + Sync>);

impl std::fmt::Debug for FatalHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FatalHook")
    }
}

impl FatalHook {
    /// A hook of the caller's own.
    pub fn new(hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(crate) fn call(&self, why: &str) {
        (self.0)(why);
    }
}
