//! Practices of one house, and the links with which colleagues come to their accounts. Each practice has a key of its own under the root
//! key, so that nothing of one opens with another's; an address is looked up under its practice's key alone.

use protocol::api::AccountRole;
use protocol::{AccountId, ColleagueLinkId, PracticeId, Private, Timestamp};

use super::accounts::{findable, insert_account, roles_of, roles_text, text};
use crate::keys::Context;
use crate::store::sql::{Trouble, values};
use crate::store::vault::UNREADABLE;
use crate::store::{Store, StoreFault};

/// A practice as the operator lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PracticeListed {
    pub practice: PracticeId,
    pub name: Option<Private<String>>,
    pub created_at: Timestamp,
    /// Accounts of people who work there.
    pub people: u64,
}

/// A link to make.
#[derive(Debug, Clone)]
pub struct NewColleagueLink {
    pub practice: PracticeId,
    pub link: ColleagueLinkId,
    pub roles: Vec<AccountRole>,
    /// SHA-256 of the link's secret.
    pub secret_hash: [u8; 32],
    pub at: Timestamp,
    pub ends_at: Timestamp,
}

/// A link that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColleagueLink {
    pub link: ColleagueLinkId,
    pub roles: Vec<AccountRole>,
    pub created_at: Timestamp,
    pub ends_at: Timestamp,
}

/// A link's secret, to be exchanged for an account.
#[derive(Debug, Clone)]
pub struct NewColleague {
    pub secret_hash: [u8; 32],
    pub account: AccountId,
    pub name: Private<String>,
    pub email: Private<String>,
    /// Argon2id in PHC form, made by the caller.
    pub password_hash: Private<String>,
    /// From then on the house wants a second factor of this account.
    pub second_factor_due: Timestamp,
    pub at: Timestamp,
}

/// Why there is no new account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ColleagueError {
    /// Unknown, used, taken back or too old: never says which.
    #[error("this link opens nothing")]
    Invalid,
    /// Somebody of the same practice has the address. Another practice's people are not looked at.
    #[error("somebody here has this address already")]
    AddressTaken,
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

impl Store {
    /// Makes a practice with nobody in it.
    pub async fn create_practice(
        &self,
        id: PracticeId,
        name: Option<&Private<String>>,
        at: Timestamp,
    ) -> Result<(), StoreFault> {
        let (practice, wrapped) = self.vault().new_practice(id);
        let sealed = name.map(|name| practice.seal(&name_place(id), name.expose().as_bytes()));
        let sql = "INSERT INTO practice (id, wrapped_key, created_at, sealed_name) VALUES ($1, $2, $3, $4)";
        self.engine()
            .write(sql, values![id, wrapped, at, sealed])
            .await
            .map(|_| ())
    }

    /// All practices of this house, oldest first: for its operator alone.
    pub async fn practices(&self) -> Result<Vec<PracticeListed>, StoreFault> {
        let sql = "SELECT id, created_at, sealed_name,
                          (SELECT COUNT(*) FROM account WHERE account.practice = practice.id AND account.left_at IS NULL)
                   FROM practice ORDER BY created_at, id";
        let mut all = Vec::new();
        for row in self.engine().rows(sql, values![]).await? {
            let practice = row.practice(0)?;
            all.push(PracticeListed {
                practice,
                created_at: row.at(1)?,
                name: self.opened_name(practice, row.optional_bytes(2)?).await?,
                people: row.count(3)?,
            });
        }
        Ok(all)
    }

    /// What a practice is called, where the operator gave it a name.
    pub async fn practice_name(&self, practice: PracticeId) -> Result<Option<Private<String>>, StoreFault> {
        let sql = "SELECT sealed_name FROM practice WHERE id = $1";
        match self.engine().row(sql, values![practice]).await? {
            Some(row) => self.opened_name(practice, row.optional_bytes(0)?).await,
            None => Ok(None),
        }
    }

