//! The table's rules, one by one and in random histories.

use super::*;
use crate::scene::Presence;
use protocol::CircleId;

/// One rule broken on purpose, so that the checks below can be seen to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    CarriesTheWithheld,
    HearsOtherCircles,
    FillsNoSlots,
}

const ROOM: RoomId = RoomId::from_bits(1);
const SIDE: CircleId = CircleId(7);

fn who(n: u64) -> ParticipantId {
    ParticipantId::from_bits(u128::from(n))
}

fn here(circle: CircleId, voice: Voice) -> Presence {
    Presence {
        circle,
        voice,
        seen: true,
        first: false,
    }
}

/// A room of people 1 to `n`, each with a page of the same number that sends both kinds and listens on enough lines.
fn table_of(n: u64) -> (Table, Scene) {
    let mut table = Table::default();
    let mut scene = Scene::default();
    for number in 1..=n {
        let peer = PeerId(number);
        table.joins(ROOM, peer, who(number)).unwrap();
        for kind in Kind::ALL {
            table.sends(peer, kind);
            for _ in 1..n {
                table.listens(peer, kind).unwrap();
            }
        }
        scene.people.insert(who(number), here(CircleId::MAIN, Voice::Carried));
    }
    table.shows(ROOM, scene.clone());
    (table, scene)
}

fn hears(table: &Table, listener: u64, speaker: u64, kind: Kind) -> bool {
    let to = table.carried_to(PeerId(speaker), kind);
    to.iter().any(|&(peer, _)| peer == PeerId(listener))
}

#[test]
fn in_one_circle_everybody_hears_and_sees_everybody_else_and_not_themselves() {
    let (table, _) = table_of(4);
    for kind in Kind::ALL {
        for speaker in 1..=4 {
            for listener in 1..=4 {
                assert_eq!(hears(&table, listener, speaker, kind), listener != speaker);
            }
        }
    }
}

#[test]
fn a_withheld_voice_reaches_nobody_and_the_picture_stays() {
    let (mut table, mut scene) = table_of(3);
    scene.people.insert(who(1), here(CircleId::MAIN, Voice::Withheld));
    table.shows(ROOM, scene);
    assert_eq!(table.voice(PeerId(1)), Voice::Withheld);
    assert!(!hears(&table, 2, 1, Kind::Sound) && !hears(&table, 3, 1, Kind::Sound));
    assert!(hears(&table, 2, 1, Kind::Picture) && hears(&table, 1, 2, Kind::Sound));
}

#[test]
fn a_side_room_and_the_circle_hear_nothing_of_each_other() {
    let (mut table, mut scene) = table_of(4);
    for aside in [3, 4] {
        scene.people.insert(who(aside), here(SIDE, Voice::Carried));
    }
    table.shows(ROOM, scene);
    for kind in Kind::ALL {
        assert!(hears(&table, 1, 2, kind) && hears(&table, 4, 3, kind));
        for (one, other) in [(1, 3), (1, 4), (2, 3), (2, 4)] {
            assert!(!hears(&table, one, other, kind) && !hears(&table, other, one, kind));
        }
    }
}

#[test]
fn who_is_not_in_the_scene_neither_hears_nor_is_heard() {
    let (mut table, mut scene) = table_of(3);
    scene.people.remove(&who(2));
    table.shows(ROOM, scene);
    for kind in Kind::ALL {
        assert!(
            table.carried_to(PeerId(2), kind).is_empty() && !hears(&table, 2, 1, kind) && hears(&table, 3, 1, kind)
        );
    }
}

#[test]
fn rooms_are_apart_even_for_the_same_person() {
    let (mut table, scene) = table_of(2);
    let other = RoomId::from_bits(2);
    table.joins(other, PeerId(9), who(1)).unwrap();
    table.listens(PeerId(9), Kind::Sound).unwrap();
    table.shows(other, scene);
    assert_eq!(table.carried_to(PeerId(2), Kind::Sound), [(PeerId(1), 0)]);
}

#[test]
fn a_second_window_takes_over_from_the_first() {
    let (mut table, _) = table_of(2);
    assert_eq!(table.joins(ROOM, PeerId(5), who(1)), Ok(Some(PeerId(1))));
    assert_eq!(table.room_of(PeerId(1)), None);
    assert!(table.carried_to(PeerId(1), Kind::Sound).is_empty());
}

#[test]
fn a_room_takes_sixteen_and_a_page_so_many_slots() {
    let (mut table, _) = table_of(u64::try_from(PEERS_PER_ROOM).unwrap());
    assert_eq!(table.joins(ROOM, PeerId(99), who(99)), Err(Full));
    assert_eq!(table.listens(PeerId(1), Kind::Sound), Err(Full));
    table.leaves(PeerId(3));
    assert_eq!(table.joins(ROOM, PeerId(99), who(99)), Ok(None));
}

#[test]
fn with_too_few_slots_whoever_has_the_floor_is_heard_first_and_others_keep_theirs() {
    let mut table = Table::default();
    let mut scene = Scene::default();
    for number in 1..=4 {
        table.joins(ROOM, PeerId(number), who(number)).unwrap();
        table.sends(PeerId(number), Kind::Picture);
        scene.people.insert(who(number), here(CircleId::MAIN, Voice::Carried));
    }
    for _ in 0..2 {
        table.listens(PeerId(1), Kind::Picture).unwrap();
    }
    table.shows(ROOM, scene.clone());
    let seen = |table: &Table| {
        table
            .heard_in(PeerId(1), Kind::Picture)
            .into_iter()
            .flatten()
            .map(|(p, _)| p.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&table), [2, 3]);
    scene.people.get_mut(&who(4)).unwrap().first = true;
    table.shows(ROOM, scene);
    assert_eq!(seen(&table), [2, 4], "the one who was shown stays where they were");
}

