//! `rondo practice …`: for the operator, beside a running server or without one. A practice begins empty, with a link for its first
//! administrator. Whoever runs the house holds the root key and can make such a link at any time; each one stands in the practice's audit book.

use std::fmt::Write as _;

use protocol::{PracticeId, Private};

use crate::clock::Clock;
use crate::config::Config;
use crate::identity::Identity;
use crate::root_key::RootInUse;
use crate::start::{StartFault, store_of};
use crate::store::{FatalHook, Store};

/// Makes a practice. Gives it with the secret of its first administrator's link.
pub async fn begin(
    config: &Config,
    name: Option<&str>,
    clock: Clock,
) -> Result<(PracticeId, Private<String>), StartFault> {
    let (identity, store, _root) = open(config, clock).await?;
    let begun = identity.new_practice(name).await.map_err(StartFault::Directory);
    store.close().await;
    begun
}

/// Another administrator's link of a practice: the first was lost, or nobody is left who could make one.
pub async fn link(config: &Config, practice: PracticeId, clock: Clock) -> Result<Private<String>, StartFault> {
    let (identity, store, _root) = open(config, clock).await?;
    let made = identity.administrators_link(practice).await;
    store.close().await;
    made.map(|(_, secret)| secret).map_err(StartFault::Directory)
}

/// All practices of this house, one a line.
pub async fn listed(config: &Config, clock: Clock) -> Result<String, StartFault> {
    let (_, store, _root) = open(config, clock).await?;
    let all = store.practices().await;
    store.close().await;
    let mut text = String::new();
    for one in all? {
        let name = one.name.map_or_else(String::new, |name| format!("  {}", name.expose()));
        let _ = writeln!(text, "{}  {} people{name}", one.practice, one.people); // writing into a text cannot fail
    }
    Ok(text)
}

/// Takes an account's second factor away, for somebody who lost it and the recovery codes. Gives how many logins ended.
pub async fn reset_factors(
    config: &Config,
    practice: Option<PracticeId>,
    email: &str,
    clock: Clock,
) -> Result<usize, StartFault> {
    let (identity, store, _root) = open(config, clock).await?;
    let reset = identity.reset_factors_of(practice, email).await;
    store.close().await;
    reset.map_err(StartFault::Directory)
}

async fn open(config: &Config, clock: Clock) -> Result<(Identity, Store, RootInUse), StartFault> {
    let root = RootInUse::read(config).await?;
    // A write that the disk did not take fails here as it is; there is no process to end.
    let store = store_of(config, root.key.clone(), FatalHook::new(|_| ())).await?;
    let identity = Identity::new(store.clone(), root.key.clone(), &config.data, clock);
    Ok((identity, store, root))
}
