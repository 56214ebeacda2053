//! What was worked out for people and still holds. A room shows every change to everybody, and most of what they see is as it was: the
//! agenda while people take turns, what somebody can do while somebody else asks for the floor.
//!
//! *Nouns.* A **screen** is what one person sees: a text that an audience shares, and a text that is theirs. Each has a **number**, which
//! changes exactly when the text does; so a screen that shows nothing new is known without being compared. A **piece** is a part of a text that
//! is kept as bytes (`scene` cuts a view into pieces).
//!
//! *What holds.* A screen's texts are at any time what [`Room::view`](crate::Room::view) and [`Room::mine`](crate::Room::mine) say, written
//! out. Which event can change what stands in [`reach::moves`](crate::reach::moves), and the random histories compare every screen with one
//! that is worked out anew. The memo is no state: it may be forgotten at any time, is in no snapshot, and no rule reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::wire::{Admission, Can, SeatState};
use protocol::{CircleId, ParticipantId, Role, Timestamp};
use serde::Serialize;

use crate::event::What;
use crate::reach::{self, Moves};
use crate::scene::SeatStanding;
use crate::state::{Circle, State};
use crate::view::{self, Audience};
use crate::{Room, offers};

/// What one person sees just now, by the numbers of its two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// Whose text the shared one is.
    pub audience: Audience,
    /// The position that the view carries.
    pub seq: u64,
    /// The number of the shared text.
    pub shared: u64,
    /// The number of the person's own text.
    pub own: u64,
}

/// How an event is looked up: [`reach::moves`], but in a test of the test.
pub type Table = fn(&State, &What) -> Moves;

#[derive(Debug, Clone)]
pub(crate) struct Memo {
    table: Table,
    /// The number given last.
    count: u64,
    own: BTreeMap<ParticipantId, Own>,
    shared: BTreeMap<(Audience, bool), Shared>,
    circles: BTreeMap<CircleId, Pieces>,
    /// Whoever sees no circle.
    elsewhere: BTreeMap<Audience, Piece>,
    /// Who waits in each circle, since the last event.
    lines: BTreeMap<CircleId, Vec<ParticipantId>>,
}

/// How much of somebody's own text may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stale {
    /// Their place in line at most.
    No,
    /// Everything but the buttons beside the floor.
    Floor,
    All,
}

#[derive(Debug, Clone)]
struct Own {
    stale: Stale,
    /// Their buttons, but those of the floor.
    beside: BTreeSet<Can>,
    /// What no turn changes, and the rest but their place in line.
    standing: Piece,
    moving: Piece,
    /// What the number stands for: of which pieces, and their place in line, which moves by itself and often.
    of: (u64, u64),
    place: Option<u32>,
    number: u64,
}

/// The shared text of an audience is put together from these numbers; so long as none of them changes it has the same number itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Shared {
    seq: u64,
    pieces: Numbers,
    number: u64,
}

/// The numbers of a shared text's pieces; 0 where it has no such piece.
type Numbers = [u64; 7];

/// A circle's pieces.
#[derive(Debug, Clone, Default)]
struct Pieces {
    standing: Piece,
    /// When the current step is over at the earliest, which moves by itself once its time is up.
    step_over: Option<Timestamp>,
    moving: Piece,
    for_members: Faced,
    for_leaders: Faced,
    staff_standing: Piece,
    staff_turning: Piece,
    staff_moving: Piece,
}

/// What members and those who lead see differently.
#[derive(Debug, Clone, Default)]
struct Faced {
    /// Nothing happened since all that this audience sees was looked at.
    holds: bool,
    seats: Seats,
    rest: Piece,
}

/// Everybody's seat. What a seat shows is looked up after each event; the rest of it is kept.
#[derive(Debug, Clone, Default)]
struct Seats {
    /// The rest holds.
    holds: bool,
    /// Each seat, written out up to its end.
    people: Vec<(ParticipantId, Vec<u8>)>,
    text: Vec<u8>,
    number: u64,
}

/// An object, written out.
#[derive(Debug, Clone, Default)]
struct Piece {
    holds: bool,
    text: Vec<u8>,
    number: u64,
}

