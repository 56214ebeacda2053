//! A room's care team, for itself and for those with a seat; and looking in, which the team reads about.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::api::{
    CareTeam, LookIn, LookInState, LookIns, NewLookIn, OtherRoom, ProblemCode, TeamChange, TeamMember,
};
use protocol::{LookInId, RoomId};

use super::Site;
use super::answer::{Answer, Form, Nothing, about, json};
use super::people::close;
use super::rooms::named;
use super::sign_in::signed_in;
use crate::access::{Action, Roles};
use crate::audit::Subject;
use crate::identity::{About, No};
use crate::limits;
use crate::store::directory::TeamError;

/// `GET /api/groups/{room}/team`.
pub(super) async fn team(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    let you = site
        .house
        .identity
        .permit(&caller, Action::ReadRoom, About::Room(room))
        .await?;
    let store = site.house.identity.store();
    let team = store.team(room).await?;
    Ok(json(&CareTeam {
        you: team.iter().find(|one| one.account == you.account).map(|one| one.part),
        look_ins: look_ins(&site, room).await?,
        team: team
            .into_iter()
            .map(|one| TeamMember {
                account: Some(one.account),
                name: one.name,
                part: one.part,
            })
            .collect(),
    }))
}

/// `GET /api/rooms/{room}/team`: who looks after the room, for everybody with a seat in it. Nobody is named there who is not told here.
pub(super) async fn shown_to_members(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    let place = site.house.identity.enter(&caller, room).await?;
    let team = site.house.identity.store().team(room).await?;
    let now = look_ins(&site, room).await?.into_iter();
    let now = now.filter(|one| matches!(one.state, LookInState::Confirmed { over: false, .. }));
    Ok(json(&CareTeam {
        you: place.part,
        team: team
            .into_iter()
            .map(|one| TeamMember {
                account: None,
                name: one.name,
                part: one.part,
            })
            .collect(),
        look_ins: now.map(|one| LookIn { reason: None, ..one }).collect(),
    }))
}

async fn look_ins(site: &Site, room: RoomId) -> Answer<Vec<LookIn>> {
    let identity = &site.house.identity;
    let found = identity
        .store()
        .look_ins_of_room(room, limits::MAX_LOOK_INS_SHOWN)
        .await?;
    Ok(found.into_iter().map(|one| identity.shown_look_in(one)).collect())
}

/// `POST /api/groups/{room}/team/change`. When this answers, lines that are not theirs any more have been told to close.
pub(super) async fn change(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
    Form(form): Form<TeamChange>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    let identity = &site.house.identity;
    let by = identity.permit(&caller, Action::KeepTeam, About::Room(room)).await?;
    let found = identity.store().account(form.account).await?;
    let found = found.filter(|found| found.practice == by.practice);
    let found = found.ok_or(No::from(ProblemCode::NotFound))?;
    if form.part.is_some_and(|part| !Roles::of(&found.roles).covers(part)) {
        return Err(No::field(
            "This person's roles here do not go with that. An administrator can change them.",
        ));
    }
    let gone = identity
        .store()
        .set_part(room, form.account, form.part, limits::MAX_TEAM)
        .await;
    let gone = gone.map_err(|why| match why {
        TeamError::NoLead => ProblemCode::NoLead.into(),
        TeamError::Full => ProblemCode::Full.into(),
        TeamError::Fault(fault) => No::from(fault),
    })?;
    close(&site, gone.map(|participant| (room, participant)));
    let subject = Subject {
        account: Some(form.account),
        ..Subject::default()
    };
    Ok(about(StatusCode::NO_CONTENT.into_response(), subject))
}

/// `GET /api/look-ins`.
pub(super) async fn all_look_ins(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let you = caller.may(Action::SeeLookIns)?;
    let (identity, most) = (&site.house.identity, limits::MAX_LOOK_INS_SHOWN);
    let store = identity.store();
    let own = store.look_ins_of(you.account, most).await?;
    let waiting = store.look_ins_that_wait(you.practice, identity.now(), most).await?;
    let mut to_confirm = Vec::new();
    for one in waiting {
        let about = About::LookIn(one.look_in);
        if identity.permit(&caller, Action::ConfirmLookIn, about).await.is_ok() {
            to_confirm.push(identity.shown_look_in(one));
        }
    }
    let rooms = if Roles::of(&you.roles).reads() {
        store
            .other_rooms(you.practice, you.account, limits::MAX_OTHER_ROOMS)
            .await?
    } else {
        Vec::new()
    };
    Ok(json(&LookIns {
        rooms: rooms
            .into_iter()
            .map(|(room, created_at, led_by)| OtherRoom {
                room,
                led_by,
                created_at,
            })
            .collect(),
        own: own.into_iter().map(|one| identity.shown_look_in(one)).collect(),
        to_confirm,
    }))
}

/// `POST /api/look-ins/ask`.
pub(super) async fn ask(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(form): Form<NewLookIn>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let by = identity
        .permit(&caller, Action::AskToLookIn, About::Room(form.room))
        .await?;
    let look_in = identity.ask_to_look_in(by, &form).await?;
    let made = identity.store().look_in(look_in).await?;
    let made = made.ok_or(No::from(ProblemCode::Internal))?;
    let subject = Subject {
        look_in: Some(look_in),
        room: Some(form.room),
        ..Subject::default()
    };
    Ok(about(json(&identity.shown_look_in(made)), subject))
}

/// `POST /api/look-ins/{look_in}/confirm`.
pub(super) async fn confirm(
    State(site): State<Arc<Site>>,
    look_in: Result<Path<LookInId>, PathRejection>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let look_in = which(look_in)?;
    let identity = &site.house.identity;
    let by = identity
        .permit(&caller, Action::ConfirmLookIn, About::LookIn(look_in))
        .await?;
    identity.confirm_look_in(by, look_in).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/look-ins/{look_in}/end`. When this answers, their lines have been told to close.
pub(super) async fn end(
    State(site): State<Arc<Site>>,
    look_in: Result<Path<LookInId>, PathRejection>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let look_in = which(look_in)?;
    let identity = &site.house.identity;
    identity
        .permit(&caller, Action::EndLookIn, About::LookIn(look_in))
        .await?;
    close(&site, [identity.end_look_in(look_in).await?]);
    Ok(StatusCode::NO_CONTENT)
}

fn which(path: Result<Path<LookInId>, PathRejection>) -> Answer<LookInId> {
    path.map(|Path(look_in)| look_in)
        .map_err(|_| ProblemCode::NotFound.into())
}
