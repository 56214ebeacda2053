//! How far an event reaches: whether anybody but the people it is between, and those who lead, may notice that it happened.
//!
//! Views carry a number, and a number that moves with every event would tell a partner that something private was said a moment ago.
//! So views count what is public, and a view is sent to a person only when what that person sees has changed. What is called private
//! here must therefore change nothing on anybody else's screen: the random histories hold that (invariant 12). What is called public
//! may well change nothing somewhere; that costs a view and gives nothing away.

use protocol::wire::Admission;
use protocol::{ParticipantId, Role};

use crate::event::What;
use crate::state::State;

/// Whether everybody in the room may notice it.
pub fn is_public(before: &State, what: &What) -> bool {
    match what {
        // At the door one is alone: who else waits there, or gave up waiting, is the facilitators' business.
        What::Arrived { participant, role, .. } => *role == Role::Facilitator || is_in(before, *participant),
        What::LineUp { participant } | What::LineDropped { participant } => is_in(before, *participant),
        What::TurnedAway { .. } | What::SaidAtDoor { .. } => false,
        // What those who lead do and read among themselves.
        What::DeputyNamed { .. }
        | What::GraceEnded { .. }
        | What::GraceRenewed { .. }
        | What::Whispered { .. }
        | What::PromptDue { .. }
        | What::PromptUsed { .. }
        | What::PromptPutAside { .. }
        | What::PromptPutOff { .. }
        | What::EndNear {}
        | What::MeasureFlagged { .. } => false,
        // Between one person and them.
        What::AreaSet { .. } | What::CheckedIn { .. } | What::ArrivalConfirmed { .. } | What::PlaceForgotten { .. } => {
            false
        }
        What::ConsentGiven { .. } | What::ConsentTakenBack { .. } => false,
        // At the door, and where only those who lead read it, nobody else may notice.
        What::DescribedThemselves { participant, shown, .. } => {
            is_in(before, *participant) && (*shown || before.is_described_to_all(*participant))
        }
        // Who was heard for how long is read by those who lead alone.
        What::VoicesHeard { .. } => false,
        // Emptied is only what was private before.
        What::Emptied {} => false,
        // Not even between one person and them: whom a screen is about learns nothing of it from the page.
        What::ScreenRecorded { .. } | What::SecretsChosen { .. } => false,
        // What one person says to them.
        What::MoreTimeAsked { .. }
        | What::NotOkRaised { .. }
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
        | What::ReachTicked { .. }
        | What::NotOkTakenBack { .. } => false,
        // Between whoever called, the person on call, and whom it is about if they asked for somebody.
        What::OnCallCalled { .. } | What::OnCallNext { .. } | What::OnCallAnswered { .. } => false,
        // Between the one who offers and the one who is asked.
        What::OfferMade { .. } | What::OfferWithdrawn { .. } | What::OfferDeclined { .. } => false,
        What::Admitted { .. }
        | What::Removed { .. }
        | What::DeputyTookOver { .. }
        | What::DeputyStoodBack { .. }
        | What::Unattended {}
        | What::UnattendedLong {}
        | What::Attended {}
        | What::Recovered {}
        | What::SessionStarted { .. }
        | What::StepEntered { .. }
        | What::StepExtended { .. }
        | What::SessionEnded { .. }
        | What::PlanChanged { .. }
        | What::ReadyAsked {}
        | What::ReadyAnswered { .. }
        | What::ReadyClosed {}
        | What::FloorSet { .. }
        | What::Asked { .. }
        | What::RequestCancelled { .. }
        | What::RequestDenied { .. }
        | What::QueueOrdered { .. }
        | What::TurnGranted { .. }
        | What::TurnEnded { .. }
        | What::TurnOverran { .. }
        | What::TurnExtended { .. }
        | What::ClockHeld { .. }
        | What::ClockResumed { .. }
        | What::RoundStarted { .. }
        | What::RoundJoined { .. }
        | What::RoundPassed { .. }
        | What::RoundPostponed { .. }
        | What::RoundWritten { .. }
        | What::RoundEnded { .. }
        | What::ReturnPassed { .. }
        | What::PairFormed { .. }
        | What::SayBackBegan { .. }
        | What::SayBackEnded { .. }
        | What::PairEnded { .. }
        | What::InnerSet { .. }
        | What::InnerLeft { .. }
        | What::CircleOpened { .. }
        | What::CircleClosed { .. }
        | What::Moved { .. }
        | What::RoomsOpened { .. }
        | What::RoomsExtended { .. }
        | What::CalledBack {}
        | What::RoomsClosed {}
        | What::HelpCalled { .. }
        | What::HelpAnswered { .. }
        | What::SatTogether { .. }
        | What::SatApart { .. }
        | What::AgreedTo { .. }
        | What::RoleTaken { .. }
        | What::RoleLaid { .. }
        | What::Paused { .. }
        | What::PauseKept {}
        | What::Resumed { .. }
        | What::PromptPushed { .. }
        | What::PromptCleared { .. }
        | What::OwnWordsSet { .. }
        | What::CountrySet { .. }
        | What::NoteLocked { .. }
        | What::NoteTakenBack { .. }
        | What::PersonErased { .. } => true,
    }
}

