//! The arrival gate: what is asked at the door, who reads it, and when it is forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::pack::{ArrivalGate, Pack, Setting};
use protocol::wire::*;
use protocol::{ParticipantId, Private};
use room::event::What;
use room::limits::PLACE_KEPT_SECONDS;
use room::{Arrival, Effect, Input, Place, Precautions, Room, SealedText};

use crate::common::scene::*;
use crate::common::{gated, place, says_where};

fn asked_everything(pack: &mut Pack) {
    gated(pack, ArrivalGate::Full);
}
/// Fay leads, and Ana and Ben wait at the door.
fn at_the_door() -> Scene {
    let mut scene = Scene::with(asked_everything);
    scene.comes(FAY).comes(ANA).comes(BEN);
    scene
}
fn admit(participant: ParticipantId, anyway: bool) -> Action {
    Action::Admit { participant, anyway }
}
/// As somebody says it who stays as they were, but for this.
fn but(change: impl FnOnce(&mut Today, &mut Reach)) -> Action {
    match says_where("12 Elm Road") {
        Action::ConfirmArrival {
            mut today,
            reach: Some(mut reach),
        } => {
            change(&mut today, &mut reach);
            let reach = Some(reach);
            Action::ConfirmArrival { today, reach }
        }
        other => other,
    }
}
fn named_contact(reach: &mut Reach) -> &mut EmergencyContact {
    reach
        .contact
        .as_mut()
        .expect("what somebody says at the door names somebody")
}
/// One tap: all is as it was, and here is where I am.
fn as_last_time(scene: &Scene, who: ParticipantId, place: &str) -> Action {
    let today = scene.mine(who).arrival.unwrap().today;
    let Action::ConfirmArrival { today: fresh, .. } = says_where(place) else {
        unreachable!("that is what somebody says at the door");
    };
    Action::ConfirmArrival {
        today: today.unwrap_or(fresh),
        reach: None,
    }
}
fn row(scene: &Scene, who: ParticipantId) -> ArrivalView {
    let rows = scene.staff().arrivals;
    rows.into_iter().find(|row| row.participant == who).unwrap()
}
fn place_of(scene: &Scene, who: ParticipantId) -> Option<String> {
    row(scene, who).last?.place.map(Private::into_exposed)
}
fn encoded(scene: &Scene, who: ParticipantId) -> String {
    let view = scene.room.view(scene.room.audience_of(who));
    serde_json::to_string(&(scene.room.state().seq_for(who), view, scene.mine(who))).unwrap()
}
/// Ana and Ben answered, are in, and the session runs.
fn in_session() -> Scene {
    let mut scene = at_the_door();
    for who in [ANA, BEN] {
        scene.does(who, says_where(&format!("home of {who}")));
        scene.does(FAY, admit(who, false));
    }
    scene.does(FAY, Action::StartSession);
    scene
}
fn contact(participant: ParticipantId) -> Action {
    let how = ContactHow::Phone;
    Action::Contact { participant, how }
}
fn named(who: ParticipantId, name: &str) -> Input {
    Input::Arrived(Arrival {
        participant: who,
        role: role_of(who),
        name: SealedText::fresh(who, name),
        let_in: false,
    })
}

#[test]
fn nobody_is_let_in_before_they_said_where_they_are() {
    let mut scene = at_the_door();
    assert_eq!(scene.refusal(FAY, admit(ANA, false)), RefusalCode::ArrivalFirst);
    assert!(!row(&scene, ANA).answered);
    scene.does(ANA, says_where("12 Elm Road"));
    assert!(row(&scene, ANA).answered);
    scene.does(FAY, admit(ANA, false));
    assert!(matches!(scene.last[0], What::Admitted { anyway: false, .. }));
    assert_eq!(scene.refusal(FAY, admit(BEN, false)), RefusalCode::ArrivalFirst);
}

#[test]
fn anyway_lets_in_and_is_written_down_where_it_was_needed() {
    let mut scene = at_the_door();
    scene.does(BEN, says_where("12 Elm Road"));
    scene.does(FAY, admit(ANA, true));
    assert!(matches!(scene.last[0], What::Admitted { anyway: true, .. }));
    scene.does(FAY, admit(BEN, true));
    assert!(matches!(scene.last[0], What::Admitted { anyway: false, .. }));
}

