//! Open, queue and chair: who asked, in which order, and how the next turn begins.

use protocol::pack::{Advance, QueueOrder};
use protocol::wire::*;
use protocol::{ParticipantId, Private, RequestId};
use room::event::EndReason;

use crate::common::scene::*;

fn order(order: QueueOrder) -> Action {
    Action::SetFloor {
        mode: None,
        order: Some(order),
        advance: None,
        ending: None,
        turn_seconds: None,
    }
}
fn by_chair() -> Action {
    Action::SetFloor {
        mode: None,
        order: None,
        advance: Some(Advance::Chair),
        ending: None,
        turn_seconds: None,
    }
}
fn request(scene: &Scene, who: ParticipantId) -> RequestId {
    scene.main().floor.queue.of(who).unwrap().id
}

#[test]
fn in_the_open_anyone_may_speak_and_a_raised_hand_moves_nothing() {
    let mut scene = Scene::at_step("opening");
    scene.asks(ANA);
    assert_eq!(scene.holder(), None);
    assert_eq!((scene.may_speak(ANA), scene.may_speak(BEN)), (Ok(()), Ok(())));
    assert_eq!(scene.line(), [ANA]);
}

#[test]
fn in_the_open_a_facilitator_may_grant_an_uninterrupted_turn() {
    let mut scene = Scene::at_step("opening");
    scene.asks(BEN);
    let request = request(&scene, BEN);
    scene.does(FAY, Action::Grant { request });
    assert_eq!(scene.may_speak(BEN), Ok(()));
    assert_eq!(scene.may_speak(ANA), Err(RefusalCode::NotYourTurn));
    scene.does(BEN, Action::Release);
    assert_eq!(scene.may_speak(ANA), Ok(()));
}

#[test]
fn in_a_queue_one_asks_waits_and_speaks_by_arrival() {
    let mut scene = Scene::at_step("focus");
    scene.asks(CLEO).asks(ANA).asks(BEN);
    assert_eq!((scene.holder(), scene.line()), (Some(CLEO), vec![ANA, BEN]));
    assert_eq!((scene.mine(ANA).place, scene.mine(BEN).place), (Some(1), Some(2)));
    scene.does(CLEO, Action::Release);
    assert_eq!(scene.holder(), Some(ANA));
}

#[test]
fn one_request_at_a_time_and_none_while_speaking() {
    let mut scene = Scene::at_step("focus");
    scene.asks(ANA).asks(BEN);
    assert_eq!(scene.refusal(ANA, ask()), RefusalCode::AlreadySo);
    assert_eq!(scene.refusal(BEN, ask()), RefusalCode::AlreadyAsked);
    assert_eq!(scene.refusal(OBI, ask()), RefusalCode::NotAdmitted);
}

#[test]
fn least_heard_first_lets_whoever_spoke_least_go_first() {
    let mut scene = Scene::at_step("focus");
    scene.does(FAY, order(QueueOrder::LeastHeard));
    scene.asks(ANA).wait(60).does(ANA, Action::Release);
    scene.asks(BEN).wait(20).does(BEN, Action::Release);
    scene.calls(FAY).asks(ANA).asks(BEN).asks(CLEO);
    assert_eq!(scene.line(), [CLEO, BEN, ANA]);
    scene.does(FAY, Action::Release);
    assert_eq!(scene.holder(), Some(CLEO));
}

#[test]
fn among_equally_heard_people_arrival_decides() {
    let mut scene = Scene::at_step("focus");
    scene.does(FAY, order(QueueOrder::LeastHeard)).calls(FAY);
    scene.asks(CLEO).asks(BEN).asks(ANA);
    assert_eq!(scene.line(), [CLEO, BEN, ANA]);
}

#[test]
fn a_hand_made_order_holds_and_newcomers_join_behind_it() {
    let mut scene = Scene::at_step("focus");
    scene.calls(FAY).asks(ANA).asks(BEN).asks(CLEO);
    let requests = vec![request(&scene, CLEO), request(&scene, BEN)];
    scene.does(FAY, Action::OrderQueue { requests });
    assert_eq!(scene.line(), [CLEO, BEN, ANA]);
    scene.admit(DAN).asks(DAN);
    assert_eq!(scene.line(), [CLEO, BEN, ANA, DAN]);
}

#[test]
fn who_is_not_named_in_a_hand_made_order_keeps_the_order_that_was_seen() {
    let mut scene = Scene::at_step("focus");
    scene.does(FAY, order(QueueOrder::LeastHeard));
    scene.asks(ANA).wait(60).does(ANA, Action::Release);
    scene.calls(FAY).asks(ANA).asks(BEN).asks(CLEO);
    assert_eq!(scene.line(), [BEN, CLEO, ANA]);
    let requests = vec![request(&scene, CLEO)];
    scene.does(FAY, Action::OrderQueue { requests });
    assert_eq!(
        scene.line(),
        [CLEO, BEN, ANA],
        "and not Ana before Ben, as they had asked"
    );
}

#[test]
fn an_order_names_each_request_once_and_only_what_waits() {
    let mut scene = Scene::at_step("focus");
    scene.calls(FAY).asks(ANA);
    let known = request(&scene, ANA);
    for requests in [vec![], vec![known, known], vec![RequestId(99)]] {
        let refusal = scene.refusal(FAY, Action::OrderQueue { requests });
        assert_eq!(refusal, RefusalCode::UnknownRequest);
    }
}

