//! `rondo keys …`: which keys there are, and new ones in their place.

use std::fmt::Write as _;
use std::path::Path;

use protocol::{Private, Timestamp};

use crate::audit::{By, Does, Record, Subject, Thing};
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::{self, KeyFault, RecoveryFault, RootKey, RootSource, SIGNING_KEY_FILE, rotation};
use crate::root_key::{self, RootInUse};
use crate::start::{StartFault, store_of};
use crate::store::{FatalHook, Held, Rotated, Rotation};

/// Why keys were not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotateFault {
    #[error(transparent)]
    Start(#[from] StartFault),
    #[error(transparent)]
    Recovery(#[from] RecoveryFault),
    #[error(
        "the root key comes from {0}: put the new one there as a second secret, and give it in a file with --next-root FILE; or say --keep-root"
    )]
    NextWanted(&'static str),
    #[error(
        "the root key is in the data folder, where a new one is drawn: --next-root is for root keys that are kept elsewhere"
    )]
    NextUnwanted,
    #[error("the new root key is the old one")]
    Same,
    #[error("neither the root key nor the one in {0} opens this database")]
    Neither(String),
}

impl From<KeyFault> for RotateFault {
    fn from(fault: KeyFault) -> Self {
        Self::Start(fault.into())
    }
}

impl From<crate::store::StoreFault> for RotateFault {
    fn from(fault: crate::store::StoreFault) -> Self {
        Self::Start(fault.into())
    }
}

/// Which keys are to be new.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// All: a root key that is drawn, or read from this file where it is kept elsewhere; practices' and rooms'.
    All { next_root: Option<&'a Path> },
    /// Practices' and rooms', under the root key there is.
    BelowRoot,
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    pub rotated: Rotated,
    /// Where the root key changed: the name of the old one.
    pub old_root: Option<String>,
}

/// Changes keys. Nobody else may work with the folder. `show` is given the new recovery key before anything changes: a kill must not be able
/// to take it.
pub async fn rotate(
    config: &Config,
    which: Which<'_>,
    clock: &Clock,
    mut show: impl FnMut(&Private<String>),
) -> Result<Done, RotateFault> {
    let _alone = root_key::alone(&config.data)?;
    if config.root_key == RootSource::File {
        root_key::settle(config).await?;
    }
    let old = config.root_key.read(&config.data)?;
    let in_file = config.root_key == RootSource::File;
    match which {
        Which::BelowRoot => {
            let rotated = in_database(config, &old, None, clock).await?;
            Ok(Done {
                rotated,
                old_root: None,
            })
        }
        Which::All { next_root: None } if in_file => {
            // Before anything is drawn: a root key that does not fit is said now.
            if !root_key::fits(config, &old).await? {
                return Err(crate::store::StoreFault::WrongRootKey.into());
            }
            let (next, paper) = rotation::prepare(&config.data)?;
            show(&paper.shown());
            step("prepared");
            let rotated = in_database(config, &old, Some(&next), clock).await?;
            step("in_database");
            rotation::finish(&config.data, &old, &next, &mut step)?;
            Ok(Done {
                rotated,
                old_root: Some(old.name()),
            })
        }
        Which::All { next_root: Some(_) } if in_file => Err(RotateFault::NextUnwanted),
        Which::All { next_root: None } => Err(RotateFault::NextWanted(config.root_key.said())),
        Which::All { next_root: Some(file) } => elsewhere(config, &old, file, clock, &mut show).await,
    }
}

/// The same where the root key is kept elsewhere: the new one is nowhere on our disk, so who was cut off says the command again.
async fn elsewhere(
    config: &Config,
    old: &RootKey,
    file: &Path,
    clock: &Clock,
    show: &mut dyn FnMut(&Private<String>),
) -> Result<Done, RotateFault> {
    let next = keys::read_root_file(file)?;
    if next.name() == old.name() {
        return Err(RotateFault::Same);
    }
    let rotated = if root_key::fits(config, old).await? {
        in_database(config, old, Some(&next), clock).await?
    } else if root_key::fits(config, &next).await? {
        // It was cut off behind the transaction.
        Rotated::default()
    } else {
        return Err(RotateFault::Neither(file.display().to_string()));
    };
    step("in_database");
    keys::adopt_erased(&config.data, &next, std::slice::from_ref(old))?;
    step("list_tagged");
    show(&keys::make_recovery(&config.data, &next)?.shown());
    Ok(Done {
        rotated,
        old_root: Some(old.name()),
    })
}

