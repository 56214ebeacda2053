//! Writes a message to the socket as one frame, straight from the pieces it consists of (RFC 6455 section 5.2).
//!
//! The library's writer copies every message into a buffer of its own, which it never shrinks: after a 300 KB note each connection would
//! keep 300 KB. Here the pieces are shared by everybody who is sent them, nothing is copied, and nothing stays behind. What the server
//! sends is not masked and not compressed, so a frame is a head of at most ten bytes and the payload.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;

use tokio::io::AsyncWrite;

/// What the payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    Text,
    Binary,
}

/// Up to this size a copy on the stack is cheaper than a vectored write.
const SMALL: usize = 256;
/// The longest head of a frame that is not masked.
const HEAD: usize = 10;

/// Writes one whole message. If this is dropped halfway, the stream holds half a frame and must be dropped too.
pub(super) async fn write<IO>(io: &mut IO, payload: Payload, pieces: [&[u8]; 2]) -> io::Result<()>
where
    IO: AsyncWrite + Unpin,
{
    let (head, length) = head(payload, pieces[0].len() + pieces[1].len());
    let parts = [&head[..length], pieces[0], pieces[1]];
    let whole: usize = parts.iter().map(|part| part.len()).sum();
    let mut done = 0;
    while done < whole {
        let written = poll_fn(|context| {
            let io = Pin::new(&mut *io);
            if whole <= SMALL {
                let mut copy = [0; SMALL];
                let mut at = 0;
                for part in parts {
                    copy[at..at + part.len()].copy_from_slice(part);
                    at += part.len();
                }
                io.poll_write(context, &copy[done..whole])
            } else {
                let mut slices = parts.map(IoSlice::new);
                let mut rest = &mut slices[..];
                IoSlice::advance_slices(&mut rest, done);
                io.poll_write_vectored(context, rest)
            }
        });
        match written.await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            some => done += some,
        }
    }
    poll_fn(|context| Pin::new(&mut *io).poll_flush(context)).await
}

/// A frame's head and how long it is.
fn head(payload: Payload, bytes: usize) -> ([u8; HEAD], usize) {
    const LAST: u8 = 0x80;
    let mut head = [0; HEAD];
    head[0] = LAST
        | match payload {
            Payload::Text => 0x1,
            Payload::Binary => 0x2,
        };
    if let Ok(short @ 0..=125) = u8::try_from(bytes) {
        head[1] = short;
        (head, 2)
    } else if let Ok(middle) = u16::try_from(bytes) {
        head[1] = 126;
        head[2..4].copy_from_slice(&middle.to_be_bytes());
        (head, 4)
    } else {
        head[1] = 127;
        head[2..10].copy_from_slice(&(bytes as u64).to_be_bytes());
        (head, 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::Role;

    /// Writes through a pipe that takes `at_once` bytes at a time; gives what a client reads.
    async fn read_back(payload: Payload, first: &[u8], second: &[u8], at_once: usize) -> Message {
        let (mut ours, theirs) = tokio::io::duplex(at_once);
        let mut client = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
        let (written, read) = tokio::join!(write(&mut ours, payload, [first, second]), client.next());
        written.unwrap();
        read.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_message_of_any_length_is_read_as_it_was_written_however_slowly_the_line_takes_it() {
        // Both sides of every change of the head's form, and of the copy.
        for bytes in [0, 1, 125, 126, 254, 255, 4_096, 65_535, 65_536, 300_000] {
            for at_once in [7, 1_000, 1 << 20] {
                let text = "a".repeat(bytes);
                for cut in [0, bytes / 3, bytes] {
                    let (first, second) = text.as_bytes().split_at(cut);
                    let read = read_back(Payload::Text, first, second, at_once).await;
                    assert_eq!(read, Message::text(text.clone()), "{bytes} bytes, cut at {cut}");
                }
            }
        }
        let read = read_back(Payload::Binary, &[1, 2], &[3], 64).await;
        assert_eq!(read, Message::binary(vec![1, 2, 3]));
    }

    #[tokio::test]
    async fn a_line_that_ended_is_an_error() {
        let (mut ours, theirs) = tokio::io::duplex(64);
        drop(theirs);
        let written = write(&mut ours, Payload::Text, [&[0; 1_000], &[]]).await;
        assert!(written.is_err());
    }
}
