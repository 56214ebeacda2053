//! What is logged. Every record that has a header without content and a commitment to the rest is one leaf; a new kind of record is one more
//! variant here and one more row in the store's table of sources (`store/ledger.rs`).

use std::fmt;

use super::tree::{Hash, leaf_hash};

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// An event of a room's journal. Its stream is the room.
    Event,
    /// The signed record that a sitting was destroyed. Its stream is the room, its number the last event that went with it.
    Sitting,
    /// A record of the practice's audit book. Its stream is the practice, and its header the place alone: what it says is its body, which goes
    /// when its time is over.
    Audit,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Event, Self::Sitting, Self::Audit];

    /// The word in the database and in exported files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Sitting => "sitting",
            Self::Audit => "audit",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// A record's leaf. An event's header begins with its version, a byte below any letter; every other kind says its name in front, so that no
    /// record passes for one of another kind.
    pub fn leaf(self, header: &[u8], commitment: &[u8; 32]) -> Hash {
        let name = match self {
            Self::Event => String::new(),
            other => format!("{}\0", other.word()),
        };
        leaf_hash(&[name.as_bytes(), header, commitment].concat())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One record's place: kind, stream and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub source: Source,
    pub stream: u128,
    pub seq: u64,
}

impl Place {
    /// Whether this header says this place: stream and number, behind an event's version byte.
    pub fn is_said_by(self, header: &[u8]) -> bool {
        let place = [&self.stream.to_be_bytes()[..], &self.seq.to_be_bytes()].concat();
        let said = match self.source {
            Source::Event => header.get(1..),
            Source::Sitting | Source::Audit => Some(header),
        };
        said.is_some_and(|said| said.starts_with(&place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_record_passes_for_one_of_another_kind() {
        let (header, commitment) = ([1, 2, 3], [7; 32]);
        for source in Source::ALL {
            assert_eq!(Source::read(source.word()), Some(source));
            for other in Source::ALL.into_iter().filter(|other| *other != source) {
                assert_ne!(source.leaf(&header, &commitment), other.leaf(&header, &commitment));
            }
        }
        assert_eq!(Source::read("Event"), None);
    }
}
