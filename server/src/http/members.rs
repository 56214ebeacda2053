//! Members' devices and PIN: the devices that a link signed in, ended one by one; a new link for the same person; a PIN set and shown.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::api::{NewLink, ProblemCode, SetPin, ShowPin};
use protocol::{InviteId, ParticipantId, Private, RoomId};

use super::Site;
use super::answer::{Answer, Form, Nothing, about, json};
use super::groups::shown;
use super::rooms::named;
use super::sign_in::signed_in;
use crate::audit::Subject;
use crate::identity::{No, Shown};

type Room = Result<Path<RoomId>, PathRejection>;
type Link = Result<Path<(RoomId, InviteId)>, PathRejection>;

/// `GET /api/groups/{room}/invites/{invite}/devices`.
pub(super) async fn devices(State(site): State<Arc<Site>>, path: Link, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let (room, invite) = link(path)?;
    site.house.identity.leads(&caller, room).await?;
    Ok(json(&site.house.identity.devices(room, invite, None).await?))
}

/// `POST /api/groups/{room}/invites/{invite}/devices/{login}/end`. When this answers, its sockets have been told to close.
pub(super) async fn end_device(
    State(site): State<Arc<Site>>,
    path: Result<Path<(RoomId, InviteId, Private<String>)>, PathRejection>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let Ok(Path((room, invite, name))) = path else {
        return Err(ProblemCode::NotFound.into());
    };
    site.house.identity.leads(&caller, room).await?;
    let (participant, login) = site.house.identity.end_device(room, invite, name.expose()).await?;
    site.house.rooms.seat_ended(login, room);
    Ok(done_about(participant))
}

/// `POST /api/groups/{room}/invites/{invite}/renew`. When this answers, the person's sockets have been told to close.
pub(super) async fn renew(
    State(site): State<Arc<Site>>,
    path: Link,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let (room, invite) = link(path)?;
    site.house.identity.leads(&caller, room).await?;
    let (renewed, secret) = site.house.identity.renew(room, invite).await?;
    site.house.rooms.revoked(room, renewed.participant);
    let url = Private(format!("{}/join#{}", site.origins.first(), secret.expose()));
    let invite = shown(renewed);
    Ok(json(&NewLink { invite, url }))
}

/// `GET /api/rooms/{room}/mine/devices`. Whoever has an account finds its logins on the account's page.
pub(super) async fn my_devices(State(site): State<Arc<Site>>, room: Room, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let place = site.house.identity.enter(&caller, named(room)?).await?;
    let invite = place.invite.ok_or(No::from(ProblemCode::NotFound))?;
    let current = Some(caller.login);
    Ok(json(&site.house.identity.devices(place.room, invite, current).await?))
}

/// `POST /api/rooms/{room}/mine/devices/{login}/end`.
pub(super) async fn end_mine(
    State(site): State<Arc<Site>>,
    path: Result<Path<(RoomId, Private<String>)>, PathRejection>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let Ok(Path((room, name))) = path else {
        return Err(ProblemCode::NotFound.into());
    };
    let place = site.house.identity.enter(&caller, room).await?;
    let invite = place.invite.ok_or(No::from(ProblemCode::NotFound))?;
    let (participant, login) = site.house.identity.end_device(room, invite, name.expose()).await?;
    site.house.rooms.seat_ended(login, room);
    Ok(done_about(participant))
}

/// `POST /api/rooms/{room}/mine/pin`.
pub(super) async fn set_pin(
    State(site): State<Arc<Site>>,
    room: Room,
    headers: HeaderMap,
    Form(form): Form<SetPin>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let place = site.house.identity.enter(&caller, named(room)?).await?;
    site.house.identity.set_pin(&caller, &place, form.pin.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/rooms/{room}/pin`.
pub(super) async fn show_pin(
    State(site): State<Arc<Site>>,
    room: Room,
    headers: HeaderMap,
    Form(form): Form<ShowPin>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let place = identity.enter_without_pin(&caller, named(room)?).await?;
    match identity.show_pin(&caller, &place, &form.pin).await? {
        Shown::Right => Ok(StatusCode::NO_CONTENT),
        Shown::Wrong => Err(ProblemCode::WrongPin.into()),
        Shown::LastWrong => {
            site.house.rooms.seat_ended(caller.login, place.room);
            Err(ProblemCode::WrongPin.into())
        }
    }
}

fn link(path: Link) -> Answer<(RoomId, InviteId)> {
    path.map(|Path(both)| both).map_err(|_| ProblemCode::NotFound.into())
}

/// Done, with whose device it was.
fn done_about(participant: ParticipantId) -> Response {
    let subject = Subject {
        participant: Some(participant),
        ..Subject::default()
    };
    about(StatusCode::NO_CONTENT.into_response(), subject)
}
