//! Random histories: 100 inputs each, all invariants after every event, replay at a random prefix; and each invariant shown to fail on
//! a room whose rule is broken. `HISTORIES` sets how many (2,000 by default, 100,000 in the deep run), `SEED` reruns one.

mod common;

use common::*;
use protocol::pack::{Advance, Ending, FloorMode, QueueOrder, Unattended};
use protocol::wire::*;
use protocol::{ParticipantId, Private, Role};
use room::event::{Event, What};
use room::invariants::{Subject, Violation, Watch, replays_to_the_same};
use room::state::State;
use room::{Audience, Input, Moment, Outcome, Room};

const INPUTS: usize = 100;
/// Seeds that failed once are kept.
const KEPT_SEEDS: &[u64] = &[];

/// SplitMix64: small, even, and the same on every machine.
struct Dice(u64);
impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

struct Cast {
    people: Vec<(ParticipantId, Role)>,
}

impl Cast {
    fn new(dice: &mut Dice) -> Self {
        let members = 3 + dice.below(4) as u128;
        let mut people = vec![(person(1), Role::Facilitator), (person(2), Role::Facilitator)];
        people.extend((0..members).map(|n| (person(10 + n), Role::Member)));
        people.push((person(100), Role::Observer));
        Self { people }
    }
    fn any(&self, dice: &mut Dice) -> (ParticipantId, Role) {
        *dice.pick(&self.people)
    }
}

fn random_input(dice: &mut Dice, cast: &Cast, state: &State) -> Input {
    let (who, role) = cast.any(dice);
    match dice.below(20) {
        0..=2 => arrival(who, role),
        3 => Input::Left {
            participant: who,
            lines_left: dice.below(2) as u16,
        },
        4 if dice.one_in(6) => Input::Reopened,
        4 | 5 => Input::Elapsed,
        _ => Input::Act {
            by: actor(dice, cast, state, who),
            action: random_action(dice, cast, state),
        },
    }
}

/// Mostly somebody who is in, so that histories get somewhere.
fn actor(dice: &mut Dice, cast: &Cast, state: &State, else_who: ParticipantId) -> ParticipantId {
    let holder = state
        .circles
        .values()
        .find_map(|c| c.floor.turn.as_ref())
        .and_then(|t| t.holders.first().copied());
    match dice.below(10) {
        0..=3 => cast.people[dice.below(2)].0,
        4..=5 => holder.unwrap_or(else_who),
        _ => else_who,
    }
}

fn random_action(dice: &mut Dice, cast: &Cast, state: &State) -> Action {
    let participant = cast.any(dice).0;
    let request = protocol::RequestId(dice.below(state.next_request as usize + 1) as u32);
    let seconds = *dice.pick(&[0, 1, 30, 60, 3_600, 3_601]);
    let prompt = dice.pick(&[
        "opening.start",
        "focus.unheard",
        "focus.end",
        "mood-round.over",
        "work.all",
        "no.such",
    ]);
    let prompt = || prompt.parse().unwrap();
    let modes = [FloorMode::Open, FloorMode::Queue, FloorMode::Round, FloorMode::Chair];
    let note = *dice.pick(&[
        NoteRef::Course,
        NoteRef::Session { session: 1 },
        NoteRef::Facilitators { session: 9 },
    ]);
    let words = format!("note of {participant} {}", dice.below(1_000_000));
    match dice.below(48) {
        0..=3 => {
            let waiting = state
                .roster
                .iter()
                .find(|(_, p)| p.admission == Admission::Waiting)
                .map(|(id, _)| id);
            Action::Admit {
                participant: waiting.unwrap_or(participant),
            }
        }
        4 => Action::TurnAway { participant },
        5 if dice.one_in(3) => Action::Remove { participant },
        5 => Action::NameDeputy {
            participant: (!dice.one_in(3)).then_some(participant),
        },
        6..=7 => Action::StartSession,
        8 => Action::NextStep,
        9 => Action::GoToStep {
            step: dice
                .pick(&["opening", "focus", "mood-round", "work", "nowhere"])
                .parse()
                .unwrap(),
        },
        10 => Action::ExtendStep { seconds },
        11 if dice.one_in(4) => Action::EndSession,
        11 | 12 => Action::SetFloor {
            mode: dice.one_in(2).then(|| *dice.pick(&modes)),
            order: dice
                .one_in(2)
                .then(|| *dice.pick(&[QueueOrder::Arrival, QueueOrder::LeastHeard, QueueOrder::Hand])),
            advance: dice.one_in(3).then(|| *dice.pick(&[Advance::Auto, Advance::Chair])),
            ending: dice.one_in(3).then(|| *dice.pick(&[Ending::Soft, Ending::Firm])),
            turn_seconds: dice.one_in(3).then_some(seconds),
        },
        13..=17 => Action::Ask {
            kind: RequestKind::Share,
            note: dice.one_in(2).then(|| Private(words.clone())),
        },
        18 => Action::CancelRequest,
        19..=20 => Action::Pass,
        21 => Action::ComeBack,
        22 => Action::WriteInstead { text: Private(words) },
        23..=25 => Action::Release,
        26 => Action::NeedMoreTime,
        27..=29 => Action::GoOn,
        30 => Action::Call { participant },
        31 => Action::Grant { request },
        32 => Action::Deny { request },
        33 => Action::OrderQueue {
            requests: vec![request],
        },
        34 => Action::Revoke {
            reason: RevokeReason::Focus,
        },
        35 => Action::TakeFloor,
        36 => Action::HoldClock,
        37 => Action::ResumeClock,
        38 => Action::ExtendTurn { seconds },
        39 => Action::WaitOn,
        40 => Action::MoveOn,
        41 => Action::StartRound,
        42 => Action::Pause,
        43 => dice.pick(&[Action::KeepPause, Action::Resume, Action::Resume]).clone(),
        44 => Action::PromptUsed { prompt: prompt() },
        45 => Action::PromptNotNow { prompt: prompt() },
        46 => Action::PushPrompt { prompt: prompt() },
        _ => dice
            .pick(&[
                Action::ClearPrompt,
                Action::LockNote { note, locked: true },
                Action::TakeBackNote { note },
            ])
            .clone(),
    }
}

