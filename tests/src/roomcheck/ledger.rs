//! What people asked for and what they were told, to be held against the journal.
//!
//! Only commands that make exactly one event of their own are used, so that the journal's events can be counted against them.

use std::time::Instant;

use protocol::{CommandId, ParticipantId, RoomId};
use rondo::hub::history;
use rondo::store::Store;
use room::event::What;

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Accepted, with the number that views carried at the moment of the answer.
    Accepted { seq: u64, at: Instant },
    /// Refused: it must not be in the journal.
    Refused,
    /// The line went down first.
    Unknown,
}

/// One command of one person.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub by: ParticipantId,
    pub id: CommandId,
    pub asked: Instant,
    pub told: Told,
}

/// Everything that was asked of one room.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub room: RoomId,
    pub entries: Vec<Entry>,
}

/// What the journal and the ledger agree on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreed {
    pub accepted: usize,
    pub unknown: usize,
    pub refused: usize,
    pub events: u64,
    /// Seconds given by accepted `ExtendStep` commands of one second each.
    pub extended: u64,
}

impl Ledger {
    /// Holds the ledger against the journal, up to event `last`.
    pub async fn check(&self, store: &Store, last: u64) -> Result<Agreed, String> {
        let room = self.room;
        let mut stored = Vec::new();
        while (stored.len() as u64) < last {
            let from = stored.len() as u64 + 1;
            let more = store.read_events(room, from, last).await;
            let more = more.map_err(|fault| format!("the journal cannot be read: {fault}"))?;
            if more.is_empty() {
                break;
            }
            stored.extend(more); // a read gives so many at once
        }
        for (expected, event) in (1..).zip(&stored) {
            if event.seq != expected {
                return Err(format!(
                    "a gap: event {expected} of {room} is missing, {} follows",
                    event.seq
                ));
            }
        }
        if stored.len() as u64 != last {
            return Err(format!(
                "the journal of {room} ends at {} and not at {last}",
                stored.len()
            ));
        }
        let (mut replay, events) = history(store, room, last)
            .await
            .map_err(|fault| format!("no replay: {fault}"))?;

        // What is public, counted, after each event: the number that a command's first answer carries.
        let mut public = vec![0];
        for event in &events {
            replay.apply(std::slice::from_ref(event));
            public.push(replay.state().public_seq);
        }
        let number_at = |seq: u64| usize::try_from(seq).ok().and_then(|seq| public.get(seq).copied());
        let mut placed: Vec<(Entry, u64)> = Vec::new();

        let mut agreed = Agreed {
            events: last,
            ..Agreed::default()
        };
        let mut in_journal = 0usize;
        for entry in &self.entries {
            let kept = store
                .command_seq(room, entry.by, entry.id)
                .await
                .map_err(|fault| fault.to_string())?;
            in_journal += usize::from(kept.is_some());
            match (entry.told, kept) {
                // An answer to a retry may carry a later number, never an earlier one.
                (Told::Accepted { seq, .. }, Some(kept)) if number_at(kept).is_some_and(|number| number <= seq) => {
                    placed.push((*entry, kept));
                    agreed.accepted += 1;
                }
                (Told::Accepted { seq, .. }, Some(kept)) => {
                    return Err(format!(
                        "{} was told {seq} and the journal has it at {kept}, where views say {:?}",
                        entry.id,
                        number_at(kept)
                    ));
                }
                (Told::Accepted { seq, .. }, None) => {
                    return Err(format!(
                        "LOST: {} was acknowledged at {seq} and is not in the journal",
                        entry.id
                    ));
                }
                (Told::Refused, Some(_)) => return Err(format!("{} was refused and is in the journal", entry.id)),
                (Told::Refused, None) => agreed.refused += 1,
                (Told::Unknown, _) => agreed.unknown += 1,
            }
        }
        let made = events.iter().filter(|event| {
            let own = matches!(
                event.what,
                What::StepExtended { .. } | What::Asked { .. } | What::RequestCancelled { .. }
            );
            own && event.by.is_some()
        });
        let made = made.count();
        if made != in_journal {
            return Err(format!(
                "{in_journal} commands are in the journal of {room} and {made} effects: something was doubled or invented"
            ));
        }
        agreed.extended = events
            .iter()
            .filter(|e| matches!(e.what, What::StepExtended { .. }))
            .count() as u64;
        in_real_time_order(&placed)?;
        Ok(agreed)
    }
}

/// If one command was answered before another was asked, it stands before it in the journal.
fn in_real_time_order(placed: &[(Entry, u64)]) -> Result<(), String> {
    let mut asked: Vec<(Instant, u64)> = Vec::new();
    let mut answered: Vec<(Instant, u64)> = Vec::new();
    for &(entry, seq) in placed {
        if let Told::Accepted { at, .. } = entry.told {
            asked.push((entry.asked, seq));
            answered.push((at, seq));
        }
    }
    asked.sort_unstable();
    answered.sort_unstable();
    let (mut next, mut highest) = (0, 0);
    for (moment, seq) in asked {
        while next < answered.len() && answered[next].0 < moment {
            highest = highest.max(answered[next].1);
            next += 1;
        }
        if seq <= highest {
            return Err(format!("a command asked after {highest} was answered stands at {seq}"));
        }
    }
    Ok(())
}
