//! Signing in and out with an account.
//!
//! A wrong passphrase and an unknown address are told apart by nothing: same body, same status, same work, same waits.

use protocol::api::{DeviceKind, ProblemCode, Recover, SignIn};
use protocol::{Private, Timestamp};

use super::logins::is_half_way;
use super::{Identity, No, millis, passphrase, secret};
use crate::config::NetworkKey;
use crate::keys::{self, RecoveryFault};
use crate::limits;
use crate::store::directory::{Account, LoginId, NewLogin, Strength};

/// A login that has just begun: the cookie's secret leaves the server here and nowhere else.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) secret: Private<String>,
    pub(crate) max_age_seconds: u64,
    /// Logins that gave way to it; the sockets behind them are the caller's to close.
    pub(crate) ended: Vec<LoginId>,
}

impl Identity {
    /// Exchange an address and a passphrase for a login. `former` is what the browser held before; it ends.
    pub(crate) async fn sign_in(
        &self,
        form: &SignIn,
        former: Option<LoginId>,
        device: DeviceKind,
        network: NetworkKey,
    ) -> Result<Started, No> {
        let now = self.now();
        let key = self.account_key(self.practice_of(form.practice).await?, &form.email);
        self.count_try(key, network, now)?;
        let found = self.store.account_by_email_at(form.practice, &form.email).await?;
        let kept = found.as_ref().map(|account| account.password_hash.clone());
        if !self.hasher.check(&form.passphrase, kept).await? {
            return Err(ProblemCode::WrongCredentials.into());
        }
        let account = found.ok_or(No::from(ProblemCode::WrongCredentials))?;
        self.was_right(key, network);
        if let Some(former) = former {
            self.end(former).await?;
        }
        self.start(&account, Strength::OneFactor, device).await
    }

    /// Set a new passphrase with the recovery key. Every login of the account ends; their sockets are the caller's to close.
    pub(crate) async fn recover(
        &self,
        form: &Recover,
        device: DeviceKind,
        network: NetworkKey,
    ) -> Result<(Started, Vec<LoginId>), No> {
        let now = self.now();
        let key = self.account_key(self.practice_of(form.practice).await?, &form.email);
        // First what the form itself can answer for, so that a right key is not wasted on a short passphrase.
        let accepted = passphrase::accept(&form.passphrase, &[&form.email])?;
        self.count_try(key, network, now)?;
        let found = self.store.account_by_email_at(form.practice, &form.email).await?;
        let (folder, typed) = (self.folder.clone(), form.recovery_key.clone());
        let opened = self
            .hasher
            .beside(move || keys::check_recovery(&folder, &typed))
            .await?;
        match (opened, found) {
            (Ok(()), Some(account)) => {
                self.was_right(key, network);
                let hash = self.hasher.hash(accepted).await?;
                self.store.set_password_hash(account.account, &hash).await?;
                let ended = self.end_all_of(account.account).await?;
                tracing::info!("a passphrase was replaced with the recovery key");
                // The key on paper is one factor: where there is a second, it is still asked for.
                Ok((self.start(&account, Strength::OneFactor, device).await?, ended))
            }
            (Err(fault @ (RecoveryFault::Damaged | RecoveryFault::File(_))), _) => {
                tracing::error!(%fault, "the recovery file could not be read");
                Err(ProblemCode::Unavailable.into())
            }
            _ => Err(No::because(
                ProblemCode::WrongCredentials,
                "This address and recovery key do not belong together.",
            )),
        }
    }

    /// Begin a login of an account, under a secret never used before.
    pub(super) async fn start(&self, account: &Account, strength: Strength, device: DeviceKind) -> Result<Started, No> {
        let half_way = is_half_way(account, strength);
        let ended = self.make_room_for_a_login(account, half_way).await?;
        let (text, hash) = secret::draw();
        let at = self.now();
        // Half-way to two factors is no place to stay.
        let lasts = if half_way {
            limits::HALF_WAY
        } else {
            limits::FACILITATOR_OVERALL
        };
        self.store
            .start_login(NewLogin {
                login: LoginId(hash),
                account: account.account,
                at,
                expires_at: at.plus_millis(millis(lasts)),
                strength,
                device: device.words(),
            })
            .await?;
        Ok(Started {
            secret: text,
            max_age_seconds: lasts.as_secs(),
            ended,
        })
    }

    pub(super) fn count_try(&self, key: secret::SecretHash, network: NetworkKey, now: Timestamp) -> Result<(), No> {
        self.sign_ins.take(network, now).map_err(|wait| No::wait(wait.0))?;
        self.wrong_passphrases.take(key, now).map_err(|wait| No::wait(wait.0))
    }

    pub(super) fn was_right(&self, key: secret::SecretHash, network: NetworkKey) {
        self.wrong_passphrases.forget(key);
        self.sign_ins.give_back(network);
    }
}
