//! Many people at once, as cheaply as can be: WebSockets whose messages are counted and not understood.
//!
//! [`crate::line`] reads every message as a page would, which costs more than the server pays to write it. Whoever makes load must not be the
//! slower side, so the crowd looks at a message's first bytes and at its length, and at nothing else.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::ready;

use protocol::wire::{Action, ClientMessage, SUBPROTOCOL};
use protocol::{CommandId, ParticipantId, RoomId};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use crate::furnish::{self, Guest};
use crate::web::Browser;

/// First bytes of a message that are looked at: a view's position, the sender of a sign, the code of a refusal stand within.
const HEAD: usize = 128;
/// One read takes so much. All lines share the buffer.
const READ: usize = 64 * 1024;
/// Larger than the answer to any handshake.
const MAX_HANDSHAKE: usize = 8 * 1024;
/// A mask like any other; what is masked is no secret here.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// The key of RFC 6455 section 1.3. The crowd does not check the proof.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// What was heard: a message's beginning and its length.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    pub head: &'a [u8],
    pub bytes: usize,
}

/// What a message is, as far as its first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    View { seq: u64, waiting: bool },
    Accepted,
    Refused,
    Sign { from: (usize, usize) },
    Other,
}

impl Message {
    fn read(head: &[u8]) -> Self {
        let after = |prefix: &[u8]| head.strip_prefix(prefix);
        if let Some(rest) = after(br#"{"type":"signal","from":"pa_"#) {
            let digits = std::str::from_utf8(rest.get(..32).unwrap_or_default()).unwrap_or_default();
            let bits = u128::from_str_radix(digits, 16).unwrap_or_default();
            let from = furnish::whose(ParticipantId::from_bits(bits.max(1)));
            return Self::Sign { from };
        }
        if let Some(rest) = after(br#"{"type":"view","seq":"#) {
            let seq = rest
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .fold(0, |seq, digit| seq * 10 + u64::from(digit - b'0'));
            let waiting = rest.windows(9).any(|nine| nine == b"\"waiting\"");
            return Self::View { seq, waiting };
        }
        if after(br#"{"type":"accepted""#).is_some() {
            return Self::Accepted;
        }
        if after(br#"{"type":"refused""#).is_some() {
            return Self::Refused;
        }
        Self::Other
    }
}

/// The speaking half of a line. The line goes down when it is dropped.
#[derive(Debug)]
pub struct Voice(OwnedWriteHalf);

/// The listening half of a line.
#[derive(Debug)]
pub struct Ears {
    tcp: OwnedReadHalf,
    frames: Frames,
    early: Vec<u8>,
}

/// Opens a line into a room of Rondo.
pub async fn enter(address: SocketAddr, room: RoomId, guest: &Guest) -> io::Result<(Voice, Ears)> {
    let mut browser = Browser::new(address);
    browser.cookie = Some(guest.cookie.clone());
    let ticket = browser
        .try_ticket(room)
        .await
        .ok_or_else(|| io::Error::other("no ticket"))?;
    let more = format!(
        "Origin: {}\r\nCookie: {}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}, {ticket}\r\n",
        browser.origin(),
        guest.cookie
    );
    connect(address, &format!("/api/rooms/{room}/ws"), &more).await
}

/// Opens a WebSocket; `more` are further header lines, each with its end.
pub async fn connect(address: SocketAddr, path: &str, more: &str) -> io::Result<(Voice, Ears)> {
    let mut tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{more}\r\n"
    );
    tcp.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(1024);
    let end = loop {
        if tcp.read_buf(&mut answer).await? == 0 || answer.len() > MAX_HANDSHAKE {
            return Err(io::Error::other("the handshake was not answered"));
        }
        if let Some(at) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let early = answer.split_off(end);
    if !answer.starts_with(b"HTTP/1.1 101") {
        return Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned()));
    }
    let (read, write) = tcp.into_split();
    let ears = Ears {
        tcp: read,
        frames: Frames::default(),
        early,
    };
    Ok((Voice(write), ears))
}

