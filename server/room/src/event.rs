//! Events: what was decided, in the past tense. The journal holds nothing else.
//!
//! An event is written with its version. When an event's shape changes, its old shape is read by [`Event::read`] and upcast; the
//! corpus of old journals under `tests/corpus/` proves that nothing written once becomes unreadable.

use std::collections::BTreeMap;

use protocol::pack::{Advance, CircleRole, Ending, Enforcement, FloorMode, Purpose, QueueOrder, Unattended};
use protocol::wire::{
    CloseReason, ConcernSource, ContactHow, DoorVoice, MeasureFlag, NoteRef, ReachStep, RequestKind, RevokeReason,
    ScreenOutcome,
};
use protocol::{CircleId, Country, ParticipantId, PromptId, RequestId, Role, StepId, Timestamp, TurnId};
use serde::{Deserialize, Serialize};

use crate::aside::CircleKind;
use crate::plan::PlannedStep;
use crate::sealed::SealedText;

/// The version that [`Event::write`] writes.
pub const EVENT_VERSION: u16 = 7;

/// Something that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// By whom; absent when the room itself moved.
    pub by: Option<ParticipantId>,
    /// What.
    pub what: What,
}

/// How the floor is given, in full. Steps and facilitators set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FloorRules {
    pub mode: FloorMode,
    pub order: QueueOrder,
    pub advance: Advance,
    pub ending: Ending,
    pub enforcement: Enforcement,
    pub turn_seconds: Option<u32>,
}

/// Why the floor was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantReason {
    /// First in the queue.
    Queue,
    /// Next in the round.
    Round,
    /// A facilitator named the person.
    Called,
    /// A facilitator granted the request.
    Granted,
    /// Back after a dropped line.
    Returning,
    /// A facilitator took the floor.
    Taken,
    /// The holder offered it and it was accepted.
    Offered,
    /// The other one of the two.
    Pair,
}

/// Why a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// "I'm done."
    Released,
    /// "Not this time."
    Passed,
    /// "Come back to me."
    ComesBack,
    /// Wrote instead.
    Wrote,
    /// Offered to somebody who accepted.
    HandedOver,
    /// What was said was said back, and it fits.
    Confirmed,
    /// A facilitator went on.
    MovedOn,
    /// A facilitator took it back.
    Revoked(RevokeReason),
    /// A facilitator took the floor.
    Taken,
    /// The time and its grace were up, under a firm ending.
    TimeUp,
    /// The line stayed down; they return first.
    Away,
    /// The step changed.
    StepChanged,
    /// The session ended.
    SessionEnded,
    /// The holder was taken out of the room or is no longer leading.
    LeftRoom,
    /// The holder went to another circle; they return first.
    SteppedOut,
}

/// Why somebody is in another circle now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// To a quiet side room, by themselves.
    SteppedOut,
    /// To a side room, by a facilitator.
    SentAside,
    /// Back, by themselves.
    WentBack,
    /// Back, by a facilitator.
    BroughtBack,
    /// A facilitator goes where they are needed.
    Visited,
    /// Into a small circle.
    Assigned,
    /// The small circles' time is up.
    CalledBack,
    /// The step changed.
    StepChanged,
    /// The session ended.
    SessionEnded,
}

/// Why a pause ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumeReason {
    /// Somebody ended it.
    Asked,
    /// A member's pause has its minute.
    TimeUp,
    /// The session ended.
    SessionEnded,
}

/// Why a sitting's plan changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanChange {
    /// A step is left out today.
    LeftOut,
    /// A step that was left out is back.
    BroughtBack,
    /// A step was put in.
    Inserted,
    /// The current step is done once more.
    Repeated,
    /// The time that is left was spread over the steps that are left.
    Spread,
}

