//! Pronouns and a few words about oneself: said by the person alone, read by whom they choose, never needed.

use protocol::wire::*;
use protocol::{ParticipantId, Private};
use room::Input;
use room::limits::{MAX_ABOUT_CHARS, MAX_PRONOUNS_CHARS};

use crate::common::a_couples;
use crate::common::scene::*;

fn says(pronouns: &str, about: &str, shown: bool) -> Action {
    Action::DescribeMyself {
        pronouns: Some(Private::from(pronouns)),
        about: Some(Private::from(about)),
        shown,
    }
}
fn nothing() -> Action {
    Action::DescribeMyself {
        pronouns: None,
        about: None,
        shown: true,
    }
}
/// What the reader's page has beside somebody's seat.
fn beside_the_seat(scene: &Scene, reader: ParticipantId, of: ParticipantId) -> Option<Described> {
    let RoomView::Room(room) = scene.room.view(scene.room.audience_of(reader)) else {
        panic!("{reader} sees the door")
    };
    room.seats.into_iter().find(|seat| seat.participant == of)?.described
}
fn encoded(scene: &Scene, who: ParticipantId) -> String {
    let view = scene.room.view(scene.room.audience_of(who));
    serde_json::to_string(&(scene.room.state().seq_for(who), view, scene.mine(who))).unwrap()
}

#[test]
fn everybody_in_the_circle_reads_it_or_those_who_lead_alone() {
    let mut scene = Scene::at_step("opening");
    assert!(scene.mine(ANA).can.contains(&Can::DescribeMyself) && scene.mine(FAY).can.contains(&Can::DescribeMyself));
    assert_eq!(beside_the_seat(&scene, BEN, ANA), None, "nobody is asked for it");
    scene.does(ANA, says(" she/her ", "new here", true));
    let read = beside_the_seat(&scene, BEN, ANA).unwrap();
    assert_eq!(
        (read.pronouns.unwrap().expose().as_str(), read.shown),
        ("she/her", true)
    );
    scene.does(ANA, says("she/her", "new here", false));
    assert_eq!(beside_the_seat(&scene, BEN, ANA), None);
    assert!(beside_the_seat(&scene, FAY, ANA).is_some());
    scene.does(ANA, nothing());
    assert_eq!(beside_the_seat(&scene, FAY, ANA), None);
    assert!(scene.room.state().described.is_empty());
}

#[test]
fn what_is_said_to_those_who_lead_or_at_the_door_changes_nobody_elses_page() {
    let mut scene = Scene::at_step("opening");
    let before = encoded(&scene, BEN);
    scene.does(ANA, says("she/her", "I am pregnant", false));
    assert_eq!(encoded(&scene, BEN), before);
    let mut couple = Scene::with(a_couples);
    couple.comes(FAY).comes(ANA).comes(BEN);
    let before = encoded(&couple, BEN);
    couple.does(ANA, says("she/her", "I am pregnant", true));
    assert_eq!(encoded(&couple, BEN), before);
    let waiting = couple.staff().waiting;
    let row = waiting.iter().find(|person| person.participant == ANA).unwrap();
    assert!(row.described.is_some(), "those who lead read it before they say a name");
}

#[test]
fn pronouns_are_letters_and_few_and_a_description_is_short_and_plain() {
    let scene = Scene::at_step("opening");
    for good in ["she/her", "él", "they / them, sie", "ze·hir", "Sie’s", "彼女", "उसे"] {
        assert_eq!(scene.answer(ANA, says(good, "", true)), Ok(()), "{good}");
    }
    for bad in [
        "(facilitator)",
        "a\u{202E}b",
        "she\nher",
        "she 2",
        "<b>",
        &"a".repeat(MAX_PRONOUNS_CHARS + 1),
    ] {
        assert_eq!(scene.refusal(ANA, says(bad, "", true)), RefusalCode::BadText, "{bad:?}");
    }
    for bad in ["a\u{202E}b", &"a".repeat(MAX_ABOUT_CHARS + 1)] {
        assert_eq!(scene.refusal(ANA, says("", bad, true)), RefusalCode::BadText, "{bad:?}");
    }
    assert_eq!(scene.refusal(ANA, nothing()), RefusalCode::AlreadySo);
}

#[test]
fn it_stays_from_session_to_session_and_goes_with_the_person() {
    let mut scene = Scene::at_step("opening");
    scene
        .does(ANA, says("she/her", "new here", true))
        .does(FAY, Action::EndSession);
    assert!(beside_the_seat(&scene, FAY, ANA).is_some());
    let (participant, by) = (ANA, Some(FAY));
    for event in &scene.journal {
        let mut left = room::erasure::emptied(event, ANA).unwrap_or_else(|| event.clone());
        assert!(
            left.sealed_fields_mut()
                .all(|text| text.person() != ANA || text.is_emptied())
        );
    }
    scene.input(&Input::Erase { participant, by }).unwrap();
    assert!(scene.room.state().described.is_empty());
}
