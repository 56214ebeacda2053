//! Editing traces through a real server: every agent is a real Yjs client in Node behind a socket of its own, and every
//! replica, the latecomer's and the one after a restart included, reads what the trace ends with.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use protocol::RoomId;
use protocol::wire::{Action, NoteFrame, NoteOp, NoteRef};
use serde_json::{Value, json};
use tests::cast::Gathering;
use tests::house::House;
use tests::line::Line;
use tests::shared::shared;
use tests::web::Browser;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use yrs::updates::decoder::Decode as _;
use yrs::{Doc, GetString as _, Transact as _, Update};

/// How long a replay may take on a busy machine; alone it takes a minute in a debug build.
const REPLAY: Duration = Duration::from_secs(400);

const NOTE: NoteRef = NoteRef::Session { session: 1 };

/// Replays a trace by `agents` members and one more who comes late. Gives what the replay says.
async fn replay(house: &House, group: &mut Gathering, trace: &Path) -> Value {
    let mut tickets = Vec::new();
    let mut cookies = Vec::new();
    for (browser, _) in &mut group.members {
        tickets.push(browser.ticket(group.room).await);
        cookies.push(browser.cookie.clone());
    }
    let asked = json!({
        "url": format!("ws://{}/api/rooms/{}/ws", house.address, group.room),
        "origin": house.url(),
        "tickets": tickets,
        "cookies": cookies,
        "note": NOTE,
        "trace": trace,
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("notes-js/replay.mjs");
    assert!(
        script.with_file_name("node_modules").exists(),
        "first: npm ci --prefix tests/notes-js"
    );
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node runs");
    let mut input = node.stdin.take().expect("a pipe");
    input
        .write_all(asked.to_string().as_bytes())
        .await
        .expect("node listens");
    drop(input);
    let output = tokio::time::timeout(REPLAY, node.wait_with_output())
        .await
        .expect("the replay ends in time");
    let output = output.expect("node ends");
    serde_json::from_slice(&output.stdout).expect("one line of JSON; see the messages above if there is none")
}

/// The note's plain text, as somebody reads who opens it now.
async fn text_for(browser: &mut Browser, room: RoomId) -> String {
    let mut line = browser.enter(room).await;
    open(&mut line).await
}

async fn open(line: &mut Line) -> String {
    use futures_util::SinkExt as _;
    use tokio_tungstenite::tungstenite::Message;
    let frame = NoteFrame {
        op: NoteOp::Open,
        note: NOTE,
        reference: 4_000_000_000,
        payload: &[],
    };
    line.socket
        .send(Message::binary(frame.write()))
        .await
        .expect("the line is up");
    while line.frames.is_empty() {
        line.hear().await.expect("the line is up");
    }
    let state = line.frames.pop_front().expect("a frame");
    let frame = NoteFrame::read(&state).expect("a note frame");
    assert_eq!((frame.op, frame.note), (NoteOp::State, NOTE));
    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    let mut transaction = doc.transact_mut();
    transaction
        .apply_update(Update::decode_v1(frame.payload).expect("an update"))
        .expect("applies");
    text.get_string(&transaction)
}

async fn everybody_reads_the_end_of(trace: &str, agents: usize) {
    let Some(path) = shared(&format!("crdt/{trace}")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let house = House::over(folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let mut group = Gathering::of(house.address, &secret, agents + 1).await;
    group.lead.does(Action::StartSession).await;

    let said = replay(&house, &mut group, &path).await;
    eprintln!("{trace}: {said}");
    assert_eq!(said["equal"], json!(vec![true; agents + 1]));

    // What was said to be saved is on the disk: another start of the server reads the same.
    let before = text_for(&mut group.facilitator.browser, group.room).await;
    house.stop().await;
    let house = House::over(folder.path(), |_| ()).await;
    group.facilitator.browser.address = house.address;
    let after = text_for(&mut group.facilitator.browser, group.room).await;
    assert!(!after.is_empty() && before == after, "the note changed over a restart");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_typing_at_the_same_time_end_with_the_same_text_as_in_the_trace() {
    everybody_reads_the_end_of("friendsforever.json.gz", 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_typing_for_months_ends_with_the_same_text_as_in_the_trace() {
    everybody_reads_the_end_of("sveltecomponent.json.gz", 1).await;
}
