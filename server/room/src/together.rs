//! Two people at one device: a couple on one seat. They come and go with the one line they have, hold the floor together, and have one go
//! in a round. As soon as the second comes with a device of their own, they sit apart.

use protocol::pack::Pack;
use protocol::wire::{Action, Admission, Refusal, RefusalCode};
use protocol::{ParticipantId, Role, Timestamp};

use crate::draft::Draft;
use crate::event::What;
use crate::roster::Roster;
use crate::state::State;
use crate::{lock, round};

impl Roster {
    /// Who sits at this person's device, or at whose device this person sits.
    pub fn together_with(&self, who: ParticipantId) -> Option<ParticipantId> {
        let person = self.get(who)?;
        let guest = || self.iter().find(|(_, p)| p.beside == Some(who)).map(|(id, _)| id);
        person.beside.or_else(guest)
    }
    /// Whose seat it is: one's own, or that of whom one sits beside.
    pub fn seat_of(&self, who: ParticipantId) -> ParticipantId {
        self.get(who).and_then(|p| p.beside).unwrap_or(who)
    }
    fn guest_of(&self, host: ParticipantId) -> Option<ParticipantId> {
        self.iter().find(|(_, p)| p.beside == Some(host)).map(|(id, _)| id)
    }

    pub(crate) fn sat_together(&mut self, at: Timestamp, who: ParticipantId, host: ParticipantId) {
        self.admitted(at, who);
        if let Some(person) = self.get_mut(who) {
            person.beside = Some(host);
        }
        self.guests_follow(at, host);
    }
    pub(crate) fn sat_apart(&mut self, who: ParticipantId) {
        if let Some(person) = self.get_mut(who)
            && person.beside.take().is_some()
        {
            person.present = false;
        }
    }
    /// Whoever sits beside somebody is where they are, and there when they are.
    pub(crate) fn guests_follow(&mut self, at: Timestamp, host: ParticipantId) {
        let Some(host_now) = self.get(host).cloned() else {
            return;
        };
        let Some(guest) = self.guest_of(host) else { return };
        if host_now.admission == Admission::Admitted {
            self.admitted(at, guest);
        }
        if let Some(guest) = self.get_mut(guest) {
            (guest.circle, guest.place) = (host_now.circle, host_now.place);
            (guest.present, guest.admission) = (host_now.present, host_now.admission);
        }
    }
}

pub(crate) fn judge(state: &State, pack: &Pack, action: &Action) -> Result<(), Refusal> {
    let known = |who: ParticipantId| {
        let member = state.roster.get(who).filter(|p| p.role == Role::Member);
        member.ok_or(Refusal::new(RefusalCode::UnknownParticipant))
    };
    match *action {
        Action::SitTogether { participant, with } => {
            let (guest, host) = (known(participant)?, known(with)?);
            let taken = state.roster.together_with(participant).is_some() || state.roster.together_with(with).is_some();
            if participant == with || taken {
                Err(RefusalCode::AlreadySo.into())
            } else if guest.present {
                Err(RefusalCode::HasOwnLine.into())
            } else if !host.is_here() {
                Err(RefusalCode::Away.into())
            } else if matches!(guest.admission, Admission::Removed | Admission::TurnedAway) {
                Err(RefusalCode::UnknownParticipant.into())
            } else if guest.admission == Admission::Waiting {
                lock::lets_in(state, pack, participant) // a seat at somebody else's device is a way in, too
            } else {
                Ok(())
            }
        }
        Action::SitApart { participant } if known(participant)?.beside.is_none() => Err(RefusalCode::AlreadySo.into()),
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, action: &Action) {
    match *action {
        Action::SitTogether { participant, with } => {
            crate::turns::end_turn_of(draft, participant, crate::event::EndReason::LeftRoom);
            draft.push(What::SatTogether { participant, with });
        }
        Action::SitApart { participant } => apart(draft, participant),
        _ => {}
    }
}

/// Each has a seat of their own again. A turn that the two held is the other's from here on.
pub(crate) fn apart(draft: &mut Draft<'_>, participant: ParticipantId) {
    if draft.state.roster.get(participant).is_some_and(|p| p.beside.is_some()) {
        draft.push(What::SatApart { participant });
        round::join(draft, participant);
    }
}
