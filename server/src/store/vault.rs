//! The vault: which key belongs to whom. It reads wrapped keys from the database, opens them under the root key, and keeps them in memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use protocol::{ParticipantId, PracticeId, RoomId};

use super::engine::Engine;
use super::rotate::{FORMER, PRACTICE_KEYS, former_roots, key_number};
use super::sql::{Row, values};
use super::{StoreFault, limits};
use crate::keys::{Context, Key, KeyKind, RootKey, SigningKey, is_signed};

/// A sealed text that does not open.
pub(super) const UNREADABLE: StoreFault = StoreFault::Damaged("a sealed text does not open at its place");
/// The first key of a room; a change of members may bring a second one later.
pub(super) const FIRST_KEY: u32 = 1;

/// A practice's own keys.
pub(super) struct Practice {
    pub(super) id: PracticeId,
    /// Oldest first, with their numbers; never empty.
    keys: Vec<(u32, Key)>,
    email_index: Key,
    pseudonym: Key,
}

impl Practice {
    /// A practice's keys, oldest first. Names that must stay what they are grow from the first.
    pub(super) fn new(id: PracticeId, keys: Vec<(u32, Key)>) -> Result<Self, StoreFault> {
        let (_, first) = keys.first().ok_or(StoreFault::NotFound("practice"))?;
        Ok(Self {
            id,
            email_index: first.derive("rondo.email-index.1"),
            pseudonym: first.derive("rondo.pseudonym.1"),
            keys,
        })
    }

    /// The number of its newest key.
    pub(super) fn newest(&self) -> u32 {
        self.keys.last().map_or(FIRST_KEY, |(id, _)| *id)
    }

    pub(super) fn add(&mut self, id: u32, key: Key) {
        self.keys.push((id, key));
    }

    fn key(&self) -> &Key {
        let (_, key) = self.keys.last().expect("a practice has a key from its first moment");
        key
    }

    pub(super) fn wrap(&self, kind: KeyKind, owner: &[u128], key: &Key) -> Vec<u8> {
        self.key().wrap(&wrapping(self.id, kind, owner), key)
    }

    /// Opens a wrapped key: as a rule it is under the newest, and after a rotation that another node slept through under an older one.
    pub(super) fn unwrap(&self, kind: KeyKind, owner: &[u128], wrapped: &[u8]) -> Result<Key, StoreFault> {
        let place = wrapping(self.id, kind, owner);
        let mut newest_first = self.keys.iter().rev();
        newest_first
            .find_map(|(_, key)| key.unwrap(&place, wrapped).ok())
            .ok_or(StoreFault::Damaged("a wrapped key does not open"))
    }

    /// Seals what belongs to the practice itself.
    pub(super) fn seal(&self, place: &Context, plain: &[u8]) -> Vec<u8> {
        self.key().seal(place, plain)
    }

    pub(super) fn open(&self, place: &Context, sealed: &[u8]) -> Option<Vec<u8>> {
        self.keys.iter().rev().find_map(|(_, key)| key.open(place, sealed).ok())
    }

    /// A name for an address under which it can be found, but from which it cannot be read.
    pub(super) fn email_index(&self, email: &str) -> [u8; 32] {
        self.email_index.tag(email.as_bytes())
    }

    /// What the practice's sign-in service calls somebody, as nobody outside the practice can lead it back. No address holds a NUL.
    pub(super) fn outside_index(&self, issuer: &str, subject: &str) -> [u8; 32] {
        self.email_index.tag(format!("outside\0{issuer}\0{subject}").as_bytes())
    }

    /// A name for a participant that nobody outside the practice can lead back.
    fn pseudonym(&self, room: RoomId, participant: ParticipantId) -> [u8; 16] {
        let place = [room.bits().to_be_bytes(), participant.bits().to_be_bytes()].concat();
        let tag = self.pseudonym.tag(&place);
        *tag.first_chunk().expect("a tag of 32 bytes has 16")
    }
}

/// What a wrapped key's associated data says: practice, kind, owner.
pub(super) fn wrapping(practice: PracticeId, kind: KeyKind, owner: &[u128]) -> Context {
    let place = Context::of("rondo.key.1")
        .id(practice.bits())
        .with(kind.word().as_bytes());
    owner.iter().fold(place, |place, part| place.id(*part))
}

