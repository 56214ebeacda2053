//! Audit records as they are kept: numbered without a gap in every practice, appended behind what the tables' triggers hold, read in order,
//! and emptied when their time is over. What a record says is [`crate::audit`]'s business; here it is bytes.
//!
//! Each is a leaf of the practice's log, which pulls them (`store/ledger.rs`): appending pays nothing for that. The leaf speaks of number and
//! commitment, so an emptied record leaves it as it was.

use protocol::{PracticeId, RoomId, Timestamp};
use sha2::{Digest, Sha256};

use super::directory::LoginId;
use super::limits::MAX_AUDIT_EMPTIED;
use super::multi::Multi;
use super::retention::written_down;
use super::sql::{Trouble, Tx, values};
use super::{Store, StoreFault};
use crate::keys::draw;

/// One record as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub n: u64,
    pub header: Vec<u8>,
    pub commitment: [u8; 32],
    /// Empty, as the header is, once the record's time is over.
    pub salt: Vec<u8>,
}

impl AuditRow {
    /// Whether the commitment is the one over this salt and this header.
    pub fn holds(&self) -> bool {
        audit_commitment(&self.salt, &self.header) == self.commitment
    }
}

pub(super) fn audit_commitment(salt: &[u8], header: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(header).finalize().into()
}

static RECORDS: Multi = Multi::new(
    5,
    "INSERT INTO audit (practice, n, header, commitment, salt) VALUES",
    "",
);
static LOOKS: Multi = Multi::new(3, "INSERT INTO audit_look (room, n, practice) VALUES", "");

impl Store {
    /// Appends records in one transaction, with the next numbers of their practice. When this returns they are on the disk.
    pub async fn append_audit(&self, practice: PracticeId, headers: &[Vec<u8>]) -> Result<(), StoreFault> {
        self.book(practice, None, headers.to_vec()).await
    }

    /// Empties the records behind `after` up to `upto`, those whose time is over, and appends `said`, which says so: the log shows for good
    /// that they went, and when; under `class` it is written down how many there were, which is what is given. `after` is where the last one ended ([`Store::audit_emptied`]); whoever comes at
    /// the same moment as another finds that it has moved, and a hold that was set meanwhile keeps everything: both hear *unavailable*.
    pub async fn empty_audit(
        &self,
        practice: PracticeId,
        after: u64,
        upto: u64,
        said: &[u8],
        (class, now): (&str, Timestamp),
    ) -> Result<u64, StoreFault> {
        if upto <= after || upto - after > u64::from(MAX_AUDIT_EMPTIED) {
            return Ok(0);
        }
        let mut tx = self.engine().begin().await?;
        let done = async {
            let emptied = empty(&mut tx, practice, (after, upto), said).await?;
            written_down(&mut tx, practice, class, now, emptied).await?;
            Ok(emptied)
        };
        let done = done.await;
        let emptied = self.engine().ends(tx, done).await?;
        self.count_appended(1);
        Ok(emptied)
    }

    /// Up to where a practice's book was emptied.
    pub async fn audit_emptied(&self, practice: PracticeId) -> Result<u64, StoreFault> {
        let sql = "SELECT emptied FROM audit_mark WHERE practice = $1";
        let row = self.engine().row(sql, values![practice]).await?;
        row.map_or(Ok(0), |row| row.count(0))
    }

    /// How far the book was looked through for what is about single people.
    pub(crate) async fn audit_found(&self, practice: PracticeId) -> Result<u64, StoreFault> {
        let sql = "SELECT found FROM audit_mark WHERE practice = $1";
        let row = self.engine().row(sql, values![practice]).await?;
        row.map_or(Ok(0), |row| row.count(0))
    }

