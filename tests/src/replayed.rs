//! Views that people kept, held against a replay of the journal.

use protocol::wire::{MyView, RoomView};
use protocol::{ParticipantId, RoomId};
use rondo::store::Store;

/// A view as somebody received it.
#[derive(Debug)]
pub struct Seen {
    pub by: ParticipantId,
    pub seq: u64,
    pub room: RoomView,
    pub me: MyView,
}

/// Whether every one of these views is what the journal's replay would have shown.
pub async fn every_view_is_the_replays(store: &Store, id: RoomId, mut seen: Vec<Seen>) -> Result<(), String> {
    let (mut room, events) = rondo::hub::history(store, id, u64::MAX)
        .await
        .map_err(|fault| fault.to_string())?;
    seen.sort_by_key(|seen| seen.seq);
    // Several states carry the same number: what is private moves none. A view is the replay's at one of them.
    let mut seen = seen.into_iter().peekable();
    let mut waiting: Vec<Seen> = Vec::new();
    let mut next = events.iter();
    loop {
        let number = room.state().public_seq;
        waiting.extend(std::iter::from_fn(|| seen.next_if(|view| view.seq == number)));
        waiting.retain(|view| {
            room.view(room.audience_of(view.by)) != view.room || room.mine(view.by).as_ref() != Some(&view.me)
        });
        let Some(event) = next.next() else { break };
        room.apply(std::slice::from_ref(event));
        if room.state().public_seq != number
            && let Some(view) = waiting.first()
        {
            return Err(format!("the view of {} at {number} is not the replay's", view.by));
        }
    }
    match waiting.into_iter().chain(seen).next() {
        Some(view) => Err(format!("the view of {} at {} is not the replay's", view.by, view.seq)),
        None => Ok(()),
    }
}
