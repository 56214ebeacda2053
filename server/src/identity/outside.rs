//! Signing in at the practice's own sign-in service, and which account that is.
//!
//! * An account is found by what the service calls the person and by nothing else, unless the operator said that the service is trusted for
//!   addresses: then, once, by one that it has verified.
//! * The link is made by whoever is signed in to the account and has proved it a moment ago. What is linked to one account is linked to none
//!   other, so nobody comes into another's account by it.
//! * A question belongs to the browser that asked it (a cookie) and is used up by the first answer, right or wrong.
//! * Such a login is as fresh a proof as the service says. What only a fresh one may do (another factor, another link) else wants a passphrase.
//! * Whatever does not fit is refused in the same words; the log says why.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::api::{DeviceKind, OutsideAnswer, OutsideDone, OutsideShown, ProblemCode};
use protocol::{AccountId, PracticeId, Private, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pending::Pending;
use super::sign_in::Started;
use super::throttle::Pace;
use super::{Caller, Identity, No, secret};
use crate::config::NetworkKey;
use crate::limits;
use crate::outside::{CountsAs, Outside, Person, Question, Service};
use crate::store::directory::{Account, LoginId, Strength, WayIn};
use crate::store::{Beginning, Store};

/// The service, and what was asked of it and waits.
pub(super) struct Elsewhere {
    service: Service,
    begun: Pending<Begun>,
    pace: Pace<NetworkKey>,
}

/// A question that waits for the service's answer.
#[derive(Clone, Serialize, Deserialize)]
struct Begun {
    state: Private<String>,
    nonce: Private<String>,
    verifier: Private<String>,
    /// Whose account is to be linked; none: somebody signs in.
    links: Option<[u8; 32]>,
    at: Timestamp,
}

impl Elsewhere {
    pub(super) fn new(said: Outside) -> Self {
        Self {
            service: Service::new(said),
            begun: Pending::new(Beginning::Outside, limits::BEGINNING),
            pace: Pace::new(limits::SIGN_IN_BURST_PER_NETWORK, limits::SIGN_IN_PACE_PER_NETWORK),
        }
    }
}

impl Elsewhere {
    pub(super) fn share(&mut self, store: &Store) {
        self.begun.share(store);
    }
}

/// What came of an answer.
pub(crate) enum Came {
    /// `linked`: by a verified address, at the same moment.
    SignedIn {
        started: Started,
        linked: bool,
    },
    Linked,
}

impl Came {
    pub(crate) const fn said(&self) -> OutsideDone {
        OutsideDone {
            linked: matches!(self, Self::Linked),
        }
    }
}

impl Identity {
    /// The same, with the practice's own sign-in service.
    #[must_use]
    pub fn with_outside(mut self, said: Option<Outside>) -> Self {
        self.outside = said.map(Elsewhere::new);
        self
    }

    /// What the service is called; none where there is none.
    pub(crate) fn outside_name(&self) -> Option<String> {
        Some(self.outside.as_ref()?.service.said().name.clone())
    }

    /// Where the browser goes, and the secret of the cookie that it comes back with. `caller`: whose account is to be linked.
    pub(crate) async fn begin_outside(
        &self,
        caller: Option<&Caller>,
        back_to: &str,
        network: NetworkKey,
    ) -> Result<(Private<String>, Private<String>), No> {
        let now = self.now();
        // Who has no account hears that first, whether there is a service or not.
        let account = caller.map(Caller::account).transpose()?;
        let elsewhere = self.elsewhere()?;
        if let (Some(caller), Some(account)) = (caller, account) {
            self.of_this_practice(account).await?;
            self.is_fresh(caller)?;
        }
        elsewhere.pace.take(network, now).map_err(|wait| No::wait(wait.0))?;
        let (cookie, hash) = secret::draw();
        let begun = Begun {
            state: secret::draw().0,
            nonce: secret::draw().0,
            verifier: secret::draw().0,
            links: caller.map(|caller| caller.login.0),
            at: now,
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(begun.verifier.expose()));
        let question = begun.question(back_to, now);
        let asked = elsewhere.service.ask_at(&question, begun.state.expose(), &challenge);
        let url = asked.await.map_err(|fault| {
            tracing::warn!(%fault, "the sign-in service cannot be asked");
            No::from(ProblemCode::Unavailable)
        })?;
        if !elsewhere.begun.put(hash, begun, now).await? {
            return Err(ProblemCode::TooFast.into());
        }
        Ok((url, cookie))
    }

    /// The browser is back. `cookie` is what it began with, `caller` whoever is signed in in it; a sign-in ends that login.
    pub(crate) async fn finish_outside(
        &self,
        cookie: Option<&str>,
        answer: &OutsideAnswer,
        caller: Option<&Caller>,
        back_to: &str,
        device: DeviceKind,
        network: NetworkKey,
    ) -> Result<Came, No> {
        let (now, elsewhere) = (self.now(), self.elsewhere()?);
        let hash = cookie.and_then(secret::read).ok_or_else(unknown)?;
        let begun = elsewhere.begun.take(&hash, now).await?.ok_or_else(unknown)?;
        if begun.state.expose() != answer.state.expose() {
            return Err(unknown());
        }
        let question = begun.question(back_to, now);
        let redeemed = elsewhere.service.redeem(&answer.code, &question);
        let person = redeemed.await.map_err(|fault| {
            tracing::warn!(%fault, "nobody was signed in by the sign-in service");
            unknown()
        })?;
        let practice = self.store.practice().await?.ok_or_else(unknown)?;
        let came = match begun.links {
            None => {
                let found = self.account_behind(practice, &person).await?;
                let (account, linked) = found.ok_or_else(unknown)?;
                let former = caller.map(|caller| caller.login);
                let started = self.start_outside(&account, &person, former, device).await?;
                Came::SignedIn { started, linked }
            }
            Some(login) => {
                // Whoever began it must still be signed in, in this browser.
                let caller = caller.filter(|caller| caller.login.0 == login).ok_or_else(unknown)?;
                let account = caller.account()?;
                self.of_this_practice(account).await?;
                // The service was asked to ask anew: whoever it has known for longer may be somebody that another page signed in there.
                let skew = u64::try_from(limits::OUTSIDE_SKEW.as_millis()).unwrap_or(u64::MAX);
                if person.asked_at.is_none_or(|at| at.0.saturating_add(skew) < begun.at.0) {
                    return Err(unknown());
                }
                self.link(practice, account.account, &person, true).await?;
                Came::Linked
            }
        };
        elsewhere.pace.give_back(network);
        Ok(came)
    }

    /// The account does not sign in at the service any more. Gives the logins that ended with it.
    pub(crate) async fn remove_outside(&self, caller: &Caller) -> Result<Vec<LoginId>, No> {
        self.removes(caller, WayIn::Outside).await
    }

    /// How it stands on an account's page; none where there is no service for its practice.
    pub(super) async fn outside_shown(&self, account: &Account) -> Result<Option<OutsideShown>, No> {
        let Some(name) = self.outside_name() else {
            return Ok(None);
        };
        if self.of_this_practice(account).await.is_err() {
            return Ok(None);
        }
        let linked_at = self.store.outside_since(account.account).await?;
        Ok(Some(OutsideShown { name, linked_at }))
    }

    async fn start_outside(
        &self,
        account: &Account,
        person: &Person,
        former: Option<LoginId>,
        device: DeviceKind,
    ) -> Result<Started, No> {
        let counts_as = self.elsewhere()?.service.said().counts_as;
        let strength = match counts_as {
            CountsAs::TwoFactors => Strength::TwoFactors,
            CountsAs::AsItSays if person.many_factors => Strength::TwoFactors,
            CountsAs::AsItSays | CountsAs::OneFactor => Strength::OneFactor,
        };
        if let Some(former) = former {
            self.end(former).await?;
        }
        let started = self.start(account, strength, device).await?;
        // Being known to the service proves who somebody was when it asked, and it may have asked hours ago.
        let proved_at = person.asked_at.map_or(Timestamp(0), |at| at.min(self.now()));
        if let Some(login) = secret::read(started.secret.expose()) {
            self.store.prove_login(LoginId(login), proved_at).await?;
        }
        Ok(started)
    }

    /// Whose account the service means, and whether it was linked just now.
    async fn account_behind(&self, practice: PracticeId, person: &Person) -> Result<Option<(Account, bool)>, No> {
        let said = self.elsewhere()?.service.said();
        let found = self
            .store
            .outside_account(practice, &said.issuer, &person.subject)
            .await?;
        if let Some(account) = found {
            let account = self.store.account(account).await?;
            return Ok(account.map(|account| (account, false)));
        }
        let Some(email) = person.email.as_ref().filter(|_| said.trusts_email) else {
            return Ok(None);
        };
        let Some(account) = self.store.account_by_email_at(Some(practice), email).await? else {
            return Ok(None);
        };
        // Whoever is linked already is somebody else to the service: an address that went from one person to another.
        self.link(practice, account.account, person, false).await?;
        Ok(Some((account, true)))
    }

    async fn link(&self, practice: PracticeId, account: AccountId, person: &Person, by_hand: bool) -> Result<(), No> {
        let issuer = &self.elsewhere()?.service.said().issuer;
        let linked = self
            .store
            .link_outside(practice, account, (issuer, &person.subject), by_hand, self.now());
        if !linked.await? {
            return Err(unknown());
        }
        tracing::info!("an account signs in at the sign-in service from now on");
        Ok(())
    }

    /// The service belongs to the house's first practice.
    async fn of_this_practice(&self, account: &Account) -> Result<(), No> {
        if self.store.practice().await? == Some(account.practice) {
            Ok(())
        } else {
            Err(ProblemCode::NotFound.into())
        }
    }

    fn elsewhere(&self) -> Result<&Elsewhere, No> {
        self.outside.as_ref().ok_or(ProblemCode::NotFound.into())
    }
}

impl Begun {
    fn question<'a>(&'a self, back_to: &'a str, now: Timestamp) -> Question<'a> {
        Question {
            back_to,
            nonce: self.nonce.expose(),
            verifier: self.verifier.expose(),
            // Else a page that has signed somebody in there as another could have that one linked to their account.
            anew: self.links.is_some(),
            now,
        }
    }
}

/// One answer to whatever does not fit.
fn unknown() -> No {
    No::because(
        ProblemCode::WrongCredentials,
        "Nobody here can be signed in with this answer.",
    )
}
