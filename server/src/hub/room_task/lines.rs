//! Who is here: a line comes up, goes down, is closed.

use protocol::ParticipantId;
use protocol::wire::{CloseCode, ServerMessage, WIRE_VERSION};
use room::{Arrival, Input, SealedText};

use super::{Connection, End, Stop, Task};
use crate::hub::Seat;
use crate::hub::lane::Lane;
use crate::hub::limits::{HEARTBEAT, MAX_LINES_PER_PERSON};

impl Task {
    pub(super) async fn connected(&mut self, connection: u64, seat: Seat, lane: Lane) -> Result<(), End> {
        let participant = seat.participant;
        let mine: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, c)| c.participant == participant)
            .map(|(&n, _)| n)
            .collect();
        if mine.len() >= MAX_LINES_PER_PERSON
            && let Some(&oldest) = mine.first()
        {
            self.close_one(oldest, CloseCode::TooManyConnections).await;
            self.desk.gone(oldest).await;
        }
        let welcome = ServerMessage::Welcome {
            wire: WIRE_VERSION,
            room: self.id,
            you: participant,
            now: self.registry.clock.now(),
            heartbeat_seconds: u32::try_from(HEARTBEAT.as_secs()).unwrap_or(u32::MAX),
            media: self.registry.media.is_some(),
            media_phone: self.registry.told.media_phone.clone(),
        };
        let _ = lane.say(&welcome);
        let name = SealedText::fresh(participant, seat.name.expose());
        let arrival = Input::Arrived(Arrival {
            participant,
            role: seat.role,
            name,
            let_in: seat.let_in,
        });
        let line = Connection {
            participant,
            lane,
            shown: None,
            holds: false,
        };
        self.connections.insert(connection, line);
        match self.room.decide(self.moment(), &arrival) {
            Ok(outcome) => match self.commit(outcome, None).await {
                Ok(_) => {}
                Err(Stop::Refused(_)) => self.close_one(connection, CloseCode::RoomRestarting).await,
                Err(Stop::End(end)) => return Err(end),
            },
            Err(_) => self.close_one(connection, CloseCode::Removed).await, // the room is full
        }
        self.unseen += 1;
        Ok(())
    }

    async fn close_one(&mut self, connection: u64, code: CloseCode) {
        self.noting.gone(connection);
        if let Some(gone) = self.connections.remove(&connection) {
            self.calls.gone(self.registry.media.as_ref(), connection).await;
            gone.lane.close(code, "");
        }
    }

    pub(super) async fn gone(&mut self, connection: u64) -> Result<(), End> {
        self.noting.gone(connection);
        let Some(gone) = self.connections.remove(&connection) else {
            return Ok(());
        };
        self.calls.gone(self.registry.media.as_ref(), connection).await;
        self.desk.gone(connection).await;
        self.line_down(gone.participant).await
    }

    pub(super) async fn line_down(&mut self, participant: ParticipantId) -> Result<(), End> {
        let lines = self
            .connections
            .values()
            .filter(|c| c.participant == participant)
            .count();
        let lines_left = u16::try_from(lines).unwrap_or(u16::MAX);
        self.happens(&Input::Left {
            participant,
            lines_left,
        })
        .await
    }

    /// Closes all of somebody's lines and lets the room know that they are away.
    pub(super) async fn dismiss(&mut self, participant: ParticipantId) -> Result<(), End> {
        let theirs: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, c)| c.participant == participant)
            .map(|(&n, _)| n)
            .collect();
        for connection in theirs {
            self.close_one(connection, CloseCode::Removed).await;
            self.desk.gone(connection).await;
        }
        self.line_down(participant).await
    }
}
