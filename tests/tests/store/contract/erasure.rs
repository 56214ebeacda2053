//! What is left when a sitting or a person is gone.

use protocol::Role;
use protocol::wire::NoteRef;
use rondo::store::{AppendError, AskedBy, Count, Erasure, Hold, NoteAppend, NoteUpdate, StoreFault};

use super::ground::{
    BODY, Ground, NOTE, TITLE, account, append, at, bodies, exchange, furnished, login, new_invite, person, room,
};

pub(super) async fn of_a_forgotten_sitting_only_the_count_is_left_and_nothing_opens(ground: Ground) {
    let store = furnished(&ground, 2).await;
    for n in 1..=2 {
        store.claim(room(n)).await.unwrap();
        store.append(append(n, 1, 0, &[BODY, "two"])).await.unwrap();
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
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    let theirs = store.sealed_pieces(room(1)).await.unwrap();
    let others = store.sealed_pieces(room(2)).await.unwrap();
    assert_eq!((theirs.len(), others.len()), (5, 4));
    assert_eq!(store.opening(&theirs).await, Ok(5), "before, everything opens");

    let count = Count {
        session: 1,
        started_at: at(1),
        ended_at: at(2),
        people: 7,
    };
    assert_eq!(
        store.forget(room(1), 0, count).await,
        Err(AppendError::Fenced),
        "an older owner destroys nothing"
    );
    store.leaving(room(1)).await.unwrap();
    let sitting = store.forget(room(1), 1, count).await.unwrap();
    assert_eq!(
        store.rooms_leaving().await,
        Ok(vec![room(1)]),
        "until the files are clean"
    );
    store.stays(room(1)).await.unwrap();
    assert_eq!(store.rooms_leaving().await, Ok(Vec::new()));

    assert_eq!(store.sittings(room(1)).await.unwrap(), std::slice::from_ref(&sitting));
    assert!(
        store.attested(&sitting) && sitting.record.contains("people 7\n"),
        "{}",
        sitting.record
    );
    assert_eq!((sitting.upto, sitting.count), (2, count));
    assert!(store.sealed_pieces(room(1)).await.unwrap().is_empty());
    assert!(store.invites(room(1)).await.unwrap().is_empty());
    assert_eq!(
        store.room(room(1)).await.unwrap().unwrap().title,
        TITLE.into(),
        "the place stays"
    );

    // Whoever writes as before is fenced; the next owner goes on behind what is gone.
    assert_eq!(store.append(append(1, 1, 2, &["late"])).await, Err(AppendError::Fenced));
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!((opened.next_seq, opened.tail.len(), opened.snapshot), (3, 0, None));
    store.append(append(1, opened.epoch, 2, &["after"])).await.unwrap();
    let refused = ground
        .behind_its_back("DELETE FROM event WHERE seq = 3".to_owned())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
    store.close().await;

    // With the root key and the database, in a process that knew none of the keys.
    let store = ground.open().await;
    assert_eq!(store.opening(&theirs).await, Ok(0));
    assert_eq!(store.opening(&others).await, Ok(4));
    assert_eq!(store.claim(room(1)).await.unwrap().tail.len(), 1);
    store.close().await;
}

pub(super) async fn what_is_left_of_an_emptied_event_is_read_in_its_place(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let owner = store.claim(room(1)).await.unwrap().epoch;
    store
        .append(append(1, owner, 0, &["one", "two of Ana and Ben", "three"]))
        .await
        .unwrap();
    let bodies_now = async || bodies(&store, 1).await;
    let empties = async |epoch, rest: &str| store.empty_bodies(room(1), epoch, &[(2, rest.into())]).await;
    assert_eq!(empties(owner, "two of Ben").await, Ok(()));
    assert_eq!(bodies_now().await, ["one", "two of Ben", "three"]);
    // Once more, of somebody else; an older owner empties nothing.
    assert_eq!(empties(owner, "two").await, Ok(()));
    assert_eq!(bodies_now().await, ["one", "two", "three"]);
    let before = store.sealed_pieces(room(1)).await.unwrap();
    assert_eq!(store.opening(&before).await, Ok(before.len()));
    store.claim(room(1)).await.unwrap();
    assert_eq!(empties(owner, "nothing").await, Err(AppendError::Fenced));
    assert_eq!(bodies_now().await, ["one", "two", "three"]);
    // A rest that was put at another place is noticed.
    let moved = format!(
        "UPDATE event_rest SET seq = 3 WHERE room = {}",
        ground.literal(room(1).bits())
    );
    assert_eq!(ground.behind_its_back(moved).await.unwrap(), 1);
    let gone = format!(
        "DELETE FROM event_body WHERE room = {} AND seq = 3",
        ground.literal(room(1).bits())
    );
    assert_eq!(ground.behind_its_back(gone).await.unwrap(), 1);
    let damaged = async || matches!(store.read_events(room(1), 1, 9).await, Err(StoreFault::Damaged(_)));
    assert!(damaged().await);
    // So is a body that is gone with nothing in its place.
    let rest = format!("DELETE FROM event_rest WHERE room = {}", ground.literal(room(1).bits()));
    assert_eq!(ground.behind_its_back(rest).await.unwrap(), 1);
    assert!(damaged().await);
    store.close().await;
}

pub(super) async fn an_erasure_ends_links_and_is_done_once_and_a_hold_is_seen(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let ana = person(1);
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    store
        .ask_erasure(room(1), ana, AskedBy::Member, at(40), Some(BODY))
        .await
        .unwrap();
    assert_eq!(store.refuse_erasure(room(1), ana, at(41), NOTE).await, Ok(true));
    assert_eq!(
        store.refuse_erasure(room(1), ana, at(42), NOTE).await,
        Ok(false),
        "refused already"
    );
    let asked = store.erasures(room(1)).await.unwrap().remove(0);
    assert_eq!(
        (asked.reason.as_deref(), asked.refused),
        (Some(BODY), Some((at(41), NOTE.to_owned())))
    );
    store
        .ask_erasure(room(1), ana, AskedBy::Leader, at(43), None)
        .await
        .unwrap();
    assert_eq!(store.erasures(room(1)).await.unwrap()[0].refused, None, "asked anew");

    let hold = Hold {
        participant: None,
        set_by: account(),
        set_at: at(44),
        reason: BODY.to_owned(),
    };
    store.hold(room(1), &hold).await.unwrap();
    assert_eq!(store.is_held(room(1), ana).await, Ok(true));
    assert_eq!(store.holds(room(1)).await, Ok(vec![hold]));
    assert_eq!(
        store.lift_hold(room(1), Some(ana)).await,
        Ok(false),
        "it stands on everybody"
    );
    assert_eq!(store.lift_hold(room(1), None).await, Ok(true));
    assert_eq!(store.is_held(room(1), ana).await, Ok(false));

    store.mark_minor(room(1), ana, at(44)).await.unwrap();
    assert_eq!(store.minors(room(1)).await.unwrap().len(), 1);
    let ended = store.begin_erasure(room(1), ana, at(45)).await.unwrap();
    assert_eq!((ended.links, ended.logins), (1, vec![login(1)]));
    assert!(
        store.minors(room(1)).await.unwrap().is_empty(),
        "nor that they were not of age"
    );
    assert!(store.invites(room(1)).await.unwrap().is_empty());
    assert_eq!(store.begin_erasure(room(1), ana, at(46)).await, Ok(Default::default()));
    store.destroy_key(room(1), ana).await.unwrap();
    store.erasure_done(room(1), ana, at(47), "a record").await.unwrap();
    // A second try that found nothing left to do changes no record.
    store.erasure_done(room(1), ana, at(48), "nothing done").await.unwrap();
    assert_eq!(
        store.erased_here().await.unwrap().into_iter().collect::<Vec<_>>(),
        [(room(1), ana)]
    );
    let done = store.erasures(room(1)).await.unwrap().remove(0);
    assert_eq!(
        (done.begun_at, done.done_at, done.reason.as_deref()),
        (Some(at(45)), Some(at(47)), None)
    );
    assert!(store.attested_erasure(&done));
    let forged = Erasure {
        record: Some("another".to_owned()),
        ..done
    };
    assert!(!store.attested_erasure(&forged));
    let again = store
        .ask_erasure(room(1), ana, AskedBy::Member, at(48), Some(BODY))
        .await;
    assert_eq!(again, Err(StoreFault::Erased));
    store.close().await;
}
