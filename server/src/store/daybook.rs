//! The daybook (SQLite only): appends go into one table in the order in which they come, and are *posted* to the journal's tables later, many
//! at once. What is acknowledged stands in the daybook, synced; nobody reads it there.
//!
//! Why: in the tables every room has its own pages, seven or so for each append, and SQLite writes whole pages twice. Neighbours in the daybook
//! share theirs, and a room's forty appends that are posted together share the room's (decisions/0014).
//!
//! The writer posts in *rounds*: what stood in the daybook when the round began is posted in small slices, sorted by room, each in the
//! transaction of the next batch; then those rows are deleted. Everybody else posts all that there is, at once ([`post`]).
//!
//! Invariants:
//! * A row comes in only where its room still has this owner, seen in the very statement that writes it, and where it is the room's next.
//!   What is next is known from the last append that this owner was answered: nobody else may append under its epoch.
//! * `room.next_seq` says what is posted: a row in the daybook counts only from there on, and only rows before it are deleted. So posting twice
//!   changes nothing, and two stores on one file do not stand in each other's way.
//! * Whoever reads or deletes what stands in `event`, `event_body`, `command` or `room.next_seq` posts first; who must not miss what comes
//!   in between does both in one transaction. A new owner does ([`Store::claim`](super::Store::claim)).

use std::collections::{HashMap, HashSet};

use protocol::{CommandId, ParticipantId, RoomId};
use tokio::time::Instant;

use super::batch::{Answer, AppendJob};
use super::engine::Engine;
use super::limits::{
    DAYBOOK_ROWS, DELETED_AT_ONCE, IDLE_SLICE_ROWS, MAX_HEADS, POST_AFTER, POST_ROWS, RARE_SLICE_ROWS, SMALL_BATCH,
};
use super::multi::{Multi, Prepared};
use super::sql::{Db, Row, Trouble, Tx, Value, values};
use super::{Appended, StoreFault};

/// The fence and the rows in one statement. It gives the rows of rooms that had this owner and did not know the command.
static ENTER: Multi = Multi::new(
    12,
    "WITH v (v_epoch, v_practice, v_room, v_seq, v_header, v_commitment, v_salt, v_ciphertext, v_last, v_actor, v_command, v_named) AS (VALUES",
    ") INSERT INTO daybook (practice, room, seq, header, commitment, salt, ciphertext, last_seq, actor, command)
       SELECT v_practice, v_room, v_seq, v_header, v_commitment, v_salt, v_ciphertext, v_last, v_actor, v_command
       FROM v CROSS JOIN room ON room.id = v_room
       WHERE room.practice = v_practice AND room.owner_epoch = v_epoch
         AND (v_named = 0 OR NOT EXISTS (
             SELECT 1 FROM command WHERE command.room = v_room AND command.actor = v_actor AND command.command = v_command))
       RETURNING room, n",
);

