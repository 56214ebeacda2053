//! The relay (TURN) by which pages come whose network lets nothing else through. It is a program of its own (coturn); this only makes the names
//! and passwords that it takes, which end by themselves. What goes through it is sealed between browser and server: the relay reads nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use protocol::wire::MediaRelay;
use protocol::{Private, Timestamp};
use sha1::Sha1;

use crate::limits::{MAX_RELAYS, MIN_RELAY_SECRET_CHARS, RELAY_HOURS};

/// Where the operator's relay is, and the secret that this server and it share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relays {
    urls: Vec<String>,
    secret: Private<String>,
}

impl Relays {
    /// Where they are.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// `None` unless the secret is one line that cannot be guessed.
    pub fn new(urls: Vec<String>, secret: &str) -> Option<Self> {
        let secret = secret.trim();
        let fits = secret.chars().count() >= MIN_RELAY_SECRET_CHARS && !secret.chars().any(char::is_control);
        fits.then(|| Self {
            urls,
            secret: secret.to_owned().into(),
        })
    }

    /// A name and a password for one page, good for some hours. The name says when it ends and nothing of who it is for.
    pub fn for_a_page(&self, now: Timestamp) -> MediaRelay {
        let ends = now.plus_seconds(RELAY_HOURS * 3_600).0 / 1_000;
        let mut drawn = [0; 8];
        getrandom::fill(&mut drawn)
            .expect("the operating system's random source works; nothing may be secret without it");
        self.named(format!("{ends}:{:016x}", u64::from_be_bytes(drawn)))
    }

    /// The password is what coturn works out for a name with `use-auth-secret`: HMAC-SHA-1 of the name, under the shared secret.
    fn named(&self, username: String) -> MediaRelay {
        let mut mac =
            Hmac::<Sha1>::new_from_slice(self.secret.expose().as_bytes()).expect("HMAC takes keys of any length");
        mac.update(username.as_bytes());
        MediaRelay {
            urls: self.urls.clone(),
            credential: STANDARD.encode(mac.finalize().into_bytes()).into(),
            username,
        }
    }
}

/// Addresses of relays as RFC 7065 writes them, with commas between; `None` where one of them is none.
pub fn urls(text: &str) -> Option<Vec<String>> {
    let all: Vec<String> = text.split(',').map(|one| one.trim().to_owned()).collect();
    let fits = |url: &String| {
        let rest = url.strip_prefix("turn:").or_else(|| url.strip_prefix("turns:"));
        rest.is_some_and(|rest| {
            let (place, how) = rest.split_once('?').unwrap_or((rest, "transport=udp"));
            let named = !place.is_empty()
                && place
                    .chars()
                    .all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | ':' | '[' | ']'));
            named && matches!(how, "transport=udp" | "transport=tcp")
        })
    };
    (all.len() <= MAX_RELAYS && all.iter().all(fits)).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relays() -> Relays {
        Relays::new(
            vec!["turn:turn.example:3478".to_owned()],
            "north wind and a warm coat\n",
        )
        .expect("long enough")
    }

    #[test]
    fn a_password_is_the_one_that_the_relay_works_out_for_its_name() {
        // printf %s 1800054000:3f6c1f0a5d2e4b7c | openssl dgst -sha1 -hmac 'north wind and a warm coat' -binary | base64
        let relay = relays().named("1800054000:3f6c1f0a5d2e4b7c".to_owned());
        assert_eq!(relay.credential.expose(), "eN8fqWLzoTlQYpRQanTkflDKbcU=");
    }

    #[test]
    fn a_name_ends_by_itself_says_nothing_of_anybody_and_is_never_given_twice() {
        let now = Timestamp(1_800_032_400_123);
        let (one, other) = (relays().for_a_page(now), relays().for_a_page(now));
        assert_ne!(one.username, other.username);
        let (ends, drawn) = one.username.split_once(':').expect("two parts");
        assert_eq!(ends, (1_800_032_400 + RELAY_HOURS * 3_600).to_string());
        assert!(drawn.len() == 16 && drawn.chars().all(|sign| sign.is_ascii_hexdigit()));
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_none_and_is_never_printed() {
        assert_eq!(Relays::new(Vec::new(), "short"), None);
        assert_eq!(Relays::new(Vec::new(), &"two\nlines".repeat(5)), None);
        assert!(!format!("{:?}", relays()).contains("north"));
    }

    #[test]
    fn addresses_of_relays_are_read_or_refused() {
        let both = urls("turn:turn.example:3478?transport=udp, turns:[2001:db8::5]:443?transport=tcp");
        assert_eq!(both.map(|all| all.len()), Some(2));
        for odd in [
            "",
            "turn:",
            "stun:a.example",
            "https://a",
            "turn:a b",
            "turn:a?transport=sctp",
            "turn:a,,turn:b",
            "turn:a\"",
        ] {
            assert_eq!(urls(odd), None, "{odd:?}");
        }
    }
}
