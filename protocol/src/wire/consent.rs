//! What members agree to, purpose by purpose: each reads their own and takes it back, and those who lead see who agreed to what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pack::Purpose;
use crate::{ParticipantId, Timestamp};

/// One thing a member is asked to agree to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentCard {
    pub purpose: Purpose,
    /// What it says, in the room's language.
    pub text: String,
    /// Names this very text, in all its languages. Whoever agrees says which text they read.
    pub digest: String,
    pub standing: ConsentStanding,
}

/// How it stands with one person and one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "so", rename_all = "snake_case", deny_unknown_fields)]
pub enum ConsentStanding {
    /// They said nothing yet.
    Open {},
    Given {
        at: Timestamp,
    },
    TakenBack {
        at: Timestamp,
    },
    /// They said no, and had not said yes before.
    Declined {
        at: Timestamp,
    },
    /// They agreed to another text than the one that is asked now.
    Outdated {
        at: Timestamp,
    },
}

/// How it stands with one member, for those who lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentRow {
    pub participant: ParticipantId,
    pub purpose: Purpose,
    pub standing: ConsentStanding,
    /// The version of the pack whose text it was.
    pub version: Option<String>,
}
