//! Breakouts and dyads: everybody in small circles of the same room for a while, assigned by hand, by lot, or as pairs who have not met.
//! When the time is up a notice says so; nobody is fetched in the middle of a turn.

use std::collections::BTreeSet;

use protocol::pack::FloorMode;
use protocol::wire::{Action, Admission, Assign, Refusal, RefusalCode};
use protocol::{CircleId, ParticipantId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::aside::{self, CircleKind};
use crate::draft::Draft;
use crate::event::{FloorRules, MoveReason, What};
use crate::limits::{COME_BACK_SECONDS, MAX_BREAKOUT_MINUTES, MAX_CIRCLES, MAX_TURN_SECONDS};
use crate::round::draw_lots;
use crate::state::{LOBBY_RULES, State};
use crate::turns;

/// The small circles of just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breakouts {
    pub opened_at: Timestamp,
    /// When everybody is called back; absent when a facilitator will.
    pub ends_at: Option<Timestamp>,
    /// Since when everybody is called back.
    pub called_back: Option<Timestamp>,
}

/// Who has been in one small circle with whom in this course, the smaller id first.
pub(crate) type Met = BTreeSet<(ParticipantId, ParticipantId)>;

pub(crate) fn pair_of(a: ParticipantId, b: ParticipantId) -> (ParticipantId, ParticipantId) {
    (a.min(b), a.max(b))
}

/// When people who were called back are fetched.
pub(crate) fn fetched_at(called_back: Timestamp) -> Timestamp {
    called_back.plus_seconds(COME_BACK_SECONDS)
}

impl State {
    fn breakout_circles(&self) -> Vec<CircleId> {
        let small = self.circles.iter().filter(|(_, c)| c.kind == CircleKind::Breakout);
        small.map(|(&id, _)| id).collect()
    }
    /// Small circles in which nobody has a turn just now.
    pub(crate) fn quiet_breakouts(&self) -> Vec<CircleId> {
        let mut circles = self.breakout_circles();
        circles.retain(|id| self.circles.get(id).is_some_and(|c| c.floor.turn.is_none()));
        circles
    }
}

pub(crate) fn judge(state: &State, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let no = |code: RefusalCode| Err(Refusal::new(code));
    if state.session.is_none() {
        return no(RefusalCode::NoSession);
    }
    match (action, &state.breakouts) {
        (Action::OpenRooms { .. }, Some(_)) => no(RefusalCode::AlreadySo),
        (
            Action::OpenRooms {
                assign,
                minutes,
                turn_seconds,
                ..
            },
            None,
        ) => {
            turns::unfrozen(state)?;
            let too_long = minutes.is_some_and(|m| !(1..=MAX_BREAKOUT_MINUTES).contains(&m))
                || turn_seconds.is_some_and(|s| !(1..=MAX_TURN_SECONDS).contains(&s));
            if too_long {
                return no(RefusalCode::OutOfRange);
            }
            judge_assign(state, assign)
        }
        (Action::CallHelp | Action::AnswerHelp { .. }, _) => {
            let circle = match action {
                Action::AnswerHelp { circle } => Some(*circle),
                _ => state.roster.get(by).map(|p| p.circle),
            };
            let help = circle
                .and_then(|id| state.circles.get(&id))
                .filter(|c| c.kind != CircleKind::Main);
            match (action, help.map(|c| c.help)) {
                (_, None) => no(RefusalCode::UnknownCircle),
                (Action::CallHelp, Some(Some(_))) | (Action::AnswerHelp { .. }, Some(None)) => {
                    no(RefusalCode::AlreadySo)
                }
                _ => Ok(()),
            }
        }
        (_, None) => no(RefusalCode::NoRooms),
        (Action::ExtendRooms { seconds }, Some(_)) if !(1..=MAX_TURN_SECONDS).contains(seconds) => {
            no(RefusalCode::OutOfRange)
        }
        (Action::ExtendRooms { .. }, Some(rooms)) if rooms.ends_at.is_none() && rooms.called_back.is_none() => {
            no(RefusalCode::WrongMode)
        }
        (Action::CallBack, Some(rooms)) if rooms.called_back.is_some() => no(RefusalCode::AlreadySo),
        _ => Ok(()),
    }
}

