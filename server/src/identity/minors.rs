//! Members who are not of age come in by two yeses: a guardian's, which somebody who leads records, and their own, which they are asked for
//! before the door. What either of them agreed to in words is not kept here: that is the consents' business.

use protocol::api::{Guardian, ProblemCode};
use protocol::{InviteId, ParticipantId, Role, RoomId};

use super::{Identity, No, fields};
use crate::store::directory::{Account, Place};

impl Identity {
    /// Mark a member as not of age, or take the mark back. Gives whose sockets there are to be closed: whoever is in comes again by the two
    /// yeses.
    pub(crate) async fn set_minor(
        &self,
        room: RoomId,
        invite: InviteId,
        minor: bool,
    ) -> Result<Option<ParticipantId>, No> {
        let who = self.member_of(room, invite).await?;
        if minor {
            self.store.mark_minor(room, who, self.now()).await?;
        } else {
            self.store.unmark_minor(room, who).await?;
        }
        Ok(minor.then_some(who))
    }

    /// A guardian agreed.
    pub(crate) async fn record_guardian(
        &self,
        room: RoomId,
        invite: InviteId,
        form: &Guardian,
        by: &Account,
    ) -> Result<(), No> {
        let who = self.member_of(room, invite).await?;
        let guardian = fields::name(&form.guardian)?;
        Ok(self
            .store
            .record_guardian(room, who, &guardian, by.account, self.now())
            .await?)
    }

    /// Whether somebody may come to the door: of a minor, both have said yes.
    pub(crate) async fn has_both_yeses(&self, place: &Place) -> Result<(), No> {
        match self.store.minor(place.room, place.participant).await? {
            Some(minor) if minor.consent.is_none() => Err(ProblemCode::ConsentMissing.into()),
            Some(minor) if minor.assented_at.is_none() => Err(ProblemCode::AssentMissing.into()),
            _ => Ok(()),
        }
    }

    async fn member_of(&self, room: RoomId, invite: InviteId) -> Result<ParticipantId, No> {
        let found = self.store.invite(invite).await?;
        let found = found.filter(|found| found.room == room && found.role == Role::Member);
        Ok(found.ok_or(No::from(ProblemCode::NotFound))?.participant)
    }
}
