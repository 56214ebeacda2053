//! Nothing kept: a sitting of which only a count is left.
//!
//! One transaction writes the count with its signed record and destroys the rest: the room's keys and its people's, every row that was
//! sealed under them, links, seats, and the events' headers. The room itself stays, with its title, under a new key.
//!
//! Before the last event of such a sitting is appended the room is marked as *leaving*; the mark goes when the files hold nothing any more.
//! Whatever kills the process in between, the next start finds the mark and finishes ([`Store::rooms_leaving`]).

use std::fmt::Write as _;

use protocol::{ParticipantId, RoomId, Timestamp};
use sha2::{Digest, Sha256};

use super::daybook::post;
use super::directory::{reseal, untitled};
use super::engine::Moment;
use super::retention::{Said, still_due};
use super::sql::{Row, Trouble, Tx, values};
use super::vault::Group;
use super::writer::meaning;
use super::{AppendError, Store, StoreFault};
use crate::keys::{Key, KeyKind, draw};

/// What may be said of a sitting afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub session: u16,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub people: u16,
}

/// Why it is destroyed.
#[derive(Clone, Copy)]
pub(super) enum Why<'a> {
    /// A circle of which nothing is kept, by its owner.
    NothingKept { epoch: u64 },
    /// Nothing was done in this room since then, and so long it is kept. Its title goes too.
    TermOver { before: Timestamp, said: Said<'a> },
}

/// A sitting of which nothing else is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    pub room: RoomId,
    pub count: Count,
    /// The last event of the sitting; the journal goes on behind it.
    pub upto: u64,
    /// What was destroyed, in lines that an operator can read.
    pub record: String,
    /// Ed25519 over the record.
    pub signature: Vec<u8>,
}

/// Tables whose rows hold what people wrote or who they were. Seats and links go by themselves, since logins hang on them.
const TABLES: [(&str, &str); 12] = [
    // What was asked for and not begun: there is nothing left to erase.
    ("erasure", "DELETE FROM erasure WHERE room = $1 AND begun_at IS NULL"),
    ("event_rest", "DELETE FROM event_rest WHERE room = $1"),
    ("event_body", "DELETE FROM event_body WHERE room = $1"),
    ("event", "DELETE FROM event WHERE room = $1"),
    ("command", "DELETE FROM command WHERE room = $1"),
    ("snapshot", "DELETE FROM snapshot WHERE room = $1"),
    ("note_update", "DELETE FROM note_update WHERE room = $1"),
    ("note_author", "DELETE FROM note_author WHERE room = $1"),
    ("note", "DELETE FROM note WHERE room = $1"),
    ("minor", "DELETE FROM minor WHERE room = $1"),
    ("private_note", "DELETE FROM private_note WHERE room = $1"),
    ("member_pin", "DELETE FROM member_pin WHERE room = $1"),
];

impl Store {
    /// The sitting of this room is about to end, and nothing of it will be kept.
    pub async fn leaving(&self, room: RoomId) -> Result<(), StoreFault> {
        let sql = "INSERT INTO leaving (practice, room) SELECT practice, id FROM room WHERE id = $1
                   ON CONFLICT (room) DO NOTHING";
        self.engine().write(sql, values![room]).await.map(|_| ())
    }

    /// Rooms that were leaving when the process ended.
    pub async fn rooms_leaving(&self) -> Result<Vec<RoomId>, StoreFault> {
        let rows = self
            .engine()
            .rows("SELECT room FROM leaving ORDER BY room", values![])
            .await?;
        rows.iter().map(|row| row.room(0)).collect()
    }

    /// Nothing more of this room is to be destroyed: waits until deleted rows have left the files, then takes the mark away.
    pub async fn stays(&self, room: RoomId) -> Result<(), StoreFault> {
        self.purge().await?;
        let sql = "DELETE FROM leaving WHERE room = $1";
        self.engine().write(sql, values![room]).await.map(|_| ())
    }

    /// Keeps the count and destroys the rest. Afterwards no key opens anything; [`Store::stays`] waits until the files hold nothing either.
    pub async fn forget(&self, room: RoomId, epoch: u64, count: Count) -> Result<Sitting, AppendError> {
        let why = Why::NothingKept { epoch };
        let gone = self.destroys(room, count, why, count.ended_at).await?;
        gone.ok_or(AppendError::Unavailable) // such a sitting is always there to be destroyed
    }

