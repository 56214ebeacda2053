//! People who act on a cluster: cut off or left without an answer they come back on the next node, ask again under the same id, and go on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use protocol::wire::{Action, CloseCode};
use protocol::{ParticipantId, Role, RoomId};
use sqlx::Row;
use tokio::task::JoinSet;

use super::asker::Asker;
use super::ledger::{Agreed, Entry, Ledger, Told};
use crate::cast::{Facilitator, join};
use crate::line::{Down, Line};
use crate::nodes::Nodes;
use crate::web::Browser;

/// A person gives up coming back after this.
const COME_BACK: Duration = Duration::from_secs(40);
/// Between two things that a person does, if there are few: lively rooms, and a machine that has something left for the nodes.
const PAUSE: Duration = Duration::from_millis(15);
/// Nobody is, for so long: then it is not healed.
const NEVER: Duration = Duration::from_secs(60);
/// So many act like that; more act more slowly, each.
const FEW: u32 = 30;
/// More people than a few do so many things a second, all together: in two hundred rooms that is more than meetings have turns.
const TOGETHER_A_SECOND: u32 = 300;

/// One person, wherever they are just now.
#[derive(Debug)]
pub struct Person {
    pub browser: Browser,
    pub room: RoomId,
    asker: Asker,
    /// Where they began.
    home: usize,
    /// Where they go next.
    next: usize,
    pub entries: Vec<Entry>,
    /// How long each interruption lasted: from the line that was gone, or what was not answered on it, until the room was seen again or, where
    /// something waited for its answer, that came.
    pub gaps: Vec<Duration>,
}

/// How people behave.
#[derive(Debug, Clone)]
pub struct Ways {
    pub nodes: Vec<SocketAddr>,
    /// Without an answer for so long somebody goes elsewhere.
    pub patience: Duration,
    /// Between two things that each does.
    pub pause: Duration,
    /// How often everybody was sent home so far: then they are spread over the nodes as they began.
    pub sent_home: Arc<AtomicUsize>,
    pub stop: Arc<AtomicBool>,
    pub heard: Arc<Mutex<Heard>>,
}

/// What everybody hears, as it happens.
#[derive(Debug, Default)]
pub struct Heard {
    /// When each was told "accepted" last.
    pub accepted: BTreeMap<ParticipantId, Instant>,
    /// The longest that anybody waited for any word: an answer, a refusal, a close.
    pub longest_wait: Duration,
}

/// Rooms with a session under way, each with so many who lead and so many members, spread over the nodes.
pub async fn gather(
    first: &mut Facilitator,
    nodes: &[SocketAddr],
    rooms: usize,
    (lead, members): (usize, usize),
) -> Vec<Person> {
    let mut people = Vec::new();
    for n in 0..rooms {
        let room = first.group("T22", "group-ipt-8").await;
        // The first who comes makes their node the owner: the rooms begin on different ones.
        first.browser.address = nodes[n % nodes.len()];
        let mut leader = first.enter(room).await;
        leader.does(Action::StartSession).await;
        for person in 0..lead + members {
            let leads = person < lead;
            let role = if leads { Role::Facilitator } else { Role::Member };
            let (_, secret) = first.invite(room, &format!("Person {person}"), role).await;
            let next = (n + person) % nodes.len();
            let (mut browser, seat) = join(nodes[next], &secret).await;
            let mut line = browser.enter(room).await;
            let me = line.me;
            if !leads {
                line.waits_at_the_door().await;
                leader
                    .does(Action::Admit {
                        participant: seat.participant,
                        anyway: false,
                    })
                    .await;
            }
            people.push(Person {
                browser,
                room,
                asker: Asker::new(me, leads),
                home: next,
                next,
                entries: Vec::new(),
                gaps: Vec::new(),
            });
        }
    }
    people
}

/// Sends everybody off; they come home when `ways.stop` says so, with nothing left open.
pub fn send_off(people: Vec<Person>, ways: &Ways) -> JoinSet<Result<Person, String>> {
    let mut all = JoinSet::new();
    for person in people {
        all.spawn(roam(person, ways.clone()));
    }
    all
}

/// Holds what everybody was told against the journals.
pub async fn held_against_the_journals(nodes: &Nodes, ledgers: &[Ledger]) -> Result<Agreed, String> {
    let mut sql = nodes.sql().await;
    let store = nodes.store().await;
    let mut sum = Agreed::default();
    for ledger in ledgers {
        let last: i64 = sqlx::query("SELECT next_seq - 1 FROM room WHERE id = $1")
            .bind(ledger.room.bits().to_be_bytes().to_vec())
            .fetch_one(&mut sql)
            .await
            .map_err(|why| why.to_string())?
            .get(0);
        let agreed = ledger.check(&store, last.unsigned_abs()).await?;
        sum.accepted += agreed.accepted;
        sum.refused += agreed.refused;
        sum.events += agreed.events;
    }
    store.close().await;
    Ok(sum)
}

