//! What a room needs before anybody is let in: numbers to call in its country, and somebody beside the one who leads. The operator's data;
//! told to the room when it is opened, never journaled. A circle of peers needs none of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::pack::{Pack, Setting};
use protocol::wire::{Action, CallCard, Notice, Refusal, RefusalCode, RoomCountry};
use protocol::{Country, ParticipantId, Private, Role};

use crate::state::State;
use crate::{Place, Room, arrival};

/// Somebody on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnCall {
    pub name: Private<String>,
    pub number: Private<String>,
}

/// What the operator prepared. The default asks for nothing, as tests of other rules do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Precautions {
    /// Who is told after those in the room, in this order.
    pub duty: Vec<OnCall>,
    /// One alone does not lead unless somebody is on call.
    pub second_needed: bool,
    /// Nobody is let in before the room's country has numbers.
    pub numbers_needed: bool,
    /// Numbers to call, by country, in the room's language.
    pub cards: Arc<BTreeMap<Country, CallCard>>,
    /// The country of a room in which nobody said one.
    pub country: Option<Country>,
}

/// The room's country.
pub(crate) fn country(state: &State, place: &Place) -> Option<Country> {
    state.country.or(place.precautions.country)
}

fn has_numbers(state: &State, place: &Place) -> bool {
    country(state, place).is_some_and(|country| place.precautions.cards.contains_key(&country))
}

/// Whether numbers are needed and somebody is in a country that has none.
pub(crate) fn lacks_numbers_for(place: &Place, today: Option<Country>) -> bool {
    let wants = &place.precautions;
    wants.numbers_needed && today.is_some_and(|country| !wants.cards.contains_key(&country))
}

fn alone(state: &State) -> bool {
    let leaders = state.roster.iter().filter(|(who, _)| state.roster.leads(*who));
    leaders.count() < 2
}

/// Whether the room may open, asked before somebody is let in and before a session begins.
pub(crate) fn judge(state: &State, pack: &Pack, place: &Place, action: &Action) -> Result<(), Refusal> {
    let peers = pack.setting == Setting::Circle;
    let wants = &place.precautions;
    let opens = match action {
        Action::StartSession => true,
        Action::Admit { participant, .. } => state.roster.get(*participant).is_some_and(|p| p.role == Role::Member),
        Action::SetCountry { country } if state.country == Some(*country) => {
            return Err(RefusalCode::AlreadySo.into());
        }
        Action::SetCountry { country } if wants.numbers_needed && !wants.cards.contains_key(country) => {
            return Err(RefusalCode::NoNumbers.into());
        }
        _ => false,
    };
    if !opens || peers {
        return Ok(());
    }
    if wants.numbers_needed && !has_numbers(state, place) {
        return Err(RefusalCode::NoNumbers.into());
    }
    if let Action::Admit { participant, .. } = action
        && lacks_numbers_for(place, arrival::country_today(state, *participant))
    {
        return Err(RefusalCode::NoNumbersThere.into());
    }
    if *action == Action::StartSession && wants.second_needed && wants.duty.is_empty() && alone(state) {
        return Err(RefusalCode::NeedsSecond.into());
    }
    Ok(())
}

/// What stands in the way, for those who lead.
pub(crate) fn notices(room: &Room) -> Vec<Notice> {
    let (state, place) = (&room.state, &*room.place);
    let wants = &place.precautions;
    if room.pack.setting == Setting::Circle || state.session.is_some() {
        return Vec::new();
    }
    let numbers = (wants.numbers_needed && !has_numbers(state, place)).then(|| Notice::NoNumbers {
        country: country(state, place),
        known: wants.cards.keys().copied().collect(),
    });
    let second = (wants.second_needed && wants.duty.is_empty() && alone(state)).then_some(Notice::NeedsSecond);
    numbers.into_iter().chain(second).collect()
}

/// Where the room is and may be said to be, for those who lead.
pub(crate) fn place(room: &Room) -> Option<RoomCountry> {
    let cards = &room.place.precautions.cards;
    (room.pack.setting != Setting::Circle && !cards.is_empty()).then(|| RoomCountry {
        now: country(&room.state, &room.place),
        known: cards.keys().copied().collect(),
    })
}

/// Whom to call where somebody is today: while they are not OK, and whenever no session runs.
pub(crate) fn card(room: &Room, who: ParticipantId) -> Option<CallCard> {
    let peers = room.pack.setting == Setting::Circle;
    let not_ok = room.state.alarms.get(&who).is_some_and(|alarm| alarm.own);
    if !not_ok && (peers || room.state.session.is_some()) {
        return None;
    }
    let cards = &room.place.precautions.cards;
    let today = arrival::country_today(&room.state, who);
    cards
        .get(&today.or_else(|| country(&room.state, &room.place))?)
        .cloned()
}
