//! T9: the way back for somebody who lost their phone and their recovery codes.

use std::time::Duration;

use protocol::AccountId;
use rondo::audit::{By, Does, Thing};
use rondo::clock::Clock;
use rondo::config::Config;
use rondo::practices;
use serde_json::{Value, json};

use crate::accounts::{gives_code, says, sets_up_an_app, whose};
use crate::passkeys::Device;
use crate::world::{Browser, PASSPHRASE, Reply, World};

fn address(account: &str) -> String {
    format!("/api/people/{account}/factors/reset")
}

async fn resets(by: &mut Browser, account: &str, name: &str) -> Reply {
    by.post(&address(account), &json!({ "name": name })).await
}

/// A colleague with an app, a passkey and ten codes.
async fn equipped(world: &World, ida: &mut Browser, name: &str) -> (Browser, String, Device, Vec<String>) {
    let (mut browser, account) = world.colleague(ida, name, &json!(["facilitator"])).await;
    let (_, codes) = sets_up_an_app(world, &mut browser).await;
    let (device, _) = Device::registered(world, &mut browser).await;
    (browser, account, device, codes)
}

async fn signs_in(world: &World, email: &Value) -> Browser {
    let mut browser = world.browser();
    let form = json!({ "email": email, "passphrase": PASSPHRASE });
    let reply = browser.post("/api/sign-in", &form).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    browser
}

/// How often the book says that somebody took this account's factors away.
async fn noted(world: &World, account: AccountId, by: By) -> usize {
    let books = world.books().await;
    let writes = books
        .iter()
        .filter(|record| record.granted && (record.does, record.thing) == (Does::Writes, Thing::Factor));
    writes
        .filter(|record| record.by == by && record.subject.account == Some(account))
        .count()
}

#[tokio::test]
async fn t9_an_administrator_takes_a_lost_second_factor_away_and_everything_that_was_signed_in_ends() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let (mut ben, account, mut device, codes) = equipped(&world, &mut ida, "Ben").await;
    let email = ben.get("/api/account").await.json()["email"].clone();
    rooms.ended.lock().unwrap().clear();

    // Not by a colleague, not by somebody else's name, not for oneself, not without a fresh proof.
    let mut refused = 0;
    let (mut cleo, _) = world.colleague(&mut ida, "Cleo", &json!(["facilitator"])).await;
    let own = ida.account().await;
    for (reply, code) in [
        (resets(&mut cleo, &account, "Ben").await, "not_permitted"),
        (resets(&mut ida, &account, "Bea").await, "bad_field"),
        (resets(&mut ida, &own, "Ida Lindqvist").await, "bad_field"),
        (resets(&mut world.browser(), &account, "Ben").await, "signed_out"),
    ] {
        assert_eq!(reply.code(), code, "{reply:?}");
        refused += 1;
    }
    let mut uma = world.another_practice("Uma", "uma@example.org").await;
    assert_eq!(resets(&mut uma, &account, "Ben").await.code(), "not_found");
    world.passes(Duration::from_secs(301));
    assert_eq!(resets(&mut ida, &account, "Ben").await.code(), "prove_again");
    refused += 2;
    assert_eq!(whose(&mut ben).await["kind"], "facilitator", "nothing has changed");
    assert!(rooms.ended.lock().unwrap().is_empty());

    let proof = json!({ "kind": "passphrase", "passphrase": PASSPHRASE });
    assert_eq!(ida.post("/api/account/prove", &proof).await.status, 204);
    assert_eq!(resets(&mut ida, &account, "Ben").await.status, 204);
    assert_eq!(rooms.ended.lock().unwrap().len(), 1, "the sockets behind his login");
    assert_eq!(whose(&mut ben).await, Value::Null);
    let (ida_id, ben_id): (AccountId, AccountId) = (own.parse().unwrap(), account.parse().unwrap());
    assert_eq!(noted(&world, ben_id, By::Account(ida_id)).await, 1);

    // What was lost opens nothing any more, whoever found it.
    assert_eq!(device.signs_in(&mut world.browser()).await.code(), "wrong_credentials");
    let mut back = signs_in(&world, &email).await;
    assert_eq!(gives_code(&mut back, &codes[0]).await.code(), "wrong_code");
    // The passphrase alone comes as far as the page that sets a new one up.
    assert_eq!(
        whose(&mut back).await,
        json!({ "kind": "half_signed_in", "set_up": true, "app": false })
    );
    assert_eq!(back.get("/api/people").await.code(), "second_factor_missing");
    let detail = back.get("/api/account").await.json();
    assert_eq!(
        detail["reset"],
        json!({ "at": world.now().0, "by": "Ida Lindqvist" }),
        "he reads who did it"
    );
    sets_up_an_app(&world, &mut back).await;
    assert_eq!(back.get("/api/people").await.status, 200);
    says(
        &format!("the way back: {refused} refused, 1 let through, the old app, passkey and codes void"),
        refused,
    );
}

#[tokio::test]
async fn t9_the_operator_takes_a_lost_second_factor_away_beside_the_running_server() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let (mut ben, account, _, _) = equipped(&world, &mut ida, "Ben").await;
    let email = ben.get("/api/account").await.json()["email"].clone();
    rooms.ended.lock().unwrap().clear();
    let now = world.now();
    let clock = || Clock::of(move || now);
    let config = Config::in_folder(world.folder.path().join("data"));
    let nobody = practices::reset_factors(&config, None, "nobody@example.org", clock()).await;
    assert!(nobody.is_err(), "an address that nobody has");
    let ended = practices::reset_factors(&config, None, email.as_str().unwrap(), clock()).await;
    assert_eq!(ended.expect("it is done"), 1);
    assert_eq!(noted(&world, account.parse().unwrap(), By::Nobody).await, 1);
    assert_eq!(whose(&mut ben).await, Value::Null);
    let mut back = signs_in(&world, &email).await;
    assert_eq!(
        back.get("/api/account").await.json()["reset"],
        json!({ "at": now.0, "by": null })
    );
    says(
        "the way back by a command on the machine: 1 unknown address refused, 1 done",
        2,
    );
}
