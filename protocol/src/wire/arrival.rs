//! What somebody says at the door before they are let in: where they are now, how to reach them, and whether they can speak freely.
//! It is between that person and those who lead; nobody else ever receives any of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Country, ParticipantId, Private, Timestamp};

/// What is true today and was not last week. It is forgotten some time after the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Today {
    /// Where they are, in their own words: enough for an ambulance to find them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Private<String>>,
    /// Whose emergency numbers count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Nobody else is in the room with them.
    pub alone: bool,
    /// They listen with headphones.
    pub headphones: bool,
    /// They have not said that they are not at the wheel. So with the two below: a box left open says nothing, and is read as something
    /// to ask about, never as so.
    pub driving: bool,
    /// They have not said that nobody records.
    pub recording: bool,
    /// They have not said that nobody else uses this device.
    pub shared: bool,
}

/// How to reach somebody when their line is down. It is carried over from the session in which they last confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    pub number: Private<String>,
    pub safe: SafeWays,
    /// Absent where they said that there is nobody to name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<EmergencyContact>,
}

/// Whom to call for somebody who cannot be reached. Never a member of the same room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmergencyContact {
    pub name: Private<String>,
    pub number: Private<String>,
    pub safe: SafeWays,
}

/// What may be done with a number without harm: somebody else may hear it ring, listen to the message or read the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SafeWays {
    pub ringing: bool,
    pub voicemail: bool,
    pub text: bool,
}

/// What a person is asked at the door, and what they said before. Theirs alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivalCard {
    /// Else they say where they are only if they like to.
    pub place_needed: bool,
    /// They answered for the session that runs or comes next.
    pub answered: bool,
    /// What they said of today, as long as it is kept.
    pub today: Option<Today>,
    /// What is carried over unless they change it.
    pub reach: Option<Reach>,
    /// The session for which they last confirmed it.
    pub confirmed_in: Option<u16>,
}

/// What a facilitator looks at before letting somebody in. The first four are what was not said (see [`Today`]); the others the room knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalLook {
    NotAlone,
    Driving,
    Recording,
    SharedDevice,
    /// The emergency contact turned out to be in this room: it is never called.
    ContactInRoom,
    /// There are no emergency numbers for the country they are in.
    NoNumbers,
}

/// What one person said at the door, as those who lead see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivalView {
    pub participant: ParticipantId,
    /// For the session that runs or comes next.
    pub answered: bool,
    pub look: Vec<ArrivalLook>,
    /// Absent until they answered once, and once it has been erased.
    pub last: Option<LastKnown>,
}

/// Where somebody was and how to reach them, as they last confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastKnown {
    pub at: Timestamp,
    pub session: u16,
    /// Absent once it is forgotten.
    pub place: Option<Private<String>>,
    pub country: Option<Country>,
    pub number: Private<String>,
    pub safe: SafeWays,
    /// Absent where the contact turned out to be in this room, and where nobody was named.
    pub contact: Option<EmergencyContact>,
    /// They said that there is nobody to name.
    #[serde(default)]
    pub nobody_named: bool,
}
