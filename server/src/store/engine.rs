//! The engine: the database with its locks on misuse. It knows what a failed commit means, and when the process must end.
//!
//! A failed fsync leaves the outcome unknown, and asking again may lie: the kernel forgets that pages were dirty. So the first one stops
//! every later write and calls the hook that ends the process (invariant 5).

use std::sync::atomic::{AtomicBool, Ordering};

use super::checkpoint::Checkpointer;
use super::multi::Prepared;
use super::sql::{Db, Row, Trouble, Tx, Value};
use super::{FatalHook, StoreFault};

/// SQLite's result codes that decide something: <https://www.sqlite.org/rescode.html>. The low byte is the family.
const SQLITE_BUSY: u32 = 5;
const SQLITE_IOERR: u32 = 10;
const SQLITE_FULL: u32 = 13;
const SQLITE_IOERR_FSYNC: u32 = SQLITE_IOERR | 4 << 8;
const SQLITE_IOERR_DIR_FSYNC: u32 = SQLITE_IOERR | 5 << 8;

pub(super) struct Engine {
    pub(super) db: Db,
    /// SQLite only.
    pub(super) checkpointer: Option<Checkpointer>,
    pub(super) doom: std::sync::Arc<Doom>,
}

/// Whether a write failed in a way after which nothing may be written.
pub(super) struct Doom {
    hook: FatalHook,
    met: AtomicBool,
}

impl Doom {
    pub(super) fn new(hook: FatalHook) -> Self {
        Self {
            hook,
            met: AtomicBool::new(false),
        }
    }

    pub(super) fn met(&self) -> bool {
        self.met.load(Ordering::Acquire)
    }

    /// Looks at an error and ends the process where it must end.
    pub(super) fn judge(&self, error: &sqlx::Error, moment: Moment) -> Verdict {
        let verdict = verdict(error, moment);
        if verdict == Verdict::Fatal && !self.met.swap(true, Ordering::AcqRel) {
            tracing::error!(%error, "a write could not be forced to the disk; this process must end");
            self.hook.call("a write could not be forced to the disk");
        }
        verdict
    }
}

/// When an error came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before the commit was asked for.
    Before,
    /// As the answer to the commit, or while the log was copied into the database.
    Commit,
}

/// What an error says about the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing was committed.
    Nothing,
    /// Nothing was committed, because a row breaks a constraint or two transactions stood in each other's way.
    Refused,
    /// Nobody knows.
    Unknown,
    /// Nobody knows, and the process must end.
    Fatal,
}

fn verdict(error: &sqlx::Error, moment: Moment) -> Verdict {
    let sqlx::Error::Database(database) = error else {
        return match moment {
            Moment::Before => Verdict::Nothing,
            Moment::Commit => Verdict::Unknown,
        };
    };
    if let Some(postgres) = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return match (postgres.code().get(..2), moment) {
            // Constraint violated; serialisation or deadlock: the server rolled back and says so.
            (Some("23" | "40"), _) => Verdict::Refused,
            (_, Moment::Before) => Verdict::Nothing,
            // 53: no space, no memory: an error answer to COMMIT is a rollback. Anything else (57: shut down) may come after the commit.
            (Some("53"), Moment::Commit) => Verdict::Nothing,
            (_, Moment::Commit) => Verdict::Unknown,
        };
    }
    let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0);
    sqlite_verdict(
        code,
        database.is_unique_violation() || database.is_check_violation(),
        moment,
    )
}

fn sqlite_verdict(code: u32, constraint: bool, moment: Moment) -> Verdict {
    match (code & 0xff, moment) {
        _ if code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC => Verdict::Fatal,
        (SQLITE_IOERR, Moment::Commit) => Verdict::Fatal,
        _ if constraint => Verdict::Refused,
        (_, Moment::Before) => Verdict::Nothing,
        // Another process has the write lock. A commit that did not get it has not begun, and the connection is closed.
        (SQLITE_BUSY, Moment::Commit) => Verdict::Nothing,
        // The commit frame is the last thing written to the log; a write that found no space came before it or was it.
        (SQLITE_FULL, Moment::Commit) => Verdict::Nothing,
        (_, Moment::Commit) => Verdict::Unknown,
    }
}

impl Engine {
    /// Begins a transaction that may write.
    pub(super) async fn begin(&self) -> Result<Tx, StoreFault> {
        self.may_write().await?;
        self.db.begin().await.map_err(|error| self.fault(&error))
    }

    async fn may_write(&self) -> Result<(), StoreFault> {
        if self.doom.met() {
            return Err(StoreFault::Unavailable);
        }
        if let (Some(checkpointer), Db::Lite { writer, .. }) = (&self.checkpointer, &self.db) {
            checkpointer.make_room(writer).await;
        }
        Ok(())
    }

    /// SQLite: one statement that is a transaction of its own, written and synced when this answers. One hop between threads, where a
    /// transaction that is begun and committed takes three.
    pub(super) async fn at_once(&self, statement: Prepared) -> Result<Vec<Row>, Verdict> {
        let failed = |moment| {
            move |error: sqlx::Error| {
                let verdict = self.doom.judge(&error, moment);
                tracing::warn!(%error, ?verdict, "a write in one statement failed");
                verdict
            }
        };
        self.may_write().await.map_err(|_| Verdict::Nothing)?;
        let writer = self.db.alone().await.map_err(failed(Moment::Before))?;
        #[cfg(feature = "mutants")]
        super::mutants::before_a_write();
        // Whatever goes wrong in it may have gone wrong while it was committed.
        writer.says(statement).await.map_err(failed(Moment::Commit))
    }

