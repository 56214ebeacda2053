//! What it costs to carry voices and pictures, held against the least that could be done on the same machine in the same run: sealing and sending
//! a packet (the floor), and a forwarder that is the same library and nothing else (bare: no gate, no table, no ladder, no estimate).
//!
//! Callers live in the same process; what is counted is the time on a processor of the one thread that forwards. For memory the server is a
//! process of its own.
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

mod bare;

use std::io::{BufRead, Write};
use std::net::UdpSocket;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use media::caller::{Caller, Offering};
use media::hall::{ROOM, engine, offer, scene};
use media::{Engine, Pictures};
use protocol::RoomId;

/// How long each is measured: ten seconds, or as many as are said.
fn long() -> Duration {
    let said = std::env::var("BENCH_SECONDS").ok().and_then(|said| said.parse().ok());
    Duration::from_secs(said.unwrap_or(10))
}
/// One packet's payload, as goal 13 has it.
const PACKET: usize = 1_100;
/// A frame of the speaker's picture: ten packets, fifty times a second.
const FRAME: usize = 10 * PACKET;
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

/// Packets in a second of processor: sealed and sent, nothing else.
fn floor() -> f64 {
    const PACKETS: u32 = 200_000;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[7; 16]).expect("a key of its length"));
    let (from, to) = (
        UdpSocket::bind("127.0.0.1:0").expect("a port"),
        UdpSocket::bind("127.0.0.1:0").expect("a port"),
    );
    let target = to.local_addr().expect("bound");
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
            let _ = from.send_to(&packet, target); // a full queue drops, as for everybody here
        }
        f64::from(PACKETS) / (on_processor("floor") - before).as_secs_f64()
    };
    let thread = std::thread::Builder::new().name("floor".to_owned()).spawn(run);
    let rate = thread.expect("a thread").join().expect("it ends");
    drop(to);
    rate
}

async fn joins(engine: &Engine, room: RoomId, n: u8, people: &[u8], slots: usize) -> Caller {
    let offering = Offering::new(n, slots).await;
    let (offer, _) = offer(room, &offering, n, scene(people, &[], &[]));
    let answer = engine.offer(offer).await.said().await.expect("the offer is taken");
    let mut caller = offering.begins(&answer);
    caller.sees("the connection", |log| log.up).await;
    caller
}

/// Waits until nothing is held back any more: the estimate climbs first.
async fn climbs(engine: &Engine) -> bool {
    let held = || engine.counts().held_back.load(Ordering::Relaxed);
    for _ in 0..60 {
        let before = held();
        tokio::time::sleep(Duration::from_secs(1)).await;
        if held() == before && engine.counts().carried.load(Ordering::Relaxed) > 0 {
            return true;
        }
    }
    false
}

/// One speaks, eight listen. Packets sent in a second of the forwarding thread's time on a processor.
async fn ours() -> f64 {
    let long = long();
    let engine = engine(1, None);
    let people: Vec<u8> = (1..=LISTENERS + 1).collect();
    let mut callers = Vec::new();
    for &n in &people {
        callers.push(joins(&engine, ROOM, n, &people, 1).await);
    }
    callers[0].weighs(FRAME).await;
    callers[0].talks(true).await;
    let whole = climbs(&engine).await;
    let sent = || engine.counts().sent.load(Ordering::Relaxed);
    let (before, cpu) = (sent(), on_processor("media"));
    tokio::time::sleep(long).await;
    let (packets, cpu) = (sent() - before, on_processor("media") - cpu);
    let stays = &engine.counts().stays;
    println!(
        "ours, one to eight: {packets} packets in {long:?}, {:.1} % of a core, {:.2} us a packet; a datagram stays {:?} at the middle, {:?} at 99 of 100{}",
        100.0 * cpu.as_secs_f64() / long.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / packets as f64,
        stays.of_thousand(500).unwrap_or_default(),
        stays.of_thousand(990).unwrap_or_default(),
        if whole { "" } else { " (pictures were still held back)" }
    );
    packets as f64 / cpu.as_secs_f64()
}

