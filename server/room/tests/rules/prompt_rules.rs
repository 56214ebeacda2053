//! Prompts: when they are due, who sees them, and what becomes of them.

use protocol::pack::*;
use protocol::wire::*;
use protocol::{ParticipantId, PromptId};

use crate::common::scene::*;

fn id(text: &str) -> PromptId {
    text.parse().unwrap()
}
fn offered(scene: &Scene) -> Vec<String> {
    let prompts = scene.staff().prompts.into_iter();
    prompts.map(|offered| offered.prompt.to_string()).collect()
}
fn push(prompt: &str) -> Action {
    Action::PushPrompt { prompt: id(prompt) }
}
fn shown(scene: &Scene) -> Option<PromptId> {
    scene.seen().floor.question.unwrap().prompt
}
fn named(who: ParticipantId) -> String {
    format!("name of {}", who.bits())
}

#[test]
fn a_prompt_of_the_start_is_there_as_the_step_begins_and_goes_with_it() {
    let mut scene = Scene::new().session();
    assert_eq!(offered(&scene), ["opening.start"]);
    scene.does(FAY, Action::NextStep);
    assert!(offered(&scene).is_empty());
}

#[test]
fn a_prompt_that_was_used_or_put_aside_is_not_offered_again() {
    for action in [
        Action::PromptUsed {
            prompt: id("opening.start"),
        },
        Action::PromptNotNow {
            prompt: id("opening.start"),
        },
    ] {
        let mut scene = Scene::new().session();
        scene.does(FAY, action.clone());
        assert!(offered(&scene).is_empty());
        assert_eq!(scene.refusal(FAY, action), RefusalCode::AlreadySo);
    }
}

#[test]
fn prompts_come_by_the_steps_clock() {
    let mut scene = Scene::at_step("focus");
    scene.wait(479);
    assert!(!offered(&scene).contains(&"focus.end".to_owned()));
    scene.wait(1);
    assert_eq!(offered(&scene), ["focus.end", "focus.unheard"], "time before content");
    scene.asks(ANA);
    assert_eq!(offered(&scene), ["focus.end"], "during a turn only safety and time");
}

#[test]
fn the_unheard_are_named_while_there_are_any() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).wait(180).does(ANA, Action::Release);
    assert_eq!(offered(&scene), ["focus.unheard"]);
    let text = scene.staff().prompts[0].text.clone();
    assert_eq!(text, format!("Notice {}, {}.", named(BEN), named(CLEO)));
    for who in [BEN, CLEO] {
        scene.asks(who).does(who, Action::Release);
    }
    assert!(offered(&scene).is_empty(), "everybody was heard");
}

#[test]
fn who_passed_has_not_been_heard() {
    let mut scene = Scene::at_step("focus");
    for who in [ANA, BEN, CLEO] {
        scene
            .asks(who)
            .wait(1)
            .does(who, if who == ANA { Action::Pass } else { Action::Release });
    }
    scene.wait(180);
    assert_eq!(scene.staff().prompts[0].text, format!("Notice {}.", named(ANA)));
}

#[test]
fn a_prompt_about_an_overrun_is_offered_while_it_lasts() {
    let mut scene = Scene::at_step_called("mood-round", ANA);
    scene.wait(120);
    assert_eq!(offered(&scene), ["mood-round.over"]);
    scene.does(FAY, Action::ExtendTurn { seconds: 60 });
    assert!(offered(&scene).is_empty());
}

#[test]
fn a_prompt_about_a_dropped_line_names_who_dropped_and_nobody_else() {
    let mut scene = Scene::at_step_called("mood-round", BEN);
    scene.drops(BEN).wait(45);
    assert_eq!(offered(&scene), ["mood-round.line"]);
    assert_eq!(scene.staff().prompts[0].text, format!("Notice {}.", named(BEN)));
    scene.comes(BEN);
    assert!(offered(&scene).is_empty());
}

#[test]
fn a_prompt_about_silence_comes_when_nobody_had_the_floor_for_long() {
    let mut scene = Scene::at_step_called("mood-round", ANA);
    scene
        .drops(BEN)
        .drops(CLEO)
        .wait(100)
        .does(ANA, Action::Release)
        .wait(39);
    assert!(offered(&scene).is_empty());
    scene.wait(1);
    assert_eq!(offered(&scene), ["mood-round.quiet"]);
    scene.comes(BEN);
    assert!(offered(&scene).is_empty());
}

#[test]
fn at_most_two_prompts_are_offered_and_safety_comes_first() {
    let mut scene = Scene::with(|pack| {
        let kinds = [PromptKind::Content, PromptKind::Time, PromptKind::Safety];
        let ids = ["opening.start", "focus.end", "mood-round.line"];
        pack.sessions[0].steps[0].prompts = std::iter::zip(kinds, ids)
            .map(|(kind, name)| Prompt {
                id: id(name),
                audience: PromptAudience::Facilitator,
                kind,
                when: When::Start,
            })
            .collect();
    })
    .session();
    assert_eq!(offered(&scene), ["mood-round.line", "focus.end"]);
    assert_eq!(scene.staff().library.len(), 3);
    scene.calls(ANA);
    assert_eq!(offered(&scene), ["mood-round.line", "focus.end"]);
}

#[test]
fn a_prompt_for_everyone_stands_in_the_middle_as_soon_as_it_is_due() {
    let mut scene = Scene::at_step("work");
    assert_eq!(shown(&scene), None, "the step's own question");
    scene.wait(60);
    assert_eq!(shown(&scene), Some(id("work.all")));
    assert!(offered(&scene).is_empty(), "it is not offered to facilitators as well");
    scene.does(FAY, Action::ClearPrompt);
    assert_eq!(shown(&scene), None);
    assert_eq!(scene.refusal(FAY, Action::ClearPrompt), RefusalCode::AlreadySo);
}

#[test]
fn a_facilitator_pushes_the_words_for_members_of_this_step() {
    let mut scene = Scene::new().session();
    scene.does(FAY, push("opening.start"));
    assert_eq!(scene.seen().floor.question.unwrap().text, "Who would like to?");
    assert!(offered(&scene).is_empty(), "what is shown was used");
    assert_eq!(scene.refusal(FAY, push("opening.start")), RefusalCode::AlreadySo);
    assert_eq!(scene.refusal(FAY, push("work.all")), RefusalCode::UnknownPrompt);
    assert_eq!(scene.refusal(ANA, push("opening.start")), RefusalCode::NotPermitted);
    scene.does(FAY, Action::EndSession);
    assert_eq!(scene.refusal(FAY, push("opening.start")), RefusalCode::NoSession);
}

#[test]
fn a_prompt_without_words_for_members_cannot_be_pushed_and_leaves_the_steps_question() {
    let mut scene = Scene::with(|pack| {
        let text = pack.text.get_mut("en").unwrap();
        text.prompts.values_mut().for_each(|words| words.say = None);
    })
    .session();
    assert_eq!(scene.refusal(FAY, push("opening.start")), RefusalCode::UnknownPrompt);
    scene.go_to("work").wait(60);
    assert_eq!(scene.seen().floor.question.unwrap().text, "How are you?");
}

#[test]
fn words_for_members_name_nobody_whatever_a_pack_says() {
    let mut scene = Scene::with(|pack| {
        let text = pack.text.get_mut("en").unwrap();
        let say = Some("We miss {names}.".to_owned());
        text.prompts.values_mut().for_each(|words| words.say = say.clone());
    })
    .session();
    scene.does(FAY, push("opening.start"));
    assert_eq!(scene.seen().floor.question.unwrap().text, "We miss {names}.");
}
