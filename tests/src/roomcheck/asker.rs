//! Somebody who asks for one thing after the other, each under an id of its own, until it is answered, on whatever line they have by then.

use std::time::Instant;

use futures_util::SinkExt;
use protocol::wire::{Action, ClientMessage, RequestKind};
use protocol::{CommandId, ParticipantId};
use tokio_tungstenite::tungstenite::Message;

use super::ledger::{Entry, Told};
use crate::line::{Down, Line, new_command};

#[derive(Debug)]
pub(super) struct Asker {
    pub(super) me: ParticipantId,
    leads: bool,
    asked: bool,
    /// What is not answered yet. When the line goes down it is asked again under the same id.
    open: Option<(CommandId, Action, Instant)>,
}

impl Asker {
    pub(super) const fn new(me: ParticipantId, leads: bool) -> Self {
        Self {
            me,
            leads,
            asked: false,
            open: None,
        }
    }

    pub(super) const fn is_answered(&self) -> bool {
        self.open.is_none()
    }

    /// Wants something: who leads, more time for the step; everybody else the floor, and then not.
    pub(super) fn wants_something(&mut self) {
        let action = match (self.leads, self.asked) {
            (true, _) => Action::ExtendStep { seconds: 1 },
            (false, false) => Action::Ask {
                kind: RequestKind::Share,
                note: None,
            },
            (false, true) => Action::CancelRequest,
        };
        self.open = Some((new_command(), action, Instant::now()));
    }

    /// Asks for what is open, if anything is; the answer closes it.
    pub(super) async fn asks(&mut self, line: &mut Line) -> Result<Option<Entry>, Down> {
        let Some((id, action, asked)) = self.open.clone() else {
            return Ok(None);
        };
        let message = ClientMessage::Act {
            id,
            action: action.clone(),
        };
        let text = serde_json::to_string(&message).expect("a message");
        line.socket.send(Message::text(text)).await.map_err(|_| Down)?;
        let told = match line.answer_to(id).await? {
            Ok(seq) => Told::Accepted {
                seq,
                at: Instant::now(),
            },
            Err(_) => Told::Refused,
        };
        match &action {
            Action::Ask { .. } => self.asked = true,
            Action::CancelRequest => self.asked = false,
            _ => {}
        }
        self.open = None;
        Ok(Some(Entry {
            by: self.me,
            id,
            asked,
            told,
        }))
    }
}
