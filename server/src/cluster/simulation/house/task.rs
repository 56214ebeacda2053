//! A room's task: it opens the room here or finds whose it is, decides, appends, applies, shows.

use super::*;

impl Story {
    pub(super) fn opens(
        &mut self,
        n: usize,
        (room, generation): (usize, u64),
        waiting: Vec<Letter>,
        take: bool,
    ) -> Stage {
        let from_here = |letter: &Letter| {
            matches!(
                letter,
                Letter::Connected {
                    way: Way::Socket(_),
                    ..
                }
            )
        };
        let asker = Asker::Room(room, generation);
        let mut settling = false;
        if take {
            self.asks(n, asker, Question::Free(room));
        } else if waiting.iter().all(from_here) && self.hears_the_bus(n) {
            self.asks(n, asker, Question::OwnerOf(room));
        } else {
            settling = self.claims(n, room, generation);
        }
        Stage::Opening {
            waiting,
            take,
            settling,
            mine: None,
        }
    }

    /// Asks for the room; whether it waits until its own lease is renewed.
    pub(super) fn claims(&mut self, n: usize, room: usize, generation: u64) -> bool {
        if self.holds(n) {
            let clock = u64::try_from(self.own_clock(n).max(0)).unwrap();
            self.asks(n, Asker::Room(room, generation), Question::Claim(room, clock));
            return false;
        }
        self.at(2 * ms(BEAT), Event::Node(n, Here::Settled(room, generation)));
        true
    }

    pub(super) fn settles(&mut self, n: usize, room: usize, only: Option<u64>) {
        let clock = u64::try_from(self.own_clock(n).max(0)).unwrap();
        let Some(task) = self.nodes[n].tasks.get_mut(&room) else {
            return;
        };
        let generation = task.generation;
        if let Stage::Opening { settling, .. } = &mut task.stage
            && *settling
            && only.is_none_or(|only| only == generation)
        {
            *settling = false;
            self.asks(n, Asker::Room(room, generation), Question::Claim(room, clock));
        }
    }

    pub(super) fn room_answered(&mut self, n: usize, room: usize, generation: u64, question: Question, answer: Answer) {
        let Some(mut task) = self.nodes[n].tasks.remove(&room) else {
            return;
        };
        if task.generation != generation {
            self.nodes[n].tasks.insert(room, task);
            return;
        }
        let goes_on = match &mut task.stage {
            Stage::Opening { .. } => self.opening_answered(n, room, &mut task, question, answer),
            Stage::Here(owner) => match self.owner_answered(n, room, owner, &question, answer) {
                Ok(()) => true,
                Err(end) => {
                    self.owner_ends(n, room, owner, &end);
                    false
                }
            },
            Stage::There(_) => true,
        };
        if goes_on {
            self.nodes[n].tasks.insert(room, task);
            return self.works(n, room);
        }
        for letter in task.mailbox {
            self.come_back(n, letter);
        }
    }

    pub(super) fn opening_answered(
        &mut self,
        n: usize,
        room: usize,
        task: &mut Task,
        question: Question,
        answer: Answer,
    ) -> bool {
        let generation = task.generation;
        let Stage::Opening {
            waiting,
            take,
            settling,
            mine,
        } = &mut task.stage
        else {
            return true;
        };
        let asker = Asker::Room(room, generation);
        match (question, answer) {
            (Question::OwnerOf(_), Answer::Owner(None)) => self.asks(n, asker, Question::Loads),
            (Question::Loads, Answer::Loads(loads)) => match place(id(n), &loads) {
                there if there == id(n) => *settling = self.claims(n, room, generation),
                there => self.asks(n, asker, Question::Place(room, there)),
            },
            (Question::Place(_, owner), Answer::Placed(true)) | (_, Answer::Theirs(owner)) if !*take => {
                for letter in std::mem::take(waiting).into_iter().rev() {
                    task.mailbox.push_front(letter);
                }
                let (lines, answers) = (BTreeMap::new(), Newest::default());
                let relay = Relay {
                    owner,
                    lines,
                    beat: 0,
                    answers,
                    heard_at: self.now,
                    asks: false,
                };
                task.stage = Stage::There(relay);
            }
            (_, Answer::Owner(Some(_)) | Answer::Placed(false) | Answer::Done) => {
                *settling = self.claims(n, room, generation);
            }
            (_, Answer::Mine(epoch, state, commands)) => {
                self.nodes[n].owned.insert(room, epoch);
                let (what, after) = (What::Reopened, state.seq);
                let forgot = commands.len() >= self.recent;
                let (recent, lines) = (commands.into(), BTreeMap::new());
                *mine = Some(Owner {
                    since: self.now,
                    epoch,
                    state,
                    recent,
                    forgot,
                    lines,
                    doing: None,
                });
                self.asks(
                    n,
                    asker,
                    Question::Append {
                        room,
                        epoch,
                        after,
                        what,
                    },
                );
            }
            (_, Answer::Committed) if mine.is_some() => {
                for letter in std::mem::take(waiting).into_iter().rev() {
                    task.mailbox.push_front(letter);
                }
                let mut owner = mine.take().unwrap();
                owner.state.apply(What::Reopened);
                self.remembers(n, room, owner.state);
                task.stage = Stage::Here(owner);
            }
            _ => {
                if let Some(owner) = mine.take() {
                    self.forgets(n, room, owner.epoch);
                    self.asks(n, Asker::Ending(Vec::new()), Question::GiveBack(room, owner.epoch));
                }
                for letter in std::mem::take(waiting) {
                    self.come_back(n, letter);
                }
                return false;
            }
        }
        true
    }

