//! Reading a room from the store: its pack, its place, its events. What a room's task opens with, and what an export or a check replays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use protocol::pack::{Pack, Rhythm};
use protocol::wire::HeldSession;
use protocol::{PracticeId, RoomId};
use room::kept::Forgotten;
use room::{Event, Place, Room, Snapshot};

use super::sealing;
use crate::prepared::{Prepared, Wants};
use crate::store::{Opened, Sitting, Store, StoreFault, StoredEvent};

/// The packs of open rooms. Hundreds of rooms follow the same one, and read it is larger than everything else a room keeps in memory.
#[derive(Debug, Default)]
pub(super) struct Packs(Mutex<HashMap<(PracticeId, String), Weak<Pack>>>);

impl Packs {
    /// The pack under this digest: the one that another room has, or read anew.
    async fn find(&self, store: &Store, practice: PracticeId, digest: &str) -> Result<Arc<Pack>, StoreFault> {
        let key = (practice, digest.to_owned());
        let known = self.known().get(&key).and_then(Weak::upgrade);
        if let Some(pack) = known {
            return Ok(pack);
        }
        let bytes = store
            .pack_bytes(practice, digest)
            .await?
            .ok_or(StoreFault::NotFound("pack"))?;
        let pack: Arc<Pack> = serde_json::from_slice(&bytes).map_err(|_| StoreFault::Damaged("pack"))?;
        let mut known = self.known();
        known.retain(|_, pack| pack.strong_count() > 0); // no more than there are open rooms
        known.insert(key, Arc::downgrade(&pack));
        Ok(pack)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<(PracticeId, String), Weak<Pack>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the operator says to every room.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Whom people call in a room that nobody leads for long.
    pub contact: Option<String>,
    /// Which number people ring when voices fail.
    pub media_phone: Option<String>,
    pub wants: Wants,
    pub prepared: Arc<Prepared>,
    /// By which relay pages may come whose network lets nothing else through.
    pub relays: Option<crate::relays::Relays>,
}

/// The pack that the room pinned, and what it is told about itself.
pub(super) async fn pack_and_place(
    store: &Store,
    packs: &Packs,
    id: RoomId,
    told: &Told,
) -> Result<(Arc<Pack>, Arc<Place>), StoreFault> {
    let about = store.room(id).await?.ok_or(StoreFault::NotFound("room"))?;
    let pack = packs.find(store, about.practice, &about.pack.digest).await?;
    let days = about.starts_on.as_ref().map_or_else(Vec::new, |first| {
        days(first.expose(), pack.course.rhythm, pack.session_count())
    });
    let precautions = told.prepared.for_room(&told.wants, &about.language);
    let place = Place {
        title: about.title,
        language: about.language,
        starts_on: about.starts_on.map(protocol::Private::into_exposed),
        ends_on: days.last().cloned(),
        days,
        contact: told.contact.clone(),
        precautions,
        forgotten: forgotten(store, id).await?,
    };
    Ok((pack, Arc::new(place)))
}

/// What is left of sittings of which nothing is kept.
pub(super) async fn forgotten(store: &Store, id: RoomId) -> Result<Forgotten, StoreFault> {
    let sittings = store.sittings(id).await?;
    let held = |sitting: &Sitting| HeldSession {
        session: sitting.count.session,
        started_at: sitting.count.started_at,
        ended_at: sitting.count.ended_at,
        attended: sitting.count.people,
    };
    Ok(Forgotten {
        upto: sittings.last().map_or(0, |sitting| sitting.upto),
        held: sittings.iter().map(held).collect(),
    })
}

/// A room as its new owner finds it, its personal texts still sealed; and where its snapshot stands, if there is one to go by.
pub(super) async fn rebuilt(
    store: &Store,
    packs: &Packs,
    id: RoomId,
    told: &Told,
    opened: &mut Opened,
) -> Result<(Room, Option<u64>), StoreFault> {
    let (pack, place) = pack_and_place(store, packs, id, told).await?;
    let kept_one = opened.snapshot.is_some();
    let snapshot = opened.snapshot.take().and_then(|(seq, bytes)| {
        let snapshot = Snapshot::read(&bytes)?;
        (snapshot.state.seq == seq).then_some(snapshot)
    });
    let snapshot_at = snapshot.as_ref().map(|snapshot| snapshot.state.seq);
    let events = if snapshot.is_some() || !kept_one {
        events(id, std::mem::take(&mut opened.tail))?
    } else {
        // The snapshot is of another version: the journal has everything.
        journal(store, id, place.forgotten.upto, opened.next_seq.saturating_sub(1)).await?
    };
    Ok((Room::open(pack, place, snapshot, &events), snapshot_at))
}

/// Events as they were decided; one that cannot be read is a fault, for what follows it would be guesswork.
pub(super) fn events(id: RoomId, stored: Vec<StoredEvent>) -> Result<Vec<Event>, StoreFault> {
    let read = |stored: StoredEvent| {
        Event::read(&stored.body).map_err(|why| {
            tracing::error!(room = %id, seq = stored.seq, %why, "an event cannot be read");
            StoreFault::Damaged("event")
        })
    };
    stored.into_iter().map(read).collect()
}

/// Everything that happened in a room after `after` (0, or where its past was destroyed) up to `up_to`, in as many reads as it takes.
pub(super) async fn journal(store: &Store, id: RoomId, after: u64, up_to: u64) -> Result<Vec<Event>, StoreFault> {
    let mut all: Vec<Event> = Vec::new();
    loop {
        let read = after + all.len() as u64;
        let page = store.read_events(id, read + 1, up_to).await?;
        if page.is_empty() {
            return Ok(all);
        }
        if !page
            .iter()
            .map(|event| event.seq)
            .eq(read + 1..=read + page.len() as u64)
        {
            return Err(StoreFault::Damaged("an event is missing from the journal"));
        }
        all.extend(events(id, page)?);
    }
}

/// A room before its first event, and everything that happened in it, personal texts opened. Claims nothing: it may be read while it lives.
pub async fn history(store: &Store, id: RoomId, up_to: u64) -> Result<(Room, Vec<Event>), StoreFault> {
    let (pack, place) = pack_and_place(store, &Packs::default(), id, &Told::default()).await?;
    let mut events = journal(store, id, place.forgotten.upto, up_to).await?;
    sealing::open(store, id, events.iter_mut().flat_map(Event::sealed_fields_mut)).await?;
    Ok((Room::open(pack, place, None, &[]), events))
}

/// The day of every session, in the course's rhythm. None where the first is no day, the last would lie beyond the calendar, or those who
/// meet agree on each day anew.
fn days(first: &str, rhythm: Rhythm, sessions: u16) -> Vec<String> {
    let Ok(first) = first.parse::<jiff::civil::Date>() else {
        return Vec::new();
    };
    let day = |n: u16| {
        let n = i64::from(n);
        let after = match rhythm {
            Rhythm::Weekly => jiff::Span::new().weeks(n),
            Rhythm::Fortnightly => jiff::Span::new().weeks(2 * n),
            Rhythm::Monthly => jiff::Span::new().months(n),
            Rhythm::Agreed => return None,
        };
        first.checked_add(after).ok().map(|day| day.to_string())
    };
    (0..sessions).map(day).collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekly_course_of_eight_ends_seven_weeks_after_it_began() {
        let weekly = |first, sessions| days(first, Rhythm::Weekly, sessions);
        assert_eq!(weekly("2027-01-21", 8).last().map(String::as_str), Some("2027-03-11"));
        assert_eq!(weekly("yesterday", 8), Vec::<String>::new());
        assert_eq!(weekly("9999-12-30", 8), Vec::<String>::new());
    }

    #[test]
    fn days_follow_the_courses_rhythm() {
        let three = |rhythm| days("2027-01-31", rhythm, 3);
        assert_eq!(three(Rhythm::Fortnightly), ["2027-01-31", "2027-02-14", "2027-02-28"]);
        assert_eq!(three(Rhythm::Monthly), ["2027-01-31", "2027-02-28", "2027-03-31"]);
        assert!(three(Rhythm::Agreed).is_empty());
    }
}
