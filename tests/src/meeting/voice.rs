//! Who was shown that they may speak, swept into intervals like turns are. In some modes that is whoever has the floor, in others everybody,
//! somebody else as well, or nobody.

use super::ledger::{Ledger, Objection, object};
use super::sweep::Turn;
use crate::rttm::{Segment, Speaker};

/// Somebody sees that from now on they may speak, or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voice {
    /// Milliseconds since the meeting began.
    pub at: u64,
    /// Whoever leads sits after everybody else.
    pub who: Speaker,
    pub may: bool,
}

/// From when to when, in order.
pub type Spans = Vec<(u64, u64)>;

/// When each person might speak; whoever leads comes last.
pub fn voices(ledger: &Ledger, end: u64) -> Result<Vec<Spans>, Objection> {
    let mut spans = vec![Spans::new(); ledger.people + 1];
    let mut since: Vec<Option<u64>> = vec![None; ledger.people + 1];
    for &Voice { at, who, may } in &ledger.voices {
        let begun = since[who.0];
        since[who.0] = may.then_some(at);
        match (begun, may) {
            (None, true) => {}
            (Some(from), false) if from <= at && at <= end => spans[who.0].push((from, at)),
            _ => return object(format!("at {at} {who:?} may speak: {may}, which does not follow")),
        }
    }
    for (spans, since) in spans.iter_mut().zip(since) {
        spans.extend(since.map(|from| (from, end)));
    }
    Ok(spans)
}

/// Holds what people were shown against what they were owed. Whoever leads may always speak.
pub fn owed(ledger: &Ledger, speech: &[Segment], mut owed: Vec<Spans>) -> Result<(), Objection> {
    let end = end(speech);
    owed.push(vec![(0, end)]);
    for (n, (seen, owed)) in voices(ledger, end)?.into_iter().zip(owed).enumerate() {
        let (seen, owed) = (joined(seen), joined(owed));
        if let Some((seen, owed)) = super::sweep::first_difference(&seen, &owed) {
            return object(format!(
                "{:?} saw that they may speak in {seen:?} and is owed {owed:?}",
                Speaker(n)
            ));
        }
    }
    Ok(())
}

/// When the last word was said.
pub fn end(speech: &[Segment]) -> u64 {
    speech.iter().map(|segment| segment.to).max().unwrap_or_default()
}

/// Everybody's own turns, in the order of the seats.
pub fn of_turns(turns: &[Turn], people: usize) -> Vec<Spans> {
    let of = |n| turns.iter().filter(move |turn| turn.who == Speaker(n));
    let spans = |n| of(n).map(|turn| (turn.from, turn.to)).collect();
    (0..people).map(spans).collect()
}

/// Spans that touch are one: nobody sees a moment between them.
fn joined(mut spans: Spans) -> Spans {
    spans.sort_unstable();
    let mut joined: Spans = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(voices: &[(u64, usize, bool)]) -> Ledger {
        let of = |&(at, who, may): &(u64, usize, bool)| Voice {
            at,
            who: Speaker(who),
            may,
        };
        Ledger {
            people: 1,
            entries: Vec::new(),
            voices: voices.iter().map(of).collect(),
        }
    }
    const SPEECH: [Segment; 1] = [Segment {
        speaker: Speaker(0),
        from: 0,
        to: 10,
    }];

    #[test]
    fn what_people_were_shown_is_held_against_what_they_are_owed() {
        let right = seen(&[(0, 1, true), (2, 0, true), (4, 0, false), (4, 0, true), (6, 0, false)]);
        assert_eq!(owed(&right, &SPEECH, vec![vec![(2, 6)]]), Ok(()));
        for wrong in [vec![], vec![(2, 5)], vec![(2, 6), (8, 9)], vec![(0, 10)]] {
            assert!(owed(&right, &SPEECH, vec![wrong.clone()]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn one_who_leads_and_may_not_speak_is_objected_to() {
        for silenced in [&[][..], &[(0, 1, true), (5, 1, false)], &[(1, 1, true)]] {
            let why = owed(&seen(silenced), &SPEECH, vec![vec![]]).unwrap_err().0;
            assert!(why.starts_with("Speaker(1)"), "{why}");
        }
    }

    #[test]
    fn nobody_may_speak_twice_over_or_stops_without_having_begun() {
        for wrong in [
            &[(0, 0, false)][..],
            &[(0, 0, true), (1, 0, true)],
            &[(5, 0, true), (4, 0, false)],
        ] {
            let why = voices(&seen(wrong), 10).unwrap_err().0;
            assert!(why.contains("does not follow"), "{why}");
        }
    }
}
