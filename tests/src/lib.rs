//! The whole, driven from outside: a real server, real sockets, people with names.
//!
//! * [`house`]: a server in this process, or as a process of its own that can be killed.
//! * [`web`]: HTTP as a browser speaks it, cookies and origin included.
//! * [`line`]: one WebSocket of one person: act, see, be refused.
//! * [`page`]: one person's page of a note.
//! * [`cast`]: the ordinary beginning of a story: a facilitator, a group, members with links.
//! * [`crowd`]: thousands of lines that only count. [`furnish`]: their groups, made before the server starts. [`costs`]: what a process takes.
//! * [`roomcheck`]: the black-box checker of acknowledged, exactly once, resumed.
//! * [`rttm`], [`meeting`]: recorded meetings, replayed by people on real sockets, by a [`clock`] moved by hand.
//! * [`fhir`]: a strict reader of the answers that people take along.
//! * [`doomed`]: a server that dies at one of its writes. [`filler`]: a store of a named size.
//! * [`postgres`]: a PostgreSQL of the tests' own. [`nats`]: a NATS server. [`nodes`]: several nodes over both, and [`faults`] between them.

pub mod cast;
pub mod clock;
pub mod costs;
pub mod crowd;
pub mod doomed;
pub mod door;
pub mod faults;
pub mod fhir;
pub mod filler;
pub mod furnish;
pub mod house;
pub mod line;
pub mod meeting;
pub mod nats;
pub mod nodes;
pub mod page;
pub mod path;
pub mod postgres;
pub mod replayed;
pub mod roomcheck;
pub mod rttm;
pub mod shared;
pub mod voices;
pub mod web;
