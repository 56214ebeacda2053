//! The store's contract: one story, told to SQLite and to PostgreSQL.
//!
//! Every rule is a function over a [`Ground`], so that it cannot know which engine it stands on; the list at the end runs each on both.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::room::Event;
use ::room::event::What;
use protocol::api::{AccountRole, CareRole, DeviceKind};
use protocol::wire::{MeasureFlag, NoteRef};
use protocol::{
    AccountId, ColleagueLinkId, CommandId, InviteId, LookInId, ParticipantId, PracticeId, Private, Role, RoomId,
    Timestamp,
};
use rondo::audit::{self, By, Does, Record, Thing};
use rondo::keys::RootKey;
use rondo::ledger::check::Found;
use rondo::ledger::source::{Place as LogPlace, Source};
use rondo::ledger::tree::{Head, is_consistent, is_included};
use rondo::ledger::{note, verify};
use rondo::retention::{Class, Gone, Terms, purge};
use rondo::store::directory::{
    ColleagueError, Exchange, ExchangeError, KeepError, LoginId, LookInError, NewColleague, NewColleagueLink,
    NewInvite, NewLogin, NewLookIn, NewRoom, Passkey, PinTry, PinnedPack, SetUp, SetUpError, Strength, Subject,
    TeamError, WayIn,
};
use rondo::store::{
    Append, AppendError, Appended, AskedBy, AuditRow, Claim, Count, Ended, Erasure, Evidence, FatalHook, Hold, LeafRow,
    NewEvent, NoteAppend, NoteAuthor, NoteUpdate, Reach, Rotation, Said, SealedField, SharedTicket, Store, StoreConfig,
    StoreFault, StoredEvent,
};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;
use tests::postgres::Postgres;

const NAME: &str = "Planted-Name-Annelie";
const EMAIL: &str = "Planted.Address@example.org";
const TITLE: &str = "Planted-Title-Thursday-Group";
const BODY: &str = "Planted-Body-what-was-said";
const GUEST: &str = "Planted-Guest-Benedikt";
const NOTE: &str = "Planted-Note-what-was-written";
const REASON: &str = "Planted-Reason-nobody-can-be-reached";
const PRACTICE_NAME: &str = "Planted-Practice-by-the-lake";
const DAY: &str = "2031-02-07";

/// An empty data folder and a database to stand on.
struct Ground {
    folder: TempDir,
    config: StoreConfig,
}

impl Ground {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig::Sqlite(folder.path().join("rondo.db"));
        Self { folder, config }
    }

    fn postgres(server: &Postgres, name: &str) -> Self {
        let config = StoreConfig::Postgres(server.fresh_database(name));
        Self {
            folder: tempfile::tempdir().unwrap(),
            config,
        }
    }

    fn root(&self) -> RootKey {
        RootKey::load_or_create(self.folder.path()).unwrap()
    }

    async fn open(&self) -> Store {
        let hook = FatalHook::new(|why| panic!("{why}"));
        Store::open(self.config.clone(), self.root(), hook).await.unwrap()
    }

    /// Says a statement to the database behind the store's back.
    async fn behind_its_back(&self, sql: String) -> Result<u64, sqlx::Error> {
        match &self.config {
            StoreConfig::Sqlite(path) => {
                let mut db = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await?;
                Ok(db.execute(AssertSqlSafe(sql)).await?.rows_affected())
            }
            StoreConfig::Postgres(url) => {
                let mut db = sqlx::PgConnection::connect(url.expose()).await?;
                Ok(db.execute(AssertSqlSafe(sql)).await?.rows_affected())
            }
        }
    }

    /// An id as a literal of this engine.
    fn literal(&self, bits: u128) -> String {
        match &self.config {
            StoreConfig::Sqlite(_) => format!("x'{bits:032x}'"),
            StoreConfig::Postgres(_) => format!("'\\x{bits:032x}'::bytea"),
        }
    }
}

fn practice() -> PracticeId {
    PracticeId::from_bits(0xa1)
}
fn account() -> AccountId {
    AccountId::from_bits(0xb1)
}
fn room(n: u128) -> RoomId {
    RoomId::from_bits(0xc00 + n)
}
fn person(n: u128) -> ParticipantId {
    ParticipantId::from_bits(0xd00 + n)
}
fn command(n: u128) -> CommandId {
    CommandId::from_bits(0xe00 + n)
}
fn login(n: u8) -> LoginId {
    LoginId([n; 32])
}
fn at(n: u64) -> Timestamp {
    Timestamp(1_900_000_000_000 + n)
}

fn set_up() -> SetUp {
    SetUp {
        practice: practice(),
        account: account(),
        name: NAME.into(),
        email: EMAIL.into(),
        password_hash: "$argon2id$v=19$…".into(),
        at: at(0),
        second_factor_due: at(1000),
    }
}

fn new_room(n: u128) -> NewRoom {
    NewRoom {
        room: room(n),
        practice: practice(),
        title: TITLE.into(),
        pack: PinnedPack {
            id: "group-ipt-8".to_owned(),
            version: "1.0.0".to_owned(),
            digest: "d1".to_owned(),
        },
        pack_bytes: b"a pack".to_vec(),
        language: "en".to_owned(),
        starts_on: Some(DAY.into()),
        created_by: account(),
        participant: person(0),
        at: at(1),
    }
}

fn new_invite(n: u128, role: Role, single_use: bool) -> NewInvite {
    NewInvite {
        invite: InviteId::from_bits(n),
        room: room(1),
        participant: person(n),
        name: GUEST.into(),
        role,
        secret_hash: secret(n),
        single_use,
        at: at(n as u64),
    }
}

fn secret(n: u128) -> [u8; 32] {
    [n as u8 ^ 0x55; 32]
}

fn exchange(invite: u128, device: u8) -> Exchange {
    Exchange {
        secret_hash: secret(invite),
        login: login(device),
        at: at(20),
        expires_at: at(1_000_000),
        device: DeviceKind::of_words("phone android firefox"),
    }
}

fn event(body: &str) -> NewEvent {
    NewEvent {
        kind: "floor.asked",
        at: at(5),
        actor: Some(person(1)),
        body: body.as_bytes().to_vec(),
    }
}

fn append(n: u128, epoch: u64, after_seq: u64, bodies: &[&str]) -> Append {
    Append {
        room: room(n),
        practice: practice(),
        epoch,
        after_seq,
        events: bodies.iter().map(|body| event(body)).collect(),
        command: None,
    }
}

/// A store with a practice and `rooms` rooms, numbered from 1.
async fn furnished(ground: &Ground, rooms: u128) -> Store {
    let store = ground.open().await;
    store.set_up(set_up()).await.unwrap();
    for n in 1..=rooms {
        store.create_room(new_room(n)).await.unwrap();
    }
    store
}

async fn bodies(store: &Store, n: u128) -> Vec<String> {
    let read = store.read_events(room(n), 1, 1000).await.unwrap();
    let shown = |event: StoredEvent| String::from_utf8(event.body).unwrap();
    read.into_iter().map(shown).collect()
}

async fn what_was_appended_is_replayed_in_order(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!((opened.practice, opened.epoch, opened.next_seq), (practice(), 1, 1));
    assert_eq!(
        store.append(append(1, 1, 0, &["one", "two"])).await,
        Ok(Appended::Committed { last_seq: 2 })
    );
    assert_eq!(
        store.append(append(1, 1, 2, &["three"])).await,
        Ok(Appended::Committed { last_seq: 3 })
    );
    store.close().await;

    let store = ground.open().await;
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!((opened.epoch, opened.next_seq, opened.tail.len()), (2, 4, 3));
    let first = &opened.tail[0];
    assert_eq!((first.seq, first.kind.as_str(), first.at), (1, "floor.asked", at(5)));
    assert_eq!(bodies(&store, 1).await, ["one", "two", "three"]);
    store.close().await;
}

async fn a_store_that_was_not_closed_opens_with_everything_acknowledged(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    for seq in 0..20 {
        store.append(append(1, 1, seq, &[BODY])).await.unwrap();
    }
    drop(store);
    let store = ground.open().await;
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!((opened.next_seq, opened.tail.len()), (21, 20));
    store.close().await;
}

async fn an_owner_at_the_wrong_place_writes_nothing(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one"])).await.unwrap();
    for wrong in [0, 2, 7] {
        assert_eq!(
            store.append(append(1, 1, wrong, &["wrong"])).await,
            Err(AppendError::Fenced)
        );
    }
    assert_eq!(bodies(&store, 1).await.len(), 1);
    store.close().await;
}

async fn an_older_owner_never_writes(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let old = store.claim(room(1)).await.unwrap();
    store.append(append(1, old.epoch, 0, &["mine"])).await.unwrap();
    // A second store on the same database, as another node would have.
    let other = ground.open().await;
    let new = other.claim(room(1)).await.unwrap();
    assert!(new.epoch > old.epoch);
    assert_eq!(
        store.append(append(1, old.epoch, 1, &["late"])).await,
        Err(AppendError::Fenced)
    );
    assert_eq!(
        store.snapshot(room(1), old.epoch, 1, b"late").await,
        Err(AppendError::Fenced)
    );
    assert_eq!(
        store.append_note(note_append(old.epoch, &["late"])).await,
        Err(AppendError::Fenced)
    );
    assert_eq!(
        store.fold_note(room(1), old.epoch, NoteRef::Course, 0, b"late").await,
        Err(AppendError::Fenced)
    );
    other.append(append(1, new.epoch, 1, &["new"])).await.unwrap();
    assert_eq!(bodies(&other, 1).await, ["mine", "new"]);
    store.close().await;
    other.close().await;
}

const LEASE: Duration = Duration::from_secs(60);

async fn epoch_of(claim: Result<Claim, StoreFault>) -> u64 {
    match claim.unwrap() {
        Claim::Mine(opened) => opened.epoch,
        Claim::Theirs(owner) => panic!("it is {owner}'s"),
    }
}

async fn a_room_is_claimed_by_one_living_node_at_a_time(ground: Ground) {
    let (store, other) = (furnished(&ground, 2).await, ground.open().await);
    let (here, _) = store.join("a", "there", LEASE).await.unwrap();
    let (there, _) = other.join("b", "there", LEASE).await.unwrap();
    assert_eq!(store.owner_of(room(1)).await, Ok(None));
    let mine = epoch_of(store.claim_for(here, room(1)).await).await;
    assert_eq!(other.claim_for(there, room(1)).await, Ok(Claim::Theirs(here)));
    assert_eq!(store.owner_of(room(1)).await, Ok(Some(here)));
    // Its own room it may claim again: a bug ended the task that had it.
    let again = epoch_of(store.claim_for(here, room(1)).await).await;
    assert!(again > mine);
    assert_eq!(store.lives_on(here, LEASE).await, Ok(Some([(room(1), again)].into())));
    assert_eq!(other.lives_on(there, LEASE).await, Ok(Some([].into())));
    // Given back in an epoch that is over, nothing happens; in its own it is anybody's.
    store.give_back(here, room(1), mine).await.unwrap();
    assert_eq!(other.claim_for(there, room(1)).await, Ok(Claim::Theirs(here)));
    store.give_back(here, room(1), again).await.unwrap();
    let theirs = epoch_of(other.claim_for(there, room(1)).await).await;
    assert_eq!(
        store.append(append(1, again, 0, &["late"])).await,
        Err(AppendError::Fenced)
    );
    other.append(append(1, theirs, 0, &["new"])).await.unwrap();
    // Whoever leaves leaves everything.
    other.leave(there).await.unwrap();
    epoch_of(store.claim_for(here, room(1)).await).await;
    assert_eq!(other.claim_for(there, room(2)).await, Err(StoreFault::Unavailable));
    store.close().await;
    other.close().await;
}

async fn a_room_is_anybodys_once_its_nodes_lease_is_over_by_the_databases_clock(ground: Ground) {
    let (store, other) = (furnished(&ground, 1).await, ground.open().await);
    let (there, _) = other.join("b", "there", LEASE).await.unwrap();
    let (here, _) = store.join("a", "here", LEASE).await.unwrap();
    let old = epoch_of(store.claim_for(here, room(1)).await).await;
    // No time passes here: the lease is moved into the past where it stands.
    ground
        .behind_its_back("UPDATE node SET lease_until = lease_until - 60000 WHERE name = 'a'".to_owned())
        .await
        .unwrap();
    assert_eq!(other.owner_of(room(1)).await, Ok(None));
    assert_eq!(
        store.claim_for(here, room(1)).await,
        Err(StoreFault::Unavailable),
        "without a lease of its own nobody claims"
    );
    let new = epoch_of(other.claim_for(there, room(1)).await).await;
    assert!(new > old);
    assert_eq!(
        store.append(append(1, old, 0, &["late"])).await,
        Err(AppendError::Fenced)
    );
    // It wakes up and lives on, without the room.
    assert_eq!(store.lives_on(here, LEASE).await, Ok(Some([].into())));
    assert_eq!(store.claim_for(here, room(1)).await, Ok(Claim::Theirs(there)));
    // Another process of its name: this one is over for good.
    assert_eq!(other.join("b", "here", LEASE).await.map(|(_, alive)| alive), Ok(true));
    assert_eq!(other.lives_on(there, LEASE).await, Ok(None));
    epoch_of(store.claim_for(here, room(1)).await).await;
    store.close().await;
    other.close().await;
}

async fn a_ticket_is_used_once_on_whichever_node_and_the_newest_of_a_login_count(ground: Ground) {
    let (store, other) = (furnished(&ground, 1).await, ground.open().await);
    let ticket = |ends| SharedTicket {
        login: login(1),
        room: room(1),
        participant: person(1),
        ends_at: at(ends),
    };
    for n in 1..=4u8 {
        let ends = 100 + u64::from(n);
        store.keep_ticket([n; 32], ticket(ends), at(n.into()), 3).await.unwrap();
    }
    assert_eq!(other.take_ticket([1; 32]).await, Ok(None), "the oldest of four");
    let (here, there) = tokio::join!(store.take_ticket([2; 32]), other.take_ticket([2; 32]));
    let used: Vec<_> = [here.unwrap(), there.unwrap()].into_iter().flatten().collect();
    assert_eq!(used, [ticket(102)]);
    other.drop_old_tickets(at(103)).await.unwrap();
    assert_eq!(store.take_ticket([3; 32]).await, Ok(None));
    assert_eq!(store.take_ticket([4; 32]).await, Ok(Some(ticket(104))));
    store.close().await;
    other.close().await;
}

