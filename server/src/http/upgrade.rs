//! The handshake that turns a request into a room's socket (RFC 6455 section 4.2), checked here to the letter.
//!
//! The answer never carries `Sec-WebSocket-Extensions`: without compression there is no decompression bomb and no length
//! to leak what was said. What comes after the 101 belongs to the rooms.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use protocol::RoomId;
use protocol::api::ProblemCode;
use protocol::wire::SUBPROTOCOL;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::answer::Answer;
use super::rooms::named;
use super::sign_in::signed_in;
use super::{SeatGrant, Site, Socket, Stream, guard};
use crate::identity::No;
use crate::store::directory::Place;

/// 16 bytes in base64.
const KEY_CHARS: usize = 24;

/// `GET /api/rooms/{room}/ws`.
pub(super) async fn open(
    State(site): State<Arc<Site>>,
    room: Result<Path<RoomId>, PathRejection>,
    mut request: Request,
) -> Answer<Response> {
    let headers = request.headers();
    if !site.origins.sent(headers) {
        return Err(ProblemCode::CrossSite.into());
    }
    let room = named(room)?;
    let Some(offer) = Offer::read(request.method(), headers) else {
        return Ok(not_a_handshake());
    };
    let identity = &site.house.identity;
    let caller = signed_in(&site, headers).await?;
    let participant = site
        .tickets
        .consume(offer.ticket, caller.login, room, identity.now())
        .await;
    let participant = participant
        .map_err(No::from)?
        .ok_or(No::from(ProblemCode::NotPermitted))?;
    // The seat may have been taken away since the ticket was given.
    let place = identity.enter(&caller, room).await?;
    if place.participant != participant {
        return Err(ProblemCode::NotPermitted.into());
    }
    identity.has_both_yeses(&place).await?;
    let grant = SeatGrant {
        room,
        participant: place.participant,
        role: place.role,
        name: place.name.ok_or(No::from(ProblemCode::NotPermitted))?,
        login: caller.login,
        login_ends_at: caller.expires_at,
        until: place.until,
        peer: guard::client(&site, headers, request.extensions()),
        live: identity.live(caller.login),
    };
    let answer = accepted(&offer);
    let upgraded = hyper::upgrade::on(&mut request);
    let site = Arc::clone(&site);
    tokio::spawn(async move {
        match upgraded.await.map(|io| io.downcast::<TokioIo<Stream>>()) {
            Ok(Ok(parts)) => hand_over(&site, grant, Socket::new(parts.io.into_inner(), parts.read_buf)).await,
            Ok(Err(_)) => tracing::error!("an upgraded connection is not of our own making"),
            Err(fault) => tracing::debug!(%fault, "a connection broke off during its handshake"),
        }
    });
    Ok(answer)
}

/// Give the socket to the rooms, then look once more: a link revoked between the ticket and this moment was told to the
/// rooms before they knew the socket.
async fn hand_over(site: &Site, grant: SeatGrant, socket: Socket) {
    let (login, room, participant) = (grant.login, grant.room, grant.participant);
    site.house.rooms.connect(grant, socket);
    let stays = |place: Option<Place>| place.is_some_and(|place| place.participant == participant);
    // A store that does not answer takes nobody's seat away.
    if site
        .house
        .identity
        .seat(login, room)
        .await
        .is_ok_and(|place| !stays(place))
    {
        site.house.rooms.revoked(room, participant);
    }
}

/// What a client offers.
struct Offer<'a> {
    key: &'a str,
    ticket: &'a str,
}

impl<'a> Offer<'a> {
    fn read(method: &Method, headers: &'a HeaderMap) -> Option<Self> {
        let one = |name: header::HeaderName| {
            let mut values = headers.get_all(name).iter();
            values
                .next()
                .filter(|_| values.next().is_none())
                .and_then(|value| value.to_str().ok())
        };
        let has = |name, word: &str| {
            let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
            lines
                .flat_map(|line| line.split(','))
                .any(|part| part.trim().eq_ignore_ascii_case(word))
        };
        let key = one(header::SEC_WEBSOCKET_KEY)?;
        let offered = one(header::SEC_WEBSOCKET_PROTOCOL)?;
        let (wire, ticket) = offered.split_once(',')?;
        let fits = method == Method::GET
            && has(header::CONNECTION, "upgrade")
            && has(header::UPGRADE, "websocket")
            && one(header::SEC_WEBSOCKET_VERSION)? == "13"
            && is_key(key)
            && wire.trim() == SUBPROTOCOL
            && !ticket.contains(',');
        fits.then_some(Self {
            key,
            ticket: ticket.trim(),
        })
    }
}

fn is_key(key: &str) -> bool {
    use base64::Engine;
    key.len() == KEY_CHARS
        && base64::engine::general_purpose::STANDARD
            .decode(key)
            .is_ok_and(|bytes| bytes.len() == 16)
}

fn accepted(offer: &Offer<'_>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let accept = HeaderValue::from_str(&derive_accept_key(offer.key.as_bytes())).expect("base64 is header text");
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// Says which version would do (RFC 6455 section 4.2.2).
fn not_a_handshake() -> Response {
    let mut response = No::from(ProblemCode::Malformed).into_response();
    response
        .headers_mut()
        .insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 5] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "rondo.1, the-ticket"),
    ];

    fn headers(change: impl Fn(&str, &str) -> Option<String>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in GOOD {
            if let Some(value) = change(name, value) {
                headers.append(header::HeaderName::from_static(name), value.parse().unwrap());
            }
        }
        headers
    }

    #[test]
    fn the_handshake_of_the_rfc_is_answered_with_its_own_proof() {
        let headers = headers(|_, value| Some(value.to_owned()));
        let offer = Offer::read(&Method::GET, &headers).unwrap();
        assert_eq!(offer.ticket, "the-ticket");
        let answer = accepted(&offer);
        assert_eq!(
            answer.headers()[header::SEC_WEBSOCKET_ACCEPT],
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "RFC 6455 section 1.3"
        );
        assert!(!answer.headers().contains_key(header::SEC_WEBSOCKET_EXTENSIONS));
    }

    #[test]
    fn every_field_of_the_handshake_is_needed_once_and_right() {
        let wrong: [(&str, &[&str]); 5] = [
            ("connection", &["", "close", "upgraded"]),
            ("upgrade", &["h2c", "websockets"]),
            ("sec-websocket-version", &["8", "13, 8", ""]),
            (
                "sec-websocket-key",
                &[
                    "",
                    "dGhlIHNhbXBsZQ==",
                    "!GhlIHNhbXBsZSBub25jZQ==",
                    "dGhlIHNhbXBsZSBub25jZSBub25jZQ==",
                ],
            ),
            (
                "sec-websocket-protocol",
                &["rondo.1", "the-ticket, rondo.1", "rondo.2, t", "rondo.1, t, u", ""],
            ),
        ];
        for (field, values) in wrong {
            assert!(
                Offer::read(
                    &Method::GET,
                    &headers(|name, value| (name != field).then(|| value.to_owned()))
                )
                .is_none(),
                "no {field}"
            );
            for other in values {
                let headers = headers(|name, value| {
                    Some(if name == field {
                        (*other).to_owned()
                    } else {
                        value.to_owned()
                    })
                });
                assert!(Offer::read(&Method::GET, &headers).is_none(), "{field}: {other}");
            }
        }
        let mut twice = headers(|_, value| Some(value.to_owned()));
        twice.append("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==".parse().unwrap());
        assert!(Offer::read(&Method::GET, &twice).is_none());
        assert!(Offer::read(&Method::POST, &headers(|_, value| Some(value.to_owned()))).is_none());
    }
}
