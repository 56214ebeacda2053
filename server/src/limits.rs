//! Every bound of the server's front door, with its reason. Nothing is unbounded: a queue, a wait or a map that could
//! grow without end would let one person end everybody's session.
//!
//! Left out: the bounds of a room (they stand with the room) and of the wire (`protocol::wire`).

use std::time::Duration;

/// Open connections at once. Five thousand idle seats are the sizing goal; the rest is for pages that load meanwhile.
pub const MAX_CONNECTIONS: usize = 12_000;
/// Open connections from one network address, declared proxies and this machine excepted. A clinic behind one address
/// has at most some hundred browsers, six connections each; a flooder wants all of them.
pub const MAX_CONNECTIONS_PER_ADDRESS: usize = 1_000;
/// A TLS handshake takes two round trips: five seconds are a very slow phone.
pub const TLS_HANDSHAKE: Duration = Duration::from_secs(5);
/// All request headers must have come by then, also on a connection kept alive. Ends the slow-header attack.
pub const HEADER_READ: Duration = Duration::from_secs(10);
/// A whole body must have come by then: 64 KiB at 6.5 KB a second.
pub const BODY_READ: Duration = Duration::from_secs(10);
/// Request line and headers. Our own are under 2 KiB; 16 KiB lets other software's cookies on the same host pass.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Header fields of a request. Browsers send about twenty, proxies add ten.
pub const MAX_HEADERS: usize = 64;
/// A request's body. The largest form is a name, an address and a passphrase of 1 KiB.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// A pack on its way to or from the editor. The largest that comes along has 250 KB with its shared steps; a language more fits, and so does
/// what JSON adds.
pub const MAX_PACK_BODY_BYTES: usize = 1024 * 1024;
/// How long a planned stop waits for requests in flight before it ends them.
pub const DRAIN: Duration = Duration::from_secs(5);

/// A ticket is fetched and used in the same breath. Thirty seconds cover a slow phone (ASVS V4.4.3).
pub const TICKET_LIFE: Duration = Duration::from_secs(30);
/// Tickets that wait to be used. Every seat of a full server may reconnect at once after a restart.
pub const MAX_TICKETS: usize = MAX_CONNECTIONS;
/// Tickets of one login that wait to be used: a handful of open tabs. The oldest goes.
pub const MAX_TICKETS_PER_LOGIN: usize = 8;

/// A facilitator's login ends after so long without a sign of life (NIST 800-63B AAL3, HIPAA automatic logoff).
/// A live room connection is a sign of life.
pub const FACILITATOR_IDLE: Duration = Duration::from_secs(15 * 60);
/// A facilitator's login ends after so long whatever happens: a working day.
pub const FACILITATOR_OVERALL: Duration = Duration::from_secs(12 * 60 * 60);
/// A guest's device stays signed in until revoked, and no longer than browsers keep a cookie.
pub const GUEST_DEVICE: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// The last sign of life is written to the disk at most this often: one write a minute a person, not one a request.
pub const LAST_SEEN_GRAIN: Duration = Duration::from_secs(60);

/// A login that has shown one factor of two ends after so long: time to find the phone.
pub const HALF_WAY: Duration = Duration::from_secs(10 * 60);
/// How long after its last proof a login may change how its account is opened. Long enough for an app to be installed with the page open.
pub const FRESH_PROOF: Duration = Duration::from_secs(5 * 60);
/// An account made today may be used with one factor for a day: whoever sets a house up an hour before a session holds the session.
pub const SECOND_FACTOR_GRACE: Duration = Duration::from_secs(24 * 60 * 60);
/// Codes for the day a phone is lost: one a lost day, for longer than anybody waits to set up another.
pub const RECOVERY_CODES: usize = 10;
/// Logins of one account: a desk, a laptop, a tablet, a phone, and browsers that were never signed out. All of them can end at one moment,
/// which the rooms must hear in one go.
pub const MAX_LOGINS_PER_ACCOUNT: usize = 16;
/// What was begun waits so long for its second half: a new app, a passkey made or used.
pub const BEGINNING: Duration = Duration::from_secs(5 * 60);
/// Beginnings of one kind that wait. Each costs a few hundred bytes, and a network begins few a minute.
pub const MAX_BEGINNINGS: usize = 10_000;
/// Passkeys of an account: every device somebody has, and a list that can be read. Each is opened when one of them signs in.
pub const MAX_PASSKEYS_PER_ACCOUNT: usize = 10;

