//! Which buttons there are. Every one is asked of the same judge that decides, so that the page never offers what the room refuses.

use std::collections::BTreeSet;

use protocol::pack::FloorMode;
use protocol::wire::{
    Action, Admission, Assign, Can, MeasureFlag, NoteRef, RequestKind, RevokeReason, RoundOrder, ScreenOutcome,
};
use protocol::{CircleId, ParticipantId, Private, Role};

use crate::Room;
use crate::decide::judge;
use crate::round::Went;
use crate::view;

/// What somebody can do who has not been let in.
fn at_the_door(room: &Room, who: ParticipantId) -> BTreeSet<Can> {
    let person = room.state.roster.get(who);
    let waits = person.is_some_and(|p| p.present && p.admission == Admission::Waiting);
    let may = |action: &Action| judge(&room.state, &room.pack, &room.place, who, action).is_ok();
    let asked = [
        (Can::CheckIn, is_asked_something(room, who)),
        (Can::ConfirmArrival, is_asked_where(room, who)),
        (Can::GiveConsent, agrees(room, who).0),
        (Can::WithdrawConsent, agrees(room, who).1),
        (Can::SayAtDoor, may(&Action::SayAtDoor { text: a_word() })),
        (Can::DescribeMyself, waits),
    ];
    asked.into_iter().filter(|(_, yes)| *yes).map(|(can, _)| can).collect()
}

fn a_word() -> Private<String> {
    Private("…".to_owned())
}

fn is_asked_where(room: &Room, who: ParticipantId) -> bool {
    let action = crate::arrival::example();
    judge(&room.state, &room.pack, &room.place, who, &action).is_ok()
}

/// Whether there is something to agree to, and something to take back.
fn agrees(room: &Room, who: ParticipantId) -> (bool, bool) {
    let ok = |action: &Action| judge(&room.state, &room.pack, &room.place, who, action).is_ok();
    let pairs = crate::consents::examples(&room.pack).map(|(give, withdraw)| (ok(&give), ok(&withdraw)));
    pairs.fold((false, false), |any, one| (any.0 | one.0, any.1 | one.1))
}

fn is_asked_something(room: &Room, who: ParticipantId) -> bool {
    room.pack.check_in.iter().any(|question| {
        let action = Action::CheckIn {
            question: question.clone(),
            answer: Private("…".to_owned()),
        };
        judge(&room.state, &room.pack, &room.place, who, &action).is_ok()
    })
}

/// What somebody can do now. What is beside the floor may be known already (`memo`).
pub(crate) fn can(room: &Room, who: ParticipantId, admitted: bool, beside: Option<BTreeSet<Can>>) -> BTreeSet<Can> {
    if !admitted {
        return beside.unwrap_or_else(|| at_the_door(room, who));
    }
    let mut can = beside.unwrap_or_else(|| beside_the_floor(room, who));
    can.append(&mut on_the_floor(room, who));
    can
}

/// Which buttons a turn, a round or the line can bring and take away. No other does, and so the others are kept meanwhile (`memo`).
pub(crate) fn is_on_the_floor(button: Can) -> bool {
    matches!(
        button,
        Can::Ask
            | Can::CancelRequest
            | Can::Pass
            | Can::ComeBack
            | Can::WriteInstead
            | Can::Release
            | Can::NeedMoreTime
            | Can::Offer
            | Can::WithdrawOffer
            | Can::Accept
            | Can::Decline
            | Can::Confirm
            | Can::SayAgain
            | Can::SetFloor
            | Can::GoOn
            | Can::Call
            | Can::Grant
            | Can::Deny
            | Can::OrderQueue
            | Can::Revoke
            | Can::TakeFloor
            | Can::HoldClock
            | Can::ResumeClock
            | Can::ExtendTurn
            | Can::WaitOn
            | Can::MoveOn
            | Can::StartRound
            | Can::FormPair
            | Can::SetInner
    )
}

