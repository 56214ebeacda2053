//! The access matrix of the HTTP side: every address below `/api` asked by everybody there is, as the server's own table of addresses says.

use std::collections::BTreeMap;

use rondo::http::{Asker, ROUTES, Route};
use serde_json::{Value, json};

use crate::world::{Browser, Reply, World};

/// Somebody who asks, and what the table may let them in by.
struct Actor {
    who: &'static str,
    browser: Browser,
    /// They lead the room in question, with an account.
    leads: bool,
    /// They have a seat in it.
    sits: bool,
}

/// Words that stand in the room's answers and must be in nobody else's.
const PLANTED: [&str; 3] = ["Planted-Title", "Planted-Ana", "Planted-Ben"];

/// A form that the address can read, so that what refuses is the question of who asks. An address that is not listed here fails the test.
pub(crate) fn form(address: &Route, invite: &str) -> Value {
    let draft = || json!({ "id": "mine", "files": [], "based_on": null });
    match address.path {
        "/api/first-run" => {
            json!({ "bootstrap": "0".repeat(43), "name": "M", "email": "m@example.org", "passphrase": "some long quiet words" })
        }
        "/api/recover" => {
            json!({ "email": "m@example.org", "recovery_key": "0".repeat(39), "passphrase": "some long quiet words" })
        }
        "/api/sign-in" => json!({ "email": "m@example.org", "passphrase": "some long quiet words" }),
        "/api/recovery/confirm" => json!({ "last_group": "0000" }),
        "/api/join" => json!({ "secret": "0".repeat(43) }),
        "/api/packs/check" | "/api/packs/save" => draft(),
        "/api/packs/export" => json!({ "id": "group-ipt-8", "by": "M" }),
        "/api/packs/import" => json!({ "text": "no such file" }),
        "/api/groups" => json!({ "title": "T", "pack": "group-ipt-8", "language": "en", "starts_on": null }),
        "/api/groups/{room}/invites" => json!({ "name": "M", "role": "member" }),
        "/api/recovery/new"
        | "/api/sign-out"
        | "/api/rooms/{room}/ticket"
        | "/api/groups/{room}/invites/{invite}/revoke" => {
            assert!(!invite.is_empty());
            json!({})
        }
        other => panic!("{other} has no form in the access matrix: write one"),
    }
}

fn is_let_in(actor: &Actor, route: &Route) -> bool {
    // A second recovery key is made for nobody once the first is kept, as Ida's is.
    if route.path == "/api/recovery/new" {
        return false;
    }
    match route.asker {
        Asker::Anybody => true,
        Asker::Newcomer => !actor.leads,
        // The one account there is leads the room.
        Asker::Account | Asker::Leader => actor.leads,
        Asker::Seat => actor.sits,
    }
}

#[tokio::test]
async fn t7_every_address_lets_in_whom_the_table_names_and_nobody_else() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group(PLANTED[0]).await;
    let other = ida.makes_a_group("Another").await;
    let mut seated = BTreeMap::new();
    for (who, name, role, room) in [
        ("a member", PLANTED[1], "member", &room),
        ("another member", PLANTED[2], "member", &room),
        ("an observer", "Olle", "observer", &room),
        ("somebody who leads by a link", "Jonas", "facilitator", &room),
        ("a member of another room", "Cleo", "member", &other),
        ("somebody whose link was taken back", "Dora", "member", &room),
    ] {
        let (invite, secret) = ida.invites(room, name, role).await;
        let mut browser = world.browser();
        assert_eq!(browser.joins(&secret).await.status, 200);
        seated.insert(who, (browser, invite));
    }
    let (_, revoked) = &seated["somebody whose link was taken back"];
    let path = format!("/api/groups/{room}/invites/{revoked}/revoke");
    assert_eq!(ida.post(&path, &json!({})).await.status, 204);
    // What the revoking addresses are tried on: a link that nobody uses.
    let (spare, _) = ida.invites(&room, "Spare", "member").await;

    let mut actors = vec![
        Actor {
            who: "nobody",
            browser: world.browser(),
            leads: false,
            sits: false,
        },
        Actor {
            who: "the facilitator",
            browser: ida.clone(),
            leads: true,
            sits: true,
        },
    ];
    for (who, (browser, _)) in seated {
        let sits = !matches!(who, "a member of another room" | "somebody whose link was taken back");
        actors.push(Actor {
            who,
            browser,
            leads: false,
            sits,
        });
    }

    let (mut cells, mut refused) = (0, 0);
    for address in ROUTES {
        // Signing out is tried last, each with a login that nobody needs afterwards.
        if address.path == "/api/sign-out" {
            continue;
        }
        let path = address
            .path
            .replace("{room}", &room)
            .replace("{invite}", &spare)
            .replace("{id}", "group-ipt-8")
            .replace("{from}/{to}", "0/0")
            .replace("{seq}", "1");
        for actor in &actors {
            let mut browser = actor.browser.clone();
            let reply = match (address.method, address.path.ends_with("/ws")) {
                (_, true) => {
                    let ticket = match browser.ticket(&room).await {
                        reply if reply.status == 200 => reply.json()["ticket"].as_str().expect("a ticket").to_owned(),
                        _ => "0".repeat(43),
                    };
                    browser.knocks(&room, &ticket).await.0
                }
                ("get", _) => browser.get(&path).await,
                _ => browser.post(&path, &form(address, &spare)).await,
            };
            cells += 1;
            let told = format!("{} {} by {}: {reply:?}", address.method, address.path, actor.who);
            // Of a handshake's answer only the head is read.
            let knocked = address.path.ends_with("/ws");
            let is_no = |reply: &Reply| {
                matches!(reply.status, 401 | 403)
                    && (knocked || matches!(reply.code().as_str(), "signed_out" | "not_permitted"))
            };
            if is_let_in(actor, address) {
                // A made-up secret opens nothing, which is another no than this one.
                assert!(!is_no(&reply), "{told}");
            } else {
                refused += 1;
                assert!(is_no(&reply), "{told}");
                assert!(!PLANTED.iter().any(|word| reply.body.contains(word)), "{told}");
            }
        }
    }
    for actor in &mut actors {
        cells += 1;
        assert_eq!(
            actor.browser.post("/api/sign-out", &json!({})).await.status,
            204,
            "{}",
            actor.who
        );
    }
    println!(
        "T7, the HTTP side: {} addresses x {} actors = {cells} cells, 100 % covered; {refused} refused, 0 let in wrongly, 0 planted words",
        ROUTES.len(),
        actors.len()
    );
    assert_eq!(cells, ROUTES.len() * actors.len());
}
