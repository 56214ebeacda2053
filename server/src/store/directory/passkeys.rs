//! An account's passkeys: the public halves, sealed under the account's key.

use protocol::{AccountId, PracticeId, Private, Timestamp};

use super::accounts::place;
use crate::keys::Context;
use crate::store::sql::values;
use crate::store::vault::UNREADABLE;
use crate::store::{Store, StoreFault};

/// One passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The hash of the credential's own id.
    pub id: [u8; 32],
    /// The public half with its counter, as whoever checks it wrote it.
    pub credential: Private<Vec<u8>>,
    /// The kind of device it was made on, in three words.
    pub device: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl Store {
    /// An account's passkeys, oldest first.
    pub async fn passkeys(&self, account: AccountId) -> Result<Vec<Passkey>, StoreFault> {
        let sql = "SELECT id, sealed_credential, device, created_at, last_used_at FROM passkey
                   WHERE account = $1 ORDER BY created_at, id";
        let rows = self.engine().rows(sql, values![account]).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let (practice, key) = self.account_key(account).await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = row.array(0)?;
            let credential = key.open(&sealed_at(practice, account, id), &row.bytes(1)?);
            all.push(Passkey {
                id,
                credential: Private(credential.map_err(|_| UNREADABLE)?),
                device: row.text(2)?,
                created_at: row.at(3)?,
                last_used_at: row.optional_at(4)?,
            });
        }
        Ok(all)
    }

    /// Keeps a new passkey. Gives false where it is there already.
    pub async fn add_passkey(&self, account: AccountId, new: &Passkey) -> Result<bool, StoreFault> {
        let (practice, key) = self.account_key(account).await?;
        let sealed = key.seal(&sealed_at(practice, account, new.id), new.credential.expose());
        let sql = "INSERT INTO passkey (practice, account, id, sealed_credential, device, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, id) DO NOTHING";
        let row = values![practice, account, new.id, sealed, new.device.as_str(), new.created_at];
        Ok(self.engine().write(sql, row).await? > 0)
    }

    /// A passkey was used: its counter may have moved. Gives false where it was taken away meanwhile.
    pub async fn passkey_used(
        &self,
        account: AccountId,
        id: [u8; 32],
        credential: &Private<Vec<u8>>,
        at: Timestamp,
    ) -> Result<bool, StoreFault> {
        let (practice, key) = self.account_key(account).await?;
        let sealed = key.seal(&sealed_at(practice, account, id), credential.expose());
        let sql = "UPDATE passkey SET sealed_credential = $1, last_used_at = $2 WHERE account = $3 AND id = $4";
        Ok(self.engine().write(sql, values![sealed, at, account, id]).await? > 0)
    }
}

fn sealed_at(practice: PracticeId, account: AccountId, id: [u8; 32]) -> Context {
    place(practice, account, "passkey").with(&id)
}
