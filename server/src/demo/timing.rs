//! When people speak: how long a turn lasts, how it follows the one before, and who comes next. Measured in real meetings, not guessed.
//!
//! **Source.** Four meetings of the AMI Meeting Corpus (Carletta and others, 2006; CC BY 4.0) in the RTTM form of Landini and others
//! (AMI-diarization-setup): EN2001a, EN2002a, ES2004a, IB4010; 188 minutes. No file of theirs is part of this repository: only the
//! numbers below are, measured by us. `tests/tests/repository/demo_timing.rs` measures them anew wherever the files are.
//!
//! **What counts as a turn.** A person's stretches of speech with at most a second between them are one turn; what is shorter than a
//! second is a listener's "mm". A turn that begins and ends inside another one never got the floor.
//!
//! **What is not measured.** Meetings about a remote control are not therapy: there people tell a story, and nobody counts who may use
//! such recordings. So lengths are stretched ([`IN_A_ROUND`], [`AT_WORK`]); the *shape* (many short turns, few long ones, pairs
//! that answer each other) is the meetings'.

use std::fmt;

use super::chance::Chance;

/// A turn in a round is this many times as long as one in a meeting: half of them below half a minute, a tenth near two minutes, which
/// is what a mood round of the pack gives each person. Chosen by us, not measured.
pub const IN_A_ROUND: f64 = 5.0;
/// The same for steps in which members answer each other. Chosen by us.
pub const AT_WORK: f64 = 3.0;

/// Stretches of one person's speech with at most this between them are one turn.
pub const PAUSE_MS: u64 = 1_000;
/// Anything shorter is a listener's sound, not a turn.
pub const LEAST_MS: u64 = 1_000;

/// The shares at which [`Timing`] keeps its values. The last twentieth on either side is left out: one monologue of three minutes would
/// stretch every long turn.
pub const SHARES: [f64; 11] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// Length of a turn, in milliseconds, at [`SHARES`].
    pub turn_ms: [i64; 11],
    /// From the end of one turn to the beginning of the next; below zero where the next began before the end.
    pub gap_ms: [i64; 11],
    /// How often the next speaker is the one before the last one: two people answering each other.
    pub answers_back: f64,
}

/// The four meetings together: 1,204 turns.
pub const AMI: Timing = Timing {
    turn_ms: [1320, 1710, 2390, 3280, 4360, 5470, 6810, 9140, 13340, 19570, 28100],
    gap_ms: [-2760, -2000, -1150, -760, -350, 10, 280, 550, 990, 1910, 3050],
    answers_back: 0.531,
};

impl Timing {
    /// Measured in these meetings; none where they hold fewer than three turns.
    pub fn of(meetings: &[Meeting]) -> Option<Self> {
        let (mut lengths, mut gaps) = (Vec::new(), Vec::new());
        let (mut back, mut thirds) = (0_u32, 0_u32);
        for meeting in meetings {
            let held = meeting.on_the_floor();
            lengths.extend(held.iter().map(|turn| signed(turn.end) - signed(turn.start)));
            gaps.extend(held.windows(2).map(|two| signed(two[1].start) - signed(two[0].end)));
            thirds += u32::try_from(held.len().saturating_sub(2)).unwrap_or(u32::MAX);
            let answered = held.windows(3).filter(|three| three[0].speaker == three[2].speaker);
            back += u32::try_from(answered.count()).unwrap_or(u32::MAX);
        }
        if thirds == 0 {
            return None;
        }
        Some(Self {
            turn_ms: quantiles(lengths),
            gap_ms: quantiles(gaps),
            answers_back: f64::from(back) / f64::from(thirds),
        })
    }

    /// How long a turn lasts.
    pub(super) fn turn(&self, chance: &mut Chance, stretch: f64) -> u64 {
        (at(&self.turn_ms, chance.share()) * stretch).max(0.0) as u64
    }

    /// When the next one begins, counted from the end of the turn before.
    pub(super) fn gap(&self, chance: &mut Chance, stretch: f64) -> i64 {
        (at(&self.gap_ms, chance.share()) * stretch) as i64
    }
}

fn signed(millis: u64) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}

fn quantiles(mut values: Vec<i64>) -> [i64; 11] {
    values.sort_unstable();
    let last = values.len().saturating_sub(1) as f64;
    SHARES.map(|share| values.get((share * last).round() as usize).copied().unwrap_or(0))
}

/// The value at a share, on straight lines between the kept ones. What lies beyond them is drawn again from inside.
fn at(values: &[i64; 11], share: f64) -> f64 {
    let (first, last) = (SHARES[0], SHARES[10]);
    let share = first + share * (last - first);
    let above = SHARES.iter().position(|kept| *kept > share).unwrap_or(10).max(1);
    let (low, high) = (SHARES[above - 1], SHARES[above]);
    let (from, to) = (values[above - 1] as f64, values[above] as f64);
    from + (to - from) * ((share - low) / (high - low)).min(1.0)
}

/// One turn of a meeting, in milliseconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spoken {
    pub start: u64,
    pub end: u64,
    /// Numbered by first appearance.
    pub speaker: usize,
}

/// A recorded meeting: who spoke when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Turns by beginning; they may overlap.
    pub turns: Vec<Spoken>,
    /// How many people speak in it.
    pub speakers: usize,
}

/// Why a file is not a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAMeeting {
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
}

