//! What a decision asks of the world, beside its events. Carried out after the events are durable,
//! but for what destroys: that is done first, so that the event is never a promise. Doing it again changes nothing.

use protocol::ParticipantId;
use protocol::wire::NoteRef;

/// Something the hub does when the decision is durable. Losing one in a crash does no harm: the state says the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Close this person's connections: they were removed or turned away.
    Dismiss { participant: ParticipantId },
    /// Take everything this person wrote in this note back, for good.
    TakeBackNote { participant: ParticipantId, note: NoteRef },
    /// Destroy the key of a visit, so that nobody ever reads again where somebody was.
    ForgetVisit { visit: ParticipantId },
    /// Destroy a person's keys and take what they wrote out of these notes.
    ErasePerson {
        participant: ParticipantId,
        visit: Option<ParticipantId>,
        notes: Vec<NoteRef>,
    },
}
