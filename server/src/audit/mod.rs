//! The audit book: who came to what, what they did, when, and whether they were let. One record an access, refusals too; no name and no
//! word of anybody is in it, only ids. Each practice has its own book; the tables keep records from being changed ([`crate::store`]).
//!
//! A record is on the disk before the answer leaves, and before a write by somebody who is signed in that it is begun ([`Audit::begin`]):
//! a process that is killed in between leaves that, and a later one notes it as cut off.
//!
//! Refusals are bounded: above so many a minute by one person, or by everybody without a
//! login together, the rest is counted and one record says how many there were.

pub(crate) mod own;
pub mod who_saw;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::{AccountId, ColleagueLinkId, InviteId, LookInId, ParticipantId, PracticeId, RoomId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits::{DENIALS_NOTED_PER_MINUTE, DENIALS_PERIOD, ROOM_DENIALS_NOTED_PER_MINUTE};

use crate::retention::Class;
use crate::store::{AuditRow, Begun, MAX_AUDIT_EMPTIED, Store, StoreFault};

/// What an address does with what is somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Neither reads nor writes anything that is about somebody else: only refusals are noted.
    Passes,
    Reads,
    Writes,
}

/// What it is about. A closed list: a new kind of thing is added here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// This book itself: records whose time was over were emptied.
    Book,
    /// The keys of the practice: new ones were made.
    Keys,
    /// Somebody's own process notes, and the key to them: sealed, whoever asks.
    PrivateNote,
    /// Something that somebody asked for inside a room.
    Act,
    /// A shared note of a room.
    Note,
    /// What those who lead note among themselves.
    LeadersNote,
    /// Where somebody was, and how to reach them.
    Arrival,
    /// What somebody answered alone.
    Answers,
    /// That somebody was not OK and what was done, or what came of seeing them alone.
    Safety,
    /// What somebody works on.
    Work,
    /// What went because its term was over.
    Retention,
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

/// What kind of action was asked for in a room: the word that it has on the wire, and nothing that came with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ActionKind([u8; ActionKind::LONGEST]);

impl ActionKind {
    /// The longest word there is, with room for a longer one.
    const LONGEST: usize = 24;
    /// A word that does not fit.
    pub const OTHER: Self = Self::written("other");
    /// What is asked for on the notes' own lane.
    pub const OPEN_NOTE: Self = Self::written("open_note");
    pub const WRITE_NOTE: Self = Self::written("write_note");
    pub const MEDIA: Self = Self::written("media_offer");
    pub const SIGNAL: Self = Self::written("signal");

    const fn written(word: &str) -> Self {
        let (word, mut bytes, mut n) = (word.as_bytes(), [0; Self::LONGEST], 0);
        while n < word.len() {
            bytes[n] = word[n];
            n += 1;
        }
        Self(bytes)
    }

    /// Small letters and lines between them; nothing else passes for a kind.
    pub fn new(word: &str) -> Option<Self> {
        let plain = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        (plain && (1..=Self::LONGEST).contains(&word.len())).then(|| Self::written(word))
    }

    pub fn word(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(Self::LONGEST);
        std::str::from_utf8(&self.0[..end]).unwrap_or("other")
    }
}

impl std::fmt::Debug for ActionKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for ActionKind {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for ActionKind {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Self::new(&word).ok_or_else(|| serde::de::Error::custom("not a kind of action"))
    }
}

/// Whom or what it was about, as far as it has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    // In the order of the alphabet, as in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What was asked for in the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<ActionKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<InviteId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<ColleagueLinkId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_in: Option<LookInId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
    /// The book's records up to this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records_to: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

impl Subject {
    /// This, with what another knows besides.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            account: self.account.or(other.account),
            action: self.action.or(other.action),
            invite: self.invite.or(other.invite),
            link: self.link.or(other.link),
            look_in: self.look_in.or(other.look_in),
            participant: self.participant.or(other.participant),
            records_to: self.records_to.or(other.records_to),
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
    /// It was begun, and nobody knows how it ended: the process was killed, or the end could not be noted.
    #[serde(default, skip_serializing_if = "is_no")]
    pub cut_off: bool,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_no(said: &bool) -> bool {
    !*said
}

impl Record {
    /// Canonical JSON: keys in the order of the alphabet, no spaces, nothing that is absent.
    pub fn header(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("ids, numbers and plain words can always be written")
    }

