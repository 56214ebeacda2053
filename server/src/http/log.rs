//! The practice's signed log, for those who lead: the newest checkpoint, that it goes on from an older one, and that an event is in it.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::RoomId;
use protocol::api::{LogConsistency, LogHead, LogInclusion, ProblemCode};

use super::Site;
use super::answer::{Answer, json};
use super::sign_in::signed_in;
use crate::ledger::source::{Place, Source};
use crate::ledger::tree::Hash;

fn shown(proof: &[Hash]) -> Vec<String> {
    proof.iter().map(|hash| STANDARD.encode(hash)).collect()
}

/// `GET /api/log`.
pub(super) async fn head(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer<Response> {
    let practice = signed_in(&site, &headers).await?.account()?.practice;
    let newest = site.house.identity.store().ledger_head(practice).await?;
    // A practice of a few seconds ago has none yet.
    let newest = newest.ok_or(ProblemCode::NotFound)?;
    Ok(json(&LogHead {
        checkpoint: newest.note,
        key: newest.key.to_string(),
        at: newest.at,
    }))
}

/// `GET /api/log/consistency/{from}/{to}`. For a length that the log does not have there is no proof.
pub(super) async fn consistency(
    State(site): State<Arc<Site>>,
    path: Result<Path<(u64, u64)>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let practice = signed_in(&site, &headers).await?.account()?.practice;
    let Ok(Path((from, to))) = path else {
        return Err(ProblemCode::NotFound.into());
    };
    let proof = site
        .house
        .identity
        .store()
        .ledger_consistency(practice, from, to)
        .await?;
    let proof = shown(&proof.ok_or(ProblemCode::NotFound)?);
    Ok(json(&LogConsistency { proof }))
}

/// `GET /api/groups/{room}/log/{seq}`.
pub(super) async fn inclusion(
    State(site): State<Arc<Site>>,
    path: Result<Path<(RoomId, u64)>, PathRejection>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    caller.account()?;
    let Ok(Path((room, seq))) = path else {
        return Err(ProblemCode::NotFound.into());
    };
    let practice = site.house.identity.leads(&caller, room).await?.practice;
    let record = Place {
        source: Source::Event,
        stream: room.bits(),
        seq,
    };
    let included = site.house.identity.store().ledger_inclusion(practice, record).await?;
    let included = included.ok_or(ProblemCode::NotFound)?;
    Ok(json(&LogInclusion {
        index: included.index,
        leaf: STANDARD.encode(included.leaf),
        proof: shown(&included.proof),
        checkpoint: included.under.note,
    }))
}
