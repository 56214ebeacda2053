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
    assert_eq!(scene.refusal(FAY, push("no.such")), RefusalCode::UnknownPrompt);
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

// --- every condition, in a table ---

/// One condition in one step: what brings it about, and what ends it.
struct Case {
    step: &'static str,
    when: When,
    /// Up to here the prompt is not offered; after `comes` it is; after `goes` it is not.
    before: fn(&mut Scene),
    comes: fn(&mut Scene),
    goes: fn(&mut Scene),
}

fn area(participant: ParticipantId, area: Option<Area>) -> Action {
    Action::SetArea { participant, area }
}
fn flag(participant: ParticipantId, flag: Option<MeasureFlag>) -> Action {
    Action::FlagMeasure { participant, flag }
}

/// What those who lead are offered, and Ana's own cards.
fn seen(scene: &Scene) -> Vec<String> {
    let cards = scene.mine(ANA).cards.into_iter().map(|card| card.prompt.to_string());
    offered(scene).into_iter().chain(cards).collect()
}

/// The prompt stays for the rest of the step.
fn stays(_: &mut Scene) {}

fn nothing(_: &mut Scene) {}

fn everybody_speaks(scene: &mut Scene) {
    for who in [ANA, BEN, CLEO] {
        scene.does(who, Action::Release);
    }
}

#[rustfmt::skip] // a table: one condition a block
fn table() -> Vec<Case> {
    let case = |step, when, before, comes, goes| Case { step, when, before, comes, goes };
    vec![
        case("focus", When::Start, nothing, nothing, stays),
        case("focus", When::After(3), |s| _ = s.wait(179), |s| _ = s.wait(1), stays),
        case("focus", When::BeforeEnd(2), |s| _ = s.wait(479), |s| _ = s.wait(1), stays),
        case("focus", When::SessionsLeft(2), nothing, nothing, stays),
        case("focus", When::TurnOverran,
            |s| _ = s.asks(ANA).wait(119), |s| _ = s.wait(1), |s| _ = s.does(ANA, Action::Release)),
        case("focus", When::TurnRuns(90),
            |s| _ = s.asks(ANA).wait(89), |s| _ = s.wait(1), |s| _ = s.does(ANA, Action::Release)),
        case("mood-round", When::RoundOver,
            |s| { s.calls(ANA).does(ANA, Action::Release).does(BEN, Action::Release); },
            |s| _ = s.does(CLEO, Action::Pass),
            |s| _ = s.does(FAY, Action::StartRound { order: RoundOrder::Seats })),
        case("focus", When::QueueLong(2),
            |s| _ = s.asks(ANA).asks(BEN), |s| _ = s.asks(CLEO), |s| _ = s.does(BEN, Action::CancelRequest)),
        case("focus", When::FewerThan(3), nothing, |s| _ = s.drops(BEN), |s| _ = s.comes(BEN)),
        case("focus", When::NotYetHeard(3), |s| _ = s.wait(179), |s| _ = s.wait(1),
            |s| { s.asks(ANA).asks(BEN).asks(CLEO); everybody_speaks(s); }),
        case("focus", When::Silence(60), |s| _ = s.wait(59), |s| _ = s.wait(1), |s| _ = s.asks(ANA)),
        case("focus", When::LineDown,
            |s| { s.asks(ANA).drops(ANA).wait(44); }, |s| _ = s.wait(1), |s| _ = s.comes(ANA)),
        // The neighbour's area, and another of her own, are not hers.
        case("focus", When::Area(Area::Grief),
            |s| _ = s.does(FAY, area(BEN, Some(Area::Grief))).does(FAY, area(ANA, Some(Area::Dispute))),
            |s| _ = s.does(FAY, area(ANA, Some(Area::Grief))),
            |s| _ = s.does(FAY, area(ANA, None))),
        case("focus", When::MeasureFlagged,
            |s| _ = s.does(FAY, flag(ANA, Some(MeasureFlag::Unchanged))),
            |s| _ = s.does(FAY, flag(ANA, Some(MeasureFlag::Raised))),
            |s| _ = s.does(FAY, flag(ANA, None))),
    ]
}

/// A room whose pack has this one prompt in this step, in kind `time`, so that a running turn does not hide it.
fn with_prompt(step: &str, when: When) -> Scene {
    let only = Prompt {
        id: id("work.all"),
        audience: match when {
            When::Area(_) => PromptAudience::Member,
            _ => PromptAudience::Facilitator,
        },
        kind: PromptKind::Time,
        when,
    };
    let mut scene = Scene::with(|pack| {
        for plan in pack.sessions.iter_mut().flat_map(|session| &mut session.steps) {
            plan.prompts = if plan.id.as_str() == step {
                vec![only.clone()]
            } else {
                vec![]
            };
        }
    })
    .session();
    scene.go_to(step);
    scene
}

