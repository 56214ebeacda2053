//! A history told twice, with what one person said in private and without it: everybody else receives the same views, byte for byte.
//!
//! Time goes on either way, and so the private input is not simply left out: the room is woken at its moment instead.

use std::collections::BTreeMap;

use protocol::pack::{ArrivalGate, Pack, Unattended};
use protocol::wire::{Action, CloseReason, ContactHow};
use protocol::{ParticipantId, Role};
use room::invariants::{text_of_mine, text_of_room};
use room::{Input, Moment, Room};

use crate::INPUTS;
use crate::common::*;
use crate::random::{Cast, Dice, opening, random_input};

/// A room that asks where people are.
fn asking_room() -> Room {
    let mut asking = Pack::clone(&pack(Unattended::Hold));
    gated(&mut asking, ArrivalGate::Full);
    room_of(&asking.into())
}

type Script = Vec<(Moment, Input)>;
/// What each person's page received: a view only where it differs from the one before, as the hub sends them.
type Received = BTreeMap<ParticipantId, Vec<String>>;

const STORIES: u64 = 400;

/// What is between one person and those who lead, or among those who lead.
fn is_private(input: &Input) -> bool {
    let Input::Act { action, .. } = input else { return false };
    matches!(
        action,
        Action::NotOk
            | Action::Acknowledge { .. }
            | Action::CloseAlarm { .. }
            | Action::AllRight
            | Action::TakeBackNotOk
            | Action::Escalate { .. }
            | Action::OnCallReached
            | Action::RaiseConcern { .. }
            | Action::NoteAnswer { .. }
            | Action::Contact { .. }
            | Action::Assess { .. }
            | Action::MakePlan { .. }
            | Action::Emergency { .. }
            | Action::TickReach { .. }
            | Action::SetArea { .. }
            | Action::FlagMeasure { .. }
            | Action::Whisper { .. }
            | Action::NeedMoreTime
            | Action::CheckIn { .. }
            | Action::ConfirmArrival { .. }
            | Action::SayAtDoor { .. }
            | Action::AnswerAtDoor { .. }
    )
}

/// A history with much that is private in it, as it was decided.
fn script(seed: u64) -> Script {
    let mut dice = Dice(seed);
    let cast = Cast::new(&mut dice);
    let mut room = asking_room();
    let (mut clock, mut script) = (0, Vec::new());
    for n in 0..INPUTS {
        clock += dice.below(40_000) as u64;
        let (somebody, other) = (cast.people[2 + dice.below(2)].0, cast.people[dice.below(2)].0);
        let input = match dice.below(8) {
            _ if n < 4 => opening(n, &cast),
            0 => Input::Act {
                by: somebody,
                action: Action::NotOk,
            },
            1 => Input::Act {
                by: other,
                action: Action::Acknowledge { participant: somebody },
            },
            2 => Input::Act {
                by: other,
                action: Action::CloseAlarm {
                    participant: somebody,
                    reason: CloseReason::LookedAfter,
                },
            },
            _ => random_input(&mut dice, &cast, room.state()),
        };
        // Two who leave for a room of their own are seen to leave: only the talk is private.
        let input = match input {
            Input::Act {
                by,
                action: Action::Contact { participant, .. },
            } => Input::Act {
                by,
                action: Action::Contact {
                    participant,
                    how: ContactHow::Phone,
                },
            },
            // Who is let in only because they answered is seen to be let in: only the answer is private.
            Input::Act {
                by,
                action: Action::Admit { participant, .. },
            } => Input::Act {
                by,
                action: Action::Admit {
                    participant,
                    anyway: true,
                },
            },
            other => other,
        };
        let moment = Moment {
            at: at(clock),
            draw: dice.next(),
        };
        takes(&mut room, moment, &input);
        script.push((moment, input));
    }
    script
}

/// The room is woken at each deadline, as by the hub, and then takes the input.
fn takes(room: &mut Room, moment: Moment, input: &Input) {
    while let Some(due) = room.next_deadline().filter(|due| *due < moment.at) {
        decided(room, Moment { at: due, ..moment }, &Input::Elapsed);
    }
    decided(room, moment, input);
}

