//! Rooms as people meet them, over real sockets: who comes in, what they may, what is left of it.

mod access_matrix;
mod broken_packs;
mod course;
mod hosts;
mod invites;
mod look_in;
mod nothing_kept;
mod packs_edited;
mod places_forgotten;
mod private_channel;
mod revocation;
#[cfg(feature = "mutants")]
mod room_faults;
mod session;
