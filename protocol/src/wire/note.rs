//! Notes on the wire: binary frames. Eight bytes of head, then a Yjs payload in encoding v1 (or nothing).
//!
//! ```text
//! byte 0      operation
//! byte 1      kind of note (0 course, 1 session, 2 facilitators)
//! bytes 2-3   session number, big endian; 0 for the course note
//! bytes 4-7   reference, big endian: opening, the client's Yjs client id; update and saved, the client's own number of the update
//! bytes 8..   payload
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "note", rename_all = "snake_case", deny_unknown_fields)]
pub enum NoteRef {
    /// The group's note that lasts for the course.
    Course,
    /// The group's note of one session.
    Session { session: u16 },
    /// The facilitators' note of one session. Members never receive a byte of it.
    Facilitators { session: u16 },
}

/// What a frame does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteOp {
    /// Client: open the note; payload is the client's state vector, empty for none.
    Open,
    /// Server: what the client lacks; payload is an update.
    State,
    /// Either way: a change. The server sends its own encoding, never a participant's bytes.
    Update,
    /// Server: the client's update of this reference is durable.
    Saved,
    /// Client: no longer looking at this note.
    Close,
}

/// One binary frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteFrame<'a> {
    pub op: NoteOp,
    pub note: NoteRef,
    pub reference: u32,
    pub payload: &'a [u8],
}

/// Why a binary frame is not a note frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteFrameFault {
    /// Fewer than eight bytes.
    TooShort,
    /// An operation or a kind of note that does not exist.
    Unknown,
}

/// Bytes before the payload.
const NOTE_HEAD_BYTES: usize = 8;

impl<'a> NoteFrame<'a> {
    /// Reads a frame; borrows the payload.
    pub fn read(bytes: &'a [u8]) -> Result<Self, NoteFrameFault> {
        let (head, payload) = bytes
            .split_first_chunk::<NOTE_HEAD_BYTES>()
            .ok_or(NoteFrameFault::TooShort)?;
        let op = match head[0] {
            1 => NoteOp::Open,
            2 => NoteOp::State,
            3 => NoteOp::Update,
            4 => NoteOp::Saved,
            5 => NoteOp::Close,
            _ => return Err(NoteFrameFault::Unknown),
        };
        let session = u16::from_be_bytes([head[2], head[3]]);
        let note = match (head[1], session) {
            (0, 0) => NoteRef::Course,
            (1, 1..) => NoteRef::Session { session },
            (2, 1..) => NoteRef::Facilitators { session },
            _ => return Err(NoteFrameFault::Unknown),
        };
        Ok(Self {
            op,
            note,
            reference: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
            payload,
        })
    }

    /// The frame's bytes.
    pub fn write(&self) -> Vec<u8> {
        let op = match self.op {
            NoteOp::Open => 1,
            NoteOp::State => 2,
            NoteOp::Update => 3,
            NoteOp::Saved => 4,
            NoteOp::Close => 5,
        };
        let (kind, session) = match self.note {
            NoteRef::Course => (0, 0),
            NoteRef::Session { session } => (1, session),
            NoteRef::Facilitators { session } => (2, session),
        };
        let mut bytes = Vec::with_capacity(NOTE_HEAD_BYTES + self.payload.len());
        bytes.extend([op, kind]);
        bytes.extend(session.to_be_bytes());
        bytes.extend(self.reference.to_be_bytes());
        bytes.extend(self.payload);
        bytes
    }
}
