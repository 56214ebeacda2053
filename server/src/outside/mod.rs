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
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let safe = url.scheme() == "https" || url.scheme() == "http" && is_here(&url);
    (plain && url.has_host() && safe).then_some(url)
}

/// An address that the service names as its own. One that is elsewhere never names this machine: what listens here for this machine alone is
/// not asked on its word.
fn named_by(issuer: &str, text: &str) -> Option<Url> {
    let issuer = address(issuer)?;
    address(text).filter(|url| is_here(&issuer) || !is_here(url))
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        // A dot at the end names the same.
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => ip.is_loopback() || ip.is_unspecified(),
            None => ip.is_loopback() || ip.is_unspecified(),
        },
        None => false,
    }
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

    #[test]
    fn t9_a_service_elsewhere_never_names_this_machine() {
        let here = [
            "http://127.0.0.1:5432/token",
            "https://127.0.0.1/token",
            "http://127.9.9.9/",
            "https://localhost/token",
            "https://localhost./token",
            "https://a.localhost/token",
            "http://[::1]/token",
            "https://[::ffff:127.0.0.1]/token",
            "https://0.0.0.0/token",
            "https://[::]/token",
            "https://2130706433/token",
            "https://0x7f.1/token",
        ];
        for text in here {
            assert!(named_by("https://id.example/realms/a", text).is_none(), "{text}");
        }
        assert!(named_by("https://id.example", "https://keys.id.example/").is_some());
        assert!(named_by("http://127.0.0.1:8080", "http://127.0.0.1:8080/token").is_some());
        println!(
            "T9, a service elsewhere that names this machine: {0} of {0} refused",
            here.len()
        );
    }
}
