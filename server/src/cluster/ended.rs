//! Lines that have ended at an owner, so that no first word of theirs opens them again, however late or often it comes.
//!
//! A relay numbers its lines as it opens them. An owner remembers the last of those that ended, and of what it forgets the highest number of each
//! relay: what is not above that and not open is over. So a first word that somebody on the bus kept opens nothing, whenever they send it again.

use std::collections::VecDeque;

use super::letter::LineId;
use super::limits::{ENDED_LINES, RELAYS_REMEMBERED};
use crate::store::NodeId;

#[derive(Debug, Default)]
pub struct EndedLines {
    /// Oldest first.
    recent: VecDeque<(NodeId, LineId)>,
    /// Of each relay the highest number that was forgotten; the relay that was forgotten longest ago first.
    floors: VecDeque<(NodeId, u64)>,
}

impl EndedLines {
    pub fn has(&self, relay: NodeId, line: LineId) -> bool {
        let floor = self.floors.iter().find(|(of, _)| *of == relay);
        floor.is_some_and(|(_, floor)| line.number() <= *floor) || self.recent.contains(&(relay, line))
    }

    pub fn add(&mut self, relay: NodeId, line: LineId) {
        if self.recent.contains(&(relay, line)) {
            return;
        }
        if self.recent.len() >= ENDED_LINES
            && let Some((of, forgotten)) = self.recent.pop_front()
        {
            self.forgets(of, forgotten.number());
        }
        self.recent.push_back((relay, line));
    }

    fn forgets(&mut self, relay: NodeId, number: u64) {
        let at = self.floors.iter().position(|(of, _)| *of == relay);
        let before = at.and_then(|at| self.floors.remove(at)).map_or(0, |(_, floor)| floor);
        if self.floors.len() >= RELAYS_REMEMBERED {
            self.floors.pop_front();
        }
        self.floors.push_back((relay, number.max(before)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_ended_stays_so_however_many_end_after_it() {
        let (relay, other) = (NodeId(1), NodeId(2));
        let mut ended = EndedLines::default();
        let kept = LineId::new(1);
        assert!(!ended.has(relay, kept));
        ended.add(relay, kept);
        ended.add(relay, kept);
        assert!(ended.has(relay, kept));
        assert!(!ended.has(other, kept), "another process numbers for itself");
        for number in 2..=ENDED_LINES as u64 * 2 {
            ended.add(relay, LineId::new(number));
        }
        assert_eq!(ended.recent.len(), ENDED_LINES);
        assert!(ended.has(relay, kept), "sent again after all of them");
        assert!(ended.has(relay, LineId::new(7)), "even if it was never heard of");
        assert!(!ended.has(relay, LineId::new(ENDED_LINES as u64 * 2 + 1)));
        assert!(!ended.has(other, LineId::new(1)));
    }

    #[test]
    fn of_processes_that_are_long_over_the_first_are_forgotten() {
        let mut ended = EndedLines::default();
        for relay in 0..RELAYS_REMEMBERED as u128 + 2 {
            ended.forgets(NodeId(relay), 5);
        }
        ended.forgets(NodeId(2), 3);
        assert_eq!(ended.floors.len(), RELAYS_REMEMBERED);
        assert!(ended.has(NodeId(2), LineId::new(5)), "a floor never sinks");
        assert!(!ended.has(NodeId(1), LineId::new(1)));
    }
}