/// The practice's sign-in service must answer within this: somebody waits in front of a page.
pub const OUTSIDE_WAIT: Duration = Duration::from_secs(10);
/// The longest answer of it: dozens of keys, a token with many claims.
pub const MAX_OUTSIDE_BYTES: usize = 256 * 1024;
/// What it said of itself is asked for anew after this.
pub const OUTSIDE_KNOWN: Duration = Duration::from_secs(3600);
/// A service that did not answer is left alone for so long: those who wait for it hear so at once, and the next who comes tries it again.
pub const OUTSIDE_REST: Duration = Duration::from_secs(3);
/// Its clock may be so far from ours.
pub const OUTSIDE_SKEW: Duration = Duration::from_secs(60);
/// What it calls somebody (OpenID Connect Core 2: at most 255).
pub const MAX_OUTSIDE_SUBJECT: usize = 255;
/// What the operator may call it: a button's words.
pub const MAX_OUTSIDE_NAME_CHARS: usize = 40;

/// So long an owner reads that their second factor was taken away, and by whom: longer than a holiday.
pub const RESET_SHOWN: Duration = Duration::from_secs(45 * 24 * 3600);
/// A command on the machine ends logins of a running server, which looks so often: their lines close within a second.
pub const RESET_WATCH: Duration = Duration::from_millis(500);
/// And so far back: clocks of two machines on one database differ, and a look may be late.
pub const RESET_LOOKED_BACK: Duration = Duration::from_secs(60);

/// The shortest passphrase (NIST 800-63B for a single factor).
pub const MIN_PASSPHRASE_CHARS: usize = 15;
/// The longest passphrase: hashing time must not depend on an attacker's patience.
pub const MAX_PASSPHRASE_BYTES: usize = 1024;
/// Passphrases that wait to be hashed. One takes about 30 ms and 19 MiB; beyond this a caller hears "too fast".
pub const MAX_WAITING_HASHES: usize = 64;
/// A name is shown in a circle on a phone: 40 letters as a person counts them.
pub const MAX_NAME_GRAPHEMES: usize = 40;
/// The same name in bytes. One letter may carry any number of accents; this ends towers of them.
pub const MAX_NAME_BYTES: usize = 400;
/// A group's title, in letters as a person counts them.
pub const MAX_TITLE_GRAPHEMES: usize = 80;
/// A group's title in bytes.
pub const MAX_TITLE_BYTES: usize = 800;
/// An e-mail address (RFC 5321 section 4.5.3.1.3, less the angle brackets).
pub const MAX_EMAIL_BYTES: usize = 254;
/// Links of one group, revoked ones included: twelve people, each lost theirs many times over.
pub const MAX_INVITES_PER_GROUP: usize = 200;
/// Whom to call: two numbers with their names and hours, to be read at a glance.
pub const MAX_CONTACT_CHARS: usize = 280;
/// A telephone number with its spaces and an extension.
pub const MAX_PHONE_CHARS: usize = 40;
/// Groups of one facilitator: more than a working life holds at once.
pub const MAX_GROUPS_PER_ACCOUNT: usize = 500;
/// Rooms one browser may have a seat in.
pub const MAX_SEATS_PER_LOGIN: usize = 32;

/// Practices of one house: a house of a hundred is an operator's business, and each start opens every practice's key.
pub const MAX_PRACTICES: usize = 1_000;
/// People who work in one practice.
pub const MAX_COLLEAGUES: usize = 500;
/// Links of one practice that wait for a colleague: everybody who begins on the same Monday.
pub const MAX_COLLEAGUE_LINKS: usize = 50;
/// A colleague's link works for so long: somebody who is away for a weekend finds it on their return, and a forgotten one ends.
pub const COLLEAGUE_LINK_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// People of one care team: two who lead, a supervisor and a prescriber, several times over.
pub const MAX_TEAM: usize = 16;
/// Looking in lasts so long: enough to read what is needed in an emergency, and no standing access.
pub const LOOK_IN: Duration = Duration::from_secs(60 * 60);
/// A second person has to confirm within this time. What was an emergency an hour ago is asked for anew.
pub const LOOK_IN_WAITS: Duration = Duration::from_secs(60 * 60);
/// Askings of one account that wait at once.
pub const MAX_LOOK_INS_WAITING: usize = 3;
/// Of a room's or an account's look-ins, as many are shown; all are kept.
pub const MAX_LOOK_INS_SHOWN: i64 = 100;
/// Rooms that one may ask about, in one answer.
pub const MAX_OTHER_ROOMS: i64 = 500;
/// How often the end of a look-in is looked for while its line is open. It ends by the server's clock, which may be set while the machine
/// sleeps, so one long sleep would not do; few lines at a time are of this kind.
pub const LOOK_IN_CHECK: Duration = Duration::from_millis(500);
/// Why somebody wants to look in, in letters as a person counts them.
pub const MAX_REASON_GRAPHEMES: usize = 280;
/// The same in bytes.
pub const MAX_REASON_BYTES: usize = 2_800;

