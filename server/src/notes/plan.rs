//! Laying an update out on the ground: does each piece have a place, and what will it cost?
//!
//! Nothing is changed by it. A plan that was made is carried out by the engine and then settled ([`Ground::settle`]); a
//! refusal names the first thing that does not fit.
//!
//! **Cost.** The engine finds a piece's spot by walking from its left neighbour to its right one. Where the two stand side
//! by side there is nothing to walk past but strays; where they do not, there may be the whole list. Cutting a long text in
//! two copies it. All of that is added up before, in steps, and an update above [`MAX_STEPS`] is refused.

use std::collections::{HashMap, VecDeque};

use super::NoteFault;
use super::ground::{CONTENT, Crowd, Ground, Kind, Lane, Next, Node, Place, Run, Spot, TEXT};
use super::limits::{MAX_CLOCK, MAX_DEPTH, MAX_STEPS};
use super::update::{Content, Deletion, Id, Item, Parent, Piece, Reading, Root, Section};

/// What an update will add to the ground.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) lanes: HashMap<u64, Lane>,
    pub(super) nodes: Vec<Node>,
    pub(super) node_at: HashMap<Id, u32>,
    pub(super) next: HashMap<Spot, Next>,
    pub(super) crowds: HashMap<u32, Crowd>,
    /// Ids that are new.
    pub(super) units: u32,
    /// Pieces that may come of them; never fewer than there will be.
    pub(super) pieces: usize,
    /// New text, in UTF-8 bytes.
    pub(super) text_bytes: usize,
    /// Whether it deletes something that is not deleted yet.
    pub(super) deletes: bool,
    /// Some piece claims to lie between two others that do not stand side by side as far as is known here. Honest pages cause
    /// this where several people write in one spot; a page that lies could make each replica put the piece somewhere else.
    pub(super) doubtful: bool,
}

impl Plan {
    /// Lays a participant's update out.
    pub(super) fn of(ground: &Ground, update: &Reading) -> Result<Self, NoteFault> {
        Layer::new(ground, Trust::Nobody).lay_all(update)
    }

    /// Lays our own state out.
    pub(super) fn of_ours(ground: &Ground, state: &Reading) -> Result<Self, NoteFault> {
        Layer::new(ground, Trust::Ours).lay_all(state)
    }

    /// Whether the update brings nothing that is not known.
    pub(super) fn is_known(&self) -> bool {
        self.units == 0 && !self.deletes
    }
}

/// Whose encoding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// The engine wrote it from a document that was checked piece by piece.
    Ours,
    Nobody,
}

/// What comes of one piece.
enum Laid {
    Down,
    /// It must wait until this client's pieces in the same update are laid.
    After(u64),
}

/// The ground with a plan on top.
struct Layer<'a> {
    ground: &'a Ground,
    plan: Plan,
    trust: Trust,
    steps: u64,
    /// Pieces of this update that joined the one before, so far.
    joined: u64,
}

impl<'a> Layer<'a> {
    fn new(ground: &'a Ground, trust: Trust) -> Self {
        Self {
            ground,
            plan: Plan::default(),
            trust,
            steps: 0,
            joined: 0,
        }
    }

    /// Several clients' pieces may need each other, in any order that has no circle.
    fn lay_all(mut self, update: &Reading) -> Result<Plan, NoteFault> {
        let mut laid = vec![0_usize; update.sections.len()];
        let mut ready: VecDeque<usize> = (0..update.sections.len()).collect();
        let mut waiting: HashMap<u64, Vec<usize>> = HashMap::new();
        while let Some(turn) = ready.pop_front() {
            let section = &update.sections[turn];
            let before = laid[turn];
            for piece in &section.pieces[before..] {
                if let Laid::After(client) = self.lay(section, piece, update)? {
                    waiting.entry(client).or_default().push(turn);
                    break;
                }
                self.within_budget()?;
                laid[turn] += 1;
            }
            if laid[turn] > before
                && let Some(woken) = waiting.remove(&section.client)
            {
                ready.extend(woken);
            }
        }
        if laid
            .iter()
            .zip(&update.sections)
            .any(|(laid, section)| *laid < section.pieces.len())
        {
            return Err(NoteFault::Gap);
        }
        for deletion in &update.deletions {
            self.lay_deletion(deletion)?;
            self.within_budget()?;
        }
        Ok(self.plan)
    }

