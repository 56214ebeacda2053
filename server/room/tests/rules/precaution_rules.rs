//! What a room needs before it opens, who is told after those in the room, and whom people are told to call.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::pack::Unattended;
use protocol::wire::*;
use protocol::{Country, Private};
use room::{OnCall, Place, Precautions, Room};

use crate::common::scene::*;
use crate::common::{pack, place};

fn country(code: &str) -> Country {
    code.parse().unwrap()
}
fn card(code: &str) -> CallCard {
    CallCard {
        country: country(code),
        emergency: format!("{code} 1"),
        lines: vec![],
        dated: "2026-11-25".to_owned(),
    }
}
fn on_call(name: &str) -> OnCall {
    OnCall {
        name: Private::from(name),
        number: Private::from("555 0100"),
    }
}
fn careful(duty: &[&str]) -> Precautions {
    Precautions {
        duty: duty.iter().map(|name| on_call(name)).collect(),
        second_needed: true,
        numbers_needed: true,
        cards: Arc::new(BTreeMap::from([
            (country("US"), card("US")),
            (country("CA"), card("CA")),
        ])),
        country: None,
    }
}
fn opened(unattended: Unattended, precautions: Precautions) -> Scene {
    let mut scene = Scene::of(pack(unattended));
    let place = Place {
        precautions,
        ..Place::clone(&place())
    };
    scene.room = Room::open(scene.room.pack().clone(), place.into(), None, &[]);
    scene
}
fn is_in(code: &str) -> Action {
    let country = country(code);
    Action::SetCountry { country }
}

#[test]
fn a_room_lets_nobody_in_before_its_country_has_numbers() {
    let mut scene = opened(Unattended::Hold, careful(&["Olu"]));
    scene.comes(FAY).comes(ANA);
    let admit = || Action::Admit {
        participant: ANA,
        anyway: false,
    };
    assert_eq!(scene.refusal(FAY, admit()), RefusalCode::NoNumbers);
    assert_eq!(scene.refusal(FAY, Action::StartSession), RefusalCode::NoNumbers);
    let said = &scene.staff().notices[0];
    let known = vec![country("CA"), country("US")];
    assert_eq!(*said, Notice::NoNumbers { country: None, known });
    assert_eq!(scene.refusal(FAY, is_in("FR")), RefusalCode::NoNumbers);
    scene
        .does(FAY, is_in("US"))
        .does(FAY, admit())
        .does(FAY, Action::StartSession);
    assert_eq!(scene.refusal(FAY, is_in("US")), RefusalCode::AlreadySo);
    assert_eq!(scene.refusal(ANA, is_in("CA")), RefusalCode::NotPermitted);
}

#[test]
fn the_operators_country_will_do_where_the_room_has_none() {
    let mut scene = opened(
        Unattended::Hold,
        Precautions {
            country: Some(country("CA")),
            ..careful(&["Olu"])
        },
    );
    scene.comes(FAY).admit(ANA);
    assert_eq!(scene.mine(ANA).to_call.unwrap().emergency, "CA 1");
    scene.does(FAY, is_in("US"));
    assert_eq!(scene.mine(ANA).to_call.unwrap().emergency, "US 1");
}

#[test]
fn who_leads_sees_where_the_room_is_and_can_say_otherwise_in_a_session_too() {
    let mut scene = opened(Unattended::Hold, careful(&["Olu"]));
    scene
        .comes(FAY)
        .does(FAY, is_in("US"))
        .admit(ANA)
        .does(FAY, Action::StartSession);
    let place = |now| {
        Some(RoomCountry {
            now: Some(country(now)),
            known: vec![country("CA"), country("US")],
        })
    };
    assert_eq!(scene.staff().country, place("US"));
    assert!(scene.mine(FAY).can.contains(&Can::SetCountry));
    scene.does(FAY, is_in("CA"));
    assert_eq!(scene.staff().country, place("CA"));
    scene.does(ANA, Action::NotOk);
    assert_eq!(scene.mine(ANA).to_call.unwrap().emergency, "CA 1");
}

