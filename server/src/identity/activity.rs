//! Signs of life of facilitators' logins, in memory and exact. The database has the same times, a minute coarse.
//!
//! Somebody who leads a session for an hour touches no form in all that time. A live room connection therefore counts:
//! it holds a [`Live`], and while one lives its login is not idle.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use protocol::Timestamp;

use super::{lock, millis};
use crate::clock::Clock;
use crate::limits;
use crate::store::directory::LoginId;

#[derive(Debug, Clone, Copy)]
struct Signs {
    connections: u32,
    last: Timestamp,
}

/// The signs of life of every login seen since the start.
#[derive(Debug, Default)]
pub(super) struct Activity(Mutex<HashMap<LoginId, Signs>>);

/// When a login was last alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// It has a room connection.
    LiveNow,
    At(Timestamp),
    /// Not since the start.
    Unknown,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn seen(&self, login: LoginId, now: Timestamp) {
        let mut all = lock(&self.0);
        all.entry(login).and_modify(|signs| signs.last = now).or_insert(Signs {
            connections: 0,
            last: now,
        });
    }

    pub(super) fn last(&self, login: LoginId) -> Last {
        match lock(&self.0).get(&login) {
            None => Last::Unknown,
            Some(Signs { connections: 0, last }) => Last::At(*last),
            Some(_) => Last::LiveNow,
        }
    }

    pub(super) fn forget(&self, login: LoginId) {
        lock(&self.0).remove(&login);
    }

    pub(super) fn live(self: &Arc<Self>, login: LoginId, clock: Clock) -> Live {
        let now = clock.now();
        lock(&self.0)
            .entry(login)
            .or_insert(Signs {
                connections: 0,
                last: now,
            })
            .connections += 1;
        Live {
            activity: Arc::clone(self),
            login,
            clock,
        }
    }

    pub(super) fn live_now(&self) -> Vec<LoginId> {
        lock(&self.0)
            .iter()
            .filter(|(_, signs)| signs.connections > 0)
            .map(|(login, _)| *login)
            .collect()
    }

    /// Forget those that would be idle: their logins end at the next question, from the database's time.
    pub(super) fn sweep(&self, now: Timestamp) {
        let kept = |signs: &Signs| signs.connections > 0 || now.since(signs.last) <= millis(limits::FACILITATOR_IDLE);
        lock(&self.0).retain(|_, signs| kept(signs));
    }
}

/// A login with a live room connection. Dropped when the connection ends.
#[derive(Debug)]
pub struct Live {
    activity: Arc<Activity>,
    login: LoginId,
    clock: Clock,
}

impl Drop for Live {
    fn drop(&mut self) {
        let now = self.clock.now();
        if let Some(signs) = lock(&self.activity.0).get_mut(&self.login) {
            signs.connections = signs.connections.saturating_sub(1);
            signs.last = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_connection_is_a_sign_of_life_until_the_last_one_ends() {
        let (activity, login) = (Activity::new(), LoginId([7; 32]));
        let clock = Clock::of(|| Timestamp(5_000));
        assert_eq!(activity.last(login), Last::Unknown);
        activity.seen(login, Timestamp(1_000));
        let (phone, laptop) = (activity.live(login, clock.clone()), activity.live(login, clock));
        drop(phone);
        assert_eq!(
            (activity.last(login), activity.live_now()),
            (Last::LiveNow, vec![login])
        );
        drop(laptop);
        assert_eq!(
            activity.last(login),
            Last::At(Timestamp(5_000)),
            "idleness begins when the last one leaves"
        );
        activity.sweep(Timestamp(5_000 + millis(limits::FACILITATOR_IDLE) + 1));
        assert_eq!(activity.last(login), Last::Unknown);
    }
}
