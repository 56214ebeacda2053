//! A scene: a room with people in it, told as a story. Time passes as it does in the hub, from deadline to deadline, and every event goes
//! through the journal's bytes, so that a rule that works only in memory is found.

use protocol::pack::{Pack, Unattended};
use protocol::wire::{Action, MyView, RefusalCode, RequestKind, RoomScene, RoomView, StaffView, TurnView};
use protocol::{CircleId, ParticipantId, Private, Role, Timestamp};
use room::event::{EndReason, Event, What};
use room::state::Circle;
use room::{Audience, Effect, Input, Moment, Outcome, Room};

use super::{arrival, at, pack, person, place, seal, unseal};

pub(crate) const FAY: ParticipantId = ParticipantId::from_bits(1);
pub(crate) const FINN: ParticipantId = ParticipantId::from_bits(2);
pub(crate) const ANA: ParticipantId = ParticipantId::from_bits(10);
pub(crate) const BEN: ParticipantId = ParticipantId::from_bits(11);
pub(crate) const CLEO: ParticipantId = ParticipantId::from_bits(12);
pub(crate) const DAN: ParticipantId = ParticipantId::from_bits(13);
pub(crate) const OBI: ParticipantId = ParticipantId::from_bits(100);

/// Facilitators are Fay and Finn, Obi observes, everybody else is a member.
pub(crate) fn role_of(who: ParticipantId) -> Role {
    if who == FAY || who == FINN {
        Role::Facilitator
    } else if who.bits() >= person(100).bits() {
        Role::Observer
    } else {
        Role::Member
    }
}

#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) room: Room,
    /// Everything that was decided.
    pub(crate) journal: Vec<Event>,
    /// What the last input led to.
    pub(crate) last: Vec<What>,
    pub(crate) effects: Vec<Effect>,
    /// Milliseconds since the story began.
    pub(crate) now: u64,
}

impl Scene {
    /// An empty therapy room.
    pub(crate) fn new() -> Self {
        Self::of(pack(Unattended::Hold))
    }
    /// An empty hostless circle.
    pub(crate) fn circle() -> Self {
        Self::of(pack(Unattended::Continue))
    }
    /// An empty room whose pack is the usual one, changed.
    pub(crate) fn with(change: impl FnOnce(&mut Pack)) -> Self {
        let mut changed = Pack::clone(&pack(Unattended::Hold));
        change(&mut changed);
        Self::of(changed.into())
    }
    pub(crate) fn of(pack: std::sync::Arc<Pack>) -> Self {
        Self {
            room: Room::open(pack, place(), None, &[]),
            journal: Vec::new(),
            last: Vec::new(),
            effects: Vec::new(),
            now: 0,
        }
    }
    /// Fay, Ana, Ben and Cleo are in and the session stands at its open step.
    pub(crate) fn session(mut self) -> Self {
        self.comes(FAY);
        for who in [ANA, BEN, CLEO] {
            self.admit(who);
        }
        self.does(FAY, Action::StartSession);
        self
    }
    /// The same, at this step: `opening` is open, `focus` a queue, `mood-round` a round, `work` in the chair's hands.
    pub(crate) fn at_step(step: &str) -> Self {
        let mut scene = Self::new().session();
        if step != "opening" {
            scene.go_to(step);
        }
        scene
    }

    /// The same, and Fay gave this person the floor.
    pub(crate) fn at_step_called(step: &str, who: ParticipantId) -> Self {
        let mut scene = Self::at_step(step);
        scene.calls(who);
        scene
    }

    // --- what happens ---

