//! The private check-in: in every session each partner is asked the same few things alone, from arrival until the session ends, at the
//! door as well as inside. Because it is asked of both every time, being asked gives nothing away; and whether it was answered, and how,
//! is between that person and those who lead. Not even the person reads the answer again: somebody may look over their shoulder.

use std::collections::BTreeMap;

use protocol::pack::{Pack, Purpose};
use protocol::wire::{Action, Admission, CheckInAnswer, CheckInQuestion, Refusal, RefusalCode};
use protocol::{ParticipantId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::consents;
use crate::draft::Draft;
use crate::event::What;
use crate::limits::MAX_CHECK_IN_CHARS;
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns::plain_text;

/// What one person answered, in the latest session in which they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    pub session: u16,
    /// By the question's key.
    pub answers: BTreeMap<String, Answer>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub at: Timestamp,
    pub text: SealedText,
}

/// Whether this person is asked: a partner who is here or at the door, as long as there is a session to come.
fn is_asked(state: &State, pack: &Pack, who: ParticipantId) -> bool {
    let person = state.roster.get(who);
    let comes = |p: &crate::roster::Participant| {
        p.present && p.role == Role::Member && matches!(p.admission, Admission::Waiting | Admission::Admitted)
    };
    person.is_some_and(comes)
        && !pack.check_in.is_empty()
        && state.session_number() <= pack.session_count()
        && consents::allows(state, pack, who, Purpose::Measures)
}

fn answered<'s>(state: &'s State, who: ParticipantId, question: &str) -> Option<&'s Answer> {
    let own = state.check_ins.get(&who)?;
    (own.session == state.session_number())
        .then(|| own.answers.get(question))
        .flatten()
}

pub(crate) fn judge(state: &State, pack: &Pack, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let Action::CheckIn { question, answer } = action else {
        return Ok(());
    };
    if !is_asked(state, pack, by) || !pack.check_in.contains(question) {
        return Err(RefusalCode::NotAsked.into());
    }
    plain_text(answer.expose(), MAX_CHECK_IN_CHARS)?;
    let known = answered(state, by, question).and_then(|known| known.text.text());
    if known.is_some_and(|known| known.expose() == answer.expose().trim()) {
        return Err(RefusalCode::AlreadySo.into());
    }
    Ok(())
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    if let Action::CheckIn { question, answer } = action {
        draft.push(What::CheckedIn {
            participant: by,
            session: draft.state.session_number(),
            question: question.clone(),
            answer: SealedText::fresh(by, answer.expose().trim()),
        });
    }
}

impl State {
    /// The latest session's answers; those of an earlier one are gone from sight.
    pub(crate) fn checked_in(&mut self, who: ParticipantId, session: u16, question: &str, answer: Answer) {
        let own = self.check_ins.entry(who).or_insert_with(|| CheckIn {
            session,
            answers: BTreeMap::new(),
        });
        if own.session != session {
            own.session = session;
            own.answers.clear();
        }
        own.answers.insert(question.to_owned(), answer);
    }
}

fn words(pack: &Pack, language: &str, question: &str) -> String {
    let text = pack.text(language).and_then(|text| text.check_in.get(question));
    text.cloned().unwrap_or_else(|| question.to_owned())
}

/// What the person is asked.
pub(crate) fn mine(state: &State, pack: &Pack, language: &str, who: ParticipantId) -> Vec<CheckInQuestion> {
    if !is_asked(state, pack, who) {
        return Vec::new();
    }
    let asked = pack.check_in.iter().map(|question| CheckInQuestion {
        question: question.clone(),
        text: words(pack, language, question),
        answered: answered(state, who, question).is_some(),
    });
    asked.collect()
}

/// What was answered, for those who lead.
pub(crate) fn staff(state: &State, pack: &Pack, language: &str) -> Vec<CheckInAnswer> {
    let row = |(&participant, own): (&ParticipantId, &CheckIn)| {
        let session = own.session;
        let in_order = pack.check_in.iter().filter_map(|question| {
            let answer = own.answers.get(question)?;
            Some(CheckInAnswer {
                participant,
                session,
                question: words(pack, language, question),
                answer: answer.text.text(),
                at: answer.at,
            })
        });
        in_order.collect::<Vec<_>>()
    };
    state.check_ins.iter().flat_map(row).collect()
}
