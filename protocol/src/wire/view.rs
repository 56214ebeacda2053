//! Views: the whole of what a person may see, computed by the room for an audience and replaced whole.
//!
//! `room` is the same for everybody of one audience and encoded once; `me` is one person's own. The page knows no rules: which
//! buttons exist stands in [`MyView::can`], what the texts are stands in the view.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pack::{Advance, Area, CircleRole, Ending, Enforcement, FloorMode, QueueOrder, Setting};
use crate::wire::{
    AlarmView, ArrivalCard, ArrivalView, CallCard, CheckInAnswer, CheckInQuestion, ClosedView, ConsentCard, ConsentRow,
    DoorLine, KnownName, LockView, MeetingView, MemberWork, MyOnCall, NearEnd, NotOkView, NoteRef, PrivateCard,
    RefusalCode, RequestKind, UsedPrompt,
};
use crate::{CircleId, ParticipantId, Private, PromptId, RequestId, Role, StepId, Timestamp, TurnId};

/// What an audience sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoomView {
    /// Somebody who is not admitted sees this and nothing else.
    Waiting(WaitingView),
    /// The room.
    Room(Box<RoomScene>),
}

/// The waiting screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingView {
    /// Whether a facilitator is there to let people in.
    pub facilitator_present: bool,
    /// People are seen alone before they meet here: whoever is not let in hears from their therapist. It says so whether the room is
    /// locked or not, and whatever came of anybody's screen.
    pub seen_alone_first: bool,
}

/// Everything that admitted people see; `staff` is there for facilitators only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomScene {
    /// Where the course stands.
    pub course: CourseView,
    /// This session's steps and where it stands.
    pub agenda: AgendaView,
    /// The circle that is shown.
    pub circle: CircleId,
    /// Whether the room moves, and if not, why.
    pub stand: Stand,
    /// Seats in circle order, the same for everybody.
    pub seats: Vec<SeatView>,
    /// The floor of this circle.
    pub floor: FloorView,
    /// Circles beside the room's own, as far as they concern this one.
    pub beside: Option<BesideView>,
    /// What the group holds itself to.
    pub agreements: Option<AgreementsView>,
    /// A circle's roles.
    pub roles: Vec<RoleView>,
    /// "Shall we go on?"
    pub ready: Option<ReadyView>,
    /// The notes this audience may open.
    pub notes: Vec<NoteView>,
    /// Only for facilitators.
    pub staff: Option<StaffView>,
}

/// What the group holds itself to, ticked by each in every session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementsView {
    pub texts: Vec<String>,
    /// What may be said about another's share.
    pub crosstalk: Option<String>,
    /// How many of those who are here ticked them.
    pub agreed: u16,
}

/// Something that somebody does for the circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleView {
    pub role: CircleRole,
    /// What it is.
    pub text: String,
    /// Who does it today.
    pub participant: Option<ParticipantId>,
}

/// Small circles, or the side room one is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BesideView {
    /// What the circle that is shown is for.
    pub kind: CircleKind,
    /// When everybody is called back from the small circles, where that is settled.
    pub ends_at: Option<Timestamp>,
    /// Since when everybody is called back.
    pub called_back: Option<Timestamp>,
    /// This circle asked for a facilitator.
    pub help: bool,
}

/// What a circle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CircleKind {
    /// The room's own.
    Main,
    /// A few people talk by themselves for a while.
    Breakout,
    /// Quiet, for one person and whoever comes to be with them.
    Side,
}

/// A question to everybody whether to go on: how many members who are here said what. Nobody sees who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadyView {
    pub asked_at: Timestamp,
    pub ready: u16,
    pub not_yet: u16,
    pub silent: u16,
}