    pub(crate) fn input(&mut self, input: &Input) -> Result<(), RefusalCode> {
        let moment = Moment {
            at: at(self.now),
            draw: 0,
        };
        let Outcome {
            mut events,
            effects,
            next_deadline,
        } = self.room.decide(moment, input).map_err(|refusal| refusal.code)?;
        seal(&mut events);
        for event in &events {
            let mut read = Event::read(&event.write().unwrap()).unwrap();
            unseal(read.sealed_fields_mut());
            assert_eq!(&read, event, "an event reads as it was written");
            self.room.apply(&[read]);
        }
        assert_eq!(
            self.room.next_deadline(),
            next_deadline,
            "an outcome says when the room moves next"
        );
        if let Some(next) = next_deadline {
            assert!(next > self.at(), "what is due has happened");
        }
        self.last = events.iter().map(|event| event.what.clone()).collect();
        self.effects = effects;
        self.journal.extend(events);
        Ok(())
    }
    pub(crate) fn does(&mut self, by: ParticipantId, action: Action) -> &mut Self {
        let said = format!("{action:?}");
        let done = self.input(&Input::Act { by, action });
        assert_eq!(done, Ok(()), "{by} asked for {said}");
        self
    }
    /// What the room says to an action; nothing is done.
    pub(crate) fn answer(&self, by: ParticipantId, action: Action) -> Result<(), RefusalCode> {
        self.clone().input(&Input::Act { by, action })
    }
    /// Why the room refuses an action.
    pub(crate) fn refusal(&self, by: ParticipantId, action: Action) -> RefusalCode {
        self.answer(by, action.clone())
            .expect_err(&format!("{action:?} should be refused"))
    }
    pub(crate) fn comes(&mut self, who: ParticipantId) -> &mut Self {
        self.input(&arrival(who, role_of(who))).unwrap();
        self
    }
    /// Somebody's last line drops.
    pub(crate) fn drops(&mut self, who: ParticipantId) -> &mut Self {
        self.loses_a_line(who, 0)
    }
    pub(crate) fn loses_a_line(&mut self, participant: ParticipantId, lines_left: u16) -> &mut Self {
        self.input(&Input::Left {
            participant,
            lines_left,
        })
        .unwrap();
        self
    }
    /// Somebody comes and Fay lets them in.
    pub(crate) fn admit(&mut self, participant: ParticipantId) -> &mut Self {
        self.comes(participant);
        self.does(
            FAY,
            Action::Admit {
                participant,
                anyway: false,
            },
        )
    }
    /// Time passes, as in the hub: it sleeps until the next deadline and no longer.
    pub(crate) fn wait(&mut self, seconds: u64) -> &mut Self {
        let until = self.now + seconds * 1000;
        while let Some(due) = self.room.next_deadline().filter(|due| *due <= at(until)) {
            self.now = self.now.max(due.0 - at(0).0);
            self.input(&Input::Elapsed).unwrap();
        }
        self.now = until;
        self
    }
    /// Time passes and the server sees nothing of it.
    pub(crate) fn unseen(&mut self, seconds: u64) -> &mut Self {
        self.now += seconds * 1000;
        self
    }
    /// The server starts again: the journal is replayed and every line is down.
    pub(crate) fn restarts(&mut self) -> &mut Self {
        let mut tail: Vec<Event> = self.journal.clone();
        tail.iter_mut().for_each(|event| unseal(event.sealed_fields_mut()));
        let again = Room::open(self.room.pack().clone(), place(), None, &tail);
        assert_eq!(again.state(), self.room.state(), "a replay gives the same state");
        self.room = again;
        self.input(&Input::Reopened).unwrap();
        self
    }

    // --- short for common actions ---

    pub(crate) fn asks(&mut self, who: ParticipantId) -> &mut Self {
        self.does(who, ask())
    }
    pub(crate) fn calls(&mut self, participant: ParticipantId) -> &mut Self {
        self.does(FAY, Action::Call { participant })
    }
    pub(crate) fn go_to(&mut self, step: &str) -> &mut Self {
        let step = step.parse().unwrap();
        self.does(FAY, Action::GoToStep { step })
    }

    // --- what is so ---

    pub(crate) fn at(&self) -> Timestamp {
        at(self.now)
    }
    /// So many seconds after the story began.
    pub(crate) fn second(seconds: u64) -> Timestamp {
        at(seconds * 1000)
    }
    pub(crate) fn main(&self) -> &Circle {
        &self.room.state().circles[&CircleId::MAIN]
    }
    pub(crate) fn holder(&self) -> Option<ParticipantId> {
        self.main().floor.turn.as_ref().map(|turn| turn.holders[0])
    }
    /// What members see.
    pub(crate) fn seen(&self) -> RoomScene {
        scene_of(self.room.view(Audience::Circle(CircleId::MAIN)))
    }
    /// The room as facilitators see it.
    pub(crate) fn seen_by_staff(&self) -> RoomScene {
        scene_of(self.room.view(Audience::Leaders(CircleId::MAIN)))
    }
    /// What only facilitators see.
    pub(crate) fn staff(&self) -> StaffView {
        scene_of(self.room.view(Audience::Leaders(CircleId::MAIN)))
            .staff
            .unwrap()
    }
    pub(crate) fn turn(&self) -> TurnView {
        self.seen().floor.turn.expect("a turn runs")
    }
    pub(crate) fn line(&self) -> Vec<ParticipantId> {
        self.seen().floor.line
    }
    pub(crate) fn mine(&self, who: ParticipantId) -> MyView {
        self.room.mine(who).unwrap()
    }
    pub(crate) fn may_speak(&self, who: ParticipantId) -> Result<(), RefusalCode> {
        self.room.may_speak(who).map_err(|refusal| refusal.code)
    }
    /// The events of the last decision, by name.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        self.last.iter().map(What::kind).collect()
    }
    /// Why the last decision ended a turn.
    pub(crate) fn ended(&self) -> Option<EndReason> {
        self.last.iter().find_map(|what| match what {
            What::TurnEnded { why, .. } => Some(*why),
            _ => None,
        })
    }
}

pub(crate) fn ask() -> Action {
    Action::Ask {
        kind: RequestKind::Share,
        note: None,
    }
}
pub(crate) fn writes(text: &str) -> Action {
    Action::WriteInstead {
        text: Private::from(text),
    }
}

fn scene_of(view: RoomView) -> RoomScene {
    match view {
        RoomView::Room(scene) => *scene,
        RoomView::Waiting(_) => panic!("the waiting screen"),
    }
}
