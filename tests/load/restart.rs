//! Goal 12: how long after a kill people are in their rooms again, and whether that grows with the journal.
//!
//! Two data folders, one with ten thousand events and one with a million, are filled through the real rules and the real append, snapshots
//! taken as often as a living room takes them; a tenth of the events stands in one room. Then, in turn: start the server on the folder,
//! let people act, kill it with SIGKILL, start it again. Measured is the time from that start until `/healthz` answers 200 and until somebody
//! sees the large room. The files are in the page cache, as they are on the machine that has just fallen.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use protocol::wire::{Action, RequestKind};
use protocol::{CommandId, RoomId};
use rondo::hub;
use rondo::store::{Append, Appended, NewEvent, Store};
use room::{Input, Moment, Room, Snapshot};
use tests::costs::allow_open_files;
use tests::crowd::{self, Message};
use tests::furnish::{self, Guest, PRACTICE, participant};
use tests::house::Process;
use tests::web::Browser;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Pace;
use super::figures::{Figure, Must, all, median};
use super::sides;

const GROUPS: usize = 200;
const PEOPLE: usize = 2;
/// The group with a tenth of all events.
const LARGE: usize = 0;
/// Decisions that one append carries, so that filling takes a minute and not ten; in the large room more, so that it keeps pace with the
/// others together.
const APPEND: usize = 8;
const LARGE_APPEND: usize = 32;
/// Groups that act before the kill.
const ALIVE: usize = 8;
const OPEN_FILES: u64 = 4_096;
/// Between two questions whether the server is there.
const ASK_AGAIN: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with its people and its history.
struct House {
    folder: tempfile::TempDir,
    guests: Vec<Vec<Guest>>,
    events: u64,
}

/// From the start of the process: until it says that it is ready, and until the large room is seen.
struct Ready {
    healthy: f64,
    inside: f64,
}

pub(crate) async fn run(pace: &Pace) -> Result<Vec<Figure>, String> {
    allow_open_files(OPEN_FILES).map_err(|why| why.to_string())?;
    let many = if pace.quick { 100_000 } else { 1_000_000 };
    let few = House::fill(pace, 10_000).await?;
    let many = House::fill(pace, many).await?;
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    for round in 0..pace.rounds {
        for turn in 0..2 {
            if (round + turn) % 2 == 0 {
                of_few.push(few.killed_and_started().await?);
            } else {
                of_many.push(many.killed_and_started().await?);
            }
        }
    }
    let ratios = || of_many.iter().zip(&of_few).map(|(many, few)| many.inside / few.inside);
    let millis = |some: &[Ready], of: fn(&Ready) -> f64| median(some.iter().map(of)) * 1e3;
    let how = format!(
        "until /healthz {:.0} ms and {:.0} ms, until the room of {} events is seen {:.0} ms and {:.0} ms",
        millis(&of_few, |ready| ready.healthy),
        millis(&of_many, |ready| ready.healthy),
        many.events / 10,
        millis(&of_few, |ready| ready.inside),
        millis(&of_many, |ready| ready.inside),
    );
    Ok(vec![
        Figure {
            goal: 12,
            what: format!("ready after kill -9, {} events / {}", many.events, few.events),
            must: Must::AtMost(2.0),
            is: median(ratios()),
            how: format!("rounds {}; {how}", all(ratios())),
        },
        Figure {
            goal: 12,
            what: format!("the same in seconds, at {} events", many.events),
            must: Must::AtMost(1.0),
            is: median(of_many.iter().map(|ready| ready.inside)),
            how,
        },
    ])
}

impl House {
    /// People come in through a real server; then their rooms live on through the rules and the store alone.
    async fn fill(pace: &Pace, events: u64) -> Result<Self, String> {
        let folder = tempfile::tempdir_in(&pace.folder).map_err(|why| why.to_string())?;
        let guests = sides::furnished(folder.path(), GROUPS, PEOPLE).await;
        let process = start(folder.path()).await?;
        let mut inside = Vec::new();
        for (group, guests) in guests.iter().enumerate() {
            let gathered = crowd::gather(process.address, group, guests, |_| |_: Message, _| ()).await;
            inside.push(gathered.map_err(|why| format!("the crowd does not get in: {why}"))?);
        }
        process.kill().await;
        drop(inside);

        let begun = Instant::now();
        let store = sides::open_store(folder.path()).await;
        let written = Arc::new(AtomicU64::new(0));
        let mut lives = JoinSet::new();
        for group in 0..GROUPS {
            let (share, append) = if group == LARGE {
                (events / 10, LARGE_APPEND)
            } else {
                (events * 9 / 10 / (GROUPS as u64 - 1), APPEND)
            };
            let (store, written) = (store.clone(), Arc::clone(&written));
            lives.spawn(async move {
                let grown = live_on(&store, group, share, append).await?;
                written.fetch_add(grown, Ordering::Relaxed);
                Ok::<_, String>(())
            });
        }
        while let Some(life) = lives.join_next().await {
            life.map_err(|why| format!("a room broke: {why}"))??;
        }
        store.close().await;
        let written = written.load(Ordering::Relaxed);
        eprintln!(
            "restart  {written} events in {GROUPS} rooms written in {:.1?}",
            begun.elapsed()
        );
        Ok(Self { folder, guests, events })
    }

