//! Erasing a person: what was asked for and what became of it, and the rows that go.
//!
//! The order is the hub's (`hub/erasing.rs`) and the house's (`identity/erasure.rs`): the mark first, then links, keys, notes, the journal's
//! words, and the signed record last. Everything here may be said twice.

use std::collections::BTreeSet;

use protocol::{ParticipantId, RoomId, Timestamp};

use super::daybook::post;
use super::directory::{LoginId, take_links_of};
use super::engine::Moment;
use super::sql::{Row, Trouble, Tx, values};
use super::vault::Group;
use super::writer::meaning;
use super::{AppendError, Store, StoreFault};
use crate::keys::Context;

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    /// The person themselves.
    Member,
    /// Somebody who leads.
    Leader,
}

/// An erasure, from the asking on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    pub participant: ParticipantId,
    pub asked_by: AskedBy,
    pub asked_at: Timestamp,
    /// `None` where none was given, and once it is done.
    pub reason: Option<String>,
    pub refused: Option<(Timestamp, String)>,
    /// From here on there is no way back.
    pub begun_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
    /// What was destroyed, line by line.
    pub record: Option<String>,
    /// Ed25519 over the record.
    pub signature: Option<Vec<u8>>,
}

/// What [`Store::begin_erasure`] ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndedLinks {
    pub links: u64,
    pub logins: Vec<LoginId>,
}

/// Fields' names under which reasons are sealed.
const REASON: &str = "erasure.reason";
const REFUSAL: &str = "erasure.refusal";

impl Store {
    /// Somebody wants a person erased. A request that was refused is asked anew; one that has begun stays as it is.
    pub async fn ask_erasure(
        &self,
        room: RoomId,
        participant: ParticipantId,
        asked_by: AskedBy,
        at: Timestamp,
        reason: Option<&str>,
    ) -> Result<(), StoreFault> {
        let sealed = match reason {
            Some(reason) => Some(
                self.seal_for_person(room, participant, REASON, reason.as_bytes())
                    .await?,
            ),
            None => None,
        };
        let by = match asked_by {
            AskedBy::Member => "member",
            AskedBy::Leader => "leader",
        };
        let sql = "INSERT INTO erasure (practice, room, participant, asked_by, asked_at, sealed_reason)
                   SELECT practice, id, $2, $3, $4, $5 FROM room WHERE id = $1
                   ON CONFLICT (room, participant) DO UPDATE SET asked_by = excluded.asked_by, asked_at = excluded.asked_at,
                       sealed_reason = excluded.sealed_reason, refused_at = NULL, sealed_refusal = NULL
                   WHERE erasure.begun_at IS NULL";
        let row = values![room, participant, by, at, sealed];
        self.engine().write(sql, row).await.map(|_| ())
    }

    /// Those who lead say no, and why. Gives whether there was something to refuse.
    pub async fn refuse_erasure(
        &self,
        room: RoomId,
        participant: ParticipantId,
        at: Timestamp,
        reason: &str,
    ) -> Result<bool, StoreFault> {
        let sealed = self
            .seal_for_person(room, participant, REFUSAL, reason.as_bytes())
            .await?;
        let sql = "UPDATE erasure SET refused_at = $3, sealed_refusal = $4
                   WHERE room = $1 AND participant = $2 AND begun_at IS NULL AND refused_at IS NULL";
        let refused = self.engine().write(sql, values![room, participant, at, sealed]).await?;
        Ok(refused > 0)
    }

    /// A room's erasures, oldest first.
    pub async fn erasures(&self, room: RoomId) -> Result<Vec<Erasure>, StoreFault> {
        let sql = "SELECT participant, asked_by, asked_at, sealed_reason, refused_at, sealed_refusal, begun_at, done_at, record, signature
                   FROM erasure WHERE room = $1 ORDER BY asked_at, participant";
        let mut erasures = Vec::new();
        for row in self.engine().rows(sql, values![room]).await? {
            erasures.push(self.erasure_of(room, &row).await?);
        }
        Ok(erasures)
    }

    async fn erasure_of(&self, room: RoomId, row: &Row) -> Result<Erasure, StoreFault> {
        let participant = row.participant(0)?;
        let reason = self.words(room, participant, REASON, row.optional_bytes(3)?).await?;
        let refusal = self.words(room, participant, REFUSAL, row.optional_bytes(5)?).await?;
        let done_at = row.optional_at(7)?;
        Ok(Erasure {
            participant,
            asked_by: match row.text(1)?.as_str() {
                "member" => AskedBy::Member,
                _ => AskedBy::Leader,
            },
            asked_at: row.at(2)?,
            reason,
            refused: row.optional_at(4)?.map(|at| (at, refusal.unwrap_or_default())),
            begun_at: row.optional_at(6)?,
            done_at,
            record: done_at.map(|_| row.text(8)).transpose()?,
            signature: row.optional_bytes(9)?,
        })
    }

    async fn words(
        &self,
        room: RoomId,
        who: ParticipantId,
        field: &str,
        sealed: Option<Vec<u8>>,
    ) -> Result<Option<String>, StoreFault> {
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = self.open_for_person(room, who, field, &sealed).await?;
        let text = |bytes| String::from_utf8(bytes).map_err(|_| StoreFault::Damaged("a reason"));
        plain.map(text).transpose()
    }