/// Where the course stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CourseView {
    /// The group's title, as its facilitator wrote it.
    pub title: Private<String>,
    /// The pack's title in the room's language.
    pub pack_title: String,
    /// Therapy group, couple or circle: chooses words and panels.
    pub setting: Setting,
    /// The language of the pack's texts (BCP 47).
    pub language: String,
    /// The running session, or the next one: 1 … `sessions`. `sessions` + 1 when the course is over.
    pub session: u16,
    /// Sessions in the course.
    pub sessions: u16,
    /// The phase's title of that session.
    pub phase: Option<String>,
    /// When the last session is planned, where known (`2027-03-12`).
    pub ends_on: Option<String>,
    /// Sessions left, the one in `session` counted; 0 when the course is over.
    pub sessions_left: u16,
    /// When the next session is planned, where known. Only while none is running.
    pub next_on: Option<String>,
    /// What might be hard in this course. Only while no session is running.
    pub content_notes: Option<String>,
    /// Meetings beside the sessions, in the order of the course. Only while no session is running.
    pub meetings: Vec<MeetingView>,
}

/// This session's steps and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgendaView {
    /// All steps of the session, in order.
    pub steps: Vec<StepView>,
    /// The current step's index in `steps`; absent when no session runs.
    pub current: Option<u16>,
    /// When the current step began.
    pub started_at: Option<Timestamp>,
    /// When its time is up. Steps never end by themselves.
    pub ends_at: Option<Timestamp>,
    /// When the session began.
    pub session_started_at: Option<Timestamp>,
    /// When the session's planned minutes are up.
    pub session_ends_at: Option<Timestamp>,
    /// When it would be over if every step that is left took the minutes it has, as of the last view. Later than `session_ends_at`:
    /// behind; earlier: ahead.
    pub projected_end: Option<Timestamp>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepView {
    pub step: StepId,
    /// Two words.
    pub name: String,
    /// One sentence for members.
    pub purpose: String,
    pub minutes: u32,
    pub state: StepState,
    /// It may be left out when time is short.
    pub droppable: bool,
    /// It is never left out, and keeps its time.
    pub protected: bool,
    /// What might be hard in it: for the current step and the one that comes next.
    pub content_notes: Option<String>,
    /// Other ways to take part: for the current step and the one that comes next.
    pub choices: Option<String>,
    /// There is room for the group's own words.
    pub takes_own_words: bool,
    /// The group's own words.
    pub own_words: Option<Private<String>>,
}

/// Whether a step is behind, here or ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It was held.
    Done,
    Current,
    ToCome,
    /// Left out today.
    LeftOut,
    /// Somebody went past it, to a later one.
    PassedBy,
}

/// Whether the room moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "stand", rename_all = "snake_case", deny_unknown_fields)]
pub enum Stand {
    /// No session is running.
    Lobby,
    /// A session is running.
    Running,
    /// Somebody asked for a moment.
    Paused {
        /// Who.
        by: ParticipantId,
        since: Timestamp,
        /// When it ends by itself; absent when a facilitator keeps it.
        until: Option<Timestamp>,
        /// A time-out, whose end was stated with it.
        time_out: bool,
    },
    /// No facilitator is present: the floor is frozen.
    Held {
        since: Timestamp,
        /// It has been long: show whom to call.
        long: bool,
        /// Whom to call, where the server was told: the practice's number and a crisis line. Only once it has been long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<String>,
    },
    /// The course is over.
    Closed,
}

/// One seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatView {
    pub participant: ParticipantId,
    /// The name others see; absent once it has been erased.
    pub name: Option<Private<String>>,
    pub role: Role,
    /// Whether a line is up.
    pub present: bool,
    /// Stands in for the facilitators just now.
    pub acting: bool,
    /// At whose device they sit.
    pub beside: Option<ParticipantId>,
    /// What the seat shows.
    pub state: SeatState,
    /// How they would like to be spoken of, where they say it to whoever reads this.
    pub described: Option<Described>,
}

/// How somebody would like to be spoken of in this group. Nobody is asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Described {
    /// Beside the name.
    pub pronouns: Option<Private<String>>,
    /// A few words about themselves.
    pub about: Option<Private<String>>,
    /// Everybody in the circle reads it; else those who lead.
    pub shown: bool,
}

