//! What is kept: in most rooms everything, in a circle whose pack says so only a count. The room says when such a sitting is over and what
//! the count is; destroying the rest is its owner's business, and the room that is opened afterwards begins with the counts and nothing else.

use protocol::pack::Pack;
use protocol::wire::HeldSession;

use crate::event::{Event, What};
use crate::state::State;

/// What a room is told of its own past that was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// The last event of it. The journal goes on behind.
    pub upto: u64,
    /// The counts.
    pub held: Vec<HeldSession>,
}

/// The sitting that is over and of which nothing is to be kept.
pub(crate) fn leaves(state: &State, pack: &Pack, forgotten: &Forgotten) -> Option<HeldSession> {
    let last = state.held.last()?;
    let over = pack.keeps_nothing() && state.session.is_none();
    (over && forgotten.held.last() != Some(last)).then(|| last.clone())
}

/// Whether these events end a session.
pub fn end_a_session(events: &[Event]) -> bool {
    events
        .iter()
        .any(|event| matches!(event.what, What::SessionEnded { .. }))
}
