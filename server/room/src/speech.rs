//! Who may speak: the one question that microphones follow. Never "who holds the floor": a listener says back while the speaker keeps it,
//! an inner circle talks without it, and facilitators may always speak.

use protocol::pack::FloorMode;
use protocol::wire::{Admission, RefusalCode, StopReason};
use protocol::{ParticipantId, Role};

use crate::state::State;

/// Whether this person's sound may be heard, and if not, why.
pub(crate) fn may_speak(state: &State, who: ParticipantId) -> Result<(), RefusalCode> {
    let person = state.roster.get(who).ok_or(RefusalCode::NotAdmitted)?;
    if person.admission != Admission::Admitted {
        return Err(RefusalCode::NotAdmitted);
    }
    if !person.present {
        return Err(RefusalCode::Away);
    }
    match state.roster.role_now(who) {
        Some(Role::Facilitator) => return Ok(()),
        Some(Role::Member) => {}
        Some(Role::Observer) | None => return Err(RefusalCode::ObserversListen),
    }
    match state.frozen() {
        Some(StopReason::Unattended) => return Err(RefusalCode::Held),
        Some(_) => return Err(RefusalCode::Paused),
        None => {}
    }
    let floor = &state.circles.get(&person.circle).ok_or(RefusalCode::NotAdmitted)?.floor;
    let speaks = match floor.rules.mode {
        FloorMode::Silence => return Err(RefusalCode::Silence),
        _ if floor.is_held_by(who) => true,
        FloorMode::Open => floor.turn.is_none(),
        FloorMode::Pair => floor.says_back(who),
        FloorMode::Fishbowl => floor.is_inside(who),
        FloorMode::Queue | FloorMode::Round | FloorMode::Chair | FloorMode::Stick => false,
    };
    if speaks { Ok(()) } else { Err(RefusalCode::NotYourTurn) }
}
