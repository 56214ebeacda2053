//! `rondo verify` and `rondo log export`: a log is read from a database or from an exported file, and everything in it is checked. Works offline
//! and without keys; with the root key, keys and the events behind the last checkpoint are tried too.

use std::collections::HashMap;
use std::io::{BufRead, Read as _, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::PracticeId;
use serde::{Deserialize, Serialize};

use super::check::{Check, Found, Leaf};
use super::limits::MAX_LINE_BYTES;
use super::note::NoteKey;
use super::source::{Place, Source};
use super::tree::{Edge, Hash};
use crate::audit::Record;
use crate::keys::RootKey;
use crate::store::{BodyFound, Evidence, LeafRow, LogRow, StoreFault};

/// Checkpoints that somebody kept outside, with the names of their files.
pub type Kept = [(String, String)];

/// Checks every log of a database. Gives each practice's findings, under the key that its checkpoints are signed with.
pub async fn database(
    evidence: &Evidence,
    root: Option<&RootKey>,
    kept: &Kept,
) -> Result<Vec<(Option<NoteKey>, Found)>, StoreFault> {
    let keys = match root {
        Some(root) => Some(evidence.keys(root).await?),
        None => None,
    };
    let mut all = Vec::new();
    let mut spoken_of = vec![false; kept.len()];
    for practice in evidence.practices().await? {
        let Some(log) = evidence.log(practice).await? else {
            let mut found = Found::default();
            found.fault(format!("practice {practice}: it has no log"));
            all.push((None, found));
            continue;
        };
        let mut check = Check::new(log.key.clone());
        for (said, (file, note)) in spoken_of.iter_mut().zip(kept) {
            if note.starts_with(&format!("{}\n", log.key.name())) {
                *said = true;
                check.checkpoint(file, note, false);
            }
        }
        let found = one_log(evidence, practice, &log, check, keys.as_ref()).await?;
        all.push((Some(log.key), found));
    }
    let mut rest = Found::default();
    for ((file, _), said) in kept.iter().zip(spoken_of) {
        if !said {
            rest.fault(format!("{file}: it speaks of no log that is here"));
        }
    }
    for broken in keys.iter().flat_map(|keys| &keys.broken) {
        rest.fault(broken.clone());
    }
    let strays = evidence.strays().await?;
    if strays > 0 {
        rest.fault(format!("{strays} events belong to no room"));
    }
    if all.is_empty() || !rest.is_whole() {
        all.push((None, rest));
    }
    Ok(all)
}

async fn one_log(
    evidence: &Evidence,
    practice: PracticeId,
    log: &LogRow,
    mut check: Check,
    keys: Option<&crate::store::OpenedKeys>,
) -> Result<Found, StoreFault> {
    let mut edges = HashMap::new();
    for (size, note, edge) in &log.checkpoints {
        let whose = format!("the checkpoint of {size} leaves");
        if let Some(head) = check.checkpoint(&whose, note, true)
            && head.size != *size
        {
            check.found.fault(format!("{whose}: its note speaks of {}", head.size));
        }
        let edge = Edge::read(*size, edge);
        match edge {
            Some(edge) => {
                edges.insert(*size, edge);
            }
            None => check.found.fault(format!("{whose}: its edge has another length")),
        }
    }
    let mut nodes: HashMap<(u64, u64), Hash> = log.nodes.iter().map(|(level, n, hash)| ((*level, *n), *hash)).collect();
    edge_fits(&mut check, &edges);
    let mut book = Book::default();
    let mut next = 0;
    loop {
        let leaves = evidence.leaves(practice, next).await?;
        let Some(last) = leaves.last() else { break };
        next = last.n + 1;
        for leaf in &leaves {
            one_leaf(&mut check, leaf, &mut book);
            edge_fits(&mut check, &edges);
            for (node, hash) in check.completed() {
                if node.level.is_multiple_of(8) && nodes.remove(&(u64::from(node.level), node.index)) != Some(hash) {
                    let (level, index) = (node.level, node.index);
                    check.found.fault(format!(
                        "subtree {index} of level {level}: it is not what its leaves hash to"
                    ));
                }
            }
        }
    }
    if log.leaves != check.found.leaves {
        let (there, read) = (log.leaves, check.found.leaves);
        check.found.fault(format!(
            "the log has {there} leaves, and {read} of them are numbered as they should be"
        ));
    }
    for (level, index) in nodes.into_keys() {
        check.found.fault(format!(
            "subtree {index} of level {level}: the log is not long enough for it"
        ));
    }
    audit_book(evidence, practice, &mut check, book).await?;
    let mut older = HashMap::new();
    for room in evidence.rooms(practice).await? {
        let (id, bits) = (room.room, room.room.bits());
        older.insert(bits, room.forgotten);
        let logged = check.last_event(bits).max(check.last_sitting(bits));
        if room.seen != logged {
            check.found.fault(format!(
                "room {id}: {logged} events are in the log, and the ledger's own note says {}",
                room.seen
            ));
        }
        let mut last = logged.max(room.forgotten);
        for event in evidence.unlogged(id, keys).await? {
            let seq = event.seq;
            if seq != last + 1 {
                check
                    .found
                    .fault(format!("room {id}, event {seq}: the log knows nothing of it"));
            }
            if !event.fits {
                check.found.fault(format!("room {id}, event {seq}: it is not whole"));
            }
            if event.opens == Some(false) {
                check.found.fault(format!(
                    "room {id}, event {seq}: it does not open, and no checkpoint knows of it"
                ));
            }
            last = last.max(seq);
            check.found.waiting += 1;
        }
        if room.last != last {
            check.found.fault(format!(
                "room {id}: it counts {} events, and {last} are there",
                room.last
            ));
        }
    }
    Ok(check.finish(|room| older.get(&room).copied().unwrap_or(0)))
}

/// How far a practice's audit book is emptied, and how far it may be.
#[derive(Default)]
struct Book {
    emptied_to: u64,
    /// The newest record of an emptying says so. It is a leaf itself, and younger than what it lets go.
    said_to: u64,
}

impl Book {
    fn holds(&mut self, n: u64, body: BodyFound, says: &[u8]) {
        if body == BodyFound::Emptied {
            self.emptied_to = self.emptied_to.max(n);
        }
        let said = Record::read(says).and_then(|record| record.says_emptied_to());
        self.said_to = self.said_to.max(said.filter(|upto| *upto < n).unwrap_or(0));
    }
}

/// What of the audit book is in no leaf yet, and whether what was emptied was emptied in the open.
async fn audit_book(
    evidence: &Evidence,
    practice: PracticeId,
    check: &mut Check,
    mut book: Book,
) -> Result<(), StoreFault> {
    let mut last = check.last_record(practice.bits());
    let seen = evidence.audit_seen(practice).await?;
    if seen != last {
        check.found.fault(format!(
            "practice {practice}: {last} records of the audit book are in the log, and the ledger's own note says {seen}"
        ));
    }
    for record in evidence.unlogged_audit(practice).await? {
        let place = Place {
            source: Source::Audit,
            stream: practice.bits(),
            seq: record.n,
        };
        let named = super::check::told(place);
        if record.n != last + 1 {
            check.found.fault(format!("{named}: the log knows nothing of it"));
        }
        if record.body == BodyFound::Another {
            check.found.fault(format!("{named}: it is not whole"));
        }
        book.holds(record.n, record.body, &record.says);
        last = last.max(record.n);
        check.found.waiting += 1;
    }
    if book.emptied_to > book.said_to {
        check.found.fault(format!(
            "practice {practice}: the audit book is empty up to record {}, and the book itself says up to {}",
            book.emptied_to, book.said_to
        ));
    }
    Ok(())
}

fn edge_fits(check: &mut Check, edges: &HashMap<u64, Edge>) {
    let size = check.edge().size();
    if edges.get(&size).is_some_and(|edge| edge != check.edge()) {
        check.found.fault(format!(
            "the checkpoint of {size} leaves: its edge is not that of the leaves"
        ));
    }
}

fn one_leaf(check: &mut Check, leaf: &LeafRow, book: &mut Book) {
    let Some(source) = Source::read(&leaf.source) else {
        check.found.fault(format!(
            "leaf {}: nothing is known of records of the kind {:?}",
            leaf.n, leaf.source
        ));
        return;
    };
    let place = Place {
        source,
        stream: leaf.stream,
        seq: leaf.seq,
    };
    if let Some(record) = &leaf.record {
        let named = super::check::told(place);
        match record.body {
            BodyFound::Fits => {}
            BodyFound::Another => check
                .found
                .fault(format!("{named}: its body is not the one that was logged")),
            BodyFound::Emptied if source == Source::Audit => check.found.lapsed += 1,
            BodyFound::Emptied => check.found.erased += 1,
            BodyFound::Nothing => check
                .found
                .fault(format!("{named}: its body is gone, and nothing was left in its place")),
        }
        if let Some(says) = &record.says {
            book.holds(leaf.seq, record.body, says);
        }
    }
    check.leaf(&Leaf {
        n: leaf.n,
        place,
        hash: leaf.hash,
        record: leaf
            .record
            .as_ref()
            .map(|record| (record.header.as_slice(), &record.commitment)),
    });
}

/// One line of an exported log: first what it is, then its checkpoints, then leaf by leaf.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// The layout, and the key to check with.
    RondoLog {
        layout: u32,
        key: String,
    },
    Checkpoint(String),
    Leaf {
        n: u64,
        source: String,
        /// In hex, as it stands in the header.
        stream: String,
        seq: u64,
        /// What it was made of. Where the record is gone there is the hash alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commitment: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hash: Option<String>,
    },
}