/// The same for a practice's own key. The first one says no number: it was wrapped before there were others.
pub(super) fn practice_wrapping(practice: PracticeId, key_id: u32) -> Context {
    match key_id {
        FIRST_KEY => wrapping(practice, KeyKind::Practice, &[]),
        later => wrapping(practice, KeyKind::Practice, &[u128::from(later)]),
    }
}

/// A room's keys, newest last.
pub(super) struct Group {
    practice: Arc<Practice>,
    room: RoomId,
    keys: Vec<(u32, Key)>,
}

impl Group {
    pub(super) fn new(practice: Arc<Practice>, room: RoomId, key: Key) -> Self {
        Self {
            practice,
            room,
            keys: vec![(FIRST_KEY, key)],
        }
    }

    pub(super) fn practice(&self) -> PracticeId {
        self.practice.id
    }

    /// The key that new texts are sealed under.
    pub(super) fn key_id(&self) -> u32 {
        self.keys.last().map_or(FIRST_KEY, |(id, _)| *id)
    }

    pub(super) fn pseudonym(&self, participant: ParticipantId) -> [u8; 16] {
        self.practice.pseudonym(self.room, participant)
    }

    /// A key of this room, wrapped.
    pub(super) fn wrap(&self, kind: KeyKind, owner: &[u128], key: &Key) -> Vec<u8> {
        self.practice.wrap(kind, owner, key)
    }

    /// The same room under another key, and under none of its old ones.
    pub(super) fn renewed(&self, key_id: u32, key: Key) -> Self {
        Self {
            practice: Arc::clone(&self.practice),
            room: self.room,
            keys: vec![(key_id, key)],
        }
    }

    /// A place in this room: every associated data begins with practice and room.
    pub(super) fn place(&self, purpose: &str) -> Context {
        Context::of(purpose).id(self.practice.id.bits()).id(self.room.bits())
    }

    /// `key id || sealed`. The key id stands in the associated data too.
    pub(super) fn seal(&self, place: Context, plain: &[u8]) -> Vec<u8> {
        let (id, key) = self.keys.last().expect("a group has a key from its first moment");
        let mut sealed = id.to_be_bytes().to_vec();
        sealed.extend_from_slice(&key.seal(&place.with(&id.to_be_bytes()), plain));
        sealed
    }

    pub(super) fn open(&self, place: Context, sealed: &[u8]) -> Result<Vec<u8>, StoreFault> {
        let (id, sealed) = sealed.split_first_chunk().ok_or(UNREADABLE)?;
        let wanted = u32::from_be_bytes(*id);
        let (_, key) = self.keys.iter().find(|(id, _)| *id == wanted).ok_or(UNREADABLE)?;
        key.open(&place.with(id), sealed).map_err(|_| UNREADABLE)
    }
}

/// A person's key, or the mark that it was destroyed.
#[derive(Clone)]
pub(super) enum Person {
    Key(Arc<Key>),
    Erased,
}

pub(super) struct Vault {
    root: RootKey,
    /// With what former root keys signed, as the root key vouches for it.
    former: Mutex<Vec<[u8; 32]>>,
    practices: Cache<PracticeId, Arc<Practice>>,
    groups: Cache<RoomId, Arc<Group>>,
    people: Cache<(RoomId, ParticipantId), Arc<Key>>,
    /// Held while a key is read into a cache and while one is destroyed: else a slow reader could put a destroyed key back.
    change: tokio::sync::Mutex<()>,
}

impl Vault {
    pub(super) fn new(root: RootKey) -> Self {
        Self {
            root,
            former: Mutex::default(),
            practices: Cache::default(),
            groups: Cache::default(),
            people: Cache::default(),
            change: tokio::sync::Mutex::new(()),
        }
    }

    /// Opens every practice's key: a wrong root key is noticed at the start and not at the first word.
    pub(super) async fn check_root(&self, engine: &Engine) -> Result<(), StoreFault> {
        let mut practices: Vec<(PracticeId, Vec<(u32, Key)>)> = Vec::new();
        for row in engine.rows(PRACTICE_KEYS, values![]).await? {
            let id = row.practice(0)?;
            let key = self.practice_key(&row)?;
            match practices.last_mut() {
                Some((of, keys)) if *of == id => keys.push(key),
                _ => practices.push((id, vec![key])),
            }
        }
        for (id, keys) in practices {
            self.practices.put(id, Arc::new(Practice::new(id, keys)?));
        }
        let former = former_roots(&self.root, engine.rows(FORMER, values![]).await?)?;
        *self.former.lock().expect("nobody panics while holding the list") =
            former.into_iter().map(|one| one.public).collect();
        Ok(())
    }

