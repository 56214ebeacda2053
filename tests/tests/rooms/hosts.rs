//! Who leads, from outside: two at once, of whom one wins and the other is told; and a host who came by a link and has no account.

use protocol::api::{GroupDetail, GroupSummary, Me, NewGroup, NewInvite, ServerState};
use protocol::wire::{Action, ClientMessage, RefusalCode, RequestKind, RequestStatus, RoomScene, RoomView};
use protocol::{RequestId, Role, RoomId};
use tests::cast::{Facilitator, Gathering, join};
use tests::house::House;
use tests::line::{Line, new_command};
use tests::web::Browser;

/// How often two facilitators act at one moment: often enough that each of them is the quicker one now and then.
const TIMES: usize = 40;

/// Both say it before either has heard anything; gives who was taken and what the other was told.
async fn both(first: &mut Line, second: &mut Line, actions: [Action; 2]) -> (usize, RefusalCode) {
    let ids = [new_command(), new_command()];
    let [one, other] = actions.map(Some);
    let say = |id, action: Option<Action>| ClientMessage::Act {
        id,
        action: action.expect("said once"),
    };
    let (one, other) = (say(ids[0], one), say(ids[1], other));
    tokio::join!(first.say(&one), second.say(&other));
    let (one, other) = tokio::join!(first.answer_to(ids[0]), second.answer_to(ids[1]));
    match (one.expect("the line is up"), other.expect("the line is up")) {
        (Ok(_), Err(no)) => (0, no.code),
        (Err(no), Ok(_)) => (1, no.code),
        both => panic!("of two, exactly one is taken: {both:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_facilitators_acting_at_once_one_wins_and_the_other_is_told() {
    let house = House::new().await;
    let secret = house.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(house.address, &secret, 2).await;
    let (_, link) = group.facilitator.invite(group.room, "Kofi", Role::Facilitator).await;
    let (mut browser, _) = join(house.address, &link).await;
    let mut second = browser.enter(group.room).await;
    second.sees("the room", |_, me| me.role == Role::Facilitator).await;

    let (_, told) = both(
        &mut group.lead,
        &mut second,
        [Action::StartSession, Action::StartSession],
    )
    .await;
    assert_eq!(told, RefusalCode::SessionRunning);
    let mut wins = [0; 2];
    for n in 0..TIMES {
        // A hand goes up; one facilitator grants it and the other denies it, or both grant it.
        let (_, member) = &mut group.members[n % 2];
        let ask = Action::Ask {
            kind: RequestKind::Share,
            note: None,
        };
        let seq = member.does(ask).await;
        let (scene, _) = group.lead.sees("the hand", |scene, _| !pending(scene).is_empty()).await;
        let request = pending(&scene)[0];
        let answer = if n % 3 == 0 {
            Action::Grant { request }
        } else {
            Action::Deny { request }
        };
        let mut lines = [&mut group.lead, &mut second];
        lines.rotate_left(n % 2); // each says it first every other time
        let [first, then] = lines;
        let (won, told) = both(first, then, [Action::Grant { request }, answer]).await;
        assert_eq!(
            told,
            RefusalCode::UnknownRequest,
            "the other is told that it is settled"
        );
        wins[(won + n) % 2] += 1;
        // Both then see one room.
        let views = [
            view_after(&mut group.lead, seq + 1).await,
            view_after(&mut second, seq + 1).await,
        ];
        assert_eq!(views[0], views[1], "whoever leads sees what was decided");
        if views[0].floor.turn.is_some() {
            group.members[n % 2].1.does(Action::Release).await;
        }
    }
    assert!(
        wins.iter().all(|won| *won > 0),
        "one of them was always quicker: {wins:?}"
    );
    eprintln!("TWO AT ONCE: {TIMES} times, won {wins:?}");
    house.stop().await;
}

fn pending(scene: &RoomScene) -> Vec<RequestId> {
    let staff = scene.staff.as_ref().expect("who leads sees requests");
    let open = [RequestStatus::Pending, RequestStatus::Accepted];
    let waiting = staff.requests.iter().filter(|request| open.contains(&request.status));
    waiting.map(|request| request.request).collect()
}

async fn view_after(line: &mut Line, seq: u64) -> Box<RoomScene> {
    while line.view.as_ref().is_none_or(|(seen, ..)| *seen < seq) {
        line.hear().await.expect("the line is up");
    }
    match &line.view {
        Some((_, RoomView::Room(scene), _)) => scene.clone(),
        other => panic!("no room: {other:?}"),
    }
}

/// What a host without an account asks the server for beside their circle; none of it is given.
async fn asks_for_more(browser: &mut Browser, theirs: RoomId, another: RoomId) {
    let group = NewGroup {
        title: "My own".into(),
        pack: "circle-round".to_owned(),
        language: "en".to_owned(),
        starts_on: None,
    };
    let link = NewInvite {
        name: "Somebody".into(),
        role: Role::Member,
    };
    assert!(
        !browser.post("/api/groups", &group).await.status.is_success(),
        "makes no group"
    );
    assert!(!browser.get("/api/packs").await.status.is_success(), "reads no packs");
    for room in [theirs, another] {
        assert!(
            !browser.get(&format!("/api/groups/{room}")).await.status.is_success(),
            "lists no links"
        );
        let path = format!("/api/groups/{room}/invites");
        assert!(!browser.post(&path, &link).await.status.is_success(), "makes no links");
    }
    assert!(browser.try_ticket(another).await.is_none(), "opens no other room");
}

#[tokio::test]
async fn a_host_who_came_by_a_link_leads_that_circle_and_nothing_else() {
    let house = House::new().await;
    let secret = house.bootstrap.clone().expect("nobody was here before");
    let mut owner = Facilitator::first(house.address, &secret).await;
    let circle = owner.group("Monday circle", "circle-round").await;
    let another = owner.group("Thursday circle", "circle-round").await;
    let (_, link) = owner.invite(circle, "Kofi", Role::Facilitator).await;
    let (mut browser, seat) = join(house.address, &link).await;
    assert_eq!((seat.room, seat.role), (circle, Role::Facilitator));
    let state: ServerState = browser.get("/api/state").await.json();
    assert!(matches!(state.me, Some(Me::Guest { .. })), "no account: {:?}", state.me);

    // Leads: the owner of the account is not even there.
    let mut host = browser.enter(circle).await;
    host.sees("the room, without waiting at its door", |_, _| true).await;
    let mut members = Vec::new();
    for name in ["Ada", "Ben", "Cleo"] {
        let (_, link) = owner.invite(circle, name, Role::Member).await;
        let (mut browser, _) = join(house.address, &link).await;
        let mut line = browser.enter(circle).await;
        line.waits_at_the_door().await;
        host.does(Action::Admit {
            participant: line.me,
            anyway: false,
        })
        .await;
        members.push(line);
    }
    host.does(Action::StartSession).await;
    asks_for_more(&mut browser, circle, another).await;
    host.does(Action::NextStep).await;
    host.act(Action::EndSession).await.expect("a host may close the circle");
    while host.hear().await.is_ok() {}

    // With the circle the host's own link is gone: what is left is the owner's to see.
    assert!(browser.try_ticket(circle).await.is_none());
    let page: GroupDetail = owner.browser.get(&format!("/api/groups/{circle}")).await.json();
    assert_eq!(
        page.sittings[0].count.people, 4,
        "the host counts, the owner was not there"
    );
    let _: GroupSummary = page.summary;
    house.stop().await;
}
