//! Texts sealed for one person: they open until that person's key is destroyed, and never again.

use protocol::{ParticipantId, RoomId};

use super::limits::MAX_SEALED_FIELD_BYTES;
use super::vault::{Group, Person, UNREADABLE};
use super::{Store, StoreFault};
use crate::keys::Context;

/// One sealed text of a room, to be opened together with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedField<'a> {
    pub participant: ParticipantId,
    /// The field's name as it was sealed.
    pub field: &'a str,
    pub sealed: &'a [u8],
}

impl Store {
    /// Seals a text under a participant's own key. The same text sealed twice differs.
    pub async fn seal_for_person(
        &self,
        room: RoomId,
        participant: ParticipantId,
        field: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreFault> {
        if plain.len() > MAX_SEALED_FIELD_BYTES {
            tracing::error!(field, "a text for sealing is above its limit");
            return Err(StoreFault::TooLarge);
        }
        let group = self.group(room).await?;
        let key = self.vault().person_or_new(self.engine(), room, participant).await?;
        Ok(key.seal(&place(&group, participant, field), plain))
    }

    /// Opens a sealed text; `None` once the person was erased.
    pub async fn open_for_person(
        &self,
        room: RoomId,
        participant: ParticipantId,
        field: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreFault> {
        let group = self.group(room).await?;
        match self.vault().person(self.engine(), room, participant).await? {
            Some(Person::Key(key)) => key
                .open(&place(&group, participant, field), sealed)
                .map(Some)
                .map_err(|_| UNREADABLE),
            Some(Person::Erased) => Ok(None),
            None => Err(UNREADABLE),
        }
    }

    /// Opens many texts of one room: a whole roster. In the order given; `None` for the erased.
    pub async fn open_for_people(
        &self,
        room: RoomId,
        fields: &[SealedField<'_>],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreFault> {
        self.vault().warm_people(self.engine(), room).await?;
        let mut opened = Vec::with_capacity(fields.len());
        for one in fields {
            opened.push(
                self.open_for_person(room, one.participant, one.field, one.sealed)
                    .await?,
            );
        }
        Ok(opened)
    }

    /// Destroys a participant's key. Everything sealed for them is unreadable when this returns; doing it twice is no fault.
    pub async fn erase_person(&self, room: RoomId, participant: ParticipantId) -> Result<(), StoreFault> {
        self.vault().destroy_person(self.engine(), room, participant).await?;
        self.purge().await
    }
}

pub(super) fn place(group: &Group, participant: ParticipantId, field: &str) -> Context {
    group
        .place("rondo.person.1")
        .id(participant.bits())
        .with(field.as_bytes())
}
