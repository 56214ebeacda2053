//! The changes of the tables there ever were, as they stand in `migrations/`. The build lists the files; the library numbers and checks them.

use std::sync::LazyLock;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::StoreFault;

include!(concat!(env!("OUT_DIR"), "/changes.rs"));

pub(super) static SQLITE: LazyLock<Migrator> = LazyLock::new(|| of(SQLITE_FILES));
pub(super) static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| of(POSTGRES_FILES));

/// Files are called `0001_what_for.sql`.
fn of(files: &[(&'static str, &'static str)]) -> Migrator {
    let one = |&(name, sql): &(&'static str, &'static str)| {
        let (version, about) = name
            .strip_suffix(".sql")
            .and_then(|name| name.split_once('_'))
            .and_then(|(number, about)| Some((number.parse().ok()?, about.replace('_', " "))))
            .expect("the build lets no other name in");
        Migration::new(version, about.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut all = Migrator::with_migrations(files.iter().map(one).collect());
    // A release that came after may have added to the tables. Whether this one still works with them is asked first ([`may_work`]).
    all.set_ignore_missing(true);
    all
}

/// The newest change that this release knows.
pub(super) fn newest(migrator: &Migrator) -> i64 {
    migrator.iter().map(|one| one.version).max().unwrap_or(0)
}

/// What the tables say of the oldest release that still works with them; nothing where they are older than that question.
pub(super) const WORKS_FROM: &str = "SELECT MAX(change) FROM works_from";

/// Whether this release works with tables that a later one may have changed: `from` is what [`WORKS_FROM`] gave.
pub(super) fn may_work(migrator: &Migrator, from: Option<i64>) -> Result<(), StoreFault> {
    let ours = newest(migrator);
    match from {
        Some(from) if from > ours => {
            tracing::error!(
                wanted = from,
                known = ours,
                "a later release has changed the tables so that this one cannot work with them; start that release, or restore a backup from before it"
            );
            Err(StoreFault::Migration)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_changes_have_one_number() {
        for changes in [&SQLITE, &POSTGRES] {
            let versions: Vec<_> = changes.iter().map(|change| change.version).collect();
            assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
        }
        // What is on people's disks already: a released change is never written anew.
        let first = SQLITE.iter().next().expect("there is a first");
        assert_eq!((first.version, &*first.description), (1, "store"));
    }

    #[test]
    fn tables_of_a_later_release_are_worked_with_where_they_say_so() {
        let ours = newest(&SQLITE);
        assert_eq!(may_work(&SQLITE, None), Ok(()), "older than the question");
        assert_eq!(may_work(&SQLITE, Some(ours)), Ok(()));
        assert_eq!(may_work(&SQLITE, Some(ours + 1)), Err(StoreFault::Migration));
    }
}
