//! The bus: what carries a message to another node, or loses it.
//!
//! Core NATS alone: nothing of it is kept anywhere, and any server from 2.9 on will do. Whoever says something never waits: a bus that stands
//! still loses what does not fit into the queue before it, which everybody here must live with anyway (`line`).

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use protocol::Private;
use tokio::sync::{mpsc, oneshot};

use super::limits::{BUS_START, MAX_PIECES, MAX_UNFINISHED, OUTBOX, PIECE_BYTES};
use crate::keys::draw;
use crate::store::NodeId;

/// NATS.
pub struct Nats {
    outbox: mpsc::Sender<Out>,
    messages: AtomicU64,
    client: async_nats::Client,
}

enum Out {
    Piece(NodeId, Bytes),
    Flush(oneshot::Sender<()>),
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nats")
    }
}

/// Why there is no bus.
#[derive(Debug, thiserror::Error)]
#[error("the bus cannot be reached: {0}")]
pub struct NoBus(String);

impl Nats {
    /// Connects, and gives what is said to this node.
    pub async fn connect(
        url: &Private<String>,
        me: NodeId,
        name: &str,
    ) -> Result<(Self, mpsc::Receiver<Bytes>), NoBus> {
        let connecting = async_nats::ConnectOptions::new()
            .name(format!("rondo {name}"))
            .event_callback(|event| async move {
                tracing::info!(%event, "the bus");
            })
            .connect(url.expose().as_str());
        let client = tokio::time::timeout(BUS_START, connecting)
            .await
            .map_err(|_| NoBus("nobody answers".to_owned()))?
            .map_err(|fault| NoBus(fault.to_string()))?;
        let subscribed = client.subscribe(subject(me)).await;
        let mut heard = subscribed.map_err(|fault| NoBus(fault.to_string()))?;
        // The server has heard of it before anybody is told that we are there.
        client.flush().await.map_err(|fault| NoBus(fault.to_string()))?;
        let (outbox, mut waiting) = mpsc::channel(OUTBOX);
        let publisher = client.clone();
        let (inbox, whole) = mpsc::channel(OUTBOX);
        tokio::spawn(async move {
            let mut unfinished = Unfinished::default();
            while let Some(message) = heard.next().await {
                if let Some(message) = unfinished.takes(message.payload)
                    && inbox.send(message).await.is_err()
                {
                    return;
                }
            }
        });
        tokio::spawn(async move {
            while let Some(out) = waiting.recv().await {
                match out {
                    Out::Piece(to, piece) => {
                        if let Err(fault) = publisher.publish(subject(to), piece).await {
                            tracing::warn!(%fault, "the bus did not take a message");
                        }
                    }
                    Out::Flush(done) => {
                        let _ = publisher.flush().await; // what cannot be handed over now is lost
                        let _ = done.send(());
                    }
                }
            }
        });
        let mut first = [0; 8]; // so that two nodes number their messages apart
        draw(&mut first);
        let messages = AtomicU64::new(u64::from_be_bytes(first));
        let bus = Self {
            outbox,
            messages,
            client,
        };
        Ok((bus, whole))
    }

    /// Whether there is a connection, as far as is known: one that stands still is noticed later.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// Sends a message now or never.
    pub fn says(&self, to: NodeId, message: Vec<u8>) {
        let id = self.messages.fetch_add(1, Ordering::Relaxed);
        for piece in pieces(id, message) {
            if self.outbox.try_send(Out::Piece(to, piece)).is_err() {
                return; // lost
            }
        }
    }

    /// Tells once everything that was said before has been handed to the network, or is lost.
    pub fn is_through(&self) -> oneshot::Receiver<()> {
        let (done, through) = oneshot::channel();
        let _ = self.outbox.try_send(Out::Flush(done)); // a full outbox drops the sender, and that ends the wait
        through
    }
}

fn subject(node: NodeId) -> String {
    format!("rondo.node.{node}")
}

