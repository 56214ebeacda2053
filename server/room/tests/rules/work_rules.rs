//! What members work on: whose card it is, who sees it, and what erasing leaves.

use protocol::pack::{Area, PromptAudience, When};
use protocol::wire::*;
use protocol::{ParticipantId, Private, Role};

use crate::common::scene::*;

/// The opening step has a card for every area; its words are the area's own.
fn room_with_cards() -> Scene {
    Scene::with(|pack| {
        let ids = ["card.grief", "card.dispute", "card.transition", "card.isolation"];
        for session in &mut pack.sessions {
            session.steps[0].prompts = std::iter::zip(Area::ALL, ids)
                .map(|(area, id)| protocol::pack::Prompt {
                    id: id.parse().unwrap(),
                    audience: PromptAudience::Member,
                    kind: Default::default(),
                    when: When::Area(area),
                })
                .collect();
        }
        let words = pack.text.get_mut("en").unwrap();
        for id in ids {
            let text = protocol::pack::PromptText {
                think: "For one.".into(),
                say: Some(format!("words of {id}")),
            };
            words.prompts.insert(id.parse().unwrap(), text);
        }
    })
    .session()
}

fn set(participant: ParticipantId, area: Area) -> Action {
    Action::SetArea {
        participant,
        area: Some(area),
    }
}

fn cards(scene: &Scene, who: ParticipantId) -> Vec<String> {
    scene.mine(who).cards.into_iter().map(|card| card.text).collect()
}

#[test]
fn each_member_sees_the_card_of_their_own_area_in_the_same_step_and_nobody_else_does() {
    let mut scene = room_with_cards();
    assert!(cards(&scene, ANA).is_empty());
    scene
        .does(FAY, set(ANA, Area::Grief))
        .does(FAY, set(BEN, Area::Transition));
    assert_eq!(cards(&scene, ANA), ["words of card.grief"]);
    assert_eq!(cards(&scene, BEN), ["words of card.transition"]);
    assert!(cards(&scene, CLEO).is_empty() && cards(&scene, FAY).is_empty());
    assert_eq!(scene.mine(ANA).area, Some(Area::Grief));
    let seen_by_members = serde_json::to_string(&scene.seen()).unwrap();
    assert!(!seen_by_members.contains("grief") && !seen_by_members.contains("transition"));
    let work: Vec<_> = scene
        .staff()
        .work
        .into_iter()
        .map(|one| (one.participant, one.area))
        .collect();
    let expected = [(ANA, Some(Area::Grief)), (BEN, Some(Area::Transition)), (CLEO, None)];
    assert_eq!(work, expected);
    scene.does(FAY, Action::NextStep);
    assert!(cards(&scene, ANA).is_empty(), "another step, no card");
}

#[test]
fn an_area_lasts_over_sessions_and_restarts() {
    let mut scene = room_with_cards();
    scene.does(FAY, set(ANA, Area::Isolation));
    scene.does(FAY, Action::EndSession).does(FAY, Action::StartSession);
    assert_eq!(cards(&scene, ANA), ["words of card.isolation"]);
    scene.restarts();
    scene.comes(ANA);
    assert_eq!(scene.mine(ANA).area, Some(Area::Isolation));
}

#[test]
fn in_a_quiet_side_room_no_card_asks_anything() {
    let mut scene = room_with_cards();
    scene.does(FAY, set(ANA, Area::Grief)).does(ANA, Action::StepOut);
    assert!(cards(&scene, ANA).is_empty());
    scene.does(ANA, Action::GoBack);
    assert_eq!(cards(&scene, ANA).len(), 1);
}

#[test]
fn an_erased_area_chooses_no_card_and_can_be_set_anew() {
    let mut scene = room_with_cards();
    scene.does(FAY, set(ANA, Area::Grief));
    for text in scene.room.sealed_fields_mut().filter(|text| text.person() == ANA) {
        text.shut();
    }
    assert_eq!((scene.mine(ANA).area, cards(&scene, ANA).len()), (None, 0));
    scene.does(FAY, set(ANA, Area::Grief));
    assert_eq!(cards(&scene, ANA).len(), 1);
}

