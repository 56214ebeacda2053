//! Which room has a task. One `entry` decides; there is no check-then-act, so a room is opened exactly once however many arrive together.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use dashmap::DashMap;
use protocol::{RoomId, Timestamp};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::limits::{RESTART, ROOM_MAILBOX};
use super::nodes::Nodes;
use super::noting;
use super::reading::{Packs, Told};
use super::room_task::{self, Letter};
use crate::audit::Audit;
use crate::clock::Clock;
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

    /// The room's mailbox; opens the room if nobody has.
    fn mailbox(self: &Arc<Self>, room: RoomId) -> Mailbox {
        self.rooms
            .entry(room)
            .or_insert_with(|| {
                let (letters, mailbox) = mpsc::channel(ROOM_MAILBOX);
                let generation = self.number();
                self.tasks
                    .spawn(room_task::run(Arc::clone(self), room, generation, mailbox));
                Mailbox { letters, generation }
            })
            .clone()
    }

    /// Hands a letter to a room's task, opening the room if need be. Waits while its mailbox is full.
    pub(super) async fn send(self: &Arc<Self>, room: RoomId, letter: Letter) -> Result<mpsc::Sender<Letter>, Stopping> {
        let mut letter = letter;
        loop {
            if self.is_stopping() {
                return Err(Stopping);
            }
            let mailbox = self.mailbox(room);
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

    pub(super) async fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        if let Some(nodes) = self.nodes() {
            nodes.takes_no_more(&self.store).await;
        }
        let open: Vec<mpsc::Sender<Letter>> = self.rooms.iter().map(|mailbox| mailbox.letters.clone()).collect();
        for letters in open {
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
