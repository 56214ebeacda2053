//! A batch: what many rooms want written, in one transaction and as few statements as there are kinds of rows.
//!
//! The fence is the first statement: it moves each room's `next_seq`, where the room still has this owner and stands where the owner
//! believes, and where the command is new. Only rooms that it answers get rows; the others are told why and change nothing.

use std::collections::{HashMap, HashSet};

use protocol::{CommandId, ParticipantId, PracticeId, RoomId};

use super::daybook::{self, Daybook, Work};
use super::engine::{Engine, Moment, Verdict};
use super::multi::{EXACT, Multi};
use super::sql::{Trouble, Tx, Value, values};
use super::writer::meaning;
use super::{AppendError, Appended, NoteAuthor, StoreFault};

/// What one caller wants written; sealed already.
pub(super) enum Job {
    Append(AppendJob),
    Note(NoteJob),
}

pub(super) struct AppendJob {
    pub(super) room: RoomId,
    pub(super) practice: PracticeId,
    pub(super) epoch: u64,
    pub(super) after_seq: u64,
    pub(super) events: Vec<EventRow>,
    pub(super) command: Option<(ParticipantId, CommandId)>,
}

pub(super) struct EventRow {
    pub(super) header: Vec<u8>,
    pub(super) commitment: [u8; 32],
    pub(super) salt: [u8; 16],
    pub(super) ciphertext: Vec<u8>,
}

pub(super) struct NoteJob {
    pub(super) room: RoomId,
    pub(super) practice: PracticeId,
    pub(super) epoch: u64,
    pub(super) note: i64,
    pub(super) updates: Vec<(ParticipantId, Vec<u8>)>,
    pub(super) authors: Vec<NoteAuthor>,
}

/// A room's journal, or one of its notes.
pub(super) type Lane = (RoomId, Option<i64>);

/// What became of a job. A note answers with the number of its last update.
pub(super) type Answer = Result<Appended, AppendError>;

impl Job {
    /// Two jobs of one lane never share a batch: each must see what the one before it wrote.
    pub(super) fn lane(&self) -> Lane {
        match self {
            Self::Append(append) => (append.room, None),
            Self::Note(note) => (note.room, Some(note.note)),
        }
    }

    /// About how many bytes it holds in memory.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Append(append) => append
                .events
                .iter()
                .map(|event| event.header.len() + event.ciphertext.len() + 128)
                .sum(),
            Self::Note(note) => {
                note.updates.iter().map(|(_, sealed)| sealed.len() + 64).sum::<usize>() + 32 * note.authors.len()
            }
        }
    }
}

impl AppendJob {
    pub(super) fn last_seq(&self) -> u64 {
        self.after_seq + self.events.len() as u64
    }
}

static FENCE: Multi = Multi::new(
    7,
    "WITH v (v_room, v_practice, v_epoch, v_expected, v_next, v_actor, v_command) AS (VALUES",
    ") UPDATE room SET next_seq = v_next FROM v
       WHERE room.id = v_room AND room.practice = v_practice AND room.owner_epoch = v_epoch AND room.next_seq = v_expected
         AND NOT EXISTS (SELECT 1 FROM command WHERE command.room = v_room AND command.actor = v_actor AND command.command = v_command)
       RETURNING room.id",
);
static EVENTS: Multi = Multi::new(
    5,
    "INSERT INTO event (practice, room, seq, header, commitment) VALUES",
    "",
);
static BODIES: Multi = Multi::new(
    5,
    "INSERT INTO event_body (practice, room, seq, salt, ciphertext) VALUES",
    "",
);
static COMMANDS: Multi = Multi::new(
    5,
    "INSERT INTO command (practice, room, actor, command, seq) VALUES",
    "",
);

