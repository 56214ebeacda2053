//! Erasing a person: what of them leaves the room's state, and what of them leaves the journal.
//!
//! Their key is destroyed first, so every text that was sealed for them is shut for good; what is here makes the rest follow. The state
//! forgets the person as if they had never been known, but for their id, so that nobody comes back under it. The journal keeps *that*
//! things happened and in which order; [`emptied`] takes out of an event what it says of the person. A room that replays emptied events
//! stands exactly where it stood: what differed on the way is gone once the person is erased. The random histories hold that.
//!
//! What others wrote about somebody in a shared note stays: it is theirs. What those who lead whispered about them does not.

use protocol::wire::{Admission, NoteRef, Refusal, RefusalCode};
use protocol::{ParticipantId, Role, Timestamp};

use crate::draft::Draft;
use crate::effect::Effect;
use crate::event::{EndReason, Event, What};
use crate::sealed::SealedText;
use crate::state::State;
use crate::turns;

/// Their data is to be erased. Whoever leads is not erased: others' records are in their words.
pub(crate) fn erase(draft: &mut Draft<'_>, who: ParticipantId) -> Result<(), Refusal> {
    let known = draft
        .state
        .roster
        .get(who)
        .map(|person| (person.role, person.admission));
    if known.is_some_and(|(role, _)| role == Role::Facilitator) {
        return Err(RefusalCode::NotPermitted.into());
    }
    let visit = draft.state.arrivals.get(&who).and_then(|answer| answer.today.as_ref());
    draft.effect(Effect::ErasePerson {
        participant: who,
        visit: visit.map(SealedText::person),
        notes: notes(draft),
    });
    if draft.state.erased.contains(&who) {
        return Ok(()); // said again after a crash: keys and notes are seen to once more, the journal has it already
    }
    if known.is_some() {
        turns::end_turn_of(draft, who, EndReason::LeftRoom);
        if draft.state.roster.acting() == Some(who) {
            draft.push(What::DeputyStoodBack { participant: who });
        }
        if draft.state.roster.deputy() == Some(who) {
            draft.push(What::DeputyNamed { participant: None });
        }
    }
    draft.push(What::PersonErased { participant: who });
    draft.effect(Effect::Dismiss { participant: who });
    Ok(())
}

/// Every note there may be something of theirs in.
fn notes(draft: &Draft<'_>) -> Vec<NoteRef> {
    let sessions = draft.state.session_number().min(draft.pack.session_count());
    let of_sessions =
        (1..=sessions).flat_map(|session| [NoteRef::Session { session }, NoteRef::Facilitators { session }]);
    std::iter::once(NoteRef::Course).chain(of_sessions).collect()
}

impl State {
    /// Everything that is known of one person, gone.
    pub(crate) fn person_erased(&mut self, at: Timestamp, who: ParticipantId) {
        self.send_out(at, who, Admission::Removed);
        self.erased.insert(who);
        self.roster.erased(who);
        for circle in self.circles.values_mut() {
            circle.floor.written.retain(|(writer, _)| *writer != who);
            circle.floor.queue.erased(who);
        }
        if let Some(session) = &mut self.session {
            session.agreed.by.remove(&who);
            session
                .whispers
                .retain(|said| said.from != who && said.about != Some(who));
            if let Some(check) = &mut session.ready {
                check.erased(who);
            }
        }
        self.participation.people.remove(&who);
        self.participation.pauses.remove(&who);
        self.met.retain(|(one, other)| *one != who && *other != who);
        self.alarms.remove(&who);
        for alarm in self.alarms.values_mut() {
            alarm.concerned = alarm.concerned.filter(|concerned| *concerned != who);
            alarm.told.retain(|told| *told != who);
        }
        self.closed_alarms.retain(|closed| closed.participant != who);
        self.areas.remove(&who);
        self.flags.remove(&who);
        self.own_words.retain(|_, text| text.person() != who);
        self.lock.screens.remove(&who);
        self.check_ins.remove(&who);
        self.on_call.remove(&who);
        for call in self.on_call.values_mut() {
            call.about = call.about.filter(|about| *about != who);
        }
        self.arrivals.remove(&who);
        self.consents.erased(who);
        self.doorway.remove(&who);
        self.described.remove(&who);
    }
}

/// What is left of an event once a person is erased; `None` where nothing in it was theirs. The event stays the same kind of event, unless
/// all it did was to say something about them.
pub fn emptied(event: &Event, who: ParticipantId) -> Option<Event> {
    let mut left = event.clone();
    let mut theirs = false;
    match &mut left.what {
        What::ScreenRecorded { participant, .. }
        | What::ContactMade { participant, .. }
        | What::AnswerNoted {
            participant,
            flag: None,
            ..
        } if *participant == who => {
            left.what = What::Emptied {};
            return Some(left);
        }
        // It raised the flag that later events speak of; the answers themselves go.
        What::AnswerNoted {
            participant,
            before,
            now,
            ..
        } if *participant == who && *now != NO_ANSWER => {
            (*before, *now) = (None, NO_ANSWER);
            theirs = true;
        }
        What::MeasureFlagged { participant, flag } if *participant == who && flag.is_some() => {
            *flag = None;
            theirs = true;
        }
        What::VoicesHeard { heard } => theirs = heard.remove(&who).is_some(),
        What::Whispered {
            about,
            text: Some(text),
            ..
        } if *about == Some(who) && !text.is_emptied() => {
            text.empty();
            theirs = true;
        }
        // Sealed under a key of the visit, which is theirs as well.
        What::ArrivalConfirmed { participant, today, .. } if *participant == who && !today.is_emptied() => {
            today.empty();
            theirs = true;
        }
        _ => {}
    }
    for text in left.sealed_fields_mut() {
        if text.person() == who && !text.is_emptied() {
            text.empty();
            theirs = true;
        }
    }
    theirs.then_some(left)
}

/// The kinds of events in which members' answers about themselves stand, as [`What::kind`] says them.
pub const OF_MEASURES: [&str; 3] = ["answer_noted", "measure_flagged", "checked_in"];

/// What is left of an event once the term of members' answers about themselves is over; `None` where it holds none. A room that replays what
/// is left knows no answer any more and stands otherwise where it stood: nothing else follows from an answer but what has an event of its own.
pub fn without_measures(event: &Event) -> Option<Event> {
    let mut left = event.clone();
    match &mut left.what {
        What::CheckedIn { .. } | What::AnswerNoted { flag: None, .. } => left.what = What::Emptied {},
        // It raised the flag that later events speak of.
        What::AnswerNoted { before, now, .. } if *now != NO_ANSWER => (*before, *now) = (None, NO_ANSWER),
        What::MeasureFlagged { flag, .. } if flag.is_some() => *flag = None,
        _ => return None,
    }
    Some(left)
}

/// Stands where an answer was; no questionnaire has it.
pub const NO_ANSWER: u16 = u16::MAX;
