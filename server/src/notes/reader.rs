//! The letters of a Yjs update: numbers, strings and pieces, one after the other, and only those that our schema knows.
//!
//! The engine's decoder must come to the same reading of what is let through here. So nothing is let through that could be
//! read in two ways.

use super::NoteFault;
use super::update::{Attribute, Content, Id, Item, Parent, Piece, Root};

/// Reads from the front of some bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Nothing may stand behind the end.
    pub(super) fn ends(&self) -> Result<(), NoteFault> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(NoteFault::Unreadable)
        }
    }

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

    pub(super) fn number(&mut self) -> Result<u32, NoteFault> {
        self.varint(32).map(|value| value as u32)
    }

    /// A client id. JavaScript's whole numbers end at 53 bits.
    pub(super) fn client(&mut self) -> Result<u64, NoteFault> {
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

    pub(super) fn length(&mut self) -> Result<u32, NoteFault> {
        match self.number()? {
            0 => Err(NoteFault::Unreadable),
            length => Ok(length),
        }
    }

    /// A piece, and its characters.
    pub(super) fn piece(&mut self, clock: u32) -> Result<(Piece, &'a str), NoteFault> {
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
