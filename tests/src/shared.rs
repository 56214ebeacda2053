//! Real inputs that stand beside the repository, in `../shared/data`. They are read there and never copied.

use std::io::Write as _;
use std::path::PathBuf;

/// The path of a shared input, or `None` after saying that it is absent. Absent inputs fail under `CI=true`: a test that did not run must
/// not look like one that passed.
pub fn shared(path: &str) -> Option<PathBuf> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(path);
    if full.exists() {
        return Some(full);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "the shared input {path} is absent"
    );
    // Past the harness, which keeps to itself what a test prints that passes.
    let _ = writeln!(std::io::stderr(), "ABSENT: shared input {path}; this test did not run");
    None
}
