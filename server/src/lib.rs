//! Rondo: rooms for people who meet to get better. The house is described in `server/ARCHITECTURE.md`.

pub mod access;
pub mod app;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod dumps;
pub mod facts;
pub mod fhir;
mod halves;
pub mod http;
pub mod hub;
pub mod identity;
mod in_use;
pub mod key_command;
pub mod keys;
pub mod ledger;
pub mod limits;
mod looks;
pub mod metrics;
pub mod migrate_command;
pub mod notes;
pub mod outside;
pub mod pack_command;
pub mod packs;
pub mod practices;
pub mod prepared;
pub mod relays;
pub mod retention;
mod root_key;
pub mod sittings;
pub mod start;
pub mod store;
pub mod telemetry;
pub mod verify_command;
pub mod who_saw_command;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The whole server on a listener, until `stop`.
pub async fn run(
    listener: TcpListener,
    config: config::Config,
    stop: CancellationToken,
) -> Result<(), start::StartFault> {
    let library = Arc::new(packs::Library::open(&config));
    let parts = app::parts(clock::Clock::system(), library, false);
    start::Server::open(listener, config, parts).await?.run(stop).await
}
