//! Which room has a task. One `entry` decides; there is no check-then-act, so a room is opened exactly once however many arrive together.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use dashmap::{DashMap, Entry};
use protocol::wire::CloseCode;
use protocol::{RoomId, Timestamp};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::task::TaskTracker;

use super::lane::Closing;
use super::limits::{RESTART, RESTART_SPREAD_MS, ROOM_MAILBOX, ROOM_SPREAD_MS};
use super::nodes::Nodes;
use super::noting;
use super::reading::{Packs, Told};
use super::room_task::{self, Letter};
use crate::audit::Audit;
use crate::clock::Clock;
use crate::cluster::limits::{HANDED_OVER_EVERY, HANDED_OVER_WITHIN};
use crate::store::Store;

/// The way to a room's task.
#[derive(Debug, Clone)]
pub(super) struct Mailbox {
    letters: mpsc::Sender<Letter>,
    /// Tells one task of a room from the next.
    generation: u64,
}

pub(super) struct Registry {
    rooms: DashMap<RoomId, Mailbox>,
    next: AtomicU64,
    stopping: AtomicBool,
    /// One of several nodes, on its way out: what is open is served until its turn comes, and nothing is opened any more.
    handing_over: AtomicBool,
    tasks: TaskTracker,
    pub(super) store: Store,
    pub(super) clock: Clock,
    /// What every room is told by the operator.
    pub(super) told: Told,
    pub(super) packs: Packs,
    /// What is refused and read in rooms stands in their practices' books.
    pub(super) audit: Arc<Audit>,
    /// Carries voices and pictures, where the operator has that.
    pub(super) media: Option<media::Engine>,
    /// The other nodes, where there are any.
    nodes: OnceLock<Arc<Nodes>>,
}

/// The hub is stopping: nothing is opened any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopping;

impl Registry {
    pub(super) fn new(store: Store, clock: Clock, told: Told, media: Option<media::Engine>) -> Arc<Self> {
        Arc::new(Self {
            audit: Arc::new(Audit::new(store.clone())),
            rooms: DashMap::new(),
            next: AtomicU64::new(1),
            stopping: AtomicBool::new(false),
            handing_over: AtomicBool::new(false),
            tasks: TaskTracker::new(),
            store,
            clock,
            told,
            packs: Packs::default(),
            media,
            nodes: OnceLock::new(),
        })
    }

    /// The other nodes, where there are any.
    pub(super) fn nodes(&self) -> Option<&Arc<Nodes>> {
        self.nodes.get()
    }

    /// From here on rooms may be another node's.
    pub(super) fn joins(&self, nodes: Arc<Nodes>) {
        let _ = self.nodes.set(nodes); // a process is one node from its start to its end
    }

    /// Whether what is asked here may be answered: a node whose lease is over does not know any more what its rooms have come to.
    pub(super) fn may_acknowledge(&self) -> bool {
        #[cfg(feature = "mutants")]
        if super::mutants::is("ack_when_fenced") {
            return true;
        }
        self.nodes.get().is_none_or(|nodes| nodes.cluster.holds())
    }

    /// Does something beside everything else, which a planned stop waits for.
    pub(super) fn does(&self, something: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(something);
    }

    pub(super) fn len(&self) -> usize {
        self.rooms.len()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// A number that no other connection or task has.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The room's mailbox; opens the room if nobody has, unless this node hands its rooms over.
    fn mailbox(self: &Arc<Self>, room: RoomId) -> Result<Mailbox, Stopping> {
        match self.rooms.entry(room) {
            Entry::Occupied(open) => Ok(open.get().clone()),
            Entry::Vacant(_) if self.handing_over.load(Ordering::Acquire) => Err(Stopping),
            Entry::Vacant(place) => {
                let (letters, mailbox) = mpsc::channel(ROOM_MAILBOX);
                let generation = self.number();
                self.tasks
                    .spawn(room_task::run(Arc::clone(self), room, generation, mailbox));
                Ok(place.insert(Mailbox { letters, generation }).clone())
            }
        }
    }

    /// Hands a letter to a room's task, opening the room if need be. Waits while its mailbox is full.
    pub(super) async fn send(self: &Arc<Self>, room: RoomId, letter: Letter) -> Result<mpsc::Sender<Letter>, Stopping> {
        let mut letter = letter;
        loop {
            if self.is_stopping() {
                return Err(Stopping);
            }
            let mailbox = self.mailbox(room)?;
            match mailbox.letters.send(letter).await {
                Ok(()) => return Ok(mailbox.letters),
                // The task ended between the look-up and the letter; the next look-up opens the room anew.
                Err(back) => {
                    letter = back.0;
                    self.forget(room, mailbox.generation);
                }
            }
        }
    }

    /// Hands a letter to a room's task if it has one.
    pub(super) async fn tell_if_open(&self, room: RoomId, letter: Letter) {
        let letters = self.rooms.get(&room).map(|mailbox| mailbox.letters.clone());
        if let Some(letters) = letters {
            let _ = letters.send(letter).await; // a room that just closed has nobody to tell
        }
    }

    /// A task has ended.
    pub(super) fn forget(&self, room: RoomId, generation: u64) {
        self.rooms
            .remove_if(&room, |_, mailbox| mailbox.generation == generation);
    }

    fn all_open(&self) -> Vec<mpsc::Sender<Letter>> {
        self.rooms.iter().map(|mailbox| mailbox.letters.clone()).collect()
    }

    /// One of several nodes hands its rooms over before it ends, one after the other: whoever comes back finds the others at leisure, and not
    /// the whole house at their door.
    pub(super) async fn hands_over(&self) {
        let Some(nodes) = self.nodes() else { return };
        self.handing_over.store(true, Ordering::Release);
        nodes.takes_no_more(&self.store).await;
        let open = self.all_open();
        let rooms = u32::try_from(open.len()).unwrap_or(u32::MAX);
        let every = HANDED_OVER_EVERY.min(HANDED_OVER_WITHIN / rooms.max(1));
        for letters in open {
            let next = Instant::now() + every;
            // One that stands still must not keep the others from it; it is told again at the end.
            let _ = timeout_at(next, letters.send(Letter::Stop)).await;
            sleep_until(next).await;
        }
    }

    /// What a line is told whose room's task has ended under it: that the room starts again, or, on this server's way out, that it does so elsewhere.
    pub(super) fn a_room_ended(&self) -> Closing {
        let (code, reason) = if self.is_stopping() || self.handing_over.load(Ordering::Acquire) {
            (CloseCode::Restarting, ROOM_SPREAD_MS.to_string())
        } else {
            (CloseCode::RoomRestarting, String::new())
        };
        Closing { code, reason }
    }

    /// When the `n`th of so many people of a room is to come back after a planned restart, in milliseconds.
    pub(super) fn comes_back_after(&self, n: usize, people: usize) -> u64 {
        let within = if self.handing_over.load(Ordering::Acquire) {
            ROOM_SPREAD_MS
        } else {
            RESTART_SPREAD_MS
        };
        within * n as u64 / people.max(1) as u64
    }

    pub(super) async fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        for letters in self.all_open() {
            let _ = letters.send(Letter::Stop).await;
        }
        self.tasks.close();
        if tokio::time::timeout(RESTART, self.tasks.wait()).await.is_err() {
            tracing::warn!("some rooms did not end in time; their journals are complete");
        }
        if let Some(nodes) = self.nodes() {
            nodes.leave(&self.store).await;
        }
        // The minute does not end any more, so that what was counted in it is said now.
        noting::say_counts(&self.audit, Timestamp(u64::MAX)).await;
    }
}
