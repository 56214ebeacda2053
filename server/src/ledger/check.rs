//! Everything that must fit in a log, as a value that is fed with what stands there and collects what does not fit. Pure: it opens no file and
//! asks no database.

use std::collections::{BTreeMap, HashMap};

use protocol::{PracticeId, RoomId};

use super::limits::MAX_FAULTS;
use super::note::{self, NoteKey};
use super::source::{Place, Source};
use super::tree::{Edge, Hash, Head, Node};

/// A leaf, and what it was made of as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<'a> {
    pub n: u64,
    pub place: Place,
    pub hash: Hash,
    /// Header and commitment; nothing where the record is gone.
    pub record: Option<(&'a [u8], &'a [u8; 32])>,
}

/// What was found, in words for whoever asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Each says where and what.
    pub faults: Vec<String>,
    /// Faults beyond those that are told one by one.
    pub more_faults: u64,
    pub leaves: u64,
    /// Records of which header and commitment are still there.
    pub records: u64,
    /// Events of which the body was erased.
    pub erased: u64,
    /// Events that went with a sitting of which nothing is kept.
    pub destroyed: u64,
    /// Records of the audit book that were emptied when their time was over.
    pub lapsed: u64,
    /// Events and records that are in no checkpoint yet.
    pub waiting: u64,
    pub checkpoints: u64,
}

impl Found {
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    pub fn fault(&mut self, sentence: impl Into<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(sentence.into());
        } else {
            self.more_faults += 1;
        }
    }
}

/// A log that is being checked.
#[derive(Debug)]
pub struct Check {
    key: NoteKey,
    /// What checkpoints say the root was at a size, and whose they are.
    heads: BTreeMap<u64, Vec<(Hash, String)>>,
    newest: Option<u64>,
    edge: Edge,
    completed: Vec<(Node, Hash)>,
    /// The last number of every stream.
    last: HashMap<(Source, u128), u64>,
    /// Events that were logged and are not there, or were never logged: first and last of each run.
    gone: HashMap<u128, Vec<(u64, u64, bool)>>,
    pub found: Found,
}

/// A record in words.
pub fn told(place: Place) -> String {
    let (room, practice) = (RoomId::from_bits(place.stream), PracticeId::from_bits(place.stream));
    match place.source {
        Source::Event => format!("room {room}, event {}", place.seq),
        Source::Sitting => format!("room {room}, the record of the sitting up to event {}", place.seq),
        Source::Audit => format!("practice {practice}, record {} of the audit book", place.seq),
    }
}

impl Check {
    pub fn new(key: NoteKey) -> Self {
        Self {
            key,
            heads: BTreeMap::new(),
            newest: None,
            edge: Edge::default(),
            completed: Vec::new(),
            last: HashMap::new(),
            gone: HashMap::new(),
            found: Found::default(),
        }
    }

    /// A checkpoint of the log's own, or one that somebody kept. Told before the leaves.
    pub fn checkpoint(&mut self, whose: &str, note: &str, own: bool) -> Option<Head> {
        match note::read(&self.key, note) {
            Ok(head) => {
                self.found.checkpoints += 1;
                if own {
                    self.newest = self.newest.max(Some(head.size));
                }
                let said = self.heads.entry(head.size).or_default();
                said.push((head.root, whose.to_owned()));
                if head.size == 0 {
                    self.compare();
                }
                Some(head)
            }
            Err(fault) => {
                self.found.fault(format!("{whose}: {fault}"));
                None
            }
        }
    }

    /// The next leaf.
    pub fn leaf(&mut self, leaf: &Leaf<'_>) {
        let place = leaf.place;
        if leaf.n != self.edge.size() {
            let expected = self.edge.size();
            self.found
                .fault(format!("leaf {expected} is missing: {} comes instead", leaf.n));
        }
        self.follow(place);
        match leaf.record {
            Some((header, commitment)) => {
                self.found.records += 1;
                if !place.is_said_by(header) {
                    self.found
                        .fault(format!("{}: its header speaks of another place", told(place)));
                }
                if place.source.leaf(header, commitment) != leaf.hash {
                    self.found
                        .fault(format!("{}: it is not what was logged as leaf {}", told(place), leaf.n));
                }
            }
            None if place.source == Source::Event => self.is_gone(place.stream, place.seq, place.seq, true),
            None => self.found.fault(format!("{}: it is missing", told(place))),
        }
        let completed = &mut self.completed;
        self.edge.push(leaf.hash, |node, hash| completed.push((node, hash)));
        self.found.leaves += 1;
        self.compare();
    }

