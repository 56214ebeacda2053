//! What was begun and waits for its second half: bounded, each for a while, each taken once. Forgotten at a restart; people begin anew.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

use protocol::Timestamp;

use super::{lock, millis};
use crate::limits;

/// Beginnings of one kind.
pub(super) struct Pending<K, V> {
    life: Duration,
    begun: Mutex<HashMap<K, (V, Timestamp)>>,
}

impl<K: Eq + Hash, V> Pending<K, V> {
    pub(super) fn new(life: Duration) -> Self {
        Self {
            life,
            begun: Mutex::default(),
        }
    }

    /// Keeps a beginning, in place of an earlier one of the same key. False while there are too many.
    #[must_use]
    pub(super) fn put(&self, key: K, value: V, now: Timestamp) -> bool {
        let mut begun = lock(&self.begun);
        if begun.len() >= limits::MAX_BEGINNINGS {
            begun.retain(|_, (_, ends)| *ends > now);
        }
        if begun.len() >= limits::MAX_BEGINNINGS && !begun.contains_key(&key) {
            return false;
        }
        begun.insert(key, (value, now.plus_millis(millis(self.life))));
        true
    }

    /// Takes it out, whether the second half will fit or not.
    pub(super) fn take(&self, key: &K, now: Timestamp) -> Option<V> {
        let (value, ends) = lock(&self.begun).remove(key)?;
        (ends > now).then_some(value)
    }
}

impl<K: Eq + Hash, V: Clone> Pending<K, V> {
    /// Looks at it and leaves it there: somebody may mistype.
    pub(super) fn peek(&self, key: &K, now: Timestamp) -> Option<V> {
        let begun = lock(&self.begun);
        let (value, ends) = begun.get(key)?;
        (*ends > now).then(|| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_taken_once_and_in_time_and_never_crowds_out_another() {
        let (pending, now) = (Pending::new(Duration::from_secs(60)), Timestamp(1_000_000));
        assert!(pending.put(0, 'a', now) && pending.put(0, 'b', now));
        assert_eq!(pending.peek(&0, now), Some('b'));
        assert_eq!((pending.take(&0, now), pending.take(&0, now)), (Some('b'), None));
        assert!(pending.put(0, 'c', now));
        assert_eq!(pending.take(&0, now.plus_seconds(60)), None, "too late");
        assert!((0..limits::MAX_BEGINNINGS).all(|key| pending.put(key, 'd', now)));
        assert!(!pending.put(usize::MAX, 'e', now), "full");
        assert!(pending.put(5, 'e', now), "who is in it already may begin anew");
        assert!(pending.put(usize::MAX, 'e', now.plus_seconds(60)), "old ones make room");
    }
}
