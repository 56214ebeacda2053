//! The least a store must hold before a room can be written to: a practice, an account, a few rooms. And groups full of people whose
//! devices are signed in, for whoever needs thousands of them before the server starts.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::{AccountId, InviteId, ParticipantId, PracticeId, Role, RoomId, Timestamp};
use rondo::packs::Shelf;
use rondo::store::Store;
use rondo::store::directory::{Exchange, LoginId, NewInvite, NewRoom, PinnedPack, SetUp, SetUpError};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

/// Rooms that [`furnish`] makes, numbered from 1.
pub const ROOMS: u128 = 4;

/// The practice that [`furnish`] makes.
pub const PRACTICE: PracticeId = PracticeId::from_bits(1);

/// Makes practice, account and [`ROOMS`] rooms; does nothing the second time.
pub async fn furnish(store: &Store) {
    furnish_rooms(store, ROOMS).await;
}

/// Makes practice, account and so many rooms, as far as they are not there yet.
pub async fn furnish_rooms(store: &Store, rooms: u128) {
    let account = practice(store).await;
    for n in 1..=rooms {
        let room = RoomId::from_bits(n);
        if store.room(room).await.expect("the directory answers").is_some() {
            continue;
        }
        let pack = PinnedPack {
            id: "p".to_owned(),
            version: "1".to_owned(),
            digest: "d".to_owned(),
        };
        create(store, room, account, (pack, vec![0]), ParticipantId::from_bits(n)).await;
    }
}

/// Somebody with a seat and a device that is signed in. The first of a group leads it.
#[derive(Debug, Clone)]
pub struct Guest {
    pub participant: ParticipantId,
    pub cookie: String,
}

/// Makes so many groups on the pack that comes along, numbered from 1, each of `people`. The participants' numbers are
/// [`participant`]'s.
pub async fn furnish_groups(store: &Store, groups: usize, people: usize) -> Vec<Vec<Guest>> {
    let account = practice(store).await;
    let pack = Shelf::fill(None).find("group-ipt-8").expect("the pack comes along");
    let bytes = serde_json::to_vec(&*pack).expect("a pack is plain data");
    let mut all = vec![Vec::new(); groups];
    for batch in (0..groups).collect::<Vec<_>>().chunks(GROUPS_AT_ONCE) {
        let mut making = JoinSet::new();
        for &group in batch {
            let pinned = PinnedPack {
                id: pack.id.clone(),
                version: pack.version.clone(),
                digest: pack.digest.clone(),
            };
            let (store, bytes) = (store.clone(), bytes.clone());
            making.spawn(async move {
                // The account's own seat in the group, which nobody takes.
                let nobody = ParticipantId::from_bits(u128::MAX);
                create(&store, room(group), account, (pinned, bytes), nobody).await;
                let mut guests = Vec::with_capacity(people);
                for person in 0..people {
                    guests.push(seated(&store, group, person).await);
                }
                (group, guests)
            });
        }
        for (group, guests) in making.join_all().await {
            all[group] = guests;
        }
    }
    all
}

/// The store has one writer; a few groups at once keep it busy.
const GROUPS_AT_ONCE: usize = 16;
/// More than a group may hold, so that everybody's number is their own.
const NUMBERS_PER_GROUP: usize = 1_000;
/// The devices stay signed in for a day.
const SIGNED_IN_SECONDS: u64 = 24 * 60 * 60;

/// The room of a group that [`furnish_groups`] made.
pub const fn room(group: usize) -> RoomId {
    RoomId::from_bits(group as u128 + 1)
}

/// A person of a group that [`furnish_groups`] made.
pub const fn participant(group: usize, person: usize) -> ParticipantId {
    ParticipantId::from_bits((group * NUMBERS_PER_GROUP + person + 1) as u128)
}

/// The group and the person that a participant's number stands for.
pub const fn whose(participant: ParticipantId) -> (usize, usize) {
    let number = participant.bits() as usize - 1;
    (number / NUMBERS_PER_GROUP, number % NUMBERS_PER_GROUP)
}

async fn seated(store: &Store, group: usize, person: usize) -> Guest {
    let participant = participant(group, person);
    let now = now();
    // The link's secret is never said: only its hash is kept, and the exchange asks for no more.
    let secret_hash = Sha256::digest(participant.bits().to_be_bytes()).into();
    let invite = NewInvite {
        invite: InviteId::from_bits(participant.bits()),
        room: room(group),
        participant,
        name: format!("Person {person}").as_str().into(),
        role: if person == 0 { Role::Facilitator } else { Role::Member },
        secret_hash,
        single_use: false,
        at: now,
    };
    store.create_invite(invite).await.expect("the link is made");
    // As long as a real one.
    let secret = format!("{:043}", participant.bits());
    let exchange = Exchange {
        secret_hash,
        login: LoginId(Sha256::digest(secret.as_bytes()).into()),
        at: now,
        expires_at: now.plus_seconds(SIGNED_IN_SECONDS),
        device: protocol::api::DeviceKind::of_words(""),
    };
    store.exchange(exchange).await.expect("the link opens a seat");
    Guest {
        participant,
        cookie: format!("__Host-rondo={secret}"),
    }
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set");
    Timestamp(u64::try_from(since.as_millis()).expect("a date within reason"))
}

async fn practice(store: &Store) -> AccountId {
    let account = AccountId::from_bits(1);
    let set_up = SetUp {
        practice: PRACTICE,
        account,
        name: "A".into(),
        email: "a@example.org".into(),
        password_hash: "$".into(),
        at: Timestamp(0),
        second_factor_due: Timestamp(0),
    };
    match store.set_up(set_up).await {
        Ok(()) | Err(SetUpError::AlreadySetUp) => {}
        // A first run that was cut off after its commit leaves nothing to do either.
        Err(SetUpError::Fault(_)) if store.practice().await == Ok(Some(PRACTICE)) => {}
        Err(fault) => panic!("{fault}"),
    }
    account
}

async fn create(
    store: &Store,
    room: RoomId,
    account: AccountId,
    (pack, pack_bytes): (PinnedPack, Vec<u8>),
    participant: ParticipantId,
) {
    let new = NewRoom {
        room,
        practice: PRACTICE,
        title: "Group".into(),
        pack,
        pack_bytes,
        language: "en".to_owned(),
        starts_on: None,
        created_by: account,
        participant,
        at: Timestamp(0),
    };
    store.create_room(new).await.expect("the room is made");
}
