//! T9: who has an account, how they prove it, and how long that holds.

use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use rondo::http::{Asker, ROUTES, Rooms, Route};
use serde_json::{Value, json};
use sha1::Sha1;
use std::sync::Arc;
use tests::shared::tries;

use crate::access::form;
use crate::passkeys::Device;
use crate::world::{Browser, EMAIL, PASSPHRASE, Recorder, Reply, World};

/// The part of the reliability plan that each line belongs to, and three over N.
pub(crate) fn says(what: &str, n: usize) {
    println!("T9, {what} (N = {n}, 3/N = {:.4})", 3.0 / n as f64);
}

/// An app that shows six digits, by its own arithmetic (RFC 6238).
pub(crate) struct App(Vec<u8>);

impl App {
    fn of(secret: &str) -> Self {
        const SIGNS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bits: String = secret
            .chars()
            .filter_map(|sign| SIGNS.find(sign))
            .map(|five| format!("{five:05b}"))
            .collect();
        let bytes = (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap());
        Self(bytes.collect())
    }

    pub(crate) fn shows(&self, world: &World) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).unwrap();
        mac.update(&(world.now().0 / 30_000).to_be_bytes());
        let tag = mac.finalize().into_bytes();
        let from = usize::from(tag[19] % 16);
        let number = tag[from..from + 4]
            .iter()
            .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }
}

/// Sets an app up; gives it and the recovery codes.
pub(crate) async fn sets_up_an_app(world: &World, browser: &mut Browser) -> (App, Vec<String>) {
    let begun = browser.post("/api/account/authenticator/begin", &json!({})).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let app = App::of(begun.json()["secret"].as_str().unwrap());
    let address = begun.json()["address"].as_str().unwrap().to_owned();
    assert!(address.starts_with("otpauth://totp/127.0.0.1:"), "{address}");
    let confirmed = browser
        .post(
            "/api/account/authenticator/confirm",
            &json!({ "code": app.shows(world) }),
        )
        .await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let codes = confirmed.json()["codes"].as_array().unwrap().clone();
    (
        app,
        codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect(),
    )
}

pub(crate) async fn signs_in(browser: &mut Browser) -> Reply {
    let reply = browser
        .post("/api/sign-in", &json!({ "email": EMAIL, "passphrase": PASSPHRASE }))
        .await;
    assert_eq!(reply.status, 204, "{reply:?}");
    reply
}

pub(crate) async fn gives_code(browser: &mut Browser, code: &str) -> Reply {
    browser.post("/api/second-factor", &json!({ "code": code })).await
}

pub(crate) async fn whose(browser: &mut Browser) -> Value {
    browser.get("/api/state").await.json()["me"].clone()
}

/// Asks at every address that is an account's, with copies of this browser. Gives the codes of the refusals that are about factors.
async fn walks(browser: &Browser, room: &str) -> Vec<(&'static Route, Option<String>)> {
    let mut found = Vec::new();
    let with_account = |asker| !matches!(asker, Asker::Anybody | Asker::Newcomer);
    for route in ROUTES.iter().filter(|route| with_account(route.asker)) {
        let path = route
            .path
            .replace("{room}", room)
            .replace("{id}", "group-ipt-8")
            .replace("{session}", "1");
        let path = path
            .replace("{invite}", "in_00000000000000000000000000000001")
            .replace("{login}", "0")
            .replace("{passkey}", "0");
        let mut browser = browser.clone();
        let reply = match (route.method, route.path.ends_with("/ws")) {
            // With a ticket of its own, where it is given one: then only what the login has proved is in the way.
            (_, true) => {
                let given = browser.ticket(room).await;
                let none = || "0".repeat(43);
                let ticket = match given.status {
                    200 => given.json()["ticket"].as_str().map_or_else(none, str::to_owned),
                    _ => none(),
                };
                browser.knocks(room, &ticket).await.0
            }
            ("get", _) => browser.get(&path).await,
            _ => browser.post(&path, &form(route, "x")).await,
        };
        // Of a handshake's answer only the head is read; a refused one is told from an answered one by it.
        let code = match (route.path.ends_with("/ws"), reply.status) {
            (true, status) => (status != 101).then(|| status.to_string()),
            (false, 403) => Some(reply.code()).filter(|code| code.starts_with("second_factor")),
            _ => None,
        };
        found.push((route, code));
    }
    found
}

