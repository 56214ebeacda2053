//! The invented people say at the door where they are, and yes or no to what they are asked to agree to, as everybody does.

use protocol::pack::Purpose;
use protocol::wire::{Action, ConsentCard, ConsentStanding, EmergencyContact, Reach, RoomScene, SafeWays, Today};
use protocol::{ParticipantId, Private};

/// What this person is still asked before they can be let in; nothing where nobody is asked.
pub(super) fn unsaid(scene: &RoomScene, who: ParticipantId) -> Option<Action> {
    let rows = &scene.staff.as_ref()?.arrivals;
    let asked = rows.iter().any(|row| row.participant == who && !row.answered);
    asked.then(|| says_where(who))
}

/// Their answer to what they were not asked before: yes, but for taking anything along, which none of them has in mind.
pub(super) fn says_yes_or_no(asked: Vec<ConsentCard>) -> impl Iterator<Item = Action> {
    let open = asked
        .into_iter()
        .filter(|card| card.standing == ConsentStanding::Open {});
    open.map(|ConsentCard { purpose, digest, .. }| match purpose {
        Purpose::Disclosure => Action::WithdrawConsent { purpose },
        Purpose::Measures | Purpose::Notes | Purpose::Supervision => Action::GiveConsent { purpose, digest },
    })
}

/// At home and alone. The numbers are of the kind that is kept free for stories, and everybody's own.
fn says_where(who: ParticipantId) -> Action {
    let safe = SafeWays {
        ringing: true,
        voicemail: false,
        text: true,
    };
    let own = who.bits() % 1_000_000;
    Action::ConfirmArrival {
        today: Today {
            place: Some(Private::from("At home")),
            country: "US".parse().ok(),
            alone: true,
            headphones: true,
            driving: false,
            recording: false,
            shared: false,
        },
        reach: Some(Reach {
            number: Private(format!("555 01 {own:06}")),
            safe,
            contact: Some(EmergencyContact {
                name: Private::from("A friend next door"),
                number: Private(format!("555 02 {own:06}")),
                safe,
            }),
        }),
    }
}
