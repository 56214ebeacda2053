//! The practice and its facilitators' accounts.

use protocol::api::AccountRole;
use protocol::{AccountId, PracticeId, Private, Timestamp};

use unicode_normalization::UnicodeNormalization;

use super::NewColleague;
use crate::keys::{Context, Key, KeyKind};
use crate::store::sql::{Row, Tx, Value, values};
use crate::store::vault::{Practice, UNREADABLE};
use crate::store::{Store, StoreFault};

/// The first run: a practice and its first facilitator.
#[derive(Debug, Clone)]
pub struct SetUp {
    pub practice: PracticeId,
    pub account: AccountId,
    pub name: Private<String>,
    pub email: Private<String>,
    /// Argon2id in PHC form, made by the caller.
    pub password_hash: Private<String>,
    pub at: Timestamp,
    /// From then on the house wants a second factor of this account.
    pub second_factor_due: Timestamp,
}

/// Why there was no first run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetUpError {
    /// It happened before, or somebody was quicker.
    #[error("this server is set up already")]
    AlreadySetUp,
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

/// A facilitator's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub account: AccountId,
    pub practice: PracticeId,
    pub name: Private<String>,
    pub email: Private<String>,
    pub password_hash: Private<String>,
    /// What they may do in their practice. Never empty.
    pub roles: Vec<AccountRole>,
    /// The operator confirmed that the recovery key is kept.
    pub recovery_saved: bool,
    pub created_at: Timestamp,
    /// There is an app with codes or a passkey.
    pub has_second_factor: bool,
    /// From then on the house wants one; none for accounts older than that rule.
    pub second_factor_due: Option<Timestamp>,
}

/// What every question about accounts reads. Whoever was taken out is not there.
macro_rules! accounts_where {
    ($condition:literal) => {
        concat!(
            "SELECT practice, id, wrapped_key, sealed_email, sealed_name, password_hash, recovery_saved, created_at, roles,
                    second_factor_due,
                    (SELECT COUNT(*) FROM authenticator WHERE authenticator.account = account.id)
                        + (SELECT COUNT(*) FROM passkey WHERE passkey.account = account.id)
             FROM account WHERE left_at IS NULL AND ",
            $condition
        )
    };
}

impl Store {
    /// The practice that this server was set up with, once it is. There may be more ([`Store::practices`]).
    pub async fn practice(&self) -> Result<Option<PracticeId>, StoreFault> {
        let row = self.engine().row("SELECT practice FROM first_run", values![]).await?;
        row.map(|row| row.practice(0)).transpose()
    }

    /// Makes the practice, its key and its first facilitator in one transaction.
    pub async fn set_up(&self, new: SetUp) -> Result<(), SetUpError> {
        let (practice, wrapped_practice_key) = self.vault().new_practice(new.practice);
        let first = NewColleague {
            secret_hash: [0; 32], // by no link
            account: new.account,
            name: new.name,
            email: new.email,
            password_hash: new.password_hash,
            at: new.at,
            second_factor_due: new.second_factor_due,
        };
        let mut tx = self.engine().begin().await?;
        let done = async {
            let sql = "INSERT INTO practice (id, wrapped_key, created_at) VALUES ($1, $2, $3)";
            tx.run(sql, values![new.practice, wrapped_practice_key, new.at]).await?;
            // The row that only one first run can write; on PostgreSQL a second one waits here for the first.
            let sql = "INSERT INTO first_run (one, practice) VALUES (1, $1) ON CONFLICT (one) DO NOTHING";
            if tx.run(sql, values![new.practice]).await? == 0 {
                return Ok(false);
            }
            insert_account(&mut tx, &practice, &first, FIRST_ROLES).await?;
            // Until the operator says that the recovery key is kept.
            let sql = "UPDATE account SET recovery_saved = $1 WHERE id = $2";
            tx.run(sql, values![false, new.account]).await?;
            Ok(true)
        };
        if done.await.map_err(|error| self.engine().fault(&error))? {
            Ok(self.engine().finish(tx).await?)
        } else {
            tx.roll_back().await;
            Err(SetUpError::AlreadySetUp)
        }
    }