#[test]
fn at_the_door_this_can_be_said_and_little_else() {
    let scene = at_the_door();
    let can: Vec<Can> = scene.mine(ANA).can.into_iter().collect();
    assert_eq!(
        can,
        [Can::CheckIn, Can::ConfirmArrival, Can::SayAtDoor, Can::DescribeMyself]
    );
    assert_eq!(scene.refusal(ANA, ask()), RefusalCode::NotAdmitted);
    assert!(!scene.mine(ANA).arrival.unwrap().answered);
}

#[test]
fn facilitators_and_observers_are_not_asked_and_a_pack_may_ask_nobody() {
    let mut scene = at_the_door();
    scene.comes(OBI).does(FAY, admit(OBI, false));
    for who in [FAY, OBI] {
        assert_eq!(scene.mine(who).arrival, None);
    }
    assert_eq!(scene.refusal(FAY, says_where("here")), RefusalCode::NotAsked);
    let mut scene = Scene::with(|pack| pack.arrival = Some(ArrivalGate::None));
    scene.comes(FAY).comes(ANA);
    assert_eq!(scene.mine(ANA).arrival, None);
    assert_eq!(scene.refusal(ANA, says_where("here")), RefusalCode::NotAsked);
    scene.does(FAY, admit(ANA, false));
}

#[test]
fn a_pack_that_says_nothing_asks_where_people_are_treated_and_no_circle() {
    let mut pack = Pack::clone(&crate::common::pack(protocol::pack::Unattended::Hold));
    pack.arrival = None;
    assert_eq!(pack.gate(), ArrivalGate::Full);
    pack.setting = Setting::Couple;
    assert_eq!(pack.gate(), ArrivalGate::Full);
    pack.setting = Setting::Circle;
    assert_eq!(pack.gate(), ArrivalGate::None);
    pack.arrival = Some(ArrivalGate::PlaceOptional);
    assert_eq!(pack.gate(), ArrivalGate::PlaceOptional);
    if let Some(circle) = &mut pack.circle {
        circle.keeps = protocol::pack::Keeps::Nothing;
    }
    assert_eq!(pack.gate(), ArrivalGate::None, "where nothing is kept nothing is asked");
}

#[test]
fn a_place_is_needed_unless_the_pack_leaves_it_open() {
    let nowhere = || but(|today, _| (today.place, today.country) = (None, None));
    let scene = at_the_door();
    assert_eq!(scene.refusal(ANA, nowhere()), RefusalCode::ArrivalIncomplete);
    let blank = but(|today, _| today.place = Some(Private::from("  ")));
    assert_eq!(scene.refusal(ANA, blank), RefusalCode::BadText);
    let mut circle = Scene::with(|pack| gated(pack, ArrivalGate::PlaceOptional));
    circle.comes(FAY).comes(ANA).does(ANA, nowhere());
    circle.does(FAY, admit(ANA, false));
}

#[test]
fn a_number_must_be_one_and_the_first_time_there_is_nothing_to_carry_over() {
    let scene = at_the_door();
    let is = |number: &str| but(|_, reach| reach.number = Private::from(number));
    assert_eq!(scene.refusal(ANA, is("")), RefusalCode::BadText);
    for number in ["call me", "12345", "0000000000"] {
        assert_eq!(scene.refusal(ANA, is(number)), RefusalCode::BadNumber, "{number:?}");
    }
    let theirs = but(|_, reach| named_contact(reach).number = Private::from("12345"));
    assert_eq!(scene.refusal(ANA, theirs), RefusalCode::BadNumber);
    let first = as_last_time(&scene, ANA, "12 Elm Road");
    assert_eq!(scene.refusal(ANA, first), RefusalCode::ArrivalIncomplete);
}

