//! The one task that touches a room.
//!
//! Decide; append; apply; show. Only then take the next letter. Memory never runs ahead of the disk: if the outcome of an append is
//! unknown the room is dropped and replayed by the next arrival; a fenced task falls silent at once.
//!
//! The task lies in parts by what they are about: [`lines`] (who is here), [`inputs`] (what is asked and what happens), [`signs`] (notes, signals,
//! voices), [`commit`] (append and apply), [`show`], [`end`].

mod commit;
mod end;
mod inputs;
mod lines;
mod show;
mod signs;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use protocol::wire::{Action, CloseCode, HeldSession, Refusal, SignalKind};
use protocol::{CommandId, ParticipantId, PracticeId, RoomId, Timestamp};
use room::{Input, Moment, Room};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::calls::{About, Calls};
use super::desk::Desk;
use super::erasing::Erasing;
use super::lane::Lane;
use super::limits::{DECISIONS_PER_VIEW, IDLE_ROOM, LETTERS_IN_A_ROW};
use super::noting::Noting;
use super::registry::Registry;
use super::relay::{self, After};
use super::{Seat, leaving, nodes, reading, sealing};
use crate::store::{Claim, NodeId, Opened, StoreFault};

/// What a room's task is told.
#[derive(Debug)]
pub(super) enum Letter {
    /// A line is up.
    Connected {
        connection: u64,
        seat: Seat,
        lane: Lane,
        from: From,
    },
    /// A line is down.
    Gone { connection: u64 },
    /// Somebody asks for something.
    Act {
        connection: u64,
        id: CommandId,
        action: Action,
    },
    /// A note frame, as it came.
    Note { connection: u64, frame: Bytes },
    /// A passing sign.
    Signal { connection: u64, kind: SignalKind },
    /// A page says something about voices and pictures.
    Media { connection: u64, about: About },
    /// Somebody's link was revoked.
    Revoked { participant: ParticipantId },
    /// Somebody is erased.
    Erase(Erasing),
    /// It may be time to forget where somebody was.
    Look,
    /// Another node has the room, or it is nobody's, if this is the epoch in which it is believed to be ours.
    Lost { epoch: u64 },
    /// A planned restart.
    Stop,
}

/// Where a line's socket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Here,
    /// A relay that takes this node for the room's owner.
    AnotherNode,
}

/// Where a room is.
enum Place {
    Here(Box<Task>),
    /// Another node owns it.
    There(NodeId),
}

/// How a room is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claims {
    /// Here, whoever has it.
    Whoever,
    /// Here, if nobody has it.
    Here,
    /// Here, or where there is less to do, if nobody has it.
    OrPlaces,
}

/// Why a task ends.
enum End {
    /// Nobody is here any more.
    Idle,
    /// A planned restart.
    Stopped,
    /// A sitting is over of which nothing is kept.
    NothingKept(HeldSession),
    /// Another owner has the room.
    Fenced,
    /// The outcome of an append is not known, or a bug broke off what was being done: drop and replay.
    Replay,
}

struct Connection {
    participant: ParticipantId,
    lane: Lane,
    /// The numbers of the texts shown last.
    shown: Option<(u64, u64)>,
    /// An answer is held until the next view.
    holds: bool,
}

struct Task {
    registry: Arc<Registry>,
    id: RoomId,
    practice: PracticeId,
    epoch: u64,
    room: Room,
    desk: Desk,
    noting: Noting,
    calls: Calls,
    connections: BTreeMap<u64, Connection>,
    /// Accepted commands, newest last.
    recent: BTreeSet<(ParticipantId, CommandId)>,
    recent_order: VecDeque<(ParticipantId, CommandId)>,
    /// The journal may hold commands that `recent` does not.
    forgot_commands: bool,
    snapshot_at: u64,
    /// Decisions since people were last shown anything.
    unseen: u32,
    deadline: Option<Timestamp>,
    /// Whose line went down while nothing could be written.
    unsaid: BTreeSet<ParticipantId>,
    /// When to try again what could not be written.
    again_at: Option<Timestamp>,
}

