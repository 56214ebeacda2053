//! Which rooms know where somebody is. A room forgets by itself while it is open; this list finds the ones that nobody opens any more.

use protocol::{RoomId, Timestamp};

use super::sql::values;
use super::{Store, StoreFault};

impl Store {
    /// This room knows where somebody is; it is looked at then.
    pub async fn visiting(&self, room: RoomId, look_at: Timestamp) -> Result<(), StoreFault> {
        let sql = "INSERT INTO visiting (practice, room, look_at) SELECT practice, id, $2 FROM room WHERE id = $1
                   ON CONFLICT (room) DO UPDATE SET look_at = excluded.look_at";
        self.engine().write(sql, values![room, look_at]).await.map(|_| ())
    }

    /// This room knows of nobody any more where they are.
    pub async fn all_gone(&self, room: RoomId) -> Result<(), StoreFault> {
        let sql = "DELETE FROM visiting WHERE room = $1";
        self.engine().write(sql, values![room]).await.map(|_| ())
    }

    /// Rooms to be looked at by `now`.
    pub async fn rooms_visited(&self, now: Timestamp) -> Result<Vec<RoomId>, StoreFault> {
        let sql = "SELECT room FROM visiting WHERE look_at <= $1 ORDER BY room";
        let rows = self.engine().rows(sql, values![now]).await?;
        rows.iter().map(|row| row.room(0)).collect()
    }
}
