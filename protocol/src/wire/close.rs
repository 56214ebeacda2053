//! Why a connection ends. Standard codes (RFC 6455 section 7.4.1) where one fits, else our own from 4400 on.

use schemars::JsonSchema;
use serde::Serialize;

/// The close codes the hub uses. The client's answer to each stands in `protocol/README.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseCode {
    /// 1000: the person left.
    Normal,
    /// 1002: not WebSocket as RFC 6455 has it.
    ProtocolError,
    /// 1007: a text frame that is not UTF-8.
    InvalidUtf8,
    /// 1009: a message over the limit.
    TooBig,
    /// 1012: planned restart; come back after the delay in the reason, in milliseconds.
    Restarting,
    /// 4401: the login behind this connection has ended.
    LoginEnded,
    /// 4403: removed from the room, turned away, or the link was revoked.
    Removed,
    /// 4408: this connection reads too slowly; come back and be resynchronised.
    TooSlow,
    /// 4409: another node owns this room now; come back.
    Moved,
    /// 4410: the room starts again from its journal; come back.
    RoomRestarting,
    /// 4411: the sitting is over and nothing of it is kept; do not come back.
    NothingKept,
    /// 4413: too many connections for one person; the oldest goes.
    TooManyConnections,
    /// 4429: far too many messages.
    Flooding,
}

impl CloseCode {
    /// Every code, for tables and fixtures.
    pub const ALL: &'static [CloseCode] = &[
        Self::Normal,
        Self::ProtocolError,
        Self::InvalidUtf8,
        Self::TooBig,
        Self::Restarting,
        Self::LoginEnded,
        Self::Removed,
        Self::TooSlow,
        Self::Moved,
        Self::RoomRestarting,
        Self::NothingKept,
        Self::TooManyConnections,
        Self::Flooding,
    ];

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::ProtocolError => 1002,
            Self::InvalidUtf8 => 1007,
            Self::TooBig => 1009,
            Self::Restarting => 1012,
            Self::LoginEnded => 4401,
            Self::Removed => 4403,
            Self::TooSlow => 4408,
            Self::Moved => 4409,
            Self::RoomRestarting => 4410,
            Self::NothingKept => 4411,
            Self::TooManyConnections => 4413,
            Self::Flooding => 4429,
        }
    }
}
