//! Signing in: nothing tells a wrong passphrase from an unknown address, and nobody may try for ever.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Browser, EMAIL, PASSPHRASE, Reply, World};
use rondo::http::Rooms;
use std::sync::Arc;

async fn tries(browser: &mut Browser, email: &str, passphrase: &str) -> Reply {
    browser
        .post("/api/sign-in", &json!({ "email": email, "passphrase": passphrase }))
        .await
}

fn without_date(mut reply: Reply) -> Reply {
    reply.headers.retain(|(name, _)| name != "date");
    reply
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_passphrase_get_the_same_bytes() {
    let (world, _) = World::start().await;
    world.ida().await;
    let unknown = without_date(tries(&mut world.browser(), "nobody@example.org", PASSPHRASE).await);
    let wrong = without_date(tries(&mut world.browser(), EMAIL, "the kettle sings high").await);
    assert_eq!(unknown, wrong);
    assert_eq!(wrong.code(), "wrong_credentials");
    // The waits are the same too.
    for email in [EMAIL, "nobody@example.org"] {
        let mut replies = Vec::new();
        for _ in 0..5 {
            replies.push(tries(&mut world.browser(), email, "the kettle sings high").await);
        }
        assert!(replies[..4].iter().all(|reply| reply.status == 401));
        assert_eq!(
            (replies[4].code().as_str(), replies[4].header("retry-after")),
            ("too_fast", Some("60")),
            "{email}"
        );
    }
}

#[tokio::test]
async fn after_five_wrong_tries_even_the_right_one_waits_and_then_clears_the_slate() {
    let (world, _) = World::start().await;
    world.ida().await;
    for _ in 0..5 {
        assert_eq!(
            tries(&mut world.browser(), EMAIL, "wrong wrong wrong").await.status,
            401
        );
    }
    assert_eq!(tries(&mut world.browser(), EMAIL, PASSPHRASE).await.status, 429);
    assert_eq!(
        tries(&mut world.browser(), " IDA.Lindqvist@example.org", PASSPHRASE)
            .await
            .status,
        429,
        "one account, however it is spelt"
    );
    world.passes(Duration::from_secs(60));
    assert_eq!(tries(&mut world.browser(), EMAIL, PASSPHRASE).await.status, 204);
    assert_eq!(
        tries(&mut world.browser(), EMAIL, "wrong wrong wrong").await.status,
        401,
        "counted from the start again"
    );
}

#[tokio::test]
async fn one_network_tries_at_a_pace_and_a_forged_header_makes_it_no_other() {
    let (world, _) = World::start().await;
    let mut statuses = Vec::new();
    for n in 0..31 {
        let mut browser = world.browser();
        let origin = world.origin();
        let forged = format!("198.51.100.{n}");
        let headers = [
            ("origin", origin.as_str()),
            ("content-type", "application/json"),
            ("x-forwarded-for", forged.as_str()),
        ];
        let form = json!({ "email": format!("{n}@example.org"), "passphrase": "x" }).to_string();
        statuses.push(browser.send("POST", "/api/sign-in", &headers, &form).await.status);
    }
    assert!(statuses[..30].iter().all(|status| *status == 401), "{statuses:?}");
    assert_eq!(statuses[30], 429);
}

#[tokio::test]
async fn a_declared_proxy_s_clients_are_counted_one_by_one() {
    let rooms: Arc<dyn Rooms> = Arc::new(crate::world::Recorder::default());
    let world = World::start_with(
        |config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()],
        rooms,
    )
    .await;
    for n in 0..31 {
        let (mut browser, origin, client) = (world.browser(), world.origin(), format!("198.51.100.{n}"));
        let headers = [
            ("origin", origin.as_str()),
            ("content-type", "application/json"),
            ("x-forwarded-for", client.as_str()),
        ];
        let form = json!({ "email": format!("{n}@example.org"), "passphrase": "x" }).to_string();
        assert_eq!(
            browser.send("POST", "/api/sign-in", &headers, &form).await.status,
            401,
            "{n}"
        );
    }
}

#[tokio::test]
async fn each_sign_in_has_a_cookie_of_its_own_with_every_lock_on() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let first = ida.cookie.clone();
    let reply = tries(&mut ida, EMAIL, PASSPHRASE).await;
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-rondo="));
    for lock in [
        "; Path=/",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Strict",
        "; Max-Age=43200",
    ] {
        assert!(cookie.contains(lock), "{lock}");
    }
    assert!(!cookie.contains("Domain"));
    assert_ne!(ida.cookie, first);
    let mut former = Browser {
        cookie: first,
        ..ida.clone()
    };
    assert_eq!(
        former.get("/api/state").await.json()["me"],
        Value::Null,
        "the cookie from before opens nothing"
    );
    assert_eq!(rooms.ended.lock().unwrap().len(), 1);
    let planted = Browser {
        cookie: Some("A".repeat(43)),
        ..ida.clone()
    };
    assert_eq!(planted.clone().get("/api/state").await.json()["me"], Value::Null);
}

#[tokio::test]
async fn a_facilitator_is_signed_out_after_a_quarter_of_an_hour_without_a_sign_of_life() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let minutes = |n: u64, seconds: u64| Duration::from_secs(n * 60 + seconds);
    for _ in 0..3 {
        world.passes(minutes(14, 59));
        assert_ne!(ida.get("/api/state").await.json()["me"], Value::Null, "14:59");
    }
    // A live room connection is a sign of life.
    let ticket = ida.has_ticket(&room).await;
    let (_, open) = ida.knocks(&room, &ticket).await;
    rooms.came.notified().await;
    world.passes(minutes(90, 0));
    assert_eq!(
        ida.get("/api/packs").await.status,
        200,
        "an hour and a half in a session"
    );
    world.passes(minutes(60, 0));
    rooms.seats.lock().unwrap().clear();
    drop(open);
    world.passes(minutes(14, 59));
    assert_eq!(
        ida.get("/api/packs").await.status,
        200,
        "idleness begins as the connection ends"
    );
    world.passes(minutes(15, 1));
    assert_eq!(ida.get("/api/packs").await.code(), "signed_out", "15:01");
    assert_eq!(ida.get("/api/packs").await.code(), "signed_out");
}

#[tokio::test]
async fn a_facilitator_is_signed_out_after_twelve_hours_whatever_happens() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    for _ in 0..12 * 6 - 1 {
        world.passes(Duration::from_secs(600));
        assert_eq!(ida.get("/api/packs").await.status, 200);
    }
    world.passes(Duration::from_secs(600));
    assert_eq!(ida.get("/api/packs").await.code(), "signed_out");
}

#[tokio::test]
async fn signing_out_ends_the_login_here_and_leaves_nothing_in_the_browser() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let kept = ida.clone();
    let reply = ida.post("/api/sign-out", &json!({})).await;
    assert_eq!((reply.status, ida.cookie.as_ref()), (204, None));
    assert_eq!(reply.header("clear-site-data"), Some("\"cache\", \"storage\""));
    assert_eq!(
        kept.clone().get("/api/packs").await.code(),
        "signed_out",
        "also for a copy of the cookie"
    );
    assert_eq!(rooms.ended.lock().unwrap().len(), 1);
    assert_eq!(
        ida.post("/api/sign-out", &json!({})).await.status,
        204,
        "twice is no fault"
    );
}
