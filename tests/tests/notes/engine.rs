//! The notes' engine and real Yjs clients: editing traces, random peers, the editor's own binding.
//!
//! The clients run in Node (`tests/notes-js`) and speak to the engine over standard input and output, one line of JSON each
//! way. They hear nothing but the engine's own encodings. The same agents over real sockets: `tests/notes-js/replay.mjs`.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use protocol::ParticipantId;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rondo::notes::Document;
use serde_json::{Value, json};
use tests::shared::tries;
use yrs::updates::decoder::Decode as _;
use yrs::{ClientID, Doc, GetString as _, OffsetKind, Options, ReadTxn as _, Text as _, Transact as _, Update};

/// Random histories of one run; the deep run sets `RONDO_NOTE_SEEDS`.
const SEEDS: u64 = 8;

/// A Node program that takes part. Ended with the value.
struct Node {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Node {
    fn runs(script: &str, arguments: &[String]) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("notes-js");
        assert!(
            folder.join("node_modules/yjs").exists(),
            "first: npm ci --prefix tests/notes-js"
        );
        let mut child = Command::new("node")
            .arg(folder.join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, input, output }
    }

    fn hears(&mut self, message: &Value) {
        writeln!(self.input, "{message}").expect("node listens");
    }

    fn says(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("node answers");
        serde_json::from_str(&line).expect("one line of JSON; see the messages above if there is none")
    }

    fn answers(&mut self, message: &Value) -> Value {
        self.hears(message);
        self.says()
    }

