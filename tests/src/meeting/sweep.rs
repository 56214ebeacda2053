//! The independent sweep: from what people saw to intervals, and from intervals to sums. Plain arithmetic; it shares nothing with the
//! server that could be wrong in both.

use std::collections::BTreeMap;

use super::ledger::{Deed, Entry, Ledger, Objection, object};
use crate::rttm::{Segment, Speaker};

/// From when to when somebody had the floor, in milliseconds since the meeting began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub who: Speaker,
    pub from: u64,
    pub to: u64,
    /// Or passed.
    pub spoke: bool,
    /// How much of it the clock stood still, while somebody said back what was heard.
    pub stood: u64,
}

impl Turn {
    /// How long the clock ran.
    pub fn ran(&self) -> u64 {
        (self.to - self.from).saturating_sub(self.stood)
    }
}

/// How much somebody had the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    pub floor_ms: u64,
    /// Turns in which they spoke.
    pub turns: u32,
    /// The end of the last of those.
    pub last: Option<u64>,
}

/// Everybody's turns, in the order in which they began. Each person's are put together by themselves, so that two at a time come out as
/// intervals that overlap.
pub fn turns(ledger: &Ledger) -> Result<Vec<Turn>, Objection> {
    let mut open: BTreeMap<Speaker, usize> = BTreeMap::new();
    let mut turns: Vec<Turn> = Vec::new();
    let mut now = 0;
    let mut stands: Option<u64> = None;
    for entry in &ledger.entries {
        if entry.at() < now {
            return object(format!("time went back from {now} to {}", entry.at()));
        }
        now = entry.at();
        let Entry::Did { at, who, deed } = *entry else { continue };
        match deed {
            Deed::Has => {
                if open.insert(who, turns.len()).is_some() {
                    return object(format!("at {at} {who:?} was given the floor while having it"));
                }
                let (from, to, spoke, stood) = (at, at, false, 0);
                turns.push(Turn {
                    who,
                    from,
                    to,
                    spoke,
                    stood,
                });
            }
            Deed::Spoke | Deed::Passed => {
                let Some(index) = open.remove(&who) else {
                    return object(format!("at {at} {who:?} gave back a floor that they did not have"));
                };
                turns[index].to = at;
                turns[index].spoke = deed == Deed::Spoke;
                turns[index].stood += stands.map_or(0, |since| at - since);
            }
            Deed::SaysBack if stands.is_none() => stands = Some(at),
            Deed::SaidBack if stands.is_some() => {
                // Whoever was heard may have given the floor back in this instant, and then it is counted above.
                let stood = stands.take().map_or(0, |since| at - since);
                for &index in open.values() {
                    if turns[index].from < at {
                        turns[index].stood += stood;
                    }
                }
            }
            Deed::SaysBack | Deed::SaidBack => {
                return object(format!("at {at} {who:?} {deed:?}, which does not follow"));
            }
            Deed::Asked(_) | Deed::Cancelled => {}
        }
    }
    match open.keys().next() {
        None => Ok(turns),
        Some(who) => object(format!("{who:?} never gave the floor back")),
    }
}

/// No two turns share a millisecond, whosever they are; one may begin in the instant in which another ends.
pub fn one_at_a_time(turns: &[Turn]) -> Result<(), Objection> {
    let mut sorted = turns.to_vec();
    sorted.sort_by_key(|turn| (turn.from, turn.to));
    for pair in sorted.windows(2) {
        if pair[1].from < pair[0].to {
            return object(format!("two at a time: {:?} and {:?}", pair[0], pair[1]));
        }
    }
    Ok(())
}

/// Who spoke did so within one stretch of their recorded speech, and to its end.
pub fn as_recorded(turns: &[Turn], speech: &[Segment]) -> Result<(), Objection> {
    for turn in turns {
        let fits = |s: &Segment| s.speaker == turn.who && s.from <= turn.from && turn.to == s.to;
        if turn.spoke && !speech.iter().any(fits) {
            return object(format!("not as recorded: {turn:?}"));
        }
        if !turn.spoke && turn.from != turn.to {
            return object(format!("a pass that took time: {turn:?}"));
        }
    }
    Ok(())
}

/// Nobody waits beside a floor that nobody has: the time that anybody had the floor is the time in which anybody spoke.
pub fn never_idle(turns: &[Turn], speech: &[Segment]) -> Result<(), Objection> {
    let had: u64 = turns.iter().map(|turn| turn.to - turn.from).sum();
    let spoken = covered(speech.iter().map(|segment| (segment.from, segment.to)).collect());
    if had == spoken {
        Ok(())
    } else {
        object(format!(
            "somebody spoke in {spoken} ms of the recording and {had} ms of floor were given"
        ))
    }
}

/// The length of what intervals cover together.
pub fn covered(mut intervals: Vec<(u64, u64)>) -> u64 {
    intervals.sort_unstable();
    let (mut sum, mut end) = (0, 0);
    for (from, to) in intervals {
        sum += to.max(end) - from.max(end);
        end = end.max(to);
    }
    sum
}

/// How much each person had the floor, in the order of the seats.
pub fn heard(turns: &[Turn], people: usize) -> Vec<Heard> {
    let mut heard = vec![Heard::default(); people];
    for turn in turns {
        let one = &mut heard[turn.who.0];
        one.floor_ms += turn.ran();
        if turn.spoke {
            one.turns += 1;
            one.last = Some(turn.to);
        }
    }
    heard
}