#[test]
fn nothing_is_kept_of_a_room_that_everybody_left() {
    let (mut table, _) = table_of(3);
    for peer in 1..=3 {
        table.leaves(PeerId(peer));
    }
    assert!(table.halls.is_empty() && table.rooms.is_empty());
    table.shows(ROOM, Scene::default());
    assert!(table.halls.is_empty());
}

// --- random histories ---

/// What the table must have after every step, told without it.
#[derive(Default)]
struct Truth {
    scenes: BTreeMap<RoomId, Scene>,
    pages: BTreeMap<PeerId, (RoomId, ParticipantId)>,
    sends: std::collections::BTreeSet<(PeerId, Kind)>,
    slots: BTreeMap<(PeerId, Kind), usize>,
}

impl Truth {
    fn ends(&mut self, peer: PeerId) {
        self.pages.remove(&peer);
        self.sends.retain(|&(other, _)| other != peer);
        self.slots.retain(|&(other, _), _| other != peer);
    }

    /// The invariants: nobody hears whom they may not, nobody twice, and whoever may be heard is, where there are slots enough.
    fn holds(&self, table: &Table) -> Result<(), String> {
        for (&from, &(room, speaker)) in &self.pages {
            for kind in Kind::ALL {
                let to = table.carried_to(from, kind);
                for &(listener, slot) in &to {
                    let &(other_room, hearer) = self.pages.get(&listener).ok_or("to a page that left")?;
                    let allowed = self
                        .scenes
                        .get(&room)
                        .is_some_and(|scene| scene.allows(speaker, hearer, kind));
                    if room != other_room || !allowed {
                        return Err(format!("{hearer} is carried {kind:?} of {speaker} and may not be"));
                    }
                    if to.iter().filter(|(other, _)| *other == listener).count() > 1
                        || slot >= self.slots[&(listener, kind)]
                    {
                        return Err("one page, one slot".to_owned());
                    }
                }
                if !self.sends.contains(&(from, kind)) {
                    continue;
                }
                for (&listener, &(_, hearer)) in self.pages.iter().filter(|(_, page)| page.0 == room) {
                    let allowed = self
                        .scenes
                        .get(&room)
                        .is_some_and(|scene| scene.allows(speaker, hearer, kind));
                    let enough = self.slots.get(&(listener, kind)).is_some_and(|&n| n >= 5);
                    if allowed && enough && !to.iter().any(|(other, _)| *other == listener) {
                        return Err(format!("{hearer} may hear {speaker} and is not carried {kind:?}"));
                    }
                }
            }
        }
        Ok(())
    }
}

/// A small generator: the same seed, the same history.
struct Draw(u64);
impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn history(seed: u64, broken: Option<Broken>) -> Result<(), String> {
    let mut draw = Draw(seed);
    let mut table = Table {
        broken,
        ..Table::default()
    };
    let mut truth = Truth::default();
    for step in 0..80 {
        let room = RoomId::from_bits(u128::from(1 + draw.below(2)));
        let person = who(1 + draw.below(6));
        let peer = PeerId(1 + draw.below(12));
        match draw.below(8) {
            0 | 1 => {
                if table.room_of(peer).is_none() {
                    let earlier = table.joins(room, peer, person).map_err(|_| "six people fit")?;
                    if let Some(earlier) = earlier {
                        truth.ends(earlier);
                    }
                    truth.pages.insert(peer, (room, person));
                    truth.scenes.entry(room).or_default();
                    if truth.pages.values().filter(|page| page.0 == room).count() == 1 {
                        truth.scenes.insert(room, Scene::default()); // an empty room remembers nothing
                    }
                }
            }
            2 => {
                table.leaves(peer);
                truth.ends(peer);
            }
            3 => {
                if truth.pages.contains_key(&peer) {
                    let kind = Kind::ALL[usize::from(draw.below(2) == 1)];
                    table.sends(peer, kind);
                    truth.sends.insert((peer, kind));
                }
            }
            4 | 5 => {
                if truth.pages.contains_key(&peer) {
                    let kind = Kind::ALL[usize::from(draw.below(2) == 1)];
                    for _ in 0..1 + draw.below(6) {
                        if table.listens(peer, kind).is_ok() {
                            *truth.slots.entry((peer, kind)).or_default() += 1;
                        }
                    }
                }
            }
            _ => {
                let mut scene = Scene::default();
                for n in 1..=6 {
                    if draw.below(5) > 0 {
                        let presence = Presence {
                            circle: CircleId(u32::try_from(draw.below(3)).unwrap()),
                            voice: if draw.below(2) == 0 {
                                Voice::Withheld
                            } else {
                                Voice::Carried
                            },
                            seen: draw.below(3) > 0,
                            first: draw.below(4) == 0,
                        };
                        scene.people.insert(who(n), presence);
                    }
                }
                table.shows(room, scene.clone());
                if truth.pages.values().any(|page| page.0 == room) {
                    truth.scenes.insert(room, scene);
                }
            }
        }
        truth
            .holds(&table)
            .map_err(|why| format!("seed {seed}, step {step}: {why}"))?;
    }
    Ok(())
}

#[test]
fn in_every_random_history_nobody_hears_whom_they_may_not() {
    for seed in 0..600 {
        history(seed, None).unwrap();
    }
}

#[test]
fn the_histories_notice_every_broken_rule() {
    for broken in [
        Broken::CarriesTheWithheld,
        Broken::HearsOtherCircles,
        Broken::FillsNoSlots,
    ] {
        let noticed = (0..200).find_map(|seed| history(seed, Some(broken)).err());
        assert!(noticed.is_some(), "{broken:?} went unnoticed");
    }
}