async fn what_ended_on_one_node_is_heard_on_another(ground: Ground) {
    let (store, other) = (furnished(&ground, 1).await, ground.open().await);
    let all = [
        Ended::Login(login(1)),
        Ended::Seat(login(2), room(1)),
        Ended::Person(room(1), person(1)),
    ];
    for one in all {
        store.tell_ended(one).await.unwrap();
    }
    let heard = other.ended_lately().await.unwrap();
    assert_eq!(heard.iter().map(|(_, one)| *one).collect::<Vec<_>>(), all);
    ground
        .behind_its_back("UPDATE ended SET at = at - 3600000".to_owned())
        .await
        .unwrap();
    assert_eq!(other.ended_lately().await, Ok(vec![]));
    store.close().await;
    other.close().await;
}

async fn a_practice_cannot_write_into_a_room_of_another(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    let mut foreign = append(1, 1, 0, &["foreign"]);
    foreign.practice = PracticeId::from_bits(0xbad);
    assert_eq!(store.append(foreign).await, Err(AppendError::Fenced));
    assert_eq!(bodies(&store, 1).await.len(), 0);
    store.close().await;
}

async fn a_command_said_twice_gets_the_same_answer(ground: Ground) {
    let store = furnished(&ground, 2).await;
    for n in [1, 2] {
        store.claim(room(n)).await.unwrap();
    }
    let mut said = append(1, 1, 0, &["asked", "granted"]);
    said.command = Some((person(1), command(1)));
    assert_eq!(
        store.append(said.clone()).await,
        Ok(Appended::Committed { last_seq: 2 })
    );
    said.after_seq = 2;
    assert_eq!(store.append(said.clone()).await, Ok(Appended::Duplicate { seq: 2 }));
    assert_eq!(store.command_seq(room(1), person(1), command(1)).await, Ok(Some(2)));
    assert_eq!(store.command_seq(room(1), person(2), command(1)).await, Ok(None));
    assert_eq!(bodies(&store, 1).await.len(), 2);

    // The same name is another command when another person says it, or in another room.
    let mut other = append(1, 1, 2, &["theirs"]);
    other.command = Some((person(2), command(1)));
    assert_eq!(store.append(other).await, Ok(Appended::Committed { last_seq: 3 }));
    let mut elsewhere = append(2, 1, 0, &["elsewhere"]);
    elsewhere.command = Some((person(1), command(1)));
    assert_eq!(store.append(elsewhere).await, Ok(Appended::Committed { last_seq: 1 }));

    let opened = store.claim(room(1)).await.unwrap();
    let told: Vec<_> = opened
        .commands
        .iter()
        .map(|one| (one.actor, one.command, one.seq))
        .collect();
    assert_eq!(told, [(person(1), command(1), 2), (person(2), command(1), 3)]);
    store.close().await;
}

async fn of_many_equal_commands_at_one_moment_one_is_written(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        let mut said = append(1, 1, 0, &["once"]);
        said.command = Some((person(1), command(1)));
        tries.spawn(async move { store.append(said).await.unwrap() });
    }
    let answers = tries.join_all().await;
    let committed = answers
        .iter()
        .filter(|answer| **answer == Appended::Committed { last_seq: 1 })
        .count();
    let repeated = answers
        .iter()
        .filter(|answer| **answer == Appended::Duplicate { seq: 1 })
        .count();
    assert_eq!((committed, repeated), (1, 15));
    assert_eq!(bodies(&store, 1).await.len(), 1);
    store.close().await;
}

async fn a_fenced_room_and_a_repeated_command_cost_the_neighbours_nothing(ground: Ground) {
    const ROOMS: u128 = 12;
    let store = furnished(&ground, ROOMS).await;
    for n in 1..=ROOMS {
        store.claim(room(n)).await.unwrap();
    }
    let mut repeated = append(2, 1, 0, &["first"]);
    repeated.command = Some((person(1), command(1)));
    store.append(repeated.clone()).await.unwrap();
    repeated.after_seq = 1;
    store.claim(room(1)).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    for n in 1..=ROOMS {
        let store = store.clone();
        let said = if n == 2 {
            repeated.clone()
        } else {
            append(n, 1, 0, &["said"])
        };
        all.spawn(async move { (n, store.append(said).await) });
    }
    for (n, answer) in all.join_all().await {
        let expected = match n {
            1 => Err(AppendError::Fenced),
            2 => Ok(Appended::Duplicate { seq: 1 }),
            _ => Ok(Appended::Committed { last_seq: 1 }),
        };
        assert_eq!(answer, expected, "room {n}");
        assert_eq!(bodies(&store, n).await.len(), usize::from(n != 1));
    }
    store.close().await;
}

async fn a_row_the_database_refuses_costs_only_its_own_room(ground: Ground) {
    let store = furnished(&ground, 3).await;
    for n in 1..=3 {
        store.claim(room(n)).await.unwrap();
    }
    // An event that should not be there: the room's number and its rows disagree.
    let sql = format!(
        "INSERT INTO event (practice, room, seq, header, commitment) VALUES ({0}, {1}, 1, {0}, {2})",
        ground.literal(practice().bits()),
        ground.literal(room(2).bits()),
        ground.literal(0).replace(&"0".repeat(32), &"0".repeat(64)),
    );
    assert_eq!(ground.behind_its_back(sql).await.unwrap(), 1);
    let three = [
        append(1, 1, 0, &["a"]),
        append(2, 1, 0, &["b"]),
        append(3, 1, 0, &["c"]),
    ];
    let answers = tokio::join!(
        store.append(three[0].clone()),
        store.append(three[1].clone()),
        store.append(three[2].clone())
    );
    let written = Ok(Appended::Committed { last_seq: 1 });
    assert_eq!(answers, (written, Err(AppendError::Fenced), written));
    store.close().await;
}

