//! What was recorded: it comes back from a copy, opens under new keys, and cannot be changed unnoticed.

mod backup;
#[cfg(feature = "mutants")]
mod key_rotation;
mod tamper;
