//! The buttons a page shows are what the room accepts, in every state that a random history comes through.

use protocol::pack::Unattended;
use protocol::wire::*;
use protocol::{ParticipantId, Private};
use room::{Input, Moment};

use crate::INPUTS;
use crate::common::*;
use crate::random::{Cast, Dice, opening, random_input};

#[test]
fn what_is_offered_is_accepted_and_what_is_not_offered_is_refused() {
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let cast = Cast::new(&mut dice);
        let circle = seed % 4 == 3;
        let mut room = room_of(&pack(if circle { Unattended::Continue } else { Unattended::Hold }));
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

/// The buttons of the safety flow name somebody: one is there exactly when it would do for anybody.
#[test]
fn what_can_be_done_about_somebody_is_offered_exactly_when_it_would_do() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..600 {
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
            let by = cast.people[n % cast.people.len()].0;
            let here = room.state().roster.get(by).is_some_and(|person| person.is_here());
            let Some(mine) = room.mine(by).filter(|_| here) else {
                continue;
            };
            for button in SAFETY {
                let would_do = cast
                    .people
                    .iter()
                    .flat_map(|(who, _)| about(button, *who))
                    .any(|action| {
                        let input = Input::Act { by, action };
                        room.decide(now, &input).is_ok()
                    });
                assert_eq!(
                    mine.can.contains(&button),
                    would_do,
                    "seed {seed} input {n}: {by} {button:?}"
                );
                if would_do {
                    seen.insert(button);
                }
            }
        }
    }
    assert_eq!(seen.len(), SAFETY.len(), "every button was there once: {seen:?}");
}

const SAFETY: [Can; 9] = [
    Can::RaiseConcern,
    Can::NoteAnswer,
    Can::Acknowledge,
    Can::Contact,
    Can::Assess,
    Can::MakePlan,
    Can::Emergency,
    Can::TickReach,
    Can::CloseAlarm,
];

fn about(button: Can, participant: ParticipantId) -> Vec<Action> {
    let text = || Private("word".to_owned());
    match button {
        Can::RaiseConcern => vec![Action::RaiseConcern { participant }],
        Can::NoteAnswer => vec![Action::NoteAnswer {
            participant,
            before: None,
            now: 1,
        }],
        Can::Acknowledge => vec![Action::Acknowledge { participant }],
        Can::Contact => [ContactHow::Phone, ContactHow::SideRoom]
            .map(|how| Action::Contact { participant, how })
            .to_vec(),
        Can::Assess => vec![Action::Assess {
            participant,
            text: text(),
        }],
        Can::MakePlan => vec![Action::MakePlan {
            participant,
            plan: text(),
            contacts: None,
            next_check: text(),
        }],
        Can::Emergency => vec![Action::Emergency { participant }],
        Can::TickReach => [ReachStep::CallBack, ReachStep::EmergencyContact, ReachStep::Service]
            .map(|step| Action::TickReach { participant, step })
            .to_vec(),
        _ => [CloseReason::Mistake, CloseReason::LookedAfter, CloseReason::HandedOn]
            .map(|reason| Action::CloseAlarm { participant, reason })
            .to_vec(),
    }
}

fn plain_buttons() -> Vec<(Can, Action)> {
    vec![
        (Can::StartSession, Action::StartSession),
        (Can::NextStep, Action::NextStep),
        (Can::ExtendStep, Action::ExtendStep { seconds: 60 }),
        (Can::Agree, Action::Agree),
        (Can::StepOut, Action::StepOut),
        (Can::GoBack, Action::GoBack),
        (Can::CallHelp, Action::CallHelp),
        (Can::CallBack, Action::CallBack),
        (Can::NotOk, Action::NotOk),
        (Can::AllRight, Action::AllRight),
        (Can::TakeBackNotOk, Action::TakeBackNotOk),
        (Can::Escalate, Action::Escalate { about: None }),
        (Can::OnCallReached, Action::OnCallReached),
        (Can::SpreadTime, Action::SpreadTime),
        (Can::AskReady, Action::AskReady),
        (Can::CloseReady, Action::CloseReady),
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
        (
            Can::StartRound,
            Action::StartRound {
                order: RoundOrder::Seats,
            },
        ),
        (Can::WithdrawOffer, Action::WithdrawOffer),
        (Can::Accept, Action::Accept),
        (Can::Decline, Action::Decline),
        (Can::Confirm, Action::Confirm),
        (Can::SayAgain, Action::SayAgain),
        (Can::Pause, Action::Pause),
        (Can::TimeOut, Action::TimeOut { minutes: 5 }),
        (Can::KeepPause, Action::KeepPause),
        (Can::Resume, Action::Resume),
        (Can::ClearPrompt, Action::ClearPrompt),
        (Can::TakeBackNote, Action::TakeBackNote { note: NoteRef::Course }),
    ]
}
