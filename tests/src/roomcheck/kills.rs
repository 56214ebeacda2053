//! T1: kill -9 at random moments under load.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use protocol::pack::Pack;
use protocol::wire::Action;
use protocol::{Role, RoomId};
use rondo::store::Store;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::asker::Asker;
use super::ledger::{Agreed, Entry, Ledger, Told};
use crate::cast::{Facilitator, join};
use crate::house::{Process, store_in};
use crate::line::{Down, Line};
use crate::web::Browser;

/// Servers killed side by side: one a core.
const LANES: usize = 2;
/// Facilitators and members of each lane's room.
const FACILITATORS: usize = 3;
const MEMBERS: usize = 3;
/// The load runs this long before the kill, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 20..160;
/// Ready again within this, says the promise. Printed and not gated: the machine is shared, and a time is not a count.
const READY: Duration = Duration::from_secs(2);
/// A person gives up coming back after this.
const COME_BACK: Duration = Duration::from_secs(15);

/// 200 kills or more; nothing acknowledged is lost.
pub async fn run(kills: usize) -> Result<String, String> {
    let started = Instant::now();
    let mut lanes = JoinSet::new();
    for _ in 0..LANES {
        lanes.spawn(lane(kills.div_ceil(LANES), None));
    }
    let (mut sum, mut ready) = (Agreed::default(), Vec::new());
    while let Some(lane) = lanes.join_next().await {
        let (agreed, mut times) = lane.map_err(|why| format!("a lane broke: {why}"))??;
        sum.accepted += agreed.accepted;
        sum.unknown += agreed.unknown;
        sum.refused += agreed.refused;
        sum.events += agreed.events;
        ready.append(&mut times);
    }
    ready.sort_unstable();
    let p99 = ready
        .get(ready.len() * 99 / 100)
        .or(ready.last())
        .copied()
        .unwrap_or_default();
    let late = ready.iter().filter(|time| **time > READY).count();
    let n = kills.div_ceil(LANES) * LANES;
    Ok(format!(
        "T1: {n} kills under load: {} acknowledged, 0 lost, 0 doubled, 0 gaps, 0 strangers ({} unknown, {} refused, {} events). \
         N = {n}: fewer than {:.2} % of kills lose anything (3/N). \
         Accepting again, from start to first acknowledgement: median {:?}, p99 {p99:?}; {late} later than {READY:?}. {:.0?} in all.",
        sum.accepted,
        sum.unknown,
        sum.refused,
        sum.events,
        300.0 / n as f64,
        ready[ready.len() / 2],
        started.elapsed()
    ))
}

/// The checker must object to a server that acknowledges before it commits.
pub async fn catches_early_acknowledgement(kills: usize) -> Result<String, String> {
    match lane(kills, Some("ack_before_commit")).await {
        Err(why) if why.contains("LOST") => Ok(format!(
            "The checker objects to an acknowledgement before the commit: {why}"
        )),
        Err(why) => Err(format!("the checker objected, but to something else: {why}")),
        Ok(_) => Err(format!(
            "an acknowledgement before the commit went unnoticed through {kills} kills"
        )),
    }
}

/// One person who acts, is cut off, and comes back.
struct Person {
    browser: Browser,
    asker: Asker,
}

async fn lane(kills: usize, mutant: Option<&'static str>) -> Result<(Agreed, Vec<Duration>), String> {
    let folder = tempfile::tempdir().map_err(|why| why.to_string())?;
    let more: Vec<(&str, &str)> = mutant.map(|name| ("RONDO_MUTANT", name)).into_iter().collect();
    let start = async |port| {
        Process::start(folder.path(), port, &more)
            .await
            .map_err(|why| why.to_string())
    };
    let process = start(0).await?;
    let address = process.address;
    let secret = process.bootstrap.clone().ok_or("a fresh server has a link")?;
    let (room, mut people) = gather(address, &secret).await;
    let mut ledger = Ledger {
        room,
        entries: Vec::new(),
    };
    let mut ready = Vec::new();
    let mut process = Some(process);
    for kill in 0..kills {
        let began = Instant::now();
        let running = match process.take() {
            Some(running) => running,
            None => start(address.port()).await?,
        };
        let (first, mut firsts) = mpsc::channel(1);
        let (killed, down) = watch::channel(false);
        let mut all = JoinSet::new();
        for person in people.drain(..) {
            all.spawn(act_until_down(person, room, first.clone(), down.clone()));
        }
        drop(first);
        if kill > 0 && firsts.recv().await.is_some() {
            ready.push(began.elapsed());
        }
        let load = rand::random_range(LOAD_MS);
        tokio::time::sleep(Duration::from_millis(load)).await;
        running.kill().await;
        let _ = killed.send(true);
        while let Some(done) = all.join_next().await {
            let (person, mut entries) = done.map_err(|why| format!("a person broke: {why}"))?;
            ledger.entries.append(&mut entries);
            people.push(person);
        }
        if mutant.is_some() {
            check(folder.path(), &ledger).await?; // stop at the first that is caught
        }
    }
    // A last start, so that whoever was cut off learns what became of their command.
    let running = start(address.port()).await?;
    let (_running, down) = watch::channel(false);
    for person in &mut people {
        let mut line = enter(person, room, &down)
            .await
            .ok_or("nobody comes back after the last kill")?;
        if let Some(entry) = person
            .asker
            .asks(&mut line)
            .await
            .map_err(|Down| "the line went down without a kill")?
        {
            ledger.entries.push(entry);
        }
    }
    running.kill().await;
    let agreed = check(folder.path(), &ledger).await?;
    Ok((agreed, ready))
}