    /// Takes letters as long as nothing has to be waited for.
    pub(super) fn works(&mut self, n: usize, room: usize) {
        let Some(mut task) = self.nodes[n].tasks.remove(&room) else {
            return;
        };
        let generation = task.generation;
        let over = loop {
            match &mut task.stage {
                Stage::Opening { .. } => break false,
                Stage::Here(owner) if owner.doing.is_some() => break false,
                Stage::Here(owner) => {
                    let Some(letter) = task.mailbox.pop_front() else {
                        if owner.lines.is_empty() {
                            self.at(IDLE, Event::Node(n, Here::IsIdle(room, generation)));
                        }
                        break false;
                    };
                    if let Err(end) = self.owner_takes(n, (room, generation), owner, letter) {
                        self.owner_ends(n, room, owner, &end);
                        break true;
                    }
                }
                Stage::There(relay) => {
                    let Some(letter) = task.mailbox.pop_front() else {
                        break relay.lines.is_empty();
                    };
                    match self.relay_takes(n, room, relay, letter) {
                        None => {}
                        Some(After::Over) => break true,
                        Some(After::Open(waiting, take)) => {
                            task.stage = self.opens(n, (room, generation), waiting, take);
                        }
                    }
                }
            }
        };
        if !over {
            self.nodes[n].tasks.insert(room, task);
            return;
        }
        for letter in task.mailbox {
            self.come_back(n, letter);
        }
    }

    pub(super) fn is_idle(&mut self, n: usize, room: usize, generation: u64) {
        let Some(task) = self.nodes[n].tasks.get_mut(&room) else {
            return;
        };
        let idle = matches!(&task.stage, Stage::Here(owner) if owner.lines.is_empty() && owner.doing.is_none());
        if task.generation == generation
            && idle
            && let Some(Task {
                stage: Stage::Here(mut owner),
                ..
            }) = self.nodes[n].tasks.remove(&room)
        {
            self.owner_ends(n, room, &mut owner, &End::Idle);
        }
    }

    pub(super) fn owner_takes(
        &mut self,
        n: usize,
        place: (usize, u64),
        owner: &mut Owner,
        letter: Letter,
    ) -> Result<(), End> {
        let (room, generation) = place;
        match letter {
            Letter::Connected { connection, page, way } => {
                owner.lines.insert(connection, (page, way));
                self.says(n, way, Frame::Welcome);
                if !self.pages[page].has_another {
                    self.writes(n, place, owner, What::Came(page), connection);
                }
            }
            Letter::Gone(connection) => drop(owner.lines.remove(&connection)),
            Letter::Act(connection, ask) => {
                let Some((_, way)) = owner.lines.get(&connection).copied() else {
                    return Ok(());
                };
                let key = (ask.page, ask.command);
                if let Some((_, seq)) = owner.recent.iter().find(|(known, _)| *known == key) {
                    self.says(n, way, Frame::Accepted(ask.command, *seq));
                } else if !self.may_acknowledge(n) {
                    self.told.silent += 1;
                    owner.lines.remove(&connection);
                    self.closes(n, way);
                } else if owner.state.allows(ask) {
                    self.writes(n, place, owner, What::Did(ask), connection);
                } else if owner.forgot {
                    owner.doing = Some((What::Did(ask), connection));
                    self.asks(n, Asker::Room(room, generation), Question::Known(room, ask));
                } else {
                    self.refuses(n, (room, owner.epoch), way, ask);
                }
            }
            Letter::Erase => self.writes(n, place, owner, What::Erased, 0),
            Letter::Lost(epoch) if epoch == owner.epoch => return Err(End::Fenced),
            Letter::Lost(_) => {}
            Letter::Stop => return Err(End::Stopped),
        }
        Ok(())
    }

    pub(super) fn writes(
        &mut self,
        n: usize,
        (room, generation): (usize, u64),
        owner: &mut Owner,
        what: What,
        connection: u64,
    ) {
        owner.doing = Some((what, connection));
        let question = Question::Append {
            room,
            epoch: owner.epoch,
            after: owner.state.seq,
            what,
        };
        self.asks(n, Asker::Room(room, generation), question);
    }

    pub(super) fn refuses(&mut self, n: usize, (room, epoch): (usize, u64), way: Way, ask: Ask) {
        let known = self.rooms[room].commands.contains_key(&(ask.page, ask.command));
        // Where a room was taken by force, for an erasure or by a namesake, the last owner may say so to somebody who has gone: they asked another.
        let ran_out = self.rooms[room].ran_out.contains(&epoch);
        self.must(!(known && ran_out), |_| {
            format!("node {n} says no to what room {room} has accepted since its lease was over: {ask:?}")
        });
        self.says(n, way, Frame::Refused(ask.command, known));
    }

