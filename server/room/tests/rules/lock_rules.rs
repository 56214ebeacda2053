//! A couple's lock: who is let in, what the two at the door see, and what only those who lead see.

use protocol::wire::*;
use protocol::{ParticipantId, Private};
use room::Audience;

use crate::common::a_couples;
use crate::common::scene::*;

/// Fay leads, and the two wait at the door of their room.
fn at_the_door() -> Scene {
    let mut scene = Scene::with(a_couples);
    scene.comes(FAY).comes(ANA).comes(BEN);
    scene
}
fn screen(participant: ParticipantId, outcome: ScreenOutcome) -> Action {
    Action::RecordScreen {
        participant,
        outcome,
        words: None,
    }
}
fn with_words(participant: ParticipantId, outcome: ScreenOutcome, words: &str) -> Action {
    Action::RecordScreen {
        participant,
        outcome,
        words: Some(Private::from(words)),
    }
}
fn choose(key: &str) -> Action {
    Action::ChooseSecrets { key: key.to_owned() }
}
fn admit(participant: ParticipantId) -> Action {
    Action::Admit {
        participant,
        anyway: false,
    }
}
fn turn_away(participant: ParticipantId) -> Action {
    Action::TurnAway { participant }
}
fn open() -> Scene {
    let mut scene = at_the_door();
    for who in [ANA, BEN] {
        scene.does(FAY, screen(who, ScreenOutcome::Suitable));
    }
    scene.does(FAY, choose("some-kept"));
    scene
}
/// What somebody's page receives, as the hub encodes it.
fn encoded(scene: &Scene, who: ParticipantId) -> String {
    let view = scene.room.view(scene.room.audience_of(who));
    serde_json::to_string(&(scene.room.state().seq_for(who), view, scene.mine(who))).unwrap()
}
fn lock(scene: &Scene) -> LockView {
    scene.staff().lock.expect("a couple's room has a lock")
}

#[test]
fn nobody_is_let_in_until_both_are_suitable_and_a_way_of_keeping_secrets_is_chosen() {
    let mut scene = at_the_door();
    let refused = |scene: &Scene| [ANA, BEN].map(|who| scene.refusal(FAY, admit(who)));
    let first = [RefusalCode::ScreensFirst; 2];
    assert_eq!(refused(&scene), first);
    scene.does(FAY, choose("some-kept"));
    assert_eq!(refused(&scene), first);
    scene.does(FAY, screen(ANA, ScreenOutcome::Suitable));
    assert_eq!(refused(&scene), first, "one is not two");
    scene.does(FAY, screen(BEN, ScreenOutcome::Undecided));
    assert_eq!(refused(&scene), first);
    scene.does(FAY, screen(BEN, ScreenOutcome::NotSuitable));
    assert_eq!(refused(&scene), first);
    scene.does(FAY, screen(BEN, ScreenOutcome::Suitable));
    scene.does(FAY, admit(ANA)).does(FAY, admit(BEN));
}

#[test]
fn two_suitable_partners_wait_until_a_way_of_keeping_secrets_is_chosen() {
    let mut scene = at_the_door();
    for who in [ANA, BEN] {
        scene.does(FAY, screen(who, ScreenOutcome::Suitable));
    }
    assert_eq!(scene.refusal(FAY, admit(ANA)), RefusalCode::ScreensFirst);
    assert_eq!(scene.refusal(FAY, choose("whatever")), RefusalCode::UnknownSecrets);
    scene.does(FAY, choose("none-kept")).does(FAY, admit(ANA));
}

#[test]
fn an_observer_and_a_third_person_wait_as_well() {
    let mut scene = at_the_door();
    scene.comes(OBI).comes(CLEO);
    assert_eq!(scene.refusal(FAY, admit(OBI)), RefusalCode::ScreensFirst);
    let mut scene = open();
    scene.comes(OBI).comes(CLEO);
    assert_eq!(
        scene.refusal(FAY, admit(CLEO)),
        RefusalCode::ScreensFirst,
        "nobody saw her alone"
    );
    scene.does(FAY, admit(OBI));
}

#[test]
fn a_seat_at_somebody_elses_device_is_no_way_in() {
    let mut scene = open();
    scene.does(FAY, admit(ANA)).drops(BEN);
    scene.does(FAY, screen(BEN, ScreenOutcome::Undecided));
    let (participant, with) = (BEN, ANA);
    let together = Action::SitTogether { participant, with };
    assert_eq!(scene.refusal(FAY, together.clone()), RefusalCode::ScreensFirst);
    scene
        .does(FAY, screen(BEN, ScreenOutcome::Suitable))
        .does(FAY, together);
}

#[test]
fn nobody_is_turned_away_from_a_locked_door() {
    let mut scene = at_the_door();
    scene.does(FAY, screen(BEN, ScreenOutcome::NotSuitable));
    for who in [ANA, BEN] {
        assert_eq!(scene.refusal(FAY, turn_away(who)), RefusalCode::LockedDoor);
    }
    open().does(FAY, turn_away(BEN));
}

#[test]
fn who_is_inside_stays_when_a_screen_is_taken_back() {
    let mut scene = open();
    scene.does(FAY, admit(ANA)).does(FAY, admit(BEN));
    scene.does(FAY, Action::StartSession);
    let before = [ANA, BEN].map(|who| encoded(&scene, who));
    scene.does(FAY, screen(BEN, ScreenOutcome::NotSuitable));
    assert_eq!([ANA, BEN].map(|who| encoded(&scene, who)), before);
    assert!(!lock(&scene).open);
    scene.drops(BEN).comes(BEN);
    assert_eq!(scene.mine(BEN).admission, Admission::Admitted, "a place is kept");
}

