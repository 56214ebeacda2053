//! What is kept of people's screens is what would be worked out anew, after every input of a random history; and a table that calls an event
//! smaller than it is, is caught.

use std::collections::BTreeMap;

use protocol::ParticipantId;
use protocol::pack::Unattended;
use protocol::wire::ServerMessage;
use room::event::What;
use room::reach::{Moves, moves};
use room::{Input, Moment, Room, Screen, State, Table};

use crate::common::*;
use crate::random::{
    Cast, Dice, OPENING_OF_A_COUPLE, about_consents, opening, opening_of_a_couple, random_input, seen_alone,
    time_out_of_a_couple,
};
use crate::{INPUTS, gated_or_not};

/// What somebody reads of a screen: the message.
fn text(room: &Room, screen: &Screen, who: ParticipantId) -> Vec<u8> {
    [&room.shared_text(screen)[..], &room.own_text(who).concat()].concat()
}

/// What each person saw last.
type Seen = BTreeMap<ParticipantId, (Screen, Vec<u8>)>;

#[derive(Default)]
struct Tally {
    screens: usize,
    /// Screens that had changed.
    changed: usize,
}

/// Compares everybody's screen with one that a room which has kept nothing works out.
fn is_as_if_worked_out_anew(room: &mut Room, seen: &mut Seen, tally: &mut Tally, parsed: bool) -> Result<(), String> {
    let mut anew = room.clone().moved_by(|_, _| Moves::Everything);
    let people: Vec<ParticipantId> = room.state().roster.iter().map(|(who, _)| who).collect();
    for who in people {
        let screen = room.screen(who).unwrap();
        let shown = text(room, &screen, who);
        let fresh = anew.screen(who).unwrap();
        let fresh = text(&anew, &fresh, who);
        if shown != fresh {
            let at = shown.iter().zip(&fresh).take_while(|(one, other)| one == other).count();
            let around = |text: &[u8]| {
                let from = &text[at.saturating_sub(120)..text.len().min(at + 120)];
                String::from_utf8_lossy(from).into_owned()
            };
            return Err(format!(
                "{who} is shown …{}… and there is …{}…",
                around(&shown),
                around(&fresh)
            ));
        }
        if parsed {
            let message = ServerMessage::View {
                seq: room.state().seq_for(who),
                room: room.view(room.audience_of(who)),
                me: room.mine(who).unwrap(),
            };
            assert_eq!(serde_json::from_slice::<ServerMessage>(&shown).unwrap(), message);
        }
        tally.screens += 1;
        if !room.state().roster.get(who).is_some_and(|person| person.present) {
            seen.remove(&who); // whoever comes back is shown everything
            continue;
        }
        let before = seen.insert(who, (screen.clone(), shown.clone()));
        if let Some((last, text)) = before {
            let same = (last.shared, last.own) == (screen.shared, screen.own);
            assert_eq!(same, text == shown, "{who}: the same number is the same text");
            tally.changed += usize::from(!same);
        }
    }
    Ok(())
}

fn history(seed: u64, table: Table, tally: &mut Tally) -> Result<(), String> {
    let mut dice = Dice(seed);
    let couple = seed % 7 == 5;
    let pack = if couple {
        couples_pack()
    } else {
        pack(if seed % 4 == 3 {
            Unattended::Continue
        } else {
            Unattended::Hold
        })
    };
    let pack = gated_or_not(seed, &pack);
    let cast = Cast::new(&mut dice);
    let mut room = room_of(&pack).moved_by(table);
    let mut seen = Seen::new();
    let mut clock = 0;
    for n in 0..INPUTS {
        clock += dice.below(60_000) as u64;
        let input = if couple && n < OPENING_OF_A_COUPLE {
            opening_of_a_couple(n, &cast)
        } else if n < 4 {
            opening(n, &cast)
        } else if !pack.consents.is_empty() && dice.one_in(5) {
            about_consents(&mut dice, &cast, &pack, room.state())
        } else if couple && dice.one_in(12) {
            seen_alone(&mut dice, &cast, room.state())
        } else if couple && dice.one_in(20) {
            time_out_of_a_couple(&mut dice, &cast)
        } else {
            random_input(&mut dice, &cast, room.state())
        };
        let moment = Moment {
            at: at(clock),
            draw: dice.next(),
        };
        let Ok(mut outcome) = room.decide(moment, &input) else {
            continue;
        };
        seal(&mut outcome.events);
        room.apply(&outcome.events);
        if let Input::Erase { participant, .. } = &input {
            seen.remove(participant);
        }
        is_as_if_worked_out_anew(&mut room, &mut seen, tally, n % 16 == 15)
            .map_err(|why| format!("seed {seed}, input {n}, {input:?}: {why}"))?;
    }
    Ok(())
}

#[test]
fn every_screen_that_is_kept_is_what_would_be_worked_out_anew() {
    let mut tally = Tally::default();
    for seed in 0..200 {
        history(seed, moves, &mut tally).unwrap_or_else(|why| panic!("{why}"));
    }
    println!("{} screens compared, {} of them new", tally.screens, tally.changed);
    assert!(tally.changed > tally.screens / 10 && tally.changed < tally.screens);
}

fn caught(table: Table) {
    let found = (0..2_000).find_map(|seed| history(seed, table, &mut Tally::default()).err());
    println!(
        "{}",
        found.expect("a table that is wrong is caught").lines().next().unwrap()
    );
}

#[test]
fn a_turn_taken_for_a_place_in_line_is_caught() {
    caught(|before: &State, what: &What| match what {
        What::TurnGranted { .. } => Moves::Line(None),
        _ => moves(before, what),
    });
}

#[test]
fn a_pause_taken_for_a_turn_is_caught() {
    caught(|before: &State, what: &What| match what {
        What::Paused { .. } => Moves::Floor,
        _ => moves(before, what),
    });
}

#[test]
fn a_question_to_everybody_taken_for_a_turn_is_caught() {
    caught(|before: &State, what: &What| match what {
        What::ReadyAsked {} => Moves::Floor,
        _ => moves(before, what),
    });
}

#[test]
fn a_person_let_in_taken_for_a_place_in_line_is_caught() {
    caught(|before: &State, what: &What| match what {
        What::Admitted { participant, .. } => Moves::Line(Some(*participant)),
        _ => moves(before, what),
    });
}

#[test]
fn a_consent_taken_for_a_turn_is_caught() {
    caught(|before: &State, what: &What| match what {
        What::ConsentGiven { .. } => Moves::Floor,
        _ => moves(before, what),
    });
}

#[test]
fn a_consent_taken_back_that_is_taken_for_a_turn_is_caught() {
    caught(|before: &State, what: &What| match what {
        What::ConsentTakenBack { .. } => Moves::Floor,
        _ => moves(before, what),
    });
}

#[test]
fn a_word_at_the_door_taken_for_a_place_in_line_is_caught() {
    caught(|before: &State, what: &What| match what {
        What::SaidAtDoor { participant, .. } => Moves::Line(Some(*participant)),
        _ => moves(before, what),
    });
}

#[test]
fn what_somebody_says_of_themselves_taken_for_a_place_in_line_is_caught() {
    caught(|before: &State, what: &What| match what {
        What::DescribedThemselves { .. } => Moves::Line(None),
        _ => moves(before, what),
    });
}