#[test]
fn next_week_one_tap_confirms_what_was_said_and_the_place_is_asked_again() {
    let mut scene = in_session();
    scene.does(FAY, Action::EndSession);
    let card = scene.mine(ANA).arrival.unwrap();
    assert!(!card.answered, "an answer holds for one session");
    assert!(card.today.is_some(), "the evening after, the place is still offered");
    scene.drops(ANA).wait(7 * 24 * 3600).comes(ANA);
    let card = scene.mine(ANA).arrival.unwrap();
    assert_eq!((card.today, card.confirmed_in), (None, Some(1)));
    assert!(card.reach.is_some());
    assert_eq!(scene.refusal(FAY, admit(ANA, false)), RefusalCode::ArrivalFirst);
    let tap = as_last_time(&scene, ANA, "at my sister's");
    scene.does(ANA, tap);
    let row = row(&scene, ANA).last.unwrap();
    assert_eq!((row.session, row.number.expose().as_str()), (2, "+1 555 010 010"));
    assert_eq!(place_of(&scene, ANA).as_deref(), Some("at my sister's"));
    scene.does(FAY, admit(ANA, false)).restarts();
}

#[test]
fn only_those_who_lead_and_the_person_read_it() {
    let mut scene = in_session();
    scene.does(ANA, says_where("behind the mill"));
    assert!(encoded(&scene, FAY).contains("behind the mill") && encoded(&scene, ANA).contains("behind the mill"));
    assert!(!encoded(&scene, BEN).contains("behind the mill"));
    let before = encoded(&scene, BEN);
    scene.does(ANA, says_where("in the car park"));
    assert_eq!(encoded(&scene, BEN), before);
}

#[test]
fn at_the_door_the_other_cannot_tell_whether_somebody_answered() {
    let mut scene = at_the_door();
    let before = encoded(&scene, BEN);
    scene.does(ANA, says_where("12 Elm Road"));
    assert_eq!(encoded(&scene, BEN), before);
}

#[test]
fn nobody_in_this_room_is_an_emergency_contact() {
    let mut scene = at_the_door();
    scene.input(&named(BEN, "Ben O'Hara")).unwrap();
    for (name, is_him) in [
        ("Ben O'Hara", true),
        (" ben   OHARA ", true),
        ("Ben", false),
        ("Ben Hill", false),
    ] {
        let said = but(|_, reach| named_contact(reach).name = Private::from(name));
        let refused = scene.answer(ANA, said) == Err(RefusalCode::ContactInRoom);
        assert_eq!(refused, is_him, "{name:?}");
    }
    let own = but(|_, reach| named_contact(reach).number = Private::from("(0) 555 010-010"));
    assert_eq!(scene.refusal(ANA, own), RefusalCode::ContactInRoom);
}

#[test]
fn somebody_who_has_nobody_to_name_is_let_in_and_it_is_read_as_said() {
    // Given Ana and Ben at the door,
    let mut scene = at_the_door();
    // when Ana says that there is nobody to name, and Ben names somebody,
    scene.does(ANA, but(|_, reach| reach.contact = None));
    scene.does(BEN, says_where("12 Elm Road"));
    // then she has answered, and those who lead read it of her alone.
    let (hers, his) = (row(&scene, ANA), row(&scene, BEN));
    assert!(hers.answered && hers.look.is_empty());
    let (hers, his) = (hers.last.unwrap(), his.last.unwrap());
    assert_eq!((hers.contact, hers.nobody_named), (None, true));
    assert_eq!((his.contact.is_some(), his.nobody_named), (true, false));
    scene.does(FAY, admit(ANA, false)).restarts();
}

#[test]
fn what_an_earlier_page_or_journal_wrote_of_a_contact_is_still_read() {
    let written = r#"{"number":"555 010 000","safe":{"ringing":true,"voicemail":false,"text":false},
        "contact":{"name":"Grace","number":"555 019 999","safe":{"ringing":true,"voicemail":false,"text":false}}}"#;
    let reach: Reach = serde_json::from_str(written).unwrap();
    assert_eq!(reach.contact.unwrap().name.expose(), "Grace");
}

#[test]
fn in_a_couples_room_the_partners_first_name_is_enough() {
    let mut scene = Scene::with(|pack| {
        crate::common::a_couples(pack);
        asked_everything(pack);
    });
    scene.comes(FAY).comes(ANA).input(&named(BEN, "Ben")).unwrap();
    let said = but(|_, reach| named_contact(reach).name = Private::from("Ben Hill"));
    assert_eq!(scene.refusal(ANA, said), RefusalCode::ContactInRoom);
}

