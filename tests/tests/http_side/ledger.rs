//! The practice's log as those who lead ask for it.

use std::time::Duration;

use rondo::ledger::note::{self, NoteKey};

use crate::world::World;

/// How often the first checkpoint is asked for at most: it comes with the server's first look, or with the one after that.
const TRIES: usize = 400;
const BETWEEN: Duration = Duration::from_millis(50);

#[tokio::test]
async fn the_log_is_shown_with_its_key_and_lengths_it_does_not_have_are_not_there() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let mut reply = ida.get("/api/log").await;
    for _ in 0..TRIES {
        if reply.status == 200 {
            break;
        }
        tokio::time::sleep(BETWEEN).await;
        reply = ida.get("/api/log").await;
    }
    assert_eq!(reply.status, 200, "{reply:?}");
    let said = |name: &str| reply.json()[name].as_str().expect("a text").to_owned();
    let key: NoteKey = said("key").parse().expect("a log's key");
    let head = note::read(&key, &said("checkpoint")).expect("signed with it");
    let path = format!("/api/log/consistency/0/{}", head.size);
    let proof = ida.get(&path).await;
    assert_eq!(
        (proof.status, proof.json()["proof"].as_array().map(Vec::len)),
        (200, Some(0))
    );
    for none in [
        "/api/log/consistency/0/999999",
        "/api/log/consistency/5/2",
        "/api/log/consistency/x/2",
    ] {
        assert_eq!(ida.get(none).await.status, 404, "{none}");
    }
    let room = ida.makes_a_group("A").await;
    assert_eq!(
        ida.get(&format!("/api/groups/{room}/log/1")).await.status,
        404,
        "nothing happened there yet"
    );
}