impl Piece {
    fn renew<T: Serialize>(&mut self, count: &mut u64, value: impl FnOnce() -> T) {
        if self.holds {
            return;
        }
        self.holds = true;
        let text = written(&value(), self.text.len());
        if text != self.text {
            self.text = fitted(text);
            self.number = next(count);
        }
    }

    /// Its fields, without the braces.
    fn fields(&self) -> &[u8] {
        self.text.get(1..self.text.len().saturating_sub(1)).unwrap_or_default()
    }
}

impl Seats {
    fn renew(
        &mut self,
        count: &mut u64,
        seats: impl FnOnce() -> Vec<SeatStanding>,
        shows: impl Fn(ParticipantId) -> SeatState,
    ) {
        if !self.holds {
            self.holds = true;
            let mut kept = std::mem::take(&mut self.people).into_iter();
            let write = |seat: SeatStanding| {
                let mut text = written(&seat, kept.next().map_or(0, |(_, text)| text.len()));
                text.pop();
                (seat.participant, fitted(text))
            };
            self.people = seats().into_iter().map(write).collect();
        }
        let mut text = Vec::with_capacity(self.text.len() + SPARE);
        text.extend_from_slice(b"\"seats\":[");
        for (n, (who, seat)) in self.people.iter().enumerate() {
            if n > 0 {
                text.push(b',');
            }
            text.extend_from_slice(seat);
            text.extend_from_slice(b",\"state\":");
            serde_json::to_writer(&mut text, &shows(*who)).expect("a word can be written");
            text.push(b'}');
        }
        text.push(b']');
        if text != self.text {
            self.text = text;
            self.number = next(count);
        }
    }
}

fn next(count: &mut u64) -> u64 {
    *count += 1;
    *count
}

/// Room for what a text may grow by.
const SPARE: usize = 64;

/// Writes out what was so long the last time.
fn written(value: &impl Serialize, last: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(last + SPARE);
    serde_json::to_writer(&mut text, value).expect("a view of plain data can be written");
    text
}

/// A text as it is kept: one that was written for the first time may have taken twice its length.
fn fitted(mut text: Vec<u8>) -> Vec<u8> {
    if text.capacity() > text.len() + 2 * SPARE {
        text.shrink_to_fit();
    }
    text
}

/// How somebody's own text begins.
fn placed(place: Option<u32>) -> Arc<[u8]> {
    let place = place.map_or_else(|| "null".to_owned(), |place| place.to_string());
    format!("{{\"place\":{place},").into_bytes().into()
}

/// The rest of it, to the end of the message.
fn unplaced(moving: &Piece, standing: &Piece) -> Arc<[u8]> {
    [moving.fields(), b",", standing.fields(), b"}}"].concat().into()
}

impl Memo {
    pub(crate) fn by(table: Table) -> Self {
        Self {
            table,
            count: 0,
            own: BTreeMap::new(),
            shared: BTreeMap::new(),
            circles: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            lines: BTreeMap::new(),
        }
    }

    /// An event is about to be applied.
    pub(crate) fn happens(&mut self, before: &State, what: &What) {
        if self.count == 0 {
            return; // nobody was shown anything
        }
        if let What::PersonErased { participant } = what {
            // Nothing of a person outlives them here. Whoever sees a circle is shown it anew anyway, for it was an event for everybody.
            self.own.remove(participant);
            self.circles.clear();
        }
        self.lines.clear();
        for piece in self.elsewhere.values_mut() {
            piece.holds = false;
        }
        let moves = (self.table)(before, what);
        for pieces in self.circles.values_mut() {
            pieces.moving.holds = false;
            pieces.staff_moving.holds = false;
            pieces.standing.holds &= moves != Moves::Everything;
            pieces.staff_standing.holds &= matches!(moves, Moves::Line(_));
            pieces.staff_turning.holds &= matches!(moves, Moves::Line(_));
            for faced in [&mut pieces.for_members, &mut pieces.for_leaders] {
                faced.holds = false;
                faced.rest.holds = false;
                faced.seats.holds &= moves != Moves::Everything;
            }
        }
        for (&who, own) in &mut self.own {
            let stale = match moves {
                Moves::Everything => Stale::All,
                Moves::Floor => Stale::Floor,
                Moves::Line(asker) if asker == Some(who) || before.roster.role_now(who) == Some(Role::Facilitator) => {
                    Stale::Floor
                }
                Moves::Line(_) => Stale::No,
            };
            own.stale = own.stale.max(stale);
        }
        if moves == Moves::Everything {
            // Circles and people come and go. Who comes is shown everything, whatever was kept.
            let is_there = |circle: &CircleId| before.circles.contains_key(circle);
            self.circles.retain(|circle, _| is_there(circle));
            self.own
                .retain(|who, _| before.roster.get(*who).is_some_and(|person| person.present));
            self.shared.retain(|(audience, _), _| match audience {
                Audience::Circle(circle) | Audience::Leaders(circle) => is_there(circle),
                Audience::Waiting => true,
            });
        }
    }

