//! The room: a deterministic value that turns inputs into events.
