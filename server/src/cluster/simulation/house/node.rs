//! A node: it joins, says that it lives, hears what is not its own any more, and ends in good order.

use super::*;

impl Story {
    pub(super) fn own_clock(&self, n: usize) -> i64 {
        let node = &self.nodes[n];
        self.now as i64 + node.offset + self.now as i64 * node.drift / 1_000_000
    }

    pub(super) fn holds(&self, n: usize) -> bool {
        self.own_clock(n) < self.nodes[n].holds_until
    }

    pub(super) fn may_acknowledge(&self, n: usize) -> bool {
        self.broken == Broken::NoWhenOver || self.holds(n)
    }

    pub(super) fn hears_the_bus(&self, n: usize) -> bool {
        let name = self.nodes[n].name;
        (0..NAMES).any(|other| other != name && self.now >= self.cut_until[name][other])
    }

    pub(super) fn here(&mut self, n: usize, here: Here) {
        match here {
            Here::Joins => {
                let asked_at = self.own_clock(n);
                let asker = Asker::Renewal {
                    asked_at,
                    began: self.now,
                    believed: BTreeMap::new(),
                    late: false,
                };
                self.asks(n, asker, Question::Join);
            }
            Here::Answered(number, answer) => {
                if let Some((asker, question)) = self.nodes[n].open.remove(&number) {
                    self.answered(n, asker, question, answer);
                }
            }
            Here::Late(number) => {
                let Some((asker, question)) = self.nodes[n].open.remove(&number) else {
                    return;
                };
                if let Asker::Renewal {
                    asked_at,
                    began,
                    believed,
                    late: false,
                } = &asker
                    && !matches!(question, Question::Join)
                {
                    // An answer that comes too late is still an answer.
                    let (asked_at, began, believed) = (*asked_at, *began, believed.clone());
                    let asker = Asker::Renewal {
                        asked_at,
                        began,
                        believed,
                        late: true,
                    };
                    self.nodes[n].open.insert(number, (asker, question));
                    return self.at(ms(LEASE / RENEWALS / SOONER), Event::Node(n, Here::Renews));
                }
                let unknown = matches!(question, Question::Append { .. });
                let answer = if unknown { Answer::Unknown } else { Answer::Unavailable };
                self.answered(n, asker, question, answer);
            }
            Here::Heard(from, word) => self.hears(n, from, word),
            Here::Opens(socket, page) => {
                if self.nodes[n].stopping || !self.nodes[n].joined {
                    return self.tells_page(page, socket, closed());
                }
                let room = self.pages[page].room;
                self.nodes[n].sockets.insert(socket, (room, page));
                let way = Way::Socket(socket);
                self.tells_room(
                    n,
                    room,
                    Letter::Connected {
                        connection: socket,
                        page,
                        way,
                    },
                );
            }
            Here::Acts(socket, ask) => {
                if let Some((room, _)) = self.nodes[n].sockets.get(&socket).copied() {
                    self.tells_if_open(n, room, Letter::Act(socket, ask));
                }
            }
            Here::Hangs(socket) => {
                if let Some((room, _)) = self.nodes[n].sockets.remove(&socket) {
                    self.tells_if_open(n, room, Letter::Gone(socket));
                }
            }
            Here::Beats => self.beats(n),
            Here::Seeks => self.looks_for_owners(n),
            Here::Renews => self.renews(n),
            Here::Settled(room, generation) => self.settles(n, room, Some(generation)),
            Here::IsIdle(room, generation) => self.is_idle(n, room, generation),
            Here::Tell(room, letter) => self.tells_if_open(n, room, letter),
            Here::Ends => {
                for room in self.nodes[n].tasks.keys().copied().collect::<Vec<_>>() {
                    self.tells_if_open(n, room, Letter::Stop);
                }
                let until = self.now + ENDED_IN;
                self.here(n, Here::Leaves(until));
            }
            Here::Leaves(until) => {
                if self.nodes[n].tasks.is_empty() || self.now >= until {
                    self.nodes[n].leaving = true;
                    self.asks(n, Asker::Node, Question::Leave);
                } else {
                    self.at(50, Event::Node(n, Here::Leaves(until)));
                }
            }
        }
    }

    pub(super) fn renews(&mut self, n: usize) {
        if self.nodes[n].leaving {
            return;
        }
        let believed = self.nodes[n].owned.clone();
        let asked_at = self.own_clock(n);
        let node = &self.nodes[n];
        let people = node.others + (node.sockets.len() + node.remotes.len()) as u64;
        let takes = self.hears_the_bus(n);
        let asker = Asker::Renewal {
            asked_at,
            began: self.now,
            believed,
            late: false,
        };
        self.asks(n, asker, Question::LivesOn { people, takes });
    }

