//! The play's rules, told on scenes of the wire's own fixtures.

use protocol::pack::FloorMode;

use super::handing_on::SAYS_BACK;
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
    nothing_beside_the_floor(&mut scene);
    scene
}

/// All is agreed and taken, and nothing is offered.
fn nothing_beside_the_floor(scene: &mut RoomScene) {
    scene.agreements = None;
    scene.roles.clear();
    if let Some(staff) = &mut scene.staff {
        staff.offer = None;
    }
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

/// Two members speak by turns; the first has the floor.
fn a_pair() -> (RoomScene, [ParticipantId; 2]) {
    let mut scene = scene();
    scene.seats.iter_mut().for_each(|seat| seat.present = true);
    scene.floor.mode = FloorMode::Pair;
    scene.floor.next = None;
    scene.floor.round_running = false;
    scene.floor.line.clear();
    nothing_beside_the_floor(&mut scene);
    let members = people(&scene, Role::Member);
    let (speaker, listener) = (members[0], members[1]);
    scene.floor.turn.as_mut().unwrap().holders = vec![speaker];
    scene.floor.pair = Some(protocol::wire::PairView {
        speaker,
        listener,
        saying_back: false,
    });
    (scene, [speaker, listener])
}

/// The first action of this kind, if the room does not change until then: when, whose, what.
fn first_act(
    play: &mut Play,
    scene: &RoomScene,
    from: u64,
    fits: impl Fn(&Action) -> bool,
) -> Option<(u64, ParticipantId, Action)> {
    let mut now = from;
    while now < from + 300 * SECOND {
        match play.next(now, scene) {
            Next::Do(Deed::Act(who, action)) if fits(&action) => return Some((now, who, action)),
            Next::Do(_) => {}
            Next::WaitUntil(at) => now = at.max(now + 1),
        }
    }
    None
}

#[test]
fn of_two_the_speaker_stops_lets_the_other_say_back_and_then_confirms_or_says_it_once_again() {
    let (scene, [speaker, _]) = a_pair();
    let on = |action: &Action| matches!(action, Action::Release | Action::Confirm | Action::SayAgain);
    let mut again = 0;
    for seed in 0..200 {
        let mut play = play(&scene);
        play.chance = Chance::new(seed);
        let stops = first_act(&mut play, &scene, 0, on).expect("the speaker stops");
        assert_eq!((stops.1, stops.2), (speaker, Action::Release), "seed {seed}");

        let mut play = self::play(&scene);
        play.chance = Chance::new(seed);
        play.next(0, &scene);
        let mut back = scene.clone();
        back.floor.pair.as_mut().unwrap().saying_back = true;
        let (at, who, what) = first_act(&mut play, &back, SECOND, on).expect("an answer");
        assert_eq!(who, speaker);
        assert!(
            (SAYS_BACK.0..=SAYS_BACK.1 + 2 * SECOND).contains(&at),
            "seed {seed}: {at}"
        );
        if what == Action::SayAgain {
            again += 1;
            let said = first_act(&mut play, &back, at, on);
            assert_eq!(said.map(|(_, _, what)| what), Some(Action::Confirm), "once in a turn");
        }
    }
    assert!((20..=60).contains(&again), "{again} of 200");
}

#[test]
fn two_who_had_their_turns_are_stopped_after_one_of_them_and_not_in_it() {
    let (mut scene, _) = a_pair();
    somebody_leads_too(&mut scene);
    let mut play = play(&scene);
    play.next(0, &scene);
    play.turns_in_step = 99;
    let lead = play.lead;
    let leads = |deeds: Vec<(u64, Deed)>| {
        let mut deeds = deeds.into_iter();
        deeds.find_map(|(_, deed)| matches!(&deed, Deed::Act(who, _) if *who == lead).then_some(deed))
    };
    let stops = leads(deeds(&mut play, &scene, 1, 10 * SECOND));
    let advance = Some(protocol::pack::Advance::Chair);
    assert!(
        matches!(stops, Some(Deed::Act(_, Action::SetFloor { mode: None, advance: a, .. })) if a == advance),
        "{stops:?}"
    );
    scene.floor.advance = protocol::pack::Advance::Chair;
    let Some(Deed::Act(_, set)) = stops else {
        panic!("she acts")
    };
    play.ours.extend([set, Action::Confirm]);
    scene.floor.turn = None;
    scene.floor.next = Some(people(&scene, Role::Member)[1]);
    let goes_on = leads(deeds(&mut play, &scene, 11 * SECOND, 30 * SECOND));
    assert_eq!(goes_on, Some(Deed::Act(lead, Action::NextStep)));
}

#[test]
fn nobody_speaks_to_an_empty_place_where_only_two_talk() {
    let (mut scene, [speaker, listener]) = a_pair();
    let talks = |seat: &SeatView| seat.role != Role::Member || [speaker, listener].contains(&seat.participant);
    scene.seats.retain(talks);
    somebody_leads_too(&mut scene);
    for seed in 0..50 {
        let mut play = play(&scene);
        play.chance = Chance::new(seed);
        let all = deeds(&mut play, &scene, 0, 300 * SECOND);
        assert!(
            !all.iter().any(|(_, deed)| *deed == Deed::HangUp(listener)),
            "seed {seed}"
        );
    }
}

/// Somebody has the stick; everybody is there.
fn a_stick() -> (RoomScene, Vec<ParticipantId>) {
    let (mut scene, _) = a_pair();
    scene.floor.mode = FloorMode::Stick;
    scene.floor.pair = None;
    let members = people(&scene, Role::Member);
    (scene, members)
}

fn offered(scene: &RoomScene, to: Option<ParticipantId>, declined: &[ParticipantId]) -> RoomScene {
    let mut scene = scene.clone();
    let from = scene.floor.turn.as_ref().unwrap().holders[0];
    scene.staff.as_mut().unwrap().offer = Some(protocol::wire::OfferView {
        from,
        to,
        declined: declined.to_vec(),
    });
    scene
}

#[test]
fn the_stick_is_offered_by_name_and_mostly_taken_and_who_declined_is_not_asked_again() {
    let (scene, members) = a_stick();
    let on = |action: &Action| {
        matches!(
            action,
            Action::Offer { .. } | Action::Release | Action::Accept | Action::Decline
        )
    };
    let (mut offers, mut declined) = (0, 0);
    for seed in 0..200 {
        let mut play = play(&scene);
        play.chance = Chance::new(seed);
        let (at, who, what) = first_act(&mut play, &scene, 0, on).expect("the turn goes on");
        assert_eq!(who, members[0]);
        offers += usize::from(matches!(what, Action::Offer { participant } if members[1..].contains(&participant)));

        let asked = offered(&scene, Some(members[1]), &[]);
        let (at, who, what) = first_act(&mut play, &asked, at, on).expect("an answer");
        assert_eq!(who, members[1]);
        if what == Action::Decline {
            declined += 1;
            let no = offered(&scene, None, &[members[1]]);
            let (_, who, what) = first_act(&mut play, &no, at, on).expect("it goes on");
            assert_eq!(who, members[0]);
            assert_ne!(
                what,
                Action::Offer {
                    participant: members[1]
                }
            );
            let no = offered(&scene, None, &members[1..3]);
            let laid = first_act(&mut play, &no, at + 60 * SECOND, on);
            assert_eq!(
                laid.map(|(_, _, what)| what),
                Some(Action::Release),
                "laid in the middle"
            );
        } else {
            assert_eq!(what, Action::Accept);
        }
    }
    assert!((150..200).contains(&offers), "{offers} of 200");
    assert!((25..=75).contains(&declined), "{declined} of 200");
}

#[test]
fn an_offer_that_an_empty_screen_does_not_answer_is_taken_back_and_not_made_again() {
    let (mut scene, members) = a_stick();
    let newcomer = ParticipantId::from_bits(0xdef);
    let mut seat = scene.seats[1].clone();
    seat.participant = newcomer;
    scene.seats.push(seat);
    let mut play = play(&scene);
    play.parts.remove(&newcomer);
    play.next(0, &scene);
    play.planned.clear();
    let asked = offered(&scene, Some(newcomer), &[]);
    let acts = |action: &Action| matches!(action, Action::WithdrawOffer | Action::Accept | Action::Decline);
    let (_, who, what) = first_act(&mut play, &asked, SECOND, acts).expect("taken back");
    assert_eq!((who, what), (members[0], Action::WithdrawOffer));
    let free = offered(&scene, None, &[]);
    for from in 0..100 {
        play.planned.clear();
        let all = deeds(&mut play, &free, (200 + from * 20) * SECOND, (215 + from * 20) * SECOND);
        let offer = Action::Offer { participant: newcomer };
        assert!(
            !all.iter()
                .any(|(_, deed)| *deed == Deed::Act(members[0], offer.clone()))
        );
    }
}

#[test]
fn agreements_are_ticked_once_by_each_and_a_role_is_taken_only_while_it_is_free() {
    let mut scene = scene();
    scene.seats.iter_mut().for_each(|seat| seat.present = true);
    somebody_leads_too(&mut scene); // nobody ticks for an empty room
    let mut play = play(&scene);
    let all = deeds(&mut play, &scene, 0, 90 * SECOND);
    let ticks = |who: ParticipantId| {
        all.iter()
            .filter(|(_, deed)| *deed == Deed::Act(who, Action::Agree))
            .count()
    };
    let everybody = people(&scene, Role::Member).into_iter().chain([play.lead]);
    for who in everybody {
        assert_eq!(ticks(who), 1);
    }
    let roles = |deeds: &[(u64, Deed)]| {
        deeds
            .iter()
            .any(|(_, deed)| matches!(deed, Deed::Act(_, Action::TakeRole { .. })))
    };
    assert!(roles(&all));
    for role in &mut scene.roles {
        role.participant = role.participant.or(Some(play.lead));
    }
    assert!(!roles(&deeds(&mut play, &scene, 90 * SECOND, 180 * SECOND)));
    scene.course.session += 1;
    let next = deeds(&mut play, &scene, 180 * SECOND, 270 * SECOND);
    assert!(
        next.iter().any(|(_, deed)| matches!(deed, Deed::Act(_, Action::Agree))),
        "anew in every session"
    );
}
