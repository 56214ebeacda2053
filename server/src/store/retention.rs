//! What goes because its term is over: rooms in which nothing was done for long, and rows that nobody can use any more; and which records of the
//! audit book are to be emptied ([`super::audit`] does it). Which terms there are and when to look is [`crate::retention`]'s business.
//!
//! A room goes as a sitting of which nothing is kept does ([`super::forget`]): keys, bodies, notes and names in one transaction with a signed
//! record, which is a leaf of the signed log; the leaves of its events stay. Whatever a legal hold stands on is spared: the room, its links and
//! requests, the logins of who sits there; and while any hold stands in a practice, its whole audit book.

use protocol::{PracticeId, RoomId, Timestamp};

use super::forget::{Count, Why};
use super::header::Header;
use super::limits::MAX_AUDIT_EMPTIED;
use super::sql::{Row, Trouble, Tx, values};
use super::{AppendError, Sitting, Store, StoreFault};
use crate::audit::{Record, is_over};

/// A room in which nothing was done for long, or against which something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietRoom {
    pub practice: PracticeId,
    pub room: RoomId,
    /// Something stands against removing it.
    pub held: bool,
    made: Timestamp,
    last: Timestamp,
}

/// Rows whose term is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Logins that ended by then, with the seats that hang on them.
    Logins,
    /// Links by which nobody ever came: taken back, or run out. One that was renewed for somebody who came is not one of them.
    Links,
    /// Requests to be erased that were refused by then.
    Requests,
}

/// The beginning of an audit book whose term is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldAudit {
    pub records: u64,
    /// A hold stands somewhere in the practice: the book is kept whole.
    pub held: bool,
}

/// What went of one class in one run, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purged {
    pub practice: PracticeId,
    pub class: String,
    pub at: Timestamp,
    pub removed: u64,
}

/// Of each class: how its due rows are counted, and how they go. Put together here, since SQL is never made at run time.
macro_rules! due {
    ($($due:ident: $table:literal where $what:expr;)*) => {
        const DUE: &[(Due, &str, &str)] = &[$((
            Due::$due,
            concat!("SELECT COUNT(*) FROM ", $table, " WHERE practice = $1 AND ", $what),
            concat!("DELETE FROM ", $table, " WHERE practice = $1 AND ", $what),
        ),)*];
    };
}

due! {
    Logins: "login" where "expires_at < $2 AND NOT EXISTS (SELECT 1 FROM seat
        JOIN legal_hold ON legal_hold.room = seat.room WHERE seat.login = login.id)";
    Links: "invite" where "revoked_at < $2 AND used_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM seat WHERE seat.invite = invite.id)
        AND NOT EXISTS (SELECT 1 FROM command WHERE command.room = invite.room AND command.actor = invite.participant)
        AND NOT EXISTS (SELECT 1 FROM legal_hold WHERE legal_hold.room = invite.room)";
    Links: "colleague_link" where "COALESCE(gone_at, ends_at) < $2";
    Requests: "erasure" where "refused_at < $2 AND begun_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM legal_hold WHERE legal_hold.room = erasure.room)";
}

/// Every room of which events are left, with its last one and the holds that stand in it.
const QUIET: &str = "SELECT room.practice, room.id, room.created_at,
        (SELECT COUNT(*) FROM legal_hold WHERE legal_hold.room = room.id),
        (SELECT header FROM event WHERE event.room = room.id ORDER BY seq DESC LIMIT 1),
        (SELECT COALESCE(MAX(changed_at), 0) FROM private_note WHERE private_note.room = room.id),
        (SELECT COALESCE(MAX(created_at), 0) FROM invite WHERE invite.room = room.id)
    FROM room ORDER BY room.id";

impl Store {
    /// Rooms in which nothing was done since `before`, and of which something is left.
    pub async fn quiet_rooms(&self, before: Timestamp) -> Result<Vec<QuietRoom>, StoreFault> {
        self.engine().post().await?;
        let rows = self.engine().rows(QUIET, values![]).await?;
        let rooms = rows.iter().map(quiet_room).collect::<Result<Vec<_>, _>>()?;
        Ok(rooms.into_iter().flatten().filter(|room| room.last < before).collect())
    }

    /// Destroys what is left of a quiet room; nothing where something was done there since, or stands against it.
    pub async fn purge_room(
        &self,
        quiet: &QuietRoom,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Sitting>, AppendError> {
        let unavailable = |_| AppendError::Unavailable;
        let count = self.count_of(quiet).await.map_err(unavailable)?;
        // Whoever has it open has not done anything for so long: they are fenced off, and open it anew as it is then.
        let (epoch, _) = self.take_over(quiet.room).await.map_err(unavailable)?;
        self.destroys(quiet.room, epoch, count, Why::TermOver { before }, now)
            .await
    }

    /// What may be said of it afterwards: that it was, from when to when, and how many people it knew. The course is over with it.
    async fn count_of(&self, quiet: &QuietRoom) -> Result<Count, StoreFault> {
        let sql = "SELECT pack_digest, (SELECT COALESCE(MAX(session), 0) FROM sitting WHERE sitting.room = room.id),
                          (SELECT COUNT(*) FROM person_key WHERE person_key.room = room.id)
                   FROM room WHERE id = $1";
        let row = self.engine().row(sql, values![quiet.room]).await?;
        let row = row.ok_or(StoreFault::NotFound("room"))?;
        let bytes = self.pack_bytes(quiet.practice, &row.text(0)?).await?;
        let pack: Option<protocol::pack::Pack> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let small = |count: u64| u16::try_from(count).unwrap_or(u16::MAX);
        let next = small(row.count(1)?).saturating_add(1);
        Ok(Count {
            session: pack.map_or(next, |pack| pack.session_count().max(next)),
            started_at: quiet.made,
            ended_at: quiet.last,
            people: small(row.count(2)?),
        })
    }

    /// How many rows of this class are due in a practice.
    pub async fn count_due(&self, practice: PracticeId, due: Due, before: Timestamp) -> Result<u64, StoreFault> {
        let mut count = 0;
        for &(_, sql, _) in DUE.iter().filter(|(of, ..)| *of == due) {
            let row = self.engine().row(sql, values![practice, before]).await?;
            count += row.map_or(Ok(0), |row| row.count(0))?;
        }
        Ok(count)
    }

    /// Removes them, and writes down that they went. Gives how many.
    pub async fn purge_due(
        &self,
        practice: PracticeId,
        due: Due,
        class: &str,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            let mut removed = 0;
            for &(_, _, sql) in DUE.iter().filter(|(of, ..)| *of == due) {
                removed += tx.run(sql, values![practice, before]).await?;
            }
            written_down(&mut tx, practice, class, now, removed).await?;
            Ok(removed)
        };
        let done = done.await;
        self.ends(tx, done).await
    }

