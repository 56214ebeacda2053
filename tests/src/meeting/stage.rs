//! A recorded meeting on real sockets. Every speaker is one person with one line; nobody moves before everybody has seen what the last
//! move led to, and the clock moves only then: so each time in the ledger is exact.

use protocol::wire::{Action, RefusalCode, RequestKind, RoundOrder};
use protocol::{ParticipantId, RoomId, Timestamp};

use super::ledger::{Answer, Deed, Entry, Ledger};
use super::person::Person;
use super::record::{Journal, Server};
use super::script::{Cue, Move};
use super::sweep::Heard;
use super::way::{Asking, Moves, Way, Yields};
use crate::cast::Gathering;
use crate::clock::HandClock;
use crate::rttm::Speaker;

/// A meeting under way.
pub(super) struct Stage<'a> {
    way: &'a Way,
    room: RoomId,
    clock: HandClock,
    began: Timestamp,
    /// Milliseconds since then.
    now: u64,
    lead: Person,
    people: Vec<Person>,
    ledger: Ledger,
}

impl<'a> Stage<'a> {
    /// Begins a session and sets the floor.
    pub(super) async fn set(
        mut group: Gathering,
        clock: HandClock,
        began: Timestamp,
        way: &'a Way,
    ) -> Result<Self, String> {
        group.lead.does(Action::StartSession).await;
        let people: Vec<Person> = group.members.into_iter().map(|(_, line)| Person::new(line)).collect();
        let mut stage = Self {
            way,
            room: group.room,
            clock,
            began,
            now: 0,
            lead: Person::new(group.lead),
            ledger: Ledger {
                people: people.len(),
                entries: Vec::new(),
            },
            people,
        };
        stage.leads(way.set()).await?;
        Ok(stage)
    }

    /// Plays one moment of the script, and whatever follows from it in the same millisecond.
    pub(super) async fn plays(&mut self, cue: Cue) -> Result<(), String> {
        self.now = cue.at;
        self.clock.moves_to(self.began.plus_millis(cue.at));
        let person = &mut self.people[cue.who.0];
        person.speaks = cue.what == Move::Begins;
        match (cue.what, person.turn) {
            (Move::Begins, _) => self.wants_to_speak(cue.who).await?,
            (Move::Stops, Some(_)) if self.way.yields == Yields::ByHand => self.hands_over(cue.who).await?,
            (Move::Stops, Some(_)) => self.gives_back(cue.who, Action::Release, Deed::Spoke).await?,
            (Move::Stops, None) if self.way.asking == Asking::Lines => {
                self.gives_back(cue.who, Action::CancelRequest, Deed::Cancelled).await?;
            }
            (Move::Stops, None) => {}
        }
        self.settles().await
    }

    async fn wants_to_speak(&mut self, who: Speaker) -> Result<(), String> {
        let ask = Action::Ask {
            kind: RequestKind::Share,
            note: None,
        };
        let told = self.people[who.0].acts(&ask).await?;
        let answer = match (told, self.way.asking) {
            (Ok(seq), Asking::Lines) => {
                self.everybody_looks(seq).await?;
                let me = &self.people[who.0].sees()?.me;
                match (me.holding, me.place) {
                    (true, _) => Answer::AtOnce,
                    (false, Some(place)) => Answer::Waits(place),
                    (false, None) => return self.fails(&format!("{who:?} asked and has neither floor nor place")),
                }
            }
            (Err(no), Asking::IsRefused) if no.code == RefusalCode::WrongMode => {
                let me = &self.people[who.0].sees()?.me;
                Answer::Refused(no.code, me.place)
            }
            (told, _) => return self.fails(&format!("{who:?} asked and was told {told:?}")),
        };
        self.writes(who, Deed::Asked(answer));
        self.write_who_has_the_floor()
    }

    /// Offers the floor to whoever waited longest, who takes it; lays it in the middle when nobody waits.
    async fn hands_over(&mut self, who: Speaker) -> Result<(), String> {
        let line = &self.people[who.0].sees()?.room.floor.line;
        let next = line.first().copied();
        let Some(taker) = self.people.iter().position(|person| Some(person.id()) == next) else {
            return self.gives_back(who, Action::Release, Deed::Spoke).await;
        };
        let participant = self.people[taker].id();
        match self.people[who.0].acts(&Action::Offer { participant }).await? {
            // Between these two: on no other screen anything changes, and no number moves.
            Ok(_) => self.people[taker].is_offered_the_floor().await?,
            Err(no) => return self.fails(&format!("the offer of {who:?} was refused: {:?}", no.code)),
        }
        for (n, person) in self.people.iter().enumerate() {
            let sees = person.sees()?.me.offered_by.is_some();
            if sees != (n == taker) {
                return self.fails(&format!("{:?} sees an offer: {sees}", Speaker(n)));
            }
        }
        match self.people[taker].acts(&Action::Accept).await? {
            Ok(seq) => self.everybody_looks(seq).await?,
            Err(no) => return self.fails(&format!("{taker} could not take the floor: {:?}", no.code)),
        }
        self.writes(who, Deed::Spoke);
        self.write_who_has_the_floor()
    }