/// What posting does, in this order, with the rows that `$which` lets through. A room's rows lie beside each other in the tables, so they
/// are brought there in that order. It is said in one piece: each statement by itself would cost two hops between threads.
macro_rules! posting {
    ($which:literal) => {
        concat!(
            "INSERT INTO event (practice, room, seq, header, commitment)
             SELECT d.practice, d.room, d.seq, d.header, d.commitment
             FROM daybook AS d CROSS JOIN room ON room.id = d.room WHERE d.seq >= room.next_seq",
            $which,
            " ORDER BY d.room, d.seq;
             INSERT INTO event_body (practice, room, seq, salt, ciphertext)
             SELECT d.practice, d.room, d.seq, d.salt, d.ciphertext
             FROM daybook AS d CROSS JOIN room ON room.id = d.room WHERE d.seq >= room.next_seq",
            $which,
            " ORDER BY d.room, d.seq;
             INSERT INTO command (practice, room, actor, command, seq)
             SELECT d.practice, d.room, d.actor, d.command, d.seq
             FROM daybook AS d CROSS JOIN room ON room.id = d.room
             WHERE d.seq >= room.next_seq AND d.seq = d.last_seq AND d.command IS NOT NULL",
            $which,
            " ORDER BY d.room, d.seq;
             UPDATE room SET next_seq = posted.last + 1
             FROM (SELECT d.room, MAX(d.seq) AS last FROM daybook AS d WHERE TRUE",
            $which,
            " GROUP BY d.room) AS posted WHERE room.id = posted.room AND room.next_seq <= posted.last"
        )
    };
}
const POST_ALL: &str = posting!("");
const POST_THESE: &str = posting!(" AND d.n IN (SELECT value FROM json_each($1))");

/// Posts everything, in a transaction of the caller's.
pub(super) async fn post(tx: &mut Tx) -> Result<(), sqlx::Error> {
    if matches!(tx, Tx::Pg(_)) || tx.row("SELECT 1 FROM daybook LIMIT 1", vec![]).await?.is_none() {
        return Ok(());
    }
    tx.run(POST_ALL, vec![]).await?;
    tx.run("DELETE FROM daybook", vec![]).await?;
    Ok(())
}

impl Engine {
    /// Posts everything that was acknowledged so far; costs one look where there is nothing.
    pub(super) async fn post(&self) -> Result<(), StoreFault> {
        if matches!(self.db, Db::Pg(_)) || self.row("SELECT 1 FROM daybook LIMIT 1", vec![]).await?.is_none() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        post(&mut tx).await.map_err(|error| self.fault(&error))?;
        self.finish(tx).await
    }
}

/// A row of the daybook, as its writer knows it.
type Entry = (RoomId, i64);
type Named = (RoomId, ParticipantId, CommandId);

/// Where a room stands, as the last answer to its owner said.
#[derive(Debug, Clone, Copy)]
struct Head {
    epoch: u64,
    next_seq: u64,
}

/// What the writer knows of the daybook. All of it may be lost at any time, and others may post meanwhile: an append whose room is unknown here
/// goes to the tables itself, and a row that is gone is not posted twice.
#[derive(Debug, Default)]
pub(super) struct Daybook {
    heads: HashMap<RoomId, Head>,
    /// Rows of no round yet, in the order in which they came, with the commands among them, and since when they wait.
    waiting: Vec<Entry>,
    commands: HashSet<Named>,
    since: Option<Instant>,
    /// Rows may wait that are not known here.
    lost: bool,
    round: Option<Round>,
}

/// Rows on their way into the tables.
#[derive(Debug)]
struct Round {
    /// By room, and each room's in their order.
    entries: Vec<Entry>,
    posted: usize,
    /// Once all are posted they are deleted, in the order in which they came: neighbours lie on the same pages.
    deleted: i64,
    last: i64,
    commands: HashSet<Named>,
}

/// The next piece of work of a round.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// Everything there is, since the rounds do not keep up or no longer know.
    All,
    Post {
        upto: usize,
        rows: String,
    },
    Delete {
        upto: i64,
    },
}

impl Daybook {
    /// Whether this append may be entered: it is its room's next, as far as is known here, and says nothing that was said before.
    pub(super) fn takes(&self, append: &AppendJob) -> bool {
        let head = self.heads.get(&append.room);
        let next = head.is_some_and(|head| head.epoch == append.epoch && head.next_seq == append.after_seq + 1);
        let known = append.command.is_some_and(|(actor, command)| {
            let named = (append.room, actor, command);
            self.commands.contains(&named) || self.round.as_ref().is_some_and(|round| round.commands.contains(&named))
        });
        next && !known && !append.events.is_empty()
    }

    /// Whether more waits than should: the rounds do not keep up.
    fn is_full(&self) -> bool {
        self.waiting.len() + self.round.as_ref().map_or(0, |round| round.entries.len()) >= DAYBOOK_ROWS
    }

