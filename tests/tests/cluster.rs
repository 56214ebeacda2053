//! Three real nodes over a PostgreSQL and a NATS server of the tests' own: people on different ones are in one room.

use std::time::{Duration, Instant};

use protocol::api::{HouseState, NewLink};
use protocol::wire::{Action, CloseCode, NoteRef, RequestKind};
use protocol::{Role, RoomId};
use tests::cast::{Facilitator, join};
use tests::line::{Line, PATIENCE};
use tests::nodes::{Nodes, owner_of};
use tests::page::Page;
use tests::roomcheck::fences;
use tests::web::Browser;

/// As it ships.
const LEASE_MS: u64 = 6_000;

/// A session under way, led from the first node, with a member on the second.
struct Circle {
    nodes: Nodes,
    sophie: Facilitator,
    room: RoomId,
    lead: Line,
    ben: (Browser, Line),
    link: NewLink,
}

async fn circle() -> Option<Circle> {
    let nodes = Nodes::start(LEASE_MS, None).await?;
    let [a, b, _] = nodes.addresses()[..] else {
        panic!("three nodes")
    };
    let mut sophie = Facilitator::first(a, &nodes.bootstrap).await;
    let room = sophie.group("Thursday", "group-ipt-8").await;
    let mut lead = sophie.enter(room).await;
    lead.does(Action::StartSession).await;
    let (link, secret) = sophie.invite(room, "Ben", Role::Member).await;
    let (mut browser, seat) = join(b, &secret).await;
    let mut line = browser.enter(room).await;
    line.waits_at_the_door().await;
    lead.does(Action::Admit {
        participant: seat.participant,
        anyway: false,
    })
    .await;
    line.sees("the room", |_, _| true).await;
    Some(Circle {
        nodes,
        sophie,
        room,
        lead,
        ben: (browser, line),
        link,
    })
}

fn ask() -> Action {
    Action::Ask {
        kind: RequestKind::Share,
        note: None,
    }
}

/// Waits until a line shows what was done at this position.
async fn shows(line: &mut Line, seq: u64) {
    while line.view.as_ref().is_none_or(|(seen, ..)| *seen < seq) {
        line.hear().await.expect("the line is up");
    }
}

#[tokio::test]
async fn people_on_different_nodes_are_in_one_room() {
    let Some(mut circle) = circle().await else { return };
    let Circle {
        nodes,
        sophie,
        room,
        lead,
        ben,
        link,
    } = &mut circle;
    let (browser, ben) = ben;
    let mut sql = nodes.sql().await;
    assert_eq!(owner_of(&mut sql, *room).await, Some(0), "where its first person came");

    // What one does the other sees, both ways.
    let asked = ben.does(ask()).await;
    shows(lead, asked).await;
    let longer = lead.does(Action::ExtendStep { seconds: 60 }).await;
    shows(ben, longer).await;
    // A rule says no over a relay as it does at home.
    ben.act(Action::EndSession).await.expect_err("a member ends no session");

    // They write in one note.
    let note = NoteRef::Session { session: 1 };
    let mut leads = Page::open(lead, note, 10).await.expect("opened");
    let mut bens = Page::open(ben, note, 11).await.expect("opened");
    leads.types(lead, "from a, ").await.expect("saved");
    bens.reads(ben, |text| text.contains("from a")).await;
    bens.types(ben, "from b").await.expect("saved");
    leads.reads(lead, |text| text.contains("from b")).await;

    // A ticket of one node opens a line on another, once.
    let [a, _, c] = nodes.addresses()[..] else {
        panic!("three nodes")
    };
    browser.address = a;
    let ticket = browser.ticket(*room).await;
    browser.address = c;
    let mut third = browser.open(*room, &ticket).await.expect("it opens");
    third.sees("the room", |_, _| true).await;
    assert!(
        browser.open(*room, &ticket).await.is_err(),
        "used up, whichever node it is shown to"
    );

    // Whoever keeps the accounts sees the machines and whose rooms are whose, on whichever they look.
    sophie.browser.address = c;
    let answer = sophie.browser.get("/api/house").await;
    let house: HouseState = serde_json::from_slice(&answer.body).expect("the house");
    let told: Vec<_> = house
        .nodes
        .iter()
        .map(|node| (node.rooms, node.silent_seconds))
        .collect();
    assert_eq!(told, [(1, None), (0, None), (0, None)]);

    // The bus forgets everything and is gone for a moment; who was carried comes back at the latest.
    nodes.nats.begins_anew();
    let begun = Instant::now();
    let (mut carried, again) = loop {
        let mut line = browser.enter(*room).await;
        match tokio::time::timeout(PATIENCE, line.act(Action::CancelRequest)).await {
            Ok(answer) => break (line, answer.expect("accepted")),
            Err(_) => assert!(begun.elapsed() < 3 * PATIENCE, "nobody is carried any more"),
        }
    };
    shows(lead, again).await;
    println!(
        "The bus was started anew; whoever is carried could act again after {:?}",
        begun.elapsed()
    );

    // Taken back on the third node, Ben's link closes his lines on the second and the third.
    let path = format!("/api/groups/{room}/invites/{}/revoke", link.invite.invite);
    let begun = Instant::now();
    let answer = sophie.browser.post(&path, &serde_json::json!({})).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    let code = carried.is_closed().await;
    println!(
        "A link taken back on one node closed a line that another carried after {:?}",
        begun.elapsed()
    );
    assert_eq!(code, Some(CloseCode::Removed.number()));
}

#[tokio::test]
async fn a_node_that_dies_loses_its_rooms_to_those_who_wait_for_them() {
    let Some(mut circle) = circle().await else { return };
    let asked = circle.ben.1.does(ask()).await;
    let begun = Instant::now();
    circle.nodes.nodes.remove(0).kill().await;
    // The owner is gone: the line says so, and whoever comes back waits until the room is opened where they are.
    let closed = circle.ben.1.is_closed().await;
    assert_eq!(closed, Some(CloseCode::Moved.number()));
    let told = begun.elapsed();
    let mut line = circle.ben.0.enter(circle.room).await;
    line.sees("the room", |_, me| me.request.is_some()).await;
    println!(
        "A killed owner was noticed after {told:?}, and its room was open again after {:?}",
        begun.elapsed()
    );
    assert!(
        begun.elapsed() > Duration::from_millis(LEASE_MS / 2),
        "nobody takes a room of the living"
    );
    let seq = line.does(Action::CancelRequest).await;
    assert!(seq > asked);
    let mut sql = circle.nodes.sql().await;
    assert_eq!(owner_of(&mut sql, circle.room).await, Some(1));
}

#[tokio::test]
async fn t22_an_owner_that_stood_still_writes_nothing_and_nothing_is_lost() {
    let stops = std::env::var("STOPS").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    match fences::run(stops).await {
        Ok(Some(figure)) => println!("{figure}"),
        Ok(None) => {} // said why
        Err(why) => panic!("{why}"),
    }
}
