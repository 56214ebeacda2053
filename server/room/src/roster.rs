//! The roster: everybody this room knows, whether they are in, and whether their line is up.

use std::collections::BTreeMap;

use protocol::wire::Admission;
use protocol::{CircleId, ParticipantId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::sealed::SealedText;

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    pub role: Role,
    pub name: SealedText,
    pub admission: Admission,
    /// At least one line is up.
    pub present: bool,
    /// Which circle they are in.
    pub circle: CircleId,
    /// The circle that keeps a place for them while they are in a side room.
    pub place: CircleId,
    /// Their seat in circle order, given when they are first admitted.
    pub seat: Option<u32>,
    /// Since when they have been as they are at the door.
    pub since: Timestamp,
    /// Was admitted at any time in the running session.
    pub attended: bool,
    /// At whose device they sit, having none of their own.
    pub beside: Option<ParticipantId>,
}

impl Participant {
    /// In the room and reachable.
    pub fn is_here(&self) -> bool {
        self.present && self.admission == Admission::Admitted
    }
}

/// Everybody this room knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    people: BTreeMap<ParticipantId, Participant>,
    next_seat: u32,
    /// Who leads when no facilitator is present.
    pub(crate) deputy: Option<ParticipantId>,
    /// The deputy leads just now.
    pub(crate) acting: Option<ParticipantId>,
}

impl Roster {
    /// One person.
    pub fn get(&self, id: ParticipantId) -> Option<&Participant> {
        self.people.get(&id)
    }
    /// Everybody, by id.
    pub fn iter(&self) -> impl Iterator<Item = (ParticipantId, &Participant)> {
        self.people.iter().map(|(&id, person)| (id, person))
    }
    /// How many people the room knows.
    pub fn len(&self) -> usize {
        self.people.len()
    }
    /// Whether the room knows nobody.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }
    /// The admitted people who have a place in a circle, in seat order: who is in it, and who is elsewhere for a while. Everybody
    /// keeps their place in the room's own.
    pub fn seated(&self, circle: CircleId) -> Vec<(ParticipantId, &Participant)> {
        let has_a_place = |p: &Participant| p.circle == circle || p.place == circle || circle == CircleId::MAIN;
        let mut seated: Vec<_> = self
            .iter()
            .filter(|(_, p)| p.admission == Admission::Admitted && has_a_place(p))
            .collect();
        seated.sort_by_key(|(id, p)| (p.seat, *id));
        seated
    }
    /// What somebody is just now: the acting deputy is a facilitator.
    pub fn role_now(&self, id: ParticipantId) -> Option<Role> {
        let person = self.get(id)?;
        Some(if self.acting == Some(id) {
            Role::Facilitator
        } else {
            person.role
        })
    }
    /// Who leads when no facilitator is present.
    pub fn deputy(&self) -> Option<ParticipantId> {
        self.deputy
    }
    /// The deputy, while leading.
    pub fn acting(&self) -> Option<ParticipantId> {
        self.acting
    }
    /// In the room, reachable and leading.
    pub fn leads(&self, id: ParticipantId) -> bool {
        self.get(id).is_some_and(Participant::is_here) && self.role_now(id) == Some(Role::Facilitator)
    }
    /// Somebody leads.
    pub fn is_led(&self) -> bool {
        self.people.keys().any(|&id| self.leads(id))
    }
    /// A facilitator by role is in the room and reachable.
    pub(crate) fn has_facilitator(&self) -> bool {
        self.people.values().any(|p| p.is_here() && p.role == Role::Facilitator)
    }

    pub(crate) fn get_mut(&mut self, id: ParticipantId) -> Option<&mut Participant> {
        self.people.get_mut(&id)
    }
    pub(crate) fn people_mut(&mut self) -> impl Iterator<Item = &mut Participant> {
        self.people.values_mut()
    }

    pub(crate) fn arrived(&mut self, at: Timestamp, id: ParticipantId, role: Role, name: SealedText) {
        let known = self.people.get(&id);
        let admission = match known.map(|p| p.admission) {
            _ if role == Role::Facilitator => Admission::Admitted,
            Some(Admission::Admitted) => Admission::Admitted,
            _ => Admission::Waiting,
        };
        let person = Participant {
            role,
            name,
            admission,
            present: known.is_some_and(|p| p.present),
            circle: known.map_or(CircleId::MAIN, |p| p.circle),
            place: known.map_or(CircleId::MAIN, |p| p.place),
            seat: known.and_then(|p| p.seat),
            since: at,
            attended: known.is_some_and(|p| p.attended),
            beside: known.and_then(|p| p.beside),
        };
        self.people.insert(id, person);
        if admission == Admission::Admitted {
            self.admitted(at, id);
        }
    }

    pub(crate) fn erased(&mut self, id: ParticipantId) {
        self.people.remove(&id);
        self.deputy = self.deputy.filter(|deputy| *deputy != id);
        self.acting = self.acting.filter(|acting| *acting != id);
    }

    pub(crate) fn admitted(&mut self, at: Timestamp, id: ParticipantId) {
        let Some(person) = self.people.get_mut(&id) else { return };
        person.admission = Admission::Admitted;
        person.attended = true;
        person.since = at;
        if person.seat.is_none() {
            person.seat = Some(self.next_seat);
            self.next_seat += 1;
        }
    }

    pub(crate) fn line_up(&mut self, at: Timestamp, id: ParticipantId) {
        let Some(person) = self.people.get_mut(&id) else { return };
        person.present = true;
        person.attended |= person.admission == Admission::Admitted;
        if matches!(person.admission, Admission::TurnedAway | Admission::Removed) {
            person.admission = Admission::Waiting; // they knock again
        }
        if person.admission == Admission::Waiting {
            person.since = at;
        }
    }

    /// Back to the door, where a facilitator lets in again; facilitators need nobody to let them in.
    pub(crate) fn show_out(&mut self, id: ParticipantId) {
        if let Some(person) = self.people.get_mut(&id)
            && person.role != Role::Facilitator
            && person.admission == Admission::Admitted
        {
            person.admission = Admission::Waiting;
        }
    }
}
