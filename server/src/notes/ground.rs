//! Where everything in a document lies: which list each id belongs to, how deep it is, what stands beside it and what is
//! deleted.
//!
//! The engine keeps the same knowledge but does not show it, and asked to insert something that does not fit it stores the
//! rest for later or links two lists into each other. So each update is laid out here first ([`super::plan`]), against
//! what is known, and refused as a whole if one piece of it has no place; what passes needs nothing that is not there.
//! Text that one client typed into one paragraph is one entry, so this costs a small fraction of the document itself.
//!
//! One lie it cannot see: a page that keeps well inside our schema may claim not to have known its own earlier text, and
//! then a latecomer may find that page's characters in other spots than those who followed along, until the note is
//! loaded anew. Where others' text stands is not touched by it (tested with forged updates at random).
//!
//! Knows nothing of people, bytes or the engine.

use std::collections::HashMap;

use super::NoteFault;
use super::plan::Plan;
use super::update::{Attribute, Deletion, Id, Reading};

/// What a list may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The rich text's root: elements.
    Content,
    /// A block: elements and text nodes.
    Element,
    /// A run of text, in an element or the plain root: characters and marks.
    Text,
}

/// Something that holds a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) depth: u8,
    pub(super) crowd: Crowd,
}

/// What the engine may have to walk past in a list; never fewer than there are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crowd {
    pub(super) pieces: u32,
    /// Pieces of which it is not known where exactly they stand.
    pub(super) strays: u32,
}

impl Crowd {
    pub(super) fn add(&mut self, other: Crowd) {
        self.pieces = self.pieces.saturating_add(other.pieces);
        self.strays = self.strays.saturating_add(other.strays);
    }
}

/// Where an id lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    List(u32),
    Attribute(u32, Attribute),
    /// Under something deleted: the engine takes it and throws it away.
    Gone,
}

impl Place {
    /// The node whose list it is.
    pub(super) fn node(self) -> Option<u32> {
        match self {
            Self::List(node) | Self::Attribute(node, _) => Some(node),
            Self::Gone => None,
        }
    }
}

/// A place behind which something can be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Spot {
    Start(Place),
    Behind(Id),
}

/// What stands right behind a spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Is(Option<Id>),
    /// Several were put there by people who did not know of each other.
    Unsure,
}

/// Ids of one client, each put right behind the one before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) place: Place,
    /// The left neighbour of the first when it was put there, and the right neighbour of the last.
    pub(super) origin: Option<Id>,
    pub(super) right: Option<Id>,
    /// They came as tombstones: whatever once lay under them is gone as well.
    pub(super) dead: bool,
}

/// What one client made.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// From 0 to here everything is known.
    pub(super) next: u32,
    runs: Vec<Run>,
    pub(super) pieces: u32,
    /// The newest piece's right neighbour when it was written, where that is known.
    pub(super) last_right: Option<Option<Id>>,
    deleted: Ranges,
    /// See [`Reading::halves`].
    pub(super) halves: Vec<u32>,
}

impl Lane {
    /// What this client makes from here on.
    pub(super) fn from(next: u32) -> Self {
        Self {
            next,
            ..Self::default()
        }
    }

    pub(super) fn run_at(&self, clock: u32) -> Option<&Run> {
        let index = self.runs.partition_point(|run| run.end <= clock);
        self.runs.get(index).filter(|run| run.start <= clock)
    }

    pub(super) fn push(&mut self, client: u64, run: Run) {
        self.next = run.end;
        let follows = |last: &Run| {
            run.origin
                .is_some_and(|origin| origin.client == client && origin.clock + 1 == run.start)
                && (last.end, last.place, last.dead) == (run.start, run.place, run.dead)
        };
        match self.runs.last_mut() {
            Some(last) if follows(last) => (last.end, last.right) = (run.end, run.right),
            _ => self.runs.push(run),
        }
    }

    pub(super) fn has_deleted(&self, start: u32, end: u32) -> bool {
        self.deleted.covers(start, end)
    }
}

/// A sorted set of ranges.
#[derive(Debug, Default)]
struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    fn covers(&self, start: u32, end: u32) -> bool {
        let index = self.0.partition_point(|range| range.1 <= start);
        self.0
            .get(index)
            .is_some_and(|range| range.0 <= start && end <= range.1)
    }

    fn insert(&mut self, start: u32, end: u32) {
        let from = self.0.partition_point(|range| range.1 < start);
        let to = self.0.partition_point(|range| range.0 <= end);
        let widest = |all: (u32, u32), range: &(u32, u32)| (all.0.min(range.0), all.1.max(range.1));
        let merged = self.0[from..to].iter().fold((start, end), widest);
        self.0.splice(from..to, [merged]);
    }
}

/// The ground of one document.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) lanes: HashMap<u64, Lane>,
    pub(super) nodes: Vec<Node>,
    pub(super) node_at: HashMap<Id, u32>,
    /// Where it is not what the runs say.
    pub(super) next: HashMap<Spot, Next>,
    pieces: usize,
}

/// The roots' nodes.
pub(super) const CONTENT: u32 = 0;
pub(super) const TEXT: u32 = 1;

impl Default for Ground {
    fn default() -> Self {
        let root = |kind| Node {
            kind,
            depth: 0,
            crowd: Crowd::default(),
        };
        Self {
            lanes: HashMap::new(),
            nodes: vec![root(Kind::Content), root(Kind::Text)],
            node_at: HashMap::new(),
            next: HashMap::new(),
            pieces: 0,
        }
    }
}

impl Ground {
    /// The ground of a whole document, from our own encoding of it.
    pub(super) fn survey(state: &Reading) -> Result<Self, NoteFault> {
        let mut ground = Self::default();
        let plan = Plan::of_ours(&ground, state)?;
        ground.settle(plan);
        for deletion in &state.deletions {
            ground.note_deleted(deletion);
        }
        Ok(ground)
    }

    /// The plan came true.
    pub(super) fn settle(&mut self, plan: Plan) {
        self.pieces += plan.pieces;
        self.nodes.extend(plan.nodes);
        self.node_at.extend(plan.node_at);
        self.next.extend(plan.next);
        for (client, lane) in plan.lanes {
            let mine = self.lanes.entry(client).or_default();
            mine.pieces = mine.pieces.saturating_add(lane.pieces);
            mine.last_right = lane.last_right;
            mine.halves.extend(lane.halves);
            for run in lane.runs {
                mine.push(client, run);
            }
        }
        for (node, crowd) in plan.crowds {
            if let Some(node) = self.nodes.get_mut(node as usize) {
                node.crowd.add(crowd);
            }
        }
    }

    /// The engine deleted this range; it may have cut a piece at either end.
    pub(super) fn note_deleted(&mut self, deletion: &Deletion) {
        let Deletion { client, start, end } = *deletion;
        let Some(lane) = self.lanes.get_mut(&client) else {
            return;
        };
        lane.deleted.insert(start, end);
        lane.pieces = lane.pieces.saturating_add(2);
        self.pieces += 2;
        let first = lane.runs.partition_point(|run| run.end <= start);
        for run in lane.runs[first..].iter().take_while(|run| run.start < end) {
            if let Some(node) = run.place.node().and_then(|node| self.nodes.get_mut(node as usize)) {
                node.crowd.add(Crowd { pieces: 2, strays: 0 });
            }
        }
    }

    /// Pieces in the document; never fewer than there are.
    pub(super) fn pieces(&self) -> usize {
        self.pieces
    }

    /// Whether this client ever wrote here.
    pub(super) fn knows(&self, client: u64) -> bool {
        self.lanes.contains_key(&client)
    }
}
