//! A pack as one file that can be sent: JSON with every file of the pack, and who signed it.
//!
//! What is signed are not the bytes of the JSON but the canonical bytes of what it says: each part after its length, so that no two packs
//! run together into the same bytes, and a mailer that reflows the JSON does no harm. A signature says that the file is as its signer made
//! it. Who that is, people settle between themselves, by comparing the fingerprint.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use packfiles::limits;
use protocol::api::PackFault;
use protocol::pack::Pack;
use serde::{Deserialize, Serialize};

use crate::keys::{SigningKey, fingerprint, is_signed};

/// What the first field says, and what the signed bytes begin with.
const FORMAT: &str = "rondo-pack/1";
/// An exchange file, in bytes: a pack of several languages fits many times over.
pub(crate) const MAX_EXCHANGE_BYTES: usize = 16 * 1024 * 1024;
/// Characters of the name under which a pack is signed.
pub(crate) const MAX_SIGNER_CHARS: usize = 120;

/// Whether somebody can sign under this name: one line, not too long.
pub(crate) fn is_signer(by: &str) -> bool {
    by.chars().count() <= MAX_SIGNER_CHARS && !by.chars().any(char::is_control)
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    format: String,
    /// The name of the pack's folder.
    pack: String,
    files: BTreeMap<String, String>,
    signed: Signed,
}

/// Who signed it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// What the signer calls themselves. A claim: only the key is proven.
    by: String,
    /// The public key, Base64.
    key: String,
    /// Over the canonical bytes, Base64.
    signature: String,
}

/// A pack that came in an exchange file: as it was signed, and sound.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) pack: Pack,
    pub(crate) by: String,
    pub(crate) fingerprint: String,
}

/// Why an exchange file is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("This is not a pack that was exported by Rondo.")]
    NotAPack,
    #[error("This pack was exported by another version of Rondo ({0}); this one reads {FORMAT}.")]
    OtherFormat(String),
    #[error(
        "The signature does not fit: the file was altered after it was signed, or it was damaged on the way. Ask for it again."
    )]
    Altered,
    #[error("The pack is signed and unaltered, but broken.")]
    Broken(Vec<PackFault>),
}

/// Writes a pack's files as one signed file. Nothing where a file is not UTF-8, which the check refuses for all but the read-me.
pub(crate) fn write(name: &str, files: &BTreeMap<String, Vec<u8>>, by: &str, key: &SigningKey) -> Option<String> {
    let texts = files
        .iter()
        .map(|(name, bytes)| Some((name.clone(), String::from_utf8(bytes.clone()).ok()?)));
    let files: BTreeMap<String, String> = texts.collect::<Option<_>>()?;
    let signature = key.sign(&canonical(name, &files, by, key.public()));
    let exchange = Exchange {
        format: FORMAT.to_owned(),
        pack: name.to_owned(),
        files,
        signed: Signed {
            by: by.to_owned(),
            key: BASE64.encode(key.public()),
            signature: BASE64.encode(signature),
        },
    };
    let mut text = serde_json::to_string_pretty(&exchange).ok()?;
    text.push('\n');
    Some(text)
}

/// Reads an exchange file: first that it is unaltered, then that the pack is sound.
pub(crate) fn read(bytes: &[u8]) -> Result<Received, Refused> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|_| Refused::NotAPack)?;
    match value.get("format").and_then(serde_json::Value::as_str) {
        Some(FORMAT) => {}
        Some(other) if other.starts_with("rondo-pack/") => {
            return Err(Refused::OtherFormat(other.chars().take(24).collect()));
        }
        _ => return Err(Refused::NotAPack),
    }
    // What does not read as it was written was altered too: a field more, a field less, a number for a text.
    let exchange: Exchange = serde_json::from_value(value).map_err(|_| Refused::Altered)?;
    let decoded = |text: &str| BASE64.decode(text).map_err(|_| Refused::Altered);
    let (key, signature) = (decoded(&exchange.signed.key)?, decoded(&exchange.signed.signature)?);
    let signed = canonical(&exchange.pack, &exchange.files, &exchange.signed.by, &key);
    if !is_signed(&key, &signed, &signature) {
        return Err(Refused::Altered);
    }
    let by = exchange.signed.by;
    let files = exchange.files.into_iter();
    let files: BTreeMap<String, Vec<u8>> = files.map(|(name, text)| (name, text.into_bytes())).collect();
    let mut checked = packfiles::load(&exchange.pack, &files);
    // A name that leads out of the folder belongs to no pack, whatever the check of its words says.
    if let Some(name) = std::iter::once(&exchange.pack)
        .chain(files.keys())
        .find(|name| leads_out(name))
    {
        checked = Err(vec![PackFault {
            file: name.chars().take(limits::MAX_TITLE_CHARS).collect(),
            line: None,
            fault: "This name leads out of the pack's folder.".to_owned(),
            hint: "Do not use this pack.".to_owned(),
        }]);
    }
    match checked {
        Ok(pack) => Ok(Received {
            files,
            pack,
            by,
            fingerprint: fingerprint(&key),
        }),
        Err(faults) => Err(Refused::Broken(faults)),
    }
}

fn leads_out(name: &str) -> bool {
    name.split('/').any(|part| part.is_empty() || part.starts_with('.')) || name.contains('\\')
}

