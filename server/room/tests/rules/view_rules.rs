//! What people see: whole for one audience or one person, and nothing that belongs to another.

use protocol::wire::*;
use protocol::{CircleId, ParticipantId, Private};
use room::{Audience, SignalScope};

use crate::common::scene::*;

fn text(view: &impl serde::Serialize) -> String {
    serde_json::to_string(view).unwrap()
}
fn asks_with_note(scene: &mut Scene, who: ParticipantId, note: &str) {
    let (kind, note) = (RequestKind::Share, Some(Private::from(note)));
    scene.does(who, Action::Ask { kind, note });
}

#[test]
fn between_two_sessions_the_note_of_the_last_one_is_still_there() {
    let mut scene = Scene::at_step("opening");
    scene.does(FAY, Action::EndSession);
    let shown = |scene: &Scene, session| {
        let note = NoteRef::Session { session };
        scene.seen().notes.iter().any(|view| view.note == note)
    };
    assert!(shown(&scene, 1) && !shown(&scene, 2));
    scene.does(FAY, Action::StartSession);
    assert!(shown(&scene, 2) && !shown(&scene, 1));
}

#[test]
fn a_requests_note_is_for_facilitators_and_the_asker() {
    let mut scene = Scene::at_step("work");
    asks_with_note(&mut scene, ANA, "about my sister");
    assert!(text(&scene.staff()).contains("about my sister"));
    assert!(text(&scene.mine(ANA)).contains("about my sister"));
    assert!(!text(&scene.seen()).contains("about my sister"));
    assert!(!text(&scene.mine(BEN)).contains("about my sister"));
}

#[test]
fn a_denial_is_for_facilitators_and_the_asker() {
    let mut scene = Scene::at_step("work");
    let untouched = (scene.seen(), scene.mine(BEN));
    scene.asks(ANA);
    let request = scene.mine(ANA).request.unwrap().request;
    scene.does(FAY, Action::Deny { request });
    assert_eq!(scene.mine(ANA).request.unwrap().status, RequestStatus::Denied);
    assert_eq!(scene.staff().requests[0].status, RequestStatus::Denied);
    assert_eq!((scene.seen(), scene.mine(BEN)), untouched, "to Ben it never happened");
}

#[test]
fn the_wish_for_more_time_is_shown_to_facilitators_and_goes_with_the_extension() {
    let mut scene = Scene::at_step_called("focus", ANA);
    scene.does(ANA, Action::NeedMoreTime);
    let leaders = || match scene.room.view(Audience::Leaders(CircleId::MAIN)) {
        RoomView::Room(scene) => scene.floor.turn.unwrap().wants_more,
        RoomView::Waiting(_) => false,
    };
    assert!(leaders());
    assert!(!scene.turn().wants_more);
    assert!(scene.mine(ANA).asked_for_more, "the holder reads that it was asked");
    assert!(!scene.mine(BEN).asked_for_more);
    assert_eq!(scene.refusal(ANA, Action::NeedMoreTime), RefusalCode::AlreadySo);
    assert_eq!(scene.refusal(BEN, Action::NeedMoreTime), RefusalCode::NotYourTurn);
}

#[test]
fn whoever_only_listens_reads_notes_and_everybody_else_who_is_in_writes_them() {
    let mut scene = Scene::at_step("work");
    scene.admit(OBI);
    assert!(scene.mine(FAY).writes_notes);
    assert!(scene.mine(ANA).writes_notes);
    assert!(!scene.mine(OBI).writes_notes);
}

#[test]
fn participation_is_for_facilitators_only_and_is_time_on_the_floor() {
    let mut scene = Scene::at_step("focus");
    scene
        .asks(ANA)
        .wait(30)
        .does(BEN, Action::Pause)
        .wait(60)
        .does(ANA, Action::Release);
    assert_eq!(scene.seen().staff, None);
    let rows = scene.staff().participation;
    let ana = rows.iter().find(|row| row.participant == ANA).unwrap();
    assert_eq!((ana.floor_ms, ana.turns), (30_000, 1), "a pause is nobody's floor time");
    assert_eq!(ana.last_heard, Some(Scene::second(90)));
    let ben = rows.iter().find(|row| row.participant == BEN).unwrap();
    assert_eq!((ben.floor_ms, ben.turns, ben.last_heard), (0, 0, None));
}

#[test]
fn participation_tells_turns_between_members_from_turns_with_a_facilitator() {
    let mut scene = Scene::at_step("work");
    for who in [ANA, BEN, FAY, CLEO, ANA] {
        scene.calls(who).does(who, Action::Release);
    }
    scene.calls(BEN).does(BEN, Action::Pass);
    let exchange = scene.staff().exchange;
    assert_eq!((exchange.member_to_member, exchange.with_facilitator), (2, 2));
}

#[test]
fn who_waits_sees_whether_somebody_can_let_them_in_and_nothing_else() {
    let mut scene = Scene::at_step("focus");
    scene.comes(DAN);
    assert_eq!(scene.room.audience_of(DAN), Audience::Waiting);
    let door = |facilitator_present| {
        RoomView::Waiting(WaitingView {
            facilitator_present,
            seen_alone_first: false,
        })
    };
    assert_eq!(scene.room.view(Audience::Waiting), door(true));
    scene.drops(FAY);
    assert_eq!(scene.room.view(Audience::Waiting), door(false));
    let mine = scene.mine(DAN);
    assert_eq!(
        mine.can,
        [Can::CheckIn, Can::SayAtDoor, Can::DescribeMyself].into(),
        "a private question, where the pack has one, and a word with those who lead"
    );
    assert_eq!((mine.place, mine.request), (None, None));
}

