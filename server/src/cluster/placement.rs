//! Where a room is opened: where its first person comes, unless another node has much more to spare.
//!
//! A room that stands where its people's sockets do costs no way over the bus, so a small difference moves nothing. Rooms that are open stay where
//! they are: they end with their sessions, and the next session is placed anew.

use super::limits::{PEOPLE_EXPECTED, PLACED_ELSEWHERE_FROM};
use crate::store::NodeId;

/// A node that would take a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    pub node: NodeId,
    /// Lines that it carried when it was heard of last.
    pub people: u64,
    /// Rooms that came to it since, of which it has said nothing yet.
    pub fresh_rooms: u64,
}

impl Load {
    const fn expected(self) -> u64 {
        self.people
            .saturating_add(self.fresh_rooms.saturating_mul(PEOPLE_EXPECTED))
    }
}

/// The node that a room goes to, of those who would take it; `here` is asked.
pub fn place(here: NodeId, all: &[Load]) -> NodeId {
    let Some(least) = all.iter().min_by_key(|load| (load.expected(), load.node)) else {
        return here; // whoever asks lives, whatever the database thought a moment ago
    };
    let mine = all.iter().find(|load| load.node == here);
    let is_busier = |mine: &Load| {
        let margin = PLACED_ELSEWHERE_FROM.max(least.expected() / 4);
        mine.expected() > least.expected().saturating_add(margin)
    };
    if mine.is_some_and(is_busier) { least.node } else { here }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn load(node: u128, people: u64, fresh_rooms: u64) -> Load {
        Load {
            node: NodeId(node),
            people,
            fresh_rooms,
        }
    }

    #[test]
    fn a_room_stays_where_its_people_are_unless_another_node_has_much_more_to_spare() {
        let (a, b) = (NodeId(1), NodeId(2));
        assert_eq!(place(a, &[]), a);
        assert_eq!(place(a, &[load(2, 0, 0)]), a, "who does not take any is not sent away");
        assert_eq!(place(a, &[load(1, 0, 0), load(2, 0, 0)]), a);
        let margin = PLACED_ELSEWHERE_FROM;
        assert_eq!(place(a, &[load(1, margin, 0), load(2, 0, 0)]), a);
        assert_eq!(place(a, &[load(1, margin + 1, 0), load(2, 0, 0)]), b);
        assert_eq!(place(b, &[load(1, margin + 1, 0), load(2, 0, 0)]), b);
        // Of thousands a quarter is a difference, and less is none.
        assert_eq!(place(a, &[load(1, 1_200, 0), load(2, 1_000, 0)]), a);
        assert_eq!(place(a, &[load(1, 1_251, 0), load(2, 1_000, 0)]), b);
        let (most, none) = (load(1, u64::MAX, u64::MAX), load(2, u64::MAX, 0));
        assert_eq!(place(a, &[most, none]), a, "nothing overflows");
    }

    #[test]
    fn rooms_that_come_all_at_once_do_not_all_go_to_the_same_node() {
        let mut all = [load(1, 600, 0), load(2, 0, 0), load(3, 0, 0)];
        for _ in 0..60 {
            let placed = place(NodeId(1), &all);
            let chosen = all.iter_mut().find(|load| load.node == placed).expect("one of them");
            chosen.fresh_rooms += 1;
        }
        assert_eq!(all.map(|load| load.fresh_rooms), [0, 30, 30]);
    }
}
