//! How the house is doing, for administrators: numbers and times of this server. No room and no person is in it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use protocol::api::{HouseNode, HouseState};

use super::Site;
use super::answer::{Answer, json};
use super::sign_in::signed_in;
use crate::access::Action;
use crate::metrics::METRICS;
use crate::store::NodeSeen;

/// `GET /api/house`.
pub(super) async fn state(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    caller.may(Action::KeepAccounts)?;
    let (house, now) = (&site.house, site.house.identity.now());
    let alone = house.identity.is_the_only_practice().await?;
    let nodes = match alone {
        true => house.rooms.nodes().await?,
        false => Vec::new(),
    };
    let facts = house.operated.facts(now);
    Ok(json(&HouseState {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        postgres: house.operated.postgres(),
        rooms_open: alone.then(|| house.rooms.open() as u64),
        lines_open: alone.then(|| METRICS.lines_open()),
        disk_free_bytes: facts.disk.map(|room| room.free),
        disk_bytes: facts.disk.map(|room| room.all),
        backup_age_seconds: facts.backup_age.map(|age| age.as_secs()),
        certificate_days: facts
            .certificate_days()
            .map(|days| u32::try_from(days.max(0)).unwrap_or(u32::MAX)),
        amiss: facts.amiss(),
        nodes: nodes.into_iter().map(node).collect(),
    }))
}

fn node(seen: NodeSeen) -> HouseNode {
    HouseNode {
        name: seen.name,
        rooms: seen.rooms,
        age_seconds: seen.age.as_secs(),
        silent_seconds: seen.silent.map(|silent| silent.as_secs()),
    }
}
