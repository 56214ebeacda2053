//! "I am not OK": to facilitators and nobody else.

use protocol::ParticipantId;
use protocol::wire::*;

use crate::common::scene::*;

fn seen(participant: ParticipantId) -> Action {
    Action::Acknowledge { participant }
}
fn ben_is_not_ok() -> Scene {
    let mut scene = Scene::at_step("opening");
    scene.comes(FINN).does(BEN, Action::NotOk);
    scene
}

#[test]
fn the_person_reads_at_once_who_was_told() {
    let scene = ben_is_not_ok();
    let mine = scene.mine(BEN).not_ok.unwrap();
    assert_eq!((mine.told, mine.acknowledged_by), (vec![FAY, FINN], None));
    assert_eq!(scene.staff().alarms[0].participant, BEN);
}

#[test]
fn nothing_changes_on_any_other_screen() {
    let mut scene = Scene::at_step("opening");
    let before = (scene.seen(), scene.mine(ANA), scene.mine(CLEO));
    scene.does(BEN, Action::NotOk);
    assert_eq!((scene.seen(), scene.mine(ANA), scene.mine(CLEO)), before);
    scene.does(FAY, seen(BEN)).wait(300);
    assert_eq!((scene.seen(), scene.mine(ANA), scene.mine(CLEO)), before);
}

#[test]
fn one_tap_acknowledges_and_the_person_sees_it() {
    let mut scene = ben_is_not_ok();
    scene.does(FINN, seen(BEN));
    assert_eq!(scene.mine(BEN).not_ok.unwrap().acknowledged_by, Some(FINN));
    assert_eq!(
        scene.refusal(FAY, seen(BEN)),
        RefusalCode::AlreadySo,
        "one wins, the other is told"
    );
}

#[test]
fn while_nobody_answers_it_becomes_louder_twice() {
    let mut scene = ben_is_not_ok();
    let louder = |scene: &Scene| scene.staff().alarms[0].escalated;
    scene.wait(29);
    assert_eq!(louder(&scene), 0);
    scene.wait(1);
    assert_eq!(louder(&scene), 1);
    scene.wait(3_600);
    assert_eq!(louder(&scene), 2);
    let mut answered = ben_is_not_ok();
    answered.does(FAY, seen(BEN)).wait(3_600);
    assert_eq!(louder(&answered), 0);
}

#[test]
fn it_is_closed_only_after_somebody_has_seen_it_and_can_be_said_again() {
    let mut scene = ben_is_not_ok();
    let reason = CloseReason::Mistake;
    let close = Action::CloseAlarm {
        participant: BEN,
        reason,
    };
    assert_eq!(scene.refusal(FAY, close.clone()), RefusalCode::NotSeenYet);
    assert_eq!(scene.refusal(BEN, Action::NotOk), RefusalCode::AlreadySo);
    scene.does(FAY, seen(BEN)).does(BEN, Action::AllRight).does(FAY, close);
    assert_eq!((scene.mine(BEN).not_ok, scene.staff().alarms), (None, vec![]));
    scene.does(BEN, Action::NotOk);
}

#[test]
fn it_can_be_said_whenever_one_is_in_also_in_a_pause_and_by_observers() {
    let mut scene = Scene::at_step("opening");
    scene.admit(OBI).does(ANA, Action::Pause);
    scene.does(BEN, Action::NotOk).does(OBI, Action::NotOk);
    scene.does(FAY, Action::EndSession).does(CLEO, Action::NotOk);
    scene.comes(DAN);
    assert_eq!(scene.refusal(DAN, Action::NotOk), RefusalCode::NotAdmitted);
}

#[test]
fn where_nobody_leads_the_list_of_who_was_told_is_empty() {
    let mut scene = Scene::at_step("opening");
    scene.drops(FAY).does(BEN, Action::NotOk);
    assert_eq!(scene.mine(BEN).not_ok.unwrap().told, []);
    scene.comes(FAY);
    assert_eq!(scene.staff().alarms.len(), 1, "whoever comes to lead sees it");
}

#[test]
fn it_survives_a_restart_and_a_step() {
    let mut scene = ben_is_not_ok();
    scene.go_to("focus").restarts().comes(FAY).comes(BEN);
    assert_eq!(scene.staff().alarms.len(), 1);
    assert!(scene.mine(BEN).not_ok.is_some());
}

#[test]
fn pressed_by_mistake_it_is_taken_back_and_stays_in_sight_until_it_is_seen() {
    let mut scene = ben_is_not_ok();
    scene.wait(29).does(BEN, Action::TakeBackNotOk);
    assert_eq!(scene.mine(BEN).not_ok, None, "for the person it is over");
    assert!(scene.staff().alarms[0].taken_back_at.is_some());
    scene.wait(3_600);
    assert_eq!(scene.staff().alarms[0].escalated, 0, "nothing becomes louder");
    scene.does(FINN, seen(BEN));
    let (open, closed) = (scene.staff().alarms, scene.staff().closed);
    assert_eq!((open, closed[0].reason), (vec![], Some(CloseReason::Mistake)));
}

#[test]
fn it_is_taken_back_only_until_it_becomes_louder_or_somebody_has_seen_it() {
    let mut scene = ben_is_not_ok();
    let no = RefusalCode::CannotTakeBack;
    assert!(scene.mine(BEN).can.contains(&Can::TakeBackNotOk));
    assert_eq!(scene.refusal(ANA, Action::TakeBackNotOk), no);
    scene.wait(30);
    assert!(!scene.mine(BEN).can.contains(&Can::TakeBackNotOk));
    assert_eq!(scene.refusal(BEN, Action::TakeBackNotOk), no);
    let mut answered = ben_is_not_ok();
    answered.does(FAY, seen(BEN));
    assert_eq!(answered.refusal(BEN, Action::TakeBackNotOk), no);
    assert!(
        answered.answer(BEN, Action::AllRight).is_ok(),
        "there is another word for that"
    );
}

#[test]
fn what_was_taken_back_can_be_said_again_and_keeps_nobody_from_being_concerned() {
    let mut scene = ben_is_not_ok();
    scene.does(BEN, Action::TakeBackNotOk).does(BEN, Action::NotOk).wait(30);
    assert_eq!((scene.staff().alarms.len(), scene.staff().alarms[0].escalated), (1, 1));
    let mut worried = ben_is_not_ok();
    worried.does(BEN, Action::TakeBackNotOk);
    worried.does(ANA, Action::RaiseConcern { participant: BEN }).wait(30);
    let alarm = worried.staff().alarms[0].clone();
    assert_eq!((alarm.source, alarm.escalated), (ConcernSource::Member, 1));
    assert_eq!(worried.mine(BEN).not_ok, None);
}

#[test]
fn taking_back_closes_no_concern_that_was_there_before() {
    let mut scene = Scene::at_step("opening");
    scene.does(ANA, Action::RaiseConcern { participant: BEN }).wait(5);
    scene.does(BEN, Action::NotOk).does(BEN, Action::TakeBackNotOk);
    scene.does(FAY, seen(BEN));
    assert_eq!(scene.staff().alarms.len(), 1, "one looks before one closes it");
}

#[test]
fn taking_back_changes_no_other_screen() {
    let mut scene = ben_is_not_ok();
    let others = |scene: &Scene| (scene.seen(), scene.mine(ANA), scene.mine(CLEO));
    let before = others(&scene);
    scene.does(BEN, Action::TakeBackNotOk);
    assert_eq!(others(&scene), before);
    scene.does(FAY, seen(BEN));
    assert_eq!(others(&scene), before);
}