fn judge_assign(state: &State, assign: &Assign) -> Result<(), Refusal> {
    let here = members_here(state);
    let groups = match assign {
        Assign::Hand(groups) => {
            let named: Vec<ParticipantId> = groups.iter().flatten().copied().collect();
            let once: BTreeSet<_> = named.iter().copied().collect();
            if once.len() != named.len() || groups.iter().any(Vec::is_empty) || groups.is_empty() {
                return Err(RefusalCode::OutOfRange.into());
            }
            for &who in &named {
                let person = state.roster.get(who).ok_or(RefusalCode::UnknownParticipant)?;
                if person.admission != Admission::Admitted || person.circle != CircleId::MAIN {
                    return Err(RefusalCode::UnknownParticipant.into());
                }
            }
            groups.len()
        }
        Assign::Drawn { size } if !(2..=here.len()).contains(&usize::from(*size)) => {
            return Err(RefusalCode::OutOfRange.into());
        }
        Assign::Drawn { size } => here.len() / usize::from(*size),
        Assign::Unmet if here.len() < 2 => return Err(RefusalCode::NobodyNext.into()),
        Assign::Unmet => here.len() / 2,
    };
    if state.circles.len() + groups > MAX_CIRCLES {
        return Err(RefusalCode::Full.into());
    }
    Ok(())
}

fn members_here(state: &State) -> Vec<ParticipantId> {
    let seated = state.roster.seated(CircleId::MAIN).into_iter();
    let members = seated.filter(|(_, p)| p.role == Role::Member && p.present && p.circle == CircleId::MAIN);
    members.map(|(id, _)| id).collect()
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    match action {
        Action::OpenRooms {
            assign,
            mode,
            minutes,
            turn_seconds,
        } => {
            let groups = groups(&draft.state, assign, draft.draw);
            let mode = mode.unwrap_or(FloorMode::Open);
            let rules = FloorRules {
                mode,
                advance: protocol::pack::Advance::Auto,
                turn_seconds: turn_seconds.filter(|_| mode.has_turns()),
                ..LOBBY_RULES
            };
            let ends_at = minutes.map(|minutes| draft.at.plus_seconds(u64::from(minutes) * 60));
            draft.push(What::RoomsOpened {
                ends_at,
                groups: groups.clone(),
            });
            for people in groups {
                let circle = aside::open(draft, CircleKind::Breakout);
                draft.push(What::FloorSet { circle, rules });
                for who in people {
                    aside::move_to(draft, who, circle, MoveReason::Assigned);
                }
                crate::round::start_if_due(draft, circle);
            }
        }
        Action::ExtendRooms { seconds } => draft.push(What::RoomsExtended { seconds: *seconds }),
        Action::CallBack => draft.push(What::CalledBack {}),
        Action::CallHelp => {
            if let Some(circle) = draft.state.roster.get(by).map(|p| p.circle) {
                draft.push(What::HelpCalled { circle });
            }
        }
        Action::AnswerHelp { circle } => draft.push(What::HelpAnswered { circle: *circle }),
        _ => {}
    }
}

/// Everybody is back in the room's own circle: a step or a session begins or ends.
pub(crate) fn close_all(draft: &mut Draft<'_>, why: MoveReason) {
    for circle in draft.state.breakout_circles() {
        fetch(draft, circle, why);
    }
    aside::settle(draft);
    settle(draft);
}

/// The small circles whose time is long up come back one by one, each when nobody has a turn in it.
pub(crate) fn settle(draft: &mut Draft<'_>) {
    let Some(rooms) = &draft.state.breakouts else { return };
    if rooms.called_back.is_some_and(|since| fetched_at(since) <= draft.at) {
        for circle in draft.state.quiet_breakouts() {
            fetch(draft, circle, MoveReason::CalledBack);
        }
        aside::settle(draft);
    }
    if draft.state.breakout_circles().is_empty() {
        draft.push(What::RoomsClosed {});
    }
}

