//! What every answer carries, whatever was asked.

use crate::world::{Recorder, World};
use rondo::config::Origin;
use serde_json::json;
use std::sync::Arc;

const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/room/rm_1"),
    ("GET", "/setup"),
    ("GET", "/no-such-file.js"),
    ("GET", "/healthz"),
    ("GET", "/livez"),
    ("GET", "/api/state"),
    ("POST", "/api/first-run"),
    ("POST", "/api/recovery/new"),
    ("POST", "/api/recovery/confirm"),
    ("POST", "/api/recover"),
    ("POST", "/api/sign-in"),
    ("POST", "/api/sign-out"),
    ("POST", "/api/join"),
    ("GET", "/api/packs"),
    ("POST", "/api/groups"),
    ("GET", "/api/groups/rm_00000000000000000000000000000001"),
    ("POST", "/api/groups/rm_00000000000000000000000000000001/invites"),
    (
        "POST",
        "/api/groups/rm_00000000000000000000000000000001/invites/in_00000000000000000000000000000001/revoke",
    ),
    ("POST", "/api/rooms/rm_00000000000000000000000000000001/ticket"),
    ("GET", "/api/rooms/rm_00000000000000000000000000000001/ws"),
    ("GET", "/api/nothing"),
    ("GET", "/api"),
    ("DELETE", "/api/state"),
];

#[tokio::test]
async fn every_answer_carries_the_same_armour() {
    let (world, _) = World::start().await;
    let mut browser = world.browser();
    for (method, path) in ROUTES {
        let reply = match *method {
            "POST" => browser.post(path, &json!({})).await,
            method => browser.send(method, path, &[], "").await,
        };
        let must = |name: &str| {
            reply
                .header(name)
                .unwrap_or_else(|| panic!("{method} {path} lacks {name}"))
                .to_owned()
        };
        let policy = must("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types svelte-trusted-html",
        ] {
            assert!(policy.contains(rule), "{rule}");
        }
        assert!(
            !policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"),
            "{policy}"
        );
        assert_eq!(must("x-content-type-options"), "nosniff");
        assert_eq!(must("referrer-policy"), "no-referrer");
        assert_eq!(must("cross-origin-opener-policy"), "same-origin");
        assert_eq!(must("cross-origin-resource-policy"), "same-origin");
        let lent = must("permissions-policy");
        assert!(lent.contains("camera=(self), microphone=(self)"));
        assert!(
            !lent.contains("bluetooth"),
            "no browser knows that name, and each warns of it on every page"
        );
        assert_eq!(
            reply.header("strict-transport-security"),
            None,
            "not over http on this machine"
        );
        assert_eq!(reply.header("server"), None);
        if path.starts_with("/api") && *path != "/api" {
            assert_eq!(must("cache-control"), "no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn behind_https_browsers_are_told_never_to_come_without() {
    let world = World::start_with(
        |config| config.public_url = Origin::parse_url("https://rondo.example"),
        Arc::new(Recorder::default()),
    )
    .await;
    let reply = world.browser().get("/").await;
    assert_eq!(reply.header("strict-transport-security"), Some("max-age=63072000"));
}

#[tokio::test]
async fn a_page_s_own_address_is_a_page_and_an_unknown_api_address_is_nothing() {
    let (world, _) = World::start().await;
    let mut browser = world.browser();
    for path in ["/", "/setup", "/room/rm_1", "/join"] {
        let reply = browser.get(path).await;
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, Some("text/html")),
            "{path}"
        );
        assert_eq!(
            reply.header("cache-control"),
            Some("no-cache"),
            "the page is asked for anew"
        );
    }
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/groups/rm_1/nothing",
        "/api/state/",
    ] {
        assert_eq!(browser.get(path).await.code(), "not_found", "{path}");
    }
    assert_eq!(
        browser.send("GET", "/api/sign-in", &[], "").await.code(),
        "not_found",
        "another method"
    );
    assert_eq!(browser.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn the_openapi_document_that_is_served_is_the_committed_one() {
    let (world, _) = World::start().await;
    let reply = world.browser().get("/api/openapi.json").await;
    let committed = include_str!("../../../protocol/schema/openapi.json");
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("application/json"))
    );
    assert!(
        reply.body == committed,
        "another document than protocol/schema/openapi.json is served"
    );
}