/// Whose turn it is on the duty list, and how long the list was then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyTurn {
    /// From 0.
    pub place: u16,
    pub of: u16,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    // --- coming in ---
    /// Somebody came for the first time, or with a new name or role.
    Arrived {
        participant: ParticipantId,
        role: Role,
        name: SealedText,
    },
    /// Their line is up.
    LineUp {
        participant: ParticipantId,
    },
    /// Their last line dropped. A turn of theirs is suspended.
    LineDropped {
        participant: ParticipantId,
    },
    Admitted {
        participant: ParticipantId,
        /// Without having said where they are.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        anyway: bool,
    },
    TurnedAway {
        participant: ParticipantId,
    },
    /// Between somebody at the door and those who lead. The text is the waiting person's, whoever said it.
    SaidAtDoor {
        participant: ParticipantId,
        from: DoorVoice,
        text: SealedText,
    },
    Removed {
        participant: ParticipantId,
    },
    DeputyNamed {
        participant: Option<ParticipantId>,
    },
    /// The last facilitator's line dropped and the deputy leads.
    DeputyTookOver {
        participant: ParticipantId,
    },
    /// A facilitator is back.
    DeputyStoodBack {
        participant: ParticipantId,
    },
    /// No facilitator is present: the floor is frozen.
    Unattended {},
    /// It has lasted long.
    UnattendedLong {},
    /// Somebody leads again.
    Attended {},
    /// Opened anew: every line is down.
    Recovered {},

    // --- the agenda ---
    SessionStarted {
        session: u16,
        /// The pack, pinned.
        pack: String,
        version: String,
        digest: String,
        unattended: Unattended,
        grace_seconds: u32,
    },
    StepEntered {
        circle: CircleId,
        index: u16,
        step: StepId,
        minutes: u32,
    },
    StepExtended {
        circle: CircleId,
        seconds: u32,
    },
    SessionEnded {
        attended: u16,
    },
    /// Today's plan is another than the pack's.
    PlanChanged {
        plan: Vec<PlannedStep>,
        why: PlanChange,
    },
    /// "Shall we go on?"
    ReadyAsked {},
    ReadyAnswered {
        participant: ParticipantId,
        ready: bool,
    },
    /// The question is over.
    ReadyClosed {},

    // --- the floor ---
    FloorSet {
        circle: CircleId,
        rules: FloorRules,
    },
    Asked {
        circle: CircleId,
        request: RequestId,
        participant: ParticipantId,
        kind: RequestKind,
        note: Option<SealedText>,
    },
    RequestCancelled {
        circle: CircleId,
        request: RequestId,
    },
    RequestDenied {
        circle: CircleId,
        request: RequestId,
    },
    QueueOrdered {
        circle: CircleId,
        requests: Vec<RequestId>,
    },
    TurnGranted {
        circle: CircleId,
        turn: TurnId,
        holders: Vec<ParticipantId>,
        kind: RequestKind,
        limit_seconds: Option<u32>,
        request: Option<RequestId>,
        why: GrantReason,
    },
    TurnEnded {
        circle: CircleId,
        turn: TurnId,
        why: EndReason,
    },
    TurnOverran {
        circle: CircleId,
        turn: TurnId,
    },
    TurnExtended {
        circle: CircleId,
        turn: TurnId,
        seconds: u32,
    },
    MoreTimeAsked {
        circle: CircleId,
        turn: TurnId,
    },
    ClockHeld {
        circle: CircleId,
        turn: TurnId,
    },
    ClockResumed {
        circle: CircleId,
        turn: TurnId,
    },
    /// The holder's line stayed down beyond the grace: facilitators are asked.
    GraceEnded {
        circle: CircleId,
        turn: TurnId,
    },
    /// A facilitator waits on for as long again.
    GraceRenewed {
        circle: CircleId,
        turn: TurnId,
    },
    RoundStarted {
        circle: CircleId,
        order: Vec<ParticipantId>,
        /// The order was drawn by lot.
        #[serde(default)]
        drawn: bool,
    },
    /// A latecomer joined at the end.
    RoundJoined {
        circle: CircleId,
        participant: ParticipantId,
    },
    RoundPassed {
        circle: CircleId,
        participant: ParticipantId,
    },
    RoundPostponed {
        circle: CircleId,
        participant: ParticipantId,
    },
    RoundWritten {
        circle: CircleId,
        participant: ParticipantId,
        text: SealedText,
    },
    RoundEnded {
        circle: CircleId,
    },
    /// Who would have returned first after a dropped line passed.
    ReturnPassed {
        circle: CircleId,
        participant: ParticipantId,
    },
    /// The holder offers the floor.
    OfferMade {
        circle: CircleId,
        turn: TurnId,
        participant: ParticipantId,
    },
    OfferWithdrawn {
        circle: CircleId,
        turn: TurnId,
    },
    /// "No, thank you."
    OfferDeclined {
        circle: CircleId,
        turn: TurnId,
        participant: ParticipantId,
    },
    /// Two people talk.
    PairFormed {
        circle: CircleId,
        speaker: ParticipantId,
        listener: ParticipantId,
    },
    /// The listener says back what was heard; the speaker's clock stands still.
    SayBackBegan {
        circle: CircleId,
        turn: TurnId,
    },
    /// Something was missing: the speaker says it again.
    SayBackEnded {
        circle: CircleId,
        turn: TurnId,
    },
    PairEnded {
        circle: CircleId,
    },
    /// Who sits in the inner circle.
    InnerSet {
        circle: CircleId,
        participants: Vec<ParticipantId>,
    },
    /// Somebody stepped back out of the inner circle.
    InnerLeft {
        circle: CircleId,
        participant: ParticipantId,
    },

    // --- circles beside the room's own ---
    CircleOpened {
        circle: CircleId,
        kind: CircleKind,
    },
    /// Nobody sits in it any more.
    CircleClosed {
        circle: CircleId,
    },
    Moved {
        participant: ParticipantId,
        to: CircleId,
        why: MoveReason,
    },
    /// Small circles, and who is put together (drawn, where it was drawn).
    RoomsOpened {
        ends_at: Option<Timestamp>,
        groups: Vec<Vec<ParticipantId>>,
    },
    RoomsExtended {
        seconds: u32,
    },
    /// "Come back."
    CalledBack {},
    RoomsClosed {},
    /// The people in a circle ask for a facilitator.
    HelpCalled {
        circle: CircleId,
    },
    HelpAnswered {
        circle: CircleId,
    },

    // --- sitting together, whispering ---
    /// At one device.
    SatTogether {
        participant: ParticipantId,
        with: ParticipantId,
    },
    SatApart {
        participant: ParticipantId,
    },
    /// To the agreements, in this session.
    AgreedTo {
        participant: ParticipantId,
    },
    /// Does something for the circle today.
    RoleTaken {
        participant: ParticipantId,
        role: CircleRole,
    },
    RoleLaid {
        participant: ParticipantId,
        role: CircleRole,
    },
    /// Among those who lead.
    Whispered {
        participant: ParticipantId,
        about: Option<ParticipantId>,
        text: Option<SealedText>,
    },

    // --- safety ---
    /// "I am not OK."
    NotOkRaised {
        participant: ParticipantId,
    },
    AlarmAcknowledged {
        participant: ParticipantId,
        by: ParticipantId,
    },
    /// Nobody has seen it for a while.
    AlarmEscalated {
        participant: ParticipantId,
        /// Whose turn it is from now on, where it is not that of those in the room any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duty: Option<DutyTurn>,
    },
    AlarmClosed {
        participant: ParticipantId,
        /// Earlier versions gave none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<CloseReason>,
    },
    // What follows is private to those who lead; the person concerned sees of it only what they said themselves.
    /// Somebody else is concerned.
    ConcernRaised {
        participant: ParticipantId,
        source: ConcernSource,
    },
    /// Two answers to question 9, and whether they flag.
    AnswerNoted {
        participant: ParticipantId,
        before: Option<u16>,
        now: u16,
        flag: Option<ConcernSource>,
    },
    /// "I am all right again."
    AllRightSaid {
        participant: ParticipantId,
    },
    ContactMade {
        participant: ParticipantId,
        how: ContactHow,
    },
    Assessed {
        participant: ParticipantId,
        text: SealedText,
    },
    PlanMade {
        participant: ParticipantId,
        plan: SealedText,
        contacts: Option<SealedText>,
        next_check: SealedText,
    },
    EmergencyDeclared {
        participant: ParticipantId,
    },
    ReachTicked {
        participant: ParticipantId,
        step: ReachStep,
    },
    /// Where the room is, for its emergency numbers.
    CountrySet {
        country: Country,
    },

    // --- the room ---
    Paused {
        by: ParticipantId,
        until: Option<Timestamp>,
        /// With a stated return.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        time_out: bool,
    },
    PauseKept {},
    Resumed {
        why: ResumeReason,
    },

    // --- prompts and notes ---
    PromptDue {
        circle: CircleId,
        prompt: PromptId,
    },
    PromptUsed {
        circle: CircleId,
        prompt: PromptId,
    },
    PromptPutAside {
        circle: CircleId,
        prompt: PromptId,
    },
    PromptPushed {
        circle: CircleId,
        prompt: PromptId,
    },
    PromptCleared {
        circle: CircleId,
    },
    NoteLocked {
        note: NoteRef,
        locked: bool,
    },
    NoteTakenBack {
        note: NoteRef,
        participant: ParticipantId,
    },

    // --- the course ---
    /// A prompt comes back later.
    PromptPutOff {
        circle: CircleId,
        prompt: PromptId,
        until: Timestamp,
    },
    /// Little time is left until the planned end.
    EndNear {},
    /// What a member works on.
    AreaSet {
        participant: ParticipantId,
        area: Option<SealedText>,
    },
    /// What a member's questionnaire brought up.
    MeasureFlagged {
        participant: ParticipantId,
        flag: Option<MeasureFlag>,
    },
    OwnWordsSet {
        step: StepId,
        text: Option<SealedText>,
    },

    // --- a couple ---
    /// What came of seeing one partner alone.
    ScreenRecorded {
        participant: ParticipantId,
        outcome: ScreenOutcome,
        words: Option<SealedText>,
    },
    /// How what one of the two says alone is kept.
    SecretsChosen {
        key: String,
    },
    /// One answer of a private check-in.
    CheckedIn {
        participant: ParticipantId,
        session: u16,
        question: String,
        answer: SealedText,
    },

    // --- the person on call ---
    /// "I pressed it by mistake."
    NotOkTakenBack {
        participant: ParticipantId,
    },
    /// Somebody called the first on the duty list. The list is the operator's: neither name nor number is kept.
    OnCallCalled {
        participant: ParticipantId,
        about: Option<ParticipantId>,
        duty: DutyTurn,
    },
    /// They did not answer: it is the next one's turn.
    OnCallNext {
        participant: ParticipantId,
        duty: DutyTurn,
    },
    /// They answered.
    OnCallAnswered {
        participant: ParticipantId,
    },
    /// Somebody said where they are; without `reach`, what they said before still holds.
    ArrivalConfirmed {
        participant: ParticipantId,
        session: u16,
        reach: Option<SealedText>,
        today: SealedText,
    },
    /// Where somebody was cannot be read any more.
    PlaceForgotten {
        participant: ParticipantId,
    },

    // --- what members agree to ---
    /// To this text, for this purpose. The text itself is in the pack that the room pinned.
    ConsentGiven {
        participant: ParticipantId,
        purpose: Purpose,
        version: String,
        digest: String,
        language: String,
    },
    /// Or, where nothing was given before: they said no.
    ConsentTakenBack {
        participant: ParticipantId,
        purpose: Purpose,
    },
    // --- a person ---
    /// How somebody would like to be spoken of. Both absent: nothing any more.
    DescribedThemselves {
        participant: ParticipantId,
        pronouns: Option<SealedText>,
        about: Option<SealedText>,
        shown: bool,
    },

    // --- voices ---
    /// For how long each was heard since the last time, in milliseconds.
    VoicesHeard {
        heard: BTreeMap<ParticipantId, u32>,
    },

    // --- erasure ---
    /// Nothing is kept of somebody any more.
    PersonErased {
        participant: ParticipantId,
    },
    /// Stands in the journal where something private was said of somebody who was erased since. Rooms never decide it.
    Emptied {},
}

