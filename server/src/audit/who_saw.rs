//! Who came to what is somebody's, from a practice's audit book: what a breach is reported with, and what a court asks for. It reads every
//! record once, keeps one line for each asker and kind, and gives ids: whose they are, the pages of those who lead say.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use protocol::{AccountId, InviteId, ParticipantId, PracticeId, RoomId, Timestamp};

use super::{By, Does, Record, Thing};
use crate::store::{Evidence, StoreFault};

/// Whose data it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    Participant(ParticipantId),
    Account(AccountId),
    /// Everybody in a room.
    Room(RoomId),
}

impl FromStr for Whom {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let participant = text.parse().map(Self::Participant).ok();
        let account = || text.parse().map(Self::Account).ok();
        let room = || text.parse().map(Self::Room).ok();
        participant
            .or_else(account)
            .or_else(room)
            .ok_or_else(|| "must be the id of a seat (pa_…), an account (ac_…) or a room (rm_…)".to_owned())
    }
}

/// How near an access came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Near {
    /// It was about this person and nobody else.
    Themselves,
    /// It was about the room, or about the room in which they have a seat.
    TheirRoom,
}

/// Where somebody is to be found in the book.
#[derive(Debug, Default)]
pub struct Traces {
    pub rooms: Vec<RoomId>,
    pub invites: Vec<InviteId>,
}

/// Accesses that are told as one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kind {
    pub by: By,
    pub does: Does,
    pub thing: Thing,
    pub granted: bool,
    /// It was begun, and nobody knows how it ended.
    pub cut_off: bool,
    pub near: Near,
}

/// How many, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub times: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}

/// What the book says.
#[derive(Debug, Default)]
pub struct Report {
    /// Records that were looked through.
    pub records: u64,
    /// Of them emptied, since their time was over.
    pub emptied: u64,
    /// Accesses that are told below.
    pub accesses: u64,
    lines: HashMap<Kind, Times>,
}

impl Report {
    /// The longest ago first.
    pub fn lines(&self) -> Vec<(Kind, Times)> {
        let mut lines: Vec<_> = self.lines.iter().map(|(kind, times)| (kind.clone(), *times)).collect();
        lines.sort_by_key(|(kind, times)| (times.first, times.last, kind.near, kind.does));
        lines
    }

    fn takes(&mut self, whom: Whom, traces: &Traces, record: Option<Record>) {
        self.records += 1;
        let Some(record) = record else {
            self.emptied += 1;
            return;
        };
        let Some(near) = near(whom, traces, &record) else {
            return;
        };
        let kind = Kind {
            by: record.by,
            does: record.does,
            thing: record.thing,
            granted: record.granted,
            cut_off: record.cut_off,
            near,
        };
        // A record that only counts stands for that many.
        let times = record.more.max(1);
        self.accesses += times;
        let line = self.lines.entry(kind).or_insert(Times {
            times: 0,
            first: record.at,
            last: record.at,
        });
        line.times += times;
        line.first = line.first.min(record.at);
        line.last = line.last.max(record.at);
    }
}

/// Whether a record is about them. What they did themselves is no access of anybody else.
fn near(whom: Whom, traces: &Traces, record: &Record) -> Option<Near> {
    let subject = record.subject;
    let in_their_room = subject.room.is_some_and(|room| traces.rooms.contains(&room));
    match whom {
        Whom::Participant(who) => {
            let own_link = subject.invite.is_some_and(|invite| traces.invites.contains(&invite));
            let about_another = subject.participant.is_some_and(|other| other != who)
                || subject.invite.is_some_and(|_| !own_link)
                || subject.account.is_some();
            if record.by == By::Participant(who) {
                None
            } else if subject.participant == Some(who) || own_link {
                Some(Near::Themselves)
            } else {
                (in_their_room && !about_another).then_some(Near::TheirRoom)
            }
        }
        Whom::Account(who) if record.by == By::Account(who) => None,
        Whom::Account(who) => (subject.account == Some(who)).then_some(Near::Themselves),
        Whom::Room(room) => (subject.room == Some(room)).then_some(Near::TheirRoom),
    }
}

/// Looks through the books of every practice that is there.
pub async fn who_saw(evidence: &Evidence, whom: Whom) -> Result<Vec<(PracticeId, Report)>, StoreFault> {
    let traces = match whom {
        Whom::Participant(who) => evidence.traces(who).await?,
        Whom::Account(_) | Whom::Room(_) => Traces::default(),
    };
    let mut all = Vec::new();
    for practice in evidence.practices().await? {
        let mut report = Report::default();
        let mut after = 0;
        loop {
            let rows = evidence.audit_after(practice, after).await?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            for (_, says) in &rows {
                report.takes(whom, &traces, Record::read(says));
            }
        }
        all.push((practice, report));
    }
    Ok(all)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, times) in self.lines() {
            let by = match kind.by {
                By::Nobody => "nobody with a login".to_owned(),
                By::Account(account) => account.to_string(),
                By::Participant(participant) => participant.to_string(),
            };
            let near = match kind.near {
                Near::Themselves => "about them alone",
                Near::TheirRoom => "about the room",
            };
            let what = match (kind.granted, kind.cut_off, kind.does) {
                (false, ..) => "was refused",
                (true, true, _) => "began to write (nobody noted how it ended; look whether it was done)",
                (true, false, Does::Reads) => "read",
                (true, false, Does::Writes) => "wrote",
                (true, false, Does::Passes) => "passed",
            };
            let thing = serde_json::to_value(kind.thing).unwrap_or_default();
            writeln!(
                f,
                "{by} {what} {} {near}: {} times, first {}, last {}",
                thing.as_str().unwrap_or("something"),
                times.times,
                moment(times.first),
                moment(times.last)
            )?;
        }
        write!(
            f,
            "{} accesses in {} records; {} records were emptied when their time was over",
            self.accesses, self.records, self.emptied
        )
    }
}

/// In UTC, to the second.
fn moment(at: Timestamp) -> String {
    let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}