    pub(super) const fn root(&self) -> &RootKey {
        &self.root
    }

    /// A new practice with its wrapped key, to be written by the caller.
    pub(super) fn new_practice(&self, id: PracticeId) -> (Practice, Vec<u8>) {
        let key = Key::draw();
        let wrapped = self.root.key().wrap(&wrapping(id, KeyKind::Practice, &[]), &key);
        let practice = Practice::new(id, vec![(FIRST_KEY, key)]).expect("it has the key that was just drawn");
        (practice, wrapped)
    }

    pub(super) async fn practice(&self, engine: &Engine, id: PracticeId) -> Result<Arc<Practice>, StoreFault> {
        if let Some(practice) = self.practices.get(&id) {
            return Ok(practice);
        }
        let sql = "SELECT id, 1, wrapped_key FROM practice WHERE id = $1
                   UNION ALL SELECT practice, key_id, wrapped FROM practice_key WHERE practice = $1 ORDER BY 2";
        let rows = engine.rows(sql, values![id]).await?;
        let keys = rows
            .iter()
            .map(|row| self.practice_key(row))
            .collect::<Result<_, _>>()?;
        let practice = Arc::new(Practice::new(id, keys)?);
        self.practices.put(id, Arc::clone(&practice));
        Ok(practice)
    }

    /// A practice's key from a row with its practice, its number and itself.
    pub(super) fn practice_key(&self, row: &Row) -> Result<(u32, Key), StoreFault> {
        let number = key_number(row, 1)?;
        let place = practice_wrapping(row.practice(0)?, number);
        let key = self.root.key().unwrap(&place, &row.bytes(2)?);
        key.map(|key| (number, key)).map_err(|_| StoreFault::WrongRootKey)
    }

