//! Retention: how long each class of data is kept, and the purge that removes what is over. It runs at the start, then daily, and on
//! `rondo purge [--dry-run]`. What went is counted by class, written down in the database and in the audit book, and said in the log; what a legal
//! hold stands on stays, whatever its age.
//!
//! Not here, since nothing of it is left to be purged: where people were (forgotten a day after the session, `room::arrival`), and circles of
//! which nothing is kept (`room::kept`). Tries and throttles stand in memory alone and are gone within the hour.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;

use protocol::{RoomId, Timestamp};
use room::Event;
use room::erasure::{OF_MEASURES, without_measures};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::audit::{self, By, Does, Record, Subject, Thing};
use crate::clock::Clock;
use crate::config::Config;
use crate::hub::limits::EMPTIED_AT_ONCE;
use crate::keys::RootSource;
use crate::limits::{PURGE_BELIEVES_DAYS, PURGE_EVERY_SECONDS, PURGE_LOOK};
use crate::root_key::{self, RootInUse};
use crate::start::{StartFault, store_of};
use crate::store::{AppendError, Due, FatalHook, Said, Store, StoreFault};

/// A class of data with a term of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A room's journal, notes, answers and names, from the last thing that was done in it on.
    Records,
    /// What members answered about themselves, answer by answer, where the room lives on; with the room it goes in any case.
    Measures,
    /// The audit book, record by record.
    Audit,
    /// Logins of people and devices, from their end on; the next sign-in removes what ended, too.
    Logins,
    /// Links by which nobody ever came, from when they were taken back or ran out.
    Links,
    /// Requests to be erased that were refused, from the refusal on.
    Requests,
}

impl Class {
    pub const ALL: [Self; 6] = [
        Self::Records,
        Self::Measures,
        Self::Audit,
        Self::Logins,
        Self::Links,
        Self::Requests,
    ];

    /// Its name in the settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Measures => "measures",
            Self::Audit => "audit",
            Self::Logins => "logins",
            Self::Links => "links",
            Self::Requests => "requests",
        }
    }

    /// How many days it is kept unless the operator says otherwise. Ten years for records, measures among them, and six for the audit book are
    /// what most laws on health records ask for at least; the rest is of use to nobody after a season.
    const fn usual_days(self) -> u64 {
        match self {
            Self::Records | Self::Measures => 10 * DAYS_A_YEAR,
            Self::Audit => 6 * DAYS_A_YEAR,
            Self::Logins => 1,
            Self::Links => DAYS_A_YEAR,
            Self::Requests => 2 * DAYS_A_YEAR,
        }
    }

    /// No term is shorter: a slip of the pen must not destroy what people still work with, or what an erasure or an audit is judged by.
    const fn least_days(self) -> u64 {
        match self {
            Self::Records => 30,
            // A course is shorter than a year, and its last measures are read beside its first.
            Self::Audit | Self::Measures => DAYS_A_YEAR,
            Self::Logins | Self::Links => 1,
            Self::Requests => 30,
        }
    }
}

const DAYS_A_YEAR: u64 = 365;
const DAY_SECONDS: u64 = 24 * 60 * 60;
/// No term is longer than this many years: a typing error is not for ever. Who means that writes `forever`.
const MOST_YEARS: u64 = 150;

/// How long each class is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms(BTreeMap<Class, Term>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Term {
    Days(u64),
    Forever,
}

impl Default for Terms {
    fn default() -> Self {
        let usual = Class::ALL
            .into_iter()
            .map(|class| (class, Term::Days(class.usual_days())));
        Self(usual.collect())
    }
}

/// As in the settings: `records=10y, logins=90d`, or `audit=forever`. What is not named has its usual term.
impl FromStr for Terms {
    type Err = NotTerms;
    fn from_str(text: &str) -> Result<Self, NotTerms> {
        let mut terms = Self::default();
        for one in text.split(',') {
            let (word, term) = one.split_once('=').ok_or(NotTerms)?;
            let class = Class::ALL.into_iter().find(|class| class.word() == word.trim());
            let class = class.ok_or(NotTerms)?;
            terms.0.insert(class, term_of(class, term.trim()).ok_or(NotTerms)?);
        }
        Ok(terms)
    }
}