#[tokio::test]
async fn t9_a_login_of_one_factor_opens_nothing_once_the_account_has_a_second() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let mut elsewhere = world.browser();
    signs_in(&mut elsewhere).await;
    assert_eq!(whose(&mut elsewhere).await["kind"], "facilitator");
    let (app, _) = sets_up_an_app(&world, &mut ida).await;
    assert_eq!(whose(&mut ida).await["second_factor"], true);
    assert_eq!(whose(&mut elsewhere).await, Value::Null, "a login of one factor ended");
    assert_eq!(rooms.ended.lock().unwrap().len(), 1, "and its sockets with it");

    let mut half = world.browser();
    let reply = signs_in(&mut half).await;
    assert!(reply.header("set-cookie").unwrap().contains("Max-Age=600"));
    assert_eq!(
        whose(&mut half).await,
        json!({ "kind": "half_signed_in", "set_up": false, "app": true }),
        "not even a name"
    );
    let walked = walks(&half, &room).await;
    let mut refused = 0;
    for (route, code) in &walked {
        let closed = route.asker != Asker::HalfWay;
        let told = format!("{} {}: {code:?}", route.method, route.path);
        assert_eq!(code.is_some(), closed, "{told}");
        assert!(
            code.as_deref()
                .is_none_or(|code| code == "second_factor_asked" || route.path.ends_with("/ws")),
            "{told}"
        );
        refused += usize::from(closed);
    }
    let mut slow = world.browser();
    signs_in(&mut slow).await;
    // The walk is no walk through a wall: with both factors none of these is about factors, and the line to the room opens.
    world.passes(Duration::from_secs(60));
    let before = half.clone();
    assert_eq!(gives_code(&mut half, &app.shows(&world)).await.status, 204);
    assert_eq!(
        whose(&mut before.clone()).await,
        Value::Null,
        "the half-way cookie opens nothing"
    );
    let open = walks(&half, &room).await;
    assert!(
        open.iter()
            .all(|(_, code)| code.as_deref() != Some("second_factor_asked")),
        "{open:?}"
    );
    let line = open.iter().find(|(route, _)| route.path.ends_with("/ws"));
    assert_eq!(line.expect("the walk knocks").1, None, "the line to the room opens");
    assert!(refused >= 24, "{refused}");
    says(
        &format!("one factor of two: {refused} of {refused} addresses closed, open with both"),
        refused,
    );

    world.passes(Duration::from_secs(601));
    assert_eq!(whose(&mut slow).await, Value::Null, "half-way is no place to stay");
}

#[tokio::test]
async fn t9_digits_and_recovery_codes_are_good_once() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let (app, codes) = sets_up_an_app(&world, &mut ida).await;
    assert_eq!(codes.len(), 10);
    let tries = async |code: &str| {
        let mut browser = world.browser();
        signs_in(&mut browser).await;
        let reply = gives_code(&mut browser, code).await;
        (reply.status, browser)
    };
    assert_eq!(tries(&app.shows(&world)).await.0, 403, "these set the app up");
    world.passes(Duration::from_secs(30));
    let shown = app.shows(&world);
    assert_eq!(tries(&shown).await.0, 204);
    assert_eq!(tries(&shown).await.0, 403, "within the same half-minute");
    world.passes(Duration::from_secs(30));
    assert_eq!(tries(&shown).await.0, 403, "and in the next");
    let (status, mut there) = tries(&codes[0].to_lowercase()).await;
    assert_eq!(status, 204);
    assert_eq!(tries(&codes[0]).await.0, 403);
    assert_eq!(there.get("/api/account").await.json()["recovery_codes_left"], 9);
    let fresh = there.post("/api/account/recovery-codes/new", &json!({})).await;
    assert_eq!(fresh.json()["codes"].as_array().unwrap().len(), 10);
    assert_eq!(tries(&codes[1]).await.0, 403, "an old one is void");
    let one = fresh.json()["codes"][1].as_str().unwrap().to_owned();
    assert_eq!(tries(&one).await.0, 204);
    says("digits and codes: 3 accepted once, 5 replays refused", 8);
}

