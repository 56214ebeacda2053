//! At the beginning of a session each ticks what the group holds itself to, and in a circle somebody takes what is to be done today. One
//! after the other and only while somebody looks in, so that it can be seen.

use std::collections::BTreeSet;

use protocol::ParticipantId;
use protocol::pack::CircleRole;
use protocol::wire::{Action, RoomScene, Stand};

use super::{Deed, Play, SECOND};

/// Between one and the next.
const READS: (u64, u64) = (2 * SECOND, 6 * SECOND);

/// Who has ticked in which session. The room tells only how many.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    session: u16,
    by: BTreeSet<ParticipantId>,
}

impl Play {
    /// These have ticked already.
    pub(in crate::demo) fn have_agreed(&mut self, session: u16, by: Vec<ParticipantId>) {
        self.agreed = Agreed {
            session,
            by: by.into_iter().collect(),
        };
    }

    /// Done by ourselves, whatever the room said to it.
    pub(super) fn note_agreement(&mut self, deed: &Deed) {
        if let Deed::Act(who, Action::Agree) = deed {
            self.agreed.by.insert(*who);
        }
    }

    pub(super) fn agree_and_take_roles(&mut self, now: u64, scene: &RoomScene) {
        if self.agreed.session != scene.course.session {
            self.have_agreed(scene.course.session, Vec::new());
        }
        let ours = |deed: &Deed| matches!(deed, Deed::Act(_, Action::Agree | Action::TakeRole { .. }));
        let idle = !self.planned.iter().any(|planned| ours(&planned.deed));
        if scene.stand != Stand::Running || !self.is_watched(scene) || !idle {
            return;
        }
        if let Some((who, action)) = self.ticks(scene).or_else(|| self.takes_a_role(scene)) {
            let at = now + self.chance.between(READS.0, READS.1);
            self.plan(at, None, Deed::Act(who, action));
        }
    }

    fn ticks(&self, scene: &RoomScene) -> Option<(ParticipantId, Action)> {
        scene.agreements.as_ref()?;
        let here = [self.lead].into_iter().chain(self.present(scene));
        let mut late = here.filter(|who| !self.agreed.by.contains(who));
        late.next().map(|who| (who, Action::Agree))
    }

    /// Roles go round: by the session's number, and nobody has two. Whoever leads is the host.
    fn takes_a_role(&self, scene: &RoomScene) -> Option<(ParticipantId, Action)> {
        let (index, role) = scene
            .roles
            .iter()
            .enumerate()
            .find(|(_, one)| one.participant.is_none())?;
        let busy = |who: &ParticipantId| scene.roles.iter().any(|one| one.participant == Some(*who));
        let free: Vec<_> = self.present(scene).into_iter().filter(|who| !busy(who)).collect();
        let turn = usize::from(scene.course.session) + index;
        let who = match role.role {
            CircleRole::Host => self.lead,
            CircleRole::Guardian | CircleRole::Timekeeper => *free.get(turn.checked_rem(free.len())?)?,
        };
        Some((who, Action::TakeRole { role: role.role }))
    }
}
