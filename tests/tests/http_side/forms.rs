//! How forms are read, and what hostile requests get.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::{ParticipantId, RoomId};
use rondo::http::{ROUTES, Rooms, SeatGrant, Socket};
use rondo::store::directory::LoginId;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::access::form;
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
    let mut refused = 0;
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
        "content-length:\r\n",
        "content-length: -1\r\n",
        "content-length: 2 2\r\n",
        "content-length: 99999999999999999999\r\n",
        "content-length: 2;\r\n",
        "content-length: 2\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: identity\r\ncontent-length: 2\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding: \"chunked\"\r\n",
        "transfer-encoding : chunked\r\n",
        "transfer-encoding:\x0bchunked\r\n",
    ] {
        let request = format!(
            "POST /api/sign-out HTTP/1.1\r\nhost: x\r\norigin: {}\r\n{lengths}\r\n{{}}{second}",
            world.origin()
        );
        let reply = exchange(TcpStream::connect(world.address).await.unwrap(), &request).await;
        assert_eq!(reply.status, 400, "{lengths}");
        assert!(!reply.body.contains("HTTP/1.1"), "a second answer to {lengths}");
        refused += 1;
    }
    assert!(refused >= 20, "{refused}");
}

/// Every text of a form in the place of which something else can stand, by its path in the form.
fn texts(form: &Value) -> Vec<String> {
    match form {
        Value::String(_) => vec![String::new()],
        Value::Array(all) => {
            let inside = |(n, one)| texts(one).into_iter().map(move |rest| format!("/{n}{rest}"));
            all.iter().enumerate().flat_map(inside).collect()
        }
        Value::Object(all) => {
            let inside = |(key, one)| texts(one).into_iter().map(move |rest| format!("/{key}{rest}"));
            all.iter().flat_map(inside).collect()
        }
        _ => vec![],
    }
}

/// Patterns that go back and forth over a text choke on this one (ASVS V1.3.12). There are none here; what there is must be linear.
#[tokio::test]
async fn a_megabyte_in_any_text_is_refused_unread_and_the_most_that_is_read_costs_a_moment() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (mut asked, mut slowest) = (0, (Duration::ZERO, String::new()));
    for route in ROUTES.iter().filter(|route| route.method == "post") {
        let form = form(route, "in_00000000000000000000000000000001");
        let path = route.path.replace("{room}", &room);
        for field in texts(&form) {
            for (length, whole) in [(1_000_000, false), (60_000, true)] {
                let mut form = form.clone();
                *form.pointer_mut(&field).unwrap() = format!("{}!", "a".repeat(length)).into();
                let begun = Instant::now();
                let reply = ida.clone().post(&path, &form).await;
                let named = format!("{path}{field} with {length}");
                // Packs are as long as packs are; no other form is.
                if whole || path.starts_with("/api/packs/") {
                    let answered = (200..300).contains(&reply.status) || (400..500).contains(&reply.status);
                    assert!(answered, "{named}: {reply:?}");
                } else {
                    assert_eq!(reply.code(), "too_large", "{named}");
                }
                slowest = slowest.max((begun.elapsed(), named));
                asked += 1;
            }
        }
    }
    println!(
        "V1.3.12: {asked} texts, 0 broke (3/N {:.4}); the slowest took {:?}: {}",
        3.0 / f64::from(asked),
        slowest.0,
        slowest.1
    );
    assert!(asked >= 60, "{asked}");
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
