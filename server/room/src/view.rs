//! Views: the only ways out of a room. Each is whole, for one audience or one person, and says nothing that belongs to another.

use std::collections::BTreeSet;

use protocol::pack::{FloorMode, MeetingPlace, MeetingPlan};
use protocol::wire::{
    Admission, AgendaView, BesideView, Can, CircleGlance, CircleKind, CourseView, Exchange, FloorView, Leaving,
    MeetingView, MyRequest, MyView, NoteRef, NoteView, Notice, OfferView, PairView, ParticipationRow, PauseCount,
    QuestionView, Refusal, RefusalCode, RequestStatus, RoomView, SignalKind, StaffRequest, Stand, StepState, StepView,
    SuspendedTurn, TurnView, WaitingPerson, WaitingView, WrittenTurn,
};
use protocol::{CircleId, ParticipantId, Role, Timestamp};

use crate::floor::{Floor, Turn};
use crate::queue::Request;
use crate::scene::{
    self, Facing, MineMoving, MineStanding, Moving, SeatStanding, StaffMoving, StaffStanding, StaffTurning, Standing,
};
use crate::sealed::SealedText;
use crate::state::Circle;
use crate::stick::Offer;
use crate::{Room, aside, offers, prompts, speech};

/// People who see the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Not admitted: the waiting screen and nothing else.
    Waiting,
    /// Members and observers of a circle.
    Circle(CircleId),
    /// Those who lead, in a circle.
    Leaders(CircleId),
}

/// Who sees a passing sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalScope {
    /// Everybody in the circle.
    Circle(CircleId),
    /// Those who lead.
    Leaders,
}

pub(crate) fn audience_of(room: &Room, who: ParticipantId) -> Audience {
    match room.state.roster.get(who) {
        Some(person) if person.admission == Admission::Admitted => {
            let leads = room.state.roster.role_now(who) == Some(Role::Facilitator);
            if leads {
                Audience::Leaders(person.circle)
            } else {
                Audience::Circle(person.circle)
            }
        }
        _ => Audience::Waiting,
    }
}

pub(crate) fn signal_scope(room: &Room, from: ParticipantId, kind: SignalKind) -> Result<SignalScope, Refusal> {
    let person = room
        .state
        .roster
        .get(from)
        .filter(|p| p.is_here())
        .ok_or(RefusalCode::NotAdmitted)?;
    if room.state.roster.role_now(from) == Some(Role::Observer) {
        return Err(RefusalCode::ObserversListen.into());
    }
    Ok(match kind {
        SignalKind::MeToo => SignalScope::Circle(person.circle),
        SignalKind::Slower | SignalKind::NeedBreak => SignalScope::Leaders,
    })
}

pub(crate) fn room_view(room: &Room, audience: Audience) -> RoomView {
    let (id, staff) = match audience {
        Audience::Waiting => {
            return RoomView::Waiting(WaitingView {
                facilitator_present: room.state.roster.is_led(),
                seen_alone_first: room.pack.separate_screens,
            });
        }
        Audience::Circle(id) => (id, false),
        Audience::Leaders(id) => (id, true),
    };
    let Some(circle) = room.state.circles.get(&id) else {
        return RoomView::Waiting(WaitingView {
            facilitator_present: false,
            seen_alone_first: room.pack.separate_screens,
        });
    };
    let next = room.state.next_up(id).map(|next| next.participant);
    let pane = || {
        let turning = staff_turning(room, id, circle);
        (
            staff_standing(room, id, circle),
            turning,
            staff_moving(room, id, circle),
        )
    };
    let shown = |seat: SeatStanding| {
        let state = offers::seat_state(room, id, seat.participant, next);
        seat.shows(state)
    };
    RoomView::Room(Box::new(scene::whole(
        standing(room, circle),
        moving(room, id, circle),
        seats(room, id, staff).into_iter().map(shown).collect(),
        facing(room, id, circle, next, staff),
        staff.then(pane),
    )))
}

pub(crate) fn standing(room: &Room, circle: &Circle) -> Standing {
    Standing {
        course: course(room),
        agenda: agenda(room, circle),
        agreements: crate::agreed::view(&room.state, &room.pack, &room.place.language),
        roles: crate::agreed::roles(&room.state, &room.pack, &room.place.language),
    }
}

