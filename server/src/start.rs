//! From a checked configuration to a server that takes people in, and back down in good order.
//!
//! What keeps the rooms and which packs there are is handed in as [`Parts`]; tests hand in their own, and their own clock.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::Private;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::cluster::JoinFault;
use crate::config::{Config, Database, SecondFactor};
use crate::facts::Operated;
use crate::http::{self, Address, House, Packs, Ready, Rooms, TlsFault};
use crate::identity::{Identity, No};
use crate::keys::{KeyFault, RootKey};
use crate::ledger;
use crate::metrics::{Asked, METRICS};
use crate::retention;
use crate::root_key::RootInUse;
use crate::store::{FatalHook, Store, StoreConfig, StoreFault};

/// The embedded database's file in the data folder.
pub(crate) const DATABASE_FILE: &str = "rondo.db";

/// Why the server did not start: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The data folder cannot be made or closed to others.
    #[error("the data folder {} cannot be used: {source}", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody else works with the folder in a way that does not go together with this.
    #[error("the data folder {} is busy: {busy}", folder.display())]
    Busy {
        /// Which.
        folder: PathBuf,
        /// With what.
        busy: &'static str,
    },
    /// The root key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// A rotation was cut off, and no database says which of the two root keys is right.
    #[error(
        "a rotation of the root key was cut off in {0}, and the database there does not say which of root.key and root.key.next is right: put the right database back and start again"
    )]
    UnclearRotation(PathBuf),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// It cannot be one of several nodes.
    #[error(transparent)]
    Cluster(#[from] JoinFault),
    /// The certificate cannot be had.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// The directory does not answer.
    #[error("the store does not answer: {}", .0.problem.title)]
    Directory(No),
    /// Somebody is on the list of the erased and could not be erased.
    #[error("root.erased cannot be read, or somebody on it could not be erased: {}", .0.problem.title)]
    Erasures(No),
    /// The metrics' own address cannot be listened on.
    #[error("metrics cannot be told on {address}: {source}")]
    Metrics {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The socket is not one.
    #[error("the listening socket cannot be used: {0}")]
    Listener(std::io::Error),
}

/// Opens the rooms over a store, as the settings say.
pub type RoomsOver = dyn FnOnce(Store, Clock, &Config) -> Arc<dyn Rooms> + Send;

/// What is put into the house.
pub struct Parts {
    pub clock: Clock,
    /// Given the store and the settings, whoever keeps the rooms.
    pub rooms: Box<RoomsOver>,
    pub packs: Arc<dyn Packs>,
    /// Everybody in it is invented.
    pub demo: bool,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts")
    }
}

/// What the operator is told at the start.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// Where the server can be reached.
    pub address: Address,
    /// The one-time link that makes the first facilitator, while there is none.
    pub set_up: Option<Private<String>>,
    /// Where everything is kept.
    pub data: PathBuf,
}

/// A server that is ready to take people in.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    /// Where numbers are told, apart from people.
    metrics: Option<TcpListener>,
    config: Config,
    house: House,
    store: Store,
    clock: Clock,
    welcome: Welcome,
    /// Held until the server has stopped.
    root: RootInUse,
}

impl Server {
    /// Open the data folder and everything in it.
    pub async fn open(listener: TcpListener, config: Config, parts: Parts) -> Result<Self, StartFault> {
        let bound = listener.local_addr().map_err(StartFault::Listener)?;
        let metrics = match config.metrics {
            None => None,
            Some(address) => {
                let bound = TcpListener::bind(address).await;
                Some(bound.map_err(|source| StartFault::Metrics { address, source })?)
            }
        };
        own_folder(&config.data).map_err(|source| StartFault::Folder {
            folder: config.data.clone(),
            source,
        })?;
        let root = RootInUse::read_or_begin(&config).await?;
        let store = store_of(&config, root.key.clone(), end_the_process()).await?;
        let identity = Identity::new(store.clone(), root.key.clone(), &config.data, parts.clock.clone());
        // Nobody in a demo has a phone.
        let wanted = if parts.demo {
            SecondFactor::Asked
        } else {
            config.second_factor
        };
        let identity = identity.wanting(wanted).with_outside(config.outside.clone());
        let identity = match config.cluster {
            Some(_) => identity.among_nodes(),
            None => identity,
        };
        let identity = Arc::new(identity);
        let address = http::address(&config, bound);
        let secret = identity.bootstrap().await.map_err(StartFault::Directory)?;
        let set_up = secret.map(|secret| Private(format!("{}/setup#{}", address.url, secret.expose())));
        let clock = parts.clock.clone();
        let rooms = (parts.rooms)(store.clone(), parts.clock, &config);
        rooms.begin().await?;
        finish_erasures(&identity, &rooms).await?;
        let house = House {
            identity,
            rooms,
            packs: parts.packs,
            ready: Ready::default(),
            operated: Operated::by(&config),
            demo: parts.demo,
        };
        let welcome = Welcome {
            address,
            set_up,
            data: config.data.clone(),
        };
        Ok(Self {
            listener,
            metrics,
            config,
            house,
            store,
            clock,
            welcome,
            root,
        })
    }

