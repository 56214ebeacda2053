//! Which datagrams are looked at: the cheapest questions first, and a budget for whoever asks.
//!
//! A connection's own addresses are learnt from calls (STUN binding requests) that carry its name and are signed with its password. Nothing
//! else from a stranger's address is read at all: not a handshake, not a packet. So a handshake sprayed from elsewhere never reaches a
//! connection that is coming up.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Counts by the second.
#[derive(Debug)]
pub struct Budget<K> {
    each: u32,
    keys: usize,
    since: Instant,
    spent: HashMap<K, u32>,
}

impl<K: Hash + Eq> Budget<K> {
    /// `each` for every key in a second, and so many keys.
    pub fn new(each: u32, keys: usize, now: Instant) -> Self {
        Self {
            each,
            keys,
            since: now,
            spent: HashMap::new(),
        }
    }

    /// Spends one; `false` where nothing is left.
    pub fn spend(&mut self, key: K, now: Instant) -> bool {
        if now.saturating_duration_since(self.since) >= Duration::from_secs(1) {
            self.since = now;
            self.spent.clear();
        }
        if self.spent.len() >= self.keys && !self.spent.contains_key(&key) {
            return false;
        }
        let spent = self.spent.entry(key).or_insert(0);
        *spent = spent.saturating_add(1);
        *spent <= self.each
    }
}

const HEADER: usize = 20;
const BINDING_REQUEST: [u8; 2] = [0, 1];
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const USERNAME: [u8; 2] = [0, 6];

/// The name of the connection that a call is for: the first half of USERNAME in a STUN binding request (RFC 8445, 7.2.2; RFC 8489, 14.3).
/// `None` for everything else.
pub fn called(datagram: &[u8]) -> Option<&str> {
    let (header, mut rest) = datagram.split_at_checked(HEADER)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[..2] != BINDING_REQUEST || header[4..8] != COOKIE || length != rest.len() {
        return None;
    }
    while let Some((attribute, behind)) = rest.split_at_checked(4) {
        let length = usize::from(u16::from_be_bytes([attribute[2], attribute[3]]));
        let value = behind.get(..length)?;
        if attribute[..2] == USERNAME {
            let (name, _) = std::str::from_utf8(value).ok()?.split_once(':')?;
            return Some(name);
        }
        rest = behind.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(user: &str) -> Vec<u8> {
        let padded = user.len().next_multiple_of(4);
        let length = u16::try_from(8 + 4 + padded).unwrap().to_be_bytes();
        let mut datagram = [&BINDING_REQUEST[..], &length, &COOKIE, &[7; 12]].concat();
        datagram.extend([0x80, 0x22, 0, 3, b'a', b'b', b'c', 0]); // another attribute first, with its padding
        datagram.extend(USERNAME);
        datagram.extend(u16::try_from(user.len()).unwrap().to_be_bytes());
        datagram.extend(user.as_bytes());
        datagram.resize(HEADER + 12 + padded, 0);
        datagram
    }

    #[test]
    fn a_call_names_the_connection_it_is_for() {
        assert_eq!(called(&call("ours:theirs")), Some("ours"));
        assert_eq!(called(&call("no colon")), None);
    }

    #[test]
    fn what_is_cut_short_or_changed_is_no_call_and_no_panic() {
        let whole = call("ours:theirs");
        for end in 0..whole.len() {
            assert_eq!(called(&whole[..end]), None, "cut at {end}");
        }
        let mut odd = 0_u64;
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            odd += u64::from(called(&changed).is_some_and(|name| name != "ours"));
        }
        assert!(odd <= 8 * 4, "a changed name is another name: {odd}");
    }

    #[test]
    fn a_source_that_spends_all_costs_nobody_else_anything() {
        let now = Instant::now();
        let mut budget = Budget::new(2, 2, now);
        assert!(budget.spend("a", now) && budget.spend("a", now) && !budget.spend("a", now));
        assert!(budget.spend("b", now));
        assert!(!budget.spend("c", now), "so many keys and no more are counted");
        assert!(budget.spend("c", now + Duration::from_secs(1)));
    }
}
