//! Every bound of a pack, with its reason.

use std::ops::RangeInclusive;

/// One file, in bytes. Sixty sessions of texts fit four times over.
pub const MAX_FILE_BYTES: usize = 256 * 1024;
/// Files in a pack's folder: the structure, the read-me and every language; the shared steps with theirs; overlays.
pub const MAX_FILES: usize = 2 + MAX_LANGUAGES + MAX_SHARED * (1 + MAX_LANGUAGES) + MAX_OVERLAYS;
/// Shelves of shared steps that one pack takes from.
pub const MAX_SHARED: usize = 4;
/// Overlays of one pack: a choice that a person can read.
pub const MAX_OVERLAYS: usize = 16;
/// Languages of one pack.
pub const MAX_LANGUAGES: usize = 32;
/// Sessions of one course: more than a year of weekly meetings.
pub const MAX_SESSIONS: usize = 60;
/// Steps of one session: more would be a checklist, not a meeting.
pub const MAX_STEPS_PER_SESSION: usize = 16;
/// Steps named in one pack: every session of the longest course could have four of its own.
pub const MAX_STEPS: usize = 240;
/// Meetings beside the sessions: more would be a course of their own.
pub const MAX_MEETINGS: usize = 12;
/// Agreements: what a person can hear read out and keep.
pub const MAX_AGREEMENTS: usize = 12;
/// Questions of a private check-in: a minute before every session.
pub const MAX_CHECK_IN: usize = 5;
/// Ways of keeping what one partner says alone. More would be no choice but a search.
pub const MAX_SECRETS: usize = 6;
/// Prompts of one step. At most two are shown at a time.
pub const MAX_PROMPTS_PER_STEP: usize = 12;
/// Entries of `sources`.
pub const MAX_SOURCES: usize = 40;
/// Faults reported at once; whoever has more mends these first.
pub const MAX_FAULTS: usize = 200;

/// Minutes of one step: three hours is the longest sitting that any published protocol asks for.
pub const STEP_MINUTES: RangeInclusive<u32> = 1..=180;
/// Minutes of all steps of one session together.
pub const SESSION_MINUTES: RangeInclusive<u32> = 1..=360;
/// A turn's limit, in seconds: shorter is a hurry, longer is a lecture.
pub const TURN_SECONDS: RangeInclusive<u32> = 10..=3600;
/// How long a dropped line is waited for, in seconds: at least one reconnect of a slow phone.
pub const GRACE_SECONDS: RangeInclusive<u32> = 10..=600;
/// Seconds without anybody having the floor, for the condition `silence`. Shorter silences are part of the talk.
pub const SILENCE_SECONDS: RangeInclusive<u32> = 20..=1800;
/// People waiting, for the condition `queue_long`, and members here, for `fewer_than`: with one there is nothing to notice.
pub const PEOPLE: RangeInclusive<u32> = 2..=36;
/// Sessions left, for the condition `sessions_left`.
pub const SESSIONS_LEFT: RangeInclusive<u32> = 1..=60;
/// Members of a group; what a room holds, less its facilitators.
pub const MEMBERS: RangeInclusive<u32> = 1..=36;

/// Words of `think`: read in two seconds, in the middle of somebody's grief.
pub const MAX_THINK_WORDS: usize = 18;
/// Characters of any other sentence.
pub const MAX_SENTENCE_CHARS: usize = 300;
/// Characters of a pack's summary.
pub const MAX_SUMMARY_CHARS: usize = 600;
/// Characters of a title.
pub const MAX_TITLE_CHARS: usize = 80;
/// Characters of a step's name: it stands in a narrow rail.
pub const MAX_STEP_NAME_CHARS: usize = 32;
