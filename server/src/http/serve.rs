//! The door: accepts connections, encrypts them, and hands their requests to the routes.
//!
//! Our own loop over hyper rather than axum's `serve`, for three reasons: every wait before a request is bounded, every
//! connection has a counted place, and a room's socket can be taken out as the plain stream it is.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::stream::{Place, Places, Stream};
use crate::limits;

/// After an accept that failed (out of file handles): long enough not to spin, short enough not to be noticed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The network address at the other end, for handlers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// Serve `routes` until `stop`; then finish what was begun, at most [`limits::DRAIN`].
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    places: Arc<Places>,
    routes: Router,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = async { (places.free().await, listener.accept().await) } => accepted,
        };
        let (free, (tcp, address)) = match accepted {
            (free, Ok(accepted)) => (free, accepted),
            (_, Err(fault)) => {
                tracing::warn!(%fault, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // No place: the connection is closed as it is, before it costs anything.
        if let Some(place) = places.seat(free, address.ip()) {
            connections.spawn(connection(
                tcp,
                address,
                place,
                tls.clone(),
                routes.clone(),
                stop.clone(),
            ));
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(
    tcp: TcpStream,
    address: SocketAddr,
    place: Place,
    tls: Option<TlsAcceptor>,
    routes: Router,
    stop: CancellationToken,
) {
    // A turn's change is one small packet: waiting to fill a larger one would be felt.
    let _unsupported = tcp.set_nodelay(true);
    let peer = address.ip();
    let stream = match tls {
        None => Stream::plain(tcp, peer, place),
        Some(tls) => match timeout(limits::TLS_HANDSHAKE, tls.accept(tcp)).await {
            Ok(Ok(encrypted)) => Stream::tls(encrypted, peer, place),
            // Port scanners, plain HTTP on the TLS port, a browser that mistrusts us: nothing to log, nothing to answer.
            Ok(Err(_)) | Err(_) => return,
        },
    };
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        let routes = routes.clone();
        async move { Ok::<_, Infallible>(routes.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let http = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEADER_READ)
        .max_buf_size(limits::MAX_HEADER_BYTES)
        .max_headers(limits::MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut http = std::pin::pin!(http);
    let ended = tokio::select! {
        ended = http.as_mut() => ended,
        () = stop.cancelled() => {
            http.as_mut().graceful_shutdown();
            timeout(limits::DRAIN, http).await.unwrap_or(Ok(()))
        }
    };
    if let Err(fault) = ended {
        tracing::debug!(%fault, "a connection broke off");
    }
}
