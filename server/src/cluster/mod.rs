//! Several machines over one database (decisions/0033).
//!
//! * A *node* is one process; it lives while its *lease* runs, by the database's clock (`store/nodes.rs`).
//! * A room's *owner* is the node whose task touches it. Its *epoch*, asked inside every append, is what makes that true.
//! * A *relay* is a node where somebody's socket stands whose room another node owns. It checks who comes, and carries ([`line`]).
//! * Where a room is opened is a question of who has room for it ([`placement`]).
//! * The *bus* carries what relays and owners say to each other ([`letter`]) and may lose, double and reorder all of it ([`bus`]). Nothing that
//!   was acknowledged ever depends on it.
//!
//! What it leaves out: every rule, every table and every socket. The hub puts these parts together (`hub/nodes.rs`, `hub/relay.rs`,
//! `hub/remote.rs`).

pub mod bus;
pub mod ended;
pub mod letter;
pub mod limits;
pub mod line;
pub mod placement;

#[cfg(test)]
mod simulation;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use protocol::Private;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, timeout};

use self::bus::{Nats, NoBus};
use self::letter::{Envelope, Letter, LineId};
use self::limits::BEAT;
use crate::store::{NodeId, Store, StoreFault};

/// Why a node cannot take part.
#[derive(Debug, thiserror::Error)]
pub enum JoinFault {
    #[error(transparent)]
    Bus(#[from] NoBus),
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// This node's place among the others.
pub struct Cluster {
    node: NodeId,
    name: String,
    lease: Duration,
    bus: Nats,
    envelope: Envelope,
    /// Until when it lives as far as it knows: a lease from before the question that was answered last.
    holds_until: Mutex<Instant>,
    renewed: Notify,
    /// Lines that this process has opened as a relay.
    lines: AtomicU64,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cluster({}, {:?})", self.name, self.node)
    }
}

impl Cluster {
    /// Takes part over NATS. Gives what is said to this node, too.
    pub async fn join(
        store: &Store,
        (name, address): (&str, &str),
        bus: &Private<String>,
        lease: Duration,
    ) -> Result<(Self, mpsc::Receiver<Bytes>), JoinFault> {
        let asked_at = Instant::now();
        let (node, replaced) = store.join(name, address, lease).await?;
        if replaced {
            tracing::warn!(
                name,
                "another process of this node's name was alive a moment ago; it is over"
            );
        }
        let (bus, heard) = Nats::connect(bus, node, name).await?;
        let cluster = Self {
            node,
            name: name.to_owned(),
            lease,
            bus,
            envelope: Envelope::new(store.bus_key(), node),
            holds_until: Mutex::new(asked_at + lease),
            renewed: Notify::new(),
            lines: AtomicU64::new(0),
        };
        Ok((cluster, heard))
    }

    /// This process.
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// What its operator calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long its lease runs.
    pub const fn lease(&self) -> Duration {
        self.lease
    }

    /// A line that this process opens as a relay.
    pub fn opens_line(&self) -> LineId {
        LineId::new(self.lines.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The database said yes to what was asked at that moment.
    pub fn renewed(&self, asked_at: Instant) {
        {
            let mut until = self.holds_until.lock().unwrap_or_else(PoisonError::into_inner);
            *until = (*until).max(asked_at + self.lease);
        }
        self.renewed.notify_waiters();
    }

    /// Whether its lease runs, on the safe side. A node that was stopped knows it by its own clock before anybody tells it.
    pub fn holds(&self) -> bool {
        Instant::now() < *self.holds_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits a moment for the next renewal if its lease is over: a node that was stopped renews it before it does anything else.
    pub async fn settles(&self) {
        let renewed = self.renewed.notified();
        if !self.holds() {
            let _ = timeout(BEAT * 2, renewed).await; // then whoever asks hears that there is no answer
        }
    }

    /// Says something to another node, now or never.
    pub fn says(&self, to: NodeId, letter: &Letter) {
        self.bus.says(to, self.envelope.seal(to, letter));
    }

    /// Who said that, and what; nothing of what no node of this house has said to this one.
    pub fn opens(&self, bytes: &[u8]) -> Option<(NodeId, Letter)> {
        self.envelope.open(bytes)
    }

    /// Whether the bus can be reached just now, as far as anybody here knows.
    pub fn hears_the_bus(&self) -> bool {
        self.bus.is_connected()
    }

    /// Tells once everything that was said has been handed to the network, or is lost.
    pub fn is_through(&self) -> oneshot::Receiver<()> {
        self.bus.is_through()
    }
}