/// Notes do not move `next_seq`; writing the epoch over itself takes the room's row lock on PostgreSQL, which a plain read would not.
static NOTE_FENCE: Multi = Multi::new(
    3,
    "WITH v (v_room, v_practice, v_epoch) AS (VALUES",
    ") UPDATE room SET owner_epoch = v_epoch FROM v
       WHERE room.id = v_room AND room.practice = v_practice AND room.owner_epoch = v_epoch
       RETURNING room.id, room.owner_epoch",
);
static NOTES: Multi = Multi::new(
    5,
    "INSERT INTO note (practice, room, note, next_n, folded_n) VALUES",
    "ON CONFLICT (room, note) DO UPDATE SET next_n = note.next_n + excluded.next_n - 1 RETURNING room, note, next_n",
);
static NOTE_UPDATES: Multi = Multi::new(
    6,
    "INSERT INTO note_update (practice, room, note, n, author, sealed) VALUES",
    "",
);
static NOTE_AUTHORS: Multi = Multi::new(
    5,
    "INSERT INTO note_author (practice, room, note, client_id, participant) VALUES",
    "ON CONFLICT (room, note, client_id) DO NOTHING",
);

/// Writes a batch of jobs of different lanes and gives each its answer, or says why there is none for all of them. Goes on with posting the
/// daybook, where there is one; without jobs that is all it does.
pub(super) async fn write(
    engine: &Engine,
    mut daybook: Option<&mut Daybook>,
    jobs: &[&Job],
) -> Result<Vec<Answer>, Verdict> {
    if let Some(daybook) = daybook.as_deref_mut()
        && let Some(appends) = of_one_statement(daybook, jobs)
    {
        return enter_at_once(engine, daybook, jobs, &appends).await;
    }
    let written = write_all(engine, daybook.as_deref_mut(), jobs).await;
    let Some(daybook) = daybook else {
        return written.map(|written| written.answers_to(jobs));
    };
    match written {
        Ok(mut written) => {
            let work = std::mem::take(&mut written.daybook);
            let answers = written.answers_to(jobs);
            let appends = jobs.iter().zip(&answers).filter_map(|(job, answer)| match job {
                Job::Append(append) => Some((append, *answer)),
                Job::Note(_) => None,
            });
            daybook.learn(appends, work);
            Ok(answers)
        }
        Err(verdict) => {
            daybook.unlearn();
            Err(verdict)
        }
    }
}

/// The commonest batch of all: nothing but a few appends that the daybook takes, while it owes nothing. They are one statement, and need no
/// transaction around it.
fn of_one_statement<'a>(daybook: &Daybook, jobs: &[&'a Job]) -> Option<Vec<&'a AppendJob>> {
    let taken = |job: &&'a Job| match *job {
        Job::Append(append) => daybook.takes(append).then_some(append),
        Job::Note(_) => None,
    };
    let appends: Vec<_> = jobs.iter().map(taken).collect::<Option<_>>()?;
    let rows: usize = appends.iter().map(|append| append.events.len()).sum();
    ((1..=EXACT).contains(&rows) && !daybook.owes()).then_some(appends)
}

async fn enter_at_once(
    engine: &Engine,
    daybook: &mut Daybook,
    jobs: &[&Job],
    appends: &[&AppendJob],
) -> Result<Vec<Answer>, Verdict> {
    let rows = engine.at_once(daybook::entering(appends)).await;
    let entered = rows.and_then(|rows| daybook::entries(&rows).map_err(|_| Verdict::Unknown));
    let entered = entered.inspect_err(|_| daybook.unlearn())?;
    let rooms: HashSet<RoomId> = entered.iter().map(|(room, _)| *room).collect();
    let answer = |append: &&AppendJob| match rooms.contains(&append.room) {
        true => Ok(Appended::Committed {
            last_seq: append.last_seq(),
        }),
        false => Err(AppendError::Fenced), // until the tables were asked
    };
    let mut answers: Vec<Answer> = appends.iter().map(answer).collect();
    daybook.learn(appends.iter().copied().zip(answers.iter().copied()), Work::of(entered));
    // The others are told why by the tables, each by itself: what one of them meets is nothing to those who are in.
    for (answer, job) in answers.iter_mut().zip(jobs) {
        if answer.is_err() {
            let told = Box::pin(write(engine, Some(&mut *daybook), std::slice::from_ref(job))).await;
            *answer = told.map_or_else(
                |verdict| Err(meaning(verdict)),
                |told| told.into_iter().next().unwrap_or(*answer),
            );
        }
    }
    Ok(answers)
}