    /// The same for a room whose term is over; nothing where something was done there since, or stands against it.
    pub(super) async fn destroys(
        &self,
        room: RoomId,
        count: Count,
        why: Why<'_>,
        now: Timestamp,
    ) -> Result<Option<Sitting>, AppendError> {
        let unavailable = |_| AppendError::Unavailable;
        let group = self.group(room).await.map_err(unavailable)?;
        // Until the old keys are out of memory nobody may read a key into it.
        let change = self.vault().change().await;
        let mut tx = match why {
            Why::NothingKept { epoch } => self.fenced(room, epoch).await?,
            // Whoever has it open has not done anything for so long. They are fenced off when it goes, and not before.
            Why::TermOver { .. } => self.taken(room).await.map_err(unavailable)?.0,
        };
        // What is to be destroyed must stand where it is destroyed.
        if let Err(error) = post(&mut tx).await {
            return Err(meaning(self.engine().doom.judge(&error, Moment::Before)));
        }
        if let Why::TermOver { before, .. } = why {
            match still_due(&mut tx, room, before).await {
                Ok(true) => {}
                Ok(false) => {
                    tx.roll_back().await;
                    return Ok(None);
                }
                Err(_) => {
                    tx.roll_back().await;
                    return Err(AppendError::Unavailable);
                }
            }
        }
        let sitting = match self.destroy(&mut tx, &group, room, count, why, now).await {
            Ok(sitting) => sitting,
            Err(Trouble::Sql(error)) => return Err(meaning(self.engine().doom.judge(&error, Moment::Before))),
            Err(Trouble::Row(fault)) => {
                tracing::error!(%room, %fault, "a room could not be forgotten");
                return Err(AppendError::Unavailable);
            }
        };
        // Whatever becomes of the commit, the keys must not linger in memory; and who looks for one now waits until it is through.
        self.vault().forget_room(room);
        let done = self.engine().commit(tx).await;
        drop(change);
        done.map_err(meaning)?;
        if matches!(why, Why::TermOver { .. }) {
            self.count_appended(1);
        }
        Ok(Some(sitting))
    }

    async fn destroy(
        &self,
        tx: &mut Tx,
        group: &Group,
        room: RoomId,
        count: Count,
        why: Why<'_>,
        now: Timestamp,
    ) -> Result<Sitting, Trouble> {
        let sql = "SELECT next_seq, sealed_title, sealed_starts_on FROM room WHERE id = $1";
        let about = tx.row(sql, values![room]).await?.ok_or(StoreFault::NotFound("room"))?;
        let upto = about.count(0)?.saturating_sub(1);
        // What goes is in the log before it goes; its leaves stay.
        self.log_within(tx, group.practice(), room, now).await?;
        let (keys, last_key) = keys_of(tx, room).await?;
        let (events, first) = commitments_of(tx, room).await?;
        let people = tx
            .rows(
                "SELECT account, participant FROM room_staff WHERE room = $1",
                values![room],
            )
            .await?;

        let kind = match why {
            Why::NothingKept { .. } => "nothing kept",
            Why::TermOver { .. } => "term over",
        };
        let mut record = format!(
            "rondo {kind}, 1\nroom {room}\nsession {}\npeople {}\nstarted_at {}\nended_at {}\nevents {first}..{upto}\nevents_sha256 {}\nkeys {}\nkeys_sha256 {}\n",
            count.session,
            count.people,
            count.started_at.0,
            count.ended_at.0,
            hex(&events),
            keys.0,
            hex(&keys.1),
        );
        // The record stands before an event goes: the journal's own guard looks for it.
        let sql = "INSERT INTO sitting (practice, room, session, upto, started_at, ended_at, people, record, signature)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let row = values![
            group.practice(),
            room,
            u64::from(count.session),
            upto,
            count.started_at,
            count.ended_at,
            u64::from(count.people),
            "",
            Vec::new()
        ];
        tx.run(sql, row).await?;
        for (table, sql) in TABLES {
            let rows = tx.run(sql, values![room]).await?;
            let _ = writeln!(record, "deleted {table} {rows}"); // writing into a text cannot fail
        }
        let links = take_links(tx, room).await?;
        let _ = writeln!(record, "deleted invite {links}");
        tx.run("DELETE FROM person_key WHERE room = $1", values![room]).await?;
        tx.run("DELETE FROM group_key WHERE room = $1", values![room]).await?;

