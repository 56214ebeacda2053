//! A room that another node owns: this node's end of it, for those whose sockets stand here.
//!
//! It takes the same letters as a room's task and knows no rule. When the owner falls silent the database is asked who has the room: as long as
//! the owner's lease runs, people wait; when it is over, the room is opened here, with those who wait.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use protocol::RoomId;
use protocol::wire::CloseCode;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::Seat;
use super::lane::{Closing, Lane, Out, View};
use super::nodes::{FromOwner, Nodes};
use super::registry::Registry;
use super::remote;
use super::room_task::{From, Letter as ForRoom};
use crate::cluster::letter::{Letter, LineId, Who};
use crate::cluster::limits::{BEAT, DOUBT, OWNER_SILENCE, RELAY_INBOX, SEEK, SEEK_FOR};
use crate::cluster::line::{Does, Down, Newest, RelayEnd, Sent};
use crate::store::NodeId;

/// What is to be done when a relay ends.
pub(super) enum After {
    /// Nobody owns the room: it is opened here, and these are told to it first.
    Open(Vec<ForRoom>),
    /// It must be opened here, whoever owns it.
    Take(Vec<ForRoom>),
    /// Nobody is here any more.
    Over,
}

/// Carries for everybody here until the owner or everybody is gone.
pub(super) async fn run(
    registry: &Arc<Registry>,
    nodes: &Arc<Nodes>,
    (id, owner): (RoomId, NodeId),
    mailbox: &mut mpsc::Receiver<ForRoom>,
    waiting: Vec<ForRoom>,
) -> After {
    let (inbox, heard) = mpsc::channel(RELAY_INBOX);
    nodes.relays(id, inbox);
    let mut relay = Relay {
        registry,
        nodes,
        id,
        owner,
        lines: BTreeMap::new(),
        beat: 0,
        answers: Newest::default(),
        heard_at: Instant::now(),
    };
    let after = relay.carries(mailbox, heard, waiting).await;
    nodes.relays_no_more(id);
    after
}

struct Line {
    id: LineId,
    seat: Seat,
    lane: Lane,
    end: RelayEnd<Out, Closing>,
    since: Instant,
}

struct Relay<'a> {
    registry: &'a Arc<Registry>,
    nodes: &'a Arc<Nodes>,
    id: RoomId,
    owner: NodeId,
    lines: BTreeMap<u64, Line>,
    beat: u64,
    answers: Newest,
    heard_at: Instant,
}

