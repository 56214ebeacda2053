//! Looking in: somebody outside a room's care team reads it for an hour, with a reason, confirmed by a second person. Rows are never deleted:
//! they are the record.

use protocol::{AccountId, LookInId, ParticipantId, PracticeId, Private, RoomId, Timestamp};

use super::accounts::opened;
use crate::keys::Context;
use crate::store::sql::{Row, Value, values};
use crate::store::{Store, StoreFault};

/// Somebody asks.
#[derive(Debug, Clone)]
pub struct NewLookIn {
    pub look_in: LookInId,
    pub practice: PracticeId,
    pub room: RoomId,
    pub by: AccountId,
    /// Who they will be in the room.
    pub participant: ParticipantId,
    pub reason: Private<String>,
    pub at: Timestamp,
    /// A second person has to confirm before.
    pub waits_until: Timestamp,
}

/// The record of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookIn {
    pub look_in: LookInId,
    pub practice: PracticeId,
    pub room: RoomId,
    pub by: AccountId,
    pub name: Private<String>,
    pub participant: ParticipantId,
    pub reason: Private<String>,
    pub asked_at: Timestamp,
    pub waits_until: Timestamp,
    pub taken_back_at: Option<Timestamp>,
    pub confirmed: Option<Confirmed>,
}

/// A second person said yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    pub by: AccountId,
    pub name: Private<String>,
    pub at: Timestamp,
    pub until: Timestamp,
}

/// Why nothing was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LookInError {
    /// It does not wait any more, or whoever confirms is the one who asked.
    #[error("this does not wait for a second person")]
    NotWaiting,
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

/// What every question about looking in reads.
macro_rules! look_ins_where {
    ($condition:literal) => {
        concat!(
            "SELECT id, practice, room, asked_by, participant, sealed_reason, asked_at, waits_until, confirmed_by, confirmed_at,
                    until, taken_back_at FROM look_in WHERE ",
            $condition
        )
    };
}

impl Store {
    /// Records that somebody asks. The reason is sealed under their account's own key.
    pub async fn ask_to_look_in(&self, new: NewLookIn) -> Result<(), StoreFault> {
        let (_, key) = self.account_key(new.by).await?;
        let reason = key.seal(&place(new.practice, new.look_in), new.reason.expose().as_bytes());
        let sql =
            "INSERT INTO look_in (practice, id, room, asked_by, participant, sealed_reason, asked_at, waits_until)
                   SELECT practice, $2, id, $4, $5, $6, $7, $8 FROM room WHERE practice = $1 AND id = $3";
        let row = values![
            new.practice,
            new.look_in,
            new.room,
            new.by,
            new.participant,
            reason,
            new.at,
            new.waits_until
        ];
        match self.engine().write(sql, row).await? {
            0 => Err(StoreFault::NotFound("room")),
            _ => Ok(()),
        }
    }

