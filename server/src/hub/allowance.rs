//! How much a connection may still say.

use tokio::time::Instant;

use super::limits::FLOOD_REFUSALS;

/// A bucket that fills again with time. An overdrawn one refuses; a long overdrawn one closes.
pub(super) struct Allowance {
    burst: f64,
    per_second: f64,
    left: f64,
    at: Instant,
    refusals: u32,
}

impl Allowance {
    pub(super) fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        Self {
            burst: f64::from(burst),
            per_second: f64::from(per_second),
            left: f64::from(burst),
            at: now,
            refusals: 0,
        }
    }
    /// Takes one message's worth; `false` when this has gone on for too long.
    pub(super) fn spend(&mut self, now: Instant) -> bool {
        let gained = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.left = (self.left + gained).min(self.burst);
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            self.refusals = 0;
        } else {
            self.refusals += 1;
        }
        self.refusals <= FLOOD_REFUSALS
    }
    pub(super) fn is_overdrawn(&self) -> bool {
        self.refusals > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::limits::{MESSAGE_BURST, MESSAGES_PER_SECOND};
    use std::time::Duration;

    #[test]
    fn a_burst_is_free_then_it_is_refused_then_it_ends() {
        let start = Instant::now();
        let mut allowance = Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, start);
        for _ in 0..MESSAGE_BURST {
            assert!(allowance.spend(start));
            assert!(!allowance.is_overdrawn());
        }
        for _ in 0..FLOOD_REFUSALS {
            assert!(allowance.spend(start));
            assert!(allowance.is_overdrawn());
        }
        assert!(!allowance.spend(start));
        assert!(allowance.spend(start + Duration::from_secs(1)), "a pause makes good");
    }
}
