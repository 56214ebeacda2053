//! Personal links: a member's works until it is revoked, a facilitator's once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_member_s_link_opens_a_seat_on_each_of_their_devices() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (_, secret) = ida.invites(&room, " Ana ", "member").await;
    let (mut phone, mut laptop) = (world.browser(), world.browser());
    let seat = phone.joins(&secret).await.json();
    assert_eq!(
        (&seat["name"], &seat["group"], &seat["role"], &seat["room"]),
        (&json!("Ana"), &json!("Tuesdays"), &json!("member"), &json!(room))
    );
    assert_eq!(
        laptop.joins(&secret).await.json(),
        seat,
        "the same person on another device"
    );
    assert_eq!(
        phone.get("/api/state").await.json()["me"],
        json!({ "kind": "guest", "seats": [seat] })
    );
    let detail = ida.get(&format!("/api/groups/{room}")).await.json();
    assert_eq!(
        (&detail["invites"][0]["devices"], &detail["summary"]["members"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        phone.joins(&secret).await.status,
        200,
        "the same link again on the same device"
    );
    world.passes(Duration::from_secs(399 * 24 * 60 * 60));
    assert_ne!(phone.get("/api/state").await.json()["me"], Value::Null);
    world.passes(Duration::from_secs(2 * 24 * 60 * 60));
    assert_eq!(
        phone.get("/api/state").await.json()["me"],
        Value::Null,
        "after 400 days"
    );
}

#[tokio::test]
async fn one_browser_may_hold_several_seats_under_one_cookie() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let (one, two) = (ida.makes_a_group("Tuesdays").await, ida.makes_a_group("Fridays").await);
    let (_, first) = ida.invites(&one, "Ana", "member").await;
    let (_, second) = ida.invites(&two, "Ana", "observer").await;
    let mut ana = world.browser();
    ana.joins(&first).await;
    let cookie = ana.cookie.clone();
    assert_eq!(ana.joins(&second).await.header("set-cookie"), None);
    assert_eq!(ana.cookie, cookie);
    assert_eq!(
        ana.get("/api/state").await.json()["me"]["seats"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        (ana.ticket(&one).await.status, ana.ticket(&two).await.status),
        (200, 200)
    );
}

#[tokio::test]
async fn a_facilitator_s_link_works_once_also_when_ten_come_at_the_same_moment() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (_, secret) = ida.invites(&room, "Jonas", "facilitator").await;
    let replies = futures_util::future::join_all((0..10).map(|_| {
        let (mut browser, secret) = (world.browser(), secret.clone());
        async move { browser.joins(&secret).await }
    }))
    .await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert!(
        replies
            .iter()
            .filter(|reply| reply.status != 200)
            .all(|reply| reply.code() == "link_invalid")
    );
}

#[tokio::test]
async fn a_revoked_link_ends_its_seats_and_its_sockets_at_once() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (invite, secret) = ida.invites(&room, "Ana", "member").await;
    let (bens_invite, bens) = ida.invites(&room, "Ben", "member").await;
    let (mut ana, mut ben) = (world.browser(), world.browser());
    let seat = ana.joins(&secret).await.json();
    ben.joins(&bens).await;
    let revoke = format!("/api/groups/{room}/invites/{invite}/revoke");
    assert_eq!(ida.post(&revoke, &json!({})).await.status, 204);
    let told: Vec<String> = rooms
        .revoked
        .lock()
        .unwrap()
        .iter()
        .map(|(_, who)| who.to_string())
        .collect();
    assert_eq!(told, [seat["participant"].as_str().unwrap()]);
    assert_eq!(ana.ticket(&room).await.code(), "signed_out");
    assert_eq!(ana.joins(&secret).await.code(), "link_invalid");
    assert_eq!(ben.ticket(&room).await.status, 200, "a neighbour is not concerned");
    assert_eq!(ida.post(&revoke, &json!({})).await.status, 204, "twice is no fault");
    let detail = ida.get(&format!("/api/groups/{room}")).await.json();
    let revoked = |id: &str| {
        detail["invites"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["invite"] == id)
            .unwrap()["revoked"]
            .clone()
    };
    assert_eq!((revoked(&invite), revoked(&bens_invite)), (json!(true), json!(false)));
}