    /// What is noted when records up to a number were emptied.
    fn emptied(upto: u64, at: Timestamp) -> Self {
        Self {
            at,
            by: By::Nobody,
            cut_off: false,
            does: Does::Writes,
            granted: true,
            more: 0,
            subject: Subject {
                records_to: Some(upto),
                ..Subject::default()
            },
            thing: Thing::Book,
        }
    }

    /// Up to where the book's records were emptied, if that is what this one says.
    pub(crate) fn says_emptied_to(&self) -> Option<u64> {
        let says = self.thing == Thing::Book && self.does == Does::Writes && self.granted;
        self.subject.records_to.filter(|_| says)
    }

    /// A record from its header; none where the bytes are not one.
    pub fn read(header: &[u8]) -> Option<Self> {
        serde_json::from_slice(header).ok()
    }
}

/// Empties the records from before a moment: their time is over. Gives how many they were. Number and commitment stay, and with them the
/// leaves of the log; each piece that was emptied is a record of its own.
pub async fn let_go(store: &Store, practice: PracticeId, before: Timestamp, now: Timestamp) -> Result<u64, StoreFault> {
    let (mut gone, counted) = (0, (Class::Audit.word(), now));
    loop {
        let after = store.audit_emptied(practice).await?;
        let rows = store.audit_after(practice, after, MAX_AUDIT_EMPTIED).await?;
        let Some(last) = rows.iter().take_while(|row| is_over(row, before)).last() else {
            return Ok(gone);
        };
        let said = Record::emptied(last.n, now).header();
        gone += store.empty_audit(practice, after, last.n, &said, counted).await?;
    }
}

/// Whether a record's time is over. One that cannot be read is never: it may be a newer server's, or evidence.
pub(crate) fn is_over(row: &AuditRow, before: Timestamp) -> bool {
    Record::read(&row.header).is_some_and(|record| record.at < before)
}

/// The book's one writer.
pub(crate) struct Audit {
    store: Store,
    minute: Mutex<Minute>,
}

/// Refusals of the running minute, by who was refused, and inside a room by what they asked for as well: never more than the people who have
/// a login, and nobody, times the kinds of actions.
#[derive(Default)]
struct Minute {
    begun: Timestamp,
    refused: HashMap<Kind, Refused>,
}

/// Refusals that are counted together.
#[derive(PartialEq, Eq, Hash)]
struct Kind {
    practice: PracticeId,
    by: By,
    inside: Option<(Option<RoomId>, ActionKind)>,
}

impl Kind {
    fn of(practice: PracticeId, record: Record) -> Self {
        Self {
            practice,
            by: record.by,
            inside: record.subject.action.map(|action| (record.subject.room, action)),
        }
    }

    /// So many are noted one by one.
    const fn noted_at_most(&self) -> u32 {
        match self.inside {
            None => DENIALS_NOTED_PER_MINUTE,
            Some(_) => ROOM_DENIALS_NOTED_PER_MINUTE,
        }
    }
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

    /// Says what is about to be written, before it is: whatever ends this process, the book will know of it.
    pub(crate) async fn begin(&self, practice: PracticeId, record: Record) -> Result<Begun, StoreFault> {
        let unknown = Record {
            cut_off: true,
            ..record
        };
        self.store.begin_audit(practice, record.at, &unknown.header()).await
    }

    /// Notes what came of it, nothing where it is nobody's business.
    pub(crate) async fn end(&self, begun: Begun, practice: PracticeId, records: &[Record]) -> Result<(), StoreFault> {
        if let Some(record) = records.first() {
            self.catch_up(record.at).await?;
        }
        let noted = records
            .iter()
            .filter(|record| record.granted || self.has_room_for(practice, **record));
        let headers: Vec<_> = noted.map(Record::header).collect();
        self.store.end_audit(begun, practice, &headers).await
    }

