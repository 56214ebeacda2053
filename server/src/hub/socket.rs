//! One connection: reads what a page says, writes what the lanes hold. One task, one WebSocket, no rules.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use protocol::CommandId;
use protocol::wire::{ClientMessage, CloseCode, MAX_CLIENT_MESSAGE_BYTES, Refusal, RefusalCode, ServerMessage};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Seat;
use super::lane::{Closing, Lane, LaneOut, Next, Out, lanes};
use super::limits::{
    CLOSE, FLOOD_REFUSALS, FRAGMENT, MAX_WRITE_BUFFER, MESSAGE_BURST, MESSAGES_PER_SECOND, NOTE_FRAME_BURST,
    NOTE_FRAMES_PER_SECOND, READ_BUFFER, SIGN_BURST, SIGNS_PER_SECOND, SILENCE, WRITE,
};
use super::registry::Registry;
use super::room_task::Letter;

/// The WebSocket's settings. Compression is not among them: it would open the door to bombs and to length leaks.
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(Some(MAX_CLIENT_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_CLIENT_MESSAGE_BYTES))
}

/// Serves a connection until either side ends it, then tells the room.
/// `ended` resolves when something outside the room ends the connection: the login behind it.
pub(super) async fn serve<IO>(
    registry: &Arc<Registry>,
    seat: Seat,
    stream: WebSocketStream<IO>,
    ended: impl Future<Output = Closing>,
) where
    IO: AsyncRead + AsyncWrite + Unpin + Send,
{
    let connection = registry.number();
    let (lane, out, closed) = lanes();
    let room = seat.room;
    let hello = Letter::Connected {
        connection,
        seat,
        lane: lane.clone(),
    };
    let Ok(letters) = registry.send(room, hello).await else {
        let mut stream = stream;
        say_close(
            &mut stream,
            &Closing {
                code: CloseCode::Restarting,
                reason: "1000".to_owned(),
            },
        )
        .await;
        return;
    };
    let mut line = Line {
        connection,
        registry,
        letters,
        lane,
        stream,
        allowance: Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, Instant::now()),
        notes: Allowance::new(NOTE_FRAME_BURST, NOTE_FRAMES_PER_SECOND, Instant::now()),
        signs: Allowance::new(SIGN_BURST, SIGNS_PER_SECOND, Instant::now()),
    };
    let either = async {
        tokio::select! {
            closing = closed.closing() => closing,
            closing = ended => closing,
        }
    };
    let closing = line.run(out, either).await;
    if let Some(closing) = closing {
        say_close(&mut line.stream, &closing).await;
    }
    let _ = line.letters.send(Letter::Gone { connection }).await; // a room that ended knows already
}

struct Line<'a, IO> {
    connection: u64,
    registry: &'a Arc<Registry>,
    letters: mpsc::Sender<Letter>,
    lane: Lane,
    stream: WebSocketStream<IO>,
    allowance: Allowance,
    notes: Allowance,
    signs: Allowance,
}

impl<IO> Line<'_, IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send,
{
    /// Until the end; the close to say, if there is anybody to say it to.
    async fn run(&mut self, mut out: LaneOut, closed: impl Future<Output = Closing>) -> Option<Closing> {
        let silence = tokio::time::sleep(SILENCE);
        tokio::pin!(silence);
        tokio::pin!(closed);
        let mut last_heard = Instant::now();
        loop {
            tokio::select! {
                closing = &mut closed => return Some(closing),
                read = self.stream.next() => {
                    last_heard = Instant::now();
                    match read {
                        Some(Ok(message)) => {
                            if let Some(closing) = self.heard(message).await {
                                return Some(closing);
                            }
                        }
                        Some(Err(fault)) => return close_for(&fault),
                        None => return None,
                    }
                }
                next = out.next() => {
                    let message = match next {
                        Next::Ordered(Out::Text(text)) | Next::View(text) => Message::Text(text),
                        Next::Ordered(Out::Note(bytes)) => Message::Binary(bytes),
                        Next::Gone => return None,
                    };
                    if !self.write(message).await {
                        return None;
                    }
                }
                () = &mut silence => {
                    let until = last_heard + SILENCE;
                    if Instant::now() >= until {
                        return None; // nobody is there to say goodbye to
                    }
                    silence.as_mut().reset(until);
                }
            }
        }
    }

