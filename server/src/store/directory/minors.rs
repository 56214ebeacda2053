//! Members who are not of age: whose guardian agreed, who recorded it, and whether they said yes themselves. Names are sealed for the member.

use protocol::{AccountId, ParticipantId, Private, RoomId, Timestamp};

use super::accounts::text;
use crate::store::sql::{Row, values};
use crate::store::{Store, StoreFault};

/// What is known of a member who is not of age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minor {
    pub participant: ParticipantId,
    pub consent: Option<GuardiansConsent>,
    /// When they said yes themselves.
    pub assented_at: Option<Timestamp>,
}

/// A guardian agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardiansConsent {
    /// `None` once the member was erased.
    pub guardian: Option<Private<String>>,
    pub at: Timestamp,
    /// Who recorded it.
    pub by: Private<String>,
}

impl Store {
    /// This member is not of age. Saying it twice changes nothing.
    pub async fn mark_minor(&self, room: RoomId, who: ParticipantId, at: Timestamp) -> Result<(), StoreFault> {
        let sql = "INSERT INTO minor (practice, room, participant, marked_at) SELECT practice, id, $2, $3 FROM room WHERE id = $1
                   ON CONFLICT (room, participant) DO NOTHING";
        self.engine().write(sql, values![room, who, at]).await.map(|_| ())
    }

    /// It was a mistake, or they have come of age.
    pub async fn unmark_minor(&self, room: RoomId, who: ParticipantId) -> Result<(), StoreFault> {
        let sql = "DELETE FROM minor WHERE room = $1 AND participant = $2";
        self.engine().write(sql, values![room, who]).await.map(|_| ())
    }

    /// A guardian agreed; a later one counts instead. What the member said themselves stays.
    pub async fn record_guardian(
        &self,
        room: RoomId,
        who: ParticipantId,
        guardian: &Private<String>,
        by: AccountId,
        at: Timestamp,
    ) -> Result<(), StoreFault> {
        let sealed = self
            .seal_for_person(room, who, GUARDIAN, guardian.expose().as_bytes())
            .await?;
        let sql = "UPDATE minor SET sealed_guardian = $3, consented_at = $4, recorded_by = $5
                   WHERE room = $1 AND participant = $2";
        match self.engine().write(sql, values![room, who, sealed, at, by]).await? {
            0 => Err(StoreFault::NotFound("minor")),
            _ => Ok(()),
        }
    }

    /// They say yes themselves. The first time counts.
    pub async fn record_assent(&self, room: RoomId, who: ParticipantId, at: Timestamp) -> Result<(), StoreFault> {
        let sql = "UPDATE minor SET assented_at = COALESCE(assented_at, $3) WHERE room = $1 AND participant = $2";
        match self.engine().write(sql, values![room, who, at]).await? {
            0 => Err(StoreFault::NotFound("minor")),
            _ => Ok(()),
        }
    }

    /// Everybody of a room who is not of age.
    pub async fn minors(&self, room: RoomId) -> Result<Vec<Minor>, StoreFault> {
        let sql = "SELECT participant, sealed_guardian, consented_at, recorded_by, assented_at FROM minor
                   WHERE room = $1 ORDER BY marked_at, participant";
        let mut all = Vec::new();
        for row in self.engine().rows(sql, values![room]).await? {
            all.push(self.minor_of(room, &row).await?);
        }
        Ok(all)
    }

    /// One, where they are not of age.
    pub async fn minor(&self, room: RoomId, who: ParticipantId) -> Result<Option<Minor>, StoreFault> {
        Ok(self.minors(room).await?.into_iter().find(|one| one.participant == who))
    }

    async fn minor_of(&self, room: RoomId, row: &Row) -> Result<Minor, StoreFault> {
        let participant = row.participant(0)?;
        let consent = match (row.optional_bytes(1)?, row.optional_at(2)?) {
            (Some(sealed), Some(at)) => {
                let plain = self.open_for_person(room, participant, GUARDIAN, &sealed).await?;
                Some(GuardiansConsent {
                    guardian: plain.map(text).transpose()?,
                    at,
                    by: self.name_of(row.account(3)?).await?,
                })
            }
            _ => None,
        };
        Ok(Minor {
            participant,
            consent,
            assented_at: row.optional_at(4)?,
        })
    }
}

/// The field under which a guardian's name is sealed.
const GUARDIAN: &str = "minor.guardian";
