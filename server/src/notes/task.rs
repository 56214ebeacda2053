//! The task that owns a room's notes, from outside: what it is told, what it says, and how it ends.
//!
//! What it does with a message is `room_notes`. Whether somebody may open, write or take back is asked by the
//! caller ([`super::rights`]) before a message comes here.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use protocol::wire::{NoteRef, Refusal, RefusalCode};
use protocol::{ParticipantId, RoomId};
use tokio::sync::{mpsc, oneshot};

use super::limits::MAILBOX;
use super::room_notes::RoomNotes;
use super::store::NoteStore;

/// One connection, as the hub numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A connection's ordered lane is full. It will be closed; it comes back and is given everything anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clogged;

/// A connection's ordered lane, as far as notes need it. Never waits.
pub trait Listener: Send + Sync {
    /// A binary frame.
    fn frame(&self, frame: Bytes) -> Result<(), Clogged>;
    /// A refusal; `reference` is the client's number of the update, 0 for an opening.
    fn refused(&self, note: NoteRef, reference: u32, refusal: Refusal) -> Result<(), Clogged>;
}

/// What a room's notes are asked.
pub enum NoteMessage {
    /// A connection opens a note under this Yjs client id.
    Open {
        connection: ConnectionId,
        participant: ParticipantId,
        client: u32,
        note: NoteRef,
        state_vector: Bytes,
        listener: Arc<dyn Listener>,
    },
    /// It changed something. The listener is told if it cannot be, also where it never opened the note.
    Update {
        connection: ConnectionId,
        note: NoteRef,
        reference: u32,
        bytes: Bytes,
        listener: Arc<dyn Listener>,
    },
    /// It looks away from a note.
    Close { connection: ConnectionId, note: NoteRef },
    /// It is gone, with everything it had open.
    Gone { connection: ConnectionId },
    /// Somebody takes back all they wrote in a note. Answered when it is off the disk.
    TakeBack {
        participant: ParticipantId,
        note: NoteRef,
        answer: oneshot::Sender<Result<(), RefusalCode>>,
    },
    /// The note's text, for the record.
    Text {
        note: NoteRef,
        answer: oneshot::Sender<Result<String, RefusalCode>>,
    },
    /// Store what waits and end.
    Shutdown,
}

impl fmt::Debug for NoteMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open { .. } => "Open",
            Self::Update { .. } => "Update",
            Self::Close { .. } => "Close",
            Self::Gone { .. } => "Gone",
            Self::TakeBack { .. } => "TakeBack",
            Self::Text { .. } => "Text",
            Self::Shutdown => "Shutdown",
        })
    }
}

/// Why the task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to, or nobody holds its mailbox any more.
    Shutdown,
    /// Another node owns the room now.
    Fenced,
}

/// Starts the task that owns a room's notes.
pub fn start<S: NoteStore>(
    room: RoomId,
    epoch: u64,
    store: S,
) -> (mpsc::Sender<NoteMessage>, tokio::task::JoinHandle<Ended>) {
    let (sender, mailbox) = mpsc::channel(MAILBOX);
    (sender, tokio::spawn(RoomNotes::new(room, epoch, store).run(mailbox)))
}