/// What one history came to.
#[derive(Default, Clone, Copy)]
struct Tally {
    accepted: usize,
    refused: usize,
    turns: usize,
}

fn run<S: Subject>(seed: u64, fresh: impl Fn(Unattended) -> S) -> Result<Tally, (usize, Violation)> {
    let mut dice = Dice(seed);
    let unattended = if dice.one_in(4) {
        Unattended::Continue
    } else {
        Unattended::Hold
    };
    let cast = Cast::new(&mut dice);
    let mut room = fresh(unattended);
    let mut watch = Watch::default();
    let mut journal: Vec<Event> = Vec::new();
    let mut states: Vec<State> = Vec::new();
    let mut clock = 0u64;
    let mut tally = Tally::default();
    let back = arrival(person(1), Role::Facilitator);
    for n in 0..INPUTS {
        clock += match dice.below(12) {
            0 => 0,
            1..=7 => dice.below(20_000) as u64,
            8..=10 => dice.below(90_000) as u64,
            _ => dice.below(20 * 60_000) as u64,
        };
        // Time may step back: the room's does not.
        let now = if dice.one_in(20) {
            clock.saturating_sub(5 * MINUTE)
        } else {
            clock
        };
        let moment = Moment {
            at: at(now),
            draw: dice.next(),
        };
        let input = if n < 4 {
            opening(n, &cast)
        } else {
            random_input(&mut dice, &cast, room.state())
        };
        let mut outcome = match room.decide(moment, &input) {
            Ok(outcome) => outcome,
            Err(_) => {
                tally.refused += 1;
                continue;
            }
        };
        tally.accepted += 1;
        seal(&mut outcome.events);
        if let Input::Act { action, .. } = &input {
            assert!(
                !outcome.events.is_empty(),
                "seed {seed}: {action:?} was accepted and changed nothing"
            );
        }
        for event in &outcome.events {
            let before = room.state().clone();
            room.apply(std::slice::from_ref(event));
            tally.turns += usize::from(matches!(event.what, What::TurnGranted { .. }));
            watch
                .event(&before, event, room.state())
                .map_err(|violation| (n, violation))?;
            journal.push(event.clone());
            states.push(room.state().clone());
        }
        watch.rest(&room, Some(&back)).map_err(|violation| (n, violation))?;
    }
    if !journal.is_empty() {
        let cut = dice.below(journal.len());
        for end in [cut + 1, journal.len()] {
            let written: Vec<Event> = journal[..end]
                .iter()
                .map(|event| Event::read(&event.write().unwrap()).unwrap())
                .collect();
            replays_to_the_same(fresh(unattended), &written, &states[end - 1])
                .map_err(|violation| (INPUTS, violation))?;
        }
    }
    Ok(tally)
}

