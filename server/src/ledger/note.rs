//! What a log says of itself: a *checkpoint* (C2SP tlog-checkpoint: name, length, root) as a *signed note* (C2SP signed-note, Ed25519), and the
//! key to check it with, in the spelling that other tools for such logs read.
//!
//! ```text
//! rondo/pr_06c1…
//! 1042
//! qINS1GRFWG…=
//!
//! — rondo/pr_06c1… Az3grl…==
//! ```

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::tree::{Hash, Head};
use crate::keys::{SigningKey, is_signed};

/// The algorithm byte of Ed25519 in a signed note's key.
const ED25519: u8 = 1;
/// Longer than any note that is written here, with room for a few witnesses' signatures.
const MAX_NOTE_BYTES: usize = 16 * 1024;
/// Longest name of a key that is read.
const MAX_NAME_BYTES: usize = 256;

/// The key to check a log's notes with: its name, and the public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    public: [u8; 32],
}

impl NoteKey {
    /// A key under this name; nothing for a name that a note could not carry.
    pub fn new(name: &str, public: [u8; 32]) -> Option<Self> {
        let sayable = |sign: char| !sign.is_whitespace() && !sign.is_control() && sign != '+';
        let fits = !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.chars().all(sayable);
        fits.then(|| Self {
            name: name.to_owned(),
            public,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Which key signed, in four bytes: for telling keys apart, not for trust.
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update(b"\n")
            .chain_update([ED25519])
            .chain_update(self.public)
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ED25519], &self.public[..]].concat());
        write!(f, "{}+{:08x}+{key}", self.name, u32::from_be_bytes(self.id()))
    }
}

/// A text that is not the key of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the key of a log")]
pub struct NoKey;

impl FromStr for NoteKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoKey);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoKey)?;
        let public = match bytes.split_first() {
            Some((&ED25519, public)) => public.try_into().map_err(|_| NoKey)?,
            _ => return Err(NoKey),
        };
        let key = Self::new(name, public).ok_or(NoKey)?;
        let spelled = format!("{:08x}", u32::from_be_bytes(key.id()));
        if spelled == id { Ok(key) } else { Err(NoKey) }
    }
}

/// Why a note is not the word of this log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    #[error("it is not written as a signed note")]
    Malformed,
    #[error("it is not written as a checkpoint")]
    NoCheckpoint,
    #[error("it speaks of another log")]
    AnotherLog,
    #[error("it carries no signature of this log's key")]
    Unsigned,
    #[error("its signature does not fit")]
    Forged,
}

/// Writes and signs a checkpoint.
pub fn write(key: &NoteKey, signer: &SigningKey, head: &Head) -> String {
    let text = format!("{}\n{}\n{}\n", key.name, head.size, STANDARD.encode(head.root));
    let signed = [&key.id()[..], &signer.sign(text.as_bytes())].concat();
    format!("{text}\n\u{2014} {} {}\n", key.name, STANDARD.encode(signed))
}

/// Reads a checkpoint that this key signed.
pub fn read(key: &NoteKey, note: &str) -> Result<Head, NoteFault> {
    let (origin, head) = parts(signed(key, note)?).ok_or(NoteFault::NoCheckpoint)?;
    if origin == key.name {
        Ok(head)
    } else {
        Err(NoteFault::AnotherLog)
    }
}

/// A note's text, if this key signed it. Signatures of others, of witnesses say, are passed over.
fn signed<'n>(key: &NoteKey, note: &'n str) -> Result<&'n str, NoteFault> {
    let lawful = note.len() <= MAX_NOTE_BYTES
        && note.ends_with('\n')
        && !note.chars().any(|sign| sign.is_control() && sign != '\n');
    if !lawful {
        return Err(NoteFault::Malformed);
    }
    // The text is everything up to the last empty line.
    let end = note.rfind("\n\n").ok_or(NoteFault::Malformed)?;
    let (text, signatures) = (&note[..=end], &note[end + 2..]);
    let mut fits = false;
    for line in signatures.lines() {
        let (name, signature) = line
            .strip_prefix("\u{2014} ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or(NoteFault::Malformed)?;
        let bytes = STANDARD.decode(signature).map_err(|_| NoteFault::Malformed)?;
        let (id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteFault::Malformed)?;
        if name == key.name && *id == key.id() {
            if !is_signed(&key.public, text.as_bytes(), signature) {
                return Err(NoteFault::Forged);
            }
            fits = true;
        }
    }
    if fits { Ok(text) } else { Err(NoteFault::Unsigned) }
}

