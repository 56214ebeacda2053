//! Ways into an account that somebody else has a hand in: a second factor that was taken away for its owner, and the practice's own sign-in
//! service.

use protocol::{AccountId, PracticeId, Private, Timestamp};

use super::LoginId;
use crate::store::sql::{Trouble, values};
use crate::store::{Store, StoreFault};

/// An account's second factor was taken away so that its owner comes back in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorReset {
    pub at: Timestamp,
    /// What the administrator was or is called; none: the operator did it.
    pub by: Option<Private<String>>,
}

/// A way into an account that its owner may take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayIn {
    /// The app with codes.
    Authenticator,
    /// The passkey of this id.
    Passkey([u8; 32]),
    /// The account at the sign-in service. No address links it again.
    Outside,
}

impl Store {
    /// Takes a way into an account away, and with it every login of the account but one, since no login says how it began; recovery codes go
    /// with the last second factor. Gives the logins that ended; `None`: there was no such way, and nothing has changed.
    pub async fn remove_way_in(
        &self,
        account: AccountId,
        way: WayIn,
        kept: LoginId,
    ) -> Result<Option<Vec<LoginId>>, StoreFault> {
        let (sql, of) = match way {
            WayIn::Authenticator => ("DELETE FROM authenticator WHERE account = $1", values![account]),
            WayIn::Passkey(id) => (
                "DELETE FROM passkey WHERE account = $1 AND id = $2",
                values![account, id],
            ),
            WayIn::Outside => (
                "UPDATE outside_sign_in SET subject_index = NULL WHERE account = $1 AND subject_index IS NOT NULL",
                values![account],
            ),
        };
        let mut tx = self.engine().begin().await?;
        let done = async {
            if tx.run(sql, of).await? == 0 {
                return Ok(None);
            }
            let sql = "DELETE FROM recovery_code WHERE account = $1
                       AND NOT EXISTS (SELECT 1 FROM authenticator WHERE account = $1)
                       AND NOT EXISTS (SELECT 1 FROM passkey WHERE account = $1)";
            tx.run(sql, values![account]).await?;
            let sql = "DELETE FROM login WHERE account = $1 AND id <> $2 RETURNING id";
            let ended = tx.rows(sql, values![account, kept]).await?;
            let ended = ended.iter().map(|row| row.login(0)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Trouble>(Some(ended))
        };
        let done = done.await;
        self.engine().ends(tx, done).await
    }

    /// Takes an account's app, passkeys and recovery codes away and ends its logins, which it gives; from now on a new second factor is due.
    pub async fn reset_factors(
        &self,
        practice: PracticeId,
        account: AccountId,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<Vec<LoginId>, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            let sql = "UPDATE account SET second_factor_due = $1 WHERE id = $2 AND practice = $3 AND left_at IS NULL";
            if tx.run(sql, values![at, account, practice]).await? == 0 {
                return Err(StoreFault::NotFound("account").into());
            }
            for sql in [
                "DELETE FROM authenticator WHERE account = $1",
                "DELETE FROM passkey WHERE account = $1",
                "DELETE FROM recovery_code WHERE account = $1",
                "UPDATE outside_sign_in SET subject_index = NULL WHERE account = $1",
            ] {
                tx.run(sql, values![account]).await?;
            }
            let sql = "INSERT INTO factor_reset (practice, account, done_by, at) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (account) DO UPDATE SET done_by = excluded.done_by, at = excluded.at";
            let by = by.map(|by| by.bits().to_be_bytes().to_vec());
            tx.run(sql, values![practice, account, by, at]).await?;
            let sql = "DELETE FROM login WHERE account = $1 RETURNING id";
            let ended = tx.rows(sql, values![account]).await?;
            let ended = ended.iter().map(|row| row.login(0)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Trouble>(ended)
        };
        let done = done.await;
        self.engine().ends(tx, done).await
    }

    /// The last time that an account's second factor was taken away for its owner.
    pub async fn factor_reset(&self, account: AccountId) -> Result<Option<FactorReset>, StoreFault> {
        let sql = "SELECT at, done_by FROM factor_reset WHERE account = $1";
        let Some(row) = self.engine().row(sql, values![account]).await? else {
            return Ok(None);
        };
        let by = match row.optional_bytes(1)? {
            Some(_) => Some(self.name_of(row.account(1)?).await?),
            None => None,
        };
        Ok(Some(FactorReset { at: row.at(0)?, by }))
    }

    /// Whether anybody's was since then: by this process, another, or a command on the machine.
    pub async fn factors_were_reset_since(&self, at: Timestamp) -> Result<bool, StoreFault> {
        let sql = "SELECT 1 FROM factor_reset WHERE at >= $1 LIMIT 1";
        Ok(self.engine().row(sql, values![at]).await?.is_some())
    }

    /// The account that somebody signs in to at a sign-in service.
    pub async fn outside_account(
        &self,
        practice: PracticeId,
        issuer: &str,
        subject: &Private<String>,
    ) -> Result<Option<AccountId>, StoreFault> {
        let index = self.outside_index(practice, issuer, subject).await?;
        let sql = "SELECT account FROM outside_sign_in WHERE practice = $1 AND subject_index = $2";
        let row = self.engine().row(sql, values![practice, index]).await?;
        row.map(|row| row.account(0)).transpose()
    }

    /// Links an account. Gives false where it, or what the service calls the person, is linked already, and where the way was taken away
    /// before and it is not the owner's own hand that links.
    pub async fn link_outside(
        &self,
        practice: PracticeId,
        account: AccountId,
        (issuer, subject): (&str, &Private<String>),
        by_hand: bool,
        at: Timestamp,
    ) -> Result<bool, StoreFault> {
        let index = self.outside_index(practice, issuer, subject).await?;
        let mut tx = self.engine().begin().await?;
        let done = async {
            if by_hand {
                let sql = "DELETE FROM outside_sign_in WHERE account = $1 AND subject_index IS NULL";
                tx.run(sql, values![account]).await?;
            }
            let sql =
                "INSERT INTO outside_sign_in (practice, account, subject_index, linked_at) VALUES ($1, $2, $3, $4)
                       ON CONFLICT DO NOTHING";
            Ok(tx.run(sql, values![practice, account, index, at]).await? > 0)
        };
        let done = done.await;
        self.engine().ends_if_done(tx, done).await // else what bars the way stays
    }

    /// Since when an account signs in at the service, if it does.
    pub async fn outside_since(&self, account: AccountId) -> Result<Option<Timestamp>, StoreFault> {
        let sql = "SELECT linked_at FROM outside_sign_in WHERE account = $1 AND subject_index IS NOT NULL";
        let row = self.engine().row(sql, values![account]).await?;
        row.map(|row| row.at(0)).transpose()
    }

    async fn outside_index(
        &self,
        practice: PracticeId,
        issuer: &str,
        subject: &Private<String>,
    ) -> Result<[u8; 32], StoreFault> {
        let practice = self.vault().practice(self.engine(), practice).await?;
        Ok(practice.outside_index(issuer, subject.expose()))
    }
}
