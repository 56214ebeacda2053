//! Keeping the logs: what was recorded is taken into them, again and again, beside everything else.

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::limits::{CHECKPOINT_EVENTS, CHECKPOINT_EVERY, CHECKPOINT_PAUSE, END_WAITS, FEW_EVENTS};
use crate::clock::Clock;
use crate::store::{Reach, Store};

/// Looks at the start, then every few seconds or after some hundred events, and once more when it is stopped. One of several nodes leaves that to the
/// others: they record while it looks, and it would be long in ending.
pub async fn keep(store: Store, clock: Clock, several_nodes: bool, stop: CancellationToken) {
    let goes_on = || !(several_nodes && stop.is_cancelled());
    let mut appended = store.appended();
    let mut logged = 0;
    loop {
        let count = *appended.borrow_and_update();
        let few = count - logged <= FEW_EVENTS;
        logged = count;
        look(&store, &clock, if few { Reach::All } else { Reach::Posted }, goes_on).await;
        let begun = Instant::now();
        let enough = async {
            // A store that is gone has no more events; the time goes on.
            if appended
                .wait_for(|now| *now - count >= CHECKPOINT_EVENTS)
                .await
                .is_err()
            {
                std::future::pending::<()>().await;
            }
            sleep_until(begun + CHECKPOINT_PAUSE).await;
        };
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep_until(begun + CHECKPOINT_EVERY) => {}
            () = enough => {}
        }
    }
    look(&store, &clock, Reach::All, goes_on).await;
}

async fn look(store: &Store, clock: &Clock, reach: Reach, goes_on: impl Fn() -> bool + Send) {
    // The next look begins where this one ended.
    if let Err(fault) = store.log_while(reach, clock.now(), goes_on).await {
        tracing::warn!(%fault, "the log could not be brought up to date");
    }
}

/// A checkpoint over everything of this room, before people are told that their session is over. A slow disk does not keep them.
pub async fn session_ends(store: &Store, clock: &Clock, room: protocol::RoomId) {
    // On its own: a transaction that is dropped half-way would take the store's one writer with it.
    let (store, at) = (store.clone(), clock.now());
    let logged = tokio::spawn(async move { store.log_room(room, at).await });
    match tokio::time::timeout(END_WAITS, logged).await {
        Ok(Ok(Ok(_))) => {}
        Ok(Ok(Err(fault))) => tracing::warn!(%room, %fault, "a session ended before its checkpoint was signed"),
        Ok(Err(_)) | Err(_) => tracing::warn!(%room, "a session ended before its checkpoint was signed"),
    }
}