/// A checkpoint's name and what it says. Lines behind the third are extensions, which nobody here reads.
fn parts(text: &str) -> Option<(&str, Head)> {
    let mut lines = text.split('\n');
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let plain = size == "0" || !size.starts_with('0') && size.bytes().all(|sign| sign.is_ascii_digit());
    let root: Hash = STANDARD.decode(root).ok()?.try_into().ok()?;
    let head = Head {
        size: plain.then(|| size.parse().ok()).flatten()?,
        root,
    };
    (!origin.is_empty()).then_some((origin, head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> (SigningKey, NoteKey) {
        let signer = SigningKey::from_seed(&[7; 32]);
        let key = NoteKey::new("rondo/a", signer.public().try_into().unwrap()).unwrap();
        (signer, key)
    }

    fn head() -> Head {
        Head {
            size: 1042,
            root: [9; 32],
        }
    }

    #[test]
    fn a_checkpoint_reads_back_under_its_key_alone() {
        let (signer, key) = signer();
        let note = write(&key, &signer, &head());
        assert_eq!(read(&key, &note), Ok(head()));
        let stranger = NoteKey::new("rondo/a", [3; 32]).unwrap();
        assert_eq!(read(&stranger, &note), Err(NoteFault::Unsigned));
        let renamed = NoteKey::new("rondo/b", *key.public()).unwrap();
        assert_eq!(read(&renamed, &note), Err(NoteFault::Unsigned));
    }

    #[test]
    fn a_note_of_another_log_by_the_same_key_is_not_taken() {
        let (signer, key) = signer();
        let text = format!("rondo/b\n1\n{}\n", STANDARD.encode([9; 32]));
        let signed = [&key.id()[..], &signer.sign(text.as_bytes())].concat();
        let note = format!("{text}\n\u{2014} rondo/a {}\n", STANDARD.encode(signed));
        assert_eq!(read(&key, &note), Err(NoteFault::AnotherLog));
    }

    #[test]
    fn no_sign_of_a_note_can_be_changed_or_lost() {
        let (signer, key) = signer();
        let note = write(&key, &signer, &head());
        for (at, sign) in note.char_indices() {
            let mut changed = note.clone();
            let other = if sign == 'x' { "y" } else { "x" };
            changed.replace_range(at..at + sign.len_utf8(), other);
            assert!(read(&key, &changed).is_err(), "{changed}");
            assert!(read(&key, &note[..at]).is_err());
        }
    }

    #[test]
    fn a_witness_may_sign_beside_and_an_extension_may_stand_behind() {
        let (signer, key) = signer();
        let text = format!("rondo/a\n5\n{}\nextended\n", STANDARD.encode([9; 32]));
        let signed = STANDARD.encode([&key.id()[..], &signer.sign(text.as_bytes())].concat());
        let witness = STANDARD.encode([1; 72]);
        let note = format!("{text}\n\u{2014} witness {witness}\n\u{2014} rondo/a {signed}\n");
        assert_eq!(read(&key, &note).unwrap().size, 5);
    }

    #[test]
    fn sizes_are_spelled_in_one_way() {
        for size in ["", "01", "+1", "-1", " 1", "1 ", "18446744073709551616", "1e3"] {
            assert!(
                parts(&format!("a\n{size}\n{}\n", STANDARD.encode([0; 32]))).is_none(),
                "{size:?}"
            );
        }
        assert!(parts(&format!("a\n0\n{}\n", STANDARD.encode([0; 32]))).is_some());
    }

    #[test]
    fn a_key_reads_back_and_a_mistyped_one_does_not() {
        let (_, key) = signer();
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key));
        for (at, _) in text.char_indices().take(text.len() - 2) {
            let mut changed = text.clone();
            let other = if text.as_bytes()[at] == b'x' { "y" } else { "x" };
            changed.replace_range(at..=at, other);
            assert_eq!(changed.parse::<NoteKey>(), Err(NoKey), "{changed}");
        }
    }

    /// The note that Go's checksum database, where the format comes from, is tested with.
    #[test]
    fn a_note_and_its_key_are_spelled_as_elsewhere() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key = text.parse::<NoteKey>().unwrap();
        assert_eq!(key.to_string(), text);
        let said =
            "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let note = format!(
            "{said}\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        );
        assert_eq!(signed(&key, &note), Ok(said));
        assert_eq!(signed(&key, &note.replace("answer", "ansser")), Err(NoteFault::Forged));
        assert_eq!(read(&key, &note), Err(NoteFault::NoCheckpoint));
    }

    /// The example of `protocol/fixtures/api/log_head.json`, which another implementation wrote and the page's tests read.
    #[test]
    fn a_checkpoint_is_written_sign_for_sign_as_another_implementation_writes_it() {
        let signer = SigningKey::from_seed(&[7; 32]);
        let key = NoteKey::new("rondo/pr_1", signer.public().try_into().unwrap()).unwrap();
        let root = STANDARD.decode("XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=").unwrap();
        let head = Head {
            size: 8,
            root: root.try_into().unwrap(),
        };
        let file = include_str!("../../../protocol/fixtures/api/log_head.json");
        let example: serde_json::Value = serde_json::from_str(file).unwrap();
        assert_eq!(example["checkpoint"], write(&key, &signer, &head));
        assert_eq!(example["key"], key.to_string());
    }

    #[test]
    fn a_name_that_a_note_cannot_carry_is_no_name() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
            assert_eq!(NoteKey::new(name, [0; 32]), None, "{name:?}");
        }
    }
}