fn decided(room: &mut Room, moment: Moment, input: &Input) {
    if let Ok(mut outcome) = room.decide(moment, input) {
        seal(&mut outcome.events);
        room.apply(&outcome.events);
    }
}

/// Tells the script, and gives what each page received and how often something private was done.
fn tell(
    script: &Script,
    with_private: bool,
    encode: impl Fn(&Room, ParticipantId) -> Option<String>,
) -> (Received, usize) {
    let mut room = asking_room();
    let (mut received, mut private) = (Received::new(), 0);
    for (moment, input) in script {
        if is_private(input) {
            private += usize::from(room.decide(*moment, input).is_ok());
        }
        let told = if is_private(input) && !with_private {
            &Input::Elapsed
        } else {
            input
        };
        takes(&mut room, *moment, told);
        let people: Vec<ParticipantId> = room.state().roster.iter().map(|(who, _)| who).collect();
        for who in people {
            // Who has no line, or leads, is not asked about here.
            let here = room.state().roster.get(who).is_some_and(|p| p.present);
            if !here || room.state().roster.role_now(who) == Some(Role::Facilitator) {
                continue;
            }
            let Some(view) = encode(&room, who) else { continue };
            let seen = received.entry(who).or_default();
            if seen.last() != Some(&view) {
                seen.push(view);
            }
        }
    }
    (received, private)
}

/// As the hub encodes a view.
fn encoded(room: &Room, who: ParticipantId) -> Option<String> {
    encoded_as(room, who, room.state().seq_for(who))
}

fn encoded_as(room: &Room, who: ParticipantId, seq: u64) -> Option<String> {
    let scene = room.view(room.audience_of(who));
    let me = room.mine(who)?;
    Some(format!("{seq} {} {}", text_of_room(&scene), text_of_mine(&me)))
}

/// Who said something private, or had it answered: their own page may well change.
fn is_the_speaker(script: &Script, who: ParticipantId) -> bool {
    script.iter().any(|(_, input)| match input {
        Input::Act { by, action } if is_private(input) => {
            let about = match action {
                Action::Acknowledge { participant }
                | Action::CloseAlarm { participant, .. }
                | Action::SetArea { participant, .. }
                | Action::AnswerAtDoor { participant, .. } => Some(*participant),
                _ => None,
            };
            *by == who || about == Some(who)
        }
        _ => false,
    })
}

/// How many pages of people whom it does not concern were compared, and how many private things were done; or who could tell.
fn compare(encode: impl Fn(&Room, ParticipantId) -> Option<String> + Copy) -> Result<(usize, usize), String> {
    let (mut pages, mut done) = (0, 0);
    for seed in 0..STORIES {
        let script = script(seed);
        let (with, private) = tell(&script, true, encode);
        let (without, _) = tell(&script, false, encode);
        done += private;
        for (who, seen) in with.iter().filter(|(who, _)| !is_the_speaker(&script, **who)) {
            pages += 1;
            if without.get(who) != Some(seen) {
                let other = without.get(who).map_or(&[][..], Vec::as_slice);
                let n = seen.iter().zip(other).take_while(|(a, b)| a == b).count();
                let (is, was) = (seen.get(n), other.get(n));
                return Err(format!("seed {seed}: {who} can tell by view {n}:\n{is:?}\n{was:?}"));
            }
        }
    }
    Ok((pages, done))
}

#[test]
fn with_and_without_the_private_channel_everybody_else_receives_the_same_bytes() {
    let (pages, private) = compare(encoded).unwrap();
    println!("{STORIES} histories told twice: {pages} pages alike, {private} private things done");
    assert!(
        pages as u64 > STORIES && private as u64 > STORIES,
        "this compared next to nothing"
    );
}

#[test]
fn the_comparison_notices_a_view_that_counts_what_is_private() {
    let journal_position = |room: &Room, who| encoded_as(room, who, room.state().seq);
    assert!(compare(journal_position).is_err());
}
