//! Checkpoints: SQLite's log is copied into the database by a connection of its own, so that no append waits for it.
//!
//! Copying ("passive") runs beside the writer. Once that is done the writer waits for the little that came meanwhile, and the log begins anew; left to
//! chance it would be copied again and again beside a writer that is never still, and every copy syncs the disk that commits wait for. When the log
//! outgrows its bound the writer waits for the whole copy: on a disk slower than its writers it would otherwise grow without end. A purge cuts the
//! log off: afterwards no deleted row is left in any file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqliteRow};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::engine::{Doom, Moment};
use super::{StoreFault, limits};

/// Asks for the log's length. The answer's columns are: busy, pages in the log, pages copied.
const LENGTH: &str = "PRAGMA wal_checkpoint(NOOP)";
const COPY: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const BEGIN_ANEW: &str = "PRAGMA wal_checkpoint(RESTART)";
const CUT_OFF: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// How long the log may grow, in pages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// From here on it is copied beside the writer.
    pub(super) copied_from: i64,
    /// From here on the writer waits for the copy.
    pub(super) longest: i64,
}

/// What somebody waits for; a later one does what the earlier ones do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    /// A log that begins anew, after what is left to copy; if a reader stands in the way, another time.
    Rest,
    /// A log that begins anew.
    Room,
    /// An empty log, and every deleted row overwritten in the database.
    Purge,
}

pub(super) struct Checkpointer {
    bounds: Bounds,
    writes: AtomicU32,
    grew: Arc<Notify>,
    /// All but what came meanwhile is copied.
    copied: Arc<AtomicBool>,
    /// The log's length from which on the writer waits for the rest: more after a reader stood in the way.
    rest_from: AtomicI64,
    wishes: mpsc::Sender<(Wish, oneshot::Sender<bool>)>,
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
    stop: Arc<Notify>,
}

impl Checkpointer {
    pub(super) fn start(options: SqliteConnectOptions, doom: Arc<Doom>, bounds: Bounds) -> Self {
        let (wishes, waiting) = mpsc::channel(limits::MAX_WAITING_PURGES);
        let grew = Arc::new(Notify::new());
        let stop = Arc::new(Notify::new());
        let copied = Arc::new(AtomicBool::new(false));
        let work = Work {
            // Short: a checkpoint that must wait holds the writer's lock meanwhile.
            options: options.busy_timeout(Duration::from_millis(limits::CHECKPOINT_WAIT_MILLIS)),
            connection: None,
            doom,
            copied: Arc::clone(&copied),
        };
        let task = tokio::spawn(work.run(Arc::clone(&grew), waiting, Arc::clone(&stop)));
        Self {
            bounds,
            writes: AtomicU32::new(0),
            grew,
            copied,
            rest_from: AtomicI64::new(bounds.copied_from),
            wishes,
            task: std::sync::Mutex::new(Some(task)),
            stop,
        }
    }

    /// Called before every write; looks at the log from time to time, and waits while it is too long. A log that cannot begin anew in
    /// bounded time, because a reader stands in the way, holds nobody up for longer: the next look asks again.
    pub(super) async fn make_room(&self, writer: &SqlitePool) {
        let writes = self.writes.fetch_add(1, Ordering::Relaxed);
        if !writes.is_multiple_of(limits::CHECKPOINT_LOOK_EVERY) {
            return;
        }
        // The writer's own connection knows the length, and asking it touches no disk.
        let length = match sqlx::query(LENGTH)
            .fetch_one(writer)
            .await
            .and_then(|row| Done::read(&row))
        {
            Ok(log) => log.pages,
            Err(error) => {
                tracing::warn!(%error, "the length of the log is unknown");
                return;
            }
        };
        let Bounds { copied_from, longest } = self.bounds;
        if length >= longest {
            let begun = self.wish(Wish::Room).await;
            tracing::debug!(length, begun, "the writer waited for the log");
        } else if length < copied_from {
            self.copied.store(false, Ordering::Relaxed);
            self.rest_from.store(copied_from, Ordering::Relaxed);
        } else if !self.copied.load(Ordering::Relaxed) {
            self.grew.notify_one();
        } else if length >= self.rest_from.load(Ordering::Relaxed) {
            self.copied.store(false, Ordering::Relaxed);
            let begun = self.wish(Wish::Rest).await;
            if !begun {
                let later = length.saturating_add(copied_from / limits::RESTS_PER_LOG);
                self.rest_from.store(later, Ordering::Relaxed);
            }
            tracing::debug!(length, begun, "the writer waited for the log's rest");
        }
    }

    /// Waits until the log is empty and every deleted row has been overwritten in the database.
    pub(super) async fn purge(&self) -> Result<(), StoreFault> {
        if self.wish(Wish::Purge).await {
            Ok(())
        } else {
            Err(StoreFault::Unavailable)
        }
    }

