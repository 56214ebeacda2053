//! Messages: the text frames of the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::wire::{Action, HeldSession, MyView, NoteRef, Refusal, RoomView};
use crate::{CommandId, ParticipantId, Private, RoomId, Timestamp};

/// A passing sign that changes no rule. Never journaled; may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// "Me too", seen by everybody in the circle.
    MeToo,
    /// "Slower, please", seen by facilitators only.
    Slower,
    /// "I need a break", seen by facilitators only.
    NeedBreak,
}

/// What a page says to the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Do this. `id` is made by the client and names the command for ever: sent again, it is answered again and done once.
    Act {
        id: CommandId,
        #[serde(deserialize_with = "super::exact::exactly")]
        action: Action,
    },
    /// A passing sign.
    Signal { kind: SignalKind },
    /// The page wants to hear and be heard: its session description (SDP), made once with fixed slots. A second one begins anew.
    MediaOffer { description: Private<String> },
    /// It wants so no more.
    MediaEnd {},
    /// Its network has changed: the description that its connection made to find a new way (an ICE restart). Answered like an offer; where
    /// the connection is not there any more, `media_ended` says so and a new offer begins anew.
    MediaRestart { description: Private<String> },
    /// By which relays may it come, where the straight way is closed? Asked before an offer; the answer is good for some hours.
    MediaRelays {},
    /// Which pictures it wants to be sent. Sound always comes. Until it says so: all of them.
    MediaWishes { pictures: MediaPictures },
    /// What time is it with you? Also the client's heartbeat.
    Ping {
        /// The client's own clock in whole milliseconds, sent back unread.
        at: u64,
    },
}

/// What is left of a sitting of which nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SittingCount {
    pub session: u16,
    /// How many came, hosts among them.
    pub people: u16,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
}

impl SittingCount {
    /// The count of a session that was held.
    pub fn of(held: &HeldSession) -> Self {
        Self {
            session: held.session,
            people: held.attended,
            started_at: held.started_at,
            ended_at: held.ended_at,
        }
    }
}

/// A voice or a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Sound,
    Picture,
}

/// Who is in one of a page's slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaSlot {
    /// The line of the page's own description (its `mid`).
    pub line: String,
    pub kind: MediaKind,
    pub participant: ParticipantId,
}

/// Which pictures a page wants to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaPictures {
    /// Every picture, as far as the network carries them.
    All,
    /// That of whoever has the floor.
    Holder,
    /// None: sound only.
    None,
}

/// A relay (TURN) that a page may use, with a name and a password that end by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaRelay {
    pub urls: Vec<String>,
    pub username: String,
    pub credential: Private<String>,
}

/// Why voices and pictures ended that the page did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaEnding {
    /// This person is heard through another window now.
    Elsewhere,
    /// The network between was lost. A new offer begins anew.
    Lost,
}

/// What the hub says to a page.
#[expect(
    clippy::large_enum_variant,
    reason = "a message is made, written and gone; the hub writes views without one, and the tests keep a few"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ServerMessage {
    /// The first message on every connection.
    Welcome {
        /// The wire's version.
        wire: u32,
        /// The room this connection is bound to.
        room: RoomId,
        /// Who the page speaks for.
        you: ParticipantId,
        /// The server's clock now.
        now: Timestamp,
        /// Send a `ping` at least this often, in seconds; after two missed ones the hub closes the connection.
        heartbeat_seconds: u32,
        /// This house carries voices and pictures.
        media: bool,
        /// The number to ring when they fail, where the house has one.
        media_phone: Option<String>,
    },
    /// The whole of what this person may see, replacing what came before. Latest wins: some may be skipped.
    View {
        /// What everybody in the room may notice, counted; what is private does not move it.
        seq: u64,
        /// What everybody of the same audience sees.
        room: RoomView,
        /// What only this person sees.
        me: MyView,
    },
    /// The command is durable. `seq` is the number that views carry at that moment.
    Accepted { id: CommandId, seq: u64 },
    /// A rule said no. Nothing changed.
    Refused {
        /// The command, where the message could be read that far.
        id: Option<CommandId>,
        /// What and why.
        refusal: Refusal,
    },
    /// Somebody's passing sign.
    Signal { from: ParticipantId, kind: SignalKind },
    /// A note update was not taken; drop the document and open it anew.
    NoteRefused {
        note: NoteRef,
        /// The client's number of the update, 0 for an opening.
        reference: u32,
        refusal: Refusal,
    },
    /// The sitting is over, and the keys of everything written in it are destroyed. The last message before `nothing_kept` closes the line.
    NothingKept {
        /// What is left; for those who lead.
        count: Option<SittingCount>,
    },
    /// The answer to an offer: the server's session description.
    MediaAnswer { description: Private<String> },
    /// The offer was not taken.
    MediaRefused { refusal: Refusal },
    /// How it stands with this page's voice and slots; said again whenever that changes.
    MediaStands {
        /// This page's sound leaves the server. Where not, `me.silent_because` says why.
        carried: bool,
        /// Whose sound and picture comes on which line. A picture that is held back, by the page's wish or for want of network, is not named.
        slots: Vec<MediaSlot>,
    },
    /// The floor keeps somebody's voice back, and they have spoken for two seconds: for those who lead, and for whoever it is. Said again while it
    /// goes on; never journaled.
    TryingToSpeak { participant: ParticipantId },
    /// Voices and pictures ended for this page.
    MediaEnded { why: MediaEnding },
    /// By which relays this page may come; none where the house has none.
    MediaRelays { relays: Vec<MediaRelay> },
    /// The answer to `ping`.
    Pong { at: u64, now: Timestamp },
}
