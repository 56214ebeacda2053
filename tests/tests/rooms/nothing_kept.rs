//! A circle of which nothing is kept: at its close the keys go, and the count is all that is left. Shown by reading the files, by trying
//! every key there is, and by killing the process in the middle.

use std::collections::HashSet;
use std::path::Path;

use protocol::api::GroupDetail;
use protocol::pack::FloorMode;
use protocol::wire::{Action, NoteRef, RequestKind, ServerMessage, SittingCount};
use protocol::{Role, RoomId};
use rondo::store::SealedPiece;
use tests::cast::{Facilitator, join};
#[cfg(feature = "mutants")]
use tests::doomed::{Doomed, copied, writes_tried};
use tests::house::{House, Process, binary, store_in};
use tests::line::Line;
use tests::page::Page;

/// A circle of which nothing is kept.
const CIRCLE: &str = "circle-round";
const NOTHING_KEPT: u16 = 4411;
/// Everything that people write, and a name.
const PLANTED: [&str; 7] = [
    "Planted-Name-Annelie",
    "Planted-Note-with-a-request",
    "Planted-Words-in-place-of-a-turn",
    "Planted-Whisper-among-hosts",
    "Planted-Line-in-the-shared-note",
    "Planted-Word-said-at-the-door",
    "Planted-Answer-given-at-the-door",
];
/// So much of a sealed text is looked for: chance does not make 32 equal bytes.
const PIECE: usize = 32;

/// A circle under way in which everything that can be written has been written.
struct Meeting {
    room: RoomId,
    lead: Line,
    members: Vec<Line>,
}

async fn meets(host: &mut Facilitator, title: &str) -> Meeting {
    let room = host.group(title, CIRCLE).await;
    let mut lead = host.enter(room).await;
    let mut members = Vec::new();
    for name in [PLANTED[0], "Ben", "Cleo"] {
        let (_, secret) = host.invite(room, name, Role::Member).await;
        let (mut browser, _) = join(host.browser.address, &secret).await;
        let mut line = browser.enter(room).await;
        line.waits_at_the_door().await;
        let (participant, text) = (line.me, PLANTED[6].into());
        line.act(Action::SayAtDoor {
            text: PLANTED[5].into(),
        })
        .await
        .expect("it is said at the door");
        lead.does(Action::AnswerAtDoor { participant, text }).await;
        lead.does(Action::Admit {
            participant: line.me,
            anyway: false,
        })
        .await;
        line.sees("the room", |_, _| true).await;
        members.push(line);
    }
    lead.does(Action::StartSession).await;
    for line in &mut members {
        line.does(Action::Agree).await;
    }
    let whisper = Action::Whisper {
        about: None,
        text: Some(PLANTED[3].into()),
    };
    lead.does(whisper).await;
    lead.does(set(FloorMode::Queue)).await;
    let ask = Action::Ask {
        kind: RequestKind::Share,
        note: Some(PLANTED[1].into()),
    };
    members[0].does(ask).await;
    lead.does(set(FloorMode::Round)).await;
    // Whoever's turn it is not writes instead.
    let written = Action::WriteInstead {
        text: PLANTED[2].into(),
    };
    members[2].does(written).await;
    let mut page = Page::open(&mut members[1], NoteRef::Course, 7)
        .await
        .expect("a note opens");
    page.types(&mut members[1], PLANTED[4])
        .await
        .expect("what was typed is saved");
    Meeting { room, lead, members }
}

fn set(mode: FloorMode) -> Action {
    Action::SetFloor {
        mode: Some(mode),
        order: None,
        advance: None,
        ending: None,
        turn_seconds: None,
    }
}

/// The last thing a line is told, and how it is closed.
async fn farewell(line: &mut Line) -> (Option<Option<SittingCount>>, Option<u16>) {
    let mut code = None;
    while code.is_none() {
        match line.hear().await {
            Ok(Some(message @ ServerMessage::NothingKept { .. })) => line.others.push_back(message),
            Ok(_) => {}
            Err(_) => code = Some(line.closed.as_ref().map_or(0, |frame| frame.code.into())),
        }
    }
    let said = line.others.iter().find_map(|message| match message {
        ServerMessage::NothingKept { count } => Some(*count),
        _ => None,
    });
    (said, code)
}

