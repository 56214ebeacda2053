//! A couple's evening in which everything is said and written that can be, each string of it invented for this and found nowhere else.

use std::collections::BTreeSet;

use protocol::pack::FloorMode;
use protocol::wire::{
    Action, ContactHow, EmergencyContact, NoteRef, Reach, RequestKind, RoomScene, SafeWays, ScreenOutcome, Today,
};
use protocol::{Private, Role, RoomId};
use tests::cast::{Facilitator, join};
use tests::house::Process;
use tests::line::Line;
use tests::page::Page;
use tests::web::Browser;

/// A course with a lock, private check-ins, agreements and room for own words.
const PACK: &str = "partner-assisted-8";

/// What is named in more than one place. Everything else is made by [`said`].
pub(crate) struct Theirs {
    pub(crate) ana: &'static str,
    pub(crate) ben: &'static str,
    pub(crate) ana_note: &'static str,
    pub(crate) ben_note: &'static str,
    pub(crate) lead_note: &'static str,
    pub(crate) title: &'static str,
    pub(crate) hold: &'static str,
    /// Of asking, of saying no, of beginning all the same.
    pub(crate) reasons: [&'static str; 3],
}

pub(crate) const THEIRS: Theirs = Theirs {
    ana: "Planted-name-of-ana",
    ben: "Planted-name-of-ben",
    ana_note: "Planted-line-in-the-note-by-ana.",
    ben_note: "Planted-line-in-the-note-by-ben.",
    lead_note: "Planted-line-in-the-note-by-lead.",
    title: "Planted-title-of-room",
    hold: "Planted-reason-of-a-hold",
    reasons: [
        "Planted-reason-of-ana-to-be-erased",
        "Planted-reason-to-say-no-to-ana",
        "Planted-reason-to-erase-ana",
    ],
};

/// The strings that belong to one of the two, by what they are.
const KINDS: [&str; 15] = [
    "request",
    "written",
    "place",
    "contact",
    "screen",
    "where",
    "who-hears",
    "go-on",
    "assessed",
    "plan",
    "call",
    "next-check",
    "door",
    "door-answer",
    "about",
];
const NUMBERS: [&str; 4] = [
    "+1 555 701 4411",
    "+1 555 701 4422",
    "+1 555 702 5511",
    "+1 555 702 5522",
];

fn said(kind: &str, whose: &str) -> String {
    format!("Planted-{kind}-of-{whose}")
}

/// Everything that is about one of the two and goes with them.
pub(crate) fn planted_of(whose: &str) -> Vec<String> {
    let mut words: Vec<String> = KINDS.iter().map(|kind| said(kind, whose)).collect();
    let (name, note, numbers) = match whose {
        "ana" => (THEIRS.ana, THEIRS.ana_note, &NUMBERS[..2]),
        _ => (THEIRS.ben, THEIRS.ben_note, &NUMBERS[2..]),
    };
    words.extend([name, note].map(str::to_owned));
    words.extend(numbers.iter().map(|number| (*number).to_owned()));
    words.push(said("whisper", whose));
    words
}

/// All of it.
pub(crate) fn planted() -> Vec<String> {
    let mut words = planted_of("ana");
    words.extend(planted_of("ben"));
    words.extend([THEIRS.lead_note, THEIRS.title, THEIRS.hold].map(str::to_owned));
    words.extend([said("whisper", "nobody"), said("words", "both"), said("pane", "lead")]);
    words
}

/// The couple's room under way.
pub(crate) struct Evening {
    pub(crate) room: RoomId,
    pub(crate) lead_browser: Browser,
    pub(crate) lead: Line,
    pub(crate) ana_browser: Browser,
    pub(crate) ana_secret: String,
    pub(crate) ana: Line,
    pub(crate) ben: Line,
    pub(crate) ben_page: Page,
    scenes: Vec<String>,
}

impl Evening {
    pub(crate) async fn of(server: &Process) -> Self {
        let bootstrap = server.bootstrap.clone().expect("nobody was here before");
        let mut facilitator = Facilitator::first(server.address, &bootstrap).await;
        let room = facilitator.group(THEIRS.title, PACK).await;
        let mut lead = facilitator.enter(room).await;
        let mut two = Vec::new();
        for (whose, name, numbers) in [("ana", THEIRS.ana, &NUMBERS[..2]), ("ben", THEIRS.ben, &NUMBERS[2..])] {
            let (_, secret) = facilitator.invite(room, name, Role::Member).await;
            let (mut browser, _) = join(server.address, &secret).await;
            let mut line = browser.enter(room).await;
            line.waits_at_the_door().await;
            for question in ["where", "who-hears", "go-on"] {
                let (question, answer) = (question.to_owned(), said(question, whose).into());
                line.act(Action::CheckIn { question, answer })
                    .await
                    .expect("it is asked at the door");
            }
            line.act(at_the_door(whose, numbers))
                .await
                .expect("it is asked at the door");
            let (pronouns, about, shown) = (Some("she/her".into()), Some(said("about", whose).into()), true);
            line.act(Action::DescribeMyself { pronouns, about, shown })
                .await
                .expect("it is said from the door on");
            let text = said("door", whose).into();
            line.act(Action::SayAtDoor { text }).await.expect("it is said there");
            let (participant, text) = (line.me, said("door-answer", whose).into());
            lead.does(Action::AnswerAtDoor { participant, text }).await;
            two.push((browser, secret, line));
        }
        let [(ana_browser, ana_secret, ana), (_, _, ben)] =
            <[_; 2]>::try_from(two).unwrap_or_else(|_| unreachable!("two came"));
        let lead_browser = facilitator.browser.clone();
        let ben_page_note = NoteRef::Session { session: 1 };
        let (mut ana, mut ben) = (ana, ben);
        let mut scenes = Vec::new();
        unlocks(&mut lead, &ana, &ben).await;
        for line in [&mut ana, &mut ben] {
            let participant = line.me;
            lead.does(Action::Admit {
                participant,
                anyway: false,
            })
            .await;
            line.sees("the room", |_, _| true).await;
        }
        lead.does(Action::StartSession).await;
        ben.sees("the session", |scene, _| scene.agenda.current.is_some()).await;
        speaks(&mut lead, &mut ana, &mut ben, &mut scenes).await;
        looked_after(&mut lead, &mut ana, &mut ben).await;
        let ben_page = writes(&mut lead, &mut ana, &mut ben, ben_page_note).await;
        let mut evening = Self {
            room,
            lead_browser,
            lead,
            ana_browser,
            ana_secret,
            ana,
            ben,
            ben_page,
            scenes,
        };
        evening.looks();
        evening
    }

