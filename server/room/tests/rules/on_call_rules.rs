//! In a circle a host or a guardian calls the person on call, and nobody else learns of it.

use protocol::pack::{CircleRole, CircleRules, Crosstalk, Keeps, Setting};
use protocol::wire::*;
use protocol::{ParticipantId, Private};
use room::{Place, Room};

use crate::common::scene::*;
use crate::common::{on_call, place};

/// A circle led by Fay, where Ana, Ben and Cleo sit and these are on call.
fn circle(duty: &[&str]) -> Scene {
    let mut scene = Scene::with(|pack| {
        pack.setting = Setting::Circle;
        pack.circle = Some(CircleRules {
            roles: vec![CircleRole::Host, CircleRole::Guardian, CircleRole::Timekeeper],
            crosstalk: Crosstalk::None,
            keeps: Keeps::Everything,
        });
    });
    let mut place = Place::clone(&place());
    place.precautions.duty = duty.iter().map(|name| on_call(name)).collect();
    scene.room = Room::open(scene.room.pack().clone(), place.into(), None, &[]);
    scene.session()
}
fn escalate(about: Option<ParticipantId>) -> Action {
    Action::Escalate { about }
}
fn take(role: CircleRole) -> Action {
    Action::TakeRole { role }
}
/// Who answers the telephone, as this person's page shows it.
fn read_by(scene: &Scene, who: ParticipantId) -> Option<Private<String>> {
    Some(scene.mine(who).on_call?.called?.person?.name)
}

#[test]
fn whoever_leads_and_today_s_host_and_guardian_may_call() {
    let mut scene = circle(&["Olu"]);
    scene.does(ANA, take(CircleRole::Guardian));
    scene.does(BEN, take(CircleRole::Timekeeper));
    scene.admit(OBI);
    let can = |who| scene.mine(who).can.contains(&Can::Escalate);
    assert_eq!([FAY, ANA, BEN, CLEO].map(can), [true, true, false, false]);
    assert_eq!(scene.refusal(BEN, escalate(None)), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(OBI, escalate(None)), RefusalCode::ObserversListen);
    assert_eq!(scene.refusal(ANA, escalate(Some(DAN))), RefusalCode::UnknownParticipant);
    scene.does(CLEO, take(CircleRole::Host)).does(CLEO, escalate(None));
    assert_eq!(read_by(&scene, CLEO).unwrap().expose(), "Olu");
}

#[test]
fn where_people_are_treated_there_is_another_flow_for_it() {
    let mut scene = Scene::at_step("opening");
    assert_eq!(scene.refusal(FAY, escalate(None)), RefusalCode::WrongMode);
    scene.does(FAY, Action::NextStep);
    assert_eq!(scene.mine(FAY).on_call, None);
}

#[test]
fn the_page_learns_beforehand_that_nobody_is_on_call() {
    let mut scene = circle(&[]);
    let named = |scene: &Scene, who| scene.mine(who).on_call.map(|view| view.named);
    assert_eq!((named(&scene, FAY), named(&scene, ANA)), (Some(false), None));
    assert_eq!(scene.refusal(FAY, escalate(None)), RefusalCode::NobodyOnCall);
    assert!(!scene.mine(FAY).can.contains(&Can::Escalate));
    scene.does(ANA, take(CircleRole::Host));
    assert_eq!(named(&scene, ANA), Some(false));
    assert_eq!(named(&circle(&["Olu"]), FAY), Some(true));
}

#[test]
fn only_who_called_reads_the_name_and_no_other_screen_changes() {
    let mut scene = circle(&["Olu", "Pia"]);
    scene.comes(FINN).does(ANA, take(CircleRole::Guardian));
    let others = |scene: &Scene| {
        let mine = [FAY, FINN, BEN, CLEO].map(|who| scene.mine(who));
        (scene.seen(), scene.seen_by_staff(), mine, scene.room.state().public_seq)
    };
    let before = others(&scene);
    scene.does(ANA, escalate(Some(BEN)));
    assert_eq!(others(&scene), before, "when it is done");
    assert_eq!(read_by(&scene, ANA).unwrap().expose(), "Olu");
    scene.wait(120);
    assert_eq!(others(&scene), before, "when it is the next one's turn");
    scene.does(ANA, Action::OnCallReached);
    assert_eq!(others(&scene), before, "when they have answered");
}

#[test]
fn whom_it_is_about_reads_who_was_called_only_if_they_asked_for_somebody() {
    let mut scene = circle(&["Olu"]);
    scene.does(FAY, escalate(Some(BEN)));
    assert_eq!((scene.mine(BEN).not_ok, scene.mine(BEN).on_call), (None, None));
    scene.does(BEN, Action::NotOk);
    let read = scene.mine(BEN).not_ok.unwrap().on_call.unwrap();
    assert_eq!(read.name.expose(), "Olu");
    scene.does(CLEO, Action::NotOk);
    assert_eq!(scene.mine(CLEO).not_ok.unwrap().on_call, None, "about somebody else");
}

#[test]
fn while_nobody_answers_the_list_is_gone_down_to_its_end() {
    let mut scene = circle(&["Olu", "Pia"]);
    scene.does(FAY, escalate(None));
    let name = |scene: &Scene| read_by(scene, FAY).unwrap().expose().clone();
    scene.wait(119);
    assert_eq!(name(&scene), "Olu");
    scene.wait(1);
    assert_eq!((name(&scene), scene.kinds()), ("Pia".to_owned(), vec!["on_call_next"]));
    scene.wait(3_600);
    assert_eq!(name(&scene), "Pia", "the last one's number stays in sight");
    assert_eq!(scene.refusal(FAY, escalate(None)), RefusalCode::AlreadySo);
    scene.does(FAY, Action::OnCallReached);
    assert_eq!(scene.refusal(FAY, Action::OnCallReached), RefusalCode::AlreadySo);
    scene
        .does(FAY, escalate(None))
        .does(FAY, Action::OnCallReached)
        .wait(600);
    assert_eq!(name(&scene), "Olu", "who has answered is not called past");
}

#[test]
fn the_journal_keeps_that_it_was_done_and_neither_name_nor_number() {
    let mut scene = circle(&["Olu", "Pia"]);
    scene.does(FAY, escalate(Some(BEN))).wait(120);
    scene.does(FAY, Action::OnCallReached);
    let written: Vec<String> = scene
        .journal
        .iter()
        .map(|event| String::from_utf8(event.write().unwrap()).unwrap())
        .collect();
    let kept = written.join("\n");
    for secret in ["Olu", "Pia", "555"] {
        assert!(!kept.contains(secret), "{secret} is in the journal");
    }
    assert!(
        kept.contains(&format!("\"about\":\"{BEN}\"")),
        "whom it was about is kept"
    );
    scene.does(FAY, Action::EndSession).does(FAY, Action::StartSession);
    assert_eq!(read_by(&scene, FAY), None, "a new session begins without it");
}

#[test]
fn laying_the_role_down_or_a_restart_keeps_the_call_in_sight() {
    let mut scene = circle(&["Olu"]);
    let role = CircleRole::Host;
    scene.does(ANA, take(role)).does(ANA, escalate(None));
    scene.does(ANA, Action::LayRole { role });
    assert!(read_by(&scene, ANA).is_some());
    let state = scene.room.state().clone();
    assert_eq!(state.on_call.len(), 1);
    scene.does(ANA, Action::OnCallReached);
    assert!(!scene.mine(ANA).can.contains(&Can::OnCallReached));
}