#[test]
fn locked_refused_and_undecided_look_the_same_to_both_in_every_byte() {
    let told = |deeds: &[Action]| {
        let mut scene = at_the_door();
        let mut seen = vec![[ANA, BEN].map(|who| encoded(&scene, who))];
        for deed in deeds {
            scene.wait(60).does(FAY, deed.clone());
            seen.push([ANA, BEN].map(|who| encoded(&scene, who)));
        }
        scene.wait(60 * u64::try_from(8 - deeds.len()).unwrap());
        seen.push([ANA, BEN].map(|who| encoded(&scene, who)));
        scene.drops(BEN).comes(BEN); // whoever comes back reads the same, too
        seen.push([ANA, BEN].map(|who| encoded(&scene, who)));
        seen.dedup();
        assert_eq!(seen.len(), 1, "a page changed: {seen:#?}");
        seen.remove(0)
    };
    let locked = told(&[]);
    let undecided = told(&[
        screen(ANA, ScreenOutcome::Suitable),
        with_words(BEN, ScreenOutcome::Undecided, "once more, alone"),
    ]);
    let refused = told(&[
        with_words(ANA, ScreenOutcome::Suitable, "afraid to speak"),
        with_words(BEN, ScreenOutcome::NotSuitable, "not together"),
        choose("some-kept"),
    ]);
    // Not even that the room could open by now is said before somebody is let in.
    let open = told(&[
        screen(ANA, ScreenOutcome::Suitable),
        screen(BEN, ScreenOutcome::Suitable),
        choose("none-kept"),
    ]);
    assert_eq!(locked, undecided);
    assert_eq!(locked, refused);
    assert_eq!(locked, open);
    assert!(locked[0].contains(r#""seen_alone_first":true"#), "{}", locked[0]);
}

#[test]
fn those_who_lead_see_which_is_which_and_what_is_missing() {
    let mut scene = at_the_door();
    let view = lock(&scene);
    assert_eq!(
        (view.screens_missing, view.secrets_missing, view.open),
        (2, true, false)
    );
    assert_eq!(view.screens.len(), 2);
    assert!(view.screens.iter().all(|screen| screen.outcome.is_none()));
    assert_eq!(view.ways[0].text, "All is told.");
    scene.does(FAY, with_words(ANA, ScreenOutcome::Undecided, "again on Monday"));
    let view = lock(&scene);
    let ana = view.screens.iter().find(|screen| screen.participant == ANA).unwrap();
    assert_eq!(ana.outcome, Some(ScreenOutcome::Undecided));
    assert_eq!(ana.words, Some(Private::from("again on Monday")));
    assert_eq!(view.screens_missing, 2, "undecided is not suitable");
    let view = lock(&open());
    assert_eq!(
        (view.screens_missing, view.secrets_missing, view.open),
        (0, false, true)
    );
    assert_eq!(view.secrets.as_deref(), Some("some-kept"));
}

#[test]
fn what_was_written_of_a_screen_goes_with_the_person() {
    let mut scene = at_the_door();
    scene.does(FAY, with_words(ANA, ScreenOutcome::Suitable, "at ease"));
    for text in scene.room.sealed_fields_mut().filter(|text| text.person() == ANA) {
        text.shut();
    }
    let view = lock(&scene);
    let ana = view.screens.iter().find(|screen| screen.participant == ANA).unwrap();
    assert_eq!((ana.words.clone(), ana.outcome), (None, Some(ScreenOutcome::Suitable)));
}

#[test]
fn only_a_facilitator_records_a_screen_and_never_twice_the_same() {
    let mut scene = open();
    scene.comes(OBI).does(FAY, admit(OBI)).does(FAY, admit(ANA));
    scene.does(FAY, Action::NameDeputy { participant: Some(OBI) });
    scene.does(FAY, Action::StartSession).drops(FAY);
    assert!(matches!(scene.room.audience_of(OBI), Audience::Leaders(_)));
    for who in [ANA, OBI] {
        assert_eq!(
            scene.refusal(who, screen(BEN, ScreenOutcome::Undecided)),
            RefusalCode::NotPermitted
        );
    }
    scene.comes(FAY);
    assert_eq!(
        scene.refusal(FAY, screen(BEN, ScreenOutcome::Suitable)),
        RefusalCode::AlreadySo
    );
    assert_eq!(scene.refusal(FAY, choose("some-kept")), RefusalCode::AlreadySo);
    assert_eq!(
        scene.refusal(FAY, screen(OBI, ScreenOutcome::Suitable)),
        RefusalCode::UnknownParticipant
    );
    let long = "a".repeat(room::limits::MAX_SCREEN_CHARS + 1);
    assert_eq!(
        scene.refusal(FAY, with_words(BEN, ScreenOutcome::Suitable, &long)),
        RefusalCode::BadText
    );
}

#[test]
fn a_course_without_separate_screens_has_no_lock() {
    let mut scene = Scene::new();
    scene.comes(FAY).comes(ANA);
    assert_eq!(
        scene.refusal(FAY, screen(ANA, ScreenOutcome::Suitable)),
        RefusalCode::NoScreens
    );
    assert_eq!(scene.staff().lock, None);
    scene.does(FAY, admit(ANA));
}

#[test]
fn a_course_that_began_before_there_were_ways_to_choose_from_needs_none() {
    let mut scene = Scene::with(|pack| {
        a_couples(pack);
        pack.secrets.clear();
    });
    scene.comes(FAY).comes(ANA).comes(BEN);
    for who in [ANA, BEN] {
        scene.does(FAY, screen(who, ScreenOutcome::Suitable));
    }
    scene.does(FAY, admit(ANA));
}
