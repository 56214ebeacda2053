//! How a turn goes on to somebody where it is not simply given back: the stick is offered by name, and of two who speak by turns the other
//! first says back what was heard.

use protocol::pack::FloorMode;
use protocol::wire::{Action, OfferView, RoomScene, TurnView};
use protocol::{ParticipantId, Role};

use super::{Deed, Play, SECOND, is_here};

/// How long the other takes to say back; then the speaker confirms, or says it again, for so long.
pub(super) const SAYS_BACK: (u64, u64) = (6 * SECOND, 14 * SECOND);
const SAYS_AGAIN: (u64, u64) = (6 * SECOND, 12 * SECOND);
/// How often somebody is not content with what came back. Once in a turn, or a newcomer would think that nobody listens.
const NOT_QUITE: f64 = 0.2;
/// Somebody thinks about an offer, or whom to offer next, for so long.
const THINKS: (u64, u64) = (3 * SECOND, 7 * SECOND);
/// Somebody who is not played has this long for an answer. Then it is taken back, so that the circle does not wait for an empty screen.
const NO_ANSWER: u64 = 40 * SECOND;
/// How often each of these happens. Chosen by us, so that a newcomer sees each within some minutes.
const DECLINES: f64 = 0.25;
const LAYS_IT_DOWN: f64 = 0.1;
const TO_WHO_ASKED: f64 = 0.6;
const TO_A_NEWCOMER: f64 = 0.4;
/// After so many "no, thank you" the stick is laid in the middle.
const MOST_DECLINED: usize = 2;

impl Play {
    /// What ends the turn of somebody who is played, in the mode that the floor has.
    pub(super) fn ending(&mut self, scene: &RoomScene, holder: ParticipantId) -> Action {
        match scene.floor.mode {
            FloorMode::Stick => self.offering(scene, holder),
            _ => Action::Release, // between two this begins the saying back
        }
    }

    /// The next thing in a running turn where nothing is planned for it any more.
    pub(super) fn keep_turn_moving(&mut self, now: u64, scene: &RoomScene, turn: &TurnView) {
        let Some(holder) = turn.holders.first().copied() else {
            return;
        };
        let offer = scene.staff.as_ref().and_then(|staff| staff.offer.as_ref());
        let pair = scene.floor.pair.as_ref();
        let next = match (offer, pair) {
            (Some(&OfferView { to: Some(to), .. }), _) => self.answer(holder, to),
            _ if !self.is_played(holder) => None,
            // Nobody can say back what they did not hear to the end.
            (_, Some(pair)) if self.is_played(pair.listener) && !is_here(scene, pair.listener) => None,
            (_, Some(pair)) if pair.saying_back => Some(self.after_saying_back(turn, holder)),
            (_, Some(_)) => Some((self.chance.between(SAYS_AGAIN.0, SAYS_AGAIN.1), holder, Action::Release)),
            _ => {
                let after = self.chance.between(THINKS.0, THINKS.1);
                Some((after, holder, self.ending(scene, holder)))
            }
        };
        if let Some((after, who, action)) = next {
            if action == Action::Confirm {
                self.note_after_turn(now + after + 2 * SECOND, scene, holder);
            }
            self.plan(now + after, Some(turn.turn), Deed::Act(who, action));
        }
    }

    /// Most say yes; of who is not played an answer is awaited, for a while.
    fn answer(&mut self, holder: ParticipantId, to: ParticipantId) -> Option<(u64, ParticipantId, Action)> {
        if self.is_played(to) {
            let declines = self.chance.happens(DECLINES);
            let answer = if declines { Action::Decline } else { Action::Accept };
            return Some((self.chance.between(THINKS.0, THINKS.1), to, answer));
        }
        self.is_played(holder)
            .then_some((NO_ANSWER, holder, Action::WithdrawOffer))
    }

    /// Whose offer is taken back without an answer is not asked again in this turn.
    pub(super) fn note_silence(&mut self, scene: &RoomScene, deed: &Deed) {
        if let Deed::Act(_, Action::WithdrawOffer) = deed {
            let offer = scene.staff.as_ref().and_then(|staff| staff.offer.as_ref());
            let turn = scene.floor.turn.as_ref().map(|turn| turn.turn);
            self.unanswered = turn.zip(offer.and_then(|offer| offer.to));
        }
    }

    fn after_saying_back(&mut self, turn: &TurnView, speaker: ParticipantId) -> (u64, ParticipantId, Action) {
        let again = self.said_again != Some(turn.turn) && self.chance.happens(NOT_QUITE);
        let action = if again {
            self.said_again = Some(turn.turn);
            Action::SayAgain
        } else {
            Action::Confirm
        };
        (self.chance.between(SAYS_BACK.0, SAYS_BACK.1), speaker, action)
    }

    /// To whom the stick goes: often to who asked, sometimes to a newcomer, else to anybody who did not just have it.
    fn offering(&mut self, scene: &RoomScene, holder: ParticipantId) -> Action {
        let offer = scene.staff.as_ref().and_then(|staff| staff.offer.as_ref());
        let offer = offer.filter(|offer| offer.from == holder);
        let declined = offer.map_or(&[][..], |offer| &offer.declined);
        let lays = declined.len() >= MOST_DECLINED || self.is_spent(scene) || self.chance.happens(LAYS_IT_DOWN);
        let turn = scene.floor.turn.as_ref().map(|turn| turn.turn);
        let silent = self.unanswered.filter(|(in_turn, _)| Some(*in_turn) == turn);
        let able = |who: &ParticipantId| {
            *who != holder && *who != self.lead && !declined.contains(who) && silent.map(|(_, who)| who) != Some(*who)
        };
        let seats = scene
            .seats
            .iter()
            .filter(|seat| seat.present && seat.role != Role::Observer);
        let able: Vec<_> = seats.map(|seat| seat.participant).filter(able).collect();
        let asked = scene.floor.line.iter().copied().find(|who| able.contains(who));
        let (played, newcomers): (Vec<_>, Vec<_>) = able.iter().partition(|who| self.is_played(**who));
        let fresh: Vec<_> = played
            .iter()
            .copied()
            .filter(|who| self.last[1] != Some(*who))
            .collect();
        let to_asker = asked.filter(|_| self.chance.happens(TO_WHO_ASKED));
        let to_newcomer = self.chance.happens(TO_A_NEWCOMER);
        let to = to_asker
            .or_else(|| self.chance.pick(&newcomers).filter(|_| to_newcomer))
            .or_else(|| self.chance.pick(&fresh))
            .or_else(|| self.chance.pick(&able));
        match to.filter(|_| !lays) {
            Some(participant) => Action::Offer { participant },
            None => Action::Release,
        }
    }
}

/// Whether what was planned in a turn still makes sense in it: others did something meanwhile.
pub(super) fn still_fits(scene: &RoomScene, deed: &Deed) -> bool {
    let Deed::Act(who, action) = deed else { return true };
    let offer = scene.staff.as_ref().and_then(|staff| staff.offer.as_ref());
    let offered = offer.and_then(|offer| offer.to);
    let says_back = scene.floor.pair.as_ref().is_some_and(|pair| pair.saying_back);
    match action {
        Action::Accept | Action::Decline => offered == Some(*who),
        Action::WithdrawOffer => offered.is_some(),
        Action::Offer { participant } => offered.is_none() && is_here(scene, *participant),
        Action::Confirm | Action::SayAgain => says_back,
        Action::Release => !says_back,
        Action::TakeRole { role } => {
            let mut roles = scene.roles.iter();
            roles.any(|one| one.role == *role && one.participant.is_none())
        }
        _ => true,
    }
}
