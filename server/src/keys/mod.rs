//! Keys: who can read what, and how reading is made impossible again.
//!
//! ```text
//! root key     a file in the data folder, mode 0600, or what the operator's key service gives; never in the database or its backups
//!  └ practice key     one per practice, wrapped under the root key
//!     ├ group key     one per room: events, snapshots, notes, the title
//!     └ person key    one per participant and per account: names, addresses, everything sealed for one person
//! ```
//! Beside it stands `root.erased`, the ids of people who were erased: copies of the database may be older than that ([`erased`]).
//! And `signing.key`, with which packs are signed for others; it opens nothing.
//!
//! Wrapped keys stand in the database; destroying one row makes everything under that key unreadable for good.
//! This module knows bytes and files only; which key belongs to whom is read from the database by [`crate::store`].

mod erased;
mod recovery;
mod root;
pub mod rotation;
mod seal;
mod signing;
mod source;

pub use erased::{ERASED_FILE, Erased, ErasedList, adopt_erased, merge_erased};
pub use recovery::{RecoveryFault, RecoveryKey, check_last_group, check_recovery, make_recovery, restore_root};
pub use root::{KeyFault, ROOT_KEY_FILE, RootKey};
pub(crate) use seal::{Context, Key, KeyKind, draw};
pub use signing::{SIGNING_KEY_FILE, SigningKey, fingerprint, is_signed};
pub use source::{CommandFault, RootSource, read_root_file};
