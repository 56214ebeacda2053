//! Lines over a bus that loses, doubles and reorders, by a seeded generator: the same seed is the same story.
//!
//! A page says letters 1, 2, 3 …; the room answers each and shows a view that holds how many it has taken. What must hold whatever the bus does:
//!
//! 1. the room takes letters in their order, each once, without a hole;
//! 2. a page is told answers in their order, each once, without a hole, and views never go back;
//! 3. once the bus is whole again and two beats have passed, a line is closed, or its page has every answer and the newest view.

use super::{Dice, from_outside};
use crate::cluster::line::{Does, Down, Hole, Newest, OwnerEnd, RelayEnd, Sent};

#[derive(Debug, Clone)]
enum Message {
    Hello,
    Letter(u64, u64),
    Beat(u64, u64),
    Again,
    Down(Down<u64, u64, ()>),
    Answer(u64, Option<Sent>),
}

/// What is under way. With a bad bus a message may be lost, be there twice, and overtake any other.
#[derive(Default)]
struct Bus(Vec<(bool, Message)>);

impl Bus {
    /// One message in `of` is lost, and as many are doubled.
    fn says(&mut self, dice: &mut Dice, (bad, of): (bool, u64), up: bool, message: Message) {
        let copies = if !bad {
            1
        } else {
            match dice.roll(of) {
                0 => 0,
                1 => 2,
                _ => 1,
            }
        };
        self.0.extend(std::iter::repeat_n((up, message), copies));
    }

    fn brings(&mut self, dice: &mut Dice, bad: bool) -> Option<(bool, Message)> {
        if self.0.is_empty() {
            return None;
        }
        let ahead = if bad { 8.min(self.0.len() as u64) } else { 1 };
        let at = usize::try_from(dice.roll(ahead)).unwrap();
        Some(self.0.remove(at))
    }
}

/// A rule broken on purpose.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    Nothing,
    /// Frames are given as they come.
    Order,
    /// Nobody asks for a view that is lost.
    LostView,
    /// What is missing at a beat is not missed.
    LostFrame,
    /// The owner takes letters as they come.
    Taken,
}

#[derive(Default, Debug)]
struct Ends {
    closed: usize,
    whole: usize,
    asked_again: usize,
}

struct Story {
    dice: Dice,
    bus: Bus,
    bad: bool,
    /// How bad: some buses lose hardly anything.
    of: u64,
    broken: Broken,
    relay: RelayEnd<u64, ()>,
    relay_up: bool,
    owner: Option<OwnerEnd<u64, u64>>,
    owner_ended: bool,
    owner_beat: Newest,
    relay_beat: Newest,
    beat: u64,
    /// Letters that the page said, that the room took, answers that the page was told, and the view that it sees.
    said: u64,
    taken: Vec<u64>,
    told: Vec<u64>,
    sees: u64,
    asked_again: usize,
    broke: Option<String>,
}

impl Story {
    fn new(seed: u64, broken: Broken) -> Self {
        Self {
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            bus: Bus::default(),
            bad: true,
            of: [10, 40, 160, 640][usize::try_from(seed % 4).unwrap()],
            broken,
            relay: RelayEnd::default(),
            relay_up: true,
            owner: None,
            owner_ended: false,
            owner_beat: Newest::default(),
            relay_beat: Newest::default(),
            beat: 0,
            said: 0,
            taken: Vec::new(),
            told: Vec::new(),
            sees: 0,
            asked_again: 0,
            broke: None,
        }
    }

    fn must(&mut self, holds: bool, otherwise: impl FnOnce(&Self) -> String) {
        if !holds && self.broke.is_none() {
            self.broke = Some(otherwise(self));
        }
    }

    fn up(&mut self, message: Message) {
        self.bus.says(&mut self.dice, (self.bad, self.of), true, message);
    }

    fn down(&mut self, message: Message) {
        // Views are long, and a message of many pieces is lost with any of them.
        let is_long = matches!(message, Message::Down(Down::View { .. }));
        let of = if is_long { self.of.min(6) } else { self.of };
        self.bus.says(&mut self.dice, (self.bad, of), false, message);
    }

    fn page_says(&mut self) {
        if self.relay_up {
            self.said += 1;
            let number = self.relay.says();
            self.up(Message::Letter(number, self.said));
        }
    }

    fn relay_beats(&mut self) {
        if self.relay_up {
            self.beat += 1;
            if !self.relay.is_known() {
                self.up(Message::Hello);
            }
            self.up(Message::Beat(self.beat, self.relay.said()));
        }
    }

    fn one_arrives(&mut self) -> bool {
        let Some((up, message)) = self.bus.brings(&mut self.dice, self.bad) else {
            return false;
        };
        if up {
            self.owner_hears(message);
        } else if self.relay_up {
            self.relay_hears(message);
        }
        true
    }

    fn ends(&mut self) {
        if let Some(owner) = self.owner.take() {
            self.owner_ended = true;
            let after = owner.sent();
            self.down(Message::Down(Down::Close { after, closing: () }));
        }
    }

