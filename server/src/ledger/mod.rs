//! The ledger: one signed log a practice, so that nobody can quietly change what was recorded, not even whoever runs the server.
//!
//! ```text
//! a record's leaf    SHA-256(0 || header || commitment)       commitment = SHA-256(salt || ciphertext)
//! the log's root     a Merkle tree over all leaves (RFC 6962)
//! a checkpoint       name, length, root, signed                kept by those who lead, outside the server
//! ```
//!
//! * [`tree`]: roots and proofs. [`note`]: checkpoints and keys as other tools spell them. Both are pure and know nobody.
//! * `source`: what is logged, and what a leaf is made of.
//! * [`keep`]: takes what was recorded into the log, again and again.
//! * [`check`]: everything that must fit in a log; pure. [`verify`] feeds it from a database or from an exported file.
//!
//! What it does not give: the truth of what was typed, secrecy, and protection of the last seconds before a checkpoint is in somebody else's
//! hands. The rows stand in [`crate::store`]; reasons in decisions/0017.

pub mod check;
pub mod keep;
pub mod limits;
pub mod note;
pub mod source;
pub mod tree;
pub mod verify;
