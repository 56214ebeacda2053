//! Rounds: everybody present once, in circle order.

use protocol::pack::FloorMode;
use protocol::wire::*;
use room::event::{EndReason, What};

use crate::common::scene::*;

fn mode(mode: FloorMode) -> Action {
    Action::SetFloor {
        mode: Some(mode),
        order: None,
        advance: None,
        ending: None,
        turn_seconds: None,
    }
}

/// A round that Fay began: Ana has the floor, Ben and Cleo are to come.
fn round() -> Scene {
    let mut scene = Scene::at_step("mood-round");
    scene.does(FAY, Action::GoOn);
    scene
}
fn seat(scene: &Scene, who: protocol::ParticipantId) -> SeatState {
    let seats = scene.seen().seats;
    seats.into_iter().find(|seat| seat.participant == who).unwrap().state
}

#[test]
fn a_round_shows_its_order_and_waits_for_the_facilitator_to_begin() {
    let scene = Scene::at_step("mood-round");
    assert_eq!(scene.holder(), None);
    assert_eq!(
        (scene.line(), scene.seen().floor.next),
        (vec![ANA, BEN, CLEO], Some(ANA))
    );
}

#[test]
fn everybody_present_speaks_once_in_circle_order() {
    let mut scene = round();
    for who in [ANA, BEN, CLEO] {
        assert_eq!(scene.holder(), Some(who));
        scene.does(who, Action::Release);
    }
    assert!(scene.kinds().contains(&"round_ended"));
    assert!(!scene.seen().floor.round_running);
}

#[test]
fn who_has_the_floor_is_not_next() {
    let scene = round();
    assert_eq!(scene.seen().floor.next, Some(BEN));
    assert_eq!(
        (seat(&scene, ANA), seat(&scene, BEN)),
        (SeatState::Floor, SeatState::Next)
    );
    assert_eq!(scene.line(), [BEN, CLEO]);
}

#[test]
fn anyone_may_pass_before_or_during_the_turn() {
    let mut scene = round();
    scene.does(BEN, Action::Pass).does(ANA, Action::Pass);
    assert_eq!(scene.holder(), Some(CLEO));
    assert_eq!(
        (seat(&scene, ANA), seat(&scene, BEN)),
        (SeatState::Passed, SeatState::Passed)
    );
    assert_eq!(scene.refusal(BEN, Action::Pass), RefusalCode::AlreadyWent);
}

#[test]
fn who_asks_to_be_come_back_to_is_asked_once_more_at_the_end() {
    let mut scene = round();
    scene.does(ANA, Action::ComeBack).does(CLEO, Action::ComeBack);
    assert_eq!((scene.holder(), scene.line()), (Some(BEN), vec![ANA, CLEO]));
    assert_eq!(seat(&scene, CLEO), SeatState::ComesBack);
    scene.does(BEN, Action::Release);
    assert_eq!(scene.holder(), Some(ANA));
    assert_eq!(scene.refusal(ANA, Action::ComeBack), RefusalCode::AlreadyWent);
    scene.does(ANA, Action::Pass).does(CLEO, Action::Release);
    assert!(!scene.seen().floor.round_running);
}

#[test]
fn a_turn_may_be_taken_in_writing_before_or_during_it() {
    let mut scene = round();
    scene.does(CLEO, writes("heavy")).does(ANA, writes("tired"));
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::Wrote), Some(BEN)));
    let written: Vec<_> = scene.seen().floor.written.into_iter().map(|w| w.participant).collect();
    assert_eq!(written, [CLEO, ANA]);
    assert_eq!(scene.refusal(CLEO, writes("more")), RefusalCode::AlreadyWent);
}

#[test]
fn what_the_last_one_wrote_is_read_by_the_others() {
    let mut scene = round();
    scene
        .does(ANA, Action::Pass)
        .does(BEN, Action::Pass)
        .does(CLEO, writes("at last"));
    assert!(!scene.seen().floor.round_running);
    let written = scene.seen().floor.written;
    assert_eq!(written[0].text.as_ref().unwrap().expose(), "at last");
    scene.does(
        FAY,
        Action::StartRound {
            order: RoundOrder::Seats,
        },
    );
    assert!(
        scene.seen().floor.written.is_empty(),
        "a new round begins on an empty page"
    );
}

