//! Random histories of a few rooms' journals against a model that a page of code can hold. However appends reach the tables, everybody reads
//! what was acknowledged: after turns of owner, with two stores on one database, with erasures, snapshots, retries, and appends that must fail.

use std::collections::HashMap;
use std::path::Path;

use protocol::{CommandId, ParticipantId, RoomId, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rondo::keys::RootKey;
use rondo::store::{
    Append, AppendError, Appended, FatalHook, MAX_READ_EVENTS, NewEvent, Store, StoreConfig, StoredEvent,
};
use tests::furnish::{PRACTICE, ROOMS, furnish};

const HISTORIES: u64 = 2;
/// Steps of a history. Every other stretch of it only appends, long enough for the store to begin posting by itself.
const STEPS: usize = 400;
const STRETCH: usize = 100;
const MAX_EVENTS: usize = 120;

/// What was acknowledged of a room.
#[derive(Default)]
struct Told {
    epoch: u64,
    /// Which of the two stores owns it.
    owner: usize,
    bodies: Vec<Vec<u8>>,
    commands: Vec<(CommandId, u64)>,
    snapshot: Option<u64>,
}

async fn open(folder: &Path) -> Store {
    let root = RootKey::load_or_create(folder).expect("a root key");
    let hook = FatalHook::new(|why| panic!("{why}"));
    let config = StoreConfig::Sqlite(folder.join("rondo.db"));
    Store::open(config, root, hook).await.expect("the store opens")
}

fn actor() -> ParticipantId {
    ParticipantId::from_bits(7)
}

fn event(body: &[u8]) -> NewEvent {
    NewEvent {
        kind: "said",
        at: Timestamp(1),
        actor: Some(actor()),
        body: body.to_vec(),
    }
}

fn said(events: Vec<StoredEvent>) -> Vec<(u64, Vec<u8>)> {
    events.into_iter().map(|event| (event.seq, event.body)).collect()
}

impl Told {
    fn numbered(&self, from: u64) -> Vec<(u64, Vec<u8>)> {
        let all = (1..).zip(self.bodies.iter().cloned());
        all.filter(|(seq, _)| *seq >= from).collect()
    }

    fn last(&self) -> u64 {
        self.bodies.len() as u64
    }

    /// A new owner finds everything that was acknowledged.
    async fn claimed_by(&mut self, stores: &[Store], owner: usize, room: RoomId) {
        let opened = stores[owner].claim(room).await.expect("the room is claimed");
        assert_eq!(opened.next_seq, self.last() + 1);
        assert_eq!(opened.snapshot.as_ref().map(|(seq, _)| *seq), self.snapshot);
        assert_eq!(said(opened.tail), self.numbered(self.snapshot.unwrap_or(0) + 1));
        let commands: Vec<_> = opened.commands.iter().map(|one| (one.command, one.seq)).collect();
        assert!(self.commands.ends_with(&commands), "{commands:?}");
        self.epoch = opened.epoch;
        self.owner = owner;
    }
}

struct History {
    dice: StdRng,
    rooms: HashMap<RoomId, Told>,
    stores: [Store; 2],
    appended: u64,
}

impl History {
    fn any_room(&mut self) -> RoomId {
        RoomId::from_bits(self.dice.random_range(1..=ROOMS))
    }

    fn append_to(&mut self, room: RoomId, command: Option<CommandId>) -> Append {
        let told = &self.rooms[&room];
        let (epoch, after_seq) = (told.epoch, told.last());
        let events = self.dice.random_range(1..=MAX_EVENTS);
        Append {
            room,
            practice: PRACTICE,
            epoch,
            after_seq,
            events: (0..events)
                .map(|n| event(format!("{room} {after_seq} {n}").as_bytes()))
                .collect(),
            command: command.map(|command| (actor(), command)),
        }
    }

    async fn step(&mut self, only_appends: bool) {
        let room = self.any_room();
        let any = if only_appends { 0..70 } else { 0..100 };
        match self.dice.random_range(any) {
            0..70 => {
                let command = CommandId::from_bits(self.dice.random());
                let command = self.dice.random_bool(0.7).then_some(command);
                let append = self.append_to(room, command);
                let told = self.rooms.get_mut(&room).expect("all rooms are told of");
                told.bodies.extend(append.events.iter().map(|event| event.body.clone()));
                let last_seq = told.last();
                told.commands.extend(command.map(|command| (command, last_seq)));
                self.appended += append.events.len() as u64;
                let answer = self.stores[told.owner].append(append).await;
                assert_eq!(answer, Ok(Appended::Committed { last_seq }));
            }
            // A retry, of the latest or of any.
            70..80 => {
                let commands = &self.rooms[&room].commands;
                let Some(&(command, seq)) = (match self.dice.random_bool(0.5) {
                    true => commands.last(),
                    false => commands.get(self.dice.random_range(0..commands.len().max(1))),
                }) else {
                    return;
                };
                let append = self.append_to(room, Some(command));
                let owner = self.rooms[&room].owner;
                let answer = self.stores[owner].append(append).await;
                assert_eq!(answer, Ok(Appended::Duplicate { seq }));
                let found = self.stores[owner].command_seq(room, actor(), command).await;
                assert_eq!(found, Ok(Some(seq)));
            }
            // Somebody who is not where the room is, or owns it no longer.
            80..86 => {
                let mut append = self.append_to(room, None);
                match self.dice.random_range(0..3) {
                    0 => append.after_seq += 1,
                    1 => append.epoch -= 1,
                    _ => append.after_seq = append.after_seq.saturating_sub(1),
                }
                if append.epoch == self.rooms[&room].epoch && append.after_seq == self.rooms[&room].last() {
                    return;
                }
                let store = &self.stores[self.dice.random_range(0..2)];
                assert_eq!(store.append(append).await, Err(AppendError::Fenced));
            }
            86..90 => {
                let told = self.rooms.get_mut(&room).expect("all rooms are told of");
                let seq = told.last();
                if seq > told.snapshot.unwrap_or(0) {
                    let kept = self.stores[told.owner].snapshot(room, told.epoch, seq, b"state").await;
                    assert_eq!(kept, Ok(()));
                    told.snapshot = Some(seq);
                }
                let ahead = self.stores[told.owner]
                    .snapshot(room, told.epoch, seq + 1, b"state")
                    .await;
                assert_eq!(ahead, Err(AppendError::Fenced));
            }
            90..93 => {
                let told = self.rooms.get_mut(&room).expect("all rooms are told of");
                if told.bodies.is_empty() {
                    return;
                }
                let at = self.dice.random_range(0..told.bodies.len());
                told.bodies[at] = b"what is left".to_vec();
                let rest = (at as u64 + 1, told.bodies[at].clone());
                let emptied = self.stores[told.owner].empty_bodies(room, told.epoch, &[rest]).await;
                assert_eq!(emptied, Ok(()));
            }
            93..97 => {
                let told = &self.rooms[&room];
                let from = told.last().saturating_sub(MAX_READ_EVENTS / 2).max(1);
                let read = self.stores[told.owner].read_events(room, from, u64::MAX).await;
                assert_eq!(said(read.expect("the journal is read")), told.numbered(from));
            }
            _ => {
                let owner = self.dice.random_range(0..2);
                let told = self.rooms.get_mut(&room).expect("all rooms are told of");
                told.claimed_by(&self.stores, owner, room).await;
            }
        }
    }
}

/// Rows in a table, asked behind the store's back.
async fn rows(folder: &Path, table: &str) -> u64 {
    use sqlx::{AssertSqlSafe, Connection as _};
    let path = folder.join("rondo.db");
    let mut db = sqlx::SqliteConnection::connect(path.to_str().expect("a plain path"))
        .await
        .expect("the file opens");
    let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    let rows: i64 = sqlx::query_scalar(sql).fetch_one(&mut db).await.expect("it counts");
    u64::try_from(rows).expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn however_appends_reach_the_tables_everybody_reads_what_was_acknowledged() {
    let (mut events, mut rounds) = (0, 0);
    for seed in 0..HISTORIES {
        let folder = tempfile::tempdir().expect("a folder");
        let stores = [open(folder.path()).await, open(folder.path()).await];
        furnish(&stores[0]).await;
        let mut history = History {
            dice: StdRng::seed_from_u64(seed),
            rooms: HashMap::new(),
            stores,
            appended: 0,
        };
        for n in 1..=ROOMS {
            let (room, mut told) = (RoomId::from_bits(n), Told::default());
            told.claimed_by(&history.stores, (n % 2) as usize, room).await;
            history.rooms.insert(room, told);
        }
        for stretch in 0..STEPS / STRETCH {
            let only_appends = stretch % 2 == 1;
            let mut waited = 0;
            for _ in 0..STRETCH {
                history.step(only_appends).await;
                if only_appends {
                    let now = rows(folder.path(), "daybook").await;
                    rounds += u32::from(now < waited);
                    waited = now;
                }
            }
        }
        // Closed in order: nothing is left to the next start. It is one of the two that has it all.
        for store in &history.stores {
            store.close().await;
        }
        assert_eq!(rows(folder.path(), "daybook").await, 0, "seed {seed}");
        assert_eq!(rows(folder.path(), "event").await, history.appended, "seed {seed}");
        let again = [open(folder.path()).await];
        for (&room, told) in &mut history.rooms {
            told.claimed_by(&again, 0, room).await;
        }
        again[0].close().await;
        events += history.appended;
    }
    println!("{HISTORIES} histories, {events} events; the daybook became shorter by itself {rounds} times");
    assert!(rounds > 0, "no history ever posted anything by itself");
}
