//! The bus, the remote lines of an owner, and a relay.

use super::*;

impl Story {
    pub(super) fn bus(&mut self, n: usize, to: NodeId, word: Word) {
        let there = usize::try_from(to.0).unwrap() - 1;
        let (from, name) = (self.nodes[n].name, self.nodes[there].name);
        if self.now < self.cut_until[from][name] {
            return;
        }
        let copies = match self.dice.roll(self.of) {
            _ if self.healed => 1,
            0 => 0,
            1 => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let delay = match self.dice.roll(16) {
                0 if !self.healed => self.dice.between(1, 400),
                _ => self.dice.between(1, 4),
            };
            self.at(delay, Event::Node(there, Here::Heard(id(n), word.clone())));
        }
    }

    pub(super) fn hears(&mut self, n: usize, from: NodeId, word: Word) {
        match word {
            Word::Hello(line, room, page) => {
                let key = (from, line.number());
                let node = &mut self.nodes[n];
                if !node.joined || node.ended.has(from, line) || node.remotes.contains_key(&key) {
                    return;
                }
                let (end, beats) = (OwnerEnd::default(), Newest::default());
                let (connection, heard_at, way) = (self.number(), self.now, Way::Line(from, line.number()));
                let remote = Remote {
                    line,
                    room,
                    connection,
                    end,
                    beats,
                    heard_at,
                };
                self.nodes[n].remotes.insert(key, remote);
                self.tells_room(n, room, Letter::Connected { connection, page, way });
            }
            Word::Says(line, number, ask) => {
                let now = self.now;
                let Some(remote) = self.nodes[n].remotes.get_mut(&(from, line.number())) else {
                    return;
                };
                remote.heard_at = now;
                let (room, connection) = (remote.room, remote.connection);
                match remote.end.hears(number, ask) {
                    Ok(ready) => {
                        for ask in ready {
                            self.tells_if_open(n, room, Letter::Act(connection, ask));
                        }
                    }
                    Err(_) => self.line_ends(n, (from, line.number()), true),
                }
            }
            Word::Gone(line) => self.line_ends(n, (from, line.number()), false),
            Word::Beat(room, number, said) => {
                let (mut sent, mut lost) = (Vec::new(), Vec::new());
                for (line, said) in said {
                    let Some(remote) = self.nodes[n].remotes.get_mut(&(from, line.number())) else {
                        continue;
                    };
                    remote.heard_at = self.now;
                    sent.push((line, remote.end.sent()));
                    if remote.beats.is(number) && remote.end.misses(said) {
                        lost.push((from, line.number()));
                    }
                }
                self.bus(n, from, Word::Answer(room, number, sent));
                for key in lost {
                    self.line_ends(n, key, true);
                }
            }
            Word::Again(line) => {
                let Some(remote) = self.nodes[n].remotes.get_mut(&(from, line.number())) else {
                    return;
                };
                if let Some((number, view)) = remote.end.shows_again() {
                    let (room, down) = (remote.room, Down::View { number, view });
                    self.bus(n, from, Word::Down(room, line, down));
                }
            }
            Word::Answer(room, ..) | Word::Down(room, ..) => self.relay_hears(n, room, from, word),
        }
    }

    pub(super) fn line_ends(&mut self, n: usize, key: (NodeId, u64), says_so: bool) {
        let Some(remote) = self.nodes[n].remotes.get(&key) else {
            return;
        };
        let (room, connection, line) = (remote.room, remote.connection, remote.line);
        if says_so {
            self.closes(n, Way::Line(key.0, key.1));
        }
        self.nodes[n].remotes.remove(&key);
        self.nodes[n].ended.add(key.0, line);
        self.tells_if_open(n, room, Letter::Gone(connection));
    }

    pub(super) fn beats(&mut self, n: usize) {
        self.at(ms(BEAT), Event::Node(n, Here::Beats));
        let silent = |remote: &Remote| self.now - remote.heard_at > ms(RELAY_SILENCE);
        let gone = self.nodes[n]
            .remotes
            .iter()
            .filter(|(_, remote)| silent(remote))
            .map(|(key, _)| *key);
        for key in gone.collect::<Vec<_>>() {
            self.line_ends(n, key, false);
        }
        let mut words = Vec::new();
        for (&room, task) in &mut self.nodes[n].tasks {
            let Stage::There(relay) = &mut task.stage else { continue };
            relay.beat += 1;
            for line in relay.lines.values().filter(|line| !line.end.is_known()) {
                words.push((relay.owner, Word::Hello(line.id, room, line.page)));
            }
            let said = relay.lines.values().map(|line| (line.id, line.end.said())).collect();
            words.push((relay.owner, Word::Beat(room, relay.beat, said)));
        }
        for (owner, word) in words {
            self.bus(n, owner, word);
        }
    }

