//! The database as evidence: rows as they stand, read without trusting any of them, for whoever checks the ledger. Nothing is written, no key
//! is needed, and a store need not be running; with the root key, keys and unlogged events are tried too.

use std::collections::HashMap;
use std::path::Path;

use protocol::{ParticipantId, PracticeId, Private, RoomId};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};

use super::StoreFault;
use super::audit::audit_commitment;
use super::journal::commitment;
use super::ledger::{audit_record, key_of, sitting_record};
use super::postgres::{options, patient};
use super::rotate::{PRACTICE_KEYS, key_number};
use super::sql::{Db, Row, Value, values};
use super::vault::{FIRST_KEY, practice_wrapping, wrapping};
use crate::audit::who_saw::Traces;
use crate::keys::{Context, Key, KeyKind, RootKey, SigningKey};
use crate::ledger::limits::LEAVES_A_READ;
use crate::ledger::note::NoteKey;
use crate::ledger::source::{Place, Source};

/// A database to be checked.
pub struct Evidence(Db);

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Evidence")
    }
}

/// What is still known of a logged record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub header: Vec<u8>,
    pub commitment: [u8; 32],
    pub body: BodyFound,
    /// What a record of the audit book says.
    pub says: Option<Vec<u8>>,
}

/// What stands where a record's body was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFound {
    /// The one that was committed to.
    Fits,
    Another,
    /// What was left of it when somebody was erased.
    Emptied,
    Nothing,
}

/// A leaf with what it was made of, as far as that is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRow {
    pub n: u64,
    pub source: String,
    pub stream: u128,
    pub seq: u64,
    pub hash: [u8; 32],
    pub record: Option<Written>,
}

/// An event that no leaf speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEvent {
    pub seq: u64,
    pub fits: bool,
    /// Whether its body opens under the room's key; nothing without the root key.
    pub opens: Option<bool>,
}

/// A record of the audit book that no leaf speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    pub n: u64,
    pub body: BodyFound,
    pub says: Vec<u8>,
}

/// A room as the ledger sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRoom {
    pub room: RoomId,
    /// The last event that the room counts in the journal's tables.
    pub last: u64,
    /// The last that was logged, as the ledger notes it.
    pub seen: u64,
    /// The last that went with a destroyed sitting, by the record of it.
    pub forgotten: u64,
}

/// What the log of a practice says of itself.
#[derive(Debug, Clone)]
pub struct LogRow {
    pub key: NoteKey,
    /// Size, note, edge, oldest first.
    pub checkpoints: Vec<(u64, String, Vec<u8>)>,
    /// Level, index, hash.
    pub nodes: Vec<(u64, u64, [u8; 32])>,
    /// Leaves that stand in the table, counted.
    pub leaves: u64,
}

/// The keys that the root key opens, and where one does not.
#[derive(Default)]
pub struct Opened {
    groups: HashMap<(RoomId, u32), Key>,
    /// In words: what does not open.
    pub broken: Vec<String>,
    pub tried: u64,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({} of {} do not)", self.broken.len(), self.tried)
    }
}

const LEAF_ROWS: &str = "SELECT leaf.n, leaf.source, leaf.stream, leaf.seq, leaf.hash,
        event.header, event.commitment, body.salt, body.ciphertext, sitting.record, sitting.signature, rest.ciphertext,
        audit.header, audit.commitment, audit.salt
    FROM ledger_leaf AS leaf
    LEFT JOIN event ON leaf.source = 'event' AND event.room = leaf.stream AND event.seq = leaf.seq
    LEFT JOIN event_body AS body ON leaf.source = 'event' AND body.room = leaf.stream AND body.seq = leaf.seq
    LEFT JOIN event_rest AS rest ON leaf.source = 'event' AND rest.room = leaf.stream AND rest.seq = leaf.seq
    LEFT JOIN sitting ON leaf.source = 'sitting' AND sitting.room = leaf.stream AND sitting.upto = leaf.seq
    LEFT JOIN audit ON leaf.source = 'audit' AND audit.practice = leaf.stream AND audit.n = leaf.seq
    WHERE leaf.practice = $1 AND leaf.n >= $2 ORDER BY leaf.n LIMIT $3";

