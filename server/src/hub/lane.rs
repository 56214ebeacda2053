//! Two lanes out of the hub to one connection.
//!
//! The *view lane* holds one view, whole; a newer one replaces it, so that overload cannot grow memory and a slow phone skips views.
//! The *ordered lane* (replies, note updates, signs) is bounded and closes the connection when it is full: nothing is silently
//! dropped. A room never waits for a connection.
//!
//! Both are one small piece of state behind a lock: thousands of lanes stand empty at any time, and an empty one must cost next to nothing
//! (decisions/0006).
//!
//! While the connection's task waits and has nothing of its own to write, the lane is *open*: whoever says something writes it to the socket
//! at once, and nobody is woken (decisions/0022). What the socket does not take waits in the lane. So there is one writer at a time: with an
//! open lane whoever holds the lock, with a shut one the task.
//!
//! An answer may be *held* until what it led to is shown a moment later, so that both leave in one call. It stands in the ordered lane
//! meanwhile, where whoever speaks next finds it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use protocol::wire::{CloseCode, ServerMessage};

use super::limits::ORDERED_LANE;
use super::writer::{self, Direct, Payload, Pieces};

/// A frame of the ordered lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// A text message.
    Text(Bytes),
    /// A note frame.
    Note(Bytes),
}

impl Out {
    fn pieces(&self) -> (Payload, &[u8]) {
        match self {
            Self::Text(text) => (Payload::Text, text),
            Self::Note(bytes) => (Payload::Binary, bytes),
        }
    }
}

/// A view's parts, one after the other the whole message: what everybody of an audience shares, and what is this person's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub shared: Bytes,
    pub own: [Arc<[u8]>; 2],
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

/// A message for the connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Ordered(Out),
    View(View),
}

impl Said {
    /// What it is, and the pieces that it consists of.
    pub(super) fn pieces(&self) -> Pieces<'_> {
        match self {
            Self::Ordered(out) => {
                let (payload, piece) = out.pieces();
                (payload, [piece, &[], &[]])
            }
            Self::View(View {
                shared,
                own: [one, two],
            }) => (Payload::Text, [shared, one, two]),
        }
    }
}

/// What waits to be written, and who waits to write it.
#[derive(Debug, Default)]
struct Waiting {
    ordered: VecDeque<Out>,
    view: Option<View>,
    closing: Option<Closing>,
    writer: Option<Waker>,
    /// The socket itself, where it can be written to past the connection's task.
    direct: Option<Arc<dyn Direct>>,
    open: bool,
    /// What the socket has taken a part of, and how much of the frame.
    begun: Option<Box<(Said, usize)>>,
}

/// What the socket should do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Write a message, of which so many bytes of the frame are written.
    Say(Said, usize),
    /// Everything that was said before has been written, unless the line was too slow for it.
    Close(Closing),
}

/// Both ends of a connection's lanes. What is said goes straight to `direct`, where there is one.
pub fn lanes(direct: Option<Arc<dyn Direct>>) -> (Lane, LaneOut) {
    let waiting = Waiting {
        direct,
        ..Waiting::default()
    };
    let shared = Arc::new(Shared(Mutex::new(waiting)));
    (Lane(Arc::clone(&shared)), LaneOut(shared))
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Changes what waits, then wakes the socket if it has something to do: outside the lock, since it may run at once on another thread.
    fn change<T>(&self, change: impl FnOnce(&mut Waiting) -> T) -> T {
        let mut waiting = self.locked();
        let done = change(&mut waiting);
        let writer = if waiting.has_something() {
            waiting.writer.take()
        } else {
            None
        };
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
        self.0.change(|waiting| {
            if let Some(Said::View(view)) = waiting.say_at_once(Said::View(view)) {
                waiting.view = Some(view);
            }
        });
    }

    /// Sends a frame in order; a full lane closes the connection.
    pub fn send(&self, frame: Out) -> Result<(), Clogged> {
        self.0.change(|waiting| {
            let Some(Said::Ordered(frame)) = waiting.say_at_once(Said::Ordered(frame)) else {
                return Ok(());
            };
            if waiting.ordered.len() < ORDERED_LANE {
                waiting.ordered.push_back(frame);
                return Ok(());
            }
            waiting.close(CloseCode::TooSlow, String::new());
            Err(Clogged)
        })
    }

    /// Puts a message before whatever is said next, and tells nobody. Whoever does this says something soon, or lets it go.
    pub fn hold(&self, message: &ServerMessage) -> Result<(), Clogged> {
        self.holds(frame(message))
    }

    fn holds(&self, frame: Out) -> Result<(), Clogged> {
        let mut waiting = self.0.locked();
        if waiting.open && waiting.ordered.is_empty() {
            waiting.ordered.push_back(frame);
            return Ok(());
        }
        drop(waiting);
        self.send(frame) // the task writes, or there is one already
    }

    /// Says what was held, if nobody else did.
    pub fn let_go(&self) {
        self.0.change(|waiting| {
            // Where the task writes, it has what was held, and whatever else waits.
            if waiting.open
                && let Some(held) = waiting.ordered.pop_front()
                && let Some(Said::Ordered(held)) = waiting.say_at_once(Said::Ordered(held))
            {
                waiting.ordered.push_front(held);
            }
        });
    }

    /// Sends a message in order.
    pub fn say(&self, message: &ServerMessage) -> Result<(), Clogged> {
        self.send(frame(message))
    }

    /// Closes the connection once it has been sent what waits; the first reason stands.
    pub fn close(&self, code: CloseCode, reason: impl Into<String>) {
        let reason = reason.into();
        self.0.change(|waiting| waiting.close(code, reason));
    }
}

