//! T18: a backup taken while people act, an empty machine, and everything that was acknowledged before is there and opens.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use protocol::RoomId;
use protocol::api::{LogHead, Me, ServerState};
use protocol::wire::{Action, RequestKind};
use tests::cast::Gathering;
use tests::filler::fill;
use tests::house::{Process, binary, store_in};
use tests::line::Line;
use tokio::process::Command;

/// Backups that are taken one after the other under load.
const BACKUPS: usize = 5;
const MEMBERS: usize = 4;
/// Events that are acknowledged between two of them, at least.
const BETWEEN: u64 = 200;

/// Runs `rondo` with a data folder.
async fn rondo(data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command
        .args(words)
        .env_clear()
        .env("RONDO_DATA", data)
        .env("RONDO_LOG", "warn");
    command.output().await.expect("the program runs")
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Asks for the floor and takes it back until told to stop; gives the number of the last event that was acknowledged.
async fn acts_on(
    mut line: Line,
    stop: tokio_util::sync::CancellationToken,
    last: std::sync::Arc<std::sync::atomic::AtomicU64>,
) -> Line {
    let mut asks = true;
    while !stop.is_cancelled() {
        let action = if asks {
            Action::Ask {
                kind: RequestKind::Share,
                note: Some("Planted-note".into()),
            }
        } else {
            Action::CancelRequest
        };
        asks = !asks;
        // Refused now and then, when somebody else's turn moved on: only what is acknowledged counts.
        if let Ok(seq) = line.act(action).await {
            last.fetch_max(seq, std::sync::atomic::Ordering::SeqCst);
        }
        tokio::time::sleep(PACE).await;
    }
    line
}

async fn journal_of(data: &Path, room: RoomId) -> u64 {
    let store = store_in(data).await.expect("the restored store opens");
    let opened = store.claim(room).await.expect("the room is read");
    store.close().await;
    opened.next_seq - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn t18_a_backup_under_load_holds_everything_that_was_acknowledged_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Process::start(&data, 0, &[]).await.expect("the server starts");
    let bootstrap = server.bootstrap.clone().expect("nobody was here before");
    let Gathering {
        room,
        mut lead,
        members,
        ..
    } = Gathering::of(server.address, &bootstrap, MEMBERS).await;
    lead.does(Action::StartSession).await;
    std::fs::write(data.join("duty.toml"), "# nobody yet\n").expect("a file of the operator's");
    std::fs::create_dir_all(data.join("packs/mine/text")).expect("a folder");
    std::fs::write(data.join("packs/mine/text/en.toml"), "title = \"Mine\"\n").expect("a pack's file");

    let (stop, last) = (tokio_util::sync::CancellationToken::new(), std::sync::Arc::default());
    let mut crowd = tokio::task::JoinSet::new();
    for (_, line) in members {
        crowd.spawn(acts_on(line, stop.clone(), std::sync::Arc::clone(&last)));
    }
    let mut taken = Vec::new();
    for n in 0..BACKUPS {
        let floor = last.load(std::sync::atomic::Ordering::SeqCst);
        let (into, begun) = (folder.path().join(format!("backup-{n}")), Instant::now());
        let done = rondo(&data, &["backup", text(&into)]).await;
        assert!(done.status.success(), "{}", said(&done));
        taken.push((into, floor, begun.elapsed()));
        // Something more is acknowledged before the next.
        while last.load(std::sync::atomic::Ordering::SeqCst) <= floor + BETWEEN {
            tokio::task::yield_now().await;
        }
    }
    stop.cancel();
    crowd.join_all().await;
    let acknowledged = last.load(std::sync::atomic::Ordering::SeqCst);
    server.kill().await;

    let mut behind = 0;
    for (n, (backup, floor, took)) in taken.iter().enumerate() {
        for secret in ["root.key", "root.recovery"] {
            assert!(!backup.join(secret).exists(), "{secret} is not in a backup");
        }
        let machine = folder.path().join(format!("machine-{n}"));
        std::fs::create_dir(&machine).expect("an empty machine");
        std::fs::copy(data.join("root.key"), machine.join("root.key")).expect("the key, from its own place");
        let done = rondo(&machine, &["restore", text(backup)]).await;
        let told = said(&done);
        assert!(
            done.status.success() && told.contains("Everything was read and opened: 1 rooms"),
            "{told}"
        );
        let stands = journal_of(&machine, room).await;
        assert!(
            stands >= *floor,
            "backup {n} holds {stands} of the {floor} events that were acknowledged before it"
        );
        assert!(machine.join("duty.toml").is_file() && machine.join("packs/mine/text/en.toml").is_file());
        behind = behind.max(acknowledged - stands.min(acknowledged));
        println!("T18: backup {n}: {stands} events, {floor} acknowledged before it began, {took:?}");
    }
    println!(
        "T18: {BACKUPS} backups while {MEMBERS} people acted ({acknowledged} events): 0 acknowledged before a backup missing in it; the oldest is {behind} events behind the end \
         (N = {acknowledged} events, 3/N = {:.4})",
        3.0 / acknowledged as f64
    );

    // Life goes on from the last one: the server starts, and the room goes on from there.
    let machine = folder.path().join(format!("machine-{}", BACKUPS - 1));
    std::fs::copy(data.join("root.recovery"), machine.join("root.recovery")).expect("the recovery file");
    std::fs::remove_file(machine.join("duty.toml")).expect("the invented file goes");
    let again = Process::start(&machine, 0, &[])
        .await
        .expect("the restored server starts");
    assert!(again.bootstrap.is_none(), "it was set up before");
    again.kill().await;
}

#[tokio::test]
async fn t18_what_is_not_what_it_was_is_not_restored() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Process::start(&data, 0, &[]).await.expect("the server starts");
    let bootstrap = server.bootstrap.clone().expect("nobody was here before");
    let Gathering { .. } = Gathering::of(server.address, &bootstrap, 1).await;
    let backup = folder.path().join("backup");
    assert!(rondo(&data, &["backup", text(&backup)]).await.status.success());
    server.kill().await;

    // Into a folder that holds something, from a folder that is no backup, over a database.
    let again = rondo(&data, &["backup", text(&backup)]).await;
    assert!(
        !again.status.success() && said(&again).contains("new or empty"),
        "{}",
        said(&again)
    );
    let over = rondo(&data, &["restore", text(&backup)]).await;
    assert!(
        !over.status.success() && said(&over).contains("nothing is ever put over one"),
        "{}",
        said(&over)
    );
    let machine = folder.path().join("machine");
    let nothing = rondo(&machine, &["restore", text(folder.path())]).await;
    assert!(
        !nothing.status.success() && said(&nothing).contains("is not a backup"),
        "{}",
        said(&nothing)
    );

    // One bit anywhere in the database; a name that leaves the folder; another key.
    let file = backup.join("rondo.db");
    let whole = std::fs::read(&file).expect("the copy is read");
    for place in [0, whole.len() / 3, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        std::fs::write(&file, changed).expect("it is changed");
        let done = rondo(&machine, &["restore", text(&backup)]).await;
        assert!(
            !done.status.success() && said(&done).contains("is not what it was"),
            "{}",
            said(&done)
        );
        assert!(!machine.join("rondo.db").exists(), "nothing was put anywhere");
    }
    std::fs::write(&file, &whole).expect("it is as it was");
    let manifest = backup.join("backup.toml");
    let honest = std::fs::read_to_string(&manifest).expect("the manifest is read");
    let outside = honest.replace("[files.\"rondo.db\"]", "[files.\"../rondo.db\"]");
    assert_ne!(outside, honest, "{honest}");
    std::fs::write(
        &manifest,
        format!("{outside}\n{}", &honest[honest.find("[files").expect("files")..]),
    )
    .expect("it is changed");
    let done = rondo(&machine, &["restore", text(&backup)]).await;
    assert!(
        !done.status.success() && said(&done).contains("it names the file"),
        "{}",
        said(&done)
    );
    std::fs::write(&manifest, honest).expect("it is as it was");

    std::fs::create_dir_all(&machine).expect("a folder");
    std::fs::write(machine.join("root.key"), [7; 32]).expect("another key");
    std::fs::set_permissions(machine.join("root.key"), std::fs::Permissions::from_mode(0o600))
        .expect("closed to others");
    let done = rondo(&machine, &["restore", text(&backup)]).await;
    assert!(
        !done.status.success() && said(&done).contains("root key"),
        "{}",
        said(&done)
    );
}

