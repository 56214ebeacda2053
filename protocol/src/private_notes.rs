//! Process notes of those who lead, each for themselves: sealed in their own browser, kept here as bytes that nothing here can open. Part of
//! the HTTP side; see [`crate::api`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Private, Timestamp};

/// `GET /api/private-notes/key`: an author's own key, as their browser sealed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotesKey {
    /// 0 where there is none yet.
    pub version: u32,
    pub sealed: Option<Private<String>>,
}

/// `POST /api/private-notes/key/keep`: the first key, or the same key sealed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepNotesKey {
    /// At most 4,096 characters.
    pub sealed: Private<String>,
    /// The version that it takes the place of; 0 for the first. With another one there nothing is changed.
    pub based_on: u32,
}

/// `GET /api/groups/{room}/private-notes`: which notes of one's own there are in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateNotes {
    pub notes: Vec<PrivateNoteListed>,
}

/// That there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateNoteListed {
    /// 0: about the group as a whole.
    pub session: u16,
    pub version: u32,
    pub changed_at: Timestamp,
}

/// `GET /api/groups/{room}/private-notes/{session}`: one of one's own; version 0 where there is none yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateNote {
    pub version: u32,
    pub sealed: Option<Private<String>>,
}

/// `POST /api/groups/{room}/private-notes/{session}/keep`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepPrivateNote {
    /// Base64 of what the browser sealed, at most 49,152 characters.
    pub sealed: Private<String>,
    /// The version that it takes the place of; 0 for the first. With another one there nothing is changed.
    pub based_on: u32,
}

/// It is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptPrivateNote {
    pub version: u32,
}