async fn events_are_never_changed_and_never_deleted(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one"])).await.unwrap();
    for sql in [
        "UPDATE event SET seq = 2",
        "UPDATE event SET header = commitment",
        "DELETE FROM event",
    ] {
        let refused = ground.behind_its_back(sql.to_owned()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(bodies(&store, 1).await, ["one"]);
    store.close().await;
}

async fn audit_records_are_numbered_without_a_gap_and_never_changed(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let (other, _) = another_practice(&store).await;
    let (at_once, two) = (8, [b"one".to_vec(), b"two".to_vec()]);
    let mut writing = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let (store, two) = (store.clone(), two.clone());
        writing.spawn(async move { store.append_audit(practice(), &two).await });
    }
    while let Some(written) = writing.join_next().await {
        written.unwrap().unwrap();
    }
    store.append_audit(other, &two).await.unwrap();
    let rows = store.audit_after(practice(), 0, 100).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.n).collect::<Vec<_>>(),
        (1..=2 * at_once).collect::<Vec<_>>()
    );
    assert!(
        rows.chunks(2)
            .all(|pair| [&pair[0].header, &pair[1].header] == [&two[0], &two[1]])
    );
    assert!(rows.iter().all(AuditRow::holds));
    let mut changed = rows[0].clone();
    changed.header.push(b' ');
    assert!(!changed.holds());
    assert_eq!(store.audit_after(practice(), 5, 3).await.unwrap(), rows[5..8]);
    assert_eq!(store.audit_after(other, 0, 100).await.unwrap().len(), 2);
    let (empty, forged) = match &ground.config {
        StoreConfig::Sqlite(_) => ("x''", "x'7b'"),
        StoreConfig::Postgres(_) => ("'\\x'::bytea", "'\\x7b'::bytea"),
    };
    for sql in [
        "UPDATE audit SET n = 99 WHERE n = 16".to_owned(),
        "DELETE FROM audit".to_owned(),
        format!("UPDATE audit SET header = {forged}"),
        // Emptied halves, and emptied with something else.
        format!("UPDATE audit SET header = {empty}"),
        format!("UPDATE audit SET header = {empty}, salt = {empty}, n = n + 100"),
    ] {
        let sql = sql.as_str();
        let refused = ground.behind_its_back(sql.to_owned()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    store.close().await;
}

async fn what_was_begun_is_noted_once_as_it_ended_or_as_cut_off(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let begins = |n: u64| {
        let store = store.clone();
        async move { store.begin_audit(practice(), at(n), b"begun").await.unwrap() }
    };
    let (done, refused, cut, still) = (begins(1).await, begins(2).await, begins(3).await, begins(9).await);
    assert_eq!(store.end_audit(done, practice(), &[b"done".to_vec()]).await, Ok(()));
    assert_eq!(store.end_audit(refused, practice(), &[]).await, Ok(()));
    let left = store.audit_cut_off(at(9)).await.unwrap();
    assert_eq!(
        left.iter().map(|left| left.begun).collect::<Vec<_>>(),
        [cut],
        "not what may be under way"
    );
    // Two who find it at the same moment note it once.
    let (one, other) = tokio::join!(store.take_up_audit(&left[0]), store.take_up_audit(&left[0]));
    assert_eq!((one, other), (Ok(()), Ok(())));
    let book = store.audit_after(practice(), 0, 10).await.unwrap();
    let headers: Vec<_> = book.iter().map(|row| row.header.as_slice()).collect();
    assert_eq!(headers, [&b"done"[..], b"begun"]);
    assert_eq!(
        store
            .audit_cut_off(at(10))
            .await
            .unwrap()
            .first()
            .map(|left| left.begun),
        Some(still)
    );
    store.close().await;
}

async fn an_audit_record_is_a_leaf_and_stays_one_when_it_is_emptied(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let look = |n: u64| Record {
        at: at(n),
        by: By::Account(account()),
        cut_off: false,
        does: Does::Reads,
        granted: true,
        more: 0,
        subject: audit::Subject {
            room: Some(room(1)),
            ..audit::Subject::default()
        },
        thing: Thing::Group,
    };
    let headers: Vec<_> = (1..=6).map(|n| look(n).header()).collect();
    store.append_audit(practice(), &headers).await.unwrap();
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one"])).await.unwrap();
    assert_eq!(store.log_room(room(1), at(7)).await, Ok(1), "the room's own alone");
    assert_eq!(store.log(Reach::All, at(7)).await, Ok(6));
    let before = store.ledger_head(practice()).await.unwrap().unwrap();
    let place = LogPlace {
        source: Source::Audit,
        stream: practice().bits(),
        seq: 3,
    };
    let there = store.ledger_inclusion(practice(), place).await.unwrap().unwrap();
    let Head { size, root } = there.under.head;
    assert!(is_included(&there.leaf, there.index, size, &root, &there.proof));

    assert_eq!(audit::let_go(&store, practice(), at(5), at(8)).await, Ok(4));
    assert_eq!(
        audit::let_go(&store, practice(), at(5), at(8)).await,
        Ok(0),
        "nothing twice"
    );
    assert_eq!(
        store.empty_audit(practice(), 0, 6, b"x", ("audit", at(8))).await,
        Err(StoreFault::Unavailable),
        "from another place than where it ended"
    );
    let rows = store.audit_after(practice(), 0, 100).await.unwrap();
    let says: Vec<_> = rows.iter().map(|row| Record::read(&row.header)).collect();
    assert_eq!(says.len(), 7);
    assert_eq!(says[..4], [None; 4]);
    assert_eq!(says[4..6], [Some(look(5)), Some(look(6))]);
    assert_eq!(says[6].map(|said| said.subject.records_to), Some(Some(4)), "it says so");
    assert_eq!(store.log(Reach::All, at(9)).await, Ok(1));
    assert_eq!(
        store.ledger_inclusion(practice(), place).await.unwrap().unwrap().leaf,
        there.leaf
    );
    let after = store.ledger_head(practice()).await.unwrap().unwrap();
    let proof = store
        .ledger_consistency(practice(), before.head.size, after.head.size)
        .await;
    assert!(is_consistent(&before.head, &after.head, &proof.unwrap().unwrap()));
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!((found.faults.len(), found.leaves, found.lapsed), (0, 8, 4), "{found:?}");
    // Whoever empties more than the book says is seen, although the tables let them.
    let empty = match &ground.config {
        StoreConfig::Sqlite(_) => "x''",
        StoreConfig::Postgres(_) => "'\\x'::bytea",
    };
    let sql = format!("UPDATE audit SET header = {empty}, salt = {empty} WHERE n = 5");
    ground.behind_its_back(sql).await.unwrap();
    let found = ledger_checked(&ground).await;
    assert!(found.faults[0].contains("up to record 5"), "{found:?}");
}

async fn of_a_forgotten_sitting_only_the_count_is_left_and_nothing_opens(ground: Ground) {
    let store = furnished(&ground, 2).await;
    for n in 1..=2 {
        store.claim(room(n)).await.unwrap();
        store.append(append(n, 1, 0, &[BODY, "two"])).await.unwrap();
        store.snapshot(room(n), 1, 2, b"a state").await.unwrap();
        let updates = vec![NoteUpdate {
            author: person(1),
            bytes: NOTE.as_bytes().to_vec(),
        }];
        let note = NoteAppend {
            room: room(n),
            epoch: 1,
            note: NoteRef::Course,
            updates,
            new_authors: Vec::new(),
        };
        store.append_note(note).await.unwrap();
    }
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    let theirs = store.sealed_pieces(room(1)).await.unwrap();
    let others = store.sealed_pieces(room(2)).await.unwrap();
    assert_eq!((theirs.len(), others.len()), (5, 4));
    assert_eq!(store.opening(&theirs).await, Ok(5), "before, everything opens");

    let count = Count {
        session: 1,
        started_at: at(1),
        ended_at: at(2),
        people: 7,
    };
    assert_eq!(
        store.forget(room(1), 0, count).await,
        Err(AppendError::Fenced),
        "an older owner destroys nothing"
    );
    store.leaving(room(1)).await.unwrap();
    let sitting = store.forget(room(1), 1, count).await.unwrap();
    assert_eq!(
        store.rooms_leaving().await,
        Ok(vec![room(1)]),
        "until the files are clean"
    );
    store.stays(room(1)).await.unwrap();
    assert_eq!(store.rooms_leaving().await, Ok(Vec::new()));

    assert_eq!(store.sittings(room(1)).await.unwrap(), std::slice::from_ref(&sitting));
    assert!(
        store.attested(&sitting) && sitting.record.contains("people 7\n"),
        "{}",
        sitting.record
    );
    assert_eq!((sitting.upto, sitting.count), (2, count));
    assert!(store.sealed_pieces(room(1)).await.unwrap().is_empty());
    assert!(store.invites(room(1)).await.unwrap().is_empty());
    assert_eq!(
        store.room(room(1)).await.unwrap().unwrap().title,
        TITLE.into(),
        "the place stays"
    );

    // Whoever writes as before is fenced; the next owner goes on behind what is gone.
    assert_eq!(store.append(append(1, 1, 2, &["late"])).await, Err(AppendError::Fenced));
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!((opened.next_seq, opened.tail.len(), opened.snapshot), (3, 0, None));
    store.append(append(1, opened.epoch, 2, &["after"])).await.unwrap();
    let refused = ground
        .behind_its_back("DELETE FROM event WHERE seq = 3".to_owned())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
    store.close().await;

    // With the root key and the database, in a process that knew none of the keys.
    let store = ground.open().await;
    assert_eq!(store.opening(&theirs).await, Ok(0));
    assert_eq!(store.opening(&others).await, Ok(4));
    assert_eq!(store.claim(room(1)).await.unwrap().tail.len(), 1);
    store.close().await;
}

async fn what_is_left_of_an_emptied_event_is_read_in_its_place(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let owner = store.claim(room(1)).await.unwrap().epoch;
    store
        .append(append(1, owner, 0, &["one", "two of Ana and Ben", "three"]))
        .await
        .unwrap();
    let bodies_now = async || bodies(&store, 1).await;
    let empties = async |epoch, rest: &str| store.empty_bodies(room(1), epoch, &[(2, rest.into())]).await;
    assert_eq!(empties(owner, "two of Ben").await, Ok(()));
    assert_eq!(bodies_now().await, ["one", "two of Ben", "three"]);
    // Once more, of somebody else; an older owner empties nothing.
    assert_eq!(empties(owner, "two").await, Ok(()));
    assert_eq!(bodies_now().await, ["one", "two", "three"]);
    let before = store.sealed_pieces(room(1)).await.unwrap();
    assert_eq!(store.opening(&before).await, Ok(before.len()));
    store.claim(room(1)).await.unwrap();
    assert_eq!(empties(owner, "nothing").await, Err(AppendError::Fenced));
    assert_eq!(bodies_now().await, ["one", "two", "three"]);
    // A rest that was put at another place is noticed.
    let moved = format!(
        "UPDATE event_rest SET seq = 3 WHERE room = {}",
        ground.literal(room(1).bits())
    );
    assert_eq!(ground.behind_its_back(moved).await.unwrap(), 1);
    let gone = format!(
        "DELETE FROM event_body WHERE room = {} AND seq = 3",
        ground.literal(room(1).bits())
    );
    assert_eq!(ground.behind_its_back(gone).await.unwrap(), 1);
    let damaged = async || matches!(store.read_events(room(1), 1, 9).await, Err(StoreFault::Damaged(_)));
    assert!(damaged().await);
    // So is a body that is gone with nothing in its place.
    let rest = format!("DELETE FROM event_rest WHERE room = {}", ground.literal(room(1).bits()));
    assert_eq!(ground.behind_its_back(rest).await.unwrap(), 1);
    assert!(damaged().await);
    store.close().await;
}

async fn an_erasure_ends_links_and_is_done_once_and_a_hold_is_seen(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let ana = person(1);
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    store
        .ask_erasure(room(1), ana, AskedBy::Member, at(40), Some(BODY))
        .await
        .unwrap();
    assert_eq!(store.refuse_erasure(room(1), ana, at(41), NOTE).await, Ok(true));
    assert_eq!(
        store.refuse_erasure(room(1), ana, at(42), NOTE).await,
        Ok(false),
        "refused already"
    );
    let asked = store.erasures(room(1)).await.unwrap().remove(0);
    assert_eq!(
        (asked.reason.as_deref(), asked.refused),
        (Some(BODY), Some((at(41), NOTE.to_owned())))
    );
    store
        .ask_erasure(room(1), ana, AskedBy::Leader, at(43), None)
        .await
        .unwrap();
    assert_eq!(store.erasures(room(1)).await.unwrap()[0].refused, None, "asked anew");

    let hold = Hold {
        participant: None,
        set_by: account(),
        set_at: at(44),
        reason: BODY.to_owned(),
    };
    store.hold(room(1), &hold).await.unwrap();
    assert_eq!(store.is_held(room(1), ana).await, Ok(true));
    assert_eq!(store.holds(room(1)).await, Ok(vec![hold]));
    assert_eq!(
        store.lift_hold(room(1), Some(ana)).await,
        Ok(false),
        "it stands on everybody"
    );
    assert_eq!(store.lift_hold(room(1), None).await, Ok(true));
    assert_eq!(store.is_held(room(1), ana).await, Ok(false));

    store.mark_minor(room(1), ana, at(44)).await.unwrap();
    assert_eq!(store.minors(room(1)).await.unwrap().len(), 1);
    let ended = store.begin_erasure(room(1), ana, at(45)).await.unwrap();
    assert_eq!((ended.links, ended.logins), (1, vec![login(1)]));
    assert!(
        store.minors(room(1)).await.unwrap().is_empty(),
        "nor that they were not of age"
    );
    assert!(store.invites(room(1)).await.unwrap().is_empty());
    assert_eq!(store.begin_erasure(room(1), ana, at(46)).await, Ok(Default::default()));
    store.destroy_key(room(1), ana).await.unwrap();
    store.erasure_done(room(1), ana, at(47), "a record").await.unwrap();
    // A second try that found nothing left to do changes no record.
    store.erasure_done(room(1), ana, at(48), "nothing done").await.unwrap();
    assert_eq!(
        store.erased_here().await.unwrap().into_iter().collect::<Vec<_>>(),
        [(room(1), ana)]
    );
    let done = store.erasures(room(1)).await.unwrap().remove(0);
    assert_eq!(
        (done.begun_at, done.done_at, done.reason.as_deref()),
        (Some(at(45)), Some(at(47)), None)
    );
    assert!(store.attested_erasure(&done));
    let forged = Erasure {
        record: Some("another".to_owned()),
        ..done
    };
    assert!(!store.attested_erasure(&forged));
    let again = store
        .ask_erasure(room(1), ana, AskedBy::Member, at(48), Some(BODY))
        .await;
    assert_eq!(again, Err(StoreFault::Erased));
    store.close().await;
}

async fn a_room_opens_from_its_snapshot_and_the_events_after_it(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one", "two", "three"])).await.unwrap();
    assert_eq!(store.snapshot(room(1), 1, 2, b"state at two").await, Ok(()));
    let ahead = store.snapshot(room(1), 1, 9, b"state nobody committed").await;
    assert_eq!(ahead, Err(AppendError::Fenced));
    assert_eq!(store.snapshot(room(1), 1, 1, b"older").await, Err(AppendError::Fenced));
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!(opened.snapshot, Some((2, b"state at two".to_vec())));
    assert_eq!(opened.tail.iter().map(|event| event.seq).collect::<Vec<_>>(), [3]);
    store.close().await;
}

async fn a_ciphertext_opens_only_at_its_own_place(ground: Ground) {
    let store = furnished(&ground, 2).await;
    for n in [1, 2] {
        store.claim(room(n)).await.unwrap();
        store.append(append(n, 1, 0, &["one", "two"])).await.unwrap();
    }
    let (here, there) = (ground.literal(room(1).bits()), ground.literal(room(2).bits()));
    let moved = |room: &str, seq: u8, from_room: &str, from_seq: u8| {
        format!(
            "UPDATE event_body SET salt = (SELECT salt FROM event_body WHERE room = {from_room} AND seq = {from_seq}),
             ciphertext = (SELECT ciphertext FROM event_body WHERE room = {from_room} AND seq = {from_seq})
             WHERE room = {room} AND seq = {seq}"
        )
    };
    ground.behind_its_back(moved(&here, 2, &here, 1)).await.unwrap();
    ground.behind_its_back(moved(&there, 1, &here, 1)).await.unwrap();
    for n in [1, 2] {
        let read = store.read_events(room(n), 1, 2).await;
        assert!(matches!(read, Err(StoreFault::Damaged(_))), "{read:?}");
        assert!(matches!(store.claim(room(n)).await, Err(StoreFault::Damaged(_))));
    }

    // Whoever moves the whole row, header and commitment with it, gets no further: header and place disagree.
    store.create_room(new_room(3)).await.unwrap();
    let three = ground.literal(room(3).bits());
    let sql = format!(
        "INSERT INTO event SELECT practice, {three}, seq, header, commitment FROM event WHERE room = {here} AND seq = 1"
    );
    ground.behind_its_back(sql).await.unwrap();
    assert!(matches!(
        store.read_events(room(3), 1, 1).await,
        Err(StoreFault::Damaged(_))
    ));
    store.close().await;
}

async fn damaged_rows_are_faults_and_not_panics(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one"])).await.unwrap();
    store.snapshot(room(1), 1, 1, b"state").await.unwrap();
    let short = ground.literal(7);
    ground
        .behind_its_back(format!("UPDATE snapshot SET sealed = {short}"))
        .await
        .unwrap();
    assert!(matches!(store.claim(room(1)).await, Err(StoreFault::Damaged(_))));
    ground
        .behind_its_back(format!("UPDATE event_body SET ciphertext = {short}"))
        .await
        .unwrap();
    assert!(matches!(
        store.read_events(room(1), 1, 1).await,
        Err(StoreFault::Damaged(_))
    ));
    ground
        .behind_its_back(format!("UPDATE room SET sealed_title = {short}"))
        .await
        .unwrap();
    assert!(matches!(store.room(room(1)).await, Err(StoreFault::Damaged(_))));
    assert_eq!(store.claim(room(99)).await.unwrap_err(), StoreFault::NotFound("room"));
    store.close().await;
}

async fn another_root_key_is_noticed_at_the_start(ground: Ground) {
    furnished(&ground, 1).await.close().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let wrong = RootKey::load_or_create(elsewhere.path()).unwrap();
    let opened = Store::open(ground.config.clone(), wrong, FatalHook::new(|_| {})).await;
    assert_eq!(opened.unwrap_err(), StoreFault::WrongRootKey);
}

async fn after_a_rotation_the_old_stays_readable_and_the_new_is_under_new_keys(ground: Ground) {
    let (old, elsewhere) = (ground.root(), tempfile::tempdir().unwrap());
    let next = RootKey::load_or_create(elsewhere.path()).unwrap();
    let open = |root: &RootKey| {
        Store::open(
            ground.config.clone(),
            root.clone(),
            FatalHook::new(|why| panic!("{why}")),
        )
    };
    let store = furnished(&ground, 3).await;
    let clinic = PracticeId::from_bits(0xa2);
    store
        .create_practice(clinic, Some(&PRACTICE_NAME.into()), at(3))
        .await
        .unwrap();
    for n in 1..=3 {
        store.claim(room(n)).await.unwrap();
        store.append(append(n, 1, 0, &["before"])).await.unwrap();
    }
    let sealed = store
        .seal_for_person(room(1), person(1), "field", b"hers")
        .await
        .unwrap();
    store.erase_person(room(1), person(2)).await.unwrap();
    store.append_note(note_append(1, &[NOTE])).await.unwrap();
    store.log_room(room(1), at(6)).await.unwrap();
    let count = Count {
        session: 1,
        started_at: at(1),
        ended_at: at(2),
        people: 7,
    };
    let sitting = store.forget(room(3), 1, count).await.unwrap();
    let first = header_in_log(&ground, 1).await;
    // Another node, which sleeps through it and wraps one more key under the practice's old one.
    let asleep = ground.open().await;
    asleep.room(room(2)).await.unwrap();

    let rotated = store
        .rotate(&Rotation {
            next_root: Some(&next),
            renew: true,
            at: at(50),
            record: b"{}",
        })
        .await
        .unwrap();
    store.close().await;
    assert_eq!((rotated.practices, rotated.rooms), (2, 3));
    let late = asleep
        .seal_for_person(room(2), person(3), "field", b"late")
        .await
        .unwrap();
    asleep.close().await;

    assert_eq!(open(&old).await.unwrap_err(), StoreFault::WrongRootKey);
    let store = open(&next).await.unwrap();
    assert_eq!(bodies(&store, 1).await, ["before"]);
    let hers = store.open_for_person(room(1), person(1), "field", &sealed).await;
    assert_eq!(hers.unwrap().as_deref(), Some(b"hers".as_slice()));
    let theirs = store.open_for_person(room(2), person(3), "field", &late).await;
    assert_eq!(theirs.unwrap().as_deref(), Some(b"late".as_slice()));
    let gone = store.seal_for_person(room(1), person(2), "field", b"again").await;
    assert_eq!(gone.unwrap_err(), StoreFault::Erased, "a mark stays one");
    assert_eq!(
        store.account_by_email(&EMAIL.into()).await.unwrap().unwrap().name,
        NAME.into()
    );
    assert_eq!(store.practice_name(clinic).await.unwrap(), Some(PRACTICE_NAME.into()));
    assert_eq!(
        store.load_note(room(1), NoteRef::Course).await.unwrap().updates.len(),
        1
    );
    assert_eq!(store.room(room(3)).await.unwrap().unwrap().title, TITLE.into());
    assert!(
        store.attested(&sitting),
        "what the old root key signed is still this house's"
    );
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 2, 1, &["after"])).await.unwrap();
    store.log_room(room(1), at(60)).await.unwrap();
    assert_eq!(bodies(&store, 1).await, ["before", "after"]);
    // Bytes 33 to 36 of a header are the number of the room's key, the next sixteen the pseudonym (store/header.rs).
    let second = header_in_log(&ground, 2).await;
    assert_eq!((first[36], second[36]), (1, 2));
    assert_eq!(first[37..53], second[37..53], "people keep their pseudonyms");
    let keys = store.keys().await.unwrap();
    let first = keys.iter().find(|keys| keys.practice == practice()).unwrap();
    assert_eq!((first.own.count, first.rooms, first.groups_in_use.count), (2, 3, 3));
    assert_eq!(
        (first.groups_in_use.oldest, first.own.newest),
        (Some(at(50)), Some(at(50)))
    );
    assert_eq!(
        (first.people, first.destroyed, first.accounts.count, first.log),
        (3, 1, 1, true)
    );
    assert_eq!(store.root_since().await.unwrap(), Some(at(50)));
    assert_eq!(store.audit_after(practice(), 0, 10).await.unwrap()[0].header, b"{}");
    store.whole().await.unwrap();
    store.close().await;

    // Whoever can write to the database and has no key makes no signature genuine.
    let sql = "UPDATE former_root SET ended_at = ended_at + 1".to_owned();
    ground.behind_its_back(sql).await.unwrap();
    let store = open(&next).await.unwrap();
    assert!(!store.attested(&sitting));
    store.close().await;
}

