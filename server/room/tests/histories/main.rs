//! Random histories: 100 inputs each, all invariants after every event, a replay at a random prefix and at each restart, where the
//! replayed room goes on; and each invariant shown to fail on a room whose rule is broken. `HISTORIES` sets how many (2,000 by default,
//! 100,000 in the deep run), `SEED` reruns one.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a test a panic is the answer, and a count of histories is its report"
)]

#[path = "../common/mod.rs"]
mod common;

mod memo;
mod mutants;
mod offers;
mod private;
mod random;

use std::collections::BTreeSet;
use std::ops::AddAssign;
use std::sync::Arc;

use common::*;
use protocol::pack::{ArrivalGate, FloorMode, Pack, Purpose, Setting, Unattended};
use protocol::wire::RefusalCode;
use protocol::{CircleId, ParticipantId, Role};
use room::event::{Event, ResumeReason, What};
use room::invariants::{Subject, Violation, Watch, replays_to_the_same};
use room::limits::PLACE_KEPT_SECONDS;
use room::state::State;
use room::{Input, Moment};

use random::{
    Cast, Dice, OPENING_OF_A_COUPLE, about_consents, opening, opening_of_a_couple, random_input, seen_alone,
    taken_back, time_out_of_a_couple,
};

const INPUTS: usize = 100;
/// Seeds that failed once are kept: an observer with a place in line, somebody out and in again with a second first go, a second go
/// broken off by a dropped line that came before a first one.
const KEPT_SEEDS: &[u64] = &[3190, 1737, 3357];

/// What one history came to.
#[derive(Default, Clone, Copy)]
struct Tally {
    accepted: usize,
    refused: usize,
    turns: usize,
    /// How often the server started again in each mode, in the order of [`FloorMode::ALL`], with somebody in the middle of a turn.
    restarts: [usize; FloorMode::ALL.len()],
    rare: Rare,
}

/// What must have happened somewhere, or the histories say nothing about it.
#[derive(Default, Clone, Copy, Debug)]
struct Rare {
    /// Time-outs that one of a couple asked for.
    time_outs: usize,
    /// Restarts into a time-out, and time-outs that ended by themselves.
    restarts_in_one: usize,
    ended_by_themselves: usize,
    /// Calls to the person on call, and the list gone down.
    calls: usize,
    next: usize,
    taken_back: usize,
    /// Events that an erasure emptied.
    emptied: usize,
    /// Consents given and taken back, what was refused for want of one, and listeners put out.
    consents: usize,
    taken_back_consents: usize,
    without_consent: usize,
    put_out: usize,
}

impl Rare {
    fn happened(&mut self, before: &State, event: &Event, couple: bool) {
        let in_one = before.pause.is_some_and(|pause| pause.time_out);
        match &event.what {
            What::Paused { time_out, .. } => self.time_outs += usize::from(*time_out && couple),
            What::Recovered {} => self.restarts_in_one += usize::from(in_one),
            What::Resumed { why } => {
                self.ended_by_themselves += usize::from(in_one && *why == ResumeReason::TimeUp);
            }
            What::OnCallCalled { .. } => self.calls += 1,
            What::OnCallNext { .. } => self.next += 1,
            What::NotOkTakenBack { .. } => self.taken_back += 1,
            What::ConsentGiven { .. } => self.consents += 1,
            What::ConsentTakenBack { .. } => self.taken_back_consents += 1,
            What::Removed { .. } if event.by.is_none() => self.put_out += 1,
            _ => {}
        }
    }
    fn all(&self) -> [usize; 11] {
        let Self {
            time_outs,
            restarts_in_one,
            ended_by_themselves,
            calls,
            next,
            taken_back,
            emptied,
            consents,
            taken_back_consents,
            without_consent,
            put_out,
        } = *self;
        [
            time_outs,
            restarts_in_one,
            ended_by_themselves,
            calls,
            next,
            taken_back,
            emptied,
            consents,
            taken_back_consents,
            without_consent,
            put_out,
        ]
    }
}

