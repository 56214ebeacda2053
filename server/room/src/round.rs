//! A round: everyone once, in circle order, or a pass. "Come back to me" counts as the first go and comes again at the end.
//! Someone away keeps the place; a latecomer joins at the end.

use std::collections::{BTreeMap, BTreeSet};

use protocol::pack::{Advance, FloorMode};
use protocol::wire::{Refusal, RefusalCode, RoundOrder};
use protocol::{CircleId, ParticipantId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::event::{EndReason, FloorRules, What};
use crate::floor::Floor;
use crate::state::State;
use crate::turns;

/// How somebody's go went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Went {
    Spoke,
    Passed,
    /// Will be asked again at the end.
    Postponed,
    Wrote,
}

/// A round under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    order: Vec<ParticipantId>,
    went: BTreeMap<ParticipantId, Went>,
    /// The first turn has been given: from here on the round may advance by itself.
    opened: bool,
    pub(crate) started_at: Timestamp,
}

impl Round {
    pub(crate) fn new(at: Timestamp, order: Vec<ParticipantId>) -> Self {
        Self {
            order,
            went: BTreeMap::new(),
            opened: false,
            started_at: at,
        }
    }
    /// Everybody in the round, in order.
    pub fn order(&self) -> &[ParticipantId] {
        &self.order
    }
    /// How somebody's go went; `None` while it is still to come.
    pub fn went(&self, who: ParticipantId) -> Option<Went> {
        self.went.get(&who).copied()
    }
    /// Whether somebody is part of the round.
    pub fn includes(&self, who: ParticipantId) -> bool {
        self.order.contains(&who)
    }
    /// Whether somebody may still have a go in this round.
    pub fn to_come(&self, who: ParticipantId) -> bool {
        self.includes(who) && matches!(self.went(who), None | Some(Went::Postponed))
    }
    /// Whether the first turn has been given.
    pub fn is_open(&self) -> bool {
        self.opened
    }
    /// Who is still to come, in order: first goes, then those who asked to be come back to.
    pub fn line(&self) -> Vec<ParticipantId> {
        let with = |went: Option<Went>| self.order.iter().copied().filter(move |&who| self.went(who) == went);
        with(None).chain(with(Some(Went::Postponed))).collect()
    }
    /// Who is next, among those for whom `here` holds. A second go waits until everybody who is here had a first.
    pub fn next(&self, here: impl Fn(ParticipantId) -> bool) -> Option<ParticipantId> {
        self.line().into_iter().find(|&who| here(who))
    }

    pub(crate) fn open(&mut self) {
        self.opened = true;
    }
    pub(crate) fn join(&mut self, who: ParticipantId) {
        self.order.push(who);
    }
    pub(crate) fn mark(&mut self, who: ParticipantId, went: Went) {
        if self.includes(who) {
            self.went.insert(who, went);
        }
    }
    /// Out of the round. How the go went is kept, so that coming back in is not a second first go.
    pub(crate) fn leave(&mut self, who: ParticipantId) {
        self.order.retain(|&other| other != who);
    }
}

/// Whether somebody still has a go in the round, and how an earlier one went.
pub(crate) fn judge_go(floor: &Floor, by: ParticipantId) -> Result<Option<Went>, RefusalCode> {
    let round = match &floor.round {
        Some(round) if floor.rules.mode == FloorMode::Round => round,
        _ => return Err(RefusalCode::WrongMode),
    };
    if !round.includes(by) {
        Err(RefusalCode::NotInRound)
    } else if round.to_come(by) || floor.is_held_by(by) {
        Ok(round.went(by))
    } else {
        Err(RefusalCode::AlreadyWent)
    }
}

pub(crate) fn judge_start(state: &State, id: CircleId, floor: &Floor, order: &RoundOrder) -> Result<(), Refusal> {
    let seats = as_seated(state, id);
    let no = |code: RefusalCode| Err(Refusal::new(code));
    if state.pause.is_some() {
        return no(RefusalCode::Paused);
    }
    if floor.round.is_some() && !waits_for_the_absent(state, id, floor) {
        return no(RefusalCode::AlreadySo);
    }
    if let RoundOrder::Hand(named) = order {
        let once: BTreeSet<ParticipantId> = named.iter().copied().collect();
        if named.iter().any(|who| !seats.contains(who)) {
            return no(RefusalCode::UnknownParticipant);
        }
        if once.len() != named.len() {
            return no(RefusalCode::OutOfRange);
        }
    }
    if seats.is_empty() {
        no(RefusalCode::NobodyNext)
    } else {
        Ok(())
    }
}