/// Runs a room from its first letter to its end, here or as another node's relay.
pub(super) async fn run(registry: Arc<Registry>, id: RoomId, generation: u64, mut mailbox: mpsc::Receiver<Letter>) {
    // Whoever asked for the room is about to say what for; who gave up saying it opened nothing.
    let first = timeout(IDLE_ROOM, mailbox.recv()).await.ok().flatten();
    let Some(first) = first.filter(|letter| !matches!(letter, Letter::Stop)) else {
        mailbox.close();
        registry.forget(id, generation);
        return come_back(drain(&mut mailbox).await);
    };
    let (mut waiting, mut take) = (vec![first], false);
    loop {
        // Anything but people who come to this very node is to be done here.
        let from_here = |letter: &Letter| matches!(letter, Letter::Connected { from: From::Here, .. });
        let for_whom = match (take, waiting.iter().all(from_here)) {
            (true, _) => Claims::Whoever,
            (false, true) => Claims::OrPlaces,
            (false, false) => Claims::Here,
        };
        // Boxed, here and below: what is done now and then must not lie in memory as long as the room does.
        let opened = Box::pin(unless_it_panics(id, Task::open(Arc::clone(&registry), id, for_whom))).await;
        let owner = match opened.unwrap_or(Err(StoreFault::Unavailable)) {
            Ok(Place::Here(mut task)) => {
                let end = unless_it_panics(id, task.work(&mut mailbox, waiting)).await;
                mailbox.close();
                registry.forget(id, generation);
                // What a bug left behind is good for nothing but saying where to: the journal knows the room.
                Box::pin(task.say_goodbye(end.unwrap_or(End::Replay))).await;
                break;
            }
            Ok(Place::There(owner)) => owner,
            Err(fault) => {
                tracing::error!(room = %id, %fault, "a room could not be opened");
                mailbox.close();
                registry.forget(id, generation);
                come_back(waiting);
                break;
            }
        };
        let Some(nodes) = registry.nodes() else { break }; // then no room is another's
        match Box::pin(relay::run(&registry, nodes, (id, owner), &mut mailbox, waiting)).await {
            After::Open(letters) => (waiting, take) = (letters, false),
            After::Take(letters) => (waiting, take) = (letters, true),
            After::Over => {
                mailbox.close();
                registry.forget(id, generation);
                break;
            }
        }
    }
    // Who came while the task was ending opens the room anew.
    come_back(drain(&mut mailbox).await);
}

fn come_back(letters: Vec<Letter>) {
    for letter in letters {
        if let Letter::Connected { lane, .. } = letter {
            lane.close(CloseCode::RoomRestarting, "");
        }
    }
}

/// A bug ends what one room was doing and nothing else; the lines do not notice by themselves that nobody reads their letters any more.
async fn unless_it_panics<T>(id: RoomId, doing: impl Future<Output = T>) -> Option<T> {
    let done = AssertUnwindSafe(doing).catch_unwind().await;
    if done.is_err() {
        tracing::error!(room = %id, "a bug ended a room's task; the room starts again from its journal");
    }
    done.ok()
}

async fn drain(mailbox: &mut mpsc::Receiver<Letter>) -> Vec<Letter> {
    let mut letters = Vec::new();
    while let Some(letter) = mailbox.recv().await {
        letters.push(letter);
    }
    letters
}

impl Task {
    /// Opens the room, or says who has it.
    async fn open(registry: Arc<Registry>, id: RoomId, claims: Claims) -> Result<Place, StoreFault> {
        let claim = match claims {
            Claims::Whoever => Claim::Mine(Box::new(nodes::take(&registry, id).await?)),
            Claims::Here => nodes::claim(&registry, id).await?,
            Claims::OrPlaces => nodes::claim_or_place(&registry, id).await?,
        };
        let opened = match claim {
            Claim::Mine(opened) => *opened,
            Claim::Theirs(owner) => return Ok(Place::There(owner)),
        };
        let epoch = opened.epoch;
        let place = Self::over(&registry, id, claims, opened).await;
        if place.is_err() {
            // Another node may be able to: one of a later release, say, that wrote what this one cannot read.
            nodes::given_back(&registry, id, epoch).await;
        }
        place
    }

    /// The room from its journal.
    async fn over(
        registry: &Arc<Registry>,
        id: RoomId,
        claims: Claims,
        mut opened: Opened,
    ) -> Result<Place, StoreFault> {
        let store = &registry.store;
        let (mut room, snapshot_at) = reading::rebuilt(store, &registry.packs, id, &registry.told, &mut opened).await?;
        if let Some(over) = room.leaves() {
            // Its end was written and nothing more: what was to be destroyed then is destroyed now.
            leaving::forget(store, id, opened.epoch, &over).await?;
            return Box::pin(Self::open(Arc::clone(registry), id, claims)).await;
        }
        sealing::open(store, id, room.sealed_fields_mut()).await?;
        let forgot_commands = opened.commands.len() >= crate::store::RECENT_COMMANDS;
        let mut task = Self {
            practice: opened.practice,
            epoch: opened.epoch,
            deadline: room.next_deadline(),
            noting: Noting::new(registry, opened.practice, &room, id),
            room,
            desk: Desk::default(),
            calls: Calls::default(),
            connections: BTreeMap::new(),
            recent: BTreeSet::new(),
            recent_order: VecDeque::new(),
            forgot_commands,
            snapshot_at: snapshot_at.unwrap_or(0),
            unseen: 0,
            unsaid: BTreeSet::new(),
            again_at: None,
            registry: Arc::clone(registry),
            id,
        };
        for known in opened.commands {
            task.remember((known.actor, known.command));
        }
        // After a crash nobody's line is up; a turn that ran stands still with the time it had.
        match task.is_written(&Input::Reopened).await {
            Ok(true) => Ok(Place::Here(Box::new(task))),
            Ok(false) | Err(_) => Err(StoreFault::Unavailable),
        }
    }

