//! What the partner's socket receives, byte for byte, with and without something private said beside it.
//!
//! The same evening is told twice, in two fresh houses by the same clock moved by hand. Ids are drawn anew in each house and are therefore
//! put in the order in which they appear; nothing else is touched, and their length stays.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

use futures_util::StreamExt;
use protocol::api::{Looked, MyData};
use protocol::pack::{CircleRole, FloorMode};
use protocol::wire::{
    Action, ClientMessage, CloseReason, ContactHow, MyView, NoteRef, RefusalCode, RoomScene, ScreenOutcome,
    ServerMessage, SignalKind,
};
use protocol::{ParticipantId, Role, Timestamp};
use rondo::audit::{By, Does, Record, Thing};
use rondo::prepared::Prepared;
use tests::cast::{Facilitator, Gathering, join};
use tests::clock::HandClock;
use tests::door;
use tests::house::{House, store_in};
use tests::line::{Line, PATIENCE};
use tests::page::Page;
use tokio_tungstenite::tungstenite::Message;

/// What one of the two does beside what both can see.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Beside {
    Nothing,
    /// The private check-in, answered; "I am not OK", seen to and closed; a whisper and a hidden cue; signs for those who lead alone.
    Private,
    /// Something that is not private at all, to show that the comparison notices.
    AsksToSpeak,
}

/// How Ben goes in the middle of it all.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Goes {
    Stays,
    /// The page says goodbye, as on a quick exit.
    ByTheQuickExit,
    /// The page goes away without a close of its own, as a browser does that is sent elsewhere.
    ByALineCut,
}

struct Partner {
    line: Line,
    raw: Vec<Vec<u8>>,
}

impl Partner {
    /// Keeps every frame up to the view with this number.
    async fn reads_up_to(&mut self, seq: u64) {
        while self.seen() < seq {
            let frame = tokio::time::timeout(PATIENCE, self.line.socket.next()).await.unwrap();
            self.raw.push(frame.unwrap().unwrap().into_data().to_vec());
        }
    }

    fn seen(&self) -> u64 {
        let mut numbers = self.raw.iter().filter_map(|frame| {
            let text = std::str::from_utf8(frame)
                .ok()?
                .strip_prefix(r#"{"type":"view","seq":"#)?;
            text.split(',').next()?.parse().ok()
        });
        numbers.next_back().unwrap_or(0)
    }

    /// Every frame so far, ids in the order of their appearance.
    fn received(&self) -> Vec<String> {
        let mut known: Vec<String> = Vec::new();
        self.raw
            .iter()
            .map(|frame| plain_ids(std::str::from_utf8(frame).unwrap(), &mut known))
            .collect()
    }
}

fn plain_ids(text: &str, known: &mut Vec<String>) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = ["pa_", "rm_", "cm_"].iter().filter_map(|kind| rest.find(kind)).min() {
        let end = at + 3 + 32;
        let id = rest.get(at..end).unwrap().to_owned();
        let n = known.iter().position(|one| *one == id).unwrap_or_else(|| {
            known.push(id.clone());
            known.len() - 1
        });
        plain.push_str(&rest[..at + 3]);
        plain.push_str(&format!("{n:032x}"));
        rest = &rest[end..];
    }
    plain + rest
}

/// Answers every question of the private check-in, in the room or at its door.
async fn answers_what_is_asked(line: &mut Line) {
    while line.view.is_none() {
        line.hear().await.unwrap();
    }
    line.agrees().await; // nobody is asked anything before
    let asked = tokio::time::timeout(PATIENCE, async {
        loop {
            let asked = line.view.as_ref().unwrap().2.check_in.clone();
            if !asked.is_empty() {
                return asked;
            }
            line.hear().await.unwrap();
        }
    })
    .await
    .expect("who agreed is asked");
    assert_eq!(asked.len(), 3, "{asked:?}");
    for one in asked {
        let (question, answer) = (one.question, "Not today, please.".into());
        line.act(Action::CheckIn { question, answer }).await.unwrap();
    }
}

