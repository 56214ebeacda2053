//! What happens in a room and belongs in the audit book: who was refused what they may not do, who read what about whom. What is *done*
//! in a room is an event of its journal, under the name of whoever did it, and needs no second record.
//!
//! One record for each thing and line: a sitting in which somebody reads the same answers a hundred times is one reading (decisions/0027).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use protocol::wire::{Action, NoteOp, NoteRef, RefusalCode};
use protocol::{ParticipantId, PracticeId, RoomId, Timestamp};
use room::read::About;

use super::registry::Registry;
use crate::audit::{ActionKind, Audit, By, Does, Record, Subject, Thing};
use crate::clock::Clock;
use crate::limits::DENIALS_PERIOD;

/// Something that one line reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Person(ParticipantId, About),
    Note(NoteRef, Does),
}

/// One room's way to the book of its practice.
pub(super) struct Noting {
    audit: Arc<Audit>,
    clock: Clock,
    practice: PracticeId,
    room: RoomId,
    /// Of those who come by a link nothing is kept: they stand in no record.
    keeps_nothing: bool,
    /// What was noted already, by line.
    noted: BTreeSet<(u64, Piece)>,
}

/// Whether a refusal is about who somebody is, not about what goes on: those are the ones that stand in the book.
pub(super) const fn is_denial(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::NotAdmitted | RefusalCode::NotPermitted | RefusalCode::ObserversListen
    )
}

impl Noting {
    pub(super) fn new(registry: &Registry, practice: PracticeId, room: &room::Room, id: RoomId) -> Self {
        Self {
            audit: Arc::clone(&registry.audit),
            clock: registry.clock.clone(),
            practice,
            room: id,
            keeps_nothing: room.pack().keeps_nothing(),
            noted: BTreeSet::new(),
        }
    }

    /// Somebody was told no. What they are told then: where it cannot be noted, nothing is said but that.
    pub(super) async fn refused(&self, who: ParticipantId, kind: ActionKind, code: RefusalCode) -> RefusalCode {
        if !is_denial(code) {
            return code;
        }
        let by = if self.keeps_nothing {
            By::Nobody
        } else {
            By::Participant(who)
        };
        let subject = Subject {
            action: Some(kind),
            ..Subject::default()
        };
        let record = Record {
            granted: false,
            ..self.record(by, (Does::Writes, Thing::Act), subject)
        };
        match self.audit.note(self.practice, record).await {
            Ok(()) => code,
            Err(_) => RefusalCode::Unavailable,
        }
    }

    /// Those who lead are about to be shown the room: what is new to a line about single people is noted first. Where the disk cannot take
    /// it they are shown it all the same, since somebody may not be OK, and it is noted as soon as that is possible.
    pub(super) async fn leaders_read(&mut self, room: &room::Room, leaders: &BTreeMap<u64, ParticipantId>) {
        if self.keeps_nothing {
            return;
        }
        let mut new = BTreeSet::new();
        for (&line, &reader) in leaders {
            let others = room.read_by_leaders().filter(|(person, _)| *person != reader);
            let pieces = others.map(|(person, about)| (line, Piece::Person(person, about)));
            new.extend(pieces.filter(|piece| !self.noted.contains(piece)));
        }
        if new.is_empty() {
            return;
        }
        let record = |(line, piece): &(u64, Piece)| {
            let reader = leaders.get(line)?;
            Some(self.reading(*reader, *piece).header())
        };
        let headers: Vec<_> = new.iter().filter_map(record).collect();
        if self.audit.note_all(self.practice, &headers).await.is_ok() {
            self.noted.extend(new);
        }
    }

    /// Somebody opens a note or writes in one. Where it cannot be noted it is not opened.
    pub(super) async fn note(
        &mut self,
        (line, who): (u64, ParticipantId),
        note: NoteRef,
        op: NoteOp,
    ) -> Result<(), RefusalCode> {
        let does = match op {
            NoteOp::Open => Does::Reads,
            NoteOp::Update => Does::Writes,
            NoteOp::Close | NoteOp::State | NoteOp::Saved => return Ok(()),
        };
        let piece = Piece::Note(note, does);
        if self.keeps_nothing || self.noted.contains(&(line, piece)) {
            return Ok(());
        }
        let header = self.reading(who, piece).header();
        let noted = self.audit.note_all(self.practice, &[header]).await;
        noted.map_err(|_| RefusalCode::Unavailable)?;
        self.noted.insert((line, piece));
        Ok(())
    }

    /// A line is down: the next one of the same person reads anew.
    pub(super) fn gone(&mut self, line: u64) {
        self.noted.retain(|(other, _)| *other != line);
    }

    fn reading(&self, reader: ParticipantId, piece: Piece) -> Record {
        let (does, thing, participant) = match piece {
            Piece::Person(person, About::Arrival) => (Does::Reads, Thing::Arrival, Some(person)),
            Piece::Person(person, About::Answers) => (Does::Reads, Thing::Answers, Some(person)),
            Piece::Person(person, About::Safety) => (Does::Reads, Thing::Safety, Some(person)),
            Piece::Person(person, About::Work) => (Does::Reads, Thing::Work, Some(person)),
            Piece::Note(NoteRef::Facilitators { .. }, does) => (does, Thing::LeadersNote, None),
            Piece::Note(NoteRef::Session { .. } | NoteRef::Course, does) => (does, Thing::Note, None),
        };
        let subject = Subject {
            participant,
            ..Subject::default()
        };
        self.record(By::Participant(reader), (does, thing), subject)
    }

    fn record(&self, by: By, (does, thing): (Does, Thing), subject: Subject) -> Record {
        Record {
            at: self.clock.now(),
            by,
            cut_off: false,
            does,
            granted: true,
            more: 0,
            subject: Subject {
                room: Some(self.room),
                ..subject
            },
            thing,
        }
    }
}

/// What an action is called on the wire. Only asked when it was refused.
pub(super) fn kind_of(action: &Action) -> ActionKind {
    let written = serde_json::to_value(action).unwrap_or_default();
    let word = written.get("do").and_then(serde_json::Value::as_str);
    word.and_then(ActionKind::new).unwrap_or(ActionKind::OTHER)
}

/// Says every minute what was only counted, as long as there is a hub.
pub(super) async fn keep_counting(registry: Weak<Registry>) {
    while let Some(registry) = registry.upgrade() {
        say_counts(&registry.audit, registry.clock.now()).await;
        drop(registry);
        tokio::time::sleep(DENIALS_PERIOD).await;
    }
}

pub(super) async fn say_counts(audit: &Audit, now: Timestamp) {
    if let Err(fault) = audit.catch_up(now).await {
        tracing::warn!(%fault, "refusals could not be counted up in the audit book");
    }
}
