//! Where a room's voices and pictures meet the hub: which of its lines carry them, and what the engine is told when the room changes.
//!
//! The room says who is heard where (`Room::hearing`), the engine carries; this only hands the one to the other, at once after the event
//! was written and before anything is shown.
//!
//! The other way goes what the engine's ears notice. That somebody is trying to speak is told at once and kept nowhere. Talk time is summed up here and
//! handed to the room about once a minute: it stands beside floor time, which outlives a restart, and half of a sum would mislead.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use media::{Engine, Kind, NotTaken, Notice, Offer, PeerId, Pictures, Presence, Scene, Spoken, Voice, Why};
use protocol::wire::{MediaEnding, MediaKind, MediaPictures, MediaSlot, RefusalCode, ServerMessage};
use protocol::{ParticipantId, Private, RoomId, Timestamp};
use room::Room;
use room::hearing::Hearing;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::lane::Lane;
use super::limits::{VOICES, VOICES_WRITTEN};
use crate::relays::Relays;

/// The lines of one room that carry voices and pictures.
#[derive(Debug, Default)]
pub(super) struct Calls {
    lines: BTreeSet<u64>,
    /// Which pictures they want, where they said so.
    wishes: BTreeMap<u64, Pictures>,
    /// What the engine was told last.
    told: BTreeMap<ParticipantId, Hearing>,
    ears: Option<Ears>,
}

/// What the engine's ears notice in one room.
#[derive(Debug)]
struct Ears {
    notice: mpsc::Sender<(ParticipantId, Spoken)>,
    noticed: mpsc::Receiver<(ParticipantId, Spoken)>,
    /// Talk time that the room does not know of yet, in milliseconds.
    spoken: BTreeMap<ParticipantId, u32>,
    /// When it was last told.
    told_at: Instant,
}

impl Ears {
    fn new() -> Self {
        let (notice, noticed) = mpsc::channel(VOICES);
        Self {
            notice,
            noticed,
            spoken: BTreeMap::new(),
            told_at: Instant::now(),
        }
    }

    fn adds(&mut self, who: ParticipantId, heard: Duration) {
        let ms = u32::try_from(heard.as_millis()).unwrap_or(u32::MAX);
        if ms > 0 {
            let sum = self.spoken.entry(who).or_default();
            *sum = sum.saturating_add(ms);
        }
    }
}

/// What is to be done about what an ear noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Those who lead, and the person, are to know that somebody tries to speak.
    Tries(ParticipantId),
    /// There is enough talk time to be written down.
    Enough,
    Nothing,
}

/// What a page says about voices and pictures.
#[derive(Debug)]
pub(super) enum About {
    Offer(Private<String>),
    Restart(Private<String>),
    Relays,
    Wishes(MediaPictures),
    End,
}

impl About {
    /// Only whoever is in may ask for it.
    pub(super) fn wants_in(&self) -> bool {
        matches!(self, Self::Offer(_) | Self::Restart(_) | Self::Relays)
    }
}

impl Calls {
    /// The page of somebody says something about voices and pictures.
    pub(super) async fn hears(
        &mut self,
        house: (Option<&Engine>, Option<&Relays>, Timestamp),
        here: (RoomId, &Room),
        who: (u64, ParticipantId, Lane),
        about: About,
    ) {
        let (engine, relays, now) = house;
        let (connection, _, lane) = &who;
        match about {
            About::Offer(description) => self.offered(engine, here, who, description).await,
            About::End => self.gone(engine, *connection).await,
            About::Restart(description) => restarted(engine, here.0, who, description).await,
            About::Relays => {
                let made = relays.map(|relays| relays.for_a_page(now, here.0, who.1));
                let relays = made.into_iter().collect();
                let _ = lane.say(&ServerMessage::MediaRelays { relays });
            }
            About::Wishes(pictures) => {
                let pictures = wished(pictures);
                self.wishes.insert(*connection, pictures);
                if let Some(engine) = engine {
                    engine.wishes(here.0, PeerId(*connection), pictures).await;
                }
            }
        }
    }

    /// The page of somebody who is in wants to hear and be heard. What the engine says about it goes straight to the page's lane.
    async fn offered(
        &mut self,
        engine: Option<&Engine>,
        (id, room): (RoomId, &Room),
        (connection, who, lane): (u64, ParticipantId, Lane),
        description: Private<String>,
    ) {
        let refuse = |code: RefusalCode| {
            let _ = lane.say(&ServerMessage::MediaRefused { refusal: code.into() });
        };
        let Some(engine) = engine else {
            return refuse(RefusalCode::NoMedia);
        };
        let hearing = room.hearing();
        let tells = lane.clone();
        let notice = self.ears.get_or_insert_with(Ears::new).notice.clone();
        let offer = Offer {
            room: id,
            peer: PeerId(connection),
            who,
            description: description.into_exposed(),
            scene: scene(&hearing),
            wishes: self.wishes.get(&connection).copied().unwrap_or_default(),
            tell: Box::new(move |notice| {
                let _ = tells.say(&said(notice)); // a lane that is full closes its line, and that ends this
            }),
            spoke: Box::new(move |spoken| {
                let _ = notice.try_send((who, spoken)); // a room that does not read for so long misses some seconds of talk time
            }),
        };
        self.lines.insert(connection);
        self.told = hearing;
        let answer = engine.offer(offer).await;
        // Beside the room's next decisions: reading an offer takes some milliseconds.
        tokio::spawn(async move {
            let message = match answer.said().await {
                Ok(description) => ServerMessage::MediaAnswer {
                    description: description.into(),
                },
                Err(why) => ServerMessage::MediaRefused {
                    refusal: refusal(why).into(),
                },
            };
            let _ = lane.say(&message);
        });
    }

