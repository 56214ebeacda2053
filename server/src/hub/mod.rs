//! The hub: rooms as tasks, connections as lanes.
//!
//! One action takes six hops: `socket` reads it → the room's bounded mailbox → `room.decide` → `store.append` (group commit, fsync) →
//! `room.apply` and one view per audience → the socket writes. The actor's own answer goes on the ordered lane.
//!
//! * [`registry`]: which room has a task; each is opened exactly once.
//! * [`room_task`]: the one task that touches a room.
//! * `desk`: where a room's notes meet the hub. `calls`: where its voices and pictures do.
//! * `nodes`: several machines, of which each owns some rooms. `relay`: a room that another node owns, `remote`: a line that comes from one.
//! * [`lane`]: what leaves the hub for one connection. [`socket`]: the connection itself; `writer`: its frames.
//!
//! What it leaves out: every rule (they stand in `room`), and who may connect at all (`http` and `identity` say so).

mod allowance;
mod calls;
mod desk;
mod erasing;
pub mod lane;
mod leaving;
pub mod limits;
#[cfg(feature = "mutants")]
mod mutants;
mod nodes;
mod noting;
mod own;
mod reading;
mod registry;
mod relay;
mod remote;
mod room_task;
mod sealing;
mod socket;
mod visits;
mod writer;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use protocol::{ParticipantId, Private, Role, RoomId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;

use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::store::{FatalHook, Store, StoreFault};

pub use erasing::{ErasedHere, NotErased};
pub use lane::Closing;
pub use own::{Disclosure, Entry, Own, own};
pub use reading::{Told, history};
use registry::Registry;
use room_task::Letter;
pub use writer::Direct;

/// Who a connection speaks for. Given by the HTTP side after its checks.
#[derive(Debug, Clone)]
pub struct Seat {
    pub room: RoomId,
    pub participant: ParticipantId,
    pub role: Role,
    /// The name the group sees.
    pub name: Private<String>,
    /// Somebody outside the room has let them in already: they pass the door.
    pub let_in: bool,
}

/// The hub. Cheap to clone; all clones are one hub.
#[derive(Clone)]
pub struct Hub {
    registry: Arc<Registry>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hub({} rooms open)", self.registry.len())
    }
}

impl Hub {
    /// A hub over a store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self::prepared(store, clock, Told::default())
    }

    /// A hub whose rooms know whom to call.
    pub fn prepared(store: Store, clock: Clock, told: Told) -> Self {
        Self::carrying(store, clock, told, None)
    }

    /// A hub whose rooms have voices and pictures, too.
    pub fn carrying(store: Store, clock: Clock, told: Told, media: Option<media::Engine>) -> Self {
        Self {
            registry: Registry::new(store, clock, told, media),
        }
    }

    /// Serves one connection until it ends. `io` has finished its handshake; `direct` writes to the same socket, if that can be done past `io`;
    /// `ended` resolves when something outside the room ends the connection, and says how.
    pub fn serve<IO, E>(
        &self,
        seat: Seat,
        io: IO,
        direct: Option<Arc<dyn Direct>>,
        ended: E,
    ) -> impl Future<Output = ()> + use<IO, E>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send,
        E: Future<Output = Closing>,
    {
        let role = tokio_tungstenite::tungstenite::protocol::Role::Server;
        let stream = WebSocketStream::from_raw_socket(io, role, Some(socket::config()))
            .now_or_never()
            .expect("without a handshake there is nothing to wait for");
        socket::serve(Arc::clone(&self.registry), seat, stream, direct, ended)
    }

    /// From here on this hub is one of several: rooms may be another node's. `heard` is what the others say.
    pub fn joins(&self, cluster: Cluster, heard: mpsc::Receiver<Bytes>, over: FatalHook) {
        nodes::joins(&self.registry, cluster, heard, over);
    }

    /// Somebody's link was revoked: their lines close and they are away.
    pub async fn revoked(&self, room: RoomId, participant: ParticipantId) {
        self.registry.tell_if_open(room, Letter::Revoked { participant }).await;
    }

    /// What somebody did and said in a room.
    pub async fn own(&self, room: RoomId, participant: ParticipantId) -> Result<Own, StoreFault> {
        own(&self.registry.store, room, participant).await
    }

    /// Destroys a person's keys, takes their words out of notes, journal and snapshot, and closes their lines. The files are for the caller
    /// to purge. Said again, it is seen to again.
    pub async fn erase(
        &self,
        room: RoomId,
        participant: ParticipantId,
        by: Option<ParticipantId>,
    ) -> Result<ErasedHere, NotErased> {
        erasing::erase(&self.registry, room, participant, by).await
    }

    /// Finishes what a killed process left undone: sittings of which nothing is kept are destroyed before anybody is taken in.
    pub async fn finish_leaving(&self) -> Result<(), StoreFault> {
        leaving::finish(&self.registry).await
    }

    /// Opens every room that is late in forgetting where somebody was: once, now.
    pub async fn forget_places(&self) {
        let _ = visits::look(&self.registry).await; // a hub that stops looks no more; the next start does
    }

    /// Does so from now on.
    pub fn keep_forgetting_places(&self) {
        tokio::spawn(visits::keep_looking(Arc::downgrade(&self.registry)));
    }

    /// Says every minute in the audit book how many refusals were only counted.
    pub fn keep_counting(&self) {
        tokio::spawn(noting::keep_counting(Arc::downgrade(&self.registry)));
    }

    /// One of several nodes hands its rooms over, before it ends; otherwise nothing.
    pub async fn hands_over(&self) {
        self.registry.hands_over().await;
    }

    /// Ends every room for a planned restart: snapshots, then every line is told when to come back.
    pub async fn stop(&self) {
        self.registry.stop().await;
    }

    /// How many rooms have a task.
    pub fn open_rooms(&self) -> usize {
        self.registry.len()
    }
}
