//! The stick: whoever holds the floor offers it to a named person, who takes it or declines, or lays it in the middle (that is
//! `Release`: the first who asked, or asks, picks it up). An offer is nobody's business but the two people's and the facilitators', or
//! declining would be a public act.

use protocol::pack::FloorMode;
use protocol::wire::{Action, Refusal, RefusalCode, RequestKind};
use protocol::{CircleId, ParticipantId, Role};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::{EndReason, GrantReason, What};
use crate::floor::{Floor, NextUp};
use crate::state::State;
use crate::turns;

/// What a holder offered in this turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// To whom it stands.
    pub to: Option<ParticipantId>,
    /// Who said "no, thank you". They are not asked again in this turn.
    pub declined: Vec<ParticipantId>,
}

impl Offer {
    pub(crate) fn made(&mut self, to: ParticipantId) {
        self.to = Some(to);
    }
    pub(crate) fn withdrawn(&mut self) {
        self.to = None;
    }
    pub(crate) fn declined(&mut self, by: ParticipantId) {
        self.to = self.to.filter(|&to| to != by);
        if !self.declined.contains(&by) {
            self.declined.push(by);
        }
    }
}

impl Floor {
    /// Whether the holder offers this person the floor.
    pub fn is_offered_to(&self, who: ParticipantId) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.offer.to == Some(who))
    }
}

pub(crate) fn judge(
    state: &State,
    id: CircleId,
    floor: &Floor,
    by: ParticipantId,
    action: &Action,
) -> Result<(), Refusal> {
    if floor.rules.mode != FloorMode::Stick {
        return Err(RefusalCode::WrongMode.into());
    }
    let Some(turn) = &floor.turn else {
        return Err(RefusalCode::NoTurn.into());
    };
    let holds = turn.holders.contains(&by);
    match action {
        Action::Offer { .. } | Action::WithdrawOffer if !holds => Err(RefusalCode::NotYourTurn.into()),
        Action::Offer { participant } => {
            turns::unfrozen(state)?;
            let person = state.roster.get(*participant);
            if !person.is_some_and(|p| p.circle == id && p.admission == protocol::wire::Admission::Admitted) {
                Err(RefusalCode::UnknownParticipant.into())
            } else if !state.is_here(*participant, id) {
                Err(RefusalCode::Away.into())
            } else if state.roster.role_now(*participant) == Some(Role::Observer) {
                Err(RefusalCode::ObserversListen.into())
            } else if turn.holders.contains(participant) || turn.offer.to == Some(*participant) {
                Err(RefusalCode::AlreadySo.into())
            } else if turn.offer.declined.contains(participant) {
                Err(RefusalCode::SaidNo.into())
            } else {
                Ok(())
            }
        }
        Action::WithdrawOffer if turn.offer.to.is_none() => Err(RefusalCode::AlreadySo.into()),
        Action::WithdrawOffer => Ok(()),
        _ if turn.offer.to != Some(by) => Err(RefusalCode::NoOffer.into()),
        Action::Accept => turns::unfrozen(state),
        _ => Ok(()), // to decline is always possible
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, circle: CircleId, by: ParticipantId, action: &Action) {
    let Some(turn) = turns::running(&draft.state, circle).map(|turn| turn.id) else {
        return;
    };
    match *action {
        Action::Offer { participant } => draft.push(What::OfferMade {
            circle,
            turn,
            participant,
        }),
        Action::WithdrawOffer => draft.push(What::OfferWithdrawn { circle, turn }),
        Action::Decline => decline(draft, circle, by),
        _ => {
            let request = draft.state.circles.get(&circle).and_then(|c| c.floor.queue.of(by));
            let next = NextUp {
                participant: by,
                kind: request.map_or(RequestKind::Share, |r| r.kind),
                request: request.map(|r| r.id),
                why: GrantReason::Offered,
            };
            turns::end_turn(draft, circle, EndReason::HandedOver);
            turns::grant(draft, circle, next);
        }
    }
}

pub(crate) fn decline(draft: &mut Draft<'_>, circle: CircleId, by: ParticipantId) {
    if let Some(turn) = turns::running(&draft.state, circle).map(|turn| turn.id) {
        draft.push(What::OfferDeclined {
            circle,
            turn,
            participant: by,
        });
    }
}