/// The buttons of turns, rounds and the line.
fn on_the_floor(room: &Room, who: ParticipantId) -> BTreeSet<Can> {
    let state = &room.state;
    let Some((_, circle)) = state.circle_of(who) else {
        return BTreeSet::new();
    };
    let ok = |action: &Action| judge(state, &room.pack, &room.place, who, action).is_ok();
    let mut can = BTreeSet::new();
    let mut offer = |button: Can, yes: bool| {
        debug_assert!(is_on_the_floor(button), "{button:?} stands with the floor's buttons");
        if yes {
            can.insert(button);
        }
    };
    offer(
        Can::Ask,
        ok(&Action::Ask {
            kind: RequestKind::Share,
            note: None,
        }),
    );
    offer(Can::CancelRequest, ok(&Action::CancelRequest));
    offer(Can::Pass, ok(&Action::Pass));
    offer(Can::ComeBack, ok(&Action::ComeBack));
    offer(
        Can::WriteInstead,
        ok(&Action::WriteInstead {
            text: Private("…".to_owned()),
        }),
    );
    offer(Can::Release, ok(&Action::Release));
    offer(Can::NeedMoreTime, ok(&Action::NeedMoreTime));
    offer(
        Can::Offer,
        // Everybody is asked about only where there can be a stick: this is worked out for every person in every view.
        circle.floor.rules.mode == FloorMode::Stick
            && state
                .roster
                .iter()
                .any(|(participant, _)| ok(&Action::Offer { participant })),
    );
    offer(Can::WithdrawOffer, ok(&Action::WithdrawOffer));
    offer(Can::Accept, ok(&Action::Accept));
    offer(Can::Decline, ok(&Action::Decline));
    offer(Can::Confirm, ok(&Action::Confirm));
    offer(Can::SayAgain, ok(&Action::SayAgain));
    if !state.roster.leads(who) {
        return can;
    }

    let mut offer = |button: Can, yes: bool| {
        debug_assert!(is_on_the_floor(button), "{button:?} stands with the floor's buttons");
        if yes {
            can.insert(button);
        }
    };
    let people = || state.roster.iter();
    offer(Can::SetFloor, state.session.is_some());
    offer(Can::GoOn, ok(&Action::GoOn));
    offer(
        Can::Call,
        people().any(|(participant, p)| p.is_here() && ok(&Action::Call { participant })),
    );
    let line = circle.floor.queue.line();
    offer(Can::Grant, line.iter().any(|r| ok(&Action::Grant { request: r.id })));
    offer(Can::Deny, line.iter().any(|r| ok(&Action::Deny { request: r.id })));
    offer(Can::OrderQueue, line.len() > 1);
    offer(
        Can::Revoke,
        ok(&Action::Revoke {
            reason: RevokeReason::Other,
        }),
    );
    offer(Can::TakeFloor, ok(&Action::TakeFloor));
    offer(Can::HoldClock, ok(&Action::HoldClock));
    offer(Can::ResumeClock, ok(&Action::ResumeClock));
    offer(Can::ExtendTurn, ok(&Action::ExtendTurn { seconds: 60 }));
    offer(Can::WaitOn, ok(&Action::WaitOn));
    offer(Can::MoveOn, ok(&Action::MoveOn));
    offer(
        Can::StartRound,
        ok(&Action::StartRound {
            order: RoundOrder::Seats,
        }),
    );
    let two = |speaker, listener| ok(&Action::FormPair { speaker, listener });
    offer(
        Can::FormPair,
        // Every pair of people is asked about only where there can be one: this is worked out for every view.
        circle.floor.rules.mode == FloorMode::Pair
            && people().any(|(speaker, _)| people().any(|(listener, _)| two(speaker, listener))),
    );
    let inner = || people().map(|(who, _)| vec![who]).chain([Vec::new()]);
    offer(
        Can::SetInner,
        circle.floor.rules.mode == FloorMode::Fishbowl
            && inner().any(|participants| ok(&Action::SetInner { participants })),
    );
    can
}

