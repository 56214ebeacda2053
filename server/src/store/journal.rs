//! A room's journal: an append-only row of events under one owner at a time.

use std::time::Instant;

use protocol::{CommandId, ParticipantId, PracticeId, RoomId, Timestamp};

use sha2::{Digest, Sha256};

use super::batch::{AppendJob, EventRow, Job};
use super::daybook::post;
use super::engine::Moment;
use super::header::Header;
use super::limits::{MAX_EVENT_BYTES, MAX_EVENTS_PER_APPEND, MAX_READ_EVENTS, MAX_STATE_BYTES, RECENT_COMMANDS};
use super::sql::{Row, Tx, values};
use super::vault::Group;
use super::writer::meaning;
use super::{AppendError, Store, StoreFault};
use crate::keys::{Context, draw};
use crate::metrics::METRICS;

/// Salt of a commitment: 128 random bits, so that nobody can try ciphertexts against it once body and salt are gone.
const SALT_BYTES: usize = 16;

/// An event to write.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The event's tag: readable in the database, so it never carries content.
    pub kind: &'static str,
    pub at: Timestamp,
    /// Who did it. Stands in the database as a pseudonym.
    pub actor: Option<ParticipantId>,
    /// The whole event, encoded; it is encrypted under the room's key. Personal fields are sealed by the caller first.
    pub body: Vec<u8>,
}

/// One decision to make durable.
#[derive(Clone, PartialEq, Eq)]
pub struct Append {
    pub room: RoomId,
    pub practice: PracticeId,
    /// The epoch that [`Store::claim`] gave.
    pub epoch: u64,
    /// The last sequence number the caller knows; the first new event gets the next one.
    pub after_seq: u64,
    pub events: Vec<NewEvent>,
    /// Who asked and the client-made id: unique in the room, in the same transaction.
    pub command: Option<(ParticipantId, CommandId)>,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// On the disk.
    Committed { last_seq: u64 },
    /// This command was accepted before, and this was its answer. Nothing was written.
    Duplicate { seq: u64 },
}

/// An event as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: u64,
    pub kind: String,
    pub at: Timestamp,
    pub body: Vec<u8>,
    /// Somebody whom it was about was erased, or the term of what it said is over: the body is what is left of it.
    pub emptied: bool,
}

/// An accepted command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    pub actor: ParticipantId,
    pub command: CommandId,
    /// The last event of the append it came with: the answer to every retry.
    pub seq: u64,
}

/// A room as its new owner finds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    pub practice: PracticeId,
    /// The new owner's epoch; every older owner is fenced from here on.
    pub epoch: u64,
    /// The next event's sequence number; the first is 1.
    pub next_seq: u64,
    /// The latest snapshot and the sequence number it stands at.
    pub snapshot: Option<(u64, Vec<u8>)>,
    /// Every event after the snapshot, gapless.
    pub tail: Vec<StoredEvent>,
    /// The latest accepted commands, oldest first, at most [`super::RECENT_COMMANDS`].
    pub commands: Vec<Command>,
}

// What people said is never shown in logs: these types show sizes.
macro_rules! shows_sizes {
    ($($type:ident { $($field:ident),* } hides $hidden:ident;)*) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*
                    .field(stringify!($hidden), &"[private]").finish()
            }
        }
    )*};
}
shows_sizes! {
    NewEvent { kind, at, actor } hides body;
    Append { room, practice, epoch, after_seq, events } hides command;
    StoredEvent { seq, kind, at } hides body;
    Opened { practice, epoch, next_seq, tail, commands } hides snapshot;
}
/// A snapshot gives way to one that is not older.
macro_rules! newer_snapshot {
    () => {
        " ON CONFLICT (room) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, sealed = excluded.sealed
          WHERE excluded.seq >= snapshot.seq"
    };
}

impl Store {
    /// Makes the caller the room's owner and reads the room from the primary. Older owners' writes are refused from here on.
    /// Where nodes share a database, [`Store::claim_for`] asks first whether anybody else has it.
    pub async fn claim(&self, room: RoomId) -> Result<Opened, StoreFault> {
        let taken = self.take_over(room).await?;
        self.opened(room, taken).await
    }