/// A restored database comes under the root key of now.
pub(crate) async fn adopt(config: &Config, old: &RootKey, next: &RootKey, clock: &Clock) -> Result<(), StartFault> {
    changed(config, old, Some(next), false, clock).await.map(|_| ())
}

async fn in_database(
    config: &Config,
    old: &RootKey,
    next: Option<&RootKey>,
    clock: &Clock,
) -> Result<Rotated, RotateFault> {
    Ok(changed(config, old, next, true, clock).await?)
}

async fn changed(
    config: &Config,
    old: &RootKey,
    next: Option<&RootKey>,
    renew: bool,
    clock: &Clock,
) -> Result<Rotated, StartFault> {
    let store = store_of(config, old.clone(), FatalHook::new(|_| ())).await?;
    let at = clock.now();
    let record = Record {
        at,
        by: By::Nobody,
        cut_off: false,
        does: Does::Writes,
        granted: true,
        more: 0,
        subject: Subject::default(),
        thing: Thing::Keys,
    };
    let rotated = store
        .rotate(&Rotation {
            next_root: next,
            renew,
            at,
            record: &record.header(),
        })
        .await;
    store.close().await;
    Ok(rotated?)
}

/// A place at which a kill is tried, in builds for tests; nothing in any other.
fn step(_name: &str) {
    #[cfg(feature = "mutants")]
    if std::env::var("RONDO_MUTANT").is_ok_and(|mutant| mutant.strip_prefix("die_at=") == Some(_name)) {
        std::process::abort();
    }
}

/// Which keys there are: how many, how old. No key is in it.
pub async fn listed(config: &Config, clock: &Clock) -> Result<String, StartFault> {
    let root = RootInUse::read(config).await?;
    let store = store_of(config, root.key.clone(), FatalHook::new(|_| ())).await?;
    let now = clock.now();
    let mut text = String::new();
    let mut line = |said: String| {
        let _ = writeln!(text, "{said}"); // writing into a text cannot fail
    };
    let (practices, since) = (store.keys().await?, store.root_since().await?);
    store.close().await;

    let begun = since.or_else(|| practices.iter().filter_map(|one| one.own.oldest).min());
    line(format!(
        "root key {} from {}, {}",
        root.key.name(),
        config.root_key.said(),
        age(begun, now)
    ));
    for (file, key) in rotation::older(&config.data)? {
        line(format!(
            "  {file} opens backups from before it was replaced (root key {}); keep it apart, and delete it with the last of them",
            key.name()
        ));
    }
    let signing = config.data.join(SIGNING_KEY_FILE);
    if signing.exists() {
        line("key for signing packs: signing.key (Ed25519)".to_owned());
    }
    for one in practices {
        line(format!("practice {}", one.practice));
        line(format!("  its own keys: {}", told(one.own, now)));
        line(format!(
            "  keys of {} rooms: {}; in use: {}",
            one.rooms,
            told(one.groups, now),
            told(one.groups_in_use, now)
        ));
        line(format!(
            "  keys of people in rooms: {}, of which destroyed: {}",
            one.people, one.destroyed
        ));
        line(format!("  keys of accounts: {}", told(one.accounts, now)));
        line(format!(
            "  key of the signed log: {}",
            if one.log {
                "1 (Ed25519), never changed"
            } else {
                "none yet"
            }
        ));
    }
    Ok(text)
}

fn told(held: Held, now: Timestamp) -> String {
    match (held.count, held.oldest, held.newest) {
        (0, ..) => "none".to_owned(),
        (1, oldest, _) => format!("1, {}", age(oldest, now)),
        (many, oldest, newest) => format!(
            "{many}, the newest {}, the oldest {}",
            age(newest, now),
            age(oldest, now)
        ),
    }
}

fn age(made: Option<Timestamp>, now: Timestamp) -> String {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    match made.map(|made| now.0.saturating_sub(made.0) / DAY) {
        None => "of unknown age".to_owned(),
        Some(0) => "made today".to_owned(),
        Some(1) => "1 day old".to_owned(),
        Some(days) => format!("{days} days old"),
    }
}
