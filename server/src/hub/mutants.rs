//! Promises broken and faults made on purpose, so that the checkers can be shown to notice. Compiled only with the feature `mutants`, which
//! no shipped build has, and even then asleep until `RONDO_MUTANT` names one.

use std::path::Path;
use std::time::Duration;

use protocol::wire::ServerMessage;

use super::lane::Lane;
use crate::store::{Append, AppendError};

/// How long the early acknowledgement runs ahead of the commit: long enough for a kill to fall in between.
const AHEAD: Duration = Duration::from_millis(20);

/// What `RONDO_MUTANT` asks for before an append:
///
/// * `ack_before_commit` says "accepted" on the asker's lane before anything is durable;
/// * `panic_at=<kind>` panics as a bug would, when an event of this kind was decided;
/// * `full_disk_while=<file>` has no space as long as this file exists.
pub(super) async fn before_append(asker: Option<(Lane, u64)>, append: &Append) -> Result<(), AppendError> {
    let Ok(mutant) = std::env::var("RONDO_MUTANT") else {
        return Ok(());
    };
    match mutant.split_once('=').unwrap_or((&mutant, "")) {
        ("ack_before_commit", _) => {
            if let (Some((lane, seq)), Some((_, id))) = (asker, append.command) {
                let _ = lane.say(&ServerMessage::Accepted { id, seq });
                tokio::time::sleep(AHEAD).await;
            }
            Ok(())
        }
        ("panic_at", kind) => {
            let decided = append.events.iter().any(|event| event.kind == kind);
            assert!(!decided, "a mutant was asked to panic here");
            Ok(())
        }
        ("full_disk_while", file) if Path::new(file).exists() => Err(AppendError::Unavailable),
        _ => Ok(()),
    }
}

/// Goes no further, if `RONDO_MUTANT` names this place: so that the process can be killed there.
pub(super) async fn halt(place: &str) {
    if is(place) {
        std::future::pending::<()>().await;
    }
}

/// Whether `RONDO_MUTANT` names this one; `ack_when_fenced` lets an owner that is none any more say that it did what was asked.
pub(super) fn is(name: &str) -> bool {
    std::env::var_os("RONDO_MUTANT").is_some_and(|named| named == name)
}
