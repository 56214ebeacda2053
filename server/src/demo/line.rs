//! One line of one invented person: a client of the same wire as every page, over a pipe inside the process instead of a network. The hub
//! cannot tell the difference, so nothing that a demo shows is a shortcut.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use protocol::CommandId;
use protocol::wire::{
    Action, ClientMessage, CloseCode, ConsentCard, NoteFrame, NoteOp, NoteRef, Refusal, RoomView, ServerMessage,
    SignalKind,
};
use tokio::io::DuplexStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::pen::Pen;
use crate::hub::limits::HEARTBEAT;
use crate::hub::{Hub, Seat};
use crate::identity::random_bits;

/// What the pipe holds in each direction: a few views.
const PIPE_BYTES: usize = 64 * 1024;
/// Things to say that wait for the pipe. One person does one thing at a time.
const WAITING: usize = 8;
/// How long an answer may take before the line counts as down. The hub itself gives a blocked write twenty seconds.
const ANSWER: Duration = Duration::from_secs(20);

/// What somebody sees just now.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) seq: u64,
    pub(super) room: RoomView,
    /// What this person is asked to agree to.
    pub(super) consents: Vec<ConsentCard>,
}

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Undone {
    /// A rule said no.
    Refused(Refusal),
    /// The line is down.
    Down,
}

/// What goes into a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    Heading(String),
    Line(String),
    /// On the line that reads so far as `beginning`.
    More {
        beginning: String,
        text: String,
    },
}

enum Say {
    Act(Action, oneshot::Sender<Result<u64, Refusal>>),
    Sign(SignalKind),
    /// Open a note, or find it open.
    Open(NoteRef, oneshot::Sender<()>),
    Write(NoteRef, Words, oneshot::Sender<()>),
}

/// A line that is up until it is dropped.
#[derive(Debug)]
pub(super) struct Line {
    say: mpsc::Sender<Say>,
    seen: watch::Receiver<Option<Seen>>,
    end: watch::Receiver<Option<u16>>,
}

impl Line {
    /// Connects to the hub.
    pub(super) fn up(hub: &Hub, seat: Seat) -> Self {
        let (near, far) = tokio::io::duplex(PIPE_BYTES);
        let hub = hub.clone();
        tokio::spawn(async move { hub.serve(seat, far, None, std::future::pending()).await });
        let (say, said) = mpsc::channel(WAITING);
        let (show, seen) = watch::channel(None);
        let (ended, end) = watch::channel(None);
        tokio::spawn(async move {
            let stream = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
            let mut page = Page {
                stream,
                show,
                answers: HashMap::new(),
                notes: HashMap::new(),
                saved: HashMap::new(),
                updates: 0,
            };
            let code = page.live(said).await;
            let _ = ended.send(Some(code)); // whoever hung up does not listen
        });
        Self { say, seen, end }
    }

    /// Whether it has gone down by itself.
    pub(super) fn is_down(&self) -> bool {
        self.end.borrow().is_some() || self.say.is_closed()
    }

    /// The hub closed it for good: the person was sent out, or their link was taken back.
    pub(super) fn was_sent_out(&self) -> bool {
        *self.end.borrow() == Some(CloseCode::Removed.number())
    }

    /// The newest view.
    pub(super) fn view(&self) -> Option<Seen> {
        self.seen.borrow().clone()
    }

    /// To wait for the next view.
    pub(super) fn watch(&self) -> watch::Receiver<Option<Seen>> {
        self.seen.clone()
    }

    async fn answered<T>(&self, say: Say, answer: oneshot::Receiver<T>) -> Result<T, Undone> {
        self.say.send(say).await.map_err(|_| Undone::Down)?;
        match tokio::time::timeout(ANSWER, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(Undone::Down),
        }
    }

    /// Does something; gives the position from which views show it.
    pub(super) async fn act(&self, action: Action) -> Result<u64, Undone> {
        let (sender, answer) = oneshot::channel();
        self.answered(Say::Act(action, sender), answer)
            .await?
            .map_err(Undone::Refused)
    }

    /// Gives a passing sign.
    pub(super) async fn sign(&self, kind: SignalKind) {
        let _ = self.say.send(Say::Sign(kind)).await; // a sign may be lost
    }

    /// Writes in a note and waits until it is saved.
    pub(super) async fn write(&self, note: NoteRef, words: Words) -> Result<(), Undone> {
        let (sender, opened) = oneshot::channel();
        self.answered(Say::Open(note, sender), opened).await?;
        let (sender, saved) = oneshot::channel();
        self.answered(Say::Write(note, words, sender), saved).await
    }
}

/// A note as this page has it.
struct Open {
    pen: Pen,
    ready: bool,
    waiting: Vec<oneshot::Sender<()>>,
}

