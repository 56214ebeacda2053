//! Where a room's notes meet the hub: the store behind the notes' narrow trait, a lane as their listener, and the rights asked anew for
//! every frame.

use std::sync::Arc;

use bytes::Bytes;
use protocol::wire::{NoteFrame, NoteOp, NoteRef, Refusal, RefusalCode, ServerMessage};
use protocol::{ParticipantId, RoomId};
use room::Room;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::lane::{Lane, Out};
use super::noting::Noting;
use crate::audit::ActionKind;
use crate::notes::rights::{self, Standing};
use crate::notes::store::{CannotLoad, CannotWrite, NoteBatch, NoteStore, StoredNote};
use crate::notes::task::{self, Clogged, ConnectionId, Ended, Listener, NoteMessage};
use crate::store::{AppendError, NoteAppend, NoteAuthor, NoteUpdate, Store};

/// The notes of one room, from the room's side. Their task starts with the first note that somebody opens.
#[derive(Debug, Default)]
pub(super) struct Desk {
    task: Option<(mpsc::Sender<NoteMessage>, JoinHandle<Ended>)>,
    /// Another node owns the room: its notes are not this one's any more.
    fenced: bool,
}

impl Desk {
    async fn messages(
        &mut self,
        store: &Store,
        room: RoomId,
        epoch: u64,
    ) -> Result<mpsc::Sender<NoteMessage>, RefusalCode> {
        if let Some((_, ended)) = self.task.take_if(|(sender, _)| sender.is_closed()) {
            // A bug ended it, and it begins anew: what it acknowledged is on the disk, and who is refused opens the note again.
            self.fenced = ended.await.is_ok();
        }
        if self.fenced {
            return Err(RefusalCode::Unavailable);
        }
        let (sender, _) = self
            .task
            .get_or_insert_with(|| task::start(room, epoch, Shelved(store.clone())));
        Ok(sender.clone())
    }

    /// A frame from a connection: passed on if the person may do this just now.
    pub(super) async fn frame(
        &mut self,
        (store, id, epoch): (&Store, RoomId, u64),
        (room, noting): (&Room, &mut Noting),
        (connection, participant, lane): (u64, ParticipantId, &Lane),
        bytes: Bytes,
    ) {
        let Ok(frame) = NoteFrame::read(&bytes) else {
            let _ = lane.say(&ServerMessage::Refused {
                id: None,
                refusal: RefusalCode::Malformed.into(),
            });
            return;
        };
        let (note, reference) = (frame.note, frame.reference);
        let payload = bytes.slice_ref(frame.payload);
        let line = (connection, participant);
        let connection = ConnectionId(connection);
        let who = standing(room, participant, note);
        let message = match frame.op {
            NoteOp::Open => rights::right(who, note).map(|_| NoteMessage::Open {
                connection,
                participant,
                client: reference,
                note,
                state_vector: payload,
                listener: Arc::new(lane.clone()),
            }),
            NoteOp::Update => rights::may_write(who, note).map(|()| NoteMessage::Update {
                connection,
                note,
                reference,
                bytes: payload,
                listener: Arc::new(lane.clone()),
            }),
            NoteOp::Close => Ok(NoteMessage::Close { connection, note }),
            NoteOp::State | NoteOp::Saved => Err(RefusalCode::Malformed),
        };
        let kind = match frame.op {
            NoteOp::Open => ActionKind::OPEN_NOTE,
            _ => ActionKind::WRITE_NOTE,
        };
        let message = match message {
            Ok(message) => noting.note(line, note, frame.op).await.map(|()| message),
            Err(code) => Err(noting.refused(participant, kind, code).await),
        };
        match message {
            Ok(message) => {
                let sent = match self.messages(store, id, epoch).await {
                    Ok(messages) => messages.send(message).await.is_ok(),
                    Err(_) => false,
                };
                if !sent {
                    let _ = lane.refused(note, reference, RefusalCode::Unavailable.into());
                }
            }
            Err(code) => {
                let reference = if frame.op == NoteOp::Open { 0 } else { reference };
                let _ = lane.refused(note, reference, code.into());
            }
        }
    }

