//! A couple's lock: nobody is let in until each of the two was seen alone and found suitable, and a way of keeping secrets is chosen.
//!
//! Whether the door is still locked, somebody was refused or nothing is decided yet must look the same to both, in every byte: one of them
//! may be in danger from the other for what was said alone. So everything here is told to those who lead and to nobody else; the door
//! says one sentence as long as the pack has such a lock, open or not; and while it is locked nobody is turned away by name, for a line
//! that is closed says what a line that waits does not. Who is inside already stays: taking somebody out would tell, too.

use std::collections::BTreeMap;

use protocol::pack::Pack;
use protocol::wire::{Action, Admission, LockView, Refusal, RefusalCode, ScreenOutcome, ScreenView, SecretsWay};
use protocol::{ParticipantId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::MAX_SCREEN_CHARS;
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns::plain_text;

/// Partners who must have been found suitable: a couple is two.
const PARTNERS: usize = 2;

/// What is known about a couple before their room opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// What came of each one's private screen.
    pub screens: BTreeMap<ParticipantId, Screen>,
    /// The key of the way in which secrets are kept.
    pub secrets: Option<String>,
}

/// What came of one private screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    pub at: Timestamp,
    pub outcome: ScreenOutcome,
    pub words: Option<SealedText>,
}

impl Lock {
    fn is_suitable(&self, who: ParticipantId) -> bool {
        let screen = self.screens.get(&who);
        screen.is_some_and(|screen| screen.outcome == ScreenOutcome::Suitable)
    }
    fn suitable(&self) -> usize {
        self.screens.keys().filter(|who| self.is_suitable(**who)).count()
    }
    /// A course that was pinned before packs named ways of keeping secrets has none to choose from.
    fn needs_secrets(&self, pack: &Pack) -> bool {
        self.secrets.is_none() && !pack.secrets.is_empty()
    }
    fn is_open(&self, pack: &Pack) -> bool {
        !pack.separate_screens || (self.suitable() >= PARTNERS && !self.needs_secrets(pack))
    }
}

/// Whether the lock lets this person in. A third one who was not seen alone is not in with the two who were.
pub(crate) fn lets_in(state: &State, pack: &Pack, who: ParticipantId) -> Result<(), Refusal> {
    let member = state.roster.get(who).is_some_and(|p| p.role == Role::Member);
    let seen = !pack.separate_screens || !member || state.lock.is_suitable(who);
    if state.lock.is_open(pack) && seen {
        Ok(())
    } else {
        Err(RefusalCode::ScreensFirst.into())
    }
}

/// Whether somebody may be turned away: a closed line would tell the two apart while the lock still holds.
pub(crate) fn lets_turn_away(state: &State, pack: &Pack) -> Result<(), Refusal> {
    if state.lock.is_open(pack) {
        Ok(())
    } else {
        Err(RefusalCode::LockedDoor.into())
    }
}

pub(crate) fn judge(state: &State, pack: &Pack, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let no = |code: RefusalCode| Err(Refusal::new(code));
    if !pack.separate_screens {
        return no(RefusalCode::NoScreens);
    }
    if state.roster.get(by).is_none_or(|p| p.role != Role::Facilitator) {
        return no(RefusalCode::NotPermitted); // who stands in for a moment did not see anybody alone
    }
    match action {
        Action::RecordScreen {
            participant,
            outcome,
            words,
        } => {
            if state.roster.get(*participant).is_none_or(|p| p.role != Role::Member) {
                return no(RefusalCode::UnknownParticipant);
            }
            if let Some(words) = words {
                plain_text(words.expose(), MAX_SCREEN_CHARS)?;
            }
            let known = state.lock.screens.get(participant);
            let same_words = |screen: &Screen| {
                let kept = screen.words.as_ref().and_then(SealedText::text);
                let given = words.as_ref().map(|words| words.expose().trim());
                kept.as_ref().map(|text| text.expose().as_str()) == given
            };
            if known.is_some_and(|screen| screen.outcome == *outcome && same_words(screen)) {
                return no(RefusalCode::AlreadySo);
            }
            Ok(())
        }
        Action::ChooseSecrets { key } if !pack.secrets.contains(key) => no(RefusalCode::UnknownSecrets),
        Action::ChooseSecrets { key } if state.lock.secrets.as_ref() == Some(key) => no(RefusalCode::AlreadySo),
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, action: &Action) {
    match action {
        Action::RecordScreen {
            participant,
            outcome,
            words,
        } => draft.push(What::ScreenRecorded {
            participant: *participant,
            outcome: *outcome,
            words: words
                .as_ref()
                .map(|words| SealedText::fresh(*participant, words.expose().trim())),
        }),
        Action::ChooseSecrets { key } => draft.push(What::SecretsChosen { key: key.clone() }),
        _ => {}
    }
}

/// What those who lead see: which is which, and what is missing.
pub(crate) fn view(state: &State, pack: &Pack, language: &str) -> Option<LockView> {
    let lock = &state.lock;
    let text = pack.text(language);
    let screen = |(participant, _): (ParticipantId, &crate::roster::Participant)| {
        let screen = lock.screens.get(&participant);
        ScreenView {
            participant,
            outcome: screen.map(|screen| screen.outcome),
            words: screen
                .and_then(|screen| screen.words.as_ref())
                .and_then(SealedText::text),
            at: screen.map(|screen| screen.at),
        }
    };
    let members = state
        .roster
        .iter()
        .filter(|(who, p)| p.role == Role::Member && (is_still_here(p.admission) || lock.screens.contains_key(who)));
    let ways = pack.secrets.iter().map(|key| SecretsWay {
        key: key.clone(),
        text: text
            .and_then(|text| text.secrets.get(key).cloned())
            .unwrap_or_else(|| key.clone()),
    });
    pack.separate_screens.then(|| LockView {
        open: lock.is_open(pack),
        screens: members.map(screen).collect(),
        screens_missing: u16::try_from(PARTNERS.saturating_sub(lock.suitable())).unwrap_or(u16::MAX),
        secrets_missing: lock.needs_secrets(pack),
        secrets: lock.secrets.clone(),
        ways: ways.collect(),
    })
}

fn is_still_here(admission: Admission) -> bool {
    matches!(admission, Admission::Waiting | Admission::Admitted)
}
