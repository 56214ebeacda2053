//! The database: who lives by its clock, whose a room is, and a journal that asks for the epoch, the place and the command.

use super::*;

impl Story {
    pub(super) fn asks(&mut self, n: usize, asker: Asker, question: Question) {
        let number = self.number();
        let late = match (&asker, &question) {
            (Asker::Relay(..), _) => ms(BEAT),
            (Asker::Renewal { .. }, _) => ms(LEASE / RENEWALS),
            _ => ANSWERED_IN,
        };
        self.nodes[n].open.insert(number, (asker, question.clone()));
        self.at(late, Event::Node(n, Here::Late(number)));
        let apart_until = self.apart_until[self.nodes[n].name];
        if self.now >= apart_until {
            let way = self.way_to_the_database();
            return self.at(way, Event::AtDatabase(n, number, question));
        }
        match self.dice.roll(4) {
            0 => self.at(1, Event::Node(n, Here::Answered(number, Answer::Unavailable))),
            // The network kept it, and brings it when nobody waits any more.
            1 if !matches!(question, Question::Join) => {
                let delay = apart_until - self.now + self.dice.between(1, 1_500);
                self.at(delay, Event::AtDatabase(n, number, question));
            }
            _ => {}
        }
    }

    pub(super) fn way_to_the_database(&mut self) -> Ms {
        match self.dice.roll(if self.healed { 4 } else { 50 }) {
            0 if !self.healed => self.dice.between(20, 3_000),
            _ => self.dice.between(1, 5),
        }
    }

    pub(super) fn at_the_database(&mut self, n: usize, number: u64, question: Question) {
        if self.now < self.still_until {
            let delay = self.still_until - self.now + self.dice.roll(5);
            return self.at(delay, Event::AtDatabase(n, number, question));
        }
        let answer = self.says_the_database(n, question);
        let lost = self.now < self.apart_until[self.nodes[n].name] || (!self.healed && self.dice.roll(300) == 0);
        if !lost {
            let way = self.way_to_the_database();
            self.at(way, Event::Node(n, Here::Answered(number, answer)));
        }
    }

    pub(super) fn lives_by_the_database(&self, node: NodeId) -> bool {
        self.rows
            .get(&node)
            .is_some_and(|row| row.lease_until > self.database_now())
    }

    pub(super) const fn database_now(&self) -> Ms {
        self.now + 1_234_567
    }

    pub(super) fn rooms_of(&self, node: NodeId) -> BTreeMap<usize, u64> {
        let rooms = self.rooms.iter().enumerate();
        rooms
            .filter(|(_, row)| row.owner == Some(node))
            .map(|(room, row)| (room, row.epoch))
            .collect()
    }

    pub(super) fn says_the_database(&mut self, n: usize, question: Question) -> Answer {
        let me = id(n);
        let lease_until = self.database_now() + ms(LEASE);
        match question {
            Question::Join => {
                let name = self.nodes[n].name;
                self.rows
                    .retain(|_, row| row.name != name || self.broken == Broken::Namesake);
                let row = NodeRow {
                    name,
                    lease_until,
                    people: 0,
                    rooms: 0,
                    takes: 1,
                };
                self.rows.insert(me, row);
                self.leases.insert(me, lease_until);
                Answer::Done
            }
            Question::LivesOn { people, takes } => {
                let owned = self.rooms_of(me);
                let Some(row) = self.rows.get_mut(&me) else {
                    return Answer::Owned(None);
                };
                row.takes = if row.takes == 2 { 2 } else { u8::from(takes) };
                (row.people, row.rooms, row.lease_until) = (people, owned.len() as u64, lease_until);
                self.leases.insert(me, lease_until);
                Answer::Owned(Some(owned))
            }
            Question::TakesNoMore => {
                if let Some(row) = self.rows.get_mut(&me) {
                    row.takes = 2;
                }
                Answer::Done
            }
            Question::Leave => {
                for room in self.rooms_of(me).keys() {
                    self.rooms[*room].owner = None;
                }
                self.rows.remove(&me);
                Answer::Done
            }
            Question::OwnerOf(room) => Answer::Owner(
                self.rooms[room]
                    .owner
                    .filter(|owner| self.lives_by_the_database(*owner)),
            ),
            Question::Loads => {
                let takes = self
                    .rows
                    .iter()
                    .filter(|(node, row)| row.takes == 1 && self.lives_by_the_database(**node));
                let load = |(node, row): (&NodeId, &NodeRow)| Load {
                    node: *node,
                    people: row.people,
                    fresh_rooms: (self.rooms_of(*node).len() as u64).saturating_sub(row.rooms),
                };
                Answer::Loads(takes.map(load).collect())
            }
            Question::Place(room, there) => {
                let takes = self.rows.get(&there).is_some_and(|row| row.takes == 1);
                let free = !self.rooms[room]
                    .owner
                    .is_some_and(|owner| self.lives_by_the_database(owner));
                let placed = free && takes && self.lives_by_the_database(there);
                if placed {
                    self.gets(room, there);
                    self.told.placed += 1;
                }
                Answer::Placed(placed)
            }
            Question::Claim(room, clock) => self.claim(me, room, clock),
            Question::Free(room) => {
                self.rooms[room].owner = None;
                Answer::Done
            }
            Question::GiveBack(room, epoch) => {
                let row = &mut self.rooms[room];
                if row.owner == Some(me) && row.epoch == epoch {
                    row.owner = None;
                }
                Answer::Done
            }
            Question::Append {
                room,
                epoch,
                after,
                what,
            } => self.append(me, room, (epoch, after), what),
            Question::Known(room, ask) => {
                Answer::Known(self.rooms[room].commands.get(&(ask.page, ask.command)).copied())
            }
        }
    }

