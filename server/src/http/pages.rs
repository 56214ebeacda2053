//! The pages: the built web client, embedded in the binary, and its one HTML page for every address the page knows itself.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use memory_serve::CacheControl;

use super::Site;

/// The client's files. Their names carry a hash, so they are kept for ever; the page that names them is asked for anew.
pub(super) fn all() -> Router<Arc<Site>> {
    memory_serve::load!()
        .index_file(Some("/index.html"))
        .fallback(Some("/index.html"))
        .fallback_status(StatusCode::OK)
        .html_cache_control(CacheControl::NoCache)
        .cache_control(CacheControl::Medium)
        .into_router()
}