    /// What to tell the operator.
    pub const fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Who is who here: the demo makes its invented people by the same doors as everybody, and tests ask what a guess cost.
    pub const fn identity(&self) -> &Arc<Identity> {
        &self.house.identity
    }

    /// Take people in until `stop`; then refuse new ones, finish requests, let the rooms close, and close the store.
    pub async fn run(self, stop: CancellationToken) -> Result<(), StartFault> {
        let ready = self.house.ready.clone();
        let rooms = Arc::clone(&self.house.rooms);
        ready.set(true);
        let rooms_ended = CancellationToken::new();
        let terms = self.config.retention.clone();
        let purge = retention::keep(self.store.clone(), self.clock.clone(), terms, stop.clone());
        let purge = tokio::spawn(purge);
        let ledger = tokio::spawn(ledger::keep::keep(
            self.store.clone(),
            self.clock.clone(),
            self.config.cluster.is_some(),
            rooms_ended.clone(),
        ));
        let metrics = self.metrics.map(|listener| {
            let operated = self.house.operated.clone();
            let (rooms, ready, clock) = (Arc::clone(&rooms), ready.clone(), self.clock.clone());
            let text = move || {
                METRICS.text(&Asked {
                    ready: ready.is(),
                    rooms: rooms.open(),
                    media: rooms.media(),
                    ..operated.facts(clock.now()).asked()
                })
            };
            // Until all is over: how a stop goes is worth knowing, too.
            tokio::spawn(http::tell_metrics(listener, Arc::new(text), rooms_ended.clone()))
        });
        // What has ended elsewhere is heard of, and pages are answered, until the rooms are handed over.
        let doors = CancellationToken::new();
        let leaves = async {
            stop.cancelled().await;
            ready.set(false);
            rooms.hands_over().await;
            doors.cancel();
        };
        let (served, ()) = tokio::join!(
            async {
                let served = http::serve(self.listener, &self.config, self.house, doors.clone()).await;
                // A door that never opened ends the wait below too.
                stop.cancel();
                served
            },
            leaves
        );
        rooms.stop().await;
        rooms_ended.cancel();
        // If it panicked, the next start takes up what it left.
        drop(ledger.await);
        drop(purge.await);
        if let Some(metrics) = metrics {
            drop(metrics.await);
        }
        self.store.close().await;
        drop(self.root);
        Ok(served?)
    }
}

/// Nobody is taken in before everybody who was erased is: a process may have died meanwhile, and a restored database may be older than that.
async fn finish_erasures(identity: &Identity, rooms: &Arc<dyn Rooms>) -> Result<(), StartFault> {
    for one in identity.unfinished_erasures().await.map_err(StartFault::Erasures)? {
        let erased = identity.erase(one.room, one.participant, || {
            rooms.erase(one.room, one.participant, None)
        });
        if let Err(why) = erased.await {
            // One broken room must not keep everybody out. Its person's key is destroyed all the same, and the rest is tried at every start.
            tracing::error!(room = %one.room, participant = %one.participant, ?why, "an erasure could not be finished");
            let key = identity.store().destroy_key(one.room, one.participant).await;
            key.map_err(|fault| StartFault::Erasures(fault.into()))?;
            continue;
        }
        tracing::info!(room = %one.room, participant = %one.participant, "an erasure was carried out again");
    }
    Ok(())
}

/// The store that the settings name.
pub(crate) async fn store_of(config: &Config, root: RootKey, fatal: FatalHook) -> Result<Store, StartFault> {
    let database = match (&config.database, &config.cluster) {
        (Database::Embedded, _) => StoreConfig::Sqlite(config.data.join(DATABASE_FILE)),
        (Database::Postgres(url), None) => StoreConfig::Postgres(url.clone()),
        (Database::Postgres(url), Some(cluster)) => {
            let node = (cluster.node.as_str(), cluster.lease);
            return Ok(Store::open_as_node(url, node, root, fatal).await?);
        }
    };
    Ok(Store::open(database, root, fatal).await?)
}

/// The data folder, readable by its owner alone.
pub(crate) fn own_folder(folder: &Path) -> std::io::Result<()> {
    let made = !folder.exists();
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    if made {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A write that could not be forced to the disk may or may not be there: nothing true can be said until the journal has
/// been read anew (invariant 5).
fn end_the_process() -> FatalHook {
    FatalHook::new(|why| {
        tracing::error!(
            why,
            "the disk did not take a write; the process ends and must be started again"
        );
        std::process::exit(EXIT_DISK);
    })
}

/// `EX_IOERR` of sysexits: service managers start us again.
const EXIT_DISK: i32 = 74;
