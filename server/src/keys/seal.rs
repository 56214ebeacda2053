//! Keys, what they are for, and the places that sealed texts belong to. The cipher itself is in the package `sealing`.

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sealing::KEY_BYTES;
pub(crate) use sealing::{Unreadable, draw};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// One symmetric key. It has no `Debug`, is not copied, and is wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Key([u8; KEY_BYTES]);

/// What a wrapped key is for; it stands in the associated data of the wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum KeyKind {
    /// A practice's own key, under the root key.
    Practice,
    /// A room's key.
    Group,
    /// The key of a participant of a room.
    Participant,
    /// The key of a facilitator's account.
    Account,
    /// The seed of the key that signs a practice's log.
    Log,
}

impl KeyKind {
    /// The word in the database and in associated data.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Practice => "practice",
            Self::Group => "group",
            Self::Participant => "participant",
            Self::Account => "account",
            Self::Log => "log",
        }
    }
}

/// The place a sealed text belongs to, built field by field. Every field carries its length, so that no two places look alike.
#[derive(Clone)]
pub(crate) struct Context(Vec<u8>);

impl Context {
    /// A place of this kind. The word also separates uses of one key from each other.
    pub(crate) fn of(purpose: &str) -> Self {
        Self(Vec::with_capacity(96)).with(purpose.as_bytes())
    }
    /// The same place, told more closely.
    #[must_use]
    pub(crate) fn with(mut self, field: &[u8]) -> Self {
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(field);
        self
    }
    /// The same place, told more closely by a 128-bit id.
    #[must_use]
    pub(crate) fn id(self, bits: u128) -> Self {
        self.with(&bits.to_be_bytes())
    }
    /// The same place, told more closely by a number.
    #[must_use]
    pub(crate) fn number(self, number: u64) -> Self {
        self.with(&number.to_be_bytes())
    }
}

impl Key {
    /// A new key from the operating system's source.
    pub(crate) fn draw() -> Self {
        let mut bytes = [0; KEY_BYTES];
        draw(&mut bytes);
        Self(bytes)
    }

    pub(crate) const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// `nonce || ciphertext || tag`.
    pub(crate) fn seal(&self, place: &Context, plain: &[u8]) -> Vec<u8> {
        sealing::seal(&self.0, &place.0, plain)
    }

    /// The plain text, or nothing at all.
    pub(crate) fn open(&self, place: &Context, sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        sealing::open(&self.0, &place.0, sealed)
    }

    /// Seals another key under this one.
    pub(crate) fn wrap(&self, place: &Context, key: &Key) -> Vec<u8> {
        self.seal(place, &key.0)
    }

    /// Opens a wrapped key.
    pub(crate) fn unwrap(&self, place: &Context, wrapped: &[u8]) -> Result<Key, Unreadable> {
        let mut plain = self.open(place, wrapped)?;
        let key = <[u8; KEY_BYTES]>::try_from(plain.as_slice())
            .map(Key)
            .map_err(|_| Unreadable);
        plain.zeroize();
        key
    }

    /// A key for one purpose, from which this one cannot be found (HKDF-SHA256).
    pub(crate) fn derive(&self, purpose: &str) -> Key {
        let mut bytes = [0; KEY_BYTES];
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(purpose.as_bytes(), &mut bytes)
            .expect("32 bytes are below HKDF's limit");
        Key(bytes)
    }

    /// HMAC-SHA256: a name for `text` that nobody without this key can work out.
    pub(crate) fn tag(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_under_its_key_at_its_place_and_nowhere_else() {
        let (key, other) = (Key::draw(), Key::draw());
        let place = Context::of("event").id(1).number(2);
        let sealed = key.seal(&place, b"said");
        assert_eq!(key.open(&place, &sealed), Ok(b"said".to_vec()));
        assert_eq!(other.open(&place, &sealed), Err(Unreadable));
        for elsewhere in [
            Context::of("event").id(1).number(3),
            Context::of("note").id(1).number(2),
            Context::of("event").id(1),
        ] {
            assert_eq!(key.open(&elsewhere, &sealed), Err(Unreadable));
        }
    }

    #[test]
    fn no_two_places_look_alike() {
        let (a, b) = (Context::of("ab").with(b"c"), Context::of("a").with(b"bc"));
        assert_ne!(a.0, b.0);
    }

    #[test]
    fn a_wrapped_key_opens_to_the_same_key() {
        let (outer, inner) = (Key::draw(), Key::draw());
        let place = Context::of("key");
        let opened = outer.unwrap(&place, &outer.wrap(&place, &inner)).ok();
        assert_eq!(opened.map(|key| key.0), Some(inner.0));
        let short = outer.seal(&place, &[1; KEY_BYTES - 1]);
        assert!(outer.unwrap(&place, &short).is_err());
    }
}
