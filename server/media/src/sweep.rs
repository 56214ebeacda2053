//! What an ear sums up, looked at once more without one: frame by frame, each loud one counted by itself.

use std::time::{Duration, Instant};

use crate::ear::{Ear, Spoken};
use crate::limits::{SPEECH_LEVEL, SPEECH_PAUSE, TRYING};
use crate::scene::Voice;

const FRAME: Duration = Duration::from_millis(20);

/// A frame as it was drawn: loud or not, carried or not.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    loud: bool,
    voice: Voice,
}

/// Stretches of speech and silence, and a floor that changes hands without looking at either.
fn drawn(mut below: impl FnMut(u64) -> u64) -> Vec<Drawn> {
    let mut frames = Vec::new();
    let mut voice = Voice::Withheld;
    for _ in 0..40 {
        let loud = below(3) > 0;
        for _ in 0..=below(70) {
            if below(160) == 0 {
                voice = match voice {
                    Voice::Carried => Voice::Withheld,
                    Voice::Withheld => Voice::Carried,
                };
            }
            frames.push(Drawn { loud, voice });
        }
    }
    frames
}

/// At which frames somebody tries to speak: at least two seconds lie between the first and the latest loud frame that nobody was sent, no pause
/// between two of them is as long as a breath, and none that was carried lies between.
fn tries(frames: &[Drawn], n: usize) -> bool {
    let mut latest = None;
    let mut first = n;
    for k in (0..=n).rev() {
        if latest.unwrap_or(n) - k >= breath() {
            break;
        }
        if !frames[k].loud {
            continue;
        }
        if frames[k].voice == Voice::Carried {
            break;
        }
        latest = Some(k);
        first = k;
    }
    let last = (first..=n).rev().find(|&k| frames[k].loud);
    latest.is_some() && last.is_some_and(|last| FRAME * u32::try_from(last - first).expect("few frames") >= TRYING)
}

fn breath() -> usize {
    usize::try_from(SPEECH_PAUSE.as_millis() / FRAME.as_millis()).expect("a short pause")
}

#[test]
fn talk_time_and_attempts_to_speak_are_what_an_independent_sweep_finds() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |n: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % n
    };
    let (mut heard_at_all, mut attempts) = (Duration::ZERO, 0);
    for _ in 0..60 {
        let frames = drawn(&mut below);
        let (begin, mut ear, mut sum, mut trying) = (Instant::now(), Ear::default(), Spoken::default(), false);
        let mut at = begin;
        for (n, frame) in frames.iter().enumerate() {
            at += FRAME;
            let level = if frame.loud { SPEECH_LEVEL } else { SPEECH_LEVEL - 1 };
            ear.hears(Some(level), frame.voice, at);
            if let Some(told) = ear.tells(at) {
                sum.heard += told.heard;
                sum.withheld += told.withheld;
                attempts += usize::from(told.trying && !trying);
                trying = told.trying;
            }
            assert_eq!(trying, tries(&frames, n), "frame {n}");
        }
        // What is not told yet comes with the next second.
        for _ in 0..100 {
            at += FRAME;
            ear.hears(None, Voice::Carried, at);
            let rest = ear.tells(at).unwrap_or_default();
            sum.heard += rest.heard;
            sum.withheld += rest.withheld;
        }
        let swept = |voice| {
            // The first frame has none before it: how long it was is not known.
            let loud = frames
                .iter()
                .skip(1)
                .filter(|frame| frame.loud && frame.voice == voice)
                .count();
            FRAME * u32::try_from(loud).expect("few frames")
        };
        assert_eq!(
            (sum.heard, sum.withheld),
            (swept(Voice::Carried), swept(Voice::Withheld))
        );
        heard_at_all += sum.heard;
    }
    assert!(
        heard_at_all > Duration::from_mins(5) && attempts > 20,
        "{heard_at_all:?}, {attempts}"
    );
}