/// Who acts faster than sixty times a second is refused, and after hundreds of refusals shown out.
const PACE: Duration = Duration::from_millis(20);

/// Megabytes of the quick version. `GIGABYTES` asks for more: the plan wants ten of them within a quarter of an hour.
const QUICK_MEGABYTES: u64 = 5;
/// Who extends a step faster than this is told to wait.
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);
/// What the plan allows for ten gigabytes, and as much less for less: printed, and no gate.
const WANTED_SECONDS_PER_TEN_GIGABYTES: f64 = 15.0 * 60.0;

fn size_wanted() -> u64 {
    let gigabytes: Option<f64> = std::env::var("GIGABYTES").ok().and_then(|text| text.parse().ok());
    gigabytes.map_or(QUICK_MEGABYTES * 1_000_000, |gigabytes| (gigabytes * 1e9) as u64)
}

/// What all the files of a folder hold together.
fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder is listed");
    entries
        .map(|entry| {
            let entry = entry.expect("a folder is listed");
            match entry.metadata().expect("what is in it is there") {
                meta if meta.is_dir() => bytes_in(&entry.path()),
                meta => meta.len(),
            }
        })
        .sum()
}

/// A size as one says it.
fn spoken(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

/// How many leaves a checkpoint is signed for.
fn leaves(checkpoint: &str) -> u64 {
    let size = checkpoint.lines().nth(1).expect("a checkpoint has a size");
    size.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn t18_a_house_of_a_named_size_is_restored_with_the_same_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Process::start(&data, 0, &[]).await.expect("the server starts");
    let bootstrap = server.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(server.address, &bootstrap, MEMBERS).await;
    let state: ServerState = group.facilitator.browser.get("/api/state").await.json();
    let Some(Me::Facilitator { account, .. }) = state.me else {
        panic!("a facilitator is signed in");
    };
    server.kill().await;
    let begun = Instant::now();
    let store = store_in(&data).await.expect("the store opens");
    let filled = fill(&store, account, size_wanted()).await;
    store.close().await;
    println!("T18: {filled} events were filled in, in {:?}", begun.elapsed());

    // People act while the log takes all of it in, and while it is copied.
    let server = Process::start(&data, 0, &[]).await.expect("the server starts");
    group.comes_back(server.address).await;
    group.lead.does(Action::StartSession).await;
    let (stop, last) = (tokio_util::sync::CancellationToken::new(), std::sync::Arc::default());
    let mut crowd = tokio::task::JoinSet::new();
    for (_, line) in std::mem::take(&mut group.members) {
        crowd.spawn(acts_on(line, stop.clone(), std::sync::Arc::clone(&last)));
    }
    let before = loop {
        let head = group.facilitator.browser.get("/api/log").await;
        if head.status.is_success() {
            let head: LogHead = head.json();
            if leaves(&head.checkpoint) >= filled {
                break head;
            }
        }
        // It takes in a large house within a minute or so. Who leads does something too, in no haste.
        group.lead.does(Action::ExtendStep { seconds: 60 }).await;
        tokio::time::sleep(BETWEEN_LOOKS).await;
    };
    let (backup, begun) = (folder.path().join("backup"), Instant::now());
    let done = rondo(&data, &["backup", text(&backup)]).await;
    assert!(done.status.success(), "{}", said(&done));
    let copied = begun.elapsed();
    stop.cancel();
    crowd.join_all().await;
    let acted = last.load(std::sync::atomic::Ordering::SeqCst);
    server.kill().await;
    // What the first machine's log was, to be held against the second's; then its space is needed.
    let (log, checkpoint) = (folder.path().join("log"), folder.path().join("checkpoint"));
    let exported = rondo(&data, &["log", "export", text(&log)]).await;
    assert!(exported.status.success(), "{}", said(&exported));
    std::fs::write(&checkpoint, &before.checkpoint).expect("the checkpoint is kept");
    let machine = folder.path().join("machine");
    std::fs::create_dir(&machine).expect("an empty machine");
    for secret in ["root.key", "root.recovery"] {
        std::fs::copy(data.join(secret), machine.join(secret)).expect("from its own place");
    }
    let size = bytes_in(&backup);
    // Once everything that was filled in was older than its term and had been emptied before it was copied.
    assert!(
        size > filled * tests::filler::BODY_BYTES as u64,
        "{filled} events in {}",
        spoken(size)
    );
    std::fs::remove_dir_all(&data).expect("the first machine is gone");

    let begun = Instant::now();
    let done = rondo(&machine, &["restore", text(&backup)]).await;
    assert!(
        done.status.success() && said(&done).contains("Everything was read and opened: 9 rooms"),
        "{}",
        said(&done)
    );
    let restored = begun.elapsed();
    let checked = rondo(&machine, &["verify", "--checkpoint", text(&checkpoint)]).await;
    assert!(checked.status.success(), "{}", said(&checked));
    let whole = begun.elapsed();
    std::fs::remove_dir_all(&backup).expect("it was restored");

    // The root that the restored house has signed is the root of the first one's log at that size.
    let store = store_in(&machine).await.expect("the restored store opens");
    let practice = store.practice().await.expect("read").expect("somebody set it up");
    let after = store
        .ledger_head(practice)
        .await
        .expect("read")
        .expect("there is a log");
    store.close().await;
    assert!(leaves(&after.note) >= filled, "{} of {filled}", leaves(&after.note));
    std::fs::write(&checkpoint, &after.note).expect("the checkpoint is kept");
    let same = rondo(&machine, &["verify", text(&log), "--checkpoint", text(&checkpoint)]).await;
    assert!(same.status.success(), "{}", said(&same));
    // Shown to object: the same checkpoint with one letter of its root changed.
    let mut lines: Vec<String> = after.note.lines().map(str::to_owned).collect();
    let other = if lines[2].starts_with('A') { "B" } else { "A" };
    lines[2].replace_range(0..1, other);
    std::fs::write(&checkpoint, lines.join("\n") + "\n").expect("another root");
    let other = rondo(&machine, &["verify", text(&log), "--checkpoint", text(&checkpoint)]).await;
    assert!(!other.status.success(), "{}", said(&other));

    let allowed = WANTED_SECONDS_PER_TEN_GIGABYTES * size as f64 / 1e10;
    println!(
        "T18: {0}, {1} leaves, {acted} events acted meanwhile: copied in {copied:.1?}, restored and read through in {restored:.1?}, verified after {whole:.1?} \
         (the plan: {allowed:.0} s); the roots are equal (N = {1} leaves, 0 lost, 3/N = {2:.6})",
        spoken(size),
        leaves(&after.note),
        3.0 / leaves(&after.note) as f64,
    );
}
