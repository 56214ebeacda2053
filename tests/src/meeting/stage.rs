//! A recorded meeting on real sockets. Every speaker is one person with one line; nobody moves before everybody has seen what the last
//! move led to, and the clock moves only then: so each time in the ledger is exact.

use protocol::wire::{Action, RequestKind, RoundOrder};
use protocol::{ParticipantId, RoomId, Timestamp};

use super::alternation;
use super::ledger::{Answer, Deed, Entry, Ledger};
use super::person::Person;
use super::record::{Journal, Server};
use super::script::{Cue, Move};
use super::sweep::Heard;
use super::voice::Voice;
use super::way::{Asking, Moves, Way, Yields};
use crate::cast::Gathering;
use crate::clock::HandClock;
use crate::rttm::{Segment, Speaker};

/// A meeting under way.
pub(super) struct Stage<'a> {
    way: &'a Way,
    room: RoomId,
    clock: HandClock,
    began: Timestamp,
    /// Milliseconds since then.
    now: u64,
    pub(super) lead: Person,
    pub(super) people: Vec<Person>,
    /// Who alternate where two do.
    pub(super) two: Option<[Speaker; 2]>,
    ledger: Ledger,
}

impl<'a> Stage<'a> {
    /// Begins a session and sets the floor.
    pub(super) async fn set(
        mut group: Gathering,
        clock: HandClock,
        began: Timestamp,
        way: &'a Way,
        speech: &[Segment],
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
                voices: Vec::new(),
            },
            two: alternation::the_two(speech, people.len()),
            people,
        };
        stage.leads(way.set()).await?;
        if way.moves == Moves::ByTheTwo {
            stage.forms_pair().await?;
        }
        Ok(stage)
    }

    /// Plays one moment of the script, and whatever follows from it in the same millisecond.
    pub(super) async fn plays(&mut self, cue: Cue) -> Result<(), String> {
        self.now = cue.at;
        self.clock.moves_to(self.began.plus_millis(cue.at));
        let person = &mut self.people[cue.who.0];
        person.speaks = cue.what == Move::Begins;
        let turn = person.turn;
        if cue.what == Move::Begins {
            self.wants_to_speak(cue.who).await?;
        }
        if self.way.moves == Moves::ByTheTwo {
            return self.alternates(cue).await;
        }
        match (cue.what, turn) {
            (Move::Begins, _) => {}
            (Move::Stops, Some(_)) if self.way.yields == Yields::ByHand => self.hands_over(cue.who).await?,
            (Move::Stops, Some(_)) => self.does(cue.who, Action::Release, Some(Deed::Spoke)).await?,
            (Move::Stops, None) if self.way.asking == Asking::Lines => {
                self.does(cue.who, Action::CancelRequest, Some(Deed::Cancelled)).await?;
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
            (Err(no), Asking::IsRefused(code)) if no.code == code => {
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
            return self.does(who, Action::Release, Some(Deed::Spoke)).await;
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

    /// Does something that cannot fail, and writes down what it was.
    pub(super) async fn does(&mut self, who: Speaker, action: Action, deed: Option<Deed>) -> Result<(), String> {
        match self.people[who.0].acts(&action).await? {
            Ok(seq) => {
                self.everybody_looks(seq).await?;
                if let Some(deed) = deed {
                    self.writes(who, deed);
                }
                self.write_who_has_the_floor()
            }
            Err(no) => self.fails(&format!("{action:?} of {who:?} was refused: {:?}", no.code)),
        }
    }

    /// Whoever leads speaks as long as anybody wants to.
    async fn breaks_the_silence(&mut self) -> Result<(), String> {
        let anybody = self.people.iter().any(|person| person.speaks);
        match (self.lead.turn, anybody) {
            (None, true) => self.leads(Action::TakeFloor).await,
            (Some(_), false) => {
                self.writes(Speaker(self.people.len()), Deed::Spoke);
                self.leads(Action::Release).await
            }
            _ => Ok(()),
        }
    }

    /// Until whoever has the floor speaks, or nobody wants to.
    async fn settles(&mut self) -> Result<(), String> {
        match self.way.moves {
            Moves::Nowhere => return Ok(()),
            Moves::ToFacilitator => return self.breaks_the_silence().await,
            Moves::ByItself | Moves::NextByFacilitator | Moves::RoundByFacilitator | Moves::ByTheTwo => {}
        }
        loop {
            let holder = self.people.iter().position(|person| person.turn.is_some());
            match holder {
                Some(holder) if self.people[holder].speaks => return Ok(()),
                Some(holder) => self.does(Speaker(holder), Action::Pass, Some(Deed::Passed)).await?,
                None if !self.people.iter().any(|person| person.speaks) => return Ok(()),
                None => self.moves_on().await?,
            }
        }
    }

    /// Somebody wants to speak and nobody has the floor.
    async fn moves_on(&mut self) -> Result<(), String> {
        match self.way.moves {
            Moves::ByItself | Moves::ByTheTwo | Moves::Nowhere | Moves::ToFacilitator => {
                self.fails("the floor is free and somebody waits")
            }
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

    pub(super) async fn leads(&mut self, action: Action) -> Result<(), String> {
        match self.lead.acts(&action).await? {
            Ok(seq) => {
                self.everybody_looks(seq).await?;
                self.write_who_has_the_floor()
            }
            Err(no) => self.fails(&format!("{action:?} of the facilitator was refused: {:?}", no.code)),
        }
    }

    /// Waits until everybody sees the room as it was at `seq` or later, and all see the same floor. Writes down who sees that they may
    /// speak: what that ought to be is the mode's to say.
    async fn everybody_looks(&mut self, seq: u64) -> Result<(), String> {
        for person in self.people.iter_mut().chain([&mut self.lead]) {
            person.looks(seq).await?;
        }
        let floor = self.lead.sees()?.room.floor.clone();
        for (n, person) in self.people.iter_mut().chain([&mut self.lead]).enumerate() {
            let (at, who, view) = (self.now, Speaker(n), person.sees()?);
            let holding = floor.turn.as_ref().is_some_and(|turn| turn.holders == [person.id()]);
            if view.room.floor != floor || view.me.holding != holding {
                return Err(format!(
                    "at {at} ms {who:?} sees {view:?} and the facilitator {floor:?}"
                ));
            }
            let may = view.me.may_speak;
            if may != person.may_speak {
                person.may_speak = may;
                self.ledger.voices.push(Voice { at, who, may });
            }
        }
        Ok(())
    }

    /// Writes down who sees that they have the floor and did not have it before, and whose it is to say back what they heard.
    fn write_who_has_the_floor(&mut self) -> Result<(), String> {
        let (at, now) = (self.now, self.began.plus_millis(self.now));
        for (n, person) in self.people.iter_mut().chain([&mut self.lead]).enumerate() {
            let who = Speaker(n);
            let mut saw = |deed| self.ledger.entries.push(Entry::Did { at, who, deed });
            let view = person.sees()?;
            let pair = view.room.floor.pair.as_ref();
            let says_back = pair.is_some_and(|pair| pair.saying_back && pair.listener == person.id());
            let turn = view.room.floor.turn.as_ref().filter(|_| view.me.holding);
            let (id, granted_at) = (turn.map(|turn| turn.turn), turn.map(|turn| turn.granted_at));
            if says_back != person.says_back {
                person.says_back = says_back;
                saw(if says_back { Deed::SaysBack } else { Deed::SaidBack });
            }
            if id == person.turn {
                continue;
            }
            person.turn = id;
            if let Some(granted_at) = granted_at {
                if granted_at != now {
                    return Err(format!("{who:?} sees at {now:?} a floor granted at {granted_at:?}"));
                }
                saw(Deed::Has);
            }
        }
        Ok(())
    }

    pub(super) fn writes(&mut self, who: Speaker, deed: Deed) {
        self.ledger.entries.push(Entry::Did {
            at: self.now,
            who,
            deed,
        });
    }

    fn fails<T>(&self, why: &str) -> Result<T, String> {
        Err(format!("at {} ms of the recording: {why}", self.now))
    }

    /// What is left to do when the last word has been said.
    pub(super) async fn closes(&mut self) -> Result<(), String> {
        match self.way.moves {
            Moves::ByTheTwo => self.rings_the_bell().await,
            _ => Ok(()),
        }
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
        let seats: Vec<ParticipantId> = self.people.iter().chain([&self.lead]).map(Person::id).collect();
        Ok(Ended {
            room: self.room,
            server: Server {
                panel: self.people.iter().map(|person| heard(person.id())).collect(),
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
    /// Whoever led comes last.
    pub(super) seats: Vec<ParticipantId>,
    pub(super) ledger: Ledger,
    /// The journal is yet to be read.
    pub(super) server: Server,
    pub(super) too_fast: usize,
}
