//! What is said at the door: who may, who reads it, how much, and when it is out of sight.

use protocol::wire::*;
use protocol::{ParticipantId, Private};
use room::Input;
use room::event::What;
use room::limits::{DOOR_PACE_SECONDS, MAX_DOOR_CHARS, MAX_DOOR_LINES, MAX_DOOR_PACE};

use crate::common::a_couples;
use crate::common::scene::*;

fn says(text: &str) -> Action {
    let text = Private::from(text);
    Action::SayAtDoor { text }
}
fn answers(participant: ParticipantId, text: &str) -> Action {
    let text = Private::from(text);
    Action::AnswerAtDoor { participant, text }
}
/// Fay leads a session, and Dan waits at the door.
fn at_the_door() -> Scene {
    let mut scene = Scene::at_step("opening");
    scene.comes(DAN);
    scene
}
fn words(lines: Vec<DoorLine>) -> Vec<(DoorVoice, String)> {
    let word = |line: DoorLine| (line.from, line.text.expect("it can be read").into_exposed());
    lines.into_iter().map(word).collect()
}
fn read_by_those_who_lead(scene: &Scene, who: ParticipantId) -> Vec<(DoorVoice, String)> {
    let waiting = scene.staff().waiting;
    let row = waiting.into_iter().find(|person| person.participant == who);
    row.map_or_else(Vec::new, |person| words(person.said))
}
fn encoded(scene: &Scene, who: ParticipantId) -> String {
    let view = scene.room.view(scene.room.audience_of(who));
    serde_json::to_string(&(scene.room.state().seq_for(who), view, scene.mine(who))).unwrap()
}

#[test]
fn whoever_waits_and_those_who_lead_read_each_other() {
    let mut scene = at_the_door();
    assert!(scene.mine(DAN).can.contains(&Can::SayAtDoor) && scene.mine(FAY).can.contains(&Can::AnswerAtDoor));
    scene.does(DAN, says("  my microphone is broken ")).wait(5);
    scene.does(FAY, answers(DAN, "five minutes, please"));
    let both = [
        (DoorVoice::Waiting, "my microphone is broken".to_owned()),
        (DoorVoice::Leading, "five minutes, please".to_owned()),
    ];
    assert_eq!(words(scene.mine(DAN).at_door), both);
    assert_eq!(read_by_those_who_lead(&scene, DAN), both);
}

#[test]
fn nobody_else_can_tell_that_anything_was_said_in_the_room_or_at_its_door() {
    let mut couple = Scene::with(a_couples);
    couple.comes(FAY).comes(ANA).comes(DAN);
    let mut session = at_the_door();
    session.comes(OBI);
    for (mut scene, others) in [(couple, &[ANA][..]), (session, &[ANA, BEN, OBI][..])] {
        let before: Vec<_> = others.iter().map(|&who| encoded(&scene, who)).collect();
        scene.does(DAN, says("he is in the next room"));
        scene.does(FAY, answers(DAN, "then we wait"));
        let after: Vec<_> = others.iter().map(|&who| encoded(&scene, who)).collect();
        assert_eq!(before, after);
    }
}

#[test]
fn whoever_waits_learns_nothing_of_the_room_but_what_is_said_to_them() {
    let mut scene = at_the_door();
    let door = serde_json::to_string(&scene.room.view(scene.room.audience_of(DAN))).unwrap();
    scene.does(FAY, answers(DAN, "soon")).asks(ANA);
    assert_eq!(
        serde_json::to_string(&scene.room.view(scene.room.audience_of(DAN))).unwrap(),
        door
    );
    let mine = serde_json::to_string(&scene.mine(DAN)).unwrap();
    for other in [FAY, ANA, BEN, CLEO] {
        assert!(!mine.contains(&other.to_string()), "{mine}");
    }
}

