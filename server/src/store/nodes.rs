//! Nodes that share one database: who lives, and which rooms should be whose (decisions/0033).
//!
//! A node lives while its lease runs, by the database's clock. A room is owned by a living node or by nobody. That says who *should* write; who
//! *may* is said by the room's epoch alone, which every append asks for inside its transaction. So a lease that is wrong costs people a
//! reconnect and never a word.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use protocol::RoomId;

use super::daybook::post;
use super::sql::{Db, Tx, values};
use super::{Opened, Store, StoreFault};
use crate::cluster::placement::Load;
use crate::keys::{Key, draw};

/// One process, from its start to its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u128);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({:08x}…)", self.0 >> 96)
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The room is the caller's; every older owner is fenced.
    Mine(Box<Opened>),
    /// A living node has it.
    Theirs(NodeId),
}

/// What a node says of itself each time it says that it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Says {
    /// Lines that it carries.
    pub people: u64,
    /// Whether it takes rooms that come to another node.
    pub takes: bool,
}

/// A node as the database has it: what its operator asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSeen {
    /// What its operator calls it.
    pub name: String,
    /// Rooms that are its own.
    pub rooms: u64,
    /// Since it took part.
    pub age: Duration,
    /// Since its lease was over; nothing while it lives.
    pub silent: Option<Duration>,
}

/// A statement in this engine's words, with the database's time in milliseconds between its pieces.
macro_rules! on_its_clock {
    ($lite:expr, $before:literal $(, $then:literal)*) => {
        if $lite {
            concat!($before $(, "CAST(unixepoch('subsec') * 1000 AS INTEGER)", $then)*)
        } else {
            concat!($before $(, "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", $then)*)
        }
    };
}
pub(super) use on_its_clock;

impl Store {
    /// Takes part: another node of this name is over, whatever it believes. `true` if there was one whose lease still ran.
    pub async fn join(&self, name: &str, address: &str, lease: Duration) -> Result<(NodeId, bool), StoreFault> {
        let mut bits = [0; 16];
        draw(&mut bits);
        let mut tx = self.engine().begin().await?;
        let done = async {
            let over = on_its_clock!(
                is_lite(&tx),
                "DELETE FROM node WHERE name = $1 RETURNING CAST(CASE WHEN lease_until > ",
                " THEN 1 ELSE 0 END AS BIGINT)"
            );
            let namesakes = tx.rows(over, values![name]).await?;
            let insert = on_its_clock!(
                is_lite(&tx),
                "INSERT INTO node (id, name, address, lease_until, joined_at) VALUES ($1, $2, $3, $4 + ",
                ", ",
                ")"
            );
            tx.run(insert, values![bits, name, address, millis(lease)]).await?;
            let alive = namesakes.iter().map(|row| row.flag(0));
            Ok(alive.collect::<Result<Vec<bool>, StoreFault>>()?.contains(&true))
        };
        let done = done.await;
        let alive = self.engine().ends(tx, done).await?;
        Ok((NodeId(u128::from_be_bytes(bits)), alive))
    }

    /// Lets a node's lease run on from now, and says which rooms are its own, in which epochs. Nothing if the node is over: another process has its name.
    pub async fn lives_on(
        &self,
        node: NodeId,
        lease: Duration,
        says: Says,
    ) -> Result<Option<BTreeMap<RoomId, u64>>, StoreFault> {
        let sql = on_its_clock!(
            self.is_lite(),
            "UPDATE node SET people = $3, takes = CASE takes WHEN 2 THEN 2 ELSE $4 END, rooms = (SELECT COUNT(*) FROM room WHERE owner_node = $1), lease_until = $2 + ",
            " WHERE id = $1"
        );
        let row = values![node.bytes(), millis(lease), says.people, i64::from(says.takes)];
        if self.engine().write(sql, row).await? == 0 {
            return Ok(None);
        }
        let sql = "SELECT id, owner_epoch FROM room WHERE owner_node = $1";
        let rows = self.engine().rows(sql, values![node.bytes()]).await?;
        let owned = rows.iter().map(|row| Ok((row.room(0)?, row.count(1)?)));
        owned.collect::<Result<_, _>>().map(Some)
    }

    /// A node will end: no other one sends it a room any more.
    pub async fn takes_no_more(&self, node: NodeId) -> Result<(), StoreFault> {
        let sql = "UPDATE node SET takes = 2 WHERE id = $1";
        self.engine().write(sql, values![node.bytes()]).await.map(|_| ())
    }

    /// Living nodes that take rooms, and how much they have to do.
    pub async fn loads(&self) -> Result<Vec<Load>, StoreFault> {
        let sql = on_its_clock!(
            self.is_lite(),
            "SELECT id, people, (SELECT COUNT(*) FROM room WHERE owner_node = node.id) - rooms FROM node WHERE takes = 1 AND lease_until > ",
            ""
        );
        let rows = self.engine().rows(sql, values![]).await?;
        let loads = rows.iter().map(|row| {
            Ok(Load {
                node: NodeId(row.id(0)?),
                people: row.count(1)?,
                fresh_rooms: row.int(2)?.try_into().unwrap_or(0), // rooms that ended meanwhile
            })
        });
        loads.collect()
    }

