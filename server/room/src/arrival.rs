//! The arrival gate: before somebody is let in they say where they are, how to reach them and whom to call, and whether they can speak
//! freely. Should something happen, those who lead know where to send help; that is the only thing it is for.
//!
//! *Nouns.* An **answer** has two parts. **Today** is true today only: place, country, alone, driving, recording, device. **Reach** holds
//! from week to week: a number, an emergency contact, and what is safe with each; it is carried over with one tap, and the session in which
//! it was last confirmed is kept with it. A **visit** is the time from an answer until today's part is forgotten.
//!
//! *What holds.* Only members are asked, at the door as well as inside. An answer counts for the session that runs or comes next, and no
//! longer than today's part is kept. It is between the person and those who lead: no other view ever changes by it. The emergency contact is
//! never somebody of this room: a name is refused at once; a number that turns out to be another member's is shown to those who lead and to
//! nobody else, for a refusal would tell what the other one answered, and that they did. Today's part is sealed under a key of its own visit.
//! So many hours after the session ([`PLACE_KEPT_SECONDS`]) that key is destroyed, first, and then the room notes that the place is
//! forgotten; if it dies in between, the note is still due and destroys the key again, which changes nothing. While somebody is flagged
//! their place is kept.

use protocol::pack::{ArrivalGate, Pack, Setting};
use protocol::wire::{
    Action, Admission, ArrivalCard, ArrivalLook, ArrivalView, EmergencyContact, LastKnown, Reach, Refusal, RefusalCode,
    SafeWays, Today,
};
use protocol::{Country, ParticipantId, Private, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::effect::Effect;
use crate::event::What;
use crate::limits::{MAX_NAME_CHARS, MAX_NUMBER_CHARS, MAX_PLACE_CHARS, MIN_NUMBER_DIGITS, PLACE_KEPT_SECONDS};
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns::plain_text;
use crate::{Place, Room};

/// What one person said at the door, the latest time they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub at: Timestamp,
    /// For which session.
    pub session: u16,
    /// A [`Reach`], sealed for the person.
    pub reach: SealedText,
    /// A [`Today`], sealed for the visit; `None` once it is forgotten.
    pub today: Option<SealedText>,
}

impl Answer {
    /// `None` while it is shut and once it is erased.
    fn reach(&self) -> Option<Reach> {
        read(&self.reach)
    }
    fn today(&self) -> Option<Today> {
        read(self.today.as_ref()?)
    }
    /// The words that no other view may hold.
    pub(crate) fn private_words(&self) -> impl Iterator<Item = String> {
        let place = self.today().and_then(|today| today.place);
        let number = self.reach().map(|reach| reach.number);
        place.into_iter().chain(number).map(Private::into_exposed)
    }
}

fn read<T: for<'de> Deserialize<'de>>(sealed: &SealedText) -> Option<T> {
    serde_json::from_str(sealed.text()?.expose()).ok()
}

fn written(part: &impl Serialize) -> String {
    serde_json::to_string(part).expect("an answer can be written")
}

/// Whether the gate stands before this person: a member, as long as there is a session to come.
fn is_meant(state: &State, pack: &Pack, who: ParticipantId) -> bool {
    let member = state.roster.get(who).is_some_and(|p| p.role == Role::Member);
    member && pack.gate() != ArrivalGate::None && state.session_number() <= pack.session_count()
}

/// Whether this person is asked now: here or at the door.
fn is_asked(state: &State, pack: &Pack, who: ParticipantId) -> bool {
    let comes = |admission| matches!(admission, Admission::Waiting | Admission::Admitted);
    let person = state.roster.get(who);
    is_meant(state, pack, who) && person.is_some_and(|p| p.present && comes(p.admission))
}

/// Whether this person has said what they are asked for the session that runs or comes next.
fn has_answered(state: &State, who: ParticipantId) -> bool {
    let answer = state.arrivals.get(&who);
    answer.is_some_and(|answer| {
        answer.session == state.session_number() && answer.today().is_some() && answer.reach().is_some()
    })
}

/// Whether the gate lets this person in.
pub(crate) fn lets_in(state: &State, pack: &Pack, who: ParticipantId, anyway: bool) -> Result<(), Refusal> {
    if !is_meant(state, pack, who) || anyway {
        Ok(())
    } else if !has_answered(state, who) {
        Err(RefusalCode::ArrivalFirst.into())
    } else if contact_is_in_room(state, who) {
        Err(RefusalCode::ContactInRoom.into())
    } else {
        Ok(())
    }
}

/// Where somebody is today, as they said.
pub(crate) fn country_today(state: &State, who: ParticipantId) -> Option<Country> {
    state.arrivals.get(&who)?.today()?.country
}

