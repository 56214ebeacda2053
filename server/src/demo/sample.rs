//! The demo's people and what they write. All of it stands in `sample.toml`: no sentence of a meeting belongs into code (invariant 11).

use serde::Deserialize;

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
    pub(super) current_session: u16,
    pub(super) current_step: String,
    pub(super) course_note: Page,
    pub(super) facilitators_note: Page,
    #[serde(rename = "member")]
    pub(super) members: Vec<Member>,
    #[serde(rename = "session")]
    sessions: Vec<Session>,
}

/// Somebody invented.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) name: String,
    /// Sessions they missed.
    #[serde(default)]
    away: Vec<u16>,
    /// Lines for the shared note after their turn in the mood round, one after the other.
    pub(super) mood: Vec<String>,
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
    /// The group that `rondo demo` shows.
    pub(super) fn group() -> Self {
        toml::from_str(include_str!("sample.toml")).expect("the sample that comes along can be read; a test reads it")
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
    fn the_sample_can_be_read_and_everybody_in_it_exists() {
        let sample = Sample::group();
        let known = |name: &str| name == sample.lead || sample.members.iter().any(|member| member.name == name);
        let pages = (1..=sample.current_session).filter_map(|number| sample.session(number));
        let pages: Vec<_> = pages.chain([&sample.course_note, &sample.facilitators_note]).collect();
        assert_eq!(
            pages.len(),
            usize::from(sample.current_session) + 2,
            "each session left a note"
        );
        assert!(pages.iter().flat_map(|page| &page.lines).all(|line| known(&line.by)));
        assert!((5..=6).contains(&sample.members.len()));
        assert!(
            sample
                .members
                .iter()
                .all(|member| !member.mood.is_empty() && !member.wants.is_empty())
        );
        let whole = sample
            .members
            .iter()
            .filter(|member| member.missed(sample.current_session));
        assert_eq!(whole.count(), 0, "everybody is there when people look in");
    }
}
