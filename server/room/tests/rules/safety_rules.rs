//! The safety flow: its order, its reasons, and who sees what of it.

use protocol::wire::*;
use protocol::{ParticipantId, Private};
use room::event::What;

use crate::common::scene::*;

fn seen(participant: ParticipantId) -> Action {
    Action::Acknowledge { participant }
}
fn calls_up(participant: ParticipantId) -> Action {
    let how = ContactHow::Phone;
    Action::Contact { participant, how }
}
fn assesses(participant: ParticipantId) -> Action {
    let text = Private::from("tired, and safe tonight");
    Action::Assess { participant, text }
}
fn plans(participant: ParticipantId) -> Action {
    Action::MakePlan {
        participant,
        plan: Private::from("stays with a friend"),
        contacts: None,
        next_check: Private::from("tomorrow at ten"),
    }
}
fn closes(participant: ParticipantId, reason: CloseReason) -> Action {
    Action::CloseAlarm { participant, reason }
}
fn answers(before: Option<u16>, now: u16) -> Action {
    let participant = BEN;
    Action::NoteAnswer {
        participant,
        before,
        now,
    }
}
fn stage(scene: &Scene) -> SafetyStage {
    scene.staff().alarms[0].stage
}
fn ben_is_not_ok() -> Scene {
    let mut scene = Scene::at_step("opening");
    scene.comes(FINN).does(BEN, Action::NotOk);
    scene
}

#[test]
fn it_goes_from_flag_to_close_one_step_at_a_time_and_never_past_one() {
    let mut scene = ben_is_not_ok();
    let done = closes(BEN, CloseReason::LookedAfter);
    for early in [calls_up(BEN), assesses(BEN), plans(BEN), done.clone()] {
        assert_eq!(scene.refusal(FAY, early), RefusalCode::NotSeenYet);
    }
    scene.does(FAY, seen(BEN));
    for early in [assesses(BEN), plans(BEN), done.clone()] {
        assert_eq!(scene.refusal(FAY, early), RefusalCode::NotThatFar);
    }
    scene.does(FAY, calls_up(BEN));
    for early in [plans(BEN), done.clone()] {
        assert_eq!(scene.refusal(FAY, early), RefusalCode::NotThatFar);
    }
    scene.does(FAY, assesses(BEN));
    assert_eq!(scene.refusal(FAY, done.clone()), RefusalCode::NotThatFar);
    scene.does(FAY, plans(BEN));
    assert_eq!(stage(&scene), SafetyStage::Planned);
    let alarm = scene.staff().alarms.remove(0);
    assert_eq!(alarm.assessed.unwrap().expose(), "tired, and safe tonight");
    assert_eq!(alarm.plan.unwrap().next_check.unwrap().expose(), "tomorrow at ten");
    scene.does(FAY, done.clone());
    let closed = scene.staff().closed.remove(0);
    assert_eq!((closed.participant, closed.by), (BEN, Some(FAY)));
    assert_eq!(closed.reason, Some(CloseReason::LookedAfter));
    for late in [done, calls_up(BEN), assesses(BEN), plans(BEN)] {
        assert_eq!(scene.refusal(FAY, late), RefusalCode::NotFlagged);
    }
}

#[test]
fn what_was_written_down_can_be_written_better() {
    let mut scene = ben_is_not_ok();
    scene
        .does(FAY, seen(BEN))
        .does(FAY, calls_up(BEN))
        .does(FAY, assesses(BEN));
    let text = Private::from("calmer now");
    scene.does(FINN, Action::Assess { participant: BEN, text });
    assert_eq!(
        scene.staff().alarms[0].assessed.as_ref().unwrap().expose(),
        "calmer now"
    );
    let text = Private::from(" ");
    let nothing = Action::Assess { participant: BEN, text };
    assert_eq!(scene.refusal(FINN, nothing), RefusalCode::BadText);
}

