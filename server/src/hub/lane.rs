//! Two lanes out of the hub to one connection.
//!
//! The *view lane* holds one view, whole; a newer one replaces it, so that overload cannot grow memory and a slow phone skips views.
//! The *ordered lane* (replies, note updates, signs) is bounded and closes the connection when it is full: nothing is silently
//! dropped. A room never waits for a connection.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use protocol::wire::{CloseCode, ServerMessage};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::limits::ORDERED_LANE;

/// A frame of the ordered lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// A text message.
    Text(Utf8Bytes),
    /// A note frame.
    Note(Bytes),
}

/// Why a connection is closed from our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub code: CloseCode,
    /// For [`CloseCode::Restarting`]: milliseconds to wait before coming back.
    pub reason: String,
}

/// The ordered lane is full: the connection is being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clogged;

/// The hub's end of both lanes.
#[derive(Debug, Clone)]
pub struct Lane {
    shared: Arc<Shared>,
    ordered: mpsc::Sender<Out>,
}

/// The socket's end.
#[derive(Debug)]
pub struct LaneOut {
    shared: Arc<Shared>,
    ordered: mpsc::Receiver<Out>,
}

#[derive(Debug, Default)]
struct Shared {
    view: Mutex<Option<Utf8Bytes>>,
    news: Notify,
    closing: OnceLock<Closing>,
    closed: Notify,
}

/// What the socket should write next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Ordered(Out),
    View(Utf8Bytes),
    /// The hub let go of the lane.
    Gone,
}

/// Says when, and why, the hub closes the connection.
#[derive(Debug)]
pub struct Closed(Arc<Shared>);

/// Both ends of a connection's lanes, and the word that ends them.
pub fn lanes() -> (Lane, LaneOut, Closed) {
    let shared = Arc::new(Shared::default());
    let (sender, receiver) = mpsc::channel(ORDERED_LANE);
    let lane = Lane {
        shared: Arc::clone(&shared),
        ordered: sender,
    };
    let closed = Closed(Arc::clone(&shared));
    (
        lane,
        LaneOut {
            shared,
            ordered: receiver,
        },
        closed,
    )
}

impl Lane {
    /// Shows a view; an older one that is still waiting is never sent.
    pub fn show(&self, view: Utf8Bytes) {
        *self.shared.view.lock().unwrap_or_else(PoisonError::into_inner) = Some(view);
        self.shared.news.notify_one();
    }

    /// Sends a frame in order; a full lane closes the connection.
    pub fn send(&self, frame: Out) -> Result<(), Clogged> {
        self.ordered.try_send(frame).map_err(|_| {
            self.close(CloseCode::TooSlow, "");
            Clogged
        })
    }

    /// Sends a message in order.
    pub fn say(&self, message: &ServerMessage) -> Result<(), Clogged> {
        let text = serde_json::to_string(message).expect("a message of plain data can be written");
        self.send(Out::Text(text.into()))
    }

    /// Closes the connection; the first reason stands.
    pub fn close(&self, code: CloseCode, reason: impl Into<String>) {
        let _ = self.shared.closing.set(Closing {
            code,
            reason: reason.into(),
        });
        self.shared.closed.notify_one();
    }
}

impl LaneOut {
    /// What to write next: ordered frames first, then the newest view.
    pub async fn next(&mut self) -> Next {
        loop {
            if let Ok(frame) = self.ordered.try_recv() {
                return Next::Ordered(frame);
            }
            if let Some(view) = self.shared.view.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return Next::View(view);
            }
            tokio::select! {
                frame = self.ordered.recv() => return frame.map_or(Next::Gone, Next::Ordered),
                () = self.shared.news.notified() => {}
            }
        }
    }
}

impl Closed {
    /// Resolves when the hub closes this connection, at once if it has.
    pub async fn closing(&self) -> Closing {
        loop {
            if let Some(closing) = self.0.closing.get() {
                return closing.clone();
            }
            self.0.closed.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_newer_view_replaces_one_that_waits() {
        let (lane, mut out, _) = lanes();
        lane.show("one".into());
        lane.show("two".into());
        assert_eq!(out.next().await, Next::View("two".into()));
        drop(lane);
        assert_eq!(out.next().await, Next::Gone);
    }

    #[tokio::test]
    async fn a_full_ordered_lane_closes_and_drops_nothing_silently() {
        let (lane, mut out, closed) = lanes();
        for n in 0..ORDERED_LANE {
            assert_eq!(lane.send(Out::Text(n.to_string().into())), Ok(()));
        }
        assert_eq!(lane.send(Out::Text("more".into())), Err(Clogged));
        assert_eq!(closed.closing().await.code, CloseCode::TooSlow);
        for n in 0..ORDERED_LANE {
            assert_eq!(out.next().await, Next::Ordered(Out::Text(n.to_string().into())));
        }
    }

    #[tokio::test]
    async fn the_first_reason_to_close_stands() {
        let (lane, _out, closed) = lanes();
        lane.close(CloseCode::Removed, "");
        lane.close(CloseCode::Restarting, "100");
        assert_eq!(closed.closing().await.code, CloseCode::Removed);
    }
}