    /// A record's numbers rise without a gap, except where a sitting of before the log went.
    fn follow(&mut self, place: Place) {
        let last = self.last.insert((place.source, place.stream), place.seq).unwrap_or(0);
        if place.seq <= last {
            self.found.fault(format!("{}: it was logged out of order", told(place)));
        } else if place.source == Source::Event && place.seq > last + 1 {
            self.is_gone(place.stream, last + 1, place.seq - 1, false);
        } else if place.source == Source::Audit && place.seq > last + 1 {
            let before = Place { seq: last + 1, ..place };
            self.found
                .fault(format!("{}: it is missing (never logged)", told(before)));
        }
    }

    fn is_gone(&mut self, room: u128, from: u64, to: u64, logged: bool) {
        let runs = self.gone.entry(room).or_default();
        match runs.last_mut() {
            Some((_, end, was)) if *end + 1 == from && *was == logged => *end = to,
            _ => runs.push((from, to, logged)),
        }
    }

    /// What checkpoints say of a log of this length.
    fn compare(&mut self) {
        let size = self.edge.size();
        let Some(said) = self.heads.remove(&size) else { return };
        let root = self.edge.root();
        for (expected, whose) in said {
            if expected != root {
                self.found.fault(format!(
                    "{whose}: the first {size} leaves are not those that it was signed for"
                ));
            }
        }
    }

    /// The subtrees completed so far, and nothing twice.
    pub fn completed(&mut self) -> Vec<(Node, Hash)> {
        std::mem::take(&mut self.completed)
    }

    /// The right edge as it is now.
    pub const fn edge(&self) -> &Edge {
        &self.edge
    }

    /// The last event of a room that was logged.
    pub fn last_event(&self, room: u128) -> u64 {
        self.last.get(&(Source::Event, room)).copied().unwrap_or(0)
    }

    /// The last record of the practice's audit book that was logged.
    pub fn last_record(&self, practice: u128) -> u64 {
        self.last.get(&(Source::Audit, practice)).copied().unwrap_or(0)
    }

    /// The last event that went with a sitting, by the log itself.
    pub fn last_sitting(&self, room: u128) -> u64 {
        self.last.get(&(Source::Sitting, room)).copied().unwrap_or(0)
    }

    /// All leaves were told. `older` says of a room which events went before there was a log.
    pub fn finish(mut self, older: impl Fn(u128) -> u64) -> Found {
        let size = self.edge.size();
        match self.newest {
            Some(newest) if newest < size => self.found.fault(format!(
                "the log has {size} leaves, and its newest checkpoint speaks of {newest}"
            )),
            Some(_) => {}
            None => self.found.fault("the log has no checkpoint that can be believed"),
        }
        for (beyond, said) in std::mem::take(&mut self.heads) {
            for (_, whose) in said {
                self.found.fault(format!(
                    "{whose}: it was signed for {beyond} leaves, and there are {size}"
                ));
            }
        }
        let mut gone: Vec<_> = std::mem::take(&mut self.gone).into_iter().collect();
        gone.sort_unstable_by_key(|(room, _)| *room);
        for (room, runs) in gone {
            let logged_sitting = self.last_sitting(room);
            for (from, to, logged) in runs {
                let covered = if logged {
                    logged_sitting
                } else {
                    logged_sitting.max(older(room))
                };
                if to <= covered {
                    self.found.destroyed += if logged { to - from + 1 } else { 0 };
                    continue;
                }
                let from = from.max(covered + 1);
                let (named, what) = (RoomId::from_bits(room), if logged { "logged" } else { "never logged" });
                let sentence = if from == to {
                    format!("room {named}, event {from}: it is missing ({what})")
                } else {
                    format!("room {named}, events {from} to {to}: they are missing ({what})")
                };
                self.found.fault(sentence);
            }
        }
        self.found
    }
}
