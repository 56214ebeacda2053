//! A TCP socket that two write to: the task of its connection, and whoever has something to say to it (`hub::lane` sees to it that it is one at
//! a time).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// The socket as its connection's task has it.
#[derive(Debug)]
pub(crate) struct Halves {
    read: OwnedReadHalf,
    write: Arc<OwnedWriteHalf>,
}

impl Halves {
    pub(crate) fn of(tcp: TcpStream) -> Self {
        let (read, write) = tcp.into_split();
        let write = Arc::new(write);
        Self { read, write }
    }
    /// The other one's end. The socket ends when both are dropped.
    pub(crate) fn direct(&self) -> Arc<OwnedWriteHalf> {
        Arc::clone(&self.write)
    }
    /// Tries until the socket takes something; waits while it is full.
    fn poll_taken(
        &self,
        cx: &mut Context<'_>,
        attempt: impl Fn(&OwnedWriteHalf) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.write.as_ref().as_ref().poll_write_ready(cx))?;
            match attempt(&self.write) {
                Err(full) if full.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }
}

impl AsyncRead for Halves {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().read).poll_read(cx, into)
    }
}

impl AsyncWrite for Halves {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_taken(cx, |write| write.try_write(from))
    }
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_taken(cx, |write| write.try_write_vectored(from))
    }
    fn is_write_vectored(&self) -> bool {
        true
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(())) // nothing is kept back here
    }
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