impl AddAssign for Rare {
    fn add_assign(&mut self, other: Self) {
        self.time_outs += other.time_outs;
        self.restarts_in_one += other.restarts_in_one;
        self.ended_by_themselves += other.ended_by_themselves;
        self.calls += other.calls;
        self.next += other.next;
        self.taken_back += other.taken_back;
        self.emptied += other.emptied;
        self.consents += other.consents;
        self.taken_back_consents += other.taken_back_consents;
        self.without_consent += other.without_consent;
        self.put_out += other.put_out;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.turns += other.turns;
        self.rare += other.rare;
        for (ours, theirs) in self.restarts.iter_mut().zip(other.restarts) {
            *ours += theirs;
        }
    }
}

/// Takes out of the journal what it says of somebody, as the hub does; gives how many events that were.
fn empties(journal: &mut [Event], who: ParticipantId) -> usize {
    let mut emptied = 0;
    for event in journal {
        if let Some(left) = room::erasure::emptied(event, who) {
            *event = left;
            emptied += 1;
        }
        assert_eq!(
            room::erasure::emptied(event, who),
            None,
            "what is emptied stays as it is"
        );
    }
    emptied
}

/// Neither the room nor its journal has a text of theirs, open or sealed.
fn nothing_is_left_of<S: Subject>(who: ParticipantId, journal: &[Event], room: &S, seed: u64) {
    let mut state = room.state().clone();
    assert!(
        state.sealed_fields_mut().all(|text| text.person() != who),
        "seed {seed}"
    );
    assert!(
        state.roster.get(who).is_none() && room.mine(who).is_none(),
        "seed {seed}"
    );
    let mut events = journal.to_vec();
    for text in events.iter_mut().flat_map(Event::sealed_fields_mut) {
        assert!(text.person() != who || text.is_emptied(), "seed {seed}");
    }
    // Its id stands in one place of the state, so that nobody comes back under it; and a floor or a pause that they left runs out under it.
    let written = serde_json::to_string(&state).unwrap();
    let left = serde_json::to_string(&(&state.circles, &state.pause)).unwrap();
    let id = who.to_string();
    assert_eq!(
        written.matches(&id).count() - left.matches(&id).count(),
        1,
        "seed {seed}: {written}"
    );
}

/// The journal as it is read again from its bytes.
fn read_again(journal: &[Event]) -> Vec<Event> {
    let again = journal.iter().map(|event| {
        let mut event = Event::read(&event.write().unwrap()).unwrap();
        unseal(event.sealed_fields_mut());
        event
    });
    again.collect()
}

/// Every other room asks where people are before it lets them in, and some ask for consents.
fn gated_or_not(seed: u64, pack: &Pack) -> Arc<Pack> {
    let mut pack = pack.clone();
    if seed.is_multiple_of(2) {
        gated(&mut pack, ArrivalGate::Full);
    }
    // Every third asks its members to agree first; a circle never does.
    if seed % 3 == 1 && pack.setting != Setting::Circle {
        asks_consent(&mut pack, &Purpose::ALL);
    }
    pack.into()
}

