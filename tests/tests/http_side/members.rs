//! Members' devices and PIN, from outside: who sees which device, what ending one does, when a PIN is asked and how seldom it may be tried.

use std::time::Duration;

use rondo::audit::{By, Does, Thing};
use rondo::limits::PIN_HOLDS;
use serde_json::{Value, json};
use tests::shared::tries;

use crate::world::{Browser, EMAIL, PASSPHRASE, World};

const PIN: &str = "402917";

/// A group, a member's link, and the browsers that opened it.
async fn a_member_on(world: &World, ida: &mut Browser, devices: usize) -> (String, String, String, Vec<Browser>) {
    let room = ida.makes_a_group("Tuesdays").await;
    let (invite, secret) = ida.invites(&room, "Ben", "member").await;
    let mut browsers = Vec::new();
    for _ in 0..devices {
        let mut browser = world.browser();
        assert_eq!(browser.joins(&secret).await.status, 200);
        browsers.push(browser);
    }
    (room, invite, secret, browsers)
}

async fn devices(browser: &mut Browser, path: &str) -> Vec<Value> {
    let reply = browser.get(path).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["devices"].as_array().unwrap().clone()
}

async fn shows(browser: &mut Browser, room: &str, pin: &str) -> u16 {
    let reply = browser
        .post(&format!("/api/rooms/{room}/pin"), &json!({ "pin": pin }))
        .await;
    assert!(
        reply.status == 204 || ["wrong_pin", "signed_out"].contains(&reply.code().as_str()),
        "{reply:?}"
    );
    reply.status
}

#[tokio::test]
async fn those_who_lead_and_the_member_list_devices_and_end_one_and_the_book_says_so() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let (room, invite, _, mut two) = a_member_on(&world, &mut ida, 2).await;
    let (mut phone, mut tablet) = (two.pop().unwrap(), two.pop().unwrap());
    let listed = devices(&mut ida, &format!("/api/groups/{room}/invites/{invite}/devices")).await;
    assert_eq!(listed.len(), 2);
    assert!(
        listed
            .iter()
            .all(|one| one["current"] == false && one["since"].as_u64() > Some(0))
    );

    let own = format!("/api/rooms/{room}/mine/devices");
    let mine = devices(&mut phone, &own).await;
    let other = mine.iter().find(|one| one["current"] == false).expect("the tablet");
    let name = other["device"].as_str().unwrap();
    assert_eq!(phone.post(&format!("{own}/{name}/end"), &json!({})).await.status, 204);
    assert_eq!(tablet.ticket(&room).await.status, 401, "signed out");
    assert_eq!(phone.ticket(&room).await.status, 200, "the others stay");
    assert_eq!(phone.post(&format!("{own}/{name}/end"), &json!({})).await.status, 404);

    let left = devices(&mut ida, &format!("/api/groups/{room}/invites/{invite}/devices")).await;
    let name = left[0]["device"].as_str().unwrap();
    // By another link of the same room there is no such device.
    let (elsewhere, _) = ida.invites(&room, "Cleo", "member").await;
    let wrong = format!("/api/groups/{room}/invites/{elsewhere}/devices/{name}/end");
    assert_eq!(ida.post(&wrong, &json!({})).await.status, 404);
    let path = format!("/api/groups/{room}/invites/{invite}/devices/{name}/end");
    assert_eq!(ida.post(&path, &json!({})).await.status, 204);
    assert_eq!(phone.ticket(&room).await.status, 401);

    let books = world.books().await;
    let ended: Vec<_> = (books.iter())
        .filter(|record| record.thing == Thing::Device && record.does == Does::Writes && record.granted)
        .collect();
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert!(ended.iter().all(|record| record.subject.participant.is_some()));
    assert!(matches!(
        (ended[0].by, ended[1].by),
        (By::Participant(_), By::Account(_))
    ));
}

