//! Applying events: total, and it refuses nothing. One exhaustive match; what an event means stands with its noun.

use std::collections::{BTreeMap, BTreeSet};

use protocol::pack::Ending;
use protocol::wire::{Admission, HeldSession, RequestStatus, StopReason};
use protocol::{CircleId, PromptId, Role, Timestamp, TurnId};

use crate::agreed::Agreed;
use crate::alarm;
use crate::aside::CircleKind;
use crate::back_channel::{self, Whisper};
use crate::breakout::{Breakouts, pair_of};
use crate::check_in::Answer;
use crate::clock::Clock;
use crate::described::Description;
use crate::doorway;
use crate::event::{EndReason, Event, What};
use crate::floor::{Suspension, Turn};
use crate::lent::Lent;
use crate::lock::Screen;
use crate::pair::Pair;
use crate::queue::Request;
use crate::reach::is_public;
use crate::ready::ReadyCheck;
use crate::round::{Round, Went};
use crate::state::{AbsentSince, Circle, LOBBY_RULES, Pause, PromptFate, Session, State, StepCursor};
use crate::stick::Offer;

impl State {
    /// Applies one event. An event that names what is no longer there (a timer of an ended turn) changes nothing but the position.
    pub(crate) fn apply(&mut self, event: &Event) {
        let at = event.at;
        // What a restart gives back must not depend on what was private.
        let before = self.public_at;
        self.seq += 1;
        self.at = self.at.max(at);
        if is_public(self, &event.what) {
            self.public_seq += 1;
            self.public_at = self.at;
        }
        match &event.what {
            What::Arrived {
                participant,
                role,
                name,
            } => {
                self.roster.arrived(at, *participant, *role, name.clone());
            }
            What::LineUp { participant } => {
                self.roster.line_up(at, *participant);
                alarm::reach(self, at, *participant, true);
                self.roster.guests_follow(at, *participant);
                self.resume_turns_of_the_present(at);
            }
            What::LineDropped { participant } => {
                if let Some(person) = self.roster.get_mut(*participant) {
                    person.present = false;
                }
                alarm::reach(self, at, *participant, false);
                if self.session.is_none() {
                    self.roster.show_out(*participant);
                }
                self.roster.guests_follow(at, *participant);
                self.suspend_turns_of_the_absent(at);
            }
            What::Admitted { participant, anyway } => {
                self.looks_in(*participant, *anyway);
                self.leaves_the_door(*participant);
                self.roster.admitted(at, *participant);
                self.roster.guests_follow(at, *participant);
            }
            What::TurnedAway { participant } => self.send_out(at, *participant, Admission::TurnedAway),
            What::Removed { participant } => self.send_out(at, *participant, Admission::Removed),
            What::SaidAtDoor {
                participant,
                from,
                text,
            } => {
                let (from, text) = (*from, text.clone());
                let said = self.doorway.entry(*participant).or_default();
                said.push(doorway::Line { at, from, text });
            }
            What::DeputyNamed { participant } => self.roster.deputy = *participant,
            What::DeputyTookOver { participant } => self.roster.acting = Some(*participant),
            What::DeputyStoodBack { participant } => {
                self.roster.acting = None;
                // An observer who led may have asked to speak; an observer who listens again has no place in line.
                if self.roster.get(*participant).is_some_and(|p| p.role == Role::Observer) {
                    self.forget(at, *participant);
                }
            }
            What::Unattended {} => {
                self.unattended = Some(AbsentSince { since: at, long: false });
                self.stop_clocks(at, StopReason::Unattended);
            }
            What::UnattendedLong {} => {
                if let Some(absent) = &mut self.unattended {
                    absent.long = true;
                }
            }
            What::Attended {} => {
                self.unattended = None;
                self.start_clocks(at, StopReason::Unattended);
            }
            What::Recovered {} => {
                self.recover(before, at);
                alarm::everybody_away(self, at);
            }

            What::SessionStarted {
                session,
                pack,
                version,
                digest,
                unattended,
                grace_seconds,
            } => {
                self.session = Some(Lent::new(Session {
                    number: *session,
                    started_at: at,
                    pack: pack.clone(),
                    version: version.clone(),
                    digest: digest.clone(),
                    unattended: *unattended,
                    grace_seconds: *grace_seconds,
                    plan: None,
                    entered: BTreeSet::new(),
                    ready: None,
                    agreed: Agreed::default(),
                    whispers: Vec::new(),
                    near_end: false,
                }));
                self.used_prompts.clear();
                self.participation = Lent::default();
                self.closed_alarms.clear();
                self.on_call.clear();
                for person in self.roster.people_mut() {
                    person.attended = person.admission == Admission::Admitted && person.present;
                }
                for circle in self.circles.values_mut() {
                    circle.floor.queue.clear();
                    circle.floor.returning.clear();
                }
            }
            What::StepEntered {
                circle,
                index,
                step,
                minutes,
            } => {
                if *circle == CircleId::MAIN
                    && let Some(session) = &mut self.session
                {
                    session.entered.insert(*index);
                }
                self.in_circle(*circle, |circle| {
                    let ends_at = at.plus_seconds(u64::from(*minutes) * 60);
                    circle.step = Some(StepCursor {
                        index: *index,
                        step: step.clone(),
                        started_at: at,
                        ends_at,
                    });
                    circle.prompts = BTreeMap::new();
                    circle.pushed = None;
                    circle.floor.round = None;
                    circle.floor.written.clear();
                    circle.floor.returning.clear();
                    circle.floor.pair = None;
                    circle.floor.inner.clear();
                    circle.floor.free_since = at;
                });
            }
            What::PlanChanged { plan, .. } => {
                if let Some(session) = &mut self.session {
                    session.plan = Some(plan.clone());
                }
            }
            What::ReadyAsked {} => {
                if let Some(session) = &mut self.session {
                    session.ready = Some(ReadyCheck::new(at));
                }
            }
            What::ReadyAnswered { participant, ready } => {
                if let Some(check) = self.session.as_mut().and_then(|session| session.ready.as_mut()) {
                    check.answered(*participant, *ready);
                }
            }
            What::ReadyClosed {} => {
                if let Some(session) = &mut self.session {
                    session.ready = None;
                }
            }
            What::StepExtended { circle, seconds } => self.in_circle(*circle, |circle| {
                if let Some(step) = &mut circle.step {
                    step.ends_at = step.ends_at.plus_seconds(u64::from(*seconds));
                }
            }),
            What::SessionEnded { attended } => self.end_session(at, *attended),

            What::FloorSet { circle, rules } => self.in_circle(*circle, |circle| {
                let turns_firm = rules.ending == Ending::Firm && circle.floor.rules.ending != Ending::Firm;
                circle.floor.rules = *rules;
                if let Some(turn) = circle.floor.turn.as_mut().filter(|turn| turns_firm && turn.overran) {
                    turn.clock.time_is_up(at);
                }
            }),
            What::Asked {
                circle,
                request,
                participant,
                kind,
                note,
            } => {
                self.next_request = self.next_request.max(request.0.saturating_add(1));
                self.in_circle(*circle, |circle| {
                    circle.floor.queue.push(Request {
                        id: *request,
                        participant: *participant,
                        kind: *kind,
                        note: note.clone(),
                        status: RequestStatus::Accepted,
                        asked_at: at,
                    });
                });
            }
            What::RequestCancelled { circle, request } => {
                self.in_circle(*circle, |circle| {
                    circle.floor.queue.leave(*request, RequestStatus::Cancelled)
                });
            }
            What::RequestDenied { circle, request } => {
                self.in_circle(*circle, |circle| {
                    circle.floor.queue.leave(*request, RequestStatus::Denied)
                });
            }
            What::QueueOrdered { circle, requests } => {
                self.in_circle(*circle, |circle| circle.floor.queue.put_in_order(requests));
            }
            What::TurnGranted {
                circle,
                turn,
                holders,
                kind,
                limit_seconds,
                request,
                why,
            } => {
                self.next_turn = self.next_turn.max(turn.0.saturating_add(1));
                let stops: Vec<StopReason> = [
                    self.unattended.map(|_| StopReason::Unattended),
                    self.pause.map(|_| StopReason::Paused),
                ]
                .into_iter()
                .flatten()
                .collect();
                let granted = Turn {
                    id: *turn,
                    holders: holders.clone(),
                    kind: *kind,
                    granted_at: at,
                    limit_seconds: *limit_seconds,
                    request: *request,
                    why: *why,
                    clock: Clock::start(at, *limit_seconds),
                    overran: false,
                    wants_more: false,
                    suspended: None,
                    offer: Offer::default(),
                };
                self.in_circle(*circle, |circle| circle.floor.granted(at, granted, &stops));
            }
            What::TurnEnded { circle, turn, why } => {
                let ended = self
                    .circles
                    .get_mut(circle)
                    .and_then(|circle| circle.floor.ended(at, *turn, *why));
                if let Some(turn) = ended {
                    self.count(at, &turn, *why);
                }
            }
            What::TurnOverran { circle, turn } => self.in_turn(*circle, *turn, |turn| {
                turn.overran = true;
                turn.clock.time_is_up(at);
            }),
            What::TurnExtended { circle, turn, seconds } => self.in_turn(*circle, *turn, |turn| {
                turn.clock.extend(at, *seconds);
                turn.limit_seconds = turn.limit_seconds.map(|limit| limit.saturating_add(*seconds));
                turn.overran = false;
                turn.wants_more = false;
            }),
            What::MoreTimeAsked { circle, turn } => self.in_turn(*circle, *turn, |turn| turn.wants_more = true),
            What::ClockHeld { circle, turn } => {
                self.in_turn(*circle, *turn, |turn| turn.clock.stop(at, StopReason::Held));
            }
            What::ClockResumed { circle, turn } => {
                self.in_turn(*circle, *turn, |turn| turn.clock.go(at, StopReason::Held));
            }
            What::GraceEnded { circle, turn } => self.in_turn(*circle, *turn, |turn| {
                if let Some(suspended) = &mut turn.suspended {
                    suspended.asked = true;
                }
            }),
            What::GraceRenewed { circle, turn } => {
                let grace = self.grace_seconds();
                self.in_turn(*circle, *turn, |turn| {
                    if let Some(suspended) = &mut turn.suspended {
                        suspended.asked = false;
                        suspended.grace_until = at.plus_seconds(grace);
                    }
                });
            }
            What::RoundStarted { circle, order, .. } => self.in_circle(*circle, |circle| {
                circle.floor.round = Some(Round::new(at, order.clone()));
                circle.floor.written.clear();
                circle.floor.returning.clear();
            }),
            What::RoundJoined { circle, participant } => self.in_round(*circle, |round| round.join(*participant)),
            What::RoundPassed { circle, participant } => {
                self.in_round(*circle, |round| round.mark(*participant, Went::Passed));
                self.in_circle(*circle, |circle| {
                    circle.floor.returning.retain(|who| who != participant)
                });
            }
            What::RoundPostponed { circle, participant } => {
                self.in_round(*circle, |round| round.mark(*participant, Went::Postponed));
                self.in_circle(*circle, |circle| {
                    circle.floor.returning.retain(|who| who != participant)
                });
            }
            What::RoundWritten {
                circle,
                participant,
                text,
            } => {
                self.in_round(*circle, |round| round.mark(*participant, Went::Wrote));
                self.in_circle(*circle, |circle| {
                    circle.floor.written.push((*participant, text.clone()));
                    circle.floor.returning.retain(|who| who != participant)
                });
            }
            What::RoundEnded { circle } => self.in_circle(*circle, |circle| circle.floor.round = None),
            What::ReturnPassed { circle, participant } => self.in_circle(*circle, |circle| {
                circle.floor.returning.retain(|who| who != participant);
            }),
            What::OfferMade {
                circle,
                turn,
                participant,
            } => self.in_turn(*circle, *turn, |turn| turn.offer.made(*participant)),
            What::OfferWithdrawn { circle, turn } => self.in_turn(*circle, *turn, |turn| turn.offer.withdrawn()),
            What::OfferDeclined {
                circle,
                turn,
                participant,
            } => self.in_turn(*circle, *turn, |turn| turn.offer.declined(*participant)),
            What::PairFormed {
                circle,
                speaker,
                listener,
            } => self.in_circle(*circle, |circle| {
                circle.floor.pair = Some(Pair::new(*speaker, *listener));
            }),
            What::SayBackBegan { circle, .. } => self.in_circle(*circle, |circle| circle.floor.say_back(at, true)),
            What::SayBackEnded { circle, .. } => self.in_circle(*circle, |circle| circle.floor.say_back(at, false)),
            What::PairEnded { circle } => self.in_circle(*circle, |circle| circle.floor.pair_ended(at)),
            What::InnerSet { circle, participants } => self.in_circle(*circle, |circle| {
                circle.floor.inner.clone_from(participants);
            }),
            What::InnerLeft { circle, participant } => self.in_circle(*circle, |circle| {
                circle.floor.inner.retain(|who| who != participant);
            }),

            What::CircleOpened { circle, kind } => {
                self.next_circle = self.next_circle.max(circle.0.saturating_add(1));
                self.circles.entry(*circle).or_insert_with(|| Circle::new(at, *kind));
            }
            What::CircleClosed { circle } => self.close_circle(*circle),
            What::Moved { participant, to, .. } => {
                self.moved(*participant, *to);
                self.roster.guests_follow(at, *participant);
            }
            What::RoomsOpened { ends_at, groups } => {
                self.breakouts = Some(Breakouts {
                    opened_at: at,
                    ends_at: *ends_at,
                    called_back: None,
                });
                for group in groups {
                    for (n, &a) in group.iter().enumerate() {
                        self.met.extend(group[n + 1..].iter().map(|&b| pair_of(a, b)));
                    }
                }
            }
            What::RoomsExtended { seconds } => {
                if let Some(rooms) = &mut self.breakouts {
                    let from = rooms.ends_at.filter(|_| rooms.called_back.is_none()).unwrap_or(at);
                    rooms.ends_at = Some(from.plus_seconds(u64::from(*seconds)));
                    rooms.called_back = None;
                }
            }
            What::CalledBack {} => {
                if let Some(rooms) = &mut self.breakouts {
                    rooms.called_back = Some(at);
                }
            }
            What::RoomsClosed {} => self.breakouts = None,
            What::HelpCalled { circle } => self.in_circle(*circle, |circle| circle.help = Some(at)),
            What::HelpAnswered { circle } => self.in_circle(*circle, |circle| circle.help = None),

            What::SatTogether { participant, with } => {
                self.forget(at, *participant); // one seat has one place in line and one go
                self.roster.sat_together(at, *participant, *with);
            }
            What::SatApart { participant } => {
                self.roster.sat_apart(*participant);
                self.leave_shared_turns(*participant);
            }
            What::AgreedTo { participant } => {
                if let Some(session) = &mut self.session {
                    session.agreed.by.insert(*participant);
                }
            }
            What::RoleTaken { participant, role } => {
                if let Some(session) = &mut self.session {
                    session.agreed.roles.insert(*role, *participant);
                }
            }
            What::RoleLaid { role, .. } => {
                if let Some(session) = &mut self.session {
                    session.agreed.roles.remove(role);
                }
            }
            What::Whispered {
                participant,
                about,
                text,
            } => {
                let whisper = Whisper {
                    at,
                    from: *participant,
                    about: *about,
                    text: text.clone(),
                };
                if let Some(session) = &mut self.session {
                    back_channel::said(&mut session.whispers, whisper);
                }
            }

            What::NotOkRaised { .. }
            | What::AlarmAcknowledged { .. }
            | What::AlarmEscalated { .. }
            | What::AlarmClosed { .. }
            | What::ConcernRaised { .. }
            | What::AnswerNoted { .. }
            | What::AllRightSaid { .. }
            | What::ContactMade { .. }
            | What::Assessed { .. }
            | What::PlanMade { .. }
            | What::EmergencyDeclared { .. }
            | What::NotOkTakenBack { .. }
            | What::ReachTicked { .. } => alarm::apply(self, event),
            What::OnCallCalled { .. } | What::OnCallNext { .. } | What::OnCallAnswered { .. } => {
                crate::on_call::apply(self, event);
            }
            What::CountrySet { country } => self.country = Some(*country),

            What::Paused { by, until, time_out } => {
                self.pause = Some(Pause {
                    by: *by,
                    since: at,
                    until: *until,
                    time_out: *time_out,
                });
                *self.participation.pauses.entry(*by).or_default() += 1;
                self.stop_clocks(at, StopReason::Paused);
            }
            What::PauseKept {} => {
                if let Some(pause) = &mut self.pause {
                    pause.until = None;
                    pause.time_out = false; // its end is no longer the one that was stated
                }
            }
            What::Resumed { .. } => {
                self.pause = None;
                self.start_clocks(at, StopReason::Paused);
            }

            What::PromptDue { circle, prompt } => self.in_circle(*circle, |circle| {
                let fate = circle.prompts.entry(prompt.clone()).or_insert(PromptFate::at(at));
                if fate.later.take().is_some() {
                    fate.due_at = at; // it came back
                }
            }),
            What::PromptUsed { circle, prompt } => {
                self.fate(at, *circle, prompt, |fate| fate.used = true);
                self.prompt_was_used(at, *circle, prompt, false);
            }
            What::PromptPutAside { circle, prompt } => self.fate(at, *circle, prompt, |fate| fate.put_aside = true),
            What::PromptPutOff { circle, prompt, until } => {
                self.fate(at, *circle, prompt, |fate| fate.later = Some(*until));
            }
            What::PromptPushed { circle, prompt } => {
                self.fate(at, *circle, prompt, |fate| fate.used = true);
                self.in_circle(*circle, |circle| circle.pushed = Some(prompt.clone()));
                self.prompt_was_used(at, *circle, prompt, true);
            }
            What::PromptCleared { circle } => self.in_circle(*circle, |circle| circle.pushed = None),
            What::NoteLocked { note, locked } => {
                if *locked {
                    self.locked_notes.insert(*note);
                } else {
                    self.locked_notes.remove(note);
                }
            }
            What::NoteTakenBack { .. } => {}
            What::EndNear {} => {
                if let Some(session) = &mut self.session {
                    session.near_end = true;
                }
            }
            What::AreaSet { participant, area } => put(&mut self.areas, *participant, area.clone()),
            What::MeasureFlagged { participant, flag } => put(&mut self.flags, *participant, *flag),
            What::OwnWordsSet { step, text } => put(&mut self.own_words, step.clone(), text.clone()),
            What::ScreenRecorded {
                participant,
                outcome,
                words,
            } => {
                let (outcome, words) = (*outcome, words.clone());
                self.lock.screens.insert(*participant, Screen { at, outcome, words });
            }
            What::SecretsChosen { key } => self.lock.secrets = Some(key.clone()),
            What::CheckedIn {
                participant,
                session,
                question,
                answer,
            } => {
                let text = answer.clone();
                self.checked_in(*participant, *session, question, Answer { at, text });
            }
            What::ArrivalConfirmed {
                participant,
                session,
                reach,
                today,
            } => self.arrival_confirmed(at, *participant, *session, reach.as_ref(), today),
            What::VoicesHeard { heard } => self.voices_heard(heard),
            What::PlaceForgotten { participant } => self.place_forgotten(*participant),
            What::ConsentGiven {
                participant,
                purpose,
                version,
                digest,
                language: _,
            } => self.consents.given(at, *participant, *purpose, version, digest),
            What::ConsentTakenBack { participant, purpose } => self.consents.taken_back(at, *participant, *purpose),
            What::DescribedThemselves {
                participant,
                pronouns,
                about,
                shown,
            } => {
                let (pronouns, about, shown) = (pronouns.clone(), about.clone(), *shown);
                self.describes(*participant, Description { pronouns, about, shown });
            }
            What::PersonErased { participant } => self.person_erased(at, *participant),
            What::Emptied {} => {}
        }
    }

