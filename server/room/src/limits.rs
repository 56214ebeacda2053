//! Every bound of a room, with its reason.

/// People a room knows at once. Groups are 6–12 and lectures are not our trade; 40 leaves space for observers and for those who left.
pub const MAX_PARTICIPANTS: usize = 40;
/// A note that goes with a request: two spoken sentences.
pub const MAX_REQUEST_NOTE_CHARS: usize = 280;
/// A turn taken in writing: what somebody would say in about two minutes.
pub const MAX_WRITTEN_TURN_CHARS: usize = 2_000;
/// A display name, in characters; the HTTP side counts graphemes, which are never more.
pub const MAX_NAME_CHARS: usize = 160;
/// The longest turn limit and the longest single extension, in seconds.
pub const MAX_TURN_SECONDS: u32 = 3_600;
/// A member's pause ends by itself after this many seconds, so that a pause never silences anybody for long.
pub const MEMBER_PAUSE_SECONDS: u64 = 60;
/// Under a firm ending, the time to finish a sentence after the limit, in seconds. It is shown to the speaker.
pub const FIRM_GRACE_SECONDS: u64 = 10;
/// After this many seconds without a facilitator the page shows whom to call.
pub const UNATTENDED_LONG_SECONDS: u64 = 300;
/// Prompts a facilitator sees at once: more is a form to fill in.
pub const MAX_PROMPTS_SHOWN: usize = 2;
/// Events one decision may make. A decision over this is a bug: nothing a room does touches more than everybody a few times.
pub const MAX_EVENTS_PER_DECISION: usize = 8 + 6 * MAX_PARTICIPANTS;