    fn owner_hears(&mut self, message: Message) {
        match message {
            Message::Hello => {
                if self.owner.is_none() && !self.owner_ended {
                    self.owner = Some(OwnerEnd::default());
                    self.room_shows();
                }
            }
            Message::Letter(number, letter) => {
                let Some(owner) = &mut self.owner else { return };
                let ready = match self.broken {
                    Broken::Taken => Ok(vec![letter]),
                    _ => owner.hears(number, letter),
                };
                match ready {
                    Ok(ready) => {
                        for letter in ready {
                            self.taken.push(letter);
                            let number = self.owner.as_mut().unwrap().says();
                            self.down(Message::Down(Down::Frame { number, frame: letter }));
                            self.room_shows();
                        }
                    }
                    Err(Hole) => self.ends(),
                }
            }
            Message::Beat(number, said) => {
                if !self.owner_beat.is(number) {
                    return;
                }
                let sent = self.owner.as_ref().map(OwnerEnd::sent);
                self.down(Message::Answer(number, sent));
                if self.owner.as_mut().is_some_and(|owner| owner.misses(said)) {
                    self.ends();
                }
            }
            Message::Again => {
                if let Some((number, view)) = self.owner.as_mut().and_then(OwnerEnd::shows_again) {
                    self.down(Message::Down(Down::View { number, view }));
                }
            }
            Message::Down(_) | Message::Answer(..) => unreachable!("these go down"),
        }
    }

    fn room_shows(&mut self) {
        let view = self.taken.len() as u64 + 1;
        if let Some(owner) = &mut self.owner {
            let number = owner.shows(view);
            self.down(Message::Down(Down::View { number, view }));
        }
    }

    fn relay_hears(&mut self, message: Message) {
        let does: Vec<Does<u64, u64, ()>> = match message {
            Message::Down(Down::Frame { frame, .. }) if self.broken == Broken::Order => vec![Does::Says(frame)],
            Message::Down(down) => self.relay.hears(down),
            Message::Answer(number, sent) => {
                if !self.relay_beat.is(number) {
                    return;
                }
                let does = self.relay.judges(sent);
                does.into_iter()
                    .filter(|does| match does {
                        Does::AsksAgain => self.broken != Broken::LostView,
                        Does::GivesUp => self.broken != Broken::LostFrame,
                        _ => true,
                    })
                    .collect()
            }
            _ => unreachable!("these go up"),
        };
        for one in does {
            match one {
                Does::Says(answer) => self.told.push(answer),
                Does::Shows(view) => {
                    self.must(view >= self.sees, |story| {
                        format!("a view went back: {view} after {}", story.sees)
                    });
                    self.sees = view;
                }
                Does::Closes(()) | Does::GivesUp => {
                    self.relay_up = false;
                    return;
                }
                Does::AsksAgain => {
                    self.asked_again += 1;
                    self.up(Message::Again);
                }
            }
        }
    }

    fn holds(&mut self) {
        let in_order = |all: &[u64]| all.iter().copied().eq(1..=all.len() as u64);
        self.must(in_order(&self.taken), |story| {
            format!("the room took {:?}", story.taken)
        });
        self.must(in_order(&self.told), |story| {
            format!("the page was told {:?}", story.told)
        });
        self.must(self.told.len() <= self.taken.len(), |_| {
            "an answer to nothing".to_owned()
        });
    }

    /// A while over a bad bus, then a while over a good one; whole or closed at the end.
    fn lives(mut self) -> Result<Ends, String> {
        self.up(Message::Hello);
        for _ in 0..400 {
            match self.dice.roll(40) {
                0..=3 => self.page_says(),
                4 => self.relay_beats(),
                5 if self.dice.roll(20) == 0 => self.ends(),
                _ => drop(self.one_arrives()),
            }
            self.holds();
        }
        self.bad = false;
        for _ in 0..6 {
            while self.one_arrives() {
                self.holds();
            }
            self.relay_beats();
        }
        while self.one_arrives() {}
        self.holds();
        if self.relay_up {
            let said = self.said;
            self.must(self.owner.is_some(), |_| {
                "a line that its owner ended is left open".to_owned()
            });
            self.must(self.taken.len() as u64 == said, |_| "the room lacks letters".to_owned());
            self.must(self.told.len() as u64 == said, |_| "the page lacks answers".to_owned());
            self.must(self.sees == said + 1, |_| "the page sees an old view".to_owned());
        }
        match self.broke {
            Some(why) => Err(why),
            None => Ok(Ends {
                closed: usize::from(!self.relay_up),
                whole: usize::from(self.relay_up),
                asked_again: self.asked_again,
            }),
        }
    }
}

fn live(seeds: std::ops::Range<u64>, broken: Broken) -> Result<Ends, String> {
    let mut sum = Ends::default();
    for seed in seeds {
        let ends = Story::new(seed, broken)
            .lives()
            .map_err(|why| format!("seed {seed}: {why}"))?;
        sum.closed += ends.closed;
        sum.whole += ends.whole;
        sum.asked_again += ends.asked_again;
    }
    Ok(sum)
}

/// Seeds that failed once are kept here.
const KEPT: [u64; 1] = [7577];

#[test]
fn t22_over_a_bus_that_loses_doubles_and_reorders_every_line_is_whole_or_closed() {
    let seeds = from_outside("SEEDS").unwrap_or(1_000);
    for seed in KEPT {
        live(seed..seed + 1, Broken::Nothing).unwrap();
    }
    let ends = live(0..seeds, Broken::Nothing).unwrap();
    eprintln!(
        "T22, simulated: {seeds} lines over a bad bus: {} whole, {} closed, {} views asked for again; 0 doubled, 0 out of order, 0 left behind \
         (N = {seeds}: fewer than {:.3} %, 3/N)",
        ends.whole,
        ends.closed,
        ends.asked_again,
        300.0 / seeds as f64
    );
    assert!(
        ends.closed > 0 && ends.whole > 0 && ends.asked_again > 0,
        "{ends:?}: this tested little"
    );
}

#[test]
fn a_broken_rule_of_a_line_is_noticed() {
    for (broken, notices) in [
        (Broken::Order, "the page was told"),
        (Broken::LostView, "old view"),
        (Broken::LostFrame, "the page lacks"),
        (Broken::Taken, "the room took"),
    ] {
        let why = live(0..1_000, broken).unwrap_err();
        assert!(why.contains(notices), "{why}");
    }
}
