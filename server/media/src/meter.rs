//! How much somebody's picture takes, in each of its sizes: counted, since encoders keep no promise.

use std::time::Instant;

use str0m::media::Rid;

use crate::limits::PICTURE_BITS;

/// One person's.
#[derive(Debug)]
pub(crate) struct Meter {
    since: Instant,
    /// Bytes of the small and the large size since then.
    bytes: (u64, u64),
    /// Bits a second in the time before.
    rates: (u64, u64),
}

impl Meter {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            since: now,
            bytes: (0, 0),
            rates: (0, 0),
        }
    }

    /// A frame came, of the size `l` or `h`, or of the only one there is.
    pub(crate) fn reads(&mut self, size: Option<Rid>, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let large = size == Some("h".into());
        if !large {
            self.bytes.0 = self.bytes.0.saturating_add(bytes);
        }
        if large || size.is_none() {
            self.bytes.1 = self.bytes.1.saturating_add(bytes);
        }
    }

    /// Time has passed.
    pub(crate) fn looks(&mut self, now: Instant) {
        let millis = u64::try_from(now.saturating_duration_since(self.since).as_millis()).unwrap_or(u64::MAX);
        let rate = |bytes: u64| bytes.saturating_mul(8_000) / millis.max(1);
        self.rates = (rate(self.bytes.0), rate(self.bytes.1));
        self.bytes = (0, 0);
        self.since = now;
    }

    /// Bits a second of the small and the large size; what browsers are asked for where there is nothing to measure.
    pub(crate) fn takes(&self) -> (u64, u64) {
        let or = |measured: u64, asked: u64| if measured == 0 { asked } else { measured };
        (or(self.rates.0, PICTURE_BITS.0), or(self.rates.1, PICTURE_BITS.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_picture_takes_what_it_was_measured_to_take() {
        let begin = Instant::now();
        let mut meter = Meter::new(begin);
        assert_eq!(meter.takes(), PICTURE_BITS);
        meter.reads(Some("l".into()), 10_000);
        meter.reads(Some("h".into()), 50_000);
        meter.looks(begin + Duration::from_secs(1));
        assert_eq!(meter.takes(), (80_000, 400_000));
        meter.reads(Some("l".into()), 10_000);
        meter.looks(begin + Duration::from_secs(3));
        assert_eq!(
            meter.takes(),
            (40_000, PICTURE_BITS.1),
            "a size that does not come may come again"
        );
    }
}
