//! Who owns a room, on one node and on several; tickets and ends that every node hears of.

use std::time::Duration;

use protocol::PracticeId;
use protocol::wire::NoteRef;
use rondo::cluster::placement::Load;
use rondo::store::{AppendError, Beginning, Claim, Ended, KeptBeginning, NodeSeen, Says, SharedTicket, StoreFault};

use super::ground::{Ground, append, at, bodies, furnished, login, person, room};
use super::notes::note_append;

pub(super) async fn an_older_owner_never_writes(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let old = store.claim(room(1)).await.unwrap();
    store.append(append(1, old.epoch, 0, &["mine"])).await.unwrap();
    // A second store on the same database, as another node would have.
    let other = ground.open().await;
    let new = other.claim(room(1)).await.unwrap();
    assert!(new.epoch > old.epoch);
    assert_eq!(
        store.append(append(1, old.epoch, 1, &["late"])).await,
        Err(AppendError::Fenced)
    );
    assert_eq!(
        store.snapshot(room(1), old.epoch, 1, b"late").await,
        Err(AppendError::Fenced)
    );
    assert_eq!(
        store.append_note(note_append(old.epoch, &["late"])).await,
        Err(AppendError::Fenced)
    );
    assert_eq!(
        store.fold_note(room(1), old.epoch, NoteRef::Course, 0, b"late").await,
        Err(AppendError::Fenced)
    );
    other.append(append(1, new.epoch, 1, &["new"])).await.unwrap();
    assert_eq!(bodies(&other, 1).await, ["mine", "new"]);
    store.close().await;
    other.close().await;
}

const LEASE: Duration = Duration::from_secs(60);
const QUIET: Says = Says { people: 0, takes: true };

async fn epoch_of(claim: Result<Claim, StoreFault>) -> u64 {
    match claim.unwrap() {
        Claim::Mine(opened) => opened.epoch,
        Claim::Theirs(owner) => panic!("it is {owner}'s"),
    }
}

pub(super) async fn a_room_is_claimed_by_one_living_node_at_a_time(ground: Ground) {
    let (store, other) = (furnished(&ground, 2).await, ground.open().await);
    let (here, _) = store.join("a", "there", LEASE).await.unwrap();
    let (there, _) = other.join("b", "there", LEASE).await.unwrap();
    assert_eq!(store.owner_of(room(1)).await, Ok(None));
    let mine = epoch_of(store.claim_for(here, room(1)).await).await;
    assert_eq!(other.claim_for(there, room(1)).await, Ok(Claim::Theirs(here)));
    assert_eq!(store.owner_of(room(1)).await, Ok(Some(here)));
    // Its own room it may claim again: a bug ended the task that had it.
    let again = epoch_of(store.claim_for(here, room(1)).await).await;
    assert!(again > mine);
    assert_eq!(
        store.lives_on(here, LEASE, QUIET).await,
        Ok(Some([(room(1), again)].into()))
    );
    assert_eq!(other.lives_on(there, LEASE, QUIET).await, Ok(Some([].into())));
    // Given back in an epoch that is over, nothing happens; in its own it is anybody's.
    store.give_back(here, room(1), mine).await.unwrap();
    assert_eq!(other.claim_for(there, room(1)).await, Ok(Claim::Theirs(here)));
    store.give_back(here, room(1), again).await.unwrap();
    let theirs = epoch_of(other.claim_for(there, room(1)).await).await;
    assert_eq!(
        store.append(append(1, again, 0, &["late"])).await,
        Err(AppendError::Fenced)
    );
    other.append(append(1, theirs, 0, &["new"])).await.unwrap();
    // Whoever leaves leaves everything.
    other.leave(there).await.unwrap();
    epoch_of(store.claim_for(here, room(1)).await).await;
    assert_eq!(other.claim_for(there, room(2)).await, Err(StoreFault::Unavailable));
    store.close().await;
    other.close().await;
}

