//! The way back for somebody who lost their phone and their recovery codes: a person who knows them takes the second factor away.
//!
//! * An administrator of the practice, who proves anew whose login theirs is, or the operator, on the machine (`rondo account`).
//! * The passphrase stays. Whoever helps learns nothing that opens the account, and whoever has the passphrase alone comes as far as the page
//!   that sets a new second factor up, no further (where the house wants one).
//! * Everything that was signed in ends, and the owner reads who did it and when.

use protocol::api::{FactorsReset, ProblemCode, ResetFactors};
use protocol::{AccountId, PracticeId, Private};

use super::{About, Caller, Identity, No, millis};
use crate::access::Action;
use crate::audit::{By, Does, Record, Subject, Thing};
use crate::limits;
use crate::store::directory::{Account, LoginId};

impl Identity {
    /// An administrator takes a colleague's second factor away. Gives the logins that ended: their sockets are the caller's to close.
    pub(crate) async fn reset_factors(
        &self,
        caller: &Caller,
        account: AccountId,
        form: &ResetFactors,
    ) -> Result<Vec<LoginId>, No> {
        let by = self
            .permit(caller, Action::KeepAccounts, About::Account(account))
            .await?;
        let found = self.store.account(account).await?;
        let found = found.ok_or(No::from(ProblemCode::NotFound))?;
        // Typed or shown: it must be the person who is meant.
        if found.name.expose().trim() != form.name.expose().trim() {
            return Err(No::field("This is not this person's name."));
        }
        if account == by.account {
            return Err(No::field("Change your own on your account's page."));
        }
        self.is_fresh(caller)?;
        let ended = self
            .store
            .reset_factors(by.practice, account, Some(by.account), self.now())
            .await?;
        ended.iter().for_each(|login| self.activity.forget(*login));
        tracing::info!("a second factor was taken away by an administrator");
        Ok(ended)
    }

    /// The operator does, who holds the root key anyway: by the address, at the house's first practice where none is named. Gives how many
    /// logins ended. A running server closes their sockets by itself.
    pub async fn reset_factors_of(&self, practice: Option<PracticeId>, email: &str) -> Result<usize, No> {
        let found = self
            .store
            .account_by_email_at(practice, &Private(email.to_owned()))
            .await?;
        let Some(Account { account, practice, .. }) = found else {
            return Err(No::because(
                ProblemCode::NotFound,
                "There is no account with this address",
            ));
        };
        let at = self.now();
        // The record first: there is no reset without one.
        let record = Record {
            at,
            by: By::Nobody,
            cut_off: false,
            does: Does::Writes,
            granted: true,
            more: 0,
            subject: Subject {
                account: Some(account),
                ..Subject::default()
            },
            thing: Thing::Factor,
        };
        self.store.append_audit(practice, &[record.header()]).await?;
        Ok(self.store.reset_factors(practice, account, None, at).await?.len())
    }

    /// What the owner reads of it, for a while.
    pub(super) async fn reset_shown(&self, account: AccountId) -> Result<Option<FactorsReset>, No> {
        let reset = self.store.factor_reset(account).await?;
        let fresh = reset.filter(|reset| self.now().since(reset.at) <= millis(limits::RESET_SHOWN));
        Ok(fresh.map(|reset| FactorsReset {
            at: reset.at,
            by: reset.by,
        }))
    }

    /// Logins with open lines that were ended by somebody else than this process: by a command on the machine, by another server on the same
    /// database. Asked every moment; nearly always it is one look at an empty index.
    pub(crate) async fn ended_elsewhere(&self) -> Result<Vec<LoginId>, No> {
        let now = self.now();
        let since = protocol::Timestamp(now.0.saturating_sub(millis(limits::RESET_LOOKED_BACK)));
        if !self.store.factors_were_reset_since(since).await? {
            return Ok(Vec::new());
        }
        let mut ended = Vec::new();
        for login in self.activity.live_now() {
            if self.store.login(login, now).await?.is_none() {
                self.activity.forget(login);
                ended.push(login);
            }
        }
        Ok(ended)
    }
}