#[tokio::test]
async fn t9_what_opens_an_account_is_changed_only_after_a_fresh_proof() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let begin = "/api/account/authenticator/begin";
    world.passes(Duration::from_secs(301));
    assert_eq!(ida.post(begin, &json!({})).await.code(), "prove_again");
    let prove = |kind: &str, what: &str| json!({ "kind": kind, kind: what });
    let wrong = ida
        .post("/api/account/prove", &prove("passphrase", "the kettle sings high"))
        .await;
    assert_eq!(wrong.code(), "wrong_credentials");
    assert_eq!(ida.post(begin, &json!({})).await.code(), "prove_again");
    assert_eq!(
        ida.post("/api/account/prove", &prove("passphrase", PASSPHRASE))
            .await
            .status,
        204
    );
    let (app, _) = sets_up_an_app(&world, &mut ida).await;

    world.passes(Duration::from_secs(301));
    let remove = "/api/account/authenticator/remove";
    let mut refused = 0;
    for path in [begin, remove, "/api/account/recovery-codes/new"] {
        assert_eq!(ida.post(path, &json!({})).await.code(), "prove_again", "{path}");
        refused += 1;
    }
    let change = json!({ "current": PASSPHRASE, "passphrase": "a lantern under the stairs" });
    assert_eq!(ida.post("/api/account/passphrase", &change).await.code(), "prove_again");
    let weak = ida.post("/api/account/prove", &prove("passphrase", PASSPHRASE)).await;
    assert_eq!(weak.code(), "wrong_code", "the passphrase alone is not enough any more");
    assert_eq!(
        ida.post("/api/account/prove", &prove("code", &app.shows(&world)))
            .await
            .status,
        204
    );
    assert_eq!(ida.post(remove, &json!({})).await.status, 204);
    assert_eq!(
        ida.get("/api/account").await.json()["recovery_codes_left"],
        0,
        "they stand for nothing now"
    );
    assert_eq!(whose(&mut ida).await["second_factor"], false);
    let mut again = world.browser();
    signs_in(&mut again).await;
    assert_eq!(whose(&mut again).await["kind"], "facilitator");
    says("changes without a fresh proof refused", refused + 3);
}

#[tokio::test]
async fn t9_a_new_account_has_a_day_and_then_one_factor_opens_only_the_page_that_sets_up_a_second() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    world.passes(Duration::from_secs(24 * 3600 - 1));
    let mut on_time = world.browser();
    signs_in(&mut on_time).await;
    world.passes(Duration::from_secs(600));
    assert_eq!(
        on_time.get("/api/packs").await.status,
        200,
        "a login that began in time lasts"
    );

    let mut late = world.browser();
    signs_in(&mut late).await;
    assert_eq!(
        whose(&mut late).await,
        json!({ "kind": "half_signed_in", "set_up": true, "app": false })
    );
    for (route, code) in walks(&late, &room).await {
        let closed = !matches!(route.asker, Asker::HalfWay | Asker::SettingUp);
        assert_eq!(code.is_some(), closed, "{} {}: {code:?}", route.method, route.path);
    }
    let (_, codes) = sets_up_an_app(&world, &mut late).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(
        late.get("/api/packs").await.status,
        200,
        "and then everything is open, without signing in again"
    );

    let asked: Arc<dyn Rooms> = Arc::new(Recorder::default());
    let world = World::start_with(
        |config| config.second_factor = rondo::config::SecondFactor::Asked,
        asked,
    )
    .await;
    world.ida().await;
    world.passes(Duration::from_secs(30 * 24 * 3600));
    let mut ida = world.browser();
    signs_in(&mut ida).await;
    assert_eq!(ida.get("/api/packs").await.status, 200, "a house may only ask");

    let held: Arc<dyn Rooms> = Arc::new(Recorder::default());
    let everybody = rondo::config::SecondFactor::Everybody;
    let world = World::start_with(|config| config.second_factor = everybody, held).await;
    let mut ida = world.ida().await;
    assert_eq!(
        ida.get("/api/packs").await.code(),
        "second_factor_missing",
        "or hold everybody to it at once"
    );
    sets_up_an_app(&world, &mut ida).await;
    assert_eq!(ida.get("/api/packs").await.status, 200);
}

