//! The composition root: the hub and the packs behind the door's narrow traits.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use protocol::api::{
    DraftAnswer, ExportedPack, ImportedPack, MyEntry, MyNote, PackDraft, PackExport, PackFiles, PackImport, PackList,
};
use protocol::pack::Pack;
use protocol::wire::CloseCode;
use protocol::{ParticipantId, RoomId, Timestamp};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::cluster::limits::{ENDED_LOOK, ENDED_TOLD_TRIES, SILENT_SHOWN};
use crate::cluster::{self, JoinFault};
use crate::config::{Cluster, Config};
use crate::http::{OwnWords, Packs, Rooms, SeatGrant, Socket};
use crate::hub::{Closing, Entry, Hub, NotErased, Seat, Told};
use crate::limits;
use crate::metrics::{Carried, METRICS};
use crate::packs::{Library, NotKept};
use crate::start::Parts;
use crate::store::directory::LoginId;
use crate::store::{Ended, FatalHook, NodeSeen, Store, StoreFault};

/// Ended logins that wait to be heard by a connection. Logins end one at a time, by a person's hand; a connection that is this far
/// behind is told to come back instead.
const ENDED_LOGINS: usize = 64;

/// The parts of a server as it ships.
pub fn parts(clock: Clock, library: Arc<Library>, demo: bool) -> Parts {
    Parts {
        clock,
        rooms: Box::new(|store: Store, clock: Clock, config: &Config| {
            let media = media_of(config);
            let hub = Hub::carrying(store.clone(), clock.clone(), config.into(), media.clone());
            let rooms = HubRooms::new(hub, clock).counting(media);
            Arc::new(match &config.cluster {
                Some(cluster) => rooms.among(store, cluster.clone(), config.listen.to_string()),
                None => rooms,
            })
        }),
        packs: library,
        demo,
    }
}

/// The engine for voices and pictures. Where it cannot start, rooms go on without: what is written and decided there matters more.
fn media_of(config: &Config) -> Option<media::Engine> {
    match media::Engine::start(config.media.as_ref()?) {
        Ok(engine) => {
            tracing::info!(address = %engine.listens(), "voices and pictures come in over UDP");
            Some(engine)
        }
        Err(fault) => {
            tracing::error!(%fault, "rooms have no voices: media could not start");
            None
        }
    }
}

impl From<&Config> for Told {
    fn from(config: &Config) -> Self {
        Self {
            contact: config.contact.clone(),
            media_phone: config.media_phone.clone(),
            wants: config.wants,
            prepared: Arc::clone(&config.prepared),
            relays: config.relays.clone(),
        }
    }
}

impl Packs for Library {
    fn list(&self) -> PackList {
        self.list()
    }
    fn find(&self, id: &str) -> Option<Arc<Pack>> {
        self.find(id)
    }
    fn files(&self, id: &str) -> Option<PackFiles> {
        self.files(id)
    }
    fn check(&self, draft: &PackDraft) -> DraftAnswer {
        self.check(draft)
    }
    fn export(&self, wanted: &PackExport) -> Option<Result<ExportedPack, NotKept>> {
        self.export(wanted)
    }
    fn import(&self, file: &PackImport) -> ImportedPack {
        crate::packs::import(file)
    }
    fn save(&self, draft: &PackDraft) -> Result<DraftAnswer, NotKept> {
        self.save(draft)
    }
}

/// Resolves when a place that was given for a time has ended by the server's clock; never for one that was not.
async fn ends(clock: Clock, until: Option<Timestamp>) {
    let Some(until) = until else {
        return std::future::pending().await;
    };
    while clock.now() < until {
        tokio::time::sleep(limits::LOOK_IN_CHECK).await;
    }
}

/// Whoever has this node's name now has its rooms as well: this process can only be in the way.
fn end_the_node() -> FatalHook {
    FatalHook::new(|why| {
        tracing::error!(why, "the process ends");
        std::process::exit(EXIT_NAME_TAKEN);
    })
}

/// `EX_CONFIG` of sysexits: two machines have one name, and starting again would only take it from the other.
const EXIT_NAME_TAKEN: i32 = 78;