        let key = Key::draw();
        let next_key = last_key + 1;
        let owner = [room.bits(), u128::from(next_key)];
        let sql = "INSERT INTO group_key (practice, room, key_id, wrapped, made_at) VALUES ($1, $2, $3, $4, $5)";
        let wrapped = group.wrap(KeyKind::Group, &owner, &key);
        let row = values![group.practice(), room, u64::from(next_key), wrapped, count.ended_at];
        tx.run(sql, row).await?;
        let fresh = group.renewed(next_key, key);
        let (mut title, starts_on) = reseal(group, &fresh, &about.bytes(1)?, about.optional_bytes(2)?.as_deref())?;
        if matches!(why, Why::TermOver { .. }) {
            title = untitled(&fresh);
        }
        let sql =
            "UPDATE room SET sealed_title = $2, sealed_starts_on = $3, owner_epoch = owner_epoch + 1 WHERE id = $1";
        tx.run(sql, values![room, title, starts_on]).await?;
        // Who leads by account leads on, as somebody whom the destroyed journal did not know.
        for row in &people {
            let mut bits = [0; 16];
            draw(&mut bits);
            let next = ParticipantId::from_bits(u128::from_be_bytes(bits));
            let sql = "UPDATE room_staff SET participant = $3 WHERE room = $1 AND account = $2";
            tx.run(sql, values![room, row.account(0)?, next]).await?;
        }
        let signature = self.vault().attest(record.as_bytes());
        let sql = "UPDATE sitting SET record = $3, signature = $4 WHERE room = $1 AND session = $2";
        tx.run(
            sql,
            values![room, u64::from(count.session), record.as_str(), signature.clone()],
        )
        .await?;
        if let Why::TermOver { said, .. } = why {
            said.within(tx, group.practice(), now, 1).await?;
        }
        // And that it went, and by whose word, is in the log with it.
        self.log_within(tx, group.practice(), room, now).await?;
        Ok(Sitting {
            room,
            count,
            upto,
            record,
            signature,
        })
    }

    /// A room's sittings of which nothing is kept, oldest first.
    pub async fn sittings(&self, room: RoomId) -> Result<Vec<Sitting>, StoreFault> {
        let sql = "SELECT room, session, started_at, ended_at, people, upto, record, signature FROM sitting WHERE room = $1 ORDER BY upto";
        self.engine()
            .rows(sql, values![room])
            .await?
            .iter()
            .map(sitting)
            .collect()
    }

    /// Every such sitting of this server, for its operator.
    pub async fn all_sittings(&self) -> Result<Vec<Sitting>, StoreFault> {
        let sql = "SELECT room, session, started_at, ended_at, people, upto, record, signature FROM sitting ORDER BY room, upto";
        self.engine().rows(sql, values![]).await?.iter().map(sitting).collect()
    }

    /// Whether this server signed the record.
    pub fn attested(&self, sitting: &Sitting) -> bool {
        self.vault().is_attested(sitting.record.as_bytes(), &sitting.signature)
    }

    /// The last event that was forgotten; 0 where none was.
    pub(super) async fn forgotten_upto(&self, room: RoomId) -> Result<u64, StoreFault> {
        let sql = "SELECT COALESCE(MAX(upto), 0) FROM sitting WHERE room = $1";
        self.engine()
            .row(sql, values![room])
            .await?
            .map_or(Ok(0), |row| row.count(0))
    }
}

fn sitting(row: &Row) -> Result<Sitting, StoreFault> {
    let small = |column: usize| u16::try_from(row.count(column)?).map_err(|_| StoreFault::Damaged("a count"));
    Ok(Sitting {
        room: row.room(0)?,
        count: Count {
            session: small(1)?,
            started_at: row.at(2)?,
            ended_at: row.at(3)?,
            people: small(4)?,
        },
        upto: row.count(5)?,
        record: row.text(6)?,
        signature: row.bytes(7)?,
    })
}

/// How many keys there are and a hash over them as they are stored; and the number of the room's newest.
async fn keys_of(tx: &mut Tx, room: RoomId) -> Result<((usize, [u8; 32]), u32), Trouble> {
    let groups = tx
        .rows(
            "SELECT wrapped, key_id FROM group_key WHERE room = $1 ORDER BY key_id",
            values![room],
        )
        .await?;
    let people = tx
        .rows(
            "SELECT wrapped FROM person_key WHERE room = $1 ORDER BY participant",
            values![room],
        )
        .await?;
    let mut hash = Sha256::new();
    for row in groups.iter().chain(&people) {
        hash.update(row.bytes(0)?);
    }
    let last = groups.last().ok_or(StoreFault::NotFound("room"))?.count(1)?;
    let last = u32::try_from(last).map_err(|_| StoreFault::Damaged("a key's number"))?;
    Ok(((groups.len() + people.len(), hash.finalize().into()), last))
}

/// A hash over the events' commitments, in their order: a copy of the journal made before can be held against it. And the first event.
async fn commitments_of(tx: &mut Tx, room: RoomId) -> Result<([u8; 32], u64), Trouble> {
    let rows = tx
        .rows(
            "SELECT seq, commitment FROM event WHERE room = $1 ORDER BY seq",
            values![room],
        )
        .await?;
    let mut hash = Sha256::new();
    for row in &rows {
        hash.update(row.bytes(1)?);
    }
    let first = rows.first().map_or(Ok(1), |row| row.count(0))?;
    Ok((hash.finalize().into(), first))
}

/// Takes a room's links and seats away, and ends guests' logins that open nothing else.
async fn take_links(tx: &mut Tx, room: RoomId) -> Result<u64, Trouble> {
    let logins = tx.rows("SELECT login FROM seat WHERE room = $1", values![room]).await?;
    tx.run("DELETE FROM seat WHERE room = $1", values![room]).await?;
    for row in &logins {
        let sql = "DELETE FROM login WHERE id = $1 AND account IS NULL
                   AND NOT EXISTS (SELECT 1 FROM seat WHERE seat.login = login.id)";
        tx.run(sql, values![row.bytes(0)?]).await?;
    }
    Ok(tx.run("DELETE FROM invite WHERE room = $1", values![room]).await?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing into a text cannot fail
        text
    })
}
