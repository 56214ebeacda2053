//! Actions: what somebody asks the room to do. Imperative; the event that may follow is in the past tense.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pack::{Advance, Area, CircleRole, Ending, FloorMode, Purpose, QueueOrder};
use crate::wire::{CloseReason, ContactHow, MeasureFlag, NoteRef, Reach, ReachStep, ScreenOutcome, Today};
use crate::{CircleId, Country, ParticipantId, Private, PromptId, RequestId, StepId};

/// What a turn is for. A request carries it, the turn inherits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// Something of one's own.
    #[default]
    Share,
    /// An answer to what was just said.
    Reply,
    /// A question.
    Question,
    /// Feedback to another member.
    Feedback,
    /// A word about how the group is working.
    Process,
}

/// Why a facilitator took a turn back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevokeReason {
    /// The time was needed for others.
    Time,
    /// Somebody's safety came first.
    Safety,
    /// The talk had left the step's subject.
    Focus,
    /// Another reason, said aloud.
    Other,
}

/// The order of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum RoundOrder {
    /// As people sit.
    #[default]
    Seats,
    /// Drawn by lot; the journal keeps what was drawn.
    Drawn,
    /// By hand; whoever is not named follows as they sit.
    Hand(Vec<ParticipantId>),
}

/// Who goes into which small circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Assign {
    /// By hand; who is not named stays.
    Hand(Vec<Vec<ParticipantId>>),
    /// By lot, in groups of about this size; nobody is alone.
    Drawn { size: u16 },
    /// In pairs who have not met in this course, as far as possible.
    Unmet,
}

