//! Members' PINs, and the devices that their links signed in. Tries are counted here, before anything is compared, so that many at the same
//! moment are many.

use protocol::{InviteId, ParticipantId, Private, RoomId, Timestamp};

use super::LoginId;
use super::accounts::text;
use super::invites::{revoke_seats, take_seat};
use crate::store::limits::MAX_PIN_TRIES;
use crate::store::sql::{Trouble, Tx, values};
use crate::store::{Store, StoreFault};

/// The field under which a PIN's hash is sealed.
const PIN: &str = "member.pin";

/// One try that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinTry {
    /// There is nothing to compare it with.
    NoPin,
    /// To be compared with this; so many tries are left on this device.
    Against { hash: Private<String>, left: u64 },
    /// No more tries here.
    Spent,
}

impl Store {
    /// When this device last showed the PIN of whoever sits on it; `None` where they have none.
    pub async fn pin_shown_at(&self, login: LoginId, room: RoomId) -> Result<Option<Timestamp>, StoreFault> {
        let sql = "SELECT seat.pin_shown_at FROM seat
                   JOIN member_pin ON member_pin.room = seat.room AND member_pin.participant = seat.participant
                   WHERE seat.login = $1 AND seat.room = $2";
        let row = self.engine().row(sql, values![login, room]).await?;
        row.map(|row| row.at(0)).transpose()
    }

    /// Whether somebody has a PIN. Reads it, so that a store can be read through.
    pub async fn has_pin(&self, room: RoomId, who: ParticipantId) -> Result<bool, StoreFault> {
        let sql = "SELECT sealed_hash FROM member_pin WHERE room = $1 AND participant = $2";
        match self.engine().row(sql, values![room, who]).await? {
            Some(row) => Ok(self.open_for_person(room, who, PIN, &row.bytes(0)?).await?.is_some()),
            None => Ok(false),
        }
    }

    /// A new PIN. The device it was set on has shown it; every other one is asked.
    pub async fn set_pin(
        &self,
        login: LoginId,
        room: RoomId,
        who: ParticipantId,
        hash: &Private<String>,
        at: Timestamp,
    ) -> Result<(), StoreFault> {
        let sealed = self.seal_for_person(room, who, PIN, hash.expose().as_bytes()).await?;
        let mut tx = self.engine().begin().await?;
        let done = async {
            forget_tries(&mut tx, room, who).await?;
            let sql = "INSERT INTO member_pin (practice, room, participant, sealed_hash, set_at)
                       SELECT practice, id, $2, $3, $4 FROM room WHERE id = $1";
            tx.run(sql, values![room, who, sealed, at]).await?;
            shown(&mut tx, login, room, at).await
        };
        let done = done.await;
        self.kept(tx, done).await
    }