    /// Takes note of what was committed. Whatever was not, of that nothing is known any more.
    pub(super) fn learn<'a>(&mut self, answers: impl Iterator<Item = (&'a AppendJob, Answer)>, done: Work) {
        let rooms: HashSet<RoomId> = done.entered.iter().map(|(room, _)| *room).collect();
        for (append, answer) in answers {
            let Ok(Appended::Committed { last_seq }) = answer else {
                self.heads.remove(&append.room);
                continue;
            };
            if self.heads.len() >= MAX_HEADS {
                self.heads.clear();
            }
            let (epoch, next_seq) = (append.epoch, last_seq + 1);
            self.heads.insert(append.room, Head { epoch, next_seq });
            if let Some((actor, command)) = append.command
                && rooms.contains(&append.room)
            {
                self.commands.insert((append.room, actor, command));
            }
        }
        if !done.entered.is_empty() {
            self.since.get_or_insert_with(Instant::now);
        }
        self.waiting.extend(done.entered);
        if let Some(piece) = done.piece {
            self.did(piece);
        }
    }

    /// Nothing is known any more, but that rows may wait.
    pub(super) fn unlearn(&mut self) {
        *self = Self {
            since: Some(Instant::now()),
            lost: true,
            ..Self::default()
        };
    }

    /// When the writer must do something about it although nobody writes; `None` where nothing waits.
    pub(super) fn due(&self) -> Option<Instant> {
        match &self.round {
            Some(_) => Some(Instant::now()),
            None => self.since.map(|since| since + POST_AFTER),
        }
    }

    /// Whether something has waited for long.
    fn is_late(&self) -> bool {
        self.since.is_some_and(|since| since + POST_AFTER <= Instant::now())
    }

    /// Whether a write has to see to more than its own rows.
    pub(super) fn owes(&self) -> bool {
        self.is_late() || self.round.is_some() || self.waiting.len() >= POST_ROWS || self.is_full()
    }

    /// The next piece of work, `rows` of it or so. A round begins when enough waits, or something waits for long.
    fn next_piece(&mut self, rows: usize) -> Option<Piece> {
        let late = self.is_late();
        if self.is_full() || self.lost && late {
            return Some(Piece::All);
        }
        if self.round.is_none() && (late || self.waiting.len() >= POST_ROWS) {
            self.since = None;
            self.round = Round::begin(std::mem::take(&mut self.waiting), std::mem::take(&mut self.commands));
        }
        self.round.as_ref().map(|round| round.next_piece(rows))
    }

    /// The piece is through and committed.
    fn did(&mut self, piece: Piece) {
        match (piece, &mut self.round) {
            (Piece::All, _) => {
                *self = Self {
                    heads: std::mem::take(&mut self.heads),
                    ..Self::default()
                };
            }
            (Piece::Post { upto, .. }, Some(round)) => round.posted = upto,
            (Piece::Delete { upto }, Some(round)) if upto < round.last => round.deleted = upto,
            (Piece::Post { .. } | Piece::Delete { .. }, _) => self.round = None,
        }
    }
}

impl Round {
    fn begin(mut entries: Vec<Entry>, commands: HashSet<Named>) -> Option<Self> {
        let (deleted, last) = (entries.first()?.1 - 1, entries.last()?.1);
        entries.sort_unstable();
        Some(Self {
            entries,
            posted: 0,
            deleted,
            last,
            commands,
        })
    }

    fn next_piece(&self, rows: usize) -> Piece {
        let rest = &self.entries[self.posted..];
        if rest.is_empty() {
            let upto = self.last.min(
                self.deleted
                    .saturating_add(DELETED_AT_ONCE.max(rows.try_into().unwrap_or(i64::MAX))),
            );
            return Piece::Delete { upto };
        }
        let next = &rest[..rest.len().min(rows)];
        let numbers: Vec<String> = next.iter().map(|(_, n)| n.to_string()).collect();
        Piece::Post {
            upto: self.posted + next.len(),
            rows: format!("[{}]", numbers.join(",")),
        }
    }
}

