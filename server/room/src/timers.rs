//! Deadlines: moments at which the room moves by itself. The server never ticks; it sleeps until the earliest of these.

use protocol::pack::{Ending, FloorMode, When};
use protocol::{CircleId, ParticipantId, PromptId, Timestamp, TurnId};

use crate::breakout::fetched_at;
use crate::limits::{FIRM_GRACE_SECONDS, UNATTENDED_LONG_SECONDS};
use crate::prompts;
use crate::state::{Circle, State};

/// What falls due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A turn's time is up.
    TurnOver(CircleId, TurnId),
    /// Under a firm ending, the time to finish the sentence is up too.
    TurnCut(CircleId, TurnId),
    /// A dropped line was waited for long enough.
    GraceOver(CircleId, TurnId),
    /// A member's pause has had its minute.
    PauseOver,
    /// Too long without a facilitator.
    UnattendedLong,
    /// The small circles' time is up.
    RoomsOver,
    /// Who was called back long ago is fetched.
    RoomsFetched,
    /// Nobody has seen "I am not OK".
    AlarmEscalates(ParticipantId),
    /// The person on call whom this one called has not answered.
    OnCallNext(ParticipantId),
    /// A prompt is due, or due again.
    Prompt(CircleId, PromptId),
    /// Little time is left until the planned end.
    EndNear,
    /// Where somebody was is not known any longer.
    PlaceForgotten(ParticipantId),
}

impl State {
    /// Every deadline that lies ahead or has come, with what falls due then.
    pub(crate) fn timers<'a>(&'a self, pack: &'a protocol::pack::Pack) -> Vec<(Timestamp, Timer)> {
        let mut timers = Vec::new();
        for (&id, circle) in &self.circles {
            self.turn_timers(id, circle, &mut timers);
            self.prompt_timers(id, circle, pack, &mut timers);
        }
        if let Some(rooms) = &self.breakouts {
            match (rooms.called_back, rooms.ends_at) {
                (Some(since), _) if !self.quiet_breakouts().is_empty() => {
                    timers.push((fetched_at(since), Timer::RoomsFetched));
                }
                (None, Some(ends_at)) => timers.push((ends_at, Timer::RoomsOver)),
                _ => {}
            }
        }
        for (&who, alarm) in &self.alarms {
            timers.extend(alarm.escalates_at().map(|at| (at, Timer::AlarmEscalates(who))));
        }
        for (&who, call) in &self.on_call {
            timers.extend(call.next_at().map(|at| (at, Timer::OnCallNext(who))));
        }
        for (&who, answer) in &self.arrivals {
            let due = crate::arrival::forgotten_at(self, who, answer);
            timers.extend(due.map(|at| (at, Timer::PlaceForgotten(who))));
        }
        timers.extend(self.end_near_at(pack).map(|at| (at, Timer::EndNear)));
        if let Some(until) = self.pause.and_then(|pause| pause.until) {
            timers.push((until, Timer::PauseOver));
        }
        if let Some(absent) = self.unattended.filter(|absent| !absent.long) {
            timers.push((
                absent.since.plus_seconds(UNATTENDED_LONG_SECONDS),
                Timer::UnattendedLong,
            ));
        }
        timers
    }

    /// The earliest deadline.
    pub(crate) fn next_deadline(&self, pack: &protocol::pack::Pack) -> Option<Timestamp> {
        self.timers(pack).into_iter().map(|(at, _)| at).min()
    }

    fn turn_timers(&self, id: CircleId, circle: &Circle, timers: &mut Vec<(Timestamp, Timer)>) {
        let Some(turn) = &circle.floor.turn else { return };
        if let Some(deadline) = turn.clock.deadline() {
            if !turn.overran {
                timers.push((deadline, Timer::TurnOver(id, turn.id)));
            } else if circle.floor.rules.ending == Ending::Firm {
                timers.push((deadline.plus_seconds(FIRM_GRACE_SECONDS), Timer::TurnCut(id, turn.id)));
            }
        }
        // Whoever was asked may have left without an answer: then the floor moves as if nobody had been there to ask.
        if let Some(suspended) = turn.suspended
            && (!suspended.asked || !self.roster.is_led())
            && self.unattended.is_none()
        {
            timers.push((suspended.grace_until, Timer::GraceOver(id, turn.id)));
        }
    }

    fn prompt_timers(
        &self,
        id: CircleId,
        circle: &Circle,
        pack: &protocol::pack::Pack,
        timers: &mut Vec<(Timestamp, Timer)>,
    ) {
        let Some(cursor) = &circle.step else { return };
        let Some(step) = self.step_plan(pack, cursor.index) else {
            return;
        };
        for (id_of, fate) in &circle.prompts {
            let back = fate.later.filter(|_| !fate.used && !fate.put_aside);
            timers.extend(back.map(|at| (at, Timer::Prompt(id, id_of.clone()))));
        }
        for prompt in step
            .prompts
            .iter()
            .filter(|prompt| !circle.prompts.contains_key(&prompt.id))
        {
            let minutes = |m: u32| u64::from(m) * 60_000;
            let due = match prompt.when {
                When::Start => Some(cursor.started_at),
                When::SessionsLeft(left) => self
                    .session
                    .as_ref()
                    .is_some_and(|session| u32::from(pack.sessions_left(session.number)) == left)
                    .then_some(cursor.started_at),
                When::After(m) => Some(cursor.started_at.plus_millis(minutes(m))),
                When::BeforeEnd(m) => Some(Timestamp(cursor.ends_at.0.saturating_sub(minutes(m)))),
                When::NotYetHeard(m) => self
                    .unheard(id)
                    .next()
                    .map(|_| cursor.started_at.plus_millis(minutes(m))),
                // Where silence is what was asked for, it is no sign of anything.
                When::Silence(s) => (circle.floor.turn.is_none() && circle.floor.rules.mode != FloorMode::Silence)
                    .then(|| {
                        circle
                            .floor
                            .free_since
                            .max(cursor.started_at)
                            .plus_seconds(u64::from(s))
                    }),
                When::TurnRuns(s) => circle
                    .floor
                    .turn
                    .as_ref()
                    .and_then(|turn| turn.clock.has_run_at(u64::from(s) * 1000)),
                // What is so is due at once; the room looks after everything that happens.
                When::RoundOver | When::QueueLong(_) | When::FewerThan(_) | When::MeasureFlagged => {
                    prompts::is_so(self, id, circle, prompt.when).then_some(cursor.started_at)
                }
                // These two come with their events, see `decide::fall_due`.
                When::TurnOverran | When::LineDown => None,
                // A private card is there as long as its step, for whom it is meant; see `work`.
                When::Area(_) => None,
            };
            if let Some(at) = due {
                timers.push((at, Timer::Prompt(id, prompt.id.clone())));
            }
        }
    }
}