/// A server that believes this machine about where a request came from, so that only the account's own throttle is in the way.
async fn seen_from_everywhere() -> World {
    let rooms: Arc<dyn Rooms> = Arc::new(Recorder::default());
    World::start_with(
        |config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()],
        rooms,
    )
    .await
}

/// A guess from network number `n`.
async fn guesses(world: &World, browser: &mut Browser, n: usize, path: &str, form: &Value) -> Reply {
    let (origin, from) = (world.origin(), format!("10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255));
    let headers = [
        ("origin", origin.as_str()),
        ("content-type", "application/json"),
        ("x-forwarded-for", from.as_str()),
    ];
    browser.send("POST", path, &headers, &form.to_string()).await
}

#[tokio::test]
async fn t9_of_all_guesses_in_a_day_at_most_a_hundred_reach_the_verifier() {
    /// How long a thief who knows the passphrase stays half-way: less than the ten minutes that it lasts.
    const STAYS: Duration = Duration::from_secs(7 * 60);
    let all: usize = tries("GUESSES_A_DAY", 2_500);
    let often = (all / 20).max(1);
    let apart = Duration::from_secs(24 * 3_600) / u32::try_from(all).unwrap();
    let world = seen_from_everywhere().await;
    let mut ida = world.ida().await;
    let (_, codes) = sets_up_an_app(&world, &mut ida).await;
    let (mut device, _) = Device::registered(&world, &mut ida).await;
    let before = world.identity.slow_work_done();
    let (mut answered, mut stranger, mut let_in) = (0, world.browser(), 0);
    for n in 0..all {
        // The owner comes by a passkey, meanwhile, and is asked for no code.
        if n % often == often - 1 {
            let mut owner = world.browser();
            assert_eq!(device.signs_in(&mut owner).await.status, 204, "after {n} guesses");
            assert_eq!(owner.get("/api/people").await.status, 200, "after {n} guesses");
            let_in += 1;
        }
        let form = json!({ "email": EMAIL, "passphrase": format!("the kettle sings {n:05}") });
        let reply = guesses(&world, &mut stranger, n, "/api/sign-in", &form).await;
        assert!(matches!(reply.status, 401 | 429), "{reply:?}");
        answered += usize::from(reply.status == 401);
        world.passes(apart);
    }
    let ran = usize::try_from(world.identity.slow_work_done() - before).unwrap();
    assert_eq!(ran, answered, "a guess that must wait costs nothing");
    assert!(ran <= 100, "{ran}");
    assert!(ran > 20, "the guesser was let try at all: {ran}");
    says(
        &format!(
            "passphrases: {all} guesses in a day, {ran} reached the verifier; the owner's passkey, meanwhile: {let_in} of {let_in} let in, no code asked"
        ),
        all,
    );

    // Whoever knows the passphrase guesses at the digits: the same waits, and the owner's own are not used up by them.
    world.passes(Duration::from_secs(3600));
    let mut thief = world.browser();
    signs_in(&mut thief).await;
    let (mut answered, tries) = (0, all / 5);
    let stays = usize::try_from((STAYS.as_nanos() / apart.as_nanos()).max(1)).unwrap();
    for n in 0..tries {
        // Half-way ends after ten minutes; a thief signs in again, as often as the network may.
        if n % stays == stays - 1 {
            let form = json!({ "email": EMAIL, "passphrase": PASSPHRASE });
            assert_eq!(guesses(&world, &mut thief, n, "/api/sign-in", &form).await.status, 204);
        }
        let form = json!({ "code": format!("{:06}", n * 37 % 1_000_000) });
        let reply = guesses(&world, &mut thief, n, "/api/second-factor", &form).await;
        assert!(matches!(reply.status, 403 | 429), "{reply:?}");
        answered += usize::from(reply.status == 403);
        world.passes(apart);
    }
    assert!(answered <= 100 && answered > 5, "{answered}");
    says(
        &format!("digits: {tries} guesses, {answered} reached the verifier"),
        tries,
    );
    world.passes(Duration::from_secs(3600));
    let mut ida = world.browser();
    signs_in(&mut ida).await;
    assert_eq!(
        gives_code(&mut ida, &codes[0]).await.status,
        204,
        "the owner waits an hour at most"
    );
}

#[tokio::test]
async fn t9_an_address_that_exists_is_told_by_nothing() {
    let tries = tries("TRIES", 40_usize);
    let world = seen_from_everywhere().await;
    world.ida().await;
    // One known and one unknown, each first in every other pair, so that a busy moment of the machine meets both alike.
    let mut all = [(Vec::new(), 0, Vec::new()), (Vec::new(), 0, Vec::new())];
    for n in 0..tries {
        for (email, told) in [EMAIL.to_owned(), format!("stranger.{n}@example.org")]
            .into_iter()
            .zip(&mut all)
        {
            // No throttle is in the way of the known address: an hour passes between two tries.
            world.passes(Duration::from_secs(3600));
            let form = json!({ "email": email, "passphrase": "the kettle sings high" });
            let (before, begun) = (world.identity.slow_work_done(), Instant::now());
            let mut reply = guesses(&world, &mut world.browser(), n, "/api/sign-in", &form).await;
            told.2.push(begun.elapsed());
            told.1 += world.identity.slow_work_done() - before;
            reply.headers.retain(|(name, _)| name != "date");
            told.0.push(reply);
        }
    }
    let all = all.map(|(replies, work, mut took)| {
        took.sort();
        (replies, work, took[tries / 2])
    });
    let (known, unknown) = (&all[0], &all[1]);
    assert_eq!(known.0[0].code(), "wrong_credentials");
    assert!(
        known.0.iter().chain(&unknown.0).all(|reply| *reply == known.0[0]),
        "every answer is the same, byte for byte"
    );
    assert_eq!(
        (known.1, unknown.1),
        (tries as u64, tries as u64),
        "the same work, counted"
    );
    let apart = known.2.as_secs_f64() / unknown.2.as_secs_f64() - 1.0;
    says(
        &format!(
            "{tries} known and {tries} unknown: same bytes, {} and {} runs of Argon2; medians {:.1} and {:.1} ms, {:+.1} % (printed, not a gate)",
            known.1,
            unknown.1,
            known.2.as_secs_f64() * 1e3,
            unknown.2.as_secs_f64() * 1e3,
            apart * 100.0
        ),
        2 * tries,
    );
}

#[tokio::test]
async fn t9_logins_are_listed_and_ended_one_by_one_or_all_at_once() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let mut phone = world.browser();
    let origin = world.origin();
    let agent = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
    let headers = [
        ("origin", origin.as_str()),
        ("content-type", "application/json"),
        ("user-agent", agent),
    ];
    let form = json!({ "email": EMAIL, "passphrase": PASSPHRASE }).to_string();
    assert_eq!(phone.send("POST", "/api/sign-in", &headers, &form).await.status, 204);
    let ticket = phone.has_ticket(&room).await;
    let (_, _line) = phone.knocks(&room, &ticket).await;
    rooms.came.notified().await;

    let listed = ida.get("/api/account").await;
    let logins = listed.json()["logins"].as_array().unwrap().clone();
    assert_eq!(logins.len(), 2);
    let other = logins.iter().find(|login| login["current"] == false).unwrap();
    assert_eq!(
        other["device"],
        json!({ "form": "phone", "system": "android", "browser": "chrome" })
    );
    assert_eq!(other["live"], true);
    assert!(
        !listed.body.contains("127.0.0.1") && !listed.body.contains("Pixel"),
        "no address, no model"
    );

    let name = other["login"].as_str().unwrap();
    let end = format!("/api/account/logins/{name}/end");
    assert_eq!(ida.post(&end, &json!({})).await.status, 204);
    assert_eq!(phone.get("/api/packs").await.code(), "signed_out");
    assert!(rooms.seats.lock().unwrap().is_empty(), "its line is closed");
    assert_eq!(ida.post(&end, &json!({})).await.code(), "not_found");

    let mut more = Vec::new();
    for _ in 0..3 {
        let mut browser = world.browser();
        signs_in(&mut browser).await;
        more.push(browser);
    }
    assert_eq!(more[0].post("/api/account/logins/end", &json!({})).await.status, 204);
    assert_eq!(ida.get("/api/packs").await.code(), "signed_out");
    assert_eq!(more[1].get("/api/packs").await.code(), "signed_out");
    assert_eq!(more[0].get("/api/packs").await.status, 200, "the one that asked stays");
    assert_eq!(rooms.ended.lock().unwrap().len(), 4);

    // The seventeenth login ends the oldest.
    let mut last = world.browser();
    for _ in 0..16 {
        world.passes(Duration::from_secs(1));
        last = world.browser();
        signs_in(&mut last).await;
    }
    assert_eq!(more[0].get("/api/packs").await.code(), "signed_out");
    assert_eq!(
        last.get("/api/account").await.json()["logins"]
            .as_array()
            .unwrap()
            .len(),
        16
    );
}

#[tokio::test]
async fn t9_a_new_passphrase_ends_every_login() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let mut elsewhere = world.browser();
    signs_in(&mut elsewhere).await;
    let before = ida.clone();
    let change = |current: &str, new: &str| json!({ "current": current, "passphrase": new });
    let wrong = ida
        .post(
            "/api/account/passphrase",
            &change("the kettle sings high", "a lantern under the stairs"),
        )
        .await;
    assert_eq!(wrong.code(), "wrong_credentials");
    let short = ida
        .post("/api/account/passphrase", &change(PASSPHRASE, "too short"))
        .await;
    assert_eq!(short.code(), "bad_field");
    // The longest ones count whole: 128 signs, and signs of four bytes.
    let mut now = PASSPHRASE.to_owned();
    for new in [
        "quiet lantern ".repeat(10)[..127].to_owned() + "é",
        "😀🌧🎈🦉🧵🪁🥐🚲🌵🧊🎻🪴🫖🧭🛶".to_owned(),
    ] {
        let changed = ida.post("/api/account/passphrase", &change(&now, &new)).await;
        assert_eq!(changed.status, 204, "{changed:?}");
        let cut: String = new.chars().take(new.chars().count() - 1).collect();
        for (typed, status) in [(cut, 401), (new.clone(), 204)] {
            let form = json!({ "email": EMAIL, "passphrase": typed });
            assert_eq!(
                world.browser().post("/api/sign-in", &form).await.status,
                status,
                "{typed}"
            );
        }
        now = new;
    }
    for old in [&mut elsewhere, &mut before.clone()] {
        assert_eq!(old.get("/api/packs").await.code(), "signed_out");
    }
    assert_eq!(ida.get("/api/packs").await.status, 200);

    assert!(!rooms.ended.lock().unwrap().is_empty());
}