    fn within_budget(&self) -> Result<(), NoteFault> {
        if self.trust == Trust::Nobody && self.steps > MAX_STEPS {
            Err(NoteFault::TooCostly)
        } else {
            Ok(())
        }
    }

    fn lay_deletion(&mut self, deletion: &Deletion) -> Result<(), NoteFault> {
        let Deletion { client, start, end } = *deletion;
        if end > self.clock(client) {
            return Err(NoteFault::Gap);
        }
        if self
            .ground
            .lanes
            .get(&client)
            .is_some_and(|lane| lane.has_deleted(start, end))
        {
            return Ok(());
        }
        for clock in [start, end] {
            if self.trust == Trust::Nobody && self.is_half(Id { client, clock }) {
                return Err(NoteFault::Forbidden);
            }
        }
        self.plan.deletes = true;
        self.steps += self.cost_of_cut(Id { client, clock: start }) + self.cost_of_cut(Id { client, clock: end - 1 });
        Ok(())
    }

    fn lay(&mut self, section: &Section, piece: &Piece, update: &Reading) -> Result<Laid, NoteFault> {
        let client = section.client;
        let start = self.clock(client);
        let end = piece.clock + piece.len;
        if end <= start {
            // It was there before.
            return Ok(Laid::Down);
        }
        if piece.clock > start {
            return Err(NoteFault::Gap);
        }
        if end > MAX_CLOCK {
            return Err(NoteFault::Full);
        }
        self.steps += 1;
        let Some(item) = &piece.item else {
            let run = Run {
                start,
                end,
                place: Place::Gone,
                origin: None,
                right: None,
                dead: true,
            };
            self.put(client, run, piece, update)?;
            return Ok(Laid::Down);
        };
        let parent = match item.parent {
            Some(Parent::Node(id)) => Some(id),
            _ => None,
        };
        // Everything it leans on must be there.
        for needed in [item.origin, item.right_origin, parent].into_iter().flatten() {
            if needed.clock >= self.clock(needed.client) {
                return Ok(Laid::After(needed.client));
            }
        }
        // Where its first part is known already, the rest follows that.
        let follows = (piece.clock < start).then(|| Id {
            client,
            clock: start - 1,
        });
        let place = self.place(item, follows)?;
        if self.trust == Trust::Nobody {
            self.check_content(place, item)?;
            let behind = item.origin.map(|id| Id {
                clock: id.clock + 1,
                ..id
            });
            if [behind, item.right_origin]
                .into_iter()
                .flatten()
                .any(|id| self.is_half(id))
            {
                return Err(NoteFault::Forbidden);
            }
        }
        let dead = item.content == Content::Deleted;
        let run = Run {
            start,
            end,
            place,
            origin: follows.or(item.origin),
            right: item.right_origin,
            dead,
        };
        self.stand(client, &run);
        self.put(client, run, piece, update)?;
        Ok(Laid::Down)
    }

    /// From 0 to here everything of this client is known or laid.
    fn clock(&self, client: u64) -> u32 {
        let lane = self.plan.lanes.get(&client).or_else(|| self.ground.lanes.get(&client));
        lane.map_or(0, |lane| lane.next)
    }

    fn run_at(&self, id: Id) -> Option<Run> {
        let known = self.ground.lanes.get(&id.client).and_then(|lane| lane.run_at(id.clock));
        known
            .or_else(|| self.plan.lanes.get(&id.client)?.run_at(id.clock))
            .copied()
    }

    fn node(&self, node: u32) -> Node {
        let node = node as usize;
        self.ground
            .nodes
            .get(node)
            .copied()
            .unwrap_or_else(|| self.plan.nodes[node - self.ground.nodes.len()])
    }

