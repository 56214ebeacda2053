//! Somebody in a replayed meeting. Of each view they read the floor and what it says of themselves, and skip the rest: a meeting shows
//! hundreds of thousands of views, and reading all of each would take longer than everything else together.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use protocol::wire::{
    Action, ClientMessage, PairView, Refusal, RefusalCode, RoomView, ServerMessage, StaffView, TurnView,
};
use protocol::{ParticipantId, TurnId};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::line::{Line, PATIENCE, new_command};

/// A line that says nothing for two heartbeats is taken for a dropped one; whoever listens for an hour says this often that they are there.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// "Wait a moment and try again": the server's allowance fills by three messages meanwhile.
const A_MOMENT: Duration = Duration::from_millis(50);

/// What somebody reads of a view.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Glance {
    pub(super) seq: u64,
    pub(super) room: Room,
    pub(super) me: Me,
}

/// Of the room.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Room {
    pub(super) floor: Floor,
}

/// Of the floor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Floor {
    pub(super) turn: Option<TurnView>,
    pub(super) round_running: bool,
    pub(super) line: Vec<ParticipantId>,
    pub(super) pair: Option<PairView>,
}

/// Of themselves.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Me {
    pub(super) holding: bool,
    pub(super) may_speak: bool,
    pub(super) place: Option<u32>,
    pub(super) offered_by: Option<ParticipantId>,
}

/// Somebody with a line.
pub(super) struct Person {
    line: Line,
    last_said: Instant,
    /// The newest view, as it came and as it was read.
    view: Option<(Utf8Bytes, Glance)>,
    /// The recording has them speak just now.
    pub(super) speaks: bool,
    /// The turn in which they saw that they have the floor.
    pub(super) turn: Option<TurnId>,
    /// They saw that they may speak.
    pub(super) may_speak: bool,
    /// They saw that it is theirs to say back what they heard.
    pub(super) says_back: bool,
    /// Commands that were refused for haste.
    pub(super) too_fast: usize,
}

impl Person {
    pub(super) fn new(line: Line) -> Self {
        Self {
            line,
            last_said: Instant::now(),
            view: None,
            speaks: false,
            turn: None,
            may_speak: false,
            says_back: false,
            too_fast: 0,
        }
    }

    pub(super) fn id(&self) -> ParticipantId {
        self.line.me
    }

    /// Does something and gives the answer. A replay is faster than anybody's hands: who is told to wait a moment waits and tries again.
    pub(super) async fn acts(&mut self, action: &Action) -> Result<Result<u64, Refusal>, String> {
        loop {
            let (id, action) = (new_command(), action.clone());
            self.says(&ClientMessage::Act { id, action }).await;
            match self.answer(id).await? {
                Err(no) if no.code == RefusalCode::TooFast => {
                    self.too_fast += 1;
                    tokio::time::sleep(A_MOMENT).await; // nothing tells when the allowance has filled again
                }
                answer => return Ok(answer),
            }
        }
    }

    async fn answer(&mut self, command: protocol::CommandId) -> Result<Result<u64, Refusal>, String> {
        loop {
            match self.hears().await? {
                Some(ServerMessage::Accepted { id, seq }) if id == command => return Ok(Ok(seq)),
                Some(ServerMessage::Refused { id: Some(id), refusal }) if id == command => return Ok(Err(refusal)),
                Some(ServerMessage::Pong { .. }) | None => {}
                Some(other) => return Err(format!("{} heard {other:?}", self.id())),
            }
        }
    }

    /// Waits until the newest view shows the room as it was at `seq` or later.
    pub(super) async fn looks(&mut self, seq: u64) -> Result<(), String> {
        while self.view.as_ref().is_none_or(|(_, view)| view.seq < seq) {
            self.hears().await?;
        }
        if self.last_said.elapsed() > HEARTBEAT {
            self.says(&ClientMessage::Ping { at: 0 }).await;
        }
        Ok(())
    }

    /// Waits until the newest view shows that the floor is offered to them.
    pub(super) async fn is_offered_the_floor(&mut self) -> Result<(), String> {
        while self.sees()?.me.offered_by.is_none() {
            self.hears().await?;
        }
        Ok(())
    }

    /// What they see.
    pub(super) fn sees(&self) -> Result<&Glance, String> {
        let view = self.view.as_ref().map(|(_, view)| view);
        view.ok_or_else(|| format!("{} has seen nothing yet", self.id()))
    }

    /// All of the facilitators' pane in the newest view.
    pub(super) fn pane(&self) -> Result<StaffView, String> {
        let (text, _) = self.view.as_ref().ok_or("nothing was seen yet")?;
        match serde_json::from_str(text) {
            Ok(ServerMessage::View {
                room: RoomView::Room(scene),
                ..
            }) => scene.staff.ok_or_else(|| format!("{} has no pane", self.id())),
            other => Err(format!("not a view of the room: {other:?}")),
        }
    }

    async fn says(&mut self, message: &ClientMessage) {
        self.last_said = Instant::now();
        self.line.say(message).await;
    }

    /// The next message; a view is kept instead of given.
    async fn hears(&mut self) -> Result<Option<ServerMessage>, String> {
        let next = tokio::time::timeout(PATIENCE, self.line.socket.next()).await;
        match next.map_err(|_| format!("{} heard nothing for {PATIENCE:?}", self.id()))? {
            Some(Ok(Message::Text(text))) => {
                if !text.starts_with(r#"{"type":"view""#) {
                    let message = serde_json::from_str(&text);
                    return message.map(Some).map_err(|why| format!("{why} in {text}"));
                }
                let view: Glance = serde_json::from_str(&text).map_err(|why| format!("{why} in {text}"))?;
                if self.view.as_ref().is_some_and(|(_, before)| before.seq > view.seq) {
                    return Err(format!("a view of {} went back to {}", self.id(), view.seq));
                }
                self.view = Some((text, view));
                Ok(None)
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            other => Err(format!("the line of {} went down: {other:?}", self.id())),
        }
    }
}