    /// A second person says yes. One condition judges it: it waits, its time is not over, and they did not ask themselves.
    pub async fn confirm_look_in(
        &self,
        look_in: LookInId,
        by: AccountId,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<(), LookInError> {
        let sql = "UPDATE look_in SET confirmed_by = $2, confirmed_at = $3, until = $4
                   WHERE id = $1 AND confirmed_by IS NULL AND taken_back_at IS NULL AND waits_until > $3 AND asked_by <> $2";
        match self.engine().write(sql, values![look_in, by, at, until]).await? {
            0 => Err(LookInError::NotWaiting),
            _ => Ok(()),
        }
    }

    /// Ends it now, whether it waits or is open. Doing it twice is no fault.
    pub async fn end_look_in(&self, look_in: LookInId, at: Timestamp) -> Result<(), StoreFault> {
        let sql = "UPDATE look_in SET until = CASE WHEN until > $2 THEN $2 ELSE until END,
                          taken_back_at = CASE WHEN until IS NULL THEN COALESCE(taken_back_at, $2) ELSE taken_back_at END
                   WHERE id = $1";
        self.engine().write(sql, values![look_in, at]).await.map(|_| ())
    }

    /// One.
    pub async fn look_in(&self, look_in: LookInId) -> Result<Option<LookIn>, StoreFault> {
        let all = self.read_look_ins(look_ins_where!("id = $1"), values![look_in]).await?;
        Ok(all.into_iter().next())
    }

    /// A room's that were confirmed, newest first.
    pub async fn look_ins_of_room(&self, room: RoomId, most: i64) -> Result<Vec<LookIn>, StoreFault> {
        let sql = look_ins_where!("room = $1 AND confirmed_by IS NOT NULL ORDER BY confirmed_at DESC, id LIMIT $2");
        self.read_look_ins(sql, values![room, most]).await
    }

    /// An account's own, newest first.
    pub async fn look_ins_of(&self, account: AccountId, most: i64) -> Result<Vec<LookIn>, StoreFault> {
        let sql = look_ins_where!("asked_by = $1 ORDER BY asked_at DESC, id LIMIT $2");
        self.read_look_ins(sql, values![account, most]).await
    }

    /// Those of a practice that wait for a second person, oldest first.
    pub async fn look_ins_that_wait(
        &self,
        practice: PracticeId,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<LookIn>, StoreFault> {
        let sql = look_ins_where!(
            "practice = $1 AND confirmed_by IS NULL AND taken_back_at IS NULL AND waits_until > $2 ORDER BY asked_at, id LIMIT $3"
        );
        self.read_look_ins(sql, values![practice, now, most]).await
    }

    async fn read_look_ins(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<LookIn>, StoreFault> {
        let mut all = Vec::new();
        for row in self.engine().rows(sql, values).await? {
            all.push(self.look_in_of(&row).await?);
        }
        Ok(all)
    }

    async fn look_in_of(&self, row: &Row) -> Result<LookIn, StoreFault> {
        let (look_in, practice, by) = (row.look_in(0)?, row.practice(1)?, row.account(3)?);
        let (_, key) = self.account_key(by).await?;
        let confirmed = match row.optional_bytes(8)? {
            None => None,
            Some(_) => {
                let by = row.account(8)?;
                Some(Confirmed {
                    by,
                    name: self.name_of(by).await?,
                    at: row.at(9)?,
                    until: row.at(10)?,
                })
            }
        };
        Ok(LookIn {
            look_in,
            practice,
            room: row.room(2)?,
            by,
            name: self.name_of(by).await?,
            participant: row.participant(4)?,
            reason: opened(&key, place(practice, look_in), &row.bytes(5)?)?,
            asked_at: row.at(6)?,
            waits_until: row.at(7)?,
            taken_back_at: row.optional_at(11)?,
            confirmed,
        })
    }

    /// Rooms of a practice whose team somebody does not belong to, oldest first, with who leads them.
    pub async fn other_rooms(
        &self,
        practice: PracticeId,
        account: AccountId,
        most: i64,
    ) -> Result<Vec<(RoomId, Timestamp, Vec<Private<String>>)>, StoreFault> {
        let sql = "SELECT id, created_at FROM room WHERE practice = $1
                   AND NOT EXISTS (SELECT 1 FROM room_staff WHERE room_staff.room = room.id AND room_staff.account = $2)
                   ORDER BY created_at, id LIMIT $3";
        let mut rooms = Vec::new();
        for row in self.engine().rows(sql, values![practice, account, most]).await? {
            let room = row.room(0)?;
            let sql = "SELECT account FROM room_staff WHERE room = $1 AND part = 'lead' ORDER BY account";
            let mut led_by = Vec::new();
            for lead in self.engine().rows(sql, values![room]).await? {
                led_by.push(self.name_of(lead.account(0)?).await?);
            }
            rooms.push((room, row.at(1)?, led_by));
        }
        Ok(rooms)
    }
}

fn place(practice: PracticeId, look_in: LookInId) -> Context {
    Context::of("rondo.look-in.1").id(practice.bits()).id(look_in.bits())
}
