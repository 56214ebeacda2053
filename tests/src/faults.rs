//! A wire with faults: between the nodes and a server of theirs, over which everything goes, is cut, stands still or goes slowly, as the test says.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the wire does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    /// Connections break, and new ones are closed at once.
    Cut,
    /// Connections stay, and nothing goes over them.
    Freeze,
    /// Everything takes so long, each way.
    Slow(Duration),
}

/// Bytes that go over at once.
const PIECE: usize = 16 * 1024;

/// The wire, until it is dropped.
#[derive(Debug)]
pub struct Wire {
    pub address: SocketAddr,
    fault: watch::Sender<Fault>,
    listening: JoinHandle<()>,
}

impl Wire {
    /// A sound wire to a server.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (fault, heard) = watch::channel(Fault::Nothing);
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, server, heard.clone()));
            }
        });
        Self {
            address,
            fault,
            listening,
        }
    }

    /// From now on it does this.
    pub fn does(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(near: TcpStream, server: SocketAddr, fault: watch::Receiver<Fault>) {
    if *fault.borrow() == Fault::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(server).await else {
        return;
    };
    let _ = (near.set_nodelay(true), far.set_nodelay(true)); // slower is still right
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let mut cut = fault.clone();
    let is_cut = async { drop(cut.wait_for(|fault| *fault == Fault::Cut).await) };
    tokio::select! {
        () = one_way(near_in, far_out, fault.clone()) => {}
        () = one_way(far_in, near_out, fault.clone()) => {}
        () = is_cut => {}
    }
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut fault: watch::Receiver<Fault>) {
    let mut piece = vec![0; PIECE];
    loop {
        let read = match from.read(&mut piece).await {
            Ok(read) if read > 0 => read,
            _ => return,
        };
        let now = *fault.borrow_and_update();
        match now {
            Fault::Slow(by) => tokio::time::sleep(by).await, // this is the fault
            Fault::Freeze => drop(fault.wait_for(|fault| *fault != Fault::Freeze).await),
            Fault::Nothing | Fault::Cut => {}
        }
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (mut from, mut to) = stream.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
            }
        });
        address
    }

    async fn says(stream: &mut TcpStream) -> Option<u8> {
        stream.write_all(b"x").await.ok()?;
        stream.read_u8().await.ok()
    }

    #[tokio::test]
    async fn a_wire_carries_breaks_and_stands_still() {
        let wire = Wire::to(echo().await).await;
        let mut stream = TcpStream::connect(wire.address).await.expect("it listens");
        assert_eq!(says(&mut stream).await, Some(b'x'));
        wire.does(Fault::Freeze);
        let moment = Duration::from_millis(100);
        assert!(tokio::time::timeout(moment, says(&mut stream)).await.is_err());
        wire.does(Fault::Nothing);
        assert_eq!(stream.read_u8().await.expect("it was only late"), b'x');
        wire.does(Fault::Cut);
        assert_eq!(says(&mut stream).await, None);
        let mut other = TcpStream::connect(wire.address).await.expect("it listens");
        assert_eq!(says(&mut other).await, None);
    }
}