    /// Where somebody sits now. A small circle is a place of its own; a side room is not, so that the place they came from is kept.
    fn moved(&mut self, who: protocol::ParticipantId, to: CircleId) {
        let Some(kind) = self.kind_of(to) else { return };
        if let Some(person) = self.roster.get_mut(who) {
            person.circle = to;
            if kind != CircleKind::Side {
                person.place = to;
            }
        }
    }

    /// Who sits apart leaves a turn that the two held to the other.
    fn leave_shared_turns(&mut self, who: protocol::ParticipantId) {
        for turn in self.turns_mut().filter(|turn| turn.holders.len() > 1) {
            turn.holders.retain(|&holder| holder != who);
        }
    }

    fn close_circle(&mut self, id: CircleId) {
        if id == CircleId::MAIN {
            return;
        }
        self.circles.remove(&id);
        for person in self.roster.people_mut() {
            if person.circle == id {
                person.circle = CircleId::MAIN;
            }
            if person.place == id {
                person.place = CircleId::MAIN;
            }
        }
    }

    /// What became of a prompt. It may be used before it was due.
    fn fate(&mut self, at: Timestamp, circle: CircleId, prompt: &PromptId, change: impl FnOnce(&mut PromptFate)) {
        self.in_circle(circle, |circle| {
            change(circle.prompts.entry(prompt.clone()).or_insert(PromptFate::at(at)));
        });
    }

