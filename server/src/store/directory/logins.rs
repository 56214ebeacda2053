//! Logins: what a cookie opens. A login is an account's or a guest's; a guest's seats say in which rooms.

use protocol::api::{CareRole, DeviceKind};
use protocol::{AccountId, InviteId, ParticipantId, Private, Role, RoomId, Timestamp};

use super::accounts::text;
use super::care::part;
use crate::access::role_of;
use crate::store::sql::{Row, Trouble, Value, values};
use crate::store::{Store, StoreFault};

/// SHA-256 of the cookie's secret: the database never holds what a browser holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginId(pub [u8; 32]);

impl std::fmt::Debug for LoginId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "LoginId({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// Whose login it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Account(AccountId),
    /// Somebody who came by personal links and has no account.
    Guest,
}

/// A login to record.
#[derive(Debug, Clone)]
pub struct NewLogin {
    pub login: LoginId,
    pub account: AccountId,
    pub at: Timestamp,
    pub expires_at: Timestamp,
    pub strength: Strength,
    /// The kind of device, in the words of [`protocol::api::DeviceKind`].
    pub device: String,
}

/// What a login has proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Something known, or a word of the practice's own sign-in service.
    OneFactor,
    /// Something known or a body's own mark, and something held.
    TwoFactors,
}

impl From<Strength> for Value {
    fn from(strength: Strength) -> Self {
        Self::from(match strength {
            Strength::OneFactor => 1_i64,
            Strength::TwoFactors => 2,
        })
    }
}

/// A login that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub login: LoginId,
    pub subject: Subject,
    pub created_at: Timestamp,
    pub last_seen: Timestamp,
    pub expires_at: Timestamp,
    pub strength: Strength,
    /// When it last proved who it belongs to.
    pub proved_at: Timestamp,
    pub device: String,
}

/// What every question about logins reads.
macro_rules! logins_where {
    ($condition:literal) => {
        concat!(
            "SELECT id, account, created_at, last_seen, expires_at, factors, proved_at, device FROM login WHERE ",
            $condition
        )
    };
}

/// A browser that was signed in with a personal link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub login: LoginId,
    /// When it opened the link.
    pub since: Timestamp,
    pub last_seen: Timestamp,
    pub kind: DeviceKind,
}

/// A place in a room that a login opens: by its account, or by a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub room: RoomId,
    pub participant: ParticipantId,
    pub role: Role,
    /// `None` once the person was erased.
    pub name: Option<Private<String>>,
    /// The link it came by; `None` for an account's own rooms.
    pub invite: Option<InviteId>,
    /// What an account is in the room's care team; `None` for guests, and for who looks in.
    pub part: Option<CareRole>,
    /// Who looks in does so until then.
    pub until: Option<Timestamp>,
}

impl From<LoginId> for Value {
    fn from(login: LoginId) -> Self {
        Self::from(login.0)
    }
}

impl Row {
    pub(super) fn login(&self, column: usize) -> Result<LoginId, StoreFault> {
        self.array(column).map(LoginId)
    }
}

impl Store {
    /// Records an account's login.
    pub async fn start_login(&self, new: NewLogin) -> Result<(), StoreFault> {
        let sql =
            "INSERT INTO login (practice, id, account, created_at, last_seen, expires_at, factors, proved_at, device)
                   SELECT practice, $1, id, $2, $2, $3, $4, $2, $5 FROM account
                   WHERE id = $6 AND left_at IS NULL";
        let device = new.device.as_str();
        match self
            .engine()
            .write(
                sql,
                values![new.login, new.at, new.expires_at, new.strength, device, new.account],
            )
            .await?
        {
            0 => Err(StoreFault::NotFound("account")),
            _ => Ok(()),
        }
    }

    /// Reads a login that has not expired at `now`.
    pub async fn login(&self, login: LoginId, now: Timestamp) -> Result<Option<Login>, StoreFault> {
        let sql = logins_where!("id = $1 AND expires_at > $2");
        let row = self.engine().row(sql, values![login, now]).await?;
        row.as_ref().map(login_of).transpose()
    }

