//! The notes' log: updates as they came, folded into one state from time to time so that deleted text is gone.

use protocol::wire::NoteRef;
use protocol::{ParticipantId, RoomId};

use super::batch::{Job, NoteJob};
use super::engine::Moment;
use super::limits::{MAX_NOTE_UPDATE_BYTES, MAX_NOTE_UPDATES, MAX_STATE_BYTES};
use super::sql::{Row, values};
use super::vault::Group;
use super::writer::meaning;
use super::{AppendError, Appended, Store, StoreFault};
use crate::keys::Context;

/// One Yjs update, in the server's own encoding.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteUpdate {
    pub author: ParticipantId,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for NoteUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NoteUpdate({}, {} bytes)", self.author, self.bytes.len())
    }
}

/// Who wrote under a Yjs client id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteAuthor {
    pub client_id: u64,
    pub participant: ParticipantId,
}

/// Updates to make durable together, behind the room's fence; the journal's sequence does not move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteAppend {
    pub room: RoomId,
    pub epoch: u64,
    pub note: NoteRef,
    pub updates: Vec<NoteUpdate>,
    /// Client ids seen for the first time in these updates.
    pub new_authors: Vec<NoteAuthor>,
}

/// A note as it is stored.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NoteLog {
    /// The folded state.
    pub folded: Option<Vec<u8>>,
    /// Updates after the folded state, in order, with their numbers.
    pub updates: Vec<(u64, Vec<u8>)>,
    pub authors: Vec<NoteAuthor>,
}

impl std::fmt::Debug for NoteLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "NoteLog({} updates, {} authors)",
            self.updates.len(),
            self.authors.len()
        )
    }
}

impl Store {
    /// Reads a note; an unknown note is an empty one.
    pub async fn load_note(&self, room: RoomId, note: NoteRef) -> Result<NoteLog, StoreFault> {
        let group = self.group(room).await?;
        let number = number(note);
        // State and updates in one statement, so that a fold in between cannot show half of each.
        let sql = "SELECT CAST(0 AS BIGINT) AS part, folded_n AS n, room AS author, folded AS sealed FROM note WHERE room = $1 AND note = $2
                   UNION ALL
                   SELECT CAST(1 AS BIGINT), n, author, sealed FROM note_update WHERE room = $1 AND note = $2
                   ORDER BY part, n";
        let mut log = NoteLog::default();
        for row in self.engine().rows(sql, values![room, number]).await? {
            let n = row.count(1)?;
            if let Some(sealed) = row.optional_bytes(3)? {
                match row.part(0)? {
                    Part::Folded => log.folded = Some(group.open(folded_place(&group, number, n), &sealed)?),
                    Part::Update => {
                        let place = update_place(&group, number, row.participant(2)?);
                        log.updates.push((n, group.open(place, &sealed)?));
                    }
                }
            }
        }
        let sql = "SELECT client_id, participant FROM note_author WHERE room = $1 AND note = $2 ORDER BY client_id";
        for row in self.engine().rows(sql, values![room, number]).await? {
            log.authors.push(NoteAuthor {
                client_id: row.int(0)?.cast_unsigned(),
                participant: row.participant(1)?,
            });
        }
        Ok(log)
    }

    /// Makes updates durable. Gives the number of the last one.
    pub async fn append_note(&self, append: NoteAppend) -> Result<u64, AppendError> {
        let fits = append.updates.len() <= MAX_NOTE_UPDATES
            && append.new_authors.len() <= MAX_NOTE_UPDATES
            && append
                .updates
                .iter()
                .all(|update| update.bytes.len() <= MAX_NOTE_UPDATE_BYTES);
        if !fits {
            tracing::error!(room = %append.room, "a note append is above its limits");
            return Err(AppendError::Unavailable);
        }
        let group = self.group(append.room).await.map_err(|_| AppendError::Unavailable)?;
        let note = number(append.note);
        let seal = |update: &NoteUpdate| {
            let place = update_place(&group, note, update.author);
            (update.author, group.seal(place, &update.bytes))
        };
        let job = NoteJob {
            room: append.room,
            practice: group.practice(),
            epoch: append.epoch,
            note,
            updates: append.updates.iter().map(seal).collect(),
            authors: append.new_authors,
        };
        match self.0.writer.write(Job::Note(job)).await? {
            Appended::Committed { last_seq } | Appended::Duplicate { seq: last_seq } => Ok(last_seq),
        }
    }

