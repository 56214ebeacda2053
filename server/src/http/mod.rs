//! The HTTP side: the door, the forms, the pages, and the handshake that turns a request into a room's socket.
//!
//! What goes on inside a room is not its business: it hands a [`SeatGrant`] and a [`Socket`] to whoever keeps the rooms,
//! through the narrow trait [`Rooms`], and says when a seat or a login has ended. Nothing imports this module but the
//! composition root.

mod account;
mod answer;
mod audited;
mod cookie;
mod groups;
mod guard;
mod house;
mod log;
mod members;
mod metrics;
mod minors;
mod openapi;
mod origin;
mod outside;
mod packs;
mod pages;
mod peer;
mod people;
mod private_notes;
mod rights;
mod rooms;
mod routes;
mod serve;
mod sign_in;
mod stream;
mod team;
mod tickets;
mod tls;
mod upgrade;

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use protocol::api::{
    DraftAnswer, ExportedPack, ImportedPack, MyEntry, MyNote, PackDraft, PackExport, PackFiles, PackImport, PackList,
};
use protocol::pack::Pack;
use protocol::{ParticipantId, Private, Role, RoomId, Timestamp};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::audit::Audit;
use crate::cluster::JoinFault;
use crate::config::{Config, Database, Network, Origin, Tls};
use crate::fhir::Answers;
use crate::identity::{Identity, Live, Party};
use crate::limits;
use crate::metrics::Carried;
use crate::packs::NotKept;
use crate::store::directory::LoginId;
use crate::store::{NodeSeen, StoreFault};
pub(crate) use metrics::tell as tell_metrics;
pub use routes::{Asker, ROUTES, Route};
pub use stream::{Socket, Stream};
pub use tls::TlsFault;

/// Who was let in, to which room, as whom.
#[derive(Debug)]
pub struct SeatGrant {
    pub room: RoomId,
    pub participant: ParticipantId,
    pub role: Role,
    /// The name the group sees.
    pub name: Private<String>,
    /// The login behind the connection: [`Rooms::login_ended`] names it.
    pub login: LoginId,
    /// The login ends then, whatever happens: close with 4401.
    pub login_ends_at: Timestamp,
    /// Who looks in does so until then: close with 4403. They have been confirmed by a second person, so nobody has to let them in.
    pub until: Option<Timestamp>,
    /// The network address that limits count by. Never logged.
    pub peer: IpAddr,
    /// Keep it as long as the connection: while it lives, its facilitator is not idle.
    pub live: Live,
}

/// Whoever keeps the rooms. None of these calls may block; all but [`Rooms::stop`] hand their message on and return.
pub trait Rooms: Send + Sync + 'static {
    /// Somebody came in by a ticket. The socket is the callee's from here on.
    fn connect(&self, seat: SeatGrant, socket: Socket);
    /// A person's link was revoked: close every socket they have in this room with 4403. May be said twice.
    fn revoked(&self, room: RoomId, participant: ParticipantId);
    /// One device of a person lost its seat: close what it has open in this room with 4403.
    fn seat_ended(&self, login: LoginId, room: RoomId);
    /// A login ended: close every socket behind it with 4401.
    fn login_ended(&self, login: LoginId);
    /// Everything about a person in a room is destroyed there; gives how many events were emptied. Said again, it is seen to again.
    fn erase(
        &self,
        _room: RoomId,
        _participant: ParticipantId,
        _by: Option<ParticipantId>,
    ) -> Pin<Box<dyn Future<Output = Result<u64, StoreFault>> + Send + '_>> {
        Box::pin(async { Err(StoreFault::Unavailable) })
    }
    /// What somebody did and said in a room, and their own text in its notes.
    fn own(
        &self,
        _room: RoomId,
        _participant: ParticipantId,
    ) -> Pin<Box<dyn Future<Output = Result<OwnWords, StoreFault>> + Send + '_>> {
        Box::pin(async { Err(StoreFault::Unavailable) })
    }
    /// Before anybody is taken in: take part among other nodes, and finish what an earlier process left undone.
    fn begin(&self) -> Pin<Box<dyn Future<Output = Result<(), JoinFault>> + Send + '_>> {
        Box::pin(async { Ok(()) })
    }
    /// How many are open here.
    fn open(&self) -> usize {
        0
    }
    /// The nodes of this house, this one too; none where it is alone.
    fn nodes(&self) -> Pin<Box<dyn Future<Output = Result<Vec<NodeSeen>, StoreFault>> + Send + '_>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// What was counted of voices and pictures, where there are any.
    fn media(&self) -> Option<Carried> {
        None
    }
    /// Hands the rooms over to other nodes, where there are any, while the door is still open.
    fn hands_over(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }
    /// The server stops: tell every socket when to come back (1012) and return when all are closed.
    fn stop(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// What somebody takes along.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnWords {
    pub entries: Vec<MyEntry>,
    pub notes: Vec<MyNote>,
    pub answers: Answers,
    /// Whether they agreed to it leaving, and the notice on it; `None` where nobody asks.
    pub disclosure: Option<(bool, String)>,
}

/// The packs there are.
pub trait Packs: Send + Sync + 'static {
    /// All of them, broken ones with their faults. Reads those that nobody asked for before: call it where waiting is no harm.
    fn list(&self) -> PackList;
    /// A whole one.
    fn find(&self, id: &str) -> Option<Arc<Pack>>;
    /// A pack's files, also of a broken one that was made here.
    fn files(&self, id: &str) -> Option<PackFiles>;
    /// Looks at a draft. May take a while: call it where waiting is no harm.
    fn check(&self, draft: &PackDraft) -> DraftAnswer;
    /// A pack as one signed file; nothing where there is no such pack. Waits for the disk.
    fn export(&self, wanted: &PackExport) -> Option<Result<ExportedPack, NotKept>>;
    /// What somebody else's exchange file holds; keeps nothing.
    fn import(&self, file: &PackImport) -> ImportedPack;
    /// Keeps a whole draft. Waits for the disk.
    fn save(&self, draft: &PackDraft) -> Result<DraftAnswer, NotKept>;
}

