//! Whether the floor went to whom the mode owes it, judged by what people saw. One function a mode, each a small model of its own.

use std::collections::VecDeque;

use super::ledger::{Answer, Deed, Entry, Ledger, Objection, object};
use crate::rttm::Speaker;
use protocol::wire::RefusalCode;

/// Who asked first speaks first, at once where the floor is free.
pub fn first_come_first_served(ledger: &Ledger) -> Result<(), Objection> {
    in_line(ledger, true)
}

/// Who asked first is given the floor first, by a facilitator who gives it to whoever is next.
pub fn granted_by_the_chair(ledger: &Ledger) -> Result<(), Objection> {
    in_line(ledger, false)
}

/// Everybody who waits knows their place, and only who is first in line is given the floor.
fn in_line(ledger: &Ledger, at_once: bool) -> Result<(), Objection> {
    let mut line: VecDeque<Speaker> = VecDeque::new();
    let mut holder: Option<Speaker> = None;
    for entry in &ledger.entries {
        let Entry::Did { at, who, deed } = *entry else {
            return object(format!("a round began at {}", entry.at()));
        };
        match deed {
            Deed::Asked(answer) => {
                line.push_back(who);
                let expected = match holder {
                    None if at_once && line.len() == 1 => Answer::AtOnce,
                    _ => Answer::Waits(u32::try_from(line.len()).unwrap_or(u32::MAX)),
                };
                if answer != expected {
                    return object(format!(
                        "at {at} {who:?} asked and was told {answer:?}, not {expected:?}"
                    ));
                }
            }
            Deed::Has => {
                if let Some(other) = holder {
                    return object(format!("at {at} {who:?} has the floor that {other:?} has"));
                }
                if line.pop_front() != Some(who) {
                    return object(format!("at {at} {who:?} has the floor and was not first in line"));
                }
                holder = Some(who);
            }
            Deed::Spoke if holder == Some(who) => holder = None,
            Deed::Cancelled if line.contains(&who) => line.retain(|&other| other != who),
            Deed::Spoke | Deed::Passed | Deed::Cancelled | Deed::SaysBack | Deed::SaidBack => {
                return object(format!("at {at} {who:?} {deed:?}, which does not follow"));
            }
        }
    }
    match line.front() {
        None => Ok(()),
        Some(who) => object(format!("{who:?} waits for ever")),
    }
}

/// Everybody goes once in a round, in the order of the seats; asking changes nothing, and everybody knows their place or that they went.
pub fn once_in_a_round(ledger: &Ledger) -> Result<(), Objection> {
    let seats = || (0..ledger.people).map(Speaker).collect::<VecDeque<_>>();
    let mut to_come = seats();
    let mut holder: Option<Speaker> = None;
    let mut began = false;
    for entry in &ledger.entries {
        let (at, who, deed) = match *entry {
            Entry::Did { at, who, deed } => (at, who, deed),
            Entry::RoundBegan { at } => {
                if began && !(to_come.is_empty() && holder.is_none()) {
                    return object(format!(
                        "at {at} a round began before everybody went in the last: {to_come:?} did not"
                    ));
                }
                (began, to_come) = (true, seats());
                continue;
            }
        };
        match deed {
            Deed::Asked(answer) => {
                // Between two rounds nobody has a place.
                let place = to_come.iter().position(|&other| other == who);
                let place = place.and_then(|index| u32::try_from(index + 1).ok());
                match answer {
                    Answer::Refused(_, told) if told == place => {}
                    _ => {
                        return object(format!(
                            "at {at} {who:?} asked and was told {answer:?}; the place is {place:?}"
                        ));
                    }
                }
            }
            Deed::Has => {
                if !began || holder.is_some() {
                    return object(format!("at {at} {who:?} has a floor that is not free to be given"));
                }
                if to_come.pop_front() != Some(who) {
                    return object(format!("at {at} {who:?} has the floor out of turn"));
                }
                holder = Some(who);
            }
            Deed::Spoke | Deed::Passed if holder == Some(who) => holder = None,
            Deed::Spoke | Deed::Passed | Deed::Cancelled | Deed::SaysBack | Deed::SaidBack => {
                return object(format!("at {at} {who:?} {deed:?}, which does not follow"));
            }
        }
    }
    if began && !to_come.is_empty() {
        return object(format!("the last round ended without {to_come:?}"));
    }
    Ok(())
}

