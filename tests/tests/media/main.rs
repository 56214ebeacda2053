//! Voices through the whole house: offered over the room's own line, carried under its floor, ended with the line.

mod weather;

use std::path::Path;
use std::time::{Duration, Instant};

use media::caller::{Caller, Offering};
use protocol::ParticipantId;
use protocol::pack::Enforcement;
use protocol::wire::{Action, ClientMessage, MediaEnding, MediaKind, RefusalCode, ServerMessage};
use tests::cast::Gathering;
use tests::house::House;
use tests::line::Line;
use tests::voices::calls;

/// No packet of somebody who may not speak leaves later than this after the room said so.
const LATEST: Duration = Duration::from_millis(100);

/// A small pack whose rounds are enforced by the server.
fn hard_pack(folder: &Path) {
    let files = [
        (
            "README.md",
            include_str!("../../../server/src/pack_command/template/README.md"),
        ),
        (
            "pack.toml",
            include_str!("../../../server/src/pack_command/template/pack.toml"),
        ),
        (
            "text/en.toml",
            include_str!("../../../server/src/pack_command/template/en.toml"),
        ),
    ];
    for (name, text) in files {
        let text = [
            ("id", "hard"),
            ("setting", "group"),
            ("modality", "group therapy"),
            ("min", "2"),
            ("max", "10"),
        ]
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
        .replace("floor = \"round\"", "floor = \"round\"\nenforcement = \"hard\"");
        let path = folder.join("hard").join(name);
        std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

/// A house on loopback whose rooms have voices, and people in one of them.
async fn gathered(data: &Path, packs: &Path, members: usize) -> (House, Gathering) {
    hard_pack(packs);
    let house = House::over(data, |config| {
        config.packs = Some(packs.to_owned());
        config.media = Some(media::Settings {
            listen: "127.0.0.1:0".parse().expect("an address"),
            addresses: Vec::new(),
            threads: 1,
        });
    })
    .await;
    let bootstrap = house.bootstrap.clone().expect("nobody was here before");
    let group = Gathering::on(house.address, &bootstrap, members, "hard").await;
    (house, group)
}

/// Waits until the page is told that its voice is carried, or is not, and gives whom it hears.
async fn stands(line: &mut Line, wanted: bool) -> Vec<ParticipantId> {
    loop {
        if let Some(ServerMessage::MediaStands { carried, slots }) = line.hear().await.expect("the line is up")
            && carried == wanted
        {
            return slots
                .into_iter()
                .filter(|slot| slot.kind == MediaKind::Sound)
                .map(|slot| slot.participant)
                .collect();
        }
    }
}

/// Gives somebody the floor, unless the round has come to them by itself.
async fn has_the_floor(lead: &mut Line, participant: ParticipantId) {
    if let Err(refusal) = lead.act(Action::Call { participant }).await {
        assert_eq!(refusal.code, RefusalCode::AlreadySo);
    }
    let holds = |scene: &protocol::wire::RoomScene| {
        scene
            .floor
            .turn
            .as_ref()
            .is_some_and(|turn| turn.holders == [participant])
    };
    lead.sees("the turn", |scene, _| holds(scene)).await;
}

fn late(caller: &Caller, voice: u8, after: Instant) -> usize {
    let log = caller.log();
    log.frames
        .iter()
        .filter(|f| f.voice == Some(voice) && !f.picture && f.at > after + LATEST)
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t19_under_hard_a_voice_follows_the_floor_and_ends_with_the_line() {
    let (data, packs) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let (house, mut group) = gathered(data.path(), packs.path(), 2).await;
    let mut lead = calls(&mut group.lead, 1).await;
    let mut voices = Vec::new();
    for (n, (_, line)) in (2..).zip(&mut group.members) {
        voices.push(calls(line, n).await);
    }
    // Before the session everybody may speak, and everybody is heard.
    lead.sees("both members", |log| log.of(2) >= 5 && log.of(3) >= 5).await;
    for (n, voice) in voices.iter_mut().enumerate() {
        let other = if n == 0 { 3 } else { 2 };
        voice
            .sees("who leads, and the other", |log| log.of(1) >= 5 && log.of(other) >= 5)
            .await;
    }

    // The session begins with a round in which only whoever has the floor is carried.
    group.lead.does(Action::StartSession).await;
    let (scene, _) = group
        .lead
        .sees("the round", |scene, _| scene.floor.enforcement == Enforcement::Hard)
        .await;
    assert!(scene.floor.turn.is_none());
    let begun = Instant::now();
    let heard = stands(&mut group.members[1].1, false).await;
    assert_eq!(
        heard.len(),
        2,
        "a withheld voice keeps its slot, and its page goes on hearing"
    );
    voices[1]
        .sees("who leads, who is always heard", move |log| {
            log.frames
                .iter()
                .filter(|f| f.voice == Some(1) && !f.picture && f.at > begun + LATEST)
                .count()
                >= 10
        })
        .await;
    assert_eq!((late(&lead, 2, begun), late(&lead, 3, begun)), (0, 0));

    // The turn goes round: each is heard in their own turn and nobody else.
    let mut frames = 0;
    for member in [0, 1] {
        let participant = group.members[member].1.me;
        has_the_floor(&mut group.lead, participant).await;
        let (holder, held) = if member == 0 { (2, 3) } else { (3, 2) };
        let at = Instant::now();
        lead.sees("the holder", move |log| {
            log.frames
                .iter()
                .filter(|f| f.voice == Some(holder) && !f.picture && f.at > at + LATEST)
                .count()
                >= 10
        })
        .await;
        frames += late(&lead, held, at);
        group
            .lead
            .does(Action::Revoke {
                reason: protocol::wire::RevokeReason::Time,
            })
            .await;
    }
    println!("T19, the floor through the whole house: N = 2 turns, {frames} frames later than 100 ms");
    assert_eq!(frames, 0);

    // Taken out, a member neither hears nor is heard, whatever their page does.
    let gone = group.members[1].1.me;
    group.lead.does(Action::Remove { participant: gone }).await;
    let at = Instant::now();
    let first = group.members[0].1.me;
    has_the_floor(&mut group.lead, first).await;
    lead.sees("the other member", move |log| {
        log.frames
            .iter()
            .filter(|f| f.voice == Some(2) && !f.picture && f.at > at + LATEST)
            .count()
            >= 25
    })
    .await;
    let hears = voices[1].log().frames.iter().filter(|f| f.at > at + LATEST).count();
    assert_eq!((hears, late(&lead, 3, at)), (0, 0));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_at_the_door_or_in_a_house_without_voices_is_told_so() {
    let house = House::new().await;
    let bootstrap = house.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(house.address, &bootstrap, 1).await;
    let refused = async |line: &mut Line| {
        let description = Offering::new(1, 1).await.description.into();
        line.say(&ClientMessage::MediaOffer { description }).await;
        loop {
            if let Some(ServerMessage::MediaRefused { refusal }) = line.hear().await.expect("the line is up") {
                return refusal.code;
            }
        }
    };
    assert_eq!(refused(&mut group.lead).await, RefusalCode::NoMedia);
    house.stop().await;

    let (data, packs) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let (house, mut group) = gathered(data.path(), packs.path(), 1).await;
    let (_, secret) = group
        .facilitator
        .invite(group.room, "Late", protocol::Role::Member)
        .await;
    let (mut browser, _) = tests::cast::join(house.address, &secret).await;
    let mut door = browser.enter(group.room).await;
    door.waits_at_the_door().await;
    assert_eq!(refused(&mut door).await, RefusalCode::NotAdmitted);
    group
        .lead
        .say(&ClientMessage::MediaOffer {
            description: "v=0".into(),
        })
        .await;
    let code = loop {
        if let Some(ServerMessage::MediaRefused { refusal }) = group.lead.hear().await.expect("the line is up") {
            break refusal.code;
        }
    };
    assert_eq!(code, RefusalCode::Malformed);
    for _ in 0..16 {
        group
            .lead
            .say(&ClientMessage::MediaOffer {
                description: "v=0".into(),
            })
            .await;
    }
    let hasty = async {
        loop {
            if let Some(ServerMessage::MediaRefused { refusal }) = group.lead.hear().await.expect("the line is up")
                && refusal.code == RefusalCode::TooFast
            {
                break;
            }
        }
    };
    hasty.await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_tries_to_speak_is_told_to_those_who_lead_and_talk_time_is_what_was_carried() {
    let (data, packs) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let (house, mut group) = gathered(data.path(), packs.path(), 2).await;
    let mut lead = calls(&mut group.lead, 1).await;
    let ana = calls(&mut group.members[0].1, 2).await;
    // Three seconds and more: if they were counted, it would show.
    lead.sees("her in the open", |log| log.of(2) >= 150).await;
    let begun = Instant::now(); // before it is answered
    group.lead.does(Action::StartSession).await;
    let talks = group.members[0].1.me;
    let tries = async |line: &mut Line| {
        loop {
            if let Some(ServerMessage::TryingToSpeak { participant }) = line.hear().await.expect("the line is up") {
                return participant;
            }
        }
    };
    assert_eq!(tries(&mut group.lead).await, talks);
    assert!(begun.elapsed() >= media::limits::TRYING, "a cough is no attempt");
    assert_eq!(
        tries(&mut group.members[0].1).await,
        talks,
        "she may know what is told of her"
    );

    has_the_floor(&mut group.lead, talks).await;
    let (from, before) = (Instant::now(), lead.heard(2));
    lead.sees("her turn", move |log| log.of(2) >= before + 50).await;
    let reason = protocol::wire::RevokeReason::Time;
    group.lead.does(Action::Revoke { reason }).await;
    let at_most = from.elapsed() + LATEST;
    // She goes on, and is kept back again: what she said before was counted by then.
    assert_eq!(tries(&mut group.lead).await, talks);
    ana.talks(false).await;
    group.lead.does(Action::EndSession).await;
    let row = |scene: &protocol::wire::RoomScene, who| -> u64 {
        let rows = scene.staff.iter().flat_map(|staff| &staff.participation);
        rows.filter(|row| row.participant == who).map(|row| row.voice_ms).sum()
    };
    let (scene, _) = group.lead.sees("talk time", |scene, _| row(scene, talks) > 0).await;
    let (counted, heard) = (row(&scene, talks), lead.heard(2) - before);
    println!(
        "talk time: {counted} ms counted, {heard} frames of 20 ms heard, {} ms at most",
        at_most.as_millis()
    );
    // What is heard is told once a second, so that of what came before a second at most may be told later.
    assert!(
        u128::from(counted) <= at_most.as_millis() + 1_100,
        "what was said in the open, or kept back, is not in it"
    );
    assert!(counted >= 500, "of fifty frames and more at least half");
    let lines = [&mut group.members[1].1];
    for line in lines {
        line.does(Action::NotOk).await;
        let heard = &line.others;
        assert!(
            !heard.iter().any(|m| matches!(m, ServerMessage::TryingToSpeak { .. })),
            "nobody else is told"
        );
    }
    house.stop().await;
}

/// A second window of the same person.
async fn another_window(group: &mut Gathering, member: usize) -> Line {
    let room = group.room;
    let mut line = group.members[member].0.enter(room).await;
    line.sees("the room", |_, _| true).await;
    line
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_windows_of_a_person_the_one_with_the_call_keeps_it_when_the_other_ends() {
    let (data, packs) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let (house, mut group) = gathered(data.path(), packs.path(), 1).await;
    let mut lead = calls(&mut group.lead, 1).await;
    let _first = calls(&mut group.members[0].1, 2).await;
    lead.sees("the member", |log| log.of(2) >= 5).await;

    // A window without a call ends: nothing happens to the voice.
    another_window(&mut group, 0).await.drops();
    let heard = lead.heard(2);
    lead.sees("the member, on and on", move |log| log.of(2) >= heard + 25)
        .await;

    // The call moves to another window. The first one is told so, and when its line ends, the voice stays.
    let mut second = another_window(&mut group, 0).await;
    let mut moved = calls(&mut second, 3).await;
    let told = loop {
        let said = group.members[0].1.hear().await.expect("the first window's line is up");
        if let Some(ServerMessage::MediaEnded { why }) = said {
            break why;
        }
    };
    assert_eq!(told, MediaEnding::Elsewhere);
    let (_, first) = group.members.remove(0);
    first.drops();
    let (heard, before) = (lead.heard(3), moved.heard(1));
    lead.sees("the second window", move |log| log.of(3) >= heard + 25).await;
    moved.sees("who leads", move |log| log.of(1) >= before + 5).await;

    // Ended by a word and not with the line: only the voice goes.
    second.say(&ClientMessage::MediaEnd {}).await;
    second.say(&ClientMessage::Ping { at: 1 }).await;
    while !matches!(
        second.hear().await.expect("the line is up"),
        Some(ServerMessage::Pong { .. })
    ) {}
    let relays = async {
        second.say(&ClientMessage::MediaRelays {}).await;
        loop {
            if let Some(ServerMessage::MediaRelays { relays }) = second.hear().await.expect("the line is up") {
                break relays;
            }
        }
    };
    assert_eq!(relays.await, [], "this house names no relay"); // and the room has worked through what was said before
    let at = Instant::now();
    moved.talks(true).await;
    lead.talks(true).await;
    let beyond = async {
        while at.elapsed() < LATEST * 3 {
            tokio::task::yield_now().await;
        }
    };
    beyond.await;
    assert_eq!(late(&lead, 3, at), 0);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_seated_is_told_the_relay_and_whoever_waits_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let relays = rondo::relays::Relays::new(vec!["turn:turn.example:3478".to_owned()], "a secret of the relay's own");
    let house = House::over(folder.path(), |config| config.relays = relays).await;
    let bootstrap = house.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(house.address, &bootstrap, 1).await;
    let mut names = std::collections::BTreeSet::new();
    for line in [&mut group.lead, &mut group.members[0].1] {
        line.say(&ClientMessage::MediaRelays {}).await;
        let relays = loop {
            if let Some(ServerMessage::MediaRelays { relays }) = line.hear().await.expect("the line is up") {
                break relays;
            }
        };
        assert_eq!(relays.len(), 1);
        assert_eq!(relays[0].urls, ["turn:turn.example:3478"]);
        assert!(!relays[0].username.contains(&line.me.to_string()));
        names.insert(relays[0].username.clone());
    }
    assert_eq!(names.len(), 2, "each has a name of their own");
    let (_, secret) = group
        .facilitator
        .invite(group.room, "Late", protocol::Role::Member)
        .await;
    let (mut browser, _) = tests::cast::join(house.address, &secret).await;
    let mut door = browser.enter(group.room).await;
    door.waits_at_the_door().await;
    door.say(&ClientMessage::MediaRelays {}).await;
    loop {
        match door.hear().await.expect("the line is up") {
            Some(ServerMessage::MediaRelays { .. }) => panic!("told at the door"),
            Some(ServerMessage::MediaRefused { refusal }) => break assert_eq!(refusal.code, RefusalCode::NotAdmitted),
            _ => {}
        }
    }
    house.stop().await;
}
