//! A no, as data: a stable code, one sentence, and how long to wait where waiting helps.

use protocol::api::{Problem, ProblemCode};

use crate::store::StoreFault;

/// Why something was not done. The HTTP side writes it as problem+json.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    pub(crate) problem: Problem,
    pub(crate) retry_after_seconds: Option<u64>,
}

impl No {
    /// A no whose sentence says what was wrong.
    pub(crate) fn because(code: ProblemCode, sentence: impl Into<String>) -> Self {
        Self {
            problem: Problem {
                title: sentence.into(),
                ..Problem::new(code)
            },
            retry_after_seconds: None,
        }
    }
    /// A field of a form does not fit: the sentence names the field.
    pub(crate) fn field(sentence: impl Into<String>) -> Self {
        Self::because(ProblemCode::BadField, sentence)
    }
    /// Too many tries; worth another after so many milliseconds.
    pub(crate) fn wait(millis: u64) -> Self {
        Self {
            retry_after_seconds: Some(millis.div_ceil(1000).max(1)),
            ..Self::from(ProblemCode::TooFast)
        }
    }
}

impl From<ProblemCode> for No {
    fn from(code: ProblemCode) -> Self {
        Self {
            problem: Problem::new(code),
            retry_after_seconds: None,
        }
    }
}

impl From<StoreFault> for No {
    /// The store has logged the details; a person learns only whether trying again may help.
    fn from(fault: StoreFault) -> Self {
        match fault {
            StoreFault::Unavailable => ProblemCode::Unavailable,
            StoreFault::TooLarge => ProblemCode::TooLarge,
            StoreFault::NotFound(_) | StoreFault::Erased => ProblemCode::NotFound,
            StoreFault::WrongRootKey | StoreFault::Damaged(_) | StoreFault::Migration | StoreFault::File(_) => {
                tracing::error!(%fault, "a request met a damaged store");
                ProblemCode::Internal
            }
        }
        .into()
    }
}
