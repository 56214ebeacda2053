//! The ledger's rows: takes into a practice's log what was recorded and is not in it yet, and reads proofs from it.
//!
//! It pulls. Nobody who records anything waits for the log or knows of it; how far each stream was taken stands in `ledger_seen`, in the same
//! transaction as the leaves and their signed checkpoint. So a crash loses nothing and doubles nothing.
//!
//! Invariants:
//! * The newest checkpoint's size is the number of leaves, and its edge is theirs.
//! * An event is logged before it is destroyed ([`Store::forget`] calls [`Store::log_within`] in its own transaction, before and after).
//! * The ledger's row of the practice is locked first, so that two nodes never number leaves at once.

use std::collections::BTreeMap;
use std::ops::Range;

use protocol::{PracticeId, RoomId, Timestamp};
use sha2::{Digest as _, Sha256};

use super::daybook::post;
use super::multi::Multi;
use super::sql::{Row, Trouble, Tx, Value, values};
use super::{Store, StoreFault};
use crate::keys::{Key, KeyKind, SigningKey};
use crate::ledger::limits::LEAVES_AT_ONCE;
use crate::ledger::note::{self, NoteKey};
use crate::ledger::source::{Place, Source};
use crate::ledger::tree::{self, Edge, Hash, Head, Node};

/// Levels of the tree that are kept are multiples of this: the others are worked out from at most 2^7 hashes.
const KEPT_LEVELS: u32 = 8;
const DAY_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// Where the records of one kind stand. Streams are those of one practice ($1) that hold more than was logged, with how far that was; `one`
/// narrows it to one room ($2), where records of this kind are a room's.
struct SourceRows {
    source: Source,
    streams: &'static str,
    one: Option<&'static str>,
    rows: &'static str,
    read: fn(u128, &Row) -> Result<Record, StoreFault>,
}

/// What a leaf is made of.
pub(super) struct Record {
    pub(super) seq: u64,
    pub(super) header: Vec<u8>,
    pub(super) commitment: [u8; 32],
}

macro_rules! streams {
    ($from:literal, $source:literal, $last:literal) => {
        concat!(
            "SELECT room.id, COALESCE(seen.upto, 0) FROM ",
            $from,
            " LEFT JOIN ledger_seen AS seen ON seen.stream = room.id AND seen.source = '",
            $source,
            "' WHERE room.practice = $1 AND ",
            $last,
            " > COALESCE(seen.upto, 0)"
        )
    };
}
const EVENTS: &str = streams!("room", "event", "room.next_seq - 1");
const SITTINGS: &str = streams!(
    "(SELECT practice, room AS id, MAX(upto) AS last FROM sitting GROUP BY practice, room) AS room",
    "sitting",
    "room.last"
);

/// The practice's own book. Its newest number is found by the key, not by counting.
const AUDIT: &str = "SELECT practice.id, COALESCE(seen.upto, 0) FROM practice
    LEFT JOIN ledger_seen AS seen ON seen.stream = practice.id AND seen.source = 'audit'
    WHERE practice.id = $1
      AND (SELECT COALESCE(MAX(n), 0) FROM audit WHERE audit.practice = practice.id) > COALESCE(seen.upto, 0)";

