//! One line over a bus that may lose, double and reorder anything: both of its ends, pure.
//!
//! * What goes up (letters) and what comes down in order (answers, notes) is numbered from 1, each by itself. It is delivered in its order or not
//!   at all: a double is dropped by its number, a hole closes the line. Closing is cheap: the page comes back, and says again, under the same
//!   ids, what it has no answer to.
//! * A view is whole and replaces the one before. A newer one mends a lost one; when no newer one comes, the beat tells, and it is asked for again.
//! * Beats say how far the other end has got. They are lost, too; each is only believed if it is newer than the last.
//!
//! The simulation (`simulation/line.rs`) runs many lines over such a bus, and is shown to fail when a rule here is broken.

use std::collections::BTreeMap;

use super::limits::{UNKNOWN_BEATS, WINDOW};

/// Takes numbered things and gives them in their order, each once.
#[derive(Debug)]
pub struct InOrder<T> {
    next: u64,
    early: BTreeMap<u64, T>,
}

/// A thing came so far ahead that one before it must be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole;

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self {
            next: 1,
            early: BTreeMap::new(),
        }
    }
}

impl<T> InOrder<T> {
    /// What can be given now that this one has come.
    pub fn takes(&mut self, number: u64, thing: T) -> Result<Vec<T>, Hole> {
        if number >= self.next + WINDOW {
            return Err(Hole);
        }
        if number < self.next {
            return Ok(Vec::new()); // a double
        }
        self.early.entry(number).or_insert(thing);
        let mut ready = Vec::new();
        while let Some(thing) = self.early.remove(&self.next) {
            ready.push(thing);
            self.next += 1;
        }
        Ok(ready)
    }

    /// The last one of those that came without a hole.
    pub const fn got(&self) -> u64 {
        self.next - 1
    }
}

/// Notices what is lost: what the other end had sent at one beat and has not come by the next.
#[derive(Debug, Default)]
pub struct Owed(u64);

impl Owed {
    /// At a beat that says how much was sent. Whether something is lost.
    pub fn misses(&mut self, got: u64, sent: u64) -> bool {
        let lost = got < self.0;
        self.0 = self.0.max(sent);
        lost
    }
}

/// Lets through each beat once, and none that is older than one that came.
#[derive(Debug, Default)]
pub struct Newest(u64);

impl Newest {
    pub fn is(&mut self, number: u64) -> bool {
        let newer = number > self.0;
        self.0 = self.0.max(number);
        newer
    }
}

/// How far an owner has come with a line, as its answer to a beat says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Frames of the ordered lane.
    pub ordered: u64,
    /// Views.
    pub views: u64,
}

/// What comes down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Down<F, V, C> {
    Frame {
        number: u64,
        frame: F,
    },
    View {
        number: u64,
        view: V,
    },
    /// The owner closes the line, once it has been sent this much.
    Close {
        after: Sent,
        closing: C,
    },
}

/// What a relay does for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does<F, V, C> {
    Says(F),
    Shows(V),
    /// The owner closed the line.
    Closes(C),
    /// Something is lost: the page is to come back.
    GivesUp,
    /// The newest view is lost: the owner is to show it again.
    AsksAgain,
}

/// The relay's end of a line.
#[derive(Debug)]
pub struct RelayEnd<F, C> {
    said: u64,
    ordered: InOrder<F>,
    view: u64,
    closing: Option<(Sent, C)>,
    owed_ordered: Owed,
    owed_views: Owed,
    heard: bool,
    /// Beats that were answered by an owner who does not know the line.
    unknown: u32,
}

impl<F, C> Default for RelayEnd<F, C> {
    fn default() -> Self {
        Self {
            said: 0,
            ordered: InOrder::default(),
            view: 0,
            closing: None,
            owed_ordered: Owed::default(),
            owed_views: Owed::default(),
            heard: false,
            unknown: 0,
        }
    }
}

impl<F, C: Clone> RelayEnd<F, C> {
    /// The number of the next letter up.
    pub fn says(&mut self) -> u64 {
        self.said += 1;
        self.said
    }

    /// How many letters went up.
    pub const fn said(&self) -> u64 {
        self.said
    }

    /// Whether anything ever came down: until then the owner may not know the line.
    pub const fn is_known(&self) -> bool {
        self.heard
    }

    pub fn hears<V>(&mut self, down: Down<F, V, C>) -> Vec<Does<F, V, C>> {
        self.heard = true;
        let mut does = Vec::new();
        match down {
            Down::Frame { number, frame } => match self.ordered.takes(number, frame) {
                Ok(ready) => does.extend(ready.into_iter().map(Does::Says)),
                Err(Hole) => does.push(Does::GivesUp),
            },
            Down::View { number, view } if number > self.view => {
                self.view = number;
                does.push(Does::Shows(view));
            }
            Down::View { .. } => {}
            Down::Close { after, closing } => self.closing = Some((after, closing)),
        }
        if let Some((after, closing)) = &self.closing
            && self.ordered.got() >= after.ordered
            && self.view >= after.views
        {
            does.push(Does::Closes(closing.clone()));
        }
        does
    }

    /// What an owner's answer to a beat means for this line; nothing stands there if the owner does not have it (any more).
    pub fn judges<V>(&mut self, sent: Option<Sent>) -> Option<Does<F, V, C>> {
        let Some(sent) = sent else {
            let ended = self.closing.take().map(|(_, closing)| Does::Closes(closing));
            self.unknown += 1;
            // It may have been opened and closed again without a word that arrived; then no hello opens it any more.
            return (self.heard || self.unknown > UNKNOWN_BEATS).then(|| ended.unwrap_or(Does::GivesUp));
        };
        self.heard = true;
        if self.owed_ordered.misses(self.ordered.got(), sent.ordered) {
            return Some(Does::GivesUp);
        }
        let lost = self.owed_views.misses(self.view, sent.views);
        lost.then_some(Does::AsksAgain)
    }
}

/// The owner's end of a line.
#[derive(Debug)]
pub struct OwnerEnd<L, V> {
    up: InOrder<L>,
    owed: Owed,
    sent: Sent,
    view: Option<V>,
}

impl<L, V> Default for OwnerEnd<L, V> {
    fn default() -> Self {
        Self {
            up: InOrder::default(),
            owed: Owed::default(),
            sent: Sent::default(),
            view: None,
        }
    }
}

impl<L, V: Clone> OwnerEnd<L, V> {
    /// Letters for the room, in their order.
    pub fn hears(&mut self, number: u64, letter: L) -> Result<Vec<L>, Hole> {
        self.up.takes(number, letter)
    }

    /// A relay's beat says how many letters it sent. Whether the line must be closed, since one is lost.
    pub fn misses(&mut self, said: u64) -> bool {
        self.owed.misses(self.up.got(), said)
    }

    /// The number of the next frame.
    pub fn says(&mut self) -> u64 {
        self.sent.ordered += 1;
        self.sent.ordered
    }

    /// The number of a view.
    pub fn shows(&mut self, view: V) -> u64 {
        self.view = Some(view);
        self.sent.views += 1;
        self.sent.views
    }

    /// The newest view, once more, under a number of its own.
    pub fn shows_again(&mut self) -> Option<(u64, V)> {
        let view = self.view.clone()?;
        Some((self.shows(view.clone()), view))
    }

    pub const fn sent(&self) -> Sent {
        self.sent
    }
}
