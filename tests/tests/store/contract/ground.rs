//! What a story stands on: an empty folder and a database, and what is furnished first.

use protocol::api::DeviceKind;
use protocol::{AccountId, CommandId, InviteId, ParticipantId, PracticeId, Role, RoomId, Timestamp};
use rondo::keys::RootKey;
use rondo::store::directory::{Exchange, LoginId, NewInvite, NewRoom, PinnedPack, SetUp};
use rondo::store::{Append, FatalHook, NewEvent, Store, StoreConfig, StoreFault, StoredEvent};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;
use tests::postgres::Postgres;

pub(super) const NAME: &str = "Planted-Name-Annelie";
pub(super) const EMAIL: &str = "Planted.Address@example.org";
pub(super) const TITLE: &str = "Planted-Title-Thursday-Group";
pub(super) const BODY: &str = "Planted-Body-what-was-said";
pub(super) const GUEST: &str = "Planted-Guest-Benedikt";
pub(super) const NOTE: &str = "Planted-Note-what-was-written";
pub(super) const REASON: &str = "Planted-Reason-nobody-can-be-reached";
pub(super) const PRACTICE_NAME: &str = "Planted-Practice-by-the-lake";
pub(super) const DAY: &str = "2031-02-07";

/// An empty data folder and a database to stand on.
pub(super) struct Ground {
    pub(super) folder: TempDir,
    pub(super) config: StoreConfig,
}

impl Ground {
    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig::Sqlite(folder.path().join("rondo.db"));
        Self { folder, config }
    }

    pub(super) fn postgres(server: &Postgres, name: &str) -> Self {
        let config = StoreConfig::Postgres(server.fresh_database(name));
        Self {
            folder: tempfile::tempdir().unwrap(),
            config,
        }
    }

    pub(super) fn root(&self) -> RootKey {
        RootKey::load_or_create(self.folder.path()).unwrap()
    }

    pub(super) async fn open(&self) -> Store {
        self.tries_to_open().await.unwrap()
    }

    pub(super) async fn tries_to_open(&self) -> Result<Store, StoreFault> {
        let hook = FatalHook::new(|why| panic!("{why}"));
        Store::open(self.config.clone(), self.root(), hook).await
    }

    /// How a change of the tables is noted that this release does not know.
    pub(super) fn a_later_change(&self) -> String {
        let sum = match &self.config {
            StoreConfig::Sqlite(_) => "x'00'",
            StoreConfig::Postgres(_) => "'\\x00'::bytea",
        };
        format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, {sum}, 1)"
        )
    }

    /// Says a statement to the database behind the store's back.
    pub(super) async fn behind_its_back(&self, sql: String) -> Result<u64, sqlx::Error> {
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
    pub(super) fn literal(&self, bits: u128) -> String {
        match &self.config {
            StoreConfig::Sqlite(_) => format!("x'{bits:032x}'"),
            StoreConfig::Postgres(_) => format!("'\\x{bits:032x}'::bytea"),
        }
    }
}

pub(super) fn practice() -> PracticeId {
    PracticeId::from_bits(0xa1)
}

pub(super) fn account() -> AccountId {
    AccountId::from_bits(0xb1)
}

pub(super) fn room(n: u128) -> RoomId {
    RoomId::from_bits(0xc00 + n)
}

pub(super) fn person(n: u128) -> ParticipantId {
    ParticipantId::from_bits(0xd00 + n)
}

pub(super) fn command(n: u128) -> CommandId {
    CommandId::from_bits(0xe00 + n)
}

pub(super) fn login(n: u8) -> LoginId {
    LoginId([n; 32])
}

pub(super) fn at(n: u64) -> Timestamp {
    Timestamp(1_900_000_000_000 + n)
}

pub(super) fn set_up() -> SetUp {
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

pub(super) fn new_room(n: u128) -> NewRoom {
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

pub(super) fn new_invite(n: u128, role: Role, single_use: bool) -> NewInvite {
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

pub(super) fn secret(n: u128) -> [u8; 32] {
    [n as u8 ^ 0x55; 32]
}

pub(super) fn exchange(invite: u128, device: u8) -> Exchange {
    Exchange {
        secret_hash: secret(invite),
        login: login(device),
        at: at(20),
        expires_at: at(1_000_000),
        device: DeviceKind::of_words("phone android firefox"),
    }
}

pub(super) fn event(body: &str) -> NewEvent {
    NewEvent {
        kind: "floor.asked",
        at: at(5),
        actor: Some(person(1)),
        body: body.as_bytes().to_vec(),
    }
}

pub(super) fn append(n: u128, epoch: u64, after_seq: u64, bodies: &[&str]) -> Append {
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
pub(super) async fn furnished(ground: &Ground, rooms: u128) -> Store {
    let store = ground.open().await;
    store.set_up(set_up()).await.unwrap();
    for n in 1..=rooms {
        store.create_room(new_room(n)).await.unwrap();
    }
    store
}

pub(super) async fn bodies(store: &Store, n: u128) -> Vec<String> {
    let read = store.read_events(room(n), 1, 1000).await.unwrap();
    let shown = |event: StoredEvent| String::from_utf8(event.body).unwrap();
    read.into_iter().map(shown).collect()
}
