//! Always possible: a pause.

use protocol::wire::*;
use room::event::{ResumeReason, What};

use crate::common::scene::*;

fn pause(scene: &Scene) -> Option<(protocol::ParticipantId, Option<protocol::Timestamp>)> {
    match scene.seen().stand {
        Stand::Paused { by, until, .. } => Some((by, until)),
        _ => None,
    }
}

#[test]
fn a_members_pause_ends_by_itself_after_a_minute() {
    let mut scene = Scene::at_step_called("focus", ANA);
    scene.wait(20).does(BEN, Action::Pause);
    assert_eq!(pause(&scene), Some((BEN, Some(Scene::second(80)))));
    scene.wait(59);
    assert!(pause(&scene).is_some());
    scene.wait(1);
    assert_eq!(
        scene.last,
        [What::Resumed {
            why: ResumeReason::TimeUp
        }]
    );
    let deadline = Some(Scene::second(120 + 60));
    assert_eq!(
        scene.turn().clock,
        ClockView::Running { deadline },
        "the turn lost nothing by it"
    );
}

#[test]
fn a_facilitator_may_keep_a_members_pause() {
    let mut scene = Scene::at_step_called("focus", ANA);
    scene.does(BEN, Action::Pause).does(FAY, Action::KeepPause).wait(3_600);
    assert_eq!(pause(&scene), Some((BEN, None)));
    assert_eq!(scene.refusal(FAY, Action::KeepPause), RefusalCode::AlreadySo);
    assert_eq!(
        scene.refusal(BEN, Action::Resume),
        RefusalCode::NotPermitted,
        "it is the facilitator's now"
    );
    scene.does(FAY, Action::Resume);
    assert_eq!(pause(&scene), None);
}

#[test]
fn a_facilitators_pause_has_no_end() {
    let mut scene = Scene::at_step("focus");
    scene.does(FAY, Action::Pause).wait(3_600);
    assert_eq!(pause(&scene), Some((FAY, None)));
    assert_eq!(scene.refusal(ANA, Action::Resume), RefusalCode::NotPermitted);
}

#[test]
fn a_member_ends_their_own_pause_and_nobody_elses() {
    let mut scene = Scene::at_step("focus");
    scene.does(BEN, Action::Pause);
    assert_eq!(scene.refusal(ANA, Action::Resume), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(ANA, Action::Pause), RefusalCode::AlreadySo);
    scene.does(BEN, Action::Resume);
    assert_eq!(scene.refusal(BEN, Action::Resume), RefusalCode::AlreadySo);
}

#[test]
fn in_a_pause_the_floor_stands_still_and_goes_on_afterwards() {
    let mut scene = Scene::at_step("focus");
    scene
        .asks(ANA)
        .asks(BEN)
        .does(CLEO, Action::Pause)
        .does(ANA, Action::Release);
    assert_eq!(scene.holder(), None);
    let called = Action::Call { participant: CLEO };
    assert_eq!(scene.refusal(FAY, called), RefusalCode::Paused);
    assert_eq!(scene.refusal(FAY, Action::GoOn), RefusalCode::Paused);
    assert_eq!(
        scene.refusal(
            FAY,
            Action::StartRound {
                order: RoundOrder::Seats
            }
        ),
        RefusalCode::Paused
    );
    scene.does(CLEO, Action::Resume);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn a_pause_outlives_the_line_of_who_asked_for_it() {
    let mut scene = Scene::at_step("focus");
    scene.does(BEN, Action::Pause).drops(BEN).wait(30);
    assert!(pause(&scene).is_some());
    scene.wait(30);
    assert_eq!(pause(&scene), None);
}

#[test]
fn repeated_pauses_are_shown_to_facilitators_only() {
    let mut scene = Scene::at_step("focus");
    scene.does(BEN, Action::Pause).does(BEN, Action::Resume);
    assert!(scene.staff().pauses.is_empty(), "one pause is nobody's business");
    scene.does(BEN, Action::Pause);
    let (participant, times) = (BEN, 2);
    assert_eq!(scene.staff().pauses, [PauseCount { participant, times }]);
    assert_eq!(scene.seen().staff, None);
}

#[test]
fn anybody_who_takes_part_may_pause_in_every_mode_and_before_a_session() {
    for step in ["opening", "focus", "mood-round", "work"] {
        let mut scene = Scene::at_step_called(step, ANA);
        scene.admit(OBI).comes(DAN);
        for who in [FAY, ANA, BEN] {
            assert_eq!(scene.answer(who, Action::Pause), Ok(()), "{step} {who}");
        }
        assert_eq!(scene.refusal(OBI, Action::Pause), RefusalCode::ObserversListen);
        assert_eq!(scene.refusal(DAN, Action::Pause), RefusalCode::NotAdmitted);
    }
    let mut lobby = Scene::new();
    lobby.comes(FAY).admit(ANA).does(ANA, Action::Pause);
    assert_eq!(lobby.may_speak(ANA), Err(RefusalCode::Paused));
}

#[test]
fn a_hostless_circle_may_end_a_pause_that_a_facilitator_left_behind() {
    let mut scene = Scene::circle().session();
    scene.does(FAY, Action::Pause);
    assert_eq!(scene.refusal(ANA, Action::Resume), RefusalCode::NotPermitted);
    scene.drops(FAY).does(ANA, Action::Resume);
    assert_eq!(scene.seen().stand, Stand::Running);
}

#[test]
fn the_session_that_began_as_a_circle_stays_one_whatever_the_pack_says_later() {
    let mut scene = Scene::circle().session();
    scene.does(FAY, Action::Pause).drops(FAY);
    let held = Scene::new();
    let (pack, place) = (held.room.pack().clone(), crate::common::place());
    scene.room = room::Room::open(pack, place, None, &scene.journal);
    assert_eq!(scene.answer(ANA, Action::Resume), Ok(()));
}
