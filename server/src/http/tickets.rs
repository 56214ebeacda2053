//! Tickets: a WebSocket's proof that it was asked for by a signed-in page of ours a moment ago (ASVS V4.4.3).
//!
//! 256 random bits, kept as their hash, in memory: used once, within thirty seconds, by the login, for the person and
//! the room it was made for. A restart forgets them; pages ask for another. Where there are several nodes the database keeps them, since a page
//! may ask one node and come to another.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::{ParticipantId, Private, RoomId, Timestamp};

use crate::identity::{draw_secret, read_secret};
use crate::limits;
use crate::store::directory::LoginId;
use crate::store::{SharedTicket, Store, StoreFault};

/// What a ticket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) login: LoginId,
    pub(super) room: RoomId,
    pub(super) participant: ParticipantId,
}

/// The tickets of this house.
#[derive(Debug)]
pub(super) enum Tickets {
    /// One node alone keeps them in memory.
    Here(Waiting),
    Shared(Store),
}

impl Tickets {
    pub(super) fn new(store: &Store, several_nodes: bool) -> Self {
        if several_nodes {
            Self::Shared(store.clone())
        } else {
            Self::Here(Waiting::default())
        }
    }

    /// A new ticket and its end; none while too many wait.
    pub(super) async fn issue(
        &self,
        bound: Bound,
        now: Timestamp,
    ) -> Result<Option<(Private<String>, Timestamp)>, StoreFault> {
        let store = match self {
            Self::Here(waiting) => return Ok(waiting.issue(bound, now)),
            Self::Shared(store) => store,
        };
        let (text, hash) = draw_secret();
        let Bound {
            login,
            room,
            participant,
        } = bound;
        let ends_at = now.plus_seconds(limits::TICKET_LIFE.as_secs());
        let ticket = SharedTicket {
            login,
            room,
            participant,
            ends_at,
        };
        let most = u64::try_from(limits::MAX_TICKETS_PER_LOGIN).unwrap_or(u64::MAX);
        store.keep_ticket(hash, ticket, now, most).await?;
        Ok(Some((text, ends_at)))
    }

    /// Use a ticket up. It is gone afterwards, whether it fitted or not: a ticket tried at the wrong door is not safe any more.
    pub(super) async fn consume(
        &self,
        text: &str,
        login: LoginId,
        room: RoomId,
        now: Timestamp,
    ) -> Result<Option<Bound>, StoreFault> {
        let store = match self {
            Self::Here(waiting) => return Ok(waiting.consume(text, login, room, now)),
            Self::Shared(store) => store,
        };
        let Some(hash) = read_secret(text) else { return Ok(None) };
        let Some(ticket) = store.take_ticket(hash).await? else {
            return Ok(None);
        };
        let fits = ticket.ends_at > now && ticket.login == login && ticket.room == room;
        Ok(fits.then_some(Bound {
            login,
            room,
            participant: ticket.participant,
        }))
    }

    /// Drops what nobody used in time. In memory that is done when they are many.
    pub(super) async fn sweep(&self, now: Timestamp) -> Result<(), StoreFault> {
        match self {
            Self::Here(_) => Ok(()),
            Self::Shared(store) => store.drop_old_tickets(now).await,
        }
    }
}

/// The tickets that wait to be used.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<HashMap<[u8; 32], (Bound, Timestamp)>>);

impl Waiting {
    fn issue(&self, bound: Bound, now: Timestamp) -> Option<(Private<String>, Timestamp)> {
        let (text, hash) = draw_secret();
        let ends = now.plus_seconds(limits::TICKET_LIFE.as_secs());
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= limits::MAX_TICKETS {
            waiting.retain(|_, (_, ends)| *ends > now);
        }
        let mine = || waiting.iter().filter(|(_, (other, _))| other.login == bound.login);
        if mine().count() >= limits::MAX_TICKETS_PER_LOGIN
            && let Some(oldest) = mine().min_by_key(|(_, (_, ends))| *ends).map(|(hash, _)| *hash)
        {
            waiting.remove(&oldest);
        }
        if waiting.len() >= limits::MAX_TICKETS {
            return None;
        }
        waiting.insert(hash, (bound, ends));
        Some((text, ends))
    }

    fn consume(&self, text: &str, login: LoginId, room: RoomId, now: Timestamp) -> Option<Bound> {
        let hash = read_secret(text)?;
        let (bound, ends) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash)?;
        (ends > now && bound.login == login && bound.room == room).then_some(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn bound(login: u8, room: u128) -> Bound {
        Bound {
            login: LoginId([login; 32]),
            room: RoomId::from_bits(room),
            participant: ParticipantId::from_bits(9),
        }
    }

    #[test]
    fn a_ticket_opens_its_own_door_once_and_no_other() {
        let tickets = Waiting::default();
        let ours = bound(1, 1);
        let issue = || tickets.issue(ours, NOW).unwrap().0;
        let try_it = |ticket: &Private<String>, login: u8, room: u128, at: Timestamp| {
            tickets.consume(ticket.expose(), LoginId([login; 32]), RoomId::from_bits(room), at)
        };
        let ticket = issue();
        assert_eq!(try_it(&ticket, 1, 1, NOW.plus_millis(29_999)), Some(ours));
        assert_eq!(try_it(&ticket, 1, 1, NOW), None, "used up");
        for (login, room, at, why) in [
            (2, 1, NOW, "another login"),
            (1, 2, NOW, "another room"),
            (1, 1, NOW.plus_seconds(30), "too late"),
        ] {
            let ticket = issue();
            assert_eq!(try_it(&ticket, login, room, at), None, "{why}");
            assert_eq!(try_it(&ticket, 1, 1, NOW), None, "spoiled by the wrong door");
        }
        assert_eq!(tickets.consume("", ours.login, ours.room, NOW), None);
    }

    #[test]
    fn one_login_holds_few_tickets_and_the_newest_ones_count() {
        let tickets = Waiting::default();
        let all: Vec<_> = (0..=limits::MAX_TICKETS_PER_LOGIN as u64)
            .map(|n| tickets.issue(bound(1, 1), NOW.plus_millis(n)).unwrap().0)
            .collect();
        assert_eq!(
            tickets.consume(all[0].expose(), LoginId([1; 32]), RoomId::from_bits(1), NOW),
            None,
            "the oldest went"
        );
        assert!(all[1..].iter().all(|ticket| {
            tickets
                .consume(ticket.expose(), LoginId([1; 32]), RoomId::from_bits(1), NOW)
                .is_some()
        }));
    }

    #[test]
    fn a_full_house_of_tickets_gives_no_more_until_some_have_ended() {
        let tickets = Waiting::default();
        for n in 0..limits::MAX_TICKETS {
            let login = LoginId(std::array::from_fn(|at| n.to_be_bytes().get(at).copied().unwrap_or(0)));
            assert!(tickets.issue(Bound { login, ..bound(0, 1) }, NOW).is_some());
        }
        assert!(tickets.issue(bound(255, 1), NOW).is_none());
        assert!(tickets.issue(bound(255, 1), NOW.plus_seconds(30)).is_some());
    }
}
