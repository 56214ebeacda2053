//! The practice and its facilitators' accounts.

use protocol::{AccountId, PracticeId, Private, Timestamp};

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
    /// The operator confirmed that the recovery key is kept.
    pub recovery_saved: bool,
    pub created_at: Timestamp,
}

impl Store {
    /// The practice of this server, once it is set up.
    pub async fn practice(&self) -> Result<Option<PracticeId>, StoreFault> {
        Err(StoreFault::Unavailable)
    }

    /// Makes the practice, its key and its first facilitator in one transaction.
    pub async fn set_up(&self, new: SetUp) -> Result<(), SetUpError> {
        let _ = new;
        Err(StoreFault::Unavailable.into())
    }

    /// Finds an account by its address, in any case and with any spaces around it.
    pub async fn account_by_email(&self, email: &Private<String>) -> Result<Option<Account>, StoreFault> {
        let _ = email;
        Err(StoreFault::Unavailable)
    }

    /// Reads an account.
    pub async fn account(&self, account: AccountId) -> Result<Option<Account>, StoreFault> {
        let _ = account;
        Err(StoreFault::Unavailable)
    }

    /// Replaces the passphrase's hash. End the account's logins too.
    pub async fn set_password_hash(&self, account: AccountId, hash: &Private<String>) -> Result<(), StoreFault> {
        let _ = (account, hash);
        Err(StoreFault::Unavailable)
    }

    /// Records that the recovery key is kept.
    pub async fn set_recovery_saved(&self, account: AccountId, saved: bool) -> Result<(), StoreFault> {
        let _ = (account, saved);
        Err(StoreFault::Unavailable)
    }
}
