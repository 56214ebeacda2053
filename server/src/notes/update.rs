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
        let mut reader = Reader { bytes };
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
        if reader.bytes.is_empty() {
            Ok(reading)
        } else {
            Err(NoteFault::Unreadable)
        }
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
    let mut reader = Reader { bytes };
    for _ in 0..reader.number()? {
        reader.client()?;
        reader.number()?;
    }
    if reader.bytes.is_empty() {
        Ok(())
    } else {
        Err(NoteFault::Unreadable)
    }
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

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, NoteFault> {
        let (first, rest) = self.bytes.split_first().ok_or(NoteFault::Unreadable)?;
        self.bytes = rest;
        Ok(*first)
    }

    /// A number of at most `bits` bits, seven to a byte, lowest first.
    fn varint(&mut self, bits: u32) -> Result<u64, NoteFault> {
        let mut value = 0_u64;
        for shift in (0..bits).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if value >> bits == 0 {
                    Ok(value)
                } else {
                    Err(NoteFault::Unreadable)
                };
            }
        }
        Err(NoteFault::Unreadable)
    }

    fn number(&mut self) -> Result<u32, NoteFault> {
        self.varint(32).map(|value| value as u32)
    }

    /// A client id. JavaScript's whole numbers end at 53 bits.
    fn client(&mut self) -> Result<u64, NoteFault> {
        self.varint(53)
    }

    fn id(&mut self) -> Result<Id, NoteFault> {
        Ok(Id {
            client: self.client()?,
            clock: self.number()?,
        })
    }

    fn string(&mut self) -> Result<&'a str, NoteFault> {
        let length = self.number()? as usize;
        let (text, rest) = self.bytes.split_at_checked(length).ok_or(NoteFault::Unreadable)?;
        self.bytes = rest;
        std::str::from_utf8(text).map_err(|_| NoteFault::Unreadable)
    }

    fn length(&mut self) -> Result<u32, NoteFault> {
        match self.number()? {
            0 => Err(NoteFault::Unreadable),
            length => Ok(length),
        }
    }

    /// A piece, and its characters.
    fn piece(&mut self, clock: u32) -> Result<(Piece, &'a str), NoteFault> {
        const GARBAGE: u8 = 0;
        const SKIP: u8 = 10;
        let info = self.byte()?;
        match info {
            GARBAGE => {
                return Ok((
                    Piece {
                        clock,
                        len: self.length()?,
                        item: None,
                    },
                    "",
                ));
            }
            // A hole: something the sender knows to be missing.
            SKIP => return Err(NoteFault::Gap),
            _ => {}
        }
        let origin = if info & 0b1000_0000 != 0 {
            Some(self.id()?)
        } else {
            None
        };
        let right_origin = if info & 0b0100_0000 != 0 {
            Some(self.id()?)
        } else {
            None
        };
        let (mut parent, mut attribute) = (None, None);
        if origin.is_none() && right_origin.is_none() {
            parent = Some(self.parent()?);
            if info & 0b0010_0000 != 0 {
                attribute = Some(self.attribute()?);
            }
        }
        let (len, content, text) = self.content(info & 0b0001_1111)?;
        let item = Item {
            origin,
            right_origin,
            parent,
            attribute,
            content,
        };
        Ok((
            Piece {
                clock,
                len,
                item: Some(item),
            },
            text,
        ))
    }

    fn parent(&mut self) -> Result<Parent, NoteFault> {
        match self.number()? {
            0 => self.id().map(Parent::Node),
            1 => match self.string()? {
                Root::CONTENT => Ok(Parent::Root(Root::Content)),
                Root::TEXT => Ok(Parent::Root(Root::Text)),
                _ => Err(NoteFault::Forbidden),
            },
            _ => Err(NoteFault::Unreadable),
        }
    }

    fn attribute(&mut self) -> Result<Attribute, NoteFault> {
        match self.string()? {
            "level" => Ok(Attribute::Level),
            "order" => Ok(Attribute::Order),
            _ => Err(NoteFault::Forbidden),
        }
    }

    fn content(&mut self, kind: u8) -> Result<(u32, Content, &'a str), NoteFault> {
        const DELETED: u8 = 1;
        const STRING: u8 = 4;
        const FORMAT: u8 = 6;
        const TYPE: u8 = 7;
        const ANY: u8 = 8;
        match kind {
            DELETED => Ok((self.length()?, Content::Deleted, "")),
            STRING => {
                let text = self.string()?;
                // Yjs counts in UTF-16 units.
                let len = text.encode_utf16().count() as u32;
                if len == 0 {
                    Err(NoteFault::Unreadable)
                } else {
                    Ok((len, Content::Text { bytes: text.len() }, text))
                }
            }
            FORMAT => match (self.string()?, self.string()?) {
                ("strong" | "em", "{}" | "true" | "null") => Ok((1, Content::Mark, "")),
                _ => Err(NoteFault::Forbidden),
            },
            TYPE => self.node().map(|content| (1, content, "")),
            ANY => {
                if self.number()? != 1 {
                    return Err(NoteFault::Forbidden);
                }
                self.value()?;
                Ok((1, Content::Value, ""))
            }
            // JSON, binary, embedded objects, documents in documents, and whatever comes after.
            _ => Err(NoteFault::Forbidden),
        }
    }

    fn node(&mut self) -> Result<Content, NoteFault> {
        const ELEMENT: u8 = 3;
        const TEXT_NODE: u8 = 6;
        match self.byte()? {
            ELEMENT => match self.string()? {
                "paragraph" | "heading" | "bullet_list" | "ordered_list" | "list_item" | "hard_break" => {
                    Ok(Content::Element)
                }
                _ => Err(NoteFault::Forbidden),
            },
            TEXT_NODE => Ok(Content::TextNode),
            _ => Err(NoteFault::Forbidden),
        }
    }

    /// A small whole number or nothing. No text: what people write must stand where
    /// [`super::document::Document::take_back`] finds it.
    fn value(&mut self) -> Result<(), NoteFault> {
        const NOTHING: u8 = 126;
        const INTEGER: u8 = 125;
        const SIGN: u8 = 0x40;
        const MORE: u8 = 0x80;
        match self.byte()? {
            NOTHING => Ok(()),
            INTEGER => {
                let first = self.byte()?;
                let last = if first & MORE == 0 { 0 } else { self.byte()? };
                // Two bytes say 0 to 8191.
                if first & SIGN == 0 && last & MORE == 0 {
                    Ok(())
                } else {
                    Err(NoteFault::Forbidden)
                }
            }
            _ => Err(NoteFault::Forbidden),
        }
    }
}
