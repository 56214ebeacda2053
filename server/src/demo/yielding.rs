//! Whether somebody who is not played has led: read from two views and from what the company itself did in between. The wire does not say
//! who did what, and it need not: a step, a rule or a turn that changed without us was changed by them.

use protocol::ParticipantId;
use protocol::pack::FloorMode;
use protocol::wire::{Action, ClockView, RoomScene, Stand, StopReason, TurnView};

/// `ours` is what was done by people who are played, all of it, between the two views; `played` says who they are.
pub(super) fn somebody_else_led(
    before: &RoomScene,
    after: &RoomScene,
    ours: &[Action],
    played: impl Fn(&ParticipantId) -> bool,
) -> bool {
    let we = |did: fn(&Action) -> bool| ours.iter().any(did);
    let moved = before.agenda.current != after.agenda.current || before.course.session != after.course.session;
    if moved {
        return !we(|action| {
            matches!(
                action,
                Action::StartSession | Action::NextStep | Action::GoToStep { .. } | Action::EndSession
            )
        });
    }
    let extended = before.agenda.ends_at != after.agenda.ends_at;
    let asked_in_the_middle = before.floor.question != after.floor.question;
    let rules = |scene: &RoomScene| {
        let floor = &scene.floor;
        (floor.mode, floor.order, floor.advance, floor.ending, floor.turn_seconds)
    };
    let set = rules(before) != rules(after) && !we(|action| matches!(action, Action::SetFloor { .. }));
    let paused = match &after.stand {
        Stand::Paused { by, .. } => before.stand == Stand::Running && !played(by),
        _ => false,
    };
    extended || asked_in_the_middle || set || paused || moved_the_floor(before, after, ours, played)
}

fn moved_the_floor(
    before: &RoomScene,
    after: &RoomScene,
    ours: &[Action],
    played: impl Fn(&ParticipantId) -> bool,
) -> bool {
    let we = |did: fn(&Action) -> bool| ours.iter().any(did);
    let ends = |action: &Action| {
        matches!(
            action,
            Action::Release | Action::Pass | Action::GoOn | Action::MoveOn | Action::Accept | Action::Confirm
        )
    };
    let gives = |action: &Action| matches!(action, Action::Grant { .. } | Action::GoOn | Action::Call { .. });
    match (&before.floor.turn, &after.floor.turn) {
        (Some(was), Some(is)) if was.turn == is.turn => is_touched(was, is),
        // Who takes what one of us offered leads nobody.
        (Some(_), Some(is)) if offered(before).is_some_and(|to| is.holders.contains(&to)) => false,
        // A turn of ours that ended without a word of ours was taken back; anybody else may have ended their own.
        (Some(was), _) if was.holders.iter().all(&played) && !we(ends) => true,
        // Where turns are given by hand, one that we did not give was given by them.
        (_, Some(_)) if matches!(after.floor.mode, FloorMode::Open | FloorMode::Chair) => !we(gives),
        _ => false,
    }
}

fn offered(scene: &RoomScene) -> Option<ParticipantId> {
    scene.staff.as_ref()?.offer.as_ref()?.to
}

/// The clock was held, or given more time.
fn is_touched(was: &TurnView, is: &TurnView) -> bool {
    let held = |turn: &TurnView| {
        matches!(
            turn.clock,
            ClockView::Stopped {
                because: StopReason::Held,
                ..
            }
        )
    };
    held(was) != held(is) || was.limit_seconds != is.limit_seconds
}
