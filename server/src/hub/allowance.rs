//! How much a connection may still say.

use tokio::time::Instant;

use super::limits::FLOOD_REFUSALS;

/// A bucket that fills again with time. An overdrawn one refuses; a long overdrawn one closes.
pub(super) struct Allowance {
    burst: f64,
    per_second: f64,
    left: f64,
    at: Instant,
    overdrawn: bool,
    /// Refused messages less those that were within the allowance: a flood always has some that are.
    refusals: u32,
}

impl Allowance {
    pub(super) fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        Self {
            burst: f64::from(burst),
            per_second: f64::from(per_second),
            left: f64::from(burst),
            at: now,
            overdrawn: false,
            refusals: 0,
        }
    }
    /// Takes one message's worth; `false` when this has gone on for too long.
    pub(super) fn spend(&mut self, now: Instant) -> bool {
        let gained = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.left = (self.left + gained).min(self.burst);
        self.at = now;
        self.overdrawn = self.left < 1.0;
        if self.overdrawn {
            self.refusals = self.refusals.saturating_add(1);
        } else {
            self.left -= 1.0;
            self.refusals = self.refusals.saturating_sub(1);
        }
        self.refusals <= FLOOD_REFUSALS
    }
    pub(super) fn is_overdrawn(&self) -> bool {
        self.overdrawn
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

    #[test]
    fn a_flood_ends_however_many_of_its_messages_are_within_the_allowance() {
        let start = Instant::now();
        let mut allowance = Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, start);
        // A thousand a second, so that one in sixteen is within what a second gives.
        let flood = (0..10_000).map(|n| start + Duration::from_millis(n));
        let said = flood.take_while(|at| allowance.spend(*at)).count();
        assert!(said < 1_000, "{said}");
    }

    #[test]
    fn who_says_a_little_too_much_for_long_is_refused_now_and_then_and_never_closed() {
        let start = Instant::now();
        let mut allowance = Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, start);
        let a_little_more =
            (0..10_000).map(|n| start + Duration::from_millis(n * 950 / u64::from(MESSAGES_PER_SECOND)));
        let mut refused = 0;
        for at in a_little_more {
            assert!(allowance.spend(at));
            refused += u32::from(allowance.is_overdrawn());
        }
        assert!(refused > 0);
    }
}
