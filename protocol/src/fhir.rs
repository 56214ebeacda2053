//! A member's own answers as FHIR resources: the few fields that they need, named and shaped alike in R4 and R5, so that a reader of either takes them.
//!
//! Whom they are about is named by this server's own ids. Nothing that FHIR calls a list is ever empty: it is left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Private;

/// `GET /api/rooms/{room}/mine/answers`: a Bundle of one's own questionnaire responses, and of the questionnaires that they answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FhirBundle {
    pub resource_type: FhirBundleName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<FhirMeta>,
    pub r#type: FhirBundleKind,
    /// When it was made.
    pub timestamp: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<FhirEntry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FhirBundleName {
    Bundle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FhirBundleKind {
    Collection,
}

/// What labels a resource bears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FhirMeta {
    pub security: Vec<FhirCoding>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FhirCoding {
    pub system: String,
    pub code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FhirEntry {
    pub full_url: String,
    pub resource: FhirResource,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "resourceType", deny_unknown_fields)]
pub enum FhirResource {
    Questionnaire(FhirQuestionnaire),
    QuestionnaireResponse(FhirResponse),
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FhirQuestionnaire {
    /// Its canonical address.
    pub url: String,
    pub version: String,
    pub status: FhirQuestionnaireStatus,
    pub item: Vec<FhirQuestion>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FhirQuestionnaireStatus {
    Active,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FhirQuestion {
    pub link_id: String,
    pub text: String,
    pub r#type: FhirQuestionKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FhirQuestionKind {
    Text,
    Integer,
}

/// What was answered in one session, or noted at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FhirResponse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<FhirMeta>,
    /// The notice that travels with a record which must not be passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<FhirNarrative>,
    /// The questionnaire's canonical address, with its version.
    pub questionnaire: String,
    pub status: FhirResponseStatus,
    pub subject: FhirReference,
    pub authored: String,
    pub item: Vec<FhirAnswered>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FhirNarrative {
    pub status: FhirNarrativeStatus,
    /// XHTML.
    pub div: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FhirNarrativeStatus {
    /// There is more in it than in the data: the notice.
    Additional,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FhirResponseStatus {
    Completed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FhirReference {
    pub identifier: FhirIdentifier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<Private<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FhirIdentifier {
    pub system: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FhirAnswered {
    pub link_id: String,
    pub text: String,
    pub answer: Vec<FhirAnswer>,
}

/// One answer: words, or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FhirAnswer {
    #[serde(rename = "valueString")]
    Words(Private<String>),
    #[serde(rename = "valueInteger")]
    Number(u16),
}