/// What a seat shows, in a shape and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// Nothing in particular.
    Quiet,
    /// Has the floor.
    Floor,
    /// Will have it next.
    Next,
    /// Asked to speak.
    Asked,
    /// Still to come in this round.
    Waiting,
    /// Spoke in this round.
    Spoke,
    /// Passed in this round.
    Passed,
    /// Comes back at the end of this round.
    ComesBack,
    /// Wrote instead of speaking.
    Wrote,
    /// One of the two who talk, listening.
    Listens,
    /// In the inner circle.
    Inside,
    /// In another circle for a while; the place is kept.
    Aside,
}

/// The floor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FloorView {
    pub mode: FloorMode,
    pub order: QueueOrder,
    pub advance: Advance,
    pub ending: Ending,
    pub enforcement: Enforcement,
    /// The turn limit, in seconds.
    pub turn_seconds: Option<u32>,
    /// The running turn.
    pub turn: Option<TurnView>,
    /// Who comes next, where that is settled.
    pub next: Option<ParticipantId>,
    /// Who waits, in order: the queue, or who is still to come in the round.
    pub line: Vec<ParticipantId>,
    /// Whether a round is under way.
    pub round_running: bool,
    /// What members wrote instead of speaking, in this round.
    pub written: Vec<WrittenTurn>,
    /// The two who talk (`pair`).
    pub pair: Option<PairView>,
    /// Who sits in the inner circle (`fishbowl`).
    pub inner: Vec<ParticipantId>,
    /// The sentence in the middle of the circle.
    pub question: Option<QuestionView>,
}

/// The two who talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairView {
    pub speaker: ParticipantId,
    pub listener: ParticipantId,
    /// The listener says back what was heard; the speaker's clock stands still.
    pub saying_back: bool,
}

/// A turn taken in writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenTurn {
    pub participant: ParticipantId,
    /// Absent once it has been erased.
    pub text: Option<Private<String>>,
}

/// The sentence in the middle of the circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionView {
    /// The pushed prompt; absent when it is the step's own question.
    pub prompt: Option<PromptId>,
    pub text: String,
}

/// The running turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnView {
    pub turn: TurnId,
    pub holders: Vec<ParticipantId>,
    pub kind: RequestKind,
    pub granted_at: Timestamp,
    pub limit_seconds: Option<u32>,
    pub clock: ClockView,
    /// Its time is up and the person is finishing.
    pub overran: bool,
    /// The holder asked for more time. Only those who lead see it here; the holder finds it in their own view.
    pub wants_more: bool,
}

/// A turn's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "clock", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClockView {
    /// It runs; absent deadline means no limit.
    Running { deadline: Option<Timestamp> },
    /// It stands still with this much left, in milliseconds.
    Stopped { left_ms: Option<u64>, because: StopReason },
}

/// Why a turn's clock stands still; where several hold, the first in this order is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The holder's line dropped.
    Away,
    /// No facilitator is present.
    Unattended,
    /// The room is paused.
    Paused,
    /// A facilitator holds the clock.
    Held,
    /// What was said is being said back.
    SayingBack,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteView {
    pub note: NoteRef,
    /// Members cannot change it.
    pub locked: bool,
    /// Whether it is open to this audience's words now; who of them may write stands in `MyView::writes_notes`.
    pub writable: bool,
}

