//! A forwarder that is the library and nothing else, with a socket: whatever one connection sends goes into the first line of its kind of all others
//! in its room. It estimates nothing, withholds nothing, and believes everybody.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use str0m::change::SdpOffer;
use str0m::media::{Direction, MediaData, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};

type Asked = (u8, String, mpsc::Sender<String>);

pub(crate) struct Bare {
    asks: SyncSender<Asked>,
    sent: Arc<AtomicU64>,
}

struct Leg {
    room: u8,
    rtc: Rtc,
    sound: Option<Mid>,
    picture: Option<Mid>,
    wakes_at: Instant,
}

impl Bare {
    pub(crate) fn start() -> Self {
        let (asks, asked) = sync_channel(1);
        let sent = Arc::new(AtomicU64::new(0));
        let counts = Arc::clone(&sent);
        let thread = std::thread::Builder::new().name("bare".to_owned());
        thread.spawn(move || forwards(&asked, &counts)).expect("a thread");
        Self { asks, sent }
    }

    pub(crate) fn answer(&self, room: u8, offer: &str) -> String {
        let (said, hears) = mpsc::channel();
        self.asks.send((room, offer.to_owned(), said)).expect("it runs");
        hears.recv().expect("it answers")
    }

    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

fn forwards(asked: &Receiver<Asked>, sent: &AtomicU64) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("bound");
    let crypto = Arc::new(str0m::crypto::from_feature_flags());
    let mut legs: Vec<Leg> = Vec::new();
    let mut known = HashMap::new();
    let mut buffer = vec![0; 2_000];
    loop {
        match asked.try_recv() {
            Ok((room, offer, said)) => {
                let mut rtc = Rtc::builder()
                    .set_crypto_provider(Arc::clone(&crypto))
                    .set_ice_lite(true)
                    .clear_codecs()
                    .enable_opus(true, false)
                    .enable_vp8(true)
                    .build(Instant::now());
                rtc.add_local_candidate(Candidate::host(address, "udp").expect("a host candidate"));
                let offer = SdpOffer::from_sdp_string(&offer).expect("an offer");
                let answer = rtc.sdp_api().accept_offer(offer).expect("it is taken");
                let _ = said.send(answer.to_sdp_string());
                legs.push(Leg {
                    room,
                    rtc,
                    sound: None,
                    picture: None,
                    wakes_at: Instant::now(),
                });
            }
            Err(mpsc::TryRecvError::Empty) => {}
            Err(mpsc::TryRecvError::Disconnected) => return,
        }
        let now = Instant::now();
        let next = legs.iter().map(|leg| leg.wakes_at).min().unwrap_or(now);
        let wait = next
            .saturating_duration_since(now)
            .clamp(Duration::from_micros(100), Duration::from_millis(20));
        let _ = socket.set_read_timeout(Some(wait));
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            reads(&mut legs, &mut known, &socket, (from, address), &buffer[..length], sent);
        }
        let now = Instant::now();
        for at in 0..legs.len() {
            if legs[at].wakes_at <= now {
                let _ = legs[at].rtc.handle_input(Input::Timeout(now));
                passes(&mut legs, at, &socket, sent);
            }
        }
    }
}

fn reads(
    legs: &mut [Leg],
    known: &mut HashMap<SocketAddr, usize>,
    socket: &UdpSocket,
    (from, to): (SocketAddr, SocketAddr),
    bytes: &[u8],
    sent: &AtomicU64,
) {
    let Ok(contents) = bytes.try_into() else { return };
    let received = Receive {
        proto: Protocol::Udp,
        source: from,
        destination: to,
        contents,
    };
    let input = Input::Receive(Instant::now(), received);
    let whose = known.get(&from).copied();
    let Some(at) = whose.or_else(|| legs.iter().position(|leg| leg.rtc.accepts(&input))) else {
        return;
    };
    known.insert(from, at);
    let _ = legs[at].rtc.handle_input(input);
    passes(legs, at, socket, sent);
}

/// Drains one leg, and writes what it was sent into the others.
fn passes(legs: &mut [Leg], at: usize, socket: &UdpSocket, sent: &AtomicU64) {
    for data in drains(&mut legs[at], socket, sent) {
        let picture = data.params.spec().codec.is_video();
        let room = legs[at].room;
        for to in (0..legs.len()).filter(|&to| to != at) {
            let mid = if picture { legs[to].picture } else { legs[to].sound };
            let mid = mid.filter(|_| legs[to].room == room);
            let Some(writer) = mid.and_then(|mid| legs[to].rtc.writer(mid)) else {
                continue;
            };
            if let Some(pt) = writer.match_params(data.params) {
                let _ = writer.write(pt, data.network_time, data.time, data.data.clone());
                drains(&mut legs[to], socket, sent);
            }
        }
    }
}

fn drains(leg: &mut Leg, socket: &UdpSocket, sent: &AtomicU64) -> Vec<MediaData> {
    let mut all = Vec::new();
    let now = Instant::now();
    while let Ok(output) = leg.rtc.poll_output() {
        match output {
            Output::Timeout(at) if at <= now => {
                let _ = leg.rtc.handle_input(Input::Timeout(now));
            }
            Output::Timeout(wakes_at) => {
                leg.wakes_at = wakes_at;
                break;
            }
            Output::Transmit(packet) => {
                let went = socket.send_to(&packet.contents, packet.destination).is_ok();
                sent.fetch_add(u64::from(went), Ordering::Relaxed);
            }
            Output::Event(Event::MediaAdded(line)) if line.direction == Direction::SendOnly => match line.kind {
                MediaKind::Audio => leg.sound = leg.sound.or(Some(line.mid)),
                MediaKind::Video => leg.picture = leg.picture.or(Some(line.mid)),
            },
            Output::Event(Event::MediaData(data)) => all.push(data),
            Output::Event(_) => {}
        }
    }
    all
}