/// How much of what people see an event can change. Beside it everybody's place in line may change with any event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// Who waits in line, and for those who lead and this person what they can do about it.
    Line(Option<ParticipantId>),
    /// Turns, rounds, the line and what anybody can do about them; no agenda, and no other button.
    Floor,
    /// Anything for anybody.
    Everything,
}

/// How much an event can change. What is not sure is everything: that costs time and shows nothing wrong.
pub fn moves(before: &State, what: &What) -> Moves {
    match what {
        What::Asked { participant, .. } => Moves::Line(Some(*participant)),
        What::RequestCancelled { circle, request } | What::RequestDenied { circle, request } => {
            let circle = before.circles.get(circle);
            let known = circle.and_then(|circle| circle.floor.queue.get(*request));
            known.map_or(Moves::Floor, |request| Moves::Line(Some(request.participant)))
        }
        What::QueueOrdered { .. } => Moves::Line(None),
        What::TurnGranted { .. }
        | What::TurnEnded { .. }
        | What::TurnOverran { .. }
        | What::TurnExtended { .. }
        | What::MoreTimeAsked { .. }
        | What::ClockHeld { .. }
        | What::ClockResumed { .. }
        | What::GraceEnded { .. }
        | What::GraceRenewed { .. }
        | What::RoundStarted { .. }
        | What::RoundJoined { .. }
        | What::RoundPassed { .. }
        | What::RoundPostponed { .. }
        | What::RoundWritten { .. }
        | What::RoundEnded { .. }
        | What::ReturnPassed { .. }
        | What::OfferMade { .. }
        | What::OfferWithdrawn { .. }
        | What::OfferDeclined { .. }
        | What::PairFormed { .. }
        | What::SayBackBegan { .. }
        | What::SayBackEnded { .. }
        | What::PairEnded { .. }
        | What::InnerSet { .. }
        | What::InnerLeft { .. } => Moves::Floor,
        // Among them consents, words at the door and what people say of themselves: seldom, and with buttons beside the floor.
        _ => Moves::Everything,
    }
}

/// Who a private event is between, beside those who lead.
pub fn concerns(before: &State, what: &What, who: ParticipantId) -> bool {
    let holds = |circle| {
        let circle = before.circles.get(circle);
        circle.is_some_and(|circle| circle.floor.is_held_by(who))
    };
    let is_asked = |circle| {
        let turn = before.circles.get(circle).and_then(|circle| circle.floor.turn.as_ref());
        turn.is_some_and(|turn| turn.offer.to == Some(who))
    };
    match what {
        What::Arrived { participant, .. }
        | What::LineUp { participant }
        | What::LineDropped { participant }
        | What::TurnedAway { participant }
        | What::SaidAtDoor { participant, .. }
        | What::NotOkRaised { participant }
        | What::AlarmAcknowledged { participant, .. }
        | What::AlarmEscalated { participant, .. }
        | What::AlarmClosed { participant, .. }
        | What::AllRightSaid { participant }
        | What::NotOkTakenBack { participant }
        | What::OnCallAnswered { participant }
        | What::AreaSet { participant, .. }
        | What::DescribedThemselves { participant, .. }
        | What::CheckedIn { participant, .. }
        | What::ArrivalConfirmed { participant, .. }
        | What::ConsentGiven { participant, .. }
        | What::ConsentTakenBack { participant, .. }
        | What::PlaceForgotten { participant } => *participant == who,
        What::OnCallCalled { participant, about, .. } => *participant == who || *about == Some(who),
        What::OnCallNext { participant, .. } => {
            let about = before.on_call.get(participant).and_then(|call| call.about);
            *participant == who || about == Some(who)
        }
        What::DeputyNamed { participant } => *participant == Some(who),
        What::MoreTimeAsked { circle, .. } => holds(circle),
        What::OfferMade {
            circle, participant, ..
        }
        | What::OfferDeclined {
            circle, participant, ..
        } => *participant == who || holds(circle) || is_asked(circle),
        What::OfferWithdrawn { circle, .. } => holds(circle) || is_asked(circle),
        _ => false,
    }
}

fn is_in(state: &State, who: ParticipantId) -> bool {
    let person = state.roster.get(who);
    person.is_some_and(|p| p.admission == Admission::Admitted || p.role == Role::Facilitator)
}

impl State {
    /// The number that this person's views carry: what is public, counted. At the door there is nothing to count.
    pub fn seq_for(&self, who: ParticipantId) -> u64 {
        let waits = self.roster.get(who).is_none_or(|p| p.admission == Admission::Waiting);
        if waits { 0 } else { self.public_seq }
    }
}
