//! A line that comes over another node: to the room it is a line like any other.
//!
//! One task a line, as a socket has. It holds the socket's end of the lanes and puts what they give on the bus.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use protocol::RoomId;
use protocol::wire::{ClientMessage, CloseCode, RefusalCode, ServerMessage};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Seat;
use super::calls::About;
use super::lane::{Closing, LaneOut, Next, Out, Said, View, lanes};
use super::nodes::Nodes;
use super::registry::{Registry, Stopping};
use super::room_task::{From, Letter as ForRoom};
use super::socket::id_of;
use crate::cluster::letter::{Goodbye, Letter, LineId, Who};
use crate::cluster::limits::{INBOX, MAX_REMOTE_LINES, RELAY_SILENCE};
use crate::cluster::line::{Newest, OwnerEnd};
use crate::store::NodeId;

/// What a line hears from its relay.
#[derive(Debug)]
pub(super) enum FromRelay {
    Says { number: u64, is_note: bool, bytes: Bytes },
    Again,
    Beat { number: u64, said: u64 },
}

/// The way to a line's task, and how far it has come.
#[derive(Debug)]
pub(super) struct RemoteLine {
    pub(super) relay: NodeId,
    pub(super) inbox: mpsc::Sender<FromRelay>,
    sent: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    ordered: AtomicU64,
    views: AtomicU64,
}

impl RemoteLine {
    /// Frames and views that were sent.
    pub(super) fn sent(&self) -> (u64, u64) {
        (
            self.sent.ordered.load(Ordering::Acquire),
            self.sent.views.load(Ordering::Acquire),
        )
    }
}

/// Somebody is there, on another node. Said twice, it is heard once.
pub(super) fn opens(registry: &Arc<Registry>, (relay, line): (NodeId, LineId), room: RoomId, who: Who) {
    let Some(nodes) = registry.nodes() else { return };
    if nodes.has_ended(relay, line) || nodes.lines.len() >= MAX_REMOTE_LINES {
        return;
    }
    let (inbox, letters) = mpsc::channel(INBOX);
    let sent = Arc::default();
    let mut fresh = false;
    nodes.lines.entry(line).or_insert_with(|| {
        fresh = true;
        RemoteLine {
            relay,
            inbox,
            sent: Arc::clone(&sent),
        }
    });
    if fresh {
        let remote = Remote {
            nodes: Arc::clone(nodes),
            relay,
            room,
            line,
            connection: registry.number(),
            end: OwnerEnd::default(),
            sent,
            inbox: letters,
            waiting: VecDeque::new(),
            beats: Newest::default(),
        };
        registry.does(remote.run(Arc::clone(registry), who));
    }
}

struct Remote {
    nodes: Arc<Nodes>,
    relay: NodeId,
    room: RoomId,
    line: LineId,
    connection: u64,
    end: OwnerEnd<(bool, Bytes), View>,
    sent: Arc<Counts>,
    inbox: mpsc::Receiver<FromRelay>,
    /// For the room, in their order.
    waiting: VecDeque<ForRoom>,
    beats: Newest,
}

impl Remote {
    async fn run(mut self, registry: Arc<Registry>, who: Who) {
        let (lane, mut out) = lanes(None);
        let connection = self.connection;
        let hello = ForRoom::Connected {
            connection,
            seat: Seat {
                room: self.room,
                participant: who.participant,
                role: who.role,
                name: who.name,
                let_in: who.let_in,
            },
            lane,
            from: From::AnotherNode,
        };
        let letters = Box::pin(registry.send(self.room, hello)).await;
        let closing = match &letters {
            Ok(letters) => self.carries(&registry, letters, &mut out).await,
            Err(Stopping) => Some(closing(CloseCode::Restarting, "1000")),
        };
        if let Some(Closing { code, reason }) = closing {
            let after = self.end.sent();
            let close = Letter::Close {
                room: self.room,
                line: self.line,
                ordered: after.ordered,
                views: after.views,
                goodbye: Goodbye::new(code, reason),
            };
            self.nodes.cluster.says(self.relay, &close);
        }
        drop(out);
        self.nodes.ends(self.relay, self.line);
        if let Ok(letters) = letters {
            let _ = letters.send(ForRoom::Gone { connection }).await; // a room that ended knows already
        }
    }

    /// Until the end; the close to say, if there is anybody to say it to.
    async fn carries(
        &mut self,
        registry: &Registry,
        letters: &mpsc::Sender<ForRoom>,
        out: &mut LaneOut,
    ) -> Option<Closing> {
        let silence = tokio::time::sleep(RELAY_SILENCE);
        tokio::pin!(silence);
        let mut last_heard = Instant::now();
        loop {
            tokio::select! {
                heard = self.inbox.recv(), if self.waiting.len() < INBOX => {
                    last_heard = Instant::now();
                    // Without its sender the line is over: the relay has said that it is gone.
                    if let Some(closing) = self.hears(heard?) {
                        return Some(closing);
                    }
                }
                place = letters.reserve(), if !self.waiting.is_empty() => match (place, self.waiting.pop_front()) {
                    (Ok(place), Some(letter)) => place.send(letter),
                    _ => return Some(registry.a_room_ended()),
                },
                next = out.next(false) => match next {
                    Next::Say(Said::Ordered(out), _) => self.says(out),
                    Next::Say(Said::View(view), _) => {
                        let number = self.end.shows(view.clone());
                        self.shows(number, &view);
                    }
                    Next::Close(closing) => return Some(closing),
                },
                () = &mut silence => {
                    let until = last_heard + RELAY_SILENCE;
                    if Instant::now() >= until {
                        return None; // nobody is there to say goodbye to
                    }
                    silence.as_mut().reset(until);
                }
            }
        }
    }

