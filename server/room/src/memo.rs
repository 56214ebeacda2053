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

use protocol::wire::{Admission, Can};
use protocol::{CircleId, ParticipantId, Role, Timestamp};
use serde::Serialize;

use crate::event::What;
use crate::reach::{self, Moves};
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
    place: Option<u32>,
    /// Their buttons, but those of the floor.
    beside: BTreeSet<Can>,
    text: Arc<[u8]>,
    number: u64,
}

/// The shared text of an audience is put together from these numbers; so long as none of them changes it has the same number itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Shared {
    seq: u64,
    pieces: [u64; 5],
    number: u64,
}

/// A circle's pieces.
#[derive(Debug, Clone, Default)]
struct Pieces {
    standing: Piece,
    /// When the current step is over at the earliest, which moves by itself once its time is up.
    step_over: Option<Timestamp>,
    moving: Piece,
    for_members: Piece,
    for_leaders: Piece,
    staff_standing: Piece,
    staff_moving: Piece,
}

/// Fields of an object, written out, without its braces.
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
        let text = fields(&value());
        if text != self.text || self.number == 0 {
            self.text = text;
            self.number = next(count);
        }
    }
}

fn next(count: &mut u64) -> u64 {
    *count += 1;
    *count
}

fn written(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a view of plain data can be written")
}

fn fields(value: &impl Serialize) -> Vec<u8> {
    let mut text = written(value);
    debug_assert!(text.starts_with(b"{") && text.ends_with(b"}"));
    text.pop();
    text.remove(0);
    text
}

/// A person's text with another place in line. Nothing before the field can look like it: within a text every quotation mark is escaped.
fn with_place(text: &[u8], place: Option<u32>) -> Arc<[u8]> {
    const FIELD: &[u8] = b"\"place\":";
    let at = text.windows(FIELD.len()).position(|bytes| bytes == FIELD);
    let from = at.expect("a person's text has their place") + FIELD.len();
    let old = text[from..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let new = place.map_or_else(|| "null".to_owned(), |place| place.to_string());
    [&text[..from], new.as_bytes(), &text[from + old..]].concat().into()
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
            pieces.for_members.holds = false;
            pieces.for_leaders.holds = false;
            pieces.staff_moving.holds = false;
            pieces.standing.holds &= moves != Moves::Everything;
            pieces.staff_standing.holds &= matches!(moves, Moves::Line(_));
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

    /// A person's own text, as of the last [`Memo::screen`].
    pub(crate) fn own_text(&self, who: ParticipantId) -> Arc<[u8]> {
        self.own
            .get(&who)
            .map_or_else(|| [].into(), |own| Arc::clone(&own.text))
    }

    fn renew_own(&mut self, room: &Room, who: ParticipantId) -> Option<u64> {
        let place = self.place(room, who);
        let known = self.own.get_mut(&who);
        let beside = match known {
            Some(own) if own.stale == Stale::No && own.place == place => return Some(own.number),
            Some(own) if own.stale == Stale::No => {
                own.text = with_place(&own.text, place);
                own.place = place;
                own.number = next(&mut self.count);
                return Some(own.number);
            }
            Some(own) if own.stale < Stale::All => Some(std::mem::take(&mut own.beside)),
            _ => None,
        };
        let mine = view::my_view(room, who, place, beside)?;
        let mut text = written(&mine);
        text.push(b'}');
        let mut beside = mine.can;
        beside.retain(|button| !offers::is_on_the_floor(*button));
        let number = match self.own.get(&who) {
            Some(own) if *own.text == *text => own.number,
            _ => next(&mut self.count),
        };
        let own = Own {
            stale: Stale::No,
            place,
            beside,
            text: text.into(),
            number,
        };
        self.own.insert(who, own);
        Some(number)
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

    fn renew_shared(&mut self, room: &Room, audience: Audience) -> [u64; 5] {
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
            return [piece.number, 0, 0, 0, 0];
        };
        self.elsewhere.remove(&audience);
        let pieces = self.circles.entry(id).or_default();
        pieces.renew(count, room, id, circle, leads);
        let (standing, moving) = (pieces.standing.number, pieces.moving.number);
        if leads {
            let pane = [pieces.staff_standing.number, pieces.staff_moving.number];
            [standing, moving, pieces.for_leaders.number, pane[0], pane[1]]
        } else {
            [standing, moving, pieces.for_members.number, 0, 0]
        }
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
                parts.extend([
                    &b"\"kind\":\"room\","[..],
                    &pieces.standing.text,
                    b",",
                    &pieces.moving.text,
                    b",",
                ]);
                if let Audience::Leaders(_) = audience {
                    parts.extend([
                        &pieces.for_leaders.text[..],
                        b",\"staff\":{",
                        &pieces.staff_standing.text,
                        b",",
                    ]);
                    parts.extend([&pieces.staff_moving.text[..], b"}"]);
                } else {
                    parts.extend([&pieces.for_members.text[..], b",\"staff\":null"]);
                }
            }
            (_, Some(piece)) => parts.push(&piece.text),
            (None, None) => {}
        }
        parts.push(b"},\"me\":");
        parts.concat()
    }
}

impl Pieces {
    fn renew(&mut self, count: &mut u64, room: &Room, id: CircleId, circle: &Circle, leads: bool) {
        let step_over = view::step_over(room);
        if self.step_over != step_over {
            self.step_over = step_over;
            self.standing.holds = false;
        }
        self.standing.renew(count, || view::standing(room, circle));
        let next = room.state().next_up(id).map(|next| next.participant);
        self.moving.renew(count, || view::moving(room, id, circle));
        let facing = if leads {
            &mut self.for_leaders
        } else {
            &mut self.for_members
        };
        facing.renew(count, || view::facing(room, id, circle, next, leads));
        if leads {
            self.staff_standing
                .renew(count, || view::staff_standing(room, id, circle));
            self.staff_moving.renew(count, || view::staff_moving(room, id, circle));
        }
    }
}

impl Default for Memo {
    fn default() -> Self {
        Self::by(reach::moves)
    }
}