pub(crate) fn judge(state: &State, pack: &Pack, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let Action::ConfirmArrival { today, reach } = action else {
        return Ok(());
    };
    if !is_asked(state, pack, by) {
        return Err(RefusalCode::NotAsked.into());
    }
    if let Some(place) = &today.place {
        plain_text(place.expose(), MAX_PLACE_CHARS)?;
    }
    if pack.gate() == ArrivalGate::Full && (today.place.is_none() || today.country.is_none()) {
        return Err(RefusalCode::ArrivalIncomplete.into());
    }
    let carried = || state.arrivals.get(&by).and_then(Answer::reach);
    let Some(reach) = reach.clone().or_else(carried) else {
        return Err(RefusalCode::ArrivalIncomplete.into());
    };
    judge_number(&reach.number)?;
    // Somebody who has nobody to name is let in like everybody else: those who lead read that nobody was named.
    let Some(contact) = &reach.contact else {
        return Ok(());
    };
    judge_number(&contact.number)?;
    plain_text(contact.name.expose(), MAX_NAME_CHARS)?;
    // Nobody is their own emergency contact.
    let own_number = same_number(reach.number.expose(), contact.number.expose());
    if own_number || is_named_in_room(state, pack, contact.name.expose()) {
        return Err(RefusalCode::ContactInRoom.into());
    }
    Ok(())
}

fn judge_number(number: &Private<String>) -> Result<(), Refusal> {
    plain_text(number.expose(), MAX_NUMBER_CHARS)?;
    if digits(number.expose()).len() < MIN_NUMBER_DIGITS {
        return Err(RefusalCode::BadNumber.into());
    }
    Ok(())
}

