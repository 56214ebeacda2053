//! Each invariant fails on a room whose rule is broken.

use protocol::pack::FloorMode;
use protocol::wire::*;
use protocol::{ParticipantId, Private, Role, Timestamp};
use room::event::{Event, What};
use room::invariants::Subject;
use room::state::State;
use room::{Audience, Input, Moment, Outcome, Room};

use crate::common::*;
use crate::run;

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
    ShowsOffersToAll,
    ShowsWhoDeclined,
    LetsTheOuterCircleSpeak,
    LosesTheInnerCircle,
    SwapsWithADroppedLine,
    ShowsWhoIsNotOk,
    /// Shows what somebody else works on.
    ShowsWhatOthersWorkOn,
    TellsThatSomethingPrivateHappened,
    ShowsAConcern,
    /// Shows whom somebody else in a circle called.
    ShowsWhomOthersCalled,
    AssessesWithoutATalk,
    /// A time-out loses its stated end.
    ForgetsTheReturn,
    LeavesTheTurnBehind,
    /// The door of a couple's room says that somebody was refused.
    ShowsAtTheDoorWhoWasRefused,
    /// Lets people in who have not said where they are.
    LetsInUnasked,
    /// Shows where somebody else is.
    ShowsWhereOthersAre,
    /// Shows what somebody else said in a private check-in.
    ShowsWhatOthersSaidAlone,
    /// Goes on as if nobody had taken a consent back.
    ForgetsThatConsentWasTakenBack,
    /// Asks people who have not agreed to be asked.
    AsksWithoutConsent,
    /// Lets listeners stay with somebody who has not agreed to them.
    KeepsListening,
    /// Shows what was said to somebody else at the door.
    ShowsWhatIsSaidAtTheDoor,
    /// Shows what somebody says of themselves to those who lead alone.
    ShowsADescriptionToAll,
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
        let mut outcome = match (self.broken, self.room.decide(moment, input), input) {
            (Broken::LetsInUnasked, Err(no), Input::Act { by, action }) if no.code == RefusalCode::ArrivalFirst => {
                self.lets_in_all_the_same(moment, *by, action)?
            }
            (_, decided, _) => decided?,
        };
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
            Broken::AssessesWithoutATalk => outcome.events.iter_mut().for_each(|event| {
                if let What::ContactMade { participant, .. } = event.what {
                    let text = room::SealedText::fresh(participant, "no talk");
                    event.what = What::Assessed { participant, text };
                }
            }),
            Broken::ForgetsTheReturn => {
                outcome.events.iter_mut().for_each(|event| {
                    if let What::Paused { until, time_out, .. } = &mut event.what
                        && *time_out
                    {
                        *until = None;
                    }
                });
                let mut after = self.room.clone();
                after.apply(&outcome.events);
                outcome.next_deadline = after.next_deadline();
            }
            Broken::KeepsListening => {
                let put_out = |event: &Event| event.by.is_none() && matches!(event.what, What::Removed { .. });
                outcome.events.retain(|event| !put_out(event));
            }
            Broken::LeavesTheTurnBehind => outcome.events.retain(|event| {
                let why = room::event::EndReason::SteppedOut;
                !matches!(event.what, What::TurnEnded { why: w, .. } if w == why)
            }),
            Broken::GrantsToAnObserver => outcome.events.iter_mut().for_each(|event| {
                if let What::TurnGranted { holders, .. } = &mut event.what
                    && self.room.state().roster.get(person(100)).is_some()
                {
                    *holders = vec![person(100)];
                }
            }),
            Broken::AsksTheFirstAgain => {
                // Judged where the decision has come to by then: whoever went away in it is not asked.
                let mut so_far = self.room.clone();
                for event in &mut outcome.events {
                    let state = so_far.state();
                    if let What::TurnGranted { circle, holders, .. } = &mut event.what
                        && let Some(round) = &state.circles[circle].floor.round
                        && let Some(first) = round.order().first()
                        && state.is_here(*first, *circle)
                        && state.roster.role_now(*first) != Some(Role::Observer)
                    {
                        *holders = vec![*first];
                    }
                    so_far.apply(std::slice::from_ref(event));
                }
            }
            _ => {}
        }
        Ok(outcome)
    }
    fn apply(&mut self, events: &[Event]) {
        for event in events {
            let mut event = event.clone();
            if self.broken == Broken::ForgetsThatConsentWasTakenBack
                && matches!(event.what, What::ConsentTakenBack { .. })
            {
                event.what = What::Emptied {};
            }
            let event = &event;
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
                (What::LineDropped { participant }, Broken::LosesTheInnerCircle) => {
                    let inner = &self.room.state().circles[&protocol::CircleId::MAIN].floor.inner;
                    inner.contains(participant).then_some(What::InnerLeft {
                        circle: protocol::CircleId::MAIN,
                        participant: *participant,
                    })
                }
                (What::LineDropped { .. }, Broken::SwapsWithADroppedLine) => {
                    let pair = self.room.state().circles[&protocol::CircleId::MAIN].floor.pair;
                    pair.map(|pair| What::PairFormed {
                        circle: protocol::CircleId::MAIN,
                        speaker: pair.listener,
                        listener: pair.speaker,
                    })
                }
                (What::Admitted { participant, .. }, Broken::ReplaysDifferently) if self.replaying => {
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
            (Broken::ShowsAtTheDoorWhoWasRefused, Audience::Waiting) => {
                let mut view = self.room.view(audience);
                let mut screens = self.room.state().lock.screens.values();
                if let RoomView::Waiting(door) = &mut view
                    && screens.any(|screen| screen.outcome == ScreenOutcome::NotSuitable)
                {
                    door.seen_alone_first = false;
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
        let floor = &self.room.state().circles[&protocol::CircleId::MAIN].floor;
        let mode = floor.rules.mode;
        if self.broken == Broken::LetsTheOuterCircleSpeak && mode == FloorMode::Fishbowl {
            mine.may_speak |= mine.silent_because == Some(RefusalCode::NotYourTurn);
        }
        if self.broken == Broken::ShowsWhatOthersWorkOn
            && let Some(&other) = self.room.state().areas.keys().find(|&&other| other != participant)
        {
            mine.area = self.room.mine(other)?.area;
        }
        if self.broken == Broken::ShowsWhatOthersSaidAlone
            && let Some((_, own)) = (self.room.state().check_ins.iter()).find(|(other, _)| **other != participant)
        {
            mine.name = own.answers.values().find_map(|answer| answer.text.text());
        }
        if self.broken == Broken::AsksWithoutConsent && !mine.consents.is_empty() && mine.check_in.is_empty() {
            mine.check_in = vec![CheckInQuestion {
                question: "go-on".to_owned(),
                text: "Is it fine to meet?".to_owned(),
                answered: false,
            }];
        }
        let hidden = (self.room.state().described.iter()).find(|(who, said)| **who != participant && !said.shown);
        if self.broken == Broken::ShowsADescriptionToAll
            && let Some((&other, _)) = hidden
        {
            mine.described = self.room.mine(other)?.described;
        }
        if self.broken == Broken::ShowsWhatIsSaidAtTheDoor
            && let Some(&other) = (self.room.state().doorway.keys()).find(|&&other| other != participant)
        {
            mine.at_door = self.room.mine(other)?.at_door;
        }
        if self.broken == Broken::ShowsWhereOthersAre
            && let Some(&other) = self.room.state().arrivals.keys().find(|&&other| other != participant)
        {
            mine.arrival = self.room.mine(other)?.arrival;
        }
        if self.broken == Broken::ShowsWhoIsNotOk
            && let Some(&other) = self.room.state().alarms.keys().find(|&&other| other != participant)
        {
            mine.not_ok = self.room.mine(other)?.not_ok;
        }
        if self.broken == Broken::ShowsWhomOthersCalled
            && let Some(&other) = self.room.state().on_call.keys().find(|&&other| other != participant)
        {
            mine.on_call = self.room.mine(other)?.on_call;
        }
        if self.broken == Broken::TellsThatSomethingPrivateHappened && !self.room.state().alarms.is_empty() {
            mine.agreed = !mine.agreed;
        }
        let alarm = self.room.state().alarms.get(&participant);
        if self.broken == Broken::ShowsAConcern
            && let Some(alarm) = alarm.filter(|alarm| !alarm.own)
        {
            mine.not_ok = Some(NotOkView {
                raised_at: alarm.raised_at,
                told: alarm.told.clone(),
                acknowledged_by: None,
                all_right: false,
                on_call: None,
            });
        }
        if let Some(turn) = &floor.turn {
            let holder = turn.holders.first().copied();
            if self.broken == Broken::ShowsOffersToAll && turn.offer.to.is_some() {
                mine.offered_by = holder;
            }
            if self.broken == Broken::ShowsWhoDeclined {
                mine.declined_by.clone_from(&turn.offer.declined);
            }
        }
        Some(mine)
    }
    fn next_deadline(&self) -> Option<Timestamp> {
        self.room.next_deadline()
    }
    fn state(&self) -> &State {
        self.room.state()
    }
}

impl Mutant {
    /// As the rule would be without its question.
    fn lets_in_all_the_same(&self, moment: Moment, by: ParticipantId, action: &Action) -> Result<Outcome, Refusal> {
        let mut action = action.clone();
        if let Action::Admit { anyway, .. } = &mut action {
            *anyway = true;
        }
        let mut outcome = self.room.decide(moment, &Input::Act { by, action })?;
        for event in &mut outcome.events {
            if let What::Admitted { anyway, .. } = &mut event.what {
                *anyway = false;
            }
        }
        Ok(outcome)
    }
    fn turn(&self) -> Option<protocol::TurnId> {
        self.room.state().circles[&protocol::CircleId::MAIN]
            .floor
            .turn
            .as_ref()
            .map(|turn| turn.id)
    }
}

/// How many histories a broken rule may survive. Each falls within a handful; the bound only keeps a hopeless search short.
const PATIENCE: u64 = 1_000;

fn caught(broken: Broken) -> u8 {
    use std::cell::Cell;
    for seed in 0..PATIENCE {
        let made = Cell::new(false);
        let fresh = |pack: &std::sync::Arc<protocol::pack::Pack>| {
            let replaying = made.replace(true); // the first room lives, later ones replay
            Mutant {
                room: room_of(pack),
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
    invariant_11_catches_an_offer_that_others_see: ShowsOffersToAll => 11,
    invariant_8_catches_a_no_thank_you_that_others_see: ShowsWhoDeclined => 8,
    invariant_9_catches_a_voice_from_the_outer_circle: LetsTheOuterCircleSpeak => 9,
    invariant_5_catches_a_seat_inside_lost_with_the_line: LosesTheInnerCircle => 5,
    invariant_11_catches_an_alarm_that_others_read: ShowsWhoIsNotOk => 11,
    invariant_12_catches_a_screen_that_tells_of_something_private: TellsThatSomethingPrivateHappened => 12,
    invariant_11_catches_a_concern_that_the_person_reads: ShowsAConcern => 11,
    invariant_11_catches_a_call_that_others_read: ShowsWhomOthersCalled => 11,
    invariant_13_catches_a_look_without_a_talk: AssessesWithoutATalk => 13,
    invariant_12_catches_a_door_that_tells_who_was_refused: ShowsAtTheDoorWhoWasRefused => 12,
    invariant_11_catches_a_check_in_that_others_read: ShowsWhatOthersSaidAlone => 11,
    invariant_11_catches_a_talk_at_the_door_that_others_read: ShowsWhatIsSaidAtTheDoor => 11,
    invariant_11_catches_a_description_that_is_not_for_all: ShowsADescriptionToAll => 11,
    invariant_7_catches_a_time_out_without_its_return: ForgetsTheReturn => 7,
    invariant_14_catches_somebody_let_in_unasked: LetsInUnasked => 14,
    invariant_15_catches_an_answer_after_its_consent_was_taken_back: ForgetsThatConsentWasTakenBack => 15,
    invariant_15_catches_a_question_that_nobody_agreed_to: AsksWithoutConsent => 15,
    invariant_15_catches_a_listener_whom_somebody_minds: KeepsListening => 15,
    invariant_11_catches_a_place_that_others_read: ShowsWhereOthersAre => 11,
    invariant_2_catches_a_turn_left_behind_in_another_circle: LeavesTheTurnBehind => 2,
    invariant_11_catches_an_area_that_others_read: ShowsWhatOthersWorkOn => 11,
    invariant_5_catches_a_pair_turned_round_by_a_dropped_line: SwapsWithADroppedLine => 5,
}
