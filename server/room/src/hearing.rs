//! Who is heard by whom, as far as the floor's rule is enforced: what a room tells those who carry voices and pictures.
//!
//! `speech` says who may speak; this says whose sound leaves the server. They differ where the step does not enforce the floor (`off` and
//! `soft`: a sob must be able to reach the room), and where two sit at one device: their sound cannot be told apart, so it is carried while
//! either of them may speak. What is no question of the floor is never carried, whatever a step says: somebody at the door, somebody whose
//! line is down, and an observer, who listens and is not seen either; and once the course is over nobody hears anybody. Other people's pictures are
//! not enforced: the floor is about voices.

use std::collections::BTreeMap;

use protocol::pack::{Enforcement, Pack};
use protocol::wire::RefusalCode;
use protocol::{CircleId, ParticipantId};

use crate::speech;
use crate::state::State;

/// One device in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hearing {
    /// It hears this circle and nobody else, and is heard there.
    pub circle: CircleId,
    /// Its sound leaves the server.
    pub carried: bool,
    /// The floor keeps its sound back, and nothing else does: whoever is at it may be trying to speak.
    pub kept_back: bool,
    /// Its picture does.
    pub seen: bool,
    /// Somebody at it has the floor.
    pub first: bool,
}

/// Everybody who is in the room with a device of their own; nobody once the course is over.
pub(crate) fn hearing(state: &State, pack: &Pack) -> BTreeMap<ParticipantId, Hearing> {
    if state.course_is_over(pack) {
        return BTreeMap::new();
    }
    let here = state.roster.iter().filter(|(_, person)| person.is_here());
    let mut all = BTreeMap::new();
    for (who, person) in here.filter(|(_, person)| person.beside.is_none()) {
        let mut one = Hearing {
            circle: person.circle,
            carried: carried(state, who),
            kept_back: false,
            seen: seen(state, who),
            first: holds(state, who),
        };
        for (other, _) in state
            .roster
            .iter()
            .filter(|(_, other)| other.is_here() && other.beside == Some(who))
        {
            one.carried |= carried(state, other);
            one.seen |= seen(state, other);
            one.first |= holds(state, other);
        }
        one.kept_back = !one.carried && one.seen;
        all.insert(who, one);
    }
    all
}

fn carried(state: &State, who: ParticipantId) -> bool {
    match speech::may_speak(state, who) {
        Ok(()) => true,
        Err(RefusalCode::NotAdmitted | RefusalCode::Away | RefusalCode::ObserversListen) => false,
        Err(_) => {
            let floor = state.circle_of(who).map(|(_, circle)| circle.floor.rules.enforcement);
            floor.is_some_and(|enforcement| enforcement != Enforcement::Hard)
        }
    }
}

/// Not a question of the floor: only whoever listens is not seen.
fn seen(state: &State, who: ParticipantId) -> bool {
    speech::may_speak(state, who) != Err(RefusalCode::ObserversListen)
}

fn holds(state: &State, who: ParticipantId) -> bool {
    state
        .circle_of(who)
        .is_some_and(|(_, circle)| circle.floor.is_held_by(who))
}