pub(super) async fn a_room_is_anybodys_once_its_nodes_lease_is_over_by_the_databases_clock(ground: Ground) {
    let (store, other) = (furnished(&ground, 1).await, ground.open().await);
    let (there, _) = other.join("b", "there", LEASE).await.unwrap();
    let (here, _) = store.join("a", "here", LEASE).await.unwrap();
    let old = epoch_of(store.claim_for(here, room(1)).await).await;
    // No time passes here: the lease is moved into the past where it stands.
    ground
        .behind_its_back("UPDATE node SET lease_until = lease_until - 60000 WHERE name = 'a'".to_owned())
        .await
        .unwrap();
    assert_eq!(other.owner_of(room(1)).await, Ok(None));
    assert_eq!(
        store.claim_for(here, room(1)).await,
        Err(StoreFault::Unavailable),
        "without a lease of its own nobody claims"
    );
    let new = epoch_of(other.claim_for(there, room(1)).await).await;
    assert!(new > old);
    assert_eq!(
        store.append(append(1, old, 0, &["late"])).await,
        Err(AppendError::Fenced)
    );
    // It wakes up and lives on, without the room.
    assert_eq!(store.lives_on(here, LEASE, QUIET).await, Ok(Some([].into())));
    assert_eq!(store.claim_for(here, room(1)).await, Ok(Claim::Theirs(there)));
    // Another process of its name: this one is over for good.
    assert_eq!(other.join("b", "here", LEASE).await.map(|(_, alive)| alive), Ok(true));
    assert_eq!(other.lives_on(there, LEASE, QUIET).await, Ok(None));
    epoch_of(store.claim_for(here, room(1)).await).await;
    store.close().await;
    other.close().await;
}

pub(super) async fn a_room_goes_to_a_living_node_that_takes_it_and_to_nobody_while_it_has_one(ground: Ground) {
    let (store, other) = (furnished(&ground, 3).await, ground.open().await);
    let (here, _) = store.join("a", "here", LEASE).await.unwrap();
    let (there, _) = other.join("b", "there", LEASE).await.unwrap();
    let loads = async || {
        let mut all = store.loads().await.unwrap();
        all.sort_by_key(|load| load.node);
        all
    };
    let says = |people, takes| Says { people, takes };
    let load = |node, people, fresh_rooms| Load {
        node,
        people,
        fresh_rooms,
    };
    let sorted = |mut all: Vec<Load>| {
        all.sort_by_key(|load| load.node);
        all
    };
    let before = epoch_of(store.claim_for(here, room(1)).await).await;
    store.lives_on(here, LEASE, says(40, true)).await.unwrap();
    epoch_of(store.claim_for(here, room(2)).await).await;
    assert_eq!(loads().await, sorted(vec![load(here, 40, 1), load(there, 0, 0)]));
    // A room that has a living owner goes nowhere.
    assert_eq!(store.place(room(1), there).await, Ok(false));
    assert_eq!(store.owner_of(room(1)).await, Ok(Some(here)));
    store.give_back(here, room(1), before).await.unwrap();
    assert_eq!(store.place(room(1), there).await, Ok(true));
    assert_eq!(store.owner_of(room(1)).await, Ok(Some(there)));
    assert_eq!(store.claim_for(here, room(1)).await, Ok(Claim::Theirs(there)));
    // Whoever had it is fenced before the new owner has even heard of it.
    assert_eq!(
        store.append(append(1, before, 0, &["late"])).await,
        Err(AppendError::Fenced)
    );
    assert!(epoch_of(other.claim_for(there, room(1)).await).await > before);
    // Who cannot be reached, or ends, is given nothing; an end is not taken back by a lease that is renewed.
    other.lives_on(there, LEASE, says(0, false)).await.unwrap();
    assert_eq!(loads().await, [load(here, 40, 0)]);
    assert_eq!(store.place(room(3), there).await, Ok(false));
    other.lives_on(there, LEASE, says(0, true)).await.unwrap();
    assert_eq!(loads().await.len(), 2);
    other.takes_no_more(there).await.unwrap();
    other.lives_on(there, LEASE, says(0, true)).await.unwrap();
    assert_eq!(loads().await, [load(here, 40, 0)]);
    assert_eq!(store.place(room(3), there).await, Ok(false));
    // The dead take nothing and keep nothing.
    ground
        .behind_its_back("UPDATE node SET lease_until = lease_until - 60000".to_owned())
        .await
        .unwrap();
    assert_eq!(loads().await, []);
    assert_eq!(store.place(room(2), here).await, Ok(false));
    store.close().await;
    other.close().await;
}

