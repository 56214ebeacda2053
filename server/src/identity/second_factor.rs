//! The second factor: six digits of an app, a recovery code or a passkey (`passkeys`). Set up, asked for, renewed and taken away.
//!
//! * A login knows how much it has proved ([`Strength`]). Where the account has a second factor, one that has proved one opens nothing but
//!   the way to the second; where the house wants one and there is none, nothing but the page that sets it up ([`Standing`]).
//! * Whatever changes how an account is opened needs a proof of the last five minutes, by the strongest thing there is to type.
//! * Digits and codes are guessed at as passphrases are: a few tries, then waits that double.

use protocol::Private;
use protocol::api::{DeviceKind, NewAuthenticator, ProblemCode, Proof, RecoveryCodes};

use super::sign_in::Started;
use super::{Caller, Identity, No, Party, Who, codes, millis, secret, totp};
use crate::config::{NetworkKey, SecondFactor};
use crate::limits;
use crate::store::directory::{Account, Login, LoginId, Strength, WayIn};

/// What a facilitator's login may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Everything that is the account's.
    Full,
    /// Nothing yet: the account has a second factor and this login has not shown it.
    CodeAsked,
    /// Nothing but the account's own page: the house wants a second factor and there is none.
    SetUpAsked,
}

impl Standing {
    /// Why something else is closed.
    pub(crate) fn refusal(self) -> Result<(), No> {
        match self {
            Self::Full => Ok(()),
            Self::CodeAsked => Err(ProblemCode::SecondFactorAsked.into()),
            Self::SetUpAsked => Err(ProblemCode::SecondFactorMissing.into()),
        }
    }
}

impl Identity {
    /// A login is judged as it began: nobody is shut out in the middle of a session because a day is over.
    pub(super) fn standing(&self, account: &Account, login: &Login) -> Standing {
        let wanted = match self.second_factor {
            SecondFactor::Asked => false,
            SecondFactor::Everybody => true,
            SecondFactor::NewAccounts => account.second_factor_due.is_some_and(|due| login.created_at >= due),
        };
        match login.strength {
            Strength::TwoFactors => Standing::Full,
            Strength::OneFactor if account.has_second_factor => Standing::CodeAsked,
            Strength::OneFactor if wanted => Standing::SetUpAsked,
            Strength::OneFactor => Standing::Full,
        }
    }

    /// Whether the house wants a second factor of this account from some moment on.
    pub(crate) fn second_factor_due(&self, account: &Account) -> Option<protocol::Timestamp> {
        match self.second_factor {
            SecondFactor::Asked => None,
            SecondFactor::Everybody => Some(account.created_at),
            SecondFactor::NewAccounts => account.second_factor_due,
        }
    }

    /// The way from one factor to two. The login that asked ends; a new one begins.
    pub(crate) async fn second_step(
        &self,
        caller: &Caller,
        typed: &Private<String>,
        device: DeviceKind,
        network: NetworkKey,
    ) -> Result<Started, No> {
        let account = caller.any_account()?;
        self.check_code(account, typed, network).await?;
        self.end(caller.login).await?;
        self.start(account, Strength::TwoFactors, device).await
    }

    /// Who has this login shows anew that it is theirs.
    pub(crate) async fn prove(
        &self,
        caller: &Caller,
        proof: &Proof,
        party: &Party,
        network: NetworkKey,
    ) -> Result<(), No> {
        let account = caller.any_account()?;
        match proof {
            Proof::Code { code } => self.check_code(account, code, network).await?,
            Proof::Passkey { answer } => {
                // A passkey of somebody else, at the same device, proves nothing about this login.
                if self.check_passkey(party, answer).await?.account != account.account {
                    return Err(ProblemCode::WrongCredentials.into());
                }
            }
            // The weaker of two would let in whoever watched somebody type.
            Proof::Passphrase { .. } if account.has_second_factor => return Err(ProblemCode::WrongCode.into()),
            Proof::Passphrase { passphrase } => self.check_passphrase(account, passphrase, network).await?,
        }
        Ok(self.store.prove_login(caller.login, self.now()).await?)
    }

    /// Whether the last proof is fresh enough to change how the account is opened, or to destroy what nobody can bring back.
    pub(crate) fn is_fresh(&self, caller: &Caller) -> Result<(), No> {
        // Who has no account hears that, and not that a proof would help.
        caller.any_account()?;
        if self.now().since(caller.proved_at) <= millis(limits::FRESH_PROOF) {
            Ok(())
        } else {
            Err(ProblemCode::ProveAgain.into())
        }
    }

