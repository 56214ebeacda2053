//! The way to the threads that carry media. A room belongs to one of them for good, so that they have nothing to tell one another.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use protocol::{ParticipantId, RoomId};
use str0m::Candidate;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

use crate::counts::Counts;
use crate::ear::Spoken;
use crate::endpoint::Setup;
use crate::ladder::Pictures;
use crate::limits::{ORDERS, THREADS};
use crate::post::Post;
use crate::scene::{Kind, PeerId, Scene, Voice};
use crate::work::Work;

/// Where media comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The UDP address to listen on. Each thread has a port of its own: this one and those behind it.
    pub listen: SocketAddr,
    /// The addresses by which browsers reach it, where they differ: the public ones of a machine behind a translating router.
    pub addresses: Vec<IpAddr>,
    /// How many threads carry media, each with a processor's worth of rooms.
    pub threads: usize,
}

/// Media could not start.
#[derive(Debug)]
pub enum NotStarted {
    /// The address could not be listened on.
    Address(std::io::Error),
    /// No certificate could be made.
    Certificate,
    /// No thread could be started.
    Thread(std::io::Error),
}

impl std::fmt::Display for NotStarted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(fault) => write!(f, "its address could not be listened on: {fault}"),
            Self::Certificate => f.write_str("no certificate could be made"),
            Self::Thread(fault) => write!(f, "no thread could be started: {fault}"),
        }
    }
}
impl std::error::Error for NotStarted {}

/// Why an offer was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// It is not an offer, or asks for what there is not.
    Unreadable,
    /// The room or the house carries as many as it can.
    Full,
    /// The engine is not there.
    Unavailable,
}

/// How things stand for one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether this page's own sound leaves the server.
    pub voice: Voice,
    /// Who is in which slot: the line's name in the page's own offer.
    pub heard: Vec<(Kind, String, ParticipantId)>,
}

/// Why a connection ended that the page did not end itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The person is heard through another window now.
    Elsewhere,
    /// The network between was lost, or never came up.
    Lost,
}

/// What a page is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Stands(Standing),
    Ended(Why),
}

/// What somebody's page offers.
pub struct Offer {
    pub room: RoomId,
    pub peer: PeerId,
    pub who: ParticipantId,
    /// The session description that the page made.
    pub description: String,
    /// The room as it is.
    pub scene: Scene,
    /// Which pictures the page wants.
    pub wishes: Pictures,
    /// Where to tell the page how things stand. Called on the engine's thread: it must not wait.
    pub tell: Box<dyn Fn(Notice) + Send>,
    /// Where to tell how much this person spoke, about once a second while they do, and at once when they begin or cease to try to speak.
    /// Called on the engine's thread: it must not wait.
    pub spoke: Box<dyn Fn(Spoken) + Send>,
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Offer({:?} of {} in {})", self.peer, self.who, self.room)
    }
}

/// The answer to an offer, once it is there.
#[derive(Debug)]
pub struct Answer(oneshot::Receiver<Result<String, NotTaken>>);

impl Answer {
    /// The server's session description.
    pub async fn said(self) -> Result<String, NotTaken> {
        self.0.await.unwrap_or(Err(NotTaken::Unavailable))
    }
}

pub(crate) enum Order {
    Offer(Box<Offer>, oneshot::Sender<Result<String, NotTaken>>),
    Restart(PeerId, String, oneshot::Sender<Result<String, NotTaken>>),
    Wishes(PeerId, Pictures),
    Shows(RoomId, Scene),
    Ends(PeerId),
    Closes(RoomId),
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order")
    }
}

/// The way to the threads. Cheap to clone; they end with the last one.
#[derive(Debug, Clone)]
pub struct Engine {
    threads: Arc<[Thread]>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
struct Thread {
    orders: mpsc::Sender<Order>,
    listens: SocketAddr,
}

impl Engine {
    /// Listens, makes a certificate for this run, and starts the threads.
    pub fn start(settings: &Settings) -> Result<Self, NotStarted> {
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let certificate = crypto
            .dtls_provider
            .generate_certificate()
            .ok_or(NotStarted::Certificate)?;
        let setup = Setup {
            certificate,
            crypto,
            candidates: Vec::new(),
        };
        let counts = Arc::new(Counts::default());
        // All ports are had before any thread begins: half of them would be none.
        let mut sockets = Vec::new();
        let mut listen = settings.listen;
        for _ in 0..settings.threads.clamp(1, THREADS) {
            let socket = std::net::UdpSocket::bind(listen).map_err(NotStarted::Address)?;
            socket.set_nonblocking(true).map_err(NotStarted::Address)?;
            sockets.push(socket);
            if listen.port() != 0 {
                let next = listen.port().checked_add(1);
                listen.set_port(next.ok_or_else(|| NotStarted::Address(std::io::ErrorKind::AddrNotAvailable.into()))?);
            }
        }
        let threads: Result<Vec<Thread>, NotStarted> = sockets
            .into_iter()
            .map(|socket| begins(socket, &settings.addresses, setup.clone(), Arc::clone(&counts)))
            .collect();
        Ok(Self {
            threads: threads?.into(),
            counts,
        })
    }