    /// No PIN any more. Nothing to take away is no fault.
    pub async fn remove_pin(&self, room: RoomId, who: ParticipantId) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = forget_tries(&mut tx, room, who).await;
        self.kept(tx, done).await
    }

    /// Counts one try of this device as wrong, until [`Store::pin_was_right`] says that it was not.
    pub async fn try_pin(&self, login: LoginId, room: RoomId) -> Result<PinTry, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let counted = count_try(&mut tx, login, room).await;
        let Some((who, sealed, left)) = self.kept(tx, counted).await? else {
            return Ok(PinTry::Spent);
        };
        let Some(sealed) = sealed else {
            return Ok(PinTry::NoPin);
        };
        match self.open_for_person(room, who, PIN, &sealed).await? {
            Some(hash) => Ok(PinTry::Against {
                hash: text(hash)?,
                left,
            }),
            None => Ok(PinTry::NoPin),
        }
    }

    /// The try was right: this device's tries are given back.
    pub async fn pin_was_right(&self, login: LoginId, room: RoomId, at: Timestamp) -> Result<(), StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            // What a stranger's device guessed stays counted: only this one's own tries were its owner's.
            let sql = "UPDATE member_pin SET spent = spent -
                           (SELECT pin_tries FROM seat WHERE seat.login = $1 AND seat.room = $2 AND seat.pin_shown_at = 0)
                       WHERE EXISTS (SELECT 1 FROM seat WHERE seat.login = $1 AND seat.room = $2 AND seat.pin_shown_at = 0
                                     AND seat.room = member_pin.room AND seat.participant = member_pin.participant)";
            tx.run(sql, values![login, room]).await?;
            shown(&mut tx, login, room, at).await
        };
        let done = done.await;
        self.kept(tx, done).await
    }

    /// Ends one device's seat in a room, and its login if that was the last one. Gives whether there was one.
    pub async fn end_seat(&self, login: LoginId, room: RoomId) -> Result<bool, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            let sql = "SELECT invite FROM seat WHERE login = $1 AND room = $2";
            let Some(row) = tx.row(sql, values![login, room]).await? else {
                return Ok(false);
            };
            take_seat(&mut tx, login, row.invite(0)?).await?;
            Ok(true)
        };
        let done: Result<bool, Trouble> = done.await;
        self.kept(tx, done).await
    }

    /// A new secret for the same person: the old link opens nothing, its devices are signed out and no PIN is asked. Gives the logins
    /// that lost their seat; `None` where there is no such link, or it was taken back.
    pub async fn renew_invite(
        &self,
        invite: InviteId,
        secret_hash: [u8; 32],
    ) -> Result<Option<Vec<LoginId>>, StoreFault> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            let sql = "UPDATE invite SET secret_hash = $1, used_at = NULL WHERE id = $2 AND revoked_at IS NULL
                       RETURNING room, participant";
            let Some(row) = tx.row(sql, values![secret_hash, invite]).await? else {
                return Ok(None);
            };
            let ended = revoke_seats(&mut tx, invite).await?;
            forget_tries(&mut tx, row.room(0)?, row.participant(1)?).await?;
            Ok(Some(ended))
        };
        let done: Result<Option<Vec<LoginId>>, Trouble> = done.await;
        self.kept(tx, done).await
    }

    /// The transaction's end, by what came of it.
    async fn kept<T>(&self, tx: Tx, done: Result<T, Trouble>) -> Result<T, StoreFault> {
        match done {
            Ok(value) => {
                self.engine().finish(tx).await?;
                Ok(value)
            }
            Err(Trouble::Sql(error)) => Err(self.engine().fault(&error)),
            Err(Trouble::Row(fault)) => Err(fault),
        }
    }
}

/// No PIN, and nothing counted against anybody.
async fn forget_tries(tx: &mut Tx, room: RoomId, who: ParticipantId) -> Result<(), Trouble> {
    let sql = "DELETE FROM member_pin WHERE room = $1 AND participant = $2";
    tx.run(sql, values![room, who]).await?;
    let sql = "UPDATE seat SET pin_shown_at = 0, pin_tries = 0 WHERE room = $1 AND participant = $2";
    tx.run(sql, values![room, who]).await?;
    Ok(())
}

async fn shown(tx: &mut Tx, login: LoginId, room: RoomId, at: Timestamp) -> Result<(), Trouble> {
    let sql = "UPDATE seat SET pin_shown_at = $3, pin_tries = 0 WHERE login = $1 AND room = $2";
    tx.run(sql, values![login, room, at]).await?;
    Ok(())
}

/// Whose it is, the sealed hash where there is one, and how many tries are left; `None` where none are.
type Counted = Option<(ParticipantId, Option<Vec<u8>>, u64)>;

async fn count_try(tx: &mut Tx, login: LoginId, room: RoomId) -> Result<Counted, Trouble> {
    let sql = "UPDATE seat SET pin_tries = pin_tries + 1 WHERE login = $1 AND room = $2 AND pin_tries < $3
               RETURNING participant, pin_shown_at, pin_tries";
    let Some(row) = tx.row(sql, values![login, room, MAX_PIN_TRIES]).await? else {
        return Ok(None);
    };
    let (who, known, tries) = (row.participant(0)?, row.count(1)? > 0, row.count(2)?);
    let left = (MAX_PIN_TRIES.unsigned_abs()).saturating_sub(tries);
    // Devices that never showed it are counted together, too: after some, the link opens no new ones. Nobody who has a seat is locked out by that.
    let more = i64::from(!known);
    let sql = "UPDATE member_pin SET spent = spent + $3 WHERE room = $1 AND participant = $2 RETURNING sealed_hash";
    let row = tx.row(sql, values![room, who, more]).await?;
    let sealed = row.map(|row| row.bytes(0)).transpose()?;
    Ok(Some((who, sealed, left)))
}
