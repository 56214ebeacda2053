//! One connection: reads what a page says, writes what the lanes hold. One task, one WebSocket, no rules.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use protocol::CommandId;
use protocol::wire::{ClientMessage, CloseCode, MAX_CLIENT_MESSAGE_BYTES, Refusal, RefusalCode, ServerMessage};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::error::{SendError, TrySendError};
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Seat;
use super::allowance::Allowance;
use super::calls::About;
use super::lane::{Closing, Lane, LaneOut, Next, Said, lanes};
use super::limits::{
    CLOSE, MAX_CONTROL_BUFFER, MESSAGE_BURST, MESSAGES_PER_SECOND, NOTE_FRAME_BURST, NOTE_FRAMES_PER_SECOND,
    OFFER_BURST, OFFERS_PER_SECOND, READ_BUFFER, SIGN_BURST, SIGNS_PER_SECOND, SILENCE, WRITE,
};
use super::registry::{Registry, Stopping};
use super::room_task::{From, Letter};
use super::writer::{self, Direct};
use crate::metrics::METRICS;

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
    direct: Option<Arc<dyn Direct>>,
    ended: E,
) -> impl Future<Output = ()> + use<IO, E>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send,
    E: Future<Output = Closing>,
{
    let (lane, mut out) = lanes(direct);
    let mut ended = Box::pin(ended);
    let mut line = Line::new(registry, lane, stream);
    async move {
        let closing = match line.comes_in(seat).await {
            Ok(()) => line.run(&mut out, &mut ended).await,
            Err(Stopping) => Some(Closing {
                code: CloseCode::Restarting,
                reason: "1000".to_owned(),
            }),
        };
        Box::pin(line.hangs_up()).await; // before the goodbye, whose answer may be waited for
        if let Some(closing) = closing
            && line.finish(&mut out).await
        {
            Box::pin(say_close(&mut line.stream, &closing)).await;
        }
        drop(out); // lets the socket go, whatever the room still holds
        if let Some(letters) = &line.letters {
            let connection = line.connection;
            let _ = letters.send(Letter::Gone { connection }).await; // a room that ended knows already
        }
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
    offers: Allowance,
    /// It offered voices and pictures at some time.
    called: bool,
    library: Library,
    unsaid: Option<Unsaid>,
}

/// A letter that found the room's mailbox full, and its place in the queue of those who wait there.
struct Unsaid {
    letter: Letter,
    place: Pin<Box<dyn Future<Output = Place> + Send>>,
}

type Place = Result<OwnedPermit<Letter>, SendError<()>>;

impl<IO> Line<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send,
{
    fn new(registry: Arc<Registry>, lane: Lane, stream: WebSocketStream<IO>) -> Self {
        Self {
            connection: registry.number(),
            registry,
            letters: None,
            lane,
            stream,
            allowance: Allowance::new(MESSAGE_BURST, MESSAGES_PER_SECOND, Instant::now()),
            notes: Allowance::new(NOTE_FRAME_BURST, NOTE_FRAMES_PER_SECOND, Instant::now()),
            signs: Allowance::new(SIGN_BURST, SIGNS_PER_SECOND, Instant::now()),
            offers: Allowance::new(OFFER_BURST, OFFERS_PER_SECOND, Instant::now()),
            called: false,
            library: Library::Quiet,
            unsaid: None,
        }
    }

    /// Tells the room who is there.
    async fn comes_in(&mut self, seat: Seat) -> Result<(), Stopping> {
        let room = seat.room;
        let hello = Letter::Connected {
            connection: self.connection,
            seat,
            lane: self.lane.clone(),
            from: From::Here,
        };
        // Boxed: it is over soon, and opening a room is a large future.
        self.letters = Some(Box::pin(self.registry.send(room, hello)).await?);
        Ok(())
    }

    /// Nobody is heard over a line that ends. The room's task hears of it with the last letter.
    async fn hangs_up(&mut self) {
        if let Some(media) = &self.registry.media
            && self.called
        {
            media.ends(media::PeerId(self.connection)).await;
        }
    }

    /// Hands a letter to the room. While its mailbox is full, this line alone reads slower: it waits for its place, and writes meanwhile, for
    /// what the room works through in that time would fill its lane.
    fn tell(&mut self, letter: Letter) -> Option<Closing> {
        let letters = self.letters.as_ref()?;
        match letters.try_send(letter) {
            Ok(()) => None,
            Err(TrySendError::Full(letter)) => {
                let place = Box::pin(letters.clone().reserve_owned());
                self.unsaid = Some(Unsaid { letter, place });
                None
            }
            Err(TrySendError::Closed(_)) => Some(self.registry.a_room_ended()),
        }
    }

    /// Until the end; the close to say, if there is anybody to say it to.
    async fn run(&mut self, out: &mut LaneOut, mut ended: impl Future<Output = Closing> + Unpin) -> Option<Closing> {
        let silence = tokio::time::sleep(SILENCE);
        tokio::pin!(silence);
        let mut last_heard = Instant::now();
        loop {
            tokio::select! {
                read = self.stream.next(), if self.unsaid.is_none() => {
                    last_heard = Instant::now();
                    match read {
                        Some(Ok(message)) => {
                            if let Some(closing) = self.heard(message).await {
                                return Some(closing);
                            }
                            if self.library != Library::Quiet && !self.finish(out).await {
                                return None;
                            }
                        }
                        Some(Err(fault)) => return close_for(&fault),
                        None => return None,
                    }
                }
                next = out.next(self.library == Library::Quiet), if self.library != Library::SaysGoodbye => {
                    match next {
                        Next::Say(said, done) => if !self.write(&said, done).await {
                            return None;
                        }
                        Next::Close(closing) => return Some(closing),
                    }
                }
                place = place_of(&mut self.unsaid) => match (place, self.unsaid.take()) {
                    (Ok(place), Some(unsaid)) => drop(place.send(unsaid.letter)),
                    _ => return Some(self.registry.a_room_ended()),
                },
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

    /// Before the library writes: takes the lane for this task, and finishes what somebody else began to write. Whether the line took it.
    async fn finish(&mut self, out: &mut LaneOut) -> bool {
        match out.shut() {
            Some((said, done)) => self.write(&said, done).await,
            None => true,
        }
    }

    /// Writes one message; gives up when the line takes too long. A close that comes meanwhile waits for this frame, so that the goodbye
    /// never falls into the middle of one.
    async fn write(&mut self, said: &Said, done: usize) -> bool {
        let Self { stream, library, .. } = self;
        let (payload, pieces) = said.pieces();
        let writing = async {
            // Not between the two halves of a frame: the library has written nothing yet.
            if *library == Library::Answers && done == 0 {
                stream.flush().await.ok()?;
                *library = Library::Quiet;
            }
            writer::write(stream.get_mut(), payload, pieces, done).await.ok()
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
            Ok(ClientMessage::MediaOffer { description }) => self.about_media(About::Offer(description))?,
            Ok(ClientMessage::MediaRestart { description }) => self.about_media(About::Restart(description))?,
            Ok(ClientMessage::MediaRelays {}) => self.about_media(About::Relays)?,
            Ok(ClientMessage::MediaWishes { pictures }) => self.about_media(About::Wishes(pictures))?,
            Ok(ClientMessage::MediaEnd {}) => Letter::Media {
                connection: self.connection,
                about: About::End,
            },
            Err(_) => {
                self.refuse(id_of(&text), RefusalCode::Malformed.into());
                return None;
            }
        };
        self.tell(letter)
    }

    /// What a page says about voices and pictures, within its allowance.
    fn about_media(&mut self, about: About) -> Option<Letter> {
        self.offers.spend(Instant::now());
        if self.offers.is_overdrawn() {
            let refusal = RefusalCode::TooFast.into();
            match about {
                About::Offer(_) | About::Restart(_) => {
                    let _ = self.lane.say(&ServerMessage::MediaRefused { refusal });
                }
                About::Relays | About::Wishes(_) | About::End => self.refuse(None, refusal),
            }
            return None;
        }
        self.called = true;
        Some(Letter::Media {
            connection: self.connection,
            about,
        })
    }

    async fn heard_note(&mut self, frame: Bytes) -> Option<Closing> {
        METRICS.note_frame();
        // A note's update is never refused for haste: dropping one would part the page from the note. The line reads slower instead.
        self.notes.spend(Instant::now());
        if self.notes.is_overdrawn() {
            tokio::time::sleep(Duration::from_secs(1) / NOTE_FRAMES_PER_SECOND).await;
        }
        let letter = Letter::Note {
            connection: self.connection,
            frame,
        };
        self.tell(letter)
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

async fn place_of(unsaid: &mut Option<Unsaid>) -> Place {
    match unsaid {
        Some(unsaid) => unsaid.place.as_mut().await,
        None => std::future::pending().await,
    }
}

/// The command a refused message was about, where it can still be read.
pub(super) fn id_of(text: &str) -> Option<CommandId> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: CommandId,
    }
    serde_json::from_str::<Named>(text).ok().map(|named| named.id)
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
    use crate::hub::lane::Out;
    use std::sync::Mutex;
    use std::task::{Context, Poll, Waker};
    use tokio::io::ReadBuf;
    use tokio_tungstenite::tungstenite::protocol::Role;

    async fn a_registry(folder: &std::path::Path) -> Arc<Registry> {
        let root = crate::keys::RootKey::load_or_create(folder).unwrap();
        let config_of_store = crate::store::StoreConfig::Sqlite(folder.join("rondo.db"));
        let hook = crate::store::FatalHook::new(|why| panic!("{why}"));
        let store = crate::store::Store::open(config_of_store, root, hook).await.unwrap();
        Registry::new(store, crate::clock::Clock::system(), crate::hub::Told::default(), None)
    }

    /// A socket of which the test says what it brings and how much it takes.
    #[derive(Debug, Clone, Default)]
    struct Wire(Arc<Mutex<Ends>>);

    #[derive(Debug, Default)]
    struct Ends {
        brings: Vec<u8>,
        room: usize,
        taken: Vec<u8>,
        waits: Vec<Waker>,
    }

    impl Wire {
        fn ends<T>(&self, change: impl FnOnce(&mut Ends) -> T) -> T {
            change(&mut self.0.lock().unwrap())
        }
        /// Lets whoever waits look again, and gives them the time.
        async fn wakes(&self) {
            let waits = self.ends(|ends| std::mem::take(&mut ends.waits));
            waits.into_iter().for_each(Waker::wake);
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        }
    }

    impl Ends {
        fn takes(&mut self, from: &[u8]) -> std::io::Result<usize> {
            let fits = from.len().min(self.room);
            if fits == 0 {
                return Err(std::io::ErrorKind::WouldBlock.into());
            }
            self.room -= fits;
            self.taken.extend(&from[..fits]);
            Ok(fits)
        }
    }

    impl Direct for Wire {
        fn try_write_vectored(&self, from: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
            let all = from.iter().map(|slice| &**slice).collect::<Vec<_>>().concat();
            self.ends(|ends| ends.takes(&all))
        }
    }

    impl AsyncRead for Wire {
        fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
            self.ends(|ends| {
                if ends.brings.is_empty() {
                    ends.waits.push(cx.waker().clone());
                    return Poll::Pending;
                }
                into.put_slice(&std::mem::take(&mut ends.brings));
                Poll::Ready(Ok(()))
            })
        }
    }

    impl AsyncWrite for Wire {
        fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<std::io::Result<usize>> {
            self.ends(|ends| match ends.takes(from) {
                Err(_) => {
                    ends.waits.push(cx.waker().clone());
                    Poll::Pending
                }
                done => Poll::Ready(done),
            })
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// A page's ping of two letters, under a mask of zeros.
    const PING: [u8; 8] = [0x89, 0x82, 0, 0, 0, 0, b'h', b'i'];
    const PONG: [u8; 4] = [0x8a, 0x02, b'h', b'i'];
    const NEWS: [u8; 6] = [0x81, 0x04, b'n', b'e', b'w', b's'];

    /// A line over such a socket that has nothing to do.
    async fn over_a_wire(folder: &std::path::Path) -> (Wire, Lane) {
        let wire = Wire::default();
        let (lane, mut out) = lanes(Some(Arc::new(wire.clone())));
        let stream = WebSocketStream::from_raw_socket(wire.clone(), Role::Server, Some(config())).await;
        let mut line = Line::new(a_registry(folder).await, lane.clone(), stream);
        let (letters, mailbox) = mpsc::channel(1);
        line.letters = Some(letters);
        tokio::spawn(async move {
            let _mailbox = mailbox;
            line.run(&mut out, Box::pin(std::future::pending())).await
        });
        wire.wakes().await;
        (wire, lane)
    }

    #[tokio::test]
    async fn while_the_library_owes_an_answer_nobody_else_writes() {
        let folder = tempfile::tempdir().unwrap();
        let (wire, lane) = over_a_wire(folder.path()).await;
        wire.ends(|ends| ends.brings = PING.to_vec()); // and the socket is full
        wire.wakes().await;
        wire.ends(|ends| ends.room = 3);
        lane.send(Out::Text("news".into())).unwrap();
        wire.wakes().await;
        wire.ends(|ends| ends.room = 1_000);
        wire.wakes().await;
        assert_eq!(wire.ends(|ends| ends.taken.clone()), [&PONG[..], &NEWS].concat());
        // And then it is open again: nobody need be woken.
        lane.send(Out::Text("news".into())).unwrap();
        assert!(wire.ends(|ends| ends.taken.ends_with(&[NEWS, NEWS].concat())));
    }

    #[tokio::test]
    async fn a_frame_that_the_room_has_begun_is_finished_before_the_library_answers() {
        let folder = tempfile::tempdir().unwrap();
        let (wire, lane) = over_a_wire(folder.path()).await;
        wire.ends(|ends| ends.room = 3);
        lane.send(Out::Text("news".into())).unwrap();
        wire.ends(|ends| {
            assert_eq!(ends.taken, NEWS[..3]);
            ends.brings = [PING, PING].concat();
            ends.room = 1_000;
        });
        wire.wakes().await;
        let taken = wire.ends(|ends| ends.taken.clone());
        assert_eq!(taken[..6], NEWS);
        assert!(taken[6..].starts_with(&PONG), "{taken:?}");
    }

    #[tokio::test]
    async fn a_line_whose_room_is_busy_goes_on_writing() {
        let folder = tempfile::tempdir().unwrap();
        let registry = a_registry(folder.path()).await;
        let (ours, theirs) = tokio::io::duplex(4096);
        let mut page = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
        let stream = WebSocketStream::from_raw_socket(ours, Role::Server, Some(config())).await;
        let (lane, mut out) = lanes(None);
        let mut line = Line::new(registry, lane.clone(), stream);
        let (letters, mut mailbox) = mpsc::channel(1);
        letters.try_send(Letter::Stop).unwrap(); // now it is full
        line.letters = Some(letters);
        let running = tokio::spawn(async move { line.run(&mut out, Box::pin(std::future::pending())).await });

        for _ in 0..2 {
            let sign = Message::text(r#"{"type":"signal","kind":"me_too"}"#);
            page.send(sign).await.unwrap();
        }
        for n in 0..3 * crate::hub::limits::ORDERED_LANE {
            lane.send(Out::Text(n.to_string().into())).unwrap();
            let read = tokio::time::timeout(WRITE, page.next()).await;
            assert_eq!(
                read.expect("it is written").unwrap().unwrap(),
                Message::text(n.to_string())
            );
        }
        assert!(matches!(mailbox.recv().await, Some(Letter::Stop)));
        for _ in 0..2 {
            assert!(
                matches!(mailbox.recv().await, Some(Letter::Signal { .. })),
                "nothing it heard is lost"
            );
        }
        running.abort();
    }

    #[test]
    fn the_id_of_a_message_that_cannot_be_read_is_still_found() {
        let id = CommandId::from_bits(5);
        let text = format!(r#"{{"type":"act","id":"{id}","action":{{"do":"levitate"}}}}"#);
        assert_eq!(id_of(&text), Some(id));
        assert_eq!(id_of("[[[["), None);
    }
}
