//! Real inputs that stand beside the repository, in `../shared/data`. They are read there and never copied.

use std::io::Write as _;
use std::num::ParseIntError;
use std::path::PathBuf;
use std::str::FromStr;

/// The path of a shared input, or `None` after saying that it is absent. Absent inputs fail under `CI=true`: a test that did not run must
/// not look like one that passed.
pub fn shared(path: &str) -> Option<PathBuf> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(path);
    if full.exists() {
        return Some(full);
    }
    absent(&format!("the shared input {path}"));
    None
}

/// How often a test tries: as often as the environment's `name` says, else `usually`. The acceptance tests' own targets and the long versions
/// ask for more than the gate.
///
/// # Panics
///
/// Where `name` is set and is no number: a test that tried another number of times must not look like one that did as it was told.
pub fn tries<N: FromStr<Err = ParseIntError>>(name: &str, usually: N) -> N {
    std::env::var(name).map_or(usually, |asked| {
        asked
            .parse()
            .unwrap_or_else(|why| panic!("{name}={asked} is no number of tries: {why}"))
    })
}

/// Says that something is not here and that a test did not run for it, or fails under `CI=true`.
pub(crate) fn absent(what: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "absent: {what}");
    // Past the harness, which keeps to itself what a test prints that passes.
    let _ = writeln!(std::io::stderr(), "ABSENT: {what}; this test did not run");
}
