//! What an account can prove itself with besides its passphrase: an app with codes, and recovery codes.
//!
//! Single use is decided here, in the statement that writes: of two at the same moment one wins.

use protocol::{AccountId, Private, Timestamp};

use super::accounts::place;
use crate::store::sql::values;
use crate::store::{Store, StoreFault};

/// An app that shows six digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticator {
    pub secret: Private<Vec<u8>>,
    /// The last half-minute whose digits were used.
    pub last_step: u64,
    pub created_at: Timestamp,
}

/// The field's name in associated data.
const SECRET: &str = "authenticator";

impl Store {
    /// An account's app, if it has one.
    pub async fn authenticator(&self, account: AccountId) -> Result<Option<Authenticator>, StoreFault> {
        let sql = "SELECT sealed_secret, last_step, created_at FROM authenticator WHERE account = $1";
        let Some(row) = self.engine().row(sql, values![account]).await? else {
            return Ok(None);
        };
        let (practice, key) = self.account_key(account).await?;
        let secret = key.open(&place(practice, account, SECRET), &row.bytes(0)?);
        Ok(Some(Authenticator {
            secret: Private(secret.map_err(|_| crate::store::vault::UNREADABLE)?),
            last_step: row.count(1)?,
            created_at: row.at(2)?,
        }))
    }

    /// Keeps an app's secret in place of any earlier one. `step` has been used already: it proved that the app is there.
    pub async fn set_authenticator(
        &self,
        account: AccountId,
        secret: &Private<Vec<u8>>,
        step: u64,
        at: Timestamp,
    ) -> Result<(), StoreFault> {
        let (practice, key) = self.account_key(account).await?;
        let sealed = key.seal(&place(practice, account, SECRET), secret.expose());
        let sql = "INSERT INTO authenticator (practice, account, sealed_secret, last_step, created_at)
                   VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (account) DO UPDATE SET sealed_secret = excluded.sealed_secret,
                       last_step = excluded.last_step, created_at = excluded.created_at";
        let row = values![practice, account, sealed, step, at];
        self.engine().write(sql, row).await.map(|_| ())
    }

    /// Uses up a half-minute and every one before it. Gives whether it was still unused.
    pub async fn use_step(&self, account: AccountId, step: u64) -> Result<bool, StoreFault> {
        let sql = "UPDATE authenticator SET last_step = $1 WHERE account = $2 AND last_step < $1";
        Ok(self.engine().write(sql, values![step, account]).await? > 0)
    }

    /// New recovery codes in place of all earlier ones; none at all takes them away.
    pub async fn set_recovery_codes(&self, account: AccountId, hashes: &[[u8; 32]]) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            let sql = "DELETE FROM recovery_code WHERE account = $1";
            tx.run(sql, values![account]).await?;
            for hash in hashes {
                let sql = "INSERT INTO recovery_code (practice, account, hash) SELECT practice, id, $1 FROM account WHERE id = $2";
                tx.run(sql, values![*hash, account]).await?;
            }
            Ok(())
        };
        done.await.map_err(|error| self.engine().fault(&error))?;
        self.engine().finish(tx).await
    }

    /// Uses a recovery code up. Gives whether it was one.
    pub async fn use_recovery_code(&self, account: AccountId, hash: [u8; 32]) -> Result<bool, StoreFault> {
        let sql = "DELETE FROM recovery_code WHERE account = $1 AND hash = $2";
        Ok(self.engine().write(sql, values![account, hash]).await? > 0)
    }

    /// Recovery codes that were not used yet.
    pub async fn recovery_codes_left(&self, account: AccountId) -> Result<u64, StoreFault> {
        let sql = "SELECT COUNT(*) FROM recovery_code WHERE account = $1";
        let row = self.engine().row(sql, values![account]).await?;
        row.map_or(Ok(0), |row| row.count(0))
    }
}