    /// Gives a room that no living node has to another one, which opens it when it hears of it. Whether it did.
    pub async fn place(&self, room: RoomId, node: NodeId) -> Result<bool, StoreFault> {
        let sql = on_its_clock!(
            self.is_lite(),
            "UPDATE room SET owner_epoch = owner_epoch + 1, owner_node = $2 WHERE id = $1
             AND EXISTS (SELECT 1 FROM node WHERE id = $2 AND takes = 1 AND lease_until > ",
            ") AND NOT EXISTS (SELECT 1 FROM node WHERE node.id = room.owner_node AND node.lease_until > ",
            ")"
        );
        let placed = self.engine().write(sql, values![room, node.bytes()]).await?;
        Ok(placed > 0)
    }

    /// A node ends in good order: its rooms are anybody's at once.
    pub async fn leave(&self, node: NodeId) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            tx.run(
                "UPDATE room SET owner_node = NULL WHERE owner_node = $1",
                values![node.bytes()],
            )
            .await?;
            tx.run("DELETE FROM node WHERE id = $1", values![node.bytes()]).await?;
            Ok(())
        };
        let done = done.await;
        self.engine().ends(tx, done).await
    }

    /// Makes a node the room's owner, unless another one lives that has it.
    pub async fn claim_for(&self, node: NodeId, room: RoomId) -> Result<Claim, StoreFault> {
        let mut tx = self.engine().begin().await?;
        post(&mut tx).await.map_err(|error| self.engine().fault(&error))?;
        let sql = on_its_clock!(
            is_lite(&tx),
            "UPDATE room SET owner_epoch = owner_epoch + 1, owner_node = $2 WHERE id = $1
             AND EXISTS (SELECT 1 FROM node WHERE id = $2 AND lease_until > ",
            ") AND (owner_node IS NULL OR owner_node = $2
             OR NOT EXISTS (SELECT 1 FROM node WHERE node.id = room.owner_node AND node.lease_until > ",
            ")) RETURNING owner_epoch, next_seq"
        );
        let row = tx.row(sql, values![room, node.bytes()]).await;
        let row = row.map_err(|error| self.engine().fault(&error))?;
        let Some(row) = row else {
            tx.roll_back().await;
            return match self.owner_of(room).await? {
                Some(owner) if owner != node => Ok(Claim::Theirs(owner)),
                // The caller's own lease is over, or somebody gave the room back in between: asked again, it is clear.
                Some(_) | None => Err(StoreFault::Unavailable),
            };
        };
        let taken = (row.count(0)?, row.count(1)?);
        self.engine().finish(tx).await?;
        match self.opened(room, taken).await {
            Ok(opened) => Ok(Claim::Mine(Box::new(opened))),
            Err(fault) => {
                // Another node may be able to read it. If this does not reach the database either, it is this node's until its lease is over.
                let _ = self.give_back(node, room, taken.0).await;
                Err(fault)
            }
        }
    }

    /// The living node that has a room.
    pub async fn owner_of(&self, room: RoomId) -> Result<Option<NodeId>, StoreFault> {
        let sql = on_its_clock!(
            self.is_lite(),
            "SELECT node.id FROM room JOIN node ON node.id = room.owner_node WHERE room.id = $1 AND node.lease_until > ",
            ""
        );
        let row = self.engine().row(sql, values![room]).await?;
        row.map(|row| row.id(0).map(NodeId)).transpose()
    }

    /// All nodes, by name; those whose lease has been over for longer than `silent` are left out, as machines that somebody took away.
    pub async fn nodes(&self, silent: Duration) -> Result<Vec<NodeSeen>, StoreFault> {
        let sql = on_its_clock!(
            self.is_lite(),
            "SELECT name, (SELECT COUNT(*) FROM room WHERE owner_node = node.id), clock.now - joined_at, clock.now - lease_until
             FROM node CROSS JOIN (SELECT ",
            " AS now) AS clock WHERE lease_until > clock.now - $1 ORDER BY name"
        );
        let rows = self.engine().rows(sql, values![millis(silent)]).await?;
        let seen = rows.iter().map(|row| {
            Ok(NodeSeen {
                name: row.text(0)?,
                rooms: row.count(1)?,
                // A clock that was put back makes it young, not impossible.
                age: Duration::from_millis(row.int(2)?.try_into().unwrap_or_default()),
                // What is below zero is how long the lease still runs.
                silent: u64::try_from(row.int(3)?).ok().map(Duration::from_millis),
            })
        });
        seen.collect()
    }

    /// A node that had a room in this epoch has it no more.
    pub async fn give_back(&self, node: NodeId, room: RoomId, epoch: u64) -> Result<(), StoreFault> {
        let sql = "UPDATE room SET owner_node = NULL WHERE id = $1 AND owner_node = $2 AND owner_epoch = $3";
        self.engine()
            .write(sql, values![room, node.bytes(), epoch])
            .await
            .map(|_| ())
    }

    /// The key under which nodes of this house speak to each other.
    pub(crate) fn bus_key(&self) -> Key {
        self.vault().derived("rondo.bus.1")
    }

    /// Takes a room from whoever has it. They are fenced by the next claim, not by this.
    pub async fn free(&self, room: RoomId) -> Result<(), StoreFault> {
        let sql = "UPDATE room SET owner_node = NULL WHERE id = $1";
        self.engine().write(sql, values![room]).await.map(|_| ())
    }

    pub(super) fn is_lite(&self) -> bool {
        matches!(self.engine().db, Db::Lite { .. })
    }
}

impl NodeId {
    fn bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

fn is_lite(tx: &Tx) -> bool {
    matches!(tx, Tx::Lite(_))
}

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
