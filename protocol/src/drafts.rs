//! Packs as facilitators write them on the page: files in, faults and a preview out. Part of the HTTP side; see [`crate::api`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::PackFault;
use crate::pack::{FloorMode, MeetingPlace, MeetingWith, PromptAudience, PromptKind, Setting, When};
use crate::{PromptId, StepId};

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// Inside the pack's folder, with `/` between parts.
    pub name: String,
    pub text: String,
}

/// `GET /api/packs/{id}`: a pack's files, to be read or copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackFiles {
    pub id: String,
    /// It was made here and can be changed. Others are copied first.
    pub own: bool,
    /// What a change is based on.
    pub digest: Option<String>,
    /// The pack's own files.
    pub files: Vec<PackFile>,
    /// Files of shared steps that it takes from elsewhere. To change one, write it among the pack's own.
    pub shared: Vec<PackFile>,
}

/// `POST /api/packs/check` and `POST /api/packs/save`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackDraft {
    pub id: String,
    pub files: Vec<PackFile>,
    /// The digest under which it was read; absent for a new pack.
    pub based_on: Option<String>,
}

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DraftFate {
    /// It was looked at, and is whole.
    Whole,
    /// It has faults, and nothing was saved.
    Broken,
    /// It was saved. New groups can follow it; running courses keep the version they began with.
    Saved,
    /// Somebody else saved meanwhile; nothing of theirs was touched.
    Changed,
    /// A pack of this name came along or is the operator's.
    Taken,
}

/// The answer to a draft: every fault at once, or what it looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftAnswer {
    pub fate: DraftFate,
    pub faults: Vec<PackFault>,
    pub preview: Option<PackPreview>,
    /// The digest under which it is kept, once it is saved.
    pub digest: Option<String>,
}

/// `POST /api/packs/export`: a pack as one signed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackExport {
    pub id: String,
    /// Who signs, as the receiver should read it; may be empty.
    pub by: String,
}

/// The signed file, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportedPack {
    pub faults: Vec<PackFault>,
    pub file: Option<PackFile>,
    /// Of the key it is signed with: told to the receiver by another way than the file.
    pub fingerprint: Option<String>,
}

/// `POST /api/packs/import`: what an exchange file holds. Nothing is kept; the pack is saved like any draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackImport {
    pub text: String,
}

/// What an exchange file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportFate {
    /// Unaltered since it was signed, and whole.
    Whole,
    /// Unaltered since it was signed, and the pack has faults.
    Broken,
    /// The signature does not fit.
    Altered,
    /// Written by another version.
    OtherFormat,
    /// No exchange file.
    NotAPack,
}

/// The answer to an exchange file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedPack {
    pub fate: ImportFate,
    pub faults: Vec<PackFault>,
    /// What the signer calls themselves. A claim: only the key is proven.
    pub by: Option<String>,
    pub fingerprint: Option<String>,
    /// The pack, to be looked at and saved under a name of one's own.
    pub pack: Option<PackFiles>,
}

/// A whole pack, to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackPreview {
    pub title: String,
    pub summary: String,
    pub version: String,
    pub setting: Setting,
    pub languages: Vec<String>,
    pub phases: Vec<PhasePreview>,
    pub meetings: Vec<MeetingPreview>,
    /// Every step once, as it is written; sessions may change its minutes, its floor and its turns.
    pub steps: Vec<StepPreview>,
}

/// Sessions of one phase, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhasePreview {
    pub title: String,
    pub sessions: Vec<SessionPreview>,
}

/// `GET /api/groups/{room}/prompts`: every step of the pack that the group pinned, in the group's language, for who leads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptLibrary {
    pub steps: Vec<StepPreview>,
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionPreview {
    pub number: u16,
    pub minutes: u32,
    pub steps: Vec<PlacedStep>,
}

/// A step in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacedStep {
    pub step: StepId,
    pub minutes: u32,
    pub floor: FloorMode,
    pub turn_seconds: Option<u32>,
}

/// A meeting beside the sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingPreview {
    pub name: String,
    pub place: MeetingPlace,
    pub with: MeetingWith,
    pub minutes: u32,
    pub steps: Vec<PlacedStep>,
}

/// A step's words and prompts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepPreview {
    pub step: StepId,
    pub name: String,
    pub purpose: String,
    pub droppable: bool,
    pub protected: bool,
    pub prompts: Vec<PromptPreview>,
}

/// A prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptPreview {
    pub prompt: PromptId,
    pub audience: PromptAudience,
    pub kind: PromptKind,
    pub when: When,
    pub think: String,
    pub say: Option<String>,
}
