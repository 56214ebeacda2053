//! The first run: whoever started the server makes the first facilitator, once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{EMAIL, PASSPHRASE, World};

#[tokio::test]
async fn of_ten_first_runs_at_once_one_happens() {
    let (world, _) = World::start().await;
    let replies = join_all((0..10).map(|_| {
        let (mut browser, form) = (world.browser(), world.first_run_form());
        async move { browser.post("/api/first-run", &form).await }
    }))
    .await;
    let made: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(made.len(), 1);
    assert!(
        replies
            .iter()
            .filter(|reply| reply.status != 200)
            .all(|reply| reply.code() == "already_set_up")
    );
    // The one key that was shown is the one that works, although nine others tried.
    let key = &made[0].json()["recovery_key"];
    let form = json!({ "email": EMAIL, "recovery_key": key, "passphrase": "a lamp in the far window" });
    assert_eq!(world.browser().post("/api/recover", &form).await.status, 204);
}

#[tokio::test]
async fn without_the_printed_secret_there_is_no_first_run() {
    let (world, _) = World::start().await;
    let mut browser = world.browser();
    let state = browser.get("/api/state").await.json();
    assert_eq!((&state["first_run"], &state["me"]), (&json!(true), &Value::Null));
    for wrong in ["", "x", &"A".repeat(43)] {
        let mut form = world.first_run_form();
        form["bootstrap"] = json!(wrong);
        assert_eq!(browser.post("/api/first-run", &form).await.code(), "link_invalid");
    }
    assert_eq!(
        browser.post("/api/first-run", &world.first_run_form()).await.status,
        200
    );
    assert_eq!(
        browser.post("/api/first-run", &world.first_run_form()).await.code(),
        "already_set_up"
    );
    assert_eq!(
        world.browser().get("/api/state").await.json()["first_run"],
        json!(false)
    );
}

#[tokio::test]
async fn a_field_that_does_not_fit_is_named_and_the_link_stays_good() {
    let (world, _) = World::start().await;
    let mut browser = world.browser();
    let wrong = [
        ("name", "", "name"),
        ("name", "Ida\u{202e}", "name"),
        ("email", "ida", "e-mail"),
        ("passphrase", "fourteen chars", "passphrase"),
        ("passphrase", "passwordpassword", "passphrase"),
        ("passphrase", "ida.lindqvist@example.org", "passphrase"),
    ];
    for (field, value, named) in wrong {
        let mut form = world.first_run_form();
        form[field] = json!(value);
        let reply = browser.post("/api/first-run", &form).await;
        assert_eq!(reply.code(), "bad_field");
        assert!(
            reply.json()["title"].as_str().unwrap().contains(named),
            "{}",
            reply.body
        );
    }
    assert_eq!(
        browser.post("/api/first-run", &world.first_run_form()).await.status,
        200
    );
}

#[tokio::test]
async fn no_group_is_made_before_the_recovery_key_is_kept() {
    let (world, _) = World::start().await;
    let mut ida = world.browser();
    let first = ida.post("/api/first-run", &world.first_run_form()).await.json();
    let group = json!({ "title": "Tuesdays", "pack": "group-ipt-8", "language": "en", "starts_on": null });
    assert_eq!(ida.post("/api/groups", &group).await.code(), "recovery_unsaved");
    assert_eq!(
        ida.post("/api/recovery/confirm", &json!({ "last_group": "0000" }))
            .await
            .code(),
        "bad_field"
    );
    // The page with the key was closed too early: another is made, and the first is void.
    let second = ida.post("/api/recovery/new", &json!({})).await.json();
    let last = |key: &Value| {
        key["recovery_key"]
            .as_str()
            .unwrap()
            .rsplit('-')
            .next()
            .unwrap()
            .to_lowercase()
    };
    assert_eq!(
        ida.post("/api/recovery/confirm", &json!({ "last_group": last(&first) }))
            .await
            .code(),
        "bad_field"
    );
    assert_eq!(
        ida.post("/api/recovery/confirm", &json!({ "last_group": last(&second) }))
            .await
            .status,
        204
    );
    assert_eq!(ida.post("/api/groups", &group).await.status, 200);
    assert_eq!(
        ida.post("/api/recovery/new", &json!({})).await.code(),
        "not_permitted",
        "not once it is kept"
    );
    assert_eq!(ida.get("/api/state").await.json()["me"]["recovery_saved"], json!(true));
}

#[tokio::test]
async fn a_recovery_key_sets_a_new_passphrase_and_ends_every_login() {
    let (world, rooms) = World::start().await;
    let mut ida = world.browser();
    let key = ida.post("/api/first-run", &world.first_run_form()).await.json()["recovery_key"].clone();
    let mut other = world.browser();
    let form = |email: &str, key: &Value, passphrase: &str| json!({ "email": email, "recovery_key": key, "passphrase": passphrase });
    assert_eq!(
        other
            .post(
                "/api/recover",
                &form(EMAIL, &json!("0000-0000"), "a lamp in the far window")
            )
            .await
            .code(),
        "wrong_credentials"
    );
    assert_eq!(
        other
            .post(
                "/api/recover",
                &form("else@example.org", &key, "a lamp in the far window")
            )
            .await
            .code(),
        "wrong_credentials"
    );
    assert_eq!(
        other.post("/api/recover", &form(EMAIL, &key, "short")).await.code(),
        "bad_field"
    );
    assert_eq!(
        other
            .post("/api/recover", &form(EMAIL, &key, "a lamp in the far window"))
            .await
            .status,
        204
    );
    assert_eq!(
        ida.get("/api/state").await.json()["me"],
        Value::Null,
        "the old login has ended"
    );
    assert_eq!(rooms.ended.lock().unwrap().len(), 1, "and so do its sockets");
    assert_eq!(
        other.get("/api/state").await.json()["me"]["name"],
        json!("Ida Lindqvist")
    );
    let sign_in = |passphrase: &str| json!({ "email": EMAIL, "passphrase": passphrase });
    assert_eq!(
        world.browser().post("/api/sign-in", &sign_in(PASSPHRASE)).await.code(),
        "wrong_credentials"
    );
    assert_eq!(
        world
            .browser()
            .post("/api/sign-in", &sign_in("a lamp in the far window"))
            .await
            .status,
        204
    );
}
