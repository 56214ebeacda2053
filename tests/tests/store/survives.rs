//! What was acknowledged survives a killed process and a disk that fails at fsync; and after such a failure nothing is acknowledged.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use protocol::RoomId;
use rondo::keys::RootKey;
use rondo::store::{FatalHook, Store, StoreConfig};
use tests::furnish::ROOMS;

const FATAL: i32 = 70;
/// Appends a room: more than are written before the blow, few enough that a blow that never falls does not take for ever.
const APPENDS: &str = "1500";
/// Processes killed here. The long run of kills belongs to the whole server.
const KILLS: usize = 12;

/// Last acknowledged sequence number by room.
type Acknowledged = BTreeMap<u128, u64>;

/// Runs until the process ends, or kills it after so many acknowledgements.
fn run(mut command: Command, kill_after: Option<usize>) -> (Acknowledged, ExitStatus) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Acknowledged::new();
    for (count, line) in lines.enumerate() {
        let line = line.unwrap();
        // A killed process may leave half a line, which is no acknowledgement.
        if let Some((room, seq)) = line.split_once(' ')
            && let (Ok(room), Ok(seq)) = (room.parse(), seq.parse())
        {
            acknowledged.insert(room, seq);
        }
        if kill_after == Some(count) {
            child.kill().unwrap();
        }
    }
    (acknowledged, child.wait().unwrap())
}

fn writer(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_store_writer"));
    command.arg(folder).arg(APPENDS);
    command
}

/// What stands in the journal now, by room; also checks that nothing is missing in between.
async fn journaled(folder: &Path) -> Acknowledged {
    let root = RootKey::load_or_create(folder).unwrap();
    let config = StoreConfig::Sqlite(folder.join("rondo.db"));
    let store = Store::open(config, root, FatalHook::new(|why| panic!("{why}")))
        .await
        .unwrap();
    let mut found = Acknowledged::new();
    for n in 1..=ROOMS {
        if store.room(RoomId::from_bits(n)).await.unwrap().is_some() {
            let opened = store.claim(RoomId::from_bits(n)).await.unwrap();
            found.insert(n, opened.next_seq - 1);
        }
    }
    store.close().await;
    found
}

fn assert_kept(acknowledged: &Acknowledged, found: &Acknowledged) {
    for (room, seq) in acknowledged {
        let kept = found.get(room).copied().unwrap_or(0);
        assert!(kept >= *seq, "room {room}: {seq} was acknowledged, {kept} is there");
        assert!(
            kept <= seq + 1,
            "room {room}: one append was under way, {kept} follows {seq}"
        );
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..KILLS {
        let (acknowledged, status) = run(writer(folder.path()), Some(7 + 23 * round));
        assert!(!status.success());
        assert!(!acknowledged.is_empty());
        assert_kept(&acknowledged, &journaled(folder.path()).await);
    }
}

/// Makes the n-th sync of the process fail, for one n after the other, as a dying disk would.
#[tokio::test]
async fn a_failed_fsync_ends_the_process_and_nothing_acknowledged_is_lost() {
    let strace = Command::new("strace").arg("--version").stdout(Stdio::null()).status();
    if !strace.is_ok_and(|status| status.success()) {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "strace is not installed; this test needs it"
        );
        eprintln!("ABSENT: strace is not installed; no fsync was made to fail");
        return;
    }
    // Each thread's syncs are counted by themselves. Opening and furnishing take a few, appends the rest; the folder is a fresh one each time.
    let mut struck_while_writing = 0;
    // Every migration takes a few more before the first append.
    for n in [1, 2, 5, 12, 20, 27, 40, 60, 90, 130] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("strace");
        command
            .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e"])
            .arg(format!("inject=fsync,fdatasync:error=EIO:when={n}"))
            .arg(env!("CARGO_BIN_EXE_store_writer"))
            .arg(folder.path())
            .arg(APPENDS);
        let (acknowledged, status) = run(command, None);
        assert!(!status.success(), "sync {n} failed, and the process went on");
        if !acknowledged.is_empty() {
            assert_eq!(status.code(), Some(FATAL), "sync {n}");
            struck_while_writing += 1;
        }
        assert_kept(&acknowledged, &journaled(folder.path()).await);
    }
    assert!(struck_while_writing >= 2, "{struck_while_writing}");
}
