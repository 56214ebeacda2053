//! All open notes of one room: take what waits, apply it, store it, and only then tell anybody.
//!
//! What one person typed reaches the others, and their own page says *saved*, after it is on the disk. If the disk says no,
//! the note in memory has run ahead: it is thrown away and read again before anything else is done with it, and the authors
//! are refused. Listeners are never waited for; one that is clogged is dropped, and its connection closes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use protocol::wire::{NoteFrame, NoteOp, NoteRef, Refusal, RefusalCode};
use protocol::{ParticipantId, RoomId};
use tokio::sync::mpsc;

use super::NoteFault;
use super::engine;
use super::limits::{MAX_BATCH, MAX_FRAMES_APART, MAX_OPEN_PER_CONNECTION};
use super::open::{OpenNote, Opening};
use super::store::{CannotWrite, NoteBatch, NoteStore};
use super::task::{ConnectionId, Ended, NoteMessage};

/// All notes of a room that somebody has open.
pub(super) struct RoomNotes<S> {
    room: RoomId,
    epoch: u64,
    store: S,
    open: BTreeMap<NoteRef, OpenNote>,
    /// Applied and not yet stored.
    waiting: BTreeMap<NoteRef, Waiting>,
}

/// What a note waits to store.
#[derive(Default)]
struct Waiting {
    updates: Vec<(ParticipantId, Bytes)>,
    new_authors: Vec<(u64, ParticipantId)>,
    /// Whose updates these are, with the client's number; some may have brought nothing new.
    from: Vec<(ConnectionId, u32, Bytes)>,
}

