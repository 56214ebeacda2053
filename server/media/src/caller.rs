//! A page's side of a connection without a browser: it offers, talks in numbered frames that say whose they are, and writes down what it hears.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);
/// One frame of sound.
const FRAME: Duration = Duration::from_millis(20);
/// Frames say when they were sent, in microseconds since then.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
/// How loud they are: as somebody who speaks.
const LEVEL: i8 = -25;
/// How frames of ours begin, so that silence of the server's is told from them.
const MARK: u8 = 0x52;

/// A frame that was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// When its speaker sent it (silence of the server's own: when it came). What was sent after a word of the room and is heard all the same
    /// has passed the server after that word; when a busy machine reads it says nothing.
    pub at: Instant,
    /// The voice that it says it is; `None` for silence of the server's own.
    pub voice: Option<u8>,
    pub number: u32,
    pub picture: bool,
}

/// What a caller heard, in order, and how it stands.
#[derive(Debug, Default)]
pub struct Log {
    pub frames: Vec<Frame>,
    pub up: bool,
    pub over: bool,
    /// How often a whole picture was asked for.
    pub pictures_wanted: u32,
}

impl Log {
    /// Frames of a voice.
    pub fn of(&self, voice: u8) -> usize {
        self.frames
            .iter()
            .filter(|frame| frame.voice == Some(voice) && !frame.picture)
            .count()
    }
    /// Frames of a picture.
    pub fn pictures_of(&self, voice: u8) -> usize {
        self.frames
            .iter()
            .filter(|frame| frame.voice == Some(voice) && frame.picture)
            .count()
    }
}

/// A caller that has made an offer.
pub struct Offering {
    /// The offer.
    pub description: String,
    rtc: Rtc,
    pending: SdpPendingOffer,
    socket: UdpSocket,
    sound: Mid,
    picture: Mid,
    voice: u8,
}

impl std::fmt::Debug for Offering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Offering({})", self.voice)
    }
}

/// A caller. Ends when it is dropped.
#[derive(Debug)]
pub struct Caller {
    log: Arc<Mutex<Log>>,
    changed: watch::Receiver<()>,
    words: mpsc::Sender<Word>,
    address: SocketAddr,
}

/// What a caller is told to do.
enum Word {
    Talks(bool),
    /// From now on its picture takes so many bytes a frame.
    Weighs(usize),
    /// Its network changes: it speaks from another address, and says by which description it looks for a new way.
    Moves(oneshot::Sender<String>),
    /// The answer to that.
    Takes(String),
}

impl Offering {
    /// Makes an offer for a voice, with so many slots of each kind.
    pub async fn new(voice: u8, slots: usize) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = socket.local_addr().expect("a bound socket has an address");
        let mut rtc = Rtc::builder()
            .set_crypto_provider(Arc::new(str0m::crypto::from_feature_flags()))
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(Instant::now());
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("a host candidate"));
        let mut api = rtc.sdp_api();
        let sound = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        let picture = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
        for _ in 0..slots {
            api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
            api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        }
        let (offer, pending) = api.apply().expect("there is something to offer");
        Self {
            description: offer.to_sdp_string(),
            rtc,
            pending,
            socket,
            sound,
            picture,
            voice,
        }
    }

    /// Takes the answer and begins.
    pub fn begins(mut self, answer: &str) -> Caller {
        let answer = SdpAnswer::from_sdp_string(answer).expect("the answer can be read");
        self.rtc
            .sdp_api()
            .accept_answer(self.pending, answer)
            .expect("the answer fits the offer");
        let log = Arc::new(Mutex::new(Log::default()));
        let (change, changed) = watch::channel(());
        let (words, orders) = mpsc::channel(8);
        let address = self.socket.local_addr().expect("a bound socket has an address");
        let line = Line {
            rtc: self.rtc,
            socket: self.socket,
            address,
            sound: self.sound,
            picture: self.picture,
            voice: self.voice,
            number: 0,
            weight: 0,
            pending: None,
            whole: true,
            log: Arc::clone(&log),
            change,
        };
        tokio::spawn(line.run(orders));
        Caller {
            log,
            changed,
            words,
            address,
        }
    }
}

