//! Talk time: for how long people were heard, beside how long they had the floor. Whoever carries voices counts how long each was loud enough to
//! be speech, and hands the sums in about once a minute; nothing else about what was said comes here. For those who lead alone, in
//! a session, and nowhere where a group is not measured: a circle of peers writes none of it down.
//!
//! Two at one device cannot be told apart: what is heard there stands with whose device it is.

use std::collections::BTreeMap;

use protocol::pack::Setting;
use protocol::{ParticipantId, Role};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::MAX_HEARD_AT_ONCE_MS;
use crate::state::State;

/// Writes down what was heard since the last time.
pub(crate) fn heard(draft: &mut Draft<'_>, sums: &BTreeMap<ParticipantId, u32>) {
    if draft.pack.setting == Setting::Circle || draft.state.session.is_none() {
        return;
    }
    let counts = |state: &State, who| {
        state
            .roster
            .get(who)
            .is_some_and(|person| person.role != Role::Observer)
    };
    let heard: BTreeMap<ParticipantId, u32> = sums
        .iter()
        .filter(|&(&who, &ms)| ms > 0 && counts(&draft.state, who))
        .map(|(&who, &ms)| (who, ms.min(MAX_HEARD_AT_ONCE_MS)))
        .collect();
    if !heard.is_empty() {
        draft.push(What::VoicesHeard { heard });
    }
}

impl State {
    pub(crate) fn voices_heard(&mut self, heard: &BTreeMap<ParticipantId, u32>) {
        for (&who, &ms) in heard {
            // Whoever was erased while it was on its way is not written down again.
            if !self.erased.contains(&who) {
                self.participation.people.entry(who).or_default().voice_ms += u64::from(ms);
            }
        }
    }
}
