//! Passkeys: made on the account's page, used to sign in without typing anything, or as a fresh proof.
//!
//! * A passkey is held by a device that asks for its owner's finger, face or number each time (user verification is required), so a login
//!   that began with one has proved two factors.
//! * To sign in nobody names themselves first: the beginning is the same for everybody and says nothing about accounts, and whatever does
//!   not fit afterwards is refused with the same words.
//! * A challenge is kept for five minutes (`pending`) and used up by the first answer to it, right or wrong.
//! * A signature cannot be guessed, so passphrases that were guessed wrong never stand in a passkey's way; beginnings have a pace of their
//!   own, by network, because they fill memory.

use protocol::api::{DeviceKind, NewPasskey, PasskeyAnswer, PasskeyQuestion, PasskeyShown, ProblemCode, RecoveryCodes};
use protocol::{AccountId, Private};
use serde_json::Value;
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Credential, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::pending::Pending;
use super::sign_in::Started;
use super::throttle::Pace;
use super::{Caller, Identity, No, secret};
use crate::config::{NetworkKey, Origin};
use crate::limits;
use crate::store::directory::{Account, LoginId, Passkey, Strength, WayIn};
use crate::store::{Beginning, Store};

/// Whose passkeys are taken: those made for this origin and no other.
#[derive(Debug, Clone)]
pub(crate) struct Party(Option<Webauthn>);

impl Party {
    /// None where the house has no name: browsers make no passkeys for an address in digits.
    pub(crate) fn of(origin: Option<&Origin>) -> Self {
        let built = origin.and_then(|origin| {
            let url = Url::parse(&origin.to_string()).ok()?;
            let builder = WebauthnBuilder::new(origin.host(), &url).ok()?;
            builder.rp_name("Rondo").timeout(limits::BEGINNING).build().ok()
        });
        Self(built)
    }

    fn webauthn(&self) -> Result<&Webauthn, No> {
        let none = || {
            No::because(
                ProblemCode::NotFound,
                "This server has no name that a passkey could be made for.",
            )
        };
        self.0.as_ref().ok_or_else(none)
    }
}

/// What was begun and waits for the device's answer.
pub(super) struct Asked {
    new: Pending<PasskeyRegistration>,
    sign_ins: Pending<DiscoverableAuthentication>,
    pace: Pace<NetworkKey>,
}

impl Asked {
    pub(super) fn new() -> Self {
        Self {
            new: Pending::new(Beginning::Passkey, limits::BEGINNING),
            sign_ins: Pending::new(Beginning::PasskeySignIn, limits::BEGINNING),
            pace: Pace::new(limits::SIGN_IN_BURST_PER_NETWORK, limits::SIGN_IN_PACE_PER_NETWORK),
        }
    }

    pub(super) fn share(&mut self, store: &Store) {
        self.new.share(store);
        self.sign_ins.share(store);
    }
}

impl Identity {
    /// What the browser is to make a passkey of.
    pub(crate) async fn begin_passkey(&self, caller: &Caller, party: &Party) -> Result<NewPasskey, No> {
        self.is_fresh(caller)?;
        let account = caller.any_account()?;
        let kept = self.store.passkeys(account.account).await?;
        if kept.len() >= limits::MAX_PASSKEYS_PER_ACCOUNT {
            return Err(No::field(
                "This account has as many passkeys as it may: take one away first.",
            ));
        }
        let mut there = Vec::with_capacity(kept.len());
        for passkey in &kept {
            there.push(read_credential(passkey)?.cred_id().clone());
        }
        let webauthn = party.webauthn()?;
        let (options, state) = webauthn
            .start_passkey_registration(
                Uuid::from_u128(account.account.bits()),
                account.email.expose(),
                account.name.expose(),
                Some(there),
            )
            .map_err(|fault| broken(&fault))?;
        if !self.passkeys.new.put(caller.login.0, state, self.now()).await? {
            return Err(ProblemCode::TooFast.into());
        }
        let mut options = inner(&options)?;
        // To be found without an address it has to be kept on the device; one that cannot keep it says so now and not at the door.
        if let Some(selection) = options.get_mut("authenticatorSelection").and_then(Value::as_object_mut) {
            selection.insert("residentKey".to_owned(), "required".into());
            selection.insert("requireResidentKey".to_owned(), true.into());
        }
        Ok(NewPasskey {
            options: Private(options.to_string()),
        })
    }

    /// The browser has made it. Gives new recovery codes where there are none, and the logins that ended.
    pub(crate) async fn confirm_passkey(
        &self,
        caller: &Caller,
        party: &Party,
        made: &Private<String>,
        device: DeviceKind,
    ) -> Result<(RecoveryCodes, Vec<LoginId>), No> {
        self.is_fresh(caller)?;
        let (account, now) = (caller.any_account()?.account, self.now());
        let state = self
            .passkeys
            .new
            .take(&caller.login.0, now)
            .await?
            .ok_or_else(unknown)?;
        let made: RegisterPublicKeyCredential = serde_json::from_str(made.expose()).map_err(|_| unknown())?;
        let credential = party.webauthn()?.finish_passkey_registration(&made, &state);
        let credential = credential.map_err(|_| unknown())?;
        let new = Passkey {
            id: id_of(credential.cred_id()),
            credential: written(&credential)?,
            device: device.words(),
            created_at: now,
            last_used_at: None,
        };
        if !self.store.add_passkey(account, &new).await? {
            return Err(unknown());
        }
        tracing::info!("a passkey was made");
        self.has_second_factor_now(caller).await
    }

