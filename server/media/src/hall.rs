//! A room of callers on loopback, for tests that listen from outside.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{CircleId, ParticipantId, RoomId};

use crate::caller::{Caller, Offering};
use crate::{Engine, Notice, Offer, PeerId, Pictures, Presence, Scene, Settings, Spoken, Voice};

/// The room.
pub const ROOM: RoomId = RoomId::from_bits(1);

/// An engine on a free port of this machine; its pages are told that it is at `told`.
pub fn engine(threads: usize, told: Option<IpAddr>) -> Engine {
    let settings = Settings {
        listen: "127.0.0.1:0".parse().expect("an address"),
        addresses: told.into_iter().collect(),
        threads,
    };
    Engine::start(&settings).expect("media starts on loopback")
}

/// The person of a number.
pub fn who(n: u8) -> ParticipantId {
    ParticipantId::from_bits(u128::from(n))
}

/// Everybody in the circle; the named are withheld, and the named others sit aside.
pub fn scene(people: &[u8], withheld: &[u8], aside: &[u8]) -> Scene {
    let presence = |n: &u8| Presence {
        circle: if aside.contains(n) { CircleId(7) } else { CircleId::MAIN },
        voice: if withheld.contains(n) {
            Voice::Withheld
        } else {
            Voice::Carried
        },
        seen: true,
        first: false,
    };
    let people: BTreeMap<_, _> = people.iter().map(|n| (who(*n), presence(n))).collect();
    Scene { people }
}

/// What the engine said about somebody.
#[derive(Debug, Clone, Default)]
pub struct Told {
    notices: Arc<Mutex<Vec<Notice>>>,
    spoken: Arc<Mutex<Vec<Spoken>>>,
}

fn whole<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Told {
    /// To their page.
    pub fn notices(&self) -> Vec<Notice> {
        whole(&self.notices).clone()
    }
    /// How much they spoke.
    pub fn spoken(&self) -> Vec<Spoken> {
        whole(&self.spoken).clone()
    }
}

/// The offer of a person in a room.
pub fn offer(room: RoomId, offering: &Offering, n: u8, scene: Scene) -> (Offer, Told) {
    let told = Told::default();
    let (notices, spoken) = (told.clone(), told.clone());
    let offer = Offer {
        room,
        peer: PeerId(u64::from(n)),
        who: who(n),
        description: offering.description.clone(),
        scene,
        wishes: Pictures::All,
        tell: Box::new(move |notice| whole(&notices.notices).push(notice)),
        spoke: Box::new(move |spoke| whole(&spoken.spoken).push(spoke)),
    };
    (offer, told)
}

/// Joins the room and talks.
pub async fn joins(engine: &Engine, n: u8, scene: Scene) -> (Caller, Told) {
    joins_in(ROOM, engine, n, scene).await
}

/// Joins a room and talks.
pub async fn joins_in(room: RoomId, engine: &Engine, n: u8, scene: Scene) -> (Caller, Told) {
    let offering = Offering::new(n, 3).await;
    let (offer, told) = offer(room, &offering, n, scene);
    let answer = engine.offer(offer).await.said().await.expect("the offer is taken");
    let mut caller = offering.begins(&answer);
    caller.sees("the connection", |log| log.up).await;
    caller.talks(true).await;
    (caller, told)
}
