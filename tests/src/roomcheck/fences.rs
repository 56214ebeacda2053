//! T22: owners that stand still for longer than their lease, and go on as if nothing had been.
//!
//! Three nodes, people on all of them who act all the while. Again and again the owner of a room is stopped (SIGSTOP) until another node has taken
//! the room over, and let go on (SIGCONT). The database itself notes who writes each event; afterwards everybody's answers are held against the
//! journals.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sqlx::{Executor, PgConnection, Row};

use super::ledger::Agreed;
use super::roaming::{self, Ways};
use crate::cast::Facilitator;
use crate::nodes::{NAMES, Nodes, owner_of};

/// The shortest lease that there is: the story is told twenty times.
const LEASE_MS: u64 = 1_000;
/// A room has another owner within its lease and this, says the promise. Printed and not gated: the machine is shared.
const TAKEN_OVER: Duration = Duration::from_millis(LEASE_MS + 2_000);
/// The test gives up on a room that nobody takes over.
const NEVER: Duration = Duration::from_secs(30);
const ROOMS: usize = 2;
const PEOPLE: (usize, usize) = (2, 3);
/// Without an answer for so long people go elsewhere.
const PATIENCE: Duration = Duration::from_millis(700);
/// Where the checker is checked they wait until the old owner speaks again.
const LONG_PATIENCE: Duration = Duration::from_secs(4);

/// Notes for every event who wrote it and whose the room was then. The room's row is locked by whoever writes, so this is no guess.
const NOTE_WRITERS: &str = "
    CREATE TABLE who_wrote (room BYTEA, seq BIGINT, epoch BIGINT, wrote TEXT, owner TEXT);
    CREATE FUNCTION note_writer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO who_wrote SELECT NEW.room, NEW.seq, room.owner_epoch, current_setting('application_name'),
            (SELECT 'rondo-' || name FROM node WHERE node.id = room.owner_node) FROM room WHERE room.id = NEW.room;
        RETURN NEW;
    END $$;
    CREATE TRIGGER note_writer AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION note_writer();";

/// So many stops; nothing acknowledged is lost, nothing is written by whoever is not the owner.
pub async fn run(stops: usize) -> Result<Option<String>, String> {
    let Some(done) = stop_owners(stops, None).await? else {
        return Ok(None);
    };
    let Done {
        agreed,
        mut taken,
        written,
        took,
    } = done;
    taken.sort_unstable();
    let late = taken.iter().filter(|time| **time > TAKEN_OVER).count();
    let p99 = taken[(taken.len() * 99 / 100).min(taken.len() - 1)];
    Ok(Some(format!(
        "T22: {stops} owners stopped for longer than their lease of {LEASE_MS} ms, under load: {} acknowledged, 0 lost, 0 doubled, 0 gaps, \
         0 of {written} events written by whoever was not the owner ({} refused). N = {stops}: fewer than {:.1} % of stops harm anything (3/N). \
         Taken over after: median {:?}, p99 {p99:?}; {late} later than {TAKEN_OVER:?}. {took:.0?} in all.",
        agreed.accepted,
        agreed.refused,
        300.0 / stops as f64,
        taken[taken.len() / 2],
    )))
}

/// The checker must object to an old owner that says "accepted".
pub async fn catches_a_broken_fence(stops: usize) -> Result<Option<String>, String> {
    match stop_owners(stops, Some("ack_when_fenced")).await {
        Err(why) if why.contains("LOST") => Ok(Some(format!(
            "The checker objects to an old owner that acknowledges: {why}"
        ))),
        Err(why) => Err(format!("the checker objected, but to something else: {why}")),
        Ok(Some(_)) => Err(format!(
            "an old owner that acknowledges went unnoticed through {stops} stops"
        )),
        Ok(None) => Ok(None),
    }
}

struct Done {
    agreed: Agreed,
    taken: Vec<Duration>,
    written: usize,
    took: Duration,
}