#[test]
fn every_condition_is_due_when_it_says_and_not_before_and_goes_when_it_is_no_longer_so() {
    for Case {
        step,
        when,
        before,
        comes,
        goes,
    } in table()
    {
        let mut scene = with_prompt(step, when);
        before(&mut scene);
        let at_once = matches!(when, When::Start | When::SessionsLeft(_));
        assert_eq!(!seen(&scene).is_empty(), at_once, "{when:?} before");
        comes(&mut scene);
        assert_eq!(seen(&scene), ["work.all"], "{when:?}");
        goes(&mut scene);
        let stays = matches!(
            when,
            When::Start | When::SessionsLeft(_) | When::After(_) | When::BeforeEnd(_)
        );
        assert_eq!(!seen(&scene).is_empty(), stays, "{when:?} afterwards");
        scene.restarts();
    }
}

/// The list is the type's own: a condition that is missing from the table above fails here.
#[test]
fn the_table_knows_every_condition() {
    let mut here: Vec<&str> = table().into_iter().map(|case| case.when.word()).collect();
    here.sort_unstable();
    let mut all = When::WORDS.to_vec();
    all.sort_unstable();
    assert_eq!(here, all);
}

#[test]
fn a_members_private_card_stands_in_no_library_and_in_no_circle() {
    let mut scene = Scene::with(|pack| {
        let prompt = &mut pack.sessions[0].steps[0].prompts[0];
        (prompt.audience, prompt.when) = (PromptAudience::Member, When::Area(Area::Grief));
    })
    .session();
    assert!(offered(&scene).is_empty() && scene.staff().library.is_empty());
    assert_eq!(shown(&scene), None);
    scene.wait(600);
    assert_eq!(shown(&scene), None);
}

#[test]
fn sessions_left_counts_today_and_is_due_in_that_session_alone() {
    for (left, first, second) in [(2, 1, 0), (1, 0, 1)] {
        let mut scene = with_prompt("focus", When::SessionsLeft(left));
        assert_eq!(offered(&scene).len(), first, "{left} left, in the first of two");
        scene
            .does(FAY, Action::EndSession)
            .does(FAY, Action::StartSession)
            .go_to("focus");
        assert_eq!(offered(&scene).len(), second, "{left} left, in the second of two");
    }
}

#[test]
fn how_many_sessions_are_left_is_filled_in_for_everybody() {
    let mut scene = Scene::with(|pack| {
        let text = pack.text.get_mut("en").unwrap();
        for words in text.prompts.values_mut() {
            words.think = "Say it: {left} of {meetings}.".to_owned();
            words.say = Some("We have {left} of {meetings} left.".to_owned());
        }
    })
    .session();
    assert_eq!(scene.staff().prompts[0].text, "Say it: 2 of 2.");
    assert_eq!(scene.staff().prompts[0].say.as_deref(), Some("We have 2 of 2 left."));
    scene.does(FAY, push("opening.start"));
    assert_eq!(scene.seen().floor.question.unwrap().text, "We have 2 of 2 left.");
    scene.does(FAY, Action::EndSession).does(FAY, Action::StartSession);
    assert_eq!(scene.staff().prompts[0].text, "Say it: 1 of 2.");
}

#[test]
fn a_long_turn_is_measured_without_its_pauses() {
    let mut scene = with_prompt("focus", When::TurnRuns(90));
    scene.asks(ANA).wait(60).does(FAY, Action::HoldClock).wait(300);
    assert!(offered(&scene).is_empty(), "the clock stood");
    scene.does(FAY, Action::ResumeClock).wait(29);
    assert!(offered(&scene).is_empty());
    scene.wait(1);
    assert_eq!(offered(&scene), ["work.all"]);
}

#[test]
fn a_round_is_over_when_only_people_whose_line_is_down_are_still_to_come() {
    let mut scene = with_prompt("mood-round", When::RoundOver);
    scene.drops(CLEO).calls(ANA).does(ANA, Action::Release);
    assert!(offered(&scene).is_empty());
    scene.does(BEN, Action::Release);
    assert_eq!(offered(&scene), ["work.all"]);
    scene.comes(CLEO);
    assert!(offered(&scene).is_empty(), "somebody is still to come");
}

