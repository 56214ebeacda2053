//! Identifiers. Each kind has a prefix and refuses to parse as another kind, so that a room can never be taken for a person.
//!
//! Two families: *lasting* ids are 128 random bits, written as 32 lower-case hex digits (`rm_0123…`); *counted* ids are
//! numbered by the room that owns them (`tu_7`), so that a replay numbers them the same way.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAnId {
    /// The prefix that was expected, without its underscore.
    pub expected: &'static str,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an identifier of the kind {}_…", self.expected)
    }
}

impl std::error::Error for NotAnId {}

/// Digits of a lasting id.
const DIGITS: usize = 32;

/// Writes a lasting id into `text` behind its prefix: a view names sixty people and a room makes a hundred views a second, so this goes
/// past the formatting machinery, which fills up with zeros one by one.
fn write_digits(bits: u128, text: &mut [u8; DIGITS]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in text.chunks_exact_mut(2).zip(bits.to_be_bytes()) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 0x0f)];
    }
}

macro_rules! shared {
    ($name:ident, $prefix:literal, $pattern:expr) => {
        impl $name {
            /// The prefix, without its underscore.
            pub const PREFIX: &'static str = $prefix;
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("an identifier ", $prefix, "_…"))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                d.deserialize_str(Text)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

macro_rules! lasting {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);
        impl $name {
            /// From 128 bits; the caller draws them from a secure source.
            pub const fn from_bits(bits: u128) -> Self { Self(bits) }
            /// The 128 bits.
            pub const fn bits(self) -> u128 { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{:032x}"), self.0)
            }
        }
        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let no = NotAnId { expected: $prefix };
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or(no.clone())?;
                let plain = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if !plain { return Err(no); }
                u128::from_str_radix(digits, 16).map(Self).map_err(|_| no)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                let mut text = [0; Self::PREFIX.len() + 1 + DIGITS];
                let (prefix, digits) = text.split_last_chunk_mut().expect("the digits stand behind the prefix");
                prefix.copy_from_slice(concat!($prefix, "_").as_bytes());
                write_digits(self.0, digits);
                s.serialize_str(std::str::from_utf8(&text).expect("an id is plain text"))
            }
        }
        shared!($name, $prefix, concat!("^", $prefix, "_[0-9a-f]{32}$"));
    };
}

macro_rules! counted {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0)
            }
        }
        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let no = NotAnId { expected: $prefix };
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or(no.clone())?;
                let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
                if !plain { return Err(no); }
                digits.parse().map(Self).map_err(|_| no)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        shared!($name, $prefix, concat!("^", $prefix, "_(0|[1-9][0-9]{0,9})$"));
    };
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);
        impl $name {
            /// The name as it stands in the pack.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let fits = !text.is_empty()
                    && text.len() <= MAX_NAMED_ID_BYTES
                    && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
                if fits { Ok(Self(text.to_owned())) } else { Err(NotAnId { expected: $prefix }) }
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }
        shared!($name, $prefix, "^[a-z0-9.-]{1,64}$");
    };
}

/// Names that a pack's author chooses (steps, prompts): long enough for `mood-round.link-both-ways`, short enough for a log line.
pub const MAX_NAMED_ID_BYTES: usize = 64;

lasting!(/// A practice: the tenant that owns rooms, accounts and keys.
    PracticeId, "pr");
lasting!(/// A room: the lasting place where a course is held.
    RoomId, "rm");
lasting!(/// Anyone who can be present in a room.
    ParticipantId, "pa");
lasting!(/// A facilitator's account.
    AccountId, "ac");
lasting!(/// A personal invite link.
    InviteId, "in");
lasting!(/// A link with which a colleague makes their account.
    ColleagueLinkId, "cl");
lasting!(/// Somebody's asking to read a room for an hour.
    LookInId, "lo");
lasting!(/// A client-made name of one command: the key of "exactly once".
    CommandId, "cm");
counted!(/// One turn on the floor. It names the turn, not the person.
    TurnId, "tu");
counted!(/// One request for the floor (RFC 8855 calls it the same).
    RequestId, "rq");
counted!(/// A circle inside a room. `ci_0` is the room's own circle.
    CircleId, "ci");
named!(/// A step of a pack (`mood-round`).
    StepId, "step");
named!(/// A prompt of a pack (`mood-round.link`).
    PromptId, "prompt");

impl CircleId {
    /// The room's own circle.
    pub const MAIN: CircleId = CircleId(0);
}
