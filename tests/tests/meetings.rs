//! Recorded meetings, replayed on a real server: every speaker is one socket that asks, speaks and yields at the recorded times, by a
//! clock moved by hand. What people saw is swept into intervals and held against the recording, the facilitator's panel and the journal.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use tests::meeting::record::{Figures, Record};
use tests::meeting::replay;
use tests::meeting::sweep::{self, Heard, Turn};
use tests::meeting::way::Way;
use tests::rttm::{Recording, Speaker};
use tests::shared::shared;
use tokio::task::JoinSet;

/// Every recording there is.
fn recordings() -> Vec<Recording> {
    let mut recordings = Vec::new();
    for folder in ["rttm/ami", "rttm/voxconverse"].into_iter().filter_map(shared) {
        let files = std::fs::read_dir(&folder).expect("the folder can be read");
        let mut files: Vec<PathBuf> = files.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|end| end == "rttm"));
        assert!(!files.is_empty(), "{} holds no recording", folder.display());
        files.sort();
        let open = |path: PathBuf| Recording::open(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        recordings.extend(files.into_iter().map(open));
    }
    recordings
}

/// How much of each meeting is played: as `MEETINGS` says, `full` or a number of minutes, and otherwise as much as this test plays.
fn as_asked(recording: &Recording, minutes: Option<u64>) -> Recording {
    let asked = std::env::var("MEETINGS").ok();
    let minutes = match asked.as_deref() {
        Some("full") => None,
        Some(asked) => Some(asked.parse().expect("MEETINGS is `full` or a number of minutes")),
        None => minutes,
    };
    minutes.map_or_else(|| recording.clone(), |minutes| recording.first_minutes(minutes))
}

