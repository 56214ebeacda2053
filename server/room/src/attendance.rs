//! Who is in, whose line is up, who leads, and the pauses that anybody may ask for.

use protocol::pack::{Setting, Unattended};
use protocol::wire::{Action, Admission, Refusal, RefusalCode};
use protocol::{ParticipantId, Role};

use crate::draft::Draft;
use crate::effect::Effect;
use crate::event::{EndReason, ResumeReason, What};
use crate::input::Arrival;
use crate::limits::{MAX_NAME_CHARS, MAX_PARTICIPANTS, MEMBER_PAUSE_SECONDS};
use crate::state::State;
use crate::{arrival, lock, round, together, turns};

/// A line comes up. A second device of somebody present brings nothing new.
pub(crate) fn arrived(draft: &mut Draft<'_>, arrival: &Arrival) -> Result<(), Refusal> {
    let id = arrival.participant;
    if draft.state.erased.contains(&id) {
        return Err(RefusalCode::UnknownParticipant.into());
    }
    let known = draft.state.roster.get(id);
    if known.is_none() && draft.state.roster.len() >= MAX_PARTICIPANTS {
        return Err(RefusalCode::Full.into());
    }
    if arrival
        .name
        .text()
        .is_some_and(|name| name.expose().chars().count() > MAX_NAME_CHARS)
    {
        return Err(RefusalCode::BadText.into());
    }
    let renamed = known.is_some_and(|p| arrival.name.text().is_some() && p.name.text() != arrival.name.text());
    // A role never changes under a person's feet: who was invited as a member stays one in this room.
    let role = known.map_or(arrival.role, |p| p.role);
    // Who was sent out knocks again with every new line, even while an old one has not been seen to close.
    let in_or_knocking =
        known.is_some_and(|p| p.present && !matches!(p.admission, Admission::TurnedAway | Admission::Removed));
    if known.is_none() || renamed {
        draft.push(What::Arrived {
            participant: id,
            role,
            name: arrival.name.clone(),
        });
    }
    let beside = draft.state.roster.get(id).is_some_and(|p| p.beside.is_some());
    together::apart(draft, id); // a device of their own is a seat of their own
    if !in_or_knocking || beside {
        draft.push(What::LineUp { participant: id });
    }
    let waits = draft
        .state
        .roster
        .get(id)
        .is_some_and(|p| p.admission == Admission::Waiting);
    if arrival.let_in && waits {
        draft.push(What::Admitted {
            participant: id,
            anyway: true,
        });
    }
    round::join(draft, id);
    Ok(())
}

/// A line went down. A participant is a person, not a connection.
pub(crate) fn left(draft: &mut Draft<'_>, who: ParticipantId, lines_left: u16) {
    if lines_left == 0 && draft.state.roster.get(who).is_some_and(|p| p.present) {
        draft.push(What::LineDropped { participant: who });
    }
}

/// Opened anew: nobody's line is up, and whoever's turn it is gets the whole grace to come back.
pub(crate) fn reopened(draft: &mut Draft<'_>) {
    let turn_runs = draft.state.circles.values().any(|circle| circle.floor.turn.is_some());
    if turn_runs || draft.state.roster.iter().any(|(_, p)| p.present) {
        draft.push(What::Recovered {});
    }
}