/// An answer that nothing is wrong with, for asking whether there is anything to answer.
pub(crate) fn example() -> Action {
    let number = |number: &str| Private::from(number);
    Action::ConfirmArrival {
        today: Today {
            place: Some(Private::from("…")),
            country: "US".parse().ok(),
            alone: true,
            headphones: false,
            driving: false,
            recording: false,
            shared: false,
        },
        reach: Some(Reach {
            number: number("555 010 000"),
            safe: SafeWays::default(),
            contact: Some(EmergencyContact {
                name: Private::from("…"),
                number: number("555 019 999"),
                safe: SafeWays::default(),
            }),
        }),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    let Action::ConfirmArrival { today, reach } = action else {
        return;
    };
    let known = draft.state.arrivals.get(&by);
    let visit = known.and_then(|answer| answer.today.as_ref()).map(SealedText::person);
    let visit = visit.unwrap_or_else(|| new_visit(draft, by));
    let today = Today {
        place: today.place.as_ref().map(trimmed),
        ..today.clone()
    };
    draft.push(What::ArrivalConfirmed {
        participant: by,
        session: draft.state.session_number(),
        reach: reach.as_ref().map(|reach| SealedText::fresh(by, &written(reach))),
        today: SealedText::fresh(visit, &written(&today)),
    });
}

fn trimmed(text: &Private<String>) -> Private<String> {
    Private::from(text.expose().trim())
}

/// A key's name that no person and no other visit has: the room's count of events sees to the one, 64 drawn bits to the other.
fn new_visit(draft: &Draft<'_>, who: ParticipantId) -> ParticipantId {
    let mark = (u128::from(draft.draw) << 64) ^ u128::from(draft.state.seq);
    ParticipantId::from_bits(!who.bits() ^ mark)
}

/// When today's part of somebody's answer is due to be forgotten.
pub(crate) fn forgotten_at(state: &State, who: ParticipantId, answer: &Answer) -> Option<Timestamp> {
    let kept_on = answer.today.is_none() || state.session.is_some() || state.alarms.contains_key(&who);
    let closed = state.held.last().map_or(answer.at, |held| held.ended_at);
    (!kept_on).then(|| answer.at.max(closed).plus_seconds(PLACE_KEPT_SECONDS))
}

/// When to look whether somebody's place is to be forgotten; `None` where nobody's is known.
pub(crate) fn looked_at(state: &State) -> Option<Timestamp> {
    let known = state.arrivals.iter().filter(|(_, answer)| answer.today.is_some());
    let at = known.map(|(&who, answer)| {
        let later = state.at.max(answer.at).plus_seconds(PLACE_KEPT_SECONDS); // a session runs, or somebody is flagged
        forgotten_at(state, who, answer).unwrap_or(later)
    });
    at.min()
}

/// It is due: the key is destroyed, then this is written.
pub(crate) fn forget(draft: &mut Draft<'_>, who: ParticipantId) {
    let answer = draft.state.arrivals.get(&who);
    if let Some(visit) = answer.and_then(|answer| answer.today.as_ref()).map(SealedText::person) {
        draft.push(What::PlaceForgotten { participant: who });
        draft.effect(Effect::ForgetVisit { visit });
    }
}

impl State {
    pub(crate) fn arrival_confirmed(
        &mut self,
        at: Timestamp,
        who: ParticipantId,
        session: u16,
        reach: Option<&SealedText>,
        today: &SealedText,
    ) {
        let carried = self.arrivals.get(&who).map(|answer| &answer.reach);
        let Some(reach) = reach.or(carried).cloned() else {
            return;
        };
        let today = Some(today.clone());
        let answer = Answer {
            at,
            session,
            reach,
            today,
        };
        self.arrivals.insert(who, answer);
    }

    pub(crate) fn place_forgotten(&mut self, who: ParticipantId) {
        if let Some(answer) = self.arrivals.get_mut(&who) {
            answer.today = None;
        }
    }
}

// --- the contact is nobody of this room ---

/// Letters and digits alone, so that "Ben  O'Hara" is "ben ohara".
fn name_words(name: &str) -> Vec<String> {
    let plain = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let words = name.split_whitespace().map(|word| plain(&word.to_lowercase()));
    words.filter(|word| !word.is_empty()).collect()
}

/// In a couple's room the first name is enough: the partner signs in as "Ben" and is written down as "Ben Hill".
fn is_same_name(pack: &Pack, one: &[String], other: &str) -> bool {
    let other = name_words(other);
    let first = pack.setting == Setting::Couple && one.first() == other.first();
    one == other || first
}

/// What has no word in it is nobody's name. Asked first: the example of an answer has none, and it is judged for everybody at every view.
fn is_named_in_room(state: &State, pack: &Pack, name: &str) -> bool {
    let words = name_words(name);
    let mut names = state.roster.iter().filter_map(|(_, p)| p.name.text());
    !words.is_empty() && names.any(|other| is_same_name(pack, &words, other.expose()))
}

fn digits(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

/// The same line, whether the country's code is written or not.
fn same_number(one: &str, other: &str) -> bool {
    let (one, other) = (digits(one), digits(other));
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    short.len() >= MIN_NUMBER_DIGITS && long.ends_with(&short)
}

/// The contact's number is another's call-back number: seen by those who lead, and by nobody else.
fn contact_is_in_room(state: &State, who: ParticipantId) -> bool {
    let reach = state.arrivals.get(&who).and_then(Answer::reach);
    let Some(contact) = reach.and_then(|reach| reach.contact) else {
        return false;
    };
    let others = state.arrivals.iter().filter(|(other, _)| **other != who);
    let mut numbers = others
        .filter_map(|(_, answer)| answer.reach())
        .map(|reach| reach.number);
    numbers.any(|number| same_number(number.expose(), contact.number.expose()))
}

// --- what is seen ---

/// What this person is asked, and what they said.
pub(crate) fn mine(room: &Room, who: ParticipantId) -> Option<ArrivalCard> {
    let answer = room.state.arrivals.get(&who);
    let reach = answer.and_then(Answer::reach);
    is_asked(&room.state, &room.pack, who).then(|| ArrivalCard {
        place_needed: room.pack.gate() == ArrivalGate::Full,
        answered: has_answered(&room.state, who),
        today: answer.and_then(Answer::today),
        confirmed_in: answer.filter(|_| reach.is_some()).map(|answer| answer.session),
        reach,
    })
}

/// What everybody said who is asked, for those who lead.
pub(crate) fn staff(room: &Room) -> Vec<ArrivalView> {
    let (state, pack) = (&room.state, &room.pack);
    let asked = state.roster.iter().filter(|(who, _)| is_asked(state, pack, *who));
    let row = |(participant, _)| ArrivalView {
        participant,
        answered: has_answered(state, participant),
        look: look(state, &room.place, participant),
        last: last_known(state, participant),
    };
    asked.map(row).collect()
}

/// Where somebody was and how to reach them.
pub(crate) fn last_known(state: &State, who: ParticipantId) -> Option<LastKnown> {
    let answer = state.arrivals.get(&who)?;
    let (today, reach) = (answer.today(), answer.reach()?);
    Some(LastKnown {
        at: answer.at,
        session: answer.session,
        country: today.as_ref().and_then(|today| today.country),
        place: today.and_then(|today| today.place),
        number: reach.number,
        safe: reach.safe,
        nobody_named: reach.contact.is_none(),
        contact: reach.contact.filter(|_| !contact_is_in_room(state, who)),
    })
}

fn look(state: &State, place: &Place, who: ParticipantId) -> Vec<ArrivalLook> {
    use ArrivalLook::{ContactInRoom, Driving, NoNumbers, NotAlone, Recording, SharedDevice};
    let Some(today) = state.arrivals.get(&who).and_then(Answer::today) else {
        return Vec::new();
    };
    let no_numbers = crate::precautions::lacks_numbers_for(place, today.country);
    let all = [
        (!today.alone && !today.headphones, NotAlone),
        (today.driving, Driving),
        (today.recording, Recording),
        (today.shared, SharedDevice),
        (contact_is_in_room(state, who), ContactInRoom),
        (no_numbers, NoNumbers),
    ];
    all.into_iter().filter(|(so, _)| *so).map(|(_, look)| look).collect()
}
