//! Rooms and who leads them. A room pins its pack by digest, and the pack's bytes are kept once for all rooms.

use protocol::{AccountId, ParticipantId, PracticeId, Private, RoomId, Timestamp};

use super::accounts::text;
use crate::keys::{Key, KeyKind};
use crate::store::limits::MAX_PACK_BYTES;
use crate::store::sql::{Row, values};
use crate::store::vault::{FIRST_KEY, Group, UNREADABLE};
use crate::store::{Store, StoreFault};

/// A pack as a room follows it, whatever becomes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedPack {
    pub id: String,
    pub version: String,
    /// In hex, as in [`protocol::pack::Pack`].
    pub digest: String,
}

/// A room to make.
#[derive(Debug, Clone)]
pub struct NewRoom {
    pub room: RoomId,
    pub practice: PracticeId,
    pub title: Private<String>,
    pub pack: PinnedPack,
    /// The checked pack, encoded by the caller; stored once per digest.
    pub pack_bytes: Vec<u8>,
    pub language: String,
    /// `YYYY-MM-DD`; sealed, since a day and a group together may name someone.
    pub starts_on: Option<Private<String>>,
    pub created_by: AccountId,
    /// Who the creator is in the room.
    pub participant: ParticipantId,
    pub at: Timestamp,
}

/// A room as the directory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub room: RoomId,
    pub practice: PracticeId,
    pub title: Private<String>,
    pub pack: PinnedPack,
    pub language: String,
    pub starts_on: Option<Private<String>>,
    pub created_by: AccountId,
    pub created_at: Timestamp,
    /// Members with a link that is not revoked.
    pub members: u32,
}

/// Who leads a room by account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    pub account: AccountId,
    pub participant: ParticipantId,
    pub name: Private<String>,
}

/// What every question about rooms reads.
macro_rules! rooms_where {
    ($condition:literal) => {
        concat!(
            "SELECT room.id, room.practice, room.sealed_title, pack.pack_id, pack.version, pack.digest, room.language,
                    room.sealed_starts_on, room.created_by, room.created_at,
                    (SELECT COUNT(*) FROM invite WHERE invite.room = room.id AND invite.role = 'member'
                                                   AND invite.revoked_at IS NULL)
             FROM room JOIN pack ON pack.practice = room.practice AND pack.digest = room.pack_digest ",
            $condition
        )
    };
}

