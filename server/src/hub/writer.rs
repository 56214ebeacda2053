//! Writes a message to the socket as one frame, straight from the pieces it consists of (RFC 6455 section 5.2).
//!
//! The library's writer copies every message into a buffer of its own, which it never shrinks: after a 300 KB note each connection would
//! keep 300 KB. Here the pieces are shared by everybody who is sent them, nothing is copied, and nothing stays behind. What the server
//! sends is not masked and not compressed, so a frame is a head of at most ten bytes and the payload.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tokio::net::tcp::OwnedWriteHalf;

use super::lane::{Said, View};

/// What the payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    Text,
    Binary,
}

/// Up to this size a copy on the stack is cheaper than a vectored write.
const SMALL: usize = 256;
/// Up to this size what is written at once is put together first: one piece is cheaper to hand over than several. A view has some nine.
const TOGETHER: usize = 16 * 1024;
/// The longest head of a frame that is not masked.
const HEAD: usize = 10;

/// A socket that whoever has something to say writes to, without waking anybody (decisions/0022).
pub trait Direct: std::fmt::Debug + Send + Sync {
    /// Writes what the socket takes at once; an error where it takes nothing.
    fn try_write_vectored(&self, from: &[IoSlice<'_>]) -> io::Result<usize>;
}

impl Direct for OwnedWriteHalf {
    fn try_write_vectored(&self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        match from {
            [only] => self.try_write(only),
            several => OwnedWriteHalf::try_write_vectored(self, several),
        }
    }
}

/// Where frames are put together: room for a head, and then text.
#[derive(Default)]
struct Desk {
    text: Vec<u8>,
    /// What stands behind the head's room. It is kept, so that nothing else can come to lie where it lies.
    shared: Bytes,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

impl Desk {
    /// The frame of a view. What its audience shares is put there once for all who are written to one after the other.
    fn view(&mut self, View { shared, own }: &View) -> &[u8] {
        let same = self.shared.as_ptr() == shared.as_ptr() && self.shared.len() == shared.len();
        if !same || shared.is_empty() {
            self.text.clear();
            self.text.extend_from_slice(&[0; HEAD]);
            self.text.extend_from_slice(shared);
            self.shared = shared.clone();
        }
        self.text.truncate(HEAD + shared.len());
        own.iter().for_each(|piece| self.text.extend_from_slice(piece));
        let (head, length) = head(Payload::Text, self.text.len() - HEAD);
        let begins = HEAD - length;
        self.text[begins..HEAD].copy_from_slice(&head[..length]);
        &self.text[begins..]
    }

    fn frames<'a>(&mut self, parts: impl Iterator<Item = &'a [u8]>) -> &[u8] {
        self.shared = Bytes::new();
        self.text.clear();
        parts.for_each(|part| self.text.extend_from_slice(part));
        &self.text
    }
}

/// A frame of a message in up to three pieces.
struct Frame<'a> {
    head: ([u8; HEAD], usize),
    pieces: [&'a [u8]; 3],
}

impl<'a> Frame<'a> {
    fn of(payload: Payload, pieces: [&'a [u8]; 3]) -> Self {
        let head = head(payload, pieces.iter().map(|piece| piece.len()).sum());
        Self { head, pieces }
    }
    fn parts(&self) -> [&[u8]; 4] {
        let [one, two, three] = self.pieces;
        [&self.head.0[..self.head.1], one, two, three]
    }
    fn whole(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }
    /// Hands over what comes after `done` bytes.
    fn rest<T>(&self, done: usize, write: impl FnOnce(&[IoSlice<'_>]) -> T) -> T {
        let whole = self.whole();
        if whole <= SMALL {
            let mut copy = [0; SMALL];
            let mut at = 0;
            for part in self.parts() {
                copy[at..at + part.len()].copy_from_slice(part);
                at += part.len();
            }
            write(&[IoSlice::new(&copy[done..whole])])
        } else {
            let mut slices = self.parts().map(IoSlice::new);
            let mut rest = &mut slices[..];
            IoSlice::advance_slices(&mut rest, done);
            write(rest)
        }
    }
}

/// A message: what it is, and the pieces that it consists of.
pub(super) type Pieces<'a> = (Payload, [&'a [u8]; 3]);

/// How long the frame of a message is.
pub(super) fn length((payload, pieces): Pieces<'_>) -> usize {
    Frame::of(payload, pieces).whole()
}

/// Writes a message, behind another one if there is one `before` it, as far as the socket takes them now. Gives how many bytes it took.
pub(super) fn at_once(io: &dyn Direct, before: Option<&Said>, said: &Said) -> usize {
    let frames = [before, Some(said)].map(|said| said.map(|said| Frame::of(said.pieces().0, said.pieces().1)));
    let frames = || frames.iter().flatten();
    let parts = || frames().flat_map(Frame::parts);
    let whole = frames().map(Frame::whole).sum::<usize>();
    let written = if whole <= TOGETHER {
        DESK.with_borrow_mut(|desk| {
            let text = match (before, said) {
                (None, Said::View(view)) => desk.view(view),
                _ => desk.frames(parts()),
            };
            let written = io.try_write_vectored(&[IoSlice::new(text)]);
            if desk.shared.is_empty() {
                desk.text.fill(0); // a view's is cleared when all are shown it
            }
            written
        })
    } else {
        io.try_write_vectored(&parts().map(IoSlice::new).collect::<Vec<_>>())
    };
    written.unwrap_or(0) // whoever writes next hears of the error
}

/// Nothing that was said stays on this thread's desk.
pub(super) fn clears_the_desk() {
    DESK.with_borrow_mut(|desk| {
        desk.shared = Bytes::new();
        desk.text.fill(0);
        desk.text.clear();
    });
}

/// Writes one message, of which `done` bytes of the frame are written already. If this is dropped halfway, the stream holds half a frame and
/// must be dropped too.
pub(super) async fn write<IO>(io: &mut IO, payload: Payload, pieces: [&[u8]; 3], mut done: usize) -> io::Result<()>
where
    IO: AsyncWrite + Unpin,
{
    let frame = Frame::of(payload, pieces);
    while done < frame.whole() {
        let written = poll_fn(|context| {
            frame.rest(done, |rest| {
                let io = Pin::new(&mut *io);
                match rest {
                    [only] => io.poll_write(context, only),
                    several => io.poll_write_vectored(context, several),
                }
            })
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
        let (written, read) = tokio::join!(write(&mut ours, payload, [first, &[], second], 0), client.next());
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

    /// A socket that takes everything.
    #[derive(Debug, Default)]
    struct Wide(std::sync::Mutex<Vec<u8>>);

    impl Direct for Wide {
        fn try_write_vectored(&self, from: &[IoSlice<'_>]) -> io::Result<usize> {
            let mut taken = self.0.lock().unwrap();
            let before = taken.len();
            from.iter().for_each(|piece| taken.extend_from_slice(piece));
            Ok(taken.len() - before)
        }
    }

    #[test]
    fn whatever_was_put_together_before_a_view_is_written_as_it_is() {
        let wide = Wide::default();
        let view = |shared: &Bytes, own: &str| {
            let own = [b"{".as_slice().into(), own.as_bytes().into()];
            Said::View(View {
                shared: shared.clone(),
                own,
            })
        };
        // Of one audience, of another of the same length, short and long, behind an answer and behind a note; some too long to be put together.
        let audiences: Vec<Bytes> = [0, 1, 100, 100, 125, 5_000, 5_000, TOGETHER, 70_000]
            .map(|bytes| Bytes::from(vec![b'a'; bytes]))
            .into();
        let answer = Said::Ordered(super::super::lane::Out::Text(Bytes::from_static(b"yes")));
        for (n, shared) in audiences.iter().chain(audiences.iter().rev()).enumerate() {
            for own in ["one", "another one", ""] {
                let said = view(shared, own);
                let before = (n % 3 == 1 && own.is_empty()).then_some(&answer);
                let mut due = before.map_or_else(Vec::new, |_| b"\x81\x03yes".to_vec());
                let (payload, pieces) = said.pieces();
                let frame = Frame::of(payload, pieces);
                due.extend(frame.parts().concat());
                assert_eq!(at_once(&wide, before, &said), due.len());
                assert!(std::mem::take(&mut *wide.0.lock().unwrap()) == due, "{n} {own}");
            }
        }
    }

    #[tokio::test]
    async fn a_line_that_ended_is_an_error() {
        let (mut ours, theirs) = tokio::io::duplex(64);
        drop(theirs);
        let written = write(&mut ours, Payload::Text, [&[0; 1_000], &[], &[]], 0).await;
        assert!(written.is_err());
    }
}