async fn gather(address: SocketAddr, secret: &str) -> (RoomId, Vec<Person>) {
    let mut first = Facilitator::first(address, secret).await;
    let room = first.group("T1", "group-ipt-8").await;
    let mut lead = first.enter(room).await;
    lead.does(Action::StartSession).await;
    let mut people = Vec::new();
    for n in 0..FACILITATORS + MEMBERS {
        let leads = n < FACILITATORS;
        let role = if leads { Role::Facilitator } else { Role::Member };
        let (_, secret) = first.invite(room, &format!("Person {n}"), role).await;
        let (mut browser, seat) = join(address, &secret).await;
        let mut line = browser.enter(room).await;
        let me = line.me;
        if !leads {
            line.waits_at_the_door().await;
            lead.does(Action::Admit {
                participant: seat.participant,
                anyway: false,
            })
            .await;
        }
        drop(line);
        people.push(Person {
            browser,
            asker: Asker::new(me, leads),
        });
    }
    (room, people)
}

/// Comes in, asks again for what was left open, then acts without a pause until the line goes down.
async fn act_until_down(
    mut person: Person,
    room: RoomId,
    first: mpsc::Sender<()>,
    down: watch::Receiver<bool>,
) -> (Person, Vec<Entry>) {
    let mut entries = Vec::new();
    let Some(mut line) = enter(&mut person, room, &down).await else {
        return (person, entries);
    };
    match person.asker.asks(&mut line).await {
        Ok(Some(entry)) => entries.push(entry),
        Ok(None) => {}
        Err(Down) => return (person, entries),
    }
    loop {
        person.asker.wants_something();
        match person.asker.asks(&mut line).await {
            Ok(Some(entry)) => {
                if matches!(entry.told, Told::Accepted { .. }) {
                    let _ = first.try_send(());
                }
                entries.push(entry);
            }
            Ok(None) => {}
            Err(Down) => return (person, entries),
        }
    }
}

/// Comes back as soon as the server takes people in; `None` when it is killed first.
async fn enter(person: &mut Person, room: RoomId, down: &watch::Receiver<bool>) -> Option<Line> {
    let patience = Instant::now() + COME_BACK;
    while Instant::now() < patience && !*down.borrow() {
        if let Some(ticket) = person.browser.try_ticket(room).await
            && let Ok(line) = person.browser.open(room, &ticket).await
        {
            return Some(line);
        }
        tokio::time::sleep(Duration::from_millis(5)).await; // the server is starting: nothing to await but its port
    }
    None
}

async fn check(folder: &Path, ledger: &Ledger) -> Result<Agreed, String> {
    let store = store_in(folder).await?;
    let opened = store.claim(ledger.room).await.map_err(|fault| fault.to_string())?;
    let last = opened.next_seq - 1;
    let agreed = ledger.check(&store, last).await;
    // What people see is what the journal says: the step is longer by a second for each accepted command.
    let shown = match &agreed {
        Ok(agreed) => shown(&store, ledger.room, last, agreed.extended).await,
        Err(_) => Ok(()),
    };
    store.close().await;
    shown?;
    agreed
}

async fn shown(store: &Store, room: RoomId, last: u64, extended: u64) -> Result<(), String> {
    let (mut replay, events) = rondo::hub::history(store, room, last)
        .await
        .map_err(|fault| fault.to_string())?;
    replay.apply(&events);
    let pack: &Pack = replay.pack();
    let minutes = u64::from(pack.session(1).map_or(0, |plan| plan.steps[0].minutes));
    let step = replay
        .state()
        .circles
        .values()
        .find_map(|circle| circle.step.as_ref())
        .ok_or("no step is current")?;
    let span = step.ends_at.since(step.started_at);
    let expected = minutes * 60_000 + extended * 1_000;
    if span == expected {
        Ok(())
    } else {
        Err(format!("the step lasts {span} ms and not {expected}"))
    }
}
