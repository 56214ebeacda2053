//! From where on something is worth a look, or wrong.

use std::time::Duration;

/// Less room on the disk than this: a copy of a middling house does not fit any more, and a week of logs might not.
pub(crate) const LITTLE_ROOM: u64 = 2 * 1024 * 1024 * 1024;
/// Less than this and the next busy evening may fill it: SQLite's log alone grows to 256 MiB (`store::limits`).
pub(super) const NO_ROOM: u64 = 512 * 1024 * 1024;
/// A daily backup that failed once is no news; the second day it is.
pub(crate) const BACKUP_LATE: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// Backups older than thirty days are deleted for the sake of those who were erased: by then there is none left.
pub(super) const BACKUP_LOST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Certificates are renewed thirty days before their end; at two weeks the renewal has been failing for a while.
pub(crate) const CERTIFICATE_LATE_DAYS: i64 = 14;
/// Two machines' clocks may differ by so much before tokens of a sign-in service and the order of what people read suffer.
pub(super) const CLOCKS_APART: Duration = Duration::from_secs(5);
/// From here on what compares times of both machines goes wrong.
pub(super) const CLOCKS_FAR_APART: Duration = crate::limits::RESET_LOOKED_BACK;
/// Connections to PostgreSQL that must be free for a node to start: its own eight, and one to look.
pub(super) const CONNECTIONS_WANTED: i64 = 9;
/// PostgreSQL of which our tests know something. 13 ended in 2025.
pub(super) const OLDEST_POSTGRES: i64 = 140_000;
/// How long a neighbour has to answer.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// The longest answer of a neighbour that is read: the first line is enough.
pub(super) const ANSWER_BYTES: usize = 4096;