/// Every history begins with a facilitator and two members inside and a session under way, or it would mostly knock at the door.
fn opening(n: usize, cast: &Cast) -> Input {
    let facilitator = cast.people[0];
    match n {
        0 => arrival(facilitator.0, facilitator.1),
        1 => arrival(cast.people[2].0, cast.people[2].1),
        2 => Input::Act {
            by: facilitator.0,
            action: Action::Admit {
                participant: cast.people[2].0,
            },
        },
        _ => Input::Act {
            by: facilitator.0,
            action: Action::StartSession,
        },
    }
}

fn histories() -> u64 {
    std::env::var("HISTORIES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2_000)
}

#[test]
fn every_random_history_keeps_every_invariant() {
    let only: Option<u64> = std::env::var("SEED").ok().and_then(|n| n.parse().ok());
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let total = histories();
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads)
            .map(|lane| {
                scope.spawn(move || {
                    let mut sum = Tally::default();
                    let seeds = KEPT_SEEDS
                        .iter()
                        .copied()
                        .chain(0..total)
                        .filter(|seed| seed % threads == lane);
                    for seed in seeds.filter(|seed| only.is_none_or(|only| only == *seed)) {
                        let tally = run(seed, empty_room)
                            .unwrap_or_else(|(n, violation)| panic!("seed {seed}, input {n}: {violation:?}"));
                        sum.accepted += tally.accepted;
                        sum.refused += tally.refused;
                        sum.turns += tally.turns;
                    }
                    sum
                })
            })
            .collect();
        lanes
            .into_iter()
            .map(|lane| lane.join().expect("a lane found a violation"))
            .collect()
    });
    let sum = tallies.iter().fold(Tally::default(), |a, b| Tally {
        accepted: a.accepted + b.accepted,
        refused: a.refused + b.refused,
        turns: a.turns + b.turns,
    });
    println!(
        "{total} histories of {INPUTS} inputs: {} accepted, {} refused, {} turns; 0 violations, so fewer than {:.4} % of such histories have one (3/N)",
        sum.accepted,
        sum.refused,
        sum.turns,
        300.0 / total as f64
    );
    if only.is_none() {
        assert!(
            sum.turns as u64 > total,
            "the histories hardly ever give the floor: they test nothing"
        );
        assert!(
            sum.accepted > sum.refused / 4,
            "the histories are mostly refused: they test little"
        );
    }
}

#[test]
fn what_is_offered_is_accepted_and_what_is_not_offered_is_refused() {
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let cast = Cast::new(&mut dice);
        let mut room = empty_room(Unattended::Hold);
        let mut clock = 0;
        for n in 0..INPUTS {
            clock += dice.below(60_000) as u64;
            let input = if n < 4 {
                opening(n, &cast)
            } else {
                random_input(&mut dice, &cast, room.state())
            };
            let Ok(mut outcome) = room.decide(Moment { at: at(clock), draw: 0 }, &input) else {
                continue;
            };
            seal(&mut outcome.events);
            room.apply(&outcome.events);
            let now = Moment {
                at: room.state().at,
                draw: 0,
            };
            for (who, _) in &cast.people {
                let Some(mine) = room.mine(*who) else { continue };
                for (button, action) in plain_buttons() {
                    let accepted = room
                        .decide(
                            now,
                            &Input::Act {
                                by: *who,
                                action: action.clone(),
                            },
                        )
                        .is_ok();
                    let offered = mine.can.contains(&button);
                    // A person whose line is down sees no page.
                    if mine.admission == Admission::Admitted && room.state().roster.get(*who).unwrap().present {
                        assert_eq!(offered, accepted, "seed {seed} input {n}: {who} {button:?}");
                    } else {
                        assert!(!accepted, "seed {seed} input {n}: {who} is not in and did {action:?}");
                    }
                }
            }
        }
    }
}