/// When the current step is over at the earliest: the one thing in what stands that moves without an event of its own.
pub(crate) fn step_over(room: &Room) -> Option<Timestamp> {
    let cursor = main_cursor(&room.state)?;
    Some(cursor.ends_at.max(room.state.public_at))
}

pub(crate) fn moving(room: &Room, id: CircleId, circle: &Circle) -> Moving {
    Moving {
        circle: id,
        stand: stand(room),
        beside: beside(room, circle),
        ready: crate::ready::view(&room.state),
    }
}

pub(crate) fn facing(room: &Room, id: CircleId, circle: &Circle, next: Option<ParticipantId>, staff: bool) -> Facing {
    Facing {
        floor: floor(room, id, circle, next, staff),
        notes: notes(room, staff),
    }
}

fn course(room: &Room) -> CourseView {
    let number = room.state.session_number();
    let text = room.pack.text(&room.place.language);
    let between = room.state.session.is_none();
    let phase = room
        .pack
        .session(number)
        .and_then(|plan| text?.phases.get(&plan.phase).cloned());
    CourseView {
        title: room.place.title.clone(),
        pack_title: text.map_or_else(|| room.pack.id.clone(), |text| text.title.clone()),
        setting: room.pack.setting,
        language: room.place.language.clone(),
        session: number,
        sessions: room.pack.session_count(),
        phase,
        ends_on: room.place.ends_on.clone(),
        sessions_left: room.pack.sessions_left(number),
        next_on: room
            .place
            .days
            .get(usize::from(number).saturating_sub(1))
            .filter(|_| between)
            .cloned(),
        content_notes: text.filter(|_| between).and_then(|text| text.content_notes.clone()),
        meetings: if between { meetings(room) } else { Vec::new() },
    }
}

/// Meetings beside the sessions, and whether their place in the course is now.
fn meetings(room: &Room) -> Vec<MeetingView> {
    let text = room.pack.text(&room.place.language);
    let held = room.state.held.last().map_or(0, |held| held.session);
    let view = |plan: &MeetingPlan| {
        let words = text.and_then(|text| text.meetings.get(&plan.id));
        MeetingView {
            name: words.map_or_else(|| plan.id.clone(), |words| words.name.clone()),
            purpose: words.map_or_else(String::new, |words| words.member.clone()),
            place: plan.place,
            with: plan.with,
            minutes: plan.minutes,
            due: match plan.place {
                MeetingPlace::Before => held == 0,
                MeetingPlace::AfterSession(number) => held == number,
                MeetingPlace::After => held >= room.pack.session_count(),
            },
        }
    };
    room.pack.meetings.iter().map(view).collect()
}

fn agenda(room: &Room, circle: &Circle) -> AgendaView {
    let number = room.state.session_number();
    let text = room.pack.text(&room.place.language);
    let plan = room.pack.session(number);
    let planned = |id: &protocol::StepId| {
        let own = plan.map_or(&[][..], |plan| &plan.steps).iter();
        let all = room.pack.sessions.iter().flat_map(|session| &session.steps);
        own.chain(all).find(|step| step.id == *id)
    };
    // A small circle or a side room has no agenda of its own.
    let main = room.state.circles.get(&CircleId::MAIN).unwrap_or(circle);
    let cursor = main.step.as_ref();
    let today = room.state.plan(&room.pack);
    // What might be hard is said before it begins: of the current step and of the next.
    let current = cursor.map(|c| c.index);
    let next = current.map_or(Some(0), |current| crate::plan::next_step(&today, current));
    let held = |place: u16| {
        room.state
            .session
            .as_ref()
            .is_some_and(|session| session.entered.contains(&place))
    };
    let near = |index: usize| [current, next].contains(&u16::try_from(index).ok());
    let steps = today.into_iter().enumerate().map(|(index, step)| {
        let words = text.and_then(|text| text.steps.get(&step.step));
        let place = u16::try_from(index).unwrap_or(u16::MAX); // a plan is much shorter
        let state = match current {
            Some(current) if place == current => StepState::Current,
            _ if step.left_out => StepState::LeftOut,
            Some(current) if place < current && !held(place) => StepState::PassedBy,
            Some(current) if place < current => StepState::Done,
            _ => StepState::ToCome,
        };
        StepView {
            name: words.map_or_else(|| step.step.to_string(), |w| w.name.clone()),
            droppable: planned(&step.step).is_some_and(|plan| plan.droppable),
            protected: planned(&step.step).is_some_and(|plan| plan.protected),
            content_notes: words.filter(|_| near(index)).and_then(|w| w.content_notes.clone()),
            choices: words.filter(|_| near(index)).and_then(|w| w.choices.clone()),
            takes_own_words: planned(&step.step).is_some_and(|plan| plan.own_words),
            own_words: room.state.own_words.get(&step.step).and_then(SealedText::text),
            step: step.step,
            purpose: words.map_or_else(String::new, |w| w.member.clone()),
            minutes: step.minutes,
            state,
        }
    });
    let started = room.state.session.as_ref().map(|session| session.started_at);
    AgendaView {
        steps: steps.collect(),
        current: cursor.map(|c| c.index),
        started_at: cursor.map(|c| c.started_at),
        ends_at: cursor.map(|c| c.ends_at),
        session_started_at: started,
        session_ends_at: room.state.planned_end(&room.pack),
        projected_end: cursor.map(|cursor| room.state.projected_end(&room.pack, cursor)),
    }
}