/// What a browser would be.
struct Page {
    stream: WebSocketStream<DuplexStream>,
    show: watch::Sender<Option<Seen>>,
    answers: HashMap<CommandId, oneshot::Sender<Result<u64, Refusal>>>,
    notes: HashMap<NoteRef, Open>,
    saved: HashMap<u32, oneshot::Sender<()>>,
    updates: u32,
}

impl Page {
    /// Until one side hangs up; the close code, 0 without one.
    async fn live(&mut self, mut said: mpsc::Receiver<Say>) -> u16 {
        let mut beat = tokio::time::interval(HEARTBEAT);
        loop {
            let message = tokio::select! {
                say = said.recv() => match say {
                    Some(say) => self.say(say),
                    None => return 0, // a line that drops says no goodbye
                },
                _ = beat.tick() => Some(text(&ClientMessage::Ping { at: 0 })),
                heard = self.stream.next() => match heard {
                    Some(Ok(Message::Text(text))) => {
                        self.hear(&text);
                        None
                    }
                    Some(Ok(Message::Binary(frame))) => {
                        self.hear_note(&frame);
                        None
                    }
                    Some(Ok(Message::Close(frame))) => return frame.map_or(0, |frame| frame.code.into()),
                    Some(Ok(_)) => None,
                    Some(Err(_)) | None => return 0,
                },
            };
            if let Some(message) = message
                && self.stream.send(message).await.is_err()
            {
                return 0;
            }
        }
    }

    fn say(&mut self, say: Say) -> Option<Message> {
        match say {
            Say::Act(action, answer) => {
                let id = CommandId::from_bits(random_bits());
                self.answers.insert(id, answer);
                Some(text(&ClientMessage::Act { id, action }))
            }
            Say::Sign(kind) => Some(text(&ClientMessage::Signal { kind })),
            Say::Open(note, opened) => {
                if let Some(open) = self.notes.get_mut(&note) {
                    if open.ready {
                        let _ = opened.send(()); // who asked may have given up
                    } else {
                        open.waiting.push(opened);
                    }
                    return None;
                }
                // A new id for every opening, as the wire asks; 31 bits are enough to be alone in a note.
                let client = (random_bits() as u32 >> 1).max(1);
                let open = Open {
                    pen: Pen::new(client),
                    ready: false,
                    waiting: vec![opened],
                };
                self.notes.insert(note, open);
                Some(frame(NoteOp::Open, note, client, &[]))
            }
            Say::Write(note, words, saved) => {
                let pen = &mut self.notes.get_mut(&note)?.pen;
                let update = match &words {
                    Words::Heading(text) => pen.heading(text),
                    Words::Line(text) => pen.line(text),
                    Words::More { beginning, text } => pen.more(beginning, text),
                };
                self.updates += 1;
                self.saved.insert(self.updates, saved);
                Some(frame(NoteOp::Update, note, self.updates, &update))
            }
        }
    }

    fn hear(&mut self, text: &str) {
        match serde_json::from_str(text) {
            Ok(ServerMessage::View { seq, room, me, .. }) => {
                let consents = me.consents;
                self.show.send_replace(Some(Seen { seq, room, consents }));
            }
            Ok(ServerMessage::Accepted { id, seq }) => self.answer(id, Ok(seq)),
            Ok(ServerMessage::Refused { id: Some(id), refusal }) => self.answer(id, Err(refusal)),
            Ok(ServerMessage::NoteRefused { note, reference, .. }) => {
                // Drop the document; the next words open it anew.
                self.notes.remove(&note);
                self.saved.remove(&reference);
            }
            Ok(_) => {}
            Err(fault) => tracing::debug!(%fault, "a simulated page heard something that it cannot read"),
        }
    }

    fn answer(&mut self, id: CommandId, answer: Result<u64, Refusal>) {
        if let Some(asked) = self.answers.remove(&id) {
            let _ = asked.send(answer); // who asked may have given up
        }
    }

    fn hear_note(&mut self, bytes: &[u8]) {
        let Ok(frame) = NoteFrame::read(bytes) else { return };
        match frame.op {
            NoteOp::State | NoteOp::Update => {
                if let Some(open) = self.notes.get_mut(&frame.note) {
                    open.pen.take(frame.payload);
                    open.ready |= frame.op == NoteOp::State;
                    if open.ready {
                        open.waiting.drain(..).for_each(|opened| {
                            let _ = opened.send(());
                        });
                    }
                }
            }
            NoteOp::Saved => {
                if let Some(saved) = self.saved.remove(&frame.reference) {
                    let _ = saved.send(());
                }
            }
            NoteOp::Open | NoteOp::Close => {}
        }
    }
}

fn text(message: &ClientMessage) -> Message {
    Message::text(serde_json::to_string(message).expect("a message of the wire can be written"))
}

fn frame(op: NoteOp, note: NoteRef, reference: u32, payload: &[u8]) -> Message {
    let frame = NoteFrame {
        op,
        note,
        reference,
        payload,
    };
    Message::Binary(Bytes::from(frame.write()))
}
