//! The demo's clock. It begins some weeks ago, so that the earlier sessions carry believable dates, is moved forward by hand while they
//! are walked through, and tells the real time from then on. It never goes back: a journal would not forgive that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use protocol::Timestamp;

use crate::clock::Clock;

/// How far behind the real time the demo's clock is, in milliseconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar {
    behind: Arc<AtomicU64>,
}

impl Calendar {
    pub(super) fn behind(millis: u64) -> Self {
        Self {
            behind: Arc::new(AtomicU64::new(millis)),
        }
    }

    /// The clock for the server.
    pub(super) fn clock(&self) -> Clock {
        let (behind, real) = (Arc::clone(&self.behind), Clock::system());
        Clock::of(move || Timestamp(real.now().0.saturating_sub(behind.load(Ordering::Acquire))))
    }

    /// Let so many milliseconds pass at once; stops at the real time.
    pub(super) fn pass(&self, millis: u64) {
        self.come_to(self.behind.load(Ordering::Acquire).saturating_sub(millis));
    }

    /// Be so far behind the real time; does nothing where that has passed already.
    pub(super) fn come_to(&self, behind: u64) {
        self.behind.fetch_min(behind, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_forward_alone_and_ends_at_the_real_time() {
        let calendar = Calendar::behind(10_000);
        let clock = calendar.clock();
        let at = |behind: u64| Clock::system().now().0.saturating_sub(behind);
        assert!(clock.now().0.abs_diff(at(10_000)) < 5_000);
        let before = clock.now();
        calendar.come_to(60_000);
        assert!(clock.now() >= before);
        calendar.pass(4_000);
        assert!(clock.now().since(before) >= 4_000);
        calendar.pass(u64::MAX);
        assert!(clock.now().0.abs_diff(at(0)) < 5_000);
    }
}
