//! What people say at the door, so that they can be let in.

use protocol::Private;
use protocol::wire::{Action, EmergencyContact, Reach, SafeWays, Today};

/// At home, alone, with a number that may ring and a friend who may be called.
pub fn at_home() -> Action {
    said("At home, 4 Mill Lane")
}

/// The same in another place.
pub fn said(place: &str) -> Action {
    let safe = SafeWays {
        ringing: true,
        voicemail: false,
        text: true,
    };
    Action::ConfirmArrival {
        today: Today {
            place: Some(Private::from(place)),
            country: "US".parse().ok(),
            alone: true,
            headphones: false,
            driving: false,
            recording: false,
            shared: false,
        },
        reach: Some(Reach {
            number: Private::from("+1 555 010 0100"),
            safe,
            contact: Some(EmergencyContact {
                name: Private::from("Grace Hill"),
                number: Private::from("+1 555 019 0199"),
                safe,
            }),
        }),
    }
}
