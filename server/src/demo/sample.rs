//! The demo's people and what they write. All of it stands in files beside this one, one for each kind of room: no sentence of a meeting
//! belongs into code (invariant 11).

use protocol::Role;
use serde::Deserialize;

use super::People;

/// A group with its history.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    pub(super) title: String,
    pub(super) pack: String,
    pub(super) language: String,
    pub(super) owner: String,
    pub(super) email: String,
    pub(super) lead: String,
    pub(super) co_facilitator: String,
    pub(super) guest: String,
    pub(super) guest_role: Role,
    pub(super) current_session: u16,
    pub(super) current_step: String,
    /// How long the current session has been running when people look in.
    pub(super) minutes_in: u64,
    pub(super) told: Told,
    pub(super) course_note: Page,
    pub(super) facilitators_note: Page,
    #[serde(rename = "member")]
    pub(super) members: Vec<Member>,
    #[serde(rename = "session")]
    sessions: Vec<Session>,
}

/// What a newcomer is told about the room and the two chairs in it, in sentences.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// What they are doing just now.
    pub now: String,
    /// About the chair beside who leads.
    pub beside: String,
    /// About the other chair.
    pub guest: String,
}

/// Somebody invented.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) name: String,
    /// Sessions they missed.
    #[serde(default)]
    away: Vec<u16>,
    /// Lines for the shared note after their turns in the current step, one after the other; a circle writes none.
    pub(super) notes: Vec<String>,
    /// Notes that go with their requests; only facilitators see them.
    pub(super) wants: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    number: u16,
    #[serde(flatten)]
    page: Page,
}

/// A note: a heading and lines under it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Page {
    pub(super) heading: String,
    pub(super) lines: Vec<Line>,
}

/// One line and who wrote it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) by: String,
    pub(super) text: String,
}

impl Sample {
    /// The people whom `rondo demo` shows.
    pub(super) fn of(people: People) -> Self {
        let text = match people {
            People::Group => include_str!("sample.toml"),
            People::Couple => include_str!("sample-couple.toml"),
            People::Circle => include_str!("sample-circle.toml"),
        };
        toml::from_str(text).expect("the samples that come along can be read; a test reads them")
    }

    /// What was written in a session.
    pub(super) fn session(&self, number: u16) -> Option<&Page> {
        self.sessions
            .iter()
            .find(|session| session.number == number)
            .map(|session| &session.page)
    }
}

impl Member {
    pub(super) fn missed(&self, session: u16) -> bool {
        self.away.contains(&session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_can_be_read_and_everybody_in_it_exists() {
        for (people, size) in [(People::Group, 5..=6), (People::Couple, 2..=2), (People::Circle, 6..=8)] {
            let sample = Sample::of(people);
            let known = |name: &str| name == sample.lead || sample.members.iter().any(|member| member.name == name);
            let pages = (1..=sample.current_session).filter_map(|number| sample.session(number));
            let pages: Vec<_> = pages.chain([&sample.course_note, &sample.facilitators_note]).collect();
            assert_eq!(
                pages.len(),
                usize::from(sample.current_session) + 2,
                "each session left a note"
            );
            assert!(pages.iter().flat_map(|page| &page.lines).all(|line| known(&line.by)));
            assert!(size.contains(&sample.members.len()), "{people:?}");
            assert!(sample.members.iter().all(|member| !member.wants.is_empty()));
            let writes = people != People::Circle;
            assert!(sample.members.iter().all(|member| member.notes.is_empty() != writes));
            let mut members = sample.members.iter();
            assert!(
                !members.any(|member| member.missed(sample.current_session)),
                "everybody is there when people look in"
            );
            let chairs = [&sample.co_facilitator, &sample.guest];
            let told = [&sample.told.beside, &sample.told.guest];
            assert!(chairs.iter().zip(told).all(|(name, told)| told.contains(name.as_str())));
        }
    }

    #[test]
    fn an_empty_chair_never_belongs_to_one_of_two_who_need_each_other() {
        assert_eq!(Sample::of(People::Couple).guest_role, Role::Observer);
    }
}
