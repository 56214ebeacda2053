//! T17: a process that is killed anywhere in a write at an address leaves no change of which the audit book does not know.

use hyper::Method;
use protocol::api::{LiftHold, NewHold};
use rondo::audit::{Does, Record, Thing};
use tests::cast::Gathering;
use tests::doomed::{Doomed, MOST_WRITES, copied};
use tests::house::{Process, store_in};

/// Whether nothing is held any more, and what the book says of it: the records about holds behind the first, which is that it was set.
async fn left_behind(data: &std::path::Path, room: protocol::RoomId) -> (bool, Vec<Record>) {
    let store = store_in(data).await.expect("the store opens");
    let lifted = store.holds(room).await.expect("read").is_empty();
    let practice = store.practice().await.expect("read").expect("somebody set it up");
    let book = store.audit_after(practice, 0, 1_000).await.expect("read");
    store.close().await;
    let about_holds = book.iter().filter_map(|row| Record::read(&row.header));
    let written = about_holds.filter(|record| (record.thing, record.does) == (Thing::Hold, Does::Writes));
    (lifted, written.skip(1).collect())
}

/// How often all the writes are gone through before the test gives up on a kill between a write and its record.
const TRIES: u32 = 4;

/// Who lifted a hold leaves no other trace than the book's: here it was lost when the process died between the two.
#[tokio::test]
async fn t17_a_kill_at_any_write_leaves_no_change_of_which_the_book_does_not_know() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = folder.path().join("before");
    let server = Process::start(&before, 0, &[]).await.expect("the server starts");
    let bootstrap = server.bootstrap.clone().expect("nobody was here before");
    let Gathering { facilitator, room, .. } = Gathering::of(server.address, &bootstrap, 1).await;
    let mut browser = facilitator.browser;
    let hold = NewHold {
        participant: None,
        reason: "A court asks".into(),
    };
    let holds = format!("/api/groups/{room}/holds");
    assert_eq!(browser.post(&holds, &hold).await.status, 204);
    server.kill().await;

    let lift = serde_json::to_vec(&LiftHold { participant: None }).expect("a form");
    let (mut kills, mut done, mut cut_off) = (0, 0, 0);
    let mut whole = None;
    // A write of something else (the log is looked after) may come between and be the one that is counted: then it is tried once more.
    let writes = (0..TRIES).flat_map(|again| (1..=MOST_WRITES).map(move |n| (again, n)));
    let mut over = None;
    for (again, n) in writes {
        if over == Some(again) {
            continue;
        }
        let left = folder.path().join(format!("killed-{again}-{n}"));
        copied(&before, &left);
        let mut doomed = Doomed::over(&left).await;
        browser.address = doomed.server.address;
        doomed.dies_at(n);
        let answer = browser
            .try_send(Method::POST, &format!("{holds}/lift"), Some(lift.clone()))
            .await;
        if let Some(answer) = answer {
            assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
            doomed.server.kill().await;
            let (lifted, records) = left_behind(&left, room).await;
            assert!(lifted && records.len() == 1 && !records[0].cut_off, "{records:?}");
            whole = Some(n);
            if done >= 1 && cut_off >= 1 {
                break;
            }
            over = Some(again);
            continue;
        }
        doomed.server.ends().await;
        kills += 1;
        // Nothing is said before what was cut off stands in the book.
        let again = Process::start(&left, 0, &[]).await.expect("the server starts again");
        browser.address = again.address;
        assert_eq!(browser.get("/api/state").await.status, 200);
        again.kill().await;
        let (lifted, records) = left_behind(&left, room).await;
        assert!(records.len() <= 1, "write {n}: one record an access: {records:?}");
        assert!(
            !lifted || records.len() == 1,
            "write {n}: it was lifted, and nobody knows by whom"
        );
        assert!(records.iter().all(|record| record.granted && record.at.0 > 0));
        done += u32::from(lifted);
        cut_off += u32::from(records.iter().any(|record| record.cut_off));
    }
    let whole = whole.expect("a hold is lifted");
    println!(
        "T17, kills in a write: N = {kills} of fewer than {whole} writes; it was done in {done}, noted as cut off in {cut_off}; \
         0 done that the book does not know (3/N = {:.3})",
        3.0 / f64::from(kills)
    );
    assert!(
        done >= 1 && cut_off >= 1,
        "the kills fell between the write and its record"
    );
}
