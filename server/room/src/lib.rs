//! The heart: a room as a deterministic value.
//!
//! > **Decide; append; apply; show. Only then take the next input.**
//!
//! ```text
//! let outcome = room.decide(moment, &input)?;   // pure: changes nothing; a rule may say no
//! journal.append(&outcome.events).await?;       // the hub's business: durable before anything is shown
//! room.apply(&outcome.events);                  // total: refuses nothing
//! room.view(audience); room.mine(person);       // the only ways out
//! ```
//!
//! The room owns no clock, no socket, no database and no random source. Time and chance come in as a [`Moment`]. Its state is
//! plain data in ordered maps, so that a replay of the journal gives the same bytes.
//!
//! Where to look: [`floor`], [`queue`], [`round`], [`stick`], [`pair`], `bowl`, [`clock`] (turn-taking) · `speech` (who may speak), [`hearing`] (whose sound is carried) · [`roster`], `attendance` (who is in, who leads), [`described`] (pronouns), [`arrival`] (what is asked at the door), [`doorway`] (what is said there), [`lock`], [`check_in`] (a couple's) · `agenda`
//! (sessions and steps), [`plan`] (what became of them today), [`ready`] · [`aside`], [`breakout`] (circles beside the room's own) · [`alarm`] ("I am not OK") · `safety` (what is done then) · [`on_call`] (whom a circle calls) · [`precautions`] (what must be there before) · [`together`] (two at one
//! device) · [`back_channel`] · [`kept`] (what is left of a sitting) · [`erasure`] (what is left of a person) · [`agreed`] (agreements, a circle's roles), [`consents`] (what each member agrees to) · `time_out` · `prompts`, [`work`] (areas, private cards), `own_words` · [`policy`] (who may do what) · `timers` (when the room moves by itself) · [`reach`] (what is public) · `view`, `scene`, `names`, `offers` (what
//! people see), `memo` (what of it still holds) · [`invariants`] (what must hold in every state). `decide` and `apply` are only the two exhaustive matches.

pub mod agreed;
pub mod alarm;
pub mod arrival;
pub mod aside;
pub mod back_channel;
pub mod breakout;
pub mod check_in;
pub mod clock;
pub mod consents;
pub mod described;
pub mod doorway;
pub mod effect;
pub mod erasure;
pub mod event;
pub mod floor;
pub mod hearing;
pub mod input;
pub mod invariants;
pub mod kept;
pub mod lent;
pub mod limits;
pub mod lock;
pub mod on_call;
pub mod pair;
pub mod plan;
pub mod policy;
pub mod precautions;
pub mod queue;
pub mod reach;
pub mod read;
pub mod ready;
pub mod roster;
pub mod round;
pub mod sealed;
pub mod state;
pub mod stick;
pub mod together;
pub mod work;

mod agenda;
mod apply;
mod attendance;
mod bowl;
mod decide;
mod draft;
mod memo;
mod names;
mod offers;
mod own_words;
mod prompts;
mod safety;
mod scene;
mod speech;
mod time_out;
mod timers;
mod turns;
mod view;
mod voices;

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::pack::Pack;
use protocol::wire::{MyView, NoteRef, Refusal, RoomView, SignalKind};
use protocol::{ParticipantId, Private, Role, Timestamp};
use serde::de::IgnoredAny;

pub use effect::Effect;
pub use event::Event;
pub use input::{Arrival, Input, Moment};
pub use memo::{Screen, Table};
pub use precautions::{OnCall, Precautions};
pub use sealed::SealedText;
pub use state::State;
pub use view::{Audience, SignalScope};

/// What a room is told about itself when it is opened, and does not journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The group's title.
    pub title: Private<String>,
    /// The language of the pack's texts (BCP 47).
    pub language: String,
    /// The first session's day, where dates are planned.
    pub starts_on: Option<String>,
    /// The last session's day, where dates are planned.
    pub ends_on: Option<String>,
    /// The day of every session, where dates are planned.
    pub days: Vec<String>,
    /// Whom to call when nobody leads for long.
    pub contact: Option<String>,
    /// The part of its past that was destroyed.
    pub forgotten: kept::Forgotten,
    /// What the operator prepared for somebody who is not OK.
    pub precautions: Precautions,
}