static SOURCES: [SourceRows; 3] = [
    SourceRows {
        source: Source::Event,
        streams: EVENTS,
        one: Some(
            "SELECT room.id, COALESCE(seen.upto, 0) FROM room
             LEFT JOIN ledger_seen AS seen ON seen.stream = room.id AND seen.source = 'event'
             WHERE room.practice = $1 AND room.id = $2 AND room.next_seq - 1 > COALESCE(seen.upto, 0)",
        ),
        rows: "SELECT seq, header, commitment FROM event WHERE room = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        read: |_, row| {
            Ok(Record {
                seq: row.count(0)?,
                header: row.bytes(1)?,
                commitment: row.array(2)?,
            })
        },
    },
    SourceRows {
        source: Source::Sitting,
        streams: SITTINGS,
        one: Some(
            "SELECT $2, COALESCE(MAX(seen.upto), 0) FROM sitting
             LEFT JOIN ledger_seen AS seen ON seen.stream = sitting.room AND seen.source = 'sitting'
             WHERE sitting.practice = $1 AND sitting.room = $2 HAVING MAX(sitting.upto) > COALESCE(MAX(seen.upto), 0)",
        ),
        rows: "SELECT upto, record, signature FROM sitting WHERE room = $1 AND upto > $2 ORDER BY upto LIMIT $3",
        read: |room, row| Ok(sitting_record(room, row.count(0)?, &row.text(1)?, &row.bytes(2)?)),
    },
    SourceRows {
        source: Source::Audit,
        streams: AUDIT,
        one: None,
        rows: "SELECT n, commitment FROM audit WHERE practice = $1 AND n > $2 ORDER BY n LIMIT $3",
        read: |practice, row| Ok(audit_record(practice, row.count(0)?, row.array(1)?)),
    },
];

/// A destroyed sitting as a leaf: where it stood, and its record with the signature.
pub(super) fn sitting_record(room: u128, upto: u64, record: &str, signature: &[u8]) -> Record {
    let commitment = Sha256::new().chain_update(record).chain_update(signature).finalize();
    Record {
        seq: upto,
        header: place_header(room, upto),
        commitment: commitment.into(),
    }
}

/// A record of the audit book as a leaf. It never needs what the record says: an emptied one has the same leaf.
pub(super) fn audit_record(practice: u128, n: u64, commitment: [u8; 32]) -> Record {
    Record {
        seq: n,
        header: place_header(practice, n),
        commitment,
    }
}

fn place_header(stream: u128, seq: u64) -> Vec<u8> {
    [&stream.to_be_bytes()[..], &seq.to_be_bytes()].concat()
}

static LEAVES: Multi = Multi::new(
    6,
    "INSERT INTO ledger_leaf (practice, n, source, stream, seq, hash) VALUES",
    "",
);
static NODES: Multi = Multi::new(4, "INSERT INTO ledger_node (practice, level, n, hash) VALUES", "");
static SEEN: Multi = Multi::new(
    4,
    "INSERT INTO ledger_seen (practice, source, stream, upto) VALUES",
    "ON CONFLICT (stream, source) DO UPDATE
     SET upto = CASE WHEN excluded.upto > ledger_seen.upto THEN excluded.upto ELSE ledger_seen.upto END",
);

/// A log's newest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerHead {
    pub key: NoteKey,
    pub head: Head,
    pub note: String,
    pub at: Timestamp,
}

/// A record's place in its practice's log, and the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    pub index: u64,
    pub leaf: Hash,
    pub proof: Vec<Hash>,
    /// The checkpoint that the proof leads to.
    pub under: LedgerHead,
}

/// Whether what was acknowledged is first brought where it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everything that was acknowledged.
    All,
    /// What stands in the journal's tables.
    Posted,
}

/// A practice's log, held by this transaction.
struct Held {
    practice: PracticeId,
    key: NoteKey,
    signer: SigningKey,
    edge: Edge,
    begun: bool,
}

/// What a log calls itself.
pub(super) fn name_of(practice: PracticeId) -> String {
    format!("rondo/{practice}")
}

pub(super) fn key_of(practice: PracticeId, public: [u8; 32]) -> NoteKey {
    NoteKey::new(&name_of(practice), public).expect("an id has neither spaces nor plus signs")
}

impl Store {
    /// Takes everything that was recorded into the logs, and signs. Gives the number of leaves.
    pub async fn log(&self, reach: Reach, at: Timestamp) -> Result<u64, StoreFault> {
        self.log_while(reach, at, || true).await
    }

    /// The same, as long as it may go on: it is asked before each piece.
    pub async fn log_while(
        &self,
        reach: Reach,
        at: Timestamp,
        may: impl Fn() -> bool + Send,
    ) -> Result<u64, StoreFault> {
        if reach == Reach::All {
            self.engine().post().await?;
        }
        let mut leaves = 0;
        for row in self
            .engine()
            .rows("SELECT id FROM practice ORDER BY id", values![])
            .await?
        {
            let practice = row.practice(0)?;
            while may() && self.has_unlogged(practice).await? {
                let more = self.log_some(practice, None, at).await?;
                leaves += more;
                // Rows that the room counts and that are not there: not the log's to mend.
                if more == 0 {
                    break;
                }
            }
        }
        Ok(leaves)
    }

