//! What members agree to, purpose by purpose, and take back.

use protocol::pack::{Pack, Purpose, Unattended};
use protocol::wire::*;
use protocol::{ParticipantId, Private};
use room::{Arrival, Input, Place, Room, SealedText};

use crate::common::scene::*;
use crate::common::*;

const ALL: [Purpose; 4] = Purpose::ALL;

/// Fay, Ana, Ben and Cleo are in; the pack asks about everything.
fn asking() -> Scene {
    Scene::with(|pack| asks_consent(pack, &ALL)).session()
}
fn yes(scene: &Scene, purpose: Purpose) -> Action {
    agrees(scene.room.pack(), purpose)
}
fn no(purpose: Purpose) -> Action {
    Action::WithdrawConsent { purpose }
}
fn answers() -> Action {
    Action::CheckIn {
        question: "go-on".to_owned(),
        answer: Private::from("yes"),
    }
}
fn notes_answer(participant: ParticipantId) -> Action {
    Action::NoteAnswer {
        participant,
        before: None,
        now: 1,
    }
}
fn flags(participant: ParticipantId, flag: Option<MeasureFlag>) -> Action {
    Action::FlagMeasure { participant, flag }
}
fn admits(participant: ParticipantId) -> Action {
    let anyway = true;
    Action::Admit { participant, anyway }
}

#[test]
fn whoever_has_not_agreed_to_questions_is_asked_none_and_none_are_answered_for_them() {
    let mut scene = asking();
    assert!(scene.mine(ANA).check_in.is_empty());
    assert_eq!(scene.refusal(ANA, answers()), RefusalCode::NoConsent);
    assert_eq!(scene.refusal(FAY, notes_answer(ANA)), RefusalCode::NoConsent);
    let new = Some(MeasureFlag::New);
    assert_eq!(scene.refusal(FAY, flags(ANA, new)), RefusalCode::NoConsent);
    let given = yes(&scene, Purpose::Measures);
    scene.does(ANA, given).does(ANA, answers()).does(FAY, flags(ANA, new));
    scene.does(FAY, notes_answer(ANA));
    assert!(scene.mine(BEN).check_in.is_empty(), "it is each one's own");
}

#[test]
fn a_no_is_an_answer_that_is_asked_for_once_and_a_yes_is_still_possible() {
    let mut scene = asking();
    let standing = |scene: &Scene, who| {
        let cards = scene.mine(who).consents;
        cards
            .into_iter()
            .find(|card| card.purpose == Purpose::Notes)
            .unwrap()
            .standing
    };
    scene.wait(2).does(ANA, no(Purpose::Notes));
    let at = scene.at();
    assert_eq!(standing(&scene, ANA), ConsentStanding::Declined { at });
    assert_eq!(standing(&scene, BEN), ConsentStanding::Open {}, "it is each one's own");
    assert_eq!(scene.refusal(ANA, no(Purpose::Notes)), RefusalCode::AlreadySo);
    assert!(!scene.mine(ANA).writes_notes);
    let rows = scene.staff().consents;
    let row = rows
        .iter()
        .find(|row| row.participant == ANA && row.purpose == Purpose::Notes);
    assert_eq!(row.unwrap().standing, ConsentStanding::Declined { at });
    scene.restarts().comes(FAY).comes(ANA);
    assert_eq!(standing(&scene, ANA), ConsentStanding::Declined { at });
    let given = yes(&scene, Purpose::Notes);
    scene.does(ANA, given).does(ANA, no(Purpose::Notes));
    assert!(matches!(standing(&scene, ANA), ConsentStanding::TakenBack { .. }));
    for purpose in ALL {
        if purpose != Purpose::Notes {
            scene.does(ANA, no(purpose));
        }
    }
    scene.asks(ANA); // the group goes on with whoever said no to everything
    assert!(!scene.mine(ANA).can.contains(&Can::WithdrawConsent));
}

#[test]
fn taking_it_back_holds_from_that_moment_and_what_was_said_stays() {
    let mut scene = asking();
    let given = yes(&scene, Purpose::Measures);
    scene
        .does(ANA, given)
        .does(ANA, answers())
        .does(FAY, flags(ANA, Some(MeasureFlag::New)));
    scene.does(ANA, no(Purpose::Measures));
    assert!(scene.mine(ANA).check_in.is_empty() && !scene.mine(ANA).can.contains(&Can::CheckIn));
    assert_eq!(scene.refusal(ANA, answers()), RefusalCode::NoConsent);
    assert_eq!(scene.staff().check_ins.len(), 1);
    scene.does(FAY, flags(ANA, None)); // taking a flag away needs nobody's consent
    scene.restarts().comes(FAY).comes(ANA);
    assert_eq!(scene.refusal(ANA, answers()), RefusalCode::NoConsent);
}

#[test]
fn whoever_has_not_agreed_to_shared_notes_writes_nothing_for_everybody() {
    let mut scene = asking();
    assert!(!scene.mine(ANA).writes_notes && !scene.room.may_write_notes(ANA));
    assert!(scene.mine(FAY).writes_notes, "whoever leads is asked nothing");
    let given = yes(&scene, Purpose::Notes);
    scene.does(ANA, given).go_to("mood-round").does(FAY, Action::GoOn);
    let mut other = scene.clone();
    assert!(scene.mine(ANA).writes_notes);
    scene.does(ANA, writes("too much for words"));
    other.does(ANA, no(Purpose::Notes));
    assert_eq!(other.refusal(ANA, writes("too much for words")), RefusalCode::NoConsent);
    assert!(!other.mine(ANA).can.contains(&Can::WriteInstead));
    other.does(ANA, Action::TakeBackNote { note: NoteRef::Course });
}

