//! The store: what is kept, encrypted before it reaches the database, on SQLite (the default) or PostgreSQL.
//!
//! * [`journal`]: a room's events, claimed by one owner at a time; appended by group commit, acknowledged after fsync.
//! * [`people`]: texts sealed for one person, unreadable for good once that person's key is destroyed.
//! * [`notes`]: updates of shared notes, folded so that deleted text is gone.
//! * [`directory`]: the practice, accounts, logins, rooms and personal links.
//!
//! It leaves out every rule about who may do what, every clock (times are given by the caller) and every retry.

pub mod directory;
mod fault;
mod journal;
mod limits;
mod notes;
mod people;

pub use fault::{AppendError, FatalHook, StoreFault};
pub use journal::{Append, Appended, Body, Command, NewEvent, Opened, StoredEvent};
pub use limits::*;
pub use notes::{NoteAppend, NoteAuthor, NoteLog, NoteUpdate};
pub use people::SealedField;

use std::path::PathBuf;
use std::sync::Arc;

use protocol::Private;

use crate::keys::RootKey;

/// Where to keep it.
#[derive(Debug, Clone)]
pub enum StoreConfig {
    /// One file, made when missing, with mode 0600; its folder must exist.
    Sqlite(PathBuf),
    /// `postgres://…`; it may carry a password, so it is not shown.
    Postgres(Private<String>),
}

/// The store. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store(#[expect(dead_code, reason = "the bodies follow in the next commits")] Arc<()>);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens the store, brings its tables up to date and checks that `root` opens its keys.
    /// `fatal` is called when a write could not be forced to the disk: the process must end and replay (invariant 5).
    pub async fn open(config: StoreConfig, root: RootKey, fatal: FatalHook) -> Result<Store, StoreFault> {
        let _ = (config, root, fatal);
        Err(StoreFault::Unavailable)
    }

    /// Finishes what waits and closes the database. Afterwards every clone answers `Unavailable`.
    pub async fn close(&self) {}

    /// Whether the database answers: for the health check.
    pub async fn ping(&self) -> Result<(), StoreFault> {
        Err(StoreFault::Unavailable)
    }
}
