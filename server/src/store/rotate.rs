//! New keys in the place of old ones, in one transaction: either all of it happened or none of it.
//!
//! * A new root key: every practice's keys are wrapped anew under it. What they seal stays as it is.
//! * A new key for every practice, under which all keys of its people, rooms and log are wrapped anew; and a new key for every room, under
//!   which is sealed what is written from now on. What was sealed before stays under the room's old key, which stays readable.
//!
//! The store that did it still holds the old keys in memory: it is closed afterwards, and nobody else may have one open meanwhile. On
//! PostgreSQL another node could be forgotten; what it wraps under a practice's older key is still found, since all of them are tried.

use protocol::{PracticeId, Timestamp};

use super::audit::write;
use super::directory::name_place;
use super::sql::{Row, Trouble, Tx, values};
use super::vault::{FIRST_KEY, Practice, practice_wrapping};
use super::{Store, StoreFault};
use crate::keys::{Key, KeyKind, RootKey, SigningKey};

/// What is to be changed.
#[derive(Debug)]
pub struct Rotation<'a> {
    /// The root key from now on, where it changes.
    pub next_root: Option<&'a RootKey>,
    /// Whether practices and rooms get new keys.
    pub renew: bool,
    pub at: Timestamp,
    /// What is written into every practice's audit book about it.
    pub record: &'a [u8],
}

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotated {
    pub practices: u64,
    /// Keys that were wrapped anew, the practices' own among them.
    pub wrapped: u64,
    /// Rooms that got a new key.
    pub rooms: u64,
}

/// A kind of key that stands wrapped in a table: how its rows are read, whose it is, and how one is written back.
struct Wrapped {
    kind: KeyKind,
    read: &'static str,
    write: &'static str,
    owner: fn(&Row) -> Result<Vec<u128>, StoreFault>,
    named: fn(&Row) -> Result<Vec<super::sql::Value>, StoreFault>,
}

/// Every table with keys that a practice's key wraps. The first column is the wrapped key.
const WRAPPED: [Wrapped; 4] = [
    Wrapped {
        kind: KeyKind::Account,
        read: "SELECT wrapped_key, id FROM account WHERE practice = $1",
        write: "UPDATE account SET wrapped_key = $1 WHERE id = $2",
        owner: |row| Ok(vec![row.account(1)?.bits()]),
        named: |row| Ok(values![row.account(1)?]),
    },
    Wrapped {
        kind: KeyKind::Group,
        read: "SELECT wrapped, room, key_id FROM group_key WHERE practice = $1",
        write: "UPDATE group_key SET wrapped = $1 WHERE room = $2 AND key_id = $3",
        owner: |row| Ok(vec![row.room(1)?.bits(), u128::from(row.count(2)?)]),
        named: |row| Ok(values![row.room(1)?, row.count(2)?]),
    },
    Wrapped {
        kind: KeyKind::Participant,
        read: "SELECT wrapped, room, participant FROM person_key WHERE practice = $1",
        write: "UPDATE person_key SET wrapped = $1 WHERE room = $2 AND participant = $3",
        owner: |row| Ok(vec![row.room(1)?.bits(), row.participant(2)?.bits()]),
        named: |row| Ok(values![row.room(1)?, row.participant(2)?]),
    },
    Wrapped {
        kind: KeyKind::Log,
        read: "SELECT wrapped_key, practice FROM ledger WHERE practice = $1",
        write: "UPDATE ledger SET wrapped_key = $1 WHERE practice = $2",
        owner: |_| Ok(Vec::new()),
        named: |row| Ok(values![row.practice(1)?]),
    },
];

impl Store {
    /// Changes the keys. Afterwards this store must be closed.
    pub async fn rotate(&self, rotation: &Rotation<'_>) -> Result<Rotated, StoreFault> {
        self.engine().post().await?;
        let _change = self.vault().change().await;
        let mut tx = self.engine().begin().await?;
        let done = self.rotate_within(&mut tx, rotation).await;
        self.engine().ends(tx, done).await
    }