/// Wrong passphrases for one account before each further try must wait.
pub const FREE_TRIES_PER_ACCOUNT: u32 = 5;
/// The first wait after those; it doubles with every wrong one.
pub const FIRST_ACCOUNT_WAIT: Duration = Duration::from_secs(60);
/// The longest wait. Keeps a guesser below 30 tries a day and the owner's own lock-out below an hour.
pub const LONGEST_ACCOUNT_WAIT: Duration = Duration::from_secs(60 * 60);
/// Sign-in tries in a row from one network: a clinic's whole staff on a Monday morning.
pub const SIGN_IN_BURST_PER_NETWORK: u32 = 30;
/// After those, one try in this time.
pub const SIGN_IN_PACE_PER_NETWORK: Duration = Duration::from_secs(4);
/// Wrong links in a row from one network. The secret has 256 bits; this only keeps the noise down.
pub const WRONG_LINK_BURST_PER_NETWORK: u32 = 20;
/// After those, one wrong link in this time.
pub const WRONG_LINK_PACE_PER_NETWORK: Duration = Duration::from_secs(10);
/// Keys that one throttle remembers. When full, the one that owes least is forgotten.
pub const MAX_THROTTLE_KEYS: usize = 10_000;
/// A reason for erasing somebody, for not doing so, for a hold: a few sentences.
pub const MAX_REASON_CHARS: usize = 1_000;
/// The shortest and the longest PIN, in digits: as on a telephone and a card, and no passphrase. What guards so few is how seldom one may try.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 6..=12;
/// A device that showed its PIN is not asked again for so long: longer than any session with its dropped lines, shorter than the evening in
/// which somebody else picks the telephone up.
pub const PIN_HOLDS: Duration = Duration::from_secs(4 * 60 * 60);
/// Exports of one's own words that are read at once: each opens a whole journal, a few megabytes.
pub const MAX_EXPORTS_AT_ONCE: usize = 2;
/// Within this time somebody who asked to be erased is owed it, or a no with a reason (GDPR 12(3): one month).
pub const ERASURE_DUE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Refusals noted one by one in a minute: by one person, or by everybody without a login together. A person who errs stays far below; a
/// guesser's book grows by some 25 MB a day at most, and the rest is counted.
pub const DENIALS_NOTED_PER_MINUTE: u32 = 60;
/// Refusals inside a room noted one by one in a minute, for each person and kind of action: one says it, and a page that asks again and again,
/// or a flood, is a number.
pub const ROOM_DENIALS_NOTED_PER_MINUTE: u32 = 1;
/// Writes at addresses that one login may begin at once, and then one each so often. What a page's buttons do stays far below; each
/// is synced to the disk twice, when it is begun and when it is noted, and a loop of them would make every room wait for the disk.
pub const WRITES_AT_ONCE: u32 = 300;
pub const WRITE_PACE: Duration = Duration::from_millis(100);
/// A write that was begun so long ago and has not ended was cut off, by whatever process: an erasure, the longest, takes seconds.
pub const WRITE_UNDER_WAY: Duration = Duration::from_secs(10 * 60);
/// How often what was only counted is said.
pub const DENIALS_PERIOD: Duration = Duration::from_secs(60);

