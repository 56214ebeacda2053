//! Names of people elsewhere, for a page that has seen nobody but those in its own circle.

use protocol::wire::*;
use protocol::{CircleId, ParticipantId};
use room::Audience;

use crate::common::scene::*;

fn ids(names: &[KnownName]) -> Vec<ParticipantId> {
    names.iter().map(|known| known.participant).collect()
}
/// What those who lead see in the circle where Fay is.
fn pane(scene: &Scene) -> StaffView {
    let circle = scene.room.state().roster.get(FAY).unwrap().circle;
    match scene.room.view(Audience::Leaders(circle)) {
        RoomView::Room(view) => view.staff.unwrap(),
        RoomView::Waiting(_) => panic!("the waiting screen"),
    }
}

#[test]
fn in_a_side_room_whoever_is_not_ok_reads_the_names_of_those_who_were_told_and_no_others() {
    let mut scene = Scene::at_step("opening");
    scene.does(BEN, Action::StepOut).does(BEN, Action::NotOk);
    let mine = scene.mine(BEN);
    assert_eq!(mine.not_ok.unwrap().told, [FAY]);
    assert_eq!(ids(&mine.names), [FAY]);
    assert_eq!(Some(mine.names[0].name.clone()), scene.mine(FAY).name);
    scene.does(BEN, Action::GoBack);
    assert_eq!(scene.mine(BEN).names, [], "in the circle the seats say it");
}

#[test]
fn nobody_reads_a_name_that_their_view_does_not_speak_of() {
    let mut scene = Scene::at_step("opening");
    scene.does(BEN, Action::StepOut);
    assert_eq!(scene.mine(BEN).names, []);
    scene.comes(DAN);
    assert_eq!(scene.mine(DAN).names, [], "at the door there is nobody");
}

#[test]
fn whoever_leads_reads_in_a_side_room_the_names_of_all_in_the_other_circles() {
    let mut scene = Scene::at_step("opening");
    assert_eq!(pane(&scene).names, [], "in the room's own circle everybody has a seat");
    scene.does(FAY, Action::SendAside { participant: BEN });
    scene
        .does(CLEO, Action::NotOk)
        .does(FAY, Action::Visit { circle: CircleId(1) });
    scene.comes(DAN);
    let pane = pane(&scene);
    assert_eq!(ids(&pane.names), [ANA, CLEO], "and nobody from the door");
    assert_eq!(pane.alarms[0].participant, CLEO);
    assert_eq!(Some(pane.names[1].name.clone()), scene.mine(CLEO).name);
}

#[test]
fn whoever_was_shown_out_is_still_named_to_those_who_lead() {
    let mut scene = Scene::at_step("opening");
    scene
        .does(BEN, Action::NotOk)
        .does(FAY, Action::Remove { participant: BEN });
    assert_eq!(ids(&pane(&scene).names), [BEN]);
    scene.does(ANA, Action::StepOut);
    assert_eq!(scene.mine(ANA).names, []);
}
