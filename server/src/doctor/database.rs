//! The database: whether it is there, whether an acknowledgement may be believed, whether its tables are those of this version.

use protocol::Timestamp;

use super::Finding;
use super::limits::{CLOCKS_APART, CLOCKS_FAR_APART, CONNECTIONS_WANTED, OLDEST_POSTGRES};
use crate::config::{Config, Database};
use crate::root_key;
use crate::start::DATABASE_FILE;
use crate::store::{PostgresSaid, Tables, ask_file, ask_postgres, newest_changes};

const ABOUT: &str = "database";

/// What was said, by whichever it is.
pub(super) enum Asked {
    /// SQLite, and whether the file is there.
    File(Option<Result<Tables, String>>),
    /// PostgreSQL; and whether a database of before still lies in the data folder.
    Postgres(Result<PostgresSaid, String>, bool),
}

pub(super) async fn ask(config: &Config) -> Asked {
    let file = config.data.join(DATABASE_FILE);
    match &config.database {
        Database::Postgres(url) => Asked::Postgres(ask_postgres(url).await, file.exists()),
        Database::Embedded if file.exists() => Asked::File(Some(ask_file(&file).await)),
        Database::Embedded => Asked::File(None),
    }
}

impl Asked {
    pub(super) fn believed(&self) -> Option<Timestamp> {
        match self {
            Self::File(Some(Ok(tables))) => tables.believed,
            Self::Postgres(Ok(said), _) => said.tables.believed,
            _ => None,
        }
    }

    pub(super) fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let (lite, postgres) = newest_changes();
        match self {
            Self::File(None) => vec![Finding::look(ABOUT, "there is none yet", "Start the server once.")],
            Self::File(Some(Err(why))) => vec![Finding::wrong(
                ABOUT,
                format!("the file cannot be read: {why}"),
                "Stop the server, keep the file, and restore the newest backup with `rondo restore`.",
            )],
            Self::File(Some(Ok(tables))) => vec![
                Finding::well(ABOUT, "SQLite; every acknowledgement waits for the disk"),
                changes(tables, lite),
            ],
            Self::Postgres(Err(why), _) => vec![Finding::wrong(
                ABOUT,
                format!("PostgreSQL cannot be asked: {why}"),
                "See that it runs and that database_url names it, a user who may connect, and for another machine a certificate that is trusted (sslrootcert).",
            )],
            Self::Postgres(Ok(said), both) => {
                let mut all = settings(said, now);
                all.push(changes(&said.tables, postgres));
                if *both {
                    all.push(Finding::look(
                        ABOUT,
                        format!("the settings name PostgreSQL, and {DATABASE_FILE} still lies in the data folder"),
                        "Move it away once the new database has been written into, so that nothing starts over it by mistake.",
                    ));
                }
                all
            }
        }
    }
}

fn settings(said: &PostgresSaid, now: Timestamp) -> Vec<Finding> {
    let mut all = Vec::new();
    let version = format!("PostgreSQL {}.{}", said.version / 10_000, said.version % 10_000);
    if said.version < OLDEST_POSTGRES {
        all.push(Finding::look(
            ABOUT,
            format!("{version} is old"),
            "Bring it to 14 or later; the tests run on 15.",
        ));
    }
    if said.replica {
        all.push(Finding::wrong(
            ABOUT,
            "database_url names a replica",
            "Name the primary: a replica may be behind and takes no writes.",
        ));
    }
    if !said.fsync {
        all.push(Finding::wrong(
            ABOUT,
            "fsync is off: what people are told is kept may be lost at a power cut",
            "Set fsync = on in postgresql.conf and restart PostgreSQL.",
        ));
    }
    if said.synchronous_commit != "on" {
        all.push(Finding::wrong(
            ABOUT,
            "synchronous_commit is off, though each connection says that it is on: what people are told is kept may be lost at a power cut",
            "Name PostgreSQL itself in database_url: a pooler in between drops what a connection says at its start.",
        ));
    }
    if !said.full_page_writes {
        all.push(Finding::look(
            ABOUT,
            "full_page_writes is off: a power cut may leave half a page",
            "Set it on, unless the file system below never tears a page (ZFS).",
        ));
    }
    let free = said.max_connections - said.connections;
    if free < CONNECTIONS_WANTED {
        all.push(Finding::look(
            ABOUT,
            format!("{free} of its {} connections are free", said.max_connections),
            format!("A node takes up to {CONNECTIONS_WANTED}: raise max_connections, or see who holds them."),
        ));
    }
    let apart = said.now.0.abs_diff(now.0);
    if u128::from(apart) > CLOCKS_FAR_APART.as_millis() {
        all.push(Finding::wrong(
            ABOUT,
            format!("its clock and ours are {} seconds apart", apart / 1000),
            "Set both by the network (chrony, systemd-timesyncd).",
        ));
    } else if u128::from(apart) > CLOCKS_APART.as_millis() {
        all.push(Finding::look(
            ABOUT,
            format!("its clock and ours are {} seconds apart", apart / 1000),
            "Set both by the network (chrony, systemd-timesyncd).",
        ));
    }
    if all.is_empty() {
        let how = if said.encrypted { "encrypted" } else { "in the clear" };
        all.push(Finding::well(
            ABOUT,
            format!("{version}, reached {how}; every acknowledgement waits for its disk"),
        ));
    }
    all
}

