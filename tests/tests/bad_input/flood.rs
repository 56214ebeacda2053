//! Far too much of what is otherwise fine.

use protocol::wire::{ClientMessage, NoteFrame, NoteOp, NoteRef, RefusalCode, ServerMessage, SignalKind};
use rondo::hub::limits::{FLOOD_REFUSALS, MESSAGE_BURST, SIGN_BURST};
use tests::page::Page;
use tokio::io::AsyncWriteExt as _;

use super::scene::{Scene, hears_out};

/// More than anybody may say, however slow the machine is.
const FAR_TOO_MANY: u32 = 20 * (MESSAGE_BURST + FLOOD_REFUSALS);

#[tokio::test]
async fn a_flood_is_refused_as_too_fast_and_then_closed_with_4429() {
    let mut scene = Scene::of_a_session().await;
    let mut refused = 0;
    for at in 0..FAR_TOO_MANY.into() {
        let sent = tokio::time::timeout(tests::line::PATIENCE, async {
            let text = serde_json::to_string(&ClientMessage::Ping { at }).expect("a message");
            futures_util::SinkExt::send(&mut scene.mallory.socket, text.into()).await
        });
        if sent.await.expect("written in time").is_err() {
            break;
        }
        match scene.mallory.hear().await {
            Ok(Some(ServerMessage::Refused { refusal, .. })) => {
                assert_eq!(refusal.code, RefusalCode::TooFast);
                refused += 1;
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    let code = scene.mallory.closed.as_ref().map(|frame| u16::from(frame.code));
    assert_eq!(code, Some(4429));
    assert!(refused >= FLOOD_REFUSALS / 2, "{refused} refusals came first");
    assert_eq!(scene.ben_is_undisturbed().await, []);
    scene.ends_with(&[]).await;
}

/// A message as one frame, under the mask that changes nothing.
fn frame(message: &ClientMessage) -> Vec<u8> {
    let text = serde_json::to_vec(message).expect("a message");
    let length = u8::try_from(text.len()).expect("a short frame");
    [&[0x81, 0x80 | length, 0, 0, 0, 0][..], &text].concat()
}

#[tokio::test]
async fn who_floods_without_listening_is_closed_and_nobody_else() {
    let kind = SignalKind::MeToo;
    for message in [ClientMessage::Ping { at: 1 }, ClientMessage::Signal { kind }] {
        let mut scene = Scene::of_a_session().await;
        let flood = frame(&message).repeat(5_000);
        let _cut_off = scene.mallory.socket.get_mut().write_all(&flood).await;
        // Its own answers clog its lane, or it is counted as a flood, whichever is noticed first; the network may swallow the goodbye.
        assert!(matches!(scene.mallory.is_closed().await, Some(4408 | 4429) | None));
        assert!(scene.ben_is_undisturbed().await.len() <= SIGN_BURST as usize);
        scene.ends_with(&[]).await;
    }
}

#[tokio::test]
async fn a_flood_of_signs_reaches_nobody_as_a_flood() {
    let mut scene = Scene::of_a_session().await;
    let sign = frame(&ClientMessage::Signal {
        kind: SignalKind::MeToo,
    });
    let (handful, handfuls) = (24, 6);
    let mut refused = 0;
    for _ in 0..handfuls {
        let sent = scene.mallory.socket.get_mut().write_all(&sign.repeat(handful)).await;
        sent.expect("the line is up");
        let answers = hears_out(&mut scene.mallory).await;
        let refusals = answers
            .iter()
            .filter(|heard| matches!(heard, ServerMessage::Refused { .. }));
        refused += refusals.count();
    }
    // A busy machine may take seconds over it, and each second gives one more.
    let few = handful * handfuls / 2;
    assert!(refused >= few, "{refused} refused");
    assert!(scene.ben_is_undisturbed().await.len() <= few);
    assert!(hears_out(&mut scene.group.lead).await.len() <= few);
    scene.ends_with(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_keystrokes_is_read_by_everybody_and_closes_nobody() {
    let mut scene = Scene::of_a_session().await;
    let note = NoteRef::Session { session: 1 };
    let mut bens = Page::open(&mut scene.ben, note, 11).await.expect("opened");
    let mut hers = Page::open(&mut scene.mallory, note, 12).await.expect("opened");
    let keys = 800;
    let mut flood = Vec::new();
    for number in 1..=keys {
        let payload = &hers.writes("x");
        let (op, reference) = (NoteOp::Update, number);
        let update = NoteFrame {
            op,
            note,
            reference,
            payload,
        }
        .write();
        let length = u8::try_from(update.len()).expect("a short frame");
        flood.extend([0x82, 0x80 | length, 0, 0, 0, 0]);
        flood.extend(update);
    }
    // Ben asks a few things himself meanwhile, so that there are answers on his lane too.
    for at in 0..10 {
        scene.ben.say(&ClientMessage::Ping { at }).await;
    }
    scene
        .mallory
        .socket
        .get_mut()
        .write_all(&flood)
        .await
        .expect("the line is up");
    hers.is_saved(&mut scene.mallory, keys).await.expect("saved");
    let text = bens.reads(&mut scene.ben, |text| text.len() == keys as usize).await;
    assert_eq!(text, hers.text());
    bens.types(&mut scene.ben, " and Ben").await.expect("Ben writes on");
    scene.ends_with(&[]).await;
}
