//! Who is told what and when: nothing before it is on the disk, and the disk in every mood.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use protocol::wire::{NoteFrame, NoteOp, NoteRef, Refusal, RefusalCode};
use protocol::{ParticipantId, RoomId};
use tokio::sync::oneshot;

use super::writing::random_edit;
use super::{Dice, Page, person, seeds};
use crate::notes::document::Document;
use crate::notes::limits::{FOLD_AFTER_UPDATES, MAX_FRAMES_APART, MAX_OPEN_PER_CONNECTION};
use crate::notes::room_notes::{Fenced, RoomNotes};
use crate::notes::store::{CannotLoad, CannotWrite, NoteBatch, NoteStore, StoredNote};
use crate::notes::task::{Clogged, ConnectionId, Ended, Listener, NoteMessage, start};

const ROOM: RoomId = RoomId::from_bits(5);
const NOTE: NoteRef = NoteRef::Session { session: 1 };

/// A disk in memory that can be told to fail.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<Platter>>);

#[derive(Default)]
struct Platter {
    notes: BTreeMap<NoteRef, StoredNote>,
    last: u64,
    /// Calls of append, with how many updates each brought.
    appends: Vec<usize>,
    folds: usize,
    owner: Option<u64>,
    append_fails: Option<CannotWrite>,
    /// A failure of the next append all the same leaves it written.
    but_writes: bool,
    fold_fails: Option<CannotWrite>,
    load_fails: bool,
}

impl Disk {
    fn look(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The note, as the next owner would read it.
    fn text(&self, note: NoteRef) -> String {
        let stored = self.look().notes.get(&note).cloned().unwrap_or_default();
        let updates = stored.updates.iter().map(|(_, update)| update.as_slice());
        Document::open(stored.folded.as_deref(), updates, stored.authors)
            .expect("what is stored opens")
            .text()
    }

    fn holds(&self, needle: &str) -> bool {
        let platter = self.look();
        let stored = platter.notes.values();
        let all = stored.flat_map(|note| note.folded.iter().chain(note.updates.iter().map(|(_, update)| update)));
        all.into_iter()
            .any(|bytes| bytes.windows(needle.len()).any(|window| window == needle.as_bytes()))
    }
}

impl NoteStore for Disk {
    async fn load(&self, _: RoomId, note: NoteRef) -> Result<StoredNote, CannotLoad> {
        let platter = self.look();
        if platter.load_fails {
            Err(CannotLoad)
        } else {
            Ok(platter.notes.get(&note).cloned().unwrap_or_default())
        }
    }

    async fn append(&self, batch: NoteBatch) -> Result<u64, CannotWrite> {
        let mut platter = self.look();
        let platter = &mut *platter;
        platter.appends.push(batch.updates.len());
        let failure = platter.append_fails.take();
        if platter.owner.is_some_and(|owner| owner != batch.epoch) {
            return Err(CannotWrite::Fenced);
        }
        if failure.is_none() || platter.but_writes {
            let stored = platter.notes.entry(batch.note).or_default();
            for (_, update) in batch.updates {
                platter.last += 1;
                stored.updates.push((platter.last, update.to_vec()));
            }
            stored.authors.extend(batch.new_authors);
        }
        failure.map_or(Ok(platter.last), Err)
    }

