//! Opening SQLite: one file with mode 0600, one connection that writes, a few that read, one that checkpoints.

use std::fs::OpenOptions;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::checkpoint::{Bounds, Checkpointer};
use super::engine::{Doom, Engine};
use super::sql::Db;
use super::{StoreFault, changes, limits};

pub(super) async fn open(path: &Path, doom: Arc<Doom>) -> Result<Engine, StoreFault> {
    make_file(path).map_err(|error| StoreFault::File(error.kind()))?;
    let wait = Duration::from_secs(limits::WAIT_SECONDS);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: a commit is on the disk before it is acknowledged. NORMAL would lose the last commits at a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(wait)
        .statement_cache_capacity(limits::PREPARED_STATEMENTS)
        // Deleted rows are overwritten with zeros.
        .pragma("secure_delete", "ON")
        // A statement of many rows keeps the pages it changes until it is through. In a file, which is the default, that was nearly half of
        // everything written, and it stood outside the data folder.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "0")
        .pragma("journal_size_limit", limits::MAX_LOG_BYTES.to_string())
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(wait)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options.clone())
        .await
        .map_err(|error| unopened(&error))?;
    changes::may_work(&changes::SQLITE, works_from(&writer).await?)?;
    changes::SQLITE.run(&writer).await.map_err(|error| unmigrated(&error))?;
    let readers = SqlitePoolOptions::new()
        .max_connections(limits::READERS)
        .acquire_timeout(wait)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options.clone().read_only(true))
        .await
        .map_err(|error| unopened(&error))?;
    let bounds = Bounds {
        copied_from: limits::CHECKPOINT_PAGES,
        longest: limits::MAX_LOG_PAGES,
    };
    Ok(Engine {
        db: Db::Lite { writer, readers },
        checkpointer: Some(Checkpointer::start(options, Arc::clone(&doom), bounds)),
        doom,
    })
}

async fn works_from(writer: &SqlitePool) -> Result<Option<i64>, StoreFault> {
    let asked = async {
        let there = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'works_from'";
        match sqlx::query_scalar::<_, i64>(there).fetch_one(writer).await? {
            0 => Ok(None),
            _ => sqlx::query_scalar(changes::WORKS_FROM).fetch_one(writer).await,
        }
    };
    asked.await.map_err(|error| unopened(&error))
}

/// SQLite gives its log and its index the mode of the database, so it is enough to make that one private.
fn make_file(path: &Path) -> std::io::Result<()> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

fn unopened(error: &sqlx::Error) -> StoreFault {
    tracing::error!(%error, "the database cannot be opened");
    match error {
        // 26 and 11: not a database, or a torn one.
        sqlx::Error::Database(database) if database.code().is_some_and(|code| code == "26" || code == "11") => {
            StoreFault::Damaged("the database file is not a database")
        }
        _ => StoreFault::Unavailable,
    }
}

pub(super) fn unmigrated(error: &sqlx::migrate::MigrateError) -> StoreFault {
    tracing::error!(%error, "the tables cannot be brought up to date");
    match error {
        sqlx::migrate::MigrateError::Execute(error) | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => {
            unopened(error)
        }
        _ => StoreFault::Migration,
    }
}

/// A store in this folder with a practice, an account and room 1, claimed once.
#[cfg(test)]
pub(super) async fn furnished(folder: &Path) -> super::Store {
    use protocol::{AccountId, ParticipantId, PracticeId, RoomId, Timestamp};

    use super::directory::{NewRoom, PinnedPack, SetUp};
    use super::{FatalHook, Store, StoreConfig};
    use crate::keys::RootKey;

    let root = RootKey::load_or_create(folder).unwrap();
    let config = StoreConfig::Sqlite(folder.join("rondo.db"));
    let store = Store::open(config, root, FatalHook::new(|why| panic!("{why}")))
        .await
        .unwrap();
    let (practice, account, at) = (PracticeId::from_bits(1), AccountId::from_bits(1), Timestamp(0));
    let (name, email, password_hash) = ("A".into(), "a@example.org".into(), "$".into());
    let set_up = SetUp {
        practice,
        account,
        name,
        email,
        password_hash,
        at,
        second_factor_due: protocol::Timestamp(0),
    };
    store.set_up(set_up).await.unwrap();
    let pack = ["p", "1", "d"].map(str::to_owned);
    let [id, version, digest] = pack;
    let room = NewRoom {
        room: RoomId::from_bits(1),
        practice,
        title: "G".into(),
        pack: PinnedPack { id, version, digest },
        pack_bytes: Vec::new(),
        language: "en".to_owned(),
        starts_on: None,
        created_by: account,
        participant: ParticipantId::from_bits(1),
        at,
    };
    store.create_room(room).await.unwrap();
    store.claim(RoomId::from_bits(1)).await.unwrap();
    store
}

#[cfg(test)]
mod tests {
    use protocol::{PracticeId, RoomId, Timestamp};

    use super::super::{Append, AppendError, Appended, NewEvent};
    use super::*;

    fn append(after_seq: u64) -> Append {
        Append {
            room: RoomId::from_bits(1),
            practice: PracticeId::from_bits(1),
            epoch: 1,
            after_seq,
            events: vec![NewEvent {
                kind: "said",
                at: Timestamp(1),
                actor: None,
                body: vec![7; 20_000],
            }],
            command: None,
        }
    }

    #[tokio::test]
    async fn what_a_statement_keeps_meanwhile_stays_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let store = furnished(folder.path()).await;
        let kept = store.engine().row("PRAGMA temp_store", vec![]).await.unwrap().unwrap();
        assert_eq!(kept.int(0), Ok(2), "2 is memory");
    }

    #[tokio::test]
    async fn without_space_an_append_is_unavailable_and_with_space_the_next_one_works() {
        let folder = tempfile::tempdir().unwrap();
        let store = furnished(folder.path()).await;
        let Db::Lite { writer, .. } = &store.engine().db else {
            panic!("this is SQLite")
        };
        // As if the disk had room for a few pages more. The bound belongs to this connection, which a full disk closes.
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(writer).await.unwrap();
        let bound = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 20));
        sqlx::query(bound).fetch_one(writer).await.unwrap();
        let mut seq = 0;
        let refused = loop {
            match store.append(append(seq)).await {
                Ok(Appended::Committed { last_seq }) => seq = last_seq,
                other => break other,
            }
            assert!(seq < 20, "the disk is full by now");
        };
        assert_eq!(refused, Err(AppendError::Unavailable));
        assert_eq!(store.claim(RoomId::from_bits(1)).await.unwrap().next_seq, seq + 1);
        let mut next = append(seq);
        next.epoch = 2;
        assert_eq!(store.append(next).await, Ok(Appended::Committed { last_seq: seq + 1 }));
        store.close().await;
    }
}
