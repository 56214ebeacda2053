//! Process notes: sealed by their author's browser, read back by their author alone, and by nobody else in any way there is.

use std::time::Duration;

use rondo::http::ROUTES;
use serde_json::{Value, json};
use tests::house::store_in;

use crate::world::{Browser, PASSPHRASE, World};

/// What an author's browser sealed, as far as anybody can tell. Whoever gets these letters could begin to guess at the passphrase.
const KEY: &str = "{\"v\":1,\"planted\":\"sealed-author-key\"}";
const NOTE: &str = "UGxhbnRlZCBzZWFsZWQgYnl0ZXMgb2YgYSBub3Rl";

fn kept(sealed: &str, based_on: u32) -> Value {
    json!({ "sealed": sealed, "based_on": based_on })
}

/// Ida leads a room and has a note in it; a colleague leads with her.
async fn two_who_lead(world: &World) -> (Browser, Browser, String, String) {
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Thursday").await;
    let (other, account) = world.colleague(&mut ida, "Olga", &json!(["facilitator"])).await;
    let change = json!({ "account": account, "part": "co_facilitator" });
    let path = format!("/api/groups/{room}/team/change");
    assert_eq!(ida.post(&path, &change).await.status, 204);
    let path = format!("/api/groups/{room}/private-notes/1");
    let keyless = ida.post(&format!("{path}/keep"), &kept(NOTE, 0)).await;
    assert_eq!(
        keyless.code(),
        "changed_meanwhile",
        "without a key nobody could read it"
    );
    assert_eq!(ida.post("/api/private-notes/key/keep", &kept(KEY, 0)).await.status, 200);
    assert_eq!(ida.post(&format!("{path}/keep"), &kept(NOTE, 0)).await.status, 200);
    (ida, other, room, account)
}

#[tokio::test]
async fn what_an_author_kept_they_get_back_and_an_older_device_overwrites_nothing() {
    let (world, _) = World::start().await;
    let (mut ida, _, room, _) = two_who_lead(&world).await;
    let path = format!("/api/groups/{room}/private-notes/1");
    assert_eq!(ida.get(&path).await.json(), json!({ "version": 1, "sealed": NOTE }));
    let key = ida.get("/api/private-notes/key").await.json();
    assert_eq!(key, json!({ "version": 1, "sealed": KEY }));

    let (first, second) = ("b25l", "dHdv");
    let keep = format!("{path}/keep");
    assert_eq!(ida.post(&keep, &kept(first, 1)).await.json(), json!({ "version": 2 }));
    for stale in [0, 1, 3] {
        let refused = ida.post(&keep, &kept(second, stale)).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "changed_meanwhile"));
    }
    assert_eq!(ida.get(&path).await.json(), json!({ "version": 2, "sealed": first }));
    let stale = ida.post("/api/private-notes/key/keep", &kept("another", 0)).await;
    assert_eq!(stale.code(), "changed_meanwhile", "no second key hides the first");

    for (sealed, session) in [("", 1), ("no base64!", 1), (NOTE, 501), (&"A".repeat(48 * 1024 + 4), 1)] {
        let keep = format!("/api/groups/{room}/private-notes/{session}/keep");
        assert_eq!(ida.post(&keep, &kept(sealed, 0)).await.code(), "bad_field", "{session}");
    }
    let most = format!("/api/groups/{room}/private-notes/2/keep");
    assert_eq!(ida.post(&most, &kept(&"A".repeat(48 * 1024), 0)).await.status, 200);
    let listed = ida.get(&format!("/api/groups/{room}/private-notes")).await.json();
    let sessions: Vec<_> = listed["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["session"].clone())
        .collect();
    assert_eq!(sessions, [1, 2]);

    assert_eq!(ida.post(&format!("{path}/delete"), &json!({})).await.status, 204);
    assert_eq!(ida.get(&path).await.json(), json!({ "version": 0, "sealed": null }));
    world.passes(Duration::from_secs(11 * 60));
    let stale = ida.post("/api/private-notes/delete", &json!({})).await;
    assert_eq!(
        stale.code(),
        "prove_again",
        "whoever finds a page open destroys nothing"
    );
    assert_eq!(ida.get("/api/private-notes/key").await.json()["version"], 1);
    let proof = json!({ "kind": "passphrase", "passphrase": PASSPHRASE });
    assert_eq!(ida.post("/api/account/prove", &proof).await.status, 204);
    assert_eq!(ida.post("/api/private-notes/delete", &json!({})).await.status, 204);
    assert_eq!(ida.get("/api/private-notes/key").await.json()["version"], 0);
    assert!(!sealed_bytes_are_in_the_files(&world), "deleted is gone from the files");
}