    /// Writes one message; gives up when the line takes too long.
    async fn write(&mut self, message: Message) -> bool {
        let stream = &mut self.stream;
        let writing = async {
            match message {
                Message::Binary(bytes) if bytes.len() > FRAGMENT => in_fragments(stream, bytes, Data::Binary).await,
                Message::Text(text) if text.len() > FRAGMENT => in_fragments(stream, text.into(), Data::Text).await,
                small => stream.send(small).await,
            }
        };
        // A close that comes meanwhile waits for this frame, so that the goodbye never falls into the middle of one.
        matches!(tokio::time::timeout(WRITE, writing).await, Ok(Ok(())))
    }

    async fn heard(&mut self, message: Message) -> Option<Closing> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(frame) => return self.heard_note(frame).await,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return self.spend(),
            Message::Close(_) => return None, // answered by the library; the stream ends by itself
        };
        if let Some(closing) = self.spend() {
            return Some(closing);
        }
        if self.allowance.is_overdrawn() {
            self.refuse(id_of(&text), RefusalCode::TooFast.into());
            return None;
        }
        let letter = match serde_json::from_str::<ClientMessage>(&text) {
            Ok(ClientMessage::Ping { at }) => {
                let now = self.registry.clock.now();
                let _ = self.lane.say(&ServerMessage::Pong { at, now });
                return None;
            }
            Ok(ClientMessage::Act { id, action }) => Letter::Act {
                connection: self.connection,
                id,
                action,
            },
            Ok(ClientMessage::Signal { kind }) => {
                self.signs.spend(Instant::now());
                if self.signs.is_overdrawn() {
                    self.refuse(None, RefusalCode::TooFast.into());
                    return None;
                }
                Letter::Signal {
                    connection: self.connection,
                    kind,
                }
            }
            Err(_) => {
                self.refuse(id_of(&text), RefusalCode::Malformed.into());
                return None;
            }
        };
        // Waits while the room's mailbox is full: this line alone reads slower.
        let gone = self.letters.send(letter).await.is_err();
        gone.then(|| Closing {
            code: CloseCode::RoomRestarting,
            reason: String::new(),
        })
    }

    async fn heard_note(&mut self, frame: Bytes) -> Option<Closing> {
        // A note's update is never refused for haste: dropping one would part the page from the note. The line reads slower instead.
        self.notes.spend(Instant::now());
        if self.notes.is_overdrawn() {
            tokio::time::sleep(Duration::from_secs(1) / NOTE_FRAMES_PER_SECOND).await;
        }
        let letter = Letter::Note {
            connection: self.connection,
            frame,
        };
        let gone = self.letters.send(letter).await.is_err();
        gone.then(|| Closing {
            code: CloseCode::RoomRestarting,
            reason: String::new(),
        })
    }

    fn refuse(&self, id: Option<CommandId>, refusal: Refusal) {
        let _ = self.lane.say(&ServerMessage::Refused { id, refusal });
    }

    fn spend(&mut self) -> Option<Closing> {
        let flooding = !self.allowance.spend(Instant::now());
        flooding.then(|| Closing {
            code: CloseCode::Flooding,
            reason: String::new(),
        })
    }
}

/// The command a refused message was about, where it can still be read.
fn id_of(text: &str) -> Option<CommandId> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: CommandId,
    }
    serde_json::from_str::<Named>(text).ok().map(|named| named.id)
}

/// How much a connection may still say: a bucket that fills again with time. An overdrawn one refuses; a long overdrawn one closes.
struct Allowance {
    burst: f64,
    per_second: f64,
    left: f64,
    at: Instant,
    overdrawn: bool,
    /// Refused messages less those that were within the allowance: a flood always has some that are.
    refusals: u32,
}

