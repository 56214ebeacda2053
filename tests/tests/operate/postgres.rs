//! The whole server on PostgreSQL, and how it gets there.

use protocol::wire::{Action, NoteRef};
use rondo::store::ask_postgres;
use tests::cast::Gathering;
use tests::house::Process;
use tests::page::Page;
use tests::postgres::Postgres;

use super::{rondo, said};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lives_on_postgresql_through_a_kill() {
    let Some(server) = Postgres::start_or_report() else {
        return;
    };
    let url = server.fresh_database("lives");
    let settings = [("RONDO_DATABASE_URL", url.expose().as_str())];
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Process::start(&data, 0, &settings).await.unwrap();
    let bootstrap = first.bootstrap.clone().unwrap();
    let mut story = Gathering::of(first.address, &bootstrap, 2).await;
    story.lead.does(Action::StartSession).await;
    let mut page = Page::open(&mut story.lead, NoteRef::Course, 7).await.unwrap();
    page.types(&mut story.lead, "Kept-on-the-other-engine").await.unwrap();
    assert!(!data.join("rondo.db").exists(), "nothing is in SQLite");
    first.kill().await;

    let second = Process::start(&data, 0, &settings).await.unwrap();
    assert!(second.bootstrap.is_none(), "it was set up before");
    story.facilitator.browser.address = second.address;
    story.facilitator.signs_in().await;
    let mut lead = story.facilitator.enter(story.room).await;
    lead.sees("the session that was begun", |scene, _| scene.agenda.current.is_some())
        .await;
    let page = Page::open(&mut lead, NoteRef::Course, 8).await.unwrap();
    assert_eq!(page.text(), "Kept-on-the-other-engine");

    let verified = rondo(&data, &settings, &["verify"]).await;
    assert!(verified.status.success(), "{}", said(&verified));
    let backup = rondo(
        &data,
        &settings,
        &["backup", folder.path().join("copy").to_str().unwrap()],
    )
    .await;
    let told = said(&backup);
    assert!(!backup.status.success(), "a half backup would be worse than none");
    for named in ["pg_dump", "root.key", "root.erased"] {
        assert!(told.contains(named), "{told}");
    }
    second.kill().await;
}

/// A certificate for this name, and its key.
fn certificate(name: &str) -> (String, String) {
    let pair = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.self_signed(&pair).unwrap().pem(), pair.serialize_pem())
}

#[tokio::test]
async fn postgresql_proves_who_it_is_before_it_hears_a_password() {
    let (own, key) = certificate("localhost");
    let server = match Postgres::encrypted(&own, &key) {
        Ok(server) => server,
        Err(tests::postgres::NoPostgres::Absent) => return assert!(Postgres::start_or_report().is_none()),
        Err(why) => panic!("{why}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let (right, wrong) = (folder.path().join("right.pem"), folder.path().join("wrong.pem"));
    std::fs::write(&right, &own).unwrap();
    std::fs::write(&wrong, certificate("localhost").0).unwrap();
    let url = |host: &str, how: &str| {
        let port = server.port();
        protocol::Private(format!("postgres://postgres:secret-word@{host}:{port}/postgres?{how}"))
    };
    let checked = |file: &std::path::Path| format!("sslmode=verify-full&sslrootcert={}", file.display());

    let said = ask_postgres(&url("localhost", &checked(&right))).await.unwrap();
    assert!(said.encrypted);
    // The same server, and somebody else's word for it; the same certificate under another name.
    for (host, root) in [("localhost", &wrong), ("127.0.0.1", &right)] {
        let refused = ask_postgres(&url(host, &checked(root))).await.unwrap_err();
        assert!(!refused.contains("secret-word"), "{refused}");
    }
    let plain = ask_postgres(&url("127.0.0.1", "sslmode=disable")).await.unwrap();
    assert!(!plain.encrypted, "the question itself can say no");
}

/// The bounds are PostgreSQL's to keep: it is asked whether it knows them.
#[tokio::test]
async fn what_waits_on_postgresql_waits_with_an_end() {
    let Some(server) = Postgres::start_or_report() else {
        return;
    };
    let url = server.fresh_database("bounds");
    let folder = tempfile::tempdir().unwrap();
    let root = rondo::keys::RootKey::load_or_create(folder.path()).unwrap();
    let hook = rondo::store::FatalHook::new(|why| panic!("{why}"));
    let config = rondo::store::StoreConfig::Postgres(url.clone());
    let store = rondo::store::Store::open(config, root, hook).await.unwrap();
    // Another connection, with no bound of its own, asks what the store's says of itself: a statement that stands still is ended by them.
    let mut other = <sqlx::PgConnection as sqlx::Connection>::connect(url.expose())
        .await
        .unwrap();
    let lock = "BEGIN; LOCK TABLE practice IN ACCESS EXCLUSIVE MODE";
    sqlx::Executor::execute(&mut other, lock).await.unwrap();
    let begun = std::time::Instant::now();
    let waited = store.practices().await;
    println!("a statement behind a lock gave up after {:?}", begun.elapsed());
    assert!(waited.is_err(), "it would have waited for ever");
    drop(other);
    store.close().await;
}

/// Rooms that write at once, and how often each: as many as a busy node has, for two seconds or so.
const ROOMS: u128 = 100;
const APPENDS: u64 = 40;

/// What `deploy/capacity.py` reckons with: on a disk that is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn many_rooms_share_one_wait_for_the_disk_on_postgresql_and_nothing_is_lost() {
    let server = match Postgres::start_with(None, &["fsync=on", "synchronous_commit=on"]) {
        Ok(server) => server,
        Err(tests::postgres::NoPostgres::Absent) => return assert!(Postgres::start_or_report().is_none()),
        Err(why) => panic!("{why}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let root = rondo::keys::RootKey::load_or_create(folder.path()).unwrap();
    let hook = rondo::store::FatalHook::new(|why| panic!("{why}"));
    let config = rondo::store::StoreConfig::Postgres(server.fresh_database("appends"));
    let store = rondo::store::Store::open(config, root, hook).await.unwrap();
    tests::furnish::furnish_rooms(&store, ROOMS).await;
    let begun = std::time::Instant::now();
    let mut rooms = tokio::task::JoinSet::new();
    for n in 1..=ROOMS {
        let store = store.clone();
        rooms.spawn(async move {
            let room = protocol::RoomId::from_bits(n);
            let opened = store.claim(room).await.unwrap();
            for after_seq in 0..APPENDS {
                let event = rondo::store::NewEvent {
                    kind: "said",
                    at: protocol::Timestamp(after_seq),
                    actor: None,
                    body: vec![b'x'; 300],
                };
                let append = rondo::store::Append {
                    room,
                    practice: opened.practice,
                    epoch: opened.epoch,
                    after_seq,
                    events: vec![event],
                    command: None,
                };
                store.append(append).await.unwrap();
            }
        });
    }
    rooms.join_all().await;
    let (all, took) = (u64::try_from(ROOMS).unwrap() * APPENDS, begun.elapsed());
    println!(
        "PostgreSQL: {all} durable appends of {ROOMS} rooms in {took:?}: {:.0} a second, one node",
        all as f64 / took.as_secs_f64()
    );
    for n in 1..=ROOMS {
        let opened = store.claim(protocol::RoomId::from_bits(n)).await.unwrap();
        assert_eq!(opened.next_seq, APPENDS + 1, "room {n}");
    }
    store.close().await;
}
