//! What fails, and how it heals.

use super::*;

impl Story {
    pub(super) fn something_fails(&mut self) {
        if self.healed {
            return;
        }
        let name = self.dice.one_of(NAMES);
        let n = self.slots[name];
        let long = match self.dice.roll(3) {
            0 => self.dice.between(100, 1_500),
            1 => self.dice.between(1_500, 6_000),
            _ => self.dice.between(6_000, 12_000),
        };
        match self.dice.roll(11) {
            0 | 1 if self.nodes[n].life == Life::Up => {
                self.told.stops += 1;
                self.nodes[n].life = Life::Stopped;
                self.at(long, Event::GoesOn(n));
                // Somebody takes it for dead and starts it anew.
                if self.dice.roll(4) == 0 {
                    self.starts(name);
                }
            }
            2 if self.nodes[n].life == Life::Up => {
                self.over(n);
                self.at(long / 2, Event::Start(name));
            }
            3 if self.nodes[n].life == Life::Up && self.nodes[n].joined => {
                self.nodes[n].stopping = true;
                self.asks(n, Asker::Node, Question::TakesNoMore);
            }
            4 | 5 => {
                self.told.partitions += 1;
                self.apart_until[name] = self.now + long;
                // Its machine reaches nobody, and those who are near it reach it all the same.
                if self.dice.roll(2) == 0 {
                    for other in 0..NAMES {
                        self.cut_until[name][other] = self.now + long;
                        self.cut_until[other][name] = self.now + long;
                    }
                }
            }
            6 => self.still_until = self.now + long / 2,
            7 | 8 => {
                let (other, all) = (self.dice.one_of(NAMES), self.dice.roll(3) == 0);
                for (a, b) in (0..NAMES).flat_map(|a| (0..NAMES).map(move |b| (a, b))) {
                    if all || (a, b) == (name, other) || (b, a) == (name, other) {
                        self.cut_until[a][b] = self.now + long;
                    }
                }
            }
            9 if self.nodes[n].life == Life::Up && self.nodes[n].joined => {
                let room = self.dice.one_of(ROOMS);
                self.tells_room(n, room, Letter::Erase);
            }
            _ => {
                let page = self.dice.one_of(PAGES);
                self.page_hangs_up(page);
            }
        }
        let next = self.dice.between(200, 2_500);
        self.at(next, Event::Fault);
    }

    pub(super) fn heals(&mut self) {
        (self.healed, self.healed_at) = (true, self.now);
        self.still_until = 0;
        self.apart_until = [0; NAMES];
        self.cut_until = [[0; NAMES]; NAMES];
        for n in 0..self.nodes.len() {
            self.goes_on(n);
        }
        for name in 0..NAMES {
            if self.nodes[self.slots[name]].life == Life::Over {
                self.starts(name);
            }
        }
        for page in &mut self.pages {
            page.answers_at_heal = page.answers;
        }
    }

    pub(super) fn goes_on(&mut self, n: usize) {
        if self.nodes[n].life != Life::Stopped {
            return;
        }
        self.nodes[n].life = Life::Up;
        // What waited comes at once: what one page said in its order, timers and the rest as it happens.
        for here in std::mem::take(&mut self.nodes[n].held) {
            let is_page = matches!(here, Here::Opens(..) | Here::Acts(..) | Here::Hangs(_));
            let delay = if is_page { 1 } else { self.dice.roll(3) };
            self.at(delay, Event::Node(n, here));
        }
    }

    pub(super) fn starts(&mut self, name: usize) {
        let n = self.nodes.len();
        let hour = 3_600_000;
        self.nodes.push(Node {
            name,
            life: Life::Up,
            held: Vec::new(),
            offset: self.dice.roll(2 * hour) as i64 - hour as i64,
            drift: self.dice.roll(101) as i64 - 50,
            joined: false,
            stopping: false,
            leaving: false,
            holds_until: i64::MIN,
            others: self.dice.roll(60),
            owned: BTreeMap::new(),
            tasks: BTreeMap::new(),
            remotes: BTreeMap::new(),
            ended: EndedLines::default(),
            opened: 0,
            sockets: BTreeMap::new(),
            open: BTreeMap::new(),
        });
        self.slots[name] = n;
        self.at(1, Event::Node(n, Here::Joins));
    }

    /// A process is over. Its sockets are closed by its machine, or nobody hears of it.
    pub(super) fn over(&mut self, n: usize) {
        self.nodes[n].life = Life::Over;
        let heard = self.dice.roll(4) > 0;
        for (socket, (_, page)) in std::mem::take(&mut self.nodes[n].sockets) {
            if heard {
                self.tells_page(page, socket, closed());
            }
        }
        self.nodes[n].tasks.clear();
    }
}
