//! The devices that a member's link signed in: listed for those who lead and for the member, ended one by one. A device is told by its kind and
//! by when it came, and by nothing that says where it is.

use protocol::api::{MemberDevice, MemberDevices, ProblemCode};
use protocol::{InviteId, ParticipantId, Private, RoomId};

use super::logins::name_of;
use super::{Identity, No, activity, secret};
use crate::store::directory::{Device, Invite, LoginId};

impl Identity {
    /// A link of this room, wherever it comes from; another room's is not there.
    pub(super) async fn link_of(&self, room: RoomId, invite: InviteId) -> Result<Invite, No> {
        let found = self.store.invite(invite).await?.filter(|found| found.room == room);
        found.ok_or(ProblemCode::NotFound.into())
    }

    /// The devices of one link, as seen from `current`.
    pub(crate) async fn devices(
        &self,
        room: RoomId,
        invite: InviteId,
        current: Option<LoginId>,
    ) -> Result<MemberDevices, No> {
        let link = self.link_of(room, invite).await?;
        let devices = self.store.devices(link.invite).await?;
        Ok(MemberDevices {
            devices: devices.iter().map(|device| self.device(device, current)).collect(),
        })
    }

    fn device(&self, device: &Device, current: Option<LoginId>) -> MemberDevice {
        let (live, last_seen) = match self.activity.last(device.login) {
            activity::Last::LiveNow => (true, self.now()),
            activity::Last::At(at) => (false, at.max(device.last_seen)),
            activity::Last::Unknown => (false, device.last_seen),
        };
        MemberDevice {
            device: name_of(device.login),
            current: current == Some(device.login),
            live,
            kind: device.kind,
            since: device.since,
            last_seen,
        }
    }

    /// Ends one device of a link, by the name it has in the list. Gives whose it was and the login whose sockets in this room are to close.
    pub(crate) async fn end_device(
        &self,
        room: RoomId,
        invite: InviteId,
        name: &str,
    ) -> Result<(ParticipantId, LoginId), No> {
        let link = self.link_of(room, invite).await?;
        let devices = self.store.devices(link.invite).await?;
        let found = devices.iter().find(|device| name_of(device.login) == name);
        let login = found.ok_or(No::from(ProblemCode::NotFound))?.login;
        self.store.end_seat(login, room).await?;
        Ok((link.participant, login))
    }

    /// A new link for the same person: the old one opens nothing any more, its devices are signed out, and no PIN is asked.
    pub(crate) async fn renew(&self, room: RoomId, invite: InviteId) -> Result<(Invite, Private<String>), No> {
        let link = self.link_of(room, invite).await?;
        let (text, secret_hash) = secret::draw();
        let ended = self.store.renew_invite(link.invite, secret_hash).await?;
        let ended = ended.ok_or(No::from(ProblemCode::NotFound))?;
        ended.iter().for_each(|login| self.activity.forget(*login));
        Ok((Invite { devices: 0, ..link }, text))
    }
}