    /// Lets the program send updates until it is done; gives what it says then.
    fn writes_in(&mut self, note: &mut Document) -> Value {
        loop {
            let mut said = self.says();
            if !said["done"].is_null() {
                return said["done"].take();
            }
            let client = said["client"].as_u64().expect("a client id");
            let update = bytes(&said["update"]);
            note.bind(client, person(client)).expect("a client id of its own");
            let answer = match note.apply(person(client), client, &update) {
                Ok(applied) => json!({ "update": text(&applied.update) }),
                Err(fault) => json!({ "refused": fault.to_string() }),
            };
            self.hears(&answer);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn person(number: u64) -> ParticipantId {
    ParticipantId::from_bits(number.into())
}

fn empty() -> Document {
    Document::open(None, [].into_iter(), []).expect("an empty note")
}

fn bytes(value: &Value) -> Vec<u8> {
    BASE64.decode(value.as_str().expect("base64")).expect("base64")
}

fn text(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The traces are not part of this repository. Without them the test says so; in CI that is a failure.
fn trace(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/crdt")
        .join(name);
    if path.exists() {
        return Some(path.to_string_lossy().into_owned());
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "absent: {}",
        path.display()
    );
    eprintln!("absent, not replayed: {}", path.display());
    None
}

fn every_replica_reads_the_end_of(name: &str) {
    let Some(path) = trace(name) else { return };
    let mut note = empty();
    let done = Node::runs("agents.mjs", &[path]).writes_in(&mut note);
    let equal = done["equal"].as_array().expect("one for each replica");
    assert!(
        equal.len() >= 2 && equal.iter().all(|equal| *equal == json!(true)),
        "{equal:?}"
    );
    let end = done["endContent"].as_str().expect("the trace's end");
    assert!(note.text() == end, "the server's text is not the trace's end");
    let folded = note.fold().expect("folds");
    let opened = Document::open(Some(&folded), [].into_iter(), []).expect("opens");
    assert!(opened.text() == end, "the folded text is not the trace's end");
}

#[test]
fn two_people_who_typed_at_the_same_time_read_what_the_trace_ends_with() {
    every_replica_reads_the_end_of("friendsforever.json.gz");
}

#[test]
fn one_person_who_typed_for_months_reads_what_the_trace_ends_with() {
    every_replica_reads_the_end_of("sveltecomponent.json.gz");
}

#[test]
fn whatever_the_editor_makes_of_our_schema_is_taken_and_reads_the_same() {
    let mut note = empty();
    let done = Node::runs("editor.mjs", &["400".to_owned()]).writes_in(&mut note);
    assert_eq!(note.text(), done["text"].as_str().expect("text"));
}

/// One page that edits: in this process with yrs, or in Node with Yjs.
enum Peer {
    Here(Box<Doc>),
    There(usize),
}

struct Gathering {
    note: Document,
    peers: Vec<(u64, Peer)>,
    node: Node,
    /// What the server sent, with its author's place among the peers.
    sent: Vec<(usize, Vec<u8>)>,
    /// How much of it each has heard.
    heard: Vec<usize>,
}

impl Gathering {
    /// Three yrs peers and five Yjs peers under client ids drawn at random.
    fn new(dice: &mut StdRng) -> Self {
        let clients: Vec<u64> = (0..8).map(|n| dice.random_range(1..500_000_000_u64) * 8 + n).collect();
        let mut note = empty();
        for client in &clients {
            note.bind(*client, person(*client)).expect("free");
        }
        let here = |client: u64| {
            let mut options = Options::with_client_id(ClientID::new(client));
            options.offset_kind = OffsetKind::Utf16;
            Peer::Here(Box::new(Doc::with_options(options)))
        };
        let peer = |(n, client): (usize, &u64)| (*client, if n < 3 { here(*client) } else { Peer::There(n - 3) });
        let node = Node::runs(
            "peers.mjs",
            &clients[3..].iter().map(u64::to_string).collect::<Vec<_>>(),
        );
        let peers = clients.iter().enumerate().map(peer).collect();
        Self {
            note,
            peers,
            node,
            sent: Vec::new(),
            heard: vec![0; 8],
        }
    }

    fn edits(&mut self, who: usize, dice: &mut StdRng) {
        let update = match &self.peers[who].1 {
            Peer::Here(doc) => Some(edit_here(doc, dice)),
            Peer::There(peer) => {
                let answer = self
                    .node
                    .answers(&json!({ "edit": peer, "dice": dice.random_range(0..1_u64 << 50) }));
                answer.get("update").map(bytes)
            }
        };
        if let Some(update) = update {
            self.sends(who, &update);
        }
    }

    fn sends(&mut self, who: usize, update: &[u8]) {
        let client = self.peers[who].0;
        let applied = self.note.apply(person(client), client, update).expect("an honest page");
        if !applied.update.is_empty() {
            self.sent.push((who, applied.update.to_vec()));
        }
    }

    /// Hears the next of what it has not heard. Whether there was anything.
    fn hears_one(&mut self, who: usize) -> bool {
        let Some((author, update)) = self.sent.get(self.heard[who]).cloned() else {
            return false;
        };
        self.heard[who] += 1;
        if author == who {
            return true;
        }
        match &self.peers[who].1 {
            Peer::Here(doc) => {
                let update = Update::decode_v1(&update).expect("the server's encoding");
                doc.transact_mut().apply_update(update).expect("applies");
            }
            Peer::There(peer) => {
                let answer = self.node.answers(&json!({ "hear": peer, "update": text(&update) }));
                for own in answer["updates"].as_array().expect("a list") {
                    self.sends(who, &bytes(own));
                }
            }
        }
        true
    }

    /// Plain text and state vector.
    fn reads(&mut self, who: usize) -> (String, Vec<(u64, u32)>) {
        let (text, mut vector): (String, Vec<(u64, u32)>) = match &self.peers[who].1 {
            Peer::Here(doc) => {
                let plain = doc.get_or_insert_text("text");
                let transaction = doc.transact();
                let vector = transaction.state_vector();
                let vector = vector.iter().map(|(client, clock)| (client.get(), *clock)).collect();
                (plain.get_string(&transaction), vector)
            }
            Peer::There(peer) => {
                let read = self.node.answers(&json!({ "read": peer }));
                let vector = read["vector"].as_object().expect("client and clock").iter();
                let clock = |value: &Value| value.as_u64().expect("a clock") as u32;
                let vector = vector
                    .map(|(client, value)| (client.parse().expect("a client id"), clock(value)))
                    .collect();
                (read["text"].as_str().expect("text").to_owned(), vector)
            }
        };
        vector.sort_unstable();
        (text, vector)
    }

    /// The rich text that this Yjs peer reads.
    fn rich(&mut self, peer: usize) -> Value {
        self.node.answers(&json!({ "read": peer }))["rich"].take()
    }
}

fn edit_here(doc: &Doc, dice: &mut StdRng) -> Vec<u8> {
    let root = doc.get_or_insert_text("text");
    let text = root.get_string(&doc.transact());
    let mut boundaries = vec![0];
    for character in text.chars() {
        boundaries.push(boundaries[boundaries.len() - 1] + character.len_utf16() as u32);
    }
    let from = dice.random_range(0..boundaries.len());
    let to = (from + dice.random_range(0..5_usize)).min(boundaries.len() - 1);
    let mut transaction = doc.transact_mut();
    if dice.random_range(0..3) == 0 {
        root.remove_range(&mut transaction, boundaries[from], boundaries[to] - boundaries[from]);
    } else {
        root.insert(
            &mut transaction,
            boundaries[from],
            ["x", "zwei ", "🙂"][dice.random_range(0..3_usize)],
        );
    }
    transaction.commit();
    transaction.encode_update_v1()
}

#[test]
fn three_yrs_and_five_yjs_peers_who_edit_at_random_end_with_the_same_text() {
    for seed in 0..tries("RONDO_NOTE_SEEDS", SEEDS) {
        let dice = &mut StdRng::seed_from_u64(seed);
        let mut all = Gathering::new(dice);
        for _ in 0..120 {
            all.edits(dice.random_range(0..8), dice);
            // Everybody hears late and at their own pace.
            let hearer = dice.random_range(0..8);
            for _ in 0..dice.random_range(0..12) {
                all.hears_one(hearer);
            }
        }
        // Hearing may make a peer tidy up and send again: until nothing is left.
        // Everybody hears one in turn, until nobody heard anything: `any` would stop at the first.
        while (0..8).map(|who| usize::from(all.hears_one(who))).sum::<usize>() > 0 {}
        let expected = all.reads(0);
        for who in 1..8 {
            assert_eq!(all.reads(who), expected, "seed {seed}, peer {who}");
        }
        let first = all.rich(0);
        for peer in 1..5 {
            assert_eq!(all.rich(peer), first, "seed {seed}, Yjs peer {peer}");
        }
        assert!(
            all.note.text().starts_with(&expected.0),
            "seed {seed}: the server reads something else"
        );
    }
}
