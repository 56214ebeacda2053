//! Where somebody was is forgotten a day after the session: shown by reading the database and trying to open what stands there, with the
//! room open, with nobody in it, and after a process that died in the middle.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use protocol::wire::{Action, RoomScene};
use protocol::{ParticipantId, RoomId, Timestamp};
use rondo::store::Store;
use room::event::What;
use room::limits::PLACE_KEPT_SECONDS;
use tests::cast::Gathering;
use tests::clock::HandClock;
use tests::door;
use tests::house::{House, store_in};

const BEGIN: Timestamp = Timestamp(1_800_000_000_000);
/// The field's name under which rooms seal texts.
const FIELD: &str = "room-text";
const PLACE: &str = "Planted-Place-by-the-mill";

/// One sealed text out of the journal, and under whose key.
#[derive(Debug, Clone)]
struct Piece {
    key: ParticipantId,
    sealed: Vec<u8>,
}

fn piece(text: &room::SealedText) -> Piece {
    let written = serde_json::to_value(text).expect("it was sealed");
    let sealed = written["sealed"].as_str().expect("ciphertext");
    Piece {
        key: text.person(),
        sealed: BASE64.decode(sealed).expect("base64"),
    }
}

/// What was said at the door: each time today's part, and how to reach them where that was said anew.
async fn said(store: &Store, room: RoomId) -> (Vec<Piece>, Vec<Piece>) {
    let (_, events) = rondo::hub::history(store, room, u64::MAX).await.expect("read");
    let (mut todays, mut reaches) = (Vec::new(), Vec::new());
    for event in &events {
        if let What::ArrivalConfirmed { today, reach, .. } = &event.what {
            todays.push(piece(today));
            reaches.extend(reach.as_ref().map(piece));
        }
    }
    (todays, reaches)
}

async fn opened(store: &Store, room: RoomId, piece: &Piece) -> Option<String> {
    let opened = store.open_for_person(room, piece.key, FIELD, &piece.sealed).await;
    let bytes = opened.expect("the store reads")?;
    Some(String::from_utf8(bytes).expect("text"))
}

async fn opening(data: &Path, room: RoomId, pieces: &[Piece]) -> usize {
    let store = store_in(data).await.expect("the store opens");
    let mut open = 0;
    for piece in pieces {
        open += usize::from(opened(&store, room, piece).await.is_some());
    }
    store.close().await;
    open
}

async fn forgotten(data: &Path, room: RoomId) -> usize {
    let store = store_in(data).await.expect("the store opens");
    let (_, events) = rondo::hub::history(&store, room, u64::MAX).await.expect("read");
    store.close().await;
    let forgets = |what: &What| matches!(what, What::PlaceForgotten { .. });
    events.iter().filter(|event| forgets(&event.what)).count()
}

fn places(scene: &RoomScene) -> usize {
    let rows = scene.staff.iter().flat_map(|staff| &staff.arrivals);
    rows.filter(|row| row.last.as_ref().is_some_and(|last| last.place.is_some()))
        .count()
}

/// A session of two that was held and closed; one of them moved in between, so that three places were said.
async fn held(house: &House) -> Gathering {
    let secret = house.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(house.address, &secret, 2).await;
    group.lead.does(Action::StartSession).await;
    group.members[0].1.does(door::said(PLACE)).await;
    group.lead.sees("both places", |scene, _| places(scene) == 2).await;
    group.lead.does(Action::EndSession).await;
    group
}

#[tokio::test]
async fn a_day_after_the_session_the_database_holds_no_place_that_opens() {
    let clock = HandClock::standing_at(BEGIN);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let house = House::by(clock.clock(), data, |_| ()).await;
    let mut group = held(&house).await;
    let room = group.room;
    let store = store_in(data).await.expect("the store opens");
    let (todays, reaches) = said(&store, room).await;
    assert_eq!((todays.len(), reaches.len()), (3, 3));
    let first = opened(&store, room, &todays[2]).await.expect("it opens");
    assert!(first.contains(PLACE), "this is what is to be forgotten: {first}");
    store.close().await;

    clock.moves_to(BEGIN.plus_seconds(PLACE_KEPT_SECONDS - 60));
    group.lead.does(Action::StartSession).await;
    group.lead.does(Action::EndSession).await;
    assert_eq!(opening(data, room, &todays).await, 3, "not yet");
    // A room that sleeps does so by the machine's time; whatever is overdue comes first in its next decision.
    clock.moves_to(BEGIN.plus_seconds(2 * PLACE_KEPT_SECONDS));
    group.lead.does(Action::Pause).await;
    group.lead.sees("no place", |scene, _| places(scene) == 0).await;
    assert_eq!(opening(data, room, &todays).await, 0, "no key opens a place");
    assert_eq!(opening(data, room, &reaches).await, 3, "how to reach them is kept");
    // In the next session one tap is enough, but for the place.
    let one_tap = |card: &protocol::wire::ArrivalCard| card.reach.is_some() && card.today.is_none();
    let ben = &mut group.members[1].1;
    ben.sees("the card", |_, me| me.arrival.as_ref().is_some_and(one_tap))
        .await;
    house.stop().await;
}

/// The server is down when it falls due; it starts again, and nobody comes back. `died` tells what the old process still did.
async fn starts_again(died: impl AsyncFnOnce(&Store, RoomId, &[Piece])) {
    let clock = HandClock::standing_at(BEGIN);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let house = House::by(clock.clock(), data, |_| ()).await;
    let group = held(&house).await;
    let room = group.room;
    house.stop().await;
    let store = store_in(data).await.expect("the store opens");
    let (todays, reaches) = said(&store, room).await;
    died(&store, room, &todays).await;
    store.close().await;

    clock.moves_to(BEGIN.plus_seconds(2 * PLACE_KEPT_SECONDS));
    let house = House::by(clock.clock(), data, |_| ()).await;
    // Asked again and again, until the room was looked at: the mark goes when nothing more is known.
    let store = store_in(data).await.expect("the store opens");
    while !store
        .rooms_visited(Timestamp(u64::MAX >> 1))
        .await
        .expect("read")
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    store.close().await;
    assert_eq!(opening(data, room, &todays).await, 0);
    assert_eq!(opening(data, room, &reaches).await, 3);
    assert_eq!(forgotten(data, room).await, 2, "and the room knows that it forgot");
    house.stop().await;
}

#[tokio::test]
async fn a_room_that_nobody_opens_forgets_at_the_next_start() {
    starts_again(async |_: &Store, _, _: &[Piece]| ()).await;
}

/// The key goes first: whoever dies behind that has written nothing yet, and the next start does it again.
#[tokio::test]
async fn a_process_that_died_between_the_key_and_the_note_is_caught_up_with() {
    starts_again(async |store: &Store, room, todays: &[Piece]| {
        store.erase_person(room, todays[0].key).await.expect("destroyed");
    })
    .await;
}