async fn stop_owners(stops: usize, mutant: Option<&'static str>) -> Result<Option<Done>, String> {
    let begun = Instant::now();
    let Some(nodes) = Nodes::start(LEASE_MS, mutant).await else {
        return Ok(None);
    };
    let mut sql = nodes.sql().await;
    sql.execute(NOTE_WRITERS).await.map_err(|why| why.to_string())?;
    let mut first = Facilitator::first(nodes.addresses()[0], &nodes.bootstrap).await;
    let people = roaming::gather(&mut first, &nodes.addresses(), ROOMS, PEOPLE).await;
    let mut rooms: Vec<_> = people.iter().map(|person| person.room).collect();
    rooms.dedup();
    let patience = if mutant.is_some() { LONG_PATIENCE } else { PATIENCE };
    let ways = Ways::new(nodes.addresses(), patience, people.len());
    let all = roaming::send_off(people, &ways);
    let mut taken = Vec::new();
    for stop in 0..stops {
        let room = rooms[stop % rooms.len()];
        let owner = owner(&mut sql, room, None).await?;
        let stopped = Instant::now();
        nodes.freezes(owner);
        let next = self::owner(&mut sql, room, Some(owner)).await;
        taken.push(stopped.elapsed());
        nodes.thaws(owner);
        next?;
    }
    ways.stop.store(true, Ordering::Relaxed);
    let (_, ledgers) = roaming::come_home(all).await?;
    let sum = roaming::held_against_the_journals(&nodes, &ledgers).await?;
    let written = only_owners_wrote(&mut sql).await?;
    if sum.accepted < stops || written == 0 {
        return Err(format!(
            "{} acknowledged, {written} events: this tested nothing",
            sum.accepted
        ));
    }
    // The same question must find a write that is not the owner's.
    let forged = "UPDATE who_wrote SET wrote = 'rondo-x' WHERE ctid IN (SELECT ctid FROM who_wrote LIMIT 1)";
    sql.execute(forged).await.map_err(|why| why.to_string())?;
    if only_owners_wrote(&mut sql).await.is_ok() {
        return Err("a write by a stranger went unnoticed".to_owned());
    }
    Ok(Some(Done {
        agreed: sum,
        taken,
        written,
        took: begun.elapsed(),
    }))
}

/// The living owner of a room that is not this one.
async fn owner(sql: &mut PgConnection, room: protocol::RoomId, not: Option<usize>) -> Result<usize, String> {
    let until = Instant::now() + NEVER;
    while Instant::now() < until {
        if let Some(owner) = owner_of(sql, room).await.filter(|owner| Some(*owner) != not) {
            return Ok(owner);
        }
        tokio::time::sleep(Duration::from_millis(10)).await; // the database tells nobody by itself
    }
    let not = not.map_or("anybody", |n| NAMES[n]);
    Err(format!("nobody took {room} over from {not} within {NEVER:?}"))
}

/// Every event was written by the node whose the room was, and epochs never went back.
async fn only_owners_wrote(sql: &mut PgConnection) -> Result<usize, String> {
    let query = "SELECT wrote, owner, epoch, lag(epoch) OVER (PARTITION BY room ORDER BY seq) FROM who_wrote ORDER BY room, seq";
    let rows = sqlx::query(query).fetch_all(sql).await.map_err(|why| why.to_string())?;
    for row in &rows {
        let (wrote, owner): (String, Option<String>) = (row.get(0), row.get(1));
        let (epoch, before): (i64, Option<i64>) = (row.get(2), row.get(3));
        if owner.as_ref() != Some(&wrote) {
            return Err(format!(
                "{wrote} wrote an event of a room of {owner:?} in epoch {epoch}"
            ));
        }
        if before.is_some_and(|before| before > epoch) {
            return Err(format!("an event of epoch {epoch} stands behind one of {before:?}"));
        }
    }
    Ok(rows.len())
}
