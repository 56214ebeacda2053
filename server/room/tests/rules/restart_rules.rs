//! When the server starts again in the middle of a turn: in every mode the turn, the time that is left of it, the places and who may speak
//! are what they were. Each scene has a twin in which the server did not start again, and the two go on alike.

use protocol::pack::FloorMode;
use protocol::wire::*;
use protocol::{ParticipantId, Timestamp};
use room::Input;
use room::event::{GrantReason, What};

use crate::common::scene::*;

const MEMBERS: [ParticipantId; 3] = [ANA, BEN, CLEO];
/// The limit of a turn in the tests' pack.
const LIMIT: u64 = 120;

/// Ana has a turn in this mode, and others have what of a place the mode has to give. In a silence nobody has a turn, and who waited before
/// it still waits.
fn under_way(mode: FloorMode) -> Scene {
    let call = Action::Call { participant: ANA };
    let offer = Action::Offer { participant: CLEO };
    let mut scene = Scene::new().session();
    match mode {
        FloorMode::Open => scene.does(FAY, call).asks(BEN).asks(CLEO),
        FloorMode::Queue => scene.go_to("focus").asks(ANA).asks(BEN).asks(CLEO),
        FloorMode::Round => scene
            .go_to("mood-round")
            .does(FAY, Action::GoOn)
            .does(BEN, Action::ComeBack),
        FloorMode::Chair => scene.go_to("work").does(FAY, call).asks(CLEO).asks(BEN),
        FloorMode::Stick => scene.go_to("stick").asks(ANA).asks(BEN).does(ANA, offer),
        FloorMode::Pair => scene.go_to("pair").does(FAY, form(ANA, BEN)).does(FAY, Action::GoOn),
        FloorMode::Fishbowl => {
            let participants = vec![CLEO];
            scene
                .go_to("bowl")
                .does(FAY, Action::SetInner { participants })
                .asks(ANA)
                .asks(BEN)
        }
        FloorMode::Silence => scene.go_to("focus").asks(ANA).asks(BEN).asks(CLEO).does(FAY, silence()),
    };
    let turn = (mode != FloorMode::Silence).then_some(ANA);
    assert_eq!((scene.main().floor.rules.mode, scene.holder()), (mode, turn));
    scene
}

fn form(speaker: ParticipantId, listener: ParticipantId) -> Action {
    Action::FormPair { speaker, listener }
}
fn silence() -> Action {
    Action::SetFloor {
        mode: Some(FloorMode::Silence),
        order: None,
        advance: None,
        ending: None,
        turn_seconds: None,
    }
}

/// Half a minute passes, and at its end something is committed.
fn half_a_minute(scene: &mut Scene) {
    scene.wait(30).does(FAY, Action::Pause).does(FAY, Action::Resume);
}
/// After half a minute the server is gone for a quarter of an hour.
fn starts_again(scene: &mut Scene) {
    half_a_minute(scene);
    scene.unseen(900).restarts();
}
fn everybody_is_back(scene: &mut Scene) {
    scene.comes(FAY);
    MEMBERS.iter().for_each(|&who| _ = scene.comes(who));
}

/// Somebody's place, whether they have the floor, whether they may speak, and who offers it to them.
type Mine = (Option<u32>, bool, bool, Option<ParticipantId>);

/// The floor without its clock and the question above it, and what each person is shown of themselves in it.
fn floor(scene: &Scene) -> (FloorView, Vec<Mine>) {
    let mut floor = scene.seen().floor;
    floor.question = None; // it is the step's, and changes with the time
    if let Some(turn) = &mut floor.turn {
        turn.clock = ClockView::Running { deadline: None };
    }
    let mine = |&who: &ParticipantId| {
        let me = scene.mine(who);
        (me.place, me.holding, me.may_speak, me.offered_by)
    };
    (floor, MEMBERS.iter().map(mine).collect())
}

fn left(mode: FloorMode) -> Option<u64> {
    mode.has_turns().then_some((LIMIT - 30) * 1000)
}