impl Store {
    /// Makes a room, its key, its creator's place and, where new, its pack, in one transaction.
    pub async fn create_room(&self, new: NewRoom) -> Result<(), StoreFault> {
        if new.pack_bytes.len() > MAX_PACK_BYTES {
            return Err(StoreFault::TooLarge);
        }
        let practice = self.vault().practice(self.engine(), new.practice).await?;
        let key = Key::draw();
        let wrapped = practice.wrap(KeyKind::Group, &[new.room.bits(), u128::from(FIRST_KEY)], &key);
        let group = Group::new(practice, new.room, key);
        let title = group.seal(group.place(TITLE), new.title.expose().as_bytes());
        let starts_on = new
            .starts_on
            .as_ref()
            .map(|day| group.seal(group.place(STARTS_ON), day.expose().as_bytes()));

        let mut tx = self.engine().begin().await?;
        let made = async {
            let sql = "SELECT id FROM account WHERE id = $1 AND practice = $2";
            if tx.row(sql, values![new.created_by, new.practice]).await?.is_none() {
                return Ok(false);
            }
            let sql = "INSERT INTO pack (practice, digest, pack_id, version, bytes) VALUES ($1, $2, $3, $4, $5)
                       ON CONFLICT (practice, digest) DO NOTHING";
            let pack = &new.pack;
            let row = values![
                new.practice,
                pack.digest.as_str(),
                pack.id.as_str(),
                pack.version.as_str(),
                new.pack_bytes
            ];
            tx.run(sql, row).await?;
            let sql = "INSERT INTO room (practice, id, owner_epoch, next_seq, sealed_title, pack_digest, language,
                       sealed_starts_on, created_by, created_at) VALUES ($1, $2, 0, 1, $3, $4, $5, $6, $7, $8)";
            let row = values![
                new.practice,
                new.room,
                title,
                pack.digest.as_str(),
                new.language.as_str(),
                starts_on,
                new.created_by,
                new.at
            ];
            tx.run(sql, row).await?;
            let sql = "INSERT INTO group_key (practice, room, key_id, wrapped, made_at) VALUES ($1, $2, $3, $4, $5)";
            tx.run(
                sql,
                values![new.practice, new.room, i64::from(FIRST_KEY), wrapped, new.at],
            )
            .await?;
            let sql = "INSERT INTO room_staff (practice, account, room, participant) VALUES ($1, $2, $3, $4)";
            tx.run(sql, values![new.practice, new.created_by, new.room, new.participant])
                .await?;
            Ok(true)
        };
        if made.await.map_err(|error| self.engine().fault(&error))? {
            self.engine().finish(tx).await
        } else {
            tx.roll_back().await;
            Err(StoreFault::NotFound("account"))
        }
    }

    /// Reads a room.
    pub async fn room(&self, room: RoomId) -> Result<Option<Room>, StoreFault> {
        unless_forgotten_meanwhile(|| self.read_room(room)).await
    }

    async fn read_room(&self, room: RoomId) -> Result<Option<Room>, StoreFault> {
        match self
            .engine()
            .row(rooms_where!("WHERE room.id = $1"), values![room])
            .await?
        {
            Some(row) => self.room_of(&row).await.map(Some),
            None => Ok(None),
        }
    }

    /// The rooms an account leads, oldest first.
    pub async fn rooms_of(&self, account: AccountId) -> Result<Vec<Room>, StoreFault> {
        unless_forgotten_meanwhile(|| self.read_rooms_of(account)).await
    }

    async fn read_rooms_of(&self, account: AccountId) -> Result<Vec<Room>, StoreFault> {
        let sql = rooms_where!(
            "JOIN room_staff ON room_staff.room = room.id WHERE room_staff.account = $1 ORDER BY room.created_at, room.id"
        );
        let mut rooms = Vec::new();
        for row in self.engine().rows(sql, values![account]).await? {
            rooms.push(self.room_of(&row).await?);
        }
        Ok(rooms)
    }

    async fn room_of(&self, row: &Row) -> Result<Room, StoreFault> {
        let room = row.room(0)?;
        let group = self.group(room).await?;
        let starts_on = match row.optional_bytes(7)? {
            Some(sealed) => Some(text(group.open(group.place(STARTS_ON), &sealed)?)?),
            None => None,
        };
        Ok(Room {
            room,
            practice: row.practice(1)?,
            title: text(group.open(group.place(TITLE), &row.bytes(2)?)?)?,
            pack: PinnedPack {
                id: row.text(3)?,
                version: row.text(4)?,
                digest: row.text(5)?,
            },
            language: row.text(6)?,
            starts_on,
            created_by: row.account(8)?,
            created_at: row.at(9)?,
            members: u32::try_from(row.count(10)?).unwrap_or(u32::MAX),
        })
    }

    /// Who leads a room by account.
    pub async fn staff(&self, room: RoomId) -> Result<Vec<Staff>, StoreFault> {
        let sql = "SELECT account, participant FROM room_staff WHERE room = $1 ORDER BY account";
        let mut staff = Vec::new();
        for row in self.engine().rows(sql, values![room]).await? {
            let account = row.account(0)?;
            let found = self.account(account).await?.ok_or(StoreFault::NotFound("account"))?;
            staff.push(Staff {
                account,
                participant: row.participant(1)?,
                name: found.name,
            });
        }
        Ok(staff)
    }

    /// A pack's bytes as they were when this practice first pinned it.
    pub async fn pack_bytes(&self, practice: PracticeId, digest: &str) -> Result<Option<Vec<u8>>, StoreFault> {
        let sql = "SELECT bytes FROM pack WHERE practice = $1 AND digest = $2";
        let row = self.engine().row(sql, values![practice, digest]).await?;
        row.map(|row| row.bytes(0)).transpose()
    }
}

/// Reads again what did not open: between a row and its key, the room may have been forgotten and got another key.
pub(super) async fn unless_forgotten_meanwhile<T, F>(read: impl Fn() -> F) -> Result<T, StoreFault>
where
    F: Future<Output = Result<T, StoreFault>>,
{
    match read().await {
        Err(UNREADABLE) => read().await,
        done => done,
    }
}

/// A room's title and first day, opened under its old keys and sealed under its new one.
pub(in crate::store) fn reseal(
    old: &Group,
    new: &Group,
    title: &[u8],
    starts_on: Option<&[u8]>,
) -> Result<(Vec<u8>, Option<Vec<u8>>), StoreFault> {
    let again = |purpose: &str, sealed: &[u8]| {
        let plain = old.open(old.place(purpose), sealed)?;
        Ok::<_, StoreFault>(new.seal(new.place(purpose), &plain))
    };
    let starts_on = starts_on.map(|sealed| again(STARTS_ON, sealed)).transpose()?;
    Ok((again(TITLE, title)?, starts_on))
}

/// What stands in a title's place once the room's term is over.
pub(in crate::store) fn untitled(group: &Group) -> Vec<u8> {
    group.seal(group.place(TITLE), "…".as_bytes())
}

/// Purposes in associated data.
const TITLE: &str = "rondo.title.1";
const STARTS_ON: &str = "rondo.starts-on.1";
