//! What the view of those who lead holds about single people. Whoever owns the room keeps a record of who read it, so each thing that
//! `view::staff_standing` says of somebody's answers, place, safety or work is listed here. Names, seats and turns are not: everybody sees them.

use protocol::ParticipantId;
use protocol::pack::Setting;

use crate::Room;

/// Something about one person that those who lead read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Where they are, and how to reach them.
    Arrival,
    /// What they answered alone.
    Answers,
    /// That they were not OK and what was done; what came of seeing them alone.
    Safety,
    /// What they work on, and what a questionnaire brought up.
    Work,
}

/// Everything there is to read, in no order, now and then the same thing twice.
pub(crate) fn by_leaders(room: &Room) -> impl Iterator<Item = (ParticipantId, About)> + '_ {
    let state = &room.state;
    let treated = room.pack.setting != Setting::Circle;
    let of = |about| move |who: &ParticipantId| (*who, about);
    let arrivals = state.arrivals.keys().map(of(About::Arrival));
    let answers = state.check_ins.iter().filter(|(_, own)| !own.answers.is_empty());
    let answers = answers.map(|(who, _)| (*who, About::Answers));
    let closed = state.closed_alarms.iter().map(|closed| &closed.participant);
    let safety = state.alarms.keys().chain(closed).chain(state.lock.screens.keys());
    let work = state.areas.keys().chain(state.flags.keys()).filter(move |_| treated);
    arrivals
        .chain(answers)
        .chain(safety.map(of(About::Safety)))
        .chain(work.map(of(About::Work)))
}
