//! An event's header: the part of an event that is never erased. No names, no content; canonical bytes, so that a commitment over it
//! means the same everywhere.
//!
//! ```text
//! byte 0        version, 1
//! bytes 1-16    room
//! bytes 17-24   sequence number    (numbers are big endian)
//! bytes 25-32   time, milliseconds since 1970
//! bytes 33-36   id of the group key that sealed the body
//! bytes 37-52   the actor's pseudonym in this room, or zeros
//! bytes 53..    kind, in ASCII
//! ```

use protocol::{RoomId, Timestamp};

use super::StoreFault;

const VERSION: u8 = 1;
const FIXED_BYTES: usize = 53;
const DAMAGED: StoreFault = StoreFault::Damaged("an event's header");

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) room: RoomId,
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) key_id: u32,
    pub(super) pseudonym: [u8; 16],
    pub(super) kind: String,
}

impl Header {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FIXED_BYTES + self.kind.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.room.bits().to_be_bytes());
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(&self.at.0.to_be_bytes());
        bytes.extend_from_slice(&self.key_id.to_be_bytes());
        bytes.extend_from_slice(&self.pseudonym);
        bytes.extend_from_slice(self.kind.as_bytes());
        bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreFault> {
        let rest = bytes.strip_prefix(&[VERSION]).ok_or(DAMAGED)?;
        let (room, rest) = rest.split_first_chunk().ok_or(DAMAGED)?;
        let (seq, rest) = rest.split_first_chunk().ok_or(DAMAGED)?;
        let (at, rest) = rest.split_first_chunk().ok_or(DAMAGED)?;
        let (key_id, rest) = rest.split_first_chunk().ok_or(DAMAGED)?;
        let (pseudonym, kind) = rest.split_first_chunk().ok_or(DAMAGED)?;
        Ok(Self {
            room: RoomId::from_bits(u128::from_be_bytes(*room)),
            seq: u64::from_be_bytes(*seq),
            at: Timestamp(u64::from_be_bytes(*at)),
            key_id: u32::from_be_bytes(*key_id),
            pseudonym: *pseudonym,
            kind: String::from_utf8(kind.to_vec()).map_err(|_| DAMAGED)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            room: RoomId::from_bits(5),
            seq: 7,
            at: Timestamp(9),
            key_id: 1,
            pseudonym: [3; 16],
            kind: "floor.granted".to_owned(),
        }
    }

    #[test]
    fn a_header_reads_back_as_written() {
        assert_eq!(Header::read(&header().write()), Ok(header()));
    }

    #[test]
    fn a_header_cut_short_is_a_fault_and_not_a_panic() {
        let bytes = header().write();
        for length in 0..FIXED_BYTES {
            assert_eq!(Header::read(&bytes[..length]), Err(DAMAGED));
        }
    }
}
