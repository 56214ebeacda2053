//! One unbroken clock for a listener's slot. A browser plays a slot as one stream; the people in it change, and each brings a clock of their
//! own. So every source's times are moved to where the slot's own clock is.

use std::time::Instant;

/// The clock of one slot. `S` names a source: a person, or one size of a person's picture.
#[derive(Debug, Clone)]
pub struct Timeline<S> {
    /// Ticks in a second.
    rate: u64,
    /// Ticks of the shortest step forward.
    step: u64,
    source: Option<S>,
    shift: u64,
    last: Option<(u64, Instant)>,
}

impl<S: PartialEq + Copy> Timeline<S> {
    /// A slot's clock, at nought.
    pub fn new(rate: u64, step: u64) -> Self {
        Self {
            rate,
            step,
            source: None,
            shift: 0,
            last: None,
        }
    }

    /// Where a packet of `source` that carries `time` stands on the slot's clock.
    pub fn place(&mut self, source: S, time: u64, at: Instant) -> u64 {
        let mut out = time.wrapping_add(self.shift);
        let goes_back = self
            .last
            .is_some_and(|(last, _)| out <= last && self.source == Some(source) && last - out > self.rate);
        if self.source != Some(source) || goes_back {
            let start = self.next(at);
            self.shift = start.wrapping_sub(time);
            self.source = Some(source);
            out = start;
        }
        if self.last.is_none_or(|(last, _)| out > last) {
            self.last = Some((out, at));
        }
        out
    }

    /// The next moment of the slot itself, for what no source sends: the silence after a voice that was cut off.
    pub fn own(&mut self, at: Instant) -> u64 {
        let next = self.last.map_or(0, |(last, _)| last + self.step);
        self.last = Some((next, at));
        self.source = None; // whoever comes next is placed behind it
        next
    }

    fn next(&self, at: Instant) -> u64 {
        let Some((last, when)) = self.last else { return 0 };
        let passed = at.saturating_duration_since(when).as_micros();
        let ticks = u64::try_from(passed).unwrap_or(u64::MAX).saturating_mul(self.rate) / 1_000_000;
        last + ticks.max(self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_slots_clock_never_goes_back_when_another_takes_the_floor() {
        let begin = Instant::now();
        let mut slot = Timeline::new(48_000, 960);
        assert_eq!(slot.place("ana", 5_000_000, begin), 0);
        assert_eq!(slot.place("ana", 5_000_960, begin + Duration::from_millis(20)), 960);
        let ben = slot.place("ben", 17, begin + Duration::from_millis(60));
        assert_eq!(ben, 960 + 1_920, "the time that passed between the two");
        assert_eq!(
            slot.place("ben", 17 + 960, begin + Duration::from_millis(80)),
            ben + 960
        );
    }

    #[test]
    fn a_packet_that_was_overtaken_keeps_its_own_place() {
        let begin = Instant::now();
        let mut slot = Timeline::new(48_000, 960);
        slot.place("ana", 1_000, begin);
        assert_eq!(slot.place("ana", 1_000 + 1_920, begin), 1_920);
        assert_eq!(slot.place("ana", 1_000 + 960, begin), 960);
        assert_eq!(slot.place("ana", 1_000 + 2_880, begin), 2_880);
    }

    #[test]
    fn silence_of_our_own_stands_before_whatever_comes_next() {
        let begin = Instant::now();
        let mut slot = Timeline::new(48_000, 960);
        slot.place("ana", 0, begin);
        assert_eq!((slot.own(begin), slot.own(begin)), (960, 1_920));
        assert!(slot.place("ana", 960, begin) > 1_920);
    }
}