/// The facilitators' pane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffView {
    /// Who waits at the door.
    pub waiting: Vec<WaitingPerson>,
    /// What the pack would have a facilitator consider.
    pub notices: Vec<Notice>,
    /// At most two prompts.
    pub prompts: Vec<OfferedPrompt>,
    /// The current step's purpose, for facilitators.
    pub step_purpose: Option<String>,
    /// A holder whose line dropped.
    pub suspended: Option<SuspendedTurn>,
    /// Requests with their notes, and recent denials.
    pub requests: Vec<StaffRequest>,
    /// Floor time and turns; collapsed until opened, never shown to members.
    pub participation: Vec<ParticipationRow>,
    /// Turns that followed another member's, and turns that followed a facilitator's.
    pub exchange: Exchange,
    /// Who leads when no facilitator is present.
    pub deputy: Option<ParticipantId>,
    /// How often each person paused the room in this session, where more than once.
    pub pauses: Vec<PauseCount>,
    /// Prompts of the current step that can be pushed to members.
    pub library: Vec<OfferedPrompt>,
    /// Sessions held so far.
    pub held: Vec<HeldSession>,
    /// Who is not OK. Shown before anything else.
    pub alarms: Vec<AlarmView>,
    /// What was closed since the session before, the newest last.
    pub closed: Vec<ClosedView>,
    /// The facilitators' back-channel, the newest last.
    pub whispers: Vec<WhisperView>,
    /// Every circle beside the room's own.
    pub circles: Vec<CircleGlance>,
    /// The floor is offered to somebody.
    pub offer: Option<OfferView>,
    /// What would end if the floor were shared in another way from now on. Requests keep their places in every mode.
    pub leaving: Option<Leaving>,
    /// How the current step could be shortened.
    pub shorten: Option<String>,
    /// Little time is left: what could be shortened or left out.
    pub near_end: Option<NearEnd>,
    /// What each member works on. Empty where nobody is treated.
    pub work: Vec<MemberWork>,
    /// Prompts used in this session, or in the last one, the newest last.
    pub used: Vec<UsedPrompt>,
    /// The lock of a couple's room.
    pub lock: Option<LockView>,
    /// What was answered in private check-ins.
    pub check_ins: Vec<CheckInAnswer>,
    /// Who is known and has no seat in this circle: the pane speaks of them too.
    pub names: Vec<KnownName>,
    /// What everybody who is asked said at the door.
    pub arrivals: Vec<ArrivalView>,
    /// Who agreed to what, for every member and every purpose that the pack asks about.
    pub consents: Vec<ConsentRow>,
    /// Where the room is, for whom to call. Absent in a circle of peers, and where the operator has no numbers.
    pub country: Option<RoomCountry>,
}

/// Where a room is, and where it may be said to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomCountry {
    /// The room's country, where one was said.
    pub now: Option<crate::Country>,
    /// Those whose numbers the operator has.
    pub known: Vec<crate::Country>,
}

/// A word among those who lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhisperView {
    pub at: Timestamp,
    pub from: ParticipantId,
    /// Whom to look at.
    pub about: Option<ParticipantId>,
    /// Absent in a mere cue, and once it has been erased.
    pub text: Option<Private<String>>,
}

/// A circle beside the room's own, at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CircleGlance {
    pub circle: CircleId,
    pub kind: CircleKind,
    pub people: Vec<ParticipantId>,
    pub holder: Option<ParticipantId>,
    /// Since when they ask for a facilitator.
    pub help: Option<Timestamp>,
}

/// An offer of the floor, as facilitators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferView {
    pub from: ParticipantId,
    /// To whom; absent when it was declined or taken back.
    pub to: Option<ParticipantId>,
    /// Who declined in this turn.
    pub declined: Vec<ParticipantId>,
}

/// What the running mode has and no other mode can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// Who is still to come in the round.
    Round,
    /// The offer that stands.
    Offer,
    /// Who talks with whom, and whose turn it is of the two.
    Pair,
    /// Who sits in the inner circle.
    Inner,
}

/// What the pack would have a facilitator consider. It stops nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "notice", rename_all = "snake_case", deny_unknown_fields)]
pub enum Notice {
    /// Fewer members are here than a session is meant for.
    FewMembers { here: u16, least: u16 },
    /// The group is closed, and somebody at the door has never been in.
    ClosedToNewcomers { participant: ParticipantId },
    /// Nobody is let in and no session begins before the room has a country whose numbers the operator has; these are the countries.
    NoNumbers {
        /// The room's country, where one was said.
        country: Option<crate::Country>,
        known: Vec<crate::Country>,
    },
    /// No session begins before two lead, or somebody is on call.
    NeedsSecond,
}

