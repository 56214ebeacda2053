//! A process that dies at one of its writes, as by a power cut, so that what the next start makes of it can be looked at. Compiled only with the
//! feature `mutants`, which no shipped build has, and even then asleep until `RONDO_MUTANT` asks.

use std::sync::atomic::{AtomicU64, Ordering};

/// Writes since the file was there.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// `die_at_write=<file>`: from when this file exists, the process dies just before the write whose number stands in it.
pub(super) fn before_a_write() {
    let Ok(mutant) = std::env::var("RONDO_MUTANT") else {
        return;
    };
    let Some(("die_at_write", file)) = mutant.split_once('=') else {
        return;
    };
    let number = std::fs::read_to_string(file)
        .ok()
        .and_then(|text| text.parse::<u64>().ok());
    if number.is_some_and(|number| WRITES.fetch_add(1, Ordering::SeqCst) + 1 == number) {
        std::process::abort();
    }
}
