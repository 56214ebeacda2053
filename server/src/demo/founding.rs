//! Everything that happens once, before anybody meets: the facilitator's account, the group, a personal link for each. Done by the same
//! doors as a first run, a new group and an exchanged link.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use protocol::api::{self, DeviceKind, FirstRun, Join, NewInvite};
use protocol::pack::Pack;
use protocol::{ParticipantId, Private, Role, RoomId};

use super::DemoFault;
use super::sample::Sample;
use crate::config::NetworkKey;
use crate::hub::Seat;
use crate::identity::{Identity, No, draw_secret, random_bits};
use crate::store::directory::{NewRoom, PinnedPack};

/// Signs of the recovery key's last group, which the operator types to show that it was looked at.
const LAST_GROUP: usize = 4;

/// A group whose people have their seats.
#[derive(Debug)]
pub(super) struct Founded {
    pub(super) lead: Seat,
    pub(super) members: Vec<Seat>,
    /// Secrets of the links that nobody has followed yet.
    pub(super) co_facilitator: Private<String>,
    pub(super) guest: Private<String>,
    /// To sign in with on the start page.
    pub(super) passphrase: Private<String>,
}

pub(super) async fn found(
    identity: &Identity,
    bootstrap: Private<String>,
    sample: &Sample,
    pack: &Arc<Pack>,
    starts_on: String,
) -> Result<Founded, DemoFault> {
    let here = NetworkKey::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let (passphrase, _) = draw_secret();
    let form = FirstRun {
        bootstrap,
        name: sample.owner.as_str().into(),
        email: sample.email.as_str().into(),
        passphrase: passphrase.clone(),
    };
    let (_, recovery_key) = identity.set_up(&form, DeviceKind::of_words(""), here).await?;
    let store = identity.store();
    let owner = store.account_by_email(&form.email).await.map_err(No::from)?;
    let owner = owner.ok_or(DemoFault::Unexpected("the account that was just made is not there"))?;
    let shown = recovery_key.expose();
    let last = shown.len().saturating_sub(LAST_GROUP);
    let last = Private(shown.get(last..).unwrap_or_default().to_owned());
    identity.confirm_recovery(owner.account, &last).await?;

    let room = RoomId::from_bits(random_bits());
    let pack_bytes = serde_json::to_vec(&**pack).map_err(|_| DemoFault::Unexpected("a pack cannot be written"))?;
    let new = NewRoom {
        room,
        practice: owner.practice,
        title: sample.title.as_str().into(),
        pack: PinnedPack {
            id: pack.id.clone(),
            version: pack.version.clone(),
            digest: pack.digest.clone(),
        },
        pack_bytes,
        language: sample.language.clone(),
        starts_on: Some(Private(starts_on)),
        created_by: owner.account,
        participant: ParticipantId::from_bits(random_bits()),
        at: identity.now(),
    };
    store.create_room(new).await.map_err(No::from)?;

    let invite = async |name: &str, role: Role| {
        let form = NewInvite {
            name: name.into(),
            role,
        };
        identity.invite(room, &form).await
    };
    // Followed as a page would: the group's list then shows one device each.
    let sits = async |name: &str, role: Role| -> Result<Seat, DemoFault> {
        let (invite, secret) = invite(name, role).await?;
        identity
            .join(&Join { secret }, None, here, DeviceKind::of_words(""))
            .await?;
        Ok(seat(room, invite))
    };
    let lead = sits(&sample.lead, Role::Facilitator).await?;
    let mut members = Vec::new();
    for member in &sample.members {
        members.push(sits(&member.name, Role::Member).await?);
    }
    Ok(Founded {
        lead,
        members,
        co_facilitator: invite(&sample.co_facilitator, Role::Facilitator).await?.1,
        guest: invite(&sample.guest, sample.guest_role).await?.1,
        passphrase,
    })
}

fn seat(room: RoomId, invite: api::Invite) -> Seat {
    Seat {
        room,
        participant: invite.participant,
        role: invite.role,
        name: invite.name,
        let_in: false,
    }
}
