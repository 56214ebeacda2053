//! The first run: whoever started the server makes the first facilitator, and nobody else can.
//!
//! At each start without a facilitator the server draws a secret and prints it once, in a link. Only its hash is kept, in
//! memory. It opens nothing once somebody has used it: whether a facilitator exists is asked of the database, in the
//! transaction that makes one.

use protocol::api::{DeviceKind, FirstRun, ProblemCode};
use protocol::{PracticeId, Private};
use subtle::ConstantTimeEq;

use super::sign_in::Started;
use super::{Identity, No, account_id, fields, lock, millis, passphrase, secret};
use crate::config::NetworkKey;
use crate::store::directory::{SetUp, SetUpError, Strength};
use crate::{keys, limits};

impl Identity {
    /// Whether somebody has still to make the first facilitator.
    pub(crate) async fn is_first_run(&self) -> Result<bool, No> {
        Ok(self.store.practice().await?.is_none())
    }

    /// Draw the secret of this start's link; none once the server is set up. An earlier one stops working.
    pub async fn bootstrap(&self) -> Result<Option<Private<String>>, No> {
        if !self.is_first_run().await? {
            return Ok(None);
        }
        let (text, hash) = secret::draw();
        *lock(&self.bootstrap) = Some(hash);
        Ok(Some(text))
    }

    /// Make the practice and its first facilitator. Gives the login and the recovery key, which is shown this once.
    pub(crate) async fn set_up(
        &self,
        form: &FirstRun,
        device: DeviceKind,
        network: NetworkKey,
    ) -> Result<(Started, Private<String>), No> {
        // One at a time: the recovery key is written before the database decides, and must be the winner's.
        let _only = self.first_run.lock().await;
        if !self.is_first_run().await? {
            return Err(ProblemCode::AlreadySetUp.into());
        }
        self.check_bootstrap(&form.bootstrap, network)?;
        let (name, email) = (fields::name(&form.name)?, fields::email(&form.email)?);
        let accepted = passphrase::accept(&form.passphrase, &[&email, &name])?;
        let password_hash = self.hasher.hash(accepted).await?;
        let recovery_key = self.make_recovery_key().await?;
        let account = account_id();
        let practice = PracticeId::from_bits(secret::random_bits());
        let at = self.now();
        let set_up = SetUp {
            practice,
            account,
            name,
            email,
            password_hash,
            at,
            second_factor_due: at.plus_millis(millis(limits::SECOND_FACTOR_GRACE)),
        };
        self.store.set_up(set_up).await.map_err(|fault| match fault {
            SetUpError::AlreadySetUp => ProblemCode::AlreadySetUp.into(),
            SetUpError::Fault(fault) => No::from(fault),
        })?;
        *lock(&self.bootstrap) = None;
        tracing::info!("the first facilitator was made");
        let account = self.store.account(account).await?;
        let account = account.ok_or(No::from(ProblemCode::Internal))?;
        Ok((self.start(&account, Strength::OneFactor, device).await?, recovery_key))
    }

    fn check_bootstrap(&self, text: &Private<String>, network: NetworkKey) -> Result<(), No> {
        self.wrong_links
            .take(network, self.now())
            .map_err(|wait| No::wait(wait.0))?;
        let expected = *lock(&self.bootstrap);
        let fits = match (expected, secret::read(text.expose())) {
            (Some(expected), Some(given)) => bool::from(expected.ct_eq(&given)),
            _ => false,
        };
        if !fits {
            return Err(No::because(
                ProblemCode::LinkInvalid,
                "This set-up link is not the latest one. The server prints a new one at each start.",
            ));
        }
        self.wrong_links.give_back(network);
        Ok(())
    }

    /// A new recovery key, while the operator has not confirmed one: the page that showed the first may have been lost.
    pub(crate) async fn make_recovery_key(&self) -> Result<Private<String>, No> {
        let (folder, root) = (self.folder.clone(), self.root.clone());
        let made = self.hasher.beside(move || keys::make_recovery(&folder, &root)).await?;
        made.map(|key| key.shown()).map_err(|fault| {
            tracing::error!(%fault, "the recovery file could not be written");
            ProblemCode::Unavailable.into()
        })
    }

    /// The operator has the key: its last group proves that it was looked at.
    pub(crate) async fn confirm_recovery(
        &self,
        account: protocol::AccountId,
        last_group: &Private<String>,
    ) -> Result<(), No> {
        let (folder, root, typed) = (self.folder.clone(), self.root.clone(), last_group.clone());
        let fits = self
            .hasher
            .beside(move || keys::check_last_group(&folder, &root, &typed))
            .await?;
        match fits {
            Ok(true) => Ok(self.store.set_recovery_saved(account, true).await?),
            Ok(false) => Err(No::field(
                "These are not the last four characters of the recovery key. Please look again.",
            )),
            Err(fault) => {
                tracing::error!(%fault, "the recovery file could not be read");
                Err(ProblemCode::Unavailable.into())
            }
        }
    }
}
