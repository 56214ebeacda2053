//! A session over real sockets: admission, agenda, turns, dropped lines, restarts, an orderly close.

use protocol::pack::FloorMode;
use protocol::wire::{Action, ClientMessage, RequestKind, SeatState, ServerMessage, SignalKind, Stand, StopReason};
use protocol::wire::{ClockView, RefusalCode};
use protocol::{Role, StepId, Timestamp};
use tests::cast::{Facilitator, Gathering, join};
use tests::clock::HandClock;
use tests::house::House;
use tests::line::new_command;

async fn gathering(members: usize) -> (House, Gathering) {
    let house = House::new().await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let gathering = Gathering::of(house.address, &secret, members).await;
    (house, gathering)
}

/// The first step of the current session that gives the floor in this way.
fn step_with(gathering: &Gathering, mode: FloorMode) -> StepId {
    let pack = rondo::packs::Shelf::fill(None)
        .find("group-ipt-8")
        .expect("the pack comes along");
    let _ = gathering;
    let steps = &pack.session(1).expect("session 1").steps;
    steps
        .iter()
        .find(|step| step.floor == mode)
        .map(|step| step.id.clone())
        .unwrap_or_else(|| panic!("no {mode:?} step"))
}

#[tokio::test]
async fn a_group_meets_takes_turns_and_closes() {
    let (house, mut group) = gathering(3).await;
    group.lead.does(Action::StartSession).await;
    let round = step_with(&group, FloorMode::Round);
    group.lead.does(Action::GoToStep { step: round }).await;
    group.lead.does(Action::GoOn).await;
    let ids: Vec<_> = group.members.iter().map(|(_, line)| line.me).collect();
    for n in 0..3 {
        let (_, line) = &mut group.members[n];
        line.sees("my turn", |_, me| me.holding && me.may_speak).await;
        if n == 1 {
            line.does(Action::Pass).await;
        } else {
            line.does(Action::Release).await;
        }
    }
    let (scene, _) = group
        .lead
        .sees("the round's end", |scene, _| !scene.floor.round_running)
        .await;
    assert!(scene.floor.turn.is_none());
    let staff = scene.staff.expect("a facilitator sees the pane");
    let turns = |who| {
        staff
            .participation
            .iter()
            .find(|row| row.participant == who)
            .map(|row| row.turns)
    };
    assert_eq!(
        ids.iter().map(|id| turns(*id)).collect::<Vec<_>>(),
        [Some(1), Some(0), Some(1)]
    );
    group.lead.does(Action::EndSession).await;
    let (scene, _) = group.members[0]
        .1
        .sees("the end", |scene, _| scene.stand == Stand::Lobby)
        .await;
    assert_eq!(scene.course.session, 2);
    assert!(scene.staff.is_none());
    house.stop().await;
}

#[tokio::test]
async fn who_waits_at_the_door_receives_nothing_of_the_room() {
    let (house, mut group) = gathering(1).await;
    group.lead.does(Action::StartSession).await;
    let (_, secret) = group.facilitator.invite(group.room, "Latecomer", Role::Member).await;
    let (mut browser, _) = join(house.address, &secret).await;
    let mut late = browser.enter(group.room).await;
    late.waits_at_the_door().await;
    assert_eq!(
        late.act(Action::Ask {
            kind: RequestKind::Share,
            note: None
        })
        .await
        .unwrap_err()
        .code,
        RefusalCode::NotAdmitted
    );
    group.lead.does(Action::NextStep).await;
    late.say(&ClientMessage::Ping { at: 1 }).await;
    while !late.others.iter().any(|m| matches!(m, ServerMessage::Pong { .. })) {
        if let Some(other @ ServerMessage::Pong { .. }) = late.hear().await.expect("the line is up") {
            late.others.push_back(other);
        }
    }
    assert!(matches!(late.view, Some((_, protocol::wire::RoomView::Waiting(_), _))));
    group.lead.does(Action::TurnAway { participant: late.me }).await;
    assert_eq!(late.is_closed().await, Some(4403));
    house.stop().await;
}

