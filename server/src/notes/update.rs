//! Reading a Yjs update (encoding v1) with a stranger's eyes.
//!
//! The engine's own decoder takes whatever is well-formed: scripts in element names, documents in documents, a gigabyte
//! announced in five bytes. This reader runs first, allocates nothing that the bytes themselves do not pay for, and knows
//! only what our editor's schema can say. What it lets through is small, flat and spelled in one way.
//!
//! It looks at one update by itself. Whether an update fits the document is [`super::ground`]'s question.

use std::collections::{HashMap, HashSet};

use super::NoteFault;
use super::limits::{MAX_PIECES_PER_UPDATE, MAX_UNITS_PER_UPDATE};
use super::reader::Reader;

/// The name of one character or element: which client made it, and as its how manieth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Id {
    pub(super) client: u64,
    pub(super) clock: u32,
}

/// The two things a document can hold at its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Root {
    /// The editor's rich text.
    Content,
    /// Plain text, for tools.
    Text,
}

impl Root {
    pub(super) const CONTENT: &'static str = "content";
    pub(super) const TEXT: &'static str = "text";
}

/// The attributes our schema has; both are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Attribute {
    /// `heading`'s level.
    Level,
    /// `ordered_list`'s first number.
    Order,
}

/// Where a piece says it belongs. Absent where its neighbours say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    Root(Root),
    Node(Id),
}

/// What a piece holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Something that was deleted: only its length is left.
    Deleted,
    /// Characters, with their length in UTF-8.
    Text { bytes: usize },
    /// The beginning or end of bold or italic.
    Mark,
    /// The value of an attribute.
    Value,
    /// A block or a line break.
    Element,
    /// A run of text inside an element.
    TextNode,
}

/// One struct of the update.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) clock: u32,
    pub(super) len: u32,
    /// Absent: garbage of something that was deleted with everything around it.
    pub(super) item: Option<Item>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) origin: Option<Id>,
    pub(super) right_origin: Option<Id>,
    pub(super) parent: Option<Parent>,
    pub(super) attribute: Option<Attribute>,
    pub(super) content: Content,
}

/// What one client made, without gaps.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) client: u64,
    pub(super) pieces: Vec<Piece>,
}

/// A range of ids that the update deletes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deletion {
    pub(super) client: u64,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// One update, read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) sections: Vec<Section>,
    pub(super) deletions: Vec<Deletion>,
    /// The second halves of characters that are two UTF-16 units long (emoji), by client, ascending. Nobody may cut there:
    /// each replica would put its own replacement signs.
    pub(super) halves: HashMap<u64, Vec<u32>>,
}

/// How much may stand in what is read: a participant's update is held to [`super::limits`], our own state is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Participants,
    Ours,
}

impl Reading {
    /// Reads all of `bytes`, or says what is wrong with them.
    pub(super) fn read(bytes: &[u8], whose: Whose) -> Result<Self, NoteFault> {
        let mut reader = Reader::new(bytes);
        let mut reading = Self::default();
        let (mut pieces, mut units) = (0_usize, 0_u32);
        // A client named twice would be two truths about the same clocks.
        let mut seen = HashSet::new();
        for _ in 0..reader.number()? {
            let count = reader.number()?;
            let client = reader.client()?;
            let mut clock = reader.number()?;
            if count == 0 || !seen.insert(client) {
                return Err(NoteFault::Unreadable);
            }
            let mut section = Section {
                client,
                pieces: Vec::new(),
            };
            for _ in 0..count {
                let (piece, text) = reader.piece(clock)?;
                let mut unit = clock;
                for character in text.chars() {
                    if character.len_utf16() == 2 {
                        reading.halves.entry(client).or_default().push(unit + 1);
                    }
                    unit += character.len_utf16() as u32;
                }
                clock = clock.checked_add(piece.len).ok_or(NoteFault::Unreadable)?;
                pieces += 1;
                units = units.saturating_add(piece.len);
                if whose == Whose::Participants && (pieces > MAX_PIECES_PER_UPDATE || units > MAX_UNITS_PER_UPDATE) {
                    return Err(NoteFault::TooLarge);
                }
                section.pieces.push(piece);
            }
            reading.sections.push(section);
        }
        seen.clear();
        for _ in 0..reader.number()? {
            let client = reader.client()?;
            if !seen.insert(client) {
                return Err(NoteFault::Unreadable);
            }
            let mut last = 0;
            for _ in 0..reader.number()? {
                let start = reader.number()?;
                let end = start.checked_add(reader.length()?).ok_or(NoteFault::Unreadable)?;
                if start < last {
                    return Err(NoteFault::Unreadable);
                }
                last = end;
                reading.deletions.push(Deletion { client, start, end });
            }
        }
        reader.ends()?;
        Ok(reading)
    }

    /// The text it holds, in UTF-8 bytes.
    pub(super) fn text_bytes(&self) -> usize {
        let pieces = self.sections.iter().flat_map(|section| &section.pieces);
        pieces
            .filter_map(|piece| match piece.item?.content {
                Content::Text { bytes } => Some(bytes),
                _ => None,
            })
            .sum()
    }
}

/// Checks a state vector: pairs of client and clock, nothing behind them. The engine may read it then.
pub(super) fn check_state_vector(bytes: &[u8]) -> Result<(), NoteFault> {
    let mut reader = Reader::new(bytes);
    for _ in 0..reader.number()? {
        reader.client()?;
        reader.number()?;
    }
    reader.ends()
}

/// An update that inserts nothing and deletes these ranges, in the same encoding. Each client's ranges stand together, in
/// order.
pub(super) fn write_deletions(deletions: &[Deletion]) -> Vec<u8> {
    let mut bytes = vec![0];
    let mut number = |mut value: u64| {
        while value >= 0x80 {
            bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
    };
    let by_client = || deletions.chunk_by(|a, b| a.client == b.client);
    number(by_client().count() as u64);
    for ranges in by_client() {
        number(ranges[0].client);
        number(ranges.len() as u64);
        for range in ranges {
            number(range.start.into());
            number((range.end - range.start).into());
        }
    }
    bytes
}
