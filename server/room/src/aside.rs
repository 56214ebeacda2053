//! Beside the room: stepping out to a quiet side room and coming back to the same place; a facilitator moving somebody there; visiting a
//! circle. A place in queue, round, pair or inner circle belongs to the person, so it is simply still there when they are back.

use protocol::wire::{Action, Admission, Refusal, RefusalCode};
use protocol::{CircleId, ParticipantId, Role};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::{EndReason, MoveReason, What};
use crate::limits::MAX_CIRCLES;
use crate::round;
use crate::state::State;
use crate::turns;

/// What a circle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CircleKind {
    /// The room's own.
    Main,
    /// A few people talk by themselves for a while.
    Breakout,
    /// Quiet, for one person, and whoever comes to be with them.
    Side,
}

impl State {
    /// What a circle is for; nothing if there is no such circle.
    pub fn kind_of(&self, circle: CircleId) -> Option<CircleKind> {
        self.circles.get(&circle).map(|circle| circle.kind)
    }
    fn is_aside(&self, who: ParticipantId) -> bool {
        let kind = self.roster.get(who).and_then(|p| self.kind_of(p.circle));
        kind == Some(CircleKind::Side)
    }
    /// Where somebody goes when they go back.
    fn place_of(&self, who: ParticipantId) -> CircleId {
        let place = self.roster.get(who).map_or(CircleId::MAIN, |p| p.place);
        let there = self.circles.contains_key(&place);
        if self.is_aside(who) && there {
            place
        } else {
            CircleId::MAIN
        }
    }
}

pub(crate) fn judge(state: &State, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    if state.session.is_none() {
        return Err(RefusalCode::NoSession.into());
    }
    let full = || state.circles.len() >= MAX_CIRCLES;
    match action {
        Action::StepOut if state.is_aside(by) => Err(RefusalCode::AlreadySo.into()),
        Action::SendAside { .. } | Action::StepOut if full() => Err(RefusalCode::Full.into()),
        Action::StepOut => Ok(()),
        Action::GoBack => {
            let here = state.roster.get(by).map_or(CircleId::MAIN, |p| p.circle);
            if here == CircleId::MAIN {
                Err(RefusalCode::AlreadySo.into())
            } else {
                Ok(())
            }
        }
        Action::Visit { circle } => {
            let here = state.roster.get(by).map(|p| p.circle);
            if !state.circles.contains_key(circle) {
                Err(RefusalCode::UnknownCircle.into())
            } else if here == Some(*circle) {
                Err(RefusalCode::AlreadySo.into())
            } else {
                Ok(())
            }
        }
        Action::SendAside { participant } | Action::BringBack { participant } => {
            let person = state.roster.get(*participant).ok_or(RefusalCode::UnknownParticipant)?;
            if person.admission != Admission::Admitted {
                return Err(RefusalCode::UnknownParticipant.into());
            }
            if *participant == by || person.role == Role::Facilitator {
                return Err(RefusalCode::NotPermitted.into()); // colleagues go by themselves
            }
            let aside = state.is_aside(*participant);
            let back = matches!(action, Action::BringBack { .. });
            if aside == back || (back && person.circle != CircleId::MAIN) {
                Ok(())
            } else {
                Err(RefusalCode::AlreadySo.into())
            }
        }
        _ => unreachable!("aside is asked about its own actions only"),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    match *action {
        Action::StepOut => step_aside(draft, by, MoveReason::SteppedOut),
        Action::SendAside { participant } => step_aside(draft, participant, MoveReason::SentAside),
        Action::GoBack => {
            let to = draft.state.place_of(by);
            move_to(draft, by, to, MoveReason::WentBack);
        }
        Action::BringBack { participant } => {
            let to = draft.state.place_of(participant);
            move_to(draft, participant, to, MoveReason::BroughtBack);
        }
        Action::Visit { circle } => move_to(draft, by, circle, MoveReason::Visited),
        _ => {}
    }
}

fn step_aside(draft: &mut Draft<'_>, who: ParticipantId, why: MoveReason) {
    let circle = open(draft, CircleKind::Side);
    move_to(draft, who, circle, why);
}

/// Opens an empty circle; it is closed again when nobody sits in it.
pub(crate) fn open(draft: &mut Draft<'_>, kind: CircleKind) -> CircleId {
    let circle = CircleId(draft.state.next_circle);
    draft.push(What::CircleOpened { circle, kind });
    circle
}

/// Moves somebody. Whoever has the floor where they leave returns first when they are back.
pub(crate) fn move_to(draft: &mut Draft<'_>, who: ParticipantId, to: CircleId, why: MoveReason) {
    turns::end_turn_of(draft, who, EndReason::SteppedOut);
    draft.push(What::Moved {
        participant: who,
        to,
        why,
    });
    round::join(draft, who);
}

/// A circle in which nobody sits is gone.
pub(crate) fn settle(draft: &mut Draft<'_>) {
    let empty: Vec<CircleId> = draft
        .state
        .circles
        .keys()
        .copied()
        .filter(|&id| id != CircleId::MAIN)
        .filter(|&id| {
            let mut people = draft.state.roster.iter();
            !people.any(|(_, p)| p.admission == Admission::Admitted && p.circle == id)
        })
        .collect();
    for circle in empty {
        turns::end_turn(draft, circle, EndReason::LeftRoom);
        draft.push(What::CircleClosed { circle });
    }
}
