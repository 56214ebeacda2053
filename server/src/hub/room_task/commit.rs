//! Append, then apply: what an outcome destroys and writes before the room is what was decided.

use protocol::wire::RefusalCode;
use protocol::{CommandId, ParticipantId, RoomId};
use room::event::What;
use room::kept::end_a_session;
use room::limits::PLACE_KEPT_SECONDS;
use room::{Effect, Event, Outcome, Snapshot};

use super::{End, Stop, Task};
#[cfg(feature = "mutants")]
use crate::hub::lane::Lane;
use crate::hub::limits::{RECENT_COMMANDS, SNAPSHOT_EVERY};
use crate::hub::sealing;
use crate::store::{Append, AppendError, Appended, NewEvent};

impl Task {
    /// Makes an outcome durable, then applies it.
    pub(super) async fn commit(
        &mut self,
        mut outcome: Outcome,
        command: Option<(ParticipantId, CommandId)>,
    ) -> Result<(), Stop> {
        let unavailable = || Stop::Refused(RefusalCode::Unavailable.into());
        // What is destroyed before the fence is asked must be this owner's to destroy.
        if !outcome.effects.is_empty() && self.registry.nodes().is_some() {
            match self.registry.store.is_epoch(self.id, self.epoch).await {
                Ok(true) if self.registry.may_acknowledge() => {}
                Ok(_) => return Err(Stop::End(End::Fenced)),
                Err(_) => return Err(unavailable()),
            }
        }
        self.take_back(&outcome.effects).await?;
        if outcome.events.is_empty() {
            self.deadline = outcome.next_deadline;
            return Ok(());
        }
        let leaving = self.room.pack().keeps_nothing() && end_a_session(&outcome.events);
        if leaving && self.registry.store.leaving(self.id).await.is_err() {
            return Err(unavailable()); // without the mark a crash behind the end would leave keys until somebody came back
        }
        let has = |kind: fn(&What) -> bool| outcome.events.iter().any(|event| kind(&event.what));
        let forgets = has(|what| matches!(what, What::PlaceForgotten { .. }));
        if has(|what| matches!(what, What::ArrivalConfirmed { .. })) && self.room.forgets_places_at().is_none() {
            // Without the mark a place would be known until somebody came back.
            let look_at = self.registry.clock.now().plus_seconds(PLACE_KEPT_SECONDS);
            let marked = self.registry.store.visiting(self.id, look_at).await;
            marked.map_err(|_| unavailable())?;
        }
        if sealing::seal(&self.registry.store, self.id, &mut outcome.events)
            .await
            .is_err()
        {
            return Err(unavailable());
        }
        let mut events = Vec::with_capacity(outcome.events.len());
        for event in &outcome.events {
            let body = event.write().expect("every personal text was sealed above");
            events.push(NewEvent {
                kind: event.what.kind(),
                at: event.at,
                actor: event.by,
                body,
            });
        }
        let append = Append {
            room: self.id,
            practice: self.practice,
            epoch: self.epoch,
            after_seq: self.room.state().seq,
            events,
            command,
        };
        #[cfg(feature = "mutants")]
        let asker = append
            .command
            .and_then(|(by, _)| Some((self.lane_of(by)?, self.number_after(by, &outcome.events))));
        #[cfg(feature = "mutants")]
        if crate::hub::mutants::before_append(asker, &append).await == Err(AppendError::Unavailable) {
            return Err(unavailable());
        }
        match self.registry.store.append(append).await {
            Ok(Appended::Committed { last_seq }) => {
                self.room.apply(&outcome.events);
                if self.room.state().seq != last_seq {
                    tracing::error!(room = %self.id, "the journal and the room count differently");
                    return Err(Stop::End(End::Replay));
                }
                // First of all: whoever may not speak any more is not heard while the rest is done.
                self.calls
                    .changed(self.registry.media.as_ref(), self.id, &self.room)
                    .await;
                self.deadline = outcome.next_deadline;
                if let Some(command) = command {
                    self.remember(command);
                }
                self.unseen += 1;
                if end_a_session(&outcome.events) {
                    crate::ledger::keep::session_ends(&self.registry.store, &self.registry.clock, self.id).await;
                }
                self.put_away(&outcome.events).await;
                self.carry_out(outcome.effects).await?;
                if forgets {
                    self.mark_visits().await;
                }
                self.snapshot_if_due();
                Ok(())
            }
            Ok(Appended::Duplicate { .. }) => Ok(()),
            Err(AppendError::Unavailable) => Err(unavailable()),
            #[cfg(feature = "mutants")]
            Err(AppendError::Fenced) if crate::hub::mutants::is("ack_when_fenced") => Ok(()),
            Err(AppendError::Fenced) => Err(Stop::End(End::Fenced)),
            Err(AppendError::Unknown) => Err(Stop::End(End::Replay)),
        }
    }

