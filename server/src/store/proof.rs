//! Proof by trying: every sealed text of a room as it stands in the database, and how many of them open under any key there is.
//!
//! "Any" is meant: every key that the root key and the database together give, whoever it belongs to. What opens then could be read by
//! whoever holds both; what does not is gone. A room's title is left out: nobody who came wrote it.

use protocol::{ParticipantId, RoomId};

use super::rotate::PRACTICE_KEYS;
use super::sql::{Row, values};
use super::vault::{Group, wrapping};
use super::{Store, StoreFault};
use crate::keys::{Context, Key, KeyKind};

/// One sealed text and where it stands.
pub struct SealedPiece {
    place: Context,
    sealed: Vec<u8>,
}

impl std::fmt::Debug for SealedPiece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedPiece({} bytes)", self.sealed.len())
    }
}

impl SealedPiece {
    /// The bytes as they stand in the database's files.
    pub fn bytes(&self) -> &[u8] {
        &self.sealed
    }

    /// A text under one of the room's keys carries that key's number in front, which stands in the associated data too.
    fn of_group(place: Context, sealed: &[u8]) -> Result<Self, StoreFault> {
        let (id, sealed) = sealed
            .split_first_chunk::<4>()
            .ok_or(StoreFault::Damaged("a sealed text"))?;
        Ok(Self {
            place: place.with(id),
            sealed: sealed.to_vec(),
        })
    }
}

impl Store {
    /// Every sealed text of a room: events, snapshot, notes, names on links.
    pub async fn sealed_pieces(&self, room: RoomId) -> Result<Vec<SealedPiece>, StoreFault> {
        let group = self.group(room).await?;
        self.engine().post().await?;
        let mut all = Vec::new();
        for (sql, place) in PLACES {
            for row in self.engine().rows(sql, values![room]).await? {
                let (place, sealed) = place(&group, &row)?;
                all.push(match place {
                    Place::Group(place) => SealedPiece::of_group(place, &sealed)?,
                    Place::Person(place) => SealedPiece { place, sealed },
                });
            }
        }
        Ok(all)
    }

    /// How many of these open under any key that the root key and the database give.
    pub async fn opening(&self, pieces: &[SealedPiece]) -> Result<usize, StoreFault> {
        let keys = self.every_key().await?;
        let opens = |piece: &&SealedPiece| keys.iter().any(|key| key.open(&piece.place, &piece.sealed).is_ok());
        Ok(pieces.iter().filter(opens).count())
    }

    async fn every_key(&self) -> Result<Vec<Key>, StoreFault> {
        let mut keys = Vec::new();
        for row in self.engine().rows(PRACTICE_KEYS, values![]).await? {
            keys.push(self.vault().practice_key(&row)?.1);
        }
        let practices = keys.len();
        for (kind, sql) in [
            (KeyKind::Group, "SELECT practice, wrapped, room, key_id FROM group_key"),
            (
                KeyKind::Participant,
                "SELECT practice, wrapped, room, participant FROM person_key",
            ),
        ] {
            for row in self.engine().rows(sql, values![]).await? {
                let second = match kind {
                    KeyKind::Group => u128::from(row.count(3)?),
                    _ => row.participant(3)?.bits(),
                };
                let place = wrapping(row.practice(0)?, kind, &[row.room(2)?.bits(), second]);
                let wrapped = row.bytes(1)?;
                let opened = keys[..practices]
                    .iter()
                    .find_map(|practice| practice.unwrap(&place, &wrapped).ok());
                keys.extend(opened);
            }
        }
        Ok(keys)
    }
}

/// Under whose key a text is sealed, and where.
enum Place {
    Group(Context),
    Person(Context),
}

type Read = fn(&Group, &Row) -> Result<(Place, Vec<u8>), StoreFault>;

/// Every table with what was said and noted in a room, and how a row's place is told. Reasons for erasures, holds and look-ins, and guardians'
/// names, are not among them.
const PLACES: [(&str, Read); 6] = [
    (
        "SELECT event.header, event_body.ciphertext FROM event_body
         JOIN event ON event.room = event_body.room AND event.seq = event_body.seq WHERE event_body.room = $1",
        |group, row| {
            Ok((
                Place::Group(super::journal::event_place(group, &row.bytes(0)?)),
                row.bytes(1)?,
            ))
        },
    ),
    (
        "SELECT event.header, event_rest.ciphertext FROM event_rest
         JOIN event ON event.room = event_rest.room AND event.seq = event_rest.seq WHERE event_rest.room = $1",
        |group, row| {
            Ok((
                Place::Group(super::erasure::rest_place(group, &row.bytes(0)?)),
                row.bytes(1)?,
            ))
        },
    ),
    ("SELECT seq, sealed FROM snapshot WHERE room = $1", |group, row| {
        Ok((
            Place::Group(super::journal::snapshot_place(group, row.count(0)?)),
            row.bytes(1)?,
        ))
    }),
    (
        "SELECT note, author, sealed FROM note_update WHERE room = $1",
        |group, row| {
            let place = super::notes::update_place(group, row.int(0)?, row.participant(1)?);
            Ok((Place::Group(place), row.bytes(2)?))
        },
    ),
    (
        "SELECT note, folded_n, folded FROM note WHERE room = $1 AND folded IS NOT NULL",
        |group, row| {
            let place = super::notes::folded_place(group, row.int(0)?, row.count(1)?);
            Ok((Place::Group(place), row.bytes(2)?))
        },
    ),
    (
        "SELECT participant, sealed_name FROM invite WHERE room = $1",
        |group, row| {
            let who: ParticipantId = row.participant(0)?;
            let place = super::people::place(group, who, super::directory::GUEST_NAME);
            Ok((Place::Person(place), row.bytes(1)?))
        },
    ),
];
