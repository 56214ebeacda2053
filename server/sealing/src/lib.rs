//! Sealing: XChaCha20-Poly1305 with a random nonce and with the place a text belongs to as associated data.
//!
//! 192-bit nonces may be drawn at random for the life of a key. The associated data is never stored: it is said again when
//! opening, so that a ciphertext moved to another row, room or practice does not open.
//!
//! What keys there are and what places look like is the server's to say (`keys/seal.rs`). This is a package of its own because the cipher is made
//! of generic code, which is built as whoever uses it is: here it is optimised in test builds, too, and every event of every test is sealed.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};

/// Bytes of every key.
pub const KEY_BYTES: usize = 32;
/// Bytes of an XChaCha nonce.
const NONCE_BYTES: usize = 24;
/// Bytes of a Poly1305 tag.
const TAG_BYTES: usize = 16;

/// A text that does not open: another key, another place, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed text does not open under this key at this place")]
pub struct Unreadable;

/// `nonce || ciphertext || tag`.
pub fn seal(key: &[u8; KEY_BYTES], place: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(NONCE_BYTES + plain.len() + TAG_BYTES);
    sealed.resize(NONCE_BYTES, 0);
    draw(&mut sealed);
    let nonce = XNonce::try_from(&sealed[..]).expect("a nonce was just drawn at its length");
    sealed.extend_from_slice(plain);
    let tag = XChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(&nonce, place, (&mut sealed[NONCE_BYTES..]).into())
        .expect("texts here are far below the cipher's 256 GiB");
    sealed.extend_from_slice(&tag);
    sealed
}

/// The plain text, or nothing at all.
pub fn open(key: &[u8; KEY_BYTES], place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Unreadable)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(Unreadable)?;
    let mut plain = ciphertext.to_vec();
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            place,
            plain.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .map_err(|_| Unreadable)?;
    Ok(plain)
}

/// Fills `bytes` from the operating system. A server without randomness must not go on.
pub fn draw(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; KEY_BYTES] = [7; KEY_BYTES];

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let sealed = seal(&KEY, b"event", b"said");
        assert_eq!(open(&KEY, b"event", &sealed), Ok(b"said".to_vec()));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&KEY, b"event", &changed), Err(Unreadable));
            assert_eq!(open(&KEY, b"event", &sealed[..at]), Err(Unreadable));
        }
    }

    #[test]
    fn the_same_text_sealed_twice_differs() {
        assert_ne!(seal(&KEY, b"x", b"said"), seal(&KEY, b"x", b"said"));
    }
}
