//! T24: every node is restarted, one after the other, while people act on all of them; with a binary of another release they begin as that, and in
//! every round all of them change to the other one.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::ledger::Agreed;
use super::roaming::{self, Ways};
use crate::cast::Facilitator;
use crate::house::binary;
use crate::nodes::{NAMES, Nodes};

/// As it ships.
const LEASE_MS: u64 = 6_000;
const PEOPLE: (usize, usize) = (2, 3);
/// Without an answer for so long people go elsewhere.
const PATIENCE: Duration = Duration::from_secs(5);
/// Nobody waits longer than this, says the promise. Printed and not gated: the machine is shared.
const GAP: Duration = Duration::from_secs(3);

/// So many rounds of restarts over so many rooms, of this release alone or of it and another; nothing acknowledged is lost.
pub async fn run(rounds: usize, rooms: usize, other: Option<&Path>) -> Result<Option<String>, String> {
    let begun = Instant::now();
    let ours = binary();
    let Some(mut nodes) = Nodes::of(other.unwrap_or(&ours), LEASE_MS, None, false).await else {
        return Ok(None);
    };
    let mut releases: Vec<PathBuf> = vec![ours];
    releases.extend(other.map(Path::to_owned));
    let mut first = Facilitator::first(nodes.addresses()[0], &nodes.bootstrap).await;
    let people = roaming::gather(&mut first, &nodes.addresses(), rooms, PEOPLE).await;
    let many = people.len();
    let ways = Ways::new(nodes.addresses(), PATIENCE, many);
    let all = roaming::send_off(people, &ways);
    let mut ends = Vec::new();
    for round in 0..rounds {
        nodes.binary.clone_from(&releases[round % releases.len()]);
        for (n, name) in NAMES.iter().enumerate() {
            ways.everybody_is_answered(many).await?;
            let (took, code) = nodes.restart(n).await;
            if code != Some(0) {
                return Err(format!("node {name} ended with {code:?}"));
            }
            ends.push(took);
        }
    }
    ways.stop.store(true, Ordering::Relaxed);
    let (people, ledgers) = roaming::come_home(all).await?;
    let Agreed { accepted, events, .. } = roaming::held_against_the_journals(&nodes, &ledgers).await?;
    let mut gaps: Vec<Duration> = people.into_iter().flat_map(|person| person.gaps).collect();
    gaps.sort_unstable();
    let restarts = rounds * NAMES.len();
    if gaps.len() < restarts || accepted < many * restarts {
        return Err(format!(
            "{} interruptions, {accepted} acknowledged: this tested nothing",
            gaps.len()
        ));
    }
    let late = gaps.iter().filter(|gap| **gap > GAP).count();
    ends.sort_unstable();
    let of = other.map_or("one release", |_| "two releases, mixed");
    Ok(Some(format!(
        "T24: {of}, {restarts} restarts of {} nodes, one after the other, {rooms} rooms and {many} people acting: {accepted} acknowledged, 0 lost, \
         0 doubled, 0 gaps in {events} events. N = {restarts}: fewer than {:.1} % of restarts harm anything (3/N). {} interruptions: median {:?}, \
         p99 {:?}, longest {:?}; {late} longer than {GAP:?}. A node ended within {:?}. {:.0?} in all.",
        NAMES.len(),
        300.0 / restarts as f64,
        gaps.len(),
        gaps[gaps.len() / 2],
        gaps[(gaps.len() * 99 / 100).min(gaps.len() - 1)],
        gaps[gaps.len() - 1],
        ends[ends.len() - 1],
        begun.elapsed()
    )))
}
