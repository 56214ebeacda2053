//! Groups as their facilitators keep them: the packs to choose from, a new group, its links.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use protocol::api::{self, GroupDetail, GroupSummary, NewGroup, NewInvite, NewLink, ProblemCode};
use protocol::wire::SittingCount;
use protocol::{InviteId, ParticipantId, Private, RoomId};

use super::Site;
use super::answer::{Answer, Form, Nothing, about, json};
use super::packs::apart;
use super::rooms::named;
use super::sign_in::signed_in;
use crate::access::Action;
use crate::audit::Subject;
use crate::identity::{About, No, random_bits, title};
use crate::limits;
use crate::store::Sitting;
use crate::store::directory::{Invite, NewRoom, PinnedPack, Room};

/// `GET /api/packs`.
pub(super) async fn packs(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer<Response> {
    signed_in(&site, &headers).await?.may(Action::MakeRooms)?;
    // Those that nobody has asked for yet are read now.
    let list = apart(move || site.house.packs.list()).await?;
    Ok(json(&list))
}

/// `POST /api/groups`. Only once the recovery key is kept: what is written into a group could not be brought back without.
pub(super) async fn create(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(form): Form<NewGroup>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let account = caller.may(Action::MakeRooms)?;
    if !account.recovery_saved {
        return Err(ProblemCode::RecoveryUnsaved.into());
    }
    let title = title(&form.title)?;
    let pack = site
        .house
        .packs
        .find(&form.pack)
        .ok_or_else(|| No::field("The pack is not among those this server has."))?;
    if !pack.text.contains_key(&form.language) {
        return Err(No::field("The language is not among the pack's languages."));
    }
    if let Some(day) = &form.starts_on {
        is_day(day)?;
    }
    let identity = &site.house.identity;
    if identity.store().rooms_of(account.account).await?.len() >= limits::MAX_GROUPS_PER_ACCOUNT {
        return Err(ProblemCode::Full.into());
    }
    let room = RoomId::from_bits(random_bits());
    let pack_bytes = serde_json::to_vec(&*pack).map_err(|_| No::from(ProblemCode::Internal))?;
    let new = NewRoom {
        room,
        practice: account.practice,
        title,
        pack: PinnedPack {
            id: pack.id.clone(),
            version: pack.version.clone(),
            digest: pack.digest.clone(),
        },
        pack_bytes,
        language: form.language,
        starts_on: form.starts_on.map(Private),
        created_by: account.account,
        participant: ParticipantId::from_bits(random_bits()),
        at: identity.now(),
    };
    identity.store().create_room(new).await?;
    let made = identity
        .store()
        .room(room)
        .await?
        .ok_or(No::from(ProblemCode::Internal))?;
    let subject = Subject {
        room: Some(room),
        ..Subject::default()
    };
    Ok(about(json(&summary(&site, made)), subject))
}

/// `YYYY-MM-DD`, and a day that exists.
fn is_day(text: &str) -> Answer<()> {
    let shape = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match text.parse::<jiff::civil::Date>() {
        Ok(_) if shape => Ok(()),
        _ => Err(No::field("The first day must be a date like 2027-03-01.")),
    }
}

/// A group in a list. Its pack may have changed or gone since; the group follows the one it pinned.
pub(super) fn summary(site: &Site, room: Room) -> GroupSummary {
    let pack = site.house.packs.find(&room.pack.id);
    let words = pack.as_ref().and_then(|pack| pack.text(&room.language));
    GroupSummary {
        room: room.room,
        title: room.title,
        pack_title: words.map_or_else(|| room.pack.id.clone(), |words| words.title.clone()),
        setting: pack
            .as_ref()
            .map_or(protocol::pack::Setting::Group, |pack| pack.setting),
        pack: room.pack.id,
        created_at: room.created_at,
        members: room.members,
    }
}

/// `GET /api/groups/{room}`.
pub(super) async fn detail(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    site.house
        .identity
        .permit(&caller, Action::ReadRoom, About::Room(room))
        .await?;
    let store = site.house.identity.store();
    let found = store.room(room).await?.ok_or(No::from(ProblemCode::NotFound))?;
    let invites = store.invites(room).await?.into_iter().map(shown).collect();
    let sittings = store.sittings(room).await?.into_iter().map(counted).collect();
    Ok(json(&GroupDetail {
        summary: summary(&site, found),
        invites,
        sittings,
    }))
}

fn counted(sitting: Sitting) -> api::Sitting {
    api::Sitting {
        count: SittingCount {
            session: sitting.count.session,
            people: sitting.count.people,
            started_at: sitting.count.started_at,
            ended_at: sitting.count.ended_at,
        },
        record: sitting.record,
    }
}

/// A link in a list. Somebody who was erased has no name any more. A used single-use link is as good as revoked only for
/// newcomers: its device stays signed in, so it is not shown as revoked.
pub(super) fn shown(invite: Invite) -> api::Invite {
    api::Invite {
        invite: invite.invite,
        participant: invite.participant,
        name: invite.name.unwrap_or_default(),
        role: invite.role,
        created_at: invite.created_at,
        revoked: invite.revoked_at.is_some(),
        devices: invite.devices,
    }
}

/// `POST /api/groups/{room}/invites`.
pub(super) async fn invite(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
    Form(form): Form<NewInvite>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    site.house.identity.leads(&caller, room).await?;
    let (invite, secret) = site.house.identity.invite(room, &form).await?;
    let url = Private(format!("{}/join#{}", site.origins.first(), secret.expose()));
    let subject = Subject {
        invite: Some(invite.invite),
        ..Subject::default()
    };
    Ok(about(json(&NewLink { invite, url }), subject))
}

/// `POST /api/groups/{room}/invites/{invite}/revoke`. When this answers, the person's sockets have been told to close.
pub(super) async fn revoke(
    State(site): State<Arc<Site>>,
    path: Result<Path<(RoomId, InviteId)>, PathRejection>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let Ok(Path((room, invite))) = path else {
        return Err(ProblemCode::NotFound.into());
    };
    site.house.identity.leads(&caller, room).await?;
    let participant = site.house.identity.revoke(room, invite).await?;
    site.house.rooms.revoked(room, participant);
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_day_is_a_day_that_exists() {
        assert!(is_day("2027-03-01").is_ok() && is_day("2028-02-29").is_ok());
        for wrong in [
            "",
            "2027-02-29",
            "2027-3-1",
            "01.03.2027",
            "2027-03-01T10:00",
            "20270301",
            "-002027-03",
        ] {
            assert!(is_day(wrong).is_err(), "{wrong}");
        }
    }
}
