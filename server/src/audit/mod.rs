//! The audit book: who came to what, what they did, when, and whether they were let. One record an access, refusals too; no name and no
//! word of anybody is in it, only ids. Each practice has its own book; the tables keep records from being changed ([`crate::store`]).
//!
//! A record is on the disk before the answer leaves. Refusals are bounded: above so many a minute by one person, or by everybody without a
//! login together, the rest is counted and one record says how many there were.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::{AccountId, ColleagueLinkId, InviteId, LookInId, ParticipantId, PracticeId, RoomId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits::{DENIALS_NOTED_PER_MINUTE, DENIALS_PERIOD};
use crate::store::{Store, StoreFault};

/// What an address does with what is somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Neither reads nor writes anything that is about somebody else: only refusals are noted.
    Passes,
    Reads,
    Writes,
}

/// What it is about. A closed list: a new kind of thing is added here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// The state of the door: whether the set-up is done, one's own rooms.
    Door,
    /// The house's recovery key.
    RecoveryKey,
    /// A login: it begins, it ends.
    Login,
    /// A seat that a link opens.
    Seat,
    Packs,
    Group,
    /// A personal link and the name on it.
    Invite,
    /// What opens a room's line.
    Ticket,
    /// The room itself: somebody came in.
    Room,
    /// The list of those who work in a practice.
    People,
    ColleagueLink,
    Account,
    Team,
    /// Who is not of age, and a guardian's yes.
    Minor,
    Assent,
    LookIn,
    /// What a member sees and takes along of their own.
    OwnData,
    /// Asking for an erasure, carrying it out, saying no to it.
    Erasure,
    /// What stands against an erasure.
    Hold,
    /// The signed log: hashes and places, nobody's words.
    Log,
    /// What somebody proves with that an account is theirs.
    Factor,
    /// A device that came by a member's link.
    Device,
    /// The PIN that a member wants to be asked for.
    Pin,
}

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Nobody,
    Account(AccountId),
    Participant(ParticipantId),
}

/// Whom or what it was about, as far as it has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    // In the order of the alphabet, as in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<InviteId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<ColleagueLinkId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_in: Option<LookInId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

impl Subject {
    /// This, with what another knows besides.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            account: self.account.or(other.account),
            invite: self.invite.or(other.invite),
            link: self.link.or(other.link),
            look_in: self.look_in.or(other.look_in),
            participant: self.participant.or(other.participant),
            room: self.room.or(other.room),
        }
    }
}

/// One access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    // In the order of the alphabet: the header's bytes are the same wherever they are made again.
    pub at: Timestamp,
    pub by: By,
    pub does: Does,
    pub granted: bool,
    /// So many more like it were not noted one by one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    pub subject: Subject,
    pub thing: Thing,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(more: &u64) -> bool {
    *more == 0
}

impl Record {
    /// Canonical JSON: keys in the order of the alphabet, no spaces, nothing that is absent.
    pub fn header(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("ids, numbers and plain words can always be written")
    }

    /// A record from its header; none where the bytes are not one.
    pub fn read(header: &[u8]) -> Option<Self> {
        serde_json::from_slice(header).ok()
    }
}

/// The book's one writer.
pub(crate) struct Audit {
    store: Store,
    minute: Mutex<Minute>,
}

/// Refusals of the running minute, by who was refused: never more than the people who have a login, and nobody.
#[derive(Default)]
struct Minute {
    begun: Timestamp,
    refused: HashMap<(PracticeId, By), Refused>,
}

struct Refused {
    noted: u32,
    more: u64,
    /// The last that was not noted.
    last: Record,
}

