//! Who is carried to whom. Pure: no socket, no clock. Every packet asks [`Table::carried_to`] and goes nowhere else.
//!
//! Slots follow the circle: whoever might be heard there has one, even while their voice is withheld, so that a turn changes hands without a
//! word to any page. The voice is asked about at every packet.

use std::collections::BTreeMap;

use protocol::{ParticipantId, RoomId};

use crate::limits::{PEERS, PEERS_PER_ROOM, SLOTS};
use crate::scene::{Kind, PeerId, Scene, Voice};

/// All rooms.
#[derive(Debug, Default)]
pub struct Table {
    halls: BTreeMap<RoomId, Hall>,
    rooms: BTreeMap<PeerId, RoomId>,
    #[cfg(test)]
    broken: Option<tests::Broken>,
}

/// One room.
#[derive(Debug, Default)]
struct Hall {
    scene: Scene,
    seats: BTreeMap<PeerId, Seat>,
}

/// One page.
#[derive(Debug)]
struct Seat {
    who: ParticipantId,
    sound: Lines,
    picture: Lines,
}

/// A page's lines of one kind.
#[derive(Debug, Default)]
struct Lines {
    sends: bool,
    slots: Vec<Option<PeerId>>,
}

/// There is room for no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Seat {
    fn lines(&self, kind: Kind) -> &Lines {
        match kind {
            Kind::Sound => &self.sound,
            Kind::Picture => &self.picture,
        }
    }
    fn lines_mut(&mut self, kind: Kind) -> &mut Lines {
        match kind {
            Kind::Sound => &mut self.sound,
            Kind::Picture => &mut self.picture,
        }
    }
}

impl Table {
    /// Somebody's page joins. One person is heard through one page: the earlier one is named, for it ends.
    pub fn joins(&mut self, room: RoomId, peer: PeerId, who: ParticipantId) -> Result<Option<PeerId>, Full> {
        let hall = self.halls.entry(room).or_default();
        let earlier = hall
            .seats
            .iter()
            .find(|(_, seat)| seat.who == who)
            .map(|(&peer, _)| peer);
        let full = hall.seats.len() >= PEERS_PER_ROOM || self.rooms.len() >= PEERS;
        if full && earlier.is_none() {
            self.tidy(room);
            return Err(Full);
        }
        if let Some(earlier) = earlier {
            self.leaves(earlier);
        }
        let seat = Seat {
            who,
            sound: Lines::default(),
            picture: Lines::default(),
        };
        self.rooms.insert(peer, room);
        self.halls.entry(room).or_default().seats.insert(peer, seat);
        Ok(earlier.filter(|&earlier| earlier != peer))
    }

    /// A page leaves.
    pub fn leaves(&mut self, peer: PeerId) {
        let Some(room) = self.rooms.remove(&peer) else { return };
        if let Some(hall) = self.halls.get_mut(&room) {
            hall.seats.remove(&peer);
            self.assign(room);
        }
        self.tidy(room);
    }

    /// The room is as it says now.
    pub fn shows(&mut self, room: RoomId, scene: Scene) {
        self.halls.entry(room).or_default().scene = scene;
        self.assign(room);
        self.tidy(room);
    }

    /// A page sends this.
    pub fn sends(&mut self, peer: PeerId, kind: Kind) {
        if let Some(seat) = self.seat_mut(peer) {
            seat.lines_mut(kind).sends = true;
            self.assign_around(peer);
        }
    }

    /// A page listens on one line more; its number among those of its kind.
    pub fn listens(&mut self, peer: PeerId, kind: Kind) -> Result<usize, Full> {
        let slots = &mut self.seat_mut(peer).ok_or(Full)?.lines_mut(kind).slots;
        if slots.len() >= SLOTS {
            return Err(Full);
        }
        slots.push(None);
        let number = slots.len() - 1;
        self.assign_around(peer);
        Ok(number)
    }

    /// Where a packet of this page goes: pages and their slots.
    pub fn carried_to(&self, peer: PeerId, kind: Kind) -> Vec<(PeerId, usize)> {
        let Some((hall, speaker)) = self.seat(peer) else {
            return Vec::new();
        };
        if !self.is_carried(hall, speaker.who, kind) {
            return Vec::new();
        }
        self.in_slots_of(hall, peer, kind).collect()
    }

    /// In whose slots this page is, whether it is carried just now or not.
    pub fn slots_of(&self, peer: PeerId, kind: Kind) -> Vec<(PeerId, usize)> {
        let found = self
            .seat(peer)
            .map(|(hall, _)| self.in_slots_of(hall, peer, kind).collect());
        found.unwrap_or_default()
    }

    /// The pages in a room.
    pub fn pages(&self, room: RoomId) -> Vec<PeerId> {
        self.halls
            .get(&room)
            .map(|hall| hall.seats.keys().copied().collect())
            .unwrap_or_default()
    }

    /// The room of a page.
    pub fn room_of(&self, peer: PeerId) -> Option<RoomId> {
        self.rooms.get(&peer).copied()
    }