pub(crate) fn judge(
    state: &State,
    pack: &protocol::pack::Pack,
    by: ParticipantId,
    action: &Action,
) -> Result<(), Refusal> {
    let known = |who: &ParticipantId| {
        state
            .roster
            .get(*who)
            .ok_or(Refusal::new(RefusalCode::UnknownParticipant))
    };
    match action {
        Action::Admit { participant, .. } | Action::TurnAway { participant } => {
            if known(participant)?.admission != Admission::Waiting {
                Err(RefusalCode::NotWaiting.into())
            } else if let Action::Admit { anyway, .. } = action {
                lock::lets_in(state, pack, *participant)?;
                arrival::lets_in(state, pack, *participant, *anyway)
            } else {
                lock::lets_turn_away(state, pack)
            }
        }
        Action::Remove { participant } => {
            let person = known(participant)?;
            if person.role == Role::Facilitator {
                return Err(RefusalCode::NotPermitted.into());
            }
            let admitted = person.admission == Admission::Admitted;
            if admitted {
                Ok(())
            } else {
                Err(RefusalCode::UnknownParticipant.into())
            }
        }
        Action::NameDeputy { participant } => {
            if state.roster.get(by).map(|p| p.role) != Some(Role::Facilitator) {
                return Err(RefusalCode::NotPermitted.into()); // a deputy does not name another
            }
            if state.roster.deputy() == *participant {
                return Err(RefusalCode::AlreadySo.into());
            }
            let Some(participant) = participant else { return Ok(()) };
            let person = known(participant)?;
            let fit = pack.setting == Setting::Circle || person.role != Role::Member;
            if person.admission != Admission::Admitted {
                Err(RefusalCode::NotAdmitted.into())
            } else if !fit {
                Err(RefusalCode::CannotDeputise.into())
            } else {
                Ok(())
            }
        }
        _ => unreachable!("attendance is asked about its own actions only"),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, action: &Action) {
    match *action {
        Action::Admit { participant, .. } => {
            let anyway = arrival::lets_in(&draft.state, draft.pack, participant, false).is_err();
            draft.push(What::Admitted { participant, anyway });
            round::join(draft, participant);
        }
        Action::TurnAway { participant } => {
            draft.push(What::TurnedAway { participant });
            draft.effect(Effect::Dismiss { participant });
        }
        Action::Remove { participant } => {
            turns::end_turn_of(draft, participant, EndReason::LeftRoom);
            if draft.state.roster.acting() == Some(participant) {
                draft.push(What::DeputyStoodBack { participant });
            }
            if draft.state.roster.deputy() == Some(participant) {
                draft.push(What::DeputyNamed { participant: None });
            }
            draft.push(What::Removed { participant });
            draft.effect(Effect::Dismiss { participant });
        }
        Action::NameDeputy { participant } => {
            draft.push(What::DeputyNamed { participant });
        }
        _ => unreachable!("attendance carries out its own actions only"),
    }
}

/// Who leads. When the last facilitator's line drops, the deputy takes over at once; where there is none, the room holds.
pub(crate) fn settle(draft: &mut Draft<'_>) {
    if let Some(acting) = draft.state.roster.acting() {
        let here = draft.state.roster.get(acting).is_some_and(|p| p.is_here());
        let named = draft.state.roster.deputy() == Some(acting);
        if !here || !named || draft.state.roster.has_facilitator() || draft.state.session.is_none() {
            if draft.state.roster.get(acting).is_some_and(|p| p.role == Role::Observer) {
                turns::end_turn_of(draft, acting, EndReason::LeftRoom);
            }
            draft.push(What::DeputyStoodBack { participant: acting });
        }
    }
    let Some(session) = &draft.state.session else { return };
    let holds = session.unattended == Unattended::Hold;
    if !draft.state.roster.is_led() {
        let deputy = draft.state.roster.deputy();
        if let Some(deputy) = deputy.filter(|&who| draft.state.roster.get(who).is_some_and(|p| p.is_here())) {
            draft.push(What::DeputyTookOver { participant: deputy });
        } else if holds && draft.state.unattended.is_none() {
            draft.push(What::Unattended {});
        }
    }
    if draft.state.roster.is_led() && draft.state.unattended.is_some() {
        draft.push(What::Attended {});
    }
}

pub(crate) fn judge_pause(
    state: &State,
    pack: &protocol::pack::Pack,
    by: ParticipantId,
    action: &Action,
) -> Result<(), Refusal> {
    let leads = state.roster.leads(by);
    match (action, state.pause) {
        (Action::Pause, None) => Ok(()),
        (Action::Pause, Some(_)) => Err(RefusalCode::AlreadySo.into()),
        (_, None) => Err(RefusalCode::AlreadySo.into()),
        (Action::KeepPause, Some(pause)) if pause.until.is_none() => Err(RefusalCode::AlreadySo.into()),
        (Action::KeepPause, Some(_)) => Ok(()),
        // A member ends their own pause; a kept one is the facilitator's. Where nobody leads, the circle helps itself.
        (_, Some(pause)) => {
            let own = pause.by == by && pause.until.is_some();
            if leads || own || state.goes_on_alone(pack) {
                Ok(())
            } else {
                Err(RefusalCode::NotPermitted.into())
            }
        }
    }
}

pub(crate) fn carry_out_pause(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    match action {
        Action::Pause => {
            let until = (!draft.state.roster.leads(by)).then(|| draft.at.plus_seconds(MEMBER_PAUSE_SECONDS));
            draft.push(What::Paused {
                by,
                until,
                time_out: false,
            });
        }
        Action::KeepPause => draft.push(What::PauseKept {}),
        _ => draft.push(What::Resumed {
            why: ResumeReason::Asked,
        }),
    }
}
