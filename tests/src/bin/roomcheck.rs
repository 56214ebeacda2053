//! The black-box checker: people act on a real server while faults are injected; afterwards the journal is read and compared with what
//! everybody was told.
//!
//! * `roomcheck kills` (T1): SIGKILL at random moments under load. What was acknowledged is in the journal once; no gap; no stranger.
//! * `roomcheck catches-early-acknowledgement`: the same, against a server that acknowledges before it commits. The checker must object.
//! * `roomcheck cuts` (T3): 50 people with cuts, retries and duplicate sends. Every retry is answered alike; every view is the replay's.
//!
//! `KILLS` and `CUTS` set how long. It speaks to the loopback only and ends by itself.

#![expect(clippy::print_stdout, reason = "a checker speaks on stdout")]

use std::process::ExitCode;

use tests::roomcheck::{cuts, kills};

#[tokio::main]
async fn main() -> ExitCode {
    let number = |name: &str, otherwise: usize| {
        std::env::var(name)
            .ok()
            .and_then(|n| n.parse().ok())
            .unwrap_or(otherwise)
    };
    let what = std::env::args().nth(1).unwrap_or_default();
    let verdict = match what.as_str() {
        "kills" => kills::run(number("KILLS", 200)).await,
        "catches-early-acknowledgement" => kills::catches_early_acknowledgement(number("KILLS", 60)).await,
        "cuts" => cuts::run(number("CUTS", 5_000)).await,
        _ => Err("usage: roomcheck kills | catches-early-acknowledgement | cuts".to_owned()),
    };
    match verdict {
        Ok(figure) => {
            println!("{figure}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("FAILED: {why}");
            ExitCode::FAILURE
        }
    }
}
