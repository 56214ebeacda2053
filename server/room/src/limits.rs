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
/// How long a time-out may be, in minutes: long enough to walk round the block, short enough to come back to the same evening.
pub const TIME_OUT_MINUTES: std::ops::RangeInclusive<u32> = 1..=30;
/// Under a firm ending, the time to finish a sentence after the limit, in seconds. It is shown to the speaker.
pub const FIRM_GRACE_SECONDS: u64 = 10;
/// After this many seconds without a facilitator the page shows whom to call.
pub const UNATTENDED_LONG_SECONDS: u64 = 300;
/// Prompts a facilitator sees at once: more is a form to fill in.
pub const MAX_PROMPTS_SHOWN: usize = 2;
/// A prompt that was put off comes back after so many seconds: long enough for one turn, short enough for the same step.
pub const LATER_SECONDS: u64 = 180;
/// Used prompts that are kept in sight: of the running session, or of the last one. The journal keeps all.
pub const MAX_USED_PROMPTS: usize = 60;
/// The group's own words for a step: as long as any sentence of a pack.
pub const MAX_OWN_WORDS_CHARS: usize = 300;
/// With so many seconds left until the planned end, those who lead see what could be shortened or left out.
pub const NEAR_END_SECONDS: u64 = 12 * 60;
/// Steps of one sitting's plan, with what was put in: twice what a pack may have, and still a list that fits a pane.
pub const MAX_PLAN_STEPS: usize = 32;
/// Minutes of a step that is put in, as in packs.
pub const MAX_STEP_MINUTES: u32 = 180;
/// The shortest step that spreading the time leaves: one breath for a word of one's own.
pub const MIN_SPREAD_MINUTES: u32 = 1;
/// Circles of a room at once: its own, a dyad for every two people, and a few side rooms.
pub const MAX_CIRCLES: usize = 1 + MAX_PARTICIPANTS / 2 + 4;
/// How long small circles last at most, in minutes; they can be extended.
pub const MAX_BREAKOUT_MINUTES: u32 = 120;
/// After the call to come back, people are given this long, in seconds, before they are fetched; nobody is fetched during a turn.
pub const COME_BACK_SECONDS: u64 = 60;
/// After so many seconds without an answer, "I am not OK" becomes louder for those who lead: once, and once more.
pub const ALARM_ESCALATES_SECONDS: [u64; 2] = [30, 120];
/// After the last of these the next on the duty list is told, and after so many seconds without an answer the one after them.
pub const DUTY_SECONDS: u64 = 120;
/// What is written down about somebody in the safety flow: a page, in three parts.
pub const MAX_SAFETY_CHARS: usize = 4_000;
/// Closed alarms that are kept in sight until the next session.
pub const MAX_CLOSED_ALARMS: usize = 20;
/// A word among facilitators: read in one glance.
pub const MAX_WHISPER_CHARS: usize = 280;
/// One answer of a private check-in: two sentences.
pub const MAX_CHECK_IN_CHARS: usize = 280;
/// Pronouns: some write three forms in two languages; more would hide the name they stand beside.
pub const MAX_PRONOUNS_CHARS: usize = 40;
/// A few words about oneself: one sentence, read while somebody looks for a name.
pub const MAX_ABOUT_CHARS: usize = 140;
/// A word at the door: two spoken sentences.
pub const MAX_DOOR_CHARS: usize = 280;
/// What either side says to somebody while they wait: more is a talk, and a talk is had in the room.
pub const MAX_DOOR_LINES: usize = 30;
/// What either side says within [`DOOR_PACE_SECONDS`]: a thought in a few short lines, and not a flood on somebody's screen during a session.
pub const MAX_DOOR_PACE: usize = 6;
pub const DOOR_PACE_SECONDS: u64 = 60;
/// What a facilitator writes down of a private screen: a page.
pub const MAX_SCREEN_CHARS: usize = 2_000;
/// Where somebody is, in their own words: an address and how to find the door.
pub const MAX_PLACE_CHARS: usize = 200;
/// A telephone number with all its spaces and an extension.
pub const MAX_NUMBER_CHARS: usize = 40;
/// The shortest number that somebody can be called at from anywhere in a country.
pub const MIN_NUMBER_DIGITS: usize = 6;
/// So long after a session closes somebody's place is still known, in seconds: a worry comes up on the way home or in the night after, and
/// by the next evening it is about where they were and not where they are.
pub const PLACE_KEPT_SECONDS: u64 = 24 * 3600;
/// Words among facilitators that are kept in sight.
pub const MAX_WHISPERS: usize = 30;
/// Talk time of one person that is written down at once, in milliseconds: it is handed in about once a minute, and a full disk may hold it up.
pub const MAX_HEARD_AT_ONCE_MS: u32 = 10 * 60 * 1_000;
/// Events one decision may make. A decision over this is a bug: nothing a room does touches more than everybody a few times.
pub const MAX_EVENTS_PER_DECISION: usize = 8 + 10 * MAX_PARTICIPANTS;
