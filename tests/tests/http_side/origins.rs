//! Another site's page must not ride on a signed-in browser's cookie (ASVS V4.4.2).

use rondo::http::ROUTES;
use serde_json::json;

use crate::access::form;
use crate::world::World;

/// What a browser may say of where a page comes from, of pages that are not ours. The last says nothing.
fn strangers(world: &World) -> Vec<Vec<String>> {
    let (own, port) = (world.origin(), world.address.port());
    vec![
        vec!["null".to_owned()],
        vec![format!("http://a.127.0.0.1:{port}")],
        vec![format!("http://0.0.1:{port}")],
        vec!["http://127.0.0.1:1".to_owned()],
        vec![format!("https://127.0.0.1:{port}")],
        vec![own.to_uppercase()],
        vec![format!("http://127.0.0.1.:{port}")],
        vec![String::new()],
        vec![own.clone(), own.clone()],
        vec![format!("http://ida@127.0.0.1:{port}")],
        vec![format!("http://xn--127-0-0-1:{port}")],
        vec![],
    ]
}

/// Every address that changes something, asked as twelve pages of other sites would, by a browser whose cookie would be good.
#[tokio::test]
async fn t6_no_form_of_another_site_changes_anything_at_any_address() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (invite, _) = ida.invites(&room, "Ana", "member").await;
    let group = format!("/api/groups/{room}");
    let before = (ida.get("/api/state").await.body, ida.get(&group).await.body);
    let (mut tried, mut addresses) = (0, 0);
    for address in ROUTES.iter().filter(|address| address.method == "post") {
        addresses += 1;
        let path = address.path.replace("{room}", &room).replace("{invite}", &invite);
        let form = form(address, &invite).to_string();
        for origins in strangers(&world) {
            for kind in ["application/json", "text/plain"] {
                let mut headers = vec![("content-type", kind)];
                headers.extend(origins.iter().map(|origin| ("origin", origin.as_str())));
                let reply = ida.send("POST", &path, &headers, &form).await;
                assert_eq!(
                    (reply.status, reply.code().as_str()),
                    (403, "cross_site"),
                    "{path} from {origins:?}"
                );
                tried += 1;
            }
        }
    }
    let after = (ida.get("/api/state").await.body, ida.get(&group).await.body);
    assert_eq!(before, after, "nothing has changed");
    println!(
        "T6, forms: {addresses} addresses x 12 strange origins x 2 kinds = {tried} tries, {tried} refused, 0 state changes (N = {tried}, 3/N = {:.5})",
        3.0 / f64::from(tried)
    );
    assert!(tried > 300);
}

/// Tickets: none opens two sockets, however close the two knocks come.
#[tokio::test]
async fn t6_no_ticket_is_taken_twice() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let (mut opened, mut refused) = (0, 0);
    for _ in 0..TICKETS {
        let ticket = ida.has_ticket(&room).await;
        let knocks = [
            ida.knocks(&room, &ticket),
            ida.knocks(&room, &ticket),
            ida.knocks(&room, &ticket),
        ];
        let replies = futures_util::future::join_all(knocks).await;
        let open = replies.iter().filter(|(reply, _)| reply.status == 101).count();
        assert_eq!(open, 1, "one knock of three at a time");
        opened += open;
        refused += replies.iter().filter(|(reply, _)| reply.status == 403).count();
    }
    println!(
        "T6, tickets: {TICKETS} tickets, each tried three times at once: {opened} sockets, {refused} refused, 0 taken twice (N = {refused}, 3/N = {:.4})",
        3.0 / refused as f64
    );
    assert_eq!((opened, refused), (TICKETS, 2 * TICKETS));
}

const TICKETS: usize = 100;

#[tokio::test]
async fn of_thirteen_origins_one_is_let_in() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let own = world.origin();
    for origins in &strangers(&world) {
        let headers: Vec<(&str, &str)> = origins.iter().map(|origin| ("origin", origin.as_str())).collect();
        let ticket = ida.has_ticket(&room).await;
        let (reply, _) = ida.knocks_as(&room, &headers, &ticket).await;
        assert_eq!(reply.status, 403, "socket from {origins:?}");
        let mut form = vec![("content-type", "application/json")];
        form.extend(&headers);
        let reply = ida.send("POST", "/api/sign-out", &form, "{}").await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (403, "cross_site"),
            "form from {origins:?}"
        );
    }
    for site in ["cross-site", "same-site", "none"] {
        let ticket = ida.has_ticket(&room).await;
        let (reply, _) = ida
            .knocks_as(&room, &[("origin", &own), ("sec-fetch-site", site)], &ticket)
            .await;
        assert_eq!(reply.status, 403, "{site}");
    }
    assert!(rooms.seats.lock().unwrap().is_empty());
    let ticket = ida.has_ticket(&room).await;
    assert_eq!(ida.knocks(&room, &ticket).await.0.status, 101);
    assert_eq!(ida.post("/api/sign-out", &json!({})).await.status, 204);
}
