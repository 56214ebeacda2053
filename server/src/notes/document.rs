//! One shared note: a Yjs document that believes nobody.
//!
//! `update`, `ground` and `plan` decide what may reach the engine. A participant's update is read, laid out and
//! either refused as a whole, the document untouched, or taken; what goes to the others and to the disk is always the
//! engine's own encoding, never a participant's bytes (invariant 10).
//!
//! A client id (the name a page gives its copy of the document) belongs to one participant for ever: that is how we know
//! who wrote what, and how a person can take back all of it.
//!
//! No clock, no randomness, no waiting. Who may open or write is [`super::rights`]; when to store is [`super::task`].

use std::collections::HashMap;
use std::fmt;

use bytes::Bytes;
use protocol::ParticipantId;

use super::NoteFault;
use super::engine::Replica;
use super::ground::Ground;
use super::limits::{
    MAX_CLIENTS, MAX_CLIENTS_PER_SITTING, MAX_DELETIONS_PER_UPDATE, MAX_PIECES, MAX_TEXT_BYTES, MAX_TRIAL_PIECES,
    MAX_UPDATE_BYTES,
};
use super::plan::Plan;
use super::update::{Content, Deletion, Piece, Reading, Whose, check_state_vector, write_deletions};

/// One shared note in memory.
pub struct Document {
    replica: Replica,
    ground: Ground,
    authors: HashMap<u64, Author>,
    /// How many client ids each participant brought since the document was opened.
    brought: HashMap<ParticipantId, usize>,
    /// Live text in UTF-8 bytes; never less than there is.
    text_bytes: usize,
    /// The whole state, encoded once for everybody who opens the note.
    everything: Option<Bytes>,
    /// The engine stumbled: what is in memory is not to be believed.
    broken: bool,
}

#[derive(Debug, Clone, Copy)]
struct Author {
    participant: ParticipantId,
    /// Something this client wrote is in the document.
    wrote: bool,
}

/// What an update did.
#[derive(Clone, PartialEq, Eq)]
pub struct Applied {
    /// The engine's own encoding of the change: to store, and to send to the others. Empty if nothing was new.
    pub update: Bytes,
    /// Client ids that wrote here for the first time, with whom they belong to: to store with the update.
    pub new_clients: Vec<(u64, ParticipantId)>,
}

impl fmt::Debug for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Applied")
            .field("bytes", &self.update.len())
            .field("new_clients", &self.new_clients)
            .finish()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("pieces", &self.ground.pieces())
            .field("text", &"[private]")
            .finish()
    }
}

