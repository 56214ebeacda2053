//! Shared notes: texts that several people write at the same time, kept as Yjs documents.
//!
//! * [`document`]: one note, pure: what an update may do to it, who wrote what, taking back, folding.
//!   `update` and `reader` read a stranger's bytes, `ground` knows where everything lies, `plan` decides, `engine` is yrs.
//! * [`rights`]: who may open, read and write which note. Pure as well.
//! * [`task`]: one task owns a room's notes: applies, stores, and only then tells the others.
//! * [`store`]: what that task asks of the disk.
//!
//! The editor, the room's rules about locking, encryption at rest and the sockets live elsewhere.

pub mod document;
mod engine;
mod fault;
mod ground;
pub mod limits;
mod open;
mod plan;
mod reader;
pub mod rights;
mod room_notes;
pub mod store;
pub mod task;
mod update;

pub use document::{Applied, Document};
pub use fault::NoteFault;

#[cfg(test)]
mod tests;
