//! Refusals: a rule said no. Typed, with one human sentence, told to that person alone; not an error in the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stable code for the page and one sentence for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// What the page switches on.
    pub code: RefusalCode,
    /// What the person reads, in plain English; the page translates by code.
    pub sentence: std::borrow::Cow<'static, str>,
}

impl Refusal {
    /// The refusal with the code's own sentence.
    pub const fn new(code: RefusalCode) -> Self {
        Self {
            code,
            sentence: std::borrow::Cow::Borrowed(code.sentence()),
        }
    }
    /// The refusal with a sentence that names what was wrong.
    pub fn because(code: RefusalCode, sentence: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self::new(code)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $sentence:literal,)*) => {
        /// Every refusal there is. Codes are never renamed and never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum RefusalCode { $($(#[$doc])* $name,)* }
        impl RefusalCode {
            /// Every code, for tables and fixtures.
            pub const ALL: &'static [RefusalCode] = &[$(RefusalCode::$name,)*];
            /// The sentence that goes with the code.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

codes! {
    /// The message could not be read.
    Malformed => "This message could not be read. Nothing was changed.",
    /// Messages come too fast.
    TooFast => "That was very fast. Wait a moment and try again.",
    /// The server cannot store just now.
    Unavailable => "The room cannot save just now. You can read on; please try again in a moment.",
    /// Not admitted yet, or not any more.
    NotAdmitted => "You are not in the room yet.",
    /// This role may not do this.
    NotPermitted => "Only a facilitator can do this.",
    /// An observer listens.
    ObserversListen => "As an observer you listen only.",
    /// Nobody of this name is in this room.
    UnknownParticipant => "This person is not in the room.",
    /// The person is not waiting.
    NotWaiting => "This person is not waiting.",
    /// The person's line is down.
    Away => "This person's line is down. Their place is kept.",
    /// No session is running.
    NoSession => "No session is running.",
    /// A session is already running.
    SessionRunning => "The session is already running.",
    /// The course has no further session.
    CourseOver => "This course has no further session.",
    /// No such step in this session.
    UnknownStep => "This session has no such step.",
    /// No such circle.
    UnknownCircle => "There is no such circle.",
    /// There are no small circles.
    NoRooms => "There are no small circles just now.",
    /// The person is in another circle.
    SteppedOut => "This person stepped out. Their place is kept.",
    /// Nobody has acknowledged it yet.
    NotSeenYet => "Acknowledge it first, so that the person knows that somebody has seen it.",
    /// A step of the safety flow comes before this one.
    NotThatFar => "Something else comes first. The next step is shown beside the name.",
    /// Nobody is flagged under this name.
    NotFlagged => "Nobody has said that this person needs somebody.",
    /// The person is in reach.
    InReach => "This person's line is up.",
    /// The operator has no emergency numbers for the room's country, or the room has none.
    NoNumbers => "This room does not open yet: choose its country. The operator's file of emergency numbers must have it.",
    /// One leads and nobody is on call.
    NeedsSecond => "This room needs a second facilitator, or somebody on call. The operator can name people in duty.toml.",
    /// The operator named nobody to be on call.
    NobodyOnCall => "Nobody is named to be on call. The operator can name people in duty.toml.",
    /// Too late to take it back, or nothing is there to be taken back.
    CannotTakeBack => "This can no longer be taken back. You can say that you are all right again.",
    /// The person has a device of their own.
    HasOwnLine => "This person has come with a device of their own.",
    /// Somebody has this role today.
    RoleTaken => "Somebody does this today already.",
    /// A step that is never left out.
    Protected => "This step is kept, so that everybody is heard once more. It can be shortened.",
    /// No question is open.
    NothingAsked => "Nothing is asked just now.",
    /// There is no later step.
    LastStep => "This is the last step of the session.",
    /// The room is paused.
    Paused => "The room is paused.",
    /// No facilitator is present; the room holds.
    Held => "The room is waiting for a facilitator. Your place is kept.",
    /// It is so already.
    AlreadySo => "It is so already.",
    /// One request at a time.
    AlreadyAsked => "You have asked already. Your place is kept.",
    /// There is no such request.
    UnknownRequest => "This request is no longer there.",
    /// This mode has no such move.
    WrongMode => "This does not fit the way the floor is shared in this step.",
    /// Nobody has the floor.
    NoTurn => "Nobody has the floor.",
    /// The floor is somebody else's.
    NotYourTurn => "It is not your turn.",
    /// The floor is held.
    FloorHeld => "Somebody has the floor.",
    /// Nobody is next.
    NobodyNext => "Nobody is waiting to speak.",
    /// Already had a go in this round.
    AlreadyWent => "You had your turn in this round.",
    /// Not part of this round.
    NotInRound => "You are not part of this round.",
    /// Nobody offered the floor to this person.
    NoOffer => "Nothing is offered to you just now.",
    /// The person declined the floor in this turn.
    SaidNo => "This person said no, thank you, in this turn.",
    /// A silent step.
    Silence => "This is a silent step. Nobody speaks in it.",
    /// Nobody is paired, or not this person.
    NotInPair => "You are not one of the two who talk just now.",
    /// The listener is saying back.
    SayingBack => "What you said is being said back. Say whether it fits.",
    /// This person may not lead in this kind of room.
    CannotDeputise => "In this kind of room only a facilitator or an observer can stand in.",
    /// The text is too long or not plain text.
    BadText => "This text is too long, or holds signs that cannot be shown.",
    /// A number outside its range.
    OutOfRange => "This number is out of range.",
    /// A list that is full.
    Full => "There is no more room for this.",
    /// No such prompt here.
    UnknownPrompt => "This prompt does not belong to this step.",
    /// The note is locked or not yours to write.
    NoteLocked => "This note cannot be changed just now.",
    /// The note update breaks a rule.
    NoteRefused => "This change to the note could not be taken. The note is loaded anew.",
    /// No such note.
    UnknownNote => "There is no such note.",
    /// Areas and questionnaires belong to therapy.
    NotInCircles => "A circle of peers keeps nothing of this kind.",
    /// The step has no room for the group's own words.
    NoOwnWords => "This step has no room for the group's own words.",
    /// The couple's lock holds.
    ScreensFirst => "Nobody is let in until both were seen alone and found suitable, and it is chosen how secrets are kept.",
    /// Nobody is turned away from a locked door.
    LockedDoor => "While the room is locked nobody is turned away: the other one could tell. Record the screen instead.",
    /// The pack has no separate screens.
    NoScreens => "This course has no separate screens.",
    /// No such way of keeping secrets.
    UnknownSecrets => "This course has no such way of keeping secrets.",
    /// No such question of a private check-in, or not for this person.
    NotAsked => "You are not asked this here.",
    /// Nobody is let in who has not said where they are and how to reach them.
    ArrivalFirst => "This person has not said yet where they are and how to reach them.",
    /// Where somebody is, or how to reach them, is missing.
    ArrivalIncomplete => "Something is missing: where you are and how to reach you.",
    /// So few digits are no number of a phone.
    BadNumber => "Nobody can be called at this number.",
    /// The emergency contact is in the same room.
    ContactInRoom => "Your emergency contact cannot be somebody in this room.",
    /// The member has not agreed to what this is for, or took it back.
    NoConsent => "There is no agreement to this, or it was taken back.",
    /// Another text than the one that was read.
    ConsentChanged => "The text has changed since it was read. Please read it again.",
    /// A member who is here has not agreed to listeners.
    NoListeners => "Somebody who is here has not agreed that others listen.",
    /// A therapy room lets nobody in from where it knows no emergency numbers.
    NoNumbersThere => "There are no emergency numbers for the country this person is in today.",
    /// The operator carries no media.
    NoMedia => "This server carries no voices and pictures.",
}
