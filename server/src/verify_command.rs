//! The command line's way to the ledger: `rondo verify` and `rondo log export`.
#![expect(clippy::print_stdout, reason = "the command line speaks on stdout")]

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use protocol::PracticeId;

use crate::config::{Config, Database};
use crate::keys::{ROOT_KEY_FILE, RootKey, RootSource};
use crate::ledger::check::Found;
use crate::ledger::note::NoteKey;
use crate::ledger::verify;
use crate::start::DATABASE_FILE;
use crate::store::Evidence;

/// Longest checkpoint that is read from a file.
const MAX_CHECKPOINT_BYTES: u64 = 64 * 1024;

/// Checks the log there and says what was found; an error is what does not fit.
pub fn verify(config: &Config, what: Option<&Path>, checkpoints: &[PathBuf]) -> Result<(), String> {
    let begun = Instant::now();
    let mut kept = Vec::new();
    for file in checkpoints {
        let mut note = String::new();
        File::open(file)
            .and_then(|opened| opened.take(MAX_CHECKPOINT_BYTES).read_to_string(&mut note))
            .map_err(|fault| format!("{} cannot be read: {fault}.", file.display()))?;
        kept.push((file.display().to_string(), note));
    }
    let found = match what {
        Some(file) if file.is_file() => {
            let opened = File::open(file).map_err(|fault| format!("{} cannot be read: {fault}.", file.display()))?;
            let checked = verify::exported(BufReader::new(opened), &kept);
            let (key, found) = checked.map_err(|fault| format!("{}: {fault}.", file.display()))?;
            vec![(Some(key), found)]
        }
        other => block_on(async {
            let (evidence, root) = evidence(config, other).await?;
            let found = verify::database(&evidence, root.as_ref(), &kept).await;
            evidence.close().await;
            found.map_err(|fault| format!("Nothing could be checked: {fault}."))
        })?,
    };
    let mut faults = 0;
    for (key, found) in &found {
        faults += tell(key.as_ref(), found);
    }
    println!("checked in {} ms", begun.elapsed().as_millis());
    match faults {
        0 => Ok(()),
        1 => Err("one thing does not fit; it is named above.".to_owned()),
        many => Err(format!("{many} things do not fit; they are named above.")),
    }
}

/// Writes a practice's log into a new file.
pub fn export(config: &Config, practice: Option<PracticeId>, file: &Path) -> Result<(), String> {
    block_on(async {
        let (evidence, _) = evidence(config, None).await?;
        let all = evidence
            .practices()
            .await
            .map_err(|fault| format!("Nothing was read: {fault}."))?;
        let practice = match (practice, all.as_slice()) {
            (Some(named), _) => named,
            (None, [only]) => *only,
            (None, []) => return Err("There is no practice yet.".to_owned()),
            (None, several) => {
                let names: Vec<String> = several.iter().map(ToString::to_string).collect();
                return Err(format!(
                    "There are several practices: say --practice with one of {}.",
                    names.join(", ")
                ));
            }
        };
        let opened = File::create_new(file).map_err(|fault| format!("{} cannot be made: {fault}.", file.display()))?;
        let mut out = BufWriter::new(opened);
        let leaves = verify::export(&evidence, practice, &mut out)
            .await
            .map_err(|fault| format!("{fault}."))?;
        out.flush()
            .map_err(|fault| format!("{} cannot be written: {fault}.", file.display()))?;
        evidence.close().await;
        println!(
            "{leaves} leaves are in {}. It holds times and kinds of events, and no content.",
            file.display()
        );
        Ok(())
    })
}

/// The database of a folder or of the settings, with the root key where it stands beside it.
pub(crate) async fn evidence(config: &Config, folder: Option<&Path>) -> Result<(Evidence, Option<RootKey>), String> {
    let data = folder.unwrap_or(&config.data);
    let kept_elsewhere = folder.is_none() && config.root_key != RootSource::File;
    let root = if kept_elsewhere {
        Some(config.root_key.read(data).map_err(|fault| format!("{fault}."))?)
    } else if data.join(ROOT_KEY_FILE).exists() {
        Some(RootKey::load(data).map_err(|fault| format!("{fault}."))?)
    } else {
        None
    };
    let evidence = match (&config.database, folder) {
        (Database::Postgres(url), None) => Evidence::postgres(url).await,
        _ => {
            let file = data.join(DATABASE_FILE);
            if !file.is_file() {
                return Err(format!("There is no database in {}.", data.display()));
            }
            Evidence::file(&file).await
        }
    };
    Ok((
        evidence.map_err(|fault| format!("Nothing could be read: {fault}."))?,
        root,
    ))
}

pub(crate) fn block_on<T>(doing: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    runtime.block_on(doing)
}

/// Says what was found in one log, and gives the number of faults.
fn tell(key: Option<&NoteKey>, found: &Found) -> u64 {
    if let Some(key) = key {
        println!("log {key}");
        println!(
            "{} leaves under {} checkpoints; {} records are there, {} of them erased, {} destroyed, {} lapsed; {} wait for the next checkpoint",
            found.leaves, found.checkpoints, found.records, found.erased, found.destroyed, found.lapsed, found.waiting
        );
    }
    for fault in &found.faults {
        println!("DOES NOT FIT: {fault}");
    }
    if found.more_faults > 0 {
        println!("and {} more", found.more_faults);
    }
    found.faults.len() as u64 + found.more_faults
}
