//! Several machines: which rooms are this one's, what the others say, and that it lives.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use dashmap::DashMap;
use protocol::RoomId;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::registry::Registry;
use super::remote::{self, FromRelay, RemoteLine};
use super::room_task::Letter as ForRoom;
use crate::cluster::ended::EndedLines;
use crate::cluster::letter::{Letter, LineId};
use crate::cluster::limits::{LAST_WORDS, RENEWALS, SOONER};
use crate::cluster::{Cluster, placement};
use crate::metrics::METRICS;
use crate::store::{Claim, FatalHook, NodeId, Opened, Says, Store, StoreFault};

/// What a relay hears from the owner of its room.
pub(super) type FromOwner = (NodeId, Letter);

/// This node among the others.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) cluster: Cluster,
    /// Rooms that this node owns, with their epochs.
    owned: DashMap<RoomId, u64>,
    /// Rooms that others own and that somebody here is in.
    relays: DashMap<RoomId, mpsc::Sender<FromOwner>>,
    /// Lines that come from other nodes.
    pub(super) lines: DashMap<LineId, RemoteLine>,
    /// Such lines that have ended.
    ended: Mutex<EndedLines>,
    /// It leaves in good order: that it is over is no news then.
    leaving: AtomicBool,
}

impl Nodes {
    /// What the owner of this room says from here on.
    pub(super) fn relays(&self, room: RoomId, inbox: mpsc::Sender<FromOwner>) {
        self.relays.insert(room, inbox);
    }

    /// Nobody here is in that room any more.
    pub(super) fn relays_no_more(&self, room: RoomId) {
        self.relays.remove(&room);
    }

    /// Whether a line has ended that a relay speaks of.
    pub(super) fn has_ended(&self, relay: NodeId, line: LineId) -> bool {
        self.ended().has(relay, line)
    }

    /// It is not opened again, however late a hello comes. What it was told before, it hears.
    pub(super) fn ends(&self, relay: NodeId, line: LineId) {
        self.ended().add(relay, line);
        self.lines.remove(&line);
    }

    fn ended(&self) -> MutexGuard<'_, EndedLines> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It will end: no other node sends it rooms from here on.
    pub(super) async fn takes_no_more(&self, store: &Store) {
        // A database that stands still does not keep a node from its end.
        match timeout(LAST_WORDS, store.takes_no_more(self.cluster.node())).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => tracing::warn!("the others do not hear that this node takes no more rooms"),
        }
    }

    /// The last thing that this node does.
    pub(super) async fn leave(&self, store: &Store) {
        self.leaving.store(true, Ordering::Release);
        // What was said at last is to arrive; whoever does not hear it notices by the silence.
        let _ = timeout(LAST_WORDS, self.cluster.is_through()).await;
        if let Err(fault) = store.leave(self.cluster.node()).await {
            tracing::warn!(%fault, "the others learn that this node is over when its lease is");
        }
    }

    /// Of the rooms that it believed to own, those that are not among these are not its own any more.
    fn falls_silent_where(
        &self,
        registry: &Arc<Registry>,
        believed: Vec<(RoomId, u64)>,
        owned: &BTreeMap<RoomId, u64>,
    ) {
        for (room, epoch) in believed {
            if owned.get(&room) != Some(&epoch) {
                self.owned.remove_if(&room, |_, known| *known == epoch);
                // Not waited for: a room that stands still must not take the others' lease along.
                let registry = Arc::clone(registry);
                tokio::spawn(async move { registry.tell_if_open(room, ForRoom::Lost { epoch }).await });
            }
        }
    }

    fn tells_line(&self, from: NodeId, line: LineId, told: FromRelay) {
        // What finds no place is lost, as on the bus, and mended as there.
        if let Some(line) = self.lines.get(&line)
            && line.relay == from
        {
            let _ = line.inbox.try_send(told);
        }
    }

    fn tells_relay(&self, from: NodeId, room: RoomId, letter: Letter) {
        if let Some(relay) = self.relays.get(&room) {
            let _ = relay.try_send((from, letter));
        }
    }

    fn hears(&self, registry: &Arc<Registry>, from: NodeId, letter: Letter) {
        match letter {
            Letter::Hello { line, room, who } => remote::opens(registry, (from, line), room, who),
            Letter::Says {
                line,
                number,
                is_note,
                bytes,
            } => {
                let said = FromRelay::Says { number, is_note, bytes };
                self.tells_line(from, line, said);
            }
            Letter::Gone { line } => {
                let is_theirs = self.lines.get(&line).is_some_and(|known| known.relay == from);
                if is_theirs {
                    self.ends(from, line);
                }
            }
            Letter::Again { line } => self.tells_line(from, line, FromRelay::Again),
            Letter::Beat { room, number, said } => {
                let mut sent = Vec::with_capacity(said.len());
                for (line, said) in said {
                    if let Some(known) = self.lines.get(&line)
                        && known.relay == from
                    {
                        let (ordered, views) = known.sent();
                        sent.push((line, ordered, views));
                        let _ = known.inbox.try_send(FromRelay::Beat { number, said });
                    }
                }
                self.cluster.says(from, &Letter::Answer { room, number, sent });
            }
            Letter::Answer { room, .. }
            | Letter::Frame { room, .. }
            | Letter::View { room, .. }
            | Letter::Close { room, .. } => self.tells_relay(from, room, letter),
        }
    }
}

