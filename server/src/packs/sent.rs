//! Packs that go to and come from other people, for the editor page. The file, its signature and its check are those of `rondo pack export` and
//! `rondo pack import` ([`super::exchange`]); what came in is a draft until somebody saves it.

use std::collections::BTreeMap;
use std::path::Path;

use protocol::api::{ExportedPack, ImportFate, ImportedPack, PackExport, PackFault, PackFile, PackFiles, PackImport};

use super::exchange::{self, Refused};
use crate::keys::{KeyFault, SigningKey, fingerprint};

/// A sound pack as one signed file, or its faults. The key is made at first use.
pub(super) fn export(
    data: &Path,
    wanted: &PackExport,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<ExportedPack, KeyFault> {
    let pack = match packfiles::load(&wanted.id, files) {
        Ok(pack) => pack,
        Err(faults) => return Ok(broken(faults)),
    };
    let key = SigningKey::load_or_create(data)?;
    let Some(text) = exchange::write(&pack.id, files, &wanted.by, &key) else {
        return Ok(broken(vec![PackFault {
            file: "README.md".to_owned(),
            line: None,
            fault: "This is not UTF-8.".to_owned(),
            hint: "Save it as UTF-8.".to_owned(),
        }]));
    };
    Ok(ExportedPack {
        faults: Vec::new(),
        file: Some(PackFile {
            name: format!("{}-{}.rondo-pack.json", pack.id, pack.version),
            text,
        }),
        fingerprint: Some(fingerprint(key.public())),
    })
}

fn broken(faults: Vec<PackFault>) -> ExportedPack {
    ExportedPack {
        faults,
        file: None,
        fingerprint: None,
    }
}

/// What an exchange file holds: first whether it is unaltered, then whether the pack is whole.
pub fn import(file: &PackImport) -> ImportedPack {
    let refused = |fate, faults| ImportedPack {
        fate,
        faults,
        by: None,
        fingerprint: None,
        pack: None,
    };
    match exchange::read(file.text.as_bytes()) {
        Err(Refused::NotAPack) => refused(ImportFate::NotAPack, Vec::new()),
        Err(Refused::OtherFormat(_)) => refused(ImportFate::OtherFormat, Vec::new()),
        Err(Refused::Altered) => refused(ImportFate::Altered, Vec::new()),
        Err(Refused::Broken(faults)) => refused(ImportFate::Broken, faults),
        Ok(received) => ImportedPack {
            fate: ImportFate::Whole,
            faults: Vec::new(),
            by: Some(received.by),
            fingerprint: Some(received.fingerprint),
            pack: Some(PackFiles {
                id: received.pack.id,
                own: false,
                digest: None,
                files: super::library::shown(received.files),
                shared: Vec::new(),
            }),
        },
    }
}
