//! The practice's own sign-in service, spoken to as OpenID Connect says: discovery, authorization code with PKCE, ID token.
//!
//! * `wire`: one bounded request to the service, over TLS (plain only on this machine).
//! * `service`: where the service's addresses and keys are, and an ID token for a code.
//! * `token`: whether an ID token is the service's, for us, for this question and of now. Pure.
//!
//! It leaves out whose account that is: `identity::outside` decides.

mod service;
mod token;
mod wire;

use std::path::PathBuf;

use protocol::Private;
use url::Url;

pub(crate) use service::{Question, Service};
pub(crate) use token::Person;

/// What the operator said about the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// As the service writes itself in its tokens, byte for byte.
    pub issuer: String,
    pub client_id: String,
    /// Holds the client's secret; none for a client without one, which PKCE makes safe enough.
    pub secret: Option<PathBuf>,
    /// What people call it: it stands on the button.
    pub name: String,
    /// How much a sign-in there has proved here.
    pub counts_as: CountsAs,
    /// An address that the service says it has verified is believed, once, to find the account it belongs to.
    pub trusts_email: bool,
    /// Authorities for the service's certificate, in place of the public ones.
    pub authorities: Option<PathBuf>,
}

/// How much a sign-in at the service has proved here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CountsAs {
    /// As much as a passphrase: our own second factor is asked for besides.
    #[default]
    OneFactor,
    /// Both, where the service says that it asked for more than one (`amr` holds `mfa`).
    AsItSays,
    /// Both, always: the service is known to ask for two.
    TwoFactors,
}

/// Why nobody was signed in. For the log; whoever asked hears one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the sign-in service does not answer: {0}")]
    Silent(String),
    #[error("the sign-in service answered {0}")]
    Status(u16),
    #[error("the sign-in service said something else than it should: {0}")]
    Words(&'static str),
    #[error("the client's secret or the authorities cannot be read")]
    Files,
    #[error("the ID token is refused: {0}")]
    Token(#[from] token::Wrong),
}

/// An address of the service: over https, or on this machine.
pub(crate) fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let here = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (plain && (url.scheme() == "https" || url.scheme() == "http" && here)).then_some(url)
}

impl Outside {
    fn client_secret(&self) -> Result<Option<Private<String>>, Fault> {
        let Some(path) = &self.secret else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|_| Fault::Files)?;
        Ok(Some(Private(text.trim().to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for fine in [
            "https://id.example",
            "https://id.example/realms/a",
            "http://127.0.0.1:1/",
            "http://localhost:8080",
        ] {
            assert!(address(fine).is_some(), "{fine}");
        }
        for wrong in [
            "http://id.example",
            "ftp://id.example",
            "id.example",
            "https://a:b@id.example",
            "https://id.example/#x",
        ] {
            assert!(address(wrong).is_none(), "{wrong}");
        }
    }
}
