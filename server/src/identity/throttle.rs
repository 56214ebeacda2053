//! Throttles: how often somebody may try. Two kinds, both in memory, both bounded.
//!
//! * [`Pace`] per network: so many at once, then one in a while.
//! * [`Failures`] per account: a few wrong tries, then waits that double.
//!
//! A try is counted before it is made and taken back when it was right, so that a hundred tries sent at the same moment
//! are a hundred tries. Forgotten at a restart: an attacker cannot restart us, and a locked-out person can ask who can.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use protocol::Timestamp;

use crate::limits;

/// A try that must wait: so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) u64);

/// So many tries at once, then one each `every`.
#[derive(Debug)]
pub(crate) struct Pace<K> {
    burst: u64,
    every: u64,
    /// For each key the moment by which all its tries are paid off (a leaky bucket, told as a time).
    paid_at: Mutex<HashMap<K, Timestamp>>,
}

impl<K: Eq + Hash + Copy> Pace<K> {
    pub(crate) fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst: u64::from(burst),
            every: millis(every),
            paid_at: Mutex::default(),
        }
    }

    /// Count one try.
    pub(crate) fn take(&self, key: K, now: Timestamp) -> Result<(), Wait> {
        let mut paid_at = self.paid_at.lock().unwrap_or_else(PoisonError::into_inner);
        let from = paid_at.get(&key).copied().unwrap_or(now).max(now);
        let owed = from.since(now);
        let most = self.every.saturating_mul(self.burst.saturating_sub(1));
        if owed > most {
            return Err(Wait(owed - most));
        }
        make_room(&mut paid_at, key, |at| *at, now);
        paid_at.insert(key, from.plus_millis(self.every));
        Ok(())
    }

    /// Take one try back: it was a right one.
    pub(crate) fn give_back(&self, key: K) {
        let mut paid_at = self.paid_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = paid_at.get_mut(&key) {
            *at = Timestamp(at.0.saturating_sub(self.every));
        }
    }
}

/// Wrong tries of one key.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    wrong: u32,
    /// The next try is open from here on.
    open_at: Timestamp,
}

/// A few wrong tries, then waits that double up to a longest one.
#[derive(Debug)]
pub(crate) struct Failures<K> {
    counts: Mutex<HashMap<K, Count>>,
}

impl<K: Eq + Hash + Copy> Failures<K> {
    pub(crate) fn new() -> Self {
        Self {
            counts: Mutex::default(),
        }
    }

    /// Count one try as wrong, until [`Failures::forget`] says that it was right.
    pub(crate) fn take(&self, key: K, now: Timestamp) -> Result<(), Wait> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = counts.get(&key).copied().unwrap_or_default();
        if count.open_at > now {
            return Err(Wait(count.open_at.since(now)));
        }
        count.wrong = count.wrong.saturating_add(1);
        let longest = millis(limits::LONGEST_ACCOUNT_WAIT);
        let wait = match count.wrong.checked_sub(limits::FREE_TRIES_PER_ACCOUNT) {
            None => 0,
            Some(doublings @ 0..16) => longest.min(millis(limits::FIRST_ACCOUNT_WAIT) << doublings),
            Some(_) => longest,
        };
        count.open_at = now.plus_millis(wait);
        make_room(&mut counts, key, |count| count.open_at, now);
        counts.insert(key, count);
        Ok(())
    }

    /// The try was right: the key starts anew.
    pub(crate) fn forget(&self, key: K) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

/// A full map first forgets what is over, then the one that would be over soonest.
fn make_room<K: Eq + Hash + Copy, V>(
    map: &mut HashMap<K, V>,
    key: K,
    over_at: impl Fn(&V) -> Timestamp,
    now: Timestamp,
) {
    if map.len() < limits::MAX_THROTTLE_KEYS || map.contains_key(&key) {
        return;
    }
    map.retain(|_, value| over_at(value) > now);
    if map.len() >= limits::MAX_THROTTLE_KEYS
        && let Some(soonest) = map.iter().min_by_key(|(_, value)| over_at(value)).map(|(key, _)| *key)
    {
        map.remove(&soonest);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    #[test]
    fn a_pace_lets_a_burst_through_and_then_one_at_a_time() {
        let pace = Pace::new(3, Duration::from_secs(10));
        let at = |seconds: u64| Timestamp(1_000_000 + seconds * 1000);
        assert!((0..3).all(|_| pace.take("a", at(0)).is_ok()));
        assert_eq!(pace.take("a", at(0)), Err(Wait(10_000)));
        assert!(pace.take("b", at(0)).is_ok(), "another network is not concerned");
        assert_eq!(pace.take("a", at(9)), Err(Wait(1_000)));
        assert!(pace.take("a", at(10)).is_ok() && pace.take("a", at(10)).is_err());
        pace.give_back("a");
        assert!(pace.take("a", at(10)).is_ok(), "a right try is not counted");
        assert!(
            (0..3).all(|_| pace.take("a", at(999)).is_ok()),
            "what was owed is paid off in time"
        );
    }

    #[test]
    fn after_the_free_tries_each_wait_is_twice_the_last_up_to_an_hour() {
        let failures = Failures::new();
        let mut now = Timestamp(1_000_000);
        assert!((0..limits::FREE_TRIES_PER_ACCOUNT).all(|_| failures.take(7, now).is_ok()));
        let mut waits = Vec::new();
        for _ in 0..9 {
            let Err(Wait(wait)) = failures.take(7, now) else {
                panic!("a try was let through")
            };
            waits.push(wait / MINUTE);
            now = now.plus_millis(wait);
            assert_eq!(failures.take(7, now), Ok(()));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        failures.forget(7);
        assert!(failures.take(7, now).is_ok() && failures.take(7, now).is_ok());
    }

    #[test]
    fn a_throttle_never_remembers_more_than_its_bound_and_keeps_those_who_owe_most() {
        let failures = Failures::new();
        let now = Timestamp(1_000_000);
        for _ in 0..limits::FREE_TRIES_PER_ACCOUNT {
            failures.take(0, now).unwrap();
        }
        for key in 1..limits::MAX_THROTTLE_KEYS * 2 {
            failures.take(key, now).unwrap();
        }
        assert!(failures.counts.lock().unwrap().len() <= limits::MAX_THROTTLE_KEYS);
        assert!(failures.take(0, now).is_err(), "the one under attack is still slowed");
    }
}