/// All other buttons.
fn beside_the_floor(room: &Room, who: ParticipantId) -> BTreeSet<Can> {
    let state = &room.state;
    let Some((_, circle)) = state.circle_of(who) else {
        return BTreeSet::new();
    };
    let ok = |action: &Action| judge(state, &room.pack, &room.place, who, action).is_ok();
    let mut can = BTreeSet::new();
    let mut offer = |button: Can, yes: bool| {
        debug_assert!(!is_on_the_floor(button), "{button:?} stands with the other buttons");
        if yes {
            can.insert(button);
        }
    };
    offer(Can::Agree, ok(&Action::Agree));
    let roles = || room.pack.circle.iter().flat_map(|circle| &circle.roles).copied();
    offer(Can::TakeRole, roles().any(|role| ok(&Action::TakeRole { role })));
    offer(Can::LayRole, roles().any(|role| ok(&Action::LayRole { role })));
    offer(Can::StepOut, ok(&Action::StepOut));
    offer(Can::GoBack, ok(&Action::GoBack));
    offer(Can::CallHelp, ok(&Action::CallHelp));
    offer(Can::NotOk, ok(&Action::NotOk));
    offer(Can::AllRight, ok(&Action::AllRight));
    offer(Can::TakeBackNotOk, ok(&Action::TakeBackNotOk));
    offer(Can::Escalate, ok(&Action::Escalate { about: None }));
    offer(Can::OnCallReached, ok(&Action::OnCallReached));
    let everybody = || state.roster.iter().map(|(participant, _)| participant);
    offer(
        Can::RaiseConcern,
        everybody().any(|participant| ok(&Action::RaiseConcern { participant })),
    );
    offer(Can::DescribeMyself, state.roster.get(who).is_some_and(|p| p.is_here()));
    offer(Can::CheckIn, is_asked_something(room, who));
    offer(Can::ConfirmArrival, is_asked_where(room, who));
    let (gives, withdraws) = agrees(room, who);
    offer(Can::GiveConsent, gives);
    offer(Can::WithdrawConsent, withdraws);
    offer(
        Can::AnswerReady,
        [true, false].iter().any(|&ready| ok(&Action::AnswerReady { ready })),
    );
    offer(Can::Pause, ok(&Action::Pause));
    offer(Can::TimeOut, ok(&Action::TimeOut { minutes: 1 }));
    offer(Can::Resume, ok(&Action::Resume));
    offer(Can::TakeBackNote, ok(&Action::TakeBackNote { note: NoteRef::Course }));
    offer(
        Can::Signal,
        view::signal_scope(room, who, protocol::wire::SignalKind::MeToo).is_ok(),
    );
    if !state.roster.leads(who) {
        return can;
    }

    let mut offer = |button: Can, yes: bool| {
        debug_assert!(!is_on_the_floor(button), "{button:?} stands with the other buttons");
        if yes {
            can.insert(button);
        }
    };
    let people = || state.roster.iter();
    offer(
        Can::Admit,
        people().any(|(participant, p)| {
            p.admission == Admission::Waiting
                && p.present
                && ok(&Action::Admit {
                    participant,
                    anyway: true,
                })
        }),
    );
    offer(
        Can::AnswerAtDoor,
        people().any(|(participant, p)| {
            p.admission == Admission::Waiting
                && ok(&Action::AnswerAtDoor {
                    participant,
                    text: a_word(),
                })
        }),
    );
    offer(
        Can::Remove,
        people().any(|(participant, _)| ok(&Action::Remove { participant })),
    );
    offer(
        Can::NameDeputy,
        people().any(|(id, _)| ok(&Action::NameDeputy { participant: Some(id) }))
            || ok(&Action::NameDeputy { participant: None }),
    );
    offer(Can::StartSession, ok(&Action::StartSession));
    offer(Can::NextStep, ok(&Action::NextStep));
    offer(
        Can::GoToStep,
        state.session.is_some()
            && room
                .pack
                .session(state.session_number())
                .is_some_and(|s| s.steps.len() > 1),
    );
    offer(Can::ExtendStep, ok(&Action::ExtendStep { seconds: 60 }));
    let plan = state.plan(&room.pack);
    let leave_out =
        |index: usize, left_out| u16::try_from(index).is_ok_and(|index| ok(&Action::LeaveOutStep { index, left_out }));
    offer(
        Can::LeaveOutStep,
        plan.iter()
            .enumerate()
            .any(|(index, step)| leave_out(index, !step.left_out)),
    );
    let known = room.pack.sessions.iter().flat_map(|session| &session.steps).next();
    offer(
        Can::InsertStep,
        known.is_some_and(|step| {
            ok(&Action::InsertStep {
                step: step.id.clone(),
                minutes: step.minutes,
            })
        }),
    );
    offer(
        Can::SendAside,
        people().any(|(participant, _)| ok(&Action::SendAside { participant })),
    );
    offer(
        Can::BringBack,
        people().any(|(participant, _)| ok(&Action::BringBack { participant })),
    );
    let circles = || state.circles.keys().copied();
    offer(Can::Visit, circles().any(|circle| ok(&Action::Visit { circle })));
    offer(
        Can::AnswerHelp,
        circles().any(|circle| ok(&Action::AnswerHelp { circle })),
    );
    let open_rooms = |assign| {
        ok(&Action::OpenRooms {
            assign,
            mode: None,
            minutes: None,
            turn_seconds: None,
        })
    };
    let alone = || people().map(|(who, _)| Assign::Hand(vec![vec![who]]));
    offer(Can::OpenRooms, open_rooms(Assign::Unmet) || alone().any(open_rooms));
    let together = |participant, with| ok(&Action::SitTogether { participant, with });
    offer(
        Can::SitTogether,
        people()
            .filter(|(_, p)| !p.present && p.beside.is_none())
            .any(|(participant, _)| people().any(|(with, _)| together(participant, with))),
    );
    offer(
        Can::SitApart,
        people().any(|(participant, _)| ok(&Action::SitApart { participant })),
    );
    offer(
        Can::Whisper,
        ok(&Action::Whisper {
            about: Some(who),
            text: None,
        }),
    );
    offer(Can::ExtendRooms, ok(&Action::ExtendRooms { seconds: 60 }));
    offer(Can::CallBack, ok(&Action::CallBack));
    offer(
        Can::Acknowledge,
        people().any(|(participant, _)| ok(&Action::Acknowledge { participant })),
    );
    for (button, actions) in crate::safety::targets(state) {
        offer(button, actions.iter().any(ok));
    }
    let mut cards = room.place.precautions.cards.keys();
    offer(
        Can::SetCountry,
        room.pack.setting != protocol::pack::Setting::Circle
            && cards.any(|&country| ok(&Action::SetCountry { country })),
    );
    offer(Can::SpreadTime, ok(&Action::SpreadTime));
    offer(Can::AskReady, ok(&Action::AskReady));
    offer(Can::CloseReady, ok(&Action::CloseReady));
    offer(Can::EndSession, ok(&Action::EndSession));
    offer(Can::KeepPause, ok(&Action::KeepPause));
    let step = crate::prompts::current_step(state, &room.pack, circle);
    offer(
        Can::PushPrompt,
        step.is_some_and(|_| {
            // Any step's prompt will do; the library offers them all.
            let steps = room.pack.sessions.iter().flat_map(|session| &session.steps);
            let mut prompts = steps.flat_map(|step| &step.prompts);
            prompts.any(|p| ok(&Action::PushPrompt { prompt: p.id.clone() }))
        }),
    );
    offer(Can::ClearPrompt, ok(&Action::ClearPrompt));
    offer(Can::LockNote, true);
    let areas = || protocol::pack::Area::ALL.into_iter().map(Some).chain([None]);
    offer(
        Can::SetArea,
        people().any(|(participant, _)| areas().any(|area| ok(&Action::SetArea { participant, area }))),
    );
    let flags = || [Some(MeasureFlag::New), None].into_iter();
    offer(
        Can::FlagMeasure,
        people().any(|(participant, _)| flags().any(|flag| ok(&Action::FlagMeasure { participant, flag }))),
    );
    offer(
        Can::SetOwnWords,
        crate::own_words::any_step(&room.pack).is_some_and(|step| {
            ok(&Action::SetOwnWords {
                step: step.clone(),
                text: Some(Private("…".to_owned())),
            })
        }),
    );
    let outcomes = [ScreenOutcome::Suitable, ScreenOutcome::Undecided];
    offer(
        Can::RecordScreen,
        room.pack.separate_screens
            && people().any(|(participant, _)| {
                outcomes.iter().any(|&outcome| {
                    ok(&Action::RecordScreen {
                        participant,
                        outcome,
                        words: None,
                    })
                })
            }),
    );
    offer(
        Can::ChooseSecrets,
        (room.pack.secrets.iter()).any(|key| ok(&Action::ChooseSecrets { key: key.clone() })),
    );
    can
}

