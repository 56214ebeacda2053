//! A server that dies at one of its writes: whatever it was doing, the next start is to finish it or to have nothing of it. The fault is the
//! server's own, compiled in with the feature `mutants`.

use std::path::{Path, PathBuf};

use crate::house::Process;

/// More writes than any one thing that is done takes: whoever counts further goes round in a circle.
pub const MOST_WRITES: u64 = 400;

/// A server that dies when it is told to.
#[derive(Debug)]
pub struct Doomed {
    pub server: Process,
    file: PathBuf,
}

impl Doomed {
    /// Starts it over a data folder.
    pub async fn over(data: &Path) -> Self {
        let file = data.with_extension("dies");
        let mutant = format!("die_at_write={}", file.display());
        let server = Process::start(data, 0, &[("RONDO_MUTANT", &mutant)])
            .await
            .expect("the server starts");
        Self { server, file }
    }

    /// From now on it dies before its write number `n`.
    pub fn dies_at(&self, n: u64) {
        // In one step: half a number is another one.
        let half = self.file.with_extension("half");
        std::fs::write(&half, n.to_string()).expect("a file beside the data");
        std::fs::rename(&half, &self.file).expect("it is renamed");
    }
}

/// Which writes are tried: every `stride`th in the quick version, each where `WRITES=all` is said.
pub fn writes_tried(stride: usize) -> impl Iterator<Item = u64> {
    let all = std::env::var("WRITES").is_ok_and(|said| said == "all");
    (1..=MOST_WRITES).step_by(if all { 1 } else { stride })
}

/// A data folder as a killed process left it, copied to another place.
pub fn copied(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a new folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("a file is copied");
        }
    }
}
