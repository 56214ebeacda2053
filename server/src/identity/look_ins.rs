//! Breaking the glass: somebody outside a room's care team asks to read it for an hour, says why, and a second person of the same practice
//! confirms. The team reads who, why, and until when; the record stays.

use protocol::api::{self, LookInState, NewLookIn, ProblemCode};
use protocol::{LookInId, ParticipantId, Private, RoomId};

use super::{Identity, No, fields, millis, secret};
use crate::limits;
use crate::store::directory::{self, Account, LookIn, LookInError};

impl Identity {
    /// Ask. It waits for a second person.
    pub(crate) async fn ask_to_look_in(&self, by: &Account, form: &NewLookIn) -> Result<LookInId, No> {
        let reason = fields::reason(&form.reason)?;
        let at = self.now();
        let own = self.store.look_ins_of(by.account, limits::MAX_LOOK_INS_SHOWN).await?;
        let waiting = own
            .iter()
            .filter(|one| matches!(self.state_of(one), LookInState::Asked { .. }));
        if waiting.count() >= limits::MAX_LOOK_INS_WAITING {
            return Err(ProblemCode::Full.into());
        }
        let look_in = LookInId::from_bits(secret::random_bits());
        self.store
            .ask_to_look_in(directory::NewLookIn {
                look_in,
                practice: by.practice,
                room: form.room,
                by: by.account,
                participant: ParticipantId::from_bits(secret::random_bits()),
                reason,
                at,
                waits_until: at.plus_millis(millis(limits::LOOK_IN_WAITS)),
            })
            .await?;
        tracing::info!("somebody asked to look in");
        Ok(look_in)
    }

    /// The second person says yes: from now on it is open, for [`limits::LOOK_IN`].
    pub(crate) async fn confirm_look_in(&self, by: &Account, look_in: LookInId) -> Result<(), No> {
        let at = self.now();
        let until = at.plus_millis(millis(limits::LOOK_IN));
        let confirmed = self.store.confirm_look_in(look_in, by.account, at, until).await;
        confirmed.map_err(|why| match why {
            LookInError::NotWaiting => ProblemCode::NotFound.into(),
            LookInError::Fault(fault) => No::from(fault),
        })?;
        tracing::warn!("a second person confirmed a look-in");
        Ok(())
    }

    /// End it. Gives whose sockets there are to be closed.
    pub(crate) async fn end_look_in(&self, look_in: LookInId) -> Result<(RoomId, ParticipantId), No> {
        let found = self.store.look_in(look_in).await?;
        let found = found.ok_or(No::from(ProblemCode::NotFound))?;
        self.store.end_look_in(look_in, self.now()).await?;
        Ok((found.room, found.participant))
    }

    /// The record as it is shown.
    pub(crate) fn shown_look_in(&self, one: LookIn) -> api::LookIn {
        api::LookIn {
            state: self.state_of(&one),
            look_in: one.look_in,
            room: one.room,
            name: one.name,
            reason: Some(one.reason),
            asked_at: one.asked_at,
        }
    }

    fn state_of(&self, one: &LookIn) -> LookInState {
        let now = self.now();
        match &one.confirmed {
            Some(confirmed) => LookInState::Confirmed {
                by: Private(confirmed.name.expose().clone()),
                at: confirmed.at,
                until: confirmed.until,
                over: confirmed.until <= now,
            },
            None if one.taken_back_at.is_some() || one.waits_until <= now => LookInState::Lapsed {},
            None => LookInState::Asked {
                waits_until: one.waits_until,
            },
        }
    }
}