/// What a seat shows.
pub(crate) fn seat_state(
    room: &Room,
    circle: CircleId,
    who: ParticipantId,
    next: Option<ParticipantId>,
) -> protocol::wire::SeatState {
    use protocol::wire::SeatState;
    let elsewhere = room.state.roster.get(who).is_some_and(|p| p.circle != circle);
    if elsewhere {
        return SeatState::Aside;
    }
    let Some(circle) = room.state.circles.get(&circle) else {
        return SeatState::Quiet;
    };
    let floor = &circle.floor;
    if floor.is_held_by(who) {
        return SeatState::Floor;
    }
    if next == Some(who) {
        return SeatState::Next;
    }
    if floor.pair.is_some_and(|pair| pair.listener == who) {
        return SeatState::Listens;
    }
    if floor.is_inside(who) {
        return SeatState::Inside;
    }
    if floor.rules.mode == FloorMode::Round
        && let Some(round) = &floor.round
        && round.includes(who)
    {
        return match round.went(who) {
            None => SeatState::Waiting,
            Some(Went::Spoke) => SeatState::Spoke,
            Some(Went::Passed) => SeatState::Passed,
            Some(Went::Postponed) => SeatState::ComesBack,
            Some(Went::Wrote) => SeatState::Wrote,
        };
    }
    let observer = room.state.roster.role_now(who) == Some(Role::Observer);
    if !observer && floor.queue.of(who).is_some() {
        SeatState::Asked
    } else {
        SeatState::Quiet
    }
}