impl Heard<'_> {
    /// What it is.
    pub fn message(&self) -> Message {
        Message::read(self.head)
    }
}

impl Voice {
    /// Says a text at once. A socket that takes no more is an error: the load is above what the other side reads.
    pub fn say(&self, text: &str) -> io::Result<()> {
        let frame = masked(0x1, text.as_bytes());
        let taken = self.0.try_write(&frame)?;
        if taken == frame.len() {
            Ok(())
        } else {
            Err(io::Error::other("the socket is full"))
        }
    }

    /// Asks for something, under a name that nobody has used.
    pub fn act(&self, action: Action) -> io::Result<()> {
        let id = CommandId::from_bits(rand::random());
        let text = serde_json::to_string(&ClientMessage::Act { id, action }).expect("a message");
        self.say(&text)
    }

    /// Says a binary frame of any size.
    pub async fn say_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(&masked(0x2, bytes)).await
    }
}

/// Brings a group of [`furnish::furnish_groups`] into its room: the first leads and begins the session, the others are let in one by one.
/// `ear` makes what hears every message of a person, from the first on.
pub async fn gather<F>(
    address: SocketAddr,
    group: usize,
    guests: &[Guest],
    mut ear: impl FnMut(usize) -> F,
) -> io::Result<Vec<Voice>>
where
    F: FnMut(Message, usize) + Send + 'static,
{
    let mut voices: Vec<Voice> = Vec::with_capacity(guests.len());
    for (person, guest) in guests.iter().enumerate() {
        let (voice, ears) = enter(address, furnish::room(group), guest).await?;
        let (shown, mut views) = mpsc::channel(2);
        let (mut shown, mut hear) = (Some(shown), ear(person));
        tokio::spawn(ears.listen(move |heard| {
            let message = Message::read(heard.head);
            if let (Some(tell), Message::View { waiting, .. }) = (&shown, message) {
                let _ = tell.try_send(waiting); // the door is shown more than once when others come
                if !waiting {
                    shown = None;
                }
            }
            hear(message, heard.bytes);
        }));
        match voices.first() {
            None => voice.act(Action::StartSession)?,
            Some(lead) => {
                let _ = views.recv().await;
                let participant = guest.participant;
                // Who is weighed is not asked where they are: what is measured is the room.
                lead.act(Action::Admit {
                    participant,
                    anyway: true,
                })?;
            }
        }
        while views.recv().await.ok_or_else(|| io::Error::other("a line went down"))? {}
        voices.push(voice);
    }
    Ok(voices)
}

fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 14);
    frame.push(0x80 | opcode);
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        middle @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((middle as u16).to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

impl Ears {
    /// Listens until the line is down; every whole message is given to `heard`. Gives the code of a close, if one came.
    pub async fn listen(mut self, mut heard: impl FnMut(Heard<'_>)) -> Option<u16> {
        let early = std::mem::take(&mut self.early);
        self.frames.take(&early, &mut heard);
        loop {
            let Self { tcp, frames, .. } = &mut self;
            let read = poll_fn(|context| {
                BUFFER.with_borrow_mut(|buffer| {
                    let mut buffer = ReadBuf::new(buffer);
                    ready!(Pin::new(&mut *tcp).poll_read(context, &mut buffer))?;
                    frames.take(buffer.filled(), &mut heard);
                    Ok::<_, io::Error>(buffer.filled().len()).into()
                })
            });
            if !matches!(read.await, Ok(1..)) {
                return self.frames.closed;
            }
        }
    }
}

/// Frames in the making: the server's, which are not masked.
#[derive(Debug)]
struct Frames {
    /// The frame's head so far.
    frame: [u8; 10],
    have: usize,
    /// Payload bytes of the frame still to come, once its head is whole.
    left: Option<u64>,
    /// The message's beginning.
    head: [u8; HEAD],
    bytes: usize,
    closed: Option<u16>,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            frame: [0; 10],
            have: 0,
            left: None,
            head: [0; HEAD],
            bytes: 0,
            closed: None,
        }
    }
}