    async fn wish(&self, wish: Wish) -> bool {
        let (done, wait) = oneshot::channel();
        self.wishes.try_send((wish, done)).is_ok() && wait.await.unwrap_or(false)
    }

    /// Ends the task and closes its connection.
    pub(super) async fn stop(&self) {
        self.stop.notify_one();
        let task = self.task.lock().expect("nobody panics while holding it").take();
        if let Some(task) = task {
            // A panic in the task is its own; there is nothing left to close then.
            drop(task.await);
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

struct Work {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    doom: Arc<Doom>,
    copied: Arc<AtomicBool>,
}

/// What a checkpoint did.
struct Done {
    busy: bool,
    pages: i64,
    copied: i64,
}

impl Done {
    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            busy: row.try_get::<i64, _>(0)? != 0,
            pages: row.try_get(1)?,
            copied: row.try_get(2)?,
        })
    }
}

impl Work {
    async fn run(
        mut self,
        grew: Arc<Notify>,
        mut wishes: mpsc::Receiver<(Wish, oneshot::Sender<bool>)>,
        stop: Arc<Notify>,
    ) {
        loop {
            tokio::select! {
                () = stop.notified() => break,
                () = grew.notified() => {
                    // A reader of long ago keeps the copy from going on behind it; there is no waiting for a rest then.
                    let copied = self.checkpoint(COPY).await.is_some_and(|done| done.pages == done.copied);
                    self.copied.store(copied, Ordering::Relaxed);
                }
                first = wishes.recv() => {
                    let Some(first) = first else { break };
                    // Everybody who waits is served by one checkpoint; cutting the log off makes room too.
                    let mut waiting = vec![first];
                    while let Ok(next) = wishes.try_recv() { waiting.push(next); }
                    let wish = waiting.iter().map(|(wish, _)| *wish).max();
                    let done = match wish {
                        Some(Wish::Purge) => self.insist(CUT_OFF, limits::PURGE_ATTEMPTS).await,
                        Some(Wish::Room) => self.insist(BEGIN_ANEW, limits::ROOM_ATTEMPTS).await,
                        Some(Wish::Rest) | None => self.insist(BEGIN_ANEW, 1).await,
                    };
                    for (_, asker) in waiting { let _ = asker.send(done); }
                }
            }
        }
        if let Some(connection) = self.connection.take() {
            drop(connection.close().await);
        }
    }