#[test]
fn nobody_writes_twice_in_a_round() {
    let mut scene = round();
    scene
        .drops(CLEO)
        .does(ANA, writes("once"))
        .does(BEN, Action::Release)
        .calls(ANA);
    assert_eq!(scene.refusal(ANA, writes("twice")), RefusalCode::AlreadyWent);
}

#[test]
fn a_written_turn_is_what_one_says_in_two_minutes() {
    let scene = round();
    assert_eq!(scene.answer(ANA, writes(&"ü".repeat(2_000))), Ok(()));
    assert_eq!(scene.refusal(ANA, writes(&"ü".repeat(2_001))), RefusalCode::BadText);
    assert_eq!(scene.refusal(ANA, writes("")), RefusalCode::BadText);
}

#[test]
fn a_latecomer_joins_at_the_end() {
    let mut scene = round();
    scene.admit(DAN);
    assert_eq!(scene.line(), [BEN, CLEO, DAN]);
    scene.does(DAN, Action::Pass);
    assert_eq!(scene.line(), [BEN, CLEO]);
}

#[test]
fn someone_away_keeps_the_place_and_is_passed_over_meanwhile() {
    let mut scene = round();
    scene.drops(BEN).does(ANA, Action::Release);
    assert_eq!((scene.holder(), scene.line()), (Some(CLEO), vec![BEN]));
    scene.comes(BEN).does(CLEO, Action::Release);
    assert_eq!(scene.holder(), Some(BEN));
}

#[test]
fn a_round_waits_for_who_is_away_and_goes_on_when_they_are_back() {
    let mut scene = round();
    scene.drops(CLEO).does(ANA, Action::Release).does(BEN, Action::Release);
    assert_eq!((scene.holder(), scene.seen().floor.round_running), (None, true));
    scene.comes(CLEO);
    assert_eq!(scene.holder(), Some(CLEO));
}

#[test]
fn a_round_that_only_waits_for_the_absent_may_begin_anew() {
    let mut scene = round();
    assert_eq!(
        scene.refusal(
            FAY,
            Action::StartRound {
                order: RoundOrder::Seats
            }
        ),
        RefusalCode::AlreadySo
    );
    scene.drops(CLEO).does(ANA, Action::Release).does(BEN, Action::Release);
    assert_eq!(scene.refusal(FAY, Action::GoOn), RefusalCode::NobodyNext);
    scene.does(
        FAY,
        Action::StartRound {
            order: RoundOrder::Seats,
        },
    );
    assert_eq!((scene.holder(), scene.line()), (Some(ANA), vec![BEN, CLEO]));
}

#[test]
fn a_round_with_everybody_away_begins_when_they_are_back_and_the_facilitator_says_so() {
    let mut scene = Scene::at_step("focus");
    scene.drops(ANA).drops(BEN).drops(CLEO).does(
        FAY,
        Action::StartRound {
            order: RoundOrder::Seats,
        },
    );
    assert_eq!((scene.holder(), scene.seen().floor.next), (None, None));
    scene.comes(BEN);
    assert_eq!(scene.seen().floor.next, Some(BEN));
    scene.does(FAY, Action::GoOn);
    assert_eq!((scene.holder(), scene.line()), (Some(BEN), vec![ANA, CLEO]));
}

#[test]
fn nobody_is_called_a_second_time_before_everybody_present_had_a_go() {
    let mut scene = round();
    scene.does(ANA, Action::Release);
    let participant = ANA;
    assert_eq!(
        scene.refusal(FAY, Action::Call { participant }),
        RefusalCode::AlreadyWent
    );
    scene.calls(CLEO).drops(BEN).does(CLEO, Action::Release);
    assert_eq!(
        scene.answer(FAY, Action::Call { participant }),
        Ok(()),
        "Ben is away and keeps the place"
    );
}

#[test]
fn a_second_go_that_a_dropped_line_broke_off_waits_for_who_had_none_yet() {
    // Given: Ana comes back at the end, and her line drops in her second go; Dan comes late.
    let mut scene = round();
    scene
        .does(ANA, Action::ComeBack)
        .does(BEN, Action::Pass)
        .does(CLEO, Action::Pass);
    assert_eq!(scene.holder(), Some(ANA));
    scene.drops(ANA).calls(FAY).admit(DAN).comes(ANA);
    // When the floor is free again, then Dan's first go comes before her second.
    scene.does(FAY, Action::Release);
    assert_eq!((scene.holder(), scene.line()), (Some(DAN), vec![ANA]));
    scene.does(DAN, Action::Release);
    assert_eq!(scene.holder(), Some(ANA));
}

