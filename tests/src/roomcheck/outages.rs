//! T23: the database and the bus are cut off, stand still and go slowly, and the bus loses, doubles, mixes up and forgets, while people act on three
//! nodes.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::roaming::{self, Ways};
use crate::cast::Facilitator;
use crate::faults::Fault;
use crate::nodes::Nodes;

/// As it ships.
const LEASE_MS: u64 = 6_000;
const ROOMS: usize = 2;
const PEOPLE: (usize, usize) = (2, 3);
/// Longer than anything here should take: so that what people wait is what they are made to wait.
const PATIENCE: Duration = Duration::from_secs(8);
/// Some word comes within this, says the promise. Printed and not gated, like the next.
const FAST: Duration = Duration::from_secs(3);
/// Everybody is answered again within this.
const HEALED: Duration = Duration::from_secs(5);
const SLOW: Duration = Duration::from_millis(150);
/// So many messages of the bus at least are lost, doubled or given another place, or it tested nothing.
const JUMBLED: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outage {
    Database(Fault),
    Bus(Fault),
    BusBeginsAnew,
}

const OUTAGES: [(&str, Outage); 8] = [
    ("database cut", Outage::Database(Fault::Cut)),
    ("database frozen", Outage::Database(Fault::Freeze)),
    ("database slow", Outage::Database(Fault::Slow(SLOW))),
    ("bus cut", Outage::Bus(Fault::Cut)),
    ("bus frozen", Outage::Bus(Fault::Freeze)),
    ("bus slow", Outage::Bus(Fault::Slow(SLOW))),
    ("bus jumbled", Outage::Bus(Fault::Jumble)),
    ("bus begun anew", Outage::BusBeginsAnew),
];

/// Every outage so many times, so long each; nothing acknowledged is lost.
pub async fn run(rounds: usize, lasts: Duration) -> Result<Option<String>, String> {
    let begun = Instant::now();
    let Some(mut nodes) = Nodes::start(LEASE_MS, None).await else {
        return Ok(None);
    };
    let mut first = Facilitator::first(nodes.addresses()[0], &nodes.bootstrap).await;
    let people = roaming::gather(&mut first, &nodes.addresses(), ROOMS, PEOPLE).await;
    let many = people.len();
    let ways = Ways::new(nodes.addresses(), PATIENCE, many);
    let all = roaming::send_off(people, &ways);
    ways.everybody_is_answered(many).await?;
    let mut told = String::new();
    for round in 0..rounds {
        for (name, outage) in OUTAGES {
            // An outage of the bus makes everybody come to who owns their room: the next one is to find them spread again.
            ways.sent_home.fetch_add(1, Ordering::Relaxed);
            for _ in ["what was asked before", "what was asked from there"] {
                ways.everybody_is_answered(many).await?;
            }
            let jumbled = nodes.wires.1.jumbled();
            ways.heard.lock().expect("nobody panics while holding it").longest_wait = Duration::ZERO;
            match outage {
                Outage::Database(fault) => nodes.wires.0.does(fault),
                Outage::Bus(fault) => nodes.wires.1.does(fault),
                Outage::BusBeginsAnew => nodes.nats.begins_anew(),
            }
            tokio::time::sleep(lasts).await; // the outage is what happens meanwhile
            nodes.wires.0.does(Fault::Nothing);
            nodes.wires.1.does(Fault::Nothing);
            let healed = ways.everybody_is_answered(many).await?;
            let waited = ways.heard.lock().expect("nobody panics while holding it").longest_wait;
            let jumbled = nodes.wires.1.jumbled() - jumbled;
            let messages = if jumbled > 0 {
                format!(" ({jumbled} messages)")
            } else {
                String::new()
            };
            if outage == Outage::Bus(Fault::Jumble) && jumbled < JUMBLED {
                return Err(format!(
                    "{jumbled} messages of the bus were jumbled: this tested nothing"
                ));
            }
            if round == 0 {
                let over = |took: Duration, promised: Duration| if took > promised { " (!)" } else { "" };
                let _ = write!(
                    told,
                    "\n  {name} for {lasts:?}{messages}: everybody answered again after {healed:.1?}{}, longest wait for any word {waited:.1?}{}",
                    over(healed, HEALED),
                    over(waited, FAST)
                );
            }
        }
    }
    ways.stop.store(true, Ordering::Relaxed);
    let (_, ledgers) = roaming::come_home(all).await?;
    let agreed = roaming::held_against_the_journals(&nodes, &ledgers).await?;
    let n = rounds * OUTAGES.len();
    if agreed.accepted < n * many {
        return Err(format!("{} acknowledged: this tested nothing", agreed.accepted));
    }
    Ok(Some(format!(
        "T23: {n} outages under load: {} acknowledged, 0 lost, 0 doubled, 0 gaps in {} events ({} refused). N = {n}: fewer than {:.1} % of outages \
         harm anything (3/N). Promised: a word within {FAST:?}, healed within {HEALED:?}; (!) is later.{told}\n  {:.0?} in all.",
        agreed.accepted,
        agreed.events,
        agreed.refused,
        300.0 / n as f64,
        begun.elapsed()
    )))
}
