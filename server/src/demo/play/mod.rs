//! What the invented people do next: decided here, without a line, a clock or a wait of its own. [`Play::next`] is shown what the leading
//! facilitator sees and what time it is in the story, and says one thing to do, or until when nothing is to be done.
//!
//! * A member with the floor speaks as long as [`Timing`] says, then gives it back; now and then somebody passes.
//! * Where the floor is asked for, the next hand goes up when the timing says, often the one before the last: two people answering.
//!   (`turns`)
//! * The stick is offered by name, and taken or declined; of two who speak by turns, one says back and the other confirms
//!   (`handing_on`). Agreements are ticked and roles taken (`agreeing`).
//! * Listeners say "me too"; now and then a line drops and comes back.
//! * The leading facilitator lets people in, gives the floor and goes on, as long as nobody else leads. A facilitator who is not played
//!   and does something has the lead from then on ([`REST`]; `leading`).

mod agreeing;
mod handing_on;
mod leading;
#[cfg(test)]
mod tests;
mod turns;

use std::collections::BTreeMap;

use protocol::wire::{Action, RoomScene, SeatView, SignalKind, Stand};
use protocol::{ParticipantId, Role, StepId, TurnId};

use super::chance::Chance;
use super::line::Words;
use super::script::Script;
use super::timing::Timing;
use super::yielding::somebody_else_led;
use agreeing::Agreed;
use handing_on::still_fits;

const SECOND: u64 = 1_000;
/// How long the played facilitator keeps still after another one did something: long enough to try things out without being helped.
const REST: u64 = 180 * SECOND;
/// One turn for so many minutes of a step, within these bounds; then the step has had its time in the demo.
const MINUTES_PER_TURN: u32 = 3;
const TURNS: (u32, u32) = (2, 8);
/// Things planned at a time: a note's words, a sign, a drop and its return, a hand, an end. Beyond it new ones are left out.
const MOST_PLANNED: usize = 64;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    Act(ParticipantId, Action),
    Sign(ParticipantId, SignalKind),
    HangUp(ParticipantId),
    Return(ParticipantId),
    Write(ParticipantId, Words),
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    Do(Deed),
    /// Nothing until then, unless the room changes.
    WaitUntil(u64),
}

/// Somebody who is played.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// Lines for the note, after each turn in the noted step.
    pub(super) notes: Vec<String>,
    /// Notes with requests.
    pub(super) wants: Vec<String>,
}

#[derive(Debug)]
struct Planned {
    at: u64,
    /// Only while this turn runs.
    turn: Option<TurnId>,
    deed: Deed,
}

/// What must change before a patience begins anew.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Situation {
    session: u16,
    step: Option<u16>,
    turn: Option<TurnId>,
    line: usize,
    round: bool,
    running: bool,
    asked: bool,
}

/// The play.
#[derive(Debug)]
pub(super) struct Play {
    lead: ParticipantId,
    parts: BTreeMap<ParticipantId, Part>,
    /// The step after whose turns a line goes into the note.
    noted: StepId,
    timing: Timing,
    chance: Chance,
    script: Option<Script>,
    planned: Vec<Planned>,
    before: Option<RoomScene>,
    ours: Vec<Action>,
    situation: Option<Situation>,
    since: u64,
    door: (usize, u64),
    rests_until: u64,
    /// Who had the last two turns, newest first.
    last: [Option<ParticipantId>; 2],
    turns_in_step: u32,
    /// Turns that began while somebody who is not played was there.
    watched_turns: u32,
    notes_written: BTreeMap<ParticipantId, usize>,
    agreed: Agreed,
    /// The turn in which something was said again.
    said_again: Option<TurnId>,
    /// Who was offered the stick in a turn and did not answer.
    unanswered: Option<(TurnId, ParticipantId)>,
}

impl Play {
    pub(super) fn new(
        lead: ParticipantId,
        parts: BTreeMap<ParticipantId, Part>,
        noted: StepId,
        chance: Chance,
    ) -> Self {
        Self {
            lead,
            parts,
            noted,
            timing: super::timing::AMI,
            chance,
            script: None,
            planned: Vec::new(),
            before: None,
            ours: Vec::new(),
            situation: None,
            since: 0,
            door: (0, 0),
            rests_until: 0,
            last: [None; 2],
            turns_in_step: 0,
            watched_turns: 0,
            notes_written: BTreeMap::new(),
            agreed: Agreed::default(),
            said_again: None,
            unanswered: None,
        }
    }

    /// Follow a recorded meeting first.
    pub(super) fn follow(&mut self, script: Script) {
        self.script = Some(script);
    }

    /// This person's first line is in the note already.
    pub(super) fn has_noted(&mut self, who: ParticipantId) {
        self.notes_written.insert(who, 1);
    }

