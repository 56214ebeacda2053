//! What is sealed opens at its place and under its keys alone; damage is a fault and no panic.

use protocol::PracticeId;
use protocol::wire::NoteRef;
use rondo::keys::RootKey;
use rondo::store::{Count, Evidence, FatalHook, LeafRow, Rotation, SealedField, Store, StoreConfig, StoreFault};

use super::ground::{
    EMAIL, Ground, NAME, NOTE, PRACTICE_NAME, TITLE, append, at, bodies, furnished, new_room, person, practice, room,
};
use super::notes::note_append;

pub(super) async fn a_ciphertext_opens_only_at_its_own_place(ground: Ground) {
    let store = furnished(&ground, 2).await;
    for n in [1, 2] {
        store.claim(room(n)).await.unwrap();
        store.append(append(n, 1, 0, &["one", "two"])).await.unwrap();
    }
    let (here, there) = (ground.literal(room(1).bits()), ground.literal(room(2).bits()));
    let moved = |room: &str, seq: u8, from_room: &str, from_seq: u8| {
        format!(
            "UPDATE event_body SET salt = (SELECT salt FROM event_body WHERE room = {from_room} AND seq = {from_seq}),
             ciphertext = (SELECT ciphertext FROM event_body WHERE room = {from_room} AND seq = {from_seq})
             WHERE room = {room} AND seq = {seq}"
        )
    };
    ground.behind_its_back(moved(&here, 2, &here, 1)).await.unwrap();
    ground.behind_its_back(moved(&there, 1, &here, 1)).await.unwrap();
    for n in [1, 2] {
        let read = store.read_events(room(n), 1, 2).await;
        assert!(matches!(read, Err(StoreFault::Damaged(_))), "{read:?}");
        assert!(matches!(store.claim(room(n)).await, Err(StoreFault::Damaged(_))));
    }

    // Whoever moves the whole row, header and commitment with it, gets no further: header and place disagree.
    store.create_room(new_room(3)).await.unwrap();
    let three = ground.literal(room(3).bits());
    let sql = format!(
        "INSERT INTO event SELECT practice, {three}, seq, header, commitment FROM event WHERE room = {here} AND seq = 1"
    );
    ground.behind_its_back(sql).await.unwrap();
    assert!(matches!(
        store.read_events(room(3), 1, 1).await,
        Err(StoreFault::Damaged(_))
    ));
    store.close().await;
}

pub(super) async fn damaged_rows_are_faults_and_not_panics(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one"])).await.unwrap();
    store.snapshot(room(1), 1, 1, b"state").await.unwrap();
    let short = ground.literal(7);
    ground
        .behind_its_back(format!("UPDATE snapshot SET sealed = {short}"))
        .await
        .unwrap();
    assert!(matches!(store.claim(room(1)).await, Err(StoreFault::Damaged(_))));
    ground
        .behind_its_back(format!("UPDATE event_body SET ciphertext = {short}"))
        .await
        .unwrap();
    assert!(matches!(
        store.read_events(room(1), 1, 1).await,
        Err(StoreFault::Damaged(_))
    ));
    ground
        .behind_its_back(format!("UPDATE room SET sealed_title = {short}"))
        .await
        .unwrap();
    assert!(matches!(store.room(room(1)).await, Err(StoreFault::Damaged(_))));
    assert_eq!(store.claim(room(99)).await.unwrap_err(), StoreFault::NotFound("room"));
    store.close().await;
}

pub(super) async fn another_root_key_is_noticed_at_the_start(ground: Ground) {
    furnished(&ground, 1).await.close().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let wrong = RootKey::load_or_create(elsewhere.path()).unwrap();
    let opened = Store::open(ground.config.clone(), wrong, FatalHook::new(|_| {})).await;
    assert_eq!(opened.unwrap_err(), StoreFault::WrongRootKey);
}

