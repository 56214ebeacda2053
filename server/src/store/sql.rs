//! One SQL text, two engines. Statements use `$1 …`, and only the types that both engines keep alike: whole numbers, texts, bytes.
//!
//! sqlx has a type of its own per engine; the two small enums here keep that out of every other file.

use protocol::{
    AccountId, ColleagueLinkId, CommandId, InviteId, LookInId, ParticipantId, PracticeId, RoomId, Timestamp,
};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{Sqlite, SqlitePool, SqliteRow};
use sqlx::{Row as _, SqlSafeStr, SqlStr};

use super::StoreFault;
use super::multi::{Prepared, Signs};

/// A statement with its values.
macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

/// The database.
pub(super) enum Db {
    /// One connection that writes, a few that only read.
    Lite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Pg(PgPool),
}

/// A value to bind. The empty variants say which type is absent, which PostgreSQL must know.
#[derive(Clone)]
pub(super) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A transaction that may write. Dropped without [`Tx::commit`] it never happened.
pub(super) enum Tx {
    Lite(LiteTx),
    Pg(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// SQLite's writing connection in the middle of a transaction. SQLite may end a transaction by itself when the disk is full; sqlx's own
/// bookkeeping then holds the connection for busy for ever. So a transaction that was not ended in order closes its connection.
pub(super) struct LiteTx {
    connection: PoolConnection<Sqlite>,
    open: bool,
}

impl LiteTx {
    async fn on(writer: &SqlitePool) -> Result<Self, sqlx::Error> {
        Ok(Self {
            connection: writer.acquire().await?,
            open: true,
        })
    }

    /// A statement that is a transaction of its own, and its rows.
    pub(super) async fn says(mut self, (sql, values): Prepared) -> Result<Vec<Row>, sqlx::Error> {
        // To its very end: the commit is what it does last.
        let rows = bound!(sql, values).fetch_all(&mut *self.connection).await?;
        self.open = false;
        Ok(rows.into_iter().map(Row::Lite).collect())
    }
}

impl Drop for LiteTx {
    fn drop(&mut self) {
        if self.open {
            self.connection.close_on_drop();
        }
    }
}

/// One row of an answer.
pub(super) enum Row {
    Lite(SqliteRow),
    Pg(PgRow),
}

/// The values of one statement, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::sql::Value::from($value)),*] };
}
pub(super) use values;

impl Db {
    /// Rows read from the primary, in a transaction of the statement's own.
    pub(super) async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Lite { readers, .. } => {
                let rows = bound!(sql, values).fetch_all(readers).await?;
                Ok(rows.into_iter().map(Row::Lite).collect())
            }
            Self::Pg(pool) => {
                let rows = bound!(sql, values).fetch_all(pool).await?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }

    /// The only row, or none.
    pub(super) async fn row(&self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs a statement in a transaction of its own and gives the number of rows it changed. PostgreSQL alone: SQLite has one connection that writes.
    pub(super) async fn run(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        match self {
            Self::Lite { .. } => Err(sqlx::Error::InvalidArgument("SQLite writes in turn".to_owned())),
            Self::Pg(pool) => Ok(bound!(sql, values).execute(pool).await?.rows_affected()),
        }
    }

    /// Begins a transaction that may write. SQLite takes its one write lock at once, so that nothing read inside can be stale.
    pub(super) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Lite { writer, .. } => {
                let mut tx = LiteTx::on(writer).await?;
                sqlx::query("BEGIN IMMEDIATE").execute(&mut *tx.connection).await?;
                Ok(Tx::Lite(tx))
            }
            Self::Pg(pool) => Ok(Tx::Pg(pool.begin().await?)),
        }
    }

