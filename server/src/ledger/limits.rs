//! Every bound of the ledger, with its reason.

use std::time::Duration;

/// How often what was recorded is taken into the log. What is not in it yet could still be changed unnoticed, so this is short.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);
/// So many events since the last look are not left waiting for the next.
pub const CHECKPOINT_EVENTS: u64 = 256;
/// But at most one look in this time: at a busy hour 256 events come several times a second, and each look is a commit.
pub const CHECKPOINT_PAUSE: Duration = Duration::from_secs(1);
/// Up to so many events since the last look are brought into the journal's tables for it. More of them come there by themselves within
/// seconds, in the pieces that suit the writer.
pub const FEW_EVENTS: u64 = 512;
/// Leaves of one transaction: the writer is held for some milliseconds.
pub const LEAVES_AT_ONCE: u64 = 512;
/// How long a session's end waits for its checkpoint. People are not kept waiting for a slow disk; the next look makes up for it.
pub const END_WAITS: Duration = Duration::from_secs(2);
/// Leaves of one read while checking or exporting; their bodies stand in memory meanwhile.
pub const LEAVES_A_READ: u64 = 1_000;
/// Faults that are told one by one; of more, the number.
pub const MAX_FAULTS: usize = 100;
/// The longest line of an exported file that is read: a leaf with its header is a quarter of a kilobyte, a note may carry witnesses.
pub const MAX_LINE_BYTES: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_stand_in_the_order_that_the_design_needs() {
        assert!(CHECKPOINT_PAUSE < CHECKPOINT_EVERY);
        assert!(END_WAITS < CHECKPOINT_EVERY);
        const { assert!(CHECKPOINT_EVENTS <= FEW_EVENTS) };
    }
}