#[tokio::test]
async fn t9_whoever_was_taken_out_is_answered_as_a_stranger_is_with_the_same_work() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let (mut leo, account) = world.colleague(&mut ida, "Leo", &json!(["facilitator"])).await;
    let form = json!({ "email": "Leo@example.org", "passphrase": PASSPHRASE });
    assert_eq!(world.browser().post("/api/sign-in", &form).await.status, 204);
    let path = format!("/api/people/{account}/leave");
    assert_eq!(ida.post(&path, &json!({ "hand_over_to": null })).await.status, 204);
    assert_eq!(leo.get("/api/packs").await.code(), "signed_out");
    assert_eq!(rooms.ended.lock().unwrap().len(), 2, "both of his logins");
    let work = world.identity.slow_work_done();
    assert_eq!(
        world.browser().post("/api/sign-in", &form).await.code(),
        "wrong_credentials"
    );
    assert_eq!(world.identity.slow_work_done(), work + 1);
}

#[tokio::test]
async fn t9_naming_the_practice_gives_a_guesser_no_second_row_of_tries() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let practice = ida.get("/api/people").await.json()["practice"].clone();
    let wrong =
        |practice: &Value| json!({ "practice": practice, "email": EMAIL, "passphrase": "not what it is at all" });
    for _ in 0..rondo::limits::FREE_TRIES_PER_ACCOUNT {
        let tried = world.browser().post("/api/sign-in", &wrong(&Value::Null)).await;
        assert_eq!(tried.code(), "wrong_credentials");
    }
    let named = world.browser().post("/api/sign-in", &wrong(&practice)).await;
    assert_eq!(named.code(), "too_fast");
}

