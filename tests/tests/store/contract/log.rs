//! The signed log: one leaf for each record, never changed.

use rondo::ledger::check::Found;
use rondo::ledger::source::{Place as LogPlace, Source};
use rondo::ledger::tree::{Head, is_consistent, is_included};
use rondo::ledger::{note, verify};
use rondo::store::{Count, Evidence, Reach, StoreConfig};

use super::ground::{Ground, append, at, furnished, practice, room};

/// What the ledger's check finds in this ground's database.
pub(super) async fn ledger_checked(ground: &Ground) -> Found {
    let evidence = match &ground.config {
        StoreConfig::Sqlite(path) => Evidence::file(path).await.unwrap(),
        StoreConfig::Postgres(url) => Evidence::postgres(url).await.unwrap(),
    };
    let all = verify::database(&evidence, Some(&ground.root()), &[]).await.unwrap();
    evidence.close().await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.into_iter().next().unwrap().1
}

pub(super) async fn what_was_recorded_is_in_the_log_once_and_in_its_order(ground: Ground) {
    let store = furnished(&ground, 2).await;
    for n in 1..=2 {
        store.claim(room(n)).await.unwrap();
        store.append(append(n, 1, 0, &["one", "two"])).await.unwrap();
    }
    assert_eq!(
        store.log_while(Reach::All, at(1), || false).await,
        Ok(0),
        "it may not go on"
    );
    assert_eq!(store.log(Reach::All, at(1)).await, Ok(4));
    assert_eq!(store.log(Reach::All, at(2)).await, Ok(0), "nothing is logged twice");
    let first = store.ledger_head(practice()).await.unwrap().unwrap();
    let many: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    store.append(append(1, 1, 2, &many)).await.unwrap();
    assert_eq!(store.log_room(room(2), at(3)).await, Ok(0));
    assert_eq!(store.log_room(room(1), at(3)).await, Ok(300));
    let newest = store.ledger_head(practice()).await.unwrap().unwrap();
    assert_eq!((first.head.size, newest.head.size), (4, 304));
    assert_eq!(note::read(&newest.key, &newest.note), Ok(newest.head));
    let proof = store.ledger_consistency(practice(), 4, 304).await.unwrap().unwrap();
    assert!(is_consistent(&first.head, &newest.head, &proof));
    let place = |seq| LogPlace {
        source: Source::Event,
        stream: room(1).bits(),
        seq,
    };
    for seq in [1, 2, 3, 302] {
        let there = store.ledger_inclusion(practice(), place(seq)).await.unwrap().unwrap();
        let Head { size, root } = there.under.head;
        assert!(
            is_included(&there.leaf, there.index, size, &root, &there.proof),
            "{seq}"
        );
    }
    assert_eq!(store.ledger_inclusion(practice(), place(303)).await, Ok(None));
    // A process that is killed has acknowledged and not logged.
    store.append(append(1, 1, 302, &["last"])).await.unwrap();
    drop(store);
    let store = ground.open().await;
    let found = ledger_checked(&ground).await;
    assert_eq!(
        (found.faults.len(), found.leaves, found.waiting),
        (0, 304, 1),
        "{found:?}"
    );
    assert_eq!(store.log(Reach::All, at(4)).await, Ok(1));
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!(
        (found.faults.len(), found.leaves, found.waiting),
        (0, 305, 0),
        "{found:?}"
    );
}

pub(super) async fn stores_that_log_at_once_number_no_leaf_twice(ground: Ground) {
    let store = furnished(&ground, 2).await;
    let other = ground.open().await;
    for n in 1..=2 {
        store.claim(room(n)).await.unwrap();
    }
    for round in 0..10 {
        for n in 1..=2 {
            store.append(append(n, 1, round * 3, &["a", "b", "c"])).await.unwrap();
        }
        let (one, two, three) = tokio::join!(
            store.log(Reach::All, at(round)),
            other.log(Reach::All, at(round)),
            other.log_room(room(1), at(round))
        );
        assert_eq!(one.unwrap() + two.unwrap() + three.unwrap(), 6);
    }
    other.close().await;
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!((found.faults.len(), found.leaves), (0, 60), "{found:?}");
}

pub(super) async fn leaves_are_never_changed_and_never_deleted(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one", "two"])).await.unwrap();
    store.log(Reach::All, at(1)).await.unwrap();
    store.close().await;
    for sql in [
        "UPDATE ledger_leaf SET seq = 7 WHERE n = 0",
        "DELETE FROM ledger_leaf WHERE n = 1",
    ] {
        assert!(ground.behind_its_back(sql.to_owned()).await.is_err(), "{sql}");
    }
    assert!(ledger_checked(&ground).await.is_whole());
}

pub(super) async fn a_destroyed_sitting_leaves_the_log_whole_and_says_in_it_that_it_went(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    store
        .append(append(1, epoch, 0, &["one", "two", "three"]))
        .await
        .unwrap();
    let count = Count {
        session: 1,
        started_at: at(1),
        ended_at: at(2),
        people: 3,
    };
    store.forget(room(1), epoch, count).await.unwrap();
    store.stays(room(1)).await.unwrap();
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    store.append(append(1, epoch, 3, &["anew"])).await.unwrap();
    assert_eq!(store.log(Reach::All, at(3)).await, Ok(1));
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!(
        (found.faults.len(), found.leaves, found.destroyed),
        (0, 5, 3),
        "{found:?}"
    );
    // Without the word of the log that it went, it is missing.
    let forged = format!(
        "UPDATE sitting SET people = 9, record = 'x' WHERE room = {}",
        ground.literal(room(1).bits())
    );
    ground.behind_its_back(forged).await.unwrap();
    assert!(!ledger_checked(&ground).await.is_whole());
}
