//! Small circles for a while: who goes where, how long, and how everybody comes back.

use protocol::pack::FloorMode;
use protocol::wire::*;
use protocol::{CircleId, ParticipantId};
use room::Audience;

use crate::common::scene::*;

fn rooms(assign: Assign, minutes: Option<u32>) -> Action {
    Action::OpenRooms {
        assign,
        mode: None,
        minutes,
        turn_seconds: None,
    }
}
/// Ana with Ben, Cleo with Dan, for ten minutes.
fn two_circles() -> Scene {
    let mut scene = Scene::at_step("opening");
    let groups = vec![vec![ANA, BEN], vec![CLEO, DAN]];
    scene.admit(DAN).does(FAY, rooms(Assign::Hand(groups), Some(10)));
    scene
}
fn circle_of(scene: &Scene, who: ParticipantId) -> CircleId {
    scene.room.state().roster.get(who).unwrap().circle
}
fn all_back(scene: &Scene) -> bool {
    [ANA, BEN, CLEO, DAN]
        .iter()
        .all(|&who| circle_of(scene, who) == CircleId::MAIN)
}
fn partners(scene: &Scene) -> Vec<Vec<ParticipantId>> {
    scene.staff().circles.into_iter().map(|c| c.people).collect()
}

#[test]
fn people_are_put_together_by_hand_and_see_only_their_own_circle() {
    let scene = two_circles();
    assert_eq!(partners(&scene), [[ANA, BEN], [CLEO, DAN]]);
    let RoomView::Room(view) = scene.room.view(Audience::Circle(circle_of(&scene, ANA))) else {
        panic!("a room")
    };
    let there: Vec<_> = view.seats.iter().map(|seat| seat.participant).collect();
    assert_eq!(there, [ANA, BEN]);
    assert_eq!(view.beside.unwrap().ends_at, Some(Scene::second(600)));
    assert_eq!(scene.may_speak(DAN), Ok(()));
}

#[test]
fn by_lot_nobody_is_alone() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, rooms(Assign::Drawn { size: 2 }, None));
    assert_eq!(partners(&scene).iter().map(Vec::len).collect::<Vec<_>>(), [3]);
    let size = 9;
    let free = Scene::at_step("opening");
    assert_eq!(
        free.refusal(FAY, rooms(Assign::Drawn { size }, None)),
        RefusalCode::OutOfRange
    );
}

#[test]
fn pairs_who_have_not_met_meet() {
    let mut scene = Scene::at_step("opening");
    scene.admit(DAN);
    let mut seen = Vec::new();
    for _ in 0..3 {
        scene.does(FAY, rooms(Assign::Unmet, None));
        seen.extend(partners(&scene));
        scene.does(FAY, Action::CallBack).wait(60);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6, "three times two pairs, all different: {seen:?}");
}

#[test]
fn when_the_time_is_up_a_notice_says_so_and_after_a_minute_people_are_fetched() {
    let mut scene = two_circles();
    scene.wait(600);
    let beside = scene.seen().beside.unwrap();
    assert_eq!(beside.called_back, Some(Scene::second(600)));
    assert!(!all_back(&scene));
    scene.wait(60);
    assert!(all_back(&scene));
    assert_eq!((scene.seen().beside, scene.staff().circles), (None, vec![]));
}

#[test]
fn nobody_is_fetched_in_the_middle_of_a_turn() {
    let mut scene = Scene::at_step("opening");
    let action = Action::OpenRooms {
        assign: Assign::Hand(vec![vec![ANA, BEN], vec![CLEO, DAN]]),
        mode: Some(FloorMode::Queue),
        minutes: Some(10),
        turn_seconds: None,
    };
    scene.admit(DAN).does(FAY, action).asks(ANA).wait(600 + 60);
    assert_eq!(circle_of(&scene, CLEO), CircleId::MAIN);
    assert_ne!(circle_of(&scene, ANA), CircleId::MAIN, "Ana is speaking");
    scene.wait(120).does(ANA, Action::Release);
    assert!(all_back(&scene));
}

#[test]
fn more_time_can_be_given_also_after_the_call() {
    let mut scene = two_circles();
    scene.wait(300).does(FAY, Action::ExtendRooms { seconds: 120 });
    assert_eq!(scene.seen().beside.unwrap().ends_at, Some(Scene::second(720)));
    scene.wait(420).does(FAY, Action::ExtendRooms { seconds: 60 }).wait(59);
    assert!(!all_back(&scene));
    scene.wait(61);
    assert!(all_back(&scene));
}

#[test]
fn anyone_may_go_back_earlier_and_an_empty_circle_is_gone() {
    let mut scene = two_circles();
    scene.does(ANA, Action::GoBack).does(BEN, Action::GoBack);
    assert_eq!(partners(&scene), [[CLEO, DAN]]);
    scene.does(CLEO, Action::GoBack).does(DAN, Action::GoBack);
    assert_eq!(scene.seen().beside, None);
}

#[test]
fn a_circle_asks_for_a_facilitator_who_comes() {
    let mut scene = two_circles();
    let circle = circle_of(&scene, ANA);
    scene.does(ANA, Action::CallHelp);
    assert_eq!(scene.refusal(BEN, Action::CallHelp), RefusalCode::AlreadySo);
    assert!(scene.staff().circles[0].help.is_some());
    scene
        .does(FAY, Action::AnswerHelp { circle })
        .does(FAY, Action::Visit { circle });
    assert_eq!(scene.room.audience_of(FAY), Audience::Leaders(circle));
    assert_eq!(
        scene.refusal(FAY, Action::AnswerHelp { circle }),
        RefusalCode::AlreadySo
    );
}

#[test]
fn stepping_out_of_a_small_circle_leads_back_to_it() {
    let mut scene = two_circles();
    let circle = circle_of(&scene, BEN);
    scene.does(BEN, Action::StepOut).does(BEN, Action::GoBack);
    assert_eq!(circle_of(&scene, BEN), circle);
}

#[test]
fn a_step_ends_the_small_circles_and_a_session_all_of_them() {
    let mut scene = two_circles();
    scene.go_to("focus");
    assert!(all_back(&scene));
    let groups = vec![vec![ANA, BEN]];
    scene
        .does(FAY, rooms(Assign::Hand(groups), None))
        .does(FAY, Action::EndSession);
    assert!(all_back(&scene));
}

#[test]
fn small_circles_survive_dropped_lines_and_a_restart() {
    let mut scene = two_circles();
    let before = circle_of(&scene, ANA);
    scene.drops(ANA).comes(ANA).restarts().comes(FAY).comes(ANA);
    assert_eq!(circle_of(&scene, ANA), before);
}

#[test]
fn bad_assignments_are_refused() {
    let scene = Scene::at_step("opening");
    let hand = |groups| rooms(Assign::Hand(groups), None);
    assert_eq!(scene.refusal(FAY, hand(vec![])), RefusalCode::OutOfRange);
    assert_eq!(scene.refusal(FAY, hand(vec![vec![]])), RefusalCode::OutOfRange);
    assert_eq!(
        scene.refusal(FAY, hand(vec![vec![ANA], vec![ANA]])),
        RefusalCode::OutOfRange
    );
    assert_eq!(
        scene.refusal(FAY, hand(vec![vec![DAN]])),
        RefusalCode::UnknownParticipant
    );
    assert_eq!(scene.refusal(ANA, hand(vec![vec![ANA]])), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(FAY, Action::CallBack), RefusalCode::NoRooms);
    let minutes = Some(121);
    assert_eq!(
        scene.refusal(FAY, rooms(Assign::Unmet, minutes)),
        RefusalCode::OutOfRange
    );
}
