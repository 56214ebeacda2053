//! The black-box checker: people act on a real server while faults are injected; afterwards the journal is read and compared with what
//! everybody was told.
//!
//! * `roomcheck kills` (T1): SIGKILL at random moments under load. What was acknowledged is in the journal once; no gap; no stranger.
//! * `roomcheck catches-early-acknowledgement`: the same, against a server that acknowledges before it commits. The checker must object.
//! * `roomcheck cuts` (T3): 50 people with cuts, retries and duplicate sends. Every retry is answered alike; every view is the replay's.
//! * `roomcheck fences` (T22): owners stopped for longer than their lease. `roomcheck catches-a-broken-fence`: the checker must object.
//! * `roomcheck rolling` (T24): every node restarted under load; with `OTHER_RELEASE`, a binary, from that release to this one and back.
//! * `roomcheck outages` (T23): database and bus cut off, frozen, slowed.
//! * `roomcheck nodes`: three nodes, to look at.
//!
//! `KILLS`, `CUTS`, `STOPS`, `ROUNDS`, `ROOMS` and `SECONDS_EACH` set how long. It speaks to the loopback only and ends by itself.

#![expect(clippy::print_stdout, reason = "a checker speaks on stdout")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tests::nodes::{NAMES, Nodes};
use tests::roomcheck::{cuts, fences, kills, outages, rolling};
use tests::shared::tries;

#[tokio::main]
async fn main() -> ExitCode {
    let what = std::env::args().nth(1).unwrap_or_default();
    let verdict = match what.as_str() {
        "kills" => kills::run(tries("KILLS", 200)).await,
        "catches-early-acknowledgement" => kills::catches_early_acknowledgement(tries("KILLS", 60)).await,
        "cuts" => cuts::run(tries("CUTS", 5_000)).await,
        "fences" => fences::run(tries("STOPS", 20)).await.map(or_absent),
        "catches-a-broken-fence" => fences::catches_a_broken_fence(6).await.map(or_absent),
        "rolling" => {
            let other = std::env::var_os("OTHER_RELEASE").map(PathBuf::from);
            let done = rolling::run(tries("ROUNDS", 1), tries("ROOMS", 6), other.as_deref());
            done.await.map(or_absent)
        }
        "outages" => outages::run(tries("ROUNDS", 1), Duration::from_secs(tries("SECONDS_EACH", 4) as u64))
            .await
            .map(or_absent),
        "nodes" => three_nodes().await,
        _ => Err(
            "usage: roomcheck kills | catches-early-acknowledgement | cuts | fences | catches-a-broken-fence | rolling | outages | nodes"
                .to_owned(),
        ),
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

/// Three nodes to look at, until somebody has seen enough.
async fn three_nodes() -> Result<String, String> {
    let Some(nodes) = Nodes::start(6_000, None).await else {
        return Ok("did not run".to_owned());
    };
    for (name, address) in NAMES.iter().zip(nodes.addresses()) {
        println!("Node {name}: http://{address}");
    }
    println!(
        "The first facilitator: http://{}/setup#{}",
        nodes.addresses()[0],
        nodes.bootstrap
    );
    println!("PostgreSQL: {}   NATS: {}", nodes.database.expose(), nodes.nats.url());
    println!("Ctrl-C ends all of it, and nothing is left.");
    tokio::signal::ctrl_c().await.map_err(|why| why.to_string())?;
    Ok("They are gone.".to_owned())
}

/// Where a server that nodes need is not installed, that was said, and under CI it was a failure.
fn or_absent(figure: Option<String>) -> String {
    figure.unwrap_or_else(|| "did not run".to_owned())
}