#[tokio::test]
async fn guessing_links_is_slowed_and_a_clinic_that_joins_is_not() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (_, secret) = ida.invites(&room, "Ana", "member").await;
    for _ in 0..40 {
        assert_eq!(
            world.browser().joins(&secret).await.status,
            200,
            "right links are not counted"
        );
    }
    for n in 0..20 {
        assert_eq!(world.browser().joins(&format!("{n:043}")).await.code(), "link_invalid");
    }
    let reply = world.browser().joins(&secret).await;
    assert_eq!(
        (reply.code().as_str(), reply.header("retry-after")),
        ("too_fast", Some("10"))
    );
    world.passes(Duration::from_secs(10));
    assert_eq!(world.browser().joins(&secret).await.status, 200);
}

#[tokio::test]
async fn a_facilitator_does_not_use_up_a_link_in_their_own_browser() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (_, secret) = ida.invites(&room, "Jonas", "facilitator").await;
    assert_eq!(ida.joins(&secret).await.code(), "not_permitted");
    assert_eq!(world.browser().joins(&secret).await.status, 200);
}

#[tokio::test]
async fn what_facilitators_do_is_closed_to_guests_and_strangers() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let (room, other) = (ida.makes_a_group("Tuesdays").await, ida.makes_a_group("Fridays").await);
    let (invite, secret) = ida.invites(&room, "Ana", "member").await;
    let mut ana = world.browser();
    ana.joins(&secret).await;
    let mut stranger = world.browser();
    let new_group = json!({ "title": "x", "pack": "group-ipt-8", "language": "en", "starts_on": null });
    let new_invite = json!({ "name": "x", "role": "member" });
    let (group, invites, revoke) = (
        format!("/api/groups/{room}"),
        format!("/api/groups/{room}/invites"),
        format!("/api/groups/{room}/invites/{invite}/revoke"),
    );
    for (path, form) in [
        ("/api/groups", &new_group),
        (&invites, &new_invite),
        (&revoke, &json!({})),
        ("/api/recovery/new", &json!({})),
    ] {
        assert_eq!(ana.post(path, form).await.code(), "not_permitted", "{path}");
        assert_eq!(stranger.post(path, form).await.code(), "signed_out", "{path}");
    }
    for path in ["/api/packs", &group] {
        assert_eq!(ana.get(path).await.code(), "not_permitted", "{path}");
        assert_eq!(stranger.get(path).await.code(), "signed_out", "{path}");
    }
    // An invite of another room, a room that is not, a room that is no id.
    assert_eq!(
        ida.post(&format!("/api/groups/{other}/invites/{invite}/revoke"), &json!({}))
            .await
            .code(),
        "not_found"
    );
    assert_eq!(
        ida.get("/api/groups/rm_00000000000000000000000000000000").await.code(),
        "not_found"
    );
    assert_eq!(
        ida.get("/api/groups/pa_00000000000000000000000000000000").await.code(),
        "not_found"
    );
}

#[tokio::test]
async fn a_group_that_does_not_fit_is_refused_by_field() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let good = json!({ "title": "Tuesdays", "pack": "group-ipt-8", "language": "en", "starts_on": "2027-03-02" });
    for (field, value) in [
        ("title", ""),
        ("title", "a\u{200b}b"),
        ("pack", "../x"),
        ("language", "xx"),
        ("starts_on", "2027-02-30"),
    ] {
        let mut form = good.clone();
        form[field] = json!(value);
        assert_eq!(ida.post("/api/groups", &form).await.code(), "bad_field", "{field}");
    }
    let made = ida.post("/api/groups", &good).await.json();
    assert_eq!(
        (&made["title"], &made["pack"], &made["members"]),
        (&json!("Tuesdays"), &json!("group-ipt-8"), &json!(0))
    );
    assert!(!made["pack_title"].as_str().unwrap().is_empty());
    assert_eq!(ida.get("/api/state").await.json()["me"]["groups"], json!([made]));
}
