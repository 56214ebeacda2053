//! Identity: who somebody is, from the first run to a seat in a room.
//!
//! * A *facilitator* has an account: an address, a passphrase, a second factor or passkeys, a login that ends after a working day or a quarter of
//!   an hour without a sign of life, and that knows whether it has proved one factor or two.
//! * A *guest* comes by a personal link, whose secret is exchanged once for a login of that browser. A browser may hold
//!   several seats. No account, no address.
//! * A *login* is 256 random bits in a cookie, kept here as their hash, so that it can be listed and ended.
//!
//! This module decides; the store records. It leaves out what somebody may do inside a room (`room::policy`), and every
//! word about HTTP. Who may do what outside a room is one table, [`crate::access`]; `permit` asks it.

mod activity;
mod codes;
mod colleagues;
mod device;
mod devices;
mod erasure;
pub(crate) mod fields;
mod first_run;
mod guessable;
mod links;
mod logins;
mod look_ins;
mod minors;
mod no;
mod outside;
mod passkeys;
mod passphrase;
mod pending;
mod permit;
mod pin;
mod second_factor;
mod secret;
mod sign_in;
mod throttle;
mod totp;
mod way_back;
mod who_looked;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use protocol::{AccountId, PracticeId, Private, RoomId, Timestamp};

use crate::access::Action;
use crate::clock::Clock;
use crate::config::{NetworkKey, SecondFactor};
use crate::keys::{ErasedList, RootKey};
use crate::limits;
use crate::store::directory::{Account, Login, LoginId, Place, Subject, findable};
use crate::store::{Beginning, Store};
pub use activity::Live;
pub(crate) use device::kind_of;
pub(crate) use fields::title;
pub use no::No;
pub(crate) use outside::Came;
pub(crate) use passkeys::Party;
pub(crate) use permit::About;
pub(crate) use pin::Shown;
pub(crate) use second_factor::Standing;
pub(crate) use secret::{draw as draw_secret, random_bits, read as read_secret};
pub(crate) use sign_in::Started;

/// Everything about who somebody is.
pub struct Identity {
    store: Store,
    root: RootKey,
    folder: PathBuf,
    clock: Clock,
    hasher: passphrase::Hasher,
    activity: Arc<activity::Activity>,
    bootstrap: Mutex<Option<secret::SecretHash>>,
    /// One first run at a time: the second waits and finds that it is over.
    first_run: tokio::sync::Mutex<()>,
    erased: Arc<ErasedList>,
    /// One erasure at a time.
    erasing: tokio::sync::Mutex<()>,
    writes: throttle::Pace<LoginId>,
    wrong_passphrases: throttle::Failures<secret::SecretHash>,
    wrong_codes: throttle::Failures<AccountId>,
    /// Secrets for apps that have not shown a code yet.
    new_apps: pending::Pending<Private<Vec<u8>>>,
    /// Passkeys that were asked for and have not answered yet.
    passkeys: passkeys::Asked,
    /// The practice's own sign-in service, where it has one.
    outside: Option<outside::Elsewhere>,
    /// Of whom the house wants a second factor.
    second_factor: SecondFactor,
    sign_ins: throttle::Pace<NetworkKey>,
    wrong_links: throttle::Pace<NetworkKey>,
    /// Addresses stand in throttles as hashes under this, for as long as the process lives.
    pepper: [u8; 32],
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// Who a cookie belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// A facilitator's account.
    Facilitator(Account),
    /// Somebody with personal links.
    Guest,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) login: LoginId,
    pub(crate) who: Who,
    pub(crate) expires_at: Timestamp,
    /// What a facilitator's login may open; a guest's opens its seats.
    pub(crate) standing: Standing,
    /// When it last showed whose it is.
    pub(crate) proved_at: Timestamp,
}

impl Caller {
    /// The account, where only a facilitator with one will do, signed in with all that is wanted of them.
    pub(crate) fn account(&self) -> Result<&Account, No> {
        self.may(Action::UseAccount)
    }
}

impl Identity {
    /// `folder` holds the recovery file of `root`.
    pub fn new(store: Store, root: RootKey, folder: impl Into<PathBuf>, clock: Clock) -> Self {
        let folder = folder.into();
        Self {
            store,
            erased: Arc::new(ErasedList::beside(&root, &folder)),
            erasing: tokio::sync::Mutex::default(),
            root,
            folder,
            clock,
            hasher: passphrase::Hasher::new(),
            activity: activity::Activity::new(),
            bootstrap: Mutex::default(),
            first_run: tokio::sync::Mutex::default(),
            wrong_passphrases: throttle::Failures::new(),
            wrong_codes: throttle::Failures::new(),
            new_apps: pending::Pending::new(Beginning::App, limits::BEGINNING),
            passkeys: passkeys::Asked::new(),
            outside: None,
            second_factor: SecondFactor::default(),
            sign_ins: throttle::Pace::new(limits::SIGN_IN_BURST_PER_NETWORK, limits::SIGN_IN_PACE_PER_NETWORK),
            wrong_links: throttle::Pace::new(
                limits::WRONG_LINK_BURST_PER_NETWORK,
                limits::WRONG_LINK_PACE_PER_NETWORK,
            ),
            writes: throttle::Pace::new(limits::WRITES_AT_ONCE, limits::WRITE_PACE),
            pepper: secret::random(),
        }
    }

