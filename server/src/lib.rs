//! Rondo: rooms for people who meet to get better. The house is described in `server/ARCHITECTURE.md`.

pub mod app;
pub mod clock;
pub mod config;
pub mod http;
pub mod hub;
pub mod identity;
pub mod keys;
pub mod limits;
pub mod packs;
pub mod start;
pub mod store;
pub mod telemetry;
