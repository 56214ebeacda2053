//! A whole house on its way from SQLite to PostgreSQL: every table, row by row, in one transaction on the other side.
//!
//! Which columns there are is asked of both databases, so that a column can never be forgotten; which tables there are stands in one list
//! that a test holds against both, so that a table cannot be either. Rows stay as they are: everything in them that is secret is sealed, and
//! no key is needed to move it. What arrived is read back before the commit and must be, row for row, what was read here.

use std::path::Path;

use futures_util::TryStreamExt as _;
use protocol::Private;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};

use super::StoreFault;
use super::limits::MOVED_AT_ONCE_BYTES;
use super::postgres::{options, patient, up_to_date};
use super::sql::Row;

/// Every table that is moved, in an order in which each row finds what it refers to.
pub const MOVED: &[&str] = &[
    "practice",
    "first_run",
    "account",
    "pack",
    "room",
    "group_key",
    "person_key",
    "room_staff",
    "invite",
    "login",
    "seat",
    "event",
    "event_body",
    "event_rest",
    "command",
    "snapshot",
    "note",
    "note_update",
    "note_author",
    "sitting",
    "leaving",
    "visiting",
    "audit",
    "audit_begun",
    "audit_mark",
    "audit_look",
    "ledger",
    "ledger_leaf",
    "ledger_node",
    "ledger_seen",
    "ledger_checkpoint",
    "authenticator",
    "recovery_code",
    "passkey",
    "factor_reset",
    "outside_sign_in",
    "colleague_link",
    "look_in",
    "minor",
    "member_pin",
    "erasure",
    "legal_hold",
    "purged",
    "practice_key",
    "former_root",
    "author_key",
    "private_note",
    "believed_clock",
];

/// Tables that stay behind, and why: the daybook is posted first; nodes, their tickets, what was begun and what ended under them are of processes
/// that have ended by then; the rest is each engine's own.
pub const LEFT: &[&str] = &[
    "daybook",
    "node",
    "ticket",
    "ended",
    "beginning",
    "works_from",
    "_sqlx_migrations",
    "sqlite_sequence",
];

/// Why nothing was moved: a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MoveFault {
    #[error("the database it would be moved to holds something already (in the table {0}); give an empty one")]
    NotEmpty(&'static str),
    #[error("there is a table here that this version does not know how to move: {0}")]
    UnknownTable(String),
    #[error("the table {0} does not have the same columns on both sides")]
    Columns(&'static str),
    #[error("the table {0} did not arrive as it was; nothing of it was kept")]
    Differs(&'static str),
    #[error("the database here cannot be read: {0}")]
    Here(sqlx::Error),
    #[error("the database there did not take it, and kept nothing: {0}")]
    There(sqlx::Error),
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// One table that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    pub table: &'static str,
    pub rows: u64,
}

/// The few kinds of values that both engines keep alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Text,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    kind: Kind,
}

/// How many rows, and a sum of their hashes: the same rows in another order give the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sum {
    rows: u64,
    parts: [u64; 4],
}

impl Sum {
    fn add(&mut self, row: &[u8]) {
        let hash: [u8; 32] = Sha256::digest(row).into();
        let (parts, _) = hash.as_chunks::<8>();
        for (sum, part) in self.parts.iter_mut().zip(parts) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
        self.rows += 1;
    }
}

