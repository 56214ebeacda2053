//! The ways in which a recorded meeting can be replayed: one line a mode.

use protocol::pack::{Advance, Ending, FloorMode, QueueOrder};
use protocol::wire::{Action, RefusalCode};

use super::ledger::{Ledger, Objection};
use super::sweep::Turn;
use super::{alternation, due, fair};
use crate::rttm::Segment;

/// What asking to speak does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Gives the floor or a place in line.
    Lines,
    /// Nothing: the places are kept without asking, or there are none.
    IsRefused(RefusalCode),
}

/// Who moves the floor when nobody has it and somebody wants to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// It moves by itself.
    ByItself,
    /// The facilitator gives it to whoever is next.
    NextByFacilitator,
    /// The facilitator begins a round.
    RoundByFacilitator,
    /// The two who say most go on by themselves once the facilitator has begun; nobody else has it.
    ByTheTwo,
    /// Nobody moves it, since nobody needs it to speak.
    Nowhere,
    /// The facilitator takes it, and speaks as long as anybody wants to.
    ToFacilitator,
}

/// How whoever stops speaking gives the floor up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yields {
    /// Frees it.
    Frees,
    /// Offers it to whoever waited longest.
    ByHand,
}

/// Holds what people saw, and the turns it comes to, against the recorded speech.
pub type Due = fn(&[Segment], &Ledger, &[Turn]) -> Result<(), Objection>;

/// One way of sharing the floor.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub name: &'static str,
    pub mode: FloorMode,
    pub advance: Advance,
    pub asking: Asking,
    pub moves: Moves,
    pub yields: Yields,
    /// Whether people had the turns and the voices that the recording owes them in this way.
    pub due: Due,
    /// Whether the floor went to whom this way owes it.
    pub fair: fn(&Ledger) -> Result<(), Objection>,
}

/// Every way that is replayed.
#[rustfmt::skip]
pub const WAYS: [Way; 8] = [
    Way { name: "queue", mode: FloorMode::Queue, advance: Advance::Auto, asking: Asking::Lines, moves: Moves::ByItself, yields: Yields::Frees, due: due::speech_in_turns, fair: fair::first_come_first_served },
    Way { name: "round", mode: FloorMode::Round, advance: Advance::Auto, asking: Asking::IsRefused(RefusalCode::WrongMode), moves: Moves::RoundByFacilitator, yields: Yields::Frees, due: due::speech_in_turns, fair: fair::once_in_a_round },
    Way { name: "chair", mode: FloorMode::Chair, advance: Advance::Chair, asking: Asking::Lines, moves: Moves::NextByFacilitator, yields: Yields::Frees, due: due::speech_in_turns, fair: fair::granted_by_the_chair },
    Way { name: "stick", mode: FloorMode::Stick, advance: Advance::Auto, asking: Asking::Lines, moves: Moves::ByItself, yields: Yields::ByHand, due: due::speech_in_turns, fair: fair::first_come_first_served },
    Way { name: "fishbowl", mode: FloorMode::Fishbowl, advance: Advance::Auto, asking: Asking::Lines, moves: Moves::ByItself, yields: Yields::Frees, due: due::speech_in_turns, fair: fair::first_come_first_served },
    Way { name: "pair", mode: FloorMode::Pair, advance: Advance::Auto, asking: Asking::IsRefused(RefusalCode::WrongMode), moves: Moves::ByTheTwo, yields: Yields::Frees, due: due::an_alternation, fair: alternation::two_take_turns },
    Way { name: "open", mode: FloorMode::Open, advance: Advance::Chair, asking: Asking::Lines, moves: Moves::Nowhere, yields: Yields::Frees, due: due::a_voice_for_everybody, fair: fair::nobody_has_the_floor },
    Way { name: "silence", mode: FloorMode::Silence, advance: Advance::Auto, asking: Asking::IsRefused(RefusalCode::Silence), moves: Moves::ToFacilitator, yields: Yields::Frees, due: due::silence, fair: fair::only_who_leads },
];

impl Way {
    /// The way of this name.
    pub fn named(name: &str) -> Self {
        let way = WAYS.iter().find(|way| way.name == name);
        *way.unwrap_or_else(|| panic!("no way is called {name}"))
    }

    /// How a facilitator sets the floor for it. Turns have no limit: people stop when the recording says so.
    pub fn set(&self) -> Action {
        Action::SetFloor {
            mode: Some(self.mode),
            order: Some(QueueOrder::Arrival),
            advance: Some(self.advance),
            ending: Some(Ending::Soft),
            turn_seconds: Some(0),
        }
    }
}
