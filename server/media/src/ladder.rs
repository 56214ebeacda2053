//! What a listener is sent when their network does not carry everything. Pure: a measure and wishes in, a decision out.
//!
//! The rungs follow the floor: the voice of whoever has it, and whoever speaks, which are always sent; the voices of who is silent; the holder's
//! picture, small and then large; the other pictures small, one after the other; and only then the others large. A rung that does not fit ends no lower one.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::{LARGE_PICTURES, SOUND_BITS, UP_AGAIN};
use crate::scene::PeerId;

/// In which size a picture is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    Small,
    Large,
}

/// Which pictures a page wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Pictures {
    #[default]
    All,
    /// That of whoever has the floor.
    Holder,
    None,
}

/// A voice that might be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sounding {
    pub from: PeerId,
    /// They have the floor.
    pub first: bool,
    pub speaks: bool,
}

/// A picture that might be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Showing {
    pub from: PeerId,
    /// They have the floor.
    pub first: bool,
    /// What each size takes, in bits a second.
    pub small: u64,
    pub large: u64,
    /// How it is carried now.
    pub now: Option<Size>,
}

/// What is carried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// Voices for which there is no room.
    pub left_out: BTreeSet<PeerId>,
    /// Pictures, each in its size; one that is not named is not carried.
    pub pictures: BTreeMap<PeerId, Size>,
    /// What all that the page wants would take.
    pub wanted: u64,
    /// What is carried and the next that would be, where something is held back; nothing otherwise. A network that is not used for so much is
    /// never found out to carry it.
    pub next: u64,
}