/// What everybody was told, room by room.
pub async fn come_home(mut all: JoinSet<Result<Person, String>>) -> Result<(Vec<Person>, Vec<Ledger>), String> {
    let mut people = Vec::new();
    let mut ledgers: Vec<Ledger> = Vec::new();
    while let Some(home) = all.join_next().await {
        let mut person = home.map_err(|why| format!("a person broke: {why}"))??;
        let entries = std::mem::take(&mut person.entries);
        match ledgers.iter_mut().find(|ledger| ledger.room == person.room) {
            Some(ledger) => ledger.entries.extend(entries),
            None => ledgers.push(Ledger {
                room: person.room,
                entries,
            }),
        }
        people.push(person);
    }
    Ok((people, ledgers))
}

async fn roam(mut person: Person, ways: Ways) -> Result<Person, String> {
    let mut interrupted: Option<Instant> = None;
    let mut sent_home = 0;
    'lines: loop {
        let mut line = person.comes_in(&ways).await?;
        if person.asker.is_answered() && sees_the_room(&mut line, ways.patience).await {
            person.gaps.extend(interrupted.take().map(|since| since.elapsed()));
        }
        loop {
            if person.asker.is_answered() {
                if ways.stop.load(Ordering::Relaxed) {
                    return Ok(person);
                }
                let sent = ways.sent_home.load(Ordering::Relaxed);
                if sent != sent_home {
                    sent_home = sent;
                    person.next = person.home;
                    continue 'lines;
                }
                // People think, too; a page notices meanwhile that its line is gone.
                if thinks(&mut line, ways.pause).await.is_err() {
                    interrupted.get_or_insert_with(Instant::now);
                    break;
                }
                person.asker.wants_something();
            }
            let asked = Instant::now();
            let answered = tokio::time::timeout(ways.patience, person.asker.asks(&mut line)).await;
            if let Ok(Ok(entry)) = &answered {
                person.entries.extend(*entry);
            }
            ways.hear(&person, asked);
            match answered {
                Ok(Ok(_)) => person.gaps.extend(interrupted.take().map(|since| since.elapsed())),
                Ok(Err(Down)) | Err(_) => {
                    interrupted.get_or_insert(asked);
                    break; // gone, or nobody answers here
                }
            }
        }
        // A planned restart says when to come back.
        if let Some(close) = &line.closed
            && u16::from(close.code) == CloseCode::Restarting.number()
        {
            let wait = close.reason.as_str().parse().unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        person.next += 1;
    }
}

/// Whether the room is seen before patience is over.
async fn sees_the_room(line: &mut Line, patience: Duration) -> bool {
    let seen = async {
        while line.view.is_none() {
            line.hear().await?;
        }
        Ok::<_, Down>(())
    };
    matches!(tokio::time::timeout(patience, seen).await, Ok(Ok(())))
}

/// Hears what comes for so long; an error if the line is gone.
async fn thinks(line: &mut Line, long: Duration) -> Result<(), Down> {
    let until = tokio::time::sleep(long);
    tokio::pin!(until);
    loop {
        tokio::select! {
            () = &mut until => return Ok(()),
            heard = line.hear() => drop(heard?),
        }
    }
}

impl Ways {
    /// For so many people.
    pub fn new(nodes: Vec<SocketAddr>, patience: Duration, many: usize) -> Self {
        let many = u32::try_from(many).unwrap_or(u32::MAX);
        Self {
            nodes,
            patience,
            pause: if many <= FEW {
                PAUSE
            } else {
                Duration::from_secs(1) * many / TOGETHER_A_SECOND
            },
            sent_home: Arc::default(),
            stop: Arc::default(),
            heard: Arc::default(),
        }
    }

    /// How long until everybody has been told "accepted" once more.
    pub async fn everybody_is_answered(&self, many: usize) -> Result<Duration, String> {
        let since = Instant::now();
        loop {
            let answered = {
                let heard = self.heard.lock().expect("nobody panics while holding it");
                heard.accepted.values().filter(|at| **at > since).count()
            };
            if answered == many {
                return Ok(since.elapsed());
            }
            if since.elapsed() > NEVER {
                return Err(format!(
                    "only {answered} of {many} were answered again within {NEVER:?}"
                ));
            }
            tokio::time::sleep(Duration::from_millis(20)).await; // people do not tell by themselves
        }
    }

    fn hear(&self, person: &Person, asked: Instant) {
        let mut heard = self.heard.lock().expect("nobody panics while holding it");
        heard.longest_wait = heard.longest_wait.max(asked.elapsed());
        if let Some(Entry {
            told: Told::Accepted { at, .. },
            ..
        }) = person.entries.last()
        {
            heard.accepted.insert(person.asker.me, *at);
        }
    }
}

impl Person {
    /// A line on whichever node takes them.
    async fn comes_in(&mut self, ways: &Ways) -> Result<Line, String> {
        let until = Instant::now() + COME_BACK;
        while Instant::now() < until {
            self.browser.address = ways.nodes[self.next % ways.nodes.len()];
            let room = self.room;
            let opening = async {
                let ticket = self.browser.try_ticket(room).await?;
                self.browser.open(room, &ticket).await.ok()
            };
            if let Ok(Some(line)) = tokio::time::timeout(ways.patience, opening).await {
                return Ok(line);
            }
            self.next += 1;
            tokio::time::sleep(Duration::from_millis(10)).await; // nothing to await but that a node takes people in
        }
        Err(format!("{} found no node for {COME_BACK:?}", self.asker.me))
    }
}