    /// The same, where there are several nodes: what is begun at one may end at another. After [`Identity::with_outside`].
    #[must_use]
    pub fn among_nodes(mut self) -> Self {
        self.new_apps.share(&self.store);
        self.passkeys.share(&self.store);
        if let Some(outside) = &mut self.outside {
            outside.share(&self.store);
        }
        self
    }

    /// Counts a write at an address; whoever writes without end must wait. By login: whoever took one over must not keep its owner from ending it.
    pub(crate) fn may_write_now(&self, caller: &Caller) -> Result<(), No> {
        self.writes
            .take(caller.login, self.now())
            .map_err(|wait| No::wait(wait.0))
    }

    /// Whether this house has one practice.
    pub(crate) async fn is_the_only_practice(&self) -> Result<bool, No> {
        Ok(self.store.practices().await?.len() <= 1)
    }

    /// The same, wanting a second factor of others than by default.
    #[must_use]
    pub fn wanting(mut self, second_factor: SecondFactor) -> Self {
        self.second_factor = second_factor;
        self
    }

    /// How often Argon2 ran since the start: what a guesser, a stranger or an owner cost.
    pub fn slow_work_done(&self) -> u64 {
        self.hasher.runs()
    }

    /// Where everything is kept.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Who holds this cookie, if its login has not ended, whatever it has proved: [`Caller::standing`] says what it may open. Asking is a
    /// sign of life.
    pub(crate) async fn caller(&self, cookie: Option<&str>) -> Result<Option<Caller>, No> {
        let Some(login) = cookie.and_then(secret::read).map(LoginId) else {
            return Ok(None);
        };
        let now = self.now();
        let Some(found) = self.store.login(login, now).await? else {
            return Ok(None);
        };
        if found.expires_at <= now {
            return Ok(None);
        }
        let (who, standing) = match found.subject {
            Subject::Guest => (Who::Guest, Standing::Full),
            Subject::Account(account) => {
                if self.is_idle(&found, now) {
                    self.end(login).await?;
                    return Ok(None);
                }
                let Some(account) = self.store.account(account).await? else {
                    return Ok(None);
                };
                self.activity.seen(login, now);
                let standing = self.standing(&account, &found);
                (Who::Facilitator(account), standing)
            }
        };
        if now.since(found.last_seen) >= millis(limits::LAST_SEEN_GRAIN) {
            self.store.touch_login(login, now, found.expires_at).await?;
        }
        Ok(Some(Caller {
            login,
            who,
            expires_at: found.expires_at,
            standing,
            proved_at: found.proved_at,
        }))
    }

    /// The database's time is coarse and memory's is exact; after a restart there is only the first.
    fn is_idle(&self, login: &Login, now: Timestamp) -> bool {
        match self.activity.last(login.login) {
            activity::Last::LiveNow => false,
            activity::Last::At(at) => now.since(at.max(login.last_seen)) > millis(limits::FACILITATOR_IDLE),
            activity::Last::Unknown => now.since(login.last_seen) > millis(limits::FACILITATOR_IDLE),
        }
    }

    /// Who this login is in a room; none where it has no seat there.
    pub(crate) async fn seat(&self, login: LoginId, room: RoomId) -> Result<Option<Place>, No> {
        Ok(self.store.place_in(login, room, self.now()).await?)
    }

    /// End a login.
    pub(crate) async fn end(&self, login: LoginId) -> Result<(), No> {
        self.store.end_login(login).await?;
        self.activity.forget(login);
        Ok(())
    }

    /// A room connection has begun: while the result lives, its login is not idle.
    pub(crate) fn live(&self, login: LoginId) -> Live {
        self.activity.live(login, self.clock.clone())
    }

    /// The rooms an account leads that it may manage here. Anybody else's do not exist for it.
    pub(crate) async fn leads(&self, caller: &Caller, room: RoomId) -> Result<Account, No> {
        self.permit(caller, Action::LeadRoom, About::Room(room)).await.cloned()
    }

    /// Once a minute: write down who is still here, forget what has ended.
    pub(crate) async fn keep(&self) -> Result<(), No> {
        let now = self.now();
        for login in self.activity.live_now() {
            if let Some(found) = self.store.login(login, now).await? {
                self.store.touch_login(login, now, found.expires_at).await?;
            }
        }
        self.activity.sweep(now);
        self.store.sweep_logins(now).await?;
        Ok(())
    }

    /// The practice that is meant where none is named: the house's first.
    async fn practice_of(&self, named: Option<PracticeId>) -> Result<Option<PracticeId>, No> {
        match named {
            Some(practice) => Ok(Some(practice)),
            None => Ok(self.store.practice().await?),
        }
    }

    /// What stands for an address in the throttles.
    fn account_key(&self, practice: Option<PracticeId>, email: &Private<String>) -> secret::SecretHash {
        use sha2::Digest;
        sha2::Sha256::new()
            .chain_update(self.pepper)
            // Tries at one practice make nobody wait at another.
            .chain_update(practice.map_or(0, PracticeId::bits).to_be_bytes())
            // However it is spelled, it is the account that the store finds.
            .chain_update(findable(email))
            .finalize()
            .into()
    }
}

/// What a new practice or account is called in ids.
fn account_id() -> AccountId {
    AccountId::from_bits(random_bits())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
