//! What happened in a meeting as the people in it saw it: what each was answered, and when each saw that they had the floor.
//! Nothing in it comes from the server's memory or journal.

use std::fmt;

use protocol::wire::RefusalCode;

use super::voice::Voice;
use crate::rttm::Speaker;

/// How somebody who wanted to speak was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// They have the floor.
    AtOnce,
    /// They wait at this place; 1 is next.
    Waits(u32),
    /// Asking is not how the floor is given here. The place they have all the same, if they have one.
    Refused(RefusalCode, Option<u32>),
}

/// What somebody did or saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Wanted to speak.
    Asked(Answer),
    /// Saw that they have the floor.
    Has,
    /// Gave it back, having spoken.
    Spoke,
    /// Gave it back with nothing to say.
    Passed,
    /// Saw that it is theirs to say back what they heard.
    SaysBack,
    /// Saw that it is not any more.
    SaidBack,
    /// Said all they had to say without ever having the floor, and took the request back.
    Cancelled,
}

/// One line of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Did { at: u64, who: Speaker, deed: Deed },
    RoundBegan { at: u64 },
}

impl Entry {
    /// Milliseconds since the meeting began.
    pub fn at(&self) -> u64 {
        match *self {
            Self::Did { at, .. } | Self::RoundBegan { at } => at,
        }
    }
}

/// Everything in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// How many people the recording has; they sit in the order of their numbers, and whoever leads after them.
    pub people: usize,
    pub entries: Vec<Entry>,
    /// Who saw that they may speak, or may not any more.
    pub voices: Vec<Voice>,
}

/// Why a ledger cannot be that of an orderly meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection(pub String);

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An objection in a sentence.
pub(super) fn object<T>(why: String) -> Result<T, Objection> {
    Err(Objection(why))
}