    /// Writes down that so much of a class went, where the going was somebody else's transaction: rooms one by one, audit records in pieces.
    pub async fn gone_of(
        &self,
        practice: PracticeId,
        class: &str,
        now: Timestamp,
        removed: u64,
    ) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = written_down(&mut tx, practice, class, now, removed).await;
        self.ends(tx, done).await
    }

    /// When the newest record of any practice's audit book was noted.
    pub async fn newest_audit(&self) -> Result<Option<Timestamp>, StoreFault> {
        let sql = "SELECT header FROM audit JOIN (SELECT practice, MAX(n) AS n FROM audit GROUP BY practice) AS newest
                   ON audit.practice = newest.practice AND audit.n = newest.n";
        let mut at = None;
        for row in self.engine().rows(sql, values![]).await? {
            at = at.max(Record::read(&row.bytes(0)?).map(|record| record.at));
        }
        Ok(at)
    }

    /// The audit records of a practice's book that are older and not emptied yet: how many, and whether a hold keeps them.
    pub async fn old_audit(&self, practice: PracticeId, before: Timestamp) -> Result<OldAudit, StoreFault> {
        let sql = "SELECT COUNT(*) FROM legal_hold WHERE practice = $1";
        let row = self.engine().row(sql, values![practice]).await?;
        let mut old = OldAudit {
            held: row.map_or(Ok(0), |row| row.count(0))? > 0,
            records: 0,
        };
        let mut upto = self.audit_emptied(practice).await?;
        loop {
            let rows = self.audit_after(practice, upto, MAX_AUDIT_EMPTIED).await?;
            let found = rows.iter().take_while(|row| is_over(row, before));
            let (many, last) = found.fold((0, None), |(many, _), row| (many + 1, Some(row.n)));
            let Some(last) = last else { return Ok(old) };
            upto = last;
            old.records += many;
        }
    }

    /// What went so far, oldest first.
    pub async fn purged(&self) -> Result<Vec<Purged>, StoreFault> {
        let sql = "SELECT practice, class, at, removed FROM purged ORDER BY at, practice, class";
        let read = |row: &Row| {
            Ok(Purged {
                practice: row.practice(0)?,
                class: row.text(1)?,
                at: row.at(2)?,
                removed: row.count(3)?,
            })
        };
        self.engine().rows(sql, values![]).await?.iter().map(read).collect()
    }

    async fn ends<T>(&self, tx: Tx, done: Result<T, Trouble>) -> Result<T, StoreFault> {
        match done {
            Ok(done) => self.engine().finish(tx).await.map(|()| done),
            Err(Trouble::Sql(error)) => {
                tx.roll_back().await;
                Err(self.engine().fault(&error))
            }
            Err(Trouble::Row(fault)) => {
                tx.roll_back().await;
                Err(fault)
            }
        }
    }
}

fn quiet_room(row: &Row) -> Result<Option<QuietRoom>, StoreFault> {
    let Some(header) = row.optional_bytes(4)? else {
        return Ok(None); // nothing ever happened there, or nothing is left
    };
    Ok(Some(QuietRoom {
        practice: row.practice(0)?,
        room: row.room(1)?,
        made: row.at(2)?,
        held: row.count(3)? > 0,
        // Process notes and links are no events, and something done all the same.
        last: Header::read(&header)?.at.max(row.at(5)?).max(row.at(6)?),
    }))
}

/// Whether nothing was done in a room since then, and nothing stands against removing it: asked in the transaction that removes it.
pub(super) async fn still_due(tx: &mut Tx, room: RoomId, before: Timestamp) -> Result<bool, Trouble> {
    let sql = "SELECT header, (SELECT COUNT(*) FROM legal_hold WHERE legal_hold.room = event.room),
                      (SELECT COALESCE(MAX(changed_at), 0) FROM private_note WHERE private_note.room = event.room),
                      (SELECT COALESCE(MAX(created_at), 0) FROM invite WHERE invite.room = event.room)
               FROM event WHERE room = $1 ORDER BY seq DESC LIMIT 1";
    let Some(row) = tx.row(sql, values![room]).await? else {
        return Ok(false);
    };
    let last = Header::read(&row.bytes(0)?)?.at.max(row.at(2)?).max(row.at(3)?);
    Ok(last < before && row.count(1)? == 0)
}

async fn written_down(
    tx: &mut Tx,
    practice: PracticeId,
    class: &str,
    at: Timestamp,
    removed: u64,
) -> Result<(), Trouble> {
    if removed > 0 {
        let sql = "INSERT INTO purged (practice, class, at, removed) VALUES ($1, $2, $3, $4)";
        tx.run(sql, values![practice, class, at, removed]).await?;
    }
    Ok(())
}