#[test]
fn a_contact_whose_number_is_the_others_is_seen_by_those_who_lead_alone_and_never_called() {
    let his = || but(|_, reach| reach.number = Private::from("555 077 777"));
    let hers = || but(|_, reach| named_contact(reach).number = Private::from("+1 (555) 077-777"));
    let mut first = at_the_door();
    first.does(ANA, hers());
    assert_eq!(row(&first, ANA).look, []);
    let before = encoded(&first, ANA);
    first.does(BEN, his());
    assert_eq!(encoded(&first, ANA), before, "she cannot tell what he answered");
    let mut second = at_the_door();
    second.does(BEN, his()).does(ANA, hers()); // nor is she refused when he was first
    for scene in [first, second] {
        assert_eq!(row(&scene, ANA).look, [ArrivalLook::ContactInRoom]);
        let known = row(&scene, ANA).last.unwrap();
        assert_eq!((known.contact, known.nobody_named), (None, false), "she named somebody");
        assert_eq!(scene.refusal(FAY, admit(ANA, false)), RefusalCode::ContactInRoom);
        assert_eq!(scene.answer(FAY, admit(ANA, true)), Ok(()));
    }
}

#[test]
fn what_a_facilitator_should_look_at_is_named_and_keeps_nobody_out() {
    use ArrivalLook::{Driving, NotAlone, Recording, SharedDevice};
    let mut scene = at_the_door();
    scene.does(
        ANA,
        but(|today, _| {
            (today.alone, today.driving, today.recording, today.shared) = (false, true, true, true);
        }),
    );
    assert_eq!(row(&scene, ANA).look, [NotAlone, Driving, Recording, SharedDevice]);
    let headphones = but(|today, _| (today.alone, today.headphones) = (false, true));
    scene.does(BEN, headphones);
    assert_eq!(row(&scene, BEN).look, []);
    scene.does(FAY, admit(ANA, false));
}

#[test]
fn the_place_is_forgotten_a_day_after_the_close() {
    let mut scene = in_session();
    scene.wait(3600).does(FAY, Action::EndSession);
    scene.wait(PLACE_KEPT_SECONDS - 1);
    assert!(place_of(&scene, ANA).is_some());
    scene.wait(1);
    assert_eq!(place_of(&scene, ANA), None);
    assert!(row(&scene, ANA).last.is_some(), "the number stays");
    assert!(scene.kinds().iter().all(|kind| *kind == "place_forgotten"));
    let keys = scene.effects.iter().map(|effect| match effect {
        Effect::ForgetVisit { visit } => *visit,
        other => panic!("{other:?}"),
    });
    let keys: std::collections::BTreeSet<_> = keys.collect();
    assert_eq!(keys.len(), 2, "each visit has a key of its own");
    assert!(keys.iter().all(|key| scene.room.state().roster.get(*key).is_none()));
}

#[test]
fn a_session_that_never_began_keeps_no_place_either() {
    let mut scene = at_the_door();
    scene.does(ANA, says_where("12 Elm Road"));
    scene.wait(PLACE_KEPT_SECONDS);
    assert_eq!(place_of(&scene, ANA), None);
    assert!(
        !row(&scene, ANA).answered,
        "where she was yesterday says nothing of today"
    );
    assert_eq!(scene.refusal(FAY, admit(ANA, false)), RefusalCode::ArrivalFirst);
}

#[test]
fn while_somebody_is_flagged_their_place_is_kept() {
    let mut scene = in_session();
    scene.does(ANA, Action::NotOk).does(FAY, Action::EndSession);
    scene.wait(3 * PLACE_KEPT_SECONDS);
    assert!(place_of(&scene, ANA).is_some());
    assert_eq!(place_of(&scene, BEN), None);
    let (participant, reason) = (ANA, CloseReason::Mistake);
    scene
        .does(FAY, Action::Acknowledge { participant })
        .does(FAY, contact(participant))
        .does(FAY, Action::CloseAlarm { participant, reason });
    assert_eq!(place_of(&scene, ANA), None);
}

