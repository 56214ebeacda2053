//! Roles: what somebody is in a room. Only `room::policy` says what a role may do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a participant is in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Leads. May always speak; sees the facilitators' pane.
    Facilitator,
    /// Takes part.
    Member,
    /// Listens only: a supervisor or a trainee. Never holds the floor.
    Observer,
}
