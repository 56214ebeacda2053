//! Personal links: how somebody without an account comes to a seat.
//!
//! A link's secret rides in the fragment of its address, which browsers never send; the page exchanges it by a form. A
//! member's or observer's link works until it is revoked, on each of their devices; a facilitator's works once.

use protocol::api::{self, DeviceKind, Join, NewInvite, ProblemCode};
use protocol::{InviteId, ParticipantId, Private, Role, RoomId};

use super::sign_in::Started;
use super::{Caller, Identity, No, Who, fields, millis, secret};
use crate::config::NetworkKey;
use crate::store::directory::{self, Exchange, ExchangeError, LoginId, Place};
use crate::{limits, looks};

/// A seat that was just taken, and the cookie where the browser had none.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) place: Place,
    pub(crate) started: Option<Started>,
}

impl Identity {
    /// Make a link. Gives it with its secret, which is known to nobody after this.
    pub(crate) async fn invite(&self, room: RoomId, form: &NewInvite) -> Result<(api::Invite, Private<String>), No> {
        let name = fields::name(&form.name)?;
        let links = self.store.invites(room).await?;
        if links.len() >= limits::MAX_INVITES_PER_GROUP {
            return Err(ProblemCode::Full.into());
        }
        // Whose link was taken back is gone, and may come again by another one.
        let guests = links.into_iter().filter(|link| link.revoked_at.is_none());
        let leaders = self.store.staff(room).await?.into_iter().map(|one| one.name);
        if looks::is_taken(&name, guests.filter_map(|link| link.name).chain(leaders)) {
            return Err(ProblemCode::NameTaken.into());
        }
        let (text, secret_hash) = secret::draw();
        let new = directory::NewInvite {
            invite: InviteId::from_bits(secret::random_bits()),
            room,
            participant: ParticipantId::from_bits(secret::random_bits()),
            name: name.clone(),
            role: form.role,
            secret_hash,
            single_use: form.role == Role::Facilitator,
            at: self.now(),
        };
        let shown = api::Invite {
            invite: new.invite,
            participant: new.participant,
            name,
            role: new.role,
            created_at: new.at,
            revoked: false,
            devices: 0,
        };
        self.store.create_invite(new).await?;
        Ok((shown, text))
    }

    /// Exchange a link's secret for a seat of this browser.
    pub(crate) async fn join(
        &self,
        form: &Join,
        caller: Option<&Caller>,
        network: NetworkKey,
        device: DeviceKind,
    ) -> Result<Joined, No> {
        let at = self.now();
        let present = match caller.map(|caller| (&caller.who, caller.login)) {
            // A facilitator who tries a member's link in their own browser would use it up, or sit in their own circle twice.
            Some((Who::Facilitator(_), _)) => {
                return Err(No::because(
                    ProblemCode::NotPermitted,
                    "You are signed in as a facilitator here. Open this link in another browser or a private window.",
                ));
            }
            Some((Who::Guest, login)) => Some(login),
            None => None,
        };
        if let Some(login) = present
            && self.store.places(login, at).await?.len() >= limits::MAX_SEATS_PER_LOGIN
        {
            return Err(ProblemCode::Full.into());
        }
        self.wrong_links.take(network, at).map_err(|wait| No::wait(wait.0))?;
        let secret_hash = secret::read(form.secret.expose()).ok_or(No::from(ProblemCode::LinkInvalid))?;
        let (text, hash) = secret::draw();
        let exchange = Exchange {
            secret_hash,
            login: present.unwrap_or(LoginId(hash)),
            at,
            expires_at: at.plus_millis(millis(limits::GUEST_DEVICE)),
            device,
        };
        let place = self.store.exchange(exchange).await.map_err(|fault| match fault {
            ExchangeError::Invalid => ProblemCode::LinkInvalid.into(),
            ExchangeError::Fault(fault) => No::from(fault),
        })?;
        self.wrong_links.give_back(network);
        let started = present.is_none().then(|| Started {
            secret: text,
            max_age_seconds: limits::GUEST_DEVICE.as_secs(),
            ended: Vec::new(),
        });
        Ok(Joined { place, started })
    }

    /// Revoke a link of this room: its seats are gone when this returns. Gives whose sockets there are to be closed.
    pub(crate) async fn revoke(&self, room: RoomId, invite: InviteId) -> Result<ParticipantId, No> {
        let found = self.store.invite(invite).await?.filter(|found| found.room == room);
        let found = found.ok_or(No::from(ProblemCode::NotFound))?;
        let lost = self.store.revoke_invite(invite, self.now()).await?;
        lost.iter().for_each(|login| self.activity.forget(*login));
        Ok(found.participant)
    }
}