#[test]
fn in_every_mode_a_turn_a_place_and_a_voice_survive_a_restart() {
    for mode in FloorMode::ALL {
        let mut scene = under_way(mode);
        let mut twin = scene.clone();
        starts_again(&mut scene);
        assert_eq!(scene.holder(), twin.holder(), "{mode:?}: at once, with every line down");
        everybody_is_back(&mut scene);
        half_a_minute(&mut twin);
        assert_eq!(floor(&scene), floor(&twin), "{mode:?}");
    }
}

#[test]
fn in_every_mode_the_time_that_was_left_at_the_last_committed_event_is_left_after_a_restart() {
    for mode in FloorMode::ALL.into_iter().filter(|mode| *mode != FloorMode::Silence) {
        let mut scene = under_way(mode);
        starts_again(&mut scene);
        let (left_ms, because) = (left(mode), StopReason::Away);
        assert_eq!(scene.turn().clock, ClockView::Stopped { left_ms, because }, "{mode:?}");
        scene.comes(FAY).wait(44);
        everybody_is_back(&mut scene);
        let deadline = left_ms.map(|left| Timestamp(scene.at().0 + left));
        assert_eq!(scene.turn().clock, ClockView::Running { deadline }, "{mode:?}");
    }
}

#[test]
fn in_every_mode_the_floor_goes_on_after_a_restart_to_whom_it_would_have_gone() {
    let next: [(&str, ParticipantId, Action); 4] = [
        ("the holder stops", ANA, Action::Release),
        ("the holder passes", ANA, Action::Pass),
        ("the facilitator goes on", FAY, Action::GoOn),
        ("the facilitator takes it", FAY, Action::TakeFloor),
    ];
    for mode in FloorMode::ALL {
        for (said, by, action) in &next {
            let mut scene = under_way(mode);
            let mut twin = scene.clone();
            starts_again(&mut scene);
            everybody_is_back(&mut scene);
            half_a_minute(&mut twin);
            let act = |scene: &mut Scene| {
                let (by, action) = (*by, action.clone());
                scene.input(&Input::Act { by, action })
            };
            assert_eq!(act(&mut scene), act(&mut twin), "{mode:?}: {said}");
            let (after, due) = (floor_by_name(&scene), floor_by_name(&twin));
            assert_eq!(after, due, "{mode:?}: {said}");
        }
    }
}

/// As [`floor`], without the moment at which a later turn was given.
fn floor_by_name(scene: &Scene) -> (FloorView, Vec<Mine>) {
    let mut floor = floor(scene);
    if let Some(turn) = &mut floor.0.turn {
        turn.granted_at = Timestamp(0);
    }
    floor
}

#[test]
fn in_every_mode_a_holder_who_does_not_come_back_is_asked_about_and_returns_first() {
    for mode in FloorMode::ALL.into_iter().filter(|mode| *mode != FloorMode::Silence) {
        let mut scene = under_way(mode);
        starts_again(&mut scene);
        scene.comes(FAY).comes(BEN).comes(CLEO).wait(3_600);
        assert!(scene.staff().suspended.unwrap().asked, "{mode:?}");
        assert_eq!(scene.holder(), Some(ANA), "{mode:?}: nothing moves by itself");
        scene.does(FAY, Action::MoveOn).comes(ANA);
        let waits = (scene.mine(ANA).returning, scene.line().first().copied());
        let has_it_again = scene.last.iter().any(|what| {
            matches!(what, What::TurnGranted { holders, why: GrantReason::Returning, .. } if holders[..] == [ANA])
        });
        assert!(waits == (true, Some(ANA)) || has_it_again, "{mode:?}: {waits:?}");
    }
}

#[test]
fn what_was_being_said_back_is_still_being_said_back_after_a_restart() {
    let mut scene = under_way(FloorMode::Pair);
    scene.wait(20).does(ANA, Action::Release).wait(10);
    let mut twin = scene.clone();
    starts_again(&mut scene);
    everybody_is_back(&mut scene);
    half_a_minute(&mut twin);
    assert_eq!(floor(&scene), floor(&twin));
    let (left_ms, because) = (Some((LIMIT - 20) * 1000), StopReason::SayingBack);
    assert_eq!(scene.turn().clock, ClockView::Stopped { left_ms, because });
    assert_eq!(scene.may_speak(BEN), Ok(()));
}