/// What was said is no list of terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotTerms;

fn term_of(class: Class, text: &str) -> Option<Term> {
    if text == "forever" {
        return Some(Term::Forever);
    }
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let days = number.parse::<u64>().ok()?.checked_mul(match unit {
        "d" => 1,
        "y" => DAYS_A_YEAR,
        _ => return None,
    })?;
    let fits = (class.least_days()..=MOST_YEARS * DAYS_A_YEAR).contains(&days);
    fits.then_some(Term::Days(days))
}

impl Terms {
    /// What is older than this is over; `None` where it is kept for ever.
    fn over_before(&self, class: Class, now: Timestamp) -> Option<Timestamp> {
        match self.0.get(&class)? {
            Term::Days(days) => Some(Timestamp(now.0.saturating_sub(days * DAY_SECONDS * 1000))),
            Term::Forever => None,
        }
    }
}

/// What became of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gone {
    /// Rooms, records or rows that went; in a dry run, that would go.
    pub removed: u64,
    /// Over as well, and kept because a hold stands.
    pub spared: u64,
}

/// Removes what is over, or only counts it.
pub async fn purge(
    store: &Store,
    terms: &Terms,
    now: Timestamp,
    dry_run: bool,
) -> Result<BTreeMap<Class, Gone>, StoreFault> {
    let mut all: BTreeMap<Class, Gone> = Class::ALL.into_iter().map(|class| (class, Gone::default())).collect();
    let done = removes(store, terms, now, dry_run, &mut all).await;
    // Out of the files, too; also where something stopped it half-way.
    if !dry_run && (done.is_err() || all.values().any(|gone| gone.removed > 0)) {
        store.purge().await?;
        for (class, gone) in &all {
            tracing::info!(
                class = class.word(),
                removed = gone.removed,
                spared = gone.spared,
                "what was over is gone"
            );
        }
    }
    done.map(|()| all)
}

async fn removes(
    store: &Store,
    terms: &Terms,
    now: Timestamp,
    dry_run: bool,
    all: &mut BTreeMap<Class, Gone>,
) -> Result<(), StoreFault> {
    if let Some(before) = terms.over_before(Class::Records, now) {
        all.insert(Class::Records, rooms(store, before, now, dry_run).await?);
    }
    if let Some(before) = terms.over_before(Class::Measures, now) {
        all.insert(Class::Measures, measures(store, before, now, dry_run).await?);
    }
    for practice in store.practices().await?.into_iter().map(|one| one.practice) {
        for (class, due) in [
            (Class::Logins, Due::Logins),
            (Class::Links, Due::Links),
            (Class::Requests, Due::Requests),
        ] {
            let Some(before) = terms.over_before(class, now) else {
                continue;
            };
            // Counted first: on most days there is nothing, and then nothing is written.
            let mut removed = store.count_due(practice, due, before).await?;
            if !dry_run && removed > 0 {
                let record = |removed| record(None, removed, now);
                let said = said(class, &record);
                removed = store.purge_due(practice, due, said, before, now).await?;
            }
            all.entry(class).or_default().removed += removed;
        }
        if let Some(before) = terms.over_before(Class::Audit, now) {
            let old = store.old_audit(practice, before).await?;
            let gone = all.entry(Class::Audit).or_default();
            if old.held {
                gone.spared += old.records;
            } else {
                gone.removed += old.records;
                if !dry_run && old.records > 0 {
                    // Emptied, so that their leaves stay in the log; that it was done stands in the book itself.
                    audit::let_go(store, practice, before, now).await?;
                }
            }
        }
    }
    Ok(())
}