    async fn insist(&mut self, sql: &'static str, attempts: u32) -> bool {
        for attempt in 0..attempts {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(limits::PURGE_PAUSE_MILLIS)).await;
            }
            if self.checkpoint(sql).await.is_some_and(|done| !done.busy) {
                return true;
            }
        }
        false
    }

    /// Runs one checkpoint statement. A fault at the disk ends the process as it would at a commit: had the copy not reached the
    /// disk, a later checkpoint would drop the log all the same.
    async fn checkpoint(&mut self, sql: &'static str) -> Option<Done> {
        if self.doom.met() {
            return None;
        }
        let done = async {
            let connection = match &mut self.connection {
                Some(connection) => connection,
                none => none.insert(self.options.connect().await?),
            };
            let row = sqlx::query(sql).fetch_one(connection).await?;
            Done::read(&row)
        };
        match done.await {
            Ok(done) => Some(done),
            Err(error) => {
                self.doom.judge(&error, Moment::Commit);
                tracing::warn!(%error, "a checkpoint failed");
                self.connection = None;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sqlx::sqlite::{SqliteJournalMode, SqlitePoolOptions};

    use super::super::FatalHook;
    use super::*;

    const PAGE: u64 = 4096;
    /// Pages that one write of the test takes, with its bookkeeping.
    const PAGES_PER_WRITE: i64 = 30;

    async fn writer(options: &SqliteConnectOptions) -> SqlitePool {
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .unwrap();
        sqlx::query("CREATE TABLE page (body BLOB)")
            .execute(&writer)
            .await
            .unwrap();
        writer
    }

    fn options(folder: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(folder.join("it.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("wal_autocheckpoint", "0")
    }

    #[tokio::test]
    async fn the_log_stays_bounded_however_slow_the_disk_is() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        let writer = writer(&options).await;
        let doom = Arc::new(Doom::new(FatalHook::new(|why| panic!("{why}"))));
        let bounds = Bounds {
            // Never copied beside the writer: as if that copy never came to an end.
            copied_from: i64::MAX,
            longest: 400,
        };
        let checkpointer = Checkpointer::start(options, doom, bounds);
        let log = folder.path().join("it.db-wal");
        let mut longest = 0;
        for _ in 0..200 {
            checkpointer.make_room(&writer).await;
            sqlx::query("INSERT INTO page VALUES (zeroblob(100000))")
                .execute(&writer)
                .await
                .unwrap();
            longest = longest.max(std::fs::metadata(&log).unwrap().len());
        }
        let slack = i64::from(limits::CHECKPOINT_LOOK_EVERY) * PAGES_PER_WRITE;
        let bound = u64::try_from(bounds.longest + slack).unwrap() * PAGE;
        // 200 writes of 100 kB are 20 MB.
        assert!(longest < bound, "{longest} of {bound} bytes");
        checkpointer.stop().await;
        assert!(std::fs::metadata(folder.path().join("it.db")).unwrap().len() > 10 * 1024 * 1024);
    }

    #[tokio::test]
    async fn a_reader_that_stands_in_the_way_holds_the_writer_up_for_a_bounded_time_only() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        let writer = writer(&options).await;
        let mut reader = options.connect().await.unwrap();
        let doom = Arc::new(Doom::new(FatalHook::new(|why| panic!("{why}"))));
        let bounds = Bounds {
            copied_from: i64::MAX,
            longest: 1,
        };
        sqlx::query("INSERT INTO page VALUES (zeroblob(100000))")
            .execute(&writer)
            .await
            .unwrap();
        sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
        sqlx::query("SELECT count(*) FROM page")
            .fetch_one(&mut reader)
            .await
            .unwrap();
        sqlx::query("INSERT INTO page VALUES (zeroblob(100000))")
            .execute(&writer)
            .await
            .unwrap();
        let checkpointer = Checkpointer::start(options, doom, bounds);
        checkpointer.make_room(&writer).await;
        assert!(!checkpointer.wish(Wish::Room).await, "the reader still reads");
        sqlx::query("COMMIT").execute(&mut reader).await.unwrap();
        assert!(checkpointer.wish(Wish::Room).await);
        checkpointer.stop().await;
    }

    const FROM: i64 = 100;

    /// A log of more than `FROM` pages that is copied, behind it a write that is not, and a reader in the middle of its work.
    async fn copied_but_for_a_rest(
        options: &SqliteConnectOptions,
        writer: &SqlitePool,
    ) -> (Checkpointer, SqliteConnection) {
        let doom = Arc::new(Doom::new(FatalHook::new(|why| panic!("{why}"))));
        let bounds = Bounds {
            copied_from: FROM,
            longest: i64::MAX,
        };
        for _ in 0..10 {
            write(writer).await;
        }
        // It keeps the writer from beginning anew by itself, as a writer does that is never still.
        let mut reader = options.connect().await.unwrap();
        sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
        sqlx::query("SELECT count(*) FROM page")
            .execute(&mut reader)
            .await
            .unwrap();
        let checkpointer = Checkpointer::start(options.clone(), doom, bounds);
        look(&checkpointer, writer).await;
        while !checkpointer.copied.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        write(writer).await;
        assert!(length(writer).await > FROM);
        (checkpointer, reader)
    }

    async fn write(writer: &SqlitePool) {
        sqlx::query("INSERT INTO page VALUES (zeroblob(100000))")
            .execute(writer)
            .await
            .unwrap();
    }

    async fn look(checkpointer: &Checkpointer, writer: &SqlitePool) {
        checkpointer.writes.store(0, Ordering::Relaxed);
        checkpointer.make_room(writer).await;
    }

    async fn length(writer: &SqlitePool) -> i64 {
        let row = sqlx::query(LENGTH).fetch_one(writer).await.unwrap();
        Done::read(&row).unwrap().pages
    }

    #[tokio::test]
    async fn given_a_copy_that_is_done_when_the_writer_looks_then_it_waits_for_the_rest_and_the_log_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        let writer = writer(&options).await;
        let (checkpointer, mut reader) = copied_but_for_a_rest(&options, &writer).await;
        sqlx::query("COMMIT").execute(&mut reader).await.unwrap();
        look(&checkpointer, &writer).await;
        write(&writer).await;
        assert!(length(&writer).await < FROM);
        checkpointer.stop().await;
    }

    #[tokio::test]
    async fn given_a_reader_in_the_way_then_the_rest_waits_until_the_log_has_grown_by_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        let writer = writer(&options).await;
        let (checkpointer, _reader) = copied_but_for_a_rest(&options, &writer).await;
        let before = length(&writer).await;
        look(&checkpointer, &writer).await;
        let later = checkpointer.rest_from.load(Ordering::Relaxed);
        assert_eq!(later, before + FROM / limits::RESTS_PER_LOG);
        write(&writer).await;
        assert!(length(&writer).await > before, "the log goes on");
        checkpointer.stop().await;
    }
}
