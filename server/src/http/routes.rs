//! Every address the server answers to, in one table.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, any, get, post};
use protocol::api::ProblemCode;

use super::{Site, groups, guard, packs, pages, rooms, sign_in, upgrade};
use crate::identity::No;

/// The routes, with everything that stands around them.
pub(super) fn all(site: Arc<Site>) -> Router {
    let api = Router::new()
        .route("/state", only(get(sign_in::state)))
        .route("/first-run", only(post(sign_in::first_run)))
        .route("/recovery/new", only(post(sign_in::new_recovery_key)))
        .route("/recovery/confirm", only(post(sign_in::confirm_recovery)))
        .route("/recover", only(post(sign_in::recover)))
        .route("/sign-in", only(post(sign_in::sign_in)))
        .route("/sign-out", only(post(sign_in::sign_out)))
        .route("/join", only(post(rooms::join)))
        .route("/packs", only(get(groups::packs)))
        .route("/packs/check", only(post(packs::check)))
        .route("/packs/save", only(post(packs::save)))
        .route("/packs/export", only(post(packs::export)))
        .route("/packs/import", only(post(packs::import)))
        .route("/packs/{id}", only(get(packs::files)))
        .route("/groups", only(post(groups::create)))
        .route("/groups/{room}", only(get(groups::detail)))
        .route("/groups/{room}/prompts", only(get(packs::prompts)))
        .route("/groups/{room}/invites", only(post(groups::invite)))
        .route("/groups/{room}/invites/{invite}/revoke", only(post(groups::revoke)))
        .route("/rooms/{room}/ticket", only(post(rooms::ticket)))
        .route("/rooms/{room}/ws", only(get(upgrade::open)))
        .fallback(nothing_here);
    Router::new()
        .nest("/api", api)
        .route("/api", any(nothing_here))
        .route("/api/", any(nothing_here))
        .route("/healthz", get(health))
        .merge(pages::all())
        .layer(from_fn_with_state(Arc::clone(&site), guard::around))
        .with_state(site)
}

/// The route's own methods; for others there is nothing there.
fn only(methods: MethodRouter<Arc<Site>>) -> MethodRouter<Arc<Site>> {
    methods.fallback(nothing_here)
}

async fn nothing_here() -> No {
    ProblemCode::NotFound.into()
}

/// 200 once people can come in, 503 before, during the stop, and while the store does not answer.
async fn health(State(site): State<Arc<Site>>) -> (StatusCode, &'static str) {
    if site.house.ready.is() && site.house.identity.store().ping().await.is_ok() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}