#[test]
fn only_those_who_lead_say_what_a_member_works_on_and_only_of_members() {
    let mut scene = room_with_cards();
    assert_eq!(scene.refusal(ANA, set(ANA, Area::Grief)), RefusalCode::NotPermitted);
    assert_eq!(
        scene.refusal(FAY, set(FAY, Area::Grief)),
        RefusalCode::UnknownParticipant
    );
    let none = Action::SetArea {
        participant: ANA,
        area: None,
    };
    assert_eq!(scene.refusal(FAY, none), RefusalCode::AlreadySo);
    scene.does(FAY, set(ANA, Area::Grief));
    assert_eq!(scene.refusal(FAY, set(ANA, Area::Grief)), RefusalCode::AlreadySo);
}

#[test]
fn a_circle_of_peers_keeps_neither_areas_nor_flags() {
    let scene = Scene::circle().session();
    assert_eq!(scene.refusal(FAY, set(ANA, Area::Grief)), RefusalCode::NotInCircles);
    let flag = Action::FlagMeasure {
        participant: ANA,
        flag: Some(MeasureFlag::New),
    };
    assert_eq!(scene.refusal(FAY, flag), RefusalCode::NotInCircles);
    assert!(scene.staff().work.is_empty());
    let can = scene.mine(FAY).can;
    assert!(!can.contains(&Can::SetArea) && !can.contains(&Can::FlagMeasure));
}

#[test]
fn a_flag_counts_while_its_member_is_here() {
    let mut scene = room_with_cards();
    let circle = protocol::CircleId::MAIN;
    scene.does(
        FAY,
        Action::FlagMeasure {
            participant: BEN,
            flag: Some(MeasureFlag::New),
        },
    );
    assert!(scene.room.state().measure_flagged(circle));
    assert!(
        !serde_json::to_string(&scene.seen()).unwrap().contains("flag"),
        "members read nothing of it"
    );
    scene.drops(BEN);
    assert!(!scene.room.state().measure_flagged(circle));
    assert_eq!(role_of(BEN), Role::Member);
}

#[test]
fn the_groups_own_words_stand_in_every_session_and_only_where_there_is_room() {
    let mut scene = Scene::with(|pack| {
        for session in &mut pack.sessions {
            session.steps[0].own_words = true;
        }
    })
    .session();
    let words = |step: &str, text: Option<&str>| Action::SetOwnWords {
        step: step.parse().unwrap(),
        text: text.map(Private::from),
    };
    assert_eq!(scene.refusal(FAY, words("focus", Some("x"))), RefusalCode::NoOwnWords);
    assert_eq!(
        scene.refusal(FAY, words("nowhere", Some("x"))),
        RefusalCode::UnknownStep
    );
    assert_eq!(scene.refusal(FAY, words("opening", None)), RefusalCode::AlreadySo);
    assert_eq!(
        scene.refusal(FAY, words("opening", Some(&"x".repeat(301)))),
        RefusalCode::BadText
    );
    assert_eq!(
        scene.refusal(ANA, words("opening", Some("x"))),
        RefusalCode::NotPermitted
    );
    scene.does(FAY, words("opening", Some("the heavy weather")));
    let own = |scene: &Scene| {
        scene.seen().agenda.steps[0]
            .own_words
            .clone()
            .map(Private::into_exposed)
    };
    assert_eq!(own(&scene).as_deref(), Some("the heavy weather"));
    scene.does(FAY, Action::EndSession).does(FAY, Action::StartSession);
    assert_eq!(own(&scene).as_deref(), Some("the heavy weather"));
    scene.does(FAY, words("opening", None));
    assert_eq!(own(&scene), None);
}