    /// Hands a page's offer in. What is ordered after this is done after it, whether its answer was waited for or not.
    pub async fn offer(&self, offer: Offer) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.order(offer.room, Order::Offer(Box::new(offer), answer)).await;
        Answer(answered)
    }

    /// A page's network has changed: it looks for a new way (an ICE restart). [`NotTaken::Unavailable`] where its connection is not there any more.
    pub async fn restart(&self, room: RoomId, peer: PeerId, description: String) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.order(room, Order::Restart(peer, description, answer)).await;
        Answer(answered)
    }

    /// Which pictures a page wants.
    pub async fn wishes(&self, room: RoomId, peer: PeerId, pictures: Pictures) {
        self.order(room, Order::Wishes(peer, pictures)).await;
    }

    /// The room is as it says now.
    pub async fn shows(&self, room: RoomId, scene: Scene) {
        self.order(room, Order::Shows(room, scene)).await;
    }

    /// A page's connection ends, now.
    pub async fn ends(&self, peer: PeerId) {
        for thread in self.threads.iter() {
            thread.order(Order::Ends(peer)).await; // a line that ends knows no room; the others have no such connection
        }
    }

    /// All connections of a room end.
    pub async fn closes(&self, room: RoomId) {
        self.order(room, Order::Closes(room)).await;
    }

    async fn order(&self, room: RoomId, order: Order) {
        if let Some(thread) = self.threads.get(self.thread_of(room)) {
            thread.order(order).await;
        }
    }

    /// The number of the thread that carries a room: the same one for as long as the server runs.
    pub fn thread_of(&self, room: RoomId) -> usize {
        let mut hasher = DefaultHasher::new();
        room.hash(&mut hasher);
        usize::try_from(hasher.finish() % self.threads.len() as u64).unwrap_or(0)
    }

    /// What was counted since the start.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Where the first thread listens.
    pub fn listens(&self) -> SocketAddr {
        self.all_listen()[0]
    }

    /// Where each of them does.
    pub fn all_listen(&self) -> Vec<SocketAddr> {
        self.threads.iter().map(|thread| thread.listens).collect()
    }
}

impl Thread {
    async fn order(&self, order: Order) {
        if self.orders.send(order).await.is_err() {
            tracing::error!("a thread of media is not there any more: nobody in its rooms is carried");
        }
    }
}

fn begins(
    socket: std::net::UdpSocket,
    addresses: &[IpAddr],
    setup: Setup,
    counts: Arc<Counts>,
) -> Result<Thread, NotStarted> {
    let listens = socket.local_addr().map_err(NotStarted::Address)?;
    let told = if addresses.is_empty() {
        &[listens.ip()]
    } else {
        addresses
    };
    let candidates: Vec<Candidate> = told
        .iter()
        .filter_map(|&ip| Candidate::host(SocketAddr::new(ip, listens.port()), "udp").ok())
        .collect();
    // Packets arrive at the listening address; connections know themselves by the first address that browsers were told.
    let arrives_at = candidates.first().map_or(listens, Candidate::addr);
    let setup = Setup { candidates, ..setup };
    let (orders, inbox) = mpsc::channel(ORDERS);
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else {
            return tracing::error!("media has no runtime");
        };
        runtime.block_on(async move {
            match UdpSocket::from_std(socket).and_then(Post::new) {
                Ok(post) => Work::new(post, arrives_at, setup, counts).run(inbox).await,
                Err(fault) => tracing::error!(%fault, "media has no socket"),
            }
        });
    };
    std::thread::Builder::new()
        .name("media".to_owned())
        .spawn(run)
        .map_err(NotStarted::Thread)?;
    Ok(Thread { orders, listens })
}
