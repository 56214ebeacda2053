//! Ending a login closes what is open behind it, for a real room: nothing is heard on that line afterwards, and others notice nothing.

use std::time::{Duration, Instant};

use protocol::Role;
use protocol::api::{AccountDetail, ChangePassphrase, MemberDevices};
use protocol::wire::{Action, Stand};
use rondo::clock::Clock;
use rondo::config::Config;
use rondo::practices;
use serde_json::json;
use tests::cast::{EMAIL, Gathering, PASSPHRASE, join};
use tests::house::House;
use tests::web::Browser;

/// What `4403` says: this seat is gone.
const REMOVED: u16 = 4403;
/// What `4401` says: the login behind this connection ended.
const LOGIN_ENDED: u16 = 4401;
/// The promise; printed and, being a time, not a gate. What is a gate is that the line closes at all, with the right code.
const PROMISED: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t9_ending_a_login_closes_its_sockets_and_nobody_elses() {
    let house = House::new().await;
    let bootstrap = house.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(house.address, &bootstrap, 1).await;
    let room = group.room;
    let mut took = Vec::new();
    for way in ["one by one", "all at once", "with a new passphrase"] {
        let mut phone = Browser::new(house.address);
        let form = json!({ "email": EMAIL, "passphrase": PASSPHRASE });
        assert!(phone.post("/api/sign-in", &form).await.status.is_success());
        let mut line = phone.enter(room).await;
        line.sees("the room", |_, _| true).await;
        let desk = &mut group.facilitator.browser;
        let listed: AccountDetail = desk.get("/api/account").await.json();
        let other = listed.logins.iter().find(|login| !login.current).expect("the phone");
        assert!(other.live, "the phone sits in the room");
        let path = format!("/api/account/logins/{}/end", other.login);
        let begun = Instant::now();
        let answer = match way {
            "one by one" => desk.post(&path, &json!({})).await,
            "all at once" => desk.post("/api/account/logins/end", &json!({})).await,
            _ => {
                let form = ChangePassphrase {
                    current: PASSPHRASE.into(),
                    passphrase: "a lantern under the stairs".into(),
                };
                desk.post("/api/account/passphrase", &form).await
            }
        };
        assert!(answer.status.is_success(), "{way}");
        assert_eq!(line.is_closed().await, Some(LOGIN_ENDED), "{way}");
        took.push(begun.elapsed());
        assert!(line.hear().await.is_err(), "{way}: nothing is heard after the close");
        if way != "with a new passphrase" {
            // The desk's line and the member's are as they were: what is done on the one is seen on the other.
            group.lead.does(Action::StartSession).await;
            group.lead.does(Action::EndSession).await;
        }
        assert_eq!(phone.try_ticket(room).await, None, "{way}: and there is no way back");
    }
    // The desk's own line was open all the while; it went with the passphrase, as everything else, and its browser has a new login.
    assert_eq!(group.lead.is_closed().await, Some(LOGIN_ENDED));
    let mut back = group.facilitator.browser.enter(room).await;
    back.sees("the room", |_, _| true).await;
    back.does(Action::StartSession).await;
    let (_, member) = &mut group.members[0];
    member
        .sees("the session that began after all that", |scene, _| {
            scene.stand == Stand::Running && scene.course.session == 3
        })
        .await;
    let slowest = took.iter().max().expect("three ways");
    println!(
        "T9, ended logins: {} of {} lines closed with {LOGIN_ENDED}, 0 frames after; slowest {slowest:?}, promised {PROMISED:?} (N = {}, 3/N = 1)",
        took.len(),
        took.len(),
        took.len()
    );
    house.stop().await;
}

/// Two devices of one member: the one that is ended loses its line, and the member stays in the room by the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t8_a_device_that_is_ended_by_itself_loses_its_socket_and_the_others_stay() {
    let house = House::new().await;
    let bootstrap = house.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(house.address, &bootstrap, 0).await;
    let room = group.room;
    let (link, secret) = group.facilitator.invite(room, "Ben", Role::Member).await;
    let (mut phone, _) = join(house.address, &secret).await;
    let mut own = phone.enter(room).await;
    own.waits_at_the_door().await;
    let (participant, anyway) = (own.me, true);
    group.lead.does(Action::Admit { participant, anyway }).await;
    let mut took = Vec::new();
    for who in ["those who lead", "the member"] {
        let (mut tablet, _) = join(house.address, &secret).await;
        let mut line = tablet.enter(room).await;
        line.sees("the room", |_, _| true).await;
        let (asks, list) = match who {
            "the member" => (&mut phone, format!("/api/rooms/{room}/mine/devices")),
            _ => {
                let path = format!("/api/groups/{room}/invites/{}/devices", link.invite.invite);
                (&mut group.facilitator.browser, path)
            }
        };
        let listed: MemberDevices = asks.get(&list).await.json();
        assert_eq!(listed.devices.len(), 2, "{who}");
        let newest = &listed.devices[0];
        assert!(newest.live && !newest.current, "{who}: {newest:?}");
        let begun = Instant::now();
        let ended = asks.post(&format!("{list}/{}/end", newest.device), &json!({})).await;
        assert!(ended.status.is_success(), "{who}");
        assert_eq!(line.is_closed().await, Some(REMOVED), "{who}");
        took.push(begun.elapsed());
        assert_eq!(tablet.try_ticket(room).await, None, "{who}: and there is no way back");
    }
    own.does(Action::NotOk).await; // the phone's line was open all the while
    let slowest = took.iter().max().expect("two ways");
    println!(
        "T8, ended devices: {0} of {0} lines closed with {REMOVED}, the other one stayed; slowest {slowest:?}, promised {PROMISED:?} (N = {0}, 3/N = 1)",
        took.len()
    );
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t9_a_command_on_the_machine_closes_what_a_running_server_has_open() {
    let house = House::new().await;
    let bootstrap = house.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(house.address, &bootstrap, 1).await;
    let config = Config::in_folder(house.data());
    let begun = Instant::now();
    let ended = practices::reset_factors(&config, None, EMAIL, Clock::system()).await;
    assert_eq!(ended.expect("the account is there"), 1);
    assert_eq!(group.lead.is_closed().await, Some(LOGIN_ENDED));
    let took = begun.elapsed();
    assert_eq!(group.facilitator.browser.try_ticket(group.room).await, None);
    // The member's line is as it was.
    let (member, line) = &mut group.members[0];
    assert!(member.try_ticket(group.room).await.is_some());
    line.sees("the room, without its lead", |_, _| true).await;
    println!(
        "T9, the operator's reset: the line of a running server closed after {took:?}, promised {PROMISED:?} (N = 1, 3/N = 3)"
    );
    house.stop().await;
}