impl<S: NoteStore> RoomNotes<S> {
    pub(super) fn new(room: RoomId, epoch: u64, store: S) -> Self {
        Self {
            room,
            epoch,
            store,
            open: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Works until it is told to stop, nobody can tell it anything any more, or another node owns the room.
    pub(super) async fn run(mut self, mut mailbox: mpsc::Receiver<NoteMessage>) -> Ended {
        let mut batch = Vec::with_capacity(MAX_BATCH);
        loop {
            let shutdown = mailbox.recv_many(&mut batch, MAX_BATCH).await == 0
                || batch.iter().any(|message| matches!(message, NoteMessage::Shutdown));
            if self.work(batch.drain(..)).await.is_err() {
                return Ended::Fenced;
            }
            if shutdown {
                let ended = self.close_all().await;
                return if ended.is_err() { Ended::Fenced } else { Ended::Shutdown };
            }
        }
    }

    /// Does all of this, in order. Updates that follow each other are stored together.
    pub(super) async fn work(&mut self, messages: impl Iterator<Item = NoteMessage>) -> Result<(), Fenced> {
        for message in messages {
            if let NoteMessage::Update {
                connection,
                note,
                reference,
                bytes,
                listener,
            } = message
            {
                let taken = self.take(connection, note, reference, &bytes).await?;
                if taken == Taken::NotOpen {
                    // A clogged one is closing anyway and comes back to be given everything anew.
                    let _ = listener.refused(note, reference, RefusalCode::NoteRefused.into());
                }
                continue;
            }
            // Everything else must see the disk as it is.
            self.store_waiting().await?;
            match message {
                NoteMessage::Open {
                    connection,
                    participant,
                    client,
                    note,
                    state_vector,
                    listener,
                } => {
                    let opening = Opening {
                        participant,
                        client: client.into(),
                        listener,
                    };
                    self.open(connection, note, opening, &state_vector).await?;
                }
                NoteMessage::Close { connection, note } => self.close(connection, note).await?,
                NoteMessage::Gone { connection } => {
                    for note in self.open.keys().copied().collect::<Vec<_>>() {
                        self.close(connection, note).await?;
                    }
                }
                NoteMessage::TakeBack {
                    participant,
                    note,
                    answer,
                } => {
                    let result = self.take_back(participant, note).await?;
                    // Whoever asked may be gone.
                    let _ = answer.send(result);
                }
                NoteMessage::Text { note, answer } => {
                    let result = self.load(note).await?.map(|open| open.text());
                    let _ = answer.send(result);
                    self.let_go(note).await?;
                }
                NoteMessage::Update { .. } | NoteMessage::Shutdown => {}
            }
        }
        // Who opens a note together shares one encoding. Kept longer, it would be a second copy of every open note, which costs more than
        // encoding it again for whoever comes later (a millisecond or two for the largest).
        self.open.values_mut().for_each(OpenNote::rests);
        self.store_waiting().await
    }

    async fn open(
        &mut self,
        connection: ConnectionId,
        note: NoteRef,
        opening: Opening,
        state_vector: &[u8],
    ) -> Result<(), Fenced> {
        let listener = Arc::clone(&opening.listener);
        let client = opening.client;
        let others = self
            .open
            .iter()
            .filter(|(other, open)| **other != note && open.is_open_for(connection))
            .count();
        let state = if others >= MAX_OPEN_PER_CONNECTION {
            Err(RefusalCode::Full.into())
        } else {
            match self.load(note).await? {
                Ok(open) => open.add(connection, opening, state_vector).map_err(NoteFault::refusal),
                Err(code) => Err(code.into()),
            }
        };
        let told = match state {
            Ok(state) => listener.frame(frame(NoteOp::State, note, client as u32, &state)),
            Err(refusal) => listener.refused(note, 0, refusal),
        };
        if told.is_err() {
            return self.close(connection, note).await;
        }
        self.let_go(note).await
    }

    async fn take(
        &mut self,
        connection: ConnectionId,
        note: NoteRef,
        reference: u32,
        bytes: &[u8],
    ) -> Result<Taken, Fenced> {
        if self.open.get(&note).is_some_and(|open| !open.is_sound()) {
            // It will be read from the disk: what waits must be there.
            self.store_waiting().await?;
            if let Err(code) = self.load(note).await? {
                self.refuse(connection, note, reference, code.into()).await?;
                return Ok(Taken::Answered);
            }
        }
        let Some(open) = self.open.get_mut(&note) else {
            return Ok(Taken::NotOpen);
        };
        match open.apply(connection, bytes) {
            None => return Ok(Taken::NotOpen),
            Some(Ok((author, applied))) => {
                let waiting = self.waiting.entry(note).or_default();
                if !applied.update.is_empty() {
                    waiting.updates.push((author, applied.update.clone()));
                }
                waiting.new_authors.extend(applied.new_clients);
                waiting.from.push((connection, reference, applied.update));
            }
            Some(Err(fault)) => self.refuse(connection, note, reference, fault.refusal()).await?,
        }
        Ok(Taken::Answered)
    }

    /// Stores what waits, note by note in one call each, and then tells everybody.
    async fn store_waiting(&mut self) -> Result<(), Fenced> {
        for (note, waiting) in std::mem::take(&mut self.waiting) {
            let Waiting {
                updates,
                new_authors,
                from,
            } = waiting;
            let count = updates.len() as u64;
            if count > 0 {
                let batch = NoteBatch {
                    room: self.room,
                    epoch: self.epoch,
                    note,
                    updates,
                    new_authors,
                };
                let result = self.store.append(batch).await;
                match result {
                    Ok(last) => {
                        if let Some(open) = self.open.get_mut(&note) {
                            open.stored(last, count);
                        }
                    }
                    Err(CannotWrite::Fenced) => return Err(Fenced),
                    Err(why) => {
                        self.not_stored(note, why).await?;
                        for (connection, reference, _) in from {
                            self.refuse(connection, note, reference, RefusalCode::Unavailable.into())
                                .await?;
                        }
                        continue;
                    }
                }
            }
            self.tell(note, &from).await?;
            self.fold_if_due(note).await?;
        }
        Ok(())
    }

    /// Sends what is durable to the others, and *saved* to whoever wrote it. Each gets what all the others wrote; much of it at once comes
    /// as one frame, for lanes are short, and somebody who writes a lot must not close anybody's.
    async fn tell(&mut self, note: NoteRef, from: &[(ConnectionId, u32, Bytes)]) -> Result<(), Fenced> {
        let Some(open) = self.open.get_mut(&note) else {
            return Ok(());
        };
        let news = || from.iter().filter(|(_, _, update)| !update.is_empty());
        let authors: BTreeSet<ConnectionId> = news().map(|(author, ..)| *author).collect();
        let written_by_others = |than: Option<ConnectionId>| -> Vec<&Bytes> {
            let others = news().filter(|(author, ..)| Some(*author) != than);
            others.map(|(_, _, update)| update).collect()
        };
        let mut clogged = Vec::new();
        clogged.extend(say(open, note, &written_by_others(None), |connection| {
            !authors.contains(&connection)
        }));
        for &author in &authors {
            clogged.extend(say(open, note, &written_by_others(Some(author)), |connection| {
                connection == author
            }));
        }
        // The newest number is enough: everything before it is durable as well.
        let saved: BTreeMap<ConnectionId, u32> = from
            .iter()
            .map(|(author, reference, _)| (*author, *reference))
            .collect();
        for (author, reference) in saved {
            clogged.extend(open.send(&frame(NoteOp::Saved, note, reference, &[]), |connection| {
                connection == author
            }));
        }
        self.drop_clogged(clogged).await
    }

    /// The note in memory holds what the disk does not, or perhaps does not: read it again.
    async fn not_stored(&mut self, note: NoteRef, why: CannotWrite) -> Result<(), Fenced> {
        tracing::warn!(room = %self.room, ?note, ?why, "a note could not be stored");
        if let Some(open) = self.open.get_mut(&note) {
            // If it was stored after all, everybody must hear of it.
            open.discard(why == CannotWrite::Unknown);
        }
        self.load(note).await.map(|_| ())
    }

    /// The note, read from the disk where that is necessary.
    async fn load(&mut self, note: NoteRef) -> Result<Result<&mut OpenNote, RefusalCode>, Fenced> {
        if self.open.get(&note).is_none_or(|open| !open.is_sound()) {
            let Ok(stored) = self.store.load(self.room, note).await else {
                return Ok(Err(RefusalCode::Unavailable));
            };
            let open = self.open.entry(note).or_default();
            if let Err(fault) = open.read(stored) {
                tracing::error!(room = %self.room, ?note, %fault, "a stored note cannot be opened");
                return Ok(Err(RefusalCode::Unavailable));
            }
            let clogged = open.resynchronise(|client, state| frame(NoteOp::State, note, client, state));
            self.drop_clogged(clogged).await?;
            // A note that was taken back from and not folded before a crash is folded now: deleted text leaves the disk.
            self.fold_now(note).await?;
        }
        Ok(self.open.get_mut(&note).ok_or(RefusalCode::Unavailable))
    }

    async fn take_back(
        &mut self,
        participant: ParticipantId,
        note: NoteRef,
    ) -> Result<Result<(), RefusalCode>, Fenced> {
        let taken = match self.load(note).await? {
            Ok(open) => open.take_back(participant).map_err(|fault| fault.refusal().code),
            Err(code) => Err(code),
        };
        let result = match taken {
            Ok(updates) => self.store_taken_back(participant, note, updates).await?,
            Err(code) => Err(code),
        };
        self.let_go(note).await?;
        Ok(result)
    }

    async fn store_taken_back(
        &mut self,
        participant: ParticipantId,
        note: NoteRef,
        updates: Vec<Bytes>,
    ) -> Result<Result<(), RefusalCode>, Fenced> {
        if !updates.is_empty() {
            let count = updates.len() as u64;
            let batch = NoteBatch {
                room: self.room,
                epoch: self.epoch,
                note,
                updates: updates.iter().map(|update| (participant, update.clone())).collect(),
                new_authors: Vec::new(),
            };
            match self.store.append(batch).await {
                Err(CannotWrite::Fenced) => return Err(Fenced),
                Err(why) => {
                    self.not_stored(note, why).await?;
                    return Ok(Err(RefusalCode::Unavailable));
                }
                Ok(last) => {
                    if let Some(open) = self.open.get_mut(&note) {
                        open.stored(last, count);
                    }
                }
            }
            let frames = updates.iter().map(|update| frame(NoteOp::Update, note, 0, update));
            let told = |open: &OpenNote| frames.flat_map(|frame| open.send(&frame, |_| true)).collect();
            let clogged = self.open.get(&note).map(told).unwrap_or_default();
            self.drop_clogged(clogged).await?;
        }
        // Deleted, but still in the log of updates: only now is it gone.
        Ok(if self.fold_now(note).await? {
            Ok(())
        } else {
            Err(RefusalCode::Unavailable)
        })
    }

    async fn fold_if_due(&mut self, note: NoteRef) -> Result<(), Fenced> {
        if self.open.get(&note).is_some_and(OpenNote::is_fold_due) {
            self.fold_now(note).await?;
        }
        Ok(())
    }

    /// Folds what was stored since the last fold. Whether nothing unfolded is left.
    async fn fold_now(&mut self, note: NoteRef) -> Result<bool, Fenced> {
        let Some((upto, state)) = self.open.get_mut(&note).and_then(OpenNote::unfolded_state) else {
            return Ok(true);
        };
        let Ok(state) = state else { return Ok(false) };
        match self.store.fold(self.room, self.epoch, note, upto, state).await {
            Ok(()) => {
                if let Some(open) = self.open.get_mut(&note) {
                    open.folded();
                }
                Ok(true)
            }
            Err(CannotWrite::Fenced) => Err(Fenced),
            Err(why) => {
                // The updates are durable: reading goes on, and the next fold tries again.
                tracing::warn!(room = %self.room, ?note, ?why, "a note could not be folded");
                if let Some(open) = self.open.get_mut(&note) {
                    open.not_folded();
                }
                Ok(false)
            }
        }
    }

    async fn close(&mut self, connection: ConnectionId, note: NoteRef) -> Result<(), Fenced> {
        if let Some(open) = self.open.get_mut(&note) {
            open.remove(connection);
        }
        self.let_go(note).await
    }

    /// A note that nobody has open is folded and forgotten.
    async fn let_go(&mut self, note: NoteRef) -> Result<(), Fenced> {
        if self.open.get(&note).is_some_and(OpenNote::is_unheard) && !self.waiting.contains_key(&note) {
            self.fold_now(note).await?;
            self.open.remove(&note);
        }
        Ok(())
    }

    async fn close_all(&mut self) -> Result<(), Fenced> {
        for note in self.open.keys().copied().collect::<Vec<_>>() {
            self.fold_now(note).await?;
        }
        self.open.clear();
        Ok(())
    }

    async fn refuse(
        &mut self,
        connection: ConnectionId,
        note: NoteRef,
        reference: u32,
        refusal: Refusal,
    ) -> Result<(), Fenced> {
        let listener = self.open.get(&note).and_then(|open| open.listener(connection));
        if listener.is_some_and(|listener| listener.refused(note, reference, refusal).is_err()) {
            self.drop_clogged(vec![connection]).await?;
        }
        Ok(())
    }

    /// A connection that cannot take what it is sent closes; nothing may be left out for it.
    async fn drop_clogged(&mut self, clogged: Vec<ConnectionId>) -> Result<(), Fenced> {
        for connection in clogged {
            for open in self.open.values_mut() {
                open.remove(connection);
            }
        }
        Ok(())
    }
}

/// What became of an update.
#[derive(PartialEq, Eq)]
enum Taken {
    /// Refused, or it waits to be stored.
    Answered,
    /// This connection has the note not open: dropped as clogged a moment ago, or a page that never asked.
    NotOpen,
}

/// Another node owns the room: nothing more may be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fenced;

/// Sends updates to these connections, many of them as one frame. Gives the clogged.
fn say(open: &OpenNote, note: NoteRef, updates: &[&Bytes], to: impl Fn(ConnectionId) -> bool) -> Vec<ConnectionId> {
    let together = (updates.len() > MAX_FRAMES_APART)
        .then(|| engine::together(updates))
        .flatten();
    let frames = match &together {
        Some(one) => vec![one],
        None => updates.to_vec(),
    };
    let told = frames.into_iter().map(|update| frame(NoteOp::Update, note, 0, update));
    told.flat_map(|frame| open.send(&frame, &to)).collect()
}

fn frame(op: NoteOp, note: NoteRef, reference: u32, payload: &[u8]) -> Bytes {
    NoteFrame {
        op,
        note,
        reference,
        payload,
    }
    .write()
    .into()
}
