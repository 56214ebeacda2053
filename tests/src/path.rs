//! A network between pages and a server that does what networks do: it loses datagrams, lets them overtake one another, doubles them, and turns
//! bits over; and it carries only so much. In user space, so that nobody needs rights for it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::net::UdpSocket;

/// How late a datagram is that was overtaken: two frames of sound.
const LATE: Duration = Duration::from_millis(40);
/// What a narrow way keeps waiting at most; beyond it, it drops.
const QUEUE: Duration = Duration::from_millis(200);
/// The first bytes of SRTP and SRTCP (RFC 7983).
const SEALED: std::ops::RangeInclusive<u8> = 128..=191;

/// What happens to datagrams, of a thousand each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    pub lost: u32,
    pub late: u32,
    pub doubled: u32,
    /// Sealed packets of which a copy with one bit turned over comes, too, as somebody on the way might send it.
    pub turned: u32,
    /// How many bits a second come through towards the pages; `None`: all.
    pub bits: Option<u64>,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Happened {
    pub passed: AtomicU64,
    pub lost: AtomicU64,
    pub late: AtomicU64,
    pub doubled: AtomicU64,
    pub turned: AtomicU64,
    /// Bytes that came through towards the pages.
    pub down: AtomicU64,
}

/// One network. Ends when it is dropped.
#[derive(Debug)]
pub struct Path {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    weather: Mutex<Weather>,
    dice: Mutex<StdRng>,
    /// Until when the narrow way is busy.
    busy: Mutex<Instant>,
    happened: Happened,
}

impl Path {
    /// A network whose near end is at `here`, to a server at `there`. Each page has an address of its own at the server.
    pub async fn between(here: SocketAddr, there: SocketAddr) -> Self {
        let near = Arc::new(UdpSocket::bind(here).await.expect("the near end is free"));
        let shared = Arc::new(Shared {
            weather: Mutex::default(),
            dice: Mutex::new(StdRng::seed_from_u64(19)),
            busy: Mutex::new(Instant::now()),
            happened: Happened::default(),
        });
        let task = tokio::spawn(carries(near, there, Arc::clone(&shared)));
        Self { shared, task }
    }

    /// From now on it is like this.
    pub fn is(&self, weather: Weather) {
        *self.shared.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    pub fn happened(&self) -> &Happened {
        &self.shared.happened
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carries(near: Arc<UdpSocket>, there: SocketAddr, shared: Arc<Shared>) {
    let mut ways: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut back = tokio::task::JoinSet::new();
    let mut buffer = [0; 2_000];
    while let Ok((length, from)) = near.recv_from(&mut buffer).await {
        let way = match ways.get(&from) {
            Some(way) => Arc::clone(way),
            None => {
                let way = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("loopback has a free port"));
                ways.insert(from, Arc::clone(&way));
                back.spawn(returns(Arc::clone(&near), Arc::clone(&way), from, Arc::clone(&shared)));
                way
            }
        };
        shared.passes(&buffer[..length], None, way, there);
    }
}

async fn returns(near: Arc<UdpSocket>, way: Arc<UdpSocket>, to: SocketAddr, shared: Arc<Shared>) {
    let mut buffer = [0; 2_000];
    while let Ok((length, _)) = way.recv_from(&mut buffer).await {
        let bits = shared.weather.lock().unwrap_or_else(PoisonError::into_inner).bits;
        shared.passes(&buffer[..length], bits, Arc::clone(&near), to);
    }
}

impl Shared {
    fn passes(&self, bytes: &[u8], narrow: Option<u64>, over: Arc<UdpSocket>, to: SocketAddr) {
        let weather = *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let mut falls = |of_thousand: u32| dice.random_range(0..1_000) < of_thousand;
        let (lost, late, doubled, turned) = (
            falls(weather.lost),
            falls(weather.late),
            falls(weather.doubled),
            falls(weather.turned),
        );
        let count = |what: &AtomicU64| {
            what.fetch_add(1, Ordering::Relaxed);
        };
        if turned && bytes.len() > 12 && SEALED.contains(&bytes[0]) {
            count(&self.happened.turned);
            let bit = dice.random_range(16..bytes.len() * 8); // not the version: it would be no packet at all
            let mut copy = bytes.to_vec();
            copy[bit / 8] ^= 1 << (bit % 8);
            let _ = over.try_send_to(&copy, to);
        }
        if lost {
            return count(&self.happened.lost);
        }
        let mut wait = Duration::ZERO;
        if let Some(bits) = narrow {
            let now = Instant::now();
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            let begins = (*busy).max(now);
            if begins - now > QUEUE {
                return count(&self.happened.lost);
            }
            *busy = begins + Duration::from_micros(bytes.len() as u64 * 8_000_000 / bits.max(1));
            wait = *busy - now;
            self.happened.down.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        if late {
            count(&self.happened.late);
            wait += LATE;
        }
        count(&self.happened.passed);
        if doubled {
            count(&self.happened.doubled);
            let _ = over.try_send_to(bytes, to);
        }
        if wait.is_zero() {
            let _ = over.try_send_to(bytes, to);
        } else {
            let bytes = bytes.to_vec();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await; // the network's own time
                let _ = over.send_to(&bytes, to).await;
            });
        }
    }
}
