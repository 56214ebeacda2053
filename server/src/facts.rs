//! What an operator asks of a house from outside: how much room the disk has, how old the newest backup is, when the certificate ends. Told by
//! `rondo doctor`, by the metrics, and on the administrators' page.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use protocol::Timestamp;
use protocol::api::HouseAmiss;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::backup::LAST_BACKUP_FILE;
use crate::config::{Config, Database, Tls};
use crate::doctor::limits::{BACKUP_LATE, CERTIFICATE_LATE_DAYS, LITTLE_ROOM};
use crate::metrics::Asked;

/// Room on the disk of a folder, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    pub free: u64,
    pub all: u64,
}

/// Room on the disk that holds this folder, for a user without privileges.
pub(crate) fn room_on_disk(folder: &Path) -> Option<Room> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(Room {
        free: disk.f_bavail.saturating_mul(disk.f_frsize),
        all: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

/// Where to look, for a server that is asked again and again.
#[derive(Debug, Clone)]
pub struct Operated {
    data: PathBuf,
    postgres: bool,
    certificate: Option<PathBuf>,
}

/// What was found, just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    now: Timestamp,
    pub(crate) disk: Option<Room>,
    pub(crate) backup_age: Option<Duration>,
    certificate_ends: Option<Timestamp>,
}

impl Operated {
    /// As the settings say.
    pub fn by(config: &Config) -> Self {
        Self {
            data: config.data.clone(),
            postgres: matches!(config.database, Database::Postgres(_)),
            certificate: certificate_file(config),
        }
    }

    pub(crate) const fn postgres(&self) -> bool {
        self.postgres
    }

    pub(crate) fn facts(&self, now: Timestamp) -> Facts {
        Facts {
            now,
            disk: room_on_disk(&self.data),
            backup_age: backup_age(&self.data),
            certificate_ends: self.certificate.as_deref().and_then(|file| certificate_ends(file).ok()),
        }
    }
}

impl Facts {
    /// Days until the certificate ends.
    pub(crate) fn certificate_days(&self) -> Option<i64> {
        self.certificate_ends.map(|ends| days_until(ends, self.now))
    }

    /// What somebody should see to: the same bounds as the doctor's.
    pub(crate) fn amiss(&self) -> Vec<HouseAmiss> {
        let little = self.disk.is_some_and(|room| room.free < LITTLE_ROOM);
        let late = self.backup_age.is_some_and(|age| age > BACKUP_LATE);
        let ends = self.certificate_days().is_some_and(|days| days < CERTIFICATE_LATE_DAYS);
        [
            (little, HouseAmiss::LittleRoom),
            (self.backup_age.is_none(), HouseAmiss::NoBackup),
            (late, HouseAmiss::BackupLate),
            (ends, HouseAmiss::CertificateEnds),
        ]
        .into_iter()
        .filter_map(|(so, amiss)| so.then_some(amiss))
        .collect()
    }

    /// For the metrics, which add what the rooms say.
    pub(crate) fn asked(&self) -> Asked {
        let left = |ends: Timestamp| (ends.0.cast_signed() - self.now.0.cast_signed()) / 1000;
        Asked {
            disk_free: self.disk.map(|room| room.free),
            disk_size: self.disk.map(|room| room.all),
            backup_age: self.backup_age,
            certificate_left: self.certificate_ends.map(left),
            ..Asked::default()
        }
    }
}

/// How long ago a backup was finished; `None` where there was none.
pub(crate) fn backup_age(folder: &Path) -> Option<Duration> {
    let touched = std::fs::metadata(folder.join(LAST_BACKUP_FILE)).ok()?.modified().ok()?;
    // From the future: a clock was set. It is no older than now.
    Some(SystemTime::now().duration_since(touched).unwrap_or_default())
}

/// The file with the certificate that this server shows; `None` where a proxy shows one.
pub(crate) fn certificate_file(config: &Config) -> Option<PathBuf> {
    match &config.tls {
        Tls::Off => None,
        Tls::SelfSigned => Some(config.data.join("tls").join("self-signed.pem")),
        Tls::Files { certificate, .. } => Some(certificate.clone()),
    }
}

/// When the first certificate in a file ends.
pub(crate) fn certificate_ends(file: &Path) -> Result<Timestamp, &'static str> {
    let der = CertificateDer::from_pem_file(file).map_err(|_| "it holds no certificate in PEM form")?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).map_err(|_| "its certificate cannot be read")?;
    let seconds = certificate.validity().not_after.timestamp();
    Ok(Timestamp(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000)))
}

/// Whole days from now until then; below zero once it is over.
pub(crate) fn days_until(then: Timestamp, now: Timestamp) -> i64 {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    (then.0.cast_signed().saturating_sub(now.0.cast_signed())).div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_when_it_ends_and_another_file_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chain.pem");
        let mut params = rcgen::CertificateParams::new(vec!["rondo.example".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2031, 2, 7);
        let pair = rcgen::KeyPair::generate().unwrap();
        std::fs::write(&file, params.self_signed(&pair).unwrap().pem()).unwrap();
        let ends = certificate_ends(&file).unwrap();
        assert_eq!(days_until(ends, Timestamp(ends.0 - 1)), 0);
        assert_eq!(days_until(ends, Timestamp(ends.0 - 3 * 86_400_000)), 3);
        assert_eq!(days_until(ends, Timestamp(ends.0 + 1)), -1, "it is over");
        assert_eq!(ends.0, 1_928_188_800_000, "2031-02-07 in milliseconds since 1970");
        std::fs::write(&file, "hello").unwrap();
        assert!(certificate_ends(&file).is_err());
    }

    #[test]
    fn what_is_amiss_is_named_and_what_is_well_is_not() {
        let day = Duration::from_secs(86_400);
        let now = Timestamp(20_000 * 86_400_000);
        let well = Facts {
            now,
            disk: Some(Room {
                free: 1 << 40,
                all: 1 << 41,
            }),
            backup_age: Some(day),
            certificate_ends: Some(Timestamp(now.0 + 60 * 86_400_000)),
        };
        assert_eq!(well.amiss(), []);
        let amiss = |facts: Facts| facts.amiss();
        let disk = Some(Room { free: 1, all: 1 << 41 });
        assert_eq!(amiss(Facts { disk, ..well }), [HouseAmiss::LittleRoom]);
        let backup_age = None;
        assert_eq!(amiss(Facts { backup_age, ..well }), [HouseAmiss::NoBackup]);
        let backup_age = Some(day * 3);
        assert_eq!(amiss(Facts { backup_age, ..well }), [HouseAmiss::BackupLate]);
        let certificate_ends = Some(Timestamp(now.0 - 1));
        assert_eq!(
            amiss(Facts {
                certificate_ends,
                ..well
            }),
            [HouseAmiss::CertificateEnds]
        );
    }

    #[test]
    fn a_disk_has_room_and_a_folder_without_a_backup_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let room = room_on_disk(folder.path()).unwrap();
        assert!(room.free > 0 && room.free <= room.all);
        assert_eq!(backup_age(folder.path()), None);
        std::fs::write(folder.path().join(LAST_BACKUP_FILE), "").unwrap();
        assert!(backup_age(folder.path()).unwrap() < Duration::from_secs(60));
    }
}
