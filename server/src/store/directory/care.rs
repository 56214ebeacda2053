//! Care teams: who looks after a room, and as what. A room always has somebody who leads it.

use protocol::api::CareRole;
use protocol::{AccountId, ParticipantId, PracticeId, Private, RoomId};

use crate::access::role_of;
use crate::keys::draw;
use crate::store::sql::{Row, Trouble, Tx, values};
use crate::store::{Store, StoreFault};

/// Somebody who looks after a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMember {
    pub account: AccountId,
    /// Who they are in the room.
    pub participant: ParticipantId,
    pub name: Private<String>,
    pub part: CareRole,
}

/// Why a team stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TeamError {
    /// Nobody would lead the room.
    #[error("a room needs somebody who leads it")]
    NoLead,
    /// More people than a team may have.
    #[error("the team is full")]
    Full,
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

impl Store {
    /// The practice of a room, where there is one.
    pub async fn practice_of_room(&self, room: RoomId) -> Result<Option<PracticeId>, StoreFault> {
        let sql = "SELECT practice FROM room WHERE id = $1";
        let row = self.engine().row(sql, values![room]).await?;
        row.map(|row| row.practice(0)).transpose()
    }

    /// Who looks after a room: who leads first.
    pub async fn team(&self, room: RoomId) -> Result<Vec<TeamMember>, StoreFault> {
        let sql = "SELECT account, participant, part FROM room_staff WHERE room = $1 ORDER BY account";
        let mut team = Vec::new();
        for row in self.engine().rows(sql, values![room]).await? {
            let account = row.account(0)?;
            team.push(TeamMember {
                account,
                participant: row.participant(1)?,
                name: self.name_of(account).await?,
                part: part(&row.text(2)?)?,
            });
        }
        team.sort_by_key(|member| member.part);
        Ok(team)
    }

    /// Gives somebody of the room's practice a part in its team, or takes it away. Gives who they were in the room where they are that
    /// no more, so that their lines can be closed.
    pub async fn set_part(
        &self,
        room: RoomId,
        account: AccountId,
        to: Option<CareRole>,
        most: usize,
    ) -> Result<Option<ParticipantId>, TeamError> {
        let mut tx = self.engine().begin().await?;
        let changed = async {
            hold_room(&mut tx, room).await?;
            let was = part_in(&mut tx, room, account).await?;
            let gone = match to {
                Some(to) => put(&mut tx, room, account, was, to).await?,
                None => {
                    let sql = "DELETE FROM room_staff WHERE room = $1 AND account = $2";
                    tx.run(sql, values![room, account]).await?;
                    was.map(|(participant, _)| participant)
                }
            };
            let sql = "SELECT COUNT(*) FROM room_staff WHERE room = $1";
            let all = tx.row(sql, values![room]).await?.map_or(Ok(0), |row| row.count(0))?;
            if !is_led(&mut tx, room).await? {
                return Ok(Err(TeamError::NoLead));
            }
            if usize::try_from(all).unwrap_or(usize::MAX) > most {
                return Ok(Err(TeamError::Full));
            }
            Ok::<_, Trouble>(Ok(gone))
        };
        match changed.await {
            Ok(Ok(gone)) => {
                self.engine().finish(tx).await?;
                Ok(gone)
            }
            Ok(Err(why)) => {
                tx.roll_back().await;
                Err(why)
            }
            Err(Trouble::Sql(error)) => Err(self.engine().fault(&error).into()),
            Err(Trouble::Row(fault)) => Err(fault.into()),
        }
    }
}

/// One change of a room's team at a time: on PostgreSQL a second one waits here, and counts what the first left.
async fn hold_room(tx: &mut Tx, room: RoomId) -> Result<(), Trouble> {
    match tx
        .run("UPDATE room SET language = language WHERE id = $1", values![room])
        .await?
    {
        0 => Err(StoreFault::NotFound("room").into()),
        _ => Ok(()),
    }
}

pub(super) async fn part_in(
    tx: &mut Tx,
    room: RoomId,
    account: AccountId,
) -> Result<Option<(ParticipantId, CareRole)>, Trouble> {
    let sql = "SELECT participant, part FROM room_staff WHERE room = $1 AND account = $2";
    let row = tx.row(sql, values![room, account]).await?;
    let read = |row: Row| Ok::<_, StoreFault>((row.participant(0)?, part(&row.text(1)?)?));
    Ok(row.map(read).transpose()?)
}

/// Gives a part. In the room a role never changes under a person's feet: where it would, they come as somebody new, and who they were is
/// given back.
pub(super) async fn put(
    tx: &mut Tx,
    room: RoomId,
    account: AccountId,
    was: Option<(ParticipantId, CareRole)>,
    to: CareRole,
) -> Result<Option<ParticipantId>, Trouble> {
    let stays = was.filter(|(_, part)| role_of(*part) == role_of(to));
    let participant = stays.map_or_else(new_participant, |(participant, _)| participant);
    let sql = "INSERT INTO room_staff (practice, account, room, participant, part)
               SELECT account.practice, account.id, room.id, $3, $4 FROM account JOIN room ON room.practice = account.practice
               WHERE account.id = $1 AND room.id = $2 AND account.left_at IS NULL
               ON CONFLICT (account, room) DO UPDATE SET participant = excluded.participant, part = excluded.part";
    if tx.run(sql, values![account, room, participant, part_word(to)]).await? == 0 {
        return Err(StoreFault::NotFound("account").into());
    }
    Ok(was.map(|(participant, _)| participant).filter(|_| stays.is_none()))
}

pub(super) async fn is_led(tx: &mut Tx, room: RoomId) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM room_staff WHERE room = $1 AND part = 'lead' LIMIT 1";
    Ok(tx.row(sql, values![room]).await?.is_some())
}

fn new_participant() -> ParticipantId {
    let mut bits = [0; 16];
    draw(&mut bits);
    ParticipantId::from_bits(u128::from_be_bytes(bits))
}

const fn part_word(part: CareRole) -> &'static str {
    match part {
        CareRole::Lead => "lead",
        CareRole::CoFacilitator => "co_facilitator",
        CareRole::Prescriber => "prescriber",
        CareRole::Supervisor => "supervisor",
    }
}

pub(super) fn part(word: &str) -> Result<CareRole, StoreFault> {
    [
        CareRole::Lead,
        CareRole::CoFacilitator,
        CareRole::Prescriber,
        CareRole::Supervisor,
    ]
    .into_iter()
    .find(|part| part_word(*part) == word)
    .ok_or(StoreFault::Damaged("a part of a care team that does not exist"))
}