/// An event's header of room 1, as the log has it.
async fn header_in_log(ground: &Ground, seq: u64) -> Vec<u8> {
    let evidence = match &ground.config {
        StoreConfig::Sqlite(path) => Evidence::file(path).await.unwrap(),
        StoreConfig::Postgres(url) => Evidence::postgres(url).await.unwrap(),
    };
    let leaves = evidence.leaves(practice(), 0).await.unwrap();
    evidence.close().await;
    let ours = |leaf: &&LeafRow| leaf.stream == room(1).bits() && leaf.seq == seq;
    leaves
        .iter()
        .find(ours)
        .unwrap()
        .record
        .as_ref()
        .unwrap()
        .header
        .clone()
}

async fn a_room_that_knows_where_somebody_is_is_found_when_it_is_time_and_not_before(ground: Ground) {
    let store = furnished(&ground, 2).await;
    let found = async |now| store.rooms_visited(at(now)).await.unwrap();
    store.visiting(room(1), at(10)).await.unwrap();
    store.visiting(room(2), at(20)).await.unwrap();
    assert_eq!(found(9).await, []);
    assert_eq!(found(10).await, [room(1)]);
    store.visiting(room(1), at(30)).await.unwrap(); // looked at, and not yet
    assert_eq!(found(20).await, [room(2)]);
    store.all_gone(room(2)).await.unwrap();
    store.all_gone(room(2)).await.unwrap();
    assert_eq!(found(99).await, [room(1)]);
    store.close().await;
}

async fn what_is_sealed_for_a_person_is_gone_with_their_key(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let (ana, ben) = (person(1), person(2));
    let sealed_ana = store
        .seal_for_person(room(1), ana, "request.note", b"ana's")
        .await
        .unwrap();
    let sealed_ben = store
        .seal_for_person(room(1), ben, "request.note", b"ben's")
        .await
        .unwrap();
    let open = async |who, sealed: &[u8]| store.open_for_person(room(1), who, "request.note", sealed).await;
    assert_eq!(open(ana, &sealed_ana).await, Ok(Some(b"ana's".to_vec())));
    assert!(matches!(open(ben, &sealed_ana).await, Err(StoreFault::Damaged(_))));
    let other_field = store.open_for_person(room(1), ana, "name", &sealed_ana).await;
    assert!(matches!(other_field, Err(StoreFault::Damaged(_))));

    store.erase_person(room(1), ana).await.unwrap();
    assert_eq!(open(ana, &sealed_ana).await, Ok(None));
    assert_eq!(open(ben, &sealed_ben).await, Ok(Some(b"ben's".to_vec())));
    let roster = [(ana, &sealed_ana), (ben, &sealed_ben)].map(|(participant, sealed)| SealedField {
        participant,
        field: "request.note",
        sealed,
    });
    assert_eq!(
        store.open_for_people(room(1), &roster).await,
        Ok(vec![None, Some(b"ben's".to_vec())])
    );
    assert_eq!(
        store.seal_for_person(room(1), ana, "name", b"again").await,
        Err(StoreFault::Erased)
    );
    store.close().await;

    // Not only out of memory: the key is gone from the database.
    let store = ground.open().await;
    assert_eq!(
        store.open_for_person(room(1), ana, "request.note", &sealed_ana).await,
        Ok(None)
    );
    assert_eq!(store.erase_person(room(1), ana).await, Ok(()));
    store.close().await;
}

fn note_append(epoch: u64, texts: &[&str]) -> NoteAppend {
    NoteAppend {
        room: room(1),
        epoch,
        note: NoteRef::Course,
        updates: texts
            .iter()
            .map(|text| NoteUpdate {
                author: person(1),
                bytes: text.as_bytes().to_vec(),
            })
            .collect(),
        new_authors: vec![NoteAuthor {
            client_id: u64::MAX,
            participant: person(1),
        }],
    }
}

async fn a_note_is_loaded_as_it_was_written_and_folded(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    assert_eq!(store.load_note(room(1), NoteRef::Course).await, Ok(Default::default()));
    assert_eq!(store.append_note(note_append(1, &["a", "b"])).await, Ok(2));
    assert_eq!(store.append_note(note_append(1, &["c"])).await, Ok(3));
    let log = store.load_note(room(1), NoteRef::Course).await.unwrap();
    let texts = |log: &rondo::store::NoteLog| -> Vec<(u64, String)> {
        log.updates
            .iter()
            .map(|(n, bytes)| (*n, String::from_utf8(bytes.clone()).unwrap()))
            .collect()
    };
    assert_eq!(
        texts(&log),
        [(1, "a".to_owned()), (2, "b".to_owned()), (3, "c".to_owned())]
    );
    assert_eq!(log.authors, note_append(1, &[]).new_authors);
    assert_eq!(log.folded, None);

    assert_eq!(store.fold_note(room(1), 1, NoteRef::Course, 2, b"ab").await, Ok(()));
    let log = store.load_note(room(1), NoteRef::Course).await.unwrap();
    assert_eq!(
        (log.folded.as_deref(), texts(&log)),
        (Some(b"ab".as_slice()), vec![(3, "c".to_owned())])
    );
    // Numbers go on, nothing is folded twice or ahead.
    assert_eq!(store.append_note(note_append(1, &["d"])).await, Ok(4));
    assert_eq!(
        store.fold_note(room(1), 1, NoteRef::Course, 1, b"a").await,
        Err(AppendError::Fenced)
    );
    assert_eq!(
        store.fold_note(room(1), 1, NoteRef::Course, 9, b"z").await,
        Err(AppendError::Fenced)
    );
    // Other notes of the room are other notes, and the journal did not move.
    for note in [NoteRef::Session { session: 1 }, NoteRef::Facilitators { session: 1 }] {
        assert_eq!(store.load_note(room(1), note).await, Ok(Default::default()));
    }
    assert_eq!(store.claim(room(1)).await.unwrap().next_seq, 1);
    store.close().await;
}

async fn notes_and_actions_of_one_moment_are_all_kept(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    for n in 0..30 {
        let store = store.clone();
        all.spawn(async move {
            match n % 3 {
                0 => store.append_note(note_append(1, &["x", "y"])).await.map(|_| ()),
                1 => store
                    .append_note(NoteAppend {
                        note: NoteRef::Session { session: 2 },
                        ..note_append(1, &["z"])
                    })
                    .await
                    .map(|_| ()),
                // Only the first of these stands where the room stands.
                _ => store.append(append(1, 1, 0, &["said"])).await.map(|_| ()),
            }
        });
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 9);
    let log = store.load_note(room(1), NoteRef::Course).await.unwrap();
    assert_eq!(
        log.updates.iter().map(|(n, _)| *n).collect::<Vec<_>>(),
        (1..=20).collect::<Vec<_>>()
    );
    assert_eq!(
        store
            .load_note(room(1), NoteRef::Session { session: 2 })
            .await
            .unwrap()
            .updates
            .len(),
        10
    );
    assert_eq!(bodies(&store, 1).await.len(), 1);
    store.close().await;
}

async fn the_first_run_happens_once(ground: Ground) {
    let store = ground.open().await;
    assert_eq!(store.practice().await, Ok(None));
    assert_eq!(store.account_by_email(&EMAIL.into()).await, Ok(None));
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = store.clone();
        let mut new = set_up();
        new.practice = PracticeId::from_bits(0xa00 + n);
        new.account = AccountId::from_bits(0xb00 + n);
        tries.spawn(async move { store.set_up(new).await });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(
        answers
            .iter()
            .filter(|answer| **answer == Err(SetUpError::AlreadySetUp))
            .count(),
        7
    );
    assert!(store.practice().await.unwrap().is_some());
    store.close().await;
}

async fn an_account_is_found_by_its_address_however_it_is_typed(ground: Ground) {
    let store = furnished(&ground, 0).await;
    let typed = format!("  {} ", EMAIL.to_uppercase());
    let found = store.account_by_email(&typed.into()).await.unwrap().unwrap();
    assert_eq!(
        (found.account, found.practice, found.recovery_saved),
        (account(), practice(), false)
    );
    assert_eq!(
        (found.name.expose().as_str(), found.email.expose().as_str()),
        (NAME, EMAIL)
    );
    assert_eq!(store.account_by_email(&"else@example.org".into()).await, Ok(None));
    store.set_recovery_saved(account(), true).await.unwrap();
    store.set_password_hash(account(), &"$new".into()).await.unwrap();
    let found = store.account(account()).await.unwrap().unwrap();
    assert_eq!(
        (found.recovery_saved, found.password_hash.expose().as_str()),
        (true, "$new")
    );
    let nobody = AccountId::from_bits(9);
    assert_eq!(
        store.set_recovery_saved(nobody, true).await,
        Err(StoreFault::NotFound("account"))
    );
    store.close().await;
}

async fn a_room_keeps_its_pack_and_its_facilitator(ground: Ground) {
    let store = furnished(&ground, 2).await;
    let read = store.room(room(1)).await.unwrap().unwrap();
    assert_eq!((read.title.expose().as_str(), read.language.as_str()), (TITLE, "en"));
    assert_eq!(read.starts_on, Some(DAY.into()));
    assert_eq!(read.pack, new_room(1).pack);
    assert_eq!((read.created_by, read.created_at, read.members), (account(), at(1), 0));
    assert_eq!(store.pack_bytes(practice(), "d1").await, Ok(Some(b"a pack".to_vec())));
    assert_eq!(store.pack_bytes(practice(), "d2").await, Ok(None));
    let rooms = store.rooms_of(account()).await.unwrap();
    assert_eq!(rooms.iter().map(|one| one.room).collect::<Vec<_>>(), [room(1), room(2)]);
    let staff = store.staff(room(1)).await.unwrap();
    assert_eq!(
        (staff.len(), staff[0].account, staff[0].participant),
        (1, account(), person(0))
    );
    assert_eq!(store.room(room(9)).await, Ok(None));
    let mut foreign = new_room(3);
    foreign.created_by = AccountId::from_bits(9);
    assert_eq!(store.create_room(foreign).await, Err(StoreFault::NotFound("account")));
    assert_eq!(store.room(room(3)).await, Ok(None));
    store.close().await;
}

async fn a_reset_takes_every_factor_and_login_and_says_who_did_it(ground: Ground) {
    let store = ground.open().await;
    store.set_up(set_up()).await.unwrap();
    let practice = store.practice().await.unwrap().unwrap();
    let subject = Private::from("u-17");
    let linked = async |issuer| {
        store
            .link_outside(practice, account(), (issuer, &subject), true, at(1))
            .await
    };
    assert_eq!(
        (linked("https://a").await, linked("https://b").await),
        (Ok(true), Ok(false))
    );
    let found = async |issuer| store.outside_account(practice, issuer, &subject).await;
    assert_eq!(found("https://a").await, Ok(Some(account())));
    assert_eq!(
        found("https://b").await,
        Ok(None),
        "another service's u-17 is somebody else"
    );
    assert_eq!(store.outside_since(account()).await, Ok(Some(at(1))));
    store.set_recovery_codes(account(), &[[1; 32]]).await.unwrap();
    assert_eq!(store.factors_were_reset_since(at(0)).await, Ok(false));
    let elsewhere = PracticeId::from_bits(0xb2);
    let foreign = store.reset_factors(elsewhere, account(), None, at(2)).await;
    assert!(foreign.is_err(), "another practice has no such account");
    assert_eq!(store.reset_factors(practice, account(), None, at(2)).await, Ok(vec![]));
    assert_eq!(store.factor_reset(account()).await.unwrap().unwrap().by, None);
    let by = Some(account());
    assert_eq!(store.reset_factors(practice, account(), by, at(3)).await, Ok(vec![]));
    let last = store.factor_reset(account()).await.unwrap().unwrap();
    assert_eq!((last.at, last.by.is_some()), (at(3), true));
    assert_eq!(store.recovery_codes_left(account()).await, Ok(0));
    assert_eq!(found("https://a").await, Ok(None));
    assert_eq!(store.outside_since(account()).await, Ok(None));
    let by_address = store
        .link_outside(practice, account(), ("https://a", &subject), false, at(4))
        .await;
    assert_eq!(
        by_address,
        Ok(false),
        "what was taken away does not come back by itself"
    );
    // A hand that links to somebody else's sign-in opens nothing, and leaves no door open either.
    let other = works_here(&store, 71, &[AccountRole::Facilitator]).await;
    let theirs = Private::from("u-18");
    let link = async |account, by_hand| {
        store
            .link_outside(practice, account, ("https://a", &theirs), by_hand, at(5))
            .await
    };
    assert_eq!(link(other, true).await, Ok(true));
    assert_eq!(link(account(), true).await, Ok(false));
    let by_address = store
        .link_outside(practice, account(), ("https://a", &subject), false, at(6))
        .await;
    assert_eq!(by_address, Ok(false), "it is still barred");
    assert_eq!(linked("https://a").await, Ok(true), "by the owner's own hand it does");
    assert_eq!(found("https://a").await, Ok(Some(account())));
    assert_eq!(
        store.account(account()).await.unwrap().unwrap().second_factor_due,
        Some(at(3))
    );
    let since = async |when| store.factors_were_reset_since(when).await;
    assert_eq!((since(at(3)).await, since(at(4)).await), (Ok(true), Ok(false)));
}

