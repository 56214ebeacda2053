//! Process notes of those who lead: bytes that their authors' browsers sealed, by author, room and session. Nothing here opens them, and no
//! read here is without the author in it. They stand in no export, in no search and in no view.

use protocol::{AccountId, Private, RoomId, Timestamp};

use super::sql::{Trouble, Tx, values};
use super::{Store, StoreFault};

/// What an author keeps at one place, and in which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedByAuthor {
    pub version: u32,
    pub sealed: Private<String>,
}

/// A note, without what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrivateNoteListed {
    pub session: u16,
    pub version: u32,
    pub changed_at: Timestamp,
}

/// Whether something was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is on the disk, in this version.
    Version(u32),
    /// Something else is there than what it was to take the place of. Nothing was changed.
    Changed,
}

impl Store {
    /// An author's sealed key.
    pub async fn author_key(&self, author: AccountId) -> Result<Option<SealedByAuthor>, StoreFault> {
        let sql = "SELECT version, sealed FROM author_key WHERE account = $1";
        let row = self.engine().row(sql, values![author]).await?;
        row.map(|row| sealed(&row)).transpose()
    }

    /// Keeps it in the place of version `based_on`; 0 for the first.
    pub async fn keep_author_key(
        &self,
        author: AccountId,
        sealed: &Private<String>,
        based_on: u32,
        at: Timestamp,
    ) -> Result<Kept, StoreFault> {
        let row = values![author, sealed.expose().as_str(), u64::from(based_on), at];
        let sql = if based_on == 0 {
            "INSERT INTO author_key (practice, account, version, sealed, changed_at)
             SELECT practice, id, $3 + 1, $2, $4 FROM account WHERE id = $1 AND left_at IS NULL
             ON CONFLICT (account) DO NOTHING"
        } else {
            "UPDATE author_key SET sealed = $2, version = version + 1, changed_at = $4 WHERE account = $1 AND version = $3"
        };
        Ok(kept(self.engine().write(sql, row).await?, based_on))
    }

    /// Which notes an author has in a room.
    pub async fn private_notes(&self, author: AccountId, room: RoomId) -> Result<Vec<PrivateNoteListed>, StoreFault> {
        let sql =
            "SELECT session, version, changed_at FROM private_note WHERE account = $1 AND room = $2 ORDER BY session";
        let rows = self.engine().rows(sql, values![author, room]).await?;
        rows.iter()
            .map(|row| {
                Ok(PrivateNoteListed {
                    session: u16::try_from(row.count(0)?).map_err(|_| StoreFault::Damaged("a session's number"))?,
                    version: version(row.count(1)?)?,
                    changed_at: row.at(2)?,
                })
            })
            .collect()
    }

    /// One of them.
    pub async fn private_note(
        &self,
        author: AccountId,
        room: RoomId,
        session: u16,
    ) -> Result<Option<SealedByAuthor>, StoreFault> {
        let sql = "SELECT version, sealed FROM private_note WHERE account = $1 AND room = $2 AND session = $3";
        let row = self
            .engine()
            .row(sql, values![author, room, u64::from(session)])
            .await?;
        row.map(|row| sealed(&row)).transpose()
    }

    /// Keeps a note in the place of version `based_on`; 0 for the first. Only where its author has a key: without one nobody could read it.
    pub async fn keep_private_note(
        &self,
        author: AccountId,
        room: RoomId,
        session: u16,
        sealed: &Private<String>,
        based_on: u32,
        at: Timestamp,
    ) -> Result<Kept, StoreFault> {
        let row = values![
            author,
            room,
            u64::from(session),
            sealed.expose().as_str(),
            u64::from(based_on),
            at
        ];
        let sql = if based_on == 0 {
            "INSERT INTO private_note (practice, account, room, session, version, sealed, changed_at)
             SELECT practice, $1, id, $3, $5 + 1, $4, $6 FROM room WHERE id = $2
             AND EXISTS (SELECT 1 FROM author_key WHERE author_key.account = $1)
             ON CONFLICT (account, room, session) DO NOTHING"
        } else {
            "UPDATE private_note SET sealed = $4, version = version + 1, changed_at = $6
             WHERE account = $1 AND room = $2 AND session = $3 AND version = $5"
        };
        Ok(kept(self.engine().write(sql, row).await?, based_on))
    }

    /// Deletes one of an author's notes, from the files too.
    pub async fn delete_private_note(&self, author: AccountId, room: RoomId, session: u16) -> Result<(), StoreFault> {
        let sql = "DELETE FROM private_note WHERE account = $1 AND room = $2 AND session = $3";
        self.engine()
            .write(sql, values![author, room, u64::from(session)])
            .await?;
        self.purge().await
    }

    /// Deletes all of an author's notes with their key, from the files too.
    pub async fn delete_private_notes(&self, author: AccountId) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = take_private_notes(&mut tx, author).await;
        self.engine().ends(tx, done).await?;
        self.purge().await
    }
}

/// An author goes: nobody else could ever read what they leave behind.
pub(super) async fn take_private_notes(tx: &mut Tx, author: AccountId) -> Result<(), Trouble> {
    tx.run("DELETE FROM private_note WHERE account = $1", values![author])
        .await?;
    tx.run("DELETE FROM author_key WHERE account = $1", values![author])
        .await?;
    Ok(())
}

fn sealed(row: &super::sql::Row) -> Result<SealedByAuthor, StoreFault> {
    Ok(SealedByAuthor {
        version: version(row.count(0)?)?,
        sealed: Private(row.text(1)?),
    })
}

fn version(number: u64) -> Result<u32, StoreFault> {
    u32::try_from(number).map_err(|_| StoreFault::Damaged("a version"))
}

const fn kept(rows: u64, based_on: u32) -> Kept {
    match rows {
        0 => Kept::Changed,
        _ => Kept::Version(based_on.saturating_add(1)),
    }
}
