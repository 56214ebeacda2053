//! From a seat to a socket: one ticket, one use, thirty seconds, one person, one room (ASVS V4.4.3).

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::world::World;

#[tokio::test]
async fn a_ticket_opens_a_socket_once() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let ticket = ida.has_ticket(&room).await;
    let (reply, _open) = ida.knocks(&room, &ticket).await;
    assert_eq!(reply.status, 101);
    assert_eq!(
        reply.header("sec-websocket-accept"),
        Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );
    assert_eq!(reply.header("sec-websocket-protocol"), Some("rondo.1"));
    assert_eq!(
        reply.header("sec-websocket-extensions"),
        None,
        "no compression, no bombs"
    );
    rooms.came.notified().await;
    {
        let seats = rooms.seats.lock().unwrap();
        let (seat, _) = &seats[0];
        assert_eq!(
            (seat.room.to_string(), seat.role, seat.name.expose().as_str()),
            (room.clone(), protocol::Role::Facilitator, "Ida Lindqvist")
        );
    }
    assert_eq!(ida.knocks(&room, &ticket).await.0.status, 403, "used up");
}

#[tokio::test]
async fn a_ticket_opens_nothing_late_elsewhere_or_for_another() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let (room, other) = (ida.makes_a_group("Tuesdays").await, ida.makes_a_group("Fridays").await);
    let (_, secret) = ida.invites(&room, "Ana", "member").await;
    let mut ana = world.browser();
    assert_eq!(ana.joins(&secret).await.status, 200);

    let ticket = ida.has_ticket(&room).await;
    world.passes(Duration::from_secs(31));
    assert_eq!(ida.knocks(&room, &ticket).await.0.status, 403, "after 31 seconds");
    let ticket = ida.has_ticket(&room).await;
    assert_eq!(ida.knocks(&other, &ticket).await.0.status, 403, "another room");
    let ticket = ida.has_ticket(&room).await;
    assert_eq!(ana.knocks(&room, &ticket).await.0.status, 403, "another cookie");
    let ticket = ida.has_ticket(&room).await;
    assert_eq!(world.browser().knocks(&room, &ticket).await.0.status, 401, "no cookie");
    assert_eq!(ida.knocks(&room, "").await.0.status, 403, "no ticket");
    assert_eq!(ana.ticket(&other).await.code(), "not_permitted", "no seat, no ticket");
    assert_eq!(
        ana.ticket("rm_00000000000000000000000000000000").await.code(),
        "not_permitted",
        "the same for a room that is not"
    );
    assert_eq!(ana.ticket("..%2Fsign-out").await.code(), "not_found");
    assert!(rooms.seats.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_handshake_is_told_which_version_would_do() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let origin = world.origin();
    let reply = ida
        .send("GET", &format!("/api/rooms/{room}/ws"), &[("origin", &origin)], "")
        .await;
    assert_eq!(
        (reply.code().as_str(), reply.header("sec-websocket-version")),
        ("malformed", Some("13"))
    );
}

#[tokio::test]
async fn a_seat_that_was_revoked_after_its_ticket_gets_no_socket() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (invite, secret) = ida.invites(&room, "Ana", "member").await;
    let mut ana = world.browser();
    ana.joins(&secret).await;
    let ticket = ana.has_ticket(&room).await;
    assert_eq!(
        ida.post(&format!("/api/groups/{room}/invites/{invite}/revoke"), &json!({}))
            .await
            .status,
        204
    );
    let status = ana.knocks(&room, &ticket).await.0.status;
    assert!(matches!(status, 401 | 403), "{status}");
    assert!(rooms.seats.lock().unwrap().is_empty());
}

/// With the real hub behind the door: the closes that people's pages hear.
#[tokio::test]
async fn a_revoked_link_closes_its_sockets_with_4403_and_signing_out_with_4401() {
    let world = World::start_from(|_| (), |clock, library| rondo::app::parts(clock, library, false)).await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (invite, secret) = ida.invites(&room, "Ana", "member").await;
    let mut ana = world.browser();
    ana.joins(&secret).await;
    let mut lines = Vec::new();
    for browser in [&mut ana, &mut ida] {
        let ticket = browser.has_ticket(&room).await;
        let (reply, stream) = browser.knocks(&room, &ticket).await;
        assert_eq!(reply.status, 101);
        let mut line = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        let welcome = line.next().await.unwrap().unwrap().into_text().unwrap();
        assert!(welcome.contains("\"welcome\""), "{welcome}");
        lines.push(line);
    }
    assert_eq!(
        ida.post(&format!("/api/groups/{room}/invites/{invite}/revoke"), &json!({}))
            .await
            .status,
        204
    );
    assert_eq!(close_code(&mut lines[0]).await, 4403);
    assert_eq!(ida.post("/api/sign-out", &json!({})).await.status, 204);
    assert_eq!(close_code(&mut lines[1]).await, 4401);
}

async fn close_code(line: &mut WebSocketStream<tokio::net::TcpStream>) -> u16 {
    loop {
        let said = tokio::time::timeout(Duration::from_secs(20), line.next())
            .await
            .expect("the socket was closed in time");
        match said {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(_)) => {}
            other => panic!("ended without a close: {other:?}"),
        }
    }
}
