//! What nodes say to each other, and how it is written: a head in JSON, so that the next release may add to it, and bytes as they are.
//!
//! Sealed under a key that only nodes of this house have ([`Envelope`]): whoever reaches the bus can lose, double and reorder, which it may do
//! anyway, and can neither read nor invent anything.

use std::ops::RangeInclusive;

use bytes::Bytes;
use protocol::wire::CloseCode;
use protocol::{ParticipantId, Private, Role, RoomId};
use serde::{Deserialize, Serialize};

use crate::keys::{Context, Key, draw};
use crate::store::NodeId;

/// What is written. A release that brings a new version reads it already and still writes the one before; the release after it writes the new one.
/// So nodes of two releases in a row understand each other both ways, and a cluster is renewed node by node. A field more, or a kind of letter more,
/// is no new version: what is not known of a head is passed over, and a letter that is not known is lost, as on a bus.
const WRITES: u8 = 1;
/// What is read.
const READS: RangeInclusive<u8> = 1..=1;

/// One line through two nodes: numbered and drawn by the relay, for one owner and one connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LineId(u128);

impl std::fmt::Debug for LineId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LineId({})", self.number())
    }
}

impl From<LineId> for String {
    fn from(id: LineId) -> Self {
        format!("{:032x}", id.0)
    }
}

impl TryFrom<String> for LineId {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16).map(Self)
    }
}

impl LineId {
    /// The relay's line of this number.
    pub fn new(number: u64) -> Self {
        let mut bits = [0; 8];
        draw(&mut bits);
        Self((u128::from(number) << 64) | u128::from(u64::from_be_bytes(bits)))
    }

    /// How many lines its relay had opened by then.
    pub const fn number(self) -> u64 {
        (self.0 >> 64) as u64
    }
}

/// Who comes over a line. Everything about them was checked by the relay's door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub participant: ParticipantId,
    pub role: Role,
    pub name: Private<String>,
    pub let_in: bool,
}

/// How a line is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goodbye {
    code: u16,
    pub reason: String,
}

impl Goodbye {
    pub fn new(code: CloseCode, reason: String) -> Self {
        Self {
            code: code.number(),
            reason,
        }
    }

    /// The code; one that only a later release knows means "come back".
    pub fn code(&self) -> CloseCode {
        let known = CloseCode::ALL.iter().find(|code| code.number() == self.code);
        known.copied().unwrap_or(CloseCode::RoomRestarting)
    }
}

/// A letter from one node to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    // From a relay.
    /// Somebody is there.
    Hello { line: LineId, room: RoomId, who: Who },
    /// A page said something: a message of the wire, or a note's frame.
    Says {
        line: LineId,
        number: u64,
        is_note: bool,
        #[serde(skip)]
        bytes: Bytes,
    },
    /// They are gone.
    Gone { line: LineId },
    /// How much was said on the lines of a room.
    Beat {
        room: RoomId,
        number: u64,
        said: Vec<(LineId, u64)>,
    },
    /// The newest view was lost.
    Again { line: LineId },

    // From an owner.
    /// How much was sent on those of these lines that the owner has.
    Answer {
        room: RoomId,
        number: u64,
        sent: Vec<(LineId, u64, u64)>,
    },
    /// A frame of the ordered lane.
    Frame {
        room: RoomId,
        line: LineId,
        number: u64,
        is_note: bool,
        #[serde(skip)]
        bytes: Bytes,
    },
    /// A view: what its audience shares, and then what is one person's own.
    View {
        room: RoomId,
        line: LineId,
        number: u64,
        shared: u32,
        #[serde(skip)]
        bytes: Bytes,
    },
    /// The line is closed.
    Close {
        room: RoomId,
        line: LineId,
        ordered: u64,
        views: u64,
        goodbye: Goodbye,
    },
}

impl Letter {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Says { bytes, .. } | Self::Frame { bytes, .. } | Self::View { bytes, .. } => bytes,
            _ => &[],
        }
    }

    fn write(&self) -> Vec<u8> {
        let head = serde_json::to_vec(self).expect("a head of plain data can be written");
        let length = u32::try_from(head.len()).expect("a head is short");
        let bytes = self.bytes();
        let mut all = Vec::with_capacity(5 + head.len() + bytes.len());
        all.push(WRITES);
        all.extend(length.to_be_bytes());
        all.extend(head);
        all.extend(bytes);
        all
    }

    fn read(all: Vec<u8>) -> Option<Self> {
        let all = Bytes::from(all);
        let (version, rest) = all.split_first()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        if !READS.contains(version) || rest.len() < length {
            return None;
        }
        let mut letter: Self = serde_json::from_slice(&rest[..length]).ok()?;
        let after = all.slice(5 + length..);
        match &mut letter {
            Self::View { shared, bytes, .. } if (*shared as usize) <= after.len() => *bytes = after,
            Self::View { .. } => return None,
            Self::Says { bytes, .. } | Self::Frame { bytes, .. } => *bytes = after,
            _ => {}
        }
        Some(letter)
    }
}