async fn a_passkey_is_read_back_as_its_last_use_left_it(ground: Ground) {
    let store = ground.open().await;
    store.set_up(set_up()).await.unwrap();
    let mut one = Passkey {
        id: [7; 32],
        credential: Private(b"Planted-Credential".to_vec()),
        device: "phone ios safari".to_owned(),
        created_at: at(1),
        last_used_at: None,
    };
    assert!(!store.account(account()).await.unwrap().unwrap().has_second_factor);
    assert_eq!(store.add_passkey(account(), &one).await, Ok(true));
    assert_eq!(store.add_passkey(account(), &one).await, Ok(false), "once");
    assert_eq!(store.passkeys(account()).await, Ok(vec![one.clone()]));
    assert!(store.account(account()).await.unwrap().unwrap().has_second_factor);
    one.credential = Private(b"with its counter moved".to_vec());
    one.last_used_at = Some(at(5));
    let used = store.passkey_used(account(), one.id, &one.credential, at(5)).await;
    assert_eq!(used, Ok(true));
    assert_eq!(store.passkeys(account()).await, Ok(vec![one.clone()]));
    assert_eq!(store.passkeys(AccountId::from_bits(0xb2)).await, Ok(vec![]));
    // What it opened ends with it, but for the login that takes it away; the codes that stood beside it stand for nothing then.
    for n in 1..=2 {
        let new = NewLogin {
            login: login(n),
            account: account(),
            at: at(10),
            expires_at: at(100),
            strength: Strength::OneFactor,
            device: String::new(),
        };
        store.start_login(new).await.unwrap();
    }
    store.set_recovery_codes(account(), &[[1; 32]]).await.unwrap();
    let removed = async |way| store.remove_way_in(account(), way, login(1)).await;
    let other = WayIn::Passkey([8; 32]);
    assert_eq!(removed(other).await, Ok(None), "another's");
    assert_eq!(removed(WayIn::Authenticator).await, Ok(None), "there is no app");
    assert_eq!(store.logins_of(account(), at(11)).await.unwrap().len(), 2);
    assert_eq!(store.recovery_codes_left(account()).await, Ok(1));
    assert_eq!(removed(WayIn::Passkey(one.id)).await, Ok(Some(vec![login(2)])));
    assert_eq!(removed(WayIn::Passkey(one.id)).await, Ok(None));
    assert_eq!(store.recovery_codes_left(account()).await, Ok(0));
    let used = store.passkey_used(account(), one.id, &one.credential, at(6)).await;
    assert_eq!(used, Ok(false), "what was taken away is not used");
}

async fn a_login_opens_its_rooms_until_it_ends(ground: Ground) {
    let store = furnished(&ground, 1).await;
    for n in 1..=3 {
        let new = NewLogin {
            login: login(n),
            account: account(),
            at: at(10),
            expires_at: at(100),
            strength: Strength::OneFactor,
            device: String::new(),
        };
        store.start_login(new).await.unwrap();
    }
    let read = store.login(login(1), at(99)).await.unwrap().unwrap();
    assert_eq!((read.subject, read.last_seen), (Subject::Account(account()), at(10)));
    let place = store.place_in(login(1), room(1), at(99)).await.unwrap().unwrap();
    assert_eq!(
        (place.participant, place.role, place.invite),
        (person(0), Role::Facilitator, None)
    );
    assert_eq!(place.name, Some(NAME.into()));

    assert_eq!(store.login(login(1), at(100)).await, Ok(None));
    assert_eq!(store.place_in(login(1), room(1), at(100)).await, Ok(None));
    store.touch_login(login(1), at(50), at(200)).await.unwrap();
    assert_eq!(store.login(login(1), at(100)).await.unwrap().unwrap().last_seen, at(50));
    store.touch_login(login(2), at(100), at(300)).await.unwrap();
    assert_eq!(
        store.login(login(2), at(100)).await,
        Ok(None),
        "an expired login is not woken"
    );
    assert_eq!(store.sweep_logins(at(100)).await, Ok(2));
    assert_eq!(store.end_login(login(2)).await, Ok(false));

    assert_eq!(store.end_logins_of(account()).await, Ok(vec![login(1)]));
    assert_eq!(store.login(login(1), at(60)).await, Ok(None));
    store.close().await;
}

async fn a_members_link_opens_a_seat_on_every_device_until_it_is_revoked(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.create_invite(new_invite(2, Role::Observer, false)).await.unwrap();
    assert_eq!(store.room(room(1)).await.unwrap().unwrap().members, 1);
    for device in [1, 2] {
        let place = store.exchange(exchange(1, device)).await.unwrap();
        assert_eq!(
            (place.room, place.participant, place.role),
            (room(1), person(1), Role::Member)
        );
        assert_eq!(place.name, Some(GUEST.into()));
    }
    // The same browser again is the same device; somebody else's link in it takes the seat over.
    store.exchange(exchange(1, 2)).await.unwrap();
    assert_eq!(store.devices(InviteId::from_bits(1)).await.unwrap().len(), 2);
    store.exchange(exchange(2, 3)).await.unwrap();
    assert_eq!(
        store.login(login(1), at(30)).await.unwrap().unwrap().subject,
        Subject::Guest
    );
    let place = store.place_in(login(2), room(1), at(30)).await.unwrap().unwrap();
    assert_eq!(place.invite, Some(InviteId::from_bits(1)));

    let mut ended = store.revoke_invite(InviteId::from_bits(1), at(40)).await.unwrap();
    ended.sort();
    assert_eq!(ended, [login(1), login(2)]);
    for device in [1, 2] {
        assert_eq!(store.place_in(login(device), room(1), at(41)).await, Ok(None));
        assert_eq!(store.login(login(device), at(41)).await, Ok(None));
    }
    assert!(store.place_in(login(3), room(1), at(41)).await.unwrap().is_some());
    assert_eq!(store.exchange(exchange(1, 4)).await, Err(ExchangeError::Invalid));
    assert_eq!(store.exchange(exchange(77, 4)).await, Err(ExchangeError::Invalid));
    assert_eq!(
        store.login(login(4), at(41)).await,
        Ok(None),
        "a failed exchange leaves no login behind"
    );
    assert_eq!(store.revoke_invite(InviteId::from_bits(1), at(50)).await, Ok(vec![]));
    let links = store.invites(room(1)).await.unwrap();
    assert_eq!(
        links.iter().map(|link| link.revoked_at).collect::<Vec<_>>(),
        [Some(at(40)), None]
    );
    assert_eq!(links.iter().map(|link| link.devices).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(store.room(room(1)).await.unwrap().unwrap().members, 0);
    store.close().await;
}

async fn a_facilitator_keeps_their_login_when_a_link_they_tried_is_revoked(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let new = NewLogin {
        login: login(1),
        account: account(),
        at: at(10),
        expires_at: at(100),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new).await.unwrap();
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    let place = store.place_in(login(1), room(1), at(30)).await.unwrap().unwrap();
    assert_eq!(place.role, Role::Facilitator, "an account's own place comes first");
    assert_eq!(
        store.revoke_invite(InviteId::from_bits(1), at(40)).await,
        Ok(vec![login(1)])
    );
    assert!(store.login(login(1), at(41)).await.unwrap().is_some());
    store.close().await;
}

async fn a_single_use_link_works_once_however_many_come_at_one_moment(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store
        .create_invite(new_invite(1, Role::Facilitator, true))
        .await
        .unwrap();
    let mut tries = tokio::task::JoinSet::new();
    for device in 1..=20 {
        let store = store.clone();
        tries.spawn(async move { store.exchange(exchange(1, device)).await });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let turned_away = answers
        .iter()
        .filter(|answer| **answer == Err(ExchangeError::Invalid))
        .count();
    assert_eq!(turned_away, 19);
    let link = store.invite(InviteId::from_bits(1)).await.unwrap().unwrap();
    assert_eq!((link.devices, link.used_at), (1, Some(at(20))));
    store.close().await;
}

async fn a_link_signs_in_a_bounded_number_of_browsers_and_the_oldest_gives_way(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    for device in 1..=35_u8 {
        let mut one = exchange(1, device);
        one.at = at(u64::from(device));
        store.exchange(one).await.unwrap();
    }
    let devices = store.devices(InviteId::from_bits(1)).await.unwrap();
    let expected: Vec<LoginId> = (4..=35).rev().map(login).collect();
    assert_eq!(devices.iter().map(|device| device.login).collect::<Vec<_>>(), expected);
    store.close().await;
}

async fn a_device_is_listed_and_ended_by_itself_and_a_link_renewed_is_the_same_persons(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    let invite = InviteId::from_bits(1);
    for device in [1, 2] {
        store.exchange(exchange(1, device)).await.unwrap();
    }
    let listed = store.devices(invite).await.unwrap();
    assert!(
        listed
            .iter()
            .all(|one| one.since == at(20) && one.kind.words() == "phone android firefox")
    );
    assert_eq!(store.end_seat(login(1), room(1)).await, Ok(true));
    assert_eq!(store.end_seat(login(1), room(1)).await, Ok(false));
    assert_eq!(store.login(login(1), at(30)).await, Ok(None), "it was their last seat");
    assert!(store.place_in(login(2), room(1), at(30)).await.unwrap().is_some());

    let before = store.place_in(login(2), room(1), at(30)).await.unwrap().unwrap();
    assert_eq!(store.renew_invite(invite, [7; 32]).await.unwrap(), Some(vec![login(2)]));
    assert_eq!(
        store.exchange(exchange(1, 3)).await,
        Err(ExchangeError::Invalid),
        "the old link"
    );
    let mut anew = exchange(1, 3);
    anew.secret_hash = [7; 32];
    assert_eq!(store.exchange(anew).await.unwrap().participant, before.participant);
    store.revoke_invite(invite, at(40)).await.unwrap();
    assert_eq!(
        store.renew_invite(invite, [8; 32]).await,
        Ok(None),
        "taken back for good"
    );
    store.close().await;
}

async fn a_pin_is_tried_so_often_on_a_device_and_goes_with_its_person(ground: Ground) {
    const TRIES: usize = 10;
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    for device in [1, 2, 3] {
        store.exchange(exchange(1, device)).await.unwrap();
    }
    assert_eq!(store.try_pin(login(1), room(1)).await, Ok(PinTry::NoPin));
    assert_eq!(store.pin_shown_at(login(1), room(1)).await, Ok(None));
    let hash = Private::from("a hash");
    store
        .set_pin(login(1), room(1), person(1), &hash, at(30))
        .await
        .unwrap();
    assert_eq!(store.pin_shown_at(login(1), room(1)).await, Ok(Some(at(30))));
    assert_eq!(
        store.pin_shown_at(login(2), room(1)).await,
        Ok(Some(protocol::Timestamp(0))),
        "every other device is asked"
    );
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..4 * TRIES {
        let store = store.clone();
        tries.spawn(async move { store.try_pin(login(2), room(1)).await.unwrap() });
    }
    let tried = tries.join_all().await;
    let against = tried
        .iter()
        .filter(|one| matches!(one, PinTry::Against { hash: kept, .. } if *kept == hash));
    assert_eq!(against.count(), TRIES, "many at one moment are many");
    assert!(
        matches!(store.try_pin(login(3), room(1)).await, Ok(PinTry::Against { .. })),
        "another device"
    );
    store.pin_was_right(login(3), room(1), at(40)).await.unwrap();
    assert_eq!(store.pin_shown_at(login(3), room(1)).await, Ok(Some(at(40))));
    // The guesser takes new devices; in the end the link opens none.
    let mut taken = 0;
    for device in 10..30 {
        if store.exchange(exchange(1, device)).await.is_err() {
            break;
        }
        taken += 1;
        while let PinTry::Against { .. } = store.try_pin(login(device), room(1)).await.unwrap() {}
    }
    assert_eq!(taken, 2, "thirty wrong tries of strangers");
    assert!(
        matches!(store.try_pin(login(1), room(1)).await, Ok(PinTry::Against { .. })),
        "who has a seat has their own"
    );
    assert!(store.exchange(exchange(1, 3)).await.is_ok(), "and opens the link again");
    store.erase_person(room(1), person(1)).await.unwrap();
    assert_eq!(store.has_pin(room(1), person(1)).await, Ok(false));
    assert_eq!(store.try_pin(login(1), room(1)).await, Ok(PinTry::NoPin));
    store.close().await;
}

async fn an_erased_persons_name_is_gone_from_links_and_seats(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    store.erase_person(room(1), person(1)).await.unwrap();
    assert_eq!(store.invites(room(1)).await.unwrap()[0].name, None);
    assert_eq!(
        store.place_in(login(1), room(1), at(30)).await.unwrap().unwrap().name,
        None
    );
    store.close().await;
}

async fn a_closed_store_says_that_it_is_unavailable(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    assert_eq!(store.ping().await, Ok(()));
    store.close().await;
    assert_eq!(
        store.append(append(1, 1, 0, &["late"])).await,
        Err(AppendError::Unavailable)
    );
    assert_eq!(store.ping().await, Err(StoreFault::Unavailable));
    assert_eq!(store.claim(room(1)).await.unwrap_err(), StoreFault::Unavailable);
}

/// What the ledger's check finds in this ground's database.
async fn ledger_checked(ground: &Ground) -> Found {
    let evidence = match &ground.config {
        StoreConfig::Sqlite(path) => Evidence::file(path).await.unwrap(),
        StoreConfig::Postgres(url) => Evidence::postgres(url).await.unwrap(),
    };
    let all = verify::database(&evidence, Some(&ground.root()), &[]).await.unwrap();
    evidence.close().await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.into_iter().next().unwrap().1
}

async fn what_was_recorded_is_in_the_log_once_and_in_its_order(ground: Ground) {
    let store = furnished(&ground, 2).await;
    for n in 1..=2 {
        store.claim(room(n)).await.unwrap();
        store.append(append(n, 1, 0, &["one", "two"])).await.unwrap();
    }
    assert_eq!(store.log(Reach::All, at(1)).await, Ok(4));
    assert_eq!(store.log(Reach::All, at(2)).await, Ok(0), "nothing is logged twice");
    let first = store.ledger_head(practice()).await.unwrap().unwrap();
    let many: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    store.append(append(1, 1, 2, &many)).await.unwrap();
    assert_eq!(store.log_room(room(2), at(3)).await, Ok(0));
    assert_eq!(store.log_room(room(1), at(3)).await, Ok(300));
    let newest = store.ledger_head(practice()).await.unwrap().unwrap();
    assert_eq!((first.head.size, newest.head.size), (4, 304));
    assert_eq!(note::read(&newest.key, &newest.note), Ok(newest.head));
    let proof = store.ledger_consistency(practice(), 4, 304).await.unwrap().unwrap();
    assert!(is_consistent(&first.head, &newest.head, &proof));
    let place = |seq| LogPlace {
        source: Source::Event,
        stream: room(1).bits(),
        seq,
    };
    for seq in [1, 2, 3, 302] {
        let there = store.ledger_inclusion(practice(), place(seq)).await.unwrap().unwrap();
        let Head { size, root } = there.under.head;
        assert!(
            is_included(&there.leaf, there.index, size, &root, &there.proof),
            "{seq}"
        );
    }
    assert_eq!(store.ledger_inclusion(practice(), place(303)).await, Ok(None));
    // A process that is killed has acknowledged and not logged.
    store.append(append(1, 1, 302, &["last"])).await.unwrap();
    drop(store);
    let store = ground.open().await;
    let found = ledger_checked(&ground).await;
    assert_eq!(
        (found.faults.len(), found.leaves, found.waiting),
        (0, 304, 1),
        "{found:?}"
    );
    assert_eq!(store.log(Reach::All, at(4)).await, Ok(1));
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!(
        (found.faults.len(), found.leaves, found.waiting),
        (0, 305, 0),
        "{found:?}"
    );
}

async fn stores_that_log_at_once_number_no_leaf_twice(ground: Ground) {
    let store = furnished(&ground, 2).await;
    let other = ground.open().await;
    for n in 1..=2 {
        store.claim(room(n)).await.unwrap();
    }
    for round in 0..10 {
        for n in 1..=2 {
            store.append(append(n, 1, round * 3, &["a", "b", "c"])).await.unwrap();
        }
        let (one, two, three) = tokio::join!(
            store.log(Reach::All, at(round)),
            other.log(Reach::All, at(round)),
            other.log_room(room(1), at(round))
        );
        assert_eq!(one.unwrap() + two.unwrap() + three.unwrap(), 6);
    }
    other.close().await;
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!((found.faults.len(), found.leaves), (0, 60), "{found:?}");
}

async fn leaves_are_never_changed_and_never_deleted(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &["one", "two"])).await.unwrap();
    store.log(Reach::All, at(1)).await.unwrap();
    store.close().await;
    for sql in [
        "UPDATE ledger_leaf SET seq = 7 WHERE n = 0",
        "DELETE FROM ledger_leaf WHERE n = 1",
    ] {
        assert!(ground.behind_its_back(sql.to_owned()).await.is_err(), "{sql}");
    }
    assert!(ledger_checked(&ground).await.is_whole());
}