/// The hub as the door sees it.
pub struct HubRooms {
    hub: Hub,
    clock: Clock,
    ended: broadcast::Sender<Ended>,
    /// Where there are other nodes: what is shared with them, who we are, and where we listen.
    shared: Option<(Store, Cluster, String)>,
    stopped: CancellationToken,
    media: Option<media::Engine>,
}

impl HubRooms {
    /// A hub behind a door.
    pub fn new(hub: Hub, clock: Clock) -> Self {
        let (ended, _) = broadcast::channel(ENDED_LOGINS);
        Self {
            hub,
            clock,
            ended,
            shared: None,
            stopped: CancellationToken::new(),
            media: None,
        }
    }

    /// The same, whose voices and pictures can be asked how many there were.
    #[must_use]
    pub fn counting(self, media: Option<media::Engine>) -> Self {
        Self { media, ..self }
    }

    /// The same as one of several nodes.
    #[must_use]
    fn among(self, store: Store, cluster: Cluster, address: String) -> Self {
        Self {
            shared: Some((store, cluster, address)),
            ..self
        }
    }

    /// Tells the other nodes, where there are any, what has ended.
    fn tell_others(&self, what: Ended) {
        if let Some((store, ..)) = self.shared.clone() {
            tokio::spawn(async move {
                for _ in 0..ENDED_TOLD_TRIES {
                    match store.tell_ended(what).await {
                        Ok(()) => return,
                        Err(fault) => {
                            tracing::error!(%fault, "other nodes could not be told yet that somebody's login or place has ended");
                        }
                    }
                    tokio::time::sleep(ENDED_LOOK).await;
                }
            });
        }
    }
}

/// Hears what has ended on other nodes: the database is asked twice a second, since a bus may lose such a word and a socket would stay open.
async fn hear_what_ends(store: Store, hub: Hub, ended: broadcast::Sender<Ended>) {
    // What ended before this node began has no socket here.
    let mut heard: Option<BTreeSet<u64>> = None;
    loop {
        match store.ended_lately().await {
            Ok(lately) => {
                for &(n, what) in &lately {
                    match what {
                        _ if heard.as_ref().is_none_or(|heard| heard.contains(&n)) => {}
                        Ended::Person(room, participant) => {
                            // Not waited for: a room that stands still must not keep others' words from being heard.
                            let hub = hub.clone();
                            tokio::spawn(async move { hub.revoked(room, participant).await });
                        }
                        other => drop(ended.send(other)), // nobody listens when nobody is connected
                    }
                }
                heard = Some(lately.into_iter().map(|(n, _)| n).collect());
            }
            Err(fault) => {
                tracing::warn!(%fault, "nobody could hear what has ended on other nodes");
                heard.get_or_insert_default(); // by the time it answers people are here
            }
        }
        tokio::time::sleep(ENDED_LOOK).await;
    }
}

impl std::fmt::Debug for HubRooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.hub.fmt(f)
    }
}

impl Rooms for HubRooms {
    fn connect(&self, grant: SeatGrant, socket: Socket) {
        let mut ended = self.ended.subscribe();
        let lasts = std::time::Duration::from_millis(grant.login_ends_at.since(self.clock.now()));
        let SeatGrant {
            room,
            participant,
            role,
            name,
            login,
            live,
            until,
            ..
        } = grant;
        let seat = Seat {
            room,
            participant,
            role,
            name,
            let_in: until.is_some(),
        };
        let looks_in = ends(self.clock.clone(), until);
        let open = METRICS.line();
        let over = async move {
            let _while_this_waits_its_facilitator_is_not_idle_and_the_line_counts = (live, open);
            let overall = tokio::time::sleep(lasts);
            tokio::pin!(overall, looks_in);
            loop {
                let code = tokio::select! {
                    () = &mut overall => CloseCode::LoginEnded,
                    () = &mut looks_in => CloseCode::Removed,
                    heard = ended.recv() => match heard {
                        Ok(Ended::Login(ended)) if ended == login => CloseCode::LoginEnded,
                        Ok(Ended::Seat(ended, there)) if (ended, there) == (login, room) => CloseCode::Removed,
                        Ok(_) => continue, // another's
                        Err(broadcast::error::RecvError::Lagged(_)) => CloseCode::TooSlow,
                        Err(broadcast::error::RecvError::Closed) => CloseCode::Restarting,
                    },
                };
                return Closing {
                    code,
                    reason: String::new(),
                };
            }
        };
        let direct = socket.direct().map(|half| half as _);
        // As it is: a future that another one was given and awaits is stored twice.
        tokio::spawn(self.hub.serve(seat, socket, direct, over));
    }