    /// Takes everything somebody wrote in a note back; returns when it is off the disk.
    pub(super) async fn take_back(
        &mut self,
        (store, id, epoch): (&Store, RoomId, u64),
        participant: ParticipantId,
        note: NoteRef,
    ) -> Result<(), RefusalCode> {
        let (answer, answered) = oneshot::channel();
        let message = NoteMessage::TakeBack {
            participant,
            note,
            answer,
        };
        let sent = self.messages(store, id, epoch).await?.send(message).await;
        sent.map_err(|_| RefusalCode::Unavailable)?;
        answered.await.map_err(|_| RefusalCode::Unavailable)?
    }

    /// A connection ended.
    pub(super) async fn gone(&self, connection: u64) {
        self.tell(NoteMessage::Gone {
            connection: ConnectionId(connection),
        })
        .await;
    }

    /// A connection may not see the facilitators' notes any more.
    pub(super) async fn put_away(&self, connection: u64, sessions: u16) {
        for session in 1..=sessions {
            let note = NoteRef::Facilitators { session };
            self.tell(NoteMessage::Close {
                connection: ConnectionId(connection),
                note,
            })
            .await;
        }
    }

    async fn tell(&self, message: NoteMessage) {
        if let Some((sender, _)) = &self.task {
            let _ = sender.send(message).await; // a task that ended has nothing open
        }
    }

    /// Stores what waits and ends.
    pub(super) async fn close(&mut self) {
        if let Some((sender, ended)) = self.task.take() {
            let _ = sender.send(NoteMessage::Shutdown).await;
            let _ = ended.await;
        }
    }
}

fn standing(room: &Room, participant: ParticipantId, note: NoteRef) -> Standing {
    let role = room.admitted_role(participant);
    Standing {
        role: role.unwrap_or(protocol::Role::Observer),
        admitted: role.is_some(),
        sessions_begun: room.state().session_number().min(room.pack().session_count()),
        locked: room.note(note).unwrap_or(true),
        agreed: room.may_write_notes(participant),
    }
}

impl Listener for Lane {
    fn frame(&self, frame: Bytes) -> Result<(), Clogged> {
        self.send(Out::Note(frame)).map_err(|_| Clogged)
    }
    fn refused(&self, note: NoteRef, reference: u32, refusal: Refusal) -> Result<(), Clogged> {
        self.say(&ServerMessage::NoteRefused {
            note,
            reference,
            refusal,
        })
        .map_err(|_| Clogged)
    }
}

/// The store, as the notes know it.
struct Shelved(Store);

impl NoteStore for Shelved {
    async fn load(&self, room: RoomId, note: NoteRef) -> Result<StoredNote, CannotLoad> {
        let log = self.0.load_note(room, note).await.map_err(|_| CannotLoad)?;
        Ok(StoredNote {
            folded: log.folded,
            updates: log.updates,
            authors: log
                .authors
                .into_iter()
                .map(|author| (author.client_id, author.participant))
                .collect(),
        })
    }

    async fn append(&self, batch: NoteBatch) -> Result<u64, CannotWrite> {
        let append = NoteAppend {
            room: batch.room,
            epoch: batch.epoch,
            note: batch.note,
            updates: batch
                .updates
                .into_iter()
                .map(|(author, bytes)| NoteUpdate {
                    author,
                    bytes: bytes.into(),
                })
                .collect(),
            new_authors: batch
                .new_authors
                .into_iter()
                .map(|(client_id, participant)| NoteAuthor { client_id, participant })
                .collect(),
        };
        self.0.append_note(append).await.map_err(cannot_write)
    }

    async fn fold(&self, room: RoomId, epoch: u64, note: NoteRef, upto: u64, state: Bytes) -> Result<(), CannotWrite> {
        self.0
            .fold_note(room, epoch, note, upto, &state)
            .await
            .map_err(cannot_write)
    }
}

fn cannot_write(error: AppendError) -> CannotWrite {
    match error {
        AppendError::Fenced => CannotWrite::Fenced,
        AppendError::Unavailable => CannotWrite::Unavailable,
        AppendError::Unknown => CannotWrite::Unknown,
    }
}
