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
use crate::store::{SharedTicket as Ticket, Store, StoreFault};

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
        (login, room, participant): (LoginId, RoomId, ParticipantId),
        now: Timestamp,
    ) -> Result<Option<(Private<String>, Timestamp)>, StoreFault> {
        let (text, hash) = draw_secret();
        let ends_at = now.plus_seconds(limits::TICKET_LIFE.as_secs());
        let ticket = Ticket {
            login,
            room,
            participant,
            ends_at,
        };
        let kept = match self {
            Self::Here(waiting) => waiting.keep(hash, ticket, now),
            Self::Shared(store) => {
                let most = limits::MAX_TICKETS_PER_LOGIN as u64;
                store.keep_ticket(hash, ticket, now, most).await?;
                true
            }
        };
        Ok(kept.then_some((text, ends_at)))
    }

    /// Use a ticket up; gives whose it was. It is gone afterwards, whether it fitted or not: a ticket tried at the wrong door is not safe any more.
    pub(super) async fn consume(
        &self,
        text: &str,
        login: LoginId,
        room: RoomId,
        now: Timestamp,
    ) -> Result<Option<ParticipantId>, StoreFault> {
        let Some(hash) = read_secret(text) else { return Ok(None) };
        let ticket = match self {
            Self::Here(waiting) => waiting.take(hash),
            Self::Shared(store) => store.take_ticket(hash).await?,
        };
        let fits = ticket.filter(|ticket| ticket.ends_at > now && ticket.login == login && ticket.room == room);
        Ok(fits.map(|ticket| ticket.participant))
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
pub(super) struct Waiting(Mutex<HashMap<[u8; 32], Ticket>>);

impl Waiting {
    /// Keeps a ticket; of one login the newest count. Not while too many wait.
    fn keep(&self, hash: [u8; 32], ticket: Ticket, now: Timestamp) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= limits::MAX_TICKETS {
            waiting.retain(|_, other| other.ends_at > now);
        }
        let mine = || waiting.iter().filter(|(_, other)| other.login == ticket.login);
        if mine().count() >= limits::MAX_TICKETS_PER_LOGIN
            && let Some(oldest) = mine().min_by_key(|(_, other)| other.ends_at).map(|(hash, _)| *hash)
        {
            waiting.remove(&oldest);
        }
        let fits = waiting.len() < limits::MAX_TICKETS;
        if fits {
            waiting.insert(hash, ticket);
        }
        fits
    }

    fn take(&self, hash: [u8; 32]) -> Option<Ticket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    const ANA: ParticipantId = ParticipantId::from_bits(9);

    fn here() -> Tickets {
        Tickets::Here(Waiting::default())
    }

    async fn issued(tickets: &Tickets, login: LoginId, at: Timestamp) -> Option<Private<String>> {
        let ticket = tickets.issue((login, RoomId::from_bits(1), ANA), at).await;
        ticket.unwrap().map(|(text, _)| text)
    }

    async fn tried(tickets: &Tickets, text: &str, (login, room): (u8, u128), at: Timestamp) -> Option<ParticipantId> {
        let tried = tickets.consume(text, LoginId([login; 32]), RoomId::from_bits(room), at);
        tried.await.unwrap()
    }

    #[tokio::test]
    async fn a_ticket_opens_its_own_door_once_and_no_other() {
        let tickets = here();
        let ours = LoginId([1; 32]);
        let ticket = issued(&tickets, ours, NOW).await.unwrap();
        let ticket = ticket.expose();
        assert_eq!(
            tried(&tickets, ticket, (1, 1), NOW.plus_millis(29_999)).await,
            Some(ANA)
        );
        assert_eq!(tried(&tickets, ticket, (1, 1), NOW).await, None, "used up");
        for (door, at, why) in [
            ((2, 1), NOW, "another login"),
            ((1, 2), NOW, "another room"),
            ((1, 1), NOW.plus_seconds(30), "too late"),
        ] {
            let ticket = issued(&tickets, ours, NOW).await.unwrap();
            let ticket = ticket.expose();
            assert_eq!(tried(&tickets, ticket, door, at).await, None, "{why}");
            assert_eq!(
                tried(&tickets, ticket, (1, 1), NOW).await,
                None,
                "spoiled by the wrong door"
            );
        }
        assert_eq!(tried(&tickets, "", (1, 1), NOW).await, None);
    }

    #[tokio::test]
    async fn one_login_holds_few_tickets_and_the_newest_ones_count() {
        let tickets = here();
        let mut all = Vec::new();
        for n in 0..=limits::MAX_TICKETS_PER_LOGIN as u64 {
            all.push(issued(&tickets, LoginId([1; 32]), NOW.plus_millis(n)).await.unwrap());
        }
        assert_eq!(
            tried(&tickets, all[0].expose(), (1, 1), NOW).await,
            None,
            "the oldest went"
        );
        for ticket in &all[1..] {
            assert_eq!(tried(&tickets, ticket.expose(), (1, 1), NOW).await, Some(ANA));
        }
    }

    #[tokio::test]
    async fn a_full_house_of_tickets_gives_no_more_until_some_have_ended() {
        let tickets = here();
        for n in 0..limits::MAX_TICKETS {
            let login = LoginId(std::array::from_fn(|at| n.to_be_bytes().get(at).copied().unwrap_or(0)));
            assert!(issued(&tickets, login, NOW).await.is_some());
        }
        assert!(issued(&tickets, LoginId([255; 32]), NOW).await.is_none());
        assert!(
            issued(&tickets, LoginId([255; 32]), NOW.plus_seconds(30))
                .await
                .is_some()
        );
    }
}
