//! A house moves from SQLite to PostgreSQL: all of it or nothing, and it goes on there.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use protocol::wire::{Action, NoteRef, RequestKind};
use rondo::store::{LEFT, MOVED, move_house};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use tests::cast::Gathering;
use tests::house::{Process, store_in};
use tests::page::Page;
use tests::postgres::Postgres;

use super::{rondo, said};

/// SIGABRT: it died where it was told to, and not of anything else.
const ABORTED: i32 = 6;

/// Rows of every table of the other side that a house moves to.
async fn rows_there(url: &str) -> u64 {
    let mut there = sqlx::PgConnection::connect(url).await.unwrap();
    let mut rows = 0;
    for table in MOVED {
        let known = format!("SELECT to_regclass('{table}') IS NOT NULL");
        if !there.fetch_one(AssertSqlSafe(known)).await.unwrap().get::<bool, _>(0) {
            continue;
        }
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        rows += there.fetch_one(sql).await.unwrap().get::<i64, _>(0).cast_unsigned();
    }
    there.close().await.unwrap();
    rows
}

/// Everything that SQLite says, as text, table by table: the same house says the same.
async fn told_here(file: &Path) -> Vec<(String, Vec<String>)> {
    let mut here = sqlx::SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    let mut all = Vec::new();
    for table in MOVED {
        let sql = AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')"));
        let columns = here.fetch_all(sql).await.unwrap();
        let quoted: Vec<String> = columns
            .iter()
            .map(|row| format!("quote({})", row.get::<String, _>(0)))
            .collect();
        let sql = AssertSqlSafe(format!(
            "SELECT {} AS row FROM {table} ORDER BY row",
            quoted.join(" || ',' || ")
        ));
        let rows = here.fetch_all(sql).await.unwrap();
        all.push(((*table).to_owned(), rows.iter().map(|row| row.get(0)).collect()));
    }
    here.close().await.unwrap();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_moves_whole_or_not_at_all_and_its_rooms_go_on() {
    let Some(server) = Postgres::start_or_report() else {
        return;
    };
    let url = server.fresh_database("moved");
    let url = url.expose();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let from = format!("sqlite:{}", data.display());
    let words = ["migrate", "--from", from.as_str(), "--to", url.as_str()];

    let old = Process::start(&data, 0, &[]).await.unwrap();
    let bootstrap = old.bootstrap.clone().unwrap();
    let mut story = Gathering::of(old.address, &bootstrap, 2).await;
    story.lead.does(Action::StartSession).await;
    let mut page = Page::open(&mut story.lead, NoteRef::Course, 7).await.unwrap();
    page.types(&mut story.lead, "Moves-along").await.unwrap();
    let (_, member) = &mut story.members[0];
    let kind = RequestKind::Share;
    member.does(Action::Ask { kind, note: None }).await;

    // Not while somebody works there; and a kill leaves what only the daybook holds.
    let busy = rondo(&data, &[], &words).await;
    assert!(
        !busy.status.success() && said(&busy).contains("stop that first"),
        "{}",
        said(&busy)
    );
    old.kill().await;

    // Killed among the tables, and a moment before the commit: nothing is there, and here everything is.
    for place in ["die_at=event_body", "die_at=commit"] {
        let killed = rondo(&data, &[("RONDO_MUTANT", place)], &words).await;
        assert_eq!(killed.status.signal(), Some(ABORTED), "{place}: {}", said(&killed));
        assert_eq!(rows_there(url).await, 0, "{place}");
    }
    let before = told_here(&data.join("rondo.db")).await;

    let moved = rondo(&data, &[], &words).await;
    let told = said(&moved);
    assert!(moved.status.success() && told.contains("head for head"), "{told}");
    assert_eq!(told_here(&data.join("rondo.db")).await, before, "here nothing changed");
    let events = before.iter().find(|(table, _)| table == "event").unwrap().1.len() as i64;
    assert!(events > 5 && told.contains(&format!("{events:>10} event\n")), "{told}");

    // Over a house nothing is ever moved.
    let again = rondo(&data, &[], &words).await;
    assert!(
        !again.status.success() && said(&again).contains("holds something already"),
        "{}",
        said(&again)
    );

    // The same words are in both journals.
    let here = store_in(&data).await.unwrap();
    let journal = here.read_events(story.room, 1, 1000).await.unwrap();
    here.close().await;
    let root = rondo::keys::RootKey::load(&data).unwrap();
    let config = rondo::store::StoreConfig::Postgres(protocol::Private(url.clone()));
    let hook = rondo::store::FatalHook::new(|why| panic!("{why}"));
    let there = rondo::store::Store::open(config, root, hook).await.unwrap();
    let arrived = there.read_events(story.room, 1, 1000).await.unwrap();
    there.close().await;
    let bodies = |events: &[rondo::store::StoredEvent]| -> Vec<_> {
        events.iter().map(|event| (event.seq, event.body.clone())).collect()
    };
    assert_eq!(bodies(&arrived), bodies(&journal));
    assert_eq!(journal.len() as i64, events);

    let settings = [("RONDO_DATABASE_URL", url.as_str())];
    let verified = rondo(&data, &settings, &["verify"]).await;
    assert!(verified.status.success(), "{}", said(&verified));
    let new = Process::start(&data, 0, &settings).await.unwrap();
    story.facilitator.browser.address = new.address;
    story.facilitator.signs_in().await;
    let mut lead = story.facilitator.enter(story.room).await;
    lead.sees("the session and its line", |scene, _| scene.agenda.current.is_some())
        .await;
    let page = Page::open(&mut lead, NoteRef::Course, 9).await.unwrap();
    assert_eq!(page.text(), "Moves-along");
    lead.does(Action::Pause).await;
    new.kill().await;
    println!("moved: {}", told.lines().next_back().unwrap_or_default());
}

/// A new table has to be put into one of the lists, or this fails.
#[tokio::test]
async fn every_table_of_both_databases_is_moved_or_left_for_a_reason() {
    let Some(server) = Postgres::start_or_report() else {
        return;
    };
    let url = server.fresh_database("lists");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rondo.db");
    store_in(folder.path()).await.unwrap().close().await;
    // An empty house moves, too; that makes the tables there.
    move_house(&file, &url, &mut |_| ()).await.unwrap();
    let mut here = sqlx::SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    let lite = here
        .fetch_all("SELECT name FROM sqlite_master WHERE type = 'table'")
        .await
        .unwrap();
    let mut there = sqlx::PgConnection::connect(url.expose()).await.unwrap();
    let sql = "SELECT table_name::TEXT FROM information_schema.tables WHERE table_schema = current_schema()";
    let postgres = there.fetch_all(sql).await.unwrap();
    let lite: BTreeSet<String> = lite.iter().map(|row| row.get(0)).collect();
    let postgres: BTreeSet<String> = postgres.iter().map(|row| row.get(0)).collect();
    for (engine, tables) in [("SQLite", &lite), ("PostgreSQL", &postgres)] {
        for table in MOVED {
            assert!(tables.contains(*table), "{engine} has no table {table}");
        }
        let strays: Vec<_> = tables
            .iter()
            .filter(|table| !MOVED.contains(&table.as_str()) && !LEFT.contains(&table.as_str()))
            .collect();
        assert!(
            strays.is_empty(),
            "{engine}: nobody said whether these move: {strays:?}"
        );
    }
    // A table that stands in neither list stops the move before anything went.
    here.execute("CREATE TABLE stray (n INTEGER) STRICT").await.unwrap();
    here.close().await.unwrap();
    let other = server.fresh_database("stray");
    let refused = move_house(&file, &other, &mut |_| ()).await.unwrap_err().to_string();
    assert!(refused.contains("stray"), "{refused}");
}

/// Columns that differ, or a row that does not arrive as it was.
#[tokio::test]
async fn what_does_not_arrive_as_it_was_is_not_kept() {
    let Some(server) = Postgres::start_or_report() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rondo.db");
    store_in(folder.path()).await.unwrap().close().await;
    let mut here = sqlx::SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    here.execute("INSERT INTO believed_clock (id, at) VALUES (1, 1900000000000)")
        .await
        .unwrap();
    here.close().await.unwrap();
    let url = server.fresh_database("changed");
    // The tables are made; then a trigger there changes what comes in.
    move_house(&file, &url, &mut |_| ()).await.unwrap();
    let mut there = sqlx::PgConnection::connect(url.expose()).await.unwrap();
    let twist = "DELETE FROM believed_clock;
        CREATE FUNCTION twist() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := NEW.at + 1; RETURN NEW; END $$;
        CREATE TRIGGER twists BEFORE INSERT ON believed_clock FOR EACH ROW EXECUTE FUNCTION twist()";
    there.execute(twist).await.unwrap();
    let refused = move_house(&file, &url, &mut |_| ()).await.unwrap_err().to_string();
    assert!(refused.contains("believed_clock did not arrive"), "{refused}");
    assert_eq!(rows_there(url.expose()).await, 0);
    there
        .execute("DROP TRIGGER twists ON believed_clock; ALTER TABLE room ADD COLUMN colour TEXT")
        .await
        .unwrap();
    let refused = move_house(&file, &url, &mut |_| ()).await.unwrap_err().to_string();
    assert!(refused.contains("room does not have the same columns"), "{refused}");
    there.close().await.unwrap();
}