#[test]
fn one_alone_begins_no_session_unless_somebody_is_on_call() {
    let mut scene = opened(Unattended::Hold, careful(&[]));
    scene.comes(FAY).does(FAY, is_in("US")).admit(ANA);
    assert_eq!(scene.refusal(FAY, Action::StartSession), RefusalCode::NeedsSecond);
    assert!(scene.staff().notices.contains(&Notice::NeedsSecond));
    let mut two = scene.clone();
    two.comes(FINN).does(FAY, Action::StartSession);
    let mut alone = opened(
        Unattended::Hold,
        Precautions {
            second_needed: false,
            ..careful(&[])
        },
    );
    alone.comes(FAY).does(FAY, is_in("US")).does(FAY, Action::StartSession);
}

#[test]
fn a_circle_of_peers_needs_none_of_it() {
    let mut scene = opened(Unattended::Continue, careful(&[]));
    scene.comes(FAY).admit(ANA).does(FAY, Action::StartSession);
    assert_eq!(scene.staff().notices, []);
    assert_eq!(scene.staff().country, None);
}

#[test]
fn after_those_in_the_room_it_is_the_turn_of_each_on_the_list_in_order() {
    let mut scene = opened(Unattended::Hold, careful(&["Olu", "Pia"]));
    scene
        .comes(FAY)
        .does(FAY, is_in("US"))
        .admit(BEN)
        .does(FAY, Action::StartSession);
    scene.does(BEN, Action::NotOk);
    let turn = |scene: &Scene| {
        scene.staff().alarms[0]
            .turn
            .as_ref()
            .map(|turn| turn.name.expose().clone())
    };
    scene.wait(119);
    assert_eq!(turn(&scene), None, "it is the turn of those in the room");
    scene.wait(1);
    assert_eq!(turn(&scene).as_deref(), Some("Olu"));
    assert_eq!(scene.mine(BEN).not_ok.unwrap().on_call.unwrap().name.expose(), "Olu");
    scene.wait(119);
    assert_eq!(turn(&scene).as_deref(), Some("Olu"));
    scene.wait(1);
    assert_eq!(turn(&scene).as_deref(), Some("Pia"));
    assert_eq!(scene.staff().alarms[0].turn.as_ref().unwrap().since, Scene::second(240));
    scene.wait(3_600);
    assert_eq!(turn(&scene).as_deref(), Some("Pia"), "the list has an end");
    scene.does(FAY, Action::Acknowledge { participant: BEN });
    let told: Vec<_> = scene
        .journal
        .iter()
        .filter_map(|event| match event.what {
            room::event::What::AlarmEscalated { duty, .. } => Some(duty.map(|turn| turn.place)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [None, Some(0), Some(1)], "journaled");
}

#[test]
fn who_answers_stops_the_list() {
    let mut scene = opened(Unattended::Hold, careful(&["Olu", "Pia"]));
    scene
        .comes(FAY)
        .does(FAY, is_in("US"))
        .admit(BEN)
        .does(BEN, Action::NotOk);
    scene
        .wait(100)
        .does(FAY, Action::Acknowledge { participant: BEN })
        .wait(3_600);
    assert_eq!(scene.staff().alarms[0].turn, None);
}

#[test]
fn where_nobody_leads_the_person_reads_at_once_who_is_on_call_and_what_to_call() {
    let mut scene = opened(Unattended::Hold, careful(&["Olu"]));
    scene
        .comes(FAY)
        .does(FAY, is_in("US"))
        .admit(BEN)
        .does(FAY, Action::StartSession);
    scene.drops(FAY);
    assert_eq!(scene.mine(BEN).to_call, None, "in a session the card stays away");
    scene.does(BEN, Action::NotOk);
    assert_eq!(scene.mine(BEN).not_ok.unwrap().on_call.unwrap().name.expose(), "Olu");
    assert_eq!(scene.mine(BEN).to_call.unwrap().emergency, "US 1");
}

#[test]
fn members_leave_to_the_card() {
    let mut scene = opened(Unattended::Hold, careful(&["Olu"]));
    scene
        .comes(FAY)
        .does(FAY, is_in("US"))
        .admit(BEN)
        .does(FAY, Action::StartSession);
    assert_eq!(scene.mine(BEN).to_call, None);
    scene.does(FAY, Action::EndSession);
    assert_eq!(scene.mine(BEN).to_call.unwrap().emergency, "US 1");
}
