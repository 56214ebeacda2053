//! A process to be killed: it writes into a few rooms at once and says on stdout what was acknowledged, one line each, `room seq`.
//! `store_writer <folder> <appends a room>`. Ends with [`FATAL`] when the store says that the process must end.

use std::io::Write;
use std::path::Path;

use protocol::{ParticipantId, RoomId, Timestamp};
use rondo::keys::RootKey;
use rondo::store::{Append, AppendError, Appended, FatalHook, NewEvent, Store, StoreConfig};
use tests::furnish::{ROOMS, furnish};
use tokio::task::JoinSet;

/// The exit code of a process whose disk failed.
const FATAL: i32 = 70;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let appends: u64 = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a number of appends");
    let folder = Path::new(&folder);
    let root = RootKey::load_or_create(folder).expect("a root key");
    let hook = FatalHook::new(|_| std::process::exit(FATAL));
    let store = match Store::open(StoreConfig::Sqlite(folder.join("rondo.db")), root, hook).await {
        Ok(store) => store,
        Err(fault) => {
            eprintln!("{fault}");
            std::process::exit(1);
        }
    };
    furnish(&store).await;
    let mut rooms = JoinSet::new();
    for n in 1..=ROOMS {
        rooms.spawn(write(store.clone(), n, appends));
    }
    rooms.join_all().await;
    store.close().await;
}

async fn write(store: Store, n: u128, appends: u64) {
    let opened = store.claim(RoomId::from_bits(n)).await.expect("the room opens");
    let mut seq = opened.next_seq - 1;
    for _ in 0..appends {
        let append = Append {
            room: RoomId::from_bits(n),
            practice: opened.practice,
            epoch: opened.epoch,
            after_seq: seq,
            events: vec![NewEvent {
                kind: "said",
                at: Timestamp(seq),
                actor: Some(ParticipantId::from_bits(n)),
                body: vec![b'x'; 300],
            }],
            command: None,
        };
        match store.append(append).await {
            Ok(Appended::Committed { last_seq }) => {
                seq = last_seq;
                let mut out = std::io::stdout().lock();
                writeln!(out, "{n} {seq}")
                    .and_then(|()| out.flush())
                    .expect("somebody reads");
            }
            // A process that must end does so by its hook; until then nothing is acknowledged.
            Err(AppendError::Unknown | AppendError::Unavailable) => return,
            other => panic!("{other:?}"),
        }
    }
}