    /// Something changed that was no event: a text was opened, or shut.
    pub(crate) fn doubt(&mut self) {
        for pieces in self.circles.values_mut() {
            *pieces = Pieces::default();
        }
        self.elsewhere.clear();
        self.lines.clear();
        for own in self.own.values_mut() {
            own.stale = Stale::All;
        }
    }

    /// What somebody sees; `None` for a stranger.
    pub(crate) fn screen(&mut self, room: &Room, who: ParticipantId) -> Option<Screen> {
        let own = self.renew_own(room, who)?;
        let (audience, seq) = (room.audience_of(who), room.state().seq_for(who));
        let pieces = self.renew_shared(room, audience);
        let shared = self.shared.entry((audience, seq == 0)).or_default();
        if shared.number == 0 || shared.seq != seq || shared.pieces != pieces {
            let number = next(&mut self.count);
            *shared = Shared { seq, pieces, number };
        }
        Some(Screen {
            audience,
            seq,
            shared: shared.number,
            own,
        })
    }

    /// A person's own text, as of the last [`Memo::screen`]: up to their place in line, and all the rest. Put together when it is sent; kept, it
    /// would be held twice for everybody who sits and listens.
    pub(crate) fn own_text(&self, who: ParticipantId) -> [Arc<[u8]>; 2] {
        self.own.get(&who).map_or_else(
            || [[].into(), [].into()],
            |own| [placed(own.place), unplaced(&own.moving, &own.standing)],
        )
    }

    fn renew_own(&mut self, room: &Room, who: ParticipantId) -> Option<u64> {
        let place = self.place(room, who);
        let own = self.own.entry(who).or_default();
        let number = own.renew(&mut self.count, room, who, place);
        if number.is_none() {
            self.own.remove(&who);
        }
        number
    }

    /// Where somebody waits in line: 1 is next.
    fn place(&mut self, room: &Room, who: ParticipantId) -> Option<u32> {
        let person = room.state().roster.get(who)?;
        let line = self
            .lines
            .entry(person.circle)
            .or_insert_with(|| view::line(room, person.circle));
        view::place_in(line, who).filter(|_| person.admission == Admission::Admitted)
    }

    fn renew_shared(&mut self, room: &Room, audience: Audience) -> Numbers {
        let count = &mut self.count;
        let known = |id| Some((id, room.state().circles.get(&id)?));
        let (circle, leads) = match audience {
            Audience::Waiting => (None, false),
            Audience::Circle(id) => (known(id), false),
            Audience::Leaders(id) => (known(id), true),
        };
        let Some((id, circle)) = circle else {
            let piece = self.elsewhere.entry(audience).or_default();
            piece.renew(count, || room.view(audience));
            return [piece.number, 0, 0, 0, 0, 0, 0];
        };
        self.elsewhere.remove(&audience);
        let pieces = self.circles.entry(id).or_default();
        pieces.renew(count, room, id, circle, leads);
        let (standing, moving) = (pieces.standing.number, pieces.moving.number);
        let faced = pieces.faced(leads);
        let [seats, rest] = [faced.seats.number, faced.rest.number];
        let pane = [&pieces.staff_standing, &pieces.staff_turning, &pieces.staff_moving];
        let [one, two, three] = pane.map(|piece| if leads { piece.number } else { 0 });
        [standing, moving, seats, rest, one, two, three]
    }