/// Everybody here had their go, and only people whose line is down are still to come.
fn waits_for_the_absent(state: &State, id: CircleId, floor: &Floor) -> bool {
    let come = |round: &Round| round.line().into_iter().any(|who| state.is_here(who, id));
    floor.turn.is_none() && floor.round.as_ref().is_some_and(|round| !come(round))
}

/// Members of a circle in seat order, whether their line is up or not: someone away keeps the place.
fn as_seated(state: &State, circle: CircleId) -> Vec<ParticipantId> {
    let seated = state.roster.seated(circle).into_iter();
    seated
        .filter(|(_, p)| p.role == Role::Member && p.beside.is_none())
        .map(|(id, _)| id)
        .collect()
}

pub(crate) fn start(draft: &mut Draft<'_>, circle: CircleId, order: &RoundOrder) {
    let Some(place) = draft.state.circles.get(&circle) else {
        return;
    };
    let rules = place.floor.rules;
    if rules.mode != FloorMode::Round {
        let rules = FloorRules {
            mode: FloorMode::Round,
            ..rules
        };
        turns::set_floor(draft, circle, rules);
    }
    turns::make_way(draft, circle, EndReason::MovedOn);
    let mut people = as_seated(&draft.state, circle);
    match order {
        RoundOrder::Seats => {}
        RoundOrder::Drawn => draw_lots(&mut people, draft.draw),
        RoundOrder::Hand(named) => {
            let place = |who: &ParticipantId| named.iter().position(|other| other == who).unwrap_or(usize::MAX);
            people.sort_by_key(place); // stable: the unnamed stay as they sit
        }
    }
    draft.push(What::RoundStarted {
        circle,
        order: people,
        drawn: *order == RoundOrder::Drawn,
    });
    if rules.advance == Advance::Auto
        && let Some(next) = draft.state.next_up(circle)
    {
        turns::grant(draft, circle, next);
    }
}

/// Every order is as likely as any other (Fisher and Yates), from the one draw that the moment brings.
pub(crate) fn draw_lots(people: &mut [ParticipantId], mut draw: u64) {
    for last in (1..people.len()).rev() {
        // SplitMix64: spreads one number into as many as there are people.
        draw = draw.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = draw;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let among = u64::try_from(last).unwrap_or(u64::MAX) + 1;
        people.swap(last, usize::try_from(mixed % among).unwrap_or(last));
    }
}

/// A step or a mode that is a round shows its order at once; the first turn is the facilitator's to give.
pub(crate) fn start_if_due(draft: &mut Draft<'_>, circle: CircleId) {
    let due = |floor: &Floor| floor.rules.mode == FloorMode::Round && floor.round.is_none();
    if draft.state.circles.get(&circle).is_some_and(|c| due(&c.floor)) {
        let order = as_seated(&draft.state, circle);
        draft.push(What::RoundStarted {
            circle,
            order,
            drawn: false,
        });
    }
}

/// A member who comes while a round is under way joins at its end.
pub(crate) fn join(draft: &mut Draft<'_>, who: ParticipantId) {
    let Some((circle, place)) = draft.state.circle_of(who) else {
        return;
    };
    let outside = place.floor.round.as_ref().is_some_and(|round| !round.includes(who));
    let member = draft
        .state
        .roster
        .get(who)
        .is_some_and(|p| p.role == Role::Member && p.is_here() && p.beside.is_none());
    if outside && member {
        draft.push(What::RoundJoined {
            circle,
            participant: who,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128) -> ParticipantId {
        ParticipantId::from_bits(n)
    }

    #[test]
    fn who_asked_to_be_come_back_to_is_asked_after_everybody_else() {
        let [ana, ben, cleo] = [1, 2, 3].map(person);
        let mut round = Round::new(Timestamp(0), vec![ana, ben, cleo]);
        round.mark(ana, Went::Postponed);
        assert_eq!(round.next(|_| true), Some(ben));
        round.mark(ben, Went::Spoke);
        round.mark(cleo, Went::Passed);
        assert_eq!(round.next(|_| true), Some(ana));
    }

    #[test]
    fn lots_are_drawn_from_the_draw_alone_and_every_order_comes_up() {
        let mut seen = BTreeSet::new();
        for draw in 0..200 {
            let mut people = [1, 2, 3].map(person);
            draw_lots(&mut people, draw);
            let mut again = [1, 2, 3].map(person);
            draw_lots(&mut again, draw);
            assert_eq!(people, again);
            seen.insert(people);
        }
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn someone_away_is_passed_over_and_keeps_the_place() {
        let [ana, ben] = [1, 2].map(person);
        let mut round = Round::new(Timestamp(0), vec![ana, ben]);
        assert_eq!(round.next(|who| who != ana), Some(ben));
        round.mark(ben, Went::Spoke);
        assert_eq!(round.next(|who| who != ana), None);
        assert_eq!(round.next(|_| true), Some(ana));
    }
}