    fn hears(&mut self, heard: FromRelay) -> Option<Closing> {
        match heard {
            FromRelay::Says { number, is_note, bytes } => match self.end.hears(number, (is_note, bytes)) {
                Ok(ready) => {
                    for (is_note, bytes) in ready {
                        match letter(self.connection, is_note, &bytes) {
                            Some(letter) => self.waiting.push_back(letter),
                            None => self.refuses(&bytes),
                        }
                    }
                    None
                }
                Err(_) => Some(closing(CloseCode::TooSlow, "")),
            },
            FromRelay::Again => {
                if let Some((number, view)) = self.end.shows_again() {
                    self.shows(number, &view);
                }
                None
            }
            FromRelay::Beat { number, said } => {
                let lost = self.beats.is(number) && self.end.misses(said);
                lost.then(|| closing(CloseCode::TooSlow, ""))
            }
        }
    }

    /// A page and its relay may be of a later release and say what this one cannot read: they hear so, and do not wait for an answer.
    fn refuses(&mut self, bytes: &Bytes) {
        tracing::info!("a relay passed on what this release does not read");
        self.says(Out::Text(refused(bytes)));
    }

    fn says(&mut self, out: Out) {
        let number = self.end.says();
        let (is_note, bytes) = match out {
            Out::Text(text) => (false, text),
            Out::Note(frame) => (true, frame),
        };
        let frame = Letter::Frame {
            room: self.room,
            line: self.line,
            number,
            is_note,
            bytes,
        };
        self.nodes.cluster.says(self.relay, &frame);
        self.sent.ordered.store(number, Ordering::Release);
    }

    fn shows(&self, number: u64, view: &View) {
        let shown = Letter::View {
            room: self.room,
            line: self.line,
            number,
            shared: u32::try_from(view.shared.len()).unwrap_or(u32::MAX),
            bytes: [&view.shared[..], &view.own.concat()].concat().into(),
        };
        self.nodes.cluster.says(self.relay, &shown);
        self.sent.views.store(number, Ordering::Release);
    }
}

/// What a page said, as the room hears it. The relay has read it before; what it says of itself and of time it answers.
fn letter(connection: u64, is_note: bool, bytes: &Bytes) -> Option<ForRoom> {
    if is_note {
        let frame = bytes.clone();
        return Some(ForRoom::Note { connection, frame });
    }
    let about = |about| Some(ForRoom::Media { connection, about });
    match serde_json::from_slice(bytes) {
        Ok(ClientMessage::Act { id, action }) => Some(ForRoom::Act { connection, id, action }),
        Ok(ClientMessage::Signal { kind }) => Some(ForRoom::Signal { connection, kind }),
        Ok(ClientMessage::MediaOffer { description }) => about(About::Offer(description)),
        Ok(ClientMessage::MediaRestart { description }) => about(About::Restart(description)),
        Ok(ClientMessage::MediaRelays {}) => about(About::Relays),
        Ok(ClientMessage::MediaWishes { pictures }) => about(About::Wishes(pictures)),
        Ok(ClientMessage::MediaEnd {}) => about(About::End),
        Ok(ClientMessage::Ping { .. }) | Err(_) => None,
    }
}

/// The answer to what cannot be read, under its command's id where that can be.
fn refused(bytes: &Bytes) -> Bytes {
    let id = std::str::from_utf8(bytes).ok().and_then(id_of);
    let refusal = RefusalCode::Malformed.into();
    let refused = serde_json::to_vec(&ServerMessage::Refused { id, refusal });
    refused.expect("a message of plain data can be written").into()
}

/// The same the other way: how a relay passes a letter on. Nothing for what is not a page's to say.
pub(super) fn written(letter: ForRoom) -> Option<(bool, Bytes)> {
    let message = match letter {
        ForRoom::Note { frame, .. } => return Some((true, frame)),
        ForRoom::Act { id, action, .. } => ClientMessage::Act { id, action },
        ForRoom::Signal { kind, .. } => ClientMessage::Signal { kind },
        ForRoom::Media { about, .. } => match about {
            About::Offer(description) => ClientMessage::MediaOffer { description },
            About::Restart(description) => ClientMessage::MediaRestart { description },
            About::Relays => ClientMessage::MediaRelays {},
            About::Wishes(pictures) => ClientMessage::MediaWishes { pictures },
            About::End => ClientMessage::MediaEnd {},
        },
        _ => return None,
    };
    let text = serde_json::to_vec(&message).expect("a message of plain data can be written");
    Some((false, text.into()))
}

fn closing(code: CloseCode, reason: &str) -> Closing {
    Closing {
        code,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_later_release_says_is_refused_under_its_id() {
        let id = "cm_00000000000000000000000000000007";
        let later = format!(r#"{{"type":"act","id":"{id}","action":{{"do":"levitate"}}}}"#);
        for (said, named) in [
            (later.as_str(), Some(id)),
            (r#"{"type":"later"}"#, None),
            ("\u{1}", None),
        ] {
            let bytes = Bytes::copy_from_slice(said.as_bytes());
            assert!(letter(1, false, &bytes).is_none(), "{said}");
            let answer: ServerMessage = serde_json::from_slice(&refused(&bytes)).unwrap();
            let ServerMessage::Refused { id, refusal } = answer else {
                panic!("{answer:?}")
            };
            assert_eq!(
                (id, refusal.code),
                (named.map(|id| id.parse().unwrap()), RefusalCode::Malformed)
            );
        }
        assert!(
            letter(1, true, &Bytes::from_static(b"\xff")).is_some(),
            "a note's frame is the note's to read"
        );
    }
}