    /// A view message up to the part that is each person's own, as of the last [`Memo::screen`] of this audience.
    pub(crate) fn shared_text(&self, audience: Audience, seq: u64) -> Vec<u8> {
        let id = match audience {
            Audience::Circle(id) | Audience::Leaders(id) => Some(id),
            Audience::Waiting => None,
        };
        let pieces = id.and_then(|id| self.circles.get(&id));
        let head = format!("{{\"type\":\"view\",\"seq\":{seq},\"room\":{{");
        let mut parts: Vec<&[u8]> = vec![head.as_bytes()];
        match (pieces, self.elsewhere.get(&audience)) {
            (Some(pieces), None) => {
                let leads = matches!(audience, Audience::Leaders(_));
                let faced = pieces.faced(leads);
                parts.extend([&b"\"kind\":\"room\","[..], pieces.standing.fields(), b","]);
                parts.extend([pieces.moving.fields(), b",", &faced.seats.text, b","]);
                parts.extend([faced.rest.fields(), b",\"staff\":"]);
                if leads {
                    parts.extend([&b"{"[..], pieces.staff_standing.fields(), b","]);
                    parts.extend([pieces.staff_turning.fields(), b",", pieces.staff_moving.fields(), b"}"]);
                } else {
                    parts.push(b"null");
                }
            }
            (_, Some(piece)) => parts.push(piece.fields()),
            (None, None) => {}
        }
        parts.push(b"},\"me\":");
        parts.concat()
    }
}

impl Own {
    fn renew(&mut self, count: &mut u64, room: &Room, who: ParticipantId, place: Option<u32>) -> Option<u64> {
        if self.stale == Stale::All {
            let standing = view::mine_standing(room, who)?;
            self.standing.holds = false;
            self.standing.renew(count, || standing);
        }
        if self.stale != Stale::No {
            let beside = (self.stale < Stale::All).then(|| std::mem::take(&mut self.beside));
            let mut moving = view::mine_moving(room, who, beside)?;
            self.moving.holds = false;
            self.moving.renew(count, || &moving);
            self.beside = std::mem::take(&mut moving.can);
            self.beside.retain(|button| !offers::is_on_the_floor(*button));
            self.stale = Stale::No;
        }
        let of = (self.moving.number, self.standing.number);
        if self.number == 0 || (self.of, self.place) != (of, place) {
            (self.of, self.place) = (of, place);
            self.number = next(count);
        }
        Some(self.number)
    }
}

impl Default for Own {
    /// Nobody was shown anything yet.
    fn default() -> Self {
        Self {
            stale: Stale::All,
            beside: BTreeSet::new(),
            standing: Piece::default(),
            moving: Piece::default(),
            of: (0, 0),
            place: None,
            number: 0,
        }
    }
}

impl Pieces {
    fn renew(&mut self, count: &mut u64, room: &Room, id: CircleId, circle: &Circle, leads: bool) {
        if std::mem::replace(&mut self.faced_mut(leads).holds, true) {
            return;
        }
        let step_over = view::step_over(room);
        if self.step_over != step_over {
            self.step_over = step_over;
            self.standing.holds = false;
        }
        self.standing.renew(count, || view::standing(room, circle));
        let next = room.state().next_up(id).map(|next| next.participant);
        self.moving.renew(count, || view::moving(room, id, circle));
        let faced = self.faced_mut(leads);
        let shows = |who| offers::seat_state(room, id, who, next);
        faced.seats.renew(count, || view::seats(room, id, leads), shows);
        faced.rest.renew(count, || view::facing(room, id, circle, next, leads));
        if leads {
            let pane = (
                &mut self.staff_standing,
                &mut self.staff_turning,
                &mut self.staff_moving,
            );
            pane.0.renew(count, || view::staff_standing(room, id, circle));
            pane.1.renew(count, || view::staff_turning(room, id, circle));
            pane.2.renew(count, || view::staff_moving(room, id, circle));
        }
    }

    fn faced_mut(&mut self, leads: bool) -> &mut Faced {
        if leads {
            &mut self.for_leaders
        } else {
            &mut self.for_members
        }
    }

    fn faced(&self, leads: bool) -> &Faced {
        if leads { &self.for_leaders } else { &self.for_members }
    }
}

impl Default for Memo {
    fn default() -> Self {
        Self::by(reach::moves)
    }
}
