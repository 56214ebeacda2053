//! Words of the safety flow and of the arrival gate: somebody is flagged, somebody looks after them, and it is written down what came of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::wire::LastKnown;
use crate::{ParticipantId, Private, Timestamp};

/// Why somebody is looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConcernSource {
    /// They said "I am not OK".
    Button,
    /// Somebody who leads is concerned.
    Facilitator,
    /// A member is concerned.
    Member,
    /// An answer to question 9 that was not there before.
    AnswerNew,
    /// A higher answer to question 9 than before.
    AnswerRaised,
    /// The same or a lower answer than before: looked at, and never made louder.
    AnswerUnchanged,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SafetyStage {
    Flagged,
    Acknowledged,
    InContact,
    Assessed,
    Planned,
}

/// How somebody is talked to alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactHow {
    SideRoom,
    Phone,
}

/// Why it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Pressed by accident, or nothing was the matter after all.
    Mistake,
    /// Talked about, with a plan.
    LookedAfter,
    /// Others look after it now: an emergency service, another practice.
    HandedOn,
}

/// Whom one tries when somebody has dropped out of reach, in this order; a service may be called at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReachStep {
    CallBack,
    EmergencyContact,
    Service,
}

/// One thing that was done, by whom and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoneBy {
    pub by: Option<ParticipantId>,
    pub at: Timestamp,
}

/// Somebody who is flagged, as those who lead see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmView {
    pub participant: ParticipantId,
    pub raised_at: Timestamp,
    /// Who looks after it.
    pub acknowledged_by: Option<ParticipantId>,
    /// How often it became louder because nobody had seen it.
    pub escalated: u16,
    pub source: ConcernSource,
    /// The member who is concerned, where it was one.
    pub concerned: Option<ParticipantId>,
    pub stage: SafetyStage,
    pub acknowledged_at: Option<Timestamp>,
    /// How they were talked to.
    pub contact: Option<ContactHow>,
    /// In the words of who talked to them.
    pub assessed: Option<Private<String>>,
    pub plan: Option<SafetyPlanView>,
    /// When an emergency was declared.
    pub emergency: Option<DoneBy>,
    /// Who leads on in the group meanwhile.
    pub keeps_group: Option<ParticipantId>,
    /// Since when they are out of reach.
    pub unreachable_since: Option<Timestamp>,
    /// What was tried.
    pub tried: Vec<TriedView>,
    /// The person said that they are all right again.
    pub all_right_at: Option<Timestamp>,
    /// The person said that they pressed by mistake. It stays until somebody has seen it.
    pub taken_back_at: Option<Timestamp>,
    /// Previous and present answer to question 9, 0 to 3.
    pub answer: Option<AnswerView>,
    /// Whose turn it is to see to it, once it is not those in the room any more.
    pub turn: Option<OnCallView>,
    /// The reasons for which it could be closed now.
    pub closes: Vec<CloseReason>,
    /// What could be tried now to reach them.
    pub tries: Vec<ReachStep>,
    /// In an emergency, and while they are out of reach: where they were and how to reach them, as they last confirmed it.
    pub last_known: Option<LastKnown>,
}

/// What was agreed with somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SafetyPlanView {
    pub plan: Option<Private<String>>,
    pub contacts: Option<Private<String>>,
    pub next_check: Option<Private<String>>,
}

/// Whom somebody tried, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriedView {
    pub step: ReachStep,
    pub by: Option<ParticipantId>,
    pub at: Timestamp,
}

/// Two answers to question 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerView {
    pub before: Option<u16>,
    pub now: u16,
}

/// Somebody who is on call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnCallView {
    pub name: Private<String>,
    pub number: Private<String>,
    /// Since when it is their turn.
    pub since: Timestamp,
}

/// Something that was closed in this session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedView {
    pub participant: ParticipantId,
    pub source: ConcernSource,
    pub raised_at: Timestamp,
    pub closed_at: Timestamp,
    pub by: Option<ParticipantId>,
    pub reason: Option<CloseReason>,
}

/// What a person reads who said "I am not OK".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotOkView {
    pub raised_at: Timestamp,
    /// Who was told. Empty when nobody who leads is here: then the page says whom to call.
    pub told: Vec<ParticipantId>,
    pub acknowledged_by: Option<ParticipantId>,
    /// They said that they are all right again.
    pub all_right: bool,
    /// Who is on call, where nobody who leads is here, it is their turn, or they were called about this person.
    pub on_call: Option<OnCallView>,
}

/// The person on call, for those in a circle who may call them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyOnCall {
    /// The operator named somebody. Where nobody is, the page says so before anybody relies on it.
    pub named: bool,
    /// One's own latest call.
    pub called: Option<CalledView>,
}

/// Somebody called the person on call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalledView {
    pub at: Timestamp,
    /// Whom it is about.
    pub about: Option<ParticipantId>,
    /// Whose turn it is: the next on the list when one does not answer.
    pub person: Option<OnCallView>,
    /// Since when they have answered.
    pub reached_at: Option<Timestamp>,
    /// When it is the next person's turn, while nobody has answered.
    pub next_at: Option<Timestamp>,
}

/// The name of somebody who has no seat in the circle one sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownName {
    pub participant: ParticipantId,
    pub name: Private<String>,
}

/// Whom to call in one country. Texts are the operator's data, in the room's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallCard {
    /// Two capital letters (ISO 3166-1).
    pub country: crate::Country,
    /// The emergency number.
    pub emergency: String,
    pub lines: Vec<CallLine>,
    /// When somebody last looked at these numbers.
    pub dated: String,
}

/// One number to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallLine {
    pub name: String,
    pub call: Option<String>,
    pub text: Option<String>,
    pub note: Option<String>,
}
