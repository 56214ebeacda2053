//! How somebody would like to be spoken of: their pronouns and a few words about themselves, for this group alone. Nobody is asked for it and
//! nothing hangs on it; it is changed at any time, from the door on, and goes when the person is erased.
//!
//! They choose who reads it: everybody in the circle, or those who lead. Pronouns stand right beside a name, so they must not be taken for one:
//! letters and a few signs between them, and few of them. That they do not look like somebody else's name is seen to by the room's owner, who
//! knows what letters look like.

use protocol::wire::{Action, Described, Refusal, RefusalCode};
use protocol::{ParticipantId, Private};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::{MAX_ABOUT_CHARS, MAX_PRONOUNS_CHARS};
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns::plain_text;

/// What somebody says of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    pub pronouns: Option<SealedText>,
    pub about: Option<SealedText>,
    /// Everybody in the circle reads it, not only those who lead.
    pub shown: bool,
}

/// What is meant: outer spaces and empty texts say nothing.
fn meant(text: Option<&Private<String>>) -> Option<&str> {
    text.map(|text| text.expose().trim()).filter(|text| !text.is_empty())
}

pub(crate) fn judge(state: &State, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let Action::DescribeMyself { pronouns, about, shown } = action else {
        return Ok(());
    };
    let (pronouns, about) = (meant(pronouns.as_ref()), meant(about.as_ref()));
    if let Some(pronouns) = pronouns {
        let plain = pronouns.chars().all(stands_beside_a_name);
        if !plain || pronouns.chars().count() > MAX_PRONOUNS_CHARS {
            return Err(RefusalCode::BadText.into());
        }
    }
    if let Some(about) = about {
        plain_text(about, MAX_ABOUT_CHARS)?;
    }
    let known = mine(state, by);
    let said = Described {
        pronouns: pronouns.map(Private::from),
        about: about.map(Private::from),
        shown: *shown,
    };
    let nothing = said.pronouns.is_none() && said.about.is_none();
    if known == said || nothing && !state.described.contains_key(&by) {
        return Err(RefusalCode::AlreadySo.into());
    }
    Ok(())
}

/// Letters with their marks, spaces, and what people write between pronouns.
fn stands_beside_a_name(sign: char) -> bool {
    sign.is_alphabetic() || matches!(sign, ' ' | '/' | '-' | '\'' | '’' | '·' | ',' | '.') || is_mark(sign)
}

/// Accents that are written as signs of their own.
fn is_mark(sign: char) -> bool {
    matches!(sign, '\u{300}'..='\u{36F}' | '\u{93C}'..='\u{94D}' | '\u{E31}'..='\u{E4E}')
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    if let Action::DescribeMyself { pronouns, about, shown } = action {
        let sealed = |text: Option<&str>| text.map(|text| SealedText::fresh(by, text));
        draft.push(What::DescribedThemselves {
            participant: by,
            pronouns: sealed(meant(pronouns.as_ref())),
            about: sealed(meant(about.as_ref())),
            shown: *shown,
        });
    }
}

impl State {
    pub(crate) fn describes(&mut self, who: ParticipantId, said: Description) {
        if said.pronouns.is_none() && said.about.is_none() {
            self.described.remove(&who);
        } else {
            self.described.insert(who, said);
        }
    }

    /// Whether everybody in the circle reads what somebody says of themselves.
    pub(crate) fn is_described_to_all(&self, who: ParticipantId) -> bool {
        self.described.get(&who).is_some_and(|said| said.shown)
    }
}

/// What the person themselves reads.
pub(crate) fn mine(state: &State, who: ParticipantId) -> Described {
    let said = state.described.get(&who);
    Described {
        pronouns: said.and_then(|said| said.pronouns.as_ref()?.text()),
        about: said.and_then(|said| said.about.as_ref()?.text()),
        shown: said.is_none_or(|said| said.shown),
    }
}

/// What others read; `leads`: those who lead read what is for them alone, too.
pub(crate) fn seen(state: &State, who: ParticipantId, leads: bool) -> Option<Described> {
    let said = state.described.get(&who)?;
    (said.shown || leads).then(|| mine(state, who))
}
