//! What happens in and around a turn: how long it lasts, who listens how, whose hand goes up next, what goes into the note.

use protocol::pack::FloorMode;
use protocol::wire::{Action, RequestKind, RoomScene, SignalKind, Stand, TurnView};
use protocol::{ParticipantId, Private, TurnId};

use super::{Deed, MOST_PLANNED, Planned, Play, SECOND};
use crate::demo::line::Words;
use crate::demo::timing::{AT_WORK, IN_A_ROUND};

/// Shortest and longest turn that is played. Below, a newcomer cannot follow; above, they would think that it hangs.
pub(super) const TURN: (u64, u64) = (9 * SECOND, 110 * SECOND);
/// Until somebody has seen two turns, none is longer than this, so that whoever looks in sees the floor move within a minute.
const FIRST_TURN: u64 = 24 * SECOND;
/// How often each of these happens in a turn. Chosen by us, so that a newcomer sees each within some minutes.
const ME_TOO: f64 = 0.6;
const PASSES: f64 = 0.08;
const LISTENER_DROPS: f64 = 0.12;
const HOLDER_DROPS: f64 = 0.05;
const NOTE_WITH_HAND: f64 = 0.5;
const ASKS_FOR_THE_STICK: f64 = 0.3;
/// One word of a note.
const WORD: u64 = 350;

impl Play {
    pub(super) fn plan(&mut self, at: u64, turn: Option<TurnId>, deed: Deed) {
        if self.planned.len() < MOST_PLANNED {
            self.planned.push(Planned { at, turn, deed });
        }
    }

    pub(super) fn turn_began(&mut self, now: u64, scene: &RoomScene, turn: &TurnView) {
        let Some(&holder) = turn.holders.first() else { return };
        let watched = self.is_watched(scene);
        self.watched_turns += u32::from(watched);
        self.turns_in_step += 1;
        let round = scene.floor.mode == FloorMode::Round;
        let stretch = if round { IN_A_ROUND } else { AT_WORK };
        let longest = if self.watched_turns <= 2 { FIRST_TURN } else { TURN.1 };
        let length = self.timing.turn(&mut self.chance, stretch).clamp(TURN.0, longest);
        let gap = self.timing.gap(&mut self.chance, stretch);
        // In a round the room gives the floor at once, so the silence lies at the beginning of the turn.
        let silence = if round { gap.max(0).unsigned_abs() } else { 0 };
        let mut ends = now + silence + length;
        let listeners: Vec<_> = self.present(scene).into_iter().filter(|who| *who != holder).collect();

        if self.chance.happens(ME_TOO)
            && let Some(listener) = self.chance.pick(&listeners)
        {
            let at = now + self.chance.between(length * 3 / 10, length * 9 / 10);
            self.plan(at, Some(turn.turn), Deed::Sign(listener, SignalKind::MeToo));
        }
        // The first turn that a newcomer sees from its beginning shows what happens to a dropped line.
        let drops = watched && self.watched_turns == 1 || self.chance.happens(LISTENER_DROPS);
        let away = listeners
            .iter()
            .rev()
            .copied()
            .find(|who| Some(*who) != scene.floor.next);
        // Of two who talk nobody drops while the other speaks: that would be a talk with an empty place.
        let two = scene.floor.mode == FloorMode::Pair;
        if drops
            && !two
            && let Some(away) = away
        {
            let at = now + self.chance.between(5 * SECOND, 8 * SECOND);
            let back = at + self.chance.between(14 * SECOND, 22 * SECOND);
            self.plan(at, None, Deed::HangUp(away));
            self.plan(back, None, Deed::Return(away));
        }
        if self.parts.contains_key(&holder) {
            let passes = round && self.watched_turns > 2 && self.chance.happens(PASSES);
            if passes {
                self.plan(
                    now + silence + 4 * SECOND,
                    Some(turn.turn),
                    Deed::Act(holder, Action::Pass),
                );
            } else {
                if self.watched_turns > 2 && self.chance.happens(HOLDER_DROPS) {
                    let at = now + silence + length / 3;
                    let back = at + self.chance.between(6 * SECOND, 10 * SECOND);
                    self.plan(at, Some(turn.turn), Deed::HangUp(holder));
                    self.plan(back, None, Deed::Return(holder));
                    ends += back - at;
                }
                let end = self.ending(scene, holder);
                self.plan(ends, Some(turn.turn), Deed::Act(holder, end));
                if scene.floor.mode != FloorMode::Pair {
                    self.note_after_turn(ends + 2 * SECOND, scene, holder); // between two, once it was said back
                }
            }
        } else if holder == self.lead {
            self.plan(ends, Some(turn.turn), Deed::Act(holder, Action::Release));
        }
        self.last = [Some(holder), self.last[0]];
        // The stick goes from hand to hand; only now and then somebody asks for it meanwhile.
        let asks = scene.floor.mode != FloorMode::Stick || self.chance.happens(ASKS_FOR_THE_STICK);
        if is_asked_for(scene.floor.mode) && asks && !self.is_spent(scene) {
            let at = ends.saturating_add_signed(gap).max(now + 2 * SECOND);
            self.plan_hand(at, scene);
        }
    }

