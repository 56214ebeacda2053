//! Following a recorded meeting exactly: who spoke asks when they began and gives the floor back when they stopped. The floor is a queue for
//! that time, so who began while another spoke waits, and goes without the floor where their own words ended first.

use protocol::pack::{Advance, Ending, FloorMode, QueueOrder};
use protocol::wire::{Action, RequestKind, RoomScene, Stand};
use protocol::{ParticipantId, StepId};

use super::play::{Deed, Next};
use super::timing::Meeting;

/// Everything that happens in a meeting, in order.
#[derive(Debug)]
pub(super) struct Script {
    lead: ParticipantId,
    /// The step in which the meeting is held.
    step: StepId,
    cues: Vec<Cue>,
    at: usize,
    /// The story's time at which the recording began.
    began: Option<u64>,
    /// Steps of getting there that were tried.
    prepared: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cue {
    at: u64,
    /// Ends come before beginnings at the same moment.
    begins: bool,
    who: ParticipantId,
}

impl Script {
    /// The meeting's speakers are the first of `cast`; none where there are more speakers than people.
    pub(super) fn new(meeting: &Meeting, lead: ParticipantId, cast: &[ParticipantId], step: StepId) -> Option<Self> {
        let mut cues = Vec::new();
        for turn in &meeting.turns {
            let who = *cast.get(turn.speaker)?;
            let cue = |at, begins| Cue { at, begins, who };
            cues.extend([cue(turn.start, true), cue(turn.end, false)]);
        }
        cues.sort();
        Some(Self {
            lead,
            step,
            cues,
            at: 0,
            began: None,
            prepared: 0,
        })
    }

    /// What comes next; none once the recording is over.
    pub(super) fn next(&mut self, now: u64, scene: &RoomScene) -> Option<Next> {
        let floor = &scene.floor;
        let Some(began) = self.began else {
            let preparations = [
                Action::GoToStep {
                    step: self.step.clone(),
                },
                Action::SetFloor {
                    mode: Some(FloorMode::Queue),
                    order: Some(QueueOrder::Arrival),
                    advance: Some(Advance::Auto),
                    ending: Some(Ending::Soft),
                    turn_seconds: Some(0),
                },
            ];
            let Some(action) = preparations.get(self.prepared) else {
                self.began = Some(now);
                return self.next(now, scene);
            };
            self.prepared += 1;
            return Some(Next::Do(Deed::Act(self.lead, action.clone())));
        };
        // Whoever takes the session elsewhere ends the recording.
        let elsewhere = scene.stand == Stand::Lobby || floor.mode != FloorMode::Queue;
        while let Some(cue) = self.cues.get(self.at).filter(|_| !elsewhere) {
            let due = began + cue.at;
            if due > now {
                return Some(Next::WaitUntil(due));
            }
            self.at += 1;
            let holds = floor.turn.as_ref().is_some_and(|turn| turn.holders.contains(&cue.who));
            let waits = floor.line.contains(&cue.who);
            let action = match (cue.begins, holds, waits) {
                (true, false, false) => Action::Ask {
                    kind: RequestKind::Share,
                    note: None,
                },
                (false, true, _) => Action::Release,
                (false, false, true) => Action::CancelRequest,
                _ => continue,
            };
            return Some(Next::Do(Deed::Act(cue.who, action)));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_with_more_speakers_than_people_is_not_followed() {
        let line = |who: &str| format!("SPEAKER m 1 0 2 <NA> <NA> {who} <NA> <NA>\n");
        let meeting = Meeting::read(&[line("a"), line("b")].concat()).unwrap();
        let [ana, ben, cleo] = [1, 2, 3].map(ParticipantId::from_bits);
        let step: StepId = "work".parse().unwrap();
        assert!(Script::new(&meeting, ana, &[ben], step.clone()).is_none());
        assert_eq!(Script::new(&meeting, ana, &[ben, cleo], step).unwrap().cues.len(), 4);
    }

    /// The room's queue in three lines: a free floor is given at once, a freed one to who waits longest.
    fn take(scene: &mut RoomScene, who: ParticipantId, action: &Action) {
        let floor = &mut scene.floor;
        let holds = |floor: &protocol::wire::FloorView| floor.turn.as_ref().map(|turn| turn.holders[0]);
        match action {
            Action::Ask { .. } => floor.line.push(who),
            Action::CancelRequest => floor.line.retain(|other| *other != who),
            Action::Release => {
                assert_eq!(holds(floor), Some(who));
                floor.turn = None;
            }
            _ => {}
        }
        if floor.turn.is_none() && !floor.line.is_empty() {
            let next = floor.line.remove(0);
            let mut turn = super::super::scenes::scene()
                .floor
                .turn
                .expect("the golden scene has a turn");
            turn.holders = vec![next];
            floor.turn = Some(turn);
        }
    }

    #[test]
    fn who_spoke_alone_has_the_floor_at_the_recorded_times_and_who_spoke_into_it_waits() {
        let line =
            |start: f64, length: f64, who: &str| format!("SPEAKER m 1 {start} {length} <NA> <NA> {who} <NA> <NA>\n");
        let text = [
            line(1.0, 4.0, "a"),
            line(6.0, 10.0, "b"),
            line(8.0, 3.0, "a"),
            line(12.0, 6.0, "c"),
        ]
        .concat();
        let meeting = Meeting::read(&text).unwrap();
        let [lead, a, b, c] = [1, 2, 3, 4].map(ParticipantId::from_bits);
        let mut script = Script::new(&meeting, lead, &[a, b, c], "work".parse().unwrap()).unwrap();
        let mut scene = super::super::scenes::scene();
        scene.floor.turn = None;
        scene.floor.line.clear();
        scene.floor.mode = FloorMode::Queue;
        let (mut now, mut held) = (0, Vec::new());
        while let Some(next) = script.next(now, &scene) {
            match next {
                Next::Do(Deed::Act(who, action)) => take(&mut scene, who, &action),
                Next::Do(other) => panic!("{other:?}"),
                Next::WaitUntil(at) => now = at,
            }
            let holder = scene.floor.turn.as_ref().map(|turn| turn.holders[0]);
            if held.last().is_none_or(|(_, last)| *last != holder) {
                held.push((now, holder));
            }
        }
        let expected = [
            (0, None),
            (1_000, Some(a)),
            (5_000, None),
            (6_000, Some(b)),  // a asked at 8 s, and had finished at 11 s without the floor
            (16_000, Some(c)), // c asked at 12 s and waited
            (18_000, None),
        ];
        assert_eq!(held, expected);
    }
}
