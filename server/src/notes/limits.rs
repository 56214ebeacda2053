//! The notes' bounds, each with its reason. Everything an update may ask for is measured before the engine sees it.

use protocol::wire::MAX_CLIENT_MESSAGE_BYTES;

/// The largest update: what fits into one message beside its head of eight bytes. Ten thousand words of new text.
pub const MAX_UPDATE_BYTES: usize = MAX_CLIENT_MESSAGE_BYTES - 8;

/// Pieces (Yjs structs) in one update. A paste that fills the message with short paragraphs makes about two thousand.
pub const MAX_PIECES_PER_UPDATE: usize = 8_192;

/// Clock units that one update may use up. Text of a full message needs 64 thousand; the rest is what somebody wrote and
/// deleted again while their line was down.
pub const MAX_UNITS_PER_UPDATE: u32 = 1 << 20;

/// The last clock of one client id. The engine computes differences of clocks in 32 signed bits; half of that is a lifetime
/// of typing.
pub const MAX_CLOCK: u32 = 1 << 30;

/// Live text of one document, in UTF-8 bytes. A session's note is a few thousand; a million bytes is a thick book.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Pieces in one document, tombstones included. Our two editing traces of about 20 thousand keystrokes leave 5 and 10
/// thousand (measured, and counted on the safe side).
pub const MAX_PIECES: usize = 1 << 16;

/// How deep elements may nest: a list in a list in a list is six.
pub const MAX_DEPTH: u8 = 16;

/// Client ids that ever wrote in one document. A page makes one each time it is loaded.
pub const MAX_CLIENTS: usize = 10_000;

/// Client ids of one participant that a document takes on while it is open: 64 reloads of a page in one sitting.
pub const MAX_CLIENTS_PER_SITTING: usize = 64;

/// What one update may cost the engine, in steps: passing one neighbour (measured: up to 0.4 µs), moving 256 list entries or
/// copying a thousand characters. Fifteen kinds of hostile updates at this limit took at most 26 ms on a busy machine; one
/// keystroke anywhere in a full note fits twice.
pub const MAX_STEPS: u64 = 1 << 17;

/// Up to this size of a document a doubtful update is first tried on a copy (measured: 5 ms in a note of 5 thousand pieces).
/// Beyond it the copy would cost more than what it guards is worth: see `ground`.
pub const MAX_TRIAL_PIECES: usize = 1 << 13;

/// Ranges that one update of our own deletes when somebody takes their text back: below 64 KiB at 8 to 16 bytes each.
pub const MAX_DELETIONS_PER_UPDATE: usize = 4_000;

/// Updates kept beside the folded state. Reading 200 keystrokes costs one or two milliseconds at the next opening, and a fold
/// writes the whole note: folding each 200th update keeps the writing below the updates' own cost.
pub const FOLD_AFTER_UPDATES: u64 = 200;

/// Messages that may wait for a room's notes. Twelve people typing fast make 120 updates a second.
pub const MAILBOX: usize = 256;

/// Messages that are applied before the next append: what one commit carries.
pub const MAX_BATCH: usize = 64;

/// Updates of one batch that go out as frames of their own; more go out as one. Twelve people who each pressed a key stay below it, and
/// a whole batch leaves three quarters of everybody's ordered lane for what else they are told.
pub const MAX_FRAMES_APART: usize = 16;

/// Notes that one connection may have open at a time: course, session, facilitators' and one older session to read up.
pub const MAX_OPEN_PER_CONNECTION: usize = 8;