impl Document {
    /// Opens a note from what was stored: the folded state, the updates after it, and whose client ids these are.
    pub fn open<'a>(
        folded: Option<&'a [u8]>,
        updates: impl Iterator<Item = &'a [u8]>,
        authors: impl IntoIterator<Item = (u64, ParticipantId)>,
    ) -> Result<Self, NoteFault> {
        let mut replica = Replica::new();
        for stored in folded.into_iter().chain(updates) {
            // Read first: the engine may be handed only what is well-formed.
            Reading::read(stored, Whose::Ours)?;
            replica.take(stored).ok_or(NoteFault::Broken)?;
        }
        let author = |(client, participant)| {
            (
                client,
                Author {
                    participant,
                    wrote: true,
                },
            )
        };
        let mut document = Self {
            replica,
            ground: Ground::default(),
            authors: authors.into_iter().map(author).collect(),
            brought: HashMap::new(),
            text_bytes: 0,
            everything: None,
            broken: false,
        };
        document.survey()?;
        Ok(document)
    }

    /// A client id speaks for this participant from now on. No other participant can ever use it in this note.
    pub fn bind(&mut self, client: u64, participant: ParticipantId) -> Result<(), NoteFault> {
        match self.authors.get(&client) {
            Some(author) if author.participant == participant => return Ok(()),
            Some(_) => return Err(NoteFault::Taken),
            // Known text of an unknown author: nobody may claim it.
            None if self.ground.knows(client) => return Err(NoteFault::Taken),
            None => {}
        }
        // What JavaScript and the wire's 32 bits can both say; 0 is our own.
        if client == 0 || client > u64::from(u32::MAX) {
            return Err(NoteFault::Taken);
        }
        let brought = self.brought.entry(participant).or_default();
        if *brought >= MAX_CLIENTS_PER_SITTING || self.authors.len() >= MAX_CLIENTS {
            return Err(NoteFault::TooManyClients);
        }
        *brought += 1;
        self.authors.insert(
            client,
            Author {
                participant,
                wrote: false,
            },
        );
        Ok(())
    }

    /// The client is gone. If it never wrote, its id is free again and does not count.
    pub fn release(&mut self, client: u64) {
        if let Some(author) = self.authors.get(&client).copied()
            && !author.wrote
        {
            self.authors.remove(&client);
            if let Some(brought) = self.brought.get_mut(&author.participant) {
                *brought = brought.saturating_sub(1);
            }
        }
    }

    /// What a client with this state vector lacks. Empty means that it has nothing; "everything" is encoded once.
    pub fn state_for(&mut self, state_vector: &[u8]) -> Result<Bytes, NoteFault> {
        self.sound()?;
        if state_vector.is_empty() || state_vector == [0] {
            return Ok(self.everything());
        }
        check_state_vector(state_vector)?;
        self.replica.state_since(state_vector).ok_or(NoteFault::Unreadable)
    }

    /// Gives the memory back that the whole state takes, encoded.
    pub fn drop_encoding(&mut self) {
        self.everything = None;
    }

    /// Takes a participant's update, or refuses it and leaves the document as it was. `client` is the id bound to the
    /// connection it came over.
    pub fn apply(&mut self, author: ParticipantId, client: u64, bytes: &[u8]) -> Result<Applied, NoteFault> {
        self.sound()?;
        if bytes.len() > MAX_UPDATE_BYTES {
            return Err(NoteFault::TooLarge);
        }
        let is_theirs = |client| {
            self.authors
                .get(&client)
                .is_some_and(|known| known.participant == author)
        };
        let reading = Reading::read(bytes, Whose::Participants)?;
        if !is_theirs(client) || !reading.sections.iter().all(|section| is_theirs(section.client)) {
            return Err(NoteFault::Foreign);
        }
        let mut plan = Plan::of(&self.ground, &reading)?;
        if plan.is_known() {
            return Ok(Applied {
                update: Bytes::new(),
                new_clients: Vec::new(),
            });
        }
        if plan.units > 0 && self.is_full_with(&plan) {
            // The counts only ever overestimate: count anew before saying no.
            self.survey()?;
            plan = Plan::of(&self.ground, &reading)?;
            if self.is_full_with(&plan) {
                return Err(NoteFault::Full);
            }
        }
        let may_try = self.ground.pieces() <= MAX_TRIAL_PIECES;
        if plan.doubtful && may_try && !self.stays_the_same_for_all(bytes) {
            return Err(NoteFault::Forbidden);
        }
        let update = self.change(bytes, plan)?;
        let mut new_clients = Vec::new();
        for section in &reading.sections {
            if let Some(known) = self.authors.get_mut(&section.client)
                && !known.wrote
            {
                known.wrote = true;
                new_clients.push((section.client, known.participant));
            }
        }
        Ok(Applied { update, new_clients })
    }

    /// Deletes everything that this participant wrote, and nothing that others wrote into it. The updates to store and send;
    /// none if there was nothing. The text is gone from [`Document::fold`] at once, and from the disk after it.
    pub fn take_back(&mut self, participant: ParticipantId) -> Result<Vec<Bytes>, NoteFault> {
        self.sound()?;
        let state = self.everything();
        let reading = Reading::read(&state, Whose::Ours)?;
        let is_theirs = |client| {
            self.authors
                .get(&client)
                .is_some_and(|author| author.participant == participant)
        };
        let mut texts = Vec::new();
        for section in reading.sections.iter().filter(|section| is_theirs(section.client)) {
            let client = section.client;
            let is_text = |piece: &&Piece| {
                piece
                    .item
                    .is_some_and(|item| matches!(item.content, Content::Text { .. }))
            };
            let range = |piece: &Piece| Deletion {
                client,
                start: piece.clock,
                end: piece.clock + piece.len,
            };
            texts.extend(section.pieces.iter().filter(is_text).map(range));
        }
        let updates: Vec<_> = texts.chunks(MAX_DELETIONS_PER_UPDATE).map(write_deletions).collect();
        updates
            .iter()
            .map(|bytes| self.change(bytes, Plan::default()))
            .collect()
    }

    /// The whole note in one update: no history, no deleted text.
    pub fn fold(&mut self) -> Result<Bytes, NoteFault> {
        self.survey()?;
        Ok(self.everything())
    }

    /// The note as plain text: one line per paragraph. For the record and for searching in memory.
    pub fn text(&self) -> String {
        self.replica.text()
    }

    fn sound(&self) -> Result<(), NoteFault> {
        if self.broken { Err(NoteFault::Broken) } else { Ok(()) }
    }

    fn everything(&mut self) -> Bytes {
        self.everything.get_or_insert_with(|| self.replica.state()).clone()
    }

    /// Measures the document anew from its own encoding.
    fn survey(&mut self) -> Result<(), NoteFault> {
        self.sound()?;
        let state = self.everything();
        let reading = Reading::read(&state, Whose::Ours).map_err(|_| NoteFault::Broken)?;
        self.ground = Ground::survey(&reading).map_err(|_| NoteFault::Broken)?;
        self.text_bytes = reading.text_bytes();
        Ok(())
    }

    fn is_full_with(&self, plan: &Plan) -> bool {
        self.text_bytes + plan.text_bytes > MAX_TEXT_BYTES || self.ground.pieces() + plan.pieces > MAX_PIECES
    }

    /// Tries a doubtful update on a copy: somebody who comes later and reads the whole must read the same as somebody who
    /// followed along.
    fn stays_the_same_for_all(&mut self, bytes: &[u8]) -> bool {
        let Some(followed) = Replica::of(&[&self.everything(), bytes]) else {
            return false;
        };
        let Some(late) = Replica::of(&[&followed.state()]) else {
            return false;
        };
        followed.reads() == late.reads()
    }

    /// The only way in. Everything was checked before; should the engine stumble all the same, the document is not to be
    /// believed any more and must be opened again from the disk.
    fn change(&mut self, bytes: &[u8], plan: Plan) -> Result<Bytes, NoteFault> {
        self.everything = None;
        let Some(change) = self.replica.take(bytes) else {
            self.broken = true;
            return Err(NoteFault::Broken);
        };
        self.text_bytes += plan.text_bytes;
        self.ground.settle(plan);
        for deletion in &change.deletions {
            self.ground.note_deleted(deletion);
        }
        Ok(change.update)
    }
}