impl fmt::Display for NotAMeeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str("it holds no turn of a second or longer"),
            line => write!(
                f,
                "line {line} is not like SPEAKER name 1 start length <NA> <NA> who <NA> <NA>"
            ),
        }
    }
}

impl std::error::Error for NotAMeeting {}

/// Longest moment in a file: a day. Larger numbers are mistakes.
const LONGEST_SECONDS: f64 = 86_400.0;

impl Meeting {
    /// Reads RTTM: lines of `SPEAKER file channel start length <NA> <NA> who …`; lines of other kinds are passed over.
    pub fn read(text: &str) -> Result<Self, NotAMeeting> {
        let mut names: Vec<&str> = Vec::new();
        let mut stretches = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields.first() != Some(&"SPEAKER") {
                continue;
            }
            let wrong = NotAMeeting { line: index + 1 };
            let [_, _, _, start, length, _, _, who, ..] = fields[..] else {
                return Err(wrong);
            };
            let (Some(start), Some(length)) = (millis(start), millis(length)) else {
                return Err(wrong);
            };
            let speaker = names.iter().position(|name| *name == who).unwrap_or_else(|| {
                names.push(who);
                names.len() - 1
            });
            stretches.push(Spoken {
                start,
                end: start + length,
                speaker,
            });
        }
        let meeting = Self {
            turns: turns(stretches),
            speakers: names.len(),
        };
        if meeting.turns.is_empty() {
            return Err(NotAMeeting { line: 0 });
        }
        Ok(meeting)
    }

    /// The turns that had the floor: one that ends inside another never got it, and two of one person in a row are one.
    pub fn on_the_floor(&self) -> Vec<Spoken> {
        let mut held: Vec<Spoken> = Vec::new();
        for turn in &self.turns {
            match held.last_mut() {
                Some(last) if turn.end <= last.end => {}
                Some(last) if turn.speaker == last.speaker => last.end = turn.end,
                _ => held.push(*turn),
            }
        }
        held
    }
}

fn millis(seconds: &str) -> Option<u64> {
    let seconds: f64 = seconds.parse().ok()?;
    (0.0..=LONGEST_SECONDS)
        .contains(&seconds)
        .then(|| (seconds * 1000.0).round() as u64)
}

/// Stretches of speech as turns, by beginning.
fn turns(mut stretches: Vec<Spoken>) -> Vec<Spoken> {
    stretches.sort_by_key(|one| (one.speaker, one.start, one.end));
    let mut turns: Vec<Spoken> = Vec::new();
    for one in stretches {
        match turns.last_mut() {
            Some(last) if last.speaker == one.speaker && one.start <= last.end + PAUSE_MS => {
                last.end = last.end.max(one.end);
            }
            _ => turns.push(one),
        }
    }
    turns.retain(|turn| turn.end - turn.start >= LEAST_MS);
    turns.sort();
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(start: f64, length: f64, who: &str) -> String {
        format!("SPEAKER m 1 {start} {length} <NA> <NA> {who} <NA> <NA>\n")
    }

    #[test]
    fn short_pauses_join_and_a_listeners_sound_is_no_turn() {
        let text = [
            line(0.0, 2.0, "a"),
            line(2.5, 0.4, "b"), // "mm"
            line(2.9, 1.1, "a"), // 0.9 s later: the same turn
            line(5.01, 1.0, "a"),
            line(5.5, 3.0, "b"),
        ]
        .concat();
        let meeting = Meeting::read(&text).unwrap();
        let spoken = |start, end, speaker| Spoken { start, end, speaker };
        assert_eq!(
            meeting.turns,
            [spoken(0, 4000, 0), spoken(5010, 6010, 0), spoken(5500, 8500, 1)]
        );
        assert_eq!(meeting.on_the_floor(), [spoken(0, 6010, 0), spoken(5500, 8500, 1)]);
    }

    #[test]
    fn a_turn_inside_another_never_had_the_floor() {
        let text = [line(0.0, 10.0, "a"), line(3.0, 2.0, "b"), line(11.0, 2.0, "c")].concat();
        let held = Meeting::read(&text).unwrap().on_the_floor();
        assert_eq!(held.iter().map(|turn| turn.speaker).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn what_is_no_meeting_is_said_with_its_line() {
        let sound = line(0.0, 2.0, "a");
        for wrong in [
            "SPEAKER m 1 x 2 <NA> <NA> a",
            "SPEAKER m 1 -1 2 <NA> <NA> a",
            "SPEAKER m 1 0 1e9 <NA> <NA> a",
            "SPEAKER m",
        ] {
            let text = format!("{sound};; a comment\n{wrong}\n");
            assert_eq!(Meeting::read(&text), Err(NotAMeeting { line: 3 }), "{wrong}");
        }
        assert_eq!(Meeting::read(";; nothing"), Err(NotAMeeting { line: 0 }));
    }

    #[test]
    fn what_is_drawn_has_the_shape_of_what_was_measured() {
        let mut chance = Chance::new(11);
        let drawn: Vec<i64> = (0..20_000).map(|_| signed(AMI.turn(&mut chance, 1.0))).collect();
        let again = quantiles(drawn);
        // What was left out on both sides moves every share a little; half way it does not.
        assert!((again[5] - AMI.turn_ms[5]).abs() * 20 < AMI.turn_ms[5], "{again:?}");
        assert!(again[0] >= AMI.turn_ms[0] && again[10] <= AMI.turn_ms[10]);
    }
}