pub(super) async fn after_a_rotation_the_old_stays_readable_and_the_new_is_under_new_keys(ground: Ground) {
    let (old, elsewhere) = (ground.root(), tempfile::tempdir().unwrap());
    let next = RootKey::load_or_create(elsewhere.path()).unwrap();
    let open = |root: &RootKey| {
        Store::open(
            ground.config.clone(),
            root.clone(),
            FatalHook::new(|why| panic!("{why}")),
        )
    };
    let store = furnished(&ground, 3).await;
    let clinic = PracticeId::from_bits(0xa2);
    store
        .create_practice(clinic, Some(&PRACTICE_NAME.into()), at(3))
        .await
        .unwrap();
    for n in 1..=3 {
        store.claim(room(n)).await.unwrap();
        store.append(append(n, 1, 0, &["before"])).await.unwrap();
    }
    let sealed = store
        .seal_for_person(room(1), person(1), "field", b"hers")
        .await
        .unwrap();
    store.erase_person(room(1), person(2)).await.unwrap();
    store.append_note(note_append(1, &[NOTE])).await.unwrap();
    store.log_room(room(1), at(6)).await.unwrap();
    let count = Count {
        session: 1,
        started_at: at(1),
        ended_at: at(2),
        people: 7,
    };
    let sitting = store.forget(room(3), 1, count).await.unwrap();
    let first = header_in_log(&ground, 1).await;
    // Another node, which sleeps through it and wraps one more key under the practice's old one.
    let asleep = ground.open().await;
    asleep.room(room(2)).await.unwrap();

    let rotated = store
        .rotate(&Rotation {
            next_root: Some(&next),
            renew: true,
            at: at(50),
            record: b"{}",
        })
        .await
        .unwrap();
    store.close().await;
    assert_eq!((rotated.practices, rotated.rooms), (2, 3));
    let late = asleep
        .seal_for_person(room(2), person(3), "field", b"late")
        .await
        .unwrap();
    asleep.close().await;

    assert_eq!(open(&old).await.unwrap_err(), StoreFault::WrongRootKey);
    let store = open(&next).await.unwrap();
    assert_eq!(bodies(&store, 1).await, ["before"]);
    let hers = store.open_for_person(room(1), person(1), "field", &sealed).await;
    assert_eq!(hers.unwrap().as_deref(), Some(b"hers".as_slice()));
    let theirs = store.open_for_person(room(2), person(3), "field", &late).await;
    assert_eq!(theirs.unwrap().as_deref(), Some(b"late".as_slice()));
    let gone = store.seal_for_person(room(1), person(2), "field", b"again").await;
    assert_eq!(gone.unwrap_err(), StoreFault::Erased, "a mark stays one");
    assert_eq!(
        store.account_by_email(&EMAIL.into()).await.unwrap().unwrap().name,
        NAME.into()
    );
    assert_eq!(store.practice_name(clinic).await.unwrap(), Some(PRACTICE_NAME.into()));
    assert_eq!(
        store.load_note(room(1), NoteRef::Course).await.unwrap().updates.len(),
        1
    );
    assert_eq!(store.room(room(3)).await.unwrap().unwrap().title, TITLE.into());
    assert!(
        store.attested(&sitting),
        "what the old root key signed is still this house's"
    );
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 2, 1, &["after"])).await.unwrap();
    store.log_room(room(1), at(60)).await.unwrap();
    assert_eq!(bodies(&store, 1).await, ["before", "after"]);
    // Bytes 33 to 36 of a header are the number of the room's key, the next sixteen the pseudonym (store/header.rs).
    let second = header_in_log(&ground, 2).await;
    assert_eq!((first[36], second[36]), (1, 2));
    assert_eq!(first[37..53], second[37..53], "people keep their pseudonyms");
    let keys = store.keys().await.unwrap();
    let first = keys.iter().find(|keys| keys.practice == practice()).unwrap();
    assert_eq!((first.own.count, first.rooms, first.groups_in_use.count), (2, 3, 3));
    assert_eq!(
        (first.groups_in_use.oldest, first.own.newest),
        (Some(at(50)), Some(at(50)))
    );
    assert_eq!(
        (first.people, first.destroyed, first.accounts.count, first.log),
        (3, 1, 1, true)
    );
    assert_eq!(store.root_since().await.unwrap(), Some(at(50)));
    assert_eq!(store.audit_after(practice(), 0, 10).await.unwrap()[0].header, b"{}");
    store.whole().await.unwrap();
    store.close().await;

    // Whoever can write to the database and has no key makes no signature genuine.
    let sql = "UPDATE former_root SET ended_at = ended_at + 1".to_owned();
    ground.behind_its_back(sql).await.unwrap();
    let store = open(&next).await.unwrap();
    assert!(!store.attested(&sitting));
    store.close().await;
}

/// An event's header of room 1, as the log has it.
async fn header_in_log(ground: &Ground, seq: u64) -> Vec<u8> {
    let evidence = match &ground.config {
        StoreConfig::Sqlite(path) => Evidence::file(path).await.unwrap(),
        StoreConfig::Postgres(url) => Evidence::postgres(url).await.unwrap(),
    };
    let leaves = evidence.leaves(practice(), 0).await.unwrap();
    evidence.close().await;
    let ours = |leaf: &&LeafRow| leaf.stream == room(1).bits() && leaf.seq == seq;
    leaves
        .iter()
        .find(ours)
        .unwrap()
        .record
        .as_ref()
        .unwrap()
        .header
        .clone()
}

pub(super) async fn what_is_sealed_for_a_person_is_gone_with_their_key(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let (ana, ben) = (person(1), person(2));
    let sealed_ana = store
        .seal_for_person(room(1), ana, "request.note", b"ana's")
        .await
        .unwrap();
    let sealed_ben = store
        .seal_for_person(room(1), ben, "request.note", b"ben's")
        .await
        .unwrap();
    let open = async |who, sealed: &[u8]| store.open_for_person(room(1), who, "request.note", sealed).await;
    assert_eq!(open(ana, &sealed_ana).await, Ok(Some(b"ana's".to_vec())));
    assert!(matches!(open(ben, &sealed_ana).await, Err(StoreFault::Damaged(_))));
    let other_field = store.open_for_person(room(1), ana, "name", &sealed_ana).await;
    assert!(matches!(other_field, Err(StoreFault::Damaged(_))));

    store.erase_person(room(1), ana).await.unwrap();
    assert_eq!(open(ana, &sealed_ana).await, Ok(None));
    assert_eq!(open(ben, &sealed_ben).await, Ok(Some(b"ben's".to_vec())));
    let roster = [(ana, &sealed_ana), (ben, &sealed_ben)].map(|(participant, sealed)| SealedField {
        participant,
        field: "request.note",
        sealed,
    });
    assert_eq!(
        store.open_for_people(room(1), &roster).await,
        Ok(vec![None, Some(b"ben's".to_vec())])
    );
    assert_eq!(
        store.seal_for_person(room(1), ana, "name", b"again").await,
        Err(StoreFault::Erased)
    );
    store.close().await;

    // Not only out of memory: the key is gone from the database.
    let store = ground.open().await;
    assert_eq!(
        store.open_for_person(room(1), ana, "request.note", &sealed_ana).await,
        Ok(None)
    );
    assert_eq!(store.erase_person(room(1), ana).await, Ok(()));
    store.close().await;
}
