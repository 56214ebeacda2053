//! New keys by the command line: a kill at any step leaves everything readable, old backups open with the old root key, and a root key that
//! is kept elsewhere is changed there.

use std::path::{Path, PathBuf};
use std::process::Output;

use protocol::wire::{Action, RequestKind};
use protocol::{ParticipantId, Private, RoomId, Timestamp};
use rondo::keys::{Erased, ErasedList, RootKey, check_recovery};
use tests::cast::{Facilitator, Gathering};
use tests::house::{Process, binary, store_in};
use tokio::process::Command;

/// Where a kill is tried (key_command.rs, keys/rotation.rs), and whether the new root key counts by then.
const STEPS: [(&str, bool); 5] = [
    ("prepared", false),
    ("in_database", true),
    ("list_tagged", true),
    ("old_key_kept", true),
    ("key_moved", true),
];

async fn rondo(data: &Path, words: &[&str], more: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary());
    command
        .args(words)
        .env_clear()
        .env("RONDO_DATA", data)
        .env("RONDO_LOG", "warn")
        .envs(more.iter().copied());
    command.output().await.expect("the program runs")
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

async fn does(data: &Path, words: &[&str], more: &[(&str, &str)]) -> String {
    let output = rondo(data, words, more).await;
    assert!(output.status.success(), "{words:?}: {}", said(&output));
    said(&output)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// A copy of a folder with plain files in it.
fn copied(from: &Path, to: PathBuf) -> PathBuf {
    std::fs::create_dir(&to).expect("a new folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        if entry.file_type().expect("a kind").is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
    to
}

/// Everything in a room's journal.
async fn journal(data: &Path, room: RoomId) -> Vec<Vec<u8>> {
    let store = store_in(data).await.expect("the store opens");
    let events = store.read_events(room, 1, 1000).await.expect("it is read");
    store.whole().await.expect("all of it opens");
    store.close().await;
    events.into_iter().map(|event| event.body).collect()
}

/// The recovery key in what was printed.
fn paper(told: &str) -> Private<String> {
    let is_key = |line: &&str| line.trim().len() == 39 && line.matches('-').count() == 7;
    let line = told
        .lines()
        .find(is_key)
        .unwrap_or_else(|| panic!("no recovery key: {told}"));
    Private(line.trim().to_owned())
}

fn one() -> Erased {
    Erased {
        room: RoomId::from_bits(1),
        participant: ParticipantId::from_bits(2),
        at: Timestamp(3),
    }
}

/// A house in which something was said, stopped. Somebody of a room that is gone stands on the list of the erased.
async fn house(data: &Path) -> RoomId {
    let server = Process::start(data, 0, &[]).await.expect("the server starts");
    let bootstrap = server.bootstrap.clone().expect("nobody was here before");
    let mut gathering = Gathering::of(server.address, &bootstrap, 1).await;
    gathering.lead.does(Action::StartSession).await;
    let (_, member) = &mut gathering.members[0];
    let kind = RequestKind::Share;
    let note = Some("Planted-note".into());
    member.does(Action::Ask { kind, note }).await;

    let busy = rondo(data, &["keys", "rotate"], &[]).await;
    assert!(
        !busy.status.success() && said(&busy).contains("stop that first"),
        "{}",
        said(&busy)
    );
    // What destroys keys does not go beside a server that has them in memory; counting does.
    let busy = rondo(data, &["purge"], &[]).await;
    assert!(
        !busy.status.success() && said(&busy).contains("stop that first"),
        "{}",
        said(&busy)
    );
    does(data, &["purge", "--dry-run"], &[]).await;
    server.kill().await;
    let store = store_in(data).await.expect("the store opens");
    store
        .log_room(gathering.room, Timestamp(4))
        .await
        .expect("what happened is logged");
    store.close().await;
    let root = RootKey::load(data).expect("its root key");
    ErasedList::beside(&root, data).add(one()).expect("the list is written");
    gathering.room
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_is_killed_at_any_step_leaves_everything_readable_and_is_done_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let room = house(&data).await;
    let old = RootKey::load(&data).expect("its root key");
    let backup = folder.path().join("backup");
    does(&data, &["backup", text(&backup)], &[]).await;
    let before = journal(&data, room).await;
    assert!(before.len() > 3);

    for (step, changed) in STEPS {
        let here = copied(&data, folder.path().join(step));
        let mutant = format!("die_at={step}");
        let killed = rondo(&here, &["keys", "rotate"], &[("RONDO_MUTANT", &mutant)]).await;
        assert!(!killed.status.success(), "{step}: {}", said(&killed));
        let new_paper = paper(&said(&killed));
        if step == "in_database" {
            // While the database is somewhere else, nobody can know which key is right, and neither goes.
            let (file, aside) = (here.join("rondo.db"), here.join("aside"));
            std::fs::rename(&file, &aside).expect("it is moved aside");
            let unclear = rondo(&here, &["keys", "list"], &[]).await;
            assert!(
                !unclear.status.success() && said(&unclear).contains("put the right database back"),
                "{}",
                said(&unclear)
            );
            std::fs::rename(&aside, &file).expect("it is put back");
        }
        let told = does(&here, &["keys", "list"], &[]).await;
        let root = RootKey::load(&here).expect("a root key");
        assert_eq!(root.name() != old.name(), changed, "{step}");
        assert_eq!(
            told.contains(&format!("root.key.{}", old.name())),
            changed,
            "{step}: {told}"
        );
        assert_eq!(check_recovery(&here, &new_paper).is_ok(), changed, "{step}");
        assert_eq!(
            ErasedList::beside(&root, &here).all().expect("the list"),
            [one()],
            "{step}"
        );
        assert!(!here.join("root.key.next").exists() && !here.join("root.recovery.next").exists());
        assert_eq!(journal(&here, room).await, before, "{step}");
        does(&here, &["verify"], &[]).await;

        // And once more, to the end.
        let done = does(&here, &["keys", "rotate"], &[]).await;
        check_recovery(&here, &paper(&done)).expect("the key that was shown");
        assert_eq!(journal(&here, room).await, before, "{step}");
        does(&here, &["verify"], &[]).await;
    }
    println!(
        "{} kills: everything readable after each, and every rotation done again",
        STEPS.len()
    );

    // A backup from before: with the new key alone it is refused, with the old one beside it everything is there, under the new one.
    let here = folder.path().join("key_moved");
    let now = RootKey::load(&here).expect("a root key");
    let machine = folder.path().join("machine");
    std::fs::create_dir(&machine).expect("an empty machine");
    for file in ["root.key", "root.recovery", "root.erased"] {
        std::fs::copy(here.join(file), machine.join(file)).expect("keys from their own place");
    }
    let bare = copied(&machine, folder.path().join("bare"));
    let refused = rondo(&bare, &["restore", text(&backup)], &[]).await;
    assert!(!refused.status.success(), "{}", said(&refused));
    let name = format!("root.key.{}", old.name());
    std::fs::copy(here.join(&name), machine.join(&name)).expect("the old key");
    let told = does(&machine, &["restore", text(&backup)], &[]).await;
    assert!(told.contains("Everything was read and opened"), "{told}");
    std::fs::remove_file(machine.join(&name)).expect("it is not needed any more");
    assert_eq!(RootKey::load(&machine).expect("a root key").name(), now.name());
    assert_eq!(journal(&machine, room).await, before);
    assert_eq!(ErasedList::beside(&now, &machine).all().expect("the list"), [one()]);
    let again = Process::start(&machine, 0, &[]).await.expect("the server starts");
    again.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_key_that_is_kept_elsewhere_is_never_on_our_disk_and_changes_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, vault) = (folder.path().join("data"), folder.path().join("vault"));
    std::fs::create_dir(&vault).expect("a folder");
    let secret = |name: &str, sign: char| {
        let file = vault.join(name);
        std::fs::write(&file, sign.to_string().repeat(64)).expect("a secret");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, mode).expect("its mode");
        file
    };
    let (first, second) = (secret("root.key", 'a'), secret("next", 'b'));
    let asking = |file: &Path| format!(r#"["cat", "{}"]"#, text(file));
    let (old, new) = (asking(&first), asking(&second));

    let server = Process::start(&data, 0, &[("RONDO_ROOT_KEY_COMMAND", &old)]).await;
    let server = server.expect("the command gives the key");
    let bootstrap = server.bootstrap.clone().expect("nobody was here before");
    Facilitator::first(server.address, &bootstrap).await;
    server.kill().await;
    assert!(!data.join("root.key").exists());
    // The same secret as systemd hands it over.
    let credential = [
        ("RONDO_ROOT_KEY", "credential"),
        ("CREDENTIALS_DIRECTORY", text(&vault)),
    ];
    does(&data, &["keys", "list"], &credential).await;
    does(&data, &["practice", "new"], &credential).await;

    let asked = [("RONDO_ROOT_KEY_COMMAND", old.as_str())];
    let wanted = rondo(&data, &["keys", "rotate"], &asked).await;
    assert!(said(&wanted).contains("--next-root"), "{}", said(&wanted));
    does(&data, &["keys", "rotate", "--keep-root"], &asked).await;
    let rotate = ["keys", "rotate", "--next-root", text(&second)];
    for step in ["in_database", "list_tagged"] {
        let killed = [asked[0], ("RONDO_MUTANT", &*format!("die_at={step}"))];
        let killed = rondo(&data, &rotate, &killed).await;
        assert!(!killed.status.success(), "{step}: {}", said(&killed));
    }
    let told = does(&data, &rotate, &asked).await;
    check_recovery(&data, &paper(&told)).expect("the key that was shown");
    for file in std::fs::read_dir(&data).expect("the folder").flatten() {
        let bytes = std::fs::read(file.path()).expect("a file");
        for sign in [0xaa, 0xbb] {
            let found = bytes.windows(32).any(|window| window == [sign; 32]);
            assert!(!found, "a root key is in {}", file.path().display());
        }
    }
    let late = rondo(&data, &["keys", "list"], &asked).await;
    assert!(
        !late.status.success() && said(&late).contains("does not belong"),
        "{}",
        said(&late)
    );
    let server = Process::start(&data, 0, &[("RONDO_ROOT_KEY_COMMAND", &new)]).await;
    server.expect("the new key opens it").kill().await;

    for (words, why) in [
        (r#"["false"]"#, "ended with exit status: 1"),
        (r#"["echo", "aaaa"]"#, "not a root key"),
        (r#"["/nowhere"]"#, "cannot be run"),
    ] {
        let refused = rondo(&data, &["serve"], &[("RONDO_ROOT_KEY_COMMAND", words)]).await;
        let told = said(&refused);
        assert!(
            !refused.status.success() && told.contains(why) && !told.contains("aaaa"),
            "{told}"
        );
    }
}