    /// SQLite's writing connection, for one statement that is a transaction of its own; PostgreSQL is given batches.
    pub(super) async fn alone(&self) -> Result<LiteTx, sqlx::Error> {
        match self {
            Self::Lite { writer, .. } => LiteTx::on(writer).await,
            Self::Pg(_) => Err(sqlx::Error::InvalidArgument("only SQLite writes at once".to_owned())),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Lite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Pg(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// How statements of many rows mark their values.
    pub(super) fn signs(&self) -> Signs {
        match self {
            Self::Lite(_) => Signs::InOrder,
            Self::Pg(_) => Signs::Numbered,
        }
    }

    /// Runs a statement and gives its rows.
    pub(super) async fn rows(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Vec<Row>, sqlx::Error> {
        let sql: SqlStr = sql.into_sql_str();
        match self {
            Self::Lite(tx) => {
                let rows = bound!(sql, values).fetch_all(&mut *tx.connection).await?;
                Ok(rows.into_iter().map(Row::Lite).collect())
            }
            Self::Pg(tx) => {
                let rows = bound!(sql, values).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }

    /// The only row, or none.
    pub(super) async fn row(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs a statement and gives the number of rows it changed.
    pub(super) async fn run(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let sql: SqlStr = sql.into_sql_str();
        match self {
            Self::Lite(tx) => Ok(bound!(sql, values).execute(&mut *tx.connection).await?.rows_affected()),
            Self::Pg(tx) => Ok(bound!(sql, values).execute(&mut **tx).await?.rows_affected()),
        }
    }

    /// The commit itself. Everybody else goes through `Engine::commit`, which knows what a failure means.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Lite(mut tx) => {
                sqlx::query("COMMIT").execute(&mut *tx.connection).await?;
                tx.open = false;
                Ok(())
            }
            Self::Pg(tx) => tx.commit().await,
        }
    }

    /// Ends the transaction without a trace and keeps the connection.
    pub(super) async fn roll_back(self) {
        match self {
            Self::Lite(mut tx) => tx.open = sqlx::query("ROLLBACK").execute(&mut *tx.connection).await.is_err(),
            // A failure here means that the connection is gone, and with it the transaction.
            Self::Pg(tx) => drop(tx.rollback().await),
        }
    }
}

/// What can go wrong between begin and commit.
pub(super) enum Trouble {
    Sql(sqlx::Error),
    Row(StoreFault),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreFault> for Trouble {
    fn from(fault: StoreFault) -> Self {
        Self::Row(fault)
    }
}

/// What stands in a column is not what was written there.
const WRONG_COLUMN: StoreFault = StoreFault::Damaged("a column of the wrong kind");

impl Row {
    pub(super) fn int(&self, column: usize) -> Result<i64, StoreFault> {
        match self {
            Self::Lite(row) => row.try_get(column),
            Self::Pg(row) => row.try_get(column),
        }
        .map_err(|_| WRONG_COLUMN)
    }

    pub(super) fn optional_int(&self, column: usize) -> Result<Option<i64>, StoreFault> {
        match self {
            Self::Lite(row) => row.try_get(column),
            Self::Pg(row) => row.try_get(column),
        }
        .map_err(|_| WRONG_COLUMN)
    }

    pub(super) fn text(&self, column: usize) -> Result<String, StoreFault> {
        match self {
            Self::Lite(row) => row.try_get(column),
            Self::Pg(row) => row.try_get(column),
        }
        .map_err(|_| WRONG_COLUMN)
    }

    pub(super) fn optional_text(&self, column: usize) -> Result<Option<String>, StoreFault> {
        match self {
            Self::Lite(row) => row.try_get(column),
            Self::Pg(row) => row.try_get(column),
        }
        .map_err(|_| WRONG_COLUMN)
    }

    pub(super) fn bytes(&self, column: usize) -> Result<Vec<u8>, StoreFault> {
        self.optional_bytes(column)?.ok_or(WRONG_COLUMN)
    }

    pub(super) fn optional_bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreFault> {
        match self {
            Self::Lite(row) => row.try_get(column),
            Self::Pg(row) => row.try_get(column),
        }
        .map_err(|_| WRONG_COLUMN)
    }

    pub(super) fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreFault> {
        self.bytes(column)?.try_into().map_err(|_| WRONG_COLUMN)
    }

    /// A number that counts something.
    pub(super) fn count(&self, column: usize) -> Result<u64, StoreFault> {
        u64::try_from(self.int(column)?).map_err(|_| WRONG_COLUMN)
    }

    pub(super) fn flag(&self, column: usize) -> Result<bool, StoreFault> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WRONG_COLUMN),
        }
    }

    pub(super) fn at(&self, column: usize) -> Result<Timestamp, StoreFault> {
        self.count(column).map(Timestamp)
    }

    pub(super) fn optional_at(&self, column: usize) -> Result<Option<Timestamp>, StoreFault> {
        match self.optional_int(column)? {
            None => Ok(None),
            Some(millis) => u64::try_from(millis)
                .map(|millis| Some(Timestamp(millis)))
                .map_err(|_| WRONG_COLUMN),
        }
    }

    /// 128 bits: an id, of whatever it is.
    pub(super) fn id(&self, column: usize) -> Result<u128, StoreFault> {
        self.array(column).map(u128::from_be_bytes)
    }
}

macro_rules! ids {
    ($($read:ident -> $id:ident),*) => {
        impl Row {
            $(pub(super) fn $read(&self, column: usize) -> Result<$id, StoreFault> {
                self.id(column).map($id::from_bits)
            })*
        }
        $(impl From<$id> for Value {
            fn from(id: $id) -> Self { Self::Bytes(Some(id.bits().to_be_bytes().to_vec())) }
        })*
    };
}
ids!(practice -> PracticeId, room -> RoomId, participant -> ParticipantId, account -> AccountId, invite -> InviteId, command -> CommandId,
    colleague_link -> ColleagueLinkId, look_in -> LookInId);

impl From<u64> for Value {
    /// Sequence numbers, epochs and times stay far below 2^63; a Yjs client id, which may not, keeps its bits.
    fn from(number: u64) -> Self {
        Self::Int(Some(number.cast_signed()))
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(Some(i64::from(flag)))
    }
}
impl From<Timestamp> for Value {
    /// A time after the year 292 million is the end of time.
    fn from(at: Timestamp) -> Self {
        Self::Int(Some(i64::try_from(at.0).unwrap_or(i64::MAX)))
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}
impl From<Option<Vec<u8>>> for Value {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes)
    }
}
impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}
impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}