    async fn rotate_within(&self, tx: &mut Tx, rotation: &Rotation<'_>) -> Result<Rotated, Trouble> {
        let mut rotated = Rotated::default();
        let now = self.vault().root();
        let next = rotation.next_root.unwrap_or(now);
        for row in tx.rows("SELECT id FROM practice ORDER BY id", values![]).await? {
            let id = row.practice(0)?;
            let mut keys = Vec::new();
            for (key_id, wrapped) in wrapped_practice_keys(tx, id).await? {
                let place = practice_wrapping(id, key_id);
                let key = now.key().unwrap(&place, &wrapped);
                let key = key.map_err(|_| StoreFault::WrongRootKey)?;
                if rotation.next_root.is_some() {
                    write_practice_key(tx, id, key_id, next.key().wrap(&place, &key)).await?;
                    rotated.wrapped += 1;
                }
                keys.push((key_id, key));
            }
            let keys = Practice::new(id, keys)?;
            if rotation.renew {
                self.renew(tx, keys, next, rotation.at, &mut rotated).await?;
            }
            write(tx, id, &[rotation.record]).await?;
            rotated.practices += 1;
        }
        if rotation.next_root.is_some() {
            self.remember_root(tx, next, rotation.at).await?;
        }
        Ok(rotated)
    }

    /// A practice's next key, everything wrapped under it, and a new key for each of its rooms.
    async fn renew(
        &self,
        tx: &mut Tx,
        mut keys: Practice,
        root: &RootKey,
        at: Timestamp,
        rotated: &mut Rotated,
    ) -> Result<(), Trouble> {
        let practice = keys.id;
        let sql = "SELECT sealed_name FROM practice WHERE id = $1";
        let name = tx.row(sql, values![practice]).await?;
        let name = name.map_or(Ok(None), |row| row.optional_bytes(0))?;
        let name = name.map(|sealed| {
            keys.open(&name_place(practice), &sealed)
                .ok_or(super::vault::UNREADABLE)
        });
        let name = name.transpose()?;

        let (key_id, key) = (keys.newest() + 1, Key::draw());
        let sql = "INSERT INTO practice_key (practice, key_id, wrapped, made_at) VALUES ($1, $2, $3, $4)";
        let wrapped = root.key().wrap(&practice_wrapping(practice, key_id), &key);
        tx.run(sql, values![practice, u64::from(key_id), wrapped, at]).await?;
        keys.add(key_id, key);

        if let Some(name) = name {
            let sealed = keys.seal(&name_place(practice), &name);
            let sql = "UPDATE practice SET sealed_name = $1 WHERE id = $2";
            tx.run(sql, values![sealed, practice]).await?;
        }
        for table in &WRAPPED {
            for row in tx.rows(table.read, values![practice]).await? {
                let wrapped = row.bytes(0)?;
                // The mark of a key that was destroyed stays one.
                if wrapped.is_empty() {
                    continue;
                }
                let owner = (table.owner)(&row)?;
                let again = keys.wrap(table.kind, &owner, &keys.unwrap(table.kind, &owner, &wrapped)?);
                let mut row_values = values![again];
                row_values.extend((table.named)(&row)?);
                tx.run(table.write, row_values).await?;
                rotated.wrapped += 1;
            }
        }
        let sql = "SELECT room, MAX(key_id) FROM group_key WHERE practice = $1 GROUP BY room ORDER BY room";
        for row in tx.rows(sql, values![practice]).await? {
            let (room, next) = (row.room(0)?, row.count(1)? + 1);
            let wrapped = keys.wrap(KeyKind::Group, &[room.bits(), u128::from(next)], &Key::draw());
            let sql = "INSERT INTO group_key (practice, room, key_id, wrapped, made_at) VALUES ($1, $2, $3, $4, $5)";
            tx.run(sql, values![practice, room, next, wrapped, at]).await?;
            rotated.rooms += 1;
        }
        Ok(())
    }

