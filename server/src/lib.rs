//! Rondo: rooms for people who meet to get better. The house is described in `server/ARCHITECTURE.md`.

pub mod notes;