#[test]
fn nobody_listens_while_somebody_here_has_not_agreed_to_it() {
    let mut scene = asking();
    scene.comes(OBI);
    assert_eq!(scene.refusal(FAY, admits(OBI)), RefusalCode::NoListeners);
    let given = yes(&scene, Purpose::Supervision);
    for who in [ANA, BEN, CLEO] {
        scene.does(who, given.clone());
    }
    scene.does(FAY, admits(OBI));
    scene.does(BEN, no(Purpose::Supervision));
    assert_eq!(scene.kinds(), ["consent_taken_back", "removed"]);
    assert_eq!(scene.mine(OBI).admission, Admission::Removed);
    scene.drops(BEN).comes(OBI).does(FAY, admits(OBI));
    scene.comes(BEN);
    assert_eq!(scene.mine(OBI).admission, Admission::Removed, "Ben is back");
}

#[test]
fn whoever_looks_in_with_a_second_persons_yes_is_not_put_out() {
    let mut scene = asking();
    let arrived = Input::Arrived(Arrival {
        participant: OBI,
        role: role_of(OBI),
        name: SealedText::fresh(OBI, "name of 100"),
        let_in: true,
    });
    scene.input(&arrived).unwrap();
    scene.wait(5);
    assert_eq!(scene.mine(OBI).admission, Admission::Admitted);
}

#[test]
fn a_consent_is_to_one_text_and_another_text_is_asked_anew() {
    let mut scene = asking();
    let (purpose, digest) = (Purpose::Notes, "0".repeat(64));
    let other_text = Action::GiveConsent { purpose, digest };
    assert_eq!(scene.refusal(ANA, other_text), RefusalCode::ConsentChanged);
    let given = yes(&scene, purpose);
    scene.does(ANA, given.clone());
    assert_eq!(scene.refusal(ANA, given), RefusalCode::AlreadySo);
    let mut reworded = Pack::clone(scene.room.pack());
    for text in reworded.text.values_mut() {
        text.consents
            .insert(purpose.word().to_owned(), "Said in another way.".to_owned());
    }
    reworded.consents = ALL
        .map(|purpose| protocol::pack::AskedConsent::of(purpose, &reworded.text))
        .to_vec();
    let room = Room::open(reworded.into(), place(), None, &scene.journal);
    let card = |purpose| {
        let cards = room.mine(ANA).unwrap().consents;
        cards.into_iter().find(|card| card.purpose == purpose).unwrap()
    };
    assert!(matches!(card(purpose).standing, ConsentStanding::Outdated { .. }));
    assert!(!room.may_write_notes(ANA));
}

#[test]
fn the_same_text_in_another_language_of_the_room_is_the_same_text() {
    let mut scene = asking();
    let given = yes(&scene, Purpose::Notes);
    scene.does(ANA, given);
    let mut spanish = Place::clone(&place());
    spanish.language = "es".into();
    let room = Room::open(scene.room.pack().clone(), spanish.into(), None, &scene.journal);
    assert!(room.may_write_notes(ANA));
}

#[test]
fn each_reads_their_own_at_the_door_too_and_those_who_lead_read_everybodys() {
    let mut scene = asking();
    scene.comes(DAN);
    let given = yes(&scene, Purpose::Disclosure);
    assert!(scene.mine(DAN).can.contains(&Can::GiveConsent) && scene.mine(DAN).can.contains(&Can::WithdrawConsent));
    scene.wait(3).does(DAN, given);
    let at = scene.at();
    let card = scene.mine(DAN).consents.pop().unwrap();
    assert_eq!(
        (card.text.as_str(), card.standing),
        ("About disclosure.", ConsentStanding::Given { at })
    );
    assert!(scene.mine(DAN).can.contains(&Can::WithdrawConsent));
    assert!(scene.mine(FAY).consents.is_empty());
    let rows = scene.staff().consents;
    assert_eq!(rows.len(), 4 * ALL.len());
    let given: Vec<_> = rows.iter().filter(|row| row.version.is_some()).collect();
    assert_eq!(given.len(), 1);
    assert_eq!(
        (given[0].participant, given[0].version.as_deref()),
        (DAN, Some("1.0.0"))
    );
    assert_eq!(
        (scene.room.disclosure(DAN), scene.room.disclosure(ANA)),
        (Some(true), Some(false))
    );
}

#[test]
fn only_members_are_asked_and_only_what_the_pack_asks() {
    let scene = asking();
    assert_eq!(scene.refusal(FAY, yes(&scene, Purpose::Notes)), RefusalCode::NotAsked);
    let unasking = Scene::new().session();
    assert_eq!(unasking.refusal(ANA, no(Purpose::Notes)), RefusalCode::NotAsked);
    assert!(unasking.mine(ANA).consents.is_empty() && unasking.staff().consents.is_empty());
    assert_eq!(unasking.room.disclosure(ANA), None);
    assert!(unasking.mine(ANA).writes_notes);
    assert!(pack(Unattended::Continue).consents.is_empty());
}
