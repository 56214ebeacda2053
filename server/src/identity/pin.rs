//! A member's PIN, for whoever shares a device or is afraid that somebody looks: asked when a device returns to a room, never where none is set.
//!
//! So few digits are guarded by how seldom they may be tried. A device has [`MAX_PIN_TRIES`] in a row, and the last one ends its seat. A link
//! would open another: after [`MAX_STRANGERS_PIN_TRIES`] of all devices that never showed the PIN it opens none. Every device that has a seat
//! counts for itself alone, so that nobody is locked out of their own by somebody who guesses on another. Forgotten: those who lead make a
//! new link.
//!
//! [`MAX_PIN_TRIES`]: crate::store::limits::MAX_PIN_TRIES
//! [`MAX_STRANGERS_PIN_TRIES`]: crate::store::limits::MAX_STRANGERS_PIN_TRIES

use protocol::Private;
use protocol::api::ProblemCode;

use super::{Caller, Identity, No, millis};
use crate::limits;
use crate::store::directory::{PinTry, Place};

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// It was right, or none is asked.
    Right,
    Wrong,
    /// It was wrong, and this device has no seat here any more.
    LastWrong,
}

/// A new PIN: digits, and none that everybody tries first.
fn accept(pin: &Private<String>) -> Result<Private<String>, No> {
    let digits: Vec<u8> = pin.expose().trim().bytes().collect();
    if !limits::PIN_DIGITS.contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(No::field("A PIN has six to twelve digits."));
    }
    let steps = |step: i16| {
        digits
            .windows(2)
            .all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == step)
    };
    let repeats = (1..=3).any(|length| digits.iter().zip(digits.iter().skip(length)).all(|(a, b)| a == b));
    if steps(1) || steps(-1) || repeats {
        return Err(No::field("This PIN would be tried early. Take other digits."));
    }
    Ok(Private(pin.expose().trim().to_owned()))
}

impl Identity {
    /// Whether this device may go on: no PIN is set, or it showed it a short while ago.
    pub(super) async fn has_shown_pin(&self, caller: &Caller, place: &Place) -> Result<(), No> {
        if place.invite.is_none() {
            return Ok(()); // whoever has an account proves more than this
        }
        match self.store.pin_shown_at(caller.login, place.room).await? {
            Some(at) if self.now().since(at) >= millis(limits::PIN_HOLDS) => Err(ProblemCode::PinAsked.into()),
            _ => Ok(()),
        }
    }

    /// Sets one's own PIN, or takes it away.
    pub(crate) async fn set_pin(
        &self,
        caller: &Caller,
        place: &Place,
        pin: Option<&Private<String>>,
    ) -> Result<(), No> {
        if place.invite.is_none() {
            return Err(No::field("A PIN is for those who come by a link."));
        }
        let Some(pin) = pin else {
            return Ok(self.store.remove_pin(place.room, place.participant).await?);
        };
        let hash = self.hasher.hash(accept(pin)?).await?;
        self.store
            .set_pin(caller.login, place.room, place.participant, &hash, self.now())
            .await?;
        Ok(())
    }

    /// A device that has returned shows the PIN.
    pub(crate) async fn show_pin(&self, caller: &Caller, place: &Place, pin: &Private<String>) -> Result<Shown, No> {
        if place.invite.is_none() {
            return Ok(Shown::Right);
        }
        let (hash, left) = match self.store.try_pin(caller.login, place.room).await? {
            PinTry::NoPin => return Ok(Shown::Right),
            // Its last try was counted, and something ended before the device did.
            PinTry::Spent => {
                self.store.end_seat(caller.login, place.room).await?;
                return Ok(Shown::LastWrong);
            }
            PinTry::Against { hash, left } => (hash, left),
        };
        if self
            .hasher
            .check(&Private(pin.expose().trim().to_owned()), Some(hash))
            .await?
        {
            self.store.pin_was_right(caller.login, place.room, self.now()).await?;
            return Ok(Shown::Right);
        }
        if left > 0 {
            return Ok(Shown::Wrong);
        }
        self.store.end_seat(caller.login, place.room).await?;
        Ok(Shown::LastWrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_six_to_twelve_digits_and_not_what_is_tried_first() {
        for good in ["402917", " 402917 ", "110992", "314159265358"] {
            assert!(accept(&good.into()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "40291",
            "4029174029174",
            "40291a",
            "٤٠٢٩١٧",
            "111111",
            "123456",
            "654321",
            "121212",
            "123123",
            "4029 17",
        ] {
            assert!(accept(&bad.into()).is_err(), "{bad}");
        }
    }
}
