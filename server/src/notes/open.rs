//! A note that somebody has open: the document, who listens, and how far the disk is.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use protocol::ParticipantId;

use super::NoteFault;
use super::document::{Applied, Document};
use super::limits::FOLD_AFTER_UPDATES;
use super::store::StoredNote;
use super::task::{ConnectionId, Listener};

/// One connection's view of a note.
pub(super) struct Opening {
    pub(super) participant: ParticipantId,
    pub(super) client: u64,
    pub(super) listener: Arc<dyn Listener>,
}

#[derive(Default)]
pub(super) struct OpenNote {
    /// Absent while memory and disk may differ: it must be read again.
    document: Option<Document>,
    openings: BTreeMap<ConnectionId, Opening>,
    /// The newest stored update's number.
    last: u64,
    /// Updates stored since the last fold.
    unfolded: u64,
    fold_at: u64,
    /// Something may have been stored that nobody was told of.
    resynchronise: bool,
}

impl OpenNote {
    pub(super) fn is_sound(&self) -> bool {
        self.document.is_some()
    }

    pub(super) fn is_unheard(&self) -> bool {
        self.openings.is_empty()
    }

    /// Everybody who came was given what they lack: what was encoded for them is given back.
    pub(super) fn rests(&mut self) {
        if let Some(document) = &mut self.document {
            document.drop_encoding();
        }
    }

    pub(super) fn is_open_for(&self, connection: ConnectionId) -> bool {
        self.openings.contains_key(&connection)
    }

    pub(super) fn listener(&self, connection: ConnectionId) -> Option<Arc<dyn Listener>> {
        self.openings
            .get(&connection)
            .map(|opening| Arc::clone(&opening.listener))
    }

    /// Takes what the disk holds; the openings keep their client ids.
    pub(super) fn read(&mut self, stored: StoredNote) -> Result<(), NoteFault> {
        let updates = stored.updates.iter().map(|(_, update)| update.as_slice());
        let mut document = Document::open(stored.folded.as_deref(), updates, stored.authors)?;
        for opening in self.openings.values() {
            document.bind(opening.client, opening.participant)?;
        }
        self.last = stored.updates.last().map_or(self.last, |(number, _)| *number);
        self.unfolded = stored.updates.len() as u64;
        self.fold_at = FOLD_AFTER_UPDATES;
        self.document = Some(document);
        Ok(())
    }

    /// Memory is not to be believed any more.
    pub(super) fn discard(&mut self, resynchronise: bool) {
        self.document = None;
        self.resynchronise |= resynchronise;
    }

    /// Sends everybody everything, if something may have passed them by. Gives the clogged.
    pub(super) fn resynchronise(&mut self, frame: impl Fn(u32, &[u8]) -> Bytes) -> Vec<ConnectionId> {
        let Some(document) = self.document.as_mut().filter(|_| self.resynchronise) else {
            return Vec::new();
        };
        let Ok(state) = document.state_for(&[]) else {
            return Vec::new();
        };
        self.resynchronise = false;
        let told = self.openings.iter().map(|(connection, opening)| {
            (
                *connection,
                opening.listener.frame(frame(opening.client as u32, &state)),
            )
        });
        told.filter(|(_, told)| told.is_err())
            .map(|(connection, _)| connection)
            .collect()
    }

    /// A connection opens the note, or opens it anew. Gives what it lacks.
    pub(super) fn add(
        &mut self,
        connection: ConnectionId,
        opening: Opening,
        state_vector: &[u8],
    ) -> Result<Bytes, NoteFault> {
        self.remove(connection);
        let document = self.document.as_mut().ok_or(NoteFault::Broken)?;
        document.bind(opening.client, opening.participant)?;
        match document.state_for(state_vector) {
            Ok(state) => {
                self.openings.insert(connection, opening);
                Ok(state)
            }
            Err(fault) => {
                self.release(opening.client);
                Err(fault)
            }
        }
    }

    pub(super) fn remove(&mut self, connection: ConnectionId) {
        if let Some(opening) = self.openings.remove(&connection) {
            self.release(opening.client);
        }
    }

    /// A page that comes back over a new connection has the same client id there: then it stays.
    fn release(&mut self, client: u64) {
        if self.openings.values().all(|opening| opening.client != client)
            && let Some(document) = &mut self.document
        {
            document.release(client);
        }
    }

    /// Applies a connection's update. Nothing if it does not have the note open.
    pub(super) fn apply(
        &mut self,
        connection: ConnectionId,
        bytes: &[u8],
    ) -> Option<Result<(ParticipantId, Applied), NoteFault>> {
        let opening = self.openings.get(&connection)?;
        let Some(document) = &mut self.document else {
            return Some(Err(NoteFault::Broken));
        };
        let result = document.apply(opening.participant, opening.client, bytes);
        if result == Err(NoteFault::Broken) {
            self.document = None;
        }
        Some(result.map(|applied| (opening.participant, applied)))
    }

    pub(super) fn take_back(&mut self, participant: ParticipantId) -> Result<Vec<Bytes>, NoteFault> {
        let result = self
            .document
            .as_mut()
            .map_or(Err(NoteFault::Broken), |document| document.take_back(participant));
        if result == Err(NoteFault::Broken) {
            self.document = None;
        }
        result
    }

    pub(super) fn text(&self) -> String {
        self.document.as_ref().map(Document::text).unwrap_or_default()
    }

    /// Sends a frame to these connections. Gives the clogged.
    pub(super) fn send(&self, frame: &Bytes, to: impl Fn(ConnectionId) -> bool) -> Vec<ConnectionId> {
        let chosen = self.openings.iter().filter(|(connection, _)| to(**connection));
        let told = chosen.map(|(connection, opening)| (*connection, opening.listener.frame(frame.clone())));
        told.filter(|(_, told)| told.is_err())
            .map(|(connection, _)| connection)
            .collect()
    }

    pub(super) fn stored(&mut self, last: u64, count: u64) {
        self.last = last;
        self.unfolded += count;
    }

    pub(super) fn is_fold_due(&self) -> bool {
        self.unfolded >= self.fold_at
    }

    /// The state to fold, and the number of the last update in it. Nothing if all is folded.
    pub(super) fn unfolded_state(&mut self) -> Option<(u64, Result<Bytes, NoteFault>)> {
        let document = self.document.as_mut().filter(|_| self.unfolded > 0)?;
        Some((self.last, document.fold()))
    }

    pub(super) fn folded(&mut self) {
        self.unfolded = 0;
        self.fold_at = FOLD_AFTER_UPDATES;
    }

    /// Not at every update from now on, but after as many again.
    pub(super) fn not_folded(&mut self) {
        self.fold_at = self.unfolded + FOLD_AFTER_UPDATES;
    }
}