/// The first place where two lists differ; a list that ended has nothing there.
pub fn first_difference<T: Copy + PartialEq>(ours: &[T], theirs: &[T]) -> Option<(Option<T>, Option<T>)> {
    let longest = ours.len().max(theirs.len());
    let pairs = (0..longest).map(|n| (ours.get(n).copied(), theirs.get(n).copied()));
    pairs.into_iter().find(|(ours, theirs)| ours != theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn did(at: u64, who: usize, deed: Deed) -> Entry {
        let who = Speaker(who);
        Entry::Did { at, who, deed }
    }
    fn swept(entries: &[Entry]) -> Result<Vec<Turn>, Objection> {
        let ledger = Ledger {
            people: 2,
            entries: entries.to_vec(),
            voices: Vec::new(),
        };
        let turns = turns(&ledger)?;
        one_at_a_time(&turns)?;
        Ok(turns)
    }
    fn segment(who: usize, from: u64, to: u64) -> Segment {
        let speaker = Speaker(who);
        Segment { speaker, from, to }
    }
    fn turn(who: usize, from: u64, to: u64) -> Turn {
        let (who, spoke, stood) = (Speaker(who), true, 0);
        Turn {
            who,
            from,
            to,
            spoke,
            stood,
        }
    }

    #[test]
    fn turns_that_touch_are_one_after_the_other_and_those_that_overlap_are_not() {
        let with = |second| {
            swept(&[
                did(0, 0, Deed::Has),
                did(second, 1, Deed::Has),
                did(9, 0, Deed::Spoke),
                did(12, 1, Deed::Spoke),
            ])
        };
        assert!(with(8).unwrap_err().0.starts_with("two at a time"));
        let touching = [
            did(0, 0, Deed::Has),
            did(9, 0, Deed::Spoke),
            did(9, 1, Deed::Has),
            did(9, 1, Deed::Passed),
            did(9, 0, Deed::Has),
            did(12, 0, Deed::Spoke),
        ];
        let heard = heard(&swept(&touching).unwrap(), 2);
        let of = |floor_ms, turns, last| Heard { floor_ms, turns, last };
        assert_eq!(heard, [of(12, 2, Some(12)), of(0, 0, None)]);
    }

    #[test]
    fn the_clock_stands_while_somebody_says_back() {
        let said_back = [
            did(0, 0, Deed::Has),
            did(5, 1, Deed::SaysBack),
            did(7, 1, Deed::SaidBack),
            did(8, 1, Deed::SaysBack),
            did(12, 0, Deed::Spoke),
            did(12, 1, Deed::SaidBack),
            did(12, 1, Deed::Has),
            did(20, 1, Deed::Spoke),
        ];
        let ran: Vec<u64> = swept(&said_back).unwrap().iter().map(Turn::ran).collect();
        assert_eq!(ran, [12 - 2 - 4, 8]);
        assert!(swept(&said_back[2..]).is_err() && swept(&[said_back[0], said_back[1], said_back[1]]).is_err());
    }

    #[test]
    fn an_interval_inside_a_longer_one_overlaps_it() {
        let inside = [turn(0, 0, 10), turn(1, 2, 3), turn(1, 10, 11)];
        assert!(one_at_a_time(&inside).is_err());
        let passes = [turn(0, 0, 10), turn(1, 5, 5)];
        assert!(one_at_a_time(&passes).is_err(), "even for an instant");
    }

    #[test]
    fn a_turn_without_beginning_or_end_is_objected_to() {
        let objection = |entries: &[Entry]| swept(entries).unwrap_err().0;
        assert!(objection(&[did(0, 0, Deed::Has)]).contains("never gave"));
        assert!(objection(&[did(0, 0, Deed::Spoke)]).contains("did not have"));
        assert!(objection(&[did(0, 0, Deed::Has), did(1, 0, Deed::Has)]).contains("while having it"));
        assert!(objection(&[did(5, 0, Deed::Has), did(4, 0, Deed::Spoke)]).contains("time went back"));
    }

    #[test]
    fn a_turn_outside_of_what_was_recorded_is_objected_to() {
        let speech = [segment(0, 0, 10), segment(1, 5, 20)];
        assert_eq!(as_recorded(&[turn(0, 0, 10), turn(1, 10, 20)], &speech), Ok(()));
        for wrong in [turn(0, 0, 9), turn(1, 4, 20), turn(0, 5, 20), turn(1, 20, 21)] {
            assert!(as_recorded(&[wrong], &speech).is_err(), "{wrong:?}");
        }
        let mut pass = turn(0, 3, 10);
        pass.spoke = false;
        assert!(as_recorded(&[pass], &speech).unwrap_err().0.contains("took time"));
    }

    #[test]
    fn a_floor_that_lies_free_while_somebody_speaks_is_objected_to() {
        let speech = [segment(0, 0, 10), segment(1, 5, 20), segment(0, 30, 31)];
        let all = [turn(0, 0, 10), turn(1, 10, 20), turn(0, 30, 31)];
        assert_eq!(never_idle(&all, &speech), Ok(()));
        assert!(never_idle(&all[..2], &speech).is_err());
        let late = [turn(0, 0, 10), turn(1, 11, 20), turn(0, 30, 31)];
        assert!(never_idle(&late, &speech).is_err());
    }

    #[test]
    fn what_several_intervals_cover_is_counted_once() {
        assert_eq!(covered(vec![(5, 9), (0, 4), (3, 6), (5, 6), (20, 22)]), 11);
        assert_eq!(covered(Vec::new()), 0);
    }
}