    fn revoked(&self, room: RoomId, participant: ParticipantId) {
        let hub = self.hub.clone();
        tokio::spawn(async move { hub.revoked(room, participant).await });
        self.tell_others(Ended::Person(room, participant));
    }

    fn seat_ended(&self, login: LoginId, room: RoomId) {
        let _ = self.ended.send(Ended::Seat(login, room));
        self.tell_others(Ended::Seat(login, room));
    }

    fn login_ended(&self, login: LoginId) {
        let _ = self.ended.send(Ended::Login(login)); // nobody listens when nobody is connected
        self.tell_others(Ended::Login(login));
    }

    fn erase(
        &self,
        room: RoomId,
        participant: ParticipantId,
        by: Option<ParticipantId>,
    ) -> Pin<Box<dyn Future<Output = Result<u64, StoreFault>> + Send + '_>> {
        Box::pin(async move {
            match self.hub.erase(room, participant, by).await {
                Ok(erased) => Ok(erased.events),
                // Asked about before: who leads is not erased.
                Err(NotErased::Leads) => Err(StoreFault::NotFound("member")),
                Err(NotErased::Unavailable) => Err(StoreFault::Unavailable),
            }
        })
    }

    fn own(
        &self,
        room: RoomId,
        participant: ParticipantId,
    ) -> Pin<Box<dyn Future<Output = Result<OwnWords, StoreFault>> + Send + '_>> {
        Box::pin(async move {
            let own = self.hub.own(room, participant).await?;
            let entry = |entry: Entry| MyEntry {
                at: entry.at,
                kind: entry.kind.to_owned(),
                texts: entry.texts,
                answer: entry.answer,
            };
            let note = |(note, text)| MyNote { note, text };
            Ok(OwnWords {
                entries: own.entries.into_iter().map(entry).collect(),
                notes: own.notes.into_iter().map(note).collect(),
                answers: own.answers,
                disclosure: own.disclosure.map(|asked| (asked.agreed, asked.notice)),
            })
        })
    }

    fn begin(&self) -> Pin<Box<dyn Future<Output = Result<(), JoinFault>> + Send + '_>> {
        Box::pin(async {
            if let Some((store, settings, address)) = &self.shared {
                let who = (settings.node.as_str(), address.as_str());
                let (cluster, heard) = cluster::Cluster::join(store, who, &settings.bus, settings.lease).await?;
                tracing::info!(node = settings.node, "one of several nodes");
                self.hub.joins(cluster, heard, end_the_node());
                let hears = hear_what_ends(store.clone(), self.hub.clone(), self.ended.clone());
                let stopped = self.stopped.clone();
                tokio::spawn(async move { stopped.run_until_cancelled(hears).await });
            }
            self.hub.finish_leaving().await?;
            self.hub.keep_forgetting_places();
            self.hub.keep_counting();
            Ok(())
        })
    }

    fn open(&self) -> usize {
        self.hub.open_rooms()
    }

    fn nodes(&self) -> Pin<Box<dyn Future<Output = Result<Vec<NodeSeen>, StoreFault>> + Send + '_>> {
        Box::pin(async {
            match &self.shared {
                Some((store, ..)) => store.nodes(SILENT_SHOWN).await,
                None => Ok(Vec::new()),
            }
        })
    }

    fn media(&self) -> Option<Carried> {
        let counts = self.media.as_ref()?.counts();
        let now = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Some(Carried {
            frames: now(&counts.frames),
            carried: now(&counts.carried),
            withheld: now(&counts.withheld),
            held_back: now(&counts.held_back),
            read: now(&counts.read),
            sent: now(&counts.sent),
            turned_away: now(&counts.turned_away),
            came_up: now(&counts.came_up),
            broken: now(&counts.broken),
            restarts: now(&counts.restarts),
        })
    }

    fn hands_over(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.hub.hands_over())
    }

    fn stop(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.stopped.cancel();
        Box::pin(self.hub.stop())
    }
}
