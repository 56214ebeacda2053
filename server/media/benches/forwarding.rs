//! What it costs to carry voices and pictures, held against the least that could be done on the same machine in the same run: sealing and sending
//! a packet (the floor), and a forwarder that is the same library and nothing else (bare: no gate, no table, no ladder, no estimate).
//!
//! Callers live in the same process; what is counted is the time on a processor of the one thread that forwards. For memory the server is a
//! process of its own.
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

mod bare;

use std::io::{BufRead, Write};
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use media::caller::{Caller, Offering};
use media::hall::{ROOM, engine, offer, scene, who};
use media::{Engine, PeerId, Pictures, Scene};
use protocol::RoomId;

/// A number of the environment's.
fn said(name: &str, or: u8) -> u8 {
    std::env::var(name)
        .ok()
        .and_then(|said| said.parse().ok())
        .unwrap_or(or)
}

/// How long each round is: five seconds, or as many as are said.
fn long() -> Duration {
    Duration::from_secs(said("BENCH_SECONDS", 5).into())
}
/// How often everything takes its turn.
const ROUNDS: u8 = 5;
/// One packet's payload, as goal 13 has it.
const PACKET: usize = 1_100;
/// A frame of the speaker's picture: two packets, fifty times a second. That is 0.9 Mbit/s, which every estimate on a busy machine allows.
const FRAME: usize = 2 * PACKET;
/// A frame of the holder's picture, and of the others', fifty times a second: 700 and 150 kilobits.
const LARGE: usize = 1_750;
const SMALL: usize = 350;
const LISTENERS: u8 = 8;
const ROOM_OF: u8 = 12;
const ROOMS_FOR_MEMORY: u8 = 4;

/// How long a thread of a name has been on a processor.
fn on_processor(name: &str) -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists a process's threads");
    let of = tasks
        .flatten()
        .map(|task| task.path())
        .find(|task| std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name));
    let told = std::fs::read_to_string(of.expect("the thread runs").join("schedstat")).expect("Linux counts it");
    let nanos = told.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanos.expect("a number"))
}

fn resident(pid: &str) -> u64 {
    let told = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .expect("a number of kilobytes")
}

/// Packets in a second of processor: sealed and sent, nothing else. Where nobody reads, the kernel throws them away and is sooner done.
fn floor(read: bool) -> f64 {
    const PACKETS: u32 = 200_000;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key of its length"));
    let from = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let to: Vec<UdpSocket> = (0..LISTENERS)
        .map(|_| UdpSocket::bind("127.0.0.1:0").expect("a port"))
        .collect();
    let targets: Vec<_> = to.iter().map(|to| to.local_addr().expect("bound")).collect();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = to
        .into_iter()
        .map(|to| {
            let done = Arc::clone(&done);
            to.set_read_timeout(Some(Duration::from_millis(50)))
                .expect("a timeout can be set");
            std::thread::spawn(move || {
                let mut buffer = vec![0; 2_000];
                while !done.load(Ordering::Relaxed) {
                    if read {
                        let _ = to.recv_from(&mut buffer); // nothing for fifty milliseconds
                    } else {
                        std::thread::sleep(Duration::from_millis(50));
                    }
                }
            })
        })
        .collect();
    let run = move || {
        let before = on_processor("floor");
        let mut packet = Vec::with_capacity(PACKET + 28);
        for n in 0..PACKETS {
            packet.clear();
            packet.resize(PACKET, 1);
            let mut nonce = [0; 12];
            nonce[..4].copy_from_slice(&n.to_be_bytes());
            let sealed =
                key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&[0; 12]), &mut packet);
            sealed.expect("sealing cannot fail");
            let target = targets[n as usize % targets.len()];
            let _ = from.send_to(&packet, target); // a full queue drops, as for everybody here
        }
        f64::from(PACKETS) / (on_processor("floor") - before).as_secs_f64()
    };
    let thread = std::thread::Builder::new().name("floor".to_owned()).spawn(run);
    let rate = thread.expect("a thread").join().expect("it ends");
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().expect("it ends");
    }
    rate
}