/// Nobody needs the floor to speak: hands go up and down, each at its place among those that are up.
pub fn nobody_has_the_floor(ledger: &Ledger) -> Result<(), Objection> {
    let has = |entry: &&Entry| matches!(entry, Entry::Did { deed: Deed::Has, .. });
    match ledger.entries.iter().find(has) {
        None => in_line(ledger, false),
        Some(entry) => object(format!("somebody has the floor: {entry:?}")),
    }
}

/// Whoever asks is told that this is a silence, and only whoever leads has the floor.
pub fn only_who_leads(ledger: &Ledger) -> Result<(), Objection> {
    for entry in &ledger.entries {
        match *entry {
            Entry::Did {
                deed: Deed::Asked(Answer::Refused(RefusalCode::Silence, None)),
                ..
            } => {}
            Entry::Did {
                who,
                deed: Deed::Has | Deed::Spoke,
                ..
            } if who.0 == ledger.people => {}
            other => return object(format!("{other:?} in a silence")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::wire::RefusalCode::{Silence, WrongMode};

    const BEGAN: Entry = Entry::RoundBegan { at: 0 };

    fn ledger(entries: &[Entry]) -> Ledger {
        let (people, entries) = (3, entries.to_vec());
        let voices = Vec::new();
        Ledger {
            people,
            entries,
            voices,
        }
    }
    fn did(who: usize, deed: Deed) -> Entry {
        let (at, who) = (0, Speaker(who));
        Entry::Did { at, who, deed }
    }
    fn has(who: usize) -> Entry {
        did(who, Deed::Has)
    }
    fn spoke(who: usize) -> Entry {
        did(who, Deed::Spoke)
    }
    fn asked(who: usize, answer: Answer) -> Entry {
        did(who, Deed::Asked(answer))
    }

    /// Zero speaks, One and Two wait, One gives up.
    fn a_queue() -> Vec<Entry> {
        vec![
            asked(0, Answer::AtOnce),
            has(0),
            asked(1, Answer::Waits(1)),
            asked(2, Answer::Waits(2)),
            did(1, Deed::Cancelled),
            spoke(0),
            has(2),
            spoke(2),
        ]
    }
    /// Zero speaks, One passes, Two speaks.
    fn a_round() -> Vec<Entry> {
        vec![BEGAN, has(0), spoke(0), has(1), did(1, Deed::Passed), has(2), spoke(2)]
    }
    fn changed(mut entries: Vec<Entry>, change: impl FnOnce(&mut Vec<Entry>)) -> Ledger {
        change(&mut entries);
        ledger(&entries)
    }

    #[test]
    fn a_fair_queue_is_fair_and_a_fair_round_too() {
        assert_eq!(first_come_first_served(&ledger(&a_queue())), Ok(()));
        assert_eq!(once_in_a_round(&ledger(&a_round())), Ok(()));
        let again = [a_round(), a_round()].concat();
        assert_eq!(once_in_a_round(&ledger(&again)), Ok(()));
        assert!(once_in_a_round(&ledger(&a_queue())).is_err() && first_come_first_served(&ledger(&a_round())).is_err());
    }

    #[test]
    fn a_floor_where_nobody_needs_one_and_a_hand_out_of_order_are_objected_to() {
        let hands = vec![
            asked(0, Answer::Waits(1)),
            asked(2, Answer::Waits(2)),
            did(0, Deed::Cancelled),
            asked(1, Answer::Waits(2)),
            did(1, Deed::Cancelled),
            did(2, Deed::Cancelled),
        ];
        assert_eq!(nobody_has_the_floor(&ledger(&hands)), Ok(()));
        let given = changed(hands.clone(), |all| all[2] = has(0));
        assert!(nobody_has_the_floor(&given).unwrap_err().0.contains("has the floor"));
        let misplaced = changed(hands.clone(), |all| all[3] = asked(1, Answer::Waits(1)));
        assert!(nobody_has_the_floor(&misplaced).unwrap_err().0.contains("Waits(2)"));
        let left_up = changed(hands, |all| all.truncate(4));
        assert!(nobody_has_the_floor(&left_up).is_err());
    }

    #[test]
    fn a_voice_in_a_silence_is_objected_to_unless_it_leads() {
        let told = |code, place| asked(0, Answer::Refused(code, place));
        let still = vec![told(Silence, None), has(3), spoke(3)];
        assert_eq!(only_who_leads(&ledger(&still)), Ok(()));
        for wrong in [
            has(2),
            told(WrongMode, None),
            told(Silence, Some(1)),
            asked(0, Answer::AtOnce),
            asked(0, Answer::Waits(1)),
            did(0, Deed::Cancelled),
        ] {
            let broken = changed(still.clone(), |all| all[0] = wrong);
            assert!(
                only_who_leads(&broken).unwrap_err().0.contains("in a silence"),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn who_jumps_the_queue_is_objected_to() {
        let jumped = changed(a_queue(), |all| {
            all.remove(4); // One still waits when Two is given the floor
        });
        assert!(
            first_come_first_served(&jumped)
                .unwrap_err()
                .0
                .contains("not first in line")
        );
    }

    #[test]
    fn a_wrong_place_in_line_is_objected_to() {
        let wrong = changed(a_queue(), |all| all[3] = asked(2, Answer::Waits(1)));
        assert!(first_come_first_served(&wrong).unwrap_err().0.contains("Waits(2)"));
        let made_to_wait = changed(a_queue(), |all| all[0] = asked(0, Answer::Waits(1)));
        assert!(first_come_first_served(&made_to_wait).is_err(), "with the floor free");
        assert_eq!(
            granted_by_the_chair(&made_to_wait),
            Ok(()),
            "everybody waits for the chair"
        );
        assert!(granted_by_the_chair(&ledger(&a_queue())).is_err(), "nobody gave it");
    }

    #[test]
    fn who_waits_for_ever_and_who_has_what_another_has_is_objected_to() {
        let forgotten = changed(a_queue(), |all| all.truncate(6));
        assert!(first_come_first_served(&forgotten).unwrap_err().0.contains("for ever"));
        let both = changed(a_queue(), |all| {
            all.remove(5);
        });
        assert!(
            first_come_first_served(&both)
                .unwrap_err()
                .0
                .contains("that Speaker(0) has")
        );
    }

    #[test]
    fn a_second_go_a_go_out_of_turn_and_a_missed_go_are_objected_to() {
        let twice = changed(a_round(), |all| all.extend([has(0), spoke(0)]));
        assert!(once_in_a_round(&twice).unwrap_err().0.contains("out of turn"));
        let swapped = changed(a_round(), |all| (all[1], all[2]) = (has(1), spoke(1)));
        assert!(once_in_a_round(&swapped).unwrap_err().0.contains("out of turn"));
        let missed = changed(a_round(), |all| all.truncate(5));
        assert!(once_in_a_round(&missed).unwrap_err().0.contains("without"));
        let early = changed(a_round(), |all| {
            all.truncate(5);
            all.push(BEGAN);
        });
        assert!(once_in_a_round(&early).unwrap_err().0.contains("before everybody went"));
        let unbegun = changed(a_round(), |all| {
            all.remove(0);
        });
        assert!(once_in_a_round(&unbegun).is_err());
    }

    #[test]
    fn in_a_round_a_place_is_kept_until_one_went() {
        let told = |who, place| asked(who, Answer::Refused(WrongMode, place));
        let right = changed(a_round(), |all| {
            all.insert(2, told(2, Some(2)));
            all.insert(6, told(0, None));
        });
        assert_eq!(once_in_a_round(&right), Ok(()));
        for wrong in [
            told(2, Some(1)),
            told(2, None),
            told(0, Some(1)),
            asked(2, Answer::Waits(2)),
        ] {
            let ledger = changed(a_round(), |all| all.insert(2, wrong));
            assert!(once_in_a_round(&ledger).is_err(), "{wrong:?}");
        }
    }
}
