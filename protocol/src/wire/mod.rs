//! The wire: one WebSocket per connection, text frames of JSON for everything but notes, binary frames for notes.
//!
//! Enums are tagged by one field and written in `snake_case`; an unknown field or tag is refused as `malformed`.

mod action;
mod arrival;
mod close;
mod consent;
mod couple;
mod door;
mod exact;
mod guide;
mod message;
mod note;
mod refusal;
mod safety;
mod view;

pub use action::{Action, Assign, RequestKind, RevokeReason, RoundOrder};
pub use arrival::*;
pub use close::CloseCode;
pub use consent::{ConsentCard, ConsentRow, ConsentStanding};
pub use couple::{CheckInAnswer, CheckInQuestion, LockView, ScreenOutcome, ScreenView, SecretsWay};
pub use door::{DoorLine, DoorVoice};
pub use guide::{MeasureFlag, MeetingView, MemberWork, NearEnd, PrivateCard, Shorten, UsedPrompt};
pub use message::{
    ClientMessage, MediaEnding, MediaKind, MediaPictures, MediaRelay, MediaSlot, ServerMessage, SignalKind,
    SittingCount,
};
pub use note::{NoteFrame, NoteFrameFault, NoteOp, NoteRef};
pub use refusal::{Refusal, RefusalCode};
pub use safety::*;
pub use view::*;

/// The wire's version: the WebSocket subprotocol is `rondo.1`.
pub const WIRE_VERSION: u32 = 1;
/// The WebSocket subprotocol the server answers with. The client offers it first and its one-use ticket second.
pub const SUBPROTOCOL: &str = "rondo.1";
/// The largest message either side may send, in bytes. One more is close code 1009.
/// 64 KiB holds the longest text anybody may write by hand with room to spare; notes larger than this travel as fragments of one message from server to client.
pub const MAX_CLIENT_MESSAGE_BYTES: usize = 64 * 1024;