async fn joins(engine: &Engine, room: RoomId, n: u8, scene: Scene, slots: usize) -> Caller {
    let offering = Offering::new(n, slots).await;
    let (mut offer, _) = offer(room, &offering, n, scene);
    offer.peer = PeerId(u64::try_from(room.bits() * 100).expect("a few rooms") + u64::from(n));
    let answer = engine.offer(offer).await.said().await.expect("the offer is taken");
    let mut caller = offering.begins(&answer);
    caller.sees("the connection", |log| log.up).await;
    caller
}

/// Waits until nothing is held back any more: the estimate climbs first.
async fn climbs(engine: &Engine) {
    let held = || engine.counts().held_back.load(Ordering::Relaxed);
    for _ in 0..60 {
        let before = held();
        tokio::time::sleep(Duration::from_secs(1)).await;
        if held() == before && engine.counts().carried.load(Ordering::Relaxed) > 0 {
            return;
        }
    }
}

/// Something that forwards, with rooms in which one is heard and seen by eight.
struct Forwards {
    name: &'static str,
    /// The name of its one thread.
    thread: &'static str,
    sent: Box<dyn Fn() -> u64>,
    speakers: Vec<Caller>,
    listeners: Vec<Caller>,
    /// Packets sent, and the time on a processor that they took, round by round.
    rounds: Vec<(u64, Duration)>,
}

impl Forwards {
    async fn talks(&self, does: bool) {
        for speaker in &self.speakers {
            speaker.talks(does).await;
        }
    }

    async fn round(&mut self, long: Duration) {
        let (sent, cpu) = ((self.sent)(), on_processor(self.thread));
        tokio::time::sleep(long).await;
        let round = ((self.sent)() - sent, on_processor(self.thread).saturating_sub(cpu));
        self.rounds.push(round);
        for listener in &self.listeners {
            listener.forgets();
        }
    }

    /// Packets in a second of processor, in the round at the middle.
    fn rate(&self) -> f64 {
        let rates = self
            .rounds
            .iter()
            .map(|(packets, cpu)| *packets as f64 / cpu.as_secs_f64());
        middle(rates.collect())
    }

