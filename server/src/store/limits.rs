//! Every bound of the store, with its reason.

/// Appends that may wait for the writer. Four times the rooms one node is made for: a full queue means that the disk stands still,
/// and then a quick "unavailable" is kinder than a long wait.
pub const MAX_WAITING_WRITES: usize = 4096;
/// Appends that one transaction takes. Group commit gains little beyond a few hundred (performance.md E), and a batch's time is the
/// wait of everybody in it.
pub const MAX_BATCH: usize = 512;
/// Events that one append may carry: one decision makes a handful; a hundred would be a bug.
pub const MAX_EVENTS_PER_APPEND: usize = 64;
/// The largest event body, before sealing. A wire message holds at most 64 KiB, and an event holds one message's text with its ids.
pub const MAX_EVENT_BYTES: usize = 128 * 1024;
/// The largest snapshot or folded note. A note may grow to 1 MiB of text; Yjs bookkeeping at most triples it.
pub const MAX_STATE_BYTES: usize = 8 * 1024 * 1024;
/// Commands given back when a room is opened. A client retries within minutes; older ones are still found by `command_seq`.
pub const RECENT_COMMANDS: usize = 512;