/// Whether the server can take people in; a health check asks.
#[derive(Debug, Clone, Default)]
pub struct Ready(Arc<AtomicBool>);

impl Ready {
    /// From now on, yes or no.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }
    pub(crate) fn is(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What the HTTP side needs from the rest of the house.
pub struct House {
    pub identity: Arc<Identity>,
    pub rooms: Arc<dyn Rooms>,
    pub packs: Arc<dyn Packs>,
    pub ready: Ready,
    /// Where to look for what administrators ask of the house itself.
    pub operated: crate::facts::Operated,
    /// Everybody in it is invented.
    pub demo: bool,
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House")
            .field("ready", &self.ready)
            .field("demo", &self.demo)
            .finish_non_exhaustive()
    }
}

/// Where the server can be reached: what is printed at the start.
#[derive(Debug, Clone)]
pub struct Address {
    /// The address that links begin with.
    pub url: Origin,
    /// Whether another device can reach it.
    pub beyond_this_machine: bool,
}

/// The address for these settings and the address that was really bound.
pub fn address(config: &Config, bound: SocketAddr) -> Address {
    let url = origins(config, bound).first().clone();
    let beyond_this_machine = !url.is_loopback();
    Address {
        url,
        beyond_this_machine,
    }
}

fn origins(config: &Config, bound: SocketAddr) -> origin::OwnOrigins {
    origin::OwnOrigins::new(
        config.public_url.as_ref(),
        bound,
        config.tls != Tls::Off,
        &tls::reachable(bound),
    )
}

/// What every handler shares.
struct Site {
    house: House,
    origins: origin::OwnOrigins,
    /// Whose passkeys are taken.
    party: Party,
    proxies: Vec<Network>,
    tickets: tickets::Tickets,
    audit: Audit,
    /// Tell browsers never to come without https again. Not for a certificate of our own making: a browser that remembers
    /// this for `localhost` would refuse every other server there.
    strict_transport: bool,
}

/// How often [`Identity::keep`] is called.
const KEEPING: Duration = Duration::from_secs(60);

/// Serve until `stop`, then finish what was begun. The sockets handed to [`Rooms`] are closed by whoever has them.
pub async fn serve(
    listener: TcpListener,
    config: &Config,
    house: House,
    stop: CancellationToken,
) -> Result<(), TlsFault> {
    let bound = listener.local_addr().unwrap_or(config.listen);
    let names: Vec<String> = tls::reachable(bound)
        .iter()
        .map(|name| name.trim_matches(['[', ']']).to_owned())
        .collect();
    let tls = tls::acceptor(config, &names, house.identity.now())?;
    let identity = Arc::clone(&house.identity);
    let origins = origins(config, bound);
    let site = Arc::new(Site {
        strict_transport: origins.first().is_https() && config.tls != Tls::SelfSigned,
        party: Party::of(origins.named()),
        tickets: tickets::Tickets::new(identity.store(), config.cluster.is_some()),
        audit: Audit::new(identity.store().clone()),
        proxies: config.trusted_proxies.clone(),
        origins,
        house,
    });
    // One process has the folder: whatever was begun before this one was cut off, by whatever clock. Beside others it may be under way.
    if let Database::Embedded = config.database
        && let Err(fault) = site.audit.take_up(Timestamp(u64::MAX)).await
    {
        tracing::warn!(%fault, "writes that were cut off could not be noted in the audit book");
    }
    let keeping = async {
        let mut minute = tokio::time::interval(KEEPING);
        loop {
            minute.tick().await;
            if let Err(no) = identity.keep().await {
                tracing::warn!(code = ?no.problem.code, "logins could not be swept");
            }
            if let Err(fault) = site.tickets.sweep(identity.now()).await {
                tracing::warn!(%fault, "tickets that nobody used could not be swept");
            }
            if let Err(fault) = site.audit.catch_up(identity.now()).await {
                tracing::warn!(%fault, "refusals could not be counted up in the audit book");
            }
            let under_way = u64::try_from(limits::WRITE_UNDER_WAY.as_millis()).unwrap_or(u64::MAX);
            let cut_off = Timestamp(identity.now().0.saturating_sub(under_way));
            if let Err(fault) = site.audit.take_up(cut_off).await {
                tracing::warn!(%fault, "writes that were cut off could not be noted in the audit book");
            }
        }
    };
    let watching = async {
        let mut moment = tokio::time::interval(limits::RESET_WATCH);
        moment.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            moment.tick().await;
            match identity.ended_elsewhere().await {
                Ok(ended) => sign_in::close(&site, &ended),
                Err(no) => tracing::warn!(code = ?no.problem.code, "nobody could look which logins have ended"),
            }
        }
    };
    let places = stream::Places::of_this_house(config.trusted_proxies.clone());
    let serving = serve::serve(listener, tls, places, routes::all(Arc::clone(&site)), stop);
    tokio::select! {
        () = serving => {}
        () = keeping => {}
        () = watching => {}
    }
    // The minute does not end any more, so that what was counted in it is said now.
    if let Err(fault) = site.audit.catch_up(Timestamp(u64::MAX)).await {
        tracing::warn!(%fault, "refusals could not be counted up in the audit book");
    }
    Ok(())
}
