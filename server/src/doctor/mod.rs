//! `rondo doctor`: what is wrong with an installation, and what to do about it. It looks and changes nothing; the server may be running.
//!
//! Each check says one finding: it is well, somebody should look, or it is wrong; and in the latter two cases one sentence what to do. What is
//! judged is pure and stands apart from what is asked of the machine, so that a test can see every check fail.

mod database;
mod folder;
pub(crate) mod limits;
mod reached;

use std::fmt::Write as _;

use crate::clock::Clock;
use crate::config::{Config, Database};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Well,
    /// It works; somebody should look.
    Look,
    /// It does not work, or what people were promised is not kept.
    Wrong,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word or two.
    pub about: &'static str,
    pub verdict: Verdict,
    /// What is so.
    pub said: String,
    /// What to do; nothing where all is well.
    pub todo: Option<String>,
}

impl Finding {
    fn well(about: &'static str, said: impl Into<String>) -> Self {
        Self {
            about,
            verdict: Verdict::Well,
            said: said.into(),
            todo: None,
        }
    }
    fn look(about: &'static str, said: impl Into<String>, todo: impl Into<String>) -> Self {
        Self {
            about,
            verdict: Verdict::Look,
            said: said.into(),
            todo: Some(todo.into()),
        }
    }
    fn wrong(about: &'static str, said: impl Into<String>, todo: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Wrong,
            ..Self::look(about, said, todo)
        }
    }
}

/// Everything there is to look at, for these settings.
pub async fn examine(config: &Config, clock: &Clock) -> Vec<Finding> {
    let now = clock.now();
    let mut all = vec![folder::private(&config.data), folder::root_key(config)];
    all.push(folder::disk(crate::facts::room_on_disk(&config.data)));
    let database = database::ask(config).await;
    all.extend(database.findings(now));
    all.push(database::root_fits(config).await);
    let elsewhere = matches!(config.database, Database::Postgres(_));
    all.push(folder::backup(crate::facts::backup_age(&config.data), elsewhere));
    all.push(folder::prepared(config));
    all.extend(folder::packs(config));
    all.push(reached::clock(now, database.believed()));
    let server = reached::server(config).await;
    all.push(reached::certificate(config, now));
    all.extend(reached::media(config, server.verdict == Verdict::Well));
    all.push(server);
    all.extend(reached::relays(config).await);
    all.extend(reached::metrics(config));
    if let Some(cluster) = &config.cluster {
        all.push(reached::bus(cluster).await);
    }
    all
}

/// The findings as they are printed: the worst first, so that it stands on the screen.
pub fn told(findings: &[Finding]) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    let mut text = String::new();
    for finding in sorted {
        let word = match finding.verdict {
            Verdict::Well => "ok",
            Verdict::Look => "look",
            Verdict::Wrong => "WRONG",
        };
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{word:<6}{}: {}", finding.about, finding.said);
        if let Some(todo) = &finding.todo {
            let _ = writeln!(text, "      → {todo}");
        }
    }
    text
}

/// How many are wrong.
pub fn wrong(findings: &[Finding]) -> usize {
    findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Wrong)
        .count()
}

pub use reached::nats;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_comes_first_with_what_to_do_and_is_counted() {
        let all = [
            Finding::well("disk", "room"),
            Finding::wrong("clock", "it jumped", "Set it."),
            Finding::look("backup", "old", "Make one."),
        ];
        let text = told(&all);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "WRONG clock: it jumped",
                "      → Set it.",
                "look  backup: old",
                "      → Make one.",
                "ok    disk: room"
            ]
        );
        assert_eq!(wrong(&all), 1);
    }
}