/// One evening of a couple, as Chloe's page receives it.
async fn an_evening(beside: Beside, goes: Goes) -> Vec<String> {
    let begin = Timestamp(1_800_000_000_000);
    let clock = HandClock::standing_at(begin);
    let folder = tempfile::tempdir().unwrap();
    let house = House::by(clock.clock(), folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().unwrap();
    let Gathering {
        mut lead,
        mut members,
        facilitator: _facilitator,
        room,
    } = Gathering::on(house.address, &secret, 2, "couple-12").await;
    let (mut chloe_browser, chloe) = members.pop().unwrap();
    let (_ben_browser, mut ben) = members.pop().unwrap();
    let mut chloe = Partner {
        line: chloe,
        raw: Vec::new(),
    };
    let after = |minutes: u64| begin.plus_seconds(minutes * 60);

    let seq = lead.does(Action::StartSession).await;
    chloe.reads_up_to(seq).await;
    clock.moves_to(after(2));
    match beside {
        Beside::Nothing => {}
        Beside::Private => {
            answers_what_is_asked(&mut ben).await;
            ben.does(door::said("In the car, three streets away")).await;
            ben.does(Action::NotOk).await;
            let participant = ben.me;
            lead.sees("the alarm", |scene, _| {
                scene.staff.as_ref().is_some_and(|staff| !staff.alarms.is_empty())
            })
            .await;
            lead.does(Action::Acknowledge { participant }).await;
            ben.sees("that it was seen", |_, me| {
                me.not_ok.as_ref().is_some_and(|view| view.acknowledged_by.is_some())
            })
            .await;
            lead.does(Action::Whisper {
                about: Some(participant),
                text: Some("Stay after the session.".into()),
            })
            .await;
            // And all that follows, step by step.
            let how = ContactHow::Phone;
            let (text, plan, next_check) = ("Safe today.".into(), "Calls her sister.".into(), "Monday.".into());
            lead.does(Action::Contact { participant, how }).await;
            lead.does(Action::Assess { participant, text }).await;
            let contacts = None;
            lead.does(Action::MakePlan {
                participant,
                plan,
                contacts,
                next_check,
            })
            .await;
            ben.does(Action::AllRight).await;
            let reason = CloseReason::LookedAfter;
            lead.does(Action::CloseAlarm { participant, reason }).await;
            for kind in [SignalKind::Slower, SignalKind::NeedBreak] {
                ben.say(&ClientMessage::Signal { kind }).await;
                while !matches!(lead.hear().await.unwrap(), Some(ServerMessage::Signal { .. })) {}
            }
        }
        Beside::AsksToSpeak => {
            ben.does(Action::Ask {
                kind: protocol::wire::RequestKind::Share,
                note: None,
            })
            .await;
            ben.does(Action::CancelRequest).await;
        }
    }
    clock.moves_to(after(4));
    let seq = lead.does(Action::NextStep).await;
    chloe.reads_up_to(seq).await;
    clock.moves_to(after(5));
    let set_floor = Action::SetFloor {
        mode: Some(FloorMode::Queue),
        order: None,
        advance: None,
        ending: None,
        turn_seconds: None,
    };
    let seq = lead.does(set_floor).await;
    chloe.reads_up_to(seq).await;
    let ben_went = goes != Goes::Stays;
    match goes {
        Goes::Stays => {}
        Goes::ByTheQuickExit => {
            ben.socket.close(None).await.unwrap();
        }
        Goes::ByALineCut => ben.drops(),
    }
    if ben_went {
        lead.sees("that Ben is away", |scene, _| {
            scene.seats.iter().any(|seat| !seat.present)
        })
        .await;
        let seq = lead.view.as_ref().unwrap().0;
        chloe.reads_up_to(seq).await;
    }
    clock.moves_to(after(8));
    let seq = lead.does(Action::EndSession).await;
    chloe.reads_up_to(seq).await;
    let mut received = chloe.received();
    // What is kept about her, and who looked at it: the partner's evening is not in it.
    let mine = chloe_browser.get(&format!("/api/rooms/{room}/mine")).await;
    received.push(String::from_utf8(mine.body.to_vec()).unwrap());
    house.stop().await;
    // Nothing may be on its way still: the house has stopped, and everything that it sent has come.
    if let Ok(Some(Ok(Message::Text(text)))) = tokio::time::timeout(PATIENCE, chloe.line.socket.next()).await {
        panic!("something came late: {text}");
    }
    received
}

#[tokio::test]
async fn a_partners_socket_receives_the_same_bytes_whether_the_private_channel_was_used_or_not() {
    let without = an_evening(Beside::Nothing, Goes::Stays).await;
    let with = an_evening(Beside::Private, Goes::Stays).await;
    assert_eq!(with, without);
    assert!(without.len() >= 4, "{without:?}");
}

#[tokio::test]
async fn the_comparison_notices_what_is_not_private() {
    let without = an_evening(Beside::Nothing, Goes::Stays).await;
    let with = an_evening(Beside::AsksToSpeak, Goes::Stays).await;
    assert_ne!(with, without);
}

#[tokio::test]
async fn a_quick_exit_looks_exactly_like_a_dropped_line() {
    let exit = an_evening(Beside::Nothing, Goes::ByTheQuickExit).await;
    let cut = an_evening(Beside::Nothing, Goes::ByALineCut).await;
    assert_eq!(exit, cut);
    assert_ne!(
        cut,
        an_evening(Beside::Nothing, Goes::Stays).await,
        "nobody noticed that Ben went"
    );
}

/// Who read what about whom inside a room, as the book has it or as a list says.
type Reading = (ParticipantId, Does, Thing, Option<ParticipantId>);

#[tokio::test]
async fn t17_in_a_room_each_reading_is_one_record_a_sitting_and_everybody_sees_who_looked_at_their_own_alone() {
    let begin = Timestamp(1_800_000_000_000);
    let clock = HandClock::standing_at(begin);
    let folder = tempfile::tempdir().unwrap();
    let house = House::by(clock.clock(), folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().unwrap();
    let mut couple = Gathering::on(house.address, &secret, 2, "couple-12").await;
    let room = couple.room;
    let [ben, chloe] = [0, 1].map(|n| couple.members[n].1.me);
    let lead = couple.lead.me;
    couple.lead.does(Action::StartSession).await;
    answers_what_is_asked(&mut couple.members[0].1).await;
    let answers = |scene: &RoomScene, _: &MyView| scene.staff.as_ref().is_some_and(|staff| staff.check_ins.len() == 3);
    couple.lead.sees("Ben's answers", answers).await;
    // The note is opened by two, by one of them again and again, and written in.
    let note = NoteRef::Session { session: 1 };
    for (client, line) in [(7, &mut couple.lead), (8, &mut couple.members[0].1)] {
        Page::open(line, note, client).await.unwrap();
        let mut page = Page::open(line, note, client).await.unwrap();
        page.types(line, "once").await.unwrap();
        page.types(line, "and again").await.unwrap();
    }
    // Those who lead go and come back: another sitting, read anew.
    couple.lead.drops();
    clock.moves_to(begin.plus_seconds(3 * 86_400));
    couple.facilitator.signs_in().await;
    couple.lead = couple.facilitator.enter(room).await;
    couple.lead.sees("Ben's answers", answers).await;

    let mut list: Vec<Reading> = Vec::new();
    for _ in 0..2 {
        for about in [ben, chloe] {
            list.push((lead, Does::Reads, Thing::Arrival, Some(about)));
            list.push((lead, Does::Reads, Thing::Safety, Some(about))); // what came of seeing them alone
        }
        list.push((lead, Does::Reads, Thing::Answers, Some(ben)));
    }
    for who in [lead, ben] {
        list.push((who, Does::Reads, Thing::Note, None));
        list.push((who, Does::Writes, Thing::Note, None));
    }

    let mut pages: Vec<MyData> = Vec::new();
    for (browser, _) in &mut couple.members {
        pages.push(browser.get(&format!("/api/rooms/{room}/mine")).await.json());
    }
    drop(couple);
    house.stop().await;
    let store = store_in(folder.path()).await.unwrap();
    let practice = store.practices().await.unwrap()[0].practice;
    let rows = store.audit_after(practice, 0, 10_000).await.unwrap();
    let book: Vec<Record> = rows.iter().map(|row| Record::read(&row.header).unwrap()).collect();
    let inside = [
        Thing::Arrival,
        Thing::Safety,
        Thing::Answers,
        Thing::Work,
        Thing::Note,
        Thing::LeadersNote,
    ];
    let readings = |book: &[Record]| -> Vec<String> {
        let here = book
            .iter()
            .filter(|record| inside.contains(&record.thing) && record.granted);
        let reading = here.map(|record| {
            assert_eq!(record.subject.room, Some(room));
            let By::Participant(by) = record.by else {
                panic!("{record:?}")
            };
            format!("{:?}", (by, record.does, record.thing, record.subject.participant))
        });
        let mut all: Vec<String> = reading.collect();
        all.sort();
        all
    };
    let mut expected: Vec<String> = list.iter().map(|reading| format!("{reading:?}")).collect();
    expected.sort();
    assert_eq!(readings(&book), expected);
    for n in (0..book.len()).filter(|&n| inside.contains(&book[n].thing)) {
        let mut gone = book.clone();
        gone.remove(n);
        assert_ne!(
            readings(&gone),
            expected,
            "the checker notices that record {n} is missing"
        );
    }

    // Their pages, against the book: what is about them alone, each kind once, with its first day.
    let (mut lines, mut seen) = (0, Vec::new());
    for (page, who) in pages.iter().zip([ben, chloe]) {
        let invite = book
            .iter()
            .find(|record| record.subject.participant == Some(who) && record.subject.invite.is_some());
        let invite = invite.and_then(|record| record.subject.invite);
        let mut owed: Vec<(Looked, String)> = Vec::new();
        for record in &book {
            let own = record.subject.participant == Some(who) || record.subject.invite == invite;
            let what = match record.thing {
                Thing::Arrival => Looked::Arrival,
                Thing::Answers => Looked::Answers,
                Thing::Invite => Looked::Link,
                _ => continue,
            };
            let day = match record.at.0 - begin.0 {
                0..86_400_000 => "2027-01-15",
                _ => "2027-01-18",
            };
            if own && record.by != By::Participant(who) && owed.iter().all(|(other, _)| *other != what) {
                owed.push((what, day.to_owned()));
            }
        }
        let mut shown: Vec<_> = page.looks.iter().map(|look| (look.what, look.first.clone())).collect();
        assert!(
            page.looks
                .iter()
                .all(|look| look.by.as_ref().is_some_and(|by| by.expose() == "Sophie"))
        );
        lines += shown.len();
        seen.push(shown.len());
        for list in [&mut owed, &mut shown] {
            list.sort_by_key(|(what, _)| *what as u8);
        }
        assert_eq!(shown, owed);
    }
    assert_eq!(seen, [3, 2], "Ben answered something, Chloe did not");
    println!(
        "T17, inside a room: {} readings and writings, {} records, 0 missing, 0 too many (3/N {:.2}); {lines} lines on two pages of their own, each as the book has it",
        list.len(),
        expected.len(),
        3.0 / list.len() as f64
    );
}

/// What came of the screens while both partners waited at the door of their room.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Screens {
    NotYet,
    Undecided,
    /// One is refused: for what the other said, or for their own sake.
    Refused,
    /// Nothing yet; the other one answers the private check-in at the door.
    CheckedIn,
    /// Nothing yet; the other one says at the door where they are.
    SaidWhere,
    /// Nothing yet; the other one and the facilitator exchange a few words at the door.
    Talked,
    /// Both suit, and nobody has been let in yet.
    Open,
    /// Both suit, and one is let in: not private at all, to show that the comparison notices.
    LetIn,
}

/// Every frame that each of the two receives at the door, up to the server's goodbye.
async fn at_the_door(screens: Screens) -> [Vec<String>; 2] {
    let begin = Timestamp(1_800_000_000_000);
    let clock = HandClock::standing_at(begin);
    let folder = tempfile::tempdir().unwrap();
    let house = House::by(clock.clock(), folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().unwrap();
    let mut facilitator = Facilitator::first(house.address, &secret).await;
    let room = facilitator.group("Two people", "couple-12").await;
    let mut lead = facilitator.enter(room).await;
    let (mut partners, mut browsers) = (Vec::new(), Vec::new());
    for name in ["Ana", "Ben"] {
        let (_, link) = facilitator.invite(room, name, Role::Member).await;
        let (mut browser, _) = join(house.address, &link).await;
        partners.push(Partner {
            line: browser.enter(room).await, // up to the greeting; every view from the first on is compared
            raw: Vec::new(),
        });
        browsers.push(browser);
    }
    lead.sees("both at the door", |scene, _| {
        scene.staff.as_ref().is_some_and(|staff| staff.waiting.len() == 2)
    })
    .await;
    clock.moves_to(begin.plus_seconds(60));
    let [ana, ben] = [0, 1].map(|n| partners[n].line.me);
    let screen = |participant, outcome, words: Option<&str>| Action::RecordScreen {
        participant,
        outcome,
        words: words.map(Into::into),
    };
    let choose = || Action::ChooseSecrets {
        key: "some-kept".to_owned(),
    };
    use ScreenOutcome::{NotSuitable, Suitable, Undecided};
    let deeds = match screens {
        Screens::NotYet | Screens::CheckedIn | Screens::SaidWhere | Screens::Talked => vec![],
        Screens::Undecided => vec![screen(ana, Suitable, None), screen(ben, Undecided, Some("once more"))],
        Screens::Refused => vec![
            screen(ana, Suitable, Some("afraid to speak")),
            screen(ben, NotSuitable, Some("not together")),
            choose(),
        ],
        Screens::Open | Screens::LetIn => vec![screen(ana, Suitable, None), screen(ben, Suitable, None), choose()],
    };
    for deed in deeds {
        lead.does(deed).await;
    }
    match screens {
        Screens::Refused => {
            for participant in [ana, ben] {
                let no = lead.act(Action::TurnAway { participant }).await.unwrap_err();
                assert_eq!(no.code, RefusalCode::LockedDoor);
            }
        }
        Screens::CheckedIn => {
            answers_what_is_asked(&mut partners[1].line).await;
            let read = |scene: &RoomScene| scene.staff.as_ref().map(|staff| staff.check_ins.len());
            lead.sees("Ben's answers", |scene, _| read(scene) == Some(3)).await;
        }
        Screens::SaidWhere => {
            partners[1].line.act(door::at_home()).await.unwrap();
            let said = |scene: &RoomScene| {
                let rows = &scene.staff.as_ref()?.arrivals;
                rows.iter().find(|row| row.participant == ben).map(|row| row.answered)
            };
            lead.sees("Ben's answer", |scene, _| said(scene) == Some(true)).await;
        }
        Screens::Talked => {
            let (participant, text) = (ben, "Is she here already?".into());
            partners[1].line.act(Action::SayAtDoor { text }).await.unwrap();
            let said = |scene: &RoomScene| {
                let rows = &scene.staff.as_ref()?.waiting;
                rows.iter().find(|row| row.participant == ben).map(|row| row.said.len())
            };
            lead.sees("what Ben said", |scene, _| said(scene) == Some(1)).await;
            let text = "Each of you is seen alone first.".into();
            lead.does(Action::AnswerAtDoor { participant, text }).await;
        }
        Screens::LetIn => {
            let (participant, anyway) = (ana, true);
            lead.does(Action::Admit { participant, anyway }).await;
        }
        _ => {}
    }
    lead.drops();
    for partner in &mut partners {
        partner.reads_until_nobody_leads().await;
    }
    house.stop().await;
    for partner in &mut partners {
        partner.reads_to_the_end().await;
    }
    [0, 1].map(|n| partners[n].received())
}

impl Partner {
    /// Up to the view that says that no facilitator is there: it comes when the one there was has gone, and not before.
    async fn reads_until_nobody_leads(&mut self) {
        let goodbye = |frame: &Vec<u8>| {
            let text = String::from_utf8_lossy(frame);
            text.contains(r#""facilitator_present":false"#) || text.contains(r#""present":false"#)
        };
        let here = |frame: &Vec<u8>| String::from_utf8_lossy(frame).contains(r#""facilitator_present":true"#);
        while !(self.raw.iter().any(here) && self.raw.last().is_some_and(goodbye)) {
            let frame = tokio::time::timeout(PATIENCE, self.line.socket.next()).await.unwrap();
            self.raw.push(frame.unwrap().unwrap().into_data().to_vec());
        }
    }
    async fn reads_to_the_end(&mut self) {
        while let Some(Ok(frame)) = tokio::time::timeout(PATIENCE, self.line.socket.next()).await.unwrap() {
            self.raw.push(format!("{frame:?}").into_bytes());
        }
    }
}

#[tokio::test]
async fn at_the_door_locked_undecided_and_refused_are_the_same_bytes_to_both() {
    let locked = at_the_door(Screens::NotYet).await;
    assert!(locked.iter().all(|frames| frames.len() >= 3), "{locked:?}");
    assert!(locked[0][0].contains(r#""seen_alone_first":true"#), "{locked:?}");
    for other in [Screens::Undecided, Screens::Refused, Screens::Open] {
        assert_eq!(at_the_door(other).await, locked, "{other:?}");
    }
}

#[tokio::test]
async fn at_the_door_nobody_can_tell_whether_the_other_answered_the_private_check_in() {
    let [without, _] = at_the_door(Screens::NotYet).await;
    let [with, _] = at_the_door(Screens::CheckedIn).await;
    assert_eq!(with, without);
}

#[tokio::test]
async fn at_the_door_nobody_can_tell_whether_the_other_said_where_they_are() {
    let [without, _] = at_the_door(Screens::NotYet).await;
    let [with, of_ben] = at_the_door(Screens::SaidWhere).await;
    assert_eq!(with, without);
    let reads_it_himself = of_ben.iter().any(|frame| frame.contains("4 Mill Lane"));
    assert!(reads_it_himself, "{of_ben:?}");
}

#[tokio::test]
async fn at_the_door_nobody_can_tell_whether_the_other_talks_with_those_who_lead() {
    let [without, _] = at_the_door(Screens::NotYet).await;
    let [with, of_ben] = at_the_door(Screens::Talked).await;
    assert_eq!(with, without);
    let reads_the_answer = of_ben.iter().any(|frame| frame.contains("seen alone first."));
    assert!(reads_the_answer, "{of_ben:?}");
}

#[tokio::test]
async fn the_comparison_at_the_door_notices_that_somebody_is_let_in() {
    assert_ne!(
        at_the_door(Screens::LetIn).await[0],
        at_the_door(Screens::NotYet).await[0]
    );
}

/// What a host or a guardian does in a circle beside what everybody sees.
#[derive(Clone, Copy, Debug, PartialEq)]
enum InACircle {
    Nothing,
    /// The person on call is called about Ben, is not reached, and the next one is; Ben's own card says who.
    Calls,
    /// A role is laid down: not private at all, to show that the comparison notices.
    LaysTheRole,
}

/// A circle as somebody receives it who only sits there. Ana is its guardian, Ben asked for somebody.
async fn a_circle(beside: InACircle) -> Vec<String> {
    let begin = Timestamp(1_800_000_000_000);
    let clock = HandClock::standing_at(begin);
    let folder = tempfile::tempdir().unwrap();
    let duty =
        "[[person]]\nname = \"Olu\"\nnumber = \"555 0100\"\n\n[[person]]\nname = \"Pia\"\nnumber = \"555 0101\"\n";
    std::fs::write(folder.path().join("duty.toml"), duty).unwrap();
    let prepared = Prepared::read(folder.path()).unwrap();
    let house = House::by(clock.clock(), folder.path(), |config| config.prepared = prepared.into()).await;
    let secret = house.bootstrap.clone().unwrap();
    let Gathering {
        mut lead,
        mut members,
        facilitator: _facilitator,
        ..
    } = Gathering::on(house.address, &secret, 3, "circle-round").await;
    let (_, chloe) = members.pop().unwrap();
    let (_ben_browser, mut ben) = members.pop().unwrap();
    let (_ana_browser, mut ana) = members.pop().unwrap();
    let mut chloe = Partner {
        line: chloe,
        raw: Vec::new(),
    };
    let role = CircleRole::Guardian;
    lead.does(Action::StartSession).await;
    ben.does(Action::NotOk).await;
    let seq = ana.does(Action::TakeRole { role }).await;
    chloe.reads_up_to(seq).await;
    clock.moves_to(begin.plus_seconds(60));
    match beside {
        InACircle::Nothing => {}
        InACircle::Calls => {
            ana.does(Action::Escalate { about: Some(ben.me) }).await;
            let on_call = |name: &'static str| {
                move |_: &RoomScene, me: &protocol::wire::MyView| {
                    let called = me.on_call.as_ref().and_then(|view| view.called.as_ref());
                    called
                        .and_then(|called| called.person.as_ref())
                        .map(|person| person.name.expose().as_str())
                        == Some(name)
                }
            };
            ana.sees("whom to call", on_call("Olu")).await;
            ben.sees("who was called", |_, me| {
                me.not_ok.as_ref().is_some_and(|view| view.on_call.is_some())
            })
            .await;
            clock.moves_to(begin.plus_seconds(200));
            lead.does(Action::Whisper {
                about: None,
                text: Some("Let us go on.".into()),
            })
            .await;
            ana.sees("whose turn it is now", on_call("Pia")).await;
            ana.does(Action::OnCallReached).await;
            lead.does(Action::Escalate { about: None }).await;
        }
        InACircle::LaysTheRole => _ = ana.does(Action::LayRole { role }).await,
    }
    clock.moves_to(begin.plus_seconds(240));
    let seq = lead.does(Action::NextStep).await;
    chloe.reads_up_to(seq).await;
    let received = chloe.received();
    house.stop().await;
    received
}

#[tokio::test]
async fn in_a_circle_nobody_else_s_socket_tells_that_the_person_on_call_was_called() {
    let without = a_circle(InACircle::Nothing).await;
    assert_eq!(a_circle(InACircle::Calls).await, without);
    assert_ne!(
        a_circle(InACircle::LaysTheRole).await,
        without,
        "the comparison notices nothing"
    );
}