fn run<S: Subject>(seed: u64, fresh: impl Fn(&Arc<Pack>) -> S) -> Result<Tally, (usize, Violation)> {
    let mut dice = Dice(seed);
    let couple = seed % 7 == 5;
    let pack = if couple {
        couples_pack()
    } else if dice.one_in(4) {
        pack(Unattended::Continue)
    } else {
        pack(Unattended::Hold)
    };
    let pack = gated_or_not(seed, &pack);
    let cast = Cast::new(&mut dice);
    let mut room = fresh(&pack);
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
            // Now and then so long that it is forgotten where people were.
            _ if dice.one_in(6) => (PLACE_KEPT_SECONDS + 60) * 1000,
            _ => dice.below(20 * 60_000) as u64,
        };
        // Time may step back: the room's does not.
        let now = if dice.one_in(20) {
            clock.saturating_sub(5 * MINUTE)
        } else {
            clock
        };
        // Often it is the very moment for which the hub slept.
        let due = room
            .next_deadline()
            .filter(|due| at(clock) < *due && *due < at(clock + 10 * MINUTE));
        let (now, woken) = match due.filter(|_| dice.one_in(4)) {
            Some(due) => {
                clock = due.0 - at(0).0;
                (clock, true)
            }
            None => (now, false),
        };
        let moment = Moment {
            at: at(now),
            draw: dice.next(),
        };
        let input = if couple && n < OPENING_OF_A_COUPLE {
            opening_of_a_couple(n, &cast)
        } else if n < 4 {
            opening(n, &cast)
        } else if woken {
            Input::Elapsed
        } else if !pack.consents.is_empty() && dice.one_in(5) {
            about_consents(&mut dice, &cast, &pack, room.state())
        } else if couple && dice.one_in(12) {
            seen_alone(&mut dice, &cast, room.state())
        } else if let Some(input) = taken_back(room.state()).filter(|_| dice.one_in(4)) {
            input
        } else if couple && dice.one_in(20) {
            time_out_of_a_couple(&mut dice, &cast)
        } else {
            random_input(&mut dice, &cast, room.state())
        };
        if matches!(input, Input::Reopened) {
            // From here on the history is that of a room which was read from its journal, with nothing left in memory.
            let written = read_again(&journal);
            replays_to_the_same(fresh(&pack), &written, room.state()).map_err(|violation| (n, violation))?;
            room = fresh(&pack);
            room.apply(&written);
            let floor = room.state().circles.get(&CircleId::MAIN).map(|circle| &circle.floor);
            for (count, mode) in tally.restarts.iter_mut().zip(FloorMode::ALL) {
                *count += usize::from(floor.is_some_and(|floor| floor.rules.mode == mode && floor.turn.is_some()));
            }
        }
        let mut outcome = match room.decide(moment, &input) {
            Ok(outcome) => outcome,
            Err(no) => {
                tally.refused += 1;
                let lacks = matches!(no.code, RefusalCode::NoConsent | RefusalCode::NoListeners);
                tally.rare.without_consent += usize::from(lacks);
                continue;
            }
        };
        tally.accepted += 1;
        let this_moment = moment.at.max(room.state().at);
        let moves_on = outcome.next_deadline.is_none_or(|next| next > this_moment);
        assert!(
            moves_on,
            "seed {seed}, input {n}: what is due did not happen, and the hub would never sleep again"
        );
        let woke_for_something = !woken || !outcome.events.is_empty();
        assert!(woke_for_something, "seed {seed}, input {n}: the hub woke for nothing");
        let next_deadline = outcome.next_deadline;
        seal(&mut outcome.events);
        let erased = match &input {
            Input::Erase { participant, .. } if !outcome.events.is_empty() => Some(*participant),
            _ => None,
        };
        if let Input::Act { action, .. } = &input {
            assert!(
                !outcome.events.is_empty(),
                "seed {seed}: {action:?} was accepted and changed nothing"
            );
        }
        // Asked last, so that a broken rule is called by its own name first.
        let mut reached = Ok(());
        for event in &outcome.events {
            let room_before = room.clone();
            let before = room_before.state().clone();
            room.apply(std::slice::from_ref(event));
            tally.rare.happened(&before, event, couple);
            tally.turns += usize::from(matches!(event.what, What::TurnGranted { .. }));
            watch
                .event(&before, event, room.state())
                .map_err(|violation| (n, violation))?;
            watch
                .asked_first(&room_before, event)
                .and(watch.agreed_first(&room_before, event))
                .map_err(|violation| (n, violation))?;
            reached = reached.and(watch.reaches(&room_before, event, &room));
            journal.push(event.clone());
            states.push(room.state().clone());
        }
        if let Some(who) = erased {
            tally.rare.emptied += empties(&mut journal, who);
            nothing_is_left_of(who, &journal, &room, seed);
            // A room that replays what is left stands where it stood; on the way there it did not.
            states.clear();
            states.push(room.state().clone());
            replays_to_the_same(fresh(&pack), &read_again(&journal), room.state())
                .map_err(|violation| (n, violation))?;
        }
        assert_eq!(room.next_deadline(), next_deadline, "seed {seed}, input {n}");
        nothing_grows(room.state());
        watch
            .rest(&room, Some(&back))
            .and(reached)
            .map_err(|violation| (n, violation))?;
    }
    if !journal.is_empty() {
        let before = journal.len() - states.len();
        let cut = before + dice.below(states.len());
        for end in [cut + 1, journal.len()] {
            replays_to_the_same(fresh(&pack), &read_again(&journal[..end]), &states[end - 1 - before])
                .map_err(|violation| (INPUTS, violation))?;
        }
    }
    Ok(tally)
}

