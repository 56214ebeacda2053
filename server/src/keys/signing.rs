//! The key with which this server's operator signs packs for others (Ed25519, RFC 8032): 32 bytes of seed in one file of the data folder,
//! made at first use. It protects no data; who has it can only sign in this operator's name.

use std::io;
use std::path::Path;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::root::{KeyFault, Replace, RootKey, read_secret, write_secret};

/// The file's name in the data folder.
pub const SIGNING_KEY_FILE: &str = "signing.key";
/// Bytes of the file: the seed and nothing else.
const SEED_BYTES: usize = 32;

/// A key that signs. Its seed is not shown.
pub struct SigningKey(Ed25519KeyPair);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey([private])")
    }
}

impl SigningKey {
    /// Reads the folder's signing key, or makes one.
    pub fn load_or_create(folder: &Path) -> Result<Self, KeyFault> {
        match Self::load(folder) {
            Err(KeyFault::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        super::seal::draw(&mut *seed);
        match write_secret(folder, SIGNING_KEY_FILE, &*seed, Replace::Never) {
            // Another use of the same folder was quicker: its key counts.
            Err(KeyFault::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => Self::load(folder),
            Err(fault) => Err(fault),
            Ok(()) => Self::load(folder),
        }
    }

    /// The key with which this server signs records of what it destroyed. It comes out of the root key, so that no file more must be kept.
    pub(crate) fn for_records(root: &RootKey) -> Self {
        Self::from_seed(root.key().derive("rondo.records.1").bytes())
    }

    /// The key that grows from this seed.
    pub(crate) fn from_seed(seed: &[u8; SEED_BYTES]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are a seed"))
    }

    fn load(folder: &Path) -> Result<Self, KeyFault> {
        let path = folder.join(SIGNING_KEY_FILE);
        let seed = read_secret(&path, SEED_BYTES)?;
        let pair = (seed.len() == SEED_BYTES).then(|| Ed25519KeyPair::from_seed_unchecked(&seed));
        match pair {
            Some(Ok(pair)) => Ok(Self(pair)),
            _ => Err(KeyFault::NoSeed {
                file: path.display().to_string(),
            }),
        }
    }

    /// The key that others check with.
    pub fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Signs these bytes.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(bytes).as_ref().to_vec()
    }
}

/// Whether `signature` over `bytes` was made with the key whose public half is `public`.
pub fn is_signed(public: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public)
        .verify(bytes, signature)
        .is_ok()
}

/// A public key as two people can compare it on the phone: the first 16 bytes of its SHA-256, in groups of four hex digits.
pub fn fingerprint(public: &[u8]) -> String {
    let hash = Sha256::digest(public);
    let groups: Vec<String> = hash[..16]
        .chunks(2)
        .map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_first_use_makes_a_key_for_its_owner_alone_and_the_next_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let made = SigningKey::load_or_create(folder.path()).unwrap();
        let read = SigningKey::load_or_create(folder.path()).unwrap();
        assert_eq!(made.public(), read.public());
        let file = folder.path().join(SIGNING_KEY_FILE);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            SigningKey::load_or_create(folder.path()),
            Err(KeyFault::Exposed { .. })
        ));
    }

    #[test]
    fn a_file_of_another_length_is_refused_and_left_alone() {
        for length in [0, 31, 33] {
            let folder = tempfile::tempdir().unwrap();
            write_secret(folder.path(), SIGNING_KEY_FILE, &vec![7; length], Replace::Never).unwrap();
            let refused = SigningKey::load_or_create(folder.path());
            assert!(matches!(refused, Err(KeyFault::NoSeed { .. })), "{length}");
            assert_eq!(
                std::fs::read(folder.path().join(SIGNING_KEY_FILE)).unwrap().len(),
                length
            );
        }
    }

    #[test]
    fn a_signature_fits_its_bytes_and_its_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let key = SigningKey::load_or_create(folder.path()).unwrap();
        let stranger = SigningKey::load_or_create(other.path()).unwrap();
        let signature = key.sign(b"a pack");
        assert!(is_signed(key.public(), b"a pack", &signature));
        assert!(!is_signed(key.public(), b"a pick", &signature));
        assert!(!is_signed(stranger.public(), b"a pack", &signature));
        assert!(!is_signed(key.public(), b"a pack", &signature[..63]));
        assert!(!is_signed(b"no key", b"a pack", &signature));
        assert_ne!(fingerprint(key.public()), fingerprint(stranger.public()));
    }

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn it_signs_as_the_standard_says() {
        let hex = |text: &str| -> Vec<u8> {
            let digits: Vec<char> = text.chars().collect();
            let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
            digits.chunks(2).map(byte).collect()
        };
        let folder = tempfile::tempdir().unwrap();
        let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        write_secret(folder.path(), SIGNING_KEY_FILE, &seed, Replace::Never).unwrap();
        let key = SigningKey::load_or_create(folder.path()).unwrap();
        let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assert_eq!(key.public(), public);
        let signature = hex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert_eq!(key.sign(&[0x72]), signature);
    }
}