async fn bare_one() -> f64 {
    let long = long();
    let bare = bare::Bare::start();
    let mut callers = Vec::new();
    for n in 1..=LISTENERS + 1 {
        let offering = Offering::new(n, 1).await;
        let answer = bare.answer(&offering.description);
        let mut caller = offering.begins(&answer);
        caller.sees("the connection", |log| log.up).await;
        callers.push(caller);
    }
    callers[0].weighs(FRAME).await;
    callers[0].talks(true).await;
    callers[1].sees("the picture", |log| log.pictures_of(1) > 20).await;
    let (before, cpu) = (bare.sent(), on_processor("bare"));
    tokio::time::sleep(long).await;
    let (packets, cpu) = (bare.sent() - before, on_processor("bare") - cpu);
    println!(
        "bare, one to eight: {packets} packets in {long:?}, {:.1} % of a core, {:.2} us a packet",
        100.0 * cpu.as_secs_f64() / long.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / packets as f64
    );
    packets as f64 / cpu.as_secs_f64()
}

/// Twelve who all talk and are all seen in the small size.
async fn room_of_twelve() {
    let long = long();
    let engine = engine(1, None);
    let people: Vec<u8> = (1..=ROOM_OF).collect();
    let mut callers = Vec::new();
    for &n in &people {
        let caller = joins(&engine, ROOM, n, &people, usize::from(ROOM_OF) - 1).await;
        caller.weighs(350).await;
        caller.talks(true).await;
        callers.push(caller);
    }
    let whole = climbs(&engine).await;
    let sent = || engine.counts().sent.load(Ordering::Relaxed);
    let (before, cpu) = (sent(), on_processor("media"));
    tokio::time::sleep(long).await;
    let (packets, cpu) = (sent() - before, on_processor("media") - cpu);
    let share = cpu.as_secs_f64() / long.as_secs_f64();
    let stays = &engine.counts().stays;
    println!(
        "a room of twelve: {:.0} packets a second, {:.1} % of a core: one core carries {:.1} such rooms; a datagram stays {:?} at the middle, {:?} at 99 of 100, its waiting behind others in the same reading among it{}",
        packets as f64 / long.as_secs_f64(),
        100.0 * share,
        1.0 / share,
        stays.of_thousand(500).unwrap_or_default(),
        stays.of_thousand(990).unwrap_or_default(),
        if whole { "" } else { " (pictures were still held back)" }
    );
}

/// Kilobytes for each connection of a server that is a process of its own, in rooms of twelve.
async fn memory(which: &str) -> f64 {
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
            let offering = Offering::new(n, usize::from(ROOM_OF) - 1).await;
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
                    peer: media::PeerId(u64::from(room) * 100 + u64::from(n)),
                    who: media::hall::who(n),
                    description,
                    scene: scene(&people, &[], &[]),
                    wishes: Pictures::All,
                    tell: Box::new(|_| {}),
                    spoke: Box::new(|_| {}),
                };
                engine.offer(told).await.said().await.expect("the offer is taken")
            }
            (_, Some(bare)) => bare.answer(&description),
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
    let floor = floor();
    println!("the floor: {floor:.0} packets of {PACKET} bytes sealed and sent in a second of processor");
    let bare = bare_one().await;
    let ours = ours().await;
    println!(
        "goal 13, packets in a second of processor against the floor: ours {:.2} (at least 0.30, wanted 0.40), bare {:.2}; ours against bare {:.2}",
        ours / floor,
        bare / floor,
        ours / bare
    );
    room_of_twelve().await;
    let (bare, ours) = (memory("bare").await, memory("ours").await);
    println!(
        "goal 14, memory a connection in rooms of twelve: ours {ours:.0} KiB (at most 150, wanted 80), bare {bare:.0} KiB; {:.2}",
        ours / bare
    );
    println!("it took {:?}", begun.elapsed());
}