    async fn opened_name(
        &self,
        practice: PracticeId,
        sealed: Option<Vec<u8>>,
    ) -> Result<Option<Private<String>>, StoreFault> {
        let Some(sealed) = sealed else { return Ok(None) };
        let keys = self.vault().practice(self.engine(), practice).await?;
        let plain = keys.open(&name_place(practice), &sealed).ok_or(UNREADABLE)?;
        text(plain).map(Some)
    }

    /// Makes a link.
    pub async fn create_colleague_link(&self, new: NewColleagueLink) -> Result<(), StoreFault> {
        let sql = "INSERT INTO colleague_link (practice, id, roles, secret_hash, created_at, ends_at)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let row = values![
            new.practice,
            new.link,
            roles_text(&new.roles).as_str(),
            new.secret_hash,
            new.at,
            new.ends_at
        ];
        self.engine().write(sql, row).await.map(|_| ())
    }

    /// A practice's links that wait, oldest first.
    pub async fn colleague_links(
        &self,
        practice: PracticeId,
        now: Timestamp,
    ) -> Result<Vec<ColleagueLink>, StoreFault> {
        let sql = "SELECT id, roles, created_at, ends_at FROM colleague_link
                   WHERE practice = $1 AND gone_at IS NULL AND ends_at > $2 ORDER BY created_at, id";
        let rows = self.engine().rows(sql, values![practice, now]).await?;
        rows.iter()
            .map(|row| {
                Ok(ColleagueLink {
                    link: row.colleague_link(0)?,
                    roles: roles_of(&row.text(1)?)?,
                    created_at: row.at(2)?,
                    ends_at: row.at(3)?,
                })
            })
            .collect()
    }

    /// Whose practice a link is of.
    pub async fn practice_of_link(&self, link: ColleagueLinkId) -> Result<Option<PracticeId>, StoreFault> {
        let sql = "SELECT practice FROM colleague_link WHERE id = $1";
        let row = self.engine().row(sql, values![link]).await?;
        row.map(|row| row.practice(0)).transpose()
    }

    /// Takes a link back. Doing it twice is no fault.
    pub async fn take_back_colleague_link(&self, link: ColleagueLinkId, at: Timestamp) -> Result<(), StoreFault> {
        let sql = "UPDATE colleague_link SET gone_at = COALESCE(gone_at, $1) WHERE id = $2";
        self.engine().write(sql, values![at, link]).await.map(|_| ())
    }

    /// Exchanges a link's secret for an account, in one transaction. Of many who come at one moment, one gets it.
    pub async fn make_colleague(&self, new: NewColleague) -> Result<PracticeId, ColleagueError> {
        let sql = "SELECT practice FROM colleague_link WHERE secret_hash = $1";
        let Some(row) = self.engine().row(sql, values![new.secret_hash]).await? else {
            return Err(ColleagueError::Invalid);
        };
        let id = row.practice(0)?;
        let practice = self.vault().practice(self.engine(), id).await?;
        let index = practice.email_index(&findable(&new.email));
        let mut tx = self.engine().begin().await?;
        let made = async {
            let sql =
                "UPDATE colleague_link SET gone_at = $1 WHERE secret_hash = $2 AND gone_at IS NULL AND ends_at > $1
                       RETURNING roles";
            let Some(link) = tx.row(sql, values![new.at, new.secret_hash]).await? else {
                return Ok(Err(ColleagueError::Invalid));
            };
            let sql = "SELECT 1 FROM account WHERE practice = $1 AND email_index = $2";
            if tx.row(sql, values![id, index]).await?.is_some() {
                return Ok(Err(ColleagueError::AddressTaken));
            }
            insert_account(&mut tx, &practice, &new, &link.text(0)?).await?;
            Ok::<_, Trouble>(Ok(id))
        };
        match made.await {
            Ok(Ok(id)) => {
                self.engine().finish(tx).await?;
                Ok(id)
            }
            Ok(Err(why)) => {
                tx.roll_back().await;
                Err(why)
            }
            Err(Trouble::Sql(error)) => Err(self.engine().fault(&error).into()),
            Err(Trouble::Row(fault)) => Err(fault.into()),
        }
    }
}

pub(in crate::store) fn name_place(practice: PracticeId) -> Context {
    Context::of("rondo.practice-name.1").id(practice.bits())
}
