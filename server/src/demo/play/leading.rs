//! What the played facilitator does, and after how long, as long as nobody else leads.

use protocol::ParticipantId;
use protocol::pack::{Advance, FloorMode};
use protocol::wire::{Action, RequestStatus, RoomScene, RoundOrder, Stand};

use super::{Deed, Play, SECOND, is_here};
use crate::demo::arriving;

/// Somebody who comes to the door is let in after this.
const DOOR: u64 = 2_500;
/// A hand that is up is given the floor after this.
const GIVE: u64 = 2_500;
/// Between a round's end and the next step.
pub(super) const GO_ON: u64 = 6 * SECOND;
/// Between two sessions. In a real course it is a week.
const BETWEEN_SESSIONS: u64 = 20 * SECOND;
/// Somebody who is not played holds the floor and does nothing: after this the facilitator goes on.
const SILENT_HOLDER: u64 = 240 * SECOND;
/// How long a silent step lasts in the demo: a minute without a sign of life looks like a fault.
const SILENT_STEP: u64 = 20 * SECOND;
/// A pause that a facilitator kept and left behind.
const FORGOTTEN_PAUSE: u64 = 30 * SECOND;

impl Play {
    /// Lets in who waits and has said what is asked at the door; who is played says it first.
    pub(super) fn lead_the_door(&self, scene: &RoomScene) -> Option<(u64, Deed)> {
        let staff = scene.staff.as_ref()?;
        let at = (self.door.1 + DOOR).max(self.rests_until);
        let mut waiting = staff.waiting.iter().filter(|person| person.present);
        let deed = waiting.find_map(|person| self.at_the_door(scene, person.participant))?;
        Some((at, deed))
    }

    fn at_the_door(&self, scene: &RoomScene, participant: ParticipantId) -> Option<Deed> {
        let Some(said) = arriving::unsaid(scene, participant) else {
            let anyway = false;
            return Some(Deed::Act(self.lead, Action::Admit { participant, anyway }));
        };
        self.parts
            .contains_key(&participant)
            .then_some(Deed::Act(participant, said))
    }

    /// What the leading facilitator will do, and when, if nothing changes.
    pub(super) fn lead(&self, scene: &RoomScene) -> Option<(u64, Deed)> {
        let (after, action) = self.leading(scene)?;
        Some(((self.since + after).max(self.rests_until), Deed::Act(self.lead, action)))
    }

    fn leading(&self, scene: &RoomScene) -> Option<(u64, Action)> {
        match scene.stand {
            Stand::Lobby if scene.course.session <= scene.course.sessions => {
                Some((BETWEEN_SESSIONS, Action::StartSession))
            }
            Stand::Paused { until: None, .. } if !scene.seats.iter().any(|seat| self.leads_beside_us(seat)) => {
                Some((FORGOTTEN_PAUSE, Action::Resume))
            }
            Stand::Running => self.leading_on(scene),
            Stand::Lobby | Stand::Paused { .. } | Stand::Held { .. } | Stand::Closed => None,
        }
    }

    fn leading_on(&self, scene: &RoomScene) -> Option<(u64, Action)> {
        let floor = &scene.floor;
        let staff = scene.staff.as_ref()?;
        if staff.suspended.as_ref().is_some_and(|suspended| suspended.asked) {
            return Some((GO_ON, Action::MoveOn));
        }
        if let Some(turn) = &floor.turn {
            let holder = turn.holders.first()?;
            if !self.is_played(*holder) {
                return Some((SILENT_HOLDER, Action::GoOn));
            }
            // Two who speak by turns never stop by themselves: this one finishes, and nobody begins after it.
            let last = floor.mode == FloorMode::Pair && floor.advance == Advance::Auto && self.is_spent(scene);
            return last.then_some((GIVE, last_turn()));
        }
        let present = floor.line.iter().any(|who| is_here(scene, *who));
        match floor.mode {
            FloorMode::Round if floor.round_running && present => return Some((GIVE, Action::GoOn)),
            FloorMode::Round if floor.round_running => return Some((4 * GO_ON, on(scene))), // only people away are still to come
            FloorMode::Pair if !self.is_spent(scene) && floor.next.is_some() => return Some((GIVE, Action::GoOn)),
            FloorMode::Queue | FloorMode::Stick | FloorMode::Fishbowl if present => return None, // the room gives the floor by itself
            FloorMode::Open | FloorMode::Chair if present => {
                let in_line = |who: &ParticipantId| {
                    staff
                        .requests
                        .iter()
                        .find(|r| r.participant == *who && r.status == RequestStatus::Accepted)
                };
                let request = floor
                    .line
                    .iter()
                    .filter(|who| is_here(scene, **who))
                    .find_map(in_line)?;
                return Some((
                    GIVE,
                    Action::Grant {
                        request: request.request,
                    },
                ));
            }
            _ => {} // nobody waits
        }
        match floor.mode {
            FloorMode::Round if !self.is_watched(scene) => Some((
                GO_ON,
                Action::StartRound {
                    order: RoundOrder::Seats,
                },
            )),
            FloorMode::Round => Some((GO_ON, on(scene))),
            FloorMode::Queue
            | FloorMode::Open
            | FloorMode::Chair
            | FloorMode::Stick
            | FloorMode::Pair
            | FloorMode::Fishbowl => self.is_spent(scene).then(|| (GO_ON, on(scene))),
            FloorMode::Silence => self.is_watched(scene).then(|| (SILENT_STEP, on(scene))),
        }
    }
}

/// Nobody gets the floor after this turn by itself.
fn last_turn() -> Action {
    Action::SetFloor {
        mode: None,
        order: None,
        advance: Some(Advance::Chair),
        ending: None,
        turn_seconds: None,
    }
}

/// The next step, or the end.
fn on(scene: &RoomScene) -> Action {
    let current = scene.agenda.current.map_or(0, usize::from);
    if current + 1 >= scene.agenda.steps.len() {
        Action::EndSession
    } else {
        Action::NextStep
    }
}