#[tokio::test]
async fn a_pin_is_asked_when_a_device_returns_and_never_where_none_is_set() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let (room, invite, secret, mut two) = a_member_on(&world, &mut ida, 2).await;
    let (mut phone, mut tablet) = (two.pop().unwrap(), two.pop().unwrap());
    world.passes(PIN_HOLDS * 2);
    assert_eq!(phone.ticket(&room).await.status, 200, "none is set");
    let own = format!("/api/rooms/{room}/mine");
    assert_eq!(phone.get(&own).await.json()["pin_set"], false);
    for bad in ["12345", "111111", "abcdef"] {
        assert_eq!(
            phone.post(&format!("{own}/pin"), &json!({ "pin": bad })).await.code(),
            "bad_field"
        );
    }
    assert_eq!(
        phone.post(&format!("{own}/pin"), &json!({ "pin": PIN })).await.status,
        204
    );
    assert_eq!(phone.ticket(&room).await.status, 200, "it was set here");
    world.passes(PIN_HOLDS - Duration::from_secs(60));
    assert_eq!(phone.ticket(&room).await.status, 200, "a dropped line is no return");
    world.passes(Duration::from_secs(60));
    // Nothing of the room is given before it: neither the way in nor what is kept.
    for device in [&mut phone, &mut tablet] {
        assert_eq!(device.ticket(&room).await.code(), "pin_asked");
        for path in ["mine", "mine/export", "mine/devices", "team", "assent"] {
            assert_eq!(
                device.get(&format!("/api/rooms/{room}/{path}")).await.code(),
                "pin_asked",
                "{path}"
            );
        }
        let taken_away = device.post(&format!("{own}/pin"), &json!({ "pin": null })).await;
        assert_eq!(taken_away.code(), "pin_asked");
    }
    assert_eq!(shows(&mut phone, &room, "402918").await, 403);
    assert_eq!(shows(&mut phone, &room, PIN).await, 204);
    assert_eq!(phone.ticket(&room).await.status, 200);
    // The link opened once more does not stand for it.
    assert_eq!(tablet.joins(&secret).await.status, 200);
    assert_eq!(tablet.ticket(&room).await.code(), "pin_asked");
    // Forgotten: a new link for the same person, by a facilitator who signs in anew after so long.
    let form = json!({ "email": EMAIL, "passphrase": PASSPHRASE });
    assert_eq!(ida.post("/api/sign-in", &form).await.status, 204);
    let path = format!("/api/groups/{room}/invites/{invite}/renew");
    let renewed = ida.post(&path, &json!({})).await;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    let link = renewed.json();
    let anew = link["url"].as_str().unwrap().split_once("/join#").unwrap().1;
    assert_eq!(phone.ticket(&room).await.status, 401, "every device is signed out");
    assert_eq!(world.browser().joins(&secret).await.code(), "link_invalid");
    let mut fresh = world.browser();
    assert_eq!(fresh.joins(anew).await.status, 200);
    assert_eq!(fresh.ticket(&room).await.status, 200);
    assert_eq!(fresh.get(&own).await.json()["pin_set"], false);
}

#[tokio::test]
async fn t8_of_many_guesses_at_a_pin_few_reach_the_verifier_and_another_device_is_not_locked_out() {
    /// Ten on each device that has a seat; new ones until thirty were wrong.
    const AT_MOST: u64 = 40;
    // Eight hours of them.
    let guesses = tries("PIN_GUESSES", 250);
    let apart = Duration::from_secs(30_000 / guesses);
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let (room, _, secret, mut three) = a_member_on(&world, &mut ida, 3).await;
    let (mut phone, mut tablet, mut guesser) = (three.pop().unwrap(), three.pop().unwrap(), three.pop().unwrap());
    let path = format!("/api/rooms/{room}/mine/pin");
    assert_eq!(phone.post(&path, &json!({ "pin": PIN })).await.status, 204);
    world.passes(PIN_HOLDS);
    let before = world.identity.slow_work_done();
    let mut devices = 1;
    for n in 0..guesses {
        if shows(&mut guesser, &room, &format!("5{n:05}")).await == 401 {
            // Their seat is gone. They hold the link, and try it.
            let mut anew = world.browser();
            if anew.joins(&secret).await.status == 200 {
                (guesser, devices) = (anew, devices + 1);
            }
        }
        world.passes(apart);
    }
    let ran = world.identity.slow_work_done() - before;
    assert!((10..=AT_MOST).contains(&ran), "{ran}");
    // One that set it and one that never showed it: both have their own tries.
    assert_eq!(shows(&mut phone, &room, PIN).await, 204);
    assert_eq!(shows(&mut tablet, &room, PIN).await, 204);
    assert_eq!(
        (phone.ticket(&room).await.status, tablet.ticket(&room).await.status),
        (200, 200)
    );
    println!(
        "T8, the PIN: N = {guesses} guesses on {devices} devices, {ran} reached the verifier (at most {AT_MOST}), 0 right; two other devices came in (3/N = {:.3})",
        3.0 / guesses as f64
    );
}
