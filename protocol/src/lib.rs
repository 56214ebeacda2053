//! What is said (the wire) and what is followed (packs). Types and their checks only: no input or output, no clock.
//!
//! * [`wire`]: messages between a page and the hub, the views people see, refusals and close codes.
//! * [`api`]: the bodies of the HTTP side (signing in, groups, links, tickets).
//! * [`fhir`]: one's own answers, for other systems of records.
//! * [`pack`]: a treatment protocol as checked data.
//! * [`schema`]: the JSON Schema of the first two.
//!
//! The prose twin of this crate is `protocol/README.md`; its JSON Schema is `protocol/schema/`.

pub mod api;
pub mod country;
mod credentials;
mod drafts;
pub mod fhir;
mod house;
pub mod id;
mod members;
pub mod pack;
mod practice;
mod private;
mod private_notes;
mod rights;
pub mod role;
pub mod schema;
pub mod time;
pub mod wire;

pub use country::Country;
pub use id::{
    AccountId, CircleId, ColleagueLinkId, CommandId, InviteId, LookInId, ParticipantId, PracticeId, PromptId,
    RequestId, RoomId, StepId, TurnId,
};
pub use private::Private;
pub use role::Role;
pub use time::Timestamp;
