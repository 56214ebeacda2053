//! Hostile note frames: refused by number, heard by nobody.

use futures_util::SinkExt as _;
use protocol::wire::{NoteOp, NoteRef, RefusalCode};
use tests::page::{Page, send};
use tokio_tungstenite::tungstenite::Message;

use super::scene::{Scene, refusal};

const NOTE: NoteRef = NoteRef::Session { session: 1 };

/// Bytes that make a browser's Yjs hang for ever when it merges updates (reported against yjs as issue 687).
const TWENTY_SEVEN: [u8; 27] = [
    0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 2, 0, 0, 0x16, 2, 0, 0, 1, 0xfd, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0,
];

#[tokio::test]
async fn a_hostile_update_is_refused_by_its_number_and_heard_by_nobody() {
    let mut scene = Scene::of_a_session().await;
    let mut bens = Page::open(&mut scene.ben, NOTE, 11).await.expect("opened");
    bens.types(&mut scene.ben, "What Ben wrote.").await.expect("saved");
    let hostile: [&[u8]; 5] = [
        &TWENTY_SEVEN,
        &[],
        &[0xff; 20],
        &[0, 0, 0],
        &[1, 1, 12, 0x80, 0x80, 0x80, 0x80, 0x10],
    ];
    for bytes in hostile {
        let mut hers = Page::open(&mut scene.mallory, NOTE, 12).await.expect("opened");
        let number = hers.sends(&mut scene.mallory, bytes).await;
        let refused = hers.is_saved(&mut scene.mallory, number).await.expect_err("refused");
        assert_eq!(refused.code, RefusalCode::NoteRefused, "{bytes:x?}");
    }
    assert_eq!(scene.ben_is_undisturbed().await, []);
    assert!(scene.ben.frames.is_empty(), "nothing of it reached Ben");
    // The page that was refused opens anew and is taken as anybody else.
    let mut hers = Page::open(&mut scene.mallory, NOTE, 12).await.expect("opened");
    assert_eq!(hers.text(), "What Ben wrote.");
    hers.types(&mut scene.mallory, " And more.").await.expect("saved");
    bens.reads(&mut scene.ben, |text| text == "What Ben wrote. And more.")
        .await;
    scene.ends_with(&[]).await;
}

#[tokio::test]
async fn an_opening_with_hostile_bytes_for_what_it_knows_is_refused() {
    let mut scene = Scene::of_a_session().await;
    let mut bens = Page::open(&mut scene.ben, NOTE, 11).await.expect("opened");
    for bytes in [&TWENTY_SEVEN[..], &[0xff; 20], &[5]] {
        send(&mut scene.mallory, NoteOp::Open, NOTE, 12, bytes).await;
        assert_eq!(
            refusal(&mut scene.mallory).await,
            (None, Some(0), RefusalCode::NoteRefused),
            "{bytes:x?}"
        );
    }
    bens.types(&mut scene.ben, "still here").await.expect("saved");
    scene.ends_with(&[]).await;
}

#[tokio::test]
async fn a_frame_that_is_none_is_malformed_and_one_for_another_note_is_refused() {
    let mut scene = Scene::of_a_session().await;
    let head = |operation: u8, kind: u8, session: u16| {
        let [high, low] = session.to_be_bytes();
        vec![operation, kind, high, low, 0, 0, 0, 12]
    };
    let none = [
        vec![],
        vec![1, 0, 0],
        TWENTY_SEVEN.to_vec(),
        head(0, 0, 0),
        head(9, 0, 0),
        head(1, 9, 0),
        head(1, 0, 7),
        head(1, 1, 0),
        head(2, 0, 0), // only the hub says `state` and `saved`
        head(4, 0, 0),
    ];
    for bytes in none {
        scene
            .mallory
            .socket
            .send(Message::binary(bytes.clone()))
            .await
            .expect("the line is up");
        let (_, _, code) = refusal(&mut scene.mallory).await;
        assert_eq!(code, RefusalCode::Malformed, "{bytes:x?}");
    }
    let elsewhere = [
        (NoteRef::Session { session: 2 }, RefusalCode::UnknownNote),
        (NoteRef::Session { session: 65_535 }, RefusalCode::UnknownNote),
        (NoteRef::Facilitators { session: 1 }, RefusalCode::NotPermitted),
        (NoteRef::Facilitators { session: 9 }, RefusalCode::NotPermitted),
    ];
    for (note, code) in elsewhere {
        send(&mut scene.mallory, NoteOp::Open, note, 12, &[]).await;
        assert_eq!(refusal(&mut scene.mallory).await, (None, Some(0), code), "{note:?}");
        send(&mut scene.mallory, NoteOp::Update, note, 5, &[0, 0]).await;
        assert_eq!(refusal(&mut scene.mallory).await, (None, Some(5), code), "{note:?}");
    }
    // A note that she may write in, but did not open on this line.
    send(&mut scene.mallory, NoteOp::Update, NOTE, 6, &[0, 0]).await;
    assert_eq!(
        refusal(&mut scene.mallory).await,
        (None, Some(6), RefusalCode::NoteRefused)
    );
    assert_eq!(scene.ben_is_undisturbed().await, []);
    scene.ends_with(&[]).await;
}
