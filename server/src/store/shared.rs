//! What one node's memory would do for one machine, and several must share: tickets, what was begun, and word of what has ended.

use protocol::{ParticipantId, RoomId, Timestamp};

use super::directory::LoginId;
use super::limits::ENDED_KEPT;
use super::nodes::{millis, on_its_clock};
use super::sql::{Row, Trouble, values};
use super::{Store, StoreFault};
use crate::keys::{Context, Key};

/// What a ticket opens, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedTicket {
    pub login: LoginId,
    pub room: RoomId,
    pub participant: ParticipantId,
    pub ends_at: Timestamp,
}

/// What has ended, and with it sockets on every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// A login, wherever it is.
    Login(LoginId),
    /// What a login had in one room.
    Seat(LoginId, RoomId),
    /// A person's place in a room.
    Person(RoomId, ParticipantId),
}

/// Kinds of what is begun at one time and ended at another. Their numbers stand in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// An app with codes, that has not shown one yet.
    App = 1,
    /// A passkey that is being made.
    Passkey = 2,
    /// A question that any passkey may answer.
    PasskeySignIn = 3,
    /// A question to a sign-in service.
    Outside = 4,
}

/// What was begun.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    pub plain: Vec<u8>,
    pub ends_at: Timestamp,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept(until {:?})", self.ends_at)
    }
}

impl Store {
    /// Keeps a beginning for whichever node it ends at, in place of an earlier one of its key. `false` while there are `most` of its kind; what ended
    /// by `now` goes.
    pub async fn keep_beginning(
        &self,
        kind: Beginning,
        key: [u8; 32],
        kept: &Kept,
        now: Timestamp,
        most: u64,
    ) -> Result<bool, StoreFault> {
        let sealed = self.beginnings_key().seal(&beginning_at(kind, key), &kept.plain);
        let (of, ends_at) = (kind as i64, kept.ends_at);
        let mut tx = self.engine().begin().await?;
        let done = async {
            tx.run("DELETE FROM beginning WHERE ends_at <= $1", values![now])
                .await?;
            let sql = "DELETE FROM beginning WHERE kind = $1 AND key = $2";
            tx.run(sql, values![of, key]).await?;
            let sql = "INSERT INTO beginning (kind, key, sealed, ends_at) SELECT $1, $2, $3, $4
                       WHERE (SELECT COUNT(*) FROM beginning WHERE kind = $1) < $5";
            Ok(tx.run(sql, values![of, key, sealed, ends_at, most]).await? > 0)
        };
        let done: Result<_, Trouble> = done.await;
        self.engine().ends(tx, done).await
    }

    /// Takes a beginning out, on whichever node.
    pub async fn take_beginning(&self, kind: Beginning, key: [u8; 32]) -> Result<Option<Kept>, StoreFault> {
        let sql = "DELETE FROM beginning WHERE kind = $1 AND key = $2 RETURNING sealed, ends_at";
        let row = self.engine().write_row(sql, values![kind as i64, key]).await?;
        row.map(|row| self.opened_beginning(kind, key, &row)).transpose()
    }

    /// Looks at a beginning and leaves it there.
    pub async fn peek_beginning(&self, kind: Beginning, key: [u8; 32]) -> Result<Option<Kept>, StoreFault> {
        let sql = "SELECT sealed, ends_at FROM beginning WHERE kind = $1 AND key = $2";
        let row = self.engine().row(sql, values![kind as i64, key]).await?;
        row.map(|row| self.opened_beginning(kind, key, &row)).transpose()
    }

    fn opened_beginning(&self, kind: Beginning, key: [u8; 32], row: &Row) -> Result<Kept, StoreFault> {
        let opened = self.beginnings_key().open(&beginning_at(kind, key), &row.bytes(0)?);
        Ok(Kept {
            plain: opened.map_err(|_| StoreFault::Damaged("a beginning"))?,
            ends_at: row.at(1)?,
        })
    }

    fn beginnings_key(&self) -> Key {
        self.vault().derived("rondo.beginnings.1")
    }