    /// Unwatched turns repeat; the note must not grow with them.
    pub(super) fn note_after_turn(&mut self, from: u64, scene: &RoomScene, who: ParticipantId) {
        if self.is_watched(scene) || !self.notes_written.contains_key(&who) {
            self.note_after(from, scene, who);
        }
    }

    /// After a turn in the noted step, what was said goes into the note, word by word.
    fn note_after(&mut self, from: u64, scene: &RoomScene, who: ParticipantId) {
        let step = scene
            .agenda
            .current
            .and_then(|at| scene.agenda.steps.get(usize::from(at)));
        if step.is_none_or(|step| step.step != self.noted) {
            return;
        }
        let written = self.notes_written.entry(who).or_default();
        let notes = self.parts.get(&who).map_or(&[][..], |part| &part.notes);
        let Some(text) = notes.get(*written) else { return };
        *written += 1;
        let mut so_far = String::new();
        let mut at = from;
        let mut words = Vec::new();
        for word in text.split_inclusive(' ') {
            let deed = if so_far.is_empty() {
                Words::Line(word.to_owned())
            } else {
                Words::More {
                    beginning: so_far.clone(),
                    text: word.to_owned(),
                }
            };
            words.push((at, deed));
            so_far.push_str(word);
            at += WORD;
        }
        for (at, words) in words {
            self.plan(at, None, Deed::Write(who, words));
        }
    }

    fn plan_hand(&mut self, at: u64, scene: &RoomScene) {
        let Some(who) = self.next_speaker(scene) else { return };
        let kinds = [RequestKind::Share, RequestKind::Question, RequestKind::Feedback];
        let kind = if self.last[1] == Some(who) {
            RequestKind::Reply
        } else {
            self.chance.pick(&kinds).unwrap_or_default()
        };
        let wants = self.parts.get(&who).map_or(&[][..], |part| &part.wants);
        let with_note = self.chance.happens(NOTE_WITH_HAND);
        let note = (0..wants.len()).collect::<Vec<_>>();
        let note = self
            .chance
            .pick(&note)
            .filter(|_| with_note)
            .map(|at| Private(wants[at].clone()));
        self.plan(at, None, Deed::Act(who, Action::Ask { kind, note }));
    }

    /// Often the one before the last, else anybody who does not speak and has no hand up.
    pub(super) fn next_speaker(&mut self, scene: &RoomScene) -> Option<ParticipantId> {
        let free = |who: &ParticipantId| self.last[0] != Some(*who) && !scene.floor.line.contains(who);
        let others: Vec<_> = self.present(scene).into_iter().filter(free).collect();
        let before_last = self.last[1].filter(|who| others.contains(who));
        let answers = self.chance.happens(self.timing.answers_back);
        before_last.filter(|_| answers).or_else(|| self.chance.pick(&others))
    }

    /// Members who are played and whose line is up.
    pub(super) fn present(&self, scene: &RoomScene) -> Vec<ParticipantId> {
        let seats = scene.seats.iter().filter(|seat| seat.present);
        let members = seats
            .map(|seat| seat.participant)
            .filter(|who| self.parts.contains_key(who));
        members.collect()
    }

    /// Mends what would stand still for ever: a turn of ours without an end, a silence without a hand.
    pub(super) fn keep_alive(&mut self, now: u64, scene: &RoomScene) {
        if scene.stand != Stand::Running {
            return;
        }
        match &scene.floor.turn {
            Some(turn) => {
                let goes_on = self
                    .planned
                    .iter()
                    .any(|planned| planned.turn == Some(turn.turn) && matches!(planned.deed, Deed::Act(..)));
                if !goes_on {
                    self.keep_turn_moving(now, scene, turn);
                }
            }
            None => {
                let asks = |planned: &Planned| matches!(planned.deed, Deed::Act(_, Action::Ask { .. }));
                let quiet = scene.floor.line.is_empty() && !self.planned.iter().any(asks);
                if is_asked_for(scene.floor.mode) && quiet && !self.is_spent(scene) {
                    let gap = self.timing.gap(&mut self.chance, AT_WORK).max(0).unsigned_abs();
                    self.plan_hand(now + 3 * SECOND + gap, scene);
                }
            }
        }
    }
}

/// Whether somebody may ask for the floor: everybody's turn in a round comes by itself, two speak by turns, in silence nobody speaks.
const fn is_asked_for(mode: FloorMode) -> bool {
    match mode {
        FloorMode::Open | FloorMode::Queue | FloorMode::Chair | FloorMode::Stick | FloorMode::Fishbowl => true,
        FloorMode::Round | FloorMode::Pair | FloorMode::Silence => false,
    }
}