fn changes(tables: &Tables, ours: i64) -> Finding {
    const ABOUT: &str = "tables";
    match tables.newest {
        None => Finding::look(ABOUT, "there are none yet", "Start the server once."),
        Some(there) if there > ours && tables.works_from.is_some_and(|from| from <= ours) => Finding::look(
            ABOUT,
            format!("a later version has added to them ({there}, and this one knows {ours}); this one works with them"),
            "Bring this machine to that version as well, soon.",
        ),
        Some(there) if there > ours => Finding::wrong(
            ABOUT,
            format!("they were made by a later version ({there}, and this one knows {ours})"),
            "Install that version again, or restore the backup from before it.",
        ),
        Some(there) if there < ours => Finding::look(
            ABOUT,
            format!("they are of an earlier version ({there}; this one makes {ours})"),
            "Make a backup; the next start brings them up to date.",
        ),
        Some(there) => Finding::well(ABOUT, format!("they are those of this version ({there})")),
    }
}

/// Whether the root key opens what is there.
pub(super) async fn root_fits(config: &Config) -> Finding {
    const ABOUT: &str = "root key and database";
    let Ok(root) = config.root_key.read(&config.data) else {
        return Finding::look(ABOUT, "without the key nothing can be tried", "See the root key above.");
    };
    match root_key::fits(config, &root).await {
        Ok(true) => Finding::well(ABOUT, "the key opens the database"),
        Ok(false) => Finding::wrong(
            ABOUT,
            "the key does not open this database",
            "Bring the right root.key back (for an old backup: the old one beside it, under its name), or use the recovery key.",
        ),
        Err(fault) => Finding::look(
            ABOUT,
            format!("it could not be tried: {fault}"),
            "See the database above.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    const NOW: Timestamp = Timestamp(1_900_000_000_000);

    fn sound() -> PostgresSaid {
        PostgresSaid {
            version: 150_012,
            fsync: true,
            full_page_writes: true,
            synchronous_commit: "on".to_owned(),
            replica: false,
            encrypted: true,
            connections: 20,
            max_connections: 100,
            now: NOW,
            tables: Tables {
                newest: Some(newest_changes().1),
                works_from: Some(newest_changes().1),
                believed: None,
            },
        }
    }

    fn worst(change: impl FnOnce(&mut PostgresSaid)) -> Verdict {
        let mut said = sound();
        change(&mut said);
        let all = Asked::Postgres(Ok(said), false).findings(NOW);
        all.iter().map(|finding| finding.verdict).max().unwrap()
    }

    #[test]
    fn a_database_whose_acknowledgement_is_worth_nothing_is_wrong() {
        assert_eq!(worst(|_| ()), Verdict::Well);
        assert_eq!(worst(|said| said.fsync = false), Verdict::Wrong);
        assert_eq!(worst(|said| said.synchronous_commit = "off".to_owned()), Verdict::Wrong);
        assert_eq!(worst(|said| said.replica = true), Verdict::Wrong);
        assert_eq!(worst(|said| said.now = Timestamp(NOW.0 - 61_000)), Verdict::Wrong);
    }

    #[test]
    fn a_database_that_works_and_will_not_for_long_is_looked_at() {
        assert_eq!(worst(|said| said.version = 130_009), Verdict::Look);
        assert_eq!(worst(|said| said.full_page_writes = false), Verdict::Look);
        assert_eq!(worst(|said| said.connections = 95), Verdict::Look);
        assert_eq!(worst(|said| said.now = Timestamp(NOW.0 + 6_000)), Verdict::Look);
        let two = Asked::Postgres(Ok(sound()), true).findings(NOW);
        assert!(
            two.iter().any(|finding| finding.verdict == Verdict::Look),
            "two databases"
        );
    }

    #[test]
    fn tables_of_another_version_are_told_apart() {
        let (ours, _) = newest_changes();
        let of = |newest, works_from| {
            let tables = Tables {
                newest,
                works_from,
                believed: None,
            };
            changes(&tables, ours).verdict
        };
        assert_eq!(of(Some(ours), Some(30)), Verdict::Well);
        assert_eq!(of(Some(ours + 1), None), Verdict::Wrong);
        assert_eq!(of(Some(ours + 2), Some(ours + 1)), Verdict::Wrong);
        assert_eq!(of(Some(ours + 2), Some(ours)), Verdict::Look);
        assert_eq!(of(Some(1), None), Verdict::Look);
        assert_eq!(of(None, None), Verdict::Look);
    }

    #[test]
    fn a_database_that_does_not_answer_or_is_none_is_wrong() {
        let gone = Asked::Postgres(Err("no route".to_owned()), false).findings(NOW);
        assert_eq!(gone[0].verdict, Verdict::Wrong);
        let torn = Asked::File(Some(Err("file is not a database".to_owned()))).findings(NOW);
        assert_eq!(torn[0].verdict, Verdict::Wrong);
        assert_eq!(Asked::File(None).findings(NOW)[0].verdict, Verdict::Look);
    }
}
