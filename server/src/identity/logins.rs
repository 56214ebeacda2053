//! An account's logins, listed and ended; a new passphrase; an account taken out of use. Each gives the logins that ended, so that whoever
//! keeps the rooms closes what is open behind them.

use protocol::api::{AccountDetail, ChangePassphrase, DeviceKind, LoginShown, ProblemCode};
use protocol::{AccountId, Private};

use super::sign_in::Started;
use super::{Caller, Identity, No, activity, passphrase};
use crate::config::NetworkKey;
use crate::limits;
use crate::store::directory::{Account, Login, LoginId, Strength, WayIn};

/// What a login is called on its owner's page: half of its hash, which opens nothing.
pub(super) fn name_of(login: LoginId) -> String {
    login.0.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl Identity {
    /// How this account proves who it is, and where it is signed in.
    pub(crate) async fn detail(&self, caller: &Caller) -> Result<AccountDetail, No> {
        let account = caller.any_account()?;
        let app = self.store.authenticator(account.account).await?;
        let codes = self.store.recovery_codes_left(account.account).await?;
        let passkeys = self.store.passkeys(account.account).await?;
        let logins = self.store.logins_of(account.account, self.now()).await?;
        let reset = self.reset_shown(account.account).await?;
        Ok(AccountDetail {
            name: account.name.clone(),
            email: account.email.clone(),
            authenticator_since: app.map(|app| app.created_at),
            recovery_codes_left: u32::try_from(codes).unwrap_or(u32::MAX),
            second_factor_due: self.second_factor_due(account),
            passkeys: passkeys.iter().map(super::passkeys::shown).collect(),
            logins: logins.iter().map(|login| self.shown(login, caller)).collect(),
            outside: self.outside_shown(account).await?,
            reset,
        })
    }

    fn shown(&self, login: &Login, caller: &Caller) -> LoginShown {
        let (live, seen) = match self.activity.last(login.login) {
            activity::Last::LiveNow => (true, self.now()),
            activity::Last::At(at) => (false, at.max(login.last_seen)),
            activity::Last::Unknown => (false, login.last_seen),
        };
        LoginShown {
            login: name_of(login.login),
            current: login.login == caller.login,
            live,
            device: DeviceKind::of_words(&login.device),
            started_at: login.created_at,
            last_seen: seen,
            two_factors: login.strength == Strength::TwoFactors,
        }
    }

    /// End one of one's own logins, by the name it has on the page.
    pub(crate) async fn end_one(&self, caller: &Caller, name: &str) -> Result<LoginId, No> {
        let logins = self.store.logins_of(caller.account()?.account, self.now()).await?;
        let found = logins.iter().find(|login| name_of(login.login) == name);
        let found = found.ok_or(No::from(ProblemCode::NotFound))?.login;
        self.end(found).await?;
        Ok(found)
    }

    /// End all of one's own logins but this one.
    pub(crate) async fn end_others(&self, caller: &Caller) -> Result<Vec<LoginId>, No> {
        let others = self
            .store
            .end_other_logins(caller.account()?.account, caller.login)
            .await?;
        others.iter().for_each(|login| self.activity.forget(*login));
        Ok(others)
    }

    /// A way into one's own account opens nothing any more, and nothing that it opened stays open: every other login ends. Gives those: their
    /// sockets are the caller's to close.
    pub(super) async fn removes(&self, caller: &Caller, way: WayIn) -> Result<Vec<LoginId>, No> {
        self.is_fresh(caller)?;
        let account = caller.account()?.account;
        let ended = self.store.remove_way_in(account, way, caller.login).await?;
        let ended = ended.ok_or(No::from(ProblemCode::NotFound))?;
        ended.iter().for_each(|login| self.activity.forget(*login));
        tracing::info!("a way into an account was taken away");
        Ok(ended)
    }

    /// A new passphrase. Every login ends and this one begins anew: whoever had the old passphrase has nothing left of it.
    pub(crate) async fn change_passphrase(
        &self,
        caller: &Caller,
        form: &ChangePassphrase,
        device: DeviceKind,
        network: NetworkKey,
    ) -> Result<(Started, Vec<LoginId>), No> {
        let account = caller.account()?;
        // Where there is a second factor the passphrase alone changes nothing, and the login's strength is kept.
        let strength = if account.has_second_factor {
            self.is_fresh(caller)?;
            Strength::TwoFactors
        } else {
            Strength::OneFactor
        };
        // First what the form itself can answer for, so that a right try is not wasted on a short passphrase.
        let accepted = passphrase::accept(&form.passphrase, &[&account.email, &account.name])?;
        self.check_passphrase(account, &form.current, network).await?;
        let hash = self.hasher.hash(accepted).await?;
        self.store.set_password_hash(account.account, &hash).await?;
        let ended = self.end_all_of(account.account).await?;
        tracing::info!("a passphrase was changed");
        Ok((self.start(account, strength, device).await?, ended))
    }

    /// Whether this is the account's passphrase, counted as a try at signing in.
    pub(super) async fn check_passphrase(
        &self,
        account: &Account,
        typed: &Private<String>,
        network: NetworkKey,
    ) -> Result<(), No> {
        let key = self.account_key(Some(account.practice), &account.email);
        self.count_try(key, network, self.now())?;
        if !self.hasher.check(typed, Some(account.password_hash.clone())).await? {
            return Err(ProblemCode::WrongCredentials.into());
        }
        self.was_right(key, network);
        Ok(())
    }

    pub(super) async fn end_all_of(&self, account: AccountId) -> Result<Vec<LoginId>, No> {
        let ended = self.store.end_logins_of(account).await?;
        ended.iter().for_each(|login| self.activity.forget(*login));
        Ok(ended)
    }

    /// A list that somebody can read, and a bound for what ends at once: the oldest logins give way to a new one. One that is half-way to two
    /// factors pushes out only its like: whoever knows the passphrase alone ends nobody's session.
    pub(super) async fn make_room_for_a_login(&self, account: &Account, half_way: bool) -> Result<Vec<LoginId>, No> {
        let logins = self.store.logins_of(account.account, self.now()).await?;
        let like = logins
            .iter()
            .filter(|login| is_half_way(account, login.strength) == half_way);
        let mut ended = Vec::new();
        for login in like.skip(limits::MAX_LOGINS_PER_ACCOUNT - 1) {
            self.end(login.login).await?;
            ended.push(login.login);
        }
        Ok(ended)
    }
}

/// Whether a login that has proved this much is on its way from one factor to two.
pub(super) fn is_half_way(account: &Account, strength: Strength) -> bool {
    account.has_second_factor && strength == Strength::OneFactor
}
