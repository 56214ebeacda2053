//! The socket, in bundles. A call into the kernel costs more than sealing a packet does; so whatever waits is read in one call, and packets to one
//! address that follow one another leave in one, as the frames of a picture do (the kernel cuts them apart: UDP GSO, and puts together what comes:
//! UDP GRO). Where a network card cannot cut, they leave one by one.

use std::io::{IoSliceMut, Result};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::limits::{BUNDLE_BYTES, BUNDLE_SENT, BUNDLES_IN_A_ROW, STAYED_AT_MOST};

/// A socket, and what is still to leave through it.
pub(crate) struct Post {
    socket: UdpSocket,
    state: UdpSocketState,
    bundle: Vec<u8>,
    to: SocketAddr,
    /// The length of each datagram in the bundle. Only the last one may be shorter, and nothing follows it.
    each: usize,
    number: usize,
    sent: u64,
}

/// What was read in one call.
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    read: [RecvMeta; BUNDLES_IN_A_ROW],
    full: usize,
}

/// A datagram that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Datagram<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) bytes: &'a [u8],
    /// How long ago it came to the kernel.
    pub(crate) stayed: Duration,
}

impl Post {
    pub(crate) fn new(socket: UdpSocket) -> Result<Self> {
        Ok(Self {
            state: UdpSocketState::new((&socket).into())?,
            to: socket.local_addr()?,
            socket,
            bundle: Vec::with_capacity(BUNDLE_SENT),
            each: 0,
            number: 0,
            sent: 0,
        })
    }

    /// Waits until there is something to read.
    pub(crate) async fn readable(&self) -> bool {
        self.socket.readable().await.is_ok()
    }

    /// Reads what waits; `false` when nothing does.
    pub(crate) fn reads(&self, inbox: &mut Inbox) -> bool {
        let Inbox { bytes, read, full } = inbox;
        let mut places = bytes.chunks_exact_mut(BUNDLE_BYTES);
        let mut places: [IoSliceMut<'_>; BUNDLES_IN_A_ROW] =
            std::array::from_fn(|_| IoSliceMut::new(places.next().unwrap_or_default()));
        let reading = || self.state.recv((&self.socket).into(), &mut places, read);
        *full = self.socket.try_io(Interest::READABLE, reading).unwrap_or(0);
        *full > 0
    }

    /// Takes a datagram along; what was taken before leaves first where the two do not go together.
    pub(crate) fn takes(&mut self, to: SocketAddr, bytes: &[u8]) {
        if !self.goes_along(to, bytes) {
            self.leaves();
            (self.to, self.each) = (to, bytes.len());
        }
        self.bundle.extend_from_slice(bytes);
        self.number += 1;
    }

    fn goes_along(&self, to: SocketAddr, bytes: &[u8]) -> bool {
        self.number > 0
            && self.number < self.state.max_gso_segments()
            && self.to == to
            && self.bundle.len() == self.each * self.number
            && bytes.len() <= self.each
            && self.bundle.len() + bytes.len() <= BUNDLE_SENT
    }

    /// What was taken leaves.
    pub(crate) fn leaves(&mut self) {
        if self.number == 0 {
            return;
        }
        let cut = (self.number > 1).then_some(self.each);
        let left = match self.sends(&self.bundle, cut) {
            Ok(()) => self.number,
            // One by one, as far as they go. A full socket buffer loses packets, as a network does; waiting would stop everybody.
            Err(_) if cut.is_some() => {
                let alone = self.bundle.chunks(self.each.max(1));
                alone.take_while(|bytes| self.sends(bytes, None).is_ok()).count()
            }
            Err(_) => 0,
        };
        self.sent += left as u64;
        self.bundle.clear();
        self.number = 0;
    }

    fn sends(&self, contents: &[u8], cut: Option<usize>) -> Result<()> {
        let transmit = Transmit {
            destination: self.to,
            ecn: None,
            contents,
            segment_size: cut,
            src_ip: None,
        };
        let sending = || self.state.try_send((&self.socket).into(), &transmit);
        self.socket.try_io(Interest::WRITABLE, sending)
    }

    /// How many have left since this was asked last.
    pub(crate) fn sent(&mut self) -> u64 {
        std::mem::take(&mut self.sent)
    }
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![0; BUNDLE_BYTES * BUNDLES_IN_A_ROW], // touched, and resident, as far as it is used
            read: [RecvMeta::default(); BUNDLES_IN_A_ROW],
            full: 0,
        }
    }

    /// What was read, one by one, as it stands now.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = Datagram<'_>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let read = self.read.iter().take(self.full);
        read.zip(self.bytes.chunks_exact(BUNDLE_BYTES))
            .flat_map(move |(read, place)| {
                let came = read.timestamp.unwrap_or(now);
                let bytes = &place[..read.len.min(BUNDLE_BYTES)];
                bytes.chunks(read.stride.max(1)).map(move |bytes| Datagram {
                    from: read.addr,
                    bytes,
                    stayed: now.saturating_sub(came).min(STAYED_AT_MOST), // a clock may be set meanwhile
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn post() -> Post {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("loopback has a free port");
        socket.writable().await.expect("a fresh socket can be written to"); // and the runtime knows it
        Post::new(socket).expect("a socket of this machine can be set up")
    }

    /// Everything that comes, until so many datagrams did.
    async fn read(post: &Post, number: usize) -> Vec<Vec<u8>> {
        let (mut inbox, mut came) = (Inbox::new(), Vec::new());
        while came.len() < number {
            assert!(post.readable().await);
            while post.reads(&mut inbox) {
                came.extend(inbox.datagrams().map(|datagram| datagram.bytes.to_vec()));
            }
        }
        came
    }

    #[tokio::test]
    async fn what_leaves_in_bundles_arrives_as_it_was_each_datagram_by_itself_and_in_order() {
        let (mut from, one, two) = (post().await, post().await, post().await);
        let address = |post: &Post| post.socket.local_addr().expect("a bound socket has an address");
        let (first, second) = (address(&one), address(&two));
        // Lengths as they come: equal ones, a shorter one, a longer one behind it, another address between, and more than a bundle holds.
        let mut lengths = vec![1_100, 1_100, 1_100, 300, 1_200, 1_200, 1, 0, 5, 5];
        lengths.extend([1_150; 70]);
        let (mut to_one, mut to_two) = (Vec::new(), Vec::new());
        for (n, length) in (0_u8..).zip(lengths) {
            let bytes = vec![n; length];
            from.takes(first, &bytes);
            to_one.push(bytes);
            if n % 50 == 1 {
                from.takes(second, &[n; 40]);
                to_two.push(vec![n; 40]);
            }
        }
        from.leaves();
        assert_eq!(from.sent(), u64::try_from(to_one.len() + to_two.len()).expect("a few"));
        to_one.retain(|bytes| !bytes.is_empty()); // an empty datagram says nothing to anybody
        assert_eq!(read(&one, to_one.len()).await, to_one);
        assert_eq!(read(&two, to_two.len()).await, to_two);
    }

    #[tokio::test]
    async fn nothing_is_left_behind_and_nothing_leaves_twice() {
        let (mut from, to) = (post().await, post().await);
        from.leaves();
        from.takes(to.socket.local_addr().expect("bound"), b"once");
        from.leaves();
        from.leaves();
        assert_eq!((from.sent(), from.sent()), (1, 0));
        assert_eq!(read(&to, 1).await, [b"once".to_vec()]);
        assert!(!to.reads(&mut Inbox::new()), "nothing more");
    }
}
