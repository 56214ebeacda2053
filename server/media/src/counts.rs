//! What media counts. Numbers alone: nothing here says who or when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Frames that pages sent.
    pub frames: AtomicU64,
    /// Frames written into somebody's slot.
    pub carried: AtomicU64,
    /// Frames of sound that nobody was sent, since the room said so.
    pub withheld: AtomicU64,
    /// Frames that one listener was not sent, since their network does not carry them or their page does not want them.
    pub held_back: AtomicU64,
    /// Datagrams of known addresses that were read.
    pub read: AtomicU64,
    /// Datagrams sent.
    pub sent: AtomicU64,
    /// Datagrams that were not read: no connection's, or over the budget.
    pub turned_away: AtomicU64,
    /// Connections that ended by a fault: a wrong certificate among them.
    pub broken: AtomicU64,
    /// Connections that came up.
    pub came_up: AtomicU64,
    /// Ways that were looked for anew after a change of network.
    pub restarts: AtomicU64,
    /// How long a datagram was in here: from when it came to the kernel, until all that became of it was sent.
    pub stays: Stays,
}

pub(crate) fn one_more(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// Steps of the scale in one doubling.
const STEPS: u64 = 4;

/// Durations, counted on a scale of four steps for each doubling of a microsecond.
#[derive(Debug)]
pub struct Stays([AtomicU64; 128]);

impl Default for Stays {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Stays {
    pub(crate) fn note(&self, stay: Duration) {
        let micros = u64::try_from(stay.as_micros()).unwrap_or(u64::MAX).max(1);
        let doublings = u64::from(micros.ilog2());
        let within = (micros << 2 >> doublings) & (STEPS - 1);
        if let Some(step) = usize::try_from(doublings * STEPS + within)
            .ok()
            .and_then(|at| self.0.get(at))
        {
            one_more(step);
        }
    }

    /// The duration within which so many of a thousand stayed, to a fifth exactly; `None` before anything was counted.
    pub fn of_thousand(&self, share: u64) -> Option<Duration> {
        let counts: Vec<u64> = self.0.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let all: u64 = counts.iter().sum();
        let mut seen = 0;
        for (step, count) in (0..).zip(counts) {
            seen += count;
            if count > 0 && seen * 1_000 >= all * share {
                let (doublings, within) = (step / STEPS, step % STEPS);
                return Some(Duration::from_micros(((STEPS + within + 1) << doublings) / STEPS));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_are_told_by_their_share() {
        let stays = Stays::default();
        assert_eq!(stays.of_thousand(500), None);
        for micros in 1..=1_000 {
            stays.note(Duration::from_micros(micros));
        }
        let within = |share| stays.of_thousand(share).expect("counted").as_micros();
        assert!((500..=640).contains(&within(500)), "{}", within(500));
        assert!((990..=1_280).contains(&within(990)), "{}", within(990));
        stays.note(Duration::from_secs(3_600));
        assert!(within(1_000) > 1_000);
    }
}
