//! The private check-in: who is asked, when, and who learns of it.

use protocol::wire::*;
use protocol::{ParticipantId, Private};

use crate::common::a_couples;
use crate::common::scene::*;

fn says(answer: &str) -> Action {
    Action::CheckIn {
        question: "go-on".to_owned(),
        answer: Private::from(answer),
    }
}
/// Fay leads, and the two wait at the door of their locked room.
fn at_the_door() -> Scene {
    let mut scene = Scene::with(a_couples);
    scene.comes(FAY).comes(ANA).comes(BEN);
    scene
}
fn encoded(scene: &Scene, who: ParticipantId) -> String {
    let view = scene.room.view(scene.room.audience_of(who));
    serde_json::to_string(&(scene.room.state().seq_for(who), view, scene.mine(who))).unwrap()
}
fn answers(scene: &Scene) -> Vec<(ParticipantId, u16, String)> {
    let rows = scene.staff().check_ins.into_iter();
    rows.map(|row| (row.participant, row.session, row.answer.unwrap().into_exposed()))
        .collect()
}
fn is_answered(scene: &Scene, who: ParticipantId) -> bool {
    scene.mine(who).check_in[0].answered
}

#[test]
fn both_are_asked_the_same_from_the_door_on_and_in_the_room() {
    let scene = at_the_door();
    assert_eq!(scene.mine(ANA).check_in, scene.mine(BEN).check_in);
    assert_eq!(scene.mine(ANA).check_in[0].text, "Is it fine to meet?");
    assert!(scene.mine(ANA).can.contains(&Can::CheckIn));
    let scene = Scene::at_step("opening");
    assert_eq!(scene.mine(ANA).check_in, scene.mine(BEN).check_in);
    assert!(scene.mine(ANA).can.contains(&Can::CheckIn));
    for who in [FAY, OBI] {
        let mut scene = scene.clone();
        scene.comes(who);
        assert!(scene.mine(who).check_in.is_empty());
    }
}

#[test]
fn it_is_answered_at_a_locked_door_and_facilitators_read_it() {
    let mut scene = at_the_door();
    scene.does(ANA, says("not today"));
    assert_eq!(answers(&scene), [(ANA, 1, "not today".to_owned())]);
    assert!(is_answered(&scene, ANA) && !is_answered(&scene, BEN));
    assert!(
        !encoded(&scene, ANA).contains("not today"),
        "nobody reads it over her shoulder"
    );
}

#[test]
fn the_partner_cannot_tell_whether_it_was_answered() {
    for mut scene in [at_the_door(), Scene::at_step("opening")] {
        let before = encoded(&scene, BEN);
        scene.does(ANA, says("he reads my messages"));
        assert_eq!(encoded(&scene, BEN), before);
    }
}

#[test]
fn an_answer_can_be_changed_and_every_session_asks_anew() {
    let mut scene = Scene::at_step("opening");
    scene.does(ANA, says("yes"));
    assert_eq!(scene.refusal(ANA, says("yes")), RefusalCode::AlreadySo);
    scene.does(ANA, says("no"));
    assert_eq!(answers(&scene), [(ANA, 1, "no".to_owned())]);
    scene.does(FAY, Action::EndSession);
    assert!(!is_answered(&scene, ANA));
    scene.does(ANA, says("no"));
    assert_eq!(answers(&scene), [(ANA, 2, "no".to_owned())]);
}

#[test]
fn nothing_else_can_be_done_at_the_door_and_nobody_else_is_asked() {
    let mut scene = at_the_door();
    assert_eq!(scene.refusal(ANA, Action::Pause), RefusalCode::NotAdmitted);
    assert_eq!(scene.refusal(FAY, says("yes")), RefusalCode::NotAsked);
    let question = "elsewhere".to_owned();
    let answer = Private::from("yes");
    assert_eq!(
        scene.refusal(ANA, Action::CheckIn { question, answer }),
        RefusalCode::NotAsked
    );
    let long = "a".repeat(room::limits::MAX_CHECK_IN_CHARS + 1);
    assert_eq!(scene.refusal(ANA, says(&long)), RefusalCode::BadText);
    scene.drops(ANA);
    assert_eq!(scene.refusal(ANA, says("yes")), RefusalCode::Away);
}
