//! Old journals stay readable. `tests/corpus/` at the root of the repository holds what earlier versions wrote; nothing in it is ever
//! written again, only added to. When events change, today's story is written beside the old ones under the next number
//! (`WRITE_CORPUS=2 cargo test -p room-tests --test corpus`, which refuses to overwrite), and [`JOURNALS`] grows by one.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::scene::Scene;
use common::story::whole_story;
use common::{empty_room, unseal};
use protocol::CircleId;
use protocol::pack::Unattended;
use protocol::wire::RoomView;
use room::event::{EVENT_VERSION, Event, Unreadable};
use room::{Audience, Room, SNAPSHOT_VERSION, Snapshot};

/// Every journal there is, with the version of the snapshots that were written beside it.
const JOURNALS: &[(u32, u16)] = &[(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8)];

fn path(name: &str, number: u32, ending: &str) -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/corpus"));
    folder.join(format!("{name}-v{number}.{ending}"))
}
fn file(name: &str, number: u32, ending: &str) -> Vec<u8> {
    let path = path(name, number, ending);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
fn lines(number: u32) -> Vec<String> {
    let text = String::from_utf8(file("journal", number, "jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}
fn events(number: u32) -> Vec<Event> {
    let read = |line: &String| Event::read(line.as_bytes()).unwrap_or_else(|why| panic!("{why}: {line}"));
    lines(number).iter().map(read).collect()
}
fn replayed(events: &[Event]) -> Room {
    let mut room = empty_room(Unattended::Hold);
    room.apply(events);
    room
}
fn written(room: &Room) -> String {
    let state = room.state().clone();
    String::from_utf8(Snapshot { state }.write().unwrap()).unwrap()
}

/// Every name that a field of an event may hold, as the reader itself lists them when it meets one it does not know.
fn names_read(what: &str) -> BTreeSet<String> {
    let asked = format!(r#"{{"v":{EVENT_VERSION},"event":{{"at":0,"by":null,"what":{what}}}}}"#);
    let Err(Unreadable::Broken(list)) = Event::read(asked.as_bytes()) else {
        panic!("{what} was read")
    };
    let (_, expected) = list.split_once("expected one of ").unwrap_or_else(|| panic!("{list}"));
    let quoted = expected.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// What the journals hold must be everything there is.
fn holds_everything(text: &str) {
    let turn = r#""circle":"ci_0","turn":"tu_1""#;
    let granted = format!(
        r#"{{"type":"turn_granted",{turn},"holders":[],"kind":"share","limit_seconds":null,"request":null,"why":"?"}}"#
    );
    let fields = [
        ("type", r#"{"type":"?"}"#.to_owned()),
        ("why", format!(r#"{{"type":"turn_ended",{turn},"why":"?"}}"#)),
        ("why", granted),
        ("why", r#"{"type":"resumed","why":"?"}"#.to_owned()),
        ("why", r#"{"type":"plan_changed","plan":[],"why":"?"}"#.to_owned()),
        (
            "why",
            r#"{"type":"moved","participant":"pa_00000000000000000000000000000001","to":"ci_0","why":"?"}"#.to_owned(),
        ),
    ];
    for (field, question) in fields {
        let names = names_read(&question);
        assert!(names.len() > 2, "{names:?}");
        for name in names {
            let plain = format!(r#""{field}":"{name}""#);
            let with_more = format!(r#""{field}":{{"{name}":"#);
            let held = text.contains(&plain) || text.contains(&with_more);
            assert!(held, "no {field} is {name}: write a new journal and add it");
        }
    }
}

#[test]
fn every_kind_of_event_and_every_reason_stands_in_some_old_journal() {
    let all: Vec<String> = JOURNALS.iter().flat_map(|(number, _)| lines(*number)).collect();
    holds_everything(&all.join("\n"));
    let kinds: BTreeSet<_> = events(1).iter().map(|event| event.what.kind().to_owned()).collect();
    let names = names_read(r#"{"type":"?"}"#);
    assert!(kinds.is_subset(&names), "the header's names are the payload's");
}

#[test]
fn the_story_that_the_next_journal_would_tell_holds_everything_too() {
    let Scene { journal, room, .. } = whole_story();
    let line = |event: &Event| String::from_utf8(event.write().unwrap()).unwrap();
    let told: Vec<String> = journal.iter().map(line).collect();
    holds_everything(&told.join("\n"));
    let Some(number) = std::env::var("WRITE_CORPUS").ok().and_then(|n| n.parse().ok()) else {
        return;
    };
    let half = replayed(&journal[..journal.len() / 2]);
    for (name, ending, text) in [
        ("journal", "jsonl", told.join("\n") + "\n"),
        ("snapshot", "json", written(&half)),
        ("state", "json", written(&room)),
    ] {
        let path = path(name, number, ending);
        assert!(!path.exists(), "{} is never written again", path.display());
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn an_old_journal_replays_to_the_state_that_was_written_beside_it() {
    for &(number, version) in JOURNALS {
        let events = events(number);
        let room = replayed(&events);
        assert_eq!(room.state().seq, events.len() as u64);
        // A state's shape may change, and then says so in its version; the journals remain.
        if version == SNAPSHOT_VERSION {
            let state = String::from_utf8(file("state", number, "json")).unwrap();
            assert_eq!(written(&room), state, "journal {number}");
        }
    }
}

#[test]
fn an_old_snapshot_and_the_tail_behind_it_come_to_the_same_state_or_it_is_set_aside() {
    for &(number, version) in JOURNALS {
        let (snapshot, events) = (Snapshot::read(&file("snapshot", number, "json")), events(number));
        let Some(snapshot) = snapshot else {
            assert_ne!(
                version, SNAPSHOT_VERSION,
                "snapshot {number} is of this version and was not read"
            );
            continue;
        };
        let tail = &events[snapshot.state.seq as usize..];
        let fresh = empty_room(Unattended::Hold);
        let room = Room::open(fresh.pack().clone(), common::place(), Some(snapshot), tail);
        assert_eq!(written(&room), written(&replayed(&events)), "snapshot {number}");
    }
}

#[test]
fn an_old_event_is_written_again_as_it_was_while_its_version_lasts() {
    for line in JOURNALS.iter().flat_map(|(number, _)| lines(*number)) {
        let event = Event::read(line.as_bytes()).unwrap();
        if line.starts_with(&format!(r#"{{"v":{EVENT_VERSION},"#)) {
            assert_eq!(String::from_utf8(event.write().unwrap()).unwrap(), line);
        }
    }
}

/// What must be told of journal 1 by every version to come, in whatever shape its state will be.
#[test]
fn what_happened_in_the_first_old_journal_stays_told() {
    let mut room = replayed(&events(1));
    unseal(room.sealed_fields_mut());
    let RoomView::Room(scene) = room.view(Audience::Leaders(CircleId::MAIN)) else {
        panic!("the room is there")
    };
    let staff = scene.staff.unwrap();
    let held: Vec<_> = staff.held.iter().map(|h| (h.session, h.attended)).collect();
    assert_eq!(held, [(1, 4)]);
    let names: Vec<_> = scene.seats.iter().filter_map(|seat| seat.name.clone()).collect();
    let names: Vec<_> = names.iter().map(|name| name.expose().as_str()).collect();
    let expected = ["name of 1", "name of 10", "name of 11", "name of 12", "name of 13"];
    assert_eq!(names, expected, "in the order in which they sat down");
    let written = scene.floor.written[0].text.clone().unwrap();
    assert_eq!(written.expose(), "quiet today");
    assert!(
        staff
            .requests
            .iter()
            .any(|r| r.note.as_ref().is_some_and(|n| n.expose() == "I am not sure"))
    );
    assert_eq!(staff.deputy.map(|who| who.bits()), Some(100));
}

#[test]
fn a_replay_after_an_erasure_gives_the_same_bytes_and_shows_nothing() {
    for &(number, _) in JOURNALS {
        let events = events(number);
        let mut before = replayed(&events);
        unseal(before.sealed_fields_mut());
        let mut erased = replayed(&events);
        for text in erased.sealed_fields_mut() {
            text.open_with(|_, _| None); // every key was destroyed
        }
        assert_eq!(written(&before), written(&erased), "journal {number}");
        let texts: Vec<String> = before
            .sealed_fields_mut()
            .filter_map(|text| text.text())
            .map(protocol::Private::into_exposed)
            .collect();
        assert!(!texts.is_empty());
        let people: Vec<_> = erased.state().roster.iter().map(|(who, _)| who).collect();
        let mut seen = serde_json::to_string(&erased.view(Audience::Leaders(CircleId::MAIN))).unwrap();
        seen += &serde_json::to_string(&erased.view(Audience::Circle(CircleId::MAIN))).unwrap();
        for who in people {
            seen += &serde_json::to_string(&erased.mine(who)).unwrap();
        }
        for text in texts {
            assert!(!seen.contains(&format!("\"{text}\"")), "{text} is still seen");
        }
    }
}

#[test]
fn what_is_newer_or_broken_is_said_to_be_so() {
    let newer = br#"{"v":8,"event":{"at":0,"by":null,"what":{"type":"told_by_a_newer_server"}}}"#;
    assert_eq!(Event::read(newer), Err(Unreadable::Newer { version: 8 }));
    let line = lines(1).remove(0);
    for broken in [&line[..line.len() - 1], "", "null", r#"{"v":1}"#, r#"{"event":{}}"#] {
        assert!(
            matches!(Event::read(broken.as_bytes()), Err(Unreadable::Broken(_))),
            "{broken}"
        );
    }
    let more = line.replacen("\"by\":", "\"unheard_of\":1,\"by\":", 1);
    assert!(
        matches!(Event::read(more.as_bytes()), Err(Unreadable::Broken(_))),
        "a field too many"
    );
    assert_eq!(Snapshot::read(b"[1,{}]"), None);
    assert_eq!(Snapshot::read(b"[9,null]"), None);
}
