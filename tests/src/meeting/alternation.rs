//! Two people who alternate: what a recording comes to between them, and whether they kept to it.
//!
//! Their turns are worked out from its intervals alone: a turn goes on over everything its speaker
//! says, until the other says something to its end in a gap of the speaker's.

use protocol::wire::RefusalCode;

use super::ledger::{Answer, Deed, Entry, Ledger, Objection, object};
use super::sweep::Turn;
use super::voice::Spans;
use crate::rttm::{Segment, Speaker};

/// The turns of two people, and when each of all people said back what was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternation {
    pub turns: Vec<Turn>,
    pub said_back: Vec<Spans>,
}

/// The two who say most, whoever begins first.
pub fn the_two(speech: &[Segment], people: usize) -> Option<[Speaker; 2]> {
    let of = |who| speech.iter().filter(move |segment| segment.speaker == who);
    let said = |&who: &Speaker| of(who).map(|segment| segment.to - segment.from).sum::<u64>();
    let mut all: Vec<Speaker> = (0..people).map(Speaker).collect();
    all.sort_by_key(|who| (std::cmp::Reverse(said(who)), *who));
    let mut two = <[Speaker; 2]>::try_from(all.get(..2)?).ok()?;
    two.sort_by_key(|&who| (of(who).map(|segment| segment.from).min(), who));
    Some(two)
}

/// A moment of a recording; in the same millisecond who stops comes before who begins, and then the seats decide.
type Moment = (u64, bool, Speaker);
const STOPS: bool = false;
const BEGINS: bool = true;

/// Who has the floor when, and who says back when.
pub fn alternation(speech: &[Segment], people: usize) -> Result<Alternation, Objection> {
    let Some([mut speaker, mut listener]) = the_two(speech, people) else {
        return object(format!("{people} people are no pair"));
    };
    let end = super::voice::end(speech);
    let said = |who| speech.iter().filter(move |segment| segment.speaker == who);
    let Some(first) = said(speaker).next() else {
        return object(format!("{speaker:?} says nothing"));
    };
    let mut since: Moment = (first.from, BEGINS, speaker);
    let mut turns = Vec::new();
    let mut said_back = vec![Spans::new(); people];
    loop {
        let (from, mut to, mut stood, mut over) = (since.0, end, 0, None);
        for stop in said(speaker)
            .map(|segment| (segment.to, STOPS, speaker))
            .filter(|&stop| stop > since)
        {
            let begins = said(speaker).map(|segment| (segment.from, BEGINS, speaker));
            let gap_end = begins
                .filter(|&begins| begins > stop)
                .min()
                .unwrap_or((end, BEGINS, speaker));
            let heard = said(listener).map(|segment| (segment.to, STOPS, listener));
            over = heard.filter(|&heard| stop < heard && heard < gap_end).min();
            let gap = (stop.0, over.map_or(gap_end.0, |heard| heard.0));
            stood += gap.1 - gap.0;
            said_back[listener.0].push(gap);
            if over.is_some() {
                to = gap.1;
                break;
            }
        }
        let spoke = true;
        turns.push(Turn {
            who: speaker,
            from,
            to,
            spoke,
            stood,
        });
        let Some(heard) = over else {
            return Ok(Alternation { turns, said_back });
        };
        since = heard;
        (speaker, listener) = (listener, speaker);
    }
}

