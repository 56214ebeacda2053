//! A whole course on real sockets: every session of a pack from the first to the last, every step in its own way of sharing the floor,
//! with lines that drop and a restart in the middle; then the journal is replayed to the very state that people saw last.

use std::io::Write as _;

use protocol::pack::FloorMode;
use protocol::wire::{Action, RefusalCode, RequestKind, RoomScene, Stand};
use protocol::{ParticipantId, Timestamp};
use tests::cast::Gathering;
use tests::clock::HandClock;
use tests::house::{House, store_in};
use tests::line::Line;
use tests::replayed::{Seen, every_view_is_the_replays};

/// A Thursday in January 2027, in the evening.
const FIRST: Timestamp = Timestamp(1_800_561_600_000);
const WEEK_MS: u64 = 7 * 24 * 3_600_000;
const MINUTE_MS: u64 = 60_000;
const MEMBERS: usize = 4;

/// A course under way.
struct Course {
    clock: HandClock,
    now: Timestamp,
    group: Gathering,
    /// Turns that somebody had, as the facilitator saw them.
    turns: usize,
    /// The ways in which the floor was shared.
    modes: std::collections::BTreeSet<FloorMode>,
}

impl Course {
    fn passes(&mut self, millis: u64) {
        self.now = self.now.plus_millis(millis);
        self.clock.moves_to(self.now);
    }

    async fn scene(&mut self) -> Box<RoomScene> {
        let (scene, _) = self.group.lead.sees("the room", |_, _| true).await;
        scene
    }

    async fn leads(&mut self, action: Action) {
        self.group.lead.does(action).await;
    }

    /// The member who is this participant.
    fn member(&mut self, who: ParticipantId) -> &mut Line {
        let members = self.group.members.iter_mut();
        let (_, line) = members
            .into_iter()
            .find(|(_, line)| line.me == who)
            .expect("a member of the group");
        line
    }

    /// Whoever has the floor does something with it.
    async fn holder_does(&mut self, action: Action) {
        let seq = match self.scene().await.floor.turn {
            Some(turn) => {
                let holder = turn.holders[0];
                self.turns += 1;
                self.member(holder).does(action).await
            }
            None => panic!("nobody has the floor"),
        };
        self.catches_up(seq).await;
    }

    /// Waits until the facilitator sees what somebody did.
    async fn catches_up(&mut self, seq: u64) {
        let lead = &mut self.group.lead;
        while lead.view.as_ref().is_none_or(|(seen, ..)| *seen < seq) {
            lead.hear().await.expect("the line is up");
        }
    }

    async fn asks(&mut self, n: usize) {
        let ask = Action::Ask {
            kind: RequestKind::Share,
            note: None,
        };
        let seq = self.group.members[n].1.does(ask).await;
        self.catches_up(seq).await;
    }

    /// One step, in its own way.
    async fn step(&mut self) {
        let [first, second] = [0, 1].map(|n| self.group.members[n].1.me);
        let mode = self.scene().await.floor.mode;
        self.modes.insert(mode);
        self.passes(MINUTE_MS);
        match mode {
            FloorMode::Open => {
                self.leads(Action::Call { participant: first }).await;
                self.passes(MINUTE_MS);
                self.holder_does(Action::Release).await;
            }
            FloorMode::Queue | FloorMode::Fishbowl | FloorMode::Chair => {
                self.asks(0).await;
                self.asks(1).await;
                for _ in 0..2 {
                    if self.scene().await.floor.turn.is_none() {
                        self.leads(Action::GoOn).await;
                    }
                    self.passes(MINUTE_MS);
                    self.holder_does(Action::Release).await;
                }
            }
            FloorMode::Round => {
                self.leads(Action::GoOn).await;
                for n in 0.. {
                    if self.scene().await.floor.turn.is_none() {
                        break;
                    }
                    self.passes(MINUTE_MS / 2);
                    self.holder_does(if n % 3 == 2 { Action::Pass } else { Action::Release })
                        .await;
                }
            }
            FloorMode::Stick => {
                self.asks(0).await;
                let participant = second;
                self.member(first).does(Action::Offer { participant }).await;
                self.passes(MINUTE_MS);
                let seq = self.member(second).does(Action::Accept).await;
                self.catches_up(seq).await;
                self.passes(MINUTE_MS);
                self.holder_does(Action::Release).await;
            }
            FloorMode::Pair => {
                let (speaker, listener) = (first, second);
                self.leads(Action::FormPair { speaker, listener }).await;
                self.leads(Action::GoOn).await;
                for _ in 0..2 {
                    self.passes(MINUTE_MS);
                    self.holder_does(Action::Release).await;
                    self.holder_does(Action::Confirm).await;
                }
                self.leads(Action::TakeFloor).await; // the two would go on for ever
                self.leads(Action::Release).await;
            }
            FloorMode::Silence => self.passes(MINUTE_MS),
        }
    }

