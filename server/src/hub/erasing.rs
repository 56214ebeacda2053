//! Erasing a person in a room, open or not: its one task destroys the keys, takes back the notes, journals that it was done, and then the
//! journal's bodies and the snapshot are written anew without them.
//!
//! A crash anywhere leaves the mark (`store/erasure.rs`) and the list beside the root key, and the next start asks for it again: the room
//! decides nothing new then, and everything else may be done twice.

use std::sync::Arc;

use protocol::{ParticipantId, RoomId};
use room::Event;
use room::erasure::emptied;
use tokio::sync::oneshot;

use super::limits::EMPTIED_AT_ONCE;
use super::reading;
use super::registry::Registry;
use super::room_task::Letter;
use crate::store::{AppendError, Store, StoreFault};

/// What a room's task is asked.
#[derive(Debug)]
pub(super) struct Erasing {
    pub(super) participant: ParticipantId,
    /// Who led and asked for it, where it was somebody of this room.
    pub(super) by: Option<ParticipantId>,
    pub(super) answer: oneshot::Sender<Result<ErasedHere, NotErased>>,
}

/// What was written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErasedHere {
    /// Events that said something of the person.
    pub events: u64,
}

/// Why somebody was not erased, or not wholly yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotErased {
    /// They lead: others' records are in their words.
    Leads,
    /// The store or the room does not answer; asked again it goes on where it stopped.
    Unavailable,
}

pub(super) async fn erase(
    registry: &Arc<Registry>,
    room: RoomId,
    participant: ParticipantId,
    by: Option<ParticipantId>,
) -> Result<ErasedHere, NotErased> {
    let (answer, answered) = oneshot::channel();
    let erasing = Erasing {
        participant,
        by,
        answer,
    };
    let sent = registry.send(room, Letter::Erase(erasing)).await;
    sent.map_err(|_| NotErased::Unavailable)?;
    answered.await.map_err(|_| NotErased::Unavailable)?
}

/// Takes out of the journal's bodies what they say of a person.
pub(super) async fn empty(
    store: &Store,
    (room, epoch): (RoomId, u64),
    who: ParticipantId,
    upto: u64,
) -> Result<ErasedHere, NotErased> {
    let mut done = ErasedHere::default();
    let mut seq = first(store, room).await.map_err(|_| NotErased::Unavailable)?;
    while seq <= upto {
        let page = store.read_events(room, seq, upto).await;
        let page = page.map_err(|_| NotErased::Unavailable)?;
        let Some(last) = page.last().map(|event| event.seq) else {
            return Err(NotErased::Unavailable); // the store said there are more
        };
        let mut rests = Vec::new();
        for stored in page {
            let event = Event::read(&stored.body).map_err(|_| NotErased::Unavailable)?;
            if let Some(left) = emptied(&event, who) {
                let bytes = left.write().expect("what came out of the journal is sealed");
                rests.push((stored.seq, bytes));
            }
        }
        // In pieces: meanwhile nobody else writes.
        for rests in rests.chunks(EMPTIED_AT_ONCE) {
            let written = store.empty_bodies(room, epoch, rests).await;
            written.map_err(|_: AppendError| NotErased::Unavailable)?;
        }
        done.events += rests.len() as u64;
        seq = last + 1;
    }
    Ok(done)
}

/// The first event there is: what was before was destroyed.
async fn first(store: &Store, room: RoomId) -> Result<u64, StoreFault> {
    Ok(reading::forgotten(store, room).await?.upto + 1)
}
