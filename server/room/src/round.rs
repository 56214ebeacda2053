//! A round: everyone once, in circle order, or a pass. "Come back to me" counts as the first go and comes again at the end.
//! Someone away keeps the place; a latecomer joins at the end.

use std::collections::BTreeMap;

use protocol::{ParticipantId, Timestamp};
use serde::{Deserialize, Serialize};

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
    fn someone_away_is_passed_over_and_keeps_the_place() {
        let [ana, ben] = [1, 2].map(person);
        let mut round = Round::new(Timestamp(0), vec![ana, ben]);
        assert_eq!(round.next(|who| who != ana), Some(ben));
        round.mark(ben, Went::Spoke);
        assert_eq!(round.next(|who| who != ana), None);
        assert_eq!(round.next(|_| true), Some(ana));
    }
}