impl What {
    /// The event's name in the journal's header: what happened, never to whom.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Arrived { .. } => "arrived",
            Self::LineUp { .. } => "line_up",
            Self::LineDropped { .. } => "line_dropped",
            Self::Admitted { .. } => "admitted",
            Self::TurnedAway { .. } => "turned_away",
            Self::SaidAtDoor { .. } => "said_at_door",
            Self::Removed { .. } => "removed",
            Self::DeputyNamed { .. } => "deputy_named",
            Self::DeputyTookOver { .. } => "deputy_took_over",
            Self::DeputyStoodBack { .. } => "deputy_stood_back",
            Self::Unattended {} => "unattended",
            Self::UnattendedLong {} => "unattended_long",
            Self::Attended {} => "attended",
            Self::Recovered {} => "recovered",
            Self::SessionStarted { .. } => "session_started",
            Self::StepEntered { .. } => "step_entered",
            Self::StepExtended { .. } => "step_extended",
            Self::SessionEnded { .. } => "session_ended",
            Self::PlanChanged { .. } => "plan_changed",
            Self::ReadyAsked {} => "ready_asked",
            Self::ReadyAnswered { .. } => "ready_answered",
            Self::ReadyClosed {} => "ready_closed",
            Self::FloorSet { .. } => "floor_set",
            Self::Asked { .. } => "asked",
            Self::RequestCancelled { .. } => "request_cancelled",
            Self::RequestDenied { .. } => "request_denied",
            Self::QueueOrdered { .. } => "queue_ordered",
            Self::TurnGranted { .. } => "turn_granted",
            Self::TurnEnded { .. } => "turn_ended",
            Self::TurnOverran { .. } => "turn_overran",
            Self::TurnExtended { .. } => "turn_extended",
            Self::MoreTimeAsked { .. } => "more_time_asked",
            Self::ClockHeld { .. } => "clock_held",
            Self::ClockResumed { .. } => "clock_resumed",
            Self::GraceEnded { .. } => "grace_ended",
            Self::GraceRenewed { .. } => "grace_renewed",
            Self::RoundStarted { .. } => "round_started",
            Self::RoundJoined { .. } => "round_joined",
            Self::RoundPassed { .. } => "round_passed",
            Self::RoundPostponed { .. } => "round_postponed",
            Self::RoundWritten { .. } => "round_written",
            Self::RoundEnded { .. } => "round_ended",
            Self::ReturnPassed { .. } => "return_passed",
            Self::OfferMade { .. } => "offer_made",
            Self::OfferWithdrawn { .. } => "offer_withdrawn",
            Self::OfferDeclined { .. } => "offer_declined",
            Self::PairFormed { .. } => "pair_formed",
            Self::SayBackBegan { .. } => "say_back_began",
            Self::SayBackEnded { .. } => "say_back_ended",
            Self::PairEnded { .. } => "pair_ended",
            Self::InnerSet { .. } => "inner_set",
            Self::InnerLeft { .. } => "inner_left",
            Self::CircleOpened { .. } => "circle_opened",
            Self::CircleClosed { .. } => "circle_closed",
            Self::Moved { .. } => "moved",
            Self::RoomsOpened { .. } => "rooms_opened",
            Self::RoomsExtended { .. } => "rooms_extended",
            Self::CalledBack {} => "called_back",
            Self::RoomsClosed {} => "rooms_closed",
            Self::HelpCalled { .. } => "help_called",
            Self::HelpAnswered { .. } => "help_answered",
            Self::SatTogether { .. } => "sat_together",
            Self::SatApart { .. } => "sat_apart",
            Self::AgreedTo { .. } => "agreed_to",
            Self::RoleTaken { .. } => "role_taken",
            Self::RoleLaid { .. } => "role_laid",
            Self::Whispered { .. } => "whispered",
            Self::NotOkRaised { .. } => "not_ok_raised",
            Self::AlarmAcknowledged { .. } => "alarm_acknowledged",
            Self::AlarmEscalated { .. } => "alarm_escalated",
            Self::AlarmClosed { .. } => "alarm_closed",
            Self::ConcernRaised { .. } => "concern_raised",
            Self::AnswerNoted { .. } => "answer_noted",
            Self::AllRightSaid { .. } => "all_right_said",
            Self::ContactMade { .. } => "contact_made",
            Self::Assessed { .. } => "assessed",
            Self::PlanMade { .. } => "plan_made",
            Self::EmergencyDeclared { .. } => "emergency_declared",
            Self::ReachTicked { .. } => "reach_ticked",
            Self::CountrySet { .. } => "country_set",
            Self::Paused { .. } => "paused",
            Self::PauseKept {} => "pause_kept",
            Self::Resumed { .. } => "resumed",
            Self::PromptDue { .. } => "prompt_due",
            Self::PromptUsed { .. } => "prompt_used",
            Self::PromptPutAside { .. } => "prompt_put_aside",
            Self::PromptPushed { .. } => "prompt_pushed",
            Self::PromptCleared { .. } => "prompt_cleared",
            Self::NoteLocked { .. } => "note_locked",
            Self::NoteTakenBack { .. } => "note_taken_back",
            Self::PromptPutOff { .. } => "prompt_put_off",
            Self::EndNear {} => "end_near",
            Self::AreaSet { .. } => "area_set",
            Self::MeasureFlagged { .. } => "measure_flagged",
            Self::OwnWordsSet { .. } => "own_words_set",
            Self::ScreenRecorded { .. } => "screen_recorded",
            Self::SecretsChosen { .. } => "secrets_chosen",
            Self::CheckedIn { .. } => "checked_in",
            Self::NotOkTakenBack { .. } => "not_ok_taken_back",
            Self::OnCallCalled { .. } => "on_call_called",
            Self::OnCallNext { .. } => "on_call_next",
            Self::OnCallAnswered { .. } => "on_call_answered",
            Self::ArrivalConfirmed { .. } => "arrival_confirmed",
            Self::PlaceForgotten { .. } => "place_forgotten",
            Self::ConsentGiven { .. } => "consent_given",
            Self::ConsentTakenBack { .. } => "consent_taken_back",
            Self::DescribedThemselves { .. } => "described_themselves",
            Self::VoicesHeard { .. } => "voices_heard",
            Self::PersonErased { .. } => "person_erased",
            Self::Emptied {} => "emptied",
        }
    }
}

