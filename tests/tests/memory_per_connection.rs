//! Rule 1 of the server's costs: a connection at rest keeps less than 16 KiB resident. The commonest way to lose it is one line long: a
//! WebSocket that keeps the library's read buffer of 128 KiB, which is zeroed at every poll and so is really there.
//!
//! This is a count and not a time: it holds on a busy machine too. `make bench` measures the same at five thousand connections.

use tests::costs::{allow_open_files, resident_kib};
use tests::crowd::{self, Message, Voice};
use tests::furnish::{self, Guest, furnish_groups};
use tests::house::Process;

/// What performance asks of a connection, its share of seats and rooms included.
const MOST_KIB: f64 = 16.0;
/// Both ends, and what else is open.
const OPEN_FILES: u64 = 4_096;
const PEOPLE: usize = 8;
/// Windows of each person.
const WINDOWS: usize = 5;

/// Resident KiB that a connection costs a real server, measured over `groups` full groups of people with several windows each.
async fn kib_per_connection(groups: usize, mutant: Option<&str>) -> f64 {
    allow_open_files(OPEN_FILES).expect("enough files may be open");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let guests = furnished(folder.path(), groups + 1).await;
    let more: Vec<(&str, &str)> = mutant.map(|name| ("RONDO_MUTANT", name)).into_iter().collect();
    let process = Process::start(folder.path(), 0, &more)
        .await
        .expect("the server starts");
    let resident = || resident_kib(process.id().expect("it runs")).expect("the kernel counts") as f64;
    // The first group pays for what a server needs once.
    let mut inside = everybody_enters(&process, &guests, 0).await;
    let before = resident();
    for group in 1..=groups {
        inside.extend(everybody_enters(&process, &guests, group).await);
    }
    let each = (resident() - before) / (groups * PEOPLE * WINDOWS) as f64;
    assert_eq!(inside.len(), (groups + 1) * PEOPLE * WINDOWS);
    drop(inside);
    process.kill().await;
    each
}

async fn furnished(folder: &std::path::Path, groups: usize) -> Vec<Vec<Guest>> {
    use rondo::keys::RootKey;
    use rondo::store::{FatalHook, Store, StoreConfig};
    let root = RootKey::load_or_create(folder).expect("a root key is made");
    let hook = FatalHook::new(|why| panic!("the disk did not take a write: {why}"));
    let config = StoreConfig::Sqlite(folder.join("rondo.db"));
    let store = Store::open(config, root, hook).await.expect("the store opens");
    let guests = furnish_groups(&store, groups, PEOPLE).await;
    store.close().await;
    guests
}

async fn everybody_enters(process: &Process, guests: &[Vec<Guest>], group: usize) -> Vec<Voice> {
    let guests = &guests[group];
    let gathered = crowd::gather(process.address, group, guests, |_| |_: Message, _| ()).await;
    let mut voices = gathered.expect("everybody is let in");
    for guest in guests {
        for _ in 1..WINDOWS {
            let line = crowd::enter(process.address, furnish::room(group), guest).await;
            let (voice, ears) = line.expect("another window opens");
            tokio::spawn(ears.listen(|_| ()));
            voices.push(voice);
        }
    }
    voices
}

#[tokio::test]
async fn an_idle_connection_keeps_less_than_sixteen_kib() {
    let each = kib_per_connection(24, None).await;
    println!("{each:.1} KiB a connection");
    assert!(each < MOST_KIB, "{each:.1} KiB a connection");
}

#[tokio::test]
async fn the_librarys_own_read_buffer_would_be_noticed() {
    let each = kib_per_connection(4, Some("large_read_buffer")).await;
    assert!(
        each > 2.0 * MOST_KIB,
        "{each:.1} KiB a connection with 128 KiB to read into"
    );
}
