//! Two lanes out of the hub to one connection.
//!
//! The *view lane* holds one view, whole; a newer one replaces it, so that overload cannot grow memory and a slow phone skips views.
//! The *ordered lane* (replies, note updates, signs) is bounded and closes the connection when it is full: nothing is silently
//! dropped. A room never waits for a connection.
//!
//! Both are one small piece of state behind a lock that is held for a few instructions: thousands of lanes stand empty at any time, and
//! an empty one must cost next to nothing (decisions/0006).

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use protocol::wire::{CloseCode, ServerMessage};

use super::limits::ORDERED_LANE;

/// A frame of the ordered lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// A text message.
    Text(Bytes),
    /// A note frame.
    Note(Bytes),
}

/// A view's two parts, one after the other the whole message: what everybody of an audience shares, and what is this person's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub shared: Bytes,
    pub own: Arc<[u8]>,
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
pub struct Lane(Arc<Shared>);

/// The socket's end.
#[derive(Debug)]
pub struct LaneOut(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared(Mutex<Waiting>);

/// What waits to be written, and who waits to write it.
#[derive(Debug, Default)]
struct Waiting {
    ordered: VecDeque<Out>,
    view: Option<View>,
    closing: Option<Closing>,
    writer: Option<Waker>,
}

/// What the socket should do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Ordered(Out),
    View(View),
    /// Everything that was said before has been written, unless the line was too slow for it.
    Close(Closing),
}

/// Both ends of a connection's lanes.
pub fn lanes() -> (Lane, LaneOut) {
    let shared = Arc::new(Shared::default());
    (Lane(Arc::clone(&shared)), LaneOut(shared))
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Changes what waits, then wakes the socket: outside the lock, since it may run at once on another thread.
    fn change<T>(&self, change: impl FnOnce(&mut Waiting) -> T) -> T {
        let mut waiting = self.locked();
        let done = change(&mut waiting);
        let writer = waiting.writer.take();
        drop(waiting);
        if let Some(writer) = writer {
            writer.wake();
        }
        done
    }
}

impl Lane {
    /// Shows a view; an older one that is still waiting is never sent.
    pub fn show(&self, view: View) {
        self.0.change(|waiting| waiting.view = Some(view));
    }

    /// Sends a frame in order; a full lane closes the connection.
    pub fn send(&self, frame: Out) -> Result<(), Clogged> {
        self.0.change(|waiting| {
            if waiting.ordered.len() < ORDERED_LANE {
                waiting.ordered.push_back(frame);
                return Ok(());
            }
            waiting.close(CloseCode::TooSlow, String::new());
            Err(Clogged)
        })
    }

    /// Sends a message in order.
    pub fn say(&self, message: &ServerMessage) -> Result<(), Clogged> {
        let text = serde_json::to_vec(message).expect("a message of plain data can be written");
        self.send(Out::Text(text.into()))
    }

    /// Closes the connection once it has been sent what waits; the first reason stands.
    pub fn close(&self, code: CloseCode, reason: impl Into<String>) {
        let reason = reason.into();
        self.0.change(|waiting| waiting.close(code, reason));
    }
}

impl Waiting {
    fn close(&mut self, code: CloseCode, reason: String) {
        self.closing.get_or_insert(Closing { code, reason });
    }

    fn next(&mut self) -> Option<Next> {
        let too_slow = |closing: &Closing| closing.code == CloseCode::TooSlow;
        if self.closing.as_ref().is_some_and(too_slow) {
            return self.closing.clone().map(Next::Close); // what waits would take as long again
        }
        if let Some(frame) = self.ordered.pop_front() {
            return Some(Next::Ordered(frame));
        }
        if let Some(view) = self.view.take() {
            return Some(Next::View(view));
        }
        self.closing.clone().map(Next::Close)
    }
}

impl LaneOut {
    /// What to do next: ordered frames first, then the newest view, then a close.
    pub async fn next(&mut self) -> Next {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        let mut waiting = self.0.locked();
        if let Some(next) = waiting.next() {
            return Poll::Ready(next);
        }
        match &mut waiting.writer {
            Some(writer) => writer.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(text: &'static str) -> View {
        View {
            shared: Bytes::from_static(text.as_bytes()),
            own: [].into(),
        }
    }

    fn said(n: usize) -> Out {
        Out::Text(n.to_string().into())
    }

    #[tokio::test]
    async fn a_newer_view_replaces_one_that_waits() {
        let (lane, mut out) = lanes();
        lane.show(view("one"));
        lane.show(view("two"));
        assert_eq!(out.next().await, Next::View(view("two")));
        assert!(futures_util::poll!(std::pin::pin!(out.next())).is_pending());
    }

    #[tokio::test]
    async fn a_full_ordered_lane_closes_and_drops_nothing_silently() {
        let (lane, mut out) = lanes();
        for n in 0..ORDERED_LANE {
            assert_eq!(lane.send(said(n)), Ok(()));
        }
        assert_eq!(lane.send(said(ORDERED_LANE)), Err(Clogged));
        let Next::Close(closing) = out.next().await else {
            panic!("a line that is too slow is not given more to read")
        };
        assert_eq!(closing.code, CloseCode::TooSlow);
    }

    #[tokio::test]
    async fn what_was_said_before_a_close_is_written_before_it() {
        let (lane, mut out) = lanes();
        lane.show(view("why"));
        lane.send(said(1)).unwrap();
        lane.close(CloseCode::Removed, "");
        assert_eq!(out.next().await, Next::Ordered(said(1)));
        assert_eq!(out.next().await, Next::View(view("why")));
        assert!(matches!(out.next().await, Next::Close(closing) if closing.code == CloseCode::Removed));
    }

    #[tokio::test]
    async fn the_first_reason_to_close_stands() {
        let (lane, mut out) = lanes();
        lane.close(CloseCode::Removed, "");
        lane.close(CloseCode::Restarting, "100");
        assert!(matches!(out.next().await, Next::Close(closing) if closing.code == CloseCode::Removed));
    }

    #[tokio::test]
    async fn a_socket_that_waits_is_woken_by_whatever_comes() {
        for wake in [
            (|lane: &Lane| lane.show(view("news"))) as fn(&Lane),
            |lane| lane.send(said(1)).unwrap(),
            |lane| lane.close(CloseCode::Removed, ""),
        ] {
            let (lane, mut out) = lanes();
            let waits = tokio::spawn(async move { out.next().await });
            tokio::task::yield_now().await;
            wake(&lane);
            waits.await.unwrap();
        }
    }
}