#[test]
fn how_a_round_begins_is_not_said_again_once_it_is_over() {
    let mut scene = with_prompt("mood-round", When::Start);
    assert_eq!(offered(&scene), ["work.all"]);
    scene
        .calls(ANA)
        .does(ANA, Action::Release)
        .does(BEN, Action::Release)
        .does(CLEO, Action::Pass);
    assert!(offered(&scene).is_empty());
    scene.does(
        FAY,
        Action::StartRound {
            order: RoundOrder::Seats,
        },
    );
    assert_eq!(offered(&scene), ["work.all"], "another round");
}

#[test]
fn a_restart_brings_neither_too_few_nor_the_end_of_a_round() {
    for (step, when) in [("focus", When::FewerThan(3)), ("mood-round", When::RoundOver)] {
        let mut scene = with_prompt(step, when);
        scene.restarts();
        assert!(
            scene.main().prompts.is_empty(),
            "{when:?}: everybody is on the way back"
        );
    }
}

#[test]
fn a_count_says_how_many_wait_or_are_here() {
    for (when, happens) in [
        (
            When::QueueLong(2),
            (|s: &mut Scene| _ = s.asks(ANA).asks(BEN).asks(CLEO)) as fn(&mut Scene),
        ),
        (When::FewerThan(3), |s| _ = s.drops(CLEO)),
    ] {
        let mut scene = Scene::with(|pack| {
            let prompt = &mut pack.sessions[0].steps[1].prompts;
            prompt.truncate(1);
            (prompt[0].when, prompt[0].kind) = (when, PromptKind::Time);
            let text = pack.text.get_mut("en").unwrap();
            text.prompts
                .values_mut()
                .for_each(|words| words.think = "There are {count}.".to_owned());
        })
        .session();
        scene.go_to("focus");
        happens(&mut scene);
        assert_eq!(scene.staff().prompts[0].text, "There are 2.", "{when:?}");
    }
}

#[test]
fn words_from_another_step_can_be_shown_and_a_private_card_cannot() {
    let mut scene = Scene::with(|pack| {
        let prompt = &mut pack.sessions[0].steps[1].prompts[0];
        (prompt.audience, prompt.when) = (PromptAudience::Member, When::Area(Area::Grief));
        pack.sessions[1].steps[1].prompts.clear();
    })
    .session();
    scene.does(FAY, push("work.all"));
    assert_eq!(shown(&scene), Some(id("work.all")));
    assert_eq!(scene.refusal(FAY, push("focus.unheard")), RefusalCode::UnknownPrompt);
}

#[test]
fn a_prompt_that_is_put_off_comes_back_in_three_minutes_and_not_before() {
    let later = || Action::PromptLater {
        prompt: id("opening.start"),
    };
    let mut scene = Scene::new().session();
    scene.does(FAY, later());
    assert_eq!(scene.refusal(FAY, later()), RefusalCode::AlreadySo);
    scene.wait(179);
    assert!(offered(&scene).is_empty());
    scene.wait(1);
    assert_eq!(offered(&scene), ["opening.start"]);
    scene
        .does(FAY, later())
        .does(
            FAY,
            Action::PromptUsed {
                prompt: id("opening.start"),
            },
        )
        .wait(180);
    assert!(offered(&scene).is_empty(), "what was used meanwhile does not come back");
}

#[test]
fn which_prompts_were_used_is_kept_beyond_the_step_and_beyond_the_session() {
    let mut scene = Scene::new().session();
    scene.does(
        FAY,
        Action::PromptUsed {
            prompt: id("opening.start"),
        },
    );
    scene
        .does(FAY, push("opening.start"))
        .go_to("focus")
        .does(FAY, push("work.all"));
    let kept = |scene: &Scene| {
        let used = scene.staff().used.into_iter();
        used.map(|used| (used.step.to_string(), used.shown)).collect::<Vec<_>>()
    };
    let both = [("opening".to_owned(), true), ("focus".to_owned(), true)];
    assert_eq!(kept(&scene), both);
    scene.does(FAY, Action::EndSession);
    assert_eq!(kept(&scene), both, "to be read after the session");
    scene.does(FAY, Action::StartSession);
    assert!(kept(&scene).is_empty(), "the next session has its own");
}

#[test]
fn fewer_than_is_not_due_in_a_room_without_members() {
    let mut scene = with_prompt("focus", When::FewerThan(3));
    scene.drops(ANA).drops(BEN);
    assert_eq!(offered(&scene), ["work.all"], "one is few");
    scene.drops(CLEO);
    assert!(offered(&scene).is_empty(), "nobody is another matter");
}