    /// Its neighbours and its parent must all name the same place. In our own state a neighbour may be gone since.
    fn place(&self, item: &Item, follows: Option<Id>) -> Result<Place, NoteFault> {
        let mut found: Option<Place> = None;
        let mut agree = |place: Place| match found {
            Some(other) if other == place => Ok(()),
            Some(other) if self.trust == Trust::Ours => {
                found = Some(if other == Place::Gone { place } else { other });
                Ok(())
            }
            Some(_) => Err(NoteFault::Forbidden),
            None => {
                found = Some(place);
                Ok(())
            }
        };
        for neighbour in [item.origin, item.right_origin, follows].into_iter().flatten() {
            agree(self.run_at(neighbour).ok_or(NoteFault::Gap)?.place)?;
        }
        if let Some(parent) = item.parent {
            let node = match parent {
                Parent::Root(Root::Content) => Some(CONTENT),
                Parent::Root(Root::Text) => Some(TEXT),
                Parent::Node(id) => self.node_of(id)?,
            };
            agree(match (node, item.attribute) {
                (None, _) => Place::Gone,
                (Some(node), None) => Place::List(node),
                (Some(node), Some(attribute)) => Place::Attribute(node, attribute),
            })?;
        }
        found.ok_or(NoteFault::Unreadable)
    }

    /// The node that this id made; nothing if it is gone.
    fn node_of(&self, id: Id) -> Result<Option<u32>, NoteFault> {
        match self.ground.node_at.get(&id).or_else(|| self.plan.node_at.get(&id)) {
            Some(node) => Ok(Some(*node)),
            None if self.trust == Trust::Ours => Ok(None),
            None => match self.run_at(id) {
                Some(run) if run.dead || run.place == Place::Gone => Ok(None),
                // A character or an attribute holds nothing.
                _ => Err(NoteFault::Forbidden),
            },
        }
    }

    fn check_content(&self, place: Place, item: &Item) -> Result<(), NoteFault> {
        use Content::{Deleted, Element, Mark, Text, TextNode, Value};
        let fits = match place {
            Place::Gone => true,
            Place::Attribute(node, _) => {
                self.node(node).kind == Kind::Element && matches!(item.content, Value | Deleted)
            }
            Place::List(node) => {
                let node = self.node(node);
                if matches!(item.content, Element | TextNode) && node.depth >= MAX_DEPTH {
                    return Err(NoteFault::TooDeep);
                }
                match node.kind {
                    Kind::Content => matches!(item.content, Element | Deleted),
                    Kind::Element => matches!(item.content, Element | TextNode | Deleted),
                    Kind::Text => matches!(item.content, Text { .. } | Mark | Deleted),
                }
            }
        };
        if fits { Ok(()) } else { Err(NoteFault::Forbidden) }
    }

    /// Whether a cut in front of this id would go through the middle of a character.
    fn is_half(&self, id: Id) -> bool {
        let lanes = [self.ground.lanes.get(&id.client), self.plan.lanes.get(&id.client)];
        lanes
            .into_iter()
            .flatten()
            .any(|lane| lane.halves.binary_search(&id.clock).is_ok())
    }

    /// Puts a run between its neighbours, and counts what finding the spot costs.
    fn stand(&mut self, client: u64, run: &Run) {
        let Some(node) = run.place.node() else { return };
        let spot = run.origin.map_or(Spot::Start(run.place), Spot::Behind);
        let written = self
            .plan
            .next
            .get(&spot)
            .or_else(|| self.ground.next.get(&spot))
            .copied();
        let next = written.unwrap_or_else(|| match run.origin.and_then(|left| Some((left, self.run_at(left)?))) {
            // Nothing was put in between so far.
            Some((left, left_run)) if left.clock + 1 < left_run.end => Next::Is(Some(Id {
                clock: left.clock + 1,
                ..left
            })),
            Some((_, left_run)) => Next::Is(left_run.right),
            None => Next::Is(None),
        });
        let mut crowd = self
            .ground
            .nodes
            .get(node as usize)
            .map_or(Crowd::default(), |node| node.crowd);
        crowd.add(self.plan.crowds.get(&node).copied().unwrap_or_default());
        let first = Id {
            client,
            clock: run.start,
        };
        if next == Next::Is(run.right) {
            self.steps += u64::from(crowd.strays);
            // Going on behind one's own last character needs no entry: the runs say it.
            let goes_on = run
                .origin
                .is_some_and(|left| left.client == client && left.clock + 1 == run.start);
            if written.is_some() || !goes_on {
                self.plan.next.insert(spot, Next::Is(Some(first)));
            }
        } else {
            self.steps += u64::from(crowd.pieces);
            self.plan.next.insert(spot, Next::Unsure);
            self.plan
                .crowds
                .entry(node)
                .or_default()
                .add(Crowd { pieces: 0, strays: 1 });
            self.plan.doubtful = true;
        }
        let cuts = [run.origin, run.right].into_iter().flatten();
        self.steps += cuts.map(|id| self.cost_of_cut(id)).sum::<u64>();
    }

