//! Members who are not of age: marked and a guardian's consent recorded by those who lead, and the member's own yes before the door.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use protocol::api::{Assent, Guardian, GuardiansConsent, MarkMinor, Minor, Minors, ProblemCode};
use protocol::{InviteId, RoomId};

use super::Site;
use super::answer::{Answer, Form, Nothing, json};
use super::people::close;
use super::rooms::named;
use super::sign_in::signed_in;
use crate::access::Action;
use crate::identity::About;

/// `GET /api/groups/{room}/minors`.
pub(super) async fn list(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    let identity = &site.house.identity;
    identity.permit(&caller, Action::ReadRoom, About::Room(room)).await?;
    let found = identity.store().minors(room).await?.into_iter();
    let minors = found.map(|one| Minor {
        participant: one.participant,
        consent: one.consent.map(|consent| GuardiansConsent {
            guardian: consent.guardian,
            at: consent.at,
            recorded_by: consent.by,
        }),
        assented_at: one.assented_at,
    });
    Ok(json(&Minors {
        minors: minors.collect(),
    }))
}

/// `POST /api/groups/{room}/invites/{invite}/minor`.
pub(super) async fn mark(
    State(site): State<Arc<Site>>,
    path: Result<Path<(RoomId, InviteId)>, PathRejection>,
    headers: HeaderMap,
    Form(form): Form<MarkMinor>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let Ok(Path((room, invite))) = path else {
        return Err(ProblemCode::NotFound.into());
    };
    let identity = &site.house.identity;
    identity.permit(&caller, Action::LeadRoom, About::Room(room)).await?;
    let who = identity.set_minor(room, invite, form.minor).await?;
    close(&site, who.map(|participant| (room, participant)));
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/groups/{room}/invites/{invite}/guardian`.
pub(super) async fn guardian(
    State(site): State<Arc<Site>>,
    path: Result<Path<(RoomId, InviteId)>, PathRejection>,
    headers: HeaderMap,
    Form(form): Form<Guardian>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let Ok(Path((room, invite))) = path else {
        return Err(ProblemCode::NotFound.into());
    };
    let identity = &site.house.identity;
    let by = identity.permit(&caller, Action::LeadRoom, About::Room(room)).await?;
    identity.record_guardian(room, invite, &form, by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/rooms/{room}/assent`.
pub(super) async fn asked(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let place = site.house.identity.enter(&caller, named(room)?).await?;
    let minor = site.house.identity.store().minor(place.room, place.participant).await?;
    Ok(json(&Assent {
        consented: minor.as_ref().is_none_or(|one| one.consent.is_some()),
        assented: minor.is_none_or(|one| one.assented_at.is_some()),
    }))
}

/// `POST /api/rooms/{room}/assent/give`: they say yes themselves. Where nobody asks, it changes nothing.
pub(super) async fn assent(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let place = identity.enter(&caller, named(room)?).await?;
    let store = identity.store();
    if store.minor(place.room, place.participant).await?.is_some() {
        store
            .record_assent(place.room, place.participant, identity.now())
            .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