fn stand(room: &Room) -> Stand {
    let state = &room.state;
    if let Some(absent) = state.unattended {
        Stand::Held {
            since: absent.since,
            long: absent.long,
            contact: room.place.contact.clone().filter(|_| absent.long),
        }
    } else if let Some(pause) = state.pause {
        Stand::Paused {
            by: pause.by,
            since: pause.since,
            until: pause.until,
            time_out: pause.time_out,
        }
    } else if state.session.is_some() {
        Stand::Running
    } else if state.course_is_over(&room.pack) {
        Stand::Closed
    } else {
        Stand::Lobby
    }
}

fn beside(room: &Room, circle: &Circle) -> Option<BesideView> {
    let rooms = room.state.breakouts.as_ref();
    (circle.kind != aside::CircleKind::Main || rooms.is_some()).then(|| BesideView {
        kind: wire_kind(circle.kind),
        ends_at: rooms.and_then(|rooms| rooms.ends_at),
        called_back: rooms.and_then(|rooms| rooms.called_back),
        help: circle.help.is_some(),
    })
}

fn wire_kind(kind: aside::CircleKind) -> CircleKind {
    match kind {
        aside::CircleKind::Main => CircleKind::Main,
        aside::CircleKind::Breakout => CircleKind::Breakout,
        aside::CircleKind::Side => CircleKind::Side,
    }
}

fn glances(room: &Room) -> Vec<CircleGlance> {
    let others = room.state.circles.iter().filter(|(id, _)| **id != CircleId::MAIN);
    let glance = |(&id, circle): (&CircleId, &Circle)| CircleGlance {
        circle: id,
        kind: wire_kind(circle.kind),
        people: room
            .state
            .roster
            .iter()
            .filter(|(_, p)| p.admission == Admission::Admitted && p.circle == id)
            .map(|(who, _)| who)
            .collect(),
        holder: circle
            .floor
            .turn
            .as_ref()
            .and_then(|turn| turn.holders.first().copied()),
        help: circle.help,
    };
    others.map(glance).collect()
}

pub(crate) fn seats(room: &Room, id: CircleId, staff: bool) -> Vec<SeatStanding> {
    let seated = room.state.roster.seated(id);
    let seat = |(who, person): (ParticipantId, &crate::roster::Participant)| SeatStanding {
        participant: who,
        name: person.name.text(),
        role: person.role,
        present: person.present,
        acting: room.state.roster.acting() == Some(who),
        beside: person.beside,
        described: crate::described::seen(&room.state, who, staff),
    };
    seated.into_iter().map(seat).collect()
}

fn floor(room: &Room, id: CircleId, circle: &Circle, next: Option<ParticipantId>, staff: bool) -> FloorView {
    let floor = &circle.floor;
    let turn = floor.turn.as_ref().map(|turn| TurnView {
        turn: turn.id,
        holders: turn.holders.clone(),
        kind: turn.kind,
        granted_at: turn.granted_at,
        limit_seconds: turn.limit_seconds,
        clock: turn.clock.view(),
        overran: turn.overran,
        wants_more: staff && turn.wants_more,
    });
    FloorView {
        mode: floor.rules.mode,
        order: floor.rules.order,
        advance: floor.rules.advance,
        ending: floor.rules.ending,
        enforcement: floor.rules.enforcement,
        turn_seconds: floor.rules.turn_seconds,
        turn,
        next,
        line: line(room, id),
        round_running: floor.round.is_some(),
        written: floor
            .written
            .iter()
            .map(|(who, text)| WrittenTurn {
                participant: *who,
                text: text.text(),
            })
            .collect(),
        pair: floor.pair.map(|pair| PairView {
            speaker: pair.speaker,
            listener: pair.listener,
            saying_back: pair.saying_back,
        }),
        inner: floor.inner.clone(),
        question: question(room, circle),
    }
}

