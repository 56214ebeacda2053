//! The play's rules, told on scenes of the wire's own fixtures.

use protocol::pack::FloorMode;

use super::leading::GO_ON;
use super::turns::TURN;
use super::*;
use crate::demo::scenes::{scene, somebody_leads_too};

fn people(scene: &RoomScene, role: Role) -> Vec<ParticipantId> {
    let seats = scene.seats.iter().filter(|seat| seat.role == role);
    seats.map(|seat| seat.participant).collect()
}

/// A play in which every member of the scene is played, and its first facilitator.
fn play(scene: &RoomScene) -> Play {
    let parts = people(scene, Role::Member)
        .into_iter()
        .map(|who| (who, Part::default()));
    let lead = people(scene, Role::Facilitator)[0];
    Play::new(lead, parts.collect(), "mood-round".parse().unwrap(), Chance::new(3))
}

/// Everything the play wants done until `end`, if the room never changes.
fn deeds(play: &mut Play, scene: &RoomScene, from: u64, end: u64) -> Vec<(u64, Deed)> {
    let (mut now, mut deeds) = (from, Vec::new());
    while now < end && deeds.len() < 1_000 {
        match play.next(now, scene) {
            Next::Do(deed) => deeds.push((now, deed)),
            Next::WaitUntil(at) => now = at.max(now + 1),
        }
    }
    deeds
}

fn quiet() -> RoomScene {
    let mut scene = scene();
    scene.floor.turn = None;
    scene.floor.line.clear();
    scene.floor.round_running = false;
    scene.floor.mode = FloorMode::Open;
    scene
}

#[test]
fn where_the_floor_is_asked_for_a_hand_goes_up() {
    let scene = quiet();
    let mut play = play(&scene);
    let (at, deed) = deeds(&mut play, &scene, 0, 60 * SECOND).swap_remove(0);
    assert!(matches!(deed, Deed::Act(_, Action::Ask { .. })), "{deed:?}");
    assert!(at < 30 * SECOND);
}

#[test]
fn who_is_played_gives_the_floor_back_after_a_turn_of_a_bearable_length() {
    let mut scene = scene();
    for seat in &mut scene.seats {
        seat.present = true;
    }
    let member = people(&scene, Role::Member)[0];
    scene.floor.turn.as_mut().unwrap().holders = vec![member];
    for seed in 0..200 {
        let mut play = play(&scene);
        play.chance = Chance::new(seed);
        let deeds = deeds(&mut play, &scene, 0, 400 * SECOND);
        let end =
            |(_, deed): &&(u64, Deed)| matches!(deed, Deed::Act(who, Action::Release | Action::Pass) if *who == member);
        let (at, _) = deeds.iter().find(end).expect("the turn ends");
        assert!((4 * SECOND..=TURN.1 + 60 * SECOND).contains(at), "seed {seed}: {at}");
    }
}

#[test]
fn after_somebody_else_led_the_played_facilitator_keeps_still_and_then_helps_again() {
    let mut before = quiet();
    before.agenda.current = Some(0);
    somebody_leads_too(&mut before);
    let mut play = play(&before);
    assert!(matches!(play.next(0, &before), Next::WaitUntil(_)));
    let mut after = before.clone();
    after.agenda.current = Some(1);
    after.floor.mode = FloorMode::Round; // a round that is over: she would go on
    let lead = play.lead;
    let led = |deeds: Vec<(u64, Deed)>| {
        deeds
            .into_iter()
            .find(|(_, deed)| matches!(deed, Deed::Act(who, _) if *who == lead))
    };
    let (at, deed) = led(deeds(&mut play, &after, SECOND, 2 * REST)).expect("she helps again in the end");
    assert_eq!((at, &deed), (SECOND + REST, &Deed::Act(lead, Action::NextStep)));
    // The same change by her own hand makes her wait for nobody.
    let mut play = self::play(&before);
    play.next(0, &before);
    play.ours.push(Action::NextStep);
    let (at, _) = led(deeds(&mut play, &after, SECOND, 2 * REST)).expect("she goes on");
    assert_eq!(at, SECOND + GO_ON);
}

#[test]
fn two_people_answer_each_other_about_as_often_as_was_measured() {
    let scene = quiet();
    let mut play = play(&scene);
    let members = play.present(&scene);
    play.last = [Some(members[0]), Some(members[1])];
    let answers = (0..4_000)
        .filter(|_| play.next_speaker(&scene) == Some(members[1]))
        .count() as f64
        / 4_000.0;
    let others = (members.len() - 1) as f64;
    let expected = play.timing.answers_back + (1.0 - play.timing.answers_back) / others;
    assert!((answers - expected).abs() < 0.04, "{answers} for {expected}");
}

#[test]
fn while_nobody_looks_in_the_room_lives_on_in_its_step() {
    let mut scene = quiet();
    scene.floor.mode = FloorMode::Round; // over
    let mut play = play(&scene);
    let played: Vec<_> = play.parts.keys().copied().chain([play.lead]).collect();
    scene.seats.retain(|seat| played.contains(&seat.participant));
    let first = |play: &mut Play, scene: &RoomScene| deeds(play, scene, 0, 10 * SECOND).swap_remove(0).1;
    assert_eq!(
        first(&mut play, &scene),
        Deed::Act(
            play.lead,
            Action::StartRound {
                order: protocol::wire::RoundOrder::Seats
            }
        )
    );
    somebody_leads_too(&mut scene);
    let mut play = self::play(&scene);
    assert_eq!(first(&mut play, &scene), Deed::Act(play.lead, Action::NextStep));
}
