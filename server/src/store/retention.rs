//! What goes because its term is over: rooms in which nothing was done for long, and rows that nobody can use any more; and which records of the
//! audit book are to be emptied ([`super::audit`] does it). Which terms there are and when to look is [`crate::retention`]'s business.
//!
//! A room goes as a sitting of which nothing is kept does ([`super::forget`]): keys, bodies, notes and names in one transaction with a signed
//! record, which is a leaf of the signed log; the leaves of its events stay. Whatever a legal hold stands on is spared: the room, its links and
//! requests, the logins of who sits there; and while any hold stands in a practice, its whole audit book.
//!
//! What people answered about themselves goes event by event, as it does when somebody is erased: the event stays, and what is left of it stands
//! in its body's place ([`super::erasure`]). Whatever goes is counted and noted in the audit book by the transaction in which it goes.

use protocol::{PracticeId, RoomId, Timestamp};

use super::erasure::empty;
use super::forget::{Count, Why};
use super::header::Header;
use super::journal::open_event;
use super::limits::MAX_AUDIT_EMPTIED;
use super::sql::{Row, Trouble, Tx, values};
use super::{AppendError, Sitting, Store, StoreFault, StoredEvent};
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

/// How it is noted that something went, with it and not behind it: whatever ends the process, nothing has gone without a word.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// The class's name, under which it is counted.
    pub class: &'a str,
    /// The record for the audit book, where so many went.
    pub record: &'a (dyn Fn(u64) -> Vec<u8> + Sync),
}

impl std::fmt::Debug for Said<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Said({})", self.class)
    }
}

impl Said<'_> {
    pub(super) async fn within(
        self,
        tx: &mut Tx,
        practice: PracticeId,
        now: Timestamp,
        removed: u64,
    ) -> Result<(), Trouble> {
        if removed == 0 {
            return Ok(());
        }
        written_down(tx, practice, self.class, now, removed).await?;
        super::audit::write(tx, practice, &[&(self.record)(removed)]).await
    }
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

impl QuietRoom {
    /// Since when the room has been there: nothing in it is older.
    pub const fn made(&self) -> Timestamp {
        self.made
    }
}

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
        said: Said<'_>,
        now: Timestamp,
    ) -> Result<Option<Sitting>, AppendError> {
        let unavailable = |_| AppendError::Unavailable;
        let count = self.count_of(quiet).await.map_err(unavailable)?;
        self.destroys(quiet.room, count, Why::TermOver { before, said }, now)
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
        said: Said<'_>,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            let mut removed = 0;
            for &(_, _, sql) in DUE.iter().filter(|(of, ..)| *of == due) {
                removed += tx.run(sql, values![practice, before]).await?;
            }
            said.within(&mut tx, practice, now, removed).await?;
            Ok(removed)
        };
        let done = done.await;
        let removed = self.engine().ends(tx, done).await?;
        self.count_appended(usize::from(removed > 0));
        Ok(removed)
    }

    /// What in a room was said of its members' answers before then and is not emptied yet: events of these kinds, oldest first.
    pub async fn old_measures(
        &self,
        room: RoomId,
        kinds: [&'static str; 3],
        before: Timestamp,
    ) -> Result<Vec<StoredEvent>, StoreFault> {
        // Kind and time stand in the header, behind the fixed part and in it (`super::header`).
        let sql = "SELECT event.seq, event.header, event.commitment, body.salt, body.ciphertext, NULL
                   FROM event JOIN event_body AS body ON body.room = event.room AND body.seq = event.seq
                   WHERE event.room = $1 AND substr(event.header, 26, 8) < $2 AND substr(event.header, 54) IN ($3, $4, $5)
                   ORDER BY event.seq";
        let [first, second, third] = kinds.map(|kind| kind.as_bytes().to_vec());
        let group = self.group(room).await?;
        let values = values![room, before.0.to_be_bytes().to_vec(), first, second, third];
        let rows = self.engine().rows(sql, values).await?;
        rows.iter().map(|row| open_event(&group, room, row)).collect()
    }

    /// Puts what is left of such events in their place, all at once with the snapshot that knew them and the note that they went; nothing where
    /// something was done in the room since `rests_since`, or stands against it.
    pub async fn empty_measures(
        &self,
        quiet: &QuietRoom,
        rests: &[(u64, Vec<u8>)],
        rests_since: Timestamp,
        said: Said<'_>,
        now: Timestamp,
    ) -> Result<bool, AppendError> {
        let room = quiet.room;
        let unavailable = |_| AppendError::Unavailable;
        let group = self.group(room).await.map_err(unavailable)?;
        // Whoever has it open has done nothing for a day: they open it anew, as it is then. If they have, they keep it.
        let (mut tx, _) = self.taken(room).await.map_err(unavailable)?;
        let done = async {
            if !still_due(&mut tx, room, rests_since).await? {
                return Ok(false);
            }
            empty(&mut tx, &group, room, rests).await?;
            tx.run("DELETE FROM snapshot WHERE room = $1", values![room]).await?;
            said.within(&mut tx, quiet.practice, now, rests.len() as u64).await?;
            Ok(true)
        };
        let done = done.await;
        let done = self.engine().ends_if_done(tx, done).await.map_err(unavailable)?;
        if done {
            self.count_appended(1);
        }
        Ok(done)
    }

    /// The latest time that this house believed a clock; before it ever did, that of the newest record of any practice's audit book.
    pub async fn believed(&self) -> Result<Option<Timestamp>, StoreFault> {
        let row = self.engine().row("SELECT at FROM believed_clock", values![]).await?;
        match row {
            Some(row) => row.at(0).map(Some),
            None => self.newest_audit().await,
        }
    }

    /// It is so late, and this clock is believed.
    pub async fn believes(&self, at: Timestamp) -> Result<(), StoreFault> {
        let sql = "INSERT INTO believed_clock (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at";
        self.engine().write(sql, values![at]).await.map(|_| ())
    }

    /// When the newest record of any practice's audit book was noted.
    async fn newest_audit(&self) -> Result<Option<Timestamp>, StoreFault> {
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

/// One row a transaction: what went in the same run as something else of its class bears the next free millisecond.
pub(super) async fn written_down(
    tx: &mut Tx,
    practice: PracticeId,
    class: &str,
    at: Timestamp,
    removed: u64,
) -> Result<(), Trouble> {
    if removed > 0 {
        let sql = "SELECT MAX(at) FROM purged WHERE practice = $1 AND class = $2";
        let last = tx.row(sql, values![practice, class]).await?;
        let last = last.map_or(Ok(None), |row| row.optional_at(0))?;
        let at = last.map_or(at, |last| at.max(Timestamp(last.0 + 1)));
        let sql = "INSERT INTO purged (practice, class, at, removed) VALUES ($1, $2, $3, $4)";
        tx.run(sql, values![practice, class, at, removed]).await?;
    }
    Ok(())
}
