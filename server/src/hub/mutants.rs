//! Promises broken on purpose, so that the checker can be shown to object. Compiled only with the feature `mutants`, which no shipped build
//! has, and even then asleep until `RONDO_MUTANT` names one.

use std::time::Duration;

use protocol::CommandId;
use protocol::wire::ServerMessage;

use super::lane::Lane;

/// How long the early acknowledgement runs ahead of the commit: long enough for a kill to fall in between.
const AHEAD: Duration = Duration::from_millis(20);

/// `ack_before_commit`: says "accepted" before anything is durable.
pub(super) async fn before_append(command: Option<(Lane, CommandId)>, after_seq: u64, events: usize) {
    if !is("ack_before_commit") {
        return;
    }
    if let Some((lane, id)) = command {
        let seq = after_seq + events as u64;
        let _ = lane.say(&ServerMessage::Accepted { id, seq });
        tokio::time::sleep(AHEAD).await;
    }
}

/// Whether `RONDO_MUTANT` names this one.
pub(super) fn is(name: &str) -> bool {
    std::env::var_os("RONDO_MUTANT").is_some_and(|named| named == name)
}
