//! A time-out with a stated return.

use protocol::pack::Setting;
use protocol::wire::*;
use room::event::{ResumeReason, What};

use crate::common::scene::*;

/// Two people with somebody who leads, at a step where one has the floor.
fn a_couple() -> Scene {
    let mut scene = Scene::with(|pack| pack.setting = Setting::Couple);
    scene.comes(FAY);
    for who in [ANA, BEN] {
        scene.admit(who);
    }
    scene.does(FAY, Action::StartSession).go_to("focus");
    scene.calls(ANA);
    scene
}

fn stand(scene: &Scene) -> Stand {
    scene.seen().stand
}

#[test]
fn either_of_two_calls_a_time_out_and_everybody_reads_when_it_ends() {
    let mut scene = a_couple();
    scene.wait(20).does(BEN, Action::TimeOut { minutes: 10 });
    let since = Scene::second(20);
    let until = Some(Scene::second(20 + 600));
    let time_out = Stand::Paused {
        by: BEN,
        since,
        until,
        time_out: true,
    };
    assert_eq!(stand(&scene), time_out);
    scene.wait(599);
    assert_eq!(stand(&scene), time_out);
    scene.wait(1);
    assert_eq!(
        scene.last,
        [What::Resumed {
            why: ResumeReason::TimeUp
        }]
    );
    let deadline = Some(Scene::second(120 + 600));
    assert_eq!(
        scene.turn().clock,
        ClockView::Running { deadline },
        "the floor stood still and goes on with what was left"
    );
}

#[test]
fn who_called_it_or_who_leads_ends_it_early_and_the_other_does_not() {
    let mut scene = a_couple();
    scene.does(BEN, Action::TimeOut { minutes: 5 });
    assert_eq!(scene.refusal(ANA, Action::Resume), RefusalCode::NotPermitted);
    assert_eq!(
        scene.refusal(ANA, Action::TimeOut { minutes: 5 }),
        RefusalCode::AlreadySo
    );
    scene.does(BEN, Action::Resume);
    assert_eq!(stand(&scene), Stand::Running);
    scene
        .does(ANA, Action::TimeOut { minutes: 5 })
        .does(FAY, Action::Resume);
    assert_eq!(stand(&scene), Stand::Running);
}

#[test]
fn its_length_has_bounds() {
    let scene = a_couple();
    for minutes in [0, 31, u32::MAX] {
        assert_eq!(scene.refusal(ANA, Action::TimeOut { minutes }), RefusalCode::OutOfRange);
    }
    assert_eq!(scene.answer(ANA, Action::TimeOut { minutes: 30 }), Ok(()));
}

#[test]
fn in_a_group_only_who_leads_calls_one() {
    let scene = Scene::at_step("focus");
    let ten = Action::TimeOut { minutes: 10 };
    assert_eq!(scene.refusal(ANA, ten.clone()), RefusalCode::NotPermitted);
    assert_eq!(scene.answer(FAY, ten), Ok(()));
}

#[test]
fn how_long_each_of_two_had_the_floor_is_for_those_who_lead_alone() {
    let mut scene = a_couple();
    scene.wait(30).does(ANA, Action::Release);
    let rows: Vec<_> = scene
        .staff()
        .participation
        .iter()
        .map(|row| (row.participant, row.floor_ms))
        .collect();
    assert!(rows.contains(&(ANA, 30_000)) && rows.contains(&(BEN, 0)), "{rows:?}");
    for who in [ANA, BEN] {
        let Some(RoomView::Room(seen)) = Some(scene.room.view(scene.room.audience_of(who))) else {
            panic!("{who} is in")
        };
        assert_eq!(seen.staff, None);
        let page = serde_json::to_string(&(seen, scene.room.mine(who))).unwrap();
        for word in ["floor_ms", "30000", "participation", "last_heard"] {
            assert!(!page.contains(word), "{who} reads {word}");
        }
    }
}