pub(super) fn joins(registry: &Arc<Registry>, cluster: Cluster, heard: mpsc::Receiver<Bytes>, over: FatalHook) {
    let nodes = Arc::new(Nodes {
        cluster,
        owned: DashMap::new(),
        relays: DashMap::new(),
        lines: DashMap::new(),
        ended: Mutex::default(),
        leaving: AtomicBool::new(false),
    });
    registry.joins(Arc::clone(&nodes));
    tokio::spawn(listen(Arc::downgrade(registry), Arc::clone(&nodes), heard));
    tokio::spawn(live(Arc::downgrade(registry), nodes, over));
}

async fn listen(registry: Weak<Registry>, nodes: Arc<Nodes>, mut heard: mpsc::Receiver<Bytes>) {
    while let Some(message) = heard.recv().await {
        let Some(registry) = registry.upgrade() else { return };
        match nodes.cluster.opens(&message) {
            Some((from, letter)) => nodes.hears(&registry, from, letter),
            None => tracing::debug!("something on the bus is of no node of this house"),
        }
    }
}

/// Says again and again that this node lives, and hears which rooms are its own. A room that is not any more falls silent.
async fn live(registry: Weak<Registry>, nodes: Arc<Nodes>, over: FatalHook) {
    let cluster = &nodes.cluster;
    let every = cluster.lease() / RENEWALS;
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let Some(registry) = registry.upgrade() else { return };
        if nodes.leaving.load(Ordering::Acquire) {
            return;
        }
        // Before it is asked: what is claimed meanwhile is not missed.
        let believed: Vec<(RoomId, u64)> = nodes.owned.iter().map(|one| (*one.key(), *one.value())).collect();
        let asked_at = Instant::now();
        let says = Says {
            people: METRICS.lines_open() + nodes.lines.len() as u64,
            takes: cluster.hears_the_bus(),
        };
        // On its own: an answer that comes too late is still an answer, and a transaction that is dropped half-way costs a connection.
        let (registry, this) = (Arc::clone(&registry), Arc::clone(&nodes));
        let asking = tokio::spawn(async move {
            let (node, lease) = (this.cluster.node(), this.cluster.lease());
            let said = registry.store.lives_on(node, lease, says).await;
            if let Ok(Some(owned)) = &said {
                this.falls_silent_where(&registry, believed, owned);
                // Only then: a room that is not its own any more must not find it alive again.
                this.cluster.renewed(asked_at);
            }
            said
        });
        match timeout(every, asking).await {
            Ok(Ok(Ok(Some(_)))) => {}
            Ok(Ok(Ok(None))) if nodes.leaving.load(Ordering::Acquire) => return,
            Ok(Ok(Ok(None))) => {
                tracing::error!(
                    name = cluster.name(),
                    "another process has this node's name: this one is over"
                );
                over.call("another process has this node's name");
                return;
            }
            // The lease runs out by itself; nothing is acknowledged then.
            _ => {
                tracing::warn!("this node could not say that it lives");
                tick.reset_after(every / SOONER);
            }
        }
    }
}

/// The room for this node, unless another one has it.
pub(super) async fn claim(registry: &Registry, room: RoomId) -> Result<Claim, StoreFault> {
    let Some(nodes) = registry.nodes() else {
        return Ok(Claim::Mine(Box::new(registry.store.claim(room).await?)));
    };
    nodes.cluster.settles().await;
    let claim = registry.store.claim_for(nodes.cluster.node(), room).await?;
    if let Claim::Mine(opened) = &claim {
        nodes.owned.insert(room, opened.epoch);
    }
    Ok(claim)
}

/// The room for whoever has most to spare, where nobody has it: its people come here, and this node may be busy.
pub(super) async fn claim_or_place(registry: &Registry, room: RoomId) -> Result<Claim, StoreFault> {
    if let Some(nodes) = registry.nodes().filter(|nodes| nodes.cluster.hears_the_bus())
        && registry.store.owner_of(room).await?.is_none()
    {
        let here = nodes.cluster.node();
        let there = placement::place(here, &registry.store.loads().await?);
        if there != here && registry.store.place(room, there).await? {
            tracing::info!(%room, node = %there, "a room is opened on a node with less to do");
            return Ok(Claim::Theirs(there));
        }
    }
    claim(registry, room).await
}

/// The room for this node, if no other one has it.
pub(super) async fn claimed(registry: &Registry, room: RoomId) -> Result<Option<Opened>, StoreFault> {
    Ok(match claim(registry, room).await? {
        Claim::Mine(opened) => Some(*opened),
        Claim::Theirs(_) => None,
    })
}

/// The room for this node, whoever has it: for what must be done here and now. The other owner is fenced and falls silent.
pub(super) async fn take(registry: &Registry, room: RoomId) -> Result<Opened, StoreFault> {
    if registry.nodes().is_some() {
        registry.store.free(room).await?;
    }
    let claimed = claimed(registry, room).await?;
    claimed.ok_or(StoreFault::Unavailable) // somebody was quicker; whoever asked asks again
}

/// The room is anybody's.
pub(super) async fn given_back(registry: &Registry, room: RoomId, epoch: u64) {
    let Some(nodes) = registry.nodes() else { return };
    nodes.owned.remove_if(&room, |_, owned| *owned == epoch);
    if let Err(fault) = registry.store.give_back(nodes.cluster.node(), room, epoch).await {
        tracing::warn!(%room, %fault, "a room stays this node's until its lease is over");
    }
}

/// The room's task ends without giving it back: it is another's, or this node opens it again.
pub(super) fn lets_go(registry: &Registry, room: RoomId, epoch: u64) {
    if let Some(nodes) = registry.nodes() {
        nodes.owned.remove_if(&room, |_, owned| *owned == epoch);
    }
}
