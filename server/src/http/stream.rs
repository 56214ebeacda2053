//! A connection's bytes, plain or encrypted, with its counted place among the open connections.
//!
//! The type is our own so that a room's socket can be taken out of hyper after the handshake and driven directly: no
//! box, no second buffer between the room and the wire.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;

use crate::config::{Network, NetworkKey};
use crate::halves::Halves;
use crate::limits;

/// What the bytes run over.
#[derive(Debug)]
enum Wire {
    Plain(TcpStream),
    /// A plain one after its handshake. The room writes to it, too ([`Socket::direct`]).
    Shared(Halves),
    /// Boxed: rustls keeps some kilobytes of state, which a plain connection must not pay for.
    Tls(Box<TlsStream<TcpStream>>),
}

/// One open connection.
#[derive(Debug)]
pub struct Stream {
    wire: Wire,
    peer: IpAddr,
    _place: Place,
}

impl Stream {
    pub(super) fn plain(tcp: TcpStream, peer: IpAddr, place: Place) -> Self {
        Self {
            wire: Wire::Plain(tcp),
            peer,
            _place: place,
        }
    }
    pub(super) fn tls(tls: TlsStream<TcpStream>, peer: IpAddr, place: Place) -> Self {
        Self {
            wire: Wire::Tls(Box::new(tls)),
            peer,
            _place: place,
        }
    }
    /// The address at the other end: a browser's or a proxy's.
    pub const fn peer(&self) -> IpAddr {
        self.peer
    }
}

macro_rules! on_wire {
    ($self:ident, $wire:ident => $do:expr) => {
        match &mut $self.get_mut().wire {
            Wire::Plain(tcp) => {
                let $wire = Pin::new(tcp);
                $do
            }
            Wire::Shared(halves) => {
                let $wire = Pin::new(halves);
                $do
            }
            Wire::Tls(tls) => {
                let $wire = Pin::new(tls.as_mut());
                $do
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_wire!(self, wire => wire.poll_read(cx, into))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        on_wire!(self, wire => wire.poll_write(cx, from))
    }
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_wire!(self, wire => wire.poll_write_vectored(cx, from))
    }
    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(tcp) => tcp.is_write_vectored(),
            Wire::Shared(halves) => halves.is_write_vectored(),
            Wire::Tls(tls) => tls.is_write_vectored(),
        }
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_wire!(self, wire => wire.poll_flush(cx))
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_wire!(self, wire => wire.poll_shutdown(cx))
    }
}

/// A socket after its handshake, outside hyper: the stream, and before it whatever the client had sent already.
#[derive(Debug)]
pub struct Socket {
    io: Stream,
    already_read: Bytes,
}

impl Socket {
    pub(super) fn new(mut io: Stream, already_read: Bytes) -> Self {
        io.wire = match io.wire {
            Wire::Plain(tcp) => Wire::Shared(Halves::of(tcp)),
            other => other,
        };
        // Even an empty slice would keep the eight kilobytes alive that the handshake was read into.
        let already_read = Bytes::copy_from_slice(&already_read);
        Self { io, already_read }
    }
    /// The address at the other end: a browser's or a proxy's.
    pub const fn peer(&self) -> IpAddr {
        self.io.peer()
    }
    /// Where whoever has something to say may write it at once; `None` where it must be encrypted first.
    pub fn direct(&self) -> Option<Arc<OwnedWriteHalf>> {
        match &self.io.wire {
            Wire::Shared(halves) => Some(halves.direct()),
            Wire::Plain(_) | Wire::Tls(_) => None,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.already_read.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, into);
        }
        let fits = self.already_read.len().min(into.remaining());
        into.put_slice(&self.already_read.split_to(fits));
        if self.already_read.is_empty() {
            self.already_read = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, from)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, from)
    }
    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// The places there are.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    per_address: usize,
    taken: Mutex<HashMap<NetworkKey, usize>>,
    /// Their connections carry many people each, so they are not counted as one address.
    proxies: Vec<Network>,
}

impl Places {
    pub(super) fn new(all: usize, per_address: usize, proxies: Vec<Network>) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(all)),
            per_address,
            taken: Mutex::default(),
            proxies,
        })
    }

    /// As many as the limits allow, for this server.
    pub(super) fn of_this_house(proxies: Vec<Network>) -> Arc<Self> {
        Self::new(limits::MAX_CONNECTIONS, limits::MAX_CONNECTIONS_PER_ADDRESS, proxies)
    }

    /// Waits until one is free: while the house is full, new connections wait in the kernel's queue.
    pub(super) async fn free(self: &Arc<Self>) -> OwnedSemaphorePermit {
        let permit = Arc::clone(&self.free).acquire_owned().await;
        permit.expect("the semaphore is never closed")
    }

    /// A free place for `peer`, unless its address has taken its share.
    pub(super) fn seat(self: &Arc<Self>, free: OwnedSemaphorePermit, peer: IpAddr) -> Option<Place> {
        let counted = !peer.to_canonical().is_loopback() && !self.proxies.iter().any(|network| network.holds(peer));
        let key = counted.then(|| NetworkKey::from(peer));
        if let Some(key) = key {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = taken.entry(key).or_insert(0);
            if *mine >= self.per_address {
                return None;
            }
            *mine += 1;
        }
        Some(Place {
            places: Arc::clone(self),
            key,
            _free: free,
        })
    }
}

/// One place, given back when the connection ends, as a page or as a room's socket.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    key: Option<NetworkKey>,
    _free: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = taken.get_mut(&key) {
            *mine -= 1;
            if *mine == 0 {
                taken.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_never_takes_the_whole_house() {
        let places = Places::new(10, 2, vec!["10.0.0.9".parse().unwrap()]);
        let (one, other, proxy): (IpAddr, IpAddr, IpAddr) = (
            "203.0.113.1".parse().unwrap(),
            "203.0.113.2".parse().unwrap(),
            "10.0.0.9".parse().unwrap(),
        );
        let first = places.seat(places.free().await, one);
        let second = places.seat(places.free().await, one);
        assert!(first.is_some() && second.is_some());
        assert!(
            places.seat(places.free().await, one).is_none(),
            "the third from one address"
        );
        assert!(places.seat(places.free().await, other).is_some());
        let behind_proxy = [
            places.seat(places.free().await, proxy),
            places.seat(places.free().await, proxy),
            places.seat(places.free().await, proxy),
        ];
        assert!(behind_proxy.iter().all(Option::is_some), "a proxy carries many people");
        drop(first);
        assert!(
            places.seat(places.free().await, one).is_some(),
            "a place that was given back is free again"
        );
    }

    #[tokio::test]
    async fn a_full_house_makes_new_connections_wait_until_one_leaves() {
        let places = Places::new(1, 9, vec![]);
        let only = places.seat(places.free().await, "203.0.113.1".parse().unwrap());
        let mut next = Box::pin(places.free());
        assert!(futures_util::poll!(&mut next).is_pending());
        drop(only);
        assert!(futures_util::poll!(&mut next).is_ready());
        drop(next);
        assert!(
            places.taken.lock().unwrap().is_empty(),
            "an address that left is forgotten"
        );
    }
}
