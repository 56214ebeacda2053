//! Goals 1, 2 and 4: what it costs to bring one person's message to everybody in the room.
//!
//! Heavy load: 25 rooms of 16 people, 100 messages a second a room, spread over the people. Server and floor are driven in turn, the order
//! changing with every round. The cost is processor time of the whole process, all its threads, for each message that somebody received.
//!
//! * *Signs* (`me_too`) pass through the room and are not kept. The floor relays the same bytes.
//! * *Actions* (asking for the floor, taking it back) are judged, journaled, synced, and shown as a view to two audiences. Views replace each
//!   other, so that a machine with other work would deliver fewer than were caused; so a room's next action waits until everybody has seen the
//!   last, and server and floor deliver the same number of frames of the same size.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use protocol::wire::{Action, ClientMessage, RequestKind, ServerMessage, SignalKind};
use tests::costs::processor_time;
use tests::crowd::{self, Message, Voice};
use tests::furnish::participant;

use super::Pace;
use super::figures::{Figure, Must, all, at_share, best_three, median};
use super::sides::{self, Floor};

const ROOMS: usize = 25;
const PEOPLE: usize = 16;
const A_SECOND: usize = 100;
/// How long after a round the last messages may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// Views that the rooms may show by themselves in a round: each once or twice, to everybody.
const OWN_VIEWS: u64 = (2 * ROOMS * PEOPLE) as u64;
/// Between rounds, so that nothing of one is counted in the next.
const QUIET: Duration = Duration::from_millis(300);

/// How a round's messages follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pacing {
    /// By the clock alone. Each is a sign, and its way is timed.
    Signs,
    /// By the clock, but a room's next waits until this many messages have come of its last.
    After(u64),
}

/// What the crowd heard in a round.
#[derive(Default)]
struct Heard {
    messages: u64,
    bytes: u64,
    views: u64,
    view_bytes: u64,
    accepted: u64,
    refused: u64,
    micros: Vec<f64>,
    /// Messages by room.
    in_room: Vec<u64>,
    /// When each person's signs that somebody has still to hear were sent, oldest first; and how many were taken off the front.
    sent: Vec<VecDeque<Instant>>,
    gone: Vec<usize>,
}

type Ledger = Arc<Mutex<Heard>>;

impl Heard {
    fn begin(&mut self) {
        for (sent, gone) in self.sent.iter_mut().zip(&mut self.gone) {
            *gone += sent.len();
            sent.clear();
        }
        *self = Self {
            sent: std::mem::take(&mut self.sent),
            gone: std::mem::take(&mut self.gone),
            in_room: vec![0; ROOMS],
            ..Self::default()
        };
    }

    fn may_speak(&self, room: usize, said: u64, pacing: Pacing) -> bool {
        match pacing {
            Pacing::Signs => true,
            Pacing::After(messages) => self.in_room[room] >= said * messages,
        }
    }
}

fn locked(ledger: &Ledger) -> MutexGuard<'_, Heard> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One side with its crowd.
struct Side {
    pid: u32,
    /// By room, then by person.
    voices: Vec<Vec<Voice>>,
    ledger: Ledger,
}

/// What a round came to.
#[derive(Debug, Clone, Default)]
struct Round {
    sent: u64,
    heard: u64,
    bytes: u64,
    views: u64,
    view_bytes: u64,
    accepted: u64,
    refused: u64,
    /// Processor time for each message received, in microseconds.
    cost: f64,
    p50: f64,
    p99: f64,
    /// How late the crowd was with its own messages.
    lag: f64,
}

impl Side {
    fn ledger() -> Ledger {
        let heard = Heard {
            sent: vec![VecDeque::new(); ROOMS * PEOPLE],
            gone: vec![0; ROOMS * PEOPLE],
            in_room: vec![0; ROOMS],
            ..Heard::default()
        };
        Arc::new(Mutex::new(heard))
    }

