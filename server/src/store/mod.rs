//! The store: what is kept, encrypted before it reaches the database, on SQLite (the default) or PostgreSQL.
//!
//! * [`journal`]: a room's events, claimed by one owner at a time; appended by group commit, acknowledged after fsync.
//! * [`people`]: texts sealed for one person, unreadable for good once that person's key is destroyed.
//! * [`notes`]: updates of shared notes, folded so that deleted text is gone.
//! * [`copy`]: a copy of the embedded database while it is in use, and whether a store is whole.
//! * [`moving`]: a whole house from SQLite to PostgreSQL.
//! * [`ledger`]: each practice's signed log of all that was recorded; `evidence` reads it without trusting it.
//! * [`rotate`]: new keys in the place of old ones; [`inventory`]: which there are.
//! * [`private_notes`]: process notes that their authors' browsers sealed.
//! * [`forget`]: a sitting of which only a count is kept.
//! * [`erasure`]: a person of whom nothing is kept.
//! * [`retention`]: what goes because its term is over, and that it went.
//! * [`audit`]: who came to what, numbered without a gap, never changed; [`begun`]: what is about to be done and is not noted yet.
//! * [`nodes`]: machines that share one database, and which rooms are whose; [`shared`]: what each would else keep in memory.
//! * [`directory`]: the practice, accounts, logins, rooms and personal links.
//!
//! It leaves out every rule about who may do what, every clock (times are given by the caller) and every retry.

mod asked;
mod audit;
mod batch;
mod begun;
mod book;
mod changes;
mod checkpoint;
mod copy;
mod daybook;
pub mod directory;
mod engine;
mod erasure;
mod evidence;
mod fault;
mod forget;
mod header;
mod holds;
mod inventory;
mod journal;
mod ledger;
mod limits;
mod moving;
mod multi;
#[cfg(feature = "mutants")]
mod mutants;
mod nodes;
mod notes;
mod people;
mod postgres;
mod private_notes;
mod proof;
mod retention;
mod rotate;
mod shared;
mod sql;
mod sqlite;
mod vault;
mod visits;
mod writer;

pub use asked::{PostgresSaid, Tables, ask_file, ask_postgres, newest_changes};
pub use audit::AuditRow;
pub use begun::{Begun, CutOff};
pub use copy::{Whole, copy_database, is_sound};
pub use erasure::{AskedBy, EndedLinks, Erasure};
pub use evidence::{
    BodyFound, Evidence, LeafRow, LogRow, LoggedRoom, Opened as OpenedKeys, RawEvent, RawRecord, Written,
};
pub use fault::{AppendError, FatalHook, StoreFault};
pub use forget::{Count, Sitting};
pub use holds::Hold;
pub use inventory::{Held, KeysOfPractice};
pub use journal::{Append, Appended, Command, NewEvent, Opened, StoredEvent};
pub use ledger::{Included, LedgerHead, Reach};
pub use limits::*;
pub use moving::{LEFT, MOVED, MoveFault, Moved, move_house};
pub use nodes::{Claim, NodeId, NodeSeen, Says};
pub use notes::{NoteAppend, NoteAuthor, NoteLog, NoteUpdate};
pub use people::SealedField;
pub use private_notes::{Kept, PrivateNoteListed, SealedByAuthor};
pub use proof::SealedPiece;
pub use retention::{Due, OldAudit, Purged, QuietRoom, Said};
pub use rotate::{Rotated, Rotation};
pub use shared::{Beginning, Ended, Kept as KeptBeginning, SharedTicket};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use protocol::{Private, RoomId};

use self::book::Books;
use self::engine::{Doom, Engine};
use self::vault::{Group, Vault};
use self::writer::Writer;
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
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Arc<Engine>,
    vault: Vault,
    writer: Writer,
    books: Books,
    appended: tokio::sync::watch::Sender<u64>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens the store, brings its tables up to date and checks that `root` opens its keys.
    /// `fatal` is called when a write could not be forced to the disk: the process must end and replay (invariant 5).
    pub async fn open(config: StoreConfig, root: RootKey, fatal: FatalHook) -> Result<Store, StoreFault> {
        let doom = Arc::new(Doom::new(fatal));
        let engine = match &config {
            StoreConfig::Sqlite(path) => sqlite::open(path, doom).await?,
            StoreConfig::Postgres(url) => postgres::open(url, None, doom).await?,
        };
        Self::over(engine, root).await
    }

    /// The same on PostgreSQL as one of several nodes: its connections have its name, so that whoever looks into the database sees which are
    /// whose, and none stands still in a transaction for longer than its lease, or nobody could take over the rooms whose rows it holds.
    pub async fn open_as_node(
        url: &Private<String>,
        (name, lease): (&str, Duration),
        root: RootKey,
        fatal: FatalHook,
    ) -> Result<Store, StoreFault> {
        let doom = Arc::new(Doom::new(fatal));
        Self::over(postgres::open(url, Some((name, lease)), doom).await?, root).await
    }

    async fn over(engine: Engine, root: RootKey) -> Result<Store, StoreFault> {
        let engine = Arc::new(engine);
        let vault = Vault::new(root);
        vault.check_root(&engine).await?;
        // What a process that was killed had acknowledged.
        engine.post().await?;
        let writer = Writer::start(Arc::clone(&engine));
        let (appended, _) = tokio::sync::watch::channel(0);
        Ok(Store(Arc::new(Inner {
            engine,
            vault,
            writer,
            books: Books::default(),
            appended,
        })))
    }

    /// Writes what waits and closes the database. Afterwards every clone answers `Unavailable`.
    pub async fn close(&self) {
        self.0.writer.stop().await;
        if let Some(checkpointer) = &self.0.engine.checkpointer {
            checkpointer.stop().await;
        }
        self.0.engine.db.close().await;
    }

    /// Whether the database answers and takes writes: for the health check.
    pub async fn ping(&self) -> Result<(), StoreFault> {
        if self.0.engine.doom.met() || !self.0.writer.alive() {
            return Err(StoreFault::Unavailable);
        }
        self.engine().row("SELECT 1", vec![]).await.map(|_| ())
    }

    /// Waits until rows deleted so far are gone from the database's files too. On SQLite they are zeroed and the log is cut off. On
    /// PostgreSQL dead rows are vacuumed; its own log keeps their ciphertext until it is recycled.
    pub async fn purge(&self) -> Result<(), StoreFault> {
        #[cfg(feature = "mutants")]
        mutants::before_a_write();
        match &self.engine().checkpointer {
            Some(checkpointer) => checkpointer.purge().await,
            None => self.engine().vacuum().await,
        }
    }

    fn books(&self) -> &Books {
        &self.0.books
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn vault(&self) -> &Vault {
        &self.0.vault
    }

    async fn group(&self, room: RoomId) -> Result<Arc<Group>, StoreFault> {
        self.vault().group(self.engine(), room).await
    }
}
