//! The one task that touches a room.
//!
//! Decide; append; apply; show. Only then take the next letter. Memory never runs ahead of the disk: if the outcome of an append is
//! unknown the room is dropped and replayed by the next arrival; a fenced task falls silent at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use media::Spoken;
use protocol::wire::{
    Action, CloseCode, HeldSession, Refusal, RefusalCode, ServerMessage, SignalKind, SittingCount, WIRE_VERSION,
};
use protocol::{CommandId, ParticipantId, PracticeId, Role, RoomId, Timestamp};
use room::event::What;
use room::kept::end_a_session;
use room::limits::PLACE_KEPT_SECONDS;
use room::{Arrival, Audience, Effect, Event, Input, Moment, Outcome, Room, SealedText, SignalScope, Snapshot};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::calls::{About, Calls, Heard};
use super::desk::Desk;
use super::erasing::{self, ErasedHere, Erasing, NotErased};
use super::lane::{Lane, Out, View};
use super::limits::{
    AGAIN, DECISIONS_PER_VIEW, HEARTBEAT, IDLE_ROOM, LETTERS_IN_A_ROW, MAX_LINES_PER_PERSON, RECENT_COMMANDS,
    SNAPSHOT_EVERY, spread,
};
use super::noting::{self, Noting};
use super::registry::Registry;
use super::relay::{self, After};
use super::{Seat, leaving, nodes, reading, sealing};
use crate::audit::ActionKind;
use crate::looks;
use crate::store::{Append, AppendError, Appended, Claim, NewEvent, NodeId, StoreFault};

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
    let (mut waiting, mut take) = (Vec::new(), false);
    loop {
        // Boxed, here and below: what is done now and then must not lie in memory as long as the room does.
        let opened = Box::pin(unless_it_panics(id, Task::open(Arc::clone(&registry), id, take))).await;
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
    /// Opens the room, or says who has it; with `take` it is opened whoever has it.
    async fn open(registry: Arc<Registry>, id: RoomId, take: bool) -> Result<Place, StoreFault> {
        let store = &registry.store;
        let claim = if take {
            Claim::Mine(Box::new(nodes::take(&registry, id).await?))
        } else {
            nodes::claim(&registry, id).await?
        };
        let mut opened = match claim {
            Claim::Mine(opened) => *opened,
            Claim::Theirs(owner) => return Ok(Place::There(owner)),
        };
        let (mut room, snapshot_at) = reading::rebuilt(store, &registry.packs, id, &registry.told, &mut opened).await?;
        if let Some(over) = room.leaves() {
            // Its end was written and nothing more: what was to be destroyed then is destroyed now.
            leaving::forget(store, id, opened.epoch, &over).await?;
            return Box::pin(Self::open(registry, id, take)).await;
        }
        sealing::open(store, id, room.sealed_fields_mut()).await?;
        let forgot_commands = opened.commands.len() >= crate::store::RECENT_COMMANDS;
        let mut task = Self {
            practice: opened.practice,
            epoch: opened.epoch,
            deadline: room.next_deadline(),
            noting: Noting::new(&registry, opened.practice, &room, id),
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
            registry: Arc::clone(&registry),
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

    // --- lines ---

    async fn connected(&mut self, connection: u64, seat: Seat, lane: Lane) -> Result<(), End> {
        let participant = seat.participant;
        let mine: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, c)| c.participant == participant)
            .map(|(&n, _)| n)
            .collect();
        if mine.len() >= MAX_LINES_PER_PERSON
            && let Some(&oldest) = mine.first()
        {
            self.close_one(oldest, CloseCode::TooManyConnections).await;
            self.desk.gone(oldest).await;
        }
        let welcome = ServerMessage::Welcome {
            wire: WIRE_VERSION,
            room: self.id,
            you: participant,
            now: self.registry.clock.now(),
            heartbeat_seconds: u32::try_from(HEARTBEAT.as_secs()).unwrap_or(u32::MAX),
            media: self.registry.media.is_some(),
            media_phone: self.registry.told.media_phone.clone(),
        };
        let _ = lane.say(&welcome);
        let name = SealedText::fresh(participant, seat.name.expose());
        let arrival = Input::Arrived(Arrival {
            participant,
            role: seat.role,
            name,
            let_in: seat.let_in,
        });
        let line = Connection {
            participant,
            lane,
            shown: None,
            holds: false,
        };
        self.connections.insert(connection, line);
        match self.room.decide(self.moment(), &arrival) {
            Ok(outcome) => match self.commit(outcome, None).await {
                Ok(_) => {}
                Err(Stop::Refused(_)) => self.close_one(connection, CloseCode::RoomRestarting).await,
                Err(Stop::End(end)) => return Err(end),
            },
            Err(_) => self.close_one(connection, CloseCode::Removed).await, // the room is full
        }
        self.unseen += 1;
        Ok(())
    }

    async fn close_one(&mut self, connection: u64, code: CloseCode) {
        self.noting.gone(connection);
        if let Some(gone) = self.connections.remove(&connection) {
            self.calls.gone(self.registry.media.as_ref(), connection).await;
            gone.lane.close(code, "");
        }
    }

    async fn gone(&mut self, connection: u64) -> Result<(), End> {
        self.noting.gone(connection);
        let Some(gone) = self.connections.remove(&connection) else {
            return Ok(());
        };
        self.calls.gone(self.registry.media.as_ref(), connection).await;
        self.desk.gone(connection).await;
        self.line_down(gone.participant).await
    }

    async fn line_down(&mut self, participant: ParticipantId) -> Result<(), End> {
        let lines = self
            .connections
            .values()
            .filter(|c| c.participant == participant)
            .count();
        let lines_left = u16::try_from(lines).unwrap_or(u16::MAX);
        self.happens(&Input::Left {
            participant,
            lines_left,
        })
        .await
    }

    /// Closes all of somebody's lines and lets the room know that they are away.
    async fn dismiss(&mut self, participant: ParticipantId) -> Result<(), End> {
        let theirs: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, c)| c.participant == participant)
            .map(|(&n, _)| n)
            .collect();
        for connection in theirs {
            self.close_one(connection, CloseCode::Removed).await;
            self.desk.gone(connection).await;
        }
        self.line_down(participant).await
    }

    // --- inputs ---

    /// Something that nobody waits for an answer to. Without space on the disk it waits and reading goes on; it is not forgotten.
    async fn happens(&mut self, input: &Input) -> Result<(), End> {
        if !self.is_written(input).await? {
            if let Input::Left { participant, .. } = input {
                self.unsaid.insert(*participant);
            }
            self.again_at = Some(self.registry.clock.now().plus_seconds(AGAIN.as_secs()));
        }
        Ok(())
    }

    /// Lets something happen; `false` if the store cannot take it just now.
    async fn is_written(&mut self, input: &Input) -> Result<bool, End> {
        match self.room.decide(self.moment(), input) {
            Ok(outcome) => match self.commit(outcome, None).await {
                Ok(_) => Ok(true),
                Err(Stop::Refused(_)) => Ok(false),
                Err(Stop::End(end)) => Err(end),
            },
            Err(refusal) => {
                tracing::error!(room = %self.id, code = ?refusal.code, "the room refused what simply happened");
                Ok(true)
            }
        }
    }

    /// A deadline may have come, or it is time to try again.
    async fn time_passed(&mut self) -> Result<(), End> {
        self.again_at = None;
        for participant in std::mem::take(&mut self.unsaid) {
            self.line_down(participant).await?; // who is back meanwhile has a line up, and nothing happened
        }
        self.happens(&Input::Elapsed).await
    }

    /// Everything the room does is decided as ever; what it keeps is then written anew without them.
    async fn erase(&mut self, erasing: Erasing) -> Result<(), End> {
        let Erasing {
            participant,
            by,
            answer,
        } = erasing;
        let decided = self.room.decide(self.moment(), &Input::Erase { participant, by });
        let erased = match decided {
            Err(_) => Err(NotErased::Leads),
            Ok(outcome) => match self.commit(outcome, None).await {
                Ok(()) => self.written_anew_without(participant).await,
                Err(Stop::Refused(_)) => Err(NotErased::Unavailable),
                Err(Stop::End(end)) => return Err(end), // whoever asked hears that nobody answers, and asks again
            },
        };
        self.unseen += 1;
        self.show().await;
        let _ = answer.send(erased); // whoever asked may be gone; the erasure is not
        Ok(())
    }

    async fn written_anew_without(&mut self, participant: ParticipantId) -> Result<ErasedHere, NotErased> {
        let (place, upto) = ((self.id, self.epoch), self.room.state().seq);
        let emptied = erasing::empty(&self.registry.store, place, participant, upto).await?;
        let (store, id, epoch, seq, bytes) = self.snapshot();
        match store.snapshot(id, epoch, seq, &bytes).await {
            Ok(()) => Ok(emptied),
            Err(_) => Err(NotErased::Unavailable),
        }
    }

    async fn act(&mut self, connection: u64, id: CommandId, action: Action) -> Result<(), End> {
        let Some(Connection { participant, lane, .. }) = self.connections.get(&connection) else {
            return Ok(());
        };
        let (by, lane) = (*participant, lane.clone());
        let answer = if self.recent.contains(&(by, id)) {
            Ok(())
        } else if !self.registry.may_acknowledge() {
            // Another owner may have accepted this very command meanwhile: neither yes nor no would be known to be true.
            lane.close(CloseCode::Moved, "");
            return Ok(());
        } else {
            let looks = self.is_no_look_alike(by, &action);
            let another_sitting = matches!(action, Action::StartSession | Action::EndSession);
            let input = Input::Act { by, action };
            let mut judged = self.room.decide(self.moment(), &input);
            if another_sitting && judged.is_ok() {
                Box::pin(self.voices_are_written()).await?; // what was heard until now belongs to what was until now
                judged = self.room.decide(self.moment(), &input);
            }
            match judged.and_then(|outcome| looks.map(|()| outcome)) {
                Ok(outcome) => match self.commit(outcome, Some((by, id))).await {
                    Ok(()) => Ok(()),
                    Err(Stop::Refused(refusal)) => Err(refusal),
                    Err(Stop::End(end)) => return Err(end),
                },
                Err(refusal) if self.was_accepted_long_ago(by, id).await => {
                    tracing::debug!(room = %self.id, code = ?refusal.code, "an old command was asked again");
                    Ok(())
                }
                Err(refusal) => Err(self.noted_refusal(by, &input, refusal).await),
            }
        };
        // Where the room stands now: a place in the journal would tell how much happened in private.
        let seq = self.room.state().seq_for(by);
        let answer = match answer {
            Ok(()) => ServerMessage::Accepted { id, seq },
            Err(refusal) => ServerMessage::Refused { id: Some(id), refusal },
        };
        let _ = match self.connections.get_mut(&connection).filter(|_| self.unseen > 0) {
            // What it led to is shown in a moment, and both leave together.
            Some(shown_soon) => {
                shown_soon.holds = true;
                lane.hold(&answer)
            }
            None => lane.say(&answer),
        };
        Ok(())
    }

    /// A refusal that is about who somebody is stands in the audit book before they hear it.
    async fn noted_refusal(&self, by: ParticipantId, input: &Input, refusal: Refusal) -> Refusal {
        let Input::Act { action, .. } = input else {
            return refusal;
        };
        if !noting::is_denial(refusal.code) {
            return refusal;
        }
        match Box::pin(self.noting.refused(by, noting::kind_of(action), refusal.code)).await {
            code if code == refusal.code => refusal,
            unavailable => unavailable.into(),
        }
    }

    /// That those who lead are about to read something about single people is noted.
    async fn note_what_is_read(&mut self) {
        let leads = |(&line, connection): (&u64, &Connection)| {
            let who = connection.participant;
            matches!(self.room.audience_of(who), Audience::Leaders(_)).then_some((line, who))
        };
        let leaders: BTreeMap<u64, ParticipantId> = self.connections.iter().filter_map(leads).collect();
        if !leaders.is_empty() {
            Box::pin(self.noting.leaders_read(&self.room, &leaders)).await;
        }
    }

    /// Pronouns stand beside a name and must not pass for one, nor for a role. The room does not know what letters look like.
    fn is_no_look_alike(&self, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
        let Action::DescribeMyself {
            pronouns: Some(pronouns),
            ..
        } = action
        else {
            return Ok(());
        };
        // At the door the answer would tell who belongs to the group.
        let is_in = self.room.admitted_role(by).is_some();
        let others = self.room.state().roster.iter().filter(|(who, _)| is_in && *who != by);
        if looks::is_a_role(pronouns) || looks::is_taken(pronouns, others.filter_map(|(_, person)| person.name.text()))
        {
            return Err(RefusalCode::BadText.into());
        }
        Ok(())
    }

    /// Whether this is a retry of a command so old that only the journal remembers it.
    async fn was_accepted_long_ago(&self, by: ParticipantId, id: CommandId) -> bool {
        self.forgot_commands && matches!(self.registry.store.command_seq(self.id, by, id).await, Ok(Some(_)))
    }

    async fn note(&mut self, connection: u64, frame: Bytes) {
        if let Some(Connection { participant, lane, .. }) = self.connections.get(&connection) {
            let who = (connection, *participant, lane);
            let place = (&self.registry.store, self.id, self.epoch);
            self.desk.frame(place, (&self.room, &mut self.noting), who, frame).await;
        }
    }

    async fn about_media(&mut self, connection: u64, about: About) {
        let Some(Connection { participant, lane, .. }) = self.connections.get(&connection) else {
            return;
        };
        let who = (connection, *participant, lane.clone());
        if about.wants_in() && !self.room.hearing().contains_key(participant) {
            let code = self
                .noting
                .refused(*participant, ActionKind::MEDIA, RefusalCode::NotAdmitted)
                .await;
            let _ = lane.say(&ServerMessage::MediaRefused { refusal: code.into() });
            return;
        }
        let here = (self.id, &self.room);
        let registry = &self.registry;
        let house = (
            registry.media.as_ref(),
            registry.told.relays.as_ref(),
            registry.clock.now(),
        );
        self.calls.hears(house, here, who, about).await;
    }

    async fn noticed(&mut self, noticed: (ParticipantId, Spoken)) -> Result<(), End> {
        match self.calls.takes(&self.room, noticed) {
            Heard::Tries(participant) => {
                let frame = Out::Text(written(&ServerMessage::TryingToSpeak { participant }).into());
                for other in self.connections.values() {
                    let leads = matches!(self.room.audience_of(other.participant), Audience::Leaders(_));
                    if leads || other.participant == participant {
                        let _ = other.lane.send(frame.clone());
                    }
                }
                Ok(())
            }
            Heard::Enough => self.voices_are_written().await,
            Heard::Nothing => Ok(()),
        }
    }

    /// Talk time goes into the journal.
    async fn voices_are_written(&mut self) -> Result<(), End> {
        match self.calls.spoken() {
            Some(heard) => {
                let input = Input::VoicesHeard { heard: heard.clone() };
                if !self.is_written(&input).await? {
                    self.calls.unwritten(heard);
                }
                Ok(())
            }
            None => Ok(()),
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

    async fn signal(&self, connection: u64, kind: SignalKind) {
        let Some(sender) = self.connections.get(&connection) else {
            return;
        };
        let from = sender.participant;
        match self.room.signal(from, kind) {
            Ok(scope) => {
                let sign = ServerMessage::Signal { from, kind };
                let frame = Out::Text(written(&sign).into());
                for other in self.connections.values() {
                    let sees = match (scope, self.room.audience_of(other.participant)) {
                        (SignalScope::Circle(id), Audience::Circle(theirs) | Audience::Leaders(theirs)) => id == theirs,
                        (SignalScope::Leaders, Audience::Leaders(_)) => true,
                        (SignalScope::Leaders, Audience::Circle(_)) | (_, Audience::Waiting) => false,
                    };
                    if sees {
                        let _ = other.lane.send(frame.clone());
                    }
                }
            }
            Err(refusal) => {
                let noted = self.noting.refused(from, ActionKind::SIGNAL, refusal.code);
                let refusal = match Box::pin(noted).await {
                    code if code == refusal.code => refusal,
                    unavailable => unavailable.into(),
                };
                let _ = sender.lane.say(&ServerMessage::Refused { id: None, refusal });
            }
        }
    }

    // --- decide, append, apply ---

    /// Makes an outcome durable, then applies it.
    async fn commit(&mut self, mut outcome: Outcome, command: Option<(ParticipantId, CommandId)>) -> Result<(), Stop> {
        let unavailable = || Stop::Refused(RefusalCode::Unavailable.into());
        if !outcome.effects.is_empty() && !self.registry.may_acknowledge() {
            return Err(Stop::End(End::Fenced)); // what is destroyed before the fence is asked must be this owner's to destroy
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
        if super::mutants::before_append(asker, &append).await == Err(AppendError::Unavailable) {
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
            Err(AppendError::Fenced) if super::mutants::is("ack_when_fenced") => Ok(()),
            Err(AppendError::Fenced) => Err(Stop::End(End::Fenced)),
            Err(AppendError::Unknown) => Err(Stop::End(End::Replay)),
        }
    }

    /// Whether this room is to be looked at again, and when. A mark too many opens the room once in vain.
    async fn mark_visits(&self) {
        let store = &self.registry.store;
        let marked = match self.room.forgets_places_at() {
            Some(at) => store.visiting(self.id, at).await,
            None => store.all_gone(self.id).await,
        };
        if let Err(fault) = marked {
            tracing::warn!(room = %self.id, %fault, "a room's mark of known places is not up to date");
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

    fn remember(&mut self, command: (ParticipantId, CommandId)) {
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

    fn snapshot(&mut self) -> (crate::store::Store, RoomId, u64, u64, Vec<u8>) {
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

    // --- show ---

    /// Shows the room as it is to everybody for whom it looks different now: one text per audience, one per person. Whoever sees no
    /// change hears nothing, or the very fact of a view would tell them that something happened.
    async fn show(&mut self) {
        if self.unseen == 0 {
            return;
        }
        self.note_what_is_read().await;
        self.unseen = 0;
        let mut shared: BTreeMap<u64, Bytes> = BTreeMap::new();
        for connection in self.connections.values_mut() {
            // Nobody is somebody whom the room does not know yet: the arrival is on its way.
            let screen = self.room.screen(connection.participant);
            let shown = screen.as_ref().map(|screen| (screen.shared, screen.own));
            let holds = std::mem::take(&mut connection.holds);
            if let Some(screen) = screen.filter(|_| connection.shown != shown) {
                connection.shown = shown;
                let shared = shared.entry(screen.shared);
                let shared = shared.or_insert_with(|| self.room.shared_text(&screen).into());
                connection.lane.show(View {
                    shared: shared.clone(),
                    own: self.room.own_text(connection.participant),
                });
            } else if holds {
                connection.lane.let_go();
            }
        }
        super::writer::clears_the_desk();
    }

    // --- the end ---

    async fn say_goodbye(&mut self, end: End) {
        for connection in self.connections.values().filter(|connection| connection.holds) {
            connection.lane.let_go(); // what was decided is answered, whatever else does not come
        }
        if matches!(end, End::Idle | End::Stopped) {
            let _ = Box::pin(self.voices_are_written()).await; // the room ends either way
        }
        self.calls.close(self.registry.media.as_ref(), self.id).await;
        self.desk.close().await;
        nodes::lets_go(&self.registry, self.id, self.epoch);
        match end {
            End::Idle | End::Stopped => {
                // Before anybody is told to come back: they may come back on another node.
                nodes::given_back(&self.registry, self.id, self.epoch).await;
                if matches!(end, End::Stopped) {
                    let people = self.connections.len();
                    for (n, connection) in self.connections.values().enumerate() {
                        connection
                            .lane
                            .close(CloseCode::Restarting, spread(n, people).to_string());
                    }
                }
                // Nobody waits for it: many rooms stop at once. Where another node has the room by now it is refused, and nothing is lost.
                if self.room.state().seq > self.snapshot_at {
                    let (store, id, epoch, seq, bytes) = self.snapshot();
                    if let Err(why) = store.snapshot(id, epoch, seq, &bytes).await {
                        tracing::warn!(room = %id, %why, "a snapshot was not kept");
                    }
                }
            }
            End::NothingKept(over) => self.forget(&over).await,
            End::Fenced => self.close_all(CloseCode::Moved),
            End::Replay => self.close_all(CloseCode::RoomRestarting),
        }
    }

    /// Destroys what was written here, and only then tells people so.
    async fn forget(&self, over: &HeldSession) {
        if let Err(fault) = leaving::forget(&self.registry.store, self.id, self.epoch, over).await {
            tracing::warn!(room = %self.id, %fault, "a sitting could not be forgotten yet");
            return self.close_all(CloseCode::RoomRestarting); // whoever comes back lets it be tried again
        }
        let count = SittingCount::of(over);
        for connection in self.connections.values() {
            let leads = self.room.admitted_role(connection.participant) == Some(Role::Facilitator);
            let _ = connection.lane.say(&ServerMessage::NothingKept {
                count: leads.then_some(count),
            });
            connection.lane.close(CloseCode::NothingKept, "");
        }
    }

    fn close_all(&self, code: CloseCode) {
        for connection in self.connections.values() {
            connection.lane.close(code, "");
        }
    }
}

/// Why a commit did not go through.
enum Stop {
    Refused(Refusal),
    End(End),
}

fn written(message: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("a message of plain data can be written")
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}