/// Why bytes from the journal are not an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Written by a newer server.
    Newer { version: u16 },
    /// Not an event at all.
    Broken(String),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Newer { version } => write!(f, "an event of version {version}, written by a newer server"),
            Self::Broken(why) => write!(f, "not an event: {why}"),
        }
    }
}

impl std::error::Error for Unreadable {}

#[derive(Serialize)]
struct Written<'a> {
    v: u16,
    #[serde(rename = "event")]
    event: &'a Event,
}

impl Event {
    /// The event's bytes for the journal; fails only if a personal text was not sealed, which is a bug.
    pub fn write(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Written {
            v: EVENT_VERSION,
            event: self,
        })
    }

    /// Reads what any earlier version wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Head {
            v: u16,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(rename = "v")]
            _version: u16,
            event: Event,
        }
        let broken = |error: serde_json::Error| Unreadable::Broken(error.to_string());
        let Head { v } = serde_json::from_slice(bytes).map_err(broken)?;
        match v {
            // Version 2 brought the modes stick, pair and fishbowl and drawn rounds: new kinds of events, and one field that old rounds lack.
            // Version 3 brought what couples, circles that keep nothing and the safety flow need.
            // Version 4 brought what people say of where they are before they come in.
            // Version 5 brought erasing a person: that it happened, and what is left of an event that was somebody's.
            // Version 6 brought what people agree to and take back, what is said at the door, and how people would like to be spoken of.
            // Version 7 brought for how long people were heard.
            1..=EVENT_VERSION => serde_json::from_slice::<Written>(bytes)
                .map(|written| written.event)
                .map_err(broken),
            version => Err(Unreadable::Newer { version }),
        }
    }

    /// Every personal text in the event.
    pub fn sealed_fields_mut(&mut self) -> impl Iterator<Item = &mut SealedText> {
        let texts = match &mut self.what {
            What::PlanMade {
                plan,
                contacts,
                next_check,
                ..
            } => [Some(plan), contacts.as_mut(), Some(next_check)],
            What::Arrived { name, .. } => [Some(name), None, None],
            What::Asked { note, .. } => [note.as_mut(), None, None],
            What::RoundWritten { text, .. }
            | What::SaidAtDoor { text, .. }
            | What::CheckedIn { answer: text, .. }
            | What::Assessed { text, .. } => [Some(text), None, None],
            What::Whispered { text, .. } | What::OwnWordsSet { text, .. } => [text.as_mut(), None, None],
            What::DescribedThemselves { pronouns, about, .. } => [pronouns.as_mut(), about.as_mut(), None],
            What::AreaSet { area, .. } => [area.as_mut(), None, None],
            What::ScreenRecorded { words, .. } => [words.as_mut(), None, None],
            What::ArrivalConfirmed { reach, today, .. } => [reach.as_mut(), Some(today), None],
            _ => [None, None, None],
        };
        texts.into_iter().flatten()
    }
}
