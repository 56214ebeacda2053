//! What was begun and waits for its second half: bounded, each for a while, each taken once. One node keeps it in memory, and a restart forgets it;
//! where there are several the database keeps it, sealed, since a page may begin at one and end at another.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use protocol::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{lock, millis};
use crate::limits;
use crate::store::{Beginning, KeptBeginning as Kept, Store, StoreFault};

/// Whoever began it, or the secret that they were given for it.
type Key = [u8; 32];

/// Beginnings of one kind.
pub(super) struct Pending<V> {
    kind: Beginning,
    life: Duration,
    place: Place<V>,
}

enum Place<V> {
    Here(Mutex<HashMap<Key, (V, Timestamp)>>),
    Shared(Store),
}

impl<V: Clone + Serialize + DeserializeOwned> Pending<V> {
    pub(super) fn new(kind: Beginning, life: Duration) -> Self {
        Self {
            kind,
            life,
            place: Place::Here(Mutex::default()),
        }
    }

    /// From here on the database keeps them, for every node.
    pub(super) fn share(&mut self, store: &Store) {
        self.place = Place::Shared(store.clone());
    }

    /// Keeps a beginning, in place of an earlier one of the same key. False while there are too many.
    pub(super) async fn put(&self, key: Key, value: V, now: Timestamp) -> Result<bool, StoreFault> {
        let ends_at = now.plus_millis(millis(self.life));
        match &self.place {
            Place::Here(begun) => Ok(keep(&mut lock(begun), key, (value, ends_at), now)),
            Place::Shared(store) => {
                let kept = Kept {
                    plain: serde_json::to_vec(&value).map_err(|_| StoreFault::Damaged("a beginning"))?,
                    ends_at,
                };
                let most = limits::MAX_BEGINNINGS as u64;
                store.keep_beginning(self.kind, key, &kept, now, most).await
            }
        }
    }

    /// Takes it out, whether the second half will fit or not.
    pub(super) async fn take(&self, key: &Key, now: Timestamp) -> Result<Option<V>, StoreFault> {
        match &self.place {
            Place::Here(begun) => {
                let taken = lock(begun).remove(key);
                Ok(taken.filter(|(_, ends)| *ends > now).map(|(value, _)| value))
            }
            Place::Shared(store) => read(store.take_beginning(self.kind, *key).await?, now),
        }
    }

    /// Looks at it and leaves it there: somebody may mistype.
    pub(super) async fn peek(&self, key: &Key, now: Timestamp) -> Result<Option<V>, StoreFault> {
        match &self.place {
            Place::Here(begun) => {
                let begun = lock(begun);
                let found = begun.get(key).filter(|(_, ends)| *ends > now);
                Ok(found.map(|(value, _)| value.clone()))
            }
            Place::Shared(store) => read(store.peek_beginning(self.kind, *key).await?, now),
        }
    }
}

fn keep<V>(begun: &mut HashMap<Key, (V, Timestamp)>, key: Key, value: (V, Timestamp), now: Timestamp) -> bool {
    if begun.len() >= limits::MAX_BEGINNINGS {
        begun.retain(|_, (_, ends)| *ends > now);
    }
    if begun.len() >= limits::MAX_BEGINNINGS && !begun.contains_key(&key) {
        return false;
    }
    begun.insert(key, value);
    true
}

fn read<V: DeserializeOwned>(kept: Option<Kept>, now: Timestamp) -> Result<Option<V>, StoreFault> {
    let read = |kept: Kept| serde_json::from_slice(&kept.plain).map_err(|_| StoreFault::Damaged("a beginning"));
    kept.filter(|kept| kept.ends_at > now).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: usize) -> Key {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&(n as u64).to_be_bytes());
        key
    }

    #[tokio::test]
    async fn a_beginning_is_taken_once_and_in_time_and_never_crowds_out_another() {
        let pending = Pending::new(Beginning::App, Duration::from_secs(60));
        let now = Timestamp(1_000_000);
        let put = async |n, value, at| pending.put(key(n), value, at).await.unwrap();
        let take = async |n, at| pending.take(&key(n), at).await.unwrap();
        assert!(put(0, 'a', now).await && put(0, 'b', now).await);
        assert_eq!(pending.peek(&key(0), now).await, Ok(Some('b')));
        assert_eq!((take(0, now).await, take(0, now).await), (Some('b'), None));
        assert!(put(0, 'c', now).await);
        assert_eq!(take(0, now.plus_seconds(60)).await, None, "too late");
        for n in 0..limits::MAX_BEGINNINGS {
            assert!(put(n, 'd', now).await);
        }
        assert!(!put(usize::MAX, 'e', now).await, "full");
        assert!(put(5, 'e', now).await, "who is in it already may begin anew");
        assert!(put(usize::MAX, 'e', now.plus_seconds(60)).await, "old ones make room");
    }
}