    /// Takes letters until the end: those of who waited for the room first.
    async fn work(&mut self, mailbox: &mut mpsc::Receiver<Letter>, waited: Vec<Letter>) -> End {
        let mut waited = waited.into_iter();
        while let Some(letter) = waited.next() {
            if let Err(end) = Box::pin(self.take(letter)).await {
                come_back(waited.collect());
                return end;
            }
        }
        let mut in_a_row = 0;
        loop {
            let letter = match mailbox.try_recv() {
                Ok(letter) => {
                    in_a_row += 1;
                    if in_a_row >= LETTERS_IN_A_ROW {
                        in_a_row = 0;
                        self.show().await; // answers wait for it
                        tokio::task::yield_now().await;
                    }
                    letter
                }
                Err(_) => {
                    in_a_row = 0;
                    self.show().await;
                    let wait = self.until_deadline();
                    tokio::select! {
                        letter = mailbox.recv() => match letter {
                            Some(letter) => letter,
                            None => return End::Idle,
                        },
                        () = tokio::time::sleep_until(wait.unwrap_or_else(far)), if wait.is_some() => {
                            if let Err(end) = Box::pin(self.time_passed()).await {
                                return end;
                            }
                            continue;
                        }
                        noticed = self.calls.noticed() => {
                            if let Err(end) = Box::pin(self.noticed(noticed)).await {
                                return end;
                            }
                            continue;
                        }
                        () = tokio::time::sleep(IDLE_ROOM), if self.connections.is_empty() => return End::Idle,
                    }
                }
            };
            let done = match letter {
                Letter::Signal { connection, kind } => {
                    self.signal(connection, kind).await;
                    Ok(())
                }
                other => Box::pin(self.take(other)).await,
            };
            if let Err(end) = done {
                return end;
            }
            if let Some(over) = self.room.leaves() {
                return End::NothingKept(over);
            }
            if self.unseen >= DECISIONS_PER_VIEW {
                self.show().await;
            }
        }
    }

    async fn take(&mut self, letter: Letter) -> Result<(), End> {
        match letter {
            Letter::Connected {
                connection, seat, lane, ..
            } => self.connected(connection, seat, lane).await,
            Letter::Gone { connection } => self.gone(connection).await,
            Letter::Act { connection, id, action } => self.act(connection, id, action).await,
            Letter::Note { connection, frame } => {
                self.note(connection, frame).await;
                Ok(())
            }
            Letter::Signal { connection, kind } => {
                self.signal(connection, kind).await;
                Ok(())
            }
            Letter::Media { connection, about } => {
                self.about_media(connection, about).await;
                Ok(())
            }
            Letter::Revoked { participant } => self.dismiss(participant).await,
            Letter::Look => {
                self.happens(&Input::Elapsed).await?;
                self.mark_visits().await;
                Ok(())
            }
            Letter::Erase(erasing) => self.erase(erasing).await,
            Letter::Lost { epoch } if epoch == self.epoch => Err(End::Fenced),
            Letter::Lost { .. } => Ok(()), // word of a task before this one
            Letter::Stop => Err(End::Stopped),
        }
    }

    fn until_deadline(&self) -> Option<Instant> {
        let wait = self.again_at.or(self.deadline)?.since(self.registry.clock.now());
        Some(Instant::now() + Duration::from_millis(wait))
    }

    fn moment(&self) -> Moment {
        let mut draw = [0u8; 8];
        // Without randomness a drawn order is merely not random; no rule draws secrets.
        let _ = getrandom::fill(&mut draw);
        Moment {
            at: self.registry.clock.now(),
            draw: u64::from_le_bytes(draw),
        }
    }
}

/// Why a commit did not go through.
enum Stop {
    Refused(Refusal),
    End(End),
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}
