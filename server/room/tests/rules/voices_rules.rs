//! Talk time: for how long people were heard.

use std::collections::BTreeMap;

use protocol::ParticipantId;
use protocol::pack::Setting;
use protocol::wire::Action;
use room::Input;

use crate::common::scene::*;

fn heard(sums: &[(ParticipantId, u32)]) -> Input {
    let heard: BTreeMap<_, _> = sums.iter().copied().collect();
    Input::VoicesHeard { heard }
}
fn voice_ms(scene: &Scene, who: ParticipantId) -> u64 {
    let rows = scene.staff().participation;
    rows.iter()
        .find(|row| row.participant == who)
        .map_or(0, |row| row.voice_ms)
}

#[test]
fn talk_time_is_summed_up_beside_floor_time_for_those_who_lead() {
    let mut scene = Scene::new().session();
    scene.input(&heard(&[(ANA, 12_000), (FAY, 3_000)])).unwrap();
    scene.wait(60);
    scene.input(&heard(&[(ANA, 500)])).unwrap();
    assert_eq!(
        (voice_ms(&scene, ANA), voice_ms(&scene, FAY), voice_ms(&scene, BEN)),
        (12_500, 3_000, 0)
    );
    let ana = &scene.staff().participation;
    assert!(
        ana.iter().all(|row| row.floor_ms == 0 && row.turns == 0),
        "nobody had the floor"
    );
    let seen = serde_json::to_string(&(scene.seen(), scene.mine(ANA), scene.mine(BEN))).unwrap();
    assert!(!seen.contains("voice_ms") && !seen.contains("12500"));
}

#[test]
fn talk_time_changes_nothing_that_a_member_sees() {
    let mut scene = Scene::new().session();
    let seen = |scene: &Scene| {
        let state = scene.room.state();
        let numbers = [ANA, BEN, FAY].map(|who| state.seq_for(who));
        serde_json::to_string(&(scene.seen(), scene.mine(ANA), numbers)).unwrap()
    };
    let before = seen(&scene);
    scene.input(&heard(&[(ANA, 12_000)])).unwrap();
    assert_eq!(seen(&scene), before);
    assert_eq!(voice_ms(&scene, ANA), 12_000);
}

#[test]
fn talk_time_outlives_a_restart_and_ends_with_the_next_session() {
    let mut scene = Scene::new().session();
    scene.input(&heard(&[(ANA, 12_000)])).unwrap();
    scene.restarts();
    for who in [FAY, ANA, BEN, CLEO] {
        scene.comes(who);
    }
    assert_eq!(voice_ms(&scene, ANA), 12_000);
    scene.does(FAY, Action::EndSession);
    assert_eq!(voice_ms(&scene, ANA), 12_000, "it can be talked about afterwards");
    scene.does(FAY, Action::StartSession);
    assert_eq!(voice_ms(&scene, ANA), 0);
}

#[test]
fn outside_a_session_and_in_a_circle_of_peers_nothing_is_written_down() {
    let mut scene = Scene::new();
    scene.comes(FAY).comes(ANA).admit(ANA);
    scene.input(&heard(&[(ANA, 12_000)])).unwrap();
    assert!(!scene.kinds().contains(&"voices_heard"));
    let mut circle = Scene::with(|pack| pack.setting = Setting::Circle).session();
    circle.input(&heard(&[(ANA, 12_000)])).unwrap();
    assert!(!circle.kinds().contains(&"voices_heard"));
}

#[test]
fn nothing_is_counted_of_strangers_of_observers_and_of_who_was_erased() {
    let mut scene = Scene::new().session();
    scene.comes(OBI).admit(OBI);
    scene.input(&heard(&[(OBI, 9_000), (DAN, 9_000), (BEN, 0)])).unwrap();
    assert!(!scene.kinds().contains(&"voices_heard"));
    scene.input(&heard(&[(BEN, 9_000), (ANA, 1_000)])).unwrap();
    let erase = Input::Erase {
        participant: BEN,
        by: None,
    };
    scene.input(&erase).unwrap();
    scene.input(&heard(&[(BEN, 9_000), (ANA, 1_000)])).unwrap();
    assert!(!scene.room.state().participation.people.contains_key(&BEN));
    assert_eq!(voice_ms(&scene, ANA), 2_000);
    let event = scene
        .journal
        .iter()
        .find(|event| event.what.kind() == "voices_heard")
        .unwrap();
    let left = serde_json::to_string(&room::erasure::emptied(event, BEN).unwrap()).unwrap();
    assert!(!left.contains("9000") && left.contains("1000"), "{left}");
}
