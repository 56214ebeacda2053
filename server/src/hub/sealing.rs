//! Sealing what a decision made, and opening what a replay brought back. The only place where a room's personal texts meet keys.

use protocol::{ParticipantId, RoomId};
use room::{Event, SealedText};

use crate::store::{SealedField, Store, StoreFault};

/// The field's name in the seal's associated data: one name, for a sealed text never moves between rooms or persons.
const FIELD: &str = "room-text";

/// Seals every personal text of new events.
pub(super) async fn seal(store: &Store, room: RoomId, events: &mut [Event]) -> Result<(), StoreFault> {
    for text in events.iter_mut().flat_map(Event::sealed_fields_mut) {
        let Some(plain) = text.text() else { continue };
        let sealed = store
            .seal_for_person(room, text.person(), FIELD, plain.expose().as_bytes())
            .await?;
        let sealing: Result<(), std::convert::Infallible> = text.seal_with(|_, _| Ok(sealed));
        sealing.unwrap_or_else(|never| match never {});
    }
    Ok(())
}

/// Opens every personal text that a replay brought back; what was erased stays shut.
pub(super) async fn open(
    store: &Store,
    room: RoomId,
    fields: impl Iterator<Item = &mut SealedText>,
) -> Result<(), StoreFault> {
    let mut fields: Vec<&mut SealedText> = fields.collect();
    let mut shut: Vec<(ParticipantId, Vec<u8>)> = Vec::new();
    for text in &mut fields {
        text.open_with(|person, cipher| {
            shut.push((person, cipher.to_vec()));
            None
        });
    }
    let asked: Vec<SealedField<'_>> = shut
        .iter()
        .map(|(participant, sealed)| SealedField {
            participant: *participant,
            field: FIELD,
            sealed,
        })
        .collect();
    let mut opened = store.open_for_people(room, &asked).await?.into_iter();
    for text in fields {
        text.open_with(|_, _| opened.next().flatten().and_then(|bytes| String::from_utf8(bytes).ok()));
    }
    Ok(())
}