/// Everybody but the author asks at every address that can be read, with every right there is; what the author's browser sealed is in no
/// answer, and for the author it is in two.
#[tokio::test]
async fn t10_nobody_but_its_author_gets_a_process_note_by_any_address() {
    let (world, _) = World::start().await;
    let (ida, olga, room, olga_account) = two_who_lead(&world).await;
    let mut by = ida.clone();
    let (_, secret) = by.invites(&room, "Ana", "member").await;
    let mut member = world.browser();
    assert_eq!(member.joins(&secret).await.status, 200);
    let (administrator, _) = world
        .colleague(&mut by, "Adam", &json!(["administrator", "facilitator"]))
        .await;
    let (mut outsider, _) = world.colleague(&mut by, "Lars", &json!(["facilitator"])).await;
    let ask = json!({ "room": room, "reason": "R" });
    let look_in = outsider.post("/api/look-ins/ask", &ask).await.json()["look_in"]
        .as_str()
        .unwrap()
        .to_owned();
    let confirmed = by.post(&format!("/api/look-ins/{look_in}/confirm"), &json!({})).await;
    assert_eq!(confirmed.status, 204);

    let mut asked = 0;
    for (who, browser) in [
        ("who leads with her", &olga),
        ("an administrator", &administrator),
        ("who looks in", &outsider),
        ("a member", &member),
    ] {
        let (found, answers) = answers_with_sealed(browser, &room).await;
        assert_eq!(found, Vec::<String>::new(), "{who}");
        asked += answers;
    }
    let (found, _) = answers_with_sealed(&ida, &room).await;
    assert_eq!(
        found,
        ["/api/private-notes/key", "/api/groups/{room}/private-notes/{session}"]
    );
    assert!(sealed_bytes_are_in_the_files(&world), "the searching works");
    println!(
        "T10, process notes: {asked} answers to people who are not the author, 0 with what she sealed (N = {asked}, 3/N = {:.4})",
        3.0 / asked as f64
    );

    // Whoever is taken out takes theirs along, unread; hers stay.
    let mut olga = olga;
    assert_eq!(
        olga.post("/api/private-notes/key/keep", &kept("olgas", 0)).await.status,
        200
    );
    let path = format!("/api/groups/{room}/private-notes/1");
    assert_eq!(
        olga.get(&path).await.json()["version"],
        0,
        "the same address, another author"
    );
    assert_eq!(
        olga.post(&format!("{path}/keep"), &kept("b2xnYQ==", 0)).await.status,
        200
    );
    // Who does not lead the room any more does not come to theirs.
    let change = json!({ "account": olga_account, "part": "supervisor" });
    let changed = by.post(&format!("/api/groups/{room}/team/change"), &change).await;
    assert_eq!(changed.status, 204);
    assert_eq!(olga.get(&path).await.code(), "not_permitted");
    let leave = format!("/api/people/{olga_account}/leave");
    assert_eq!(by.post(&leave, &json!({ "hand_over_to": null })).await.status, 204);
    let account = olga_account.parse().expect("an id");
    let store = store_in(&world.folder.path().join("data"))
        .await
        .expect("the store opens beside the server");
    assert_eq!(store.author_key(account).await, Ok(None));
    let left = store.private_note(account, room.parse().expect("an id"), 1).await;
    assert_eq!(left, Ok(None));
    store.close().await;
    assert_eq!(by.get(&path).await.json()["sealed"], NOTE);
}

/// Addresses whose answers to this person hold what Ida's browser sealed, and how many were asked.
async fn answers_with_sealed(browser: &Browser, room: &str) -> (Vec<String>, usize) {
    let mut found = Vec::new();
    let readable = ROUTES
        .iter()
        .filter(|route| route.method == "get" && !route.path.ends_with("/ws"));
    let mut asked = 0;
    for route in readable {
        let path = route.path.replace("{room}", room).replace("{session}", "1");
        let path = path.replace("{id}", "group-ipt-8").replace("{seq}", "1");
        let reply = browser
            .clone()
            .get(&path.replace("{from}", "0").replace("{to}", "0"))
            .await;
        asked += 1;
        if reply.body.contains(NOTE) || reply.body.contains("sealed-author-key") {
            found.push(route.path.to_owned());
        }
    }
    found.sort_by_key(|path| path.len());
    (found, asked)
}

fn sealed_bytes_are_in_the_files(world: &World) -> bool {
    let data = std::fs::read_dir(world.folder.path().join("data")).expect("the data folder");
    data.flatten().any(|file| {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        bytes.windows(NOTE.len()).any(|window| window == NOTE.as_bytes())
    })
}
