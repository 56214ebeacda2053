//! "Shall we go on?" A question to everybody in the room; how many are ready and how many are not yet is seen by all, who is which by
//! nobody else, not even by facilitators. It decides nothing.

use std::collections::BTreeMap;

use protocol::wire::{Action, ReadyView, Refusal, RefusalCode};
use protocol::{ParticipantId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::What;
use crate::state::State;

/// A question under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadyCheck {
    pub asked_at: Timestamp,
    answers: BTreeMap<ParticipantId, bool>,
}

impl ReadyCheck {
    pub(crate) fn new(asked_at: Timestamp) -> Self {
        Self {
            asked_at,
            answers: BTreeMap::new(),
        }
    }
    pub(crate) fn answered(&mut self, who: ParticipantId, ready: bool) {
        self.answers.insert(who, ready);
    }
    pub(crate) fn erased(&mut self, who: ParticipantId) {
        self.answers.remove(&who);
    }
    /// Somebody's own answer.
    pub fn answer_of(&self, who: ParticipantId) -> Option<bool> {
        self.answers.get(&who).copied()
    }
}

pub(crate) fn judge(state: &State, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let session = state.session.as_ref().ok_or(RefusalCode::NoSession)?;
    match (action, &session.ready) {
        (Action::AskReady, Some(_)) | (Action::CloseReady, None) => Err(RefusalCode::AlreadySo.into()),
        (Action::AskReady, None) | (Action::CloseReady, Some(_)) => Ok(()),
        (_, None) => Err(RefusalCode::NothingAsked.into()),
        (Action::AnswerReady { ready }, Some(check)) if check.answer_of(by) == Some(*ready) => {
            Err(RefusalCode::AlreadySo.into())
        }
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    draft.push(match action {
        Action::AskReady => What::ReadyAsked {},
        Action::AnswerReady { ready } => What::ReadyAnswered {
            participant: by,
            ready: *ready,
        },
        _ => What::ReadyClosed {},
    });
}

/// How many members who are here are ready, not yet, and silent.
pub(crate) fn view(state: &State) -> Option<ReadyView> {
    let check = state.session.as_ref()?.ready.as_ref()?;
    let mut view = ReadyView {
        asked_at: check.asked_at,
        ready: 0,
        not_yet: 0,
        silent: 0,
    };
    let members = state
        .roster
        .iter()
        .filter(|(_, p)| p.is_here() && p.role == Role::Member);
    for (who, _) in members {
        match check.answer_of(who) {
            Some(true) => view.ready += 1,
            Some(false) => view.not_yet += 1,
            None => view.silent += 1,
        }
    }
    Some(view)
}