/// Somebody at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingPerson {
    pub participant: ParticipantId,
    pub name: Option<Private<String>>,
    pub role: Role,
    pub since: Timestamp,
    /// Whether their line is up.
    pub present: bool,
    /// What was said between them and those who lead, the oldest first.
    pub said: Vec<DoorLine>,
    /// How they would like to be spoken of.
    pub described: Option<Described>,
}

/// A prompt as it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferedPrompt {
    pub prompt: PromptId,
    /// For the facilitator.
    pub text: String,
    /// Words that could be said to members; present where the prompt can be pushed.
    pub say: Option<String>,
    /// Whether it was used already in this step.
    pub used: bool,
}

/// A holder whose line dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendedTurn {
    pub turn: TurnId,
    pub participant: ParticipantId,
    pub since: Timestamp,
    /// When facilitators are asked.
    pub grace_until: Timestamp,
    /// The grace is over: wait on, or move on?
    pub asked: bool,
}

/// A request as facilitators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffRequest {
    pub request: RequestId,
    pub participant: ParticipantId,
    pub kind: RequestKind,
    /// The asker's note; absent where there is none or it has been erased.
    pub note: Option<Private<String>>,
    pub status: RequestStatus,
    pub asked_at: Timestamp,
}

/// A request's life (RFC 8855 section 4.1, without the states of a queue on a second server).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    /// Asked; nobody has said anything yet.
    Pending,
    /// In line.
    Accepted,
    /// Became a turn.
    Granted,
    /// A facilitator said no.
    Denied,
    /// The asker took it back.
    Cancelled,
    /// The turn it became was given back.
    Released,
    /// The turn it became was taken back.
    Revoked,
}

/// One line of the participation panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipationRow {
    pub participant: ParticipantId,
    /// Floor time in finished turns of this session, in milliseconds. The running turn is not in it.
    pub floor_ms: u64,
    pub turns: u32,
    /// When they last had the floor in this session.
    pub last_heard: Option<Timestamp>,
    /// For how long their voice was heard, with the floor or without, in milliseconds; written down about once a minute. 0 without voices.
    pub voice_ms: u64,
}

/// Who followed whom. There is no norm for these numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Member turns right after another member's turn.
    pub member_to_member: u32,
    /// Member turns right after a facilitator's turn, and the other way round.
    pub with_facilitator: u32,
}

/// How often somebody paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseCount {
    pub participant: ParticipantId,
    pub times: u32,
}

/// A session that was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldSession {
    pub session: u16,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    /// Members who were admitted at any time.
    pub attended: u16,
}