/// Every file of the folder, logs and indices of the database too.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let all = std::fs::read_dir(folder).expect("a folder");
    all.filter_map(|entry| std::fs::read(entry.expect("an entry").path()).ok())
        .collect()
}

fn stands_in(files: &[Vec<u8>], looked_for: &[u8]) -> bool {
    files
        .iter()
        .any(|file| file.windows(looked_for.len()).any(|bytes| bytes == looked_for))
}

/// How many of these sealed texts stand in the files, by a piece of 32 bytes out of each.
fn standing(files: &[Vec<u8>], pieces: &[SealedPiece]) -> usize {
    let looked_for: HashSet<&[u8]> = pieces.iter().map(|piece| &piece.bytes()[..PIECE]).collect();
    assert_eq!(looked_for.len(), pieces.len(), "no two sealed texts begin alike");
    let found: HashSet<&[u8]> = files
        .iter()
        .flat_map(|file| file.windows(PIECE))
        .filter(|bytes| looked_for.contains(bytes))
        .collect();
    found.len()
}

async fn sealed(data: &Path, room: RoomId) -> (Vec<SealedPiece>, usize) {
    let store = store_in(data).await.expect("the store opens");
    let pieces = store.sealed_pieces(room).await.expect("the store reads");
    let open = store.opening(&pieces).await.expect("the store reads");
    store.close().await;
    (pieces, open)
}

async fn opening(data: &Path, pieces: &[SealedPiece]) -> usize {
    let store = store_in(data).await.expect("the store opens");
    let open = store.opening(pieces).await.expect("the store reads");
    store.close().await;
    open
}

#[tokio::test]
async fn when_a_circle_closes_its_words_are_gone_and_the_count_is_left() {
    let house = House::new().await;
    let data = house.data().to_owned();
    let secret = house.bootstrap.clone().expect("nobody was here before");
    let mut host = Facilitator::first(house.address, &secret).await;
    let mut circle = meets(&mut host, "Monday circle").await;
    let mut control = meets(&mut host, "Thursday circle").await;

    // Before: all of it is there, sealed, and opens.
    let (theirs, open) = sealed(&data, circle.room).await;
    assert!(theirs.len() > 20, "{} sealed texts", theirs.len());
    assert_eq!(open, theirs.len(), "before the close everything opens");
    let (others, open) = sealed(&data, control.room).await;
    assert_eq!(open, others.len());
    assert_eq!(
        standing(&files(&data), &theirs),
        theirs.len(),
        "and stands in the files"
    );

    circle.lead.act(Action::EndSession).await.expect("a host may end it");
    let (said, code) = farewell(&mut circle.lead).await;
    let count = said.flatten().expect("the host is told the count");
    assert_eq!((count.session, count.people, code), (1, 4, Some(NOTHING_KEPT)));
    for line in &mut circle.members {
        assert_eq!(
            farewell(line).await,
            (Some(None), Some(NOTHING_KEPT)),
            "members are told, without figures"
        );
    }

    // (a) What `strings` would read: no word, and not even a sealed text, in any file.
    let left = files(&data);
    for word in PLANTED {
        assert!(!stands_in(&left, word.as_bytes()), "{word}");
    }
    assert_eq!(standing(&left, &theirs), 0);
    // (b) Somebody who kept a copy of the sealed texts, and has the root key and the database, opens nothing.
    assert_eq!(opening(&data, &theirs).await, 0);
    let (left_over, _) = sealed(&data, circle.room).await;
    assert!(left_over.is_empty(), "{left_over:?}");
    // The control circle is as it was.
    assert_eq!(standing(&left, &others), others.len());
    assert_eq!(opening(&data, &others).await, others.len());
    control.members[0].does(Action::Pass).await;

    // What is left: the count, under a record that this server signed.
    let page: GroupDetail = host.browser.get(&format!("/api/groups/{}", circle.room)).await.json();
    assert!(page.invites.is_empty(), "names and links are gone too");
    assert_eq!(page.sittings.len(), 1);
    assert_eq!(page.sittings[0].count, count);
    let store = store_in(&data).await.expect("the store opens");
    let kept = store.sittings(circle.room).await.expect("the store reads");
    assert!(store.attested(&kept[0]));
    let mut forged = kept[0].clone();
    forged.record = forged.record.replace("people 4", "people 5");
    assert_ne!(forged, kept[0]);
    assert!(!store.attested(&forged), "another count is not what was signed");
    store.close().await;

    // The circle meets again, as if for the first time but for its number.
    let mut lead = host.enter(circle.room).await;
    lead.does(Action::StartSession).await;
    let (scene, _) = lead.sees("the second session", |scene, _| scene.seats.len() == 1).await;
    let text = serde_json::to_string(&scene).expect("a scene");
    assert!(!text.contains("Annelie") && text.contains("\"session\":2"), "{text}");
    house.stop().await;
}