#[test]
fn nothing_of_it_is_on_any_other_screen_from_flag_to_close() {
    let mut scene = Scene::at_step("opening");
    let others = |scene: &Scene| (scene.seen(), scene.mine(ANA), scene.mine(CLEO));
    let before = others(&scene);
    for (by, action) in [
        (BEN, Action::NotOk),
        (FAY, seen(BEN)),
        (FAY, calls_up(BEN)),
        (FAY, assesses(BEN)),
        (FAY, plans(BEN)),
        (FAY, closes(BEN, CloseReason::LookedAfter)),
    ] {
        scene.does(by, action.clone());
        assert_eq!(others(&scene), before, "after {action:?}");
    }
}

#[test]
fn who_pressed_by_accident_says_so_and_the_record_stays_until_somebody_closes_it() {
    let mut scene = ben_is_not_ok();
    assert!(scene.mine(BEN).can.contains(&Can::AllRight));
    scene.does(BEN, Action::AllRight);
    assert!(scene.mine(BEN).not_ok.unwrap().all_right);
    assert_eq!(scene.staff().alarms.len(), 1, "it is still there for those who lead");
    assert_eq!(scene.refusal(BEN, Action::AllRight), RefusalCode::AlreadySo);
    scene.wait(30);
    assert_eq!(
        scene.staff().alarms[0].escalated,
        1,
        "somebody should look all the same"
    );
    let mistake = closes(BEN, CloseReason::Mistake);
    assert_eq!(scene.refusal(FAY, mistake.clone()), RefusalCode::NotSeenYet);
    scene.does(FAY, seen(BEN)).does(FAY, mistake);
    assert_eq!(scene.staff().closed[0].reason, Some(CloseReason::Mistake));
}

#[test]
fn it_is_no_mistake_before_somebody_talked_to_them_unless_they_say_so_themselves() {
    let mut scene = ben_is_not_ok();
    let mistake = closes(BEN, CloseReason::Mistake);
    scene.does(FAY, seen(BEN));
    assert_eq!(scene.refusal(FAY, mistake.clone()), RefusalCode::NotThatFar);
    scene.does(FAY, calls_up(BEN)).does(FAY, mistake);
}

#[test]
fn pressed_once_more_it_begins_anew_and_what_was_there_stays_in_sight() {
    let mut scene = ben_is_not_ok();
    scene
        .does(FAY, seen(BEN))
        .does(BEN, Action::AllRight)
        .does(BEN, Action::NotOk);
    assert_eq!(stage(&scene), SafetyStage::Flagged);
    assert_eq!(scene.staff().closed[0].reason, None);
}

#[test]
fn a_facilitators_concern_is_for_those_who_lead_and_not_for_the_person() {
    let mut scene = Scene::at_step("opening");
    let before = scene.mine(BEN);
    scene.does(FAY, Action::RaiseConcern { participant: BEN });
    assert_eq!(scene.staff().alarms[0].source, ConcernSource::Facilitator);
    assert_eq!(scene.mine(BEN), before, "not even their buttons change");
    let again = Action::RaiseConcern { participant: BEN };
    assert_eq!(scene.refusal(FAY, again), RefusalCode::AlreadySo);
    scene.does(FAY, seen(BEN)).does(BEN, Action::NotOk);
    assert_eq!(stage(&scene), SafetyStage::Flagged, "the button keeps its promise");
    assert!(scene.mine(BEN).not_ok.is_some());
}

#[test]
fn a_member_does_not_learn_from_the_answer_whether_somebody_is_flagged() {
    let mut scene = Scene::at_step("opening");
    let concern = Action::RaiseConcern { participant: BEN };
    let quiet = scene.answer(ANA, concern.clone());
    scene.does(BEN, Action::NotOk);
    assert_eq!((quiet, scene.answer(ANA, concern.clone())), (Ok(()), Ok(())));
    scene.does(FAY, seen(BEN)).does(ANA, concern);
    let alarm = &scene.staff().alarms[0];
    assert_eq!((alarm.concerned, alarm.acknowledged_by), (Some(ANA), Some(FAY)));
    assert_eq!(alarm.source, ConcernSource::Button);
}

