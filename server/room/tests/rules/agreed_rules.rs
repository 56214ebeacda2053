//! Agreements, a circle's roles, and what the pack would have a facilitator consider.

use protocol::pack::{CircleRole, CircleRules, Crosstalk, Keeps};
use protocol::wire::*;

use crate::common::scene::*;

/// A circle whose pack has two agreements and two roles.
fn circle() -> Scene {
    let mut scene = Scene::with(|pack| {
        pack.setting = protocol::pack::Setting::Circle;
        pack.agreements = vec!["own".into(), "stays".into()];
        let roles = vec![CircleRole::Host, CircleRole::Timekeeper];
        let crosstalk = Crosstalk::None;
        pack.circle = Some(CircleRules {
            roles,
            crosstalk,
            keeps: Keeps::Everything,
        });
        let words = pack.text.get_mut("en").unwrap();
        words.agreements.insert("own".into(), "We speak of ourselves.".into());
        words.agreements.insert("stays".into(), "It stays here.".into());
        words.roles.insert(CircleRole::Host, "Opens and closes.".into());
        words.roles.insert(CircleRole::Timekeeper, "Watches the time.".into());
        words.crosstalk = Some("We only listen.".into());
    });
    scene.comes(FAY).admit(ANA).admit(BEN).does(FAY, Action::StartSession);
    scene
}
fn take(role: CircleRole) -> Action {
    Action::TakeRole { role }
}

#[test]
fn everybody_ticks_the_agreements_anew_in_every_session() {
    let mut scene = circle();
    let agreements = scene.seen().agreements.unwrap();
    assert_eq!(agreements.texts, ["We speak of ourselves.", "It stays here."]);
    assert_eq!(
        (agreements.crosstalk.as_deref(), agreements.agreed),
        (Some("We only listen."), 0)
    );
    scene.does(ANA, Action::Agree);
    assert_eq!((scene.mine(ANA).agreed, scene.mine(BEN).agreed), (true, false));
    assert_eq!(scene.refusal(ANA, Action::Agree), RefusalCode::AlreadySo);
    scene.does(FAY, Action::EndSession).does(FAY, Action::StartSession);
    assert!(!scene.mine(ANA).agreed);
}

#[test]
fn a_pack_without_agreements_asks_for_none() {
    let mut scene = Scene::with(|pack| {
        pack.agreements.clear();
        pack.circle = None;
    });
    scene = scene.session();
    assert_eq!(scene.seen().agreements, None);
    assert_eq!(scene.refusal(ANA, Action::Agree), RefusalCode::NothingAsked);
    assert_eq!(scene.refusal(ANA, take(CircleRole::Host)), RefusalCode::WrongMode);
}

#[test]
fn a_role_is_taken_by_one_and_laid_down_for_the_next() {
    let mut scene = circle();
    scene.does(ANA, take(CircleRole::Timekeeper));
    assert_eq!(scene.refusal(BEN, take(CircleRole::Timekeeper)), RefusalCode::RoleTaken);
    assert_eq!(scene.refusal(BEN, take(CircleRole::Guardian)), RefusalCode::WrongMode);
    let role = CircleRole::Timekeeper;
    scene.does(ANA, Action::LayRole { role }).does(BEN, take(role));
    let holder = |scene: &Scene| scene.seen().roles[1].participant;
    assert_eq!(
        (scene.seen().roles[1].text.as_str(), holder(&scene)),
        ("Watches the time.", Some(BEN))
    );
    scene.restarts().comes(FAY);
    assert_eq!(holder(&scene), Some(BEN));
    scene.does(FAY, Action::Remove { participant: BEN });
    assert_eq!(holder(&scene), None, "who leaves takes no role along");
}

#[test]
fn a_role_gives_no_power() {
    let mut scene = circle();
    scene.does(ANA, take(CircleRole::Host));
    assert_eq!(scene.refusal(ANA, Action::NextStep), RefusalCode::NotPermitted);
}

#[test]
fn a_circle_of_peers_is_not_measured() {
    let mut scene = circle();
    scene.calls(ANA).wait(30).does(ANA, Action::Release);
    let staff = scene.staff();
    assert_eq!((staff.participation, staff.exchange), (vec![], Exchange::default()));
}

#[test]
fn too_few_members_are_pointed_out_and_nothing_is_stopped() {
    let mut scene = Scene::with(|pack| pack.course.min_present = Some(3));
    scene.comes(FAY).admit(ANA).admit(BEN);
    assert_eq!(scene.staff().notices, [Notice::FewMembers { here: 2, least: 3 }]);
    scene.does(FAY, Action::StartSession).admit(CLEO);
    assert_eq!(scene.staff().notices, []);
}

#[test]
fn a_newcomer_to_a_closed_group_is_pointed_out_and_can_still_be_let_in() {
    let mut scene = Scene::with(|pack| {
        pack.course.closed = true;
        pack.course.joining_until = Some(1);
    });
    scene.comes(FAY).admit(ANA).does(FAY, Action::StartSession).comes(BEN);
    assert_eq!(scene.staff().notices, [], "in the first session people still come");
    scene.does(FAY, Action::EndSession).drops(ANA).comes(ANA);
    let newcomer = Notice::ClosedToNewcomers { participant: BEN };
    assert_eq!(scene.staff().notices, [newcomer], "Ana has been in before");
    scene.does(
        FAY,
        Action::Admit {
            participant: BEN,
            anyway: false,
        },
    );
}
