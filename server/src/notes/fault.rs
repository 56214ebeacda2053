//! Why an update to a note is refused.

use std::fmt;

use protocol::wire::{Refusal, RefusalCode};

/// Why an update to a note, or a client id, is not taken. None of them changes the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoteFault {
    /// More bytes, pieces or clock units than one update may have.
    TooLarge,
    /// Not a Yjs update in encoding v1, or something stands behind it.
    Unreadable,
    /// It writes under a client id that is not the author's.
    Foreign,
    /// It leans on something that is not there.
    Gap,
    /// It holds something that our notes do not have: another root, element, mark, attribute or kind of content, or one in a
    /// place where it cannot be.
    Forbidden,
    /// Elements nest too deep.
    TooDeep,
    /// It would keep the engine busy for too long.
    TooCostly,
    /// The note is full. Deleting still works.
    Full,
    /// This client id belongs to somebody else.
    Taken,
    /// Too many client ids.
    TooManyClients,
    /// The engine or the stored state let us down; the note must be opened again.
    Broken,
}

impl NoteFault {
    /// What the author is told.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Full | Self::TooManyClients => RefusalCode::Full.into(),
            Self::Broken => RefusalCode::Unavailable.into(),
            Self::TooLarge
            | Self::Unreadable
            | Self::Foreign
            | Self::Gap
            | Self::Forbidden
            | Self::TooDeep
            | Self::TooCostly
            | Self::Taken => RefusalCode::NoteRefused.into(),
        }
    }
}

impl fmt::Display for NoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for NoteFault {}