    /// The room has changed.
    pub(super) async fn changed(&mut self, engine: Option<&Engine>, id: RoomId, room: &Room) {
        let Some(engine) = engine.filter(|_| !self.lines.is_empty()) else {
            return;
        };
        let hearing = room.hearing();
        if hearing != self.told {
            engine.shows(id, scene(&hearing)).await;
            self.told = hearing;
        }
    }

    /// The next thing that an ear notices; waits for ever where nobody is heard.
    pub(super) async fn noticed(&mut self) -> (ParticipantId, Spoken) {
        match &mut self.ears {
            Some(ears) => match ears.noticed.recv().await {
                Some(noticed) => noticed,
                None => std::future::pending().await, // it holds a sender itself
            },
            None => std::future::pending().await,
        }
    }

    /// Takes in what an ear noticed.
    pub(super) fn takes(&mut self, room: &Room, (who, spoken): (ParticipantId, Spoken)) -> Heard {
        let Some(ears) = &mut self.ears else {
            return Heard::Nothing;
        };
        ears.adds(who, spoken.heard);
        let kept_back = || room.hearing().get(&who).is_some_and(|one| one.kept_back);
        if spoken.trying && kept_back() {
            Heard::Tries(who)
        } else if ears.told_at.elapsed() >= VOICES_WRITTEN && !ears.spoken.is_empty() {
            Heard::Enough
        } else {
            Heard::Nothing
        }
    }

    /// The talk time that the room does not know of yet; from now on it does.
    pub(super) fn spoken(&mut self) -> Option<BTreeMap<ParticipantId, u32>> {
        let ears = self.ears.as_mut()?;
        while let Ok((who, spoken)) = ears.noticed.try_recv() {
            ears.adds(who, spoken.heard); // that somebody tries to speak is noticed again within a second
        }
        ears.told_at = Instant::now();
        Some(std::mem::take(&mut ears.spoken)).filter(|spoken| !spoken.is_empty())
    }

    /// It could not be written down just now.
    pub(super) fn unwritten(&mut self, spoken: BTreeMap<ParticipantId, u32>) {
        if let Some(ears) = &mut self.ears {
            ears.spoken = spoken;
        }
    }

    /// A line ends, or wants no more voices.
    pub(super) async fn gone(&mut self, engine: Option<&Engine>, connection: u64) {
        self.wishes.remove(&connection);
        if self.lines.remove(&connection)
            && let Some(engine) = engine
        {
            engine.ends(PeerId(connection)).await;
        }
    }

    /// The room's task ends.
    pub(super) async fn close(&mut self, engine: Option<&Engine>, id: RoomId) {
        if !std::mem::take(&mut self.lines).is_empty()
            && let Some(engine) = engine
        {
            engine.closes(id).await;
        }
    }
}

/// The page's network has changed, and it looks for a new way to the connection that it has.
async fn restarted(
    engine: Option<&Engine>,
    room: RoomId,
    (connection, _, lane): (u64, ParticipantId, Lane),
    description: Private<String>,
) {
    let Some(engine) = engine else {
        let _ = lane.say(&ServerMessage::MediaEnded { why: MediaEnding::Lost });
        return;
    };
    let answer = engine
        .restart(room, PeerId(connection), description.into_exposed())
        .await;
    tokio::spawn(async move {
        let message = match answer.said().await {
            Ok(description) => ServerMessage::MediaAnswer {
                description: description.into(),
            },
            Err(_) => ServerMessage::MediaEnded { why: MediaEnding::Lost }, // a new offer begins anew
        };
        let _ = lane.say(&message);
    });
}

fn wished(pictures: MediaPictures) -> Pictures {
    match pictures {
        MediaPictures::All => Pictures::All,
        MediaPictures::Holder => Pictures::Holder,
        MediaPictures::None => Pictures::None,
    }
}

fn scene(hearing: &BTreeMap<ParticipantId, Hearing>) -> Scene {
    let presence = |one: &Hearing| Presence {
        circle: one.circle,
        voice: if one.carried { Voice::Carried } else { Voice::Withheld },
        seen: one.seen,
        first: one.first,
    };
    Scene {
        people: hearing.iter().map(|(&who, one)| (who, presence(one))).collect(),
    }
}

fn refusal(why: NotTaken) -> RefusalCode {
    match why {
        NotTaken::Unreadable => RefusalCode::Malformed,
        NotTaken::Full => RefusalCode::Full,
        NotTaken::Unavailable => RefusalCode::Unavailable,
    }
}

fn said(notice: Notice) -> ServerMessage {
    match notice {
        Notice::Stands(standing) => ServerMessage::MediaStands {
            carried: standing.voice == Voice::Carried,
            slots: standing.heard.into_iter().map(slot).collect(),
        },
        Notice::Ended(why) => ServerMessage::MediaEnded {
            why: match why {
                Why::Elsewhere => MediaEnding::Elsewhere,
                Why::Lost => MediaEnding::Lost,
            },
        },
    }
}

fn slot((kind, line, participant): (Kind, String, ParticipantId)) -> MediaSlot {
    MediaSlot {
        line,
        kind: match kind {
            Kind::Sound => MediaKind::Sound,
            Kind::Picture => MediaKind::Picture,
        },
        participant,
    }
}
