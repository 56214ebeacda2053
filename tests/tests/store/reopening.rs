//! Opening a room anew: from its snapshot and the short tail behind it, or, where the snapshot is of no use, from the whole journal.

use std::path::Path;

use protocol::wire::{Action, NoteRef, Stand};
use protocol::{PracticeId, RoomId, Timestamp};
use rondo::hub::limits::SNAPSHOT_EVERY;
use rondo::store::{Append, NewEvent, Opened, Store};
use room::Event;
use room::event::What;
use tests::cast::Gathering;
use tests::house::{House, Process, store_in};
use tests::line::Line;

async fn store(folder: &Path) -> Store {
    store_in(folder).await.expect("the database opens")
}

/// The room as its next owner finds it.
async fn found(folder: &Path, room: RoomId) -> Opened {
    let store = store(folder).await;
    let opened = store.claim(room).await.expect("the room is there");
    store.close().await;
    opened
}

fn locking(n: u64) -> What {
    What::NoteLocked {
        note: NoteRef::Course,
        locked: n.is_multiple_of(2),
    }
}

async fn locks_and_unlocks(lead: &mut Line, times: u64) {
    for n in 0..times {
        let (note, locked) = (NoteRef::Course, n.is_multiple_of(2));
        lead.act(Action::LockNote { note, locked })
            .await
            .expect("locked or unlocked");
    }
}

#[tokio::test]
async fn reopening_a_room_reads_its_snapshot_and_a_short_tail_however_long_its_history() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let process = Process::start(folder.path(), 0, &[]).await.expect("the server starts");
    let secret = process.bootstrap.clone().expect("a fresh server has a link");
    let mut group = Gathering::of(process.address, &secret, 1).await;
    // Two devices, since one connection may say only so much in one go; and enough after the snapshot for it to have been written.
    let mut second = group.facilitator.enter(group.room).await;
    locks_and_unlocks(&mut second, SNAPSHOT_EVERY / 2 + 40).await;
    locks_and_unlocks(&mut group.lead, SNAPSHOT_EVERY / 2 + 40).await;
    let said = group.lead.does(Action::StartSession).await;
    process.kill().await;
    let opened = found(folder.path(), group.room).await;
    assert_eq!(shown(folder.path(), group.room).await, said);
    assert!(opened.snapshot.is_some_and(|(seq, _)| seq >= SNAPSHOT_EVERY));
    assert!((opened.tail.len() as u64) < SNAPSHOT_EVERY, "{}", opened.tail.len());

    let house = House::over(folder.path(), |_| ()).await;
    group.facilitator.browser.address = house.address;
    let mut lead = group.facilitator.enter(group.room).await;
    lead.sees("the session", |scene, _| scene.stand == Stand::Running).await;
    house.stop().await;
    let opened = found(folder.path(), group.room).await;
    assert_eq!(opened.snapshot.map(|(seq, _)| seq + 1), Some(opened.next_seq));
    assert!(opened.tail.is_empty(), "a planned stop leaves nothing to replay");
}

/// The number that views carry once the whole journal is replayed.
async fn shown(folder: &Path, room: RoomId) -> u64 {
    let store = store(folder).await;
    let (mut replay, events) = rondo::hub::history(&store, room, u64::MAX)
        .await
        .expect("the journal is read");
    store.close().await;
    replay.apply(&events);
    replay.state().public_seq
}

/// Puts a snapshot in place that this server does not read, as another version would have left it.
async fn spoil_the_snapshot(folder: &Path, room: RoomId, practice: PracticeId, more_events: u64) -> u64 {
    let store = store(folder).await;
    let opened = store.claim(room).await.expect("the room is there");
    let mut after_seq = opened.next_seq - 1;
    // Just now: what lies further back than its term is removed at the next start.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = Timestamp(u64::try_from(now.expect("after 1970").as_millis()).expect("a moment"));
    let numbers: Vec<u64> = (0..more_events).collect();
    for some in numbers.chunks(rondo::store::MAX_EVENTS_PER_APPEND) {
        let event = |n: &u64| {
            let event = Event {
                at: now,
                by: None,
                what: locking(*n),
            };
            NewEvent {
                kind: event.what.kind(),
                at: event.at,
                actor: None,
                body: event.write().expect("nothing personal in it"),
            }
        };
        let append = Append {
            room,
            practice,
            epoch: opened.epoch,
            after_seq,
            events: some.iter().map(event).collect(),
            command: None,
        };
        store.append(append).await.expect("appended");
        after_seq += some.len() as u64;
    }
    store
        .snapshot(room, opened.epoch, after_seq, b"[65535,null]")
        .await
        .expect("kept");
    store.close().await;
    after_seq
}

/// A room whose snapshot says nothing to this server goes on where its journal ended.
async fn goes_on_from_the_journal(more_events: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let house = House::over(folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let mut group = Gathering::of(house.address, &secret, 1).await;
    group.lead.does(Action::StartSession).await;
    house.stop().await;
    let practice = found(folder.path(), group.room).await.practice;
    let last = spoil_the_snapshot(folder.path(), group.room, practice, more_events).await;

    let store = store(folder.path()).await;
    let (_, events) = rondo::hub::history(&store, group.room, u64::MAX).await.expect("read");
    assert_eq!(events.len() as u64, last, "an export is whole");
    store.close().await;

    let house = House::over(folder.path(), |_| ()).await;
    group.facilitator.browser.address = house.address;
    let mut lead = group.facilitator.enter(group.room).await;
    lead.sees("the session", |scene, _| scene.stand == Stand::Running).await;
    lead.does(Action::NextStep).await;
    house.stop().await;
    let store = self::store(folder.path()).await;
    let (_, events) = rondo::hub::history(&store, group.room, u64::MAX).await.expect("read");
    assert!(events.len() as u64 > last, "it goes on behind what was there");
    store.close().await;
}

#[tokio::test]
async fn a_snapshot_of_another_version_is_set_aside_even_if_nothing_came_after_it() {
    goes_on_from_the_journal(0).await;
}

#[tokio::test]
async fn a_journal_longer_than_one_read_is_replayed_whole() {
    goes_on_from_the_journal(rondo::store::MAX_READ_EVENTS + 1).await;
}
