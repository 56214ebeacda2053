//! Practices, colleagues, teams, and a look in.

use protocol::api::{AccountRole, CareRole};
use protocol::{AccountId, ColleagueLinkId, LookInId, PracticeId, Role};
use rondo::store::directory::{
    ColleagueError, KeepError, LookInError, NewColleague, NewColleagueLink, NewLogin, NewLookIn, Strength, TeamError,
};
use rondo::store::{Store, StoreFault};

use super::ground::{
    EMAIL, Ground, NAME, PRACTICE_NAME, REASON, account, at, furnished, login, person, practice, room, secret,
};

/// A second practice, begun by a link, whose only account has the same address.
pub(super) async fn another_practice(store: &Store) -> (PracticeId, AccountId) {
    let (practice, account) = (PracticeId::from_bits(0xa2), AccountId::from_bits(0xb2));
    let name = PRACTICE_NAME.into();
    store.create_practice(practice, Some(&name), at(2)).await.unwrap();
    invite_colleague(
        store,
        practice,
        70,
        &[AccountRole::Administrator, AccountRole::Facilitator],
    )
    .await;
    assert_eq!(store.make_colleague(colleague(70, account, EMAIL)).await, Ok(practice));
    (practice, account)
}

async fn invite_colleague(store: &Store, practice: PracticeId, n: u128, roles: &[AccountRole]) {
    let new = NewColleagueLink {
        practice,
        link: ColleagueLinkId::from_bits(n),
        roles: roles.to_vec(),
        secret_hash: secret(n),
        at: at(2),
        ends_at: at(1_000),
    };
    store.create_colleague_link(new).await.unwrap();
}

fn colleague(link: u128, account: AccountId, email: &str) -> NewColleague {
    NewColleague {
        secret_hash: secret(link),
        account,
        name: NAME.into(),
        email: email.into(),
        password_hash: "$argon2id$v=19$…".into(),
        at: at(10),
        second_factor_due: at(20),
    }
}

/// Somebody with these roles in the first practice.
pub(super) async fn works_here(store: &Store, n: u128, roles: &[AccountRole]) -> AccountId {
    let account = AccountId::from_bits(0xb00 + n);
    invite_colleague(store, practice(), n, roles).await;
    let made = store
        .make_colleague(colleague(n, account, &format!("c{n}@example.org")))
        .await;
    assert_eq!(made, Ok(practice()));
    account
}