impl Audit {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            minute: Mutex::default(),
        }
    }

    /// Notes an access. When this returns it is on the disk, or counted among those that are not noted one by one.
    pub(crate) async fn note(&self, practice: PracticeId, record: Record) -> Result<(), StoreFault> {
        self.catch_up(record.at).await?;
        if !record.granted && !self.has_room_for(practice, record) {
            return Ok(());
        }
        self.store.append_audit(practice, &[record.header()]).await
    }

    /// Once a minute is over: says how many refusals were not noted one by one.
    pub(crate) async fn catch_up(&self, now: Timestamp) -> Result<(), StoreFault> {
        let unsaid = self.minute().turned(now);
        for (practice, record) in unsaid {
            self.store.append_audit(practice, &[record.header()]).await?;
        }
        Ok(())
    }

    fn has_room_for(&self, practice: PracticeId, record: Record) -> bool {
        self.minute().has_room_for(practice, record)
    }

    fn minute(&self) -> std::sync::MutexGuard<'_, Minute> {
        self.minute.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Minute {
    /// Begins the next minute if it is time; gives what the last one left unsaid.
    fn turned(&mut self, now: Timestamp) -> Vec<(PracticeId, Record)> {
        if u128::from(now.since(self.begun)) < DENIALS_PERIOD.as_millis() {
            return Vec::new();
        }
        self.begun = now;
        let unsaid = std::mem::take(&mut self.refused).into_iter();
        unsaid
            .filter(|(_, refused)| refused.more > 0)
            .map(|((practice, _), refused)| {
                let record = Record {
                    more: refused.more,
                    subject: Subject::default(),
                    ..refused.last
                };
                (practice, record)
            })
            .collect()
    }

    fn has_room_for(&mut self, practice: PracticeId, record: Record) -> bool {
        let refused = self.refused.entry((practice, record.by)).or_insert(Refused {
            noted: 0,
            more: 0,
            last: record,
        });
        if refused.noted < DENIALS_NOTED_PER_MINUTE {
            refused.noted += 1;
            return true;
        }
        refused.more += 1;
        refused.last = record;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(at: u64, by: By) -> Record {
        Record {
            at: Timestamp(at),
            by,
            does: Does::Reads,
            granted: false,
            more: 0,
            subject: Subject {
                room: Some(RoomId::from_bits(7)),
                ..Subject::default()
            },
            thing: Thing::Group,
        }
    }

    #[test]
    fn a_header_has_its_keys_in_the_order_of_the_alphabet_and_reads_back() {
        let record = refusal(9, By::Account(AccountId::from_bits(5)));
        let text = String::from_utf8(record.header()).unwrap();
        assert_eq!(
            text,
            "{\"at\":9,\"by\":{\"account\":\"ac_00000000000000000000000000000005\"},\"does\":\"reads\",\"granted\":false,\
             \"subject\":{\"room\":\"rm_00000000000000000000000000000007\"},\"thing\":\"group\"}"
        );
        assert_eq!(Record::read(text.as_bytes()), Some(record));
        // The order is that of a map that sorts.
        let sorted: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(sorted.to_string(), text);
        assert_eq!(Record::read(b"{}"), None);
    }

    #[test]
    fn above_the_bound_refusals_are_counted_and_said_in_one_record_when_the_minute_is_over() {
        let (mut minute, practice) = (Minute::default(), PracticeId::from_bits(1));
        assert_eq!(minute.turned(Timestamp(100_000)), []);
        let noted = (0..1000).filter(|_| minute.has_room_for(practice, refusal(100_001, By::Nobody)));
        assert_eq!(noted.count(), DENIALS_NOTED_PER_MINUTE as usize);
        // Another person's are noted all the same.
        let other = By::Participant(ParticipantId::from_bits(2));
        assert!(minute.has_room_for(practice, refusal(100_002, other)));
        assert_eq!(minute.turned(Timestamp(100_003)), [], "the minute is not over");
        let unsaid = minute.turned(Timestamp(160_000));
        assert_eq!(unsaid.len(), 1);
        assert_eq!(
            (unsaid[0].1.by, unsaid[0].1.more),
            (By::Nobody, 1000 - u64::from(DENIALS_NOTED_PER_MINUTE))
        );
        assert!(
            minute.has_room_for(practice, refusal(160_001, By::Nobody)),
            "a new minute"
        );
    }
}
