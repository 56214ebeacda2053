//! A copy of the embedded database while it is in use, and the proof that a store is whole: everything in it is read and opened.

use std::path::Path;

use protocol::RoomId;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row as _};

use super::limits::MAX_READ_EVENTS;
use super::sql::values;
use super::{Store, StoreFault};

/// What was read through, and found whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whole {
    pub rooms: u64,
    pub events: u64,
    /// Events of which only the fact is left.
    pub erased: u64,
    pub notes: u64,
}

/// Copies a database that may be in use into a new file: one moment of it, everything that was acknowledged before the call included.
/// Writers are not held up. The file is on the disk when this returns.
pub async fn copy_database(from: &Path, to: &Path) -> Result<(), StoreFault> {
    let unread = |error: sqlx::Error| {
        tracing::error!(%error, "the database cannot be copied");
        StoreFault::Unavailable
    };
    let to_text = to
        .to_str()
        .ok_or(StoreFault::File(std::io::ErrorKind::InvalidFilename))?;
    let options = SqliteConnectOptions::new()
        .filename(from)
        .read_only(true)
        .disable_statement_logging();
    let mut connection = options.connect().await.map_err(unread)?;
    sqlx::query("VACUUM INTO $1")
        .bind(to_text)
        .execute(&mut connection)
        .await
        .map_err(unread)?;
    connection.close().await.map_err(unread)?;
    let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|error| StoreFault::File(error.kind()))
}

/// Whether every page of a database file is where it should be.
pub async fn is_sound(file: &Path) -> bool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(true)
        .disable_statement_logging();
    let Ok(mut connection) = options.connect().await else {
        return false;
    };
    let said = sqlx::query("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await;
    said.and_then(|row| row.try_get::<String, _>(0))
        .is_ok_and(|said| said == "ok")
}

impl Store {
    /// Reads everything there is of every room, and opens it with the keys there are. Fails at the first thing that is missing or changed.
    pub async fn whole(&self) -> Result<Whole, StoreFault> {
        self.engine().post().await?;
        let mut whole = Whole::default();
        for row in self
            .engine()
            .rows("SELECT id, next_seq FROM room ORDER BY id", values![])
            .await?
        {
            let (room, next_seq) = (row.room(0)?, row.count(1)?);
            self.read_through(room, next_seq, &mut whole).await?;
            whole.rooms += 1;
        }
        Ok(whole)
    }

    async fn read_through(&self, room: RoomId, next_seq: u64, whole: &mut Whole) -> Result<(), StoreFault> {
        let group = self.group(room).await?;
        self.room(room).await?.ok_or(StoreFault::NotFound("room"))?;
        for link in self.invites(room).await? {
            self.has_pin(room, link.participant).await?;
        }
        self.minors(room).await?;
        self.erasures(room).await?;
        self.holds(room).await?;
        self.read_snapshot(&group, room).await?;
        let mut seq = self.forgotten_upto(room).await? + 1;
        while seq < next_seq {
            let events = self.read_events(room, seq, seq + MAX_READ_EVENTS - 1).await?;
            if events.is_empty() {
                return Err(StoreFault::Damaged("an event is missing from the journal"));
            }
            for event in events {
                if event.seq != seq {
                    return Err(StoreFault::Damaged("an event is missing from the journal"));
                }
                whole.erased += u64::from(event.emptied);
                whole.events += 1;
                seq += 1;
            }
        }
        for note in self.notes_of(room).await? {
            self.load_note(room, note).await?;
            whole.notes += 1;
        }
        Ok(())
    }
}