    /// Keeps a ticket for whichever node it is shown to. Of one login the newest `most` count; those that ended by `now` go.
    pub async fn keep_ticket(
        &self,
        hash: [u8; 32],
        ticket: SharedTicket,
        now: Timestamp,
        most: u64,
    ) -> Result<(), StoreFault> {
        let login = ticket.login.0;
        let beside = most.saturating_sub(1);
        let sql = "DELETE FROM ticket WHERE login = $1 AND (ends_at <= $2 OR hash NOT IN
                   (SELECT hash FROM ticket WHERE login = $1 ORDER BY ends_at DESC, hash LIMIT $3))";
        self.engine().write(sql, values![login, now, beside]).await?;
        // Not in one transaction: two at one moment leave one too many, which the next one takes away.
        let sql = "INSERT INTO ticket (hash, login, room, participant, ends_at) VALUES ($1, $2, $3, $4, $5)";
        let row = values![hash, login, ticket.room, ticket.participant, ticket.ends_at];
        self.engine().write(sql, row).await.map(|_| ())
    }

    /// Uses a ticket up, on whichever node.
    pub async fn take_ticket(&self, hash: [u8; 32]) -> Result<Option<SharedTicket>, StoreFault> {
        let sql = "DELETE FROM ticket WHERE hash = $1 RETURNING login, room, participant, ends_at";
        let row = self.engine().write_row(sql, values![hash]).await?;
        let read = |row: Row| -> Result<SharedTicket, StoreFault> {
            Ok(SharedTicket {
                login: LoginId(row.array(0)?),
                room: row.room(1)?,
                participant: row.participant(2)?,
                ends_at: row.at(3)?,
            })
        };
        row.map(read).transpose()
    }

    /// Drops tickets that nobody used in time.
    pub async fn drop_old_tickets(&self, now: Timestamp) -> Result<(), StoreFault> {
        let sql = "DELETE FROM ticket WHERE ends_at <= $1";
        self.engine().write(sql, values![now]).await.map(|_| ())
    }

    /// Tells every node that something has ended.
    pub async fn tell_ended(&self, ended: Ended) -> Result<(), StoreFault> {
        let (login, room, participant) = match ended {
            Ended::Login(login) => (Some(login), None, None),
            Ended::Seat(login, room) => (Some(login), Some(room), None),
            Ended::Person(room, participant) => (None, Some(room), Some(participant)),
        };
        let bytes = |id: Option<u128>| id.map(|bits| bits.to_be_bytes().to_vec());
        let sql = on_its_clock!(
            self.is_lite(),
            "INSERT INTO ended (login, room, participant, at) VALUES ($1, $2, $3, ",
            ")"
        );
        let row = values![
            login.map(|login| login.0.to_vec()),
            bytes(room.map(RoomId::bits)),
            bytes(participant.map(ParticipantId::bits))
        ];
        self.engine().write(sql, row).await?;
        let sql = on_its_clock!(self.is_lite(), "DELETE FROM ended WHERE at < ", " - $1");
        self.engine().write(sql, values![millis(ENDED_KEPT)]).await.map(|_| ())
    }

    /// What has ended lately, with its number. Numbers may become visible out of their order, so that a reader goes by time and remembers.
    pub async fn ended_lately(&self) -> Result<Vec<(u64, Ended)>, StoreFault> {
        let sql = on_its_clock!(
            self.is_lite(),
            "SELECT n, login, room, participant FROM ended WHERE at > ",
            " - $1 ORDER BY n"
        );
        let rows = self.engine().rows(sql, values![millis(ENDED_KEPT)]).await?;
        rows.iter().map(ended).collect()
    }
}

fn beginning_at(kind: Beginning, key: [u8; 32]) -> Context {
    Context::of("rondo.beginning.1").id(kind as u128).with(&key)
}

fn ended(row: &Row) -> Result<(u64, Ended), StoreFault> {
    let n = row.count(0)?;
    let login = row.optional_bytes(1)?.is_some();
    let room = row.optional_bytes(2)?.is_some();
    Ok((
        n,
        match (login, room) {
            (true, false) => Ended::Login(LoginId(row.array(1)?)),
            (true, true) => Ended::Seat(LoginId(row.array(1)?), row.room(2)?),
            (false, _) => Ended::Person(row.room(2)?, row.participant(3)?),
        },
    ))
}