/// Decides. `carries` is what the network was measured to carry, in bits a second; `None` while nothing is known.
pub fn given(carries: Option<u64>, wishes: Pictures, voices: &[Sounding], pictures: &[Showing]) -> Given {
    let mut given = Given::default();
    let mut left = carries.unwrap_or(u64::MAX);
    let (mut sent, mut missing) = (0_u64, u64::MAX);
    let mut voices = voices.to_vec();
    voices.sort_by_key(|voice| (!voice.first, !voice.speaks, voice.from));
    for voice in voices {
        given.wanted += SOUND_BITS;
        // Whoever has the floor and whoever speaks is sent whatever the measure says. It may be wrong (a machine that stands still looks like a
        // network that does), and without their voices there is nothing to be here for; silence is what can be spared.
        if left >= SOUND_BITS || voice.first || voice.speaks {
            left = left.saturating_sub(SOUND_BITS);
            sent += SOUND_BITS;
        } else {
            given.left_out.insert(voice.from);
            missing = missing.min(SOUND_BITS);
        }
    }
    let mut wanted: Vec<Showing> = pictures
        .iter()
        .copied()
        .filter(|picture| match wishes {
            Pictures::All => true,
            Pictures::Holder => picture.first,
            Pictures::None => false,
        })
        .collect();
    wanted.sort_by_key(|picture| (!picture.first, picture.from));
    let many = wanted.len() > LARGE_PICTURES;
    given.wanted += wanted
        .iter()
        .map(|p| if many && !p.first { p.small } else { p.large })
        .sum::<u64>();
    let (holders, others): (Vec<Showing>, Vec<Showing>) = wanted.iter().copied().partition(|picture| picture.first);
    let rungs = [
        (&holders, Size::Small),
        (&holders, Size::Large),
        (&others, Size::Small),
        (&others, Size::Large),
    ];
    for (group, size) in rungs {
        for picture in group {
            if size == Size::Large && ((many && !picture.first) || !given.pictures.contains_key(&picture.from)) {
                continue;
            }
            let (takes, frees) = match size {
                Size::Small => (picture.small, 0),
                Size::Large => (picture.large, picture.small),
            };
            let step = takes.saturating_sub(frees);
            // Climbing asks for room to spare, or a picture at the edge would change its size with every measure.
            let climbs = picture.now.is_none_or(|now| now < size) && carries.is_some();
            let asked = if climbs {
                (takes.saturating_mul(UP_AGAIN.0) / UP_AGAIN.1).saturating_sub(frees)
            } else {
                step
            };
            if left >= asked {
                left -= step;
                sent += step;
                given.pictures.insert(picture.from, size);
            } else {
                missing = missing.min(asked);
            }
        }
    }
    if missing < u64::MAX {
        given.next = sent + missing;
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLDER: PeerId = PeerId(9);

    fn voices(n: u64) -> Vec<Sounding> {
        let mut all: Vec<Sounding> = (1..n)
            .map(|n| Sounding {
                from: PeerId(n),
                first: false,
                speaks: false,
            })
            .collect();
        all.push(Sounding {
            from: HOLDER,
            first: true,
            speaks: true,
        });
        all
    }

    fn pictures(n: u64) -> Vec<Showing> {
        voices(n)
            .into_iter()
            .map(|voice| Showing {
                from: voice.from,
                first: voice.first,
                small: 150_000,
                large: 700_000,
                now: None,
            })
            .collect()
    }

    fn at(kilobits: u64, n: u64) -> Given {
        given(Some(kilobits * 1_000), Pictures::All, &voices(n), &pictures(n))
    }

    #[test]
    fn given_a_network_that_carries_all_when_few_are_seen_then_each_is_large() {
        let all = at(10_000, 4);
        assert_eq!(all.pictures.len(), 4);
        assert!(all.pictures.values().all(|&size| size == Size::Large));
        assert_eq!(all.left_out, BTreeSet::new());
    }

    #[test]
    fn given_many_pictures_when_there_is_room_then_only_the_holders_is_large() {
        for carries in [None, Some(50_000_000)] {
            let all = given(carries, Pictures::All, &voices(8), &pictures(8));
            assert_eq!(all.pictures.len(), 8);
            let large: Vec<_> = all.pictures.iter().filter(|(_, size)| **size == Size::Large).collect();
            assert_eq!(large, [(&HOLDER, &Size::Large)]);
        }
    }

    #[test]
    fn given_less_and_less_room_then_others_go_first_and_the_holders_voice_never() {
        let n = 5;
        let sound = SOUND_BITS * n / 1_000;
        let mut before = None;
        for kilobits in (0..6_000).step_by(10) {
            let now = at(kilobits, n);
            let holder = now.pictures.get(&HOLDER).copied();
            assert!(holder >= before, "more room never shows less of the holder");
            before = holder;
            assert!(!now.left_out.contains(&HOLDER));
            if !now.pictures.is_empty() {
                assert_eq!(now.left_out, BTreeSet::new(), "no picture before every voice");
                assert!(now.pictures.contains_key(&HOLDER), "at {kilobits}");
            }
            if now.pictures.len() > 1 && kilobits > sound + 900 {
                assert_eq!(now.pictures[&HOLDER], Size::Large, "at {kilobits}");
            }
        }
        assert_eq!(at(sound, n).pictures.len(), 0);
        assert_eq!(at(sound + 200, n).pictures, BTreeMap::from([(HOLDER, Size::Small)]));
        let narrow = at(sound - 2 * SOUND_BITS / 1_000, n);
        assert_eq!(narrow.left_out.len(), 2);
    }

    #[test]
    fn given_too_little_for_all_voices_then_who_speaks_comes_before_who_is_silent() {
        let mut all = voices(5);
        all[3].speaks = true;
        let two = given(Some(2 * SOUND_BITS), Pictures::All, &all, &[]);
        assert_eq!(two.left_out, [1, 2, 3].map(PeerId).into());
    }

    #[test]
    fn given_nothing_at_all_then_the_holder_and_whoever_speaks_are_sent_all_the_same() {
        assert_eq!(at(0, 3).left_out, [1, 2].map(PeerId).into());
        let mut talk = voices(4);
        talk[3].first = false; // nobody has the floor
        talk[0].speaks = true;
        assert_eq!(
            given(Some(0), Pictures::All, &talk, &[]).left_out,
            [2, 3].map(PeerId).into()
        );
    }

    #[test]
    fn what_is_given_fits_into_what_was_measured() {
        for n in 1..16 {
            for kilobits in (60..12_000).step_by(20) {
                let now = at(kilobits, n);
                let sound = (n - u64::try_from(now.left_out.len()).expect("a few")) * SOUND_BITS;
                let seen: u64 = now
                    .pictures
                    .values()
                    .map(|s| if *s == Size::Large { 700_000 } else { 150_000 })
                    .sum();
                assert!(sound + seen <= kilobits * 1_000, "{n} people at {kilobits}");
            }
        }
    }

    #[test]
    fn what_is_held_back_is_tried_out_and_nothing_else_is() {
        assert_eq!(at(50_000, 4).next, 0);
        assert_eq!(at(SOUND_BITS / 1_000, 3).next, 2 * SOUND_BITS, "the next voice");
        let voices = 3 * SOUND_BITS;
        assert_eq!(
            at(voices / 1_000, 3).next,
            voices + 165_000,
            "the holder's picture, with a tenth to spare"
        );
        let none = given(Some(voices), Pictures::None, &self::voices(3), &pictures(3));
        assert_eq!(none.next, 0, "a picture that nobody wants is not held back");
    }

    #[test]
    fn a_pages_wish_is_kept_however_much_room_there_is() {
        let only = given(Some(50_000_000), Pictures::Holder, &voices(4), &pictures(4));
        assert_eq!(only.pictures, BTreeMap::from([(HOLDER, Size::Large)]));
        let none = given(None, Pictures::None, &voices(4), &pictures(4));
        assert_eq!(
            (none.pictures.len(), none.left_out.len(), none.wanted),
            (0, 0, 4 * SOUND_BITS)
        );
    }

    #[test]
    fn at_the_edge_a_picture_keeps_its_size() {
        let edge = SOUND_BITS + 700_000 + 10_000;
        let mut one = pictures(1);
        assert_eq!(
            given(Some(edge), Pictures::All, &voices(1), &one).pictures[&HOLDER],
            Size::Small
        );
        one[0].now = Some(Size::Large);
        assert_eq!(
            given(Some(edge), Pictures::All, &voices(1), &one).pictures[&HOLDER],
            Size::Large
        );
    }
}
