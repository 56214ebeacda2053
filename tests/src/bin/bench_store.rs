//! How fast acknowledged means committed with fsync (goals 10 and 11): `cargo run --release -p tests --bin bench_store [folder]`.
//!
//! Closed loop: every room has one append in flight, an event of 200 bytes with a command's name, through the real fence, deduplication
//! and encryption. Each round measures, one after the other, on the same disk:
//! * `raw`: one thread takes all that waits, appends it to a file, and calls fdatasync. The floor.
//! * `store`: the store on SQLite.
//! * `single`: the same store, one append at a time, which is one commit per action.
//!
//! The disk is shared and its moods change by the minute; so the ratios count, each from neighbours in one round, and their median.

#![expect(clippy::print_stdout, reason = "a bench speaks on stdout")]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::{CommandId, ParticipantId, RoomId, Timestamp};
use rondo::keys::RootKey;
use rondo::store::{Append, Appended, FatalHook, NewEvent, Store, StoreConfig};
use tests::furnish::{PRACTICE, furnish_rooms};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;

const ROUNDS: usize = 5;
const MEASURED: Duration = Duration::from_secs(3);
/// What a private thought behind the floor weighs: names, ids, times.
const BODY_BYTES: usize = 200;

fn main() {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    println!("rooms  what     appends/s    p50 us    p99 us   (median of {ROUNDS} rounds of {MEASURED:?})");
    for rooms in [1, 10, 100] {
        runtime.block_on(compare(&folder, rooms));
    }
}

/// One measurement.
struct Figures {
    per_second: f64,
    p50: f64,
    p99: f64,
}

impl Figures {
    fn of(mut micros: Vec<f64>, took: Duration) -> Self {
        micros.sort_by(f64::total_cmp);
        let at = |share: f64| {
            micros
                .get((micros.len() as f64 * share) as usize)
                .copied()
                .unwrap_or(f64::NAN)
        };
        Self {
            per_second: micros.len() as f64 / took.as_secs_f64(),
            p50: at(0.50),
            p99: at(0.99),
        }
    }
}

async fn compare(folder: &Path, rooms: u128) {
    let (mut raw, mut grouped, mut single) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(raw_appends(folder, rooms).await);
        grouped.push(store_appends(folder, rooms, Together::Yes).await);
        single.push(store_appends(folder, rooms, Together::OneAtATime).await);
    }
    for (what, figures) in [("raw", &raw), ("store", &grouped), ("single", &single)] {
        let [per_second, p50, p99] = [
            median(figures.iter().map(|f| f.per_second)),
            median(figures.iter().map(|f| f.p50)),
            median(figures.iter().map(|f| f.p99)),
        ];
        println!("{rooms:5}  {what:7} {per_second:10.0} {p50:9.0} {p99:9.0}");
    }
    let p99 = median(grouped.iter().zip(&raw).map(|(store, raw)| store.p99 / raw.p99));
    let gain = median(
        grouped
            .iter()
            .zip(&single)
            .map(|(store, single)| store.per_second / single.per_second),
    );
    println!("{rooms:5}  p99 store / p99 raw = {p99:.1}; appends/s store / one commit per action = {gain:.1}");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

async fn raw_appends(folder: &Path, rooms: u128) -> Figures {
    let folder = tempfile::tempdir_in(folder).expect("a folder to write into");
    let file = File::create(folder.path().join("raw")).expect("a file to write into");
    let (queue, waiting) = mpsc::channel::<oneshot::Sender<()>>(4096);
    let writer = std::thread::spawn(move || write_raw(file, waiting));
    let mut loops = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..rooms {
        let queue = queue.clone();
        loops.spawn(async move {
            let mut micros = Vec::new();
            while begun.elapsed() < MEASURED {
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
    Figures::of(micros, took)
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

async fn store_appends(folder: &Path, rooms: u128, together: Together) -> Figures {
    let folder = tempfile::tempdir_in(folder).expect("a folder to write into");
    let root = RootKey::load_or_create(folder.path()).expect("a root key is made");
    let config = StoreConfig::Sqlite(folder.path().join("rondo.db"));
    let hook = FatalHook::new(|why| panic!("{why}"));
    let store = Store::open(config, root, hook).await.expect("the store opens");
    furnish_rooms(&store, rooms).await;
    for n in 1..=rooms {
        store.claim(RoomId::from_bits(n)).await.expect("the room is claimed");
    }
    let turn = (together == Together::OneAtATime).then(|| Arc::new(Mutex::new(())));
    let mut loops = JoinSet::new();
    let begun = Instant::now();
    for n in 1..=rooms {
        let (store, turn) = (store.clone(), turn.clone());
        loops.spawn(async move {
            let mut micros = Vec::new();
            let mut seq = 0;
            while begun.elapsed() < MEASURED {
                let asked = Instant::now();
                let held = match &turn {
                    Some(turn) => Some(turn.lock().await),
                    None => None,
                };
                let answer = store.append(action(n, seq)).await;
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
    Figures::of(micros, took)
}

fn action(n: u128, after_seq: u64) -> Append {
    Append {
        room: RoomId::from_bits(n),
        practice: PRACTICE,
        epoch: 1,
        after_seq,
        events: vec![NewEvent {
            kind: "floor.asked",
            at: Timestamp(after_seq),
            actor: Some(ParticipantId::from_bits(n)),
            body: vec![b'x'; BODY_BYTES],
        }],
        command: Some((
            ParticipantId::from_bits(n),
            CommandId::from_bits(u128::from(after_seq) + 1),
        )),
    }
}
