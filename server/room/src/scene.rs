//! A scene in pieces, cut where things change together. All together they are the [`RoomScene`] of an audience; apart they let `memo` keep
//! what a turn does not touch, and write once what both audiences of a circle see.

use std::collections::BTreeSet;

use protocol::pack::Area;
use protocol::wire::{
    Admission, AgendaView, AgreementsView, AlarmView, ArrivalCard, ArrivalView, BesideView, CallCard, Can,
    CheckInAnswer, CheckInQuestion, CircleGlance, ClosedView, ConsentCard, ConsentRow, CourseView, Described, DoorLine,
    Exchange, FloorView, HeldSession, KnownName, Leaving, LockView, MemberWork, MyOnCall, MyRequest, MyView, NearEnd,
    NotOkView, NoteView, Notice, OfferView, OfferedPrompt, ParticipationRow, PauseCount, PrivateCard, ReadyView,
    RefusalCode, RoleView, RoomCountry, RoomScene, SeatState, SeatView, StaffRequest, StaffView, Stand, SuspendedTurn,
    UsedPrompt, WaitingPerson, WhisperView,
};
use protocol::{CircleId, ParticipantId, Private, Role};
use serde::Serialize;

/// What no turn changes; most of the bytes.
#[derive(Serialize)]
pub(crate) struct Standing {
    pub(crate) course: CourseView,
    pub(crate) agenda: AgendaView,
    pub(crate) agreements: Option<AgreementsView>,
    pub(crate) roles: Vec<RoleView>,
}

/// What may change with a turn, and is the same for everybody in the circle.
#[derive(Serialize)]
pub(crate) struct Moving {
    pub(crate) circle: CircleId,
    pub(crate) stand: Stand,
    pub(crate) beside: Option<BesideView>,
    pub(crate) ready: Option<ReadyView>,
}

/// Of a seat, what no turn changes. It differs between those who lead and the others: what somebody says of themselves.
#[derive(Serialize)]
pub(crate) struct SeatStanding {
    pub(crate) participant: ParticipantId,
    pub(crate) name: Option<Private<String>>,
    pub(crate) role: Role,
    pub(crate) present: bool,
    pub(crate) acting: bool,
    pub(crate) beside: Option<ParticipantId>,
    pub(crate) described: Option<Described>,
}

impl SeatStanding {
    pub(crate) fn shows(self, state: SeatState) -> SeatView {
        SeatView {
            participant: self.participant,
            name: self.name,
            role: self.role,
            present: self.present,
            acting: self.acting,
            beside: self.beside,
            state,
            described: self.described,
        }
    }
}

/// What else may change with a turn, and differs between those who lead and the others.
#[derive(Serialize)]
pub(crate) struct Facing {
    pub(crate) floor: FloorView,
    pub(crate) notes: Vec<NoteView>,
}

/// Of the facilitators' pane, what does not change with who waits in line. A turn moves it: prompts name who was not heard yet.
#[derive(Serialize)]
pub(crate) struct StaffStanding {
    pub(crate) waiting: Vec<WaitingPerson>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) step_purpose: Option<String>,
    pub(crate) deputy: Option<ParticipantId>,
    pub(crate) pauses: Vec<PauseCount>,
    pub(crate) held: Vec<HeldSession>,
    pub(crate) alarms: Vec<AlarmView>,
    pub(crate) closed: Vec<ClosedView>,
    pub(crate) whispers: Vec<WhisperView>,
    pub(crate) shorten: Option<String>,
    pub(crate) near_end: Option<NearEnd>,
    pub(crate) work: Vec<MemberWork>,
    pub(crate) used: Vec<UsedPrompt>,
    pub(crate) lock: Option<LockView>,
    pub(crate) check_ins: Vec<CheckInAnswer>,
    pub(crate) names: Vec<KnownName>,
    pub(crate) arrivals: Vec<ArrivalView>,
    pub(crate) consents: Vec<ConsentRow>,
    pub(crate) country: Option<RoomCountry>,
}

/// What a turn moves, and who waits in line does not.
#[derive(Serialize)]
pub(crate) struct StaffTurning {
    pub(crate) suspended: Option<SuspendedTurn>,
    pub(crate) participation: Vec<ParticipationRow>,
    pub(crate) exchange: Exchange,
    pub(crate) circles: Vec<CircleGlance>,
    pub(crate) offer: Option<OfferView>,
    pub(crate) leaving: Option<Leaving>,
}