    /// The point of no return: the mark stands, and no link or device of theirs opens the room any more.
    pub async fn begin_erasure(
        &self,
        room: RoomId,
        participant: ParticipantId,
        at: Timestamp,
    ) -> Result<EndedLinks, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = begin(&mut tx, room, participant, at).await;
        self.engine().ends(tx, done).await
    }

    /// Destroys a person's key; the files hold it until [`Store::purge`]. Nothing that was sealed for them opens when this returns.
    pub async fn destroy_key(&self, room: RoomId, participant: ParticipantId) -> Result<(), StoreFault> {
        self.vault().destroy_person(self.engine(), room, participant).await
    }

    /// Puts what is left of events in the place of their bodies. Headers and commitments stay as they are.
    pub async fn empty_bodies(&self, room: RoomId, epoch: u64, rests: &[(u64, Vec<u8>)]) -> Result<(), AppendError> {
        let group = self.group(room).await.map_err(|_| AppendError::Unavailable)?;
        let mut tx = self.fenced(room, epoch).await?;
        match empty(&mut tx, &group, room, rests).await {
            Ok(()) => self.engine().commit(tx).await.map_err(meaning),
            Err(Trouble::Sql(error)) => {
                tx.roll_back().await;
                Err(meaning(self.engine().doom.judge(&error, Moment::Before)))
            }
            Err(Trouble::Row(fault)) => {
                tx.roll_back().await;
                tracing::error!(%room, %fault, "events could not be emptied");
                Err(AppendError::Unavailable)
            }
        }
    }

    /// Nothing is left: the record is signed, and the reasons, which nobody can open any more, go too.
    pub async fn erasure_done(
        &self,
        room: RoomId,
        participant: ParticipantId,
        at: Timestamp,
        record: &str,
    ) -> Result<(), StoreFault> {
        let signature = self.vault().attest(record.as_bytes());
        let sql =
            "UPDATE erasure SET done_at = $3, record = $4, signature = $5, sealed_reason = NULL, sealed_refusal = NULL
                   WHERE room = $1 AND participant = $2 AND done_at IS NULL";
        let row = values![room, participant, at, record, signature];
        self.engine().write(sql, row).await.map(|_| ())
    }

    /// Everybody whose erasure is done in this database.
    pub async fn erased_here(&self) -> Result<BTreeSet<(RoomId, ParticipantId)>, StoreFault> {
        let sql = "SELECT room, participant FROM erasure WHERE done_at IS NOT NULL";
        let rows = self.engine().rows(sql, values![]).await?;
        rows.iter().map(|row| Ok((row.room(0)?, row.participant(1)?))).collect()
    }

    /// Whether this server signed the record of an erasure.
    pub fn attested_erasure(&self, erasure: &Erasure) -> bool {
        let (Some(record), Some(signature)) = (&erasure.record, &erasure.signature) else {
            return false;
        };
        self.vault().is_attested(record.as_bytes(), signature)
    }
}

async fn begin(tx: &mut Tx, room: RoomId, participant: ParticipantId, at: Timestamp) -> Result<EndedLinks, Trouble> {
    // Asked before, as it must be; but for a copy from before the asking, where the list of the erased is all that knows.
    let sql = "INSERT INTO erasure (practice, room, participant, asked_by, asked_at, begun_at)
               SELECT practice, id, $2, 'leader', $3, $3 FROM room WHERE id = $1
               ON CONFLICT (room, participant) DO UPDATE SET begun_at = COALESCE(erasure.begun_at, excluded.begun_at)";
    if tx.run(sql, values![room, participant, at]).await? == 0 {
        return Err(StoreFault::NotFound("room").into());
    }
    // That they were not of age, and who agreed to what.
    let sql = "DELETE FROM minor WHERE room = $1 AND participant = $2";
    tx.run(sql, values![room, participant]).await?;
    let (links, logins) = take_links_of(tx, room, participant).await?;
    Ok(EndedLinks { links, logins })
}

pub(super) async fn empty(tx: &mut Tx, group: &Group, room: RoomId, rests: &[(u64, Vec<u8>)]) -> Result<(), Trouble> {
    // What is to be emptied must stand where it is emptied.
    post(tx).await?;
    for (seq, rest) in rests {
        let sql = "SELECT header FROM event WHERE room = $1 AND seq = $2";
        let row = tx.row(sql, values![room, *seq]).await?;
        let header = row
            .ok_or(StoreFault::Damaged("an event is missing from the journal"))?
            .bytes(0)?;
        let sealed = group.seal(rest_place(group, &header), rest);
        let sql = "DELETE FROM event_body WHERE room = $1 AND seq = $2";
        tx.run(sql, values![room, *seq]).await?;
        let sql = "INSERT INTO event_rest (practice, room, seq, ciphertext) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (room, seq) DO UPDATE SET ciphertext = excluded.ciphertext";
        tx.run(sql, values![group.practice(), room, *seq, sealed]).await?;
    }
    Ok(())
}

/// The place of what is left of an event: not the body's, so that the one is never taken for the other.
pub(super) fn rest_place(group: &Group, header: &[u8]) -> Context {
    group.place("rondo.event-rest.1").with(header)
}
