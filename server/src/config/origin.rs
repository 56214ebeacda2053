//! An origin: scheme, host and port, in the one spelling that browsers use. Which origins are ours is decided in `http`.

use std::fmt;
use std::net::IpAddr;

use axum::http::uri::Authority;

/// A scheme, a host and a port, written as browsers write them: lower case, the scheme's own port left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of `host`, which stands in its URL form (`[::1]`, `127.0.0.1`, `rondo.example`).
    pub fn new(https: bool, host: impl Into<String>, port: u16) -> Self {
        Self {
            https,
            host: host.into().to_ascii_lowercase(),
            port,
        }
    }

    /// The origin of an address.
    pub fn of_address(https: bool, ip: IpAddr, port: u16) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::new(https, ip.to_string(), port),
            IpAddr::V6(ip) => Self::new(https, format!("[{ip}]"), port),
        }
    }

    /// From an operator's URL without a path. Forgiving about case and a closing slash; strict about the rest.
    pub fn parse_url(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let plain = !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
        let authority: Authority = plain.then(|| rest.parse().ok())??;
        let port = match rest.strip_prefix(authority.host())? {
            "" => default_port(https),
            with_colon => with_colon.strip_prefix(':')?.parse().ok().filter(|port| *port != 0)?,
        };
        (!authority.host().is_empty()).then(|| Self::new(https, authority.host(), port))
    }

    /// Whether it is encrypted.
    pub const fn is_https(&self) -> bool {
        self.https
    }
    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
    /// The host, in its URL form.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.host)?;
        if self.port == default_port(self.https) {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

const fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (typed, written) in [
            ("https://Rondo.Example/", "https://rondo.example"),
            ("https://rondo.example:443", "https://rondo.example"),
            ("http://localhost:80", "http://localhost"),
            ("https://[::1]:8443", "https://[::1]:8443"),
        ] {
            assert_eq!(Origin::parse_url(typed).unwrap().to_string(), written);
        }
    }
}
