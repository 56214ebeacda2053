//! Rooms that know where somebody was and that nobody opens any more: they are opened, forget, and close again.

use std::sync::{Arc, Weak};

use protocol::Timestamp;

use super::limits::{LATE_SECONDS, LOOK_EVERY};
use super::registry::{Registry, Stopping};
use super::room_task::Letter;

/// Looks once. What the store cannot say now is asked again next time.
pub(super) async fn look(registry: &Arc<Registry>) -> Result<(), Stopping> {
    let late = Timestamp(registry.clock.now().0.saturating_sub(LATE_SECONDS * 1000));
    let rooms = match registry.store.rooms_visited(late).await {
        Ok(rooms) => rooms,
        Err(fault) => {
            tracing::warn!(%fault, "nobody could look for places to forget");
            return Ok(());
        }
    };
    for room in rooms {
        registry.send(room, Letter::Look).await?;
    }
    Ok(())
}

/// Looks at the start and again and again, as long as there is a hub.
pub(super) async fn keep_looking(registry: Weak<Registry>) {
    while let Some(registry) = registry.upgrade() {
        if look(&registry).await.is_err() {
            return;
        }
        drop(registry);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