/// What only one person sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyView {
    pub participant: ParticipantId,
    pub name: Option<Private<String>>,
    pub role: Role,
    pub admission: Admission,
    /// The microphone follows this and nothing else.
    pub may_speak: bool,
    /// Why not, where not.
    pub silent_because: Option<RefusalCode>,
    /// Everything this person can do now that needs no target, and the kinds of things that need one.
    pub can: BTreeSet<Can>,
    /// Their place in line: 1 is next.
    pub place: Option<u32>,
    /// Their own latest request.
    pub request: Option<MyRequest>,
    /// They have the floor.
    pub holding: bool,
    /// They returned after a dropped line and go first when the floor is free.
    pub returning: bool,
    /// The holder offers this person the floor.
    pub offered_by: Option<ParticipantId>,
    /// This holder's own offer stands.
    pub offering_to: Option<ParticipantId>,
    /// Who said "no, thank you" to this holder in this turn.
    pub declined_by: Vec<ParticipantId>,
    /// They ticked the agreements in this session.
    pub agreed: bool,
    /// What became of their "I am not OK".
    pub not_ok: Option<NotOkView>,
    /// Their own answer to "Shall we go on?".
    pub ready: Option<bool>,
    /// What they work on.
    pub area: Option<Area>,
    /// Their private cards in the current step: at most two.
    pub cards: Vec<PrivateCard>,
    /// Whom to call where they are today; there when nobody sits in a session, and while they are not OK.
    pub to_call: Option<CallCard>,
    /// The private check-in: the same questions for both partners, in every session, from the door on. Empty where there is none.
    pub check_in: Vec<CheckInQuestion>,
    /// The person on call: for those in a circle who may call them, and for whoever did.
    pub on_call: Option<MyOnCall>,
    /// Those whom this view speaks of and who have no seat in this circle.
    pub names: Vec<KnownName>,
    /// This holder asked for more time in this turn; besides them only those who lead know.
    pub asked_for_more: bool,
    /// They may write in notes that are open to their audience: whoever only listens reads.
    pub writes_notes: bool,
    /// Where they are and how to reach them: asked of them at the door. Absent where nobody is asked.
    pub arrival: Option<ArrivalCard>,
    /// What they are asked to agree to, one by one, and how that stands. Empty where the pack asks nothing, and for who is no member.
    pub consents: Vec<ConsentCard>,
    /// What was said at the door between them and those who lead, the oldest first. Empty for whoever is in.
    pub at_door: Vec<DoorLine>,
    /// How they would like to be spoken of, as they said it.
    pub described: Described,
}

/// One's own latest request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyRequest {
    pub request: RequestId,
    pub kind: RequestKind,
    pub status: RequestStatus,
    pub note: Option<Private<String>>,
}

/// Whether somebody is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// At the door.
    Waiting,
    /// In.
    Admitted,
    /// Turned away; may knock again.
    TurnedAway,
    /// Taken out.
    Removed,
}

/// What somebody can do now. One per action of the same name; actions with a target are listed when any target would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Can {
    Admit,
    Remove,
    NameDeputy,
    StartSession,
    GoToStep,
    NextStep,
    ExtendStep,
    LeaveOutStep,
    InsertStep,
    SpreadTime,
    StepOut,
    GoBack,
    SendAside,
    BringBack,
    Visit,
    OpenRooms,
    ExtendRooms,
    CallBack,
    CallHelp,
    AnswerHelp,
    Agree,
    TakeRole,
    LayRole,
    SitTogether,
    SitApart,
    Whisper,
    NotOk,
    Acknowledge,
    CloseAlarm,
    AllRight,
    TakeBackNotOk,
    Escalate,
    OnCallReached,
    RaiseConcern,
    NoteAnswer,
    Contact,
    Assess,
    MakePlan,
    Emergency,
    TickReach,
    SetCountry,
    AskReady,
    AnswerReady,
    CloseReady,
    EndSession,
    SetFloor,
    Ask,
    CancelRequest,
    Pass,
    ComeBack,
    WriteInstead,
    Release,
    NeedMoreTime,
    GoOn,
    Call,
    Grant,
    Deny,
    OrderQueue,
    Revoke,
    TakeFloor,
    HoldClock,
    ResumeClock,
    ExtendTurn,
    WaitOn,
    MoveOn,
    StartRound,
    Offer,
    WithdrawOffer,
    Accept,
    Decline,
    Confirm,
    SayAgain,
    FormPair,
    SetInner,
    Pause,
    TimeOut,
    KeepPause,
    Resume,
    PushPrompt,
    ClearPrompt,
    LockNote,
    TakeBackNote,
    Signal,
    SetArea,
    FlagMeasure,
    SetOwnWords,
    RecordScreen,
    ChooseSecrets,
    CheckIn,
    ConfirmArrival,
    GiveConsent,
    WithdrawConsent,
    SayAtDoor,
    AnswerAtDoor,
    DescribeMyself,
}
