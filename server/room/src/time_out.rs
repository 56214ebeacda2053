//! A time-out with a stated return: in a couple's room either of the two, or whoever leads anywhere, says for how long. Everybody reads
//! when it ends; the floor stands still until then and goes on with what was left. It is a pause with another end.

use protocol::ParticipantId;
use protocol::Timestamp;
use protocol::pack::{Pack, Setting};
use protocol::wire::{Action, Refusal, RefusalCode};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::TIME_OUT_MINUTES;
use crate::state::State;

pub(crate) fn judge(state: &State, pack: &Pack, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let Action::TimeOut { minutes } = action else {
        return Ok(());
    };
    // In a group a long pause could silence somebody; two people have a right to stop, and say when they will be back.
    if pack.setting != Setting::Couple && !state.roster.leads(by) {
        return Err(RefusalCode::NotPermitted.into());
    }
    if !TIME_OUT_MINUTES.contains(minutes) {
        return Err(RefusalCode::OutOfRange.into());
    }
    if state.pause.is_some() {
        return Err(RefusalCode::AlreadySo.into());
    }
    Ok(())
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    if let Action::TimeOut { minutes } = action {
        let until: Timestamp = draft.at.plus_seconds(u64::from(*minutes) * 60);
        draft.push(What::Paused {
            by,
            until: Some(until),
            time_out: true,
        });
    }
}