fn plain_buttons() -> Vec<(Can, Action)> {
    vec![
        (Can::StartSession, Action::StartSession),
        (Can::NextStep, Action::NextStep),
        (Can::ExtendStep, Action::ExtendStep { seconds: 60 }),
        (Can::EndSession, Action::EndSession),
        (
            Can::Ask,
            Action::Ask {
                kind: RequestKind::Reply,
                note: None,
            },
        ),
        (Can::CancelRequest, Action::CancelRequest),
        (Can::Pass, Action::Pass),
        (Can::ComeBack, Action::ComeBack),
        (
            Can::WriteInstead,
            Action::WriteInstead {
                text: Private("word".into()),
            },
        ),
        (Can::Release, Action::Release),
        (Can::NeedMoreTime, Action::NeedMoreTime),
        (Can::GoOn, Action::GoOn),
        (
            Can::Revoke,
            Action::Revoke {
                reason: RevokeReason::Time,
            },
        ),
        (Can::TakeFloor, Action::TakeFloor),
        (Can::HoldClock, Action::HoldClock),
        (Can::ResumeClock, Action::ResumeClock),
        (Can::ExtendTurn, Action::ExtendTurn { seconds: 30 }),
        (Can::WaitOn, Action::WaitOn),
        (Can::MoveOn, Action::MoveOn),
        (Can::StartRound, Action::StartRound),
        (Can::Pause, Action::Pause),
        (Can::KeepPause, Action::KeepPause),
        (Can::Resume, Action::Resume),
        (Can::ClearPrompt, Action::ClearPrompt),
        (Can::TakeBackNote, Action::TakeBackNote { note: NoteRef::Course }),
    ]
}

// ---- each invariant fails on a broken rule ----

#[derive(Clone, Copy, Debug, PartialEq)]
enum Broken {
    GrantsOverARunningTurn,
    GrantsToAnObserver,
    MovesSilently,
    AsksTheFirstAgain,
    LosesThePlaceOfTheDropped,
    LetsALateTimerEndATurn,
    RefusesToPause,
    ShowsDenials,
    LetsThePausedSpeak,
    ReplaysDifferently,
    ShowsNotesToAll,
}

/// A room with one rule broken.
#[derive(Clone)]
struct Mutant {
    room: Room,
    broken: Broken,
    /// For the replay mutant: replays remember less than the first run.
    replaying: bool,
}

impl Subject for Mutant {
    fn decide(&self, moment: Moment, input: &Input) -> Result<Outcome, Refusal> {
        if self.broken == Broken::RefusesToPause
            && matches!(
                input,
                Input::Act {
                    action: Action::Pause,
                    ..
                }
            )
            && self.room.state().circles.values().any(|c| c.floor.turn.is_some())
        {
            return Err(RefusalCode::FloorHeld.into());
        }
        let mut outcome = self.room.decide(moment, input)?;
        match self.broken {
            Broken::GrantsOverARunningTurn => {
                let grants = outcome
                    .events
                    .iter()
                    .any(|e| matches!(e.what, What::TurnGranted { .. }));
                if grants {
                    outcome.events.retain(|e| !matches!(e.what, What::TurnEnded { .. }));
                }
            }
            Broken::GrantsToAnObserver => outcome.events.iter_mut().for_each(|event| {
                if let What::TurnGranted { holders, .. } = &mut event.what
                    && self.room.state().roster.get(person(100)).is_some()
                {
                    *holders = vec![person(100)];
                }
            }),
            Broken::AsksTheFirstAgain => outcome.events.iter_mut().for_each(|event| {
                if let What::TurnGranted { circle, holders, .. } = &mut event.what
                    && let Some(round) = &self.room.state().circles[circle].floor.round
                    && let Some(first) = round.order().first()
                    && self.room.state().is_here(*first, *circle)
                {
                    *holders = vec![*first];
                }
            }),
            _ => {}
        }
        Ok(outcome)
    }
    fn apply(&mut self, events: &[Event]) {
        for event in events {
            self.room.apply(std::slice::from_ref(event));
            let also = match (&event.what, self.broken) {
                (What::LineDropped { .. }, Broken::MovesSilently) => self.turn().map(|turn| What::TurnEnded {
                    circle: protocol::CircleId::MAIN,
                    turn,
                    why: room::event::EndReason::Away,
                }),
                (What::LineDropped { participant }, Broken::LosesThePlaceOfTheDropped) => {
                    let queue = &self.room.state().circles[&protocol::CircleId::MAIN].floor.queue;
                    let request = queue.of(*participant).map(|r| r.id);
                    request.map(|request| What::RequestCancelled {
                        circle: protocol::CircleId::MAIN,
                        request,
                    })
                }
                (What::TurnOverran { turn, .. }, Broken::LetsALateTimerEndATurn) => {
                    let current = self.turn().filter(|current| current != turn);
                    current.map(|turn| What::TurnEnded {
                        circle: protocol::CircleId::MAIN,
                        turn,
                        why: room::event::EndReason::TimeUp,
                    })
                }
                (What::Admitted { participant }, Broken::ReplaysDifferently) if self.replaying => {
                    Some(What::LineDropped {
                        participant: *participant,
                    })
                }
                _ => None,
            };
            if let Some(what) = also {
                self.room.apply(&[Event {
                    at: event.at,
                    by: None,
                    what,
                }]);
            }
        }
    }
    fn view(&self, audience: Audience) -> RoomView {
        match (self.broken, audience) {
            (Broken::ShowsNotesToAll, Audience::Circle(id)) => {
                let mut view = self.room.view(Audience::Leaders(id));
                if let RoomView::Room(scene) = &mut view {
                    // Only the notes leak, so that the check of the whole pane is not what catches it.
                    let requests = scene.staff.take().map_or(Vec::new(), |staff| staff.requests);
                    let notes = requests.into_iter().filter_map(|r| r.note.map(Private::into_exposed));
                    scene.course.phase = Some(notes.collect::<Vec<_>>().join(" "));
                }
                view
            }
            (Broken::ShowsDenials, Audience::Circle(id)) => {
                let denied = self.room.state().circles[&id]
                    .floor
                    .queue
                    .left()
                    .any(|r| r.status == RequestStatus::Denied);
                let mut view = self.room.view(audience);
                if let RoomView::Room(scene) = &mut view
                    && denied
                {
                    scene.course.language = "denied".into();
                }
                view
            }
            _ => self.room.view(audience),
        }
    }
    fn mine(&self, participant: ParticipantId) -> Option<MyView> {
        let mut mine = self.room.mine(participant)?;
        if self.broken == Broken::LetsThePausedSpeak && mine.silent_because == Some(RefusalCode::Paused) {
            mine.may_speak = true;
        }
        Some(mine)
    }
    fn state(&self) -> &State {
        self.room.state()
    }
}

