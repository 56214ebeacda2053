//! What people do in a session that lies behind: they tick what they agreed, take what is to be done, and speak in the way the step says.

use protocol::ParticipantId;
use protocol::pack::{CircleRole, FloorMode};
use protocol::wire::{Action, RequestKind, RoomScene};

use super::{MINUTE, Walk};
use crate::demo::line::Undone;

/// More turns than any step here has: a round of everybody, some of them twice.
const MOST_TURNS: usize = 40;
/// Turns of a step in which two speak by turns, and people who have the stick in one: enough for everybody's time not to be nought.
const IN_A_PAIR: usize = 4;
const WITH_THE_STICK: usize = 4;

impl Walk<'_> {
    /// Everybody ticks the agreements and the host's and one more role are taken; all but the last person and role where people are to see
    /// how it is done. Gives who ticked.
    pub(super) async fn agree(&mut self, session: u16, all: bool) -> Result<Vec<ParticipantId>, Undone> {
        let scene = self.now().await?;
        let here: Vec<_> = self.here().collect();
        let mut agreed = Vec::new();
        if scene.agreements.is_some() {
            let late = usize::from(!all);
            agreed.push(self.company.lead());
            agreed.extend(here.iter().take(here.len().saturating_sub(late)));
            for &who in &agreed {
                self.does(who, Action::Agree).await?;
            }
        }
        let free = scene.roles.iter().map(|role| role.role).enumerate();
        for (index, role) in free.take(if all { usize::MAX } else { 2 }) {
            let turn = (usize::from(session) + index) % here.len().max(1);
            let Some(who) = here.get(turn) else { break };
            let who = if role == CircleRole::Host {
                self.company.lead()
            } else {
                *who
            };
            self.does(who, Action::TakeRole { role }).await?;
        }
        Ok(agreed)
    }

    /// The turns of a step; gives the time they took.
    pub(super) async fn step(&mut self, scene: &RoomScene) -> Result<u64, Undone> {
        match scene.floor.mode {
            FloorMode::Round => self.a_round().await,
            FloorMode::Pair => self.two_by_turns().await,
            FloorMode::Stick => self.the_stick().await,
            FloorMode::Queue | FloorMode::Fishbowl => self.some_ask().await,
            FloorMode::Open | FloorMode::Chair => self.some_are_called().await,
            FloorMode::Silence => Ok(0), // nobody speaks
        }
    }

    fn speaks(&mut self, least: u64, most: u64) -> u64 {
        let spoken = self.chance.between(least, most);
        self.calendar.pass(spoken);
        spoken
    }

    async fn a_round(&mut self) -> Result<u64, Undone> {
        let mut used = 0;
        self.lead(Action::GoOn).await?;
        for _ in 0..MOST_TURNS {
            let Some(holder) = self.holder().await? else { break };
            used += self.speaks(25_000, 80_000);
            let passes = self.chance.happens(0.1);
            let action = if passes { Action::Pass } else { Action::Release };
            self.does(holder, action).await?;
        }
        Ok(used)
    }

    async fn two_by_turns(&mut self) -> Result<u64, Undone> {
        let mut used = 0;
        self.lead(Action::GoOn).await?;
        for _ in 0..IN_A_PAIR {
            let Some(speaker) = self.holder().await? else { break };
            used += self.speaks(60_000, 150_000);
            self.does(speaker, Action::Release).await?;
            used += self.speaks(10_000, 40_000); // the other says back
            self.does(speaker, Action::Confirm).await?;
        }
        Ok(used)
    }

    async fn the_stick(&mut self) -> Result<u64, Undone> {
        let mut used = 0;
        let people = self.some(WITH_THE_STICK);
        for (at, &who) in people.iter().enumerate() {
            if at == 0 {
                self.does(who, ask()).await?;
            }
            used += self.speaks(60_000, 200_000);
            match people.get(at + 1) {
                Some(&next) => self.hands_on(who, next).await?,
                None => self.does(who, Action::Release).await?,
            }
        }
        Ok(used)
    }

    async fn hands_on(&self, from: ParticipantId, to: ParticipantId) -> Result<(), Undone> {
        self.does(from, Action::Offer { participant: to }).await?;
        self.does(to, Action::Accept).await
    }

    async fn some_ask(&mut self) -> Result<u64, Undone> {
        let mut used = 0;
        for who in self.some(2) {
            self.does(who, ask()).await?;
            while let Some(holder) = self.holder().await? {
                used += self.speaks(20_000, 60_000);
                self.does(holder, Action::Release).await?;
            }
        }
        Ok(used)
    }

    async fn some_are_called(&mut self) -> Result<u64, Undone> {
        let mut used = 0;
        for who in self.some(2) {
            self.lead(Action::Call { participant: who }).await?;
            used += self.speaks(30_000, 120_000);
            self.does(who, Action::Release).await?;
        }
        Ok(used)
    }

    /// One turn of the current step, and the beginning of the next at the moment in which people look in. Gives whose turn it was.
    pub(super) async fn one_turn_and_the_next(&mut self, mode: FloorMode) -> Result<ParticipantId, Undone> {
        match mode {
            FloorMode::Stick => {
                let &[first, second] = &self.some(2)[..] else {
                    return Err(Undone::Down);
                };
                self.does(first, ask()).await?;
                self.calendar.pass(MINUTE);
                self.calendar.come_to(0);
                self.hands_on(first, second).await?;
                Ok(first)
            }
            FloorMode::Pair => {
                self.lead(Action::GoOn).await?;
                let first = self.holder().await?.ok_or(Undone::Down)?;
                self.calendar.pass(MINUTE);
                self.does(first, Action::Release).await?;
                self.calendar.come_to(0);
                self.does(first, Action::Confirm).await?;
                Ok(first)
            }
            _ => {
                // One spoke, one passed; the third begins.
                self.lead(Action::GoOn).await?;
                let first = self.holder().await?.ok_or(Undone::Down)?;
                self.calendar.pass(MINUTE);
                self.does(first, Action::Release).await?;
                let second = self.holder().await?.ok_or(Undone::Down)?;
                self.calendar.come_to(0);
                self.does(second, Action::Pass).await?;
                Ok(first)
            }
        }
    }

    fn here(&self) -> impl Iterator<Item = ParticipantId> {
        let members = self.founded.members.iter().map(|seat| seat.participant);
        members.filter(|who| self.company.has(*who))
    }

    /// Some of those who are there.
    fn some(&mut self, count: usize) -> Vec<ParticipantId> {
        let mut here: Vec<_> = self.here().collect();
        let mut some = Vec::new();
        while some.len() < count
            && let Some(who) = self.chance.pick(&here)
        {
            here.retain(|other| *other != who);
            some.push(who);
        }
        some
    }
}

fn ask() -> Action {
    Action::Ask {
        kind: RequestKind::Share,
        note: None,
    }
}
