//! The relay (TURN) by which pages come whose network lets nothing else through. It is a program of its own (coturn); this only makes the names
//! and passwords that it takes, which end by themselves. What goes through it is sealed between browser and server: the relay reads nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use protocol::wire::MediaRelay;
use protocol::{ParticipantId, Private, RoomId, Timestamp};
use sha1::Sha1;
use sha2::Sha256;

use crate::limits::{MAX_RELAYS, MIN_RELAY_SECRET_CHARS, RELAY_HOURS};

/// What keeps names apart from passwords, which are made under the same secret.
const NAMES: &str = "rondo.relay.name.1";

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

    /// A name and a password for one page, good for some hours. The name says when it ends and nothing of who it is for; what stands behind
    /// the time is what the relay counts by, so it is the same for all pages of one person in one room, until the next part of the day begins.
    pub fn for_a_page(&self, now: Timestamp, room: RoomId, who: ParticipantId) -> MediaRelay {
        let ends = now.plus_seconds(RELAY_HOURS * 3_600).0 / 1_000;
        let part_of_the_day = now.0 / (RELAY_HOURS * 3_600_000);
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.secret.expose().as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(format!("{NAMES}|{part_of_the_day}|{room}|{who}").as_bytes());
        let name: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.named(format!("{ends}:{name}"))
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
    fn a_name_ends_by_itself_says_nothing_of_anybody_and_is_one_for_all_pages_of_a_person() {
        let now = Timestamp(1_800_000_000_123);
        let (room, ana) = (RoomId::from_bits(7), ParticipantId::from_bits(0xa5a5));
        let parts = |at, room, who| {
            let relay = relays().for_a_page(at, room, who);
            let (ends, name) = relay.username.split_once(':').expect("two parts");
            (ends.to_owned(), name.to_owned())
        };
        let (ends, name) = parts(now, room, ana);
        assert_eq!(ends, (1_800_000_000 + RELAY_HOURS * 3_600).to_string());
        assert!(name.len() == 16 && name.chars().all(|sign| sign.is_ascii_hexdigit()));
        // Else whoever asks again and again has as much of the relay as they like.
        for later in 1..RELAY_HOURS {
            let asked_again = parts(now.plus_seconds(later * 3_600), room, ana);
            assert_eq!(asked_again.1, name, "{later} hours later");
            assert_ne!(asked_again.0, ends);
        }
        let others = [
            parts(now, room, ParticipantId::from_bits(0xa5a6)),
            parts(now, RoomId::from_bits(8), ana),
            parts(now.plus_seconds(RELAY_HOURS * 3_600), room, ana),
        ];
        for (_, other) in others {
            assert_ne!(other, name, "not somebody else's, of another room, or of another time");
        }
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