/// Who waits, in order, holders left out.
pub(crate) fn line(room: &Room, id: CircleId) -> Vec<ParticipantId> {
    let Some(circle) = room.state.circles.get(&id) else {
        return Vec::new();
    };
    let floor = &circle.floor;
    let mut line: Vec<ParticipantId> = floor.returning.clone();
    let mode_line: Vec<ParticipantId> = match (floor.rules.mode, &floor.round) {
        (FloorMode::Round, Some(round)) => round.line(),
        (FloorMode::Round, None) => Vec::new(),
        (FloorMode::Pair, _) => floor
            .pair
            .map_or_else(Vec::new, |pair| vec![pair.speaker, pair.listener]),
        _ => {
            let ordered = floor.queue.ordered(floor.order(), |who| room.state.heard_ms(who));
            ordered.into_iter().map(|r| r.participant).collect()
        }
    };
    for who in mode_line {
        if !line.contains(&who) && !floor.is_held_by(who) {
            line.push(who);
        }
    }
    line
}

fn question(room: &Room, circle: &Circle) -> Option<QuestionView> {
    let language = &room.place.language;
    let pushed = circle.pushed.as_ref().and_then(|prompt| {
        Some(QuestionView {
            prompt: Some(prompt.clone()),
            text: prompts::say(&room.state, &room.pack, language, prompt)?,
        })
    });
    if pushed.is_some() {
        return pushed;
    }
    let step = circle.step.as_ref()?;
    let text = room.pack.text(language)?.steps.get(&step.step)?.question.clone()?;
    Some(QuestionView { prompt: None, text })
}

fn notes(room: &Room, staff: bool) -> Vec<NoteView> {
    // Between two sessions people still read what they wrote in the last one.
    let last_held = room.state.held.last().map_or(1, |held| held.session);
    let session = room.state.session.as_ref().map_or(last_held, |session| session.number);
    let view = |note| {
        let locked = room.state.locked_notes.contains(&note);
        NoteView {
            note,
            locked,
            writable: staff || !locked,
        }
    };
    let mut notes = vec![view(NoteRef::Session { session }), view(NoteRef::Course)];
    if staff {
        notes.push(view(NoteRef::Facilitators { session }));
    }
    notes
}

/// The facilitators' pane, as far as it does not change with who waits in line.
pub(crate) fn staff_standing(room: &Room, id: CircleId, circle: &Circle) -> StaffStanding {
    let state = &room.state;
    let language = &room.place.language;
    let waiting = state
        .roster
        .iter()
        .filter(|(_, p)| p.admission == Admission::Waiting && p.present);
    let step = circle.step.as_ref();
    let words = step.and_then(|step| room.pack.text(language)?.steps.get(&step.step));
    let pauses = state.participation.pauses.iter().filter(|(_, times)| **times > 1);
    StaffStanding {
        waiting: waiting
            .map(|(participant, p)| WaitingPerson {
                participant,
                name: p.name.text(),
                role: p.role,
                since: p.since,
                present: p.present,
                said: crate::doorway::view(state, participant),
                described: crate::described::seen(state, participant, true),
            })
            .collect(),
        notices: notices(room),
        step_purpose: words.map(|words| words.purpose.clone()),
        deputy: state.roster.deputy(),
        pauses: pauses
            .map(|(&participant, &times)| PauseCount { participant, times })
            .collect(),
        held: state.held.to_vec(),
        alarms: crate::alarm::staff(room),
        closed: crate::alarm::closed(state),
        whispers: crate::back_channel::view(state),
        shorten: words.and_then(|words| words.shorten.clone()),
        near_end: main_cursor(state).and_then(|cursor| crate::plan::near_end(state, &room.pack, language, cursor)),
        work: crate::work::view(state, &room.pack),
        used: prompts::used(state, &room.pack, language),
        lock: crate::lock::view(state, &room.pack, language),
        check_ins: crate::check_in::staff(state, &room.pack, language),
        names: crate::names::elsewhere(state, id),
        arrivals: crate::arrival::staff(room),
        consents: crate::consents::staff(state, &room.pack),
        country: crate::precautions::place(room),
    }
}