async fn write_all(engine: &Engine, daybook: Option<&mut Daybook>, jobs: &[&Job]) -> Result<Written, Verdict> {
    let mut tx = engine.begin().await.map_err(|_| Verdict::Nothing)?;
    let mut written = Written::default();
    if let Err(error) = fill(&mut tx, daybook, jobs, &mut written).await {
        let verdict = match &error {
            Trouble::Sql(error) => {
                tracing::warn!(%error, jobs = jobs.len(), "a batch could not be written");
                engine.doom.judge(error, Moment::Before)
            }
            Trouble::Row(_) => Verdict::Nothing,
        };
        return Err(verdict);
    }
    if written.anything || written.daybook.is_some() {
        engine.commit(tx).await?;
    } else {
        tx.roll_back().await;
    }
    Ok(written)
}

#[derive(Default)]
struct Written {
    answers: HashMap<(RoomId, Option<i64>), Answer>,
    anything: bool,
    daybook: Work,
}

impl Written {
    fn answers_to(&self, jobs: &[&Job]) -> Vec<Answer> {
        let answer = |job: &&Job| self.answers.get(&job.lane()).copied();
        jobs.iter()
            .map(|job| answer(job).unwrap_or(Err(AppendError::Fenced)))
            .collect()
    }
}

async fn fill(
    tx: &mut Tx,
    mut daybook: Option<&mut Daybook>,
    jobs: &[&Job],
    written: &mut Written,
) -> Result<(), Trouble> {
    let mut appends = Vec::new();
    let mut notes = Vec::new();
    for job in jobs {
        match job {
            Job::Append(append) => appends.push(append),
            Job::Note(note) => notes.push(note),
        }
    }
    if let Some(daybook) = &daybook {
        enter_appends(tx, daybook, &mut appends, written).await?;
    }
    if !appends.is_empty() {
        // The fence in the tables knows only what stands there.
        daybook::post(tx).await?;
        write_appends(tx, &appends, written).await?;
    }
    if !notes.is_empty() {
        write_notes(tx, &notes, written).await?;
    }
    if let Some(daybook) = &mut daybook {
        daybook::go_on(tx, daybook, &mut written.daybook, jobs.is_empty()).await?;
    }
    Ok(())
}

/// Enters in the daybook what it takes, and leaves the rest.
async fn enter_appends(
    tx: &mut Tx,
    daybook: &Daybook,
    appends: &mut Vec<&AppendJob>,
    written: &mut Written,
) -> Result<(), Trouble> {
    let (taken, rest): (Vec<_>, Vec<_>) = appends.iter().copied().partition(|append| daybook.takes(append));
    *appends = rest;
    if taken.is_empty() {
        return Ok(());
    }
    written.daybook.entered = daybook::enter(tx, &taken).await?;
    let entered: HashSet<RoomId> = written.daybook.entered.iter().map(|(room, _)| *room).collect();
    for append in taken {
        if entered.contains(&append.room) {
            let last_seq = append.last_seq();
            let answer = Ok(Appended::Committed { last_seq });
            written.answers.insert((append.room, None), answer);
        } else {
            appends.push(append);
        }
    }
    Ok(())
}