/// What one transaction did with the daybook. It counts when the commit is through.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) entered: Vec<Entry>,
    piece: Option<Piece>,
}

impl Work {
    pub(super) fn of(entered: Vec<Entry>) -> Self {
        Self { entered, piece: None }
    }

    /// Whether there is anything to commit.
    pub(super) fn is_some(&self) -> bool {
        !self.entered.is_empty() || self.piece.is_some()
    }
}

/// Does the next piece of the round, if there is one: in proportion to what was entered, so that a round always comes to its end, and more of it
/// while nobody writes.
pub(super) async fn go_on(tx: &mut Tx, daybook: &mut Daybook, work: &mut Work, idle: bool) -> Result<(), sqlx::Error> {
    let rows = match work.entered.len() {
        _ if idle => IDLE_SLICE_ROWS,
        // So seldom that hardly anybody meets it.
        ..SMALL_BATCH => RARE_SLICE_ROWS,
        many => many * 3 / 2,
    };
    let Some(piece) = daybook.next_piece(rows) else {
        return Ok(());
    };
    match &piece {
        Piece::All => post(tx).await?,
        Piece::Post { rows, .. } => {
            tx.run(POST_THESE, values![rows.as_str()]).await?;
        }
        Piece::Delete { upto } => {
            // Another store's rows may stand in between, and rows that this one forgot when a commit failed.
            let sql =
                "DELETE FROM daybook WHERE n <= $1 AND seq < (SELECT next_seq FROM room WHERE room.id = daybook.room)";
            tx.run(sql, values![*upto]).await?;
        }
    }
    work.piece = Some(piece);
    Ok(())
}

/// Enters appends that [`Daybook::takes`], and gives the rows that came in.
pub(super) async fn enter(tx: &mut Tx, appends: &[&AppendJob]) -> Result<Vec<Entry>, Trouble> {
    entries(&ENTER.rows(tx, flat(appends)).await?)
}

/// The same as one statement, for [`EXACT`](super::multi::EXACT) rows at most; what it answers is read with [`entries`].
pub(super) fn entering(appends: &[&AppendJob]) -> Prepared {
    ENTER.one(flat(appends))
}

pub(super) fn entries(answer: &[Row]) -> Result<Vec<Entry>, Trouble> {
    answer.iter().map(|row| Ok((row.room(0)?, row.int(1)?))).collect()
}

