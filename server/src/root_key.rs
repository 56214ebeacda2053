//! The root key of a data folder, as the settings say where it is; and whatever a rotation that was cut off has left to do.
//!
//! Which of two root keys is right only the database knows: it is asked before anything is decided ([`crate::keys::rotation`]).

use std::fs::TryLockError;
use std::path::Path;

use crate::config::{Config, Database};
use crate::in_use::InUse;
use crate::keys::{RootKey, RootSource, rotation};
use crate::start::{DATABASE_FILE, StartFault};
use crate::store::{Evidence, StoreFault};

/// A root key in use: as long as this lives nobody changes it.
#[derive(Debug)]
pub(crate) struct RootInUse {
    pub(crate) key: RootKey,
    _folder: InUse,
}

impl RootInUse {
    /// The root key, made if this is a first start.
    pub(crate) async fn read_or_begin(config: &Config) -> Result<Self, StartFault> {
        Self::opened(config, true).await
    }

    /// The root key of a house that was set up before.
    pub(crate) async fn read(config: &Config) -> Result<Self, StartFault> {
        Self::opened(config, false).await
    }

    async fn opened(config: &Config, may_begin: bool) -> Result<Self, StartFault> {
        let folder = beside_others(&config.data)?;
        if config.root_key == RootSource::File {
            settle(config).await?;
        }
        let key = if may_begin {
            config.root_key.read_or_begin(&config.data)?
        } else {
            config.root_key.read(&config.data)?
        };
        Ok(Self { key, _folder: folder })
    }
}

/// Holds the folder without asking for its key.
pub(crate) fn beside_others(folder: &Path) -> Result<InUse, StartFault> {
    InUse::beside_others(folder)
        .map_err(|why| unheld(why, folder, "its keys are being changed; try again when that is done"))
}

/// Nobody else works with the folder for as long as this lives.
pub(crate) fn alone(folder: &Path) -> Result<InUse, StartFault> {
    InUse::alone(folder).map_err(|why| unheld(why, folder, "a server or another command is using it; stop that first"))
}

fn unheld(why: TryLockError, folder: &Path, busy: &'static str) -> StartFault {
    let folder = folder.to_owned();
    match why {
        TryLockError::WouldBlock => StartFault::Busy { folder, busy },
        TryLockError::Error(source) => StartFault::Folder { folder, source },
    }
}

/// Finishes a rotation that was cut off behind the database's transaction, and takes one back that was cut off before it.
pub(crate) async fn settle(config: &Config) -> Result<(), StartFault> {
    let folder = &config.data;
    let Some(next) = rotation::pending(folder)? else {
        return Ok(rotation::settle_recovery(folder)?);
    };
    let old = RootKey::load(folder)?;
    match (fits(config, &next).await?, fits(config, &old).await?) {
        (true, false) => {
            rotation::finish(folder, &old, &next, &mut |_| ())?;
            tracing::warn!("a rotation of the root key was cut off; it is finished now");
        }
        (false, true) => {
            rotation::take_back(folder)?;
            tracing::warn!("a rotation of the root key was cut off before it changed anything; it was taken back");
        }
        // No database, none with a practice, or another one: either key may be the only one that opens what is elsewhere just now.
        (true, true) | (false, false) => return Err(StartFault::UnclearRotation(folder.clone())),
    }
    Ok(())
}

/// Whether the database's keys open under this root key. Where there is no database yet, any key fits.
pub(crate) async fn fits(config: &Config, root: &RootKey) -> Result<bool, StartFault> {
    let evidence = match &config.database {
        Database::Postgres(url) => Evidence::postgres(url).await?,
        Database::Embedded => {
            let file = config.data.join(DATABASE_FILE);
            if !file.exists() {
                return Ok(true);
            }
            Evidence::file(&file).await?
        }
    };
    let fits = evidence.fits(root).await;
    evidence.close().await;
    Ok(fits.or_else(|fault| match fault {
        // A file that was made and never filled.
        StoreFault::NotFound(_) => Ok(true),
        other => Err(other),
    })?)
}
