//! What somebody is asked to agree to, purpose by purpose: which purposes there are, and which text of a pack they agreed to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PackText;

/// What something of a person is used for. Nobody is asked about recording, since nothing is recorded: there is no such purpose to say yes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Questions about oneself, and what one's questionnaires brought up.
    Measures,
    /// What one writes for everybody: shared notes, and a turn in writing.
    Notes,
    /// Somebody listens who neither takes part nor leads.
    Supervision,
    /// The record leaves the practice.
    Disclosure,
}

impl Purpose {
    /// Every purpose, for tables.
    pub const ALL: [Self; 4] = [Self::Measures, Self::Notes, Self::Supervision, Self::Disclosure];

    /// The word by which it is named in a pack.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Measures => "measures",
            Self::Notes => "notes",
            Self::Supervision => "supervision",
            Self::Disclosure => "disclosure",
        }
    }
}

/// One purpose that members of a pack's rooms are asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedConsent {
    pub purpose: Purpose,
    /// SHA-256 over the purpose and its text in every language of the pack, in hex: who agreed to one text has not agreed to another, and a
    /// room that changes its language asks nobody anew.
    pub digest: String,
}

impl AskedConsent {
    /// Fixes the text, in all its languages, that members are asked to agree to.
    pub fn of(purpose: Purpose, texts: &BTreeMap<String, PackText>) -> Self {
        let mut hash = Sha256::new();
        let mut add = |part: &str| {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        };
        add(purpose.word());
        for (language, text) in texts {
            add(language);
            add(text.consents.get(purpose.word()).map_or("", String::as_str));
            if purpose == Purpose::Disclosure {
                add(text.disclosure_notice.as_deref().unwrap_or_default());
            }
        }
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { purpose, digest }
    }
}
