//! The thread that owns the socket and every connection. It takes orders before packets, so that a turn's end overtakes what is still to be
//! forwarded, and it asks the table for every packet.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use protocol::{ParticipantId, RoomId};
use str0m::Candidate;
use str0m::media::{MediaData, Rid};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

use crate::ear::Spoken;
use crate::endpoint::{Broken, Carried, Endpoint, Happened, Setup, Tell, received};
use crate::gate::{Budget, called};
use crate::limits::{
    CHECKS_PER_SECOND, COMING_UP, DATAGRAM_BYTES, DATAGRAMS_IN_A_ROW, DATAGRAMS_PER_SECOND, LARGE_PICTURES, ORDERS,
    PEERS, STRANGER_DATAGRAMS_PER_SECOND, STRANGERS,
};
use crate::scene::{Kind, PeerId, Scene, Voice};
use crate::table::Table;

/// Where media comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The UDP address to listen on.
    pub listen: SocketAddr,
    /// The addresses by which browsers reach it, where they differ: the public ones of a machine behind a translating router.
    pub addresses: Vec<IpAddr>,
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

enum Order {
    Offer(Box<Offer>, oneshot::Sender<Result<String, NotTaken>>),
    Shows(RoomId, Scene),
    Ends(PeerId),
    Closes(RoomId),
}

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Frames that pages sent.
    pub frames: AtomicU64,
    /// Frames written into somebody's slot.
    pub carried: AtomicU64,
    /// Frames of sound that nobody was sent, since the room said so.
    pub withheld: AtomicU64,
    /// Datagrams that were not read: no connection's, or over the budget.
    pub turned_away: AtomicU64,
    /// Connections that ended by a fault: a wrong certificate among them.
    pub broken: AtomicU64,
    /// Connections that came up.
    pub came_up: AtomicU64,
}

fn one_more(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// The way to the engine. Cheap to clone; the thread ends with the last one.
#[derive(Debug, Clone)]
pub struct Engine {
    orders: mpsc::Sender<Order>,
    counts: Arc<Counts>,
    listens: SocketAddr,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order")
    }
}

impl Engine {
    /// Listens, makes a certificate for this run, and starts the thread.
    pub fn start(settings: &Settings) -> Result<Self, NotStarted> {
        let socket = std::net::UdpSocket::bind(settings.listen).map_err(NotStarted::Address)?;
        socket.set_nonblocking(true).map_err(NotStarted::Address)?;
        let listens = socket.local_addr().map_err(NotStarted::Address)?;
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let certificate = crypto
            .dtls_provider
            .generate_certificate()
            .ok_or(NotStarted::Certificate)?;
        let addresses = if settings.addresses.is_empty() {
            vec![listens.ip()]
        } else {
            settings.addresses.clone()
        };
        let candidates: Vec<Candidate> = addresses
            .iter()
            .filter_map(|&ip| Candidate::host(SocketAddr::new(ip, listens.port()), "udp").ok())
            .collect();
        // Packets arrive at the listening address; connections know themselves by the first address that browsers were told.
        let arrives_at = candidates.first().map_or(listens, Candidate::addr);
        let setup = Setup {
            certificate,
            crypto,
            candidates,
        };
        let (orders, inbox) = mpsc::channel(ORDERS);
        let counts = Arc::new(Counts::default());
        let for_thread = Arc::clone(&counts);
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else {
                return tracing::error!("media has no runtime");
            };
            runtime.block_on(async move {
                match UdpSocket::from_std(socket) {
                    Ok(socket) => Work::new(socket, arrives_at, setup, for_thread).run(inbox).await,
                    Err(fault) => tracing::error!(%fault, "media has no socket"),
                }
            });
        };
        std::thread::Builder::new()
            .name("media".to_owned())
            .spawn(run)
            .map_err(NotStarted::Thread)?;
        Ok(Self {
            orders,
            counts,
            listens,
        })
    }

    /// Hands a page's offer in. What is ordered after this is done after it, whether its answer was waited for or not.
    pub async fn offer(&self, offer: Offer) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Offer(Box::new(offer), answer)).await;
        Answer(answered)
    }

    /// The room is as it says now.
    pub async fn shows(&self, room: RoomId, scene: Scene) {
        self.order(Order::Shows(room, scene)).await;
    }

    /// A page's connection ends, now.
    pub async fn ends(&self, peer: PeerId) {
        self.order(Order::Ends(peer)).await;
    }

    /// All connections of a room end.
    pub async fn closes(&self, room: RoomId) {
        self.order(Order::Closes(room)).await;
    }

    async fn order(&self, order: Order) {
        if self.orders.send(order).await.is_err() {
            tracing::error!("the engine of media is not there any more: nobody is carried");
        }
    }

    /// What was counted since the start.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Where it listens.
    pub fn listens(&self) -> SocketAddr {
        self.listens
    }
}

