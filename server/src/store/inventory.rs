//! Which keys there are, how many and how old: numbers and times, never a key.

use protocol::{PracticeId, Timestamp};

use super::sql::{Row, values};
use super::{Store, StoreFault};

/// Some keys of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    pub count: u64,
    /// When the oldest and the newest were made; nothing where that was not written down.
    pub oldest: Option<Timestamp>,
    pub newest: Option<Timestamp>,
}

/// The keys of a practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeysOfPractice {
    pub practice: PracticeId,
    /// Its own: everything below is wrapped under the newest.
    pub own: Held,
    pub rooms: u64,
    /// All keys of its rooms, and those under which is written now.
    pub groups: Held,
    pub groups_in_use: Held,
    /// Keys of people in rooms. When each was made is not written down.
    pub people: u64,
    /// Of these, marks of destroyed ones.
    pub destroyed: u64,
    pub accounts: Held,
    /// Whether it has begun a signed log; the log keeps its key.
    pub log: bool,
}

impl Store {
    /// The keys of every practice, oldest practice first.
    pub async fn keys(&self) -> Result<Vec<KeysOfPractice>, StoreFault> {
        let mut all = Vec::new();
        let sql = "SELECT id FROM practice ORDER BY created_at, id";
        for row in self.engine().rows(sql, values![]).await? {
            let practice = row.practice(0)?;
            let people = self
                .one(
                    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN length(wrapped) = 0 THEN 1 ELSE 0 END), 0)
                     FROM person_key WHERE practice = $1",
                    practice,
                )
                .await?;
            all.push(KeysOfPractice {
                practice,
                own: held(&self.one(OWN, practice).await?)?,
                rooms: self
                    .one("SELECT COUNT(*) FROM room WHERE practice = $1", practice)
                    .await?
                    .count(0)?,
                groups: held(&self.one(GROUPS, practice).await?)?,
                groups_in_use: held(&self.one(GROUPS_IN_USE, practice).await?)?,
                people: people.count(0)?,
                destroyed: people.count(1)?,
                accounts: held(&self.one(ACCOUNTS, practice).await?)?,
                log: self
                    .one("SELECT COUNT(*) FROM ledger WHERE practice = $1", practice)
                    .await?
                    .count(0)?
                    > 0,
            });
        }
        Ok(all)
    }

    /// When the root key of now took its place: when the last one ended; nothing where there was none before.
    pub async fn root_since(&self) -> Result<Option<Timestamp>, StoreFault> {
        let sql = "SELECT MAX(ended_at) FROM former_root";
        let row = self.engine().row(sql, values![]).await?;
        row.map_or(Ok(None), |row| time(&row, 0))
    }

    async fn one(&self, sql: &'static str, practice: PracticeId) -> Result<Row, StoreFault> {
        let row = self.engine().row(sql, values![practice]).await?;
        row.ok_or(StoreFault::Damaged("a count is one row"))
    }
}

const OWN: &str = "SELECT COUNT(*), MIN(made_at), MAX(made_at) FROM
    (SELECT created_at AS made_at FROM practice WHERE id = $1
     UNION ALL SELECT made_at FROM practice_key WHERE practice = $1) AS own";
/// A room's first key is as old as the room, where it was made before that was written down.
const GROUPS: &str = "SELECT COUNT(*), MIN(made_at), MAX(made_at) FROM
    (SELECT CASE WHEN group_key.made_at = 0 THEN room.created_at ELSE group_key.made_at END AS made_at
     FROM group_key JOIN room ON room.id = group_key.room WHERE group_key.practice = $1) AS of_rooms";
const GROUPS_IN_USE: &str = "SELECT COUNT(*), MIN(made_at), MAX(made_at) FROM
    (SELECT CASE WHEN group_key.made_at = 0 THEN room.created_at ELSE group_key.made_at END AS made_at
     FROM group_key JOIN room ON room.id = group_key.room WHERE group_key.practice = $1
     AND NOT EXISTS (SELECT 1 FROM group_key AS later WHERE later.room = group_key.room
         AND later.key_id > group_key.key_id)) AS in_use";
const ACCOUNTS: &str = "SELECT COUNT(*), MIN(created_at), MAX(created_at) FROM account WHERE practice = $1";

fn held(row: &Row) -> Result<Held, StoreFault> {
    Ok(Held {
        count: row.count(0)?,
        oldest: time(row, 1)?,
        newest: time(row, 2)?,
    })
}

fn time(row: &Row, column: usize) -> Result<Option<Timestamp>, StoreFault> {
    let millis = row.optional_int(column)?;
    Ok(millis.map(|millis| Timestamp(millis.unsigned_abs())))
}