    /// An account's logins that have not ended, newest first.
    pub async fn logins_of(&self, account: AccountId, now: Timestamp) -> Result<Vec<Login>, StoreFault> {
        let sql = logins_where!("account = $1 AND expires_at > $2 ORDER BY created_at DESC, id");
        let rows = self.engine().rows(sql, values![account, now]).await?;
        rows.iter().map(login_of).collect()
    }

    /// Notes that a login proved anew who it belongs to.
    pub async fn prove_login(&self, login: LoginId, at: Timestamp) -> Result<(), StoreFault> {
        let sql = "UPDATE login SET proved_at = $1 WHERE id = $2";
        self.engine().write(sql, values![at, login]).await.map(|_| ())
    }

    /// A login that has just proved a second factor.
    pub async fn strengthen_login(&self, login: LoginId, at: Timestamp) -> Result<(), StoreFault> {
        let sql = "UPDATE login SET factors = 2, proved_at = $1 WHERE id = $2";
        self.engine().write(sql, values![at, login]).await.map(|_| ())
    }

    /// Notes that a login was used, and moves its end. An ended login stays ended.
    pub async fn touch_login(&self, login: LoginId, at: Timestamp, expires_at: Timestamp) -> Result<(), StoreFault> {
        let sql = "UPDATE login SET last_seen = $1, expires_at = $2 WHERE id = $3 AND expires_at > $1";
        self.engine()
            .write(sql, values![at, expires_at, login])
            .await
            .map(|_| ())
    }

    /// Ends a login and its seats. Gives whether there was one.
    pub async fn end_login(&self, login: LoginId) -> Result<bool, StoreFault> {
        let ended = self
            .engine()
            .write("DELETE FROM login WHERE id = $1", values![login])
            .await?;
        Ok(ended > 0)
    }

