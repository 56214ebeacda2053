//! The two sides of every comparison: Rondo's server and the floor, each a process of its own on the first processor, with one thread for
//! its connections. The crowd has the second processor for itself.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use rondo::keys::RootKey;
use rondo::store::{FatalHook, Store, StoreConfig};
use tests::costs;
use tests::furnish::{Guest, furnish_groups};
use tests::house::Process;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Where the measured process runs.
const MEASURED: &str = "0";
/// Where the crowd runs.
const CROWD: &str = "1";
const BOTH: &str = "0,1";

/// Keeps the crowd away from the measured process; a machine with one processor cannot, and the figures say less.
pub(crate) fn part_processors() {
    if costs::pin(std::process::id(), CROWD).is_err() {
        eprintln!("One processor only, or no taskset: the crowd disturbs what it measures.");
    }
}

/// Gives this process the whole machine back.
pub(crate) fn join_processors() {
    // Where this fails, parting failed as well, and that was said.
    let _ = costs::pin(std::process::id(), BOTH);
}

/// A store in a folder, opened in this process.
pub(crate) async fn open_store(folder: &Path) -> Store {
    let root = RootKey::load_or_create(folder).expect("a root key is made");
    let hook = FatalHook::new(|why| panic!("the disk did not take a write: {why}"));
    Store::open(StoreConfig::Sqlite(folder.join("rondo.db")), root, hook)
        .await
        .expect("the store opens")
}

/// Groups full of people in a fresh data folder.
pub(crate) async fn furnished(folder: &Path, groups: usize, people: usize) -> Vec<Vec<Guest>> {
    let store = open_store(folder).await;
    let guests = furnish_groups(&store, groups, people).await;
    store.close().await;
    guests
}

/// The server as it ships, with one worker thread.
pub(crate) async fn server(folder: &Path, port: u16) -> Process {
    let process = Process::start(folder, port, &[("TOKIO_WORKER_THREADS", "1")])
        .await
        .expect("the server starts");
    pinned(process.id().expect("it runs"));
    process
}

fn pinned(pid: u32) {
    if costs::pin(pid, MEASURED).is_err() {
        eprintln!("The measured process could not be given a processor of its own.");
    }
}

/// The floor's process.
#[derive(Debug)]
pub(crate) struct Floor {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Floor {
    pub(crate) async fn start() -> Self {
        let mut child = Command::new(tests::house::binary().with_file_name("floor"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the floor is built beside the bench");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let line = lines.next_line().await.ok().flatten().unwrap_or_default();
        let address = line.strip_prefix("http://").and_then(|address| address.parse().ok());
        let floor = Self {
            child,
            address: address.expect("the floor says where it listens"),
        };
        pinned(floor.pid());
        floor
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub(crate) async fn end(mut self) {
        let _ = self.child.kill().await;
    }
}