fn fetch(draft: &mut Draft<'_>, circle: CircleId, why: MoveReason) {
    let there: Vec<ParticipantId> = draft
        .state
        .roster
        .iter()
        .filter(|(_, p)| p.circle == circle)
        .map(|(id, _)| id)
        .collect();
    for who in there {
        aside::move_to(draft, who, CircleId::MAIN, why);
    }
}

fn groups(state: &State, assign: &Assign, draw: u64) -> Vec<Vec<ParticipantId>> {
    let mut people = members_here(state);
    match assign {
        Assign::Hand(groups) => groups.clone(),
        Assign::Drawn { size } => {
            draw_lots(&mut people, draw);
            spread(people, usize::from(*size))
        }
        Assign::Unmet => pairs_who_have_not_met(people, &state.met),
    }
}

/// Groups of about this size, nobody alone: who is left over joins the first groups.
fn spread(people: Vec<ParticipantId>, size: usize) -> Vec<Vec<ParticipantId>> {
    let count = (people.len() / size.max(1)).max(1);
    let mut groups = vec![Vec::new(); count];
    for (n, who) in people.into_iter().enumerate() {
        groups[n % count].push(who);
    }
    groups
}

/// Pairs in seat order, each with the first who is new to them; then partners are exchanged while that makes more pairs new. An odd
/// one joins the last pair.
fn pairs_who_have_not_met(people: Vec<ParticipantId>, met: &Met) -> Vec<Vec<ParticipantId>> {
    let mut left = people;
    let mut pairs: Vec<Vec<ParticipantId>> = Vec::new();
    while left.len() >= 2 {
        let first = left.remove(0);
        let new = left.iter().position(|&other| !met.contains(&pair_of(first, other)));
        let second = left.remove(new.unwrap_or(0));
        pairs.push(vec![first, second]);
    }
    let known = |a: ParticipantId, b: ParticipantId| usize::from(met.contains(&pair_of(a, b)));
    for i in 0..pairs.len() {
        for j in i + 1..pairs.len() {
            let (a, b, c, d) = (pairs[i][0], pairs[i][1], pairs[j][0], pairs[j][1]);
            let as_is = known(a, b) + known(c, d);
            if known(a, c) + known(b, d) < as_is {
                (pairs[i], pairs[j]) = (vec![a, c], vec![b, d]);
            } else if known(a, d) + known(b, c) < as_is {
                (pairs[i], pairs[j]) = (vec![a, d], vec![b, c]);
            }
        }
    }
    match (left.pop(), pairs.last_mut()) {
        (Some(odd), Some(last)) => last.push(odd),
        (Some(odd), None) => pairs.push(vec![odd]),
        (None, _) => {}
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(n: u128) -> Vec<ParticipantId> {
        (1..=n).map(ParticipantId::from_bits).collect()
    }

    #[test]
    fn nobody_is_left_alone_whatever_the_size() {
        for n in 2..14 {
            for size in 2..=usize::try_from(n).unwrap() {
                let groups = spread(people(n), size);
                assert_eq!(groups.iter().map(Vec::len).sum::<usize>() as u128, n);
                assert!(groups.iter().all(|group| group.len() >= 2), "{n} in {size}: {groups:?}");
            }
        }
    }

    #[test]
    fn in_as_many_meetings_as_possible_everybody_is_new_to_their_partner() {
        let mut met = Met::new();
        let mut new = 0;
        for _ in 0..5 {
            for pair in pairs_who_have_not_met(people(6), &met) {
                new += usize::from(met.insert(pair_of(pair[0], pair[1])));
            }
        }
        assert!(new >= 12, "{new} of 15 possible pairs met in five meetings");
        let trio = pairs_who_have_not_met(people(5), &met);
        assert_eq!(trio.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3]);
    }
}