    fn looks(&mut self) {
        for line in [&self.lead, &self.ana, &self.ben] {
            self.scenes.push(format!("{}", serde_json::json!(line.view)));
        }
        self.scenes.push(self.ben_page.text());
    }

    /// Everything that stood on somebody's page.
    pub(crate) fn seen(&self) -> String {
        self.scenes.concat()
    }
}

fn at_the_door(whose: &str, numbers: &[&str]) -> Action {
    let safe = SafeWays {
        ringing: true,
        voicemail: false,
        text: true,
    };
    Action::ConfirmArrival {
        today: Today {
            place: Some(said("place", whose).into()),
            country: "US".parse().ok(),
            alone: true,
            headphones: false,
            driving: false,
            recording: false,
            shared: false,
        },
        reach: Some(Reach {
            number: numbers[0].into(),
            safe,
            contact: Some(EmergencyContact {
                name: said("contact", whose).into(),
                number: numbers[1].into(),
                safe,
            }),
        }),
    }
}

async fn unlocks(lead: &mut Line, ana: &Line, ben: &Line) {
    for (line, whose) in [(ana, "ana"), (ben, "ben")] {
        let screen = Action::RecordScreen {
            participant: line.me,
            outcome: ScreenOutcome::Suitable,
            words: Some(said("screen", whose).into()),
        };
        lead.does(screen).await;
    }
    let key = "some-kept".to_owned();
    lead.does(Action::ChooseSecrets { key }).await;
}

fn set(mode: FloorMode) -> Action {
    Action::SetFloor {
        mode: Some(mode),
        order: None,
        advance: None,
        ending: None,
        turn_seconds: None,
    }
}

async fn speaks(lead: &mut Line, ana: &mut Line, ben: &mut Line, scenes: &mut Vec<String>) {
    lead.does(set(FloorMode::Queue)).await;
    lead.does(Action::TakeFloor).await;
    for (line, whose) in [(&mut *ana, "ana"), (&mut *ben, "ben")] {
        let ask = Action::Ask {
            kind: RequestKind::Share,
            note: Some(said("request", whose).into()),
        };
        line.does(ask).await;
    }
    let (scene, _) = lead
        .sees("both requests", |scene, _| holds(scene, &said("request", "ben")))
        .await;
    scenes.push(format!("{}", serde_json::json!(scene)));
    lead.does(set(FloorMode::Round)).await;
    for (line, whose) in [(&mut *ana, "ana"), (&mut *ben, "ben")] {
        let text = said("written", whose).into();
        line.does(Action::WriteInstead { text }).await;
    }
    for (about, whose) in [(Some(ana.me), "ana"), (Some(ben.me), "ben"), (None, "nobody")] {
        let text = Some(said("whisper", whose).into());
        lead.does(Action::Whisper { about, text }).await;
    }
    let step = "about-low-mood".parse().expect("a step");
    let text = Some(Private(said("words", "both")));
    lead.does(Action::SetOwnWords { step, text }).await;
}

fn holds(scene: &RoomScene, word: &str) -> bool {
    serde_json::to_string(scene).expect("a scene").contains(word)
}

/// Both say that they are not OK, and what is done about it is written down.
async fn looked_after(lead: &mut Line, ana: &mut Line, ben: &mut Line) {
    for (line, whose) in [(ana, "ana"), (ben, "ben")] {
        line.act(Action::NotOk).await.expect("anybody may say so");
        let participant = line.me;
        let known = |scene: &RoomScene| {
            scene
                .staff
                .as_ref()
                .is_some_and(|staff| staff.alarms.iter().any(|a| a.participant == participant))
        };
        lead.sees("the alarm", |scene, _| known(scene)).await;
        lead.act(Action::Acknowledge { participant })
            .await
            .expect("it is acknowledged");
        let how = ContactHow::Phone;
        lead.act(Action::Contact { participant, how })
            .await
            .expect("it is talked about");
        let text = said("assessed", whose).into();
        lead.act(Action::Assess { participant, text })
            .await
            .expect("it is written down");
        let plan = Action::MakePlan {
            participant,
            plan: said("plan", whose).into(),
            contacts: Some(said("call", whose).into()),
            next_check: said("next-check", whose).into(),
        };
        lead.does(plan).await;
    }
}

async fn writes(lead: &mut Line, ana: &mut Line, ben: &mut Line, note: NoteRef) -> Page {
    let mut his = Page::open(ben, note, 7).await.expect("a note opens");
    let mut hers = Page::open(ana, note, 8).await.expect("a note opens");
    let mut theirs = Page::open(lead, note, 9).await.expect("a note opens");
    hers.types(ana, THEIRS.ana_note).await.expect("saved");
    his.reads(ben, |text| text.contains(THEIRS.ana_note)).await;
    his.types(ben, THEIRS.ben_note).await.expect("saved");
    theirs.reads(lead, |text| text.contains(THEIRS.ben_note)).await;
    theirs.types(lead, THEIRS.lead_note).await.expect("saved");
    his.reads(ben, |text| text.contains(THEIRS.lead_note)).await;
    let pane = NoteRef::Facilitators { session: 1 };
    let mut pane = Page::open(lead, pane, 10).await.expect("the leaders' pane opens");
    pane.types(lead, &said("pane", "lead")).await.expect("saved");
    his
}

/// No string is planted twice.
#[test]
fn every_planted_string_is_its_own() {
    let all = planted();
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    for word in &all {
        let inside = all.iter().filter(|other| other.contains(word.as_str())).count();
        assert_eq!(inside, 1, "{word} stands in another");
    }
}