impl Frames {
    fn take(&mut self, mut chunk: &[u8], heard: &mut impl FnMut(Heard<'_>)) {
        loop {
            let left = match self.left {
                Some(left) => left,
                None => {
                    let Some((&byte, rest)) = chunk.split_first() else {
                        return;
                    };
                    chunk = rest;
                    self.frame[self.have] = byte;
                    self.have += 1;
                    let Some(length) = self.length() else { continue };
                    self.left = Some(length);
                    length
                }
            };
            let here = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let (payload, rest) = chunk.split_at(here);
            chunk = rest;
            let room = HEAD.saturating_sub(self.bytes).min(payload.len());
            if room > 0 {
                self.head[self.bytes..self.bytes + room].copy_from_slice(&payload[..room]);
            }
            self.bytes += payload.len();
            let left = left - here as u64;
            self.left = Some(left);
            if left > 0 {
                return;
            }
            self.frame_is_whole(heard);
        }
    }

    /// The payload's length once the frame's head is whole.
    fn length(&self) -> Option<u64> {
        let frame = &self.frame[..self.have];
        match *frame.get(1)? {
            short @ 0..=125 => Some(short.into()),
            126 => Some(u16::from_be_bytes(frame.get(2..4)?.try_into().ok()?).into()),
            _ => Some(u64::from_be_bytes(frame.get(2..10)?.try_into().ok()?)),
        }
    }

    fn frame_is_whole(&mut self, heard: &mut impl FnMut(Heard<'_>)) {
        let (last, opcode) = (self.frame[0] & 0x80 != 0, self.frame[0] & 0x0f);
        if opcode == 0x8 {
            self.closed = Some(u16::from_be_bytes([self.head[0], self.head[1]]));
        } else if last && opcode < 0x8 {
            heard(Heard {
                head: &self.head[..self.bytes.min(HEAD)],
                bytes: self.bytes,
            });
        }
        (self.have, self.left) = (0, None);
        if last {
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard_in(chunks: &[&[u8]]) -> (Vec<(Vec<u8>, usize)>, Option<u16>) {
        let (mut frames, mut all) = (Frames::default(), Vec::new());
        for chunk in chunks {
            frames.take(chunk, &mut |heard: Heard<'_>| {
                all.push((heard.head.to_vec(), heard.bytes))
            });
        }
        (all, frames.closed)
    }

    #[test]
    fn messages_are_counted_the_same_however_the_bytes_are_cut() {
        // "hi"; then "abc" in two fragments; then 300 bytes; then a close with 1012.
        let mut bytes = vec![
            0x81, 2, b'h', b'i', 0x01, 1, b'a', 0x80, 2, b'b', b'c', 0x82, 126, 1, 44,
        ];
        bytes.extend([7; 300]);
        bytes.extend([0x88, 2, 0x03, 0xf4]);
        let whole = heard_in(&[&bytes]);
        let wanted = vec![(b"hi".to_vec(), 2), (b"abc".to_vec(), 3), (vec![7; HEAD], 300)];
        assert_eq!(whole, (wanted, Some(1012)));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(heard_in(&single), whole);
        let threes: Vec<&[u8]> = bytes.chunks(3).collect();
        assert_eq!(heard_in(&threes), whole);
    }

    #[test]
    fn what_is_said_can_be_read_by_whoever_unmasks_it() {
        let frame = masked(0x1, b"hello");
        assert_eq!(frame[..2], [0x81, 0x85]);
        let clear: Vec<u8> = frame[6..]
            .iter()
            .zip(frame[2..6].iter().cycle())
            .map(|(b, m)| b ^ m)
            .collect();
        assert_eq!(clear, b"hello");
    }
}
