//! Appends: what is acknowledged is there, in its order, once, and a room opens from it.

use rondo::store::{AppendError, Appended, StoreFault};

use super::ground::{BODY, Ground, append, at, bodies, furnished, practice, room};

pub(super) async fn what_was_appended_is_replayed_in_order(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!((opened.practice, opened.epoch, opened.next_seq), (practice(), 1, 1));
    assert_eq!(
        store.append(append(1, 1, 0, &["one", "two"])).await,
        Ok(Appended::Committed { last_seq: 2 })
    );
    assert_eq!(
        store.append(append(1, 1, 2, &["three"])).await,
        Ok(Appended::Committed { last_seq: 3 })
    );
    store.close().await;

    let store = ground.open().await;
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!((opened.epoch, opened.next_seq, opened.tail.len()), (2, 4, 3));
    let first = &opened.tail[0];
    assert_eq!((first.seq, first.kind.as_str(), first.at), (1, "floor.asked", at(5)));
    assert_eq!(bodies(&store, 1).await, ["one", "two", "three"]);
    store.close().await;
}

pub(super) async fn a_store_that_was_not_closed_opens_with_everything_acknowledged(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    for seq in 0..20 {
        store.append(append(1, 1, seq, &[BODY])).await.unwrap();
    }
    drop(store);
    let store = ground.open().await;
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!((opened.next_seq, opened.tail.len()), (21, 20));
    store.close().await;
}

pub(super) async fn an_owner_at_the_wrong_place_writes_nothing(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one"])).await.unwrap();
    for wrong in [0, 2, 7] {
        assert_eq!(
            store.append(append(1, 1, wrong, &["wrong"])).await,
            Err(AppendError::Fenced)
        );
    }
    assert_eq!(bodies(&store, 1).await.len(), 1);
    store.close().await;
}

pub(super) async fn events_are_never_changed_and_never_deleted(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one"])).await.unwrap();
    for sql in [
        "UPDATE event SET seq = 2",
        "UPDATE event SET header = commitment",
        "DELETE FROM event",
    ] {
        let refused = ground.behind_its_back(sql.to_owned()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(bodies(&store, 1).await, ["one"]);
    store.close().await;
}

pub(super) async fn a_room_opens_from_its_snapshot_and_the_events_after_it(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one", "two", "three"])).await.unwrap();
    assert_eq!(store.snapshot(room(1), 1, 2, b"state at two").await, Ok(()));
    let ahead = store.snapshot(room(1), 1, 9, b"state nobody committed").await;
    assert_eq!(ahead, Err(AppendError::Fenced));
    assert_eq!(store.snapshot(room(1), 1, 1, b"older").await, Err(AppendError::Fenced));
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!(opened.snapshot, Some((2, b"state at two".to_vec())));
    assert_eq!(opened.tail.iter().map(|event| event.seq).collect::<Vec<_>>(), [3]);
    store.close().await;
}

pub(super) async fn a_room_that_knows_where_somebody_is_is_found_when_it_is_time_and_not_before(ground: Ground) {
    let store = furnished(&ground, 2).await;
    let found = async |now| store.rooms_visited(at(now)).await.unwrap();
    store.visiting(room(1), at(10)).await.unwrap();
    store.visiting(room(2), at(20)).await.unwrap();
    assert_eq!(found(9).await, []);
    assert_eq!(found(10).await, [room(1)]);
    store.visiting(room(1), at(30)).await.unwrap(); // looked at, and not yet
    assert_eq!(found(20).await, [room(2)]);
    store.all_gone(room(2)).await.unwrap();
    store.all_gone(room(2)).await.unwrap();
    assert_eq!(found(99).await, [room(1)]);
    store.close().await;
}

pub(super) async fn a_closed_store_says_that_it_is_unavailable(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    assert_eq!(store.ping().await, Ok(()));
    store.close().await;
    assert_eq!(
        store.append(append(1, 1, 0, &["late"])).await,
        Err(AppendError::Unavailable)
    );
    assert_eq!(store.ping().await, Err(StoreFault::Unavailable));
    assert_eq!(store.claim(room(1)).await.unwrap_err(), StoreFault::Unavailable);
}