    /// Finds an account of the practice that this server was set up with.
    pub async fn account_by_email(&self, email: &Private<String>) -> Result<Option<Account>, StoreFault> {
        self.account_by_email_at(None, email).await
    }

    /// Finds an account by its practice (none: the one that this server was set up with) and its address, in any case and with any spaces
    /// around it. Another practice's accounts are never looked at.
    pub async fn account_by_email_at(
        &self,
        practice: Option<PracticeId>,
        email: &Private<String>,
    ) -> Result<Option<Account>, StoreFault> {
        let practice = match practice {
            Some(practice) => practice,
            None => match self.practice().await? {
                Some(practice) => practice,
                None => return Ok(None),
            },
        };
        let practice = match self.vault().practice(self.engine(), practice).await {
            Err(StoreFault::NotFound(_)) => return Ok(None),
            found => found?,
        };
        let index = practice.email_index(&findable(email));
        let sql = accounts_where!("practice = $1 AND email_index = $2");
        let row = self.engine().row(sql, values![practice.id, index]).await?;
        self.account_of(row).await
    }

    /// Reads the account of somebody who works here. Who was taken out has none any more.
    pub async fn account(&self, account: AccountId) -> Result<Option<Account>, StoreFault> {
        let row = self.engine().row(accounts_where!("id = $1"), values![account]).await?;
        self.account_of(row).await
    }

    /// Everybody who works in a practice, in the order in which they came.
    pub async fn colleagues(&self, practice: PracticeId) -> Result<Vec<Account>, StoreFault> {
        let sql = accounts_where!("practice = $1 ORDER BY created_at, id");
        let mut all = Vec::new();
        for row in self.engine().rows(sql, values![practice]).await? {
            all.extend(self.account_of(Some(row)).await?);
        }
        Ok(all)
    }

    /// What somebody is or was called: records name people who do not work here any more.
    pub(super) async fn name_of(&self, account: AccountId) -> Result<Private<String>, StoreFault> {
        let sql = "SELECT sealed_name FROM account WHERE id = $1";
        let row = self.engine().row(sql, values![account]).await?;
        let row = row.ok_or(StoreFault::NotFound("account"))?;
        let (practice, key) = self.account_key(account).await?;
        opened(&key, place(practice, account, NAME), &row.bytes(0)?)
    }

    async fn account_of(&self, row: Option<Row>) -> Result<Option<Account>, StoreFault> {
        let Some(row) = row else { return Ok(None) };
        let (practice, account) = (row.practice(0)?, row.account(1)?);
        let keys = self.vault().practice(self.engine(), practice).await?;
        let key = keys.unwrap(KeyKind::Account, &[account.bits()], &row.bytes(2)?)?;
        Ok(Some(Account {
            account,
            practice,
            email: opened(&key, place(practice, account, EMAIL), &row.bytes(3)?)?,
            name: opened(&key, place(practice, account, NAME), &row.bytes(4)?)?,
            password_hash: Private(row.text(5)?),
            recovery_saved: row.flag(6)?,
            created_at: row.at(7)?,
            roles: roles_of(&row.text(8)?)?,
            second_factor_due: row.optional_at(9)?,
            has_second_factor: row.count(10)? > 0,
        }))
    }

    /// Replaces the passphrase's hash. End the account's logins too.
    pub async fn set_password_hash(&self, account: AccountId, hash: &Private<String>) -> Result<(), StoreFault> {
        let sql = "UPDATE account SET password_hash = $1 WHERE id = $2";
        self.change_account(sql, values![hash.expose().as_str(), account]).await
    }

    /// Records that the recovery key is kept.
    pub async fn set_recovery_saved(&self, account: AccountId, saved: bool) -> Result<(), StoreFault> {
        let sql = "UPDATE account SET recovery_saved = $1 WHERE id = $2";
        self.change_account(sql, values![saved, account]).await
    }