impl Mutant {
    fn turn(&self) -> Option<protocol::TurnId> {
        self.room.state().circles[&protocol::CircleId::MAIN]
            .floor
            .turn
            .as_ref()
            .map(|turn| turn.id)
    }
}

/// How many histories a broken rule may survive. Each falls within a handful; the bound only keeps a hopeless search short.
const PATIENCE: u64 = 400;

fn caught(broken: Broken) -> u8 {
    use std::cell::Cell;
    for seed in 0..PATIENCE {
        let made = Cell::new(false);
        let fresh = |unattended| {
            let replaying = made.replace(true); // the first room lives, later ones replay
            Mutant {
                room: empty_room(unattended),
                broken,
                replaying,
            }
        };
        if let Err((_, violation)) = run(seed, fresh) {
            println!("{broken:?}: caught in history {seed}: {violation:?}");
            return violation.invariant;
        }
    }
    panic!("{broken:?} was not caught in {PATIENCE} histories");
}

macro_rules! broken_rules {
    ($($name:ident: $broken:ident => $invariant:literal,)*) => {
        $(#[test] fn $name() { assert_eq!(caught(Broken::$broken), $invariant); })*
    };
}

broken_rules! {
    invariant_1_catches_a_grant_over_a_running_turn: GrantsOverARunningTurn => 1,
    invariant_2_catches_an_observer_with_the_floor: GrantsToAnObserver => 2,
    invariant_3_catches_a_floor_that_moves_without_an_event: MovesSilently => 3,
    invariant_4_catches_a_second_go_before_everybody_had_one: AsksTheFirstAgain => 4,
    invariant_5_catches_a_place_lost_with_the_line: LosesThePlaceOfTheDropped => 5,
    invariant_6_catches_a_timer_of_an_ended_turn: LetsALateTimerEndATurn => 6,
    invariant_7_catches_a_room_that_cannot_be_paused: RefusesToPause => 7,
    invariant_8_catches_a_denial_that_members_see: ShowsDenials => 8,
    invariant_9_catches_a_voice_in_a_paused_room: LetsThePausedSpeak => 9,
    invariant_10_catches_a_replay_that_differs: ReplaysDifferently => 10,
    invariant_11_catches_a_note_that_others_read: ShowsNotesToAll => 11,
}
