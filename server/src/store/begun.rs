//! Writes that were begun at an address and whose record does not stand in the audit book yet. A row is there before anything is written, and
//! goes in the transaction that notes what came of it; what a killed process has left is taken up into the book, once, by whoever finds it.

use protocol::{PracticeId, Timestamp};

use super::audit::write;
use super::limits::MAX_BEGUN_TAKEN_UP;
use super::sql::values;
use super::{Store, StoreFault};
use crate::keys::draw;

/// A write that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun([u8; 16]);

/// One of which nobody has said how it ended: the record that was written down for this case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    pub begun: Begun,
    pub practice: PracticeId,
    pub header: Vec<u8>,
}

impl Store {
    /// Writes down what is about to be done, as it is noted if nobody ever says how it ended. When this returns it is on the disk.
    pub async fn begin_audit(&self, practice: PracticeId, at: Timestamp, header: &[u8]) -> Result<Begun, StoreFault> {
        let mut id = [0; 16];
        draw(&mut id);
        let sql = "INSERT INTO audit_begun (id, practice, at, header) VALUES ($1, $2, $3, $4)";
        self.engine().write(sql, values![id, practice, at, header]).await?;
        Ok(Begun(id))
    }

    /// What was begun has ended: these are its records, if it has any.
    pub async fn end_audit(&self, begun: Begun, practice: PracticeId, headers: &[Vec<u8>]) -> Result<(), StoreFault> {
        self.book(practice, Some(begun.0), headers.to_vec()).await
    }

    /// What was begun before a moment and has not ended, the oldest first, so many at once.
    pub async fn audit_cut_off(&self, before: Timestamp) -> Result<Vec<CutOff>, StoreFault> {
        let sql = "SELECT id, practice, header FROM audit_begun WHERE at < $1 ORDER BY at, id LIMIT $2";
        let rows = self
            .engine()
            .rows(sql, values![before, u64::from(MAX_BEGUN_TAKEN_UP)])
            .await?;
        let read = |row: &super::sql::Row| {
            Ok(CutOff {
                begun: Begun(row.array(0)?),
                practice: row.practice(1)?,
                header: row.bytes(2)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Notes one of those, unless somebody else has.
    pub async fn take_up_audit(&self, cut: &CutOff) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        let doing = async {
            let sql = "DELETE FROM audit_begun WHERE id = $1";
            if tx.run(sql, values![cut.begun.0]).await? > 0 {
                write(&mut tx, cut.practice, &[&cut.header]).await?;
            }
            Ok(())
        };
        let done = doing.await;
        self.engine().ends(tx, done).await?;
        self.count_appended(1);
        Ok(())
    }
}
