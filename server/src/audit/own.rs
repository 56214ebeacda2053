//! Who looked at what is about one member alone, for that member. Only what is theirs: a record about the room, about those who lead, or about
//! the other of a couple never comes here, and of what does come only the first time of each kind is told. So neither a line nor its
//! absence tells what somebody else did or asked for (decisions/0028).

use std::collections::BTreeMap;

use protocol::{InviteId, ParticipantId, PracticeId, RoomId, Timestamp};

use super::{By, Does, Record, Thing};
use crate::store::{MAX_AUDIT_EMPTIED, Store, StoreFault};

/// What was looked at or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Looked {
    Arrival,
    Answers,
    Work,
    Link,
    Erasure,
}

/// What kind of look a record is; none where it is not shown. That somebody was not OK, what came of seeing them alone, and what stands
/// against an erasure may have come from somebody else: those stand in the book and not on the page.
pub(crate) const fn looked(does: Does, thing: Thing) -> Option<Looked> {
    match (does, thing) {
        (Does::Reads, Thing::Arrival) => Some(Looked::Arrival),
        (Does::Reads, Thing::Answers) => Some(Looked::Answers),
        (Does::Reads, Thing::Work) => Some(Looked::Work),
        (Does::Writes, Thing::Invite | Thing::Minor) => Some(Looked::Link),
        (Does::Writes, Thing::Erasure) => Some(Looked::Erasure),
        _ => None,
    }
}

/// Each kind and person once, with the first time.
pub(crate) async fn looks(
    store: &Store,
    (practice, room): (PracticeId, RoomId),
    who: ParticipantId,
    links: &[InviteId],
) -> Result<Vec<(Looked, By, Timestamp)>, StoreFault> {
    find(store, practice).await?;
    let mut found: BTreeMap<(Looked, String), (By, Timestamp)> = BTreeMap::new();
    for row in store.audit_looks(practice, room).await? {
        let Some(record) = Record::read(&row) else { continue };
        let subject = record.subject;
        let theirs = subject.participant == Some(who) || subject.invite.is_some_and(|link| links.contains(&link));
        let Some(kind) = looked(record.does, record.thing).filter(|_| theirs && record.by != By::Participant(who))
        else {
            continue;
        };
        let by = format!("{:?}", record.by);
        let first = found.entry((kind, by)).or_insert((record.by, record.at));
        first.1 = first.1.min(record.at);
    }
    let told = found.into_iter().map(|((kind, _), (by, first))| (kind, by, first));
    Ok(told.collect())
}

/// Goes on through the book where the last one ended, and remembers what is about a single person in a room.
async fn find(store: &Store, practice: PracticeId) -> Result<(), StoreFault> {
    loop {
        let after = store.audit_found(practice).await?;
        let rows = store.audit_after(practice, after, MAX_AUDIT_EMPTIED).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        let about_one = rows.iter().filter_map(|row| {
            let record = Record::read(&row.header)?;
            let one = record.subject.participant.is_some() || record.subject.invite.is_some();
            let room = record.subject.room?;
            (record.granted && one && looked(record.does, record.thing).is_some()).then_some((room, row.n))
        });
        let about_one: Vec<_> = about_one.collect();
        store.audit_find(practice, (after, last.n), &about_one).await?;
    }
}