async fn a_destroyed_sitting_leaves_the_log_whole_and_says_in_it_that_it_went(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    store
        .append(append(1, epoch, 0, &["one", "two", "three"]))
        .await
        .unwrap();
    let count = Count {
        session: 1,
        started_at: at(1),
        ended_at: at(2),
        people: 3,
    };
    store.forget(room(1), epoch, count).await.unwrap();
    store.stays(room(1)).await.unwrap();
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    store.append(append(1, epoch, 3, &["anew"])).await.unwrap();
    assert_eq!(store.log(Reach::All, at(3)).await, Ok(1));
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!(
        (found.faults.len(), found.leaves, found.destroyed),
        (0, 5, 3),
        "{found:?}"
    );
    // Without the word of the log that it went, it is missing.
    let forged = format!(
        "UPDATE sitting SET people = 9, record = 'x' WHERE room = {}",
        ground.literal(room(1).bits())
    );
    ground.behind_its_back(forged).await.unwrap();
    assert!(!ledger_checked(&ground).await.is_whole());
}

/// A practice with three rooms, of which the last was used much later, and one of each of what is kept for a time.
async fn years_ago(ground: &Ground) -> Store {
    let store = furnished(ground, 3).await;
    for n in 1..=3 {
        store.claim(room(n)).await.unwrap();
        let mut said = append(n, 1, 0, &[BODY, "two"]);
        let later = if n == 3 { 20 * YEAR } else { 0 };
        said.events.iter_mut().for_each(|event| event.at = at(5 + later));
        store.append(said).await.unwrap();
        store.snapshot(room(n), 1, 2, b"a state").await.unwrap();
        let updates = vec![NoteUpdate {
            author: person(1),
            bytes: NOTE.as_bytes().to_vec(),
        }];
        let note = NoteAppend {
            room: room(n),
            epoch: 1,
            note: NoteRef::Course,
            updates,
            new_authors: Vec::new(),
        };
        store.append_note(note).await.unwrap();
    }
    for n in 1..=2 {
        store.create_invite(new_invite(n, Role::Member, false)).await.unwrap();
    }
    store.exchange(exchange(1, 1)).await.unwrap();
    for n in 1..=2 {
        store.revoke_invite(InviteId::from_bits(n), at(30)).await.unwrap();
    }
    let new = NewLogin {
        login: login(9),
        account: account(),
        at: at(10),
        expires_at: at(100),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new).await.unwrap();
    store
        .ask_erasure(room(1), person(1), AskedBy::Member, at(40), None)
        .await
        .unwrap();
    store.refuse_erasure(room(1), person(1), at(50), REASON).await.unwrap();
    let record = |ms: u64| Record {
        at: at(ms),
        by: By::Nobody,
        cut_off: false,
        does: Does::Reads,
        granted: true,
        more: 0,
        subject: rondo::audit::Subject::default(),
        thing: Thing::Door,
    };
    let headers = [0, 1, 20 * YEAR].map(|ms| record(ms).header());
    store.append_audit(practice(), &headers).await.unwrap();
    assert_eq!(store.log(Reach::All, at(60)).await, Ok(9));
    store
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const YEAR: u64 = 365 * DAY_MS;
/// From when on each class counts, and its usual term. The last record of the book is never old.
const TERMS: [(Class, u64, u64, u64); 5] = [
    (Class::Logins, 100, DAY_MS, 1),
    (Class::Links, 30, YEAR, 1),
    (Class::Requests, 50, 2 * YEAR, 1),
    (Class::Audit, 1, 6 * YEAR, 2),
    (Class::Records, 5, 10 * YEAR, 2),
];

async fn one_day_before_its_term_everything_is_there_and_one_day_after_it_is_gone_and_counted(ground: Ground) {
    let store = years_ago(&ground).await;
    let terms = Terms::default();
    let pieces = store.sealed_pieces(room(1)).await.unwrap();
    let others = store.sealed_pieces(room(3)).await.unwrap();
    assert!(!pieces.is_empty() && store.opening(&pieces).await == Ok(pieces.len()));
    let mut gone_so_far = 0;
    for (class, from, term, many) in TERMS {
        let before = at(from + term - DAY_MS);
        let day_before = purge(&store, &terms, before, false).await.unwrap()[&class];
        assert_eq!(day_before, Gone::default(), "{class:?}, a day before");
        let after = at(from + term + DAY_MS);
        let would = purge(&store, &terms, after, true).await.unwrap()[&class];
        let gone = purge(&store, &terms, after, false).await.unwrap()[&class];
        let expected = Gone {
            removed: many,
            spared: 0,
        };
        assert_eq!((would, gone), (expected, expected), "{class:?}, a day after");
        let again = purge(&store, &terms, after, false).await.unwrap()[&class];
        assert_eq!(again.removed, 0, "{class:?}, once is enough");
        // One row a transaction: rooms go one by one.
        gone_so_far += if class == Class::Records { many as usize } else { 1 };
        let written = store.purged().await.unwrap();
        let counted: u64 = written
            .iter()
            .filter(|one| one.class == class.word())
            .map(|one| one.removed)
            .sum();
        assert_eq!((counted, written.len()), (many, gone_so_far), "{class:?}: {written:?}");
    }
    // What was never due is whole, and of the rest nothing opens.
    assert_eq!(store.opening(&pieces).await, Ok(0));
    assert_eq!(store.opening(&others).await, Ok(others.len()));
    assert_eq!(bodies(&store, 3).await, [BODY, "two"]);
    assert_eq!(store.room(room(1)).await.unwrap().unwrap().title, "…".into());
    assert_eq!(store.room(room(3)).await.unwrap().unwrap().title, TITLE.into());
    assert!(store.erasures(room(1)).await.unwrap().is_empty());
    let sitting = store.sittings(room(1)).await.unwrap().remove(0);
    assert!(
        store.attested(&sitting) && sitting.record.starts_with("rondo term over, 1\n"),
        "{}",
        sitting.record
    );
    // The purge stands in the book itself, whose numbers go on; of the oldest records the numbers are left.
    let book = store.audit_after(practice(), 0, 100).await.unwrap();
    assert!(book[..2].iter().all(|row| row.header.is_empty()) && !book[2].header.is_empty());
    let purged: Vec<Record> = book
        .iter()
        .filter_map(|row| Record::read(&row.header))
        .filter(|one| one.thing == Thing::Retention)
        .collect();
    assert_eq!(
        book.iter().map(|row| row.n).collect::<Vec<_>>(),
        (1..=book.len() as u64).collect::<Vec<_>>()
    );
    assert_eq!(purged.iter().map(|one| one.more.max(1)).sum::<u64>(), 1 + 1 + 1 + 2);
    assert_eq!(purged.last().unwrap().subject.room, Some(room(2)));
    for sql in [
        "DELETE FROM audit",
        "DELETE FROM purged",
        "UPDATE purged SET removed = 99",
    ] {
        let refused = ground.behind_its_back(sql.to_owned()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    store.log(Reach::All, at(11 * YEAR)).await.unwrap();
    store.close().await;
    let found = ledger_checked(&ground).await;
    assert_eq!((found.faults.len(), found.destroyed), (0, 4), "{found:?}");
}

async fn a_link_or_a_process_note_is_something_done_in_a_room(ground: Ground) {
    let store = years_ago(&ground).await;
    let link = NewInvite {
        room: room(1),
        at: at(9 * YEAR),
        ..new_invite(8, Role::Member, false)
    };
    store.create_invite(link).await.unwrap();
    let sealed = Private::from("sealed by its author");
    store.keep_author_key(account(), &sealed, 0, at(9)).await.unwrap();
    let kept = store
        .keep_private_note(account(), room(2), 1, &sealed, 0, at(9 * YEAR))
        .await;
    assert!(kept.is_ok(), "{kept:?}");
    let terms: Terms = "audit=forever".parse().unwrap();
    let before = purge(&store, &terms, at(11 * YEAR), false).await.unwrap();
    assert_eq!(before[&Class::Records], Gone::default());
    let after = purge(&store, &terms, at(19 * YEAR + DAY_MS), false).await.unwrap();
    assert_eq!(after[&Class::Records].removed, 2);
    store.close().await;
}

async fn a_hold_that_was_set_meanwhile_keeps_the_audit_book(ground: Ground) {
    let store = years_ago(&ground).await;
    let hold = Hold {
        participant: None,
        set_by: account(),
        set_at: at(44),
        reason: BODY.to_owned(),
    };
    store.hold(room(3), &hold).await.unwrap();
    assert_eq!(
        store.empty_audit(practice(), 0, 2, b"x", ("audit", at(8))).await,
        Err(StoreFault::Unavailable)
    );
    let book = store.audit_after(practice(), 0, 100).await.unwrap();
    assert!(book.iter().all(|row| !row.header.is_empty()));
    store.close().await;
}

async fn a_clock_that_jumped_removes_nothing_by_itself(ground: Ground) {
    let store = years_ago(&ground).await;
    // The newest record of the book is of year 20. Under the clock that jumped something is noted, and the server is started again.
    for (days, gone) in [(61, false), (61, false), (59, true)] {
        let clock = rondo::clock::Clock::of(move || at(20 * YEAR + days * DAY_MS));
        let stop = tokio_util::sync::CancellationToken::new();
        stop.cancel(); // after its first look
        rondo::retention::keep(store.clone(), clock, Terms::default(), stop).await;
        assert_eq!(!store.purged().await.unwrap().is_empty(), gone, "{days} days later");
        let noted = retention_record(at(20 * YEAR + days * DAY_MS)).header();
        store.append_audit(practice(), &[noted]).await.unwrap();
    }
    assert_eq!(store.believed().await, Ok(Some(at(20 * YEAR + 59 * DAY_MS))));
    store.close().await;
}

fn retention_record(now: Timestamp) -> Record {
    Record {
        at: now,
        by: By::Nobody,
        cut_off: false,
        does: Does::Writes,
        granted: true,
        more: 0,
        subject: rondo::audit::Subject::default(),
        thing: Thing::Retention,
    }
}

/// Whatever ends the process behind the destruction: the destruction itself is counted and noted.
async fn what_goes_because_its_term_is_over_is_counted_and_noted_with_it(ground: Ground) {
    let store = years_ago(&ground).await;
    let (before, now) = (at(YEAR), at(12 * YEAR));
    let record = |_| retention_record(now).header();
    let said = Said {
        class: "records",
        record: &record,
    };
    for quiet in store.quiet_rooms(before).await.unwrap() {
        assert!(store.purge_room(&quiet, before, said, now).await.unwrap().is_some());
    }
    // Nothing else is done: here the process is killed.
    store.close().await;
    let store = ground.open().await;
    let purged = store.purged().await.unwrap();
    assert_eq!(purged.iter().map(|one| one.removed).collect::<Vec<_>>(), [1, 1]);
    let book = store.audit_after(practice(), 0, 100).await.unwrap();
    let noted = book.iter().filter_map(|row| Record::read(&row.header));
    assert_eq!(noted.filter(|one| one.thing == Thing::Retention).count(), 2);
    store.close().await;
    assert!(ledger_checked(&ground).await.is_whole());
}

/// Five events of a room that lives on: an answer, a flag, something else, an answer of a year later, something else of today.
async fn answers_of_years(store: &Store) {
    let answer = What::AnswerNoted {
        participant: person(1),
        before: Some(1),
        now: 2,
        flag: None,
    };
    let flag = What::MeasureFlagged {
        participant: person(1),
        flag: Some(MeasureFlag::New),
    };
    let other = What::AllRightSaid { participant: person(1) };
    let all = [
        (5, answer.clone()),
        (6, flag),
        (7, other.clone()),
        (YEAR, answer),
        (2 * YEAR - 10 * DAY_MS, other),
    ];
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    let mut said = append(1, epoch, 0, &["", "", "", "", ""]);
    for (new, (ms, what)) in said.events.iter_mut().zip(all) {
        (new.at, new.kind) = (at(ms), what.kind());
        let (at, by) = (at(ms), None);
        new.body = Event { at, by, what }.write().unwrap();
    }
    store.append(said).await.unwrap();
    store
        .snapshot(room(1), epoch, 5, b"a state that knows the answers")
        .await
        .unwrap();
}

async fn answers_go_by_their_own_term_while_the_room_lives_on(ground: Ground) {
    let store = furnished(&ground, 1).await;
    answers_of_years(&store).await;
    let terms: Terms = "measures=2y".parse().unwrap();
    let of = |removed, spared| Gone { removed, spared };
    let day_before = at(5 + 2 * YEAR - DAY_MS);
    let gone = purge(&store, &terms, day_before, false).await.unwrap();
    assert_eq!(gone[&Class::Measures], of(0, 0));
    assert!(store.claim(room(1)).await.unwrap().snapshot.is_some());
    let day_after = at(6 + 2 * YEAR + DAY_MS);
    let hold = Hold {
        participant: Some(person(1)),
        set_by: account(),
        set_at: at(44),
        reason: BODY.to_owned(),
    };
    store.hold(room(1), &hold).await.unwrap();
    let held = purge(&store, &terms, day_after, false).await.unwrap();
    assert_eq!(held[&Class::Measures], of(0, 2), "a hold spares them");
    store.lift_hold(room(1), Some(person(1))).await.unwrap();
    let would = purge(&store, &terms, day_after, true).await.unwrap();
    let gone = purge(&store, &terms, day_after, false).await.unwrap();
    assert_eq!((would[&Class::Measures], gone[&Class::Measures]), (of(2, 0), of(2, 0)));
    let again = purge(&store, &terms, day_after, false).await.unwrap();
    assert_eq!(again[&Class::Measures], of(0, 0), "once is enough");
    let counted = store.purged().await.unwrap();
    assert!(
        matches!(&counted[..], [one] if one.class == "measures" && one.removed == 2),
        "{counted:?}"
    );
    let book = store.audit_after(practice(), 0, 100).await.unwrap();
    let noted: Vec<Record> = book.iter().filter_map(|row| Record::read(&row.header)).collect();
    assert!(
        matches!(&noted[..], [one] if one.thing == Thing::Retention && one.more == 2 && one.subject.room == Some(room(1)))
    );
    // What is left is the room, without these answers, and without the state that knew them.
    let opened = store.claim(room(1)).await.unwrap();
    assert_eq!(opened.snapshot, None);
    let what = |event: &StoredEvent| Event::read(&event.body).unwrap().what;
    let left: Vec<_> = opened.tail.iter().map(|event| (event.emptied, what(event))).collect();
    assert_eq!(left[0], (true, What::Emptied {}));
    assert!(matches!(left[1], (true, What::MeasureFlagged { flag: None, .. })));
    assert!(matches!(left[2], (false, What::AllRightSaid { .. })));
    assert!(matches!(left[3], (false, What::AnswerNoted { now: 2, .. })));
    store.log(Reach::All, day_after).await.unwrap();
    store.close().await;
    assert!(ledger_checked(&ground).await.is_whole());
}

async fn answers_stay_while_somebody_was_in_the_room_within_a_day(ground: Ground) {
    let store = furnished(&ground, 1).await;
    answers_of_years(&store).await;
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    let mut said = append(1, epoch, 5, &["two"]);
    let now = 3 * YEAR;
    said.events[0].at = at(now - DAY_MS / 2);
    // It rested when it was looked at, and somebody came before it was its turn: they keep their room.
    let rests_since = at(now - DAY_MS);
    let resting = store.quiet_rooms(rests_since).await.unwrap();
    store.append(said).await.unwrap();
    let record = |_| retention_record(at(now)).header();
    let said = Said {
        class: "measures",
        record: &record,
    };
    let emptied = store.empty_measures(&resting[0], &[], rests_since, said, at(now)).await;
    assert_eq!(emptied, Ok(false));
    let mut goes_on = append(1, epoch, 6, &["three"]);
    goes_on.events[0].at = at(now - DAY_MS / 2);
    assert_eq!(store.append(goes_on).await, Ok(Appended::Committed { last_seq: 7 }));
    let terms: Terms = "measures=2y".parse().unwrap();
    let gone = purge(&store, &terms, at(now), false).await.unwrap();
    assert_eq!(gone[&Class::Measures], Gone::default());
    let gone = purge(&store, &terms, at(now + DAY_MS), false).await.unwrap();
    assert_eq!(gone[&Class::Measures].removed, 3);
    store.close().await;
}

/// A second store on the same database, as another node would have: it had the room's keys open when they were destroyed.
async fn who_owns_a_room_again_has_only_the_keys_that_are_left(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let other = ground.open().await;
    let epoch = other.claim(room(1)).await.unwrap().epoch;
    other.append(append(1, epoch, 0, &["one", "two"])).await.unwrap();
    let count = Count {
        session: 1,
        started_at: at(1),
        ended_at: at(2),
        people: 3,
    };
    let epoch = store.claim(room(1)).await.unwrap().epoch;
    store.forget(room(1), epoch, count).await.unwrap();
    store.stays(room(1)).await.unwrap();
    let epoch = other.claim(room(1)).await.unwrap().epoch;
    other.append(append(1, epoch, 2, &["anew"])).await.unwrap();
    other.close().await;
    assert_eq!(
        bodies(&store, 1).await,
        ["anew"],
        "it was not sealed under a key that is gone"
    );
    store.close().await;
}

async fn what_a_hold_stands_on_outlives_every_term(ground: Ground) {
    let store = years_ago(&ground).await;
    let hold = Hold {
        participant: Some(person(1)),
        set_by: account(),
        set_at: at(44),
        reason: BODY.to_owned(),
    };
    store.hold(room(1), &hold).await.unwrap();
    let pieces = store.sealed_pieces(room(1)).await.unwrap();
    let now = at(12 * YEAR);
    let gone = purge(&store, &Terms::default(), now, false).await.unwrap();
    let of = |removed, spared| Gone { removed, spared };
    assert_eq!(gone[&Class::Records], of(1, 1), "room 2 goes, room 1 stays");
    assert_eq!(gone[&Class::Audit], of(0, 2));
    assert_eq!((gone[&Class::Requests], gone[&Class::Links]), (of(0, 0), of(0, 0)));
    assert_eq!(gone[&Class::Logins], of(1, 0));
    assert_eq!(store.opening(&pieces).await, Ok(pieces.len()));
    assert_eq!(
        (
            bodies(&store, 1).await.len(),
            store.erasures(room(1)).await.unwrap().len()
        ),
        (2, 1)
    );
    assert_eq!(store.lift_hold(room(1), Some(person(1))).await, Ok(true));
    let next_day = at(12 * YEAR + DAY_MS);
    let gone = purge(&store, &Terms::default(), next_day, false).await.unwrap();
    assert_eq!((gone[&Class::Records], gone[&Class::Audit]), (of(1, 0), of(2, 0)));
    assert_eq!(store.opening(&pieces).await, Ok(0));
    let forever: Terms = "records=forever".parse().unwrap();
    let kept = purge(&store, &forever, at(200 * YEAR), true).await.unwrap();
    assert_eq!(kept[&Class::Records], Gone::default());
    store.close().await;
}

/// A second practice, begun by a link, whose only account has the same address.
async fn another_practice(store: &Store) -> (PracticeId, AccountId) {
    let (practice, account) = (PracticeId::from_bits(0xa2), AccountId::from_bits(0xb2));
    let name = PRACTICE_NAME.into();
    store.create_practice(practice, Some(&name), at(2)).await.unwrap();
    invite_colleague(
        store,
        practice,
        70,
        &[AccountRole::Administrator, AccountRole::Facilitator],
    )
    .await;
    assert_eq!(store.make_colleague(colleague(70, account, EMAIL)).await, Ok(practice));
    (practice, account)
}

async fn invite_colleague(store: &Store, practice: PracticeId, n: u128, roles: &[AccountRole]) {
    let new = NewColleagueLink {
        practice,
        link: ColleagueLinkId::from_bits(n),
        roles: roles.to_vec(),
        secret_hash: secret(n),
        at: at(2),
        ends_at: at(1_000),
    };
    store.create_colleague_link(new).await.unwrap();
}

fn colleague(link: u128, account: AccountId, email: &str) -> NewColleague {
    NewColleague {
        secret_hash: secret(link),
        account,
        name: NAME.into(),
        email: email.into(),
        password_hash: "$argon2id$v=19$…".into(),
        at: at(10),
        second_factor_due: at(20),
    }
}

/// Somebody with these roles in the first practice.
async fn works_here(store: &Store, n: u128, roles: &[AccountRole]) -> AccountId {
    let account = AccountId::from_bits(0xb00 + n);
    invite_colleague(store, practice(), n, roles).await;
    let made = store
        .make_colleague(colleague(n, account, &format!("c{n}@example.org")))
        .await;
    assert_eq!(made, Ok(practice()));
    account
}

async fn nothing_of_one_practice_is_found_from_another(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let (theirs, other) = another_practice(&store).await;
    // One address, two people's accounts: which one is a question of the practice, and each has its own key.
    let ours = store.account_by_email(&EMAIL.into()).await.unwrap().unwrap();
    let found = store
        .account_by_email_at(Some(theirs), &EMAIL.into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((ours.account, found.account), (account(), other));
    let nowhere = PracticeId::from_bits(0xa9);
    assert_eq!(store.account_by_email_at(Some(nowhere), &EMAIL.into()).await, Ok(None));
    assert_eq!(store.colleagues(theirs).await.unwrap().len(), 1);
    assert_eq!(store.rooms_of(other).await.unwrap(), []);
    assert_eq!(store.other_rooms(theirs, other, 10).await.unwrap(), []);
    // No part of a room's team, and no asking to look in, across the wall.
    let refused = store.set_part(room(1), other, Some(CareRole::Supervisor), 16).await;
    assert_eq!(refused, Err(TeamError::Fault(StoreFault::NotFound("account"))));
    let mut asking = asks(1, other);
    asking.practice = theirs;
    assert_eq!(store.ask_to_look_in(asking).await, Err(StoreFault::NotFound("room")));
    let refused = store.take_out(theirs, account(), other, None, at(3)).await;
    assert_eq!(refused, Err(KeepError::Fault(StoreFault::NotFound("account"))));
    let listed = store.practices().await.unwrap();
    assert_eq!(listed.iter().map(|one| one.people).collect::<Vec<_>>(), [1, 1]);
    // A sealed text moved to the other practice's row does not open there.
    let moved = format!(
        "UPDATE practice SET sealed_name = (SELECT sealed_name FROM practice WHERE id = {}) WHERE id = {}",
        ground.literal(theirs.bits()),
        ground.literal(practice().bits())
    );
    ground.behind_its_back(moved).await.unwrap();
    assert!(matches!(
        store.practice_name(practice()).await,
        Err(StoreFault::Damaged(_))
    ));
    store.close().await;
}

async fn a_colleagues_link_makes_one_account_however_many_come_at_one_moment(ground: Ground) {
    let store = furnished(&ground, 0).await;
    invite_colleague(&store, practice(), 71, &[AccountRole::Supervisor]).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (store, account) = (store.clone(), AccountId::from_bits(0xb10 + n));
        tries.spawn(async move {
            store
                .make_colleague(colleague(71, account, &format!("n{n}@example.org")))
                .await
        });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert_eq!(
        store.colleagues(practice()).await.unwrap()[1].roles,
        [AccountRole::Supervisor]
    );
    invite_colleague(&store, practice(), 72, &[AccountRole::Facilitator]).await;
    let taken = store
        .make_colleague(colleague(72, AccountId::from_bits(0xb20), EMAIL))
        .await;
    assert_eq!(taken, Err(ColleagueError::AddressTaken));
    assert_eq!(
        store.colleague_links(practice(), at(3)).await.unwrap().len(),
        1,
        "the link stays good"
    );
    let mut late = colleague(72, AccountId::from_bits(0xb20), "late@example.org");
    late.at = at(1_000);
    assert_eq!(store.make_colleague(late).await, Err(ColleagueError::Invalid));
    store
        .take_back_colleague_link(ColleagueLinkId::from_bits(72), at(4))
        .await
        .unwrap();
    let gone = store
        .make_colleague(colleague(72, AccountId::from_bits(0xb20), "gone@example.org"))
        .await;
    assert_eq!(gone, Err(ColleagueError::Invalid));
    store.close().await;
}

async fn a_practice_keeps_an_administrator_and_a_room_its_lead(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let fay = works_here(&store, 73, &[AccountRole::Facilitator]).await;
    let all = |_| true;
    let refused = store
        .set_roles(practice(), account(), &[AccountRole::Facilitator], all, at(10))
        .await;
    assert_eq!(refused, Err(KeepError::LastAdministrator));
    let ada = works_here(&store, 74, &[AccountRole::Administrator]).await;
    let refused = store
        .set_roles(practice(), account(), &[AccountRole::Administrator], |_| false, at(10))
        .await;
    assert_eq!(refused, Err(KeepError::NoLead));
    assert_eq!(
        store.take_out(practice(), account(), ada, None, at(3)).await,
        Err(KeepError::NoLead)
    );
    assert_eq!(
        store.set_part(room(1), account(), None, 16).await,
        Err(TeamError::NoLead)
    );
    // Two administrators who take each other out at one moment: one stays.
    let both = tokio::join!(
        store.take_out(practice(), account(), ada, Some(fay), at(3)),
        store.take_out(practice(), ada, account(), None, at(3))
    );
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    store.close().await;
}

async fn who_is_taken_out_has_no_account_no_login_and_no_room_from_that_moment(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let ada = works_here(&store, 75, &[AccountRole::Administrator]).await;
    let fay = works_here(&store, 76, &[AccountRole::Facilitator]).await;
    let new = NewLogin {
        login: login(1),
        account: account(),
        at: at(2),
        expires_at: at(1_000),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new.clone()).await.unwrap();
    let refused = store.take_out(practice(), account(), ada, Some(ada), at(3)).await;
    assert_eq!(refused, Err(KeepError::NotToOneself));
    let left = store
        .take_out(practice(), account(), ada, Some(fay), at(3))
        .await
        .unwrap();
    assert_eq!((left.logins, left.places), (vec![login(1)], vec![(room(1), person(0))]));
    assert_eq!(store.login(login(1), at(4)).await, Ok(None));
    assert_eq!(store.account(account()).await, Ok(None));
    assert_eq!(store.account_by_email(&EMAIL.into()).await, Ok(None));
    assert_eq!(store.start_login(new).await, Err(StoreFault::NotFound("account")));
    let team = store.team(room(1)).await.unwrap();
    assert_eq!(
        team.iter().map(|one| (one.account, one.part)).collect::<Vec<_>>(),
        [(fay, CareRole::Lead)]
    );
    // The address is free for whoever comes next, and the row that rooms name is still there.
    invite_colleague(&store, practice(), 77, &[AccountRole::Facilitator]).await;
    let again = store
        .make_colleague(colleague(77, AccountId::from_bits(0xb77), EMAIL))
        .await;
    assert_eq!(again, Ok(practice()));
    assert_eq!(store.room(room(1)).await.unwrap().unwrap().created_by, account());
    store.close().await;
}

async fn a_part_in_a_team_is_a_place_and_another_kind_of_part_another_place(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let fay = works_here(&store, 78, &[AccountRole::Facilitator, AccountRole::Supervisor]).await;
    let new = NewLogin {
        login: login(2),
        account: fay,
        at: at(2),
        expires_at: at(1_000),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new).await.unwrap();
    assert_eq!(store.place_in(login(2), room(1), at(3)).await, Ok(None));
    assert_eq!(
        store.set_part(room(1), fay, Some(CareRole::Supervisor), 16).await,
        Ok(None)
    );
    let listens = store.place_in(login(2), room(1), at(3)).await.unwrap().unwrap();
    assert_eq!(
        (listens.role, listens.part),
        (Role::Observer, Some(CareRole::Supervisor))
    );
    // Who listened and now leads is somebody new in the room; who leads with another word stays who they are.
    let gone = store.set_part(room(1), fay, Some(CareRole::CoFacilitator), 16).await;
    assert_eq!(gone, Ok(Some(listens.participant)));
    let leads = store.place_in(login(2), room(1), at(3)).await.unwrap().unwrap();
    assert_ne!(leads.participant, listens.participant);
    assert_eq!(leads.role, Role::Facilitator);
    assert_eq!(store.set_part(room(1), fay, Some(CareRole::Lead), 16).await, Ok(None));
    let full = store.set_part(room(1), fay, Some(CareRole::Lead), 1).await;
    assert_eq!(full, Err(TeamError::Full));
    assert_eq!(
        store.set_part(room(1), fay, None, 16).await,
        Ok(Some(leads.participant))
    );
    assert_eq!(store.place_in(login(2), room(1), at(3)).await, Ok(None));
    store.close().await;
}

fn asks(n: u128, by: AccountId) -> NewLookIn {
    NewLookIn {
        look_in: LookInId::from_bits(n),
        practice: practice(),
        room: room(1),
        by,
        participant: person(0x50 + n),
        reason: REASON.into(),
        at: at(100),
        waits_until: at(200),
    }
}

async fn a_look_in_needs_a_second_person_in_time_and_ends_by_itself(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let fay = works_here(&store, 79, &[AccountRole::Facilitator]).await;
    let new = NewLogin {
        login: login(3),
        account: fay,
        at: at(2),
        expires_at: at(100_000),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new).await.unwrap();
    store.ask_to_look_in(asks(1, fay)).await.unwrap();
    assert_eq!(
        store.place_in(login(3), room(1), at(110)).await,
        Ok(None),
        "asking opens nothing"
    );
    let id = LookInId::from_bits(1);
    for (by, moment, why) in [(fay, 110, "the one who asked"), (account(), 200, "too late")] {
        let refused = store.confirm_look_in(id, by, at(moment), at(moment + 1_000)).await;
        assert_eq!(refused, Err(LookInError::NotWaiting), "{why}");
    }
    assert_eq!(store.look_ins_that_wait(practice(), at(110), 9).await.unwrap().len(), 1);
    store.confirm_look_in(id, account(), at(110), at(1_110)).await.unwrap();
    let twice = store.confirm_look_in(id, account(), at(111), at(2_000)).await;
    assert_eq!(twice, Err(LookInError::NotWaiting), "no hour is added");
    let place = store.place_in(login(3), room(1), at(1_109)).await.unwrap().unwrap();
    assert_eq!(
        (place.role, place.part, place.until),
        (Role::Observer, None, Some(at(1_110)))
    );
    assert_eq!(store.place_in(login(3), room(1), at(1_110)).await, Ok(None));
    let record = store.look_ins_of_room(room(1), 9).await.unwrap();
    assert_eq!((record[0].by, record[0].reason.expose().as_str()), (fay, REASON));
    assert_eq!(record[0].confirmed.as_ref().map(|yes| yes.by), Some(account()));
    // Ended early, and taken back before anybody confirmed.
    store.end_look_in(id, at(500)).await.unwrap();
    assert_eq!(store.place_in(login(3), room(1), at(501)).await, Ok(None));
    store.ask_to_look_in(asks(2, fay)).await.unwrap();
    store.end_look_in(LookInId::from_bits(2), at(120)).await.unwrap();
    let refused = store
        .confirm_look_in(LookInId::from_bits(2), account(), at(121), at(1_121))
        .await;
    assert_eq!(refused, Err(LookInError::NotWaiting));
    store.close().await;
}

macro_rules! stories {
    ($($story:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story(super::Ground::sqlite()).await; })*
        }
        /// One server for all stories: starting one takes a second.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn every_story_on_postgresql() {
            let Some(server) = Postgres::start_or_report() else { return };
            $(
                let begun = std::time::Instant::now();
                // Names of databases end at 63 bytes.
                let name = stringify!($story);
                $story(Ground::postgres(&server, &name[..name.len().min(60)])).await;
                eprintln!("postgresql: {} took {:?}", stringify!($story), begun.elapsed());
            )*
        }
    };
}

stories! {
    what_was_appended_is_replayed_in_order,
    a_store_that_was_not_closed_opens_with_everything_acknowledged,
    an_owner_at_the_wrong_place_writes_nothing,
    an_older_owner_never_writes,
    a_room_is_claimed_by_one_living_node_at_a_time,
    a_room_is_anybodys_once_its_nodes_lease_is_over_by_the_databases_clock,
    a_ticket_is_used_once_on_whichever_node_and_the_newest_of_a_login_count,
    what_ended_on_one_node_is_heard_on_another,
    a_practice_cannot_write_into_a_room_of_another,
    a_command_said_twice_gets_the_same_answer,
    of_many_equal_commands_at_one_moment_one_is_written,
    a_fenced_room_and_a_repeated_command_cost_the_neighbours_nothing,
    a_row_the_database_refuses_costs_only_its_own_room,
    events_are_never_changed_and_never_deleted,
    audit_records_are_numbered_without_a_gap_and_never_changed,
    an_audit_record_is_a_leaf_and_stays_one_when_it_is_emptied,
    what_was_begun_is_noted_once_as_it_ended_or_as_cut_off,
    one_day_before_its_term_everything_is_there_and_one_day_after_it_is_gone_and_counted,
    what_a_hold_stands_on_outlives_every_term,
    a_clock_that_jumped_removes_nothing_by_itself,
    what_goes_because_its_term_is_over_is_counted_and_noted_with_it,
    answers_go_by_their_own_term_while_the_room_lives_on,
    answers_stay_while_somebody_was_in_the_room_within_a_day,
    who_owns_a_room_again_has_only_the_keys_that_are_left,
    a_link_or_a_process_note_is_something_done_in_a_room,
    a_hold_that_was_set_meanwhile_keeps_the_audit_book,
    what_is_left_of_an_emptied_event_is_read_in_its_place,
    an_erasure_ends_links_and_is_done_once_and_a_hold_is_seen,
    of_a_forgotten_sitting_only_the_count_is_left_and_nothing_opens,
    what_was_recorded_is_in_the_log_once_and_in_its_order,
    stores_that_log_at_once_number_no_leaf_twice,
    leaves_are_never_changed_and_never_deleted,
    a_destroyed_sitting_leaves_the_log_whole_and_says_in_it_that_it_went,
    a_room_opens_from_its_snapshot_and_the_events_after_it,
    a_ciphertext_opens_only_at_its_own_place,
    damaged_rows_are_faults_and_not_panics,
    another_root_key_is_noticed_at_the_start,
    after_a_rotation_the_old_stays_readable_and_the_new_is_under_new_keys,
    a_room_that_knows_where_somebody_is_is_found_when_it_is_time_and_not_before,
    what_is_sealed_for_a_person_is_gone_with_their_key,
    a_note_is_loaded_as_it_was_written_and_folded,
    notes_and_actions_of_one_moment_are_all_kept,
    the_first_run_happens_once,
    an_account_is_found_by_its_address_however_it_is_typed,
    a_room_keeps_its_pack_and_its_facilitator,
    a_reset_takes_every_factor_and_login_and_says_who_did_it,
    a_passkey_is_read_back_as_its_last_use_left_it,
    a_login_opens_its_rooms_until_it_ends,
    a_members_link_opens_a_seat_on_every_device_until_it_is_revoked,
    a_facilitator_keeps_their_login_when_a_link_they_tried_is_revoked,
    a_single_use_link_works_once_however_many_come_at_one_moment,
    a_link_signs_in_a_bounded_number_of_browsers_and_the_oldest_gives_way,
    a_device_is_listed_and_ended_by_itself_and_a_link_renewed_is_the_same_persons,
    a_pin_is_tried_so_often_on_a_device_and_goes_with_its_person,
    an_erased_persons_name_is_gone_from_links_and_seats,
    nothing_of_one_practice_is_found_from_another,
    a_colleagues_link_makes_one_account_however_many_come_at_one_moment,
    a_practice_keeps_an_administrator_and_a_room_its_lead,
    who_is_taken_out_has_no_account_no_login_and_no_room_from_that_moment,
    a_part_in_a_team_is_a_place_and_another_kind_of_part_another_place,
    a_look_in_needs_a_second_person_in_time_and_ends_by_itself,
    a_closed_store_says_that_it_is_unavailable,
}

/// Every file below a folder, whole.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn no_file_of_the_data_folder_holds_a_name_a_title_an_address_or_a_word() {
    let ground = Ground::sqlite();
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    store.append(append(1, 1, 0, &[BODY])).await.unwrap();
    store.snapshot(room(1), 1, 1, BODY.as_bytes()).await.unwrap();
    store.append_note(note_append(1, &[NOTE, NOTE])).await.unwrap();
    store
        .fold_note(room(1), 1, NoteRef::Course, 1, NOTE.as_bytes())
        .await
        .unwrap();
    another_practice(&store).await;
    store.ask_to_look_in(asks(1, account())).await.unwrap();
    let look = || {
        let found = files(ground.folder.path());
        assert!(
            found.iter().any(|(path, _)| path.ends_with("rondo.db-wal")) || found.len() == 2,
            "{found:?}"
        );
        for planted in [
            NAME,
            EMAIL,
            &EMAIL.to_lowercase(),
            TITLE,
            BODY,
            GUEST,
            NOTE,
            DAY,
            REASON,
            PRACTICE_NAME,
        ] {
            for (path, bytes) in &found {
                assert!(!holds(bytes, planted.as_bytes()), "{planted} in {}", path.display());
            }
        }
        // The search itself works: what may be read there is found.
        assert!(found.iter().any(|(_, bytes)| holds(bytes, b"group-ipt-8")));
    };
    look();
    store.close().await;
    look();
}

