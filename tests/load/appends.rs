//! Goals 10 and 11: how fast acknowledged means committed with fsync.
//!
//! Closed loop: every room has one append in flight, an event of 200 bytes with a command's name, through the real fence, deduplication
//! and encryption. Each round measures, one after the other, on the same disk:
//! * `raw`: one thread takes all that waits, appends it to a file, and calls fdatasync. The floor.
//! * `store`: the store on SQLite.
//! * `single`: the same store, one append at a time, which is one commit per action.
//!
//! The store is measured once its log has begun anew: SQLite writes ahead into a file that grows to its full length once and is written over
//! from then on, and a file that grows costs the disk half as much again for every commit. A server stands there for all but its first hours.
//! The raw file grows, as the goal says it.
//!
//! The disk is shared and its moods change by the minute; so the ratios count, each from neighbours in one round, and their median.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::{CommandId, ParticipantId, RoomId, Timestamp};
use rondo::store::{Append, Appended, NewEvent, Store};
use tests::furnish::{PRACTICE, furnish_rooms};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;

use super::Pace;
use super::figures::{Figure, Must, all, at_share, median};
use super::sides::open_store;

/// What a private thought behind the floor weighs: names, ids, times.
const BODY_BYTES: usize = 200;
/// Rooms at once, and how much slower than the raw file the slowest of a hundred acknowledgements may be.
const ROOMS: [(u128, f64); 3] = [(1, 2.0), (10, 3.0), (100, 8.0)];

/// Events in each append by which the log is filled.
const FILLING: u64 = 512;
/// So many of them at most: the log has begun anew long before.
const FILLINGS: u64 = 1_000;

/// Three things are measured a round, so that each has less time than elsewhere.
fn window(pace: &Pace) -> Duration {
    pace.window * 3 / 5
}

/// One measurement.
struct Figures {
    per_second: f64,
    p50: f64,
    p99: f64,
}

impl Figures {
    fn of(micros: &[f64], took: Duration) -> Self {
        Self {
            per_second: micros.len() as f64 / took.as_secs_f64(),
            p50: at_share(micros.iter().copied(), 0.50),
            p99: at_share(micros.iter().copied(), 0.99),
        }
    }
}

pub(crate) async fn run(pace: &Pace) -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    for (rooms, must) in ROOMS {
        let (mut raw, mut grouped, mut single) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..pace.rounds {
            raw.push(raw_appends(pace, rooms).await);
            grouped.push(store_appends(pace, rooms, Together::Yes).await);
            single.push(store_appends(pace, rooms, Together::OneAtATime).await);
        }
        for (what, figures) in [("raw", &raw), ("store", &grouped), ("single", &single)] {
            eprintln!(
                "appends  {rooms:3} rooms  {what:6} {:8.0}/s  p50 {:6.0} us  p99 {:6.0} us",
                median(figures.iter().map(|f| f.per_second)),
                median(figures.iter().map(|f| f.p50)),
                median(figures.iter().map(|f| f.p99)),
            );
        }
        let p99 = || grouped.iter().zip(&raw).map(|(store, raw)| store.p99 / raw.p99);
        figures.push(Figure {
            goal: 10,
            what: format!("p99 of a durable append / raw append and sync, {rooms} rooms"),
            must: Must::AtMost(must),
            is: median(p99()),
            how: format!(
                "rounds {}; median {:.0} us against {:.0} us",
                all(p99()),
                median(grouped.iter().map(|f| f.p99)),
                median(raw.iter().map(|f| f.p99)),
            ),
        });
        if rooms == ROOMS[ROOMS.len() - 1].0 {
            figures.extend(together(&grouped, &single, rooms));
        }
    }
    Ok(figures)
}

/// Goal 11.
fn together(grouped: &[Figures], single: &[Figures], rooms: u128) -> [Figure; 2] {
    let gain = || {
        let pairs = grouped.iter().zip(single);
        pairs.map(|(store, single)| store.per_second / single.per_second)
    };
    let how = format!(
        "median {:.0}/s against {:.0}/s; through fence, deduplication and encryption",
        median(grouped.iter().map(|f| f.per_second)),
        median(single.iter().map(|f| f.per_second)),
    );
    [
        Figure {
            goal: 11,
            what: format!("durable appends a second, {rooms} rooms, / one commit per action"),
            must: Must::AtLeast(10.0),
            is: median(gain()),
            how: format!("rounds {}; {how}", all(gain())),
        },
        Figure {
            goal: 11,
            what: "the same, a second".to_owned(),
            must: Must::AtLeast(12_000.0),
            is: median(grouped.iter().map(|f| f.per_second)),
            how,
        },
    ]
}

