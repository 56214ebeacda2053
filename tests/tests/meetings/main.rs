//! Recorded meetings, replayed on a real server: every speaker is one socket that asks, speaks and yields at the recorded times, by a
//! clock moved by hand. What people saw is swept into intervals and held against the recording, the facilitator's panel and the journal.

mod by_hand;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use tests::meeting::record::Figures;
use tests::meeting::replay;
use tests::meeting::way::Way;
use tests::rttm::Recording;
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
    every_meeting("round", Some(10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_chairs_hands_overlapping_speech_waits_to_be_given_the_floor() {
    every_meeting("chair", Some(4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stick_goes_from_hand_to_hand_and_only_the_two_see_the_offer() {
    every_meeting("stick", Some(4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_open_seat_of_a_fishbowl_has_a_line_in_front_of_it() {
    every_meeting("fishbowl", Some(4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_two_who_say_most_alternate_and_say_back_and_their_time_is_counted() {
    every_meeting("pair", Some(10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_floor_is_open_everybody_may_speak_at_once_and_hands_are_in_order() {
    every_meeting("open", Some(4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_silence_nobody_may_speak_but_who_leads() {
    every_meeting("silence", Some(4)).await;
}
