//! A replayed meeting, from both sides: what the people in it saw, and what the server showed its facilitator and kept in its journal.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;
use std::path::Path;

use protocol::{ParticipantId, RoomId, Timestamp, TurnId};
use room::event::{EndReason, What};

use super::ledger::{Answer, Deed, Entry, Ledger, Objection, object};
use super::sweep::{self, Heard, Turn};
use super::way::Way;
use crate::house::store_in;
use crate::rttm::{Segment, Speaker};

/// What the server says of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The facilitator's participation panel at the end, in the order of the seats.
    pub panel: Vec<Heard>,
    /// What it says of the facilitator, who only listens but in a silence.
    pub facilitator: Heard,
    /// Member turns after a member's turn, and turns before or after a facilitator's.
    pub exchange: (u32, u32),
    pub journal: Journal,
}

/// What the journal holds of the floor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    /// In the order in which they were granted.
    pub turns: Vec<Turn>,
    pub asked: usize,
    pub cancelled: usize,
}

/// Both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What everybody said in the recording.
    pub speech: Vec<Segment>,
    pub ledger: Ledger,
    pub server: Server,
    /// Commands that were sent faster than the server takes them, and were sent again.
    pub too_fast: usize,
}

impl Record {
    /// Holds the two sides against each other, and both against the recording.
    pub fn check(&self, way: &Way) -> Result<Figures, Objection> {
        let (speech, ledger, server) = (&self.speech, &self.ledger, &self.server);
        let turns = sweep::turns(ledger)?;
        sweep::one_at_a_time(&turns)?;
        (way.due)(speech, ledger, &turns)?;
        (way.fair)(ledger)?;

        if let Some((seen, kept)) = sweep::first_difference(&turns, &server.journal.turns) {
            return object(format!("people saw {seen:?} and the journal holds {kept:?}"));
        }
        let mut heard = sweep::heard(&turns, ledger.people + 1);
        let leads = heard.pop().unwrap_or_default();
        if let Some((swept, shown)) = sweep::first_difference(&heard, &server.panel) {
            return object(format!("the sweep comes to {swept:?} and the panel shows {shown:?}"));
        }
        if server.facilitator != leads {
            return object(format!(
                "the panel shows {:?} of the facilitator, whose sweep comes to {leads:?}",
                server.facilitator
            ));
        }
        let figures = self.figures(&turns);
        let followed = u32::try_from(figures.granted.saturating_sub(1)).unwrap_or(u32::MAX);
        if server.exchange != (followed, 0) {
            return object(format!(
                "{followed} turns followed another and the panel shows {:?}",
                server.exchange
            ));
        }
        let asked = figures.asks - figures.refused;
        if (asked, figures.cancelled) != (server.journal.asked, server.journal.cancelled) {
            let (kept, back) = (server.journal.asked, server.journal.cancelled);
            return object(format!(
                "{asked} asked, {} took it back, and the journal holds {kept} and {back}",
                figures.cancelled
            ));
        }
        if figures.asks != speech.len() {
            return object(format!(
                "{} stretches of speech and {} asked",
                speech.len(),
                figures.asks
            ));
        }
        Ok(figures)
    }

    fn figures(&self, turns: &[Turn]) -> Figures {
        let everybody = self.server.panel.iter().chain([&self.server.facilitator]);
        let mut figures = Figures {
            meetings: 1,
            speakers: self.ledger.people,
            segments: self.speech.len(),
            speech_ms: self.speech.iter().map(|segment| segment.to - segment.from).sum(),
            floor_ms: turns.iter().map(Turn::ran).sum(),
            panel_ms: everybody.map(|heard| heard.floor_ms).sum(),
            too_fast: self.too_fast,
            ..Figures::default()
        };
        for entry in &self.ledger.entries {
            let Entry::Did { who, deed, .. } = entry else {
                figures.rounds += 1;
                continue;
            };
            match deed {
                Deed::Asked(answer) => {
                    figures.asks += 1;
                    figures.refused += usize::from(matches!(answer, Answer::Refused(..)));
                    figures.waited += usize::from(matches!(answer, Answer::Waits(_) | Answer::Refused(_, Some(_))));
                }
                Deed::Has => {}
                Deed::Spoke if who.0 == self.ledger.people => figures.led += 1,
                Deed::Spoke => figures.granted += 1,
                Deed::SaysBack => figures.said_back += 1,
                Deed::SaidBack => {}
                Deed::Passed => figures.passed += 1,
                Deed::Cancelled => figures.cancelled += 1,
            }
        }
        figures
    }
}

