//! The least a store must hold before a room can be written to: a practice, an account, a few rooms.

use protocol::{AccountId, ParticipantId, PracticeId, RoomId, Timestamp};
use rondo::store::Store;
use rondo::store::directory::{NewRoom, PinnedPack, SetUp, SetUpError};

/// Rooms that [`furnish`] makes, numbered from 1.
pub const ROOMS: u128 = 4;

/// The practice that [`furnish`] makes.
pub const PRACTICE: PracticeId = PracticeId::from_bits(1);

/// Makes practice, account and [`ROOMS`] rooms; does nothing the second time.
pub async fn furnish(store: &Store) {
    furnish_rooms(store, ROOMS).await;
}

/// Makes practice, account and so many rooms, as far as they are not there yet.
pub async fn furnish_rooms(store: &Store, rooms: u128) {
    let account = AccountId::from_bits(1);
    let set_up = SetUp {
        practice: PRACTICE,
        account,
        name: "A".into(),
        email: "a@example.org".into(),
        password_hash: "$".into(),
        at: Timestamp(0),
    };
    match store.set_up(set_up).await {
        Ok(()) | Err(SetUpError::AlreadySetUp) => {}
        // A first run that was cut off after its commit leaves nothing to do either.
        Err(SetUpError::Fault(_)) if store.practice().await == Ok(Some(PRACTICE)) => {}
        Err(fault) => panic!("{fault}"),
    }
    for n in 1..=rooms {
        let room = RoomId::from_bits(n);
        if store.room(room).await.expect("the directory answers").is_some() {
            continue;
        }
        let new = NewRoom {
            room,
            practice: PRACTICE,
            title: "Group".into(),
            pack: PinnedPack {
                id: "p".to_owned(),
                version: "1".to_owned(),
                digest: "d".to_owned(),
            },
            pack_bytes: vec![0],
            language: "en".to_owned(),
            starts_on: None,
            created_by: account,
            participant: ParticipantId::from_bits(n),
            at: Timestamp(0),
        };
        store.create_room(new).await.expect("the room is made");
    }
}