/// Replays every meeting, all of them side by side and each on a server of its own.
async fn every_meeting(way: &'static str, minutes: Option<u64>) {
    let way = Way::named(way);
    let began = Instant::now();
    let mut playing = JoinSet::new();
    for recording in recordings() {
        let recording = as_asked(&recording, minutes);
        playing.spawn(async move {
            let record = replay(&recording, &way).await;
            (recording.name, record)
        });
    }
    let mut sum = Figures::default();
    while let Some(played) = playing.join_next().await {
        let (name, record) = played.expect("a replay ends");
        let record = record.unwrap_or_else(|why| panic!("{name} in {}: {why}", way.name));
        let figures = record
            .check(&way)
            .unwrap_or_else(|why| panic!("{name} in {}: {why}", way.name));
        eprintln!("{} of {name}: {figures}", way.name);
        sum += figures;
    }
    // Past the harness, which keeps to itself what a test prints that passes.
    let took = began.elapsed();
    let _ = writeln!(std::io::stderr(), "MEETINGS in {}: {sum}. {took:.0?}.", way.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_queue_overlapping_speech_waits_its_turn() {
    every_meeting("queue", None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_round_everybody_has_one_go_and_overlapping_speech_waits_for_it() {
    every_meeting("round", None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_chairs_hands_overlapping_speech_waits_to_be_given_the_floor() {
    every_meeting("chair", Some(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stick_goes_from_hand_to_hand_and_only_the_two_see_the_offer() {
    every_meeting("stick", Some(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_open_seat_of_a_fishbowl_has_a_line_in_front_of_it() {
    every_meeting("fishbowl", Some(3)).await;
}

/// Ana speaks from 0 to 10 s; Ben from 4 to 12.5 s, Cleo from 5 to 8 s; Ana again from 12.5 to 14 s and Cleo, alone, from 20 to 21.5 s.
const SMALL_TALK: &str = "\
SPEAKER talk 1 0 10 <NA> <NA> ana <NA> <NA>
SPEAKER talk 1 4 8.5 <NA> <NA> ben <NA> <NA>
SPEAKER talk 1 5.000 3.000 <NA> <NA> cleo <NA> <NA>
SPEAKER talk 1 12.5 1.5 <NA> <NA> ana <NA> <NA>
SPEAKER talk 1 20 1.5004 <NA> <NA> cleo <NA> <NA>
";
const ANA: Speaker = Speaker(0);
const BEN: Speaker = Speaker(1);
const CLEO: Speaker = Speaker(2);

async fn small_talk(way: &Way) -> Record {
    let recording = Recording::read(SMALL_TALK).expect("a recording");
    replay(&recording, way).await.expect("a replay")
}

fn spoke(who: Speaker, from: u64, to: u64) -> Turn {
    let spoke = true;
    Turn { who, from, to, spoke }
}
fn passed(who: Speaker, at: u64) -> Turn {
    let (from, to, spoke) = (at, at, false);
    Turn { who, from, to, spoke }
}

#[tokio::test]
async fn a_small_talk_comes_out_as_worked_out_by_hand() {
    let queue = Way::named("queue");
    let record = small_talk(&queue).await;
    let by_hand = [
        spoke(ANA, 0, 10_000),
        spoke(BEN, 10_000, 12_500),
        spoke(ANA, 12_500, 14_000),
        spoke(CLEO, 20_000, 21_500),
    ];
    assert_eq!(record.server.journal.turns, by_hand);
    assert_eq!(sweep::turns(&record.ledger).unwrap(), by_hand);
    let of = |floor_ms, turns, last| Heard { floor_ms, turns, last };
    let heard = [
        of(11_500, 2, Some(14_000)),
        of(2_500, 1, Some(12_500)),
        of(1_500, 1, Some(21_500)),
    ];
    assert_eq!(record.server.panel, heard);
    let figures = record.check(&queue).unwrap();
    assert_eq!(
        (figures.asks, figures.waited, figures.cancelled, figures.refused),
        (5, 2, 1, 0)
    );

    let round = Way::named("round");
    let record = small_talk(&round).await;
    let by_hand = [
        spoke(ANA, 0, 10_000),
        spoke(BEN, 10_000, 12_500),
        passed(CLEO, 12_500), // she has said all she had to say; the round is over
        spoke(ANA, 12_500, 14_000),
        passed(BEN, 14_000),
        passed(CLEO, 14_000),
        passed(ANA, 20_000),
        passed(BEN, 20_000),
        spoke(CLEO, 20_000, 21_500),
    ];
    assert_eq!(record.server.journal.turns, by_hand);
    let figures = record.check(&round).unwrap();
    assert_eq!((figures.refused, figures.rounds, figures.passed), (5, 3, 5));
}

#[tokio::test]
async fn a_record_that_was_tampered_with_is_objected_to() {
    let way = Way::named("queue");
    let record = small_talk(&way).await;
    assert!(record.check(&way).is_ok());
    let objection = |tamper: fn(&mut Record)| {
        let mut tampered = record.clone();
        tamper(&mut tampered);
        assert_ne!(tampered, record);
        tampered.check(&way).expect_err("an objection").0
    };
    let lost = objection(|record| record.server.journal.turns.truncate(3));
    assert!(lost.contains("the journal holds"), "a lost turn: {lost}");
    let late = objection(|record| record.server.journal.turns[2].to += 1);
    assert!(late.contains("the journal holds"), "a millisecond too many: {late}");
    let total = objection(|record| record.server.panel[1].floor_ms -= 1);
    assert!(total.contains("the panel shows"), "a wrong total: {total}");
    let count = objection(|record| record.server.panel[0].turns += 1);
    assert!(count.contains("the panel shows"), "a turn too many: {count}");
    let followed = objection(|record| record.server.exchange.0 += 1);
    assert!(followed.contains("followed another"), "{followed}");
    let unasked = objection(|record| record.server.journal.asked -= 1);
    assert!(unasked.contains("the journal holds"), "a lost request: {unasked}");
    let leading = objection(|record| record.server.facilitator.floor_ms = 1);
    assert!(leading.contains("facilitator"), "{leading}");
    let unsaid = objection(|record| record.speech[0].to -= 1);
    assert!(unsaid.contains("not as recorded"), "{unsaid}");

    use tests::meeting::ledger::{Deed, Entry};
    let overlap = objection(|record| {
        let ben = record.ledger.entries.iter().position(|entry| {
            matches!(
                entry,
                Entry::Did {
                    who: BEN,
                    deed: Deed::Has,
                    ..
                }
            )
        });
        let ben = record.ledger.entries.remove(ben.expect("Ben had the floor"));
        let Entry::Did { who, deed, .. } = ben else { return };
        let at = 9_000;
        let later = record.ledger.entries.iter().position(|entry| entry.at() > at);
        let later = later.expect("something came later");
        record.ledger.entries.insert(later, Entry::Did { at, who, deed });
    });
    assert!(overlap.contains("two at a time"), "{overlap}");
    let other_mode = record.check(&Way::named("round")).expect_err("this was no round").0;
    assert!(other_mode.contains("asked and was told"), "{other_mode}");
}
