//! Every bound between nodes, with its reason.

use std::time::Duration;

/// A lease is renewed so many times while it runs: two that are lost in a row do not end it.
pub const RENEWALS: u32 = 3;
/// A node that is not heard of is shown to administrators for so long: then somebody has seen to it, or took it away.
pub const SILENT_SHOWN: Duration = Duration::from_secs(24 * 60 * 60);
/// So often both ends of a room's lines say how far they have come. What was lost is noticed after two of them, and nobody who waits for an
/// answer to what they did has given up by then.
pub const BEAT: Duration = Duration::from_millis(500);
/// So many beats may be answered by an owner who does not know a line, before its page is told to come back: each brings another hello.
pub const UNKNOWN_BEATS: u32 = 3;
/// An owner from whom nothing came for so long may be dead: the database is asked, which costs next to nothing. A beat and a half.
pub const DOUBT: Duration = Duration::from_millis(750);
/// An owner that answers no beat for so long is of no use to those whom it has: four beats, and they are told to come back.
pub const OWNER_SILENCE: Duration = Duration::from_millis(2_000);
/// A relay that sends no beat for so long is gone, and whoever came over it is away: longer than the owner's silence, so that a bus that
/// stops for a moment is noticed by those who can do something about it.
pub const RELAY_SILENCE: Duration = Duration::from_millis(5_000);
/// While nobody answers, the database is asked so often whether the room is free. A lease that runs out is noticed within this time.
pub const SEEK: Duration = Duration::from_millis(200);
/// Somebody who waits for an owner for longer is told to come back: a page waits for its first view about as long. More than a lease, after
/// which somebody owns the room again.
pub const SEEK_FOR: Duration = Duration::from_secs(15);
/// How far ahead of its turn a frame may come. A bus that mixes up more than this many has lost one.
pub const WINDOW: u64 = 32;
/// Letters that wait for one line: beyond this they are lost, as on a bus, and that is mended as there.
pub const INBOX: usize = 256;
/// The same for one room's relay: forty lines, and a hundred messages to each.
pub const RELAY_INBOX: usize = 4_096;
/// Messages that wait for the bus. With an owner of two hundred rooms this is a second.
pub const OUTBOX: usize = 8_192;
/// The largest piece of a message on the bus: a quarter of what a server takes unless it is told otherwise.
pub const PIECE_BYTES: usize = 256 * 1024;
/// Pieces of one message: a note's whole state, 8 MiB with its bookkeeping, and some.
pub const MAX_PIECES: u16 = 40;
/// Messages that are being put together. The oldest goes.
pub const MAX_UNFINISHED: usize = 16;
/// Lines of other nodes on one owner: as many as one node takes sockets.
pub const MAX_REMOTE_LINES: usize = crate::limits::MAX_CONNECTIONS;
/// How long a node that stops waits until its last words are handed over.
pub const LAST_WORDS: Duration = Duration::from_secs(1);
/// A node that ends hands over one room in this time, so that those who come back do not all do so at once: some ten people.
pub const HANDED_OVER_EVERY: Duration = Duration::from_millis(50);
/// All of them within this, however many: whoever stopped the node waits for half a minute before it is killed.
pub const HANDED_OVER_WITHIN: Duration = Duration::from_secs(15);
/// After a renewal that failed the next one comes so many times sooner.
pub const SOONER: u32 = 10;
/// Lines that ended, so that a hello that comes late or twice opens none of them again.
pub const ENDED_LINES: usize = 4_096;
/// Processes of which it is remembered up to which number their lines are over: more than there are restarts in a year.
pub const RELAYS_REMEMBERED: usize = 1_024;
/// So often what has ended elsewhere is looked for. With reading it and closing a socket that is within a second.
pub const ENDED_LOOK: Duration = Duration::from_millis(500);
/// How often it is tried to tell the others what has ended, one look apart: ten minutes, and then the login is the least of what is amiss.
pub const ENDED_TOLD_TRIES: u32 = 1_200;
/// People that a room is expected to bring, until its node says how many came: a group and who leads it.
pub const PEOPLE_EXPECTED: u64 = 10;
/// A room is opened elsewhere only where there are fewer people by this many: two groups. A difference of less is not worth a way over the bus.
pub const PLACED_ELSEWHERE_FROM: u64 = 20;
/// How long a start looks for the bus before it gives up.
pub const BUS_START: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_stand_in_the_order_that_the_design_needs() {
        assert!(
            DOUBT > BEAT && OWNER_SILENCE > BEAT * 3,
            "two lost beats are no silence"
        );
        assert!(RELAY_SILENCE > OWNER_SILENCE * 2);
        assert!(SEEK_FOR > crate::limits::LEASE + OWNER_SILENCE);
        assert!(BEAT * 4 < crate::limits::LEASE);
        const { assert!((WINDOW as usize) < INBOX) };
        const { assert!(MAX_PIECES as usize * PIECE_BYTES > 8 * 1024 * 1024) };
    }
}
