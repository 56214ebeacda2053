//! Who leads, who is let in, and what happens when nobody leads.

use protocol::wire::*;
use protocol::{ParticipantId, Role};
use room::{Arrival, Input, SealedText};

use crate::common::CONTACT;
use crate::common::scene::*;

fn name(participant: Option<ParticipantId>) -> Action {
    Action::NameDeputy { participant }
}
fn held(scene: &Scene) -> Option<(protocol::Timestamp, bool)> {
    match scene.seen().stand {
        Stand::Held { since, long, .. } => Some((since, long)),
        _ => None,
    }
}
fn whom_to_call(scene: &Scene) -> Option<String> {
    match scene.seen().stand {
        Stand::Held { contact, .. } => contact,
        _ => None,
    }
}
/// Obi is in and stands in.
fn with_deputy() -> Scene {
    let mut scene = Scene::at_step("focus");
    scene.admit(OBI).does(FAY, name(Some(OBI)));
    scene
}

#[test]
fn members_and_observers_wait_at_the_door_and_facilitators_walk_in() {
    let mut scene = Scene::new();
    scene.comes(ANA).comes(OBI).comes(FAY);
    let at_the_door: Vec<_> = scene.staff().waiting.into_iter().map(|w| w.participant).collect();
    assert_eq!(at_the_door, [ANA, OBI]);
    assert_eq!(scene.mine(FAY).admission, Admission::Admitted);
    let admit = |participant| Action::Admit {
        participant,
        anyway: false,
    };
    assert_eq!(scene.refusal(ANA, admit(OBI)), RefusalCode::NotAdmitted);
    scene.does(FAY, admit(ANA));
    assert_eq!(scene.refusal(FAY, admit(ANA)), RefusalCode::NotWaiting);
    assert_eq!(scene.refusal(FAY, admit(BEN)), RefusalCode::UnknownParticipant);
    assert_eq!(scene.refusal(ANA, admit(OBI)), RefusalCode::NotPermitted);
}

/// Obi looks in: a second person outside the room has confirmed it.
fn looks_in() -> Input {
    Input::Arrived(Arrival {
        participant: OBI,
        role: Role::Observer,
        name: SealedText::fresh(OBI, "Obi"),
        let_in: true,
    })
}

#[test]
fn who_was_let_in_outside_the_room_passes_the_door_even_where_nobody_leads_and_only_listens() {
    let mut scene = Scene::new();
    scene.comes(ANA).input(&looks_in()).unwrap();
    assert_eq!(scene.mine(OBI).admission, Admission::Admitted);
    assert_eq!(scene.mine(ANA).admission, Admission::Waiting, "nobody else is");
    assert!(!scene.mine(OBI).writes_notes);
    assert_eq!(scene.refusal(OBI, Action::Pass), RefusalCode::ObserversListen);
}

#[test]
fn a_role_never_changes_under_a_persons_feet() {
    let mut scene = Scene::at_step("focus");
    scene.drops(ANA);
    scene.input(&crate::common::arrival(ANA, Role::Facilitator)).unwrap();
    assert_eq!(scene.mine(ANA).role, Role::Member);
}

#[test]
fn a_facilitator_is_never_taken_out_by_another() {
    let mut scene = Scene::at_step("focus");
    scene.comes(FINN);
    let participant = FINN;
    assert_eq!(
        scene.refusal(FAY, Action::Remove { participant }),
        RefusalCode::NotPermitted
    );
}

#[test]
fn while_one_facilitator_is_there_nothing_holds() {
    let mut scene = Scene::at_step("focus");
    scene.comes(FINN).drops(FAY);
    assert_eq!(scene.seen().stand, Stand::Running);
    scene.drops(FINN);
    assert!(held(&scene).is_some());
}

#[test]
fn without_a_facilitator_the_room_holds_and_never_ends_by_itself() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).asks(BEN).wait(20).drops(FAY);
    assert_eq!(held(&scene), Some((Scene::second(20), false)));
    let because = StopReason::Unattended;
    let left_ms = Some(100_000);
    assert_eq!(scene.turn().clock, ClockView::Stopped { left_ms, because });
    scene.does(ANA, Action::Release);
    assert_eq!(scene.holder(), None, "the floor is frozen");
    scene.wait(299);
    assert_eq!(held(&scene).map(|h| h.1), Some(false));
    assert_eq!(whom_to_call(&scene), None);
    scene.wait(1);
    assert_eq!(held(&scene).map(|h| h.1), Some(true));
    assert_eq!(whom_to_call(&scene).as_deref(), Some(CONTACT), "after five minutes");
    scene.wait(100_000);
    assert!(held(&scene).is_some());
    scene.asks(CLEO).comes(FAY);
    assert_eq!(
        (scene.seen().stand, scene.holder(), scene.line()),
        (Stand::Running, Some(BEN), vec![CLEO])
    );
}

#[test]
fn the_five_minutes_count_anew_each_time() {
    let mut scene = Scene::at_step("focus");
    scene.drops(FAY).wait(299).comes(FAY).drops(FAY).wait(299);
    assert_eq!(held(&scene).map(|h| h.1), Some(false));
}