pub(super) async fn nothing_of_one_practice_is_found_from_another(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let (theirs, other) = another_practice(&store).await;
    // One address, two people's accounts: which one is a question of the practice, and each has its own key.
    let ours = store.account_by_email(&EMAIL.into()).await.unwrap().unwrap();
    let found = store
        .account_by_email_at(Some(theirs), &EMAIL.into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((ours.account, found.account), (account(), other));
    let nowhere = PracticeId::from_bits(0xa9);
    assert_eq!(store.account_by_email_at(Some(nowhere), &EMAIL.into()).await, Ok(None));
    assert_eq!(store.colleagues(theirs).await.unwrap().len(), 1);
    assert_eq!(store.rooms_of(other).await.unwrap(), []);
    assert_eq!(store.other_rooms(theirs, other, 10).await.unwrap(), []);
    // No part of a room's team, and no asking to look in, across the wall.
    let refused = store.set_part(room(1), other, Some(CareRole::Supervisor), 16).await;
    assert_eq!(refused, Err(TeamError::Fault(StoreFault::NotFound("account"))));
    let mut asking = asks(1, other);
    asking.practice = theirs;
    assert_eq!(store.ask_to_look_in(asking).await, Err(StoreFault::NotFound("room")));
    let refused = store.take_out(theirs, account(), other, None, at(3)).await;
    assert_eq!(refused, Err(KeepError::Fault(StoreFault::NotFound("account"))));
    let listed = store.practices().await.unwrap();
    assert_eq!(listed.iter().map(|one| one.people).collect::<Vec<_>>(), [1, 1]);
    // A sealed text moved to the other practice's row does not open there.
    let moved = format!(
        "UPDATE practice SET sealed_name = (SELECT sealed_name FROM practice WHERE id = {}) WHERE id = {}",
        ground.literal(theirs.bits()),
        ground.literal(practice().bits())
    );
    ground.behind_its_back(moved).await.unwrap();
    assert!(matches!(
        store.practice_name(practice()).await,
        Err(StoreFault::Damaged(_))
    ));
    store.close().await;
}

pub(super) async fn a_colleagues_link_makes_one_account_however_many_come_at_one_moment(ground: Ground) {
    let store = furnished(&ground, 0).await;
    invite_colleague(&store, practice(), 71, &[AccountRole::Supervisor]).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (store, account) = (store.clone(), AccountId::from_bits(0xb10 + n));
        tries.spawn(async move {
            store
                .make_colleague(colleague(71, account, &format!("n{n}@example.org")))
                .await
        });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert_eq!(
        store.colleagues(practice()).await.unwrap()[1].roles,
        [AccountRole::Supervisor]
    );
    invite_colleague(&store, practice(), 72, &[AccountRole::Facilitator]).await;
    let taken = store
        .make_colleague(colleague(72, AccountId::from_bits(0xb20), EMAIL))
        .await;
    assert_eq!(taken, Err(ColleagueError::AddressTaken));
    assert_eq!(
        store.colleague_links(practice(), at(3)).await.unwrap().len(),
        1,
        "the link stays good"
    );
    let mut late = colleague(72, AccountId::from_bits(0xb20), "late@example.org");
    late.at = at(1_000);
    assert_eq!(store.make_colleague(late).await, Err(ColleagueError::Invalid));
    store
        .take_back_colleague_link(ColleagueLinkId::from_bits(72), at(4))
        .await
        .unwrap();
    let gone = store
        .make_colleague(colleague(72, AccountId::from_bits(0xb20), "gone@example.org"))
        .await;
    assert_eq!(gone, Err(ColleagueError::Invalid));
    store.close().await;
}

pub(super) async fn a_practice_keeps_an_administrator_and_a_room_its_lead(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let fay = works_here(&store, 73, &[AccountRole::Facilitator]).await;
    let all = |_| true;
    let refused = store
        .set_roles(practice(), account(), &[AccountRole::Facilitator], all, at(10))
        .await;
    assert_eq!(refused, Err(KeepError::LastAdministrator));
    let ada = works_here(&store, 74, &[AccountRole::Administrator]).await;
    let refused = store
        .set_roles(practice(), account(), &[AccountRole::Administrator], |_| false, at(10))
        .await;
    assert_eq!(refused, Err(KeepError::NoLead));
    assert_eq!(
        store.take_out(practice(), account(), ada, None, at(3)).await,
        Err(KeepError::NoLead)
    );
    assert_eq!(
        store.set_part(room(1), account(), None, 16).await,
        Err(TeamError::NoLead)
    );
    // Two administrators who take each other out at one moment: one stays.
    let both = tokio::join!(
        store.take_out(practice(), account(), ada, Some(fay), at(3)),
        store.take_out(practice(), ada, account(), None, at(3))
    );
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    store.close().await;
}

pub(super) async fn who_is_taken_out_has_no_account_no_login_and_no_room_from_that_moment(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let ada = works_here(&store, 75, &[AccountRole::Administrator]).await;
    let fay = works_here(&store, 76, &[AccountRole::Facilitator]).await;
    let new = NewLogin {
        login: login(1),
        account: account(),
        at: at(2),
        expires_at: at(1_000),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new.clone()).await.unwrap();
    let refused = store.take_out(practice(), account(), ada, Some(ada), at(3)).await;
    assert_eq!(refused, Err(KeepError::NotToOneself));
    let left = store
        .take_out(practice(), account(), ada, Some(fay), at(3))
        .await
        .unwrap();
    assert_eq!((left.logins, left.places), (vec![login(1)], vec![(room(1), person(0))]));
    assert_eq!(store.login(login(1), at(4)).await, Ok(None));
    assert_eq!(store.account(account()).await, Ok(None));
    assert_eq!(store.account_by_email(&EMAIL.into()).await, Ok(None));
    assert_eq!(store.start_login(new).await, Err(StoreFault::NotFound("account")));
    let team = store.team(room(1)).await.unwrap();
    assert_eq!(
        team.iter().map(|one| (one.account, one.part)).collect::<Vec<_>>(),
        [(fay, CareRole::Lead)]
    );
    // The address is free for whoever comes next, and the row that rooms name is still there.
    invite_colleague(&store, practice(), 77, &[AccountRole::Facilitator]).await;
    let again = store
        .make_colleague(colleague(77, AccountId::from_bits(0xb77), EMAIL))
        .await;
    assert_eq!(again, Ok(practice()));
    assert_eq!(store.room(room(1)).await.unwrap().unwrap().created_by, account());
    store.close().await;
}

pub(super) async fn a_part_in_a_team_is_a_place_and_another_kind_of_part_another_place(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let fay = works_here(&store, 78, &[AccountRole::Facilitator, AccountRole::Supervisor]).await;
    let new = NewLogin {
        login: login(2),
        account: fay,
        at: at(2),
        expires_at: at(1_000),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new).await.unwrap();
    assert_eq!(store.place_in(login(2), room(1), at(3)).await, Ok(None));
    assert_eq!(
        store.set_part(room(1), fay, Some(CareRole::Supervisor), 16).await,
        Ok(None)
    );
    let listens = store.place_in(login(2), room(1), at(3)).await.unwrap().unwrap();
    assert_eq!(
        (listens.role, listens.part),
        (Role::Observer, Some(CareRole::Supervisor))
    );
    // Who listened and now leads is somebody new in the room; who leads with another word stays who they are.
    let gone = store.set_part(room(1), fay, Some(CareRole::CoFacilitator), 16).await;
    assert_eq!(gone, Ok(Some(listens.participant)));
    let leads = store.place_in(login(2), room(1), at(3)).await.unwrap().unwrap();
    assert_ne!(leads.participant, listens.participant);
    assert_eq!(leads.role, Role::Facilitator);
    assert_eq!(store.set_part(room(1), fay, Some(CareRole::Lead), 16).await, Ok(None));
    let full = store.set_part(room(1), fay, Some(CareRole::Lead), 1).await;
    assert_eq!(full, Err(TeamError::Full));
    assert_eq!(
        store.set_part(room(1), fay, None, 16).await,
        Ok(Some(leads.participant))
    );
    assert_eq!(store.place_in(login(2), room(1), at(3)).await, Ok(None));
    store.close().await;
}

pub(super) fn asks(n: u128, by: AccountId) -> NewLookIn {
    NewLookIn {
        look_in: LookInId::from_bits(n),
        practice: practice(),
        room: room(1),
        by,
        participant: person(0x50 + n),
        reason: REASON.into(),
        at: at(100),
        waits_until: at(200),
    }
}

pub(super) async fn a_look_in_needs_a_second_person_in_time_and_ends_by_itself(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let fay = works_here(&store, 79, &[AccountRole::Facilitator]).await;
    let new = NewLogin {
        login: login(3),
        account: fay,
        at: at(2),
        expires_at: at(100_000),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new).await.unwrap();
    store.ask_to_look_in(asks(1, fay)).await.unwrap();
    assert_eq!(
        store.place_in(login(3), room(1), at(110)).await,
        Ok(None),
        "asking opens nothing"
    );
    let id = LookInId::from_bits(1);
    for (by, moment, why) in [(fay, 110, "the one who asked"), (account(), 200, "too late")] {
        let refused = store.confirm_look_in(id, by, at(moment), at(moment + 1_000)).await;
        assert_eq!(refused, Err(LookInError::NotWaiting), "{why}");
    }
    assert_eq!(store.look_ins_that_wait(practice(), at(110), 9).await.unwrap().len(), 1);
    store.confirm_look_in(id, account(), at(110), at(1_110)).await.unwrap();
    let twice = store.confirm_look_in(id, account(), at(111), at(2_000)).await;
    assert_eq!(twice, Err(LookInError::NotWaiting), "no hour is added");
    let place = store.place_in(login(3), room(1), at(1_109)).await.unwrap().unwrap();
    assert_eq!(
        (place.role, place.part, place.until),
        (Role::Observer, None, Some(at(1_110)))
    );
    assert_eq!(store.place_in(login(3), room(1), at(1_110)).await, Ok(None));
    let record = store.look_ins_of_room(room(1), 9).await.unwrap();
    assert_eq!((record[0].by, record[0].reason.expose().as_str()), (fay, REASON));
    assert_eq!(record[0].confirmed.as_ref().map(|yes| yes.by), Some(account()));
    // Ended early, and taken back before anybody confirmed.
    store.end_look_in(id, at(500)).await.unwrap();
    assert_eq!(store.place_in(login(3), room(1), at(501)).await, Ok(None));
    store.ask_to_look_in(asks(2, fay)).await.unwrap();
    store.end_look_in(LookInId::from_bits(2), at(120)).await.unwrap();
    let refused = store
        .confirm_look_in(LookInId::from_bits(2), account(), at(121), at(1_121))
        .await;
    assert_eq!(refused, Err(LookInError::NotWaiting));
    store.close().await;
}