    fn in_circle(&mut self, id: CircleId, change: impl FnOnce(&mut Circle)) {
        if let Some(circle) = self.circles.get_mut(&id) {
            change(circle);
        }
    }
    fn in_turn(&mut self, circle: CircleId, id: TurnId, change: impl FnOnce(&mut Turn)) {
        self.in_circle(circle, |circle| {
            if let Some(turn) = circle.floor.turn.as_mut().filter(|turn| turn.id == id) {
                change(turn);
            }
        });
    }
    fn in_round(&mut self, circle: CircleId, change: impl FnOnce(&mut Round)) {
        self.in_circle(circle, |circle| {
            if let Some(round) = &mut circle.floor.round {
                change(round);
            }
        });
    }
    fn turns_mut(&mut self) -> impl Iterator<Item = &mut Turn> {
        self.circles
            .values_mut()
            .filter_map(|circle| circle.floor.turn.as_mut())
    }
    fn stop_clocks(&mut self, at: Timestamp, why: StopReason) {
        self.turns_mut().for_each(|turn| turn.clock.stop(at, why));
    }
    fn start_clocks(&mut self, at: Timestamp, why: StopReason) {
        self.turns_mut().for_each(|turn| turn.clock.go(at, why));
    }
    /// How long a dropped line is waited for, in seconds.
    pub(crate) fn grace_seconds(&self) -> u64 {
        self.session
            .as_ref()
            .map_or(u64::from(DEFAULT_GRACE_SECONDS), |session| {
                u64::from(session.grace_seconds)
            })
    }