    pub(super) fn next(&mut self, now: u64, scene: &RoomScene) -> Next {
        self.look(now, scene);
        if let Some(script) = &mut self.script {
            match script.next(now, scene) {
                Some(Next::Do(deed)) => return self.does(deed),
                Some(Next::WaitUntil(at)) => {
                    return match self.lead_the_door(scene) {
                        Some((due, deed)) if due <= now => self.does(deed),
                        other => Next::WaitUntil(other.map_or(at, |(due, _)| due.min(at))),
                    };
                }
                None => self.script = None,
            }
        }
        self.forget(scene);
        self.keep_alive(now, scene);
        self.agree_and_take_roles(now, scene);
        if let Some(deed) = self.due(now, scene) {
            return self.does(deed);
        }
        let planned = self.planned.iter().map(|planned| planned.at).min();
        let wish = self.lead_the_door(scene).or_else(|| self.lead(scene));
        match wish {
            Some((at, deed)) if at <= now => {
                // Whatever comes of it, the next try has its patience too.
                (self.since, self.door.1) = (now, now);
                self.does(deed)
            }
            Some((at, _)) => Next::WaitUntil(planned.map_or(at, |planned| planned.min(at))),
            None => Next::WaitUntil(planned.unwrap_or(u64::MAX)),
        }
    }

    fn does(&mut self, deed: Deed) -> Next {
        if let Deed::Act(_, action) = &deed {
            self.ours.push(action.clone());
            self.note_agreement(&deed);
        }
        Next::Do(deed)
    }

    // --- looking ---

    fn look(&mut self, now: u64, scene: &RoomScene) {
        let others_lead = scene.seats.iter().any(|seat| self.leads_beside_us(seat));
        if let Some(before) = &self.before {
            let played = |who: &ParticipantId| self.is_played(*who);
            if others_lead && somebody_else_led(before, scene, &self.ours, played) {
                self.rests_until = now + REST;
            }
            if before.agenda.current != scene.agenda.current || before.course.session != scene.course.session {
                self.planned.retain(|planned| !matches!(planned.deed, Deed::Act(..)));
                self.turns_in_step = 0;
            }
        }
        if !others_lead {
            self.rests_until = 0; // nobody else is there to lead
        }
        self.ours.clear();
        let turn = scene.floor.turn.as_ref();
        let was = self.before.as_ref().and_then(|before| before.floor.turn.as_ref());
        if self.script.is_none()
            && let Some(turn) = turn
            && was.map(|was| was.turn) != Some(turn.turn)
        {
            self.turn_began(now, scene, turn);
        }
        if self.before.as_ref() != Some(scene) {
            self.before = Some(scene.clone());
        }
        let staff = scene.staff.as_ref();
        let situation = Situation {
            session: scene.course.session,
            step: scene.agenda.current,
            turn: turn.map(|turn| turn.turn),
            line: scene.floor.line.len(),
            round: scene.floor.round_running,
            running: scene.stand == Stand::Running,
            asked: staff
                .and_then(|staff| staff.suspended.as_ref())
                .is_some_and(|s| s.asked),
        };
        if self.situation.as_ref() != Some(&situation) {
            self.situation = Some(situation);
            self.since = now;
        }
        let waiting = staff.map_or(0, |staff| staff.waiting.iter().filter(|person| person.present).count());
        if self.door.0 != waiting {
            self.door = (waiting, now);
        }
    }

    fn is_played(&self, who: ParticipantId) -> bool {
        who == self.lead || self.parts.contains_key(&who)
    }

    /// Somebody looks in. Without them the room lives on in its step, so that the course is not over before anybody came.
    fn is_watched(&self, scene: &RoomScene) -> bool {
        let mut seats = scene.seats.iter();
        seats.any(|seat| seat.present && !self.is_played(seat.participant))
    }

    /// Whether the step has had its turns.
    fn is_spent(&self, scene: &RoomScene) -> bool {
        self.is_watched(scene) && self.turns_in_step >= turns_of(scene)
    }

    fn leads_beside_us(&self, seat: &SeatView) -> bool {
        seat.role == Role::Facilitator && seat.present && seat.participant != self.lead
    }

    /// Drops what was planned for a turn that is over, or overtaken by what others did.
    fn forget(&mut self, scene: &RoomScene) {
        let running = scene.floor.turn.as_ref().map(|turn| turn.turn);
        self.planned
            .retain(|planned| (planned.turn.is_none() || planned.turn == running) && still_fits(scene, &planned.deed));
    }

    /// What is planned for now.
    fn due(&mut self, now: u64, scene: &RoomScene) -> Option<Deed> {
        let next = self.planned.iter().enumerate().filter(|(_, planned)| planned.at <= now);
        let (index, _) = next.min_by_key(|(_, planned)| planned.at)?;
        // A turn does not end while the room stands still, nor by somebody whose line is down; it ends a little later.
        if let Deed::Act(who, _) = self.planned[index].deed
            && (scene.stand != Stand::Running || !is_here(scene, who))
        {
            self.planned[index].at = now + 2 * SECOND;
            return None;
        }
        let deed = self.planned.swap_remove(index).deed;
        self.note_silence(scene, &deed);
        Some(deed)
    }
}

fn is_here(scene: &RoomScene, who: ParticipantId) -> bool {
    scene.seats.iter().any(|seat| seat.participant == who && seat.present)
}

/// How many turns a step has in the demo.
fn turns_of(scene: &RoomScene) -> u32 {
    let step = scene
        .agenda
        .current
        .and_then(|at| scene.agenda.steps.get(usize::from(at)));
    step.map_or(0, |step| (step.minutes / MINUTES_PER_TURN).clamp(TURNS.0, TURNS.1))
}