#[tokio::test]
async fn a_dropped_holder_comes_back_to_the_time_that_was_left() {
    let (house, mut group) = gathering(2).await;
    group.lead.does(Action::StartSession).await;
    let round = step_with(&group, FloorMode::Round);
    group.lead.does(Action::GoToStep { step: round }).await;
    group.lead.does(Action::GoOn).await;
    let (mut browser, line) = group.members.remove(0);
    let me = line.me;
    line.drops();
    let (scene, _) = group
        .lead
        .sees("the suspended turn", |scene, _| {
            scene.floor.turn.as_ref().is_some_and(|turn| {
                matches!(
                    turn.clock,
                    ClockView::Stopped {
                        because: StopReason::Away,
                        ..
                    }
                )
            })
        })
        .await;
    assert_eq!(scene.staff.unwrap().suspended.map(|s| s.participant), Some(me));
    let mut back = browser.enter(group.room).await;
    let (scene, _) = back.sees("my turn again", |_, me| me.holding && me.may_speak).await;
    assert!(matches!(
        scene.floor.turn.unwrap().clock,
        ClockView::Running { deadline: Some(_) }
    ));
    house.stop().await;
}

#[tokio::test]
async fn a_second_device_changes_nothing_when_it_goes() {
    let (house, mut group) = gathering(1).await;
    group.lead.does(Action::StartSession).await;
    let room = group.room;
    let (browser, line) = &mut group.members[0];
    let mut second = browser.enter(room).await;
    second.sees("the room", |_, _| true).await;
    let me = line.me;
    // A goodbye that was answered is on its way to the room; of a line that is merely dropped nobody knows when.
    second.socket.close(None).await.expect("the line is up");
    second.is_closed().await;
    group.lead.does(Action::NextStep).await;
    group.lead.does(Action::NextStep).await;
    let (scene, _) = group.lead.sees("a view", |_, _| true).await;
    assert!(scene.seats.iter().any(|seat| seat.participant == me && seat.present));
    line.sees("the room as before", |_, me| me.may_speak).await;
    house.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_the_session_the_place_and_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::over(folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().unwrap();
    let mut group = Gathering::of(house.address, &secret, 2).await;
    group.lead.does(Action::StartSession).await;
    let queue = step_with(&group, FloorMode::Queue);
    group.lead.does(Action::GoToStep { step: queue }).await;
    for (_, line) in &mut group.members {
        line.does(Action::Ask {
            kind: RequestKind::Share,
            note: Some("about my sister".into()),
        })
        .await;
    }
    let before = group.lead.view.clone().unwrap().0;
    house.stop().await;
    assert_eq!(group.lead.is_closed().await, Some(1012));

    let house = House::over(folder.path(), |_| ()).await;
    assert_eq!(house.bootstrap, None, "the first run is over");
    let mut browser = group.facilitator.browser.clone();
    browser.address = house.address;
    let mut lead = browser.enter(group.room).await;
    let (scene, _) = lead.sees("the session", |scene, _| scene.stand == Stand::Running).await;
    assert!(lead.view.as_ref().unwrap().0 > before);
    let staff = scene.staff.unwrap();
    assert_eq!(
        staff.requests.len() + usize::from(scene.floor.turn.is_some()),
        2,
        "{:?}",
        scene.floor
    );
    assert!(
        staff
            .requests
            .iter()
            .all(|r| r.note.as_ref().is_some_and(|note| note.expose() == "about my sister"))
    );
    for (browser, _) in &mut group.members {
        browser.address = house.address;
        let mut line = browser.enter(group.room).await;
        line.sees("the room", |_, _| true).await; // still admitted
    }
    house.stop().await;
}

#[tokio::test]
async fn after_five_minutes_without_a_facilitator_everybody_reads_whom_to_call() {
    let contact = "The practice: 01 234 56 78.";
    let began = Timestamp(1_800_000_000_000);
    let hands = HandClock::standing_at(began);
    let folder = tempfile::tempdir().unwrap();
    let house = House::by(hands.clock(), folder.path(), |config| {
        config.contact = Some(contact.to_owned())
    })
    .await;
    let mut group = Gathering::of(house.address, &house.bootstrap.clone().unwrap(), 1).await;
    group.lead.does(Action::StartSession).await;
    group.lead.drops();
    let (_, ana) = &mut group.members[0];
    let said = |stand: &Stand| match stand {
        Stand::Held { long, contact, .. } => Some((*long, contact.clone())),
        _ => None,
    };
    let held = (false, None);
    ana.sees("that the room holds", |scene, _| {
        said(&scene.stand) == Some(held.clone())
    })
    .await;
    hands.moves_to(began.plus_seconds(300));
    ana.does(Action::Pause).await; // the room looks at its clock when something happens
    let long = (true, Some(contact.to_owned()));
    ana.sees("whom to call", |scene, _| said(&scene.stand) == Some(long.clone()))
        .await;
    house.stop().await;
}

#[tokio::test]
async fn a_command_sent_twice_is_done_once_and_answered_alike() {
    let (house, mut group) = gathering(1).await;
    group.lead.does(Action::StartSession).await;
    let id = new_command();
    let first = group.lead.act_as(id, Action::ExtendStep { seconds: 60 }).await.unwrap();
    let again = group.lead.act_as(id, Action::ExtendStep { seconds: 60 }).await.unwrap();
    assert_eq!(first, again);
    let (scene, _) = group
        .lead
        .sees("the longer step", |scene, _| scene.agenda.ends_at.is_some())
        .await;
    let minutes = scene.agenda.steps[0].minutes;
    let span = scene.agenda.ends_at.unwrap().since(scene.agenda.started_at.unwrap());
    assert_eq!(span, u64::from(minutes) * 60_000 + 60_000);
    let refused = new_command();
    for _ in 0..2 {
        assert_eq!(
            group.lead.act_as(refused, Action::ResumeClock).await.unwrap_err().code,
            RefusalCode::NoTurn
        );
    }
    house.stop().await;
}

#[tokio::test]
async fn a_sign_reaches_whom_it_is_for_and_nobody_else() {
    let (house, mut group) = gathering(2).await;
    let [(_, ana), (_, ben)] = &mut group.members[..] else {
        panic!("two members")
    };
    ana.say(&ClientMessage::Signal {
        kind: SignalKind::Slower,
    })
    .await;
    ana.say(&ClientMessage::Signal {
        kind: SignalKind::MeToo,
    })
    .await;
    let next_sign = |message: Option<ServerMessage>| match message {
        Some(ServerMessage::Signal { kind, .. }) => Some(kind),
        _ => None,
    };
    loop {
        if let Some(kind) = next_sign(ben.hear().await.expect("the line is up")) {
            assert_eq!(kind, SignalKind::MeToo, "a private sign reached another member");
            break;
        }
    }
    loop {
        if let Some(kind) = next_sign(group.lead.hear().await.expect("the line is up")) {
            assert_eq!(kind, SignalKind::Slower);
            break;
        }
    }
    house.stop().await;
}

#[tokio::test]
async fn a_revoked_link_closes_the_line_and_the_door() {
    let house = House::new().await;
    let mut facilitator = Facilitator::first(house.address, house.bootstrap.as_ref().unwrap()).await;
    let room = facilitator.group("Tuesday group", "group-ipt-8").await;
    let mut lead = facilitator.enter(room).await;
    let (link, secret) = facilitator.invite(room, "Ana", Role::Member).await;
    let (mut browser, _) = join(house.address, &secret).await;
    let mut line = browser.enter(room).await;
    line.waits_at_the_door().await;
    lead.does(Action::Admit {
        participant: line.me,
        anyway: false,
    })
    .await;
    line.sees("the room", |scene, _| {
        scene.seats.iter().any(|seat| seat.state == SeatState::Quiet)
    })
    .await;
    let path = format!("/api/groups/{room}/invites/{}/revoke", link.invite.invite);
    assert!(
        facilitator
            .browser
            .post(&path, &serde_json::json!({}))
            .await
            .status
            .is_success()
    );
    assert!(matches!(line.is_closed().await, Some(4401 | 4403)));
    let again = browser
        .post(&format!("/api/rooms/{room}/ticket"), &serde_json::json!({}))
        .await;
    assert!(again.status.is_client_error());
    house.stop().await;
}