#[tokio::test]
async fn t9_whoever_knows_the_passphrase_alone_ends_nobodys_session() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    sets_up_an_app(&world, &mut ida).await;
    let before = rooms.ended.lock().unwrap().len();
    let mut first = world.browser();
    assert_eq!(signs_in(&mut first).await.status, 204);
    for _ in 0..rondo::limits::MAX_LOGINS_PER_ACCOUNT {
        world.passes(Duration::from_secs(1));
        assert_eq!(signs_in(&mut world.browser()).await.status, 204);
    }
    assert_eq!(
        whose(&mut ida).await["kind"],
        "facilitator",
        "with both factors, and older than all of them"
    );
    assert_eq!(whose(&mut first).await, Value::Null, "the oldest of its like gave way");
    assert_eq!(rooms.ended.lock().unwrap().len(), before + 1, "and its lines with it");
}

#[tokio::test]
async fn t9_however_an_address_is_spelled_it_is_one_row_of_tries() {
    let (world, _) = World::start().await;
    world.ida().await;
    let wide: String = EMAIL
        .chars()
        .map(|sign| {
            if sign.is_ascii_lowercase() {
                char::from_u32(sign as u32 + 0xfee0).unwrap()
            } else {
                sign
            }
        })
        .collect();
    assert_ne!(wide, EMAIL);
    let form = |email: &str, passphrase: &str| json!({ "email": email, "passphrase": passphrase });
    let right = world.browser().post("/api/sign-in", &form(&wide, PASSPHRASE)).await;
    assert_eq!(right.status, 204, "it is the same account");
    for n in 0..rondo::limits::FREE_TRIES_PER_ACCOUNT {
        let email = if n % 2 == 0 { EMAIL } else { &wide };
        let tried = world
            .browser()
            .post("/api/sign-in", &form(email, "not what it is at all"))
            .await;
        assert_eq!(tried.code(), "wrong_credentials");
    }
    for email in [EMAIL, &wide] {
        let tried = world
            .browser()
            .post("/api/sign-in", &form(email, "not what it is at all"))
            .await;
        assert_eq!(tried.code(), "too_fast", "{email}");
    }
}
