//! Shows the room to everybody for whom it looks different now.

use std::collections::BTreeMap;

use bytes::Bytes;
use protocol::ParticipantId;
use room::Audience;

use super::{Connection, Task};
use crate::hub::lane::View;

impl Task {
    /// Shows the room as it is to everybody for whom it looks different now: one text per audience, one per person. Whoever sees no
    /// change hears nothing, or the very fact of a view would tell them that something happened.
    pub(super) async fn show(&mut self) {
        if self.unseen == 0 {
            return;
        }
        self.note_what_is_read().await;
        self.unseen = 0;
        let mut shared: BTreeMap<u64, Bytes> = BTreeMap::new();
        for connection in self.connections.values_mut() {
            // Nobody is somebody whom the room does not know yet: the arrival is on its way.
            let screen = self.room.screen(connection.participant);
            let shown = screen.as_ref().map(|screen| (screen.shared, screen.own));
            let holds = std::mem::take(&mut connection.holds);
            if let Some(screen) = screen.filter(|_| connection.shown != shown) {
                connection.shown = shown;
                let shared = shared.entry(screen.shared);
                let shared = shared.or_insert_with(|| self.room.shared_text(&screen).into());
                connection.lane.show(View {
                    shared: shared.clone(),
                    own: self.room.own_text(connection.participant),
                });
            } else if holds {
                connection.lane.let_go();
            }
        }
        crate::hub::writer::clears_the_desk();
    }

    /// That those who lead are about to read something about single people is noted.
    async fn note_what_is_read(&mut self) {
        let leads = |(&line, connection): (&u64, &Connection)| {
            let who = connection.participant;
            matches!(self.room.audience_of(who), Audience::Leaders(_)).then_some((line, who))
        };
        let leaders: BTreeMap<u64, ParticipantId> = self.connections.iter().filter_map(leads).collect();
        if !leaders.is_empty() {
            Box::pin(self.noting.leaders_read(&self.room, &leaders)).await;
        }
    }
}
