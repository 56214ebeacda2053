//! Three real nodes over a PostgreSQL and a NATS server of the tests' own: people on different ones are in one room.

use std::time::{Duration, Instant};

use media::caller::Log;
use protocol::api::{HouseState, NewLink, ProblemCode};
use protocol::wire::{Action, CloseCode, NoteRef, RefusalCode, RequestKind};
use protocol::{Role, RoomId};
use rondo::cluster::limits::HANDED_OVER_EVERY;
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use tests::cast::{Facilitator, join};
use tests::line::{Line, PATIENCE};
use tests::nodes::{NAMES, Nodes, owner_of};
use tests::page::Page;
use tests::roomcheck::fences;
use tests::shared::tries;
use tests::voices::calls;
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

    // What was begun on one node ends on another: a code that does not fit is asked about, and not a beginning that nobody knows.
    sophie.browser.address = a;
    let nothing = serde_json::json!({});
    let begun = sophie.browser.post("/api/account/authenticator/begin", &nothing).await;
    assert!(begun.status.is_success());
    sophie.browser.address = c;
    let code = serde_json::json!({ "code": "000000" });
    let confirmed = sophie.browser.post("/api/account/authenticator/confirm", &code).await;
    assert_eq!(confirmed.problem(), ProblemCode::WrongCode);

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
async fn a_node_that_ends_hands_its_rooms_over_one_by_one_and_serves_the_others_meanwhile() {
    const ROOMS: usize = 12;
    let Some(mut nodes) = Nodes::start(LEASE_MS, None).await else {
        return;
    };
    let mut sql = nodes.sql().await;
    let mut sophie = Facilitator::first(nodes.addresses()[0], &nodes.bootstrap).await;
    let mut lines = Vec::new();
    for _ in 0..ROOMS {
        let room = sophie.group("Thursday", "group-ipt-8").await;
        let mut lead = sophie.enter(room).await;
        lead.does(Action::StartSession).await;
        lines.push((room, lead));
    }
    let elsewhere = nodes.addresses()[1];
    let restarted = tokio::spawn(async move {
        let (_, code) = nodes.restart(0).await;
        (nodes, code)
    });
    // Each goes on until its line is closed, and then on the next node.
    let mut acting = tokio::task::JoinSet::new();
    for (room, mut lead) in lines {
        acting.spawn(async move {
            let mut last = Instant::now();
            while lead.goes_on(Action::ExtendStep { seconds: 1 }).await {
                last = Instant::now();
            }
            let wait = lead
                .closed
                .map(|close| (u16::from(close.code), close.reason.to_string()));
            (room, last, wait)
        });
    }
    let mut ends = Vec::new();
    let mut rooms = Vec::new();
    while let Some(ended) = acting.join_next().await {
        let (room, last, closed) = ended.expect("somebody who acts");
        let (code, after) = closed.expect("a line that is closed");
        assert_eq!(code, CloseCode::Restarting.number());
        assert!(after.parse::<u64>().is_ok_and(|after| after <= 250), "{after}");
        ends.push(last);
        rooms.push(room);
    }
    ends.sort_unstable();
    let (first, last) = (ends[0], ends[ROOMS - 1]);
    println!(
        "{ROOMS} rooms were handed over; the last was served {:?} after the first",
        last - first
    );
    let later = ends.iter().filter(|end| **end > first + HANDED_OVER_EVERY * 2).count();
    assert!(later > ROOMS / 2, "only {later} of {ROOMS} were served after the first");
    sophie.browser.address = elsewhere;
    for room in rooms {
        sophie.enter(room).await.does(Action::ExtendStep { seconds: 1 }).await;
        // Whichever has least to do: the one that ended may be back.
        assert!(owner_of(&mut sql, room).await.is_some());
    }
    let (_nodes, code) = restarted.await.expect("the restart ends");
    assert_eq!(code, Some(0));
}

/// From here on the database takes a node for this busy, whatever it says of itself.
async fn is_busy(sql: &mut PgConnection, name: &str, people: u32) {
    let says = format!(
        "CREATE OR REPLACE FUNCTION is_busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.name = '{name}' THEN NEW.people := {people}; ELSE NEW.people := 0; END IF;
             RETURN NEW;
         END $$;
         CREATE OR REPLACE TRIGGER is_busy BEFORE INSERT OR UPDATE ON node FOR EACH ROW EXECUTE FUNCTION is_busy();
         UPDATE node SET people = 0;"
    );
    sql.execute(AssertSqlSafe(says)).await.expect("the database does");
}

