//! The audit book: numbered without a gap, never changed, emptied where it must be.

use rondo::audit::{self, By, Does, Record, Thing};
use rondo::ledger::source::{Place as LogPlace, Source};
use rondo::ledger::tree::{Head, is_consistent, is_included};
use rondo::store::{AuditRow, Reach, StoreConfig, StoreFault};

use super::ground::{Ground, account, append, at, furnished, practice, room};
use super::log::ledger_checked;
use super::practices::another_practice;

pub(super) async fn audit_records_are_numbered_without_a_gap_and_never_changed(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let (other, _) = another_practice(&store).await;
    let (at_once, two) = (8, [b"one".to_vec(), b"two".to_vec()]);
    let mut writing = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let (store, two) = (store.clone(), two.clone());
        writing.spawn(async move { store.append_audit(practice(), &two).await });
    }
    while let Some(written) = writing.join_next().await {
        written.unwrap().unwrap();
    }
    store.append_audit(other, &two).await.unwrap();
    let rows = store.audit_after(practice(), 0, 100).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.n).collect::<Vec<_>>(),
        (1..=2 * at_once).collect::<Vec<_>>()
    );
    assert!(
        rows.chunks(2)
            .all(|pair| [&pair[0].header, &pair[1].header] == [&two[0], &two[1]])
    );
    assert!(rows.iter().all(AuditRow::holds));
    let mut changed = rows[0].clone();
    changed.header.push(b' ');
    assert!(!changed.holds());
    assert_eq!(store.audit_after(practice(), 5, 3).await.unwrap(), rows[5..8]);
    assert_eq!(store.audit_after(other, 0, 100).await.unwrap().len(), 2);
    let (empty, forged) = match &ground.config {
        StoreConfig::Sqlite(_) => ("x''", "x'7b'"),
        StoreConfig::Postgres(_) => ("'\\x'::bytea", "'\\x7b'::bytea"),
    };
    for sql in [
        "UPDATE audit SET n = 99 WHERE n = 16".to_owned(),
        "DELETE FROM audit".to_owned(),
        format!("UPDATE audit SET header = {forged}"),
        // Emptied halves, and emptied with something else.
        format!("UPDATE audit SET header = {empty}"),
        format!("UPDATE audit SET header = {empty}, salt = {empty}, n = n + 100"),
    ] {
        let sql = sql.as_str();
        let refused = ground.behind_its_back(sql.to_owned()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    store.close().await;
}

pub(super) async fn whoever_waits_for_the_book_goes_along_with_the_next_and_hears_it(ground: Ground) {
    const MANY: u64 = 700;
    let (store, other) = (furnished(&ground, 1).await, ground.open().await);
    let mut writing = tokio::task::JoinSet::new();
    for n in 0..MANY {
        let store = if n % 7 == 0 { other.clone() } else { store.clone() };
        writing.spawn(async move {
            let header = n.to_string().into_bytes();
            if n % 2 == 0 {
                store.append_audit(practice(), &[header]).await
            } else {
                let begun = store.begin_audit(practice(), at(n), b"begun").await?;
                store.end_audit(begun, practice(), &[header]).await
            }
        });
    }
    while let Some(written) = writing.join_next().await {
        written.unwrap().unwrap();
    }
    let rows = store.audit_after(practice(), 0, 10_000).await.unwrap();
    assert!(rows.iter().map(|row| row.n).eq(1..=MANY), "without a gap, each once");
    assert!(rows.iter().all(AuditRow::holds));
    let mut said: Vec<u64> = rows
        .iter()
        .map(|row| String::from_utf8(row.header.clone()).unwrap().parse().unwrap())
        .collect();
    said.sort_unstable();
    assert!(said.into_iter().eq(0..MANY));
    assert_eq!(
        store.audit_cut_off(at(MANY)).await,
        Ok(vec![]),
        "all of them have ended"
    );
    // Who is told that it could not be noted finds nothing noted.
    store.close().await;
    assert_eq!(
        store.append_audit(practice(), &[b"late".to_vec()]).await,
        Err(StoreFault::Unavailable)
    );
    let rows = other.audit_after(practice(), MANY, 10).await.unwrap();
    assert_eq!(rows.len(), 0);
    other.close().await;
}

pub(super) async fn what_was_begun_is_noted_once_as_it_ended_or_as_cut_off(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let begins = |n: u64| {
        let store = store.clone();
        async move { store.begin_audit(practice(), at(n), b"begun").await.unwrap() }
    };
    let (done, refused, cut, still) = (begins(1).await, begins(2).await, begins(3).await, begins(9).await);
    assert_eq!(store.end_audit(done, practice(), &[b"done".to_vec()]).await, Ok(()));
    assert_eq!(store.end_audit(refused, practice(), &[]).await, Ok(()));
    let left = store.audit_cut_off(at(9)).await.unwrap();
    assert_eq!(
        left.iter().map(|left| left.begun).collect::<Vec<_>>(),
        [cut],
        "not what may be under way"
    );
    // Two who find it at the same moment note it once.
    let (one, other) = tokio::join!(store.take_up_audit(&left[0]), store.take_up_audit(&left[0]));
    assert_eq!((one, other), (Ok(()), Ok(())));
    let book = store.audit_after(practice(), 0, 10).await.unwrap();
    let headers: Vec<_> = book.iter().map(|row| row.header.as_slice()).collect();
    assert_eq!(headers, [&b"done"[..], b"begun"]);
    assert_eq!(
        store
            .audit_cut_off(at(10))
            .await
            .unwrap()
            .first()
            .map(|left| left.begun),
        Some(still)
    );
    store.close().await;
}

pub(super) async fn an_audit_record_is_a_leaf_and_stays_one_when_it_is_emptied(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let look = |n: u64| Record {
        at: at(n),
        by: By::Account(account()),
        cut_off: false,
        does: Does::Reads,
        granted: true,
        more: 0,
        subject: audit::Subject {
            room: Some(room(1)),
            ..audit::Subject::default()
        },
        thing: Thing::Group,
    };
    let headers: Vec<_> = (1..=6).map(|n| look(n).header()).collect();
    store.append_audit(practice(), &headers).await.unwrap();
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one"])).await.unwrap();
    assert_eq!(store.log_room(room(1), at(7)).await, Ok(1), "the room's own alone");
    assert_eq!(store.log(Reach::All, at(7)).await, Ok(6));
    let before = store.ledger_head(practice()).await.unwrap().unwrap();
    let place = LogPlace {
        source: Source::Audit,
        stream: practice().bits(),
        seq: 3,
    };
    let there = store.ledger_inclusion(practice(), place).await.unwrap().unwrap();
    let Head { size, root } = there.under.head;
    assert!(is_included(&there.leaf, there.index, size, &root, &there.proof));

    assert_eq!(audit::let_go(&store, practice(), at(5), at(8)).await, Ok(4));
    assert_eq!(
        audit::let_go(&store, practice(), at(5), at(8)).await,
        Ok(0),
        "nothing twice"
    );
    assert_eq!(
        store.empty_audit(practice(), 0, 6, b"x", ("audit", at(8))).await,
        Err(StoreFault::Unavailable),
        "from another place than where it ended"
    );
    let rows = store.audit_after(practice(), 0, 100).await.unwrap();
    let says: Vec<_> = rows.iter().map(|row| Record::read(&row.header)).collect();
    assert_eq!(says.len(), 7);
    assert_eq!(says[..4], [None; 4]);
    assert_eq!(says[4..6], [Some(look(5)), Some(look(6))]);
    assert_eq!(says[6].map(|said| said.subject.records_to), Some(Some(4)), "it says so");
    assert_eq!(store.log(Reach::All, at(9)).await, Ok(1));
    assert_eq!(
        store.ledger_inclusion(practice(), place).await.unwrap().unwrap().leaf,
        there.leaf
    );
    let after = store.ledger_head(practice()).await.unwrap().unwrap();
    let proof = store
        .ledger_consistency(practice(), before.head.size, after.head.size)
        .await;
    assert!(is_consistent(&before.head, &after.head, &proof.unwrap().unwrap()));
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!((found.faults.len(), found.leaves, found.lapsed), (0, 8, 4), "{found:?}");
    // Whoever empties more than the book says is seen, although the tables let them.
    let empty = match &ground.config {
        StoreConfig::Sqlite(_) => "x''",
        StoreConfig::Postgres(_) => "'\\x'::bytea",
    };
    let sql = format!("UPDATE audit SET header = {empty}, salt = {empty} WHERE n = 5");
    ground.behind_its_back(sql).await.unwrap();
    let found = ledger_checked(&ground).await;
    assert!(found.faults[0].contains("up to record 5"), "{found:?}");
}