#[tokio::test]
async fn every_file_of_the_data_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let ground = Ground::sqlite();
    let store = furnished(&ground, 1).await;
    let modes = |folder: &Path| -> Vec<(String, u32)> {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                (entry.file_name().into_string().unwrap(), mode)
            })
            .collect()
    };
    let modes = modes(ground.folder.path());
    assert_eq!(modes.len(), 4, "database, log, index and root key: {modes:?}");
    assert!(modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
    store.close().await;
}

#[tokio::test]
async fn folded_updates_leave_no_byte_in_the_files() {
    let ground = Ground::sqlite();
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store
        .append_note(note_append(1, &["x".repeat(9000).as_str(), "short"]))
        .await
        .unwrap();
    store.append(append(1, 1, 0, &["kept"])).await.unwrap();
    let sealed: Vec<Vec<u8>> = {
        use sqlx::Row;
        let path = ground.folder.path().join("rondo.db");
        let mut db = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
        let rows = sqlx::query("SELECT sealed FROM note_update")
            .fetch_all(&mut db)
            .await
            .unwrap();
        db.close().await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(sealed.len(), 2);
    // Pieces small enough to lie whole on one page.
    let pieces: HashSet<&[u8]> = sealed.iter().flat_map(|bytes| bytes.chunks_exact(32)).collect();
    let left = || {
        let found = files(ground.folder.path());
        let seen: HashSet<&[u8]> = found
            .iter()
            .flat_map(|(_, bytes)| bytes.windows(32))
            .filter(|bytes| pieces.contains(bytes))
            .collect();
        seen.len()
    };
    assert!(left() > pieces.len() * 9 / 10, "the search finds what is there");
    store
        .fold_note(room(1), 1, NoteRef::Course, 2, b"folded")
        .await
        .unwrap();
    store.purge().await.unwrap();
    assert_eq!(left(), 0);
    assert_eq!(
        store
            .load_note(room(1), NoteRef::Course)
            .await
            .unwrap()
            .folded
            .as_deref(),
        Some(b"folded".as_slice())
    );
    assert_eq!(bodies(&store, 1).await, ["kept"]);
    store.close().await;
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let root = RootKey::load_or_create(folder.path()).unwrap();
    let path = folder.path().join("rondo.db");
    std::fs::write(&path, "not a database, but long enough to look at: ".repeat(200)).unwrap();
    let opened = Store::open(StoreConfig::Sqlite(path), root.clone(), FatalHook::new(|_| {})).await;
    assert!(matches!(opened, Err(StoreFault::Damaged(_))), "{opened:?}");
    let nowhere = folder.path().join("missing/rondo.db");
    let opened = Store::open(StoreConfig::Sqlite(nowhere), root, FatalHook::new(|_| {})).await;
    assert!(
        matches!(opened, Err(StoreFault::File(std::io::ErrorKind::NotFound))),
        "{opened:?}"
    );
}

#[tokio::test]
async fn a_database_cut_short_is_a_fault_and_not_a_panic() {
    let ground = Ground::sqlite();
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    store.append(append(1, 1, 0, &[BODY])).await.unwrap();
    store.close().await;
    let path = ground.folder.path().join("rondo.db");
    let whole = std::fs::read(&path).unwrap();
    let mut told = 0;
    for kept in [100, 4096, 8192, whole.len() / 2, whole.len() - 4096] {
        std::fs::write(&path, &whole[..kept]).unwrap();
        let hook = FatalHook::new(|_| {});
        let faults = match Store::open(ground.config.clone(), ground.root(), hook).await {
            Err(_) => true,
            Ok(store) => {
                let faulty = store.claim(room(1)).await.is_err() || store.room(room(1)).await.is_err();
                store.close().await;
                faulty
            }
        };
        told += usize::from(faults);
    }
    assert!(told >= 4, "{told} of 5 were noticed");
}

#[test]
fn private_values_do_not_show_in_debug_output() {
    let shown = format!(
        "{:?} {:?} {:?}",
        append(1, 1, 0, &[BODY]),
        set_up(),
        note_append(1, &[NOTE])
    );
    for planted in [BODY, NAME, EMAIL, NOTE] {
        assert!(!shown.contains(planted), "{shown}");
    }
    let url = StoreConfig::Postgres(Private("postgres://user:password@host/db".to_owned()));
    assert!(!format!("{url:?}").contains("password"));
}
