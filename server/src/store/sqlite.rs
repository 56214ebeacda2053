//! Opening SQLite: one file with mode 0600, one connection that writes, a few that read, one that checkpoints.

use std::fs::OpenOptions;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::checkpoint::Checkpointer;
use super::engine::{Doom, Engine};
use super::sql::Db;
use super::{StoreFault, limits};

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
    sqlx::migrate!("./migrations/sqlite")
        .run(&writer)
        .await
        .map_err(|error| unmigrated(&error))?;
    let readers = SqlitePoolOptions::new()
        .max_connections(limits::READERS)
        .acquire_timeout(wait)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options.clone().read_only(true))
        .await
        .map_err(|error| unopened(&error))?;
    Ok(Engine {
        db: Db::Lite { writer, readers },
        checkpointer: Some(Checkpointer::start(options, Arc::clone(&doom))),
        doom,
    })
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
