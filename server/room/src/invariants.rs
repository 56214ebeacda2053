//! What must hold, whatever came before: the floor's invariants, written as checks.
//!
//! [`Watch`] follows a room from outside: every event, every state between two events, every view. It knows no rule's code, so that
//! a broken rule cannot hide behind itself. The random histories drive it, and each check is shown to fail on a broken room.

use std::collections::{BTreeMap, BTreeSet};

use protocol::pack::{FloorMode, Purpose};
use protocol::wire::{Action, Admission, MyView, Refusal, RoomView};
use protocol::{CircleId, ParticipantId, Role, Timestamp, TurnId};

use crate::event::{EndReason, Event, What};
use crate::limits::TIME_OUT_MINUTES;
use crate::reach::{concerns, is_public};
use crate::state::State;
use crate::view::Audience;
use crate::{Input, Moment, Outcome, Room};

/// A room as the checks see it. The real one is [`Room`]; the tests also watch broken ones.
pub trait Subject: Clone {
    /// See [`Room::decide`].
    fn decide(&self, moment: Moment, input: &Input) -> Result<Outcome, Refusal>;
    /// See [`Room::apply`].
    fn apply(&mut self, events: &[Event]);
    /// See [`Room::view`].
    fn view(&self, audience: Audience) -> RoomView;
    /// See [`Room::mine`].
    fn mine(&self, participant: ParticipantId) -> Option<MyView>;
    /// See [`Room::next_deadline`].
    fn next_deadline(&self) -> Option<Timestamp>;
    /// See [`Room::state`].
    fn state(&self) -> &State;
}

impl Subject for Room {
    fn decide(&self, moment: Moment, input: &Input) -> Result<Outcome, Refusal> {
        Room::decide(self, moment, input)
    }
    fn apply(&mut self, events: &[Event]) {
        Room::apply(self, events);
    }
    fn view(&self, audience: Audience) -> RoomView {
        Room::view(self, audience)
    }
    fn mine(&self, participant: ParticipantId) -> Option<MyView> {
        Room::mine(self, participant)
    }
    fn next_deadline(&self) -> Option<Timestamp> {
        Room::next_deadline(self)
    }
    fn state(&self) -> &State {
        Room::state(self)
    }
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its number in ARCHITECTURE.md: 1 … 15.
    pub invariant: u8,
    /// What was seen.
    pub seen: String,
}

fn ensure(holds: bool, invariant: u8, seen: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds {
        Ok(())
    } else {
        Err(Violation {
            invariant,
            seen: seen(),
        })
    }
}

/// Follows one room.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Turns that were granted and turns that ended.
    highest_turn: u32,
    ended: Option<TurnId>,
    /// Who had a first go in each circle's running round.
    had_a_go: BTreeMap<CircleId, BTreeSet<ParticipantId>>,
    /// Who agreed to which text for what, told from the events alone.
    agreed: BTreeMap<(ParticipantId, Purpose), String>,
    /// Listeners whom a second person let in.
    looking_in: BTreeSet<ParticipantId>,
}

impl Watch {
    /// Takes one decided event: checks the step from `before` to `after`.
    pub fn event(&mut self, before: &State, event: &Event, after: &State) -> Result<(), Violation> {
        for (who, person) in after.roster.iter() {
            let there = after.circles.contains_key(&person.circle) && after.circles.contains_key(&person.place);
            ensure(there, 9, || format!("{who} is in a circle that does not exist"))?;
        }
        for (&id, circle) in &after.circles {
            let Some(was) = before.circles.get(&id) else { continue };
            self.one_turn(id, was, event)?;
            moves_with_an_event(id, was, circle, event)?;
            holders_are_able(after, id, circle)?;
            self.nobody_goes_twice(before, id, was, event)?;
            places_survive(was, circle, event)?;
        }
        names_the_running_turn(before, event)?;
        if let What::TurnEnded { turn, .. } = event.what {
            self.ended = Some(turn);
        }
        Ok(())
    }

    /// 1: at most one turn runs per circle, and a turn's id is never used again.
    fn one_turn(&mut self, id: CircleId, was: &crate::state::Circle, event: &Event) -> Result<(), Violation> {
        if let What::TurnGranted { circle, turn, .. } = &event.what
            && *circle == id
        {
            ensure(was.floor.turn.is_none(), 1, || {
                format!("{turn} was granted while another turn ran")
            })?;
            ensure(turn.0 > self.highest_turn, 1, || format!("{turn} was granted again"))?;
            self.highest_turn = turn.0;
        }
        Ok(())
    }

