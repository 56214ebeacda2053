//! Checkpoints: SQLite's log is copied into the database by a connection of its own, so that no append waits for it.
//!
//! Copying ("passive") runs beside the writer. Only when the log outgrows its bound does the writer wait a moment, so that the log can
//! begin anew. A purge cuts the log off: afterwards no deleted row is left in any file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
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

pub(super) struct Checkpointer {
    commits: AtomicU32,
    grew: Arc<Notify>,
    purges: mpsc::Sender<oneshot::Sender<bool>>,
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
    stop: Arc<Notify>,
}

impl Checkpointer {
    pub(super) fn start(options: SqliteConnectOptions, doom: Arc<Doom>) -> Self {
        let (purges, waiting) = mpsc::channel(limits::MAX_WAITING_PURGES);
        let grew = Arc::new(Notify::new());
        let stop = Arc::new(Notify::new());
        let work = Work {
            // Short: a checkpoint that must wait holds the writer's lock meanwhile.
            options: options.busy_timeout(Duration::from_millis(limits::CHECKPOINT_WAIT_MILLIS)),
            connection: None,
            doom,
        };
        let task = tokio::spawn(work.run(Arc::clone(&grew), waiting, Arc::clone(&stop)));
        Self {
            commits: AtomicU32::new(0),
            grew,
            purges,
            task: std::sync::Mutex::new(Some(task)),
            stop,
        }
    }

    /// Called after every commit; looks at the log from time to time.
    pub(super) fn log_grew(&self) {
        let commits = self.commits.fetch_add(1, Ordering::Relaxed);
        if commits.is_multiple_of(limits::CHECKPOINT_LOOK_EVERY) {
            self.grew.notify_one();
        }
    }

    /// Waits until the log is empty and every deleted row has been overwritten in the database.
    pub(super) async fn purge(&self) -> Result<(), StoreFault> {
        let (done, wait) = oneshot::channel();
        self.purges.try_send(done).map_err(|_| StoreFault::Unavailable)?;
        match wait.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(StoreFault::Unavailable),
        }
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
}

/// What a checkpoint did.
struct Done {
    busy: bool,
    pages: i64,
    copied: i64,
}

impl Work {
    async fn run(mut self, grew: Arc<Notify>, mut purges: mpsc::Receiver<oneshot::Sender<bool>>, stop: Arc<Notify>) {
        loop {
            tokio::select! {
                () = stop.notified() => break,
                () = grew.notified() => self.keep_short().await,
                first = purges.recv() => {
                    let Some(first) = first else { break };
                    // Everybody who waits is served by one cut.
                    let mut waiting = vec![first];
                    while let Ok(next) = purges.try_recv() { waiting.push(next); }
                    let cut = self.cut_off().await;
                    for asker in waiting { let _ = asker.send(cut); }
                }
            }
        }
        if let Some(connection) = self.connection.take() {
            drop(connection.close().await);
        }
    }

    async fn keep_short(&mut self) {
        let Some(log) = self.checkpoint(LENGTH).await else {
            return;
        };
        if log.pages < limits::CHECKPOINT_PAGES {
            return;
        }
        // When all was copied, the writer begins the log anew by itself.
        let Some(copy) = self.checkpoint(COPY).await else {
            return;
        };
        if copy.copied < copy.pages && copy.pages >= limits::MAX_LOG_PAGES {
            self.checkpoint(BEGIN_ANEW).await;
        }
    }

    async fn cut_off(&mut self) -> bool {
        for attempt in 0..limits::PURGE_ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(limits::PURGE_PAUSE_MILLIS)).await;
            }
            if self.checkpoint(CUT_OFF).await.is_some_and(|done| !done.busy) {
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
            Ok(Done {
                busy: row.try_get::<i64, _>(0)? != 0,
                pages: row.try_get(1)?,
                copied: row.try_get(2)?,
            })
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