/// Kills the process while a circle is being forgotten, and looks what the next start leaves.
async fn killed_at(place: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let server = Process::start(data, 0, &[("RONDO_MUTANT", place)])
        .await
        .expect("the server starts");
    let secret = server.bootstrap.clone().expect("nobody was here before");
    let mut host = Facilitator::first(server.address, &secret).await;
    let mut circle = meets(&mut host, "Monday circle").await;
    let (theirs, open) = sealed(data, circle.room).await;
    assert_eq!(open, theirs.len());
    circle.lead.act(Action::EndSession).await.expect("a host may end it");
    if place == "halt_before_purging" {
        // Asked again and again, until the count stands there.
        let path = format!("/api/groups/{}", circle.room);
        while host.browser.get(&path).await.json::<GroupDetail>().sittings.is_empty() {}
    }
    server.kill().await;
    if place == "halt_before_forgetting" {
        assert_eq!(
            opening(data, &theirs).await,
            theirs.len(),
            "the kill came before anything was destroyed"
        );
    }

    let server = Process::start(data, 0, &[]).await.expect("the server starts again");
    assert_eq!(standing(&files(data), &theirs), 0, "{place}");
    assert_eq!(opening(data, &theirs).await, 0, "{place}");
    let store = store_in(data).await.expect("the store opens");
    assert_eq!(
        store.sittings(circle.room).await.expect("the store reads").len(),
        1,
        "{place}"
    );
    assert!(
        store.rooms_leaving().await.expect("the store reads").is_empty(),
        "{place}"
    );
    store.close().await;
    server.kill().await;
}

#[tokio::test]
async fn a_kill_between_the_end_and_the_forgetting_leaves_nothing_after_the_next_start() {
    killed_at("halt_before_forgetting").await;
}

#[tokio::test]
async fn a_kill_before_the_files_are_clean_leaves_nothing_after_the_next_start() {
    killed_at("halt_before_purging").await;
}

/// Of the writes of a circle's end the quick version tries so many apart.
#[cfg(feature = "mutants")]
const STRIDE: usize = 4;