pub(super) async fn what_was_begun_on_one_node_ends_on_another_once_and_is_sealed(ground: Ground) {
    const MOST: u64 = 2;
    let (store, other) = (furnished(&ground, 1).await, ground.open().await);
    let kept = |text: &str, ends| KeptBeginning {
        plain: text.as_bytes().to_vec(),
        ends_at: at(ends),
    };
    let begin = async |kind, key, text: &str, ends, now| {
        let kept = kept(text, ends);
        store
            .keep_beginning(kind, [key; 32], &kept, at(now), MOST)
            .await
            .unwrap()
    };
    assert!(begin(Beginning::App, 1, "first", 100, 1).await);
    assert!(begin(Beginning::App, 1, "PLANTED", 100, 1).await);
    assert_eq!(
        other.peek_beginning(Beginning::App, [1; 32]).await,
        Ok(Some(kept("PLANTED", 100)))
    );
    assert_eq!(
        other.take_beginning(Beginning::Passkey, [1; 32]).await,
        Ok(None),
        "another kind"
    );
    let (here, there) = tokio::join!(
        store.take_beginning(Beginning::App, [1; 32]),
        other.take_beginning(Beginning::App, [1; 32])
    );
    let taken: Vec<_> = [here.unwrap(), there.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, [kept("PLANTED", 100)]);
    // There is room for so many of a kind, and time makes some.
    for key in 1..=2 {
        assert!(begin(Beginning::App, key, "kept", 100, 2).await);
    }
    assert!(!begin(Beginning::App, 3, "one too many", 100, 2).await);
    assert!(begin(Beginning::App, 2, "anew", 100, 2).await, "who is in it already");
    assert!(begin(Beginning::Outside, 3, "another kind", 100, 2).await);
    assert!(begin(Beginning::App, 3, "later", 200, 100).await);
    assert_eq!(
        other.peek_beginning(Beginning::App, [1; 32]).await,
        Ok(None),
        "it is over"
    );
    // Moved to another key it does not open, and nobody reads it in the database.
    let moved = "UPDATE beginning SET kind = 2 WHERE kind = 1".to_owned();
    assert_eq!(ground.behind_its_back(moved).await.unwrap(), 1);
    assert_eq!(
        other.peek_beginning(Beginning::Passkey, [3; 32]).await,
        Err(StoreFault::Damaged("a beginning"))
    );
    store.close().await;
    other.close().await;
}

pub(super) async fn tables_that_a_later_release_added_to_are_worked_with_and_others_are_not(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    store.append(append(1, epoch, 0, &["before"])).await.unwrap();
    store.close().await;
    // What the next release does to the tables: its change is noted, a table and a column are new.
    ground.behind_its_back(ground.a_later_change()).await.unwrap();
    for more in [
        "CREATE TABLE later (x INTEGER)",
        "ALTER TABLE room ADD COLUMN later INTEGER NOT NULL DEFAULT 7",
    ] {
        ground.behind_its_back(more.to_owned()).await.unwrap();
    }
    let store = ground.open().await;
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    store.append(append(1, epoch, 1, &["beside it"])).await.unwrap();
    assert_eq!(bodies(&store, 1).await, ["before", "beside it"]);
    store.close().await;
    // And what that release does when this one cannot work with them any more.
    ground
        .behind_its_back("UPDATE works_from SET change = 9999".to_owned())
        .await
        .unwrap();
    assert_eq!(ground.tries_to_open().await.err(), Some(StoreFault::Migration));
}

