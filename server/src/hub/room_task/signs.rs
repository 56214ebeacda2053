//! What passes by and leaves the floor as it is: notes, signals, voices.

use bytes::Bytes;
use media::Spoken;
use protocol::ParticipantId;
use protocol::wire::{RefusalCode, ServerMessage, SignalKind};
use room::{Audience, Input, SignalScope};

use super::{Connection, End, Task};
use crate::audit::ActionKind;
use crate::hub::calls::{About, Heard};
use crate::hub::lane::Out;

impl Task {
    pub(super) async fn note(&mut self, connection: u64, frame: Bytes) {
        if let Some(Connection { participant, lane, .. }) = self.connections.get(&connection) {
            let who = (connection, *participant, lane);
            let place = (&self.registry.store, self.id, self.epoch);
            self.desk.frame(place, (&self.room, &mut self.noting), who, frame).await;
        }
    }

    pub(super) async fn signal(&self, connection: u64, kind: SignalKind) {
        let Some(sender) = self.connections.get(&connection) else {
            return;
        };
        let from = sender.participant;
        match self.room.signal(from, kind) {
            Ok(scope) => {
                let sign = ServerMessage::Signal { from, kind };
                let frame = Out::Text(written(&sign).into());
                for other in self.connections.values() {
                    let sees = match (scope, self.room.audience_of(other.participant)) {
                        (SignalScope::Circle(id), Audience::Circle(theirs) | Audience::Leaders(theirs)) => id == theirs,
                        (SignalScope::Leaders, Audience::Leaders(_)) => true,
                        (SignalScope::Leaders, Audience::Circle(_)) | (_, Audience::Waiting) => false,
                    };
                    if sees {
                        let _ = other.lane.send(frame.clone());
                    }
                }
            }
            Err(refusal) => {
                let noted = self.noting.refused(from, ActionKind::SIGNAL, refusal.code);
                let refusal = match Box::pin(noted).await {
                    code if code == refusal.code => refusal,
                    unavailable => unavailable.into(),
                };
                let _ = sender.lane.say(&ServerMessage::Refused { id: None, refusal });
            }
        }
    }

    pub(super) async fn about_media(&mut self, connection: u64, about: About) {
        let Some(Connection { participant, lane, .. }) = self.connections.get(&connection) else {
            return;
        };
        let who = (connection, *participant, lane.clone());
        if about.wants_in() && !self.room.hearing().contains_key(participant) {
            let code = self
                .noting
                .refused(*participant, ActionKind::MEDIA, RefusalCode::NotAdmitted)
                .await;
            let _ = lane.say(&ServerMessage::MediaRefused { refusal: code.into() });
            return;
        }
        let here = (self.id, &self.room);
        let registry = &self.registry;
        let house = (
            registry.media.as_ref(),
            registry.told.relays.as_ref(),
            registry.clock.now(),
        );
        self.calls.hears(house, here, who, about).await;
    }

    pub(super) async fn noticed(&mut self, noticed: (ParticipantId, Spoken)) -> Result<(), End> {
        match self.calls.takes(&self.room, noticed) {
            Heard::Tries(participant) => {
                let frame = Out::Text(written(&ServerMessage::TryingToSpeak { participant }).into());
                for other in self.connections.values() {
                    let leads = matches!(self.room.audience_of(other.participant), Audience::Leaders(_));
                    if leads || other.participant == participant {
                        let _ = other.lane.send(frame.clone());
                    }
                }
                Ok(())
            }
            Heard::Enough => self.voices_are_written().await,
            Heard::Nothing => Ok(()),
        }
    }

    /// Talk time goes into the journal.
    pub(super) async fn voices_are_written(&mut self) -> Result<(), End> {
        match self.calls.spoken() {
            Some(heard) => {
                let input = Input::VoicesHeard { heard: heard.clone() };
                if !self.is_written(&input).await? {
                    self.calls.unwritten(heard);
                }
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn written(message: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("a message of plain data can be written")
}
