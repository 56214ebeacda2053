//! Terms: what goes when, what a hold keeps, and that it is counted.

use ::room::Event;
use ::room::event::What;
use protocol::wire::{MeasureFlag, NoteRef};
use protocol::{InviteId, Private, Role, Timestamp};
use rondo::audit::{By, Does, Record, Thing};
use rondo::retention::{Class, Gone, Terms, purge};
use rondo::store::directory::{NewInvite, NewLogin, Strength};
use rondo::store::{
    Appended, AskedBy, Count, Hold, NoteAppend, NoteUpdate, Reach, Said, Store, StoreFault, StoredEvent,
};

use super::ground::{
    BODY, Ground, NOTE, REASON, TITLE, account, append, at, bodies, exchange, furnished, login, new_invite, person,
    practice, room,
};
use super::log::ledger_checked;

/// A practice with three rooms, of which the last was used much later, and one of each of what is kept for a time.
async fn years_ago(ground: &Ground) -> Store {
    let store = furnished(ground, 3).await;
    for n in 1..=3 {
        store.claim(room(n)).await.unwrap();
        let mut said = append(n, 1, 0, &[BODY, "two"]);
        let later = if n == 3 { 20 * YEAR } else { 0 };
        said.events.iter_mut().for_each(|event| event.at = at(5 + later));
        store.append(said).await.unwrap();
        store.snapshot(room(n), 1, 2, b"a state").await.unwrap();
        let updates = vec![NoteUpdate {
            author: person(1),
            bytes: NOTE.as_bytes().to_vec(),
        }];
        let note = NoteAppend {
            room: room(n),
            epoch: 1,
            note: NoteRef::Course,
            updates,
            new_authors: Vec::new(),
        };
        store.append_note(note).await.unwrap();
    }
    for n in 1..=2 {
        store.create_invite(new_invite(n, Role::Member, false)).await.unwrap();
    }
    store.exchange(exchange(1, 1)).await.unwrap();
    for n in 1..=2 {
        store.revoke_invite(InviteId::from_bits(n), at(30)).await.unwrap();
    }
    let new = NewLogin {
        login: login(9),
        account: account(),
        at: at(10),
        expires_at: at(100),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new).await.unwrap();
    store
        .ask_erasure(room(1), person(1), AskedBy::Member, at(40), None)
        .await
        .unwrap();
    store.refuse_erasure(room(1), person(1), at(50), REASON).await.unwrap();
    let record = |ms: u64| Record {
        at: at(ms),
        by: By::Nobody,
        cut_off: false,
        does: Does::Reads,
        granted: true,
        more: 0,
        subject: rondo::audit::Subject::default(),
        thing: Thing::Door,
    };
    let headers = [0, 1, 20 * YEAR].map(|ms| record(ms).header());
    store.append_audit(practice(), &headers).await.unwrap();
    assert_eq!(store.log(Reach::All, at(60)).await, Ok(9));
    store
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

const YEAR: u64 = 365 * DAY_MS;

/// From when on each class counts, and its usual term. The last record of the book is never old.
const TERMS: [(Class, u64, u64, u64); 5] = [
    (Class::Logins, 100, DAY_MS, 1),
    (Class::Links, 30, YEAR, 1),
    (Class::Requests, 50, 2 * YEAR, 1),
    (Class::Audit, 1, 6 * YEAR, 2),
    (Class::Records, 5, 10 * YEAR, 2),
];

pub(super) async fn one_day_before_its_term_everything_is_there_and_one_day_after_it_is_gone_and_counted(
    ground: Ground,
) {
    let store = years_ago(&ground).await;
    let terms = Terms::default();
    let pieces = store.sealed_pieces(room(1)).await.unwrap();
    let others = store.sealed_pieces(room(3)).await.unwrap();
    assert!(!pieces.is_empty() && store.opening(&pieces).await == Ok(pieces.len()));
    let mut gone_so_far = 0;
    for (class, from, term, many) in TERMS {
        let before = at(from + term - DAY_MS);
        let day_before = purge(&store, &terms, before, false).await.unwrap()[&class];
        assert_eq!(day_before, Gone::default(), "{class:?}, a day before");
        let after = at(from + term + DAY_MS);
        let would = purge(&store, &terms, after, true).await.unwrap()[&class];
        let gone = purge(&store, &terms, after, false).await.unwrap()[&class];
        let expected = Gone {
            removed: many,
            spared: 0,
        };
        assert_eq!((would, gone), (expected, expected), "{class:?}, a day after");
        let again = purge(&store, &terms, after, false).await.unwrap()[&class];
        assert_eq!(again.removed, 0, "{class:?}, once is enough");
        // One row a transaction: rooms go one by one.
        gone_so_far += if class == Class::Records { many as usize } else { 1 };
        let written = store.purged().await.unwrap();
        let counted: u64 = written
            .iter()
            .filter(|one| one.class == class.word())
            .map(|one| one.removed)
            .sum();
        assert_eq!((counted, written.len()), (many, gone_so_far), "{class:?}: {written:?}");
    }
    // What was never due is whole, and of the rest nothing opens.
    assert_eq!(store.opening(&pieces).await, Ok(0));
    assert_eq!(store.opening(&others).await, Ok(others.len()));
    assert_eq!(bodies(&store, 3).await, [BODY, "two"]);
    assert_eq!(store.room(room(1)).await.unwrap().unwrap().title, "…".into());
    assert_eq!(store.room(room(3)).await.unwrap().unwrap().title, TITLE.into());
    assert!(store.erasures(room(1)).await.unwrap().is_empty());
    let sitting = store.sittings(room(1)).await.unwrap().remove(0);
    assert!(
        store.attested(&sitting) && sitting.record.starts_with("rondo term over, 1\n"),
        "{}",
        sitting.record
    );
    // The purge stands in the book itself, whose numbers go on; of the oldest records the numbers are left.
    let book = store.audit_after(practice(), 0, 100).await.unwrap();
    assert!(book[..2].iter().all(|row| row.header.is_empty()) && !book[2].header.is_empty());
    let purged: Vec<Record> = book
        .iter()
        .filter_map(|row| Record::read(&row.header))
        .filter(|one| one.thing == Thing::Retention)
        .collect();
    assert_eq!(
        book.iter().map(|row| row.n).collect::<Vec<_>>(),
        (1..=book.len() as u64).collect::<Vec<_>>()
    );
    assert_eq!(purged.iter().map(|one| one.more.max(1)).sum::<u64>(), 1 + 1 + 1 + 2);
    assert_eq!(purged.last().unwrap().subject.room, Some(room(2)));
    for sql in [
        "DELETE FROM audit",
        "DELETE FROM purged",
        "UPDATE purged SET removed = 99",
    ] {
        let refused = ground.behind_its_back(sql.to_owned()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    store.log(Reach::All, at(11 * YEAR)).await.unwrap();
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!((found.faults.len(), found.destroyed), (0, 4), "{found:?}");
}

pub(super) async fn a_link_or_a_process_note_is_something_done_in_a_room(ground: Ground) {
    let store = years_ago(&ground).await;
    let link = NewInvite {
        room: room(1),
        at: at(9 * YEAR),
        ..new_invite(8, Role::Member, false)
    };
    store.create_invite(link).await.unwrap();
    let sealed = Private::from("sealed by its author");
    store.keep_author_key(account(), &sealed, 0, at(9)).await.unwrap();
    let kept = store
        .keep_private_note(account(), room(2), 1, &sealed, 0, at(9 * YEAR))
        .await;
    assert!(kept.is_ok(), "{kept:?}");
    let terms: Terms = "audit=forever".parse().unwrap();
    let before = purge(&store, &terms, at(11 * YEAR), false).await.unwrap();
    assert_eq!(before[&Class::Records], Gone::default());
    let after = purge(&store, &terms, at(19 * YEAR + DAY_MS), false).await.unwrap();
    assert_eq!(after[&Class::Records].removed, 2);
    store.close().await;
}

pub(super) async fn a_hold_that_was_set_meanwhile_keeps_the_audit_book(ground: Ground) {
    let store = years_ago(&ground).await;
    let hold = Hold {
        participant: None,
        set_by: account(),
        set_at: at(44),
        reason: BODY.to_owned(),
    };
    store.hold(room(3), &hold).await.unwrap();
    assert_eq!(
        store.empty_audit(practice(), 0, 2, b"x", ("audit", at(8))).await,
        Err(StoreFault::Unavailable)
    );
    let book = store.audit_after(practice(), 0, 100).await.unwrap();
    assert!(book.iter().all(|row| !row.header.is_empty()));
    store.close().await;
}

pub(super) async fn a_clock_that_jumped_removes_nothing_by_itself(ground: Ground) {
    let store = years_ago(&ground).await;
    // The newest record of the book is of year 20. Under the clock that jumped something is noted, and the server is started again.
    for (days, gone) in [(61, false), (61, false), (59, true)] {
        let clock = rondo::clock::Clock::of(move || at(20 * YEAR + days * DAY_MS));
        let stop = tokio_util::sync::CancellationToken::new();
        stop.cancel(); // after its first look
        rondo::retention::keep(store.clone(), clock, Terms::default(), stop).await;
        assert_eq!(!store.purged().await.unwrap().is_empty(), gone, "{days} days later");
        let noted = retention_record(at(20 * YEAR + days * DAY_MS)).header();
        store.append_audit(practice(), &[noted]).await.unwrap();
    }
    assert_eq!(store.believed().await, Ok(Some(at(20 * YEAR + 59 * DAY_MS))));
    store.close().await;
}

fn retention_record(now: Timestamp) -> Record {
    Record {
        at: now,
        by: By::Nobody,
        cut_off: false,
        does: Does::Writes,
        granted: true,
        more: 0,
        subject: rondo::audit::Subject::default(),
        thing: Thing::Retention,
    }
}

/// Whatever ends the process behind the destruction: the destruction itself is counted and noted.
pub(super) async fn what_goes_because_its_term_is_over_is_counted_and_noted_with_it(ground: Ground) {
    let store = years_ago(&ground).await;
    let (before, now) = (at(YEAR), at(12 * YEAR));
    let record = |_| retention_record(now).header();
    let said = Said {
        class: "records",
        record: &record,
    };
    for quiet in store.quiet_rooms(before).await.unwrap() {
        assert!(store.purge_room(&quiet, before, said, now).await.unwrap().is_some());
    }
    // Nothing else is done: here the process is killed.
    store.close().await;
    let store = ground.open().await;
    let purged = store.purged().await.unwrap();
    assert_eq!(purged.iter().map(|one| one.removed).collect::<Vec<_>>(), [1, 1]);
    let book = store.audit_after(practice(), 0, 100).await.unwrap();
    let noted = book.iter().filter_map(|row| Record::read(&row.header));
    assert_eq!(noted.filter(|one| one.thing == Thing::Retention).count(), 2);
    store.close().await;
    assert!(ledger_checked(&ground).await.is_whole());
}

/// Five events of a room that lives on: an answer, a flag, something else, an answer of a year later, something else of today.
async fn answers_of_years(store: &Store) {
    let answer = What::AnswerNoted {
        participant: person(1),
        before: Some(1),
        now: 2,
        flag: None,
    };
    let flag = What::MeasureFlagged {
        participant: person(1),
        flag: Some(MeasureFlag::New),
    };
    let other = What::AllRightSaid { participant: person(1) };
    let all = [
        (5, answer.clone()),
        (6, flag),
        (7, other.clone()),
        (YEAR, answer),
        (2 * YEAR - 10 * DAY_MS, other),
    ];
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    let mut said = append(1, epoch, 0, &["", "", "", "", ""]);
    for (new, (ms, what)) in said.events.iter_mut().zip(all) {
        (new.at, new.kind) = (at(ms), what.kind());
        let (at, by) = (at(ms), None);
        new.body = Event { at, by, what }.write().unwrap();
    }
    store.append(said).await.unwrap();
    store
        .snapshot(room(1), epoch, 5, b"a state that knows the answers")
        .await
        .unwrap();
}

pub(super) async fn answers_go_by_their_own_term_while_the_room_lives_on(ground: Ground) {
    let store = furnished(&ground, 1).await;
    answers_of_years(&store).await;
    let terms: Terms = "measures=2y".parse().unwrap();
    let of = |removed, spared| Gone { removed, spared };
    let day_before = at(5 + 2 * YEAR - DAY_MS);
    let gone = purge(&store, &terms, day_before, false).await.unwrap();
    assert_eq!(gone[&Class::Measures], of(0, 0));
    assert!(store.claim(room(1)).await.unwrap().snapshot.is_some());
    let day_after = at(6 + 2 * YEAR + DAY_MS);
    let hold = Hold {
        participant: Some(person(1)),
        set_by: account(),
        set_at: at(44),
        reason: BODY.to_owned(),
    };
    store.hold(room(1), &hold).await.unwrap();
    let held = purge(&store, &terms, day_after, false).await.unwrap();
    assert_eq!(held[&Class::Measures], of(0, 2), "a hold spares them");
    store.lift_hold(room(1), Some(person(1))).await.unwrap();
    let would = purge(&store, &terms, day_after, true).await.unwrap();
    let gone = purge(&store, &terms, day_after, false).await.unwrap();
    assert_eq!((would[&Class::Measures], gone[&Class::Measures]), (of(2, 0), of(2, 0)));
    let again = purge(&store, &terms, day_after, false).await.unwrap();
    assert_eq!(again[&Class::Measures], of(0, 0), "once is enough");
    let counted = store.purged().await.unwrap();
    assert!(
        matches!(&counted[..], [one] if one.class == "measures" && one.removed == 2),
        "{counted:?}"
    );
    let book = store.audit_after(practice(), 0, 100).await.unwrap();
    let noted: Vec<Record> = book.iter().filter_map(|row| Record::read(&row.header)).collect();
    assert!(
        matches!(&noted[..], [one] if one.thing == Thing::Retention && one.more == 2 && one.subject.room == Some(room(1)))
    );
    // What is left is the room, without these answers, and without the state that knew them.
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!(opened.snapshot, None);
    let what = |event: &StoredEvent| Event::read(&event.body).unwrap().what;
    let left: Vec<_> = opened.tail.iter().map(|event| (event.emptied, what(event))).collect();
    assert_eq!(left[0], (true, What::Emptied {}));
    assert!(matches!(left[1], (true, What::MeasureFlagged { flag: None, .. })));
    assert!(matches!(left[2], (false, What::AllRightSaid { .. })));
    assert!(matches!(left[3], (false, What::AnswerNoted { now: 2, .. })));
    store.log(Reach::All, day_after).await.unwrap();
    store.close().await;
    assert!(ledger_checked(&ground).await.is_whole());
}

pub(super) async fn answers_stay_while_somebody_was_in_the_room_within_a_day(ground: Ground) {
    let store = furnished(&ground, 1).await;
    answers_of_years(&store).await;
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    let mut said = append(1, epoch, 5, &["two"]);
    let now = 3 * YEAR;
    said.events[0].at = at(now - DAY_MS / 2);
    // It rested when it was looked at, and somebody came before it was its turn: they keep their room.
    let rests_since = at(now - DAY_MS);
    let resting = store.quiet_rooms(rests_since).await.unwrap();
    store.append(said).await.unwrap();
    let record = |_| retention_record(at(now)).header();
    let said = Said {
        class: "measures",
        record: &record,
    };
    let emptied = store.empty_measures(&resting[0], &[], rests_since, said, at(now)).await;
    assert_eq!(emptied, Ok(false));
    let mut goes_on = append(1, epoch, 6, &["three"]);
    goes_on.events[0].at = at(now - DAY_MS / 2);
    assert_eq!(store.append(goes_on).await, Ok(Appended::Committed { last_seq: 7 }));
    let terms: Terms = "measures=2y".parse().unwrap();
    let gone = purge(&store, &terms, at(now), false).await.unwrap();
    assert_eq!(gone[&Class::Measures], Gone::default());
    let gone = purge(&store, &terms, at(now + DAY_MS), false).await.unwrap();
    assert_eq!(gone[&Class::Measures].removed, 3);
    store.close().await;
}

/// A second store on the same database, as another node would have: it had the room's keys open when they were destroyed.
pub(super) async fn who_owns_a_room_again_has_only_the_keys_that_are_left(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let other = ground.open().await;
    let epoch = other.claim(room(1)).await.unwrap().epoch;
    other.append(append(1, epoch, 0, &["one", "two"])).await.unwrap();
    let count = Count {
        session: 1,
        started_at: at(1),
        ended_at: at(2),
        people: 3,
    };
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    store.forget(room(1), epoch, count).await.unwrap();
    store.stays(room(1)).await.unwrap();
    let epoch = other.claim(room(1)).await.unwrap().epoch;
    other.append(append(1, epoch, 2, &["anew"])).await.unwrap();
    other.close().await;
    assert_eq!(
        bodies(&store, 1).await,
        ["anew"],
        "it was not sealed under a key that is gone"
    );
    store.close().await;
}

pub(super) async fn what_a_hold_stands_on_outlives_every_term(ground: Ground) {
    let store = years_ago(&ground).await;
    let hold = Hold {
        participant: Some(person(1)),
        set_by: account(),
        set_at: at(44),
        reason: BODY.to_owned(),
    };
    store.hold(room(1), &hold).await.unwrap();
    let pieces = store.sealed_pieces(room(1)).await.unwrap();
    let now = at(12 * YEAR);
    let gone = purge(&store, &Terms::default(), now, false).await.unwrap();
    let of = |removed, spared| Gone { removed, spared };
    assert_eq!(gone[&Class::Records], of(1, 1), "room 2 goes, room 1 stays");
    assert_eq!(gone[&Class::Audit], of(0, 2));
    assert_eq!((gone[&Class::Requests], gone[&Class::Links]), (of(0, 0), of(0, 0)));
    assert_eq!(gone[&Class::Logins], of(1, 0));
    assert_eq!(store.opening(&pieces).await, Ok(pieces.len()));
    assert_eq!(
        (
            bodies(&store, 1).await.len(),
            store.erasures(room(1)).await.unwrap().len()
        ),
        (2, 1)
    );
    assert_eq!(store.lift_hold(room(1), Some(person(1))).await, Ok(true));
    let next_day = at(12 * YEAR + DAY_MS);
    let gone = purge(&store, &Terms::default(), next_day, false).await.unwrap();
    assert_eq!((gone[&Class::Records], gone[&Class::Audit]), (of(1, 0), of(2, 0)));
    assert_eq!(store.opening(&pieces).await, Ok(0));
    let forever: Terms = "records=forever".parse().unwrap();
    let kept = purge(&store, &forever, at(200 * YEAR), true).await.unwrap();
    assert_eq!(kept[&Class::Records], Gone::default());
    store.close().await;
}