    /// What the messages of one line into a room are counted with.
    fn ear(ledger: &Ledger, room: usize) -> impl FnMut(Message, usize) + Send + 'static {
        let ledger = Arc::clone(ledger);
        let mut heard_from = [0_usize; PEOPLE];
        move |message, bytes| {
            let mut heard = locked(&ledger);
            heard.messages += 1;
            heard.in_room[room] += 1;
            heard.bytes += bytes as u64;
            match message {
                Message::View { .. } => {
                    heard.views += 1;
                    heard.view_bytes += bytes as u64;
                }
                Message::Accepted => heard.accepted += 1,
                Message::Refused => heard.refused += 1,
                Message::Sign { from: (room, person) } => {
                    let number = heard_from[person];
                    heard_from[person] += 1;
                    let at = room * PEOPLE + person;
                    let place = number - heard.gone[at];
                    let micros = heard.sent[at][place].elapsed().as_secs_f64() * 1e6;
                    heard.micros.push(micros);
                }
                Message::Other => {}
            }
        }
    }

    /// Lets every room say [`A_SECOND`] messages a second for as long as `window`, its people in turn, and waits until `expected` is heard.
    async fn round(
        &self,
        window: Duration,
        pacing: Pacing,
        mut say: impl FnMut(&Voice, usize, usize) -> std::io::Result<()>,
        expected: impl Fn(&Heard, u64) -> bool,
    ) -> Result<Round, String> {
        tokio::time::sleep(QUIET).await;
        locked(&self.ledger).begin();
        let before = processor_time(self.pid).expect("the process runs");
        let (begun, mut lags) = (Instant::now(), Vec::new());
        let apart = Duration::from_secs(1) / A_SECOND as u32;
        // The rooms' messages are spread over the time between two of one room.
        let mut due: Vec<Instant> = (0..ROOMS)
            .map(|room| begun + apart * room as u32 / ROOMS as u32)
            .collect();
        let mut said = [0_u64; ROOMS];
        let mut ticks = tokio::time::interval(Duration::from_millis(1));
        while begun.elapsed() < window {
            ticks.tick().await;
            for room in 0..ROOMS {
                while due[room] <= Instant::now() && locked(&self.ledger).may_speak(room, said[room], pacing) {
                    lags.push(due[room].elapsed().as_secs_f64() * 1e6);
                    let person = said[room] as usize % PEOPLE;
                    if pacing == Pacing::Signs {
                        locked(&self.ledger).sent[room * PEOPLE + person].push_back(Instant::now());
                    }
                    say(&self.voices[room][person], room, person)
                        .map_err(|why| format!("a line of room {room} does not take a message: {why}"))?;
                    said[room] += 1;
                    due[room] += apart;
                }
            }
        }
        let sent = said.iter().sum();
        let over = Instant::now();
        while !expected(&locked(&self.ledger), sent) && over.elapsed() < PATIENCE {
            ticks.tick().await;
        }
        let spent = processor_time(self.pid).expect("the process runs") - before;
        let heard = locked(&self.ledger);
        Ok(Round {
            sent,
            heard: heard.messages,
            bytes: heard.bytes,
            views: heard.views,
            view_bytes: heard.view_bytes,
            accepted: heard.accepted,
            refused: heard.refused,
            cost: spent.as_secs_f64() * 1e6 / heard.messages as f64,
            p50: at_share(heard.micros.iter().copied(), 0.50),
            p99: at_share(heard.micros.iter().copied(), 0.99),
            lag: at_share(lags, 0.99),
        })
    }

    /// A sign of life from everybody, so that no line is taken for dead.
    fn all_are_there(&self) {
        for voice in self.voices.iter().flatten() {
            let ping = serde_json::to_string(&ClientMessage::Ping { at: 0 }).expect("a message");
            voice.say(&ping).expect("the socket takes a ping");
        }
    }
}

