//! The metrics' own listener: one address, one page of numbers, nothing else. It is never merged into the public routes.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::serve::serve;
use super::stream::Places;

/// What the page says just now.
pub(crate) type Text = dyn Fn() -> String + Send + Sync;

/// The format's version, by which collectors read it.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers collectors until `stop`.
pub(crate) async fn tell(listener: TcpListener, text: Arc<Text>, stop: CancellationToken) {
    let page = move || {
        let text = text();
        async move { ([(header::CONTENT_TYPE, FORMAT)], text) }
    };
    let routes = Router::new()
        .route("/metrics", get(page))
        .fallback(|| async { (StatusCode::NOT_FOUND, "/metrics\n") });
    serve(listener, None, Places::of_this_house(Vec::new()), routes, stop).await;
}
