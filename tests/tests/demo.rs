//! `rondo demo` as a newcomer meets it: a process of its own, the links it prints, a room that lives.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use protocol::pack::FloorMode;
use protocol::wire::{Action, RoomScene, Stand};
use protocol::{ParticipantId, Role, TurnId};
use tests::cast::join;
use tests::house::binary;
use tests::shared::shared;
use tests::web::Browser;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Faster than life, so that a turn lasts about a second.
const PACE: &str = "20";
/// From the command to the links: a course of four sessions is led meanwhile.
const START: Duration = Duration::from_secs(60);

struct Demo {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: std::net::SocketAddr,
    /// The co-facilitator's and the guest's.
    secrets: Vec<String>,
}

impl Demo {
    async fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let (mut address, mut secrets) = (None, Vec::new());
        let links = async {
            while let Some(line) = lines.next_line().await.expect("stdout is read") {
                if let Some((origin, secret)) = line.trim().split_once("/join#") {
                    address = origin.strip_prefix("http://").and_then(|host| host.parse().ok());
                    secrets.push(secret.to_owned());
                }
                if line.contains("Ctrl-C") {
                    break;
                }
            }
        };
        tokio::time::timeout(START, links)
            .await
            .expect("the links are printed in time");
        Self {
            child,
            lines,
            address: address.expect("a link says where the server is"),
            secrets,
        }
    }

    /// Asks it to end, and gives its exit code.
    async fn ends(mut self) -> Option<i32> {
        let id = self.child.id().expect("it runs").to_string();
        let asked = Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .expect("kill is there");
        assert!(asked.success());
        while let Ok(Some(_)) = self.lines.next_line().await {}
        self.child.wait().await.expect("it ends").code()
    }
}

fn command(more: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(["demo", "--listen", "127.0.0.1:0", "--log", "warn", "--seed", "5"])
        .args(more)
        // The real server's settings: a demo must not go near them.
        .env("RONDO_DATA", "/nowhere/at/all")
        .env("RONDO_DATABASE_URL", "postgres://nowhere.invalid/rondo")
        .env("RONDO_PUBLIC_URL", "https://rondo.example")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn turn(scene: &RoomScene) -> Option<TurnId> {
    scene.floor.turn.as_ref().map(|turn| turn.turn)
}

fn holder(scene: &RoomScene) -> Option<ParticipantId> {
    scene.floor.turn.as_ref()?.holders.first().copied()
}

#[tokio::test]
async fn a_newcomer_follows_the_link_and_sees_a_living_room() {
    let folders = tempfile::tempdir().expect("a folder for temporary folders");
    let mut command = command(&["--pace", PACE]);
    command.env("TMPDIR", folders.path());
    let demo = Demo::of(command).await;
    assert_eq!(entries(folders.path()), 1, "one folder, the demo's own");

    let (mut browser, seat) = join(demo.address, &demo.secrets[0]).await;
    assert_eq!(seat.role, Role::Facilitator);
    let state: protocol::api::ServerState = browser.get("/api/state").await.json();
    assert!(state.demo, "the page can say that everybody is invented");
    let mut line = browser.enter(seat.room).await;
    let (scene, _) = line
        .sees("session 5 under way", |scene, _| scene.stand == Stand::Running)
        .await;
    assert_eq!((scene.course.session, scene.course.sessions), (5, 8));
    assert!(
        scene.seats.iter().filter(|seat| seat.present).count() >= 4 + 2,
        "members, Ana and the newcomer"
    );
    let held = &scene.staff.as_ref().expect("a facilitator sees the pane").held;
    assert_eq!(held.iter().map(|held| held.session).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let weekly = held
        .windows(2)
        .all(|two| (6..=8).contains(&(two[1].started_at.since(two[0].started_at) / 86_400_000)));
    assert!(
        weekly
            && held
                .iter()
                .all(|held| held.ended_at.since(held.started_at) / 60_000 >= 60),
        "{held:?}"
    );

    let mut seen = BTreeSet::new();
    while seen.len() < 3 {
        let known = seen.clone();
        let (scene, _) = line
            .sees("another turn", |scene, _| {
                turn(scene).is_some_and(|turn| !known.contains(&turn))
            })
            .await;
        seen.extend(turn(&scene));
    }

    // The other chair: at the door, let in by Ana, who is not this browser.
    let (mut phone, guest) = join(demo.address, &demo.secrets[1]).await;
    let mut member = phone.enter(guest.room).await;
    member.waits_at_the_door().await;
    member
        .sees("the room from a member's seat", |_, me| me.role == Role::Member)
        .await;

    let mut again = Browser::new(demo.address);
    let used = again
        .post(
            "/api/join",
            &protocol::api::Join {
                secret: demo.secrets[0].as_str().into(),
            },
        )
        .await;
    assert_eq!(
        used.problem(),
        protocol::api::ProblemCode::LinkInvalid,
        "the facilitator's link works once"
    );
    assert_eq!(demo.ends().await, Some(0));
    assert_eq!(entries(folders.path()), 0, "nothing is left behind");
}

#[tokio::test]
async fn a_folder_that_holds_something_is_not_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    let theirs = folder.path().join("rondo.db");
    std::fs::write(&theirs, "somebody's").expect("a file");
    let data = folder.path().to_str().expect("a plain path");
    let output = command(&["--data", data]).output().await.expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("choose an empty folder"), "{said}");
    assert_eq!(entries(folder.path()), 1);
    assert_eq!(std::fs::read_to_string(&theirs).expect("it is there"), "somebody's");
}