/// An author's key, sealed under a passphrase and under a recovery key: some 600 characters. Another way in adds 300.
pub const MAX_SEALED_AUTHOR_KEY: usize = 4 * 1024;
/// A process note as it is sealed, in base64: 36 KiB, some six thousand words, which with its form is below `MAX_BODY_BYTES`.
pub const MAX_SEALED_PRIVATE_NOTE: usize = 48 * 1024;
/// The last session of a group about which process notes are kept: one a week for nine years.
pub const LAST_SESSION_WITH_NOTES: u16 = 500;
/// How often what is over is removed: terms are in days, so looking more often finds nothing.
pub const PURGE_EVERY_SECONDS: u64 = 24 * 60 * 60;
/// How far the clock may be ahead of the last time that was believed for the daily purge to believe it. A clock that jumped by years would make
/// everything look over at once, and what a purge removed is gone; a house that was closed for longer is purged by hand once.
pub const PURGE_BELIEVES_DAYS: u64 = 60;
/// How long the purge sleeps before it asks the clock again: a long sleep would miss a clock that was set.
pub const PURGE_LOOK: Duration = Duration::from_secs(15 * 60);

/// Relays (TURN) an operator may name: one machine over UDP, TCP and TLS, and a second one.
pub const MAX_RELAYS: usize = 8;
/// The secret shared with a relay has at least so many signs: as much as a key of 128 bits written in base64.
pub const MIN_RELAY_SECRET_CHARS: usize = 22;
/// A page may use a relay for so long with one password: longer than any sitting, shorter than a day. A new one is asked for with each offer.
pub const RELAY_HOURS: u64 = 8;

/// How long a node is believed to live without saying so. Somebody whose node died waits so long, and no longer than a page takes to look for
/// its connection anyway; and a database that stops for some seconds costs nobody their node.
pub const LEASE: Duration = Duration::from_secs(6);
/// What an operator may choose. Below a second a busy processor would look like death.
pub const LEASES: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);
/// A node's name stands in logs and on the page of whoever runs it.
pub const MAX_NODE_NAME_CHARS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_stand_in_the_order_that_the_design_needs() {
        let waits = [
            TLS_HANDSHAKE,
            HEADER_READ,
            TICKET_LIFE,
            FACILITATOR_IDLE,
            FACILITATOR_OVERALL,
            GUEST_DEVICE,
        ];
        assert!(
            waits.is_sorted_by(|a, b| a < b),
            "each of these waits must end before the next: {waits:?}"
        );
        assert!(
            crate::hub::limits::HEARTBEAT * 2 < FACILITATOR_IDLE,
            "an open seat speaks often enough to keep its facilitator signed in"
        );
        assert!(
            LAST_SEEN_GRAIN * 2 < FACILITATOR_IDLE,
            "the idle clock is read from times written this coarsely"
        );
        assert!(
            DRAIN < TICKET_LIFE,
            "a restart must not outlive the tickets that people come back with"
        );
        // These are numbers: the compiler itself holds them in order.
        const {
            assert!(
                MAX_TICKETS >= MAX_CONNECTIONS,
                "after a restart every seat asks for a ticket at once"
            );
            assert!(
                MAX_CONNECTIONS_PER_ADDRESS < MAX_CONNECTIONS / 2,
                "one address never takes the house"
            );
            assert!(
                MAX_PASSPHRASE_BYTES * 2 < MAX_BODY_BYTES,
                "the longest passphrase fits its form"
            );
            assert!(MAX_HEADER_BYTES >= 8 * 1024, "hyper's least header buffer");
        }
        assert!(FIRST_ACCOUNT_WAIT < LONGEST_ACCOUNT_WAIT);
        assert_eq!(
            MAX_BODY_BYTES,
            protocol::wire::MAX_CLIENT_MESSAGE_BYTES,
            "one size to remember"
        );
    }

    #[test]
    fn a_guesser_gets_fewer_than_a_hundred_tries_in_three_days() {
        // The waits are 1, 2, 4 … minutes, then an hour each (NIST 800-63B: at most 100 failures in a row).
        let (mut tries, mut wait, mut elapsed) = (FREE_TRIES_PER_ACCOUNT, FIRST_ACCOUNT_WAIT, Duration::ZERO);
        while elapsed < Duration::from_secs(3 * 24 * 60 * 60) {
            elapsed += wait;
            wait = (wait * 2).min(LONGEST_ACCOUNT_WAIT);
            tries += 1;
        }
        assert!(tries < 100, "{tries}");
    }
}