    /// The room as its owner finds it, who took it over in this epoch and at this position.
    pub(super) async fn opened(&self, room: RoomId, (epoch, next_seq): (u64, u64)) -> Result<Opened, StoreFault> {
        // Another node may have destroyed keys that this one still has open: whoever begins to own the room knows only those there are.
        {
            let _change = self.vault().change().await;
            self.vault().forget_room(room);
        }
        let group = self.group(room).await?;
        let snapshot = self.read_snapshot(&group, room).await?;
        let seen = match &snapshot {
            Some((seq, _)) => *seq,
            None => self.forgotten_upto(room).await?,
        };
        let tail = self.events_between(&group, room, seen, next_seq).await?;
        let gapless = tail.iter().map(|event| event.seq).eq(seen + 1..next_seq);
        if !gapless {
            return Err(StoreFault::Damaged("an event is missing from the journal"));
        }
        Ok(Opened {
            practice: group.practice(),
            epoch,
            next_seq,
            snapshot,
            tail,
            commands: self.recent_commands(room).await?,
        })
    }

    /// Makes a decision durable. `Ok` means committed with fsync.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let fits = append.events.len() <= MAX_EVENTS_PER_APPEND
            && append.events.iter().all(|event| event.body.len() <= MAX_EVENT_BYTES);
        if !fits {
            tracing::error!(room = %append.room, "an append is above its limits");
            return Err(AppendError::Unavailable);
        }
        let group = self.group(append.room).await.map_err(|_| AppendError::Unavailable)?;
        let events = (append.after_seq + 1..)
            .zip(&append.events)
            .map(|(seq, event)| seal_event(&group, append.room, seq, event))
            .collect();
        let job = AppendJob {
            room: append.room,
            practice: append.practice,
            epoch: append.epoch,
            after_seq: append.after_seq,
            events,
            command: append.command,
        };
        let (events, begun) = (job.events.len(), Instant::now());
        let answer = self.0.writer.write(Job::Append(job)).await;
        METRICS.appended(begun.elapsed(), answer.is_ok());
        if matches!(answer, Ok(Appended::Committed { .. })) {
            self.count_appended(events);
        }
        answer
    }

    /// Events `from..=to`, at most [`MAX_READ_EVENTS`] of them, for an export or an audit.
    pub async fn read_events(&self, room: RoomId, from: u64, to: u64) -> Result<Vec<StoredEvent>, StoreFault> {
        let group = self.group(room).await?;
        self.engine().post().await?;
        let after = from.saturating_sub(1);
        let before = to.saturating_add(1).min(after.saturating_add(MAX_READ_EVENTS + 1));
        self.events_between(&group, room, after, before).await
    }

    /// Keeps the room's state at `seq`, encrypted, in place of an older one. Refused for a fenced owner.
    pub async fn snapshot(&self, room: RoomId, epoch: u64, seq: u64, state: &[u8]) -> Result<(), AppendError> {
        if state.len() > MAX_STATE_BYTES {
            tracing::error!(%room, "a snapshot is above its limit");
            return Err(AppendError::Unavailable);
        }
        let group = self.group(room).await.map_err(|_| AppendError::Unavailable)?;
        let sealed = group.seal(snapshot_place(&group, seq), state);
        let mut tx = self.fenced(room, epoch).await?;
        // Not posted first: a busy server keeps many snapshots, and whoever reads one claims the room before.
        let sql = match &tx {
            Tx::Lite(_) => concat!(
                "INSERT INTO snapshot (practice, room, epoch, seq, sealed)
                 SELECT practice, id, owner_epoch, $2, $3 FROM room WHERE id = $1
                 AND (next_seq > $2 OR EXISTS (SELECT 1 FROM daybook WHERE daybook.room = $1 AND daybook.seq >= $2))",
                newer_snapshot!()
            ),
            Tx::Pg(_) => concat!(
                "INSERT INTO snapshot (practice, room, epoch, seq, sealed)
                 SELECT practice, id, owner_epoch, $2, $3 FROM room WHERE id = $1 AND next_seq > $2",
                newer_snapshot!()
            ),
        };
        let kept = tx.run(sql, values![room, seq, sealed]).await;
        let kept = kept.map_err(|error| meaning(self.engine().doom.judge(&error, Moment::Before)))?;
        if kept == 0 {
            // Older than the one there is, or ahead of the journal: the caller is not where the room is.
            tx.roll_back().await;
            return Err(AppendError::Fenced);
        }
        self.engine().commit(tx).await.map_err(meaning)
    }

    /// The answer an accepted command got; `None` if it was never accepted.
    pub async fn command_seq(
        &self,
        room: RoomId,
        actor: ParticipantId,
        command: CommandId,
    ) -> Result<Option<u64>, StoreFault> {
        self.engine().post().await?;
        let sql = "SELECT seq FROM command WHERE room = $1 AND actor = $2 AND command = $3";
        let row = self.engine().row(sql, values![room, actor, command]).await?;
        row.map(|row| row.count(0)).transpose()
    }

    /// Whether a room is its owner's of this epoch.
    pub async fn is_epoch(&self, room: RoomId, epoch: u64) -> Result<bool, StoreFault> {
        let sql = "SELECT 1 FROM room WHERE id = $1 AND owner_epoch = $2";
        Ok(self.engine().row(sql, values![room, epoch]).await?.is_some())
    }

    /// Whether a room is its owner's of this epoch, and where a command of somebody stands: what is asked before a no, where another owner may have said yes.
    pub async fn stands(
        &self,
        (room, epoch): (RoomId, u64),
        actor: ParticipantId,
        command: CommandId,
    ) -> Result<(bool, Option<u64>), StoreFault> {
        self.engine().post().await?;
        let sql = "SELECT owner_epoch, (SELECT seq FROM command WHERE room = $1 AND actor = $2 AND command = $3) FROM room WHERE id = $1";
        let row = self.engine().row(sql, values![room, actor, command]).await?;
        let row = row.ok_or(StoreFault::NotFound("room"))?;
        let seq = row.optional_int(1)?.map(i64::unsigned_abs);
        Ok((row.count(0)? == epoch, seq))
    }

    /// A transaction in which the room is held for this owner.
    pub(super) async fn fenced(&self, room: RoomId, epoch: u64) -> Result<Tx, AppendError> {
        let mut tx = self.engine().begin().await.map_err(|_| AppendError::Unavailable)?;
        let sql = "UPDATE room SET owner_epoch = owner_epoch WHERE id = $1 AND owner_epoch = $2";
        match tx.run(sql, values![room, epoch]).await {
            Ok(1) => Ok(tx),
            Ok(_) => {
                tx.roll_back().await;
                Err(AppendError::Fenced)
            }
            Err(error) => {
                self.engine().fault(&error);
                Err(AppendError::Unavailable)
            }
        }
    }

    async fn take_over(&self, room: RoomId) -> Result<(u64, u64), StoreFault> {
        let (tx, taken) = self.taken(room).await?;
        self.engine().finish(tx).await?;
        Ok(taken)
    }

    /// A transaction in which nobody owns the room but whoever began it: rolled back, its owner never knew. Gives the epoch and the next position.
    pub(super) async fn taken(&self, room: RoomId) -> Result<(Tx, (u64, u64)), StoreFault> {
        let mut tx = self.engine().begin().await?;
        post(&mut tx).await.map_err(|error| self.engine().fault(&error))?;
        let sql = "UPDATE room SET owner_epoch = owner_epoch + 1, owner_node = NULL WHERE id = $1
                   RETURNING owner_epoch, next_seq";
        let row = tx
            .row(sql, values![room])
            .await
            .map_err(|error| self.engine().fault(&error))?;
        let row = row.ok_or(StoreFault::NotFound("room"))?;
        let taken = (row.count(0)?, row.count(1)?);
        Ok((tx, taken))
    }

    pub(super) async fn read_snapshot(
        &self,
        group: &Group,
        room: RoomId,
    ) -> Result<Option<(u64, Vec<u8>)>, StoreFault> {
        let sql = "SELECT seq, sealed FROM snapshot WHERE room = $1";
        let Some(row) = self.engine().row(sql, values![room]).await? else {
            return Ok(None);
        };
        let seq = row.count(0)?;
        Ok(Some((seq, group.open(snapshot_place(group, seq), &row.bytes(1)?)?)))
    }

    async fn events_between(
        &self,
        group: &Group,
        room: RoomId,
        after: u64,
        before: u64,
    ) -> Result<Vec<StoredEvent>, StoreFault> {
        let sql = "SELECT event.seq, event.header, event.commitment, event_body.salt, event_body.ciphertext, event_rest.ciphertext
                   FROM event LEFT JOIN event_body ON event_body.room = event.room AND event_body.seq = event.seq
                   LEFT JOIN event_rest ON event_rest.room = event.room AND event_rest.seq = event.seq
                   WHERE event.room = $1 AND event.seq > $2 AND event.seq < $3 ORDER BY event.seq";
        let rows = self.engine().rows(sql, values![room, after, before]).await?;
        rows.iter().map(|row| open_event(group, room, row)).collect()
    }

    async fn recent_commands(&self, room: RoomId) -> Result<Vec<Command>, StoreFault> {
        let sql = "SELECT actor, command, seq FROM command WHERE room = $1 ORDER BY seq DESC LIMIT $2";
        let rows = self.engine().rows(sql, values![room, RECENT_COMMANDS as u64]).await?;
        let read = |row: &Row| {
            Ok(Command {
                actor: row.participant(0)?,
                command: row.command(1)?,
                seq: row.count(2)?,
            })
        };
        rows.iter().rev().map(read).collect()
    }
}