    /// A turn all of whose holders are away stands still, and the grace begins.
    fn suspend_turns_of_the_absent(&mut self, at: Timestamp) {
        let grace_until = at.plus_seconds(self.grace_seconds());
        let Self { circles, roster, .. } = self;
        for turn in circles.values_mut().filter_map(|circle| circle.floor.turn.as_mut()) {
            let all_away = turn
                .holders
                .iter()
                .all(|&who| roster.get(who).is_none_or(|p| !p.present));
            if all_away && turn.suspended.is_none() {
                turn.suspended = Some(Suspension {
                    since: at,
                    grace_until,
                    asked: false,
                });
                turn.clock.stop(at, StopReason::Away);
            }
        }
    }
    fn resume_turns_of_the_present(&mut self, at: Timestamp) {
        let Self { circles, roster, .. } = self;
        for turn in circles.values_mut().filter_map(|circle| circle.floor.turn.as_mut()) {
            let back = turn
                .holders
                .iter()
                .any(|&who| roster.get(who).is_some_and(|p| p.present));
            if back && turn.suspended.take().is_some() {
                turn.clock.go(at, StopReason::Away);
            }
        }
    }

    /// Everybody is away; a running turn has the time left that it had at the last committed event. The grace starts now.
    fn recover(&mut self, last_committed: Timestamp, at: Timestamp) {
        for person in self.roster.people_mut() {
            person.present = false;
        }
        for turn in self.turns_mut() {
            turn.clock.stop(last_committed, StopReason::Away);
            turn.suspended = None;
        }
        self.suspend_turns_of_the_absent(at);
        if self.session.is_none() {
            self.show_out_the_absent();
        }
    }

