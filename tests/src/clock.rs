//! A clock that a test moves by hand, so that recorded times are kept to the millisecond however busy the machine is.
//!
//! A room that sleeps until a deadline still sleeps by the machine's time. That changes no time in the journal: whatever is overdue
//! comes first in the room's next decision, and every decision bears this clock's time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use protocol::Timestamp;
use rondo::clock::Clock;

/// The hands; every clone moves the same ones.
#[derive(Debug, Clone)]
pub struct HandClock(Arc<AtomicU64>);

impl HandClock {
    /// A clock that stands at `at`.
    pub fn standing_at(at: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(at.0)))
    }

    /// The clock to hand to a server.
    pub fn clock(&self) -> Clock {
        let hands = Arc::clone(&self.0);
        Clock::of(move || Timestamp(hands.load(Ordering::SeqCst)))
    }

    /// Moves the hands forward; a story that goes back in time is a fault of the test.
    pub fn moves_to(&self, at: Timestamp) {
        let before = self.0.swap(at.0, Ordering::SeqCst);
        assert!(before <= at.0, "the clock was moved back from {before} to {}", at.0);
    }
}
