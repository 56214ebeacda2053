//! A turn's clock: it runs, or it stands still for one or more reasons. The server never ticks: the deadline is a moment.

use std::collections::BTreeSet;

use protocol::Timestamp;
use protocol::wire::{ClockView, StopReason};
use serde::{Deserialize, Serialize};

/// The clock of one turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// What is left of the limit when it last started or stopped, in milliseconds; absent without a limit.
    left_ms: Option<u64>,
    /// Since when it runs; absent while it stands.
    running_since: Option<Timestamp>,
    /// Why it stands. It runs exactly while this is empty.
    stops: BTreeSet<StopReason>,
    /// Time the clock has run before `running_since`, in milliseconds.
    ran_ms: u64,
}

impl Clock {
    /// A running clock.
    pub(crate) fn start(at: Timestamp, limit_seconds: Option<u32>) -> Self {
        Self {
            left_ms: limit_seconds.map(|s| u64::from(s) * 1000),
            running_since: Some(at),
            stops: BTreeSet::new(),
            ran_ms: 0,
        }
    }

    /// Stands still for one more reason.
    pub(crate) fn stop(&mut self, at: Timestamp, why: StopReason) {
        if let Some(since) = self.running_since.take() {
            let ran = at.since(since);
            self.ran_ms += ran;
            self.left_ms = self.left_ms.map(|left| left.saturating_sub(ran));
        }
        self.stops.insert(why);
    }

    /// One reason less; runs again when none is left.
    pub(crate) fn go(&mut self, at: Timestamp, why: StopReason) {
        if self.stops.remove(&why) && self.stops.is_empty() {
            self.running_since = Some(at);
        }
    }

    /// Gives more time. Time already overrun is not charged.
    pub(crate) fn extend(&mut self, at: Timestamp, seconds: u32) {
        let more = u64::from(seconds) * 1000;
        if let (Some(since), Some(left)) = (self.running_since, self.left_ms) {
            let ran = at.since(since);
            self.ran_ms += ran;
            self.running_since = Some(at);
            self.left_ms = Some(left.saturating_sub(ran) + more);
        } else {
            self.left_ms = self.left_ms.map(|left| left + more);
        }
    }

    /// The time is up as of now: the deadline is this moment, so that the grace of a firm ending is whole however late it was noticed
    /// and whenever the ending was made firm.
    pub(crate) fn time_is_up(&mut self, at: Timestamp) {
        self.extend(at, 0);
    }

    /// When the time is up; `None` while it stands or without a limit.
    pub fn deadline(&self) -> Option<Timestamp> {
        Some(self.running_since?.plus_millis(self.left_ms?))
    }

    /// When it will have run for so long; `None` while it stands before that.
    pub(crate) fn has_run_at(&self, ms: u64) -> Option<Timestamp> {
        match self.running_since {
            Some(since) => Some(since.plus_millis(ms.saturating_sub(self.ran_ms))),
            None => (self.ran_ms >= ms).then_some(Timestamp::default()),
        }
    }

    /// Whether it stands for this reason.
    pub fn stopped_by(&self, why: StopReason) -> bool {
        self.stops.contains(&why)
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.running_since.is_some()
    }

    /// How long it has run until `at`, in milliseconds.
    pub fn ran_ms(&self, at: Timestamp) -> u64 {
        self.ran_ms + self.running_since.map_or(0, |since| at.since(since))
    }

    pub(crate) fn view(&self) -> ClockView {
        match self.stops.first() {
            None => ClockView::Running {
                deadline: self.deadline(),
            },
            Some(&because) => ClockView::Stopped {
                left_ms: self.left_ms,
                because,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1000;

    #[test]
    fn a_clock_that_stood_has_the_time_left_that_it_had() {
        let mut clock = Clock::start(Timestamp(0), Some(120));
        clock.stop(Timestamp(50 * S), StopReason::Away);
        assert_eq!(clock.deadline(), None);
        clock.go(Timestamp(500 * S), StopReason::Away);
        assert_eq!(clock.deadline(), Some(Timestamp(570 * S)));
        assert_eq!(clock.ran_ms(Timestamp(510 * S)), 60 * S);
    }

    #[test]
    fn a_clock_runs_again_only_when_the_last_reason_is_gone() {
        let mut clock = Clock::start(Timestamp(0), Some(10));
        clock.stop(Timestamp(S), StopReason::Away);
        clock.stop(Timestamp(2 * S), StopReason::Paused);
        clock.go(Timestamp(3 * S), StopReason::Away);
        assert!(!clock.runs());
        clock.go(Timestamp(4 * S), StopReason::Paused);
        assert_eq!(clock.deadline(), Some(Timestamp(13 * S)));
    }

    #[test]
    fn more_time_after_the_limit_counts_from_now() {
        let mut clock = Clock::start(Timestamp(0), Some(10));
        clock.extend(Timestamp(25 * S), 30);
        assert_eq!(clock.deadline(), Some(Timestamp(55 * S)));
        assert_eq!(clock.ran_ms(Timestamp(26 * S)), 26 * S);
    }

    #[test]
    fn an_unlimited_turn_stays_unlimited_when_extended() {
        let mut clock = Clock::start(Timestamp(0), None);
        clock.extend(Timestamp(S), 30);
        assert_eq!(clock.deadline(), None);
    }
}