#[tokio::test]
async fn rooms_that_come_to_a_busy_node_are_opened_where_there_is_less_to_do() {
    let Some(nodes) = Nodes::start(LEASE_MS, None).await else {
        return;
    };
    let mut sql = nodes.sql().await;
    let mut sophie = Facilitator::first(nodes.addresses()[0], &nodes.bootstrap).await;
    is_busy(&mut sql, NAMES[0], 500).await;
    let mut owners = [0; NAMES.len()];
    for _ in 0..6 {
        let room = sophie.group("Thursday", "group-ipt-8").await;
        let mut lead = sophie.enter(room).await;
        lead.does(Action::StartSession).await;
        owners[owner_of(&mut sql, room).await.expect("somebody has it")] += 1;
        // As if nothing were different: what one asks is answered, and it is the owner who writes it.
        lead.does(Action::ExtendStep { seconds: 60 }).await;
    }
    println!("Six rooms that came to a node with 500 people went to: {owners:?}");
    let [busy, others @ ..] = owners;
    assert!(
        busy == 0 && others.iter().all(|rooms| *rooms > 0),
        "to the two that have nobody, in turn"
    );
    // Quiet again, a node keeps the rooms that come to it.
    is_busy(&mut sql, NAMES[1], 500).await;
    let room = sophie.group("Friday", "group-ipt-8").await;
    sophie.enter(room).await.does(Action::StartSession).await;
    assert_eq!(owner_of(&mut sql, room).await, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_on_different_nodes_hear_each_other_and_again_after_a_planned_restart() {
    let Some(mut circle) = circle().await else { return };
    let (room, heard) = (circle.room, |voice| move |log: &Log| log.of(voice) >= 10);
    let mut lead = calls(&mut circle.lead, 1).await;
    let mut ben = calls(&mut circle.ben.1, 2).await;
    // He asks for the floor and has it: then nobody has to be still for him.
    circle.ben.1.does(ask()).await;
    circle
        .lead
        .does(Action::Call {
            participant: circle.ben.1.me,
        })
        .await;
    lead.sees("the member, over another node's line", heard(2)).await;
    ben.sees("who leads", heard(1)).await;

    // The owner of the room, and of its voices, is restarted in good order.
    let begun = Instant::now();
    let restarted = tokio::spawn(async move {
        let (took, code) = circle.nodes.restart(0).await;
        (circle.nodes, took, code)
    });
    assert_eq!(circle.ben.1.is_closed().await, Some(CloseCode::Restarting.number()));
    let mut line = circle.ben.0.enter(room).await;
    line.sees("the room", |_, _| true).await;
    let back = Instant::now();
    let mut ben = calls(&mut line, 2).await;
    circle.sophie.browser.address = circle.ben.0.address;
    let mut leads = circle.sophie.enter(room).await;
    leads.sees("the room", |_, _| true).await;
    let mut lead = calls(&mut leads, 1).await;
    ben.sees("who leads, again", heard(1)).await;
    lead.sees("the member, again", heard(2)).await;
    let (nodes, took, code) = restarted.await.expect("the restart ends");
    println!(
        "T24, voices: a node ended after {took:.1?}; its people were back in the room after {:.1?} and heard each other {:.1?} later (promised: 5 s)",
        back - begun,
        back.elapsed()
    );
    assert_eq!(code, Some(0));
    let mut sql = nodes.sql().await;
    assert_eq!(owner_of(&mut sql, room).await, Some(1), "where its people came back");
}

#[tokio::test]
async fn an_owner_that_was_followed_unawares_says_neither_yes_nor_no() {
    let Some(mut circle) = circle().await else { return };
    let mut sql = circle.nodes.sql().await;
    let room = circle.room.bits().to_be_bytes().to_vec();
    // A member ends no session: a plain no, as long as the room is its owner's.
    let no = circle
        .ben
        .1
        .act(Action::EndSession)
        .await
        .expect_err("a member ends no session");
    assert_eq!(no.code, RefusalCode::NotPermitted);
    // Somebody takes it by force, and the owner has not heard of it. What the next one accepts this one would refuse.
    sqlx::query("UPDATE room SET owner_epoch = owner_epoch + 1 WHERE id = $1")
        .bind(room)
        .execute(&mut sql)
        .await
        .expect("the database does");
    assert!(!circle.ben.1.goes_on(Action::EndSession).await, "it said no");
    assert_eq!(
        circle.ben.1.closed.map(|close| u16::from(close.code)),
        Some(CloseCode::Moved.number())
    );
}

#[tokio::test]
async fn a_room_that_a_node_cannot_read_is_given_back() {
    let Some(mut circle) = circle().await else { return };
    let mut sql = circle.nodes.sql().await;
    // It is open nowhere: its owner has ended in good order. Then its journal is one that this release cannot read.
    let (_, code) = circle.nodes.restart(0).await;
    assert_eq!(code, Some(0));
    let spoils =
        "SET session_replication_role = replica; UPDATE event_body SET ciphertext = '\\x00'; DELETE FROM snapshot;";
    sql.execute(spoils).await.expect("the database does");
    let ticket = circle.ben.0.ticket(circle.room).await;
    let opened = circle.ben.0.open(circle.room, &ticket).await;
    if let Ok(mut line) = opened {
        assert_eq!(line.is_closed().await, Some(CloseCode::RoomRestarting.number()));
    }
    let begun = Instant::now();
    while owner_of(&mut sql, circle.room).await.is_some() {
        assert!(begun.elapsed() < PATIENCE, "the node keeps what it cannot read");
        tokio::time::sleep(Duration::from_millis(20)).await; // the database tells nobody by itself
    }
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
    let stops = tries("STOPS", 20);
    match fences::run(stops).await {
        Ok(Some(figure)) => println!("{figure}"),
        Ok(None) => {} // said why
        Err(why) => panic!("{why}"),
    }
}