    /// 4: nobody in a round has a second go before everybody present had one.
    fn nobody_goes_twice(
        &mut self,
        before: &State,
        id: CircleId,
        was: &crate::state::Circle,
        event: &Event,
    ) -> Result<(), Violation> {
        let gone = self.had_a_go.entry(id).or_default();
        match &event.what {
            What::RoundStarted { circle, .. } | What::RoundEnded { circle } | What::StepEntered { circle, .. }
                if *circle == id =>
            {
                gone.clear();
            }
            What::RoundPassed { circle, participant }
            | What::RoundPostponed { circle, participant }
            | What::RoundWritten {
                circle, participant, ..
            } if *circle == id => {
                gone.insert(*participant);
            }
            What::TurnEnded { circle, turn, why }
                if *circle == id && !matches!(why, EndReason::Away | EndReason::LeftRoom | EndReason::SteppedOut) =>
            {
                if let Some(turn) = was.floor.turn.as_ref().filter(|t| t.id == *turn) {
                    gone.extend(turn.holders.iter().copied());
                }
            }
            What::TurnGranted { circle, holders, .. } if *circle == id => {
                let Some(round) = &was.floor.round else { return Ok(()) };
                for who in holders.iter().filter(|who| round.includes(**who) && gone.contains(who)) {
                    let unheard = |other: &&ParticipantId| before.is_here(**other, id) && !gone.contains(other);
                    let passed_over = round.order().iter().find(unheard);
                    ensure(passed_over.is_none(), 4, || {
                        format!("{who} goes again before {passed_over:?}")
                    })?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// 14: nobody is let in who is asked where they are and has not said it, unless that is written down.
    pub fn asked_first<S: Subject>(&self, before: &S, event: &Event) -> Result<(), Violation> {
        let What::Admitted {
            participant,
            anyway: false,
        } = event.what
        else {
            return Ok(());
        };
        let card = before.mine(participant).and_then(|mine| mine.arrival);
        ensure(card.is_none_or(|card| card.answered), 14, || {
            format!("{participant} was let in and had not said where they are")
        })
    }

    /// 15: no answer and no writing of a member is kept, and nothing is asked of them, without a consent of theirs that stands.
    pub fn agreed_first<S: Subject>(&mut self, before: &S, event: &Event) -> Result<(), Violation> {
        match &event.what {
            What::ConsentGiven {
                participant,
                purpose,
                digest,
                ..
            } => {
                self.agreed.insert((*participant, *purpose), digest.clone());
            }
            What::ConsentTakenBack { participant, purpose } => {
                self.agreed.remove(&(*participant, *purpose));
            }
            What::PersonErased { participant } => self.agreed.retain(|(who, _), _| who != participant),
            What::Admitted { participant, anyway } => {
                let listens = before.state().roster.role_now(*participant) == Some(Role::Observer);
                if *anyway && listens {
                    self.looking_in.insert(*participant);
                } else {
                    self.looking_in.remove(participant);
                }
            }
            _ => {}
        }
        let (who, purpose) = match event.what {
            What::CheckedIn { participant, .. }
            | What::AnswerNoted { participant, .. }
            | What::MeasureFlagged {
                participant,
                flag: Some(_),
            } => (participant, Purpose::Measures),
            What::RoundWritten { participant, .. } => (participant, Purpose::Notes),
            _ => return Ok(()),
        };
        let agreed = before.mine(who).is_none_or(|mine| self.has_agreed(who, &mine, purpose));
        ensure(agreed, 15, || {
            format!("{} of {who} is kept without their consent", event.what.kind())
        })
    }

    fn has_agreed(&self, who: ParticipantId, mine: &MyView, purpose: Purpose) -> bool {
        let asked = mine.consents.iter().find(|card| card.purpose == purpose);
        asked.is_none_or(|card| self.agreed.get(&(who, purpose)) == Some(&card.digest))
    }

    /// 15: what this member has not agreed to is not asked of them, not theirs to do, and nobody listens to them.
    fn consents_hold(&self, state: &State, who: ParticipantId, mine: &MyView) -> Result<(), Violation> {
        let asked = !mine.check_in.is_empty() && !self.has_agreed(who, mine, Purpose::Measures);
        let writes = mine.writes_notes && !self.has_agreed(who, mine, Purpose::Notes);
        ensure(!asked && !writes, 15, || {
            format!("{who} is asked, or writes, without having agreed")
        })?;
        if !state.roster.get(who).is_some_and(|p| p.is_here()) || self.has_agreed(who, mine, Purpose::Supervision) {
            return Ok(());
        }
        let inside = state.roster.iter().filter(|(_, p)| p.admission == Admission::Admitted);
        let mut others = inside
            .map(|(other, _)| other)
            .filter(|other| !self.looking_in.contains(other));
        let listener = others.find(|other| state.roster.role_now(*other) == Some(Role::Observer));
        ensure(listener.is_none(), 15, || {
            format!("{listener:?} listens to {who}, who has not agreed to it")
        })
    }

    /// 12: what is private changes nothing on the screen of anybody whom it does not concern, and does not move the number of their views.
    pub fn reaches<S: Subject>(&self, before: &S, event: &Event, after: &S) -> Result<(), Violation> {
        let (was, is) = (before.state(), after.state());
        if is_public(was, &event.what) {
            return Ok(());
        }
        let unmoved = |same: bool, whom: &dyn std::fmt::Debug| {
            ensure(same, 12, || {
                format!("{whom:?} can tell that there was {}", event.what.kind())
            })
        };
        unmoved(was.public_seq == is.public_seq, &"everybody")?;
        let circles = was.circles.keys().map(|&id| Audience::Circle(id));
        for audience in circles.chain([Audience::Waiting]) {
            unmoved(before.view(audience) == after.view(audience), &audience)?;
        }
        for (who, _) in was.roster.iter() {
            if was.roster.role_now(who) == Some(Role::Facilitator) || concerns(was, &event.what, who) {
                continue;
            }
            unmoved(before.mine(who) == after.mine(who), &who)?;
        }
        Ok(())
    }

    /// Looks at a state that somebody could be looking at: after a whole decision.
    pub fn rest<S: Subject>(&self, room: &S, arrival: Option<&Input>) -> Result<(), Violation> {
        self.timers_of_ended_turns_change_nothing(room)?;
        leads_on(room, arrival)?;
        let state = room.state();
        let scene = text_of_room(&room.view(Audience::Circle(CircleId::MAIN)));
        let door = text_of_room(&room.view(Audience::Waiting));
        keeps_private(state, None, &scene, true)?;
        keeps_private(state, None, &door, true)?;
        looked_after_in_order(state)?;
        time_outs_end(state)?;
        for (who, person) in state.roster.iter() {
            let Some(mine) = room.mine(who) else { continue };
            speaks_only_if_may(state, who, person, &mine)?;
            let listens = mine.admission != Admission::Admitted || mine.role == Role::Observer;
            ensure(!listens || mine.place.is_none(), 2, || {
                format!("{who} has a place in line and cannot speak")
            })?;
            offers_are_private(state, who, &mine)?;
            alarms_are_private(state, who, &mine)?;
            work_is_private(state, who, &mine)?;
            self.consents_hold(state, who, &mine)?;
            keeps_private(state, Some(who), &text_of_mine(&mine), false)?;
        }
        Ok(())
    }

    /// 6: a timer changes nothing once its turn has ended.
    fn timers_of_ended_turns_change_nothing<S: Subject>(&self, room: &S) -> Result<(), Violation> {
        let Some(turn) = self.ended else { return Ok(()) };
        let circle = CircleId::MAIN;
        let late = [
            What::TurnOverran { circle, turn },
            What::GraceEnded { circle, turn },
            What::TurnEnded {
                circle,
                turn,
                why: EndReason::TimeUp,
            },
        ];
        let mut after = room.clone();
        let at = room.state().at;
        after.apply(&late.map(|what| Event { at, by: None, what }));
        let same = after.state().circles == room.state().circles;
        ensure(same, 6, || {
            format!("a timer of {turn}, which had ended, changed the floor")
        })
    }
}

/// 3: the floor moves only with an event that says why.
fn moves_with_an_event(
    id: CircleId,
    was: &crate::state::Circle,
    is: &crate::state::Circle,
    event: &Event,
) -> Result<(), Violation> {
    let held = |circle: &crate::state::Circle| circle.floor.turn.as_ref().map(|turn| (turn.id, turn.holders.clone()));
    let (was, is) = (held(was), held(is));
    let says_why = match (&was, &is, &event.what) {
        (
            None,
            Some((turn, _)),
            What::TurnGranted {
                circle, turn: named, ..
            },
        ) => turn == named && *circle == id,
        (
            Some((turn, _)),
            None,
            What::TurnEnded {
                circle, turn: named, ..
            },
        ) => turn == named && *circle == id,
        _ => was == is,
    };
    ensure(says_why, 3, || {
        format!("the floor went from {was:?} to {is:?} with {}", event.what.kind())
    })
}

/// 2: an observer, someone waiting or someone away never holds the floor and is never next.
fn holders_are_able(state: &State, id: CircleId, circle: &crate::state::Circle) -> Result<(), Violation> {
    let able = |who: ParticipantId| {
        state
            .roster
            .get(who)
            .is_some_and(|p| p.admission == Admission::Admitted)
            && state.roster.role_now(who) != Some(Role::Observer)
    };
    if let Some(turn) = &circle.floor.turn {
        let reachable = turn.suspended.is_some()
            || turn
                .holders
                .iter()
                .any(|who| state.roster.get(*who).is_some_and(|p| p.present));
        ensure(turn.holders.iter().all(|who| able(*who)), 2, || {
            format!("{} is held by somebody who cannot", turn.id)
        })?;
        let in_it = |who: &ParticipantId| state.roster.get(*who).is_some_and(|p| p.circle == id);
        ensure(turn.holders.iter().all(in_it), 2, || {
            format!("{} is held by somebody in another circle", turn.id)
        })?;
        ensure(reachable, 2, || format!("{} runs while its holder is away", turn.id))?;
    }
    for id in state.circles.keys() {
        if let Some(next) = state.next_up(*id) {
            let has_it = state
                .circles
                .get(id)
                .is_some_and(|c| c.floor.is_held_by(next.participant));
            let fit = able(next.participant) && state.is_here(next.participant, *id) && !has_it;
            ensure(fit, 2, || format!("{} is next and cannot be", next.participant))?;
        }
    }
    Ok(())
}

/// 5: a place in queue or round survives every disconnect and every restart.
fn places_survive(was: &crate::state::Circle, is: &crate::state::Circle, event: &Event) -> Result<(), Violation> {
    let only_lines = matches!(
        event.what,
        What::LineDropped { .. }
            | What::LineUp { .. }
            | What::Recovered { .. }
            | What::Unattended { .. }
            | What::Attended { .. }
            | What::Moved { .. }
    );
    let same = was.floor.queue == is.floor.queue
        && was.floor.returning == is.floor.returning
        && was.floor.round == is.floor.round
        && was.floor.pair == is.floor.pair
        && was.floor.inner == is.floor.inner;
    ensure(!only_lines || same, 5, || {
        format!("a place was lost with {}", event.what.kind())
    })
}

/// 6, from the other side: whatever is said of a turn is said of the one that runs.
fn names_the_running_turn(before: &State, event: &Event) -> Result<(), Violation> {
    let (circle, turn) = match event.what {
        What::TurnEnded { circle, turn, .. }
        | What::TurnOverran { circle, turn }
        | What::TurnExtended { circle, turn, .. }
        | What::MoreTimeAsked { circle, turn }
        | What::ClockHeld { circle, turn }
        | What::ClockResumed { circle, turn }
        | What::GraceEnded { circle, turn }
        | What::GraceRenewed { circle, turn }
        | What::OfferMade { circle, turn, .. }
        | What::OfferWithdrawn { circle, turn }
        | What::OfferDeclined { circle, turn, .. }
        | What::SayBackBegan { circle, turn }
        | What::SayBackEnded { circle, turn } => (circle, turn),
        _ => return Ok(()),
    };
    let running = before
        .circles
        .get(&circle)
        .and_then(|c| c.floor.turn.as_ref())
        .map(|t| t.id);
    ensure(running == Some(turn), 6, || {
        format!("{} of {turn}, while {running:?} runs", event.what.kind())
    })
}

/// 7: whoever may lead can take the floor back, whoever is in can pause, and some action leads on from every state.
fn leads_on<S: Subject>(room: &S, arrival: Option<&Input>) -> Result<(), Violation> {
    let state = room.state();
    let now = Moment { at: state.at, draw: 0 };
    let can = |by, action| room.decide(now, &Input::Act { by, action }).is_ok();
    let mut led = false;
    for (who, person) in state.roster.iter().filter(|(_, p)| p.is_here()) {
        if person.role == Role::Facilitator {
            led = true;
            let holds = state.circles.values().any(|c| c.floor.is_held_by(who));
            ensure(holds || can(who, Action::TakeFloor), 7, || {
                format!("{who} cannot take the floor back")
            })?;
            let on = can(who, Action::StartSession) || can(who, Action::EndSession);
            let over = state.session.is_none() && !can(who, Action::StartSession);
            ensure(on || over, 7, || {
                "a facilitator can neither begin nor end a session".to_owned()
            })?;
        }
        if person.role != Role::Observer {
            let can_pause = state.pause.is_some() || can(who, Action::Pause);
            ensure(can_pause, 7, || format!("{who} cannot pause"))?;
        }
    }
    if let (false, Some(arrival)) = (led, arrival) {
        ensure(room.decide(now, arrival).is_ok(), 7, || {
            "a facilitator cannot come back in".to_owned()
        })?;
    }
    Ok(())
}

/// 9: nobody who is not in, sits elsewhere, or is not leading a frozen room may speak.
fn speaks_only_if_may(
    state: &State,
    who: ParticipantId,
    person: &crate::roster::Participant,
    mine: &MyView,
) -> Result<(), Violation> {
    if !mine.may_speak {
        return Ok(());
    }
    ensure(person.is_here(), 9, || format!("{who} may speak and is not in"))?;
    let leads = state.roster.role_now(who) == Some(Role::Facilitator);
    ensure(state.frozen().is_none() || leads, 9, || {
        format!("{who} may speak in a frozen room")
    })?;
    ensure(leads || person.role == Role::Member, 9, || {
        format!("{who} may speak and only listens")
    })?;
    let floor = &state
        .circles
        .get(&person.circle)
        .expect("everybody sits in a circle")
        .floor;
    let held = floor.turn.is_some();
    let fits = match floor.rules.mode {
        FloorMode::Silence => false,
        _ if floor.is_held_by(who) => true,
        FloorMode::Open => !held,
        FloorMode::Fishbowl => floor.inner.contains(&who),
        FloorMode::Pair => held && floor.pair.is_some_and(|pair| pair.listener == who && pair.saying_back),
        FloorMode::Queue | FloorMode::Round | FloorMode::Chair | FloorMode::Stick => false,
    };
    ensure(leads || fits, 9, || format!("{who} may speak against the mode"))
}

/// 11: what somebody who is not OK is told, and that they are not OK, is theirs and the facilitators'.
fn alarms_are_private(state: &State, who: ParticipantId, mine: &MyView) -> Result<(), Violation> {
    let own = state.alarms.get(&who).is_some_and(|alarm| alarm.own);
    ensure(mine.not_ok.is_none() || own, 11, || {
        format!("{who} reads what somebody else was told, or said")
    })?;
    let called = mine.on_call.as_ref().is_some_and(|view| view.called.is_some());
    ensure(!called || state.on_call.contains_key(&who), 11, || {
        format!("{who} reads whom somebody else called")
    })
}

/// 11: what somebody works on, and the cards that come with it, are theirs and the facilitators'.
fn work_is_private(state: &State, who: ParticipantId, mine: &MyView) -> Result<(), Violation> {
    ensure(mine.area.is_none() || mine.area == state.area_of(who), 11, || {
        format!("{who} reads what somebody else works on")
    })?;
    ensure(mine.cards.is_empty() || mine.area.is_some(), 11, || {
        format!("{who} reads somebody else's card")
    })
}

/// 7: a time-out has the end that was stated, and no later one than any may have.
fn time_outs_end(state: &State) -> Result<(), Violation> {
    let Some(pause) = state.pause.filter(|pause| pause.time_out) else {
        return Ok(());
    };
    let longest = pause.since.plus_seconds(u64::from(*TIME_OUT_MINUTES.end()) * 60);
    ensure(pause.until.is_some_and(|until| until <= longest), 7, || {
        "a time-out has no end, or one too far away".to_owned()
    })
}

/// 13: nobody is looked after out of order: a plan follows a look, a look a talk, a talk somebody who has seen it.
fn looked_after_in_order(state: &State) -> Result<(), Violation> {
    for (who, alarm) in &state.alarms {
        let seen = alarm.acknowledged_by.is_some() == alarm.acknowledged_at.is_some();
        let talked = alarm.contact.is_none() || alarm.acknowledged_by.is_some();
        let assessed = alarm.assessed.is_none() || alarm.contact.is_some();
        let planned = alarm.plan.is_none() || alarm.assessed.is_some();
        ensure(seen && talked && assessed && planned, 13, || {
            format!("{who} is looked after out of order")
        })?;
    }
    Ok(())
}

/// 8 and 11: an offer of the floor, and a "no" to it, are between the two people and the facilitators.
fn offers_are_private(state: &State, who: ParticipantId, mine: &MyView) -> Result<(), Violation> {
    let Some((_, circle)) = state.circle_of(who) else {
        return Ok(());
    };
    let turn = circle.floor.turn.as_ref();
    let holds = circle.floor.is_held_by(who);
    let named = turn.is_some_and(|turn| turn.offer.to == Some(who));
    ensure(mine.offered_by.is_none() || named, 11, || {
        format!("{who} sees an offer made to somebody else")
    })?;
    let of_the_holder = mine.offering_to.is_some() || !mine.declined_by.is_empty();
    ensure(!of_the_holder || holds, 8, || {
        format!("{who} sees who said no, thank you")
    })
}

/// 8 and 11: what belongs to somebody's private lane is in no other person's view. Request notes and denials are the private things a
/// room has so far; the histories mark each note with its asker's id so that it can be found.
fn keeps_private(
    state: &State,
    reader: Option<ParticipantId>,
    text: &str,
    of_everybody: bool,
) -> Result<(), Violation> {
    for circle in state.circles.values() {
        let requests = circle.floor.queue.line().iter().chain(circle.floor.queue.left());
        for request in requests.filter(|r| Some(r.participant) != reader) {
            if let Some(note) = request.note.as_ref().and_then(|note| note.text()) {
                ensure(!text.contains(note.expose().as_str()), 11, || {
                    format!("{reader:?} reads a note of {}", request.participant)
                })?;
            }
        }
    }
    for (who, alarm) in &state.alarms {
        let plan = alarm.plan.as_ref().map(|plan| &plan.plan);
        for written in alarm.assessed.iter().chain(plan).filter_map(|text| text.text()) {
            ensure(!text.contains(written.expose().as_str()), 11, || {
                format!("{reader:?} reads what was written down about {who}")
            })?;
        }
    }
    for (who, own) in state.check_ins.iter().filter(|(who, _)| Some(**who) != reader) {
        for answer in own.answers.values().filter_map(|answer| answer.text.text()) {
            ensure(!text.contains(answer.expose().as_str()), 11, || {
                format!("{reader:?} reads what {who} said in private")
            })?;
        }
    }
    for (who, answer) in state.arrivals.iter().filter(|(who, _)| Some(**who) != reader) {
        for words in answer.private_words() {
            ensure(!text.contains(&words), 11, || {
                format!("{reader:?} reads where {who} is or how to reach them")
            })?;
        }
    }
    for (who, lines) in state.doorway.iter().filter(|(who, _)| Some(**who) != reader) {
        for line in lines.iter().filter_map(|line| line.text.text()) {
            ensure(!text.contains(line.expose().as_str()), 11, || {
                format!("{reader:?} reads what was said to {who} at the door")
            })?;
        }
    }
    for (who, said) in state
        .described
        .iter()
        .filter(|(who, said)| Some(**who) != reader && !said.shown)
    {
        for about in said.about.iter().filter_map(|about| about.text()) {
            ensure(!text.contains(about.expose().as_str()), 11, || {
                format!("{reader:?} reads what {who} says of themselves to those who lead")
            })?;
        }
    }
    if of_everybody {
        ensure(!text.contains("\"denied\""), 8, || {
            "members see that a request was denied".to_owned()
        })?;
        ensure(!text.contains("\"staff\":{"), 11, || {
            "members see the facilitators' pane".to_owned()
        })?;
    }
    Ok(())
}

/// A view as everybody in a circle, or at the door, is shown it. Written here, once, and not where a check is used: those who watch a kind
/// of room of their own are built without the optimiser.
pub fn text_of_room(view: &RoomView) -> String {
    serde_json::to_string(view).expect("a view can be written")
}

/// A view as one person is shown it, written here as [`text_of_room`] is.
pub fn text_of_mine(view: &MyView) -> String {
    serde_json::to_string(view).expect("a view can be written")
}

fn bytes_of(state: &State) -> Vec<u8> {
    serde_json::to_vec(state).expect("a state whose texts are sealed can be written")
}

/// 10: replaying a journal gives the same state, byte for byte.
pub fn replays_to_the_same<S: Subject>(fresh: S, journal: &[Event], expected: &State) -> Result<(), Violation> {
    let mut again = fresh;
    again.apply(journal);
    ensure(bytes_of(again.state()) == bytes_of(expected), 10, || {
        format!("a replay of {} events gave another state", journal.len())
    })
}