#[tokio::test]
async fn an_empty_folder_that_was_named_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a plain path");
    let demo = Demo::of(command(&["--data", data])).await;
    assert_eq!(demo.ends().await, Some(0));
    assert!(folder.path().join("rondo.db").exists() && folder.path().join("root.key").exists());
}

#[tokio::test]
async fn a_recorded_meeting_is_followed_in_a_queue_and_what_is_none_is_refused() {
    let Some(recording) = shared("rttm/ami/ES2004a.rttm") else {
        return;
    };
    let recording = recording.to_str().expect("a plain path");
    let demo = Demo::of(command(&["--pace", PACE, "--meeting", recording])).await;
    let (mut browser, seat) = join(demo.address, &demo.secrets[0]).await;
    let mut line = browser.enter(seat.room).await;
    let speaks = |scene: &RoomScene, known: &BTreeSet<TurnId>| {
        scene.floor.mode == FloorMode::Queue && turn(scene).is_some_and(|turn| !known.contains(&turn))
    };
    let (mut seen, mut speakers) = (BTreeSet::new(), BTreeSet::<ParticipantId>::new());
    while speakers.len() < 3 {
        let (scene, _) = line.sees("the next speaker", |scene, _| speaks(scene, &seen)).await;
        let turn = scene.floor.turn.as_ref().expect("somebody speaks");
        assert_eq!(turn.limit_seconds, None, "people speak as long as they did");
        seen.insert(turn.turn);
        speakers.extend(&turn.holders);
    }
    assert_eq!(demo.ends().await, Some(0));
    let refused = command(&["--meeting", "Cargo.toml"])
        .output()
        .await
        .expect("the binary runs");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not a meeting"));
}

#[tokio::test]
async fn who_leads_is_left_to_lead() {
    let demo = Demo::of(command(&["--pace", PACE])).await;
    let (mut browser, seat) = join(demo.address, &demo.secrets[0]).await;
    let mut line = browser.enter(seat.room).await;
    let step = "work-areas".parse().expect("a step");
    line.does(Action::GoToStep { step }).await;
    let (scene, _) = line.sees("a hand", |scene, _| !scene.floor.line.is_empty()).await;
    assert_eq!(scene.floor.mode, FloorMode::Open);
    let request = scene.staff.expect("the pane").requests[0].request;
    // At this pace Ana would give the floor after an eighth of a second; that nobody does cannot be awaited, only given time.
    let given = line.sees("the floor given by Ana", |scene, _| turn(scene).is_some());
    let given = tokio::time::timeout(Duration::from_secs(1), given).await;
    assert!(given.is_err(), "Ana led although the newcomer leads");
    let (scene, _) = line.sees("the room", |_, _| true).await;
    assert_eq!(
        (turn(&scene), scene.floor.line.len()),
        (None, 1),
        "the hand is still up"
    );
    line.does(Action::Grant { request }).await;
    line.sees("the floor, given by the newcomer", |scene, _| turn(scene).is_some())
        .await;
    assert_eq!(demo.ends().await, Some(0));
}

