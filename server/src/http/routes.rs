//! Every address the server answers to, in one table.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, any, get, post};
use protocol::api::ProblemCode;

use super::{Site, groups, guard, log, packs, pages, rooms, sign_in, upgrade};
use crate::identity::No;

/// Who may ask at an address. Its handler sees to it; the access matrix in the tests is made from this column, so that an address which
/// lets in more or fewer than it says here fails there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Whoever comes; where a secret is asked for, it is in the form.
    Anybody,
    /// Whoever comes without an account's login: a link is not for the browser of somebody who leads.
    Newcomer,
    /// Facilitators who are signed in with their account.
    Account,
    /// Facilitators with an account who lead the room in the address.
    Leader,
    /// Whoever has a seat in the room in the address.
    Seat,
}

/// One address below `/api`.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    /// With its variables in braces.
    pub path: &'static str,
    pub asker: Asker,
}

macro_rules! addresses {
    ($($method:ident $path:literal $asker:ident $handler:path;)*) => {
        /// Every address below `/api`: there is no other way to make one.
        pub const ROUTES: &[Route] = &[
            $(Route { method: stringify!($method), path: concat!("/api", $path), asker: Asker::$asker }),*
        ];

        fn api() -> Router<Arc<Site>> {
            Router::new()$(.route($path, only($method($handler))))*.fallback(nothing_here)
        }
    };
}
addresses! {
    get "/state" Anybody sign_in::state;
    post "/first-run" Anybody sign_in::first_run;
    post "/recovery/new" Account sign_in::new_recovery_key;
    post "/recovery/confirm" Account sign_in::confirm_recovery;
    post "/recover" Anybody sign_in::recover;
    post "/sign-in" Anybody sign_in::sign_in;
    post "/sign-out" Anybody sign_in::sign_out;
    post "/join" Newcomer rooms::join;
    get "/packs" Account groups::packs;
    post "/packs/check" Account packs::check;
    post "/packs/save" Account packs::save;
    post "/packs/export" Account packs::export;
    post "/packs/import" Account packs::import;
    get "/packs/{id}" Account packs::files;
    post "/groups" Account groups::create;
    get "/groups/{room}" Leader groups::detail;
    get "/groups/{room}/prompts" Leader packs::prompts;
    post "/groups/{room}/invites" Leader groups::invite;
    post "/groups/{room}/invites/{invite}/revoke" Leader groups::revoke;
    post "/rooms/{room}/ticket" Seat rooms::ticket;
    get "/rooms/{room}/ws" Seat upgrade::open;
    get "/log" Account log::head;
    get "/log/consistency/{from}/{to}" Account log::consistency;
    get "/groups/{room}/log/{seq}" Leader log::inclusion;
}

/// The routes, with everything that stands around them.
pub(super) fn all(site: Arc<Site>) -> Router {
    Router::new()
        .nest("/api", api())
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
