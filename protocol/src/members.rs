//! What members without an account have beside their link: the devices it signed in, and a PIN where they want one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::credentials::DeviceKind;
use crate::{Private, Timestamp};

/// `GET /api/groups/{room}/invites/{invite}/devices`, and a member's own at `GET /api/rooms/{room}/mine/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberDevices {
    /// Newest first.
    pub devices: Vec<MemberDevice>,
}

/// A device that came by a personal link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberDevice {
    /// What to call it when ending it.
    pub device: String,
    /// The one that asks.
    pub current: bool,
    /// It has a connection to a room now.
    pub live: bool,
    pub kind: DeviceKind,
    /// When it opened the link.
    pub since: Timestamp,
    pub last_seen: Timestamp,
}

/// `POST /api/rooms/{room}/mine/pin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPin {
    /// Six to twelve digits; absent: none is asked any more.
    pub pin: Option<Private<String>>,
}

/// `POST /api/rooms/{room}/pin`: a device that has returned shows the PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowPin {
    pub pin: Private<String>,
}
