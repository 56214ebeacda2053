//! How somebody with an account proves who they are, and the list of their logins. Part of the HTTP side; see [`crate::api`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Private, Timestamp};

/// The kind of device a login was begun on: as much as its owner needs to tell two of them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceKind {
    pub form: DeviceForm,
    pub system: DeviceSystem,
    pub browser: DeviceBrowser,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($variant:ident = $word:literal),*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),* }
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
            fn of(word: Option<&str>) -> Self {
                let known = Self::ALL.iter().copied().find(|one| Some(one.word()) == word);
                known.unwrap_or(Self::Other)
            }
        }
    };
}
words!(
    /// What it looks like.
    DeviceForm: Phone = "phone", Tablet = "tablet", Computer = "computer", Other = "other"
);
words!(
    /// What runs on it.
    DeviceSystem: Android = "android", Ios = "ios", Windows = "windows", Macos = "macos", Linux = "linux", Other = "other"
);
words!(
    /// What shows the page.
    DeviceBrowser: Firefox = "firefox", Chrome = "chrome", Edge = "edge", Safari = "safari", Other = "other"
);

impl DeviceKind {
    /// The three words it is kept as.
    pub fn words(self) -> String {
        [self.form.word(), self.system.word(), self.browser.word()].join(" ")
    }
    /// Read back; what is not known is something else.
    pub fn of_words(words: &str) -> Self {
        let mut words = words.split(' ');
        Self {
            form: DeviceForm::of(words.next()),
            system: DeviceSystem::of(words.next()),
            browser: DeviceBrowser::of(words.next()),
        }
    }
}

/// `POST /api/second-factor`: six digits of an app, or a recovery code, after the passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactor {
    pub code: Private<String>,
}

/// `POST /api/account/prove`: who has this login proves it anew, with the strongest thing the account has that can be typed. Good for five
/// minutes of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// Where the account has no second factor.
    Passphrase { passphrase: Private<String> },
    /// Six digits or a recovery code, where it has one.
    Code { code: Private<String> },
    /// A passkey of the account, asked for at `POST /api/passkeys/ask`.
    Passkey { answer: PasskeyAnswer },
}

/// `POST /api/account/authenticator/begin`: a secret for an app that shows six digits. Nothing is kept until a code confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAuthenticator {
    /// To be typed into the app, in groups of four.
    pub secret: Private<String>,
    /// The same as an `otpauth:` address, for a picture that the app reads.
    pub address: Private<String>,
}

/// `POST /api/account/authenticator/confirm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmAuthenticator {
    /// The six digits that the app shows now.
    pub code: Private<String>,
}

/// Recovery codes: shown once, each good once. Empty where the account has some already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryCodes {
    pub codes: Vec<Private<String>>,
}

/// `POST /api/account/passphrase`. Every other login of the account ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassphrase {
    pub current: Private<String>,
    pub passphrase: Private<String>,
}

/// `GET /api/account`: how the account proves who it is, and where it is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountDetail {
    pub name: Private<String>,
    pub email: Private<String>,
    /// When the app with codes was set up; absent without one.
    pub authenticator_since: Option<Timestamp>,
    pub recovery_codes_left: u32,
    /// From then on the house wants a second factor.
    pub second_factor_due: Option<Timestamp>,
    /// Oldest first.
    pub passkeys: Vec<PasskeyShown>,
    /// Newest first.
    pub logins: Vec<LoginShown>,
    /// The practice's own sign-in service, where it has one.
    pub outside: Option<OutsideShown>,
    /// The second factor was taken away not long ago, so that the owner comes back in. Whoever did not ask for it tells somebody.
    pub reset: Option<FactorsReset>,
}

/// The practice's own sign-in service, from an account's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideShown {
    /// What the practice calls it.
    pub name: String,
    /// The account signs in there since then; absent: it does not.
    pub linked_at: Option<Timestamp>,
}

/// `POST /api/outside/begin` and `POST /api/account/outside/begin`: where the browser goes. It comes back to the page `/outside`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideBegun {
    pub url: Private<String>,
}

/// `POST /api/outside/finish`: what the service gave the browser, within five minutes, in the browser that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideAnswer {
    pub code: Private<String>,
    pub state: Private<String>,
}

/// What came of it: somebody is signed in, or the account that asked is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideDone {
    pub linked: bool,
}

/// An account's second factor was taken away by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorsReset {
    pub at: Timestamp,
    /// The administrator; absent: whoever runs the server.
    pub by: Option<Private<String>>,
}

/// `POST /api/people/{account}/factors/reset`: a colleague lost their phone and their recovery codes. App, passkeys and codes go, and every
/// login of the account ends; the passphrase stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetFactors {
    /// The colleague's name, so that it is the person who is meant.
    pub name: Private<String>,
}

/// `POST /api/account/passkeys/begin`: what the browser is to make a passkey of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// WebAuthn's `PublicKeyCredentialCreationOptionsJSON`, as text: the page hands it on and reads nothing in it.
    pub options: Private<String>,
}

/// `POST /api/account/passkeys/confirm`: the browser has made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPasskey {
    /// WebAuthn's `RegistrationResponseJSON`, as text.
    pub credential: Private<String>,
}

/// `POST /api/passkeys/ask`: what any passkey of this house may answer, once, within five minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyQuestion {
    /// Which question is answered.
    pub attempt: Private<String>,
    /// WebAuthn's `PublicKeyCredentialRequestOptionsJSON`, as text.
    pub options: Private<String>,
}

/// `POST /api/passkeys/sign-in`: the answer of a passkey. It counts as two factors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    pub attempt: Private<String>,
    /// WebAuthn's `AuthenticationResponseJSON`, as text.
    pub credential: Private<String>,
}

/// One passkey of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyShown {
    /// What to call it when taking it away.
    pub passkey: String,
    /// Where it was made.
    pub device: DeviceKind,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// One login of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginShown {
    /// What to call it when ending it.
    pub login: String,
    /// The one that asks.
    pub current: bool,
    /// It has a connection to a room now.
    pub live: bool,
    pub device: DeviceKind,
    pub started_at: Timestamp,
    pub last_seen: Timestamp,
    pub two_factors: bool,
}