    pub(crate) fn send_out(&mut self, at: Timestamp, who: protocol::ParticipantId, to: Admission) {
        self.leaves_the_door(who);
        // Who sat at the other's device, or the other way round, sits by themselves from here on.
        if let Some(other) = self.roster.together_with(who) {
            self.roster.sat_apart(who);
            self.roster.sat_apart(other);
        }
        if let Some(person) = self.roster.get_mut(who) {
            person.admission = to;
            person.since = at;
        }
        self.forget(at, who);
        // A role that somebody takes with them is free again.
        if let Some(session) = &mut self.session {
            session.agreed.roles.retain(|_, holder| *holder != who);
        }
    }

    fn forget(&mut self, at: Timestamp, who: protocol::ParticipantId) {
        for circle in self.circles.values_mut() {
            circle.floor.forget(at, who);
        }
    }

    /// After a session the room is left one by one, and who is gone waits at the door next time.
    fn show_out_the_absent(&mut self) {
        let absent = self.roster.iter().filter(|(_, p)| !p.present);
        let gone: Vec<_> = absent.map(|(id, _)| id).collect();
        for who in gone {
            self.roster.show_out(who);
        }
    }

    fn end_session(&mut self, at: Timestamp, attended: u16) {
        if let Some(session) = self.session.take() {
            self.held.push(HeldSession {
                session: session.number,
                started_at: session.started_at,
                ended_at: at,
                attended,
            });
        }
        self.unattended = None;
        for circle in self.circles.values_mut() {
            circle.step = None;
            circle.prompts = BTreeMap::new();
            circle.pushed = None;
            circle.floor.rules = LOBBY_RULES;
            circle.floor.round = None;
            circle.floor.written.clear();
            circle.floor.returning.clear();
            circle.floor.pair = None;
            circle.floor.inner.clear();
            circle.floor.queue.clear();
        }
        self.show_out_the_absent();
        self.clear_the_door();
        for person in self.roster.people_mut() {
            person.attended = false;
        }
    }

