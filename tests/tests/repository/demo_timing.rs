//! The demo's timing is what the AMI meetings say: measured anew here, by other code than the demo's, wherever the files are.

use std::path::Path;

use rondo::demo::timing::{AMI, LEAST_MS, Meeting, PAUSE_MS, SHARES, Spoken, Timing};
use tests::shared::shared;

const MEETINGS: [&str; 4] = ["EN2001a", "EN2002a", "ES2004a", "IB4010"];

fn texts() -> Option<Vec<String>> {
    let read = |path: &Path| std::fs::read_to_string(path).expect("the recording can be read");
    let path = |name: &&str| shared(&format!("rttm/ami/{name}.rttm")).map(|path| read(&path));
    MEETINGS.iter().map(path).collect()
}

/// On a ruler of hundredths of a second, as the files are written: who speaks at each mark. Slow, plain, and not how the demo does it.
fn on_a_ruler(text: &str) -> Vec<(i64, i64, String)> {
    const MARK: usize = 10;
    let mut speech = std::collections::BTreeMap::<String, Vec<bool>>::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let mark = |field: &str| (field.parse::<f64>().expect("a number") * 100.0).round() as usize;
        let (start, length) = (mark(fields[3]), mark(fields[4]));
        let ruler = speech.entry(fields[7].to_owned()).or_default();
        ruler.resize(ruler.len().max(start + length), false);
        ruler[start..start + length].fill(true);
    }
    let marks = |millis: u64| usize::try_from(millis).expect("a small number") / MARK;
    let mut turns = Vec::new();
    for (who, mut ruler) in speech {
        // Close the short pauses, then read off what is left.
        let mut last = None;
        for at in 0..ruler.len() {
            if ruler[at] {
                if let Some(last) = last
                    && at - last - 1 <= marks(PAUSE_MS)
                {
                    ruler[last..at].fill(true);
                }
                last = Some(at);
            }
        }
        ruler.push(false);
        let mut from = None;
        for (at, speaks) in ruler.into_iter().enumerate() {
            match (from, speaks) {
                (None, true) => from = Some(at),
                (Some(begin), false) => {
                    if at - begin >= marks(LEAST_MS) {
                        turns.push(((begin * MARK) as i64, (at * MARK) as i64, who.clone()));
                    }
                    from = None;
                }
                _ => {}
            }
        }
    }
    turns.sort();
    let mut held: Vec<(i64, i64, String)> = Vec::new();
    for turn in turns {
        let until = held.last().map_or(-1, |last| last.1);
        if turn.1 <= until {
            continue;
        }
        if held.last().is_some_and(|last| last.2 == turn.2) {
            held.last_mut().expect("there is one").1 = turn.1;
        } else {
            held.push(turn);
        }
    }
    held
}

fn shares_of(mut values: Vec<i64>) -> [i64; 11] {
    values.sort_unstable();
    SHARES.map(|share| values[(share * (values.len() - 1) as f64).round() as usize])
}

#[test]
fn the_committed_numbers_are_what_the_meetings_say() {
    let Some(texts) = texts() else { return };
    let (mut lengths, mut gaps, mut back, mut thirds) = (Vec::new(), Vec::new(), 0, 0);
    for text in &texts {
        let held = on_a_ruler(text);
        lengths.extend(held.iter().map(|turn| turn.1 - turn.0));
        gaps.extend(held.windows(2).map(|two| two[1].0 - two[0].1));
        back += held.windows(3).filter(|three| three[0].2 == three[2].2).count();
        thirds += held.len() - 2;
        let meeting = Meeting::read(text).expect("a meeting");
        let theirs: Vec<_> = meeting
            .on_the_floor()
            .iter()
            .map(|Spoken { start, end, .. }| (*start as i64, *end as i64))
            .collect();
        assert_eq!(theirs, held.iter().map(|turn| (turn.0, turn.1)).collect::<Vec<_>>());
    }
    println!(
        "{} turns, {} gaps, answered back {back} of {thirds}",
        lengths.len(),
        gaps.len()
    );
    assert_eq!(lengths.len(), 1_204, "as many as timing.rs says");
    assert_eq!(shares_of(lengths), AMI.turn_ms);
    assert_eq!(shares_of(gaps), AMI.gap_ms);
    assert!((back as f64 / thirds as f64 - AMI.answers_back).abs() < 0.000_5);
}

#[test]
fn the_demos_own_measure_gives_the_same_and_notices_a_meeting_that_differs() {
    let Some(texts) = texts() else { return };
    let meetings: Vec<_> = texts
        .iter()
        .map(|text| Meeting::read(text).expect("a meeting"))
        .collect();
    let measured = Timing::of(&meetings).expect("enough turns");
    assert_eq!((measured.turn_ms, measured.gap_ms), (AMI.turn_ms, AMI.gap_ms));
    let three = Timing::of(&meetings[..3]).expect("enough turns");
    assert_ne!(
        three.turn_ms, AMI.turn_ms,
        "the numbers are those of four meetings, not of any"
    );
}
