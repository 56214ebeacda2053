//! Every bound of the store, with its reason.

use std::time::Duration;

/// Appends that may wait for the writer. Four times the rooms one node is made for: a full queue means that the disk stands still,
/// and then a quick "unavailable" is kinder than a long wait.
pub const MAX_WAITING_WRITES: usize = 4096;
/// Appends that one transaction takes. Group commit gains little beyond a few hundred (performance.md E), and a batch's time is the
/// wait of everybody in it.
pub const MAX_BATCH: usize = 512;
/// How long a commit waits at most for the rooms that were in the last ones. Nobody feels it, and at a busy hour it saves most commits: what a
/// commit costs the processor is paid once for all that are in it.
pub(crate) const COMPANY_WAIT: Duration = Duration::from_millis(10);
/// How long it waits for the next of them. Where nobody comes for so long, whoever is missing does something else.
pub(crate) const COMPANY_GAP: Duration = Duration::from_millis(2);
/// How long a room that committed together with others is expected again. People act much more seldom, so only a busy house waits at all.
pub(crate) const COMPANY_REMEMBERED: Duration = Duration::from_millis(20);
/// Events that one append may carry. Most decisions make a handful, but all that a room may decide at once must fit (the hub's limits hold
/// the two together): what the store would never take could never be written, and the room would stand still.
pub const MAX_EVENTS_PER_APPEND: usize = 512;
/// The largest event body, before sealing. A wire message holds at most 64 KiB, and an event holds one message's text with its ids.
pub const MAX_EVENT_BYTES: usize = 128 * 1024;
/// The largest snapshot or folded note. A note may grow to 1 MiB of text; Yjs bookkeeping at most triples it.
pub const MAX_STATE_BYTES: usize = 8 * 1024 * 1024;
/// Commands given back when a room is opened. A client retries within minutes; older ones are still found by `command_seq`.
pub const RECENT_COMMANDS: usize = 512;
/// Bytes that may wait for the writer. What waits is sealed already; 64 MiB is a second of a slow disk.
pub(crate) const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;
/// Rows of the daybook from which on a round of posting begins: with a hundred busy rooms each then has forty that share its pages.
pub(crate) const POST_ROWS: usize = 4096;
/// How long a row waits for a round at most: long enough for the turns of a quiet room to share its pages.
pub(crate) const POST_AFTER: Duration = Duration::from_secs(5);
/// Rows that may wait in all, 700 bytes or so each. Reached only when posting fails; then everything is posted before more comes in.
pub(crate) const DAYBOOK_ROWS: usize = 8 * POST_ROWS;
/// Batches below this post a large slice now and then, so that one action of some hundreds waits twenty milliseconds and the others for nothing. In
/// larger ones that would be one of a few, and each posts a little instead.
pub(crate) const SMALL_BATCH: usize = 40;
/// The slice of a small batch.
pub(crate) const RARE_SLICE_ROWS: usize = 2048;
/// Rows that are posted at once while nobody writes: few syncs, and whoever comes meanwhile waits some milliseconds.
pub(crate) const IDLE_SLICE_ROWS: usize = 512;
/// Posted rows that a batch deletes.
pub(crate) const DELETED_AT_ONCE: i64 = 512;
/// Rooms whose place the writer knows, some 50 bytes each. When full it starts anew; a room costs one slower append then.
pub(crate) const MAX_HEADS: usize = 20_000;
/// Rows of one multi-row statement. Doubling this saves little, and SQLite allows 32,766 values a statement.
pub(crate) const MAX_ROWS_PER_STATEMENT: usize = 256;
/// Audit records that are emptied in one transaction: the writer is held for some tens of milliseconds.
pub const MAX_AUDIT_EMPTIED: u32 = 2_000;
/// Writes that were cut off and are read at once: more than are ever under way when a process is killed.
pub const MAX_BEGUN_TAKEN_UP: u32 = 1_000;
/// Audit records that go into the book in one transaction: what a house's people do when all of them come back at once, in a few.
pub(crate) const BOOKED_AT_ONCE: usize = 256;
/// Events of one read; a reader of more asks again.
pub const MAX_READ_EVENTS: u64 = 10_000;
/// Updates of one note append: a hundred keystrokes of everybody in a room between two commits.
pub const MAX_NOTE_UPDATES: usize = 256;
/// The largest single note update: a wire message.
pub const MAX_NOTE_UPDATE_BYTES: usize = 128 * 1024;
/// The largest text sealed for one person: a wire message with room to spare.
pub const MAX_SEALED_FIELD_BYTES: usize = 128 * 1024;
/// Browsers that one link may sign in. The oldest gives way: a member who deletes cookies after every session must still get in.
pub const MAX_DEVICES_PER_INVITE: i64 = 32;
/// Wrong PINs in a row on one device; the last one ends its seat. Somebody who mixes up two of their PINs needs four.
pub const MAX_PIN_TRIES: i64 = 10;
/// Wrong PINs by all devices together that never showed the right one; then the link opens no new device until there is another one or another
/// PIN. With those that have a seat already a guesser who holds the link tries a few hundred of a million.
pub const MAX_STRANGERS_PIN_TRIES: i64 = 30;
/// The largest pack, encoded: the biggest course in all languages is below 1 MiB.
pub const MAX_PACK_BYTES: usize = 4 * 1024 * 1024;
/// Keys kept open in memory: the people of a thousand rooms. When full, the cache starts anew; a key costs one read.
pub(crate) const MAX_OPEN_KEYS: usize = 20_000;
/// Reading connections to SQLite: more do not read faster on a few cores.
pub(crate) const READERS: u32 = 4;
/// Connections to PostgreSQL: one writes batches, the others serve the directory.
pub(crate) const POSTGRES_CONNECTIONS: u32 = 8;
/// Word of what has ended is kept, and read each time, for so long: a node that could not read meanwhile hears all of it then.
pub(crate) const ENDED_KEPT: Duration = Duration::from_secs(10 * 60);
/// Seconds until a statement gives up waiting for a connection or a lock. Longer than any checkpoint; short enough to tell people.
pub(crate) const WAIT_SECONDS: u64 = 5;
/// A statement on PostgreSQL is ended after so long: nothing that a room or a page waits for takes a second, and who waits longer is told so.
pub(crate) const POSTGRES_STATEMENT: Duration = Duration::from_secs(30);
/// A transaction on PostgreSQL in which nothing is said for so long is ended, and its locks with it: whoever began it stands still (a frozen
/// machine, a stopped process) while others want its room. Between two statements of ours lie milliseconds.
pub(crate) const POSTGRES_STANDSTILL: Duration = Duration::from_secs(5);
/// What is long by its nature (tables brought up to date, deleted rows vacuumed, a house checked or moved) takes as long as it takes, but not
/// for ever.
pub(crate) const POSTGRES_LONG: Duration = Duration::from_secs(60 * 60);
/// A house on its way to PostgreSQL goes in pieces of so many bytes; a row may be larger and then goes alone.
pub(crate) const MOVED_AT_ONCE_BYTES: usize = 1024 * 1024;
/// Prepared statements a connection keeps: every statement here in every size.
pub(crate) const PREPARED_STATEMENTS: usize = 256;
/// Writes between two looks at SQLite's log.
pub(crate) const CHECKPOINT_LOOK_EVERY: u32 = 16;
/// Pages in the log from which on it is copied: 64 MiB of 4 KiB pages. Copying syncs the same disk, and whoever commits meanwhile waits longer; a page
/// that was written many times is copied once.
pub(crate) const CHECKPOINT_PAGES: i64 = 16_000;
/// Where a reader stood in the way, the writer waits for the rest of the copy again once the log has grown by this part of what is copied.
pub(crate) const RESTS_PER_LOG: i64 = 8;
/// Pages in the log from which on the writer waits for the copy: 256 MiB.
pub(crate) const MAX_LOG_PAGES: i64 = 64_000;
/// SQLite cuts a log that once grew beyond this, in bytes.
pub(crate) const MAX_LOG_BYTES: u64 = 64 * 1024 * 1024;
/// How long a checkpoint waits for the writer or a reader while holding the other off.
pub(crate) const CHECKPOINT_WAIT_MILLIS: u64 = 200;
/// Tries to begin the log anew while the writer waits, with pauses: about a second, and then people come first.
pub(crate) const ROOM_ATTEMPTS: u32 = 4;
/// Tries to cut the log off, with pauses: about ten seconds, since a reader may stand in the way.
pub(crate) const PURGE_ATTEMPTS: u32 = 40;
pub(crate) const PURGE_PAUSE_MILLIS: u64 = 50;
/// Callers that may wait for one purge: all rooms fold at once.
pub(crate) const MAX_WAITING_PURGES: usize = 4096;
