//! Deciding: the exhaustive match over what can happen. First judge (cheap, changes nothing), then carry out, then settle what
//! follows. The rules themselves stand with their nouns.

use protocol::ParticipantId;
use protocol::wire::{Action, Admission, Refusal, RefusalCode};

use crate::draft::Draft;
use crate::event::{EndReason, ResumeReason, What};
use crate::input::{Input, Moment};
use crate::state::State;
use crate::timers::Timer;
use crate::{
    Outcome, Place, Room, agenda, agreed, alarm, arrival, aside, attendance, back_channel, breakout, check_in,
    consents, described, doorway, erasure, lock, on_call, own_words, policy, precautions, prompts, ready, safety,
    time_out, together, turns, voices, work,
};

pub(crate) fn decide(room: &Room, moment: Moment, input: &Input) -> Result<Outcome, Refusal> {
    let mut draft = Draft::new(room, moment);
    // What is overdue came first, unless nobody was there to see it come: a restart stops the clocks before anything falls due.
    if *input != Input::Reopened {
        fall_due(&mut draft);
    }
    match input {
        Input::Act { by, action } => {
            judge(&draft.state, &room.pack, &room.place, *by, action)?;
            doorway::paced(&draft.state, draft.at, *by, action)?;
            draft.by(Some(*by));
            carry_out(&mut draft, *by, action);
        }
        Input::Arrived(arrival) => attendance::arrived(&mut draft, arrival)?,
        Input::Left {
            participant,
            lines_left,
        } => attendance::left(&mut draft, *participant, *lines_left),
        Input::Erase { participant, by } => {
            draft.by(*by);
            erasure::erase(&mut draft, *participant)?;
        }
        Input::VoicesHeard { heard } => voices::heard(&mut draft, heard),
        Input::Elapsed => {}
        Input::Reopened => attendance::reopened(&mut draft),
    }
    draft.by(None);
    settle(&mut draft);
    fall_due(&mut draft);
    Ok(draft.outcome())
}

/// The short list of what people are asked, and may say, before they are let in.
fn can_be_done_at_the_door(action: &Action) -> bool {
    matches!(
        action,
        Action::CheckIn { .. }
            | Action::ConfirmArrival { .. }
            | Action::GiveConsent { .. }
            | Action::WithdrawConsent { .. }
            | Action::SayAtDoor { .. }
            | Action::DescribeMyself { .. }
    )
}

