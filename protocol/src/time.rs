//! Moments. All times on the wire are server time, in whole milliseconds since 1970-01-01T00:00Z.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moment in server time: milliseconds since the Unix epoch. Fits a JavaScript number until the year 287396.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This moment and `millis` milliseconds; saturates at the end of time.
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }
    /// This moment and `seconds` seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }
    /// Milliseconds from `earlier` until this moment; 0 if `earlier` is later (a clock that stepped back).
    #[must_use]
    pub const fn since(self, earlier: Timestamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