/// What is signed: the format, the pack's name, the signer's name and key, then each file's name and text, all after their lengths.
fn canonical(pack: &str, files: &BTreeMap<String, String>, by: &str, key: &[u8]) -> Vec<u8> {
    let head: [&[u8]; 4] = [FORMAT.as_bytes(), pack.as_bytes(), by.as_bytes(), key];
    let files = files.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]);
    let mut bytes = Vec::new();
    for part in head.into_iter().chain(files) {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> (&'static str, &'static BTreeMap<String, Vec<u8>>) {
        let folders = packfiles::builtin();
        let (name, files) = folders
            .iter()
            .find(|(name, _)| *name == "circle-round")
            .expect("a pack");
        (name, files)
    }

    fn key() -> SigningKey {
        let folder = tempfile::tempdir().unwrap();
        SigningKey::load_or_create(folder.path()).unwrap()
    }

    fn exported() -> String {
        let (name, files) = sound();
        write(name, files, "House by the lake", &key()).unwrap()
    }

    #[test]
    fn what_was_exported_comes_back_whole_and_says_who_signed() {
        let (name, files) = sound();
        let key = key();
        let text = write(name, files, "House by the lake", &key).unwrap();
        let received = read(text.as_bytes()).unwrap();
        assert_eq!(received.files, *files);
        assert_eq!(
            received.pack,
            packfiles::load(name, files).unwrap(),
            "with the same digest"
        );
        assert_eq!(
            (received.by.as_str(), received.fingerprint),
            ("House by the lake", fingerprint(key.public()))
        );
    }

    #[test]
    fn the_layout_of_the_file_may_change_and_nothing_it_says_may() {
        let text = exported();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(read(value.to_string().as_bytes()).is_ok(), "on one line");

        let altered = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut value = value.clone();
            change(&mut value);
            assert_ne!(
                value,
                serde_json::from_str::<serde_json::Value>(&text).unwrap(),
                "something was altered"
            );
            read(value.to_string().as_bytes())
        };
        let changes: [&dyn Fn(&mut serde_json::Value); 10] = [
            &|v| v["pack"] = "circle-open".into(),
            &|v| v["signed"]["by"] = "Somebody else".into(),
            &|v| v["signed"]["key"] = BASE64.encode([7; 32]).into(),
            &|v| v["signed"]["key"] = "no base64".into(),
            &|v| v["signed"]["signature"] = BASE64.encode([7; 64]).into(),
            &|v| v["files"]["README.md"] = "Use it as you like.".into(),
            &|v| v["files"]["text/fr.toml"] = "title = \"x\"".into(),
            &|v| _ = v["files"].as_object_mut().unwrap().remove("text/es.toml"),
            &|v| v["more"] = 1.into(),
            &|v| _ = v.as_object_mut().unwrap().remove("signed"),
        ];
        for (number, change) in changes.iter().enumerate() {
            assert!(matches!(altered(change), Err(Refused::Altered)), "change {number}");
        }
        let words = |v: &mut serde_json::Value| {
            let text = v["files"]["text/en.toml"]
                .as_str()
                .unwrap()
                .replacen("circle", "circus", 1);
            v["files"]["text/en.toml"] = text.into();
        };
        assert!(matches!(altered(&words), Err(Refused::Altered)), "one word");
    }

    #[test]
    fn every_single_bit_of_the_content_counts() {
        let text = exported();
        let from = text.find("\"files\"").unwrap();
        let mut lots: u64 = 0x5eed;
        for _ in 0..200 {
            lots = lots
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = from + usize::try_from(lots >> 33).unwrap() % (text.len() - from);
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << (lots % 7);
            if let Ok(received) = read(&bytes) {
                assert_eq!(received.files, *sound().1, "only layout may have changed at {at}");
            }
        }
    }

    #[test]
    fn a_file_that_is_no_pack_is_refused_in_words() {
        for text in ["", "{", "[]", "{}", "{\"format\":\"else\"}", "\u{0}"] {
            assert!(matches!(read(text.as_bytes()), Err(Refused::NotAPack)), "{text:?}");
        }
        assert!(matches!(
            read(b"{\"format\":\"rondo-pack/2\"}"),
            Err(Refused::OtherFormat(_))
        ));
    }

    #[test]
    fn a_pack_that_is_broken_or_leads_out_of_its_folder_is_refused_though_it_is_signed() {
        let (name, files) = sound();
        let mut broken = files.clone();
        broken.insert("pack.toml".to_owned(), b"id = \"circle-round\"".to_vec());
        let text = write(name, &broken, "x", &key()).unwrap();
        assert!(matches!(read(text.as_bytes()), Err(Refused::Broken(_))));

        for way_out in [
            "../evil.toml",
            "text/../../evil.toml",
            "/etc/evil",
            "text/.hidden.toml",
            "..\\evil",
        ] {
            let mut files = files.clone();
            files.insert(way_out.to_owned(), Vec::new());
            let text = write(name, &files, "x", &key()).unwrap();
            let Err(Refused::Broken(faults)) = read(text.as_bytes()) else {
                panic!("{way_out}");
            };
            assert!(
                faults.iter().any(|fault| fault.fault.contains("leads out")),
                "{faults:?}"
            );
        }
        let text = write("..", files, "x", &key()).unwrap();
        assert!(matches!(read(text.as_bytes()), Err(Refused::Broken(_))));
    }
}
