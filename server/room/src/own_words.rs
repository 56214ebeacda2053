//! The group's own words: a step that has room for them shows what the group agreed to call something, in every session of the course.
//! Those who lead write them down; they are sealed under the key of who wrote.

use protocol::pack::{Pack, Step};
use protocol::wire::{Action, Refusal, RefusalCode};
use protocol::{ParticipantId, StepId};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::MAX_OWN_WORDS_CHARS;
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns::plain_text;

/// Every step of the pack, meetings left out: those are not held in this room.
fn steps(pack: &Pack) -> impl Iterator<Item = &Step> {
    pack.sessions.iter().flat_map(|session| &session.steps)
}

pub(crate) fn judge(state: &State, pack: &Pack, step: &StepId, text: Option<&str>) -> Result<(), Refusal> {
    let step = steps(pack)
        .find(|known| known.id == *step)
        .ok_or(RefusalCode::UnknownStep)?;
    if !step.own_words {
        return Err(RefusalCode::NoOwnWords.into());
    }
    match text {
        Some(text) => plain_text(text, MAX_OWN_WORDS_CHARS),
        None if !state.own_words.contains_key(&step.id) => Err(RefusalCode::AlreadySo.into()),
        None => Ok(()),
    }
}

/// A step with room for words, for the question whether any can be written at all.
pub(crate) fn any_step(pack: &Pack) -> Option<&StepId> {
    steps(pack).find(|step| step.own_words).map(|step| &step.id)
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    if let Action::SetOwnWords { step, text } = action {
        draft.push(What::OwnWordsSet {
            step: step.clone(),
            text: text.as_ref().map(|text| SealedText::fresh(by, text.expose().trim())),
        });
    }
}