    /// Commits with fsync. `Ok` is the only answer after which something may be acknowledged.
    pub(super) async fn commit(&self, tx: Tx) -> Result<(), Verdict> {
        #[cfg(feature = "mutants")]
        super::mutants::before_a_write();
        tx.commit().await.map_err(|error| {
            let verdict = self.doom.judge(&error, Moment::Commit);
            tracing::warn!(%error, ?verdict, "a commit failed");
            verdict
        })
    }

    /// Commits where the caller only needs to know whether it worked. Every such write may safely be said twice.
    pub(super) async fn finish(&self, tx: Tx) -> Result<(), StoreFault> {
        self.commit(tx).await.map_err(|_| StoreFault::Unavailable)
    }

    /// Ends a transaction by what came of it: commits it, or rolls it back and says why.
    pub(super) async fn ends<T>(&self, tx: Tx, done: Result<T, Trouble>) -> Result<T, StoreFault> {
        match done {
            Ok(done) => self.finish(tx).await.map(|()| done),
            Err(trouble) => {
                tx.roll_back().await;
                Err(match trouble {
                    Trouble::Sql(error) => self.fault(&error),
                    Trouble::Row(fault) => fault,
                })
            }
        }
    }

    /// The same for what may turn out not to be done: then nothing of it stays.
    pub(super) async fn ends_if_done(&self, tx: Tx, done: Result<bool, Trouble>) -> Result<bool, StoreFault> {
        if matches!(done, Ok(false)) {
            tx.roll_back().await;
            return Ok(false);
        }
        self.ends(tx, done).await
    }

    /// Rows read from the primary.
    pub(super) async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreFault> {
        self.db.rows(sql, values).await.map_err(|error| self.fault(&error))
    }

    /// The only row read, or none.
    pub(super) async fn row(&self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, StoreFault> {
        self.db.row(sql, values).await.map_err(|error| self.fault(&error))
    }

    /// One statement in a transaction of its own; gives the number of rows it changed. PostgreSQL is asked once, and neither begins nor commits aloud.
    pub(super) async fn write(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreFault> {
        if let Db::Pg(_) = &self.db {
            return self.by_itself(self.db.run(sql, values)).await;
        }
        let mut tx = self.begin().await?;
        let changed = tx.run(sql, values).await.map_err(|error| self.fault(&error))?;
        self.finish(tx).await?;
        Ok(changed)
    }

    /// The same for a statement that gives the row it changed.
    pub(super) async fn write_row(&self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, StoreFault> {
        if let Db::Pg(_) = &self.db {
            return self.by_itself(self.db.row(sql, values)).await;
        }
        let mut tx = self.begin().await?;
        let row = tx.row(sql, values).await.map_err(|error| self.fault(&error))?;
        self.finish(tx).await?;
        Ok(row)
    }

    /// A statement that is a transaction: whatever goes wrong in it may have gone wrong while it was committed.
    async fn by_itself<T>(&self, says: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreFault> {
        self.may_write().await?;
        #[cfg(feature = "mutants")]
        super::mutants::before_a_write();
        says.await.map_err(|error| {
            let verdict = self.doom.judge(&error, Moment::Commit);
            tracing::warn!(%error, ?verdict, "the database could not do what was asked");
            StoreFault::Unavailable
        })
    }

    /// PostgreSQL: makes the space of deleted rows free, in the tables whose rows are deleted for somebody's sake.
    pub(super) async fn vacuum(&self) -> Result<(), StoreFault> {
        match &self.db {
            Db::Pg(pool) => super::postgres::vacuum(pool).await.map_err(|error| self.fault(&error)),
            Db::Lite { .. } => Ok(()),
        }
    }

    /// An error before any commit, logged here and nowhere else.
    pub(super) fn fault(&self, error: &sqlx::Error) -> StoreFault {
        self.doom.judge(error, Moment::Before);
        tracing::warn!(%error, "the database could not do what was asked");
        StoreFault::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_fsync_ends_the_process_whenever_it_comes() {
        for moment in [Moment::Before, Moment::Commit] {
            assert_eq!(sqlite_verdict(1034, false, moment), Verdict::Fatal);
            assert_eq!(sqlite_verdict(1290, false, moment), Verdict::Fatal);
        }
    }

    #[test]
    fn any_disk_fault_at_the_commit_ends_the_process() {
        for code in [10, 266, 778, 1546] {
            assert_eq!(sqlite_verdict(code, false, Moment::Commit), Verdict::Fatal);
            assert_eq!(sqlite_verdict(code, false, Moment::Before), Verdict::Nothing);
        }
    }

    #[test]
    fn a_full_disk_means_that_nothing_was_committed() {
        assert_eq!(sqlite_verdict(13, false, Moment::Before), Verdict::Nothing);
        assert_eq!(sqlite_verdict(13, false, Moment::Commit), Verdict::Nothing);
    }

    #[test]
    fn a_write_lock_that_was_not_had_means_that_nothing_was_committed() {
        for code in [5, 261, 517] {
            assert_eq!(sqlite_verdict(code, false, Moment::Commit), Verdict::Nothing);
        }
    }

    #[test]
    fn a_lost_answer_to_a_commit_is_unknown_and_before_it_is_nothing() {
        assert_eq!(verdict(&sqlx::Error::WorkerCrashed, Moment::Commit), Verdict::Unknown);
        assert_eq!(verdict(&sqlx::Error::PoolTimedOut, Moment::Before), Verdict::Nothing);
    }
}
