//! What is said between somebody who waits at the door and those who may let them in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Private, Timestamp};

/// Who said it. Whoever waits learns nothing of who leads in the room but what is said to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoorVoice {
    /// Whoever waits.
    Waiting,
    /// One of those who lead.
    Leading,
}

/// One thing said at the door: plain text, never more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoorLine {
    pub at: Timestamp,
    pub from: DoorVoice,
    /// Absent once it has been erased.
    pub text: Option<Private<String>>,
}