fn frame(message: &ServerMessage) -> Out {
    crate::metrics::METRICS.told(message);
    let text = serde_json::to_vec(message).expect("a message of plain data can be written");
    Out::Text(text.into())
}

impl Waiting {
    fn close(&mut self, code: CloseCode, reason: String) {
        self.open = false; // nothing is said behind a goodbye
        self.closing.get_or_insert(Closing { code, reason });
    }

    fn has_something(&self) -> bool {
        self.begun.is_some() || self.view.is_some() || self.closing.is_some() || !self.ordered.is_empty()
    }

    /// Writes a message to the socket if the lane is open, what is held before it; gives it back if it must wait.
    fn say_at_once(&mut self, said: Said) -> Option<Said> {
        let Some(direct) = self.direct.as_ref().filter(|_| self.open) else {
            return Some(said);
        };
        let held = self.ordered.pop_front().map(Said::Ordered);
        let before = held.as_ref().map_or(0, |held| writer::length(held.pieces()));
        let all = before + writer::length(said.pieces());
        let taken = writer::at_once(&**direct, held.as_ref(), &said);
        if taken == all {
            return None;
        }
        self.open = false;
        if taken > before {
            self.begun = Some(Box::new((said, taken - before)));
            return None;
        }
        match held {
            Some(Said::Ordered(held)) if taken == 0 => self.ordered.push_front(held),
            Some(held) if taken < before => self.begun = Some(Box::new((held, taken))),
            _ => {} // there was none, or it is out
        }
        Some(said)
    }

    fn next(&mut self) -> Option<Next> {
        if let Some(begun) = self.begun.take() {
            let (said, done) = *begun;
            return Some(Next::Say(said, done));
        }
        let too_slow = |closing: &Closing| closing.code == CloseCode::TooSlow;
        if self.closing.as_ref().is_some_and(too_slow) {
            return self.closing.clone().map(Next::Close); // what waits would take as long again
        }
        if let Some(frame) = self.ordered.pop_front() {
            return Some(Next::Say(Said::Ordered(frame), 0));
        }
        if let Some(view) = self.view.take() {
            return Some(Next::Say(Said::View(view), 0));
        }
        self.closing.clone().map(Next::Close)
    }
}

impl LaneOut {
    /// What to do next: what was begun, then ordered frames, then the newest view, then a close. While there is nothing the lane is open, if
    /// it `may` be: the task must not write anything of its own then.
    pub async fn next(&mut self, may_open: bool) -> Next {
        poll_fn(|context| self.poll_next(context, may_open)).await
    }

    /// From here on the task alone writes. Gives what somebody else has begun to write: it comes before anything else.
    pub fn shut(&mut self) -> Option<(Said, usize)> {
        let mut waiting = self.0.locked();
        waiting.open = false;
        waiting.begun.take().map(|begun| *begun)
    }

