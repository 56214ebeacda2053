//! `stranger-log LOG [PROOFS]`: an exported log and proofs that the server made, judged by other people's code. Exits with 0 where all fits.
//!
//! Ours is only the reading of lines, and what a leaf is made of: kind, header, commitment.

use std::cell::RefCell;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::checkpoint::Checkpoint;
use tlog_tiles::tlog::{self, Error, Hash, HashReader};

type Fault = Box<dyn std::error::Error>;

/// The hashes of a log as its author's code keeps them.
#[derive(Default)]
struct Stored(RefCell<Vec<Hash>>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let all = self.0.borrow();
        let of = |index: &u64| usize::try_from(*index).ok().and_then(|index| all.get(index).copied());
        let found: Option<Vec<Hash>> = indexes.iter().map(of).collect();
        found.ok_or(Error::InvalidInput("the log is not that long".into()))
    }
}

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    match judge(&files) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("DOES NOT FIT: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn judge(files: &[String]) -> Result<String, Fault> {
    let log = std::fs::read_to_string(files.first().ok_or("say which log")?)?;
    let (mut key, mut notes, mut leaves, stored) = (None, Vec::new(), 0_u64, Stored::default());
    for line in log.lines() {
        let line: Value = serde_json::from_str(line)?;
        if let Some(said) = line.get("rondo_log") {
            key = Some(text(&said["key"])?.to_owned());
        } else if let Some(note) = line.get("checkpoint") {
            notes.push(text(note)?.to_owned());
        } else {
            let leaf = &line["leaf"];
            if leaf["n"].as_u64() != Some(leaves) {
                return Err(format!("leaf {leaves} is missing").into());
            }
            let hash = match leaf.get("hash") {
                Some(hash) => Hash(bytes(hash)?.try_into().map_err(|_| "a hash of another length")?),
                None => tlog::record_hash(&record(leaf)?),
            };
            let more = tlog::stored_hashes_for_record_hash(leaves, hash, &stored)?;
            stored.0.borrow_mut().extend(more);
            leaves += 1;
        }
    }
    let verifier = StandardVerifier::new(&key.ok_or("no key")?).map_err(|fault| format!("the key: {fault:?}"))?;
    let name = verifier.name().to_owned();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let mut heads = Vec::new();
    for note in &notes {
        heads.push(opened(note, &known, &name)?);
    }
    for head in &heads {
        if tlog::tree_hash(head.size(), &stored)? != *head.hash() {
            return Err(format!("the first {} leaves are not those that were signed for", head.size()).into());
        }
    }
    let newest = heads.iter().map(Checkpoint::size).max().ok_or("no checkpoint")?;
    if newest != leaves {
        return Err(format!("{leaves} leaves, and the newest checkpoint speaks of {newest}").into());
    }
    let mut proofs = 0;
    if let Some(file) = files.get(1) {
        for line in std::fs::read_to_string(file)?.lines() {
            proof(&serde_json::from_str(line)?, &known, &name)?;
            proofs += 1;
        }
    }
    Ok(format!(
        "{leaves} leaves, {} checkpoints, {proofs} proofs, 0 faults",
        heads.len()
    ))
}

/// A checkpoint whose signature their code accepts.
fn opened(note: &str, known: &VerifierList, name: &str) -> Result<Checkpoint, Fault> {
    let note = Note::from_bytes(note.as_bytes()).map_err(|fault| format!("a note: {fault:?}"))?;
    note.verify(known).map_err(|fault| format!("a signature: {fault:?}"))?;
    let head = Checkpoint::from_bytes(note.text()).map_err(|fault| format!("a checkpoint: {fault:?}"))?;
    if head.origin() == name {
        Ok(head)
    } else {
        Err("a checkpoint of another log".into())
    }
}

/// What a leaf is made of: an event's header stands alone, every other kind says its name first. Stream and number stand in the header.
fn record(leaf: &Value) -> Result<Vec<u8>, Fault> {
    let (name, before) = match text(&leaf["source"])? {
        "event" => (Vec::new(), 1),
        other => ([other.as_bytes(), b"\0"].concat(), 0),
    };
    let (header, seq) = (bytes(&leaf["header"])?, leaf["seq"].as_u64().ok_or("a number")?);
    let said: String = header
        .iter()
        .skip(before)
        .take(24)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if said != format!("{}{seq:016x}", text(&leaf["stream"])?) {
        return Err("a header speaks of another place".into());
    }
    Ok([name, header, bytes(&leaf["commitment"])?].concat())
}

/// A proof that the server made, under a checkpoint that it signed.
fn proof(line: &Value, known: &VerifierList, name: &str) -> Result<(), Fault> {
    let hashes = line["proof"].as_array().ok_or("a proof without hashes")?;
    let hashes: Result<Vec<Hash>, Fault> = hashes.iter().map(hash).collect();
    let head = opened(text(&line["checkpoint"])?, known, name)?;
    let (n, claimed) = (line["n"].as_u64().ok_or("a number")?, hash(&line["hash"])?);
    match text(&line["proves"])? {
        "inclusion" => tlog::check_record(&hashes?, head.size(), *head.hash(), n, claimed)?,
        _ => tlog::check_tree(&hashes?, head.size(), *head.hash(), n, claimed)?,
    }
    Ok(())
}

fn text(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| "a text is missing".into())
}

fn bytes(value: &Value) -> Result<Vec<u8>, Fault> {
    Ok(STANDARD.decode(text(value)?)?)
}

fn hash(value: &Value) -> Result<Hash, Fault> {
    Ok(Hash(bytes(value)?.try_into().map_err(|_| "a hash of another length")?))
}
