//! Coming to a room: a link is exchanged for a seat, a seat for a ticket.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use protocol::RoomId;
use protocol::api::{Join, ProblemCode, Ticket};

use super::Site;
use super::answer::{Answer, Form, Nothing, about, json};
use super::sign_in::{From, On, caller, seat, signed_in, with_cookie};
use crate::audit::Subject;
use crate::identity::No;

/// The room that a path names; anything else names nothing.
pub(super) fn named(path: Result<Path<RoomId>, PathRejection>) -> Answer<RoomId> {
    path.map(|Path(room)| room).map_err(|_| ProblemCode::NotFound.into())
}

/// `POST /api/join`.
pub(super) async fn join(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    headers: HeaderMap,
    Form(form): Form<Join>,
) -> Answer<Response> {
    let caller = caller(&site, &headers).await?;
    let joined = site
        .house
        .identity
        .join(&form, caller.as_ref(), network, device)
        .await?;
    let subject = Subject {
        invite: joined.place.invite,
        participant: Some(joined.place.participant),
        room: Some(joined.place.room),
        ..Subject::default()
    };
    let seat = seat(&site, joined.place)
        .await?
        .ok_or(No::from(ProblemCode::LinkInvalid))?;
    let response = about(json(&seat), subject);
    Ok(match &joined.started {
        Some(started) => with_cookie(&site, response, started),
        None => response,
    })
}

/// `POST /api/rooms/{room}/ticket`. Whether a room exists is not told to those without a seat in it.
pub(super) async fn ticket(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let room = named(room)?;
    let place = identity.enter(&caller, room).await?;
    identity.has_both_yeses(&place).await?;
    let (ticket, expires_at) = site
        .tickets
        .issue((caller.login, place.room, place.participant), identity.now())
        .await
        .map_err(No::from)?
        .ok_or(No::from(ProblemCode::TooFast))?;
    Ok(json(&Ticket { ticket, expires_at }))
}