/// Moves everything. Nobody else works with the file, and its daybook is posted. `step` hears of each table before it goes, and of the commit.
pub async fn move_house(
    from: &Path,
    to: &Private<String>,
    step: &mut (dyn FnMut(&str) + Send),
) -> Result<Vec<Moved>, MoveFault> {
    let options = patient(options(to)?);
    up_to_date(&options).await?;
    let mut here = SqliteConnectOptions::new()
        .filename(from)
        .read_only(true)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(MoveFault::Here)?;
    here.execute("BEGIN").await.map_err(MoveFault::Here)?;
    knows_all(&mut here).await?;
    let mut there = options.connect().await.map_err(MoveFault::There)?;
    // Whoever starts a server there meanwhile waits, and then finds a house.
    let begin = format!("BEGIN; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", MOVED.join(", "));
    there.execute(AssertSqlSafe(begin)).await.map_err(MoveFault::There)?;
    for table in MOVED {
        let sql = AssertSqlSafe(format!("SELECT 1 FROM {table} LIMIT 1"));
        if there.fetch_optional(sql).await.map_err(MoveFault::There)?.is_some() {
            return Err(MoveFault::NotEmpty(table));
        }
    }
    let mut all = Vec::new();
    for table in MOVED {
        step(table);
        let columns = columns_there(&mut there, table).await?;
        if !same(&columns, &columns_here(&mut here, table).await?) {
            return Err(MoveFault::Columns(table));
        }
        let sent = send(&mut here, &mut there, table, &columns).await?;
        if arrived(&mut there, table, &columns).await? != sent {
            return Err(MoveFault::Differs(table));
        }
        all.push(Moved { table, rows: sent.rows });
    }
    step("commit");
    there.execute("COMMIT").await.map_err(MoveFault::There)?;
    // What was committed stays, however the connections end.
    drop((there.close().await, here.close().await));
    Ok(all)
}

/// A table that stands in neither list was made by another version.
async fn knows_all(here: &mut SqliteConnection) -> Result<(), MoveFault> {
    let rows = here
        .fetch_all("SELECT name FROM sqlite_master WHERE type = 'table'")
        .await;
    for row in rows.map_err(MoveFault::Here)? {
        let name: String = row.try_get(0).map_err(MoveFault::Here)?;
        if !MOVED.contains(&name.as_str()) && !LEFT.contains(&name.as_str()) {
            return Err(MoveFault::UnknownTable(name));
        }
    }
    Ok(())
}

async fn columns_here(here: &mut SqliteConnection, table: &'static str) -> Result<Vec<Column>, MoveFault> {
    let rows = sqlx::query("SELECT name, type FROM pragma_table_info($1)")
        .bind(table)
        .fetch_all(here)
        .await
        .map_err(MoveFault::Here)?;
    let read = |row: &sqlx::sqlite::SqliteRow| Some((row.try_get(0).ok()?, row.try_get(1).ok()?));
    rows.iter().map(|row| column(table, read(row))).collect()
}

async fn columns_there(there: &mut PgConnection, table: &'static str) -> Result<Vec<Column>, MoveFault> {
    let sql = "SELECT column_name::TEXT, data_type::TEXT FROM information_schema.columns
               WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
    let rows = sqlx::query(sql)
        .bind(table)
        .fetch_all(there)
        .await
        .map_err(MoveFault::There)?;
    let read = |row: &sqlx::postgres::PgRow| Some((row.try_get(0).ok()?, row.try_get(1).ok()?));
    rows.iter().map(|row| column(table, read(row))).collect()
}

fn column(table: &'static str, said: Option<(String, String)>) -> Result<Column, MoveFault> {
    let (name, kind) = said.ok_or(MoveFault::Columns(table))?;
    // Names go into statements: they are our own, and plain.
    let plain = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let kind = match kind.to_ascii_lowercase().as_str() {
        "bigint" | "integer" => Kind::Whole,
        "text" => Kind::Text,
        "bytea" | "blob" => Kind::Bytes,
        _ => return Err(MoveFault::Columns(table)),
    };
    if plain {
        Ok(Column { name, kind })
    } else {
        Err(MoveFault::Columns(table))
    }
}

/// The same columns, in whatever order.
fn same(there: &[Column], here: &[Column]) -> bool {
    there.len() == here.len() && !there.is_empty() && there.iter().all(|column| here.contains(column))
}

/// Their names in the order of the target, quoted: `at` and `n` are words of SQL to nobody, but one day a name may be.
fn named(columns: &[Column]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    quoted.join(", ")
}

/// PostgreSQL's own form for many rows: <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4>, eleven signs, no flags, nothing more.
const COPY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const COPY_END: [u8; 2] = (-1_i16).to_be_bytes();