fn flat(appends: &[&AppendJob]) -> Vec<Value> {
    let rows = appends.iter().map(|append| append.events.len()).sum::<usize>();
    let mut flat = Vec::with_capacity(rows * 12);
    for append in appends {
        let last = append.last_seq();
        for (seq, event) in (append.after_seq + 1..).zip(&append.events) {
            flat.extend(values![
                append.epoch,
                append.practice,
                append.room,
                seq,
                event.header.as_slice(),
                event.commitment,
                event.salt,
                event.ciphertext.as_slice(),
                last
            ]);
            match append.command {
                Some((actor, command)) => flat.extend(values![actor, command, true]),
                None => flat.extend([Value::Bytes(None), Value::Bytes(None), Value::from(false)]),
            }
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use protocol::PracticeId;

    use super::super::batch::EventRow;
    use super::super::sqlite::furnished;
    use super::*;

    const ROOM: RoomId = RoomId::from_bits(1);

    fn append(after_seq: u64) -> AppendJob {
        let event = EventRow {
            header: vec![1],
            commitment: [0; 32],
            salt: [0; 16],
            ciphertext: vec![2],
        };
        AppendJob {
            room: ROOM,
            practice: PracticeId::from_bits(1),
            epoch: 1,
            after_seq,
            events: vec![event],
            command: None,
        }
    }

    fn answered(daybook: &mut Daybook, append: &AppendJob, entered: Vec<Entry>) {
        let last_seq = append.last_seq();
        let answer = Ok(Appended::Committed { last_seq });
        let work = Work { entered, piece: None };
        daybook.learn([(append, answer)].into_iter(), work);
    }

    fn entry(room: u128, n: i64) -> Entry {
        (RoomId::from_bits(room), n)
    }

    #[test]
    fn only_what_is_known_to_be_next_is_entered() {
        let mut daybook = Daybook::default();
        assert!(!daybook.takes(&append(0)), "nothing is known of the room");
        answered(&mut daybook, &append(0), vec![]);
        assert!(daybook.takes(&append(1)));
        assert!(!daybook.takes(&append(0)) && !daybook.takes(&append(2)));
        let other_owner = AppendJob { epoch: 2, ..append(1) };
        assert!(!daybook.takes(&other_owner));
        daybook.unlearn();
        assert!(!daybook.takes(&append(1)), "after a failure nothing is known");
    }

    #[test]
    fn a_command_that_may_not_stand_in_its_table_yet_goes_the_way_that_finds_it() {
        let mut daybook = Daybook::default();
        let said = |after_seq| AppendJob {
            command: Some((ParticipantId::from_bits(1), CommandId::from_bits(1))),
            ..append(after_seq)
        };
        answered(&mut daybook, &said(0), vec![entry(1, 1)]);
        assert!(!daybook.takes(&said(1)));
        daybook.since = Instant::now().checked_sub(POST_AFTER);
        assert!(daybook.next_piece(10).is_some());
        assert!(!daybook.takes(&said(1)), "not while it is on its way either");
    }

    #[test]
    fn a_round_posts_room_by_room_and_then_deletes_what_it_posted() {
        let mut daybook = Daybook {
            waiting: vec![entry(2, 1), entry(1, 2), entry(2, 3)],
            since: Instant::now().checked_sub(POST_AFTER),
            ..Daybook::default()
        };
        let mut done = Vec::new();
        while let Some(piece) = daybook.next_piece(2) {
            done.push(match &piece {
                Piece::Post { rows, .. } => rows.clone(),
                Piece::Delete { upto } => format!("delete {upto}"),
                Piece::All => "all".to_owned(),
            });
            daybook.did(piece);
        }
        assert_eq!(done, ["[2,1]", "[3]", "delete 3"]);
        assert_eq!(daybook.due(), None);
    }

    #[test]
    fn rows_that_nobody_knows_are_posted_with_everything_else() {
        let mut daybook = Daybook::default();
        daybook.unlearn();
        assert!(daybook.due().is_some());
        daybook.since = Instant::now().checked_sub(POST_AFTER);
        assert_eq!(daybook.next_piece(2), Some(Piece::All));
    }

    /// As when a commit's answer was lost, or another store writes into the same file.
    #[tokio::test]
    async fn a_round_never_deletes_a_row_that_it_did_not_post() {
        let folder = tempfile::tempdir().unwrap();
        let store = furnished(folder.path()).await;
        let engine = store.engine();
        let mut tx = engine.begin().await.unwrap();
        let appends = [append(0), append(1)];
        let entered = enter(&mut tx, &appends.each_ref()).await.ok().unwrap();
        let mut daybook = Daybook {
            // Of the two it remembers one, which lies behind the other.
            waiting: vec![entered[0]],
            since: Instant::now().checked_sub(POST_AFTER),
            ..Daybook::default()
        };
        daybook.next_piece(1);
        daybook.round.as_mut().unwrap().last = entered[1].1;
        for _ in 0..2 {
            let mut work = Work::default();
            go_on(&mut tx, &mut daybook, &mut work, false).await.unwrap();
            daybook.did(work.piece.unwrap());
        }
        assert!(daybook.round.is_none(), "the round is over");
        engine.finish(tx).await.unwrap();
        // It posts them; that these two are no real events is found afterwards.
        let read = store.claim(ROOM).await.unwrap_err();
        assert_eq!(read, StoreFault::Damaged("an event's header"));
        let next = engine.row("SELECT next_seq FROM room", vec![]).await.unwrap().unwrap();
        assert_eq!(next.count(0), Ok(3), "both rows were posted in the end");
        store.close().await;
    }
}
