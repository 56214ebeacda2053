//! Legal holds: while one stands, nothing of a person, or of anybody in a room, is erased or purged.

use protocol::{AccountId, ParticipantId, RoomId, Timestamp};

use super::sql::{Row, values};
use super::{Store, StoreFault};

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// `None`: everybody in the room.
    pub participant: Option<ParticipantId>,
    pub set_by: AccountId,
    pub set_at: Timestamp,
    pub reason: String,
}

/// Stands for everybody in the table.
const EVERYBODY: ParticipantId = ParticipantId::from_bits(0);
/// The purpose in associated data.
const REASON: &str = "rondo.hold-reason.1";

impl Store {
    /// Puts a hold on somebody or everybody; a second one replaces the reason.
    pub async fn hold(&self, room: RoomId, hold: &Hold) -> Result<(), StoreFault> {
        let group = self.group(room).await?;
        let who = hold.participant.unwrap_or(EVERYBODY);
        let sealed = group.seal(group.place(REASON).id(who.bits()), hold.reason.as_bytes());
        let sql = "INSERT INTO legal_hold (practice, room, participant, set_by, set_at, sealed_reason) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (room, participant) DO UPDATE SET set_by = excluded.set_by, set_at = excluded.set_at,
                       sealed_reason = excluded.sealed_reason";
        let row = values![group.practice(), room, who, hold.set_by, hold.set_at, sealed];
        self.engine().write(sql, row).await.map(|_| ())
    }

    /// Takes a hold away. Gives whether there was one.
    pub async fn lift_hold(&self, room: RoomId, participant: Option<ParticipantId>) -> Result<bool, StoreFault> {
        let sql = "DELETE FROM legal_hold WHERE room = $1 AND participant = $2";
        let who = participant.unwrap_or(EVERYBODY);
        Ok(self.engine().write(sql, values![room, who]).await? > 0)
    }

    /// A room's holds, oldest first.
    pub async fn holds(&self, room: RoomId) -> Result<Vec<Hold>, StoreFault> {
        let group = self.group(room).await?;
        let sql = "SELECT participant, set_by, set_at, sealed_reason FROM legal_hold WHERE room = $1 ORDER BY set_at, participant";
        let read = |row: &Row| {
            let who = row.participant(0)?;
            let reason = group.open(group.place(REASON).id(who.bits()), &row.bytes(3)?)?;
            Ok(Hold {
                participant: (who != EVERYBODY).then_some(who),
                set_by: row.account(1)?,
                set_at: row.at(2)?,
                reason: String::from_utf8(reason).map_err(|_| StoreFault::Damaged("a reason"))?,
            })
        };
        let rows = self.engine().rows(sql, values![room]).await?;
        rows.iter().map(read).collect()
    }

    /// Whether something stands against erasing this person.
    pub async fn is_held(&self, room: RoomId, participant: ParticipantId) -> Result<bool, StoreFault> {
        let sql = "SELECT 1 FROM legal_hold WHERE room = $1 AND participant IN ($2, $3)";
        Ok(self
            .engine()
            .row(sql, values![room, participant, EVERYBODY])
            .await?
            .is_some())
    }
}
