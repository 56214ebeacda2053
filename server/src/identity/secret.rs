//! Secrets that browsers and links carry: 256 random bits, kept here only as their SHA-256.
//!
//! A plain hash is enough, unlike for passphrases: nobody can try 2^256 values, so there is nothing to slow down.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::Private;
use sha2::{Digest, Sha256};

const SECRET_BYTES: usize = 32;
/// 32 bytes in base64url without padding.
const SECRET_CHARS: usize = 43;

/// What is kept of a secret.
pub(crate) type SecretHash = [u8; 32];

/// A new secret as it travels, and what is kept of it.
pub(crate) fn draw() -> (Private<String>, SecretHash) {
    let bytes: [u8; SECRET_BYTES] = random();
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let hash = hash(&text);
    (Private(text), hash)
}

/// The hash of a secret that came in; none where it cannot be one of ours.
pub(crate) fn read(text: &str) -> Option<SecretHash> {
    let plain = text.len() == SECRET_CHARS
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    plain.then(|| hash(text))
}

/// Random bits for ids, salts and secrets.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random source works; nothing may be secret without it");
    bytes
}

/// 128 random bits, for ids.
pub(crate) fn random_bits() -> u128 {
    u128::from_be_bytes(random())
}

fn hash(text: &str) -> SecretHash {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_again_by_its_hash_and_only_in_its_one_spelling() {
        let (secret, hash) = draw();
        assert_eq!(read(secret.expose()), Some(hash));
        assert_ne!(draw().1, hash);
        for other in [
            String::new(),
            format!("{}=", secret.expose()),
            secret.expose()[1..].to_owned(),
            "ä".repeat(22),
        ] {
            assert_eq!(read(&other), None);
        }
    }
}
