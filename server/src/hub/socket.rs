//! One connection: reads what a page says, writes what the lanes hold. One task, one WebSocket, no rules.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use protocol::CommandId;
use protocol::wire::{ClientMessage, CloseCode, MAX_CLIENT_MESSAGE_BYTES, Refusal, RefusalCode, ServerMessage};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Seat;
use super::lane::{Closing, Lane, LaneOut, Next, Out, View, lanes};
use super::limits::{
    CLOSE, FLOOD_REFUSALS, MAX_CONTROL_BUFFER, MESSAGE_BURST, MESSAGES_PER_SECOND, NOTE_FRAME_BURST,
    NOTE_FRAMES_PER_SECOND, READ_BUFFER, SIGN_BURST, SIGNS_PER_SECOND, SILENCE, WRITE,
};
use super::registry::{Registry, Stopping};
use super::room_task::Letter;
use super::writer::{self, Payload};

/// The WebSocket's settings. Compression is not among them: it would open the door to bombs and to length leaks. The library reads, and
/// answers pings and closes; what the lanes hold is written past it (`writer`).
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(read_buffer())
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_CONTROL_BUFFER)
        .max_message_size(Some(MAX_CLIENT_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_CLIENT_MESSAGE_BYTES))
}

fn read_buffer() -> usize {
    #[cfg(feature = "mutants")]
    if super::mutants::is("large_read_buffer") {
        return WebSocketConfig::default().read_buffer_size;
    }
    READ_BUFFER
}

/// Serves a connection until either side ends it, then tells the room.
/// `ended` resolves when something outside the room ends the connection: the login behind it.
///
/// Five thousand of these futures lie in memory at any time. So the line is put together before the future begins and stays where it is: what
/// an `async fn` is given and then moves about is stored once for each place.
pub(super) fn serve<IO, E>(
    registry: Arc<Registry>,
    seat: Seat,
    stream: WebSocketStream<IO>,
    ended: E,
) -> impl Future<Output = ()> + use<IO, E>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send,
    E: Future<Output = Closing>,
{
    let (lane, mut out) = lanes();
    let mut ended = Box::pin(ended);
    let mut line = Line {
        connection: registry.number(),
        registry,
        letters: None,
        lane,
        stream,
        allowance: Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, Instant::now()),
        notes: Allowance::new(NOTE_FRAME_BURST, NOTE_FRAMES_PER_SECOND, Instant::now()),
        signs: Allowance::new(SIGN_BURST, SIGNS_PER_SECOND, Instant::now()),
        library: Library::Quiet,
    };
    async move {
        let closing = match line.comes_in(seat).await {
            Ok(()) => line.run(&mut out, &mut ended).await,
            Err(Stopping) => Some(Closing {
                code: CloseCode::Restarting,
                reason: "1000".to_owned(),
            }),
        };
        if let Some(closing) = closing {
            Box::pin(say_close(&mut line.stream, &closing)).await;
        }
        let connection = line.connection;
        line.tell(Letter::Gone { connection }).await; // a room that ended knows already
    }
}

/// What the library has to write by itself. Its frames and ours must not mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Library {
    Quiet,
    /// It answers a ping, perhaps not to the end yet.
    Answers,
    /// It answers a close; after that nothing may follow.
    SaysGoodbye,
}

struct Line<IO> {
    connection: u64,
    registry: Arc<Registry>,
    /// The way to the room's task, once it has one.
    letters: Option<mpsc::Sender<Letter>>,
    lane: Lane,
    stream: WebSocketStream<IO>,
    allowance: Allowance,
    notes: Allowance,
    signs: Allowance,
    library: Library,
}

impl<IO> Line<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send,
{
    /// Tells the room who is there.
    async fn comes_in(&mut self, seat: Seat) -> Result<(), Stopping> {
        let room = seat.room;
        let hello = Letter::Connected {
            connection: self.connection,
            seat,
            lane: self.lane.clone(),
        };
        // Boxed: it is over soon, and opening a room is a large future.
        self.letters = Some(Box::pin(self.registry.send(room, hello)).await?);
        Ok(())
    }

    /// Hands a letter to the room; `false` if its task has ended. Waits while the room's mailbox is full: this line alone reads slower.
    async fn tell(&self, letter: Letter) -> bool {
        match &self.letters {
            Some(letters) => letters.send(letter).await.is_ok(),
            None => false,
        }
    }

    /// Until the end; the close to say, if there is anybody to say it to.
    async fn run(&mut self, out: &mut LaneOut, mut ended: impl Future<Output = Closing> + Unpin) -> Option<Closing> {
        let silence = tokio::time::sleep(SILENCE);
        tokio::pin!(silence);
        let mut last_heard = Instant::now();
        loop {
            tokio::select! {
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
                next = out.next(), if self.library != Library::SaysGoodbye => {
                    let written = match next {
                        Next::Ordered(Out::Text(text)) => self.write(Payload::Text, [&text, &[]]).await,
                        Next::Ordered(Out::Note(bytes)) => self.write(Payload::Binary, [&bytes, &[]]).await,
                        Next::View(View { shared, own }) => self.write(Payload::Text, [&shared, &own]).await,
                        Next::Close(closing) => return Some(closing),
                    };
                    if !written {
                        return None;
                    }
                }
                closing = &mut ended => return Some(closing),
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

    /// Writes one message; gives up when the line takes too long. A close that comes meanwhile waits for this frame, so that the goodbye
    /// never falls into the middle of one.
    async fn write(&mut self, payload: Payload, pieces: [&[u8]; 2]) -> bool {
        let Self { stream, library, .. } = self;
        let writing = async {
            if *library == Library::Answers {
                stream.flush().await.ok()?;
                *library = Library::Quiet;
            }
            writer::write(stream.get_mut(), payload, pieces).await.ok()
        };
        tokio::pin!(writing);
        // Nearly always the socket takes it at once, and then no timer is needed.
        match writing.as_mut().now_or_never() {
            Some(written) => written.is_some(),
            None => matches!(tokio::time::timeout(WRITE, writing).await, Ok(Some(()))),
        }
    }

    async fn heard(&mut self, message: Message) -> Option<Closing> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(frame) => return self.heard_note(frame).await,
            Message::Ping(_) => {
                self.library = Library::Answers;
                return self.spend();
            }
            Message::Pong(_) | Message::Frame(_) => return self.spend(),
            Message::Close(_) => {
                self.library = Library::SaysGoodbye; // the stream ends by itself
                return None;
            }
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
        let gone = !self.tell(letter).await;
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
        let gone = !self.tell(letter).await;
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