#[test]
fn the_named_deputy_takes_over_at_once_and_stands_back_when_a_facilitator_returns() {
    let mut scene = with_deputy();
    scene.asks(ANA).drops(FAY);
    assert_eq!(scene.kinds(), ["line_dropped", "deputy_took_over"]);
    assert_eq!(scene.seen().stand, Stand::Running);
    assert_eq!(
        (scene.mine(OBI).role, scene.may_speak(OBI)),
        (Role::Facilitator, Ok(()))
    );
    scene.does(OBI, Action::GoOn).comes(FAY);
    assert_eq!(scene.kinds(), ["line_up", "deputy_stood_back"]);
    assert_eq!(scene.may_speak(OBI), Err(RefusalCode::ObserversListen));
}

#[test]
fn a_deputy_who_is_away_takes_over_when_back() {
    let mut scene = with_deputy();
    scene.drops(OBI).drops(FAY);
    assert!(held(&scene).is_some());
    scene.comes(OBI);
    assert_eq!(scene.kinds(), ["line_up", "deputy_took_over", "attended"]);
    scene.drops(OBI);
    assert_eq!(scene.kinds(), ["line_dropped", "deputy_stood_back", "unattended"]);
}

#[test]
fn in_a_therapy_room_a_member_never_stands_in_and_in_a_circle_may() {
    let mut scene = Scene::at_step("focus");
    assert_eq!(scene.refusal(FAY, name(Some(ANA))), RefusalCode::CannotDeputise);
    scene.comes(OBI);
    assert_eq!(scene.refusal(FAY, name(Some(OBI))), RefusalCode::NotAdmitted);
    assert_eq!(scene.refusal(FAY, name(Some(DAN))), RefusalCode::UnknownParticipant);
    assert_eq!(scene.refusal(FAY, name(None)), RefusalCode::AlreadySo);
    let mut circle = Scene::circle().session();
    circle.does(FAY, name(Some(ANA))).drops(FAY);
    assert_eq!(circle.mine(ANA).role, Role::Facilitator);
}

#[test]
fn a_deputy_does_not_name_another_and_may_be_unnamed_or_taken_out() {
    let mut scene = with_deputy();
    scene.drops(FAY);
    assert_eq!(scene.refusal(OBI, name(None)), RefusalCode::NotPermitted);
    scene.comes(FAY).does(FAY, name(None)).drops(FAY);
    assert!(held(&scene).is_some());
    let mut scene = with_deputy();
    let participant = OBI;
    scene.does(FAY, Action::Remove { participant });
    assert_eq!(scene.staff().deputy, None);
}

#[test]
fn an_observer_who_led_leaves_no_turn_and_no_place_in_line_behind() {
    let mut scene = with_deputy();
    scene.drops(FAY).asks(OBI).asks(ANA);
    assert_eq!(scene.holder(), Some(OBI));
    scene.comes(FAY);
    assert_eq!(scene.holder(), Some(ANA));
    scene.drops(FAY).asks(OBI).comes(FAY);
    assert!(scene.line().is_empty());
    scene.drops(FAY).does(OBI, Action::TakeFloor).drops(OBI).comes(FAY);
    assert_eq!((scene.holder(), scene.line()), (None, vec![]));
}

#[test]
fn a_deputy_may_end_the_session_and_leads_no_longer() {
    let mut scene = with_deputy();
    scene.drops(FAY).does(OBI, Action::EndSession);
    assert_eq!(scene.mine(OBI).role, Role::Observer);
    assert_eq!(scene.refusal(OBI, Action::StartSession), RefusalCode::ObserversListen);
}

#[test]
fn a_hostless_circle_goes_on_by_itself_in_every_mode_that_gives_turns() {
    for step in ["focus", "work"] {
        let mut scene = Scene::circle().session();
        scene.go_to(step).drops(FAY).asks(ANA).asks(BEN);
        assert_eq!(scene.seen().stand, Stand::Running, "{step}");
        assert_eq!(scene.holder(), Some(ANA), "{step}");
        scene.does(ANA, Action::Release);
        assert_eq!(scene.holder(), Some(BEN), "{step}");
    }
    let mut scene = Scene::circle().session();
    scene.go_to("mood-round").drops(FAY);
    assert_eq!(scene.holder(), Some(ANA), "nobody is there to begin the round");
}

#[test]
fn a_restart_ends_no_session_and_brings_the_deputy_back_as_deputy() {
    let mut scene = with_deputy();
    scene.drops(FAY).restarts();
    assert!(held(&scene).is_some());
    scene.comes(OBI);
    assert_eq!(scene.seen().stand, Stand::Running);
}

#[test]
fn the_room_has_a_last_chair() {
    let mut scene = Scene::new();
    for n in 0..40 {
        scene.comes(ParticipantId::from_bits(1_000 + n));
    }
    let late = crate::common::arrival(ANA, Role::Member);
    assert_eq!(scene.input(&late), Err(RefusalCode::Full));
    scene.comes(ParticipantId::from_bits(1_000));
}
