//! Who may speak: the whole table, and nothing beside it.

use protocol::wire::{Action, RefusalCode};

use crate::common::scene::*;

type Answer = Result<(), RefusalCode>;
const YES: Answer = Ok(());
const LISTENS: Answer = Err(RefusalCode::ObserversListen);
const OTHERS: Answer = Err(RefusalCode::NotYourTurn);

/// Fay, the holder Ana, the member Ben, the observer Obi, Dan at the door, and Cleo whose line is down.
fn answers(scene: &Scene) -> [Answer; 6] {
    [FAY, ANA, BEN, OBI, DAN, CLEO].map(|who| scene.may_speak(who))
}
fn row(fay: Answer, ana: Answer, ben: Answer) -> [Answer; 6] {
    let [door, away] = [RefusalCode::NotAdmitted, RefusalCode::Away].map(Err);
    [fay, ana, ben, LISTENS, door, away]
}
fn cast(step: &str) -> Scene {
    let mut scene = Scene::at_step(step);
    scene.admit(OBI).comes(DAN).drops(CLEO);
    scene
}

#[test]
fn on_a_free_floor_members_speak_in_the_open_and_nowhere_else() {
    assert_eq!(answers(&cast("opening")), row(YES, YES, YES));
    for step in ["focus", "mood-round", "work"] {
        assert_eq!(answers(&cast(step)), row(YES, OTHERS, OTHERS), "{step}");
    }
}

#[test]
fn during_a_turn_its_holder_and_facilitators_speak_in_every_mode() {
    for step in ["opening", "focus", "mood-round", "work"] {
        let mut scene = cast(step);
        scene.calls(ANA);
        assert_eq!(answers(&scene), row(YES, YES, OTHERS), "{step}");
        scene.does(FAY, Action::HoldClock);
        assert_eq!(
            answers(&scene),
            row(YES, YES, OTHERS),
            "{step}: a held clock silences nobody"
        );
    }
}

#[test]
fn in_a_pause_facilitators_speak_in_every_mode() {
    let paused = Err(RefusalCode::Paused);
    for step in ["opening", "focus", "mood-round", "work"] {
        let mut scene = cast(step);
        scene.calls(ANA).does(BEN, Action::Pause);
        assert_eq!(answers(&scene), row(YES, paused, paused), "{step}");
    }
}

#[test]
fn in_a_room_that_holds_no_member_speaks_in_any_mode() {
    let held = Err(RefusalCode::Held);
    for step in ["opening", "focus", "mood-round", "work"] {
        let mut scene = cast(step);
        scene.calls(ANA).does(BEN, Action::Pause).drops(FAY);
        let away = Err(RefusalCode::Away);
        assert_eq!(
            answers(&scene),
            row(away, held, held),
            "{step}: and holding is said before pausing"
        );
    }
}

#[test]
fn in_a_hostless_circle_without_a_host_the_mode_goes_on_deciding() {
    let mut scene = Scene::circle().session();
    scene.drops(FAY);
    assert_eq!((scene.may_speak(ANA), scene.may_speak(BEN)), (YES, YES));
}

#[test]
fn while_a_holders_line_is_down_the_floor_is_still_theirs() {
    for step in ["opening", "focus", "mood-round", "work"] {
        let mut scene = cast(step);
        scene.calls(ANA).drops(ANA);
        assert_eq!(answers(&scene), row(YES, Err(RefusalCode::Away), OTHERS), "{step}");
    }
}

#[test]
fn before_and_after_a_session_everybody_speaks_unless_a_facilitator_took_the_floor() {
    let mut scene = Scene::new();
    scene.comes(FAY).admit(ANA).admit(BEN).admit(OBI).comes(DAN).admit(CLEO);
    assert_eq!(answers(&scene)[..4], [YES, YES, YES, LISTENS]);
    scene.does(FAY, Action::TakeFloor);
    assert_eq!(answers(&scene)[..4], [YES, OTHERS, OTHERS, LISTENS]);
    assert_eq!(scene.may_speak(DAN), Err(RefusalCode::NotAdmitted));
}

#[test]
fn strangers_and_who_was_taken_out_do_not_speak() {
    let mut scene = Scene::at_step("opening");
    let participant = ANA;
    scene.does(FAY, Action::Remove { participant });
    assert_eq!(scene.may_speak(ANA), Err(RefusalCode::NotAdmitted));
    assert_eq!(scene.may_speak(FINN), Err(RefusalCode::NotAdmitted));
}

#[test]
fn what_a_person_is_told_is_what_the_microphone_follows() {
    let mut scene = cast("focus");
    scene.calls(ANA);
    for who in [FAY, ANA, BEN, OBI, DAN, CLEO] {
        let (mine, speaks) = (scene.mine(who), scene.may_speak(who));
        assert_eq!((mine.may_speak, mine.silent_because), (speaks.is_ok(), speaks.err()));
    }
}
