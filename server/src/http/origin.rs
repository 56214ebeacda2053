//! Origins: which web pages may speak to us. A page on another site must not ride on a signed-in browser's cookie
//! (CSRF), and must not open a room's socket with it (cross-site WebSocket hijacking, ASVS V4.4.2).
//!
//! An origin is compared as bytes with the few that are ours: no wildcard, no suffix, no case folding, no repair. What
//! is not exactly ours is refused, and so is a request that names none or two.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

use crate::config::Origin;

/// The origins that are ours.
#[derive(Debug, Clone)]
pub(super) struct OwnOrigins {
    all: Vec<String>,
    first: Origin,
    named: Option<Origin>,
}

impl OwnOrigins {
    /// Ours are the public URL, and whatever a browser can type to reach `listen` directly. On a wildcard address that
    /// is this machine under each of its `names` and addresses.
    pub(super) fn new(public: Option<&Origin>, listen: SocketAddr, https: bool, reachable: &[String]) -> Self {
        let here = |host: &str| Origin::new(https, host, listen.port());
        let mut all: Vec<Origin> = public.cloned().into_iter().collect();
        let wildcard = listen.ip().is_unspecified();
        if wildcard && https {
            all.extend(reachable.iter().map(|host| here(host)));
        }
        if !wildcard {
            all.push(Origin::of_address(https, listen.ip(), listen.port()));
        }
        if wildcard || listen.ip().is_loopback() {
            all.extend(["localhost", "127.0.0.1", "[::1]"].map(here));
        }
        let first = all.first().cloned().unwrap_or_else(|| here("localhost"));
        let in_digits = |origin: &Origin| {
            let bare = origin.host().trim_start_matches('[').trim_end_matches(']');
            bare.parse::<std::net::IpAddr>().is_ok()
        };
        let named = all.iter().find(|origin| !in_digits(origin)).cloned();
        Self {
            named,
            all: all.iter().map(Origin::to_string).collect(),
            first,
        }
    }

    /// The one to print and to put into links.
    pub(super) const fn first(&self) -> &Origin {
        &self.first
    }

    /// The first that has a name: browsers make no passkeys for an address in digits.
    pub(super) const fn named(&self) -> Option<&Origin> {
        self.named.as_ref()
    }

    /// Whether a request was made by a page of ours: exactly one `Origin`, one of ours, and no `Sec-Fetch-Site` that
    /// says otherwise.
    pub(super) fn sent(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            return false;
        };
        let same_site = headers
            .get_all("sec-fetch-site")
            .iter()
            .all(|site| site == "same-origin");
        same_site && self.all.iter().any(|own| own.as_bytes() == origin.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> OwnOrigins {
        OwnOrigins::new(
            Origin::parse_url("https://rondo.example").as_ref(),
            "127.0.0.1:8080".parse().unwrap(),
            false,
            &[],
        )
    }

    fn sent(origins: &[&str], site: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        for origin in origins {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        if let Some(site) = site {
            headers.insert("sec-fetch-site", site.parse().unwrap());
        }
        own().sent(&headers)
    }

    #[test]
    fn an_own_origin_is_let_in_and_every_likeness_is_refused() {
        assert!(sent(&["https://rondo.example"], None));
        assert!(sent(&["http://127.0.0.1:8080"], Some("same-origin")));
        for likeness in [
            "null",
            "",
            "https://a.rondo.example",
            "https://example",
            "https://rondo.example:8443",
            "http://rondo.example",
            "https://RONDO.example",
            "https://rondo.example.",
            "https://u@rondo.example",
            "https://xn--rond-5qa.example",
            "https://rondo.example/",
        ] {
            assert!(!sent(&[likeness], None), "{likeness}");
        }
        assert!(
            !sent(&[], None),
            "a request without an origin is not from a page of ours"
        );
        assert!(
            !sent(&["https://rondo.example", "https://rondo.example"], None),
            "two origins are none"
        );
    }

    #[test]
    fn a_browser_that_says_it_came_from_elsewhere_is_believed() {
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!sent(&["https://rondo.example"], Some(site)), "{site}");
        }
    }

    #[test]
    fn a_wildcard_address_is_reached_by_every_name_of_the_machine_but_only_with_https() {
        let names = ["192.168.1.7".to_owned()];
        let open = |https| OwnOrigins::new(None, "0.0.0.0:8443".parse().unwrap(), https, &names);
        assert_eq!(open(true).first().to_string(), "https://192.168.1.7:8443");
        assert!(!open(false).all.iter().any(|origin| origin.contains("192.168")));
    }
}