    fn says(&self, long: Duration) {
        let packets: u64 = self.rounds.iter().map(|(packets, _)| packets).sum();
        let seconds = long.as_secs_f64() * self.rounds.len() as f64;
        println!(
            "{}, {} rooms of one to eight: {:.0} packets a second, {:.2} us of processor a packet, {:.0} packets in a second of processor; by rounds {}",
            self.name,
            self.speakers.len(),
            packets as f64 / seconds,
            1e6 / self.rate(),
            self.rate(),
            self.rounds
                .iter()
                .map(|(packets, cpu)| format!("{:.2}", cpu.as_secs_f64() * 1e6 / *packets as f64))
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
}

fn middle(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// One speaks in each room, eight listen.
async fn ours(engine: &Engine, rooms: u8) -> Forwards {
    let people: Vec<u8> = (1..=LISTENERS + 1).collect();
    let (mut speakers, mut listeners) = (Vec::new(), Vec::new());
    for room in 1..=rooms {
        for &n in &people {
            let caller = joins(
                engine,
                RoomId::from_bits(u128::from(room)),
                n,
                scene(&people, &[], &[]),
                1,
            )
            .await;
            if n == 1 {
                caller.weighs(FRAME).await;
                speakers.push(caller);
            } else {
                listeners.push(caller);
            }
        }
    }
    let engine = engine.clone();
    let sent = move || engine.counts().sent.load(Ordering::Relaxed);
    Forwards {
        name: "ours",
        thread: "media",
        sent: Box::new(sent),
        speakers,
        listeners,
        rounds: Vec::new(),
    }
}

async fn bare_one(rooms: u8) -> Forwards {
    let bare = bare::Bare::start();
    let (mut speakers, mut listeners) = (Vec::new(), Vec::new());
    for room in 1..=rooms {
        for n in 1..=LISTENERS + 1 {
            let offering = Offering::new(n, 1).await;
            let answer = bare.answer(room, &offering.description);
            let mut caller = offering.begins(&answer);
            caller.sees("the connection", |log| log.up).await;
            if n == 1 {
                caller.weighs(FRAME).await;
                speakers.push(caller);
            } else {
                listeners.push(caller);
            }
        }
    }
    Forwards {
        name: "bare",
        thread: "bare",
        sent: Box::new(move || bare.sent()),
        speakers,
        listeners,
        rounds: Vec::new(),
    }
}

/// Goal 13: everything in turn, several times, so that a busy moment meets all of them.
async fn one_to_eight() {
    let (long, rooms) = (long(), said("BENCH_ROOMS", 8));
    let engine = engine(1, None);
    let mut both = [bare_one(rooms).await, ours(&engine, rooms).await];
    both[1].talks(true).await;
    climbs(&engine).await;
    let held = || engine.counts().held_back.load(Ordering::Relaxed);
    let (mut unread, mut read, mut held_back) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        unread.push(tokio::task::spawn_blocking(|| floor(false)).await.expect("it ends"));
        read.push(tokio::task::spawn_blocking(|| floor(true)).await.expect("it ends"));
        for forwards in &mut both {
            forwards.talks(true).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let before = held();
            forwards.round(long).await;
            held_back += held() - before;
            forwards.talks(false).await;
        }
    }
    let (unread, read) = (middle(unread), middle(read));
    println!(
        "the floor, sealing and sending {PACKET} bytes: {unread:.0} packets in a second of processor where nobody reads, {read:.0} where each is read"
    );
    for forwards in &both {
        forwards.says(long);
    }
    let [bare, ours] = &both;
    let stays = &engine.counts().stays;
    println!(
        "ours: a datagram stays {:?} at the middle, {:?} at 99 of 100, from the kernel's having it until the last copy has left; {held_back} frames were held back while it was measured",
        stays.of_thousand(500).unwrap_or_default(),
        stays.of_thousand(990).unwrap_or_default(),
    );
    println!(
        "goal 13, against the floor where nobody reads (at least 0.30, wanted 0.40): ours {:.2}, bare {:.2}; where each is read: ours {:.2}, bare {:.2}; ours against bare {:.2}",
        ours.rate() / unread,
        bare.rate() / unread,
        ours.rate() / read,
        bare.rate() / read,
        ours.rate() / bare.rate()
    );
}

/// Twelve who all talk; the picture of whoever has the floor is large, and the others' are small.
async fn room_of_twelve() {
    let long = long();
    let engine = engine(1, None);
    let people: Vec<u8> = (1..=ROOM_OF).collect();
    let mut held = scene(&people, &[], &[]);
    held.people.get_mut(&who(1)).expect("they are there").first = true;
    let mut callers = Vec::new();
    for &n in &people {
        let caller = joins(&engine, ROOM, n, held.clone(), usize::from(ROOM_OF) - 1).await;
        caller.weighs(if n == 1 { LARGE } else { SMALL }).await;
        caller.talks(true).await;
        callers.push(caller);
    }
    climbs(&engine).await;
    let sent = || engine.counts().sent.load(Ordering::Relaxed);
    let held = || engine.counts().held_back.load(Ordering::Relaxed);
    let (before, cpu, held_before) = (sent(), on_processor("media"), held());
    tokio::time::sleep(long).await;
    let (packets, cpu, held_back) = (sent() - before, on_processor("media") - cpu, held() - held_before);
    let share = cpu.as_secs_f64() / long.as_secs_f64();
    let stays = &engine.counts().stays;
    println!(
        "a room of twelve, all of whom talk and are seen: {:.0} packets a second, {:.2} us a packet, {:.1} % of a core: one core carries {:.1} such rooms; a datagram stays {:?} at the middle, {:?} at 99 of 100; {held_back} frames were held back",
        packets as f64 / long.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / packets as f64,
        100.0 * share,
        1.0 / share,
        stays.of_thousand(500).unwrap_or_default(),
        stays.of_thousand(990).unwrap_or_default(),
    );
}

/// Kilobytes for each connection of a server that is a process of its own, in rooms of twelve.
async fn memory(which: &str, slots: usize) -> f64 {
    let mut child = std::process::Command::new(std::env::current_exe().expect("this program has a name"))
        .args(["--serve", which])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("this program starts");
    let mut asks = child.stdin.take().expect("piped");
    let mut says = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let pid = child.id().to_string();
    let mut callers = Vec::new();
    let mut first = 0;
    for room in 1..=ROOMS_FOR_MEMORY {
        for n in 1..=ROOM_OF {
            let offering = Offering::new(n, slots).await;
            writeln!(asks, "{room} {n} {}", offering.description.replace("\r\n", "|")).expect("it listens");
            let mut answer = String::new();
            says.read_line(&mut answer).expect("it answers");
            let mut caller = offering.begins(&answer.trim_end().replace('|', "\r\n"));
            caller.sees("the connection", |log| log.up).await;
            caller.talks(n <= 2).await;
            callers.push(caller);
        }
        if room == 1 {
            tokio::time::sleep(Duration::from_secs(2)).await;
            first = resident(&pid); // what the process itself takes, and its first room, is left out
        }
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let grown = resident(&pid) - first;
    drop(asks);
    child.wait().expect("it ends when nobody asks any more");
    grown as f64 / f64::from((ROOMS_FOR_MEMORY - 1) * ROOM_OF)
}

/// The other process: a line is an offer, the answer is a line.
async fn serves(which: &str) {
    let ours = (which == "ours").then(|| engine(1, None));
    let bare = (which == "bare").then(bare::Bare::start);
    let people: Vec<u8> = (1..=ROOM_OF).collect();
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let mut words = line.splitn(3, ' ');
        let mut number = || {
            words
                .next()
                .and_then(|word| word.parse::<u8>().ok())
                .expect("two numbers first")
        };
        let (room, n) = (number(), number());
        let description = words.next().expect("an offer").replace('|', "\r\n");
        let answer = match (&ours, &bare) {
            (Some(engine), _) => {
                let told = media::Offer {
                    room: RoomId::from_bits(u128::from(room)),
                    peer: PeerId(u64::from(room) * 100 + u64::from(n)),
                    who: who(n),
                    description,
                    scene: scene(&people, &[], &[]),
                    wishes: Pictures::All,
                    tell: Box::new(|_| {}),
                    spoke: Box::new(|_| {}),
                };
                engine.offer(told).await.said().await.expect("the offer is taken")
            }
            (_, Some(bare)) => bare.answer(room, &description),
            _ => panic!("ours or bare"),
        };
        println!("{}", answer.replace("\r\n", "|"));
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "--serve") {
        return serves(&words[at + 1]).await;
    }
    let begun = Instant::now();
    let only = std::env::var("BENCH_ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("forwarding") {
        one_to_eight().await;
    }
    if wanted("room") {
        room_of_twelve().await;
    }
    if wanted("memory") {
        for slots in [1, usize::from(ROOM_OF) - 1] {
            let (bare, ours) = (memory("bare", slots).await, memory("ours", slots).await);
            println!(
                "goal 14, memory a connection that listens on {slots} lines of each kind: ours {ours:.0} KiB (at most 150, wanted 80), bare {bare:.0} KiB; {:.2}",
                ours / bare
            );
        }
    }
    println!("it took {:?}", begun.elapsed());
}