impl Allowance {
    fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        Self {
            burst: f64::from(burst),
            per_second: f64::from(per_second),
            left: f64::from(burst),
            at: now,
            overdrawn: false,
            refusals: 0,
        }
    }
    /// Takes one message's worth; `false` when this has gone on for too long.
    fn spend(&mut self, now: Instant) -> bool {
        let gained = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.left = (self.left + gained).min(self.burst);
        self.at = now;
        self.overdrawn = self.left < 1.0;
        if self.overdrawn {
            self.refusals = self.refusals.saturating_add(1);
        } else {
            self.left -= 1.0;
            self.refusals = self.refusals.saturating_sub(1);
        }
        self.refusals <= FLOOD_REFUSALS
    }
    fn is_overdrawn(&self) -> bool {
        self.overdrawn
    }
}

/// A large payload as fragments, each flushed, so that the library's write buffer stays as small as one of them.
async fn in_fragments<IO>(stream: &mut WebSocketStream<IO>, bytes: Bytes, kind: Data) -> Result<(), Error>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let mut rest = bytes;
    let mut opcode = OpCode::Data(kind);
    while !rest.is_empty() {
        let piece = rest.split_to(rest.len().min(FRAGMENT));
        let last = rest.is_empty();
        stream.send(Message::Frame(Frame::message(piece, opcode, last))).await?;
        opcode = OpCode::Data(Data::Continue);
    }
    Ok(())
}

/// What a broken line is told, if it can still be told anything.
fn close_for(fault: &Error) -> Option<Closing> {
    let code = match fault {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => CloseCode::TooBig,
        Error::Utf8(_) => CloseCode::InvalidUtf8,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return None,
        Error::Protocol(_) => CloseCode::ProtocolError,
        _ => return None,
    };
    Some(Closing {
        code,
        reason: String::new(),
    })
}

async fn say_close<IO>(stream: &mut WebSocketStream<IO>, closing: &Closing)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let frame = CloseFrame {
        code: closing.code.number().into(),
        reason: closing.reason.clone().into(),
    };
    let goodbye = async {
        if stream.close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {} // until the other side has answered
        }
    };
    let _ = tokio::time::timeout(CLOSE, goodbye).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_then_it_is_refused_then_it_ends() {
        let start = Instant::now();
        let mut allowance = Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, start);
        for _ in 0..MESSAGE_BURST {
            assert!(allowance.spend(start));
            assert!(!allowance.is_overdrawn());
        }
        for _ in 0..FLOOD_REFUSALS {
            assert!(allowance.spend(start));
            assert!(allowance.is_overdrawn());
        }
        assert!(!allowance.spend(start));
        assert!(allowance.spend(start + Duration::from_secs(1)), "a pause makes good");
        assert!(!allowance.is_overdrawn());
    }

    #[test]
    fn a_flood_ends_however_many_of_its_messages_are_within_the_allowance() {
        let start = Instant::now();
        let mut allowance = Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, start);
        // A thousand a second, so that one in sixteen is within what a second gives.
        let flood = (0..10_000).map(|n| start + Duration::from_millis(n));
        let said = flood.take_while(|at| allowance.spend(*at)).count();
        assert!(said < 1_000, "{said}");
    }

    #[test]
    fn who_says_a_little_too_much_for_long_is_refused_now_and_then_and_never_closed() {
        let start = Instant::now();
        let mut allowance = Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, start);
        let a_little_more =
            (0..10_000).map(|n| start + Duration::from_millis(n * 950 / u64::from(MESSAGES_PER_SECOND)));
        let mut refused = 0;
        for at in a_little_more {
            assert!(allowance.spend(at));
            refused += u32::from(allowance.is_overdrawn());
        }
        assert!(refused > 0);
    }

    #[test]
    fn the_id_of_a_message_that_cannot_be_read_is_still_found() {
        let id = CommandId::from_bits(5);
        let text = format!(r#"{{"type":"act","id":"{id}","action":{{"do":"levitate"}}}}"#);
        assert_eq!(id_of(&text), Some(id));
        assert_eq!(id_of("[[[["), None);
    }
}