async fn rooms(store: &Store, before: Timestamp, now: Timestamp, dry_run: bool) -> Result<Gone, StoreFault> {
    let mut gone = Gone::default();
    for quiet in store.quiet_rooms(before).await? {
        if quiet.held {
            gone.spared += 1;
        } else if dry_run {
            gone.removed += 1;
        } else {
            let record = |removed| record(Some(quiet.room), removed, now);
            let said = said(Class::Records, &record);
            match store.purge_room(&quiet, before, said, now).await {
                Ok(Some(_)) => gone.removed += 1,
                // Somebody did something there, or put a hold on it, a moment ago.
                Ok(None) | Err(AppendError::Fenced) => {}
                Err(fault) => {
                    // The others go all the same; this one is tried again tomorrow.
                    tracing::error!(room = %quiet.room, ?fault, "a room whose term is over could not be removed");
                }
            }
        }
    }
    Ok(gone)
}

/// Answer by answer, in rooms where nothing was done for a day: what goes while people sit there would be seen to go.
async fn measures(store: &Store, before: Timestamp, now: Timestamp, dry_run: bool) -> Result<Gone, StoreFault> {
    let mut gone = Gone::default();
    let rests_since = Timestamp(now.0.saturating_sub(DAY_SECONDS * 1000));
    let resting = store.quiet_rooms(rests_since).await?;
    for quiet in resting.into_iter().filter(|quiet| quiet.made() < before) {
        let mut rests = Vec::new();
        for old in store.old_measures(quiet.room, OF_MEASURES, before).await? {
            match Event::read(&old.body) {
                Ok(event) => rests.extend(without_measures(&event).map(|left| (old.seq, left))),
                Err(fault) => tracing::error!(room = %quiet.room, %fault, "an event whose term is over cannot be read"),
            }
        }
        if quiet.held {
            gone.spared += rests.len() as u64;
            continue;
        }
        // In pieces: meanwhile nobody else writes.
        for rests in rests.chunks(EMPTIED_AT_ONCE) {
            if dry_run {
                gone.removed += rests.len() as u64;
                continue;
            }
            let written =
                |(seq, left): &(u64, Event)| (*seq, left.write().expect("what came out of the journal is sealed"));
            let rests: Vec<_> = rests.iter().map(written).collect();
            let record = |removed| record(Some(quiet.room), removed, now);
            let said = said(Class::Measures, &record);
            match store.empty_measures(&quiet, &rests, rests_since, said, now).await {
                Ok(true) => gone.removed += rests.len() as u64,
                Ok(false) | Err(AppendError::Fenced) => break, // somebody came a moment ago
                Err(fault) => {
                    tracing::error!(room = %quiet.room, ?fault, "answers whose term is over could not be removed");
                    break;
                }
            }
        }
    }
    Ok(gone)
}

/// How it is noted that something of a class went.
fn said<'a>(class: Class, record: &'a (dyn Fn(u64) -> Vec<u8> + Sync)) -> Said<'a> {
    let class = class.word();
    Said { class, record }
}

/// That something went, for the practice's audit book.
fn record(room: Option<RoomId>, removed: u64, at: Timestamp) -> Vec<u8> {
    let record = Record {
        at,
        by: By::Nobody,
        cut_off: false,
        does: Does::Writes,
        granted: true,
        more: if removed > 1 { removed } else { 0 },
        subject: Subject {
            room,
            ..Subject::default()
        },
        thing: Thing::Retention,
    };
    record.header()
}

/// Purges at the start and then once a day by the server's clock, until it is stopped. A clock that is far ahead of the last one that was
/// believed, and of the time that passed since the start, is not believed: what a purge removed is gone. What was believed is written down and
/// what was not moves nothing, so that starting again under the same clock changes nothing either.
pub async fn keep(store: Store, clock: Clock, terms: Terms, stop: CancellationToken) {
    // Before anything is noted by the clock that is in question.
    let (known, begun) = (last_believed(&store).await, Instant::now());
    let mut next = clock.now();
    loop {
        let now = clock.now();
        if now >= next {
            next = now.plus_seconds(PURGE_EVERY_SECONDS);
            // On its own: a transaction that is dropped half-way would take the store's one writer with it.
            let (store, terms) = (store.clone(), terms.clone());
            let passed = begun.elapsed().as_secs();
            let done = tokio::spawn(async move {
                let expected = known?.map(|newest| newest.plus_seconds(passed));
                if is_believed(expected, now) {
                    store.believes(now).await?;
                    purge(&store, &terms, now, false).await?;
                } else {
                    tracing::error!(
                        "the clock is months ahead of the last one that was believed: nothing is purged; \
                         if it is right, stop the server and call `rondo purge`"
                    );
                }
                Ok::<_, StoreFault>(())
            });
            match done.await {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => {
                    tracing::warn!(%fault, "what is over could not be removed; it is tried again tomorrow")
                }
                Err(_) => tracing::error!("the purge ended by a bug; it is tried again tomorrow"),
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PURGE_LOOK) => {}
        }
    }
}

