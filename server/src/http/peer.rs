//! Who is at the other end: the network address that limits are counted by.
//!
//! `X-Forwarded-For` is believed only as far as declared proxies wrote it (ASVS V4.1.3): read from the right, the first
//! address that is not a declared proxy is the client's. Anybody can put anything to the left of that.

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::config::Network;

/// The client behind `peer`, as far as the declared proxies can be believed.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let trusted = |ip: IpAddr| proxies.iter().any(|network| network.holds(ip));
    let mut client = peer.to_canonical();
    if !trusted(client) {
        return client;
    }
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        // An unreadable hop ends what we can know: the last proxy that was read stands in for the client.
        let Ok(ip) = hop.trim().parse::<IpAddr>() else {
            return client;
        };
        client = ip.to_canonical();
        if !trusted(client) {
            return client;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies: Vec<Network> = proxies.iter().map(|text| text.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn a_forged_forwarded_header_changes_nothing() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &[]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(
            seen("10.0.0.2", &["1.2.3.4, 203.0.113.9"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
        assert_eq!(
            seen("10.0.0.2", &["1.2.3.4", "203.0.113.9, 10.0.0.3"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn a_header_that_cannot_be_read_leaves_the_proxy_as_the_client() {
        assert_eq!(seen("10.0.0.2", &["203.0.113.9, unknown"], &["10.0.0.2"]), "10.0.0.2");
        assert_eq!(seen("10.0.0.2", &[], &["10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn an_address_has_one_spelling_whatever_family_it_came_in() {
        assert_eq!(
            seen("::ffff:10.0.0.2", &["203.0.113.9"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
    }
}
