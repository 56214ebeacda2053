//! Names of those who have no seat in the circle that is seen. Seats carry names; but a pane speaks of people in every circle, and a page that
//! was loaded anew in a side room has never seen the others. Those who lead read the names of all whom they let in; anybody else only the
//! names of those whom their own view speaks of. Nobody is named to somebody at the door, and nobody at the door is named here.

use protocol::wire::{Admission, KnownName, MyOnCall, NotOkView};
use protocol::{CircleId, ParticipantId};

use crate::state::State;

/// Everybody who was let in at some time and has no seat here.
pub(crate) fn elsewhere(state: &State, circle: CircleId) -> Vec<KnownName> {
    let let_in = state
        .roster
        .iter()
        .filter(|(_, p)| p.seat.is_some() && p.admission != Admission::Waiting);
    named(state, circle, let_in.map(|(who, _)| who))
}

/// Those whom somebody's own view speaks of.
pub(crate) fn spoken_of(
    state: &State,
    circle: CircleId,
    not_ok: Option<&NotOkView>,
    on_call: Option<&MyOnCall>,
) -> Vec<KnownName> {
    let told = not_ok
        .into_iter()
        .flat_map(|view| view.told.iter().chain(view.acknowledged_by.as_ref()));
    let about = on_call.and_then(|view| view.called.as_ref()?.about.as_ref());
    let mut people: Vec<ParticipantId> = told.chain(about).copied().collect();
    people.sort_unstable();
    people.dedup();
    named(state, circle, people.into_iter())
}

fn named(state: &State, circle: CircleId, people: impl Iterator<Item = ParticipantId>) -> Vec<KnownName> {
    let seated: Vec<ParticipantId> = state.roster.seated(circle).into_iter().map(|(who, _)| who).collect();
    people
        .filter(|who| !seated.contains(who))
        .filter_map(|participant| {
            let name = state.roster.get(participant)?.name.text()?;
            Some(KnownName { participant, name })
        })
        .collect()
}