    pub(super) fn gets(&mut self, room: usize, node: NodeId) {
        let now = self.database_now();
        let row = &mut self.rooms[room];
        if row
            .owner
            .is_some_and(|owner| owner != node && self.leases[&owner] <= now)
        {
            row.ran_out.insert(row.epoch);
        }
        row.epoch += 1;
        row.owner = Some(node);
        row.owners.insert(row.epoch, node);
    }

    pub(super) fn claim(&mut self, me: NodeId, room: usize, clock: Ms) -> Answer {
        let before = self.rooms[room].owner;
        let owner_lives = match self.broken {
            Broken::OwnClock => before
                .and_then(|it| self.rows.get(&it))
                .is_some_and(|row| row.lease_until > clock),
            Broken::FromTheLiving => false,
            _ => before.is_some_and(|owner| self.lives_by_the_database(owner)),
        };
        if !self.lives_by_the_database(me) {
            return Answer::Unavailable;
        }
        match before {
            Some(owner) if owner != me && owner_lives => return Answer::Theirs(owner),
            Some(owner) if owner != me => {
                let lives = self.lives_by_the_database(owner);
                self.must(!lives, |_| format!("room {room} was taken from a living node"));
            }
            _ => {}
        }
        let last = self.rooms[room].owners.values().next_back();
        self.told.take_overs += u64::from(last.is_some_and(|last| *last != me));
        self.gets(room, me);
        self.replays(room);
        let row = &self.rooms[room];
        let mut commands: Vec<_> = row.commands.iter().map(|(key, seq)| (*key, *seq)).collect();
        commands.sort_by_key(|(_, seq)| *seq);
        let commands = commands.split_off(commands.len().saturating_sub(self.recent));
        Answer::Mine(row.epoch, row.state(), commands)
    }

    pub(super) fn append(&mut self, me: NodeId, room: usize, (epoch, after): (u64, u64), what: What) -> Answer {
        let row = &self.rooms[room];
        let command = match what {
            What::Did(ask) => Some(ask),
            _ => None,
        };
        let known = command.and_then(|ask| row.commands.get(&(ask.page, ask.command)).copied());
        let is_theirs = row.epoch == epoch || self.broken == Broken::Epoch;
        let is_new = known.is_none() || self.broken == Broken::Twice;
        let is_next = row.state().seq == after || self.broken == Broken::GoesOn;
        if !is_theirs || !is_new || !is_next {
            return match known {
                Some(seq) => {
                    self.told.duplicates += 1;
                    Answer::Duplicate(seq)
                }
                None => {
                    self.told.fenced += 1;
                    Answer::Fenced
                }
            };
        }
        let (newest, owner) = (row.epoch, row.owners.get(&epoch).copied());
        let again = command.is_some_and(|ask| row.deeds.contains(&(ask.page, ask.deed)));
        self.must(epoch == newest, |_| {
            format!("room {room} was written by epoch {epoch} in epoch {newest}")
        });
        self.must(owner == Some(me), |_| {
            format!("room {room} was written by {me:?}, whose it was not in epoch {epoch}")
        });
        self.must(known.is_none(), |_| {
            format!("the journal of room {room} has a command twice: {what:?}")
        });
        self.must(!again, |_| {
            format!("what a page asked for once was done twice in room {room}: {what:?}")
        });
        let row = &mut self.rooms[room];
        let mut state = row.state();
        state.apply(what);
        row.journal.push(Row {
            epoch,
            what,
            after: state,
        });
        if let Some(ask) = command {
            row.commands.insert((ask.page, ask.command), state.seq);
            row.deeds.insert((ask.page, ask.deed));
        }
        Answer::Committed
    }

    /// A room from its journal is the room that was; so is what everybody holds of it in memory.
    pub(super) fn replays(&mut self, room: usize) {
        let row = &self.rooms[room];
        let (mut state, mut epoch, mut whole) = (State::default(), 0, true);
        for (n, kept) in row.journal.iter().enumerate() {
            state.apply(kept.what);
            whole &= state == kept.after && state.seq == n as u64 + 1 && kept.epoch >= epoch;
            epoch = kept.epoch;
        }
        self.must(whole, |_| {
            format!("the journal of room {room} has a hole, or its epochs go back")
        });
        for n in 0..self.nodes.len() {
            let Some(Stage::Here(owner)) = self.nodes[n].tasks.get(&room).map(|task| &task.stage) else {
                continue;
            };
            let state = owner.state;
            self.remembers(n, room, state);
        }
    }

    pub(super) fn remembers(&mut self, n: usize, room: usize, state: State) {
        let at = usize::try_from(state.seq).unwrap();
        let kept = at
            .checked_sub(1)
            .and_then(|at| self.rooms[room].journal.get(at))
            .map(|row| row.after);
        let same = kept.unwrap_or_default() == state;
        self.must(same, |_| {
            format!(
                "node {n} remembers room {room} otherwise than its journal at {}",
                state.seq
            )
        });
    }
}