    pub(super) fn relay_takes(&mut self, n: usize, room: usize, relay: &mut Relay, letter: Letter) -> Option<After> {
        match letter {
            Letter::Connected {
                way: way @ Way::Line(..),
                ..
            } => self.closes(n, way),
            Letter::Connected { connection, page, .. } => {
                self.nodes[n].opened += 1;
                let id = LineId::new(self.nodes[n].opened);
                if relay.lines.is_empty() {
                    relay.heard_at = self.now;
                }
                relay.lines.insert(
                    connection,
                    RelayLine {
                        id,
                        page,
                        end: RelayEnd::default(),
                        since: self.now,
                    },
                );
                self.bus(n, relay.owner, Word::Hello(id, room, page));
            }
            Letter::Gone(connection) => {
                if let Some(line) = relay.lines.remove(&connection) {
                    self.bus(n, relay.owner, Word::Gone(line.id));
                }
            }
            Letter::Act(connection, ask) => {
                if let Some(line) = relay.lines.get_mut(&connection) {
                    let word = Word::Says(line.id, line.end.says(), ask);
                    self.bus(n, relay.owner, word);
                }
            }
            Letter::Lost(_) => {}
            Letter::Erase | Letter::Stop => {
                for connection in relay.lines.keys().copied().collect::<Vec<_>>() {
                    self.relay_closes(n, relay, connection);
                }
                return Some(if matches!(letter, Letter::Stop) {
                    After::Over
                } else {
                    After::Open(vec![letter], true)
                });
            }
        }
        None
    }

    pub(super) fn relay_closes(&mut self, n: usize, relay: &mut Relay, connection: u64) {
        self.closes(n, Way::Socket(connection));
        if let Some(line) = relay.lines.remove(&connection) {
            self.bus(n, relay.owner, Word::Gone(line.id));
        }
    }

    pub(super) fn relay_hears(&mut self, n: usize, room: usize, from: NodeId, word: Word) {
        let Some(mut task) = self.nodes[n].tasks.remove(&room) else {
            return;
        };
        if let Stage::There(relay) = &mut task.stage
            && relay.owner == from
        {
            let mut todo = Vec::new();
            match word {
                Word::Answer(_, number, sent) if relay.answers.is(number) => {
                    relay.heard_at = self.now;
                    for (&connection, line) in &mut relay.lines {
                        let sent = sent.iter().find(|(id, _)| *id == line.id).map(|(_, sent)| *sent);
                        todo.extend(line.end.judges(sent).map(|done| (connection, done)));
                    }
                }
                Word::Down(_, id, down) => {
                    if let Some((&connection, line)) = relay.lines.iter_mut().find(|(_, line)| line.id == id) {
                        todo.extend(line.end.hears(down).into_iter().map(|done| (connection, done)));
                    }
                }
                _ => {}
            }
            for (connection, done) in todo {
                let Some(line) = relay.lines.get(&connection) else {
                    continue;
                };
                match done {
                    Does::Says(frame) => self.says_to_socket(n, connection, frame),
                    Does::Shows(view) => self.shows(n, Way::Socket(connection), view),
                    Does::Closes(()) | Does::GivesUp => self.relay_closes(n, relay, connection),
                    Does::AsksAgain => self.bus(n, from, Word::Again(line.id)),
                }
            }
        }
        self.nodes[n].tasks.insert(room, task);
        self.works(n, room);
    }

    /// Whose owner was silent for a while asks the database who has the room.
    pub(super) fn looks_for_owners(&mut self, n: usize) {
        self.at(ms(SEEK), Event::Node(n, Here::Seeks));
        let (now, mut ask) = (self.now, Vec::new());
        for (&room, task) in &mut self.nodes[n].tasks {
            if let Stage::There(relay) = &mut task.stage
                && !relay.asks
                && now - relay.heard_at > ms(DOUBT)
                && self.broken != Broken::NobodySeeks
            {
                relay.asks = true;
                ask.push((room, task.generation));
            }
        }
        for (room, generation) in ask {
            self.asks(n, Asker::Relay(room, generation), Question::OwnerOf(room));
        }
    }

    pub(super) fn owner_is(&mut self, n: usize, room: usize, generation: u64, answer: Answer) {
        let Some(mut task) = self.nodes[n].tasks.remove(&room) else {
            return;
        };
        if let Stage::There(relay) = &mut task.stage
            && task.generation == generation
            && relay.asks
        {
            relay.asks = false;
            match answer {
                Answer::Owner(Some(owner)) if owner != relay.owner && owner != id(n) => {
                    let waiting = self.those_who_wait(n, relay);
                    (relay.owner, relay.answers, relay.heard_at) = (owner, Newest::default(), self.now);
                    for letter in waiting {
                        let _ = self.relay_takes(n, room, relay, letter); // nobody but those who come in
                    }
                }
                Answer::Owner(owner) if owner != Some(relay.owner) => {
                    let waiting = self.those_who_wait(n, relay);
                    task.stage = self.opens(n, (room, generation), waiting, false);
                }
                _ => {
                    let silent = self.now - relay.heard_at > ms(OWNER_SILENCE);
                    let late = |line: &RelayLine| match line.end.is_known() {
                        true => silent,
                        false => self.now - line.since > ms(SEEK_FOR),
                    };
                    let late: Vec<u64> = relay
                        .lines
                        .iter()
                        .filter(|(_, line)| late(line))
                        .map(|(&n, _)| n)
                        .collect();
                    for connection in late {
                        self.relay_closes(n, relay, connection);
                    }
                }
            }
        }
        self.nodes[n].tasks.insert(room, task);
        self.works(n, room);
    }

    /// Whoever has heard nothing of the last owner goes to the next one as if nothing had been; everybody else comes back.
    pub(super) fn those_who_wait(&mut self, n: usize, relay: &mut Relay) -> Vec<Letter> {
        let mut waiting = Vec::new();
        for (connection, line) in std::mem::take(&mut relay.lines) {
            self.bus(n, relay.owner, Word::Gone(line.id));
            let way = Way::Socket(connection);
            if line.end.is_known() || line.end.said() > 0 {
                self.closes(n, way);
            } else {
                waiting.push(Letter::Connected {
                    connection,
                    page: line.page,
                    way,
                });
            }
        }
        waiting
    }
}
