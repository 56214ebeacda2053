//! Where a room's voices and pictures meet the hub: which of its lines carry them, and what the engine is told when the room changes.
//!
//! The room says who is heard where (`Room::hearing`), the engine carries; this only hands the one to the other, at once after the event
//! was written and before anything is shown.

use std::collections::{BTreeMap, BTreeSet};

use media::{Engine, Kind, NotTaken, Notice, Offer, PeerId, Presence, Scene, Voice, Why};
use protocol::wire::{MediaEnding, MediaKind, MediaSlot, RefusalCode, ServerMessage};
use protocol::{ParticipantId, Private, RoomId};
use room::Room;
use room::hearing::Hearing;

use super::lane::Lane;

/// The lines of one room that carry voices and pictures.
#[derive(Debug, Default)]
pub(super) struct Calls {
    lines: BTreeSet<u64>,
    /// What the engine was told last.
    told: BTreeMap<ParticipantId, Hearing>,
}

impl Calls {
    /// The page of somebody who is in wants to hear and be heard. What the engine says about it goes straight to the page's lane.
    pub(super) async fn offered(
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
        let offer = Offer {
            room: id,
            peer: PeerId(connection),
            who,
            description: description.into_exposed(),
            scene: scene(&hearing),
            tell: Box::new(move |notice| {
                let _ = tells.say(&said(notice)); // a lane that is full closes its line, and that ends this
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

    /// A line ends, or wants no more voices.
    pub(super) async fn gone(&mut self, engine: Option<&Engine>, connection: u64) {
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
