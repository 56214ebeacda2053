//! A database asked about itself, before anybody relies on it: nothing is written, and no table has to be there.

use std::path::Path;
use std::time::Duration;

use protocol::{Private, Timestamp};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

use super::changes::WORKS_FROM;
use super::limits::WAIT_SECONDS;
use super::postgres::options;

/// What any database says of the tables in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tables {
    /// The newest change of the tables that was made there; `None` in an empty database.
    pub newest: Option<i64>,
    /// The oldest one that a server must know to work with them; nothing where nobody has said.
    pub works_from: Option<i64>,
    /// The latest time at which a server believed its clock.
    pub believed: Option<Timestamp>,
}

/// What PostgreSQL says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresSaid {
    /// Like 150012 for 15.12.
    pub version: i64,
    /// Whether a commit waits for the disk at all.
    pub fsync: bool,
    pub full_page_writes: bool,
    /// As it is for a connection of ours.
    pub synchronous_commit: String,
    /// A replica is never asked for anything: this must be no.
    pub replica: bool,
    pub encrypted: bool,
    pub connections: i64,
    pub max_connections: i64,
    /// Its clock.
    pub now: Timestamp,
    pub tables: Tables,
}

/// The newest change of the tables that this version makes: SQLite's, PostgreSQL's.
pub fn newest_changes() -> (i64, i64) {
    let newest = super::changes::newest;
    (newest(&super::changes::SQLITE), newest(&super::changes::POSTGRES))
}

const ABOUT_ITSELF: &str = "SELECT current_setting('server_version_num')::BIGINT, current_setting('fsync')::TEXT,
        current_setting('full_page_writes')::TEXT, current_setting('synchronous_commit')::TEXT, pg_is_in_recovery(),
        COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE),
        (SELECT COUNT(*) FROM pg_stat_activity WHERE datname IS NOT NULL), current_setting('max_connections')::BIGINT,
        (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT";

/// Asks PostgreSQL. The reason of a failure holds no password.
pub async fn ask_postgres(url: &Private<String>) -> Result<PostgresSaid, String> {
    let patience = Duration::from_secs(WAIT_SECONDS);
    let asked = async {
        let options = options(url).map_err(|_| "its address cannot be read".to_owned())?;
        let mut connection = options.connect().await.map_err(|error| error.to_string())?;
        let said = said(&mut connection).await.map_err(|error| error.to_string());
        drop(connection.close().await);
        said
    };
    let late = |_| format!("no answer within {WAIT_SECONDS} seconds");
    tokio::time::timeout(patience, asked).await.map_err(late)?
}

async fn said(connection: &mut PgConnection) -> Result<PostgresSaid, sqlx::Error> {
    let row = connection.fetch_one(ABOUT_ITSELF).await?;
    let on = |row: &PgRow, n: usize| row.try_get::<String, _>(n).map(|text| text == "on");
    let mut tables = Tables::default();
    let there = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL, to_regclass('believed_clock') IS NOT NULL,
                 to_regclass('works_from') IS NOT NULL";
    let there = connection.fetch_one(there).await?;
    if there.try_get(0)? {
        let newest = connection
            .fetch_one("SELECT MAX(version) FROM _sqlx_migrations")
            .await?;
        tables.newest = newest.try_get(0)?;
    }
    if there.try_get(2)? {
        tables.works_from = connection.fetch_one(WORKS_FROM).await?.try_get(0)?;
    }
    if there.try_get(1)? {
        let at = connection.fetch_optional("SELECT at FROM believed_clock").await?;
        tables.believed = at.map(|row| row.try_get(0)).transpose()?.map(time);
    }
    Ok(PostgresSaid {
        version: row.try_get(0)?,
        fsync: on(&row, 1)?,
        full_page_writes: on(&row, 2)?,
        synchronous_commit: row.try_get(3)?,
        replica: row.try_get(4)?,
        encrypted: row.try_get(5)?,
        connections: row.try_get(6)?,
        max_connections: row.try_get(7)?,
        now: time(row.try_get(8)?),
        tables,
    })
}

/// Asks a SQLite file; a server may be writing meanwhile.
pub async fn ask_file(path: &Path) -> Result<Tables, String> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .disable_statement_logging();
    let mut connection = options.connect().await.map_err(|error| error.to_string())?;
    let tables = tables(&mut connection).await.map_err(|error| error.to_string());
    drop(connection.close().await);
    tables
}

async fn tables(connection: &mut SqliteConnection) -> Result<Tables, sqlx::Error> {
    let sql = "SELECT name FROM sqlite_master WHERE name IN ('_sqlx_migrations', 'believed_clock', 'works_from')";
    let mut tables = Tables::default();
    for row in connection.fetch_all(sql).await? {
        match row.try_get::<&str, _>(0)? {
            "believed_clock" => {
                let at = connection.fetch_optional("SELECT at FROM believed_clock").await?;
                tables.believed = at.map(|row| row.try_get(0)).transpose()?.map(time);
            }
            "works_from" => tables.works_from = connection.fetch_one(WORKS_FROM).await?.try_get(0)?,
            _ => {
                let newest = connection
                    .fetch_one("SELECT MAX(version) FROM _sqlx_migrations")
                    .await?;
                tables.newest = newest.try_get(0)?;
            }
        }
    }
    Ok(tables)
}

fn time(millis: i64) -> Timestamp {
    Timestamp(u64::try_from(millis).unwrap_or(0))
}