const LAYOUT: u32 = 1;

/// Why there is no exported log, or none that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    #[error("this practice has no log yet")]
    NoLog,
    #[error("line {0} is not one of an exported log")]
    NotALine(u64),
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error("the file cannot be read or written: {0}")]
    File(#[from] std::io::Error),
}

/// Writes a practice's log, line by line.
pub async fn export(evidence: &Evidence, practice: PracticeId, out: &mut impl Write) -> Result<u64, ExportFault> {
    let log = evidence.log(practice).await?.ok_or(ExportFault::NoLog)?;
    let mut say = |line: &Line| -> Result<(), ExportFault> {
        serde_json::to_writer(&mut *out, line).map_err(std::io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    };
    let key = log.key.to_string();
    say(&Line::RondoLog { layout: LAYOUT, key })?;
    for (_, note, _) in log.checkpoints {
        say(&Line::Checkpoint(note))?;
    }
    let mut next = 0;
    loop {
        let leaves = evidence.leaves(practice, next).await?;
        let Some(last) = leaves.last() else { return Ok(next) };
        next = last.n + 1;
        for leaf in leaves {
            let (header, commitment, hash) = match leaf.record {
                Some(record) => (
                    Some(STANDARD.encode(record.header)),
                    Some(STANDARD.encode(record.commitment)),
                    None,
                ),
                None => (None, None, Some(STANDARD.encode(leaf.hash))),
            };
            say(&Line::Leaf {
                n: leaf.n,
                source: leaf.source,
                stream: format!("{:032x}", leaf.stream),
                seq: leaf.seq,
                header,
                commitment,
                hash,
            })?;
        }
    }
}

/// Checks an exported log. Which events went lawfully is told by the log itself.
pub fn exported(mut file: impl BufRead, kept: &Kept) -> Result<(NoteKey, Found), ExportFault> {
    let (mut number, mut check): (u64, Option<(NoteKey, Check)>) = (0, None);
    loop {
        let mut text = String::new();
        number += 1;
        let wrong = || ExportFault::NotALine(number);
        if (&mut file).take(MAX_LINE_BYTES).read_line(&mut text)? == 0 {
            break;
        }
        let line: Line = serde_json::from_str(&text).map_err(|_| wrong())?;
        match (line, &mut check) {
            (Line::RondoLog { layout: LAYOUT, key }, none @ None) => {
                let key: NoteKey = key.parse().map_err(|_| wrong())?;
                let mut begun = Check::new(key.clone());
                for (file, note) in kept {
                    begun.checkpoint(file, note, false);
                }
                *none = Some((key, begun));
            }
            (Line::Checkpoint(note), Some((_, check))) => {
                check.checkpoint(&format!("the checkpoint in line {number}"), &note, true);
            }
            (
                Line::Leaf {
                    n,
                    source,
                    stream,
                    seq,
                    header,
                    commitment,
                    hash,
                },
                Some((_, check)),
            ) => {
                let place = Place {
                    source: Source::read(&source).ok_or_else(wrong)?,
                    stream: u128::from_str_radix(&stream, 16).map_err(|_| wrong())?,
                    seq,
                };
                let bytes = |text: &str| STANDARD.decode(text).map_err(|_| wrong());
                let array = |text: &str| -> Result<Hash, ExportFault> { bytes(text)?.try_into().map_err(|_| wrong()) };
                match (header, commitment, hash) {
                    (Some(header), Some(commitment), None) => {
                        let (header, commitment) = (bytes(&header)?, array(&commitment)?);
                        let hash = place.source.leaf(&header, &commitment);
                        let record = Some((header.as_slice(), &commitment));
                        check.leaf(&Leaf { n, place, hash, record });
                    }
                    (None, None, Some(hash)) => {
                        let hash = array(&hash)?;
                        check.leaf(&Leaf {
                            n,
                            place,
                            hash,
                            record: None,
                        });
                    }
                    _ => return Err(wrong()),
                }
            }
            _ => return Err(wrong()),
        }
    }
    let (key, check) = check.ok_or(ExportFault::NotALine(1))?;
    // What went before the log was begun is in no file: gaps are told by the database alone.
    Ok((key, check.finish(|_| u64::MAX)))
}
