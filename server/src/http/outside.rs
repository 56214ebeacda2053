//! The way to the practice's own sign-in service and back: to the page `/outside`, which hands over what the service gave the browser.
//!
//! The service sends the browser back from another site, and our login cookie does not travel on such a way; the page's own form does carry it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::api::{DeviceKind, OutsideAnswer, OutsideBegun};

use super::answer::{Answer, Form, Nothing, json};
use super::audited::Did;
use super::sign_in::{From, On, caller, close, signed_in, with_cookie};
use super::{Site, cookie};
use crate::audit::Thing;
use crate::config::NetworkKey;
use crate::identity::{Caller, Came};

/// `POST /api/outside/begin`.
pub(super) async fn begin(
    State(site): State<Arc<Site>>,
    From(network): From,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    begun(&site, None, network).await
}

/// `POST /api/account/outside/begin`.
pub(super) async fn begin_link(
    State(site): State<Arc<Site>>,
    From(network): From,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    begun(&site, Some(&caller), network).await
}

async fn begun(site: &Site, caller: Option<&Caller>, network: NetworkKey) -> Answer<Response> {
    let back_to = back_to(site);
    let begun = site.house.identity.begin_outside(caller, &back_to, network);
    let (url, secret) = begun.await?;
    let mut response = json(&OutsideBegun { url });
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookie::begin_outside(&secret));
    Ok(response)
}

/// `POST /api/outside/finish`.
pub(super) async fn finish(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    headers: HeaderMap,
    Form(form): Form<OutsideAnswer>,
) -> Response {
    let finished = finished(&site, network, device, &headers, &form).await;
    let mut response = finished.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().append(header::SET_COOKIE, cookie::end_outside());
    response
}

async fn finished(
    site: &Site,
    network: NetworkKey,
    device: DeviceKind,
    headers: &HeaderMap,
    form: &OutsideAnswer,
) -> Answer<Response> {
    let caller = caller(site, headers).await?;
    let identity = &site.house.identity;
    let back_to = back_to(site);
    let cookie = cookie::read_outside(headers);
    let came = identity.finish_outside(cookie, form, caller.as_ref(), &back_to, device, network);
    let came = came.await?;
    let response = json(&came.said());
    Ok(match came {
        Came::SignedIn { started, linked } => {
            let former = caller.map(|caller| caller.login);
            close(site, former.as_slice());
            let response = with_cookie(site, response, &started);
            if linked {
                Did(&[Thing::Factor, Thing::Login]).with(response)
            } else {
                response
            }
        }
        Came::Linked => Did(&[Thing::Factor]).with(response),
    })
}

/// `POST /api/account/outside/remove`.
pub(super) async fn remove(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let ended = site.house.identity.remove_outside(&caller).await?;
    close(&site, &ended);
    Ok(StatusCode::NO_CONTENT)
}

fn back_to(site: &Site) -> String {
    format!("{}/outside", site.origins.first())
}
