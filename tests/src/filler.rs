//! A store of a named size: rooms full of events, for whoever asks what a large house costs to copy and to restore.

use protocol::{AccountId, ParticipantId, RoomId, Timestamp};
use rondo::store::directory::{NewRoom, PinnedPack};
use rondo::store::{Append, Appended, NewEvent, Store};
use tokio::task::JoinSet;

use crate::furnish::now;

/// As long as a long turn with everything that stands around it, some times over: most events of a room are shorter, its notes are longer.
pub const BODY_BYTES: usize = 16 * 1024;
/// Rooms that are filled at once.
const ROOMS: u128 = 8;
/// Events of one append.
const AT_ONCE: usize = 16;
/// Far from the numbers that a server draws.
const FIRST_ROOM: u128 = 1_000_000;

/// Adds so many bytes of events, by rooms of their own in this account's practice; gives how many events they are.
pub async fn fill(store: &Store, account: AccountId, bytes: u64) -> u64 {
    let practice = store.practice().await.expect("the directory answers");
    let practice = practice.expect("somebody set it up");
    let appends = bytes / (BODY_BYTES * AT_ONCE) as u64 / ROOMS as u64;
    let mut filling = JoinSet::new();
    for n in 0..ROOMS {
        let room = RoomId::from_bits(FIRST_ROOM + n);
        let new = NewRoom {
            room,
            practice,
            title: "Full".into(),
            pack: PinnedPack {
                id: "p".to_owned(),
                version: "1".to_owned(),
                digest: "d".to_owned(),
            },
            pack_bytes: vec![0],
            language: "en".to_owned(),
            starts_on: None,
            created_by: account,
            participant: ParticipantId::from_bits(FIRST_ROOM + n),
            at: now(),
        };
        store.create_room(new).await.expect("the room is made");
        filling.spawn(fills(store.clone(), room, appends));
    }
    filling.join_all().await.into_iter().sum()
}

async fn fills(store: Store, room: RoomId, appends: u64) -> u64 {
    let opened = store.claim(room).await.expect("the room opens");
    let mut seq = opened.next_seq - 1;
    // Of today: what is older than its term would be emptied, and the house would not be large at all.
    let begun = now();
    for _ in 0..appends {
        let event = |n: usize| NewEvent {
            kind: "said",
            at: Timestamp(begun.0 + seq + n as u64),
            actor: None,
            body: vec![b'x'; BODY_BYTES],
        };
        let append = Append {
            room,
            practice: opened.practice,
            epoch: opened.epoch,
            after_seq: seq,
            events: (0..AT_ONCE).map(event).collect(),
            command: None,
        };
        match store.append(append).await.expect("there is space") {
            Appended::Committed { last_seq } => seq = last_seq,
            Appended::Duplicate { .. } => unreachable!("it was asked once"),
        }
    }
    seq
}