/// A room.
#[derive(Debug, Clone)]
pub struct Room {
    pack: Arc<Pack>,
    place: Arc<Place>,
    state: State,
    memo: memo::Memo,
}

/// What a decision decided.
#[must_use = "an outcome that is not appended and applied was never decided"]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// To be made durable together, then applied. Empty only when time or a line brought nothing new.
    pub events: Vec<Event>,
    /// To be carried out once the events are durable.
    pub effects: Vec<Effect>,
    /// When the room moves next by itself, once these events are applied.
    pub next_deadline: Option<Timestamp>,
}

/// A room's state, written out, as of `state.seq` events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub state: State,
}

/// The version that [`Snapshot::write`] writes. A snapshot of another version is ignored and the journal is replayed.
pub const SNAPSHOT_VERSION: u16 = 8;

impl Snapshot {
    /// The snapshot's bytes; fails only if a personal text was not sealed, which is a bug.
    pub fn write(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&(SNAPSHOT_VERSION, &self.state))
    }
    /// Reads a snapshot; `None` when it is of another version or broken, and the journal must be replayed from its start.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // The version first, by itself: by way of a tree of values, all of the state's reading would be compiled a second time.
        let (version, _): (u16, IgnoredAny) = serde_json::from_slice(bytes).ok()?;
        let read = || serde_json::from_slice::<(u16, State)>(bytes).ok();
        (version == SNAPSHOT_VERSION)
            .then(read)
            .flatten()
            .map(|(_, state)| Self { state })
    }
}

impl Room {
    /// Opens a room by replay: the snapshot, if there is one, then the events behind it.
    pub fn open(pack: Arc<Pack>, place: Arc<Place>, snapshot: Option<Snapshot>, tail: &[Event]) -> Self {
        let state = snapshot.map_or_else(|| State::after(&place.forgotten), |snapshot| snapshot.state);
        let memo = memo::Memo::default();
        let mut room = Self {
            pack,
            place,
            state,
            memo,
        };
        room.apply(tail);
        room
    }

    /// Decides what an input leads to. Pure: the room does not change. A rule may refuse.
    pub fn decide(&self, moment: Moment, input: &Input) -> Result<Outcome, Refusal> {
        decide::decide(self, moment, input)
    }

    /// Applies decided events. Total: refuses nothing.
    pub fn apply(&mut self, events: &[Event]) {
        for event in events {
            self.memo.happens(&self.state, &event.what);
            self.state.apply(event);
        }
    }

    /// What an audience may see.
    pub fn view(&self, audience: Audience) -> RoomView {
        view::room_view(self, audience)
    }

    /// What only this person may see; `None` for a stranger.
    pub fn mine(&self, participant: ParticipantId) -> Option<MyView> {
        view::fresh(self, participant)
    }

    /// What this person sees just now, by its numbers: the same number, the same text. Works out what may have changed since it was asked
    /// last, and nothing else. `None` for a stranger.
    pub fn screen(&mut self, participant: ParticipantId) -> Option<Screen> {
        let mut memo = std::mem::take(&mut self.memo);
        let screen = memo.screen(self, participant);
        self.memo = memo;
        screen
    }

    /// A view message up to the part that is each person's own: [`Room::view`], written out.
    pub fn shared_text(&self, screen: &Screen) -> Vec<u8> {
        self.memo.shared_text(screen.audience, screen.seq)
    }

    /// The rest of the message, one part after the other: [`Room::mine`], written out.
    pub fn own_text(&self, participant: ParticipantId) -> [Arc<[u8]>; 2] {
        self.memo.own_text(participant)
    }