/// Server and floor, each with its crowd, driven in turn. Gives the figures of goals 1, 2 and 4.
pub(crate) async fn run(pace: &Pace) -> Result<Vec<Figure>, String> {
    let folder = tempfile::tempdir_in(&pace.folder).map_err(|why| why.to_string())?;
    let guests = sides::furnished(folder.path(), ROOMS, PEOPLE).await;
    sides::part_processors();
    let process = sides::server(folder.path(), 0).await;
    let ledger = Side::ledger();
    let mut voices = Vec::new();
    for (group, guests) in guests.iter().enumerate() {
        let gathered = crowd::gather(process.address, group, guests, |_| Side::ear(&ledger, group)).await;
        voices.push(gathered.map_err(|why| format!("the crowd does not get in: {why}"))?);
    }
    let pid = process.id().ok_or("the server runs")?;
    let server = Side { pid, voices, ledger };

    let bare = Floor::start().await;
    let ledger = Side::ledger();
    let mut voices = Vec::new();
    for room in 0..ROOMS {
        let mut here = Vec::new();
        for _ in 0..PEOPLE {
            let line = crowd::connect(bare.address, &format!("/{room}"), "").await;
            let (voice, ears) = line.map_err(|why| format!("the floor does not answer: {why}"))?;
            let mut ear = Side::ear(&ledger, room);
            tokio::spawn(ears.listen(move |heard| ear(heard.message(), heard.bytes)));
            here.push(voice);
        }
        voices.push(here);
    }
    let floor = Side {
        pid: bare.pid(),
        voices,
        ledger,
    };

    let mut figures = Vec::new();
    if pace.wants(&[1, 4]) {
        figures.extend(signs(pace, &server, &floor).await?);
    }
    if pace.wants(&[2]) {
        figures.push(actions(pace, &server, &floor).await?);
    }
    process.kill().await;
    bare.end().await;
    sides::join_processors();
    Ok(figures)
}

/// Goals 1 and 4.
async fn signs(pace: &Pace, server: &Side, floor: &Side) -> Result<Vec<Figure>, String> {
    let kind = SignalKind::MeToo;
    let said = serde_json::to_string(&ClientMessage::Signal { kind }).expect("a message");
    let shown = |room, person| {
        let from = participant(room, person);
        serde_json::to_string(&ServerMessage::Signal { from, kind }).expect("a message")
    };
    let bytes = shown(0, 0).len();
    let everybody = |heard: &Heard, sent: u64| heard.micros.len() as u64 >= sent * PEOPLE as u64;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..pace.rounds {
        server.all_are_there();
        for turn in 0..2 {
            if (round + turn) % 2 == 0 {
                let say = |voice: &Voice, _, _| voice.say(&said);
                ours.push(server.round(pace.window, Pacing::Signs, say, everybody).await?);
            } else {
                let say = |voice: &Voice, room, person| {
                    let text = format!("0 {bytes} {}", shown(room, person));
                    voice.say(&text)
                };
                bare.push(floor.round(pace.window, Pacing::Signs, say, everybody).await?);
            }
        }
        eprintln!("signs  server {}", ours[round]);
        eprintln!("signs  floor  {}", bare[round]);
    }
    for (who, round) in ours
        .iter()
        .map(|r| ("server", r))
        .chain(bare.iter().map(|r| ("floor", r)))
    {
        let wanted = round.sent * PEOPLE as u64;
        if round.heard != wanted || round.refused > 0 {
            return Err(format!(
                "{who}: {} signs should be heard {wanted} times and were heard {} times, {} refused",
                round.sent, round.heard, round.refused
            ));
        }
    }
    let ratio = |of: fn(&Round) -> f64| ours.iter().zip(&bare).map(move |(ours, bare)| of(ours) / of(bare));
    let lag = |rounds: &[Round]| all(rounds.iter().map(|round| round.lag));
    Ok(vec![
        Figure {
            goal: 1,
            what: format!("CPU per delivery, signs of {bytes} bytes, server / floor"),
            must: Must::AtMost(1.25),
            is: median(ratio(|round| round.cost)),
            how: format!(
                "{ROOMS}x{PEOPLE}x{A_SECOND}; rounds {}; median {:.2} us against {:.2} us",
                all(ratio(|round| round.cost)),
                median(ours.iter().map(|round| round.cost)),
                median(bare.iter().map(|round| round.cost)),
            ),
        },
        Figure {
            goal: 4,
            what: "p99 of delivery, server / floor, best 3 rounds".to_owned(),
            must: Must::AtMost(1.5),
            is: best_three(ours.iter().map(|round| round.p99)) / best_three(bare.iter().map(|round| round.p99)),
            how: format!(
                "p99 us {} against {}; p50 us {:.0} against {:.0}; the crowd's own lag p99 us {} and {}",
                all(ours.iter().map(|round| round.p99)),
                all(bare.iter().map(|round| round.p99)),
                median(ours.iter().map(|round| round.p50)),
                median(bare.iter().map(|round| round.p50)),
                lag(&ours),
                lag(&bare),
            ),
        },
    ])
}

