//! Who looked, on a member's own page: what the audit book has about them alone, with names where the group knows them anyway.

use std::collections::HashMap;

use protocol::api::{self, MyLook};
use protocol::{PracticeId, Private, Timestamp};

use super::{Identity, No};
use crate::audit::By;
use crate::audit::own::{Looked, looks};
use crate::store::directory::Place;

impl Identity {
    /// Names are those of the care team and of people who came by a link: everybody in the room knows them. Whoever is neither any more has none.
    pub(super) async fn who_looked(&self, place: &Place, practice: PracticeId) -> Result<Vec<MyLook>, No> {
        let links = self.store.invites(place.room).await?;
        let own = links.iter().filter(|link| link.participant == place.participant);
        let own: Vec<_> = own.map(|link| link.invite).collect();
        let found = looks(&self.store, (practice, place.room), place.participant, &own).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut names: HashMap<By, Private<String>> = HashMap::new();
        for link in links {
            names.extend(link.name.map(|name| (By::Participant(link.participant), name)));
        }
        for member in self.store.team(place.room).await? {
            names.insert(By::Account(member.account), member.name.clone());
            names.insert(By::Participant(member.participant), member.name);
        }
        let look = |(what, by, first)| MyLook {
            what: told(what),
            by: names.get(&by).cloned(),
            first: day(first),
        };
        // Somebody's account and their seat are one person.
        let mut all: Vec<MyLook> = found.into_iter().map(look).collect();
        all.sort_by(|one, two| (&one.first, one.what as u8).cmp(&(&two.first, two.what as u8)));
        let mut once: Vec<MyLook> = Vec::new();
        for one in all {
            if once.iter().all(|other| (other.what, &other.by) != (one.what, &one.by)) {
                once.push(one);
            }
        }
        Ok(once)
    }
}

const fn told(what: Looked) -> api::Looked {
    match what {
        Looked::Arrival => api::Looked::Arrival,
        Looked::Answers => api::Looked::Answers,
        Looked::Work => api::Looked::Work,
        Looked::Link => api::Looked::Link,
        Looked::Erasure => api::Looked::Erasure,
    }
}

/// The day of a moment, in UTC.
fn day(at: Timestamp) -> String {
    let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
