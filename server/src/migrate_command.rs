//! `rondo migrate`: a house that outgrew its machine goes from SQLite to PostgreSQL, with its signed log checked on both sides.
//!
//! The data folder stays where it is and is needed as before: root key, recovery, packs, numbers and duty list are files. Its database is read
//! and not changed, and is the way back for as long as nobody has written into the new one.

use std::path::{Path, PathBuf};

use protocol::{PracticeId, Private};

use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::keys::{KeyFault, RootKey, RootSource};
use crate::ledger::verify;
use crate::root_key;
use crate::start::{DATABASE_FILE, StartFault, store_of};
use crate::store::{Evidence, FatalHook, MoveFault, Moved, Reach, StoreFault, move_house};

/// Why the house stays where it is: a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFault {
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    #[error("the signed log here does not fit in {0} places, and would not there either: `rondo verify` names them")]
    Unsound(u64),
    #[error(
        "everything arrived, but the signed log there is not the one from here: do not use that database, make a new one, and report this; here everything is as it was"
    )]
    Another,
    #[error(transparent)]
    Move(#[from] MoveFault),
    #[error(transparent)]
    Start(#[from] StartFault),
}

impl From<StoreFault> for MigrateFault {
    fn from(fault: StoreFault) -> Self {
        Self::Start(fault.into())
    }
}

impl From<KeyFault> for MigrateFault {
    fn from(fault: KeyFault) -> Self {
        Self::Start(fault.into())
    }
}

/// What arrived.
#[derive(Debug)]
pub struct Done {
    pub tables: Vec<Moved>,
    /// Leaves of all signed logs, the same on both sides.
    pub leaves: u64,
    pub practices: usize,
}

/// Each practice's signed heads, with their sizes.
type Heads = Vec<(PracticeId, Vec<(u64, String)>)>;

/// What a database's logs come to.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    heads: Heads,
    leaves: u64,
    faults: u64,
}

/// Moves the house in this folder to an empty database. Nobody else may work with the folder.
pub async fn migrate(config: &Config, from: &Path, to: &Private<String>) -> Result<Done, MigrateFault> {
    let file = from.join(DATABASE_FILE);
    if !file.is_file() {
        return Err(MigrateFault::NoDatabase(from.to_owned()));
    }
    let _alone = root_key::alone(from)?;
    let here = Config {
        data: from.to_owned(),
        database: Database::Embedded,
        ..config.clone()
    };
    if here.root_key == RootSource::File {
        root_key::settle(&here).await?;
    }
    let root = here.root_key.read(from)?;
    // Opening it brings its tables up to date, asks whether the root key fits, and posts the daybook.
    let store = store_of(&here, root.clone(), FatalHook::new(|_| ())).await?;
    // Whoever was killed left records that no log has taken in yet; a house of a few seconds has no log at all. The next start would do so, too.
    let now = Clock::system().now();
    while store.log(Reach::All, now).await? > 0 {}
    store.close().await;
    let before = standing(Evidence::file(&file).await?, &root).await?;
    if before.faults > 0 {
        return Err(MigrateFault::Unsound(before.faults));
    }
    let tables = move_house(&file, to, &mut step).await?;
    let after = standing(Evidence::postgres(to).await?, &root).await?;
    if after != before {
        return Err(MigrateFault::Another);
    }
    Ok(Done {
        tables,
        leaves: before.leaves,
        practices: before.heads.len(),
    })
}

/// Everything in the signed logs is checked, under the root key too.
async fn standing(evidence: Evidence, root: &RootKey) -> Result<Standing, StoreFault> {
    let found = verify::database(&evidence, Some(root), &[]).await;
    let mut heads = Heads::new();
    for practice in evidence.practices().await? {
        let log = evidence.log(practice).await?;
        let notes = log.map(|log| log.checkpoints).unwrap_or_default();
        heads.push((
            practice,
            notes.into_iter().map(|(size, note, _)| (size, note)).collect(),
        ));
    }
    evidence.close().await;
    let found = found?;
    let all = || found.iter().map(|(_, found)| found);
    Ok(Standing {
        heads,
        leaves: all().map(|found| found.leaves).sum(),
        faults: all().map(|found| found.faults.len() as u64 + found.more_faults).sum(),
    })
}

/// A place at which a kill is tried, in builds for tests; nothing in any other.
fn step(_name: &str) {
    #[cfg(feature = "mutants")]
    if std::env::var("RONDO_MUTANT").is_ok_and(|mutant| mutant.strip_prefix("die_at=") == Some(_name)) {
        std::process::abort();
    }
}