/// Of the pane, what a turn moves and the line does not.
pub(crate) fn staff_turning(room: &Room, id: CircleId, circle: &Circle) -> StaffTurning {
    let state = &room.state;
    let suspended = circle.floor.turn.as_ref().and_then(|turn| {
        let suspended = turn.suspended?;
        Some(SuspendedTurn {
            turn: turn.id,
            participant: *turn.holders.first()?,
            since: suspended.since,
            grace_until: suspended.grace_until,
            asked: suspended.asked,
        })
    });
    // A circle of peers is not measured.
    let measured = room.pack.setting != protocol::pack::Setting::Circle;
    let heard = state
        .roster
        .seated(id)
        .into_iter()
        .filter(|(_, p)| p.role != Role::Observer && measured)
        .map(|(who, _)| {
            let heard = state.participation.people.get(&who).copied().unwrap_or_default();
            ParticipationRow {
                participant: who,
                floor_ms: heard.floor_ms,
                turns: heard.turns,
                last_heard: heard.last,
                voice_ms: heard.voice_ms,
            }
        });
    StaffTurning {
        suspended,
        participation: heard.collect(),
        exchange: if measured {
            Exchange {
                member_to_member: state.participation.member_to_member,
                with_facilitator: state.participation.with_facilitator,
            }
        } else {
            Exchange::default()
        },
        circles: glances(room),
        offer: circle.floor.turn.as_ref().and_then(offer),
        leaving: leaving(&circle.floor),
    }
}

/// The rest of the pane.
pub(crate) fn staff_moving(room: &Room, id: CircleId, circle: &Circle) -> StaffMoving {
    let state = &room.state;
    let in_line = circle
        .floor
        .queue
        .ordered(circle.floor.order(), |who| state.heard_ms(who));
    let denied = circle.floor.queue.left().filter(|r| r.status == RequestStatus::Denied);
    StaffMoving {
        prompts: prompts::offered(state, &room.pack, &room.place.language, id),
        library: prompts::library(state, &room.pack, &room.place.language, id),
        requests: in_line.into_iter().chain(denied).map(staff_request).collect(),
    }
}

fn main_cursor(state: &crate::State) -> Option<&crate::state::StepCursor> {
    state.circles.get(&CircleId::MAIN)?.step.as_ref()
}

fn offer(turn: &Turn) -> Option<OfferView> {
    let from = *turn.holders.first()?;
    (turn.offer != Offer::default()).then(|| OfferView {
        from,
        to: turn.offer.to,
        declined: turn.offer.declined.clone(),
    })
}

/// What would end if the floor were shared in another way from now on.
fn leaving(floor: &Floor) -> Option<Leaving> {
    if floor.round.is_some() {
        Some(Leaving::Round)
    } else if floor.pair.is_some() {
        Some(Leaving::Pair)
    } else if !floor.inner.is_empty() {
        Some(Leaving::Inner)
    } else {
        floor.turn.as_ref()?.offer.to.map(|_| Leaving::Offer)
    }
}

/// What the pack would have a facilitator consider.
fn notices(room: &Room) -> Vec<Notice> {
    let state = &room.state;
    let members = state
        .roster
        .iter()
        .filter(|(_, p)| p.is_here() && p.role == Role::Member);
    let here = u16::try_from(members.count()).unwrap_or(u16::MAX);
    let few = room.pack.course.min_present.filter(|&least| here < least);
    let over = state.session_number() > room.pack.session_count();
    let mut notices: Vec<Notice> = few
        .filter(|_| !over)
        .map(|least| Notice::FewMembers { here, least })
        .into_iter()
        .collect();
    let until = room.pack.course.joining_until.unwrap_or(1);
    if room.pack.course.closed && state.session_number() > until {
        let newcomers = state.roster.iter().filter(|(_, p)| {
            p.admission == Admission::Waiting && p.present && p.seat.is_none() && p.role == Role::Member
        });
        notices.extend(newcomers.map(|(participant, _)| Notice::ClosedToNewcomers { participant }));
    }
    notices.extend(crate::precautions::notices(room));
    notices
}