    /// Puts one state in the place of every update up to `upto`, in one transaction. Afterwards [`Store::purge`] waits until the
    /// deleted rows have left the files as well.
    pub async fn fold_note(
        &self,
        room: RoomId,
        epoch: u64,
        note: NoteRef,
        upto: u64,
        state: &[u8],
    ) -> Result<(), AppendError> {
        if state.len() > MAX_STATE_BYTES {
            tracing::error!(%room, "a folded note is above its limit");
            return Err(AppendError::Unavailable);
        }
        let group = self.group(room).await.map_err(|_| AppendError::Unavailable)?;
        let number = number(note);
        let sealed = group.seal(folded_place(&group, number, upto), state);
        let mut tx = self.fenced(room, epoch).await?;
        let folded = async {
            let sql = "UPDATE note SET folded = $1, folded_n = $2 WHERE room = $3 AND note = $4 AND folded_n <= $2 AND next_n > $2";
            let replaced = tx.run(sql, values![sealed, upto, room, number]).await?;
            let sql = "DELETE FROM note_update WHERE room = $1 AND note = $2 AND n <= $3";
            if replaced == 1 {
                tx.run(sql, values![room, number, upto]).await?;
            }
            Ok(replaced == 1)
        };
        match folded.await {
            Ok(true) => self.engine().commit(tx).await.map_err(meaning),
            // Folded further already, or numbers that were never given: the caller is not where the note is.
            Ok(false) => {
                tx.roll_back().await;
                Err(AppendError::Fenced)
            }
            Err(error) => Err(meaning(self.engine().doom.judge(&error, Moment::Before))),
        }
    }
}

/// Which half of a note's log a row is.
enum Part {
    Folded,
    Update,
}

impl Row {
    fn part(&self, column: usize) -> Result<Part, StoreFault> {
        Ok(if self.flag(column)? { Part::Update } else { Part::Folded })
    }
}

impl Store {
    /// A room's notes that anything was written into.
    pub async fn notes_of(&self, room: RoomId) -> Result<Vec<NoteRef>, StoreFault> {
        let sql = "SELECT note FROM note WHERE room = $1 ORDER BY note";
        let rows = self.engine().rows(sql, values![room]).await?;
        rows.iter().map(|row| of_number(row.int(0)?)).collect()
    }
}

/// [`number`], the other way.
fn of_number(number: i64) -> Result<NoteRef, StoreFault> {
    let session = u16::try_from(number % 65_536).map_err(|_| NO_NOTE)?;
    match number / 65_536 {
        0 if session == 0 => Ok(NoteRef::Course),
        1 => Ok(NoteRef::Session { session }),
        2 => Ok(NoteRef::Facilitators { session }),
        _ => Err(NO_NOTE),
    }
}

const NO_NOTE: StoreFault = StoreFault::Damaged("a note's number");

/// A note's number in its room: kind and session, as the migration says.
fn number(note: NoteRef) -> i64 {
    let (kind, session) = match note {
        NoteRef::Course => (0, 0),
        NoteRef::Session { session } => (1, session),
        NoteRef::Facilitators { session } => (2, session),
    };
    kind * 65_536 + i64::from(session)
}

pub(super) fn update_place(group: &Group, note: i64, author: ParticipantId) -> Context {
    group
        .place("rondo.note-update.1")
        .number(note.cast_unsigned())
        .id(author.bits())
}

pub(super) fn folded_place(group: &Group, note: i64, upto: u64) -> Context {
    group.place("rondo.note.1").number(note.cast_unsigned()).number(upto)
}