async fn write_appends(tx: &mut Tx, appends: &[&AppendJob], written: &mut Written) -> Result<(), Trouble> {
    let mut fence = Vec::with_capacity(appends.len() * 7);
    for append in appends {
        fence.extend(values![
            append.room,
            append.practice,
            append.epoch,
            append.after_seq + 1,
            append.last_seq() + 1
        ]);
        match append.command {
            Some((actor, command)) => fence.extend(values![actor, command]),
            // No command has an empty name.
            None => fence.extend(values![Vec::new(), Vec::new()]),
        }
    }
    let mut passed = HashSet::with_capacity(appends.len());
    for row in FENCE.rows(tx, fence).await? {
        passed.insert(row.room(0)?);
    }
    let (mut events, mut bodies, mut commands) = (Vec::new(), Vec::new(), Vec::new());
    for append in appends {
        if !passed.contains(&append.room) {
            written.answers.insert((append.room, None), stopped(tx, append).await?);
            continue;
        }
        for (seq, event) in (append.after_seq + 1..).zip(&append.events) {
            let place = || values![append.practice, append.room, seq];
            events.extend(place());
            events.extend(values![event.header.as_slice(), event.commitment]);
            bodies.extend(place());
            bodies.extend(values![event.salt, event.ciphertext.as_slice()]);
        }
        if let Some((actor, command)) = append.command {
            commands.extend(values![append.practice, append.room, actor, command, append.last_seq()]);
        }
        let last_seq = append.last_seq();
        written
            .answers
            .insert((append.room, None), Ok(Appended::Committed { last_seq }));
        written.anything = true;
    }
    EVENTS.run(tx, events).await?;
    BODIES.run(tx, bodies).await?;
    COMMANDS.run(tx, commands).await?;
    Ok(())
}

/// Why the fence stopped an append: its command was accepted before, or the room has another owner.
async fn stopped(tx: &mut Tx, append: &AppendJob) -> Result<Answer, Trouble> {
    let Some((actor, command)) = append.command else {
        return Ok(Err(AppendError::Fenced));
    };
    let sql = "SELECT seq FROM command WHERE room = $1 AND actor = $2 AND command = $3 AND practice = $4";
    let row = tx
        .row(sql, values![append.room, actor, command, append.practice])
        .await?;
    Ok(match row {
        Some(row) => Ok(Appended::Duplicate { seq: row.count(0)? }),
        None => Err(AppendError::Fenced),
    })
}

async fn write_notes(tx: &mut Tx, notes: &[&NoteJob], written: &mut Written) -> Result<(), Trouble> {
    let fence: Vec<Value> = notes
        .iter()
        .flat_map(|note| values![note.room, note.practice, note.epoch])
        .collect();
    let mut passed = HashSet::new();
    for row in NOTE_FENCE.rows(tx, fence).await? {
        passed.insert((row.room(0)?, row.count(1)?));
    }
    let (passed, fenced): (Vec<&NoteJob>, Vec<&NoteJob>) = notes
        .iter()
        .copied()
        .partition(|note| passed.contains(&(note.room, note.epoch)));
    for note in fenced {
        written
            .answers
            .insert((note.room, Some(note.note)), Err(AppendError::Fenced));
    }
    let heads = passed.iter().flat_map(|note| {
        values![
            note.practice,
            note.room,
            note.note,
            note.updates.len() as u64 + 1,
            0_u64
        ]
    });
    let mut next = HashMap::new();
    for row in NOTES.rows(tx, heads.collect()).await? {
        next.insert((row.room(0)?, row.int(1)?), row.count(2)?);
    }
    let (mut updates, mut authors) = (Vec::new(), Vec::new());
    for note in passed {
        let next = *next
            .get(&(note.room, note.note))
            .ok_or(StoreFault::Damaged("a note's head that was just written"))?;
        let first = next.saturating_sub(note.updates.len() as u64);
        for (n, (author, sealed)) in (first..).zip(&note.updates) {
            updates.extend(values![
                note.practice,
                note.room,
                note.note,
                n,
                *author,
                sealed.as_slice()
            ]);
        }
        for author in &note.authors {
            authors.extend(values![
                note.practice,
                note.room,
                note.note,
                author.client_id,
                author.participant
            ]);
        }
        let last_seq = next.saturating_sub(1);
        written
            .answers
            .insert((note.room, Some(note.note)), Ok(Appended::Committed { last_seq }));
        written.anything = true;
    }
    NOTE_UPDATES.run(tx, updates).await?;
    NOTE_AUTHORS.run(tx, authors).await?;
    Ok(())
}
