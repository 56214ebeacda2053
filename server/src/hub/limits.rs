//! Every bound of the hub, with its reason.

use std::time::Duration;

/// Inputs that wait for one room. Forty people acting at once, three deep; a full mailbox makes senders wait, never drop.
pub const ROOM_MAILBOX: usize = 128;
/// Frames that wait on one connection's ordered lane. A phone that is 64 replies behind is resynchronised, not waited for.
pub const ORDERED_LANE: usize = 64;
/// Letters a room works through before it lets the sockets write: after a stall a hundred signs at once would clog every healthy lane.
pub const LETTERS_IN_A_ROW: usize = 32;
/// Lines one person may have up: phone, computer, and one left open somewhere, twice over. The oldest goes.
pub const MAX_LINES_PER_PERSON: usize = 6;
/// The page speaks at least this often.
pub const HEARTBEAT: Duration = Duration::from_secs(20);
/// Two missed heartbeats and a little: then the line is down.
pub const SILENCE: Duration = Duration::from_secs(45);
/// A write that does not finish in this time belongs to a line that is gone.
pub const WRITE: Duration = Duration::from_secs(20);
/// How long a close may take before the socket is dropped.
pub const CLOSE: Duration = Duration::from_secs(2);
/// Messages a connection may send in one go, and per second after that: typing together is about ten a second.
pub const MESSAGE_BURST: u32 = 200;
/// See [`MESSAGE_BURST`].
pub const MESSAGES_PER_SECOND: u32 = 60;
/// Note frames a connection may send in one go; per second after that it is read more slowly. A long paste is one frame, a fast typist ten.
pub const NOTE_FRAME_BURST: u32 = 1_000;
/// See [`NOTE_FRAME_BURST`].
pub const NOTE_FRAMES_PER_SECOND: u32 = 1_000;
/// Passing signs a connection may send in one go, and per second after that. Each goes into everybody's ordered lane: all the lines of one
/// person together must not fill one.
pub const SIGN_BURST: u32 = 8;
/// See [`SIGN_BURST`]. A lively room says a hundred a second among sixteen people, and that is what the bench plays. In front of every lane
/// stands the kernel's own buffer, which holds a thousand signs: a line that is behind by more than that is too slow for anything.
pub const SIGNS_PER_SECOND: u32 = 8;
/// What a connection may ask about voices and pictures in one go, and per second after that: offers, restarts, relays and wishes together. A
/// call begins with two of them and a wish, and a change of network asks for one more. Reading an offer costs some milliseconds of the engine,
/// which everybody hears through.
pub const OFFER_BURST: u32 = 8;
/// See [`OFFER_BURST`].
pub const OFFERS_PER_SECOND: u32 = 1;
/// Refused messages, over the burst and less those within the allowance, after which the connection is closed as a flood.
pub const FLOOD_REFUSALS: u32 = 400;
/// The socket's read buffer, zeroed at every poll and resident in every connection. The library's default of 128 KiB is 3 × the CPU and
/// 16 × the memory. What a page says is nearly always shorter than this; a long paste takes a few more reads.
pub const READ_BUFFER: usize = 1024;
/// What the library may buffer for writing: answers to pings and closes, at most 131 bytes each.
pub const MAX_CONTROL_BUFFER: usize = 512;
/// Events after which a snapshot is taken, so that reopening a room does not grow with its history.
pub const SNAPSHOT_EVERY: u64 = 256;
/// Accepted commands a room remembers without asking the journal.
pub const RECENT_COMMANDS: usize = 4096;
/// A room with no line up is closed after this.
pub const IDLE_ROOM: Duration = Duration::from_secs(60);
/// So often rooms are looked for that know where somebody was and that nobody has opened since. The place is kept for a day; a quarter of
/// an hour more does no harm.
pub const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);
/// A room that is open forgets by itself, on whichever server it is: only one that is so late, in seconds, is opened for it.
pub const LATE_SECONDS: u64 = 10 * 60;
/// What could not be written for want of space is tried again after this.
pub const AGAIN: Duration = Duration::from_secs(2);
/// Decisions after which a busy room shows a view even though more inputs wait.
pub const DECISIONS_PER_VIEW: u32 = 8;
/// On a planned restart everybody is told to come back within this many milliseconds, spread evenly.
pub const RESTART_SPREAD_MS: u64 = 2_000;
/// The people of a room that is handed over by itself: the rooms are spread already.
pub const ROOM_SPREAD_MS: u64 = 250;
/// Notices of the engine's ears that wait for a room: one a person every second or so, and a room is read many times a second.
pub(super) const VOICES: usize = 128;
/// Talk time is written down about so often: after a crash a minute of it is missing, and a long evening makes a hundred events of it.
pub(super) const VOICES_WRITTEN: Duration = Duration::from_secs(60);
/// How long a planned restart waits for rooms to say goodbye.
pub const RESTART: Duration = Duration::from_secs(5);

/// So many events are emptied in one transaction when somebody is erased or a term is over: meanwhile nobody else in the house writes.
pub(crate) const EMPTIED_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_stand_in_the_order_that_the_design_needs() {
        assert!(SILENCE > HEARTBEAT * 2, "one lost heartbeat is no lost line");
        assert!(WRITE < SILENCE, "a blocked write is noticed before the silence");
        const { assert!(LETTERS_IN_A_ROW < ORDERED_LANE, "a lane that is read stays open") };
        assert!(
            IDLE_ROOM > SILENCE,
            "a room does not close on somebody who is about to be missed"
        );
        const { assert!(SIGN_BURST as usize * MAX_LINES_PER_PERSON < ORDERED_LANE) };
        const { assert!(room::limits::MAX_EVENTS_PER_DECISION <= crate::store::MAX_EVENTS_PER_APPEND) };
        const { assert!(crate::notes::limits::MAX_FRAMES_APART * 4 <= ORDERED_LANE) };
        const {
            assert!(
                MAX_CONTROL_BUFFER < READ_BUFFER,
                "a ping costs no more to answer than to read"
            )
        };
    }
}