    /// The key that an account's own texts are sealed under.
    pub(super) async fn account_key(&self, account: AccountId) -> Result<(PracticeId, Key), StoreFault> {
        let sql = "SELECT practice, wrapped_key FROM account WHERE id = $1";
        let row = self.engine().row(sql, values![account]).await?;
        let row = row.ok_or(StoreFault::NotFound("account"))?;
        let keys = self.vault().practice(self.engine(), row.practice(0)?).await?;
        let key = keys.unwrap(KeyKind::Account, &[account.bits()], &row.bytes(1)?)?;
        Ok((row.practice(0)?, key))
    }

    async fn change_account(&self, sql: &'static str, values: Vec<Value>) -> Result<(), StoreFault> {
        match self.engine().write(sql, values).await? {
            0 => Err(StoreFault::NotFound("account")),
            _ => Ok(()),
        }
    }
}

/// Fields' names in associated data.
const NAME: &str = "name";
const EMAIL: &str = "email";

/// Writes an account's row, under a key of its own.
pub(super) async fn insert_account(
    tx: &mut Tx,
    practice: &Practice,
    new: &NewColleague,
    roles: &str,
) -> Result<(), sqlx::Error> {
    let key = Key::draw();
    let seal =
        |field, text: &Private<String>| key.seal(&place(practice.id, new.account, field), text.expose().as_bytes());
    let row = values![
        practice.id,
        new.account,
        practice.wrap(KeyKind::Account, &[new.account.bits()], &key),
        practice.email_index(&findable(&new.email)),
        seal(EMAIL, &new.email),
        seal(NAME, &new.name),
        new.password_hash.expose().as_str(),
        true,
        new.at,
        roles,
        new.second_factor_due
    ];
    let sql = "INSERT INTO account (practice, id, wrapped_key, email_index, sealed_email, sealed_name, password_hash,
               recovery_saved, created_at, roles, second_factor_due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    tx.run(sql, row).await.map(|_| ())
}

/// Whoever sets a house up looks after its accounts and leads.
const FIRST_ROLES: &str = "administrator facilitator";

const fn role_word(role: AccountRole) -> &'static str {
    match role {
        AccountRole::Administrator => "administrator",
        AccountRole::Facilitator => "facilitator",
        AccountRole::Supervisor => "supervisor",
    }
}

const ROLES: [AccountRole; 3] = [
    AccountRole::Administrator,
    AccountRole::Facilitator,
    AccountRole::Supervisor,
];

/// Roles as they stand in a column, each once and in one order.
pub(super) fn roles_text(roles: &[AccountRole]) -> String {
    let words: Vec<_> = ROLES
        .into_iter()
        .filter(|role| roles.contains(role))
        .map(role_word)
        .collect();
    words.join(" ")
}

pub(super) fn roles_of(words: &str) -> Result<Vec<AccountRole>, StoreFault> {
    let role = |word: &str| {
        ROLES
            .into_iter()
            .find(|role| role_word(*role) == word)
            .ok_or(StoreFault::Damaged("a role that does not exist"))
    };
    words.split(' ').map(role).collect()
}

pub(super) fn place(practice: PracticeId, account: AccountId, field: &str) -> Context {
    Context::of("rondo.account.1")
        .id(practice.bits())
        .id(account.bits())
        .with(field.as_bytes())
}

/// Sealed text that was text before.
pub(super) fn opened(key: &Key, place: Context, sealed: &[u8]) -> Result<Private<String>, StoreFault> {
    text(key.open(&place, sealed).map_err(|_| UNREADABLE)?)
}

pub(super) fn text(plain: Vec<u8>) -> Result<Private<String>, StoreFault> {
    String::from_utf8(plain)
        .map(Private)
        .map_err(|_| StoreFault::Damaged("a sealed text is not text"))
}

/// The spelling under which an address is found: people write their own address in more ways than one.
pub(crate) fn findable(email: &Private<String>) -> String {
    email.expose().trim().nfkc().collect::<String>().to_lowercase()
}