/// The whole header is the place of the body: room, seq, kind, time, actor and key id cannot be changed without being noticed.
pub(super) fn event_place(group: &Group, header: &[u8]) -> Context {
    group.place("rondo.event.1").with(header)
}

pub(super) fn snapshot_place(group: &Group, seq: u64) -> Context {
    group.place("rondo.snapshot.1").number(seq)
}

/// What an event's leaf will commit to: enough to prove later what was written, too little to find it out.
pub(super) fn commitment(salt: &[u8], ciphertext: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(salt)
        .chain_update(ciphertext)
        .finalize()
        .into()
}

fn seal_event(group: &Group, room: RoomId, seq: u64, event: &NewEvent) -> EventRow {
    let pseudonym = event.actor.map_or([0; 16], |actor| group.pseudonym(actor));
    let header = Header {
        room,
        seq,
        at: event.at,
        key_id: group.key_id(),
        pseudonym,
        kind: event.kind.to_owned(),
    }
    .write();
    let ciphertext = group.seal(event_place(group, &header), &event.body);
    let mut salt = [0; SALT_BYTES];
    draw(&mut salt);
    EventRow {
        commitment: commitment(&salt, &ciphertext),
        header,
        salt,
        ciphertext,
    }
}

pub(super) fn open_event(group: &Group, room: RoomId, row: &Row) -> Result<StoredEvent, StoreFault> {
    let seq = row.count(0)?;
    let bytes = row.bytes(1)?;
    let header = Header::read(&bytes)?;
    if header.room != room || header.seq != seq {
        return Err(StoreFault::Damaged("an event's header stands at another place"));
    }
    let (body, emptied) = match (row.optional_bytes(3)?, row.optional_bytes(4)?) {
        (Some(salt), Some(ciphertext)) => {
            if commitment(&salt, &ciphertext) != row.array(2)? {
                return Err(StoreFault::Damaged(
                    "an event's body is not the one that was committed to",
                ));
            }
            (group.open(event_place(group, &bytes), &ciphertext)?, false)
        }
        _ => match row.optional_bytes(5)? {
            Some(rest) => (group.open(super::erasure::rest_place(group, &bytes), &rest)?, true),
            None => {
                return Err(StoreFault::Damaged(
                    "an event's body is gone, and nothing was left in its place",
                ));
            }
        },
    };
    Ok(StoredEvent {
        seq,
        kind: header.kind,
        at: header.at,
        body,
        emptied,
    })
}