    async fn fold(&self, _: RoomId, epoch: u64, note: NoteRef, upto: u64, state: Bytes) -> Result<(), CannotWrite> {
        let mut platter = self.look();
        if platter.owner.is_some_and(|owner| owner != epoch) {
            return Err(CannotWrite::Fenced);
        }
        if let Some(failure) = platter.fold_fails.take() {
            return Err(failure);
        }
        platter.folds += 1;
        let stored = platter.notes.entry(note).or_default();
        stored.folded = Some(state.to_vec());
        stored.updates.retain(|(number, _)| *number > upto);
        Ok(())
    }
}

/// What a connection was told.
#[derive(Debug, Clone, PartialEq)]
enum Heard {
    State(Vec<u8>),
    Update(Vec<u8>),
    Saved(u32),
    Refused(u32, RefusalCode),
}

#[derive(Default)]
struct Line {
    heard: Mutex<Vec<Heard>>,
    /// How much still fits.
    room_for: Mutex<Option<usize>>,
}

impl Line {
    fn put(&self, heard: Heard) -> Result<(), Clogged> {
        let mut room_for = self.room_for.lock().unwrap_or_else(PoisonError::into_inner);
        match room_for.as_mut() {
            Some(0) => return Err(Clogged),
            Some(left) => *left -= 1,
            None => {}
        }
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(heard);
        Ok(())
    }
}

impl Listener for Line {
    fn frame(&self, frame: Bytes) -> Result<(), Clogged> {
        let frame = NoteFrame::read(&frame).expect("a frame");
        self.put(match frame.op {
            NoteOp::State => Heard::State(frame.payload.to_vec()),
            NoteOp::Update => Heard::Update(frame.payload.to_vec()),
            NoteOp::Saved => Heard::Saved(frame.reference),
            NoteOp::Open | NoteOp::Close => panic!("only clients say this"),
        })
    }

    fn refused(&self, _: NoteRef, reference: u32, refusal: Refusal) -> Result<(), Clogged> {
        self.put(Heard::Refused(reference, refusal.code))
    }
}

/// Somebody with a page, a connection and what it heard.
struct Someone {
    page: Page,
    connection: ConnectionId,
    line: Arc<Line>,
}

impl Someone {
    fn new(number: u128, client: u64) -> Self {
        let connection = ConnectionId(client);
        Self {
            page: Page::stranger(number, client),
            connection,
            line: Arc::default(),
        }
    }

    fn opens(&self, note: NoteRef) -> NoteMessage {
        NoteMessage::Open {
            connection: self.connection,
            participant: self.page.person,
            client: self.page.client as u32,
            note,
            state_vector: Bytes::new(),
            listener: self.line.clone(),
        }
    }

    fn sends(&self, reference: u32, update: Vec<u8>) -> NoteMessage {
        NoteMessage::Update {
            connection: self.connection,
            note: NOTE,
            reference,
            bytes: update.into(),
            listener: self.line.clone(),
        }
    }

    fn goes(&self) -> NoteMessage {
        NoteMessage::Gone {
            connection: self.connection,
        }
    }

    /// What came since the last time; the page takes it in.
    fn hears(&self) -> Vec<Heard> {
        let heard = std::mem::take(&mut *self.line.heard.lock().unwrap_or_else(PoisonError::into_inner));
        for heard in &heard {
            if let Heard::State(update) | Heard::Update(update) = heard {
                self.page.hears(update);
            }
        }
        heard
    }