#[cfg(feature = "mutants")]
#[tokio::test]
async fn a_kill_at_any_write_of_a_circles_end_leaves_all_of_it_or_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = folder.path().join("before");
    let server = Process::start(&before, 0, &[]).await.expect("the server starts");
    let secret = server.bootstrap.clone().expect("nobody was here before");
    let mut host = Facilitator::first(server.address, &secret).await;
    let circle = meets(&mut host, "Monday circle").await;
    let control = meets(&mut host, "Thursday circle").await;
    server.kill().await;
    let (theirs, _) = sealed(&before, circle.room).await;
    let (others, _) = sealed(&before, control.room).await;

    let (mut kills, mut gone, mut whole) = (0, 0, None);
    for n in writes_tried(STRIDE) {
        let left = folder.path().join(format!("killed-{n}"));
        copied(&before, &left);
        let mut doomed = Doomed::over(&left).await;
        host.browser.address = doomed.server.address;
        let mut lead = host.enter(circle.room).await;
        lead.sees("the circle", |_, _| true).await;
        doomed.dies_at(n);
        let id = tests::line::new_command();
        let action = Action::EndSession;
        lead.say(&protocol::wire::ClientMessage::Act { id, action }).await;
        let (_, code) = farewell(&mut lead).await;
        let ended = code == Some(NOTHING_KEPT);
        if ended {
            doomed.server.kill().await;
            whole = Some(n);
        } else {
            doomed.server.ends().await;
            kills += 1;
        }
        let server = Process::start(&left, 0, &[]).await.expect("the server starts again");
        let store = store_in(&left).await.expect("the store opens");
        let sittings = store.sittings(circle.room).await.expect("the store reads").len();
        assert!(
            store.rooms_leaving().await.expect("the store reads").is_empty(),
            "write {n}"
        );
        store.close().await;
        server.kill().await;
        let open = opening(&left, &theirs).await;
        match sittings {
            0 => assert_eq!(open, theirs.len(), "write {n}: all of it is there"),
            _ => {
                assert_eq!((sittings, open), (1, 0), "write {n}: nothing is there but the count");
                assert_eq!(standing(&files(&left), &theirs), 0, "write {n}");
            }
        }
        assert!(sittings == 1 || !ended, "write {n}: whoever was told so is right");
        assert_eq!(
            opening(&left, &others).await,
            others.len(),
            "write {n}: the other circle"
        );
        gone += usize::from(sittings == 1);
        std::fs::remove_dir_all(&left).expect("it goes");
        if ended {
            break;
        }
    }
    let whole = whole.expect("a circle ends");
    println!(
        "Kills at a circle's end: N = {kills} of fewer than {whole} writes; the next start had forgotten {} circles and kept the rest whole; 0 half (3/N = {:.3})",
        gone - 1,
        3.0 / f64::from(kills)
    );
    assert!(kills >= 1, "nobody was killed");
    assert!(
        gone > 1 || kills < 3,
        "some kills fell behind the point of no return: {gone} of {kills}"
    );
}

/// What `rondo sittings` says about this data folder.
async fn sittings_told(data: &Path) -> String {
    let mut command = tokio::process::Command::new(binary());
    let output = command.arg("sittings").env("RONDO_DATA", data).output();
    let output = output.await.expect("the program runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("words")
}

#[tokio::test]
async fn the_operator_reads_what_is_left_of_a_sitting_with_its_signature_checked_and_no_name_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let house = House::over(data, |_| ()).await;
    let secret = house.bootstrap.clone().expect("nobody was here before");
    let mut host = Facilitator::first(house.address, &secret).await;
    let nothing = sittings_told(data).await;
    assert_eq!(nothing.trim(), "There is no sitting of which nothing was kept.");
    let mut circle = meets(&mut host, "Monday circle").await;
    circle.lead.act(Action::EndSession).await.expect("a host may end it");
    farewell(&mut circle.lead).await;
    let told = sittings_told(data).await;
    assert!(told.contains("people 4"), "{told}");
    assert!(told.contains("signature fits"), "{told}");
    assert!(
        told.contains("sealed texts in this room now (later sittings): 0, of which open: 0"),
        "{told}"
    );
    for word in PLANTED.into_iter().chain(["Monday circle", "Ben", "Cleo"]) {
        assert!(!told.contains(word), "{word}: {told}");
    }
    house.stop().await;
    // A record that was altered in the database is told apart from one that was not.
    let database = data.join("rondo.db");
    assert!(database.is_file(), "the records stand there");
    let altered = alters(&database, b"people 4", b"people 5");
    assert_eq!(altered, 1, "the record stands there once, in words");
    let told = sittings_told(data).await;
    assert!(
        told.contains("people 5") && told.contains("signature DOES NOT FIT"),
        "{told}"
    );
}

/// Writes other bytes of the same length over these wherever they stand in a file; says how often.
fn alters(file: &Path, from: &[u8], to: &[u8]) -> usize {
    let mut bytes = std::fs::read(file).expect("it reads");
    let places: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    for &at in &places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    std::fs::write(file, bytes).expect("it writes");
    places.len()
}