    pub(super) fn owner_answered(
        &mut self,
        n: usize,
        room: usize,
        owner: &mut Owner,
        to: &Question,
        answer: Answer,
    ) -> Result<(), End> {
        let Some((what, connection)) = owner.doing.take() else {
            return Ok(());
        };
        let way = owner.lines.get(&connection).map(|(_, way)| *way);
        let ask = match what {
            What::Did(ask) => Some(ask),
            _ => None,
        };
        let yes = |seq| ask.map(|ask| Frame::Accepted(ask.command, seq));
        let frame = match answer {
            Answer::Committed => {
                owner.state.apply(what);
                self.remembers(n, room, owner.state);
                let seq = owner.state.seq;
                if let Some(ask) = ask {
                    owner.recent.push_back(((ask.page, ask.command), seq));
                    if owner.recent.len() > self.recent {
                        owner.recent.pop_front();
                        owner.forgot = true;
                    }
                }
                yes(seq)
            }
            Answer::Duplicate(seq) | Answer::Known(Some(seq)) => yes(seq),
            Answer::Unavailable if matches!(to, Question::Known(..)) && self.broken == Broken::NoWhenUnasked => {
                if let (Some(way), Some(ask)) = (way, ask) {
                    self.refuses(n, (room, owner.epoch), way, ask);
                }
                None
            }
            // It was true when the journal was asked, however long the answer took: whoever left this line meanwhile does not hear it.
            Answer::Known(None) => ask.map(|ask| Frame::Refused(ask.command, false)),
            Answer::Fenced if self.broken == Broken::YesWhenFenced => yes(owner.state.seq + 1),
            Answer::Fenced => return Err(End::Fenced),
            Answer::Unknown if self.broken != Broken::GoesOn => {
                self.told.unknown += 1;
                return Err(End::Replay);
            }
            _ if ask.is_none() => {
                if let Some(way) = way {
                    owner.lines.remove(&connection);
                    self.closes(n, way);
                }
                None
            }
            _ => Some(Frame::Unavailable),
        };
        if let (Some(way), Some(frame)) = (way, frame) {
            self.says(n, way, frame);
        }
        for (_, way) in owner.lines.values().copied().collect::<Vec<_>>() {
            self.shows(n, way, (owner.epoch, owner.state.seq));
        }
        Ok(())
    }

    pub(super) fn owner_ends(&mut self, n: usize, room: usize, owner: &mut Owner, end: &End) {
        self.forgets(n, room, owner.epoch);
        let ways: Vec<Way> = std::mem::take(&mut owner.lines)
            .into_values()
            .map(|(_, way)| way)
            .collect();
        match end {
            // Before anybody is told to come back: they may come back on another node.
            End::Idle | End::Stopped => self.asks(n, Asker::Ending(ways), Question::GiveBack(room, owner.epoch)),
            End::Fenced | End::Replay => {
                for way in ways {
                    self.closes(n, way);
                }
            }
        }
    }

    pub(super) fn says(&mut self, n: usize, way: Way, frame: Frame) {
        match way {
            Way::Socket(socket) => self.says_to_socket(n, socket, frame),
            Way::Line(relay, number) => {
                if let Some(remote) = self.nodes[n].remotes.get_mut(&(relay, number)) {
                    let (room, line, number) = (remote.room, remote.line, remote.end.says());
                    self.bus(n, relay, Word::Down(room, line, Down::Frame { number, frame }));
                }
            }
        }
    }

    pub(super) fn shows(&mut self, n: usize, way: Way, view: View) {
        match way {
            Way::Socket(socket) => {
                if let Some((_, page)) = self.nodes[n].sockets.get(&socket).copied() {
                    self.tells_page(page, socket, Down::View { number: 0, view });
                }
            }
            Way::Line(relay, number) => {
                if let Some(remote) = self.nodes[n].remotes.get_mut(&(relay, number)) {
                    let (room, line, number) = (remote.room, remote.line, remote.end.shows(view));
                    self.bus(n, relay, Word::Down(room, line, Down::View { number, view }));
                }
            }
        }
    }

    pub(super) fn says_to_socket(&mut self, n: usize, socket: u64, frame: Frame) {
        if let Some((_, page)) = self.nodes[n].sockets.get(&socket).copied() {
            self.tells_page(page, socket, Down::Frame { number: 0, frame });
        }
    }

    pub(super) fn closes(&mut self, n: usize, way: Way) {
        match way {
            Way::Socket(socket) => {
                if let Some((_, page)) = self.nodes[n].sockets.remove(&socket) {
                    self.tells_page(page, socket, closed());
                }
            }
            Way::Line(relay, number) => {
                if let Some(remote) = self.nodes[n].remotes.remove(&(relay, number)) {
                    self.nodes[n].ended.add(relay, remote.line);
                    let down = Down::Close {
                        after: remote.end.sent(),
                        closing: (),
                    };
                    self.bus(n, relay, Word::Down(remote.room, remote.line, down));
                }
            }
        }
    }
}