#[test]
fn coming_back_in_is_not_a_second_first_go() {
    let mut scene = round();
    let participant = ANA;
    scene.does(ANA, Action::Release);
    scene.does(FAY, Action::Remove { participant }).drops(ANA).admit(ANA);
    assert_eq!(seat(&scene, ANA), SeatState::Spoke);
    assert_eq!(
        scene.refusal(FAY, Action::Call { participant }),
        RefusalCode::AlreadyWent
    );
    assert_eq!(scene.line(), [CLEO]);
}

#[test]
fn nobody_asks_in_a_round_and_requests_wait_for_the_next_queue() {
    let mut scene = Scene::at_step("opening");
    scene.asks(CLEO).go_to("mood-round");
    assert_eq!(scene.refusal(ANA, ask()), RefusalCode::WrongMode);
    scene.does(FAY, mode(FloorMode::Queue));
    assert_eq!(scene.holder(), Some(CLEO));
}

#[test]
fn a_facilitator_may_begin_a_round_in_any_step() {
    let mut scene = Scene::at_step_called("opening", CLEO);
    scene.does(
        FAY,
        Action::StartRound {
            order: RoundOrder::Seats,
        },
    );
    assert_eq!(
        (scene.ended(), scene.seen().floor.mode),
        (Some(EndReason::MovedOn), FloorMode::Round)
    );
    assert_eq!((scene.holder(), scene.line()), (Some(ANA), vec![BEN, CLEO]));
}

#[test]
fn leaving_the_round_for_another_mode_ends_it() {
    let mut scene = round();
    scene.does(FAY, mode(FloorMode::Open));
    assert!(scene.kinds().contains(&"round_ended"));
    assert_eq!(scene.holder(), Some(ANA), "the running turn goes on");
    assert_eq!(scene.refusal(BEN, Action::ComeBack), RefusalCode::WrongMode);
}

#[test]
fn observers_and_facilitators_are_not_part_of_a_round() {
    let mut scene = Scene::at_step("opening");
    scene.admit(OBI).comes(FINN).go_to("mood-round");
    assert_eq!(scene.line(), [ANA, BEN, CLEO]);
    assert_eq!(scene.refusal(FINN, Action::Pass), RefusalCode::NotInRound);
    assert_eq!(scene.refusal(OBI, Action::Pass), RefusalCode::ObserversListen);
    scene.does(FAY, Action::GoOn).calls(FINN).does(FINN, Action::Release);
    assert_eq!(
        scene.holder(),
        Some(BEN),
        "the round goes on after a facilitator's word"
    );
}

#[test]
fn a_round_goes_in_the_order_that_the_facilitator_made_and_the_unnamed_follow_as_they_sit() {
    let mut scene = Scene::at_step("focus");
    let order = RoundOrder::Hand(vec![CLEO]);
    scene.does(FAY, Action::StartRound { order });
    assert_eq!((scene.holder(), scene.line()), (Some(CLEO), vec![ANA, BEN]));
    let hand = |order: Vec<_>| Action::StartRound {
        order: RoundOrder::Hand(order),
    };
    let free = Scene::at_step("focus");
    assert_eq!(free.refusal(FAY, hand(vec![DAN])), RefusalCode::UnknownParticipant);
    assert_eq!(free.refusal(FAY, hand(vec![ANA, ANA])), RefusalCode::OutOfRange);
}

#[test]
fn a_drawn_order_is_recorded_and_not_drawn_again() {
    let mut scene = Scene::at_step("focus");
    let order = RoundOrder::Drawn;
    scene.does(FAY, Action::StartRound { order });
    let drawn = scene.last.iter().find_map(|what| match what {
        What::RoundStarted { order, drawn, .. } => drawn.then(|| order.clone()),
        _ => None,
    });
    let drawn = drawn.expect("the event says that and what was drawn");
    let (holder, line) = (scene.holder(), scene.line());
    assert_eq!((holder, line.as_slice()), (Some(drawn[0]), &drawn[1..]));
    scene.restarts();
    assert_eq!(scene.line(), line);
}