impl Evidence {
    /// A SQLite file, read only. It may be a data folder's or a backup's.
    pub async fn file(path: &Path) -> Result<Self, StoreFault> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .disable_statement_logging();
        // One connection in one transaction: a server may be writing meanwhile.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .after_connect(|connection, _| Box::pin(async move { connection.execute("BEGIN").await.map(|_| ()) }));
        let pool = pool.connect_with(options).await;
        pool.map(Self::pool).map_err(|error| fault(&error))
    }

    /// A connection that somebody opened already.
    pub fn pool(pool: SqlitePool) -> Self {
        let (writer, readers) = (pool.clone(), pool);
        Self(Db::Lite { writer, readers })
    }

    /// A PostgreSQL database.
    pub async fn postgres(url: &Private<String>) -> Result<Self, StoreFault> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .after_connect(|connection, _| {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Box::pin(async move { connection.execute(begin).await.map(|_| ()) })
            })
            .connect_with(patient(options(url)?))
            .await;
        pool.map(|pool| Self(Db::Pg(pool))).map_err(|error| fault(&error))
    }

    pub async fn close(&self) {
        self.0.close().await;
    }

    async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreFault> {
        self.0.rows(sql, values).await.map_err(|error| fault(&error))
    }

    pub async fn practices(&self) -> Result<Vec<PracticeId>, StoreFault> {
        let rows = self.rows("SELECT id FROM practice ORDER BY id", values![]).await?;
        rows.iter().map(|row| row.practice(0)).collect()
    }

    /// What the log says of itself; nothing where none was begun.
    pub async fn log(&self, practice: PracticeId) -> Result<Option<LogRow>, StoreFault> {
        let sql = "SELECT public_key FROM ledger WHERE practice = $1";
        let rows = self.rows(sql, values![practice]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let sql = "SELECT size, note, edge FROM ledger_checkpoint WHERE practice = $1 ORDER BY size";
        let checkpoints = self.rows(sql, values![practice]).await?;
        let sql = "SELECT level, n, hash FROM ledger_node WHERE practice = $1 ORDER BY level, n";
        let nodes = self.rows(sql, values![practice]).await?;
        let sql = "SELECT COUNT(*) FROM ledger_leaf WHERE practice = $1";
        let leaves = self.rows(sql, values![practice]).await?;
        Ok(Some(LogRow {
            key: key_of(practice, row.array(0)?),
            checkpoints: checkpoints
                .iter()
                .map(|row| Ok((row.count(0)?, row.text(1)?, row.bytes(2)?)))
                .collect::<Result<_, StoreFault>>()?,
            nodes: nodes
                .iter()
                .map(|row| Ok((row.count(0)?, row.count(1)?, row.array(2)?)))
                .collect::<Result<_, StoreFault>>()?,
            leaves: leaves.first().map_or(Ok(0), |row| row.count(0))?,
        }))
    }

    /// Leaves from `n` on, some of them.
    pub async fn leaves(&self, practice: PracticeId, n: u64) -> Result<Vec<LeafRow>, StoreFault> {
        let rows = self.rows(LEAF_ROWS, values![practice, n, LEAVES_A_READ]).await?;
        rows.iter().map(leaf_row).collect()
    }

    /// The rooms of a practice.
    pub async fn rooms(&self, practice: PracticeId) -> Result<Vec<LoggedRoom>, StoreFault> {
        let sql = "SELECT room.id, room.next_seq, COALESCE(seen.upto, 0),
                          COALESCE((SELECT MAX(upto) FROM sitting WHERE sitting.room = room.id), 0)
                   FROM room LEFT JOIN ledger_seen AS seen ON seen.stream = room.id AND seen.source = 'event'
                   WHERE room.practice = $1 ORDER BY room.id";
        let rows = self.rows(sql, values![practice]).await?;
        let read = |row: &Row| {
            Ok(LoggedRoom {
                room: row.room(0)?,
                last: row.count(1)?.saturating_sub(1),
                seen: row.count(2)?,
                forgotten: row.count(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Events of a room that no leaf speaks of.
    pub async fn unlogged(&self, room: RoomId, keys: Option<&Opened>) -> Result<Vec<RawEvent>, StoreFault> {
        let sql = "SELECT event.practice, event.seq, event.header, event.commitment, body.salt, body.ciphertext
                   FROM event LEFT JOIN event_body AS body ON body.room = event.room AND body.seq = event.seq
                   WHERE event.room = $1 AND NOT EXISTS (SELECT 1 FROM ledger_leaf AS leaf
                       WHERE leaf.stream = event.room AND leaf.seq = event.seq AND leaf.source = 'event')
                   ORDER BY event.seq LIMIT 10000";
        let rows = self.rows(sql, values![room]).await?;
        rows.iter().map(|row| raw_event(room, row, keys)).collect()
    }

    /// Records of a practice's audit book behind number `after`, some of them: number and what they say.
    pub async fn audit_after(&self, practice: PracticeId, after: u64) -> Result<Vec<(u64, Vec<u8>)>, StoreFault> {
        let sql = "SELECT n, header FROM audit WHERE practice = $1 AND n > $2 ORDER BY n LIMIT $3";
        let rows = self.rows(sql, values![practice, after, LEAVES_A_READ]).await?;
        rows.iter().map(|row| Ok((row.count(0)?, row.bytes(1)?))).collect()
    }

    /// In which rooms somebody has a seat, and by which links.
    pub async fn traces(&self, who: ParticipantId) -> Result<Traces, StoreFault> {
        let sql = "SELECT room, id FROM invite WHERE participant = $1";
        let mut traces = Traces::default();
        for row in self.rows(sql, values![who]).await? {
            traces.rooms.push(row.room(0)?);
            traces.invites.push(row.invite(1)?);
        }
        let sql = "SELECT room FROM room_staff WHERE participant = $1";
        for row in self.rows(sql, values![who]).await? {
            traces.rooms.push(row.room(0)?);
        }
        Ok(traces)
    }

    /// Up to where the ledger notes that it has taken the practice's audit book.
    pub async fn audit_seen(&self, practice: PracticeId) -> Result<u64, StoreFault> {
        let sql = "SELECT upto FROM ledger_seen WHERE stream = $1 AND source = 'audit'";
        let rows = self.rows(sql, values![practice]).await?;
        rows.first().map_or(Ok(0), |row| row.count(0))
    }

    /// Records of the audit book that no leaf speaks of.
    pub async fn unlogged_audit(&self, practice: PracticeId) -> Result<Vec<RawRecord>, StoreFault> {
        let sql = "SELECT n, header, commitment, salt FROM audit
                   WHERE practice = $1 AND NOT EXISTS (SELECT 1 FROM ledger_leaf AS leaf
                       WHERE leaf.stream = audit.practice AND leaf.seq = audit.n AND leaf.source = 'audit')
                   ORDER BY n LIMIT 10000";
        let rows = self.rows(sql, values![practice]).await?;
        let read = |row: &Row| {
            let (says, salt) = (row.bytes(1)?, row.bytes(3)?);
            Ok(RawRecord {
                n: row.count(0)?,
                body: audit_body(&says, &salt, row.array(2)?),
                says,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Events of rooms that no practice has any more.
    pub async fn strays(&self) -> Result<u64, StoreFault> {
        let sql = "SELECT COUNT(*) FROM event WHERE NOT EXISTS (SELECT 1 FROM room WHERE room.id = event.room)";
        let rows = self.rows(sql, values![]).await?;
        rows.first().map_or(Ok(0), |row| row.count(0))
    }

    /// Whether a root key opens every practice's key. Where there is no practice, or not even a table of them, any does.
    pub async fn fits(&self, root: &RootKey) -> Result<bool, StoreFault> {
        // Older databases have one key a practice; asking for the other table would be a fault there.
        for row in self.rows("SELECT id, wrapped_key FROM practice", values![]).await? {
            let place = practice_wrapping(row.practice(0)?, FIRST_KEY);
            if root.key().unwrap(&place, &row.bytes(1)?).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tries every wrapped key under the root key.
    pub async fn keys(&self, root: &RootKey) -> Result<Opened, StoreFault> {
        let mut opened = Opened::default();
        let mut practices: HashMap<PracticeId, Vec<Key>> = HashMap::new();
        for row in self.rows(PRACTICE_KEYS, values![]).await? {
            let id = row.practice(0)?;
            let place = practice_wrapping(id, key_number(&row, 1)?);
            opened.tried += 1;
            match root.key().unwrap(&place, &row.bytes(2)?) {
                Ok(key) => practices.entry(id).or_default().push(key),
                Err(_) => opened.broken.push(format!("practice {id}: its key does not open")),
            }
        }
        for (kind, what, sql) in KEYS {
            for row in self.rows(sql, values![]).await? {
                let (practice, wrapped) = (row.practice(0)?, row.bytes(1)?);
                let Some(outer) = practices.get(&practice) else {
                    opened
                        .broken
                        .push(format!("practice {practice}: a key of {what} belongs to nobody"));
                    continue;
                };
                // The mark of a key that was destroyed.
                if kind == KeyKind::Participant && wrapped.is_empty() {
                    continue;
                }
                opened.tried += 1;
                let (owner, named) = match kind {
                    KeyKind::Log | KeyKind::Practice => (vec![], practice.to_string()),
                    KeyKind::Account => (vec![row.account(2)?.bits()], row.account(2)?.to_string()),
                    KeyKind::Group => (
                        vec![row.room(2)?.bits(), u128::from(row.count(3)?)],
                        row.room(2)?.to_string(),
                    ),
                    KeyKind::Participant => {
                        let (room, who) = (row.room(2)?, row.participant(3)?);
                        (vec![room.bits(), who.bits()], format!("{who} in {room}"))
                    }
                };
                let place = wrapping(practice, kind, &owner);
                let mut newest_first = outer.iter().rev();
                let key = newest_first.find_map(|outer| outer.unwrap(&place, &wrapped).ok());
                match key.ok_or(()) {
                    Err(()) => opened.broken.push(format!("{what} {named}: the key does not open")),
                    Ok(key) if kind == KeyKind::Log => {
                        let public: [u8; 32] = row.array(2)?;
                        if SigningKey::from_seed(key.bytes()).public() != public {
                            opened
                                .broken
                                .push(format!("{what} {named}: the key is not the one that signs"));
                        }
                    }
                    Ok(key) if kind == KeyKind::Group => {
                        let id = u32::try_from(row.count(3)?).map_err(|_| StoreFault::Damaged("a key's number"))?;
                        opened.groups.insert((row.room(2)?, id), key);
                    }
                    Ok(_) => {}
                }
            }
        }
        for row in self.rows("SELECT id FROM room", values![]).await? {
            let room = row.room(0)?;
            if !opened.groups.keys().any(|(of, _)| *of == room) {
                opened.broken.push(format!("room {room}: it has no key"));
            }
        }
        Ok(opened)
    }
}

const KEYS: [(KeyKind, &str, &str); 4] = [
    (
        KeyKind::Account,
        "account",
        "SELECT practice, wrapped_key, id FROM account",
    ),
    (
        KeyKind::Group,
        "room",
        "SELECT practice, wrapped, room, key_id FROM group_key",
    ),
    (
        KeyKind::Participant,
        "person",
        "SELECT practice, wrapped, room, participant FROM person_key",
    ),
    (
        KeyKind::Log,
        "log",
        "SELECT practice, wrapped_key, public_key FROM ledger",
    ),
];

fn leaf_row(row: &Row) -> Result<LeafRow, StoreFault> {
    let (source, stream, seq) = (row.text(1)?, row.id(2)?, row.count(3)?);
    let record = match (row.optional_bytes(5)?, row.optional_bytes(10)?, row.optional_bytes(12)?) {
        (Some(header), _, _) => {
            let commitment_said: [u8; 32] = row.array(6)?;
            let body = match (row.optional_bytes(7)?, row.optional_bytes(8)?) {
                (Some(salt), Some(ciphertext)) if commitment(&salt, &ciphertext) == commitment_said => BodyFound::Fits,
                (Some(_), Some(_)) => BodyFound::Another,
                _ if row.optional_bytes(11)?.is_some() => BodyFound::Emptied,
                _ => BodyFound::Nothing,
            };
            Some(Written {
                header,
                commitment: commitment_said,
                body,
                says: None,
            })
        }
        (None, Some(signature), _) => {
            let record = sitting_record(stream, seq, &row.text(9)?, &signature);
            Some(Written {
                header: record.header,
                commitment: record.commitment,
                body: BodyFound::Fits,
                says: None,
            })
        }
        (None, None, Some(says)) => {
            let record = audit_record(stream, seq, row.array(13)?);
            Some(Written {
                body: audit_body(&says, &row.bytes(14)?, record.commitment),
                header: record.header,
                commitment: record.commitment,
                says: Some(says),
            })
        }
        (None, None, None) => None,
    };
    Ok(LeafRow {
        n: row.count(0)?,
        source,
        stream,
        seq,
        hash: row.array(4)?,
        record,
    })
}

fn audit_body(says: &[u8], salt: &[u8], said: [u8; 32]) -> BodyFound {
    if says.is_empty() && salt.is_empty() {
        BodyFound::Emptied
    } else if audit_commitment(salt, says) == said {
        BodyFound::Fits
    } else {
        BodyFound::Another
    }
}

fn raw_event(room: RoomId, row: &Row, keys: Option<&Opened>) -> Result<RawEvent, StoreFault> {
    let (practice, seq, header) = (row.practice(0)?, row.count(1)?, row.bytes(2)?);
    let said: [u8; 32] = row.array(3)?;
    let (salt, body) = (row.optional_bytes(4)?, row.optional_bytes(5)?);
    let body_fits = match (&salt, &body) {
        (Some(salt), Some(body)) => commitment(salt, body) == said,
        _ => true,
    };
    let opens = keys.zip(body).map(|(keys, body)| {
        let Some((id, sealed)) = body.split_first_chunk::<4>() else {
            return false;
        };
        let place = Context::of("rondo.event.1").id(practice.bits()).id(room.bits());
        let place = place.with(&header).with(id);
        let key = keys.groups.get(&(room, u32::from_be_bytes(*id)));
        key.is_some_and(|key| key.open(&place, sealed).is_ok())
    });
    let place = Place {
        source: Source::Event,
        stream: room.bits(),
        seq,
    };
    Ok(RawEvent {
        seq,
        fits: place.is_said_by(&header) && body_fits,
        opens,
    })
}

fn fault(error: &sqlx::Error) -> StoreFault {
    tracing::warn!(%error, "the database could not be read");
    StoreFault::Unavailable
}