    /// A passkey opens nothing any more. Gives the logins that ended with it.
    pub(crate) async fn remove_passkey(&self, caller: &Caller, name: &str) -> Result<Vec<LoginId>, No> {
        self.is_fresh(caller)?; // before it is said whether there is one
        let kept = self.store.passkeys(caller.account()?.account).await?;
        let found = kept.iter().find(|passkey| name_of(passkey) == name);
        let found = found.ok_or(No::from(ProblemCode::NotFound))?;
        self.removes(caller, WayIn::Passkey(found.id)).await
    }

    /// What any passkey of this house may answer: the same for everybody who asks.
    pub(crate) async fn ask_for_passkey(&self, party: &Party, network: NetworkKey) -> Result<PasskeyQuestion, No> {
        let now = self.now();
        let webauthn = party.webauthn()?;
        self.passkeys.pace.take(network, now).map_err(|wait| No::wait(wait.0))?;
        let (options, state) = webauthn
            .start_discoverable_authentication()
            .map_err(|fault| broken(&fault))?;
        let (attempt, hash) = secret::draw();
        if !self.passkeys.sign_ins.put(hash, state, now).await? {
            return Err(ProblemCode::TooFast.into());
        }
        Ok(PasskeyQuestion {
            attempt,
            options: Private(inner(&options)?.to_string()),
        })
    }

    /// Sign in with a passkey. `former` is what the browser held before; it ends.
    pub(crate) async fn sign_in_by_passkey(
        &self,
        party: &Party,
        answer: &PasskeyAnswer,
        former: Option<LoginId>,
        device: DeviceKind,
        network: NetworkKey,
    ) -> Result<Started, No> {
        let account = self.check_passkey(party, answer).await?;
        self.passkeys.pace.give_back(network);
        if let Some(former) = former {
            self.end(former).await?;
        }
        self.start(&account, Strength::TwoFactors, device).await
    }

    /// Whose passkey answered. The question is used up, whatever the answer.
    pub(super) async fn check_passkey(&self, party: &Party, answer: &PasskeyAnswer) -> Result<Account, No> {
        let (webauthn, now) = (party.webauthn()?, self.now());
        let attempt = secret::read(answer.attempt.expose()).ok_or_else(unknown)?;
        let asked = self.passkeys.sign_ins.take(&attempt, now).await?.ok_or_else(unknown)?;
        let given: PublicKeyCredential = serde_json::from_str(answer.credential.expose()).map_err(|_| unknown())?;
        let named = webauthn.identify_discoverable_authentication(&given);
        let (owner, credential) = named.map_err(|_| unknown())?;
        let (owner, id) = (AccountId::from_bits(owner.as_u128()), id_of(credential));
        let account = self.store.account(owner).await?;
        let account = account.ok_or_else(unknown)?;
        let kept = self.store.passkeys(owner).await?;
        let mut kept = read_credential(kept.iter().find(|passkey| passkey.id == id).ok_or_else(unknown)?)?;
        let result = webauthn.finish_discoverable_authentication_v2(&given, asked, &kept);
        let result = result.map_err(|fault| {
            tracing::info!(%fault, "a passkey was refused");
            unknown()
        })?;
        // Written each time, so that the owner sees when it was used; and what was taken away meanwhile lets nobody in.
        let _moved = kept.update_credential(&result);
        if !self.store.passkey_used(owner, id, &written(&kept)?, now).await? {
            return Err(unknown());
        }
        Ok(account)
    }
}

/// How a passkey stands on its owner's page.
pub(super) fn shown(passkey: &Passkey) -> PasskeyShown {
    PasskeyShown {
        passkey: name_of(passkey),
        device: DeviceKind::of_words(&passkey.device),
        created_at: passkey.created_at,
        last_used_at: passkey.last_used_at,
    }
}

fn name_of(passkey: &Passkey) -> String {
    passkey.id.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn id_of(credential: &[u8]) -> [u8; 32] {
    Sha256::digest(credential).into()
}

fn read_credential(passkey: &Passkey) -> Result<Credential, No> {
    serde_json::from_slice(passkey.credential.expose()).map_err(|fault| broken(&fault))
}

fn written(credential: &Credential) -> Result<Private<Vec<u8>>, No> {
    serde_json::to_vec(credential)
        .map(Private)
        .map_err(|fault| broken(&fault))
}

/// The options alone: when the browser shows them is the page's business.
fn inner(options: &impl serde::Serialize) -> Result<Value, No> {
    let mut whole = serde_json::to_value(options).map_err(|fault| broken(&fault))?;
    Ok(whole["publicKey"].take())
}

/// One answer to whatever does not fit.
fn unknown() -> No {
    No::because(
        ProblemCode::WrongCredentials,
        "This passkey does not open anything here.",
    )
}

fn broken(fault: &dyn std::fmt::Display) -> No {
    tracing::error!(%fault, "a passkey could not be worked with");
    ProblemCode::Unavailable.into()
}
