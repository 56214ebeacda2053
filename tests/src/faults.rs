//! A wire with faults: between the nodes and a server of theirs, over which everything goes, is cut, stands still or goes slowly, as the test says;
//! on its way from the bus, messages are lost, doubled and mixed up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Of what the bus brings every seventh message is lost and every fifth comes twice, and all come in another order. Elsewhere it does nothing.
    Jumble,
}

/// Messages that the bus brings are held back until so many lie there, and then go on, the last first.
const MIXED: usize = 4;

/// Bytes that go over at once.
const PIECE: usize = 16 * 1024;

/// The wire, until it is dropped.
#[derive(Debug)]
pub struct Wire {
    pub address: SocketAddr,
    fault: watch::Sender<Fault>,
    /// Messages of a bus that were lost, doubled or given another place, so far.
    jumbled: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Wire {
    /// A sound wire to a server.
    pub async fn to(server: SocketAddr) -> Self {
        Self::carrying(server, None).await
    }

    /// A sound wire to a bus, whose messages it can tell apart.
    pub async fn to_bus(server: SocketAddr) -> Self {
        Self::carrying(server, Some(Arc::default())).await
    }

    async fn carrying(server: SocketAddr, jumbled: Option<Arc<AtomicUsize>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (fault, heard) = watch::channel(Fault::Nothing);
        let counted = jumbled.clone().unwrap_or_default();
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, server, jumbled.clone(), heard.clone()));
            }
        });
        Self {
            address,
            fault,
            jumbled: counted,
            listening,
        }
    }

    /// From now on it does this.
    pub fn does(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// How many messages were lost, doubled or given another place, so far.
    pub fn jumbled(&self) -> usize {
        self.jumbled.load(Ordering::Relaxed)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(near: TcpStream, server: SocketAddr, jumbled: Option<Arc<AtomicUsize>>, fault: watch::Receiver<Fault>) {
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
        () = one_way(near_in, far_out, None, fault.clone()) => {}
        () = one_way(far_in, near_out, jumbled.map(Messages::counted_by), fault.clone()) => {}
        () = is_cut => {}
    }
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut messages: Option<Messages>,
    mut fault: watch::Receiver<Fault>,
) {
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
            Fault::Nothing | Fault::Cut | Fault::Jumble => {}
        }
        let told = match &mut messages {
            Some(messages) => messages.go_on(&piece[..read], now == Fault::Jumble),
            None => piece[..read].to_vec(),
        };
        if to.write_all(&told).await.is_err() {
            return;
        }
    }
}

/// What a bus says to a client, message by message (NATS: a line, and behind `MSG … length` so many bytes).
#[derive(Debug, Default)]
struct Messages {
    unread: Vec<u8>,
    held: Vec<Vec<u8>>,
    count: usize,
    jumbled: Arc<AtomicUsize>,
}

impl Messages {
    fn counted_by(jumbled: Arc<AtomicUsize>) -> Self {
        Self {
            jumbled,
            ..Self::default()
        }
    }

    /// What goes on, now that this has come. Everything but messages goes on as it is.
    fn go_on(&mut self, piece: &[u8], jumbled: bool) -> Vec<u8> {
        self.unread.extend_from_slice(piece);
        let mut told = Vec::new();
        while let Some(length) = self.whole() {
            let one: Vec<u8> = self.unread.drain(..length).collect();
            if !one.starts_with(b"MSG ") {
                told.extend(one);
                continue;
            }
            self.count += 1;
            self.jumbled.fetch_add(usize::from(jumbled), Ordering::Relaxed);
            if jumbled && self.count.is_multiple_of(7) {
                continue;
            }
            if jumbled && self.count.is_multiple_of(5) {
                self.held.push(one.clone());
            }
            self.held.push(one);
            if self.held.len() >= MIXED || !jumbled {
                self.held.reverse();
                told.extend(std::mem::take(&mut self.held).concat());
            }
        }
        told
    }

    /// How long the first thing is that is there as a whole.
    fn whole(&self) -> Option<usize> {
        let line = self.unread.windows(2).position(|two| two == b"\r\n")? + 2;
        if !self.unread.starts_with(b"MSG ") {
            return Some(line);
        }
        let said = std::str::from_utf8(&self.unread[..line - 2]).ok()?;
        let length: usize = said.rsplit(' ').next()?.parse().ok()?;
        let all = line + length + 2;
        (self.unread.len() >= all).then_some(all)
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

    #[test]
    fn messages_are_lost_doubled_and_mixed_and_nothing_else_is_touched() {
        let message = |n: usize| format!("MSG rondo.node.1 1 3\r\n{n:03}\r\n");
        let all: String = (1..=8).map(message).collect();
        let said = format!("INFO {{}}\r\n{all}PING\r\n");
        for length in [1, 7, 1_000] {
            let mut sound = Messages::default();
            let told: Vec<u8> = said
                .as_bytes()
                .chunks(length)
                .flat_map(|piece| sound.go_on(piece, false))
                .collect();
            assert_eq!(String::from_utf8(told).expect("text"), said);
            let mut jumbled = Messages::default();
            let told: Vec<u8> = said
                .as_bytes()
                .chunks(length)
                .flat_map(|piece| jumbled.go_on(piece, true))
                .collect();
            let order: String = [4, 3, 2, 1, 8, 6, 5, 5].map(message).concat();
            assert_eq!(
                String::from_utf8(told).expect("text"),
                format!("INFO {{}}\r\n{order}PING\r\n")
            );
        }
    }
}
