//! The facilitators' back-channel: a word or a hidden cue, for those who lead.

use protocol::wire::*;
use protocol::{ParticipantId, Private};

use crate::common::scene::*;

fn whisper(about: Option<ParticipantId>, text: Option<&str>) -> Action {
    Action::Whisper {
        about,
        text: text.map(Private::from),
    }
}

#[test]
fn those_who_lead_see_it_and_nobody_else() {
    let mut scene = Scene::at_step("opening");
    let before = (scene.seen(), scene.mine(ANA));
    scene.does(FAY, whisper(Some(BEN), Some("let us slow down")));
    let said = scene.staff().whispers.remove(0);
    assert_eq!((said.from, said.about), (FAY, Some(BEN)));
    assert_eq!(said.text.unwrap().expose(), "let us slow down");
    assert_eq!((scene.seen(), scene.mine(ANA)), before);
    assert_eq!(
        scene.refusal(ANA, whisper(None, Some("me too"))),
        RefusalCode::NotPermitted
    );
}

#[test]
fn a_cue_needs_no_words_and_words_need_no_cue_but_nothing_is_not_said() {
    let mut scene = Scene::at_step("opening");
    scene
        .does(FAY, whisper(Some(BEN), None))
        .does(FAY, whisper(None, Some("five minutes")));
    assert_eq!(scene.refusal(FAY, whisper(None, None)), RefusalCode::BadText);
    assert_eq!(scene.refusal(FAY, whisper(None, Some("  "))), RefusalCode::BadText);
    assert_eq!(
        scene.refusal(FAY, whisper(None, Some(&"a".repeat(281)))),
        RefusalCode::BadText
    );
    assert_eq!(
        scene.refusal(FAY, whisper(Some(DAN), None)),
        RefusalCode::UnknownParticipant
    );
}

#[test]
fn it_is_bounded_survives_a_restart_and_ends_with_the_session() {
    let mut scene = Scene::at_step("opening");
    for n in 0..40 {
        scene.does(FAY, whisper(None, Some(&format!("word {n}"))));
    }
    let words = |scene: &Scene| scene.staff().whispers.len();
    assert_eq!(words(&scene), 30);
    scene.restarts().comes(FAY);
    assert_eq!(words(&scene), 30);
    scene.does(FAY, Action::EndSession).does(FAY, Action::StartSession);
    assert_eq!(words(&scene), 0);
}
