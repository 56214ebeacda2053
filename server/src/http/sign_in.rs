//! `GET /api/state` and the forms of signing in and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::RoomId;
use protocol::api::{
    ConfirmRecovery, DeviceKind, FirstRun, Me, ProblemCode, Recover, RecoveryKey, Seat, ServerState, SignIn,
};

use super::answer::{Answer, Form, Nothing, json};
use super::{Site, cookie, groups, guard};
use crate::config::NetworkKey;
use crate::identity::{Caller, Standing, Started, Who, kind_of};
use crate::store::directory::{LoginId, Place};

/// The network a request came from; limits count by it.
pub(super) struct From(pub(super) NetworkKey);

impl axum::extract::FromRequestParts<Arc<Site>> for From {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        site: &Arc<Site>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(guard::client(site, &parts.headers, &parts.extensions).into()))
    }
}

/// Who asks; none where nobody is signed in.
pub(super) async fn caller(site: &Site, headers: &HeaderMap) -> Answer<Option<Caller>> {
    site.house.identity.caller(cookie::read(headers)).await
}

/// Who asks, where somebody must be signed in with all that is wanted of them.
pub(super) async fn signed_in(site: &Site, headers: &HeaderMap) -> Answer<Caller> {
    let caller = half_signed_in(site, headers).await?;
    caller.standing.refusal()?;
    Ok(caller)
}

/// Who asks, where a login is on its way to its second factor.
pub(super) async fn half_signed_in(site: &Site, headers: &HeaderMap) -> Answer<Caller> {
    caller(site, headers).await?.ok_or(ProblemCode::SignedOut.into())
}

/// Who asks, where somebody may still have to set a second factor up, but owes none that there is.
pub(super) async fn setting_up(site: &Site, headers: &HeaderMap) -> Answer<Caller> {
    let caller = half_signed_in(site, headers).await?;
    match caller.standing {
        Standing::Full | Standing::SetUpAsked => Ok(caller),
        Standing::CodeAsked => Err(ProblemCode::SecondFactorAsked.into()),
    }
}

/// The kind of device that asks.
pub(super) struct On(pub(super) DeviceKind);

impl<S: Sync> axum::extract::FromRequestParts<S> for On {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        let agent = parts.headers.get(header::USER_AGENT);
        Ok(Self(kind_of(
            agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default(),
        )))
    }
}

/// Whose logins these were, their sockets close.
pub(super) fn close(site: &Site, ended: &[LoginId]) {
    for login in ended {
        site.house.rooms.login_ended(*login);
    }
}

/// `GET /api/state`.
pub(super) async fn state(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer<Response> {
    let me = match caller(&site, &headers).await? {
        None => None,
        Some(caller) => Some(me(&site, &caller).await?),
    };
    let first_run = me.is_none() && site.house.identity.is_first_run().await?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Ok(json(&ServerState {
        version,
        first_run,
        demo: site.house.demo,
        outside: site.house.identity.outside_name(),
        me,
    }))
}

async fn me(site: &Site, caller: &Caller) -> Answer<Me> {
    let store = site.house.identity.store();
    match &caller.who {
        Who::Facilitator(_) if caller.standing != Standing::Full => Ok(Me::HalfSignedIn {
            set_up: caller.standing == Standing::SetUpAsked,
            app: store.authenticator(caller.any_account()?.account).await?.is_some(),
        }),
        Who::Facilitator(account) => {
            let groups = store.rooms_of(account.account).await?;
            Ok(Me::Facilitator {
                account: account.account,
                name: account.name.expose().clone(),
                roles: account.roles.clone(),
                recovery_saved: account.recovery_saved,
                groups: groups.into_iter().map(|room| groups::summary(site, room)).collect(),
                second_factor: account.has_second_factor,
                second_factor_due: site.house.identity.second_factor_due(account),
            })
        }
        Who::Guest => {
            let mut seats = Vec::new();
            for place in store.places(caller.login, site.house.identity.now()).await? {
                seats.extend(seat(site, place).await?);
            }
            Ok(Me::Guest { seats })
        }
    }
}

/// A place as its holder sees it; none once the person or the group is gone.
pub(super) async fn seat(site: &Site, place: Place) -> Answer<Option<Seat>> {
    let room: RoomId = place.room;
    let Some(name) = place.name else { return Ok(None) };
    let Some(found) = site.house.identity.store().room(room).await? else {
        return Ok(None);
    };
    Ok(Some(Seat {
        room,
        participant: place.participant,
        name,
        group: found.title,
        role: place.role,
    }))
}

/// `POST /api/first-run`.
pub(super) async fn first_run(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    Form(form): Form<FirstRun>,
) -> Answer<Response> {
    let (started, recovery_key) = site.house.identity.set_up(&form, device, network).await?;
    Ok(with_cookie(&site, json(&RecoveryKey { recovery_key }), &started))
}

/// `POST /api/recovery/new`: the page with the key was lost before it was confirmed.
pub(super) async fn new_recovery_key(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = setting_up(&site, &headers).await?;
    if caller.any_account()?.recovery_saved {
        return Err(ProblemCode::NotPermitted.into());
    }
    let recovery_key = site.house.identity.make_recovery_key().await?;
    Ok(json(&RecoveryKey { recovery_key }))
}

/// `POST /api/recovery/confirm`.
pub(super) async fn confirm_recovery(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(form): Form<ConfirmRecovery>,
) -> Answer<StatusCode> {
    let caller = setting_up(&site, &headers).await?;
    let account = caller.any_account()?;
    // Whoever kept it has nothing left to confirm, and would be guessing.
    if account.recovery_saved {
        return Err(ProblemCode::NotPermitted.into());
    }
    site.house
        .identity
        .confirm_recovery(account.account, &form.last_group)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/recover`. Whoever was signed in with the old passphrase is no longer.
pub(super) async fn recover(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    Form(form): Form<Recover>,
) -> Answer<Response> {
    let (started, ended) = site.house.identity.recover(&form, device, network).await?;
    close(&site, &ended);
    Ok(with_cookie(&site, StatusCode::NO_CONTENT.into_response(), &started))
}

/// `POST /api/sign-in`. The cookie is always a new one, so that nobody can plant one beforehand.
pub(super) async fn sign_in(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Answer<Response> {
    let former = caller(&site, &headers).await?.map(|caller| caller.login);
    let started = site.house.identity.sign_in(&form, former, device, network).await?;
    if let Some(former) = former {
        site.house.rooms.login_ended(former);
    }
    Ok(with_cookie(&site, StatusCode::NO_CONTENT.into_response(), &started))
}

/// `POST /api/sign-out`. Signing out twice is no fault. What the browser kept of us goes too.
pub(super) async fn sign_out(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    if let Some(caller) = caller(&site, &headers).await? {
        site.house.identity.end(caller.login).await?;
        site.house.rooms.login_ended(caller.login);
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie::end());
    response
        .headers_mut()
        .insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}

/// The answer, with the cookie of a login that has just begun. Those that gave way to it close.
pub(super) fn with_cookie(site: &Site, mut response: Response, started: &Started) -> Response {
    close(site, &started.ended);
    response
        .headers_mut()
        .insert(header::SET_COOKIE, cookie::begin(started));
    response
}