#[test]
fn who_was_taken_out_sees_the_door_and_loses_sight_of_their_request() {
    let mut scene = Scene::at_step("work");
    asks_with_note(&mut scene, ANA, "about my sister");
    let participant = ANA;
    scene.does(FAY, Action::Remove { participant });
    assert_eq!(scene.room.audience_of(ANA), Audience::Waiting);
    assert_eq!(scene.mine(ANA).request, None);
    assert!(!text(&scene.seen()).contains(&ANA.to_string()));
}

#[test]
fn an_acting_deputy_sees_the_facilitators_pane_for_as_long() {
    let mut scene = Scene::at_step("work");
    let participant = Some(OBI);
    scene.admit(OBI).does(FAY, Action::NameDeputy { participant });
    assert_eq!(scene.room.audience_of(OBI), Audience::Circle(CircleId::MAIN));
    scene.drops(FAY);
    assert_eq!(scene.room.audience_of(OBI), Audience::Leaders(CircleId::MAIN));
    assert!(
        scene
            .seen()
            .seats
            .iter()
            .any(|seat| seat.participant == OBI && seat.acting)
    );
    scene.comes(FAY);
    assert_eq!(scene.room.audience_of(OBI), Audience::Circle(CircleId::MAIN));
}

#[test]
fn seats_are_in_circle_order_for_everybody_and_show_whose_line_is_down() {
    let mut scene = Scene::at_step("focus");
    scene.drops(BEN).admit(OBI).asks(ANA).asks(CLEO);
    let seats: Vec<_> = scene
        .seen()
        .seats
        .into_iter()
        .map(|seat| (seat.participant, seat.present, seat.state))
        .collect();
    let quiet = SeatState::Quiet;
    let expected = [
        (FAY, true, quiet),
        (ANA, true, SeatState::Floor),
        (BEN, false, quiet),
        (CLEO, true, SeatState::Next),
        (OBI, true, quiet),
    ];
    assert_eq!(seats, expected);
}

#[test]
fn a_waiting_person_who_gave_up_is_not_shown_at_the_door() {
    let mut scene = Scene::at_step("focus");
    scene.comes(DAN).drops(DAN);
    assert!(scene.staff().waiting.is_empty());
    assert!(!scene.mine(FAY).can.contains(&Can::Admit));
}

#[test]
fn a_locked_note_is_read_only_for_members() {
    let mut scene = Scene::at_step("focus");
    let (note, locked) = (NoteRef::Course, true);
    scene.does(FAY, Action::LockNote { note, locked });
    let course = |notes: Vec<NoteView>| notes.into_iter().find(|n| n.note == note).unwrap();
    let members = course(scene.seen().notes);
    assert!(members.locked && !members.writable);
    let facilitators = NoteRef::Facilitators { session: 1 };
    assert!(scene.seen().notes.iter().all(|n| n.note != facilitators));
    let refusal = scene.refusal(ANA, Action::TakeBackNote { note: facilitators });
    assert_eq!(
        refusal,
        RefusalCode::UnknownNote,
        "members do not learn that there is one"
    );
    scene.does(ANA, Action::TakeBackNote { note });
    assert_eq!(scene.effects, [room::Effect::TakeBackNote { participant: ANA, note }]);
}

#[test]
fn a_sign_for_facilitators_stays_with_them() {
    let mut scene = Scene::at_step("focus");
    scene.admit(OBI).comes(DAN);
    let signal = |who, kind| scene.room.signal(who, kind).map_err(|refusal| refusal.code);
    assert_eq!(signal(ANA, SignalKind::MeToo), Ok(SignalScope::Circle(CircleId::MAIN)));
    assert_eq!(signal(ANA, SignalKind::Slower), Ok(SignalScope::Leaders));
    assert_eq!(signal(ANA, SignalKind::NeedBreak), Ok(SignalScope::Leaders));
    assert_eq!(signal(OBI, SignalKind::MeToo), Err(RefusalCode::ObserversListen));
    assert_eq!(signal(DAN, SignalKind::NeedBreak), Err(RefusalCode::NotAdmitted));
}

#[test]
fn an_erased_person_has_no_name_and_no_words_in_any_view() {
    let mut scene = Scene::at_step("mood-round");
    scene.does(FAY, Action::GoOn).does(ANA, writes("my words"));
    scene.go_to("work");
    asks_with_note(&mut scene, ANA, "my note");
    scene
        .does(
            FAY,
            Action::StartRound {
                order: RoundOrder::Seats,
            },
        )
        .does(ANA, writes("my last words"));
    let before = text(scene.room.state());
    let mut erased = scene.clone();
    let fields = erased.room.sealed_fields_mut();
    fields
        .filter(|field| field.person() == ANA)
        .for_each(|field| field.shut());
    assert_eq!(text(erased.room.state()), before, "what was written stays as it was");
    let views = text(&erased.seen()) + &text(&erased.staff()) + &text(&erased.mine(ANA));
    for gone in ["my last words", "my note", "name of 10\""] {
        assert!(!views.contains(gone), "{gone}");
    }
    let seat = erased
        .seen()
        .seats
        .into_iter()
        .find(|seat| seat.participant == ANA)
        .unwrap();
    assert_eq!(seat.name, None);
    assert_eq!(erased.seen().floor.written[0].text, None);
    assert!(text(&scene.seen()).contains("my last words"));
}