/// Two go by turns: whoever has the floor keeps it until the other has said back what was heard, and then the other has it. Both know
/// their places; nobody else has one.
pub fn two_take_turns(ledger: &Ledger) -> Result<(), Objection> {
    let firsts = ledger.entries.iter().filter_map(|entry| match *entry {
        Entry::Did {
            who,
            deed: Deed::Has | Deed::SaysBack,
            ..
        } => Some(who),
        _ => None,
    });
    let mut two: Vec<Speaker> = Vec::new();
    for who in firsts {
        if !two.contains(&who) {
            two.push(who);
        }
    }
    let [speaker, listener] = two[..] else {
        return object(format!("{two:?} are no pair"));
    };
    // Who goes next, once the floor has been given.
    let (mut holder, mut next, mut began): (Option<Speaker>, Speaker, bool) = (None, speaker, false);
    let (mut saying_back, mut unanswered) = (false, false);
    for entry in &ledger.entries {
        let Entry::Did { at, who, deed } = *entry else {
            return object(format!("a round began at {}", entry.at()));
        };
        let other = if who == speaker { listener } else { speaker };
        match deed {
            Deed::Asked(answer) => {
                let place = match holder {
                    Some(holder) if who == holder => None,
                    None if who == next && !began => Some(1),
                    None if two.contains(&who) && !began => Some(2),
                    Some(_) if two.contains(&who) => Some(1),
                    _ => None,
                };
                let due = Answer::Refused(RefusalCode::WrongMode, place);
                if answer != due {
                    return object(format!("at {at} {who:?} asked and was told {answer:?}, not {due:?}"));
                }
            }
            Deed::Has if holder.is_none() && who == next && !unanswered => {
                (holder, next, began) = (Some(who), other, true);
            }
            Deed::SaysBack if holder == Some(other) && !saying_back => saying_back = true,
            Deed::SaidBack if saying_back && two.contains(&who) => saying_back = false,
            // Where nobody says it back the floor goes no further: that can only be the end.
            Deed::Spoke if holder == Some(who) => (holder, unanswered) = (None, !saying_back),
            Deed::Has | Deed::SaysBack | Deed::SaidBack | Deed::Spoke | Deed::Passed | Deed::Cancelled => {
                return object(format!("at {at} {who:?} {deed:?}, which does not follow"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(of: &[(usize, u64, u64)]) -> Vec<Segment> {
        let segment = |&(who, from, to): &(usize, u64, u64)| Segment {
            speaker: Speaker(who),
            from,
            to,
        };
        of.iter().map(segment).collect()
    }
    fn turn(who: usize, from: u64, to: u64, stood: u64) -> Turn {
        let (who, spoke) = (Speaker(who), true);
        Turn {
            who,
            from,
            to,
            spoke,
            stood,
        }
    }

    #[test]
    fn a_turn_goes_on_until_the_other_has_said_something_in_a_gap_of_its_speaker() {
        // Zero says it, says it again, and One says it back; then One speaks, over Zero's "mhm", and nobody says that back.
        let talk = speech(&[
            (0, 0, 10),
            (1, 5, 8),
            (0, 12, 20),
            (1, 21, 25),
            (2, 22, 23),
            (0, 31, 33),
            (1, 30, 40),
        ]);
        let swept = alternation(&talk, 3).unwrap();
        assert_eq!(swept.turns, [turn(0, 0, 25, 2 + 5), turn(1, 25, 40, 0)]);
        assert_eq!(swept.said_back, [vec![(40, 40)], vec![(10, 12), (20, 25)], vec![]]);
    }

    #[test]
    fn in_the_same_millisecond_who_stops_comes_before_who_begins() {
        let talk = speech(&[(0, 0, 10), (1, 3, 12), (0, 12, 13)]);
        assert_eq!(alternation(&talk, 2).unwrap().turns[0], turn(0, 0, 12, 2));
        let both = speech(&[(0, 0, 10), (1, 3, 10), (0, 20, 21)]);
        assert_eq!(alternation(&both, 2).unwrap().turns[0], turn(0, 0, 10, 0));
    }

    #[test]
    fn the_two_are_those_who_say_most_and_one_alone_is_no_pair() {
        let talk = speech(&[(0, 0, 1), (2, 2, 10), (1, 3, 20)]);
        assert_eq!(the_two(&talk, 3), Some([Speaker(2), Speaker(1)]));
        assert!(alternation(&talk[..1], 1).is_err());
    }

    fn did(who: usize, deed: Deed) -> Entry {
        let (at, who) = (0, Speaker(who));
        Entry::Did { at, who, deed }
    }
    fn told(who: usize, place: Option<u32>) -> Entry {
        did(who, Deed::Asked(Answer::Refused(RefusalCode::WrongMode, place)))
    }
    /// One begins; Zero says it back and speaks; Two is nobody's partner.
    fn two_turns() -> Vec<Entry> {
        vec![
            told(0, Some(2)),
            told(1, Some(1)),
            told(2, None),
            did(1, Deed::Has),
            told(1, None),
            told(0, Some(1)),
            did(0, Deed::SaysBack),
            did(1, Deed::Spoke),
            did(0, Deed::SaidBack),
            did(0, Deed::Has),
            told(1, Some(1)),
            did(0, Deed::Spoke),
        ]
    }
    fn changed(change: impl FnOnce(&mut Vec<Entry>)) -> Result<(), Objection> {
        let (people, mut entries, voices) = (3, two_turns(), Vec::new());
        change(&mut entries);
        two_take_turns(&Ledger {
            people,
            entries,
            voices,
        })
    }

    #[test]
    fn two_who_take_turns_know_their_places_and_nobody_else_has_one() {
        assert_eq!(changed(|_| ()), Ok(()));
        for (index, wrong) in [
            (0, told(0, Some(1))),
            (0, told(0, None)),
            (2, told(2, Some(3))),
            (4, told(1, Some(1))),
            (5, did(0, Deed::Asked(Answer::Waits(1)))),
        ] {
            let why = changed(|all| all[index] = wrong).unwrap_err().0;
            assert!(why.contains("asked and was told"), "{why}");
        }
    }

    #[test]
    fn who_goes_twice_cuts_in_or_goes_on_unheard_is_objected_to() {
        let unheard = changed(|all| drop(all.drain(6..=6)));
        assert!(unheard.is_err(), "what was said is not said back");
        let silent = changed(|all| {
            all.retain(|entry| {
                !matches!(
                    entry,
                    Entry::Did {
                        deed: Deed::SaysBack | Deed::SaidBack,
                        ..
                    }
                )
            })
        });
        assert!(silent.unwrap_err().0.contains("Has, which does not follow"));
        let twice = changed(|all| (all[9], all[11]) = (did(1, Deed::Has), did(1, Deed::Spoke)));
        assert!(twice.unwrap_err().0.contains("Speaker(1) Has"));
        let cut_in = changed(|all| all.insert(4, did(0, Deed::Has)));
        assert!(cut_in.unwrap_err().0.contains("Speaker(0) Has"));
        let third = changed(|all| all.insert(3, did(2, Deed::Has)));
        assert!(third.unwrap_err().0.contains("no pair"));
        let own_words = changed(|all| all[6] = did(1, Deed::SaysBack));
        assert!(own_words.is_err(), "nobody says back their own words");
    }
}
