//! What a recording owes the people in it: whose turns when, who may speak when. One function for each kind of mode; each reads the recorded
//! intervals and nothing that the server says.

use protocol::wire::RefusalCode;

use super::alternation::alternation;
use super::ledger::{Answer, Deed, Entry, Ledger, Objection, object};
use super::sweep::{self, Turn};
use super::voice;
use crate::rttm::{Segment, Speaker};

/// Where people wait for a turn: they speak to the end of what they say, somebody always does, and who has the floor may speak.
pub fn speech_in_turns(speech: &[Segment], ledger: &Ledger, turns: &[Turn]) -> Result<(), Objection> {
    sweep::as_recorded(turns, speech)?;
    sweep::never_idle(turns, speech)?;
    voice::owed(ledger, speech, voice::of_turns(turns, ledger.people))
}

/// Where two alternate: the turns of an alternation, and whoever says back may speak beside whoever has the floor.
pub fn an_alternation(speech: &[Segment], ledger: &Ledger, turns: &[Turn]) -> Result<(), Objection> {
    let due = alternation(speech, ledger.people)?;
    as_due(turns, &due.turns)?;
    let mut spans = voice::of_turns(&due.turns, ledger.people);
    for (own, said_back) in spans.iter_mut().zip(due.said_back) {
        own.extend(said_back);
    }
    voice::owed(ledger, speech, spans)
}

/// Where anybody may speak: no turns, nobody is ever kept from speaking, and whoever speaks is seen at the place of their hand.
pub fn a_voice_for_everybody(speech: &[Segment], ledger: &Ledger, turns: &[Turn]) -> Result<(), Objection> {
    as_due(turns, &[])?;
    answered(speech, ledger, |one| {
        let before = |other: &&Segment| (other.from, other.speaker) < (one.from, one.speaker) && one.from < other.to;
        let others = speech.iter().filter(before).count();
        Answer::Waits(u32::try_from(others + 1).unwrap_or(u32::MAX))
    })?;
    let whole = vec![(0, voice::end(speech))];
    voice::owed(ledger, speech, vec![whole; ledger.people])
}

/// Where nobody speaks: everybody who wants to is told so, and only whoever leads speaks, here as long as anybody wants to.
pub fn silence(speech: &[Segment], ledger: &Ledger, turns: &[Turn]) -> Result<(), Objection> {
    let (who, spoke, stood) = (Speaker(ledger.people), true, 0);
    let mut due: Vec<Turn> = Vec::new();
    let mut sorted: Vec<(u64, u64)> = speech.iter().map(|segment| (segment.from, segment.to)).collect();
    sorted.sort_unstable();
    for (from, to) in sorted {
        match due.last_mut() {
            Some(last) if from < last.to => last.to = last.to.max(to),
            _ => due.push(Turn {
                who,
                from,
                to,
                spoke,
                stood,
            }),
        }
    }
    as_due(turns, &due)?;
    answered(speech, ledger, |_| Answer::Refused(RefusalCode::Silence, None))?;
    voice::owed(ledger, speech, vec![Vec::new(); ledger.people])
}

fn as_due(turns: &[Turn], due: &[Turn]) -> Result<(), Objection> {
    match sweep::first_difference(turns, due) {
        None => Ok(()),
        Some((seen, due)) => object(format!("people saw {seen:?} and the recording comes to {due:?}")),
    }
}

/// Everybody asked when the recording has them begin, and was told what they were owed.
fn answered(speech: &[Segment], ledger: &Ledger, due: impl Fn(&Segment) -> Answer) -> Result<(), Objection> {
    let asked = ledger.entries.iter().filter_map(|entry| match *entry {
        Entry::Did {
            at,
            who,
            deed: Deed::Asked(answer),
        } => Some((at, who, answer)),
        _ => None,
    });
    let asked: Vec<_> = asked.collect();
    let mut sorted = speech.to_vec();
    sorted.sort_by_key(|segment| (segment.from, segment.speaker));
    let due: Vec<_> = sorted.iter().map(|one| (one.from, one.speaker, due(one))).collect();
    match sweep::first_difference(&asked, &due) {
        None => Ok(()),
        Some((told, due)) => object(format!("{told:?} was told and {due:?} is due")),
    }
}