#[tokio::test]
async fn a_couple_speaks_says_back_and_swaps_and_the_second_chair_only_listens() {
    let demo = Demo::of(command(&["--couple", "--pace", PACE])).await;
    let (mut browser, seat) = join(demo.address, &demo.secrets[0]).await;
    assert_eq!(seat.role, Role::Facilitator);
    let mut line = browser.enter(seat.room).await;
    let (scene, _) = line
        .sees("two who talk", |scene, _| {
            scene.stand == Stand::Running && scene.floor.pair.is_some()
        })
        .await;
    assert_eq!(scene.floor.mode, FloorMode::Pair);
    assert_eq!((scene.course.session, scene.course.sessions), (5, 12));
    let held = &scene.staff.as_ref().expect("the pane").held;
    assert_eq!(held.iter().map(|held| held.session).collect::<Vec<_>>(), [1, 2, 3, 4]);
    for _ in 0..2 {
        let saying_back = |scene: &RoomScene| scene.floor.pair.as_ref().is_some_and(|pair| pair.saying_back);
        let (scene, _) = line.sees("something said back", |scene, _| saying_back(scene)).await;
        let pair = scene.floor.pair.clone().expect("two who talk");
        line.sees("the other speaking", |scene, _| {
            scene
                .floor
                .pair
                .as_ref()
                .is_some_and(|now| now.speaker == pair.listener)
                && holder(scene) == Some(pair.listener)
        })
        .await;
    }
    let (mut phone, guest) = join(demo.address, &demo.secrets[1]).await;
    assert_eq!(guest.role, Role::Observer);
    let mut observer = phone.enter(guest.room).await;
    let (scene, _) = observer
        .sees("the room from an observer's seat", |_, me| me.role == Role::Observer)
        .await;
    assert!(scene.staff.is_none());
    let members = scene.seats.iter().filter(|seat| seat.role == Role::Member);
    assert_eq!(members.count(), 2, "a couple is two");
    assert_eq!(demo.ends().await, Some(0));
}

#[tokio::test]
async fn a_circle_offers_the_stick_by_name_ticks_its_agreements_and_takes_its_roles() {
    let demo = Demo::of(command(&["--circle", "--pace", PACE])).await;
    let (mut browser, seat) = join(demo.address, &demo.secrets[0]).await;
    assert_eq!(seat.role, Role::Facilitator);
    let mut line = browser.enter(seat.room).await;
    let offer = |scene: &RoomScene| scene.staff.as_ref().and_then(|staff| staff.offer.as_ref()?.to);
    let (scene, _) = line
        .sees("the stick", |scene, _| {
            scene.stand == Stand::Running && turn(scene).is_some()
        })
        .await;
    assert_eq!(scene.floor.mode, FloorMode::Stick);
    assert_eq!(scene.course.session, 1);
    let (mut first, mut handed) = (Some(scene), 0);
    // One that is declined, or lies in the middle, does not count; so many are enough for two that are taken.
    for _ in 0..20 {
        let scene = match first.take() {
            Some(scene) if offer(&scene).is_some() => scene,
            _ => line.sees("an offer", |scene, _| offer(scene).is_some()).await.0,
        };
        let (from, to) = (turn(&scene), offer(&scene));
        let (after, _) = line
            .sees("an answer", |scene, _| turn(scene) != from || offer(scene) != to)
            .await;
        handed += usize::from(turn(&after) != from && holder(&after) == to);
        if handed == 2 {
            break;
        }
    }
    assert_eq!(handed, 2);
    line.sees("everybody's ticks", |scene, _| {
        scene.agreements.as_ref().is_some_and(|all| all.agreed == 7 + 1)
    })
    .await;
    line.sees("all roles taken", |scene, _| {
        scene.roles.len() == 3 && scene.roles.iter().all(|role| role.participant.is_some())
    })
    .await;
    let (mut phone, guest) = join(demo.address, &demo.secrets[1]).await;
    let mut member = phone.enter(guest.room).await;
    member
        .sees("the circle from a seat in it", |_, me| me.role == Role::Member)
        .await;
    assert_eq!(demo.ends().await, Some(0));
}

#[tokio::test]
async fn one_demo_shows_one_room() {
    for both in [&["--couple", "--circle"][..], &["--circle", "--meeting", "Cargo.toml"]] {
        let refused = command(both).output().await.expect("the binary runs");
        assert_eq!(refused.status.code(), Some(2), "{both:?}");
    }
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("the folder is there").count()
}
