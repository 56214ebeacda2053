//! A page: one thing after the other, under the same id until there is an answer.

use super::*;

impl Story {
    /// In the order in which it is said.
    pub(super) fn tells_page(&mut self, page: usize, socket: u64, down: Down<Frame, View, ()>) {
        let way = self.dice.between(1, 20);
        let at = (self.now + way).max(self.pages[page].down_at);
        self.pages[page].down_at = at;
        self.at(at - self.now, Event::ToPage(page, socket, down));
    }

    pub(super) fn page_says(&mut self, page: usize, here: Here) {
        let way = self.dice.between(1, 20);
        let at = (self.now + way).max(self.pages[page].up_at);
        self.pages[page].up_at = at;
        let node = self.pages[page].node;
        self.at(at - self.now, Event::Node(node, here));
    }

    pub(super) fn page_looks(&mut self, n: usize) {
        let delay = self.dice.between(40, 160);
        self.at(delay, Event::Page(n));
        let number = self.number();
        let (now, picky) = (self.now, self.dice.roll(3) == 0);
        let page = &mut self.pages[n];
        let Some(socket) = page.socket else {
            if now >= page.next_at {
                (page.node, page.socket, page.ready) = (self.slots[page.at], Some(number), false);
                (page.progress, page.sees) = (now, (0, 0));
                self.page_says(n, Here::Opens(number, n));
            }
            return;
        };
        if page.ask.is_none() && now >= page.next_at {
            page.commands += 1;
            page.deeds += 1;
            page.ask = Some(Ask {
                page: n,
                command: page.commands,
                deed: page.deeds,
                picky,
            });
            (page.said_at, page.progress) = (0, now);
        }
        if page.progress + PATIENCE < now && (page.ask.is_some() || !page.ready) {
            return self.page_hangs_up(n);
        }
        if let Some(ask) = &mut page.ask
            && page.ready
            && now >= page.said_at + 1_000
        {
            if page.said_at > 0 && self.broken == Broken::NewId {
                page.commands += 1;
                ask.command = page.commands;
            }
            page.said_at = now;
            let ask = *ask;
            self.page_says(n, Here::Acts(socket, ask));
            // Somebody walks out of the house with their phone just then.
            if !self.healed && self.dice.roll(12) == 0 {
                self.page_hangs_up(n);
            }
        }
    }

    pub(super) fn page_hangs_up(&mut self, n: usize) {
        if let Some(socket) = self.pages[n].socket.take() {
            self.page_says(n, Here::Hangs(socket));
            self.page_moves(n);
        }
    }

    pub(super) fn page_moves(&mut self, n: usize) {
        let (later, further) = (
            self.now + self.dice.between(20, 400),
            self.dice.between(1, NAMES as u64),
        );
        let page = &mut self.pages[n];
        page.socket = None;
        page.at = (page.at + usize::try_from(further).unwrap()) % NAMES;
        page.next_at = later;
        // Under the same id on the next line. Its first word there is no repetition for the rule that says it under a new one.
        page.said_at = page.said_at.min(1);
    }

    pub(super) fn page_hears(&mut self, n: usize, socket: u64, down: Down<Frame, View, ()>) {
        if self.pages[n].socket != Some(socket) {
            return;
        }
        let room = self.pages[n].room;
        let current = self.pages[n].ask.map(|ask| ask.command);
        match down {
            Down::Close { .. } => self.page_moves(n),
            Down::View { view, .. } => {
                let sees = self.pages[n].sees;
                self.must(view >= sees, |_| format!("page {n} saw {view:?} after {sees:?}"));
                self.pages[n].sees = view;
            }
            Down::Frame {
                frame: Frame::Welcome, ..
            } => {
                (self.pages[n].ready, self.pages[n].progress) = (true, self.now);
                self.pages[n].said_at = self.pages[n].said_at.min(1);
            }
            Down::Frame {
                frame: Frame::Accepted(command, seq),
                ..
            } => {
                let at = usize::try_from(seq).unwrap() - 1;
                let is_there = self.rooms[room]
                    .journal
                    .get(at)
                    .is_some_and(|row| matches!(row.what, What::Did(ask) if (ask.page, ask.command) == (n, command)));
                self.must(is_there, |_| {
                    format!("page {n} heard yes to {command}, and it is not in the journal at {seq}")
                });
                let before = *self.pages[n].heard.entry(command).or_insert(seq);
                self.must(before == seq, |_| {
                    format!("page {n} heard yes to {command} at {before} and at {seq}")
                });
                if current == Some(command) {
                    self.told.acknowledged += 1;
                    self.page_is_answered(n);
                }
            }
            Down::Frame {
                frame: Frame::Refused(command, known),
                ..
            } => {
                if current == Some(command) {
                    self.told.wrong_by_force += u64::from(known);
                    self.told.refused += 1;
                    self.told.late += u64::from(self.rooms[room].commands.contains_key(&(n, command)));
                    self.page_is_answered(n);
                }
            }
            Down::Frame {
                frame: Frame::Unavailable,
                ..
            } => {}
        }
    }

    pub(super) fn page_is_answered(&mut self, n: usize) {
        let later = self.dice.between(20, 700);
        let page = &mut self.pages[n];
        if self.healed && page.answers == page.answers_at_heal {
            let since = self.now - self.healed_at;
            self.told.slowest = self.told.slowest.max(since);
        }
        page.answers += 1;
        page.ask = None;
        page.next_at = self.now + later;
        page.progress = self.now;
    }
}