/// `pieces || index || id || bytes`: a message is cut where a server would not take it whole.
fn pieces(id: u64, message: Vec<u8>) -> Vec<Bytes> {
    let message = Bytes::from(message);
    let count = message.len().div_ceil(PIECE_BYTES).max(1);
    let Ok(count) = u16::try_from(count) else {
        return Vec::new(); // nothing that a room says is so long
    };
    let piece = |index: u16| {
        let from = usize::from(index) * PIECE_BYTES;
        let bytes = &message[from..message.len().min(from + PIECE_BYTES)];
        let mut piece = BytesMut::with_capacity(12 + bytes.len());
        piece.put_u16(count);
        piece.put_u16(index);
        piece.put_u64(id);
        piece.put_slice(bytes);
        piece.freeze()
    };
    (0..count).map(piece).collect()
}

/// Messages of which some pieces have come. Which message a piece belongs to is not believed before the whole has been opened: pieces of two
/// that were mixed up open as nothing.
#[derive(Debug, Default)]
struct Unfinished(VecDeque<Unwhole>);

#[derive(Debug)]
struct Unwhole {
    id: u64,
    pieces: Vec<Option<Bytes>>,
}

impl Unfinished {
    fn takes(&mut self, piece: Bytes) -> Option<Bytes> {
        let (count, rest) = piece.split_first_chunk::<2>()?;
        let (index, rest) = rest.split_first_chunk::<2>()?;
        let (id, _) = rest.split_first_chunk::<8>()?;
        let (count, index) = (u16::from_be_bytes(*count), u16::from_be_bytes(*index));
        let id = u64::from_be_bytes(*id);
        let bytes = piece.slice(12..);
        if count > MAX_PIECES || index >= count {
            return None;
        }
        if count == 1 {
            return Some(bytes);
        }
        let all = &mut self.0;
        let count = usize::from(count);
        let at = all.iter().position(|one| one.id == id && one.pieces.len() == count);
        let at = at.unwrap_or_else(|| {
            if all.len() >= MAX_UNFINISHED {
                all.pop_front();
            }
            all.push_back(Unwhole {
                id,
                pieces: vec![None; count],
            });
            all.len() - 1
        });
        all[at].pieces[usize::from(index)] = Some(bytes);
        if all[at].pieces.iter().any(Option::is_none) {
            return None;
        }
        let whole = all.remove(at)?;
        Some(whole.pieces.into_iter().flatten().collect::<Vec<_>>().concat().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_put_together_whatever_the_order_of_its_pieces() {
        let long: Vec<u8> = (0..3 * PIECE_BYTES + 7).map(|n| (n % 251) as u8).collect();
        let mut unfinished = Unfinished::default();
        let mut cut = pieces(5, long.clone());
        assert_eq!(cut.len(), 4);
        cut.reverse();
        let other = pieces(6, long.clone());
        for piece in &cut[..3] {
            assert_eq!(unfinished.takes(piece.clone()), None);
            assert_eq!(unfinished.takes(piece.clone()), None, "a double");
        }
        assert_eq!(unfinished.takes(other[1].clone()), None);
        assert_eq!(unfinished.takes(cut[3].clone()), Some(Bytes::from(long)));
        let short = pieces(7, b"short".to_vec());
        assert_eq!(unfinished.takes(short[0].clone()), Some(Bytes::from_static(b"short")));
    }

    #[test]
    fn a_piece_that_cannot_be_is_dropped_and_what_is_never_whole_gives_way() {
        let mut unfinished = Unfinished::default();
        for hostile in [&b""[..], b"\0\x02", &[0xff; 12], &[0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]] {
            assert_eq!(unfinished.takes(Bytes::copy_from_slice(hostile)), None);
        }
        for id in 0..100 {
            let piece = pieces(id, vec![0; 2 * PIECE_BYTES]).remove(0);
            assert_eq!(unfinished.takes(piece), None);
        }
        assert_eq!(unfinished.0.len(), MAX_UNFINISHED);
    }
}
