//! Several real nodes on one machine: a PostgreSQL and a NATS server of the tests' own, and a process for each node.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use protocol::{Private, RoomId};
use rondo::keys::{ROOT_KEY_FILE, RootKey};
use rondo::store::{FatalHook, Store, StoreConfig};
use sqlx::{Connection, PgConnection, Row};
use tempfile::TempDir;

use crate::faults::Wire;
use crate::house::{Process, binary};
use crate::nats::Nats;
use crate::postgres::Postgres;

/// What the nodes are called.
pub const NAMES: [&str; 3] = ["a", "b", "c"];

const DATABASE: &str = "nodes";

/// Three nodes.
#[derive(Debug)]
pub struct Nodes {
    pub nodes: Vec<Process>,
    pub bootstrap: String,
    pub database: Private<String>,
    pub nats: Nats,
    /// The wires over which the nodes reach the database and the bus.
    pub wires: (Wire, Wire),
    lease: u64,
    mutant: Option<&'static str>,
    /// What nodes are started from now on.
    pub binary: PathBuf,
    wired: bool,
    _postgres: Postgres,
    folders: Vec<TempDir>,
}

impl Nodes {
    /// Starts all of them with leases of so many milliseconds. `None` where a server that they need is not installed.
    pub async fn start(lease: u64, mutant: Option<&'static str>) -> Option<Self> {
        Self::of(&binary(), lease, mutant, true).await
    }

    /// The same with a binary of another release; straight to the database and the bus where no fault of theirs is played.
    pub async fn of(binary: &Path, lease: u64, mutant: Option<&'static str>, wired: bool) -> Option<Self> {
        let (postgres, nats) = (Postgres::start_or_report()?, Nats::start_or_report()?);
        let database = postgres.fresh_database(DATABASE);
        let wires = (Wire::to(postgres.address()).await, Wire::to_bus(nats.address).await);
        let folders: Vec<TempDir> = NAMES.map(|_| tempfile::tempdir().expect("a folder")).into();
        let mut all = Self {
            nodes: Vec::new(),
            bootstrap: String::new(),
            database,
            nats,
            wires,
            lease,
            mutant,
            binary: binary.to_owned(),
            wired,
            _postgres: postgres,
            folders,
        };
        for n in 0..NAMES.len() {
            // The root key of the first is everybody's.
            if n > 0 {
                let [from, to] = [0, n].map(|n| all.folders[n].path().join(ROOT_KEY_FILE));
                std::fs::copy(from, to).expect("the root key is copied");
            }
            let node = all.process(n, 0).await;
            if n == 0 {
                all.bootstrap = node.bootstrap.clone().expect("a fresh house has a link");
            }
            all.nodes.push(node);
        }
        Some(all)
    }

    async fn process(&self, n: usize, port: u16) -> Process {
        let (database, bus) = if self.wired {
            let database = format!("postgres://postgres@{}/{DATABASE}", self.wires.0.address);
            (database, format!("nats://{}", self.wires.1.address))
        } else {
            (self.database.expose().clone(), self.nats.url())
        };
        let lease = self.lease.to_string();
        // That a bus or a lease was lost is what is being played.
        let log = std::env::var("NODES_LOG").unwrap_or_else(|_| "off".to_owned());
        let mut settings = vec![
            ("RONDO_DATABASE_URL", database.as_str()),
            ("RONDO_NODE", NAMES[n]),
            ("RONDO_BUS", &bus),
            ("RONDO_LEASE", &lease),
            ("RONDO_LOG", &log),
        ];
        settings.extend(self.mutant.map(|mutant| ("RONDO_MUTANT", mutant)));
        Process::of(&self.binary, self.folders[n].path(), port, &settings)
            .await
            .expect("a node starts")
    }

    /// Ends a node in good order and starts it again where it was. Gives how long its end took, and its exit code.
    pub async fn restart(&mut self, n: usize) -> (std::time::Duration, Option<i32>) {
        let address = self.nodes[n].address;
        let begun = std::time::Instant::now();
        signal("-TERM", self.nodes[n].id());
        let code = self.nodes[n].ends().await;
        let took = begun.elapsed();
        self.nodes[n] = self.process(n, address.port()).await;
        (took, code)
    }

    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// Stops a node's clock, so to speak.
    pub fn freezes(&self, n: usize) {
        signal("-STOP", self.nodes[n].id());
    }

    /// And lets it go on.
    pub fn thaws(&self, n: usize) {
        signal("-CONT", self.nodes[n].id());
    }

    /// A connection of the tests' own to the database, past the wire.
    pub async fn sql(&self) -> PgConnection {
        PgConnection::connect(self.database.expose())
            .await
            .expect("the database answers")
    }

    /// The store, beside the nodes.
    pub async fn store(&self) -> Store {
        store_on(&self.database, self.folders[0].path()).await
    }
}

async fn store_on(database: &Private<String>, folder: &Path) -> Store {
    let root = RootKey::load(folder).expect("the root key");
    let hook = FatalHook::new(|why| panic!("{why}"));
    let opened = Store::open(StoreConfig::Postgres(database.clone()), root, hook).await;
    opened.expect("the store opens")
}

/// The number of the living node that has a room.
pub async fn owner_of(sql: &mut PgConnection, room: RoomId) -> Option<usize> {
    let query = "SELECT node.name FROM room JOIN node ON node.id = room.owner_node
                 WHERE room.id = $1 AND node.lease_until > extract(epoch FROM clock_timestamp()) * 1000";
    let row = sqlx::query(query)
        .bind(room.bits().to_be_bytes().to_vec())
        .fetch_optional(sql)
        .await
        .expect("the database answers")?;
    let name: String = row.get(0);
    NAMES.iter().position(|known| *known == name)
}

fn signal(which: &str, id: Option<u32>) {
    let id = id.expect("the process runs").to_string();
    let sent = Command::new("kill").args([which, &id]).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill {which} {id}");
}