async fn raw_appends(pace: &Pace, rooms: u128) -> Figures {
    let measured = window(pace);
    let folder = tempfile::tempdir_in(&pace.folder).expect("a folder to write into");
    let file = File::create(folder.path().join("raw")).expect("a file to write into");
    let (queue, waiting) = mpsc::channel::<oneshot::Sender<()>>(4096);
    let writer = std::thread::spawn(move || write_raw(file, waiting));
    let mut loops = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..rooms {
        let queue = queue.clone();
        loops.spawn(async move {
            let mut micros = Vec::new();
            while begun.elapsed() < measured {
                let asked = Instant::now();
                let (done, wait) = oneshot::channel();
                queue.send(done).await.expect("the writer waits");
                wait.await.expect("the writer answers");
                micros.push(asked.elapsed().as_secs_f64() * 1e6);
            }
            micros
        });
    }
    let micros = loops.join_all().await.concat();
    let took = begun.elapsed();
    drop(queue);
    writer.join().expect("the writer ends");
    Figures::of(&micros, took)
}

fn write_raw(mut file: File, mut waiting: mpsc::Receiver<oneshot::Sender<()>>) {
    let row = [7; BODY_BYTES];
    while let Some(first) = waiting.blocking_recv() {
        let mut batch = vec![first];
        while let Ok(next) = waiting.try_recv() {
            batch.push(next);
        }
        file.write_all(&row.repeat(batch.len())).expect("the disk has room");
        file.sync_data().expect("the disk keeps it");
        for done in batch {
            let _ = done.send(());
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Together {
    Yes,
    OneAtATime,
}

async fn store_appends(pace: &Pace, rooms: u128, together: Together) -> Figures {
    let measured = window(pace);
    let folder = tempfile::tempdir_in(&pace.folder).expect("a folder to write into");
    let store = open_store(folder.path()).await;
    furnish_rooms(&store, rooms).await;
    for n in 1..=rooms {
        store.claim(RoomId::from_bits(n)).await.expect("the room is claimed");
    }
    let settled = settle(&store, &folder.path().join("rondo.db-wal")).await;
    let turn = (together == Together::OneAtATime).then(|| Arc::new(Mutex::new(())));
    let mut loops = JoinSet::new();
    let begun = Instant::now();
    for n in 1..=rooms {
        let (store, turn) = (store.clone(), turn.clone());
        loops.spawn(async move {
            let mut micros = Vec::new();
            let mut seq = if n == 1 { settled } else { 0 };
            while begun.elapsed() < measured {
                let asked = Instant::now();
                let held = match &turn {
                    Some(turn) => Some(turn.lock().await),
                    None => None,
                };
                let answer = store.append(action(n, seq, 1)).await;
                drop(held);
                seq += 1;
                assert_eq!(answer, Ok(Appended::Committed { last_seq: seq }));
                micros.push(asked.elapsed().as_secs_f64() * 1e6);
            }
            micros
        });
    }
    let micros = loops.join_all().await.concat();
    let took = begun.elapsed();
    store.close().await;
    Figures::of(&micros, took)
}

/// Fills the log until it begins anew, by the first room's events; how many those are.
async fn settle(store: &Store, log: &Path) -> u64 {
    let first = times_begun(log);
    for filled in 0..FILLINGS {
        if times_begun(log) != first {
            return filled * FILLING;
        }
        let answer = store.append(action(1, filled * FILLING, FILLING)).await;
        assert_eq!(
            answer,
            Ok(Appended::Committed {
                last_seq: (filled + 1) * FILLING
            })
        );
    }
    panic!("the log never begins anew: {}", log.display());
}

/// How often the log was begun anew, as its header says (bytes 12 to 16: the checkpoint sequence number).
fn times_begun(log: &Path) -> [u8; 4] {
    let mut header = [0; 16];
    let read = File::open(log).and_then(|mut file| file.read_exact(&mut header));
    read.expect("the log has a header");
    [header[12], header[13], header[14], header[15]]
}

fn action(n: u128, after_seq: u64, events: u64) -> Append {
    Append {
        room: RoomId::from_bits(n),
        practice: PRACTICE,
        epoch: 1,
        after_seq,
        events: (after_seq..after_seq + events)
            .map(|seq| NewEvent {
                kind: "floor.asked",
                at: Timestamp(seq),
                actor: Some(ParticipantId::from_bits(n)),
                body: vec![b'x'; BODY_BYTES],
            })
            .collect(),
        command: Some((
            ParticipantId::from_bits(n),
            CommandId::from_bits(u128::from(after_seq) + 1),
        )),
    }
}
