//! What a group holds itself to: its agreements, ticked by each person in every session; and in a circle the roles that go round. Both are
//! words from the pack; neither gives anybody a power that the table of `policy` does not.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ParticipantId;
use protocol::pack::{CircleRole, Pack};
use protocol::wire::{Action, AgreementsView, Refusal, RefusalCode, RoleView};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::What;
use crate::state::State;

/// Who agreed, and who does what for the circle, in one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    pub by: BTreeSet<ParticipantId>,
    pub roles: BTreeMap<CircleRole, ParticipantId>,
}

pub(crate) fn judge(state: &State, pack: &Pack, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let session = state.session.as_ref().ok_or(RefusalCode::NoSession)?;
    let roles = pack.circle.as_ref().map_or(&[][..], |circle| &circle.roles);
    match action {
        Action::Agree if pack.agreements.is_empty() => Err(RefusalCode::NothingAsked.into()),
        Action::Agree if session.agreed.by.contains(&by) => Err(RefusalCode::AlreadySo.into()),
        Action::TakeRole { role } | Action::LayRole { role } if !roles.contains(role) => {
            Err(RefusalCode::WrongMode.into())
        }
        Action::TakeRole { role } => match session.agreed.roles.get(role) {
            Some(&who) if who == by => Err(RefusalCode::AlreadySo.into()),
            Some(_) => Err(RefusalCode::RoleTaken.into()),
            None => Ok(()),
        },
        Action::LayRole { role } if session.agreed.roles.get(role) != Some(&by) => Err(RefusalCode::AlreadySo.into()),
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    draft.push(match *action {
        Action::TakeRole { role } => What::RoleTaken { participant: by, role },
        Action::LayRole { role } => What::RoleLaid { participant: by, role },
        _ => What::AgreedTo { participant: by },
    });
}

/// The agreements in the room's language, the crosstalk rule, and how many have ticked them.
pub(crate) fn view(state: &State, pack: &Pack, language: &str) -> Option<AgreementsView> {
    let words = pack.text(language)?;
    if pack.agreements.is_empty() {
        return None;
    }
    let by = state.session.as_ref().map(|session| &session.agreed.by);
    let here = state.roster.iter().filter(|(_, p)| p.is_here());
    let ticked = here.filter(|(who, _)| by.is_some_and(|by| by.contains(who))).count();
    Some(AgreementsView {
        texts: pack
            .agreements
            .iter()
            .filter_map(|key| words.agreements.get(key).cloned())
            .collect(),
        crosstalk: words.crosstalk.clone(),
        agreed: u16::try_from(ticked).unwrap_or(u16::MAX),
    })
}

/// The circle's roles, what each does, and who has it today.
pub(crate) fn roles(state: &State, pack: &Pack, language: &str) -> Vec<RoleView> {
    let words = pack.text(language);
    let taken = state.session.as_ref().map(|session| &session.agreed.roles);
    let roles = pack.circle.iter().flat_map(|circle| &circle.roles);
    roles
        .map(|&role| RoleView {
            role,
            text: words
                .and_then(|words| words.roles.get(&role).cloned())
                .unwrap_or_default(),
            participant: taken.and_then(|taken| taken.get(&role).copied()),
        })
        .collect()
}