    /// Takes everything of one room into its practice's log, and signs.
    pub async fn log_room(&self, room: RoomId, at: Timestamp) -> Result<u64, StoreFault> {
        self.engine().post().await?;
        let practice = self.group(room).await?.practice();
        let mut leaves = 0;
        loop {
            let more = self.log_some(practice, Some(room), at).await?;
            leaves += more;
            if more < LEAVES_AT_ONCE {
                return Ok(leaves);
            }
        }
    }

    /// Events and audit records that were acknowledged by this store since it was opened: tells the ledger's keeper when to look.
    pub(crate) fn appended(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.appended.subscribe()
    }

    pub(super) fn count_appended(&self, events: usize) {
        self.0.appended.send_modify(|count| *count += events as u64);
    }

    /// A look without a lock: most find nothing. A log that was never begun is to be begun.
    async fn has_unlogged(&self, practice: PracticeId) -> Result<bool, StoreFault> {
        let sql = "SELECT 1 FROM ledger_checkpoint WHERE practice = $1 LIMIT 1";
        if self.engine().row(sql, values![practice]).await?.is_none() {
            return Ok(true);
        }
        for source in &SOURCES {
            if !self.engine().rows(source.streams, values![practice]).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn log_some(&self, practice: PracticeId, room: Option<RoomId>, at: Timestamp) -> Result<u64, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = self.log_piece(&mut tx, practice, room, at).await;
        self.engine().ends(tx, done).await
    }

    /// Takes everything of one room into the log within the caller's transaction. The caller has posted.
    pub(super) async fn log_within(
        &self,
        tx: &mut Tx,
        practice: PracticeId,
        room: RoomId,
        at: Timestamp,
    ) -> Result<(), Trouble> {
        post(tx).await?;
        while self.log_piece(tx, practice, Some(room), at).await? >= LEAVES_AT_ONCE {}
        Ok(())
    }

    /// Takes some leaves, signs the new head, and says how many it took. A log without any is begun.
    async fn log_piece(
        &self,
        tx: &mut Tx,
        practice: PracticeId,
        room: Option<RoomId>,
        at: Timestamp,
    ) -> Result<u64, Trouble> {
        let mut held = self.hold_log(tx, practice).await?;
        let leaves = unlogged(tx, practice, room).await?;
        if leaves.is_empty() && held.begun {
            return Ok(0);
        }
        held.append(tx, &leaves, at).await?;
        Ok(leaves.len() as u64)
    }

    /// Locks a practice's log; makes its key first where there is none.
    async fn hold_log(&self, tx: &mut Tx, practice: PracticeId) -> Result<Held, Trouble> {
        let keys = self.vault().practice(self.engine(), practice).await?;
        let lock = "UPDATE ledger SET public_key = public_key WHERE practice = $1 RETURNING public_key, wrapped_key";
        let mut row = tx.row(lock, values![practice]).await?;
        if row.is_none() {
            let seed = Key::draw();
            let public = SigningKey::from_seed(seed.bytes()).public().to_vec();
            let sql = "INSERT INTO ledger (practice, public_key, wrapped_key) VALUES ($1, $2, $3)
                       ON CONFLICT (practice) DO NOTHING";
            let wrapped = keys.wrap(KeyKind::Log, &[], &seed);
            tx.run(sql, values![practice, public, wrapped]).await?;
            row = tx.row(lock, values![practice]).await?;
        }
        let row = row.ok_or(StoreFault::Damaged("a log's key that was just written"))?;
        let public: [u8; 32] = row.array(0)?;
        let seed = keys.unwrap(KeyKind::Log, &[], &row.bytes(1)?)?;
        let signer = SigningKey::from_seed(seed.bytes());
        if signer.public() != public {
            return Err(StoreFault::Damaged("a log's key is not the one that signs").into());
        }
        let sql = "SELECT size, edge FROM ledger_checkpoint WHERE practice = $1 ORDER BY size DESC LIMIT 1";
        let last = tx.row(sql, values![practice]).await?;
        let edge = match &last {
            None => Edge::default(),
            Some(row) => Edge::read(row.count(0)?, &row.bytes(1)?)
                .ok_or(StoreFault::Damaged("the edge of a log has another length"))?,
        };
        Ok(Held {
            practice,
            key: key_of(practice, public),
            signer,
            edge,
            begun: last.is_some(),
        })
    }

    /// The newest checkpoint of a practice's log.
    pub async fn ledger_head(&self, practice: PracticeId) -> Result<Option<LedgerHead>, StoreFault> {
        let sql = "SELECT checkpoint.size, checkpoint.note, checkpoint.at, checkpoint.edge, ledger.public_key
                   FROM ledger_checkpoint AS checkpoint JOIN ledger ON ledger.practice = checkpoint.practice
                   WHERE checkpoint.practice = $1 ORDER BY checkpoint.size DESC LIMIT 1";
        let Some(row) = self.engine().row(sql, values![practice]).await? else {
            return Ok(None);
        };
        let edge = Edge::read(row.count(0)?, &row.bytes(3)?)
            .ok_or(StoreFault::Damaged("the edge of a log has another length"))?;
        Ok(Some(LedgerHead {
            key: key_of(practice, row.array(4)?),
            head: Head {
                size: edge.size(),
                root: edge.root(),
            },
            note: row.text(1)?,
            at: row.at(2)?,
        }))
    }

    /// The proof that the log of `new` leaves begins with that of `old`; none where the log is shorter than that.
    pub async fn ledger_consistency(
        &self,
        practice: PracticeId,
        old: u64,
        new: u64,
    ) -> Result<Option<Vec<Hash>>, StoreFault> {
        let size = self.ledger_head(practice).await?.map_or(0, |newest| newest.head.size);
        match tree::consistency(old, new) {
            Some(path) if new <= size => self.proof(practice, &path).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Where a record stands in its practice's log, with the proof; none while it is not in it.
    pub async fn ledger_inclusion(&self, practice: PracticeId, record: Place) -> Result<Option<Included>, StoreFault> {
        let sql = "SELECT n, hash FROM ledger_leaf WHERE stream = $1 AND seq = $2 AND source = $3 AND practice = $4";
        let stream = record.stream.to_be_bytes();
        let place = values![stream, record.seq, record.source.word(), practice];
        let Some(row) = self.engine().row(sql, place).await? else {
            return Ok(None);
        };
        let index = row.count(0)?;
        // Read after the leaf, so it covers it.
        let Some(under) = self.ledger_head(practice).await? else {
            return Ok(None);
        };
        let path = tree::inclusion(index, under.head.size).ok_or(StoreFault::Damaged("a leaf behind the log's end"))?;
        Ok(Some(Included {
            index,
            leaf: row.array(1)?,
            proof: self.proof(practice, &path).await?,
            under,
        }))
    }

    async fn proof(&self, practice: PracticeId, path: &[Range<u64>]) -> Result<Vec<Hash>, StoreFault> {
        let mut proof = Vec::with_capacity(path.len());
        for range in path {
            let mut roots = Vec::new();
            for node in tree::perfect(range) {
                roots.push(self.node(practice, node).await?);
            }
            proof.push(tree::joined(&roots).ok_or(StoreFault::Damaged("a proof of nothing"))?);
        }
        Ok(proof)
    }

    /// What a perfect subtree hashes to, from the nearest level below that is kept.
    async fn node(&self, practice: PracticeId, node: Node) -> Result<Hash, StoreFault> {
        let level = node.level - node.level % KEPT_LEVELS;
        let width = 1 << (node.level - level);
        let (from, to) = (node.index * width, (node.index + 1) * width);
        let rows = if level == 0 {
            let sql = "SELECT hash FROM ledger_leaf WHERE practice = $1 AND n >= $2 AND n < $3 ORDER BY n";
            self.engine().rows(sql, values![practice, from, to]).await?
        } else {
            let sql =
                "SELECT hash FROM ledger_node WHERE practice = $1 AND level = $4 AND n >= $2 AND n < $3 ORDER BY n";
            self.engine()
                .rows(sql, values![practice, from, to, u64::from(level)])
                .await?
        };
        if rows.len() as u64 != width {
            return Err(StoreFault::Damaged("a leaf is missing from the log"));
        }
        let mut below = Edge::default();
        for row in &rows {
            below.push(row.array(0)?, |_, _| ());
        }
        Ok(below.root())
    }
}

/// Records that are in no log yet, some of them, each stream's in their order.
async fn unlogged(tx: &mut Tx, practice: PracticeId, room: Option<RoomId>) -> Result<Vec<(Place, Hash)>, Trouble> {
    let mut leaves = Vec::new();
    for source in &SOURCES {
        let streams = match (room, source.one) {
            (None, _) => tx.rows(source.streams, values![practice]).await?,
            (Some(room), Some(one)) => tx.rows(one, values![practice, room]).await?,
            (Some(_), None) => continue,
        };
        for stream in &streams {
            let left = LEAVES_AT_ONCE - leaves.len() as u64;
            if left == 0 {
                return Ok(leaves);
            }
            let (id, upto) = (stream.id(0)?, stream.count(1)?);
            for row in tx.rows(source.rows, values![id.to_be_bytes(), upto, left]).await? {
                let record = (source.read)(id, &row)?;
                let place = Place {
                    source: source.source,
                    stream: id,
                    seq: record.seq,
                };
                leaves.push((place, source.source.leaf(&record.header, &record.commitment)));
            }
        }
    }
    Ok(leaves)
}

impl Held {
    /// Appends leaves and signs the new head: the newest checkpoint of this day takes the place of the one before it.
    async fn append(&mut self, tx: &mut Tx, new: &[(Place, Hash)], at: Timestamp) -> Result<(), Trouble> {
        let practice = self.practice;
        let (mut leaves, mut nodes) = (Vec::with_capacity(new.len() * 6), Vec::new());
        let mut seen = BTreeMap::new();
        for (place, hash) in new {
            let stream = place.stream.to_be_bytes();
            leaves.extend(values![
                practice,
                self.edge.size(),
                place.source.word(),
                stream,
                place.seq,
                *hash
            ]);
            self.edge.push(*hash, |node, hash| {
                if node.level.is_multiple_of(KEPT_LEVELS) {
                    nodes.extend(values![practice, u64::from(node.level), node.index, hash]);
                }
            });
            let mut saw = |source: Source| {
                let upto = seen.entry((source, place.stream)).or_insert(place.seq);
                *upto = place.seq.max(*upto);
            };
            saw(place.source);
            // With a sitting went its events. Those of a sitting that ended before there was a log are not waited for.
            if place.source == Source::Sitting {
                saw(Source::Event);
            }
        }
        let seen: Vec<Value> = seen
            .into_iter()
            .flat_map(|((source, stream), upto)| values![practice, source.word(), stream.to_be_bytes(), upto])
            .collect();
        LEAVES.run(tx, leaves).await?;
        NODES.run(tx, nodes).await?;
        SEEN.run(tx, seen).await?;
        let head = Head {
            size: self.edge.size(),
            root: self.edge.root(),
        };
        let day = at.0 / DAY_MILLIS;
        let sql = "DELETE FROM ledger_checkpoint WHERE practice = $1 AND day = $2";
        tx.run(sql, values![practice, day]).await?;
        let sql = "INSERT INTO ledger_checkpoint (practice, size, day, at, note, edge) VALUES ($1, $2, $3, $4, $5, $6)";
        let note = note::write(&self.key, &self.signer, &head);
        let row = values![practice, head.size, day, at, note.as_str(), self.edge.bytes()];
        tx.run(sql, row).await?;
        Ok(())
    }
}
