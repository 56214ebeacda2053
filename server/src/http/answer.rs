//! Answers: what a handler says when it says no, and how a form is read.
//!
//! Every error is `application/problem+json` (RFC 9457) with a stable code. A form is read strictly: JSON only, bounded in
//! size and time, unknown fields refused, so that a mistake is seen at once rather than ignored.

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use protocol::api::ProblemCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use std::sync::Arc;

use super::Site;
use super::sign_in::signed_in;
use crate::access::Action;
use crate::audit::Subject;
use crate::identity::No;
use crate::limits;

/// What a handler returns.
pub(super) type Answer<T> = Result<T, No>;

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An answer with a body.
pub(super) fn json<T: Serialize>(body: &T) -> Response {
    Json(body).into_response()
}

/// The answer, with what it is about where the address does not say.
pub(super) fn about(mut response: Response, subject: Subject) -> Response {
    response.extensions_mut().insert(subject);
    response
}

/// The form of a request that says everything by its address: `{}`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A form that was read whole.
#[derive(Debug)]
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Form<T> {
    type Rejection = No;

    async fn from_request(request: Request, _state: &S) -> Result<Self, No> {
        if !is_json(request.headers()) {
            return Err(ProblemCode::Malformed.into());
        }
        let bytes = read(request.into_body(), limits::MAX_BODY_BYTES).await?;
        serde_json::from_slice(&bytes)
            .map(Form)
            .map_err(|_| ProblemCode::Malformed.into())
    }
}

/// A form that holds a whole pack, by somebody who is signed in.
#[derive(Debug)]
pub(super) struct LongForm<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Site>> for LongForm<T> {
    type Rejection = No;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, No> {
        // Nobody else may send so much: the login is looked at before the body is read.
        signed_in(site, request.headers()).await?.may(Action::MakeRooms)?;
        if !is_json(request.headers()) {
            return Err(ProblemCode::Malformed.into());
        }
        let bytes = read(request.into_body(), limits::MAX_PACK_BODY_BYTES).await?;
        serde_json::from_slice(&bytes)
            .map(LongForm)
            .map_err(|_| ProblemCode::Malformed.into())
    }
}

/// `Content-Type: application/json` makes a browser ask first before another site's page may send it at all.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

async fn read(body: Body, most: usize) -> Answer<bytes::Bytes> {
    let announced = hyper::body::Body::size_hint(&body).lower();
    if announced > most as u64 {
        return Err(ProblemCode::TooLarge.into());
    }
    let whole = Limited::new(body, most).collect();
    match timeout(limits::BODY_READ, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(fault)) if fault.downcast_ref::<LengthLimitError>().is_some() => Err(ProblemCode::TooLarge.into()),
        Ok(Err(_)) | Err(_) => Err(ProblemCode::Malformed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_form(kind: Option<&str>, body: Body) -> Result<(), ProblemCode> {
        let mut request = Request::new(body);
        if let Some(kind) = kind {
            request
                .headers_mut()
                .insert(header::CONTENT_TYPE, kind.parse().unwrap());
        }
        Form::<protocol::api::Join>::from_request(request, &())
            .await
            .map(|_| ())
            .map_err(|no| no.problem.code)
    }

    #[tokio::test]
    async fn only_json_is_read_and_only_what_fits_the_form() {
        let good = r#"{"secret":"x"}"#;
        assert_eq!(read_form(Some("application/json"), good.into()).await, Ok(()));
        assert_eq!(
            read_form(Some("Application/JSON; charset=utf-8"), good.into()).await,
            Ok(())
        );
        for kind in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("application/jsonp"),
        ] {
            assert_eq!(
                read_form(kind, good.into()).await,
                Err(ProblemCode::Malformed),
                "{kind:?}"
            );
        }
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for body in [
            "",
            "{",
            "[]",
            r#"{"secret":1}"#,
            r#"{"secret":"x","more":1}"#,
            r#"{"secret":"x","secret":"y"}"#,
            &deep,
        ] {
            assert_eq!(
                read_form(Some("application/json"), body.to_owned().into()).await,
                Err(ProblemCode::Malformed)
            );
        }
    }

    #[tokio::test]
    async fn one_byte_over_the_limit_is_too_large_whether_announced_or_not() {
        let large = format!(r#"{{"secret":"{}"}}"#, "x".repeat(limits::MAX_BODY_BYTES));
        assert_eq!(
            read_form(Some("application/json"), large.clone().into()).await,
            Err(ProblemCode::TooLarge)
        );
        let pieces = futures_util::stream::iter(
            large
                .into_bytes()
                .chunks(1000)
                .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
                .collect::<Vec<_>>(),
        );
        assert_eq!(
            read_form(Some("application/json"), Body::from_stream(pieces)).await,
            Err(ProblemCode::TooLarge)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        assert_eq!(
            read_form(Some("application/json"), Body::from_stream(never)).await,
            Err(ProblemCode::Malformed)
        );
    }
}
