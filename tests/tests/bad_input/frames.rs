//! Bytes that are no WebSocket as RFC 6455 has it, or more of it than a page may say.

use protocol::wire::{MAX_CLIENT_MESSAGE_BYTES, RefusalCode};
use tokio::io::AsyncWriteExt as _;

use super::scene::{Scene, refusal};

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;
const RSV2: u8 = 0x20;
const RSV3: u8 = 0x10;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

/// A frame's head that announces `length` bytes to come, under the mask that changes nothing.
fn head(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => head.push(0x80 | short),
        (_, Ok(middle)) => {
            head.push(0x80 | 126);
            head.extend(middle.to_be_bytes());
        }
        _ => {
            head.push(0x80 | 127);
            head.extend(length.to_be_bytes());
        }
    }
    head.extend([0; 4]);
    head
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [head(first, payload.len() as u64).as_slice(), payload].concat()
}

/// A text message of exactly so many bytes that no page would send.
fn long(bytes: usize) -> Vec<u8> {
    vec![b' '; bytes]
}

/// Mallory sends these bytes; her line is closed with this code, and Ben does not notice more than that she is away.
async fn is_closed_with(code: u16, bytes: &[&[u8]]) {
    let mut scene = Scene::of_a_session().await;
    for piece in bytes {
        // The server may have closed in the middle of it.
        if scene.mallory.socket.get_mut().write_all(piece).await.is_err() {
            break;
        }
    }
    assert_eq!(scene.mallory.is_closed().await, Some(code), "{:.60?}", bytes.first());
    let gone = scene.mallory.me;
    let away = |seats: &[protocol::wire::SeatView]| seats.iter().any(|seat| seat.participant == gone && !seat.present);
    scene.ben.sees("that she is away", |scene, _| away(&scene.seats)).await;
    assert_eq!(scene.ben_is_undisturbed().await, []);
    // She may come back and is who she was.
    let mut back = scene.mallorys_browser.enter(scene.group.room).await;
    back.sees("the room", |_, me| me.may_speak).await;
    scene.ends_with(&[]).await;
}

#[tokio::test]
async fn a_message_of_64_kib_is_read_and_one_byte_more_closes_with_1009() {
    let mut scene = Scene::of_a_session().await;
    let largest = frame(FIN | TEXT, &long(MAX_CLIENT_MESSAGE_BYTES));
    scene
        .mallory
        .socket
        .get_mut()
        .write_all(&largest)
        .await
        .expect("the line is up");
    assert_eq!(refusal(&mut scene.mallory).await, (None, None, RefusalCode::Malformed));
    scene.ends_with(&[]).await;
    let over = long(MAX_CLIENT_MESSAGE_BYTES + 1);
    is_closed_with(1009, &[&frame(FIN | TEXT, &over)]).await;
    is_closed_with(1009, &[&frame(FIN | BINARY, &over)]).await;
}

#[tokio::test]
async fn a_length_that_is_only_announced_closes_with_1009_before_anything_is_kept() {
    is_closed_with(1009, &[&head(FIN | TEXT, MAX_CLIENT_MESSAGE_BYTES as u64 + 1)]).await;
    is_closed_with(1009, &[&head(FIN | BINARY, (1 << 63) - 1)]).await;
}

#[tokio::test]
async fn fragments_that_add_up_to_more_close_with_1009() {
    let half = long(MAX_CLIENT_MESSAGE_BYTES / 2 + 1);
    is_closed_with(1009, &[&frame(TEXT, &half), &frame(FIN | CONTINUATION, &half)]).await;
    let crumbs: Vec<u8> = std::iter::once(frame(TEXT, b"."))
        .chain((0..MAX_CLIENT_MESSAGE_BYTES).map(|_| frame(CONTINUATION, b".")))
        .flatten()
        .collect();
    is_closed_with(1009, &[&crumbs]).await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_closes_with_1007() {
    for text in [
        &b"\xff"[..],
        b"{\"type\":\"\xc3\x28\"}",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
    ] {
        is_closed_with(1007, &[&frame(FIN | TEXT, text)]).await;
    }
    // A letter may be cut in two between fragments, but not at the end.
    is_closed_with(1007, &[&frame(TEXT, b"\xc3"), &frame(FIN | CONTINUATION, b"")]).await;
}

#[tokio::test]
async fn a_frame_without_a_mask_closes_with_1002() {
    is_closed_with(1002, &[&[FIN | TEXT, 2, b'{', b'}']]).await;
}

#[tokio::test]
async fn reserved_bits_and_reserved_operations_close_with_1002() {
    for first in [
        FIN | RSV1 | TEXT,
        FIN | RSV2 | TEXT,
        FIN | RSV3 | BINARY,
        FIN | 3,
        FIN | 11,
    ] {
        is_closed_with(1002, &[&frame(first, b"{}")]).await;
    }
}

#[tokio::test]
async fn frames_in_an_order_that_is_none_close_with_1002() {
    is_closed_with(1002, &[&frame(FIN | CONTINUATION, b"{}")]).await;
    is_closed_with(1002, &[&frame(TEXT, b"{"), &frame(FIN | TEXT, b"}")]).await;
    is_closed_with(1002, &[&frame(PING, b"")]).await; // a control frame is never a fragment
    is_closed_with(1002, &[&frame(FIN | PING, &long(126))]).await; // and never long
    is_closed_with(1002, &[&frame(FIN | CLOSE, b"x")]).await;
}
