//! Personal links. The database holds only SHA-256 of a link's secret; a single-use link works once, whoever comes at the same moment.

use protocol::api::DeviceKind;
use protocol::{InviteId, ParticipantId, Private, Role, RoomId, Timestamp};

use super::logins::{GUEST_NAME, role, role_word};
use super::rooms::unless_forgotten_meanwhile;
use super::{LoginId, Place};
use crate::store::limits::{MAX_DEVICES_PER_INVITE, MAX_STRANGERS_PIN_TRIES};
use crate::store::sql::{Row, Trouble, Tx, values};
use crate::store::{Store, StoreFault};

/// A link to make.
#[derive(Debug, Clone)]
pub struct NewInvite {
    pub invite: InviteId,
    pub room: RoomId,
    pub participant: ParticipantId,
    pub name: Private<String>,
    pub role: Role,
    /// SHA-256 of the link's secret.
    pub secret_hash: [u8; 32],
    pub single_use: bool,
    pub at: Timestamp,
}

/// A link as its facilitators list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    pub invite: InviteId,
    pub room: RoomId,
    pub participant: ParticipantId,
    /// `None` once the person was erased.
    pub name: Option<Private<String>>,
    pub role: Role,
    pub single_use: bool,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// Browsers signed in with it.
    pub devices: u32,
}

/// A link's secret, to be exchanged for a seat of a login.
#[derive(Debug, Clone, Copy)]
pub struct Exchange {
    pub secret_hash: [u8; 32],
    /// The browser's present login, which then gets one seat more, or a new one, which is recorded as a guest's.
    pub login: LoginId,
    pub at: Timestamp,
    /// The end of a new login; a present one keeps its own.
    pub expires_at: Timestamp,
    pub device: DeviceKind,
}

/// Why a link opened nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// Unknown, revoked, or used up: never says which.
    #[error("this link opens nothing")]
    Invalid,
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

/// What every question about links reads.
macro_rules! invites_where {
    ($condition:literal) => {
        concat!(
            "SELECT id, room, participant, sealed_name, role, single_use, created_at, used_at, revoked_at,
                    (SELECT COUNT(*) FROM seat WHERE seat.invite = invite.id)
             FROM invite WHERE ",
            $condition
        )
    };
}