    /// One round: people act, the process is killed, and it is started again.
    async fn killed_and_started(&self) -> Result<Ready, String> {
        let process = start(self.folder.path()).await?;
        let (tell, mut told) = mpsc::unbounded_channel();
        let mut voices = Vec::new();
        for (group, guest) in (0..ALIVE).flat_map(|group| self.guests[group].iter().map(move |guest| (group, guest))) {
            let line = crowd::enter(process.address, furnish::room(group), guest).await;
            let (voice, ears) = line.map_err(|why| format!("nobody gets in before the kill: {why}"))?;
            let tell = tell.clone();
            tokio::spawn(ears.listen(move |heard| {
                let _ = tell.send(heard.message());
            }));
            voices.push(voice);
        }
        // The first of each group leads it and does not ask.
        for voice in voices.iter().skip(1).step_by(PEOPLE) {
            voice.act(ask()).map_err(|why| why.to_string())?;
        }
        let mut answered = 0;
        while answered < ALIVE {
            let message = tokio::time::timeout(PATIENCE, told.recv()).await;
            let message = message.ok().flatten().ok_or("nobody answers before the kill")?;
            answered += usize::from(matches!(message, Message::Accepted | Message::Refused));
        }
        process.kill().await;

        let begun = Instant::now();
        let process = start(self.folder.path()).await?;
        let mut anybody = Browser::new(process.address);
        let healthy = async {
            loop {
                let answer = anybody.try_send(hyper::Method::GET, "/healthz", None).await;
                if answer.is_some_and(|answer| answer.status == hyper::StatusCode::OK) {
                    break begun.elapsed().as_secs_f64();
                }
                tokio::time::sleep(ASK_AGAIN).await;
            }
        };
        let healthy = tokio::time::timeout(PATIENCE, healthy).await;
        let healthy = healthy.map_err(|_| "the server is not ready again")?;
        let line = crowd::enter(process.address, furnish::room(LARGE), &self.guests[LARGE][0]).await;
        let (voice, ears) = line.map_err(|why| format!("nobody gets in after the kill: {why}"))?;
        let (tell, mut seen) = mpsc::unbounded_channel();
        tokio::spawn(ears.listen(move |heard| {
            let _ = tell.send(heard.message());
        }));
        let at = loop {
            let message = tokio::time::timeout(PATIENCE, seen.recv()).await;
            let message = message
                .ok()
                .flatten()
                .ok_or("the large room is not seen after the kill")?;
            if let Message::View { seq, .. } = message {
                break seq;
            }
        };
        let inside = begun.elapsed().as_secs_f64();
        if at < self.events / 10 {
            return Err(format!("the large room stands at {at}: something is lost"));
        }
        drop(voice);
        process.kill().await;
        Ok(Ready { healthy, inside })
    }
}

async fn start(folder: &Path) -> Result<Process, String> {
    Process::start(folder, 0, &[]).await.map_err(|why| why.to_string())
}

fn ask() -> Action {
    Action::Ask {
        kind: RequestKind::Share,
        note: None,
    }
}

/// A member asks for the floor and takes it back until the room has `share` more events. Gives how many there are then.
async fn live_on(store: &Store, group: usize, share: u64, decisions: usize) -> Result<u64, String> {
    let id = furnish::room(group);
    let by = participant(group, 1);
    let opened = store.claim(id).await.map_err(|fault| fault.to_string())?;
    let mut last = opened.next_seq - 1;
    let (mut room, events) = hub::history(store, id, last).await.map_err(|fault| fault.to_string())?;
    room.apply(&events);
    let (mut asked, mut snapshot_at, end) = (false, 0, last + share);
    while last < end {
        let mut new = Vec::new();
        for _ in 0..decisions {
            let action = if asked { Action::CancelRequest } else { ask() };
            asked = !asked;
            let moment = Moment {
                at: room.state().at.plus_millis(1),
                draw: 0,
            };
            let outcome = room
                .decide(moment, &Input::Act { by, action })
                .map_err(|refusal| format!("{id} refuses: {:?}", refusal.code))?;
            room.apply(&outcome.events);
            new.extend(outcome.events);
        }
        let written = new.iter().map(|event| NewEvent {
            kind: event.what.kind(),
            at: event.at,
            actor: event.by,
            body: event.write().expect("nothing personal is in it"),
        });
        let append = Append {
            room: id,
            practice: PRACTICE,
            epoch: opened.epoch,
            after_seq: last,
            events: written.collect(),
            command: Some((by, CommandId::from_bits(rand::random()))),
        };
        match store.append(append).await {
            Ok(Appended::Committed { last_seq }) => last = last_seq,
            other => return Err(format!("an append of {id} was answered {other:?}")),
        }
        if last - snapshot_at >= hub::limits::SNAPSHOT_EVERY {
            snapshot_at = last;
            keep(store, id, opened.epoch, &room).await?;
        }
    }
    Ok(last)
}

async fn keep(store: &Store, id: RoomId, epoch: u64, room: &Room) -> Result<(), String> {
    let state = room.state().clone();
    let seq = state.seq;
    let bytes = Snapshot { state }.write().map_err(|why| why.to_string())?;
    let kept = store.snapshot(id, epoch, seq, &bytes).await;
    kept.map_err(|why| format!("a snapshot of {id} was not kept: {why}"))
}
