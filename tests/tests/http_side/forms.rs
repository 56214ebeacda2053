//! How forms are read, and what hostile requests get.

use std::pin::Pin;
use std::sync::Arc;

use protocol::{ParticipantId, RoomId};
use rondo::http::{Rooms, SeatGrant, Socket};
use rondo::store::directory::LoginId;
use serde_json::json;
use tokio::net::TcpStream;

use crate::world::{World, exchange};

#[tokio::test]
async fn a_body_over_64_kib_is_too_large_announced_or_not() {
    let (world, _) = World::start().await;
    let large = json!({ "secret": "x".repeat(64 * 1024) });
    assert_eq!(world.browser().post("/api/join", &large).await.code(), "too_large");
    let body = large.to_string();
    let chunked = format!(
        "POST /api/join HTTP/1.1\r\nhost: x\r\norigin: {}\r\ncontent-type: application/json\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        world.origin(),
        body.len()
    );
    let reply = exchange(TcpStream::connect(world.address).await.unwrap(), &chunked).await;
    assert_eq!(reply.code(), "too_large");
}

#[tokio::test]
async fn a_form_with_a_field_too_many_or_of_another_kind_changes_nothing() {
    let (world, _) = World::start().await;
    let mut browser = world.browser();
    for body in [
        "",
        "{",
        "[]",
        "null",
        r#"{"secret":"x","admin":true}"#,
        r#"{"secret":7}"#,
        "{\"secret\":\"\u{0}\"}",
    ] {
        let own = [
            ("origin", &*browser.origin.clone()),
            ("content-type", "application/json"),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(
            browser.send("POST", "/api/join", &own, body).await.code(),
            "malformed",
            "{body}"
        );
    }
    let origin = world.origin();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let reply = browser
            .send(
                "POST",
                "/api/join",
                &[("origin", &origin), ("content-type", kind)],
                r#"{"secret":"x"}"#,
            )
            .await;
        assert_eq!(reply.code(), "malformed", "{kind}");
    }
}

#[tokio::test]
async fn two_lengths_of_one_body_are_refused_and_the_connection_is_closed() {
    let (world, _) = World::start().await;
    let second = "GET /api/smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    for lengths in [
        "content-length: 2\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 2\r\n",
        "content-length: 2\r\ncontent-length: 3\r\n",
        "content-length: +2\r\n",
        "content-length: 2, 3\r\n",
        "content-length: 0x2\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "content-length : 2\r\n",
    ] {
        let request = format!(
            "POST /api/sign-out HTTP/1.1\r\nhost: x\r\norigin: {}\r\n{lengths}\r\n{{}}{second}",
            world.origin()
        );
        let reply = exchange(TcpStream::connect(world.address).await.unwrap(), &request).await;
        assert_eq!(reply.status, 400, "{lengths}");
        assert!(!reply.body.contains("HTTP/1.1"), "a second answer to {lengths}");
    }
}

/// Rooms with a bug.
struct Broken;

impl Rooms for Broken {
    fn connect(&self, _: SeatGrant, _: Socket) {}
    fn revoked(&self, _: RoomId, _: ParticipantId) {
        panic!("Ana must not be read here");
    }
    fn seat_ended(&self, _: LoginId, _: RoomId) {}
    fn login_ended(&self, _: LoginId) {}
    fn stop(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn a_bug_in_a_handler_is_one_answer_with_an_id_and_the_house_stands() {
    let world = World::start_with(|_| (), Arc::new(Broken)).await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (invite, _) = ida.invites(&room, "Ana", "member").await;
    let reply = ida
        .post(&format!("/api/groups/{room}/invites/{invite}/revoke"), &json!({}))
        .await;
    assert_eq!(reply.code(), "internal");
    assert!(
        reply.body.contains("(error ") && !reply.body.contains("Ana"),
        "{}",
        reply.body
    );
    assert_eq!(ida.get("/healthz").await.status, 200);
    assert_eq!(ida.get(&format!("/api/groups/{room}")).await.status, 200);
}
