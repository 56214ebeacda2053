//! What people ask about their own data, and what those who lead do about it.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::api::{
    AskErasure, CarryOutErasure, LeftOut, LiftHold, MyExport, NewErasure, NewHold, ProblemCode, RefuseErasure,
};
use protocol::{ParticipantId, RoomId};
use tokio::sync::Semaphore;

use super::answer::{Answer, Form, about, json};
use super::audited::keeps_nothing;
use super::rooms::named;
use super::sign_in::signed_in;
use super::{OwnWords, Site};
use crate::audit::Subject;
use crate::fhir::{Whose, bundle};
use crate::identity::No;
use crate::limits::MAX_EXPORTS_AT_ONCE;

type Room = Result<Path<RoomId>, PathRejection>;
type Person = Result<Path<(RoomId, ParticipantId)>, PathRejection>;

/// `GET /api/rooms/{room}/mine`.
pub(super) async fn mine(State(site): State<Arc<Site>>, room: Room, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let place = identity.enter(&caller, named(room)?).await?;
    Ok(json(&identity.my_data(&place).await?))
}

/// `GET /api/rooms/{room}/mine/export`. A journal is read from its first event, so few are read at once.
pub(super) async fn export_mine(State(site): State<Arc<Site>>, room: Room, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let place = identity.enter(&caller, named(room)?).await?;
    // One's own copy of one's own words: nobody needs to agree to anything to read what is kept about them.
    let own = own_words(&site, place.room, place.participant).await?;
    let notice = own.disclosure.map(|(_, notice)| notice);
    let told = identity.my_data(&place).await?;
    let mut response = json(&MyExport {
        rondo_export: 1,
        group: told.group,
        name: told.name,
        exported_at: identity.now(),
        entries: own.entries,
        notes: own.notes,
        notice,
        left_out: vec![LeftOut::Screens, LeftOut::Assessments, LeftOut::FacilitatorsNotes],
    });
    // Without the group's name: files lie about.
    let file = HeaderValue::from_static("attachment; filename=\"my-words.json\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, file);
    Ok(response)
}

/// `GET /api/rooms/{room}/mine/answers`: as FHIR, for another system of records.
pub(super) async fn answers_mine(State(site): State<Arc<Site>>, room: Room, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let place = identity.enter(&caller, named(room)?).await?;
    let own = own_words(&site, place.room, place.participant).await?;
    // In the form in which records move between practices: where the pack asks about that, they do not move without a yes.
    let notice = match own.disclosure {
        Some((false, _)) => return Err(ProblemCode::NotAgreed.into()),
        Some((true, notice)) => Some(notice),
        None => None,
    };
    let told = identity.my_data(&place).await?;
    let whose = Whose {
        room: place.room,
        participant: place.participant,
        name: told.name.as_ref(),
    };
    let mut response = json(&bundle(&own.answers, whose, notice.as_deref(), identity.now()));
    let file = HeaderValue::from_static("attachment; filename=\"my-answers.fhir.json\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, file);
    Ok(response)
}

/// What is somebody's own.
async fn own_words(site: &Site, room: RoomId, participant: ParticipantId) -> Answer<OwnWords> {
    let _one_of_few = EXPORTS.acquire().await.map_err(|_| ProblemCode::Internal)?;
    Ok(site.house.rooms.own(room, participant).await?)
}

static EXPORTS: Semaphore = Semaphore::const_new(MAX_EXPORTS_AT_ONCE);

/// `POST /api/rooms/{room}/mine/erasure`.
pub(super) async fn ask_for_mine(
    State(site): State<Arc<Site>>,
    room: Room,
    headers: HeaderMap,
    Form(form): Form<AskErasure>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let place = identity.enter(&caller, named(room)?).await?;
    identity.asks_to_be_erased(&place, form.reason.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/groups/{room}/rights`.
pub(super) async fn of_group(State(site): State<Arc<Site>>, room: Room, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    site.house.identity.leads(&caller, room).await?;
    Ok(json(&site.house.identity.group_rights(room).await?))
}

/// `POST /api/groups/{room}/erasures`.
pub(super) async fn ask(
    State(site): State<Arc<Site>>,
    room: Room,
    headers: HeaderMap,
    Form(form): Form<NewErasure>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    site.house.identity.leads(&caller, room).await?;
    site.house.identity.ask_erasure(room, &form).await?;
    Ok(done_about(Some(form.participant)))
}

/// `POST /api/groups/{room}/erasures/{participant}/carry-out`. When this answers, nothing opens any more and the files are clean.
pub(super) async fn carry_out(
    State(site): State<Arc<Site>>,
    path: Person,
    headers: HeaderMap,
    Form(form): Form<CarryOutErasure>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let (room, participant) = person(path)?;
    let identity = Arc::clone(&site.house.identity);
    identity.leads(&caller, room).await?;
    identity.may_carry_out(room, participant, &form).await?;
    let by = identity.seat(caller.login, room).await?.map(|place| place.participant);
    // On its own: what has begun goes on when whoever asked closes the page.
    let carried_out = tokio::spawn(async move {
        let rooms = Arc::clone(&site.house.rooms);
        identity
            .erase(room, participant, || rooms.erase(room, participant, by))
            .await
    });
    carried_out.await.map_err(|_| ProblemCode::Internal)??;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/groups/{room}/erasures/{participant}/refuse`.
pub(super) async fn refuse(
    State(site): State<Arc<Site>>,
    path: Person,
    headers: HeaderMap,
    Form(form): Form<RefuseErasure>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let (room, participant) = person(path)?;
    site.house.identity.leads(&caller, room).await?;
    site.house.identity.refuse_erasure(room, participant, &form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/groups/{room}/holds`.
pub(super) async fn hold(
    State(site): State<Arc<Site>>,
    room: Room,
    headers: HeaderMap,
    Form(form): Form<NewHold>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    let account = site.house.identity.leads(&caller, room).await?;
    if keeps_nothing(&site, room).await? {
        return Err(No::field("Nothing of this circle is kept, so nothing can be held."));
    }
    site.house.identity.hold(room, &account, &form).await?;
    Ok(done_about(form.participant))
}

/// `POST /api/groups/{room}/holds/lift`.
pub(super) async fn lift(
    State(site): State<Arc<Site>>,
    room: Room,
    headers: HeaderMap,
    Form(form): Form<LiftHold>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    site.house.identity.leads(&caller, room).await?;
    site.house.identity.lift_hold(room, form.participant).await?;
    Ok(done_about(form.participant))
}

/// Done, with whom it is about: only the form says it.
fn done_about(participant: Option<ParticipantId>) -> Response {
    let subject = Subject {
        participant,
        ..Subject::default()
    };
    about(StatusCode::NO_CONTENT.into_response(), subject)
}

fn person(path: Person) -> Answer<(RoomId, ParticipantId)> {
    path.map(|Path(both)| both).map_err(|_| ProblemCode::NotFound.into())
}
