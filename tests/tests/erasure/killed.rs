//! A process that dies anywhere in an erasure: the next start finishes it, or it had not begun; the other's record is whole either way.

use std::path::Path;

use hyper::Method;
use protocol::api::{CarryOutErasure, GroupRights, NewErasure};
use protocol::wire::NoteRef;
use tests::doomed::{Doomed, copied, writes_tried};
use tests::house::{Process, store_in};
use tests::page::Page;

use super::evening::{Evening, THEIRS};
use super::rondo;
use super::search::Pieces;

/// Of some thirty writes the quick version tries so many apart.
const STRIDE: usize = 5;

/// Whether the list beside the root key names her: from then on there is no way back.
fn is_listed(data: &Path, evening: &Evening) -> bool {
    let ana = evening.ana.me.to_string();
    std::fs::read_to_string(data.join("root.erased")).is_ok_and(|list| list.contains(&ana))
}

/// How the folder stands right after the kill: whether it is in the middle of the erasure.
async fn is_half_way(left: &Path, folder: &Path, evening: &Evening, pieces: &Pieces) -> bool {
    let look = folder.join("look");
    copied(left, &look);
    let (hers, _) = pieces.opening(&look).await;
    let store = store_in(&look).await.expect("the store opens");
    let erasures = store.erasures(evening.room).await.expect("read");
    store.close().await;
    std::fs::remove_dir_all(&look).expect("it goes");
    let begun = is_listed(left, evening) || hers < pieces.ana.len();
    begun && erasures[0].done_at.is_none()
}

/// What the next start made of it: whether she is erased. Anything in between is a fault, and so is anything of his that is not there.
async fn judged(left: &Path, n: u64, evening: &mut Evening, pieces: &Pieces) -> bool {
    let listed = is_listed(left, evening);
    let server = Process::start(left, 0, &[]).await.expect("the server starts again");
    evening.lead_browser.address = server.address;
    let path = format!("/api/groups/{}/rights", evening.room);
    let rights: GroupRights = evening.lead_browser.get(&path).await.json();
    let done = rights.erasures[0].done_at.is_some();
    assert_eq!(
        done, listed,
        "write {n}: what has begun is finished, and nothing else is"
    );
    assert_eq!(rights.erasures[0].record.is_some(), done, "write {n}");
    let mut lead = evening.lead_browser.enter(evening.room).await;
    let note = NoteRef::Session { session: 1 };
    let mut page = Page::open(&mut lead, note, 1_000).await.expect("the note opens");
    let text = page.reads(&mut lead, |text| text.contains(THEIRS.ben_note)).await;
    assert_eq!(text.contains(THEIRS.ana_note), !done, "write {n}: {text}");
    server.kill().await;

    let (hers, his) = pieces.opening(left).await;
    assert_eq!(his, pieces.ben.len(), "write {n}: all of his opens");
    let expected = if done { 0 } else { pieces.ana.len() };
    assert_eq!(hers, expected, "write {n}: all of hers, or nothing");
    let store = store_in(left).await.expect("the store opens");
    store.whole().await.expect("everything there is can be read");
    store.close().await;
    rondo(left, &["verify"]).await;
    done
}

#[tokio::test]
async fn t10_a_kill_at_any_write_of_an_erasure_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = folder.path().join("before");
    let server = Process::start(&before, 0, &[]).await.expect("the server starts");
    let mut evening = Evening::of(&server).await;
    let group = format!("/api/groups/{}", evening.room);
    let asked = NewErasure {
        participant: evening.ana.me,
        reason: THEIRS.reasons[2].into(),
    };
    let asked = evening.lead_browser.post(&format!("{group}/erasures"), &asked).await;
    assert_eq!(asked.status, 204);
    server.kill().await;
    let pieces = Pieces::of(&before, &evening).await;
    assert!(pieces.ana.len() >= 12 && pieces.ben.len() >= 8);

    let carry_out = format!("{group}/erasures/{}/carry-out", evening.ana.me);
    let form = CarryOutErasure {
        name: THEIRS.ana.into(),
    };
    let form = serde_json::to_vec(&form).expect("a form");
    let (mut kills, mut half, mut erased) = (0, 0, 0);
    let mut whole = None;
    for n in writes_tried(STRIDE) {
        let left = folder.path().join(format!("killed-{n}"));
        copied(&before, &left);
        let mut doomed = Doomed::over(&left).await;
        evening.lead_browser.address = doomed.server.address;
        doomed.dies_at(n);
        let answer = evening
            .lead_browser
            .try_send(Method::POST, &carry_out, Some(form.clone()))
            .await;
        if let Some(answer) = answer {
            assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
            doomed.server.kill().await;
            whole = Some(n);
            assert!(judged(&left, n, &mut evening, &pieces).await);
            break;
        }
        doomed.server.ends().await;
        kills += 1;
        half += u32::from(is_half_way(&left, folder.path(), &evening, &pieces).await);
        erased += u32::from(judged(&left, n, &mut evening, &pieces).await);
        std::fs::remove_dir_all(&left).expect("it goes");
    }
    let whole = whole.expect("an erasure ends");
    println!(
        "T10, kills in an erasure: N = {kills} of fewer than {whole} writes; {half} left it half done, the next start finished {erased} and had nothing of {}; \
         0 half erasures, all of the other's, the log verifies (3/N = {:.3})",
        kills - erased,
        3.0 / f64::from(kills)
    );
    assert!(half >= 1, "the kills fell into the middle: {half} of {kills}");
}