/// What every event may move: prompts say how many wait, and for how long.
#[derive(Serialize)]
pub(crate) struct StaffMoving {
    pub(crate) prompts: Vec<OfferedPrompt>,
    pub(crate) library: Vec<OfferedPrompt>,
    pub(crate) requests: Vec<StaffRequest>,
}

/// The facilitators' pane.
pub(crate) type Pane = (StaffStanding, StaffTurning, StaffMoving);

/// Of what is somebody's own, what no turn changes.
#[derive(Serialize)]
pub(crate) struct MineStanding {
    pub(crate) participant: ParticipantId,
    pub(crate) name: Option<Private<String>>,
    pub(crate) role: Role,
    pub(crate) admission: Admission,
    pub(crate) agreed: bool,
    pub(crate) not_ok: Option<NotOkView>,
    pub(crate) ready: Option<bool>,
    pub(crate) area: Option<Area>,
    pub(crate) cards: Vec<PrivateCard>,
    pub(crate) to_call: Option<CallCard>,
    pub(crate) check_in: Vec<CheckInQuestion>,
    pub(crate) on_call: Option<MyOnCall>,
    pub(crate) names: Vec<KnownName>,
    pub(crate) writes_notes: bool,
    pub(crate) arrival: Option<ArrivalCard>,
    pub(crate) consents: Vec<ConsentCard>,
    pub(crate) at_door: Vec<DoorLine>,
    pub(crate) described: Described,
}

/// The rest, but for their place in line.
#[derive(Serialize)]
pub(crate) struct MineMoving {
    pub(crate) may_speak: bool,
    pub(crate) silent_because: Option<RefusalCode>,
    pub(crate) can: BTreeSet<Can>,
    pub(crate) request: Option<MyRequest>,
    pub(crate) holding: bool,
    pub(crate) returning: bool,
    pub(crate) offered_by: Option<ParticipantId>,
    pub(crate) offering_to: Option<ParticipantId>,
    pub(crate) declined_by: Vec<ParticipantId>,
    pub(crate) asked_for_more: bool,
}

/// What is somebody's own, all of it.
pub(crate) fn own(standing: MineStanding, moving: MineMoving, place: Option<u32>) -> MyView {
    MyView {
        participant: standing.participant,
        name: standing.name,
        role: standing.role,
        admission: standing.admission,
        may_speak: moving.may_speak,
        silent_because: moving.silent_because,
        can: moving.can,
        place,
        request: moving.request,
        holding: moving.holding,
        returning: moving.returning,
        offered_by: moving.offered_by,
        offering_to: moving.offering_to,
        declined_by: moving.declined_by,
        agreed: standing.agreed,
        not_ok: standing.not_ok,
        ready: standing.ready,
        area: standing.area,
        cards: standing.cards,
        to_call: standing.to_call,
        check_in: standing.check_in,
        on_call: standing.on_call,
        names: standing.names,
        asked_for_more: moving.asked_for_more,
        writes_notes: standing.writes_notes,
        arrival: standing.arrival,
        consents: standing.consents,
        at_door: standing.at_door,
        described: standing.described,
    }
}

/// The scene that the pieces are of.
pub(crate) fn whole(
    standing: Standing,
    moving: Moving,
    seats: Vec<SeatView>,
    facing: Facing,
    staff: Option<Pane>,
) -> RoomScene {
    RoomScene {
        course: standing.course,
        agenda: standing.agenda,
        circle: moving.circle,
        stand: moving.stand,
        seats,
        floor: facing.floor,
        beside: moving.beside,
        agreements: standing.agreements,
        roles: standing.roles,
        ready: moving.ready,
        notes: facing.notes,
        staff: staff.map(pane),
    }
}

fn pane((standing, turning, moving): Pane) -> StaffView {
    StaffView {
        waiting: standing.waiting,
        notices: standing.notices,
        prompts: moving.prompts,
        step_purpose: standing.step_purpose,
        suspended: turning.suspended,
        requests: moving.requests,
        participation: turning.participation,
        exchange: turning.exchange,
        deputy: standing.deputy,
        pauses: standing.pauses,
        library: moving.library,
        held: standing.held,
        alarms: standing.alarms,
        closed: standing.closed,
        whispers: standing.whispers,
        circles: turning.circles,
        offer: turning.offer,
        leaving: turning.leaving,
        shorten: standing.shorten,
        near_end: standing.near_end,
        work: standing.work,
        used: standing.used,
        lock: standing.lock,
        check_ins: standing.check_ins,
        names: standing.names,
        arrivals: standing.arrivals,
        consents: standing.consents,
        country: standing.country,
    }
}
