//! The files on the disk: who may read them, what stands in them, and what is no database.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use protocol::wire::NoteRef;
use protocol::{Private, Role};
use rondo::keys::RootKey;
use rondo::store::{FatalHook, Store, StoreConfig, StoreFault};
use sqlx::Connection;

use super::ground::{
    BODY, DAY, EMAIL, GUEST, Ground, NAME, NOTE, PRACTICE_NAME, REASON, TITLE, account, append, bodies, exchange,
    furnished, new_invite, room, set_up,
};
use super::notes::note_append;
use super::practices::{another_practice, asks};

/// Every file below a folder, whole.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn no_file_of_the_data_folder_holds_a_name_a_title_an_address_or_a_word() {
    let ground = Ground::sqlite();
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    store.append(append(1, 1, 0, &[BODY])).await.unwrap();
    store.snapshot(room(1), 1, 1, BODY.as_bytes()).await.unwrap();
    store.append_note(note_append(1, &[NOTE, NOTE])).await.unwrap();
    store
        .fold_note(room(1), 1, NoteRef::Course, 1, NOTE.as_bytes())
        .await
        .unwrap();
    another_practice(&store).await;
    store.ask_to_look_in(asks(1, account())).await.unwrap();
    let look = || {
        let found = files(ground.folder.path());
        assert!(
            found.iter().any(|(path, _)| path.ends_with("rondo.db-wal")) || found.len() == 2,
            "{found:?}"
        );
        for planted in [
            NAME,
            EMAIL,
            &EMAIL.to_lowercase(),
            TITLE,
            BODY,
            GUEST,
            NOTE,
            DAY,
            REASON,
            PRACTICE_NAME,
        ] {
            for (path, bytes) in &found {
                assert!(!holds(bytes, planted.as_bytes()), "{planted} in {}", path.display());
            }
        }
        // The search itself works: what may be read there is found.
        assert!(found.iter().any(|(_, bytes)| holds(bytes, b"group-ipt-8")));
    };
    look();
    store.close().await;
    look();
}

#[tokio::test]
async fn every_file_of_the_data_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let ground = Ground::sqlite();
    let store = furnished(&ground, 1).await;
    let modes = |folder: &Path| -> Vec<(String, u32)> {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                (entry.file_name().into_string().unwrap(), mode)
            })
            .collect()
    };
    let modes = modes(ground.folder.path());
    assert_eq!(modes.len(), 4, "database, log, index and root key: {modes:?}");
    assert!(modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
    store.close().await;
}

#[tokio::test]
async fn folded_updates_leave_no_byte_in_the_files() {
    let ground = Ground::sqlite();
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store
        .append_note(note_append(1, &["x".repeat(9000).as_str(), "short"]))
        .await
        .unwrap();
    store.append(append(1, 1, 0, &["kept"])).await.unwrap();
    let sealed: Vec<Vec<u8>> = {
        use sqlx::Row;
        let path = ground.folder.path().join("rondo.db");
        let mut db = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
        let rows = sqlx::query("SELECT sealed FROM note_update")
            .fetch_all(&mut db)
            .await
            .unwrap();
        db.close().await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(sealed.len(), 2);
    // Pieces small enough to lie whole on one page.
    let pieces: HashSet<&[u8]> = sealed.iter().flat_map(|bytes| bytes.chunks_exact(32)).collect();
    let left = || {
        let found = files(ground.folder.path());
        let seen: HashSet<&[u8]> = found
            .iter()
            .flat_map(|(_, bytes)| bytes.windows(32))
            .filter(|bytes| pieces.contains(bytes))
            .collect();
        seen.len()
    };
    assert!(left() > pieces.len() * 9 / 10, "the search finds what is there");
    store
        .fold_note(room(1), 1, NoteRef::Course, 2, b"folded")
        .await
        .unwrap();
    store.purge().await.unwrap();
    assert_eq!(left(), 0);
    assert_eq!(
        store
            .load_note(room(1), NoteRef::Course)
            .await
            .unwrap()
            .folded
            .as_deref(),
        Some(b"folded".as_slice())
    );
    assert_eq!(bodies(&store, 1).await, ["kept"]);
    store.close().await;
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let root = RootKey::load_or_create(folder.path()).unwrap();
    let path = folder.path().join("rondo.db");
    std::fs::write(&path, "not a database, but long enough to look at: ".repeat(200)).unwrap();
    let opened = Store::open(StoreConfig::Sqlite(path), root.clone(), FatalHook::new(|_| {})).await;
    assert!(matches!(opened, Err(StoreFault::Damaged(_))), "{opened:?}");
    let nowhere = folder.path().join("missing/rondo.db");
    let opened = Store::open(StoreConfig::Sqlite(nowhere), root, FatalHook::new(|_| {})).await;
    assert!(
        matches!(opened, Err(StoreFault::File(std::io::ErrorKind::NotFound))),
        "{opened:?}"
    );
}

#[tokio::test]
async fn a_database_cut_short_is_a_fault_and_not_a_panic() {
    let ground = Ground::sqlite();
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &[BODY])).await.unwrap();
    store.close().await;
    let path = ground.folder.path().join("rondo.db");
    let whole = std::fs::read(&path).unwrap();
    let mut told = 0;
    for kept in [100, 4096, 8192, whole.len() / 2, whole.len() - 4096] {
        std::fs::write(&path, &whole[..kept]).unwrap();
        let hook = FatalHook::new(|_| {});
        let faults = match Store::open(ground.config.clone(), ground.root(), hook).await {
            Err(_) => true,
            Ok(store) => {
                let faulty = store.claim(room(1)).await.is_err() || store.room(room(1)).await.is_err();
                store.close().await;
                faulty
            }
        };
        told += usize::from(faults);
    }
    assert!(told >= 4, "{told} of 5 were noticed");
}

#[test]
fn private_values_do_not_show_in_debug_output() {
    let shown = format!(
        "{:?} {:?} {:?}",
        append(1, 1, 0, &[BODY]),
        set_up(),
        note_append(1, &[NOTE])
    );
    for planted in [BODY, NAME, EMAIL, NOTE] {
        assert!(!shown.contains(planted), "{shown}");
    }
    let url = StoreConfig::Postgres(Private("postgres://user:password@host/db".to_owned()));
    assert!(!format!("{url:?}").contains("password"));
}