    /// What was found between two numbers: records by the room they are about. Whoever looked at the same moment has found it already.
    pub(crate) async fn audit_find(
        &self,
        practice: PracticeId,
        (after, upto): (u64, u64),
        found: &[(RoomId, u64)],
    ) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        let doing = async {
            hold(&mut tx, practice).await?;
            let sql = "INSERT INTO audit_mark (practice) VALUES ($1) ON CONFLICT (practice) DO NOTHING";
            tx.run(sql, values![practice]).await?;
            let sql = "UPDATE audit_mark SET found = $3 WHERE practice = $1 AND found = $2";
            if tx.run(sql, values![practice, after, upto]).await? > 0 {
                let rows = found.iter().flat_map(|(room, n)| values![*room, *n, practice]);
                LOOKS.run(&mut tx, rows.collect()).await?;
            }
            Ok(())
        };
        let done = doing.await;
        self.engine().ends(tx, done).await
    }

    /// What records about single people in a room say.
    pub(crate) async fn audit_looks(&self, practice: PracticeId, room: RoomId) -> Result<Vec<Vec<u8>>, StoreFault> {
        let sql = "SELECT audit.header FROM audit_look AS look
                   JOIN audit ON audit.practice = look.practice AND audit.n = look.n
                   WHERE look.room = $1 AND look.practice = $2 ORDER BY look.n";
        let rows = self.engine().rows(sql, values![room, practice]).await?;
        rows.iter().map(|row| row.bytes(0)).collect()
    }

    /// The records behind number `after`, in order, at most so many.
    pub async fn audit_after(&self, practice: PracticeId, after: u64, most: u32) -> Result<Vec<AuditRow>, StoreFault> {
        let sql = "SELECT n, header, commitment, salt FROM audit WHERE practice = $1 AND n > $2 ORDER BY n LIMIT $3";
        let rows = self
            .engine()
            .rows(sql, values![practice, after, u64::from(most)])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditRow {
                    n: row.count(0)?,
                    header: row.bytes(1)?,
                    commitment: row.array(2)?,
                    salt: row.bytes(3)?,
                })
            })
            .collect()
    }

    /// In whose book an access belongs that names no account: the practice of the login, else of the room, else the house's first. None
    /// before the first run.
    pub async fn audit_practice(
        &self,
        login: Option<LoginId>,
        room: Option<RoomId>,
    ) -> Result<Option<PracticeId>, StoreFault> {
        if let Some(login) = login {
            let row = self
                .engine()
                .row("SELECT practice FROM login WHERE id = $1", values![login])
                .await?;
            if let Some(row) = row {
                return row.practice(0).map(Some);
            }
        }
        if let Some(room) = room
            && let Some(practice) = self.practice_of_room(room).await?
        {
            return Ok(Some(practice));
        }
        self.practice().await
    }
}

/// Takes the practice's row, so that on PostgreSQL two who write at one moment come one after the other.
async fn hold(tx: &mut Tx, practice: PracticeId) -> Result<(), Trouble> {
    let sql = "UPDATE practice SET created_at = created_at WHERE id = $1";
    tx.run(sql, values![practice]).await?;
    Ok(())
}

async fn empty(tx: &mut Tx, practice: PracticeId, (after, upto): (u64, u64), said: &[u8]) -> Result<u64, Trouble> {
    hold(tx, practice).await?;
    let sql = "INSERT INTO audit_mark (practice) VALUES ($1) ON CONFLICT (practice) DO NOTHING";
    tx.run(sql, values![practice]).await?;
    // A hold that was set meanwhile keeps the whole book.
    let sql = "UPDATE audit_mark SET emptied = $3 WHERE practice = $1 AND emptied = $2
               AND NOT EXISTS (SELECT 1 FROM legal_hold WHERE legal_hold.practice = $1)";
    if tx.run(sql, values![practice, after, upto]).await? == 0 {
        return Err(StoreFault::Unavailable.into());
    }
    let nothing: &[u8] = &[];
    let sql = "UPDATE audit SET header = $4, salt = $4 WHERE practice = $1 AND n > $2 AND n <= $3";
    let emptied = tx.run(sql, values![practice, after, upto, nothing]).await?;
    let sql = "DELETE FROM audit_look WHERE practice = $1 AND n <= $2";
    tx.run(sql, values![practice, upto]).await?;
    write(tx, practice, &[said]).await?;
    Ok(emptied)
}

pub(super) async fn write(tx: &mut Tx, practice: PracticeId, headers: &[&[u8]]) -> Result<(), Trouble> {
    hold(tx, practice).await?;
    let row = tx
        .row(
            "SELECT COALESCE(MAX(n), 0) FROM audit WHERE practice = $1",
            values![practice],
        )
        .await?;
    let last = row.map_or(Ok(0), |row| row.count(0))?;
    let rows = (last + 1..).zip(headers).flat_map(|(n, header)| {
        let mut salt = [0; 32];
        draw(&mut salt);
        values![practice, n, *header, audit_commitment(&salt, header), salt]
    });
    Ok(RECORDS.run(tx, rows.collect()).await?)
}
