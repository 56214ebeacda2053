//! Another site's page must not ride on a signed-in browser's cookie (ASVS V4.4.2).

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn of_thirteen_origins_one_is_let_in() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let own = world.origin();
    let port = world.address.port();
    let others: Vec<Vec<String>> = vec![
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
    ];
    for origins in &others {
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