pub(super) async fn who_looks_sees_every_node_its_rooms_and_which_is_silent(ground: Ground) {
    const SHOWN: Duration = Duration::from_secs(600);
    let (store, other) = (furnished(&ground, 2).await, ground.open().await);
    assert_eq!(store.nodes(SHOWN).await.unwrap(), []);
    let (here, _) = store.join("a", "here", LEASE).await.unwrap();
    other.join("b", "there", LEASE).await.unwrap();
    for n in 1..=2 {
        epoch_of(store.claim_for(here, room(n)).await).await;
    }
    let seen = async || {
        let seen = other.nodes(SHOWN).await.unwrap();
        let told = |node: NodeSeen| (node.name, node.rooms, node.silent.is_some());
        seen.into_iter().map(told).collect::<Vec<_>>()
    };
    let (a, b) = ("a".to_owned(), "b".to_owned());
    assert_eq!(seen().await, [(a.clone(), 2, false), (b.clone(), 0, false)]);
    let past = |seconds: u32| format!("UPDATE node SET lease_until = lease_until - {seconds}000 WHERE name = 'a'");
    ground.behind_its_back(past(120)).await.unwrap();
    assert_eq!(seen().await, [(a, 2, true), (b.clone(), 0, false)]);
    ground.behind_its_back(past(600)).await.unwrap();
    assert_eq!(seen().await, [(b, 0, false)], "somebody took it away");
    store.close().await;
    other.close().await;
}

pub(super) async fn a_ticket_is_used_once_on_whichever_node_and_the_newest_of_a_login_count(ground: Ground) {
    let (store, other) = (furnished(&ground, 1).await, ground.open().await);
    let ticket = |ends| SharedTicket {
        login: login(1),
        room: room(1),
        participant: person(1),
        ends_at: at(ends),
    };
    for n in 1..=4u8 {
        let ends = 100 + u64::from(n);
        store.keep_ticket([n; 32], ticket(ends), at(n.into()), 3).await.unwrap();
    }
    assert_eq!(other.take_ticket([1; 32]).await, Ok(None), "the oldest of four");
    let (here, there) = tokio::join!(store.take_ticket([2; 32]), other.take_ticket([2; 32]));
    let used: Vec<_> = [here.unwrap(), there.unwrap()].into_iter().flatten().collect();
    assert_eq!(used, [ticket(102)]);
    other.drop_old_tickets(at(103)).await.unwrap();
    assert_eq!(store.take_ticket([3; 32]).await, Ok(None));
    assert_eq!(store.take_ticket([4; 32]).await, Ok(Some(ticket(104))));
    store.close().await;
    other.close().await;
}

pub(super) async fn what_ended_on_one_node_is_heard_on_another(ground: Ground) {
    let (store, other) = (furnished(&ground, 1).await, ground.open().await);
    let all = [
        Ended::Login(login(1)),
        Ended::Seat(login(2), room(1)),
        Ended::Person(room(1), person(1)),
    ];
    for one in all {
        store.tell_ended(one).await.unwrap();
    }
    let heard = other.ended_lately().await.unwrap();
    assert_eq!(heard.iter().map(|(_, one)| *one).collect::<Vec<_>>(), all);
    ground
        .behind_its_back("UPDATE ended SET at = at - 3600000".to_owned())
        .await
        .unwrap();
    assert_eq!(other.ended_lately().await, Ok(vec![]));
    store.close().await;
    other.close().await;
}

pub(super) async fn a_practice_cannot_write_into_a_room_of_another(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    let mut foreign = append(1, 1, 0, &["foreign"]);
    foreign.practice = PracticeId::from_bits(0xbad);
    assert_eq!(store.append(foreign).await, Err(AppendError::Fenced));
    assert_eq!(bodies(&store, 1).await.len(), 0);
    store.close().await;
}