async fn send(
    here: &mut SqliteConnection,
    there: &mut PgConnection,
    table: &'static str,
    columns: &[Column],
) -> Result<Sum, MoveFault> {
    let names = named(columns);
    let into = format!("COPY {table} ({names}) FROM STDIN (FORMAT binary)");
    let mut copy = there.copy_in_raw(&into).await.map_err(MoveFault::There)?;
    let (mut sum, mut waiting) = (Sum::default(), COPY_HEAD.to_vec());
    let select = AssertSqlSafe(format!("SELECT {names} FROM {table}"));
    let mut rows = sqlx::query(select).fetch(here);
    while let Some(row) = rows.try_next().await.map_err(MoveFault::Here)? {
        let begins = waiting.len();
        write(&Row::Lite(row), columns, &mut waiting)?;
        sum.add(&waiting[begins..]);
        if waiting.len() >= MOVED_AT_ONCE_BYTES {
            copy.send(waiting.as_slice()).await.map_err(MoveFault::There)?;
            waiting.clear();
        }
    }
    waiting.extend(COPY_END);
    copy.send(waiting.as_slice()).await.map_err(MoveFault::There)?;
    copy.finish().await.map_err(MoveFault::There)?;
    Ok(sum)
}

/// What stands there now, read back.
async fn arrived(there: &mut PgConnection, table: &'static str, columns: &[Column]) -> Result<Sum, MoveFault> {
    let select = AssertSqlSafe(format!("SELECT {} FROM {table}", named(columns)));
    let (mut sum, mut one) = (Sum::default(), Vec::new());
    let mut rows = sqlx::query(select).fetch(there);
    while let Some(row) = rows.try_next().await.map_err(MoveFault::There)? {
        one.clear();
        write(&Row::Pg(row), columns, &mut one)?;
        sum.add(&one);
    }
    Ok(sum)
}

/// One row as PostgreSQL takes it: the number of its values, then each with its length; -1 is the length of nothing.
fn write(row: &Row, columns: &[Column], into: &mut Vec<u8>) -> Result<(), StoreFault> {
    let fields = i16::try_from(columns.len()).expect("a table has a handful of columns");
    into.extend(fields.to_be_bytes());
    for (n, column) in columns.iter().enumerate() {
        let value = match column.kind {
            Kind::Whole => row.optional_int(n)?.map(|number| number.to_be_bytes().to_vec()),
            Kind::Text => row.optional_text(n)?.map(String::into_bytes),
            Kind::Bytes => row.optional_bytes(n)?,
        };
        match value {
            None => into.extend((-1_i32).to_be_bytes()),
            Some(bytes) => {
                let length = i32::try_from(bytes.len()).map_err(|_| StoreFault::TooLarge)?;
                into.extend(length.to_be_bytes());
                into.extend(bytes);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_rows_tells_another_row_and_not_another_order() {
        let sum = |rows: &[&[u8]]| {
            let mut sum = Sum::default();
            rows.iter().for_each(|row| sum.add(row));
            sum
        };
        assert_eq!(sum(&[b"a", b"b"]), sum(&[b"b", b"a"]));
        assert_ne!(sum(&[b"a", b"b"]), sum(&[b"a", b"c"]));
        assert_ne!(sum(&[b"a", b"b"]), sum(&[b"a"]));
    }

    #[test]
    fn a_column_of_another_kind_or_an_odd_name_is_not_moved() {
        let said = |name: &str, kind: &str| column("t", Some((name.to_owned(), kind.to_owned())));
        assert!(said("room", "bytea").is_ok() && said("room", "BLOB").is_ok());
        assert!(said("room", "timestamp with time zone").is_err());
        assert!(said("room\" FROM x", "text").is_err());
        let (one, other) = (said("a", "text").unwrap(), said("b", "bigint").unwrap());
        assert!(same(&[one.clone(), other.clone()], &[other.clone(), one.clone()]));
        assert!(!same(std::slice::from_ref(&one), &[other]) && !same(&[], &[]));
    }
}