    /// Takes up into the book what was begun before a moment and has not ended.
    pub(crate) async fn take_up(&self, before: Timestamp) -> Result<(), StoreFault> {
        for cut in self.store.audit_cut_off(before).await? {
            // One that cannot be noted must not keep the others from it.
            match self.store.take_up_audit(&cut).await {
                Ok(()) => tracing::warn!("a write was cut off; the audit book says that it was begun"),
                Err(fault) => {
                    tracing::error!(%fault, "a write was cut off, and the audit book does not know of it yet")
                }
            }
        }
        Ok(())
    }

    /// Notes what was let, several at once. When this returns it is on the disk.
    pub(crate) async fn note_all(&self, practice: PracticeId, headers: &[Vec<u8>]) -> Result<(), StoreFault> {
        self.store.append_audit(practice, headers).await
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
            .map(|(kind, refused)| {
                // Of several addresses there is no one thing that it was about; of one kind in one room there is.
                let subject = kind.inside.map(|_| refused.last.subject).unwrap_or_default();
                let record = Record {
                    more: refused.more,
                    subject,
                    ..refused.last
                };
                (kind.practice, record)
            })
            .collect()
    }

    fn has_room_for(&mut self, practice: PracticeId, record: Record) -> bool {
        let kind = Kind::of(practice, record);
        let most = kind.noted_at_most();
        let refused = self.refused.entry(kind).or_insert(Refused {
            noted: 0,
            more: 0,
            last: record,
        });
        if refused.noted < most {
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

    #[test]
    fn a_record_that_cannot_be_read_is_never_over() {
        let row = |header: &[u8]| AuditRow {
            n: 1,
            header: header.to_vec(),
            commitment: [0; 32],
            salt: Vec::new(),
        };
        let old = refusal(5, By::Nobody).header();
        assert!(is_over(&row(&old), Timestamp(6)) && !is_over(&row(&old), Timestamp(5)));
        assert!(!is_over(&row(b"{\"told\":\"by a newer server\"}"), Timestamp(6)));
    }

    fn refusal(at: u64, by: By) -> Record {
        Record {
            at: Timestamp(at),
            by,
            cut_off: false,
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

    #[test]
    fn a_flood_of_refusals_in_a_room_is_one_record_and_a_number_for_each_person_and_kind() {
        let (mut minute, practice) = (Minute::default(), PracticeId::from_bits(1));
        let asks = |who: u128, word: &str| {
            let by = By::Participant(ParticipantId::from_bits(who));
            let mut record = refusal(100_000, by);
            record.subject.action = ActionKind::new(word);
            record
        };
        minute.turned(Timestamp(100_000));
        let mut noted = 0;
        for _ in 0..500 {
            for who in 1..=2 {
                for word in ["admit", "revoke", "next_step"] {
                    noted += u32::from(minute.has_room_for(practice, asks(who, word)));
                }
            }
        }
        assert_eq!(noted, 6 * ROOM_DENIALS_NOTED_PER_MINUTE);
        let unsaid = minute.turned(Timestamp(160_000));
        assert_eq!(unsaid.len(), 6);
        for (_, record) in unsaid {
            assert_eq!(record.more, 500 - u64::from(ROOM_DENIALS_NOTED_PER_MINUTE));
            assert!(record.subject.action.is_some() && record.subject.room.is_some());
        }
    }

    #[test]
    fn a_kind_of_action_is_a_plain_word_and_nothing_that_somebody_typed() {
        let kind = ActionKind::new("take_back_not_ok").unwrap();
        assert_eq!(kind.word(), "take_back_not_ok");
        let written = serde_json::to_string(&kind).unwrap();
        assert_eq!(serde_json::from_str::<ActionKind>(&written).unwrap(), kind);
        for no in ["", "Ana", "two words", "an_action_with_far_too_long_a_name"] {
            assert_eq!(ActionKind::new(no), None, "{no}");
            assert!(serde_json::from_value::<ActionKind>(no.into()).is_err());
        }
    }
}
