//! The facilitators' back-channel: a few words, or a hidden cue about somebody, that only those who lead see. It lasts as long as the
//! session and is no record.

use protocol::wire::{Action, Refusal, RefusalCode, WhisperView};
use protocol::{ParticipantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::{MAX_WHISPER_CHARS, MAX_WHISPERS};
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns::plain_text;

/// One thing said among those who lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whisper {
    pub at: Timestamp,
    pub from: ParticipantId,
    pub about: Option<ParticipantId>,
    pub text: Option<SealedText>,
}

pub(crate) fn judge(state: &State, action: &Action) -> Result<(), Refusal> {
    let Action::Whisper { about, text } = action else {
        return Ok(());
    };
    if state.session.is_none() {
        return Err(RefusalCode::NoSession.into());
    }
    if about.is_some_and(|who| state.roster.get(who).is_none()) {
        return Err(RefusalCode::UnknownParticipant.into());
    }
    match text {
        Some(text) => plain_text(text.expose(), MAX_WHISPER_CHARS),
        None if about.is_none() => Err(RefusalCode::BadText.into()),
        None => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    if let Action::Whisper { about, text } = action {
        draft.push(What::Whispered {
            participant: by,
            about: *about,
            text: text.as_ref().map(|text| SealedText::fresh(by, text.expose().trim())),
        });
    }
}

/// The newest last; older ones than the bound are gone.
pub(crate) fn said(whispers: &mut Vec<Whisper>, whisper: Whisper) {
    whispers.push(whisper);
    if whispers.len() > MAX_WHISPERS {
        whispers.remove(0);
    }
}

pub(crate) fn view(state: &State) -> Vec<WhisperView> {
    let whispers = state.session.iter().flat_map(|session| &session.whispers);
    whispers
        .map(|whisper| WhisperView {
            at: whisper.at,
            from: whisper.from,
            about: whisper.about,
            text: whisper.text.as_ref().and_then(SealedText::text),
        })
        .collect()
}