/// The last time that was believed; where none is written down yet it is what the audit books say, from now on for good.
async fn last_believed(store: &Store) -> Result<Option<Timestamp>, StoreFault> {
    let known = store.believed().await?;
    if let Some(known) = known {
        store.believes(known).await?;
    }
    Ok(known)
}

/// Whether a clock that says `now` fits what time it should be. Where nothing was noted there is nothing to remove.
fn is_believed(expected: Option<Timestamp>, now: Timestamp) -> bool {
    expected.is_none_or(|expected| now <= expected.plus_seconds(PURGE_BELIEVES_DAYS * DAY_SECONDS))
}

/// `rondo purge`: what went, or would go, a line a class. What removes wants the folder for itself, since a running server keeps keys in memory
/// that would be gone.
pub async fn command(config: &Config, clock: Clock, dry_run: bool) -> Result<String, StartFault> {
    let (_alone, _beside, root) = if dry_run {
        let in_use = RootInUse::read(config).await?;
        let key = in_use.key.clone();
        (None, Some(in_use), key)
    } else {
        let alone = root_key::alone(&config.data)?;
        if config.root_key == RootSource::File {
            root_key::settle(config).await?;
        }
        (Some(alone), None, config.root_key.read(&config.data)?)
    };
    // A write that the disk did not take fails here as it is; there is no process to end.
    let store = store_of(config, root, FatalHook::new(|_| ())).await?;
    let now = clock.now();
    let done = match purge(&store, &config.retention, now, dry_run).await {
        // Whoever calls it by hand has looked at the clock.
        Ok(done) if !dry_run => store.believes(now).await.map(|()| done),
        done => done,
    };
    store.close().await;
    let mut text = String::new();
    for (class, gone) in done? {
        let verb = if dry_run { "would go" } else { "went" };
        let _ = writeln!(
            text,
            "{:<9} {} {verb}, {} kept by a hold",
            class.word(),
            gone.removed,
            gone.spared
        ); // writing into a text cannot fail
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(text: &str, class: Class) -> Option<u64> {
        let now = Timestamp(100 * 365 * DAY_SECONDS * 1000);
        let before = text.parse::<Terms>().unwrap().over_before(class, now)?;
        Some(now.since(before) / (DAY_SECONDS * 1000))
    }

    #[test]
    fn what_is_not_named_has_its_usual_term() {
        assert_eq!(over("logins=7d", Class::Logins), Some(7));
        assert_eq!(over("logins=7d", Class::Records), Some(3650));
        assert_eq!(over("records=30y , audit = forever", Class::Records), Some(30 * 365));
        assert_eq!(over("records=30y , audit = forever", Class::Audit), None);
    }

    #[test]
    fn a_slip_of_the_pen_is_no_term() {
        for wrong in [
            "",
            "records",
            "records=",
            "records=10",
            "records=ten years",
            "records=1d",
            "records=0y",
            "records=-1y",
            "records=151y",
            "records=18446744073709551615y",
            "audit=364d",
            "recording=1y",
            "logins=1é",
        ] {
            assert_eq!(wrong.parse::<Terms>(), Err(NotTerms), "{wrong}");
        }
    }

    #[test]
    fn a_usual_term_is_no_shorter_than_any_may_be() {
        for class in Class::ALL {
            assert!(class.usual_days() >= class.least_days(), "{class:?}");
        }
    }
}