    fn poll_next(&mut self, context: &mut Context<'_>, may_open: bool) -> Poll<Next> {
        let mut waiting = self.0.locked();
        if let Some(next) = waiting.next() {
            waiting.open = false; // the task writes
            return Poll::Ready(next);
        }
        waiting.open = may_open;
        match &mut waiting.writer {
            Some(writer) => writer.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for LaneOut {
    /// The room may hold its end for longer than the socket is to stay.
    fn drop(&mut self) {
        let mut waiting = self.0.locked();
        waiting.open = false;
        let direct = waiting.direct.take();
        drop(waiting);
        drop(direct);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(text: &'static str) -> View {
        View {
            shared: Bytes::from_static(text.as_bytes()),
            own: [[].into(), [].into()],
        }
    }

    fn said(n: usize) -> Out {
        Out::Text(n.to_string().into())
    }

    #[tokio::test]
    async fn a_newer_view_replaces_one_that_waits() {
        let (lane, mut out) = lanes(None);
        lane.show(view("one"));
        lane.show(view("two"));
        assert_eq!(out.next(true).await, Next::Say(Said::View(view("two")), 0));
        assert!(futures_util::poll!(std::pin::pin!(out.next(true))).is_pending());
    }

    #[tokio::test]
    async fn a_full_ordered_lane_closes_and_drops_nothing_silently() {
        let (lane, mut out) = lanes(None);
        for n in 0..ORDERED_LANE {
            assert_eq!(lane.send(said(n)), Ok(()));
        }
        assert_eq!(lane.send(said(ORDERED_LANE)), Err(Clogged));
        let Next::Close(closing) = out.next(true).await else {
            panic!("a line that is too slow is not given more to read")
        };
        assert_eq!(closing.code, CloseCode::TooSlow);
    }

    #[tokio::test]
    async fn what_was_said_before_a_close_is_written_before_it() {
        let (lane, mut out) = lanes(None);
        lane.show(view("why"));
        lane.send(said(1)).unwrap();
        lane.close(CloseCode::Removed, "");
        assert_eq!(out.next(true).await, Next::Say(Said::Ordered(said(1)), 0));
        assert_eq!(out.next(true).await, Next::Say(Said::View(view("why")), 0));
        assert!(matches!(out.next(true).await, Next::Close(closing) if closing.code == CloseCode::Removed));
    }

    #[tokio::test]
    async fn the_first_reason_to_close_stands() {
        let (lane, mut out) = lanes(None);
        lane.close(CloseCode::Removed, "");
        lane.close(CloseCode::Restarting, "100");
        assert!(matches!(out.next(true).await, Next::Close(closing) if closing.code == CloseCode::Removed));
    }

    #[tokio::test]
    async fn a_socket_that_waits_is_woken_by_whatever_comes() {
        for wake in [
            (|lane: &Lane| lane.show(view("news"))) as fn(&Lane),
            |lane| lane.send(said(1)).unwrap(),
            |lane| lane.close(CloseCode::Removed, ""),
        ] {
            let (lane, mut out) = lanes(None);
            let waits = tokio::spawn(async move { out.next(true).await });
            tokio::task::yield_now().await;
            wake(&lane);
            waits.await.unwrap();
        }
    }

    /// A socket that takes so many bytes, and then nothing until it is given more room.
    #[derive(Debug, Default)]
    struct Narrow {
        room: Mutex<usize>,
        taken: Mutex<Vec<u8>>,
    }

    impl Direct for Narrow {
        fn try_write_vectored(&self, from: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
            let (mut room, mut taken) = (self.room.lock().unwrap(), self.taken.lock().unwrap());
            let all = from.iter().map(|slice| &**slice).collect::<Vec<_>>().concat();
            let fits = all.len().min(*room);
            if fits == 0 {
                return Err(std::io::ErrorKind::WouldBlock.into());
            }
            *room -= fits;
            taken.extend(&all[..fits]);
            Ok(fits)
        }
    }

    fn narrow(room: usize) -> (Arc<Narrow>, Lane, LaneOut) {
        let socket = Arc::new(Narrow::default());
        *socket.room.lock().unwrap() = room;
        let (lane, out) = lanes(Some(Arc::clone(&socket) as _));
        (socket, lane, out)
    }

    #[tokio::test]
    async fn an_open_lane_is_written_through_and_nobody_is_woken() {
        let (socket, lane, mut out) = narrow(1_000);
        lane.send(said(1)).unwrap();
        assert_eq!(
            out.next(true).await,
            Next::Say(Said::Ordered(said(1)), 0),
            "nobody had opened it"
        );
        let mut next = by_hand(&mut out);
        assert!(next.poll());
        lane.show(view("news"));
        lane.send(said(2)).unwrap();
        assert!(!next.is_woken());
        let frames = [&b"\x81\x04news"[..], b"\x81\x012"].concat();
        assert_eq!(*socket.taken.lock().unwrap(), frames);
    }

    #[tokio::test]
    async fn what_a_full_socket_took_a_part_of_is_finished_before_anything_else() {
        let (_socket, lane, mut out) = narrow(3);
        assert!(futures_util::poll!(std::pin::pin!(out.next(true))).is_pending());
        lane.show(view("news"));
        lane.send(said(1)).unwrap();
        lane.show(view("newer"));
        lane.close(CloseCode::TooSlow, "");
        assert_eq!(out.next(true).await, Next::Say(Said::View(view("news")), 3));
        assert!(
            matches!(out.next(true).await, Next::Close(_)),
            "half a frame is never left behind"
        );
    }

    #[tokio::test]
    async fn what_is_held_leaves_with_what_is_said_next_however_much_the_socket_takes() {
        let both = [&b"\x81\x011"[..], b"\x81\x04news"].concat();
        for room in 0..=both.len() {
            let (socket, lane, mut out) = narrow(room);
            let mut next = by_hand(&mut out);
            assert!(next.poll());
            lane.holds(said(1)).unwrap();
            assert!(!next.is_woken() && socket.taken.lock().unwrap().is_empty());
            lane.show(view("news"));
            assert_eq!(*socket.taken.lock().unwrap(), both[..room]);
            assert_eq!(next.is_woken(), room < both.len());
            let held = Next::Say(Said::Ordered(said(1)), room);
            if room < 3 {
                assert_eq!(out.next(true).await, held);
            }
            if room < both.len() {
                let shown = Next::Say(Said::View(view("news")), room.saturating_sub(3));
                assert_eq!(out.next(true).await, shown);
            }
            assert!(by_hand(&mut out).poll());
        }
    }

    #[tokio::test]
    async fn what_is_held_waits_for_whoever_speaks_next() {
        let held = || {
            let (socket, lane, mut out) = narrow(1_000);
            assert!(by_hand(&mut out).poll());
            lane.holds(said(1)).unwrap();
            (socket, lane, out)
        };
        let (socket, lane, _out) = held();
        lane.let_go();
        assert_eq!(*socket.taken.lock().unwrap(), b"\x81\x011");
        let (socket, lane, _out) = held();
        lane.holds(said(2)).unwrap();
        assert_eq!(*socket.taken.lock().unwrap(), b"\x81\x011\x81\x012");
        let (_socket, lane, mut out) = held();
        lane.close(CloseCode::Removed, "");
        assert_eq!(out.next(true).await, Next::Say(Said::Ordered(said(1)), 0));
        assert!(matches!(out.next(true).await, Next::Close(_)));
        // Where the task writes nothing is held, and nothing is lost: it is woken for each.
        let (_socket, lane, mut out) = narrow(0);
        lane.holds(said(1)).unwrap();
        lane.holds(said(2)).unwrap();
        lane.let_go();
        for n in [1, 2] {
            assert_eq!(out.next(true).await, Next::Say(Said::Ordered(said(n)), 0));
        }
    }

    #[tokio::test]
    async fn a_shut_lane_is_the_tasks_alone() {
        let (socket, lane, mut out) = narrow(8);
        assert!(futures_util::poll!(std::pin::pin!(out.next(true))).is_pending());
        lane.send(said(1)).unwrap();
        lane.show(view("longer than that"));
        assert_eq!(out.shut(), Some((Said::View(view("longer than that")), 5)));
        *socket.room.lock().unwrap() = 1_000;
        lane.send(said(2)).unwrap();
        assert!(futures_util::poll!(std::pin::pin!(out.next(false))).is_ready());
        assert!(futures_util::poll!(std::pin::pin!(out.next(false))).is_pending());
        lane.send(said(3)).unwrap();
        assert_eq!(
            socket.taken.lock().unwrap().len(),
            8,
            "the library answers a ping meanwhile"
        );
        drop(out);
        assert_eq!(
            Arc::strong_count(&socket),
            1,
            "the socket is let go although the room holds its end"
        );
        lane.send(said(4)).unwrap();
    }

    /// Polls what comes next by hand.
    struct Hand<'a> {
        out: &'a mut LaneOut,
        woken: Arc<Woken>,
    }

    #[derive(Default)]
    struct Woken(std::sync::atomic::AtomicBool);

    impl std::task::Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, std::sync::atomic::Ordering::SeqCst);
        }
    }

    fn by_hand(out: &mut LaneOut) -> Hand<'_> {
        let woken = Arc::default();
        Hand { out, woken }
    }

    impl Hand<'_> {
        /// Whether there is nothing.
        fn poll(&mut self) -> bool {
            let waker = Waker::from(Arc::clone(&self.woken));
            self.out.poll_next(&mut Context::from_waker(&waker), true).is_pending()
        }
        fn is_woken(&self) -> bool {
            self.woken.0.load(std::sync::atomic::Ordering::SeqCst)
        }
    }
}