impl Store {
    /// Makes a link.
    pub async fn create_invite(&self, new: NewInvite) -> Result<(), StoreFault> {
        let practice = self.group(new.room).await?.practice();
        let name = new.name.expose().as_bytes();
        let sealed_name = self
            .seal_for_person(new.room, new.participant, GUEST_NAME, name)
            .await?;
        let sql = "INSERT INTO invite (practice, id, room, participant, sealed_name, role, secret_hash, single_use, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let row = values![
            practice,
            new.invite,
            new.room,
            new.participant,
            sealed_name,
            role_word(new.role),
            new.secret_hash,
            new.single_use,
            new.at
        ];
        self.engine().write(sql, row).await.map(|_| ())
    }

    /// A room's links, oldest first, revoked ones too.
    pub async fn invites(&self, room: RoomId) -> Result<Vec<Invite>, StoreFault> {
        unless_forgotten_meanwhile(|| self.read_invites(room)).await
    }

    async fn read_invites(&self, room: RoomId) -> Result<Vec<Invite>, StoreFault> {
        let sql = invites_where!("room = $1 ORDER BY created_at, id");
        let rows = self.engine().rows(sql, values![room]).await?;
        self.vault().warm_people(self.engine(), room).await?;
        let mut invites = Vec::with_capacity(rows.len());
        for row in &rows {
            invites.push(self.invite_of(row).await?);
        }
        Ok(invites)
    }

    /// Reads one link.
    pub async fn invite(&self, invite: InviteId) -> Result<Option<Invite>, StoreFault> {
        match self.engine().row(invites_where!("id = $1"), values![invite]).await? {
            Some(row) => self.invite_of(&row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn invite_of(&self, row: &Row) -> Result<Invite, StoreFault> {
        let (room, participant) = (row.room(1)?, row.participant(2)?);
        Ok(Invite {
            invite: row.invite(0)?,
            room,
            participant,
            name: self.guest_name(room, participant, &row.bytes(3)?).await?,
            role: role(&row.text(4)?)?,
            single_use: row.flag(5)?,
            created_at: row.at(6)?,
            used_at: row.optional_at(7)?,
            revoked_at: row.optional_at(8)?,
            devices: u32::try_from(row.count(9)?).unwrap_or(u32::MAX),
        })
    }

    /// Exchanges a link's secret for a seat, in one transaction. A login has one seat a room: the latest link counts.
    pub async fn exchange(&self, exchange: Exchange) -> Result<Place, ExchangeError> {
        let mut tx = self.engine().begin().await?;
        match seat(&mut tx, exchange).await {
            Ok(Some(row)) => {
                self.engine().finish(tx).await?;
                Ok(self.seat_of(&row).await?)
            }
            Ok(None) => {
                tx.roll_back().await;
                Err(ExchangeError::Invalid)
            }
            Err(Trouble::Sql(error)) => Err(self.engine().fault(&error).into()),
            Err(Trouble::Row(fault)) => Err(fault.into()),
        }
    }

    /// Revokes a link, takes its seats away and ends guest logins that have no other. Gives every login that lost its seat, so that
    /// its sockets can be closed. Doing it twice is no fault.
    pub async fn revoke_invite(&self, invite: InviteId, at: Timestamp) -> Result<Vec<LoginId>, StoreFault> {
        let mut tx = self.engine().begin().await?;
        match revoke(&mut tx, invite, at).await {
            Ok(ended) => {
                self.engine().finish(tx).await?;
                Ok(ended)
            }
            Err(Trouble::Sql(error)) => Err(self.engine().fault(&error)),
            Err(Trouble::Row(fault)) => Err(fault),
        }
    }
}

/// The whole exchange; gives room, participant, role, sealed name and id of the link that was used.
async fn seat(tx: &mut Tx, exchange: Exchange) -> Result<Option<Row>, Trouble> {
    // The condition is judged on the row as the winner left it: of many at one moment, one uses a single-use link.
    let sql = "UPDATE invite SET used_at = COALESCE(used_at, $1)
               WHERE secret_hash = $2 AND revoked_at IS NULL AND (single_use = 0 OR used_at IS NULL)
               RETURNING room, participant, role, sealed_name, id, practice";
    let Some(link) = tx.row(sql, values![exchange.at, exchange.secret_hash]).await? else {
        return Ok(None);
    };
    let (room, participant, invite, practice) =
        (link.room(0)?, link.participant(1)?, link.invite(4)?, link.practice(5)?);
    // Devices that nobody knows have guessed at this person's PIN for long enough: a new link is needed.
    let sql = "SELECT 1 FROM member_pin WHERE room = $1 AND participant = $2 AND spent >= $3
               AND NOT EXISTS (SELECT 1 FROM seat WHERE seat.login = $4 AND seat.invite = $5)";
    let guessed = values![room, participant, MAX_STRANGERS_PIN_TRIES, exchange.login, invite];
    if tx.row(sql, guessed).await?.is_some() {
        return Ok(None);
    }
    let sql = "INSERT INTO login (practice, id, account, created_at, last_seen, expires_at, device)
               VALUES ($1, $2, NULL, $3, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
    let (at, device) = (exchange.at, exchange.device.words());
    tx.run(
        sql,
        values![practice, exchange.login, at, exchange.expires_at, device.as_str()],
    )
    .await?;
    // The same link opened once more in the same browser changes nothing: no tries are given back, no PIN counts as shown.
    let sql = "INSERT INTO seat (practice, login, room, participant, invite, since) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (login, room) DO UPDATE SET participant = excluded.participant, invite = excluded.invite,
                   since = excluded.since, pin_shown_at = 0, pin_tries = 0 WHERE seat.invite <> excluded.invite";
    tx.run(sql, values![practice, exchange.login, room, participant, invite, at])
        .await?;
    let sql =
        "SELECT seat.login FROM seat JOIN login ON login.id = seat.login WHERE seat.invite = $1 AND seat.login <> $2
               ORDER BY login.created_at DESC, login.id LIMIT 1000 OFFSET $3";
    for old in tx
        .rows(sql, values![invite, exchange.login, MAX_DEVICES_PER_INVITE - 1])
        .await?
    {
        take_seat(tx, old.login(0)?, invite).await?;
    }
    Ok(Some(link))
}

async fn revoke(tx: &mut Tx, invite: InviteId, at: Timestamp) -> Result<Vec<LoginId>, Trouble> {
    let sql = "UPDATE invite SET revoked_at = COALESCE(revoked_at, $1) WHERE id = $2";
    if tx.run(sql, values![at, invite]).await? == 0 {
        return Err(StoreFault::NotFound("invite").into());
    }
    revoke_seats(tx, invite).await
}

/// Takes every seat of a link away; gives the logins that lost theirs.
pub(super) async fn revoke_seats(tx: &mut Tx, invite: InviteId) -> Result<Vec<LoginId>, Trouble> {
    let mut ended = Vec::new();
    for row in tx
        .rows(
            "SELECT login FROM seat WHERE invite = $1 ORDER BY login",
            values![invite],
        )
        .await?
    {
        let login = row.login(0)?;
        take_seat(tx, login, invite).await?;
        ended.push(login);
    }
    Ok(ended)
}

/// Takes every link of a person in a room away, with its seats; gives how many there were, and the logins that lost a seat.
pub(in crate::store) async fn take_links_of(
    tx: &mut Tx,
    room: RoomId,
    participant: ParticipantId,
) -> Result<(u64, Vec<LoginId>), Trouble> {
    let sql = "SELECT id, created_at FROM invite WHERE room = $1 AND participant = $2 ORDER BY id";
    let mut logins = Vec::new();
    for row in tx.rows(sql, values![room, participant]).await? {
        logins.extend(revoke(tx, row.invite(0)?, row.at(1)?).await?);
    }
    let sql = "DELETE FROM member_pin WHERE room = $1 AND participant = $2";
    tx.run(sql, values![room, participant]).await?;
    let sql = "DELETE FROM invite WHERE room = $1 AND participant = $2";
    Ok((tx.run(sql, values![room, participant]).await?, logins))
}

/// Takes the seat a link gave to a login, and ends the login if it was a guest's last seat.
pub(super) async fn take_seat(tx: &mut Tx, login: LoginId, invite: InviteId) -> Result<(), Trouble> {
    tx.run(
        "DELETE FROM seat WHERE login = $1 AND invite = $2",
        values![login, invite],
    )
    .await?;
    let sql = "DELETE FROM login WHERE id = $1 AND account IS NULL
               AND NOT EXISTS (SELECT 1 FROM seat WHERE seat.login = login.id)";
    tx.run(sql, values![login]).await?;
    Ok(())
}