impl Caller {
    /// Begins or stops to talk.
    pub async fn talks(&self, does: bool) {
        self.is_told(Word::Talks(does)).await;
    }

    /// From now on its picture takes at least so many bytes a frame, fifty times a second.
    pub async fn weighs(&self, bytes: usize) {
        self.is_told(Word::Weighs(bytes)).await;
    }

    /// Its network changes; the description by which it looks for a new way.
    pub async fn moves(&self) -> String {
        let (said, hears) = oneshot::channel();
        self.is_told(Word::Moves(said)).await;
        hears.await.expect("a caller that is there describes its new way")
    }

    /// Takes the answer to that.
    pub async fn takes(&self, answer: String) {
        self.is_told(Word::Takes(answer)).await;
    }

    async fn is_told(&self, word: Word) {
        let _ = self.words.send(word).await; // a line that is over says so in its log
    }

    /// How many frames of a voice were heard so far.
    pub fn heard(&self, voice: u8) -> usize {
        self.log().of(voice)
    }

    /// What was heard so far. Held by one at a time: a second one in the same statement waits for ever.
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was heard so far: a long run would fill the machine with it.
    pub fn forgets(&self) {
        self.log().frames.clear();
    }

    /// The address it speaks from.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the log shows something; panics when it never does.
    pub async fn sees(&mut self, what: &str, shows: impl Fn(&Log) -> bool) {
        let waiting = async {
            while !shows(&self.log()) {
                if self.changed.changed().await.is_err() {
                    break;
                }
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, waiting).await.is_ok();
        let came = in_time && shows(&self.log());
        let log = self.log();
        assert!(
            came,
            "never seen: {what}; up {}, over {}, {} frames",
            log.up,
            log.over,
            log.frames.len()
        );
    }
}

struct Line {
    rtc: Rtc,
    socket: UdpSocket,
    address: SocketAddr,
    sound: Mid,
    picture: Mid,
    voice: u8,
    number: u32,
    weight: usize,
    pending: Option<SdpPendingOffer>,
    whole: bool,
    log: Arc<Mutex<Log>>,
    change: watch::Sender<()>,
}

impl Line {
    async fn run(mut self, mut orders: mpsc::Receiver<Word>) {
        let mut buffer = vec![0; 2_000];
        let mut talking = false;
        let mut beat = tokio::time::interval(FRAME);
        while let Some(wakes_at) = self.drain() {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Word::Talks(does)) => talking = does,
                    Some(Word::Weighs(bytes)) => self.weight = bytes,
                    Some(Word::Moves(said)) => drop(said.send(self.moves().await)),
                    Some(Word::Takes(answer)) => self.takes(&answer),
                    None => break,
                },
                read = self.socket.recv_from(&mut buffer) => if let Ok((length, from)) = read {
                    self.hears(from, &buffer[..length]);
                },
                _ = beat.tick(), if talking => self.says(),
                () = tokio::time::sleep_until(wakes_at.into()) => {
                    let _ = self.rtc.handle_input(Input::Timeout(Instant::now()));
                }
            }
        }
        self.note(|log| log.over = true);
    }

    async fn moves(&mut self) -> String {
        self.socket = UdpSocket::bind("127.0.0.1:0").await.expect("loopback has a free port");
        self.address = self.socket.local_addr().expect("a bound socket has an address");
        let mut api = self.rtc.sdp_api();
        let _ = api.ice_restart(false);
        let (offer, pending) = api.apply().expect("there is something to offer");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    fn takes(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).expect("the answer can be read");
        if let Some(pending) = self.pending.take() {
            let taken = self.rtc.sdp_api().accept_answer(pending, answer);
            taken.expect("the answer fits the offer");
        }
        let here = Candidate::host(self.address, "udp").expect("a host candidate");
        self.rtc.add_local_candidate(here);
    }

    fn note(&self, change: impl FnOnce(&mut Log)) {
        change(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = self.change.send(()); // nobody may be waiting
    }

    fn hears(&mut self, from: SocketAddr, bytes: &[u8]) {
        if let Ok(contents) = bytes.try_into() {
            let received = Receive {
                proto: Protocol::Udp,
                source: from,
                destination: self.address,
                contents,
            };
            let _ = self.rtc.handle_input(Input::Receive(Instant::now(), received));
        }
    }

    /// One frame of sound and one of picture.
    fn says(&mut self) {
        if !self.rtc.is_connected() {
            return;
        }
        self.number += 1;
        let number = self.number.to_be_bytes();
        let began = *BEGAN;
        let at = Instant::now();
        let sent = u64::try_from((at - began).as_micros())
            .unwrap_or(u64::MAX)
            .to_be_bytes();
        let sound = [&sent[..], &[MARK, self.voice], &number].concat();
        self.writes(
            self.sound,
            at,
            MediaTime::new(u64::from(self.number) * 960, str0m::media::Frequency::FORTY_EIGHT_KHZ),
            sound,
        );
        // VP8 (RFC 6386, 9.1): a frame's lowest bit is 0 in a whole picture, which a start code follows.
        let head: &[u8] = if std::mem::take(&mut self.whole) {
            &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 64, 0]
        } else {
            &[0x11, 0, 0]
        };
        let picture = [head, &vec![0; self.weight], &sent, &[MARK, self.voice], &number].concat();
        self.writes(
            self.picture,
            at,
            MediaTime::from_90khz(u64::from(self.number) * 1_800),
            picture,
        );
    }

    fn writes(&mut self, mid: Mid, at: Instant, time: MediaTime, data: Vec<u8>) {
        if let Some(mut writer) = self.rtc.writer(mid) {
            if mid == self.sound {
                writer = writer.audio_level(LEVEL, true);
            }
            let pt = writer.payload_params().next().map(str0m::format::PayloadParams::pt);
            if let Some(pt) = pt {
                let _ = writer.write(pt, at, time, data);
            }
        }
        self.drain();
    }

    /// When to wake; `None` when the connection is over.
    fn drain(&mut self) -> Option<Instant> {
        loop {
            if !self.rtc.is_alive() {
                return None;
            }
            match self.rtc.poll_output().ok()? {
                Output::Timeout(at) => return Some(at),
                Output::Transmit(packet) => {
                    let _ = self.socket.try_send_to(&packet.contents, packet.destination);
                }
                Output::Event(Event::Connected) => self.note(|log| log.up = true),
                Output::Event(Event::KeyframeRequest(_)) => {
                    self.whole = true;
                    self.note(|log| log.pictures_wanted += 1);
                }
                Output::Event(Event::MediaData(data)) => {
                    let ours = data.data.len() >= 6 && data.data[data.data.len() - 6] == MARK;
                    let tail = data.data.len().saturating_sub(6);
                    let sent = tail
                        .checked_sub(8)
                        .and_then(|from| data.data[from..tail].try_into().ok())
                        .map(u64::from_be_bytes);
                    let number = data
                        .data
                        .get(tail + 2..)
                        .and_then(|n| n.try_into().ok())
                        .map_or(0, u32::from_be_bytes);
                    let frame = Frame {
                        at: sent
                            .filter(|_| ours)
                            .map_or_else(Instant::now, |sent| *BEGAN + Duration::from_micros(sent)),
                        voice: ours.then(|| data.data[tail + 1]),
                        number: if ours { number } else { 0 },
                        picture: data.params.spec().codec.is_video(),
                    };
                    self.note(|log| log.frames.push(frame));
                }
                Output::Event(_) => {}
            }
        }
    }
}