#[test]
fn it_is_said_only_at_the_door_and_only_those_who_lead_answer() {
    let mut scene = at_the_door();
    scene.comes(OBI);
    assert_eq!(scene.refusal(ANA, says("hello")), RefusalCode::NotWaiting);
    assert_eq!(scene.refusal(ANA, answers(DAN, "hello")), RefusalCode::NotPermitted);
    assert_eq!(scene.refusal(DAN, answers(DAN, "hello")), RefusalCode::NotAdmitted);
    assert_eq!(scene.refusal(FAY, answers(ANA, "hello")), RefusalCode::NotWaiting);
    scene.does(OBI, says("I am to observe today")); // an observer waits like everybody
    scene.drops(DAN);
    assert_eq!(scene.refusal(FAY, answers(DAN, "hello")), RefusalCode::Away);
    assert_eq!(scene.refusal(DAN, says("hello")), RefusalCode::Away);
}

#[test]
fn a_line_is_short_and_plain() {
    let scene = at_the_door();
    assert_eq!(scene.answer(DAN, says(&"a".repeat(MAX_DOOR_CHARS))), Ok(()));
    for text in ["", "  ", "\u{202E}olleh", "a\u{0}b", &"a".repeat(MAX_DOOR_CHARS + 1)] {
        assert_eq!(scene.refusal(DAN, says(text)), RefusalCode::BadText, "{text:?}");
        assert_eq!(scene.refusal(FAY, answers(DAN, text)), RefusalCode::BadText, "{text:?}");
    }
}

#[test]
fn nobody_floods_the_other_side_and_either_side_has_its_own_measure() {
    let mut scene = at_the_door();
    let mut said = 0;
    while said < MAX_DOOR_LINES {
        for _ in 0..MAX_DOOR_PACE {
            scene.does(DAN, says("a"));
            said += 1;
        }
        let again = scene.refusal(DAN, says("a"));
        assert!(matches!(again, RefusalCode::TooFast | RefusalCode::Full), "{again:?}");
        scene.wait(DOOR_PACE_SECONDS);
    }
    assert_eq!(scene.refusal(DAN, says("a")), RefusalCode::Full);
    assert!(!scene.mine(DAN).can.contains(&Can::SayAtDoor));
    scene.does(FAY, answers(DAN, "I read you"));
    assert_eq!(scene.mine(DAN).at_door.len(), MAX_DOOR_LINES + 1);
    // Another one at the door has their own.
    scene.comes(OBI).does(OBI, says("hello"));
}

#[test]
fn a_dropped_line_keeps_it_and_coming_in_or_being_sent_away_ends_it() {
    let mut scene = at_the_door();
    scene.does(DAN, says("hello")).drops(DAN).comes(DAN);
    assert_eq!(scene.mine(DAN).at_door.len(), 1);
    let mut in_now = scene.clone();
    in_now.admit(DAN);
    assert!(in_now.mine(DAN).at_door.is_empty() && in_now.room.state().doorway.is_empty());
    let participant = DAN;
    scene.does(FAY, Action::TurnAway { participant }).comes(DAN);
    assert!(scene.mine(DAN).at_door.is_empty());
}

#[test]
fn when_the_session_ends_what_was_said_to_people_who_are_gone_is_out_of_sight() {
    let mut scene = at_the_door();
    scene
        .comes(OBI)
        .does(OBI, says("still here"))
        .does(DAN, says("I have to go"));
    scene.drops(DAN).does(FAY, Action::EndSession);
    let left: Vec<_> = scene.room.state().doorway.keys().copied().collect();
    assert_eq!(left, [OBI]);
}

#[test]
fn both_sides_are_the_waiting_persons_and_go_when_they_are_erased() {
    let mut scene = at_the_door();
    scene.does(DAN, says("hello")).does(FAY, answers(DAN, "one moment"));
    for event in &scene.journal {
        let mut event = event.clone();
        if matches!(event.what, What::SaidAtDoor { .. }) {
            assert!(event.sealed_fields_mut().all(|text| text.person() == DAN));
            let mut left = room::erasure::emptied(&event, DAN).expect("it is theirs");
            assert!(left.sealed_fields_mut().all(|text| text.is_emptied()));
        }
    }
    let (participant, by) = (DAN, Some(FAY));
    scene.input(&Input::Erase { participant, by }).unwrap();
    assert!(scene.room.state().doorway.is_empty());
}