    /// Before its event is journaled: a retry after a crash in between takes back or destroys again, which changes nothing.
    async fn take_back(&mut self, effects: &[Effect]) -> Result<(), Stop> {
        for effect in effects {
            if let Effect::ForgetVisit { visit } = effect {
                let gone = self.registry.store.erase_person(self.id, *visit).await;
                gone.map_err(|_| Stop::Refused(RefusalCode::Unavailable.into()))?;
            }
            if let Effect::ErasePerson {
                participant,
                visit,
                notes,
            } = effect
            {
                let unavailable = || Stop::Refused(RefusalCode::Unavailable.into());
                for key in visit.iter().chain([participant]) {
                    let gone = self.registry.store.destroy_key(self.id, *key).await;
                    gone.map_err(|_| unavailable())?;
                }
                for note in notes {
                    let place = (&self.registry.store, self.id, self.epoch);
                    let done = self.desk.take_back(place, *participant, *note).await;
                    done.map_err(|_| unavailable())?;
                }
            }
            if let Effect::TakeBackNote { participant, note } = effect {
                let place = (&self.registry.store, self.id, self.epoch);
                let done = self.desk.take_back(place, *participant, *note).await;
                done.map_err(|code| Stop::Refused(code.into()))?;
            }
        }
        Ok(())
    }

    /// Who led and leads no more puts the facilitators' notes away.
    async fn put_away(&self, events: &[Event]) {
        for event in events {
            let room::event::What::DeputyStoodBack { participant } = event.what else {
                continue;
            };
            for (&n, connection) in &self.connections {
                if connection.participant == participant {
                    self.desk.put_away(n, self.room.pack().session_count()).await;
                }
            }
        }
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), Stop> {
        for effect in effects {
            match effect {
                Effect::Dismiss { participant } => {
                    self.show().await; // so that their last view says why
                    Box::pin(self.dismiss(participant)).await.map_err(Stop::End)?;
                }
                Effect::TakeBackNote { .. } | Effect::ForgetVisit { .. } | Effect::ErasePerson { .. } => {} // done before the event was written
            }
        }
        Ok(())
    }

    /// Whether this room is to be looked at again, and when. A mark too many opens the room once in vain.
    pub(super) async fn mark_visits(&self) {
        let store = &self.registry.store;
        let marked = match self.room.forgets_places_at() {
            Some(at) => store.visiting(self.id, at).await,
            None => store.all_gone(self.id).await,
        };
        if let Err(fault) = marked {
            tracing::warn!(room = %self.id, %fault, "a room's mark of known places is not up to date");
        }
    }

    #[cfg(feature = "mutants")]
    fn lane_of(&self, by: ParticipantId) -> Option<Lane> {
        self.connections
            .values()
            .find(|c| c.participant == by)
            .map(|c| c.lane.clone())
    }

    /// The number that a command's answer will carry.
    #[cfg(feature = "mutants")]
    fn number_after(&self, by: ParticipantId, events: &[Event]) -> u64 {
        let mut room = self.room.clone();
        room.apply(events);
        room.state().seq_for(by)
    }

    pub(super) fn remember(&mut self, command: (ParticipantId, CommandId)) {
        if self.recent.insert(command) {
            self.recent_order.push_back(command);
        }
        if self.recent_order.len() > RECENT_COMMANDS
            && let Some(oldest) = self.recent_order.pop_front()
        {
            self.recent.remove(&oldest);
            self.forgot_commands = true;
        }
    }

    fn snapshot_if_due(&mut self) {
        if self.room.state().seq - self.snapshot_at >= SNAPSHOT_EVERY {
            let (store, id, epoch, seq, bytes) = self.snapshot();
            // Beside the next decisions: a lost snapshot costs time at the next opening and nothing else.
            tokio::spawn(async move {
                if let Err(why) = store.snapshot(id, epoch, seq, &bytes).await {
                    tracing::warn!(room = %id, %why, "a snapshot was not kept");
                }
            });
        }
    }

    pub(super) fn snapshot(&mut self) -> (crate::store::Store, RoomId, u64, u64, Vec<u8>) {
        let state = self.room.state().clone();
        self.snapshot_at = state.seq;
        let bytes = Snapshot { state }
            .write()
            .expect("every personal text of the state is sealed");
        (
            self.registry.store.clone(),
            self.id,
            self.epoch,
            self.snapshot_at,
            bytes,
        )
    }
}