/// Whether somebody could do this now. Changes nothing; `offers` asks it for every button.
pub(crate) fn judge(
    state: &State,
    pack: &protocol::pack::Pack,
    place: &Place,
    by: ParticipantId,
    action: &Action,
) -> Result<(), Refusal> {
    let person = state.roster.get(by).ok_or(RefusalCode::NotAdmitted)?;
    let at_the_door = person.admission == Admission::Waiting && can_be_done_at_the_door(action);
    if person.admission != Admission::Admitted && !at_the_door {
        return Err(RefusalCode::NotAdmitted.into());
    }
    if !person.present {
        return Err(RefusalCode::Away.into());
    }
    let role = state.roster.role_now(by).unwrap_or(person.role);
    policy::permits(role, action)?;
    precautions::judge(state, pack, place, action)?;
    consents::judge_need(state, pack, by, action)?;
    match action {
        Action::Admit { .. } | Action::TurnAway { .. } | Action::Remove { .. } | Action::NameDeputy { .. } => {
            attendance::judge(state, pack, by, action)
        }
        Action::Pause | Action::KeepPause | Action::Resume => attendance::judge_pause(state, pack, by, action),
        Action::TimeOut { .. } => time_out::judge(state, pack, by, action),
        Action::StartSession
        | Action::GoToStep { .. }
        | Action::NextStep
        | Action::ExtendStep { .. }
        | Action::LeaveOutStep { .. }
        | Action::InsertStep { .. }
        | Action::SpreadTime
        | Action::EndSession => agenda::judge(state, pack, action),
        Action::AskReady | Action::AnswerReady { .. } | Action::CloseReady => ready::judge(state, by, action),
        Action::StepOut
        | Action::GoBack
        | Action::Visit { .. }
        | Action::SendAside { .. }
        | Action::BringBack { .. } => aside::judge(state, by, action),
        Action::OpenRooms { .. }
        | Action::ExtendRooms { .. }
        | Action::CallBack
        | Action::CallHelp
        | Action::AnswerHelp { .. } => breakout::judge(state, by, action),
        Action::SitTogether { .. } | Action::SitApart { .. } => together::judge(state, pack, action),
        Action::Whisper { .. } => back_channel::judge(state, action),
        Action::Agree | Action::TakeRole { .. } | Action::LayRole { .. } => agreed::judge(state, pack, by, action),
        Action::NotOk
        | Action::AllRight
        | Action::TakeBackNotOk
        | Action::RaiseConcern { .. }
        | Action::NoteAnswer { .. }
        | Action::Acknowledge { .. }
        | Action::Contact { .. }
        | Action::Assess { .. }
        | Action::MakePlan { .. }
        | Action::Emergency { .. }
        | Action::TickReach { .. }
        | Action::CloseAlarm { .. } => safety::judge(state, by, action),
        Action::Escalate { .. } | Action::OnCallReached => on_call::judge(state, pack, place, by, action),
        Action::SetCountry { .. } => Ok(()), // asked above
        Action::PromptUsed { .. }
        | Action::PromptNotNow { .. }
        | Action::PromptLater { .. }
        | Action::PushPrompt { .. }
        | Action::ClearPrompt => prompts::judge(state, pack, by, action),
        Action::SetArea { .. } | Action::FlagMeasure { .. } => work::judge(state, pack, action),
        Action::SetOwnWords { step, text } => {
            own_words::judge(state, pack, step, text.as_ref().map(|text| text.expose().as_str()))
        }
        Action::CheckIn { .. } => check_in::judge(state, pack, by, action),
        Action::GiveConsent { .. } | Action::WithdrawConsent { .. } => consents::judge(state, pack, by, action),
        Action::ConfirmArrival { .. } => arrival::judge(state, pack, by, action),
        Action::SayAtDoor { .. } | Action::AnswerAtDoor { .. } => doorway::judge(state, by, action),
        Action::DescribeMyself { .. } => described::judge(state, by, action),
        Action::RecordScreen { .. } | Action::ChooseSecrets { .. } => lock::judge(state, pack, by, action),
        Action::LockNote { note, locked } => {
            if state.locked_notes.contains(note) == *locked {
                return Err(RefusalCode::AlreadySo.into());
            }
            note_exists(state, pack, *note)
        }
        Action::TakeBackNote { note } => {
            if matches!(note, protocol::wire::NoteRef::Facilitators { .. }) && !state.roster.leads(by) {
                return Err(RefusalCode::UnknownNote.into());
            }
            note_exists(state, pack, *note)
        }
        Action::SetFloor { .. }
        | Action::Ask { .. }
        | Action::CancelRequest
        | Action::Pass
        | Action::ComeBack
        | Action::WriteInstead { .. }
        | Action::Release
        | Action::NeedMoreTime
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
        | Action::Offer { .. }
        | Action::WithdrawOffer
        | Action::Accept
        | Action::Decline
        | Action::Confirm
        | Action::SayAgain
        | Action::FormPair { .. }
        | Action::SetInner { .. }
        | Action::StartRound { .. } => turns::judge(state, by, action),
    }
}

fn note_exists(state: &State, pack: &protocol::pack::Pack, note: protocol::wire::NoteRef) -> Result<(), Refusal> {
    use protocol::wire::NoteRef;
    match note {
        NoteRef::Course => Ok(()),
        NoteRef::Session { session } | NoteRef::Facilitators { session } => {
            let known = session >= 1 && session <= state.session_number().min(pack.session_count());
            if known {
                Ok(())
            } else {
                Err(RefusalCode::UnknownNote.into())
            }
        }
    }
}

fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    match action {
        Action::Admit { .. } | Action::TurnAway { .. } | Action::Remove { .. } | Action::NameDeputy { .. } => {
            attendance::carry_out(draft, action);
        }
        Action::Pause | Action::KeepPause | Action::Resume => attendance::carry_out_pause(draft, by, action),
        Action::TimeOut { .. } => time_out::carry_out(draft, by, action),
        Action::StartSession
        | Action::GoToStep { .. }
        | Action::NextStep
        | Action::ExtendStep { .. }
        | Action::LeaveOutStep { .. }
        | Action::InsertStep { .. }
        | Action::SpreadTime
        | Action::EndSession => agenda::carry_out(draft, action),
        Action::AskReady | Action::AnswerReady { .. } | Action::CloseReady => ready::carry_out(draft, by, action),
        Action::StepOut
        | Action::GoBack
        | Action::Visit { .. }
        | Action::SendAside { .. }
        | Action::BringBack { .. } => aside::carry_out(draft, by, action),
        Action::OpenRooms { .. }
        | Action::ExtendRooms { .. }
        | Action::CallBack
        | Action::CallHelp
        | Action::AnswerHelp { .. } => breakout::carry_out(draft, by, action),
        Action::SitTogether { .. } | Action::SitApart { .. } => together::carry_out(draft, action),
        Action::Whisper { .. } => back_channel::carry_out(draft, by, action),
        Action::Agree | Action::TakeRole { .. } | Action::LayRole { .. } => agreed::carry_out(draft, by, action),
        Action::NotOk
        | Action::AllRight
        | Action::TakeBackNotOk
        | Action::RaiseConcern { .. }
        | Action::NoteAnswer { .. }
        | Action::Acknowledge { .. }
        | Action::Contact { .. }
        | Action::Assess { .. }
        | Action::MakePlan { .. }
        | Action::Emergency { .. }
        | Action::TickReach { .. }
        | Action::CloseAlarm { .. } => safety::carry_out(draft, by, action),
        Action::Escalate { .. } | Action::OnCallReached => on_call::carry_out(draft, by, action),
        Action::SetCountry { country } => draft.push(What::CountrySet { country: *country }),
        Action::PromptUsed { .. }
        | Action::PromptNotNow { .. }
        | Action::PromptLater { .. }
        | Action::PushPrompt { .. }
        | Action::ClearPrompt => prompts::carry_out(draft, by, action),
        Action::SetArea { .. } | Action::FlagMeasure { .. } => work::carry_out(draft, action),
        Action::SetOwnWords { .. } => own_words::carry_out(draft, by, action),
        Action::CheckIn { .. } => check_in::carry_out(draft, by, action),
        Action::GiveConsent { .. } | Action::WithdrawConsent { .. } => consents::carry_out(draft, by, action),
        Action::ConfirmArrival { .. } => arrival::carry_out(draft, by, action),
        Action::SayAtDoor { .. } | Action::AnswerAtDoor { .. } => doorway::carry_out(draft, by, action),
        Action::DescribeMyself { .. } => described::carry_out(draft, by, action),
        Action::RecordScreen { .. } | Action::ChooseSecrets { .. } => lock::carry_out(draft, action),
        Action::LockNote { note, locked } => draft.push(What::NoteLocked {
            note: *note,
            locked: *locked,
        }),
        Action::TakeBackNote { note } => {
            draft.push(What::NoteTakenBack {
                note: *note,
                participant: by,
            });
            draft.effect(crate::Effect::TakeBackNote {
                participant: by,
                note: *note,
            });
        }
        Action::SetFloor { .. }
        | Action::Ask { .. }
        | Action::CancelRequest
        | Action::Pass
        | Action::ComeBack
        | Action::WriteInstead { .. }
        | Action::Release
        | Action::NeedMoreTime
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
        | Action::Offer { .. }
        | Action::WithdrawOffer
        | Action::Accept
        | Action::Decline
        | Action::Confirm
        | Action::SayAgain
        | Action::FormPair { .. }
        | Action::SetInner { .. }
        | Action::StartRound { .. } => turns::carry_out(draft, by, action),
    }
}

/// What follows from the state alone: who leads, and whether the floor moves on by itself.
fn settle(draft: &mut Draft<'_>) {
    attendance::settle(draft);
    consents::settle(draft);
    aside::settle(draft);
    breakout::settle(draft);
    let circles: Vec<_> = draft.state.circles.keys().copied().collect();
    for circle in circles {
        turns::settle(draft, circle);
    }
}

/// Lets everything that is due happen, the earliest first.
fn fall_due(draft: &mut Draft<'_>) {
    loop {
        let due = draft
            .state
            .timers(draft.pack)
            .into_iter()
            .filter(|(at, _)| *at <= draft.at)
            .min_by_key(|(at, _)| *at);
        let Some((_, timer)) = due else { return };
        match timer {
            Timer::TurnOver(circle, turn) => {
                draft.push(What::TurnOverran { circle, turn });
                prompts::overran(draft, circle);
            }
            Timer::TurnCut(circle, turn) => {
                draft.push(What::TurnEnded {
                    circle,
                    turn,
                    why: EndReason::TimeUp,
                });
            }
            Timer::GraceOver(circle, turn) => {
                if draft.state.roster.is_led() {
                    draft.push(What::GraceEnded { circle, turn });
                    prompts::line_down(draft, circle);
                } else {
                    draft.push(What::TurnEnded {
                        circle,
                        turn,
                        why: EndReason::Away,
                    });
                }
            }
            Timer::PauseOver => draft.push(What::Resumed {
                why: ResumeReason::TimeUp,
            }),
            Timer::RoomsOver => draft.push(What::CalledBack {}),
            Timer::RoomsFetched => {} // settling fetches them
            Timer::AlarmEscalates(participant) => alarm::escalate(draft, participant),
            Timer::OnCallNext(participant) => on_call::next(draft, participant),
            Timer::UnattendedLong => draft.push(What::UnattendedLong {}),
            Timer::Prompt(circle, prompt) => prompts::due(draft, circle, prompt),
            Timer::EndNear => draft.push(What::EndNear {}),
            Timer::PlaceForgotten(participant) => arrival::forget(draft, participant),
        }
        settle(draft);
    }
}