    /// Looks up in another table what an event can change; for tests of the test.
    #[must_use]
    pub fn moved_by(mut self, table: Table) -> Self {
        self.memo = memo::Memo::by(table);
        self
    }

    /// What the view of those who lead says about single people: for whoever keeps a record of who read it.
    pub fn read_by_leaders(&self) -> impl Iterator<Item = (ParticipantId, read::About)> + '_ {
        read::by_leaders(self)
    }

    /// Which audience somebody belongs to just now.
    pub fn audience_of(&self, participant: ParticipantId) -> Audience {
        view::audience_of(self, participant)
    }

    /// Whether this person's microphone may be heard. The microphone follows this and nothing else.
    pub fn may_speak(&self, participant: ParticipantId) -> Result<(), Refusal> {
        speech::may_speak(&self.state, participant).map_err(Refusal::from)
    }

    /// Whose sound and picture go to whom: one entry for every device in the room. Whoever is not in it neither hears nor is heard.
    pub fn hearing(&self) -> BTreeMap<ParticipantId, hearing::Hearing> {
        hearing::hearing(&self.state, &self.pack)
    }

    /// Who sees a passing sign, or why it is not passed on. Nothing is journaled.
    pub fn signal(&self, from: ParticipantId, kind: SignalKind) -> Result<SignalScope, Refusal> {
        view::signal_scope(self, from, kind)
    }

    /// The sitting that is over and of which nothing is to be kept; the owner destroys it and opens the room anew.
    pub fn leaves(&self) -> Option<protocol::wire::HeldSession> {
        kept::leaves(&self.state, &self.pack, &self.place.forgotten)
    }

    /// When to look whether somebody's place is to be forgotten, should nobody have opened the room by then; `None` where none is known.
    pub fn forgets_places_at(&self) -> Option<Timestamp> {
        arrival::looked_at(&self.state)
    }

    /// When the room moves next by itself.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.state.next_deadline(&self.pack)
    }

    /// The state, for snapshots and checks. What people see comes from [`Room::view`] and [`Room::mine`] alone.
    pub fn state(&self) -> &State {
        &self.state
    }
    /// The state's personal texts, for opening what a replay brought back and for shutting what was erased.
    pub fn sealed_fields_mut(&mut self) -> impl Iterator<Item = &mut SealedText> {
        self.memo.doubt();
        self.state.sealed_fields_mut()
    }
    /// The pack the room follows.
    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }
    /// The language of the pack's texts here.
    pub fn language(&self) -> &str {
        &self.place.language
    }
    /// What somebody is just now, if admitted: the acting deputy is a facilitator.
    pub fn admitted_role(&self, participant: ParticipantId) -> Option<Role> {
        let person = self.state.roster.get(participant)?;
        (person.admission == protocol::wire::Admission::Admitted)
            .then(|| self.state.roster.role_now(participant))
            .flatten()
    }
    /// Whether this person agreed to what they write being kept with everybody's, where the pack asks for it.
    pub fn may_write_notes(&self, participant: ParticipantId) -> bool {
        consents::allows(&self.state, &self.pack, participant, protocol::pack::Purpose::Notes)
    }
    /// Whether this person agreed to their record leaving the practice; `None` where the pack does not ask.
    pub fn disclosure(&self, participant: ParticipantId) -> Option<bool> {
        let purpose = protocol::pack::Purpose::Disclosure;
        self.pack.consent(purpose)?;
        Some(consents::allows(&self.state, &self.pack, participant, purpose))
    }
    /// Whether a note is locked for members, and whether there is such a note yet.
    pub fn note(&self, note: NoteRef) -> Option<bool> {
        let exists = match note {
            NoteRef::Course => true,
            NoteRef::Session { session } | NoteRef::Facilitators { session } => {
                session >= 1 && session <= self.state.session_number().min(self.pack.session_count())
            }
        };
        exists.then(|| self.state.locked_notes.contains(&note))
    }
}