    /// Records of destructions that the old root key signed are still known to be this house's.
    async fn remember_root(&self, tx: &mut Tx, next: &RootKey, at: Timestamp) -> Result<(), Trouble> {
        let mut former = former_roots(self.vault().root(), tx.rows(FORMER, values![]).await?)?;
        let now = self.vault().root();
        former.push(Former {
            name: now.name(),
            public: *SigningKey::for_records(now)
                .public()
                .first_chunk()
                .ok_or(StoreFault::Damaged("a public key"))?,
            ended_at: at,
        });
        tx.run("DELETE FROM former_root", values![]).await?;
        for one in &former {
            let sql = "INSERT INTO former_root (name, public_key, ended_at, vouched) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (name) DO NOTHING";
            let row = values![one.name.as_str(), one.public, one.ended_at, one.vouched(next)];
            tx.run(sql, row).await?;
        }
        Ok(())
    }
}

/// All keys of all practices, oldest first.
pub(super) const PRACTICE_KEYS: &str = "SELECT id, 1, wrapped_key FROM practice
    UNION ALL SELECT practice, key_id, wrapped FROM practice_key ORDER BY 1, 2";
pub(super) const FORMER: &str = "SELECT name, public_key, ended_at, vouched FROM former_root ORDER BY ended_at, name";

/// A root key of before.
pub(super) struct Former {
    name: String,
    pub(super) public: [u8; 32],
    ended_at: Timestamp,
}

impl Former {
    fn vouched(&self, root: &RootKey) -> [u8; 32] {
        let said = [self.name.as_bytes(), &self.public, &self.ended_at.0.to_be_bytes()].concat();
        root.key().derive("rondo.former-root.1").tag(&said)
    }
}

/// The former root keys that this one vouches for. A row that somebody else wrote is as good as none.
pub(super) fn former_roots(root: &RootKey, rows: Vec<Row>) -> Result<Vec<Former>, StoreFault> {
    let mut all = Vec::new();
    for row in rows {
        let one = Former {
            name: row.text(0)?,
            public: row.array(1)?,
            ended_at: row.at(2)?,
        };
        if one.vouched(root) == row.array::<32>(3)? {
            all.push(one);
        } else {
            tracing::warn!("a former root key is not vouched for by this one; records that it signed are not believed");
        }
    }
    Ok(all)
}

pub(super) fn key_number(row: &Row, column: usize) -> Result<u32, StoreFault> {
    u32::try_from(row.count(column)?).map_err(|_| StoreFault::Damaged("a key's number"))
}

async fn wrapped_practice_keys(tx: &mut Tx, practice: PracticeId) -> Result<Vec<(u32, Vec<u8>)>, Trouble> {
    let sql = "SELECT 1, wrapped_key FROM practice WHERE id = $1
               UNION ALL SELECT key_id, wrapped FROM practice_key WHERE practice = $1 ORDER BY 1";
    let mut keys = Vec::new();
    for row in tx.rows(sql, values![practice]).await? {
        keys.push((key_number(&row, 0)?, row.bytes(1)?));
    }
    Ok(keys)
}

async fn write_practice_key(tx: &mut Tx, practice: PracticeId, key_id: u32, wrapped: Vec<u8>) -> Result<(), Trouble> {
    if key_id == FIRST_KEY {
        let sql = "UPDATE practice SET wrapped_key = $1 WHERE id = $2";
        tx.run(sql, values![wrapped, practice]).await?;
    } else {
        let sql = "UPDATE practice_key SET wrapped = $1 WHERE practice = $2 AND key_id = $3";
        tx.run(sql, values![wrapped, practice, u64::from(key_id)]).await?;
    }
    Ok(())
}
