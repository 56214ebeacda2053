//! The changes of the tables there ever were, as they stand in `migrations/`. The build lists the files; the library numbers and checks them.

use std::sync::LazyLock;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

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
    Migrator::with_migrations(files.iter().map(one).collect())
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
}