struct Work {
    socket: UdpSocket,
    arrives_at: SocketAddr,
    setup: Setup,
    counts: Arc<Counts>,
    table: Table,
    endpoints: BTreeMap<PeerId, Endpoint>,
    /// Addresses that belong to a connection, from its own signed calls.
    by_address: HashMap<SocketAddr, PeerId>,
    by_name: HashMap<String, PeerId>,
    known: Budget<PeerId>,
    strangers: Budget<SocketAddr>,
    checks: Budget<()>,
    /// What is still to be passed on.
    happened: VecDeque<(PeerId, Happened)>,
}

impl Work {
    fn new(socket: UdpSocket, arrives_at: SocketAddr, setup: Setup, counts: Arc<Counts>) -> Self {
        let now = Instant::now();
        Self {
            socket,
            arrives_at,
            setup,
            counts,
            table: Table::default(),
            endpoints: BTreeMap::new(),
            by_address: HashMap::new(),
            by_name: HashMap::new(),
            known: Budget::new(DATAGRAMS_PER_SECOND, PEERS, now),
            strangers: Budget::new(STRANGER_DATAGRAMS_PER_SECOND, STRANGERS, now),
            checks: Budget::new(CHECKS_PER_SECOND, 1, now),
            happened: VecDeque::new(),
        }
    }

    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut buffer = vec![0; DATAGRAM_BYTES];
        loop {
            let wakes_at = self.endpoints.values().map(|endpoint| endpoint.wakes_at).min();
            let wakes_at = wakes_at.unwrap_or_else(|| Instant::now() + COMING_UP);
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                ready = self.socket.readable() => if ready.is_ok() {
                    for _ in 0..DATAGRAMS_IN_A_ROW {
                        match self.socket.try_recv_from(&mut buffer) {
                            Ok((length, from)) => self.arrives(from, &buffer[..length]),
                            Err(_) => break, // nothing more, or a peer's port that is closed by now
                        }
                    }
                },
                () = tokio::time::sleep_until(wakes_at.into()) => {}
            }
            self.time_passes();
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Offer(offer, answer) => {
                let _ = answer.send(self.takes(*offer)); // a page that left meanwhile ends its connection by itself
            }
            Order::Shows(room, scene) => self.shows(room, scene),
            Order::Ends(peer) => {
                if let Some(room) = self.removes(peer) {
                    self.tells(room);
                }
            }
            Order::Closes(room) => {
                for peer in self.table.pages(room) {
                    self.removes(peer);
                }
            }
        }
        self.pass_on();
    }

    fn takes(&mut self, offer: Offer) -> Result<String, NotTaken> {
        let now = Instant::now();
        let Offer {
            room,
            peer,
            who,
            description,
            scene,
            tell,
            spoke,
        } = offer;
        let tell: Tell = tell;
        let (mut endpoint, answer) = Endpoint::answer(&self.setup, &description, tell, now)?;
        endpoint.spoke = spoke;
        self.removes(peer); // the page begins anew
        let earlier = self.table.joins(room, peer, who).map_err(|_| NotTaken::Full)?;
        if let Some(earlier) = earlier {
            if let Some(endpoint) = self.endpoints.get(&earlier) {
                endpoint.tell_end(Why::Elsewhere);
            }
            self.forgets(earlier);
        }
        self.by_name.insert(endpoint.name.clone(), peer);
        self.endpoints.insert(peer, endpoint);
        self.shows(room, scene);
        self.drains(peer);
        Ok(answer)
    }

    fn shows(&mut self, room: RoomId, scene: Scene) {
        let now = Instant::now();
        let pages = self.table.pages(room);
        let before: Vec<_> = pages
            .iter()
            .map(|&page| (page, self.table.voice(page), self.table.slots_of(page, Kind::Sound)))
            .collect();
        self.table.shows(room, scene);
        for (page, voice, slots) in before {
            let cut = voice == Voice::Carried && self.table.voice(page) == Voice::Withheld;
            for (listener, slot) in slots {
                let gone = !self.table.slots_of(page, Kind::Sound).contains(&(listener, slot));
                if (cut || gone)
                    && let Some(endpoint) = self.endpoints.get_mut(&listener)
                    && endpoint.falls_silent(slot, now)
                {
                    self.drains(listener);
                }
            }
        }
        self.tells(room);
    }

    /// Tells every page of a room how things stand for it.
    fn tells(&mut self, room: RoomId) {
        for page in self.table.pages(room) {
            let voice = self.table.voice(page);
            let Some(endpoint) = self.endpoints.get_mut(&page) else {
                continue;
            };
            let mut heard = Vec::new();
            for kind in Kind::ALL {
                for (slot, person) in self.table.heard_in(page, kind).into_iter().enumerate() {
                    if let (Some((_, who)), Some(line)) = (person, endpoint.line_name(kind, slot)) {
                        heard.push((kind, line, who));
                    }
                }
            }
            endpoint.stands(Standing { voice, heard });
        }
    }

    /// Ends a connection; the room it was in.
    fn removes(&mut self, peer: PeerId) -> Option<RoomId> {
        let room = self.table.room_of(peer);
        self.table.leaves(peer);
        self.forgets(peer);
        room
    }

    fn forgets(&mut self, peer: PeerId) {
        if let Some(endpoint) = self.endpoints.remove(&peer) {
            self.by_name.remove(&endpoint.name);
            for address in &endpoint.addresses {
                self.by_address.remove(address);
            }
        }
    }

    fn loses(&mut self, peer: PeerId) {
        if let Some(endpoint) = self.endpoints.get(&peer) {
            endpoint.tell_end(Why::Lost);
        }
        if let Some(room) = self.removes(peer) {
            self.tells(room);
        }
    }

    // --- datagrams ---

    fn arrives(&mut self, from: SocketAddr, bytes: &[u8]) {
        let now = Instant::now();
        let Some(peer) = self.whose(from, bytes, now) else {
            return one_more(&self.counts.turned_away);
        };
        let Some(endpoint) = self.endpoints.get_mut(&peer) else {
            return;
        };
        match endpoint.hears(from, self.arrives_at, bytes, now) {
            Ok(()) => self.drains(peer),
            Err(Broken) => self.breaks(peer),
        }
        self.pass_on();
    }

    /// The connection that a datagram belongs to; `None` if it is not to be read.
    fn whose(&mut self, from: SocketAddr, bytes: &[u8], now: Instant) -> Option<PeerId> {
        if let Some(&peer) = self.by_address.get(&from) {
            return self.known.spend(peer, now).then_some(peer);
        }
        if !self.strangers.spend(from, now) {
            return None;
        }
        let &peer = self.by_name.get(called(bytes)?)?;
        if !self.checks.spend((), now) {
            return None;
        }
        let endpoint = self.endpoints.get_mut(&peer)?;
        if !endpoint.knows(received(from, self.arrives_at, bytes)?, now) {
            return None;
        }
        if let Some(oldest) = endpoint.learns(from) {
            self.by_address.remove(&oldest);
        }
        self.by_address.insert(from, peer);
        Some(peer)
    }

    fn time_passes(&mut self) {
        let now = Instant::now();
        let due: Vec<PeerId> = self
            .endpoints
            .iter()
            .filter(|(_, e)| e.wakes_at <= now)
            .map(|(&peer, _)| peer)
            .collect();
        for peer in due {
            let Some(endpoint) = self.endpoints.get_mut(&peer) else {
                continue;
            };
            if !endpoint.up && now.saturating_duration_since(endpoint.since) > COMING_UP {
                self.loses(peer);
                continue;
            }
            match endpoint.wakes(now) {
                Ok(()) => self.drains(peer),
                Err(Broken) => self.breaks(peer),
            }
        }
        self.pass_on();
    }

    fn breaks(&mut self, peer: PeerId) {
        one_more(&self.counts.broken);
        tracing::warn!(
            "a connection for voices and pictures broke: a certificate that is not the one named, or a fault in it"
        );
        self.loses(peer);
    }

    /// Lets a connection send what it has to, and keeps what happened to be passed on.
    fn drains(&mut self, peer: PeerId) {
        let Some(endpoint) = self.endpoints.get_mut(&peer) else {
            return;
        };
        let mut happened = Vec::new();
        let drained = endpoint.drain(&self.socket, &mut happened);
        self.happened.extend(happened.into_iter().map(|one| (peer, one)));
        if drained.is_err() {
            self.breaks(peer);
        }
    }

    fn pass_on(&mut self) {
        while let Some((peer, happened)) = self.happened.pop_front() {
            match happened {
                Happened::Media(data) => self.carries(peer, &data),
                Happened::PictureWanted(mid) => {
                    let slot = self
                        .endpoints
                        .get(&peer)
                        .and_then(|endpoint| endpoint.picture_slot(mid));
                    let from =
                        slot.and_then(|slot| self.table.heard_in(peer, Kind::Picture).get(slot).copied().flatten());
                    if let Some((from, _)) = from {
                        self.asks_for_picture(from, self.size_of(peer, from));
                    }
                }
                Happened::Line(line) => {
                    let added = self
                        .endpoints
                        .get_mut(&peer)
                        .and_then(|endpoint| endpoint.has_line(&line));
                    match added {
                        Some((kind, true)) => drop(self.table.listens(peer, kind)), // as many as the endpoint keeps
                        Some((kind, false)) => self.table.sends(peer, kind),
                        None => {}
                    }
                    self.tells_around(peer);
                }
                Happened::Up => {
                    one_more(&self.counts.came_up);
                    self.tells_around(peer);
                }
                Happened::Gone => self.loses(peer),
            }
        }
    }

    fn tells_around(&mut self, peer: PeerId) {
        if let Some(room) = self.table.room_of(peer) {
            self.tells(room);
        }
    }

    fn carries(&mut self, from: PeerId, data: &MediaData) {
        let Some(kind) = self
            .endpoints
            .get(&from)
            .and_then(|endpoint| endpoint.sends_on(data.mid))
        else {
            return;
        };
        one_more(&self.counts.frames);
        if kind == Kind::Sound {
            let voice = self.table.voice(from);
            if let Some(endpoint) = self.endpoints.get_mut(&from) {
                endpoint.ear.hears(data.ext_vals.audio_level, voice, data.network_time);
                endpoint.tells_spoken(data.network_time);
            }
            if voice == Voice::Withheld {
                return one_more(&self.counts.withheld);
            }
        }
        for (listener, slot) in self.table.carried_to(from, kind) {
            let size = self.size_of(listener, from);
            let Some(endpoint) = self.endpoints.get_mut(&listener) else {
                continue;
            };
            match endpoint.carries(kind, slot, from, data, size) {
                Carried::Yes => {
                    one_more(&self.counts.carried);
                    self.drains(listener);
                }
                Carried::WantsPicture => self.asks_for_picture(from, data.rid),
                Carried::No => {}
            }
        }
    }

    fn asks_for_picture(&mut self, from: PeerId, size: Option<Rid>) {
        let asked = self
            .endpoints
            .get_mut(&from)
            .is_some_and(|endpoint| endpoint.asks_for_picture(size, Instant::now()));
        if asked {
            self.drains(from);
        }
    }

    /// The size in which somebody's picture goes to a listener, where the page sends two: `h`, the large one, or `l`.
    fn size_of(&self, listener: PeerId, from: PeerId) -> Option<Rid> {
        let pictures = self.table.heard_in(listener, Kind::Picture).iter().flatten().count();
        let large = pictures <= LARGE_PICTURES || self.table.is_first(from);
        Some(if large { "h".into() } else { "l".into() })
    }
}