    async fn gives_back(&mut self, who: Speaker, action: Action, deed: Deed) -> Result<(), String> {
        match self.people[who.0].acts(&action).await? {
            Ok(seq) => {
                self.everybody_looks(seq).await?;
                self.writes(who, deed);
                self.write_who_has_the_floor()
            }
            Err(no) => self.fails(&format!("{deed:?} of {who:?} was refused: {:?}", no.code)),
        }
    }

    /// Until whoever has the floor speaks, or nobody wants to.
    async fn settles(&mut self) -> Result<(), String> {
        loop {
            let holder = self.people.iter().position(|person| person.turn.is_some());
            match holder {
                Some(holder) if self.people[holder].speaks => return Ok(()),
                Some(holder) => self.gives_back(Speaker(holder), Action::Pass, Deed::Passed).await?,
                None if !self.people.iter().any(|person| person.speaks) => return Ok(()),
                None => self.moves_on().await?,
            }
        }
    }

    /// Somebody wants to speak and nobody has the floor.
    async fn moves_on(&mut self) -> Result<(), String> {
        match self.way.moves {
            Moves::ByItself => self.fails("the floor is free and somebody waits"),
            Moves::NextByFacilitator => self.leads(Action::GoOn).await,
            Moves::RoundByFacilitator => {
                // A step's first round is shown with its order before it begins.
                let shown = self.lead.sees()?.room.floor.round_running;
                self.ledger.entries.push(Entry::RoundBegan { at: self.now });
                self.leads(if shown {
                    Action::GoOn
                } else {
                    Action::StartRound {
                        order: RoundOrder::Seats,
                    }
                })
                .await
            }
        }
    }

    async fn leads(&mut self, action: Action) -> Result<(), String> {
        match self.lead.acts(&action).await? {
            Ok(seq) => {
                self.everybody_looks(seq).await?;
                self.write_who_has_the_floor()
            }
            Err(no) => self.fails(&format!("{action:?} of the facilitator was refused: {:?}", no.code)),
        }
    }

    /// Waits until everybody sees the room as it was at `seq` or later, and all see the same floor.
    async fn everybody_looks(&mut self, seq: u64) -> Result<(), String> {
        for person in self.people.iter_mut().chain([&mut self.lead]) {
            person.looks(seq).await?;
        }
        let floor = &self.lead.sees()?.room.floor;
        for person in &self.people {
            let view = person.sees()?;
            let holding = floor.turn.as_ref().is_some_and(|turn| turn.holders == [person.id()]);
            if view.room.floor != *floor || view.me.holding != holding || view.me.may_speak != holding {
                return self.fails(&format!("{} sees {view:?} and the facilitator {floor:?}", person.id()));
            }
        }
        Ok(())
    }

    /// Writes down who sees that they have the floor and did not have it before.
    fn write_who_has_the_floor(&mut self) -> Result<(), String> {
        for n in 0..self.people.len() {
            let view = self.people[n].sees()?;
            let turn = view.room.floor.turn.as_ref().filter(|_| view.me.holding);
            let (id, granted_at) = (turn.map(|turn| turn.turn), turn.map(|turn| turn.granted_at));
            if id == self.people[n].turn {
                continue;
            }
            self.people[n].turn = id;
            if let Some(at) = granted_at {
                let now = self.began.plus_millis(self.now);
                if at != now {
                    return self.fails(&format!("{:?} sees at {now:?} a floor granted at {at:?}", Speaker(n)));
                }
                self.writes(Speaker(n), Deed::Has);
            }
        }
        Ok(())
    }

    fn writes(&mut self, who: Speaker, deed: Deed) {
        self.ledger.entries.push(Entry::Did {
            at: self.now,
            who,
            deed,
        });
    }

    fn fails<T>(&self, why: &str) -> Result<T, String> {
        Err(format!("at {} ms of the recording: {why}", self.now))
    }

    /// The end: what was written down, what the facilitator is shown of it, and who sat where.
    pub(super) fn ends(self) -> Result<Ended, String> {
        let pane = self.lead.pane()?;
        let heard = |who: ParticipantId| {
            let row = pane.participation.iter().find(|row| row.participant == who);
            row.map_or_else(Heard::default, |row| Heard {
                floor_ms: row.floor_ms,
                turns: row.turns,
                last: row.last_heard.map(|at| at.since(self.began)),
            })
        };
        let seats: Vec<ParticipantId> = self.people.iter().map(Person::id).collect();
        Ok(Ended {
            room: self.room,
            server: Server {
                panel: seats.iter().map(|&who| heard(who)).collect(),
                facilitator: heard(self.lead.id()),
                exchange: (pane.exchange.member_to_member, pane.exchange.with_facilitator),
                journal: Journal::default(),
            },
            ledger: self.ledger,
            too_fast: self
                .people
                .iter()
                .chain([&self.lead])
                .map(|person| person.too_fast)
                .sum(),
            seats,
        })
    }
}

/// What is left of a meeting when everybody has gone.
pub(super) struct Ended {
    pub(super) room: RoomId,
    pub(super) seats: Vec<ParticipantId>,
    pub(super) ledger: Ledger,
    /// The journal is yet to be read.
    pub(super) server: Server,
    pub(super) too_fast: usize,
}
