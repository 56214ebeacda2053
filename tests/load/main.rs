//! `make bench`: the figures that Rondo promises, each as a ratio inside one run, beside what it must be.
//!
//! ```text
//! bench [--quick] [--only 1,5] [folder]
//! ```
//!
//! `--quick` has fewer and shorter rounds, for whoever works on the server. The folder is where the disk is measured; the temporary folder
//! if none is given. Nothing is asserted on time: a bench fails when something was lost, refused or miscounted, and only then.
//!
//! * [`fanout`]: processor time and delay of a delivery (goals 1, 2, 4), against the floor of `floor.rs`.
//! * [`memory`]: what a connection keeps resident (goals 5, 6).
//! * [`appends`]: durable appends (goals 10, 11).
//! * [`restart`]: ready again after a kill (goal 12).
//! * [`sides`]: the measured processes. [`figures`]: the table at the end.

mod appends;
mod fanout;
mod figures;
mod memory;
mod restart;
mod sides;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use figures::{Figure, print_table};

/// How long, how often and where.
#[derive(Debug)]
struct Pace {
    quick: bool,
    rounds: usize,
    window: Duration,
    folder: PathBuf,
    /// These goals only.
    only: Option<Vec<u8>>,
}

impl Pace {
    /// Whether one of these goals is wanted.
    fn wants(&self, some: &[u8]) -> bool {
        let wanted = |goal| self.only.as_ref().is_none_or(|only| only.contains(goal));
        some.iter().any(wanted)
    }
}

fn main() -> ExitCode {
    let (mut quick, mut only, mut folder) = (false, None, std::env::temp_dir());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--only" => only = arguments.next(),
            path => folder = PathBuf::from(path),
        }
    }
    let goals = |list: String| list.split(',').filter_map(|goal| goal.trim().parse().ok()).collect();
    let pace = Pace {
        quick,
        rounds: if quick { 3 } else { 5 },
        window: Duration::from_secs(if quick { 2 } else { 5 }),
        folder,
        only: only.map(goals),
    };
    let mut figures = Vec::new();
    let mut parts: Vec<Result<Vec<Figure>, String>> = Vec::new();
    if pace.wants(&[1, 2, 4]) {
        parts.push(on_one_thread(fanout::run(&pace)));
    }
    if pace.wants(&[5]) {
        parts.push(on_one_thread(memory::idle(&pace)));
    }
    if pace.wants(&[6]) {
        parts.push(on_one_thread(memory::after_a_note(&pace)));
    }
    if pace.wants(&[10, 11]) {
        parts.push(on_all_threads(appends::run(&pace)));
    }
    if pace.wants(&[12]) {
        parts.push(on_all_threads(restart::run(&pace)));
    }
    let mut failed = false;
    for part in parts {
        match part {
            Ok(more) => figures.extend(more),
            Err(why) => {
                eprintln!("bench: a count is wrong: {why}");
                failed = true;
            }
        }
    }
    print_table(&figures);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The crowd: one thread, on the processor that the measured process does not have.
fn on_one_thread<T>(part: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(part)
}

fn on_all_threads<T>(part: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime starts").block_on(part)
}
