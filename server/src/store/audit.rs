//! Audit records as they are kept: numbered without a gap in every practice, appended behind what the tables' triggers hold, read in order.
//! What a record says is [`crate::audit`]'s business; here it is bytes.

use protocol::{PracticeId, RoomId};
use sha2::{Digest, Sha256};

use super::directory::LoginId;
use super::sql::{Trouble, Tx, values};
use super::{Store, StoreFault};
use crate::keys::draw;

/// One record as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub n: u64,
    pub header: Vec<u8>,
    pub commitment: [u8; 32],
    pub salt: [u8; 32],
}

impl AuditRow {
    /// Whether the commitment is the one over this salt and this header.
    pub fn holds(&self) -> bool {
        commitment(&self.salt, &self.header) == self.commitment
    }
}

fn commitment(salt: &[u8; 32], header: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(header).finalize().into()
}

impl Store {
    /// Appends records in one transaction, with the next numbers of their practice. When this returns they are on the disk.
    pub async fn append_audit(&self, practice: PracticeId, headers: &[Vec<u8>]) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        match write(&mut tx, practice, headers).await {
            Ok(()) => self.engine().finish(tx).await,
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
                    salt: row.array(3)?,
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

pub(super) async fn write(tx: &mut Tx, practice: PracticeId, headers: &[Vec<u8>]) -> Result<(), Trouble> {
    // Takes the practice's row, so that on PostgreSQL two who append at one moment come one after the other.
    tx.run(
        "UPDATE practice SET created_at = created_at WHERE id = $1",
        values![practice],
    )
    .await?;
    let row = tx
        .row(
            "SELECT COALESCE(MAX(n), 0) FROM audit WHERE practice = $1",
            values![practice],
        )
        .await?;
    let mut n = row.map_or(Ok(0), |row| row.count(0))?;
    for header in headers {
        n += 1;
        let mut salt = [0; 32];
        draw(&mut salt);
        let sql = "INSERT INTO audit (practice, n, header, commitment, salt) VALUES ($1, $2, $3, $4, $5)";
        let row = values![practice, n, header.as_slice(), commitment(&salt, header), salt];
        tx.run(sql, row).await?;
    }
    Ok(())
}