/// One thing that a participant asks of the room. Who may ask what stands in one table, `room::policy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    // --- coming in ---
    /// Let a waiting person in. Who has not said where they are is let in only `anyway`, and that is written down.
    Admit {
        participant: ParticipantId,
        #[serde(default)]
        anyway: bool,
    },
    /// Turn a waiting person away; they may knock again.
    TurnAway { participant: ParticipantId },
    /// Take an admitted person out of this room's session.
    Remove { participant: ParticipantId },
    /// Name who leads when no facilitator is present, or nobody.
    NameDeputy { participant: Option<ParticipantId> },

    // --- the agenda ---
    /// Begin the next session of the course at its first step.
    StartSession,
    /// Go to a step of this session.
    GoToStep { step: StepId },
    /// Go to the next step.
    NextStep,
    /// Give the current step more time, in seconds (at most an hour at once).
    ExtendStep { seconds: u32 },
    /// Leave a step that is still to come out of today's plan, or bring it back.
    LeaveOutStep {
        /// Its place in the agenda, from 0.
        index: u16,
        left_out: bool,
    },
    /// Put a step of the pack in after the current one; the current one's own name does it once more.
    InsertStep { step: StepId, minutes: u32 },
    /// Spread the time that is left until the planned end over the steps that are left.
    SpreadTime,
    /// Ask everybody whether to go on.
    AskReady,
    /// Ready, or not yet. Nobody sees who said which.
    AnswerReady { ready: bool },
    /// Take the question away.
    CloseReady,
    /// Close the session. What is not done stays visible in the record.
    EndSession,

    // --- the floor ---
    /// Change how the floor is given, in the middle of a step. Absent fields stay as they are.
    SetFloor {
        /// The mode; requests keep their places where the new mode has a queue.
        mode: Option<FloorMode>,
        /// The queue's order.
        order: Option<QueueOrder>,
        /// Whether the next turn begins by itself.
        advance: Option<Advance>,
        /// What happens when a turn's time is up.
        ending: Option<Ending>,
        /// The turn limit in seconds; 0 means none.
        turn_seconds: Option<u32>,
    },
    /// Ask to speak.
    Ask {
        /// What for.
        kind: RequestKind,
        /// A short note that only facilitators see.
        note: Option<Private<String>>,
    },
    /// Take one's own request back.
    CancelRequest,
    /// "Not this time." Never a reason, never handing over.
    Pass,
    /// Come back to me at the end of this round.
    ComeBack,
    /// Take one's turn in this round in writing.
    WriteInstead { text: Private<String> },
    /// I am done: free the floor.
    Release,
    /// Ask for a little more time in one's own turn (facilitators see it and may extend).
    NeedMoreTime,
    /// End the running turn, if any, and give the floor to whoever is next.
    GoOn,
    /// Give the floor to a named person now.
    Call { participant: ParticipantId },
    /// Give the floor to a request.
    Grant { request: RequestId },
    /// Say no to a request; only the asker and facilitators learn of it.
    Deny { request: RequestId },
    /// Put the queue in this order by hand. Requests not named keep their order behind.
    OrderQueue { requests: Vec<RequestId> },
    /// Take the running turn back, with a reason.
    Revoke { reason: RevokeReason },
    /// Take the floor oneself, whatever came before.
    TakeFloor,
    /// Stop the running turn's clock.
    HoldClock,
    /// Let the running turn's clock go on.
    ResumeClock,
    /// Give the running turn more time, in seconds.
    ExtendTurn { seconds: u32 },
    /// Wait on for a holder whose line dropped (after the grace).
    WaitOn,
    /// Move on from a holder whose line dropped; they return first.
    MoveOn,
    /// Begin a new round with everybody present.
    StartRound {
        /// In which order.
        #[serde(default)]
        order: RoundOrder,
    },
    /// Offer the floor that one holds to a named person (`stick`). Only the two of them and facilitators see it.
    Offer { participant: ParticipantId },
    /// Take one's own offer back.
    WithdrawOffer,
    /// Take the floor that is offered to me.
    Accept,
    /// "No, thank you." Only the holder and facilitators see it.
    Decline,
    /// That is what I meant (`pair`, by the speaker): the turn is over and the two swap.
    Confirm,
    /// Something is missing, let me say it again (`pair`, by the speaker).
    SayAgain,
    /// Name the two who talk (`pair`).
    FormPair {
        /// Speaks first.
        speaker: ParticipantId,
        /// Listens first.
        listener: ParticipantId,
    },
    /// Name who sits in the inner circle (`fishbowl`); everybody else listens.
    SetInner { participants: Vec<ParticipantId> },

    // --- circles beside the room's own ---
    /// Go to a quiet side room; the place is kept and facilitators are told.
    StepOut,
    /// Go back to one's place.
    GoBack,
    /// Move somebody to a side room, with their place kept.
    SendAside { participant: ParticipantId },
    /// Fetch somebody back to their place.
    BringBack { participant: ParticipantId },
    /// Go to a circle oneself; `ci_0` is the room's own.
    Visit { circle: CircleId },
    /// Everybody into small circles for a while.
    OpenRooms {
        assign: Assign,
        /// How the floor is shared in them; `open` if absent.
        #[serde(default)]
        mode: Option<FloorMode>,
        /// When everybody is called back, in minutes; by hand if absent.
        #[serde(default)]
        minutes: Option<u32>,
        /// The turn limit in them, in seconds.
        #[serde(default)]
        turn_seconds: Option<u32>,
    },
    /// Give the small circles more time, in seconds, also after the call to come back.
    ExtendRooms { seconds: u32 },
    /// Ask everybody to come back. Nobody is cut off in a turn.
    CallBack,
    /// Ask for a facilitator to come to this circle.
    CallHelp,
    /// Somebody is on their way.
    AnswerHelp { circle: CircleId },

    /// Tick the agreements for this session.
    Agree,
    /// Do something for the circle today.
    TakeRole { role: CircleRole },
    /// Let somebody else do it.
    LayRole { role: CircleRole },
    /// Two people sit at one device: one seat, one turn.
    SitTogether {
        /// Who has no device of their own.
        participant: ParticipantId,
        with: ParticipantId,
    },
    /// Each has a seat of their own again.
    SitApart { participant: ParticipantId },
    /// A word among those who lead, a hidden cue about somebody, or both. Kept as long as the session.
    Whisper {
        about: Option<ParticipantId>,
        text: Option<Private<String>>,
    },

    // --- safety ---
    /// "I am not OK." Facilitators are told and nobody else.
    NotOk,
    /// I have seen it and look after this person.
    Acknowledge { participant: ParticipantId },
    /// It is over. A plan comes before "looked after", a talk before "handed on".
    CloseAlarm {
        participant: ParticipantId,
        reason: CloseReason,
    },
    /// "I am all right again." It stays in the record until somebody who leads closes it.
    AllRight,
    /// "I pressed it by mistake": for as long as nobody has seen it and it has not become louder.
    TakeBackNotOk,
    /// In a circle: call the person on call whom the operator named, about somebody or about nobody in particular.
    Escalate { about: Option<ParticipantId> },
    /// The person on call whom I called has answered.
    OnCallReached,
    /// I am worried about this person. Those who lead are told and nobody else.
    RaiseConcern { participant: ParticipantId },
    /// Previous and present answer to question 9 of a questionnaire, 0 to 3.
    NoteAnswer {
        participant: ParticipantId,
        before: Option<u16>,
        now: u16,
    },
    /// I talk to this person alone. In a side room both are moved there.
    Contact {
        participant: ParticipantId,
        how: ContactHow,
    },
    /// How it is, in one's own words.
    Assess {
        participant: ParticipantId,
        text: Private<String>,
    },
    /// What was agreed.
    MakePlan {
        participant: ParticipantId,
        plan: Private<String>,
        /// Whom they call.
        #[serde(default)]
        contacts: Option<Private<String>>,
        /// When somebody asks again, and how.
        next_check: Private<String>,
    },
    /// This is an emergency: their last confirmed place comes first on the leaders' screens.
    Emergency { participant: ParticipantId },
    /// Somebody out of reach: this was tried.
    TickReach {
        participant: ParticipantId,
        step: ReachStep,
    },
    /// Where the room is, for its emergency numbers.
    SetCountry { country: Country },

    // --- the room ---
    /// Stop for a moment. A member's pause lasts at most a minute unless a facilitator keeps it.
    Pause,
    /// Stop, and say when it goes on. In a couple's room either of the two may; elsewhere those who lead.
    TimeOut { minutes: u32 },
    /// Keep a member's pause until a facilitator ends it.
    KeepPause,
    /// End the pause.
    Resume,

    // --- prompts ---
    /// This prompt was used.
    PromptUsed { prompt: PromptId },
    /// Not now: put it aside for this step.
    PromptNotNow { prompt: PromptId },
    /// Later: it comes back in a few minutes of this step, if what it speaks of is still so.
    PromptLater { prompt: PromptId },
    /// Show the prompt's wording for members in the middle of the circle.
    PushPrompt { prompt: PromptId },
    /// Take the shown wording away.
    ClearPrompt,

    // --- the course ---
    /// What a member works on: it chooses their private card in a step. Only they and those who lead see it.
    SetArea {
        participant: ParticipantId,
        area: Option<Area>,
    },
    /// What a member's questionnaire brought up, or that it has been seen to. Only those who lead see it.
    FlagMeasure {
        participant: ParticipantId,
        flag: Option<MeasureFlag>,
    },
    /// The group's own words for a step that has room for them, or none.
    SetOwnWords {
        step: StepId,
        text: Option<Private<String>>,
    },

    // --- a couple ---
    /// What came of seeing one partner alone. Nobody but facilitators ever learns of it.
    RecordScreen {
        participant: ParticipantId,
        outcome: ScreenOutcome,
        words: Option<Private<String>>,
    },
    /// How what one of the two says alone is kept: one of the pack's ways.
    ChooseSecrets { key: String },
    /// Answer one question of the private check-in: in the room, or at its door.
    CheckIn { question: String, answer: Private<String> },

    // --- at the door ---
    /// Say where I am and how to reach me: at the door, or in the room when it changes. Without `reach` what I said last time still holds.
    ConfirmArrival { today: Today, reach: Option<Reach> },
    /// Say something to those who lead while I wait at the door. Nobody else learns of it.
    SayAtDoor { text: Private<String> },
    /// Say something to somebody who waits at the door.
    AnswerAtDoor {
        participant: ParticipantId,
        text: Private<String>,
    },

    // --- what one agrees to ---
    /// I agree to this text, named by its digest: in the room, or at its door.
    GiveConsent { purpose: Purpose, digest: String },
    /// No: I take it back, or do not agree in the first place. It holds from this moment on.
    WithdrawConsent { purpose: Purpose },
    // --- oneself ---
    /// How I would like to be spoken of here, or nothing of it. Nobody is asked for it.
    DescribeMyself {
        pronouns: Option<Private<String>>,
        about: Option<Private<String>>,
        /// Everybody in the circle reads it, not only those who lead.
        shown: bool,
    },

    // --- notes ---
    /// Lock or unlock a shared note for members.
    LockNote { note: NoteRef, locked: bool },
    /// Take everything that I wrote in this note back, for good.
    TakeBackNote { note: NoteRef },
}
