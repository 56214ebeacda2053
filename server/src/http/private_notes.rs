//! Process notes of those who lead, each for themselves. What comes in is sealed and what goes out is sealed; whose it is says the login, and
//! no address names an author, so that nobody can ask for another's.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::api::{
    KeepNotesKey, KeepPrivateNote, KeptPrivateNote, NotesKey, PrivateNote, PrivateNoteListed, PrivateNotes, ProblemCode,
};
use protocol::{AccountId, RoomId};

use super::Site;
use super::answer::{Answer, Form, Nothing, json};
use super::rooms::named;
use super::sign_in::signed_in;
use crate::access::Action;
use crate::identity::{About, Caller, No};
use crate::limits;
use crate::store::Kept;

type OfSession = Result<Path<(RoomId, u16)>, PathRejection>;

/// `GET /api/private-notes/key`.
pub(super) async fn key(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let author = caller.may(Action::UseAccount)?.account;
    let found = site.house.identity.store().author_key(author).await?;
    Ok(json(&NotesKey {
        version: found.as_ref().map_or(0, |one| one.version),
        sealed: found.map(|one| one.sealed),
    }))
}

/// `POST /api/private-notes/key/keep`.
pub(super) async fn keep_key(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(form): Form<KeepNotesKey>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let author = caller.may(Action::UseAccount)?.account;
    if form.sealed.expose().is_empty() || form.sealed.expose().len() > limits::MAX_SEALED_AUTHOR_KEY {
        return Err(ProblemCode::BadField.into());
    }
    let identity = &site.house.identity;
    let store = identity.store();
    let kept = store
        .keep_author_key(author, &form.sealed, form.based_on, identity.now())
        .await?;
    answered(kept)
}

/// `POST /api/private-notes/delete`: all of one's own, with the key, by whoever has shown lately whose login it is. For whoever lost
/// all ways to open them, too.
pub(super) async fn delete_all(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let author = caller.may(Action::UseAccount)?.account;
    // Whoever finds a page open must not be able to destroy years of somebody's notes.
    site.house.identity.is_fresh(&caller)?;
    site.house.identity.store().delete_private_notes(author).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/groups/{room}/private-notes`.
pub(super) async fn list(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    let author = author(&site, &caller, room).await?;
    let found = site
        .house
        .identity
        .store()
        .private_notes(author, room)
        .await?
        .into_iter();
    let notes = found.map(|one| PrivateNoteListed {
        session: one.session,
        version: one.version,
        changed_at: one.changed_at,
    });
    Ok(json(&PrivateNotes { notes: notes.collect() }))
}

/// `GET /api/groups/{room}/private-notes/{session}`.
pub(super) async fn read(State(site): State<Arc<Site>>, path: OfSession, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let (room, session) = place(path)?;
    let author = author(&site, &caller, room).await?;
    let found = site.house.identity.store().private_note(author, room, session).await?;
    Ok(json(&PrivateNote {
        version: found.as_ref().map_or(0, |one| one.version),
        sealed: found.map(|one| one.sealed),
    }))
}

/// `POST /api/groups/{room}/private-notes/{session}/keep`. When this answers it is on the disk.
pub(super) async fn keep(
    State(site): State<Arc<Site>>,
    path: OfSession,
    headers: HeaderMap,
    Form(form): Form<KeepPrivateNote>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let (room, session) = place(path)?;
    let author = author(&site, &caller, room).await?;
    let said = form.sealed.expose();
    let is_base64 = STANDARD.decode(said).is_ok_and(|bytes| !bytes.is_empty());
    if said.len() > limits::MAX_SEALED_PRIVATE_NOTE || !is_base64 || session > limits::LAST_SESSION_WITH_NOTES {
        return Err(ProblemCode::BadField.into());
    }
    let identity = &site.house.identity;
    let store = identity.store();
    let kept = store.keep_private_note(author, room, session, &form.sealed, form.based_on, identity.now());
    answered(kept.await?)
}

/// `POST /api/groups/{room}/private-notes/{session}/delete`. Deleting what is not there is no fault.
pub(super) async fn delete(
    State(site): State<Arc<Site>>,
    path: OfSession,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let (room, session) = place(path)?;
    let author = author(&site, &caller, room).await?;
    site.house
        .identity
        .store()
        .delete_private_note(author, room, session)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever asks, where they lead the room. Whoever does not lead it any more has no way to what they wrote about its people.
async fn author(site: &Site, caller: &Caller, room: RoomId) -> Result<AccountId, No> {
    let identity = &site.house.identity;
    let account = identity.permit(caller, Action::LeadRoom, About::Room(room)).await?;
    Ok(account.account)
}

fn place(path: OfSession) -> Answer<(RoomId, u16)> {
    path.map(|Path(place)| place).map_err(|_| ProblemCode::NotFound.into())
}

fn answered(kept: Kept) -> Answer<Response> {
    match kept {
        Kept::Version(version) => Ok(json(&KeptPrivateNote { version })),
        Kept::Changed => Err(ProblemCode::ChangedMeanwhile.into()),
    }
}
