//! The invented people as a company: each with a seat, most with a line. They do one thing at a time, one after the other; whoever tells
//! them what to do waits until it is done and can be seen.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::ParticipantId;
use protocol::wire::{Action, ConsentCard, NoteRef, RoomScene, RoomView, SignalKind};
use tokio::sync::watch;

use super::line::{Line, Seen, Undone, Words};
use crate::hub::{Hub, Seat};

/// How long anything that must be seen may take before the demo gives up on it. On a busy machine a commit takes tenths of seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everybody who is played.
#[derive(Debug)]
pub(super) struct Company {
    hub: Hub,
    lead: ParticipantId,
    seats: BTreeMap<ParticipantId, Seat>,
    lines: BTreeMap<ParticipantId, Line>,
}

impl Company {
    pub(super) fn new(hub: Hub, lead: Seat, members: &[Seat]) -> Self {
        let all = members.iter().chain([&lead]);
        let seats = all.map(|seat| (seat.participant, seat.clone())).collect();
        Self {
            hub,
            lead: lead.participant,
            seats,
            lines: BTreeMap::new(),
        }
    }

    pub(super) const fn lead(&self) -> ParticipantId {
        self.lead
    }

    /// Brings a line up, unless it is up or the person was sent out.
    pub(super) fn comes(&mut self, who: ParticipantId) {
        let fine = self
            .lines
            .get(&who)
            .is_some_and(|line| line.was_sent_out() || !line.is_down());
        if let Some(seat) = self.seats.get(&who).filter(|_| !fine) {
            self.lines.insert(who, Line::up(&self.hub, seat.clone()));
        }
    }

    /// Drops a line without a goodbye.
    pub(super) fn hangs_up(&mut self, who: ParticipantId) {
        self.lines.remove(&who);
    }

    /// Whether somebody has a line.
    pub(super) fn has(&self, who: ParticipantId) -> bool {
        self.lines.contains_key(&who)
    }

    /// Everybody goes home.
    pub(super) fn all_leave(&mut self) {
        self.lines.clear();
    }

    /// Lines that broke by themselves (a room that starts again from its journal) are brought up again.
    pub(super) fn come_back(&mut self) {
        let broken: Vec<_> = self.lines.iter().filter(|(_, line)| line.is_down()).collect();
        let broken: Vec<_> = broken.into_iter().map(|(who, _)| *who).collect();
        for who in broken {
            self.comes(who);
        }
    }

    fn line(&self, who: ParticipantId) -> Result<&Line, Undone> {
        self.lines.get(&who).ok_or(Undone::Down)
    }

    pub(super) async fn acts(&self, who: ParticipantId, action: Action) -> Result<u64, Undone> {
        self.line(who)?.act(action).await
    }

    /// What somebody is asked to agree to, as soon as they have a page.
    pub(super) async fn asked_of(&self, who: ParticipantId) -> Result<Vec<ConsentCard>, Undone> {
        let mut seen = self.line(who)?.watch();
        let asked = async {
            let seen = seen.wait_for(Option::is_some).await.map_err(|_| Undone::Down)?;
            Ok(seen.as_ref().map(|seen| seen.consents.clone()).unwrap_or_default())
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(Undone::Down))
    }

    pub(super) async fn signs(&self, who: ParticipantId, kind: SignalKind) {
        if let Ok(line) = self.line(who) {
            line.sign(kind).await;
        }
    }

    pub(super) async fn writes(&self, who: ParticipantId, note: NoteRef, words: Words) -> Result<(), Undone> {
        self.line(who)?.write(note, words).await
    }

    /// What the leading facilitator sees, once it fits.
    pub(super) async fn sees(&self, fits: impl Fn(&Seen, &RoomScene) -> bool) -> Result<Box<RoomScene>, Undone> {
        let mut seen = self.watch()?;
        let found = async {
            loop {
                if let Some(seen) = seen.borrow_and_update().as_ref()
                    && let RoomView::Room(scene) = &seen.room
                    && fits(seen, scene)
                {
                    return Ok(scene.clone());
                }
                seen.changed().await.map_err(|_| Undone::Down)?;
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or(Err(Undone::Down))
    }

    /// What the leading facilitator sees now.
    pub(super) fn view(&self) -> Option<Seen> {
        self.lines.get(&self.lead)?.view()
    }

    /// To wait for the leading facilitator's next view.
    pub(super) fn watch(&self) -> Result<watch::Receiver<Option<Seen>>, Undone> {
        self.line(self.lead).map(Line::watch)
    }
}
