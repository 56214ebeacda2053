//! What every request passes through, whatever it asks for: the origin check, the last resort, the headers, the log line.
//!
//! A handler cannot forget any of it, because it stands around the routes and not inside them.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use protocol::api::ProblemCode;
use tokio::time::{Instant, timeout};

use super::serve::Peer;
use super::{Site, peer};
use crate::identity::{No, random_bits};

/// No handler works longer: reading a body (10 s), a queue of passphrases (2 s) and a slow disk fit twice.
const LONGEST_WORK: Duration = Duration::from_secs(30);

/// What the page may do. Nothing comes from anywhere else, no script stands in the page, nobody frames it, and no text becomes markup
/// or code but through the one policy that Svelte makes for the templates it was compiled with.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";
/// What the browser lends the page: eyes and ears on request, and the screen of whoever leads, nothing else. Only names that browsers
/// know: each other one is a warning on every page's console.
const PERMISSIONS_POLICY: &str = "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=(), \
     serial=(), midi=(), browsing-topics=()";
/// Two years, as the preload lists ask.
const STRICT_TRANSPORT: &str = "max-age=63072000";

const ALWAYS: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", PERMISSIONS_POLICY),
];

/// The client's network address, as far as it can be believed. A request without a peer came from inside a test.
pub(super) fn client(site: &Site, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
    let at = extensions
        .get::<Peer>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
    peer::client_address(at, headers, &site.proxies)
}

/// Around every route.
pub(super) async fn around(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let is_api = request.uri().path().starts_with("/api/");
    // The pattern, never the path: who met whom is not for the log.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let mut response = if changes_something(&method) && !site.origins.sent(request.headers()) {
        No::from(ProblemCode::CrossSite).into_response()
    } else {
        answered(next.run(request)).await
    };
    dress(response.headers_mut(), is_api, site.strict_transport);
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(target: "rondo::access", %method, route = route.as_deref().unwrap_or("(page)"), status = response.status().as_u16(), millis);
    response
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// The last resort: a handler that panics or never ends is answered for, and nobody else notices.
async fn answered(handler: impl Future<Output = Response>) -> Response {
    match timeout(LONGEST_WORK, AssertUnwindSafe(handler).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => {
            let id = format!("{:08x}", random_bits() >> 96);
            tracing::error!(error = %id, "a request handler panicked");
            No::because(
                ProblemCode::Internal,
                format!("{} (error {id})", ProblemCode::Internal.sentence()),
            )
            .into_response()
        }
        Err(_) => {
            tracing::error!("a request took too long");
            No::from(ProblemCode::Unavailable).into_response()
        }
    }
}

fn dress(headers: &mut HeaderMap, is_api: bool, strict_transport: bool) {
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if strict_transport {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(STRICT_TRANSPORT),
        );
    }
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    #[tokio::test]
    async fn a_handler_that_panics_is_answered_for_without_its_words() {
        let response = answered(async { panic!("Ana said something private") }).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            body.contains("\"internal\"") && body.contains("(error ") && !body.contains("Ana"),
            "{body}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_never_ends_is_answered_for() {
        assert_eq!(
            answered(std::future::pending()).await.status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