/// Seals letters to one node and opens those that come.
pub struct Envelope {
    key: Key,
    me: NodeId,
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Envelope")
    }
}

impl Envelope {
    pub(crate) const fn new(key: Key, me: NodeId) -> Self {
        Self { key, me }
    }

    /// `sender || sealed`. It opens at the node that it is for, as this sender's, and nowhere else.
    pub fn seal(&self, to: NodeId, letter: &Letter) -> Vec<u8> {
        let sealed = self.key.seal(&place(self.me, to), &letter.write());
        [&self.me.0.to_be_bytes()[..], &sealed].concat()
    }

    /// Who says it, and what. Nothing of what nobody of this house has said.
    pub fn open(&self, bytes: &[u8]) -> Option<(NodeId, Letter)> {
        let (from, sealed) = bytes.split_first_chunk::<16>()?;
        let from = NodeId(u128::from_be_bytes(*from));
        let plain = self.key.open(&place(from, self.me), sealed).ok()?;
        Some((from, Letter::read(plain)?))
    }
}

fn place(from: NodeId, to: NodeId) -> Context {
    Context::of("rondo.bus.1").id(from.0).id(to.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Letter> {
        let (line, room) = (LineId::new(1), RoomId::from_bits(7));
        let bytes = Bytes::from_static(b"\x00not text\xff");
        vec![
            Letter::Hello {
                line,
                room,
                who: Who {
                    participant: ParticipantId::from_bits(1),
                    role: Role::Member,
                    name: Private("Planted-Name".to_owned()),
                    let_in: true,
                },
            },
            Letter::Says {
                line,
                number: 1,
                is_note: true,
                bytes: bytes.clone(),
            },
            Letter::Gone { line },
            Letter::Beat {
                room,
                number: 3,
                said: vec![(line, 4)],
            },
            Letter::Again { line },
            Letter::Answer {
                room,
                number: 3,
                sent: vec![(line, 4, 5)],
            },
            Letter::Frame {
                room,
                line,
                number: 2,
                is_note: false,
                bytes: bytes.clone(),
            },
            Letter::View {
                room,
                line,
                number: 9,
                shared: 4,
                bytes,
            },
            Letter::Close {
                room,
                line,
                ordered: 1,
                views: 2,
                goodbye: Goodbye::new(CloseCode::Restarting, "250".to_owned()),
            },
        ]
    }

    fn ends() -> (Envelope, Envelope, Envelope) {
        let key = Key::draw();
        let end = |n| Envelope::new(Key::from_bytes(*key.bytes()), NodeId(n));
        (end(1), end(2), Envelope::new(Key::draw(), NodeId(2)))
    }

    #[test]
    fn a_letter_is_read_as_it_was_written_by_whom_it_is_for() {
        let (here, there, stranger) = ends();
        for letter in all() {
            let sealed = here.seal(NodeId(2), &letter);
            assert_eq!(there.open(&sealed), Some((NodeId(1), letter)));
            assert_eq!(here.open(&sealed), None, "it is for another node");
            assert_eq!(stranger.open(&sealed), None, "another house");
            let shown = String::from_utf8_lossy(&sealed);
            assert!(!shown.contains("Planted") && !shown.contains("hello"));
        }
    }

    #[test]
    fn what_was_changed_on_the_way_is_not_there() {
        let (here, there, _) = ends();
        for letter in all() {
            let sealed = here.seal(NodeId(2), &letter);
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert_eq!(there.open(&changed), None);
                assert_eq!(there.open(&sealed[..at]), None);
            }
        }
    }

    #[test]
    fn a_letter_of_a_release_that_is_not_known_is_not_read() {
        let letter = all().remove(0);
        let mut bytes = letter.write();
        assert_eq!(Letter::read(bytes.clone()), Some(letter));
        bytes[0] = READS.end() + 1;
        assert_eq!(Letter::read(bytes), None);
        assert!(READS.contains(&WRITES));
    }

    #[test]
    fn what_a_later_release_adds_to_a_head_is_passed_over() {
        for letter in all() {
            let mut head = serde_json::to_value(&letter).unwrap();
            let of = head.as_object_mut().unwrap().values_mut().next().unwrap();
            of["added_later"] = 7.into();
            let head = serde_json::to_vec(&head).unwrap();
            let length = u32::try_from(head.len()).unwrap().to_be_bytes();
            let bytes = [&[WRITES][..], &length, &head, letter.bytes()].concat();
            assert_eq!(Letter::read(bytes), Some(letter));
        }
        let unknown = br#"{"greeting":{"of":"later"}}"#;
        let length = u32::try_from(unknown.len()).unwrap().to_be_bytes();
        assert_eq!(Letter::read([&[WRITES][..], &length, unknown].concat()), None);
    }
}
