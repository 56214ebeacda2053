//! Six digits of an app, renewed every half minute (RFC 6238 over RFC 4226, with SHA-1, as every app knows it).
//!
//! Pure: the caller gives the time and remembers the last half-minute that was used, so that no digits are taken twice.

use hmac::{Hmac, KeyInit, Mac};
use protocol::{Private, Timestamp};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// How long one set of digits is shown (ASVS V6.5.5 allows no longer).
const STEP_MILLIS: u64 = 30_000;
/// A phone's clock may be this many half-minutes off, either way.
const DRIFT: u64 = 1;
/// RFC 4226 section 4 wants 128 bits at least and recommends 160.
pub(super) const SECRET_BYTES: usize = 20;
/// What apps show.
const DIGITS: usize = 6;

/// The half-minute that `now` lies in.
pub(super) const fn step_at(now: Timestamp) -> u64 {
    now.0 / STEP_MILLIS
}

/// The half-minute whose digits these are: near `now`, and after the last one used. Every candidate is looked at, whichever fits.
pub(super) fn fitting_step(secret: &[u8], typed: &str, now: Timestamp, last_used: u64) -> Option<u64> {
    let typed: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    let near = step_at(now).saturating_sub(DRIFT)..=step_at(now).saturating_add(DRIFT);
    near.filter(|step| *step > last_used)
        .filter(|step| bool::from(digits(secret, *step).as_bytes().ct_eq(typed.as_bytes())))
        .max()
}

/// The digits of one half-minute (RFC 4226 section 5.3).
fn digits(secret: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let tag: [u8; 20] = mac.finalize().into_bytes().into();
    let from = usize::from(tag[19] & 0x0f);
    let four = [tag[from], tag[from + 1], tag[from + 2], tag[from + 3]];
    let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000;
    format!("{number:0DIGITS$}")
}

/// A secret as people type it into an app: base32 without padding (RFC 4648), which apps read in any case.
pub(super) fn base32(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0_u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(SIGNS[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(SIGNS[(held << (5 - bits) & 31) as usize]));
    }
    text
}

/// What an app's camera reads. The label says which house and whose account, since an app holds many.
pub(super) fn address(secret: &[u8], host: &str, email: &Private<String>) -> Private<String> {
    let (house, whose) = (escaped(host), escaped(email.expose()));
    let secret = base32(secret);
    Private(format!(
        "otpauth://totp/{house}:{whose}?secret={secret}&issuer={house}&algorithm=SHA1&digits=6&period=30"
    ))
}

/// Percent-encoding of everything but letters, digits and four harmless signs.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: &[u8] = b"12345678901234567890";

    #[test]
    fn the_digits_are_those_of_the_rfcs() {
        // RFC 4226 appendix D.
        for (step, wanted) in ["755224", "287082", "359152", "969429", "338314", "254676", "287922"]
            .iter()
            .enumerate()
        {
            assert_eq!(digits(RFC, step as u64), *wanted);
        }
        // RFC 6238 appendix B, the last six of its eight digits.
        for (seconds, wanted) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(digits(RFC, step_at(Timestamp(seconds * 1000))), wanted);
        }
    }

    #[test]
    fn digits_fit_within_a_half_minute_of_their_own_and_once() {
        let at = Timestamp(1_234_567_890_000);
        let step = step_at(at);
        let shown = digits(RFC, step);
        assert_eq!(fitting_step(RFC, &shown, at, 0), Some(step));
        assert_eq!(
            fitting_step(RFC, &format!(" {} {}", &shown[..3], &shown[3..]), at, 0),
            Some(step)
        );
        for (late, fits) in [(-60, false), (-30, true), (30, true), (60, false)] {
            let at = Timestamp(at.0.saturating_add_signed(late * 1000));
            assert_eq!(fitting_step(RFC, &shown, at, 0).is_some(), fits, "{late} s");
        }
        assert_eq!(fitting_step(RFC, &shown, at, step), None, "used");
        assert!(
            fitting_step(RFC, &digits(RFC, step + 1), at, step).is_some(),
            "the next ones are not"
        );
        for other in ["", "000000", &shown[..5], "٠٠٥٩٢٤"] {
            assert_eq!(fitting_step(RFC, other, at, 0), None, "{other}");
        }
    }

    #[test]
    fn a_secret_is_written_as_the_rfc_writes_it() {
        for (plain, written) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(plain.as_bytes()), written);
        }
        let address = address(RFC, "rooms.example", &"ana+b@example.org".into()).into_exposed();
        assert_eq!(
            address,
            "otpauth://totp/rooms.example:ana%2Bb%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=rooms.example&algorithm=SHA1&digits=6&period=30"
        );
    }
}
