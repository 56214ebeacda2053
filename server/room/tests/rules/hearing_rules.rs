//! Whose sound leaves the server.

use protocol::pack::Enforcement;
use protocol::wire::{Action, RefusalCode};
use protocol::{CircleId, ParticipantId};

use crate::common::scene::*;

/// Fay, Ana, Ben and Cleo in a step that enforces its floor like this.
fn at(step: &str, enforcement: Enforcement) -> Scene {
    let mut scene = Scene::with(|pack| {
        for step in pack.sessions.iter_mut().flat_map(|session| &mut session.steps) {
            step.enforcement = enforcement;
        }
    });
    scene = scene.session();
    if step != "opening" {
        scene.go_to(step);
    }
    scene
}

fn carried(scene: &Scene) -> Vec<ParticipantId> {
    let hearing = scene.room.hearing();
    hearing
        .iter()
        .filter(|(_, one)| one.carried)
        .map(|(&who, _)| who)
        .collect()
}

#[test]
fn under_hard_whoever_may_not_speak_is_not_carried_and_who_leads_always_is() {
    let mut scene = at("focus", Enforcement::Hard);
    assert_eq!(carried(&scene), [FAY], "a free floor in a queue is nobody's");
    scene.calls(BEN);
    assert_eq!(carried(&scene), [FAY, BEN]);
    scene.does(BEN, Action::Release);
    assert_eq!(carried(&scene), [FAY]);
    scene.go_to("opening");
    assert_eq!(carried(&scene), [FAY, ANA, BEN, CLEO], "in the open everybody speaks");
    scene.does(ANA, Action::Pause);
    assert_eq!(carried(&scene), [FAY], "a paused room is still");
    assert!(!scene.room.hearing()[&BEN].first);
}

#[test]
fn under_off_and_soft_the_floor_only_shows_whose_turn_it_is() {
    for enforcement in [Enforcement::Off, Enforcement::Soft] {
        let mut scene = at("focus", enforcement);
        scene.calls(BEN);
        assert_eq!(scene.may_speak(ANA), Err(RefusalCode::NotYourTurn));
        assert_eq!(carried(&scene), [FAY, ANA, BEN, CLEO], "{enforcement:?}");
        assert!(scene.room.hearing()[&BEN].first && !scene.room.hearing()[&ANA].first);
    }
}

#[test]
fn whoever_is_at_the_door_or_away_or_listens_is_not_carried_in_any_mode() {
    for enforcement in [Enforcement::Off, Enforcement::Soft, Enforcement::Hard] {
        let mut scene = at("opening", enforcement);
        scene.comes(OBI).admit(OBI).comes(DAN).drops(CLEO);
        assert_eq!(carried(&scene), [FAY, ANA, BEN]);
        let hearing = scene.room.hearing();
        assert!(!hearing[&OBI].seen && hearing[&ANA].seen, "an observer listens");
        assert!(
            !hearing.contains_key(&DAN) && !hearing.contains_key(&CLEO),
            "they do not even hear"
        );
    }
}

#[test]
fn whoever_stepped_out_is_in_another_circle() {
    let mut scene = at("opening", Enforcement::Hard);
    scene.does(ANA, Action::StepOut);
    let hearing = scene.room.hearing();
    assert_ne!(hearing[&ANA].circle, CircleId::MAIN);
    assert_eq!(hearing[&BEN].circle, CircleId::MAIN);
}

#[test]
fn a_device_of_two_is_carried_while_either_may_speak() {
    let mut scene = at("focus", Enforcement::Hard);
    let together = Action::SitTogether {
        participant: DAN,
        with: ANA,
    };
    scene.comes(DAN).drops(DAN).does(FAY, together);
    assert!(!scene.room.hearing().contains_key(&DAN), "one device, one voice");
    assert_eq!(carried(&scene), [FAY]);
    scene.calls(DAN);
    assert_eq!(carried(&scene), [FAY, ANA]);
}

#[test]
fn after_a_session_people_still_hear_each_other_and_after_the_course_nobody_does() {
    let mut scene = Scene::new().session();
    scene.does(FAY, Action::EndSession);
    assert_eq!(scene.room.hearing().len(), 4);
    scene.does(FAY, Action::StartSession).does(FAY, Action::EndSession);
    assert!(scene.room.hearing().is_empty());
}

#[test]
fn only_a_voice_that_the_floor_keeps_back_is_somebody_trying_to_speak() {
    let kept_back = |scene: &Scene| -> Vec<ParticipantId> {
        let hearing = scene.room.hearing();
        hearing
            .iter()
            .filter(|(_, one)| one.kept_back)
            .map(|(&who, _)| who)
            .collect()
    };
    let mut scene = at("focus", Enforcement::Hard);
    scene.comes(OBI).admit(OBI).drops(CLEO).calls(BEN);
    assert_eq!(
        kept_back(&scene),
        [ANA],
        "an observer has nothing to say, and who is away is not there"
    );
    scene.does(ANA, Action::Pause);
    assert_eq!(
        kept_back(&scene),
        [ANA, BEN],
        "a paused room is still, and a sob is noticed"
    );
    for enforcement in [Enforcement::Off, Enforcement::Soft] {
        assert_eq!(kept_back(&at("focus", enforcement)), []);
    }
}