#[test]
fn nobody_is_concerned_about_themselves_a_facilitator_or_a_stranger() {
    let mut scene = Scene::at_step("opening");
    scene.comes(DAN);
    let concern = |participant| Action::RaiseConcern { participant };
    assert_eq!(scene.refusal(ANA, concern(ANA)), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(ANA, concern(FAY)), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(ANA, concern(DAN)), RefusalCode::UnknownParticipant);
}

#[test]
fn new_and_raised_answers_become_louder_and_an_unchanged_one_never_does() {
    use ConcernSource::{AnswerNew, AnswerRaised, AnswerUnchanged};
    for (before, now, source, louder) in [
        (None, 1, AnswerNew, 2),
        (Some(0), 3, AnswerNew, 2),
        (Some(1), 2, AnswerRaised, 2),
        (Some(2), 2, AnswerUnchanged, 0),
        (Some(3), 1, AnswerUnchanged, 0),
    ] {
        let mut scene = Scene::at_step("opening");
        scene.does(FAY, answers(before, now)).wait(600);
        let alarm = &scene.staff().alarms[0];
        assert_eq!((alarm.source, alarm.escalated), (source, louder), "{before:?} {now}");
        assert_eq!(alarm.answer, Some(AnswerView { before, now }));
    }
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, answers(Some(2), 0));
    assert_eq!(scene.staff().alarms, [], "it is journaled, and flags nobody");
    assert_eq!(scene.refusal(FAY, answers(None, 4)), RefusalCode::OutOfRange);
    assert_eq!(scene.refusal(FAY, answers(Some(4), 1)), RefusalCode::OutOfRange);
}

#[test]
fn an_unchanged_answer_is_closed_without_a_talk_and_a_raised_one_after_it_is_told_anew() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, answers(Some(1), 1)).does(FAY, seen(BEN));
    let mut raised = scene.clone();
    scene.does(FAY, closes(BEN, CloseReason::Mistake));
    raised.does(FAY, answers(Some(1), 3));
    assert_eq!(stage(&raised), SafetyStage::Flagged);
}

#[test]
fn to_talk_in_a_side_room_both_go_there_and_the_other_one_who_leads_keeps_the_group() {
    let mut scene = ben_is_not_ok();
    let how = ContactHow::SideRoom;
    scene.does(FAY, seen(BEN));
    let side = Action::Contact { participant: BEN, how };
    scene.does(FAY, side.clone());
    let circle = |who| scene.room.state().roster.get(who).unwrap().circle;
    assert_eq!(circle(FAY), circle(BEN));
    assert_ne!(circle(FAY), protocol::CircleId::MAIN);
    assert_eq!(scene.staff().alarms[0].keeps_group, Some(FINN));
    assert_eq!(scene.refusal(FAY, side.clone()), RefusalCode::AlreadySo);
    let mut away = ben_is_not_ok();
    away.does(FAY, seen(BEN)).drops(BEN);
    assert_eq!(away.refusal(FAY, side), RefusalCode::Away);
}

#[test]
fn an_emergency_is_one_tap_from_anywhere_and_whoever_declares_it_looks_after_it() {
    let mut scene = Scene::at_step("opening");
    scene.comes(FINN).does(FAY, Action::Emergency { participant: BEN });
    let alarm = &scene.staff().alarms[0];
    assert_eq!((alarm.acknowledged_by, alarm.keeps_group), (Some(FAY), Some(FINN)));
    assert_eq!(alarm.emergency.unwrap().by, Some(FAY));
    let again = Action::Emergency { participant: BEN };
    assert_eq!(scene.refusal(FINN, again), RefusalCode::AlreadySo);
    assert_eq!(
        scene.refusal(FAY, closes(BEN, CloseReason::Mistake)),
        RefusalCode::NotThatFar
    );
    scene.does(FAY, closes(BEN, CloseReason::HandedOn));
}