    /// Adds an ended turn to what was heard. Who passed, put it off or wrote had the floor for as long as they had it, but was not heard.
    fn count(&mut self, at: Timestamp, turn: &Turn, why: EndReason) {
        let spoke = !matches!(why, EndReason::Passed | EndReason::ComesBack | EndReason::Wrote);
        let by_facilitator = turn
            .holders
            .iter()
            .any(|&who| self.roster.role_now(who) == Some(Role::Facilitator));
        let heard = &mut self.participation;
        for &who in &turn.holders {
            let one = heard.people.entry(who).or_default();
            one.floor_ms += turn.clock.ran_ms(at);
            if spoke {
                one.turns += 1;
                one.last = Some(at);
            }
        }
        if !spoke {
            return;
        }
        match (heard.last_was_facilitator, by_facilitator) {
            (Some(false), false) => heard.member_to_member += 1,
            (Some(true), false) | (Some(false), true) => heard.with_facilitator += 1,
            (Some(true), true) | (None, _) => {}
        }
        heard.last_was_facilitator = Some(by_facilitator);
    }
}

/// Keeps what is there under its key, or nothing.
fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => _ = map.insert(key, value),
        None => _ = map.remove(&key),
    }
}

/// The grace outside a session, where a facilitator's own turn may be running.
const DEFAULT_GRACE_SECONDS: u32 = 45;