    fn has_room_for(&self, frames: usize) {
        *self.line.room_for.lock().unwrap_or_else(PoisonError::into_inner) = Some(frames);
    }
}

fn take_back(participant: ParticipantId) -> (NoteMessage, oneshot::Receiver<Result<(), RefusalCode>>) {
    let (answer, answered) = oneshot::channel();
    (
        NoteMessage::TakeBack {
            participant,
            note: NOTE,
            answer,
        },
        answered,
    )
}

async fn does<const N: usize>(notes: &mut RoomNotes<Disk>, messages: [NoteMessage; N]) {
    notes.work(messages.into_iter()).await.expect("the owner");
}

/// Ana and Ben have the session's note open.
async fn two_in_a_note() -> (Disk, RoomNotes<Disk>, Someone, Someone) {
    let disk = Disk::default();
    let mut notes = RoomNotes::new(ROOM, 1, disk.clone());
    let (ana, ben) = (Someone::new(1, 11), Someone::new(2, 12));
    does(&mut notes, [ana.opens(NOTE), ben.opens(NOTE)]).await;
    assert!(matches!(ana.hears()[..], [Heard::State(_)]));
    assert!(matches!(ben.hears()[..], [Heard::State(_)]));
    (disk, notes, ana, ben)
}

#[tokio::test]
async fn others_read_it_and_the_author_sees_saved_when_it_is_on_the_disk() {
    let (disk, mut notes, ana, ben) = two_in_a_note().await;
    does(&mut notes, [ana.sends(1, ana.page.types(0, "hello"))]).await;
    assert_eq!(ana.hears(), [Heard::Saved(1)]);
    assert!(matches!(ben.hears()[..], [Heard::Update(_)]));
    assert_eq!(
        (ben.page.plain().as_str(), disk.text(NOTE).as_str()),
        ("hello", "hello")
    );
    assert_eq!(disk.look().notes[&NOTE].authors, [(11, person(1))]);
}

#[tokio::test]
async fn what_waits_is_stored_in_one_call_and_saved_once() {
    let (disk, mut notes, ana, ben) = two_in_a_note().await;
    let (a, b) = (ana.page.types(0, "a"), ana.page.types(1, "b"));
    let c = ben.page.types(0, "c");
    does(&mut notes, [ana.sends(1, a), ben.sends(7, c), ana.sends(2, b)]).await;
    assert_eq!(disk.look().appends, [3]);
    assert!(matches!(ana.hears()[..], [Heard::Update(_), Heard::Saved(2)]));
    assert!(matches!(
        ben.hears()[..],
        [Heard::Update(_), Heard::Update(_), Heard::Saved(7)]
    ));
    assert_eq!(ana.page.plain(), ben.page.plain());
}

#[tokio::test]
async fn a_burst_is_few_frames_to_each_of_the_others_and_reads_the_same() {
    for seed in seeds(100) {
        let mut dice = Dice(seed);
        let (_, mut notes, ana, ben) = two_in_a_note().await;
        let clara = Someone::new(3, 13);
        does(&mut notes, [clara.opens(NOTE)]).await;
        clara.hears();
        for burst in 0..4_u32 {
            let one = |n: u32| {
                let who = if dice.below(2) == 0 { &ana } else { &ben };
                who.sends(burst * 100 + n, random_edit(&mut dice, &who.page))
            };
            let some: Vec<_> = (1..=40).map(one).collect();
            notes.work(some.into_iter()).await.expect("the owner");
            let updates = |heard: Vec<Heard>| heard.iter().filter(|one| matches!(one, Heard::Update(_))).count();
            for who in [&ana, &ben, &clara] {
                assert!(updates(who.hears()) <= MAX_FRAMES_APART, "seed {seed}");
            }
            for who in [&ben, &clara] {
                assert_eq!(who.page.reads(), ana.page.reads(), "seed {seed}, burst {burst}");
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_heard_by_nobody() {
    let (disk, mut notes, ana, ben) = two_in_a_note().await;
    disk.look().append_fails = Some(CannotWrite::Unavailable);
    does(&mut notes, [ana.sends(1, ana.page.types(0, "lost"))]).await;
    assert_eq!(ana.hears(), [Heard::Refused(1, RefusalCode::Unavailable)]);
    assert_eq!(ben.hears(), []);
    assert_eq!(disk.text(NOTE), "");
    // Memory did not run ahead: ben goes on from what he knows, and a late ana is given the same.
    does(&mut notes, [ben.sends(1, ben.page.types(0, "on"))]).await;
    assert_eq!(ben.hears(), [Heard::Saved(1)]);
    let late = Someone::new(1, 13);
    does(&mut notes, [late.opens(NOTE)]).await;
    late.hears();
    assert_eq!((late.page.plain().as_str(), disk.text(NOTE).as_str()), ("on", "on"));
    // Ana's page may send the same again.
    does(&mut notes, [ana.sends(1, ana.page.state())]).await;
    assert!(matches!(ana.hears()[..], [Heard::Update(_), Heard::Saved(1)]));
    assert!(disk.text(NOTE).contains("lost"));
}

#[tokio::test]
async fn what_may_have_been_stored_is_told_to_everybody_if_it_was() {
    for was_stored in [true, false] {
        let (disk, mut notes, ana, ben) = two_in_a_note().await;
        {
            let mut disk = disk.look();
            (disk.append_fails, disk.but_writes) = (Some(CannotWrite::Unknown), was_stored);
        }
        does(&mut notes, [ana.sends(1, ana.page.types(0, "perhaps"))]).await;
        assert!(ana.hears().contains(&Heard::Refused(1, RefusalCode::Unavailable)));
        ben.hears();
        assert_eq!(ben.page.plain(), disk.text(NOTE));
        assert_eq!(ben.page.plain() == "perhaps", was_stored);
        // The page sends it again: it is there once.
        does(&mut notes, [ana.sends(2, ana.page.state())]).await;
        assert!(ana.hears().contains(&Heard::Saved(2)));
        ben.hears();
        assert_eq!(
            (ben.page.plain().as_str(), disk.text(NOTE).as_str()),
            ("perhaps", "perhaps")
        );
    }
}

#[tokio::test]
async fn a_disk_that_cannot_be_read_refuses_and_is_asked_again() {
    let (disk, mut notes, ana, ben) = two_in_a_note().await;
    {
        let mut disk = disk.look();
        (disk.append_fails, disk.load_fails) = (Some(CannotWrite::Unavailable), true);
    }
    does(&mut notes, [ana.sends(1, ana.page.types(0, "a"))]).await;
    does(&mut notes, [ben.sends(1, ben.page.types(0, "b"))]).await;
    assert_eq!(ana.hears(), [Heard::Refused(1, RefusalCode::Unavailable)]);
    assert_eq!(ben.hears(), [Heard::Refused(1, RefusalCode::Unavailable)]);
    let late = Someone::new(3, 13);
    does(&mut notes, [late.opens(NOTE)]).await;
    assert_eq!(late.hears(), [Heard::Refused(0, RefusalCode::Unavailable)]);
    disk.look().load_fails = false;
    does(&mut notes, [ben.sends(2, ben.page.state())]).await;
    assert_eq!(ben.hears(), [Heard::Saved(2)]);
    assert_eq!(disk.text(NOTE), "b");
}

#[tokio::test]
async fn a_fenced_owner_tells_nobody_anything_any_more() {
    let (disk, mut notes, ana, ben) = two_in_a_note().await;
    disk.look().owner = Some(2);
    let message = ana.sends(1, ana.page.types(0, "too late"));
    assert_eq!(notes.work([message].into_iter()).await, Err(Fenced));
    assert_eq!((ana.hears(), ben.hears()), (vec![], vec![]));
}

#[tokio::test]
async fn a_refused_update_disturbs_nobody() {
    let (disk, mut notes, ana, ben) = two_in_a_note().await;
    let forged = Page::stranger(2, 11).types(0, "I am Ana");
    let bens = ben.page.types(0, "fine");
    does(
        &mut notes,
        [ana.sends(1, vec![1, 2, 3]), ben.sends(3, forged), ben.sends(4, bens)],
    )
    .await;
    assert!(matches!(
        ana.hears()[..],
        [Heard::Refused(1, RefusalCode::NoteRefused), Heard::Update(_)]
    ));
    assert_eq!(
        ben.hears(),
        [Heard::Refused(3, RefusalCode::NoteRefused), Heard::Saved(4)]
    );
    assert_eq!(disk.text(NOTE), "fine");
}

#[tokio::test]
async fn somebody_who_has_not_opened_the_note_cannot_write_in_it() {
    let (disk, mut notes, ana, _) = two_in_a_note().await;
    let eve = Someone::new(3, 13);
    does(&mut notes, [eve.sends(1, eve.page.types(0, "me too"))]).await;
    assert_eq!(eve.hears(), [Heard::Refused(1, RefusalCode::NoteRefused)]);
    does(
        &mut notes,
        [NoteMessage::Close {
            connection: ana.connection,
            note: NOTE,
        }],
    )
    .await;
    does(&mut notes, [ana.sends(1, ana.page.types(0, "closed"))]).await;
    assert_eq!(disk.text(NOTE), "");
}

#[tokio::test]
async fn one_connection_writes_under_one_name_and_nobody_else_under_it() {
    let (_, mut notes, ana, _) = two_in_a_note().await;
    let thief = Someone::new(3, ana.page.client);
    let thief = Someone {
        connection: ConnectionId(77),
        ..thief
    };
    does(&mut notes, [thief.opens(NOTE)]).await;
    assert_eq!(thief.hears(), [Heard::Refused(0, RefusalCode::NoteRefused)]);
    // Ana's own page may come back over a new connection before the old one is gone.
    let again = Someone {
        connection: ConnectionId(78),
        ..Someone::new(1, 11)
    };
    does(&mut notes, [again.opens(NOTE), ana.goes()]).await;
    does(
        &mut notes,
        [thief.opens(NOTE), again.sends(1, again.page.types(0, "mine"))],
    )
    .await;
    assert_eq!(thief.hears(), [Heard::Refused(0, RefusalCode::NoteRefused)]);
    assert!(again.hears().contains(&Heard::Saved(1)));
}

#[tokio::test]
async fn one_connection_opens_a_few_notes_and_no_more() {
    let (_, mut notes, ana, _) = two_in_a_note().await;
    for session in 2..=MAX_OPEN_PER_CONNECTION as u16 {
        does(&mut notes, [ana.opens(NoteRef::Session { session })]).await;
        assert!(matches!(ana.hears()[..], [Heard::State(_)]));
    }
    does(&mut notes, [ana.opens(NoteRef::Course)]).await;
    assert_eq!(ana.hears(), [Heard::Refused(0, RefusalCode::Full)]);
    // Opening one again is not one more.
    does(&mut notes, [ana.opens(NOTE)]).await;
    assert!(matches!(ana.hears()[..], [Heard::State(_)]));
}

#[tokio::test]
async fn a_clogged_listener_is_dropped_and_holds_nobody_up() {
    let (_, mut notes, ana, ben) = two_in_a_note().await;
    ben.has_room_for(1);
    let updates = [ana.page.types(0, "a"), ana.page.types(1, "b"), ana.page.types(2, "c")];
    let [a, b, c] = updates;
    does(&mut notes, [ana.sends(1, a), ana.sends(2, b)]).await;
    does(&mut notes, [ana.sends(3, c)]).await;
    assert_eq!(ana.hears(), [Heard::Saved(2), Heard::Saved(3)]);
    assert!(matches!(ben.hears()[..], [Heard::Update(_)]));
    // It comes back and is given everything.
    let ben = Someone {
        connection: ConnectionId(99),
        ..Someone::new(2, 12)
    };
    does(&mut notes, [ben.opens(NOTE)]).await;
    ben.hears();
    assert_eq!(ben.page.plain(), "abc");
}

#[tokio::test]
async fn after_so_many_updates_the_note_is_folded() {
    let (disk, mut notes, ana, _) = two_in_a_note().await;
    for n in 0..FOLD_AFTER_UPDATES as u32 {
        assert_eq!(disk.look().folds, 0);
        does(&mut notes, [ana.sends(n, ana.page.types(0, "x"))]).await;
    }
    assert_eq!(disk.look().folds, 1);
    assert_eq!(disk.look().notes[&NOTE].updates.len(), 0);
    assert_eq!(disk.text(NOTE).len() as u64, FOLD_AFTER_UPDATES);
}

#[tokio::test]
async fn a_fold_that_fails_loses_nothing_and_is_not_tried_at_every_key() {
    let (disk, mut notes, ana, _) = two_in_a_note().await;
    disk.look().fold_fails = Some(CannotWrite::Unavailable);
    for n in 1..=FOLD_AFTER_UPDATES as u32 + 5 {
        does(&mut notes, [ana.sends(n, ana.page.types(0, "x"))]).await;
        assert_eq!(ana.hears(), [Heard::Saved(n)]);
    }
    assert_eq!(disk.look().folds, 0);
    assert_eq!(disk.text(NOTE).len() as u64, FOLD_AFTER_UPDATES + 5);
}

#[tokio::test]
async fn a_note_that_nobody_has_open_is_folded_and_forgotten() {
    let (disk, mut notes, ana, ben) = two_in_a_note().await;
    does(&mut notes, [ana.sends(1, ana.page.types(0, "keep SECRET"))]).await;
    does(&mut notes, [ana.sends(2, ana.page.deletes(4, 7)), ana.goes()]).await;
    assert!(disk.holds("SECRET"));
    does(&mut notes, [ben.goes()]).await;
    assert!(!disk.holds("SECRET"));
    assert_eq!(disk.text(NOTE), "keep");
    // Whoever comes later reads it from the disk, and the names are still whose they were.
    let (late, thief) = (Someone::new(1, 13), Someone::new(3, 11));
    does(&mut notes, [late.opens(NOTE), thief.opens(NOTE)]).await;
    late.hears();
    assert_eq!(late.page.plain(), "keep");
    assert_eq!(thief.hears(), [Heard::Refused(0, RefusalCode::NoteRefused)]);
}

#[tokio::test]
async fn taking_back_is_answered_when_it_is_off_the_disk() {
    let (disk, mut notes, ana, ben) = two_in_a_note().await;
    does(&mut notes, [ana.sends(1, ana.page.types(0, "ANAS-WORDS"))]).await;
    ben.hears();
    does(&mut notes, [ben.sends(1, ben.page.types(4, "ben"))]).await;
    assert!(disk.holds("ANAS"));
    let (message, answered) = take_back(person(1));
    does(&mut notes, [message]).await;
    assert_eq!(answered.await, Ok(Ok(())));
    assert!(!disk.holds("ANAS") && !disk.holds("WORDS"));
    ana.hears();
    ben.hears();
    assert_eq!(
        (
            ana.page.plain().as_str(),
            ben.page.plain().as_str(),
            disk.text(NOTE).as_str()
        ),
        ("ben", "ben", "ben")
    );
}

#[tokio::test]
async fn taking_back_that_is_not_off_the_disk_is_not_answered_with_yes() {
    let (disk, mut notes, ana, _) = two_in_a_note().await;
    does(&mut notes, [ana.sends(1, ana.page.types(0, "WORDS"))]).await;
    disk.look().append_fails = Some(CannotWrite::Unavailable);
    let (message, answered) = take_back(person(1));
    does(&mut notes, [message]).await;
    assert_eq!(answered.await, Ok(Err(RefusalCode::Unavailable)));
    assert_eq!(disk.text(NOTE), "WORDS");

    disk.look().fold_fails = Some(CannotWrite::Unavailable);
    let (message, answered) = take_back(person(1));
    does(&mut notes, [message]).await;
    assert_eq!(answered.await, Ok(Err(RefusalCode::Unavailable)));
    assert!(disk.holds("WORDS"), "deleted, but still in the log");

    let (message, answered) = take_back(person(1));
    does(&mut notes, [message]).await;
    assert_eq!(answered.await, Ok(Ok(())));
    assert!(!disk.holds("WORDS"));
}

#[tokio::test]
async fn deleted_text_that_a_crash_left_in_the_log_goes_at_the_next_opening() {
    let (disk, mut notes, ana, _) = two_in_a_note().await;
    does(&mut notes, [ana.sends(1, ana.page.types(0, "WORDS"))]).await;
    disk.look().fold_fails = Some(CannotWrite::Unknown);
    let (message, _answered) = take_back(person(1));
    does(&mut notes, [message]).await;
    drop(notes);
    assert!(disk.holds("WORDS"));
    let mut notes = RoomNotes::new(ROOM, 2, disk.clone());
    does(&mut notes, [Someone::new(2, 14).opens(NOTE)]).await;
    assert!(!disk.holds("WORDS"));
}

#[tokio::test]
async fn the_task_stores_what_waits_before_it_ends() {
    let disk = Disk::default();
    let (mailbox, task) = start(ROOM, 1, disk.clone());
    let ana = Someone::new(1, 11);
    let send = |message| mailbox.try_send(message).expect("room in the mailbox");
    send(ana.opens(NOTE));
    send(ana.sends(1, ana.page.types(0, "last words")));
    let (answer, answered) = oneshot::channel();
    send(NoteMessage::Text { note: NOTE, answer });
    send(NoteMessage::Shutdown);
    assert_eq!(task.await.expect("no panic"), Ended::Shutdown);
    assert_eq!(answered.await, Ok(Ok("last words".to_owned())));
    assert_eq!((disk.text(NOTE).as_str(), disk.look().folds), ("last words", 1));
}
