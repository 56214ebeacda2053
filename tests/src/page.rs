//! One person's page of a note: a Yjs document of their own behind a line, as the editor has it.

use futures_util::SinkExt as _;
use protocol::wire::{NoteFrame, NoteOp, NoteRef, Refusal, ServerMessage};
use tokio_tungstenite::tungstenite::Message;
use yrs::updates::decoder::Decode as _;
use yrs::{Doc, GetString as _, ReadTxn as _, Text as _, Transact as _, Update};

use crate::line::Line;

/// The root that tests write plain text into.
const ROOT: &str = "text";

/// A note that is open on a line.
#[derive(Debug)]
pub struct Page {
    pub note: NoteRef,
    doc: Doc,
    sent: u32,
}

/// Sends a note frame, whatever is in it.
pub async fn send(line: &mut Line, op: NoteOp, note: NoteRef, reference: u32, payload: &[u8]) {
    let frame = NoteFrame {
        op,
        note,
        reference,
        payload,
    };
    let sent = line.socket.send(Message::binary(frame.write())).await;
    sent.expect("the line is up");
}

impl Page {
    /// Opens a note under this Yjs client id.
    pub async fn open(line: &mut Line, note: NoteRef, client: u32) -> Result<Self, Refusal> {
        let mut page = Self {
            note,
            doc: Doc::with_client_id(u64::from(client)),
            sent: 0,
        };
        send(line, NoteOp::Open, note, client, &[]).await;
        page.until(line, NoteOp::State, client, 0).await?;
        Ok(page)
    }

    /// Writes at the end, on this page alone. Gives the update.
    pub fn writes(&self, text: &str) -> Vec<u8> {
        let root = self.doc.get_or_insert_text(ROOT);
        let mut transaction = self.doc.transact_mut();
        let before = transaction.state_vector();
        let end = root.len(&transaction);
        root.insert(&mut transaction, end, text);
        transaction.encode_diff_v1(&before)
    }

    /// Sends an update and does not wait. Gives its number.
    pub async fn sends(&mut self, line: &mut Line, update: &[u8]) -> u32 {
        self.sent += 1;
        send(line, NoteOp::Update, self.note, self.sent, update).await;
        self.sent
    }

    /// Writes, and waits until it is saved or refused.
    pub async fn types(&mut self, line: &mut Line, text: &str) -> Result<(), Refusal> {
        let update = self.writes(text);
        let number = self.sends(line, &update).await;
        self.is_saved(line, number).await
    }

    /// Waits until the update of this number is saved or refused.
    pub async fn is_saved(&mut self, line: &mut Line, number: u32) -> Result<(), Refusal> {
        self.until(line, NoteOp::Saved, number, number).await
    }

    /// Waits until this page reads a text that fits.
    pub async fn reads(&mut self, line: &mut Line, fits: impl Fn(&str) -> bool) -> String {
        loop {
            self.takes_in(line);
            let text = self.text();
            if fits(&text) {
                return text;
            }
            line.hear().await.expect("the line is up");
        }
    }

    /// The text on this page.
    pub fn text(&self) -> String {
        let root = self.doc.get_or_insert_text(ROOT);
        root.get_string(&self.doc.transact())
    }

    /// Applies the frames that came so far. Gives the operations and references that were among them.
    fn takes_in(&self, line: &mut Line) -> Vec<(NoteOp, u32)> {
        let mut seen = Vec::new();
        for frame in line.frames.drain(..) {
            let frame = NoteFrame::read(&frame).expect("the hub sends note frames");
            if frame.note != self.note {
                continue;
            }
            if matches!(frame.op, NoteOp::State | NoteOp::Update) {
                let update = Update::decode_v1(frame.payload).expect("the hub sends updates of encoding v1");
                let applied = self.doc.transact_mut().apply_update(update);
                applied.expect("the hub's updates apply");
            }
            seen.push((frame.op, frame.reference));
        }
        seen
    }

    async fn until(&mut self, line: &mut Line, op: NoteOp, reference: u32, refused: u32) -> Result<(), Refusal> {
        loop {
            // The newest number is enough: what was sent before it is saved as well.
            let come = |(seen, number): &(NoteOp, u32)| *seen == op && *number >= reference;
            if self.takes_in(line).iter().any(come) {
                return Ok(());
            }
            match line.hear().await.expect("the line is up") {
                Some(ServerMessage::NoteRefused {
                    note,
                    reference,
                    refusal,
                }) if (note, reference) == (self.note, refused) => return Err(refusal),
                Some(ServerMessage::View { .. }) | None => {}
                Some(other) => line.others.push_back(other),
            }
        }
    }
}