    /// Ends every login of an account and gives their ids, so that their sockets can be closed.
    pub async fn end_logins_of(&self, account: AccountId) -> Result<Vec<LoginId>, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let ended = tx
            .rows("DELETE FROM login WHERE account = $1 RETURNING id", values![account])
            .await;
        let ended = ended.map_err(|error| self.engine().fault(&error))?;
        self.engine().finish(tx).await?;
        ended.iter().map(|row| row.login(0)).collect()
    }

    /// Ends every login of an account but one, and gives their ids.
    pub async fn end_other_logins(&self, account: AccountId, kept: LoginId) -> Result<Vec<LoginId>, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            let sql = "DELETE FROM login WHERE account = $1 AND id <> $2 RETURNING id";
            let ended = tx.rows(sql, values![account, kept]).await?;
            let ended = ended.iter().map(|row| row.login(0)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Trouble>(ended)
        };
        let done = done.await;
        self.engine().ends(tx, done).await
    }

    /// Forgets logins that expired before `now`. Gives how many.
    pub async fn sweep_logins(&self, now: Timestamp) -> Result<u64, StoreFault> {
        self.engine()
            .write("DELETE FROM login WHERE expires_at <= $1", values![now])
            .await
    }

    /// The browsers a link signed in, newest first.
    pub async fn devices(&self, invite: InviteId) -> Result<Vec<Device>, StoreFault> {
        let sql = "SELECT login.id, CASE WHEN seat.since > 0 THEN seat.since ELSE login.created_at END, login.last_seen, login.device
                   FROM seat JOIN login ON login.id = seat.login
                   WHERE seat.invite = $1 ORDER BY login.created_at DESC, login.id";
        let rows = self.engine().rows(sql, values![invite]).await?;
        let read = |row: &Row| {
            Ok(Device {
                login: row.login(0)?,
                since: row.at(1)?,
                last_seen: row.at(2)?,
                kind: DeviceKind::of_words(&row.text(3)?),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Every room a login opens. An expired login opens none.
    pub async fn places(&self, login: LoginId, now: Timestamp) -> Result<Vec<Place>, StoreFault> {
        const LEADS: u64 = 1;
        const LOOKS_IN: u64 = 2;
        // One statement, since every ticket asks this several times. What has a type in one part stands before those that have nothing there.
        let sql = "SELECT invite.room, invite.participant, invite.role, invite.sealed_name, invite.id, CAST(3 AS BIGINT), login.account, NULL
                   FROM login JOIN seat ON seat.login = login.id JOIN invite ON invite.id = seat.invite
                   WHERE login.id = $1 AND login.expires_at > $2 AND invite.revoked_at IS NULL
                   UNION ALL
                   SELECT look_in.room, look_in.participant, NULL, NULL, NULL, CAST(2 AS BIGINT), login.account, look_in.until
                   FROM login JOIN look_in ON look_in.asked_by = login.account
                   WHERE login.id = $1 AND login.expires_at > $2 AND look_in.until > $2
                   UNION ALL
                   SELECT room_staff.room, room_staff.participant, room_staff.part, NULL, NULL, CAST(1 AS BIGINT), login.account, NULL
                   FROM login JOIN room_staff ON room_staff.account = login.account
                   WHERE login.id = $1 AND login.expires_at > $2
                   ORDER BY 6, 1";
        let mut places: Vec<Place> = Vec::new();
        for row in self.engine().rows(sql, values![login, now]).await? {
            let (room, kind) = (row.room(0)?, row.count(5)?);
            // Who leads a room by account is not also somebody's guest in it, and who was taken into the team meanwhile is in it.
            if kind != LEADS && places.iter().any(|place| place.room == room) {
                continue;
            }
            places.push(match kind {
                LEADS => {
                    let account = self.account(row.account(6)?).await?;
                    let part = part(&row.text(2)?)?;
                    Place {
                        room,
                        participant: row.participant(1)?,
                        role: role_of(part),
                        name: Some(account.ok_or(StoreFault::NotFound("account"))?.name),
                        invite: None,
                        part: Some(part),
                        until: None,
                    }
                }
                LOOKS_IN => Place {
                    room,
                    participant: row.participant(1)?,
                    role: Role::Observer,
                    name: Some(self.name_of(row.account(6)?).await?),
                    invite: None,
                    part: None,
                    until: Some(row.at(7)?),
                },
                _ => self.seat_of(&row).await?,
            });
        }
        Ok(places)
    }

    /// Who this login is in this room: the question behind every ticket.
    pub async fn place_in(&self, login: LoginId, room: RoomId, now: Timestamp) -> Result<Option<Place>, StoreFault> {
        let places = self.places(login, now).await?;
        Ok(places.into_iter().find(|place| place.room == room))
    }

    /// A place that a link opened, from columns room, participant, role, sealed name, invite.
    pub(super) async fn seat_of(&self, row: &Row) -> Result<Place, StoreFault> {
        let (room, participant) = (row.room(0)?, row.participant(1)?);
        Ok(Place {
            room,
            participant,
            role: role(&row.text(2)?)?,
            name: self.guest_name(room, participant, &row.bytes(3)?).await?,
            invite: Some(row.invite(4)?),
            part: None,
            until: None,
        })
    }

    /// A name sealed for a participant; `None` once they were erased.
    pub(super) async fn guest_name(
        &self,
        room: RoomId,
        participant: ParticipantId,
        sealed: &[u8],
    ) -> Result<Option<Private<String>>, StoreFault> {
        let plain = self.open_for_person(room, participant, GUEST_NAME, sealed).await?;
        plain.map(text).transpose()
    }
}

fn login_of(row: &Row) -> Result<Login, StoreFault> {
    Ok(Login {
        login: row.login(0)?,
        subject: match row.optional_bytes(1)? {
            Some(_) => Subject::Account(row.account(1)?),
            None => Subject::Guest,
        },
        created_at: row.at(2)?,
        last_seen: row.at(3)?,
        expires_at: row.at(4)?,
        strength: match row.count(5)? {
            1 => Strength::OneFactor,
            2 => Strength::TwoFactors,
            _ => return Err(StoreFault::Damaged("a login of no known strength")),
        },
        proved_at: row.at(6)?,
        device: row.text(7)?,
    })
}

/// The field under which a link's name is sealed.
pub(in crate::store) const GUEST_NAME: &str = "invite.name";

/// A role's word in the database.
pub(super) const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Facilitator => "facilitator",
        Role::Member => "member",
        Role::Observer => "observer",
    }
}

pub(super) fn role(word: &str) -> Result<Role, StoreFault> {
    [Role::Facilitator, Role::Member, Role::Observer]
        .into_iter()
        .find(|role| role_word(*role) == word)
        .ok_or(StoreFault::Damaged("a role that does not exist"))
}
