//! What becomes of accounts: other roles, and leaving. Both are one transaction, and a practice never loses its last administrator by it, nor
//! a room its last lead.

use protocol::api::{AccountRole, CareRole};
use protocol::{AccountId, ParticipantId, PracticeId, RoomId, Timestamp};

use super::LoginId;
use super::accounts::roles_text;
use super::care::{is_led, part, part_in, put};
use crate::keys::draw;
use crate::store::private_notes::take_private_notes;
use crate::store::sql::{Trouble, Tx, values};
use crate::store::{Store, StoreFault};

/// Somebody who does not work here any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Logins that have ended.
    pub logins: Vec<LoginId>,
    /// Who they were, and where.
    pub places: Vec<(RoomId, ParticipantId)>,
}

/// Why an account stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    #[error("a practice needs an administrator")]
    LastAdministrator,
    #[error("a room needs somebody who leads it")]
    NoLead,
    /// Who takes an account out would come to rooms that they do not belong to.
    #[error("nobody hands rooms to themselves")]
    NotToOneself,
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

impl Store {
    /// Gives an account other roles. Parts in care teams that they do not cover end, and looking in where they cover none; gives these places,
    /// so that their lines can be closed.
    pub async fn set_roles(
        &self,
        practice: PracticeId,
        account: AccountId,
        roles: &[AccountRole],
        covers: impl Fn(CareRole) -> bool,
        at: Timestamp,
    ) -> Result<Vec<(RoomId, ParticipantId)>, KeepError> {
        let mut tx = self.engine().begin().await?;
        let changed = async {
            hold_practice(&mut tx, practice).await?;
            let sql = "UPDATE account SET roles = $1 WHERE id = $2 AND practice = $3 AND left_at IS NULL";
            let words = roles_text(roles);
            if tx.run(sql, values![words.as_str(), account, practice]).await? == 0 {
                return Err(StoreFault::NotFound("account").into());
            }
            let mut gone = Vec::new();
            let sql = "SELECT room, participant, part FROM room_staff WHERE account = $1 ORDER BY room";
            for row in tx.rows(sql, values![account]).await? {
                let (room, participant) = (row.room(0)?, row.participant(1)?);
                if covers(part(&row.text(2)?)?) {
                    continue;
                }
                let sql = "DELETE FROM room_staff WHERE account = $1 AND room = $2";
                tx.run(sql, values![account, room]).await?;
                if !is_led(&mut tx, room).await? {
                    return Ok(Err(KeepError::NoLead));
                }
                gone.push((room, participant));
            }
            if !CareRole::ALL.iter().any(|part| covers(*part)) {
                gone.extend(end_look_ins(&mut tx, account, at).await?);
            }
            if !is_administered(&mut tx, practice).await? {
                return Ok(Err(KeepError::LastAdministrator));
            }
            Ok::<_, Trouble>(Ok(gone))
        };
        let changed = changed.await;
        self.settled(tx, changed).await
    }

    /// Takes an account out: its logins end, its parts in care teams and its looking in, and its address is free for another. The rooms that it
    /// alone leads go to `hand_over_to`, who must not be `by` unless they belong to the room's team already.
    pub async fn take_out(
        &self,
        practice: PracticeId,
        account: AccountId,
        by: AccountId,
        hand_over_to: Option<AccountId>,
        at: Timestamp,
    ) -> Result<Left, KeepError> {
        let mut tx = self.engine().begin().await?;
        let done = async {
            hold_practice(&mut tx, practice).await?;
            // Nobody finds the account by an address any more: what is looked for is never random.
            let mut nowhere = [0; 32];
            draw(&mut nowhere);
            let sql =
                "UPDATE account SET left_at = $1, email_index = $2 WHERE id = $3 AND practice = $4 AND left_at IS NULL";
            if tx.run(sql, values![at, nowhere, account, practice]).await? == 0 {
                return Err(StoreFault::NotFound("account").into());
            }
            let mut places = Vec::new();
            let sql = "DELETE FROM room_staff WHERE account = $1 RETURNING room, participant";
            for row in tx.rows(sql, values![account]).await? {
                let room = row.room(0)?;
                places.push((room, row.participant(1)?));
                if is_led(&mut tx, room).await? {
                    continue;
                }
                let Some(next) = hand_over_to else {
                    return Ok(Err(KeepError::NoLead));
                };
                let was = part_in(&mut tx, room, next).await?;
                if next == by && was.is_none() {
                    return Ok(Err(KeepError::NotToOneself));
                }
                places.extend(
                    put(&mut tx, room, next, was, CareRole::Lead)
                        .await?
                        .map(|former| (room, former)),
                );
            }
            places.extend(end_look_ins(&mut tx, account, at).await?);
            take_private_notes(&mut tx, account).await?;
            // Whoever comes back one day makes a new account, and signs in to that one at the practice's service.
            let sql = "DELETE FROM outside_sign_in WHERE account = $1";
            tx.run(sql, values![account]).await?;
            let sql = "DELETE FROM login WHERE account = $1 RETURNING id";
            let ended = tx.rows(sql, values![account]).await?;
            if !is_administered(&mut tx, practice).await? {
                return Ok(Err(KeepError::LastAdministrator));
            }
            let logins = ended.iter().map(|row| row.login(0)).collect::<Result<_, _>>()?;
            Ok::<_, Trouble>(Ok(Left { logins, places }))
        };
        let done = done.await;
        self.settled(tx, done).await
    }

    async fn settled<T>(&self, tx: Tx, done: Result<Result<T, KeepError>, Trouble>) -> Result<T, KeepError> {
        match done {
            Ok(Ok(value)) => {
                self.engine().finish(tx).await?;
                Ok(value)
            }
            Ok(Err(why)) => {
                tx.roll_back().await;
                Err(why)
            }
            Err(Trouble::Sql(error)) => Err(self.engine().fault(&error).into()),
            Err(Trouble::Row(fault)) => {
                tx.roll_back().await;
                Err(fault.into())
            }
        }
    }
}

/// Ends an account's looking in, and takes back what still waits for a second person. Gives the places that end.
async fn end_look_ins(tx: &mut Tx, account: AccountId, at: Timestamp) -> Result<Vec<(RoomId, ParticipantId)>, Trouble> {
    let mut places = Vec::new();
    let sql = "SELECT room, participant FROM look_in WHERE asked_by = $1 AND until > $2";
    for row in tx.rows(sql, values![account, at]).await? {
        places.push((row.room(0)?, row.participant(1)?));
    }
    let sql = "UPDATE look_in SET until = $2 WHERE asked_by = $1 AND until > $2";
    tx.run(sql, values![account, at]).await?;
    let sql = "UPDATE look_in SET taken_back_at = COALESCE(taken_back_at, $2) WHERE asked_by = $1 AND until IS NULL";
    tx.run(sql, values![account, at]).await?;
    Ok(places)
}

/// One change of a practice's accounts at a time: two administrators who take each other's role away must not both succeed. On PostgreSQL the
/// second one waits here.
async fn hold_practice(tx: &mut Tx, practice: PracticeId) -> Result<(), Trouble> {
    let sql = "UPDATE practice SET created_at = created_at WHERE id = $1";
    tx.run(sql, values![practice]).await?;
    Ok(())
}

async fn is_administered(tx: &mut Tx, practice: PracticeId) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM account WHERE practice = $1 AND left_at IS NULL AND roles LIKE 'administrator%' LIMIT 1";
    Ok(tx.row(sql, values![practice]).await?.is_some())
}