#[test]
fn a_queue_in_the_chairs_hands_moves_only_when_told() {
    let mut scene = Scene::at_step("focus");
    scene.does(FAY, by_chair()).asks(ANA).asks(BEN);
    assert_eq!((scene.holder(), scene.seen().floor.next), (None, Some(ANA)));
    scene.does(FAY, Action::GoOn);
    assert_eq!((scene.holder(), scene.seen().floor.next), (Some(ANA), Some(BEN)));
    scene.does(ANA, Action::Release);
    assert_eq!(scene.holder(), None);
}

#[test]
fn in_the_chairs_mode_every_turn_is_granted() {
    let mut scene = Scene::at_step("work");
    scene.asks(ANA).asks(BEN);
    assert_eq!(scene.holder(), None);
    let ben = request(&scene, BEN);
    scene.does(FAY, Action::Grant { request: ben });
    assert_eq!((scene.holder(), scene.line()), (Some(BEN), vec![ANA]));
    scene.does(BEN, Action::Release);
    assert_eq!(scene.holder(), None);
    scene.does(FAY, Action::GoOn).does(FAY, Action::GoOn);
    assert_eq!(scene.refusal(FAY, Action::GoOn), RefusalCode::NobodyNext);
}

#[test]
fn calling_somebody_who_asked_answers_the_request() {
    let mut scene = Scene::at_step("work");
    scene.asks(ANA).calls(ANA);
    assert!(scene.line().is_empty());
    assert_eq!(scene.mine(ANA).request.unwrap().status, RequestStatus::Granted);
    scene.does(ANA, Action::Release);
    assert_eq!(scene.mine(ANA).request.unwrap().status, RequestStatus::Released);
}

#[test]
fn calling_ends_the_running_turn_with_a_reason() {
    let mut scene = Scene::at_step_called("work", ANA);
    scene.calls(BEN);
    assert_eq!((scene.ended(), scene.holder()), (Some(EndReason::MovedOn), Some(BEN)));
    let participant = BEN;
    assert_eq!(scene.refusal(FAY, Action::Call { participant }), RefusalCode::AlreadySo);
}

#[test]
fn the_floor_is_never_given_to_who_listens_waits_or_is_away() {
    let mut scene = Scene::at_step("work");
    scene.admit(OBI).comes(DAN).asks(CLEO).drops(CLEO);
    let called = |participant| scene.refusal(FAY, Action::Call { participant });
    assert_eq!(called(OBI), RefusalCode::ObserversListen);
    assert_eq!(called(DAN), RefusalCode::UnknownParticipant);
    assert_eq!(called(FINN), RefusalCode::UnknownParticipant);
    assert_eq!(called(CLEO), RefusalCode::Away);
    let request = request(&scene, CLEO);
    assert_eq!(scene.refusal(FAY, Action::Grant { request }), RefusalCode::Away);
    assert_eq!(scene.refusal(FAY, Action::GoOn), RefusalCode::NobodyNext);
    assert_eq!(scene.refusal(OBI, ask()), RefusalCode::ObserversListen);
}

#[test]
fn a_request_can_be_taken_back_passed_or_denied() {
    let mut scene = Scene::at_step("work");
    scene.asks(ANA).asks(BEN).asks(CLEO);
    let request = request(&scene, CLEO);
    scene.does(ANA, Action::CancelRequest).does(BEN, Action::Pass);
    scene.does(FAY, Action::Deny { request });
    let status = |who| scene.mine(who).request.unwrap().status;
    assert_eq!(status(ANA), RequestStatus::Cancelled);
    assert_eq!(status(BEN), RequestStatus::Cancelled);
    assert_eq!(status(CLEO), RequestStatus::Denied);
    assert!(scene.line().is_empty());
    assert_eq!(
        scene.refusal(FAY, Action::Deny { request }),
        RefusalCode::UnknownRequest
    );
    scene.asks(CLEO);
    assert_eq!(scene.mine(CLEO).request.unwrap().status, RequestStatus::Accepted);
}

#[test]
fn a_note_is_two_spoken_sentences_of_plain_text() {
    let scene = Scene::at_step("work");
    let asks = |note: String| {
        let (kind, note) = (RequestKind::Share, Some(Private(note)));
        scene.answer(ANA, Action::Ask { kind, note })
    };
    assert_eq!(asks("é".repeat(280)), Ok(()));
    assert_eq!(asks("Zwei Zeilen\nمرحبا 👩‍👩‍👧".into()), Ok(()));
    for bad in [
        "é".repeat(281),
        " \n ".into(),
        "\u{202E}gnp.exe".into(),
        "bell\u{7}".into(),
    ] {
        assert_eq!(asks(bad), Err(RefusalCode::BadText));
    }
}

#[test]
fn before_a_session_nobody_asks_and_nobody_is_called() {
    let mut scene = Scene::new();
    scene.comes(FAY).admit(ANA);
    assert_eq!(scene.refusal(ANA, ask()), RefusalCode::NoSession);
    assert_eq!(scene.refusal(FAY, Action::GoOn), RefusalCode::NoSession);
    let participant = ANA;
    assert_eq!(scene.refusal(FAY, Action::Call { participant }), RefusalCode::NoSession);
    assert_eq!(scene.refusal(FAY, by_chair()), RefusalCode::NoSession);
}
