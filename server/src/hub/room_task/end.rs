//! How a task ends, and what people are told then.

use protocol::Role;
use protocol::wire::{CloseCode, HeldSession, ServerMessage, SittingCount};

use super::{End, Task};
use crate::hub::{leaving, nodes};

impl Task {
    pub(super) async fn say_goodbye(&mut self, end: End) {
        for connection in self.connections.values().filter(|connection| connection.holds) {
            connection.lane.let_go(); // what was decided is answered, whatever else does not come
        }
        if matches!(end, End::Idle | End::Stopped) {
            let _ = Box::pin(self.voices_are_written()).await; // the room ends either way
        }
        self.calls.close(self.registry.media.as_ref(), self.id).await;
        self.desk.close().await;
        nodes::lets_go(&self.registry, self.id, self.epoch);
        match end {
            End::Idle | End::Stopped => {
                // Before anybody is told to come back: they may come back on another node.
                nodes::given_back(&self.registry, self.id, self.epoch).await;
                if matches!(end, End::Stopped) {
                    let people = self.connections.len();
                    for (n, connection) in self.connections.values().enumerate() {
                        let after = self.registry.comes_back_after(n, people);
                        connection.lane.close(CloseCode::Restarting, after.to_string());
                    }
                }
                // Nobody waits for it: many rooms stop at once. Where another node has the room by now it is refused, and nothing is lost.
                if self.room.state().seq > self.snapshot_at {
                    let (store, id, epoch, seq, bytes) = self.snapshot();
                    if let Err(why) = store.snapshot(id, epoch, seq, &bytes).await {
                        tracing::warn!(room = %id, %why, "a snapshot was not kept");
                    }
                }
            }
            End::NothingKept(over) => self.forget(&over).await,
            End::Fenced => self.close_all(CloseCode::Moved),
            End::Replay => self.close_all(CloseCode::RoomRestarting),
        }
    }

    /// Destroys what was written here, and only then tells people so.
    async fn forget(&self, over: &HeldSession) {
        if let Err(fault) = leaving::forget(&self.registry.store, self.id, self.epoch, over).await {
            tracing::warn!(room = %self.id, %fault, "a sitting could not be forgotten yet");
            return self.close_all(CloseCode::RoomRestarting); // whoever comes back lets it be tried again
        }
        let count = SittingCount::of(over);
        for connection in self.connections.values() {
            let leads = self.room.admitted_role(connection.participant) == Some(Role::Facilitator);
            let _ = connection.lane.say(&ServerMessage::NothingKept {
                count: leads.then_some(count),
            });
            connection.lane.close(CloseCode::NothingKept, "");
        }
    }

    fn close_all(&self, code: CloseCode) {
        for connection in self.connections.values() {
            connection.lane.close(code, "");
        }
    }
}