    /// Six digits or a recovery code, used up.
    async fn check_code(&self, account: &Account, typed: &Private<String>, network: NetworkKey) -> Result<(), No> {
        let now = self.now();
        self.sign_ins.take(network, now).map_err(|wait| No::wait(wait.0))?;
        self.wrong_codes
            .take(account.account, now)
            .map_err(|wait| No::wait(wait.0))?;
        let app = self.store.authenticator(account.account).await?;
        let step = app.and_then(|app| totp::fitting_step(app.secret.expose(), typed.expose(), now, app.last_step));
        let fits = match (step, codes::read(account.account, typed.expose())) {
            (Some(step), _) => self.store.use_step(account.account, step).await?,
            (None, Some(hash)) => self.store.use_recovery_code(account.account, hash).await?,
            (None, None) => false,
        };
        if !fits {
            return Err(ProblemCode::WrongCode.into());
        }
        self.wrong_codes.forget(account.account);
        self.sign_ins.give_back(network);
        Ok(())
    }

    /// A secret for an app. It is kept aside until a code shows that the app has it.
    pub(crate) async fn begin_authenticator(&self, caller: &Caller, host: &str) -> Result<NewAuthenticator, No> {
        self.is_fresh(caller)?;
        let account = caller.any_account()?;
        let bytes: [u8; totp::SECRET_BYTES] = secret::random();
        let kept = self.new_apps.put(caller.login.0, Private(bytes.to_vec()), self.now());
        if !kept.await? {
            return Err(ProblemCode::TooFast.into());
        }
        let plain = totp::base32(&bytes);
        let groups: Vec<&str> = (0..plain.len())
            .step_by(4)
            .map(|at| &plain[at..plain.len().min(at + 4)])
            .collect();
        Ok(NewAuthenticator {
            secret: Private(groups.join(" ")),
            address: totp::address(&bytes, host, &account.email),
        })
    }

    /// The app has the secret. Gives new recovery codes where there are none, and the logins that ended.
    pub(crate) async fn confirm_authenticator(
        &self,
        caller: &Caller,
        typed: &Private<String>,
    ) -> Result<(RecoveryCodes, Vec<LoginId>), No> {
        self.is_fresh(caller)?;
        let (account, now) = (caller.any_account()?, self.now());
        let begun = self.new_apps.peek(&caller.login.0, now).await?;
        let secret = begun.ok_or(No::from(ProblemCode::NotFound))?;
        let step = totp::fitting_step(secret.expose(), typed.expose(), now, 0);
        let step = step.ok_or(No::from(ProblemCode::WrongCode))?;
        let _used_up = self.new_apps.take(&caller.login.0, now).await?;
        self.store
            .set_authenticator(account.account, &secret, step, now)
            .await?;
        tracing::info!("an app with codes was set up");
        self.has_second_factor_now(caller).await
    }

    /// A second factor was added by this login: it has shown two, and logins that had shown one are worth nothing any more.
    pub(super) async fn has_second_factor_now(&self, caller: &Caller) -> Result<(RecoveryCodes, Vec<LoginId>), No> {
        let (account, now) = (caller.any_account()?.account, self.now());
        self.store.strengthen_login(caller.login, now).await?;
        let codes = match self.store.recovery_codes_left(account).await? {
            0 => self.make_recovery_codes(account).await?,
            _ => RecoveryCodes { codes: Vec::new() },
        };
        let all = self.store.logins_of(account, now).await?;
        let weak = all
            .into_iter()
            .filter(|login| login.strength == Strength::OneFactor && login.login != caller.login);
        let weak: Vec<LoginId> = weak.map(|login| login.login).collect();
        for login in &weak {
            self.end(*login).await?;
        }
        Ok((codes, weak))
    }

    /// The app is no second factor any more. Gives the logins that ended with it.
    pub(crate) async fn remove_authenticator(&self, caller: &Caller) -> Result<Vec<LoginId>, No> {
        self.removes(caller, WayIn::Authenticator).await
    }

    /// Ten new codes; every earlier one is void.
    pub(crate) async fn new_recovery_codes(&self, caller: &Caller) -> Result<RecoveryCodes, No> {
        self.is_fresh(caller)?;
        let account = caller.account()?;
        if !account.has_second_factor {
            return Err(ProblemCode::SecondFactorMissing.into());
        }
        self.make_recovery_codes(account.account).await
    }

    async fn make_recovery_codes(&self, account: protocol::AccountId) -> Result<RecoveryCodes, No> {
        let (codes, hashes) = codes::draw(account);
        self.store.set_recovery_codes(account, &hashes).await?;
        Ok(RecoveryCodes { codes })
    }
}

impl Caller {
    /// The account, whatever its login has proved so far.
    pub(crate) fn any_account(&self) -> Result<&Account, No> {
        match &self.who {
            Who::Facilitator(account) => Ok(account),
            Who::Guest => Err(ProblemCode::NotPermitted.into()),
        }
    }
}
