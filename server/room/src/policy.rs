//! Who may do what: one table, tested as a table. *When* it can be done is the rule's business, not the table's.

use protocol::Role;
use protocol::wire::{Action, Refusal, RefusalCode};

/// Who an action is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Those who lead: facilitators, and a deputy while acting.
    Leaders,
    /// Members and those who lead.
    Speakers,
    /// Everybody who is admitted.
    Everybody,
}

/// The table.
pub fn whom(action: &Action) -> For {
    match action {
        Action::Admit { .. }
        | Action::TurnAway { .. }
        | Action::AnswerAtDoor { .. }
        | Action::Remove { .. }
        | Action::NameDeputy { .. }
        | Action::StartSession
        | Action::GoToStep { .. }
        | Action::NextStep
        | Action::ExtendStep { .. }
        | Action::EndSession
        | Action::LeaveOutStep { .. }
        | Action::InsertStep { .. }
        | Action::SpreadTime
        | Action::SendAside { .. }
        | Action::BringBack { .. }
        | Action::Visit { .. }
        | Action::OpenRooms { .. }
        | Action::ExtendRooms { .. }
        | Action::CallBack
        | Action::AnswerHelp { .. }
        | Action::Acknowledge { .. }
        | Action::CloseAlarm { .. }
        | Action::NoteAnswer { .. }
        | Action::Contact { .. }
        | Action::Assess { .. }
        | Action::MakePlan { .. }
        | Action::Emergency { .. }
        | Action::TickReach { .. }
        | Action::SetCountry { .. }
        | Action::SitTogether { .. }
        | Action::SitApart { .. }
        | Action::Whisper { .. }
        | Action::AskReady
        | Action::CloseReady
        | Action::SetFloor { .. }
        | Action::GoOn
        | Action::Call { .. }
        | Action::Grant { .. }
        | Action::Deny { .. }
        | Action::OrderQueue { .. }
        | Action::Revoke { .. }
        | Action::TakeFloor
        | Action::HoldClock
        | Action::ResumeClock
        | Action::ExtendTurn { .. }
        | Action::WaitOn
        | Action::MoveOn
        | Action::StartRound { .. }
        | Action::FormPair { .. }
        | Action::SetInner { .. }
        | Action::KeepPause
        | Action::PromptUsed { .. }
        | Action::PromptNotNow { .. }
        | Action::PromptLater { .. }
        | Action::SetArea { .. }
        | Action::FlagMeasure { .. }
        | Action::SetOwnWords { .. }
        | Action::RecordScreen { .. }
        | Action::ChooseSecrets { .. }
        | Action::PushPrompt { .. }
        | Action::ClearPrompt
        | Action::LockNote { .. } => For::Leaders,
        Action::Ask { .. }
        | Action::CancelRequest
        | Action::Pass
        | Action::ComeBack
        | Action::WriteInstead { .. }
        | Action::Release
        | Action::NeedMoreTime
        | Action::Offer { .. }
        | Action::WithdrawOffer
        | Action::Accept
        | Action::Decline
        | Action::Confirm
        | Action::SayAgain
        | Action::AnswerReady { .. }
        | Action::TakeRole { .. }
        | Action::LayRole { .. }
        | Action::StepOut
        | Action::GoBack
        | Action::CallHelp
        | Action::CheckIn { .. }
        | Action::Escalate { .. }
        | Action::OnCallReached
        | Action::ConfirmArrival { .. }
        | Action::GiveConsent { .. }
        | Action::WithdrawConsent { .. }
        | Action::Pause
        | Action::TimeOut { .. }
        | Action::Resume => For::Speakers,
        Action::TakeBackNote { .. }
        | Action::NotOk
        | Action::AllRight
        | Action::TakeBackNotOk
        | Action::RaiseConcern { .. }
        | Action::SayAtDoor { .. }
        | Action::DescribeMyself { .. }
        | Action::Agree => For::Everybody,
    }
}

/// Whether somebody of this role (as it is just now) may ask for this at all.
pub fn permits(role_now: Role, action: &Action) -> Result<(), Refusal> {
    match (whom(action), role_now) {
        (For::Everybody, _) | (_, Role::Facilitator) | (For::Speakers, Role::Member) => Ok(()),
        (For::Leaders, Role::Member) => Err(RefusalCode::NotPermitted.into()),
        (For::Leaders | For::Speakers, Role::Observer) => Err(RefusalCode::ObserversListen.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observer_may_only_take_back_what_they_wrote() {
        assert!(
            permits(
                Role::Observer,
                &Action::TakeBackNote {
                    note: protocol::wire::NoteRef::Course
                }
            )
            .is_ok()
        );
        assert_eq!(
            permits(Role::Observer, &Action::Pause).unwrap_err().code,
            RefusalCode::ObserversListen
        );
        assert_eq!(
            permits(Role::Observer, &Action::TakeFloor).unwrap_err().code,
            RefusalCode::ObserversListen
        );
    }

    #[test]
    fn a_member_leads_nothing_and_a_facilitator_may_ask_for_everything() {
        assert_eq!(
            permits(Role::Member, &Action::GoOn).unwrap_err().code,
            RefusalCode::NotPermitted
        );
        assert!(permits(Role::Member, &Action::Pause).is_ok());
        assert!(permits(Role::Facilitator, &Action::EndSession).is_ok());
    }
}
