//! A scene in pieces, cut where things change together. All together they are the [`RoomScene`] of an audience; apart they let `memo` keep
//! what a turn does not touch, and write once what both audiences of a circle see.

use protocol::CircleId;
use protocol::ParticipantId;
use protocol::wire::{
    AgendaView, AgreementsView, AlarmView, ArrivalView, BesideView, CheckInAnswer, CircleGlance, ClosedView,
    ConsentRow, CourseView, Exchange, FloorView, HeldSession, KnownName, Leaving, LockView, MemberWork, NearEnd,
    NoteView, Notice, OfferView, OfferedPrompt, ParticipationRow, PauseCount, ReadyView, RoleView, RoomScene, SeatView,
    StaffRequest, StaffView, Stand, SuspendedTurn, UsedPrompt, WaitingPerson, WhisperView,
};
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

/// What may change with a turn, and differs between those who lead and the others: of a seat, what somebody says of themselves.
#[derive(Serialize)]
pub(crate) struct Facing {
    pub(crate) seats: Vec<SeatView>,
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
}

/// The rest of the facilitators' pane.
#[derive(Serialize)]
pub(crate) struct StaffMoving {
    pub(crate) prompts: Vec<OfferedPrompt>,
    /// They say how many wait.
    pub(crate) library: Vec<OfferedPrompt>,
    pub(crate) suspended: Option<SuspendedTurn>,
    pub(crate) requests: Vec<StaffRequest>,
    pub(crate) participation: Vec<ParticipationRow>,
    pub(crate) exchange: Exchange,
    pub(crate) circles: Vec<CircleGlance>,
    pub(crate) offer: Option<OfferView>,
    pub(crate) leaving: Option<Leaving>,
}

/// The scene that the pieces are of.
pub(crate) fn whole(
    standing: Standing,
    moving: Moving,
    facing: Facing,
    staff: Option<(StaffStanding, StaffMoving)>,
) -> RoomScene {
    RoomScene {
        course: standing.course,
        agenda: standing.agenda,
        circle: moving.circle,
        stand: moving.stand,
        seats: facing.seats,
        floor: facing.floor,
        beside: moving.beside,
        agreements: standing.agreements,
        roles: standing.roles,
        ready: moving.ready,
        notes: facing.notes,
        staff: staff.map(|(standing, moving)| pane(standing, moving)),
    }
}

fn pane(standing: StaffStanding, moving: StaffMoving) -> StaffView {
    StaffView {
        waiting: standing.waiting,
        notices: standing.notices,
        prompts: moving.prompts,
        step_purpose: standing.step_purpose,
        suspended: moving.suspended,
        requests: moving.requests,
        participation: moving.participation,
        exchange: moving.exchange,
        deputy: standing.deputy,
        pauses: standing.pauses,
        library: moving.library,
        held: standing.held,
        alarms: standing.alarms,
        closed: standing.closed,
        whispers: standing.whispers,
        circles: moving.circles,
        offer: moving.offer,
        leaving: moving.leaving,
        shorten: standing.shorten,
        near_end: standing.near_end,
        work: standing.work,
        used: standing.used,
        lock: standing.lock,
        check_ins: standing.check_ins,
        names: standing.names,
        arrivals: standing.arrivals,
        consents: standing.consents,
    }
}