#[test]
fn who_drops_out_while_flagged_is_tried_by_number_then_contact_then_service() {
    let tries = |step| Action::TickReach { participant: BEN, step };
    let mut scene = ben_is_not_ok();
    assert_eq!(scene.refusal(FAY, tries(ReachStep::CallBack)), RefusalCode::InReach);
    scene.wait(5).drops(BEN).does(FAY, seen(BEN));
    assert_eq!(scene.staff().alarms[0].unreachable_since, Some(Scene::second(5)));
    assert_eq!(
        scene.refusal(FAY, tries(ReachStep::EmergencyContact)),
        RefusalCode::NotThatFar
    );
    assert_eq!(
        scene.answer(FAY, tries(ReachStep::Service)),
        Ok(()),
        "a service at any time"
    );
    scene.wait(5).does(FAY, tries(ReachStep::CallBack)).wait(5);
    scene.does(FINN, tries(ReachStep::EmergencyContact));
    assert_eq!(scene.refusal(FAY, tries(ReachStep::CallBack)), RefusalCode::AlreadySo);
    scene.does(FAY, tries(ReachStep::Service));
    let tried = scene.staff().alarms.remove(0).tried;
    let times: Vec<_> = tried.iter().map(|tried| (tried.by, tried.at)).collect();
    let second = Scene::second;
    assert_eq!(
        times,
        [
            (Some(FAY), second(10)),
            (Some(FINN), second(15)),
            (Some(FAY), second(15))
        ]
    );
    scene.does(FAY, closes(BEN, CloseReason::HandedOn));
}

#[test]
fn who_is_back_is_in_reach_and_what_was_tried_stays() {
    let mut scene = ben_is_not_ok();
    let step = ReachStep::CallBack;
    scene.drops(BEN).does(FAY, Action::TickReach { participant: BEN, step });
    scene.comes(BEN);
    let alarm = &scene.staff().alarms[0];
    assert_eq!((alarm.unreachable_since, alarm.tried.len()), (None, 1));
}

#[test]
fn only_those_who_lead_carry_it_out() {
    let mut scene = ben_is_not_ok();
    let step = ReachStep::Service;
    let steps = [
        seen(BEN),
        calls_up(BEN),
        assesses(BEN),
        plans(BEN),
        answers(None, 1),
        Action::Emergency { participant: BEN },
        Action::TickReach { participant: BEN, step },
        closes(BEN, CloseReason::Mistake),
    ];
    scene.admit(OBI);
    for action in steps {
        assert_eq!(
            scene.refusal(ANA, action.clone()),
            RefusalCode::NotPermitted,
            "{action:?}"
        );
        assert_eq!(scene.refusal(OBI, action), RefusalCode::ObserversListen);
    }
}

#[test]
fn it_survives_a_restart_half_way_and_everybody_is_out_of_reach_then() {
    let mut scene = ben_is_not_ok();
    scene
        .does(FAY, seen(BEN))
        .does(FAY, calls_up(BEN))
        .does(FAY, assesses(BEN));
    scene.restarts().comes(FAY);
    let alarm = &scene.staff().alarms[0];
    assert_eq!(alarm.stage, SafetyStage::Assessed);
    assert!(alarm.unreachable_since.is_some());
    scene.comes(BEN).does(FAY, plans(BEN));
}

#[test]
fn what_is_written_down_is_sealed_for_the_person_it_is_about() {
    let mut scene = ben_is_not_ok();
    scene
        .does(FAY, seen(BEN))
        .does(FAY, calls_up(BEN))
        .does(FAY, assesses(BEN));
    let Some(What::Assessed { text, .. }) = scene.last.first() else {
        panic!("it was written down");
    };
    assert_eq!(text.person(), BEN);
}
