//! "Shall we go on?": counts for everybody, names for nobody.

use protocol::wire::*;

use crate::common::scene::*;

fn answer(ready: bool) -> Action {
    Action::AnswerReady { ready }
}
fn asked() -> Scene {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, Action::AskReady);
    scene
}
fn counts(scene: &Scene) -> (u16, u16, u16) {
    let view = scene.seen().ready.unwrap();
    (view.ready, view.not_yet, view.silent)
}

#[test]
fn everybody_sees_how_many_are_ready_and_nobody_sees_who() {
    let mut scene = asked();
    scene.does(ANA, answer(true)).does(BEN, answer(false));
    assert_eq!(counts(&scene), (1, 1, 1));
    let [seen, staff] = [
        serde_json::to_string(&scene.seen().ready).unwrap(),
        serde_json::to_string(&scene.staff()).unwrap(),
    ];
    assert!(!seen.contains("pa_") && !staff.contains("not_yet"), "{seen} {staff}");
    assert_eq!((scene.mine(BEN).ready, scene.mine(CLEO).ready), (Some(false), None));
}

#[test]
fn an_answer_can_be_changed_and_decides_nothing() {
    let mut scene = asked();
    scene.does(BEN, answer(false)).does(BEN, answer(true));
    assert_eq!(counts(&scene), (1, 0, 2));
    assert_eq!(scene.refusal(BEN, answer(true)), RefusalCode::AlreadySo);
    scene.does(ANA, answer(true)).does(CLEO, answer(true));
    assert_eq!(
        scene.seen().agenda.current,
        Some(0),
        "the facilitator goes on, nobody else"
    );
}

#[test]
fn going_on_or_taking_it_away_ends_the_question() {
    let mut scene = asked();
    scene.does(FAY, Action::NextStep);
    assert_eq!(scene.seen().ready, None);
    scene.does(FAY, Action::AskReady).does(FAY, Action::CloseReady);
    assert_eq!(scene.refusal(ANA, answer(true)), RefusalCode::NothingAsked);
    assert_eq!(scene.refusal(FAY, Action::CloseReady), RefusalCode::AlreadySo);
}

#[test]
fn a_facilitator_asks_and_the_question_survives_a_restart() {
    let mut scene = asked();
    assert_eq!(scene.refusal(ANA, Action::AskReady), RefusalCode::NotPermitted);
    scene.does(ANA, answer(false)).restarts().comes(FAY).comes(ANA);
    assert_eq!(counts(&scene), (0, 1, 0), "those who are here count");
}