    /// What it may cost to cut a piece in two here: its text is copied, and the client's list moves up.
    fn cost_of_cut(&self, id: Id) -> u64 {
        let run = self.run_at(id).map_or(0, |run| run.end - run.start);
        let pieces = self.ground.lanes.get(&id.client).map_or(0, |lane| lane.pieces);
        1 + u64::from(run / 1_024) + u64::from(pieces / 256)
    }

    fn put(&mut self, client: u64, run: Run, piece: &Piece, update: &Reading) -> Result<(), NoteFault> {
        let joins = self.joins(client, &run, piece);
        // Joining many is quadratic: each joins all that are joined already.
        self.joined = if joins { self.joined + 1 } else { 0 };
        self.steps += self.joined / 128;
        // A piece that does not join its predecessor may also cut the one it is put into.
        let pieces = if joins { 0 } else { 2 };
        let next = self.clock(client);
        let plan = &mut self.plan;
        let lane = plan.lanes.entry(client).or_insert_with(|| Lane::from(next));
        if let Some(halves) = update.halves.get(&client) {
            let from = halves.partition_point(|half| *half < run.start);
            let halves = halves[from..].iter().take_while(|half| **half < run.end);
            // Its first part is known already and ends within a character.
            if halves.clone().next() == Some(&run.start) {
                return Err(NoteFault::Forbidden);
            }
            lane.halves.extend(halves);
        }
        lane.push(client, run);
        lane.last_right = piece.item.map(|item| item.right_origin);
        lane.pieces = lane.pieces.saturating_add(pieces);
        plan.pieces += pieces as usize;
        plan.units += run.end - run.start;
        let (Some(node), Some(item)) = (run.place.node(), &piece.item) else {
            return Ok(());
        };
        plan.crowds.entry(node).or_default().add(Crowd { pieces, strays: 0 });
        let kind = match item.content {
            Content::Element => Kind::Element,
            Content::TextNode => Kind::Text,
            Content::Text { bytes } => {
                plan.text_bytes += bytes;
                return Ok(());
            }
            Content::Deleted | Content::Mark | Content::Value => return Ok(()),
        };
        let depth = self.node(node).depth + 1;
        let number = (self.ground.nodes.len() + self.plan.nodes.len()) as u32;
        self.plan.nodes.push(Node {
            kind,
            depth,
            crowd: Crowd::default(),
        });
        self.plan.node_at.insert(
            Id {
                client,
                clock: piece.clock,
            },
            number,
        );
        Ok(())
    }

    /// Whether the engine will make one piece of this and what the same client wrote before: somebody goes on typing.
    fn joins(&self, client: u64, run: &Run, piece: &Piece) -> bool {
        let Some(before) = run.start.checked_sub(1).map(|clock| Id { client, clock }) else {
            return false;
        };
        let lane = self.plan.lanes.get(&client).or_else(|| self.ground.lanes.get(&client));
        let last_right = lane.and_then(|lane| lane.last_right);
        piece.item.is_some_and(|item| {
            matches!(item.content, Content::Text { .. })
                && item.origin == Some(before)
                && last_right == Some(item.right_origin)
                && self
                    .run_at(before)
                    .is_some_and(|last| last.place == run.place && !last.dead)
        })
    }
}
