//! A sitting of which nothing is kept, on its way out: after its last event, or at the start of a process that follows a killed one.

use protocol::RoomId;
use protocol::wire::HeldSession;

use super::registry::Registry;
use super::{nodes, reading};
use crate::store::{AppendError, Count, Store, StoreFault};

/// Keeps the count of a sitting and destroys the rest.
pub(super) async fn forget(store: &Store, id: RoomId, epoch: u64, over: &HeldSession) -> Result<(), StoreFault> {
    let count = Count {
        session: over.session,
        started_at: over.started_at,
        ended_at: over.ended_at,
        people: over.attended,
    };
    #[cfg(feature = "mutants")]
    super::mutants::halt("halt_before_forgetting").await;
    let forgotten = store.forget(id, epoch, count).await;
    forgotten.map_err(|_: AppendError| StoreFault::Unavailable)?;
    #[cfg(feature = "mutants")]
    super::mutants::halt("halt_before_purging").await;
    store.stays(id).await
}

/// Every room that was leaving when the last process ended: destroyed if its end was written, else left as it is. What another node has is
/// that one's to finish.
pub(super) async fn finish(registry: &Registry) -> Result<(), StoreFault> {
    let store = &registry.store;
    for id in store.rooms_leaving().await? {
        let Some(mut opened) = nodes::claimed(registry, id).await? else {
            continue;
        };
        let (room, _) = reading::rebuilt(store, &registry.packs, id, &reading::Told::default(), &mut opened).await?;
        match room.leaves() {
            Some(over) => forget(store, id, opened.epoch, &over).await?,
            None => store.stays(id).await?,
        }
        nodes::given_back(registry, id, opened.epoch).await;
    }
    Ok(())
}
