//! Group commit: one task writes for everybody. It takes all that waits, writes it in one transaction, and pays one fsync for it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::AppendError;
use super::batch::{self, Answer, Job, Lane};
use super::daybook::Daybook;
use super::engine::{Engine, Verdict};
use super::limits::{COMPANY_GAP, COMPANY_REMEMBERED, COMPANY_WAIT, MAX_BATCH, MAX_WAITING_BYTES, MAX_WAITING_WRITES};
use super::sql::Db;

/// A job and who waits for its answer.
struct Waiting {
    job: Job,
    reply: oneshot::Sender<Answer>,
}

/// Hands jobs to the writer task.
pub(super) struct Writer {
    queue: mpsc::Sender<Waiting>,
    bytes: Arc<AtomicUsize>,
    stop: Arc<Notify>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the task. It ends when this handle is dropped or [`Writer::stop`] was called, after writing what waits.
    pub(super) fn start(engine: Arc<Engine>) -> Self {
        let (queue, jobs) = mpsc::channel(MAX_WAITING_WRITES);
        let bytes = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(Notify::new());
        let task = Task {
            daybook: matches!(engine.db, Db::Lite { .. }).then(Daybook::default),
            engine,
            jobs,
            held_back: VecDeque::new(),
            company: HashMap::new(),
            bytes: Arc::clone(&bytes),
            stop: Arc::clone(&stop),
        };
        let task = Mutex::new(Some(tokio::spawn(task.run())));
        Self {
            queue,
            bytes,
            stop,
            task,
        }
    }

    /// Waits for the commit. A full queue answers at once: waiting would only hide that the disk stands still.
    pub(super) async fn write(&self, job: Job) -> Answer {
        let weight = job.weight();
        let (reply, answer) = oneshot::channel();
        if self.bytes.fetch_add(weight, Ordering::AcqRel) + weight > MAX_WAITING_BYTES
            || self.queue.try_send(Waiting { job, reply }).is_err()
        {
            self.bytes.fetch_sub(weight, Ordering::AcqRel);
            return Err(AppendError::Unavailable);
        }
        // A writer that went away without an answer may have committed.
        answer.await.unwrap_or(Err(AppendError::Unknown))
    }

    /// Takes nothing more, writes what waits, and ends.
    pub(super) async fn stop(&self) {
        self.stop.notify_one();
        let task = self.task.lock().expect("nobody panics while holding it").take();
        if let Some(task) = task {
            // If it panicked, its callers were told that the outcome is unknown.
            drop(task.await);
        }
    }

    /// Whether the task is there.
    pub(super) fn alive(&self) -> bool {
        !self.queue.is_closed()
    }
}

struct Task {
    engine: Arc<Engine>,
    /// SQLite only.
    daybook: Option<Daybook>,
    jobs: mpsc::Receiver<Waiting>,
    /// Jobs whose lane was already in the batch, in order. At most as many as the queue holds, since all came from it.
    held_back: VecDeque<Waiting>,
    /// Who was in a batch together with others lately, and when: they are likely to come again.
    company: HashMap<Lane, Instant>,
    bytes: Arc<AtomicUsize>,
    stop: Arc<Notify>,
}

impl Task {
    async fn run(mut self) {
        loop {
            if self.held_back.is_empty() {
                let due = self.daybook.as_ref().and_then(Daybook::due);
                let first = tokio::select! {
                    first = self.jobs.recv() => first,
                    () = at(due) => {
                        self.go_on().await;
                        continue;
                    }
                    () = self.stop.notified() => {
                        self.jobs.close();
                        continue;
                    }
                };
                match first {
                    Some(first) => self.held_back.push_back(first),
                    // Who stopped in order leaves nothing to the next start.
                    None => {
                        // What cannot be posted is posted by the next start.
                        let _ = self.engine.post().await;
                        return;
                    }
                }
            }
            self.wait_for_company().await;
            let batch = self.take();
            self.remember(&batch);
            self.write(batch).await;
        }
    }

    /// Goes on with the daybook while nobody writes. What cannot be posted now stays where it is, on the disk, and is tried again.
    async fn go_on(&mut self) {
        // The reason of a failure was told where it came.
        drop(batch::write(&self.engine, self.daybook.as_mut(), &[]).await);
    }

    /// A commit costs the same for one room as for ten, so who came lately is waited for while some of them come, but not for long. One room
    /// alone never waits, and rooms that each act once the other's answer is out are all there at once (decisions/0007).
    async fn wait_for_company(&mut self) {
        let now = Instant::now();
        let until = now + COMPANY_WAIT;
        self.company
            .retain(|_, seen| now.duration_since(*seen) < COMPANY_REMEMBERED);
        while self.held_back.len() < self.company.len().min(MAX_BATCH) {
            match timeout_at(until.min(Instant::now() + COMPANY_GAP), self.jobs.recv()).await {
                Ok(Some(waiting)) => self.held_back.push_back(waiting),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Whoever comes alone is not remembered: rooms that act one after the other would wait for each other in vain.
    fn remember(&mut self, batch: &[Waiting]) {
        if batch.len() > 1 {
            let now = Instant::now();
            self.company
                .extend(batch.iter().map(|waiting| (waiting.job.lane(), now)));
        }
    }

    /// Everything that waits, up to the bound, at most one job a lane, each lane in order.
    fn take(&mut self) -> Vec<Waiting> {
        while self.held_back.len() < MAX_WAITING_WRITES {
            match self.jobs.try_recv() {
                Ok(waiting) => self.held_back.push_back(waiting),
                Err(_) => break,
            }
        }
        let mut lanes = HashSet::new();
        let mut batch = Vec::new();
        let mut rest = VecDeque::new();
        for waiting in self.held_back.drain(..) {
            if batch.len() < MAX_BATCH && lanes.insert(waiting.job.lane()) {
                batch.push(waiting);
            } else {
                rest.push_back(waiting);
            }
        }
        self.held_back = rest;
        batch
    }

    async fn write(&mut self, batch: Vec<Waiting>) {
        let jobs: Vec<&Job> = batch.iter().map(|waiting| &waiting.job).collect();
        let answers = match batch::write(&self.engine, self.daybook.as_mut(), &jobs).await {
            Ok(answers) => answers,
            // One row that the database refuses must not cost the neighbours their commit: each gets a transaction of its own.
            Err(Verdict::Refused) if jobs.len() > 1 => {
                let mut answers = Vec::with_capacity(jobs.len());
                for job in jobs {
                    answers.push(self.write_alone(job).await);
                }
                answers
            }
            Err(verdict) => vec![Err(meaning(verdict)); jobs.len()],
        };
        for (waiting, answer) in batch.into_iter().zip(answers) {
            self.bytes.fetch_sub(waiting.job.weight(), Ordering::AcqRel);
            // A caller that went away has lost interest, not its commit.
            let _ = waiting.reply.send(answer);
        }
    }

    async fn write_alone(&mut self, job: &Job) -> Answer {
        match batch::write(&self.engine, self.daybook.as_mut(), &[job]).await {
            Ok(answers) => answers.into_iter().next().unwrap_or(Err(AppendError::Unknown)),
            Err(verdict) => Err(meaning(verdict)),
        }
    }
}

/// Ends at that time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// What a caller is told.
pub(super) fn meaning(verdict: Verdict) -> AppendError {
    match verdict {
        Verdict::Nothing => AppendError::Unavailable,
        // A row that is there already, behind a fence that let us through: the room is not what its owner believes.
        Verdict::Refused => AppendError::Fenced,
        Verdict::Unknown | Verdict::Fatal => AppendError::Unknown,
    }
}