    /// Whether this page's sound leaves the server.
    pub fn voice(&self, peer: PeerId) -> Voice {
        let carried = self
            .seat(peer)
            .is_some_and(|(hall, seat)| self.is_carried(hall, seat.who, Kind::Sound));
        if carried { Voice::Carried } else { Voice::Withheld }
    }

    /// Who is in a page's slots of one kind, slot by slot.
    pub fn heard_in(&self, peer: PeerId, kind: Kind) -> Vec<Option<(PeerId, ParticipantId)>> {
        let Some((hall, seat)) = self.seat(peer) else {
            return Vec::new();
        };
        let named = |slot: &Option<PeerId>| slot.and_then(|from| hall.seats.get(&from).map(|seat| (from, seat.who)));
        seat.lines(kind).slots.iter().map(named).collect()
    }

    /// Whether a page's person is served first.
    pub fn is_first(&self, peer: PeerId) -> bool {
        self.seat(peer)
            .and_then(|(hall, seat)| hall.scene.people.get(&seat.who))
            .is_some_and(|presence| presence.first)
    }

    fn in_slots_of<'a>(
        &self,
        hall: &'a Hall,
        peer: PeerId,
        kind: Kind,
    ) -> impl Iterator<Item = (PeerId, usize)> + use<'a> {
        hall.seats.iter().filter_map(move |(&listener, seat)| {
            let slot = seat.lines(kind).slots.iter().position(|&slot| slot == Some(peer))?;
            Some((listener, slot))
        })
    }

    fn is_carried(&self, hall: &Hall, who: ParticipantId, kind: Kind) -> bool {
        #[cfg(test)]
        if self.broken == Some(tests::Broken::CarriesTheWithheld) {
            return true;
        }
        hall.scene
            .people
            .get(&who)
            .is_some_and(|presence| presence.leaves(kind))
    }

    fn seat(&self, peer: PeerId) -> Option<(&Hall, &Seat)> {
        let hall = self.halls.get(self.rooms.get(&peer)?)?;
        Some((hall, hall.seats.get(&peer)?))
    }
    fn seat_mut(&mut self, peer: PeerId) -> Option<&mut Seat> {
        self.halls.get_mut(self.rooms.get(&peer)?)?.seats.get_mut(&peer)
    }
    fn assign_around(&mut self, peer: PeerId) {
        if let Some(room) = self.room_of(peer) {
            self.assign(room);
        }
    }

    /// Nothing is kept of a room in which nobody is.
    fn tidy(&mut self, room: RoomId) {
        if self.halls.get(&room).is_some_and(|hall| hall.seats.is_empty()) {
            self.halls.remove(&room);
        }
    }

    /// Puts everybody who might be heard into a slot. Whoever has one keeps it: a page must not be told more than what changed.
    fn assign(&mut self, room: RoomId) {
        #[cfg(test)]
        let broken = self.broken;
        let Some(hall) = self.halls.get_mut(&room) else { return };
        let people: Vec<(PeerId, ParticipantId)> = hall.seats.iter().map(|(&peer, seat)| (peer, seat.who)).collect();
        for kind in Kind::ALL {
            let sending: Vec<(PeerId, ParticipantId)> = people
                .iter()
                .copied()
                .filter(|(peer, _)| hall.seats[peer].lines(kind).sends)
                .collect();
            for &(listener, who) in &people {
                let scene = &hall.scene;
                let mut wanted: Vec<(PeerId, bool)> = sending
                    .iter()
                    .filter(|&&(_, speaker)| {
                        #[cfg(test)]
                        if broken == Some(tests::Broken::HearsOtherCircles) {
                            return speaker != who;
                        }
                        match kind {
                            Kind::Sound => scene.are_together(speaker, who), // a withheld voice keeps its slot
                            Kind::Picture => scene.allows(speaker, who, kind),
                        }
                    })
                    .map(|&(peer, speaker)| (peer, scene.people.get(&speaker).is_some_and(|p| p.first)))
                    .collect();
                wanted.sort_by_key(|&(peer, first)| (!first, peer));
                let Some(seat) = hall.seats.get_mut(&listener) else {
                    continue;
                };
                let slots = &mut seat.lines_mut(kind).slots;
                wanted.truncate(slots.len());
                fill(slots, &wanted);
                #[cfg(test)]
                if broken == Some(tests::Broken::FillsNoSlots) {
                    slots.fill(None);
                }
            }
        }
    }
}

fn fill(slots: &mut [Option<PeerId>], wanted: &[(PeerId, bool)]) {
    for slot in slots.iter_mut() {
        if slot.is_some_and(|peer| !wanted.iter().any(|&(other, _)| other == peer)) {
            *slot = None;
        }
    }
    for &(peer, _) in wanted {
        if !slots.contains(&Some(peer))
            && let Some(free) = slots.iter_mut().find(|slot| slot.is_none())
        {
            *free = Some(peer);
        }
    }
}

#[cfg(test)]
mod tests;
