//! The fishbowl: an inner circle speaks, one open seat, the rest listen. The open seat is a turn like any other, with a line in front of
//! it; whoever sits inside speaks without one, and may step back out at any time (that is `Pass`).

use std::collections::BTreeSet;

use protocol::pack::FloorMode;
use protocol::wire::{Action, Admission, Refusal, RefusalCode};
use protocol::{CircleId, ParticipantId, Role};

use crate::draft::Draft;
use crate::event::{EndReason, What};
use crate::floor::Floor;
use crate::state::State;
use crate::turns;

impl Floor {
    /// Whether this person sits in the inner circle.
    pub fn is_inside(&self, who: ParticipantId) -> bool {
        self.rules.mode == FloorMode::Fishbowl && self.inner.contains(&who)
    }
}

pub(crate) fn judge(state: &State, id: CircleId, floor: &Floor, action: &Action) -> Result<(), Refusal> {
    if floor.rules.mode != FloorMode::Fishbowl {
        return Err(RefusalCode::WrongMode.into());
    }
    let Action::SetInner { participants } = action else {
        return Ok(());
    };
    let named: BTreeSet<ParticipantId> = participants.iter().copied().collect();
    if named.len() != participants.len() {
        return Err(RefusalCode::OutOfRange.into());
    }
    for &who in &named {
        let person = state.roster.get(who).ok_or(RefusalCode::UnknownParticipant)?;
        if person.circle != id || person.admission != Admission::Admitted {
            return Err(RefusalCode::UnknownParticipant.into());
        }
        if state.roster.role_now(who) == Some(Role::Observer) {
            return Err(RefusalCode::ObserversListen.into());
        }
    }
    if named == floor.inner.iter().copied().collect() {
        return Err(RefusalCode::AlreadySo.into());
    }
    Ok(())
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, circle: CircleId, action: &Action) {
    let Action::SetInner { participants } = action else {
        return;
    };
    // Who sat in the open seat and is asked inside needs no turn any more.
    let holder_inside = turns::running(&draft.state, circle)
        .is_some_and(|turn| turn.holders.iter().any(|who| participants.contains(who)));
    if holder_inside {
        turns::end_turn(draft, circle, EndReason::MovedOn);
    }
    draft.push(What::InnerSet {
        circle,
        participants: participants.clone(),
    });
}