    /// One session, from its first step to its last.
    async fn session(&mut self, number: u16) {
        self.leads(Action::StartSession).await;
        let steps = self.scene().await.agenda.steps.len();
        for n in 0..steps {
            self.step().await;
            if n + 1 < steps {
                self.leads(Action::NextStep).await;
            }
        }
        let refused = self
            .group
            .lead
            .act(Action::NextStep)
            .await
            .expect_err("it was the last");
        assert_eq!(refused.code, RefusalCode::LastStep);
        self.leads(Action::EndSession).await;
        let held = self.scene().await.staff.expect("a facilitator's view").held;
        let last = held.last().expect("a session was held");
        assert_eq!((last.session, usize::from(last.attended)), (number, MEMBERS));
    }

    /// Somebody's line drops and comes back; outside a session they are let in again at the door.
    async fn drops_and_comes_back(&mut self, n: usize) {
        let room = self.group.room;
        let (mut browser, line) = self.group.members.remove(n);
        let who = line.me;
        line.drops();
        self.group
            .lead
            .sees("the dropped line", |scene, _| {
                scene.seats.iter().all(|seat| seat.participant != who || !seat.present)
            })
            .await;
        let mut line = browser.enter(room).await;
        line.waits_at_the_door().await;
        self.leads(Action::Admit {
            participant: who,
            anyway: false,
        })
        .await;
        line.sees("the room", |_, _| true).await;
        self.group.members.insert(n, (browser, line));
    }
}

/// Leads the whole course of a pack and replays it. Gives the number of its sessions and the modes it went through.
async fn a_whole_course(pack: &str) -> (u16, std::collections::BTreeSet<FloorMode>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = HandClock::standing_at(FIRST);
    let mut house = House::by(clock.clock(), folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let group = Gathering::on(house.address, &secret, MEMBERS, pack).await;
    let (turns, modes) = (0, std::collections::BTreeSet::new());
    let mut course = Course {
        clock: clock.clone(),
        now: FIRST,
        group,
        turns,
        modes,
    };
    let sessions = course.scene().await.course.sessions;
    for number in 1..=sessions {
        course.session(number).await;
        if number == sessions / 2 {
            house.stop().await;
            house = House::by(clock.clock(), folder.path(), |_| ()).await;
            course.group.comes_back(house.address).await;
        } else if number < sessions {
            course.drops_and_comes_back(usize::from(number) % MEMBERS).await;
        }
        course.passes(WEEK_MS);
    }
    let over = course
        .group
        .lead
        .act(Action::StartSession)
        .await
        .expect_err("the course is over");
    assert_eq!(over.code, RefusalCode::CourseOver);
    let scene = course.scene().await;
    assert_eq!(scene.stand, Stand::Closed);
    assert_eq!(
        scene.staff.as_ref().map(|staff| staff.held.len()),
        Some(usize::from(sessions))
    );

    let room = course.group.room;
    let mut seen: Vec<Seen> = Vec::new();
    let lead = &course.group.lead;
    for line in course.group.members.iter().map(|(_, line)| line).chain([lead]) {
        let (seq, room, me) = line.view.clone().expect("a view");
        let by = line.me;
        seen.push(Seen { by, seq, room, me });
    }
    house.stop().await;
    let store = store_in(folder.path()).await.expect("what the server left opens");
    let last = store.claim(room).await.expect("the room is there").next_seq - 1;
    every_view_is_the_replays(&store, room, seen)
        .await
        .expect("what people saw last is what the journal says");
    store.close().await;
    // Past the harness, which keeps to itself what a test prints that passes.
    let _ = writeln!(
        std::io::stderr(),
        "COURSE {pack}: {sessions} sessions, {} turns, {last} events, {} modes; replayed to the views that people saw last",
        course.turns,
        course.modes.len()
    );
    (sessions, course.modes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_course_of_sixteen_sessions_is_led_from_the_first_to_the_last() {
    let (sessions, modes) = a_whole_course("group-ipt-16").await;
    assert_eq!(sessions, 16);
    assert!(modes.len() >= 3, "{modes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_course_of_twelve_sessions_for_couples_is_led_from_the_first_to_the_last() {
    let (sessions, modes) = a_whole_course("couple-12").await;
    assert_eq!(sessions, 12);
    assert!(modes.contains(&FloorMode::Pair), "{modes:?}");
}
