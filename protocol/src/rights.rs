//! What people may ask for about their own data, and what those who lead do about it. Part of the HTTP side; see [`crate::api`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::wire::NoteRef;
use crate::{ParticipantId, Private, Timestamp};

/// `POST /api/rooms/{room}/mine/erasure`: somebody asks for everything about themselves in this group to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskErasure {
    /// Nobody needs a reason; whoever wants to give one may.
    pub reason: Option<Private<String>>,
}

/// `POST /api/groups/{room}/erasures`: those who lead begin it, the first of two steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewErasure {
    pub participant: ParticipantId,
    pub reason: Private<String>,
}

/// `POST /api/groups/{room}/erasures/{participant}/carry-out`: the second step. There is no way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CarryOutErasure {
    /// The person's name as the group's page shows it, typed once more.
    pub name: Private<String>,
}

/// `POST /api/groups/{room}/erasures/{participant}/refuse`. The person reads the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseErasure {
    pub reason: Private<String>,
}

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureAskedBy {
    /// The person themselves.
    Member,
    /// Somebody who leads.
    Leader,
}

/// `GET /api/groups/{room}/rights`: what was asked for in this group and what stands against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRights {
    /// Oldest first.
    pub erasures: Vec<Erasure>,
    pub holds: Vec<LegalHold>,
}

/// An erasure, from the asking on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    pub participant: ParticipantId,
    /// `None` once it has begun.
    pub name: Option<Private<String>>,
    pub asked_by: ErasureAskedBy,
    pub asked_at: Timestamp,
    /// When an answer is owed at the latest.
    pub due_at: Timestamp,
    pub reason: Option<Private<String>>,
    pub refused: Option<ErasureRefused>,
    pub begun_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
    /// What was destroyed, line by line, as the server signed it.
    pub record: Option<String>,
}

/// Those who lead said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRefused {
    pub at: Timestamp,
    pub reason: Private<String>,
}

/// `POST /api/groups/{room}/holds`: nothing of this person, or of anybody here, is erased or purged while it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// Absent: everybody in the group.
    pub participant: Option<ParticipantId>,
    pub reason: Private<String>,
}

/// `POST /api/groups/{room}/holds/lift`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftHold {
    /// Absent: the hold on everybody.
    pub participant: Option<ParticipantId>,
}

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalHold {
    /// Absent: everybody in the group.
    pub participant: Option<ParticipantId>,
    pub set_at: Timestamp,
    pub reason: Private<String>,
}

/// `GET /api/rooms/{room}/mine`: what a member sees about their own data here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyData {
    pub group: Private<String>,
    pub name: Option<Private<String>>,
    /// Whether this person can ask for erasure here. Whoever leads cannot: others' records are in their words.
    pub can_ask_erasure: bool,
    pub erasure: Option<MyErasure>,
    /// Something stands against erasing it just now; those who lead know what.
    pub held: bool,
}

/// `GET /api/rooms/{room}/mine/export`: everything somebody said and wrote in a group, to take along. Nobody else's words are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyExport {
    /// The layout of an export.
    pub rondo_export: u32,
    pub group: Private<String>,
    pub name: Option<Private<String>>,
    pub exported_at: Timestamp,
    /// In the order in which it happened.
    pub entries: Vec<MyEntry>,
    pub notes: Vec<MyNote>,
    /// What goes with a record that leaves the practice, where the group's pack says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// What those who lead keep about this person and this file does not hold: ask them.
    pub left_out: Vec<LeftOut>,
}

/// Something one did or said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyEntry {
    pub at: Timestamp,
    /// What kind of thing, as the journal names it.
    pub kind: String,
    pub texts: Vec<Private<String>>,
    /// One's answer to question 9 of a questionnaire, as it was noted.
    pub answer: Option<u16>,
}

/// One's own text in a shared note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyNote {
    pub note: NoteRef,
    pub text: Private<String>,
}

/// What an export leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// What those who lead wrote down after a talk alone.
    Screens,
    /// How somebody was, in the words of those who lead.
    Assessments,
    /// What those who lead say among themselves, and their own notes.
    FacilitatorsNotes,
}

/// One's own request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyErasure {
    pub asked_by: ErasureAskedBy,
    pub asked_at: Timestamp,
    pub due_at: Timestamp,
    pub refused: Option<ErasureRefused>,
}