    pub(super) fn answered(&mut self, n: usize, asker: Asker, question: Question, answer: Answer) {
        match asker {
            Asker::Renewal {
                asked_at,
                began,
                believed,
                late,
            } => self.renewed(n, (asked_at, began, late), believed, answer),
            Asker::Node if matches!(question, Question::Leave) => {
                self.over(n);
                let (name, later) = (self.nodes[n].name, self.dice.between(50, 2_000));
                self.at(later, Event::Start(name));
            }
            Asker::Node => self.here(n, Here::Ends),
            Asker::Ending(ways) => {
                for way in ways {
                    self.closes(n, way);
                }
            }
            Asker::Relay(room, generation) => self.owner_is(n, room, generation, answer),
            Asker::Room(room, generation) => self.room_answered(n, room, generation, question, answer),
        }
    }

    pub(super) fn renewed(
        &mut self,
        n: usize,
        (asked_at, began, late): (i64, Ms, bool),
        believed: BTreeMap<usize, u64>,
        answer: Answer,
    ) {
        let joined = self.nodes[n].joined;
        let every = ms(LEASE / RENEWALS);
        match answer {
            Answer::Done => {
                self.nodes[n].joined = true;
                self.nodes[n].holds_until = asked_at + ms(LEASE) as i64;
                self.at(every, Event::Node(n, Here::Renews));
                self.at(ms(BEAT), Event::Node(n, Here::Beats));
                self.at(ms(SEEK), Event::Node(n, Here::Seeks));
            }
            Answer::Owned(Some(owned)) => {
                let until = asked_at + ms(LEASE) as i64;
                for room in 0..ROOMS {
                    let Some(Stage::Here(owner)) = self.nodes[n].tasks.get(&room).map(|task| &task.stage) else {
                        continue;
                    };
                    let is_old = owner.epoch < self.rooms[room].epoch && believed.get(&room) != Some(&owner.epoch);
                    let is_old = is_old && owner.doing.is_none() && owner.since < began && !late;
                    self.must(!is_old, |_| {
                        format!("node {n} has room {room} open, which has been another's for longer than a renewal")
                    });
                }
                // One that comes too late says that it lives, and the next one which rooms are its own.
                if !late {
                    for (room, epoch) in believed {
                        if owned.get(&room) != Some(&epoch) {
                            self.forgets(n, room, epoch);
                            let delay = self.dice.roll(3);
                            if self.broken != Broken::NotTold {
                                self.at(delay, Event::Node(n, Here::Tell(room, Letter::Lost(epoch))));
                            }
                        }
                    }
                }
                self.nodes[n].holds_until = self.nodes[n].holds_until.max(until);
                for room in self.nodes[n].tasks.keys().copied().collect::<Vec<_>>() {
                    self.settles(n, room, None);
                }
                if !late {
                    let next = (began + every).saturating_sub(self.now);
                    self.at(next, Event::Node(n, Here::Renews));
                }
            }
            Answer::Owned(None) => self.over(n),
            _ if late => {}
            _ if joined => self.at(every / u64::from(SOONER), Event::Node(n, Here::Renews)),
            _ => self.at(200, Event::Node(n, Here::Joins)),
        }
    }

    pub(super) fn forgets(&mut self, n: usize, room: usize, epoch: u64) {
        let owned = &mut self.nodes[n].owned;
        if owned.get(&room) == Some(&epoch) {
            owned.remove(&room);
        }
    }

    /// Hands a letter to a room's task, opening the room if need be.
    pub(super) fn tells_room(&mut self, n: usize, room: usize, letter: Letter) {
        if let Some(task) = self.nodes[n].tasks.get_mut(&room) {
            task.mailbox.push_back(letter);
            return self.works(n, room);
        }
        if self.nodes[n].stopping {
            return self.come_back(n, letter);
        }
        let generation = self.number();
        let stage = self.opens(n, (room, generation), vec![letter], false);
        let task = Task {
            generation,
            mailbox: VecDeque::new(),
            stage,
        };
        self.nodes[n].tasks.insert(room, task);
    }

    pub(super) fn tells_if_open(&mut self, n: usize, room: usize, letter: Letter) {
        if self.nodes[n].tasks.contains_key(&room) {
            self.tells_room(n, room, letter);
        }
    }

    pub(super) fn come_back(&mut self, n: usize, letter: Letter) {
        if let Letter::Connected { way, .. } = letter {
            self.closes(n, way);
        }
    }
}