impl Relay<'_> {
    async fn carries(
        &mut self,
        mailbox: &mut mpsc::Receiver<ForRoom>,
        mut heard: mpsc::Receiver<FromOwner>,
        waiting: Vec<ForRoom>,
    ) -> After {
        for letter in waiting {
            if let Some(after) = self.takes(letter) {
                return after;
            }
        }
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seek = tokio::time::interval(SEEK);
        seek.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The letter that this began with is on its way.
        if self.lines.is_empty()
            && let Ok(Some(letter)) = timeout(BEAT, mailbox.recv()).await
            && let Some(after) = self.takes(letter)
        {
            return after;
        }
        loop {
            if self.lines.is_empty() {
                // Who comes next asks anew whose room it is. What waits in the mailbox may be somebody.
                match mailbox.try_recv() {
                    Ok(letter) => {
                        if let Some(after) = self.takes(letter) {
                            return after;
                        }
                        continue;
                    }
                    Err(_) => return After::Over,
                }
            }
            tokio::select! {
                letter = mailbox.recv() => match letter {
                    Some(letter) => if let Some(after) = self.takes(letter) {
                        return after;
                    }
                    None => return After::Over,
                },
                Some((from, letter)) = heard.recv() => if from == self.owner {
                    self.hears(letter);
                },
                _ = beat.tick() => self.beats(),
                _ = seek.tick(), if self.heard_at.elapsed() > DOUBT => if let Some(after) = self.seeks().await {
                    return after;
                },
            }
        }
    }

    fn says(&self, letter: &Letter) {
        self.nodes.cluster.says(self.owner, letter);
    }

    /// A letter of somebody here.
    fn takes(&mut self, letter: ForRoom) -> Option<After> {
        match letter {
            ForRoom::Connected {
                lane,
                from: From::AnotherNode,
                ..
            } => lane.close(CloseCode::Moved, ""), // that node takes us for the owner; it asks again
            ForRoom::Connected {
                connection, seat, lane, ..
            } => self.comes_in(connection, seat, lane),
            ForRoom::Gone { connection } => self.ends(connection),
            ForRoom::Act { connection, .. }
            | ForRoom::Note { connection, .. }
            | ForRoom::Signal { connection, .. }
            | ForRoom::Media { connection, .. } => self.passes_on(connection, letter),
            ForRoom::Erase(_) => {
                // Rare, and what it writes must be written here, beside the root key: the room comes to it.
                self.close_all(CloseCode::Moved);
                return Some(After::Take(vec![letter]));
            }
            ForRoom::Stop => {
                self.stops();
                return Some(After::Over);
            }
            ForRoom::Revoked { .. } | ForRoom::Look | ForRoom::Lost { .. } => {} // the owner's to hear, and it does
        }
        None
    }

    fn comes_in(&mut self, connection: u64, seat: Seat, lane: Lane) {
        let line = Line {
            id: self.nodes.cluster.opens_line(),
            seat,
            lane,
            end: RelayEnd::default(),
            since: Instant::now(),
        };
        if self.lines.is_empty() {
            self.heard_at = Instant::now(); // an owner from whom nothing was wanted was not silent
        }
        self.says(&hello(self.id, &line));
        self.lines.insert(connection, line);
    }

    fn passes_on(&mut self, connection: u64, letter: ForRoom) {
        let owner = self.owner;
        let Some(line) = self.lines.get_mut(&connection) else {
            return;
        };
        if let Some((is_note, bytes)) = remote::written(letter) {
            let said = Letter::Says {
                line: line.id,
                number: line.end.says(),
                is_note,
                bytes,
            };
            self.nodes.cluster.says(owner, &said);
        }
    }

    /// A line is down, on whichever side.
    fn ends(&mut self, connection: u64) {
        if let Some(line) = self.lines.remove(&connection) {
            self.says(&Letter::Gone { line: line.id });
        }
    }

    fn close(&mut self, connection: u64, code: CloseCode, reason: String) {
        if let Some(line) = self.lines.get(&connection) {
            line.lane.close(code, reason);
        }
        self.ends(connection);
    }

    fn close_all(&mut self, code: CloseCode) {
        for connection in self.lines.keys().copied().collect::<Vec<_>>() {
            self.close(connection, code, String::new());
        }
    }

    /// A planned restart of this node: everybody is told when to come back, wherever that leads them.
    fn stops(&mut self) {
        let all: Vec<u64> = self.lines.keys().copied().collect();
        let people = all.len();
        for (n, connection) in all.into_iter().enumerate() {
            let after = self.registry.comes_back_after(n, people);
            self.close(connection, CloseCode::Restarting, after.to_string());
        }
    }

    fn beats(&mut self) {
        self.beat += 1;
        let unknown = self.lines.values().filter(|line| !line.end.is_known());
        for line in unknown {
            self.says(&hello(self.id, line)); // lost, or the owner has just begun
        }
        let said = self.lines.values().map(|line| (line.id, line.end.said())).collect();
        self.says(&Letter::Beat {
            room: self.id,
            number: self.beat,
            said,
        });
    }

    /// The owner says something.
    fn hears(&mut self, letter: Letter) {
        match letter {
            Letter::Answer { number, sent, .. } if self.answers.is(number) => {
                self.heard_at = Instant::now();
                self.judges(&sent);
            }
            Letter::Frame {
                line,
                number,
                is_note,
                bytes,
                ..
            } => {
                let frame = if is_note { Out::Note(bytes) } else { Out::Text(bytes) };
                self.comes_down(line, Down::Frame { number, frame });
            }
            Letter::View {
                line,
                number,
                shared,
                bytes,
                ..
            } => self.comes_down(
                line,
                Down::View {
                    number,
                    view: view(shared, &bytes),
                },
            ),
            Letter::Close {
                line,
                ordered,
                views,
                goodbye,
                ..
            } => {
                let closing = Closing {
                    code: goodbye.code(),
                    reason: goodbye.reason,
                };
                let after = Sent { ordered, views };
                self.comes_down(line, Down::Close { after, closing });
            }
            _ => {}
        }
    }

    fn comes_down(&mut self, line: LineId, down: Down<Out, View, Closing>) {
        let Some((&connection, line)) = self.lines.iter_mut().find(|(_, known)| known.id == line) else {
            return;
        };
        for done in line.end.hears(down) {
            self.does(connection, done);
        }
    }

    fn judges(&mut self, sent: &[(LineId, u64, u64)]) {
        let sent: BTreeMap<LineId, Sent> = sent
            .iter()
            .map(|&(line, ordered, views)| (line, Sent { ordered, views }))
            .collect();
        let mut todo = Vec::new();
        for (&connection, line) in &mut self.lines {
            if let Some(done) = line.end.judges(sent.get(&line.id).copied()) {
                todo.push((connection, done));
            }
        }
        for (connection, done) in todo {
            self.does(connection, done);
        }
    }

    fn does(&mut self, connection: u64, done: Does<Out, View, Closing>) {
        let Some(line) = self.lines.get(&connection) else {
            return;
        };
        match done {
            Does::Says(frame) => drop(line.lane.send(frame)), // a full lane closes its line
            Does::Shows(view) => line.lane.show(view),
            Does::Closes(closing) => self.close(connection, closing.code, closing.reason),
            Does::GivesUp => self.close(connection, CloseCode::TooSlow, String::new()),
            Does::AsksAgain => self.says(&Letter::Again { line: line.id }),
        }
    }

    /// The owner is silent. Who has the room?
    async fn seeks(&mut self) -> Option<After> {
        let asked = timeout(BEAT, self.registry.store.owner_of(self.id)).await;
        match asked {
            Ok(Ok(Some(owner))) if owner == self.owner => {}
            // It may be this very node, whose task for it has ended.
            Ok(Ok(Some(owner))) if owner != self.nodes.cluster.node() => {
                self.turns_to(owner);
                return None;
            }
            Ok(Ok(_)) => {
                tracing::info!(room = %self.id, owner = %self.owner, "the owner of a room is gone");
                return Some(After::Open(self.those_who_wait()));
            }
            Ok(Err(_)) | Err(_) => {} // the database is silent, too
        }
        let silent = self.heard_at.elapsed() > OWNER_SILENCE;
        let late = |line: &Line| {
            let known = line.end.is_known();
            (known && silent) || (!known && line.since.elapsed() > SEEK_FOR)
        };
        let late: Vec<u64> = self
            .lines
            .iter()
            .filter(|(_, line)| late(line))
            .map(|(&n, _)| n)
            .collect();
        for connection in late {
            self.close(connection, CloseCode::Moved, String::new());
        }
        None
    }

    /// Another node has the room by now: those who were in it with the last owner come back, those who wait go on waiting.
    fn turns_to(&mut self, owner: NodeId) {
        let waiting = self.those_who_wait();
        self.owner = owner;
        self.answers = Newest::default();
        self.heard_at = Instant::now();
        for letter in waiting {
            let _ = self.takes(letter); // nobody but those who come in
        }
    }

    /// Whoever has heard nothing of the last owner can go to the next one as if nothing had been; everybody else comes back.
    fn those_who_wait(&mut self) -> Vec<ForRoom> {
        let mut waiting = Vec::new();
        for (connection, line) in std::mem::take(&mut self.lines) {
            self.says(&Letter::Gone { line: line.id });
            if line.end.is_known() || line.end.said() > 0 {
                line.lane.close(CloseCode::Moved, "");
            } else {
                waiting.push(ForRoom::Connected {
                    connection,
                    seat: line.seat,
                    lane: line.lane,
                    from: From::Here,
                });
            }
        }
        waiting
    }
}

fn hello(room: RoomId, line: &Line) -> Letter {
    let seat = &line.seat;
    Letter::Hello {
        line: line.id,
        room,
        who: Who {
            participant: seat.participant,
            role: seat.role,
            name: seat.name.clone(),
            let_in: seat.let_in,
        },
    }
}

fn view(shared: u32, bytes: &Bytes) -> View {
    let at = (shared as usize).min(bytes.len());
    View {
        shared: bytes.slice(..at),
        own: [bytes[at..].into(), [].into()],
    }
}
