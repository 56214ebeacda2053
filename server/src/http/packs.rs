//! Packs as facilitators write them: read one, look at a draft while it is typed, keep it. For signed-in facilitators alone.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use protocol::RoomId;
use protocol::api::{DraftAnswer, PackDraft, PackExport, PackImport, ProblemCode, PromptLibrary};
use protocol::pack::Pack;

use super::Site;
use super::answer::{Answer, Form, LongForm, json};
use super::rooms::named;
use super::sign_in::signed_in;
use crate::access::Action;
use crate::identity::No;
use crate::packs::{NotKept, exchange::is_signer};

/// `GET /api/packs/{id}`.
pub(super) async fn files(
    State(site): State<Arc<Site>>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    signed_in(&site, &headers).await?.may(Action::MakeRooms)?;
    let Ok(Path(id)) = id else {
        return Err(ProblemCode::NotFound.into());
    };
    let files = apart(move || site.house.packs.files(&id)).await?;
    Ok(json(&files.ok_or(No::from(ProblemCode::NotFound))?))
}

/// `GET /api/groups/{room}/prompts`: what who leads can search through. Of the pack that the group pinned, whatever became of it since.
pub(super) async fn prompts(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let room = named(room)?;
    site.house.identity.leads(&caller, room).await?;
    let store = site.house.identity.store();
    let found = store.room(room).await?.ok_or(No::from(ProblemCode::NotFound))?;
    let bytes = store.pack_bytes(found.practice, &found.pack.digest).await?;
    let bytes = bytes.ok_or(No::from(ProblemCode::NotFound))?;
    let pack: Pack = serde_json::from_slice(&bytes).map_err(|_| No::from(ProblemCode::Internal))?;
    let steps = crate::packs::steps(&pack, &found.language);
    Ok(json(&PromptLibrary { steps }))
}

/// `POST /api/packs/check`.
pub(super) async fn check(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    LongForm(draft): LongForm<PackDraft>,
) -> Answer<Response> {
    signed_in(&site, &headers).await?.may(Action::MakeRooms)?;
    let answer = apart(move || site.house.packs.check(&draft)).await?;
    Ok(json(&answer))
}

/// `POST /api/packs/save`. A draft with faults is answered with all of them and changes nothing.
pub(super) async fn save(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    LongForm(draft): LongForm<PackDraft>,
) -> Answer<Response> {
    signed_in(&site, &headers).await?.may(Action::MakeRooms)?;
    let answer: Result<DraftAnswer, NotKept> = apart(move || site.house.packs.save(&draft)).await?;
    let answer = answer.map_err(|why| match why {
        NotKept::Full => ProblemCode::Full,
        NotKept::Disk => ProblemCode::Unavailable,
    })?;
    Ok(json(&answer))
}

/// `POST /api/packs/export`: one signed file, for whoever may write packs here.
pub(super) async fn export(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(wanted): Form<PackExport>,
) -> Answer<Response> {
    signed_in(&site, &headers).await?.may(Action::MakeRooms)?;
    if !is_signer(&wanted.by) {
        return Err(No::field("The name of who signs is one line, and not so long."));
    }
    let exported = apart(move || site.house.packs.export(&wanted)).await?;
    let exported = exported.ok_or(No::from(ProblemCode::NotFound))?;
    Ok(json(&exported.map_err(|_| ProblemCode::Unavailable)?))
}

/// `POST /api/packs/import`: looks at a signed file and keeps nothing of it.
pub(super) async fn import(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    LongForm(file): LongForm<PackImport>,
) -> Answer<Response> {
    signed_in(&site, &headers).await?.may(Action::MakeRooms)?;
    let imported = apart(move || site.house.packs.import(&file)).await?;
    Ok(json(&imported))
}

/// On a thread that may wait.
pub(super) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ProblemCode::Internal.into())
}
