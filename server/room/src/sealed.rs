//! Personal text inside events and state: sealed under one person's key, so that destroying the key erases the text everywhere.
//!
//! Rules never read it. The hub seals what a decision made before it is journaled, and opens what a replay brought back. What is
//! written out is the ciphertext alone: a text that has not been sealed yet refuses to be written.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use protocol::{ParticipantId, Private};
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeStruct as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One person's text.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedText {
    person: ParticipantId,
    cipher: Option<Arc<[u8]>>,
    clear: Option<Arc<str>>,
}

impl SealedText {
    /// A text that nobody has sealed yet.
    pub fn fresh(person: ParticipantId, text: &str) -> Self {
        Self {
            person,
            cipher: None,
            clear: Some(text.into()),
        }
    }

    /// Whose text it is.
    pub fn person(&self) -> ParticipantId {
        self.person
    }

    /// The text; `None` while it is shut and for ever once it is erased.
    pub fn text(&self) -> Option<Private<String>> {
        self.clear.as_deref().map(Private::from)
    }

    /// Seals a fresh text with `seal`; leaves a sealed one alone.
    pub fn seal_with<E>(&mut self, seal: impl FnOnce(ParticipantId, &str) -> Result<Vec<u8>, E>) -> Result<(), E> {
        if let (None, Some(clear)) = (&self.cipher, &self.clear) {
            self.cipher = Some(seal(self.person, clear)?.into());
        }
        Ok(())
    }

    /// Opens a shut text with `open`; `None` from it means that the key is gone.
    pub fn open_with(&mut self, open: impl FnOnce(ParticipantId, &[u8]) -> Option<String>) {
        if let (Some(cipher), None, false) = (&self.cipher, &self.clear, self.is_emptied()) {
            self.clear = open(self.person, cipher).map(Into::into);
        }
    }

    /// Forgets the clear text, as after the key was destroyed.
    pub fn shut(&mut self) {
        self.clear = None;
    }

    /// Forgets the text and its ciphertext: whose it was is all that is left.
    pub fn empty(&mut self) {
        self.cipher = Some(Arc::from([]));
        self.clear = None;
    }

    /// Whether there is nothing left to open.
    pub fn is_emptied(&self) -> bool {
        self.cipher.as_ref().is_some_and(|cipher| cipher.is_empty())
    }
}

impl std::fmt::Debug for SealedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[sealed for {}]", self.person)
    }
}

impl Serialize for SealedText {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let cipher = self
            .cipher
            .as_ref()
            .ok_or_else(|| S::Error::custom("a personal text left the room unsealed"))?;
        let mut out = s.serialize_struct("SealedText", 2)?;
        out.serialize_field("person", &self.person)?;
        out.serialize_field("sealed", &BASE64.encode(cipher))?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for SealedText {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            person: ParticipantId,
            sealed: String,
        }
        let Written { person, sealed } = Written::deserialize(d)?;
        let cipher = BASE64.decode(sealed).map_err(D::Error::custom)?;
        Ok(Self {
            person,
            cipher: Some(cipher.into()),
            clear: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsealed_text_refuses_to_be_written() {
        let text = SealedText::fresh(ParticipantId::from_bits(1), "grief");
        assert!(serde_json::to_string(&text).is_err());
    }

    #[test]
    fn an_erased_text_stays_written_as_it_was_and_opens_to_nothing() {
        let mut text = SealedText::fresh(ParticipantId::from_bits(1), "grief");
        text.seal_with::<()>(|_, clear| Ok(clear.bytes().map(|b| b ^ 0x55).collect()))
            .unwrap();
        let written = serde_json::to_string(&text).unwrap();
        assert!(!written.contains("grief"));
        let mut back: SealedText = serde_json::from_str(&written).unwrap();
        back.open_with(|_, _| None);
        assert_eq!(back.text(), None);
        assert_eq!(serde_json::to_string(&back).unwrap(), written);
    }
}