/// Goal 2.
async fn actions(pace: &Pace, server: &Side, floor: &Side) -> Result<Figure, String> {
    let ask = Action::Ask {
        kind: RequestKind::Share,
        note: None,
    };
    let mut asked = vec![false; ROOMS * PEOPLE];
    // Everybody's view, and the answer.
    let each = PEOPLE as u64 + 1;
    let all_heard = move |heard: &Heard, sent: u64| heard.messages >= sent * each;
    let (mut ours, mut bare): (Vec<Round>, Vec<Round>) = (Vec::new(), Vec::new());
    for round in 0..pace.rounds {
        server.all_are_there();
        // The first round's floor needs to know what the server delivers, so the server always begins there.
        for turn in 0..2 {
            if (round + turn) % 2 == 0 {
                let say = |voice: &Voice, room: usize, person: usize| {
                    let asked = &mut asked[room * PEOPLE + person];
                    let action = if *asked { Action::CancelRequest } else { ask.clone() };
                    *asked = !*asked;
                    voice.act(action)
                };
                ours.push(server.round(pace.window, Pacing::After(each), say, all_heard).await?);
            } else {
                let Some(like) = ours.last() else {
                    return Err("the floor has nothing to be like".to_owned());
                };
                let bytes = like.view_bytes / like.views.max(1);
                let say = |voice: &Voice, _, _| {
                    let answer = "an answer of the length that an accepted command is given: its name and the journal's position";
                    voice.say(&format!("1 {bytes} {answer}"))
                };
                bare.push(floor.round(pace.window, Pacing::After(each), say, all_heard).await?);
            }
        }
        eprintln!("actions  server {}", ours[round]);
        eprintln!("actions  floor  {}", bare[round]);
    }
    for round in &ours {
        if round.accepted != round.sent || round.refused > 0 {
            return Err(format!(
                "{} actions, {} accepted, {} refused",
                round.sent, round.accepted, round.refused
            ));
        }
        // A step whose time is up shows itself too; nothing else may.
        let caused = round.sent * PEOPLE as u64;
        if round.views < caused || round.views > caused + OWN_VIEWS {
            return Err(format!("{} actions gave {} views", round.sent, round.views));
        }
    }
    for round in &bare {
        let wanted = round.sent * each;
        if round.heard != wanted {
            return Err(format!("the floor delivered {} of {wanted}", round.heard));
        }
    }
    let ratios = || ours.iter().zip(&bare).map(|(ours, bare)| ours.cost / bare.cost);
    let last = ours.last().cloned().unwrap_or_default();
    Ok(Figure {
        goal: 2,
        what: "CPU per delivery, journaled actions, two audiences / floor".to_owned(),
        must: Must::AtMost(1.6),
        is: median(ratios()),
        how: format!(
            "{ROOMS}x{PEOPLE}x{A_SECOND}; rounds {}; median {:.2} us against {:.2} us; views of {} bytes on average, {:.0} actions a second",
            all(ratios()),
            median(ours.iter().map(|round| round.cost)),
            median(bare.iter().map(|round| round.cost)),
            last.view_bytes / last.views.max(1),
            median(ours.iter().map(|round| round.sent as f64 / pace.window.as_secs_f64())),
        ),
    })
}

impl std::fmt::Display for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} said, {} received, {:.0} bytes each: {:.2} us CPU each; p50 {:.0} us, p99 {:.0} us; lag p99 {:.0} us",
            self.sent,
            self.heard,
            self.bytes as f64 / self.heard as f64,
            self.cost,
            self.p50,
            self.p99,
            self.lag
        )
    }
}