/// What a room keeps is bounded by its people, its steps and its sessions, however long it goes on.
fn nothing_grows(state: &State) {
    let people = state.roster.len();
    let distinct = |ids: &[ParticipantId]| ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
    for circle in state.circles.values() {
        let floor = &circle.floor;
        let line: Vec<_> = floor.queue.line().iter().map(|request| request.participant).collect();
        let written: Vec<_> = floor.written.iter().map(|(who, _)| *who).collect();
        let order = floor.round.as_ref().map_or(&[][..], |round| round.order());
        for ids in [&line[..], &written, &floor.returning, order] {
            assert!(distinct(ids) && ids.len() <= people, "{ids:?}");
        }
        assert!(floor.queue.left().count() <= people);
        assert!(circle.prompts.len() <= PROMPTS);
    }
    assert!(state.participation.people.len() <= people && state.participation.pauses.len() <= people);
    assert!(state.held.len() <= SESSIONS);
    assert!(state.areas.len() <= people && state.flags.len() <= people && state.own_words.len() <= 1);
    assert!(state.lock.screens.len() <= people && state.check_ins.len() <= people);
    assert!(state.check_ins.values().all(|own| own.answers.len() <= 1));
    assert!(state.arrivals.len() <= people && state.doorway.len() <= people);
    assert!(state.described.len() <= people);
    let said = state.doorway.values().map(Vec::len).max().unwrap_or(0);
    assert!(said <= 2 * room::limits::MAX_DOOR_LINES, "{said} lines at the door");
    assert!(state.used_prompts.len() <= room::limits::MAX_USED_PROMPTS);
    assert!(state.locked_notes.len() <= 1 + 2 * SESSIONS);
}

/// As in the tests' pack.
const PROMPTS: usize = 8;
const SESSIONS: usize = 2;

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
                        let tally = run(seed, room_of)
                            .unwrap_or_else(|(n, violation)| panic!("seed {seed}, input {n}: {violation:?}"));
                        sum += tally;
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
    let mut sum = Tally::default();
    tallies.into_iter().for_each(|tally| sum += tally);
    println!(
        "{total} histories of {INPUTS} inputs: {} accepted, {} refused, {} turns; 0 violations, so fewer than {:.4} % of such histories have one (3/N)",
        sum.accepted,
        sum.refused,
        sum.turns,
        300.0 / total as f64
    );
    let by_mode: Vec<_> = FloorMode::ALL.into_iter().zip(sum.restarts).collect();
    println!("the server started again in the middle of a turn, by mode: {by_mode:?}");
    println!("and besides: {:?}", sum.rare);
    if only.is_none() {
        assert!(
            sum.rare.all().iter().all(|&times| times > 0),
            "something never happened: {:?}",
            sum.rare
        );
        assert!(
            sum.restarts.iter().all(|&times| times > 0),
            "in some mode no turn ever met a restart: {by_mode:?}"
        );
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
