//! Scenes to decide about, for the tests of this folder: what a facilitator sees in the wire's own golden message.

use protocol::ParticipantId;
use protocol::wire::{RoomScene, RoomView, ServerMessage};

/// A round under way, somebody speaking, nobody at the door.
pub(super) fn scene() -> RoomScene {
    let text = include_str!("../../../protocol/fixtures/server/view.facilitator.json");
    let mut scene = match serde_json::from_str(text).expect("the golden view can be read") {
        ServerMessage::View {
            room: RoomView::Room(scene),
            ..
        } => *scene,
        other => panic!("not a room: {other:?}"),
    };
    if let Some(staff) = &mut scene.staff {
        staff.waiting.clear();
        staff.suspended = None;
    }
    scene
}

/// A second facilitator, who is not played.
pub(super) fn somebody_leads_too(scene: &mut RoomScene) {
    let mut seat = scene.seats[0].clone();
    seat.participant = ParticipantId::from_bits(0xabc);
    seat.role = protocol::Role::Facilitator;
    seat.present = true;
    scene.seats.push(seat);
}