impl Journal {
    /// Reads the journal that a stopped server left in its data folder.
    pub(super) async fn read(
        data: &Path,
        room: RoomId,
        began: Timestamp,
        seat: impl Fn(ParticipantId) -> Option<Speaker>,
    ) -> Result<Self, String> {
        let store = store_in(data).await?;
        let opened = store.claim(room).await.map_err(|fault| fault.to_string())?;
        let history = rondo::hub::history(&store, room, opened.next_seq - 1).await;
        store.close().await;
        let (_, events) = history.map_err(|fault| fault.to_string())?;
        let mut journal = Self::default();
        let mut open: BTreeMap<TurnId, usize> = BTreeMap::new();
        let mut stands: Option<u64> = None;
        for event in events {
            let at = event.at.since(began);
            match event.what {
                What::Asked { .. } => journal.asked += 1,
                What::RequestCancelled { .. } => journal.cancelled += 1,
                What::TurnGranted { turn, holders, .. } => {
                    let [holder] = holders[..] else {
                        return Err(format!("{turn} has {} holders", holders.len()));
                    };
                    let who = seat(holder).ok_or_else(|| format!("{holder} speaks and has no seat"))?;
                    open.insert(turn, journal.turns.len());
                    let (from, to, spoke, stood) = (at, at, false, 0);
                    journal.turns.push(Turn {
                        who,
                        from,
                        to,
                        spoke,
                        stood,
                    });
                }
                What::SayBackBegan { .. } => stands = Some(at),
                What::SayBackEnded { turn, .. } => {
                    let index = *open
                        .get(&turn)
                        .ok_or_else(|| format!("{turn} was said back and is not running"))?;
                    journal.turns[index].stood += stands.take().map_or(0, |since| at - since);
                }
                What::TurnEnded { turn, why, .. } => {
                    let index = open
                        .remove(&turn)
                        .ok_or_else(|| format!("{turn} ended and never began"))?;
                    journal.turns[index].to = at;
                    journal.turns[index].stood += stands.take().map_or(0, |since| at - since);
                    journal.turns[index].spoke = match why {
                        EndReason::Released | EndReason::HandedOver | EndReason::Confirmed | EndReason::MovedOn => true,
                        EndReason::Passed => false,
                        other => return Err(format!("{turn} ended because {other:?}")),
                    };
                }
                _ => {}
            }
        }
        if open.is_empty() {
            Ok(journal)
        } else {
            Err(format!("{} turns never ended", open.len()))
        }
    }
}

/// What was played, to be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    pub meetings: usize,
    pub speakers: usize,
    pub segments: usize,
    pub asks: usize,
    /// Turns in which somebody spoke.
    pub granted: usize,
    /// Turns of the facilitator.
    pub led: usize,
    /// Times that somebody said back what was heard.
    pub said_back: usize,
    /// Had a place in line when they wanted to speak.
    pub waited: usize,
    pub refused: usize,
    pub cancelled: usize,
    pub passed: usize,
    pub rounds: usize,
    pub speech_ms: u64,
    /// As swept from what people saw.
    pub floor_ms: u64,
    /// As shown to the facilitator.
    pub panel_ms: u64,
    pub too_fast: usize,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.meetings += other.meetings;
        self.speakers += other.speakers;
        self.segments += other.segments;
        self.asks += other.asks;
        self.granted += other.granted;
        self.led += other.led;
        self.said_back += other.said_back;
        self.waited += other.waited;
        self.refused += other.refused;
        self.cancelled += other.cancelled;
        self.passed += other.passed;
        self.rounds += other.rounds;
        self.speech_ms += other.speech_ms;
        self.floor_ms += other.floor_ms;
        self.panel_ms += other.panel_ms;
        self.too_fast += other.too_fast;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |ms: u64| ms as f64 / 1000.0;
        write!(
            f,
            "{} meetings, {} speakers, {} segments of {:.3} s, {} asks: {} turns granted, {} led, {} times said back, {} had a place in line, {} refused, {} cancelled, \
             {} passed in {} rounds, {:.3} floor seconds swept, {:.3} on the panels; {} commands sent again after haste",
            self.meetings,
            self.speakers,
            self.segments,
            seconds(self.speech_ms),
            self.asks,
            self.granted,
            self.led,
            self.said_back,
            self.waited,
            self.refused,
            self.cancelled,
            self.passed,
            self.rounds,
            seconds(self.floor_ms),
            seconds(self.panel_ms),
            self.too_fast,
        )
    }
}
