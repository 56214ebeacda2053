//! An account's own page: the way to the second factor, setting one up, passkeys, and the logins there are.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::Private;
use protocol::api::{ChangePassphrase, ConfirmAuthenticator, ConfirmPasskey, PasskeyAnswer, Proof, SecondFactor};

use super::Site;
use super::answer::{Answer, Form, Nothing, json};
use super::sign_in::{From, On, caller, close, half_signed_in, setting_up, signed_in, with_cookie};

/// `POST /api/second-factor`. The cookie is a new one: what was shown half-way opens nothing afterwards.
pub(super) async fn second_factor(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    headers: HeaderMap,
    Form(form): Form<SecondFactor>,
) -> Answer<Response> {
    let caller = half_signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let started = identity.second_step(&caller, &form.code, device, network).await?;
    close(&site, &[caller.login]);
    Ok(with_cookie(&site, StatusCode::NO_CONTENT.into_response(), &started))
}

/// `GET /api/account`.
pub(super) async fn detail(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer<Response> {
    let caller = setting_up(&site, &headers).await?;
    Ok(json(&site.house.identity.detail(&caller).await?))
}

/// `POST /api/account/prove`.
pub(super) async fn prove(
    State(site): State<Arc<Site>>,
    From(network): From,
    headers: HeaderMap,
    Form(proof): Form<Proof>,
) -> Answer<StatusCode> {
    let caller = setting_up(&site, &headers).await?;
    let identity = &site.house.identity;
    identity.prove(&caller, &proof, &site.party, network).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/account/authenticator/begin`.
pub(super) async fn begin_authenticator(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = setting_up(&site, &headers).await?;
    let host = site.origins.first().host();
    Ok(json(&site.house.identity.begin_authenticator(&caller, host).await?))
}

/// `POST /api/account/authenticator/confirm`.
pub(super) async fn confirm_authenticator(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(form): Form<ConfirmAuthenticator>,
) -> Answer<Response> {
    let caller = setting_up(&site, &headers).await?;
    let identity = &site.house.identity;
    let (codes, ended) = identity.confirm_authenticator(&caller, &form.code).await?;
    close(&site, &ended);
    Ok(json(&codes))
}

/// `POST /api/account/authenticator/remove`.
pub(super) async fn remove_authenticator(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let ended = site.house.identity.remove_authenticator(&caller).await?;
    close(&site, &ended);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/account/recovery-codes/new`.
pub(super) async fn new_recovery_codes(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    Ok(json(&site.house.identity.new_recovery_codes(&caller).await?))
}

/// `POST /api/account/passphrase`.
pub(super) async fn change_passphrase(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    headers: HeaderMap,
    Form(form): Form<ChangePassphrase>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let identity = &site.house.identity;
    let (started, ended) = identity.change_passphrase(&caller, &form, device, network).await?;
    close(&site, &ended);
    Ok(with_cookie(&site, StatusCode::NO_CONTENT.into_response(), &started))
}

/// `POST /api/account/logins/{login}/end`.
pub(super) async fn end_login(
    State(site): State<Arc<Site>>,
    Path(name): Path<Private<String>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let ended = site.house.identity.end_one(&caller, name.expose()).await?;
    close(&site, &[ended]);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/account/logins/end`: all but the one that asks.
pub(super) async fn end_other_logins(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let ended = site.house.identity.end_others(&caller).await?;
    close(&site, &ended);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/account/passkeys/begin`.
pub(super) async fn begin_passkey(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = setting_up(&site, &headers).await?;
    Ok(json(&site.house.identity.begin_passkey(&caller, &site.party).await?))
}

/// `POST /api/account/passkeys/confirm`.
pub(super) async fn confirm_passkey(
    State(site): State<Arc<Site>>,
    On(device): On,
    headers: HeaderMap,
    Form(form): Form<ConfirmPasskey>,
) -> Answer<Response> {
    let caller = setting_up(&site, &headers).await?;
    let identity = &site.house.identity;
    let made = identity.confirm_passkey(&caller, &site.party, &form.credential, device);
    let (codes, ended) = made.await?;
    close(&site, &ended);
    Ok(json(&codes))
}

/// `POST /api/account/passkeys/{passkey}/remove`.
pub(super) async fn remove_passkey(
    State(site): State<Arc<Site>>,
    Path(name): Path<Private<String>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let ended = site.house.identity.remove_passkey(&caller, name.expose()).await?;
    close(&site, &ended);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/passkeys/ask`: to sign in, or as a fresh proof.
pub(super) async fn ask_for_passkey(
    State(site): State<Arc<Site>>,
    From(network): From,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    Ok(json(&site.house.identity.ask_for_passkey(&site.party, network).await?))
}

/// `POST /api/passkeys/sign-in`. In place of a passphrase, or of the code after one.
pub(super) async fn sign_in_by_passkey(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    headers: HeaderMap,
    Form(form): Form<PasskeyAnswer>,
) -> Answer<Response> {
    let former = caller(&site, &headers).await?.map(|caller| caller.login);
    let identity = &site.house.identity;
    let started = identity.sign_in_by_passkey(&site.party, &form, former, device, network);
    let started = started.await?;
    close(&site, former.as_slice());
    Ok(with_cookie(&site, StatusCode::NO_CONTENT.into_response(), &started))
}