fn staff_request(request: &Request) -> StaffRequest {
    StaffRequest {
        request: request.id,
        participant: request.participant,
        kind: request.kind,
        note: request.note.as_ref().and_then(|note| note.text()),
        status: request.status,
        asked_at: request.asked_at,
    }
}

/// Where somebody waits in a line: 1 is next.
pub(crate) fn place_in(line: &[ParticipantId], who: ParticipantId) -> Option<u32> {
    let index = line.iter().position(|&other| other == who)?;
    u32::try_from(index + 1).ok()
}

/// What one person sees, worked out from the room alone.
pub(crate) fn fresh(room: &Room, who: ParticipantId) -> Option<MyView> {
    let person = room.state.roster.get(who)?;
    let place = place_in(&line(room, person.circle), who).filter(|_| person.admission == Admission::Admitted);
    Some(scene::own(
        mine_standing(room, who)?,
        mine_moving(room, who, None)?,
        place,
    ))
}

/// What is somebody's own and no turn changes.
pub(crate) fn mine_standing(room: &Room, who: ParticipantId) -> Option<MineStanding> {
    let state = &room.state;
    let person = state.roster.get(who)?;
    let admitted = person.admission == Admission::Admitted;
    let on_call = crate::on_call::mine(room, who).filter(|_| admitted);
    let not_ok = crate::alarm::mine(room, who).filter(|_| admitted);
    Some(MineStanding {
        names: crate::names::spoken_of(state, person.circle, not_ok.as_ref(), on_call.as_ref()),
        on_call,
        participant: who,
        name: person.name.text(),
        role: state.roster.role_now(who).unwrap_or(person.role),
        admission: person.admission,
        agreed: admitted
            && state
                .session
                .as_ref()
                .is_some_and(|session| session.agreed.by.contains(&who)),
        not_ok,
        ready: state
            .session
            .as_ref()
            .and_then(|session| session.ready.as_ref()?.answer_of(who))
            .filter(|_| admitted),
        area: state.area_of(who).filter(|_| admitted),
        cards: if admitted {
            crate::work::cards(state, &room.pack, &room.place.language, who)
        } else {
            Vec::new()
        },
        to_call: admitted.then(|| crate::precautions::card(room, who)).flatten(),
        check_in: crate::check_in::mine(state, &room.pack, &room.place.language, who),
        writes_notes: admitted && state.roster.role_now(who) != Some(Role::Observer) && room.may_write_notes(who),
        arrival: crate::arrival::mine(room, who),
        consents: crate::consents::mine(state, &room.pack, &room.place.language, who),
        at_door: crate::doorway::view(state, who),
        described: crate::described::mine(state, who),
    })
}

/// The rest of what is somebody's own, whose buttons beside the floor are these if they are known.
pub(crate) fn mine_moving(
    room: &Room,
    who: ParticipantId,
    beside_the_floor: Option<BTreeSet<Can>>,
) -> Option<MineMoving> {
    let state = &room.state;
    let person = state.roster.get(who)?;
    let speak = speech::may_speak(state, who);
    let admitted = person.admission == Admission::Admitted;
    let circle = state.circles.get(&person.circle)?;
    let turn = circle.floor.turn.as_ref();
    let own = turn.filter(|turn| turn.holders.contains(&who));
    let first_holder = |turn: &Turn| turn.holders.first().copied();
    let request = circle.floor.queue.latest(who).filter(|_| admitted);
    Some(MineMoving {
        may_speak: speak.is_ok(),
        silent_because: speak.err(),
        can: offers::can(room, who, admitted, beside_the_floor),
        request: request.map(|request| MyRequest {
            request: request.id,
            kind: request.kind,
            status: request.status,
            note: request.note.as_ref().and_then(|note| note.text()),
        }),
        holding: circle.floor.is_held_by(who),
        returning: circle.floor.returning.contains(&who),
        offered_by: turn.filter(|turn| turn.offer.to == Some(who)).and_then(first_holder),
        offering_to: own.and_then(|turn| turn.offer.to),
        declined_by: own.map_or_else(Vec::new, |turn| turn.offer.declined.clone()),
        asked_for_more: own.is_some_and(|turn| turn.wants_more),
    })
}