#[test]
fn what_fell_due_while_no_server_ran_is_forgotten_at_the_start() {
    let mut scene = in_session();
    scene.does(FAY, Action::EndSession);
    scene.unseen(2 * PLACE_KEPT_SECONDS).restarts();
    let forgets = |effect: &Effect| matches!(effect, Effect::ForgetVisit { .. });
    assert_eq!(scene.effects.iter().filter(|effect| forgets(effect)).count(), 2);
    scene.restarts();
    assert_eq!(scene.room.forgets_places_at(), None);
}

#[test]
fn a_visit_has_one_key_and_the_next_another() {
    let key = |scene: &Scene| {
        let answer = &scene.room.state().arrivals[&ANA];
        answer.today.as_ref().unwrap().person()
    };
    let mut scene = in_session();
    let first = key(&scene);
    scene.does(ANA, says_where("round the corner"));
    assert_eq!(key(&scene), first, "what is said again goes with the rest");
    scene.does(FAY, Action::EndSession).wait(PLACE_KEPT_SECONDS);
    scene.does(ANA, says_where("at home again"));
    assert_ne!(key(&scene), first, "a key that is gone seals nothing");
}

#[test]
fn whose_key_is_gone_has_not_answered_and_is_asked_again() {
    let mut scene = at_the_door();
    scene.does(ANA, says_where("12 Elm Road"));
    scene.room.sealed_fields_mut().for_each(|text| {
        if text.person() == ANA {
            text.shut();
        }
    });
    assert!(!row(&scene, ANA).answered && row(&scene, ANA).last.is_none());
    assert_eq!(scene.mine(ANA).arrival.unwrap().confirmed_in, None);
}

#[test]
fn in_an_emergency_and_out_of_reach_the_last_known_place_stands_beside_the_alarm() {
    let mut scene = in_session();
    scene.does(ANA, Action::NotOk);
    assert_eq!(scene.staff().alarms[0].last_known, None);
    let mut away = scene.clone();
    away.drops(ANA);
    scene.does(FAY, Action::Acknowledge { participant: ANA });
    scene.does(FAY, Action::Emergency { participant: ANA });
    for scene in [&scene, &away] {
        let known = scene.staff().alarms[0].last_known.clone().unwrap();
        assert_eq!(known.place.unwrap().expose(), &format!("home of {ANA}"));
        assert!(known.contact.is_some());
    }
    assert_eq!(scene.seen().staff, None);
}

#[test]
fn todays_country_chooses_the_numbers_and_one_without_keeps_out() {
    let country = |code: &str| code.parse().unwrap();
    let card = |code: &str| CallCard {
        country: country(code),
        emergency: format!("{code} 1"),
        lines: vec![],
        dated: "2026-11-25".to_owned(),
    };
    let mut scene = at_the_door();
    let precautions = Precautions {
        numbers_needed: true,
        cards: Arc::new(BTreeMap::from(["US", "CA"].map(|code| (country(code), card(code))))),
        country: Some(country("US")),
        ..Precautions::default()
    };
    let prepared = Place {
        precautions,
        ..Place::clone(&place())
    };
    scene.room = Room::open(scene.room.pack().clone(), prepared.into(), None, &scene.journal);
    let is_in = |code: &str| but(|today, _| today.country = Some(country(code)));
    scene.does(ANA, is_in("CA")).does(FAY, admit(ANA, false));
    assert_eq!(scene.mine(ANA).to_call.unwrap().emergency, "CA 1");
    scene.does(BEN, is_in("FR"));
    assert_eq!(row(&scene, BEN).look, [ArrivalLook::NoNumbers]);
    for anyway in [false, true] {
        assert_eq!(scene.refusal(FAY, admit(BEN, anyway)), RefusalCode::NoNumbersThere);
    }
}

#[test]
fn the_couples_lock_stands_before_the_gate_and_anyway_does_not_open_it() {
    let mut scene = Scene::with(|pack| {
        crate::common::a_couples(pack);
        asked_everything(pack);
    });
    scene.comes(FAY).comes(ANA).does(ANA, says_where("12 Elm Road"));
    for anyway in [false, true] {
        assert_eq!(scene.refusal(FAY, admit(ANA, anyway)), RefusalCode::ScreensFirst);
    }
}