    pub(super) async fn group(&self, engine: &Engine, room: RoomId) -> Result<Arc<Group>, StoreFault> {
        if let Some(group) = self.groups.get(&room) {
            return Ok(group);
        }
        let _change = self.change.lock().await;
        let rows = engine
            .rows(
                "SELECT practice, key_id, wrapped FROM group_key WHERE room = $1 ORDER BY key_id",
                values![room],
            )
            .await?;
        let id = rows.first().ok_or(StoreFault::NotFound("room"))?.practice(0)?;
        let practice = self.practice(engine, id).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let key_id = u32::try_from(row.int(1)?).map_err(|_| StoreFault::Damaged("a key's number"))?;
            let owner = [room.bits(), u128::from(key_id)];
            keys.push((key_id, practice.unwrap(KeyKind::Group, &owner, &row.bytes(2)?)?));
        }
        let group = Arc::new(Group { practice, room, keys });
        self.groups.put(room, Arc::clone(&group));
        Ok(group)
    }

    /// A person's key. `None`: nothing was ever sealed for them.
    pub(super) async fn person(
        &self,
        engine: &Engine,
        room: RoomId,
        who: ParticipantId,
    ) -> Result<Option<Person>, StoreFault> {
        if let Some(key) = self.people.get(&(room, who)) {
            return Ok(Some(Person::Key(key)));
        }
        let _change = self.change.lock().await;
        self.read_person(engine, room, who).await
    }

    async fn read_person(
        &self,
        engine: &Engine,
        room: RoomId,
        who: ParticipantId,
    ) -> Result<Option<Person>, StoreFault> {
        let sql = "SELECT practice, wrapped FROM person_key WHERE room = $1 AND participant = $2";
        let Some(row) = engine.row(sql, values![room, who]).await? else {
            return Ok(None);
        };
        let wrapped = row.bytes(1)?;
        if wrapped.is_empty() {
            return Ok(Some(Person::Erased));
        }
        let practice = self.practice(engine, row.practice(0)?).await?;
        let key = Arc::new(practice.unwrap(KeyKind::Participant, &[room.bits(), who.bits()], &wrapped)?);
        self.people.put((room, who), Arc::clone(&key));
        Ok(Some(Person::Key(key)))
    }

    /// Opens the keys of everybody in a room with one read.
    pub(super) async fn warm_people(&self, engine: &Engine, room: RoomId) -> Result<(), StoreFault> {
        let _change = self.change.lock().await;
        let sql = "SELECT practice, participant, wrapped FROM person_key WHERE room = $1";
        for row in engine.rows(sql, values![room]).await? {
            let who = row.participant(1)?;
            let wrapped = row.bytes(2)?;
            if !wrapped.is_empty() && self.people.get(&(room, who)).is_none() {
                let practice = self.practice(engine, row.practice(0)?).await?;
                let key = practice.unwrap(KeyKind::Participant, &[room.bits(), who.bits()], &wrapped)?;
                self.people.put((room, who), Arc::new(key));
            }
        }
        Ok(())
    }

    /// A person's key, made when it is first needed.
    pub(super) async fn person_or_new(
        &self,
        engine: &Engine,
        room: RoomId,
        who: ParticipantId,
    ) -> Result<Arc<Key>, StoreFault> {
        match self.person(engine, room, who).await? {
            Some(Person::Key(key)) => return Ok(key),
            Some(Person::Erased) => return Err(StoreFault::Erased),
            None => {}
        }
        let group = self.group(engine, room).await?;
        let _change = self.change.lock().await;
        let owner = [room.bits(), who.bits()];
        let wrapped = group.practice.wrap(KeyKind::Participant, &owner, &Key::draw());
        // Another node may be quicker: its key counts, so the row is read back in any case.
        let sql = "INSERT INTO person_key (practice, room, participant, wrapped) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (room, participant) DO NOTHING";
        engine.write(sql, values![group.practice(), room, who, wrapped]).await?;
        match self.read_person(engine, room, who).await? {
            Some(Person::Key(key)) => Ok(key),
            Some(Person::Erased) => Err(StoreFault::Erased),
            None => Err(StoreFault::Damaged("a person's key that was just written")),
        }
    }

    /// Holds off everybody who would read a key into memory.
    pub(super) async fn change(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.change.lock().await
    }

    /// Drops every open key of a room. The caller holds [`Vault::change`].
    pub(super) fn forget_room(&self, room: RoomId) {
        self.groups.forget(&room);
        self.people.retain(|(of, _)| *of != room);
    }

    /// A key for one purpose that whoever has the root key works out alike.
    pub(super) fn derived(&self, purpose: &str) -> Key {
        self.root.key().derive(purpose)
    }

    /// Signs a record of what was destroyed.
    pub(super) fn attest(&self, record: &[u8]) -> Vec<u8> {
        SigningKey::for_records(&self.root).sign(record)
    }

    /// Whether [`Vault::attest`] signed it, under this root key or one before it.
    pub(super) fn is_attested(&self, record: &[u8], signature: &[u8]) -> bool {
        let former = self.former.lock().expect("nobody panics while holding the list");
        is_signed(SigningKey::for_records(&self.root).public(), record, signature)
            || former.iter().any(|public| is_signed(public, record, signature))
    }

    /// Overwrites a person's key with nothing and forgets it.
    pub(super) async fn destroy_person(
        &self,
        engine: &Engine,
        room: RoomId,
        who: ParticipantId,
    ) -> Result<(), StoreFault> {
        let group = self.group(engine, room).await?;
        let _change = self.change.lock().await;
        let sql = "INSERT INTO person_key (practice, room, participant, wrapped) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (room, participant) DO UPDATE SET wrapped = excluded.wrapped";
        let written = engine
            .write(sql, values![group.practice(), room, who, Vec::new()])
            .await;
        // Even if the write's outcome is unknown the key must not linger in memory.
        self.people.forget(&(room, who));
        written.map(|_| ())
    }
}

/// Open keys by owner, bounded.
struct Cache<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    fn get(&self, key: &K) -> Option<V> {
        self.held().get(key).cloned()
    }

    fn put(&self, key: K, value: V) {
        let mut held = self.held();
        if held.len() >= limits::MAX_OPEN_KEYS {
            held.clear();
        }
        held.insert(key, value);
    }

    fn retain(&self, keep: impl Fn(&K) -> bool) {
        self.held().retain(|key, _| keep(key));
    }

    fn forget(&self, key: &K) {
        self.held().remove(key);
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<K, V>> {
        self.0.lock().expect("nobody panics while holding the cache")
    }
}
